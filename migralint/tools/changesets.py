"""Changesets of Liquibase as fixes write them: one that leaves its transaction, and further ones
behind it in the same file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from migralint.migration import Script
from migralint.source import Edit, Span

HEADER = re.compile(
    r'^[^\S\n]*--[^\S\n]*changeset\s+("[^"]+"|[^:\n]+):("[^"]+"|\S+)([^\r\n]*)',
    re.MULTILINE | re.IGNORECASE,
)
"""The line that a changeset begins with: author, id, attributes."""
BACK = "--rollback "
"""What a line of the way back begins with."""
_CUT = ("enddelimiter:", "splitstatements:")
"""Attributes that say where a statement ends."""
_ROLLBACK = re.compile(r"[^\S\r\n]*--[^\S\r\n]*rollback\b", re.IGNORECASE)
_WRAPPED = re.compile(r"\s*\brunInTransaction:\S+", re.IGNORECASE)
_OUTSIDE = " runInTransaction:false"


def can(script: Script, down: Script | None) -> bool:
    """More of its kind can be written behind a changeset, and its way back changed line by line."""
    head = _header(script)
    text = script.source.text
    if head is None or any(each in head[3].lower() for each in _CUT):
        return False
    if "precondition" in text[head.end() : script.statements[0].span.start].lower():
        return False  # A further changeset would run without them.
    starts = [each.span.start for each in (down.statements if down is not None else ())]
    before = [text[text.rfind("\n", 0, start) + 1 : start] for start in starts]
    return all(_ROLLBACK.fullmatch(each.rstrip()) for each in before)


def leave(script: Script) -> tuple[Edit, ...] | None:
    """What makes a changeset run without a transaction."""
    head = _header(script)
    if head is None or _WRAPPED.search(head[3]):
        return None
    end = head.start(3) + len(head[3].rstrip())
    return (Edit(Span(end, end), _OUTSIDE),)


def _header(script: Script) -> re.Match[str] | None:
    found = list(HEADER.finditer(script.source.text, 0, script.statements[0].span.start))
    return found[-1] if found else None


def end(script: Script) -> int:
    """Where a changeset ends: what stands above the next one belongs to that."""
    text, start = script.source.text, script.statements[0].span.start
    following = HEADER.search(text, start)
    lines = text[: following.start() if following else len(text)].splitlines(keepends=True)
    while _is_between(lines[-1]):
        lines.pop()
    return len("".join(lines))


def _is_between(line: str) -> bool:
    words = line.strip()
    return not words or (words.startswith("--") and _ROLLBACK.match(words) is None)


def following(id: str, known: Collection[str]) -> str:
    """The id of a further changeset."""
    number = 2
    while f"{id}-{number}" in known:
        number += 1
    return f"{id}-{number}"


def written(script: Script, id: str, up: str, down: Iterable[str] | None, *, outside: bool) -> str:
    """A changeset of a script's kind; `down` are the lines of its way back, None where it shows
    none."""
    head = _header(script)
    assert head is not None
    author, _, own = id.partition(":")
    author, own = (
        each if re.fullmatch(r"[^\s:]+", each) else f'"{each}"' for each in (author, own)
    )
    attributes = _WRAPPED.sub("", head[3]).rstrip() + (_OUTSIDE if outside else "")
    lines = [f"--changeset {author}:{own}{attributes}", up]
    if down is not None:
        lines += [f"{BACK}{each}" for each in down] or [f"{BACK}empty"]
    return "".join(f"{each}\n" for each in lines)
