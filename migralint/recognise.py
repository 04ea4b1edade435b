"""Which tool a folder of migrations belongs to, told from its names and from the marker files
around it."""

from __future__ import annotations

import os
import re
from collections import Counter

from migralint.migration import Problem, Scope
from migralint.walk import Folder, Tree, is_below

_SHAPE = re.compile(
    r"(?P<flyway>[VUB]\d+(?:[._]\d+)*__|R__)"
    r"|(?P<updown>\d+_.*\.(?:up|down)\.sql\Z)"
    r"|(?P<numbered>\d+(?:[._-]|\.sql\Z)|\d{8})"
    r"|(?P<versioned>[vV]\d+(?:[._-]|\.sql\Z))"
)
_FLYWAY = re.compile(r"([VUB])(\d+(?:[._]\d+)*)__|(R__.*)")
_HEADS = (
    ("+goose up", "goose"),
    ("migrate:up", "dbmate"),
    ("liquibase formatted sql", "liquibase"),
    ("-- down migration", "node-pg-migrate"),
)
"""What stands in a file of each tool that says so in its files, in small letters."""
_SHAPES = {"flyway": "flyway", "golang-migrate": "updown", "sqlx": "updown"}
"""The shape of name that only one kind of tool has."""
CHANGELOG = ("changelog", "changeset", "liquibase")
UNITS = {"prisma": ("migration.sql",), "diesel": ("up.sql", "down.sql", "metadata.toml")}
"""The files that each migration's folder holds, for tools that keep a folder a migration."""


class Found:
    """A place where one tool keeps one history. `files` are relative to `path`, with `/`."""

    __slots__ = (
        "beside",
        "dialect",
        "files",
        "marker",
        "path",
        "problems",
        "settings",
        "start_after",
        "tool",
        "transaction",
        "unread",
        "version",
        "whole",
    )

    def __init__(self, path: str, tool: str, files: list[str], marker: str | None = None) -> None:
        self.path = path
        self.tool = tool
        self.files = files
        self.marker = marker
        self.dialect = ""
        self.version: int | None = None
        self.transaction: Scope | None = None
        self.start_after: tuple[str, ...] = ()
        self.problems: list[Problem] = []
        self.beside: list[str] = []
        """SQL files that stand in no order with these, and are not read with them."""
        self.unread = ""
        """What it is, for people, where nothing reads it."""
        self.settings: dict[str, str] = {}
        self.whole = False
        """Something names all of it, so that what lies beside it is no part of it."""


def recognise(tree: Tree) -> list[Found]:
    """The histories in all folders that were walked."""
    found: list[Found] = []
    for folder in tree.folders.values():
        found += _of_folder(tree, folder)
    return _merged(found)


def gather(tree: Tree, path: str, tool: str) -> Found:
    """A place that somebody else has said to be a tool's."""
    folder = tree.folders.get(path) or Folder(path, [], [])
    names = UNITS.get(tool, ())
    if tool == "drizzle":
        names = ("migration.sql", "snapshot.json", "_journal.json")
    files = list(folder.files)
    for child in folder.folders:
        below = tree.folders.get(os.path.join(path, child))
        if below is not None:
            files += [f"{child}/{name}" for name in below.files if name in names]
    if tool in ("flyway", "liquibase"):
        prefix = os.path.join(path, "")
        for other, below in tree.folders.items():
            if other.startswith(prefix):
                relative = other[len(prefix) :].replace(os.sep, "/")
                files += [f"{relative}/{name}" for name in below.files]
    if tool == "django":
        called = (each for each in tree.folders if os.path.basename(each) == "migrations")
        files = apps_files(tree, [each for each in called if is_below(each, path)], path)
    if tool in ("knex", "typeorm", "sequelize", "kysely", "node-pg-migrate", "mikro-orm"):
        from migralint.scripts import gathered

        sql = [name for name in files if name.endswith(".sql") and tool == "node-pg-migrate"]
        files = gathered(tree, path, tool) + sql
    return Found(path, tool, files, _marker(tree, path, tool))


def apps_files(tree: Tree, folders: list[str], top: str) -> list[str]:
    """The Python files in folders of migrations of Django's, relative to the top."""
    return [
        os.path.relpath(os.path.join(path, name), top).replace(os.sep, "/")
        for path in folders
        for name in tree.python(path)
    ]


def is_flyway(name: str) -> bool:
    return name.endswith((".sql", ".SQL")) and _FLYWAY.match(name) is not None


def is_unit(names: frozenset[str]) -> bool:
    """Whether a folder of these files is one migration of a history that lies above it."""
    return "migration.sql" in names or "up.sql" in names or "_journal.json" in names


def changelog_top(tree: Tree, folder: str) -> str:
    """The topmost of the folders around a folder of changelogs; the folder itself where it is
    none."""
    top = folder
    project = tree.project(folder)
    for at in tree.above(folder):
        if at != project and any(word in os.path.basename(at).lower() for word in CHANGELOG):
            top = at
    return top


