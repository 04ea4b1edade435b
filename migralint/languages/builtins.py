"""What Python's own functions, methods and operators make of values that are known."""

from __future__ import annotations

import itertools
import operator
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from migralint.languages.strings import dedented, filled, formatted, percent, stripped
from migralint.languages.values import (
    Closure,
    Given,
    Hidden,
    Items,
    Made,
    Pairs,
    Symbol,
    Value,
    lifted,
    plain,
    truth,
)
from migralint.source import Embedded, Span

if TYPE_CHECKING:
    from migralint.languages.expressions import Expressions

LONGEST = 10_000
"""What a range or a repetition may give; a longer one is not spelled out."""


class Method(Struct, frozen=True, eq=False):
    """A method of a value that is known."""

    of: Value
    name: str


# Methods


def method(
    of: Method, given: list[Given], named: dict[str, Given], span: Span, *, sure: bool
) -> Value:
    """What a method of a known value gives; a list or dictionary may be another afterwards."""
    holder, name = of.of, of.name
    values = [each.value for each in given]
    if isinstance(holder, Embedded):
        return _text_method(holder, name, values, {k: v.value for k, v in named.items()}, span)
    if isinstance(holder, Pairs):
        return _pairs_method(holder, name, values, span, sure)
    if isinstance(holder, Items):
        if name in ("append", "add") and values:
            holder.items.append(values[0])
            _perhaps(holder, sure)
            return None
        if name in ("extend", "update") and values and isinstance(values[0], Items):
            holder.items += values[0].items
            if not values[0].exact and not values[0].closed:
                holder.exact = holder.closed = False
            _perhaps(holder, sure and values[0].exact)
            return None
        if name == "copy":
            return Items(holder.kind, list(holder.items), holder.exact)
        if name in ("sort", "reverse", "insert", "remove", "pop", "clear", "discard"):
            holder.exact = holder.closed = False
    return Hidden(span)


def _perhaps(holder: Items, sure: bool) -> None:
    """A list to which something may have been added."""
    if holder.exact and not sure:
        holder.exact, holder.closed = False, True


def _text_method(
    text: Embedded, name: str, values: list[Value], named: dict[str, Value], span: Span
) -> Value:
    if name == "format":
        return formatted(text, values, named, span)
    if name == "join" and values and isinstance(values[0], Items) and values[0].exact:
        parts: list[Embedded] = []
        for each in values[0].items:
            parts += [text, each if isinstance(each, Embedded) else filled(each, span)]
        return Embedded.join(parts[1:])
    try:
        known = [plain(value) for value in values]
    except LookupError:
        return Hidden(span)
    if name in ("strip", "lstrip", "rstrip"):
        return stripped(text, known[0] if known else None, name != "rstrip", name != "lstrip")
    if name in _TEXT:
        try:
            made = getattr(text.text, name)(*known)
        except (TypeError, ValueError):
            return Hidden(span)
        return lifted(made, text.to_host(Span(0, len(text.text))) if text.text else span)
    return Hidden(span)


_TEXT = frozenset(
    "upper lower title capitalize replace split rsplit splitlines startswith endswith removeprefix "
    "removesuffix isdigit isidentifier count find index zfill partition rpartition".split()
)


def _pairs_method(holder: Pairs, name: str, values: list[Value], span: Span, sure: bool) -> Value:
    if name in ("items", "keys", "values"):
        pairs = list(holder.items.values())
        listed: list[Value] = [
            Items("tuple", list(pair)) if name == "items" else pair[name == "values"]
            for pair in pairs
        ]
        return Items("list", listed, holder.exact)
    if name == "get" and values and holder.exact:
        found = item(holder, values[0], span)
        if not isinstance(found, Hidden):
            return found
        return values[1] if len(values) > 1 else None
    if name == "update" and values and isinstance(values[0], Pairs):
        holder.items.update(values[0].items)
        holder.exact = holder.exact and sure and values[0].exact
        return None
    if name in ("pop", "setdefault", "clear", "update", "popitem"):
        holder.exact = False
    return Hidden(span)


