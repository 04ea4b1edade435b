"""What keeps others waiting: the questions that most rules of availability begin with."""

from __future__ import annotations

from collections.abc import Iterable

from migralint.context import Context
from migralint.locks import Failure, Lock
from migralint.ops import Delete, Expression, Insert, Name, Op, Update
from migralint.schema import Table

POSTGRESQL = {"postgresql"}


def fails(op: Op, ctx: Context) -> bool:
    """The statement is certain to fail, which is then all that there is to say of it."""
    return ctx.effects(op).fails is not None


def is_small(name: Name, ctx: Context) -> bool:
    """Reading it takes no time: the configuration says so, it has room for one row only, or none at
    all while the migration succeeds."""
    small = ctx.options.small_tables
    if small and not small.isdisjoint((name.name, f"{name.schema}.{name.name}")):
        return True
    table = ctx.schema.relations.get(name)
    if table is None or table.kind != "table":
        return False
    return table.proven_empty == ctx.schema.migration != "" or _has_one_row(table, ctx)


def _has_one_row(table: Table, ctx: Context) -> bool:
    """A CHECK leaves its primary key one value, or a boolean one two; or each row has the same key
    in a unique index."""
    known = _ASKED.get(table.name)
    if known is None or known[0] is not table:
        _ASKED[table.name] = known = table, _key_has_one_value(table)
    if known[1]:
        return True
    return any(
        index.unique
        and index.valid
        and index.where is None
        and all(each.expression and each.expression.literal for each in index.columns)
        for index in ctx.schema.indexes_on(table.name)
    )


_ASKED: dict[Name, tuple[Table, bool]] = {}
"""What was found of a table as it stands: many rules ask."""


def _key_has_one_value(table: Table) -> bool:
    key = table.primary_key
    if key is None or len(key.columns) != 1:
        return False
    name = key.columns[0]
    column = table.column(name)
    if column is not None and column.type is not None and column.type.name == "bool":
        return True
    for each in table.constraints:
        if each.kind != "check" or not each.expression or each.not_valid or not each.enforced:
            continue
        for test in each.expression.tests:
            one = test.operator == "=" or (test.operator == "IN" and len(test.values) == 1)
            if one and test.column == name:
                return True
    return False


def busy(names: Iterable[Name], ctx: Context) -> tuple[Name, ...]:
    """Those that others can see and that may be large."""
    return tuple(name for name in names if ctx.is_live(name) and not is_small(name, ctx))


def blocked(op: Op, ctx: Context) -> tuple[Lock, ...]:
    """The locks on live tables that keep ordinary work waiting."""
    return ctx.blocked


def stalled(op: Op, ctx: Context) -> tuple[Name, ...]:
    """The live tables that the operation reads or writes in full while it keeps others waiting."""
    effects = ctx.effects(op)
    if effects.fails or not (effects.rewrites or effects.scans) or not blocked(op, ctx):
        return ()
    return ctx.once(busy, (*effects.rewrites, *effects.scans))


def is_batch(where: Expression | None, table: Name, ctx: Context) -> bool:
    """A condition that holds for a range, or some values, of an index's first column, so for a part
    of the rows."""
    tests = where.tests if where else ()
    below = {test.column for test in tests if test.operator in ("<", "<=")}
    above = {test.column for test in tests if test.operator in (">", ">=")}
    within = (below & above) | {test.column for test in tests if test.operator == "IN"}
    known = ctx.existing(table)
    if within and (known is None or not known.known):
        return True  # Its indexes are not known, and nobody writes this without one.
    return any(
        index.where is None and index.keys and index.keys[0] in within
        for index in ctx.schema.indexes_on(ctx.schema.resolve(table))
    )


def works(op: Op, ctx: Context) -> tuple[Name, ...]:
    """The tables, live or not, that it takes the operation long to read or write."""
    effects = ctx.effects(op)
    if isinstance(op, (Update, Delete)) and is_batch(op.where, op.table, ctx):
        return ()
    return tuple(name for name in (*effects.rewrites, *effects.scans) if not is_small(name, ctx))


def copied(op: Op, ctx: Context) -> tuple[Name, ...]:
    """The tables that INSERT … SELECT reads, unless it stops at a LIMIT."""
    if not isinstance(op, Insert) or op.query is None or op.query.limited:
        return ()
    return tuple(
        name
        for read in op.query.reads
        if (name := ctx.schema.resolve(read)) in ctx.schema.relations
    )


MISSING = frozenset({"42P01", "42703", "42704", "3F000"})
"""SQLSTATEs of what is not there: undefined table, column, object, schema."""
EXISTING = frozenset({"42P07", "42701", "42710", "42P06", "42723"})
"""SQLSTATEs of what is there already: duplicate table, column, object, schema, function."""
FRESH_ENUM_VALUE = "55P04"
"""An enum value is used in the transaction that added it."""


def hangs_on_version(failure: Failure, ctx: Context) -> bool:
    """It fails on the server that we assume, for nothing says which it is."""
    return failure.since is not None and not ctx.options.version_known


def told_by_history(failure: Failure) -> bool:
    """A rule of its own speaks of the failure."""
    return failure.sqlstate in MISSING | EXISTING or failure.sqlstate == FRESH_ENUM_VALUE
