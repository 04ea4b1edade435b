"""Indexes."""

from __future__ import annotations

from typing import Literal

from migralint.ops.base import Expression, IndexColumn, Name, Op, TableOp


class CreateIndex(TableOp, frozen=True, kw_only=True):
    name: str | None = None
    columns: tuple[IndexColumn, ...] = ()
    include: tuple[str, ...] = ()
    unique: bool = False
    method: str = "btree"
    where: Expression | None = None
    concurrently: bool = False
    if_not_exists: bool = False
    nulls_not_distinct: bool = False
    tablespace: str | None = None

    @property
    def label(self) -> str:
        return f"index {self.name}" if self.name else f"an index on {self.table}"


class IndexOp(Op, frozen=True, kw_only=True):
    """An operation on one index that stands."""

    index: Name
    if_exists: bool = False

    @property
    def label(self) -> str:
        return f"index {self.index}"


class DropIndex(IndexOp, frozen=True, kw_only=True):
    concurrently: bool = False
    cascade: bool = False
    together: tuple[Name, ...] = ()
    """All indexes that the same DROP names, this one included."""
    on: Name | None = None
    """The table, where the call says it."""


class RenameIndex(IndexOp, frozen=True, kw_only=True):
    to: str


class AttachIndex(IndexOp, frozen=True, kw_only=True):
    """ALTER INDEX … ATTACH PARTITION."""

    partition: Name


class Reindex(Op, frozen=True, kw_only=True):
    target: Literal["index", "table", "schema", "database", "system"]
    name: Name
    concurrently: bool = False
    tablespace: str | None = None

    @property
    def label(self) -> str:
        return f"{self.target} {self.name}"
