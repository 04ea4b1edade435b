"""atlas.sum: the checksums of a folder's migrations, without which Atlas runs none.

Each line is the checksum of all files up to its own (sql/migrate/dir.go), the first one that of the
lines below it.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

from migralint.migration import Problem, Root
from migralint.source import Source
from migralint.tools.files import shown, text_of

NAME = "atlas.sum"
_IGNORE = re.compile(r"[ -~]*atlas:sum +ignore[ \t\r]*$", re.MULTILINE)


def checksums(root: Root, names: list[str], sources: dict[str, Source]) -> list[Problem]:
    """Where the files and atlas.sum differ: a file more, a file less, a file that was edited."""
    path = shown(root, NAME)
    listed: dict[str, str] = {}
    lines = text_of(os.path.join(root.path, NAME)).splitlines()
    whole = sha256()
    for line in lines[1:]:
        name, _, checksum = line.rpartition(" h1:")
        if name:
            listed[name] = checksum
            whole.update(name.encode() + checksum.encode())
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
                f"{NAME} does not list this file: Atlas refuses to run until `atlas migrate hash` "
                f"has been run."
            )
            problems.append(Problem("unlisted-migration", message, shown(root, name)))
    running = sha256()
    for name in sorted({*names, *listed}):
        source = sources.get(name)
        if source is None:
            if name not in root.files:
                message = f"{NAME} lists {name}, but there is no such file: Atlas refuses to run."
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
                f"The checksum of this file is not the one in {NAME}: it was edited since, and "
                f"Atlas refuses to run."
            )
            problems.append(Problem("checksum-mismatch", message, source.path, source=source))
            break
    if not problems and listed and not _is(whole.digest(), lines[0].removeprefix("h1:")):
        message = (
            "The first line is not the checksum of the lines below it, as after a merge by hand: "
            "Atlas refuses to run until `atlas migrate hash` has been run."
        )
        problems.append(Problem("checksum-mismatch", message, path))
    return problems


def sealed(files: Mapping[str, bytes]) -> str:
    """What atlas.sum says of a folder with these files, name to content."""
    running, whole = sha256(), sha256()
    lines = []
    for name in sorted(files):
        running.update(name.encode())
        if _is_left_out(files[name].decode("utf-8", "replace")):
            continue
        running.update(files[name])
        checksum = b64encode(running.digest()).decode()
        whole.update(name.encode() + checksum.encode())
        lines.append(f"{name} h1:{checksum}\n")
    return f"h1:{b64encode(whole.digest()).decode()}\n" + "".join(lines)


def listed(text: str) -> list[str]:
    """The names that an atlas.sum lists."""
    return [name for line in text.splitlines()[1:] if (name := line.rpartition(" h1:")[0])]


def _is(digest: bytes, checksum: str) -> bool:
    return b64encode(digest).decode() == checksum


def _is_left_out(text: str) -> bool:
    """Whether a file tells Atlas, in its first line, to leave it out of the checksums."""
    return "atlas:sum" in text and _IGNORE.match(text) is not None


def _bytes(root: Root, name: str) -> bytes:
    try:
        with open(os.path.join(root.path, name), "rb") as file:
            return file.read()
    except OSError:
        return b""
