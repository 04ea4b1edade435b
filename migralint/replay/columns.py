"""Columns of tables that stand."""

from __future__ import annotations

from msgspec.structs import replace

from migralint import naming, ops
from migralint.ops.base import Column, Name, Type
from migralint.replay.base import descend, known_table, renamed, renamed_in, save, set_column
from migralint.replay.constraints import (
    add_constraint_to,
    concerns,
    drop_constraint_of,
    drop_index_of,
    put_constraint,
)
from migralint.replay.relations import drop_relation
from migralint.schema import Index, Schema, Table

SERIALS = {
    "serial": "int4",
    "bigserial": "int8",
    "smallserial": "int2",
    "serial4": "int4",
    "serial8": "int8",
    "serial2": "int2",
}
"""Not types, but words for an integer with a sequence."""


def add_column_to(schema: Schema, name: Name, column: Column) -> None:
    """Put a column, and what comes with it, into a table."""
    add_columns_to(schema, name, (column,))


def add_columns_to(schema: Schema, name: Name, new: tuple[Column, ...]) -> None:
    """Put columns, and what comes with them, into a table; one of a name that is there already
    takes its place."""
    table = schema.relations[name]
    columns = {column.name: column for column in table.columns}
    for column in new:
        if column.type is not None and column.type.name in SERIALS and not column.type.schema:
            own_sequence(schema, name, column)
            column = replace(
                column, type=Type(SERIALS[column.type.name]), not_null=True, default=_NEXTVAL
            )
        elif column.identity:
            own_sequence(schema, name, column)
            column = replace(column, not_null=True)
        if column.type is not None and schema.type(column.type):
            schema.add_to(schema.typed, schema.type_name(column.type), name)
        columns[column.name] = replace(column, constraints=()) if column.constraints else column
    save(schema, table, columns=tuple(columns.values()))
    for column in new:
        for constraint in column.constraints:
            add_constraint_to(schema, name, constraint)


_NEXTVAL = ops.Expression("nextval()", functions=("nextval",))


def own_sequence(schema: Schema, table: Name, column: Column) -> None:
    """The sequence behind a serial or identity column."""
    name = Name(
        naming.chosen(
            table.name,
            column.name,
            "seq",
            lambda each: Name(each, table.schema) in schema.relations,
        ),
        table.schema,
    )
    kind = SERIALS.get(column.type.name, column.type.name) if column.type else "int8"
    schema.put(
        schema.relations,
        name,
        Table(
            name,
            "sequence",
            columns=(Column("last_value", Type(kind)),),
            born=schema.migration,
            owned_by=(table, column.name),
        ),
    )
    schema.add_to(schema.sequences, table, name)


def add_column(schema: Schema, op: ops.AddColumn) -> None:
    tables = descend(schema, op)
    there = op.if_not_exists and tables[0].column(op.column.name) is not None
    for number, table in enumerate(tables):
        if op.if_not_exists and table.column(op.column.name):
            continue
        if number and table.column(op.column.name):
            continue
        inherited = tuple(
            each for each in op.column.constraints if each.kind in ("check", "foreign key")
        )
        column = (
            op.column
            if not number or table.partition_of
            else replace(op.column, constraints=inherited)
        )
        add_column_to(schema, table.name, column)
    if needs_empty_table(schema, op.column) and not op.conditional and not there:
        for name in schema.family(known_table(schema, op.table).name):
            save(schema, schema.relations[name], proven_empty=schema.migration)


def needs_empty_table(schema: Schema, column: Column) -> bool:
    """NOT NULL, and nothing that gives a row there is a value: one row, and it fails."""
    required = column.not_null or any(each.kind == "primary key" for each in column.constraints)
    return required and needs_value(schema, column)


def needs_value(schema: Schema, column: Column) -> bool:
    """Nothing gives the rows that are there a value when it is added."""
    filled = column.default is not None and not column.default.null
    if filled or column.identity or column.generated:
        return False
    if column.type is None:
        return True  # A type that the code only knows: one with a default would be a domain.
    if column.type.name in SERIALS and not column.type.schema:
        return False
    kind = schema.type(column.type)
    return kind is None or kind.default is None


def drop_column(schema: Schema, op: ops.DropColumn) -> None:
    for table in descend(schema, op):
        drop_column_of(schema, table, op.column)


