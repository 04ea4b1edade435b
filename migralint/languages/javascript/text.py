"""What JavaScript's strings and templates say, with the way back to how they are written."""

from __future__ import annotations

import re

from migralint.source import Embedded, Span

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,8}\}"
    r"|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-3][0-7]{0,2}|[4-7][0-7]?|\r\n|.)|\r\n?",
    re.DOTALL,
)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_NO_CHARACTER = "\ufffd"
"""Half a character, which no file can hold."""


def said(text: str, inside: Span, *, raw: bool = False) -> Embedded:
    """What stands between the quotes, or between the holes of a template, where a line ends in LF
    however the file ends it. `raw`: as `String.raw` has it."""
    written = text[inside.start : inside.end]
    if "\\" not in written and "\r" not in written:
        return Embedded.plain(written, inside)
    parts: list[Embedded] = []
    at = 0
    for escape in _ESCAPE.finditer(written):
        if raw and escape.group()[0] == "\\":
            continue
        start, end = escape.span()
        if at < start:
            before = Span(inside.start + at, inside.start + start)
            parts.append(Embedded.plain(written[at:start], before))
        place = Span(inside.start + start, inside.start + end)
        parts.append(Embedded.plain(_stands_for(escape.group()), place))
        at = end
    if at < len(written):
        parts.append(Embedded.plain(written[at:], Span(inside.start + at, inside.end)))
    return Embedded.join(parts)


def _stands_for(escape: str) -> str:
    if escape[0] == "\r":
        return "\n"
    kind, rest = escape[1], escape[2:]
    if kind in "ux" and rest:
        if "\\" in rest:
            high, _, low = rest.partition("\\u")
            code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
        else:
            code = int(rest.strip("{}"), 16)
        return _NO_CHARACTER if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)
    if kind in "01234567":
        return chr(int(escape[1:], 8))
    if kind in "\r\n\u2028\u2029":
        return ""
    return _SHORT.get(kind, kind)
