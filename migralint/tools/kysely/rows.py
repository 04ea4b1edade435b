"""What Kysely's queries send: rows written, and rows read (0.28, `query-builder`)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from migralint.languages.values import Given, Made, Pairs, Value
from migralint.source import Embedded
from migralint.tools.javascript.literals import joined
from migralint.tools.kysely.expressions import (
    aliased,
    condition,
    expression,
    reference,
)
from migralint.tools.kysely.values import (
    NotKnown,
    Place,
    argument,
    at,
    last,
    names,
    pairs,
    raw,
    several,
    steps,
    text,
)

__all__ = ["condition", "is_query", "query"]
_BEGINS = ("selectFrom", "insertInto", "replaceInto", "updateTable", "deleteFrom")
_JOINS = {
    "innerJoin": "inner join",
    "leftJoin": "left join",
    "rightJoin": "right join",
    "fullJoin": "full join",
    "crossJoin": "cross join",
}
_LOCKS = {
    "forUpdate": "for update",
    "forShare": "for share",
    "forKeyShare": "for key share",
    "forNoKeyUpdate": "for no key update",
    "skipLocked": "skip locked",
    "noWait": "nowait",
}


def is_query(value: Value) -> bool:
    """Whether something is a query that Kysely builds."""
    return isinstance(value, Made) and any(last(each) in _BEGINS for each in steps(value))


def query(made: Made, where: Place) -> Embedded:
    """The SQL of a query. Raises NotKnown where something in it is not read."""
    calls = steps(made)
    first = next((n for n, each in enumerate(calls) if last(each) in _BEGINS), None)
    if first is None:
        raise NotKnown(made.span)
    named: list[Embedded] = []
    recursive: list[str] = []
    for each in calls[:first]:
        if last(each) == "withSchema":
            where = replace(where, schema=text(argument(each, 0)))
        elif last(each) in ("with", "withRecursive"):
            named.append(_common(each, where))
            recursive += ["recursive "] * (last(each) == "withRecursive")
        else:
            raise NotKnown(each.span, f"{last(each)}() is not read here")
    sql = _WRITERS[last(calls[first])](calls[first:], where)
    if not named:
        return sql
    return Embedded.join(("with ", *recursive[:1], joined(named), " ", sql))


def _common(made: Made, where: Place) -> Embedded:
    """A query with a name, before another."""
    given = argument(made, 1)
    if not isinstance(given.value, Made):
        raise NotKnown(given.span)
    inside = query(given.value, where) if is_query(given.value) else raw(given.value, where)
    return Embedded.join((where.quoted(text(argument(made, 0))), " as (", inside, ")"))


class _Clauses:
    """The parts of a query that many have."""

    def __init__(self, calls: list[Made], where: Place, known: str) -> None:
        allowed = known.split()
        self.where = where
        self.calls = calls
        for each in calls:
            if last(each) not in allowed:
                raise NotKnown(each.span, f"{last(each)}() is not read here")

    def all(self, *wanted: str) -> list[Made]:
        return [each for each in self.calls if last(each) in wanted]

    def tests(self, word: str, *wanted: str) -> list[Embedded | str]:
        found = [condition(each, self.where) for each in self.all(*wanted)]
        return [f" {word} ", joined(found, " and ")] if found else []

    def joins(self) -> list[Embedded | str]:
        parts: list[Embedded | str] = []
        for each in self.all(*_JOINS):
            parts += [" ", at(each, _JOINS[last(each)]), " ", _from(argument(each, 0), self.where)]
            if len(each.given) > 2:
                one, other = (reference(argument(each, n), self.where) for n in (1, 2))
                parts += [" on ", one, " = ", other]
            elif len(each.given) == 2:
                parts += [" on ", _joined_on(each.given[1], self.where)]
        return parts

    def returning(self) -> list[Embedded | str]:
        found = self.all("returning", "returningAll")
        if not found:
            return []
        return [" returning ", joined([_selected(each, self.where) for each in found])]

    def ordered(self) -> list[Embedded | str]:
        parts: list[Embedded | str] = []
        keys = [_order(each, self.where) for each in self.all("orderBy")]
        parts += [" order by ", joined(keys)] if keys else []
        for word in ("limit", "offset"):
            for each in self.all(word):
                parts += [f" {word} ", expression(argument(each, 0), self.where)]
        return parts


def _joined_on(given: Given, where: Place) -> Embedded:
    if not isinstance(given.value, Made):
        raise NotKnown(given.span)
    tests: list[Embedded] = []
    for each in steps(given.value):
        if last(each) not in ("on", "onRef", "onTrue"):
            raise NotKnown(each.span, f"{last(each)}() is not read here")
        tests.append(at(each, "true") if last(each) == "onTrue" else condition(each, where))
    return joined(tests, " and ")


def _order(made: Made, where: Place) -> Embedded:
    given = argument(made, 0)
    direction = made.argument(1)
    key = reference(given, where)
    if isinstance(given.value, Embedded) and " " in given.value.text:
        name, _, rest = given.value.text.partition(" ")
        tail = given.value.cut(len(name), len(name) + 1 + len(rest))
        return Embedded.join((where.dotted(given.value.cut(0, len(name))), tail))
    if direction is None:
        return key
    if not isinstance(direction.value, Embedded):
        raise NotKnown(direction.span)
    return Embedded.join((key, " ", text(direction)))


def _from(given: Given, where: Place) -> Embedded:
    """A table, or a query with a name."""
    value = given.value
    return expression(given, where) if is_query(value) else where.table(given, given.span)


def _selected(made: Made, where: Place) -> Embedded:
    if last(made) in ("selectAll", "returningAll"):
        if not made.given:
            return at(made, "*")
        tables = [where.dotted(text(each)) for each in several(made.given[0])]
        return joined([Embedded.join((each, ".*")) for each in tables])
    return joined([aliased(each, where) for each in several(argument(made, 0))])


def _select(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    known = "select selectAll where whereRef groupBy having havingRef orderBy limit offset distinct"
    clauses = _Clauses(rest, where, " ".join((known, *_JOINS, *_LOCKS)))
    parts: list[Embedded | str] = ["select"]
    parts += [at(each, " distinct") for each in clauses.all("distinct")]
    listed = [_selected(each, where) for each in clauses.all("select", "selectAll")]
    parts += [" ", joined(listed)] if listed else []
    tables = [_from(each, where) for each in several(argument(head, 0))]
    parts += [" from ", joined(tables), *clauses.joins()]
    parts += clauses.tests("where", "where", "whereRef")
    groups = [
        reference(each, where)
        for call in clauses.all("groupBy")
        for each in several(argument(call, 0))
    ]
    parts += [" group by ", joined(groups)] if groups else []
    parts += [*clauses.tests("having", "having", "havingRef"), *clauses.ordered()]
    parts += [at(each, f" {_LOCKS[last(each)]}") for each in clauses.all(*_LOCKS)]
    return Embedded.join(parts)


# Rows written


def _insert(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    clauses = _Clauses(
        rest,
        where,
        "values columns expression defaultValues onConflict returning returningAll ignore "
        "onDuplicateKeyUpdate",
    )
    verb = "replace" if last(head) == "replaceInto" else "insert"
    ignore = [at(each, " ignore") for each in clauses.all("ignore")]
    parts: list[Embedded | str] = [
        verb,
        *ignore,
        " into ",
        where.table(argument(head, 0), head.span),
    ]
    for each in clauses.all("values"):
        parts += _values(argument(each, 0), where)
    for each in clauses.all("columns"):
        parts += [" (", names(argument(each, 0), where), ")"]
    for each in clauses.all("expression"):
        given = argument(each, 0)
        if not isinstance(given.value, Made):
            raise NotKnown(given.span)
        inside = query(given.value, where) if is_query(given.value) else raw(given.value, where)
        parts += [" ", inside]
    parts += [at(each, " default values") for each in clauses.all("defaultValues")]
    for each in clauses.all("onConflict"):
        parts += [" ", _conflict(argument(each, 0), where)]
    for each in clauses.all("onDuplicateKeyUpdate"):
        parts += [" on duplicate key update ", _sets(each, where)]
    return Embedded.join((*parts, *clauses.returning()))


def _values(given: Given, where: Place) -> list[Embedded | str]:
    """The columns of all rows, and each row's; a column that a row has not gets its default."""
    rows = [pairs(each) for each in several(given)]
    columns: dict[str, Embedded] = {}
    for row in rows:
        for key, _ in row:
            columns.setdefault(key.text, key)
    absent = Embedded("null" if where.dialect == "sqlite" else "default", ())
    lines: list[Embedded] = []
    for row in rows:
        known = {key.text: value for key, value in row}
        listed = [expression(known[key], where) if key in known else absent for key in columns]
        lines.append(Embedded.join(("(", joined(listed), ")")))
    head = joined([where.quoted(key) for key in columns.values()])
    return [" (", head, ") values ", joined(lines)]


