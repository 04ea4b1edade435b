"""Rows: what `bulkInsert`, `bulkUpdate`, `bulkDelete`, `insert` and `upsert` send (Sequelize 6.37),
with the values that it binds in their places."""

from __future__ import annotations

from migralint.languages.values import Given, Items, Made, Pairs, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import joined, name_of, names_of
from migralint.tools.sequelize.names import Table, quoted, table_of, table_sql
from migralint.tools.sequelize.options import is_true, option, place, words
from migralint.tools.sequelize.values import escaped, unknown
from migralint.tools.sequelize.where import clause

Written = list[Embedded]


def _options(made: Made, position: int) -> Given:
    return made.argument(position) or Given(None, made.span)


def _said(options: Given, name: str) -> Given | None:
    return option(options.value, name, options.span)


def bulk_insert(made: Made, dialect: str) -> Written:
    """INSERT … VALUES with as many rows as the file spells out."""
    table, rows = table_of(made.argument(0), made), made.argument(1)
    return _inserted(table, rows, _options(made, 2), made, dialect)


def insert(made: Made, dialect: str) -> Written:
    table, row = table_of(made.argument(1), made), made.argument(2)
    rows = None if row is None else Given(Items("list", [row.value]), row.span)
    return _inserted(table, rows, _options(made, 3), made, dialect)


def upsert(made: Made, dialect: str) -> Written:
    table, row, changes = table_of(made.argument(0), made), made.argument(1), made.argument(2)
    rows = None if row is None else Given(Items("list", [row.value]), row.span)
    options = _options(made, 4)
    keys = _said(options, "conflictFields")
    names = _names(changes)
    conflict = _conflict(names, keys, dialect)
    return _inserted(table, rows, Given(None, options.span), made, dialect, conflict)


def _names(given: Given | None) -> list[Embedded]:
    """The columns that an object sets."""
    if given is None or not isinstance(given.value, Pairs):
        return []
    return [name_of(key, given.span) for key, _ in given.value.items.values()]


def _inserted(
    table: Table,
    rows: Given | None,
    options: Given,
    made: Made,
    dialect: str,
    conflict: Embedded | None = None,
) -> Written:
    span = made.span if rows is None else rows.span
    value = None if rows is None else rows.value
    every: list[Value] = value.items if isinstance(value, Items) else []
    found = [each for each in every if isinstance(each, Pairs)]
    if isinstance(value, Items) and value.exact and not value.items:
        raise LookupError
    skipped = is_true(_said(options, "ignoreDuplicates"))
    head = "INSERT INTO "
    if skipped and dialect != "postgresql":
        head = "INSERT IGNORE INTO " if dialect == "mysql" else "INSERT OR IGNORE INTO "
    into = table_sql(table, dialect)
    columns: dict[str, Embedded] = {}
    for each in found:
        for key, _ in each.items.values():
            name = name_of(key, span)
            columns.setdefault(name.text, name)
    if not columns:
        return [Embedded.join((head, into, " SELECT ", unknown(span)))]
    tuples = [_row(each, list(columns), span, dialect) for each in found]
    names = [quoted(each, dialect) for each in columns.values()]
    if any(not each.exact for each in found):
        names.append(hole(span))
    parts: list[Embedded | str] = [head, into, " (", joined(names, ","), ") VALUES "]
    parts.append(joined(tuples, ","))
    updated = _said(options, "updateOnDuplicate")
    if conflict is None and updated is not None:
        changed = names_of(updated.value, updated.span)
        conflict = _conflict(changed, _said(options, "upsertKeys"), dialect)
    if conflict is not None:
        parts.append(conflict)
    elif skipped and dialect == "postgresql":
        parts.append(words(_said(options, "ignoreDuplicates"), " ON CONFLICT DO NOTHING"))
    returning = _said(options, "returning")
    if dialect == "postgresql" and is_true(returning):
        parts.append(" RETURNING *")
    return [Embedded.join((*parts, ";"))]


def _row(row: Pairs, columns: list[str], span: Span, dialect: str) -> Embedded:
    values = []
    for name in columns:
        key, value = row.items.get(name, (None, None))
        values.append(escaped(value, place(key, value, span), dialect))
    if not row.exact:
        values.append(unknown(span))
    return Embedded.join(("(", joined(values, ","), ")"))


def _conflict(changed: list[Embedded], keys: Given | None, dialect: str) -> Embedded:
    names = [quoted(each, dialect) for each in changed]
    if dialect == "mysql":
        parts = [Embedded.join((each, "=VALUES(", each, ")")) for each in names]
        return Embedded.join((" ON DUPLICATE KEY UPDATE ", joined(parts, ",")))
    on = [] if keys is None else names_of(keys.value, keys.span)
    target = joined([quoted(each, dialect) for each in on], ",")
    parts = [Embedded.join((each, "=EXCLUDED.", each)) for each in names]
    return Embedded.join((" ON CONFLICT (", target, ") DO UPDATE SET ", joined(parts, ",")))


def bulk_update(made: Made, dialect: str) -> Written:
    table, values = table_of(made.argument(0), made), made.argument(1)
    span = made.span if values is None else values.span
    settings: list[Embedded] = []
    if values is not None and isinstance(values.value, Pairs):
        for key, value in values.value.items.values():
            name = quoted(name_of(key, span), dialect)
            settings.append(
                Embedded.join((name, "=", escaped(value, place(key, value, span), dialect)))
            )
    if not settings:
        settings = [Embedded.join((hole(span), "=", unknown(span)))]
    where = clause(made.argument(2), dialect)
    head = ("UPDATE ", table_sql(table, dialect), " SET ")
    return [Embedded.join((*head, joined(settings, ","), where))]


def bulk_delete(made: Made, dialect: str) -> Written:
    table, options = table_sql(table_of(made.argument(0), made), dialect), _options(made, 2)
    emptied = _said(options, "truncate")
    if emptied is not None and emptied.value is True:
        return [_truncated(table, emptied, options, dialect)]
    return [Embedded.join(("DELETE FROM ", table, clause(made.argument(1), dialect)))]


def _truncated(table: Embedded, emptied: Given, options: Given, dialect: str) -> Embedded:
    again, further = _said(options, "restartIdentity"), _said(options, "cascade")
    if dialect == "mysql":
        return Embedded.join((Embedded.plain("TRUNCATE ", emptied.span), table))
    if dialect == "sqlite":
        counted = Embedded("", ())
        if is_true(again):
            name = Embedded(table.text.strip("`"), ())
            counted = Embedded.join(
                ("; DELETE FROM `sqlite_sequence` WHERE `name` = '", name, "';")
            )
        return Embedded.join(("DELETE FROM ", table, counted))
    return Embedded.join(
        (
            Embedded.plain("TRUNCATE ", emptied.span),
            table,
            words(again if is_true(again) else None, " RESTART IDENTITY"),
            words(further if is_true(further) else None, " CASCADE"),
        )
    )
