"""Constraints: what checking the rows that are there keeps waiting."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migralint import naming, spelling
from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding, Plan, Step
from migralint.ops import (
    AddConstraint,
    AlterDomain,
    Constraint,
    CreateIndex,
    DropConstraint,
    Expression,
    IndexColumn,
    Name,
    SetNotNull,
    Test,
    ValidateConstraint,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules import _spell
from migralint.rules._advice import not_valid, then, write
from migralint.rules._around import beside, earlier, same
from migralint.rules._gone import constraint_for_nothing, for_nothing, needs_this
from migralint.rules._hazards import POSTGRESQL, stalled
from migralint.rules._left import all_null
from migralint.rules._unique import repeats
from migralint.rules._words import its_lock, listed, meanwhile, whole

NOT_VALID_ON_PARTITIONED = 18
"""The first version that takes a NOT VALID foreign key on a partitioned table."""
NOT_NULL_NOT_VALID = 18
"""The first version that takes NOT NULL as a constraint that can be NOT VALID."""


def _advised(
    op: AddConstraint,
    ctx: Context,
    message: str,
    help: str,
    plan: Plan | None = None,
    relations: tuple[Name, ...] = (),
) -> Finding:
    """A finding with this advice, unless there is no need of the constraint."""
    nothing = constraint_for_nothing(op, ctx)
    return ctx.finding(
        op,
        message,
        help=nothing or help,
        plan=None if nothing else plan,
        relations=relations,
    )


def _in_two_steps(op: AddConstraint, ctx: Context) -> tuple[str, Plan]:
    """Add it NOT VALID, then validate it in a transaction of its own: words and plan."""
    name = spelling.constraint_name(op.constraint, op.table)
    old = tuple(_replaced(op, name, ctx))
    add = replace(op, constraint=replace(op.constraint, name=name, not_valid=True))
    check = ValidateConstraint(table=op.table, name=name)
    said = _spell.constraint_name(op.constraint, op.table, ctx)
    sql = spelling.add_not_valid(op.table, said, op.constraint, replaced=bool(old))
    words = (
        f"Write `{sql}`{not_valid(ctx)}, then, {then(ctx)}, `{spelling.validate(op.table, said)}`."
    )
    return words, Plan(
        f"Add {name} NOT VALID, then validate it",
        (Step((*old, add)), Step((check,), new_migration=True)),
    )


def _replaced(op: AddConstraint, name: str, ctx: Context) -> Iterator[DropConstraint]:
    """The constraint of the same name that the statement drops, or else has no room for this
    one."""
    for old in beside(ctx, DropConstraint):
        if old.name == name and same(ctx, old.table, op.table):
            yield old


@rule("MIG104", on=AddConstraint, dialects=POSTGRESQL, severity=ERROR, once=True)
def foreign_key_validation(op: AddConstraint, ctx: Context) -> Iterator[Finding]:
    """Adding a foreign key that is checked at once blocks writes to both tables while both are read
    in full."""
    tables = stalled(op, ctx)
    key = op.constraint
    if key.kind != "foreign key" or not tables or not ctx.is_live(op.table):
        return
    assert key.references is not None
    table = ctx.existing(op.table)
    if not same(ctx, op.table, key.references) and all_null(op.table, key.columns, ctx):
        # NULL refers to nothing, so nothing is looked up (measured on 15 and 18).
        other = ctx.schema.resolve(key.references)
        tables = tuple(name for name in tables if name != other) or tables
    both = (op.table,) if same(ctx, op.table, key.references) else (op.table, key.references)
    message = (
        f"Adding {op.label} holds"
        f" {its_lock(op, ctx, op.table, key.references)}, while it reads"
        f" all of {listed(tables, ctx)}.{meanwhile(op, ctx)}"
    )
    if table and table.partitioned and ctx.version < NOT_VALID_ON_PARTITIONED:
        help = (
            "A partitioned table takes NOT VALID foreign keys only from PostgreSQL 18 on: add it"
            " NOT VALID to each partition, validate it there, and then here, where it is not"
            " checked again."
        )
        yield _advised(op, ctx, message, help, relations=both)
        return
    help, plan = _in_two_steps(op, ctx)
    yield _advised(op, ctx, message, help, plan, relations=both)


@rule("MIG105", on=AddConstraint, dialects=POSTGRESQL, severity=ERROR, once=True)
def check_validation(op: AddConstraint, ctx: Context) -> Iterator[Finding]:
    """Adding a CHECK that is checked at once blocks reads and writes of the table while it is read
    in full."""
    tables = stalled(op, ctx)
    if op.constraint.kind != "check" or not tables:
        return
    message = (
        f"Adding {op.label} holds {its_lock(op, ctx, op.table)}, while it reads"
        f" {whole(tables, op.table, ctx)}.{meanwhile(op, ctx)}"
    )
    yield _advised(op, ctx, message, *_in_two_steps(op, ctx))


def _index_for(op: AddConstraint, name: str) -> CreateIndex:
    each = op.constraint
    return CreateIndex(
        table=op.table,
        name=name,
        columns=tuple(IndexColumn(column) for column in each.columns),
        include=each.include,
        unique=True,
        concurrently=True,
        nulls_not_distinct=each.nulls_not_distinct,
    )


def _using_index(op: AddConstraint, ctx: Context) -> tuple[str, Plan]:
    """Build the index first, then make it the constraint's: words and plan."""
    each = op.constraint
    name = spelling.constraint_name(each, op.table)
    # The constraint that it takes the place of keeps the name until then.
    dropped = [old for found in (earlier, beside) for old in found(ctx, DropConstraint)]
    taken = any(old.name == name and same(ctx, old.table, op.table) for old in dropped)
    index = naming.made(name, "", "new") if taken else name
    build = _index_for(op, index)
    use = replace(
        op, constraint=replace(each, name=name, using_index=index, columns=(), include=())
    )
    said = _spell.constraint_name(each, op.table, ctx)
    known = said == name
    old = f"DROP CONSTRAINT {spelling.name(said)}, " if taken else ""
    sql = (
        f"ALTER TABLE {op.table} {old}ADD CONSTRAINT {spelling.name(said)} {each.kind.upper()}"
        f" USING INDEX {spelling.name(index if known else said)}{spelling.deferring(each)};"
    )
    first = write(
        ctx,
        _spell.index(build, ctx, name=None if known else said),
        after=needs_this(build, ctx),
    )
    words = f"{first} Then, {then(ctx)}, `{sql}`."
    return words, Plan(
        "Build the index concurrently, then make it the constraint's",
        (Step((build,), in_transaction=False), Step((use,), new_migration=True)),
    )


