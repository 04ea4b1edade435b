"""Where an application of Flask makes the metadata that Flask-Migrate's env.py asks it for
(`current_app.extensions["migrate"].db`): looked for where such applications keep it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from migralint.source import look
from migralint.tools.files import text_of

_ASKED = re.compile(r"""extensions\[["']migrate["']\]""")
_MADE = re.compile(r"^\w+\s*(?::[^=\n]+)?=\s*(?:\w+\.)*\w*SQLAlchemy\(", re.MULTILINE)
_MADE_OF_OWN = re.compile(
    r"^class (\w+)\([^)]*\bSQLAlchemy\b(?s:.*)^\w+\s*(?::[^=\n]+)?=\s*\1\(", re.MULTILINE
)
_INSIDE = frozenset("app common core data database db ext extensions models orm sqlalchemy".split())
"""Packages inside the application's own that are looked into."""
_DEEP = 4
_FILES = 400
"""How many files are looked at; in a project of more it may be in any."""


def asks_application(text: str) -> bool:
    """Whether an env.py takes the metadata of the application that runs."""
    return _ASKED.search(text) is not None


def made_in(places: Iterable[str]) -> str | None:
    """The text of the one module that makes the database object; None where there is none, or more
    than one."""
    found: dict[str, str] = {}
    for number, path in enumerate(path for place in places for path in _modules(place, 0)):
        if number >= _FILES:
            return None
        text = text_of(path)
        if "SQLAlchemy" in text and (_MADE.search(text) or _MADE_OF_OWN.search(text)):
            found[os.path.realpath(path)] = text
    return next(iter(found.values())) if len(found) == 1 else None


def _modules(folder: str, deep: int) -> Iterator[str]:
    """The modules of the packages in a folder, and of some that these hold."""
    for name in _names(folder):
        path = os.path.join(folder, name)
        if name.endswith(".py") and deep:
            yield path
        elif (deep == 0 or name in _INSIDE) and deep < _DEEP:
            if os.path.isfile(look(os.path.join(path, "__init__.py"))):
                yield from _modules(path, deep + 1)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(look(folder)))
    except OSError:
        return []