def _conflict(given: Given, where: Place) -> Embedded:
    if not isinstance(given.value, Made):
        raise NotKnown(given.span)
    parts: list[Embedded | str] = ["on conflict"]
    tests: dict[str, list[Embedded]] = {"before": [], "after": []}
    names_of: list[Embedded] = []
    done: list[Embedded | str] = []
    for each in steps(given.value):
        name = last(each)
        if name in ("column", "columns"):
            names_of += [where.quoted(text(one)) for one in several(argument(each, 0))]
        elif name == "constraint":
            parts += [" on constraint ", where.quoted(text(argument(each, 0)))]
        elif name == "expression":
            parts += [" (", expression(argument(each, 0), where), ")"]
        elif name in ("where", "whereRef"):
            tests["after" if done else "before"].append(condition(each, where))
        elif name == "doNothing":
            done = [at(each, " do nothing")]
        elif name == "doUpdateSet":
            done = [" do update set ", _sets(each, where)]
        else:
            raise NotKnown(each.span, f"{name}() is not read here")
    parts += [" (", joined(names_of), ")"] if names_of else []
    for when in ("before", "after"):
        parts += done if when == "after" else []
        parts += [" where ", joined(tests[when], " and ")] if tests[when] else []
    return Embedded.join(parts)


def _sets(made: Made, where: Place) -> Embedded:
    """`set({ a: 1 })` or `set('a', 1)`."""
    first = argument(made, 0)
    if not isinstance(first.value, Pairs):
        value = expression(argument(made, 1), where)
        return Embedded.join((reference(first, where), " = ", value))
    return joined(
        [
            Embedded.join((where.dotted(key), " = ", expression(each, where)))
            for key, each in pairs(first)
        ]
    )


