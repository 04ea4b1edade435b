"""What a file of Atlas's own format says of itself: directives, the parts of an archive, and where
it is cut into statements.

Its rules are those of sql/migrate/dir.go and sql/migrate/lex.go.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from migralint.source import Span

_DIRECTIVE = re.compile(r"[ -~]*atlas:(\w+)(?: +(.+))?")
_DELIMITER = re.compile(r"-- atlas:delimiter(?: +(.+))?")
_COMMAND = re.compile(r"delimiter +([^\n]*)\n?", re.IGNORECASE)
_COMMANDS = re.compile(r"^[ \t]*delimiter +[^\w\s(,]", re.IGNORECASE | re.MULTILINE)
_PART = re.compile(r"^-- (\S+\.sql) --[ \t\r]*$", re.MULTILINE)
_DOLLAR = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_BLANKS = " \t\n\r\f\v"


class Directive(NamedTuple):
    name: str
    value: str
    span: Span


class Part(NamedTuple):
    """One file of an archive."""

    name: str
    span: Span


def directives(text: str, start: int = 0, end: int | None = None) -> list[Directive]:
    """The directives for the whole file: comments at its very top, with an empty line below."""
    stop = len(text) if end is None else end
    found: list[Directive] = []
    at = start
    while at < stop and text.startswith(("--", "#"), at):
        line = text.find("\n", at, stop)
        last = stop if line < 0 else line
        words = text[at:last].rstrip()
        match = _DIRECTIVE.match(words)
        if match is not None:
            span = Span(at, at + len(words))
            found.append(Directive(match[1], (match[2] or "").strip(), span))
        at = last + 1
    rest = text[at:stop].lstrip(" \t")
    return found if not rest or rest.startswith(("\n", "\r\n")) else []


def delimiter(text: str) -> tuple[str, int]:
    """What the first line says that ends a statement, and where the statements begin."""
    match = _DELIMITER.match(text)
    line = text.find("\n")
    if match is None or not match[1] or line < 0:
        return ";", 0
    return _unescaped(match[1].rstrip("\r")), line + 1


def _unescaped(word: str) -> str:
    return word.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")


def parts(text: str) -> list[Part]:
    """The files of an archive."""
    marks = list(_PART.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    return [
        Part(mark[1], Span(min(mark.end() + 1, end), end))
        for mark, end in zip(marks, ends, strict=True)
    ]


def has_command(text: str) -> bool:
    """Whether the DELIMITER command of the mysql client stands in a text."""
    return _COMMANDS.search(text) is not None


def chunks(text: str, start: int, end: int, ending: str) -> list[Span]:
    """The statements as Atlas cuts them, where something else than a semicolon may end them."""
    found: list[Span] = []
    first, depth = -1, 0
    at = start
    while at < end:
        if first < 0:
            at = _skip(text, at, end, ending)
            command = _COMMAND.match(text, at, end)
            if command is not None:
                said = command[1].strip()
                quoted = len(said) > 1 and said[0] == said[-1] == "'"
                ending = _unescaped(said[1:-1] if quoted else said) or ";"
                at = command.end()
                continue
            if at >= end:
                break
            first = at
        character = text[at]
        if character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
            at += 1
        elif character in "'\"`":
            close = text.find(character, at + 1, end)
            at = end if close < 0 else close + 1
        elif depth == 0 and text.startswith(ending, at):
            found.append(Span(first, at))
            at += len(ending)
            first = -1
        else:
            at = _step(text, at, end)
    if first >= 0:
        found.append(Span(first, end))
    return found


def _step(text: str, at: int, end: int) -> int:
    """Behind the dollar-quoted string or the comment that begins here, or the next character."""
    if text[at] == "$":
        opening = _DOLLAR.match(text, at, end)
        if opening is not None:
            close = text.find(opening[0], opening.end(), end)
            return end if close < 0 else close + len(opening[0])
    for left, right in (("--", "\n"), ("/*", "*/")):
        if text.startswith(left, at):
            close = text.find(right, at + 2, end)
            return at + 2 if close < 0 else close + len(right)
    return at + 1


def _skip(text: str, at: int, end: int, ending: str) -> int:
    """Behind the blanks and comments before a statement."""
    while at < end:
        if text[at] in _BLANKS:
            at += 1
        elif text.startswith(("--", "/*"), at) and not text.startswith(ending, at):
            after = _step(text, at, end)
            if after <= at + 2:
                return at
            at = after
        else:
            break
    return at
