"""Design: constraints that are hard to live with. All are off unless asked for."""

from __future__ import annotations

from collections.abc import Iterator

from migralint import spelling
from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AlterConstraint,
    Constraint,
    CreateDomain,
    CreateTable,
    Expression,
)
from migralint.registry import rule
from migralint.rules._defines import constraints, idle
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import listed

_ON = (CreateTable, AddColumn, AddConstraint)
_Constraining = CreateTable | AddColumn | AddConstraint

_MOVING = frozenset(
    "now current_date current_time localtime localtimestamp clock_timestamp statement_timestamp "
    "transaction_timestamp timeofday random gen_random_uuid current_user session_user current_role "
    "current_setting current_schema current_database nextval currval lastval txid_current "
    "pg_backend_pid to_regclass".split()
)
"""Built-in functions that give another value tomorrow, or to somebody else."""


def _label(each: Constraint) -> str:
    return f"Constraint {each.name}" if each.name else f"The {each.kind} constraint"


@rule("MIG815", on=(CreateTable, AddConstraint), dialects=POSTGRESQL, severity=INFO)
def constraint_unnamed(op: CreateTable | AddConstraint, ctx: Context) -> Iterator[Finding]:
    """A constraint without a name gets one from the server, which the migration that changes it has
    to guess."""
    if idle(op, ctx):
        return
    own = (op.constraint,) if isinstance(op, AddConstraint) else op.constraints
    for each in own:
        if each.name or each.using_index or each.kind in ("primary key", "not null"):
            continue
        name = spelling.constraint_name(each, ctx.schema.home(op.table))
        yield ctx.finding(
            op,
            f"The {each.kind} constraint has no name, and the server makes one up: {name}, with a"
            " number behind it where that is taken.",
            help=f"Write `CONSTRAINT {name}` in front of it, or a name that says what it is for.",
            confidence="certain",
        )


@rule("MIG819", on=_ON, severity=INFO)
def cascade_on_delete(op: _Constraining, ctx: Context) -> Iterator[Finding]:
    """ON DELETE CASCADE lets one DELETE take rows of other tables along, unseen and without an
    end."""
    if idle(op, ctx):
        return
    for each in constraints(op):
        if each.kind == "foreign key" and each.on_delete == "CASCADE":
            yield ctx.finding(
                op,
                f"A DELETE from {each.references} takes the rows of {op.table} along that refer to"
                " it, in the same transaction, however many there are.",
                help="Leave ON DELETE away, and let the code delete what it means to, in batches.",
                confidence="certain",
            )


@rule("MIG820", on=CreateDomain, dialects=POSTGRESQL, severity=INFO)
def domain_with_check(op: CreateDomain, ctx: Context) -> Iterator[Finding]:
    """What a domain demands can later be changed only by reading every table that uses it."""
    if fails(op, ctx) or not (op.constraints or op.not_null):
        return
    yield ctx.finding(
        op,
        f"To add to what domain {op.name} demands later, the server reads every table that uses it,"
        " with writes to all of them blocked.",
        help=f"Use {op.type} in the tables, with a CHECK on each, which can be made NOT VALID.",
    )


@rule("MIG821", on=_ON, dialects=POSTGRESQL, severity=WARNING)
def check_not_immutable(op: _Constraining, ctx: Context) -> Iterator[Finding]:
    """A CHECK is looked at when a row is written, so one that hangs on the clock, a setting or
    another table comes untrue unseen."""
    if idle(op, ctx):
        return
    for each in constraints(op):
        if each.kind != "check" or each.expression is None:
            continue
        moving = list(_moving(each.expression, ctx))
        if moving:
            yield ctx.finding(
                op,
                f"{_label(each)} calls {listed(moving, ctx)}: rows that pass it now may not pass it"
                " later, and then a dump of the table cannot be restored.",
                help=(
                    "Compare columns and constants only; let a trigger check what hangs on the"
                    " moment, and mark a function IMMUTABLE that does not."
                ),
            )


def _moving(expression: Expression, ctx: Context) -> Iterator[str]:
    for name in expression.functions:
        own = ctx.schema.function(name)
        if own is not None:
            if own.volatility != "immutable":
                yield f"{name}(), which is {own.volatility}"
        elif name in _MOVING:
            yield f"{name}()"


@rule("MIG822", on=(*_ON, AlterConstraint), dialects=POSTGRESQL, severity=WARNING)
def constraint_not_enforced(
    op: CreateTable | AddColumn | AddConstraint | AlterConstraint, ctx: Context
) -> Iterator[Finding]:
    """A constraint that is NOT ENFORCED keeps nothing out, neither old rows nor new ones."""
    if isinstance(op, AlterConstraint):
        loose = [f"Constraint {op.name}"] if op.enforced is False and not fails(op, ctx) else []
    else:
        loose = (
            [] if idle(op, ctx) else [_label(each) for each in constraints(op) if not each.enforced]
        )
    for label in loose:
        yield ctx.finding(
            op,
            f"{label} of {op.table} is NOT ENFORCED: the server checks no row, so it is a comment.",
            help=(
                "Make it NOT VALID, which checks new rows at once, and validate it later; or leave"
                " it away."
            ),
            confidence="certain",
        )
