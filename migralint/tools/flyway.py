"""Flyway: V1__name.sql, R__name.sql, B1__name.sql, U1__name.sql and callbacks, in a folder and
those below it.

Its rules are those of ResourceNameParser, MigrationVersion, ParserSqlScript and PostgreSQLParser in
flyway-core.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from migralint.dialects import lex
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
from migralint.ops import RefreshView
from migralint.source import Span
from migralint.tools import flyway_names, flyway_settings
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
    ("afterVersioned", "beforeRepeatables"),
    ("afterEachMigrate", "afterMigrate", "afterMigrateApplied"),
)
"""Those that run around migrations: before, between versioned and repeatable ones, and after."""
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
_META = re.compile(r"^[ \t]*\\[a-zA-Z!?]", re.MULTILINE)
_COPIED = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_COPY_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_FIRST_WORDS = frozenset(("CREATE", "DROP", "ALTER", "REINDEX", "VACUUM", "DISCARD"))
_INVALID = re.compile(r"(?:[VUB]\d|[vub]\d+(?:[._]\d+)*__|[VUB]__|[Rr]\d|r__|\d)")


class _File(NamedTuple):
    version: tuple[int, ...]
    written: str
    name: str


def read(root: Root, parse: Parse) -> Project:
    naming = flyway_names.naming(root.settings)
    usual = flyway_names.KEYS.isdisjoint(root.settings)
    problems: list[Problem] = []
    found: dict[str, list[_File]] = {
        "versioned": [],
        "baseline": [],
        "undo": [],
        "repeatable": [],
        "code": [],
    }
    callbacks: tuple[list[_File], ...] = ([], [], [])
    for name in root.files:
        base = basename(name)
        said = naming.parse(base)
        if said is not None:
            file = _File(
                flyway_names.version(said.version) if said.version else (),
                said.version or said.description,
                name,
            )
            found["code" if said.code else said.role].append(file)
        elif (stem := naming.stem(base)) is not None:
            event = stem.partition("__")[0]
            for events, place in zip(_CALLBACKS, callbacks):  # noqa: B905 - three and three
                if event in events:
                    place.append(_File((events.index(event),), stem, name))
                    break
            else:
                if usual:
                    problems += _invalid(root, name, base)
    for files in (*found.values(), *callbacks):
        files.sort()
    # A description is what is written, with blanks.
    found["repeatable"].sort(key=lambda file: file.written.replace("_", " "))
    problems += duplicates(
        root,
        sorted(found["versioned"] + [file for file in found["code"] if file.version]),
        "Flyway",
    )
    problems += duplicates(root, found["baseline"], "Flyway")

    reading = _Reading(root, parse, problems)
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
    for file in callbacks[1]:
        migrations += reading.migration(file, "callback")
    for file in found["repeatable"]:
        migrations += reading.migration(file, "repeatable")
    for file in callbacks[2]:
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

    def __init__(self, root: Root, parse: Parse, problems: list[Problem]) -> None:
        self.root = root
        self.parse = parse
        self.problems = problems
        settings = root.settings
        self.mixed = settings.get("mixed")
        default = _GROUP if settings.get("group") == "true" else _FILE
        if settings.get("executeintransaction") == "false":
            default = Transaction(
                "none", "certain", "the configuration says executeInTransaction=false"
            )
        self.transaction = wrapped(root, default)
        self.configurations = {name for name in root.files if name.endswith(".conf")}
        self.locked = settings.get("postgresqltransactionallock") != "false"

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
        """One direction of a file, with what hangs in it told."""
        made = self._wrapped(file, direction)
        if made is not None and self.locked and made.transaction.scope == "none":
            self.problems += _hanging(made)
        return made

    def _wrapped(self, file: _File, direction: Direction) -> Script | None:
        source = load(self.root, file.name, self.problems)
        if source is None:
            return None
        own: Mapping[str, str] = {}
        if file.name + ".conf" in self.configurations:
            path = os.path.join(self.root.path, file.name + ".conf")
            own = flyway_settings.script(text_of(path))
        settings = {**self.root.settings, **own} if own else self.root.settings
        text = _filled_in(source.text, settings)
        parse = self.parse if text is source.text else self._instead(text)
        made = script(source, direction, parse, self.transaction)
        self.problems += _commands(made)
        if made.transaction is not self.transaction:
            return made  # the file has said it
        said = own.get("executeintransaction")
        if said is not None:
            scope: Transaction = Transaction(
                "none" if said == "false" else "file", "certain", f"{file.name}.conf says so"
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

    def _instead(self, text: str) -> Parse:
        """The parser, at work on this text in place of the one that it is given."""
        return lambda _, start=0, end=None: self.parse(text, start, end)


def _filled_in(text: str, settings: Mapping[str, str]) -> str:
    """The text with the placeholders of a project's own kind as `${…}`, each in its place; where
    Flyway fills in none, with what no longer looks like one."""
    prefix = settings.get("placeholderprefix", "${")
    if prefix not in text:
        return text
    if settings.get("placeholderreplacement") == "false":
        pieces: list[str] = []
        at = 0
        for token in lex.tokens(text):
            if token.kind == "placeholder" and text.startswith("${", token.start):
                pieces += [text[at : token.start], "$}"]
                at = token.start + 2
        return "".join([*pieces, text[at:]]) if pieces else text
    suffix = settings.get("placeholdersuffix", "}")
    if (prefix, suffix) == ("${", "}") or not prefix or not suffix:
        return text
    pattern = re.compile(rf"{re.escape(prefix)}([^\s{{}}]{{1,200}}?){re.escape(suffix)}")
    return pattern.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    """A placeholder as `${…}` of the same length."""
    return f"${{{match[1][: len(match[0]) - 3].ljust(len(match[0]) - 3, '_')}}}"


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


def _commands(made: Script) -> list[Problem]:
    """The first of psql's own commands in a file, which Flyway takes for SQL."""
    text = made.source.text
    if "\\" not in text or _META.search(text) is None:
        return []
    gaps: list[tuple[int, int]] = []
    at = 0
    for statement in made.statements:
        gaps.append((at, statement.span.start))
        at = statement.span.end
        if _COPIED.match(statement.text):
            data = _COPY_END.search(text, at)
            at = data.end() if data is not None else at
    for start, end in (*gaps, (at, len(text))):
        if _META.search(text, start, end) is None:
            continue
        for kind, first, last in lex.tokens(text, start, end):
            if kind == "meta":
                message = (
                    f"Flyway does not know psql's commands: it sends {text[first:last].split()[0]} "
                    "to the server, which refuses it."
                )
                span = Span(first, last)
                path = made.source.path
                return [Problem("migration-refused", message, path, span, made.source)]
    return []


def _hanging(made: Script) -> list[Problem]:
    """The first statement that hangs while Flyway holds its lock in a transaction, as it does from
    9.1.2 on (Flyway's manual, PostgreSQL Transactional Lock; flyway/flyway#3497)."""
    for statement in made.statements:
        for op in statement.ops:
            if getattr(op, "concurrently", False) and not isinstance(op, RefreshView):
                message = (
                    "This may hang: from 9.1.2 on Flyway keeps a transaction of its own open, "
                    "unless `postgresql.transactional.lock=false`, which no setting seen here says."
                )
                path = made.source.path
                return [
                    Problem(
                        "concurrently-behind-runner", message, path, statement.span, made.source
                    )
                ]
    return []


def _refuses(statement: Statement, version: int | None) -> bool:
    """Whether Flyway itself knows that a statement refuses a transaction; it goes by the first
    words."""
    head = statement.text[:120]
    if "--" in head or "/*" in head:
        head = lex.without_comments(statement.text[:2000])
    words = head.upper().replace("(", " (").split(None, 5)
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
