"""Indexes: built, rebuilt, dropped (PostgreSQL manual, CREATE INDEX, REINDEX, DROP INDEX; measured
on 12 to 18)."""

from __future__ import annotations

from migralint import ops
from migralint.dialects.postgresql.effects.claim import AE, AS, SUE, Claim, S
from migralint.ops.base import Name
from migralint.replay.base import matches
from migralint.schema import Index, Table


def create_index(claim: Claim, op: ops.CreateIndex) -> None:
    if op.nulls_not_distinct and not claim.since(15, "NULLS NOT DISTINCT"):
        return
    if op.concurrently:
        claim.needs_autocommit = "CREATE INDEX CONCURRENTLY"
    table = claim.relation(op.table)
    if table is None:
        return
    if table.kind not in ("table", "matview"):
        claim.fail("42809", f"{table.name} is a {table.kind}, which cannot have an index")
        return
    if table.partitioned and op.concurrently:
        claim.fail(
            "0A000", f"an index on the partitioned table {table.name} cannot be built CONCURRENTLY"
        )
    mode = SUE if op.concurrently else S
    name = Name(op.name, table.name.schema) if op.name else None
    if name and (name in claim.schema.indexes or name in claim.schema.relations):
        claim.lock(table.name, mode)
        if not op.if_not_exists:
            claim.fail("42P07", f"{name} exists already")
        return
    for key in op.columns:
        for column in (
            (key.column,) if key.column else key.expression.columns if key.expression else ()
        ):
            claim.require(table, column)
    for column in (*op.include, *(op.where.columns if op.where else ())):
        claim.require(table, column)
    if (
        op.unique
        and table.partition_by
        and not set(table.partition_by.columns) <= {key.column for key in op.columns}
    ):
        claim.fail(
            "0A000",
            f"a unique index on the partitioned table {table.name} must hold its partition key",
        )
    claim.lock(table.name, mode)
    if name:
        claim.build(name)
    if not table.partitioned:
        claim.scan(table.name)
    elif not op.only:
        _build_on_partitions(claim, table.name, op)


def _build_on_partitions(claim: Claim, parent: Name, op: ops.CreateIndex) -> None:
    pattern = Index(op.table, parent, op.columns, op.include, op.unique, op.method, op.where)
    for child in claim.schema.children.get(parent, ()):
        claim.lock(child, S)
        there = next(
            (
                each
                for each in claim.schema.indexes_on(child)
                if each.parent is None and matches(each, pattern)
            ),
            None,
        )
        if there is not None:
            claim.lock(there.name, S, "index")
        elif claim.schema.relations[child].partitioned:
            _build_on_partitions(claim, child, op)
        else:
            claim.scan(child)


def drop_index(claim: Claim, op: ops.DropIndex) -> None:
    if op.concurrently:
        claim.needs_autocommit = "DROP INDEX CONCURRENTLY"
        if len(op.together) > 1:
            claim.fail(
                "0A000", "DROP INDEX CONCURRENTLY does not support dropping multiple objects"
            )
        if op.cascade:
            claim.fail("0A000", "DROP INDEX CONCURRENTLY does not support CASCADE")
    index = claim.index(op.index, op.if_exists)
    if index is None:
        unseen = not op.if_exists and claim.fails is None
        owner = claim.relation(op.on) if op.on and unseen else None
        if owner is not None:
            claim.lock(owner.name, SUE if op.concurrently else AE)
        return
    table = claim.schema.relations.get(index.table)
    if index.constraint:
        claim.fail(
            "2BP01", f"constraint {index.constraint} of {index.table} requires index {index.name}"
        )
    if index.parent:
        claim.fail("2BP01", f"{index.parent} requires index {index.name}")
    if op.concurrently and table and table.partitioned:
        claim.fail("0A000", f"the partitioned index {index.name} cannot be dropped CONCURRENTLY")
    claim.lock(index.table, SUE if op.concurrently else AE)
    claim.lock(index.name, AE, "index")
    for child in list(claim.schema.family(index.table))[1:]:
        for part in claim.schema.indexes_on(child):
            if part.parent == index.name:
                claim.lock(child, AE)
                claim.lock(part.name, AE, "index")


