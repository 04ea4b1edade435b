"""How the tools that run files of SQL spell a migration that is to be written: its file's name, its
sections, and how it leaves the transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from migralint.migration import Script
from migralint.source import Edit, Span
from migralint.tools import changesets

UNITS = frozenset({"migration.sql", "up.sql", "down.sql"})
"""Files whose folder bears the version."""


class Idiom(Struct, frozen=True):
    """One tool's way."""

    leave: Callable[[Script], tuple[Edit, ...] | None]
    """What makes a file that stands run without a transaction; None where it cannot."""
    head: str = ""
    """What a file begins with that runs without one."""
    up: str = ""
    down: str | None = None
    """The lines above the two directions, where one file holds both."""
    outside: str = ""
    """What those lines say besides where the direction runs without a transaction."""
    single: bool = False
    """Without a transaction a file holds one statement: it is one query still, or the tool tells
    by its statements."""
    beside: tuple[str, str] | None = None
    """A file that goes with one that runs without a transaction: its name (`{}` is the other's) and
    text."""
    separators: str = ""
    """What a version may hold beside digits."""
    joint: str = "_"
    """What stands between version and title."""
    resumes: bool = True
    """A migration that failed can simply be run again."""
    back: str = ""
    """What each line of the way back begins with, where it stands among other lines."""


def _at_start(text: str) -> Callable[[Script], tuple[Edit, ...] | None]:
    return lambda script: (Edit(Span(0, 0), text),)


def _on_line(mark: str, more: str) -> Callable[[Script], tuple[Edit, ...] | None]:
    """More words at the end of the line that this stands on."""

    def leave(script: Script) -> tuple[Edit, ...] | None:
        text = script.source.text
        first = script.statements[0].span.start
        found = [match.end() for match in re.finditer(mark, text[:first], re.MULTILINE)]
        return (Edit(Span(found[-1], found[-1]), more),) if found else None

    return leave


def _above(mark: str, line: str) -> Callable[[Script], tuple[Edit, ...] | None]:
    """A line of its own above the first one that this stands on."""

    def leave(script: Script) -> tuple[Edit, ...] | None:
        found = re.search(mark, script.source.text, re.MULTILINE)
        return (Edit(Span(found.start(), found.start()), line),) if found else None

    return leave


def _as_it_is(script: Script) -> tuple[Edit, ...] | None:
    return ()


def _never(script: Script) -> tuple[Edit, ...] | None:
    return None


_NO_ATLAS = "-- atlas:txmode none\n\n"
_NO_SQLX = "-- no-transaction\n"
_NO_GOOSE = "-- +goose NO TRANSACTION\n"
_NO_SQL = "-- migralint: transaction=none\n"

IDIOMS: dict[str, Idiom] = {
    "atlas": Idiom(_at_start(_NO_ATLAS), head=_NO_ATLAS),
    "dbmate": Idiom(
        _on_line(r"^--[^\S\n]*migrate:up\b[^\r\n]*", " transaction:false"),
        up="-- migrate:up",
        down="-- migrate:down",
        outside=" transaction:false",
        single=True,
    ),
    "diesel": Idiom(
        _as_it_is,
        single=True,
        beside=("metadata.toml", "run_in_transaction = false\n"),
        separators="-",
    ),
    "flyway": Idiom(
        _as_it_is,
        single=True,
        beside=("{}.conf", "executeInTransaction=false\n"),
        separators="._",
        joint="__",
    ),
    "liquibase": Idiom(changesets.leave, back=changesets.BACK),
    "golang-migrate": Idiom(_as_it_is, single=True, resumes=False),
    "goose": Idiom(
        _above(r"^--[^\S\n]*\+goose[^\S\n]+Up\b", _NO_GOOSE),
        head=_NO_GOOSE,
        up="-- +goose Up",
        down="-- +goose Down",
    ),
    "prisma": Idiom(_as_it_is, single=True, resumes=False),
    "sql": Idiom(_at_start(_NO_SQL), head=_NO_SQL),
    "sqlx": Idiom(_at_start(_NO_SQLX), head=_NO_SQLX, single=True),
    "supabase": Idiom(_never),
}
"""Tools of which migralint can write migrations. Drizzle's next one needs an entry of its journal
and a snapshot: that is left to people."""


_VERSION = re.compile(r"([vV]?)(\d+)")


def following(path: str, last: str, title: str, idiom: Idiom) -> str | None:
    """The path of a new migration that goes the way of `path` (its folder, its ending) and comes
    after the one in `last`; None where the names bear no version that could be counted on."""
    parts, ends = path.split("/"), last.split("/")
    at = -2 if parts[-1] in UNITS else -1
    if len(parts) < -at or len(ends) < -at:
        return None
    unit, before = parts[at], ends[at]
    inside = f"[{re.escape(idiom.separators)}]" if idiom.separators else "(?!)"
    match = re.match(rf"([vV]?)((?:\d+(?:{inside}(?=\d))?)+)", before)
    own = re.match(rf"[vV]?(?:\d+(?:{inside}(?=\d))?)+", unit)
    if match is None or own is None:
        return None
    version = next_version(match[2])
    if version is None:
        return None
    ending = re.search(r"(?:\.(?:up|down|do|undo|rollback))?\.sql\Z", unit) if at == -1 else None
    parts[at] = f"{match[1]}{version}{idiom.joint}{title}{ending[0] if ending else ''}"
    return "/".join(parts)


_STAMPS = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M"}
_STEPS = {14: timedelta(seconds=1), 12: timedelta(minutes=1)}


def next_version(version: str) -> str | None:
    """The version after this one, of the same form."""
    digits = re.sub(r"\D", "", version)
    form = _STAMPS.get(len(digits))
    counted = None
    if form is not None:
        try:
            counted = (datetime.strptime(digits, form) + _STEPS[len(digits)]).strftime(form)
        except ValueError:
            form = None  # as 20240199000000, which is a number and no time
    if counted is None:
        if digits == version:
            return str(int(version) + 1).zfill(len(version))
        head, last = version[: -len(_last(version))], _last(version)
        return head + str(int(last) + 1).zfill(len(last))
    found = iter(counted)
    return "".join(next(found) if each.isdigit() else each for each in version)


def _last(version: str) -> str:
    match = re.search(r"\d+\Z", version)
    return match[0] if match else ""
