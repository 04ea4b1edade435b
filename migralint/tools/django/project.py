"""What a Django project says beside its migrations: the labels of its apps, its settings, its own
field classes. Read as text, never run."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from migralint.languages import tree
from migralint.languages.values import Value
from migralint.migration import Root
from migralint.source import Embedded, Unreadable, look, read
from migralint.tools import trees
from migralint.tools.django.fields import KNOWN, OTHERS, Own, written
from migralint.tools.files import Memory, text_of

_MODULE = re.compile(r"DJANGO_SETTINGS_MODULE['\"]\s*,\s*['\"]([\w.]+)['\"]")
_SETTING = re.compile(r"^([A-Z][A-Z0-9_]*)\s*(?::[^=\n]*)?=\s*(.*?)\s*$", re.MULTILINE)
_TIMEOUT = re.compile(r"-c\s*(lock_timeout|statement_timeout)\s*=\s*(\w+)")
_ABOVE = 3
_LABEL = re.compile(r"^\s+label\s*=\s*['\"](\w+)['\"]", re.MULTILINE)
_DECIDING = frozenset("db_type get_internal_type rel_db_type db_parameters db_check".split())
"""Methods of a field class that decide its column."""


ENGINE = re.compile(r"\bENGINE['\"]?\s*[:=]\s*['\"]([\w.]+)['\"]")
OTHER_ENGINES = {"mysql": "mysql", "sqlite3": "sqlite", "spatialite": "sqlite", "oracle": "oracle"}
"""The last words of the backends that are not PostgreSQL's, with the database."""
UNKNOWN: Any = object()


class Settings(Struct, frozen=True):
    user: str = "auth.User"
    auto: str = ""
    """The last word of DEFAULT_AUTO_FIELD."""
    timeouts: tuple[tuple[str, str], ...] = ()
    """(name, value) of those that the options of the connection set."""
    values: dict[str, Any] = {}
    """All settings by name; UNKNOWN where they are no literals."""
    routed: bool = False
    """Routers send some migrations to a database of another kind."""


def settings(root: Root) -> Settings:
    """What the settings files say."""
    found: dict[str, Any] = {}
    timeouts: dict[str, str] = {}
    engines: set[str] = set()
    for path in settings_files(root.path):
        text = text_of(path)
        engines.update(each.rpartition(".")[2] for each in ENGINE.findall(text))
        for key, said in _SETTING.findall(text):
            # One that files disagree on is not known.
            value = _literal(said)
            found[key] = value if found.get(key, value) == value else UNKNOWN
        timeouts.update(_TIMEOUT.findall(text))
    auto, user = found.get("DEFAULT_AUTO_FIELD", ""), found.get("AUTH_USER_MODEL", "auth.User")
    auto = auto.rpartition(".")[2] if isinstance(auto, str) else ""
    user = user if isinstance(user, str) else "auth.User"
    # A list over several lines is no literal here.
    routed = bool(found.get("DATABASE_ROUTERS")) and bool(engines & OTHER_ENGINES.keys())
    return Settings(user, auto, tuple(timeouts.items()), found, routed)


def modules(folder: str) -> dict[str, str]:
    """The folders that MIGRATION_MODULES names below that of a manage.py, each with the label of
    the app whose migrations it holds; those of settings for tests are of no database that lives."""
    found: dict[str, str] = {}
    for file in settings_files(folder):
        if "test" in os.path.basename(file):
            continue
        for own, module in _pairs(text_of(file), "MIGRATION_MODULES"):
            path = os.path.join(folder, *module.split(".")) if module else ""
            if os.path.isdir(look(path)):
                found[path] = own
    return found


def _pairs(text: str, name: str) -> Iterator[tuple[str, str]]:
    """What a dictionary of settings holds, as far as both sides are strings."""
    try:
        body = ast.parse(text).body if name in text else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for each in body:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        value = getattr(each, "value", None)
        if not isinstance(value, ast.Dict):
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            for key, said in zip(value.keys, value.values, strict=True):
                pair = getattr(key, "value", None), getattr(said, "value", None)
                if isinstance(pair[0], str) and isinstance(pair[1], str):
                    yield pair[0], pair[1]


def _literal(written: str) -> Any:
    try:
        return ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return UNKNOWN


def settings_files(folder: str) -> list[str]:
    """The settings module that manage.py names, with its siblings where it is a package."""
    match = _MODULE.search(text_of(os.path.join(folder, "manage.py")))
    names = [match.group(1)] if match else []
    parts = [os.path.join(folder, *each.split(".")) for each in names]
    parts += [os.path.join(os.path.dirname(each)) for each in parts if "settings" in each]
    found: list[str] = []
    for part in parts:
        if os.path.isfile(look(f"{part}.py")):
            found.append(f"{part}.py")
        if os.path.isdir(look(part)) and os.path.basename(part) in ("settings", "conf", "config"):
            files = sorted(name for name in os.listdir(part) if name.endswith(".py"))
            found += [os.path.join(part, name) for name in files]
    return list(dict.fromkeys(found))


