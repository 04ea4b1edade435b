"""SQL for help texts, with the names that things will have."""

from __future__ import annotations

from msgspec.structs import replace

from migralint import naming, spelling
from migralint.context import Context
from migralint.ops import Constraint, CreateIndex, Name


def index_name(op: CreateIndex, ctx: Context) -> str:
    """The name that the index gets."""
    if op.name:
        return op.name
    table = ctx.schema.resolve(op.table)

    def taken(candidate: str) -> bool:
        full = Name(candidate, table.schema)
        return full in ctx.schema.relations or full in ctx.schema.indexes

    middle = naming.joined(naming.index_columns(op.columns, op.include))
    return naming.chosen(table.name, middle, "idx", taken)


def constraint_name(each: Constraint, table: Name, ctx: Context) -> str:
    """The name that a constraint gets."""
    if each.name is None and not ctx.project.named:
        return spelling.UNNAMED
    return spelling.constraint_name(each, table)


def index(
    op: CreateIndex,
    ctx: Context,
    *,
    name: str | None = None,
    table: str | None = None,
    concurrently: bool = True,
) -> str:
    """CREATE INDEX CONCURRENTLY, or ON ONLY without `concurrently`."""
    said = replace(
        op,
        name=name or (index_name(op, ctx) if op.name or ctx.project.named else spelling.UNNAMED),
        if_not_exists=False,
        concurrently=concurrently,
        only=not concurrently,
    )
    sql = spelling.index(said)
    return sql.replace(f" ON {op.table}", f" ON {table}", 1) if table else sql
