"""Columns: added, dropped, changed (PostgreSQL manual, ALTER TABLE; measured on 12 to 18)."""

from __future__ import annotations

from migralint import ops
from migralint.dialects.postgresql.effects.bounds import proves_not_null
from migralint.dialects.postgresql.effects.claim import AE, RX, SRE, SUE, Claim, S, target
from migralint.dialects.postgresql.effects.constraints import drop_dependents, foreign_key
from migralint.dialects.postgresql.effects.functions import volatile
from migralint.dialects.postgresql.effects.type_names import known_type
from migralint.ops.base import Column, Constraint, Name, Type
from migralint.replay.columns import SERIALS
from migralint.replay.constraints import concerns
from migralint.schema import Table


def fresh_value(claim: Claim, type: Type | None, literal: str | None) -> None:
    """A value that ALTER TYPE … ADD VALUE added in this transaction cannot be used in it, unless
    the server is 17 or newer and the type was made in it too."""
    kind = claim.schema.type(type)
    if kind is None or literal is None or claim.schema.transaction is None:
        return
    if (literal, claim.schema.transaction) in kind.fresh:
        same = kind.born_in == claim.schema.transaction
        if not (same and claim.version >= 17):
            claim.fail(
                "55P04",
                f'"{literal}" was added to {kind.name} in this transaction, which cannot use it'
                f" yet",
            )


def add_column(claim: Claim, op: ops.AddColumn) -> None:
    table = target(claim, op, "ADD COLUMN")
    column = op.column
    if table is None:
        return
    if column.generated is not None:
        if column.virtual and not claim.since(18, "a VIRTUAL generated column"):
            return
    if table.partition_of:
        claim.fail(
            "42809", f"{table.name} is a partition: a column is added to {table.partition_of}"
        )
    if op.only and claim.schema.children.get(table.name):
        claim.fail("42P16", f"a column must be added to the children of {table.name} too")
    claim.lock_family(table.name, AE, op.only)
    if table.column(column.name) is not None:
        if not op.if_not_exists:
            claim.fail("42701", f'column "{column.name}" of {table.name} exists already')
        return
    known_type(claim, column.type)
    rewritten = rewrites(claim, column)
    for sequence in column.default.sequences if rewritten and column.default else ():
        _draw(claim, sequence)
    for name in claim.leaves(table.name):
        if rewritten:
            claim.rewrite(name)
        elif _scans(column):
            claim.scan(name)
        if any(each.kind in ("unique", "primary key") for each in column.constraints):
            claim.lock(name, S)
    for constraint in column.constraints:
        _inline(claim, table, column, constraint)
    fresh_value(claim, column.type, column.default.literal if column.default else None)


def _draw(claim: Claim, sequence: str) -> None:
    """A number is taken from a sequence for every row."""
    schema, _, bare = sequence.rpartition(".")
    known = claim.schema.table(Name(bare.strip('"'), schema.strip('"')))
    if known is not None:
        claim.lock(known.name, RX, "sequence")


def rewrites(claim: Claim, column: Column) -> bool:
    """Whether every row has to be written anew to hold a new column."""
    if column.generated is not None:
        return not column.virtual
    if column.identity or (
        column.type is not None and column.type.name in SERIALS and not column.type.schema
    ):
        return True
    kind = claim.schema.type(column.type)
    default = column.default
    if kind is not None and kind.form == "domain":
        if kind.constrained:
            return True
        default = default or kind.default
    return default is not None and not default.null and volatile(claim, default)


def _scans(column: Column) -> bool:
    if any(each.kind in ("unique", "primary key", "exclude") for each in column.constraints):
        return True
    if any(each.kind == "check" and each.enforced for each in column.constraints):
        return True
    return bool(column.generated is not None and column.virtual and column.not_null)


def _inline(claim: Claim, table: Table, column: Column, constraint: Constraint) -> None:
    if constraint.kind == "primary key" and table.primary_key:
        claim.fail("42P16", f"{table.name} has a primary key already")
    if constraint.kind in ("primary key", "unique") and table.partition_by:
        if not set(table.partition_by.columns) <= {column.name}:
            claim.fail("0A000", f"a {constraint.kind} of {table.name} must hold its partition key")
    if not constraint.enforced:
        claim.since(18, "NOT ENFORCED")
    if constraint.kind != "foreign key":
        return
    filled = (column.default is not None and not column.default.null) or column.identity is not None
    checked = constraint.enforced and not constraint.not_valid
    foreign_key(claim, table, constraint, scan=checked and filled, types=column.type)
    if checked and column.default is not None and column.default.null:
        # DEFAULT NULL is a default all the same: the check runs, and finds nothing to look up on
        # the other side.
        for name in claim.leaves(table.name):
            claim.scan(name)