def _build_message(op: AddConstraint, ctx: Context) -> str:
    return (
        f"Adding {op.label} builds its index under"
        f" {its_lock(op, ctx, *stalled(op, ctx))} until it is"
        f" built.{meanwhile(op, ctx)}"
    )


@rule("MIG106", on=AddConstraint, dialects=POSTGRESQL, severity=ERROR, once=True)
def unique_constraint_build(op: AddConstraint, ctx: Context) -> Iterator[Finding]:
    """Adding a UNIQUE constraint blocks reads and writes of the table until its index is built."""
    if op.constraint.kind != "unique" or not stalled(op, ctx):
        return
    message = f"{_build_message(op, ctx)}{repeats(op, ctx)}"
    table = ctx.existing(op.table)
    if table and table.partitioned:
        name = _spell.constraint_name(op.constraint, op.table, ctx)
        first = _spell.index(_index_for(op, name), ctx, concurrently=False)
        help = (
            f"A partitioned table takes no USING INDEX. Write `{first}`, build the like index"
            f" CONCURRENTLY on each partition, and `ALTER INDEX {spelling.name(name)} ATTACH"
            " PARTITION …;` each."
        )
        yield _advised(op, ctx, message, help)
        return
    yield _advised(op, ctx, message, *_using_index(op, ctx))


@rule("MIG107", on=AddConstraint, dialects=POSTGRESQL, severity=ERROR)
def primary_key_build(op: AddConstraint, ctx: Context) -> Iterator[Finding]:
    """Adding a PRIMARY KEY blocks reads and writes of the table until its index is built and NULLs
    are ruled out."""
    each = op.constraint
    tables = stalled(op, ctx)
    if each.kind != "primary key" or not tables:
        return
    if each.using_index:
        yield ctx.finding(
            op,
            f"The columns of index {quoted(each.using_index)} may hold NULL, so making it the"
            f" primary key reads all of {listed(tables, ctx)} under"
            f" {its_lock(op, ctx, op.table)}.",
            help=(
                "Make the columns NOT NULL first, which not-null-scan (MIG109) says how to do; then"
                " nothing is read."
            ),
        )
        return
    message = f"{_build_message(op, ctx)}{repeats(op, ctx)}"
    table = ctx.existing(op.table)
    if table and table.partitioned:
        help = (
            "A partitioned table takes no USING INDEX: set lock_timeout, and add it while nobody"
            " needs the table."
        )
        yield _advised(op, ctx, message, help)
        return
    nullable = [
        column
        for column in each.columns
        if not (table and (known := table.column(column)) and known.not_null)
    ]
    help, plan = _using_index(op, ctx)
    if nullable:
        help = f"Make {spelling.columns(nullable)} NOT NULL first (MIG109 says how). {help}"
    yield _advised(op, ctx, message, help, None if nullable else plan)


