"""Views, sequences, triggers, policies, types, functions, schemas, grants (PostgreSQL manual;
measured on 12 to 18)."""

from __future__ import annotations

from migralint import ops
from migralint.dialects.postgresql.effects.claim import AE, AS, RX, SRE, SUE, Claim, S, X
from migralint.dialects.postgresql.effects.columns import fresh_value
from migralint.dialects.postgresql.effects.tables import drop_relation, read_query
from migralint.ops.base import Name
from migralint.replay.objects import columns_of_type
from migralint.schema import Kind


def create_view(claim: Claim, op: ops.CreateView) -> None:
    name = claim.schema.home(op.view)
    old = claim.schema.relations.get(name)
    if claim.version < 15 and any(option == "security_invoker" for option, _ in op.options):
        claim.fail("22023", "security_invoker needs PostgreSQL 15")
    if old is not None or name in claim.schema.indexes:
        if op.if_not_exists:
            return
        if not op.replace:
            claim.fail("42P07", f"{name} exists already")
        elif old is not None and old.kind != "view":
            claim.fail("42809", f"{name} is not a view")
        claim.lock(name, AE)
    read_query(claim, op.query, scan=op.materialized and op.with_data)


def drop_view(claim: Claim, op: ops.DropView) -> None:
    view = claim.relation(op.view, op.if_exists)
    if view is None:
        return
    if view.known and view.kind != ("matview" if op.materialized else "view"):
        claim.fail(
            "42809", f"{view.name} is not a {'materialized ' if op.materialized else ''}view"
        )
        return
    drop_relation(claim, view, op.cascade, {claim.schema.resolve(name) for name in op.together})


def refresh_view(claim: Claim, op: ops.RefreshView) -> None:
    view = claim.relation(op.view)
    if view is None:
        return
    if view.known and view.kind != "matview":
        claim.fail("0A000", f"{view.name} is not a materialized view")
        return
    if op.concurrently:
        if not view.populated:
            claim.fail(
                "0A000", f"{view.name} has no data yet, so it cannot be refreshed CONCURRENTLY"
            )
        claim.scan(view.name)
        indexes = claim.schema.indexes_on(view.name)
        if view.known and not any(
            each.unique and each.where is None and None not in each.keys for each in indexes
        ):
            claim.fail(
                "55000", f"{view.name} has no plain unique index, which REFRESH CONCURRENTLY needs"
            )
        claim.lock(view.name, X)
    elif op.with_data:
        claim.rewrite(view.name)
    else:
        claim.lock(view.name, AE)
        for index in claim.schema.indexes_on(view.name):
            claim.lock(index.name, AE, "index")
            claim.build(index.name)
    if op.with_data:
        for read in view.reads:
            claim.lock_family(read, AS)
            for leaf in claim.leaves(read):
                claim.scan(leaf)


def create_sequence(claim: Claim, op: ops.CreateSequence) -> None:
    name = claim.schema.home(op.sequence)
    if name in claim.schema.relations:
        if not op.if_not_exists:
            claim.fail("42P07", f"{name} exists already")
        return
    if op.owned_by:
        owner = claim.relation(op.owned_by[0])
        if owner:
            claim.lock(owner.name, AS)


def alter_sequence(claim: Claim, op: ops.AlterSequence) -> None:
    sequence = claim.relation(op.sequence, op.if_exists)
    if sequence is None:
        return
    claim.lock(sequence.name, SRE, "sequence")
    if op.owned_by:
        owner = claim.relation(op.owned_by[0])
        if owner:
            claim.lock(owner.name, AS)


def drop_sequence(claim: Claim, op: ops.DropSequence) -> None:
    sequence = claim.relation(op.sequence, op.if_exists)
    if sequence is None:
        return
    claim.lock(sequence.name, AE, "sequence")
    owner = claim.schema.relations.get(sequence.owned_by[0]) if sequence.owned_by else None
    column = owner.column(sequence.owned_by[1]) if owner and sequence.owned_by else None
    if owner is None or column is None:
        return
    if column.identity or (column.default and "nextval" in column.default.functions):
        if op.cascade and not column.identity:
            claim.lock(owner.name, AE)
        else:
            claim.fail("2BP01", f"{owner.name}.{column.name} depends on {sequence.name}")


