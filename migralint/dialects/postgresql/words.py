"""Operations as PostgreSQL's SQL: a whole statement, a clause of ALTER TABLE, or the edits by which
a statement that stands says something else and keeps all other words."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from migralint import spelling
from migralint.dialects import lex
from migralint.dialects.postgresql.locate import locate, locate_part
from migralint.migration import Statement
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AttachIndex,
    CreateIndex,
    DetachPartition,
    DropConstraint,
    DropIndex,
    DropNotNull,
    Op,
    RefreshView,
    Reindex,
    SetNotNull,
    SetTimeout,
    TableOp,
    ValidateConstraint,
)
from migralint.ops.base import Constraint, quoted
from migralint.source import Edit, Span


def clause(op: Op) -> str | None:
    """What ALTER TABLE says after the table's name; None where it is not known how."""
    if isinstance(op, AddConstraint):
        return _add_constraint(op.constraint)
    if isinstance(op, ValidateConstraint):
        return f"VALIDATE CONSTRAINT {quoted(op.name)}"
    if isinstance(op, DropConstraint):
        exists = "IF EXISTS " if op.if_exists else ""
        return f"DROP CONSTRAINT {exists}{quoted(op.name)}"
    if isinstance(op, (SetNotNull, DropNotNull)):
        word = "SET" if isinstance(op, SetNotNull) else "DROP"
        return f"ALTER COLUMN {quoted(op.column)} {word} NOT NULL"
    if isinstance(op, DetachPartition):
        how = " CONCURRENTLY" if op.concurrently else ""
        return f"DETACH PARTITION {op.partition}{how}"
    return None


def _add_constraint(each: Constraint) -> str | None:
    if each.kind == "exclude" or (each.kind == "check" and each.expression is None):
        return None
    name = f"CONSTRAINT {quoted(each.name)} " if each.name else ""
    if each.using_index:
        kind = f"{each.kind.upper()} USING INDEX {quoted(each.using_index)}"
        return f"ADD {name}{kind}{spelling.deferring(each)}"
    if each.include or each.nulls_not_distinct:
        return None
    inherit = " NO INHERIT" if each.no_inherit else ""
    valid = " NOT VALID" if each.not_valid else ""
    return f"ADD {name}{spelling.constraint(each)}{inherit}{valid}"


def emit(*ops: Op) -> str | None:
    """One statement that does all this, without a terminator: a single operation, or clauses of one
    ALTER TABLE. None where it is not known how to say it."""
    first = ops[0]
    if isinstance(first, TableOp) and (words := [clause(op) for op in ops]) and all(words):
        only = "ONLY " if first.only else ""
        exists = "IF EXISTS " if first.table_if_exists else ""
        return f"ALTER TABLE {exists}{only}{first.table} {', '.join(filter(None, words))}"
    if len(ops) > 1:
        return None
    if isinstance(first, CreateIndex):
        return spelling.index(first).removesuffix(";")
    if isinstance(first, DropIndex):
        how = "CONCURRENTLY " if first.concurrently else ""
        exists = "IF EXISTS " if first.if_exists else ""
        return f"DROP INDEX {how}{exists}{first.index}{' CASCADE' if first.cascade else ''}"
    if isinstance(first, AttachIndex):
        return f"ALTER INDEX {first.index} ATTACH PARTITION {first.partition}"
    if isinstance(first, SetTimeout) and first.milliseconds is not None:
        local = "LOCAL " if first.local else ""
        return f"SET {local}{first.name} = {_duration(first.milliseconds)}"
    return None


def _duration(milliseconds: int) -> str:
    if not milliseconds:
        return "0"
    whole, rest = divmod(milliseconds, 1000)
    return f"'{milliseconds}ms'" if rest else f"'{whole}s'"


