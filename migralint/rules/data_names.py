"""Names that the server does not keep as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import WARNING, Finding
from migralint.migration import Statement
from migralint.naming import LONGEST, clip
from migralint.ops import (
    AddColumn,
    AddConstraint,
    CreateDomain,
    CreateFunction,
    CreateIndex,
    CreatePolicy,
    CreateSchema,
    CreateSequence,
    CreateStatistics,
    CreateTable,
    CreateTrigger,
    CreateType,
    CreateView,
    Name,
    Op,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameObject,
    RenameTable,
)
from migralint.registry import rule
from migralint.rules._hazards import POSTGRESQL
from migralint.source import Span

_TOKEN = re.compile(
    r"""--[^\r\n]*|/\*.*?\*/|[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$
    |(?P<quoted>"(?:[^"]|"")*")|(?P<bare>[^\W\d][\w$]*)""",
    re.VERBOSE | re.DOTALL,
)


def _names(op: Op) -> Iterator[str | None]:
    """The names that an operation gives to what it makes."""
    if isinstance(op, CreateTable):
        yield op.table.name
        yield from (column.name for column in op.columns)
        constraints = [own for column in op.columns for own in column.constraints]
        yield from (each.name for each in (*constraints, *op.constraints))
    elif isinstance(op, AddColumn):
        yield op.column.name
        yield from (each.name for each in op.column.constraints)
    elif isinstance(op, AddConstraint):
        yield op.constraint.name
    elif isinstance(op, (RenameTable, RenameColumn, RenameConstraint, RenameIndex, RenameObject)):
        yield op.to
    elif isinstance(op, CreateView):
        yield op.view.name
    elif isinstance(op, CreateSequence):
        yield op.sequence.name
    elif isinstance(op, (CreateIndex, CreateTrigger, CreatePolicy, CreateSchema)):
        yield op.name
    elif isinstance(op, (CreateStatistics, CreateType, CreateDomain, CreateFunction)):
        yield op.name.name if isinstance(op.name, Name) else None


def _written(text: str) -> Iterator[tuple[str, Span]]:
    """The identifiers of a statement that are too long, as the server reads them."""
    for found in _TOKEN.finditer(text):
        word = found["bare"] or found["quoted"]
        if not word or len(word.encode()) <= LONGEST:
            continue
        name = word.lower() if found["bare"] else word[1:-1].replace('""', '"')
        if len(name.encode()) > LONGEST:
            yield name, Span(found.start(), found.end())


def _sql(statement: Statement) -> tuple[int, str]:
    """A statement's SQL, and where that begins: in the string that holds it, else in the file."""
    if statement.embedded is None:
        return statement.span.start, statement.text
    start = min((op.span.start for op in statement.ops), default=0)
    end = max((op.span.end for op in statement.ops), default=0)
    return start, statement.embedded.text[start:end]


@rule("MIG310", on=Statement, dialects=POSTGRESQL, severity=WARNING)
def name_truncated(statement: Statement, ctx: Context) -> Iterator[Finding]:
    """A name of more than 63 bytes is cut without a word, so it is not the name that you look for
    later."""
    start, text = _sql(statement)
    if len(text) <= (LONGEST - 4 if text.isascii() else LONGEST // 4):
        return
    # What was cut has as many bytes as there is room for, or a few less where a character has more.
    made = {
        name
        for op in statement.ops
        for name in _names(op)
        if name and len(name) > LONGEST // 4 and len(name.encode()) > LONGEST - 4
    }
    if not made:
        return
    seen = set()
    for name, span in _written(text):
        kept = clip(name)
        if kept not in made or kept in seen:
            continue
        seen.add(kept)
        place = Span(start + span.start, start + span.end)
        yield ctx.finding(
            statement.embedded.to_host(place) if statement.embedded else place,
            f"This name has {len(name.encode())} bytes, and PostgreSQL keeps the first {LONGEST} of"
            f" them: {kept}.",
            help=f"Choose a name of at most {LONGEST} bytes.",
        )
