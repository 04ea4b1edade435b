"""Calls of what is no part of Sequelize's query interface: whether they may reach the database."""

from __future__ import annotations

from migralint.languages.values import Given, Hidden, Items, Made, Pairs, Symbol, Value
from migralint.tools.sequelize.types import data_type

_QUIET = frozenset(
    "assert async_hooks buffer crypto dns events fs http https net os path perf_hooks querystring "
    "readline stream string_decoder timers tls tty url util zlib uuid lodash moment dayjs bcrypt "
    "bcryptjs nanoid slugify chalk dotenv debug winston pino date-fns ramda underscore".split()
)
"""Modules that know no database."""
_WRITES = frozenset(
    "create bulkCreate update destroy upsert save increment decrement findOrCreate findOrBuild "
    "restore sync drop truncate dropAllTables dropAllEnums dropAllSchemas createDatabase "
    "dropDatabase setIsolationLevel delete".split()
)
"""What models, their rows and the connection itself do to the database."""
_RUNS = frozenset(("child_process", "node:child_process", "execa", "shelljs"))
_LOGS = frozenset(("debug", "info", "warn", "warning", "error", "log", "trace", "verbose"))
_LONG = 60


def is_sequelize(made: Made) -> bool:
    """Whether a method is called on what is a connection of Sequelize's."""
    holder = made.path.rpartition(".")[0]
    if holder.startswith("queryInterface"):
        return "define()" not in holder and "models" not in holder
    name = holder.rpartition(".")[2].removesuffix("()").lower()
    return "sequelize" in name or name in ("db", "database", "connection")


def is_type(made: Made) -> bool:
    """Whether it makes a data type."""
    return data_type(Given(made, made.span)) is not None


def reaches(made: Made, alone: bool) -> bool:
    """Whether a call may do something to the database that nobody sees."""
    path = made.path
    top = path.partition(".")[0]
    name = path.rpartition(".")[2]
    if top in _RUNS:
        return True
    if _is_quiet(top) or _is_log(path):
        return False
    if any(_is_way_in(each.value) for each in made.given):
        return True
    if top == "builtins":
        return False
    if name in _WRITES:
        return "." in path
    return alone and path != "?" and top not in ("?", "queryInterface", "sequelize")


def _is_quiet(top: str) -> bool:
    return top.removeprefix("node:") in _QUIET


def _is_log(path: str) -> bool:
    holder, _, name = path.rpartition(".")
    last = holder.rpartition(".")[2].removesuffix("()").lower()
    return name in _LOGS and (last.startswith("log") or last in ("console", "default"))


def _is_way_in(value: Value) -> bool:
    """The query interface, the connection or a transaction, by itself or in an object."""
    if isinstance(value, Pairs):
        return any(_is_way_in(each) for _, each in value.items.values())
    if isinstance(value, Items):
        return any(_is_way_in(each) for each in value.items)
    if isinstance(value, Symbol):
        if value.path in ("queryInterface", "queryInterface.context", "queryInterface.sequelize"):
            return True
        return value.path == "transaction"
    return isinstance(value, Made) and value.path.endswith(".transaction")


def is_elsewhere(made: Made) -> bool:
    """Whether it is a call of somebody else's, done for what it does."""
    return not isinstance(made.of, Hidden) and made.path != "?"


def words(made: Made, text: str) -> str:
    """What a call is, for people."""
    name = made.path.removeprefix("builtins.").lstrip("?.")
    if name.rpartition(".")[2] in _WRITES and not name.startswith("queryInterface."):
        return "the ORM"
    called = text[made.span.start : made.span.end].partition("(")[0]
    short = called if len(called) < _LONG and "\n" not in called else "a function"
    return f"{short}()"
