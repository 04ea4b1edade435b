"""Compatibility: what the code that runs during the deploy, written for the schema before, stumbles
over."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, INFO, WARNING, Finding, Plan, Severity, Step
from migralint.ops import (
    AddColumn,
    AlterType,
    Column,
    CreateExtension,
    CreateFunction,
    CreateSchema,
    CreateSequence,
    CreateTable,
    CreateType,
    CreateView,
    DropColumn,
    DropExtension,
    DropFunction,
    DropNotNull,
    DropSchema,
    DropSequence,
    DropTable,
    DropType,
    DropView,
    Name,
    Op,
    Output,
    Query,
    RenameColumn,
    RenameObject,
    RenameTable,
    SetSchema,
    TableOp,
    Type,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._around import (
    earlier,
    later,
    named_here,
    renamed_here,
    same,
)
from migralint.rules._gone import column_goes
from migralint.rules._hazards import POSTGRESQL, fails, stalled
from migralint.rules._left import must_be_written, proven_empty, successor
from migralint.rules._words import kind_word

_READ = ("table", "view", "matview", "foreign table")


def _kind(name: Name, written: str, ctx: Context) -> str:
    """What a relation is; what the statement calls it where history does not show it."""
    known = ctx.existing(name)
    if known and known.known:
        return known.kind
    if ctx.schema.index(name):
        return "index"
    return "sequence" if name.name.endswith("_seq") else written  # As the server calls one.


@rule("MIG201", on=RenameTable, severity=ERROR)
def table_renamed(op: RenameTable, ctx: Context) -> Iterator[Finding]:
    """Renaming a table breaks the code that is running, which knows the old name only."""
    kind = _kind(op.table, op.kind, ctx)
    if kind not in _READ or fails(op, ctx) or not ctx.is_live(op.table) or _named_again(op, ctx):
        return
    new = Name(op.to, op.table.schema)
    view = CreateView(
        view=op.table, query=Query(reads=(new,), outputs=(Output("*", relation=new),))
    )
    changed = any(same(ctx, each.table, new) for each in later(ctx, AlterType, DropColumn))
    yield ctx.finding(
        op,
        f"Renaming {kind_word(kind)} {op.table} to {quoted(op.to)} breaks all code that still says"
        f" {op.table}, from this statement until the last instance of it is replaced.",
        help=(
            "Leave the table its name, or deploy code first that works with both: columns that a"
            " view reads cannot be dropped or changed, so none can stand in."
            if changed
            else f"Write `CREATE VIEW {op.table} AS SELECT * FROM {new};` in the same transaction,"
            " and drop it once no code uses the old name."
        ),
        plan=None if changed else Plan("Keep the old name as a view", (Step((op, view)),)),
        severity=_of_rename(op, ctx),
    )


def _of_rename(op: TableOp, ctx: Context) -> Severity | None:
    """Code that uses a table would have put rows into it."""
    return WARNING if proven_empty(op.table, ctx) else None


def _named_again(op: RenameTable, ctx: Context) -> bool:
    """The migration gives the old name to something else: a view of the new table, or the table
    that takes its place."""
    return (
        any(same(ctx, each.view, op.table) for each in later(ctx, CreateView))
        or any(same(ctx, each.table, op.table) for each in later(ctx, CreateTable))
        or any(each.to == op.table.name for each in later(ctx, RenameTable))
    )


@rule("MIG202", on=RenameColumn, severity=ERROR)
def column_renamed(op: RenameColumn, ctx: Context) -> Iterator[Finding]:
    """Renaming a column breaks the code that is running, which knows the old name only."""
    if fails(op, ctx) or not ctx.is_live(op.table) or named_here(ctx, op.table, op.column):
        return
    if renamed_here(ctx, op.table) or successor(op, ctx):
        return  # What takes its place may have another type, of which column-type-changed speaks.
    table = ctx.existing(op.table)
    known = table.column(op.column) if table else None
    optional = "drop its NOT NULL, " if known and must_be_written(known) else ""
    if goes := column_goes(ctx, op.table, op.to):
        yield ctx.finding(
            op,
            f"Renaming {op.label} to {quoted(op.to)} breaks all code that still says"
            f" {quoted(op.column)}; further down {goes} is dropped, with what the column still"
            " holds.",
            help=(
                f"Leave {quoted(op.column)} its name, {optional}deploy code that does without it,"
                " and drop it in a migration of a later deploy."
            ),
            severity=_of_rename(op, ctx),
        )
        return
    kind = known.type if known else None
    if optional:
        optional = f"drop NOT NULL from {quoted(op.column)}, "
    add = AddColumn(table=op.table, column=Column(op.to, kind))
    yield ctx.finding(
        op,
        f"Renaming {op.label} to {quoted(op.to)} breaks all code that still says"
        f" {quoted(op.column)}, from this statement until the last instance of it is replaced.",
        help=(
            f"Write `ALTER TABLE {op.table} ADD COLUMN {quoted(op.to)} {kind or '…'};`, deploy code"
            f" that writes both, copy the rows in batches, {optional}deploy code that uses"
            f" {quoted(op.to)} only, then drop {quoted(op.column)}."
        ),
        plan=Plan("Add the new column beside the old one", (Step((add,)),), whole=False),
        severity=_of_rename(op, ctx),
    )


_NUMBERS = {"int2": 2, "int4": 4, "int8": 8}
_STRINGS = {"varchar", "text"}


@rule(
    "MIG205",
    on=(AlterType, DropColumn, RenameColumn),
    dialects=POSTGRESQL,
    severity=WARNING,
    once=True,
)
def column_type_changed(
    op: AlterType | DropColumn | RenameColumn, ctx: Context
) -> Iterator[Finding]:
    """Giving a column a type of another kind, or a narrower one, changes what running code reads
    and may write."""
    if not isinstance(op, AlterType):
        yield from _replaced(op, ctx)
        return
    table = ctx.existing(op.table)
    old = table.column(op.column) if table else None
    if fails(op, ctx) or stalled(op, ctx) or not old or not old.type or not ctx.is_live(op.table):
        return
    if not _incompatible(old.type, op.type) or named_here(ctx, op.table, op.column):
        return
    quick = "takes no time" if ctx.effects(op).rewrites else "rewrites nothing"
    yield ctx.finding(
        op,
        f"Changing {op.label} from {old.type} to {op.type} {quick}, but code that is"
        f" running still expects {old.type}.",
        help=(
            "Make sure that the code can do with both types before this runs, or add a new column"
            f" of type {op.type}."
        ),
    )


def _replaced(op: DropColumn | RenameColumn, ctx: Context) -> Iterator[Finding]:
    """Another column with the same values takes its place."""
    table = ctx.existing(op.table)
    old = table.column(op.column) if table else None
    if fails(op, ctx) or not old or not old.type or not ctx.is_live(op.table):
        return
    if named_here(ctx, op.table, op.column) or renamed_here(ctx, op.table):
        return
    new = successor(op, ctx)
    if new is None or new.type is None or not _incompatible(old.type, new.type):
        return
    yield ctx.finding(
        op,
        f"Further down a column of type {new.type} that has its values gets the name of"
        f" {op.table}.{quoted(op.column)}, but code that is running still expects {old.type}.",
        help=(
            "Make sure that the code can do with both types before this runs, or leave the column"
            f" of type {new.type} a name of its own."
        ),
    )


def _incompatible(old: Type, new: Type) -> bool:
    if old.name in _NUMBERS and new.name in _NUMBERS:
        return _NUMBERS[new.name] < _NUMBERS[old.name]
    if (old.name in _STRINGS and new.name in _STRINGS) or old.name == new.name:
        return _limit(new) < _limit(old) or old.array != new.array
    return True


def _limit(type: Type) -> float:
    first = type.modifiers[0] if type.modifiers else ""
    return int(first) if first.isdigit() else float("inf")


@rule(
    "MIG206",
    on=(DropView, DropSequence, DropFunction, DropType, DropSchema, DropExtension),
    severity=WARNING,
)
def object_dropped(op: Op, ctx: Context) -> Iterator[Finding]:
    """Dropping a view, function, type, sequence, schema or extension breaks the code that is
    running if it uses it."""
    if fails(op, ctx):
        return
    what, name, stands = _object(op, ctx)
    if not stands or _made_again(op, name, ctx):
        return
    yield ctx.finding(
        op,
        f"Dropping {what} {name} breaks all code that still uses it.",
        help=(
            f"Deploy code that does without {name} first; then say so: `-- migralint:"
            " ignore[object-dropped] unused since …`."
        ),
        relations=(name,) if isinstance(op, (DropView, DropSequence)) else (),
    )


def _object(op: Op, ctx: Context) -> tuple[str, Name, bool]:
    """What is dropped, and whether it stood before this migration, as far as one can tell."""
    schema, here = ctx.schema, ctx.schema.migration
    guess = not (getattr(op, "if_exists", False) and schema.complete)
    if isinstance(op, (DropView, DropSequence)):
        name = op.view if isinstance(op, DropView) else op.sequence
        what = (
            "sequence"
            if isinstance(op, DropSequence)
            else "materialized view"
            if op.materialized
            else "view"
        )
        table = schema.table(name)
        return what, name, ctx.is_live(name) if table else guess
    if isinstance(op, DropType):
        kind = schema.type(op.name)
        return "domain" if op.domain else "type", op.name, kind.born != here if kind else guess
    if isinstance(op, DropSchema):
        born = schema.schemas.get(op.name)
        return "schema", Name(op.name), born != here if born is not None else guess
    if isinstance(op, DropExtension):
        born = schema.extensions.get(op.name)
        return "extension", Name(op.name), born != here if born is not None else guess
    assert isinstance(op, DropFunction)
    made_here = any(same(ctx, each.name, op.name) for each in earlier(ctx, CreateFunction))
    stands = guess if schema.function(str(op.name)) is None else not made_here
    return "procedure" if op.procedure else "function", op.name, stands


def _made_again(op: Op, name: Name, ctx: Context) -> bool:
    """The migration makes it anew, or had taken it out of use before."""
    if isinstance(op, DropView):
        return any(same(ctx, each.view, name) for each in later(ctx, CreateView)) or any(
            same(ctx, each.table, name) for each in later(ctx, CreateTable)
        )
    if isinstance(op, DropSequence):
        return any(same(ctx, each.sequence, name) for each in later(ctx, CreateSequence))
    if isinstance(op, DropFunction):
        return any(same(ctx, each.name, name) for each in later(ctx, CreateFunction))
    if isinstance(op, DropSchema):
        return any(each.name == op.name for each in later(ctx, CreateSchema))
    if isinstance(op, DropExtension):
        return any(each.name == op.name for each in later(ctx, CreateExtension))
    if any(earlier(ctx, DropTable, DropColumn, AlterType)):
        return True  # What used the type went first, and was reported.
    return (
        any(same(ctx, each.name, name) for each in later(ctx, CreateType))
        or any(each.to == name.name for each in later(ctx, RenameObject))
        or any(each.to == name.name for each in earlier(ctx, RenameObject))
    )


@rule("MIG207", on=DropNotNull, severity=INFO, default=False)
def not_null_dropped(op: DropNotNull, ctx: Context) -> Iterator[Finding]:
    """A column that may become NULL surprises the code that is running, which never had to expect
    that."""
    if fails(op, ctx) or not ctx.is_live(op.table):
        return
    yield ctx.finding(
        op,
        f"From here on {op.label} can be NULL, which code that is running does not expect.",
        help=f"Deploy code that can read a NULL from {op.label} before anything writes one.",
    )


@rule("MIG208", on=SetSchema, severity=ERROR)
def table_moved(op: SetSchema, ctx: Context) -> Iterator[Finding]:
    """Moving a table to another schema breaks the code that is running, which looks for it in the
    old one."""
    kind = _kind(op.table, op.kind, ctx)
    if kind not in _READ or fails(op, ctx) or not ctx.is_live(op.table):
        return
    if any(same(ctx, each.view, op.table) for each in later(ctx, CreateView)):
        return
    new = Name(op.table.name, op.to)
    yield ctx.finding(
        op,
        f"Moving {kind_word(kind)} {op.table} to schema {quoted(op.to)} breaks all code that looks"
        " for it where it was.",
        help=(
            f"Write `CREATE VIEW {op.table} AS SELECT * FROM {new};` in the same transaction, and"
            " drop it once no code uses the old place."
        ),
        severity=_of_rename(op, ctx),
    )
