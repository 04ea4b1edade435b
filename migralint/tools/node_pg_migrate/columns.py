"""The columns of node-pg-migrate's calls, their types and shorthands
(9.0, `src/operations/tables/shared.ts`, `src/utils/types.ts`)."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.javascript.operators import is_number, spelled
from migralint.languages.values import Given, Pairs, Value, hole
from migralint.source import NOWHERE, Embedded, Span
from migralint.tools.code import identifier
from migralint.tools.node_pg_migrate.values import (
    NOTHING,
    Options,
    Refused,
    Style,
    at,
    escaped,
    given_of,
    name,
    options,
    raw,
    truth,
)

_ADAPTERS = {
    "int": "integer",
    "string": "text",
    "float": "real",
    "double": "double precision",
    "datetime": "timestamp",
    "bool": "boolean",
}
_ID: Value = Pairs(
    {
        "type": (Embedded("type", ()), Embedded("serial", ())),
        "primaryKey": (Embedded("primaryKey", ()), True),
    }
)


class Columns(Struct, frozen=True):
    """What the columns of a call are in SQL; `key` are those of a primary key of several."""

    lines: list[Embedded]
    key: list[Embedded]
    comments: list[Embedded]


def adapted(type_text: Embedded) -> Embedded:
    """A type as PostgreSQL calls it, where node-pg-migrate has a word of its own for it."""
    word = _ADAPTERS.get(type_text.text)
    if word is None:
        return type_text
    if not type_text.pieces:
        return Embedded(word, ())
    return Embedded.plain(word, type_text.to_host(Span(0, len(type_text.text))))


def _as_type(given: Given) -> Options:
    """A type, or the options of a column: a text is only a type."""
    if isinstance(given.value, Pairs):
        return options(given)
    return Options({"type": given}, True, given.span)


def typed(given: Given, style: Style) -> Options:
    """A column's options with those of the shorthands that its type stands for."""
    said = _as_type(given)
    shorthands = {"id": _ID, **style.shorthands}
    more: dict[str, Given] = {}
    seen: list[str] = []
    kind = said.value("type")
    while isinstance(kind, Embedded) and kind.text in shorthands:
        if kind.text in seen:
            raise Refused(f"the shorthand `{kind.text}`, which stands for itself")
        seen.append(kind.text)
        place = given_of(None, said.value("type"), given.span).span
        found = _as_type(Given(shorthands[kind.text], place))
        kind = found.value("type")
        more = {**found.items, **more, **({"type": found.items["type"]} if kind else {})}
    items = {**more, **said.items}
    if "type" in more:
        # It stands in the file where the shorthand does.
        items["type"] = Given(more["type"].value, said.items["type"].span)
    return Options(items, said.whole, given.span)


def type_sql(found: Options, style: Style) -> Embedded:
    """The type of a column's options."""
    given = found.get("type")
    if given is None:
        return hole(found.place)
    if isinstance(given.value, Pairs):
        return name(given, style)
    return adapted(raw(given))


def sequence_options(found: Options, style: Style) -> list[Embedded]:
    """What a sequence is made or changed with (`src/operations/sequences/shared.ts`)."""
    parts: list[Embedded] = []
    if found.has("type"):
        parts.append(Embedded.join(("AS ", type_sql(typed(found.items["type"], style), style))))
    parts.append(found.raw("increment", "INCREMENT BY "))
    for key, word in (("minvalue", "MINVALUE"), ("maxvalue", "MAXVALUE")):
        parts.append(found.raw(key, f"{word} "))
        if key in found.items and found.value(key) in (None, False) and not found.has(key):
            parts.append(at(found.items[key], f"NO {word}"))
    parts += [found.raw("start", "START WITH "), found.raw("cache", "CACHE ")]
    if "cycle" in found.items and found.value("cycle") is not None:
        parts.append(at(found.items["cycle"], "CYCLE" if found.flag("cycle") else "NO CYCLE"))
    parts.append(found.raw("owner", "OWNED BY "))
    if "owner" in found.items and not found.has("owner"):
        parts.append(at(found.items["owner"], "OWNED BY NONE"))
    return [each for each in parts if each.text]


def spaced(parts: list[Embedded]) -> Embedded:
    """Parts with spaces between them; those that are empty are left out."""
    made: list[Embedded | str] = []
    for each in parts:
        made += [" ", each] if each.text else []
    return Embedded.join(made[1:])


def identity(given: Given, style: Style) -> Embedded:
    found = options(given)
    precedence = found.get("precedence")
    words = at(given, "ALWAYS") if precedence is None else raw(precedence)
    more = spaced(sequence_options(found, style))
    tail: tuple[Embedded | str, ...] = (" (", more, ")") if more.text else ()
    return Embedded.join(("GENERATED ", words, " AS IDENTITY", *tail))


