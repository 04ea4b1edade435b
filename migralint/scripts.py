"""Where tools of JavaScript keep migrations in code: told from the names of the folders and from
what stands in a few of their files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from migralint.recognise import Found
from migralint.source import SCRIPTS
from migralint.walk import Tree, is_below

_MARKS = (
    ("mikro-orm", re.compile(r"\bextends\s+Migration\b|\baddSql\s*\(")),
    ("typeorm", re.compile(r"\bMigrationInterface\b|\bqueryRunner\b")),
    ("sequelize", re.compile(r"\bqueryInterface\b|\bQueryInterface\b")),
    ("kysely", re.compile(r"\bKysely\s*<|\bfrom\s+['\"]kysely\b|\brequire\(['\"]kysely\b")),
    ("node-pg-migrate", re.compile(r"\bpgm\b|\bMigrationBuilder\b|\bnode-pg-migrate\b")),
    ("knex", re.compile(r"\b[kK]nex\b")),
)
"""What stands in the files of each tool; a file is the first's whose mark it bears."""
TOOLS = frozenset(tool for tool, _ in _MARKS)
_UP = re.compile(r"\bexports\.up\b|\bfunction\s+up\b|\bup\s*(?:[:(=}]|,\s*down\b)")
_SAMPLE = 4
_NEAR = 3
"""So many names from a folder upwards may say that there are migrations in it."""
_BUILT = frozenset(("dist", "build", "out", "lib", "compiled"))
_NO_MIGRATION = re.compile(r"(?:^index|\.d|\.test|\.spec|\.min)\.[cm]?[jt]s\Z")
_MERGES = frozenset(("typeorm", "sequelize", "mikro-orm"))
"""The tools that are given patterns for files: what lies in folders below is one history with the
rest."""
_SPEAK_SQL = frozenset(("typeorm", "mikro-orm"))
"""The tools whose migrations are SQL in strings, mostly: the others speak several databases'."""
_PACKAGES = {
    "knex": "knex",
    "typeorm": "typeorm",
    "sequelize": "sequelize",
    "kysely": "kysely",
    "node-pg-migrate": "node-pg-migrate",
    "@mikro-orm/migrations": "mikro-orm",
}
_DRIVERS = {
    "pg": "postgresql",
    "postgres": "postgresql",
    "pg-promise": "postgresql",
    "@mikro-orm/postgresql": "postgresql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mariadb": "mariadb",
    "@mikro-orm/mysql": "mysql",
    "@mikro-orm/mariadb": "mariadb",
    "sqlite3": "sqlite",
    "better-sqlite3": "sqlite",
    "@mikro-orm/sqlite": "sqlite",
    "tedious": "sqlserver",
    "mssql": "sqlserver",
    "oracledb": "oracle",
}


class _Said(Protocol):
    """What a tool's settings file says."""

    @property
    def directories(self) -> tuple[str, ...]: ...

    def spelled(self) -> dict[str, str]: ...


def scripts(tree: Tree) -> list[Found]:
    """The histories of JavaScript's tools in the folders that were walked."""
    found, taken = _named(tree, "knex", _KNEXFILES)
    for place in _named(tree, "sequelize", (_SEQUELIZERC,))[0]:
        if place.path not in taken:
            found.append(place)
            taken.add(place.path)
    for path, folder in tree.folders.items():
        if path in taken or not is_likely(tree, path):
            continue
        names = [name for name in folder.files if _is_migration(name)]
        tool = _tool(tree, path, names) if names else None
        if tool is not None:
            found.append(Found(path, tool, _written(tree, path), _marker(tree, path, tool)))
    return _whole(_sources(found + _sourced(tree, {place.path for place in found})))


def may_send(text: str) -> bool:
    """Whether it is worth looking for the history that a file of JavaScript is in."""
    return any(mark.search(text) for _, mark in _MARKS)


def joined(found: list[Found], written: list[Found]) -> list[Found]:
    """The places of other tools, and these: SQL in a folder of migrations in code is what these
    read, unless a tool has claimed it. node-pg-migrate runs it with the rest."""
    here = {place.path: place for place in written}
    kept: list[Found] = []
    for each in found:
        code = here.get(each.path)
        if code is None or each.tool not in ("sql", code.tool):
            kept.append(each)
        elif code.tool == "node-pg-migrate":
            code.files += [name for name in each.files if name.endswith(".sql")]
    return kept + written


def is_likely(tree: Tree, path: str) -> bool:
    """Whether a folder's name, or one just above it, says that there are migrations in it; that of
    a project says what the project is about."""
    names = path.lower().split(os.sep)[-_NEAR:]
    if not any("migrat" in name for name in names):
        return False
    if "migrat" in names[-1]:
        return "package.json" not in tree.names(path)
    inside = path[len(os.path.join(tree.project(path), "")) :].lower().split(os.sep)
    return any("migrat" in name for name in inside[-_NEAR:])


