"""Columns of a table that stands."""

from __future__ import annotations

from typing import Literal

from migralint.ops.base import Column, Expression, TableOp, Type


class ColumnOp(TableOp, frozen=True, kw_only=True):
    """An operation on one column of a table that stands."""

    column: str

    @property
    def label(self) -> str:
        return f"{self.table}.{self.column}"


class AddColumn(TableOp, frozen=True, kw_only=True):
    column: Column
    if_not_exists: bool = False

    @property
    def label(self) -> str:
        return f"{self.table}.{self.column.name}"


class DropColumn(ColumnOp, frozen=True, kw_only=True):
    if_exists: bool = False
    cascade: bool = False


class RenameColumn(ColumnOp, frozen=True, kw_only=True):
    to: str


class AlterType(ColumnOp, frozen=True, kw_only=True):
    type: Type
    using: Expression | None = None
    collation: str | None = None
    was: Type | None = None
    """The type before, where the statement says it; the history knows better."""


class SetNotNull(ColumnOp, frozen=True, kw_only=True):
    was: bool = False
    """The column is NOT NULL already, as the statement says; the history knows better."""


class DropNotNull(ColumnOp, frozen=True, kw_only=True):
    pass


class SetDefault(ColumnOp, frozen=True, kw_only=True):
    default: Expression


class DropDefault(ColumnOp, frozen=True, kw_only=True):
    pass


class AddIdentity(ColumnOp, frozen=True, kw_only=True):
    identity: Literal["always", "by default"] = "by default"


class SetIdentity(ColumnOp, frozen=True, kw_only=True):
    """ALTER COLUMN … SET GENERATED, RESTART and the sequence options of an identity column."""


class DropIdentity(ColumnOp, frozen=True, kw_only=True):
    if_exists: bool = False


class SetExpression(ColumnOp, frozen=True, kw_only=True):
    """Give a generated column another expression."""

    expression: Expression


class DropExpression(ColumnOp, frozen=True, kw_only=True):
    """Make a generated column an ordinary one."""

    if_exists: bool = False


class SetColumnOption(ColumnOp, frozen=True, kw_only=True):
    """What changes how a column is stored or estimated, not what it holds. `column` may be the
    number of an index key."""

    option: Literal["STATISTICS", "STORAGE", "COMPRESSION", "OPTIONS"]
    value: str | None = None
