"""SQLAlchemy's expressions in SQL, as far as migrations use them (SQLAlchemy 2.1)."""

from __future__ import annotations

import re

from migralint.languages.values import Given, Items, Made, Pairs, Symbol, Value, hole, text_of
from migralint.source import Embedded, Span
from migralint.tools.alembic.types import type_sql
from migralint.tools.code import UNKNOWN, identifier, listed, literal

_TEXTS = ("text", "literal_column", "quoted_name", "DDL")
_WORDS = {
    "current_timestamp": "CURRENT_TIMESTAMP", "current_date": "CURRENT_DATE",
    "current_time": "CURRENT_TIME", "current_user": "CURRENT_USER",
    "session_user": "SESSION_USER", "localtime": "LOCALTIME", "localtimestamp": "LOCALTIMESTAMP",
    "user": "USER",
}  # fmt: skip
"""Functions that SQL calls without brackets."""
_ENDINGS = {
    "desc": " DESC", "asc": " ASC",
    "nulls_first": " NULLS FIRST", "nullsfirst": " NULLS FIRST",
    "nulls_last": " NULLS LAST", "nullslast": " NULLS LAST",
}  # fmt: skip
_BINARY = {
    "operator.+": ("+", 7), "operator.-": ("-", 7), "operator.*": ("*", 8), "operator./": ("/", 8),
    "operator.%": ("%", 8), "operator.==": ("=", 5), "operator.!=": ("!=", 5),
    "operator.<": ("<", 5), "operator.<=": ("<=", 5), "operator.>": (">", 5),
    "operator.>=": (">=", 5), "operator.&": ("AND", 3), "operator.|": ("OR", 2),
}  # fmt: skip
"""Python's operators, and how strongly SQL's bind."""
_METHODS = {
    "like": "LIKE", "notlike": "NOT LIKE", "not_like": "NOT LIKE", "ilike": "ILIKE",
    "notilike": "NOT ILIKE", "not_ilike": "NOT ILIKE", "in_": "IN", "notin_": "NOT IN",
    "not_in": "NOT IN", "is_": "IS", "isnot": "IS NOT", "is_not": "IS NOT", "concat": "||",
    "regexp_match": "~",
    "is_distinct_from": "IS DISTINCT FROM", "is_not_distinct_from": "IS NOT DISTINCT FROM",
}  # fmt: skip
_OPPOSITE = {
    "=": "!=", "<": ">=", ">": "<=", "LIKE": "NOT LIKE", "ILIKE": "NOT ILIKE", "IN": "NOT IN",
    "IS": "IS NOT", "~": "!~", "BETWEEN": "NOT BETWEEN", "IS DISTINCT FROM": "IS NOT DISTINCT FROM",
}  # fmt: skip
_OPPOSITE.update({other: one for one, other in _OPPOSITE.items()})
_PARAMETER = re.compile(r"\\:|(?<![:\w\\]):(\w+)(?!:)")
_MARK = re.compile(r"%%|%s|%\(\w+\)s")
_LIST = re.compile(r"\bIN\s*$", re.IGNORECASE)
_ATOM, _COMPARED, _OWN, _NONE = 15, 5, 1, 0


class Written:
    """SQL, how strongly it binds, and of a comparison its sign, so that it can be turned."""

    __slots__ = ("left", "right", "sign", "sql", "strength")

    def __init__(
        self,
        sql: Embedded,
        strength: int = _ATOM,
        parts: tuple[Embedded, str, Embedded] | None = None,
    ) -> None:
        self.sql = sql
        self.strength = strength
        self.left, self.sign, self.right = parts or (sql, "", sql)

    def within(self, strength: int) -> Embedded:
        """In brackets where it stands beside something that binds more strongly, or as much."""
        return self.sql if self.strength > strength else Embedded.join(("(", self.sql, ")"))


def unknown(span: Span) -> Embedded:
    """A value that is only known when the code runs."""
    return Embedded.plain(UNKNOWN, span)


def text_sql(text: Embedded, values: dict[str, Given] | None = None) -> Embedded:
    """The SQL of a `text()`: its parameters with the values that are bound to them, and without
    the backslash that keeps a colon from being a parameter's mark."""
    parts: list[Embedded] = []
    at = 0
    for found in _PARAMETER.finditer(text.text):
        parts.append(text.cut(at, found.start()))
        at = found.end()
        if found[1] is None:
            parts.append(text.cut(found.start() + 1, at))
            continue
        bound = (values or {}).get(found[1])
        place = text.to_host(Span(found.start(), at))
        value = unknown(place) if bound is None else default(bound)
        several = _LIST.search(text.text, 0, found.start()) is not None
        parts.append(Embedded.join(("(", value, ")")) if several else value)
    return Embedded.join((*parts, text.cut(at, len(text.text)))) if parts else text


