"""What the same script does further down with what a statement makes: takes it away again, or needs
it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migralint.context import Context
from migralint.ops import (
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
    SetNotNull,
    Unknown,
    Update,
)
from migralint.rules import _spell
from migralint.rules._around import following, later, named_here, renamed_here, same
from migralint.rules._words import listed

_ROWS = (Copy, Delete, Insert, Merge, RunCode, Select, Unknown, Update)
"""What may count on a constraint, or be quick thanks to an index."""


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
    name = _spell.constraint_name(each, op.table)
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
    return (
        not ctx.is_live(op.table)
        or renamed_here(ctx, op.table)
        or any(named_here(ctx, op.table, column) for column in index_columns(op))
    )


def index_for_nothing(op: CreateIndex, ctx: Context) -> str:
    """The same of an index."""
    name = _spell.index_name(op, ctx)
    return for_nothing(ctx, op.table, index_columns(op), index=name)


def moves_along(op: Op, ctx: Context) -> str:
    """That what follows and needs the rows as this statement leaves them has to be moved with it,
    as a sentence; "" where nothing does."""
    if isinstance(op, RunCode):
        some = any(later(ctx, SetNotNull, AddConstraint, DropColumn, DropTable))
        return " What follows and needs what it does has to move, too." if some else ""
    needing = list(dict.fromkeys(_needing(op, ctx)))
    return f" Move along what needs it: {listed(needing, ctx)}." if needing else ""


def _needing(op: Op, ctx: Context) -> Iterator[str]:
    """What stands further down and would fail, or lose what is not copied yet, were it to run
    first."""
    if not isinstance(op, (Update, Insert)):
        return
    uses = op.uses if isinstance(op, Update) else op.query.uses if op.query else ()
    written = set(op.columns) if isinstance(op, Update) else set()  # New rows repair no old ones.
    for each in later(ctx, SetNotNull):
        if each.column in written and same(ctx, each.table, op.table):
            yield f"making {each.label} NOT NULL"
    for add in later(ctx, AddConstraint):
        on = {*add.constraint.columns, *_read_by(add.constraint.expression)}
        if not add.constraint.not_valid and on & written and same(ctx, add.table, op.table):
            yield f"adding {add.label}"
    for drop in later(ctx, DropColumn):
        if any(column == drop.column and same(ctx, on, drop.table) for on, column in uses):
            yield f"dropping {drop.label}"
    for gone in later(ctx, DropTable):
        if any(same(ctx, on, gone.table) for on in (*op.reads, *(on for on, _ in uses))):
            yield f"dropping {gone.label}"


def _read_by(expression: Expression | None) -> tuple[str, ...]:
    return expression.columns if expression else ()
