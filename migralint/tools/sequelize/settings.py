"""What sequelize-cli goes by: a .sequelizerc, and the configuration of the connection (its 6.6,
`core/yargs.js`, `helpers/config-helper.js`)."""

from __future__ import annotations

import os
from functools import lru_cache

from msgspec import Struct

from migralint.languages.values import Items, Made, Pairs, Symbol, Value, text_of
from migralint.source import Embedded, look
from migralint.tools.files import above
from migralint.tools.files import text_of as text_of_file

RC = ".sequelizerc"
_CONFIGS = ("config/config.js", "config/config.json")
"""Where the connection is said, if no .sequelizerc says where."""
_DIALECTS = {
    "postgres": "postgresql", "postgresql": "postgresql", "cockroachdb": "cockroachdb",
    "mysql": "mysql", "mysql2": "mysql", "mariadb": "mariadb", "sqlite": "sqlite",
    "mssql": "sqlserver", "oracle": "oracle", "db2": "db2", "snowflake": "snowflake",
}  # fmt: skip
_ENVIRONMENTS = ("production", "staging", "development", "test")
"""Whose word weighs most comes first."""


class Settings(Struct, frozen=True):
    """What a .sequelizerc says."""

    directories: tuple[str, ...]
    """Absolute."""
    dialect: str = ""

    def spelled(self) -> dict[str, str]:
        """As the settings of a root."""
        return {"dialect": self.dialect}


@lru_cache(64)
def _value(path: str, text: str) -> Value:
    """What a file gives that is JSON or JavaScript."""
    from migralint.languages import javascript
    from migralint.languages.events import MISSING, World
    from migralint.languages.javascript.walking import Walker, exported
    from migralint.tools.javascript import node, walks
    from migralint.tools.javascript.modules import Modules

    folder = os.path.dirname(path)
    modules = Modules()
    modules.folder = folder

    def known(name: str) -> Value:
        here = node.known(name, path)
        return modules.value(name, world) if here is MISSING else here

    def folded(made: Made) -> Value:
        if made.path == "builtins.process.cwd":
            return Embedded(folder, ())
        return node.folded(made, modules)

    world = World(known, folded)
    written = path.endswith(".json") or text.lstrip()[:1] == "{"
    if written:
        text = f"module.exports = {text}"
    try:
        module = javascript.parse(text, path if path.endswith("ts") else "rc.js")
    except javascript.SyntaxProblem:
        return None
    scope = walks.scope_of(Walker(world), module)
    found = exported(scope, "default")
    found = exported(scope) if found is None else found
    return modules.value(found.path, world) if isinstance(found, Symbol) else found


def settings(path: str) -> tuple[Settings, ...]:
    """What a .sequelizerc says; nothing where that is not known."""
    said = _value(path, text_of_file(path))
    if not isinstance(said, Pairs):
        return ()
    folder = os.path.dirname(path)
    places = _of(said, "migrations-path") or _of(said, "migrationsPath") or "migrations"
    config = _of(said, "config")
    connection = [os.path.normpath(os.path.join(folder, config))] if config else []
    connection += [os.path.join(folder, name) for name in _CONFIGS]
    found = next((each for each in connection if os.path.isfile(look(each))), "")
    directory = os.path.normpath(os.path.join(folder, places))
    return (Settings((directory,), _database(found) if found else ""),)


def _of(value: Pairs, name: str) -> str | None:
    return text_of(value.items[name][1]) if name in value.items else None


def dialect(folder: str) -> str:
    """The database of the configuration nearest above a folder; "" where none says."""
    for path in above(folder, RC):
        for each in settings(path):
            if each.dialect:
                return each.dialect
    for path in above(folder, *_CONFIGS):
        said = _database(path)
        if said:
            return said
    return ""


def _database(path: str) -> str:
    """The database that a configuration names, in production if it differs."""
    said = _value(path, text_of_file(path))
    if not isinstance(said, Pairs):
        return ""
    environments = [said.items[name][1] for name in _ENVIRONMENTS if name in said.items]
    for each in [*environments, said]:
        found = _named(each)
        if found:
            return found
    return ""


def _named(value: Value) -> str:
    if isinstance(value, Items):
        return next((found for each in value.items if (found := _named(each))), "")
    if not isinstance(value, Pairs):
        return ""
    for name in ("dialect", "url", "connectionString"):
        text = _of(value, name)
        if text:
            return _DIALECTS.get(text.partition(":")[0].lower(), "")
    return ""
