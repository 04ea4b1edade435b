"""Tables and columns: what the calls that make, change and drop them send (TypeORM 1.1,
`PostgresQueryRunner`, `MysqlQueryRunner`, `AbstractSqliteQueryRunner`)."""

from __future__ import annotations

from migralint.languages.values import text_of
from migralint.source import Embedded
from migralint.tools.code import literal
from migralint.tools.javascript.literals import joined, quoted
from migralint.tools.typeorm import names
from migralint.tools.typeorm.calls import Call, style
from migralint.tools.typeorm.columns import (
    ENUMS,
    Parts,
    column,
    enum_name,
    enum_values,
    name,
)
from migralint.tools.typeorm.keys import create_index_sql, foreign_key
from migralint.tools.typeorm.options import Object, Unclear

REBUILT = "on SQLite, TypeORM makes the table anew from what the database says of it"


def create_table(call: Call) -> list[Embedded]:
    given = call.object(0)
    table = call.path_of(given)
    sent: list[Embedded] = []
    columns = given.objects("columns")
    if call.dialect == "postgresql":
        known = set()
        for each in columns:
            if text_of(each.get("type")) in ENUMS:
                called = enum_name(table, each)
                if called.text not in known:
                    sent.append(enum_type(called, each))
                known.add(called.text)
    exists = "IF NOT EXISTS " if call.flag(1) else ""
    parts: Parts = [f"CREATE TABLE {exists}", call.named(table), " ("]
    parts += [joined(_definitions(call, table, given, columns)), ")"]
    if call.dialect == "mysql":
        parts += [" ENGINE=", given.text("engine") or "InnoDB"]
        if comment := given.text("comment"):
            parts += [' COMMENT="', comment, '"']
    elif call.dialect == "sqlite" and given.flag("withoutRowid"):
        parts.append(" WITHOUT ROWID")
    sent.append(Embedded.join(parts))
    if call.dialect == "postgresql":
        sent += [column_comment(call, table, each) for each in columns if each.text("comment")]
    if call.flag(3, True) and call.dialect != "mysql":
        sent += [create_index_sql(call, table, each) for each in given.objects("indices")]
    if call.dialect == "postgresql" and (comment := given.text("comment")):
        sent.append(
            Embedded.join(("COMMENT ON TABLE ", call.named(table), " IS ", literal(comment)))
        )
    return sent


def _definitions(
    call: Call, table: Embedded, given: Object, columns: list[Object]
) -> list[Embedded]:
    """What stands between the brackets."""
    dialect = call.dialect
    keys = [each for each in columns if each.flag("isPrimary")]
    alone = dialect == "sqlite" and len(keys) == 1
    said = [column(dialect, table, each, primary=alone and each in keys) for each in columns]
    uniques = [_unique(each) for each in given.objects("uniques")]
    indices = [(each, each.flag("isUnique")) for each in given.objects("indices")]
    singles = {key[0].text for _, key, _ in uniques if len(key) == 1}
    if dialect == "mysql":
        for each, unique in indices:
            key = each.texts("columnNames")
            if unique and len(key) == 1:
                singles.add(key[0].text)
    for each in columns:
        if each.flag("isUnique") and name(each).text not in singles:
            uniques.append((None, [name(each)], None))
    if dialect == "mysql":
        for each, unique in indices:
            said.append(_index_within(table, each, "UNIQUE " if unique else ""))
        said += [_key_within(table, called, key) for called, key, _ in uniques]
    else:
        for called, key, deferrable in uniques:
            said.append(_constraint(table, "UQ", called, key, deferrable))
        for check in given.objects("checks"):
            said.append(_check(table, check))
        for exclusion in given.objects("exclusions") if dialect == "postgresql" else ():
            said.append(_exclusion(table, exclusion))
    if call.flag(2, True):
        schema = given.text("schema")
        for each in given.objects("foreignKeys"):
            said.append(foreign_key(call, table, each, schema))
    if keys and not alone:
        said.append(_primary(dialect, table, keys))
    return said


Unique = tuple[Embedded | None, list[Embedded], Embedded | None]


def _unique(given: Object) -> Unique:
    return given.text("name"), given.texts("columnNames"), given.text("deferrable")