def _of_folder(tree: Tree, folder: Folder) -> list[Found]:
    path, files = folder.path, folder.files
    found = _units(tree, folder)
    meta = tree.folders.get(os.path.join(path, "meta"))
    if meta is not None and "_journal.json" in meta.files:
        marker = os.path.join(path, "meta", "_journal.json")
        return [Found(path, "drizzle", [*files, "meta/_journal.json"], marker)]
    # To Flyway a suffix in capitals is one as well.
    sql = [
        name
        for name in files
        if name.endswith(".sql") or (name.endswith(".SQL") and is_flyway(name))
    ]
    if not sql:
        return found
    shapes = Counter(match.lastgroup for match in map(_SHAPE.match, sql) if match is not None)
    tools = _tools(tree, path, sql, shapes)
    if "atlas.sum" in files and not {
        "golang-migrate",
        "goose",
        "dbmate",
        "flyway",
        "liquibase",
    } & set(tools):
        tools = ["atlas"]
    elif (
        os.path.basename(path) == "migrations"
        and os.path.basename(os.path.dirname(path)) == "supabase"
    ):
        tools = ["supabase"]
    for tool in tools:
        names = files
        if tool == "sql":
            names = [name for name in sql if _SHAPE.match(name)]
        elif len(tools) > 1:
            names = [name for name in files if _owner(tools, name) in (None, tool)]
        found.append(Found(path, tool, list(names), _marker(tree, path, tool)))
        if tool == "sql":
            found[-1].beside = [name for name in sql if not _SHAPE.match(name)]
    if not tools and found and not found[0].unread:
        found[0].files += sql  # Beside the folders of its migrations: its reader says so.
    return found


def _owner(tools: list[str], name: str) -> str | None:
    """Which of the tools of one folder a file is for, told from its name; None: any of them."""
    if not name.endswith(".sql"):
        return None
    match = _SHAPE.match(name)
    shape = match.lastgroup if match is not None else None
    named = [tool for tool in tools if _SHAPES.get(tool) == shape]
    if named:
        return named[0]
    rest = [tool for tool in tools if tool not in _SHAPES]
    return None if len(rest) > 1 else (rest or tools)[0]


def _units(tree: Tree, folder: Folder) -> list[Found]:
    """A folder of folders, one a migration: Prisma, Drizzle since 1.0, Diesel."""
    files: dict[str, list[str]] = {}
    for child in folder.folders:
        below = tree.folders.get(os.path.join(folder.path, child))
        if below is None:
            continue
        for name in ("migration.sql", "up.sql", "ops.json"):
            if name in below.files:
                files.setdefault(name, []).extend(f"{child}/{each}" for each in below.files)
    found: list[Found] = []
    if "ops.json" in files and any(name.endswith("/migration.ts") for name in files["ops.json"]):
        prisma = Found(folder.path, "prisma", files["ops.json"])
        prisma.unread = "Prisma 8 migrations"
        found.append(prisma)
    elif "migration.sql" in files and _is_versioned(files["migration.sql"]):
        new_drizzle = "migration_lock.toml" not in folder.files and any(
            name.endswith("/snapshot.json") for name in files["migration.sql"]
        )
        tool = "drizzle" if new_drizzle else "prisma"
        found.append(
            Found(folder.path, tool, files["migration.sql"], _marker(tree, folder.path, tool))
        )
    if "up.sql" in files and _is_versioned(files["up.sql"]):
        found.append(
            Found(folder.path, "diesel", files["up.sql"], _marker(tree, folder.path, "diesel"))
        )
    return found


def _is_versioned(files: list[str]) -> bool:
    return any(name[0].isdigit() for name in files)


def _tools(tree: Tree, path: str, sql: list[str], shapes: Counter[str | None]) -> list[str]:
    """The tools whose names a folder's SQL files bear; a folder with no such name has none."""
    tools: list[str] = []
    if shapes["flyway"]:
        tools.append("flyway")
    if shapes["updown"] and any(name.endswith(".up.sql") for name in sql):
        tools.append(
            "sqlx"
            if _cargo(tree, path, "sqlx") and not _go_migrate(tree, path)
            else "golang-migrate"
        )
    plain = [
        name
        for name in sql
        if (match := _SHAPE.match(name)) is None or match.lastgroup in ("numbered", "versioned")
    ]
    numbered = [name for name in plain if _SHAPE.match(name)]
    # The names alone cannot tell these tools apart; the first and the last file can.
    said = _said(tree, path, numbered[:1] + numbered[-1:])
    if not numbered and any(word in name.lower() for word in CHANGELOG for name in (path, *plain)):
        said = _said(tree, path, plain[:1] + plain[-1:])
    elif not numbered and not tools:
        said = _said(tree, path, plain[:1]) & {"liquibase"}
    tools += sorted(said)
    if not tools and numbered:
        if _cargo(tree, path, "sqlx") and any("_" in name for name in numbered):
            tools.append("sqlx")
        elif shapes["numbered"] or shapes["versioned"] == len(sql) == len(
            {name.split("-")[0] for name in sql}
        ):
            tools.append("sql")
    return tools


