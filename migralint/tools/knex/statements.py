"""The statements that queries end in."""

from __future__ import annotations

from collections.abc import Callable

from migralint.languages.values import Closure, Items, Made, Pairs, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.code import UNKNOWN
from migralint.tools.javascript.literals import joined
from migralint.tools.knex.queries import Query


def _table(found: Query) -> Embedded:
    table = found.table if found.table is not None else hole(Span(0, 0))
    return table if found.schema is None else Embedded.join((found.schema, ".", table))


def _where(found: Query) -> list[Embedded | str]:
    said = found.where.sql()
    return [] if said is None else [" where ", said]


def _returning(found: Query) -> list[Embedded | str]:
    if found.returning is None or found.words.is_mysql:
        return []
    if found.verb == "del" and found.words.dialect == "sqlite":
        return []
    return [" returning ", found.returning]


def _select(found: Query) -> Embedded:
    columns = joined(found.columns) if found.columns else Embedded("*", ())
    parts: list[Embedded | str] = ["select ", found.distinct, columns]
    if found.table is not None:
        parts += [" from ", _table(found)]
    for each in found.joins:
        parts += [" ", each]
    parts += _where(found)
    if found.groups:
        parts += [" group by ", joined(found.groups)]
    having = found.having.sql()
    if having is not None:
        parts += [" having ", having]
    parts += found.compounds
    if found.orders:
        parts += [" order by ", joined(found.orders)]
    parts += _limit(found)
    parts.append("" if found.words.dialect == "sqlite" else found.lock)
    return Embedded.join(parts)


def _limit(found: Query) -> list[Embedded | str]:
    parts: list[Embedded | str] = []
    if found.limit is not None:
        parts += [" limit ", found.limit]
    if found.offset is not None:
        if found.limit is None and not found.words.is_postgresql:
            parts.append(" limit 18446744073709551615" if found.words.is_mysql else " limit -1")
        parts += [" offset ", found.offset]
    return parts


def _update(found: Query) -> Embedded:
    words = found.words
    said = [Embedded.join((name, " = ", name, amount)) for name, amount in found.counters]
    made = found.values
    if made is not None and made.given:
        first = made.given[0]
        if isinstance(first.value, Pairs):
            said += [
                Embedded.join((words.name(key, first.span), " = ", words.literal(each, first.span)))
                for key, each in first.value.items.values()
            ]
            if not first.value.exact:
                said.append(Embedded.join((hole(first.span), f" = {UNKNOWN}")))
        elif isinstance(first.value, Embedded) and len(made.given) > 1:
            second = made.given[1]
            said.append(
                Embedded.join((
                    words.name(first.value, first.span), " = ",
                    words.literal(second.value, second.span),
                ))
            )  # fmt: skip
        elif isinstance(first.value, Made) and (raw := words.raw(first.value)) is not None:
            said.append(raw)
        else:
            said.append(Embedded.join((hole(first.span), f" = {UNKNOWN}")))
    parts: list[Embedded | str] = ["update ", _table(found)]
    if words.is_mysql:
        for each in found.joins:
            parts += [" ", each]
    parts += [" set ", joined(said), *_where(found)]
    if words.is_mysql:
        if found.orders:
            parts += [" order by ", joined(found.orders)]
        parts += _limit(found)
    return Embedded.join((*parts, *_returning(found)))


def _delete(found: Query) -> Embedded:
    parts: list[Embedded | str] = ["delete from ", _table(found), *_where(found)]
    return Embedded.join((*parts, *_returning(found)))


def _truncate(found: Query) -> Embedded:
    if found.words.dialect == "sqlite":
        return Embedded.join(("delete from ", _table(found)))
    tail = " restart identity" if found.words.is_postgresql else ""
    return Embedded.join(("truncate ", _table(found), tail))


def _insert(found: Query) -> Embedded:
    words, made = found.words, found.values
    given = None if made is None else made.argument(0)
    value, span = (None, Span(0, 0)) if given is None else (given.value, given.span)
    head: list[Embedded | str] = ["insert into ", _table(found), " "]
    if words.is_mysql and found.conflict is not None and not _merges(found):
        head[0] = "insert ignore into "
    if isinstance(value, Made) and words.raw(value) is not None:
        body: list[Embedded | str] = [words.raw(value) or ""]
    elif isinstance(value, Closure) and made is not None:
        body = [_built(made, found)]
    else:
        body = _rows(value, span, found)
    return Embedded.join((*head, *body, *_conflict(found), *_returning(found)))


