"""What migrations in JavaScript import from files of the project: constants, lists of names, and
the functions that send something. A file is read as far as it spells them out, and never run."""

from __future__ import annotations

import os

from migralint.languages import javascript, tree
from migralint.languages.events import TooMuch, World
from migralint.languages.expressions import MISSING
from migralint.languages.javascript.walking import Walker, exported
from migralint.languages.values import Items, Kind, Pairs, Scope, Symbol, Value
from migralint.source import NOWHERE, look
from migralint.tools.consulted import Consulted
from migralint.tools.files import text_of

_ENDINGS = (".ts", ".js", ".mts", ".mjs", ".cts", ".cjs", ".tsx", ".jsx")
_COMPILED = {".js": ".ts", ".mjs": ".mts", ".cjs": ".cts", ".jsx": ".tsx"}
"""What a file is called once it is compiled, as TypeScript wants it imported."""
_LARGEST = 400_000
"""A longer file holds data, or was made."""
_STEPS = 8
"""How many files may hand a name on."""


class Modules(Consulted):
    """The files of a project that are imported, each read once. `consulted` are those of the
    migration in hand, `file` is that itself, and `folder` the one that it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = ""
        self.file = ""
        self._scopes: dict[str, tuple[Scope, frozenset[str]]] = {}

    def value(self, path: str, world: World) -> Value:
        """What a dotted path that begins with a relative or absolute file stands for, where that
        is known; else MISSING."""
        for _ in range(_STEPS):
            if not path.startswith((".", os.sep)) or "()" in path:
                return MISSING
            file, names = located(os.path.normpath(os.path.join(self.folder, path)))
            if file is None:
                return MISSING
            found = self._found(file, names, world)
            if not isinstance(found, Symbol):
                return found
            path = found.path
        return MISSING

    def _found(self, file: str, names: list[str], world: World) -> Value:
        scope, consulted = self._scopes.get(file) or self._read(file, world)
        self.consulted |= consulted
        value = exported(scope)
        for number, name in enumerate(names):
            if isinstance(value, Pairs) and name in value.items:
                value = value.items[name][1]
            elif isinstance(value, Kind) and name in value.scope.names:
                value = value.scope.names[name]
            elif name == "default" and number == 0:
                continue  # What CommonJS gives as a whole is what a default import gets.
            elif isinstance(value, Symbol):
                value = Symbol(f"{value.path}.{name}")
            else:
                return MISSING
        return value

    def _read(self, file: str, world: World) -> tuple[Scope, frozenset[str]]:
        """The names of a file, whose functions stand nowhere: what they do is done where they are
        called."""
        self._scopes[file] = Scope(), frozenset((file,))
        before, self.consulted = self.consulted, {file}
        outer, self.file, self.folder = (self.file, self.folder), file, os.path.dirname(file)
        text = text_of(file)
        scope = Scope()
        try:
            if len(text) <= _LARGEST:
                module = tree.placed(javascript.parse(text, file), NOWHERE)
                scope = Walker(world).module(module)
        except (javascript.SyntaxProblem, TooMuch, RecursionError):
            scope = Scope()
        for name, value in scope.names.items():
            scope.names[name] = _absolute(value, self.folder)
        found = self._scopes[file] = scope, frozenset(self.consulted)
        self.consulted = before
        self.file, self.folder = outer
        return found


def located(path: str) -> tuple[str | None, list[str]]:
    """The file that a dotted path begins with, and the names after it."""
    folder, base = os.path.split(path)
    parts = base.split(".")
    for number in range(len(parts), 0, -1):
        file = _file(os.path.join(folder, ".".join(parts[:number])))
        if file is not None:
            return file, parts[number:]
    return None, []


def _file(path: str) -> str | None:
    """The file that an import of a path gives."""
    stem, ending = os.path.splitext(path)
    tried = [path] if ending in _ENDINGS else []
    if ending in _COMPILED:
        tried.append(stem + _COMPILED[ending])
    tried += [path + each for each in _ENDINGS]
    tried += [os.path.join(path, "index" + each) for each in _ENDINGS]
    return next((each for each in tried if os.path.isfile(look(each))), None)


def _absolute(value: Value, folder: str) -> Value:
    """A value of a file, of which the relative imports are named from the root."""
    if isinstance(value, Symbol) and value.path.startswith("."):
        return Symbol(os.path.normpath(os.path.join(folder, value.path)))
    if isinstance(value, Pairs):
        for key, (name, each) in list(value.items.items()):
            if isinstance(each, Symbol):
                value.items[key] = name, _absolute(each, folder)
            elif key == "exports" and isinstance(each, Pairs):
                _absolute(each, folder)
    elif isinstance(value, Items):
        value.items[:] = [
            _absolute(each, folder) if isinstance(each, Symbol) else each for each in value.items
        ]
    return value
