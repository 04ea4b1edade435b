#!/usr/bin/env python3
"""Count the files and statements of a folder without migralint, and compare with its coverage.

    python bench/count.py path/to/migrations

The count uses nothing of migralint: every .sql file below the folder, in UTF-8, split by the
scanner of PostgreSQL itself (pglast). A file that the scanner refuses (a string that never ends,
COPY data) is listed and left out. Differences are shown file by file and are not always errors:
migralint leaves out what is no migration of the project's tool.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pglast import Error
from pglast.parser import split

SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", "target", "dist"})
META = re.compile(r"^\\.*$", re.MULTILINE)
PLACEHOLDER = re.compile(r"\$\{[^}\n]*\}")


def sql_files(folder: Path) -> Iterator[Path]:
    """All .sql files, without following links and without folders of dependencies."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - SKIPPED)
        yield from (Path(here, name) for name in sorted(names) if name.lower().endswith(".sql"))


def statements(text: str) -> int:
    """How many statements a text holds. Raises pglast.Error where the scanner gives up."""
    text = PLACEHOLDER.sub("placeholder", META.sub("", text))
    return len(split(text, with_parser=False, only_slices=True))


def migralint(command: str, folder: Path, arguments: list[str]) -> dict[str, Any]:
    """The JSON document of one of migralint's commands."""
    call = [sys.executable, "-m", "migralint", command, "--format", "json", *arguments, "."]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"migralint exited with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument(
        "--without", metavar="TEXT", action="append", default=[], help="leave out paths with this"
    )
    options.add_argument("arguments", nargs="*", help="more options for migralint, after --")
    given = options.parse_args()
    counted: dict[str, int] = {}
    for path in sql_files(given.folder):
        name = path.relative_to(given.folder).as_posix()
        if any(text in name for text in given.without):
            continue
        try:
            counted[name] = statements(path.read_text(encoding="utf-8-sig"))
        except (Error, UnicodeDecodeError) as why:
            print(f"not counted: {name}: {why}")
    said = migralint("check", given.folder, given.arguments)["coverage"]
    entries = migralint("locks", given.folder, ["--down", *given.arguments])["statements"]
    read = Counter(entry["path"] for entry in entries)
    for name in sorted({*counted, *read}):
        if counted.get(name) != read[name]:
            print(f"{name}: {counted.get(name, 'not')} counted, {read[name]} read by migralint")
    total = sum(counted.values())
    print(f"counted    {len(counted)} files, {total} statements")
    print(
        f"migralint  {said['files']} files, {said['statements']} statements, "
        f"{said['analysed']} of them analysed"
    )
    return int((len(counted), total) != (said["files"], said["statements"]))


if __name__ == "__main__":
    sys.exit(main())
