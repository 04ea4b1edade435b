"""Relations leaving, or moving to another name."""

from __future__ import annotations

from msgspec.structs import replace

from migralint import ops
from migralint.ops.base import Name
from migralint.replay.base import save
from migralint.replay.constraints import drop_constraint_of, forget_reference, rename_constraint_of
from migralint.schema import Reference, Schema


def drop_relation(schema: Schema, name: Name) -> None:
    """Take a relation away, with what cannot be without it: partitions, indexes, sequences, foreign
    keys, views."""
    table = schema.relations.get(name)
    if table is None:
        return
    for child in schema.children.get(name, ()):
        drop_relation(schema, child)
    schema.remove(schema.children, name)
    for parent in (*table.inherits, *((table.partition_of,) if table.partition_of else ())):
        schema.take_from(schema.children, parent, name)
    for index in schema.indexes_of.get(name, ()):
        schema.remove(schema.indexes, index)
    schema.remove(schema.indexes_of, name)
    schema.remove(schema.past, name)
    for sequence in schema.sequences_of(name):
        schema.remove(schema.relations, sequence)
    for other, constraint in schema.referencing(name):
        if other.name != name:
            drop_constraint_of(schema, other.name, constraint.name or "")
    schema.remove(schema.references, name)
    for constraint in table.constraints:
        forget_reference(schema, table, constraint)
    for view in schema.readers.get(name, ()):
        drop_relation(schema, view)
    schema.remove(schema.readers, name)
    for read in table.reads:
        schema.take_from(schema.readers, read, name)
    schema.remove(schema.relations, name)


def drop_table(schema: Schema, op: ops.DropTable) -> None:
    drop_relation(schema, schema.resolve(op.table))


def drop_view(schema: Schema, op: ops.DropView) -> None:
    drop_relation(schema, schema.resolve(op.view))


def move(schema: Schema, old: Name, new: Name) -> None:
    """Give a relation another name or schema, and tell all that refer to it."""
    table = schema.relations.get(old)
    if table is None:
        index = schema.indexes.get(old)
        if index:
            schema.remove(schema.indexes, old)
            backed = new.name if index.constraint else None
            schema.put(schema.indexes, new, replace(index, name=new, constraint=backed))
            schema.take_from(schema.indexes_of, index.table, old)
            schema.add_to(schema.indexes_of, index.table, new)
            if index.constraint:
                rename_constraint_of(schema, index.table, index.constraint, new.name)
        return
    sequences = schema.sequences_of(old)
    schema.remove(schema.relations, old)
    constraints = tuple(
        replace(each, references=new) if each.references == old else each
        for each in table.constraints
    )
    schema.put(schema.relations, new, replace(table, name=new, constraints=constraints))
    indexes = schema.indexes_of.get(old, ())
    schema.remove(schema.indexes_of, old)
    schema.remove(schema.past, old)
    for each in indexes:
        moved = replace(schema.indexes[each], table=new, name=Name(each.name, new.schema))
        schema.remove(schema.indexes, each)
        schema.put(schema.indexes, moved.name, moved)
        schema.add_to(schema.indexes_of, new, moved.name)
    for mapping in (schema.children, schema.readers, schema.references, schema.sequences):
        if old in mapping:
            value = mapping[old]
            schema.remove(mapping, old)
            schema.put(mapping, new, value)
    for kind in [kind for kind, tables in schema.typed.items() if old in tables]:
        schema.add_to(schema.typed, kind, new)
    for sequence in sequences:
        owned = schema.relations[sequence]
        column = owned.owned_by[1] if owned.owned_by else ""
        schema.put(schema.relations, sequence, replace(owned, owned_by=(new, column)))
    if table.owned_by:
        schema.take_from(schema.sequences, table.owned_by[0], old)
        schema.add_to(schema.sequences, table.owned_by[0], new)
    for child in schema.children.get(new, ()):
        kid = schema.relations[child]
        inherits = tuple(new if parent == old else parent for parent in kid.inherits)
        save(
            schema,
            kid,
            inherits=inherits,
            partition_of=new if kid.partition_of == old else kid.partition_of,
        )
    for parent in (*table.inherits, *((table.partition_of,) if table.partition_of else ())):
        schema.take_from(schema.children, parent, old)
        schema.add_to(schema.children, parent, new)
    for reference in schema.references.get(new, ()):
        owner = schema.relations.get(new if reference.table == old else reference.table)
        if owner:
            kept = tuple(
                replace(c, references=new) if c.references == old else c for c in owner.constraints
            )
            save(schema, owner, constraints=kept)
    for constraint in constraints:
        if constraint.references:
            schema.take_from(
                schema.references, constraint.references, Reference(old, constraint.name or "")
            )
            schema.add_to(
                schema.references, constraint.references, Reference(new, constraint.name or "")
            )
    for view in schema.readers.get(new, ()):
        reader = schema.relations.get(view)
        if reader:
            uses = tuple(
                (new, column) if read == old else (read, column) for read, column in reader.uses
            )
            save(
                schema,
                reader,
                reads=tuple(new if read == old else read for read in reader.reads),
                uses=uses,
            )
    for read in table.reads:
        schema.take_from(schema.readers, read, old)
        schema.add_to(schema.readers, read, new)


def rename_table(schema: Schema, op: ops.RenameTable) -> None:
    old = schema.resolve(op.table)
    move(schema, old, Name(op.to, old.schema))


def rename_index(schema: Schema, op: ops.RenameIndex) -> None:
    old = schema.resolve(op.index)
    move(schema, old, Name(op.to, old.schema))


def set_schema(schema: Schema, op: ops.SetSchema) -> None:
    old = schema.resolve(op.table)
    move(schema, old, Name(old.name, op.to))
