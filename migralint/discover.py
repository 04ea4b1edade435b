"""Which migrations there are: each history's place, tool, database and files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from migralint import databases
from migralint.config import Entry, Settings, matcher
from migralint.errors import ConfigurationError, UsageError
from migralint.migration import Root, Scope
from migralint.recognise import Found, gather, is_flyway, is_unit, recognise, siblings
from migralint.tools import NAMES as TOOLS
from migralint.walk import Tree, is_below


class Discovery(Struct, frozen=True):
    """`unread` are (path, reason), one a place; `notes` are for people."""

    roots: tuple[Root, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def discover(
    paths: Sequence[str],
    settings: Settings,
    cwd: str,
    *,
    tool: str | None = None,
    dialect: str | None = None,
    force_exclude: bool = False,
) -> Discovery:
    """The histories that these files and folders belong to; without any, those below the current
    folder."""
    cwd = os.path.abspath(cwd)
    asked = _Asked(cwd, paths, settings, force_exclude)
    tree = Tree(cwd)
    for top in asked.tops(tree):
        tree.walk(top)
    forced = _tool(tool or settings.tool)
    places = _with_entries(tree, recognise(tree), settings)
    found = [
        (gather(tree, place.path, forced) if forced and not place.unread else place, entry)
        for place, entry in places
    ]
    found += _leftover(tree, asked, [place for place, _ in found], forced)

    dialects: dict[int, str] = {}
    versions: dict[int, int | None] = {}
    entries: dict[int, Entry | None] = {}
    for place, entry in found:
        guess = databases.Database() if place.unread else databases.database(tree, place)
        said = (
            dialect
            or (entry.dialect if entry else None)
            or guess.dialect
            or settings.dialect
            or "postgresql"
        )
        dialects[id(place)] = databases.canonical(said) or said
        versions[id(place)] = (
            (entry.postgres_version if entry else None)
            or settings.postgres_version
            or guess.version
        )
        entries[id(place)] = entry
    roots: list[Root] = []
    unread: list[tuple[str, str]] = [
        (asked.shown(path), reason) for path, reason in tree.unread if asked.wants(path)
    ]
    for place in siblings([place for place, _ in found], dialects):
        entry = entries.get(id(place))
        checked = asked.among(place)
        if checked is not None and not checked:
            continue
        number = sum(not name.endswith((".json", ".toml", ".sum", ".conf")) for name in place.files)
        files = "1 file" if number == 1 else f"{number} files"
        if place.unread or dialects[id(place)] not in databases.ANALYSED:
            what = (
                place.unread
                or f"{databases.NAMES.get(dialects[id(place)], dialects[id(place)])} migrations"
            )
            unread.append((asked.shown(place.path), f"{what} are not analysed yet ({files})"))
            continue
        shown = asked.shown(place.path)
        transaction: Scope | None = entry.transaction if entry else None
        roots.append(
            Root(
                place.path,
                shown,
                place.tool,
                dialects[id(place)],
                checked,
                transaction,
                versions.get(id(place)),
                place.marker,
                tuple(place.files),
                tuple(replace(problem, path=shown) for problem in place.problems),
            )
        )
    roots.sort(key=lambda root: (root.path, root.tool))
    unread += [(asked.shown(path), "is no file of migrations") for path in asked.strangers]
    return Discovery(tuple(roots), tuple(sorted(unread)))


class _Asked:
    """What the call asks for: folders, files, and what the configuration leaves out."""

    def __init__(
        self, cwd: str, paths: Sequence[str], settings: Settings, force_exclude: bool
    ) -> None:
        self.cwd = cwd
        self.files: set[str] = set()
        self.folders: list[str] = []
        self.strangers: list[str] = []
        self.excluded = matcher(settings)
        self.force_exclude = force_exclude
        for path in paths or (cwd,):
            absolute = os.path.abspath(os.path.join(cwd, path))
            if os.path.isdir(absolute):
                self.folders.append(absolute)
            elif os.path.exists(absolute):
                self.files.add(absolute)
            elif os.path.lexists(absolute):
                raise UsageError(f"{path}: is a symbolic link to nothing")
            else:
                raise UsageError(f"{path}: there is no such file or folder")

    def shown(self, path: str) -> str:
        """A path as people see it: relative to the current folder where it is below it."""
        if path == self.cwd:
            return "."
        if is_below(path, self.cwd):
            path = path[len(os.path.join(self.cwd, "")) :]
        return path.replace(os.sep, "/")

    def tops(self, tree: Tree) -> list[str]:
        """The folders to walk: those asked for, and those in which the files' histories begin."""
        tops = {_history(tree, folder) for folder in self.folders}
        tops |= {
            _history(tree, folder) for folder in {os.path.dirname(file) for file in self.files}
        }
        return sorted(tops)

    def wants(self, path: str) -> bool:
        """Whether something is inside what was asked for, and not left out."""
        if path in self.files:
            return not (self.force_exclude and self.excluded is not None and self.excluded(path))
        if not any(is_below(path, folder) for folder in self.folders):
            return False
        return self.excluded is None or not self.excluded(path)

    def among(self, place: Found) -> frozenset[str] | None:
        """The files of a place that were asked for; None for all of them."""
        if self.excluded is None and any(is_below(place.path, folder) for folder in self.folders):
            return None
        prefix = os.path.join(place.path, "")
        paths = [prefix + name.replace("/", os.sep) for name in place.files]
        wanted = [path for path in paths if self.wants(path)]
        return None if len(wanted) == len(paths) else frozenset(wanted)


