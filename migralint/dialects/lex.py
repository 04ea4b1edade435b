"""A small SQL lexer in linear time, for what a parser of whole statements cannot take: pieces of
text, comments, psql's own commands, COPY data, placeholders, and statements cut in half.

It follows PostgreSQL's rules (nested comments, E'' and $tag$ strings); whatever is left open ends
with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from migralint.migration import Comment
from migralint.source import Span

Kind = Literal["word", "identifier", "string", "number", "symbol", "placeholder", "comment", "meta"]


class Token(NamedTuple):
    """`word` is a keyword or a bare name, `identifier` one in double quotes, `meta` a psql command
    up to its line's end."""

    kind: Kind
    start: int
    end: int


# A letter of a name is any ASCII one, "_" and all that is not ASCII; written as what it is not,
# which costs a tenth to compile.
_LETTER = r"[^\x00-@\[-\^`{-\x7f]"
_NAME = r"[^\x00-/:-@\[-\^`{-\x7f]"
_NAME_DOLLAR = r"[^\x00-#%-/:-@\[-\^`{-\x7f]"
_PLACEHOLDER = r"""\$\{[^{}\s]{1,200}\} | \{\{[^}]{0,200}\}\}
    | \{%(?:[^%]|%(?!\})){0,200}%\} | \{\#[^\#]{0,200}\#\}"""
