"""SQLAlchemy's types as PostgreSQL spells them (SQLAlchemy 2.1, `PGTypeCompiler`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migralint.languages.values import Given, Kind, Made, Symbol, Value, hole, plain, text_of
from migralint.ops import quoted
from migralint.source import NOWHERE, Embedded

_PLAIN = {
    "Integer": "INTEGER", "INTEGER": "INTEGER", "INT": "INTEGER",
    "BigInteger": "BIGINT", "BIGINT": "BIGINT", "SmallInteger": "SMALLINT", "SMALLINT": "SMALLINT",
    "CLOB": "CLOB", "BLOB": "BLOB",
    "Boolean": "BOOLEAN", "BOOLEAN": "BOOLEAN", "Date": "DATE", "DATE": "DATE",
    "LargeBinary": "BYTEA", "PickleType": "BYTEA", "BYTEA": "BYTEA",
    "JSON": "JSON", "JSONB": "JSONB", "UUID": "UUID",
    "Double": "DOUBLE PRECISION", "DOUBLE_PRECISION": "DOUBLE PRECISION", "DOUBLE": "DOUBLE",
    "REAL": "REAL", "DATETIME": "DATETIME",
    "INET": "INET", "CIDR": "CIDR", "MACADDR": "MACADDR", "MACADDR8": "MACADDR8",
    "MONEY": "MONEY", "OID": "OID", "REGCLASS": "REGCLASS", "REGCONFIG": "REGCONFIG",
    "TSVECTOR": "TSVECTOR", "TSQUERY": "TSQUERY", "HSTORE": "HSTORE", "CITEXT": "CITEXT",
    "JSONPATH": "JSONPATH", "INT4RANGE": "INT4RANGE", "INT8RANGE": "INT8RANGE",
    "NUMRANGE": "NUMRANGE", "DATERANGE": "DATERANGE", "TSRANGE": "TSRANGE",
    "TSTZRANGE": "TSTZRANGE", "INT4MULTIRANGE": "INT4MULTIRANGE",
    "INT8MULTIRANGE": "INT8MULTIRANGE", "NUMMULTIRANGE": "NUMMULTIRANGE",
    "DATEMULTIRANGE": "DATEMULTIRANGE", "TSMULTIRANGE": "TSMULTIRANGE",
    "TSTZMULTIRANGE": "TSTZMULTIRANGE",
}  # fmt: skip
_LENGTHS = {
    "String": "VARCHAR", "VARCHAR": "VARCHAR", "Unicode": "VARCHAR", "AutoString": "VARCHAR",
    "CHAR": "CHAR", "NCHAR": "NCHAR", "NVARCHAR": "NVARCHAR", "VARBINARY": "VARBINARY",
    "BINARY": "BINARY", "Text": "TEXT", "TEXT": "TEXT", "UnicodeText": "TEXT",
}  # fmt: skip
ENUMS = ("Enum", "ENUM")
_HOMES = ("sqlalchemy", "sqlmodel", "citext")
"""Where types come from that mean what they are called."""


def type_sql(value: Value) -> str | None:
    """How a type is written in SQL; None where it is not known: a type of the project's own, a
    length that is only known when the code runs."""
    if isinstance(value, Symbol):
        value = Made(value.path, value.of, (), {}, NOWHERE)
    if not isinstance(value, Made):
        return None
    name = value.path.rpartition(".")[2]
    if name == "with_variant":
        return _variant(value)
    if not value.path.startswith(_HOMES):
        return None
    if name in _PLAIN:
        return _PLAIN[name]
    try:
        if name in _LENGTHS:
            return _with_length(_LENGTHS[name], value)
        special = _SPECIAL.get(name)
        return special(value) if special is not None else None
    except LookupError:
        return None


def written_type(given: Given | None) -> Embedded:
    """A type in SQL, at the place where the file says it."""
    if given is None:
        return hole(NOWHERE)
    written = type_sql(given.value)
    return hole(given.span) if written is None else Embedded.plain(written, given.span)


def _variant(value: Made) -> str | None:
    """`base.with_variant(other, "postgresql")`."""
    dialects = [text_of(each.value) for each in value.given[1:]]
    if "postgresql" in dialects:
        return type_sql(value.value(0))
    return type_sql(value.of)


def _with_length(name: str, value: Made) -> str | None:
    length = plain(value.value(0, "length"))
    collation = text_of(value.value(1, "collation"))
    written = f"{name}({length})" if isinstance(length, int) else name
    return f'{written} COLLATE "{collation}"' if collation else written


def _numeric(value: Made) -> str:
    precision, scale = plain(value.value(0, "precision")), plain(value.value(1, "scale"))
    if precision is None:
        return "NUMERIC"
    return f"NUMERIC({precision})" if scale is None else f"NUMERIC({precision}, {scale})"


def _float(value: Made) -> str:
    precision = plain(value.value(0, "precision"))
    return "FLOAT" if precision is None else f"FLOAT({precision})"


def _moment(name: str) -> Callable[[Made], str]:
    def write(value: Made) -> str:
        zoned = plain(value.value(0, "timezone"))
        precision = plain(value.value(1, "precision"))
        size = f"({precision})" if isinstance(precision, int) else ""
        return f"{name}{size} {'WITH' if zoned else 'WITHOUT'} TIME ZONE"

    return write


def _interval(value: Made) -> str:
    own = value.path.startswith("sqlalchemy.dialects") or value.path.endswith(".INTERVAL")
    said = value.value(0, "precision") if own else value.value(1, "second_precision")
    precision = plain(said)
    fields = text_of(value.value(1, "fields")) if own else None
    size = f" ({precision})" if isinstance(precision, int) else ""
    return f"INTERVAL{f' {fields}' if fields else ''}{size}"


def _bit(value: Made) -> str:
    length = plain(value.value(0, "length"))
    if plain(value.value(1, "varying")):
        return "BIT VARYING" if length is None else f"BIT VARYING({length})"
    return f"BIT({1 if length is None else length})"


def _array(value: Made) -> str | None:
    inner = type_sql(value.value(0, "item_type"))
    dimensions = plain(value.value(2, "dimensions")) or 1
    return None if inner is None else inner + "[]" * (dimensions if dimensions != 0 else 1)


def _enum(value: Made) -> str | None:
    values = enum_values(value)
    if plain(value.value(-1, "native_enum", True)) is False:
        length = plain(value.value(-1, "length")) or (max(map(len, values)) if values else None)
        return f"VARCHAR({length})" if length else "VARCHAR"
    return enum_name(value)


def _domain(value: Made) -> str | None:
    name, schema = text_of(value.value(0, "name")), text_of(value.value(-1, "schema"))
    if name is None:
        return None
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def _uuid(value: Made) -> str:
    return "CHAR(32)" if plain(value.value(-1, "native_uuid", True)) is False else "UUID"


_SPECIAL: dict[str, Callable[[Made], str | None]] = {
    "Numeric": _numeric,
    "NUMERIC": _numeric,
    "DECIMAL": _numeric,
    "Float": _float,
    "FLOAT": _float,
    "DateTime": _moment("TIMESTAMP"),
    "TIMESTAMP": _moment("TIMESTAMP"),
    "Time": _moment("TIME"),
    "TIME": _moment("TIME"),
    "Interval": _interval,
    "INTERVAL": _interval,
    "BIT": _bit,
    "ARRAY": _array,
    "Enum": _enum,
    "ENUM": _enum,
    "DOMAIN": _domain,
    "Uuid": _uuid,
}


# Enumerated types


def enum_of(value: Value) -> Made | None:
    """The native enumerated type that a type is, or that its items are."""
    if not isinstance(value, Made) or not value.path.startswith("sqlalchemy"):
        return None
    name = value.path.rpartition(".")[2]
    if name == "ARRAY":
        return enum_of(value.value(0, "item_type"))
    if name == "with_variant":
        dialects = [text_of(each.value) for each in value.given[1:]]
        return enum_of(value.value(0) if "postgresql" in dialects else value.of)
    native = _plain(value.value(-1, "native_enum", True)) is not False
    return value if name in ENUMS and native else None


def enum_name(value: Made) -> str | None:
    """The name of an enumerated type, with its schema, as SQL writes it."""
    name = text_of(value.value(-1, "name"))
    if name is None and "name" not in value.named and value.given:
        # That of the class whose members it has.
        members = value.given[0].value
        if isinstance(members, Kind):
            name = members.node.name.lower()
        elif isinstance(members, Symbol) and "()" not in members.path:
            name = members.path.rpartition(".")[2].lower()
    schema = text_of(value.value(-1, "schema"))
    if name is None:
        return None
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def enum_values(value: Made) -> list[str]:
    """The values of an enumerated type; none where they are not known."""
    members = value.given[0].value if len(value.given) == 1 else None
    if isinstance(members, Kind) and "values_callable" not in value.named:
        return [name for name in members.scope.names if not name.startswith("_")]
    found = [text_of(each.value) for each in value.given]
    return [each for each in found if each is not None] if None not in found else []


def creates_type(value: Made) -> bool:
    """Whether making a table with a column of this type makes the type."""
    return _plain(value.value(-1, "create_type", True)) is not False


def own_check(value: Value) -> tuple[list[str], Given | None] | None:
    """The values that a type without a type of its own in the database asks its column for, and the
    name of the constraint that does so."""
    if not isinstance(value, Made) or value.path.rpartition(".")[2] not in ENUMS:
        return None
    if _plain(value.value(-1, "native_enum", True)) is not False:
        return None
    if _plain(value.value(-1, "create_constraint", False)) is not True:
        return None
    return enum_values(value), value.named.get("name")


def _plain(value: Value) -> Any:
    try:
        return plain(value)
    except LookupError:
        return None
