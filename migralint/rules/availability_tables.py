"""Tables as wholes: written anew, partitioned, moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from migralint import spelling
from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding, Plan, Step
from migralint.ops import (
    AttachPartition,
    Cluster,
    CreateTable,
    DetachPartition,
    Like,
    MoveTablespace,
    Op,
    SetAccessMethod,
    SetExpression,
    SetLogged,
    SetTablespace,
    Vacuum,
)
from migralint.registry import rule
from migralint.rules._advice import then, write
from migralint.rules._around import earlier, later, same
from migralint.rules._hazards import POSTGRESQL, blocked, fails, stalled
from migralint.rules._words import its_lock, listed, meanwhile

_REWRITES: dict[type[Op], tuple[str, str]] = {
    Vacuum: (
        "VACUUM FULL",
        "Run a plain VACUUM, or pg_repack, which copies the table while it is in use.",
    ),
    Cluster: ("CLUSTER", "Use pg_repack, which copies the table in order while it is in use."),
    SetLogged: (
        "SET LOGGED",
        (
            "Make a new table of the other kind and copy the rows in batches, or do it while nobody"
            " needs the table."
        ),
    ),
    SetTablespace: (
        "SET TABLESPACE",
        (
            "Make a new table there and copy the rows in batches; indexes can be built there"
            " CONCURRENTLY."
        ),
    ),
    MoveTablespace: ("SET TABLESPACE", "Move one table after the other, while nobody needs it."),
    SetAccessMethod: (
        "SET ACCESS METHOD",
        "Make a new table with that access method and copy the rows in batches.",
    ),
    SetExpression: (
        "SET EXPRESSION",
        "Add a new column with the new expression's values, filled in batches, and switch to it.",
    ),
}


@rule("MIG114", on=tuple(_REWRITES), dialects=POSTGRESQL, severity=ERROR)
def table_rewrite(op: Op, ctx: Context) -> Iterator[Finding]:
    """VACUUM FULL, CLUSTER and changes of storage write the whole table anew while nobody can read
    it."""
    tables = [name for name in stalled(op, ctx) if name in ctx.effects(op).rewrites]
    if not tables:
        return
    what, help = _REWRITES[type(op)]
    again = ""
    if isinstance(op, SetLogged):
        what = "SET LOGGED" if op.logged else "SET UNLOGGED"
        if op.logged and _switched(op, earlier(ctx, SetLogged), ctx):
            return  # That it was made UNLOGGED in use is said there.
        if not op.logged and _switched(op, later(ctx, SetLogged), ctx):
            again = " SET LOGGED, later in this migration, does the same once more."
    yield ctx.finding(
        op,
        f"{what} rewrites {listed(tables, ctx)} with all indexes under"
        f" {its_lock(op, ctx, *tables)} until it is"
        f" done.{again}{meanwhile(op, ctx)}",
        help=help,
        relations=tuple(tables),
    )


def _switched(op: SetLogged, others: Iterable[SetLogged], ctx: Context) -> bool:
    """One of the others is its opposite."""
    return any(each.logged != op.logged and same(ctx, each.table, op.table) for each in others)


@rule("MIG116", on=AttachPartition, dialects=POSTGRESQL, severity=ERROR)
def partition_attach_scan(op: AttachPartition, ctx: Context) -> Iterator[Finding]:
    """Attaching a partition reads it, and the default partition, in full while nobody can read
    them."""
    tables = stalled(op, ctx)
    if not tables:
        return
    parent = ctx.schema.resolve(op.table)
    default = ctx.schema.default_partition(parent)
    names = listed(tables, ctx)
    table = ctx.existing(op.table)
    proof = spelling.within(table.partition_by if table else None, op.bound)
    if tables[0] == default:
        proof = f"NOT ({proof})"
    yield ctx.finding(
        op,
        f"Attaching {op.partition} to {op.table} reads all of {names}, to see that each row is in"
        " its place and for what indexes and foreign keys are missing there, under"
        f" {its_lock(op, ctx, *tables)}.",
        help=(
            f"Prove it first: `ALTER TABLE {listed(tables[:1], ctx)} ADD CONSTRAINT fits CHECK"
            f" ({proof}) NOT VALID;`, then, {then(ctx)}, VALIDATE it; attach after that, and drop"
            " the constraint. Make its indexes like the parent's before as well."
        ),
        relations=tables,
    )


_ALL_BUT_IDENTITY = frozenset(
    "comments compression constraints defaults generated indexes statistics storage".split()
)


@rule("MIG117", on=CreateTable, dialects=POSTGRESQL, severity=WARNING)
def partition_created_in_place(op: CreateTable, ctx: Context) -> Iterator[Finding]:
    """CREATE TABLE … PARTITION OF looks harmless, and takes an ACCESS EXCLUSIVE lock on the
    partitioned table."""
    locked = [lock.relation for lock in blocked(op, ctx) if lock.mode == "ACCESS EXCLUSIVE"]
    if op.partition_of is None or fails(op, ctx) or not locked:
        return
    read = stalled(op, ctx)
    scanned = f", and reads {listed(read, ctx)} in full" if read else ""
    parent = ctx.existing(op.partition_of)
    # From PostgreSQL 17 on a partition takes its identity column from the partitioned table.
    numbered = any(column.identity for column in parent.columns) if parent else False
    excluding = " EXCLUDING IDENTITY" if numbered else ""
    like = f"CREATE TABLE {op.table} (LIKE {op.partition_of} INCLUDING ALL{excluding});"
    what = _ALL_BUT_IDENTITY if numbered else frozenset({"all"})
    table = replace(op, partition_of=None, bound=None, like=(Like(op.partition_of, what),))
    attach = AttachPartition(table=op.partition_of, partition=op.table, bound=op.bound)
    yield ctx.finding(
        op,
        f"Creating {op.table} in place takes {its_lock(op, ctx, *locked)},"
        f" behind all queries that are running{scanned}.",
        help=(
            f"Write `{like}`, then `ALTER TABLE {op.partition_of} ATTACH PARTITION {op.table}"
            f" {spelling.bound(op.bound)};`, which lets reads and writes go on."
        ),
        relations=tuple(locked),
        severity=ERROR if read else WARNING,
        plan=Plan("Create the table by itself, then attach it", (Step((table, attach)),)),
    )


@rule("MIG118", on=DetachPartition, dialects=POSTGRESQL, severity=WARNING)
def partition_detach_not_concurrent(op: DetachPartition, ctx: Context) -> Iterator[Finding]:
    """Detaching a partition without CONCURRENTLY blocks reads and writes of the whole partitioned
    table while it waits."""
    parent = ctx.schema.resolve(op.table)
    waiting = [lock.relation for lock in blocked(op, ctx)]
    if op.concurrently or op.finalize or fails(op, ctx) or parent not in waiting:
        return
    if ctx.version < _DETACH_CONCURRENTLY or ctx.schema.default_partition(parent):
        return  # It cannot be done CONCURRENTLY: only lock-timeout-missing has something to say.
    sql = f"ALTER TABLE {op.table} DETACH PARTITION {op.partition} CONCURRENTLY;"
    yield ctx.finding(
        op,
        f"Detaching {op.partition} takes {its_lock(op, ctx, parent)}, behind"
        " all queries that are running.",
        help=write(ctx, sql, sql),
        relations=(parent,),
        plan=Plan(
            "Detach it concurrently, outside a transaction",
            (Step((replace(op, concurrently=True),), in_transaction=False),),
        ),
    )


_DETACH_CONCURRENTLY = 14
"""The first version that can."""
