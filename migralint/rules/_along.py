"""What has to be moved along with a statement that changes rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migralint.context import Context
from migralint.ops import (
    AddConstraint,
    AlterType,
    DropColumn,
    DropTable,
    DropType,
    Expression,
    Insert,
    Name,
    Op,
    Other,
    RenameColumn,
    RenameTable,
    RunCode,
    Select,
    SetNotNull,
    Update,
    ValidateConstraint,
)
from migralint.ops.transactions import RAISE
from migralint.rules._around import following, later
from migralint.rules._left import all_null, must_be_written
from migralint.rules._words import listed

Place = tuple[Name, str]
"""A column of a table; "*" stands for all of them."""


def moves_along(op: Op, ctx: Context) -> str:
    """That what follows and needs the rows as this statement leaves them has to be moved with it,
    as a sentence; "" where nothing does."""
    if isinstance(op, RunCode):
        some = any(later(ctx, SetNotNull, AddConstraint, DropColumn, DropTable))
        return " What follows and needs what it does has to move, too." if some else ""
    if not isinstance(op, (Update, Insert)):
        return ""
    needs = _Needs(op, ctx)
    needing = list(dict.fromkeys(needs.found()))
    if not needing:
        return ""
    said = f" Move along what needs it: {listed(needing, ctx)}."
    if needs.required:
        said += (
            f" Drop NOT NULL from {listed(needs.required, ctx)} here instead, so that INSERTs may"
            " leave out what is to go."
        )
    return said


class _Needs:
    """What further down would fail, or lose what is not copied yet, were it to run first; or rests
    on something of that kind."""

    def __init__(self, op: Update | Insert, ctx: Context) -> None:
        self.ctx = ctx
        self.home = ctx.schema.home
        self.first = op.table
        self.written: set[Place] = set()
        """What does not hold its values yet."""
        self.grown: set[Name] = set()
        """The tables that lack rows."""
        self.read: set[Place] = set()
        """What has to be there still."""
        self.tables: set[Name] = set()
        self.stays: set[Place] = set()
        """What is not dropped before, so that nothing else can have its name."""
        self.types: set[Name] = set()
        """The types of such columns."""
        self.late: set[tuple[Name, str]] = set()
        """Constraints that are added later, by table and name."""
        self.required: list[str] = []
        """The columns that INSERTs have to name as long as they are not dropped."""
        self.empty: set[Place] = set()
        """What is written where it was NULL, which every foreign key lets pass."""
        self._take(op)
        if isinstance(op, Update):
            table = self.home(op.table)
            self.empty |= {(table, c) for c in op.columns if all_null(op.table, (c,), ctx)}

    def _take(self, op: Update | Insert) -> None:
        """The statement is moved."""
        table = self.home(op.table)
        uses = op.uses if isinstance(op, Update) else op.query.uses if op.query else ()
        if isinstance(op, Update):
            self.written |= {(table, column) for column in op.columns}
            tests = op.where.tests if op.where else ()
            nulls = {test.column for test in tests if test.operator == "IS NULL"}
            self.empty |= {(table, column) for column in op.columns if column in nulls}
        else:
            self.grown.add(table)  # New rows repair no old ones.
        self.read |= {(self.home(on), column) for on, column in uses}
        self.tables |= {self.home(on) for on in (*op.reads, *(on for on, _ in uses))}

    def found(self) -> Iterator[str]:
        for statement in following(self.ctx):
            for op in statement.ops:
                yield from self._of(op)
            yield from self._of_check(statement.ops)

    def _of_check(self, ops: Iterable[Op]) -> Iterator[str]:
        """A block that reads what is written and raises an error if it does not like that."""
        if not any(isinstance(op, Other) and op.what == RAISE for op in ops):
            return
        for op in ops:
            for on, column in op.query.uses if isinstance(op, Select) else ():
                if self._is(self.written, on, column):
                    yield f"the DO block that checks {on}.{column}"

    def _of(self, op: Op) -> Iterator[str]:
        if isinstance(op, (Update, Insert)):
            if self._reads_written(op):
                self._take(op)
                if self.home(op.table) != self.home(self.first):
                    yield f"the {'UPDATE' if isinstance(op, Update) else 'INSERT'} of {op.table}"
        elif isinstance(op, SetNotNull):
            if self._is(self.written, op.table, op.column):
                yield f"making {op.label} NOT NULL"
        elif isinstance(op, AlterType):
            if self._is(self.written, op.table, op.column):
                yield f"changing the type of {op.label}"
        elif isinstance(op, (AddConstraint, ValidateConstraint)):
            yield from self._of_constraint(op)
        elif isinstance(op, DropColumn):
            if self._is(self.read, op.table, op.column):
                self._keep(op)
                known = self.ctx.existing(op.table)
                column = known.column(op.column) if known else None
                if column is not None and must_be_written(column):
                    self.required.append(op.label)
                yield f"dropping {op.label}"
        elif isinstance(op, DropTable):
            if self.home(op.table) in self.tables:
                yield f"dropping {op.label}"
        elif isinstance(op, DropType):
            if self.home(op.name) in self.types:
                yield f"dropping type {op.name}"
        elif isinstance(op, (RenameColumn, RenameTable)):
            yield from self._of_name(op)

    def _of_constraint(self, op: AddConstraint | ValidateConstraint) -> Iterator[str]:
        table = self.home(op.table)
        if isinstance(op, ValidateConstraint):
            known = self.ctx.existing(op.table)
            there = known.constraint(op.name) if known else None
            on = {*there.columns, *_read_by(there.expression)} if there else set()
            needs = any(self._is(self.written - self.empty, table, column) for column in on)
            if (table, op.name) in self.late or needs:
                yield f"validating {op.label}"
            return
        each = op.constraint
        on = {*each.columns, *_read_by(each.expression)}
        written = self.written - self.empty if each.kind == "foreign key" else self.written
        needs = any(self._is(written, table, column) for column in on)
        if each.references is not None:
            to = self.home(each.references)
            columns = each.referenced_columns
            needs = needs or to in self.grown or any(self._is(self.written, to, c) for c in columns)
        if needs and each.not_valid:
            self.late.add((table, each.name or ""))
        elif needs:
            yield f"adding {op.label}"

    def _of_name(self, op: RenameColumn | RenameTable) -> Iterator[str]:
        table = self.home(op.table)
        if isinstance(op, RenameTable):
            new = Name(op.to, table.schema)
            for places in (self.written, self.empty, self.read, self.stays):
                moved = {each for each in places if each[0] == table}
                places -= moved
                places |= {(new, column) for _, column in moved}
            for tables in (self.grown, self.tables):
                if table in tables:
                    tables ^= {table, new}
            return
        if (table, op.to) in self.stays:
            yield f"renaming {op.table}.{op.column} to {op.to}"
        for places in (self.written, self.empty, self.read):
            if (table, op.column) in places:
                places ^= {(table, op.column), (table, op.to)}

    def _keep(self, op: DropColumn) -> None:
        table = self.home(op.table)
        self.stays.add((table, op.column))
        known = self.ctx.existing(op.table)
        column = known.column(op.column) if known else None
        if column is not None and column.type is not None:
            kind = self.ctx.schema.type(column.type)
            self.types |= {kind.name} if kind else set()

    def _reads_written(self, op: Update | Insert) -> bool:
        if isinstance(op, Update) and self.home(op.table) in self.grown:
            return True
        uses: Iterable[Place] = op.uses if isinstance(op, Update) else ()
        if isinstance(op, Insert) and op.query:
            uses = op.query.uses
        reads = {self.home(on) for on in (*op.reads, *(on for on, _ in uses))}
        return bool(reads & self.grown) or any(
            self._is(self.written, on, column) for on, column in uses
        )

    def _is(self, places: set[Place], table: Name, column: str) -> bool:
        home = self.home(table)
        if column == "*":
            return any(on == home for on, _ in places)
        return (home, column) in places or (home, "*") in places


def _read_by(expression: Expression | None) -> tuple[str, ...]:
    return expression.columns if expression else ()
