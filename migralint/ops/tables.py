"""Tables as wholes: made, dropped, renamed, partitioned, stored."""

from __future__ import annotations

from typing import Literal

from migralint.ops.base import (
    Bound,
    Column,
    Constraint,
    Like,
    Name,
    Op,
    PartitionBy,
    Query,
    RelationKind,
    TableOp,
)


class CreateTable(TableOp, frozen=True, kw_only=True):
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    """Table constraints; those written at a column are the column's."""
    like: tuple[Like, ...] = ()
    inherits: tuple[Name, ...] = ()
    partition_of: Name | None = None
    bound: Bound | None = None
    partition_by: PartitionBy | None = None
    temporary: bool = False
    unlogged: bool = False
    if_not_exists: bool = False
    query: Query | None = None
    """CREATE TABLE AS and SELECT INTO; `columns` then hold renamed outputs, without types."""
    with_data: bool = True
    access_method: str | None = None
    tablespace: str | None = None
    of_type: Name | None = None
    """OF: the composite type that its columns come from."""


class DropTable(TableOp, frozen=True, kw_only=True):
    if_exists: bool = False
    cascade: bool = False
    together: tuple[Name, ...] = ()
    """All tables that the same DROP names, this one included: what refers only to them is no
    obstacle."""


class RenameTable(TableOp, frozen=True, kw_only=True):
    """A table, or with `kind` a view, materialized view, sequence or index."""

    to: str


class SetSchema(TableOp, frozen=True, kw_only=True):
    to: str


class AttachPartition(TableOp, frozen=True, kw_only=True):
    partition: Name
    bound: Bound | None = None


class DetachPartition(TableOp, frozen=True, kw_only=True):
    partition: Name
    concurrently: bool = False
    finalize: bool = False


class SetInheritance(TableOp, frozen=True, kw_only=True):
    parent: Name
    inherit: bool = True


class SetLogged(TableOp, frozen=True, kw_only=True):
    logged: bool


class SetTablespace(TableOp, frozen=True, kw_only=True):
    tablespace: str


class MoveTablespace(Op, frozen=True, kw_only=True):
    """ALTER TABLE | INDEX | MATERIALIZED VIEW ALL IN TABLESPACE."""

    kind: RelationKind = "table"
    source: str
    to: str


class SetAccessMethod(TableOp, frozen=True, kw_only=True):
    method: str | None
    """None is DEFAULT."""


class SetOptions(TableOp, frozen=True, kw_only=True):
    """SET (…) and RESET (…) storage parameters; `options` in lower case, value None for RESET."""

    options: tuple[tuple[str, str | None], ...] = ()


class SetClusterIndex(TableOp, frozen=True, kw_only=True):
    """CLUSTER ON, or SET WITHOUT CLUSTER where index is None."""

    index: str | None


class SetReplicaIdentity(TableOp, frozen=True, kw_only=True):
    identity: Literal["default", "full", "nothing", "index"]
    index: str | None = None


class SetOwner(TableOp, frozen=True, kw_only=True):
    owner: str


class SetRowSecurity(TableOp, frozen=True, kw_only=True):
    action: Literal["ENABLE", "DISABLE", "FORCE", "NO FORCE"]


class SetTriggerState(TableOp, frozen=True, kw_only=True):
    """ENABLE | DISABLE TRIGGER; `name` may be ALL or USER."""

    name: str
    enabled: bool


class SetRuleState(TableOp, frozen=True, kw_only=True):
    name: str
    enabled: bool


class SetType(TableOp, frozen=True, kw_only=True):
    """OF type, or NOT OF where `type` is None."""

    type: Name | None
