"""The constraints of a table in SQL (SQLAlchemy 2.1, `PGDDLCompiler`)."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.values import (
    HOLE,
    Given,
    Items,
    Made,
    Pairs,
    Value,
    hole,
    text_of,
    truth,
)
from migralint.source import NOWHERE, Embedded
from migralint.tools.alembic.columns import (
    Column,
    at_argument,
    dotted,
    last,
    listed_arguments,
    whole,
)
from migralint.tools.alembic.expressions import column_name, condition, key, unknown
from migralint.tools.alembic.naming import About, Convention, constraint_name
from migralint.tools.alembic.types import own_check
from migralint.tools.code import identifier, listed, literal

KINDS = (
    "PrimaryKeyConstraint",
    "UniqueConstraint",
    "ForeignKeyConstraint",
    "CheckConstraint",
    "ExcludeConstraint",
)


class Place(Struct, frozen=True):
    """The table that something is of: as SQL writes it, and its names where they are known."""

    sql: Embedded
    table: str | None
    schema: str | None
    convention: Convention

    def named(
        self,
        kind: str,
        given: Given | None,
        columns: list[Embedded],
        referred: str | None = None,
        referred_columns: list[Embedded] | None = None,
    ) -> Embedded | None:
        """The name of one of its constraints or indexes; None where the server chooses."""
        about = About(
            kind,
            self.table,
            self.schema,
            tuple(map(_bare, columns)),
            referred,
            tuple(map(_bare, referred_columns or [])),
        )
        return constraint_name(given, about, self.convention)

    def check_name(self, given: Given | None) -> Embedded | None:
        """The name of a CHECK that stands at its column."""
        return self.named("ck", given, [])


def place_of(given: Given | None, schema: Given | None, convention: Convention) -> Place:
    """The table that two arguments name."""
    name = hole(NOWHERE) if given is None else column_name(given)
    table = None if given is None else _known(given)
    if schema is None or schema.value is None:
        return Place(name, table, None, convention)
    spelled = dotted(schema.value) if isinstance(schema.value, Embedded) else hole(schema.span)
    return Place(Embedded.join((spelled, ".", name)), table, _known(schema), convention)


def _known(given: Given) -> str | None:
    text = text_of(given.value)
    return None if text is None or HOLE.search(text) else text


def _bare(name: Embedded) -> str | None:
    """A name without the quotes that SQL may need."""
    text = name.text
    if text.startswith('"'):
        return text[1:-1].replace('""', '"')
    return None if HOLE.search(text) or not text.isidentifier() else text


def constraint_sql(made: Made, place: Place) -> Embedded:
    """A table constraint among the members of `create_table`."""
    kind, name = last(made), made.named.get("name")
    if kind == "PrimaryKeyConstraint":
        return primary_key(made, place, name, list(made.given))
    if kind == "UniqueConstraint":
        return unique(made, place, name, list(made.given))
    if kind == "CheckConstraint":
        return check(made, place, name, made.argument(0, "sqltext"))
    if kind == "ForeignKeyConstraint":
        columns = [column_name(each) for each in listed_arguments(made, 0, "columns")]
        return foreign_key(made, place, name, columns, listed_arguments(made, 1, "refcolumns"))
    return exclusion(made, place, name, made.given)


def headed(name: Embedded | None) -> Embedded:
    """CONSTRAINT and the name, where there is one."""
    return Embedded("", ()) if name is None else Embedded.join(("CONSTRAINT ", name, " "))


def primary_key(made: Made, place: Place, name: Given | None, keys: list[Given]) -> Embedded:
    columns = [column_name(each) for each in keys]
    head = headed(place.named("pk", name, columns))
    tail = [included(made), deferral(made)]
    return whole([head, "PRIMARY KEY (", listed(columns), ")", *tail], made.span)


def unique(made: Made, place: Place, name: Given | None, keys: list[Given]) -> Embedded:
    columns = [column_name(each) for each in keys]
    nulls = truth(made.value(-1, "postgresql_nulls_not_distinct", False)) is True
    words = "UNIQUE NULLS NOT DISTINCT (" if nulls else "UNIQUE ("
    head = headed(place.named("uq", name, columns))
    tail = [included(made), deferral(made)]
    return whole([head, words, listed(columns), ")", *tail], made.span)


def check(made: Made, place: Place, name: Given | None, given: Given | None) -> Embedded:
    where = unknown(made.span) if given is None else condition(given)
    head = headed(place.named("ck", name, []))
    return whole([head, "CHECK (", where, ")", deferral(made)], made.span)


def type_check(each: Column, place: Place) -> Embedded | None:
    """The constraint that a type asks for which has no type of its own in the database."""
    found = own_check(each.type.value) if each.type is not None else None
    if found is None or each.type is None:
        return None
    values, name = found
    members = listed([literal(Embedded(value, ())) for value in values] or [Embedded("$1", ())])
    head = headed(place.named("ck", name, [each.name]))
    return whole([head, "CHECK (", each.name, " IN (", members, "))"], each.type.span)


def column_key(each: Column, made: Made, place: Place) -> Embedded:
    """The table constraint that a column's ForeignKey makes."""
    target = made.argument(0, "column")
    targets = [] if target is None else [target]
    return foreign_key(made, place, made.named.get("name"), [each.name], targets)


