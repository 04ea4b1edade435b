"""What TypeORM finds in the database when it is given no more than a name: columns as its own
query would show them (TypeORM 1.1, `PostgresQueryRunner.loadTables`)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from migralint.languages.values import Pairs, Value
from migralint.migration import Statement
from migralint.ops.base import Constraint, Name, Type
from migralint.replay import apply
from migralint.schema import Schema, Table
from migralint.source import Embedded, Span
from migralint.tools.typeorm.options import Object, Unclear

_SPELLED = {
    "varchar": "character varying",
    "bpchar": "character",
    "timestamp": "timestamp without time zone",
    "time": "time without time zone",
}
"""As `regtype` spells types where our own texts are shorter."""
_LENGTHS = ("varchar", "bpchar", "bit", "varbit")
_CAST = re.compile(r"::[\w\s.\[\]\-\"]+")


def column(schema: Schema, table: Embedded, name: str) -> Object | None:
    """The column; None where history does not show it."""
    before, _, bare = table.text.rpartition(".")
    known = schema.table(Name(bare, before))
    found = known.column(name) if known is not None else None
    if known is None or found is None or found.type is None or not found.known:
        return None
    kind = schema.type(Type(found.type.name, schema=found.type.schema))
    enum = kind is not None and kind.form == "enum"
    default = found.default.text if found.default is not None else None
    said: dict[str, Value] = {
        "name": name,
        "type": "enum" if enum else _regtype(found.type),
        "isArray": bool(found.type.array),
        "isNullable": not found.not_null,
        "isPrimary": known.primary_key is not None and name in known.primary_key.columns,
        "isUnique": _unique(known, name) is not None,
        "default": _CAST.sub("", default) if default is not None else None,
    }
    modifiers = found.type.modifiers
    if found.type.name in _LENGTHS:
        said["length"] = modifiers[0] if modifiers else ""
    elif modifiers:
        said.update(zip(("precision", "scale"), modifiers, strict=False))
    if enum and kind is not None:
        said["values"] = kind.values
    if default is not None and re.match(r"nextval\(", default, re.IGNORECASE):
        said |= {"default": None, "isGenerated": True, "generationStrategy": "increment"}
    elif default is not None and default.lower() in ("uuid_generate_v4()", "gen_random_uuid()"):
        said |= {"default": None, "isGenerated": True, "generationStrategy": "uuid"}
    elif found.identity:
        said |= {"isGenerated": True, "generationStrategy": "identity"}
    return Object(Pairs({key: (key, _lifted(each)) for key, each in said.items()}), Span(0, 0))


def take(schema: Schema, statements: Iterable[Statement]) -> None:
    """A schema after these."""
    for statement in statements:
        for op in statement.ops:
            apply(schema, op)


def table(schema: Schema, name: Embedded) -> Table:
    """A table. Raises Unclear where history does not show all of it."""
    before, _, bare = name.text.rpartition(".")
    known = schema.table(Name(bare, before))
    if known is None or not known.known:
        raise Unclear("history does not show the table as it is")
    return known


def primary_key(schema: Schema, name: Embedded) -> Constraint | None:
    """A table's key, its columns as they follow each other in the table; None where it has none.
    Raises Unclear where history does not show all of the table."""
    known = table(schema, name)
    if known.primary_key is None:
        return None
    key = known.primary_key.columns
    return replace(
        known.primary_key, columns=tuple(each.name for each in known.columns if each.name in key)
    )


def unique(schema: Schema, table: Embedded, name: str) -> str | None:
    """What the constraint is called that keeps a column unique."""
    before, _, bare = table.text.rpartition(".")
    known = schema.table(Name(bare, before))
    return _unique(known, name) if known is not None else None


def _unique(table: Table, name: str) -> str | None:
    for each in table.constraints:
        if each.kind == "unique" and each.columns == (name,):
            return each.name
    return None


def _regtype(kind: Type) -> str:
    bare = Type(kind.name, schema=kind.schema)
    return _SPELLED.get(kind.name, str(bare)) if not kind.schema else str(bare)


def _lifted(value: Value) -> Value:
    return Embedded(value, ()) if isinstance(value, str) else value
