"""Calls of what no reader looks into: whether they may reach the database."""

from __future__ import annotations

import builtins
import sys

from migralint.languages.values import Made, Symbol

_CONNECTIONS = (
    "get_bind", "get_context", "connect", "begin", "session", "sessionmaker", "engine", "conn",
    "connection", "scoped_session", "cursor", "bind",
)  # fmt: skip
_STORES = frozenset(("redis", "memcache", "memcached"))
"""Words in the names of what is no database of ours."""
_LOGS = frozenset(("debug", "info", "warn", "warning", "error", "exception", "critical", "log"))
_OTHERS = frozenset(("boto3", "click", "httpx", "loguru", "requests", "rich", "structlog", "tqdm"))
"""Libraries that speak to people, or to other servers."""


def is_foreign(path: str) -> bool:
    """Whether a call runs code of the project, or of a library, of which nothing is known."""
    top, _, rest = path.partition(".")
    if top == "builtins":
        return not hasattr(builtins, rest.partition(".")[0].partition("(")[0])
    if top == "?":
        return not rest
    return top not in sys.stdlib_module_names and "()" not in path and not path.endswith("Error")


def is_unknown(path: str) -> bool:
    """Whether nobody knows what a call does with the connection that it is handed."""
    top = path.partition(".")[0]
    return is_foreign(path) or (
        top != "builtins" and top not in sys.stdlib_module_names and not path.endswith("Error")
    )


def is_connection(made: Made) -> bool:
    """Whether a method is called on what may be a connection."""
    holder = made.path.rpartition(".")[0]
    last = holder.rpartition(".")[2].removesuffix("()")
    return last.lower() in _CONNECTIONS or holder.startswith("?")


def given_connection(made: Made) -> bool:
    """Whether a function is handed `op`, a connection or a session, to do with it what it likes."""
    given = [*made.given, *made.named.values()]
    return any(
        isinstance(each.value, (Made, Symbol)) and _is_way_in(each.value.path) for each in given
    )


def _is_way_in(path: str) -> bool:
    word = path.rpartition(".")[2].removesuffix("()")
    return path.startswith("alembic.op") or word in ("session", "Session", "scoped_session")


def is_of_session(made: Made) -> bool:
    """`db.session.query(…)`: what a session of the application is asked for."""
    return made.path.rpartition(".")[0].rpartition(".")[2] == "session"


def is_elsewhere(path: str) -> bool:
    """Whether a call is to something that is known to be no database, by what it is called."""
    holder, _, name = path.rpartition(".")
    if name in _LOGS and holder.rpartition(".")[2].strip("_").lower() in ("log", "logger"):
        return True
    words = {word for each in holder.lower().split(".") for word in each.split("_")}
    return path.partition(".")[0] in _OTHERS or not words.isdisjoint(_STORES)
