"""golang-migrate: <version>_<title>.up.sql and .down.sql, each sent to PostgreSQL as it is, in one
go."""

from __future__ import annotations

import re
from collections import Counter

from migralint.migration import Migration, Problem, Project, Root, Transaction
from migralint.source import Source
from migralint.tools.files import (
    Parse,
    above,
    duplicates,
    empty,
    is_checked,
    load,
    script,
    shown,
    sql_files,
    text_of,
    wrapped,
)

_NAME = re.compile(r"(\d+)_(.*)\.(up|down)\.sql\Z")
_REASON = (
    "golang-migrate sends the whole file as one query, which PostgreSQL runs as one transaction "
    "if it holds several statements"
)

_SPLIT = Transaction(
    "statement",
    "certain",
    "golang-migrate sends each statement by itself, with x-multi-statement=true",
)
_CALLERS = (
    "Makefile",
    "Taskfile.yml",
    "Taskfile.yaml",
    "justfile",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yaml",
)
"""Where people keep the call of the tool, with its options in the address of the database."""


def read(root: Root, parse: Parse) -> Project:
    # Other runners use the same names: without its module in go.mod it is only the likeliest one.
    known = root.marker is not None and root.marker.endswith("go.mod")
    transaction = wrapped(
        root, Transaction("implicit-batch", "certain" if known else "default", _REASON)
    )
    if root.transaction is None and _is_split(root):
        transaction = _SPLIT
    problems: list[Problem] = []
    ups: list[tuple[int, str, str]] = []
    downs: list[tuple[int, str, str]] = []
    for name in sql_files(root):
        match = _NAME.match(name)
        if match is not None:
            (ups if match.group(3) == "up" else downs).append(
                (int(match.group(1)), match.group(1), name)
            )
        elif name[0].isdigit():
            message = (
                "golang-migrate does not run this file: its name has to end in .up.sql or "
                ".down.sql."
            )
            problems.append(Problem("invalid-file-name", message, shown(root, name)))
    ups.sort()
    downs.sort()
    problems += duplicates(root, ups, "golang-migrate")
    times = Counter(version for version, _, _ in ups)
    # Said once of two migrations, not of their ways back as well.
    problems += duplicates(root, [each for each in downs if times[each[0]] < 2], "golang-migrate")
    back = {version: name for version, _, name in reversed(downs)}
    own = {name for _, _, name in downs}
    migrations: list[Migration] = []
    sources: dict[str, Source] = {}
    for version, written, name in ups:
        source = load(root, name, problems)
        if source is None:
            continue
        sources[name] = source
        up = script(source, "up", parse, transaction)
        problems += empty(up)
        names = [name]
        down = None
        if version in back:
            partner = name.removesuffix(".up.sql") + ".down.sql"
            names.append(partner if partner in own else back[version])
            source = load(root, names[1], problems)
            down = script(source, "down", parse, transaction) if source is not None else None
        migrations.append(Migration(written, up, down, checked=is_checked(root, *names)))
    forward = {version for version, _, _ in ups}
    for version, _, name in downs:
        if version not in forward:
            message = (
                "This file takes back a migration that is not there: no .up.sql file has its "
                "version."
            )
            problems.append(Problem("missing-migration", message, shown(root, name)))
    if "atlas.sum" in root.files:
        from migralint.tools.atlas import checksums

        problems += checksums(root, sorted(sources), sources)
    return Project(
        root.shown,
        root.tool,
        root.dialect,
        tuple(migrations),
        tuple(problems),
        has_down=bool(forward & back.keys()),
    )


def _is_split(root: Root) -> bool:
    return any("x-multi-statement=true" in text_of(path) for path in above(root.path, *_CALLERS))
