"""Calls in files of Python, as fixes change them: where they stand, what they would say instead."""

from __future__ import annotations

import ast
import io
import tokenize

from msgspec.structs import replace

from migralint.ops import Op
from migralint.source import NOWHERE, Edit, Source, Span
from migralint.tools.place import Place, applied

INDENT = "    "
_LONGEST = 100
"""Where a call that is written anew is folded, in characters."""


def parsed(source: Source) -> ast.Module | None:
    """A file as this version of Python reads it; None where a newer one is needed."""
    try:
        return ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def span_of(source: Source, node: ast.stmt | ast.expr | ast.keyword | ast.alias) -> Span:
    """Where a node stands, in characters; `ast` counts columns in bytes of UTF-8."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    ends = []
    for line, column in ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)):
        before = source.line(line).encode()[:column].decode()
        ends.append(source.line_starts[line - 1] + len(before))
    return Span(*ends)


def alike(one: Op, other: Op) -> bool:
    """They do the same, wherever they stand."""
    return type(one) is type(other) and replace(one, span=NOWHERE, clause=-1) == replace(
        other, span=NOWHERE, clause=-1
    )


def literal(text: str) -> str:
    """A text as Python writes it, in double quotes where it can be."""
    return f'"{text}"' if '"' not in text and "\\" not in text else repr(text)


def reworded(place: Place, call: Span, op: Op) -> str | None:
    """A call with other words in the SQL that it sends; None where one of them does not stand in
    the file as it is."""
    statement = place.statement
    edits = place.words.edits(statement, place.op, op)
    if edits is None or statement.embedded is None:
        return None
    moved = []
    for each in edits:
        exact = any(
            start <= each.span.start and each.span.end <= start + length and length == host_length
            for start, _, length, host_length in statement.embedded.pieces
        )
        if not exact or '"' in each.text or "\\" in each.text:
            return None
        moved.append(Edit(statement.embedded.to_host(each.span).shift(-call.start), each.text))
    return applied(place.script.source.text[call.start : call.end], moved)


def folded(text: str, indent: str, room: int, line_end: str) -> str:
    """A call of one line with its arguments on a line of their own, if it is too long for the
    `room` that it has beside; `indent` is that of its line."""
    if "\n" in text or len(indent) + len(text) + room <= _LONGEST:
        return text
    head, _, rest = text.partition("(")
    inner = rest.removesuffix(")")
    return f"{head}({line_end}{indent}{INDENT}{inner}{line_end}{indent})"


def indented(text: str, by: int) -> str:
    """A call's further lines with so many more blanks before them, or less where `by` is below 0,
    but for those that begin inside a string."""
    strings: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.start[0] != token.end[0]:
            strings.update(range(token.start[0] + 1, token.end[0] + 1))

    def shifted(line: str) -> str:
        if by >= 0:
            return " " * by + line
        return line[min(-by, len(line) - len(line.lstrip(" "))) :]

    return "".join(
        shifted(line) if number > 1 and number not in strings and line.strip() else line
        for number, line in enumerate(text.splitlines(keepends=True), 1)
    )
