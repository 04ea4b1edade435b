"""Schemas, databases and views (TypeORM 1.1)."""

from __future__ import annotations

from migralint.languages.values import Made, text_of
from migralint.source import Embedded
from migralint.tools.javascript.literals import dotted, quoted
from migralint.tools.typeorm.calls import Call, style
from migralint.tools.typeorm.options import Unclear


def create_schema(call: Call) -> list[Embedded]:
    exists = "IF NOT EXISTS " if call.flag(1) else ""
    return [Embedded.join((f"CREATE SCHEMA {exists}", _bare(call)))]


def drop_schema(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(1) else ""
    cascade = " CASCADE" if call.flag(2) else ""
    return [Embedded.join((f"DROP SCHEMA {exists}", _bare(call), cascade))]


def _bare(call: Call) -> Embedded:
    if call.dialect != "postgresql":
        raise Unclear("there are no schemas on this database")
    path = call.text(0)
    return quoted(path.cut(path.text.find(".") + 1, len(path.text)), "postgresql")


def create_database(call: Call) -> list[Embedded]:
    """PostgreSQL has no IF NOT EXISTS here: TypeORM looks first."""
    return [Embedded.join(("CREATE DATABASE ", quoted(call.text(0), style(call.dialect))))]


def drop_database(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(1) else ""
    return [Embedded.join((f"DROP DATABASE {exists}", quoted(call.text(0), style(call.dialect))))]


def create_view(call: Call) -> list[Embedded]:
    given = call.object(0)
    expression = given.get("expression")
    name = given.text("name")
    if name is None or text_of(expression) is None or isinstance(expression, Made):
        raise Unclear("its query is only known when the code runs")
    kind = "MATERIALIZED " if given.flag("materialized") else ""
    called = dotted(name, style(call.dialect))
    return [Embedded.join((f"CREATE {kind}VIEW ", called, " AS ", expression))]


def drop_view(call: Call) -> list[Embedded]:
    value, kind = call.given(0).value, ""
    if not isinstance(value, Embedded):
        kind = "MATERIALIZED " if call.object(0).flag("materialized") else ""
    exists = "IF EXISTS " if call.flag(1) else ""
    return [Embedded.join((f"DROP {kind}VIEW {exists}", call.path(0)))]
