"""Liquibase's formatted SQL: files of changesets, each a migration of its own with its own
transaction and rollback.

Its rules are those of AbstractFormattedChangeLogParser in liquibase-standard.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec.structs import replace

from migralint.migration import Kind, Migration, Problem, Project, Root, Script, Transaction
from migralint.source import Source, Span
from migralint.tools.changesets import HEADER
from migralint.tools.files import (
    Parse,
    duplicates,
    is_checked,
    load,
    numbers,
    script,
    wrapped,
)

_FILE = Transaction("file", "certain", "Liquibase runs each changeset in a transaction")
_OUT = Transaction("none", "certain", "the changeset says runInTransaction:false")
_WHOLE = Transaction(
    "implicit-batch",
    "certain",
    "with runInTransaction:false and splitStatements:false Liquibase sends the changeset as one "
    "query, which PostgreSQL "
    "runs as one transaction if it holds several statements",
)
_HEADER = re.compile(r"\s*--\s*liquibase formatted", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'(\w+):("[^"]*"|\S+)')
_ROLLBACK = re.compile(
    r"^[^\S\n]*--[^\S\n]*rollback\b[^\S\n]?([^\r\n]*)|/\*[^\S\n]*liquibase[^\S\n]+rollback\b(.*?)\*/",
    re.MULTILINE | re.IGNORECASE | re.DOTALL,
)
_SKIPPED = re.compile(
    r"^[^\S\n]*--[^\S\n]*ignoreLines:(\d+|start)[^\n]*\n", re.MULTILINE | re.IGNORECASE
)
_SKIP_END = re.compile(r"^[^\S\n]*--[^\S\n]*ignoreLines:end[^\n]*", re.MULTILINE | re.IGNORECASE)
_INK = re.compile(r"[^\r\n]")


class _Changeset(NamedTuple):
    id: str
    attributes: dict[str, str]
    start: int
    """Where its body starts, behind its own line."""
    end: int


def read(root: Root, parse: Parse) -> Project:
    default = wrapped(root, _FILE)
    problems: list[Problem] = []
    entries: list[tuple[str, str, str]] = []
    migrations: list[Migration] = []
    foreign = 0
    for name in _in_order(root):
        source = load(root, name, problems)
        if source is None or not _HEADER.match(source.text):
            continue
        changesets = _changesets(source.text)
        if not changesets:
            message = "This file holds no changeset: Liquibase runs nothing of it."
            problems.append(Problem("empty-migration", message, source.path, source=source))
        body, back = _ups(source.text, changesets), _downs(source.text)
        for number, changeset in enumerate(changesets):
            if not _is_for(changeset.attributes.get("dbms", ""), root.dialect):
                foreign += 1
                continue
            entries.append((f"{changeset.id} {source.path}", changeset.id, f"{name}#{number}"))
            transaction = default
            if changeset.attributes.get("runintransaction", "").lower() == "false":
                transaction = (
                    _WHOLE
                    if changeset.attributes.get("splitstatements", "").lower() == "false"
                    else _OUT
                )
            migrations.append(
                _migration(
                    root, name, source, parse, changeset, transaction, body, back, number == 0
                )
            )
    for problem in duplicates(root, entries, "Liquibase"):
        problems.append(
            replace(
                problem,
                path=problem.path.partition("#")[0],
                message=problem.message.partition("#")[0] + ".",
            )
        )
    unread: tuple[tuple[str, str], ...] = ()
    if foreign:
        unread = (
            (root.shown, f"{foreign} changeset{'s' if foreign > 1 else ''} for other databases"),
        )
    has_down = any(migration.down is not None for migration in migrations)
    return Project(
        root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems), unread, has_down
    )


def _migration(
    root: Root,
    name: str,
    source: Source,
    parse: Parse,
    changeset: _Changeset,
    transaction: Transaction,
    body: str,
    back: str,
    first: bool,
) -> Migration:
    start, end = changeset.start, changeset.end
    up = script(
        source,
        "up",
        lambda _, start=0, end=None: parse(body, start, end),
        transaction,
        start,
        end,
        comments_from=0 if first else start,
    )
    down: Script | None = None
    if _ROLLBACK.search(source.text, start, end):
        statements = parse(back, start, end)
        down = Script(source, "down", statements, transaction)
    again = {"true"} & {
        changeset.attributes.get(key, "").lower() for key in ("runalways", "runonchange")
    }
    kind: Kind = "repeatable" if again else "versioned"
    return Migration(changeset.id, up, down, (), kind, is_checked(root, name))


def _in_order(root: Root) -> list[str]:
    """The files in the order of the place, where a master has said it; else by name."""
    names = [name for name in root.files if name.endswith(".sql")]
    return names if root.marker is not None else sorted(names, key=numbers)


def _changesets(text: str) -> list[_Changeset]:
    marks = list(HEADER.finditer(text))
    found: list[_Changeset] = []
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        author, id = mark.group(1).strip().strip('"'), mark.group(2).strip('"')
        attributes = {
            key.lower(): value.strip('"') for key, value in _ATTRIBUTE.findall(mark.group(3))
        }
        found.append(_Changeset(f"{author}:{id}", attributes, mark.end(), end))
    return found


def _is_for(databases: str, dialect: str) -> bool:
    """Whether a changeset's `dbms` takes in a database."""
    names = [name.strip().lower() for name in databases.split(",") if name.strip()]
    if not names or "all" in names:
        return True
    if names[0].startswith("!"):
        return f"!{dialect}" not in names
    return dialect in names


def _ups(text: str, changesets: list[_Changeset]) -> str:
    """The text as it is, only with what Liquibase skips blanked out, and each delimiter of another
    kind a semicolon."""
    if "ignorelines" in text.lower():
        for mark in reversed(list(_SKIPPED.finditer(text))):
            if mark.group(1).isdigit():
                lines = text.count("\n", mark.end())
                end = mark.end()
                for _ in range(min(int(mark.group(1)[:9]), lines + 1)):
                    end = text.find("\n", end) + 1 or len(text)
            else:
                close = _SKIP_END.search(text, mark.end())
                end = close.start() if close else len(text)
            text = text[: mark.end()] + _blank(text[mark.end() : end]) + text[end:]
    for changeset in changesets:
        delimiter = changeset.attributes.get("enddelimiter", ";")
        if delimiter != ";" and delimiter:
            pattern = re.compile(rf"{re.escape(delimiter)}(?=[^\S\n]*(?:\n|\Z))", re.IGNORECASE)
            body = pattern.sub(";".ljust(len(delimiter)), text[changeset.start : changeset.end])
            text = text[: changeset.start] + body + text[changeset.end :]
    return text


def _downs(text: str) -> str:
    """The text with everything blanked out but what the rollbacks say, so that each character keeps
    its place."""
    pieces: list[str] = []
    at = 0
    for mark in _ROLLBACK.finditer(text):
        span = Span(*mark.span(1 if mark.group(1) is not None else 2))
        words = text[span.start : span.end].strip().lower().rstrip(";")
        pieces.append(_blank(text[at : span.start]))
        nothing = words in ("empty", "not required") or words.startswith("changesetid")
        pieces.append(
            _blank(text[span.start : span.end]) if nothing else text[span.start : span.end]
        )
        at = span.end
    pieces.append(_blank(text[at:]))
    return "".join(pieces)


def _blank(text: str) -> str:
    return _INK.sub(" ", text)
