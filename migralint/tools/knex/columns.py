"""The columns of a table as Knex writes them: `table.string('name', 100).notNullable()` (Knex 3.3,
`lib/schema/columncompiler.js` and those of the dialects)."""

from __future__ import annotations

from migralint.languages.javascript.operators import spelled
from migralint.languages.values import Hidden, Items, Made, Pairs, Symbol, Value, hole, plain
from migralint.source import Embedded, Span
from migralint.tools.code import literal
from migralint.tools.javascript.literals import is_known, joined
from migralint.tools.knex.types import Around, Column, items_of, numeral, type_sql
from migralint.tools.knex.values import Unclear, Words, bare, flag, in_quotes

CHECKS = frozenset(
    "check checkPositive checkNegative checkIn checkNotIn checkBetween checkLength "
    "checkRegex".split()
)
MODIFIERS = CHECKS | frozenset(
    "default defaultsTo defaultTo unsigned nullable notNull notNullable first after comment "
    "collate".split()
)
_SAME = {"default": "defaultTo", "defaultsTo": "defaultTo", "notNull": "notNullable"}


def modifier(name: str) -> str:
    return _SAME.get(name, name)


def definition(column: Column, around: Around) -> Embedded:
    """A column as it stands in CREATE TABLE and ADD COLUMN."""
    parts: list[Embedded | str] = [
        around.words.name(column.name, column.place), " ", type_sql(column, around),
    ]  # fmt: skip
    for name in _order(around.words):
        made = _modified(column, name)
        if made is None or (column.increments and name != "comment"):
            continue
        said = _modifier(column, name, made, around)
        if said is not None and said.text:
            parts += [" ", said]
    return Embedded.join(parts)


def _modified(column: Column, name: str) -> Made | None:
    if name == "nullable":
        both = [column.modified.get(each) for each in ("nullable", "notNullable")]
        found = [each for each in both if each is not None]
        # The one that comes last says it.
        return max(found, key=lambda each: each.span.end) if found else None
    return column.modified.get(name)


def _order(words: Words) -> list[str]:
    own = ["nullable", "defaultTo"]
    if words.is_mysql:
        own = ["unsigned", "nullable", "defaultTo", "comment", "collate", "first", "after"]
    elif words.is_postgresql:
        own.append("comment")
    return [*own, "check", "checkPositive", "checkNegative", "checkIn", "checkNotIn",
            "checkBetween", "checkLength", "checkRegex"]  # fmt: skip


# Modifiers


def _modifier(column: Column, name: str, made: Made, around: Around) -> Embedded | None:
    words = around.words
    given = made.argument(0)
    if name == "nullable":
        required = made.path.endswith(("notNullable", "notNull"))
        required = required or flag(given, True) is False
        return Embedded.plain("not null" if required else "null", made.span)
    if name == "defaultTo":
        return default(column, words)
    if name in ("unsigned", "first"):
        return Embedded.plain(name, made.span)
    if name == "comment":
        return _comment(column, made, around)
    if name == "collate":
        return Embedded.join(("collate '", bare(made.value(0), made.span), "'"))
    if name == "after":
        return Embedded.join(("after ", words.name(made.value(0), made.span)))
    return _check(column, name, made, around)


def default(column: Column, words: Words) -> Embedded | None:
    """`default …`; None where Knex says none."""
    made = column.modified.get("defaultTo")
    if made is None:
        return None
    given = made.argument(0)
    value, span = (None, made.span) if given is None else (given.value, given.span)
    if given is None:
        return Embedded.plain("default ", made.span) if not words.is_mysql else None
    if words.is_mysql:
        if value is None:
            return None
        if column.kind in ("json", "jsonb") and isinstance(value, (Pairs, Items)):
            return Embedded.join(("default ('", _object(value, span), "')"))
        if column.kind == "blob" or "text" in column.kind:
            return None
    return Embedded.join(("default ", _default(column.kind, value, span, words)))


