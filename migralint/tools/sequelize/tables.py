"""Tables and their columns: what `createTable`, `addColumn` and their kin send (Sequelize 6.37,
`dialects/*/query-generator.js`)."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.languages.values import Given, Items, Made, Pairs, Value, hole, truth
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import joined, name_of, names_of
from migralint.tools.sequelize.attributes import (
    Attribute,
    attribute,
    mysql_sql,
    postgresql_sql,
    sqlite_sql,
)
from migralint.tools.sequelize.names import (
    Table,
    in_public,
    quoted,
    schema_of,
    table_of,
    table_sql,
)
from migralint.tools.sequelize.options import is_true, option, place, text, words
from migralint.tools.sequelize.values import text_sql

Written = list[Embedded]
"""The queries that a call sends, each of one or several statements."""


class Rebuilt(Exception):
    """On SQLite, Sequelize makes the table anew from what the database says of it."""


def _table(made: Made, position: int = 0) -> Table:
    return table_of(made.argument(position), made)


def _name(made: Made, position: int) -> Embedded:
    given = made.argument(position)
    return hole(made.span) if given is None else name_of(given.value, given.span)


def _options(made: Made, position: int) -> Given:
    return made.argument(position) or Given(None, made.span)


# Types of PostgreSQL's


def _enum_name(table: Table, column: Embedded, *, schema: bool = True) -> Embedded:
    """The type that Sequelize makes for a column."""
    name = Embedded.join(("enum_", table.name, "_", column))
    inside = quoted(name, "postgresql")
    if not schema:
        return inside
    home = table.schema or Embedded("public", ())
    return Embedded.join((quoted(home, "postgresql"), ".", inside))


def _make_enum(table: Table, each: Attribute) -> Embedded:
    """`DO '…'`, which does nothing where the type is there."""
    assert each.enum is not None
    inside = Embedded.join(
        (
            "BEGIN CREATE TYPE ",
            _enum_name(table, each.name),
            " AS ",
            each.enum,
            "; EXCEPTION WHEN duplicate_object THEN null; END",
        )
    )
    return Embedded.join(("DO ", text_sql(inside, "postgresql"), ";"))


def _definition(table: Table, each: Attribute, dialect: str) -> Embedded:
    if dialect == "mysql":
        return mysql_sql(each)
    if dialect == "sqlite":
        return sqlite_sql(each)
    name = None if each.enum is None else _enum_name(table, each.name)
    return postgresql_sql(each, name)


def _comment(table: Table, column: Embedded | None, said: Embedded) -> Embedded:
    where = table_sql(table, "postgresql")
    parts: tuple[Embedded | str, ...] = ("TABLE ", where)
    if column is not None:
        parts = ("COLUMN ", where, ".", quoted(column, "postgresql"))
    return Embedded.join(("; COMMENT ON ", *parts, " IS ", text_sql(said, "postgresql")))


# Tables


def create_table(made: Made, dialect: str) -> Written:
    table = _table(made)
    options = _options(made, 2)
    schema = schema_of(option(options.value, "schema", options.span))
    if table.schema is None and schema is not None:
        table = Table(table.name, schema, alone=False)
    given = made.argument(1)
    columns = [] if given is None else _columns(given, made, table, dialect)
    if given is None or not isinstance(given.value, Pairs) or not given.value.exact:
        span = made.span if given is None else given.span
        unknown = attribute(hole(span), Given(None, span), made, table, dialect)
        columns.append(unknown)
    found = [_make_enum(table, each) for each in columns if each.enum is not None]
    inside = _defined(columns, table, dialect)
    inside += _unique_keys(options, made, dialect)
    keys = [quoted(each.name, dialect) for each in columns if each.key.text]
    if keys and (dialect != "sqlite" or len(keys) > 1):
        inside.append(Embedded.join(("PRIMARY KEY (", joined(keys), ")")))
    if dialect == "mysql":
        inside += [
            Embedded.join(("FOREIGN KEY (", quoted(each.name, dialect), ")", each.reference))
            for each in columns
            if each.reference.text
        ]
    parts: list[Embedded | str] = ["CREATE TABLE IF NOT EXISTS ", table_sql(table, dialect)]
    parts += [" (", joined(inside), ")", *_table_options(options, dialect)]
    if dialect == "postgresql":
        said = option(options.value, "comment", options.span)
        if said is not None and isinstance(said.value, Embedded):
            parts.append(_comment(table, None, said.value))
        parts += [
            _comment(table, each.name, each.comment) for each in columns if each.comment is not None
        ]
    return [*found, Embedded.join((*parts, ";"))]


def _columns(given: Given, made: Made, table: Table, dialect: str) -> list[Attribute]:
    if not isinstance(given.value, Pairs):
        return []
    return [
        attribute(
            name_of(key, given.span),
            Given(each, place(key, each, given.span)),
            made,
            table,
            dialect,
        )
        for key, each in given.value.items.values()
    ]


def _defined(columns: list[Attribute], table: Table, dialect: str) -> Written:
    several = sum(1 for each in columns if each.key.text) > 1
    found = []
    for each in columns:
        definition = _definition(table, each, dialect)
        if dialect == "mysql" and each.key.text:
            definition = _without(definition, " PRIMARY KEY")
        elif dialect == "sqlite" and each.key.text:
            definition = _sqlite_key(each, definition, several)
        found.append(Embedded.join((quoted(each.name, dialect), " ", definition)))
    return found


def _without(definition: Embedded, words: str) -> Embedded:
    at = definition.text.find(words)
    if at < 0:
        return definition
    return Embedded.join(
        (definition.cut(0, at), definition.cut(at + len(words), len(definition.text)))
    )


def _sqlite_key(each: Attribute, definition: Embedded, several: bool) -> Embedded:
    """Whole numbers are the row's own; of several keys, each is required."""
    if several:
        required = each.not_null if each.not_null.text else Embedded(" NOT NULL", each.key.pieces)
        return Embedded.join((each.type, required, each.default, each.unique, each.reference))
    if "INT" not in definition.text:
        return definition
    counted = " AUTOINCREMENT" if each.counted.text else ""
    head = Embedded("INTEGER", each.type.pieces)
    return Embedded.join((head, each.key, counted, each.reference))


