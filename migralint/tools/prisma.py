"""Prisma Migrate: a folder a migration, each with migration.sql, run in the order of their names.

How a file reaches PostgreSQL depends on the version: up to 7.3 as one query, from 7.4 on statement
by statement, unless Prisma's own SQL parser does not understand the file.
"""

from __future__ import annotations

import json
import os
import re

from msgspec.structs import replace

from migralint.migration import Migration, Problem, Project, Root, Script, Transaction
from migralint.tools.files import (
    Parse,
    above,
    empty,
    is_checked,
    load,
    script,
    shown,
    text_of,
    units,
    wrapped,
)

_BATCH = (
    "sends the whole file as one query, which PostgreSQL runs as one transaction if it holds "
    "several statements"
)
_SPLIT = Transaction(
    "statement",
    "certain",
    "Prisma from 7.4 on sends each statement by itself, without a transaction",
)
_MAYBE = Transaction(
    "statement",
    "unknown",
    "Prisma from 7.4 on sends each statement by itself, but the whole file as one query if its "
    "parser does not understand it",
)
_FALLBACK = Transaction(
    "implicit-batch",
    "default",
    "Prisma sends a file as one query where its parser does not understand a statement, such as "
    "DROP INDEX CONCURRENTLY, DO or LOCK TABLE",
)
_REFUSED = ("drop index concurrently", "do ", "do$", "lock ")
"""What sqlparser 0.61, which splits the file, does not parse."""
_EXOTIC = (
    "create function",
    "create or replace",
    "create trigger",
    "create policy",
    "alter policy",
    "vacuum",
    "reindex",
)
_VERSION = re.compile(r"(\d+)(?:\.(\d+|x))?")
_LOCKED = re.compile(
    r"""(?:^[ ]*/?prisma@                                # pnpm-lock.yaml
    | "node_modules/prisma":\s*\{\s*"version":\s*"       # package-lock.json
    | ^"?prisma@[^\n]*:\n\s+version:?\s"?                # yarn.lock
    | "prisma":\s*\["prisma@                             # bun.lock
    )(\d+)\.(\d+)""",
    re.MULTILINE | re.VERBOSE,
)


def read(root: Root, parse: Parse) -> Project:
    problems: list[Problem] = []
    transaction, splits = _transaction(root)
    migrations: list[Migration] = []
    names = units(root, "migration.sql")
    for name in names:
        file = f"{name}/migration.sql"
        source = load(root, file, problems)
        if source is None:
            continue
        up = script(source, "up", parse, transaction)
        if splits and up.transaction is transaction:
            up = _understood(up)
        problems += empty(up)
        down = None
        if f"{name}/down.sql" in root.files:
            source = load(root, f"{name}/down.sql", problems)
            down = script(source, "down", parse, transaction) if source is not None else None
        migrations.append(Migration(name, up, down, checked=is_checked(root, file)))
    others = _others(root, frozenset(names), problems)
    return Project(root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems), others)


def _others(
    root: Root, known: frozenset[str], problems: list[Problem]
) -> tuple[tuple[str, str], ...]:
    """What stands between the migrations and is none: folders with nothing to run, and with
    code."""
    code = 0
    try:
        entries = sorted(
            entry.name for entry in os.scandir(root.path) if entry.is_dir(follow_symlinks=False)
        )
    except OSError:
        return ()
    for name in entries:
        if name in known or not name[0].isdigit():
            continue
        try:
            inside = os.listdir(os.path.join(root.path, name))
        except OSError:
            inside = []
        if any(file.endswith((".ts", ".js", ".mjs", ".cjs")) for file in inside):
            code += 1
        elif "migration.sql" not in inside:
            message = "This folder has no migration.sql: Prisma refuses to run the migrations."
            problems.append(Problem("missing-migration", message, shown(root, name)))
    if not code:
        return ()
    return (
        (root.shown, f"{code} data migration{'s' if code > 1 else ''} in TypeScript or JavaScript"),
    )


def _understood(up: Script) -> Script:
    """What becomes of a file from 7.4 on, by what Prisma's parser understands of it."""
    scope = _SPLIT
    for statement in up.statements:
        words = " ".join(statement.text[:200].lower().split())
        if words.startswith(_REFUSED) or " primary key using index " in words:
            return replace(up, transaction=_FALLBACK)
        if words.startswith(_EXOTIC):
            scope = _MAYBE
    return replace(up, transaction=scope)


def _transaction(root: Root) -> tuple[Transaction, bool]:
    """How this project's version of Prisma runs a file, and whether it splits it."""
    if root.transaction is not None:
        return wrapped(root, _SPLIT), False
    version = _version(root.path)
    if version is None:
        return Transaction("implicit-batch", "default", f"Prisma before 7.4 {_BATCH}"), False
    if version >= (7, 4):
        return _SPLIT, True
    return Transaction(
        "implicit-batch", "certain", f"Prisma {version[0]}.{version[1]} {_BATCH}"
    ), False


def _version(folder: str) -> tuple[int, int] | None:
    """Prisma's version, as package.json says it, or a lock file where that leaves it open."""
    for path in above(folder, "package.json"):
        said = _dependency(text_of(path))
        if said is None:
            continue
        found = _VERSION.search(said)
        if found is not None:
            version = (
                int(found.group(1)),
                int(found.group(2)) if (found.group(2) or "x").isdigit() else 0,
            )
            fixed = said[0].isdigit() or said[0] == "~"
            if version[0] < 7 or version >= (7, 4) or fixed:
                return version
        return _locked(os.path.dirname(path))
    return None


def _dependency(text: str) -> str | None:
    try:
        package = json.loads(text)
    except ValueError:
        return None
    for key in ("dependencies", "devDependencies", "peerDependencies"):
        table = package.get(key) if isinstance(package, dict) else None
        if isinstance(table, dict):
            for name in ("prisma", "@prisma/client"):
                if isinstance(table.get(name), str) and table[name]:
                    return str(table[name])
    return None


def _locked(folder: str) -> tuple[int, int] | None:
    for path in above(folder, "pnpm-lock.yaml", "package-lock.json", "yarn.lock", "bun.lock"):
        found = _LOCKED.search(text_of(path))
        if found is not None:
            return int(found.group(1)), int(found.group(2))
    return None
