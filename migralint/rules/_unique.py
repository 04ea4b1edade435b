"""Whether rows that are there can have a new unique key twice."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterType,
    Column,
    Copy,
    CreateIndex,
    DropConstraint,
    Expression,
    Insert,
    Merge,
    RunCode,
    Unknown,
    Update,
)
from migralint.rules._around import beside, earlier, same
from migralint.rules.availability_columns import SERIALS
from migralint.schema import Index, Table

_DISTINCT = frozenset(
    "nextval gen_random_uuid uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 "
    "uuidv7".split()
)
"""Functions that give each row a value of its own."""


def repeats(op: CreateIndex | AddConstraint, ctx: Context) -> str:
    """What can make building the unique key fail, as a sentence; "" where no two rows can have the
    same."""
    if isinstance(op, CreateIndex):
        keys = {key.column for key in op.columns if not key.collation and not key.opclass}
        where, nulls_equal = op.where, op.nulls_not_distinct
    else:
        keys = set(op.constraint.columns)
        where, nulls_equal = None, op.constraint.nulls_not_distinct
    table = ctx.existing(op.table)
    if table is not None:
        indexes = [*ctx.schema.indexes_on(table.name), *_dropped(op, table, ctx)]
        if any(_implies(each, keys, where, nulls_equal, table) for each in indexes):
            return ""
    for column in _added(op, ctx):
        if column.name in keys and (_numbered(column) or (not nulls_equal and _all_null(column))):
            return ""
    return " It fails if two rows have the same key."


def _implies(
    index: Index, keys: set[str | None], where: Expression | None, nulls_equal: bool, table: Table
) -> bool:
    """Rows that differ in the index differ in the keys too."""
    if not index.unique or not index.valid or None in index.keys or not set(index.keys) <= keys:
        return False
    if index.where and not (where and where.text == index.where.text):
        return False
    if any(key.collation or key.opclass for key in index.columns):
        return False
    columns = [table.column(key) for key in index.keys if key]
    without_null = all(column is not None and column.not_null for column in columns)
    return not nulls_equal or index.nulls_not_distinct or without_null


def _added(op: CreateIndex | AddConstraint, ctx: Context) -> Iterator[Column]:
    """The columns that the migration has added to the table and not filled since, as far as one can
    tell."""
    written = _written(op, ctx)
    if written is None:
        return
    for add in earlier(ctx, AddColumn):
        if add.conditional or add.if_not_exists or add.column.name in written:
            continue
        if same(ctx, add.table, op.table):
            yield add.column


def _written(op: CreateIndex | AddConstraint, ctx: Context) -> set[str] | None:
    """The columns that the migration has given rows of the table; None where it made rows, or may
    have done anything."""
    if any(earlier(ctx, Unknown, RunCode)):
        return None
    if any(same(ctx, each.table, op.table) for each in earlier(ctx, Insert, Copy, Merge)):
        return None
    return {
        name
        for each in earlier(ctx, Update)
        if same(ctx, each.table, op.table)
        for name in each.columns
    }


def _dropped(op: CreateIndex | AddConstraint, table: Table, ctx: Context) -> Iterator[Index]:
    """The unique indexes that went in this very transaction, whose lock nobody has got past since,
    where no key was given another value."""
    written = _written(op, ctx)
    if written is None:
        return
    beside_it = {each.name for each in beside(ctx, DropConstraint)}
    changed = {
        *written,
        *(each.column for each in (*earlier(ctx, AlterType), *beside(ctx, AlterType))),
        *(each.column.name for each in (*earlier(ctx, AddColumn), *beside(ctx, AddColumn))),
    }
    for transaction, index in ctx.schema.past.get(table.name, ()):
        together = transaction is not None and transaction == ctx.schema.transaction
        if (together or index.constraint in beside_it) and not changed & set(index.keys):
            yield index


def _numbered(column: Column) -> bool:
    if column.identity or (column.type and column.type.name in SERIALS):
        return True
    default = column.default
    return default is not None and len(default.functions) == 1 and default.functions[0] in _DISTINCT


def _all_null(column: Column) -> bool:
    empty = column.default is None or column.default.null
    return empty and not column.generated and not column.not_null
