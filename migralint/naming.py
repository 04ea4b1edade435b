"""The names that PostgreSQL gives to what nobody named (source: makeObjectName, ChooseRelationName,
ChooseIndexName), and those that others have taken."""

from __future__ import annotations

from collections.abc import Callable

from migralint.ops.base import Constraint, IndexColumn

LONGEST = 63
"""Bytes of a name that the server keeps (NAMEDATALEN - 1)."""


def clip(name: str, bytes: int = LONGEST) -> str:
    """A name cut to so many bytes of UTF-8, never inside a character."""
    data = name.encode()
    return name if len(data) <= bytes else data[:bytes].decode(errors="ignore")


def made(first: str, second: str, label: str) -> str:
    """first_second_label, the two parts shortened in turn (the longer first) until all fits."""
    plain = f"{first}_{second}_{label}" if second else f"{first}_{label}"
    if len(plain) <= LONGEST and plain.isascii():
        return plain
    room = LONGEST - len(label.encode()) - 1 - (1 if second else 0)
    one, two = len(first.encode()), len(second.encode())
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    return "_".join(part for part in (clip(first, one), clip(second, two), label) if part)


def chosen(first: str, second: str, label: str, taken: Callable[[str], bool]) -> str:
    """The made name, with 1, 2, … after its label while it is taken."""
    candidate, number = made(first, second, label), 0
    while taken(candidate):
        number += 1
        candidate = made(first, second, f"{label}{number}")
    return candidate


def joined(columns: tuple[str, ...]) -> str:
    """The middle of an index's or foreign key's name: its columns, cut when they get too long."""
    middle = ""
    for column in columns:
        middle = f"{middle}_{column}" if middle else column
        if len(middle) >= LONGEST + 1:
            break
    return middle


def index_columns(keys: tuple[IndexColumn, ...], include: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What an index's name is made of: columns, function names of bare calls, else expr; doubles
    are numbered."""
    names: list[str] = []
    for key in keys:
        if key.column:
            base = key.column
        else:
            call = key.expression
            bare = (
                call is not None
                and call.functions
                and call.text.lower().startswith(call.functions[0])
            )
            base = call.functions[0] if call is not None and bare else "expr"
        name, number = base, 0
        while name in names:
            number += 1
            name = f"{base}{number}"
        names.append(name)
    return (*names, *include)


def constraint_label(constraint: Constraint, table: str) -> tuple[str, str, str]:
    """The three parts of an unnamed constraint's name."""
    if constraint.kind == "primary key":
        return table, "", "pkey"
    if constraint.kind == "unique":
        return table, joined((*constraint.columns, *constraint.include)), "key"
    if constraint.kind == "exclude":
        return table, joined(index_columns(constraint.elements)), "excl"
    if constraint.kind == "foreign key":
        return table, joined(constraint.columns), "fkey"
    if constraint.kind == "not null":
        return table, constraint.columns[0], "not_null"
    columns = constraint.columns or (constraint.expression.columns if constraint.expression else ())
    return table, columns[0] if len(columns) == 1 else "", "check"


SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast"})
RUNNERS_TABLES = frozenset(
    "flyway_schema_history schema_migrations _prisma_migrations __drizzle_migrations "
    "goose_db_version _sqlx_migrations __diesel_schema_migrations atlas_schema_revisions "
    "databasechangelog databasechangeloglock alembic_version knex_migrations "
    "knex_migrations_lock django_migrations".split()
)
"""Where the tools keep their history: they exist, and no migration creates them."""
