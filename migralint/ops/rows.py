"""Rows: read, written, emptied, tidied; and tables locked by name."""

from __future__ import annotations

from typing import Literal

from migralint.ops.base import Expression, Name, Op, Query, TableOp


class Select(Op, frozen=True, kw_only=True):
    query: Query


class Insert(TableOp, frozen=True, kw_only=True):
    query: Query | None = None
    """INSERT … SELECT; None for VALUES."""
    columns: tuple[str, ...] = ()
    rows: int = 0
    """How many VALUES rows."""
    width: int = 0
    """How many values the first row has."""
    literals: tuple[tuple[int, str], ...] = ()
    """(position in the row, text) of the literals of the first rows."""
    overriding: bool = False
    """OVERRIDING SYSTEM VALUE or USER VALUE was said."""
    on_conflict: Literal["", "NOTHING", "UPDATE"] = ""
    reads: tuple[Name, ...] = ()


class Update(TableOp, frozen=True, kw_only=True):
    columns: tuple[str, ...] = ()
    literals: tuple[tuple[str, str], ...] = ()
    """(column, text) where a column is set to a literal."""
    nulls: tuple[str, ...] = ()
    """Columns that are set to NULL."""
    where: Expression | None = None
    reads: tuple[Name, ...] = ()
    """Other relations: FROM, subqueries, CTEs."""
    values: tuple[tuple[Name, str, str], ...] = ()
    """(relation, column, target): what the new values are made of, but for a column's own old one;
    the target is "" where it cannot be told."""
    uses: tuple[tuple[Name, str], ...] = ()
    """All (relation, column) pairs that it reads."""
    limited: bool = False
    """It changes only rows that a subquery or CTE with a LIMIT gives."""


class Delete(TableOp, frozen=True, kw_only=True):
    where: Expression | None = None
    reads: tuple[Name, ...] = ()
    limited: bool = False


class Merge(TableOp, frozen=True, kw_only=True):
    reads: tuple[Name, ...] = ()


class Copy(TableOp, frozen=True, kw_only=True):
    direction: Literal["from", "to"] = "from"
    query: Query | None = None


class Truncate(Op, frozen=True, kw_only=True):
    tables: tuple[Name, ...]
    cascade: bool = False
    restart_identity: bool = False
    only: bool = False

    @property
    def label(self) -> str:
        return ", ".join(map(str, self.tables))


class LockTable(Op, frozen=True, kw_only=True):
    tables: tuple[Name, ...]
    mode: str = "ACCESS EXCLUSIVE"
    nowait: bool = False
    only: bool = False


class Vacuum(Op, frozen=True, kw_only=True):
    """No tables: the whole database."""

    tables: tuple[Name, ...] = ()
    full: bool = False


class Analyze(Op, frozen=True, kw_only=True):
    tables: tuple[Name, ...] = ()


class Cluster(Op, frozen=True, kw_only=True):
    table: Name | None = None
    index: str | None = None