def _unique_keys(options: Given, made: Made, dialect: str) -> Written:
    keys = option(options.value, "uniqueKeys", options.span)
    found: Written = []
    for name, each, at in _each(keys):
        own = option(each, "customIndex", at)
        if own is not None and truth(own.value) is False:
            continue
        fields = option(each, "fields", at)
        names = [] if fields is None else names_of(fields.value, fields.span)
        head: tuple[Embedded | str, ...] = ("UNIQUE (",)
        if dialect == "mysql":
            between: list[Embedded | str] = ["uniq_", _table(made).name]
            for field in names:
                between += ["_", field]
            called = name if name is not None else Embedded.join(between)
            head = ("UNIQUE ", quoted(called, dialect), " (")
        found.append(Embedded.join((*head, joined([quoted(n, dialect) for n in names]), ")")))
    return found


def _each(given: Given | None) -> Iterator[tuple[Embedded | None, Value, Span]]:
    """The members of an object, or of a list, whose numbers are no names."""
    if given is not None and isinstance(given.value, Pairs):
        for key, each in given.value.items.values():
            yield name_of(key, given.span), each, place(key, each, given.span)
    elif given is not None and isinstance(given.value, Items):
        for each in given.value.items:
            yield None, each, given.span


def _table_options(options: Given, dialect: str) -> list[Embedded | str]:
    if dialect != "mysql":
        return []
    engine = text(option(options.value, "engine", options.span)) or "InnoDB"
    parts: list[Embedded | str] = [f" ENGINE={engine}"]
    comment = option(options.value, "comment", options.span)
    if comment is not None and isinstance(comment.value, Embedded):
        parts += [" COMMENT ", text_sql(comment.value, dialect)]
    for name, head in (
        ("charset", " DEFAULT CHARSET="),
        ("collate", " COLLATE "),
        ("initialAutoIncrement", " AUTO_INCREMENT="),
        ("rowFormat", " ROW_FORMAT="),
    ):
        said = option(options.value, name, options.span)
        if said is not None and said.value:
            parts += [head, name_of(said.value, said.span)]
    return parts


def drop_table(made: Made, dialect: str) -> Written:
    options = _options(made, 1)
    wanted = [option(options.value, name, options.span) for name in ("cascade", "force")]
    given = next((each for each in wanted if is_true(each)), None)
    cascade = words(given if dialect == "postgresql" else None, " CASCADE")
    return [
        Embedded.join(("DROP TABLE IF EXISTS ", table_sql(_table(made), dialect), cascade, ";"))
    ]


def rename_table(made: Made, dialect: str) -> Written:
    before, after = (table_sql(_table(made, position), dialect) for position in (0, 1))
    return [Embedded.join(("ALTER TABLE ", before, " RENAME TO ", after, ";"))]


