"""What a call is given: `new Table({…})`, `new TableColumn({…})` and their like, or the same as
plain objects."""

from __future__ import annotations

from migralint.languages.values import Given, Hidden, Items, Made, Pairs, Value
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import name_of

NOT_KNOWN = object()


class Unclear(Exception):
    """Why a call is not understood."""


class Object:
    """One object, with where it is written."""

    def __init__(self, value: Value, span: Span) -> None:
        if isinstance(value, Made) and value.given:
            value, span = value.given[0].value, value.given[0].span
        if not isinstance(value, Pairs):
            raise Unclear("what it is given is only known when the code runs")
        self.items = value.items
        self.exact = value.exact
        self.span = span

    def get(self, name: str) -> Value:
        """A value; None where it is not given."""
        if name in self.items:
            return self.items[name][1]
        return None

    def flag(self, name: str, default: bool = False) -> bool:
        """Raises Unclear where only the running code knows."""
        value = self.get(name)
        if value is None:
            return default
        if isinstance(value, (Hidden, Made)) or not isinstance(value, (bool, int, Embedded)):
            raise Unclear(f"`{name}` is only known when the code runs")
        return bool(value.text if isinstance(value, Embedded) else value)

    def text(self, name: str) -> Embedded | None:
        """A string, a number or a hole; None where it is not given, or empty."""
        value = self.get(name)
        if value is None or (isinstance(value, Embedded) and not value.text):
            return None
        return name_of(value, self.span)

    def texts(self, name: str) -> list[Embedded]:
        """A list of strings. Raises Unclear where only the running code knows how many."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, Items) or not value.exact:
            raise Unclear(f"`{name}` is only known when the code runs")
        return [name_of(each, self.span) for each in value.items]

    def objects(self, name: str) -> list[Object]:
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, Items) or not value.exact:
            raise Unclear(f"`{name}` is only known when the code runs")
        return [Object(each, self.span) for each in value.items]


def objects(given: Given) -> list[Object]:
    """A list of objects that a call is given."""
    value = given.value
    if not isinstance(value, Items) or not value.exact:
        raise Unclear("what it is given is only known when the code runs")
    return [Object(each, given.span) for each in value.items]
