"""The way back itself: what it loses, what it leaves, and where it fails."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, INFO, WARNING, Finding
from migralint.migration import Migration, Script, Statement
from migralint.ops import (
    AddColumn,
    CreateTable,
    CreateTrigger,
    DropColumn,
    DropSchema,
    DropTable,
    Name,
    Op,
    Other,
    RenameColumn,
    RenameTable,
    RunCode,
    SetSchema,
    Unknown,
)
from migralint.ops.transactions import RAISE
from migralint.registry import rule
from migralint.rules._around import earlier, same
from migralint.rules._hazards import (
    EXISTING,
    FRESH_ENUM_VALUE,
    POSTGRESQL,
    fails,
    hangs_on_version,
)


@rule("MIG503", on=(DropTable, DropColumn), severity=INFO, default=False, down=True)
def rollback_loses_data(op: DropTable | DropColumn, ctx: Context) -> Iterator[Finding]:
    """Going back drops what the way up has made, with all that was written into it since."""
    if ctx.script.direction != "down" or fails(op, ctx) or not ctx.effects(op).loses:
        return
    what = f"column {op.label}" if isinstance(op, DropColumn) else f"table {op.label}"
    yield ctx.finding(
        op,
        f"Going back loses all that was written into {what} since the migration ran.",
        help="Go back by a new migration, or copy the values to a table of their own first.",
    )


@rule("MIG505", on=Op, dialects=POSTGRESQL, severity=ERROR, when="fails", down=True)
def rollback_fails(op: Op, ctx: Context) -> Iterator[Finding]:
    """The way back names what is not there after the way up, or does what the server refuses."""
    failure = ctx.effects(op).fails
    if ctx.script.direction != "down" or failure is None or op.conditional:
        return
    if failure.sqlstate == FRESH_ENUM_VALUE or ctx.transaction.stuck:
        return
    if isinstance(op, CreateTrigger) and failure.sqlstate in EXISTING:
        return  # It may have gone with its function, which history does not follow everywhere.
    if any(earlier(ctx, Unknown, RunCode)):
        return  # What that has done is not known.
    if hangs_on_version(failure, ctx):
        return
    ctx.transaction.stuck = True
    yield ctx.finding(
        op,
        f"Going back fails: {failure.reason}.",
        help="Undo what the way up has made, under the names that it has then, last things first.",
        confidence="certain",
    )


@rule("MIG504", on=Migration, severity=WARNING)
def rollback_incomplete(migration: Migration, ctx: Context) -> Iterator[Finding]:
    """The way back leaves what the way up has made, so running it again fails."""
    down = migration.down
    if down is None or not down.statements or migration.kind != "versioned":
        return
    undone = [op for statement in down.statements for op in statement.ops]
    opaque = (Unknown, RunCode, DropSchema, SetSchema)
    if any(isinstance(op, opaque) or op.conditional for op in undone):
        return
    if any(isinstance(op, Other) and op.what == RAISE for op in undone):
        return  # There is no way back, and it says so.
    replaced: set[tuple[Name, str]] = set()
    for statement, op in _ops(migration.up):
        if isinstance(op, DropColumn):
            replaced.add((ctx.schema.home(op.table), op.column))
        if isinstance(op, AddColumn) and (ctx.schema.home(op.table), op.column.name) in replaced:
            continue  # It was there before, if with other values.
        if op.conditional or any(isinstance(op, (Unknown, RunCode)) for op in statement.ops):
            continue
        what = _left(op, undone, ctx)
        if what:
            yield ctx.finding(
                statement.span,
                f"The way back of this migration does not take {what} away, so going back and"
                " running it again fails.",
                help="Undo each thing that the way up makes; see the down script.",
            )
            return


def _ops(script: Script) -> Iterator[tuple[Statement, Op]]:
    for statement in script.statements:
        for op in statement.ops:
            yield statement, op


def _left(op: Op, undone: list[Op], ctx: Context) -> str:
    """What the operation made that still stands after the way back, for people."""
    if isinstance(op, CreateTable):
        table = ctx.existing(op.table)
        if (
            table is None
            or table.temporary
            or op.if_not_exists
            or table.born != ctx.schema.migration
        ):
            return ""
        return "" if _gone(op.table, undone, ctx) else f"table {op.table}"
    if isinstance(op, AddColumn):
        table = ctx.existing(op.table)
        if (
            table is None
            or op.if_not_exists
            or table.born == ctx.schema.migration
            or not table.known
        ):
            return ""
        if table.column(op.column.name) is None or _gone(op.table, undone, ctx):
            return ""
        dropped = any(
            isinstance(each, (DropColumn, RenameColumn))
            and same(ctx, each.table, op.table)
            and each.column == op.column.name
            for each in undone
        )
        return "" if dropped else f"column {op.label}"
    return ""


def _gone(table: Name, undone: list[Op], ctx: Context) -> bool:
    return any(
        isinstance(each, (DropTable, RenameTable)) and same(ctx, each.table, table)
        for each in undone
    )
