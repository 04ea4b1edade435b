"""Operations as SQL, in PostgreSQL's words: what help texts say and fixes write."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migralint import naming
from migralint.ops import Column, Constraint, CreateIndex, IndexColumn, Name
from migralint.ops.base import Bound, Expression, PartitionBy, quoted

DEFAULT_ACTION = "NO ACTION"
UNNAMED = "<its name>"
"""Stands for the name of something that a convention names which is not known."""


def name(word: str) -> str:
    """A name as SQL writes it."""
    return word if word == UNNAMED else quoted(word)


def text(each: Expression) -> str:
    """An expression, with "…" for what is only known when the code runs."""
    parts = _STRING.split(each.text)
    parts[::2] = [_OPEN.sub("…", part) for part in parts[::2]]
    return "".join(parts)


_STRING = re.compile(r"('[^']*')")
_OPEN = re.compile(r"\$\d+|\{[^{}]*\}")


def columns(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def key(each: IndexColumn) -> str:
    """A key of an index."""
    what = (
        quoted(each.column)
        if each.column
        else f"({text(each.expression)})"
        if each.expression
        else "…"
    )
    parts = [what]
    if each.collation:
        parts.append(f"COLLATE {quoted(each.collation)}")
    if each.opclass:
        parts.append(each.opclass)
    if each.descending:
        parts.append("DESC")
    if each.nulls_first is not None:
        parts.append("NULLS FIRST" if each.nulls_first else "NULLS LAST")
    return " ".join(parts)


def index(op: CreateIndex) -> str:
    """CREATE INDEX, with its name, where it has one."""
    unique = "UNIQUE " if op.unique else ""
    how = "CONCURRENTLY " if op.concurrently else ""
    exists = "IF NOT EXISTS " if op.if_not_exists else ""
    own = f"{name(op.name)} " if op.name else ""
    only = "ONLY " if op.only else ""
    using = f" USING {op.method}" if op.method != "btree" else ""
    sql = (
        f"CREATE {unique}INDEX {how}{exists}{own}ON {only}{op.table}{using}"
        f" ({', '.join(map(key, op.columns))})"
    )
    if op.include:
        sql += f" INCLUDE ({columns(op.include)})"
    if op.nulls_not_distinct:
        sql += " NULLS NOT DISTINCT"
    if op.tablespace:
        sql += f" TABLESPACE {quoted(op.tablespace)}"
    return f"{sql} WHERE {text(op.where)};" if op.where else f"{sql};"


def constraint_name(constraint: Constraint, table: Name) -> str:
    """The name that the constraint gets, were no other one in its way."""
    return constraint.name or naming.made(*naming.constraint_label(constraint, table.name))


def constraint(each: Constraint) -> str:
    """What a constraint demands, without its name and whether it is valid."""
    if each.kind == "check":
        return f"CHECK ({text(each.expression) if each.expression else '…'})"
    if each.kind == "not null":
        return f"NOT NULL {columns(each.columns)}"
    if each.kind == "foreign key":
        to = f" ({columns(each.referenced_columns)})" if each.referenced_columns else ""
        sql = f"FOREIGN KEY ({columns(each.columns)}) REFERENCES {each.references}{to}"
        for event, action in (("DELETE", each.on_delete), ("UPDATE", each.on_update)):
            if action != DEFAULT_ACTION:
                sql += f" ON {event} {action}"
    else:
        sql = f"{each.kind.upper()} ({columns(each.columns)})"
    return sql + deferring(each)


def deferring(each: Constraint) -> str:
    return (" DEFERRABLE" if each.deferrable else "") + (
        " INITIALLY DEFERRED" if each.initially_deferred else ""
    )


def add_not_valid(table: Name, own: str, each: Constraint, *, replaced: bool = False) -> str:
    """ADD CONSTRAINT … NOT VALID, in place of a constraint that has the name."""
    old = f"DROP CONSTRAINT {name(own)}, " if replaced else ""
    return f"ALTER TABLE {table} {old}ADD CONSTRAINT {name(own)} {constraint(each)} NOT VALID;"


def validate(table: Name, own: str) -> str:
    return f"ALTER TABLE {table} VALIDATE CONSTRAINT {name(own)};"


def column(each: Column) -> str:
    """A column with its type, collation and default, and nothing that constrains it."""
    parts = [quoted(each.name), str(each.type) if each.type else "…"]
    if each.collation:
        parts.append(f"COLLATE {quoted(each.collation)}")
    if each.default and not each.default.null:
        parts.append(f"DEFAULT {text(each.default)}")
    if each.not_null:
        parts.append("NOT NULL")
    return " ".join(parts)


def bound(each: Bound | None) -> str:
    """The rows of a partition, as ATTACH PARTITION takes them."""
    if each is None or not each.exact:
        return "FOR VALUES …"
    if each.kind == "default":
        return "DEFAULT"
    if each.kind == "list":
        return f"FOR VALUES IN ({_values(each.values)})"
    if each.kind == "range":
        return f"FOR VALUES FROM ({_values(each.values)}) TO ({_values(each.upper)})"
    return "FOR VALUES WITH (…)"


def _values(values: Iterable[str | None]) -> str:
    return ", ".join("…" if value is None else _literal(value) for value in values)


def _literal(value: str) -> str:
    return value if value.isdigit() or value == "NULL" else "'" + value.replace("'", "''") + "'"


def within(by: PartitionBy | None, each: Bound | None) -> str:
    """A condition that holds for the rows of a partition; "…" where that cannot be said."""
    key = by.columns[0] if by and len(by.columns) == 1 else None
    if each is None or key is None or not each.exact or None in (*each.values, *each.upper):
        return "…"
    if each.kind == "list":
        return f"{quoted(key)} IN ({_values(each.values)})"
    if each.kind == "range":
        low, high = _values(each.values), _values(each.upper)
        return f"{quoted(key)} >= {low} AND {quoted(key)} < {high}"
    return "…"
