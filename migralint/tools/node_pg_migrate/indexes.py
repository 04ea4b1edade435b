"""What node-pg-migrate sends for indexes (9.0, `src/operations/indexes`)."""

from __future__ import annotations

import re

from migralint.languages.values import Given, Made, Pairs
from migralint.source import Embedded
from migralint.tools.code import identifier, listed
from migralint.tools.node_pg_migrate.values import (
    NOTHING,
    Options,
    Refused,
    Style,
    is_expression,
    name,
    names,
    of_literal,
    options,
    own_name,
    raw,
    said,
    several,
)

_NOT_A_NAME = re.compile(r'[^\w".]')
_SPECIAL = re.compile(r"[ ().]")
_BRACKETS = 9
"""Before this version a column that is no name stood there as it is."""


def create_index(made: Made, style: Style) -> list[Embedded]:
    table, given, found = made.argument(0), made.argument(1), options(made.argument(2))
    unique = found.words("unique", "UNIQUE ")
    if found.has("nulls") and not unique.text:
        raise Refused("`nulls` of an index that is not unique")
    called = _index_name(own_name(table), given, found, style)
    parts: list[Embedded | str] = [
        "CREATE ",
        unique,
        "INDEX ",
        found.words("concurrently", "CONCURRENTLY "),
        found.words("ifNotExists", "IF NOT EXISTS "),
        called,
        " ON ",
        name(table, style, made.span),
        found.raw("method", " USING "),
        " (",
        listed([_column(each, style) for each in several(given)]),
        ")",
    ]
    if found.has("include"):
        parts += [" INCLUDE (", listed(names(found.items["include"], style)), ")"]
    parts += [found.raw("nulls", " NULLS "), found.raw("where", " WHERE ")]
    return [Embedded.join(parts)]


def drop_index(made: Made, style: Style) -> list[Embedded]:
    table, given, found = made.argument(0), made.argument(1), options(made.argument(2))
    called = _index_name(own_name(table), given, found, style)
    schema = options(table).get("schema") if _is_named(table) else None
    where: tuple[Embedded | str, ...] = () if schema is None else (name(schema, style), ".")
    return [
        Embedded.join(
            (
                "DROP INDEX ",
                found.words("concurrently", "CONCURRENTLY "),
                found.words("ifExists", "IF EXISTS "),
                *where,
                called,
                found.words("cascade", " CASCADE"),
            )
        )
    ]


def rename_index(made: Made, style: Style) -> list[Embedded]:
    old, new = (name(made.argument(each), style, made.span) for each in (0, 1))
    return [Embedded.join(("ALTER INDEX ", old, " RENAME TO ", new))]


def _is_named(table: Given | None) -> bool:
    return table is not None and isinstance(table.value, Pairs)


def _index_name(table: Given | None, given: Given | None, found: Options, style: Style) -> Embedded:
    if found.has("name"):
        return name(found.items["name"], style)
    if not found.whole:
        found.flag("name")
    parts: list[Embedded | str] = ["" if table is None else raw(table)]
    for each in several(given):
        if of_literal(each.value) is not None:
            raise Refused("an index without a name on a PgLiteral")
        inner = options(each).get("name")
        parts += ["_", _spoken(each if inner is None else inner, style)]
    unique = found.words("unique", "_unique") if "unique" in found.items else NOTHING
    whole = Embedded.join((*parts, unique, "_index"))
    return name(Given(whole, given.span), style) if given is not None else identifier(whole)


def _spoken(given: Given, style: Style) -> Embedded:
    """A column as it stands without quotes: an expression in brackets."""
    text = said(given, style)
    if (
        style.major >= _BRACKETS
        and isinstance(given.value, Embedded)
        and is_expression(given.value.text)
    ):
        return Embedded.join(("(", raw(given), ")"))
    return text


def _column(given: Given, style: Style) -> Embedded:
    if isinstance(given.value, Pairs) and of_literal(given.value) is None:
        found = options(given)
        parts: list[Embedded | str] = [_key(found.get("name") or given, style)]
        if found.has("opclass"):
            parts += [" ", name(found.items["opclass"], style)]
        return Embedded.join((*parts, found.raw("sort", " ")))
    return _key(given, style)


def _key(given: Given, style: Style) -> Embedded:
    """A column by its name, or an expression, which is told by its letters."""
    if of_literal(given.value) is not None:
        return raw(given)
    text = _spoken(given, style)
    if style.major < _BRACKETS:
        return identifier(text) if _SPECIAL.search(text.text) is None else text
    if _NOT_A_NAME.search(text.text) is None:
        return identifier(text)
    return text if text.text.endswith(")") else Embedded.join(("(", text, ")"))
