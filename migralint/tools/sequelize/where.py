"""Conditions that are written as objects (Sequelize 6.37, `whereItemsQuery`)."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.languages.values import Given, Hidden, Items, Made, Pairs, Symbol, Value, text_of
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import is_known, joined, name_of
from migralint.tools.sequelize.names import dotted, quoted
from migralint.tools.sequelize.options import place
from migralint.tools.sequelize.values import escaped, is_method, method_sql, unknown

_OPERATORS = {
    "eq": "=", "ne": "!=", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<", "not": "IS NOT",
    "is": "IS", "in": "IN", "notIn": "NOT IN", "like": "LIKE", "notLike": "NOT LIKE",
    "iLike": "ILIKE", "notILike": "NOT ILIKE", "startsWith": "LIKE", "endsWith": "LIKE",
    "substring": "LIKE", "regexp": "~", "notRegexp": "!~", "iRegexp": "~*", "notIRegexp": "!~*",
    "between": "BETWEEN", "notBetween": "NOT BETWEEN", "overlap": "&&", "contains": "@>",
    "contained": "<@", "adjacent": "-|-", "strictLeft": "<<", "strictRight": ">>",
    "noExtendRight": "&<", "noExtendLeft": "&>", "col": "=", "match": "@@",
}  # fmt: skip
_MYSQL = {"regexp": "REGEXP", "notRegexp": "NOT REGEXP"}
_GROUPS = ("and", "or", "not")


def clause(given: Given | None, dialect: str) -> Embedded:
    """` WHERE …`; nothing where nothing is asked for."""
    inside = Embedded("", ()) if given is None else items_sql(given.value, given.span, dialect)
    return Embedded.join((" WHERE ", inside)) if inside.text else inside


def items_sql(value: Value, span: Span, dialect: str, between: str = " AND ") -> Embedded:
    """A condition; nothing where it asks for nothing, a parameter where it is not known."""
    if value is None:
        return Embedded("", ())
    if not isinstance(value, Pairs):
        return _item(None, Given(value, span), dialect)
    if not value.exact:
        return unknown(span)
    found = [_item(key, Given(each, at), dialect) for key, each, at in _pairs(value, span)]
    return joined([each for each in found if each.text], between)


def _pairs(value: Pairs, span: Span) -> Iterator[tuple[Value, Value, Span]]:
    """Keys and values, operators before names."""
    pairs = [(key, each) for key, each in value.items.values()]
    for symbols in (True, False):
        for key, each in pairs:
            if isinstance(key, Symbol) is symbols:
                yield key, each, place(key, each, span)


def _operator(key: Value) -> str | None:
    """The name of `Op.…`."""
    return key.path.rpartition(".")[2] if isinstance(key, Symbol) else None


def _item(key: Value, given: Given, dialect: str) -> Embedded:
    value, span = given.value, given.span
    name = _operator(key)
    if isinstance(value, Hidden) or (isinstance(value, Symbol) and name is None):
        return _joined(key, "=", unknown(span), span, dialect)
    if value is None and name is None:
        return _joined(key, "IS", escaped(None, span, dialect), span, dialect)
    if isinstance(value, Made) and is_method(value):
        written = method_sql(value, dialect)
        if key is None or not value.path.endswith(".fn"):
            return unknown(span) if written is None else written
    if key is None and isinstance(value, Items):
        return _group("and", value, span, dialect)
    if name in _GROUPS:
        return _group(str(name), value, span, dialect)
    if isinstance(value, Pairs):
        return _compared(key, value, span, dialect)
    if isinstance(value, Items):
        return _joined(key, "IN", _brackets(value, span, dialect), span, dialect)
    return _joined(key, "=", escaped(value, span, dialect), span, dialect)


def _compared(key: Value, value: Pairs, span: Span, dialect: str) -> Embedded:
    """`name: { [Op.gt]: 5, … }`."""
    found: list[Embedded] = []
    between = " AND "
    for operator, each, at in _pairs(value, span):
        name = _operator(operator)
        if name is None:  # A path into JSON.
            return unknown(span)
        if name in ("or", "and") and isinstance(each, (Items, Pairs)):
            found.append(_bound(key, name, each, at, dialect))
            continue
        found.append(_single(key, name, Given(each, at), dialect))
    found = [each for each in found if each.text]
    if len(value.items) == 1 or not found:
        return joined(found, between)
    return Embedded.join(("(", joined(found, between), ")"))


def _bound(key: Value, name: str, value: Items | Pairs, span: Span, dialect: str) -> Embedded:
    """`name: { [Op.or]: […] }`."""
    if isinstance(value, Pairs):
        parts = [
            _single(key, str(_operator(operator)), Given(each, at), dialect)
            for operator, each, at in _pairs(value, span)
        ]
    else:
        parts = [_item(key, Given(each, span), dialect) for each in value.items]
    return Embedded.join(
        ("(", joined([each for each in parts if each.text], f" {name.upper()} "), ")")
    )


def _single(key: Value, name: str, given: Given, dialect: str) -> Embedded:
    value, span = given.value, given.span
    if name == "not":
        known = value is None or isinstance(value, bool)
        name = "notIn" if isinstance(value, Items) else "not" if known else "ne"
    sign = _MYSQL.get(name) if dialect != "postgresql" else None
    sign = sign or _OPERATORS.get(name)
    if sign is None:
        return unknown(span)
    if name in ("in", "notIn"):
        if isinstance(value, Made):
            return _joined(key, sign, escaped(value, span, dialect), span, dialect)
        if isinstance(value, Items) and value.exact and not value.items and name == "notIn":
            return Embedded("", ())
        return _joined(key, sign, _brackets(value, span, dialect), span, dialect)
    if name in ("between", "notBetween"):
        ends = value.items if isinstance(value, Items) and len(value.items) == 2 else [value] * 2
        low, high = (escaped(each, span, dialect) for each in ends)
        return _joined(key, sign, Embedded.join((low, " AND ", high)), span, dialect)
    if name == "col":
        return _joined(key, sign, dotted(name_of(value, span), dialect), span, dialect)
    if name in ("startsWith", "endsWith", "substring") and isinstance(value, Embedded):
        before = "" if name == "startsWith" else "%"
        after = "" if name == "endsWith" else "%"
        return _joined(
            key, sign, escaped(Embedded.join((before, value, after)), span, dialect), span, dialect
        )
    if value is None and sign in ("=", "!="):
        sign = "IS" if sign == "=" else "IS NOT"
    return _joined(key, sign, escaped(value, span, dialect), span, dialect)


def _brackets(value: Value, span: Span, dialect: str) -> Embedded:
    if not isinstance(value, Items) or not value.exact:
        return Embedded.join(("(", unknown(span), ")"))
    inside = [escaped(each, span, dialect) for each in value.items]
    return Embedded.join(("(", joined(inside) if inside else "NULL", ")"))


def _group(name: str, value: Value, span: Span, dialect: str) -> Embedded:
    """`[Op.or]: […]`."""
    between = " OR " if name == "or" else " AND "
    if isinstance(value, Items):
        parts: list[Embedded] = []
        for each in value.items:
            written = items_sql(each, span, dialect)
            many = isinstance(each, (Items, Pairs)) and len(each.items) > 1
            if written.text:
                parts.append(Embedded.join(("(", written, ")")) if many else written)
        inside = joined(parts, between)
    else:
        inside = items_sql(value, span, dialect, between)
    if not inside.text:
        return Embedded("" if name == "and" else "0 = 1", ())
    return Embedded.join(("NOT " if name == "not" else "", "(", inside, ")"))


def _joined(key: Value, sign: str, value: Embedded, span: Span, dialect: str) -> Embedded:
    if key is None:
        return value
    if isinstance(key, Symbol):
        return unknown(span)
    name = name_of(key, span)
    if is_known(name) and len(name.text) > 2 and name.text[0] == name.text[-1] == "$":
        written = dotted(name.cut(1, len(name.text) - 1), dialect)
    else:
        written = quoted(name, dialect)
    return Embedded.join((written, f" {sign} ", value))


def compared(made: Made, dialect: str) -> Embedded | None:
    """`where(fn(…), '>', 2)`, whose comparison may be left out."""
    first = made.argument(0)
    if first is None or not isinstance(first.value, Made):
        return None
    column = method_sql(first.value, dialect)
    if column is None or len(made.given) < 2:
        return None
    sign, value = "=", made.given[-1]
    if len(made.given) > 2:
        said = made.given[1].value
        sign = text_of(said) or _OPERATORS.get(_operator(said) or "", "")
    if isinstance(value.value, Pairs) and len(value.value.items) == 1:
        ((operator, each),) = value.value.items.values()
        sign = _OPERATORS.get(_operator(operator) or "", "")
        value = Given(each, place(operator, each, value.span))
    if not sign:
        return None
    if value.value is None:
        sign = {"=": "IS", "!=": "IS NOT"}.get(sign, sign)
    return Embedded.join((column, f" {sign} ", escaped(value.value, value.span, dialect)))
