"""Tables and columns: what the calls that make, change and drop them send (TypeORM 1.1,
`PostgresQueryRunner`, `MysqlQueryRunner`, `AbstractSqliteQueryRunner`)."""

from __future__ import annotations

from migralint.languages.values import Value, text_of
from migralint.source import Embedded
from migralint.tools.code import literal
from migralint.tools.javascript.literals import joined, quoted
from migralint.tools.typeorm import before as found_before
from migralint.tools.typeorm import names
from migralint.tools.typeorm.calls import BEFORE, Call, style
from migralint.tools.typeorm.columns import (
    ENUMS,
    UUID,
    Parts,
    column,
    default_words,
    enum_name,
    enum_values,
    full_type,
    name,
)
from migralint.tools.typeorm.keys import create_index_sql, foreign_key
from migralint.tools.typeorm.options import Object, Unclear

REBUILT = "on SQLite, TypeORM makes the table anew from what the database says of it"


def create_table(call: Call) -> list[Embedded]:
    given = call.object(0)
    table = name(given)
    sent: list[Embedded] = []
    columns = given.objects("columns")
    if call.dialect == "postgresql":
        known = set()
        for each in columns:
            if text_of(each.get("type")) in ENUMS:
                called = enum_name(table, each)
                if called.text not in known:
                    sent.append(_enum(called, each))
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
        sent += [_comment(call, table, each) for each in columns if each.text("comment")]
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
    called = called or _plain(names.of_columns(kind, table.text, [each.text for each in key]))
    parts: Parts = ["CONSTRAINT ", quoted(called, "postgresql"), " UNIQUE (", _list(key), ")"]
    if deferrable:
        parts += [" DEFERRABLE ", deferrable]
    return Embedded.join(parts)


def _check(table: Embedded, given: Object) -> Embedded:
    expression = given.text("expression") or Embedded("", ())
    called = given.text("name") or _plain(names.made("CHK", table.text, expression.text))
    return Embedded.join(("CONSTRAINT ", quoted(called, "postgresql"), " CHECK (", expression, ")"))


def _exclusion(table: Embedded, given: Object) -> Embedded:
    expression = given.text("expression") or Embedded("", ())
    called = given.text("name") or _plain(names.made("XCL", table.text, expression.text))
    parts: Parts = ["CONSTRAINT ", quoted(called, "postgresql"), " EXCLUDE ", expression]
    if deferrable := given.text("deferrable"):
        parts += [" DEFERRABLE ", deferrable]
    return Embedded.join(parts)


def _primary(dialect: str, table: Embedded, keys: list[Object]) -> Embedded:
    columns = [name(each) for each in keys]
    listed = _list(columns, dialect)
    if dialect != "postgresql":
        return Embedded.join(("PRIMARY KEY (", listed, ")"))
    called = keys[0].text("primaryKeyConstraintName") or _plain(
        names.of_columns("PK", table.text, [each.text for each in columns])
    )
    return Embedded.join(
        ("CONSTRAINT ", quoted(called, "postgresql"), " PRIMARY KEY (", listed, ")")
    )


def _index_within(table: Embedded, given: Object, kind: str) -> Embedded:
    key = given.texts("columnNames")
    kind += "SPATIAL " if given.flag("isSpatial") else ""
    kind += "FULLTEXT " if given.flag("isFulltext") else ""
    called = given.text("name") or _plain(
        names.of_columns("IDX", table.text, [each.text for each in key])
    )
    return Embedded.join((f"{kind}INDEX ", quoted(called, "mysql"), " (", _list(key, "mysql"), ")"))


def _key_within(table: Embedded, called: Embedded | None, key: list[Embedded]) -> Embedded:
    called = called or _plain(names.of_columns("UQ", table.text, [each.text for each in key]))
    return Embedded.join(("UNIQUE INDEX ", quoted(called, "mysql"), " (", _list(key, "mysql"), ")"))


def _enum(called: Embedded, given: Object) -> Embedded:
    return Embedded.join(("CREATE TYPE ", called, " AS ENUM(", enum_values(given), ")"))


def _comment(call: Call, table: Embedded, given: Object) -> Embedded:
    comment = given.text("comment")
    said = literal(comment) if comment else "NULL"
    own = quoted(name(given), "postgresql")
    return Embedded.join(("COMMENT ON COLUMN ", call.named(table), ".", own, " IS ", said))


def _list(columns: list[Embedded], dialect: str = "postgresql") -> Embedded:
    return joined([quoted(each, style(dialect)) for each in columns])


def _plain(text: str) -> Embedded:
    return Embedded(text, ())


