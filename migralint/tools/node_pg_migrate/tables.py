"""What node-pg-migrate sends for tables and their columns (9.0, `src/operations/tables`)."""

from __future__ import annotations

from migralint.languages.values import Given, Items, Made, Pairs
from migralint.source import Embedded
from migralint.tools.code import listed
from migralint.tools.node_pg_migrate.columns import adapted, columns, comment, identity
from migralint.tools.node_pg_migrate.constraints import constraints, primary_key
from migralint.tools.node_pg_migrate.values import (
    NOTHING,
    Options,
    Refused,
    Style,
    at,
    escaped,
    name,
    names,
    options,
    raw,
    several,
    truth,
)

Written = list[Embedded]


def altered(made: Made, style: Style, *parts: Embedded | str) -> Embedded:
    """ALTER TABLE of a call's first argument."""
    return Embedded.join(("ALTER TABLE ", name(made.argument(0), style, made.span), " ", *parts))


def create_table(made: Made, style: Style) -> Written:
    table, found = made.argument(0), options(made.argument(2))
    spelled = columns(table, made.argument(1), style, made.span)
    more = options(found.get("constraints"))
    if spelled.key and "primaryKey" in more.items:
        raise Refused("`createTable` with the primary key in two places")
    rest = constraints(table, more, None, style, made.span)
    lines = [*spelled.lines, *rest.lines]
    if spelled.key:
        lines.append(primary_key(table, spelled.key, style, made.span))
    if found.has("like"):
        lines.append(_like(found.items["like"], style))
    parts: list[Embedded | str] = [
        "CREATE",
        found.words("temporary", " TEMPORARY"),
        found.words("unlogged", " UNLOGGED"),
        " TABLE ",
        found.words("ifNotExists", "IF NOT EXISTS "),
        name(table, style, made.span),
        " (",
        listed(lines),
        ")",
    ]
    if found.has("inherits"):
        parts += [" INHERITS (", name(found.items["inherits"], style), ")"]
    if found.has("partition"):
        parts += _partition(options(found.items["partition"]), style)
    sent = [Embedded.join(parts), *spelled.comments, *rest.comments]
    if found.get("comment") is not None:
        what = Embedded.join(("TABLE ", name(table, style, made.span)))
        sent.append(comment(what, found.items["comment"]))
    return sent


def _partition(found: Options, style: Style) -> list[Embedded | str]:
    keys: list[Embedded] = []
    for each in several(found.get("columns")):
        said = options(each)
        if isinstance(each.value, Pairs):
            key = name(said.get("name"), style, each.span)
            more = (said.raw("collate", " COLLATE "), said.raw("opclass", " "))
            keys.append(Embedded.join((key, *more)))
        else:
            keys.append(name(each, style))
    strategy = found.get("strategy")
    how: Embedded | str = "RANGE" if strategy is None else raw(strategy)
    return [" PARTITION BY ", how, " (", listed(keys), ")"]


def _like(given: Given, style: Style) -> Embedded:
    found = options(given)
    table = found.get("table")
    more = options(found.get("options"))
    parts: list[Embedded | str] = ["LIKE ", name(given if table is None else table, style)]
    for word in ("including", "excluding"):
        for each in several(more.get(word)):
            parts += [f" {word.upper()} ", raw(each)]
    return Embedded.join(parts)


def drop_table(made: Made, style: Style) -> Written:
    return [dropped(made, style, "TABLE")]


def dropped(made: Made, style: Style, what: str) -> Embedded:
    """DROP of what the first argument names, with the options of the second."""
    found = options(made.argument(1))
    return Embedded.join(
        (
            f"DROP {what} ",
            found.words("ifExists", "IF EXISTS "),
            name(made.argument(0), style, made.span),
            found.words("cascade", " CASCADE"),
        )
    )


def rename_table(made: Made, style: Style) -> Written:
    return [altered(made, style, "RENAME TO ", name(made.argument(1), style, made.span))]


def alter_table(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    lines: list[Embedded] = []
    if found.has("levelSecurity"):
        lines.append(found.raw("levelSecurity", "", " ROW LEVEL SECURITY"))
    if found.value("unlogged") is not None:
        words = "SET UNLOGGED" if found.flag("unlogged") else "SET LOGGED"
        lines.append(at(found.items["unlogged"], words))
    if not lines:
        raise Refused("`alterTable` without an option")
    return [altered(made, style, listed(lines))]


def add_columns(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    spelled = columns(made.argument(0), made.argument(1), style, made.span)
    guard = found.words("ifNotExists", "IF NOT EXISTS ")
    lines = [Embedded.join(("ADD ", guard, each)) for each in spelled.lines]
    return [altered(made, style, listed(lines)), *spelled.comments]


def drop_columns(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    given = made.argument(1)
    called = names(given, style)
    if given is not None and isinstance(given.value, Pairs):
        listed_keys = Items("list", [key for key, _ in given.value.items.values()])
        called = names(Given(listed_keys, given.span), style)
    lines = [
        Embedded.join(
            (
                "DROP ",
                found.words("ifExists", "IF EXISTS "),
                each,
                found.words("cascade", " CASCADE"),
            )
        )
        for each in called
    ]
    return [altered(made, style, listed(lines))]


def rename_column(made: Made, style: Style) -> Written:
    old, new = (name(made.argument(each), style, made.span) for each in (1, 2))
    return [altered(made, style, "RENAME ", old, " TO ", new)]


def rename_constraint(made: Made, style: Style) -> Written:
    old, new = (name(made.argument(each), style, made.span) for each in (1, 2))
    return [altered(made, style, "RENAME CONSTRAINT ", old, " TO ", new)]


def alter_column(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    column = name(made.argument(1), style, made.span)
    actions: list[Embedded] = []
    default = found.get("default")
    if default is not None:
        actions.append(default_action(default))
    if found.has("type"):
        parts: list[Embedded | str] = ["SET DATA TYPE ", adapted(raw(found.items["type"]))]
        more = (found.raw("collation", " COLLATE "), found.raw("using", " USING "))
        actions.append(Embedded.join((*parts, *more)))
    actions.append(nullable(found))
    sequence = found.get("sequenceGenerated")
    if sequence is not None:
        if truth(sequence.value) is False:
            actions.append(at(sequence, "DROP IDENTITY"))
        else:
            actions.append(Embedded.join(("ADD ", identity(sequence, style))))
    expression = found.get("expressionGenerated")
    if expression is not None:
        if expression.value is None:
            actions.append(at(expression, "DROP EXPRESSION"))
        else:
            actions.append(Embedded.join(("SET EXPRESSION AS (", raw(expression), ")")))
    lines = [Embedded.join(("ALTER ", column, " ", each)) for each in actions if each.text]
    sent = [altered(made, style, listed(lines))] if lines else []
    if found.get("comment") is not None:
        where = Embedded.join(("COLUMN ", name(made.argument(0), style), ".", column))
        sent.append(comment(where, found.items["comment"]))
    return sent


def default_action(given: Given) -> Embedded:
    """What another default asks for: null is none."""
    if given.value is None:
        return at(given, "DROP DEFAULT")
    return Embedded.join(("SET DEFAULT ", escaped(given)))


def nullable(found: Options) -> Embedded:
    """What `notNull` and `allowNull` ask for."""
    if "notNull" in found.items and found.value("notNull") is not None:
        words = "SET NOT NULL" if found.flag("notNull") else "DROP NOT NULL"
        return at(found.items["notNull"], words)
    return found.words("allowNull", "DROP NOT NULL") if "allowNull" in found.items else NOTHING
