"""The arguments of node-pg-migrate's calls, and how it writes them in SQL (9.0, `src/utils`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from migralint.languages.javascript.operators import is_number, spelled
from migralint.languages.values import Given, Hidden, Items, Made, Pairs, Symbol, Value, hole
from migralint.source import NOWHERE, Embedded, Span
from migralint.tools.code import UNKNOWN, identifier, listed

_LOWER_UPPER = re.compile(r"([^\W_A-Z])([A-Z])")
_UPPERS = re.compile(r"([A-Z])([A-Z][^\W\d_A-Z]+)")
_EXPRESSION = re.compile(
    r"->>|->|\#>>|\#>|@\?|@@|@>|<@|\?\||\?&|\?|\#-|\|\||::|\A[\w.]+\(|\s+[+*/-]\s+"
)
_COMPARED = re.compile(r"[=<>!]+")


REFUSED = "REFUSED: "
"""What the words of a statement begin with that node-pg-migrate refuses to send."""


class NotKnown(Exception):
    """What a call does hangs on something that is only known when the code runs."""

    def __init__(self, place: Span) -> None:
        super().__init__()
        self.place = place


class Refused(Exception):
    """What node-pg-migrate stops at: the words for it."""


class Style(Struct, frozen=True):
    """How a project has its names and types: `decamelize` makes `user_id` of `userId`,
    `shorthands` are types of its own by name. `major` is node-pg-migrate's version."""

    decamelize: bool = False
    shorthands: dict[str, Value] = {}
    major: int = 9


class Options(Struct, frozen=True):
    """An object of options. `whole`: the file spells all of them out."""

    items: dict[str, Given]
    whole: bool
    place: Span

    def get(self, name: str) -> Given | None:
        return self.items.get(name)

    def value(self, name: str) -> Value:
        found = self.items.get(name)
        return None if found is None else found.value

    def has(self, name: str) -> bool:
        """Whether an option says something; what is not known says something."""
        found = self.items.get(name)
        return found is not None and truth(found.value) is not False

    def flag(self, name: str) -> bool:
        """Whether an option is set. Raises NotKnown where the file does not say."""
        found = self.items.get(name)
        if found is None:
            if not self.whole:
                raise NotKnown(self.place)
            return False
        known = truth(found.value)
        if known is None:
            raise NotKnown(found.span)
        return known

    def words(self, name: str, words: str) -> Embedded:
        """Words for an option that is set, which stand where it does."""
        return at(self.items[name], words) if self.flag(name) else NOTHING

    def raw(self, name: str, before: str, after: str = "") -> Embedded:
        """The text of an option that says something, between others."""
        if not self.has(name):
            return NOTHING
        return Embedded.join((before, raw(self.items[name]), after))


NOTHING = Embedded("", ())


def truth(value: Value) -> bool | None:
    """Whether JavaScript takes a value for true; None where it is not known."""
    if isinstance(value, (Hidden, Symbol)):
        return None
    if isinstance(value, Made):
        return True if of_literal(value) is not None else None
    if isinstance(value, Embedded):
        return bool(value.text)
    return (
        value not in (None, False, 0) if is_number(value) or value is None else value is not False
    )


def at(given: Given, words: str) -> Embedded:
    """Words that an argument stands for."""
    return Embedded.plain(words, given.span)


def given_of(key: Value, value: Value, place: Span) -> Given:
    """The value of a property, with its place: its own, the property's, or that of the whole."""
    for each in (value, key):
        if isinstance(each, (Hidden, Made)):
            return Given(value, each.span)
        if isinstance(each, Embedded) and each.pieces:
            return Given(value, each.to_host(Span(0, len(each.text))))
    return Given(value, place)


def options(given: Given | None) -> Options:
    """The options that an argument holds: none where it is left out."""
    if given is None or given.value is None:
        return Options({}, True, NOWHERE if given is None else given.span)
    value = given.value
    if not isinstance(value, Pairs):
        return Options({}, not isinstance(value, (Hidden, Symbol)), given.span)
    items = {
        str(name): given_of(key, each, given.span) for name, (key, each) in value.items.items()
    }
    return Options(items, value.exact, given.span)


