"""What JavaScript's own functions and methods make of values that are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from migralint.languages.builtins import LONGEST, put
from migralint.languages.expressions import MISSING
from migralint.languages.javascript.operators import filled, is_number, spelled
from migralint.languages.strings import stripped
from migralint.languages.values import (
    Closure,
    Hidden,
    Items,
    Kind,
    Pairs,
    Scope,
    Value,
    hole,
    lifted,
    plain,
    truth,
)
from migralint.source import Embedded, Span

QUIET = object()
"""A function of the language's own that does nothing to anything outside."""
_QUIET = frozenset(
    "console Math JSON Date Number String Boolean BigInt Symbol RegExp Array Object Set Map "
    "WeakMap Error TypeError RangeError parseInt parseFloat isNaN isFinite encodeURIComponent Intl "
    "Buffer Promise setTimeout clearTimeout super structuredClone Reflect URL path".split()
)
FOR_EACH = frozenset("forEach map flatMap filter find some every reduce".split())
EACH_OF = frozenset(
    f"{library}.{name}"
    for library in ("builtins.Promise", "bluebird", "bluebird.Promise", "bluebird.default")
    for name in ("map", "each", "mapSeries", "forEach")
)
"""Bluebird's: what is called for each of a list."""
OF_OBJECTS = frozenset("hasOwnProperty then catch finally toString".split())


# Classes


def of_class(kind: Kind, name: str, this: Kind | None = None) -> Value:
    """What a class, or one that it extends, has under a name: MISSING if nothing. A method that it
    inherits speaks of it as `this`, or of that which is given."""
    above: Value = kind
    while isinstance(above, Kind):
        if name in above.scope.names:
            found = above.scope.names[name]
            if isinstance(found, Closure) and (this is not None or above is not kind):
                return Closure(found.node, Scope(found.scope, {"this": this or kind}))
            return found
        above = above.bases[0] if above.bases else None
    return MISSING


def above(kind: Kind, this: Kind) -> Pairs:
    """What `super` has in a class that extends this one."""
    names: dict[str, tuple[Value, Value]] = {}
    each: Value = kind
    while isinstance(each, Kind):
        for name in each.scope.names:
            names.setdefault(name, (Embedded(name, ()), of_class(each, name, this)))
        each = each.bases[0] if each.bases else None
    return Pairs(names, exact=False)


# Methods


def method(holder: Value, name: str, values: list[Value], span: Span, *, sure: bool) -> Value:
    """What a method of a known value gives; MISSING where that is not known."""
    if isinstance(holder, Items):
        return _of_items(holder, name, values, span, sure)
    if isinstance(holder, Embedded):
        try:
            return _of_text(holder, name, values, span)
        except (LookupError, TypeError, ValueError):
            return Hidden(span)
    if name == "toString" and is_number(holder) and not values:
        return Embedded.plain(spelled(holder), span)
    if name == "hasOwnProperty" and isinstance(holder, Pairs) and values and holder.exact:
        return isinstance(values[0], Embedded) and values[0].text in holder.items
    return MISSING


def _of_items(holder: Items, name: str, values: list[Value], span: Span, sure: bool) -> Value:
    items = holder.items
    if name in ("push", "add"):
        items += values
        if holder.exact and not sure:
            holder.exact, holder.closed = False, True
        return Hidden(span)
    if name in ("unshift", "pop", "shift", "splice", "sort", "reverse", "fill", "delete", "clear"):
        holder.exact = holder.closed = False
        return holder if name in ("sort", "reverse", "fill") else Hidden(span)
    if name in ("map", "filter", "flatMap"):
        return MISSING
    if not holder.exact:
        return Hidden(span) if name in _OF_LISTS else MISSING
    if name == "concat":
        return flat([Items("list", list(items)), *values])
    if name == "flat":
        return flat(items)
    if name in ("slice", "at"):
        try:
            bounds = [plain(each) for each in values]
            if name == "slice":
                return Items(
                    "list",
                    items[slice(*(bounds or [None]))] if len(bounds) != 1 else items[bounds[0] :],
                )
            return items[bounds[0]] if -len(items) <= bounds[0] < len(items) else None
        except (LookupError, TypeError):
            return Hidden(span)
    if name in ("keys", "values", "entries"):
        return Items(
            "list",
            [
                number
                if name == "keys"
                else each
                if name == "values"
                else Items("list", [number, each])
                for number, each in enumerate(items)
            ],
        )
    if name == "join":
        between = values[0] if values else Embedded(",", ())
        parts: list[Embedded | str] = []
        for each in items:
            parts += [between if isinstance(between, Embedded) else hole(span)]
            parts += [each if isinstance(each, Embedded) else filled(each, span)]
        return Embedded.join(parts[1:])
    if name in ("includes", "indexOf", "has") and values:
        try:
            known, wanted = [plain(each) for each in items], plain(values[0])
        except LookupError:
            return Hidden(span)
        found = known.index(wanted) if wanted in known else -1
        return found if name == "indexOf" else found >= 0
    return MISSING


_OF_LISTS = frozenset("concat flat slice at keys values entries join includes indexOf has".split())


def flat(values: list[Value]) -> Items:
    """Lists and single values, as one list."""
    made = Items("list", [])
    for each in values:
        if isinstance(each, Items):
            made.items += each.items
            made.exact = made.exact and each.exact
        elif isinstance(each, Hidden):
            made.exact = False
        else:
            made.items.append(each)
    return made