def create_trigger(claim: Claim, op: ops.CreateTrigger) -> None:
    if op.replace and not claim.since(14, "CREATE OR REPLACE TRIGGER"):
        return
    table = claim.relation(op.table)
    if table is None:
        return
    claim.lock_family(table.name, SRE, only=not op.row)
    if op.references:
        other = claim.relation(op.references)
        if other:
            claim.lock(other.name, AS)
    if any(each.name == op.name for each in table.triggers) and not op.replace:
        claim.fail("42710", f"trigger {op.name} of {table.name} exists already")


def drop_trigger(claim: Claim, op: ops.DropTrigger) -> None:
    table = claim.relation(op.table, op.if_exists)
    if table is None:
        return
    if not any(each.name == op.name for each in table.triggers):
        if table.known and claim.schema.complete:
            if not op.if_exists:
                claim.fail("42704", f"trigger {op.name} of {table.name} does not exist")
            return
        if op.if_exists:  # Without it nothing is locked.
            claim.assume(f"trigger {op.name} exists, since the history does not show all that does")
    claim.lock_family(table.name, AE)


def create_rule(claim: Claim, op: ops.CreateRule) -> None:
    table = claim.relation(op.table)
    if table is not None:
        claim.lock(table.name, AE)
        if op.name in table.rules and not op.replace:
            claim.fail("42710", f"rule {op.name} of {table.name} exists already")


def drop_rule(claim: Claim, op: ops.DropRule) -> None:
    table = claim.relation(op.table, op.if_exists)
    if table is not None and (op.name in table.rules or not op.if_exists):
        claim.lock(table.name, AE)
        if op.name not in table.rules and table.known:
            claim.fail("42704", f"rule {op.name} of {table.name} does not exist")


def create_statistics(claim: Claim, op: ops.CreateStatistics) -> None:
    table = claim.relation(op.table)
    if table is not None:
        claim.lock(table.name, SUE)


def drop_statistics(claim: Claim, op: ops.DropStatistics) -> None:
    table = claim.schema.statistics.get(op.name)
    if table is not None:
        claim.lock(table, SUE)
    elif not op.if_exists and claim.schema.complete:
        claim.fail("42704", f"statistics object {op.name} does not exist")


# Types


def user_type(claim: Claim, name: Name, if_exists: bool = False) -> Kind | None:
    kind = claim.schema.type(name)
    if kind is None and not if_exists and claim.schema.complete and not claim.schema.extensions:
        claim.fail("42704", f"type {name} does not exist")
    return kind


def create_type(claim: Claim, op: ops.CreateType | ops.CreateDomain) -> None:
    if claim.schema.home(op.name) in claim.schema.types:
        claim.fail("42710", f"type {op.name} exists already")


def add_enum_value(claim: Claim, op: ops.AddEnumValue) -> None:
    kind = user_type(claim, op.type)
    if kind is None:
        return
    if op.value in kind.values and not op.if_not_exists:
        claim.fail("42710", f'enum value "{op.value}" exists already')
    if op.neighbour and op.neighbour not in kind.values and kind.form == "enum":
        claim.fail("22023", f'"{op.neighbour}" is not an existing value of {kind.name}')


def rename_enum_value(claim: Claim, op: ops.RenameEnumValue) -> None:
    kind = user_type(claim, op.type)
    if kind is None:
        return
    if op.value not in kind.values:
        claim.fail("22023", f'"{op.value}" is not an existing value of {kind.name}')
    elif op.to in kind.values:
        claim.fail("42710", f'enum value "{op.to}" exists already')


def drop_type(claim: Claim, op: ops.DropType) -> None:
    kind = user_type(claim, op.name, op.if_exists)
    if kind is None:
        return
    for table, column in columns_of_type(claim.schema, kind.name):
        if op.cascade:
            claim.lock_family(table, AE)
            claim.lose(f"column {table}.{column}")
        else:
            claim.fail("2BP01", f"column {table}.{column} depends on type {kind.name}")


def alter_domain(claim: Claim, op: ops.AlterDomain) -> None:
    kind = user_type(claim, op.name)
    if kind is None:
        return
    if op.action in ("VALIDATE CONSTRAINT", "DROP CONSTRAINT") and op.constraint_name:
        if not any(each.name == op.constraint_name for each in kind.constraints):
            if not op.if_exists:
                claim.fail(
                    "42704", f"constraint {op.constraint_name} of domain {kind.name} does not exist"
                )
            return
    if op.action == "ADD CONSTRAINT" and op.constraint:
        if op.constraint.name and any(each.name == op.constraint.name for each in kind.constraints):
            claim.fail(
                "42710", f"constraint {op.constraint.name} of domain {kind.name} exists already"
            )
        if op.constraint.not_valid:
            return
    if op.action == "SET DEFAULT":
        fresh_value(claim, kind.base, op.default.literal if op.default else None)
    if op.action == "SET NOT NULL" and kind.not_null:
        return
    if op.action in ("ADD CONSTRAINT", "VALIDATE CONSTRAINT", "SET NOT NULL"):
        for table, _ in columns_of_type(claim.schema, kind.name):
            if not claim.schema.relations[table].partitioned:
                claim.lock(table, S)
                claim.scan(table)


