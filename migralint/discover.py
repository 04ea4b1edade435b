"""Which migrations there are: each history's place, tool, database and files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from migralint import apps, changelogs, databases, locations, scripts
from migralint.callers import calls
from migralint.config import Entry, Settings, matcher, words
from migralint.errors import ConfigurationError, UsageError
from migralint.migration import Root
from migralint.recognise import (
    Found,
    changelog_top,
    gather,
    is_flyway,
    is_unit,
    recognise,
    siblings,
)
from migralint.revisions import home, is_revisions, revisions
from migralint.source import SCRIPTS, stands_in
from migralint.tools import NAMES as TOOLS
from migralint.walk import Tree, is_below

_GLOB = frozenset("*?[")
_FEW = 3
"""So many files are named one by one."""


class Discovery(Struct, frozen=True):
    """`unread` are (path, reason), one a place; `notes` are for people."""

    roots: tuple[Root, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """The same, at once and on standard error."""
    narrow: bool = False
    """Of the histories' files, only those were asked for that changed."""
    narrowed: str = ""
    """What a run without any migration says instead of that there are none."""


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
    tree = Tree(cwd, settings.respect_gitignore)
    for top in asked.tops(tree):
        tree.walk(top)
    uses, read = locations.uses(tree), changelogs.changelogs(tree)
    found = recognise(tree) + revisions(tree) + apps.apps(tree)
    found = scripts.joined(found, scripts.scripts(tree))
    places = locations.located(tree, uses, found)
    places = changelogs.gathered(tree, read, places)
    forced = _tool(tool or settings.tool)
    if forced is not None:
        unread = [place for place in places if place.unread or _is_whole(place, forced)]
        paths_found = dict.fromkeys(place.path for place in places if place not in unread)
        places = unread + [gather(tree, path, forced) for path in paths_found]
    places = _with_entries(tree, places, settings)
    places += _leftover(tree, asked, places, forced)
    locations.settle(tree, uses, places)
    for place in places:
        if not place.unread:
            guess = databases.database(tree, place)
            said = dialect or place.dialect or guess.dialect or settings.dialect or "postgresql"
            place.dialect = databases.canonical(said) or said
            place.version = place.version or settings.postgres_version or guess.version
    roots: list[Root] = []
    passed = [(asked.shown(path), reason) for path, reason in tree.unread if asked.wants(path)]
    passed += [(asked.shown(path), "is no file of migrations") for path in asked.strangers]
    for place in siblings(places):
        checked = asked.among(place)
        if checked is not None and not checked:
            continue
        shown = asked.shown(place.path)
        passed += _beside(place, asked)
        if place.unread or place.dialect not in databases.ANALYSED:
            passed.append((shown, _not_analysed(place)))
        else:
            roots.append(_root(tree, place, asked, checked))
    roots.sort(key=lambda root: (root.path, root.tool))
    return Discovery(tuple(roots), tuple(sorted(passed)))


def _beside(place: Found, asked: _Asked) -> list[tuple[str, str]]:
    """The files without a number beside a place's numbered ones; many of them as one."""
    paths = [os.path.join(place.path, name) for name in place.beside]
    passed = [path for path in paths if path not in asked.files and asked.wants(path)]
    if len(passed) > _FEW:
        reason = f"{len(passed)} SQL files without a number beside numbered ones are not read"
        return [(asked.shown(place.path), reason)]
    return [
        (asked.shown(path), "has no number, and is not read with those that have one")
        for path in passed
    ]


def _is_whole(place: Found, tool: str) -> bool:
    """Whether the tool's own settings name all of a place."""
    return place.whole and place.tool == tool


def _root(tree: Tree, place: Found, asked: _Asked, checked: frozenset[str] | None) -> Root:
    shown = asked.shown(place.path)
    return Root(
        path=place.path,
        shown=shown,
        tool=place.tool,
        dialect=place.dialect,
        checked=checked,
        transaction=place.transaction,
        version=place.version,
        marker=place.marker,
        files=tuple(place.files),
        problems=tuple(
            replace(problem, path=asked.shown(problem.path)) for problem in place.problems
        ),
        within=asked.within(place.path),
        settings=place.settings,
        start_after=place.start_after,
        calls=calls(tree, place),
    )


