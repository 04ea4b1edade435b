"""Rows for tables that a page only creates, so that reading one can be seen."""

from __future__ import annotations

import re
from typing import Any

import psycopg

from tests.server import Connection

FIRST, MANY = 701, 300
"""Rows are numbered out of the way of those that pages write themselves."""
_MOMENTS = ("timestamptz", "timestamp", "date")
_VALUES = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8"), "i"),
    **dict.fromkeys(("varchar", "bpchar", "citext"), "'v' || i"),
    "text": "to_char(date '2025-01-01' + i, 'YYYYMMDD')",
    **dict.fromkeys(_MOMENTS, "date '2025-01-01' + i % 300"),
    "tstzrange": "tstzrange(date '2025-01-01' + i, date '2025-01-01' + i + 1)",
    "bool": "true",
    "uuid": "gen_random_uuid()",
    "jsonb": "'{}'",
    "json": "'{}'",
}
_TABLES = """
SELECT c.oid::regclass::text, pg_get_expr(c.relpartbound, c.oid), (
  SELECT attname FROM pg_partitioned_table p JOIN pg_inherits i ON i.inhparent = p.partrelid
  JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  WHERE i.inhrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
ORDER BY c.oid
"""
_COLUMNS = """
SELECT a.attname, coalesce(b.typname, t.typname), format_type(a.atttypid, a.atttypmod), (
  SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder LIMIT 1), EXISTS (
  SELECT FROM pg_index x WHERE x.indrelid = a.attrelid AND x.indisunique
  AND a.attnum = ANY (x.indkey)), a.attnum = 1, a.attnotnull
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
AND a.attidentity = ''
"""
_VIEWS = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm' AND relispopulated"


def fill(connection: Connection, *, equal: bool = False) -> set[str]:
    """Put rows into every table without any; the names of those that took none. `equal` rows differ
    only where a key demands it."""
    tables = connection.execute(_TABLES).fetchall()
    # Keys, which stand first, have numbers of their own in each table, so that rows can be copied
    # from one to another; but those of another table where they refer to it.
    starts = [FIRST + MANY * number for number in range(len(tables))]
    waiting = [
        (each, [start, *starts])
        for each, start in zip(tables, starts, strict=True)
        if not _has_rows(connection, each[0])
    ]
    for _ in tables:
        waiting = [
            (each, own)
            for each, own in waiting
            if not any(_filled(connection, each, start, equal) for start in own)
        ]
    empty = {table for (table, *_), _ in waiting}
    for (view,) in connection.execute(_VIEWS).fetchall():
        connection.execute(f"REFRESH MATERIALIZED VIEW {view}".encode())
        if not _has_rows(connection, view):
            empty.add(view)
    return empty


def clear(connection: Connection) -> None:
    """Take all rows away again."""
    names = [name for name, *_ in connection.execute(_TABLES).fetchall()]
    connection.execute(f"TRUNCATE {', '.join(names)} CASCADE".encode())


def _has_rows(connection: Connection, name: str) -> bool:
    return connection.execute(f"SELECT FROM {name} LIMIT 1".encode()).rowcount == 1


def _filled(connection: Connection, of: tuple[Any, ...], start: int, equal: bool) -> bool:
    table, bound, key = of
    columns = connection.execute(_COLUMNS, [table]).fetchall()
    # Any value goes into a partition that takes what no other one does.
    lowest = re.search(r"(?:FROM|IN) \((.*?)[,)]", bound or "")
    values = {}
    for name, kind, spelled, label, unique, first, not_null in columns:
        values[name] = _value(kind, spelled, label)
        if lowest and name == key:
            values[name] = lowest[1]
        elif equal and kind in _MOMENTS and not not_null:
            values[name] = "NULL"  # Nothing has happened to the row yet.
        elif equal and not unique:
            values[name] = re.sub(r"\bi\b", str(FIRST), values[name])
        elif not unique and not first:
            values[name] = re.sub(r"\bi\b", f"(i - {start - FIRST})", values[name])
    names = ", ".join(f'"{name}"' for name in values)
    what = f"({names}) SELECT {', '.join(values.values())}" if values else "SELECT"
    rows = f"{what} FROM generate_series({start}, {start + MANY - 1}) AS i"
    try:
        connection.execute(f"INSERT INTO {table} {rows}".encode())
    except psycopg.Error:
        return False
    return True


def _value(kind: str, spelled: str, label: str | None) -> str:
    if label is not None:
        return f"'{label}'::{spelled}"
    value = _VALUES.get(kind)
    return f"({value})::{spelled}" if value else "NULL"