def _of_text(text: Embedded, name: str, values: list[Value], span: Span) -> Value:
    if name in ("trim", "trimStart", "trimEnd"):
        return stripped(text, None, name != "trimEnd", name != "trimStart")
    if name == "concat":
        return Embedded.join(
            each if isinstance(each, Embedded) else filled(each, span) for each in (text, *values)
        )
    if name in ("toString", "valueOf"):
        return text
    known, given = plain(text), [plain(each) for each in values]
    if name in ("slice", "substring"):
        size = len(known)
        bounds = [
            min(size, max(0, each + size if each < 0 and name == "slice" else each))
            for each in given
        ]
        first, last = (bounds + [0, size][len(bounds) :])[:2]
        if name == "substring":
            first, last = min(first, last), max(first, last)
        return text.cut(first, max(first, last))
    make = _TEXT.get(name)
    if make is None:
        return MISSING
    return lifted(make(known, *given), text.to_host(Span(0, len(known))) if known else span)


def _repeated(text: str, times: int) -> str:
    if times < 0 or len(text) * times > LONGEST:
        raise ValueError
    return text * times


def _padded(text: str, size: int, filler: str, start: bool) -> str:
    if size > LONGEST:
        raise ValueError
    pad = (filler * size)[: max(0, size - len(text))]
    return pad + text if start else text + pad


_TEXT: dict[str, Callable[..., Any]] = {
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "replace": lambda text, one, other: text.replace(one, other, 1),
    "replaceAll": str.replace,
    "split": lambda text, by: text.split(by) if by else list(text),
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
    "includes": lambda text, part: part in text,
    "indexOf": lambda text, part: text.find(part),
    "charAt": lambda text, at: text[at : at + 1],
    "repeat": _repeated,
    "padStart": lambda text, size, filler=" ": _padded(text, size, filler, True),
    "padEnd": lambda text, size, filler=" ": _padded(text, size, filler, False),
}


# Functions


def call(name: str, values: list[Value], span: Span) -> Value:
    """What one of the language's own functions gives: QUIET where that does not matter, MISSING
    where it is none of them."""
    known = _FUNCTIONS.get(name)
    if known is not None and values:
        try:
            return known(values, span)
        except (LookupError, TypeError, ValueError):
            return Hidden(span)
    if name in ("Set", "Array", "Map") and not values:
        return Pairs({}) if name == "Map" else Items("set" if name == "Set" else "list", [])
    if name == "Promise.resolve":
        return None
    return QUIET if name.partition(".")[0].partition("(")[0] in _QUIET else MISSING


def _items(value: Value) -> Items:
    if isinstance(value, Embedded):
        return Items("list", [value.cut(at, at + 1) for at in range(len(value.text))])
    if not isinstance(value, Items):
        raise LookupError
    return Items("list", list(value.items), value.exact, value.closed)


def _keys(values: list[Value], span: Span) -> Value:
    holder = values[0]
    if isinstance(holder, Items) and holder.exact:
        return Items("list", [Embedded.plain(str(at), span) for at in range(len(holder.items))])
    if not isinstance(holder, Pairs):
        raise LookupError
    return Items("list", [key for key, _ in holder.items.values()], holder.exact)


def _values(values: list[Value], span: Span) -> Value:
    holder = values[0]
    if isinstance(holder, Items):
        return _items(holder)
    if not isinstance(holder, Pairs):
        raise LookupError
    return Items("list", [value for _, value in holder.items.values()], holder.exact)


def _entries(values: list[Value], span: Span) -> Value:
    holder = values[0]
    if not isinstance(holder, Pairs):
        raise LookupError
    rows: list[Value] = [Items("list", list(pair)) for pair in holder.items.values()]
    return Items("list", rows, holder.exact)


def _from_entries(values: list[Value], span: Span) -> Value:
    rows = _items(values[0])
    made = Pairs({}, rows.exact)
    for row in rows.items:
        key, value = _items(row).items
        put(made, key, value)
    return made


def _assigned(values: list[Value], span: Span) -> Value:
    target = values[0]
    if not isinstance(target, Pairs):
        raise LookupError
    for each in values[1:]:
        if isinstance(each, Pairs):
            target.items.update(each.items)
            target.exact = target.exact and each.exact
        elif each is not None:
            target.exact = False
    return target


def _number(values: list[Value], span: Span) -> Value:
    text = plain(values[0])
    return int(text) if isinstance(text, str) else text


def _json(values: list[Value], span: Span) -> Value:
    if len(values) > 1:
        raise LookupError
    written = json.dumps(plain(values[0]), separators=(",", ":"), ensure_ascii=False)
    return lifted(written, span)


def _text(values: list[Value], span: Span) -> Value:
    return values[0] if isinstance(values[0], Embedded) else lifted(spelled(plain(values[0])), span)


_FUNCTIONS: dict[str, Callable[[list[Value], Span], Value]] = {
    "Object.keys": _keys,
    "Object.values": _values,
    "Object.entries": _entries,
    "Object.fromEntries": _from_entries,
    "Object.assign": _assigned,
    "Object.freeze": lambda values, span: values[0],
    "Array.from": lambda values, span: _items(values[0]),
    "Array.of": lambda values, span: Items("list", list(values)),
    "Array.isArray": lambda values, span: True if isinstance(values[0], Items) else Hidden(span),
    "Set": lambda values, span: _items(values[0]),
    "Promise.all": lambda values, span: _items(values[0]),
    "Promise.allSettled": lambda values, span: _items(values[0]),
    "Promise.resolve": lambda values, span: values[0],
    "Number": _number,
    "parseInt": _number,
    "String": _text,
    "JSON.stringify": _json,
    "Boolean": lambda values, span: _known(truth(values[0]), span),
}


def _known(value: bool | None, span: Span) -> Value:
    return Hidden(span) if value is None else value
