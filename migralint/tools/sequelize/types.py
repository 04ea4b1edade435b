"""`DataTypes` as each database writes them (Sequelize 6.37, `data-types.js` and
`dialects/*/data-types.js`)."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.javascript.operators import spelled
from migralint.languages.values import Given, Items, Made, Pairs, Symbol, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import is_known, joined
from migralint.tools.sequelize.options import is_true, option
from migralint.tools.sequelize.values import text_sql

_WHOLE = frozenset(("TINYINT", "SMALLINT", "MEDIUMINT", "INTEGER", "BIGINT"))
_FLOATING = frozenset(("FLOAT", "REAL", "DOUBLE"))
_KEYS = frozenset(
    "STRING CHAR TEXT NUMBER TINYINT SMALLINT MEDIUMINT INTEGER BIGINT FLOAT TIME DATE DATEONLY "
    "BOOLEAN NOW BLOB DECIMAL NUMERIC UUID UUIDV1 UUIDV4 HSTORE JSON JSONB VIRTUAL ARRAY ENUM "
    "RANGE REAL DOUBLE GEOMETRY GEOGRAPHY CIDR INET MACADDR CITEXT TSVECTOR".split()
)
_SPELLED = {"NUMERIC": "DECIMAL", "DOUBLE PRECISION": "DOUBLE"}
GIVEN_LATER = ("NOW", "UUIDV1", "UUIDV4")
"""What Sequelize's models fill in, so that no default of these reaches the database."""
_MARKS = ("UNSIGNED", "ZEROFILL", "BINARY")
_RANGES = {
    "INTEGER": "int4range", "DECIMAL": "numrange", "DATE": "tstzrange", "DATEONLY": "daterange",
    "BIGINT": "int8range",
}  # fmt: skip


class DataType(Struct, frozen=True):
    """A type as the code says it."""

    key: str
    """Of `DataTypes`; "" where the type is `written` out."""
    span: Span
    given: tuple[Given, ...] = ()
    marks: frozenset[str] = frozenset()
    inner: DataType | None = None
    """What an ARRAY or a RANGE is of."""
    values: tuple[Embedded, ...] | None = None
    """What an ENUM lists; None where that is not known."""
    written: Embedded | None = None


def data_type(given: Given) -> DataType | None:
    """The type that a value is; None where it is none that is known."""
    value = given.value
    if isinstance(value, Embedded):
        return DataType("", given.span, written=value) if is_known(value) else None
    marks: list[str] = []
    made: Made | None = value if isinstance(value, Made) else None
    path = value.path if isinstance(value, (Symbol, Made)) else ""
    while path.rpartition(".")[2] in _MARKS:
        path, _, mark = path.rpartition(".")
        marks.append(mark)
        if path.endswith("()") and isinstance(value, Symbol):
            made, path = value.of, path.removesuffix("()")
    key = path.rpartition(".")[2]
    key = _SPELLED.get(key, key)
    if key not in _KEYS:
        return None
    arguments = made.given if made is not None else ()
    first = arguments[0].value if arguments else None
    if isinstance(first, Pairs):
        span = arguments[0].span
        marks += [mark for mark in _MARKS if is_true(option(first, mark.lower(), span))]
    if key in ("STRING", "CHAR") and len(arguments) > 1 and is_true(arguments[1]):
        marks.append("BINARY")
    return DataType(
        key,
        given.span,
        arguments,
        frozenset(marks),
        _inner(key, arguments),
        _listed(arguments) if key == "ENUM" else None,
    )


def _inner(key: str, arguments: tuple[Given, ...]) -> DataType | None:
    if key not in ("ARRAY", "RANGE") or not arguments:
        return None
    first = arguments[0]
    name = "type" if key == "ARRAY" else "subtype"
    said = option(first.value, name, first.span) if isinstance(first.value, Pairs) else first
    return None if said is None else data_type(said)


def _listed(arguments: tuple[Given, ...]) -> tuple[Embedded, ...] | None:
    """The values of an ENUM, which may be its arguments, a list, or an option of that name."""
    if arguments and isinstance(arguments[0].value, Pairs):
        said = option(arguments[0].value, "values", arguments[0].span)
        arguments = () if said is None else (said,)
    found: list[Value] = []
    for each in arguments:
        if isinstance(each.value, Items):
            if not each.value.exact:
                return None
            found += each.value.items
        else:
            found.append(each.value)
    known = [each for each in found if isinstance(each, Embedded) and is_known(each)]
    return tuple(known) if len(known) == len(found) else None


def enum_of(kind: DataType) -> DataType | None:
    """The ENUM that a type is, or is an array of."""
    if kind.key == "ARRAY" and kind.inner is not None:
        kind = kind.inner
    return kind if kind.key == "ENUM" else None


def type_sql(kind: DataType | None, span: Span, dialect: str) -> Embedded:
    """A type as SQL, a hole where it is not known. An ENUM of PostgreSQL's is named by its
    column."""
    if kind is None:
        return hole(span)
    if kind.written is not None:
        return kind.written
    words = _words(kind, dialect)
    return hole(kind.span) if words is None else Embedded.plain(words, kind.span)


