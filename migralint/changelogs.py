"""Liquibase's master changelogs: which files of SQL they run, in which order, and which changelogs
hold changes that are not SQL."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from msgspec import Struct

from migralint.migration import Problem
from migralint.recognise import CHANGELOG, Found
from migralint.tools.files import numbers
from migralint.tools.liquibase_changelog import SUFFIXES, Changelog, Include, parse, target
from migralint.walk import Tree, is_below

_LOOKED_AT = 1 << 18
"""Masters are not longer, in bytes."""
_NAMES = (*CHANGELOG, "master")
_DEEP = 50
_HEAD = "liquibase formatted"


class Master(Struct, frozen=True):
    """A changelog that no other includes. `files` are the formatted SQL that it runs, absolute, in
    its order."""

    file: str
    files: tuple[str, ...] = ()


class Changelogs(Struct, frozen=True):
    """What the changelogs say. `foreign` are those whose changes are not SQL."""

    masters: tuple[Master, ...] = ()
    foreign: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def changelogs(tree: Tree) -> Changelogs:
    """The changelogs in and just above the walked folders. What a master runs with what was walked
    is walked as well."""
    read = _Read(tree)
    for file in _files(tree):
        read.changelog(file)
    included = {each for file in list(read.seen) for each in read.targets(file)}
    # Those that include one another in a circle have no master: the first will do.
    starts = [*sorted(set(read.seen) - included), *sorted(read.seen)]
    followed: set[str] = set()
    masters: list[Master] = []
    for file in starts:
        if file in followed:
            continue
        run: dict[str, None] = {}
        read.follow(file, run)
        followed.update(run)
        sql = [
            each
            for each in run
            if each.endswith(".sql") and _HEAD in tree.text(each)[:1000].lower()
        ]
        if sql:
            masters.append(Master(file, tuple(sql)))
    walked = set(tree.folders)
    for master in masters:
        folders = {os.path.dirname(file) for file in master.files}
        if any(is_below(folder, path) for folder in folders for path in walked):
            for folder in sorted(folders - walked):
                tree.walk(folder)
    problems = [problem for each in read.problems.values() for problem in each]
    for file, why in read.bad.items():
        problems.append(Problem("unreadable-file", f"This file {why}.", file))
    foreign = [file for file, made in read.seen.items() if made.changes]
    return Changelogs(tuple(masters), tuple(foreign), tuple(problems))


def gathered(tree: Tree, read: Changelogs, places: list[Found]) -> list[Found]:
    """The places, with one for all that a master runs, in its order, and one for the changelogs
    that hold changes of another kind."""
    for master in read.masters:
        others = {file for other in read.masters if other is not master for file in other.files}
        places = _joined(master, others, places)
    for problem in read.problems:
        _tell(tree, problem, places)
    foreign: dict[str, list[str]] = {}
    for file in read.foreign:
        folder, name = os.path.split(file)
        if folder in tree.folders:
            foreign.setdefault(folder, []).append(name)
    return places + _unread(foreign)


def _joined(master: Master, others: set[str], places: list[Found]) -> list[Found]:
    """The places, with those made one of which a master runs something, or which lie below it and
    are no other's."""
    own = set(master.files)
    below = os.path.dirname(master.file)
    mine: list[Found] = []
    for place in places:
        if place.unread or place.tool not in ("liquibase", "sql"):
            continue
        files = set(_absolute(place))
        if place.tool == "sql":
            # Its names look like those of plain SQL, and what stands in it says otherwise.
            prefix = len(os.path.join(place.path, ""))
            taken = {file[prefix:].replace(os.sep, "/") for file in files & own}
            place.files = [name for name in place.files if name not in taken]
        elif files & own or (is_below(place.path, below) and not files & others):
            mine.append(place)
    folders = {os.path.dirname(file) for file in master.files}
    path = os.path.commonpath([*folders, *(place.path for place in mine)])
    # What an earlier master has put in order stays in front.
    earlier = [file for place in mine if place.whole for file in _absolute(place)]
    order = dict.fromkeys([*earlier, *master.files])
    rest = {file for place in mine for file in _absolute(place)} - set(order)
    last = sorted(rest, key=lambda file: (numbers(os.path.basename(file)), file))
    names = [os.path.relpath(file, path).replace(os.sep, "/") for file in (*order, *last)]
    one = Found(path, "liquibase", names, master.file)
    one.whole = True
    one.problems = [problem for place in mine for problem in place.problems]
    return [one] + [
        place
        for place in places
        if place not in mine and (place.tool != "sql" or place.unread or place.files)
    ]