def edits(statement: Statement, op: Op, new: Op) -> tuple[Edit, ...] | None:
    """What makes an operation of a statement say what `new` says; the spans are those of the text
    that the statement was parsed from. None where that is more than a few words."""
    if type(op) is not type(new):
        return None
    words = _Words(statement, op)
    found: Iterator[Edit | None]
    if isinstance(op, CreateIndex) and isinstance(new, CreateIndex):
        found = _create_index(words, op, new)
    elif isinstance(op, DropIndex) and isinstance(new, DropIndex):
        found = _drop_index(words, op, new)
    elif isinstance(op, Reindex) and isinstance(new, Reindex):
        same = replace(op, concurrently=True) == new
        found = iter([words.after(op.target.upper(), " CONCURRENTLY") if same else None])
    elif isinstance(op, RefreshView) and isinstance(new, RefreshView):
        same = replace(op, concurrently=True) == new
        found = iter([words.after("VIEW", " CONCURRENTLY") if same else None])
    elif isinstance(op, DetachPartition) and isinstance(new, DetachPartition):
        same = replace(op, concurrently=True) == new
        found = iter([words.at_end(" CONCURRENTLY") if same else None])
    elif isinstance(op, AddConstraint) and isinstance(new, AddConstraint):
        found = _not_valid(words, op, new)
    elif isinstance(op, AddColumn) and isinstance(new, AddColumn):
        found = _without_constraints(words, statement, op, new)
    else:
        return None
    every = list(found)
    known = tuple(edit for edit in every if edit is not None)
    return known if len(known) == len(every) else None


class _Words:
    """The words of an operation's own clause, and places among them."""

    def __init__(self, statement: Statement, op: Op) -> None:
        text, base = statement.text, statement.span.start
        if statement.embedded is not None:
            text, base = statement.embedded.text, 0
        self.span = locate(statement, op)
        start, end = self.span.start - base, self.span.end - base
        self.tokens = [
            (text[token.start : token.end].upper(), token.start + base, token.end + base)
            for token in lex.tokens(text, start, end)
            if token.kind != "comment"
        ]

    def find(self, *words: str) -> int:
        """The number of the first of these words in a row; -1 where they are not there."""
        said = [word for word, _, _ in self.tokens]
        for number in range(len(said) - len(words) + 1):
            if said[number : number + len(words)] == list(words):
                return number
        return -1

    def after(self, word: str, text: str) -> Edit | None:
        number = self.find(word)
        if number < 0:
            return None
        end = self.tokens[number][2]
        return Edit(Span(end, end), text)

    def before(self, word: str, text: str) -> Edit | None:
        number = self.find(word)
        if number < 0:
            return None
        start = self.tokens[number][1]
        return Edit(Span(start, start), text)

    def without(self, *words: str) -> Edit | None:
        """These words taken out, with the blank before them."""
        number = self.find(*words)
        if number < 1:
            return None
        return Edit(Span(self.tokens[number - 1][2], self.tokens[number + len(words) - 1][2]), "")

    def at_end(self, text: str) -> Edit:
        return Edit(Span(self.span.end, self.span.end), text)


def _create_index(words: _Words, op: CreateIndex, new: CreateIndex) -> Iterator[Edit | None]:
    changed = replace(
        op, concurrently=new.concurrently, if_not_exists=new.if_not_exists, name=new.name
    )
    if changed != new:
        yield None
    if new.concurrently and not op.concurrently:
        yield words.after("INDEX", " CONCURRENTLY")
    if op.if_not_exists and not new.if_not_exists:
        yield words.without("IF", "NOT", "EXISTS")
    if op.name != new.name:
        yield words.before("ON", f"{quoted(new.name)} ") if new.name and not op.name else None


def _drop_index(words: _Words, op: DropIndex, new: DropIndex) -> Iterator[Edit | None]:
    if len(op.together) > 1 or op.cascade or not new.concurrently or op.concurrently:
        yield None
        return
    yield words.after("INDEX", " CONCURRENTLY")


def _not_valid(words: _Words, op: AddConstraint, new: AddConstraint) -> Iterator[Edit | None]:
    """Its own words, with a name and NOT VALID."""
    old, said = op.constraint, new.constraint
    if replace(old, name=said.name, not_valid=said.not_valid) != said or words.find("ADD") != 0:
        yield None
        return
    if old.name is None and said.name:
        yield words.after("ADD", f" CONSTRAINT {quoted(said.name)}")
    if said.not_valid and not old.not_valid:
        yield words.at_end(" NOT VALID")


def _without_constraints(
    words: _Words, statement: Statement, op: AddColumn, new: AddColumn
) -> Iterator[Edit | None]:
    """The column without some of its constraints."""
    if replace(op.column, constraints=new.column.constraints) != new.column:
        yield None
        return
    for each in op.column.constraints:
        if each in new.column.constraints:
            continue
        span = locate_part(statement, op, each)
        before = [end for _, _, end in words.tokens if end <= span.start]
        if span == words.span or not before:
            yield None
            return
        yield Edit(Span(before[-1], span.end), "")