def references(found: Options, style: Style) -> Embedded:
    """The REFERENCES of a foreign key."""
    given = found.items["references"]
    text = given.value
    verbatim = isinstance(text, Embedded) and (text.text.startswith('"') or text.text.endswith(")"))
    parts: list[Embedded | str] = ["REFERENCES ", raw(given) if verbatim else name(given, style)]
    more = [
        found.raw("match", " MATCH "),
        found.raw("onDelete", " ON DELETE "),
        found.raw("onUpdate", " ON UPDATE "),
    ]
    return Embedded.join((*parts, *more))


def deferrable(found: Options) -> Embedded:
    if not found.flag("deferrable"):
        return NOTHING
    words = "DEFERRED" if found.flag("deferred") else "IMMEDIATE"
    return at(found.items["deferrable"], f"DEFERRABLE INITIALLY {words}")


def comment(what: Embedded, text: Given) -> Embedded:
    """COMMENT ON; none at all where it is null or empty takes the one that is there."""
    return Embedded.join(("COMMENT ON ", what, " IS ", escaped(text)))


def columns(table: Given | None, given: Given | None, style: Style, place: Span) -> Columns:
    """The columns that a call spells out."""
    found = options(given)
    each_of: dict[str, tuple[Embedded, Options]] = {}
    pairs = given.value.items if given is not None and isinstance(given.value, Pairs) else {}
    for key, (written, _) in pairs.items():
        place_of_key = given_of(written, None, found.place).span
        each_of[str(key)] = (
            name(Given(written, place_of_key), style),
            typed(found.items[str(key)], style),
        )
    keys = [column for column, said in each_of.values() if said.flag("primaryKey")]
    made = Columns([], keys if len(keys) > 1 else [], [])
    for called_sql, said in each_of.values():
        if said.get("comment") is not None:
            where = Embedded.join(("COLUMN ", name(table, style, place), ".", called_sql))
            made.comments.append(comment(where, said.items["comment"]))
    for called_sql, said in each_of.values():
        made.lines.append(_column(table, called_sql, said, made, style, place))
    if not found.whole:
        unknown = hole(found.place if found.place != NOWHERE else place)
        made.lines.append(Embedded.join((unknown, " ", unknown)))
    return made


def _column(
    table: Given | None,
    called: Embedded,
    said: Options,
    made: Columns,
    style: Style,
    place: Span,
) -> Embedded:
    parts = [called, _of_array(said, type_sql(said, style)), said.raw("collation", "COLLATE ")]
    given = said.get("default")
    if given is not None:
        parts.append(Embedded.join(("DEFAULT ", escaped(given))))
    parts.append(said.words("unique", "UNIQUE") if "unique" in said.items else NOTHING)
    if not made.key and "primaryKey" in said.items:
        parts.append(said.words("primaryKey", "PRIMARY KEY"))
    if "notNull" in said.items:
        parts.append(said.words("notNull", "NOT NULL"))
    parts.append(said.raw("check", "CHECK (", ")"))
    if said.has("references"):
        parts.append(_referring(table, called, said, made, style, place))
    if "deferrable" in said.items:
        parts.append(deferrable(said))
    if said.has("sequenceGenerated"):
        parts.append(identity(said.items["sequenceGenerated"], style))
    parts.append(said.raw("expressionGenerated", "GENERATED ALWAYS AS (", ") STORED"))
    return spaced(parts)


def _referring(
    table: Given | None,
    called: Embedded,
    said: Options,
    made: Columns,
    style: Style,
    place: Span,
) -> Embedded:
    """A column's foreign key, which has a name where one is said or a comment needs one."""
    key: Embedded | None = None
    if said.has("referencesConstraintName"):
        key = name(said.items["referencesConstraintName"], style)
    elif said.has("referencesConstraintComment"):
        of = NOTHING if table is None else raw(table)
        key = identifier(Embedded.join((of, "_fk_", called)))
    if key is not None and said.has("referencesConstraintComment"):
        where = Embedded.join(("CONSTRAINT ", key, " ON ", name(table, style, place)))
        made.comments.append(comment(where, said.items["referencesConstraintComment"]))
    head: tuple[Embedded | str, ...] = () if key is None else ("CONSTRAINT ", key, " ")
    return Embedded.join((*head, references(said, style)))


def _of_array(said: Options, kind: Embedded) -> Embedded:
    array = said.value("array")
    if array is True:
        return Embedded.join((kind, " ", at(said.items["array"], "ARRAY")))
    if is_number(array) and not isinstance(array, bool):
        return Embedded.join((kind, " ", at(said.items["array"], f"ARRAY[{spelled(array)}]")))
    if array is not None and truth(array) is None:
        return hole(said.items["array"].span)
    return kind
