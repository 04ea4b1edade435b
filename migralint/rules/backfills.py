"""Backfills: rows changed by the million, in one statement or under a lock."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding, Plan, Step
from migralint.locks import blocks
from migralint.ops import Delete, Insert, Merge, Name, Update
from migralint.registry import rule
from migralint.rules._advice import then
from migralint.rules._hazards import busy, copied, fails, works
from migralint.rules._words import a_lock, listed


def _held(name: Name, ctx: Context) -> str | None:
    """The mode in which the transaction keeps others from a table since an earlier statement."""
    mode = ctx.transaction.strongest(name)
    return mode if mode and blocks(mode) else None


def _changed(op: Update | Delete | Merge, ctx: Context) -> tuple[Name, ...]:
    """The live table, where the statement has to look at all of its rows."""
    family = set(ctx.schema.family(ctx.schema.resolve(op.table)))
    return busy((name for name in works(op, ctx) if name in family), ctx)


@rule("MIG701", on=Update, severity=WARNING)
def update_unbatched(op: Update, ctx: Context) -> Iterator[Finding]:
    """One UPDATE over a whole table locks every row that it changes until it ends, and writes each
    of them anew."""
    table = ctx.schema.resolve(op.table)
    changed = _changed(op, ctx)
    if fails(op, ctx) or not changed or _held(table, ctx):
        return
    yield ctx.finding(
        op,
        f"This goes through all of {listed(changed, ctx)} in one statement: each row that it"
        " changes is locked until the end, and replicas and VACUUM fall behind.",
        help=(
            f"Update a few thousand rows at a time, by ranges of the primary key of {op.table},"
            " each in a transaction of its own."
        ),
    )


@rule("MIG702", on=(Update, Delete, Insert, Merge), severity=ERROR)
def backfill_with_ddl(op: Update | Delete | Insert | Merge, ctx: Context) -> Iterator[Finding]:
    """Changing rows in the transaction that altered the table keeps the lock of the altering until
    all rows are done."""
    table = ctx.schema.resolve(op.table)
    mode = _held(table, ctx)
    if mode is None or fails(op, ctx) or not busy((table,), ctx):
        return
    if not (busy(copied(op, ctx), ctx) if isinstance(op, Insert) else _changed(op, ctx)):
        return
    yield ctx.finding(
        op,
        f"Since an earlier statement the transaction holds {a_lock(mode, str(op.table))}, and keeps"
        " it until this has gone through all rows.",
        help=f"Change the rows {then(ctx)}, a few thousand at a time.",
        lock=mode,
        plan=Plan("Change the rows after the lock is let go", (Step((op,), new_migration=True),)),
    )
