"""Constraints: added, validated, dropped (PostgreSQL manual, ALTER TABLE; measured on 12 to 18)."""

from __future__ import annotations

import re

from migralint import ops
from migralint.dialects.postgresql.effects import casts
from migralint.dialects.postgresql.effects.bounds import proves_not_null
from migralint.dialects.postgresql.effects.claim import AE, RS, SRE, SUE, Claim, S, target
from migralint.ops.base import Constraint, Name, Type
from migralint.replay.constraints import has_foreign_key
from migralint.schema import Index, Table


def add_constraint(claim: Claim, op: ops.AddConstraint) -> None:
    table = target(claim, op, "ADD CONSTRAINT")
    if table is None:
        return
    constraint = op.constraint
    if not constraint.enforced and not claim.since(18, "NOT ENFORCED"):
        return
    if constraint.nulls_not_distinct and not claim.since(15, "NULLS NOT DISTINCT"):
        return
    if constraint.kind == "not null" and not claim.since(18, "a table constraint NOT NULL"):
        return
    if constraint.name and table.constraint(constraint.name) and claim.schema.named:
        claim.fail("42710", f"constraint {constraint.name} of {table.name} exists already")
    for column in constraint.columns:
        claim.require(table, column)
    if constraint.kind == "foreign key":
        _add_foreign_key(claim, table, constraint)
    elif constraint.kind == "check":
        _add_check(claim, table, constraint, op.only)
    elif constraint.kind == "not null":
        claim.lock_family(table.name, AE, op.only)
        known = table.column(constraint.columns[0])
        if known and known.not_null and constraint.name and known.not_null_name != constraint.name:
            claim.fail(
                "55000",
                f'column "{known.name}" of {table.name} is NOT NULL already, under another name',
            )
        if not constraint.not_valid:
            _scan_unless_proven(claim, table, constraint.columns)
    else:
        _add_indexed(claim, table, constraint)


def _add_check(claim: Claim, table: Table, constraint: Constraint, only: bool) -> None:
    claim.lock_family(table.name, AE, only or (constraint.no_inherit and claim.version < 18))
    for column in constraint.expression.columns if constraint.expression else ():
        claim.require(table, column)
    if only and claim.schema.children.get(table.name) and not constraint.no_inherit:
        claim.fail("42P16", f"the constraint must be added to the children of {table.name} too")
    if not constraint.not_valid and constraint.enforced:
        for name in [table.name] if only or constraint.no_inherit else claim.leaves(table.name):
            claim.scan(name)


def _scan_unless_proven(claim: Claim, table: Table, columns: tuple[str, ...]) -> None:
    """The scan that a NOT NULL makes, unless the column has it or a CHECK proves it."""
    for name in claim.leaves(table.name):
        member = claim.schema.relations.get(name, table)
        for column in columns:
            known = member.column(column)
            has = known is not None and known.not_null and known.not_null_valid
            if not has and not proves_not_null(member, column):
                claim.scan(name)


def _add_foreign_key(claim: Claim, table: Table, constraint: Constraint) -> None:
    if constraint.not_valid and table.partitioned and claim.version < 18:
        claim.fail(
            "42809",
            f"a NOT VALID foreign key on the partitioned table {table.name} needs PostgreSQL 18",
        )
    claim.lock_family(table.name, SRE)
    column = table.column(constraint.columns[0]) if len(constraint.columns) == 1 else None
    checked = constraint.enforced and not constraint.not_valid
    foreign_key(claim, table, constraint, scan=checked, types=column.type if column else None)


def foreign_key(
    claim: Claim, table: Table, constraint: Constraint, *, scan: bool, types: Type | None
) -> None:
    """The referenced side of a foreign key that comes into being: SHARE ROW EXCLUSIVE, and both
    sides read if checked."""
    assert constraint.references is not None
    if claim.schema.home(constraint.references) == table.name:
        other: Table | None = table
    else:
        other = claim.relation(constraint.references)
    if other is None:
        return
    if other.kind not in ("table",):
        claim.fail("42809", f"{other.name} is not a table")
        return
    claim.lock_family(other.name, SRE)
    key = other.primary_key
    columns = constraint.referenced_columns or (key.columns if key else ())
    if other.known and not any(claim.require(other, column) for column in columns):
        if not columns:
            claim.fail("42704", f"there is no primary key for {other.name}")
        return
    if other.known and not _unique_over(claim, other, columns):
        claim.fail("42830", f"no unique constraint on ({', '.join(columns)}) of {other.name}")
    referenced = other.column(columns[0]) if len(columns) == 1 else None
    if types is not None and referenced is not None and referenced.type is not None:
        _compatible(claim, constraint, types, referenced.type)
    empty = all(claim.empty(name) for name in claim.leaves(table.name))
    # A partition that has the key already is not read again.
    new = [
        name
        for name in claim.leaves(table.name)
        if name == table.name
        or not has_foreign_key(claim.schema.relations.get(name, table), constraint, other.name)
    ]
    if scan and new and not empty:
        for name in (*new, *claim.leaves(other.name)):
            claim.scan(name)


