"""Where Alembic keeps its revisions: told from its settings files and from what stands around the
files."""

from __future__ import annotations

import os
import re

from migralint.recognise import Found
from migralint.walk import Tree, is_below

_REVISION = re.compile(r"^down_revision\b[^=\n]*=", re.MULTILINE)
_LOOKED_AT = 3
_ABOVE = 4
"""How many folders above its revisions an env.py may stand."""
_SETTINGS = ("alembic.ini", "pyproject.toml")


def revisions(tree: Tree) -> list[Found]:
    """The histories of Alembic in the folders that were walked: what one settings file puts
    together, else what one env.py is the environment of."""
    folders = [path for path in tree.folders if _holds(tree, path)]
    named = _sections(tree, folders)
    for section, _ in named:
        folders += [
            path
            for path in section
            if path in tree.folders and path not in folders and _looks(tree, path)
        ]
    if not folders:
        return []
    found: list[Found] = []
    left = dict.fromkeys(folders)
    for section, marker in named:
        own = [path for path in left if any(_is_in(path, place) for place in section)]
        if own:
            found += _by_database(tree, own, marker)
            for path in own:
                del left[path]
    groups: dict[str, list[str]] = {}
    for path in left:
        groups.setdefault(home(tree, path) or path, []).append(path)
    for members in groups.values():
        found += _by_database(tree, members, None)
    return found


def home(tree: Tree, path: str) -> str | None:
    """The folder of the env.py that revisions in a folder belong to."""
    for _ in range(_ABOVE):
        if "env.py" in tree.names(path):
            return path
        path = os.path.dirname(path)
    return None


def is_revisions(tree: Tree, path: str) -> bool:
    """Whether a folder that nobody has walked holds revisions."""
    names = [name for name in tree.names(path) if name.endswith(".py")]
    return _are_revisions(tree, path, names)


def _looks(tree: Tree, path: str) -> bool:
    """Whether a few of the folder's files are revisions, wherever it stands."""
    names = [name for name in tree.folders[path].files if name.endswith(".py")]
    return _among(tree, path, names)


def _holds(tree: Tree, path: str) -> bool:
    names = [name for name in tree.folders[path].files if name.endswith(".py")]
    return bool(names) and _are_revisions(tree, path, names)


def _are_revisions(tree: Tree, path: str, names: list[str]) -> bool:
    """Whether these files are Alembic's: a look at a few of them, where the place is one for
    them."""
    if os.path.basename(path) != "versions" and home(tree, path) is None:
        return False
    return _among(tree, path, names)


def _among(tree: Tree, path: str, names: list[str]) -> bool:
    names = sorted(name for name in names if name not in ("__init__.py", "env.py"))
    looked_at = names[:_LOOKED_AT] + names[-1:]
    return any(_REVISION.search(tree.text(os.path.join(path, name))) for name in looked_at)


def _sections(tree: Tree, folders: list[str]) -> list[tuple[tuple[str, ...], str]]:
    """The version locations of each environment that a settings file names, among the folders or
    above them."""
    found: list[tuple[tuple[str, ...], str]] = []
    seen: set[str] = set()
    written = [
        os.path.join(path, name)
        for path, folder in tree.folders.items()
        for name in _SETTINGS
        if name in folder.files
    ]
    for paths in (written, *(tree.find_above(folder, *_SETTINGS) for folder in folders)):
        for path in paths:
            if path in seen:
                continue
            seen.add(path)
            if path.endswith(".toml") and "[tool.alembic" not in tree.text(path, 1 << 20):
                continue
            from migralint.tools.alembic.settings import sections

            found += [(section.version_locations, path) for section in sections(path)]
    return found


def _is_in(path: str, place: str) -> bool:
    return is_below(path, place)


def _by_database(tree: Tree, folders: list[str], marker: str | None) -> list[Found]:
    """One history; one for each database where the folders are named for several."""
    from migralint.databases import of_name

    groups: dict[str, list[str]] = {}
    for path in folders:
        groups.setdefault(of_name(path), []).append(path)
    found: list[Found] = []
    for members in groups.values() if len(groups) > 1 else [folders]:
        top = os.path.commonpath(members)
        files = [
            os.path.relpath(os.path.join(path, name), top).replace(os.sep, "/")
            for path in members
            for name in tree.python(path)
        ]
        found.append(Found(top, "alembic", files, marker))
    return found
