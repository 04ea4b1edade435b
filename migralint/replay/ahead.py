"""What a script says of the rows that it finds, by what it does further down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migralint import ops
from migralint.migration import Script
from migralint.ops.base import Column, Name
from migralint.replay.base import save
from migralint.replay.columns import needs_empty_table, needs_value
from migralint.schema import Schema, Table

_OTHERWISE = (
    ops.AttachPartition,
    ops.CreateTable,
    ops.DetachPartition,
    ops.DropTable,
    ops.RenameTable,
    ops.SetInheritance,
    ops.SetSchema,
)
"""After these a name means another table, or more or fewer rows."""
_ANYTHING = (ops.DropSchema, ops.Rollback, ops.RunCode, ops.Unknown)
"""After these nothing is said of what was there before."""


def expect_empty(schema: Schema, script: Script) -> None:
    """Mark the tables that have to be empty when the script begins, or it fails: further down it
    gives them a column that is NOT NULL and without value in every row that is there. With them go
    those that refer to them by a NOT NULL column."""
    if not _may_require(schema, script):
        return
    for name in _reaching(schema, set(_required(schema, script))):
        save(schema, schema.relations[name], proven_empty=schema.migration)


def _may_require(schema: Schema, script: Script) -> bool:
    """Something in the script could fail on rows: a quick look, since few scripts have such."""
    bare = required = False
    for statement in script.statements:
        for op in statement.ops:
            kind = type(op)
            if kind is ops.AddColumn:
                column: Column = op.column  # type: ignore[attr-defined]
                if needs_empty_table(schema, column):
                    return True
                bare = True
            elif kind is ops.SetNotNull or kind is ops.AddConstraint:
                required = True
    return bare and required


def _required(schema: Schema, script: Script) -> Iterator[Name]:
    """The tables that a single row of would make the script fail; up to where rows are taken away,
    since after that a table may be empty that was not."""
    other: set[Name] = set()
    without_value: set[tuple[Name, str]] = set()
    for statement in script.statements:
        if statement.partial:
            return
        for op in statement.ops:
            if isinstance(op, _ANYTHING) or _sets_path(op) or _calls(schema, op):
                return
            if isinstance(op, ops.Truncate):
                other |= _below(schema, map(schema.resolve, op.tables))
            if isinstance(op, ops.CreateDomain):
                return  # It may have a default, which fills a column of its type.
            if not isinstance(op, ops.TableOp):
                continue
            name = schema.resolve(op.table)
            if isinstance(op, (ops.Delete, ops.Merge)):
                other |= _below(schema, (name,))
            if isinstance(op, _OTHERWISE):
                other.add(name)
                if isinstance(op, ops.RenameTable):
                    other.add(Name(op.to, name.schema))
            table = schema.relations.get(name)
            if table is None or name in other or table.kind != "table":
                continue
            if _fails_on_rows(schema, op, table, without_value):
                yield from schema.family(name)


def _fails_on_rows(
    schema: Schema, op: ops.TableOp, table: Table, without_value: set[tuple[Name, str]]
) -> bool:
    """`without_value` are the columns that the script has added, as long as each row has NULL
    there."""
    name = table.name
    if isinstance(op, ops.AddColumn):
        column = op.column
        without_value.discard((name, column.name))
        if op.conditional or (op.if_not_exists and table.column(column.name)):
            return False
        if needs_empty_table(schema, column):
            return True
        if not column.constraints and needs_value(schema, column):
            without_value.add((name, column.name))
    elif isinstance(op, ops.Update):
        for each in op.columns:
            without_value.discard((name, each))
    elif isinstance(op, (ops.AlterType, ops.DropColumn, ops.RenameColumn)):
        without_value.discard((name, op.column))
    elif not op.conditional:
        return any((name, each) in without_value for each in _made_required(op))
    return False


def _made_required(op: ops.TableOp) -> tuple[str, ...]:
    """The columns that may not be NULL from here on, in any row."""
    if isinstance(op, ops.SetNotNull):
        return (op.column,)
    if isinstance(op, ops.AddConstraint) and op.constraint.kind in ("not null", "primary key"):
        return () if op.constraint.not_valid else op.constraint.columns
    return ()


def _sets_path(op: ops.Op) -> bool:
    return isinstance(op, ops.SetParameter) and op.name in ("search_path", "all")


def _calls(schema: Schema, op: ops.Op) -> bool:
    """A function of the user's is called, which may do anything."""
    return isinstance(op, ops.Select) and any(map(schema.function, op.query.functions))


def _below(schema: Schema, names: Iterable[Name]) -> set[Name]:
    """These tables, and all whose rows may go with theirs."""
    found: set[Name] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += schema.children.get(name, ())
            waiting += [owner.name for owner, _ in schema.referencing(name)]
    return found


def _reaching(schema: Schema, empty: set[Name]) -> set[Name]:
    """With the tables that can hold no row while these hold none: each row would have to refer to
    one."""
    waiting = list(empty)
    while waiting:
        for owner, key in schema.referencing(waiting.pop()):
            columns = [owner.column(each) for each in key.columns]
            if (
                key.enforced
                and not key.not_valid
                and all(map(_never_null, columns))
                and owner.name not in empty
            ):
                below = set(schema.family(owner.name)) - empty
                empty |= below
                waiting += below
    return empty


def _never_null(column: Column | None) -> bool:
    return column is not None and column.not_null and column.not_null_valid