def _unique_over(claim: Claim, table: Table, columns: tuple[str, ...]) -> bool:
    return any(
        index.unique and index.where is None and index.valid and set(index.keys) == set(columns)
        for index in claim.schema.indexes_on(table.name)
    )


def _compatible(claim: Claim, constraint: Constraint, own: Type, other: Type) -> None:
    """Types without a common equality operator cannot make a foreign key."""
    one, two = casts.base_of(claim.schema, own), casts.base_of(claim.schema, other)
    groups = (
        casts.STRINGS - {"name"},
        casts.NUMBERS | {"serial", "bigserial", "smallserial"},
        casts.MOMENTS,
        frozenset({"uuid"}),
    )
    mine = next((group for group in groups if one.name in group), None)
    theirs = next((group for group in groups if two.name in group), None)
    if (
        mine is not None
        and theirs is not None
        and mine is not theirs
        and not one.array
        and not two.array
    ):
        claim.fail(
            "42804", f"foreign key {constraint.name or ''} cannot compare {own} with {other}"
        )


def _add_indexed(claim: Claim, table: Table, constraint: Constraint) -> None:
    """UNIQUE, PRIMARY KEY and EXCLUDE: an index is built under ACCESS EXCLUSIVE, unless USING INDEX
    brings one."""
    if constraint.kind == "primary key" and table.primary_key:
        claim.fail("42P16", f"{table.name} has a primary key already")
    claim.lock(table.name, AE)
    if constraint.using_index:
        _using_index(claim, table, constraint)
        return
    name = Name(constraint.name, table.name.schema) if constraint.name else None
    if name and (name in claim.schema.indexes or name in claim.schema.relations):
        claim.fail("42P07", f"{name} exists already")
    if table.partition_by and constraint.kind != "exclude":
        if not set(table.partition_by.columns) <= set(constraint.columns):
            claim.fail(
                "0A000",
                f"a {constraint.kind} of the partitioned table {table.name} must hold its key",
            )
    for child in list(claim.schema.family(table.name))[1:]:
        if claim.schema.relations[child].partition_of:
            claim.lock(child, S)
            if claim.version >= 18 or (
                constraint.kind == "primary key" and _nullable(claim, table, constraint.columns)
            ):
                claim.lock(child, AE)
    for leaf in claim.leaves(table.name) if table.partitioned else [table.name]:
        claim.lock(leaf, S)
        claim.scan(leaf)


def _nullable(claim: Claim, table: Table, columns: tuple[str, ...]) -> bool:
    return any(not (known := table.column(column)) or not known.not_null for column in columns)


def _using_index(claim: Claim, table: Table, constraint: Constraint) -> None:
    index = claim.index(Name(constraint.using_index or "", table.name.schema))
    if table.partitioned:
        claim.fail("0A000", f"USING INDEX is not supported on the partitioned table {table.name}")
    if index is None:
        return
    claim.lock(index.name, SUE, "index")
    _fits(claim, table, index)
    if constraint.kind == "primary key":
        _scan_unless_proven(claim, table, tuple(key for key in index.keys if key))


def _fits(claim: Claim, table: Table, index: Index) -> None:
    if index.table != table.name:
        claim.fail("55000", f"{index.name} does not belong to {table.name}")
    elif index.constraint:
        claim.fail("55000", f"{index.name} backs a constraint already")
    elif not index.valid:
        claim.fail("55000", f"{index.name} is not valid")
    elif not index.unique:
        claim.fail("42809", f"{index.name} is not a unique index")
    elif None in index.keys:
        claim.fail("42809", f"{index.name} has an expression")
    elif index.where is not None:
        claim.fail("42809", f"{index.name} is a partial index")
    elif index.method != "btree":
        claim.fail("42809", f"{index.name} is not a btree index")
    elif any(key.descending or key.opclass for key in index.columns):
        claim.fail("42809", f"{index.name} has another order than the default")


_OF_NOT_NULL = re.compile(r"_not_null\d*\Z")
NAMES_NOT_NULL = 18
"""The first version in which NOT NULL has a name."""