def _words(kind: DataType, dialect: str) -> str | None:
    """A type in words; None where something that it is given is not known."""
    key = kind.key
    if key == "ARRAY":
        inner = None if kind.inner is None else _words(kind.inner, dialect)
        if inner is None and kind.inner is not None and kind.inner.written is not None:
            inner = kind.inner.written.text
        return None if inner is None else f"{inner}[]"
    if key == "ENUM":
        return _enum(kind, dialect)
    if key == "RANGE" and dialect == "postgresql":
        return _RANGES.get("INTEGER" if kind.inner is None else kind.inner.key)
    if key in ("GEOMETRY", "GEOGRAPHY"):
        return _shape(kind, dialect)
    if key in ("STRING", "CHAR"):
        return _string(kind, dialect)
    if key in _WHOLE or key in _FLOATING or key in ("DECIMAL", "NUMBER"):
        return _number(kind, dialect)
    if key in ("TEXT", "BLOB"):
        size = _said(kind, 0, "length") if dialect == "mysql" or key == "BLOB" else ""
        if key == "BLOB" and dialect == "postgresql":
            return "BYTEA"
        known = size is not None and size.lower() in ("tiny", "medium", "long")
        return f"{str(size).upper()}{key}" if known else key
    if key == "DATE" and dialect == "mysql":
        size = _said(kind, 0, "length")
        return None if size is None else f"DATETIME({size})" if size else "DATETIME"
    return _FIXED.get(dialect, {}).get(key) or _FIXED[""].get(key, key)


_FIXED = {
    "": {"DATEONLY": "DATE", "DATE": "DATETIME", "BOOLEAN": "TINYINT(1)"},
    "postgresql": {"DATE": "TIMESTAMP WITH TIME ZONE", "BOOLEAN": "BOOLEAN"},
    "mysql": {"UUID": "CHAR(36) BINARY"},
    "sqlite": {"CITEXT": "TEXT COLLATE NOCASE"},
}


def _enum(kind: DataType, dialect: str) -> str | None:
    if dialect == "sqlite":
        return "TEXT"
    return None if kind.values is None else values_sql(kind.values, dialect).text


def values_sql(values: tuple[Embedded, ...], dialect: str) -> Embedded:
    """`ENUM('a', 'b')`."""
    return Embedded.join(("ENUM(", joined([text_sql(each, dialect) for each in values]), ")"))


def _said(kind: DataType, position: int, name: str) -> str | None:
    """An argument of a type, by its place or in an object; "" where there is none, None where it
    is not known."""
    first = kind.given[0] if kind.given else None
    if first is not None and isinstance(first.value, Pairs):
        given = option(first.value, name, first.span)
    else:
        given = kind.given[position] if position < len(kind.given) else None
    if given is None or given.value is None:
        return ""
    if isinstance(given.value, Embedded):
        return given.value.text if is_known(given.value) else None
    known = isinstance(given.value, (int, float)) and not isinstance(given.value, bool)
    return spelled(given.value) if known else None


def _string(kind: DataType, dialect: str) -> str | None:
    word = "CHAR" if kind.key == "CHAR" else "VARCHAR"
    binary = "BINARY" in kind.marks
    if binary and dialect == "postgresql":
        return "BYTEA"
    size = _said(kind, 0, "length")
    if size is None:
        return None
    size = size or "255"
    if binary and dialect == "sqlite":
        return f"{word} BINARY({size})"
    return f"{word}({size}){' BINARY' if binary else ''}"


def _number(kind: DataType, dialect: str) -> str | None:
    key = kind.key
    if key == "DECIMAL":
        return _decimal(kind, dialect)
    word = "DOUBLE PRECISION" if key == "DOUBLE" else key
    size, digits = _said(kind, 0, "length"), _said(kind, 1, "decimals")
    marks = [mark for mark in _MARKS[:2] if mark in kind.marks]
    if dialect == "postgresql":
        if key != "FLOAT" or digits or not size:
            return word if size is not None and digits is not None else None
        return f"{word}({size})"
    if size is None or digits is None:
        return None
    if dialect == "sqlite" and key in _WHOLE:
        marks = []
    brackets = f"({size},{digits})" if size and digits else f"({size})" if size else ""
    after = "".join(f" {mark}" for mark in marks)
    return f"{word}{after}{brackets}" if dialect == "sqlite" else f"{word}{brackets}{after}"


def _decimal(kind: DataType, dialect: str) -> str | None:
    said = [_said(kind, 0, "precision"), _said(kind, 1, "scale")]
    if None in said:
        return None
    inside = ",".join(str(each) for each in said if each and each != "0")
    marks = [mark for mark in _MARKS[:2] if mark in kind.marks and dialect == "mysql"]
    return " ".join((f"DECIMAL({inside})" if inside else "DECIMAL", *marks))


def _shape(kind: DataType, dialect: str) -> str | None:
    said = [_said(kind, 0, "type"), _said(kind, 1, "srid")]
    if None in said:
        return None
    if dialect == "postgresql":
        inside = ",".join(each for each in said if each)
        return f"{kind.key}({inside})" if said[0] else kind.key
    return said[0] if dialect == "mysql" and kind.key == "GEOMETRY" and said[0] else kind.key
