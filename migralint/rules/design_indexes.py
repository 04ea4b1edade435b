"""Design: indexes that are written for nothing, and those that are missing. All are off unless
asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migralint import spelling
from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding
from migralint.ops import (
    AddColumn,
    AddConstraint,
    Constraint,
    CreateIndex,
    CreateTable,
    DropIndex,
    Expression,
    IndexColumn,
    Name,
)
from migralint.registry import rule
from migralint.rules import _spell
from migralint.rules._around import beside, same
from migralint.rules._defines import ahead, constraints, idle
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import shown
from migralint.schema import Index

WIDE = 3
"""Columns that an index may have before it is called wide."""
_KEYS = ("primary key", "unique")


def _text(where: Expression | None) -> str:
    return where.text if where else ""


def _covers(wide: Index, narrow: Index | CreateIndex) -> bool:
    """Whoever looks something up in the second finds it in the first as well: it holds the same
    rows, and has the same keys in front."""
    count = len(narrow.columns)
    if wide.method != narrow.method or _text(wide.where) != _text(narrow.where):
        return False
    if wide.columns[:count] != narrow.columns or not count:
        return False
    if len(wide.columns) > count and wide.method != "btree":
        return False
    return set(narrow.include) <= {*wide.include, *wide.keys}


def _is_needed(index: Index | CreateIndex, other: Index | CreateIndex) -> bool:
    """It keeps doubles out, which the other one does not do in its stead."""
    return index.unique and not (
        other.unique
        and len(index.columns) == len(other.columns)
        and index.nulls_not_distinct == other.nulls_not_distinct
    )


def _as_index(op: CreateIndex, table: Name, ctx: Context) -> Index:
    return Index(
        Name(_spell.index_name(op, ctx), table.schema),
        table,
        op.columns,
        op.include,
        op.unique,
        op.method,
        op.where,
        op.nulls_not_distinct,
    )


@rule("MIG801", on=CreateIndex, dialects=POSTGRESQL, severity=WARNING)
def index_redundant(op: CreateIndex, ctx: Context) -> Iterator[Finding]:
    """An index whose keys another index begins with is kept up to date for nothing."""
    table = ctx.schema.resolve(op.table)
    new = _as_index(op, table, ctx)
    there = op.if_not_exists and new.name in ctx.schema.indexes
    if fails(op, ctx) or there or op.only:
        return
    leaving = {ctx.schema.resolve(drop.index) for drop in ahead(ctx, DropIndex)}
    for old in ctx.schema.indexes_on(table):
        if old.name in leaving or not old.valid:
            continue
        if _covers(old, new) and not _is_needed(new, old):
            say = "has the same keys" if _same_size(old, new) else "begins with its keys"
            yield ctx.finding(
                op,
                f"Index {shown(old.name, ctx)} {say}, so {op.label} speeds up no query, and each"
                " write has to write it too.",
                help=f"Leave it away: queries use {shown(old.name, ctx)}.",
            )
            return
        if _covers(new, old) and not _is_needed(old, new) and not old.constraint:
            yield ctx.finding(
                op,
                f"Once this is there, nothing needs index {shown(old.name, ctx)}, whose keys it"
                " begins with; and each write goes on writing it.",
                help=(
                    f"Drop the old one in a later migration: `DROP INDEX CONCURRENTLY {old.name};`."
                ),
            )
            return


def _same_size(one: Index, other: Index) -> bool:
    return len(one.columns) == len(other.columns)


@rule("MIG802", on=(CreateTable, AddColumn, AddConstraint), dialects=POSTGRESQL, severity=WARNING)
def foreign_key_unindexed(
    op: CreateTable | AddColumn | AddConstraint, ctx: Context
) -> Iterator[Finding]:
    """Without an index on a foreign key's columns, each DELETE of a row that it may refer to reads
    the whole table."""
    if idle(op, ctx):
        return
    for key in constraints(op):
        if key.kind != "foreign key" or key.references is None or _is_indexed(key, op, ctx):
            continue
        names = spelling.columns(key.columns)
        sql = f"CREATE INDEX CONCURRENTLY ON {op.table} ({names});"
        yield ctx.finding(
            op,
            f"No index of {op.table} begins with {names}, so each DELETE from {key.references}, and"
            f" each change of a key there, reads all of {op.table}.",
            help=f"Build one: `{sql}`." if ctx.is_live(op.table) else f"Add an index on ({names}).",
        )


def _is_indexed(key: Constraint, op: CreateTable | AddColumn | AddConstraint, ctx: Context) -> bool:
    table = (
        ctx.schema.home(op.table) if isinstance(op, CreateTable) else ctx.schema.resolve(op.table)
    )
    fresh = isinstance(op, CreateTable)
    for index in () if fresh else ctx.schema.indexes_on(table):
        if _leads(index.columns, key, index.where, index.method):
            return True
    for each in constraints(op):
        if each.kind in _KEYS and _begins(each.columns, key):
            return True
    for later in ahead(ctx, CreateIndex, AddConstraint):
        if not same(ctx, later.table, op.table):
            continue
        if isinstance(later, CreateIndex):
            if _leads(later.columns, key, later.where, later.method):
                return True
        elif (
            isinstance(later, AddConstraint)
            and later.constraint.kind in _KEYS
            and _begins(later.constraint.columns, key)
        ):
            return True
    return any(
        each.constraint.kind in _KEYS and _begins(each.constraint.columns, key)
        for each in beside(ctx, AddConstraint)
        if same(ctx, each.table, op.table)
    )


def _begins(columns: Iterable[str | None], key: Constraint) -> bool:
    """These begin with the key's columns, in whatever order."""
    return set(tuple(columns)[: len(key.columns)]) == set(key.columns)


