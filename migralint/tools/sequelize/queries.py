"""`sequelize.query()`: its SQL, with what is replaced and bound in it (Sequelize 6.37,
`utils/sql.js` and `formatBindParameters`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migralint.languages.values import Given, Items, Made, Pairs
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import MARKS
from migralint.tools.sequelize.options import option, place
from migralint.tools.sequelize.values import escaped, unknown

_DOLLAR = re.compile(r"\$([A-Za-z_][0-9A-Za-z_]*)?\$")
_NAMED = re.compile(r":([A-Za-z_][0-9A-Za-z_]*)(?=\)|,|$|\s|::|;|\])")
_BOUND = re.compile(r"\B\$(\$|\w+)")
_BEFORE = re.compile(r"[\s(>,=\[]")
"""What may stand before a value that is replaced."""


def query(made: Made, dialect: str) -> Embedded | None:
    """The SQL of a call; None where it is not known."""
    given, options = made.argument(0), made.argument(1)
    if given is None:
        return None
    sql, values = given.value, None
    bound = None
    if isinstance(sql, Pairs):
        said = option(sql, "query", given.span)
        values, bound = option(sql, "values", given.span), option(sql, "bind", given.span)
        sql = None if said is None else said.value
    if options is not None:
        values = values or option(options.value, "replacements", options.span)
        bound = bound or option(options.value, "bind", options.span)
    if not isinstance(sql, Embedded):
        return None
    if sql.text.isspace() or not sql.text:
        return None
    if values is not None and values.value is not None:
        sql = _replaced(sql, values, dialect)
    if bound is not None and bound.value is not None:
        sql = _bound(sql, bound, dialect)
    return sql


def _replaced(sql: Embedded, values: Given, dialect: str) -> Embedded:
    parts: list[Embedded | str] = []
    at = 0
    number = 0
    for start, end, name in _placeholders(sql.text, isinstance(values.value, Items), dialect):
        key: object = name
        if name is None:
            key = number
            number += 1
        value = _value(values, key, dialect, listing=True)
        parts += [sql.cut(at, start), _in_place(value, sql, Span(start, end))]
        at = end
    return Embedded.join((*parts, sql.cut(at, len(sql.text))))


def _placeholders(text: str, numbered: bool, dialect: str) -> Iterator[tuple[int, int, str | None]]:
    """Where `:name` stands, or `?` where they are `numbered`, outside of strings, names and
    comments."""
    mark = MARKS.get(dialect, '"')
    at = 0
    while at < len(text):
        sign = text[at]
        if sign == mark:
            at = _past(text, at + 1, mark)
        elif sign == "'":
            escapes = dialect == "mysql" or (
                dialect == "postgresql" and text[max(0, at - 1) : at].lower() == "e"
            )
            at = _past(text, at + 1, "'", escapes=escapes)
        elif text.startswith("-- ", at):
            at = _past(text, at, "\n")
        elif text.startswith("/*", at):
            at = _past(text, at + 2, "*/")
        elif sign == "$" and not text[max(0, at - 1) : at].isalnum():
            found = _DOLLAR.match(text, at)
            at = at + 1 if found is None else _past(text, found.end(), found.group())
        elif sign == ":" and not numbered and _may_begin(text, at):
            named = _NAMED.match(text, at)
            if named is not None:
                yield at, named.end(1), named[1]
            at += 1
        elif sign == "?" and numbered and _may_begin(text, at):
            if text[at + 1 : at + 2] not in ("|", "&"):
                yield at, at + 1, None
            at += 1
        else:
            at += 1


def _may_begin(text: str, at: int) -> bool:
    return at == 0 or _BEFORE.match(text[at - 1]) is not None


def _past(text: str, at: int, end: str, *, escapes: bool = False) -> int:
    """Behind the next of these ends."""
    while (found := text.find(end, at)) >= 0:
        slashes = len(text[at:found]) - len(text[at:found].rstrip("\\"))
        if not escapes or slashes % 2 == 0:
            return found + len(end)
        at = found + 1
    return len(text)


def _bound(sql: Embedded, values: Given, dialect: str) -> Embedded:
    parts: list[Embedded | str] = []
    at = 0
    for found in _BOUND.finditer(sql.text):
        parts.append(sql.cut(at, found.start()))
        at = found.end()
        key: object = found[1]
        if key == "$":
            parts.append("$")
            continue
        if isinstance(values.value, Items) and found[1].isdigit():
            key = int(found[1]) - 1
        parts.append(_in_place(_value(values, key, dialect), sql, Span(*found.span())))
    return Embedded.join((*parts, sql.cut(at, len(sql.text))))


def _in_place(value: Embedded, sql: Embedded, place: Span) -> Embedded:
    """A value where the SQL asks for it, so that the statement stands in one place."""
    if not sql.cut(place.start, place.end).pieces:
        return Embedded(value.text, ())
    return Embedded.plain(value.text, sql.to_host(place))


def _value(values: Given, key: object, dialect: str, *, listing: bool = False) -> Embedded:
    holder = values.value
    if isinstance(holder, Pairs) and key in holder.items:
        name, value = holder.items[key]
        return escaped(value, place(name, value, values.span), dialect, listing=listing)
    if isinstance(holder, Items) and isinstance(key, int) and key < len(holder.items):
        value = holder.items[key]
        return escaped(value, place(None, value, values.span), dialect, listing=listing)
    return unknown(values.span)
