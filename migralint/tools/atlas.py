"""Atlas: <version>[_<name>].sql in the order of their names, and atlas.sum, which holds their
checksums.

Its rules are those of sql/migrate/dir.go: directives for a whole file count only above an empty
line, and each line of atlas.sum is the checksum of all files up to its own.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from hashlib import sha256

from migralint.migration import Kind, Migration, Problem, Project, Root, Scope, Transaction
from migralint.source import Source
from migralint.tools.files import (
    Parse,
    empty,
    is_checked,
    load,
    marked,
    script,
    shown,
    sql_files,
    text_of,
    wrapped,
)

_DEFAULT = Transaction(
    "file", "default", "Atlas runs each file in a transaction, unless --tx-mode says otherwise"
)
_SCOPES: dict[str, Scope] = {"none": "none", "file": "file"}
_DIRECTIVE = re.compile(r"[ -~]*?atlas:(\w+)(?: +([ -~]*))?")
_SUM = "atlas.sum"


def read(root: Root, parse: Parse) -> Project:
    default = wrapped(root, _DEFAULT)
    problems: list[Problem] = []
    migrations: list[Migration] = []
    sources: dict[str, Source] = {}
    for name in sql_files(root):
        source = load(root, name, problems)
        if source is None:
            continue
        sources[name] = source
        transaction = default
        directives = _directives(source.text) if "atlas:" in source.text else {}
        if "atlas:txmode" in source.text:
            said = _SCOPES.get(directives.get("txmode", ""))
            if said is not None:
                transaction = Transaction(said, "certain", f"the file says atlas:txmode {said}")
            problems += _ignored(source, directives)
        up = script(source, "up", parse, transaction, marks=("atlas:",))
        problems += empty(up)
        kind: Kind = "baseline" if "checkpoint" in directives else "versioned"
        version = name[:-4].partition("_")[0]
        migrations.append(Migration(version, up, kind=kind, checked=is_checked(root, name)))
    if _SUM in root.files:
        problems += checksums(root, sorted(sources), sources)
    return Project(root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems))


def _directives(text: str) -> dict[str, str]:
    """The directives for the whole file."""
    found: dict[str, str] = {}
    at = 0
    while text.startswith(("--", "#"), at):
        end = text.find("\n", at)
        if end < 0:
            return {}
        match = _DIRECTIVE.match(text, at, end)
        if match is not None:
            found[match.group(1)] = (match.group(2) or "").strip()
        at = end + 1
    return found if text.startswith(("\n", "\r\n"), at) else {}


def _ignored(source: Source, directives: dict[str, str]) -> list[Problem]:
    """A txmode that Atlas does not see, or does not take."""
    comments = marked(source.text, ("atlas:txmode",))
    if not comments or directives.get("txmode") in _SCOPES:
        return []
    if "txmode" in directives:
        message = "Atlas takes atlas:txmode none or file in a file, and nothing else."
    else:
        message = (
            "Atlas does not see this directive: it has to stand at the very top of the file, "
            "with an empty line between it and the first statement. The file runs in a transaction."
        )
    return [Problem("directive-ignored", message, source.path, comments[0].span, source)]


def checksums(root: Root, names: list[str], sources: dict[str, Source]) -> list[Problem]:
    """Where the files and atlas.sum differ: a file more, a file less, a file that was edited."""
    path = shown(root, _SUM)
    listed: dict[str, str] = {}
    lines = text_of(os.path.join(root.path, _SUM)).splitlines()
    for line in lines[1:]:
        name, _, checksum = line.rpartition(" h1:")
        if name:
            listed[name] = checksum
    if not listed and names:
        return [
            Problem(
                "checksum-mismatch", "This file lists no migration: run `atlas migrate hash`.", path
            )
        ]
    problems: list[Problem] = []
    for name in names:
        if name not in listed and not _is_left_out(sources[name].text):
            message = (
                f"{_SUM} does not list this file: Atlas refuses to run until `atlas migrate hash` "
                f"has been run."
            )
            problems.append(Problem("unlisted-migration", message, shown(root, name)))
    running = sha256()
    for name in sorted({*names, *listed}):
        source = sources.get(name)
        if source is None:
            if name not in root.files:
                message = f"{_SUM} lists {name}, but there is no such file: Atlas refuses to run."
                problems.append(Problem("missing-migration", message, path))
            break
        if name not in listed:
            if _is_left_out(source.text):
                running.update(name.encode())
                continue
            break
        before = running.copy()
        running.update(name.encode() + source.text.encode())
        if _is(running.digest(), listed[name]):
            continue
        running = before
        running.update(
            name.encode() + _bytes(root, name)
        )  # a byte order mark is no part of the text
        if not _is(running.digest(), listed[name]):
            message = (
                f"The checksum of this file is not the one in {_SUM}: it was edited since, and "
                f"Atlas refuses to run."
            )
            problems.append(Problem("checksum-mismatch", message, source.path, source=source))
            break
    return problems


def _is(digest: bytes, checksum: str) -> bool:
    return b64encode(digest).decode() == checksum


def _is_left_out(text: str) -> bool:
    """Whether a file tells Atlas to leave it out of the checksums."""
    match = _DIRECTIVE.match(text) if "atlas:sum" in text else None
    return match is not None and match.groups() == ("sum", "ignore")


def _bytes(root: Root, name: str) -> bytes:
    try:
        with open(os.path.join(root.path, name), "rb") as file:
            return file.read()
    except OSError:
        return b""
