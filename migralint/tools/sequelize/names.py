"""Names as Sequelize writes them for each database (its 6.37, `dialects/*/query-generator.js`)."""

from __future__ import annotations

import re

from msgspec import Struct

from migralint.languages.values import Given, Hidden, Made, Pairs, Symbol
from migralint.source import Embedded
from migralint.tools.javascript.literals import MARKS, name_of, split
from migralint.tools.sequelize.options import option

_CAPITALS = re.compile("[A-Z]")


class Table(Struct, frozen=True):
    """A table as a call names it: by its name, or by an object with its schema."""

    name: Embedded
    schema: Embedded | None = None
    alone: bool = True
    """It is named by a text."""


def table_of(given: Given | None, made: Made) -> Table:
    """The table that an argument names; one with a hole for a name where it is not known."""
    if given is None:
        return Table(name_of(None, made.span))
    if not isinstance(given.value, Pairs):
        return Table(name_of(given.value, given.span))
    name = option(given.value, "tableName", given.span)
    schema = option(given.value, "schema", given.span)
    return Table(
        name_of(None if name is None else name.value, given.span if name is None else name.span),
        schema_of(schema),
        alone=False,
    )


def schema_of(given: Given | None) -> Embedded | None:
    if given is None or given.value is None:
        return None
    return name_of(given.value, given.span)


def quoted(name: Embedded, dialect: str) -> Embedded:
    """A name between the database's marks, of which it loses its own."""
    if name.text == "*":
        return name
    mark = MARKS.get(dialect, '"')
    return Embedded.join((mark, *split(name, mark), mark))


def dotted(name: Embedded, dialect: str) -> Embedded:
    """A name with what may stand before its last dot."""
    *head, tail = split(name, ".")
    if not head:
        return quoted(name, dialect)
    parts: list[Embedded | str] = []
    for each in head:
        parts += ["->", each]
    before = Embedded.join(parts[1:])
    return Embedded.join((quoted(before, dialect), ".", quoted(tail, dialect)))


def table_sql(table: Table, dialect: str) -> Embedded:
    """A table; where there are no schemas, a dot makes one name of the two."""
    if table.schema is None:
        return quoted(table.name, dialect)
    if dialect == "postgresql":
        return Embedded.join((quoted(table.schema, dialect), ".", quoted(table.name, dialect)))
    return quoted(Embedded.join((table.schema, ".", table.name)), dialect)


def in_public(table: Table, dialect: str) -> Embedded:
    """A table, on PostgreSQL with the schema that Sequelize takes it to be in."""
    if dialect != "postgresql" or table.schema is not None:
        return table_sql(table, dialect)
    return Embedded.join(('"public".', quoted(table.name, dialect)))


def split_sql(table: Table, dialect: str) -> Embedded:
    """A table whose name may hold its schema before a dot."""
    return dotted(table.name, dialect) if table.alone else table_sql(table, dialect)


def underscored(name: str) -> str:
    """`teamId` as `team_id`."""
    parts = (_CAPITALS.sub(r"_\g<0>", part).removeprefix("_") for part in name.split("::"))
    return "/".join(parts).lower()


def is_outside(value: object) -> bool:
    return isinstance(value, (Hidden, Symbol))
