#!/usr/bin/env python3
"""Count the files and statements of a folder without migralint, and compare with its coverage.

    python bench/count.py path/to/migrations

The count uses nothing of migralint: every .sql file below the folder, in UTF-8, split by the
scanner of PostgreSQL itself (pglast). A file that the scanner refuses (a string that never ends,
COPY data) is listed and left out of the comparison of statements. Differences are not always
errors: migralint leaves out what the project's tool leaves out (ignored files, down sections).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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


def coverage(folder: Path, arguments: list[str]) -> dict[str, int]:
    """What migralint says that it read."""
    command = [sys.executable, "-m", "migralint", "check", "--format", "json", "--exit-zero"]
    done = subprocess.run([*command, *arguments, "."], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"migralint exited with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, int] = json.loads(done.stdout)["coverage"]
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("arguments", nargs="*", help="more options for migralint, after --")
    given = options.parse_args()
    files = count = 0
    refused = []
    for path in sql_files(given.folder):
        files += 1
        try:
            count += statements(path.read_text(encoding="utf-8-sig"))
        except (Error, UnicodeDecodeError) as why:
            refused.append(f"{path}: {why}")
    said = coverage(given.folder, given.arguments)
    print(f"counted    {files} files, {count} statements")
    print(
        f"migralint  {said['files']} files, {said['statements']} statements, "
        f"{said['analysed']} of them analysed"
    )
    for line in refused:
        print(f"not counted: {line}")
    return int((files, count) != (said["files"], said["statements"]))


if __name__ == "__main__":
    sys.exit(main())