def _update(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    known = "set from where whereRef returning returningAll orderBy limit"
    clauses = _Clauses(rest, where, " ".join((known, *_JOINS)))
    tables = [where.table(each, head.span) for each in several(argument(head, 0))]
    sets = joined([_sets(each, where) for each in clauses.all("set")])
    parts: list[Embedded | str] = ["update ", joined(tables), " set ", sets]
    others = [_from(argument(each, 0), where) for each in clauses.all("from")]
    parts += [" from ", joined(others)] if others else []
    parts += [*clauses.joins(), *clauses.tests("where", "where", "whereRef")]
    return Embedded.join((*parts, *clauses.returning(), *clauses.ordered()))


def _delete(calls: list[Made], where: Place) -> Embedded:
    head, *rest = calls
    known = "using where whereRef returning returningAll orderBy limit"
    clauses = _Clauses(rest, where, " ".join((known, *_JOINS)))
    tables = [where.table(each, head.span) for each in several(argument(head, 0))]
    parts: list[Embedded | str] = ["delete from ", joined(tables)]
    others = [
        _from(each, where) for call in clauses.all("using") for each in several(argument(call, 0))
    ]
    parts += [" using ", joined(others)] if others else []
    parts += [*clauses.joins(), *clauses.tests("where", "where", "whereRef")]
    return Embedded.join((*parts, *clauses.returning(), *clauses.ordered()))


_WRITERS: dict[str, Callable[[list[Made], Place], Embedded]] = {
    "selectFrom": _select,
    "insertInto": _insert,
    "replaceInto": _insert,
    "updateTable": _update,
    "deleteFrom": _delete,
}
