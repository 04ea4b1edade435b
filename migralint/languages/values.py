"""What an expression is worth, as far as literals carry.

Numbers, truth values and None are Python's own; a string is an `Embedded`, which knows where it is
written. What comes from outside the file is a `Symbol`; what a call of one gives is a `Made`, with
the arguments. All else is `Hidden`.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from msgspec import Struct

from migralint.languages import tree
from migralint.source import Embedded, Span

Value = Any
"""bool, int, float, None, Embedded, or one of the classes below."""

HOLE = re.compile(r"_hid(\d+)_(\d*)_?", re.IGNORECASE)
"""What stands in a text for something that is only known when the code runs: a word, which the
parser of another language takes for a name. It says where the host writes it and how long that
is."""


def hole(place: Span) -> Embedded:
    """What stands in a text for something that is not known."""
    return Embedded.plain(f"_hid{place.start}_{place.end - place.start}_", place)


class Hidden(Struct, frozen=True):
    """Something that is only known when the code runs. `of`: what a call gave, where it is an item
    of that which a loop goes through."""

    span: Span
    of: Value = None


class Symbol(Struct, frozen=True):
    """Something from outside: `path` is dotted from where it was imported
    (`sqlalchemy.dialects.postgresql.JSONB`, `builtins.len`); calls in it stand as `()`.

    `of` is the value whose attribute it is, where that is a `Made`."""

    path: str
    of: Value = None


class Given(Struct, frozen=True):
    """An argument of a call, with where it is written."""

    value: Value
    span: Span


class Made(Struct, frozen=True, eq=False):
    """What a call gives that is not looked into. `path` is the function's; `whole` is false where
    arguments came from something hidden (`*rest`)."""

    path: str
    of: Value
    given: tuple[Given, ...]
    named: dict[str, Given]
    span: Span
    whole: bool = True

    def argument(self, position: int, name: str = "") -> Given | None:
        """An argument by its place (0-based; -1: only by name) or its name."""
        if 0 <= position < len(self.given):
            return self.given[position]
        return self.named.get(name)

    def value(self, position: int, name: str = "", default: Value = None) -> Value:
        found = self.argument(position, name)
        return default if found is None else found.value


class Items(Struct, eq=False):
    """A list, tuple or set; `exact` is false where it may hold others, unless `closed`: then it
    holds each of these any number of times."""

    kind: Literal["list", "tuple", "set"]
    items: list[Value]
    exact: bool = True
    closed: bool = False


class Pairs(Struct, eq=False):
    """A dictionary, by the plain text of its string keys, or its keys themselves."""

    items: dict[Any, tuple[Value, Value]]
    """What the key is → (key, value)."""
    exact: bool = True


class Closure(Struct, frozen=True, eq=False):
    """A function of the file, with the names around it."""

    node: tree.Function | tree.Lambda
    scope: Scope


class Kind(Struct, frozen=True, eq=False):
    """A class of the file: its bases and what its body binds."""

    node: tree.Class
    bases: tuple[Value, ...]
    scope: Scope


class Member(Struct, frozen=True, eq=False):
    """One of an enumeration's."""

    name: Embedded
    value: Value


class Manager(Struct, frozen=True, eq=False):
    """A generator that `contextlib.contextmanager` wraps."""

    function: Closure


class Managed(Struct, frozen=True, eq=False):
    """What a call of a `Manager` gives, to be entered."""

    function: Closure
    given: tuple[Given, ...]
    named: dict[str, Given]
    span: Span
    whole: bool = True


class Scope:
    """Names and what they stand for; those of the scope around where they are not here."""

    __slots__ = ("names", "outer")

    def __init__(self, outer: Scope | None = None, names: dict[str, Value] | None = None) -> None:
        self.names: dict[str, Value] = {} if names is None else names
        self.outer = outer

    def find(self, name: str) -> Value:
        """What a name stands for; one that nothing binds is a builtin."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return Symbol(f"builtins.{name}")


def text_of(value: Value) -> str | None:
    """The text of a string."""
    return value.text if isinstance(value, Embedded) else None


def plain(value: Value) -> Any:
    """A value as Python's own, for sums and comparisons: strings as str, sequences as tuples.

    Raises LookupError where a part of it is not known.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Embedded):
        if "_hid" in value.text and HOLE.search(value.text):
            raise LookupError
        return value.text
    if isinstance(value, Items) and value.exact:
        found = [plain(each) for each in value.items]
        return {"list": list, "tuple": tuple, "set": frozenset}[value.kind](found)
    if isinstance(value, Pairs) and value.exact:
        return {key: plain(each) for key, (_, each) in value.items.items()}
    raise LookupError


def truth(value: Value) -> bool | None:
    """Whether a value is true; None where that is not known."""
    if isinstance(value, (Closure, Kind)):
        return True
    if isinstance(value, (Items, Pairs)):
        return bool(value.items) if value.exact or value.items else None
    try:
        return bool(plain(value))
    except LookupError:
        return None


def lifted(value: Any, span: Span) -> Value:
    """Python's own value as one of ours; strings are said to be written at `span`."""
    if isinstance(value, str):
        return Embedded.plain(value, span)
    if isinstance(value, (list, tuple, set, frozenset)):
        kinds = {list: "list", tuple: "tuple"}
        kind: Any = kinds.get(type(value), "set")
        return Items(kind, [lifted(each, span) for each in value])
    if isinstance(value, dict):
        return Pairs({key: (lifted(key, span), lifted(each, span)) for key, each in value.items()})
    return value
