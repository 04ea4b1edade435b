"""What an attribute says of its column: the parts of its definition, each where the object says
it (Sequelize 6.37, `attributeToSQL`)."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.values import Closure, Given, Items, Made, Pairs, Symbol, truth
from migralint.source import Embedded
from migralint.tools.javascript.literals import joined, name_of
from migralint.tools.sequelize.names import Table, quoted, table_of, table_sql
from migralint.tools.sequelize.options import is_true, option, text, words
from migralint.tools.sequelize.types import (
    GIVEN_LATER,
    DataType,
    data_type,
    enum_of,
    type_sql,
    values_sql,
)
from migralint.tools.sequelize.values import escaped, json_sql, text_sql, unknown

_NOTHING = Embedded("", ())
_NO_DEFAULT = ("BLOB", "TEXT", "GEOMETRY", "JSON")
"""MySQL's types that have none."""


class Attribute(Struct, frozen=True):
    """One column. What it does not say is an empty text."""

    name: Embedded
    type: Embedded
    kind: DataType | None
    enum: Embedded | None
    """What its type lists, where PostgreSQL has to make one."""
    not_null: Embedded
    counted: Embedded
    """The option that has it numbered."""
    identity: bool
    default: Embedded
    unique: Embedded
    key: Embedded
    reference: Embedded
    comment: Embedded | None
    place: Embedded
    """MySQL's FIRST or AFTER."""


def attribute(name: Embedded, given: Given, made: Made, table: Table, dialect: str) -> Attribute:
    """What a column is to be: an object, or its type alone."""
    said, span = given.value, given.span
    whole = said if isinstance(said, Pairs) else None
    type_given = given if whole is None else option(whole, "type", span)
    kind = None if type_given is None else data_type(type_given)
    values = option(whole, "values", span)
    enum = None if kind is None else _enum(kind, values, dialect)
    field = option(whole, "field", span)
    allowed = option(whole, "allowNull", span)
    required = allowed is not None and truth(allowed.value) is False
    counted = option(whole, "autoIncrement", span)
    unique = option(whole, "unique", span)
    key = option(whole, "primaryKey", span)
    comment = option(whole, "comment", span)
    plain = type_sql(kind, span if type_given is None else type_given.span, dialect)
    if enum is not None and dialect == "mysql":
        plain = enum
    return Attribute(
        name if field is None else name_of(field.value, field.span),
        plain,
        kind,
        enum if dialect == "postgresql" else None,
        words(allowed if required else None, " NOT NULL"),
        words(counted if is_true(counted) else None, "SERIAL"),
        is_true(option(whole, "autoIncrementIdentity", span)),
        _default(option(whole, "defaultValue", span), kind, plain, dialect),
        words(unique if unique is not None and unique.value is True else None, " UNIQUE"),
        words(key if is_true(key) else None, " PRIMARY KEY"),
        _reference(whole, given, made, table, dialect),
        None if comment is None or not isinstance(comment.value, Embedded) else comment.value,
        _place(whole, given, dialect),
    )


def _enum(kind: DataType, values: Given | None, dialect: str) -> Embedded | None:
    """`ENUM('a', …)` of a type that is one, or an array of it."""
    enum = enum_of(kind)
    if enum is None:
        return None
    listed = enum.values
    if values is not None and isinstance(values.value, Items):
        texts = [each for each in values.value.items if isinstance(each, Embedded)]
        listed = tuple(texts) if len(texts) == len(values.value.items) else None
    if listed is None:
        return Embedded.join(("ENUM(", unknown(enum.span), ")"))
    return values_sql(listed, dialect)


def _default(given: Given | None, kind: DataType | None, plain: Embedded, dialect: str) -> Embedded:
    if given is None or isinstance(given.value, Closure):
        return _NOTHING
    value = given.value
    path = value.path if isinstance(value, (Symbol, Made)) else ""
    if path.rpartition(".")[2] in GIVEN_LATER:
        return _NOTHING
    if dialect == "mysql":
        if plain.text in _NO_DEFAULT or (kind is not None and "BINARY" in kind.marks):
            return _NOTHING
        return _headed(escaped(value, given.span, dialect))
    key = "" if kind is None else kind.key
    simple = value is not None and not isinstance(value, (Made, Symbol))
    if simple and key in ("JSON", "JSONB"):
        return _headed(json_sql(value, given.span, dialect))
    if simple and key in ("FLOAT", "REAL", "DOUBLE"):
        number = escaped(value, given.span, dialect)
        plain_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return _headed(Embedded.join(("'", number, "'")) if plain_number else number)
    if simple and key == "ARRAY" and isinstance(value, Items) and value.exact:
        inside = [escaped(each, given.span, "postgresql") for each in value.items]
        return _headed(Embedded.join(("ARRAY[", joined(inside, ","), "]::", plain)))
    written = escaped(value, given.span, dialect)
    if dialect == "sqlite" and written.text in ("'true'", "'false'"):
        written = Embedded.plain(str(int("true" in written.text)), given.span)
    return _headed(written)


