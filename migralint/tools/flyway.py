"""Flyway: V1__name.sql, R__name.sql, B1__name.sql, U1__name.sql and callbacks, in a folder and
those below it.

Its rules are those of ResourceNameParser, MigrationVersion, ParserSqlScript and PostgreSQLParser in
flyway-core.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from msgspec.structs import replace

from migralint.migration import (
    Direction,
    Kind,
    Migration,
    Problem,
    Project,
    Root,
    Script,
    Statement,
    Transaction,
)
from migralint.tools.files import (
    Parse,
    basename,
    duplicates,
    empty,
    is_checked,
    load,
    script,
    shown,
    text_of,
    wrapped,
)

_CALLBACKS = (
    ("beforeConnect", "createSchema", "beforeMigrate", "beforeEachMigrate"),
    ("afterEachMigrate", "afterMigrate", "afterMigrateApplied", "afterVersioned"),
)
"""Those that run around migrations, before and after."""
_FILE = Transaction("file", "certain", "Flyway runs each migration in a transaction of its own")
_GROUP = Transaction(
    "run", "certain", "Flyway runs all pending migrations in one transaction, with group=true"
)
_ALONE = Transaction(
    "none",
    "certain",
    "Flyway runs a file without a transaction where all its statements are ones it knows to "
    "refuse one",
)
_MIXED = Transaction(
    "none",
    "certain",
    "Flyway runs a file with such statements without a transaction, with mixed=true",
)
_REFUSED = (
    "Flyway does not run a file that mixes statements which refuse a transaction with others, "
    "unless mixed=true"
)
_FIRST_WORDS = frozenset(("CREATE", "DROP", "ALTER", "REINDEX", "VACUUM", "DISCARD"))
_INVALID = re.compile(r"(?:[VUB]\d|[vub]\d+(?:[._]\d+)*__|[VUB]__|[Rr]\d|r__|\d)")
_SETTING = re.compile(r"^\s*(?:flyway\.|spring\.flyway\.)?([\w-]+)\s*=\s*(.*?)\s*$", re.MULTILINE)


class _File(NamedTuple):
    version: tuple[int, ...]
    written: str
    name: str


def read(root: Root, parse: Parse) -> Project:
    settings = _settings(root.marker)
    prefixes = {
        settings.get("sqlmigrationprefix", "V"): "versioned",
        settings.get("baselinemigrationprefix", "B"): "baseline",
        settings.get("undosqlmigrationprefix", "U"): "undo",
    }
    pattern = _pattern(settings, prefixes)
    problems: list[Problem] = []
    found: dict[str, list[_File]] = {
        "versioned": [],
        "baseline": [],
        "undo": [],
        "repeatable": [],
        "code": [],
    }
    callbacks: tuple[list[_File], list[_File]] = ([], [])
    for name in root.files:
        base = basename(name)
        match = pattern.match(base)
        if match is not None:
            prefix, written, repeated, suffix = match.groups()
            if prefix is None:
                found["repeatable" if suffix == ".sql" else "code"].append(
                    _File((), repeated, name)
                )
                continue
            file = _File(_version(written), written.replace("_", "."), name)
            found[prefixes[prefix] if suffix == ".sql" else "code"].append(file)
        elif base.endswith(".sql"):
            event = base.removesuffix(".sql").partition("__")[0]
            for events, place in zip(_CALLBACKS, callbacks):  # noqa: B905 - two and two
                if event in events:
                    place.append(_File((events.index(event),), base.removesuffix(".sql"), name))
                    break
            else:
                problems += _invalid(root, name, base)
    for files in (*found.values(), *callbacks):
        files.sort()
    problems += duplicates(
        root,
        sorted(found["versioned"] + [file for file in found["code"] if file.version]),
        "Flyway",
    )
    problems += duplicates(root, found["baseline"], "Flyway")

    reading = _Reading(root, parse, settings, problems)
    migrations: list[Migration] = []
    for file in callbacks[0]:
        migrations += reading.migration(file, "callback")
    undo = {file.version: file for file in found["undo"]}
    baseline = {file.name for file in found["baseline"]}
    for file in sorted(found["versioned"] + found["baseline"]) if baseline else found["versioned"]:
        if file.name in baseline:
            migrations += reading.migration(file, "baseline")
        else:
            migrations += reading.migration(
                file, "versioned", undo.get(file.version) if undo else None
            )
    for file in found["repeatable"]:
        migrations += reading.migration(file, "repeatable")
    for file in callbacks[1]:
        migrations += reading.migration(file, "callback")
    unread: tuple[tuple[str, str], ...] = ()
    if code := len(found["code"]):
        what = (
            "a Java or Kotlin migration is"
            if code == 1
            else f"{code} Java or Kotlin migrations are"
        )
        unread = ((root.shown, f"{what} not analysed"),)
    return Project(
        root.shown,
        root.tool,
        root.dialect,
        tuple(migrations),
        tuple(problems),
        unread,
        has_down=bool(undo),
    )


class _Reading:
    """What one file after another is read with."""

    def __init__(
        self, root: Root, parse: Parse, settings: dict[str, str], problems: list[Problem]
    ) -> None:
        self.root = root
        self.parse = parse
        self.problems = problems
        self.mixed = settings.get("mixed")
        default = _GROUP if settings.get("group") == "true" else _FILE
        if settings.get("executeintransaction") == "false":
            default = Transaction(
                "none", "certain", "the configuration says executeInTransaction=false"
            )
        self.transaction = wrapped(root, default)
        self.configurations = {name for name in root.files if name.endswith(".conf")}

    def migration(self, file: _File, kind: Kind, undo: _File | None = None) -> list[Migration]:
        up = self.script(file, "up")
        if up is None:
            return []
        if not up.statements and kind != "callback":
            self.problems += empty(up)
        down = self.script(undo, "down") if undo is not None else None
        names = (file.name, undo.name) if undo is not None else (file.name,)
        checked = is_checked(self.root, *names)
        return [Migration(file.written, up, down, (), kind, checked)]

    def script(self, file: _File, direction: Direction) -> Script | None:
        source = load(self.root, file.name, self.problems)
        if source is None:
            return None
        made = script(source, direction, self.parse, self.transaction)
        if made.transaction is not self.transaction:
            return made  # the file has said it
        own = file.name + ".conf"
        if own in self.configurations:
            said = _properties(text_of(os.path.join(self.root.path, own))).get(
                "executeintransaction"
            )
            if said is not None:
                scope: Transaction = Transaction(
                    "none" if said == "false" else "file", "certain", f"{own} says so"
                )
                return replace(made, transaction=scope)
        alone = sum(_refuses(statement, self.root.version) for statement in made.statements)
        if not alone:
            return made
        if alone == len(made.statements):
            return replace(made, transaction=_ALONE)
        if self.mixed == "true":
            return replace(made, transaction=_MIXED)
        if self.transaction.scope in ("none", "statement"):
            return made
        refused = Transaction("file", "default" if self.mixed is None else "certain", _REFUSED)
        return replace(made, transaction=refused)


def _version(written: str) -> tuple[int, ...]:
    """A version as Flyway compares it: V1, V1.0 and V1_0 are the same."""
    parts = [int(part) for part in written.replace("_", ".").split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _pattern(settings: dict[str, str], prefixes: dict[str, str]) -> re.Pattern[str]:
    separator = re.escape(settings.get("sqlmigrationseparator", "__"))
    repeatable = re.escape(settings.get("repeatablesqlmigrationprefix", "R"))
    return re.compile(
        rf"(?:({'|'.join(map(re.escape, prefixes))})(\d+(?:[._]\d+)*)(?:{separator}.*?)?"
        rf"|{repeatable}{separator}(.*?))(\.sql|\.java|\.kt)\Z",
        re.DOTALL,
    )


def _invalid(root: Root, name: str, base: str) -> list[Problem]:
    """Whether a file that Flyway passes over looks as if it should have been run."""
    if not _INVALID.match(base):
        return []
    if base[0] in "vubr":
        why = f"its prefixes are capital letters: {base[0].upper()}{base[1:]}"
    elif base[0] in "VUB" and base[1:2].isdigit():
        why = (
            "two underscores have to stand between the version and the description, as in "
            "V1_2__add_users.sql"
        )
    elif base[0] == "R":
        why = "a repeatable migration has no version, as in R__totals.sql"
    else:
        why = "a version has to stand after the prefix, as in V7__add_users.sql"
    return [
        Problem("invalid-file-name", f"Flyway does not run this file: {why}.", shown(root, name))
    ]


def _refuses(statement: Statement, version: int | None) -> bool:
    """Whether Flyway itself knows that a statement refuses a transaction; it goes by the first
    words."""
    words = statement.text[:120].upper().replace("(", " (").split(None, 5)
    if not words or words[0] not in _FIRST_WORDS:
        return False
    first, rest = words[0], words[1:]
    if first in ("CREATE", "DROP"):
        if rest[:1] == ["UNIQUE"]:
            rest = rest[1:]
        return rest[:2] == ["INDEX", "CONCURRENTLY"] or words[1:2] in (
            ["DATABASE"],
            ["TABLESPACE"],
            ["SUBSCRIPTION"],
        )
    if first == "ALTER":
        if rest[:1] == ["TYPE"] and version is not None and version < 12:
            return " ADD VALUE" in " ".join(statement.text.upper().split())
        return rest[:1] == ["SYSTEM"]
    if first == "REINDEX":
        if rest[:1] == ["VERBOSE"]:
            rest = rest[1:]
        return rest[:1] in (["SCHEMA"], ["DATABASE"], ["SYSTEM"])
    return first == "VACUUM" or rest[:1] == ["ALL"]


def _settings(marker: str | None) -> dict[str, str]:
    """The settings of flyway.conf, flyway.toml or application.properties, with keys in small
    letters without dashes."""
    if marker is None:
        return {}
    text = text_of(marker)
    if not marker.endswith(".toml"):
        return _properties(text)
    from migralint import toml

    try:
        table = toml.loads(text).get("flyway", {})
    except ValueError:
        return {}
    return {
        key.lower(): str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in table.items()
        if not isinstance(value, (dict, list))
    }


def _properties(text: str) -> dict[str, str]:
    return {key.lower().replace("-", ""): value for key, value in _SETTING.findall(text)}