def drop_table(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(1) else ""
    return [Embedded.join((f"DROP TABLE {exists}", call.path(0)))]


def rename_table(call: Call) -> list[Embedded]:
    new = quoted(call.text(1), style(call.dialect))
    if call.dialect == "mysql":
        return [Embedded.join(("RENAME TABLE ", call.path(0), " TO ", new))]
    return [Embedded.join(("ALTER TABLE ", call.path(0), " RENAME TO ", new))]


def clear_table(call: Call) -> list[Embedded]:
    if call.dialect == "sqlite":
        return [Embedded.join(("DELETE FROM ", call.path(0)))]
    cascade = ""
    if len(call.made.given) > 1:
        cascade = " CASCADE" if call.object(1).flag("cascade") else ""
    return [Embedded.join(("TRUNCATE TABLE ", call.path(0), cascade))]


def add_column(call: Call) -> list[Embedded]:
    return _added(call, call.object(1))


def add_columns(call: Call) -> list[Embedded]:
    return [sql for each in call.objects(1) for sql in _added(call, each)]


def _added(call: Call, given: Object) -> list[Embedded]:
    _not_rebuilt(call)
    table, dialect = call.table(0), call.dialect
    sent: list[Embedded] = []
    if dialect == "postgresql" and text_of(given.get("type")) in ENUMS:
        sent.append(_enum(enum_name(table, given), given))
    own, alter = name(given), Embedded.join(("ALTER TABLE ", call.path(0)))
    primary = given.flag("isPrimary")
    said = column(dialect, table, given, primary=primary)
    sent.append(Embedded.join((alter, " ADD ", said)))
    mark = quoted(own, style(dialect))
    if primary and dialect == "postgresql":
        called = given.text("primaryKeyConstraintName") or _plain(
            names.of_columns("PK", table.text, [own.text])
        )
        key: Parts = [" ADD CONSTRAINT ", quoted(called, dialect), " PRIMARY KEY (", mark, ")"]
        sent.append(Embedded.join((alter, *key)))
    if given.flag("isUnique"):
        kind = "UQ" if dialect == "postgresql" else "IDX"
        called = quoted(_plain(names.of_columns(kind, table.text, [own.text])), style(dialect))
        if dialect == "postgresql":
            sent.append(Embedded.join((alter, " ADD CONSTRAINT ", called, " UNIQUE (", mark, ")")))
        else:
            sent.append(Embedded.join((alter, " ADD UNIQUE INDEX ", called, " (", mark, ")")))
    if dialect == "postgresql" and given.text("comment"):
        sent.append(_comment(call, table, given))
    return sent


def drop_column(call: Call) -> list[Embedded]:
    return [_dropped(call, call.name_at(1, call.made.given[1].value))]


def drop_columns(call: Call) -> list[Embedded]:
    return [_dropped(call, each) for each in call.names(1)]


def _dropped(call: Call, own: Embedded) -> Embedded:
    _not_rebuilt(call)
    mark = quoted(own, style(call.dialect))
    return Embedded.join(("ALTER TABLE ", call.path(0), " DROP COLUMN ", mark))


def rename_column(call: Call) -> list[Embedded]:
    """As much of it as is known without the table: the names of its keys follow."""
    _not_rebuilt(call)
    if call.dialect == "mysql":
        raise Unclear(BEFORE)
    old, new = (call.name_at(n, call.made.given[n].value) for n in (1, 2))
    marks = [quoted(each, style(call.dialect)) for each in (old, new)]
    parts: Parts = ["ALTER TABLE ", call.path(0), " RENAME COLUMN ", marks[0], " TO ", marks[1]]
    return [Embedded.join(parts)]


def change_column(call: Call) -> list[Embedded]:
    return _changed(call, call.made.given[1].value, call.object(2))


def change_columns(call: Call) -> list[Embedded]:
    return [
        sql
        for each in call.objects(1)
        for sql in _changed(call, each.get("oldColumn"), Object(each.get("newColumn"), each.span))
    ]


def _changed(call: Call, before: Value, new: Object) -> list[Embedded]:
    """TypeORM compares both columns: another type, length or bracket makes it drop the column and
    add it anew."""
    _not_rebuilt(call)
    old = _old(call, before, new)
    if any(_differs(old, new, each) for each in ("type", "length", "isArray", "asExpression")):
        return [_dropped(call, name(old)), *_added(call, new)]
    sent: list[Embedded] = []
    alter = Embedded.join(("ALTER TABLE ", call.path(0)))
    if name(old).text != name(new).text:
        marks = [quoted(name(each), "postgresql") for each in (old, new)]
        sent.append(Embedded.join((alter, " RENAME COLUMN ", marks[0], " TO ", marks[1])))
    own = Embedded.join((alter, " ALTER COLUMN ", quoted(name(new), "postgresql")))
    if _differs(old, new, "precision") or _differs(old, new, "scale"):
        sent.append(Embedded.join((own, " TYPE ", full_type(new))))
    if _differs(old, new, "enum") or _differs(old, new, "enumName"):
        raise Unclear("what becomes of its enum depends on the server")
    if old.flag("isNullable") != new.flag("isNullable"):
        word = "DROP" if new.flag("isNullable") else "SET"
        sent.append(Embedded.join((own, f" {word} NOT NULL")))
    if _differs(old, new, "comment"):
        sent.append(_comment(call, call.table(0), new))
    if old.flag("isPrimary") != new.flag("isPrimary"):
        raise Unclear("what becomes of its primary key depends on the table")
    if old.flag("isUnique") != new.flag("isUnique"):
        sent.append(_uniqueness(call, alter, old, new))
    if old.flag("isGenerated") != new.flag("isGenerated"):
        sent += _generation(own, old, new)
    if _differs(old, new, "default"):
        default = default_words(new)
        words: Parts = [" DROP DEFAULT"] if default is None else [" SET DEFAULT ", default]
        sent.append(Embedded.join((own, *words)))
    if _differs(old, new, "collation"):
        collation = quoted(new.text("collation") or _plain("undefined"), "postgresql")
        kind = new.text("type") or ""
        sent.append(Embedded.join((own, " TYPE ", kind, " COLLATE ", collation)))
    if _differs(old, new, "generatedType"):
        raise Unclear("what becomes of its expression depends on the table")
    return sent


def _old(call: Call, given: Value, new: Object) -> Object:
    """The column as it is."""
    if call.dialect == "mysql":
        raise Unclear(BEFORE)
    if not isinstance(given, Embedded):
        return Object(given, new.span)
    if call.schema is None:
        raise Unclear(BEFORE)
    found = found_before.column(call.schema, call.table(0), given.text)
    if found is None:
        raise Unclear("history does not show the column as it is")
    if all(text_of(each.get("type")) in ENUMS for each in (found, new)):
        raise Unclear("what becomes of its enum depends on the server")
    return found


def _differs(old: Object, new: Object, option: str) -> bool:
    one, other = old.get(option), new.get(option)
    if option == "enum":
        return [each.text for each in old.texts(option)] != [
            each.text for each in new.texts(option)
        ]
    if option == "isArray":
        return old.flag(option) != new.flag(option)
    if option == "default":
        said = [None if each is None else each.text for each in map(default_words, (old, new))]
        return said[0] != said[1]
    if one is None and other is None:
        return False
    return _said(old, option) != _said(new, option)


def _said(given: Object, option: str) -> str:
    found = given.text(option)
    if found is not None and "_hid" in found.text:
        raise Unclear(f"`{option}` is only known when the code runs")
    return found.text if found is not None else ""


def _uniqueness(call: Call, alter: Embedded, old: Object, new: Object) -> Embedded:
    own = name(new)
    if call.schema is not None and old.flag("isUnique"):
        said = found_before.unique(call.schema, call.table(0), name(old).text)
        return Embedded.join((alter, f' DROP CONSTRAINT "{said}"'))
    called = quoted(_plain(names.of_columns("UQ", call.table(0).text, [own.text])), "postgresql")
    if new.flag("isUnique"):
        mark = quoted(own, "postgresql")
        return Embedded.join((alter, " ADD CONSTRAINT ", called, " UNIQUE (", mark, ")"))
    return Embedded.join((alter, " DROP CONSTRAINT ", called))


def _generation(own: Embedded, old: Object, new: Object) -> list[Embedded]:
    """Only what has a UUID: a sequence's name depends on the table."""
    given = new if new.flag("isGenerated") else old
    if text_of(given.get("generationStrategy")) != "uuid":
        raise Unclear("what becomes of its sequence depends on the table")
    word = f" SET DEFAULT {UUID}" if new.flag("isGenerated") else " DROP DEFAULT"
    return [Embedded.join((own, word))]


def _not_rebuilt(call: Call) -> None:
    if call.dialect == "sqlite":
        raise Unclear(REBUILT)


def change_comment(call: Call) -> list[Embedded]:
    if call.dialect != "postgresql":
        raise Unclear("it is not known what this sends there")
    comment = call.made.value(1)
    said = literal(comment) if isinstance(comment, Embedded) and comment.text else "NULL"
    return [Embedded.join(("COMMENT ON TABLE ", call.path(0), " IS ", said))]
