"""Tables as wholes (PostgreSQL manual, CREATE TABLE, ALTER TABLE, DROP TABLE; measured on 12 to
18)."""

from __future__ import annotations

from collections.abc import Callable

from migralint import ops
from migralint.dialects.postgresql.effects.claim import AE, AS, SRE, SUE, Claim, S, target
from migralint.dialects.postgresql.effects.columns import fresh_value
from migralint.dialects.postgresql.effects.constraints import foreign_key
from migralint.dialects.postgresql.effects.partitions import create_partition
from migralint.dialects.postgresql.effects.type_names import known_type
from migralint.ops.base import Name, Query
from migralint.schema import Table


def create_table(claim: Claim, op: ops.CreateTable) -> None:
    schema = claim.schema
    name = (
        Name(op.table.name, op.table.schema or "pg_temp") if op.temporary else schema.home(op.table)
    )
    if name in schema.relations or name in schema.indexes:
        if not op.if_not_exists:
            claim.fail("42P07", f"{name} exists already")
        return
    if name.schema not in schema.schemas and name.schema != "pg_temp" and schema.complete:
        claim.fail("3F000", f"schema {name.schema} does not exist")
    claim.lock(name, AE, "table")
    for like in op.like:
        source = claim.relation(like.table)
        if source:
            claim.lock(source.name, AS)
    for each in op.inherits:
        parent = claim.relation(each)
        if parent:
            claim.lock(parent.name, SUE)
    if op.partition_of:
        create_partition(claim, name, op.partition_of, op.bound)
    new = Table(name, columns=op.columns, constraints=op.constraints)
    for column in op.columns:
        if column.generated is not None and column.virtual:
            claim.since(18, "a VIRTUAL generated column")
        known_type(claim, column.type)
        fresh_value(claim, column.type, column.default.literal if column.default else None)
    own = [constraint for column in op.columns for constraint in column.constraints]
    for constraint in (*own, *op.constraints):
        if constraint.nulls_not_distinct:
            claim.since(15, "NULLS NOT DISTINCT")
        if not constraint.enforced:
            claim.since(18, "NOT ENFORCED")
        if constraint.kind == "not null":
            claim.since(18, "a table constraint NOT NULL")
        elif constraint.kind == "foreign key":
            claim.lock(name, SRE, "table")
            _reference(claim, new, constraint, op)
        elif constraint.kind != "check":
            claim.lock(name, S, "table")
    if op.query is not None:
        read_query(claim, op.query, scan=op.with_data)


def _reference(claim: Claim, new: Table, constraint: ops.Constraint, op: ops.CreateTable) -> None:
    """A new table has no rows, so nothing is read; but the referenced table is locked all the
    same."""
    assert constraint.references is not None
    if claim.schema.home(constraint.references) == new.name:
        return
    column = new.column(constraint.columns[0]) if len(constraint.columns) == 1 else None
    foreign_key(claim, new, constraint, scan=False, types=column.type if column else None)


def set_inheritance(claim: Claim, op: ops.SetInheritance) -> None:
    child = target(claim, op, "INHERIT")
    parent = claim.relation(op.parent)
    if child is None or parent is None:
        return
    claim.lock(child.name, AE)
    claim.lock(parent.name, SUE if op.inherit else AS)
    if op.inherit and parent.name in child.inherits:
        claim.fail("42P07", f"{child.name} inherits from {parent.name} already")
    if not op.inherit and parent.name not in child.inherits and child.known:
        claim.fail("42P01", f"{parent.name} is not a parent of {child.name}")


def drop_table(claim: Claim, op: ops.DropTable) -> None:
    table = claim.relation(op.table, op.if_exists)
    if table is None:
        return
    if table.kind in ("view", "matview", "sequence"):
        claim.fail("42809", f"{table.name} is a {table.kind}, not a table")
        return
    if claim.schema.pending.get(table.name) == claim.schema.transaction is not None:
        claim.fail(
            "55006",
            f"{table.name} has pending trigger events of earlier statements of this transaction",
        )
    together = {claim.schema.resolve(name) for name in op.together}
    drop_relation(claim, table, op.cascade, together)
    claim.lose(f"table {table.name}")


