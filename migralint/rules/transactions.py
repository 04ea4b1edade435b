"""Transactions: statements that refuse one, BEGIN and COMMIT that meet the runner's own, half-done
work."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migralint.context import Context
from migralint.finding import ERROR, INFO, WARNING, Finding, Plan, Severity, Step
from migralint.ops import Begin, Commit, CreateIndex, DropIndex, Op, Rollback
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._advice import way_out
from migralint.rules._around import earlier, following, later
from migralint.rules._gone import needs_this
from migralint.rules._hazards import FRESH_ENUM_VALUE, POSTGRESQL, fails
from migralint.session import WRAPPED


@rule("MIG401", on=Op, dialects=POSTGRESQL, severity=ERROR, when="autocommit")
def concurrently_in_transaction(op: Op, ctx: Context) -> Iterator[Finding]:
    """CONCURRENTLY, VACUUM and their like refuse to run inside a transaction."""
    command = ctx.effects(op).needs_autocommit
    if command is None or not ctx.transaction.open or fails(op, ctx):
        return
    certain = ctx.transaction.certainty == "certain"
    reason = ctx.transaction.reason
    yield ctx.finding(
        op,
        (
            f"{command} cannot run inside a transaction, and {reason}: this fails."
            if certain
            else (
                f"{command} cannot run inside a transaction: this fails if the runner wraps it"
                f" ({reason})."
            )
        ),
        help=way_out(ctx, command, after=isinstance(op, CreateIndex) and needs_this(op, ctx)),
        severity=ERROR if certain else WARNING,
        plan=Plan(
            "Move it to a migration of its own",
            (Step((op,), in_transaction=False, new_migration=True),),
        ),
    )


@rule("MIG402", on=(Begin, Commit, Rollback), dialects=POSTGRESQL, severity=WARNING)
def transaction_nested(op: Begin | Commit | Rollback, ctx: Context) -> Iterator[Finding]:
    """BEGIN inside a transaction does nothing, and COMMIT or ROLLBACK ends the one that the runner
    opened."""
    session = ctx.transaction
    if not session.open:
        return
    word = type(op).__name__.upper()
    if session.explicit:
        if isinstance(op, Begin):
            yield ctx.finding(
                op,
                "The file's own BEGIN has opened a transaction already, so this one does nothing,"
                " and the first COMMIT ends all.",
                help="Remove it, or COMMIT first; for a part that may fail, use SAVEPOINT.",
            )
        return
    wrapping = ctx.statement.transaction or ctx.script.transaction
    if wrapping.scope not in WRAPPED or session.certainty != "certain":
        return
    if isinstance(op, Begin):
        message = (
            f"{session.reason}, so BEGIN does nothing; the COMMIT that belongs to it ends the"
            " runner's transaction, and what follows is no longer undone with it."
        )
        help = "Remove BEGIN and COMMIT."
    else:
        message = (
            f"{session.reason}: {word} ends that, so what follows runs without one and is not"
            " undone if it fails."
        )
        help = f"Remove {word}, or move what follows to a migration of its own."
    yield ctx.finding(op, message, help=help, severity=_severity(ctx))


def _severity(ctx: Context) -> Severity:
    """A COMMIT that lets CONCURRENTLY run is meant."""
    meant = any(getattr(op, "concurrently", False) for each in following(ctx) for op in each.ops)
    return INFO if meant else WARNING


@rule("MIG403", on=Begin, dialects=POSTGRESQL, severity=ERROR)
def transaction_unclosed(op: Begin, ctx: Context) -> Iterator[Finding]:
    """A BEGIN without COMMIT undoes all that follows it, without an error, when the connection
    closes."""
    wrapping = ctx.statement.transaction or ctx.script.transaction
    if ctx.transaction.explicit or any(later(ctx, Commit, Rollback)):
        return
    if wrapping.scope in WRAPPED and wrapping.certainty == "certain":
        return  # The runner's COMMIT ends it.
    yield ctx.finding(
        op,
        "No COMMIT follows this BEGIN: all that comes after it is undone when the connection"
        " closes, and nothing says so.",
        help="Write `COMMIT;` at the end of the file.",
    )


@rule("MIG404", on=CreateIndex, dialects=POSTGRESQL, severity=INFO)
def invalid_index_kept(op: CreateIndex, ctx: Context) -> Iterator[Finding]:
    """CREATE INDEX CONCURRENTLY IF NOT EXISTS takes an index that a failed run has left invalid for
    a good one."""
    if not (op.concurrently and op.if_not_exists) or fails(op, ctx) or not ctx.is_live(op.table):
        return
    assert op.name is not None
    name = op.name
    if any(
        each.index.name == name for each in earlier(ctx, DropIndex) if each.if_exists
    ) or ctx.schema.index(replace(op.table, name=name)):
        return
    yield ctx.finding(
        op,
        f"If building {quoted(name)} fails halfway, an invalid index stays, which writes may keep"
        " up to date and no query uses; run again, IF NOT EXISTS keeps it.",
        help=(
            f"Write `DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)};` before it, and no IF NOT"
            " EXISTS."
        ),
        plan=Plan(
            "Drop what a failed run left, then build",
            (
                Step(
                    (
                        DropIndex(
                            index=replace(op.table, name=name), if_exists=True, concurrently=True
                        ),
                    ),
                    in_transaction=False,
                ),
                Step((replace(op, if_not_exists=False),), in_transaction=False),
            ),
        ),
    )


@rule("MIG405", on=Op, dialects=POSTGRESQL, severity=ERROR, when="fails")
def enum_value_in_transaction(op: Op, ctx: Context) -> Iterator[Finding]:
    """An enum value cannot be used in the transaction that adds it."""
    failure = ctx.effects(op).fails
    if failure is None or failure.sqlstate != FRESH_ENUM_VALUE or op.conditional:
        return
    certain = ctx.transaction.certainty == "certain"
    yield ctx.finding(
        op,
        f"This fails{'' if certain else ' if the runner wraps it'}: {failure.reason}"
        f" ({ctx.transaction.reason}).",
        help=(
            "Add the value in a migration before this one; from PostgreSQL 17 on it may also be"
            " used at once if the type itself is created in the same transaction."
        ),
        severity=ERROR if certain else WARNING,
        confidence="certain",
    )
