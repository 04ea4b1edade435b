"""Flyway's locations: the folders that a project's settings name, which make one history wherever
they lie and whatever their files are called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from migralint import databases
from migralint.migration import Problem
from migralint.recognise import Found
from migralint.tools import flyway_names, flyway_settings
from migralint.tools.flyway_settings import FlywaySettings
from migralint.walk import Tree, is_below

_LONGEST = 1 << 17
"""No file of settings is longer, in characters; YAML of megabytes takes its time."""
_RESOURCES = os.path.join("src", "main", "resources")
_CODE = ("java", "kotlin", "groovy", "scala")
_BESIDE = ("", "conf", "config", _RESOURCES, os.path.join(_RESOURCES, "config"))
"""Where settings may stand, seen from the folders above the migrations."""
_ROOTS = ("resources", "conf")
"""Folders that are roots of the class path themselves."""
_TESTS = re.compile(r"(?:\A|/)src/[^/]*test[^/]*/", re.IGNORECASE)
_VENDOR = "{vendor}"
_WILD = re.compile(r"[*?]")


class Use(Struct, frozen=True):
    """One history that a file of settings describes. `folders` are absolute, those that are
    there."""

    file: str
    settings: FlywaySettings
    folders: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """The locations that are not here, as they are written."""
    dialect: str = ""
    bad: str = ""
    """Why the file could not be read, where it could not."""


def uses(tree: Tree) -> list[Use]:
    """What the settings in and above the walked folders describe. The folders that belong to a
    history of which some was walked are walked as well."""
    found: list[Use] = []
    walked = set(tree.folders)
    for file in _files(tree):
        if _TESTS.search(os.path.relpath(file, tree.project(file)).replace(os.sep, "/")):
            continue
        try:
            said = _parsed(tree, file)
        except ValueError as why:
            found.append(Use(file, FlywaySettings(), bad=str(why)))
            continue
        for settings in said:
            for use in _resolved(tree, file, settings):
                if use.folders and not any(
                    folder in walked or any(is_below(path, folder) for path in walked)
                    for folder in use.folders
                ):
                    continue  # It is about another part of the project.
                for folder in use.folders:
                    if folder not in tree.folders:
                        tree.walk(folder)
                found.append(use)
    return found


def located(tree: Tree, uses: Iterable[Use], places: list[Found]) -> list[Found]:
    """The places, with one for each history that settings describe; its files are no others'
    any more."""
    made: list[tuple[Found, frozenset[str]]] = []
    for use in uses:
        files = _migrations(tree, use)
        if files:
            made.append((_place(tree, use, files), frozenset(files)))
    kept: list[Found] = []
    claimed: set[str] = set()
    for number, (place, own) in enumerate(made):
        larger = (
            other
            for index, (one, other) in enumerate(made)
            if index != number and (not one.dialect or one.dialect == place.dialect)
            # Of two that are equal the first stays.
            if own < other or (own == other and index < number)
        )
        if next(larger, None) is None:
            kept.append(place)
            claimed |= own
    if not claimed:
        return places
    return kept + [place for place in places if _is_left(place, claimed)]


def settle(tree: Tree, uses: Iterable[Use], places: Iterable[Found]) -> None:
    """Give the settings that are nearest to the histories that none names, and tell of those that
    cannot be read."""
    by_file: dict[str, list[Use]] = {}
    for use in uses:
        by_file.setdefault(use.file, []).append(use)
    told: set[str] = set()
    for place in places:
        if place.tool != "flyway" or place.unread:
            continue
        if not place.whole:
            nearest = _nearest(tree, by_file, place.path)
            if nearest:
                _give(place, nearest)
            place.files = _once(place.files, _code(tree, place.path, place.path))
        if place.marker is not None:
            for use in by_file.get(place.marker, ()):
                if use.bad and use.file not in told:
                    told.add(use.file)
                    message = f"This file {use.bad}."
                    place.problems.append(Problem("unreadable-file", message, use.file))
                elif place.whole and use.missing and use.file not in told:
                    told.add(use.file)
                    what = ", ".join(use.missing)
                    tree.unread.append((use.file, f"names what is not here: {what}"))
    for file, each in by_file.items():
        if each[0].bad and file not in told:
            tree.unread.append((file, each[0].bad))


def _files(tree: Tree) -> Iterator[str]:
    """The files that may hold settings: in the folders that were walked, and around those above."""
    seen: set[str] = set()
    for path in list(tree.folders):
        if os.path.dirname(path) in tree.folders:
            continue
        for above in list(tree.above(path))[1:]:
            for below in _BESIDE:
                # Each step is looked up in a listing that is there already, or is soon.
                first, _, _ = below.partition(os.sep)
                folder = os.path.join(above, below) if below else above
                if folder in seen or (first and first not in tree.names(above)):
                    continue
                seen.add(folder)
                if folder not in tree.folders:
                    yield from _named(folder, tree.names(folder))
    for path, listed in list(tree.folders.items()):
        yield from _named(path, listed.files)


def _named(folder: str, names: Iterable[str]) -> list[str]:
    """The files of one folder that may hold settings, Flyway's own first."""
    found = flyway_settings.NAMES.intersection(names)
    if not found:
        variants = sorted(
            name
            for name in names
            if name.endswith((".conf", ".toml")) and flyway_settings.is_variant(name)
        )
        return [os.path.join(folder, variants[0])] if variants else []
    order = (*flyway_settings.OWN, *flyway_settings.APPLICATION, *flyway_settings.BUILDS)
    return [os.path.join(folder, name) for name in order if name in found]


