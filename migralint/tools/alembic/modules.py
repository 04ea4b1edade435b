"""Constants that revisions import from modules of the project: names of tables and schemas, SQL. A
module is read as far as it spells them out, and never run."""

from __future__ import annotations

import ast
import os
import sys
from hashlib import blake2b
from typing import Any

from migralint.languages.expressions import MISSING
from migralint.languages.values import Items, Value
from migralint.source import Embedded
from migralint.tools.files import text_of

_LIBRARIES = frozenset(("alembic", "sqlalchemy", "sqlmodel", "sqlalchemy_utils", "builtins"))
_STEPS = 5
"""How many modules may hand a name on."""
Digests = tuple[tuple[str, str], ...]
"""Files by path, with the digest of their text."""


class Modules:
    """The modules of a project, each read once. `consulted` are those of the revision in hand."""

    def __init__(self, places: list[str]) -> None:
        self._places = places
        self._tops: dict[str, str | None] = {}
        self._known: dict[str, tuple[Value, frozenset[str]]] = {}
        self._files: dict[str, dict[str, Any]] = {}
        self._digests: dict[str, str] = {}
        self.consulted: set[str] = set()

    def value(self, path: str) -> Value:
        """What a dotted path stands for, where that is a constant; else MISSING."""
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._look(path)
        self.consulted |= found[1]
        return found[0]

    def digests(self) -> Digests:
        """What was consulted since the last time."""
        found = tuple((path, self.digest(path)) for path in sorted(self.consulted))
        self.consulted = set()
        return found

    def digest(self, path: str) -> str:
        if path not in self._digests:
            data = text_of(path).encode("utf-8", "surrogatepass")
            self._digests[path] = blake2b(data, digest_size=12).hexdigest()
        return self._digests[path]

    def _look(self, path: str) -> tuple[Value, frozenset[str]]:
        parts = path.split(".")
        place = self._place(parts[0])
        if place is None or len(parts) < 2 or not all(part.isidentifier() for part in parts):
            return MISSING, frozenset()
        seen: set[str] = set()
        for _ in range(_STEPS):
            file, rest = _module(place, parts)
            if file is None or not rest:
                break
            seen.add(file)
            names = self._read(file)
            whole = ".".join(rest)
            if whole in names:
                return _lifted(names[whole]), frozenset(seen)
            other = names.get("import " + rest[0])
            if other is None:
                break
            folder = os.path.dirname(file)
            place, parts = _target(place, folder, other, rest[1:])
        return MISSING, frozenset(seen)

    def _place(self, top: str) -> str | None:
        """The folder that a package of the project stands in."""
        if top not in self._tops:
            known = top in _LIBRARIES or top in sys.stdlib_module_names
            self._tops[top] = next(
                (
                    place
                    for place in (() if known else self._places)
                    if os.path.isdir(os.path.join(place, top))
                    or os.path.isfile(os.path.join(place, top + ".py"))
                ),
                None,
            )
        return self._tops[top]

    def _read(self, file: str) -> dict[str, Any]:
        if file not in self._files:
            try:
                self._files[file] = dict(_constants(ast.parse(text_of(file)).body, ""))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self._files[file] = {}
        return self._files[file]


def _module(place: str, parts: list[str]) -> tuple[str | None, list[str]]:
    """The file of the longest module at the head of a dotted path, and what is left of that."""
    for number in range(len(parts), 0, -1):
        path = os.path.join(place, *parts[:number])
        for file in (path + ".py", os.path.join(path, "__init__.py")):
            if os.path.isfile(file):
                return file, parts[number:]
    return None, []


def _target(
    place: str, folder: str, other: tuple[int, str], rest: list[str]
) -> tuple[str, list[str]]:
    """Where a module's own import leads."""
    level, dotted = other
    parts = [part for part in dotted.split(".") if part]
    for _ in range(level - 1):
        folder = os.path.dirname(folder)
    return (folder if level else place), [*parts, *rest]


def _constants(body: list[ast.stmt], prefix: str) -> list[tuple[str, Any]]:
    """The names that a module spells out, those of its classes behind a dot; and its imports."""
    found: list[tuple[str, Any]] = []
    for node in body:
        if isinstance(node, ast.ClassDef) and not prefix:
            found += _constants(node.body, f"{node.name}.")
        elif isinstance(node, ast.ImportFrom) and not prefix:
            module = f"{node.module}." if node.module else ""
            found += [
                (f"import {each.asname or each.name}", (node.level, module + each.name))
                for each in node.names
            ]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [each.id for each in targets if isinstance(each, ast.Name)]
            try:
                value = ast.literal_eval(node.value) if names else None
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
            found += [(prefix + name, value) for name in names]
    return found


def _lifted(value: Any) -> Value:
    """A literal of another file, which stands nowhere in this one."""
    if isinstance(value, str):
        return Embedded(value, ())
    if isinstance(value, (list, tuple)):
        kind: Any = "list" if isinstance(value, list) else "tuple"
        return Items(kind, [_lifted(each) for each in value])
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return MISSING
