"""Rows: read, written, emptied; tables tidied and locked by name (PostgreSQL manual, 13.3; measured
on 12 to 18)."""

from __future__ import annotations

from migralint import ops
from migralint.dialects.postgresql.effects.claim import AE, AS, RS, RX, SUE, Claim, S
from migralint.dialects.postgresql.effects.columns import fresh_value
from migralint.dialects.postgresql.effects.objects import select_calls
from migralint.dialects.postgresql.effects.tables import read_query
from migralint.ops.base import Expression, Name
from migralint.schema import Table


def _written(claim: Claim, name: Name, reads: tuple[Name, ...], mode: str = RX) -> Table | None:
    table = claim.relation(name)
    if table is None:
        return None
    claim.lock_family(table.name, mode)
    for below in table.reads if table.kind == "view" else ():
        claim.lock_family(below, mode)
    for leaf in claim.leaves(table.name):
        for index in claim.schema.indexes_on(leaf):
            claim.lock(index.name, mode, "index")
    for read in reads:
        _read(claim, read)
    return table


def _read(claim: Claim, name: Name) -> None:
    table = claim.relation(name)
    if table is not None:
        claim.lock_family(table.name, AS)


def insert(claim: Claim, op: ops.Insert) -> None:
    table = claim.relation(op.table)
    if table is None:
        return
    claim.lock(table.name, RX)
    for read in (*op.reads, *(op.query.reads if op.query else ())):
        _read(claim, read)
    names = op.columns or tuple(column.name for column in table.columns if table.known)
    for name in op.columns:
        claim.require(table, name)
    if op.width > len(names) and (table.known or op.columns):
        claim.fail(
            "42601", f"the INSERT has more values than {table.name} has columns to hold them"
        )
    for position, literal in op.literals:
        column = table.column(names[position]) if position < len(names) else None
        fresh_value(claim, column.type if column else None, literal)
    for column in table.columns if op.columns and not op.overriding else ():
        if column.name in op.columns and column.identity == "always" and op.rows:
            if any(op.columns[position] == column.name for position, _ in op.literals):
                claim.fail(
                    "428C9",
                    f"{column.name} is GENERATED ALWAYS: a value needs OVERRIDING SYSTEM VALUE",
                )
    for column in table.columns:
        if column.name not in op.columns:
            for sequence in claim.schema.sequences_of(table.name, column.name):
                # A row of values that names every column takes no number from the sequence.
                if op.columns or not op.rows or op.query is not None:
                    claim.lock(sequence, RX, "sequence")


def by_key(claim: Claim, table: Table, where: Expression | None) -> bool:
    """A condition that an index answers for few rows: a unique key, or a key's first column,
    compared with a literal."""
    if where is None:
        return False
    equal = {test.column for test in where.tests if test.operator == "="}
    if not table.known and "id" in equal:
        return True  # The history does not show the key, which is hardly another one.
    return any(
        index.keys
        and all(key in equal for key in index.keys[: len(index.keys) if index.unique else 1])
        for index in claim.schema.indexes_on(table.name)
        if index.where is None
    )


def _scan_unless_keyed(claim: Claim, table: Table | None, where: Expression | None) -> None:
    if table is not None:
        for leaf in claim.leaves(table.name):
            if not by_key(claim, claim.schema.relations.get(leaf, table), where):
                claim.scan(leaf)


def update(claim: Claim, op: ops.Update) -> None:
    table = _written(claim, op.table, op.reads)
    if table is not None:
        for name in op.columns:
            claim.require(table, name)
        for name, literal in op.literals:
            column = table.column(name)
            fresh_value(claim, column.type if column else None, literal)
        _reads_columns(claim, table, op.where, op.reads)
        for other, key in claim.schema.referencing(table.name):
            if (
                key.on_update != "NO ACTION"
                and key.on_update != "RESTRICT"
                and set(key.referenced_columns) & set(op.columns)
            ):
                claim.lock_family(other.name, RX)
        _scan_unless_keyed(claim, table, op.where)


def delete(claim: Claim, op: ops.Delete) -> None:
    table = _written(claim, op.table, op.reads)
    _reads_columns(claim, table, op.where, op.reads)
    _scan_unless_keyed(claim, table, op.where)
    for other, key in claim.schema.referencing(table.name) if table else ():
        if key.on_delete in ("CASCADE", "SET NULL", "SET DEFAULT"):
            claim.lock_family(other.name, RX)


def _reads_columns(
    claim: Claim, table: Table | None, where: Expression | None, reads: tuple[Name, ...]
) -> None:
    """Where nothing else is read, every column of a condition has to be the table's own."""
    if table is not None and where is not None and not reads and not where.subquery:
        for column in where.columns:
            claim.require(table, column)


