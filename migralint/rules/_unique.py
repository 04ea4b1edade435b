"""Whether rows that are there can have a new unique key twice."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterType,
    Column,
    CreateIndex,
    DropConstraint,
    Expression,
)
from migralint.rules._around import beside, earlier, same, written_here
from migralint.rules._left import without_value
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
        if column.name in keys and (
            _numbered(column) or (not nulls_equal and without_value(column))
        ):
            return ""
    return " It fails if two rows have the same key."


def equal_here(op: CreateIndex | AddConstraint, ctx: Context) -> Column | None:
    """A column of the unique key, where the migration has added all of that with constant defaults,
    and so one key for all rows."""
    if isinstance(op, CreateIndex):
        plain = op.unique and op.where is None
        keys = {key.column for key in op.columns} if plain else set()
    else:
        unique = op.constraint.kind in ("unique", "primary key")
        keys = set(op.constraint.columns) if unique else set()
    if not keys:
        return None
    equal = {
        each.name: each
        for each in _added(op, ctx)
        if each.name in keys and each.default is not None and each.default.literal is not None
    }
    return next(iter(equal.values())) if equal.keys() == keys and equal else None


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
    written = written_here(ctx, op.table)
    if written is None:
        return
    for add in earlier(ctx, AddColumn):
        if add.conditional or add.if_not_exists or add.column.name in written:
            continue
        if same(ctx, add.table, op.table):
            yield add.column


def _dropped(op: CreateIndex | AddConstraint, table: Table, ctx: Context) -> Iterator[Index]:
    """The unique indexes that went in this very transaction, whose lock nobody has got past since,
    where no key was given another value."""
    written = written_here(ctx, op.table)
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
