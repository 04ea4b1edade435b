"""The conditions of queries: `where`, `having` and what joins are `on`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from migralint.languages.values import Closure, Hidden, Items, Made, Pairs, Symbol, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.code import UNKNOWN
from migralint.tools.javascript.literals import joined
from migralint.tools.knex.chains import Chain, last
from migralint.tools.knex.values import Words, bare

Below = Callable[[Made, Words], list[Chain]]
_KINDS = (
    *("", "Raw", "Null", "In", "Between", "Exists", "Column", "Like", "ILike", "Wrapped"),
    *("JsonObject", "JsonPath", "JsonSupersetOf", "JsonSubsetOf"),
)
_MANY = frozenset(("in", "not in"))


class Condition(NamedTuple):
    """A method that adds a condition: the kind of it, and how it is joined to those before."""

    kind: str
    joiner: str = "and"
    negated: bool = False


def _methods() -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    for stem in ("where", "having"):
        for kind in _KINDS:
            for negated in (False, True):
                name = stem + ("Not" if negated else "") + kind
                tail = name[0].upper() + name[1:]
                found[name] = Condition(kind or "basic", "and", negated)
                found["and" + tail] = found[name]
                found["or" + tail] = Condition(kind or "basic", "or", negated)
    for name, joiner in (("on", "and"), ("andOn", "and"), ("orOn", "or")):
        found[name] = Condition("Column", joiner)
        for kind in ("Val", "In", "Null", "Exists", "Between"):
            found[name + kind] = Condition({"Val": "basic"}.get(kind, kind), joiner)
            denied = Condition({"Val": "basic"}.get(kind, kind), joiner, True)
            found[name + "Not" + kind] = denied
    found["using"] = Condition("using")
    return found


CONDITIONS = _methods()
"""The methods that add a condition."""


class Clauses:
    """The conditions of one place, in order."""

    def __init__(self) -> None:
        self._parts: list[Embedded | str] = []

    def add(self, kind: Condition, made: Made, words: Words, below: Below) -> None:
        said = _said(kind, made, words, below)
        if said is None:
            return
        if self._parts:
            self._parts.append(f" {kind.joiner} ")
        self._parts.append(said)

    def sql(self) -> Embedded | None:
        return Embedded.join(self._parts) if self._parts else None


def conditions(chains: list[Chain], words: Words, below: Below) -> Embedded:
    """What the calls in a function say."""
    clauses = Clauses()
    links = [made for chain in chains for made in chain.links]
    seen: set[int] = set()
    for made in links:
        kind = CONDITIONS.get(last(made))
        if kind is not None and id(made) not in seen:
            clauses.add(kind, made, words, below)
        seen.add(id(made))
    return clauses.sql() or Embedded(UNKNOWN, ())


def _said(kind: Condition, made: Made, words: Words, below: Below) -> Embedded | None:
    given = made.argument(0)
    value, span = (None, made.span) if given is None else (given.value, given.span)
    no = "not " if kind.negated else ""
    if kind.kind == "Raw":
        same = Made("knex.raw", None, made.given, {}, made.span, made.whole)
        return words.bound(same) or Embedded.plain(UNKNOWN, span)
    if kind.kind == "Exists":
        return Embedded.join((f"{no}exists (", _query(value, made, words, below), ")"))
    if isinstance(value, Closure):
        inner = conditions(below(made, words), words, below)
        return Embedded.join((no, "(", inner, ")"))
    if kind.kind == "Null":
        return Embedded.join((words.name(value, span), f" is {no}null"))
    if kind.kind == "In":
        return _among(value, made, no, words, below)
    if kind.kind == "Between":
        return _between(value, made, no, words)
    if kind.kind in ("Like", "ILike"):
        word = "ilike" if kind.kind == "ILike" and words.is_postgresql else "like"
        second = words.literal(made.value(1), made.span)
        tail = " COLLATE utf8_bin" if words.is_mysql and kind.kind == "Like" else ""
        return Embedded.join((words.name(value, span), f" {no}{word} ", second, tail))
    if kind.kind == "using":
        return Embedded.join(("(", words.names(value, span), ")"))
    if kind.kind.startswith("Json"):
        return Embedded.plain(UNKNOWN, span)
    return _basic(kind, value, made, no, words, below)


def _basic(
    kind: Condition, value: Value, made: Made, no: str, words: Words, below: Below
) -> Embedded | None:
    columns = kind.kind == "Column"
    span = made.given[0].span if made.given else made.span
    if isinstance(value, Pairs):
        if not value.exact:
            return Embedded.plain(UNKNOWN, span)
        each = [
            _compared(words.name(key, span), Embedded("=", ()), one, span, no, words, columns)
            for key, one in value.items.values()
        ]
        return joined(each, " and ") if each else None
    if isinstance(value, bool):
        return Embedded.plain("1 = 1" if value else "1 = 0", span)
    if len(made.given) < 2:
        if isinstance(value, Made):
            return words.raw(value) or Embedded.plain(UNKNOWN, span)
        return Embedded.plain(UNKNOWN, span)
    name = hole(span) if isinstance(value, (Hidden, Symbol)) else words.name(value, span)
    if len(made.given) == 2:
        second = made.given[1]
        return _compared(name, Embedded("=", ()), second.value, second.span, no, words, columns)
    sign, third = made.given[1], made.given[2]
    if not isinstance(sign.value, Embedded):
        return Embedded.plain(UNKNOWN, span)
    word = sign.value.text.lower()
    if word in _MANY:
        return Embedded.join((name, f" {no}{word} (", _values(third.value, third.span, words), ")"))
    if "between" in word and isinstance(third.value, Items) and len(third.value.items) == 2:
        low, high = (words.literal(one, third.span) for one in third.value.items)
        return Embedded.join((name, f" {no}{word} ", low, " and ", high))
    if third.value is None and word in ("is", "=", "is not", "!="):
        negated = (word in ("is not", "!=")) != bool(no)
        return Embedded.join((name, " is not null" if negated else " is null"))
    return _compared(name, bare(sign.value, span), third.value, third.span, no, words, columns)


def _compared(
    name: Embedded, sign: Embedded, value: Value, span: Span, no: str, words: Words, columns: bool
) -> Embedded:
    if columns:
        return Embedded.join((no, name, " ", sign, " ", words.name(value, span)))
    if value is None:
        return Embedded.join((name, f" is {no}null"))
    return Embedded.join((no, name, " ", sign, " ", words.literal(value, span)))


def _among(value: Value, made: Made, no: str, words: Words, below: Below) -> Embedded:
    span = made.given[0].span if made.given else made.span
    if isinstance(value, Items):
        names = Embedded.join(("(", words.names(value, span), ")"))
    else:
        names = words.name(value, span)
    second = made.argument(1)
    if second is None:
        return Embedded.plain(UNKNOWN, span)
    if isinstance(second.value, Items):
        if second.value.exact and not second.value.items:
            return Embedded.plain("1 = 1" if no else "1 = 0", second.span)
        listed = _values(second.value, second.span, words)
        if words.dialect == "sqlite" and isinstance(value, Items):
            listed = Embedded.join((" values ", listed))
        return Embedded.join((names, f" {no}in (", listed, ")"))
    if isinstance(second.value, (Made, Closure)):
        inner = _query(second.value, made, words, below)
        return Embedded.join((names, f" {no}in (", inner, ")"))
    return Embedded.join((names, f" {no}in (", Embedded.plain(UNKNOWN, second.span), ")"))


def _values(value: Value, span: Span, words: Words) -> Embedded:
    if isinstance(value, Made):
        return words.raw(value) or Embedded.plain(UNKNOWN, span)
    if not isinstance(value, Items) or not value.exact:
        return Embedded.plain(UNKNOWN, span)
    each = [
        Embedded.join(("(", joined([words.literal(part, span) for part in one.items]), ")"))
        if isinstance(one, Items)
        else words.literal(one, span)
        for one in value.items
    ]
    return joined(each)


def _between(value: Value, made: Made, no: str, words: Words) -> Embedded:
    second = made.argument(1)
    name = words.name(value, made.span)
    both: list[Value] = [Hidden(made.span)] * 2
    if second is not None and isinstance(second.value, Items) and len(second.value.items) == 2:
        both = second.value.items
    low, high = (words.literal(each, made.span) for each in both)
    return Embedded.join((name, f" {no}between ", low, " and ", high))


def _query(value: Value, made: Made, words: Words, below: Below) -> Embedded:
    """A query that is given as such or built by a function."""
    from migralint.tools.knex.queries import Query, go_on, written

    if isinstance(value, Made):
        return words.raw(value) or Embedded.plain(UNKNOWN, made.span)
    inner = Query(words)
    for chain in below(made, words):
        go_on(inner, chain)
    return written(inner)
