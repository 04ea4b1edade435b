"""What the tools that run files of SQL have in common: reading a file once, and making scripts of
it."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol, TypeVar, get_args

from msgspec.structs import replace

from migralint.dialects import lex
from migralint.migration import (
    Comment,
    Direction,
    Migration,
    Problem,
    Root,
    Scope,
    Script,
    Statement,
    Transaction,
)
from migralint.source import Source, Unreadable, look, read

_SCOPES: tuple[Scope, ...] = get_args(Scope)
_MARK = "migralint:"
_TO_LINTERS = (_MARK, "atlas:nolint", "squawk-ignore", "safety-assured:")
"""The words of comments to linters: to us, and to those whose word we hear."""
_NUMBERS = re.compile(r"(\d+)")

Key = TypeVar("Key")


class Parse(Protocol):
    """A dialect's parser: the statements of a piece of text, with spans in the whole text."""

    def __call__(
        self, text: str, start: int = 0, end: int | None = None
    ) -> tuple[Statement, ...]: ...


class Memory(Protocol):
    """Where records are kept: bytes by a digest of all that they depend on."""

    def get(self, key: bytes) -> bytes | None: ...

    def put(self, key: bytes, record: bytes) -> None: ...


def shown(root: Root, name: str) -> str:
    """A file of a root as people see it: relative to the current folder."""
    if root.within and name.startswith(root.within + "/"):
        return name[len(root.within) + 1 :]
    if name.startswith("../"):  # beside the root, as code is that shares its versions
        return posixpath.normpath(name if root.shown in ("", ".") else f"{root.shown}/{name}")
    return name if root.shown in ("", ".") else f"{root.shown}/{name}"


def load(root: Root, name: str, problems: list[Problem]) -> Source | None:
    """The text of a file; None, and a problem, where there is none to be had."""
    path = shown(root, name)
    try:
        return read(os.path.join(root.path, name), path)
    except Unreadable as why:
        problems.append(Problem("unreadable-file", f"This file {why}.", path))
        return None


def text_of(path: str) -> str:
    """The text of a small file beside the migrations; nothing where it cannot be read."""
    try:
        return read(path, path).text
    except Unreadable:
        return ""


def above(folder: str, *names: str) -> Iterator[str]:
    """The files of these names in a folder and those above it, up to the repository's own, nearest
    first."""
    while True:
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(look(path)):
                yield path
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(look(os.path.join(folder, ".git"))):
            return
        folder = parent


def wrapped(root: Root, default: Transaction) -> Transaction:
    """How the runner wraps a script: the configuration's word, else the tool's own way."""
    if root.transaction is None:
        return default
    return Transaction(
        root.transaction, "certain", f"the configuration says transaction = {root.transaction}"
    )


def script(
    source: Source,
    direction: Direction,
    parse: Parse,
    transaction: Transaction,
    start: int = 0,
    end: int | None = None,
    *,
    marks: tuple[str, ...] = (),
    comments_from: int | None = None,
) -> Script:
    """One direction of a migration, from a piece of a file.

    `marks` are the words that make a comment a directive of the tool; `comments_from` lets the
    first section of a file take along what stands above it. A `migralint: transaction=…` at the
    head of the file beats what the tool says.
    """
    statements = parse(source.text, start, end)
    text = source.text
    marks = (*_TO_LINTERS, *marks)
    if not any(mark in text for mark in marks):
        return Script(source, direction, statements, transaction)
    comments = marked(text, marks, start if comments_from is None else comments_from, end)
    head = comments if start == 0 or comments_from == 0 else marked(text, (_MARK,), 0, start)
    said = said_at_head(head, statements if start == 0 else ())
    if said is not None:
        transaction = said
        if any(
            statement.transaction is not None or statement.batch >= 0 for statement in statements
        ):
            statements = tuple(
                replace(statement, transaction=None, batch=-1) for statement in statements
            )
    return Script(source, direction, statements, transaction, comments)


def marked(
    text: str, marks: Collection[str], start: int = 0, end: int | None = None
) -> tuple[Comment, ...]:
    """The comments that hold one of these words."""
    return tuple(
        comment
        for comment in lex.comments(text, start, end)
        if any(mark in comment.text for mark in marks)
    )


def said_at_head(
    comments: Iterable[Comment], statements: tuple[Statement, ...] = ()
) -> Transaction | None:
    """What a comment above the first statement says of the transaction."""
    first = statements[0].span.start if statements else None
    for comment in comments:
        if first is not None and comment.span.start > first:
            break
        word, equals, rest = comment.text.partition(_MARK)[2].strip().partition("=")
        if equals and word.strip() == "transaction":
            value = rest.split()[0] if rest.split() else ""
            for scope in _SCOPES:
                if value == scope:
                    return Transaction(scope, "certain", f"the file says transaction={scope}")
    return None


def is_checked(root: Root, *names: str) -> bool:
    """Whether one of these files was asked for."""
    return root.checked is None or any(
        os.path.join(root.path, *name.split("/")) in root.checked for name in names
    )


def empty(
    migration_script: Script, what: str = "This file holds no statement: running it does nothing."
) -> list[Problem]:
    """The problem of a script without a statement."""
    if migration_script.statements:
        return []
    source = migration_script.source
    return [Problem("empty-migration", what, source.path, source=source)]


def duplicates(root: Root, entries: Iterable[tuple[Key, str, str]], tool: str) -> list[Problem]:
    """The files that use a version again: entries are (version as the tool compares it, as written,
    file), in order."""
    seen: dict[Key, tuple[str, str]] = {}
    found: list[Problem] = []
    for key, written, name in entries:
        first = seen.setdefault(key, (written, name))
        if first[1] == name:
            continue
        # Said at the file that was asked for, where only one of the two was.
        here, other, its = (
            (first[1], name, written) if not is_checked(root, name) else (name, *first[::-1])
        )
        same = (
            f"version {written}"
            if its == written
            else f"version {written}, which is the same as {its},"
        )
        found.append(
            Problem(
                "duplicate-version", f"{tool}: {same} is also used by {other}.", shown(root, here)
            )
        )
    return found


def numbers(name: str) -> tuple[int | str, ...]:
    """A key that sorts names by the numbers in them, as people do: 2_b before 10_a."""
    parts: list[int | str] = list(_NUMBERS.split(name))
    parts[1::2] = [int(part) for part in parts[1::2]]
    return tuple(parts)


def basename(name: str) -> str:
    return name.rpartition("/")[2]


def sql_files(root: Root) -> list[str]:
    """The SQL files that stand directly in the root, sorted by name."""
    return sorted(name for name in root.files if "/" not in name and name.endswith(".sql"))


def units(root: Root, name: str) -> list[str]:
    """The folders of the root that hold a file of this name, sorted."""
    ending = "/" + name
    return sorted(
        file[: -len(ending)]
        for file in root.files
        if file.endswith(ending) and file.count("/") == 1
    )


def migration(root: Root, id: str, up: Script, down: Script | None, *names: str) -> Migration:
    return Migration(id=id, up=up, down=down, checked=is_checked(root, *names))
