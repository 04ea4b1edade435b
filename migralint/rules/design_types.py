"""Design: column types that are regretted later. All are off unless asked for."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterSequence,
    AlterType,
    Column,
    CreateSequence,
    CreateTable,
    CreateType,
    Type,
)
from migralint.registry import rule
from migralint.rules._defines import columns, constraints, idle, of_type, verb
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import listed

_ON = (CreateTable, AddColumn, AlterType)
_Typed = CreateTable | AddColumn | AlterType

SERIAL = {
    "serial": "int4",
    "serial4": "int4",
    "bigserial": "int8",
    "serial8": "int8",
    "smallserial": "int2",
    "serial2": "int2",
}
"""What is written as a type and is an integer with a sequence."""
_LARGEST = {"int2": "32767", "int4": "2147483647"}


def _is_short(type: Type | None) -> bool:
    """An integer of less than 64 bits, which is no array."""
    return type is not None and not type.array and SERIAL.get(type.name, type.name) in _LARGEST


def _spelled(type: Type) -> Type:
    return Type(SERIAL.get(type.name, type.name))


@rule("MIG804", on=(CreateTable, AddColumn, AddConstraint), dialects=POSTGRESQL, severity=WARNING)
def key_32_bit(op: CreateTable | AddColumn | AddConstraint, ctx: Context) -> Iterator[Finding]:
    """A key of 32 bits is used up after two billion rows, and widening it then rewrites the
    table."""
    if idle(op, ctx):
        return
    for column in _numbered(op, ctx):
        if column.type is None or not _is_short(column.type):
            continue
        largest = _LARGEST[_spelled(column.type).name]
        yield ctx.finding(
            op,
            f"{op.table}.{column.name} is a key of type {column.type}: the row after number"
            f" {largest} fails, and widening it then rewrites {op.table} and all that refers to"
            " it.",
            help=f"Make {column.name} a bigint now, while it costs nothing.",
            confidence="certain",
        )


def _numbered(op: CreateTable | AddColumn | AddConstraint, ctx: Context) -> list[Column]:
    """The columns that count rows: the only one of a primary key, and those with a sequence. One
    that refers to another table is as wide as what it refers to."""
    own = list(constraints(op))
    keys = {each.columns for each in own if each.kind == "primary key" and len(each.columns) == 1}
    foreign = {column for each in own if each.kind == "foreign key" for column in each.columns}
    if isinstance(op, AddConstraint):
        table = ctx.existing(op.table)
        found = [table.column(each[0]) for each in keys] if table else []
        references = table.constraints if table else ()
        foreign = {
            column for each in references if each.kind == "foreign key" for column in each.columns
        }
        return [each for each in found if each and each.name not in foreign and not each.identity]
    return [
        each
        for each in columns(op)
        if each.name not in foreign
        if (each.name,) in keys or each.identity or (each.type and each.type.name in SERIAL)
    ]


@rule("MIG805", on=_ON, dialects=POSTGRESQL, severity=INFO)
def varchar_limited(op: _Typed, ctx: Context) -> Iterator[Finding]:
    """A varchar(n) saves nothing over text, and fails on the first value that is longer."""
    found = of_type(op, ctx, lambda type: type.name == "varchar" and bool(type.modifiers))
    if found:
        yield ctx.finding(
            op,
            f"A longest length is set for {listed(found, ctx)} of {op.table}: it makes nothing"
            " smaller or faster, and a longer value fails.",
            help=(
                "Make it text, with a CHECK (length(…) <= …) if there is a true limit, which can be"
                " changed without touching the type."
            ),
            confidence="certain",
        )


@rule("MIG806", on=_ON, dialects=POSTGRESQL, severity=INFO)
def char_padded(op: _Typed, ctx: Context) -> Iterator[Finding]:
    """A char(n) is filled up with blanks, which some comparisons see and others do not."""
    found = of_type(op, ctx, lambda type: type.name == "bpchar" and bool(type.modifiers))
    if found:
        yield ctx.finding(
            op,
            f"Values of {listed(found, ctx)} of {op.table} are filled up with blanks: LIKE sees"
            " them, = does not.",
            help="Make it text, with a CHECK (length(…) = …) if all are equally long.",
            confidence="certain",
        )


@rule("MIG807", on=_ON, dialects=POSTGRESQL, severity=WARNING)
def timestamp_without_time_zone(op: _Typed, ctx: Context) -> Iterator[Finding]:
    """A timestamp without time zone is a picture of a clock: it does not say which moment is
    meant."""
    found = of_type(op, ctx, lambda type: type.name == "timestamp")
    if found:
        yield ctx.finding(
            op,
            f"{listed(found, ctx)} of {op.table} {verb(found, 'has', 'have')} no time zone, so"
            " two sessions with different settings write the same moment as two values.",
            help="Make it timestamptz, which takes the same eight bytes.",
            confidence="certain",
        )


@rule("MIG808", on=(CreateTable, AddColumn), dialects=POSTGRESQL, severity=INFO)
def serial_not_identity(op: CreateTable | AddColumn, ctx: Context) -> Iterator[Finding]:
    """A serial column leaves a sequence with grants and a default of its own to look after."""
    found = of_type(op, ctx, lambda type: type.name in SERIAL)
    if found:
        yield ctx.finding(
            op,
            f"{listed(found, ctx)} of {op.table} {verb(found, 'gets', 'get')} a sequence beside"
            " the column: INSERT needs a grant on it too, and its default can be dropped or copied"
            " unseen.",
            help="Write `bigint GENERATED BY DEFAULT AS IDENTITY`, or `… ALWAYS …`.",
            confidence="certain",
        )


@rule("MIG809", on=_ON, dialects=POSTGRESQL, severity=INFO)
def json_not_jsonb(op: _Typed, ctx: Context) -> Iterator[Finding]:
    """The type json has no equality, so DISTINCT, GROUP BY and UNION fail on it."""
    found = of_type(op, ctx, lambda type: type.name == "json")
    if found:
        yield ctx.finding(
            op,
            f"{listed(found, ctx)} of {op.table} {verb(found, 'is', 'are')} json, which has no"
            " equality: every SELECT DISTINCT, GROUP BY or UNION that meets it fails.",
            help="Make it jsonb.",
            confidence="certain",
        )


@rule("MIG810", on=_ON, dialects=POSTGRESQL, severity=WARNING)
def money_type(op: _Typed, ctx: Context) -> Iterator[Finding]:
    """The type money knows no currency, and lc_monetary decides what its text means."""
    found = of_type(op, ctx, lambda type: type.name == "money")
    if found:
        yield ctx.finding(
            op,
            f"{listed(found, ctx)} of {op.table} {verb(found, 'is', 'are')} money, whose decimals"
            " and text hang on the setting lc_monetary: another server reads other amounts.",
            help="Make it numeric(12, 2) or count cents in a bigint, with the currency beside it.",
            confidence="certain",
        )


@rule("MIG832", on=_ON, dialects=POSTGRESQL, severity=INFO)
def float_inexact(op: _Typed, ctx: Context) -> Iterator[Finding]:
    """A float holds no decimal fraction exactly, so sums drift and = misses."""
    found = of_type(op, ctx, lambda type: type.name in ("float4", "float8"))
    if found:
        yield ctx.finding(
            op,
            f"{listed(found, ctx)} of {op.table}"
            f" {verb(found, 'is a binary float', 'are binary floats')}, in which"
            " 0.1 + 0.2 is not 0.3.",
            help="Make it numeric, unless it holds a measurement.",
            confidence="certain",
        )


@rule("MIG812", on=CreateType, dialects=POSTGRESQL, severity=INFO)
def enum_type(op: CreateType, ctx: Context) -> Iterator[Finding]:
    """A value can be added to an enum type, and never taken away."""
    if op.form == "enum" and not fails(op, ctx):
        yield ctx.finding(
            op,
            f"From the enum {op.name} no value can be dropped again, short of a new type and a"
            " rewrite of each table that uses it.",
            help="Use text with a CHECK, or a table of the values with a foreign key to it.",
        )


@rule("MIG831", on=(CreateSequence, AlterSequence), dialects=POSTGRESQL, severity=WARNING)
def sequence_32_bit(op: CreateSequence | AlterSequence, ctx: Context) -> Iterator[Finding]:
    """A sequence of 32 bits gives two billion numbers and fails from then on."""
    if op.type is None or not _is_short(op.type) or fails(op, ctx):
        return
    if isinstance(op, CreateSequence) and op.temporary:
        return
    largest = _LARGEST[_spelled(op.type).name]
    yield ctx.finding(
        op,
        f"After {largest}, sequence {op.sequence} of type {op.type} fails, and so does every INSERT"
        " that takes a number from it.",
        help="Leave the type away: a sequence is a bigint by itself.",
        relations=(op.sequence,),
    )


_ORDER = {"int2": 2, "int4": 4, "int8": 8}
_INEXACT = frozenset({"numeric", "float4", "float8"})


@rule("MIG829", on=(CreateTable, AddColumn, AddConstraint), dialects=POSTGRESQL, severity=WARNING)
def foreign_key_type_differs(
    op: CreateTable | AddColumn | AddConstraint, ctx: Context
) -> Iterator[Finding]:
    """A foreign key narrower than the key it refers to cannot hold all of its values."""
    if idle(op, ctx):
        return
    mine = _types(op, ctx)
    for each in constraints(op):
        if each.kind != "foreign key" or each.references is None:
            continue
        itself = ctx.schema.home(each.references) == ctx.schema.home(op.table)
        target = ctx.existing(each.references)
        theirs = {column.name: column.type for column in target.columns} if target else {}
        theirs = {**theirs, **mine} if itself else theirs
        key = target.primary_key if target else None
        referenced = each.referenced_columns or (key.columns if key else ())
        for column, other in zip(each.columns, referenced, strict=False):
            one, two = mine.get(column), theirs.get(other)
            if one and two and _is_narrower(one, two):
                yield ctx.finding(
                    op,
                    f"{op.table}.{column} is {one}, and refers to {each.references}.{other}, which"
                    f" is {two}: not every key there fits here.",
                    help=f"Make {column} of the type {_spelled(two)}.",
                )


def _types(op: CreateTable | AddColumn | AddConstraint, ctx: Context) -> dict[str, Type | None]:
    """The types of the table's columns, with those that the operation defines."""
    table = None if isinstance(op, CreateTable) else ctx.existing(op.table)
    types = {column.name: column.type for column in table.columns} if table else {}
    if not isinstance(op, AddConstraint):
        types.update({column.name: column.type for column in columns(op)})
    return types


def _is_narrower(one: Type, two: Type) -> bool:
    if one.schema or two.schema or one.array or two.array:
        return False
    mine, theirs = _spelled(one).name, _spelled(two).name
    if mine in _ORDER and theirs in _ORDER:
        return _ORDER[mine] < _ORDER[theirs]
    return mine in _INEXACT and theirs in _ORDER
