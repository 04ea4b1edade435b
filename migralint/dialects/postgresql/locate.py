"""The exact place of one clause, column or constraint, cut out when somebody looks.

libpg_query gives no place for most ALTER TABLE actions and no ends at all, so the text is cut at
its top-level commas.
"""

from __future__ import annotations

import re
from itertools import islice

from migralint.dialects import lex
from migralint.migration import Statement
from migralint.ops import AddColumn, AddConstraint, Column, Constraint, CreateTable, CreateType, Op
from migralint.source import Span

_KIND_WORDS = frozenset(
    "alter drop foreign table index view materialized sequence type domain function procedure "
    "routine aggregate schema extension statistics policy trigger rule collation conversion text "
    "search parser dictionary template configuration server data wrapper access method publication "
    "language operator class family event cast transform for concurrently only if exists not "
    "procedural trusted".split()
)
_TABLE_CONSTRAINTS = frozenset("constraint check unique primary foreign not".split())
_COLUMN_CONSTRAINTS = frozenset("check unique primary references".split())
_BOUNDARIES = frozenset(
    "not null default check primary unique references constraint generated collate".split()
)
_ATTRIBUTES = frozenset("deferrable enforced valid distinct".split())


_PLAIN_HEAD = re.compile(
    r"""alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?(?:(?:"[^"]+"|[a-z_]\w*)\.)?(?:"[^"]+"|[a-z_]\w*)\s+(?=[a-z])""",
    re.IGNORECASE,
)
"""How nearly all of them begin; anything else goes through the lexer."""
_HEAD = 20
"""Tokens enough for ALTER FOREIGN TABLE IF EXISTS ONLY a.b.c and what comes after."""


class _Cut:
    """The tokens of an operation's own text, and what they say."""

    def __init__(self, statement: Statement, op: Op, limit: int | None = None) -> None:
        if statement.embedded is not None:
            self.text, self.base = statement.embedded.text, 0
        else:
            self.text, self.base = statement.text, statement.span.start
        start, end = op.span.start - self.base, op.span.end - self.base
        tokens = (t for t in lex.tokens(self.text, start, end) if t.kind != "comment")
        self.tokens = list(tokens if limit is None else islice(tokens, limit))

    def word(self, number: int) -> str:
        """A token's text in lower case where it is a bare word or a mark, else ""."""
        if number >= len(self.tokens):
            return ""
        kind, start, end = self.tokens[number]
        return self.text[start:end].lower() if kind in ("word", "symbol") else ""

    def name_end(self, number: int) -> int:
        """The token after a dotted name that starts with this one; a placeholder may be glued to a
        part of it."""
        while number < len(self.tokens):
            end = self.tokens[number].end
            number += 1
            if self.word(number) == ".":
                number += 1
            elif (
                number >= len(self.tokens)
                or self.tokens[number].start != end
                or self.tokens[number].kind == "symbol"
            ):
                break
        return number

    def items(self, first: int, *, closing: bool = False) -> list[tuple[int, int]]:
        """The members of a list that starts at a token, as ranges of tokens, up to the text's end
        or, with `closing`, to the bracket that closes it."""
        found: list[tuple[int, int]] = []
        depth, begin = 0, first
        for number in range(first, len(self.tokens)):
            mark = self.word(number)
            if mark in ("(", "["):
                depth += 1
            elif mark in (")", "]"):
                depth -= 1
                if depth < 0 and closing:
                    found.append((begin, number))
                    return found
            elif mark == "," and depth == 0:
                found.append((begin, number))
                begin = number + 1
        found.append((begin, len(self.tokens)))
        return found

    def span(self, first: int, last: int) -> Span:
        """From a token to before another."""
        return Span(self.tokens[first].start + self.base, self.tokens[last - 1].end + self.base)


def locate(statement: Statement, op: Op) -> Span:
    """The span of an operation in the text its statement was parsed from: of its own clause, where
    it has one."""
    if op.clause < 0:
        return op.span
    if len(statement.ops) == 1 and statement.embedded is None:
        plain = _PLAIN_HEAD.match(statement.text)
        if plain:
            return Span(op.span.start + plain.end(), op.span.end)
    alone = len(statement.ops) == 1
    cut = _Cut(statement, op, _HEAD if alone else None)
    number = _header_end(cut)
    altered = cut.word(0) == "alter"
    if altered:
        number = cut.name_end(number)
        if cut.word(number) == "*":
            number += 1
        if alone and number < len(cut.tokens):
            return Span(cut.tokens[number].start + cut.base, op.span.end)
    if alone:
        cut = _Cut(statement, op)
    items = cut.items(number)
    if op.clause >= len(items):
        return op.span
    first, last = items[op.clause]
    while not altered and last - 1 > first and cut.word(last - 1) in ("cascade", "restrict"):
        last -= 1
    return cut.span(first, last) if last > first else op.span


