"""Changing the type of a column (PostgreSQL manual, ALTER TABLE; measured on 12 to 18)."""

from __future__ import annotations

from msgspec.structs import replace

from migralint import ops
from migralint.dialects.postgresql.effects import casts
from migralint.dialects.postgresql.effects.claim import AE, SRE, Claim, S, target
from migralint.dialects.postgresql.effects.columns import inherited
from migralint.dialects.postgresql.effects.type_names import known_type
from migralint.ops.base import Column, Name, Type
from migralint.replay.constraints import concerns
from migralint.schema import Table


def alter_type(claim: Claim, op: ops.AlterType) -> None:
    table = target(claim, op, "ALTER COLUMN … TYPE")
    if table is None:
        return
    claim.lock_family(table.name, AE, op.only)
    known_type(claim, op.type)
    column = table.column(op.column)
    if column is None:
        claim.require(table, op.column)
        if not table.known and op.was is not None:
            column = Column(op.column, op.was)
        elif not table.known:
            claim.assume(
                f"the type of {table.name}.{op.column} before, which the history does not show"
            )
            for name in claim.leaves(table.name):
                claim.rewrite(name)
    if column is None:
        return
    if column.type is None and op.was is not None:
        column = replace(column, type=op.was)
    if table.partition_of or any(inherited(claim, parent, op.column) for parent in table.inherits):
        claim.fail("42P16", f'cannot alter inherited column "{op.column}" of {table.name}')
    if table.partition_by and op.column in table.partition_by.columns:
        claim.fail("42P16", f'"{op.column}" is part of the partition key of {table.name}')
    _type_dependents(claim, table, op.column)
    if column.type is None:
        claim.assume(
            f"the type of {table.name}.{op.column} before, which the history does not show"
        )
        what: casts.Cost = "rewrite"
    else:
        timezone = claim.schema.settings.get("timezone")
        what = casts.cost(claim.schema, column.type, op.type, op.using, op.column, timezone)
    if what == "refused":
        claim.fail(
            "42804",
            f'column "{op.column}" cannot be cast automatically from {column.type} to {op.type}',
        )
        return
    default = column.default
    if default and not default.null and column.type:
        # A default keeps the type that it is cast to; a bare literal has the column's.
        held = default.types[0] if default.types else column.type
        if casts.castable(claim.schema, held, op.type) is False:
            claim.fail(
                "42804",
                f'the default of column "{op.column}" cannot be cast automatically to {op.type}',
            )
    changed = column.type is None or column.type.name != op.type.name
    for name in claim.leaves(table.name):
        if what == "rewrite":
            claim.rewrite(name)
        else:
            _rebuild(claim, name, column, op)
    for name in claim.schema.family(table.name):
        _type_references(claim, name, op.column, validate=what == "rewrite" and changed)
        if column.identity:
            for sequence in claim.schema.sequences_of(name, op.column):
                claim.lock(sequence, SRE, "sequence")


def _type_dependents(claim: Claim, table: Table, column: str) -> None:
    """What the server refuses to change under: views, rules, generated columns, policies, triggers
    on the column."""
    for view in claim.schema.readers.get(table.name, ()):
        reader = claim.schema.relations.get(view)
        if reader and ((table.name, column) in reader.uses):
            claim.fail("0A000", f'column "{column}" of {table.name} is used by the view {view}')
    for other in table.columns:
        if other.generated and column in other.generated.columns:
            sqlstate = "0A000" if claim.version >= 15 else "42601"
            claim.fail(
                sqlstate,
                f'column "{column}" of {table.name} is used by the generated column {other.name}',
            )
    for trigger in table.triggers:
        if column in trigger.columns:
            claim.fail(
                "0A000", f'column "{column}" of {table.name} is used by the trigger {trigger.name}'
            )
    for policy in table.policies:
        if column in policy.columns:
            claim.fail(
                "0A000", f'column "{column}" of {table.name} is used by the policy {policy.name}'
            )


def _rebuild(claim: Claim, name: Name, column: Column, op: ops.AlterType) -> None:
    """Indexes and checks of a column whose table is not rewritten: each is made again, some by
    reading the table."""
    table = claim.schema.relations.get(name)
    other_class = (
        column.type is not None
        and casts.base_of(claim.schema, column.type).name
        != casts.base_of(claim.schema, op.type).name
        and "citext" in (column.type.name, op.type.name)
    )
    other_order = (column.collation or "default") != (op.collation or "default")
    for index in claim.schema.indexes_on(name):
        if index.concerns(op.column):
            claim.lock(index.name, AE, "index")
            keyed = any(key.column == op.column for key in index.columns)
            # An index with an expression or a predicate is never reused (CheckIndexCompatible).
            computed = index.where is not None or None in index.keys
            if computed or (
                keyed and (other_class or (other_order and _collatable(claim, op.type)))
            ):
                claim.scan(name)
                claim.build(index.name)
                claim.lock(name, S)
    for constraint in table.constraints if table else ():
        if constraint.kind == "check" and concerns(constraint, op.column):
            if not constraint.not_valid and constraint.enforced:
                claim.scan(name)


def _collatable(claim: Claim, type: Type) -> bool:
    return casts.base_of(claim.schema, type).name in casts.STRINGS


def _type_references(claim: Claim, name: Name, column: str, validate: bool) -> None:
    """A foreign key on either side of the column is made again, which locks the other side too."""
    table = claim.schema.relations.get(name)
    if table is None:
        return
    pairs = [(c.references, c) for c in table.constraints if c.references and column in c.columns]
    pairs += [
        (other.name, c)
        for other, c in claim.schema.referencing(name)
        if column in c.referenced_columns
    ]
    for other_name, constraint in pairs:
        if other_name is not None and other_name != name:
            claim.lock(other_name, AE)
            if validate and not constraint.not_valid and constraint.enforced:
                claim.lock(other_name, SRE)
                claim.scan(other_name)
