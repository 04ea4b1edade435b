"""Compatibility: defaults that frameworks give to the rows there are, and to no row to come."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import WARNING, Finding
from migralint.ops import DropDefault
from migralint.registry import rule
from migralint.rules._around import added_here
from migralint.rules._hazards import fails


@rule("MIG215", on=DropDefault, severity=WARNING)
def default_not_kept(op: DropDefault, ctx: Context) -> Iterator[Finding]:
    """A new NOT NULL column loses its default at once, so INSERTs of code that does not know it yet
    fail."""
    if fails(op, ctx) or not ctx.is_live(op.table) or not added_here(ctx, op.table, op.column):
        return
    table = ctx.existing(op.table)
    column = table.column(op.column) if table is not None else None
    if column is None or not column.not_null or column.identity or column.generated:
        return
    django = ctx.project.tool == "django"
    what = "Django drops the default of" if django else "This drops the default of"
    yield ctx.finding(
        op,
        f"{what} {op.label} in the migration that adds it. The column is NOT NULL, so every INSERT"
        " of code that does not know it yet fails until the last instance of that code is gone.",
        help=(
            "Give the field a `db_default` (Django 5.0), which stays; or let it be null, and take"
            " that away in a later deploy."
            if django
            else "Keep the default until no code is left that does not write the column."
        ),
    )