def _leads(
    columns: tuple[IndexColumn, ...], key: Constraint, where: Expression | None, method: str
) -> bool:
    """The server can look the key up in such an index; one without the NULLs does, too."""
    if method not in ("btree", "hash"):
        return False
    if where is not None:
        alone = [(test.operator, test.column) for test in where.tests]
        if alone != [("IS NOT NULL", key.columns[0])] or where.columns != key.columns[:1]:
            return False
    return _begins((each.column for each in columns), key)


@rule("MIG803", on=CreateIndex, dialects=POSTGRESQL, severity=INFO)
def index_unnamed(op: CreateIndex, ctx: Context) -> Iterator[Finding]:
    """An index without a name gets one that depends on what else is there."""
    if op.name is None and not fails(op, ctx):
        name = _spell.index_name(op, ctx)
        yield ctx.finding(
            op,
            f"The server makes up the name, here {name}; on a database where that is taken it is"
            " another one.",
            help=f"Write the name: `CREATE INDEX {name} ON {op.table} …`.",
        )


@rule("MIG813", on=CreateIndex, dialects=POSTGRESQL, severity=INFO)
def index_too_wide(op: CreateIndex, ctx: Context) -> Iterator[Finding]:
    """An index of many columns is large, and its last ones seldom help."""
    count = len(op.columns)
    if count <= WIDE or op.unique or op.method not in ("btree", "gist") or fails(op, ctx):
        return
    yield ctx.finding(
        op,
        f"{op.label[0].upper()}{op.label[1:]} has {count} keys, of which a query uses those in"
        " front that it compares with =, and one more.",
        help=f"Keep the {WIDE} that select best; what is only read belongs into INCLUDE (…).",
        confidence="certain",
    )


@rule("MIG814", on=CreateIndex, dialects=POSTGRESQL, severity=WARNING)
def index_column_twice(op: CreateIndex, ctx: Context) -> Iterator[Finding]:
    """A column that stands twice in an index is stored twice and looked up once."""
    if fails(op, ctx):
        return
    seen: set[IndexColumn] = set()
    keys = {key.column for key in op.columns if key.column}
    twice: list[str] = []
    for key in op.columns:
        if key in seen:
            twice.append(spelling.key(key))
        seen.add(key)
    twice += [column for column in op.include if column in keys or op.include.count(column) > 1]
    if twice:
        yield ctx.finding(
            op,
            f"{twice[0]} stands twice in {op.label}; the second one takes room and finds nothing.",
            help="Name it once.",
            confidence="certain",
        )