def label(root: Root, folder: str) -> str:
    """The label of the app in a folder (relative to the root)."""
    own = folder.rpartition("/")[2] or os.path.basename(root.path)
    path = os.path.join(root.path, *folder.split("/"), "apps.py")
    match = _LABEL.search(text_of(path)) if os.path.isfile(look(path)) else None
    return match.group(1) if match else own


class Classes:
    """The field classes that files of the project define: Django's own class behind each."""

    def __init__(self, root: Root, memory: Memory | None = None) -> None:
        self._memory = memory
        self._folders = [root.path]
        for _ in range(_ABOVE):  # Its packages may begin above the apps.
            self._folders.append(os.path.dirname(self._folders[-1]))
        self._found: dict[str, Own] = {}
        self._modules: dict[str, tree.Module | None] = {}

    def own(self, path: str, depth: int = 0) -> Own:
        """What is behind a dotted path."""
        if path in OTHERS:
            return Own(OTHERS[path])
        module, _, name = path.rpartition(".")
        if path.startswith("django."):
            return Own(name if name in KNOWN else "")
        if path in self._found or depth > 8:
            return self._found.get(path, Own())
        self._found[path] = Own()
        parsed = self._module(module)
        if parsed is None:
            return Own()
        names = {
            name: target
            for each in parsed.body
            if isinstance(each, tree.Import)
            for name, target in each.names
        }
        for each in parsed.body:
            if isinstance(each, tree.Class) and each.name == name:
                self._found[path] = self._of_class(each, names, module, depth)
                return self._found[path]
        target = names.get(name)
        if target is not None:
            self._found[path] = self.own(_absolute(target, module), depth + 1)
        return self._found[path]

    def _of_class(self, node: tree.Class, names: dict[str, str], module: str, depth: int) -> Own:
        methods = {each.name: each for each in node.body if isinstance(each, tree.Function)}
        if _DECIDING & set(methods):
            return Own()
        for base in node.bases:
            path = _dotted(base)
            head, _, rest = path.partition(".")
            target = names.get(head)
            target = f"{module}.{head}" if target is None else _absolute(target, module)
            found = self.own(f"{target}.{rest}" if rest else target, depth + 1)
            if found.kind:
                always, usually = dict(found.always), dict(found.usually)
                if "__init__" in methods:
                    _arguments(methods["__init__"].body, always, usually)
                return Own(found.kind, always, usually)
        return Own()

    def _module(self, module: str) -> tree.Module | None:
        if module not in self._modules:
            self._modules[module] = self._parsed(module)
        return self._modules[module]

    def _parsed(self, module: str) -> tree.Module | None:
        for folder in self._folders:
            part = os.path.join(folder, *module.split("."))
            for path in (f"{part}.py", os.path.join(part, "__init__.py")):
                if module and os.path.isfile(look(path)):
                    try:
                        return trees.python(read(path, path).text, self._memory)
                    except (tree.SyntaxProblem, Unreadable):
                        return None
        return None


def _arguments(
    body: tuple[tree.Statement, ...], always: dict[str, Value], usually: dict[str, Value]
) -> None:
    """The arguments that an `__init__` sets: kwargs[…] = …, kwargs.setdefault(…) and those that it
    hands on itself."""
    for each in body:
        if isinstance(each, tree.Assign):
            for target in each.targets:
                if isinstance(target, tree.Subscript) and isinstance(target.index, tree.Text):
                    _set(always, target.index.value.text, each.value)
        elif isinstance(each, tree.If):
            _arguments(each.then, usually, usually)
        elif isinstance(each, tree.Do) and isinstance(each.value, tree.Call):
            function, given = each.value.function, each.value.arguments
            if not isinstance(function, tree.Attribute):
                continue
            if function.name == "setdefault" and len(given) == 2:
                name = given[0].value
                if isinstance(name, tree.Text):
                    _set(usually, name.value.text, given[1].value)
            elif function.name == "__init__":
                for argument in given:
                    if argument.name:
                        _set(always, argument.name, argument.value)


def _set(arguments: dict[str, Value], name: str, value: tree.Expression) -> None:
    if isinstance(value, (tree.Constant, tree.Text)):
        known = value.value
        arguments[name] = written(known.text) if isinstance(known, Embedded) else known


def _absolute(target: str, module: str) -> str:
    """A relative import's path from the top."""
    dots = len(target) - len(target.lstrip("."))
    if not dots:
        return target
    parts = module.split(".")[:-dots]
    return ".".join([*parts, target[dots:]])


def _dotted(node: tree.Expression) -> str:
    if isinstance(node, tree.Name):
        return node.name
    return f"{_dotted(node.of)}.{node.name}" if isinstance(node, tree.Attribute) else "?"
