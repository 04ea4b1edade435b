"""Diesel: a folder a migration, with up.sql, down.sql and maybe metadata.toml; each sent whole, in
a transaction unless metadata.toml says run_in_transaction = false."""

from __future__ import annotations

import os

from migralint.migration import Migration, Problem, Project, Root, Transaction
from migralint.tools.files import (
    Parse,
    duplicates,
    empty,
    is_checked,
    load,
    script,
    shown,
    text_of,
    units,
    wrapped,
)

_OUT = Transaction(
    "implicit-batch",
    "certain",
    "with run_in_transaction = false Diesel sends the file as one query, which PostgreSQL runs as "
    "one transaction "
    "if it holds several statements",
)


def read(root: Root, parse: Parse) -> Project:
    # Hasura and others keep up.sql and down.sql in the same way: without Diesel's own files it is
    # only the likeliest.
    file = Transaction(
        "file",
        "certain" if root.marker else "default",
        "Diesel runs each migration in a transaction",
    )
    default = wrapped(root, file)
    problems: list[Problem] = []
    present = frozenset(root.files)
    names = sorted(
        (_version(name), name) for name in units(root, "up.sql") if not name.startswith(".")
    )
    problems += duplicates(
        root, [(version, version, f"{name}/up.sql") for version, name in names], "Diesel"
    )
    migrations: list[Migration] = []
    for _, name in names:
        source = load(root, f"{name}/up.sql", problems)
        if source is None:
            continue
        metadata = f"{name}/metadata.toml"
        transaction = default
        if metadata in present and not _in_transaction(root, metadata, problems):
            transaction = _OUT
        up = script(source, "up", parse, transaction)
        problems += empty(up)
        down = None
        if f"{name}/down.sql" in present:
            source = load(root, f"{name}/down.sql", problems)
            down = script(source, "down", parse, transaction) if source is not None else None
        checked = is_checked(root, f"{name}/up.sql", f"{name}/down.sql", metadata)
        migrations.append(Migration(name.partition("_")[0], up, down, checked=checked))
    has_down = any(name.endswith("/down.sql") for name in present)
    return Project(
        root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems), has_down=has_down
    )


def _version(name: str) -> str:
    """A version as Diesel compares it: as text, without dashes."""
    return name.partition("_")[0].replace("-", "")


def _in_transaction(root: Root, name: str, problems: list[Problem]) -> bool:
    from migralint import toml

    text = text_of(os.path.join(root.path, *name.split("/")))
    try:
        return toml.loads(text).get("run_in_transaction") is not False
    except ValueError as why:
        message = f"This file is not TOML: {why}."
        problems.append(Problem("unreadable-file", message, shown(root, name)))
        return True
