"""Values: whole databases dropped, numbers that sequences give twice, conversions of the wrong
column."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding
from migralint.ops import (
    AlterSequence,
    AlterType,
    Column,
    Delete,
    DropDatabase,
    DropTable,
    Insert,
    Name,
    Op,
    RunCode,
    Select,
    SetIdentity,
    Truncate,
    Unknown,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._around import earlier, later, same
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import listed
from migralint.schema import Table

_PARTS = 2
"""setval(sequence, number)."""


@rule("MIG311", on=DropDatabase, severity=ERROR)
def database_dropped(op: DropDatabase, ctx: Context) -> Iterator[Finding]:
    """DROP DATABASE loses everything that the database holds."""
    if fails(op, ctx):
        return
    yield ctx.finding(
        op,
        f"Dropping database {quoted(op.name)} loses all that it holds for good.",
        help="Take it out of the migrations; whoever means it does it by hand, after a backup.",
    )


@rule("MIG312", on=(AlterSequence, Select), dialects=POSTGRESQL, severity=WARNING)
def sequence_reset(op: AlterSequence | Select, ctx: Context) -> Iterator[Finding]:
    """A sequence that is set to a fixed number gives numbers again that rows have already."""
    if fails(op, ctx):
        return
    for sequence in _restarted(op):
        known = ctx.existing(sequence)
        if known is not None and known.owned_by is not None:
            if not ctx.is_live(known.owned_by[0]) or _empty(known.owned_by[0], ctx):
                continue
        elif not ctx.is_live(sequence):
            continue
        yield ctx.finding(
            op,
            f"Sequence {sequence} starts again at a fixed number: where rows have the numbers that"
            " come next, INSERTs fail, or two rows get the same.",
            help=(
                "Take the number from the rows: `SELECT setval('…', (SELECT max(…) FROM …));` with"
                " the sequence and the column that it fills."
            ),
            relations=(sequence,),
        )


def _restarted(op: Op) -> Iterator[Name]:
    if isinstance(op, AlterSequence):
        if op.restart:
            yield op.sequence
    elif isinstance(op, Select):
        for function, arguments in op.query.calls:
            if function == "setval" and len(arguments) >= _PARTS and all(arguments[:_PARTS]):
                schema, _, bare = str(arguments[0]).rpartition(".")
                yield Name(bare.strip('"'), schema.strip('"'))


def _empty(table: Name, ctx: Context) -> bool:
    """The migration has taken all rows away before."""
    return any(same(ctx, name, table) for each in earlier(ctx, Truncate) for name in each.tables)


@rule("MIG313", on=Insert, dialects=POSTGRESQL, severity=WARNING)
def numbers_taken(op: Insert, ctx: Context) -> Iterator[Finding]:
    """Rows put in with numbers of their own leave the sequence behind, which then gives the same
    numbers again."""
    table = ctx.existing(op.table)
    if fails(op, ctx) or table is None or not op.literals:
        return
    names = op.columns or tuple(column.name for column in table.columns if table.known)
    for position, text in op.literals:
        column = table.column(names[position]) if position < len(names) else None
        if column is None or not _numbered(column, table) or not text.isdigit() or int(text) < 1:
            continue
        if _set_afterwards(op, table, column.name, ctx):
            return
        yield ctx.finding(
            op,
            f"The sequence behind {op.table}.{column.name} does not know of number {text}, and"
            " gives it again: an INSERT of the application then fails on the duplicate.",
            help=(
                "Leave the column out; or write after it `SELECT"
                f" setval(pg_get_serial_sequence('{op.table}', '{column.name}'), (SELECT"
                f" max({quoted(column.name)}) FROM {op.table}));`."
            ),
        )
        return


def _numbered(column: Column, table: Table) -> bool:
    """A sequence gives it its numbers, and two rows may not have the same."""
    default = column.default
    drawn = bool(column.identity) or bool(default and "nextval" in default.functions)
    return drawn and any(
        each.kind in ("primary key", "unique") and each.columns == (column.name,)
        for each in table.constraints
    )


def _set_afterwards(op: Insert, table: Table, column: str, ctx: Context) -> bool:
    """The migration moves the sequence on, or takes the rows away again."""
    return (
        any(function == "setval" for each in later(ctx, Select) for function, _ in each.query.calls)
        or any(each.restart for each in later(ctx, AlterSequence))
        or any(each.column == column for each in later(ctx, SetIdentity))
        or any(same(ctx, each.table, op.table) for each in later(ctx, Delete, DropTable))
        or any(later(ctx, RunCode, Unknown))
    )


@rule("MIG314", on=AlterType, dialects=POSTGRESQL, severity=WARNING)
def converted_from_other_column(op: AlterType, ctx: Context) -> Iterator[Finding]:
    """A USING that reads only other columns throws away what the column itself holds."""
    using = op.using
    if fails(op, ctx) or using is None or not ctx.is_live(op.table):
        return
    if not using.columns or op.column in using.columns or using.subquery:
        return
    yield ctx.finding(
        op,
        f"USING {using.text} does not read {quoted(op.column)}: what {op.label} holds is lost, and"
        f" the values of {listed(using.columns, ctx)} take its place.",
        help=f"Write {quoted(op.column)} where the name was meant; if not, write an UPDATE.",
    )