def _default(kind: str, value: Value, span: Span, words: Words) -> Embedded:
    if value is None:
        return Embedded.plain("null", span)
    if isinstance(value, Made):
        return words.raw(value) or hole(span)
    if isinstance(value, (Hidden, Symbol)):
        if isinstance(value, Symbol) and value.path.endswith(".fn.now"):
            return Embedded.plain("CURRENT_TIMESTAMP", span)
        return hole(span)
    if kind == "bool":
        false = value is False or value == 0 or getattr(value, "text", "x") in ("false", "")
        return Embedded.plain("'0'" if false else "'1'", span)
    if isinstance(value, (Pairs, Items)):
        return words.text(_object(value, span)) if kind in ("json", "jsonb") else hole(span)
    if isinstance(value, Embedded):
        return words.text(value) if is_known(value) else hole(span)
    return literal(Embedded.plain(spelled(value), span))


def _object(value: Value, span: Span) -> Embedded:
    import json

    if not is_known(value):
        raise Unclear(span)
    text = json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)
    return Embedded.plain(text, span)


def _comment(column: Column, made: Made, around: Around) -> Embedded | None:
    given = made.argument(0)
    value = None if given is None else given.value
    if around.words.is_mysql:
        if not isinstance(value, Embedded) or not value.text:
            return None
        parts = [each.replace("'", "\\'") for each in (value.text,)]
        return Embedded.plain(f"comment '{parts[0]}'", made.span)
    text = in_quotes(value) if isinstance(value, Embedded) and value.text else "NULL"
    name = around.words.name(column.name, column.place)
    around.after.append(
        Embedded.join(("comment on column ", around.table, ".", name, " is ", text))
    )
    return None


def _check(column: Column, name: str, made: Made, around: Around) -> Embedded | None:
    """A check() of a column: in its definition, or a constraint of its own where it is altered."""
    words = around.words
    own = words.name(column.name, column.place)
    said, named = _predicate(name, made, own, words)
    if column.altered is None:
        head: list[Embedded | str] = [] if named is None else ["constraint ", named, " "]
        return Embedded.join((*head, "check (", said, ")"))
    if named is None:
        number = 1 + sum(" add constraint " in each.text for each in around.after)
        text = f"{around.raw.text}_{bare(column.name, made.span).text}_{number}"
        named = Embedded.plain(text, made.span)
    around.after.append(
        Embedded.join(
            ("alter table ", around.table, " add constraint ", named, " check(", said, ")")
        )
    )
    return None


def _predicate(
    name: str, made: Made, own: Embedded, words: Words
) -> tuple[Embedded, Embedded | None]:
    """The condition of a check, and the name that it is given."""
    place = {"checkPositive": 0, "checkNegative": 0, "checkLength": 2, "check": 2}.get(name, 1)
    own_name = made.value(place)
    named = None if own_name is None else bare(own_name, made.span)
    first = made.argument(0)
    span = made.span if first is None else first.span
    value = None if first is None else first.value
    if name in ("checkPositive", "checkNegative"):
        return Embedded.join((own, " > 0" if name == "checkPositive" else " < 0")), named
    if name in ("checkIn", "checkNotIn"):
        listed = joined([words.literal(each, span) for each in items_of(first, made)], ",")
        return Embedded.join((own, " not in (" if "Not" in name else " in (", listed, ")")), named
    if name == "checkBetween":
        both = items_of(first, made)
        pairs = both if both and isinstance(both[0], Items) else [Items("list", both)]
        return joined([_between(own, each, span, words) for each in pairs], " or "), named
    if name == "checkLength":
        length = numeral(made.value(1), made, None)
        said = bare(value, span)
        return Embedded.join(("length(", own, ") ", said, f" {length}")), named
    if name == "checkRegex":
        sign = " ~ " if words.is_postgresql else " REGEXP "
        return Embedded.join((own, sign, words.literal(value, span))), named
    raise Unclear(made.span, "check() of a column gives no SQL")


def _between(own: Embedded, pair: Value, span: Span, words: Words) -> Embedded:
    if not isinstance(pair, Items) or len(pair.items) < 2:
        raise Unclear(span)
    low, high = (words.literal(each, span) for each in pair.items[:2])
    return Embedded.join((own, " between ", low, " and ", high))