def begins(tree: Tree, folder: str) -> str | None:
    """The folder in which a history of a tool's that goes through folders begins, for one that
    nobody has walked; None where the folder is none of such a tool's."""
    names = [name for name in sorted(tree.names(folder)) if _is_migration(name)]
    if not names:
        return None
    places = _directories(tree, folder)
    if places:
        return os.path.commonpath(places)
    if not is_likely(tree, folder):
        return None
    return folder if _tool(tree, folder, names) is not None else None


def gathered(tree: Tree, path: str, tool: str) -> list[str]:
    """The files of a place that somebody else has said to be a tool's, relative to it."""
    if tool not in _MERGES:
        return _written(tree, path) if path in tree.folders else []
    prefix = os.path.join(path, "")
    return [
        (other[len(prefix) :].replace(os.sep, "/") + "/" if other != path else "") + name
        for other in tree.folders
        if is_below(other, path)
        for name in _written(tree, other)
    ]


def dialect(tree: Tree, found: Found) -> str:
    """The database that a place's settings name, or the only one that the project has a driver
    for, PostgreSQL where that is one of several; "" where nothing tells."""
    said = found.settings.get("dialect", "")
    if said or found.tool == "node-pg-migrate":
        return said or "postgresql"
    if found.tool == "sequelize":
        from migralint.tools.sequelize.settings import dialect as connected

        said = connected(found.path)
        if said:
            return said
    if found.tool == "typeorm":
        from migralint.tools.typeorm.settings import nearest

        said = nearest(found.path).dialect
        if said:
            return said
    for packages in _packages(tree, found.path):
        drivers = {database for name, database in _DRIVERS.items() if name in packages}
        if drivers:
            return drivers.pop() if len(drivers) == 1 else _several(tree, found, drivers)
    return ""


