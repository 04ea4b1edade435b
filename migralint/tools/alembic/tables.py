"""`op.create_table`, with the types before it and the indexes and comments after it."""

from __future__ import annotations

from migralint.languages.values import Items, Made, hole, text_of
from migralint.source import Embedded
from migralint.tools.alembic.columns import (
    Column,
    at_argument,
    column,
    column_sql,
    flag,
    last,
    serial_key,
)
from migralint.tools.alembic.constraints import (
    KINDS,
    Place,
    column_key,
    constraint_sql,
    place_of,
    type_check,
)
from migralint.tools.alembic.indexes import column_index, index_sql
from migralint.tools.alembic.naming import Convention
from migralint.tools.alembic.types import creates_type, enum_name, enum_of, enum_values
from migralint.tools.code import identifier, listed, literal

_BESIDE = ("MetaData",)
"""What may stand among the members of a table and is none."""


def create_table(made: Made, convention: Convention) -> list[Embedded]:
    place = place_of(made.argument(0, "table_name"), made.named.get("schema"), convention)
    columns: list[Column] = []
    constraints: list[Made] = []
    indexes: list[Made] = []
    whole = made.whole
    for given in made.given[1:]:
        value = given.value
        each = column(value)
        if each is not None:
            columns.append(each)
        elif isinstance(value, Made) and last(value) in KINDS:
            constraints.append(value)
        elif isinstance(value, Made) and last(value) == "Index":
            indexes.append(value)
        elif value is not None and not (isinstance(value, Made) and last(value) in _BESIDE):
            whole = False
    keys = {
        text_of(given.value) or ""
        for constraint in constraints
        if last(constraint) == "PrimaryKeyConstraint"
        for given in constraint.given
    }
    serial = serial_key(columns, keys)
    members: list[Embedded] = [
        column_sql(each, serial=each is serial, key=each.name.text in keys, named=place.check_name)
        for each in columns
    ]
    members += _table_constraints(columns, constraints, place)
    if not whole:
        # A column of which nothing is known stands for all that may be there.
        members.append(Embedded.join((hole(made.span), " ", hole(made.span))))
    guard = Embedded("", ())
    if flag(made, "if_not_exists"):
        guard = at_argument(made, "if_not_exists", "IF NOT EXISTS ")
    head = ("CREATE ", _prefixes(made), "TABLE ", guard, place.sql)
    found = [*_types(columns)]
    found.append(Embedded.join((*head, " (", listed(members), ")", _options(made))))
    found += [column_index(each, place) for each in columns if each.flag("index")]
    for index in indexes:
        name = index.argument(0, "name")
        found.append(index_sql(index, place, name, list(index.given[1:])))
    return found + _comments(made, place, columns)


def _table_constraints(
    columns: list[Column], constraints: list[Made], place: Place
) -> list[Embedded]:
    primary = [each for each in constraints if last(each) == "PrimaryKeyConstraint"]
    found = [constraint_sql(each, place) for each in primary]
    own = [each.name for each in columns if each.primary_key]
    if own and not primary:
        name = place.named("pk", None, own)
        head = () if name is None else ("CONSTRAINT ", name, " ")
        found.append(Embedded.join((*head, "PRIMARY KEY (", listed(own), ")")))
    # SQLAlchemy writes them in the order in which they are made: those of columns come last.
    found += [
        constraint_sql(each, place)
        for each in constraints
        if each not in primary and not flag(each, "use_alter")
    ]
    for each in columns:
        if each.flag("unique") and not each.flag("index"):
            found.append(unique_column(each, place))
        found += [
            column_key(each, key, place)
            for key in each.members
            # With use_alter it is left to a statement that nobody sends here.
            if last(key) == "ForeignKey" and not flag(key, "use_alter")
        ]
        own_check = type_check(each, place)
        if own_check is not None:
            found.append(own_check)
    return found


def unique_column(each: Column, place: Place) -> Embedded:
    """The constraint that `unique=True` asks for."""
    name = place.named("uq", None, [each.name])
    head = () if name is None else ("CONSTRAINT ", name, " ")
    words = at_argument(each.made, "unique", "UNIQUE (")
    return Embedded.join((*head, words, each.name, ")"))


def _prefixes(made: Made) -> str:
    prefixes = made.value(-1, "prefixes")
    words = prefixes.items if isinstance(prefixes, Items) else []
    return "".join(f"{text_of(each)} " for each in words if text_of(each))


def _options(made: Made) -> Embedded:
    parts: list[Embedded | str] = []
    inherits = made.value(-1, "postgresql_inherits")
    parents = inherits.items if isinstance(inherits, Items) else [inherits]
    names = [identifier(each) for each in parents if isinstance(each, Embedded)]
    if names:
        parts += [" INHERITS (", listed(names), ")"]
    for key, words in (
        ("postgresql_partition_by", " PARTITION BY "),
        ("postgresql_using", " USING "),
        ("postgresql_on_commit", " ON COMMIT "),
        ("postgresql_tablespace", " TABLESPACE "),
    ):
        given = made.named.get(key)
        if given is not None and isinstance(given.value, Embedded):
            parts += [words, given.value]
    return Embedded.join(parts)


def _types(columns: list[Column]) -> list[Embedded]:
    """The enumerated types that are made with the table; those of one name once."""
    found: dict[str, Embedded] = {}
    for each in columns:
        kind = enum_of(each.type.value) if each.type is not None else None
        if kind is not None and creates_type(kind):
            sql = create_type(kind)
            if sql is not None:
                found.setdefault(sql.text, sql)
    return list(found.values())


def create_type(kind: Made) -> Embedded | None:
    """CREATE TYPE … AS ENUM; None where the type's name is not known."""
    name = enum_name(kind)
    if name is None:
        return None
    known = enum_values(kind)
    values = [literal(each.value) for each in kind.given if isinstance(each.value, Embedded)]
    if known and len(values) != len(known):  # The names of a class's members.
        values = [literal(Embedded.plain(each, kind.given[0].span)) for each in known]
    elif not known:
        values = [literal(hole(kind.span))]
    head = Embedded.plain(f"CREATE TYPE {name} AS ENUM (", kind.span)
    return Embedded.join((head, listed(values), ")"))


def _comments(made: Made, place: Place, columns: list[Column]) -> list[Embedded]:
    found: list[Embedded] = []
    own = made.value(-1, "comment")
    if isinstance(own, Embedded):
        found.append(Embedded.join(("COMMENT ON TABLE ", place.sql, " IS ", literal(own))))
    for each in columns:
        comment = each.made.value(-1, "comment")
        if isinstance(comment, Embedded):
            where = ("COMMENT ON COLUMN ", place.sql, ".", each.name)
            found.append(Embedded.join((*where, " IS ", literal(comment))))
    return found
