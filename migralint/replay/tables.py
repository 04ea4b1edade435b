"""Tables coming into being, and joining others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from migralint import ops
from migralint.ops.base import Name
from migralint.replay.base import add_index, columns_of, known_table, note_rows, save
from migralint.replay.columns import add_columns_to, own_sequence
from migralint.replay.constraints import add_constraint_to, attach_or_build, has_foreign_key
from migralint.schema import Schema, Table


def create_table(schema: Schema, op: ops.CreateTable) -> None:
    name = (
        Name(op.table.name, op.table.schema or "pg_temp") if op.temporary else schema.home(op.table)
    )
    if op.if_not_exists and name in schema.relations:
        return
    if op.temporary and not schema.facts.get("temporary"):
        schema.put(schema.facts, "temporary", True)
    for index in schema.indexes_of.get(name, ()):
        schema.remove(schema.indexes, index)
    schema.remove(schema.indexes_of, name)
    parents = [
        known_table(schema, parent)
        for parent in (*op.inherits, *((op.partition_of,) if op.partition_of else ()))
    ]
    table = Table(
        name,
        kind="foreign table" if op.kind == "foreign table" else "table",
        partition_by=op.partition_by,
        partition_of=parents[-1].name if op.partition_of else None,
        bound=op.bound,
        inherits=tuple(parent.name for parent in parents) if op.inherits else (),
        born=schema.migration,
        born_in=schema.transaction,
        temporary=op.temporary,
        unlogged=op.unlogged,
        access_method=op.access_method or "heap",
        tablespace=op.tablespace or "pg_default",
    )
    schema.put(schema.relations, name, table)
    for parent in parents:
        schema.add_to(schema.children, parent.name, name)
        _inherit_columns(schema, name, parent)
    for like in op.like:
        _copy(schema, name, like)
    if op.query is not None:
        _columns_of_query(schema, name, op)
    else:
        add_columns_to(schema, name, op.columns)
    for constraint in op.constraints:
        add_constraint_to(schema, name, constraint)
    for parent in parents:
        _inherit_constraints(schema, name, parent, indexes=op.partition_of is not None)


def _inherit_columns(schema: Schema, name: Name, parent: Table) -> None:
    table = schema.relations[name]
    new = tuple(
        replace(column, identity=None)
        for column in parent.columns
        if table.column(column.name) is None
    )
    save(schema, table, columns=(*table.columns, *new), known=table.known and parent.known)


def _inherit_constraints(schema: Schema, name: Name, parent: Table, indexes: bool) -> None:
    for constraint in parent.constraints:
        if constraint.kind == "check" and not constraint.no_inherit:
            if schema.relations[name].constraint(constraint.name or "") is None:
                add_constraint_to(schema, name, replace(constraint, not_valid=False))
        elif constraint.kind == "foreign key" and indexes:
            add_constraint_to(schema, name, replace(constraint, name=None))
    if indexes:
        for index in schema.indexes_on(parent.name):
            attach_or_build(schema, index, name)


def _copy(schema: Schema, name: Name, like: ops.Like) -> None:
    source = known_table(schema, like.table)
    everything = "all" in like.including

    def including(what: str) -> bool:
        return everything or what in like.including

    columns = tuple(
        replace(
            column,
            default=column.default if including("defaults") else None,
            identity=column.identity if including("identity") else None,
            generated=column.generated if including("generated") else None,
            copied=None,
            optional="",
        )
        for column in source.columns
    )
    table = schema.relations[name]
    save(schema, table, columns=(*table.columns, *columns), known=table.known and source.known)
    for column in columns:
        if column.identity:
            own_sequence(schema, name, column)
    if including("constraints"):
        for constraint in source.constraints:
            if constraint.kind == "check":
                add_constraint_to(schema, name, replace(constraint, not_valid=False))
    if including("indexes"):
        for index in schema.indexes_on(source.name):
            backed = source.constraint(index.constraint) if index.constraint else None
            if backed:
                add_constraint_to(schema, name, replace(backed, name=None, using_index=None))
            else:
                add_index(schema, name, index, None)


def _columns_of_query(schema: Schema, name: Name, op: ops.CreateTable) -> None:
    assert op.query is not None
    columns, known = columns_of(schema, op.query, tuple(column.name for column in op.columns))
    save(schema, schema.relations[name], columns=columns, known=known, seeded=op.with_data)
    if op.with_data:
        note_rows(schema, op.query, op.table)


def attach_partition(schema: Schema, op: ops.AttachPartition) -> None:
    parent, partition = known_table(schema, op.table), known_table(schema, op.partition)
    schema.add_to(schema.children, parent.name, partition.name)
    partition = save(schema, partition, partition_of=parent.name, bound=op.bound)
    for constraint in parent.constraints:
        if constraint.kind == "foreign key" and not has_foreign_key(partition, constraint):
            add_constraint_to(schema, partition.name, replace(constraint, name=None))
    for index in schema.indexes_on(parent.name):
        attach_or_build(schema, index, partition.name)


def detach_partition(schema: Schema, op: ops.DetachPartition) -> None:
    parent, partition = known_table(schema, op.table), known_table(schema, op.partition)
    schema.take_from(schema.children, parent.name, partition.name)
    save(schema, partition, partition_of=None, bound=None)
    for index in schema.indexes_on(partition.name):
        if index.parent:
            schema.put(schema.indexes, index.name, replace(index, parent=None))


def set_inheritance(schema: Schema, op: ops.SetInheritance) -> None:
    child, parent = known_table(schema, op.table), known_table(schema, op.parent)
    left = tuple(each for each in child.inherits if each != parent.name)
    save(schema, child, inherits=(*left, parent.name) if op.inherit else left)
    change = schema.add_to if op.inherit else schema.take_from
    change(schema.children, parent.name, child.name)


def simple(field: str, of: str) -> Callable[[Schema, Any], None]:
    """An operation that sets one field of its table to one of its own."""

    def change(schema: Schema, op: Any) -> None:
        table = schema.table(op.table)
        if table:
            save(schema, table, **{field: getattr(op, of)})

    return change


def set_logged(schema: Schema, op: ops.SetLogged) -> None:
    table = schema.table(op.table)
    if table:
        save(schema, table, unlogged=not op.logged)


def set_access_method(schema: Schema, op: ops.SetAccessMethod) -> None:
    table = schema.table(op.table)
    if table:
        save(schema, table, access_method=op.method or "heap")


def set_row_security(schema: Schema, op: ops.SetRowSecurity) -> None:
    table = schema.table(op.table)
    if table and op.action in ("ENABLE", "DISABLE"):
        save(schema, table, row_security=op.action == "ENABLE")
