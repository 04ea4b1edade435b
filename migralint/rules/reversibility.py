"""Reversibility: the way back, where the tool has a place for one and the project uses it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migralint.context import Context
from migralint.finding import WARNING, Finding
from migralint.migration import Migration, Project
from migralint.ops import (
    CreateTable,
    DropNotNull,
    Insert,
    Other,
    Select,
    SetConstraints,
    SetParameter,
    SetTimeout,
    TableOp,
    Update,
    ValidateConstraint,
)
from migralint.registry import rule
from migralint.source import NOWHERE

_USED: list[tuple[Project, bool]] = []
"""Whether the project in hand writes its ways back: asked once a project."""


def _uses_downs(project: Project) -> bool:
    """Nearly all of its migrations have a way back, so that one without says something."""
    if not _USED or _USED[0][0] is not project:
        versioned = [each for each in project.migrations if each.kind == "versioned"]
        downs = sum(each.down is not None and bool(each.down.statements) for each in versioned)
        _USED[:] = [(project, project.has_down and downs * 4 >= len(versioned) * 3)]
    return _USED[0][1]


_KEEPS = (SetTimeout, SetParameter, SetConstraints, ValidateConstraint, Other)
"""What leaves nothing behind that could be in the way: a constraint may stay valid."""


def _changes(migration: Migration) -> bool:
    """It does something that a way back would undo."""
    return any(
        not isinstance(op, _KEEPS) for statement in migration.up.statements for op in statement.ops
    )


def _makes(migration: Migration) -> bool:
    """It leaves something behind that an empty way back leaves in the way: not where it only sets
    right what rows hold or may hold, or adds rows that are missing."""
    ops = [op for statement in migration.up.statements for op in statement.ops]
    passing = {op.table for op in ops if isinstance(op, CreateTable) and op.temporary}
    return any(
        not isinstance(op, (*_KEEPS, DropNotNull, Select, Update))
        and not (isinstance(op, TableOp) and op.table in passing)
        and not (isinstance(op, Insert) and _is_where_missing(op))
        for op in ops
    )


def _is_where_missing(op: Insert) -> bool:
    """It adds a row only where that is not there."""
    where = op.query.where if op.query is not None else None
    return op.conditional or bool(op.on_conflict) or (where is not None and bool(where.subquery))


@rule("MIG501", on=Migration, severity=WARNING)
def rollback_missing(migration: Migration, ctx: Context) -> Iterator[Finding]:
    """The other migrations have a way back, and this one has none."""
    if migration.down is not None or migration.kind != "versioned" or not _changes(migration):
        return
    if not _uses_downs(ctx.project):
        return
    if migration.irreversible is not None:
        span, why = migration.irreversible
        yield ctx.finding(
            span,
            f"This cannot be undone: {why}, so the tool refuses to go back over the whole"
            " migration, though it can over nearly all migrations here.",
            help=(
                "Say how to undo it; where there is nothing to undo, say that: `noop` is the way"
                " back of such a step."
            ),
        )
    else:
        yield ctx.finding(
            None,
            "This migration has no way back, though nearly all migrations here have one.",
            help=(
                "Write the down script; where nothing can be undone, one that raises an error and"
                " says why."
            ),
        )


@rule("MIG502", on=Migration, severity=WARNING)
def rollback_empty(migration: Migration, ctx: Context) -> Iterator[Finding]:
    """The way back does nothing, so the tool takes the migration for undone while the schema stays
    as it is."""
    down = migration.down
    if down is None or down.statements or not _makes(migration) or not _uses_downs(ctx.project):
        return
    finding = ctx.finding(
        down.at if down.at.end else None,
        "The way back of this migration is an empty file, which the diesel command refuses to run"
        " (EmptyMigration): going back stops here."
        if ctx.project.tool == "diesel" and not down.source.text
        else "The way back of this migration is empty: going back marks it as undone and leaves all"
        " that it made.",
        help=(
            "Undo what the way up does; where nothing can be undone, raise an error that says why."
        ),
    )
    if down.source.path != finding.path:
        finding = replace(finding, path=down.source.path, source=down.source, span=NOWHERE)
    elif not down.at.end:
        yield finding
        return
    yield replace(finding, statement_span=None)
