"""Names and values as Knex writes them into SQL."""

from __future__ import annotations

import json
import re

from migralint.languages.javascript.operators import spelled
from migralint.languages.values import (
    HOLE,
    Given,
    Hidden,
    Items,
    Made,
    Pairs,
    Symbol,
    Value,
    hole,
    plain,
)
from migralint.source import Embedded, Span
from migralint.tools.code import UNKNOWN, doubled, literal
from migralint.tools.javascript.literals import (
    is_known,
    joined,
    quoted,
    split,
    stripped,
    text_sql,
)
from migralint.tools.knex.chains import Chains, last

_BINDING = re.compile(r"\\?\?\??")
_NAMED = re.compile(r"\\?(:(\w+):(?=::)|:(\w+):(?!:)|:(\w+))")
_NOWHERE = Span(0, 0)
_UUID = (
    "(lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || "
    "substr(lower(hex(randomblob(2))),2) || '-' || substr('89ab',abs(random()) % 4 + 1, 1) || "
    "substr(lower(hex(randomblob(2))),2) || '-' || lower(hex(randomblob(6))))"
)


class Unclear(Exception):
    """Something has to be known and is not: where it is written."""

    def __init__(self, span: Span, reason: str = "") -> None:
        super().__init__(reason)
        self.span = span
        self.reason = reason


class Words:
    """What writes names and values for one database. `query` writes a query that is given as a
    value."""

    def __init__(self, dialect: str, chains: Chains) -> None:
        self.dialect = dialect
        self.chains = chains

    @property
    def is_postgresql(self) -> bool:
        return self.dialect in ("postgresql", "cockroachdb")

    @property
    def is_mysql(self) -> bool:
        return self.dialect in ("mysql", "mariadb")

    # Names

    def name(self, value: Value, span: Span) -> Embedded:
        """What stands for a name: a string, taken apart at its dots and its `as`; raw SQL; a
        query; an object of aliases."""
        if isinstance(value, Embedded):
            return self._text(value)
        if isinstance(value, Made):
            return self.raw(value) or hole(span)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return Embedded.plain(spelled(value), span)
        if isinstance(value, Pairs) and value.exact and value.items:
            return joined(
                [
                    Embedded.join((self.name(each, span), " as ", self.part(key)))
                    for key, each in value.items.values()
                ]
            )
        return hole(span)

    def names(self, value: Value, span: Span) -> Embedded:
        """A name or a list of them."""
        return joined(self.each(value, span))

    def each(self, value: Value, span: Span) -> list[Embedded]:
        if not isinstance(value, Items):
            return [self.name(value, span)]
        if not value.exact:
            raise Unclear(span)
        return [self.name(each, span) for each in value.items]

    def part(self, name: Value) -> Embedded:
        """A name that has no parts."""
        return (
            quoted(stripped(name), self.dialect) if isinstance(name, Embedded) else hole(_NOWHERE)
        )

    def _text(self, text: Embedded) -> Embedded:
        at = text.text.lower().find(" as ")
        if at >= 0:
            alias = quoted(stripped(text.cut(at + 4, len(text.text))), self.dialect)
            return Embedded.join((self._text(text.cut(0, at)), " as ", alias))
        parts: list[Embedded | str] = []
        for each in split(text, "."):
            part = stripped(each)
            parts += [".", part if part.text == "*" else quoted(part, self.dialect)]
        return Embedded.join(parts[1:])

    # Values

    def literal(self, value: Value, span: Span) -> Embedded:
        """A value as it is bound; raw SQL and queries as they are."""
        if isinstance(value, Made):
            found = self.raw(value)
            if found is not None:
                return self._bracketed(value, found)
            return Embedded.plain(UNKNOWN, span)
        if isinstance(value, bool):
            return Embedded.plain(("false", "true")[value], span)
        if value is None:
            return Embedded.plain("NULL", span)
        if isinstance(value, (int, float)):
            return Embedded.plain(spelled(value), span)
        if isinstance(value, Embedded):
            return self.text(value) if is_known(value) else Embedded.plain(UNKNOWN, span)
        if isinstance(value, Items) and is_known(value):
            return self._array(value, span)
        if isinstance(value, Pairs) and is_known(value):
            return self.text(Embedded.plain(_json(value), span))
        return Embedded.plain(UNKNOWN, span)

    def text(self, text: Embedded) -> Embedded:
        """A string as the client writes one into SQL."""
        if not self.is_mysql:
            return text_sql(text, self.dialect)
        escaped = text
        for mark in ("\\", "'", '"'):
            parts: list[Embedded | str] = []
            for each in split(escaped, mark):
                parts += ["\\" + mark, each]
            escaped = Embedded.join(parts[1:])
        return Embedded.join(("'", escaped, "'"))

    def _array(self, value: Items, span: Span) -> Embedded:
        if not self.is_postgresql:
            return joined([self.literal(each, span) for each in value.items])
        try:
            inner = ",".join(_element(each) for each in plain(value))
        except (LookupError, TypeError):
            return Embedded.plain(UNKNOWN, span)
        return literal(Embedded.plain("{" + inner + "}", span))

    def _bracketed(self, made: Made, sql: Embedded) -> Embedded:
        from migralint.tools.knex.queries import is_query

        return Embedded.join(("(", sql, ")")) if is_query(made) else sql

    # Raw SQL and queries

    def raw(self, made: Made) -> Embedded | None:
        """What a call stands for inside other SQL; None where that is not known."""
        from migralint.tools.knex.queries import is_query, query_sql

        if is_query(made):
            return query_sql(self.chains.of(made), self)
        path = made.path
        name = last(made)
        if path in ("knex.fn.now", "table.fn.now", "knex.fn.now().fn.now"):
            precision = made.value(0)
            said = f"({precision})" if isinstance(precision, int) and precision else ""
            return Embedded.plain(f"CURRENT_TIMESTAMP{said}", made.span)
        if path == "knex.fn.uuid":
            text = {"sqlite": _UUID, "mysql": "(UUID())", "mariadb": "(UUID())"}
            return Embedded.plain(text.get(self.dialect, "(gen_random_uuid())"), made.span)
        if name == "raw" and path in ("knex.raw", "knex.schema.raw", "table.client.raw"):
            return self.bound(made)
        if path == "knex.ref":
            return self.name(made.value(0), made.span)
        if path.startswith("knex.ref().") and isinstance(made.of, Made):
            before = self.raw(made.of)
            if before is not None and name == "as":
                return Embedded.join((before, " as ", self.part(made.value(0))))
            if before is not None and name == "withSchema":
                return Embedded.join((self.part(made.value(0)), ".", before))
        if path == "knex.raw().wrap" and isinstance(made.of, Made):
            before = self.raw(made.of)
            texts = [made.value(0), made.value(1)]
            if before is not None and all(isinstance(each, Embedded) for each in texts):
                return Embedded.join((texts[0], before, texts[1]))
        return None

    def bound(self, made: Made) -> Embedded | None:
        """The SQL of a raw(), with its bindings in it; None where it is not known."""
        sql = made.value(0)
        if isinstance(sql, Made):
            return self.raw(sql)
        if not isinstance(sql, Embedded) or HOLE.fullmatch(sql.text.strip()):
            return None
        given = made.argument(1)
        if given is None:
            return _unescaped(sql)
        value = given.value
        if isinstance(value, Pairs):
            return self._by_name(sql, value, given.span)
        if isinstance(value, Items):
            values, exact = list(value.items), value.exact
        else:
            values, exact = [value], not isinstance(value, (Hidden, Symbol, Made))
        return self._by_place(sql, values, exact, given.span)

    def _by_place(self, sql: Embedded, values: list[Value], exact: bool, span: Span) -> Embedded:
        parts: list[Embedded | str] = []
        at = number = 0
        for match in _BINDING.finditer(sql.text):
            if match.group() == "\\?":
                parts += [sql.cut(at, match.start()), sql.cut(match.start() + 1, match.end())]
                at = match.end()
                continue
            known = number < len(values)
            value: Value = values[number] if known else Hidden(span)
            number += 1
            if match.group() == "??":
                written = self.names(value, span)
            elif known or not exact:
                written = self.literal(value, span)
            else:
                written = Embedded.plain(UNKNOWN, span)
            parts += [sql.cut(at, match.start()), written]
            at = match.end()
        return Embedded.join((*parts, sql.cut(at, len(sql.text))))

    def _by_name(self, sql: Embedded, values: Pairs, span: Span) -> Embedded:
        parts: list[Embedded | str] = []
        at = 0
        for match in _NAMED.finditer(sql.text):
            if match.group().startswith("\\"):
                continue
            key = match[2] or match[3] or match[4]
            if key not in values.items:
                if values.exact:
                    continue
                written = Embedded.plain(UNKNOWN, span) if match[4] else hole(span)
            elif match[4]:
                written = self.literal(values.items[key][1], span)
            else:
                written = self.names(values.items[key][1], span)
            parts += [sql.cut(at, match.start()), written]
            at = match.end()
        return Embedded.join((*parts, sql.cut(at, len(sql.text))))


