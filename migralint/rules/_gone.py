"""What the same script does further down with what a statement makes: takes it away again, or needs
it."""

from __future__ import annotations

from collections.abc import Iterable

from migralint import spelling
from migralint.context import Context
from migralint.ops import (
    AddColumn,
    AddConstraint,
    Copy,
    CreateIndex,
    Delete,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Expression,
    Insert,
    Merge,
    Name,
    Op,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    RunCode,
    Select,
    Unknown,
    Update,
)
from migralint.rules import _spell
from migralint.rules._around import following, holds, named_here, renamed_here

_ROWS = (Copy, Delete, Insert, Merge, RunCode, Select, Unknown, Update)
"""What may count on a constraint, or be quick thanks to an index."""
_DROPS = (DropIndex, DropTable, DropColumn, DropConstraint)
_OF_NAMES = frozenset((RenameTable, RenameIndex, RenameColumn, RenameConstraint, *_DROPS))
"""What something gets another name by, or goes by."""


class _Followed:
    """A column, constraint or index of a table on its way down the script, by the names that it
    has at each point."""

    def __init__(
        self,
        ctx: Context,
        table: Name,
        columns: Iterable[str],
        constraint: str = "",
        index: str = "",
    ) -> None:
        self.home = ctx.schema.home
        self.table = self.home(table)
        self.columns = {column: column for column in columns}  # Name now to name at first.
        self.constraint = constraint
        self.index = index
        self.first = str(table)

    def _rename(self, op: Op) -> None:
        if isinstance(op, RenameTable) and self.home(op.table) == self.table:
            self.table = Name(op.to, self.table.schema)
        elif isinstance(op, RenameIndex) and self._is_index(op.index):
            self.index = op.to
        elif isinstance(op, RenameColumn) and self.home(op.table) == self.table:
            if op.column in self.columns:
                self.columns[op.to] = self.columns.pop(op.column)
        elif isinstance(op, RenameConstraint) and self.home(op.table) == self.table:
            if op.name == self.constraint:
                self.constraint = op.to

    def _is_index(self, name: Name) -> bool:
        return bool(self.index) and self.home(name) == Name(self.index, self.table.schema)

    def end(self, op: Op) -> str | None:
        """What goes with this operation: "" for the thing itself, else what it is a part of."""
        if type(op) not in _OF_NAMES:
            return None
        self._rename(op)
        if isinstance(op, DropIndex):
            return "" if any(map(self._is_index, op.together or (op.index,))) else None
        if not isinstance(op, (DropTable, DropColumn, DropConstraint)):
            return None
        if self.home(op.table) != self.table:
            return None
        if isinstance(op, DropTable):
            return self.first
        if isinstance(op, DropColumn):
            first = self.columns.get(op.column)
            return None if first is None else f"{self.first}.{first}"
        return "" if op.name == self.constraint else None


def for_nothing(
    ctx: Context,
    table: Name,
    columns: Iterable[str] = (),
    *,
    constraint: str = "",
    index: str = "",
) -> str:
    """That a later statement takes away again what this one makes, as advice; "" where it stays, as
    far as one can tell."""
    if not holds(ctx, *_DROPS):
        return ""
    thing = _Followed(ctx, table, columns, constraint, index)
    used = False
    for statement in following(ctx):
        for op in statement.ops:
            used = used or isinstance(op, _ROWS)
            end = None if op.conditional else thing.end(op)
            if end is None:
                continue
            unless = ", unless what stands between needs it" if used else ""
            if end:
                return f"{end} is dropped further down: leave this out{unless}."
            return f"This is dropped again further down: leave both out{unless}."
    return ""


def column_goes(ctx: Context, table: Name, column: str) -> str:
    """The column, by the name that it has then, or its table, if a later statement drops that; ""
    if none does."""
    if not holds(ctx, *_DROPS):
        return ""
    thing = _Followed(ctx, table, (column,))
    for statement in following(ctx):
        for op in statement.ops:
            if not op.conditional and thing.end(op) is not None:
                return op.label
    return ""


def constraint_for_nothing(op: AddConstraint, ctx: Context) -> str:
    """The same of a constraint."""
    each = op.constraint
    columns = (*each.columns, *_read_by(each.expression))
    name = spelling.constraint_name(each, op.table)
    return for_nothing(ctx, op.table, columns, constraint=name)


def index_columns(op: CreateIndex) -> list[str]:
    """The columns that an index stands on, however it names them."""
    found = [key.column for key in op.columns if key.column]
    for each in (*(key.expression for key in op.columns), op.where):
        found += _read_by(each)
    return [*found, *op.include]


def needs_this(op: CreateIndex, ctx: Context) -> bool:
    """Before this migration the index could not be built: what it names was not there, or had
    another name."""
    if not ctx.is_live(op.table):
        return True
    return holds(ctx, AddColumn, RenameColumn, RenameTable) and (
        renamed_here(ctx, op.table)
        or any(named_here(ctx, op.table, column) for column in index_columns(op))
    )


def index_for_nothing(op: CreateIndex, ctx: Context) -> str:
    """The same of an index."""
    name = _spell.index_name(op, ctx)
    return for_nothing(ctx, op.table, index_columns(op), index=name)


def _read_by(expression: Expression | None) -> tuple[str, ...]:
    return expression.columns if expression else ()
