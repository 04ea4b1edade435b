"""What a table builder is asked for, by the calls on it."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.values import Given, Made, Value
from migralint.source import Embedded, Span
from migralint.tools.knex.chains import Chain, last
from migralint.tools.knex.columns import MODIFIERS, modifier
from migralint.tools.knex.constraints import ACTIONS, Key
from migralint.tools.knex.types import TYPES, Column
from migralint.tools.knex.values import Words, option

_ON_COLUMN = ("index", "primary", "unique")
_KEYS = frozenset("references on inTable onDelete onUpdate withKeyName deferrable".split())
SINGLE = frozenset(("comment", "engine", "charset", "collate", "inherits"))
"""What is said once of a table."""
_LATER = frozenset(("queryContext", "dropColumns", "dropTimestamps"))


class Failed(Struct, frozen=True):
    """A part of a table that is not understood, and why."""

    span: Span
    reason: str
    conditional: bool = False


class Table(Struct, eq=False):
    """All that is asked of a table builder, in order."""

    columns: list[Column]
    actions: list[tuple[str, Made | Key, Value, bool]]
    """What comes after the columns: (the method, its call, the column that it is called on, whether
    it may not be)."""
    single: dict[str, Made]
    failed: list[Failed]


def gathered(chains: list[Chain], words: Words) -> Table:
    """What is asked of a builder by the calls on it."""
    table = Table([], [], {}, [])
    links = [(each, chain) for chain in chains for each in chain.links]
    seen: set[int] = set()
    columns: dict[int, Column] = {}
    keys: dict[int, Key] = {}
    for made, chain in sorted(links, key=lambda pair: words.chains.order.get(id(pair[0]), 0)):
        if id(made) in seen:
            continue
        seen.add(id(made))
        # What may not happen in a table that may not be made is as sure as that.
        of = chain.root.of
        conditional = words.chains.is_doubted(made) and not words.chains.is_doubted(of)
        if made is chain.root and made.path != f"table.{last(made)}":
            continue  # `table.client.raw()`
        if made is chain.root:
            _begun(made, chain, conditional, table, columns, keys)
        else:
            _gone_on(made, chain, conditional, table, columns, keys)
    return table


def _begun(
    made: Made,
    chain: Chain,
    conditional: bool,
    table: Table,
    columns: dict[int, Column],
    keys: dict[int, Key],
) -> None:
    name = last(made)
    if not made.whole:
        table.failed.append(Failed(made.span, "its arguments are only known when the code runs"))
    elif name in TYPES:
        column = Column(made, {}, None, conditional, chain.span)
        columns[id(made)] = column
        table.columns.append(column)
    elif name == "timestamps":
        _timestamps(made, conditional, table)
    elif name == "foreign":
        key = Key(made, made.value(0), made.value(1), chain.span)
        keys[id(made)] = key
        table.actions.append((name, key, None, conditional))
    elif name in SINGLE:
        table.single[name] = made
    elif name in ACTIONS or name in _LATER:
        if name != "queryContext":
            table.actions.append((name, made, None, conditional))
    else:
        reason = f"`{name}` is no method of Knex's tables that is known"
        table.failed.append(Failed(made.span, reason, conditional))


def _gone_on(
    made: Made,
    chain: Chain,
    conditional: bool,
    table: Table,
    columns: dict[int, Column],
    keys: dict[int, Key],
) -> None:
    """A call on what another call of the builder gave."""
    name, root = last(made), id(chain.root)
    column, key = columns.get(root), keys.get(root)
    if column is not None and name in MODIFIERS:
        column.modified[modifier(name)] = made
    elif column is not None and name in _ON_COLUMN:
        if not column.increments:
            table.actions.append((name, made, column.name, conditional))
    elif column is not None and name == "alter":
        column.altered = made
    elif column is not None and name == "references":
        keys[root] = Key(made, column.name, None, chain.span)
        keys[root].say(name, made)
        table.actions.append(("foreign", keys[root], None, conditional or column.conditional))
    elif key is not None and name in _KEYS:
        key.say(name, made)
    elif name == "queryContext" or (column is None and key is None and name in ACTIONS):
        if name != "queryContext":
            table.actions.append((name, made, None, conditional))
    elif column is None and key is None and name in TYPES:
        _begun(made, chain, conditional, table, columns, keys)
    else:
        reason = f"`{name}` is no method of Knex's columns that is known"
        table.failed.append(Failed(made.span, reason, conditional))


def _timestamps(made: Made, conditional: bool, table: Table) -> None:
    """`timestamps()` stands for two columns."""
    first = made.argument(0)
    options = None if first is None else first.value
    if hasattr(options, "items") and hasattr(options, "exact"):
        said = [option(options, each) for each in ("useTimestamps", "defaultToNow", "useCamelCase")]
    else:
        said = [made.value(number) for number in range(3)]
    kind = "timestamp" if said[0] is True else "datetime"
    names = ("createdAt", "updatedAt") if said[2] is True else ("created_at", "updated_at")
    for each in names:
        given = (Given(Embedded.plain(each, made.span), made.span),)
        column = Column(
            Made(f"table.{kind}", None, given, {}, made.span), {}, None, conditional, made.span
        )
        if said[1] is True:
            now = Made("knex.fn.now", None, (), {}, made.span)
            column.modified["notNullable"] = Made("notNullable", None, (), {}, made.span)
            column.modified["defaultTo"] = Made(
                "defaultTo", None, (Given(now, made.span),), {}, made.span
            )
        table.columns.append(column)
