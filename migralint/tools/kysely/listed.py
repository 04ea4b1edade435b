"""What a project says of its migrations in other files: the file beside them that lists them, where
it hands them to Kysely itself (a migration is called there what it is exported as), and how it
makes its Kysely."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator

from migralint.languages.values import Pairs, Symbol
from migralint.migration import Root
from migralint.source import Source, look
from migralint.tools.files import text_of
from migralint.tools.javascript import reading

ENDINGS = (".ts", ".js", ".mts", ".mjs", ".cts", ".cjs")
_NAMES = tuple(f"index{ending}" for ending in ENDINGS)
_PLUGIN = "CamelCasePlugin("
_MAKES = re.compile(r"(?:db|database|kysely|connection|client|migrat\w*|index)\.[cm]?[jt]s", re.I)
"""How such a file is called."""
_FAR, _MOST = 5, 30
"""So many folders upwards are looked at, and so many of the folders in each."""


def listed(root: Root) -> dict[str, str]:
    """The names of migrations by their files, without endings; nothing where no file lists any."""
    for name in _NAMES:
        path = os.path.join(root.path, name)
        if os.path.isfile(look(path)):
            return _read(Source(name, text_of(path)))
    return {}


def _read(source: Source) -> dict[str, str]:
    from migralint.languages import tree
    from migralint.languages.javascript.walking import Walker, exported
    from migralint.tools.javascript import walks

    module = reading.parsed(source)
    if not isinstance(module, tree.Module):
        return {}
    whole = exported(walks.scope_of(Walker(), module))
    found: dict[str, str] = {}
    waiting = [whole]
    while waiting:
        value = waiting.pop()
        for key, (_, each) in value.items.items() if isinstance(value, Pairs) else ():
            if isinstance(each, Pairs):
                waiting.append(each)
            elif isinstance(each, Symbol) and each.path.startswith("./"):
                found[stem(posixpath.normpath(each.path))] = str(key)
    return found


def stem(name: str) -> str:
    """A file's name without what says its language."""
    base, ending = posixpath.splitext(name)
    return base if ending in ENDINGS else name


def renames(root: Root) -> bool:
    """Whether a file around the migrations makes a Kysely that writes the names of the code
    otherwise in the database."""
    folder = root.path
    for _ in range(_FAR):
        parent = os.path.dirname(folder)
        if any(_PLUGIN in text_of(path) for path in _makers(parent)):
            return True
        if parent == folder or os.path.isfile(look(os.path.join(parent, "package.json"))):
            return False
        folder = parent
    return False


def _makers(folder: str) -> Iterator[str]:
    """The files in a folder, and in those in it, that may make a Kysely."""
    below = [each for each in _names(folder) if "." not in each and each != "node_modules"]
    for place in (folder, *(os.path.join(folder, each) for each in below[:_MOST])):
        for name in _names(place):
            if _MAKES.fullmatch(name):
                yield os.path.join(place, name)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(look(folder)))
    except OSError:
        return []