def alter_attribute(claim: Claim, op: ops.AlterAttribute) -> None:
    kind = user_type(claim, op.type)
    if kind is None or op.action != "ALTER":
        return
    for table, column in columns_of_type(claim.schema, kind.name):
        claim.fail(
            "0A000", f"type {kind.name} cannot be altered because column {table}.{column} uses it"
        )


def drop_function(claim: Claim, op: ops.DropFunction) -> None:
    if claim.schema.function(str(op.name)) is None:
        if not op.if_exists and claim.schema.complete and not claim.schema.extensions:
            claim.fail("42883", f"function {op.name} does not exist")
        return
    for name, table in list(claim.schema.relations.items()):
        for trigger in table.triggers:
            if trigger.function and trigger.function.name == op.name.name:
                if op.cascade:
                    claim.lock(name, AE)
                else:
                    claim.fail(
                        "2BP01", f"trigger {trigger.name} of {name} depends on function {op.name}"
                    )
        for column in table.columns:
            if column.default and op.name.name in column.default.functions:
                if op.cascade:
                    claim.lock(name, AE)
                else:
                    claim.fail(
                        "2BP01",
                        f"the default of {name}.{column.name} depends on function {op.name}",
                    )


def create_function(claim: Claim, op: ops.CreateFunction) -> None:
    for read in op.reads:
        table = claim.schema.table(read)
        if table:
            claim.lock(table.name, AS)
    home = claim.schema.home(op.name)
    old = claim.schema.functions.get(home)
    if old is not None and not op.replace and old.arguments == op.arguments:
        claim.fail("42723", f"function {op.name} exists already with these arguments")


def create_schema(claim: Claim, op: ops.CreateSchema) -> None:
    if op.name in claim.schema.schemas and not op.if_not_exists:
        claim.fail("42P06", f"schema {op.name} exists already")


def drop_schema(claim: Claim, op: ops.DropSchema) -> None:
    inside = [table for name, table in claim.schema.relations.items() if name.schema == op.name]
    if op.name not in claim.schema.schemas and not inside:
        if not op.if_exists and claim.schema.complete:
            claim.fail("3F000", f"schema {op.name} does not exist")
        return
    if inside and not op.cascade:
        claim.fail("2BP01", f"schema {op.name} is not empty: {inside[0].name} depends on it")
    for table in inside if op.cascade else ():
        drop_relation(claim, table, True, set())
        claim.lose(f"{table.kind} {table.name}")


def drop_extension(claim: Claim, op: ops.DropExtension) -> None:
    if op.name not in claim.schema.extensions:
        if not op.if_exists and claim.schema.complete:
            claim.fail("42704", f"extension {op.name} does not exist")
        return
    for kind in list(claim.schema.types.values()):
        if kind.extension == op.name:
            for table, column in columns_of_type(claim.schema, kind.name):
                if op.cascade:
                    claim.lock_family(table, AE)
                    claim.lose(f"column {table}.{column}")
                else:
                    claim.fail("2BP01", f"column {table}.{column} depends on extension {op.name}")


def create_extension(claim: Claim, op: ops.CreateExtension) -> None:
    if op.name in claim.schema.extensions and not op.if_not_exists:
        claim.fail("42710", f"extension {op.name} exists already")


def rename_object(claim: Claim, op: ops.RenameObject) -> None:
    if op.table is not None and op.kind in ("trigger", "policy", "rule"):
        table = claim.relation(op.table)
        if table is not None:
            claim.lock_family(table.name, AE, only=op.kind != "trigger")
    elif op.kind in ("type", "domain"):
        user_type(claim, op.name)


# Who may do what


def select_calls(claim: Claim, query: ops.Query) -> None:
    """setval and nextval write to their sequence."""
    for function, arguments in query.calls:
        if function in ("setval", "nextval") and arguments and arguments[0]:
            schema, _, bare = arguments[0].rpartition(".")
            sequence = claim.relation(Name(bare.strip('"'), schema.strip('"')))
            if sequence is not None:
                claim.lock(sequence.name, RX, "sequence")