def _said(tree: Tree, path: str, names: list[str]) -> set[str]:
    """The tools that these files name themselves."""
    found: set[str] = set()
    for name in names:
        text = tree.text(os.path.join(path, name)).lower()
        for mark, tool in _HEADS:
            if mark in text:
                found.add(tool)
                break
    if "node-pg-migrate" in found and not _depends(tree, path, "node-pg-migrate"):
        found.discard("node-pg-migrate")  # Others write such comments, too.
    return found


def _depends(tree: Tree, path: str, package: str) -> bool:
    return any(package in tree.text(file) for file in tree.find_above(path, "package.json"))


def _go_migrate(tree: Tree, path: str) -> str | None:
    for file in tree.find_above(path, "go.mod"):
        if "golang-migrate/migrate" in tree.text(file):
            return file
    return None


def _cargo(tree: Tree, path: str, crate: str) -> str | None:
    for file in tree.find_above(path, "Cargo.toml"):
        if crate in tree.text(file):
            return file
    return None


def _marker(tree: Tree, path: str, tool: str) -> str | None:
    """The file that says most of how a tool is used here."""
    if tool == "golang-migrate":
        return _go_migrate(tree, path)
    if tool == "sqlx":
        return _cargo(tree, path, "sqlx")
    if tool == "diesel":
        return next(tree.find_above(path, "diesel.toml"), None) or _cargo(tree, path, "diesel")
    names = {
        "prisma": ("migration_lock.toml",),
        "atlas": ("atlas.hcl",),
        "supabase": ("config.toml",),
    }.get(tool, ())
    for folder in tree.above(path):
        listed = tree.names(folder)
        for name in names:
            if name in listed:
                return os.path.join(folder, name)
        if tool == "prisma" or (tool == "supabase" and os.path.basename(folder) == "supabase"):
            return None
    return None


def _merged(found: list[Found]) -> list[Found]:
    """Flyway's locations in one, for it scans each with the folders below it; and two tools in one
    folder, told so."""
    kept: list[Found] = []
    tops: dict[str, Found] = {}
    first: dict[str, Found] = {}
    for place in found:
        if place.tool == "flyway":
            top = _top(tops, place.path)
            if top is not None:
                prefix = os.path.relpath(place.path, top.path).replace(os.sep, "/")
                top.files += [f"{prefix}/{name}" for name in place.files]
                continue
            tops[place.path] = place
        before = first.setdefault(place.path, place)
        if before is not place and not before.unread and not place.unread:
            message = f"This folder holds migrations of two tools: {before.tool} and {place.tool}."
            before.problems.append(Problem("mixed-tools", message, place.path))
        kept.append(place)
    return kept


def _top(tops: dict[str, Found], path: str) -> Found | None:
    while True:
        parent = os.path.dirname(path)
        if parent == path:
            return None
        if parent in tops:
            return tops[parent]
        path = parent


def siblings(places: list[Found]) -> list[Found]:
    """The places, with Flyway's and Liquibase's that lie side by side made one history.

    Flyway merges all its locations, and a changelog includes what it likes. Flyway's that share a
    version are histories of their own.
    """
    groups: dict[tuple[str, str, str], list[Found]] = {}
    for place in places:
        if place.tool in ("flyway", "liquibase") and not place.unread and not place.whole:
            key = (os.path.dirname(place.path), place.tool, place.dialect)
            groups.setdefault(key, []).append(place)
    whole: dict[str, Found] = {}
    for (parent, tool, dialect), group in groups.items():
        versions = [_versions(place) for place in group]
        if len(group) < 2 or len(set().union(*versions)) < sum(map(len, versions)):
            continue
        files = [
            f"{os.path.basename(place.path)}/{name}" for place in group for name in place.files
        ]
        one = Found(parent, tool, files, group[0].marker)
        one.dialect, one.version, one.transaction = dialect, group[0].version, group[0].transaction
        one.settings = group[0].settings
        one.problems = [problem for place in group for problem in place.problems]
        whole.update((f"{place.path} {tool}", one) for place in group)
    merged = [whole.get(f"{place.path} {place.tool}", place) for place in places]
    return list(dict.fromkeys(merged))


def _versions(place: Found) -> set[str]:
    found: set[str] = set()
    for name in place.files:
        match = _FLYWAY.match(name.rpartition("/")[2])
        if match is not None:
            prefix, version, repeatable = match.groups()
            found.add(repeatable or prefix + re.sub(r"([._]0)+\Z", "", version).replace("_", "."))
    return found
