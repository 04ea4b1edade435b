"""Partitions: created, attached, detached (PostgreSQL manual, 5.12; measured on 12 to 18)."""

from __future__ import annotations

from migralint import ops
from migralint.dialects.postgresql.effects.bounds import inside, outside, overlap
from migralint.dialects.postgresql.effects.claim import AE, SRE, SUE, Claim, S, target
from migralint.ops.base import Bound, Name
from migralint.replay.base import matches
from migralint.replay.constraints import has_foreign_key
from migralint.schema import Table


def create_partition(claim: Claim, name: Name, parent_name: Name, bound: Bound | None) -> None:
    parent = claim.relation(parent_name)
    if parent is None:
        return
    if not parent.partitioned and parent.known:
        claim.fail("42809", f"{parent.name} is not partitioned")
        return
    claim.lock(parent.name, AE)
    _no_overlap(claim, parent, bound)
    _default_partition(claim, parent, bound)
    for constraint in parent.constraints:
        if constraint.references:
            claim.lock(constraint.references, SRE)
            claim.lock(name, SRE, "table")
    for index in claim.schema.indexes_on(parent.name):
        claim.lock(index.name, SUE, "index")
        claim.lock(name, S, "table")


def _no_overlap(claim: Claim, parent: Table, bound: Bound | None) -> None:
    for child in claim.schema.children.get(parent.name, ()):
        other = claim.schema.relations[child].bound
        if bound and other and overlap(bound, other):
            claim.fail("42P17", f"the new partition would overlap {child}")


def _default_partition(claim: Claim, parent: Table, bound: Bound | None) -> None:
    """The default partition must hold no row that belongs to a new one: it is read, unless its
    CHECK proves that."""
    default = claim.schema.default_partition(parent.name)
    if default is None or bound is None or bound.kind == "default":
        return
    claim.lock(default, AE)
    keys = parent.partition_by.columns if parent.partition_by else ()
    if not outside(claim.schema.relations[default], keys, bound):
        for leaf in claim.leaves(default):
            claim.scan(leaf)


def attach_partition(claim: Claim, op: ops.AttachPartition) -> None:
    parent = target(claim, op, "ATTACH PARTITION")
    partition = claim.relation(op.partition)
    if parent is None or partition is None:
        return
    if not parent.partitioned and parent.known:
        claim.fail("42809", f"{parent.name} is not partitioned")
    if partition.partition_of or partition.inherits:
        claim.fail("42809", f"{partition.name} is a partition or an inheritance child already")
    claim.lock(parent.name, SUE)
    claim.lock_family(partition.name, AE)
    _no_overlap(claim, parent, op.bound)
    _default_partition(claim, parent, op.bound)
    keys = parent.partition_by.columns if parent.partition_by else ()
    siblings = claim.schema.children.get(parent.name, ())
    if (
        op.bound is None
        or (op.bound.kind == "default" and siblings)
        or not inside(partition, keys, op.bound)
    ):
        for leaf in claim.leaves(partition.name):
            claim.scan(leaf)
    for index in claim.schema.indexes_on(parent.name):
        claim.lock(index.name, SUE, "index")
        if not any(
            matches(each, index) and each.parent is None
            for each in claim.schema.indexes_on(partition.name)
        ):
            claim.lock(partition.name, S)
            for leaf in claim.leaves(partition.name):
                claim.scan(leaf)
    for constraint in parent.constraints:
        if constraint.references and not has_foreign_key(partition, constraint):
            claim.lock(constraint.references, SRE)
            claim.lock(partition.name, SRE)
            for leaf in (*claim.leaves(partition.name), *claim.leaves(constraint.references)):
                claim.scan(leaf)


def detach_partition(claim: Claim, op: ops.DetachPartition) -> None:
    if op.concurrently or op.finalize:
        word = "CONCURRENTLY" if op.concurrently else "FINALIZE"
        if not claim.since(14, f"DETACH PARTITION … {word}"):
            return
    if op.concurrently:
        claim.needs_autocommit = "ALTER TABLE … DETACH PARTITION CONCURRENTLY"
    parent = target(claim, op, "DETACH PARTITION")
    partition = claim.relation(op.partition)
    if parent is None or partition is None:
        return
    if partition.partition_of != parent.name and partition.known:
        claim.fail("42P01", f"{partition.name} is not a partition of {parent.name}")
        return
    default = claim.schema.default_partition(parent.name)
    if op.finalize:
        claim.fail("55000", f"the partition {partition.name} is not pending detach")
    elif op.concurrently:
        if default:
            claim.fail(
                "55000",
                f"{parent.name} has a default partition, beside which CONCURRENTLY is refused",
            )
        claim.lock(parent.name, SUE)
        claim.lock(partition.name, AE)
        return
    claim.lock(parent.name, AE)
    claim.lock(partition.name, AE if claim.version >= 14 else SUE)
    if default and default != partition.name:
        claim.lock(default, AE)
    for constraint in parent.constraints:
        if constraint.references:
            claim.lock(constraint.references, SRE)