def rename_index(claim: Claim, op: ops.RenameIndex) -> None:
    index = claim.schema.index(op.index)
    if index is None:
        table = claim.schema.table(op.index)
        if table is not None:
            claim.lock(table.name, AE)
        elif not op.if_exists and claim.schema.complete and claim.schema.named:
            claim.fail("42P01", f"{op.index} does not exist")
        return
    claim.lock(index.name, SUE, "index")
    _free_name(claim, Name(op.to, index.name.schema))


def _free_name(claim: Claim, name: Name) -> None:
    if name in claim.schema.indexes or name in claim.schema.relations:
        claim.fail("42P07", f"{name} exists already")


def attach_index(claim: Claim, op: ops.AttachIndex) -> None:
    parent, part = claim.index(op.index), claim.index(op.partition)
    if parent is None or part is None:
        return
    claim.lock(parent.name, SUE, "index")
    claim.lock(part.name, AE, "index")
    claim.lock(parent.table, AS)
    claim.lock(part.table, AS)
    if part.table not in claim.schema.children.get(parent.table, ()):
        claim.fail("55000", f"{part.name} is not on a partition of {parent.table}")


def reindex(claim: Claim, op: ops.Reindex) -> None:
    if op.concurrently:
        claim.needs_autocommit = f"REINDEX {op.target.upper()} CONCURRENTLY"
    if op.tablespace and not claim.since(14, "REINDEX (TABLESPACE …)"):
        return
    if op.target == "index":
        index = claim.index(op.name)
        if index is None:
            return
        table = claim.schema.relations.get(index.table)
        if table and table.partitioned:
            _reindex_partitions(claim, op, _parts(claim, index))
            return
        _rebuild(claim, op, index.table, [index])
        return
    if op.target == "table":
        table = claim.relation(op.name)
        if table is None:
            return
        if table.kind not in ("table", "matview"):
            claim.fail("42809", f"{table.name} is not a table or materialized view")
        elif table.partitioned:
            _reindex_table_partitions(claim, op, table)
        else:
            _rebuild(claim, op, table.name, claim.schema.indexes_on(table.name))
        return
    claim.needs_autocommit = claim.needs_autocommit or f"REINDEX {op.target.upper()}"
    if op.target == "schema" and op.name.name not in claim.schema.schemas and claim.schema.complete:
        claim.fail("3F000", f"schema {op.name.name} does not exist")
    if op.target == "system":
        if op.concurrently:
            claim.fail("0A000", "system catalogs cannot be reindexed concurrently")
        return
    for name, known in list(claim.schema.relations.items()):
        if known.kind in ("table", "matview") and not known.partitioned:
            if op.target == "database" or name.schema == op.name.name:
                _rebuild(claim, op, name, claim.schema.indexes_on(name))


def _parts(claim: Claim, index: Index) -> list[Index]:
    found = []
    for child in list(claim.schema.family(index.table))[1:]:
        found += [each for each in claim.schema.indexes_on(child) if each.parent == index.name]
    return found


def _reindex_partitions(claim: Claim, op: ops.Reindex, parts: list[Index]) -> None:
    if claim.version < 14:
        claim.fail("0A000", "REINDEX INDEX of a partitioned index needs PostgreSQL 14")
        return
    claim.needs_autocommit = claim.needs_autocommit or "REINDEX INDEX of a partitioned index"
    for part in parts:
        _rebuild(claim, op, part.table, [part])


def _reindex_table_partitions(claim: Claim, op: ops.Reindex, table: Table) -> None:
    """Before 14 the server only warns and does nothing."""
    claim.lock(table.name, SUE if op.concurrently else S)
    if claim.version < 14:
        return
    claim.needs_autocommit = claim.needs_autocommit or "REINDEX TABLE of a partitioned table"
    for name in claim.leaves(table.name):
        _rebuild(claim, op, name, claim.schema.indexes_on(name))


def _rebuild(claim: Claim, op: ops.Reindex, table: Name, indexes: list[Index]) -> None:
    """Each index is built again from its table: reads that would use it wait too, unless
    CONCURRENTLY."""
    claim.lock(table, SUE if op.concurrently else S)
    for index in indexes:
        claim.lock(index.name, SUE if op.concurrently else AE, "index")
        claim.build(index.name)
    if indexes:
        claim.scan(table)
