"""Drizzle: the files that meta/_journal.json lists, in its order; since 1.0 a folder a migration,
without a journal.

All pending migrations run in one transaction, and there is no way out of it but a COMMIT in the
file.
"""

from __future__ import annotations

from typing import Any

import msgspec

from migralint.migration import Migration, Problem, Project, Root, Statement, Transaction
from migralint.ops import Unknown
from migralint.source import Source
from migralint.tools.files import (
    Parse,
    above,
    empty,
    is_checked,
    load,
    script,
    shown,
    sql_files,
    text_of,
    units,
    wrapped,
)

_RUN = Transaction("run", "certain", "Drizzle runs all pending migrations in one transaction")
_OVER_HTTP = Transaction(
    "run",
    "default",
    "Drizzle runs all pending migrations in one transaction, unless its driver speaks HTTP",
)
_HTTP = ("@neondatabase/serverless", "pg-proxy")
"""Packages with a driver that has no transactions, among others."""
_BREAK = "--> statement-breakpoint"
_JOURNAL = "meta/_journal.json"


def read(root: Root, parse: Parse) -> Project:
    transaction = wrapped(root, _run(root))
    problems: list[Problem] = []
    if _JOURNAL in root.files:
        files = _journaled(root, problems)
    else:
        files = [(name, f"{name}/migration.sql", None) for name in units(root, "migration.sql")]
    migrations: list[Migration] = []
    for id, name, written in files:
        source = load(root, name, problems)
        if source is None:
            continue
        up = script(
            source, "up", _in_chunks(parse) if _BREAK in source.text else parse, transaction
        )
        problems += empty(up)
        checked = is_checked(root, name)
        migrations.append(Migration(id, up, checked=checked, written=written))
    return Project(root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems))


def _in_chunks(parse: Parse) -> Parse:
    """The parser of a file that is sent in pieces: at each breakpoint, whatever it stands in."""

    def pieces(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
        whole = parse(text, start, end)
        # The mark is a comment to SQL: it matters only where no semicolon stands before it.
        if not any(
            _BREAK in each.text or any(isinstance(op, Unknown) for op in each.ops) for each in whole
        ):
            return whole
        statements: list[Statement] = []
        stop = len(text) if end is None else end
        at = start
        while at <= stop:
            mark = text.find(_BREAK, at, stop)
            close = stop if mark < 0 else mark
            statements += parse(text, at, close)
            at = close + len(_BREAK)
        return tuple(statements)

    return pieces


def _run(root: Root) -> Transaction:
    """The transaction over all pending files, which drivers that speak HTTP do not have."""
    for path in above(root.path, "package.json"):
        text = text_of(path)
        if "drizzle" in text:
            return _OVER_HTTP if any(driver in text for driver in _HTTP) else _RUN
    return _RUN


def _journaled(root: Root, problems: list[Problem]) -> list[tuple[str, str, int | None]]:
    """The (tag, file, time in milliseconds since 1970) of each entry of the journal, and what is
    wrong with it."""
    journal = load(root, _JOURNAL, problems)
    if journal is None:
        return []
    try:
        document: Any = msgspec.json.decode(journal.text.encode())
        entries = [(str(entry["tag"]), int(entry["when"])) for entry in document["entries"]]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        message = (
            "This file is no Drizzle journal: the order of the migrations is not known, and none "
            "is read."
        )
        problems.append(Problem("unreadable-file", message, journal.path, source=journal))
        return []
    present = frozenset(root.files)
    files: list[tuple[str, str, int | None]] = []
    seen: set[str] = set()
    latest = (0, "")
    for tag, when in entries:
        name = f"{tag}.sql"
        if tag in seen:
            message = f"The journal lists {tag} twice."
            problems.append(_at(journal, "duplicate-version", message, tag))
            continue
        seen.add(tag)
        if name not in present:
            message = f"The journal lists {tag}, but there is no file {name}: Drizzle stops there."
            problems.append(_at(journal, "missing-migration", message, tag))
            continue
        if when <= latest[0]:
            message = (
                f"The journal dates this migration at or before {latest[1]}, which comes earlier "
                f"in it: "
                f"Drizzle passes it over, without a word, on a database that has {latest[1]} "
                f"already."
            )
            problems.append(Problem("journal-order", message, shown(root, name)))
        else:
            latest = (when, tag)
        files.append((tag, name, when))
    for name in sql_files(root):
        if name[:-4] not in seen:
            message = "The journal does not list this file: Drizzle never runs it."
            problems.append(Problem("unlisted-migration", message, shown(root, name)))
    return files


def _at(journal: Source, rule: str, message: str, tag: str) -> Problem:
    """A problem of the journal, at the last place where it names a migration."""
    from migralint.source import Span

    at = journal.text.rfind(f'"{tag}"')
    span = Span(at, at + len(tag) + 2) if at >= 0 else Span(0, 0)
    return Problem(rule, message, journal.path, span, journal)