def _missing(claim: Claim, name: str, table: Table) -> None:
    """A constraint that is not there; one that may be the NOT NULL of a column under a name that
    the column has had before is not looked for."""
    if not claim.schema.named:
        claim.assume(
            f"{name} is a constraint of {table.name}, made under a name of the project's own"
        )
    elif not _OF_NOT_NULL.search(name):
        claim.fail("42704", f"constraint {name} of {table.name} does not exist")
    elif claim.version < NAMES_NOT_NULL:
        reason = f"constraint {name} of {table.name} does not exist before PostgreSQL 18"
        claim.fail("42704", reason, NAMES_NOT_NULL)
    else:
        claim.assume(f"{name} is the NOT NULL of a column of {table.name}")


def validate_constraint(claim: Claim, op: ops.ValidateConstraint) -> None:
    table = target(claim, op, "VALIDATE CONSTRAINT")
    if table is None:
        return
    found = table.constraint(op.name)
    not_null = next((each for each in table.columns if each.not_null_name == op.name), None)
    if found is None and not_null is None:
        if table.known:
            _missing(claim, op.name, table)
        claim.lock(table.name, SUE)
        claim.scan(table.name)
        return
    claim.lock_family(table.name, SUE, op.only)
    if not_null is not None:
        if not not_null.not_null_valid:
            for name in claim.leaves(table.name):
                claim.scan(name)
        return
    assert found is not None
    if found.kind not in ("check", "foreign key"):
        claim.fail(
            "42809", f"{op.name} of {table.name} is neither a foreign key nor a check constraint"
        )
    if not found.enforced:
        claim.fail("42809", f"{op.name} of {table.name} is not enforced")
    if not found.not_valid:
        return
    if found.references:
        claim.lock_family(found.references, RS)
        for name in claim.leaves(found.references):
            claim.scan(name)
    for name in claim.leaves(table.name):
        claim.scan(name)


def drop_constraint(claim: Claim, op: ops.DropConstraint) -> None:
    table = target(claim, op, "DROP CONSTRAINT")
    if table is None:
        return
    found = table.constraint(op.name)
    claim.lock_family(table.name, AE, op.only)
    if found is None:
        not_null = claim.version >= 18 and any(
            each.not_null
            and op.name in (each.not_null_name, f"{table.name.name}_{each.name}_not_null")
            for each in table.columns
        )
        if not not_null and not op.if_exists and table.known:
            _missing(claim, op.name, table)
        return
    claim.lose(f"constraint {op.name} of {table.name}")
    drop_dependents(claim, table, found, op.cascade)
    for child in list(claim.schema.family(table.name))[1:]:
        for index in claim.schema.indexes_on(child):
            if index.parent == Name(op.name, table.name.schema):
                claim.lock(index.name, AE, "index")


def drop_dependents(claim: Claim, table: Table, constraint: Constraint, cascade: bool) -> None:
    """What goes with a constraint: its index, the triggers on the other side of a foreign key, the
    keys that rest on it."""
    if constraint.references:
        claim.lock_family(constraint.references, AE)
    if constraint.kind not in ("primary key", "unique", "exclude"):
        return
    claim.lock(Name(constraint.name or "", table.name.schema), AE, "index")
    for other, key in claim.schema.referencing(table.name):
        if set(key.referenced_columns) == set(constraint.columns):
            if cascade or other.name == table.name:
                claim.lock(other.name, AE)
            else:
                claim.fail(
                    "2BP01", f"constraint {key.name} of {other.name} depends on {constraint.name}"
                )


def rename_constraint(claim: Claim, op: ops.RenameConstraint) -> None:
    table = target(claim, op, "RENAME CONSTRAINT")
    if table is None:
        return
    claim.lock_family(table.name, AE)
    found = table.constraint(op.name)
    if found is None:
        if table.known:
            _missing(claim, op.name, table)
        return
    if table.constraint(op.to):
        claim.fail("42710", f"constraint {op.to} of {table.name} exists already")
    if found.kind in ("primary key", "unique", "exclude"):
        claim.lock(Name(op.name, table.name.schema), SUE, "index")


def alter_constraint(claim: Claim, op: ops.AlterConstraint) -> None:
    if op.enforced is not None and not claim.since(18, "ALTER CONSTRAINT … ENFORCED"):
        return
    table = target(claim, op, "ALTER CONSTRAINT")
    if table is None:
        return
    found = table.constraint(op.name)
    claim.lock_family(table.name, AE)
    if found is None:
        if table.known:
            _missing(claim, op.name, table)
        return
    if found.kind != "foreign key":
        claim.fail("42809", f"{op.name} of {table.name} is not a foreign key")
        return
    if op.enforced is not None and found.references and op.enforced != found.enforced:
        claim.lock_family(found.references, SRE if op.enforced else AE)
        if op.enforced:
            for name in (*claim.leaves(table.name), *claim.leaves(found.references)):
                claim.scan(name)