def item(holder: Value, index: Value, span: Span) -> Value:
    """`holder[index]`."""
    if isinstance(holder, Symbol):  # Somebody else's: like a call.
        return Made(f"{holder.path}[]", holder.of, (Given(index, span),), {}, span)
    try:
        key = plain(index)
        if isinstance(holder, Pairs):
            return holder.items[key][1]
        if isinstance(holder, Items) and holder.exact:
            return holder.items[key]
        if isinstance(holder, Embedded):
            return Embedded.plain(holder.text[key], span)
        if isinstance(holder, Symbol):
            return Symbol(f"{holder.path}[{key}]", holder.of)
    except (LookupError, TypeError):
        pass
    if isinstance(holder, Hidden) and holder.of is not None and isinstance(index, Embedded):
        return Symbol(f"?.{index.text}", holder)
    return Hidden(span)


def put(holder: Pairs, key: Value, value: Value, *, sure: bool = True) -> None:
    """`holder[key] = value`."""
    try:
        # Somebody else's name is as good a key as any: it is the same as no other.
        known = key if isinstance(key, Symbol) else plain(key)
        holder.items[known] = (key, value)
        holder.exact = holder.exact and sure
    except (LookupError, TypeError):
        holder.exact = False


# Operators

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "is": operator.eq, "is not": operator.ne, "|": operator.or_, "&": operator.and_,
    "in": lambda one, many: one in many, "not in": lambda one, many: one not in many,
}  # fmt: skip


def operate(sign: str, values: list[Value], span: Span) -> Value:
    """What an operator makes of its operands."""
    if len(values) == 1:
        known = truth(values[0])
        if sign == "not":
            return Hidden(span) if known is None else not known
        negative = sign == "-" and isinstance(values[0], (int, float))
        return -values[0] if negative else _of_foreign(sign, values, span)
    left, right = values
    if sign == "+":
        if isinstance(left, Embedded) and isinstance(right, Embedded):
            return Embedded.join((left, right))
        if isinstance(left, Embedded) or isinstance(right, Embedded):
            return Embedded.join(
                each if isinstance(each, Embedded) else filled(each, span) for each in values
            )
        if isinstance(left, Items) and isinstance(right, Items):
            return Items(left.kind, left.items + right.items, left.exact and right.exact)
        for known in values:
            if isinstance(known, Items):  # The other one is not known: there is more.
                return Items(known.kind, list(known.items), False)
    if sign == "%" and isinstance(left, Embedded):
        return percent(left, right, span)
    try:
        one, other = plain(left), plain(right)
        if sign == "*" and max(_size(one), _size(other)) > LONGEST:
            return Hidden(span)
        return lifted(_OPERATORS[sign](one, other), span)
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return _of_foreign(sign, values, span)


def _of_foreign(sign: str, values: list[Value], span: Span) -> Value:
    """What the operators of somebody else's objects give stands as a call, `operator.|`."""
    foreign = (value.of if isinstance(value, Symbol) else value for value in values)
    if not any(isinstance(value, Made) for value in foreign):
        return Hidden(span)
    return Made(f"operator.{sign}", None, tuple(Given(each, span) for each in values), {}, span)


def _size(value: Any) -> int:
    return abs(value) if isinstance(value, int) else 0


# Functions


def call(path: str, made: Made, evaluator: Expressions) -> Value:
    """What one of these functions gives; MISSING where it is not among them."""
    from migralint.languages.expressions import MISSING

    name = path.removeprefix("builtins.")
    values = [each.value for each in made.given]
    if name in QUIET:
        return Hidden(made.span)
    if name == "map" and len(values) == 2 and isinstance(values[0], Closure):
        try:
            items, exact = _listed(values[1])
        except LookupError:
            return Hidden(made.span)
        found = [
            evaluator.run(values[0], [Given(each, made.span)], {}, made.span) for each in items
        ]
        return Items("list", found, exact)
    if name == "getattr" and len(values) == 2 and isinstance(values[0], Symbol):
        attribute = values[1]
        if isinstance(attribute, Embedded):
            return Symbol(f"{values[0].path}.{attribute.text}", values[0].of)
    known = FUNCTIONS.get(path)
    if known is None:
        return MISSING
    if not made.whole:
        return Hidden(made.span)
    try:
        return known(values, {key: each.value for key, each in made.named.items()}, made.span)
    except (LookupError, TypeError, ValueError):
        return Hidden(made.span)


QUIET = frozenset(
    "print isinstance issubclass hasattr callable id type repr hash iter next".split()
)
"""Functions whose calls neither matter nor give anything that is known."""