def _header_end(cut: _Cut) -> int:
    """The token at which the first name stands. A table may be called like a kind of object: `ALTER
    TABLE policy ADD …`."""
    number = 1
    kind = ""
    while number < len(cut.tokens) and cut.word(number) in _KIND_WORDS:
        word, following = cut.word(number), cut.word(number + 1)
        if word == "if" and following == "exists":
            number += 2
            continue
        if word in ("only", "concurrently"):
            number += 1
            continue
        if kind and f"{kind} {word}" not in _LONG_KINDS:
            break
        kind = f"{kind} {word}".strip()
        number += 1
    return number


_LONG_KINDS = frozenset(
    (
        "foreign table",
        "materialized view",
        "foreign data",
        "foreign data wrapper",
        "text search",
        "text search parser",
        "text search dictionary",
        "text search template",
        "text search configuration",
        "access method",
        "event trigger",
        "operator class",
        "operator family",
        "procedural language",
    )
)


def locate_part(statement: Statement, op: Op, part: Column | Constraint) -> Span:
    """The span of a column or constraint that an operation defines, without the comma after it."""
    cut = _Cut(statement, op)
    if isinstance(op, (CreateTable, CreateType)):
        return _in_list(cut, op, part) or op.span
    if isinstance(op, (AddColumn, AddConstraint)) and op.clause >= 0:
        clause = locate(statement, op)
        first = next(
            (n for n, token in enumerate(cut.tokens) if token.start + cut.base == clause.start), 0
        )
        last = (
            next((n for n, token in enumerate(cut.tokens) if token.end + cut.base >= clause.end), 0)
            + 1
        )
        first += 1  # ADD
        if isinstance(op, AddColumn):
            first += cut.word(first) == "column"
            first += 3 if [cut.word(first + n) for n in range(3)] == ["if", "not", "exists"] else 0
            if part is not op.column and part != op.column:
                return _in_column(cut, op.column, first, last, part) or clause
        return cut.span(first, last) if first < last else clause
    return locate(statement, op)


def _in_list(cut: _Cut, op: CreateTable | CreateType, part: Column | Constraint) -> Span | None:
    opening = next((number for number in range(len(cut.tokens)) if cut.word(number) == "("), None)
    if opening is None:
        return None
    columns = list(op.columns if isinstance(op, CreateTable) else op.attributes)
    constraints = list(op.constraints if isinstance(op, CreateTable) else ())
    for first, last in cut.items(opening + 1, closing=True):
        if first >= last:
            continue
        word, following = cut.word(first), cut.word(first + 1)
        if word == "like":
            continue
        if word in _TABLE_CONSTRAINTS or (word == "exclude" and following in ("using", "(")):
            if constraints and _same(constraints.pop(0), part, op):
                return cut.span(first, last)
        elif columns:
            column = columns.pop(0)
            if _same(column, part, op):
                return cut.span(first, last)
            if any(_same(own, part, op) for own in column.constraints):
                return _in_column(cut, column, first, last, part)
    return None


def _same(
    candidate: Column | Constraint, part: Column | Constraint, op: CreateTable | CreateType
) -> bool:
    """The very object; or an equal one, which a cache may have made of it."""
    if candidate is part:
        return True
    if candidate != part:
        return False
    everything: list[object] = [] if isinstance(op, CreateType) else [*op.columns, *op.constraints]
    everything += (
        []
        if isinstance(op, CreateType)
        else [own for column in op.columns for own in column.constraints]
    )
    return not any(other is part for other in everything)


def _in_column(
    cut: _Cut, column: Column, first: int, last: int, part: Column | Constraint
) -> Span | None:
    """A constraint among the tokens of its column's definition."""
    wanted = next((n for n, own in enumerate(column.constraints) if own is part), None)
    if wanted is None:
        wanted = next((n for n, own in enumerate(column.constraints) if own == part), None)
    depth, begin = 0, -1
    for number in range(first + 1, last):
        word = cut.word(number)
        depth += (word in ("(", "[")) - (word in (")", "]"))
        if depth or wanted is None or not _starts(cut, number):
            continue
        if begin >= 0:
            return cut.span(begin, number)
        if word in _COLUMN_CONSTRAINTS:
            if wanted == 0:
                begin = number
                if cut.word(number - 2) == "constraint":
                    begin = number - 2
            wanted -= 1 if begin < 0 else 0
    return cut.span(begin, last) if begin >= 0 else None


def _starts(cut: _Cut, number: int) -> bool:
    """Whether a column constraint starts at this token."""
    word, previous, following = cut.word(number), cut.word(number - 1), cut.word(number + 1)
    if word not in _BOUNDARIES or previous in ("set", "not", "is"):
        return False
    return not (word == "not" and following in _ATTRIBUTES)
