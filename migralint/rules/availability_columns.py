"""Columns: which additions and changes of type write or read the whole table."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migralint import naming, spelling
from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding, Plan, Step
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterType,
    Column,
    Constraint,
    Name,
    SetDefault,
    Type,
    ValidateConstraint,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules import _spell
from migralint.rules._advice import then
from migralint.rules._gone import for_nothing
from migralint.rules._hazards import POSTGRESQL, stalled
from migralint.rules._words import its_lock, listed, meanwhile, plural, whole

VIRTUAL = 18
"""The first version with VIRTUAL generated columns."""
MOMENTS = {"timestamp", "timestamptz"}
SERIALS = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}


def lacks_value(op: AddColumn, ctx: Context) -> bool:
    """NOT NULL, and nothing fills it: with a row in the table, the statement fails."""
    column = op.column
    kind = ctx.schema.type(column.type)
    required = column.not_null or any(each.kind == "primary key" for each in column.constraints)
    default = column.default or (kind.default if kind else None)
    filled = (
        (default and not default.null)
        or column.identity
        or column.generated
        or (
            column.type is not None
            and column.type.name in (*SERIALS, "serial2", "serial4", "serial8")
        )
    )
    return bool((required or (kind and kind.not_null)) and not filled)


def _index_count(op: AddColumn | AlterType, ctx: Context) -> str:
    count = len(ctx.effects(op).index_builds)
    return f" and {plural(count, 'index', 'indexes')}" if count else ""


@rule("MIG110", on=AlterType, dialects=POSTGRESQL, severity=ERROR, once=True)
def column_type_rewrite(op: AlterType, ctx: Context) -> Iterator[Finding]:
    """Changing a column to a type that is stored otherwise writes the whole table anew while nobody
    can read it."""
    tables = [name for name in stalled(op, ctx) if name in ctx.effects(op).rewrites]
    if not tables:
        return
    table = ctx.existing(op.table)
    old = table.column(op.column) if table else None
    before = (old.type if old else None) or op.was
    was = f"from {before} " if before else ""
    rewrites = "rewrites" if before else "may rewrite"
    nothing = for_nothing(ctx, op.table, (op.column,))
    yield ctx.finding(
        op,
        f"Changing {op.label} {was}to {op.type} {rewrites}"
        f" {listed(tables, ctx)}{_index_count(op, ctx)} under"
        f" {its_lock(op, ctx, op.table)} until it is done.{meanwhile(op, ctx)}",
        help=nothing
        or ("" if before else "Look which type it has; if that is stored otherwise: ")
        + _instead_of_rewriting(op, before, ctx),
        plan=None if nothing else _new_column(op),
        severity=None if before else WARNING,
    )


def _instead_of_rewriting(op: AlterType, old: Type | None, ctx: Context) -> str:
    if (
        old
        and {old.name, op.type.name} == MOMENTS
        and op.using is None
        and old.modifiers == op.type.modifiers
    ):
        return (
            "If the values are in UTC, write `SET LOCAL timezone = 'UTC';` before it (SET without"
            " LOCAL outside a transaction): then nothing is rewritten."
        )
    if op.type.name == "varchar" and op.type.modifiers and old and old.name in ("varchar", "text"):
        name = naming.made(op.table.name, op.column, "check")
        return (
            f"Leave the type and write `ALTER TABLE {op.table} ADD CONSTRAINT {quoted(name)} CHECK"
            f" (length({quoted(op.column)}) <= {op.type.modifiers[0]}) NOT VALID;`, then,"
            f" {then(ctx)}, `{spelling.validate(op.table, name)}`."
        )
    return (
        f"Write `ALTER TABLE {op.table} ADD COLUMN {quoted(_beside(op))} {op.type};`, fill"
        f" it from both the application and batches, then make it take {quoted(op.column)}'s place."
    )


def _beside(op: AlterType) -> str:
    return naming.made(op.column, "", "new")


def _new_column(op: AlterType) -> Plan:
    column = Column(_beside(op), op.type, collation=op.collation)
    add = AddColumn(table=op.table, column=column)
    return Plan(
        "Write to a new column as well, fill it, switch",
        (Step((add,), note=f"Then deploy code that writes {op.column} and {column.name}."),),
        whole=False,
    )


@rule("MIG113", on=AlterType, dialects=POSTGRESQL, severity=ERROR, once=True)
def column_type_scan(op: AlterType, ctx: Context) -> Iterator[Finding]:
    """Changing a column's type checks its CHECKs or builds its indexes again while nobody can read
    the table."""
    effects = ctx.effects(op)
    tables = stalled(op, ctx)
    if effects.rewrites or not tables:
        return
    table = ctx.existing(op.table)
    checks = [
        each.name or "a check"
        for each in (table.constraints if table else ())
        if each.kind == "check"
        and not each.not_valid
        and each.expression
        and op.column in each.expression.columns
    ]
    if effects.index_builds:
        why = f"builds {listed(effects.index_builds, ctx)} again"
        help = (
            f"Drop {listed(effects.index_builds, ctx)} first, and build it again CONCURRENTLY"
            " afterwards."
        )
    else:
        why = f"checks {listed(checks, ctx)} again"
        help = (
            f"Drop {listed(checks, ctx)} in the same transaction first, add it NOT VALID"
            f" afterwards, and validate it {then(ctx)}."
        )
    yield ctx.finding(
        op,
        f"Changing {op.label} to {op.type} rewrites nothing, but {why}: it reads "
        f"{whole(tables, op.table, ctx)} under {its_lock(op, ctx, op.table)}.",
        help=help,
    )


@rule("MIG111", on=AddColumn, dialects=POSTGRESQL, severity=ERROR, once=True)
def column_add_rewrite(op: AddColumn, ctx: Context) -> Iterator[Finding]:
    """Adding a column whose value has to be worked out for each row writes the whole table anew
    while nobody can read it."""
    tables = [name for name in stalled(op, ctx) if name in ctx.effects(op).rewrites]
    if not tables or lacks_value(op, ctx):
        return
    why, help, plan = _worked_out(op, ctx)
    yield ctx.finding(
        op,
        f"{why}, so adding {op.label} rewrites {listed(tables, ctx)}{_index_count(op, ctx)} under "
        f"{its_lock(op, ctx, op.table)} until it is done.{meanwhile(op, ctx)}",
        help=help,
        plan=plan,
    )


def _worked_out(op: AddColumn, ctx: Context) -> tuple[str, str, Plan | None]:
    """Why each row gets a value of its own, and what to write instead."""
    column, alter = op.column, f"ALTER TABLE {op.table}"
    name = quoted(column.name)
    fill = "then fill the rows that are there in batches"
    if column.not_null or any(each.kind == "primary key" for each in column.constraints):
        fill += ", and make it NOT NULL (not-null-scan, MIG109, says how)"
    if column.generated:
        if ctx.version >= VIRTUAL:
            help = (
                "Write VIRTUAL instead of STORED: it is worked out when read. Else a plain column,"
                f" a trigger, and {fill}."
            )
        else:
            help = (
                f"Add a plain column, keep it up to date with a trigger, {fill}. From PostgreSQL 18"
                " on it can be VIRTUAL."
            )
        return "A STORED generated column is worked out for each row", help, None
    if column.identity or (column.type and column.type.name in SERIALS):
        kind = SERIALS.get(column.type.name, str(column.type)) if column.type else "bigint"
        sequence = Name(naming.made(op.table.name, column.name, "seq"), op.table.schema)
        said = str(sequence).replace("'", "''")
        help = (
            f"Write `CREATE SEQUENCE {sequence};`, `{alter} ADD COLUMN {name} {kind};` and"
            f" `{alter} ALTER COLUMN {name} SET DEFAULT nextval('{said}');`, {fill}."
        )
        return "Each row gets a number of its own", help, None
    if column.default and not column.default.null:
        bare = replace(column, default=None, not_null=False, constraints=())
        help = (
            f"Write `{alter} ADD COLUMN {spelling.column(bare)};` and, as a second statement,"
            f" `{alter} ALTER COLUMN {name} SET DEFAULT {column.default.text};`, {fill}."
        )
        default = SetDefault(table=op.table, column=column.name, default=column.default)
        steps = (Step((replace(op, column=bare), default), note=fill.capitalize() + "."),)
        return (
            f"{column.default.text} gives each row another value",
            help,
            Plan(
                "Add the column without default, set the default for new rows", steps, whole=False
            ),
        )
    return (
        f"{column.type} is a domain with a constraint",
        (
            "Give the column the domain's base type and `ADD CONSTRAINT"
            f" {quoted(naming.made(op.table.name, column.name, 'check'))} CHECK (…) NOT VALID` in"
            f" the same ALTER TABLE; validate it {then(ctx)}."
        ),
        None,
    )


@rule("MIG112", on=AddColumn, dialects=POSTGRESQL, severity=ERROR, once=True)
def column_add_scan(op: AddColumn, ctx: Context) -> Iterator[Finding]:
    """Adding a column with its constraint in one go reads the whole table, or builds an index,
    while nobody can read it."""
    tables = stalled(op, ctx)
    if ctx.effects(op).rewrites or not tables or lacks_value(op, ctx):
        return
    kinds = [each.kind for each in op.column.constraints]
    indexed = next((kind for kind in ("primary key", "unique", "exclude") if kind in kinds), None)
    if indexed and op.column.default is not None and not op.column.default.null:
        return  # All rows would have the same value, which is said already.
    work = (
        "to build the index of its " + indexed.upper()
        if indexed
        else "to check what is the same for every row"
    )
    yield ctx.finding(
        op,
        f"Adding {op.label} reads {whole(tables, op.table, ctx)}, {work}, under "
        f"{its_lock(op, ctx, op.table)}.{meanwhile(op, ctx)}",
        help=_apart(op, indexed, ctx),
        plan=None if indexed else _apart_plan(op),
    )


def _parts(op: AddColumn) -> list[tuple[str, Constraint]]:
    return [
        (spelling.constraint_name(each, op.table), each)
        for each in op.column.constraints
        if each.kind in ("check", "foreign key")
    ]


def _apart(op: AddColumn, indexed: str | None, ctx: Context) -> str:
    bare = replace(op.column, constraints=())
    alter = f"ALTER TABLE {op.table} ADD COLUMN {spelling.column(bare)}"
    if indexed:
        each = next(each for each in op.column.constraints if each.kind == indexed)
        name = spelling.name(_spell.constraint_name(each, op.table, ctx))
        return (
            f"Write `{alter};`, then `CREATE UNIQUE INDEX CONCURRENTLY {name} ON {op.table}"
            f" ({quoted(op.column.name)});` outside a transaction, then `ALTER TABLE {op.table} ADD"
            f" CONSTRAINT {name} {indexed.upper()} USING INDEX {name};`."
        )
    parts = [(_spell.constraint_name(each, op.table, ctx), each) for _, each in _parts(op)]
    if not parts:
        return (
            f"Add {quoted(op.column.name)} without NOT NULL, and make it NOT NULL as MIG109 says."
        )
    adds = "".join(
        f", ADD CONSTRAINT {spelling.name(name)} {spelling.constraint(each)} NOT VALID"
        for name, each in parts
    )
    checks = " ".join(spelling.validate(op.table, name) for name, _ in parts)
    return f"Write `{alter}{adds};`, then, {then(ctx)}, `{checks}`."


def _apart_plan(op: AddColumn) -> Plan | None:
    parts = _parts(op)
    add = replace(op, column=replace(op.column, constraints=()))
    adds = [
        AddConstraint(table=op.table, constraint=replace(each, name=name, not_valid=True))
        for name, each in parts
    ]
    checks = tuple(ValidateConstraint(table=op.table, name=name) for name, _ in parts)
    return Plan(
        "Add the column and its constraints NOT VALID, then validate them",
        (Step((add, *adds)), Step(checks, new_migration=True)),
    )
