"""What is left: of rows that are taken away or copied, and of the use of what is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from msgspec.structs import replace

from migralint.context import Context
from migralint.ops import (
    AddColumn,
    AlterType,
    Column,
    Commit,
    CreateTable,
    Delete,
    DropColumn,
    Expression,
    Insert,
    Name,
    Query,
    RenameColumn,
    RenameTable,
    Rollback,
    TableOp,
    Truncate,
    Update,
)
from migralint.ops.base import quoted
from migralint.rules._around import (
    beside,
    earlier,
    following,
    holds,
    later,
    same,
    written_here,
)
from migralint.rules._words import listed
from migralint.rules.availability_columns import lacks_value
from migralint.schema import Table

_OPEN = re.compile(r"\$\d|\{")
"""A parameter, or what stands in a text for something that is not known."""


def is_everything(where: Expression | None) -> bool:
    """No condition, or one that no row's values have a say in: true, 1 = 1. What is only known when
    the code runs is a condition."""
    return where is None or not (
        where.columns
        or where.subquery
        or where.functions
        or where.null
        or where.literal == "false"
        or _OPEN.search(where.text)
    )


def emptied(table: Name, ctx: Context) -> bool:
    """The migration has taken all rows away before, maybe under another name of the table."""
    if not holds(ctx, Delete, Truncate):
        return False
    names = [table]
    for rename in sorted(earlier(ctx, RenameTable), key=lambda each: -each.span.start):
        if rename.to == names[-1].name:
            names.append(rename.table)
    return any(
        same(ctx, each.table, name) and is_everything(each.where)
        for each in earlier(ctx, Delete)
        for name in names
    ) or any(
        same(ctx, each, name)
        for truncate in earlier(ctx, Truncate)
        for each in truncate.tables
        for name in names
    )


def nulled(table: Name, column: str, ctx: Context) -> bool:
    """The migration has set the column to NULL in all rows, and not filled it since."""
    changes = [
        each
        for each in earlier(ctx, Update)
        if column in each.columns and same(ctx, each.table, table)
    ]
    return bool(changes) and (
        not changes[-1].conditional
        and column in changes[-1].nulls
        and _leaves_only(changes[-1].where, {column})
    )


def all_null(table: Name, columns: Iterable[str], ctx: Context) -> bool:
    """One of the columns is NULL in all rows: the migration has added it without a value, or taken
    its values away, and not filled it since, as far as one can tell."""
    names = set(columns)
    written = written_here(ctx, table)
    added = (*earlier(ctx, AddColumn), *beside(ctx, AddColumn))
    return any(nulled(table, name, ctx) for name in names) or any(
        same(ctx, each.table, table)
        and not (each.conditional or each.if_not_exists)
        and written is not None
        and each.column.name in names - set(written)
        and without_value(each.column)
        for each in added
    )


def without_value(column: Column) -> bool:
    """A new column that is NULL in the rows that are there."""
    empty = column.default is None or column.default.null
    return empty and not column.generated and not column.identity and not column.not_null


def successor(op: DropColumn | RenameColumn, ctx: Context) -> Column | None:
    """The column that has the name of this one and its values when the transaction ends, so that
    nothing but the type has changed."""
    if not ctx.transaction.open:
        return None
    table = ctx.existing(op.table)
    aside = op.to if isinstance(op, RenameColumn) else ""
    new: Column | None = None
    pairs = {(aside, op.column)} if aside else set()
    for each in chain(*(statement.ops for statement in following(ctx))):
        if isinstance(each, (Commit, Rollback)):
            break
        if not isinstance(each, TableOp) or not same(ctx, each.table, op.table):
            continue
        if isinstance(each, RenameColumn) and each.to == op.column:
            new = table.column(each.column) if table else None
            pairs = {(op.column, each.column), (aside, each.column)}
        elif isinstance(each, AddColumn) and each.column.name == op.column and aside:
            new = each.column
        elif isinstance(each, AlterType) and each.column == op.column and new is not None:
            new = replace(new, type=each.type)
    if new is None or not any(
        _fills(each, op.table, pairs, ctx)
        for found in (earlier, later)
        for each in found(ctx, Update)
    ):
        return None
    return new


def _fills(op: Update, table: Name, pairs: set[tuple[str, str]], ctx: Context) -> bool:
    """It puts the values of a column, in whichever row it has one, into another of its table."""
    return (
        not op.conditional
        and same(ctx, op.table, table)
        and any(
            same(ctx, relation, table)
            and (value, target) in pairs
            and _leaves_only(op.where, {value, target})
            for relation, value, target in op.values
        )
    )


def _leaves_only(where: Expression | None, columns: set[str]) -> bool:
    """The condition is about whether these hold something, so that it leaves out nothing."""
    return is_everything(where) or (
        where is not None
        and where.text.casefold().split()[1:] in (["is", "null"], ["is", "not", "null"])
        and any(test.column in columns for test in where.tests)
    )


_AGGREGATES = frozenset(
    "any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or count every json_agg"
    " json_object_agg jsonb_agg jsonb_object_agg max min mode percentile_cont percentile_disc"
    " stddev string_agg sum variance xmlagg".split()
)
"""Functions that make one value of many rows (the manual's 9.21)."""


def rows_elsewhere(table: Name, ctx: Context) -> tuple[Name, ...]:
    """Where the migration has put something of every row of a table, if it has."""
    found: list[tuple[Name, Query | None]] = []
    for each in earlier(ctx, Insert):
        if not each.conditional and not each.on_conflict:
            found.append((each.table, each.query))
    for made in earlier(ctx, CreateTable):
        if not made.conditional and made.with_data and not made.if_not_exists:
            found.append((made.table, made.query))
    return tuple(
        to
        for to, query in found
        if query is not None
        and not query.limited
        and is_everything(query.where)
        and len(query.reads) == 1
        and not _AGGREGATES.intersection(query.functions)
        and same(ctx, query.reads[0], table)
        and query.values
    )


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
    return list(dict.fromkeys(to for each in columns if each.copied for to in each.copied.to))


def rows_to(columns: Iterable[Column]) -> list[str]:
    """The tables that got a row for each of theirs."""
    return list(dict.fromkeys(to for each in columns if each.copied for to in each.copied.rows))


def kept(column: Column | None, ctx: Context) -> bool:
    """What it holds stands elsewhere, or this migration has made use of it."""
    if column is None or column.copied is None:
        return False
    return column.copied.directly or column.copied.migration == ctx.schema.migration


def given_up(column: Column | None, ctx: Context) -> str:
    """How an earlier migration prepared that a column goes, as a sentence goes on after "an earlier
    migration"; "" if none did."""
    here = ctx.schema.migration
    if column is None:
        return ""
    if column.copied and column.copied.directly and column.copied.migration != here:
        return f"copied it to {listed(column.copied.to, ctx)}"
    return "let it be NULL" if column.optional not in ("", here) else ""


def never_null(op: Update, ctx: Context) -> str:
    """The column that the UPDATE wants to be NULL, and which is NOT NULL; "" where there is
    none."""
    table = ctx.existing(op.table)
    for test in op.where.tests if op.where and table and not op.reads else ():
        column = table.column(test.column) if table else None
        if column and test.operator == "IS NULL" and column.not_null and column.not_null_valid:
            return f"{op.table}.{quoted(column.name)}"
    return ""


def must_be_written(column: Column) -> bool:
    """Every INSERT has to name it, or fails: code that runs now does."""
    serial = column.type is not None and "serial" in column.type.name
    filled = serial or column.default or column.identity or column.generated
    return column.not_null and column.known and not filled


def table_given_up(table: Table, ctx: Context) -> str:
    """How earlier migrations prepared that a table goes, as a sentence goes on after "earlier
    migrations"; "" if none did."""
    here = ctx.schema.migration
    gone = [c.copied for c in table.columns if c.copied and c.copied.migration != here]
    before = [copied for copied in gone if copied.directly]
    if table.known and len(before) * 2 > len(table.columns):
        return "copied most of it"
    unbound = table.unbound not in ("", here) and not table.foreign_keys
    return "dropped its foreign keys" if unbound else ""
