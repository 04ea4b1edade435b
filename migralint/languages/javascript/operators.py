"""What JavaScript's operators make of values that are known, and how it writes them in a text."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from migralint.languages.values import (
    Closure,
    Given,
    Hidden,
    Items,
    Kind,
    Made,
    Pairs,
    Symbol,
    Value,
    hole,
    plain,
    truth,
)
from migralint.source import Embedded, Span


def spelled(value: Any) -> str:
    """A value of Python's own as JavaScript writes it in a text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, (list, tuple)):
        return ",".join("" if each is None else spelled(each) for each in value)
    return "[object Object]" if isinstance(value, (dict, frozenset)) else str(value)


def filled(value: Value, place: Span) -> Embedded:
    """A value in a hole of a template."""
    if isinstance(value, Embedded):
        return Embedded.plain(value.text, place)
    try:
        return Embedded.plain(spelled(plain(value)), place)
    except LookupError:
        return hole(place)


# Operators


def _divided(one: Any, other: Any) -> Any:
    made = one / other
    return int(made) if made.is_integer() else made


def _remainder(one: Any, other: Any) -> Any:
    made = math.fmod(one, other)
    return int(made) if made.is_integer() else made


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "-": operator.sub, "*": operator.mul, "/": _divided, "%": _remainder,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "|": operator.or_, "&": operator.and_,
}  # fmt: skip


_DATABASES = {
    name: family
    for family, names in {
        "postgresql": "postgres postgresql pg pgsql pg-native",
        "mysql": "mysql mysql2 mariadb",
        "sqlite": "sqlite sqlite3 better-sqlite3 sqljs",
        "sqlserver": "mssql sqlserver tedious",
        "oracle": "oracle oracledb",
        "cockroachdb": "cockroachdb cockroach",
    }.items()
    for name in names.split()
}
"""How code calls a database when it asks which one it runs on."""


def runs_on(database: str, sides: Sequence[Value]) -> bool | None:
    """Whether a comparison of something that is not known with a database's name holds on this one;
    None where it is no such comparison."""
    names = [side.text.lower() for side in sides if isinstance(side, Embedded)]
    unknown = any(isinstance(side, (Hidden, Made, Symbol)) for side in sides)
    if len(names) != 1 or not unknown or names[0] not in _DATABASES:
        return None
    return _DATABASES[names[0]] == _DATABASES.get(database)


def operate(sign: str, values: list[Given], span: Span) -> Value:
    """What an operator makes of its operands."""
    if sign == ",":
        return values[-1].value
    if len(values) == 1:
        return _of_one(sign, values[0].value, span)
    if sign == "+":
        return _sum(values, span)
    one, other = values[0].value, values[1].value
    try:
        left, right = plain(one), plain(other)
        if sign in ("==", "!="):
            if isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
                return Hidden(span)
            number = isinstance(left, bool) is isinstance(right, bool)
            return (left == right and number) is (sign == "==")
        if sign == "in" and isinstance(right, dict):
            return spelled(left) in right
        kinds = (str, str) if isinstance(left, str) else (int | float, int | float)
        if not isinstance(left, kinds[0]) or not isinstance(right, kinds[1]):
            return Hidden(span)
        if isinstance(left, str) and sign not in ("<", "<=", ">", ">="):
            return Hidden(span)
        return _OPERATORS[sign](left, right)
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return Hidden(span)


def _sum(values: list[Given], span: Span) -> Value:
    """Numbers are added, as long as no text stands among them."""
    at = 0
    number: Any = 0
    while at < len(values) and is_number(values[at].value):
        number += values[at].value
        at += 1
    if at == len(values):
        return number
    texts = any(isinstance(each.value, Embedded) for each in values)
    if not texts:
        return Hidden(span)
    first = values[:at]
    parts = (
        [Embedded.plain(spelled(number), Span(first[0].span.start, first[-1].span.end))]
        if first
        else []
    )
    for each in values[at:]:
        known = isinstance(each.value, Embedded)
        parts.append(each.value if known else filled(each.value, each.span))
    return Embedded.join(parts)


def is_number(value: Value) -> bool:
    """Whether it is a number; a truth value is none here."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _of_one(sign: str, value: Value, span: Span) -> Value:
    if sign == "void":
        return None
    if sign == "not":
        known = True if isinstance(value, (Items, Pairs)) else truth(value)
        return Hidden(span) if known is None else not known
    if sign in ("-", "+") and is_number(value):
        return -value if sign == "-" else value
    if sign == "typeof":
        for kinds, name in _TYPES:
            if isinstance(value, kinds):
                return Embedded.plain(name, span)
    return Hidden(span)


_TYPES: tuple[tuple[Any, str], ...] = (
    (bool, "boolean"), ((int, float), "number"), (Embedded, "string"), ((Items, Pairs), "object"),
    ((Closure, Kind), "function"),
)  # fmt: skip
