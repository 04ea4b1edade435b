"""Liquibase's changelogs in XML, YAML and JSON, of which the includes are read: in which order a
master runs the files that it names. Their changesets are not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from migralint import documents

SUFFIXES = (".xml", ".yaml", ".yml", ".json")
_LONGEST = 1 << 17
"""No master is longer, in characters; YAML of megabytes takes its time."""
_SHALLOWEST = 0
_DEEPEST = 1 << 30


class Include(Struct, frozen=True):
    """One `include` of a file, or `includeAll` of a folder, where `all` is true."""

    path: str
    relative: bool = False
    """To the changelog that says it; else to a root that only the caller of Liquibase knows."""
    all: bool = False
    shallowest: int = _SHALLOWEST
    deepest: int = _DEEPEST
    ending: str = ""
    needed: bool = True
    """Liquibase stops where it is not there."""


class Changelog(Struct, frozen=True):
    """What one file includes, in order, and whether it holds changesets of its own."""

    includes: tuple[Include, ...] = ()
    changes: bool = False


def parse(name: str, text: str) -> Changelog | None:
    """A changelog; None for a file that is none. Raises ValueError, with the end of a sentence that
    begins "This file"."""
    if "databaseChangeLog" not in text:
        return None
    if "include" not in text or len(text) > _LONGEST:
        return Changelog(changes="changeSet" in text)
    entries = _of_xml(text) if name.endswith(".xml") else _of_tree(name, text)
    if entries is None:
        return None
    includes: list[Include] = []
    changes = False
    for kind, said in entries:
        if kind in ("include", "includeAll"):
            found = _include(kind, said)
            if found is not None:
                includes.append(found)
        elif kind == "changeSet":
            changes = True
    return Changelog(tuple(includes), changes)


def _of_xml(text: str) -> Iterable[tuple[str, dict[str, Any]]] | None:
    root = documents.xml(text)
    if root.tag.rpartition("}")[2] != "databaseChangeLog":
        return None
    return [
        (each.tag.rpartition("}")[2], dict(each.attrib))
        for each in root
        if isinstance(each.tag, str)
    ]


def _of_tree(name: str, text: str) -> Iterable[tuple[str, dict[str, Any]]] | None:
    document = documents.json(text) if name.endswith(".json") else None
    if document is None:
        document = next((each for each in documents.yaml(text) if each), None)
    listed = document.get("databaseChangeLog") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return None
    return [
        (str(kind), said if isinstance(said, dict) else {})
        for each in listed
        if isinstance(each, dict)
        for kind, said in each.items()
    ]


def _include(kind: str, said: dict[str, Any]) -> Include | None:
    path = said.get("path" if kind == "includeAll" else "file")
    if not isinstance(path, str) or not path.strip() or "${" in path:
        return None
    path = path.strip().replace("\\", "/")
    for scheme in ("classpath*:", "classpath:", "file:"):
        path = path.removeprefix(scheme)
    return Include(
        path=path.strip("/") if kind == "includeAll" else path.lstrip("/"),
        relative=_true(said.get("relativeToChangelogFile")),
        all=kind == "includeAll",
        shallowest=_number(said.get("minDepth"), _SHALLOWEST),
        deepest=_number(said.get("maxDepth"), _DEEPEST),
        ending=str(said.get("endsWithFilter") or ""),
        needed=not any(
            str(said.get(key, "true")).lower() == "false"
            for key in ("errorIfMissing", "errorIfMissingOrEmpty")
        ),
    )


def _true(value: Any) -> bool:
    return str(value).strip().lower() in ("true", "yes", "on")


def _number(value: Any, default: int) -> int:
    text = str(value).strip()
    return int(text[:9]) if text.isdecimal() else default


def target(changelog: str, include: Include, top: str) -> str | None:
    """The file or folder that a changelog (its path) includes; None where nothing below `top` is
    it.

    What is not relative to the changelog is so to a root on Liquibase's search path: the nearest
    folder above from which it leads somewhere, or a folder of resources there.
    """
    exists = os.path.isdir if include.all else os.path.isfile
    folder = os.path.dirname(changelog)
    if include.relative:
        path = os.path.normpath(os.path.join(folder, include.path))
        return path if exists(path) and is_below(path, top) else None
    while is_below(folder, top):
        for base in (folder, os.path.join(folder, "src", "main", "resources")):
            path = os.path.normpath(os.path.join(base, include.path))
            if exists(path) and is_below(path, top):
                return path
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    return None


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))
