"""goose: <version>_<name>.sql with `-- +goose Up` and `-- +goose Down` sections; Go migrations
share the versions.

Its rules are those of internal/sqlparser/parser.go: each file runs in a transaction, statement by
statement, unless it says NO TRANSACTION; what stands between StatementBegin and StatementEnd is
sent as one.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from migralint.migration import (
    Direction,
    Migration,
    Problem,
    Project,
    Root,
    Script,
    Statement,
    Transaction,
    holds,
)
from migralint.ops import Unknown
from migralint.source import Source, Span
from migralint.tools import goose_file
from migralint.tools.atlas_project import applied
from migralint.tools.files import Parse, duplicates, empty, is_checked, load, script, shown, wrapped

_FILE = Transaction("file", "certain", "goose runs each file in a transaction")
_NONE = Transaction("none", "certain", "the file says -- +goose NO TRANSACTION")
_PART = Transaction(
    "implicit-batch",
    "certain",
    "goose sends what StatementBegin and StatementEnd enclose as one query",
)
_LINE = Transaction(
    "implicit-batch",
    "certain",
    "goose sends statements as one query where no line between them ends in a semicolon",
)
_DOLLARS = (
    "goose makes one dollar of two here, since ENVSUB is on: the server gets a body that nothing "
    "opens"
)
_DYNAMIC = "it does not parse without the values of its variables"
_NAME = re.compile(r"(\d+)_.*\.(sql|go)\Z", re.DOTALL)


def read(root: Root, parse: Parse) -> Project:
    default = wrapped(root, applied(root) or _FILE)
    problems: list[Problem] = []
    files: list[tuple[int, str, str]] = []
    code = 0
    for name in root.files:
        match = _NAME.match(name)
        if match is not None and not name.endswith("_test.go"):
            files.append((int(match.group(1)), match.group(1), name))
            code += match.group(2) == "go"
        elif name.endswith(".sql") and name[0].isdigit():
            message = (
                "goose does not run this file: an underscore has to follow the version, as in "
                "00007_users.sql."
            )
            problems.append(Problem("invalid-file-name", message, shown(root, name)))
    files.sort()
    problems += duplicates(root, files, "goose")
    migrations: list[Migration] = []
    for _, version, name in files:
        if name.endswith(".go"):
            continue
        source = load(root, name, problems)
        if source is None:
            continue
        reading = _File(source, parse, default)
        if reading.refusal is not None:
            why, span = reading.refusal
            message = f"goose refuses this file: {why}."
            problems.append(Problem("migration-refused", message, source.path, span, source))
        up, down = goose_file.sections(reading.annotations, len(source.text))
        forward = reading.script("up", up or Span(0, 0))
        if reading.refusal is None:
            problems += empty(
                forward, "The Up section holds no statement: running this migration does nothing."
            )
        back = reading.script("down", down) if down is not None else None
        problems += reading.problems
        migrations.append(Migration(version, forward, back, checked=is_checked(root, name)))
    unread: tuple[tuple[str, str], ...] = ()
    if code:
        unread = (
            (
                root.shown,
                "a Go migration is not analysed"
                if code == 1
                else f"{code} Go migrations are not analysed",
            ),
        )
    has_down = any(migration.down is not None for migration in migrations)
    return Project(
        root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems), unread, has_down
    )


class _File:
    """One file on its way to scripts; `problems` are those of its statements."""

    def __init__(self, source: Source, parse: Parse, default: Transaction) -> None:
        self.source = source
        self.parse = parse
        text = source.text
        self.annotations = goose_file.annotated(text)
        words = {each.word for each in self.annotations}
        self.transaction = _NONE if "NO TRANSACTION" in words else default
        self.refusal = goose_file.refused(text, self.annotations)
        if "UP" not in words and self.refusal is None:
            self.refusal = goose_file.Refusal("it has no `-- +goose Up` line", Span(0, 0))
        self.problems: list[Problem] = []
        self.parsed = text
        """The text with names in the places of variables."""
        self.names: list[str] = []
        if "ENVSUB ON" in words:
            parts = goose_file.substituted(text, self.annotations)
            self.parsed, self.names, dollars = goose_file.harmless(text, parts)
            if dollars >= 0:
                self._fails(goose_file.Refusal(_DOLLARS, Span(dollars, dollars + 2)))

    def _fails(self, refusal: goose_file.Refusal) -> None:
        message = f"{refusal.why}."
        self.problems.append(
            Problem("migration-refused", message, self.source.path, refusal.span, self.source)
        )

    def script(self, direction: Direction, section: Span) -> Script:
        edges = [
            each
            for each in self.annotations
            if each.word.startswith("STATEMENT") and section.start <= each.start < section.end
        ]

        def pieces(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
            """Each enclosed part is parsed by itself: it need not end in a semicolon."""
            statements: list[Statement] = []
            for edge in edges:
                enclosed = edge.word == "STATEMENTEND"
                statements += self._sent(start, edge.start, enclosed, len(statements))
                start = edge.end
            last = section.end if end is None else end
            rest = self._sent(start, last, False, len(statements))
            if self.refusal is None:
                begin = text.rfind("\n", 0, rest[-1].span.start) + 1 if rest else start
                unfinished = goose_file.unfinished(text, max(begin, start), last)
                if unfinished is not None:
                    why = f"goose refuses this file: {unfinished.why}"
                    self._fails(goose_file.Refusal(why, unfinished.span))
            return (*statements, *rest)

        return script(
            self.source,
            direction,
            pieces,
            self.transaction,
            section.start,
            section.end,
            marks=("+goose",),
            comments_from=0 if direction == "up" else section.start,
        )

    def _sent(self, start: int, end: int, enclosed: bool, number: int) -> list[Statement]:
        """The statements of a piece; without a transaction, those that are one query are one
        batch, numbered from `number` on."""
        text = self.source.text
        found = list(self.parse(self.parsed, start, end))
        if self.parsed is not text:
            found = [self._as_written(each) for each in found]
        if not enclosed and self.refusal is None:
            halves = goose_file.cut(text, found)
            if halves is not None:
                self._fails(halves)
        if self.transaction.scope != "none":
            return found
        statements: list[Statement] = []
        for group in [found] if enclosed else goose_file.together(text, found):
            if len(group) > 1:
                sent = _PART if enclosed else _LINE
                group = [replace(each, transaction=sent, batch=number) for each in group]
                number += 1
            statements += group
        return statements

    def _as_written(self, statement: Statement) -> Statement:
        """A statement with its variables; one that does not parse without them is no mistake."""
        written = self.source.text[statement.span.start : statement.span.end]
        if written == statement.text:
            return statement
        ops = tuple(
            replace(op, cause="dynamic", reason=_DYNAMIC)
            if isinstance(op, Unknown) and op.cause == "syntax"
            else op
            for op in statement.ops
        )
        return replace(statement, text=written, ops=ops, partial=holds(ops, self.names))