@rule("MIG108", on=AddConstraint, dialects=POSTGRESQL, severity=ERROR)
def exclusion_constraint_build(op: AddConstraint, ctx: Context) -> Iterator[Finding]:
    """Adding an EXCLUDE constraint blocks reads and writes of the table until its index is
    built."""
    if op.constraint.kind != "exclude" or not stalled(op, ctx):
        return
    yield ctx.finding(
        op,
        _build_message(op, ctx),
        help=(
            "It can be neither NOT VALID nor USING INDEX: make a new table that has it and copy the"
            " rows in batches, or add it while nobody needs the table, with a lock_timeout."
        ),
    )


@rule("MIG109", on=(SetNotNull, AddConstraint), dialects=POSTGRESQL, severity=ERROR, once=True)
def not_null_scan(op: SetNotNull | AddConstraint, ctx: Context) -> Iterator[Finding]:
    """Making a column NOT NULL blocks reads and writes of the table while it is searched for
    NULLs."""
    tables = stalled(op, ctx)
    if not tables or (isinstance(op, AddConstraint) and op.constraint.kind != "not null"):
        return
    column = op.column if isinstance(op, SetNotNull) else op.constraint.columns[0]
    message = (
        f"Making {op.table}.{column} NOT NULL holds {its_lock(op, ctx, op.table)}"
        f", while it searches {whole(tables, op.table, ctx)} for NULLs.{meanwhile(op, ctx)}"
    )
    if any(beside(ctx, DropConstraint)):
        message += (
            " The same ALTER TABLE drops a constraint, and drops run first: it proves nothing any"
            " more."
        )
    if nothing := for_nothing(ctx, op.table, (column,)):
        yield ctx.finding(op, message, help=nothing)
        return
    if ctx.version >= NOT_NULL_NOT_VALID:
        name = naming.made(op.table.name, column, "not_null")
        add = AddConstraint(table=op.table, constraint=Constraint("not null", name, (column,)))
        help, plan = _in_two_steps(add, ctx)
    else:
        help, plan = _through_a_check(op, column, ctx)
    yield ctx.finding(op, message, help=help, plan=plan)


def _through_a_check(op: SetNotNull | AddConstraint, column: str, ctx: Context) -> tuple[str, Plan]:
    """A valid CHECK proves the column to be without NULL, so that SET NOT NULL need not look (from
    PostgreSQL 12 on)."""
    name = naming.made(op.table.name, column, "not_null")
    text = f"{quoted(column)} IS NOT NULL"
    proof = Constraint(
        "check",
        name,
        (column,),
        expression=Expression(text, (column,), tests=(Test(column, "IS NOT NULL"),)),
        not_valid=True,
    )
    help = (
        f"Write `{spelling.add_not_valid(op.table, name, proof)}`, then, {then(ctx)},"
        f" `{spelling.validate(op.table, name)}`, then `ALTER TABLE {op.table} ALTER COLUMN"
        f" {quoted(column)} SET NOT NULL;`, which need not search any more, then, in a statement of"
        f" its own, `ALTER TABLE {op.table} DROP CONSTRAINT {quoted(name)};`."
    )
    finish = (
        SetNotNull(table=op.table, column=column),
        DropConstraint(table=op.table, name=name),
    )
    return help, Plan(
        "Prove it with a CHECK first",
        (
            Step((AddConstraint(table=op.table, constraint=proof),)),
            Step((ValidateConstraint(table=op.table, name=name),), new_migration=True),
            Step(finish, new_migration=True),
        ),
    )


@rule("MIG122", on=AlterDomain, dialects=POSTGRESQL, severity=WARNING)
def domain_validation(op: AlterDomain, ctx: Context) -> Iterator[Finding]:
    """Checking a domain's new constraint blocks writes to every table that uses the domain while
    each is read in full."""
    tables = stalled(op, ctx)
    if not tables:
        return
    doing = {
        "ADD CONSTRAINT": "Adding a constraint to",
        "VALIDATE CONSTRAINT": "Validating a constraint of",
        "SET NOT NULL": "Ruling out NULL in",
    }.get(op.action, "Changing")
    yield ctx.finding(
        op,
        f"{doing} domain {op.name} holds {its_lock(op, ctx, *tables)}, while it reads"
        f" {'each of them' if len(tables) > 1 else 'the whole table'}.",
        help=(
            "Give the columns a CHECK of their own instead, NOT VALID and validated afterwards; or"
            " leave the domain's constraint NOT VALID, which holds for new rows and locks nothing."
        ),
        relations=tables,
    )