def drop_relation(claim: Claim, table: Table, cascade: bool, together: set[Name]) -> None:
    """A relation and all that goes with it; what merely depends on it goes with CASCADE, or stops
    the drop."""
    schema = claim.schema
    claim.lock(table.name, AE)
    if table.partition_of:
        claim.lock(table.partition_of, AE)
        default = schema.default_partition(table.partition_of)
        if default and default != table.name:
            claim.lock(default, AE)
    for index in schema.indexes_on(table.name):
        claim.lock(index.name, AE, "index")
    for sequence in schema.sequences_of(table.name):
        claim.lock(sequence, AE, "sequence")
    for constraint in table.constraints:
        if constraint.references:
            claim.lock_family(constraint.references, AE)
    for child in schema.children.get(table.name, ()):
        member = schema.relations[child]
        if member.partition_of == table.name or cascade or child in together:
            drop_relation(claim, member, cascade, together)
        else:
            claim.fail("2BP01", f"{child} depends on {table.name}")
    for other, key in schema.referencing(table.name):
        if cascade or other.name in together or other.name == table.name:
            claim.lock(other.name, AE)
        else:
            claim.fail("2BP01", f"constraint {key.name} of {other.name} depends on {table.name}")
    for view in schema.readers.get(table.name, ()):
        reader = schema.relations.get(view)
        if reader is None:
            continue
        if cascade or view in together:
            drop_relation(claim, reader, cascade, together)
        else:
            claim.fail("2BP01", f"the {reader.kind} {view} depends on {table.name}")


def rename_table(claim: Claim, op: ops.RenameTable) -> None:
    index = claim.schema.index(op.table)
    if index is not None:
        claim.lock(index.name, AE, "index")
        _free_name(claim, Name(op.to, index.name.schema))
        return
    table = claim.relation(op.table, op.table_if_exists)
    if table is None:
        return
    _kind_fits(claim, op, table)
    claim.lock(table.name, AE)
    _free_name(claim, Name(op.to, table.name.schema))


def _kind_fits(claim: Claim, op: ops.TableOp, table: Table) -> None:
    if table.known and op.kind in ("view", "matview", "sequence") and table.kind != op.kind:
        claim.fail("42809", f"{table.name} is not a {op.kind}")


def _free_name(claim: Claim, name: Name) -> None:
    if name in claim.schema.relations or name in claim.schema.indexes:
        claim.fail("42P07", f"{name} exists already")


def set_schema(claim: Claim, op: ops.SetSchema) -> None:
    table = claim.relation(op.table, op.table_if_exists)
    if table is None:
        return
    claim.lock(table.name, AE)
    for sequence in claim.schema.sequences_of(table.name):
        claim.lock(sequence, AE, "sequence")
    if op.to not in claim.schema.schemas and claim.schema.complete:
        claim.fail("3F000", f"schema {op.to} does not exist")
    _free_name(claim, Name(table.name.name, op.to))


def set_logged(claim: Claim, op: ops.SetLogged) -> None:
    table = target(claim, op, "SET LOGGED", views=op.kind == "sequence")
    if table is None:
        return
    claim.lock(table.name, AE)
    if table.unlogged != op.logged and table.known:
        return
    keys = [
        (other.unlogged, other.name)
        for other, _ in claim.schema.referencing(table.name)
        if other.name != table.name
    ]
    own = [
        claim.schema.relations.get(c.references)
        for c in table.constraints
        if c.references and c.references != table.name
    ]
    if not op.logged and any(not unlogged for unlogged, _ in keys):
        claim.fail("42P16", f"{table.name} cannot become unlogged: logged tables reference it")
    if op.logged and any(other is not None and other.unlogged for other in own):
        claim.fail("42P16", f"{table.name} cannot become logged: it references unlogged tables")
    claim.rewrite(table.name)
    for sequence in claim.schema.sequences_of(table.name) if claim.version >= 15 else ():
        claim.lock(sequence, AE, "sequence")


def set_tablespace(claim: Claim, op: ops.SetTablespace) -> None:
    index = claim.schema.index(op.table)
    if index is not None:
        claim.lock(index.name, AE, "index")
        if op.tablespace != "pg_default":
            claim.build(index.name)
        return
    table = target(claim, op, "SET TABLESPACE")
    if table is None:
        return
    claim.lock(table.name, AE)
    if table.tablespace != op.tablespace and not table.partitioned:
        claim.rewrite(table.name)


