"""History: what the folder of migrations says of itself, and what each one may count on."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding
from migralint.ops import Op
from migralint.registry import reported, rule
from migralint.rules._advice import type_comes_first
from migralint.rules._hazards import EXISTING, MISSING, POSTGRESQL, hangs_on_version

reported(
    "MIG601",
    "duplicate-version",
    "Two migrations have the same version, of which the tool runs one or none.",
    severity=ERROR,
)
reported(
    "MIG602",
    "invalid-file-name",
    "The tool passes over a file whose name it does not understand.",
    severity=WARNING,
)
reported(
    "MIG603",
    "missing-migration",
    "The history names a migration that is not there.",
    severity=ERROR,
)
reported(
    "MIG604",
    "unlisted-migration",
    "The tool runs only what its list names, and this migration is not in it.",
    severity=ERROR,
)
reported(
    "MIG605",
    "journal-order",
    "The journal's times are out of order, so that databases which are further on never run the"
    " migration.",
    severity=ERROR,
)
reported(
    "MIG606",
    "checksum-mismatch",
    "A migration is not what its recorded checksum says, and the tool refuses to run it.",
    severity=ERROR,
)
reported(
    "MIG607",
    "mixed-tools",
    "Files of two migration tools stand in one folder, and each runs the other's or passes over"
    " them.",
    severity=WARNING,
)
reported(
    "MIG612",
    "several-heads",
    "Nothing comes after more than one revision, and the tool refuses to choose between them.",
    severity=ERROR,
)
reported(
    "MIG614",
    "model-of-today",
    "A migration uses a model as the code has it today, which is not the table that it finds.",
    severity=WARNING,
)
reported(
    "MIG613",
    "revision-cycle",
    "Revisions come after one another in a circle, so the tool finds no first one.",
    severity=ERROR,
)
reported(
    "MIG611",
    "migration-refused",
    "The tool refuses the file as it is written, or cuts a statement of it in two, which the server"
    " refuses.",
    severity=ERROR,
)


reported(
    "MIG615",
    "migration-edited",
    "A migration that is merged already was edited, renamed or deleted, which databases that ran it"
    " never see.",
    severity=ERROR,
)


@rule("MIG608", on=Op, dialects=POSTGRESQL, severity=ERROR, when="fails")
def object_missing(op: Op, ctx: Context) -> Iterator[Finding]:
    """The statement names something that no earlier migration has made, or that one has dropped."""
    failure = ctx.effects(op).fails
    if failure is None or failure.sqlstate not in MISSING or op.conditional:
        return
    guess = hangs_on_version(failure, ctx)
    yield ctx.finding(
        op,
        f"This fails: {failure.reason}.",
        help=type_comes_first(ctx, failure.reason)
        + "Check the name and the order of the migrations; what was made by hand belongs into the"
        " history, too.",
        severity=WARNING if guess else None,
        confidence="assumed" if guess else "certain",
    )


@rule("MIG609", on=Op, dialects=POSTGRESQL, severity=ERROR, when="fails")
def object_exists(op: Op, ctx: Context) -> Iterator[Finding]:
    """The statement makes something that an earlier migration has made already."""
    failure = ctx.effects(op).fails
    if failure is None or failure.sqlstate not in EXISTING or op.conditional:
        return
    yield ctx.finding(
        op,
        f"This fails: {failure.reason}.",
        help="Give it another name, or remove the statement: what it makes is there.",
        confidence="certain",
    )
