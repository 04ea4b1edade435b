"""A small SQL lexer in linear time, for what a parser of whole statements cannot take: pieces of text, comments,
psql's own commands, COPY data, placeholders, and statements cut in half.

It follows PostgreSQL's rules (nested comments, E'' and $tag$ strings); whatever is left open ends with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from migralint.migration import Comment
from migralint.source import Span

Kind = Literal["word", "identifier", "string", "number", "symbol", "placeholder", "comment", "meta"]


class Token(NamedTuple):
    """`word` is a keyword or a bare name, `identifier` one in double quotes, `meta` a psql command up to its line's end."""

    kind: Kind
    start: int
    end: int


_LETTER = r"A-Za-z_\u0080-\U0010ffff"
_PLACEHOLDER = r"""\$\{[^{}\s]{1,200}\} | \{\{[^}]{0,500}\}\} | \{%(?:[^%]|%(?!\})){0,500}%\} | \{\#[^\#]{0,500}\#\}"""
_TOKEN = re.compile(
    rf"""(?P<blank>[ \t\n\r\f\v]+)
    | (?P<comment>--[^\r\n]*)
    | (?P<open>/\*)
    | (?P<escaped>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?:'|\\?\Z))
    | (?P<string>(?:[bBxXnN]|[uU]&)?'[^']*(?:''[^']*)*(?:'|\Z))
    | (?P<identifier>(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|\Z))
    | (?P<placeholder>{_PLACEHOLDER} | :'[^'\n]{{0,200}}' | :"[^"\n]{{0,200}}" | (?<!:):[{_LETTER}]\w* | %\(\w{{1,100}}\)[sdb])
    | (?P<word>[{_LETTER}][{_LETTER}0-9$]*)
    | (?P<dollar>\$(?:[{_LETTER}][{_LETTER}0-9]*)?\$)
    | (?P<number>\$?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\w*|\.\d+)
    | (?P<meta>\\[^\r\n]*)
    | (?P<symbol>::|:=|\.\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")
# As much as can be passed over at once: neither a terminator nor anything that may hide one. The bound keeps the
# regular expression engine from piling up a state for each string of a statement of megabytes.
_RUN = re.compile(r"""(?:[^;'"$\\/\-{]+|(?<![eE])'[^']*'|"[^"]*"|-(?!-)|/(?!\*)){1,1000}""")
_BODY = re.compile(r"\batomic\b", re.IGNORECASE)
_COPY = re.compile(r"copy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE)
_COPY_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_BODY_LIMIT = 200_000
"""Longer than any BEGIN ATOMIC body: one that is never closed must not be read again at each semicolon of a dump."""
_BLANKS = " \t\n\r\f\v"


def comment_end(text: str, start: int, end: int) -> int:
    """Where the block comment ends that opens at `start`; they nest."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, start, end):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return end


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
    """The first character from `start` on that is neither blank nor inside a comment; `end` where there is none."""
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
    """The statements, without the blanks and comments around them and without their terminators."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    atomic = _BODY.search(text, start, stop) is not None
    at = start
    while at < stop:
        first = last = -1
        for kind, begin, at in _pieces(text, at, stop):  # noqa: B007, B020
            if kind == "text":
                piece = text[begin:at]
                solid = piece.rstrip(_BLANKS)
                if solid:
                    if first < 0:
                        first = begin + len(piece) - len(piece.lstrip(_BLANKS))
                    last = begin + len(solid)
            elif kind != "comment" and (
                kind == "meta" or not atomic or not _inside_body(text, first, begin)
            ):
                break
        if first >= 0:
            spans.append(Span(first, last))
            if (
                text[first : first + 4].lower() == "copy"
                and text[at - 1 : at] == ";"
                and _COPY.match(text, first, last)
            ):
                data = _COPY_END.search(text, at, stop)
                if data is not None:
                    at = data.end()
    return spans


def _inside_body(text: str, start: int, end: int) -> bool:
    """Whether a BEGIN ATOMIC body is still open at `end`."""
    if start < 0 or end - start > _BODY_LIMIT or not _BODY.search(text, start, end):
        return False
    depth, previous = 0, ""
    for token in tokens(text, start, end):
        if token.kind == "word":
            word = text[token.start : token.end].lower()
            if depth:
                depth += 1 if word == "case" else -1 if word == "end" else 0
            elif word == "atomic" and previous == "begin":
                depth = 1
            previous = word
        elif token.kind != "comment":
            previous = ""
    return depth > 0


def comments(text: str, start: int = 0, end: int | None = None) -> list[Comment]:
    """The comments outside of strings and COPY data, with their marks."""
    stop = len(text) if end is None else end
    if text.find("--", start, stop) < 0 and text.find("/*", start, stop) < 0:
        return []
    found: list[Comment] = []
    resume, first = start, -1
    while resume < stop:
        for kind, at, resume in _pieces(text, resume, stop):  # noqa: B007, B020
            if kind == "comment":
                found.append(Comment(Span(at, resume), text[at:resume]))
            elif kind == "text":
                piece = text[at:resume]
                if first < 0 and piece.strip(_BLANKS):
                    first = at + len(piece) - len(piece.lstrip(_BLANKS))
            else:
                if (
                    kind == ";"
                    and text[first : first + 4].lower() == "copy"
                    and _COPY.match(text, first, at)
                ):
                    data = _COPY_END.search(text, resume, stop)
                    if data is not None:
                        resume, first = data.end(), -1
                        break
                first = -1
    return found