def _listed(value: Value) -> tuple[list[Value], bool]:
    if isinstance(value, Items):
        return value.items, value.exact
    if isinstance(value, Pairs):
        return [key for key, _ in value.items.values()], value.exact
    if isinstance(value, Embedded):
        return [value.cut(at, at + 1) for at in range(len(value.text))], True
    raise LookupError


def _sequence(kind: Any) -> Callable[..., Value]:
    def make(values: list[Value], named: dict[str, Value], span: Span) -> Value:
        if not values:
            return Items(kind, [])
        items, exact = _listed(values[0])
        return Items(kind, list(items), exact)

    return make


def _of_plain(function: Callable[..., Any]) -> Callable[..., Value]:
    def make(values: list[Value], named: dict[str, Value], span: Span) -> Value:
        made = function(*map(plain, values), **{key: plain(each) for key, each in named.items()})
        return lifted(made, span)

    return make


def _range(*bounds: int) -> list[int]:
    return list(itertools.islice(range(*bounds), LONGEST))


def _zipped(values: list[Value], named: dict[str, Value], span: Span) -> Value:
    lists = [_listed(value) for value in values]
    rows = zip(*(items for items, _ in lists), strict=False)
    return Items("list", [Items("tuple", list(row)) for row in rows], all(e for _, e in lists))


def _enumerated(values: list[Value], named: dict[str, Value], span: Span) -> Value:
    items, exact = _listed(values[0])
    start = values[1] if len(values) > 1 else named.get("start", 0)
    rows = [Items("tuple", [number, each]) for number, each in enumerate(items, plain(start))]
    return Items("list", list(rows), exact)


def _reversed(values: list[Value], named: dict[str, Value], span: Span) -> Value:
    items, exact = _listed(values[0])
    return Items("list", items[::-1], exact)


def _sorted(values: list[Value], named: dict[str, Value], span: Span) -> Value:
    items, exact = _listed(values[0])
    if set(named) - {"reverse"}:
        return Items("list", list(items), False)
    found = sorted(items, key=plain, reverse=bool(truth(named.get("reverse", False))))
    return Items("list", found, exact)


def _dictionary(values: list[Value], named: dict[str, Value], span: Span) -> Value:
    made = Pairs({})
    if values and isinstance(values[0], Pairs):
        made = Pairs(dict(values[0].items), values[0].exact)
    elif values:
        rows, made.exact = _listed(values[0])
        for row in rows:
            key, value = _listed(row)[0]
            put(made, key, value)
    for name, value in named.items():
        put(made, Embedded.plain(name, span), value)
    return made


def _text(values: list[Value], named: dict[str, Value], span: Span) -> Value:
    value = values[0] if values else ""
    return value if isinstance(value, Embedded) else lifted(str(plain(value)), span)


def _dedent(how: Callable[[str], str]) -> Callable[..., Value]:
    def make(values: list[Value], named: dict[str, Value], span: Span) -> Value:
        text = values[0]
        return dedented(text, how) if isinstance(text, Embedded) else Hidden(span)

    return make


def _chained(values: list[Value], named: dict[str, Value], span: Span) -> Value:
    lists = [_listed(value) for value in values]
    return Items("list", [each for items, _ in lists for each in items], all(e for _, e in lists))


def _cleaned(text: str) -> str:
    import inspect

    return inspect.cleandoc(text)


FUNCTIONS: dict[str, Callable[[list[Value], dict[str, Value], Span], Value]] = {
    "builtins.len": _of_plain(len),
    "builtins.str": _text,
    "builtins.int": _of_plain(int),
    "builtins.bool": _of_plain(bool),
    "builtins.abs": _of_plain(abs),
    "builtins.min": _of_plain(min),
    "builtins.max": _of_plain(max),
    "builtins.sum": _of_plain(sum),
    "builtins.any": _of_plain(any),
    "builtins.all": _of_plain(all),
    "builtins.range": _of_plain(_range),
    "builtins.list": _sequence("list"),
    "builtins.tuple": _sequence("tuple"),
    "builtins.set": _sequence("set"),
    "builtins.frozenset": _sequence("set"),
    "builtins.dict": _dictionary,
    "builtins.zip": _zipped,
    "builtins.enumerate": _enumerated,
    "builtins.reversed": _reversed,
    "builtins.sorted": _sorted,
    "textwrap.dedent": _dedent(textwrap.dedent),
    "inspect.cleandoc": _dedent(_cleaned),
    "itertools.chain": _chained,
}
