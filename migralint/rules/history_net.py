"""What a migration comes to on the whole."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding
from migralint.ops import Column, DropColumn, Update
from migralint.registry import rule
from migralint.rules._around import added_again, later, named_here, same
from migralint.rules._hazards import fails
from migralint.rules._left import copied_to, emptied, kept, nulled, proven_empty
from migralint.rules._words import listed


@rule("MIG610", on=DropColumn, severity=ERROR, once=True)
def column_rebuilt(op: DropColumn, ctx: Context) -> Iterator[Finding]:
    """A column is dropped and added again under its name, as generators do for a change of type,
    which loses what it holds."""
    if not ctx.effects(op).loses or fails(op, ctx) or not ctx.is_live(op.table):
        return
    new = added_again(ctx, op.table, op.column)
    if new is None:
        return
    if named_here(ctx, op.table, op.column) or nulled(op.table, op.column, ctx):
        return  # No code uses it yet, or nothing is left in it.
    table = ctx.existing(op.table)
    old = table.column(op.column) if table else None
    if new.generated or (old is not None and old.generated):
        return  # It is worked out again.
    if new.not_null and new.default is None and not new.identity:
        return  # With a single row it fails, as MIG301 says, and loses nothing.
    if emptied(op.table, ctx) or proven_empty(op.table, ctx) or _copied_back(op, old, ctx):
        return
    same_type = old is not None and old.type == new.type
    change = "Leave both out" if same_type else f"Change its type in place, to {new.type}"
    place = copied_to([old]) if old is not None and kept(old, ctx) else []
    loses = (
        f"leaves of what it holds only what went into {listed(place, ctx)}"
        if place
        else "loses what it holds for good"
    )
    yield ctx.finding(
        op,
        f"Dropping {op.label} and adding a column of that name again {loses}: the new one starts"
        " empty, or with its default.",
        help=(
            f"{change}; where that would write a large table anew, add a column of another name"
            " and copy the rows in batches."
        ),
        severity=WARNING if place else None,
    )


def _copied_back(op: DropColumn, old: Column | None, ctx: Context) -> bool:
    """What it holds was put elsewhere, and fills the new column afterwards."""
    if old is None or old.copied is None:
        return False
    return any(
        op.column in each.columns
        and (each.values or (each.conditional and op.column not in dict(each.literals)))
        and same(ctx, each.table, op.table)
        for each in later(ctx, Update)
    )
