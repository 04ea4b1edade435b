"""Policies, grants, comments, publications (PostgreSQL manual; measured on 12 to 18)."""

from __future__ import annotations

from migralint import ops
from migralint.dialects.postgresql.effects.claim import AE, AS, SUE, Claim, target


def policy(claim: Claim, op: ops.CreatePolicy | ops.AlterPolicy | ops.DropPolicy) -> None:
    table = claim.relation(op.table, isinstance(op, ops.DropPolicy) and op.if_exists)
    if table is None:
        return
    there = any(each.name == op.name for each in table.policies)
    if isinstance(op, ops.CreatePolicy):
        if there:
            claim.fail("42710", f"policy {op.name} of {table.name} exists already")
    elif not there and table.known:
        if isinstance(op, ops.DropPolicy) and op.if_exists:
            return
        claim.fail("42704", f"policy {op.name} of {table.name} does not exist")
    claim.lock(table.name, AE)


def grant(claim: Claim, op: ops.Grant) -> None:
    """Before 18 no lock on the table; from 18 on ACCESS SHARE."""
    if op.kind != "table" or op.all_in_schema:
        return
    for name in op.objects:
        table = claim.relation(name)
        if table is not None and claim.version >= 18:
            claim.lock(table.name, AS)


def set_comment(claim: Claim, op: ops.SetComment) -> None:
    if op.relation is None:
        return
    name = claim.schema.resolve(op.relation)
    if name in claim.schema.indexes:
        claim.lock(name, SUE, "index")
        return
    table = claim.relation(op.relation)
    if table is not None:
        claim.lock(
            table.name, AS if op.kind in ("constraint", "trigger", "policy", "rule") else SUE
        )


def change_publication(claim: Claim, op: ops.ChangePublication) -> None:
    if op.filtered and not claim.since(15, "a row filter or column list of a publication"):
        return
    for name in op.tables:
        table = claim.relation(name)
        if table is not None:
            claim.lock(table.name, SUE)


def set_row_security(claim: Claim, op: ops.SetRowSecurity) -> None:
    table = target(claim, op, f"{op.action} ROW LEVEL SECURITY")
    if table is not None:
        claim.lock(table.name, AE)