def _history(tree: Tree, folder: str) -> str:
    """The folder in which the history that a folder belongs to begins: itself, if it is no part of
    one above it."""
    names = tree.names(folder)
    if is_unit(names):
        return os.path.dirname(folder)
    if not any(map(is_flyway, names)):
        return folder
    top = folder
    while any(map(is_flyway, tree.names(os.path.dirname(top)))):
        top = os.path.dirname(top)
    # Flyway's locations lie side by side as often as below one another.
    parent = os.path.dirname(top)
    for name in tree.names(parent):
        beside = os.path.join(parent, name)
        if beside != top and os.path.isdir(beside) and any(map(is_flyway, tree.names(beside))):
            return parent
    return top


def _tool(name: str | None) -> str | None:
    """A tool's name as it is written in one way."""
    if name is None:
        return None
    tool = name.lower().replace("_", "-")
    if tool not in TOOLS:
        raise UsageError(f"{name}: there is no such tool; known are {', '.join(sorted(TOOLS))}")
    return tool


def _with_entries(
    tree: Tree, places: list[Found], settings: Settings
) -> list[tuple[Found, Entry | None]]:
    """The places, with the configuration's entries laid over them."""
    left: list[tuple[Found, Entry | None]] = [(place, None) for place in places]
    for number, entry in enumerate(settings.migrations, 1):
        if any(character in entry.path for character in "*?["):
            paths = [path for path in tree.folders if fnmatchcase(path, entry.path)]
        else:
            paths = [entry.path] if entry.path in tree.folders else []
            if not os.path.isdir(entry.path):
                where = f"{settings.path}: migrations, entry {number}"
                raise ConfigurationError(f"{where}: there is no folder {entry.path}")
        try:
            tool = _tool(entry.tool)
        except UsageError as why:
            raise ConfigurationError(f"{settings.path}: migrations, entry {number}: {why}") from why
        for path in paths:
            if tool is not None:
                left = [
                    (place, own)
                    for place, own in left
                    if own is not None or not is_below(place.path, path)
                ]
                left.append((gather(tree, path, tool), entry))
            else:
                left = [
                    (place, own or (entry if is_below(place.path, path) else None))
                    for place, own in left
                ]
    return left


def _leftover(
    tree: Tree, asked: _Asked, places: list[Found], forced: str | None
) -> list[tuple[Found, Entry | None]]:
    """Files and folders that were asked for by name and belong to no history that was found: SQL
    all the same."""
    claimed = {
        os.path.join(place.path, *name.split("/")) for place in places for name in place.files
    }
    folders: dict[str, list[str]] = {}
    for file in sorted(asked.files - claimed):
        if file.endswith(".sql"):
            folders.setdefault(os.path.dirname(file), []).append(os.path.basename(file))
        else:
            asked.strangers.append(file)
    found: list[tuple[Found, Entry | None]] = [
        (Found(path, forced or "sql", names), None) for path, names in folders.items()
    ]
    for path in asked.folders:
        folder = tree.folders.get(path)
        if folder is None or any(
            is_below(place.path, path) or is_below(path, place.path) for place in places
        ):
            continue
        sql = [name for name in folder.files if name.endswith(".sql")]
        if sql:
            found.append((gather(tree, path, forced) if forced else Found(path, "sql", sql), None))
    return found