def _headed(value: Embedded) -> Embedded:
    return Embedded.join((" DEFAULT ", value))


def _reference(
    whole: Pairs | None, given: Given, made: Made, table: Table, dialect: str
) -> Embedded:
    found = option(whole, "references", given.span)
    if found is None or found.value is None:
        return _NOTHING
    model = option(found.value, "model", found.span)
    other = table_of(model or Given(None, found.span), made)
    if dialect == "postgresql" and other.alone and table.schema is not None:
        other = Table(other.name, table.schema, alone=False)
    key = option(found.value, "key", found.span)
    column = Embedded("id", ()) if key is None else name_of(key.value, key.span)
    parts: list[Embedded | str] = [
        " REFERENCES ", table_sql(other, dialect), " (", quoted(column, dialect), ")",
    ]  # fmt: skip
    for name, head in (("onDelete", " ON DELETE "), ("onUpdate", " ON UPDATE ")):
        rule = option(whole, name, given.span)
        said = text(rule)
        if rule is not None and said:
            parts += [head, Embedded.plain(said.upper(), rule.span)]
    if dialect == "postgresql":
        parts.append(deferral(option(found.value, "deferrable", found.span)))
    return Embedded.join(parts)


_DEFERRALS = {
    "INITIALLY_DEFERRED": " DEFERRABLE INITIALLY DEFERRED",
    "INITIALLY_IMMEDIATE": " DEFERRABLE INITIALLY IMMEDIATE",
    "NOT": " NOT DEFERRABLE",
}


def deferral(given: Given | None) -> Embedded:
    """When a constraint is checked."""
    value = None if given is None else given.value
    path = value.path if isinstance(value, (Symbol, Made)) else ""
    said = _DEFERRALS.get(path.rpartition(".")[2])
    return _NOTHING if given is None or said is None else Embedded.plain(said, given.span)


def _place(whole: Pairs | None, given: Given, dialect: str) -> Embedded:
    if dialect != "mysql":
        return _NOTHING
    first, after = option(whole, "first", given.span), option(whole, "after", given.span)
    found = words(first if is_true(first) else None, " FIRST")
    if after is not None and isinstance(after.value, Embedded):
        found = Embedded.join((found, " AFTER ", quoted(after.value, dialect)))
    return found


def mysql_sql(each: Attribute) -> Embedded:
    """A definition as MySQL's, up to its REFERENCES."""
    counted = _reworded(each.counted, " auto_increment")
    comment: tuple[Embedded | str, ...] = ()
    if each.comment is not None:
        comment = (" COMMENT ", text_sql(each.comment, "mysql"))
    parts = (each.type, each.not_null, counted, each.default, each.unique, each.key)
    return Embedded.join((*parts, *comment, each.place))


def sqlite_sql(each: Attribute) -> Embedded:
    """A definition as SQLite's."""
    counted = _reworded(each.counted, " AUTOINCREMENT") if each.key.text else _NOTHING
    parts = (each.type, each.not_null, each.default, each.unique, each.key, counted)
    return Embedded.join((*parts, each.reference))


def _reworded(said: Embedded, instead: str) -> Embedded:
    """Other words at the same place."""
    if not said.text:
        return said
    _, host, _, length = said.pieces[0]
    return Embedded(instead, ((0, host, len(instead), length),))


def postgresql_sql(each: Attribute, enum_name: Embedded | None) -> Embedded:
    """A definition as PostgreSQL's, without its PRIMARY KEY and comment."""
    kind, required = each.type, each.not_null
    if each.enum is not None and enum_name is not None:
        array = "[]" if each.kind is not None and each.kind.key == "ARRAY" else ""
        kind = Embedded.join((enum_name, array))
    if each.counted.text and each.identity:
        numbered = _reworded(each.counted, " GENERATED BY DEFAULT AS IDENTITY")
    elif each.counted.text:
        size = {"BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}.get(kind.text, "SERIAL")
        if kind.text in ("BIGINT", "SMALLINT", "INTEGER"):
            kind = _NOTHING
        numbered, required = _reworded(each.counted, " " + size), _NOTHING
    else:
        numbered = _NOTHING
    return Embedded.join((kind, required, numbered, each.default, each.unique, each.reference))
