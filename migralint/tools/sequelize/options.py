"""What the objects say that Sequelize's calls are given, and where."""

from __future__ import annotations

from migralint.languages.values import (
    Given,
    Hidden,
    Items,
    Kind,
    Made,
    Pairs,
    Symbol,
    Value,
    truth,
)
from migralint.source import NOWHERE, Embedded, Span


def option(value: Value, name: str, span: Span) -> Given | None:
    """One of an object's, with its place; None where it does not say it."""
    if not isinstance(value, Pairs) or name not in value.items:
        return None
    key, found = value.items[name]
    return Given(found, place(key, found, span))


def place(key: Value, value: Value, span: Span) -> Span:
    """Where an object's value is written: a text or a call by itself, all else where its key is;
    the place of the object where even that stands in another file."""
    if isinstance(value, (Made, Hidden)) and value.span != NOWHERE:
        return value.span
    for each in (value, key):
        if isinstance(each, Embedded) and each.pieces:
            return each.to_host(Span(0, len(each.text)))
    return span


def is_true(given: Given | None) -> bool:
    """Whether an option is there and known to be what JavaScript takes for true."""
    if given is None:
        return False
    return isinstance(given.value, (Items, Pairs, Made, Symbol, Kind)) or truth(given.value) is True


def listed(given: Given | None) -> list[Given]:
    """The members of a list, each with its place; a single value is a list of one."""
    if given is None:
        return []
    if not isinstance(given.value, Items):
        return [given]
    return [Given(each, place(None, each, given.span)) for each in given.value.items]


def text(given: Given | None) -> str | None:
    """What an option says, where it is a text."""
    return given.value.text if given is not None and isinstance(given.value, Embedded) else None


def words(given: Given | None, said: str) -> Embedded:
    """Words of SQL where the option stands that asks for them; none where nothing does."""
    return Embedded("", ()) if given is None else Embedded.plain(said, given.span)