def set_access_method(claim: Claim, op: ops.SetAccessMethod) -> None:
    if not claim.since(15, "SET ACCESS METHOD"):
        return
    table = target(claim, op, "SET ACCESS METHOD")
    if table is None:
        return
    claim.lock(table.name, AE)
    if table.partitioned:
        if claim.version < 17:
            claim.fail(
                "42809",
                f"SET ACCESS METHOD of the partitioned table {table.name} needs PostgreSQL 17",
            )
    elif table.access_method != (op.method or "heap"):
        claim.rewrite(table.name)


# Storage parameters that are no matter of SHARE UPDATE EXCLUSIVE (reloptions.c).
_STRONG_OPTIONS = frozenset(
    {"user_catalog_table", "security_barrier", "security_invoker", "check_option", "buffering"}
)


def set_options(claim: Claim, op: ops.SetOptions) -> None:
    index = claim.schema.index(op.table)
    if index is not None or op.kind == "index":
        if index is not None:
            claim.lock(index.name, SUE, "index")
        else:
            claim.index(op.table, op.table_if_exists)
        return
    table = claim.relation(op.table, op.table_if_exists)
    if table is None:
        return
    if claim.version < 15 and any(name == "security_invoker" for name, _ in op.options):
        claim.fail("22023", "security_invoker needs PostgreSQL 15")
    if table.partitioned and op.options:
        claim.fail(
            "42809", f"storage parameters cannot be set on the partitioned table {table.name}"
        )
    # SET WITHOUT OIDS, which does nothing since 12, comes without an option.
    strong = (
        table.kind == "view"
        or not op.options
        or any(name in _STRONG_OPTIONS for name, _ in op.options)
    )
    claim.lock(table.name, AE if strong else SUE)


def set_cluster_index(claim: Claim, op: ops.SetClusterIndex) -> None:
    table = target(claim, op, "CLUSTER ON")
    if table is None:
        return
    claim.lock(table.name, SUE)
    if op.index:
        index = claim.index(Name(op.index, table.name.schema))
        if index:
            claim.lock(index.name, SUE, "index")


def set_replica_identity(claim: Claim, op: ops.SetReplicaIdentity) -> None:
    table = target(claim, op, "REPLICA IDENTITY")
    if table is None:
        return
    claim.lock(table.name, AE)
    if op.index:
        index = claim.index(Name(op.index, table.name.schema))
        if index:
            claim.lock(index.name, S, "index")
            nullable = any(
                not (column := table.column(key or "")) or not column.not_null for key in index.keys
            )
            if not index.unique or index.where is not None or None in index.keys or nullable:
                claim.fail("42809", f"{index.name} cannot be a replica identity")


def set_owner(claim: Claim, op: ops.SetOwner) -> None:
    table = claim.relation(op.table, op.table_if_exists)
    if table is None:
        return
    claim.lock(table.name, AE)
    # The owner that nobody set is whoever runs the migrations, most often called postgres.
    if op.owner in (table.owner or "postgres", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE"):
        return
    for index in claim.schema.indexes_on(table.name):
        claim.lock(index.name, AE, "index")
    for sequence in claim.schema.sequences_of(table.name):
        claim.lock(sequence, AE, "sequence")


def lock_only(
    mode: str, action: str, *, family: bool = False
) -> Callable[[Claim, ops.TableOp], None]:
    """An action that takes one mode on its table and does nothing else to it."""

    def effect(claim: Claim, op: ops.TableOp) -> None:
        table = target(claim, op, action)
        if table is not None:
            claim.lock_family(table.name, mode, only=not family)

    return effect


def move_tablespace(claim: Claim, op: ops.MoveTablespace) -> None:
    if op.source == op.to:
        return
    for name, table in list(claim.schema.relations.items()):
        if op.kind == table.kind and table.tablespace == op.source:
            claim.rewrite(name)


def read_query(claim: Claim, query: Query, scan: bool) -> None:
    """What a query opens; and reads in full, as far as its text tells (a plan may use an index)."""
    for name in query.reads:
        table = claim.schema.table(name)
        if table is None:
            claim.relation(name)
            continue
        claim.lock_family(table.name, AS)
        inside = table.reads if table.kind == "view" else ()  # A materialized view has its rows.
        for below in inside:
            claim.lock(below, AS)
        if scan and not query.limited:
            for source in [
                leaf for each in (inside or (table.name,)) for leaf in claim.leaves(each)
            ]:
                if claim.schema.relations.get(source, table).kind in ("table", "matview"):
                    claim.scan(source)