_TOKEN = re.compile(
    rf"""(?P<blank>[ \t\n\r\f\v]+)
    | (?P<comment>--[^\r\n]*)
    | (?P<open>/\*)
    | (?P<escaped>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?:'|\\?\Z))
    | (?P<string>(?:[bBxXnN]|[uU]&)?'[^']*(?:''[^']*)*(?:'|\Z))
    | (?P<identifier>(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|\Z))
    | (?P<placeholder>{_PLACEHOLDER} | :'[^'\n]{{0,200}}' | :"[^"\n]{{0,200}}"
        | (?<!:):{_LETTER}\w* | %\(\w{{1,100}}\)[sdb])
    | (?P<word>{_LETTER}{_NAME_DOLLAR}*)
    | (?P<dollar>\$(?:{_LETTER}{_NAME}*)?\$)
    | (?P<variable>\${_LETTER}\w*)
    | (?P<number>\$?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\w*|\.\d+)
    | (?P<meta>\\[^\r\n]*)
    | (?P<symbol>::|:=|\.\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")
# As much as can be passed over at once: neither a terminator nor anything that may hide one. The
# bound keeps the regular expression engine from piling up a state for each string of a statement of
# megabytes.
_RUN = re.compile(r"""(?:[^;'"$\\/\-{]+|(?<![eE])'[^']*'|"[^"]*"|-(?!-)|/(?!\*)){1,1000}""")
_BODY = re.compile(r"\batomic\b", re.IGNORECASE)
_COPY = re.compile(r"copy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE)
_COPY_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_BLANKS = " \t\n\r\f\v"


def comment_end(text: str, start: int, end: int) -> int:
    """Where the block comment ends that opens at `start`; they nest."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, start, end):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return end


def _is_open(text: str, start: int, end: int) -> bool:
    """Whether nothing closes this comment."""
    if not text.startswith("/*", start):
        return False
    marks = [mark.group() for mark in _COMMENT_MARK.finditer(text, start, end)]
    return marks.count("/*") > marks.count("*/")


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of a piece of text, comments included, blanks left out."""
    stop = len(text) if end is None else end
    match = _TOKEN.match
    while start < stop:
        found = match(text, start, stop)
        assert found is not None  # the last alternative takes any character
        kind, at = found.lastgroup, found.end()
        if kind == "blank":
            start = at
            continue
        if kind == "open":
            kind, at = "comment", comment_end(text, start, stop)
        elif kind == "dollar":
            close = text.find(found.group(), at, stop)
            kind, at = "string", stop if close < 0 else close + at - start
        elif kind == "escaped":
            kind = "string"
        elif kind == "variable":
            kind = "placeholder"
        yield Token(kind, start, at)  # type: ignore[arg-type]
        start = at


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The text in few big pieces: ("text" | "comment" | "meta" | ";", start, end)."""
    run, match = _RUN.match, _TOKEN.match
    while start < end:
        found = run(text, start, end)
        if found is not None:
            yield "text", start, found.end()
            start = found.end()
            continue
        at = start
        if text[at] == "'" and at and text[at - 1] in "eE":
            # An E'' string, unless the letter ends a longer word (date'2024-01-01').
            before = text[at - 2] if at > 1 else " "
            if not (before.isalnum() or before in "_$" or before > "\x7f"):
                at -= 1
        if text[at] == "$" and at and (text[at - 1].isalnum() or text[at - 1] in "_$"):
            yield "text", start, start + 1  # a dollar inside a name
            start += 1
            continue
        found = match(text, at, end)
        assert found is not None
        kind, stop = found.lastgroup, found.end()
        if kind == "open":
            kind, stop = "comment", comment_end(text, start, end)
        elif kind == "dollar":
            close = text.find(found.group(), stop, end)
            stop = end if close < 0 else close + stop - start
        elif text[start] == ";":
            kind = ";"
        yield kind if kind in ("comment", "meta", ";") else "text", start, max(stop, start + 1)
        start = max(stop, start + 1)


def skip_blank(text: str, start: int, end: int) -> int:
    """The first character from `start` on that is neither blank nor inside a comment; `end` where
    there is none."""
    while start < end:
        character = text[start]
        if character in _BLANKS:
            start += 1
        elif character == "-" and text.startswith("--", start):
            found = _TOKEN.match(text, start, end)
            start = found.end() if found else end
        elif character == "/" and text.startswith("/*", start):
            start = comment_end(text, start, end)
        else:
            break
    return min(start, end)


def trim(text: str, start: int, end: int) -> Span:
    """The span without the blanks and comments around what it holds."""
    start = skip_blank(text, start, end)
    last = start
    for kind, at, stop in _pieces(text, start, end):
        if kind != "comment":
            solid = text[at:stop].rstrip(_BLANKS)
            if solid:
                last = at + len(solid)
    return Span(start, last)


def statements(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The statements, without the blanks and comments around them and without their terminators. A
    comment that nothing closes belongs to one, since the server refuses it."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    atomic = _BODY.search(text, start, stop) is not None
    at = start
    while at < stop:
        first = last = -1
        body = _Body() if atomic else None
        for kind, begin, at in _pieces(text, at, stop):  # noqa: B020
            if kind == "text":
                piece = text[begin:at]
                solid = piece.rstrip(_BLANKS)
                if solid:
                    if first < 0:
                        first = begin + len(piece) - len(piece.lstrip(_BLANKS))
                    last = begin + len(solid)
            elif kind == "comment":
                if at == stop and _is_open(text, begin, at):
                    first = begin if first < 0 else first
                    last = begin + len(text[begin:at].rstrip(_BLANKS))
            elif kind == "meta" or (
                kind == ";" and (body is None or body.ends(text, first, begin))
            ):
                break
        if first >= 0:
            spans.append(Span(first, last))
            if text[at - 1 : at] == ";":
                at = _data_end(text, first, at, stop)
    return spans


class _Body:
    """Whether a semicolon stands inside BEGIN ATOMIC … END, where it ends nothing."""

    __slots__ = ("depth", "previous", "read")

    def __init__(self) -> None:
        self.depth = 0
        self.previous = ""
        self.read = -1

    def ends(self, text: str, first: int, semicolon: int) -> bool:
        """Whether this semicolon ends the statement that starts at `first`."""
        if first >= 0:
            for kind, start, end in tokens(text, max(first, self.read), semicolon):
                word = text[start:end].lower() if kind == "word" else ""
                if self.depth:
                    self.depth += 1 if word == "case" else -1 if word == "end" else 0
                elif word == "atomic" and self.previous == "begin":
                    self.depth = 1
                if kind != "comment":
                    self.previous = word
            self.read = semicolon
        return self.depth == 0


def _data_end(text: str, statement: int, at: int, stop: int) -> int:
    """Where reading goes on after a statement: behind the data of a COPY … FROM stdin, if any."""
    if text[statement : statement + 4].lower() == "copy" and _COPY.match(text, statement, at):
        data = _COPY_END.search(text, at, stop)
        if data is not None:
            return data.end()
    return at


def without_comments(text: str) -> str:
    """The text with blanks in the place of its comments; of one that nothing closes, the mark
    stays."""
    parts: list[str] = []
    last = 0
    for kind, start, end in _pieces(text, 0, len(text)):
        if kind == "comment":
            mark = "/*" if end == len(text) and _is_open(text, start, end) else ""
            parts += [text[last:start], mark.ljust(end - start)]
            last = end
    return "".join([*parts, text[last:]])


def comments(text: str, start: int = 0, end: int | None = None) -> list[Comment]:
    """The comments outside of strings and COPY data, with their marks."""
    stop = len(text) if end is None else end
    if text.find("--", start, stop) < 0 and text.find("/*", start, stop) < 0:
        return []
    found: list[Comment] = []
    resume, first = start, -1
    while resume < stop:
        for kind, at, resume in _pieces(text, resume, stop):  # noqa: B020
            if kind == "comment":
                found.append(Comment(Span(at, resume), text[at:resume]))
            elif kind == "text":
                piece = text[at:resume]
                if first < 0 and piece.strip(_BLANKS):
                    first = at + len(piece) - len(piece.lstrip(_BLANKS))
            else:
                after = _data_end(text, first, resume, stop) if kind == ";" else resume
                if after != resume:
                    resume, first = after, -1
                    break
                first = -1
    return found
