"""Values of JavaScript as SQL writes them, for each of the databases."""

from __future__ import annotations

import json
from collections.abc import Sequence

from migralint.languages.javascript.operators import spelled
from migralint.languages.values import Hidden, Items, Made, Pairs, Symbol, Value, hole, plain
from migralint.source import Embedded, Span
from migralint.tools.code import UNKNOWN, doubled
from migralint.tools.code import literal as literal

MARKS = {"postgresql": '"', "cockroachdb": '"', "sqlite": "`", "mysql": "`", "mariadb": "`"}
"""What each database's names stand between, as JavaScript's tools write them."""


def quoted(name: Embedded, dialect: str) -> Embedded:
    """A name between its marks."""
    mark = MARKS.get(dialect, '"')
    return Embedded.join((mark, doubled(name, mark), mark))


def dotted(name: Embedded, dialect: str) -> Embedded:
    """A name that may have others before it: each part between marks."""
    parts: list[Embedded | str] = []
    for part in split(name, "."):
        parts += [".", part if part.text == "*" else quoted(stripped(part), dialect)]
    return Embedded.join(parts[1:])


def split(text: Embedded, mark: str) -> list[Embedded]:
    """The pieces of a text between these marks."""
    found: list[Embedded] = []
    at = 0
    while (end := text.text.find(mark, at)) >= 0:
        found.append(text.cut(at, end))
        at = end + len(mark)
    return [*found, text.cut(at, len(text.text))]


def stripped(text: Embedded) -> Embedded:
    start = len(text.text) - len(text.text.lstrip())
    return text.cut(start, max(start, len(text.text.rstrip())))


def name_of(value: Value, span: Span) -> Embedded:
    """A value that stands for a name: its text, or a hole where that is not known."""
    if isinstance(value, Embedded):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Embedded.plain(spelled(value), span)
    return hole(span)


def names_of(value: Value, span: Span) -> list[Embedded]:
    """The names that a string or a list of strings gives; a hole where some are not known."""
    if isinstance(value, Items):
        found = [name_of(each, span) for each in value.items]
        return found if value.exact else [*found, hole(span)]
    return [name_of(value, span)]


def is_known(value: Value) -> bool:
    """Whether all of a value is known."""
    try:
        plain(value)
    except LookupError:
        return False
    return True


def value_sql(value: Value, dialect: str, span: Span) -> Embedded:
    """A value as a literal; a parameter where it is not known. Objects are written as JSON."""
    if value is None:
        return Embedded("NULL", ())
    if isinstance(value, bool):
        return Embedded.plain(("false", "true")[value], span)
    if isinstance(value, (int, float)):
        return Embedded.plain(spelled(value), span)
    if isinstance(value, Embedded):
        return text_sql(value, dialect) if is_known(value) else Embedded.plain(UNKNOWN, span)
    if isinstance(value, (Hidden, Symbol, Made)) or not isinstance(value, (Items, Pairs)):
        return Embedded.plain(UNKNOWN, span)
    try:
        text = json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)
    except (LookupError, TypeError, ValueError):
        return Embedded.plain(UNKNOWN, span)
    return text_sql(Embedded.plain(text, span), dialect)


def text_sql(text: Embedded, dialect: str) -> Embedded:
    """A string as a literal, with backslashes as the drivers of each database write them."""
    if "\\" not in text.text:
        return literal(text)
    if dialect in ("postgresql", "cockroachdb"):
        return Embedded.join(("E", literal(doubled(text, "\\"))))
    return literal(doubled(text, "\\") if dialect in ("mysql", "mariadb") else text)


def joined(parts: Sequence[Embedded], between: str = ", ") -> Embedded:
    """Texts with something between them."""
    found: list[Embedded | str] = []
    for part in parts:
        found += [between, part]
    return Embedded.join(found[1:])