def drop_column(claim: Claim, op: ops.DropColumn) -> None:
    table = target(claim, op, "DROP COLUMN")
    if table is None:
        return
    claim.lock_family(table.name, AE, op.only)
    if table.column(op.column) is None and (op.if_exists or not claim.require(table, op.column)):
        return
    if table.partition_of or any(inherited(claim, parent, op.column) for parent in table.inherits):
        claim.fail("42P16", f'cannot drop inherited column "{op.column}" of {table.name}')
    if table.partition_by and op.column in table.partition_by.columns:
        claim.fail("42P16", f'"{op.column}" is part of the partition key of {table.name}')
    claim.lose(f"column {table.name}.{op.column}")
    for name in claim.schema.family(table.name):
        member = claim.schema.relations.get(name, table)
        for index in claim.schema.indexes_on(name):
            if index.concerns(op.column):
                claim.lock(index.name, AE, "index")
        for constraint in member.constraints:
            if concerns(constraint, op.column):
                drop_dependents(claim, member, constraint, op.cascade)
        for sequence in claim.schema.sequences_of(name, op.column):
            claim.lock(sequence, AE, "sequence")
    for view in claim.schema.readers.get(table.name, ()):
        reader = claim.schema.relations.get(view)
        if reader and ((table.name, op.column) in reader.uses):
            if op.cascade:
                claim.lock(view, AE)
            else:
                claim.fail("2BP01", f"{view} depends on column {table.name}.{op.column}")
    for trigger in table.triggers:
        if op.column in trigger.columns and not op.cascade:
            claim.fail(
                "2BP01", f"trigger {trigger.name} of {table.name} depends on column {op.column}"
            )
    for policy in table.policies:
        if op.column in policy.columns and not op.cascade:
            claim.fail(
                "2BP01", f"policy {policy.name} of {table.name} depends on column {op.column}"
            )
    for other in table.columns:
        if other.generated and op.column in other.generated.columns and not op.cascade:
            claim.fail("2BP01", f"column {other.name} is generated from {op.column}")


def inherited(claim: Claim, parent: Name, column: str) -> bool:
    table = claim.schema.relations.get(parent)
    return table is not None and table.column(column) is not None


def rename_column(claim: Claim, op: ops.RenameColumn) -> None:
    table = target(claim, op, "RENAME COLUMN", views=True)
    if table is None:
        return
    if op.kind == "view":
        claim.since(13, "ALTER VIEW … RENAME COLUMN")
    if table.partition_of or any(inherited(claim, parent, op.column) for parent in table.inherits):
        claim.fail("42P16", f'cannot rename inherited column "{op.column}" of {table.name}')
    claim.lock_family(table.name, AE)
    if claim.require(table, op.column) and table.column(op.to):
        claim.fail("42701", f'column "{op.to}" of {table.name} exists already')


def set_not_null(claim: Claim, op: ops.SetNotNull) -> None:
    table = target(claim, op, "SET NOT NULL")
    if table is None:
        return
    claim.lock_family(table.name, AE, op.only)
    if claim.require(table, op.column):
        column = table.column(op.column)
        if op.was and not table.known and (column is None or not column.known):
            return
        scan_for_nulls(claim, table, op.column, op.only)


def scan_for_nulls(claim: Claim, table: Table, column: str, only: bool = False) -> None:
    """The scan that proves a column to be without NULL, where nothing proves it yet."""
    for name in [table.name] if only else claim.leaves(table.name):
        member = claim.schema.relations.get(name, table)
        known = member.column(column)
        key = member.primary_key
        if key is not None and column in key.columns and (known is None or not known.known):
            continue
        unseen = known is None or not (known.known or known.not_null)
        if unseen and not member.known:
            claim.assume(f"{name}.{column} is nullable and no CHECK proves otherwise")
        proven = known is not None and known.not_null and known.not_null_valid
        if not proven and not proves_not_null(member, column) and not member.partitioned:
            claim.scan(name)


def drop_not_null(claim: Claim, op: ops.DropNotNull) -> None:
    table = _plain(claim, op, "DROP NOT NULL")
    parent = (
        claim.schema.relations.get(table.partition_of) if table and table.partition_of else None
    )
    above = parent.column(op.column) if parent else None
    if above is not None and above.not_null:
        claim.fail("42P16", f'column "{op.column}" is NOT NULL in the parent table')
    if table and table.primary_key and op.column in table.primary_key.columns:
        claim.fail("42P16", f'column "{op.column}" is in the primary key of {table.name}')
    column = table.column(op.column) if table else None
    if column is not None and column.identity and table is not None:
        claim.fail("42601", f'column "{op.column}" of {table.name} is an identity column')