def drop_column_of(schema: Schema, table: Table, column: str) -> None:
    """Take a column away, with the indexes, constraints and views that concern it."""
    for index in schema.indexes_on(table.name):
        if index.concerns(column) and not index.constraint:
            drop_index_of(schema, index)
    for sequence in schema.sequences_of(table.name, column):
        schema.remove(schema.relations, sequence)
    for constraint in table.constraints:
        if concerns(constraint, column):
            drop_constraint_of(schema, table.name, constraint.name or "")
    for other, constraint in schema.referencing(table.name):
        if column in (constraint.referenced_columns or ()):
            drop_constraint_of(schema, other.name, constraint.name or "")
    for view in schema.readers.get(table.name, ()):
        reader = schema.relations.get(view)
        if reader and (table.name, column) in reader.uses:
            drop_relation(schema, view)
    table = schema.relations[table.name]
    save(schema, table, columns=tuple(each for each in table.columns if each.name != column))


def _renamed_key(index: Index, old: str, new: str) -> Index:
    keys = tuple(
        replace(
            key,
            column=new if key.column == old else key.column,
            expression=renamed_in(key.expression, old, new),
        )
        for key in index.columns
    )
    return replace(
        index,
        columns=keys,
        include=renamed(index.include, old, new),
        where=renamed_in(index.where, old, new),
    )


def rename_column(schema: Schema, op: ops.RenameColumn) -> None:
    old, new = op.column, op.to
    for table in descend(schema, op):
        columns = tuple(
            replace(
                each,
                name=new if each.name == old else each.name,
                generated=renamed_in(each.generated, old, new),
            )
            for each in table.columns
        )
        constraints = tuple(
            replace(
                each,
                columns=renamed(each.columns, old, new),
                include=renamed(each.include, old, new),
                expression=renamed_in(each.expression, old, new),
            )
            for each in table.constraints
        )
        sequences = schema.sequences_of(table.name, old)
        save(schema, table, columns=columns, constraints=constraints)
        for sequence in sequences:
            schema.put(
                schema.relations,
                sequence,
                replace(schema.relations[sequence], owned_by=(table.name, new)),
            )
        for index in schema.indexes_on(table.name):
            changed = _renamed_key(index, old, new)
            if changed != index:
                schema.put(schema.indexes, index.name, changed)
        if past := schema.past.get(table.name):
            kept = tuple((when, _renamed_key(index, old, new)) for when, index in past)
            schema.put(schema.past, table.name, kept)
        for other, constraint in schema.referencing(table.name):
            if old in constraint.referenced_columns:
                moved = replace(
                    constraint, referenced_columns=renamed(constraint.referenced_columns, old, new)
                )
                put_constraint(schema, other.name, moved)
        for view in schema.readers.get(table.name, ()):
            reader = schema.relations.get(view)
            if reader:
                uses = tuple(
                    (r, new) if (r, c) == (table.name, old) else (r, c) for r, c in reader.uses
                )
                save(schema, reader, uses=uses)


def alter_type(schema: Schema, op: ops.AlterType) -> None:
    for table in descend(schema, op):
        if schema.type(op.type):
            schema.add_to(schema.typed, schema.type_name(op.type), table.name)
        set_column(schema, table, op.column, type=op.type, collation=op.collation)


def set_not_null(schema: Schema, op: ops.SetNotNull) -> None:
    for table in descend(schema, op):
        set_column(schema, table, op.column, not_null=True, not_null_valid=True, optional="")


def drop_not_null(schema: Schema, op: ops.DropNotNull) -> None:
    for table in descend(schema, op):
        set_column(
            schema,
            table,
            op.column,
            not_null=False,
            not_null_name=None,
            not_null_valid=True,
            optional=schema.migration,
        )


def set_default(schema: Schema, op: ops.SetDefault) -> None:
    for table in descend(schema, op):
        set_column(schema, table, op.column, default=op.default)


def drop_default(schema: Schema, op: ops.DropDefault) -> None:
    for table in descend(schema, op):
        set_column(schema, table, op.column, default=None)


def add_identity(schema: Schema, op: ops.AddIdentity) -> None:
    table = known_table(schema, op.table)
    column = table.column(op.column)
    if column:
        set_column(schema, table, op.column, identity=op.identity, not_null=True)
        own_sequence(schema, table.name, column)


def drop_identity(schema: Schema, op: ops.DropIdentity) -> None:
    table = known_table(schema, op.table)
    for sequence in schema.sequences_of(table.name, op.column):
        schema.remove(schema.relations, sequence)
    set_column(schema, table, op.column, identity=None)


def set_expression(schema: Schema, op: ops.SetExpression) -> None:
    for table in descend(schema, op):
        set_column(schema, table, op.column, generated=op.expression)


def drop_expression(schema: Schema, op: ops.DropExpression) -> None:
    for table in descend(schema, op):
        set_column(schema, table, op.column, generated=None)
