"""Constraints: what `addConstraint` and `removeConstraint` send (Sequelize 6.37,
`getConstraintSnippet`)."""

from __future__ import annotations

from migralint.languages.values import Given, Items, Made, Pairs, hole
from migralint.source import Embedded
from migralint.tools.javascript.literals import joined, name_of, names_of
from migralint.tools.sequelize.attributes import deferral
from migralint.tools.sequelize.names import (
    Table,
    dotted,
    quoted,
    split_sql,
    table_of,
    table_sql,
)
from migralint.tools.sequelize.options import listed, option, text
from migralint.tools.sequelize.tables import Rebuilt
from migralint.tools.sequelize.values import is_method, method_sql, unknown
from migralint.tools.sequelize.where import items_sql

Written = list[Embedded]


class Refused(Exception):
    """What Sequelize stops at, in words."""


def add_constraint(made: Made, dialect: str) -> Written:
    table = table_of(made.argument(0), made)
    options = made.argument(1) or Given(None, made.span)
    if len(made.given) > 2 and isinstance(made.given[1].value, Items):
        # Up to Sequelize 5 the columns were an argument of their own.
        options = made.given[2]
    if not isinstance(options.value, Pairs):
        raise LookupError
    kind = text(option(options.value, "type", options.span))
    if kind is None:
        raise LookupError
    if dialect == "sqlite" and kind.upper() != "DEFAULT":
        raise Rebuilt
    on = split_sql(table, dialect)
    snippet = _snippet(made, kind.upper(), on, options, dialect)
    return [Embedded.join(("ALTER TABLE ", on, " ADD ", snippet, ";"))]


def _snippet(made: Made, kind: str, on: Embedded, options: Given, dialect: str) -> Embedded:
    def said(name: str) -> Given | None:
        return option(options.value, name, options.span)

    fields = said("fields")
    if fields is None and isinstance(made.given[1].value, Items):
        fields = made.given[1]
    columns = [_field(each, dialect) for each in listed(fields)]
    if fields is None or (isinstance(fields.value, Items) and not fields.value.exact):
        columns.append(hole(options.span))
    inside = joined(columns)
    name = said("name")

    def named(ending: str) -> Embedded:
        if name is not None and name.value:
            return quoted(name_of(name.value, name.span), dialect)
        between = joined(columns, "_")
        return quoted(Embedded(f"{on.text}_{between.text}_{ending}", ()), dialect)

    if kind == "UNIQUE":
        parts: tuple[Embedded | str, ...] = (named("uk"), " UNIQUE (", inside, ")")
    elif kind == "PRIMARY KEY":
        parts = (named("pk"), " PRIMARY KEY (", inside, ")")
    elif kind == "CHECK":
        where = said("where")
        written = unknown(options.span)
        if where is not None:
            written = items_sql(where.value, where.span, dialect)
        return Embedded.join(("CONSTRAINT ", named("ck"), " CHECK (", written, ")"))
    elif kind == "FOREIGN KEY":
        return _foreign_key(made, inside, named, options, dialect)
    elif kind == "DEFAULT":
        raise Refused("a default as a constraint, which only SQL Server has")
    else:
        raise Refused(f"a constraint of the type `{kind.lower()}`")
    later = _deferral(said("deferrable"), dialect)
    return Embedded.join(("CONSTRAINT ", *parts, later))


def _foreign_key(
    made: Made, inside: Embedded, named: object, options: Given, dialect: str
) -> Embedded:
    def said(name: str) -> Given | None:
        return option(options.value, name, options.span)

    references = said("references") or Given(None, options.span)
    target = option(references.value, "table", references.span)
    other = table_of(target or Given(None, references.span), made)
    fields = option(references.value, "field", references.span) or option(
        references.value, "fields", references.span
    )
    referred = fields or Given(None, references.span)
    columns = [quoted(each, dialect) for each in names_of(referred.value, referred.span)]
    assert callable(named)
    name: Embedded = named(f"{_shown(other)}_fk")
    parts: list[Embedded | str] = ["CONSTRAINT ", name, " FOREIGN KEY (", inside]
    parts += [") REFERENCES ", table_sql(other, dialect), " (", joined(columns), ")"]
    for option_name, head in (("onUpdate", " ON UPDATE "), ("onDelete", " ON DELETE ")):
        rule = said(option_name)
        action = text(rule)
        if rule is not None and action:
            parts += [head, Embedded.plain(action.upper(), rule.span)]
    return Embedded.join((*parts, _deferral(said("deferrable"), dialect)))


def _shown(table: Table) -> str:
    """A table in the name that Sequelize makes for a constraint."""
    return table.name.text if table.alone else "[object Object]"


def _deferral(given: Given | None, dialect: str) -> Embedded:
    return deferral(given) if dialect == "postgresql" else Embedded("", ())


def _field(given: Given, dialect: str) -> Embedded:
    if is_method(given.value):
        written = method_sql(given.value, dialect)
        return unknown(given.span) if written is None else written
    if isinstance(given.value, Pairs):
        name = option(given.value, "attribute", given.span) or option(
            given.value, "name", given.span
        )
        return quoted(name_of(None if name is None else name.value, given.span), dialect)
    return quoted(name_of(given.value, given.span), dialect)


def remove_constraint(made: Made, dialect: str) -> Written:
    """On MySQL, Sequelize asks the database what the constraint is; here it is a constraint."""
    if dialect == "sqlite":
        raise Rebuilt
    table = table_of(made.argument(0), made)
    given = made.argument(1) or Given(None, made.span)
    name = dotted(name_of(given.value, given.span), dialect)
    on = split_sql(table, dialect)
    return [Embedded.join(("ALTER TABLE ", on, " DROP CONSTRAINT ", name))]