def several(given: Given | None) -> list[Given]:
    """What an argument holds that may be one or a list; what is left out is none."""
    if given is None or given.value is None:
        return []
    value = given.value
    if not isinstance(value, Items):
        return [given]
    found = [given_of(None, each, given.span) for each in value.items]
    if not value.exact:
        found.append(Given(Hidden(given.span), given.span))
    return found


def of_literal(value: Value) -> Given | None:
    """What `pgm.func()` or a PgLiteral holds; None where a value is neither."""
    if isinstance(value, Pairs) and truth(value.items.get("literal", (None, None))[1]):
        key, inner = value.items.get("value", (None, None))
        return given_of(key, inner, NOWHERE)
    if not isinstance(value, Made):
        return None
    path = value.path
    if path == "pgm.func" or path.endswith(("PgLiteral", "PgLiteral.create")):
        return value.argument(0) or Given(None, value.span)
    return None


def raw(given: Given) -> Embedded:
    """A value as JavaScript puts it into a text."""
    value = given.value
    if isinstance(value, Embedded):
        return value
    inner = of_literal(value)
    if inner is not None:
        return raw(inner)
    if isinstance(value, Items) and value.exact:
        return listed([raw(each) for each in several(given)])
    if value is None or is_number(value) or isinstance(value, bool):
        return at(given, spelled(value))
    return hole(given.span)


def said(given: Given, style: Style) -> Embedded:
    """A name, not quoted."""
    value = given.value
    if isinstance(value, Embedded) and style.decamelize:
        return _changed(value, decamelized)
    return raw(given)


def name(given: Given | None, style: Style, place: Span = NOWHERE) -> Embedded:
    """A name as it is quoted in SQL: a text, { schema, name }, or a literal, which is not."""
    if given is None:
        return hole(place)
    value = given.value
    if isinstance(value, Pairs):
        inner = of_literal(value)
        if inner is not None:
            return raw(inner)
        said_there = options(given)
        last = name(said_there.get("name"), style, given.span)
        if not said_there.has("schema"):
            return last
        return Embedded.join((name(said_there.get("schema"), style), ".", last))
    if of_literal(value) is not None:
        return raw(given)
    return identifier(said(given, style))


def names(given: Given | None, style: Style) -> list[Embedded]:
    """The names that an argument holds, one or more."""
    return [name(each, style) for each in several(given)]


def own_name(given: Given | None) -> Given | None:
    """The name in { schema, name }."""
    if given is not None and isinstance(given.value, Pairs):
        return options(given).get("name")
    return given


def decamelized(text: str) -> str:
    """`userId` as `user_id` (`src/utils/decamelize.ts`)."""
    return _UPPERS.sub(r"\1_\2", _LOWER_UPPER.sub(r"\1_\2", text)).lower()


def is_expression(text: str) -> bool:
    """Whether a text is taken for an expression (`src/utils/createSchemalize.ts`)."""
    if _EXPRESSION.search(text):
        return True
    return bool(_COMPARED.search(text)) and any(each.isascii() and each.isalnum() for each in text)


def escaped(given: Given) -> Embedded:
    """A value as an SQL literal (`src/utils/escapeValue.ts`)."""
    value = given.value
    if value is None:
        return at(given, "NULL")
    if isinstance(value, bool) or is_number(value):
        return at(given, spelled(value))
    if isinstance(value, Embedded):
        mark = next(each for each in _marks() if each not in value.text)
        return Embedded.join((mark, value, mark))
    inner = of_literal(value)
    if inner is not None:
        return raw(inner)
    if isinstance(value, Items) and value.exact:
        return Embedded.join(("ARRAY[", *_items(given), "]"))
    return at(given, UNKNOWN)


def _items(given: Given) -> list[Embedded | str]:
    parts: list[Embedded | str] = []
    for each in several(given):
        nested = isinstance(each.value, Items) and each.value.exact
        parts += [",", *(("[", *_items(each), "]") if nested else (escaped(each),))]
    return parts[1:]


def _marks() -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    ids = [*letters, *(one + other for one in letters for other in letters)]
    return [f"$pg{each}$" for each in ids]


def _changed(text: Embedded, change: Callable[[str], str]) -> Embedded:
    """A text that is another one now, which stands where it did as a whole."""
    made = change(text.text)
    if made == text.text:
        return text
    if not text.pieces:
        return Embedded(made, ())
    return Embedded.plain(made, text.to_host(Span(0, len(text.text))))
