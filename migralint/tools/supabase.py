"""Supabase: <14 digits>_<name>.sql in supabase/migrations, each sent with the entry of the history
as one pipeline, which PostgreSQL runs as one transaction."""

from __future__ import annotations

import re

from migralint.migration import Migration, Problem, Project, Root, Transaction
from migralint.tools.files import (
    Parse,
    duplicates,
    empty,
    is_checked,
    load,
    script,
    shown,
    sql_files,
    wrapped,
)

_FILE = Transaction(
    "file",
    "certain",
    "Supabase sends a file and the entry of its history as one pipeline, which is one transaction",
)
_NAME = re.compile(r"(\d+)_.*\.sql\Z")


def read(root: Root, parse: Parse) -> Project:
    transaction = wrapped(root, _FILE)
    problems: list[Problem] = []
    entries: list[tuple[str, str, str]] = []
    migrations: list[Migration] = []
    for name in sql_files(root):
        match = _NAME.match(name)
        if match is None:
            message = (
                "Supabase does not run this file: its name has to be like "
                "20260131120000_add_users.sql."
            )
            problems.append(Problem("invalid-file-name", message, shown(root, name)))
            continue
        entries.append((match.group(1), match.group(1), name))
        source = load(root, name, problems)
        if source is None:
            continue
        up = script(source, "up", parse, transaction)
        problems += empty(up)
        migrations.append(Migration(match.group(1), up, checked=is_checked(root, name)))
    problems += duplicates(root, entries, "Supabase")
    return Project(root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems))
