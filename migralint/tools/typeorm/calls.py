"""A call of the query runner's, with what it is given."""

from __future__ import annotations

from migralint.languages.values import HOLE, Given, Items, Made, Pairs, Value, truth
from migralint.schema import Schema
from migralint.source import Embedded
from migralint.tools.javascript.literals import dotted, name_of
from migralint.tools.typeorm.options import Object, Unclear, objects

BEFORE = "what it sends depends on the table as the database has it"
"""Why a call is not understood that looks at the database first."""


def style(dialect: str) -> str:
    """The database whose marks around names TypeORM uses for this one."""
    return "mysql" if dialect == "mysql" else "postgresql"


class Call:
    """`dialect` is postgresql, mysql or sqlite."""

    def __init__(self, made: Made, dialect: str, schema: Schema | None = None) -> None:
        self.made = made
        self.schema = schema
        """What the call finds, where that was worked out."""
        self.dialect = {"mariadb": "mysql", "cockroachdb": "postgresql"}.get(dialect, dialect)

    def given(self, at: int) -> Given:
        found = self.made.argument(at)
        if found is None:
            raise Unclear("it is not given what it needs")
        return found

    def object(self, at: int) -> Object:
        given = self.given(at)
        return Object(given.value, given.span)

    def objects(self, at: int) -> list[Object]:
        return objects(self.given(at))

    def flag(self, at: int, default: bool = False) -> bool:
        value = self.made.value(at, default=default)
        known = truth(value)
        if known is None:
            raise Unclear("what it is given is only known when the code runs")
        return default if value is None else known

    def text(self, at: int) -> Embedded:
        return self.name_at(at, self.given(at).value)

    def name_at(self, at: int, value: Value) -> Embedded:
        """The name of an object, or a name; a hole where it is not known."""
        span = self.given(at).span
        if isinstance(value, Made) and value.path.endswith((".getTable", ".getView")):
            return name_of(value.value(0), span)
        if isinstance(value, Made) and value.path.endswith("getTable().findColumnByName"):
            return name_of(value.value(0), span)
        if isinstance(value, Pairs) or (isinstance(value, Made) and value.given):
            try:
                return name_of(Object(value, span).get("name"), span)
            except Unclear:
                pass
        return name_of(value, span)

    def names(self, at: int) -> list[Embedded]:
        value = self.given(at).value
        if not isinstance(value, Items) or not value.exact:
            raise Unclear("what it is given is only known when the code runs")
        return [self.name_at(at, each) for each in value.items]

    def path_of(self, given: Object) -> Embedded:
        """The name of a table that is described, with the schema that stands beside it."""
        own = name_of(given.get("name"), given.span)
        before = {"postgresql": "schema", "mysql": "database"}.get(self.dialect, "")
        place = given.text(before)
        if place is None or place.text == "public":
            return own
        bare = own.cut(own.text.rfind(".") + 1, len(own.text))
        return Embedded.join((place, ".", bare))

    def table(self, at: int) -> Embedded:
        """A table's name, with the schema that may stand before it."""
        value = self.given(at).value
        made = isinstance(value, Made) and not value.path.endswith((".getTable", ".getView"))
        found = self.path_of(self.object(at)) if made else self.text(at)
        if HOLE.fullmatch(found.text):
            raise Unclear("the table is only known when the code runs")
        return found

    def named(self, name: Embedded) -> Embedded:
        return dotted(name, style(self.dialect))

    def path(self, at: int) -> Embedded:
        """The same as SQL writes it."""
        return self.named(self.table(at))