def _unescaped(sql: Embedded) -> Embedded:
    """The SQL without the strokes that keep a question mark from being a binding."""
    parts: list[Embedded | str] = []
    for each in split(sql, "\\?"):
        parts += ["?", each]
    return Embedded.join(parts[1:])


def flag(given: Given | None, default: bool | None = None) -> bool | None:
    """A yes or no of which something depends. Raises Unclear where it is not known."""
    if given is None or given.value is None:
        return default
    if not isinstance(given.value, bool):
        if isinstance(given.value, (Hidden, Symbol, Made)):
            raise Unclear(given.span)
        return bool(given.value)
    return given.value


def option(value: Value, name: str) -> Value:
    """What an object of options says; None where it does not."""
    if not isinstance(value, Pairs):
        return None
    if name in value.items:
        return value.items[name][1]
    return None if value.exact else Hidden(_NOWHERE)


def bare(value: Value, span: Span) -> Embedded:
    """A text that goes into SQL as it is."""
    if isinstance(value, Embedded):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Embedded.plain(spelled(value), span)
    raise Unclear(span)


def in_quotes(text: Embedded) -> Embedded:
    return Embedded.join(("'", doubled(text, "'"), "'"))


def _json(value: Value) -> str:
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)


def _element(value: object) -> str:
    """One of an array's, as the driver of PostgreSQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return ("false", "true")[value]
    if isinstance(value, (int, float)):
        return spelled(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    raise TypeError
