"""YAML, XML, JSON and properties files of other tools, as trees or as flat settings.

None of it may hurt: no tag builds an object, no document type is read, nothing is fetched. What
cannot be read raises ValueError, whose message ends the sentence "This file …".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DEEP = 40
_MOST = 20_000
"""Deeper and longer than settings are; aliases of aliases grow without end."""
_FILTERED = re.compile(r"@([\w.-]+)@")
_DOCUMENT = re.compile(r"^[#!]---[ \t]*$", re.MULTILINE)
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_LINE = re.compile(r"(?P<key>(?:[^\\=:\s]|\\.)+)[ \t\f]*[=: \t\f]?[ \t\f]*(?P<value>.*)", re.DOTALL)
_FOLDED = re.compile(r"(?<!\\)((?:\\\\)*)\\\r?\n[ \t\f]*")
_INDEX = re.compile(r"(.+)\[(\d+)\]")


def yaml(text: str) -> list[Any]:
    """The documents of a YAML file, with every scalar as the text that it is written as."""
    import yaml as library

    # Maven puts its values in place of @name@ before anybody reads the file.
    text = _FILTERED.sub(r"\1", text)
    try:
        # Not the loader in C: it brings the process down where something is nested too deep.
        return list(library.load_all(text, library.BaseLoader))
    except library.YAMLError as why:
        mark = getattr(why, "problem_mark", None)
        what = getattr(why, "problem", None) or "it cannot be parsed"
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise ValueError(f"is not YAML: {what}{where}") from why
    except (RecursionError, ValueError, TypeError) as why:
        raise ValueError("is not YAML: it cannot be parsed") from why


def json(text: str) -> Any:
    import json as library

    try:
        return library.loads(text)
    except (RecursionError, ValueError) as why:
        raise ValueError(f"is not JSON: {str(why)[:200]}") from why


def xml(text: str) -> Element:
    """The root element; names keep their namespaces, as in {…}include."""
    # A document type is all that could define or fetch an entity.
    if "<!DOCTYPE" in text:
        raise ValueError("has a DOCTYPE, which is not read")
    from xml.etree import ElementTree

    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, RecursionError, ValueError) as why:
        raise ValueError(f"is not XML: {why}") from why


def properties(text: str) -> list[dict[str, str]]:
    """The documents of a properties file, which `#---` parts."""
    return [_properties(part) for part in _DOCUMENT.split(text)]


def _properties(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    lists: dict[str, dict[int, str]] = {}
    for raw in _FOLDED.sub(r"\1", text).splitlines():
        line = raw.strip(" \t\f")
        match = _LINE.fullmatch(line) if line and line[0] not in "#!" else None
        if match is None:
            continue
        key, value = _unescaped(match["key"]), _unescaped(match["value"])
        item = _INDEX.fullmatch(key)
        if item is not None:
            lists.setdefault(item[1], {})[int(item[2][:6])] = value
        else:
            found[key] = value
    for key, items in lists.items():
        found[key] = ",".join(value for _, value in sorted(items.items()))
    return found


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        letter = match[1]
        return chr(int(letter[1:], 16)) if len(letter) == 5 else _LETTERS.get(letter, letter)

    return _ESCAPED.sub(character, text) if "\\" in text else text


def flat(document: Any) -> dict[str, str]:
    """A tree of tables as dotted keys; a list of values is one, with commas."""
    found: dict[str, str] = {}
    for key, value in _leaves("", document, 0):
        found.setdefault(key, value)
        if len(found) > _MOST:
            raise ValueError(f"holds more than {_MOST} settings")
    return found


def _leaves(key: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEP:
        raise ValueError("is nested too deep")
    if isinstance(value, dict):
        merged: list[Any] = []
        for name, below in value.items():
            if name == "<<":  # YAML's merge: what stands beside it wins
                merged += below if isinstance(below, list) else [below]
            else:
                yield from _leaves(f"{key}.{name}" if key else str(name), below, depth + 1)
        for each in merged:
            yield from _leaves(key, each, depth + 1)
    elif isinstance(value, list):
        if all(not isinstance(item, (dict, list)) for item in value):
            yield key, ",".join(map(_scalar, value))
        else:
            for number, item in enumerate(value):
                yield from _leaves(f"{key}[{number}]", item, depth + 1)
    elif key:
        yield key, _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def resolved(value: str, settings: dict[str, str], depth: int = 0) -> str | None:
    """A value with its `${name:default}` filled in from the settings, else by the default; None
    where one has neither, which only the environment knows then."""
    parts: list[str] = []
    at = 0
    while (start := value.find("${", at)) >= 0:
        end = _closing(value, start + 2)
        if end < 0 or depth > 8:
            return None
        name, colon, default = value[start + 2 : end].partition(":")
        own = settings.get(name)
        filled = resolved(own if own is not None else default, settings, depth + 1)
        if filled is None or (own is None and not colon):
            return None
        parts += [value[at:start], filled]
        at = end + 1
    return "".join([*parts, value[at:]])


def _closing(value: str, at: int) -> int:
    """Where the brace ends that opened before `at`."""
    depth = 1
    for index in range(at, len(value)):
        depth += {"{": 1, "}": -1}.get(value[index], 0)
        if depth == 0:
            return index
    return -1