def driver_sql(text: Embedded, *, given: bool) -> Embedded:
    """SQL for the driver, which has its own marks for values; without values `given` it leaves a
    percent sign alone."""
    if not given:
        return text
    parts: list[Embedded] = []
    at = 0
    for found in _MARK.finditer(text.text):
        parts.append(text.cut(at, found.start()))
        at = found.end()
        sign = found.group() == "%%"
        place = text.to_host(Span(found.start(), at))
        several = _LIST.search(text.text, 0, found.start()) is not None
        value = Embedded.join(("(", unknown(place), ")")) if several else unknown(place)
        parts.append(text.cut(at - 1, at) if sign else value)
    return Embedded.join((*parts, text.cut(at, len(text.text))))


def bound(made: Made) -> Embedded | None:
    """`text(…)`, with what `.bindparams(…)` binds to it; None where it is something else."""
    values: dict[str, Given] = {}
    while made.path.rpartition(".")[2] in ("bindparams", "params", "columns", "execution_options"):
        for name, given in made.named.items():
            values.setdefault(name, given)
        for given in made.given:
            each = given.value
            if isinstance(each, Pairs):
                for word, (_, value) in each.items.items():
                    values.setdefault(str(word), Given(value, given.span))
            key = text_of(each.value(0, "key")) if isinstance(each, Made) else None
            value = each.argument(1, "value") if isinstance(each, Made) else None
            if key is not None and value is not None:
                values.setdefault(key, value)
        if not isinstance(made.of, Made):
            return None
        made = made.of
    if made.path.rpartition(".")[2] not in _TEXTS:
        return None
    text = made.value(0, "text", made.value(0, "statement"))
    return text_sql(text, values) if isinstance(text, Embedded) else None


def condition(given: Given) -> Embedded:
    """An expression or a condition, where a string is SQL."""
    if isinstance(given.value, Embedded):
        return text_sql(given.value)
    return written(given.value, given.span).sql


def default(given: Given) -> Embedded:
    """A server_default, where a string is a literal."""
    if isinstance(given.value, (int, float)) and not isinstance(given.value, bool):
        return Embedded.plain(str(given.value), given.span)
    return written(given.value, given.span).sql


def column_name(given: Given) -> Embedded:
    """A name, where a string is one; else an expression in its place."""
    if isinstance(given.value, Embedded):
        return identifier(given.value)
    made = written(given.value, given.span).sql
    return hole(given.span) if made.text == UNKNOWN else made


def key(given: Given) -> Embedded:
    """A key of an index, where an expression that is no call stands in brackets."""
    if isinstance(given.value, Embedded):
        return identifier(given.value)
    made = written(given.value, given.span)
    if made.sql.text == UNKNOWN:
        return hole(given.span)
    return made.sql if made.strength == _ATOM else Embedded.join(("(", made.sql, ")"))


def written(value: Value, span: Span) -> Written:
    """An expression in which a string is a literal."""
    if isinstance(value, Embedded):
        return Written(literal(value))
    if isinstance(value, bool):
        return Written(Embedded.plain("true" if value else "false", span))
    if value is None:
        return Written(Embedded.plain("NULL", span))
    if isinstance(value, (int, float)):
        return Written(Embedded.plain(str(value), span))
    if isinstance(value, Symbol):
        if _of_table(value.path) and isinstance(value.of, Made):
            return Written(identifier(Embedded.plain(value.path.rpartition(".")[2], span)))
        value = Made(value.path, value.of, (), {}, span)
    return _made(value, span) if isinstance(value, Made) else Written(unknown(span))


def _of_table(path: str) -> bool:
    """`table.c.name`."""
    return path.rpartition(".")[0].endswith((".c", ".columns"))


def _made(value: Made, span: Span) -> Written:
    name = value.path.rpartition(".")[2]
    if value.path in _BINARY and len(value.given) == 2:
        sign, strength = _BINARY[value.path]
        return _binary(value.given[0], sign, value.given[1], strength)
    if value.path == "operator.~":
        return _negated(written(value.given[0].value, value.given[0].span), span)
    if value.path == "?" and isinstance(value.of, Made) and value.of.path.endswith("().op"):
        # column.op("~")(…)
        own = text_of(value.of.value(0, "opstring"))
        left = Given(value.of.of, value.of.span)
        if own is not None and len(value.given) == 1:
            return Written(_binary(left, own, value.given[0], _OWN).sql, _OWN)
    if "sqlalchemy" not in value.path and not value.path.startswith("alembic"):
        return Written(unknown(span))
    if name in _ENDINGS and (value.of is not None or value.given):
        inner = value.of.of if isinstance(value.of, Symbol) else value.of
        given = Given(inner, value.span) if isinstance(inner, Made) else value.given[0]
        return Written(Embedded.join((column_name(given), _ENDINGS[name])))
    if name in ("bindparams",) or name in _TEXTS:
        text = bound(value)
        return Written(unknown(span) if text is None else text)
    if ".func." in value.path and "()." not in value.path:
        return Written(_function(value, value.path.partition(".func.")[2]))
    if name in ("true", "false"):
        return Written(Embedded.plain(name, span))
    if name == "null":
        return Written(Embedded.plain("NULL", span))
    if name in ("literal", "inline_literal") and value.given:
        return written(value.value(0), value.given[0].span)
    if name == "bindparam" and value.argument(1, "value") is not None:
        return written(value.value(1, "value"), span)
    if name == "column":
        text = value.value(0)
        return Written(identifier(text) if isinstance(text, Embedded) else unknown(span))
    if name in ("and_", "or_"):
        return _joined(value, "AND" if name == "and_" else "OR")
    if name == "not_" and value.given:
        return _negated(written(value.value(0), value.given[0].span), span)
    if name == "case":
        return Written(_cases(value))
    if name == "label" and isinstance(value.of, Made):
        return written(value.of, span)
    if name in ("cast", "type_coerce") and len(value.given) == 2:
        return _cast(value, span)
    if name in ("next_value", "next_value()") and isinstance(value.of, Made):
        sequence = value.of.argument(0, "name")
        if sequence is not None and isinstance(sequence.value, Embedded):
            return Written(Embedded.join(("nextval(", literal(sequence.value), ")")))
    return _method(value, name, span)


