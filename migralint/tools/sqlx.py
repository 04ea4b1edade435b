"""sqlx: <version>_<description>.sql, or .up.sql and .down.sql; each file sent whole, in a
transaction unless its very first bytes are `-- no-transaction`."""

from __future__ import annotations

import os
import re

from migralint.migration import Direction, Migration, Problem, Project, Root, Script, Transaction
from migralint.source import Source
from migralint.tools.files import (
    Parse,
    duplicates,
    empty,
    is_checked,
    load,
    marked,
    script,
    shown,
    sql_files,
    wrapped,
)

_DIRECTIVE = "-- no-transaction"
_FILE = Transaction("file", "certain", "sqlx runs each file in a transaction")
_OUT = Transaction(
    "implicit-batch",
    "certain",
    "with -- no-transaction sqlx sends the file as one query, which PostgreSQL runs as one "
    "transaction "
    "if it holds several statements",
)
_NAME = re.compile(r"(\d+)_(.*?)(\.up|\.down)?\.sql\Z", re.DOTALL)


def read(root: Root, parse: Parse) -> Project:
    problems: list[Problem] = []
    ups: list[tuple[int, str, str]] = []
    downs: dict[int, str] = {}
    for name in sql_files(root):
        match = _NAME.match(name)
        if match is None:
            if name[0].isdigit():
                message = (
                    "sqlx does not run this file: an underscore has to follow the version, as in "
                    "7_users.sql."
                )
                problems.append(Problem("invalid-file-name", message, shown(root, name)))
        elif match.group(3) == ".down":
            downs[int(match.group(1))] = name
        else:
            ups.append((int(match.group(1)), match.group(1), name))
    ups.sort()
    problems += duplicates(root, ups, "sqlx")
    migrations: list[Migration] = []
    for version, written, name in ups:
        up = _script(root, name, "up", parse, problems)
        if up is None:
            continue
        problems += empty(up)
        back = downs.get(version)
        down = _script(root, back, "down", parse, problems) if back is not None else None
        migrations.append(
            Migration(written, up, down, checked=is_checked(root, name, *([back] if back else [])))
        )
    return Project(
        root.shown,
        root.tool,
        root.dialect,
        tuple(migrations),
        tuple(problems),
        has_down=bool(downs),
    )


def _script(
    root: Root, name: str, direction: Direction, parse: Parse, problems: list[Problem]
) -> Script | None:
    source = load(root, name, problems)
    if source is None:
        return None
    transaction = wrapped(root, _FILE)
    if _DIRECTIVE in source.text:
        if source.text.startswith(_DIRECTIVE) and not _has_mark(root, name):
            transaction = _OUT
        else:
            problems += _ignored(source)
    return script(source, direction, parse, transaction)


def _ignored(source: Source) -> list[Problem]:
    comments = [
        comment
        for comment in marked(source.text, (_DIRECTIVE,))
        if comment.text.startswith(_DIRECTIVE)
    ]
    if not comments:
        return []
    message = (
        "sqlx does not see this directive: `-- no-transaction` has to be the first bytes of the "
        "file, before any blank, "
        "comment or byte order mark. The file runs in a transaction, where CONCURRENTLY and its "
        "like fail."
    )
    return [Problem("directive-ignored", message, source.path, comments[0].span, source)]


def _has_mark(root: Root, name: str) -> bool:
    """Whether a file begins with a byte order mark, which its text no longer shows."""
    try:
        with open(os.path.join(root.path, name), "rb") as file:
            return file.read(2) != b"--"
    except OSError:
        return False
