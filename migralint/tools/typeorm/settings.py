"""What a DataSource, or an ormconfig, says of migrations."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from msgspec import Struct

from migralint import documents
from migralint.languages.values import Made, Pairs, Value, text_of
from migralint.source import SCRIPTS, look
from migralint.tools.files import text_of as text_of_file

MODES = ("all", "each", "none")
_CALLED = re.compile(r"(?:data-?source|ormconfig|orm\.config|typeorm|database|db)", re.IGNORECASE)
"""How files are called that hold a DataSource."""
_MARK = re.compile(r"\bnew\s+DataSource\s*\(|\bmigrationsTransactionMode\b|\bDataSourceOptions\b")
_ABOVE = 5
"""How many folders above the migrations it may stand."""
_BESIDE = ("", "src", "src/db", "src/database", "src/config", "config", "db", "database")


class Settings(Struct, frozen=True):
    """`mode` is all, each or none; "" where nothing says it, which is all."""

    mode: str = ""
    dialect: str = ""


def settings(folder: str) -> Settings:
    """What the nearest DataSource says of the migrations in a folder."""
    for path in _files(folder):
        found = _read(path)
        if found is not None:
            return found
    return Settings()


def _files(folder: str) -> Iterator[str]:
    at = folder
    for _ in range(_ABOVE):
        for below in _BESIDE:
            place = os.path.join(at, *below.split("/")) if below else at
            for name in _names(place):
                if _CALLED.search(name) and name.endswith((*SCRIPTS, ".json", ".yml", ".yaml")):
                    yield os.path.join(place, name)
        if os.path.exists(look(os.path.join(at, ".git"))) or os.path.dirname(at) == at:
            return
        at = os.path.dirname(at)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(look(folder)))
    except OSError:
        return []


def _read(path: str) -> Settings | None:
    """What a file says; None where it is none of TypeORM's."""
    text = text_of_file(path)
    if path.endswith((".json", ".yml", ".yaml")):
        return _of_document(path, text) if "ormconfig" in os.path.basename(path) else None
    return _of_code(path, text) if _MARK.search(text) else None


def _of_document(path: str, text: str) -> Settings | None:
    said = documents.yaml(text)  # JSON is YAML.
    whole = said[0] if said else None
    whole = whole[0] if isinstance(whole, list) and whole else whole
    if not isinstance(whole, dict):
        return None
    mode = whole.get("migrationsTransactionMode", "all")
    return Settings(mode if mode in MODES else "", str(whole.get("type") or ""))


def _of_code(path: str, text: str) -> Settings | None:
    from migralint.languages import javascript
    from migralint.languages.events import TooMuch
    from migralint.languages.javascript.walking import Walker

    walker = Walker()
    try:
        walker.module(javascript.parse(text, path))
    except (javascript.SyntaxProblem, TooMuch, RecursionError):
        return None
    found: list[Pairs] = []
    for event in walker.events:
        if isinstance(event.value, Made):
            found += _options(event.value)
    for said in found:
        mode = _text(said, "migrationsTransactionMode")
        if mode is None and said.exact and "migrationsTransactionMode" not in said.items:
            mode = "all"
        return Settings(mode if mode in MODES else "", _text(said, "type") or "")
    return None


def _options(made: Made) -> list[Pairs]:
    """The objects that a `new DataSource(…)` is given."""
    if not made.path.endswith("DataSource"):
        return []
    return [each.value for each in made.given if isinstance(each.value, Pairs)]


def _text(said: Pairs, name: str) -> str | None:
    value: Value = said.items[name][1] if name in said.items else None
    return text_of(value)
