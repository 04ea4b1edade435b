"""Columns, as TypeORM writes them (TypeORM 1.1, `buildCreateColumnSql` and `createFullType` of the
drivers)."""

from __future__ import annotations

from migralint.languages.values import Hidden, Made, Symbol, Value, text_of
from migralint.source import Embedded
from migralint.tools.code import literal
from migralint.tools.javascript.literals import joined, name_of, quoted
from migralint.tools.typeorm.options import Object, Unclear

ENUMS = ("enum", "simple-enum")
_SERIALS = {
    "integer": "SERIAL", "int": "SERIAL", "int4": "SERIAL", "smallint": "SMALLSERIAL",
    "int2": "SMALLSERIAL", "bigint": "BIGSERIAL", "int8": "BIGSERIAL",
}  # fmt: skip
_TIMES = {
    "time without time zone": ("TIME", ""),
    "time with time zone": ("TIME", " WITH TIME ZONE"),
    "timestamp without time zone": ("TIMESTAMP", ""),
    "timestamp with time zone": ("TIMESTAMP", " WITH TIME ZONE"),
}
_SPATIAL = ("geometry", "geography")
_OF_MYSQL = {"varchar": "255", "nvarchar": "255", "varbinary": "255"}
"""Lengths that MySQL needs (`MysqlDriver.getColumnLength`)."""
UUID = "uuid_generate_v4()"

Parts = list[Embedded | str]


def column(dialect: str, table: Embedded, given: Object, *, primary: bool = False) -> Embedded:
    """A column's definition; `primary`: it is the only one of the key, said with it."""
    if dialect == "postgresql":
        return _postgresql(table, given)
    return _sqlite(given, primary) if dialect == "sqlite" else _mysql(given, primary)


def name(given: Object) -> Embedded:
    return name_of(given.get("name"), given.span)


def _postgresql(table: Embedded, given: Object) -> Embedded:
    kind, strategy = text_of(given.get("type")) or "", text_of(given.get("generationStrategy"))
    generated = given.flag("isGenerated")
    parts: Parts = [quoted(name(given), "postgresql")]
    if generated and strategy == "identity":
        how = given.text("generatedIdentity") or "BY DEFAULT"
        parts += [" ", type_words(given), " GENERATED ", how, " AS IDENTITY"]
    elif generated and strategy != "uuid" and kind in _SERIALS:
        parts.append(f" {_SERIALS[kind]}")
    if kind in ENUMS:
        parts += [" ", enum_name(table, given)]
        if given.flag("isArray"):
            parts.append(" array")
    elif not generated or kind == "uuid":
        parts += [" ", full_type(given)]
    if text_of(given.get("generatedType")) == "STORED" and given.text("asExpression"):
        parts += [" GENERATED ALWAYS AS (", given.text("asExpression") or "", ") STORED"]
    if collation := given.text("collation"):
        parts += [" COLLATE ", quoted(collation, "postgresql")]
    if not given.flag("isNullable"):
        parts.append(" NOT NULL")
    default = default_words(given)
    if default is not None:
        parts += [" DEFAULT ", default]
    elif generated and strategy == "uuid":
        parts.append(f" DEFAULT {UUID}")
    return Embedded.join(parts)


def full_type(given: Object) -> Embedded:
    """PostgreSQL's type with its length, precision and brackets."""
    kind = text_of(given.get("type")) or ""
    precision = given.text("precision")
    parts: Parts = [type_words(given), *_measures(given)]
    if kind in _TIMES:
        head, tail = _TIMES[kind]
        parts = [head, *_within(precision), tail]
    elif kind in _SPATIAL:
        feature, srid = given.text("spatialFeatureType"), given.text("srid")
        parts = [type_words(given)]
        if feature is not None and srid is not None:
            parts += ["(", feature, ",", srid, ")"]
        else:
            parts += _within(feature)
    if given.flag("isArray"):
        parts.append(" array")
    return Embedded.join(parts)


