"""Values as Sequelize writes them, and what its `literal`, `fn`, `col`, `cast` and `where` stand
for (its 6.37, `sql-string.js` and `handleSequelizeMethod`)."""

from __future__ import annotations

import json
import re

from migralint.languages.javascript.operators import spelled
from migralint.languages.values import Given, Items, Made, Pairs, Value, plain
from migralint.source import Embedded, Span
from migralint.tools.code import UNKNOWN, doubled
from migralint.tools.javascript.literals import is_known, joined, name_of
from migralint.tools.sequelize.names import dotted

METHODS = ("literal", "fn", "col", "cast", "where", "json")
_SPECIAL = re.compile("[\0\n\r\b\t\\\\'\"\x1a]")
_ESCAPES = {"\0": "\\0", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\t": "\\t", "\x1a": "\\Z"}
_MYSQL_CASTS = (
    ("timestamp", "datetime"), ("double precision", "decimal"), ("boolean", "decimal"),
    ("integer", "decimal"), ("text", "char"),
)  # fmt: skip


def last(made: Made) -> str:
    """The name of the function that was called."""
    return made.path.rpartition(".")[2]


def is_method(value: Value) -> bool:
    """Whether a value is one of those that stand for a piece of SQL."""
    return isinstance(value, Made) and last(value) in METHODS


def unknown(span: Span) -> Embedded:
    return Embedded.plain(UNKNOWN, span)


def text_sql(value: Embedded, dialect: str) -> Embedded:
    """A string as a literal."""
    if dialect != "mysql":
        return Embedded.join(("'", doubled(value, "'"), "'"))
    parts: list[Embedded | str] = ["'"]
    at = 0
    for found in _SPECIAL.finditer(value.text):
        parts += [value.cut(at, found.start()), _ESCAPES.get(found.group(), "\\" + found.group())]
        at = found.end()
    return Embedded.join((*parts, value.cut(at, len(value.text)), "'"))


def escaped(value: Value, span: Span, dialect: str, *, listing: bool = False) -> Embedded:
    """A value as a literal, a parameter where it is not known; `listing`: an array is what stands
    between the brackets of IN."""
    if isinstance(value, Made):
        found = method_sql(value, dialect)
        return unknown(span) if found is None else found
    if value is None:
        return Embedded.plain("NULL", span)
    if isinstance(value, bool):
        said = str(int(value)) if dialect == "sqlite" else ("true" if value else "false")
        return Embedded.plain(said, span)
    if isinstance(value, (int, float)):
        return Embedded.plain(spelled(value), span)
    if isinstance(value, Embedded):
        return text_sql(value, dialect) if is_known(value) else unknown(span)
    if isinstance(value, Items):
        return _array(value, span, dialect, listing)
    return unknown(span)


def _array(value: Items, span: Span, dialect: str, listing: bool) -> Embedded:
    if not value.exact:
        return unknown(span)
    if dialect == "postgresql" and not listing:
        inside = [escaped(each, span, dialect) for each in value.items]
        return Embedded.join(("ARRAY[", joined(inside, ","), "]"))
    found = []
    for each in value.items:
        written = escaped(each, span, dialect, listing=listing)
        nested = isinstance(each, Items)
        found.append(Embedded.join(("(", written, ")")) if nested else written)
    return joined(found)


def json_sql(value: Value, span: Span, dialect: str) -> Embedded:
    """A value as the text of its JSON."""
    try:
        said = json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)
    except (LookupError, TypeError, ValueError):
        return unknown(span)
    return text_sql(Embedded.plain(said, span), dialect)


def method_sql(made: Made, dialect: str) -> Embedded | None:
    """The SQL that a call of one of the methods stands for; None where it is none of them."""
    name = last(made)
    first = made.argument(0)
    if name not in METHODS or first is None:
        return None
    if name == "literal":
        if isinstance(first.value, Embedded):
            return first.value
        known = isinstance(first.value, (int, float)) and not isinstance(first.value, bool)
        return Embedded.plain(spelled(first.value), first.span) if known else None
    if name == "col":
        column = name_of(first.value, first.span)
        return Embedded("*", ()) if column.text.startswith("*") else dotted(column, dialect)
    if name == "fn":
        given = [_argument(each, dialect) for each in made.given[1:]]
        return Embedded.join((name_of(first.value, first.span), "(", joined(given), ")"))
    if name == "cast":
        return _cast(made, first, dialect)
    if name == "where":
        from migralint.tools.sequelize.where import compared

        return compared(made, dialect)
    return None


def _argument(given: Given, dialect: str) -> Embedded:
    if isinstance(given.value, Pairs):
        from migralint.tools.sequelize.where import items_sql

        return items_sql(given.value, given.span, dialect)
    return escaped(given.value, given.span, dialect)


def _cast(made: Made, first: Given, dialect: str) -> Embedded | None:
    kind = made.argument(1)
    if kind is None or not isinstance(kind.value, Embedded) or not is_known(kind.value):
        return None
    said = kind.value.text
    for word, instead in _MYSQL_CASTS if dialect != "postgresql" else ():
        if word in said.lower() and (word == "timestamp" or dialect != "sqlite"):
            said = instead
            break
    same = said == kind.value.text
    cast = Embedded(said.upper(), kind.value.pieces if same else ())
    return Embedded.join(("CAST(", _argument(first, dialect), " AS ", cast, ")"))