# Columns


def add_column(made: Made, dialect: str) -> Written:
    table, name = _table(made), _name(made, 1)
    given = made.argument(2) or Given(None, made.span)
    each = attribute(name, given, made, table, dialect)
    definition = _definition(table, each, dialect)
    if dialect == "postgresql":
        parts: list[Embedded | str] = []
        if each.enum is not None:
            parts.append(_make_enum(table, each))
        parts += ["ALTER TABLE ", in_public(table, dialect), " ADD COLUMN "]
        parts += [quoted(name, dialect), " ", definition]
        if each.comment is not None:
            parts.append(_comment(table, name, each.comment))
        return [Embedded.join((*parts, ";"))]
    if dialect == "mysql" and each.reference.text:
        key = Embedded.join((table.name, "_", name, "_foreign_idx"))
        definition = Embedded.join(
            (definition, ", ADD CONSTRAINT ", quoted(key, dialect), " FOREIGN KEY (",
             quoted(name, dialect), ")", each.reference)
        )  # fmt: skip
    head = ("ALTER TABLE ", table_sql(table, dialect), " ADD ", quoted(name, dialect), " ")
    return [Embedded.join((*head, definition, ";"))]


def change_column(made: Made, dialect: str) -> Written:
    """On PostgreSQL what the object does not say is taken away: its NOT NULL and its default."""
    table = _table(made)
    given = made.argument(2) or Given(None, made.span)
    each = attribute(_name(made, 1), given, made, table, dialect)
    if dialect == "sqlite":
        raise Rebuilt
    name = quoted(each.name, dialect)
    head = Embedded.join(("ALTER TABLE ", table_sql(table, dialect)))
    if dialect == "mysql":
        change: tuple[Embedded | str, ...] = (" CHANGE ", name, " ", name, " ", mysql_sql(each))
        if each.reference.text:
            change = (" ADD FOREIGN KEY (", name, ")", each.reference)
        return [Embedded.join((head, *change, ";"))]
    found: list[tuple[Embedded | str, ...]] = []
    column = (" ALTER COLUMN ", name, " ")
    quiet = not each.reference.text
    if each.not_null.text:
        found.append((*column, "SET", each.not_null))
    elif quiet:
        found.append((*column, "DROP NOT NULL"))
    if each.default.text:
        found.append((*column, "SET", each.default))
    elif quiet:
        found.append((*column, "DROP DEFAULT"))
    parts = [Embedded.join((head, *change, ";")) for change in found]
    if each.enum is not None:
        parts.append(_make_enum(table, each))
    if each.unique.text:
        parts.append(Embedded.join((head, " ADD", each.unique, " (", name, ");")))
    if not quiet:
        parts.append(Embedded.join((head, " ADD FOREIGN KEY (", name, ")", each.reference, ";")))
    else:
        parts.append(Embedded.join((head, *column, "TYPE ", _changed_type(table, each, name))))
        if each.comment is not None:
            parts.append(_comment(table, each.name, each.comment))
        parts.append(Embedded(";", ()))
    return [Embedded.join(parts)]


def _changed_type(table: Table, each: Attribute, name: Embedded) -> Embedded:
    nothing = Embedded("", ())
    enum = None if each.enum is None else _enum_name(table, each.name, schema=True)
    bare = Attribute(
        each.name, each.type, each.kind, each.enum, nothing, each.counted, each.identity,
        nothing, nothing, nothing, nothing, None, nothing,
    )  # fmt: skip
    written = postgresql_sql(bare, enum)
    if enum is None:
        return written
    return Embedded.join((written, " USING (", name, "::", enum, ")"))


def remove_column(made: Made, dialect: str) -> Written:
    table, name = _table(made), quoted(_name(made, 1), dialect)
    if dialect == "sqlite":
        raise Rebuilt
    words = " DROP COLUMN " if dialect == "postgresql" else " DROP "
    return [Embedded.join(("ALTER TABLE ", in_public(table, dialect), words, name, ";"))]


def rename_column(made: Made, dialect: str) -> Written:
    """On MySQL, Sequelize says again what the database says of the column; here it is a rename."""
    if dialect == "sqlite":
        raise Rebuilt
    before, after = (quoted(_name(made, position), dialect) for position in (1, 2))
    head = ("ALTER TABLE ", table_sql(_table(made), dialect), " RENAME COLUMN ")
    return [Embedded.join((*head, before, " TO ", after, ";"))]
