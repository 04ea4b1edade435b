"""goose: <version>_<name>.sql with `-- +goose Up` and `-- +goose Down` sections; Go migrations
share the versions.

Its rules are those of internal/sqlparser/parser.go: each file runs in a transaction, statement by
statement, unless it says NO TRANSACTION; what stands between StatementBegin and StatementEnd is
sent as one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

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
)
from migralint.source import Source, Span
from migralint.tools.files import Parse, duplicates, empty, is_checked, load, script, shown, wrapped

_FILE = Transaction("file", "certain", "goose runs each file in a transaction")
_NONE = Transaction("none", "certain", "the file says -- +goose NO TRANSACTION")
_BATCH = Transaction(
    "implicit-batch",
    "certain",
    "goose sends what StatementBegin and StatementEnd enclose as one query",
)
_NAME = re.compile(r"(\d+)_.*\.(sql|go)\Z", re.DOTALL)
_WORDS = (
    "UP",
    "DOWN",
    "STATEMENTBEGIN",
    "STATEMENTEND",
    "NO TRANSACTION",
    "ENVSUB ON",
    "ENVSUB OFF",
)


class _Annotation(NamedTuple):
    word: str
    start: int
    end: int
    """Of its line, with the line's end."""


def read(root: Root, parse: Parse) -> Project:
    default = wrapped(root, _FILE)
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
        annotations = _annotations(source)
        transaction = (
            _NONE if any(each.word == "NO TRANSACTION" for each in annotations) else default
        )
        up, down = _sections(annotations, len(source.text))
        if up is None:
            message = "goose refuses this file: it has no `-- +goose Up` line."
            problems.append(Problem("empty-migration", message, source.path, source=source))
            up = Span(0, 0)
        forward = _script(source, "up", parse, transaction, up, annotations)
        if up != Span(0, 0):
            problems += empty(
                forward, "The Up section holds no statement: running this migration does nothing."
            )
        back = (
            _script(source, "down", parse, transaction, down, annotations)
            if down is not None
            else None
        )
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


def _annotations(source: Source) -> list[_Annotation]:
    text = source.text
    found: list[_Annotation] = []
    at = text.find("+goose")
    while at >= 0:
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at) + 1 or len(text)
        line = text[start:end]
        if line.startswith("--"):
            word = " ".join(line.replace("--", "").replace("+goose", "", 1).split()).upper()
            if word in _WORDS:
                found.append(_Annotation(word, start, end))
        at = text.find("+goose", end)
    return found


def _sections(annotations: list[_Annotation], length: int) -> tuple[Span | None, Span | None]:
    """The up and the down section."""
    up = next((each for each in annotations if each.word == "UP"), None)
    down = next((each for each in annotations if each.word == "DOWN"), None)
    if up is None:
        return None, None
    if down is None:
        return Span(up.end, length), None
    return Span(up.end, down.start), Span(down.end, length)


def _script(
    source: Source,
    direction: Direction,
    parse: Parse,
    transaction: Transaction,
    section: Span,
    annotations: list[_Annotation],
) -> Script:
    edges = [
        each
        for each in annotations
        if each.word.startswith("STATEMENT") and section.start <= each.start < section.end
    ]

    def pieces(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
        """Each enclosed part is parsed by itself: it need not end in a semicolon."""
        if not edges:
            return parse(text, start, end)
        statements: list[Statement] = []
        for number, edge in enumerate(edges):
            part = parse(text, start, edge.start)
            if edge.word == "STATEMENTEND" and len(part) > 1 and transaction.scope == "none":
                part = tuple(replace(each, transaction=_BATCH, batch=number) for each in part)
            statements += part
            start = edge.end
        statements += parse(text, start, end)
        return tuple(statements)

    return script(
        source,
        direction,
        pieces,
        transaction,
        section.start,
        section.end,
        marks=("+goose",),
        comments_from=0 if direction == "up" else section.start,
    )
