"""Design: names that need quotes, or say less than they should. All are off unless asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import INFO, WARNING, Finding
from migralint.ops import (
    AddColumn,
    AddConstraint,
    CreateDomain,
    CreateFunction,
    CreateIndex,
    CreateSequence,
    CreateTable,
    CreateType,
    CreateView,
    Name,
    Op,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetParameter,
)
from migralint.ops.base import quoted
from migralint.registry import rule
from migralint.rules._around import earlier
from migralint.rules._defines import idle, verb
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import listed

_RENAMES = (RenameTable, RenameColumn, RenameConstraint, RenameIndex)
_NAMING = (
    CreateTable,
    AddColumn,
    AddConstraint,
    CreateIndex,
    CreateView,
    CreateSequence,
    CreateType,
    CreateDomain,
    CreateFunction,
    *_RENAMES,
)
_Placed = CreateTable | CreateView | CreateSequence | CreateType | CreateDomain | CreateFunction
_BARE = re.compile(r"[a-z_][a-z0-9_]*\Z")


def _place(op: Op) -> Name | None:
    """The name of a new object that lives in a schema of its own choice."""
    if isinstance(op, CreateTable):
        return op.table
    if isinstance(op, CreateView):
        return op.view
    if isinstance(op, CreateSequence):
        return op.sequence
    return op.name if isinstance(op, (CreateType, CreateDomain, CreateFunction)) else None


def _given(op: Op) -> Iterator[str]:
    """The names that an operation gives, those of columns included."""
    place = _place(op)
    if place is not None:
        yield place.name
    if isinstance(op, CreateTable):
        yield from (column.name for column in op.columns)
        yield from (each.name for each in op.constraints if each.name)
    elif isinstance(op, AddColumn):
        yield op.column.name
    elif isinstance(op, AddConstraint):
        yield op.constraint.name or ""
    elif isinstance(op, CreateIndex):
        yield op.name or ""
    elif isinstance(op, (RenameTable, RenameColumn, RenameConstraint, RenameIndex)):
        yield op.to


def _is_snake_case(name: str) -> bool:
    if _BARE.match(name) or not name:
        return True
    letters = name.replace("_", "a")
    return letters.isalnum() and name == name.lower() and not name[0].isdigit()


@rule("MIG816", on=_NAMING, severity=INFO)
def name_quoted(op: Op, ctx: Context) -> Iterator[Finding]:
    """A name with capitals, blanks or dashes has to stand in quotes wherever it is written, for
    ever."""
    if idle(op, ctx):
        return
    found = [quoted(name) for name in dict.fromkeys(_given(op)) if not _is_snake_case(name)]
    if found:
        yield ctx.finding(
            op,
            f"{listed(found, ctx)} {verb(found, 'has', 'have')} to stand in quotes at every"
            " mention: without them the server looks for another name.",
            help="Use lower-case letters, digits and _: `order_lines`.",
            confidence="certain",
        )


@rule("MIG817", on=_NAMING, dialects=POSTGRESQL, severity=INFO)
def name_reserved(op: Op, ctx: Context) -> Iterator[Finding]:
    """A name that is a reserved word of SQL is a syntax error wherever its quotes are forgotten."""
    if idle(op, ctx) or isinstance(op, CreateFunction):
        return
    given = dict.fromkeys(_given(op))
    found = [quoted(name) for name in given if _BARE.match(name) and quoted(name) != name]
    if found:
        yield ctx.finding(
            op,
            f"{listed(found, ctx)} {verb(found, 'is a reserved word', 'are reserved words')}: SQL"
            " that forgets the quotes fails, or means something else.",
            help="Choose another word, or two: `app_user`, `sort_order`.",
            confidence="certain",
        )


@rule(
    "MIG818",
    on=(CreateTable, CreateView, CreateSequence, CreateType, CreateDomain, CreateFunction),
    dialects=POSTGRESQL,
    severity=WARNING,
)
def schema_unqualified(op: _Placed, ctx: Context) -> Iterator[Finding]:
    """An object without a schema is made in whichever comes first in the search_path of the one who
    runs the migration."""
    name = _place(op)
    if name is None or name.schema or fails(op, ctx) or getattr(op, "temporary", False):
        return
    if any(each.name == "search_path" for each in earlier(ctx, SetParameter)):
        return
    home = ctx.schema.home(name)
    yield ctx.finding(
        op,
        f"{name} is made in the first schema of the search_path, which the role and the database"
        " decide, not this migration.",
        help=f"Write {home}, or whichever schema it belongs to.",
        relations=(name,),
    )
