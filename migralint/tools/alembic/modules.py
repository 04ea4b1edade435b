"""What revisions import from modules of the project: names of tables and schemas, SQL, and the
functions that send something through Alembic. A module is read as far as it spells them out, and
never run."""

from __future__ import annotations

import ast
import os
import sys
from typing import Any

from msgspec import Struct

from migralint.languages import tree
from migralint.languages.expressions import MISSING, World
from migralint.languages.values import Closure, Items, Manager, Scope, Symbol, Value
from migralint.source import NOWHERE, Embedded, look
from migralint.tools.consulted import Consulted
from migralint.tools.files import text_of

_LIBRARIES = frozenset(("alembic", "sqlalchemy", "sqlmodel", "sqlalchemy_utils", "builtins"))
_STEPS = 5
"""How many modules may hand a name on."""


class Modules(Consulted):
    """The modules of a project, each read once. `consulted` are those of the revision in hand."""

    def __init__(self, places: list[str]) -> None:
        super().__init__()
        self._places = places
        self._tops: dict[str, str | None] = {}
        self._known: dict[str, tuple[Value, frozenset[str]]] = {}
        self._files: dict[str, dict[str, Any]] = {}
        self._scopes: dict[str, tuple[Scope, frozenset[str]]] = {}

    def value(self, path: str, world: World) -> Value:
        """What a dotted path stands for, where that is a constant or a function of a module that
        speaks of Alembic, which is read with what is known of the world; else MISSING."""
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._look(path)
        self.consulted |= found[1]
        value = found[0]
        if isinstance(value, _Column):
            return MISSING
        return self._function(value, world) if isinstance(value, _Function) else value

    def column(self, path: str) -> str | None:
        """`table.column`, where a dotted path stands for a column of a model."""
        found = self._known.get(path, (MISSING, frozenset()))
        return found[0].text if isinstance(found[0], _Column) else None

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
            table = names.get(f"{rest[0]}.__tablename__")
            column = names.get("column " + whole)
            if column is not None and isinstance(table, str):
                return _Column(f"{table}.{column}"), frozenset(seen)
            if "def " + whole in names:
                return _Function(file, whole), frozenset(seen)
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
                    if os.path.isdir(look(os.path.join(place, top)))
                    or os.path.isfile(look(os.path.join(place, top + ".py")))
                ),
                None,
            )
        return self._tops[top]

    def _read(self, file: str) -> dict[str, Any]:
        if file not in self._files:
            try:
                text = text_of(file)
                self._files[file] = dict(
                    _constants(ast.parse(text).body, "", "alembic" in text.lower())
                )
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self._files[file] = {}
        return self._files[file]

    def _function(self, function: _Function, world: World) -> Value:
        scope, consulted = self._scopes.get(function.file) or self._scope(function.file, world)
        self.consulted |= consulted
        value = scope.names.get(function.name)
        return value if isinstance(value, Closure | Manager) else MISSING

    def _scope(self, file: str, world: World) -> tuple[Scope, frozenset[str]]:
        """The names of a module, whose functions stand nowhere: what they do is done where they
        are called."""
        from migralint.languages import python
        from migralint.languages.evaluate import Evaluator
        from migralint.languages.expressions import TooMuch

        self._scopes[file] = Scope(), frozenset()
        before, self.consulted = self.consulted, set()
        try:
            module = tree.placed(python.parse(text_of(file)), NOWHERE)
            scope = Evaluator(world).module(module)
        except (python.SyntaxProblem, TooMuch, RecursionError):
            scope = Scope()
        self._scopes[file] = scope, frozenset(self.consulted)
        self.consulted = before
        package = _package(os.path.dirname(file))
        for name, value in scope.names.items():
            if isinstance(value, Symbol) and value.path.startswith("."):
                scope.names[name] = Symbol(_absolute(value.path, package))
        return self._scopes[file]


class _Column(Struct, frozen=True):
    text: str


class _Function(Struct, frozen=True):
    file: str
    name: str


def _package(folder: str) -> list[str]:
    """The package that a folder is."""
    parts: list[str] = []
    while os.path.isfile(look(os.path.join(folder, "__init__.py"))):
        folder, part = os.path.split(folder)
        parts.insert(0, part)
    return parts


def _absolute(path: str, package: list[str]) -> str:
    """A relative import's path from where the project's packages stand."""
    rest = path.lstrip(".")
    above = len(path) - len(rest) - 1
    return ".".join([*package[: len(package) - above], rest])


def _module(place: str, parts: list[str]) -> tuple[str | None, list[str]]:
    """The file of the longest module at the head of a dotted path, and what is left of that."""
    for number in range(len(parts), 0, -1):
        path = os.path.join(place, *parts[:number])
        for file in (path + ".py", os.path.join(path, "__init__.py")):
            if os.path.isfile(look(file)):
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


def _constants(body: list[ast.stmt], prefix: str, functions: bool = False) -> list[tuple[str, Any]]:
    """The names that a module spells out, those of its classes behind a dot; and its imports."""
    found: list[tuple[str, Any]] = []
    for node in body:
        if isinstance(node, ast.ClassDef) and not prefix:
            found += _constants(node.body, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef) and functions:
            found.append((f"def {node.name}", True))
        elif isinstance(node, ast.ImportFrom) and not prefix:
            module = f"{node.module}." if node.module else ""
            found += [
                (f"import {each.asname or each.name}", (node.level, module + each.name))
                for each in node.names
            ]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [each.id for each in targets if isinstance(each, ast.Name)]
            if prefix and isinstance(node.value, ast.Call):
                found += [(f"column {prefix}{name}", _column(node.value, name)) for name in names]
                continue
            try:
                value = ast.literal_eval(node.value) if names else None
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
            found += [(prefix + name, value) for name in names]
    return found


def _column(made: ast.Call, name: str) -> str | None:
    """What the column of a model is called; None where this is none."""
    if ast.unparse(made.func).rpartition(".")[2] not in ("Column", "mapped_column"):
        return None
    first = made.args[0] if made.args else None
    said = first.value if isinstance(first, ast.Constant) else None
    return said if isinstance(said, str) else name


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
