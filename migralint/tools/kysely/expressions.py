"""Kysely's expressions: what its expression builder makes of names, operators and functions (0.28,
`expression/expression-builder.js`)."""

from __future__ import annotations

from migralint.languages.values import Given, Items, Made, Pairs
from migralint.source import Embedded
from migralint.tools.javascript.literals import joined, split
from migralint.tools.kysely.values import (
    NotKnown,
    Place,
    argument,
    at,
    dynamic,
    immediate,
    is_raw,
    last,
    pairs,
    parameter,
    raw,
    several,
    steps,
    text,
)

BUILDER = "eb"
"""What a function is given that makes an expression."""
_IMMEDIATE = ("is", "is not", "is distinct from", "is not distinct from")


def reference(given: Given, where: Place) -> Embedded:
    """A column by its name, or an expression."""
    if isinstance(given.value, Embedded):
        return where.dotted(given.value)
    return expression(given, where)


def aliased(given: Given, where: Place) -> Embedded:
    """A column that may have another name here (`name as n`)."""
    if not isinstance(given.value, Embedded):
        return expression(given, where)
    parts = split(given.value, " as ")
    if len(parts) == 1:
        return _starred(given.value, where)
    return Embedded.join((where.dotted(parts[0]), " as ", where.quoted(parts[1])))


def _starred(name: Embedded, where: Place) -> Embedded:
    if not name.text.endswith(".*"):
        return where.dotted(name)
    size = len(name.text)
    return Embedded.join((where.dotted(name.cut(0, size - 2)), name.cut(size - 2, size)))


def expression(given: Given, where: Place) -> Embedded:
    """A value, or what makes one. Raises NotKnown where that is not read."""
    value = given.value
    if not isinstance(value, Made):
        return parameter(given, where)
    if is_raw(value):
        return raw(value, where)
    named = dynamic(value, where)
    if named is not None:
        return named
    if steps(value)[0].path.partition(".")[0] == BUILDER:
        return _of_builder(value, where)
    return _query(value, where)


def _query(value: Made, where: Place) -> Embedded:
    from migralint.tools.kysely.rows import is_query, query

    if not is_query(value):
        return parameter(Given(value, value.span), where)
    *inner, end = steps(value)
    if last(end) == "as":
        sql = query(inner[-1], where)
        return Embedded.join(("(", sql, ") as ", where.quoted(text(argument(end, 0)))))
    return Embedded.join(("(", query(value, where), ")"))


def binary(left: Given, sign: Given, right: Given, where: Place) -> Embedded:
    """`left sign right`, where the left side is a column."""
    return Embedded.join((reference(left, where), " ", *_compared(sign, right, where)))


def _compared(sign: Given, right: Given, where: Place) -> tuple[Embedded | str, ...]:
    words = raw(sign.value, where) if isinstance(sign.value, Made) else text(sign)
    if isinstance(right.value, Items):
        each_sql = [expression(each, where) for each in several(right)]
        return (words, " (", joined(each_sql), ")")
    plain = right.value is None or isinstance(right.value, bool)
    if plain and words.text.lower() in _IMMEDIATE:
        return (words, " ", immediate(right, where))
    return (words, " ", expression(right, where))


def condition(made: Made, where: Place) -> Embedded:
    """What `where(…)`, `having(…)` and `on(…)` ask for."""
    if len(made.given) == 1:
        return expression(made.given[0], where)
    left, sign, right = (argument(made, each) for each in range(3))
    if last(made).endswith("Ref"):
        words = text(sign)
        return Embedded.join((reference(left, where), " ", words, " ", reference(right, where)))
    return binary(left, sign, right, where)


def _of_builder(made: Made, where: Place) -> Embedded:
    calls = steps(made)
    if calls[0].path.startswith(f"{BUILDER}.selectFrom"):
        return _query(made, where)
    first, *more = calls
    name = first.path.partition(".")[2]
    sql = _first(first, "" if name == "eb" else name, where)
    joins = [each for each in more if last(each) in ("and", "or")]
    for each in more:
        word = last(each)
        if word in ("and", "or"):
            sql = Embedded.join((sql, at(each, f" {word} "), condition(each, where)))
        elif word == "as":
            sql = Embedded.join((sql, " as ", where.quoted(text(argument(each, 0)))))
        elif word != "distinct":
            raise NotKnown(each.span, f"{word}() is not read here")
    return Embedded.join(("(", sql, ")")) if joins else sql


def _first(made: Made, name: str, where: Place) -> Embedded:
    """What the first call on the builder makes."""
    if name == "":
        if len(made.given) == 1:
            return expression(made.given[0], where)
        left, sign, right = (argument(made, each) for each in range(3))
        return binary(left, sign, right, where)
    if name in ("or", "and"):
        return _all(argument(made, 0), name, where)
    if name.startswith("fn.") or name == "fn":
        return _function(made, name, where)
    if name in ("not", "exists", "neg"):
        words = "-" if name == "neg" else f"{name} "
        return Embedded.join((at(made, words), expression(argument(made, 0), where)))
    if name in ("ref", "table"):
        return reference(argument(made, 0), where)
    if name == "val":
        return parameter(argument(made, 0), where)
    if name == "lit":
        return immediate(argument(made, 0), where)
    if name == "parens":
        inside = condition(made, where)
        return Embedded.join(("(", inside, ")"))
    if name == "between":
        left, low, high = (argument(made, each) for each in range(3))
        bounds = (expression(low, where), " and ", expression(high, where))
        return Embedded.join((reference(left, where), " between ", *bounds))
    raise NotKnown(made.span, f"{name}() is not read here")


def _all(given: Given, word: str, where: Place) -> Embedded:
    """Several conditions, in brackets where they are more than one."""
    found: list[Embedded] = []
    if isinstance(given.value, Pairs):
        for key, each in pairs(given):
            sign = Given(Embedded("=", ()), each.span)
            found.append(binary(Given(key, each.span), sign, each, where))
    else:
        found = [expression(each, where) for each in several(given)]
    if not found:
        return Embedded.plain("true" if word == "and" else "false", given.span)
    sql = joined(found, f" {word} ")
    return sql if len(found) == 1 else Embedded.join(("(", sql, ")"))


def _function(made: Made, name: str, where: Place) -> Embedded:
    """A function of the database: its name, or one that Kysely has a method for."""
    given = list(made.given)
    called = name.partition(".")[2]
    if called in ("", "agg"):
        head = text(argument(made, 0))
        given = several(given[1]) if len(given) > 1 else []
    elif called == "countAll":
        return at(made, "count(*)")
    elif called in ("count", "max", "min", "sum", "avg", "coalesce", "any"):
        head = at(made, called)
        given = [each for one in given for each in several(one)]
    else:
        raise NotKnown(made.span, f"{called}() is not read here")
    listed = joined([reference(each, where) for each in given])
    return Embedded.join((head, "(", listed, ")"))