def _parsed(tree: Tree, file: str) -> tuple[FlywaySettings, ...]:
    folder, name = os.path.split(file)
    if name in flyway_settings.NAMES:
        return flyway_settings.parse(name, _text(tree, file))
    return flyway_settings.agreed(
        flyway_settings.parse(each, _text(tree, os.path.join(folder, each)))
        for each in sorted(tree.names(folder))
        if flyway_settings.is_variant(each)
    )


def _text(tree: Tree, file: str) -> str:
    text = tree.text(file, 2 * _LONGEST)
    if len(text) > _LONGEST and "flyway" in text:
        raise ValueError("is longer than settings are")
    return text


def _resolved(tree: Tree, file: str, settings: FlywaySettings) -> Iterator[Use]:
    """The histories of one use of Flyway: one, or one a database where `{vendor}` stands for its
    name."""
    vendors = {
        vendor
        for location in settings.locations
        for vendor in _vendors(tree, file, location, settings)
    }
    said = databases.of_url(settings.values.get("url", ""))
    own = said or databases.canonical(settings.name) or ""
    for vendor in sorted(vendors) or [""]:
        folders: list[str] = []
        missing: list[str] = []
        for location in settings.locations:
            here = _folders(tree, file, location.replace(_VENDOR, vendor), settings)
            folders += here
            if here and not settings.said:
                break  # Of its own defaults each way to call Flyway has one.
            if not here:
                missing.append(location)
        dialect = databases.canonical(vendor) or "" if vendor else own
        unique = tuple(dict.fromkeys(folders))
        yield Use(file, settings, unique, tuple(missing), dialect)


def _vendors(tree: Tree, file: str, location: str, settings: FlywaySettings) -> list[str]:
    """The folders that stand where a location says `{vendor}`."""
    before, mark, _ = location.partition(_VENDOR)
    if not mark:
        return []
    return [
        name
        for folder in _folders(tree, file, before, settings)
        for name in tree.names(folder)
        if databases.canonical(name)
        and _folders(tree, file, location.replace(_VENDOR, name), settings)
    ]


def _folders(tree: Tree, file: str, location: str, settings: FlywaySettings) -> list[str]:
    """The folders that a location means, seen from the file that says it."""
    scheme, colon, path = location.partition(":")
    if not colon or len(scheme) == 1:
        scheme, path = "classpath", location
    path = path.replace("\\", "/")
    wild = _WILD.search(path)
    if wild is not None:
        top = path[: wild.start()].rpartition("/")[0]
        rest = path[len(top) :].strip("/")
        return [
            folder
            for base in _plain(tree, file, scheme, top, settings)
            for folder in _matching(tree, base, rest)
        ]
    return _plain(tree, file, scheme, path, settings)


def _plain(tree: Tree, file: str, scheme: str, path: str, settings: FlywaySettings) -> list[str]:
    here = os.path.dirname(file)
    top = tree.project(here)
    if scheme == "filesystem":
        if path.startswith("/"):
            return [path] if is_below(os.path.normpath(path), top) and os.path.isdir(path) else []
        bases = list(tree.above(here))
        if os.path.basename(here) in ("conf", "config"):
            bases = bases[1:] + bases[:1]
        return _first(top, (os.path.join(base, path) for base in bases))
    if scheme != "classpath":
        return []
    path = path.strip("/")
    around = list(tree.above(here))
    found = _first(top, (each for base in around for each in _rooted(base, path)))
    found = found or _first(top, (os.path.join(base, path) for base in around if path))
    if found or not settings.said or not path:
        return found
    # Another module may bring it along; of two nobody can say which one it is.
    ending = os.sep + os.path.join(_RESOURCES, *path.split("/"))
    other = [folder for folder in tree.folders if folder.endswith(ending) and is_below(folder, top)]
    return other if len(other) == 1 else []


def _rooted(base: str, path: str) -> Iterator[str]:
    """Where a path on the class path may lie, for the module that is in this folder."""
    if os.path.basename(base) in _ROOTS:
        yield os.path.join(base, path)
    yield os.path.join(base, _RESOURCES, path)
    for language in _CODE:
        yield os.path.join(base, "src", "main", language, path)
    yield os.path.join(base, "resources", path)


