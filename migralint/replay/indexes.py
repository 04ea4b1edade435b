"""Indexes, and their parts on partitions."""

from __future__ import annotations

from msgspec.structs import replace

from migralint import ops
from migralint.ops.base import Name
from migralint.replay.base import add_index, known_table
from migralint.replay.constraints import attach_or_build, drop_index_of, remember
from migralint.schema import Index, Schema


def create_index(schema: Schema, op: ops.CreateIndex) -> None:
    table = known_table(schema, op.table)
    if op.if_not_exists and op.name and Name(op.name, table.name.schema) in schema.indexes:
        return
    pattern = Index(
        op.table,
        table.name,
        op.columns,
        op.include,
        op.unique,
        op.method,
        op.where,
        op.nulls_not_distinct,
        valid=not (op.only and table.partitioned),
    )
    index = add_index(schema, table.name, pattern, op.name)
    if not op.only:
        for child in schema.children.get(table.name, ()):
            if schema.relations[child].partition_of == table.name:
                attach_or_build(schema, index, child)


def drop_index(schema: Schema, op: ops.DropIndex) -> None:
    index = schema.index(op.index)
    if index:
        remember(schema, index)
        drop_index_of(schema, index)


def attach_index(schema: Schema, op: ops.AttachIndex) -> None:
    parent, part = schema.index(op.index), schema.index(op.partition)
    if parent and part:
        schema.put(schema.indexes, part.name, replace(part, parent=parent.name))
        parts = {each.table for each in schema.indexes.values() if each.parent == parent.name}
        if parts >= set(schema.children.get(parent.table, ())):
            schema.put(schema.indexes, parent.name, replace(parent, valid=True))
