"""node-pg-migrate: JavaScript, TypeScript and SQL in the order of their names, read without being
run.

All pending migrations run in one transaction, unless a script of the project asks for one each
(`--no-single-transaction`); one that calls `pgm.noTransaction()` leaves it (9.0, `src/runner.ts`,
`src/migration.ts`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime, timezone

from migralint.languages.values import Value
from migralint.migration import Migration, Project, Root, Script, Transaction
from migralint.ops import Other
from migralint.source import Source
from migralint.tools import kept
from migralint.tools.files import (
    Memory,
    Parse,
    above,
    load,
    migration,
    numbers,
    script,
    text_of,
    wrapped,
)
from migralint.tools.javascript import reading
from migralint.tools.javascript.modules import Modules
from migralint.tools.node_pg_migrate.values import REFUSED, Style

_RUN = "node-pg-migrate runs all pending migrations in one transaction"
_FILE = Transaction("file", "certain", "node-pg-migrate is called with --no-single-transaction")
_OWN = Transaction(
    "statement", "certain", "pgm.noTransaction() leaves node-pg-migrate's transaction"
)
_KINDS = (".sql", ".js", ".ts", ".cjs", ".mjs", ".cts", ".mts")
_NUMBER = re.compile(r"\d*")
_UTC = 17
"""So many digits are a date, and are compared as the milliseconds that it stands for."""
_EMPTY = re.compile(r"shorthands\s*(?::[^=]*)?=\s*undefined")
_UP, _DOWN = (
    re.compile(rf"^\s*--[\s-]*{word}\s+migration", re.IGNORECASE | re.MULTILINE)
    for word in ("up", "down")
)
_WANTED = re.compile(r'"node-pg-migrate"\s*:\s*"[^"\d]*(\d+)')
_NOT_SINGLE = re.compile(r"--no-single-transaction\b|--single-transaction[= ]false\b")
_DECAMELIZE = re.compile(r"--decamelize(?![= ]false)\b")


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    problems: list[reading.Problem] = []
    transaction = wrapped(root, _transaction(root))
    own = wrapped(root, _OWN)
    guarded: list[str] = []
    found: dict[str, Migration] = {}
    names = sorted((name for name in root.files if name.endswith(_KINDS)), key=_order)
    for style, several in _styles(root, names):
        reader = _reader(style)
        each_read = reading.files(root, several, reader, parse, memory, problems, repr(style))
        for file in each_read:
            if file.facts.id is None and not file.facts.broken and not file.base[0].isdigit():
                continue  # Somebody else's, which --ignore-pattern may leave out.
            wrapping = own if file.facts.wraps is False else transaction
            found[file.name] = reading.migration(root, file, _stem(file.name), wrapping)
            if file.facts.guarded:
                guarded.append(file.source.path)
    for name in names:
        if name.endswith(".sql") and not name.endswith(".down.sql"):
            each = _of_sql(root, name, parse, transaction, problems)
            if each is not None:
                found[name] = each
    ordered = [found[name] for name in names if name in found]
    problems += [problem for each in ordered for problem in _refused(each)]
    return reading.project(root, ordered, problems, guarded=guarded)


def _refused(migration: Migration) -> Iterator[reading.Problem]:
    """The calls that node-pg-migrate stops at."""
    for each in migration.scripts:
        for statement in each.statements:
            for op in statement.ops:
                if isinstance(op, Other) and op.what.startswith(REFUSED):
                    what = op.what.removeprefix(REFUSED)
                    message = f"node-pg-migrate refuses {what}, and stops there."
                    path, place = each.source.path, statement.span
                    yield reading.Problem("migration-refused", message, path, place, each.source)


def _reader(style: Style) -> reading.Reader:
    def read_one(source: Source, parse: Parse, modules: Modules) -> kept.Read:
        from migralint.tools.node_pg_migrate.ways import read_file

        return read_file(source, parse, modules, style)

    return read_one


def _transaction(root: Root) -> Transaction:
    if any(_NOT_SINGLE.search(line) for line in root.calls):
        return _FILE
    return Transaction("run", "default", _RUN)


def _styles(root: Root, names: list[str]) -> list[tuple[Style, list[str]]]:
    """The files that are code, in turn, with what types are called by then: a migration's own
    shorthands hold for it and for all that come after it (`src/runner.ts`)."""
    decamelize = any(_DECAMELIZE.search(line) for line in root.calls)
    major = _major(root)
    known: dict[str, Value] = {}
    found: list[tuple[Style, list[str]]] = [(Style(decamelize, {}, major), [])]
    for name in names:
        if name.endswith(".sql"):
            continue
        text = text_of(os.path.join(root.path, *name.split("/")))
        if "shorthands" in _EMPTY.sub("", text):
            from migralint.tools.node_pg_migrate.ways import shorthands

            more = shorthands(Source(name, text))
            if more:
                known = {**known, **more}
                found.append((Style(decamelize, known, major), []))
        found[-1][1].append(name)
    return found


def _major(root: Root) -> int:
    """The version that the project depends on; the last one where that is not said."""
    for path in above(root.path, "package.json"):
        wanted = _WANTED.search(text_of(path))
        if wanted is not None:
            return int(wanted[1])
    return Style().major


def _order(name: str) -> tuple[float, tuple[int | str, ...], str]:
    """By the number that a name begins with, then as people sort (`src/utils/comparators.ts`)."""
    base = name.rpartition("/")[2]
    digits = _NUMBER.match(base)
    written = digits.group() if digits is not None else ""
    value = float(written) if written else float("inf")
    if len(written) == _UTC:
        try:
            moment = datetime.strptime(written + "000", "%Y%m%d%H%M%S%f")
            value = moment.replace(tzinfo=timezone.utc).timestamp() * 1000
        except ValueError:
            pass
    return value, numbers(base.lower()), base


def _stem(name: str) -> str:
    """What a migration is called in the table of those that ran."""
    return os.path.splitext(name.rpartition("/")[2])[0]


def _of_sql(
    root: Root,
    name: str,
    parse: Parse,
    transaction: Transaction,
    problems: list[reading.Problem],
) -> Migration | None:
    """A file of SQL: what stands under `-- Up Migration` and `-- Down Migration`, all of it where
    there is no such comment (`src/sqlMigration.ts`); or a pair, .up.sql and .down.sql."""
    source = load(root, name, problems)
    if source is None:
        return None
    other = name.removesuffix(".up.sql") + ".down.sql"
    if name.endswith(".up.sql"):
        back = load(root, other, problems) if other in root.files else None
        down = None if back is None else script(back, "down", parse, transaction)
        id = _stem(name).removesuffix(".up")
        return migration(root, id, script(source, "up", parse, transaction), down, name, other)
    up_at, down_at = (each.search(source.text) for each in (_UP, _DOWN))
    start = 0 if up_at is None else up_at.start()
    end = None if down_at is None or down_at.start() < start else down_at.start()
    if up_at is None:
        end = None
    forward = script(source, "up", parse, transaction, start, end, comments_from=0)
    backward: Script | None = None
    if down_at is not None:
        end = None if start <= down_at.start() else start
        backward = script(source, "down", parse, transaction, down_at.start(), end)
    return migration(root, _stem(name), forward, backward, name)
