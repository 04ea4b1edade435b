"""What a reader hands over: projects of migrations of statements of operations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import astuple

from migralint.ops import Name, Op
from migralint.source import Embedded, Source, Span

Scope = Literal["none", "statement", "implicit-batch", "file", "run"]
Certainty = Literal["certain", "default", "unknown"]
Direction = Literal["up", "down"]
Kind = Literal["versioned", "repeatable", "baseline", "callback"]


class Transaction(Struct, frozen=True):
    """How a runner wraps a script, before any BEGIN or COMMIT of the script's own.

    none, statement: each statement commits by itself. implicit-batch: one simple query, so a script
    of several statements is one transaction and a script of one is none (PostgreSQL manual,
    55.2.2.1 Multiple Statements in a Simple Query). file: one transaction a script. run: one over
    all pending files.
    """

    scope: Scope
    certainty: Certainty = "certain"
    reason: str = ""
    """Who wraps, for people: "Flyway runs each file in a transaction"."""
    beside: bool = False
    """On another connection than that of the transaction which is open."""


class Statement(Struct, frozen=True):
    """One statement: `span` in the source, `text` as written there, without leading comments and
    terminator."""

    span: Span
    text: str
    ops: tuple[Op, ...]
    embedded: Embedded | None = None
    """Where the statement stands inside a string of another language: spans of ops are then its
    characters."""
    transaction: Transaction | None = None
    """Where it differs from its script's."""
    batch: int = -1
    """Statements with the same number (not -1) reach the server as one simple query; else the
    script's own rule holds."""
    block: bool = False
    """A DO block: its ops are its body's."""
    partial: bool = False
    """A variable or template stands for a name in it, which is not known."""
    within: Span | None = None
    """The operation that calls the function which this is a line of."""


def holds(ops: Iterable[Op], names: Iterable[str]) -> bool:
    """Whether one of these words is part of a name that an operation is about."""
    words = [name.lower() for name in names]
    return any(
        word in value.name.lower()
        for op in ops
        for value in astuple(op)
        if isinstance(value, Name)
        for word in words
    )


class Comment(Struct, frozen=True):
    """A comment of the source, with its marks."""

    span: Span
    text: str


class Script(Struct, frozen=True):
    """One direction of a migration. `comments` are those that speak to migralint or to a tool."""

    source: Source
    direction: Direction
    statements: tuple[Statement, ...]
    transaction: Transaction
    comments: tuple[Comment, ...] = ()
    before: tuple[Op, ...] = ()
    """What the runner sets on its connection before the first statement: timeouts."""
    problems: tuple[Problem, ...] = ()
    at: Span = Span(0, 0)
    """Where it begins, in a file that holds both directions."""


class Problem(Struct, frozen=True):
    """Something wrong with a file as a file, found by a reader; the rule of that name words it."""

    rule: str
    """The kebab name of the rule that reports it."""
    message: str
    path: str
    span: Span = Span(0, 0)
    source: Source | None = None
    help: str = ""


class Migration(Struct, frozen=True):
    """One step of a history. `id` is the tool's own: Flyway's version, the folder's name, the
    revision."""

    id: str
    up: Script
    down: Script | None = None
    parents: tuple[str, ...] = ()
    kind: Kind = "versioned"
    """A baseline runs on new databases only: it stands for others that the old ones have had."""
    checked: bool = True
    """False: only replayed, for what others need to know."""
    new: bool = False
    """It is not merged yet, as far as anybody said: it runs together with the others that are
    not."""
    irreversible: tuple[Span, str] | None = None
    """What the tool refuses to go back over, and why."""
    written: int | None = None
    """When it was written, in milliseconds since 1970, where something beside the id says so."""

    @property
    def path(self) -> str:
        return self.up.source.path

    @property
    def scripts(self) -> tuple[Script, ...]:
        """Its ways up and down, as far as it has them."""
        return (self.up,) if self.down is None else (self.up, self.down)


class Project(Struct, frozen=True):
    """One history: all migrations of one root, in the order in which the tool runs them."""

    root: str
    tool: str
    dialect: str
    migrations: tuple[Migration, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    """(path, reason): what is here and is not read, each a line of the coverage."""
    has_down: bool = False
    """The tool has a place for the way back (a down file or section), so that its absence says
    something."""
    version: int | None = None
    """The server's major version, where the project says it."""
    named: bool = True
    """Constraints and indexes are called as the files say, or as the server does: no code of the
    project gives them names of its own."""


class Root(Struct, frozen=True):
    """A place where one tool keeps one history, as discovery found it; the tool's `read` makes a
    Project of it."""

    path: str
    """Absolute folder."""
    shown: str
    """The same as people see it: relative to the current folder where it is below it, with `/`."""
    tool: str
    dialect: str
    """postgresql, mysql, mariadb, sqlite; "" where nothing tells."""
    checked: frozenset[str] | None = None
    """Absolute paths of the files asked for; None: all. The others are replayed only."""
    apart: bool = False
    """Each of these is asked for by itself, so that what concerns several is said at each."""
    transaction: Scope | None = None
    """The configuration's word on how the runner wraps."""
    version: int | None = None
    """The server's major version, where the configuration or a marker file says it."""
    marker: str | None = None
    """Absolute path of the file that gave the tool away (flyway.conf, atlas.sum, meta/_journal.json
    …)."""
    files: tuple[str, ...] = ()
    """All files of the place, relative to `path`, with `/`: those that a reader may read, and no
    others."""
    problems: tuple[Problem, ...] = ()
    """What discovery found wrong with the place itself."""
    within: str = ""
    """The current folder, relative to `path`, where it is somewhere below it."""
    settings: dict[str, str] = {}
    """What the tool's settings files say, in the keys of its reader."""
    start_after: tuple[str, ...] = ()
    """The migrations up to which all are only replayed, where the configuration names some for the
    place."""
    calls: tuple[str, ...] = ()
    """Lines of the project's scripts and pipelines that call the tool."""
