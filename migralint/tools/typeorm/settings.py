"""What a DataSource, or an ormconfig, says of migrations, and what the calls of `migration:run`
do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from migralint.languages.values import Closure, Items, Made, Pairs, Value, text_of
from migralint.source import NOWHERE, SCRIPTS, Embedded, look
from migralint.tools.files import above
from migralint.tools.files import text_of as text_of_file

MODES = ("all", "each", "none")
CALLED = re.compile(
    r"(?:[\w.-]*(?:data-?source|orm[._-]?config|typeorm)|(?:[\w.-]*[._-])?(?:database|db))[\w.-]*"
    r"\.(?:[cm]?[jt]s|json|ya?ml)|app\.module\.[jt]s",
    re.IGNORECASE,
)
"""How files are called that hold a DataSource."""
MARK = re.compile(
    r"\bnew\s+(?:\w+\.)?DataSource\s*\(|\bmigrationsTransactionMode\b|\bDataSourceOptions\b"
    r"|\bTypeOrmModule(?:Options)?\b|\bcreateConnection\s*\("
)
"""What stands in them, unless they are called ormconfig."""
_ABOVE = 5
"""How many folders above the migrations it may stand."""
_BESIDE = ("", "src", "src/db", "src/database", "src/config", "src/app", "config", "db", "database")
_DATABASES = {
    "postgres": "postgresql", "aurora-postgres": "postgresql", "cockroachdb": "cockroachdb",
    "mysql": "mysql", "aurora-mysql": "mysql", "mariadb": "mariadb", "sqlite": "sqlite",
    "better-sqlite3": "sqlite", "sqljs": "sqlite", "expo": "sqlite", "capacitor": "sqlite",
    "cordova": "sqlite", "react-native": "sqlite", "nativescript": "sqlite", "mssql": "sqlserver",
    "oracle": "oracle", "spanner": "spanner", "sap": "SAP HANA", "mongodb": "mongodb",
}  # fmt: skip
"""What `type` may be."""
_SAYS = ("migrations", "entities", "migrationsTransactionMode", "migrationsRun", "synchronize")
"""An object that holds one of these beside its `type` is what a DataSource is made of."""
_OPTION = re.compile(r"\bmigration:run\b.*?\s(?:-t|--transaction)[ =]+[\"']?(\w+)")


class Settings(Struct, frozen=True):
    """`mode` is all, each or none; "" where nothing says it, which is all."""

    mode: str = ""
    dialect: str = ""
    directories: tuple[str, ...] = ()
    """Absolute; what its patterns for migrations begin with."""

    def spelled(self) -> dict[str, str]:
        """As the settings of a root."""
        return {"dialect": self.dialect}


def nearest(folder: str) -> Settings:
    """What the nearest DataSource says of the migrations in a folder: of those beside each other
    the one whose patterns lead there."""
    for group in _files(folder):
        found = [each for path in group for each in settings(path)]
        found.sort(key=lambda each: not any(_leads(path, folder) for path in each.directories))
        if found:
            return found[0]
    return Settings()


def called(lines: Iterable[str]) -> str:
    """The mode that the lines which call `migration:run` agree on; "" where none says one. It beats
    the DataSource's."""
    said = {found[1] for line in lines if (found := _OPTION.search(line))}
    modes = {"none" if each == "false" else each for each in said} & set(MODES)
    return modes.pop() if len(modes) == 1 else ""


def _leads(path: str, folder: str) -> bool:
    return folder == path or folder.startswith(os.path.join(path, ""))


def _files(folder: str) -> Iterator[list[str]]:
    """The files that may hold one, those below each of the folders above together."""
    at = folder
    for _ in range(_ABOVE):
        places = [os.path.join(at, *each.split("/")) if each else at for each in _BESIDE]
        yield [
            os.path.join(place, name)
            for place in places
            for name in _names(place)
            if CALLED.fullmatch(name)
        ]
        if os.path.exists(look(os.path.join(at, ".git"))) or os.path.dirname(at) == at:
            return
        at = os.path.dirname(at)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(look(folder)))
    except OSError:
        return []


