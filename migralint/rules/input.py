"""Input: what could not be read or understood, and comments to migralint itself."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, INFO, WARNING, Finding
from migralint.ops import RunCode, Unknown
from migralint.registry import reported, rule


@rule("MIG001", on=Unknown, severity=ERROR)
def syntax_error(op: Unknown, ctx: Context) -> Iterator[Finding]:
    """The statement is not SQL that the server's own parser accepts."""
    if op.cause == "syntax":
        reason = op.reason[:1].upper() + op.reason[1:]
        yield ctx.finding(
            op,
            f"{reason.rstrip('.')}.",
            help=(
                "Write it as the server wants it; the statements around it are checked all the"
                " same."
            ),
            relations=op.tables,
        )


@rule("MIG002", on=(Unknown, RunCode), severity=INFO)
def not_understood(op: Unknown | RunCode, ctx: Context) -> Iterator[Finding]:
    """What the statement does to the database could not be worked out, so no rule has judged it."""
    if isinstance(op, Unknown) and op.cause == "syntax":
        return
    what = op.reason if isinstance(op, Unknown) else f"it runs {op.what or 'code'}"
    yield ctx.finding(
        op,
        f"No rule has judged this: {what.rstrip('.')}.",
        help="Look at it yourself: which tables it locks, and for how long.",
        severity=WARNING if isinstance(op, Unknown) and op.cause in _BROKEN else INFO,
        relations=op.tables if isinstance(op, Unknown) else (),
    )


_BROKEN = ("input", "too deep")
"""Causes that are a fault of the file, not of what it says."""

reported("MIG003", "unreadable-file", "A file of the history could not be read.", severity=ERROR)
reported(
    "MIG004", "empty-migration", "A migration holds no statement and does nothing.", severity=INFO
)
reported(
    "MIG006",
    "unknown-ignore",
    "An ignore comment names no rule that there is, so it suppresses nothing.",
    severity=WARNING,
)
reported(
    "MIG007",
    "unused-ignore",
    "An ignore comment suppresses nothing, because what it speaks of is not found.",
    severity=WARNING,
)
reported(
    "MIG009",
    "unexplained-ignore",
    "An ignore comment gives no reason, so it suppresses nothing where reasons are required.",
    severity=WARNING,
    default=False,
)
reported(
    "MIG008",
    "directive-ignored",
    "A comment is meant to direct the tool, and stands where the tool does not see it.",
    severity=ERROR,
    instead_of=("MIG401",),
)
