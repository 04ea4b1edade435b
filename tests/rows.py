"""Rows for tables that a page only creates, so that reading one can be seen."""

from __future__ import annotations

import psycopg

from migralint.ops import Column
from migralint.schema import Schema, Table
from tests.server import Connection

MANY = 300
_VALUES = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8"), "i"),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext"), "'v' || i"),
    **dict.fromkeys(("timestamptz", "timestamp", "date"), "date '2025-01-01' + i % 300"),
    "bool": "true",
    "uuid": "gen_random_uuid()",
    "jsonb": "'{}'::jsonb",
    "json": "'{}'::json",
}


def fill(connection: Connection, schema: Schema) -> set[str]:
    """Put rows into every table that takes them; the names of those that did not."""
    empty = set()
    waiting = [table for table in schema.relations.values() if _takes_rows(schema, table)]
    # A table that refers to another one has to wait for that one's rows.
    for _ in range(len(waiting) + 1):
        refused = [table for table in waiting if not _filled(connection, schema, table)]
        if len(refused) == len(waiting):
            break
        waiting = refused
    empty |= {str(table.name) for table in waiting}
    return empty


def _takes_rows(schema: Schema, table: Table) -> bool:
    return table.kind == "table" and table.partition_of is None


def _filled(connection: Connection, schema: Schema, table: Table) -> bool:
    columns = [each for each in table.columns if not each.generated and each.identity is None]
    names = ", ".join(f'"{each.name}"' for each in columns)
    values = ", ".join(_value(schema, each) for each in columns)
    what = f"({names}) SELECT {values}" if columns else "SELECT"
    statement = f"INSERT INTO {table.name} {what} FROM generate_series(1, {MANY}) AS i"
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        return False
    return True


def _value(schema: Schema, column: Column) -> str:
    kind = schema.type(column.type)
    if kind is not None and kind.form == "enum" and kind.values:
        return f"'{kind.values[0]}'::{kind.name}"
    if column.type is None or column.type.array:
        return "NULL"
    value = _VALUES.get(column.type.name, "NULL")
    return f"({value})::{column.type}" if value != "NULL" and not column.type.schema else value
