"""What each `op.*` makes Alembic send to PostgreSQL (Alembic 1.20, `operations/toimpl.py` and
`ddl/postgresql.py`), in its order."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from migralint.languages.values import HOLE, Given, Items, Made, Pairs, hole
from migralint.source import Embedded
from migralint.tools.alembic.columns import (
    Column,
    Refused,
    at_argument,
    column,
    dotted,
    flag,
    generated,
    last,
    listed_arguments,
    sequence_options,
    serial_key,
)
from migralint.tools.alembic.columns import column_sql as written_column
from migralint.tools.alembic.constraints import (
    Place,
    actions,
    brackets,
    check,
    column_key,
    deferral,
    exclusion,
    headed,
    place_of,
    primary_key,
    type_check,
    unique,
)
from migralint.tools.alembic.expressions import column_name, condition, default, unknown, written
from migralint.tools.alembic.indexes import column_index, index_sql
from migralint.tools.alembic.naming import Convention
from migralint.tools.alembic.tables import create_table, unique_column
from migralint.tools.alembic.types import own_check, written_type
from migralint.tools.code import identifier, listed, literal

Written = list[Embedded]


def _place(made: Made, convention: Convention, position: int = 0) -> Place:
    return place_of(made.argument(position, "table_name"), made.named.get("schema"), convention)


def _guard(made: Made, name: str, words: str) -> Embedded:
    return at_argument(made, name, words) if flag(made, name) else Embedded("", ())


def _alter(place: Place, *parts: Embedded | str) -> Embedded:
    return Embedded.join(("ALTER TABLE ", place.sql, " ", *parts))


def _named(made: Made, given: Given | None) -> Embedded:
    return hole(made.span) if given is None else column_name(given)


# Columns


def add_column(made: Made, convention: Convention) -> Written:
    place = _place(made, convention)
    given = made.argument(1, "column")
    each = None if given is None else column(given.value)
    if each is None:
        where = hole(made.span if given is None else given.span)
        return [_alter(place, "ADD COLUMN ", where, " ", where)]
    serial = serial_key([each], set()) is each
    parts: list[Embedded | str] = ["ADD COLUMN ", _guard(made, "if_not_exists", "IF NOT EXISTS ")]
    parts.append(written_column(each, serial=serial, named=place.check_name))
    if each.primary_key and flag(made, "inline_primary_key"):
        parts.append(" PRIMARY KEY")
    keys = [member for member in each.members if last(member) == "ForeignKey"]
    if len(keys) == 1 and flag(made, "inline_references"):
        parts += [" ", _inline(column_key(each, keys[0], place))]
        keys = []
    found = [_alter(place, *parts)]
    if each.flag("unique") and not each.flag("index"):
        found.append(_alter(place, "ADD ", unique_column(each, place)))
    found += [_alter(place, "ADD ", column_key(each, key, place)) for key in keys]
    own = type_check(each, place)
    if own is not None:
        found.append(_alter(place, "ADD ", own))
    if each.flag("index"):
        found.append(column_index(each, place))
    comment = each.made.named.get("comment")
    if comment is not None and isinstance(comment.value, Embedded):
        found.append(_comment(place, each.name, comment))
    return found


def _inline(key: Embedded) -> Embedded:
    """The REFERENCES part of a foreign key, which Alembic writes without the name."""
    return key.cut(key.text.index("REFERENCES"), len(key.text))


def _comment(place: Place, name: Embedded | None, comment: Given) -> Embedded:
    said = literal(comment.value) if isinstance(comment.value, Embedded) else "NULL"
    where = ("TABLE ", place.sql) if name is None else ("COLUMN ", place.sql, ".", name)
    return Embedded.join(("COMMENT ON ", *where, " IS ", said))


def alter_column(made: Made, convention: Convention) -> Written:
    place = _place(made, convention)
    name = _named(made, made.argument(1, "column_name"))
    found: Written = []
    head: tuple[Embedded | str, ...] = ("ALTER COLUMN ", name, " ")
    kind = made.named.get("type_")
    before = made.named.get("existing_type")
    if kind is not None and kind.value is not None:
        was = own_check(before.value) if before is not None else None
        gone = place.named("ck", was[1], [name]) if was is not None else None
        if gone is not None:
            found.append(_alter(place, "DROP CONSTRAINT ", gone))
        using = made.named.get("postgresql_using")
        tail: tuple[Embedded | str, ...] = ()
        if using is not None and using.value is not None:
            tail = (" USING ", condition(using))
        found.append(_alter(place, *head, "TYPE ", written_type(kind), *tail))
    nullable = made.named.get("nullable")
    if nullable is not None and nullable.value is not None:
        words = "DROP NOT NULL" if flag(made, "nullable") else "SET NOT NULL"
        found.append(_alter(place, *head, Embedded.plain(words, nullable.span)))
    server = made.named.get("server_default")
    if server is not None and server.value is not False:
        found += _alter_default(made, place, head, server)
    comment = made.named.get("comment")
    if comment is not None and comment.value is not False:
        found.append(_comment(place, name, comment))
    renamed = made.named.get("new_column_name") or made.named.get("name")
    if renamed is not None and renamed.value is not None:
        found.append(_alter(place, "RENAME ", name, " TO ", column_name(renamed)))
    kinds = [each for each in (kind,) if each is not None]
    for each in kinds:
        # A type without a type of its own in the database asks its column for its values.
        own = type_check(Column(name, made, each, (), False, None), place)
        if own is not None:
            found.append(_alter(place, "ADD ", own))
    return found


def _alter_default(
    made: Made, place: Place, head: tuple[Embedded | str, ...], server: Given
) -> Written:
    """What another server_default asks for, which may be an Identity or have been one."""
    before = made.value(-1, "existing_server_default")
    was = before if isinstance(before, Made) and last(before) == "Identity" else None
    now = server.value if isinstance(server.value, Made) else None
    identity = now if now is not None and last(now) == "Identity" else None
    if any(isinstance(each, Made) and last(each) == "Computed" for each in (now, before)):
        raise Refused("`alter_column` to or from a computed column")
    if identity is not None and was is None:
        options = " ".join(sequence_options(identity, 2))
        words = f"ADD {generated(identity)} AS IDENTITY{f' ({options})' if options else ''}"
        return [_alter(place, *head, Embedded.plain(words, server.span))]
    if identity is not None and was is not None:
        changed = [
            f"SET {each}"
            for each in sequence_options(identity, 2)
            if each not in sequence_options(was, 2)
        ]
        if generated(identity) != generated(was):
            changed.insert(0, f"SET {generated(identity)}")
        return [_alter(place, *head, Embedded.plain(" ".join(changed), server.span))]
    if server.value is None:
        words = "DROP IDENTITY" if was is not None else "DROP DEFAULT"
        return [_alter(place, *head, Embedded.plain(words, server.span))]
    return [_alter(place, *head, "SET DEFAULT ", default(server))]


def drop_column(made: Made, convention: Convention) -> Written:
    given = made.argument(1, "column_name")
    each = None if given is None else column(given.value)
    name = _named(made, given) if each is None else each.name
    guard = _guard(made, "if_exists", "IF EXISTS ")
    return [_alter(_place(made, convention), "DROP COLUMN ", guard, name)]


# Tables


def drop_table(made: Made, convention: Convention) -> Written:
    guard = _guard(made, "if_exists", "IF EXISTS ")
    return [Embedded.join(("DROP TABLE ", guard, _place(made, convention).sql))]


def rename_table(made: Made, convention: Convention) -> Written:
    old = made.argument(0, "old_table_name")
    place = place_of(old, made.named.get("schema"), convention)
    return [_alter(place, "RENAME TO ", _named(made, made.argument(1, "new_table_name")))]


def create_table_comment(made: Made, convention: Convention) -> Written:
    comment = made.argument(1, "comment") or Given(None, made.span)
    return [_comment(_place(made, convention), None, comment)]


def drop_table_comment(made: Made, convention: Convention) -> Written:
    return [_comment(_place(made, convention), None, Given(None, made.span))]


# Indexes


def create_index(made: Made, convention: Convention) -> Written:
    name = made.argument(0, "index_name") or made.named.get("name")
    keys = listed_arguments(made, 2, "columns")
    return [index_sql(made, _place(made, convention, 1), name, keys)]


def drop_index(made: Made, convention: Convention) -> Written:
    name = _named(made, made.argument(0, "index_name") or made.named.get("name"))
    within = made.named.get("schema")
    if within is not None and within.value is not None:
        schema = dotted(within.value) if isinstance(within.value, Embedded) else hole(within.span)
        name = Embedded.join((schema, ".", name))
    parts: list[Embedded | str] = ["DROP INDEX "]
    parts.append(_guard(made, "postgresql_concurrently", "CONCURRENTLY "))
    parts.append(_guard(made, "if_exists", "IF EXISTS "))
    return [Embedded.join((*parts, name))]


# Constraints


def _constraint(made: Made) -> Given | None:
    return made.argument(0, "constraint_name") or made.named.get("name")


def create_foreign_key(made: Made, convention: Convention) -> Written:
    source, referent = made.argument(1, "source_table"), made.argument(2, "referent_table")
    place = place_of(source, made.named.get("source_schema"), convention)
    other = place_of(referent, made.named.get("referent_schema"), convention)
    columns = [column_name(each) for each in listed_arguments(made, 3, "local_cols")]
    referred = [column_name(each) for each in listed_arguments(made, 4, "remote_cols")]
    name = place.named("fk", _constraint(made), columns, other.table, referred)
    parts: list[Embedded | str] = ["ADD ", headed(name), "FOREIGN KEY(", listed(columns)]
    parts += [") REFERENCES ", other.sql, *brackets(referred)]
    return [_alter(place, *parts, actions(made), deferral(made))]


def create_unique_constraint(made: Made, convention: Convention) -> Written:
    place = _place(made, convention, 1)
    keys = listed_arguments(made, 2, "columns")
    return [_alter(place, "ADD ", unique(made, place, _constraint(made), keys))]


def create_primary_key(made: Made, convention: Convention) -> Written:
    place = _place(made, convention, 1)
    keys = listed_arguments(made, 2, "columns")
    return [_alter(place, "ADD ", primary_key(made, place, _constraint(made), keys))]


def create_check_constraint(made: Made, convention: Convention) -> Written:
    place = _place(made, convention, 1)
    given = made.argument(2, "condition")
    return [_alter(place, "ADD ", check(made, place, _constraint(made), given))]


def create_exclude_constraint(made: Made, convention: Convention) -> Written:
    place = _place(made, convention, 1)
    sql = exclusion(made, place, _constraint(made), made.given[2:])
    return [_alter(place, "ADD ", sql)]


_CONSTRAINTS = {"foreignkey": "fk", "unique": "uq", "check": "ck", "primary": "pk"}


def drop_constraint(made: Made, convention: Convention) -> Written:
    place = _place(made, convention, 1)
    given = _constraint(made)
    guard = _guard(made, "if_exists", "IF EXISTS ")
    kind = made.value(2, "type_")
    word = _CONSTRAINTS.get(kind.text, "") if isinstance(kind, Embedded) else ""
    # A convention that takes in the constraint's own name is applied to it here as well.
    name = place.named(word, given, [])
    if name is None or (given is not None and given.value is None and HOLE.search(name.text)):
        raise Refused("`drop_constraint` without the constraint's name")
    return [_alter(place, "DROP CONSTRAINT ", guard, name)]


# Rows


def bulk_insert(made: Made, convention: Convention) -> Written:
    """INSERT … VALUES with as many rows as the file spells out."""
    table = made.argument(0, "table")
    name = hole(made.span) if table is None else _table_name(table, convention)
    rows = made.value(1, "rows")
    if isinstance(rows, Items) and rows.exact and not rows.items:
        return []
    first = rows.items[0] if isinstance(rows, Items) and rows.items else None
    if not isinstance(rows, Items) or not isinstance(first, Pairs) or not first.items:
        return [Embedded.join(("INSERT INTO ", name, " SELECT ", unknown(made.span)))]
    names = [identifier(key) for key, _ in first.items.values() if isinstance(key, Embedded)]
    written_rows = [_row(each, first, table or Given(None, made.span)) for each in rows.items]
    return [
        Embedded.join(
            ("INSERT INTO ", name, " (", listed(names), ") VALUES ", listed(written_rows))
        )
    ]


def _row(row: object, first: Pairs, at: Given) -> Embedded:
    known = row.items if isinstance(row, Pairs) else {}
    values = [
        written(known[key][1], at.span).sql if key in known else unknown(at.span)
        for key in first.items
    ]
    return Embedded.join(("(", listed(values), ")"))


def _table_name(given: Given, convention: Convention) -> Embedded:
    """The name of a `sa.table()`, `sa.Table()` or what `op.create_table()` gave."""
    value = given.value
    if isinstance(value, Made) and last(value) in ("table", "Table", "create_table"):
        return place_of(value.argument(0, "name"), value.named.get("schema"), convention).sql
    return hole(given.span)


Writer = Callable[[Made, Convention], Written]
WRITERS: dict[str, Writer] = {
    each.__name__: each
    for each in (
        add_column,
        alter_column,
        drop_column,
        create_table,
        drop_table,
        rename_table,
        create_table_comment,
        drop_table_comment,
        create_index,
        drop_index,
        create_foreign_key,
        create_unique_constraint,
        create_primary_key,
        create_check_constraint,
        create_exclude_constraint,
        drop_constraint,
        bulk_insert,
    )
}
_TABLE_AT = {
    "add_column": 0,
    "alter_column": 0,
    "drop_column": 0,
    "create_table_comment": 0,
    "drop_table_comment": 0,
}
"""Where a batch's operation would name its table; second, where it is not said here."""


def in_batch(made: Made, batch: Made) -> Made:
    """An operation of `batch_alter_table`, with the table that the batch is of."""
    name = last(made)
    table = batch.argument(0, "table_name")
    if table is None or name not in WRITERS:
        return made
    at = _TABLE_AT.get(name, 1)
    named = dict(made.named)
    key = {"create_foreign_key": "source_schema"}.get(name, "schema")
    schema = batch.argument(1, "schema")
    if schema is not None:
        named.setdefault(key, schema)
    if len(made.given) < at:
        word = {"create_foreign_key": "source_table"}.get(name, "table_name")
        return replace(made, named={**named, word: table})
    given = (*made.given[:at], table, *made.given[at:])
    return replace(made, given=given, named=named)
