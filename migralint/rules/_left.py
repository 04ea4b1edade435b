"""What is left: of rows that are taken away or copied, and of the use of what is dropped."""

from __future__ import annotations

from collections.abc import Iterable

from migralint.context import Context
from migralint.ops import AddColumn, Column, Delete, Expression, Name, Truncate
from migralint.rules._around import beside, earlier, same
from migralint.rules.availability_columns import lacks_value
from migralint.schema import Table


def is_everything(where: Expression | None) -> bool:
    """No condition, or one that no row's values have a say in: true, 1 = 1."""
    return where is None or not (
        where.columns or where.subquery or where.functions or where.null or where.literal == "false"
    )


def emptied(table: Name, ctx: Context) -> bool:
    """The migration has taken all rows away before."""
    return any(
        same(ctx, each.table, table) and is_everything(each.where) for each in earlier(ctx, Delete)
    ) or any(same(ctx, name, table) for each in earlier(ctx, Truncate) for name in each.tables)


def proven_empty(table: Name, ctx: Context) -> bool:
    """The migration does to it what fails with a single row: a NOT NULL column without default."""
    if emptied(table, ctx):
        return False
    known = ctx.existing(table)
    return (known is not None and known.proven_empty == ctx.schema.migration != "") or any(
        same(ctx, each.table, table) and lacks_value(each, ctx) for each in beside(ctx, AddColumn)
    )


def copied_to(columns: Iterable[Column]) -> list[str]:
    """Where their values went into."""
    return list(dict.fromkeys(each.copied[1] for each in columns if each.copied))


def kept(column: Column | None, ctx: Context) -> bool:
    """What it holds stands elsewhere, or this migration has made use of it."""
    if column is None or column.copied is None:
        return False
    return column.copied[2] or column.copied[0] == ctx.schema.migration


def given_up(column: Column | None, ctx: Context) -> str:
    """How an earlier migration prepared that a column goes, as a sentence goes on after "an earlier
    migration"; "" if none did."""
    here = ctx.schema.migration
    if column is None:
        return ""
    if column.copied and column.copied[2] and column.copied[0] != here:
        return f"copied it to {column.copied[1]}"
    return "let it be NULL" if column.optional not in ("", here) else ""


def must_be_written(column: Column) -> bool:
    """Every INSERT has to name it, or fails: code that runs now does."""
    serial = column.type is not None and "serial" in column.type.name
    filled = serial or column.default or column.identity or column.generated
    return column.not_null and not filled


def moved_before(table: Table, ctx: Context) -> bool:
    """Earlier migrations copied most of its columns."""
    here = ctx.schema.migration
    before = [c for c in table.columns if c.copied and c.copied[2] and c.copied[0] != here]
    return len(before) * 2 > len(table.columns)
