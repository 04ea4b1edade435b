"""A knexfile: which folders, which database, how migrations are ordered and wrapped (Knex 3.3,
`lib/migrations/migrate/migrator-configuration-merger.js`)."""

from __future__ import annotations

import os

import msgspec
from msgspec import Struct

from migralint.languages import javascript
from migralint.languages.events import TooMuch, World
from migralint.languages.expressions import MISSING
from migralint.languages.javascript.walking import Walker, exported
from migralint.languages.values import Items, Made, Pairs, Scope, Symbol, Value, text_of
from migralint.source import Embedded
from migralint.tools.files import text_of as text_of_file
from migralint.tools.javascript import node
from migralint.tools.javascript.modules import Modules

_ENDINGS = (".co", ".coffee", ".eg", ".iced", ".js", ".cjs", ".litcoffee", ".ls", ".ts")
_CLIENTS = {
    "pg": "postgresql", "postgres": "postgresql", "postgresql": "postgresql",
    "pg-native": "postgresql", "pgnative": "postgresql", "cockroachdb": "cockroachdb",
    "redshift": "redshift", "mysql": "mysql", "mysql2": "mysql", "mariadb": "mariadb",
    "sqlite": "sqlite", "sqlite3": "sqlite", "better-sqlite3": "sqlite",
    "mssql": "sqlserver", "oracledb": "oracle",
}  # fmt: skip
_USUAL = {"postgresql": "pg", "mysql": "mysql2", "mariadb": "mysql2", "sqlite": "sqlite3"}
_LIVE = "production"


class Settings(Struct, frozen=True):
    """What one environment of a knexfile says of its migrations."""

    directories: tuple[str, ...]
    """Absolute."""
    dialect: str = ""
    client: str = ""
    """What it calls the database: `pg`, `postgresql`, …"""
    endings: tuple[str, ...] = _ENDINGS
    unwrapped: bool = False
    """disableTransactions."""
    separately: bool = False
    """sortDirsSeparately."""

    def spelled(self) -> dict[str, str]:
        """As the settings of a root; `given` reads it."""
        return {"dialect": self.dialect, "knex": msgspec.json.encode(self).decode()}


def client_of(dialect: str, said: str, text: str) -> str:
    """What Knex's `client` is called on a database: as the knexfile has it, else as a migration
    of this text has it where it asks, else as most do."""
    if _CLIENTS.get(said) == dialect:
        return said
    names = [name for name, each in _CLIENTS.items() if each == dialect]
    asked = (name for name in names if f"'{name}'" in text or f'"{name}"' in text)
    return next(asked, _USUAL.get(dialect, ""))


def given(settings: dict[str, str]) -> Settings | None:
    said = settings.get("knex")
    return None if said is None else msgspec.json.decode(said, type=Settings)


def _read(path: str, text: str) -> tuple[Settings, ...]:
    folder = os.path.dirname(path)
    modules = Modules()
    modules.file, modules.folder = path, folder

    def known(name: str) -> Value:
        found = node.known(name, modules.file)
        return modules.value(name, world) if found is MISSING else found

    def folded(made: Made) -> Value:
        if made.path == "builtins.process.cwd":
            return Embedded(folder, ())  # Knex goes to the folder of its knexfile.
        return node.folded(made, modules)

    world = World(known, folded)
    try:
        scope = Walker(world).module(javascript.parse(text, path))
    except (javascript.SyntaxProblem, TooMuch, RecursionError):
        return ()
    found: dict[tuple[str, ...], Settings] = {}
    environments = _environments(_whole(scope, modules, world))
    said = [(name, _settings(each, folder)) for name, each in environments]
    # What runs in production says it: a laptop's SQLite is no matter.
    for _, each in sorted(said, key=lambda one: (one[0] != _LIVE, one[1].dialect != "postgresql")):
        found.setdefault(each.directories, each)
    return tuple(found.values())


def settings(path: str) -> tuple[Settings, ...]:
    """What a knexfile says, one for each set of folders that its environments name; nothing where
    that is not known."""
    return _read(path, text_of_file(path))


def _whole(scope: Scope, modules: Modules, world: World) -> Value:
    found = exported(scope, "default")
    if found is None:
        found = exported(scope)
    if isinstance(found, Symbol):
        found = modules.value(found.path, world)
    return found


def _environments(value: Value) -> list[tuple[str, Pairs]]:
    """The configuration, or each environment's, with its name."""
    if not isinstance(value, Pairs):
        return []
    if any(name in value.items for name in ("client", "migrations", "connection", "dialect")):
        return [("", value)]
    return [
        (str(name), one)
        for name, (_, one) in value.items.items()
        if isinstance(one, Pairs) and ("client" in one.items or "migrations" in one.items)
    ]


def _settings(value: Pairs, folder: str) -> Settings:
    said = _of(value, "migrations")
    own = said if isinstance(said, Pairs) else Pairs({})
    directories = _texts(_of(own, "directory")) or ["./migrations"]
    client = text_of(_of(value, "client")) or text_of(_of(value, "dialect")) or ""
    endings = tuple(_texts(_of(own, "loadExtensions")))
    paths = tuple(os.path.normpath(os.path.join(folder, each)) for each in directories)
    return Settings(
        paths,
        _CLIENTS.get(client, ""),
        client,
        endings or _ENDINGS,
        _of(own, "disableTransactions") is True,
        _of(own, "sortDirsSeparately") is True,
    )


def _of(value: Pairs, name: str) -> Value:
    return value.items[name][1] if name in value.items else None


def _texts(value: Value) -> list[str]:
    values = value.items if isinstance(value, Items) else [value]
    return [text for each in values if (text := text_of(each)) is not None]
