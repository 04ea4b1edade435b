"""The names of constraints and indexes that nobody named: SQLAlchemy's naming convention where the
project has one, else the server's own choice (SQLAlchemy 2.1, `sql/naming.py`)."""

from __future__ import annotations

import re
from hashlib import md5
from typing import Any

from msgspec import Struct

from migralint.languages.values import HOLE, Given, Pairs, Value, hole, text_of
from migralint.source import Embedded, Span
from migralint.tools.alembic.columns import Refused
from migralint.tools.alembic.expressions import column_name
from migralint.tools.code import identifier

Convention = dict[str, str]
"""Kind (ix, uq, ck, fk, pk) → the pattern of its names."""
DEFAULT: Convention = {"ix": "ix_%(column_0_label)s"}
"""What holds where no convention says otherwise."""
_KINDS = {
    "Index": "ix", "UniqueConstraint": "uq", "CheckConstraint": "ck",
    "ForeignKeyConstraint": "fk", "PrimaryKeyConstraint": "pk",
}  # fmt: skip
_TOKEN = re.compile(r"%\((\w+)\)s")
_COLUMN = re.compile(r"(referred_)?column_(\d+)(_?N)?_(name|label|key)")
_LONGEST = 63


class Final(Embedded, frozen=True):
    """A name from `op.f()`, to which no convention is applied."""


class About(Struct, frozen=True):
    """What a name is made of. Of a name that is not known, None stands."""

    kind: str
    table: str | None
    schema: str | None = None
    columns: tuple[str | None, ...] = ()
    referred: str | None = None
    referred_columns: tuple[str | None, ...] = ()


def convention_of(value: Value) -> Convention:
    """The convention that a dictionary of the file spells out."""
    found: Convention = {}
    if isinstance(value, Pairs):
        for key, (name, each) in value.items.items():
            pattern = text_of(each)
            # The keys may be the classes themselves.
            kind = key if isinstance(key, str) else getattr(name, "path", "").rpartition(".")[2]
            if pattern is not None:
                found[_KINDS.get(kind, kind)] = pattern
    return found


def is_plain(convention: Convention) -> bool:
    """Whether SQLAlchemy knows all that the patterns ask for: functions of the project may make
    words of their own."""
    own = ("table_name", "referred_table_name", "constraint_name")
    return all(
        token in own or _COLUMN.fullmatch(token)
        for pattern in convention.values()
        for token in _TOKEN.findall(pattern)
    )


def constraint_name(given: Given | None, about: About, convention: Convention) -> Embedded | None:
    """The name of a constraint or an index as SQL writes it; None where the server chooses. Raises
    Refused for one that is too long."""
    pattern = convention.get(about.kind, DEFAULT.get(about.kind, ""))
    said = None if given is None else given.value
    if given is not None and said is not None:
        own = column_name(given)
        if isinstance(said, Final) or "%(constraint_name)s" not in pattern:
            text = text_of(said) or ""
            if len(text) <= _LONGEST or HOLE.search(text):
                return own
            if isinstance(said, Final):
                return identifier(_at(_cut(text), given.span))
            raise Refused(f"a name of {len(text)} letters, since PostgreSQL keeps {_LONGEST}")
        if not isinstance(said, Embedded) or HOLE.search(said.text):
            return hole(given.span)
        made = _made(pattern, about, said.text)
        return hole(given.span) if made is None else identifier(_at(made, given.span))
    if not pattern or "%(constraint_name)s" in pattern:
        return None
    made = _made(pattern, about, "")
    return hole(Span(0, 0)) if made is None else identifier(Embedded(made, ()))


def _at(text: str, span: Span) -> Embedded:
    return Embedded.plain(text, span)


def _made(pattern: str, about: About, name: str) -> str | None:
    """The name; None where a part of it is not known, or the pattern asks for something of the
    project's own."""
    known: dict[str, Any] = {
        "table_name": about.table,
        "referred_table_name": about.referred,
        "constraint_name": name,
    }
    parts: dict[str, str] = {}
    for token in set(_TOKEN.findall(pattern)):
        value = known[token] if token in known else _of_columns(token, about)
        if value is None:
            return None
        parts[token] = value
    return _cut(_TOKEN.sub(lambda token: parts[token[1]], pattern).replace("%%", "%"))


def _cut(name: str) -> str:
    """A name as SQLAlchemy shortens those that it takes for made by a convention."""
    if len(name) <= _LONGEST:
        return name
    digest = md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: _LONGEST - 8]}_{digest[-4:]}"


def _of_columns(token: str, about: About) -> str | None:
    match = _COLUMN.fullmatch(token)
    if match is None:
        return None
    columns = about.referred_columns if match[1] else about.columns
    first = int(match[2])
    if first >= len(columns):
        return None if match[3] is None else ""
    chosen = columns[first:] if match[3] else columns[first : first + 1]
    prefix = ""
    if match[4] == "label":
        if about.table is None:
            return None
        prefix = f"{about.schema}_{about.table}_" if about.schema else f"{about.table}_"
    if any(each is None for each in chosen):
        return None
    return ("_" if match[3] == "_N" else "").join(f"{prefix}{each}" for each in chosen)
