"""What the methods of a query builder say."""

from __future__ import annotations

from collections.abc import Callable

from migralint.languages.values import Hidden, Items, Made, Pairs, Symbol, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.code import UNKNOWN
from migralint.tools.javascript.literals import joined
from migralint.tools.knex.conditions import Clauses, conditions
from migralint.tools.knex.queries import Query, below, go_on, is_query, query, written
from migralint.tools.knex.values import Words, bare, option

_JOINS = {
    "join": "inner join", "innerJoin": "inner join", "leftJoin": "left join",
    "leftOuterJoin": "left outer join", "rightJoin": "right join",
    "rightOuterJoin": "right outer join", "outerJoin": "outer join",
    "fullOuterJoin": "full outer join", "crossJoin": "cross join",
}  # fmt: skip
_COMPOUNDS = {"union": "union", "unionAll": "union all", "intersect": "intersect",
              "except": "except"}  # fmt: skip
_LOCKS = {"forUpdate": "for update", "forShare": "for share", "forNoKeyUpdate":
          "for no key update", "forKeyShare": "for key share"}  # fmt: skip
_AGGREGATES = {"count": "count", "countDistinct": "count", "min": "min", "max": "max",
               "sum": "sum", "sumDistinct": "sum", "avg": "avg",
               "avgDistinct": "avg"}  # fmt: skip
_TABLES = ("from", "into", "table")


# What methods say


def _table(found: Query, made: Made) -> Embedded:
    given = made.argument(0)
    if given is None:
        return hole(made.span)
    value = given.value
    closures = found.words.chains.below(made)
    if closures and not isinstance(value, (Embedded, Made, Pairs, Items)):
        return _inner(found, made)
    if isinstance(value, Made) and is_query(value):
        inner = query(found.words.chains.of(value), found.words)
        sql = Embedded.join(("(", written(inner), ")"))
        return sql if inner.alias is None else Embedded.join((sql, " as ", inner.alias))
    return found.words.name(value, given.span)


def _inner(found: Query, made: Made) -> Embedded:
    """The query that a function builds."""
    inner = Query(found.words)
    for chain in found.words.chains.below(made):
        go_on(inner, chain)
    sql = Embedded.join(("(", written(inner), ")"))
    return sql if inner.alias is None else Embedded.join((sql, " as ", inner.alias))


def _say_table(found: Query, made: Made, name: str) -> None:
    found.table = _table(found, made)


def _say_schema(found: Query, made: Made, name: str) -> None:
    found.schema = found.words.name(made.value(0), made.span)


def _say_columns(found: Query, made: Made, name: str) -> None:
    if name == "first":
        found.limit = Embedded.plain("1", made.span)
    if name in ("distinct", "distinctOn"):
        found.distinct = "distinct "
    listed: list[Embedded] = []
    for each in made.given:
        listed += _column(found, made, each.value, each.span)
    if not made.whole:
        listed.append(Embedded.plain("*", made.span))
    if name == "distinctOn":
        found.distinct = f"distinct on ({joined(listed).text}) "
    else:
        found.columns += listed


def _column(found: Query, made: Made, value: Value, span: Span) -> list[Embedded]:
    if isinstance(value, Items):
        return [one for each in value.items for one in _column(found, made, each, span)]
    if isinstance(value, Made) and is_query(value):
        return [_table_of(found, value)]
    if isinstance(value, (Hidden, Symbol)):
        return [Embedded.plain(UNKNOWN, span)]
    if not isinstance(value, (Embedded, Made, Pairs, int, float)):
        return [_inner(found, made)] if found.words.chains.below(made) else [hole(span)]
    return [found.words.name(value, span)]


def _table_of(found: Query, made: Made) -> Embedded:
    inner = query(found.words.chains.of(made), found.words)
    sql = Embedded.join(("(", written(inner), ")"))
    return sql if inner.alias is None else Embedded.join((sql, " as ", inner.alias))


