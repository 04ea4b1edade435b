"""What `db.schema` of Kysely sends (0.28, `schema`, `query-compiler/default-query-compiler.js`)."""

from __future__ import annotations

from collections.abc import Callable

from migralint.languages.values import Given, Made
from migralint.source import Embedded
from migralint.tools.javascript.literals import joined, split
from migralint.tools.kysely.columns import (
    altered_column,
    column,
    constraint,
    foreign_key,
)
from migralint.tools.kysely.rows import condition, query
from migralint.tools.kysely.values import (
    NotKnown,
    Place,
    argument,
    at,
    immediate,
    is_raw,
    last,
    names,
    raw,
    several,
    text,
)

Writer = Callable[[list[Made], Place], Embedded]
NOTHING = Embedded("", ())
_CONSTRAINTS = {
    "addPrimaryKeyConstraint": "primary key",
    "addUniqueConstraint": "unique",
    "addCheckConstraint": "check",
    "addForeignKeyConstraint": "foreign key",
}


class Words:
    """What the calls of a chain add to a statement, by their names."""

    def __init__(self, calls: list[Made], known: str) -> None:
        """`known`: the calls that may stand in it. Raises NotKnown at another."""
        self.calls = calls
        allowed = known.split()
        for each in calls:
            if last(each) not in allowed:
                raise NotKnown(each.span, f"{last(each)}() is not read here")

    def all(self, name: str) -> list[Made]:
        return [each for each in self.calls if last(each) == name]

    def one(self, name: str) -> Made | None:
        found = self.all(name)
        return found[-1] if found else None

    def said(self, name: str, words: str) -> Embedded:
        """Words for a call without arguments."""
        found = self.one(name)
        return NOTHING if found is None else at(found, words)


def sql_of(given: Given, where: Place) -> Embedded:
    """SQL, or a query without brackets."""
    value = given.value
    if not isinstance(value, Made):
        raise NotKnown(given.span)
    return raw(value, where) if is_raw(value) else query(value, where)


# Tables


