"""What an operation defines: columns with their types, constraints, names; and what comes after
it in its own migration and in later ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import TypeVar

from migralint.context import Context
from migralint.naming import RUNNERS_TABLES
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterType,
    Column,
    Constraint,
    CreateTable,
    Name,
    Op,
    Type,
)
from migralint.rules._around import later
from migralint.rules._hazards import fails

_Op = TypeVar("_Op", bound=Op)


def idle(op: Op, ctx: Context) -> bool:
    """It defines nothing: it fails, or IF NOT EXISTS finds that all is there; or it makes a table
    that nobody designs, a runner's own or a temporary one."""
    if fails(op, ctx):
        return True
    if isinstance(op, CreateTable):
        there = op.if_not_exists and ctx.existing(op.table) is not None
        return there or op.temporary or op.table.name in RUNNERS_TABLES
    table = getattr(op, "table", None)
    existing = ctx.existing(table) if isinstance(table, Name) else None
    if isinstance(op, AddColumn):
        there = existing is not None and existing.column(op.column.name) is not None
        return there or (existing is not None and existing.temporary)
    return existing is not None and existing.temporary


def columns(op: CreateTable | AddColumn) -> tuple[Column, ...]:
    return op.columns if isinstance(op, CreateTable) else (op.column,)


def constraints(op: CreateTable | AddColumn | AddConstraint) -> Iterator[Constraint]:
    """The constraints that it adds, those written at columns included."""
    if isinstance(op, AddConstraint):
        yield op.constraint
        return
    for column in columns(op):
        yield from column.constraints
    if isinstance(op, CreateTable):
        yield from op.constraints


def typed(op: CreateTable | AddColumn | AlterType, ctx: Context) -> Iterator[tuple[str, Type]]:
    """The columns that get a type, each with the built-in type that is new to it."""
    if idle(op, ctx):
        return
    if isinstance(op, AlterType):
        table = ctx.existing(op.table)
        column = table.column(op.column) if table else None
        if column and column.type and column.type.name == op.type.name:
            return
        if not op.type.schema:
            yield op.column, op.type
        return
    for column in columns(op):
        if column.type and not column.type.schema:
            yield column.name, column.type


def of_type(
    op: CreateTable | AddColumn | AlterType, ctx: Context, wanted: Callable[[Type], bool]
) -> list[str]:
    """The columns that get a type of the wanted kind."""
    return [name for name, type in typed(op, ctx) if wanted(type)]


def verb(found: Sized, one: str, many: str) -> str:
    """What one does, and what many do."""
    return one if len(found) == 1 else many


def ahead(ctx: Context, *kinds: type[_Op]) -> Iterator[_Op]:
    """Operations of these types that come after this statement, in this migration or a later
    one."""
    yield from later(ctx, *kinds)
    migrations = ctx.project.migrations
    here = next((n for n, each in enumerate(migrations) if each is ctx.migration), None)
    for migration in migrations[here + 1 :] if here is not None else ():
        for statement in migration.up.statements:
            yield from (op for op in statement.ops if isinstance(op, kinds))
