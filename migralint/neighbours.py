"""Ignore comments, and what those of other linters mean in rules of ours.

    -- atlas:nolint DS103                       Atlas: a statement, or with an empty line the file
    -- squawk-ignore ban-drop-column            Squawk: a statement; squawk-ignore-file the file
    -- safety-assured:start … :end              diesel-guard: the statements between

In a project of Atlas its comments count as ours do. Elsewhere somebody has looked at the very thing
and let it pass, for a linter that judges by other standards: an error becomes a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from migralint.migration import Comment, Script
from migralint.registry import load
from migralint.source import Source, Span

_NOLINT = re.compile(r"--\s*atlas:nolint\b(?P<what>[^\n]*)")
_SQUAWK = re.compile(r"\bsquawk-ignore(?P<file>-file)?\b(?P<what>[^\n]*)")
_ASSURED = re.compile(r"--\s*safety-assured:(?P<end>start|end)\b")
_COMMENT_LINE = re.compile(r"\s*(?:--|#|//|/\*|\*)")

ATLAS = {
    "DS": (
        "table-dropped",
        "column-dropped",
        "column-rebuilt",
        "object-dropped",
        "rows-deleted-unfiltered",
        "table-truncated",
    ),
    "MF": ("unique-constraint-build", "not-null-scan", "column-add-scan"),
    "MF103": ("not-null-without-default",),
    "BC": ("table-renamed", "column-renamed"),
    "PG101": ("index-not-concurrent",),
    "PG102": ("index-drop-not-concurrent",),
    "PG103": ("concurrently-in-transaction",),
    "PG3": ("column-type-rewrite", "column-type-scan", "column-add-rewrite", "not-null-scan"),
}
"""What Atlas's check codes mean in rules of ours; a code that begins with one of these."""
ATLAS_ANALYZERS = {
    "destructive": "DS",
    "data_depend": "MF",
    "incompatible": "BC",
    "concurrent_index": "PG10",
}
_OF_ROWS = "MF"
"""Checks of what rows there may be, which is not what our rules of these names are about."""
SQUAWK = {
    "adding-field-with-default": ("column-add-rewrite",),
    "adding-foreign-key-constraint": ("foreign-key-validation",),
    "adding-not-nullable-field": ("not-null-scan", "not-null-without-default"),
    "adding-required-field": ("not-null-without-default",),
    "adding-serial-primary-key-field": ("primary-key-build", "column-add-rewrite"),
    "ban-alter-domain-with-add-constraint": ("domain-validation",),
    "ban-concurrent-index-creation-in-transaction": ("concurrently-in-transaction",),
    "ban-drop-column": ("column-dropped", "column-rebuilt"),
    "ban-drop-database": ("database-dropped",),
    "ban-drop-table": ("table-dropped",),
    "ban-truncate": ("table-truncated",),
    "ban-truncate-cascade": ("table-truncated",),
    "ban-uncommitted-transaction": ("transaction-unclosed",),
    "changing-column-type": ("column-type-rewrite", "column-type-scan"),
    "constraint-missing-not-valid": ("check-validation", "foreign-key-validation"),
    "disallowed-unique-constraint": ("unique-constraint-build",),
    "renaming-column": ("column-renamed",),
    "renaming-table": ("table-renamed",),
    "require-concurrent-index-creation": ("index-not-concurrent",),
    "require-concurrent-index-deletion": ("index-drop-not-concurrent",),
}
"""Squawk's rules in ours, as far as ours can be errors."""


class Ignore(Struct):
    """One word of an ignore comment: the codes that it stands for and where they are ignored."""

    word: str
    codes: frozenset[str]
    reason: str
    span: Span
    first: int
    """The lines of the file that it speaks for, first and last."""
    last: int
    used: bool = False
    ours: bool = True
    """False: another tool's comment, which nobody needs to tidy up for us."""
    softens: bool = False
    """It makes a warning of an error, and suppresses nothing."""


def reach(source: Source, span: Span) -> tuple[int, int]:
    """The lines a comment speaks for: its own, and the next one of code where it stands alone."""
    first, column = source.position(span.start)
    last = source.position(max(span.start, span.end - 1))[0]
    if source.line(first)[: column - 1].strip():
        return first, last
    lines = len(source.line_starts)
    after = last + 1
    while after <= lines and _COMMENT_LINE.match(source.line(after)):
        after += 1
    return first, min(after, lines)


def neighbours(script: Script, *, atlas: bool) -> Iterator[Ignore]:
    """What a script says to other linters; `atlas`: its project is one of Atlas."""
    source = script.source
    opened: Comment | None = None
    for comment in script.comments:
        if "atlas:nolint" in comment.text:
            yield from _nolint(source, comment, softens=not atlas)
        elif "squawk-ignore" in comment.text:
            yield from _squawk(source, comment)
        elif match := _ASSURED.search(comment.text):
            if match["end"] == "start":
                opened = opened or comment
            elif opened is not None:
                yield _between(source, opened, comment)
                opened = None


def _nolint(source: Source, comment: Comment, *, softens: bool) -> Iterator[Ignore]:
    """Atlas's own: for the file where an empty line follows, else for the statement below."""
    match = _NOLINT.search(comment.text)
    if match is None:
        return
    first, last = reach(source, comment.span)
    header = not any(
        line.strip() and not _COMMENT_LINE.match(line)
        for line in source.text[: comment.span.start].splitlines()
    )
    if header and last <= len(source.line_starts) and not source.line(last).strip():
        first, last = 1, len(source.line_starts)
    words = match["what"].replace("*/", " ").split()
    if softens:
        codes = _of(name for word in words for name in _atlas(word, rows=False))
        yield _softening(source, comment, codes if words else _checked(), first, last)
        return
    codes = _of(name for word in words for name in _atlas(word)) if words else frozenset(load())
    yield Ignore("atlas:nolint", codes, "atlas:nolint", comment.span, first, last, ours=False)


def _atlas(word: str, *, rows: bool = True) -> Iterator[str]:
    """Our rules for one of Atlas's codes or analyzers."""
    prefix = ATLAS_ANALYZERS.get(word, word)
    for code, names in ATLAS.items():
        if (prefix.startswith(code) or code.startswith(prefix)) and (rows or code != _OF_ROWS):
            yield from names


def _squawk(source: Source, comment: Comment) -> Iterator[Ignore]:
    match = _SQUAWK.search(comment.text)
    if match is None:
        return
    words = match["what"].replace("*/", " ").replace(",", " ").split()
    codes = _of(name for word in words for name in SQUAWK.get(word, ()))
    first, last = reach(source, comment.span)
    if match["file"]:
        first, last = 1, len(source.line_starts)
        codes = codes if words else _checked()
    yield _softening(source, comment, codes, first, last)


def _between(source: Source, start: Comment, end: Comment) -> Ignore:
    first = source.position(start.span.start)[0]
    last = source.position(end.span.start)[0]
    return _softening(source, start, _checked(), first, last)


def _softening(
    source: Source, comment: Comment, codes: frozenset[str], first: int, last: int
) -> Ignore:
    word = " ".join(comment.text.strip("-/* \t").split())
    return Ignore(word, codes, "", comment.span, first, last, ours=False, softens=True)


def _checked() -> frozenset[str]:
    """All that the other linters look at."""
    return _of(name for table in (ATLAS, SQUAWK) for names in table.values() for name in names)


def _of(names: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(names)
    return frozenset(code for code, rule in load().items() if rule.name in wanted)
