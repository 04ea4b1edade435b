"""What stands around an operation in its script: what the migration did before, and does later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from migralint.context import Context
from migralint.migration import Script, Statement
from migralint.ops import (
    AddColumn,
    Column,
    Copy,
    Insert,
    Merge,
    Name,
    Op,
    RenameColumn,
    RenameTable,
    RunCode,
    Unknown,
    Update,
)

_Op = TypeVar("_Op", bound=Op)


class _Index:
    """A script's operations by their type, each with the number of its statement."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.number = {id(statement): n for n, statement in enumerate(script.statements)}
        self.by_type: dict[type, list[tuple[int, Op]]] = {}
        for n, statement in enumerate(script.statements):
            for op in statement.ops:
                self.by_type.setdefault(type(op), []).append((n, op))


_LAST: list[_Index] = []
"""The index of the script in hand: rules ask about one script after the other."""


def _index(script: Script) -> _Index:
    if not _LAST or _LAST[0].script is not script:
        _LAST[:] = [_Index(script)]
    return _LAST[0]


def _found(ctx: Context, kinds: tuple[type[_Op], ...]) -> list[tuple[int, _Op]]:
    """The operations of these types, each with how many statements it is away."""
    index = _index(ctx.script)
    by_type = index.by_type
    found: list[tuple[int, _Op]] = []
    for kind in kinds:
        if kind in by_type:
            here = index.number.get(id(ctx.statement), 0)
            found += [(number - here, op) for number, op in by_type[kind]]  # type: ignore[misc]
    return found


def holds(ctx: Context, *kinds: type[Op]) -> bool:
    """The script has operations of one of these types."""
    return not _index(ctx.script).by_type.keys().isdisjoint(kinds)


def later(ctx: Context, *kinds: type[_Op]) -> Iterator[_Op]:
    """Operations of these types in the statements after this one."""
    found = _found(ctx, kinds)
    return iter([op for distance, op in found if distance > 0] if found else ())


def earlier(ctx: Context, *kinds: type[_Op]) -> Iterator[_Op]:
    """Operations of these types in the statements before this one."""
    found = _found(ctx, kinds)
    return iter([op for distance, op in found if distance < 0] if found else ())


def beside(ctx: Context, *kinds: type[_Op]) -> Iterator[_Op]:
    """Operations of these types in this statement."""
    found = _found(ctx, kinds)
    return iter([op for distance, op in found if distance == 0] if found else ())


def following(ctx: Context) -> tuple[Statement, ...]:
    """The statements after this one."""
    here = _index(ctx.script).number.get(id(ctx.statement), -1)
    return ctx.script.statements[here + 1 :]


def same(ctx: Context, one: Name, other: Name) -> bool:
    """Two names that mean one object."""
    return ctx.schema.home(one) == ctx.schema.home(other)


def added_here(ctx: Context, table: Name, column: str) -> bool:
    """An earlier statement of this very migration added the column."""
    return any(
        op.column.name == column and same(ctx, op.table, table) for op in earlier(ctx, AddColumn)
    )


def named_here(ctx: Context, table: Name, column: str) -> bool:
    """An earlier statement of this very migration gave the column its name: no code uses it yet."""
    return added_here(ctx, table, column) or any(
        op.to == column and same(ctx, op.table, table) for op in earlier(ctx, RenameColumn)
    )


def renamed_here(ctx: Context, table: Name) -> bool:
    """An earlier statement of this very migration gave the table its name: no code uses it yet."""
    return any(op.to == table.name for op in earlier(ctx, RenameTable))


def added_again(ctx: Context, table: Name, column: str) -> Column | None:
    """The column of this name that this statement or a later one adds."""
    return next(
        (
            op.column
            for found in (beside, later)
            for op in found(ctx, AddColumn)
            if op.column.name == column and same(ctx, op.table, table)
        ),
        None,
    )


def written_here(ctx: Context, table: Name) -> set[str] | None:
    """The columns that the migration has given the rows of a table so far; None where it made rows,
    or may have done anything."""
    if not holds(ctx, Unknown, RunCode, Insert, Copy, Merge, Update):
        return set()
    if any(earlier(ctx, Unknown, RunCode)):
        return None
    if any(same(ctx, each.table, table) for each in earlier(ctx, Insert, Copy, Merge)):
        return None
    return {
        name
        for each in earlier(ctx, Update)
        if same(ctx, each.table, table)
        for name in each.columns
    }
