"""Indexes: what building, dropping and rebuilding one keeps waiting."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migralint import naming, spelling
from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding, Plan, Step
from migralint.locks import blocks
from migralint.ops import (
    AlterType,
    AttachIndex,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Name,
    RefreshView,
    Reindex,
    RenameColumn,
    RenameIndex,
    SetNotNull,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules import _spell
from migralint.rules._advice import write, write_index
from migralint.rules._around import earlier, later, same
from migralint.rules._gone import index_for_nothing, needs_this
from migralint.rules._hazards import POSTGRESQL, blocked, fails, stalled
from migralint.rules._unique import repeats
from migralint.rules._words import a_lock, its_lock, meanwhile, shown
from migralint.schema import Index


@rule("MIG101", on=CreateIndex, dialects=POSTGRESQL, severity=ERROR)
def index_not_concurrent(op: CreateIndex, ctx: Context) -> Iterator[Finding]:
    """Building an index without CONCURRENTLY blocks every write to the table until it is built."""
    table = ctx.existing(op.table)
    tables = stalled(op, ctx)
    if not tables or (table and table.kind == "matview"):
        return
    locked = [lock.relation for lock in blocked(op, ctx)]
    partitioned = bool(table and table.partitioned)
    message = (
        f"Building {op.label} holds {its_lock(op, ctx, *locked)} until it is built."
        f"{meanwhile(op, ctx)}"
    )
    if op.unique:
        message += repeats(op, ctx)
    nothing = index_for_nothing(op, ctx)
    if partitioned and not nothing:
        yield ctx.finding(op, message, help=_by_partition(op, ctx), plan=_partition_plan(op, ctx))
        return
    concurrent = replace(
        op, name=_spell.index_name(op, ctx), concurrently=True, if_not_exists=False
    )
    # Where an older index was there to be renamed, this one is for new databases only.
    twin = op.if_not_exists and any(each.to == op.name for each in earlier(ctx, RenameIndex))
    old = _instead_of_rebuilding(op, ctx) or _before_the_drop(op, ctx)
    yield ctx.finding(
        op,
        message,
        severity=WARNING if twin else None,
        confidence="assumed" if twin else None,
        help=nothing or old or _elsewhere(op, ctx),
        plan=None
        if nothing or old
        else Plan(
            "Build the index concurrently, outside a transaction",
            (Step((concurrent,), in_transaction=False),),
        ),
    )


def _elsewhere(op: CreateIndex, ctx: Context, name: str | None = None) -> str:
    command = f"CREATE {'UNIQUE ' if op.unique else ''}INDEX CONCURRENTLY"
    return write_index(ctx, _spell.index(op, ctx, name=name), command, after=needs_this(op, ctx))


def _instead_of_rebuilding(op: CreateIndex, ctx: Context) -> str:
    """Advice to rename the index that this transaction has dropped and that was as this one is; ""
    where there is none."""
    table = ctx.schema.resolve(op.table)
    for transaction, index in ctx.schema.past.get(table, ()):
        together = transaction is not None and transaction == ctx.schema.transaction
        if together and index.constraint is None and _meaning(index) == _meaning(op):
            return _renaming(Name(index.name.name, op.table.schema), op, ctx)
    return ""


def _before_the_drop(op: CreateIndex, ctx: Context) -> str:
    """Advice to build it before the index or constraint on the same key goes that the script has
    dropped, or on another that kept rows apart; "" where none was."""
    table = ctx.schema.resolve(op.table)
    keys = {key.column for key in op.columns}
    for _, index in ctx.schema.past.get(table, ()):
        narrower = op.unique and index.unique and set(index.keys) & keys
        if (op.unique and not index.unique) or None in keys:
            continue
        if set(index.keys) != keys and (not narrower or None in index.keys):
            continue
        drop = _dropped_here(index, ctx)
        if not drop:
            continue
        name, rename = _spell.index_name(op, ctx), ""
        if name == index.name.name:
            name = naming.made(name, "", "new")
            new = Name(name, op.table.schema)
            rename = f", and end with `ALTER INDEX {new} RENAME TO {quoted(index.name.name)};`"
        keeps = "serves the queries by this key"
        if index.unique and op.unique:
            key = ", ".join(quoted(each) for each in index.keys if each)
            keeps = "keeps the key unique" if set(index.keys) == keys else f"keeps {key} unique"
        return (
            f"{_elsewhere(op, ctx, name)} Move `{drop}` behind it, since until then that"
            f" {keeps}{rename}."
        )
    return ""


def _dropped_here(index: Index, ctx: Context) -> str:
    """How an earlier statement of the script dropped it."""
    home = ctx.schema.home
    for each in earlier(ctx, DropIndex):
        if index.name in map(home, each.together or (each.index,)):
            return f"DROP INDEX {each.index}"
    for drop in earlier(ctx, DropConstraint):
        if drop.name == index.constraint and home(drop.table) == index.table:
            return f"DROP CONSTRAINT {quoted(drop.name)}"
    return ""


def _renaming(old: Name, op: CreateIndex, ctx: Context) -> str:
    new = _spell.index_name(op, ctx)
    if new == old.name:
        return ""
    return (
        f"Write `ALTER INDEX {old} RENAME TO {quoted(new)};` instead of dropping the one and"
        " building the other, which is the same."
    )


def _meaning(index: Index | CreateIndex) -> tuple[object, ...]:
    """What an index is but for its name."""
    return (
        tuple(map(spelling.key, index.columns)),
        index.include,
        index.unique,
        index.method,
        index.where.text if index.where else "",
        index.nulls_not_distinct,
    )


def _by_partition(op: CreateIndex, ctx: Context) -> str:
    parent = _spell.index_name(op, ctx)
    part = naming.made(parent, "", "p1")
    return (
        "A partitioned table's index cannot be built CONCURRENTLY. Write "
        f"`{_spell.index(op, ctx, concurrently=False)}`, then for each partition "
        f"`{_spell.index(op, ctx, name=part, table='<partition>')}` and "
        f"`ALTER INDEX {quoted(parent)} ATTACH PARTITION {quoted(part)};`."
    )


def _partition_plan(op: CreateIndex, ctx: Context) -> Plan:
    parent = Name(_spell.index_name(op, ctx), op.table.schema)
    table = ctx.schema.resolve(op.table)
    steps = [Step((replace(op, name=parent.name, only=True),))]
    for number, child in enumerate(ctx.schema.children.get(table, ()), 1):
        name = naming.made(parent.name, "", f"p{number}")
        build = replace(op, name=name, table=child, concurrently=True, only=False)
        steps.append(Step((build,), in_transaction=False, new_migration=True))
        attach = AttachIndex(index=parent, partition=Name(name, child.schema))
        steps.append(Step((attach,), new_migration=True))
    return Plan(
        "Build the index on each partition concurrently, then attach it", tuple(steps), whole=False
    )


@rule("MIG102", on=DropIndex, dialects=POSTGRESQL, severity=WARNING)
def index_drop_not_concurrent(op: DropIndex, ctx: Context) -> Iterator[Finding]:
    """Dropping an index without CONCURRENTLY blocks reads and writes of its table while it waits
    for all of them."""
    index = ctx.schema.index(op.index)
    effects = ctx.effects(op)
    if op.concurrently or fails(op, ctx) or (index is None and not effects.assumed):
        return
    on = index.table if index else ctx.schema.home(op.on) if op.on else None
    if on is not None:
        table = ctx.existing(on)
        if not blocked(op, ctx) or (table and table.partitioned) or _goes_anyway(on, ctx):
            return
        if ctx.transaction.strongest(on) == "ACCESS EXCLUSIVE":
            return  # It has been waited for already.
    of = shown(on, ctx) if on else "its table"
    cascade = ", one by one" if len(op.together) > 1 else ""
    again = index and next(
        (
            each
            for each in later(ctx, CreateIndex)
            if same(ctx, each.table, index.table) and _meaning(each) == _meaning(index)
        ),
        None,
    )
    renamed = _renaming(op.index, again, ctx) if again and len(op.together) < 2 else ""
    sql = f"DROP INDEX CONCURRENTLY {'IF EXISTS ' if op.if_exists else ''}{op.index};"
    yield ctx.finding(
        op,
        f"Dropping {op.label} takes {a_lock('ACCESS EXCLUSIVE', of)}, behind all queries that are"
        " running.",
        help=renamed
        or write_index(ctx, sql, "DROP INDEX CONCURRENTLY").rstrip(".") + f"{cascade}.",
        relations=(on,) if on else (),
        plan=None
        if renamed
        else Plan(
            "Drop the index concurrently, outside a transaction",
            (
                Step(
                    (replace(op, concurrently=True, cascade=False, together=(op.index,)),),
                    in_transaction=False,
                ),
            ),
        ),
    )


_AS_STRONG = (AlterType, DropColumn, DropConstraint, DropTable, RenameColumn, SetNotNull)


def _goes_anyway(table: Name, ctx: Context) -> bool:
    """The same transaction takes the same lock on the table for something else that follows."""
    kinds = _AS_STRONG if ctx.transaction.open else (DropTable,)
    return any(same(ctx, op.table, table) for op in later(ctx, *kinds))


@rule("MIG103", on=Reindex, dialects=POSTGRESQL, severity=ERROR)
def reindex_not_concurrent(op: Reindex, ctx: Context) -> Iterator[Finding]:
    """REINDEX without CONCURRENTLY blocks writes to the table, and reads that would use the index,
    until it is done."""
    tables = stalled(op, ctx)
    if not tables:
        return
    sql = f"REINDEX {op.target.upper()} CONCURRENTLY {op.name};"
    yield ctx.finding(
        op,
        f"Rebuilding {op.label} holds {its_lock(op, ctx, *tables)} until it is"
        " done, and an ACCESS EXCLUSIVE lock on each index, so queries that would use it wait"
        " too.",
        help=write(ctx, sql, sql),
        relations=tables,
        lock=ctx.effects(op).mode(tables[0]),
        plan=Plan(
            "Rebuild it concurrently, outside a transaction",
            (Step((replace(op, concurrently=True),), in_transaction=False),),
        ),
    )


@rule("MIG115", on=RefreshView, dialects=POSTGRESQL, severity=WARNING)
def matview_refresh_blocking(op: RefreshView, ctx: Context) -> Iterator[Finding]:
    """REFRESH MATERIALIZED VIEW without CONCURRENTLY blocks every read of the view until it is
    filled."""
    view = ctx.schema.resolve(op.view)
    if (
        fails(op, ctx)
        or "reads" not in blocks(ctx.lock(op.view) or "ACCESS SHARE")
        or not ctx.is_live(view)
    ):
        return
    known = ctx.existing(view)
    if known is not None and not known.populated:
        return  # Nobody can read it yet.
    has_key = any(
        index.unique and index.where is None and None not in index.keys
        for index in ctx.schema.indexes_on(view)
    )
    first = "" if has_key else ", once a unique index on plain columns stands, without WHERE"
    name = shown(view, ctx)
    yield ctx.finding(
        op,
        f"Refreshing {name} holds {its_lock(op, ctx, view)} until the query behind it has run.",
        help=(
            f"Write `REFRESH MATERIALIZED VIEW CONCURRENTLY {op.view};`{first}; it may run in a"
            " transaction."
        ),
        relations=(view,),
        plan=(
            Plan(
                "Refresh it concurrently",
                (Step((replace(op, concurrently=True, with_data=True),)),),
            )
            if has_key
            else None
        ),
    )
