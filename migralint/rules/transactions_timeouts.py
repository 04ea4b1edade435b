"""Timeouts that strike where they must not, or never."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding, Plan, Step
from migralint.ops import CreateIndex, DetachPartition, DropIndex, Op, Reindex, SetTimeout
from migralint.registry import reported, rule
from migralint.rules._advice import run_again
from migralint.rules._around import following
from migralint.rules._hazards import POSTGRESQL, fails

_SECOND = 1000
LONGEST = 30 * _SECOND
"""How long people can be kept waiting behind a lock that is waited for."""
_LEAVES = {
    CreateIndex: "leaves an invalid index, which every write keeps up to date and no query uses",
    Reindex: "leaves a second, invalid index, which writes keep up to date and no query uses",
    DropIndex: "leaves the index invalid, kept up to date and used by no query",
    DetachPartition: "leaves the partition half detached, until somebody writes FINALIZE",
}
"""What remains of each command when it is cancelled."""


@rule(
    "MIG406",
    on=tuple(_LEAVES),
    dialects=POSTGRESQL,
    severity=WARNING,
    when="autocommit",
)
def timeout_under_concurrently(op: Op, ctx: Context) -> Iterator[Finding]:
    """CONCURRENTLY waits for old transactions and takes its time, and a timeout that strikes
    meanwhile leaves half of the work."""
    if fails(op, ctx) or ctx.transaction.open:
        return
    names = [
        name for name in ("statement_timeout", "lock_timeout") if ctx.transaction.timeout(name)
    ]
    if not names:
        return
    shown = " and ".join(
        f"{name} of {_length(ctx.transaction.timeout(name) or 0)}" for name in names
    )
    sets = " ".join(f"SET {name} = 0;" for name in names)
    yield ctx.finding(
        op,
        f"This runs under a {shown}: if it strikes, this {_LEAVES[type(op)]}.",
        help=f"Write `{sets}` before it: it keeps nobody waiting while it waits.",
        plan=Plan(
            "Let it wait",
            (Step((*(SetTimeout(name=name, milliseconds=0) for name in names), op)),),
        ),
    )


def _length(milliseconds: int) -> str:
    if milliseconds % (60 * _SECOND) == 0:
        return f"{milliseconds // (60 * _SECOND)} min"
    return f"{milliseconds / _SECOND:g} s"


@rule("MIG407", on=SetTimeout, dialects=POSTGRESQL, severity=INFO, default=False)
def lock_timeout_too_long(op: SetTimeout, ctx: Context) -> Iterator[Finding]:
    """A lock_timeout of 0, or of more than half a minute, lets everybody wait behind the
    migration."""
    if op.name != "lock_timeout" or op.milliseconds is None or op.role is not None:
        return
    if 0 < op.milliseconds <= LONGEST:
        return
    if any(getattr(each, "concurrently", False) for s in following(ctx) for each in s.ops):
        return
    what = "turns lock_timeout off" if op.milliseconds == 0 else _length(op.milliseconds)
    yield ctx.finding(
        op,
        (
            f"This {what}"
            if op.milliseconds == 0
            else f"A lock_timeout of {what} is longer than people wait"
        )
        + ": all queries that need the table stand behind the lock that is waited for.",
        help=f"Set it to some seconds, and {run_again(ctx)} if it strikes.",
    )


reported(
    "MIG408",
    "concurrently-behind-runner",
    "The tool holds its own lock in a transaction that CONCURRENTLY may wait for without end.",
    severity=WARNING,
)
