"""The places where people keep the calls of their migration tool: make and task files, pipelines,
compose files, shell scripts, Go sources. A tool's options are often nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from migralint.recognise import Found
from migralint.source import read_bytes
from migralint.walk import Tree, is_below

_NAME = re.compile(
    r"(?:GNU)?[Mm]akefile|.*\.mk|[Tt]askfile(?:\.\w+)*\.ya?ml|\.?[Jj]ustfile"
    r"|(?:docker-)?compose[\w.-]*\.ya?ml|(?:.*\.)?(?:Dockerfile|Containerfile)(?:\.\w+)*"
    r"|\.env(?:\.\w+)*|.*\.(?:sh|bash)|\.gitlab-ci\.ya?ml|bitbucket-pipelines\.ya?ml|Procfile"
    r"|entrypoint|package\.json"
)
_FOLDERS = (
    os.path.join(".github", "workflows"),
    ".circleci",
    ".gitlab",
    "scripts",
    "script",
    "bin",
    "hack",
    "deploy",
    "build",
    "ci",
)
"""Where such files stand below the folders that lie above the migrations."""
_PIPELINE = re.compile(r".*\.ya?ml")
_GO = re.compile(r"migrat|database|postgres|store\b|storage|config|\b(?:db|pg|sql|main)\b")
"""What stands in the path of a Go file that may open the database; thousands of others do not."""
_MOST = 200
"""So many Go files are looked at, and no more: first those that speak of migrations."""
_OPTION = b"x-multi-statement="
_COMMENT = re.compile(r"\s*(?:#|//)")
_FOLDED = re.compile(r"\\\r?\n\s*")
CALLS = {
    "atlas": re.compile(r"\bmigrate\W+apply\b|\btx[-_]mode\b"),
    "golang-migrate": re.compile(r"x-multi-statement=|\bmigrate\W+apply\b|\bmigrate\b.*://"),
    "goose": re.compile(r"\bGOOSE_DRIVER\b|\bgoose\b|\bmigrate\W+apply\b"),
    "dbmate": re.compile(r"\bDATABASE_URL\b|\bdbmate\s+(?:up|migrate)\b|\bmigrate\W+apply\b"),
    "sqlx": re.compile(r"\bDATABASE_URL\b"),
    "diesel": re.compile(r"\bDATABASE_URL\b"),
    "node-pg-migrate": re.compile(r"\bnode-pg-migrate\b"),
    "typeorm": re.compile(r"\bmigration:run\b"),
}
"""What a line holds that tells how a tool is called."""
_WORDS = (
    "migrate",
    "migration:run",
    "dbmate",
    "tx-mode",
    "tx_mode",
    "x-multi-statement=",
    "goose",
    "GOOSE",
    "DATABASE_URL",
)
"""One of these stands in each such line."""


def calls(tree: Tree, place: Found) -> tuple[str, ...]:
    """The lines of the project that say how this place's tool is called: once each, nearest file
    first."""
    pattern = CALLS.get(place.tool)
    if pattern is None:
        return ()
    found: dict[str, None] = {}
    paths = [*_files(tree, place)]
    if place.tool == "golang-migrate" and place.marker is not None:
        paths += _go(tree, os.path.dirname(place.marker))
    for path in paths:
        text = tree.text(path)
        if not any(word in text for word in _WORDS):
            continue
        for line in _FOLDED.sub(" ", text).splitlines():
            if pattern.search(line) is not None and not _COMMENT.match(line):
                found[line.strip()] = None
    return tuple(found)


def _files(tree: Tree, place: Found) -> Iterator[str]:
    for folder in tree.above(place.path):
        for name in sorted(tree.names(folder)):
            if _NAME.fullmatch(name):
                yield os.path.join(folder, name)
        for below in _FOLDERS:
            if below.split(os.sep)[0] not in tree.names(folder):
                continue
            path = os.path.join(folder, below)
            for name in sorted(tree.names(path)):
                if _NAME.fullmatch(name) or (below[0] == "." and _PIPELINE.fullmatch(name)):
                    yield os.path.join(path, name)


def _go(tree: Tree, module: str) -> Iterator[str]:
    """The Go files of a module, of the folders that were walked, that open the database so."""
    found = [
        os.path.join(path, name)
        for path, folder in tree.folders.items()
        if is_below(path, module)
        for name in folder.files
        if name.endswith(".go") and not name.endswith("_test.go")
    ]
    likely = [file for file in found if _GO.search(file[len(module) :].lower())]
    likely.sort(key=lambda file: "migrat" not in file[len(module) :].lower())
    return (file for file in likely[:_MOST] if _holds(file))


def _holds(path: str) -> bool:
    try:
        return _OPTION in read_bytes(path, 65536)
    except OSError:
        return False