def merge(claim: Claim, op: ops.Merge) -> None:
    if not claim.since(15, "MERGE"):
        return
    table = _written(claim, op.table, op.reads)
    _scan_unless_keyed(claim, table, None)


def select(claim: Claim, op: ops.Select) -> None:
    read_query(claim, op.query, scan=False)
    for name in op.query.locked if op.query.lock else ():
        table = claim.relation(name)
        if table is not None:
            claim.lock_family(table.name, RS)
    select_calls(claim, op.query)


def copy(claim: Claim, op: ops.Copy) -> None:
    if op.query is not None:
        read_query(claim, op.query, scan=True)
        return
    table = claim.relation(op.table)
    if table is None:
        return
    if op.direction == "from":
        claim.lock(table.name, RX)
    else:
        claim.lock(table.name, AS)
        claim.scan(table.name)


def truncate(claim: Claim, op: ops.Truncate) -> None:
    tables: dict[Name, Table] = {}
    waiting = [table for name in op.tables if (table := claim.relation(name)) is not None]
    named = {table.name for table in waiting}
    while waiting:
        table = waiting.pop()
        if table.name in tables:
            continue
        if table.kind != "table":
            claim.fail("42809", f"{table.name} is not a table")
            return
        if claim.schema.pending.get(table.name) == claim.schema.transaction is not None:
            claim.fail(
                "55006",
                f"{table.name} has pending trigger events of this transaction",
            )
        tables[table.name] = table
        if not op.only:
            for child in claim.schema.children.get(table.name, ()):
                waiting.append(claim.schema.relations[child])
                named.add(child)
        for other, constraint in claim.schema.referencing(table.name):
            if op.cascade:
                waiting.append(other)
            elif other.name not in named and other.name not in tables:
                claim.fail(
                    "0A000", f"{table.name} is referenced by {constraint.name} of {other.name}"
                )
    for name, table in tables.items():
        claim.lock(name, AE)
        claim.lose(f"all rows of {name}")
        for index in claim.schema.indexes_on(name):
            claim.lock(index.name, AE, "index")
            claim.build(index.name)
        if not table.partitioned:
            claim.lock(name, S)
        for sequence in claim.schema.sequences_of(name) if op.restart_identity else ():
            claim.lock(sequence, AE, "sequence")


def lock_table(claim: Claim, op: ops.LockTable) -> None:
    if claim.schema.transaction is None:
        claim.fail("25P01", "LOCK TABLE can only be used in a transaction")
    for name in op.tables:
        table = claim.relation(name)
        if table is None:
            continue
        if table.kind in ("matview", "sequence"):
            claim.fail("42809", f"{table.name} is not a table or view")
        claim.lock_family(table.name, op.mode, op.only)
        for read in table.reads:
            claim.lock_family(read, op.mode)


def vacuum(claim: Claim, op: ops.Vacuum) -> None:
    claim.needs_autocommit = "VACUUM"
    for name in op.tables:
        table = claim.relation(name)
        if table is None:
            continue
        for member in claim.schema.family(table.name):
            if claim.schema.relations.get(member, table).partitioned:
                continue
            if op.full:
                claim.rewrite(member)
            else:
                claim.lock(member, SUE)
                for index in claim.schema.indexes_on(member):
                    claim.lock(index.name, RX, "index")


def analyze(claim: Claim, op: ops.Analyze) -> None:
    for name in op.tables:
        table = claim.relation(name)
        if table is not None:
            claim.lock_family(table.name, SUE)


def cluster(claim: Claim, op: ops.Cluster) -> None:
    if op.table is None:
        claim.needs_autocommit = "CLUSTER of all tables"
        return
    table = claim.relation(op.table)
    if table is None:
        return
    if table.partitioned:
        if claim.version < 15:
            claim.fail(
                "0A000",
                f"the partitioned table {table.name} cannot be clustered before PostgreSQL 15",
            )
        else:
            claim.needs_autocommit = "CLUSTER of a partitioned table"
        claim.lock(table.name, AE)
        for leaf in claim.leaves(table.name):
            claim.rewrite(leaf)
        return
    if op.index is None and table.clustered_on is None:
        if table.known:
            claim.fail("42704", f"{table.name} has no index that it was clustered by before")
    elif op.index is not None:
        index = claim.index(Name(op.index, table.name.schema))
        if index is not None and index.method not in ("btree", "gist"):
            claim.fail(
                "0A000", f"{index.name} cannot be clustered on: its access method has no order"
            )
        elif index is not None and index.where is not None:
            claim.fail(
                "0A000", f"{index.name} is partial, so {table.name} cannot be clustered on it"
            )
    claim.rewrite(table.name)
