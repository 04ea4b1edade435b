"""Compatibility: new columns that INSERTs of running code leave without a value: what frameworks
give to the rows there are, and to no row to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding
from migralint.ops import (
    AddColumn,
    AddConstraint,
    Column,
    CreateTrigger,
    DropDefault,
    DropNotNull,
    DropTable,
    Name,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
    Update,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._around import added_here, beside, earlier, later, renamed_here, same
from migralint.rules._hazards import fails
from migralint.rules._left import emptied, proven_empty
from migralint.rules._words import listed
from migralint.rules.availability_columns import lacks_value


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
    if _breaks_anyway(op.table, ctx) or any(_losing(op.table, ctx, earlier)):
        return  # Or the first of them names all.
    others = list(dict.fromkeys(quoted(name) for name in _losing(op.table, ctx, later)))
    same_goes = f" The same goes for {listed(others, ctx)}." if others else ""
    django = ctx.project.tool == "django"
    what = "Django drops the default of" if django else "This drops the default of"
    yield ctx.finding(
        op,
        f"{what} {op.label} in the migration that adds it. The column is NOT NULL, so every INSERT"
        " of code that does not know it yet fails until the last instance of that code is gone."
        f"{same_goes}",
        help=(
            "Give the field a `db_default` (Django 5.0), which stays; or let it be null, and take"
            " that away in a later deploy."
            if django
            else "Keep the default until no code is left that does not write the column."
        ),
    )


def _losing(
    table: Name, ctx: Context, found: Callable[..., Iterator[DropDefault]]
) -> Iterator[str]:
    """The columns that the migration adds NOT NULL, and that lose their default before or after
    this statement."""
    added = {
        each.column.name
        for where in (earlier, beside, later)
        for each in where(ctx, AddColumn)
        if each.column.not_null and same(ctx, each.table, table)
    }
    for each in found(ctx, DropDefault):
        if each.column in added and same(ctx, each.table, table):
            yield each.column


def _breaks_anyway(table: Name, ctx: Context) -> bool:
    """The migration renames what each INSERT of the old code names, or takes the table away, of
    which other rules speak."""
    return any(
        same(ctx, each.table, table) or (isinstance(each, RenameTable) and each.to == table.name)
        for found in (earlier, later)
        for each in found(ctx, DropTable, RenameColumn, RenameTable)
    )


@rule("MIG216", on=(SetNotNull, AddConstraint), severity=WARNING)
def new_column_required(op: SetNotNull | AddConstraint, ctx: Context) -> Iterator[Finding]:
    """A new column is made NOT NULL in the migration that adds it, so INSERTs of code that does not
    know it yet fail."""
    names = [name for name in _required(op) if _is_new(op, name, ctx)]
    if not names or fails(op, ctx) or not ctx.is_live(op.table) or _of_no_use(op.table, ctx):
        return
    table = ctx.existing(op.table)
    columns = [column for name in names if table and (column := table.column(name))]
    column = next(filter(lambda each: _stays_empty(each, op.table, ctx), columns), None)
    if table is None or column is None:
        return
    if table.triggers or any(same(ctx, each.table, op.table) for each in later(ctx, CreateTrigger)):
        return  # It may fill the column.
    if _undone(op.table, column.name, ctx):
        return
    if isinstance(op, SetNotNull) and any(_requiring(op.table, ctx, earlier)):
        return  # The first of them names all.
    more = dict.fromkeys(_requiring(op.table, ctx, later))
    others = [quoted(name) for name in more if name != column.name]
    same_goes = f" The same goes for {listed(others, ctx)}." if others else ""
    filled = any(
        column.name in each.columns and same(ctx, each.table, op.table)
        for each in earlier(ctx, Update)
    )
    yield ctx.finding(
        op,
        f"{op.table}.{quoted(column.name)} is new in this migration and becomes NOT NULL without a"
        " default, so from here on every INSERT of code that does not know it yet fails, until the"
        f" last instance of that code is gone.{same_goes}",
        help=(
            "Let it be NULL here, and make it NOT NULL in a deploy after the one whose code writes"
            " it; or give it a default, which stays until then."
        ),
        severity=ERROR if filled else None,
    )


def _requiring(
    table: Name, ctx: Context, found: Callable[..., Iterator[SetNotNull]]
) -> Iterator[str]:
    """The columns that the migration adds without a value, and makes NOT NULL before or after this
    statement."""
    defaults = {
        each.column
        for where in (earlier, beside, later)
        for each in where(ctx, SetDefault)
        if same(ctx, each.table, table)
    }
    added = {
        each.column.name
        for where in (earlier, beside, later)
        for each in where(ctx, AddColumn)
        if same(ctx, each.table, table) and _stays_empty(each.column, table, ctx)
    }
    for each in found(ctx, SetNotNull):
        if each.column in added - defaults and same(ctx, each.table, table):
            if not _undone(table, each.column, ctx):
                yield each.column


def _required(op: SetNotNull | AddConstraint) -> tuple[str, ...]:
    """The columns that are NULL in no row from here on."""
    if isinstance(op, SetNotNull):
        return (op.column,)
    return op.constraint.columns if op.constraint.kind in ("not null", "primary key") else ()


def _stays_empty(column: Column, table: Name, ctx: Context) -> bool:
    """It may be NULL so far, and an INSERT that does not name it leaves it so."""
    required = AddColumn(table=table, column=replace(column, not_null=True))
    return not column.not_null and lacks_value(required, ctx)


def _is_new(op: SetNotNull | AddConstraint, column: str, ctx: Context) -> bool:
    return added_here(ctx, op.table, column) or any(
        each.column.name == column and same(ctx, each.table, op.table)
        for each in beside(ctx, AddColumn)
    )


def _of_no_use(table: Name, ctx: Context) -> bool:
    """No code writes to it, or none will: it is empty, or this migration gives its name to another
    or takes it away."""
    return (
        emptied(table, ctx)
        or proven_empty(table, ctx)
        or renamed_here(ctx, table)
        or any(same(ctx, each.table, table) for each in later(ctx, RenameTable, DropTable))
    )


def _undone(table: Name, column: str, ctx: Context) -> bool:
    """Further down it gets a default or may be NULL again, or takes the name of a column that code
    knows."""
    return any(
        each.column == column and same(ctx, each.table, table)
        for found in (beside, later)
        for each in found(ctx, SetDefault, DropNotNull, RenameColumn)
    )