def settings(path: str) -> tuple[Settings, ...]:
    """What a file says, one for each DataSource; nothing where it holds none."""
    text = text_of_file(path)
    ours = "ormconfig" in os.path.basename(path).lower()
    if path.endswith((".json", ".yml", ".yaml")):
        from migralint import documents

        said = documents.yaml(text) if ours else ()  # JSON is YAML.
        whole = said[0] if said else None
        found = whole if isinstance(whole, list) else [whole]
        return tuple(_of_document(path, each) for each in found if isinstance(each, dict))
    return _of_code(path, text) if path.endswith(SCRIPTS) and (ours or MARK.search(text)) else ()


def _of_document(path: str, said: dict[str, object]) -> Settings:
    mode = said.get("migrationsTransactionMode", "all")
    given = said.get("migrations")
    patterns = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    return _made(path, mode if isinstance(mode, str) else None, str(said.get("type")), patterns)


def _made(path: str, mode: str | None, kind: str | None, patterns: Iterable[str]) -> Settings:
    """`mode` is None where it is not known."""
    return Settings(
        mode if mode in MODES else "",
        _DATABASES.get(kind or "", ""),
        tuple(dict.fromkeys(_begins(_top(path), each) for each in patterns if "*" in each)),
    )


def _top(path: str) -> str:
    """The folder in which TypeORM is called, most likely."""
    folder = os.path.dirname(path)
    return os.path.dirname(next(above(folder, "package.json"), path))


def _begins(top: str, pattern: str) -> str:
    """The folder that a pattern begins with."""
    return os.path.normpath(os.path.join(top, os.path.dirname(pattern.partition("*")[0])))


def _of_code(path: str, text: str) -> tuple[Settings, ...]:
    from migralint.languages import javascript
    from migralint.languages.events import MISSING, TooMuch, World
    from migralint.languages.javascript.walking import Walker
    from migralint.tools.javascript import node, walks
    from migralint.tools.javascript.modules import Modules

    modules = Modules()
    modules.file, modules.folder = path, os.path.dirname(path)

    def known(name: str) -> Value:
        found = node.known(name, modules.file)
        return modules.value(name, world) if found is MISSING else found

    def folded(made: Made) -> Value:
        if made.path == "builtins.process.cwd":
            return Embedded(_top(path), ())
        return node.folded(made, modules)

    world = World(known, folded)
    walker = Walker(world)
    try:
        scope = walks.scope_of(walker, javascript.parse(text, path))
    except javascript.SyntaxProblem:
        return ()
    found: list[Pairs] = []
    run = None
    for made in [each.value for each in walker.events if isinstance(each.value, Made)]:
        for each in made.given if _takes(made) else ():
            value = each.value
            if isinstance(value, Pairs) and "useFactory" in value.items:
                value = value.items["useFactory"][1]
                if isinstance(value, Closure):
                    try:
                        value = walker.run(value, [], {}, NOWHERE, whole=False)
                    except (TooMuch, RecursionError):
                        continue
            found += _objects(value)
        if made.path.endswith(".runMigrations") and isinstance(made.value(0), Pairs):
            run = _text(made.value(0), "transaction") or run
    if not found:
        values = [scope.names["module"], *scope.names.values()]
        found = [one for value in values for one in _objects(value) if _is_options(one)]
    return tuple(_settings(path, each, run) for each in dict.fromkeys(found))


def _takes(made: Made) -> bool:
    """Whether a call is given what a DataSource is made of."""
    path = made.path
    return path.endswith(("DataSource", "createConnection", "createConnections")) or (
        "TypeOrmModule" in path and path.endswith((".forRoot", ".forRootAsync"))
    )


def _objects(value: Value) -> list[Pairs]:
    """The objects that a value is, or has."""
    if isinstance(value, Items):
        return [one for each in value.items for one in _objects(each)]
    if not isinstance(value, Pairs):
        return []
    own = value.items.get("exports") or value.items.get("default")
    return _objects(own[1]) if own is not None else [value]


def _is_options(said: Pairs) -> bool:
    return "type" in said.items and any(each in said.items for each in _SAYS)


def _settings(path: str, said: Pairs, run: str | None) -> Settings:
    mode = run or _text(said, "migrationsTransactionMode")
    if mode is None and said.exact and "migrationsTransactionMode" not in said.items:
        mode = "all"
    given = said.items["migrations"][1] if "migrations" in said.items else None
    texts = [text_of(each) for each in given.items] if isinstance(given, Items) else []
    return _made(path, mode, _text(said, "type"), [each for each in texts if each is not None])


def _text(said: Pairs, name: str) -> str | None:
    return text_of(said.items[name][1]) if name in said.items else None
