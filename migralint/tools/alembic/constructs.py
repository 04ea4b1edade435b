"""`sa.update()`, `table.insert()` and their kin in SQL: which table, which columns, which rows."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migralint.languages.values import (
    Given,
    Hidden,
    Items,
    Made,
    Pairs,
    Symbol,
    Value,
    hole,
    text_of,
    truth,
)
from migralint.ops import quoted
from migralint.source import Embedded, Span
from migralint.tools.alembic.columns import dotted, flag, last, sequence_options
from migralint.tools.alembic.expressions import column_name, unknown, written
from migralint.tools.alembic.tables import create_table
from migralint.tools.code import UNKNOWN, identifier, listed

_TABLES = ("table", "Table", "create_table", "TableClause")
_KINDS = ("update", "insert", "delete", "select", "exists")
_DEEP = 20
"""How far into an expression its tables are looked for."""


def construct_sql(made: Made) -> Embedded | None:
    """The statement that a construct stands for, as far as rules ask; None where it is none, or
    what it is about is not known."""
    of_schema = _DDL.get(last(made))
    if last(made) in ("CreateTable", "DropTable") and made.path.startswith("sqlalchemy"):
        return _of_table(made)
    if of_schema is not None and made.path.startswith("sqlalchemy"):
        words, guard = of_schema
        return _of_schema(made, words, guard)
    calls = [made]
    while isinstance(calls[-1].of, Made) and last(calls[-1]) not in _KINDS:
        calls.append(calls[-1].of)
    start = calls[-1]
    kind = last(start)
    if kind == "select":
        return _select(calls)
    if kind not in _KINDS or kind == "exists":
        return None
    table = _table(start.of if isinstance(start.of, Made) else start.value(0, "table"))
    if table is None:
        return None
    where = _where(calls, start.span)
    if (
        kind in ("delete", "update")
        and isinstance(start.of, Made)
        and start.given
        and not where.text
    ):
        given = start.given[0]  # table.delete(condition), as it was up to SQLAlchemy 1.4
        where = Embedded.join((" WHERE ", written(given.value, given.span).within(2)))
    if kind == "delete":
        return Embedded.join(("DELETE FROM ", table, where))
    settings = [each for call in calls if last(call) == "values" for each in _settings(call, table)]
    if kind == "insert":
        rows = [row for call in calls if last(call) == "values" for row in _rows(call)]
        if rows:
            return _insert_rows(table, rows)
        return _insert(calls, table, settings)
    parts: list[Embedded | str] = []
    for name, value in settings or [(hole(start.span), unknown(start.span))]:
        parts += [", ", name, "=", value]
    return Embedded.join(("UPDATE ", table, " SET ", *parts[1:], where))


def query_sql(made: Made) -> Embedded | None:
    """`session.query(table).filter(…)`, or an `.update({…})` or `.delete()` of it; None for rows of
    a table that is not known."""
    calls = [made]
    while isinstance(calls[-1].of, Made) and last(calls[-1]) != "query":
        calls.append(calls[-1].of)
    start = calls[-1]
    if last(made) == "query":
        return _select(calls)
    tables = [table for given in start.given for table in _tables(given.value, _DEEP)]
    if len(tables) != 1:
        return None
    where = _where(calls[1:], made.span)
    if last(made) == "delete":
        return Embedded.join(("DELETE FROM ", tables[0], where))
    parts: list[Embedded | str] = []
    for name, value in _settings(made) or [(hole(made.span), unknown(made.span))]:
        parts += [", ", name, "=", value]
    return Embedded.join(("UPDATE ", tables[0], " SET ", *parts[1:], where))


def _insert(
    calls: list[Made], table: Embedded, settings: list[tuple[Embedded, Embedded]]
) -> Embedded:
    if not settings:
        rows = next((each for each in calls if last(each) == "from_select"), calls[-1])
        source = rows.value(1, "select")
        query = construct_sql(source) if isinstance(source, Made) else None
        words = f"SELECT {UNKNOWN}" if query is None else query
        return Embedded.join(("INSERT INTO ", table, " ", words))
    names = listed([name for name, _ in settings])
    values = listed([value for _, value in settings])
    return Embedded.join(("INSERT INTO ", table, " (", names, ") VALUES (", values, ")"))


def _rows(made: Made) -> list[list[tuple[Embedded, Embedded]]]:
    """The rows of `values([{…}, {…}])`."""
    given = made.given[0] if len(made.given) == 1 else None
    if given is None or not isinstance(given.value, Items) or not given.value.exact:
        return []
    return [
        _settings(replace(made, given=(Given(each, given.span),))) for each in given.value.items
    ]


def _insert_rows(table: Embedded, rows: list[list[tuple[Embedded, Embedded]]]) -> Embedded:
    values = [Embedded.join(("(", listed([value for _, value in row]), ")")) for row in rows]
    names = listed([name for name, _ in rows[0]])
    return Embedded.join(("INSERT INTO ", table, " (", names, ") VALUES ", listed(values)))


def _where(calls: list[Made], span: Span) -> Embedded:
    """The conditions, each joined to the others by AND; they were called from the last on."""
    found: list[Embedded] = []
    for call in reversed(calls):
        if last(call) == "filter_by":
            found.append(unknown(call.span))
        elif last(call) in ("where", "filter"):
            found += [] if call.given else [unknown(call.span)]  # where(*conditions)
            found += [written(each.value, each.span).within(2) for each in call.given]
    parts: list[Embedded | str] = []
    for each in found:
        parts += [" AND ", each]
    return Embedded.join((" WHERE ", *parts[1:])) if parts else Embedded("", ())


def _select(calls: list[Made]) -> Embedded:
    """SELECT from the tables that it names."""
    found: dict[str, Embedded] = {}
    for call in calls:
        for value in (call.of, *(each.value for each in call.given)):
            for table in _tables(value, _DEEP):
                found.setdefault(table.text, table)
    tables: tuple[Embedded | str, ...] = ()
    if found:
        tables = (" FROM ", listed(list(found.values())))
    return Embedded.join((f"SELECT {UNKNOWN}", *tables, _where(calls, calls[-1].span)))


def _tables(value: Value, deep: int) -> Iterator[Embedded]:
    """The tables that an expression is about."""
    if isinstance(value, Symbol):
        value = value.of
    if not isinstance(value, Made) or not deep:
        return
    table = _table(value)
    if table is not None:
        yield table
        return
    for each in (value.of, *(given.value for given in value.given)):
        yield from _tables(each, deep - 1)


def _table(value: Value) -> Embedded | None:
    if not isinstance(value, Made):
        return None
    if value.path.endswith(".tables[]"):  # metadata.tables["name"]
        name = value.given[0].value
        return dotted(name) if isinstance(name, Embedded) else None
    if last(value) not in _TABLES:
        return None
    given = value.argument(0, "name")
    if given is None or not isinstance(given.value, Embedded):
        return None
    name = column_name(given)
    schema = value.value(-1, "schema")
    return Embedded.join((dotted(schema), ".", name)) if isinstance(schema, Embedded) else name


def _settings(made: Made, table: Embedded | None = None) -> list[tuple[Embedded, Embedded]]:
    """The columns that `values()` names, with what they are set to."""
    found = [
        (identifier(Embedded.plain(name, given.span)), _setting(given, table))
        for name, given in made.named.items()
    ]
    for given in made.given:
        if isinstance(given.value, Pairs):
            found += [
                (_key(name, given), _setting(Given(value, given.span), table))
                for name, value in given.value.items.values()
            ]
    return found


def _setting(given: Given, table: Embedded | None) -> Embedded:
    """A value, or the column that it is read from: code that goes through the rows of a table and
    puts one's value into another column of it says what `SET b = a` does."""
    value = given.value
    if isinstance(value, Symbol) and isinstance(value.of, Hidden) and table is not None:
        name = value.path.removeprefix("?.")
        if name.isidentifier() and _rows_of(value.of.of) == table.text:
            return identifier(Embedded.plain(name, given.span))
    return written(value, given.span).sql