def foreign_key(
    made: Made, place: Place, name: Given | None, columns: list[Embedded], targets: list[Given]
) -> Embedded:
    """FOREIGN KEY … REFERENCES the columns of `["schema.table.column", …]`."""
    table, referred = referred_of(targets)
    word = _bare(table.cut(table.text.rfind(".") + 1, len(table.text)))
    head = headed(place.named("fk", name, columns, word, referred))
    parts = [head, "FOREIGN KEY(", listed(columns), ") REFERENCES ", table, *brackets(referred)]
    return whole([*parts, actions(made), deferral(made)], made.span)


def referred_of(targets: list[Given]) -> tuple[Embedded, list[Embedded]]:
    """The table and the columns of `["schema.table.column", …]`."""
    table: Embedded | None = None
    columns: list[Embedded] = []
    for each in targets:
        if not isinstance(each.value, Embedded) or "." not in each.value.text:
            continue
        text = each.value
        at = text.text.rindex(".")
        columns.append(identifier(text.cut(at + 1, len(text.text))))
        table = dotted(text.cut(0, at))
    if table is None:
        return hole(targets[0].span if targets else NOWHERE), []
    return table, columns


def brackets(columns: list[Embedded]) -> list[Embedded | str]:
    return [" (", listed(columns), ")"] if columns else []


def exclusion(
    made: Made, place: Place, name: Given | None, elements: tuple[Given, ...]
) -> Embedded:
    """EXCLUDE USING gist (a WITH =, …)."""
    using = text_of(made.value(-1, "using")) or "gist"
    parts: list[Embedded | str] = [headed(place.named("ex", name, []))]
    parts.append(f"EXCLUDE USING {using} (")
    classes = made.value(-1, "ops")
    for number, each in enumerate(elements):
        pair = each.value.items if isinstance(each.value, Items) else []
        if len(pair) == 2:
            sign = text_of(pair[1]) or "="
            parts += [", "] * (number > 0)
            parts += [with_class(Given(pair[0], each.span), classes), f" WITH {sign}"]
    parts.append(")")
    where = made.named.get("where")
    if where is not None and where.value is not None:
        parts += [" WHERE (", condition(where), ")"]
    return whole([*parts, deferral(made)], made.span)


def with_class(given: Given, classes: Value) -> Embedded:
    """A key of an index, with the operator class that a dictionary says for it."""
    column, name = key(given), text_of(given.value)
    if isinstance(given.value, Made) and last(given.value) == "label":
        name = text_of(given.value.value(0, "name"))
    found = classes.items.get(name) if isinstance(classes, Pairs) else None
    if found is None or not isinstance(found[1], Embedded):
        return column
    return Embedded.join((column, " ", found[1]))


def actions(made: Made) -> Embedded:
    """ON DELETE, ON UPDATE and MATCH."""
    parts: list[Embedded | str] = []
    for name, words in (("match", "MATCH"), ("ondelete", "ON DELETE"), ("onupdate", "ON UPDATE")):
        given = made.named.get(name)
        if given is not None and isinstance(given.value, Embedded):
            parts += [f" {words} ", given.value]
    return Embedded.join(parts)


def deferral(made: Made) -> Embedded:
    """DEFERRABLE, INITIALLY … and NOT VALID."""
    parts: list[Embedded | str] = []
    deferrable = truth(made.value(-1, "deferrable"))
    if made.value(-1, "deferrable") is not None:
        parts.append(" DEFERRABLE" if deferrable else " NOT DEFERRABLE")
    initially = text_of(made.value(-1, "initially"))
    if initially:
        parts.append(f" INITIALLY {initially}")
    if truth(made.value(-1, "postgresql_not_valid", False)) is True:
        parts.append(at_argument(made, "postgresql_not_valid", " NOT VALID"))
    return Embedded.join(parts)


def included(made: Made) -> Embedded:
    """INCLUDE (…)."""
    columns = [column_name(each) for each in listed_arguments(made, -1, "postgresql_include")]
    return Embedded.join((" INCLUDE (", listed(columns), ")")) if columns else Embedded("", ())