def _say_aggregate(found: Query, made: Made, name: str) -> None:
    word = "distinct " if name.endswith("Distinct") else ""
    given = made.argument(0)
    value, span = (None, made.span) if given is None else (given.value, given.span)
    alias = option(made.value(1), "as")
    if isinstance(value, Pairs):
        for key, each in value.items.values():
            inner = found.words.names(each, span)
            found.columns.append(
                Embedded.join((_AGGREGATES[name], "(", word, inner, ") as ", found.words.part(key)))
            )
        return
    if isinstance(value, Embedded) and " as " in value.text.lower():
        at = value.text.lower().index(" as ")
        alias, value = value.cut(at + 4, len(value.text)), value.cut(0, at)
    inner = found.words.names(value, span) if value is not None else Embedded.plain("*", span)
    parts: list[Embedded | str] = [_AGGREGATES[name], "(", word, inner, ")"]
    if alias is not None:
        parts += [" as ", found.words.part(alias)]
    found.columns.append(Embedded.join(parts))


def _say_values(found: Query, made: Made, name: str) -> None:
    found.verb = {"upsert": "insert", "delete": "del"}.get(name, name)
    found.values = made
    if name in ("insert", "update") and len(made.given) > 1:
        second = made.given[1]
        first = made.given[0].value
        if name == "insert" or isinstance(first, (Pairs, Made)):
            _say_returning(found, made, name, second.value)
    elif name in ("del", "delete") and made.given:
        _say_returning(found, made, name, made.given[0].value)


def _say_returning(found: Query, made: Made, name: str, value: Value = None) -> None:
    given = made.argument(0)
    said = value if value is not None else None if given is None else given.value
    if isinstance(said, Pairs):
        return
    found.returning = found.words.names(said, made.span)


def _say_counter(found: Query, made: Made, name: str) -> None:
    found.verb = "update"
    sign = "+" if name == "increment" else "-"
    given = made.argument(0)
    value, span = (None, made.span) if given is None else (given.value, given.span)
    if isinstance(value, Pairs):
        for key, each in value.items.values():
            amount = found.words.literal(each, span)
            found.counters.append((found.words.name(key, span), f" {sign} {amount.text}"))
        return
    amount = found.words.literal(made.value(1, default=1), made.span)
    found.counters.append((found.words.name(value, span), f" {sign} {amount.text}"))


def _say_join(found: Query, made: Made, name: str) -> None:
    words = found.words
    head = _JOINS[name]
    table = _table(found, made)
    rest = list(made.given[1:])
    if name == "crossJoin" or not rest:
        found.joins.append(Embedded.join((f"{head} ", table)))
        return
    if len(rest) == 1 and not isinstance(rest[0].value, (Pairs, Embedded, Made)):
        said = conditions(words.chains.below(made), words, below)
        found.joins.append(Embedded.join((f"{head} ", table, " on ", said)))
        return
    if isinstance(rest[0].value, Pairs):
        both = [
            Embedded.join((words.name(key, rest[0].span), " = ", words.name(each, rest[0].span)))
            for key, each in rest[0].value.items.values()
        ]
        found.joins.append(Embedded.join((f"{head} ", table, " on ", joined(both, " and "))))
        return
    if len(rest) == 1:
        found.joins.append(
            Embedded.join((f"{head} ", table, " on ", _name(words, rest[0].value, made)))
        )
        return
    sign: Embedded | str = "="
    if len(rest) > 2:
        sign = bare(rest[1].value, rest[1].span)
    found.joins.append(Embedded.join((
        f"{head} ", table, " on ", _name(words, rest[0].value, made), " ", sign, " ",
        _name(words, rest[-1].value, made),
    )))  # fmt: skip


def _name(words: Words, value: Value, made: Made) -> Embedded:
    return words.name(value, made.span)


def _raw_of(found: Query, made: Made) -> Embedded:
    """What a …Raw method is given."""
    first = made.value(0)
    if isinstance(first, Made):
        return found.words.raw(first) or hole(made.span)
    same = Made("knex.raw", None, made.given, {}, made.span, made.whole)
    return found.words.bound(same) or hole(made.span)


def _say_join_raw(found: Query, made: Made, name: str) -> None:
    found.joins.append(_raw_of(found, made))


def _say_from_raw(found: Query, made: Made, name: str) -> None:
    found.table = _raw_of(found, made)


def _say_group(found: Query, made: Made, name: str) -> None:
    if name.endswith("Raw"):
        found.groups.append(_raw_of(found, made))
        return
    for each in made.given:
        found.groups += found.words.each(each.value, each.span)


