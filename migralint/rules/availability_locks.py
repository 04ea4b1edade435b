"""Locks over time: waited for without limit, or kept while long work is done."""

from __future__ import annotations

from collections.abc import Iterator

from migralint import spelling
from migralint.context import Context
from migralint.finding import ERROR, INFO, WARNING, Finding, Plan, Step
from migralint.locks import STRENGTH, Lock, blocks
from migralint.ops import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    CreateView,
    Delete,
    DetachPartition,
    DropIndex,
    Insert,
    Merge,
    Name,
    Op,
    RefreshView,
    SetTimeout,
    Update,
    ValidateConstraint,
)
from migralint.registry import rule
from migralint.rules._advice import run_again, then
from migralint.rules._along import moves_along
from migralint.rules._around import beside, earlier, same
from migralint.rules._hazards import POSTGRESQL, blocked, busy, copied, stalled, works
from migralint.rules._left import all_null
from migralint.rules._words import a_lock, listed, since, whole


@rule("MIG119", on=Op, dialects=POSTGRESQL, severity=INFO, when="blocks")
def lock_timeout_missing(op: Op, ctx: Context) -> Iterator[Finding]:
    """Waiting for a lock without lock_timeout makes everything that comes after wait as well."""
    locks = blocked(op, ctx)
    if ctx.transaction.id in ctx.transaction.told:
        return
    if ctx.options.runner_sets_timeouts or ctx.transaction.timeout("lock_timeout") is not None:
        return
    if ctx.effects(op).fails or stalled(op, ctx) or _says_more(op):
        return
    locks = tuple(lock for lock in locks if _is_more(lock, ctx))
    if not locks:
        return  # It has them already, so that it does not wait here.
    ctx.transaction.told.add(ctx.transaction.id)
    mode = max((lock.mode for lock in locks), key=STRENGTH.__getitem__)
    tables = tuple(dict.fromkeys(lock.relation for lock in locks))
    local = "SET LOCAL" if ctx.transaction.open else "SET"
    yield ctx.finding(
        op,
        f"This takes {a_lock(mode, listed(tables, ctx))}. Without lock_timeout it waits behind the"
        f" longest {_waits(mode)} waits behind it.",
        help=(
            f"Write `{local} lock_timeout = '5s';` before it, and {run_again(ctx)} if that strikes."
        ),
        relations=tables,
        plan=Plan(
            "Give up instead of waiting", (Step((_timeout(local=ctx.transaction.open), op)),)
        ),
    )


def _is_more(lock: Lock, ctx: Context) -> bool:
    """The transaction does not hold as much already."""
    held = ctx.transaction.strongest(lock.relation)
    return held is None or STRENGTH[held] < STRENGTH[lock.mode]


def _timeout(*, local: bool) -> SetTimeout:
    return SetTimeout(name="lock_timeout", milliseconds=5_000, local=local)


def _waits(mode: str) -> str:
    """What it waits for, and who for it."""
    if mode == "ACCESS EXCLUSIVE":
        return "query that is running, and every other query"
    return "transaction that has written there, and every other write"


def _says_more(op: Op) -> bool:
    """Another rule speaks of the very same lock."""
    return isinstance(op, (DetachPartition, RefreshView, DropIndex)) or (
        isinstance(op, CreateTable) and op.partition_of is not None
    )


def _kept(ctx: Context, *, exactly: Name | None = None) -> dict[Name, str]:
    """Live tables that the transaction keeps from ordinary work, each with the mode."""
    found = {}
    for name in ctx.transaction.held if exactly is None else (exactly,):
        mode = ctx.transaction.strongest(name)
        if mode and blocks(mode) and name in ctx.schema.relations and ctx.is_live(name):
            found[name] = mode
    return found


@rule("MIG120", on=ValidateConstraint, dialects=POSTGRESQL, severity=ERROR)
def validation_in_same_transaction(op: ValidateConstraint, ctx: Context) -> Iterator[Finding]:
    """Validating a constraint in the transaction that added it keeps the lock of the adding while
    the table is read."""
    table = ctx.schema.resolve(op.table)
    mode = _kept(ctx, exactly=table).get(table)
    tables = busy(ctx.effects(op).scans, ctx)
    if mode is None or not tables or not _was_added(op, ctx):
        return
    known = ctx.existing(op.table)
    key = known.constraint(op.name) if known else None
    if key is not None and key.references and all_null(op.table, key.columns, ctx):
        tables = tuple(name for name in tables if name == table) or tables
    yield ctx.finding(
        op,
        f"The transaction that added {op.label} still holds {a_lock(mode, str(op.table))}, while"
        f" validating it reads {whole(tables, op.table, ctx)}.",
        help=f"Move `{spelling.validate(op.table, op.name)}` {_elsewhere(ctx)}.",
        lock=mode,
    )


def _elsewhere(ctx: Context) -> str:
    where = then(ctx)
    return where.replace("in ", "into ", 1)


def _was_added(op: ValidateConstraint, ctx: Context) -> bool:
    return any(
        spelling.constraint_name(each.constraint, each.table) == op.name
        for found in (earlier, beside)
        for each in found(ctx, AddConstraint)
        if same(ctx, each.table, op.table)
    )


_LONG = (
    CreateTable,
    CreateView,
    CreateIndex,
    RefreshView,
    SetTimeout,
    ValidateConstraint,
    Update,
    Delete,
    Insert,
    Merge,
)
"""What may take long though it keeps nobody waiting itself."""


@rule("MIG121", on=_LONG, dialects=POSTGRESQL, severity=WARNING, instead_of=("MIG701",))
def scan_under_lock(op: Op, ctx: Context) -> Iterator[Finding]:
    """Long work in a transaction that holds a lock already keeps everybody waiting who needs that
    lock's table."""
    if not ctx.transaction.held:
        return
    own = getattr(op, "table", None)
    table = ctx.schema.resolve(own) if isinstance(own, Name) else None
    if ctx.effects(op).fails or not ctx.transaction.open or _speaks_otherwise(op, ctx, table):
        return
    kept = _kept(ctx)
    read = busy(dict.fromkeys((*works(op, ctx), *copied(op, ctx))), ctx)
    if not kept or not read:
        return
    mode = max(kept.values(), key=STRENGTH.__getitem__)
    waiting = [name for name, held in kept.items() if held == mode]
    yield ctx.finding(
        op,
        f"{since(waiting, ctx)} {a_lock(mode, listed(waiting, ctx))};"
        f" before it can end, this {_goes_through(op)} {listed(read, ctx)}.",
        help=f"Move it {_elsewhere(ctx)}, so that the lock is let go first{_in_batches(op)}."
        f"{moves_along(op, ctx)}",
        relations=tuple(waiting),
        lock=mode,
    )


def _goes_through(op: Op) -> str:
    if isinstance(op, Update):
        return "goes through all rows, and locks those that it changes, of"
    return "reads all of"


def _in_batches(op: Op) -> str:
    return ", and change a few thousand rows at a time" if isinstance(op, Update) else ""


def _speaks_otherwise(op: Op, ctx: Context, table: Name | None) -> bool:
    """A rule of its own speaks of it: of the lock that it takes itself, of a validation, of a
    backfill."""
    if stalled(op, ctx) or (isinstance(op, ValidateConstraint) and _was_added(op, ctx)):
        return True
    rows = (Update, Delete, Insert, Merge)
    return isinstance(op, rows) and table is not None and bool(_kept(ctx, exactly=table))