def _within(words: Embedded | None) -> Parts:
    return ["(", words, ")"] if words is not None else []


def type_words(given: Object) -> Embedded:
    return name_of(given.get("type"), given.span)


def _measures(given: Object, length: Embedded | str | None = None) -> Parts:
    length = given.text("length") or length
    precision, scale = given.text("precision"), given.text("scale")
    if length:
        return ["(", length, ")"]
    if precision is not None and scale is not None:
        return ["(", precision, ",", scale, ")"]
    return _within(precision)


def default_words(given: Object) -> Embedded | None:
    """A default as it is written: SQL, or a number or truth value."""
    value: Value = given.get("default")
    if value is None:
        return None
    if isinstance(value, bool):
        return Embedded.plain(("false", "true")[value], given.span)
    if isinstance(value, (Hidden, Made, Symbol)):
        raise Unclear("its default is only known when the code runs")
    return name_of(value, given.span)


def enum_name(table: Embedded, given: Object) -> Embedded:
    """The type that TypeORM makes for an enum, in the table's schema."""
    schema, _, bare = table.text.rpartition(".")
    said = given.text("enumName")
    if said is None:
        own = name(given)
        lower = Embedded(own.text.lower(), own.pieces)
        said = Embedded.join((Embedded(bare, ()), "_", lower, "_enum"))
    made = quoted(said, "postgresql")
    return Embedded.join((f'"{schema}".', made)) if schema else made


def enum_values(given: Object) -> Embedded:
    return joined([literal(each) for each in given.texts("enum")])


def _mysql(given: Object, primary: bool) -> Embedded:
    kind = text_of(given.get("type")) or ""
    parts: Parts = [quoted(name(given), "mysql"), " ", type_words(given)]
    parts += _measures(given, _OF_MYSQL.get(kind))
    if charset := given.text("charset"):
        parts += [' CHARACTER SET "', charset, '"']
    if collation := given.text("collation"):
        parts += [' COLLATE "', collation, '"']
    if expression := given.text("asExpression"):
        parts += [" AS (", expression, ") ", given.text("generatedType") or "VIRTUAL"]
    if given.flag("unsigned"):
        parts.append(" UNSIGNED")
    if given.get("enum") is not None:
        parts += [" (", enum_values(given), ")"]
    parts.append(" NULL" if given.flag("isNullable") else " NOT NULL")
    if primary:
        parts.append(" PRIMARY KEY")
    if given.flag("isGenerated") and text_of(given.get("generationStrategy")) == "increment":
        parts.append(" AUTO_INCREMENT")
    if comment := given.text("comment"):
        parts += [" COMMENT ", literal(comment)]
    if (default := default_words(given)) is not None:
        parts += [" DEFAULT ", default]
    if update := given.text("onUpdate"):
        parts += [" ON UPDATE ", update]
    return Embedded.join(parts)


def _sqlite(given: Object, primary: bool) -> Embedded:
    own = name(given)
    parts: Parts = [quoted(own, "postgresql"), " "]
    if given.get("enum") is not None:
        said = joined([literal(each) for each in given.texts("enum")], ",")
        parts += ["varchar", ' CHECK( "', own, '" IN (', said, ") )"]
    else:
        parts += [type_words(given), *_measures(given)]
    if primary:
        parts.append(" PRIMARY KEY")
    if given.flag("isGenerated") and text_of(given.get("generationStrategy")) == "increment":
        parts.append(" AUTOINCREMENT")
    if collation := given.text("collation"):
        parts += [" COLLATE ", collation]
    if not given.flag("isNullable"):
        parts.append(" NOT NULL")
    if expression := given.text("asExpression"):
        parts += [" AS (", expression, ") ", given.text("generatedType") or "VIRTUAL"]
    elif (default := default_words(given)) is not None:
        parts += [" DEFAULT (", default, ")"]
    return Embedded.join(parts)
