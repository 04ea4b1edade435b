"""What node-pg-migrate sends for types, domains, sequences, schemas and extensions
(9.0, `src/operations`)."""

from __future__ import annotations

from migralint.languages.values import Given, Items, Made, Pairs
from migralint.source import Embedded
from migralint.tools.code import listed
from migralint.tools.node_pg_migrate.columns import (
    sequence_options,
    spaced,
    type_sql,
    typed,
)
from migralint.tools.node_pg_migrate.tables import (
    Written,
    default_action,
    dropped,
    nullable,
)
from migralint.tools.node_pg_migrate.values import (
    NOTHING,
    Refused,
    Style,
    at,
    escaped,
    given_of,
    name,
    options,
    raw,
    several,
)


def named(made: Made, style: Style, *positions: int) -> list[Embedded]:
    """The names that arguments hold."""
    return [name(made.argument(each), style, made.span) for each in positions]


def one_type(given: Given | None, made: Made, style: Style) -> Embedded:
    """A type, with what the project calls it."""
    return type_sql(typed(given or Given(None, made.span), style), style)


# Types


def create_type(made: Made, style: Style) -> Written:
    [called] = named(made, style, 0)
    given = made.argument(1)
    if given is None or isinstance(given.value, Items) or not isinstance(given.value, Pairs):
        values = listed([escaped(each) for each in several(given)])
        return [Embedded.join(("CREATE TYPE ", called, " AS ENUM (", values, ")"))]
    found = options(given)
    attributes: list[Embedded] = []
    for key, (written, _) in given.value.items.items():
        attribute = name(Given(written, given_of(written, None, given.span).span), style)
        kind = one_type(found.items[str(key)], made, style)
        attributes.append(Embedded.join((attribute, " ", kind)))
    return [Embedded.join(("CREATE TYPE ", called, " AS (", listed(attributes), ")"))]


def drop_type(made: Made, style: Style) -> Written:
    return [dropped(made, style, "TYPE")]


def _alter_type(made: Made, style: Style, *parts: Embedded | str) -> Embedded:
    return Embedded.join(("ALTER TYPE ", *named(made, style, 0), " ", *parts))


def rename_type(made: Made, style: Style) -> Written:
    return [_alter_type(made, style, "RENAME TO ", *named(made, style, 1))]


def _value(made: Made, position: int) -> Embedded:
    return escaped(made.argument(position) or Given("", made.span))


