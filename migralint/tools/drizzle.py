"""Drizzle: the files that meta/_journal.json lists, in its order; since 1.0 a folder a migration,
without a journal.

All pending migrations run in one transaction, and there is no way out of it but a COMMIT in the
file.
"""

from __future__ import annotations

from typing import Any

import msgspec

from migralint.migration import Migration, Problem, Project, Root, Transaction
from migralint.source import Source
from migralint.tools.files import (
    Parse,
    empty,
    is_checked,
    load,
    script,
    shown,
    sql_files,
    units,
    wrapped,
)

_RUN = Transaction("run", "certain", "Drizzle runs all pending migrations in one transaction")
_JOURNAL = "meta/_journal.json"


def read(root: Root, parse: Parse) -> Project:
    transaction = wrapped(root, _RUN)
    problems: list[Problem] = []
    if _JOURNAL in root.files:
        files = _journaled(root, problems)
    else:
        files = [(name, f"{name}/migration.sql") for name in units(root, "migration.sql")]
    migrations: list[Migration] = []
    for id, name in files:
        source = load(root, name, problems)
        if source is None:
            continue
        up = script(source, "up", parse, transaction)
        problems += empty(up)
        migrations.append(Migration(id, up, checked=is_checked(root, name)))
    return Project(root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems))


def _journaled(root: Root, problems: list[Problem]) -> list[tuple[str, str]]:
    """The (tag, file) of each entry of the journal, and what is wrong with it."""
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
    files: list[tuple[str, str]] = []
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
        files.append((tag, name))
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
