"""What the engine says: findings, and the plans and fixes that go with them. Everything to its
right knows only this."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from migralint.locks import Effects
from migralint.migration import Direction, Root
from migralint.ops import Op
from migralint.source import Edit, Source, Span

Severity = Literal["error", "warning", "info"]
Confidence = Literal["certain", "assumed"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
"""From least to most."""

ERROR: Severity = "error"
WARNING: Severity = "warning"
INFO: Severity = "info"


class Step(Struct, frozen=True):
    """One step of a plan: operations that run together."""

    ops: tuple[Op, ...]
    note: str = ""
    in_transaction: bool = True
    new_migration: bool = False
    deploy_before: bool = False
    """The application has to be deployed between the step before and this one."""


class Plan(Struct, frozen=True):
    """What to do instead."""

    title: str
    steps: tuple[Step, ...]
    whole: bool = True
    """Nothing is left for people to decide or to write: the steps can be written for them."""


class Fix(Struct, frozen=True):
    """Edits of the file that the finding is in, which do not overlap, in order of place; and whole
    texts of other files (path as shown to people, text), most of them new. `safe`: what the
    migration does, in which transaction and in how many deploys, stays as it is."""

    title: str
    edits: tuple[Edit, ...] = ()
    new_files: tuple[tuple[str, str], ...] = ()
    safe: bool = True


class Related(Struct, frozen=True):
    """Another place that explains a finding."""

    message: str
    path: str
    span: Span
    source: Source


class Suppression(Struct, frozen=True):
    """Why a finding is not counted: a comment in the source, or the configuration."""

    kind: Literal["inSource", "external"]
    reason: str = ""


class Finding(Struct, frozen=True):
    """One cause, one finding. Line and column come from `source.position`."""

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    span: Span
    source: Source
    help: str = ""
    confidence: Confidence = "certain"
    migration: str = ""
    statement: str = ""
    statement_span: Span | None = None
    relations: tuple[str, ...] = ()
    lock: str | None = None
    effects: Effects | None = None
    related: tuple[Related, ...] = ()
    op: Op | None = None
    """The operation that it is about, where it is about one."""
    plan: Plan | None = None
    fix: Fix | None = None
    """How the plan is written into the files; only there where it was asked for."""
    suppressed: Suppression | None = None
    fingerprint: str = ""
    subject: str = ""
    """What it is about, for people, where it is about one of a statement's operations."""


class Uncovered(Struct, frozen=True):
    """A file, or a line of one, that was not analysed."""

    path: str
    line: int
    reason: str


class Coverage(Struct, frozen=True):
    """What was read, of the paths asked for: `analysed` counts statements that are neither Unknown
    nor RunCode."""

    files: int = 0
    migrations: int = 0
    statements: int = 0
    analysed: int = 0
    not_analysed: tuple[Uncovered, ...] = ()
    narrow: bool = False
    """Of the histories' files, only some were asked for."""
    narrowed: str = ""
    """What is said where there was nothing to read, since only some of it was asked for."""
    judged: frozenset[str] = frozenset()
    replayed: frozenset[str] = frozenset()
    """The files of the migrations that were looked at, and of those that were not."""


class Crash(Struct, frozen=True):
    """A rule that raised: the rule, the file, the exception in one line, and where."""

    rule: str
    path: str
    error: str
    line: int = 1


class StatementEffects(Struct, frozen=True):
    """What one statement does, judged by nobody: an entry of `migralint locks`."""

    path: str
    line: int
    column: int
    migration: str
    direction: Direction
    text: str
    operations: tuple[str, ...]
    """Names of the operations' classes, in order."""
    in_transaction: bool
    effects: Effects | None
    """None where the statement could not be understood."""


class Change(Struct, frozen=True):
    """What became of one object of the schema."""

    verb: Literal["made", "dropped", "changed"]
    kind: str
    """table, column, index, type …"""
    name: str
    table: str = ""
    """The table that it is, or is part of; "" for what is neither."""


class MigrationEffects(Struct, frozen=True):
    """What one migration does: its statements one by one, and what the schema is afterwards."""

    root: str
    tool: str
    id: str
    path: str
    statements: tuple[StatementEffects, ...]
    changes: tuple[Change, ...]


class Report(Struct, frozen=True):
    """The outcome of a run. Findings are in the order of path and place."""

    findings: tuple[Finding, ...]
    coverage: Coverage
    notes: tuple[str, ...] = ()
    """What a reader should know of the run: the server version assumed …"""
    crashes: tuple[Crash, ...] = ()
    warnings: tuple[str, ...] = ()
    """What people have to know at once, whatever the format of the report."""
    stale: frozenset[str] = frozenset()
    """Entries of the baseline that nothing answers to, by their fingerprints."""
    migrations: tuple[MigrationEffects, ...] = ()
    """What each migration does, in order; only there where it was asked for."""
    histories: tuple[Root, ...] = ()
    """What was found of the paths asked for, and read."""


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One key for each finding that survives edits elsewhere in its file: no line number takes part
    in it.

    Two findings alike in rule, path, statement and relations are told apart by their order. What is
    about no statement goes by the text that it points at.
    """
    from hashlib import sha256

    seen: dict[str, int] = {}
    keys = []
    for finding in findings:
        span = finding.span
        text = finding.statement or finding.source.text[span.start : span.end]
        statement = " ".join(text.split())
        what = "\0".join((finding.code, finding.path, statement, *finding.relations))
        seen[what] = number = seen.get(what, 0) + 1
        key = sha256(f"{what}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        keys.append(finding.fingerprint or key)
    return keys
