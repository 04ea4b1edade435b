"""What a goose file says: its annotations and sections, and where goose cuts and refuses it.

The rules are those of internal/sqlparser/parser.go: a statement ends where a line ends in a
semicolon, or with the part that StatementBegin and StatementEnd enclose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from migralint.migration import Statement
from migralint.source import Span

_WORDS = (
    "UP",
    "DOWN",
    "STATEMENTBEGIN",
    "STATEMENTEND",
    "NO TRANSACTION",
    "ENVSUB ON",
    "ENVSUB OFF",
)
_VARIABLE = re.compile(r"\\\\|\\\$|\$\$|\$\{[^}]*\}|\$[A-Za-z]\w*")
_NO_NAME = re.compile(r"[^A-Za-z0-9_]")


class Annotation(NamedTuple):
    word: str
    """As goose compares it, in capitals; anything else is refused."""
    start: int
    end: int
    """Of its line, with the line's end."""


class Refusal(NamedTuple):
    """Why goose, or the server after it, does not take the file."""

    why: str
    span: Span


def annotated(text: str) -> list[Annotation]:
    """The lines that speak to goose, or try to."""
    found: list[Annotation] = []
    at = text.find("+goose")
    while at >= 0:
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at) + 1 or len(text)
        line = text[start:end]
        if line.lstrip().startswith("--"):
            word = line.replace("--", "").replace("+goose", "", 1).strip().upper()
            found.append(Annotation(word if line.startswith("--") else line, start, end))
        at = text.find("+goose", end)
    return found


def sections(found: list[Annotation], length: int) -> tuple[Span | None, Span | None]:
    """The up and the down section."""
    up = next((each for each in found if each.word == "UP"), None)
    down = next((each for each in found if each.word == "DOWN"), None)
    if up is None:
        return None, None
    if down is None:
        return Span(up.end, length), None
    return Span(up.end, down.start), Span(down.end, length)


def refused(text: str, found: list[Annotation]) -> Refusal | None:
    """The first annotation, or the statement above all of them, at which goose stops."""
    state = ""
    inside = False
    for each in found:
        word, span = each.word, Span(each.start, each.end - text[each.start : each.end].count("\n"))
        why = ""
        if word not in _WORDS:
            why = (
                "blanks stand before this annotation"
                if text[each.start] in " \t"
                else "it does not know this annotation"
            )
        elif word == "UP":
            why = "it has more than one `-- +goose Up` line" if state else ""
            state = "up"
        elif word == "DOWN":
            if inside:
                why = "`-- +goose StatementEnd` is missing above this line"
            elif state != "up":
                why = "this line has to stand once, below `-- +goose Up`"
            state = "down"
        elif word == "STATEMENTBEGIN":
            if inside or not state:
                why = (
                    "the part that began above has not ended"
                    if inside
                    else "this line has to stand below `-- +goose Up`"
                )
            inside = True
        elif word == "STATEMENTEND":
            why = "" if inside else "there is no `-- +goose StatementBegin` above this line"
            inside = False
        if why:
            return Refusal(why, span)
    if inside:
        last = [each for each in found if each.word == "STATEMENTBEGIN"][-1]
        return Refusal("there is no `-- +goose StatementEnd` below this line", _line(last))
    first = next((each.start for each in found if each.word == "UP"), 0)
    at = 0
    for line in text[:first].splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith("--"):
            return Refusal(
                "this stands above its `-- +goose Up` line", Span(at, at + len(line.rstrip()))
            )
        at += len(line)
    return None


def _line(annotation: Annotation) -> Span:
    return Span(annotation.start, annotation.end)


def ends(line: str) -> bool:
    """Whether goose takes a statement to end with this line."""
    if ";" not in line:
        return False
    if "--" not in line:
        return line.rstrip().endswith(";")
    previous = ""
    for word in line.split():
        if word.startswith("--"):
            break
        previous = word
    return previous.endswith(";")


def cut(text: str, statements: Sequence[Statement]) -> Refusal | None:
    """The first statement that goose cuts in two, since a line inside it ends in a semicolon."""
    for statement in statements:
        if ";" not in statement.text:
            continue
        start, end = statement.span.start, statement.span.end
        at = text.find("\n", start, end)
        begin = text.rfind("\n", 0, start) + 1
        while at >= 0:
            if ends(text[begin:at]) and text.rfind(";", begin, at) > start:
                semicolon = text.rfind(";", begin, at)
                return Refusal(
                    "goose cuts this statement in two, at the line that ends in a semicolon: "
                    "nothing encloses it in StatementBegin and StatementEnd. The server refuses "
                    "the first half",
                    Span(semicolon, semicolon + 1),
                )
            begin = at + 1
            at = text.find("\n", begin, end)
    return None


def unfinished(text: str, start: int, end: int) -> Refusal | None:
    """What stands at the end of a section without a semicolon at a line's end."""
    buffer = -1
    at = start
    for line in text[start:end].splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        if buffer < 0 and bare and not bare.lstrip().startswith("--"):
            buffer = at
        if buffer >= 0 and ends(line):
            buffer = -1
        at += len(line)
    rest = text[buffer:end].strip() if buffer >= 0 else ""
    if not rest:
        return None
    first = text.index(rest, buffer)
    return Refusal("no line ends in a semicolon from here on", Span(first, first + len(rest)))


def together(text: str, statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    """The statements that goose sends as one query, for they share a line or the line between them
    does not end in a semicolon."""
    group: list[Statement] = []
    for statement in statements:
        if group and _ended(text, group[-1].span.end, statement.span.start):
            yield group
            group = []
        group.append(statement)
    if group:
        yield group


def _ended(text: str, end: int, start: int) -> bool:
    """Whether a line that begins before `end` or later, and is over before `start`, ends a
    statement."""
    begin = text.rfind("\n", 0, end) + 1
    close = text.find("\n", end, start)
    while close >= 0:
        if ends(text[begin:close]):
            return True
        begin = close + 1
        close = text.find("\n", begin, start)
    return False


def substituted(text: str, found: list[Annotation]) -> list[Span]:
    """The parts in which goose puts the values of environment variables."""
    parts: list[Span] = []
    on = -1
    for each in found:
        if each.word == "ENVSUB ON":
            on = each.end if on < 0 else on
        elif each.word == "ENVSUB OFF" and on >= 0:
            parts.append(Span(on, each.start))
            on = -1
    if on >= 0:
        parts.append(Span(on, len(text)))
    return parts


def harmless(text: str, parts: list[Span]) -> tuple[str, list[str], int]:
    """The text with names of the same length for variables, these names, and the first `$$` that
    goose makes a single dollar of, or -1."""
    pieces: list[str] = []
    names: list[str] = []
    last, dollars = 0, -1
    for part in parts:
        for match in _VARIABLE.finditer(text, part.start, part.end):
            word = match.group()
            if word == "$$":
                dollars = match.start() if dollars < 0 else dollars
            if word[0] != "$" or word == "$$":
                continue
            start, end = match.span()
            if text[end : end + 1] == "." and not text[start - 1].isalnum():
                new, end = " " * (len(word) + 1), end + 1  # the name of a schema
            else:
                new = "v" + _NO_NAME.sub("_", word[1:])
                names.append(new)
            pieces += [text[last:start], new]
            last = end
    return "".join([*pieces, text[last:]]), names, dollars
