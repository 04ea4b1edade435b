"""Compatibility of what is no table: renamed objects, defaults, indexes and identities that go
along unseen."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding
from migralint.ops import (
    AddConstraint,
    ChangePublication,
    CreateFunction,
    CreateIndex,
    CreateSchema,
    CreateType,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExpression,
    Name,
    RenameObject,
    RenameTable,
    SetDefault,
    SetNotNull,
    SetReplicaIdentity,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._around import added_here, beside, earlier, later, same
from migralint.rules._hazards import POSTGRESQL, fails, stalled
from migralint.rules._words import listed, shown
from migralint.schema import Index

_USED_BY_NAME = ("type", "domain", "function", "procedure", "schema", "sequence")
"""Kinds of objects that code names."""


@rule("MIG209", on=(RenameObject, RenameTable), severity=WARNING)
def object_renamed(op: RenameObject | RenameTable, ctx: Context) -> Iterator[Finding]:
    """Renaming a type, function, schema or sequence breaks the code that is running, which knows
    the old name only."""
    if fails(op, ctx) or not _stood(op, ctx):
        return
    if isinstance(op, RenameTable):
        kind, name, new = "sequence", op.table, quoted(op.to)
        if any(each.to == op.table.name for each in later(ctx, RenameTable)):
            return
    else:
        kind, name = op.kind, op.name
        new = f"schema {quoted(op.to_schema)}" if op.to_schema else quoted(op.to)
        if _named_again(op, ctx):
            return
    what = "Moving" if isinstance(op, RenameObject) and op.to_schema else "Renaming"
    yield ctx.finding(
        op,
        f"{what} {kind} {name} to {new} breaks all code that still says {name}, from this statement"
        " until the last instance of it is replaced.",
        help=(
            f"Make the new {kind} beside the old one, deploy code that uses it, and drop the old"
            " one then."
        ),
    )


def _stood(op: RenameObject | RenameTable, ctx: Context) -> bool:
    """It is of a kind that code names, and was there before this migration."""
    schema, here = ctx.schema, ctx.schema.migration
    if isinstance(op, RenameTable):
        known = ctx.existing(op.table)
        told = known is not None and known.known
        kind_of = known.kind if known and told else op.kind
        if not told and op.table.name.endswith("_seq"):
            kind_of = "sequence"
        if kind_of != "sequence" or not ctx.is_live(op.table):
            return False
        return known is None or known.owned_by is None  # Else the column's default follows.
    if op.kind not in _USED_BY_NAME:
        return False
    if op.kind == "schema":
        return schema.schemas.get(op.name.name, "") != here
    if op.kind in ("type", "domain"):
        kind = schema.type(op.name)
        return kind is None or kind.born != here
    name = schema.function_name(op.name)
    if any(
        each.function is not None and schema.function_name(each.function) == name
        for known in schema.relations.values()
        for each in known.triggers
    ):
        return False  # The triggers that call it follow.
    return not any(same(ctx, each.name, op.name) for each in earlier(ctx, CreateFunction))


def _named_again(op: RenameObject, ctx: Context) -> bool:
    """The migration makes another object of the old name."""
    return (
        any(same(ctx, each.name, op.name) for each in later(ctx, CreateType))
        or any(same(ctx, each.name, op.name) for each in later(ctx, CreateFunction))
        or any(each.name == op.name.name for each in later(ctx, CreateSchema))
        or any(each.to == op.name.name for each in later(ctx, RenameObject))
    )


@rule("MIG210", on=(SetDefault, DropDefault), severity=INFO, default=False)
def default_changed(op: SetDefault | DropDefault, ctx: Context) -> Iterator[Finding]:
    """A changed default changes what INSERTs of running code write that leave the column out."""
    table = ctx.existing(op.table)
    old = table.column(op.column) if table else None
    if fails(op, ctx) or not ctx.is_live(op.table) or added_here(ctx, op.table, op.column):
        return
    if table and table.known and old and old.default is None and isinstance(op, DropDefault):
        return
    what = "has no default" if isinstance(op, DropDefault) else f"gets {op.default.text}"
    yield ctx.finding(
        op,
        f"From here on {op.label} {what} in INSERTs that leave it out, those of code that is"
        " running too.",
        help=f"Deploy code that writes {op.label} itself first.",
    )


@rule("MIG211", on=(AddConstraint, SetNotNull), severity=INFO, default=False)
def writes_restricted(op: AddConstraint | SetNotNull, ctx: Context) -> Iterator[Finding]:
    """A new constraint refuses writes of running code from this statement on, valid for old rows or
    not."""
    if fails(op, ctx) or stalled(op, ctx) or not ctx.is_live(op.table):
        return
    if isinstance(op, SetNotNull):
        what = f"{op.label} NOT NULL"
        columns: tuple[str, ...] = (op.column,)
        table = ctx.existing(op.table)
        old = table.column(op.column) if table else None
        if old and old.not_null:
            return
    else:
        if op.constraint.kind not in ("check", "foreign key", "not null"):
            return
        if not op.constraint.enforced:
            return
        what = op.label
        expression = op.constraint.expression
        columns = op.constraint.columns or (expression.columns if expression else ())
    if columns and all(added_here(ctx, op.table, column) for column in columns):
        return
    yield ctx.finding(
        op,
        f"From here on {what} refuses new rows of {op.table} that break it, those of code that is"
        " running too.",
        help="Deploy code that keeps to it first.",
    )


@rule("MIG212", on=DropColumn, dialects=POSTGRESQL, severity=WARNING)
def index_lost_with_column(op: DropColumn, ctx: Context) -> Iterator[Finding]:
    """Dropping a column silently drops the indexes and constraints that have other columns,
    too."""
    if fails(op, ctx) or not ctx.is_live(op.table):
        return
    name = ctx.schema.resolve(op.table)
    table = ctx.existing(op.table)
    if table is None or table.column(op.column) is None:
        return
    going = {
        each.column
        for found in (earlier, beside, later)
        for each in found(ctx, DropColumn)
        if same(ctx, each.table, op.table)
    }
    indexes = ctx.schema.indexes_on(name)
    lost = [each for each in indexes if each.concerns(op.column)]
    kept = [each for each in indexes if not each.concerns(op.column)]
    found_names: list[str] = []
    for each in lost:
        rest = tuple(key for key in each.keys if key not in going)
        if rest and not _covered(each, rest, kept, op, ctx):
            found_names.append(str(each.name.name))
    checks = [
        each.name
        for each in table.constraints
        if each.kind in ("check", "foreign key") and each.name
        if op.column in (each.columns or (each.expression.columns if each.expression else ()))
        if set(each.columns or (each.expression.columns if each.expression else ())) - going
    ]
    names = [f"index {quoted(each)}" for each in found_names]
    names += [f"constraint {quoted(each)}" for each in checks]
    if not names:
        return
    yield ctx.finding(
        op,
        f"With {op.label} goes {listed(names, ctx)}, which other columns of {op.table} need as well"
        " and which the statement does not name.",
        help=(
            "Build what the other columns still need before it"
            + (", CONCURRENTLY for an index" if found_names else "")
            + "; drop what is not needed by name."
        ),
    )


def _covered(
    index: Index, rest: tuple[str | None, ...], kept: list[Index], op: DropColumn, ctx: Context
) -> bool:
    """Another index, standing or made in this migration, serves the columns that stay."""
    if index.unique:
        kept = [each for each in kept if each.unique]
    if None in rest:
        return True  # What an expression served cannot be told.
    if any(each.keys[: len(rest)] == rest for each in kept):
        return True
    return any(
        same(ctx, each.table, op.table)
        and tuple(key.column for key in each.columns[: len(rest)]) == rest
        for each in (*earlier(ctx, CreateIndex), *later(ctx, CreateIndex))
    )


@rule("MIG213", on=DropExpression, dialects=POSTGRESQL, severity=WARNING)
def generated_column_frozen(op: DropExpression, ctx: Context) -> Iterator[Finding]:
    """DROP EXPRESSION leaves a column with the values of the moment, which nothing keeps up to date
    any more."""
    table = ctx.existing(op.table)
    known = table.column(op.column) if table else None
    if fails(op, ctx) or not ctx.is_live(op.table) or (known and not known.generated):
        return
    yield ctx.finding(
        op,
        f"From here on {op.label} is NULL in new rows and out of date in changed ones, unless code"
        " writes it; code that is running does not, because so far it could not.",
        help=(
            f"Make a trigger that writes {op.label} in the same transaction, until code does so"
            " itself."
        ),
    )


@rule("MIG214", on=DropConstraint, dialects=POSTGRESQL, severity=WARNING)
def replica_identity_lost(op: DropConstraint, ctx: Context) -> Iterator[Finding]:
    """Without its primary key a published table refuses every UPDATE and DELETE."""
    table = ctx.existing(op.table)
    known = table.constraint(op.name) if table else None
    if fails(op, ctx) or table is None or known is None or known.kind != "primary key":
        return
    if not ctx.is_live(op.table) or _identified(op, ctx):
        return
    publication = _publication(op.table, ctx)
    if publication is None:
        return
    yield ctx.finding(
        op,
        f"Publication {publication} tells rows of {shown(table.name, ctx)} by this key: without it"
        " every UPDATE and DELETE of the table fails.",
        help=(
            "Add the new key in the same ALTER TABLE, `ADD PRIMARY KEY USING INDEX …`, or set"
            f" `ALTER TABLE {op.table} REPLICA IDENTITY USING INDEX …;` before it."
        ),
    )


def _identified(op: DropConstraint, ctx: Context) -> bool:
    """The migration gives the table another identity."""
    around = (earlier, beside, later)
    return any(
        same(ctx, each.table, op.table)
        for found in around
        for each in found(ctx, SetReplicaIdentity)
    ) or any(
        same(ctx, each.table, op.table) and each.constraint.kind == "primary key"
        for found in around
        for each in found(ctx, AddConstraint)
    )


def _publication(table: Name, ctx: Context) -> str | None:
    """A publication that the table is in, as far as the migrations say."""
    for migration in ctx.project.migrations:
        for statement in migration.up.statements:
            for op in statement.ops:
                if isinstance(op, ChangePublication) and op.action != "DROP":
                    if op.all_tables or any(same(ctx, name, table) for name in op.tables):
                        return quoted(op.name)
        if migration is ctx.migration:
            break
    return None
