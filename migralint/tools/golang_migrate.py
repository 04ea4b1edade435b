"""golang-migrate: <version>_<title>.up.sql and .down.sql, each sent to PostgreSQL as it is, in one
go."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from migralint.dialects import lex
from migralint.migration import Migration, Problem, Project, Root, Script, Transaction
from migralint.source import Source, Span
from migralint.tools.atlas_project import applied
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

_NAME = re.compile(r"(\d+)_(.*)\.(up|down)\.sql\Z")
_ANY = re.compile(r"\d+_.*\.(?:up|down)\.(?!sql\Z).*\Z")
_REASON = (
    "golang-migrate sends the whole file as one query, which PostgreSQL runs as one transaction "
    "if it holds several statements"
)

_SPLIT = Transaction(
    "statement",
    "certain",
    "golang-migrate sends each statement by itself, with x-multi-statement=true",
)
_MAYBE = Transaction(
    "statement",
    "default",
    "golang-migrate is called with x-multi-statement=true, and then sends each statement by itself",
)
_OPTION = "x-multi-statement=true"
_SCHEME = re.compile(r"\b(\w+)://[^\s\"'`]*x-multi-statement=true")
_OURS = ("postgres", "postgresql", "pgx", "pgx4", "pgx5")
_OTHERS = re.compile(r"clickhouse|mysql|cassandra|neo4j|mongo|sqlserver", re.IGNORECASE)


def read(root: Root, parse: Parse) -> Project:
    # Other runners use the same names: without its module in go.mod it is only the likeliest one.
    known = root.marker is not None and root.marker.endswith("go.mod")
    transaction = wrapped(root, _called(root, known))
    cut = transaction in (_SPLIT, _MAYBE)
    marks = ("atlas:",) if "atlas.sum" in root.files else ()
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
        up = script(source, "up", parse, transaction, marks=marks)
        problems += empty(up)
        problems += _halves(up) if cut else ()
        names = [name]
        down = None
        if version in back:
            partner = name.removesuffix(".up.sql") + ".down.sql"
            names.append(partner if partner in own else back[version])
            source = load(root, names[1], problems)
            down = script(source, "down", parse, transaction) if source is not None else None
            problems += _halves(down) if cut and down is not None else ()
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
        from migralint.tools.atlas_sum import checksums

        problems += checksums(root, sorted(sources), sources)
    others = [name for name in root.files if "/" not in name and _ANY.match(name)]
    return Project(
        root.shown,
        root.tool,
        root.dialect,
        tuple(migrations),
        tuple(problems),
        _unread(root, others),
        has_down=bool(forward & back.keys()),
    )


def _unread(root: Root, names: list[str]) -> tuple[tuple[str, str], ...]:
    """The migrations that are no .sql files: golang-migrate runs those as well."""
    if not names or root.checked is not None:
        return ()
    if len(names) == 1:
        return ((shown(root, names[0]), "is a migration that is no .sql file"),)
    return ((root.shown, f"{len(names)} migrations that are no .sql files"),)


def _called(root: Root, known: bool) -> Transaction:
    """How the files are sent, as the calls that the project holds say."""
    if not known:
        by_atlas = applied(root)
        if by_atlas is not None:
            return by_atlas
    said = [line for line in root.calls if _OPTION in line]
    schemes = [match[1] for line in said for match in _SCHEME.finditer(line)]
    if any(scheme in _OURS for scheme in schemes):
        return _SPLIT
    # In most projects it is there for ClickHouse, which takes no two statements at once.
    if any(_SCHEME.search(line) is None and _OTHERS.search(line) is None for line in said):
        return _MAYBE
    return Transaction("implicit-batch", "certain" if known else "default", _REASON)


def _halves(split: Script) -> Iterator[Problem]:
    """The statements that are cut in two: at every semicolon, in a string and a body as well."""
    text = split.source.text
    for statement in split.statements:
        at = statement.text.find(";")
        if at >= 0:
            at += statement.span.start
            message = (
                f"{_OPTION} makes golang-migrate cut this statement in two, at the semicolon "
                "inside it, and the server refuses the first half."
            )
            place = Span(at, at + 1)
            yield Problem("migration-refused", message, split.source.path, place, split.source)
    if ";" not in text:
        return
    for comment in lex.comments(text):
        inside, _, after = comment.text.partition(";")
        if after.removesuffix("*/").strip() and not any(
            statement.span.start <= comment.span.start < statement.span.end
            for statement in split.statements
        ):
            at = comment.span.start + len(inside)
            message = (
                f"{_OPTION} makes golang-migrate cut this comment in two, at the semicolon "
                "inside it: the server gets what comes after as a statement."
            )
            place = Span(at, at + 1)
            yield Problem("migration-refused", message, split.source.path, place, split.source)