def set_default(claim: Claim, op: ops.SetDefault) -> None:
    table = _plain(claim, op, "SET DEFAULT")
    column = table.column(op.column) if table else None
    if column is not None:
        fresh_value(claim, column.type, op.default.literal)
        if column.identity:
            claim.fail("42601", f'column "{op.column}" is an identity column')
        elif column.generated:
            claim.fail("42601", f'column "{op.column}" is a generated column')
    for name in op.default.functions:
        if claim.version < _since(name):
            claim.fail("42883", f"function {name}() needs PostgreSQL {_since(name)}")


def _since(function: str) -> int:
    from migralint.dialects.postgresql.effects.functions import SINCE

    return SINCE.get(function, 0)


def drop_default(claim: Claim, op: ops.DropDefault) -> None:
    _plain(claim, op, "DROP DEFAULT")


def _plain(claim: Claim, op: ops.ColumnOp, action: str) -> Table | None:
    """ACCESS EXCLUSIVE on the family for a moment, and a column that has to be there."""
    table = target(claim, op, action, views=action.endswith("DEFAULT"))
    if table is None:
        return None
    claim.lock_family(table.name, AE, op.only)
    return table if claim.require(table, op.column) else None


def add_identity(claim: Claim, op: ops.AddIdentity) -> None:
    table = _plain(claim, op, "ADD GENERATED")
    column = table.column(op.column) if table else None
    if table is not None and column is not None:
        if not column.not_null:
            claim.fail(
                "55000",
                f'column "{op.column}" of {table.name} must be NOT NULL before it can be an'
                f" identity",
            )
        if column.identity:
            claim.fail(
                "55000", f'column "{op.column}" of {table.name} is an identity column already'
            )
        elif column.default is not None:
            claim.fail("55000", f'column "{op.column}" of {table.name} has a default already')


def set_identity(claim: Claim, op: ops.SetIdentity) -> None:
    table = _plain(claim, op, "SET GENERATED")
    column = table.column(op.column) if table else None
    if table is not None and column is not None and not column.identity:
        claim.fail("55000", f'column "{op.column}" of {table.name} is not an identity column')
    for sequence in claim.schema.sequences_of(table.name, op.column) if table else ():
        claim.lock(sequence, SRE, "sequence")


def drop_identity(claim: Claim, op: ops.DropIdentity) -> None:
    table = _plain(claim, op, "DROP IDENTITY")
    column = table.column(op.column) if table else None
    if table is not None and column is not None:
        if not column.identity and not op.if_exists:
            claim.fail("55000", f'column "{op.column}" of {table.name} is not an identity column')
        if column.identity:
            for sequence in claim.schema.sequences_of(table.name, op.column):
                claim.lock(sequence, AE, "sequence")


def set_expression(claim: Claim, op: ops.SetExpression) -> None:
    if not claim.since(17, "SET EXPRESSION"):
        return
    table = _plain(claim, op, "SET EXPRESSION")
    column = table.column(op.column) if table else None
    if table is None or column is None:
        return
    if column.generated is None:
        claim.fail("42601", f'column "{op.column}" of {table.name} is not a generated column')
    elif not column.virtual:
        for name in claim.leaves(table.name):
            claim.rewrite(name)


def drop_expression(claim: Claim, op: ops.DropExpression) -> None:
    if not claim.since(13, "DROP EXPRESSION"):
        return
    table = _plain(claim, op, "DROP EXPRESSION")
    column = table.column(op.column) if table else None
    if column is not None and column.generated is None and not op.if_exists:
        claim.fail("42601", f'column "{op.column}" is not a generated column')
    if column is not None and column.generated is not None and column.virtual:
        claim.fail(
            "0A000",
            f'"{op.column}" is a virtual generated column, whose expression cannot be dropped',
        )


def set_column_option(claim: Claim, op: ops.SetColumnOption) -> None:
    if op.option == "COMPRESSION" and not claim.since(14, "SET COMPRESSION"):
        return
    name = claim.schema.resolve(op.table)
    if name in claim.schema.indexes:
        claim.lock(name, SUE, "index")
        return
    table = target(claim, op, f"SET {op.option}", views=False)
    if table is None:
        return
    claim.lock_family(table.name, SUE if op.option in ("STATISTICS", "OPTIONS") else AE, op.only)
    claim.require(table, op.column)
