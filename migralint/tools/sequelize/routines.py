"""Schemas, types, functions and triggers (Sequelize 6.37,
`dialects/postgres/query-generator.js`)."""

from __future__ import annotations

from migralint.languages.values import Given, Items, Made, Pairs, hole
from migralint.source import Embedded
from migralint.tools.javascript.literals import is_known, joined, name_of
from migralint.tools.sequelize.names import quoted, table_of, table_sql
from migralint.tools.sequelize.options import is_true, listed, option, place, text

Written = list[Embedded]


class Elsewhere(Exception):
    """The call is there for PostgreSQL only."""


def _name(made: Made, position: int = 0) -> Embedded:
    given = made.argument(position)
    return hole(made.span) if given is None else name_of(given.value, given.span)


def create_schema(made: Made, dialect: str) -> Written:
    if dialect != "postgresql":
        return []
    return [Embedded.join(("CREATE SCHEMA IF NOT EXISTS ", quoted(_name(made), dialect), ";"))]


def drop_schema(made: Made, dialect: str) -> Written:
    if dialect != "postgresql":
        table = table_sql(table_of(made.argument(0), made), dialect)
        return [Embedded.join(("DROP TABLE IF EXISTS ", table, ";"))]
    return [Embedded.join(("DROP SCHEMA IF EXISTS ", quoted(_name(made), dialect), " CASCADE;"))]


def drop_enum(made: Made, dialect: str) -> Written:
    _only_postgresql(dialect)
    return [Embedded.join(("DROP TYPE IF EXISTS ", quoted(_name(made), dialect), ";"))]


def create_function(made: Made, dialect: str) -> Written:
    _only_postgresql(dialect)
    options = made.argument(6) or Given(None, made.span)
    replaced = option(options.value, "force", options.span)
    head = "CREATE OR REPLACE FUNCTION " if is_true(replaced) else "CREATE FUNCTION "
    parts: list[Embedded | str] = [head, _name(made), _parameters(made, 1), " RETURNS "]
    parts += [_name(made, 2), " AS $func$ "]
    parts += _variables(option(options.value, "variables", options.span))
    parts += [" BEGIN ", _name(made, 4), " END; $func$ language '", _name(made, 3), "'"]
    parts += _spread(made.argument(5))
    return [Embedded.join((*parts, ";"))]


def _variables(given: Given | None) -> list[Embedded | str]:
    parts: list[Embedded | str] = []
    for each in listed(given):
        said = {name: option(each.value, name, each.span) for name in ("name", "type", "default")}
        name, kind, default = said["name"], said["type"], said["default"]
        if name is None or kind is None:
            continue
        parts += [" DECLARE ", name_of(name.value, name.span), " "]
        parts.append(name_of(kind.value, kind.span))
        if default is not None:
            parts += [" := ", name_of(default.value, default.span)]
        parts.append(";")
    return parts


def _spread(given: Given | None) -> list[Embedded | str]:
    """Words that are given as a list."""
    parts: list[Embedded | str] = []
    for each in listed(given):
        parts += [" ", name_of(each.value, each.span)]
    return parts


def drop_function(made: Made, dialect: str) -> Written:
    _only_postgresql(dialect)
    return [Embedded.join(("DROP FUNCTION ", _name(made), _parameters(made, 1), " RESTRICT;"))]


def rename_function(made: Made, dialect: str) -> Written:
    _only_postgresql(dialect)
    head = ("ALTER FUNCTION ", _name(made), _parameters(made, 1), " RENAME TO ")
    return [Embedded.join((*head, _name(made, 2), ";"))]


def _parameters(made: Made, position: int) -> Embedded:
    given = made.argument(position)
    found: list[Embedded] = []
    for each in listed(given):
        if not isinstance(each.value, Pairs):
            found.append(hole(each.span))
            continue
        words: list[Embedded | str] = []
        for name in ("direction", "name", "type"):
            said = option(each.value, name, each.span)
            if said is not None:
                words += [" ", name_of(said.value, said.span)]
        found.append(Embedded.join(words[1:]))
    return Embedded.join(("(", joined(found), ")"))


_TIMES = {
    "after": "AFTER", "before": "BEFORE", "instead_of": "INSTEAD OF", "after_constraint": "AFTER",
}  # fmt: skip


def create_trigger(made: Made, dialect: str) -> Written:
    _only_postgresql(dialect)
    time = text(made.argument(2))
    events = made.argument(3)
    if time not in _TIMES or events is None or not isinstance(events.value, Pairs | Items):
        raise LookupError
    pairs = events.value.items
    values = list(pairs.values()) if isinstance(pairs, dict) else [(None, e) for e in pairs]
    names = []
    for key, value in values:
        if not isinstance(value, Embedded) or not is_known(value):
            raise LookupError
        names.append(Embedded.plain(value.text.upper(), place(key, value, events.span)))
    kind = "CONSTRAINT TRIGGER " if time == "after_constraint" else "TRIGGER "
    head = ("CREATE ", kind, quoted(_name(made, 1), dialect), f" {_TIMES[time]} ")
    parts: list[Embedded | str] = [joined(names, " OR "), " ON "]
    parts.append(table_sql(table_of(made.argument(0), made), dialect))
    parts += [*_spread(made.argument(6)), " EXECUTE PROCEDURE ", _name(made, 4)]
    return [Embedded.join((*head, *parts, _parameters(made, 5), ";"))]


def drop_trigger(made: Made, dialect: str) -> Written:
    _only_postgresql(dialect)
    table = table_sql(table_of(made.argument(0), made), dialect)
    return [
        Embedded.join(
            ("DROP TRIGGER ", quoted(_name(made, 1), dialect), " ON ", table, " RESTRICT;")
        )
    ]


def rename_trigger(made: Made, dialect: str) -> Written:
    _only_postgresql(dialect)
    table = table_sql(table_of(made.argument(0), made), dialect)
    before, after = (quoted(_name(made, position), dialect) for position in (1, 2))
    return [Embedded.join(("ALTER TRIGGER ", before, " ON ", table, " RENAME TO ", after, ";"))]


def _only_postgresql(dialect: str) -> None:
    if dialect != "postgresql":
        raise Elsewhere