def _absolute(place: Found) -> list[str]:
    prefix = os.path.join(place.path, "")
    return [prefix + name.replace("/", os.sep) for name in place.files]


def _tell(tree: Tree, problem: Problem, places: Iterable[Found]) -> None:
    """Put a problem where it is seen: at the history that it is about, else among what was not
    read."""
    folder = os.path.dirname(problem.path)
    for place in places:
        near = is_below(place.path, folder) or is_below(folder, place.path)
        if near and place.tool == "liquibase" and not place.unread:
            place.problems.append(problem)
            return
    if problem.rule == "unreadable-file":
        reason = problem.message.removeprefix("This file ").removesuffix(".")
        tree.unread.append((problem.path, reason))


def _unread(folders: dict[str, list[str]]) -> list[Found]:
    """One place for the changelogs of a folder and of those below it."""
    found: list[Found] = []
    for path in sorted(folders):
        names = sorted(folders[path])
        if found and path.startswith(os.path.join(found[-1].path, "")):
            prefix = os.path.relpath(path, found[-1].path).replace(os.sep, "/")
            found[-1].files += [f"{prefix}/{name}" for name in names]
            continue
        place = Found(path, "liquibase", names)
        place.unread = "Liquibase changelogs in XML, YAML or JSON"
        found.append(place)
    return found


def _files(tree: Tree) -> Iterator[str]:
    """The files that may be changelogs, by their own names or their folders'."""
    above: dict[str, None] = {}
    for path, folder in tree.folders.items():
        here = any(word in path.lower() for word in CHANGELOG)
        for name in folder.files:
            if name.endswith(SUFFIXES) and (here or _may_be(name)):
                yield os.path.join(path, name)
        parent = os.path.dirname(path)
        if parent not in tree.folders and path != tree.project(path):
            above[parent] = None
    for path in above:
        for name in sorted(tree.names(path)):
            if name.endswith(SUFFIXES) and _may_be(name):
                yield os.path.join(path, name)


def _may_be(name: str) -> bool:
    return any(word in name.lower() for word in _NAMES)


class _Read:
    """The changelogs that were read, each once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.seen: dict[str, Changelog] = {}
        self.bad: dict[str, str] = {}
        self.problems: dict[str, list[Problem]] = {}
        self._targets: dict[str, list[str]] = {}

    def changelog(self, file: str) -> Changelog | None:
        if file not in self.seen and file not in self.bad:
            text = self.tree.text(file, _LOOKED_AT)
            try:
                made = parse(os.path.basename(file), text)
            except ValueError as why:
                self.bad[file] = str(why)
                return None
            if made is None:
                return None
            self.seen[file] = made
        return self.seen.get(file)

    def targets(self, file: str) -> list[str]:
        """What a changelog includes, file by file, in order."""
        found = self._targets.get(file)
        if found is None:
            made = self.changelog(file)
            found = self._targets[file] = []
            for include in made.includes if made is not None else ():
                found += self._included(file, include)
        return found

    def _included(self, file: str, include: Include) -> list[str]:
        top = self.tree.project(os.path.dirname(file))
        path = target(file, include, top)
        if path is None:
            if include.relative and include.needed and not include.all:
                message = f"It includes {include.path}, which is not there: Liquibase stops."
                problem = Problem("missing-migration", message, file)
                self.problems.setdefault(file, []).append(problem)
            return []
        files = _below(path, include) if include.all else [path]
        for each in files:
            if each.endswith(SUFFIXES):
                self.changelog(each)
        return files

    def follow(self, file: str, run: dict[str, None], depth: int = 0) -> None:
        """Add a changelog and all that it leads to, in the order in which it is run."""
        if file in run or depth > _DEEP:
            return
        run[file] = None
        for each in self.targets(file) if file.endswith(SUFFIXES) else ():
            self.follow(each, run, depth + 1)


def _below(folder: str, include: Include) -> list[str]:
    """The files that an includeAll takes in, in the order of their whole paths."""
    found: list[str] = []
    for path, folders, files in os.walk(folder):
        relative = os.path.relpath(path, folder)
        depth = 0 if relative == "." else relative.count(os.sep) + 1
        # Liquibase counts what stands in the folder itself as the first step.
        if depth + 1 >= include.deepest:
            folders.clear()
        if include.shallowest <= depth + 1 <= include.deepest:
            found += [os.path.join(path, name) for name in files if name.endswith(include.ending)]
    return sorted(found, key=lambda path: path.replace(os.sep, "/"))
