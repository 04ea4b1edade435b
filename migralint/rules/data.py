"""Data: rows and values that are lost, and statements that the rows which are there make fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from migralint import naming, spelling
from migralint.context import Context
from migralint.finding import ERROR, INFO, WARNING, Finding, Plan, Step
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterType,
    Column,
    Copy,
    CreateIndex,
    Delete,
    DropColumn,
    Insert,
    Name,
    Op,
    SetNotNull,
    Truncate,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._advice import default_of_python
from migralint.rules._around import added_here, beside, earlier, later, same, written_here
from migralint.rules._hazards import POSTGRESQL, fails, hangs_on_version, stalled, told_by_history
from migralint.rules._left import copied_to, emptied, is_everything, proven_empty, rows_elsewhere
from migralint.rules._unique import equal_here, repeats
from migralint.rules._words import listed
from migralint.rules.availability_columns import lacks_value


@rule(
    "MIG301", on=(AddColumn, SetNotNull), severity=ERROR, once=True, instead_of=("MIG109", "MIG216")
)
def not_null_without_default(op: AddColumn | SetNotNull, ctx: Context) -> Iterator[Finding]:
    """Adding a NOT NULL column without a default fails as soon as the table holds a row."""
    if fails(op, ctx) or not ctx.is_live(op.table) or emptied(op.table, ctx):
        return
    if isinstance(op, SetNotNull):
        if _never_filled(op, ctx):
            yield ctx.finding(
                op,
                f"This migration adds {op.label} without a default and fills it nowhere, so"
                f" making it NOT NULL fails if {op.table} holds a single row.",
                help="Fill it in batches first, and make it NOT NULL in a later deploy (MIG109).",
            )
        return
    table = ctx.existing(op.table)
    if (table and table.column(op.column.name)) or not lacks_value(op, ctx):
        return
    bare = replace(op.column, not_null=False, constraints=())
    otherwise = _without_constant(op, ctx)
    add = Step((replace(op, column=bare),))
    yield ctx.finding(
        op,
        f"{op.label} is to be NOT NULL and has no default, so this fails if {op.table} holds a"
        " single row; and where it is empty, INSERTs of code that does not know the column fail.",
        help=otherwise
        or default_of_python(ctx)
        + (
            f"Give it a constant default, `ADD COLUMN {spelling.column(bare)} NOT NULL DEFAULT …`,"
            " which rewrites nothing; or add it without NOT NULL, fill it, and make it NOT NULL in"
            " a later deploy, as MIG109 says."
        ),
        plan=None
        if otherwise
        else Plan("Add the column nullable, fill it, then require it", (add,), whole=False),
    )


def _never_filled(op: SetNotNull, ctx: Context) -> bool:
    """The migration has added the column, and no row has a value there."""
    filled = written_here(ctx, op.table)
    return (
        not op.conditional
        and filled is not None
        and op.column not in filled
        and not any(each.using and each.column == op.column for each in earlier(ctx, AlterType))
        and any(
            each.column.name == op.column
            and same(ctx, each.table, op.table)
            and lacks_value(replace(each, column=replace(each.column, not_null=True)), ctx)
            for found in (earlier, beside)
            for each in found(ctx, AddColumn)
            if not each.conditional and not each.if_not_exists
        )
    )


def _without_constant(op: AddColumn, ctx: Context) -> str:
    """What to do where one value will not do for all rows; "" where it will."""
    if _takes_place(op, ctx):
        other = replace(
            op.column,
            name=naming.made(op.column.name, "", "new"),
            not_null=False,
            constraints=(),
        )
        return (
            f"The {quoted(op.column.name)} that is dropped goes with its values: add the new one as"
            f" `ADD COLUMN {spelling.column(other)}`, fill it in batches and by the code"
            " that writes the old one, make it NOT NULL as MIG109 says, and let it take the old"
            " one's place in a later deploy."
        )
    why, what = "", ""
    if _is_to_be_unique(op, ctx):
        why, what = "It is to be unique", "value of its own"
    elif _refers(op, ctx):
        why, what = "A foreign key stands on it", "key that exists"
    if not why:
        return ""
    return (
        f"{why}, so no constant default will do: add it without NOT NULL, give each row a {what},"
        " and make it NOT NULL in a later deploy, as MIG109 says."
    )


def _takes_place(op: AddColumn, ctx: Context) -> bool:
    """The script drops another column of its name."""
    return any(
        each.column == op.column.name and same(ctx, each.table, op.table)
        for found in (earlier, beside)
        for each in found(ctx, DropColumn)
    )


def _refers(op: AddColumn, ctx: Context) -> bool:
    """A foreign key is on the column, now or further down."""
    return any(each.kind == "foreign key" for each in op.column.constraints) or any(
        each.constraint.kind == "foreign key"
        and op.column.name in each.constraint.columns
        and same(ctx, each.table, op.table)
        for found in (beside, later)
        for each in found(ctx, AddConstraint)
    )


def _is_to_be_unique(op: AddColumn, ctx: Context) -> bool:
    """Alone, or with other columns that are as new, and would have one value for all rows too."""
    if any(each.kind in ("unique", "primary key") for each in op.column.constraints):
        return True
    new = {
        each.column.name
        for found in (earlier, beside, later)
        for each in found(ctx, AddColumn)
        if same(ctx, each.table, op.table)
    }
    keys: list[tuple[str | None, ...]] = []
    for found in (beside, later):
        for index in found(ctx, CreateIndex):
            if index.unique and same(ctx, index.table, op.table):
                keys.append(tuple(key.column for key in index.columns))
        for add in found(ctx, AddConstraint):
            if add.constraint.kind in ("unique", "primary key") and same(ctx, add.table, op.table):
                keys.append(add.constraint.columns)
    return any(op.column.name in key and new.issuperset(key) for key in keys)


@rule("MIG302", on=(CreateIndex, AddConstraint), severity=INFO, default=False)
def unique_over_existing_rows(op: CreateIndex | AddConstraint, ctx: Context) -> Iterator[Finding]:
    """A new unique index fails on duplicates that are there, and new duplicates fail from then
    on."""
    columns = _unique_columns(op)
    table = ctx.existing(op.table)
    if not columns or fails(op, ctx) or stalled(op, ctx) or not ctx.is_live(op.table):
        return
    if (table and table.kind == "matview") or all(
        column and added_here(ctx, op.table, column) for column in columns
    ):
        return
    if not repeats(op, ctx) or proven_empty(op.table, ctx):
        return
    names = ", ".join(column or "(…)" for column in columns)
    yield ctx.finding(
        op,
        f"This fails if two rows of {op.table} have the same {names}; and from its start on, so do"
        " INSERTs of code that counts on duplicates.",
        help=f"Look first: `SELECT {names} FROM {op.table} GROUP BY {names} HAVING count(*) > 1;`.",
    )


def _unique_columns(op: CreateIndex | AddConstraint) -> tuple[str | None, ...]:
    if isinstance(op, CreateIndex):
        return tuple(key.column for key in op.columns) if op.unique else ()
    each = op.constraint
    return each.columns if each.kind == "unique" and not each.using_index else ()


@rule("MIG303", on=Truncate, severity=ERROR)
def table_truncated(op: Truncate, ctx: Context) -> Iterator[Finding]:
    """TRUNCATE loses all rows of the table, and with CASCADE those of every table that refers to
    it."""
    if fails(op, ctx):
        return
    emptied = [lock.relation for lock in ctx.effects(op).locks if lock.kind == "table"]
    lost = [
        name
        for name in dict.fromkeys(emptied)
        if ctx.is_live(name) and not proven_empty(name, ctx)
        if not (rows_elsewhere(name, ctx) and _nothing_left(name, ctx))
    ]
    if not lost:
        return
    named = {ctx.schema.resolve(name) for name in op.tables}
    more = [name for name in lost if name not in named] if op.cascade else []
    reach = f"; CASCADE reaches {listed(more, ctx)}" if more else ""
    yield ctx.finding(
        op,
        f"This loses all rows of {listed(lost, ctx)}{reach}.{_but_copied(lost, ctx)}",
        help=(
            f"Leave the rows{', or name the tables without CASCADE' if op.cascade else ''}; if it"
            " is meant, say so: `-- migralint: ignore[table-truncated] …`."
        ),
        relations=tuple(lost),
    )


def _but_copied(tables: Iterable[Name], ctx: Context) -> str:
    """What this migration has copied elsewhere before."""
    here = ctx.schema.migration
    known = filter(None, map(ctx.existing, tables))
    columns = [each for table in known for each in table.columns]
    places = copied_to(each for each in columns if each.copied and each.copied.migration == here)
    return f" Left is only what went into {listed(places, ctx)}." if places else ""


def _nothing_left(table: Name, ctx: Context) -> bool:
    """The migration has copied each column that is not worked out from others."""
    known, here = ctx.existing(table), ctx.schema.migration
    return (
        known is not None
        and known.known
        and all(
            each.generated
            or (each.copied and each.copied.migration == here and each.copied.directly)
            for each in known.columns
        )
    )


@rule("MIG304", on=Delete, severity=ERROR)
def rows_deleted_unfiltered(op: Delete, ctx: Context) -> Iterator[Finding]:
    """DELETE without a condition loses all rows of the table."""
    if fails(op, ctx) or not is_everything(op.where) or not ctx.is_live(op.table):
        return
    if proven_empty(op.table, ctx):
        return
    moved = rows_elsewhere(op.table, ctx)
    if moved and _nothing_left(op.table, ctx):
        return
    filled = any(same(ctx, each.table, op.table) for each in later(ctx, Copy, Insert))
    yield ctx.finding(
        op,
        f"This loses all rows of {op.table}: it has no condition that leaves any."
        f"{_but_copied((op.table,), ctx)}"
        f"{' Others are put in further down.' if filled else ''}",
        help=(
            f"Write `DELETE FROM {op.table} WHERE …`; if all are meant, say so: "
            "`-- migralint: ignore[rows-deleted-unfiltered] …`."
        ),
        severity=WARNING if moved or filled else None,
    )


@rule("MIG305", on=Op, dialects=POSTGRESQL, severity=ERROR, when="fails")
def statement_fails(op: Op, ctx: Context) -> Iterator[Finding]:
    """The server is certain to refuse the statement, whatever the rows."""
    failure = ctx.effects(op).fails
    if failure is None or op.conditional or told_by_history(failure):
        return
    guess = hangs_on_version(failure, ctx)
    yield ctx.finding(
        op,
        f"This fails on PostgreSQL {ctx.version} (SQLSTATE {failure.sqlstate}): {failure.reason}.",
        help=_WAYS.get(failure.sqlstate, ""),
        severity=WARNING if guess else None,
        confidence="assumed" if guess else "certain",
    )


_WAYS = {
    "0A000": "Drop what depends on it first and make it again afterwards, or do it another way.",
    "2BP01": "Drop what depends on it first, by name; CASCADE would drop it unseen.",
    "25P01": "Put it between BEGIN and COMMIT.",
    "42601": "Set --postgres-version to your server's, or write what it understands.",
    "42804": (
        "Write `USING …` to say how a value becomes one of the new type, and drop the old default"
        " first."
    ),
    "55006": "Put it into a migration of its own.",
}
"""What can be done about failures, where that follows from their SQLSTATE."""


@rule("MIG307", on=(AddColumn, AddConstraint, CreateIndex), severity=ERROR)
def unique_over_equal_values(
    op: AddColumn | AddConstraint | CreateIndex, ctx: Context
) -> Iterator[Finding]:
    """A new UNIQUE column with a constant default gives all rows the same value, so it fails as
    soon as there are two."""
    column = _to_be_unique(op, ctx) if isinstance(op, AddColumn) else equal_here(op, ctx)
    if (
        column is None
        or column.default is None
        or column.default.null
        or fails(op, ctx)
        or not ctx.is_live(op.table)
        or proven_empty(op.table, ctx)
    ):
        return
    bare = replace(column, default=None, not_null=False, constraints=())
    yield ctx.finding(
        op,
        f"All rows of {op.table} get the same {column.name}, {column.default.text}, which is to be"
        " unique: this fails if there are two.",
        help=(
            f"Write `ALTER TABLE {op.table} ADD COLUMN {spelling.column(bare)};`, give each row its"
            " own value in batches, then build the unique index CONCURRENTLY."
        ),
    )


def _to_be_unique(op: AddColumn, ctx: Context) -> Column | None:
    """The column, if it is UNIQUE itself and its default is worked out once for all rows."""
    unique = any(each.kind in ("unique", "primary key") for each in op.column.constraints)
    return op.column if unique and not ctx.effects(op).rewrites else None
