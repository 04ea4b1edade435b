"""Columns: what the calls that add, change, rename and drop them send (TypeORM 1.1,
`PostgresQueryRunner`, `MysqlQueryRunner`, `AbstractSqliteQueryRunner`)."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.languages.values import Value, text_of
from migralint.source import Embedded
from migralint.tools.javascript.literals import quoted
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
    full_type,
    name,
)
from migralint.tools.typeorm.options import Object, Unclear
from migralint.tools.typeorm.renames import column_dropped, column_renamed
from migralint.tools.typeorm.tables import REBUILT, column_comment, enum_type, listed, plain


def add_column(call: Call) -> list[Embedded]:
    return _added(call, call.object(1))


def add_columns(call: Call) -> list[Embedded]:
    return [sql for each in call.objects(1) for sql in _added(call, each)]


def _added(call: Call, given: Object, gone: str = "") -> list[Embedded]:
    """`gone`: the column that has just been dropped."""
    _not_rebuilt(call)
    table, dialect = call.table(0), call.dialect
    sent: list[Embedded] = []
    if dialect == "postgresql" and text_of(given.get("type")) in ENUMS:
        sent.append(enum_type(enum_name(table, given), given))
    own, alter = name(given), Embedded.join(("ALTER TABLE ", call.path(0)))
    primary = given.flag("isPrimary")
    said = column(dialect, table, given, primary=primary)
    sent.append(Embedded.join((alter, " ADD ", said)))
    mark = quoted(own, style(dialect))
    if primary and dialect == "postgresql":
        sent += _key_widened(call, table, alter, given, gone)
    if given.flag("isUnique"):
        kind = "UQ" if dialect == "postgresql" else "IDX"
        called = quoted(plain(names.of_columns(kind, table.text, [own.text])), style(dialect))
        if dialect == "postgresql":
            sent.append(Embedded.join((alter, " ADD CONSTRAINT ", called, " UNIQUE (", mark, ")")))
        else:
            sent.append(Embedded.join((alter, " ADD UNIQUE INDEX ", called, " (", mark, ")")))
    if dialect == "postgresql" and given.text("comment"):
        sent.append(column_comment(call, table, given))
    return sent


def _key_widened(
    call: Call, table: Embedded, alter: Embedded, given: Object, gone: str
) -> Iterator[Embedded]:
    """The key that is there is dropped, and made anew over its columns and this one."""
    if call.schema is None:
        raise Unclear(BEFORE)
    key = found_before.primary_key(call.schema, table)
    columns, said = [name(given)], given.text("primaryKeyConstraintName")
    left = [each for each in key.columns if each != gone] if key is not None else []
    if key is not None and left:
        own = names.of_columns("PK", table.text, key.columns)
        made = key.name in (None, own)
        if gone:  # Without that column it has just been made again.
            own = names.of_columns("PK", table.text, left)
        called = plain(own if made else key.name or "")
        yield Embedded.join((alter, " DROP CONSTRAINT ", quoted(called, "postgresql")))
        columns, said = [*map(plain, left), *columns], None if made else called
    said = said or plain(names.of_columns("PK", table.text, [each.text for each in columns]))
    parts: Parts = [" ADD CONSTRAINT ", quoted(said, "postgresql"), " PRIMARY KEY ("]
    yield Embedded.join((alter, *parts, listed(columns), ")"))


def drop_column(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(2) else ""
    return _dropped(call, call.name_at(1, call.given(1).value), exists)


def drop_columns(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(2) else ""
    return [sql for each in call.names(1) for sql in _dropped(call, each, exists)]


def _dropped(call: Call, own: Embedded, exists: str = "") -> list[Embedded]:
    _not_rebuilt(call)
    return column_dropped(call, own, exists)


def rename_column(call: Call) -> list[Embedded]:
    _not_rebuilt(call)
    if call.dialect == "mysql":
        raise Unclear(BEFORE)
    if isinstance(call.given(2).value, Embedded):
        old, new = (call.name_at(n, call.given(n).value) for n in (1, 2))
        return column_renamed(call, old, new)
    return _changed(call, call.given(1).value, call.object(2))


def change_column(call: Call) -> list[Embedded]:
    return _changed(call, call.given(1).value, call.object(2))


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
        return [*_dropped(call, name(old)), *_added(call, new, gone=name(old).text)]
    sent: list[Embedded] = []
    alter = Embedded.join(("ALTER TABLE ", call.path(0)))
    if name(old).text != name(new).text:
        sent += column_renamed(call, name(old), name(new))
    own = Embedded.join((alter, " ALTER COLUMN ", quoted(name(new), "postgresql")))
    if _differs(old, new, "precision") or _differs(old, new, "scale"):
        sent.append(Embedded.join((own, " TYPE ", full_type(new))))
    if _differs(old, new, "enum") or _differs(old, new, "enumName"):
        raise Unclear("what becomes of its enum depends on the server")
    if old.flag("isNullable") != new.flag("isNullable"):
        word = "DROP" if new.flag("isNullable") else "SET"
        sent.append(Embedded.join((own, f" {word} NOT NULL")))
    if _differs(old, new, "comment"):
        sent.append(column_comment(call, call.table(0), new))
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
        collation = quoted(new.text("collation") or plain("undefined"), "postgresql")
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
        table, before = call.table(0), name(old).text
        said = found_before.unique(call.schema, table, before)
        if said == names.of_columns("UQ", table.text, [before]):  # It has followed the column.
            said = names.of_columns("UQ", table.text, [own.text])
        return Embedded.join((alter, f' DROP CONSTRAINT "{said}"'))
    called = quoted(plain(names.of_columns("UQ", call.table(0).text, [own.text])), "postgresql")
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