def _rows_of(value: Value) -> str | None:
    """The one table that a query which is executed reads."""
    while isinstance(value, Made) and last(value) not in ("execute", "exec_driver_sql"):
        value = value.of
    query = value.value(0, "statement") if isinstance(value, Made) else None
    calls = [query]
    while isinstance(calls[-1], Made) and last(calls[-1]) != "select":
        calls.append(calls[-1].of)
    tables = {table.text for table in _tables(query, _DEEP)}
    return tables.pop() if len(tables) == 1 and isinstance(calls[-1], Made) else None


def _key(key: Value, given: Given) -> Embedded:
    if isinstance(key, Embedded):
        return identifier(key)
    # table.c.name
    name = getattr(key, "path", "").rpartition(".")[2]
    return identifier(Embedded.plain(name, given.span)) if name else hole(given.span)


# Tables, schemas and sequences


def _of_table(made: Made) -> Embedded | None:
    """What creates or drops the table that the file spells out; its types and indexes are no part
    of that."""
    given = made.argument(0, "element")
    value = None if given is None else given.value
    table = _table(value)
    if table is None or not isinstance(value, Made):
        return None
    if last(made) == "DropTable":
        guard = "IF EXISTS " if flag(made, "if_exists") else ""
        return Embedded.join((f"DROP TABLE {guard}", table))
    named = {**value.named, **made.named}
    members = replace(value, given=(value.given[0], *value.given[2:]), named=named)
    written = create_table(members, {}) if len(value.given) > 1 else []
    return next((each for each in written if " TABLE " in each.text.partition("(")[0]), None)


_DDL = {
    "CreateSchema": ("CREATE SCHEMA", "if_not_exists"),
    "DropSchema": ("DROP SCHEMA", "if_exists"),
    "CreateSequence": ("CREATE SEQUENCE", "if_not_exists"),
    "DropSequence": ("DROP SEQUENCE", "if_exists"),
}


def _of_schema(made: Made, words: str, guard: str) -> Embedded | None:
    given = made.argument(0, "name") or made.argument(0, "element")
    options = ""
    value = None if given is None else given.value
    if isinstance(value, Made) and last(value) == "Sequence":
        own = text_of(value.value(0, "name"))
        schema = text_of(value.value(-1, "schema"))
        name = None if own is None else quoted(own)
        name = f"{quoted(schema)}.{name}" if schema and name else name
        options = " ".join(["", *sequence_options(value, 1)]) if words.startswith("CREATE") else ""
    else:
        own = text_of(value)
        name = None if own is None else quoted(own)
    if given is None or name is None:
        return None
    condition = f" {guard.replace('_', ' ').upper()}" if flag(made, guard) else ""
    cascade = " CASCADE" if truth(made.value(-1, "cascade")) is True else ""
    return Embedded.plain(f"{words}{condition} {name}{options}{cascade}", given.span)