def create_table(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    words = Words(
        rest,
        "addColumn temporary onCommit ifNotExists modifyFront modifyEnd as "
        + " ".join(_CONSTRAINTS),
    )
    lines = [column(each, where) for each in words.all("addColumn")]
    lines += [
        constraint(_CONSTRAINTS[last(each)], each, where)
        for each in rest
        if last(each) in _CONSTRAINTS
    ]
    parts: list[Embedded | str] = ["create "]
    for each in words.all("modifyFront"):
        parts += [sql_of(argument(each, 0), where), " "]
    parts += [words.said("temporary", "temporary "), "table "]
    parts += [words.said("ifNotExists", "if not exists ")]
    parts.append(where.table(head.argument(0), head.span))
    source = words.one("as")
    if source is None:
        parts += [" (", joined(lines), ")"]
    commit = words.one("onCommit")
    if commit is not None:
        parts += [" on commit ", text(argument(commit, 0))]
    for each in words.all("modifyEnd"):
        parts += [" ", sql_of(argument(each, 0), where)]
    if source is not None:
        parts += [" as ", sql_of(argument(source, 0), where)]
    return Embedded.join(parts)


def alter_table(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    table = where.table(head.argument(0), head.span)
    lines: list[Embedded] = []
    number = 0
    while number < len(rest):
        each = rest[number]
        more = rest[number + 1 :]
        name = last(each)
        if name in _CONSTRAINTS:
            made = constraint(_CONSTRAINTS[name], each, where)
            if name == "addForeignKeyConstraint":
                made = Embedded.join((made, foreign_key(more)))
                more = []
            lines.append(Embedded.join(("add ", made)))
        elif name in _ACTIONS:
            sql, more = _ACTIONS[name](each, more, where)
            lines.append(sql)
        else:
            raise NotKnown(each.span, f"{name}() is not read here")
        number = len(rest) - len(more)
    if not lines:
        raise NotKnown(head.span, "nothing is changed")
    return Embedded.join(("alter table ", table, " ", joined(lines)))


_Action = Callable[[Made, list[Made], Place], tuple[Embedded, list[Made]]]
"""One clause of an ALTER TABLE, and the calls that are left after it."""


def _simple(words: str, *between: str) -> _Action:
    """A clause of one or two names."""

    def write(made: Made, more: list[Made], where: Place) -> tuple[Embedded, list[Made]]:
        parts: list[Embedded | str] = [words, where.quoted(text(argument(made, 0)))]
        for number, each in enumerate(between, 1):
            parts += [each, where.quoted(text(argument(made, number)))]
        return Embedded.join(parts), more

    return write


def _rename(made: Made, more: list[Made], where: Place) -> tuple[Embedded, list[Made]]:
    return Embedded.join(("rename to ", where.table(made.argument(0), made.span))), more


def _add(made: Made, more: list[Made], where: Place) -> tuple[Embedded, list[Made]]:
    words = "add column " if last(made) == "addColumn" else "modify column "
    return Embedded.join((words, column(made, where))), more


def _alter(made: Made, more: list[Made], where: Place) -> tuple[Embedded, list[Made]]:
    return altered_column(made, where), more


def _drop_constraint(made: Made, more: list[Made], where: Place) -> tuple[Embedded, list[Made]]:
    words = Words(more, "ifExists cascade restrict")
    name = where.quoted(text(argument(made, 0)))
    parts: list[Embedded | str] = ["drop constraint ", words.said("ifExists", "if exists "), name]
    ends = [words.said("cascade", " cascade"), words.said("restrict", " restrict")]
    return Embedded.join((*parts, *ends)), []


def _add_index(made: Made, more: list[Made], where: Place) -> tuple[Embedded, list[Made]]:
    words = Words(more, "unique column columns expression using")
    name = where.quoted(text(argument(made, 0)))
    parts: list[Embedded | str] = ["add ", words.said("unique", "unique "), "index ", name]
    keys = _keys(words, where)
    parts += [" (", joined(keys), ")"] if keys else []
    using = words.one("using")
    if using is not None:
        parts += [" using ", _method(argument(using, 0), where)]
    return Embedded.join(parts), []


_ACTIONS: dict[str, _Action] = {
    "addColumn": _add,
    "modifyColumn": _add,
    "alterColumn": _alter,
    "dropColumn": _simple("drop column "),
    "renameColumn": _simple("rename column ", " to "),
    "renameTo": _rename,
    "setSchema": _simple("set schema "),
    "renameConstraint": _simple("rename constraint ", " to "),
    "dropConstraint": _drop_constraint,
    "addIndex": _add_index,
    "dropIndex": _simple("drop index "),
}


# Indexes


def _keys(words: Words, where: Place) -> list[Embedded]:
    """The columns and expressions of an index, in their order."""
    found: list[Embedded] = []
    for each in words.calls:
        if last(each) == "expression":
            found.append(sql_of(argument(each, 0), where))
        elif last(each) in ("column", "columns"):
            found += [_key(one, where) for one in several(argument(each, 0))]
    return found


def _key(given: Given, where: Place) -> Embedded:
    """A column, which may be followed by its order."""
    name, *order = split(text(given), " ")
    return joined([where.quoted(name), *order], " ")


def _method(given: Given, where: Place) -> Embedded:
    return sql_of(given, where) if isinstance(given.value, Made) else text(given)


def create_index(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    words = Words(
        rest, "on column columns expression using where unique ifNotExists nullsNotDistinct"
    )
    on, using = words.one("on"), words.one("using")
    table: list[Embedded | str] = []
    if on is not None:
        table = [" on ", where.table(on.argument(0), on.span)]
    method: list[Embedded | str] = []
    if using is not None:
        method = [" using ", _method(argument(using, 0), where)]
    placed = [*method, *table] if where.dialect in ("mysql", "mariadb") else [*table, *method]
    parts: list[Embedded | str] = [
        "create ",
        words.said("unique", "unique "),
        "index ",
        words.said("ifNotExists", "if not exists "),
        where.quoted(text(argument(head, 0))),
        *placed,
    ]
    keys = _keys(words, where)
    parts += [" (", joined(keys), ")"] if keys else []
    if where.dialect not in ("mysql", "mariadb"):
        parts.append(words.said("nullsNotDistinct", " nulls not distinct"))
    tests = [condition(each, where) for each in words.all("where")]
    parts += [" where ", joined(tests, " and ")] if tests else []
    return Embedded.join(parts)


def drop_index(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    words = Words(rest, "on ifExists cascade")
    on = words.one("on")
    parts: list[Embedded | str] = ["drop index ", words.said("ifExists", "if exists ")]
    parts.append(where.table(argument(head, 0), head.span))
    parts += [" on ", where.table(on.argument(0), on.span)] if on is not None else []
    return Embedded.join((*parts, words.said("cascade", " cascade")))


# The rest


def _made(what: str, *, quoted: bool = False) -> Writer:
    """CREATE or DROP of something with a name."""

    def write(calls: list[Made], where: Place) -> Embedded:
        head, *rest = calls
        words = Words(rest, "ifNotExists ifExists cascade materialized")
        name = argument(head, 0)
        verb, _, kind = what.partition(" ")
        parts: list[Embedded | str] = [
            f"{verb} ",
            words.said("materialized", "materialized "),
            f"{kind} ",
            words.said("ifNotExists", "if not exists "),
            words.said("ifExists", "if exists "),
            where.quoted(text(name)) if quoted else where.table(name, head.span),
            words.said("cascade", " cascade"),
        ]
        return Embedded.join(parts)

    return write


def create_type(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    words = Words(rest, "asEnum")
    values = words.one("asEnum")
    parts: list[Embedded | str] = ["create type ", where.table(argument(head, 0), head.span)]
    if values is not None:
        said = [immediate(each, where) for each in several(argument(values, 0))]
        parts += [" as enum (", joined(said), ")"]
    return Embedded.join(parts)


def create_view(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    words = Words(rest, "orReplace materialized temporary ifNotExists columns as")
    columns, source = words.one("columns"), words.one("as")
    parts: list[Embedded | str] = [
        "create ",
        words.said("orReplace", "or replace "),
        words.said("materialized", "materialized "),
        words.said("temporary", "temporary "),
        "view ",
        words.said("ifNotExists", "if not exists "),
        where.table(argument(head, 0), head.span),
        " ",
    ]
    parts += ["(", names(argument(columns, 0), where), ") "] if columns is not None else []
    parts += ["as ", sql_of(argument(source, 0), where)] if source is not None else []
    return Embedded.join(parts)


def refresh_view(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    words = Words(rest, "concurrently withData withNoData")
    data = words.one("withNoData")
    return Embedded.join(
        (
            "refresh materialized view ",
            words.said("concurrently", "concurrently "),
            where.table(argument(head, 0), head.span),
            " with data" if data is None else at(data, " with no data"),
        )
    )


WRITERS: dict[str, Writer] = {
    "createTable": create_table,
    "alterTable": alter_table,
    "dropTable": _made("drop table"),
    "createIndex": create_index,
    "dropIndex": drop_index,
    "createSchema": _made("create schema", quoted=True),
    "dropSchema": _made("drop schema", quoted=True),
    "createType": create_type,
    "dropType": _made("drop type"),
    "createView": create_view,
    "dropView": _made("drop view"),
    "refreshMaterializedView": refresh_view,
}
"""What each call of `db.schema` begins."""
