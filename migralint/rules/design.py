"""Design: tables and statements that are regretted later. All are off unless asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding
from migralint.migration import Statement
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterType,
    CreateIndex,
    CreateRule,
    CreateTable,
    Delete,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    DropTable,
    Expression,
    Insert,
    Op,
    SetDefault,
    SetInheritance,
    SetLogged,
    SetOptions,
    TableOp,
    Update,
)
from migralint.registry import rule
from migralint.rules import _defines
from migralint.rules._around import following, later, same
from migralint.rules._defines import idle
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import plural


@rule("MIG811", on=CreateTable, severity=WARNING)
def primary_key_missing(op: CreateTable, ctx: Context) -> Iterator[Finding]:
    """Rows of a table without a primary key cannot be told apart, nor replicated when they
    change."""
    if idle(op, ctx) or op.partition_of or op.kind != "table" or op.of_type:
        return
    copied = any("indexes" in like.including for like in op.like)
    if copied or any(each.kind == "primary key" for each in _defines.constraints(op)):
        return
    if any(same(ctx, each.table, op.table) for each in later(ctx, DropTable)):
        return
    adding: list[AddConstraint | AddColumn] = [*later(ctx, AddConstraint), *later(ctx, AddColumn)]
    for add in adding:
        keyed = any(own.kind == "primary key" for own in _defines.constraints(add))
        if keyed and same(ctx, add.table, op.table):
            return
    yield ctx.finding(
        op,
        f"{op.table} has no primary key: two equal rows cannot be told apart, and logical"
        " replication refuses to change any.",
        help="Add one: `id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`, or name the columns.",
    )


@rule("MIG823", on=SetOptions, dialects=POSTGRESQL, severity=WARNING)
def autovacuum_disabled(op: SetOptions, ctx: Context) -> Iterator[Finding]:
    """A table without autovacuum grows with every UPDATE, and its statistics grow old."""
    off = [
        name
        for name, value in op.options
        if name.endswith("autovacuum_enabled") and _is_off(value or "")
    ]
    if not off or fails(op, ctx):
        return
    back = any(
        same(ctx, each.table, op.table) and any(name in off for name, _ in each.options)
        for each in later(ctx, SetOptions)
    )
    if not back:
        yield ctx.finding(
            op,
            f"From now on nothing removes dead rows of {op.table} or renews its statistics, until"
            " a VACUUM against wraparound comes at a time of its own.",
            help="Make it run more often in small steps: `autovacuum_vacuum_scale_factor = 0.01`.",
            confidence="certain",
        )


def _is_off(value: str) -> bool:
    """As the server reads a boolean: any clear beginning of the word will do."""
    word = value.lower()
    begins = bool(word) and ("false".startswith(word) or "no".startswith(word))
    return begins or word in ("0", "of", "off")


@rule("MIG824", on=Insert, severity=WARNING)
def insert_without_columns(op: Insert, ctx: Context) -> Iterator[Finding]:
    """INSERT without a list of columns counts on their order, which differs between databases."""
    if op.columns or not (op.width or op.query) or fails(op, ctx) or not ctx.is_live(op.table):
        return
    yield ctx.finding(
        op,
        f"The values go to the columns of {op.table} in the order in which they were added, which a"
        " later column changes and another database may not share.",
        help=f"Name the columns: `INSERT INTO {op.table} (…) …`.",
        confidence="certain",
    )


@rule("MIG825", on=(CreateTable, SetLogged), dialects=POSTGRESQL, severity=WARNING)
def table_unlogged(op: CreateTable | SetLogged, ctx: Context) -> Iterator[Finding]:
    """An unlogged table is empty after a crash, and on every replica."""
    unlogged = op.unlogged if isinstance(op, CreateTable) else not op.logged
    if not unlogged or idle(op, ctx):
        return
    logged = (each.table for each in later(ctx, SetLogged) if each.logged)
    dropped = (each.table for each in later(ctx, DropTable))
    if any(same(ctx, table, op.table) for table in (*logged, *dropped)):
        return
    yield ctx.finding(
        op,
        f"{op.table} is not in the log: after a crash it is empty, a replica cannot read it, and"
        " after a failover it is empty too.",
        help="Leave UNLOGGED away, unless all its rows can be made anew at any time.",
    )


@rule("MIG826", on=(CreateTable, SetInheritance), dialects=POSTGRESQL, severity=INFO)
def table_inheritance(op: CreateTable | SetInheritance, ctx: Context) -> Iterator[Finding]:
    """A child table does not inherit keys and indexes, so no unique constraint holds over the
    family."""
    if idle(op, ctx):
        return
    if isinstance(op, CreateTable):
        parents = op.inherits if not op.partition_of else ()
    else:
        parents = (op.parent,) if op.inherit else ()
    for parent in parents:
        yield ctx.finding(
            op,
            f"{op.table} inherits the columns of {parent} and none of its keys or indexes: a value"
            f" that is unique in {parent} can stand in {op.table} again.",
            help="Partition the table (PARTITION BY), or keep two tables and a view of both.",
        )


@rule("MIG827", on=CreateRule, dialects=POSTGRESQL, severity=INFO)
def rule_created(op: CreateRule, ctx: Context) -> Iterator[Finding]:
    """A rule rewrites queries before they run, and works out its parts twice."""
    if op.name != "_RETURN" and not fails(op, ctx):
        yield ctx.finding(
            op,
            f"Rule {op.name} rewrites every such statement on {op.table}: values are worked out"
            " once for each part, so now(), random() and nextval() differ between them.",
            help="Write a trigger; for a view, INSTEAD OF.",
        )


_HIDDEN = re.compile(
    r"""--[^\r\n]*|/\*.*?\*/|[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|\$(\w*)\$.*?\$\1\$""",
    re.DOTALL,
)
_OPERATOR = r"(?<![-+*/<>=~!@#%^&|`?:])(?:=|<>|!=)(?![-+*/<>=~!@#%^&|`?])"
_WITH_NULL = re.compile(rf"{_OPERATOR}\s*NULL\b|\bNULL\s*{_OPERATOR}", re.IGNORECASE)


@rule(
    "MIG828",
    on=(Update, Delete, CreateIndex, CreateTable, AddColumn, AddConstraint),
    severity=WARNING,
)
def comparison_with_null(op: Op, ctx: Context) -> Iterator[Finding]:
    """A comparison with NULL by = or <> is never true, whatever the row holds."""
    if fails(op, ctx):
        return
    for condition in _conditions(op):
        found = _WITH_NULL.search(_HIDDEN.sub("''", condition.text))
        if found:
            yield ctx.finding(
                op,
                f"“{found[0]}” is never true: compared with NULL, everything is unknown. A WHERE"
                " then finds nothing, and a CHECK lets everything in.",
                help="Write IS NULL, IS NOT NULL or IS DISTINCT FROM.",
                confidence="certain",
            )


def _conditions(op: Op) -> Iterator[Expression]:
    if isinstance(op, (Update, Delete, CreateIndex)):
        found = [op.where]
    elif isinstance(op, (CreateTable, AddColumn, AddConstraint)):
        found = [each.expression for each in _defines.constraints(op) if each.kind == "check"]
    else:
        found = []
    yield from (each for each in found if each is not None)


_FREE = (AddColumn, DropColumn, SetDefault, DropDefault, DropNotNull, AlterType, DropConstraint)
"""What an ALTER TABLE can do in one go with others of these, if no two concern one column: all
under the same lock, and none has to wait for another's commit."""


@rule("MIG830", on=Statement, dialects=POSTGRESQL, severity=INFO)
def statements_mergeable(statement: Statement, ctx: Context) -> Iterator[Finding]:
    """Several ALTER TABLEs of one table in a row take its lock, and perhaps rewrite it, as many
    times."""
    head = _free(statement)
    if not head or not ctx.is_live(head[0].table):
        return
    script = ctx.script.statements
    after = following(ctx)
    here = len(script) - len(after) - 1
    if here and _fits(_free(script[here - 1]), head, ctx):
        return  # The one before has said it.
    run = list(head)
    count = 1
    for each in after:
        more = _free(each)
        if not _fits(run, more, ctx) or each.transaction != statement.transaction:
            break
        run += more
        count += 1
    if count > 1:
        yield ctx.finding(
            None,
            f"{plural(count, 'statement', 'statements')} in a row alter {head[0].table}, and each"
            " waits for its lock, or does its own pass over the rows.",
            help="Write them as one ALTER TABLE, with commas between the actions.",
            relations=(head[0].table,),
        )


def _free(statement: Statement) -> list[TableOp]:
    """Its operations, if it is an ALTER TABLE of nothing but those that can be merged."""
    ops = [each for each in statement.ops if isinstance(each, _FREE) and not each.conditional]
    if len(ops) < len(statement.ops) or statement.block or statement.embedded is not None:
        return []
    return [each for each in ops if each.kind == "table"]


def _fits(run: list[TableOp], more: list[TableOp], ctx: Context) -> bool:
    if not run or not more or not same(ctx, run[0].table, more[0].table):
        return False
    options = {(each.only, each.table_if_exists) for each in (*run, *more)}
    mine = {name for each in run for name in _touched(each)}
    theirs = {name for each in more for name in _touched(each)}
    return len(options) == 1 and not mine & theirs


def _touched(op: TableOp) -> Iterator[str]:
    """The columns that it concerns, and the constraints."""
    if isinstance(op, AddColumn):
        yield op.column.name
        for value in (op.column.generated, op.column.default):
            yield from value.columns if value else ()
        for each in op.column.constraints:
            yield from each.expression.columns if each.expression else ()
    elif isinstance(op, DropConstraint):
        yield f"constraint {op.name}"
    elif isinstance(op, (DropColumn, SetDefault, DropDefault, DropNotNull, AlterType)):
        yield op.column
        if isinstance(op, AlterType) and op.using:
            yield from op.using.columns
