"""Constraints, with the indexes and references that come with them."""

from __future__ import annotations

from msgspec.structs import replace

from migralint import naming, ops
from migralint.ops.base import Constraint, IndexColumn, Name
from migralint.replay.base import (
    add_index,
    descend,
    known_table,
    matches,
    put_index,
    save,
    set_column,
)
from migralint.schema import Index, Reference, Schema, Table


def attach_or_build(schema: Schema, parent: Index, partition: Name) -> bool:
    """Give a partition its part of a partitioned index; whether one that fits was there already."""
    for index in schema.indexes_on(partition):
        if index.parent is None and matches(index, parent):
            schema.put(schema.indexes, index.name, replace(index, parent=parent.name))
            return True
    if parent.constraint:
        owner = schema.relations[parent.table].constraint(parent.constraint)
        if owner:
            add_constraint_to(
                schema, partition, replace(owner, name=None, using_index=None), parent=parent.name
            )
        return False
    add_index(schema, partition, replace(parent, parent=parent.name, valid=True), None)
    return False


def drop_index_of(schema: Schema, index: Index) -> None:
    """Take an index away, with its partitions' parts."""
    schema.remove(schema.indexes, index.name)
    schema.take_from(schema.indexes_of, index.table, index.name)
    for child in schema.children.get(index.table, ()):
        for each in schema.indexes_on(child):
            if each.parent == index.name:
                drop_index_of(schema, each)
                if each.constraint:
                    drop_constraint_of(schema, child, each.constraint)


def remember(schema: Schema, index: Index) -> None:
    """Keep in mind what went: up to here the rows differed in a unique index's keys."""
    if index.valid:
        schema.add_to(schema.past, index.table, (schema.transaction, index))


def put_constraint(schema: Schema, table: Name, constraint: Constraint) -> None:
    owner = schema.relations[table]
    constraints = tuple(
        constraint if each.name == constraint.name else each for each in owner.constraints
    )
    save(schema, owner, constraints=constraints)


def forget_reference(schema: Schema, table: Table, constraint: Constraint) -> None:
    if constraint.references:
        schema.take_from(
            schema.references, constraint.references, Reference(table.name, constraint.name or "")
        )


def add_constraint_to(
    schema: Schema, name: Name, constraint: Constraint, parent: Name | None = None
) -> Constraint:
    """Add a constraint with its index or its reference; the same with the name that it got."""
    table = schema.relations[name]
    if constraint.name is None and constraint.using_index:
        constraint = replace(constraint, name=constraint.using_index)
    if constraint.name is None:
        indexed = constraint.kind in ("primary key", "unique", "exclude")

        def taken(candidate: str) -> bool:
            full = Name(candidate, name.schema)
            return (indexed and (full in schema.relations or full in schema.indexes)) or (
                table.constraint(candidate) is not None
            )

        constraint = replace(
            constraint, name=naming.chosen(*naming.constraint_label(constraint, name.name), taken)
        )
    if constraint.kind == "not null":
        column = table.column(constraint.columns[0])
        if column and not (column.not_null and column.not_null_valid):
            set_column(
                schema,
                table,
                constraint.columns[0],
                not_null=not constraint.not_valid,
                not_null_name=constraint.name,
                not_null_valid=not constraint.not_valid,
            )
        return constraint
    if constraint.using_index:
        index = schema.indexes.get(Name(constraint.using_index, name.schema))
        if index:
            constraint = replace(
                constraint, columns=tuple(key for key in index.keys if key), using_index=None
            )
            schema.remove(schema.indexes, index.name)
            schema.take_from(schema.indexes_of, name, index.name)
            put_index(
                schema,
                replace(
                    index, name=Name(constraint.name or "", name.schema), constraint=constraint.name
                ),
            )
    elif constraint.kind in ("primary key", "unique", "exclude"):
        keys = constraint.elements or tuple(IndexColumn(column) for column in constraint.columns)
        put_index(
            schema,
            Index(
                Name(constraint.name or "", name.schema),
                name,
                keys,
                include=constraint.include,
                unique=constraint.kind != "exclude",
                method=constraint.method or ("gist" if constraint.kind == "exclude" else "btree"),
                where=constraint.where,
                nulls_not_distinct=constraint.nulls_not_distinct,
                constraint=constraint.name,
                parent=parent,
                born=schema.migration,
            ),
        )
    if constraint.references:
        target = known_table(schema, constraint.references)
        key = target.primary_key
        columns = constraint.referenced_columns or (key.columns if key else ())
        constraint = replace(constraint, references=target.name, referenced_columns=columns)
        schema.add_to(schema.references, target.name, Reference(name, constraint.name or ""))
        table = schema.relations[name]
    others = tuple(each for each in table.constraints if each.name != constraint.name)
    columns_now = table.columns
    if constraint.kind == "primary key":
        columns_now = tuple(
            replace(each, not_null=True, not_null_valid=True)
            if each.name in constraint.columns
            else each
            for each in columns_now
        )
    save(schema, table, constraints=(*others, constraint), columns=columns_now)
    if constraint.kind in ("primary key", "unique") and parent is None:
        for child in schema.children.get(name, ()):
            if schema.relations[child].partition_of == name:
                attach_or_build(
                    schema, schema.indexes[Name(constraint.name or "", name.schema)], child
                )
    return constraint


