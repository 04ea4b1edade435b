"""Ignore comments, written where `suppress` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from migralint.dialects import lex
from migralint.finding import Finding
from migralint.languages import javascript, python, tree
from migralint.languages.tree import SyntaxProblem
from migralint.source import SCRIPTS, Edit, Embedded, Source, Span, mark_of

_HERE = re.compile(r"migralint:\s*ignore\[(?P<rules>[^\]\n]+)\]", re.IGNORECASE)
_FILE = re.compile(r"migralint:\s*ignore-file\[(?P<rules>[^\]\n]+)\]", re.IGNORECASE)
_FIRST = re.compile(r"#!|\#.*coding[:=]|--\s*(?:\+|liquibase\b|atlas:|migrate:)", re.IGNORECASE)
"""Lines that have to stay the first: an interpreter's, an encoding's, a migration tool's."""
_SQL = "--"
_BLANK = re.compile(r"[ \t]*")


def ignore_here(finding: Finding, reason: str = "") -> Edit:
    """A comment for the finding's statement: the one that is there already gets a word more, else
    one of its own stands above, with the reason."""
    source = finding.source
    spans = [finding.span, finding.statement_span or finding.span]
    first = source.position(min(span.start for span in spans))[0]
    last = source.position(max(span.end - 1 for span in spans))[0] if source.text else first
    for line in range(max(first - 1, 1), max(first, last) + 1):
        found = _HERE.search(source.line(line))
        alone = found is not None and not _code_before(source.line(line), found.start())
        # A comment behind other code on the line above speaks for that code.
        if found is not None and (line >= first or alone):
            return _word_more(source, line, found, finding.code)
    text = source.line(first)
    indent = _BLANK.match(text)
    said = f"migralint: ignore[{finding.code}] {reason}".rstrip()
    place = Span(source.line_starts[first - 1], source.line_starts[first - 1])
    before, behind = indent[0] if indent else "", _end_of_line(source)
    edit = Edit(place, f"{before}{mark_of(source.path)} {said}{behind}")
    if source.path.endswith(SCRIPTS) and not is_heard(source, edit):
        return Edit(place, f"{before}{_SQL} {said}{behind}")  # inside the SQL of a template
    return edit


def ignore_in_file(finding: Finding) -> Edit:
    """A comment for the whole file."""
    source = finding.source
    for line in range(1, len(source.line_starts) + 1):
        found = _FILE.search(source.line(line))
        if found is not None:
            return _word_more(source, line, found, finding.code)
    line = 1
    while line < len(source.line_starts) and _FIRST.match(source.line(line)):
        line += 1
    at = source.line_starts[line - 1]
    said = f"{mark_of(source.path)} migralint: ignore-file[{finding.code}]"
    return Edit(Span(at, at), f"{said}{_end_of_line(source)}")


def is_heard(source: Source, edit: Edit) -> bool:
    """Whether the comment is one, and no part of a string or of a function's body."""
    text = source.text[: edit.span.start] + edit.text + source.text[edit.span.end :]
    if source.path.endswith((".py", *SCRIPTS)):
        script = source.path.endswith(SCRIPTS)
        try:
            module = javascript.parse(text, source.path) if script else python.parse(text)
        except SyntaxProblem:
            return False
        spans = [span for span, _ in module.comments]
        if script and edit.text.lstrip().startswith(_SQL):
            spans = list(_texts(module.body))
    else:
        spans = [comment.span for comment in lex.comments(text)]
    at = edit.span.start + len(edit.text) - len(edit.text.lstrip())
    return any(span.start <= at < span.end for span in spans)


def _texts(node: object) -> Iterator[Span]:
    """Where the strings of a file stand, and the parts of its templates."""
    if isinstance(node, tree.Text):
        yield node.span
    elif isinstance(node, tuple):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, Struct) and not isinstance(node, Span | Embedded):
        for name in node.__struct_fields__:
            yield from _texts(getattr(node, name))


def _word_more(source: Source, line: int, found: re.Match[str], code: str) -> Edit:
    at = source.line_starts[line - 1] + found.end("rules")
    return Edit(Span(at, at), f", {code}")


def _code_before(line: str, at: int) -> bool:
    """Whether something stands before a comment that holds this place."""
    return bool(line[:at].strip(" \t-#/*"))


def _end_of_line(source: Source) -> str:
    """As the file ends its first line."""
    text = source.text
    for at, character in enumerate(text):
        if character == "\n":
            return "\n"
        if character == "\r":
            return "\r\n" if text[at + 1 : at + 2] == "\n" else "\r"
    return "\n"
