"""Backfills: rows changed by the million, in one statement or under a lock."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding, Plan, Step
from migralint.locks import STRENGTH, blocks
from migralint.ops import Delete, Insert, Merge, Name, RunCode, Update
from migralint.registry import rule
from migralint.rules._advice import by_hand, then
from migralint.rules._along import moves_along
from migralint.rules._hazards import busy, copied, fails, works
from migralint.rules._left import never_null
from migralint.rules._words import a_lock, listed


def _held(name: Name, ctx: Context) -> str | None:
    """The mode in which the transaction keeps others from a table since an earlier statement."""
    mode = ctx.transaction.strongest(name)
    return mode if mode and blocks(mode) else None


def _changed(op: Update | Delete | Merge, ctx: Context) -> tuple[Name, ...]:
    """The live table, where the statement changes rows of all of it."""
    if isinstance(op, (Update, Delete)) and op.limited:
        return ()
    family = set(ctx.schema.family(ctx.schema.resolve(op.table)))
    return busy((name for name in works(op, ctx) if name in family), ctx)


def _is_repeated(op: Update | Delete | Merge) -> bool:
    """Code that loops over rows runs it for each of them, with the row's key as a parameter, or
    for some at a time."""
    where = op.where if isinstance(op, (Update, Delete)) else None
    if op.conditional and isinstance(op, (Update, Delete)) and op.limited:
        return True
    tests = where.tests if where is not None else ()
    return op.conditional and any(test.operator == "=" and test.value is None for test in tests)


@rule("MIG701", on=Update, severity=WARNING, once=True)
def update_unbatched(op: Update, ctx: Context) -> Iterator[Finding]:
    """One UPDATE over a whole table locks every row that it changes until it ends, and writes each
    of them anew."""
    table = ctx.schema.resolve(op.table)
    changed = _changed(op, ctx)
    if fails(op, ctx) or not changed or _held(table, ctx) or _is_repeated(op):
        return
    hand = by_hand(ctx)
    yield ctx.finding(
        op,
        f"This goes through all of {listed(changed, ctx)} in one statement: each row that it"
        " changes is locked until the end, and replicas and VACUUM fall behind.",
        help=(
            f"Update a few thousand rows at a time, by ranges of the primary key of {op.table},"
            f" each in a transaction of its own{', ' if hand else ''}{hand}.{moves_along(op, ctx)}"
        ),
    )


@rule("MIG702", on=(Update, Delete, Insert, Merge), severity=ERROR, once=True)
def backfill_with_ddl(op: Update | Delete | Insert | Merge, ctx: Context) -> Iterator[Finding]:
    """Changing rows in the transaction that altered the table keeps the lock of the altering until
    all rows are done."""
    table = ctx.schema.resolve(op.table)
    mode = _held(table, ctx)
    if mode is None or fails(op, ctx) or not busy((table,), ctx):
        return
    if isinstance(op, Insert):
        if not busy(copied(op, ctx), ctx):
            return
    elif not _changed(op, ctx) and not _is_repeated(op):
        return
    if isinstance(op, Update) and (column := never_null(op, ctx)):
        yield ctx.finding(
            op,
            f"As the migrations before have left {column}, it is NOT NULL: this changes no row.",
            help="Leave it out.",
            severity=WARNING,
        )
        return
    yield ctx.finding(
        op,
        f"Since an earlier statement the transaction holds {a_lock(mode, str(op.table))}, and keeps"
        " it until this has gone through all rows.",
        help=(
            f"Change the rows {by_hand(ctx) or then(ctx)}, a few thousand at a time."
            f"{moves_along(op, ctx)}"
        ),
        lock=mode,
        plan=Plan(
            "Change the rows after the lock is let go",
            (Step((op,), new_migration=True),),
            whole=False,
        ),
    )


@rule("MIG703", on=RunCode, severity=WARNING, instead_of=("MIG002",))
def code_under_lock(op: RunCode, ctx: Context) -> Iterator[Finding]:
    """Code runs in the transaction that altered a table, whose lock is kept until the code is
    done."""
    held = {
        name: mode
        for name in ctx.transaction.held
        if (mode := _held(name, ctx)) is not None and _is_table(name, ctx)
    }
    tables = busy(held, ctx)
    if not tables or _is_read(ctx):
        return
    mode = max((held[name] for name in tables), key=STRENGTH.__getitem__)
    strongest = tuple(name for name in tables if held[name] == mode)
    yield ctx.finding(
        op,
        f"This runs {op.what or 'code'} while the transaction holds"
        f" {a_lock(mode, listed(strongest, ctx))}, since an earlier statement: all who"
        f" {'use' if 'reads' in blocks(mode) else 'write to'}"
        f" {'it' if len(strongest) == 1 else 'them'} wait until the code is done.",
        help=f"Run the code {then(ctx)}.{moves_along(op, ctx)}",
        relations=strongest,
        lock=mode,
    )


def _is_read(ctx: Context) -> bool:
    """What the code does to rows was seen, at least in part, and is told line by line."""
    here = ctx.statement.span
    return any(
        each.within == here and any(isinstance(op, (Update, Delete)) for op in each.ops)
        for each in ctx.script.statements
    )


def _is_table(name: Name, ctx: Context) -> bool:
    table = ctx.schema.relations.get(name)
    return table is not None and table.kind == "table"