def _say_order(found: Query, made: Made, name: str) -> None:
    if name.endswith("Raw"):
        found.orders.append(_raw_of(found, made))
        return
    first = made.argument(0)
    if first is None:
        return
    listed = first.value.items if isinstance(first.value, Items) else [first.value]
    way = made.value(1)
    for each in listed:
        column, order = each, way
        if isinstance(each, Pairs):
            column, order = option(each, "column"), option(each, "order")
        name_of = found.words.name(column, first.span)
        said = " desc" if getattr(order, "text", "").lower() == "desc" else " asc"
        found.orders.append(Embedded.join((name_of, said)))


def _say_limit(found: Query, made: Made, name: str) -> None:
    said = found.words.literal(made.value(0), made.span)
    if name == "limit":
        found.limit = said
    else:
        found.offset = said


def _say_with(found: Query, made: Made, name: str) -> None:
    found.recursive = found.recursive or "Recursive" in name
    alias = found.words.name(made.value(0), made.span)
    listed: list[Embedded | str] = []
    rest = list(made.given[1:])
    if len(rest) > 1 and isinstance(rest[0].value, (Items, Embedded)):
        listed = ["(", found.words.names(rest[0].value, rest[0].span), ")"]
        rest.pop(0)
    value: Value = rest[0].value if rest else None
    if isinstance(value, Made):
        inner = found.words.raw(value) or hole(made.span)
        body = Embedded.join(("(", inner, ")"))
    else:
        body = _inner(found, made)
    kind = " as "
    if "Materialized" in name:
        kind = " as not materialized " if "Not" in name else " as materialized "
    found.withs.append(Embedded.join((alias, *listed, kind, body)))


def _say_compound(found: Query, made: Made, name: str) -> None:
    listed = [
        each
        for given in made.given
        for each in (given.value.items if isinstance(given.value, Items) else [given.value])
    ]
    for each in listed:
        if isinstance(each, Made):
            inner = found.words.raw(each) or hole(made.span)
        elif isinstance(each, bool):
            continue
        else:
            sql = _inner(found, made)
            inner = sql.cut(1, len(sql.text) - 1)
        found.compounds += [f" {_COMPOUNDS[name]} ", inner]


def _say_lock(found: Query, made: Made, name: str) -> None:
    found.lock = " " + _LOCKS[name]


def _say_conflict(found: Query, made: Made, name: str) -> None:
    found.conflict = made


def _say_resolved(found: Query, made: Made, name: str) -> None:
    found.resolved = made


def _say_alias(found: Query, made: Made, name: str) -> None:
    found.alias = found.words.part(made.value(0))


def _say_clear(found: Query, made: Made, name: str) -> None:
    found.where = Clauses()


def _say_modify(found: Query, made: Made, name: str) -> None:
    for chain in below(made, found.words):
        go_on(found, chain)


METHODS: dict[str, Callable[[Query, Made, str], None]] = {
    **dict.fromkeys(_TABLES, _say_table),
    **dict.fromkeys(("select", "columns", "column", "first", "pluck", "distinct", "distinctOn"),
                    _say_columns),
    **dict.fromkeys(_AGGREGATES, _say_aggregate),
    **dict.fromkeys(("insert", "update", "del", "delete", "truncate", "upsert"), _say_values),
    **dict.fromkeys(("increment", "decrement"), _say_counter),
    **dict.fromkeys(_JOINS, _say_join),
    **dict.fromkeys(_COMPOUNDS, _say_compound),
    **dict.fromkeys(_LOCKS, _say_lock),
    **dict.fromkeys(("groupBy", "groupByRaw"), _say_group),
    **dict.fromkeys(("orderBy", "orderByRaw"), _say_order),
    **dict.fromkeys(("limit", "offset"), _say_limit),
    **dict.fromkeys(("with", "withRecursive", "withMaterialized", "withNotMaterialized"),
                    _say_with),
    **dict.fromkeys(("ignore", "merge"), _say_resolved),
    "joinRaw": _say_join_raw,
    "fromRaw": _say_from_raw,
    "withSchema": _say_schema,
    "returning": _say_returning,
    "onConflict": _say_conflict,
    "as": _say_alias,
    "clearWhere": _say_clear,
    "modify": _say_modify,
}  # fmt: skip
