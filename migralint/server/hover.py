"""What is said of the place that somebody points at, and of each statement's locks beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lsprotocol import types

from migralint import pages, registry
from migralint.errors import UsageError
from migralint.finding import Finding
from migralint.locks import STRENGTH, Lock, blocks
from migralint.report import utf8
from migralint.server.documents import Encoding, position
from migralint.server.histories import Told
from migralint.source import Source, Span

_IGNORE = re.compile(r"(?:ignore|ignore-file|noqa)\s*(?:\[|:)(?P<rules>[^\]\n]*)")
_WORD = re.compile(r"[\w-]+")


def rule_named_at(source: Source, at: int) -> tuple[str, Span] | None:
    """The rule that an ignore comment names at a character, and where."""
    line, column = source.position(at)
    text, start = source.line(line), source.line_starts[line - 1]
    for comment in _IGNORE.finditer(text):
        if "migralint" not in text[: comment.start()] and "noqa" not in comment[0]:
            continue
        for word in _WORD.finditer(text, *comment.span("rules")):
            if word.start() <= column - 1 <= word.end():
                try:
                    codes = registry.resolve(word[0])
                except UsageError:
                    return None
                if len(codes) == 1:
                    name = registry.RULES[min(codes)].name
                    return name, Span(start + word.start(), start + word.end())
    return None


def told_at(told: Iterable[Told], at: int) -> Told | None:
    """The statement at a character, the innermost."""
    here = [each for each in told if each.span.start <= at <= each.span.end]
    return min(here, key=lambda each: each.span.end - each.span.start, default=None)


def markdown(findings: Iterable[Finding], told: Told | None) -> str:
    """What helps with findings, what their statement does, and the pages of their rules."""
    found = list(findings)
    parts = [
        f"**{each.code}** {_escaped(each.message)}"
        + (f"\n\n*help:* {_escaped(each.help)}" if each.help else "")
        for each in found
    ]
    if told is not None:
        parts.append("\n".join(_effects(told)))
    parts += [pages.explain(name) for name in dict.fromkeys(each.name for each in found)]
    return "\n\n---\n\n".join(parts)


def _effects(told: Told) -> Iterator[str]:
    """As `migralint locks` has it."""
    where = "in a transaction" if told.effects.in_transaction else "by itself"
    yield f"{', '.join(told.effects.operations) or 'nothing'}, {where}"
    yield ""
    effects = told.effects.effects
    if effects is None:
        yield "- effects not known: the statement could not be understood"
        return
    for lock in effects.locks:
        stops = blocks(lock.mode)
        what = f": blocks {' and '.join(stops)}" if stops else ""
        kind = f" ({lock.kind})" if lock.kind != "table" else ""
        yield f"- locks {_code(lock.relation)}{kind} **{lock.mode}**{what}"
    for word, names in (
        ("rewrites", effects.rewrites),
        ("scans", effects.scans),
        ("builds", effects.index_builds),
    ):
        yield from (f"- {word} {_code(name)}" for name in names)
    if effects.fails:
        yield f"- **fails**: {_escaped(effects.fails.reason)} ({effects.fails.sqlstate})"
    if not (effects.locks or effects.rewrites or effects.scans or effects.fails):
        yield "- takes no lock on anything that others may wait for"


def _code(text: object) -> str:
    return f"`` {text} ``" if "`" in utf8(str(text)) else f"`{utf8(str(text))}`"


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_<\[\]])", r"\\\1", utf8(text))


def inlay_hints(
    told: Iterable[Told], first: int, last: int, encoding: Encoding
) -> Iterator[types.InlayHint]:
    """The strongest lock of each statement, at the end of its first line; of a line with several,
    the strongest of all. Lines are the protocol's, from `first` to `last`."""
    lines: dict[int, tuple[Lock, Told]] = {}
    for each in told:
        locks = each.effects.effects.locks if each.effects.effects is not None else ()
        line = each.source.position(each.span.start)[0]
        if not first <= line - 1 <= last:
            continue
        for lock in locks:
            known = lines.get(line)
            if known is None or STRENGTH[lock.mode] > STRENGTH[known[0].mode]:
                lines[line] = lock, each
    for line, (lock, each) in lines.items():
        source = each.source
        end = source.line_starts[line - 1] + len(source.line(line))
        relation = lock.relation
        name = str(relation).removeprefix("public.") if relation.schema == "public" else relation
        yield types.InlayHint(
            position(source, end, encoding),
            utf8(f"{lock.mode} on {name}"),
            padding_left=True,
            tooltip=types.MarkupContent(types.MarkupKind.Markdown, "\n".join(_effects(each))),
        )