def sample(tree: Tree, found: Found) -> str:
    """The text of a few of a place's files."""
    files = sorted(name for name in found.files if name.endswith(SCRIPTS))
    step = max(1, len(files) // (2 * _SAMPLE))
    paths = [os.path.join(found.path, *name.split("/")) for name in files[::step]]
    return "\n".join(tree.text(path) for path in paths)


def _several(tree: Tree, found: Found, drivers: set[str]) -> str:
    from migralint.databases import of_content

    if found.tool in _SPEAK_SQL:
        said = of_content(sample(tree, found))
        if said in drivers:
            return said
    return "postgresql" if "postgresql" in drivers else ""


def _is_migration(name: str) -> bool:
    return name.endswith(SCRIPTS) and _NO_MIGRATION.search(name) is None


def _written(tree: Tree, path: str) -> list[str]:
    """The files that somebody writes: not those that TypeScript made of one that stands here."""
    names = [name for name in tree.scripts(path) if _is_migration(name)]
    typed = {name[:-2] for name in names if name.endswith("ts")}
    return [name for name in names if name.endswith("ts") or name[:-2] not in typed]


def _tool(tree: Tree, path: str, names: list[str]) -> str | None:
    """The tool that most of a few of the files are for."""
    names = sorted(names)
    step = max(1, len(names) // _SAMPLE)
    texts = [tree.text(os.path.join(path, name)) for name in {*names[::step], names[-1]}]
    counts: dict[str, int] = {}
    bare = 0
    for text in texts:
        if _UP.search(text) is None:
            continue
        bare += 1
        tool = next((tool for tool, mark in _MARKS if mark.search(text)), None)
        if tool is not None:
            counts[tool] = counts.get(tool, 0) + 1
    if bare * 2 < len(texts):
        return None
    return max(counts, key=lambda tool: counts[tool]) if counts else _depended(tree, path)


def _depended(tree: Tree, path: str) -> str | None:
    """The only tool that the project depends on."""
    for packages in _packages(tree, path):
        tools = {tool for package, tool in _PACKAGES.items() if package in packages}
        if tools:
            return tools.pop() if len(tools) == 1 else None
    return None


def _packages(tree: Tree, path: str) -> Iterator[Mapping[str, object]]:
    """What each package.json above a folder depends on, nearest first."""
    for file in tree.find_above(path, "package.json"):
        try:
            said = json.loads(tree.text(file, 1 << 20))
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            kinds = [said.get("dependencies"), said.get("devDependencies")]
            yield {name: 1 for kind in kinds if isinstance(kind, dict) for name in kind}


def _sources(found: list[Found]) -> list[Found]:
    """The places that are no copies of others, made by a compiler."""
    stems = {place.path: {_stem(name) for name in place.files} for place in found}
    kept = []
    for place in found:
        parts = place.path.split(os.sep)
        copies = not _BUILT.isdisjoint(parts) and any(
            other.tool == place.tool
            and other.path != place.path
            and _BUILT.isdisjoint(set(other.path.split(os.sep)) - _common(other.path, place.path))
            and not _BUILT.isdisjoint(set(parts) - _common(other.path, place.path))
            and stems[place.path] <= stems[other.path]
            for other in found
        )
        if not copies and place.files:
            kept.append(place)
    return kept


def _common(one: str, other: str) -> set[str]:
    return set(os.path.commonpath([one, other]).split(os.sep))


def _stem(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0]


def _whole(found: list[Found]) -> list[Found]:
    """The places, those of a tool that is given patterns in one with what lies below them, unless
    the folders are named for several databases."""
    from migralint.databases import of_name

    kept: list[Found] = []
    for place in found:
        above = next(
            (
                other
                for other in kept
                if other.tool == place.tool in _MERGES
                and other.path != place.path
                and is_below(place.path, other.path)
                and of_name(place.path) in ("", of_name(other.path))
            ),
            None,
        )
        if above is None:
            kept.append(place)
            continue
        prefix = os.path.relpath(place.path, above.path).replace(os.sep, "/")
        above.files += [f"{prefix}/{name}" for name in place.files]
    return kept


# Knex's own settings


_SEQUELIZERC = ".sequelizerc"
_SOURCE = re.compile(r"(?:source|orm|database|\bdb\b|app\.module)", re.IGNORECASE)
"""How files may be called that hold a DataSource of TypeORM's."""
_KNEXFILES = tuple(f"knexfile.{ending}" for ending in ("js", "ts", "cjs", "mjs", "cts", "mts"))


def _marker(tree: Tree, path: str, tool: str) -> str | None:
    if tool != "knex":
        return None
    return next(tree.find_above(path, *_KNEXFILES), None)


def _named(tree: Tree, tool: str, called: tuple[str, ...]) -> tuple[list[Found], set[str]]:
    """The histories whose folders a tool's settings file names, and these folders."""
    found: list[Found] = []
    taken: set[str] = set()
    files = [
        os.path.join(path, name)
        for path, folder in tree.folders.items()
        for name in called
        if name in folder.files
    ]
    likely = [path for path in tree.folders if is_likely(tree, path)]
    tops = [path for path in tree.folders if os.path.dirname(path) not in tree.folders]
    for folder in [*likely, *tops]:
        files += [file for file in tree.find_above(folder, *called) if file not in files]
    # What stands nearer to the folders says more of them than what points there from elsewhere.
    for file in sorted(dict.fromkeys(files), key=lambda file: _away(file, likely)):
        for each in _settings(tool, file):
            paths = [path for path in each.directories if path in tree.folders]
            if not paths or not taken.isdisjoint(paths):
                continue
            top = os.path.commonpath(paths)
            names = [
                os.path.relpath(os.path.join(path, name), top).replace(os.sep, "/")
                for path in paths
                for name in _written(tree, path)
            ]
            if not names:
                continue
            place = Found(top, tool, names, file)
            place.settings = each.spelled()
            place.whole = True
            found.append(place)
            taken.update(paths)
    return found, taken


def _sourced(tree: Tree, taken: set[str]) -> list[Found]:
    """The histories of TypeORM's in folders that only a DataSource says hold migrations."""
    found: list[Found] = []
    for path, folder in list(tree.folders.items()):
        for name in folder.files:
            if not name.endswith(SCRIPTS) or not _SOURCE.search(name):
                continue
            from migralint.tools.typeorm.settings import CALLED, MARK

            file = os.path.join(path, name)
            text = tree.text(file) if CALLED.fullmatch(name) else ""
            if "migrations" not in text or not MARK.search(text):
                continue
            places = [each for said in _settings("typeorm", file) for each in said.directories]
            for place in places:
                if place in taken or place not in tree.folders or is_likely(tree, place):
                    continue
                files = [each for each in _written(tree, place) if _sends(tree, place, each)]
                if files:
                    found.append(Found(place, "typeorm", files))
                    taken.add(place)
    return found


def _sends(tree: Tree, folder: str, name: str) -> bool:
    text = tree.text(os.path.join(folder, name))
    return _UP.search(text) is not None and "queryRunner" in text


def _settings(tool: str, file: str) -> Sequence[_Said]:
    module = import_module(f"migralint.tools.{tool}.settings")
    return cast("Sequence[_Said]", module.settings(file))


def _away(file: str, likely: list[str]) -> tuple[bool, str]:
    return not any(is_below(path, os.path.dirname(file)) for path in likely), file


def _directories(tree: Tree, folder: str) -> list[str]:
    """The folders of the history that a folder belongs to, where a knexfile lists several."""
    for file in tree.find_above(folder, *_KNEXFILES):
        from migralint.tools.knex.settings import settings

        for each in settings(file):
            if folder in each.directories:
                return list(each.directories)
    return []