def add_type_value(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    parts: list[Embedded | str] = ["ADD VALUE ", found.words("ifNotExists", "IF NOT EXISTS ")]
    parts.append(_value(made, 1))
    for word in ("before", "after"):
        if found.has(word):
            parts += [f" {word.upper()} ", escaped(found.items[word])]
    if found.has("before") and found.has("after"):
        raise Refused("`addTypeValue` with both `before` and `after`")
    return [_alter_type(made, style, *parts)]


def rename_type_value(made: Made, style: Style) -> Written:
    return [_alter_type(made, style, "RENAME VALUE ", _value(made, 1), " TO ", _value(made, 2))]


def add_type_attribute(made: Made, style: Style) -> Written:
    kind = one_type(made.argument(2), made, style)
    return [_alter_type(made, style, "ADD ATTRIBUTE ", *named(made, style, 1), " ", kind)]


def set_type_attribute(made: Made, style: Style) -> Written:
    kind = one_type(made.argument(2), made, style)
    attribute = named(made, style, 1)
    return [_alter_type(made, style, "ALTER ATTRIBUTE ", *attribute, " SET DATA TYPE ", kind)]


def drop_type_attribute(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    guard = found.words("ifExists", " IF EXISTS")
    return [_alter_type(made, style, "DROP ATTRIBUTE ", *named(made, style, 1), guard)]


def rename_type_attribute(made: Made, style: Style) -> Written:
    old, new = named(made, style, 1, 2)
    return [_alter_type(made, style, "RENAME ATTRIBUTE ", old, " TO ", new)]


# Domains


def create_domain(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    parts = [Embedded.join(("CREATE DOMAIN ", *named(made, style, 0), " AS"))]
    parts += [one_type(made.argument(1), made, style), found.raw("collation", "COLLATE ")]
    default = found.get("default")
    if default is not None:
        parts.append(Embedded.join(("DEFAULT ", escaped(default))))
    required = found.flag("notNull")
    if required and found.has("check"):
        raise Refused("`createDomain` with both `notNull` and `check`")
    if required or found.has("check"):
        if found.has("constraintName"):
            key = name(found.items["constraintName"], style)
            parts.append(Embedded.join(("CONSTRAINT ", key)))
        words = found.words("notNull", "NOT NULL")
        parts += [words, found.raw("check", "CHECK (", ")")]
    return [spaced(parts)]


def alter_domain(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    default = found.get("default")
    actions = [NOTHING if default is None else default_action(default), nullable(found)]
    if found.has("check"):
        key: tuple[Embedded | str, ...] = ()
        if found.has("constraintName"):
            key = ("CONSTRAINT ", name(found.items["constraintName"], style), " ")
        actions.append(Embedded.join((*key, found.raw("check", "CHECK (", ")"))))
    head = Embedded.join(("ALTER DOMAIN ", *named(made, style, 0), " "))
    return [Embedded.join((head, each)) for each in actions if each.text]


def drop_domain(made: Made, style: Style) -> Written:
    return [dropped(made, style, "DOMAIN")]


def renamed(what: str, made: Made, style: Style) -> Embedded:
    """ALTER … RENAME TO of what the first argument names, to what the second does."""
    old, new = named(made, style, 0, 1)
    return Embedded.join((f"ALTER {what} ", old, " RENAME TO ", new))


def rename_domain(made: Made, style: Style) -> Written:
    return [renamed("DOMAIN", made, style)]


# Sequences


def create_sequence(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    parts: list[Embedded | str] = [
        "CREATE ",
        found.words("temporary", "TEMPORARY "),
        "SEQUENCE ",
        found.words("ifNotExists", "IF NOT EXISTS "),
        *named(made, style, 0),
        " ",
        spaced(sequence_options(found, style)),
    ]
    return [Embedded.join(parts)]


def alter_sequence(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    parts = sequence_options(found, style)
    if found.has("restart"):
        if found.value("restart") is True:
            parts.append(at(found.items["restart"], "RESTART"))
        else:
            parts.append(found.raw("restart", "RESTART WITH "))
    if not parts:
        raise Refused("`alterSequence` without an option")
    return [Embedded.join(("ALTER SEQUENCE ", *named(made, style, 0), " ", spaced(parts)))]


def drop_sequence(made: Made, style: Style) -> Written:
    return [dropped(made, style, "SEQUENCE")]


def rename_sequence(made: Made, style: Style) -> Written:
    return [renamed("SEQUENCE", made, style)]


# Schemas and extensions


def create_schema(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    guard = found.words("ifNotExists", "IF NOT EXISTS ")
    owner = found.raw("authorization", " AUTHORIZATION ")
    return [Embedded.join(("CREATE SCHEMA ", guard, *named(made, style, 0), owner))]


def drop_schema(made: Made, style: Style) -> Written:
    return [dropped(made, style, "SCHEMA")]


def rename_schema(made: Made, style: Style) -> Written:
    return [renamed("SCHEMA", made, style)]


def create_extension(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    guard = found.words("ifNotExists", "IF NOT EXISTS ")
    within: tuple[Embedded | str, ...] = ()
    if found.has("schema"):
        within = (" SCHEMA ", name(found.items["schema"], style))
    return [
        Embedded.join(("CREATE EXTENSION ", guard, name(each, style), *within))
        for each in several(made.argument(0))
    ]


def drop_extension(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    guard, cascade = found.words("ifExists", "IF EXISTS "), found.words("cascade", " CASCADE")
    return [
        Embedded.join(("DROP EXTENSION ", guard, name(each, style), cascade))
        for each in several(made.argument(0))
    ]


def literal_list(given: Given | None) -> Embedded:
    """Words of SQL, one or more."""
    return listed([raw(each) for each in several(given)])