def _method(value: Made, name: str, span: Span) -> Written:
    """`column.in_([…])` and its kin."""
    if not isinstance(value.of, Made):
        return Written(unknown(span))
    of = value.path.rpartition(".")[0]
    column = _of_table(of)
    left = Given(Symbol(of, value.of) if column else value.of, value.of.span)
    if name == "between" and len(value.given) == 2:
        low, high = (written(each.value, each.span).within(_COMPARED) for each in value.given)
        return _compared(left, "BETWEEN", Embedded.join((low, " AND ", high)))
    if name in _METHODS and value.given:
        sign, other = _METHODS[name], value.given[0]
        if "IN" not in sign.split():
            return _binary(left, sign, other, _COMPARED)
        items = other.value.items if isinstance(other.value, Items) and other.value.exact else None
        if items is None:
            return _compared(left, sign, Embedded.join(("(", unknown(other.span), ")")))
        members = [written(each, other.span).sql for each in items]
        return _compared(left, sign, Embedded.join(("(", listed(members), ")")))
    return Written(unknown(span))


def _compared(left: Given, sign: str, right: Embedded) -> Written:
    start = written(left.value, left.span).within(_COMPARED)
    return Written(Embedded.join((start, f" {sign} ", right)), _COMPARED, (start, sign, right))


def _binary(left: Given, sign: str, right: Given, strength: int) -> Written:
    if right.value is None and sign in ("=", "!="):
        sign = "IS" if sign == "=" else "IS NOT"
    own = strength - 1 if sign in ("AND", "OR", "+", "*") else strength
    start, end = (
        written(each.value, each.span).within(own if each is left else strength)
        if sign not in ("AND", "OR")
        else written(each.value, each.span).within(own)
        for each in (left, right)
    )
    return Written(Embedded.join((start, f" {sign} ", end)), strength, (start, sign, end))


def _joined(made: Made, word: str) -> Written:
    strength = 3 if word == "AND" else 2
    if not made.given:
        return Written(unknown(made.span))  # and_(*conditions)
    if len(made.given) == 1:
        return written(made.given[0].value, made.given[0].span)
    parts: list[Embedded | str] = []
    for each in made.given:
        # Beside its own kind nothing needs brackets.
        parts += [f" {word} ", written(each.value, each.span).within(strength - 1)]
    return Written(Embedded.join(parts[1:]), strength)


def _negated(inner: Written, span: Span) -> Written:
    if inner.sign in _OPPOSITE:
        sign = _OPPOSITE[inner.sign]
        if "IN" in sign.split():
            sql = Embedded.join(("(", inner.left, f" {sign} ", inner.right, ")"))
            return Written(sql, _ATOM, (inner.left, sign, inner.right))
        sql = Embedded.join((inner.left, f" {sign} ", inner.right))
        return Written(sql, _COMPARED, (inner.left, sign, inner.right))
    return Written(Embedded.join(("NOT ", inner.within(_COMPARED - 1))), _COMPARED - 1)


def _cases(value: Made) -> Embedded:
    """`case((condition, value), …, else_=value)`."""
    parts: list[Embedded | str] = ["CASE"]
    for each in value.given:
        pair = each.value.items if isinstance(each.value, Items) else []
        if len(pair) != 2:
            return unknown(value.span)
        test, result = (written(part, each.span) for part in pair)
        parts += [" WHEN ", test.within(_ATOM - 1), " THEN ", result.sql]
    last = value.named.get("else_")
    if last is not None:
        parts += [" ELSE ", written(last.value, last.span).sql]
    return Embedded.join((*parts, " END"))


def _cast(value: Made, span: Span) -> Written:
    inner = written(value.value(0), value.given[0].span).sql
    if value.path.endswith("type_coerce"):
        return Written(inner)
    kind = type_sql(value.value(1))
    if kind is None:
        return Written(unknown(span))
    return Written(Embedded.join(("CAST(", inner, f" AS {kind})")))


def _function(value: Made, name: str) -> Embedded:
    """`func.x(...)`, in which a string is a literal."""
    if name.lower() in _WORDS and not value.given:
        return Embedded.plain(_WORDS[name.lower()], value.span)
    parts = [written(each.value, each.span).sql for each in value.given]
    return Embedded.join((Embedded.plain(name, value.span), "(", listed(parts), ")"))
