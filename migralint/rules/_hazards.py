"""What keeps others waiting: the questions that most rules of availability begin with."""

from __future__ import annotations

from collections.abc import Iterable

from migralint.context import Context
from migralint.locks import Failure, Lock, blocks
from migralint.ops import CreateTable, Name, Op

POSTGRESQL = {"postgresql"}

TABLES = frozenset({"table", "matview", "foreign table"})
"""Kinds of relations that hold rows, for which people wait."""


def fails(op: Op, ctx: Context) -> bool:
    """The statement is certain to fail, which is then all that there is to say of it."""
    return ctx.effects(op).fails is not None


def is_small(name: Name, ctx: Context) -> bool:
    """The configuration says that reading it takes no time."""
    return not ctx.options.small_tables.isdisjoint((name.name, f"{name.schema}.{name.name}"))


def busy(names: Iterable[Name], ctx: Context) -> tuple[Name, ...]:
    """Those that others can see and that may be large."""
    return tuple(name for name in names if ctx.is_live(name) and not is_small(name, ctx))


def blocked(op: Op, ctx: Context) -> tuple[Lock, ...]:
    """The locks on live tables that keep ordinary work waiting."""
    new = _made_by(op, ctx)
    return tuple(
        lock
        for lock in ctx.effects(op).locks
        if lock.kind in TABLES and blocks(lock.mode)
        if lock.relation not in new and ctx.is_live(lock.relation)
    )


def _made_by(op: Op, ctx: Context) -> tuple[Name, ...]:
    """What comes into being with the operation, which nobody waits for."""
    if not isinstance(op, CreateTable):
        return ()
    home = ctx.schema.home(op.table)
    return home, Name(home.name, "pg_temp")


def stalled(op: Op, ctx: Context) -> tuple[Name, ...]:
    """The live tables that the operation reads or writes in full while it keeps others waiting."""
    effects = ctx.effects(op)
    if effects.fails or not blocked(op, ctx):
        return ()
    return busy((*effects.rewrites, *effects.scans), ctx)


def works(op: Op, ctx: Context) -> tuple[Name, ...]:
    """The tables, live or not, that it takes the operation long to read or write."""
    effects = ctx.effects(op)
    return tuple(name for name in (*effects.rewrites, *effects.scans) if not is_small(name, ctx))


MISSING = frozenset({"42P01", "42703", "42704", "3F000"})
"""SQLSTATEs of what is not there: undefined table, column, object, schema."""
EXISTING = frozenset({"42P07", "42701", "42710", "42P06", "42723"})
"""SQLSTATEs of what is there already: duplicate table, column, object, schema, function."""
FRESH_ENUM_VALUE = "55P04"
"""An enum value is used in the transaction that added it."""


def told_by_history(failure: Failure) -> bool:
    """A rule of its own speaks of the failure."""
    return failure.sqlstate in MISSING | EXISTING or failure.sqlstate == FRESH_ENUM_VALUE