def concerns(constraint: Constraint, column: str) -> bool:
    """Whether a constraint of a table stands on one of its columns."""
    return (
        column in constraint.columns
        or column in constraint.include
        or (constraint.expression is not None and column in constraint.expression.columns)
        or any(key.column == column for key in constraint.elements)
    )


def has_foreign_key(table: Table, wanted: Constraint, other: Name | None = None) -> bool:
    """Whether a table has a valid foreign key like one of its parent's; to `other`, where that is
    the resolved name."""
    return any(
        each.kind == "foreign key"
        and each.columns == wanted.columns
        and each.references == (other or wanted.references)
        and not each.not_valid
        for each in table.constraints
    )


def add_constraint(schema: Schema, op: ops.AddConstraint) -> None:
    top = known_table(schema, op.table)
    added = add_constraint_to(schema, top.name, op.constraint)
    if op.only or added.no_inherit or added.kind in ("primary key", "unique", "exclude"):
        return
    for name in list(schema.family(top.name))[1:]:
        child = schema.relations[name]
        if added.kind == "foreign key":
            if child.partition_of and not has_foreign_key(child, added):
                add_constraint_to(schema, name, replace(added, name=None))
        else:
            add_constraint_to(schema, name, added)


def drop_constraint_of(schema: Schema, name: Name, constraint: str) -> None:
    """Take a constraint away, with its index and the foreign keys that rest on it."""
    table = schema.relations.get(name)
    found = table.constraint(constraint) if table else None
    if table is None or found is None:
        column = (
            next((each for each in table.columns if each.not_null_name == constraint), None)
            if table
            else None
        )
        if table and column:
            set_column(
                schema, table, column.name, not_null=False, not_null_name=None, not_null_valid=True
            )
        return
    save(
        schema,
        table,
        constraints=tuple(each for each in table.constraints if each.name != constraint),
    )
    forget_reference(schema, table, found)
    index = schema.indexes.get(Name(constraint, name.schema))
    if index and index.constraint == constraint:
        remember(schema, index)
        drop_index_of(schema, index)
        for other, key in schema.referencing(name):
            if set(key.referenced_columns) == set(found.columns):
                drop_constraint_of(schema, other.name, key.name or "")


def drop_constraint(schema: Schema, op: ops.DropConstraint) -> None:
    top = known_table(schema, op.table)
    found = top.constraint(op.name)
    if found is None and not schema.named:
        found = _meant(top, op.name)
        if found is not None and found.name is not None:
            op = replace(op, name=found.name)
    for name in list(schema.family(top.name)) if not op.only else [top.name]:
        if found and found.kind == "foreign key" and name != top.name:
            child = schema.relations[name]
            for each in child.constraints:
                if each.kind == "foreign key" and (each.columns, each.references) == (
                    found.columns,
                    found.references,
                ):
                    drop_constraint_of(schema, name, each.name or "")
        else:
            drop_constraint_of(schema, name, op.name)
    table = schema.relations.get(top.name)
    if found and found.kind == "foreign key" and table and not table.foreign_keys:
        save(schema, table, unbound=schema.migration)


def _meant(table: Table, name: str) -> Constraint | None:
    """The constraint that may be called so where a project gives names of its own: most of the name
    is that which was said for it, or its columns."""
    found = [
        (len(words), each)
        for each in table.constraints
        for words in (each.name or "", "_".join(each.columns))
        if words and words in name
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def validate_constraint(schema: Schema, op: ops.ValidateConstraint) -> None:
    for table in descend(schema, op):
        found = table.constraint(op.name)
        if found:
            put_constraint(schema, table.name, replace(found, not_valid=False))
        for column in table.columns:
            if column.not_null_name == op.name:
                set_column(schema, table, column.name, not_null=True, not_null_valid=True)


def rename_constraint_of(schema: Schema, table: Name, old: str, new: str) -> None:
    owner = schema.relations[table]
    found = owner.constraint(old)
    if found is None:
        return
    constraints = tuple(
        replace(each, name=new) if each.name == old else each for each in owner.constraints
    )
    save(schema, owner, constraints=constraints)
    if found.references:
        schema.take_from(schema.references, found.references, Reference(table, old))
        schema.add_to(schema.references, found.references, Reference(table, new))


def rename_constraint(schema: Schema, op: ops.RenameConstraint) -> None:
    table = known_table(schema, op.table)
    index = schema.indexes.get(Name(op.name, table.name.schema))
    if index and index.constraint == op.name:
        schema.put(schema.indexes, index.name, replace(index, constraint=op.to))
        rename_constraint_of(schema, table.name, op.name, op.to)
        schema.remove(schema.indexes, index.name)
        renamed = replace(index, name=Name(op.to, index.name.schema), constraint=op.to)
        schema.take_from(schema.indexes_of, table.name, index.name)
        put_index(schema, renamed)
    else:
        rename_constraint_of(schema, table.name, op.name, op.to)


def alter_constraint(schema: Schema, op: ops.AlterConstraint) -> None:
    found = (table := known_table(schema, op.table)).constraint(op.name)
    if found:
        changed = replace(
            found,
            deferrable=found.deferrable if op.deferrable is None else op.deferrable,
            initially_deferred=found.initially_deferred
            if op.initially_deferred is None
            else op.initially_deferred,
            enforced=found.enforced if op.enforced is None else op.enforced,
        )
        put_constraint(schema, table.name, changed)