def _built(made: Made, found: Query) -> Embedded:
    from migralint.tools.knex.queries import go_on, written

    inner = Query(found.words)
    for chain in found.words.chains.below(made):
        go_on(inner, chain)
    return written(inner)


def _rows(value: Value, span: Span, found: Query) -> list[Embedded | str]:
    words = found.words
    rows = value.items if isinstance(value, Items) else [value]
    known = [each for each in rows if isinstance(each, Pairs) and each.exact]
    whole = not isinstance(value, Items) or value.exact
    if not known or len(known) < len(rows) or not whole:
        # What columns there are is not known, nor how many rows.
        some = {
            key: pair
            for each in rows
            if isinstance(each, Pairs)
            for key, pair in each.items.items()
        }
        names = [words.name(key, span) for key, _ in some.values()]
        listed = [words.literal(each, span) for _, each in some.values()]
        names.append(hole(span))
        listed.append(Embedded.plain(UNKNOWN, span))
        return ["(", joined(names), ") values (", joined(listed), ")"]
    keys = sorted({key for each in known for key in each.items})
    if not keys:
        return [" () values ()" if words.is_mysql else "default values"]
    written = {key: next(e.items[key][0] for e in known if key in e.items) for key in keys}
    names = [words.name(written[key], span) for key in keys]
    lines = [
        [
            words.literal(each.items[key][1], span) if key in each.items
            else Embedded.plain("NULL" if words.dialect == "sqlite" else "DEFAULT", span)
            for key in keys
        ]
        for each in known
    ]  # fmt: skip
    head: list[Embedded | str] = ["(", joined(names), ") "]
    if words.dialect == "sqlite" and len(lines) > 1:
        selects = [
            Embedded.join(("select ", joined([
                Embedded.join((one, " as ", name)) for one, name in zip(line, names, strict=True)
            ])))
            for line in lines
        ]  # fmt: skip
        return [*head, joined(selects, " union all ")]
    return [*head, "values ", joined([Embedded.join(("(", joined(e), ")")) for e in lines])]


def _merges(found: Query) -> bool:
    return found.resolved is not None and found.resolved.path.endswith("merge")


def _conflict(found: Query) -> list[Embedded | str]:
    words, made, resolved = found.words, found.conflict, found.resolved
    if made is None:
        return []
    merges = _merges(found)
    given = made.argument(0)
    target: list[Embedded | str] = []
    if given is not None:
        target = [" (", words.names(given.value, given.span), ")"]
    if not merges:
        return [" on conflict", *target, " do nothing"] if not words.is_mysql else []
    said = None if resolved is None else resolved.argument(0)
    updates = [] if said is None else _merged(said.value, said.span, found)
    if said is None and found.values is not None:
        rows = found.values.value(0)
        first = rows.items[0] if isinstance(rows, Items) and rows.items else rows
        if isinstance(first, Pairs):
            names = [words.name(key, made.span) for key, _ in first.items.values()]
            updates = [_excluded(each, found) for each in names]
    if not updates:
        updates = [Embedded.join((hole(made.span), f" = {UNKNOWN}"))]
    if words.is_mysql:
        return [" on duplicate key update ", joined(updates), *_where(found)]
    return [" on conflict", *target, " do update set ", joined(updates), *_where(found)]


def _excluded(name: Embedded, found: Query) -> Embedded:
    """A column that takes what the row that was refused has there."""
    if found.words.is_mysql:
        return Embedded.join((name, " = values(", name, ")"))
    return Embedded.join((name, " = excluded.", name))


def _merged(value: Value, span: Span, found: Query) -> list[Embedded]:
    words = found.words
    if isinstance(value, Items):
        return [_excluded(words.name(each, span), found) for each in value.items]
    if isinstance(value, Pairs):
        return [
            Embedded.join((words.name(key, span), " = ", words.literal(each, span)))
            for key, each in value.items.values()
        ]
    return []


STATEMENTS: dict[str, Callable[[Query], Embedded]] = {
    "select": _select,
    "insert": _insert,
    "update": _update,
    "del": _delete,
    "truncate": _truncate,
}
"""What writes each kind of query."""