def _constraint(
    table: Embedded, kind: str, called: Embedded | None, key: list[Embedded],
    deferrable: Embedded | None,
) -> Embedded:  # fmt: skip
    called = called or plain(names.of_columns(kind, table.text, [each.text for each in key]))
    parts: Parts = ["CONSTRAINT ", quoted(called, "postgresql"), " UNIQUE (", listed(key), ")"]
    if deferrable:
        parts += [" DEFERRABLE ", deferrable]
    return Embedded.join(parts)


def _check(table: Embedded, given: Object) -> Embedded:
    expression = given.text("expression") or Embedded("", ())
    called = given.text("name") or plain(names.made("CHK", table.text, expression.text))
    return Embedded.join(("CONSTRAINT ", quoted(called, "postgresql"), " CHECK (", expression, ")"))


def _exclusion(table: Embedded, given: Object) -> Embedded:
    expression = given.text("expression") or Embedded("", ())
    called = given.text("name") or plain(names.made("XCL", table.text, expression.text))
    parts: Parts = ["CONSTRAINT ", quoted(called, "postgresql"), " EXCLUDE ", expression]
    if deferrable := given.text("deferrable"):
        parts += [" DEFERRABLE ", deferrable]
    return Embedded.join(parts)


def _primary(dialect: str, table: Embedded, keys: list[Object]) -> Embedded:
    columns = [name(each) for each in keys]
    between = listed(columns, dialect)
    if dialect != "postgresql":
        return Embedded.join(("PRIMARY KEY (", between, ")"))
    called = keys[0].text("primaryKeyConstraintName") or plain(
        names.of_columns("PK", table.text, [each.text for each in columns])
    )
    return Embedded.join(
        ("CONSTRAINT ", quoted(called, "postgresql"), " PRIMARY KEY (", between, ")")
    )


def _index_within(table: Embedded, given: Object, kind: str) -> Embedded:
    key = given.texts("columnNames")
    kind += "SPATIAL " if given.flag("isSpatial") else ""
    kind += "FULLTEXT " if given.flag("isFulltext") else ""
    called = given.text("name") or plain(
        names.of_columns("IDX", table.text, [each.text for each in key])
    )
    return Embedded.join(
        (f"{kind}INDEX ", quoted(called, "mysql"), " (", listed(key, "mysql"), ")")
    )


def _key_within(table: Embedded, called: Embedded | None, key: list[Embedded]) -> Embedded:
    called = called or plain(names.of_columns("UQ", table.text, [each.text for each in key]))
    return Embedded.join(
        ("UNIQUE INDEX ", quoted(called, "mysql"), " (", listed(key, "mysql"), ")")
    )


def enum_type(called: Embedded, given: Object) -> Embedded:
    return Embedded.join(("CREATE TYPE ", called, " AS ENUM(", enum_values(given), ")"))


def column_comment(call: Call, table: Embedded, given: Object) -> Embedded:
    comment = given.text("comment")
    said = literal(comment) if comment else "NULL"
    own = quoted(name(given), "postgresql")
    return Embedded.join(("COMMENT ON COLUMN ", call.named(table), ".", own, " IS ", said))


def listed(columns: list[Embedded], dialect: str = "postgresql") -> Embedded:
    return joined([quoted(each, style(dialect)) for each in columns])


def plain(text: str) -> Embedded:
    return Embedded(text, ())


def drop_table(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(1) else ""
    return [Embedded.join((f"DROP TABLE {exists}", call.path(0)))]


def clear_table(call: Call) -> list[Embedded]:
    if call.dialect == "sqlite":
        return [Embedded.join(("DELETE FROM ", call.path(0)))]
    cascade = ""
    if len(call.made.given) > 1:
        cascade = " CASCADE" if call.object(1).flag("cascade") else ""
    return [Embedded.join(("TRUNCATE TABLE ", call.path(0), cascade))]


def change_comment(call: Call) -> list[Embedded]:
    if call.dialect != "postgresql":
        raise Unclear("it is not known what this sends there")
    comment = call.made.value(1)
    said = literal(comment) if isinstance(comment, Embedded) and comment.text else "NULL"
    return [Embedded.join(("COMMENT ON TABLE ", call.path(0), " IS ", said))]