def _first(top: str, paths: Iterable[str]) -> list[str]:
    """The first of these folders that is there, and inside the project."""
    for path in paths:
        normal = os.path.normpath(path)
        if is_below(normal, top) and os.path.isdir(normal):
            return [normal]
    return []


def _matching(tree: Tree, base: str, pattern: str) -> list[str]:
    """The walked folders below this one whose path a pattern of Flyway's describes."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.replace(os.sep, "/"))
    made = re.compile("".join(words.get(part) or re.escape(part) for part in parts))
    prefix = os.path.join(base, "")
    return [
        folder
        for folder in tree.folders
        if folder.startswith(prefix) and made.fullmatch(folder[len(prefix) :].replace(os.sep, "/"))
    ]


def _migrations(tree: Tree, use: Use) -> list[str]:
    """The files of a history, absolute; none where none of them is a migration by its name."""
    files: dict[str, None] = {}
    for top in use.folders:
        prefix = os.path.join(top, "")
        for path, folder in tree.folders.items():
            if path == top or path.startswith(prefix):
                files.update((os.path.join(path, name), None) for name in folder.files)
    naming = flyway_names.naming(use.settings.values)
    for file in files:
        name = naming.parse(os.path.basename(file))
        if name is not None and not name.code:
            return list(files)
    return []


def _place(tree: Tree, use: Use, files: list[str]) -> Found:
    path = os.path.commonpath(use.folders)
    names = [os.path.relpath(file, path).replace(os.sep, "/") for file in files]
    for folder in use.folders:
        names = _once(names, _code(tree, folder, path))
    place = Found(path, "flyway", names, use.file)
    place.whole = True
    place.settings = use.settings.values
    place.dialect = use.dialect
    return place


def _once(names: list[str], others: list[str]) -> list[str]:
    return list(dict.fromkeys((*names, *others))) if others else names


def _code(tree: Tree, folder: str, path: str) -> list[str]:
    """The migrations in Java and its like that share the versions of a folder of resources,
    relative to a path."""
    before, mark, after = (folder + os.sep).rpartition(os.sep + _RESOURCES + os.sep)
    if not mark:
        return []
    naming = flyway_names.naming({})
    found: list[str] = []
    for language in _CODE:
        base = os.path.join(before, "src", "main", language)
        other = os.path.join(base, after.rstrip(os.sep))
        if language not in tree.names(os.path.join(before, "src", "main")) or not after:
            continue
        for name in sorted(tree.names(other)):
            if name.endswith(flyway_names.CODE) and naming.parse(name) is not None:
                found.append(os.path.relpath(os.path.join(other, name), path).replace(os.sep, "/"))
    return found


def _is_left(place: Found, claimed: set[str]) -> bool:
    """Whether a place still holds SQL after what it shares with others is taken out of it."""
    if place.tool not in ("flyway", "sql") or place.unread:
        return True
    prefix = os.path.join(place.path, "")
    left = [name for name in place.files if prefix + name.replace("/", os.sep) not in claimed]
    if len(left) == len(place.files):
        return True
    place.files = left
    naming = flyway_names.naming({})
    return any(
        name.endswith(".sql") and (place.tool == "sql" or naming.parse(name.rpartition("/")[2]))
        for name in left
    )


def _nearest(tree: Tree, by_file: dict[str, list[Use]], path: str) -> list[Use]:
    """What the nearest file says that speaks of Flyway."""
    for folder in tree.above(path):
        for below in _BESIDE:
            found = _in_folder(by_file, os.path.join(folder, below) if below else folder)
            if found:
                return found
    return []


def _in_folder(by_file: dict[str, list[Use]], folder: str) -> list[Use]:
    for name in (*flyway_settings.OWN, *flyway_settings.APPLICATION, *flyway_settings.BUILDS):
        found = by_file.get(os.path.join(folder, name))
        if found:
            return found
    return next((found for file, found in by_file.items() if os.path.dirname(file) == folder), [])


def _give(place: Found, nearest: list[Use]) -> None:
    """Lay the settings over a place that was found without them."""
    place.marker = nearest[0].file
    mine = [use for use in nearest if use.dialect == databases.of_name(place.path)]
    settings = flyway_settings.agreed([(use.settings,) for use in (mine or nearest)])
    values = settings[0].values if settings else {}
    folders = [folder for use in nearest for folder in use.folders]
    if folders and not any(
        is_below(place.path, folder) or is_below(folder, place.path) for folder in folders
    ):
        # They are about other folders: how those name their files says nothing here.
        values = {key: value for key, value in values.items() if key not in flyway_names.KEYS}
    place.settings = values