def _not_analysed(place: Found) -> str:
    what = place.unread or f"{databases.NAMES.get(place.dialect, place.dialect)} migrations"
    number = sum(not name.endswith((".json", ".toml", ".sum", ".conf")) for name in place.files)
    return f"{what} are not analysed yet ({number} file{'' if number == 1 else 's'})"


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
        self.entries = [entry.path for entry in settings.migrations if entry.tool is not None]
        self.force_exclude = force_exclude
        for path in paths or (cwd,):
            absolute = os.path.abspath(os.path.join(cwd, path))
            if os.path.isdir(absolute):
                self.folders.append(absolute)
            elif os.path.exists(absolute) or stands_in(absolute):
                self.files.add(absolute)
            elif os.path.lexists(absolute):
                raise UsageError(f"{path}: is a symbolic link to nothing")
            else:
                raise UsageError(f"{path}: there is no such file or folder")

    def shown(self, path: str) -> str:
        """A path as people see it: relative to the current folder, if one of the two is in the
        other."""
        if path == self.cwd:
            return "."
        if is_below(path, self.cwd):
            path = path[len(os.path.join(self.cwd, "")) :]
        elif is_below(self.cwd, path):
            path = os.path.relpath(path, self.cwd)
        return path.replace(os.sep, "/")

    def within(self, path: str) -> str:
        """The current folder, relative to a folder that it is somewhere below."""
        if path == self.cwd or not is_below(self.cwd, path):
            return ""
        return self.cwd[len(os.path.join(path, "")) :].replace(os.sep, "/")

    def tops(self, tree: Tree) -> list[str]:
        """The folders to walk: those asked for, and those in which the files' histories begin."""
        inside = {*self.folders, *(os.path.dirname(file) for file in self.files)}
        return sorted({self._top(tree, folder) for folder in inside})

    def _top(self, tree: Tree, folder: str) -> str:
        for path in self.entries:
            if is_below(folder, path):
                return path
        return _history(tree, folder)

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
        # What lies beside the place is no file of its own to ask for.
        own = [name for name in place.files if not name.startswith("../")]
        paths = [prefix + name.replace("/", os.sep) for name in own]
        wanted = [path for path in paths if self.wants(path)]
        return None if len(wanted) == len(paths) else frozenset(wanted)


def _history(tree: Tree, folder: str) -> str:
    """The folder in which the history that a folder belongs to begins: itself, if it is no part of
    one above it."""
    names = tree.names(folder)
    if is_unit(names):
        return os.path.dirname(folder)
    if is_revisions(tree, folder):
        return home(tree, folder) or folder
    if not any(map(is_flyway, names)):
        code = apps.begins(tree, folder) or scripts.begins(tree, folder)
        return code or changelog_top(tree, folder)
    top, outermost = folder, tree.project(folder)
    while top != outermost and any(map(is_flyway, tree.names(os.path.dirname(top)))):
        top = os.path.dirname(top)
    if top == outermost:
        return top
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


def _with_entries(tree: Tree, places: list[Found], settings: Settings) -> list[Found]:
    """The places, with the configuration's entries laid over them."""
    for number, entry in enumerate(settings.migrations, 1):
        where = f"{settings.path}: migrations, entry {number}"
        try:
            tool = _tool(entry.tool)
        except UsageError as why:
            raise ConfigurationError(f"{where}: {why}") from why
        if _GLOB.isdisjoint(entry.path) and not os.path.isdir(entry.path):
            raise ConfigurationError(f"{where}: there is no folder {entry.path}")
        for path in [each for each in tree.folders if fnmatchcase(each, entry.path)]:
            if tool is not None:
                places = [place for place in places if not is_below(place.path, path)]
                places.append(gather(tree, path, tool))
            for place in places:
                if is_below(place.path, path):
                    _lay(entry, place)
    return places


def _lay(entry: Entry, place: Found) -> None:
    place.dialect = entry.dialect or place.dialect
    place.version = entry.postgres_version or place.version
    place.transaction = entry.transaction or place.transaction
    place.start_after = words(entry.start_after) or place.start_after


def _leftover(tree: Tree, asked: _Asked, places: list[Found], forced: str | None) -> list[Found]:
    """Files and folders that were asked for and belong to no history that was found: SQL all the
    same, unless files are named by something that knows of no migrations (pre-commit, flake8)."""
    claimed = {
        os.path.join(place.path, *name.split("/")) for place in places for name in place.files
    }
    folders: dict[str, list[str]] = {}
    code: dict[str, None] = {}
    for file in sorted(asked.files - claimed) if not asked.force_exclude else ():
        if file.endswith(".sql"):
            folders.setdefault(os.path.dirname(file), []).append(os.path.basename(file))
        elif forced in scripts.TOOLS and file.endswith(SCRIPTS):
            code[os.path.dirname(file)] = None
        else:
            asked.strangers.append(file)
    found = [Found(path, forced or "sql", names) for path, names in folders.items()]
    found += [gather(tree, path, forced) for path in code if forced is not None]
    taken = [place.path for place in places]
    for path in asked.folders:
        if any(is_below(other, path) or is_below(path, other) for other in taken):
            continue
        names = [name for name in tree.folders[path].files if name.endswith(".sql")]
        if names or (forced and (names := gather(tree, path, forced).files)):
            found.append(gather(tree, path, forced) if forced else Found(path, "sql", names))
    return found
