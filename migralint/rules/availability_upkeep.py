"""Upkeep: statistics that are lost, several tables locked at once, what is replaced or switched off
in place."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding
from migralint.locks import STRENGTH, blocks
from migralint.ops import (
    AlterType,
    Analyze,
    CreateIndex,
    CreateTable,
    CreateView,
    DropColumn,
    DropIndex,
    DropTable,
    LockTable,
    Name,
    Op,
    SetTriggerState,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._advice import then, way_out
from migralint.rules._around import added_here, later, same
from migralint.rules._hazards import POSTGRESQL, blocked, busy, fails, stalled
from migralint.rules._words import a_lock, its_lock, listed, shown
from migralint.rules.compatibility import column_type_changed


@rule("MIG123", on=AlterType, dialects=POSTGRESQL, severity=INFO, once=True)
def statistics_lost(op: AlterType, ctx: Context) -> Iterator[Finding]:
    """Any change of a column's type deletes what the planner knows of its values, so that plans go
    bad until the next ANALYZE."""
    if fails(op, ctx) or not busy((ctx.schema.resolve(op.table),), ctx) or _analysed(op, ctx):
        return
    if stalled(op, ctx) or any(column_type_changed(op, ctx)):
        return  # That the change is made so at all is what has to be said.
    if added_here(ctx, op.table, op.column) or any(
        each.column == op.column and same(ctx, each.table, op.table)
        for each in later(ctx, AlterType, DropColumn)
    ):
        return
    yield ctx.finding(
        op,
        f"Changing the type deletes the statistics of {op.label}: queries that filter or join on it"
        " are planned by guesses until autovacuum comes by.",
        help=f"Write `ANALYZE {op.table} ({quoted(op.column)});` after it.",
    )


def _analysed(op: AlterType, ctx: Context) -> bool:
    """The migration brings the statistics back."""
    return any(
        not each.tables or any(same(ctx, name, op.table) for name in each.tables)
        for each in later(ctx, Analyze)
    )


@rule("MIG124", on=Op, dialects=POSTGRESQL, severity=INFO, when="blocks", default=False)
def several_tables_locked(op: Op, ctx: Context) -> Iterator[Finding]:
    """A transaction that locks one table after the other meets code that locks them the other way
    round, and one of the two fails by deadlock."""
    if fails(op, ctx) or not ctx.transaction.open:
        return
    new = {_root(lock.relation, ctx): lock.relation for lock in blocked(op, ctx)}
    held = {
        _root(name, ctx): mode
        for name in ctx.transaction.held
        if name in ctx.schema.relations and ctx.is_live(name)
        if (mode := ctx.transaction.strongest(name)) and blocks(mode)
    }
    more = [name for root, name in new.items() if root not in held]
    if len(held) != 1 or not more:
        return
    ((first, mode),) = held.items()
    yield ctx.finding(
        op,
        f"The transaction holds {a_lock(mode, shown(first, ctx))}, and now waits for"
        f" {listed(more, ctx)} as well: code that locks them in the other order, or a query that"
        " joins them, makes a deadlock, which ends one of the two with an error.",
        help=f"Change {listed(more, ctx)} {then(ctx)}.",
        relations=(*more, first),
    )


def _root(table: Name, ctx: Context) -> Name:
    """The partitioned table that a partition belongs to: they are locked together anyway."""
    known = ctx.schema.relations.get(table)
    while known is not None and known.partition_of is not None:
        table = known.partition_of
        known = ctx.schema.relations.get(table)
    return table


@rule("MIG125", on=LockTable, dialects=POSTGRESQL, severity=WARNING)
def table_locked(op: LockTable, ctx: Context) -> Iterator[Finding]:
    """LOCK TABLE keeps everybody waiting until the end of the transaction, whatever that has still
    to do."""
    locks = blocked(op, ctx)
    if fails(op, ctx) or not locks:
        return
    tables = tuple(dict.fromkeys(lock.relation for lock in locks))
    yield ctx.finding(
        op,
        f"This takes {a_lock(op.mode, listed(tables, ctx))} until the transaction ends.",
        help=(
            "Leave it out: each later statement takes the lock that it needs. If rows must not"
            " change meanwhile, keep the transaction short and set lock_timeout before it."
        ),
        relations=tables,
    )


@rule("MIG126", on=DropIndex, dialects=POSTGRESQL, severity=WARNING)
def index_replaced_late(op: DropIndex, ctx: Context) -> Iterator[Finding]:
    """An index that is dropped before the one that takes its place is built leaves queries without
    any meanwhile."""
    index = ctx.schema.index(op.index)
    if index is None or fails(op, ctx) or ctx.transaction.open or not index.valid:
        return
    if not busy((index.table,), ctx):
        return
    keys = index.keys
    successor = next(
        (
            each
            for each in later(ctx, CreateIndex)
            if same(ctx, each.table, index.table)
            if None not in keys and tuple(key.column for key in each.columns[: len(keys)]) == keys
            if each.method == index.method and (each.where is None or index.where is not None)
        ),
        None,
    )
    if successor is None or any(
        other.name != index.name
        and other.valid
        and other.where is None
        and other.method == index.method
        and other.keys[: len(keys)] == keys
        for other in ctx.schema.indexes_on(index.table)
    ):
        return
    again = successor.name == op.index.name
    name = successor.label
    yield ctx.finding(
        op,
        f"Between this statement and the end of building {name}, queries that used"
        f" {op.index} read all of {shown(index.table, ctx)} instead.",
        help=(
            "Build the new one under another name first, drop the old one, then rename; to rebuild"
            f" it as it is, write `REINDEX INDEX CONCURRENTLY {op.index};`."
            if again
            else f"Build {name} first, then drop {op.index}."
        ),
        relations=(index.table,),
    )


@rule("MIG127", on=DropTable, dialects=POSTGRESQL, severity=WARNING)
def partition_dropped_in_place(op: DropTable, ctx: Context) -> Iterator[Finding]:
    """Dropping a partition takes an ACCESS EXCLUSIVE lock on the whole partitioned table, behind
    all queries that are running."""
    table = ctx.existing(op.table)
    if fails(op, ctx) or table is None or table.partition_of is None:
        return
    parent = table.partition_of
    if parent in map(ctx.schema.resolve, op.together):
        return
    if not any(lock.relation == parent for lock in blocked(op, ctx)):
        return
    strength = STRENGTH[ctx.effects(op).mode(parent) or "ACCESS SHARE"]
    if strength < STRENGTH["ACCESS EXCLUSIVE"]:
        return
    detach = f"ALTER TABLE {shown(parent, ctx)} DETACH PARTITION {op.table}"
    concurrently = ctx.schema.default_partition(parent) is None
    how = f"{detach} CONCURRENTLY;" if concurrently else f"{detach};"
    yield ctx.finding(
        op,
        f"Dropping partition {op.table} takes {its_lock(op, ctx, parent)}, behind all queries that"
        " are running.",
        help=(
            f"Write `{how}` before it. {way_out(ctx, how)} Then drop it as a table of its own."
            if concurrently
            else f"Set lock_timeout, write `{how}` first, and drop it as a table of its own"
            f" {then(ctx)}."
        ),
        relations=(parent,),
    )


@rule("MIG128", on=(CreateView, CreateTable), dialects=POSTGRESQL, severity=INFO, default=False)
def view_filled_in_migration(op: CreateView | CreateTable, ctx: Context) -> Iterator[Finding]:
    """A materialized view, or a table made from a query, is filled before the migration can go
    on."""
    query = op.query
    if fails(op, ctx) or query is None or query.limited or not op.with_data:
        return
    if isinstance(op, CreateView) and not op.materialized:
        return
    read = busy(map(ctx.schema.resolve, query.reads), ctx)
    if not read:
        return
    name = op.view if isinstance(op, CreateView) else op.table
    again = (
        f"then, {then(ctx)}, `REFRESH MATERIALIZED VIEW {name};`"
        if isinstance(op, CreateView)
        else "then copy the rows in batches"
    )
    yield ctx.finding(
        op,
        f"Filling {name} runs its whole query over {listed(read, ctx)} inside the migration, which"
        " holds back VACUUM, and CONCURRENTLY in other sessions, until it is done.",
        help=f"Write `WITH NO DATA` at its end, {again}.",
        relations=read,
    )


@rule("MIG129", on=SetTriggerState, dialects=POSTGRESQL, severity=WARNING)
def trigger_disabled(op: SetTriggerState, ctx: Context) -> Iterator[Finding]:
    """A disabled trigger does nothing for anybody, and ALL turns the checks of foreign keys off as
    well."""
    if op.enabled or fails(op, ctx) or not ctx.is_live(op.table) or _enabled_again(op, ctx):
        return
    which = op.name.upper()
    every = which in ("ALL", "USER")
    keys = ", and with them the checks of its foreign keys" if which == "ALL" else ""
    # USER leaves alone those that PostgreSQL makes for constraints.
    what = f"trigger {op.name}" if not every else "all triggers" if keys else "all user triggers"
    what = f"{what} of {op.table}"
    yield ctx.finding(
        op,
        f"This turns {what} off for all sessions{keys}, and nothing later in this migration turns"
        f" {'them' if every else 'it'} on again.",
        help=(
            f"Write `ALTER TABLE {op.table} ENABLE TRIGGER {op.name};` in the same transaction, or"
            " drop the trigger if it is not needed any more."
        ),
    )


def _enabled_again(op: SetTriggerState, ctx: Context) -> bool:
    wide = {"ALL", "USER"} if op.name.upper() != "ALL" else {"ALL"}
    return any(
        each.enabled
        and same(ctx, each.table, op.table)
        and (each.name == op.name or each.name.upper() in wide)
        for each in later(ctx, SetTriggerState)
    ) or any(same(ctx, each.table, op.table) for each in later(ctx, DropTable))
