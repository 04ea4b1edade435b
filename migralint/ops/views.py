"""Views, sequences, triggers, rules, statistics."""

from __future__ import annotations

from migralint.ops.base import Name, Op, Query, TableOp, Type


class CreateView(Op, frozen=True, kw_only=True):
    view: Name
    query: Query
    materialized: bool = False
    columns: tuple[str, ...] = ()
    replace: bool = False
    if_not_exists: bool = False
    temporary: bool = False
    with_data: bool = True
    options: tuple[tuple[str, str | None], ...] = ()


class DropView(Op, frozen=True, kw_only=True):
    view: Name
    materialized: bool = False
    if_exists: bool = False
    cascade: bool = False
    together: tuple[Name, ...] = ()


class RefreshView(Op, frozen=True, kw_only=True):
    view: Name
    concurrently: bool = False
    with_data: bool = True


class CreateSequence(Op, frozen=True, kw_only=True):
    sequence: Name
    type: Type | None = None
    owned_by: tuple[Name, str] | None = None
    if_not_exists: bool = False
    temporary: bool = False


class AlterSequence(Op, frozen=True, kw_only=True):
    sequence: Name
    type: Type | None = None
    owned_by: tuple[Name, str] | None = None
    restart: bool = False
    if_exists: bool = False


class DropSequence(Op, frozen=True, kw_only=True):
    sequence: Name
    if_exists: bool = False
    cascade: bool = False


class CreateTrigger(TableOp, frozen=True, kw_only=True):
    name: str
    function: Name | None = None
    replace: bool = False
    constraint: bool = False
    references: Name | None = None
    """FROM table of a constraint trigger."""
    columns: tuple[str, ...] = ()
    """UPDATE OF these."""
    row: bool = False
    """FOR EACH ROW: then partitions get it too."""


class DropTrigger(TableOp, frozen=True, kw_only=True):
    name: str
    if_exists: bool = False
    cascade: bool = False


class CreateRule(TableOp, frozen=True, kw_only=True):
    name: str
    replace: bool = False


class DropRule(TableOp, frozen=True, kw_only=True):
    name: str
    if_exists: bool = False


class CreateStatistics(TableOp, frozen=True, kw_only=True):
    name: Name | None = None
    columns: tuple[str, ...] = ()
    if_not_exists: bool = False


class DropStatistics(Op, frozen=True, kw_only=True):
    name: Name
    if_exists: bool = False
