"""Who may do what; comments; replication."""

from __future__ import annotations

from typing import Literal

from migralint.ops.base import Expression, Name, Op, RelationKind, TableOp


class CreatePolicy(TableOp, frozen=True, kw_only=True):
    name: str
    command: str = "ALL"
    permissive: bool = True
    using: Expression | None = None
    check: Expression | None = None
    """WITH CHECK."""


class AlterPolicy(TableOp, frozen=True, kw_only=True):
    name: str


class DropPolicy(TableOp, frozen=True, kw_only=True):
    name: str
    if_exists: bool = False


class Grant(Op, frozen=True, kw_only=True):
    """GRANT, or with `revoke` REVOKE. `privileges` is empty for ALL; `kind` in lower case (table,
    schema, function …)."""

    kind: str = "table"
    objects: tuple[Name, ...] = ()
    privileges: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    """"public" stands for PUBLIC."""
    revoke: bool = False
    all_in_schema: bool = False
    columns: bool = False


class SetComment(Op, frozen=True, kw_only=True):
    """COMMENT ON; `relation` is what a table, column, constraint, trigger, policy or index comment
    concerns."""

    kind: str
    relation: Name | None = None
    relation_kind: RelationKind = "table"


class ChangePublication(Op, frozen=True, kw_only=True):
    name: str
    action: Literal["CREATE", "ADD", "SET", "DROP"]
    tables: tuple[Name, ...] = ()
    all_tables: bool = False
    filtered: bool = False
    """With a WHERE or a list of columns."""
