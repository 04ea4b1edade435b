"""Indexes in SQL (SQLAlchemy 2.1, `PGDDLCompiler.visit_create_index`)."""

from __future__ import annotations

from migralint.languages.values import Given, Made, Pairs, Value, text_of
from migralint.source import Embedded
from migralint.tools.alembic.columns import Column, at_argument, flag
from migralint.tools.alembic.constraints import Place, included, with_class
from migralint.tools.alembic.expressions import condition, key, unknown
from migralint.tools.code import identifier, listed


def index_sql(made: Made, place: Place, name: Given | None, keys: list[Given]) -> Embedded:
    """CREATE INDEX, from `op.create_index` or an `sa.Index`."""
    parts: list[Embedded | str] = ["CREATE "]
    if flag(made, "unique", 3 if made.path.endswith(".create_index") else -1):
        parts.append(at_argument(made, "unique", "UNIQUE "))
    parts.append("INDEX ")
    if flag(made, "postgresql_concurrently"):
        parts.append(at_argument(made, "postgresql_concurrently", "CONCURRENTLY "))
    if flag(made, "if_not_exists"):
        parts.append(at_argument(made, "if_not_exists", "IF NOT EXISTS "))
    columns = [key(each) for each in keys]
    written = place.named("ix", name, columns)
    if written is not None:
        parts += [written, " "]
    parts += ["ON ", place.sql, " "]
    using = made.named.get("postgresql_using")
    if using is not None and isinstance(using.value, Embedded):
        parts += ["USING ", using.value, " "]
    parts += ["(", _keys(made, keys), ")", included(made)]
    if flag(made, "postgresql_nulls_not_distinct"):
        parts.append(" NULLS NOT DISTINCT")
    options = made.value(-1, "postgresql_with")
    if isinstance(options, Pairs) and options.items:
        written_options = ", ".join(
            f"{key} = {_worth(each)}" for key, (_, each) in options.items.items()
        )
        parts.append(f" WITH ({written_options})")
    tablespace = made.named.get("postgresql_tablespace")
    if tablespace is not None and isinstance(tablespace.value, Embedded):
        parts += [" TABLESPACE ", identifier(tablespace.value)]
    where = made.named.get("postgresql_where")
    if where is not None and where.value is not None:
        parts += [" WHERE ", condition(where)]
    return Embedded.join(parts)


def _worth(value: Value) -> str:
    text = text_of(value)
    return text if text is not None else str(value)


def _keys(made: Made, keys: list[Given]) -> Embedded:
    """The keys, each with its operator class."""
    classes = made.value(-1, "postgresql_ops")
    found = [with_class(each, classes) for each in keys]
    return listed(found) if found else unknown(made.span)


def column_index(each: Column, place: Place) -> Embedded:
    """The index that `index=True` asks for, under SQLAlchemy's own name for it."""
    given = each.made.named.get("index")
    unique = "UNIQUE " if each.flag("unique") else ""
    head = f"CREATE {unique}INDEX "
    start = Embedded(head, ()) if given is None else Embedded.plain(head, given.span)
    name = place.named("ix", None, [each.name])
    named: list[Embedded | str] = [] if name is None else [name, " "]
    return Embedded.join((start, *named, "ON ", place.sql, " (", each.name, ")"))
