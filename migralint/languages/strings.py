"""Strings of a host language: what they say and what becomes of them, with the way back to how
they are written."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Callable

from migralint.languages.values import Hidden, Items, Pairs, Value, hole, plain
from migralint.source import Embedded, Span

_ESCAPE = re.compile(
    r"\\(?:\r\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)"
    r"|\{\{|\}\}|\r\n?",
    re.DOTALL,
)
_PERCENT = re.compile(r"%(?:\((?P<key>[^)]*)\))?(?P<kind>[sdir%])")
_FIELD = re.compile(r"\{\{|\}\}|\{(?P<key>[^{}!:]*)(?P<more>[!:][^{}]*)?\}")


def unescaped(text: str, inside: Span, *, raw: bool = False, braces: bool = False) -> Embedded:
    """What a Python string says between its quotes, which are at the ends of `inside`.

    `braces`: it is part of an f-string, where a brace is written twice. A line ends in LF there,
    however the file ends it.
    """
    written = text[inside.start : inside.end]
    if "\\" not in written and "\r" not in written and not braces:
        return Embedded.plain(written, inside)
    parts: list[Embedded] = []
    at = 0
    for escape in _ESCAPE.finditer(written):
        says = _says(escape.group(), raw=raw, braces=braces)
        if says is None:
            continue
        start, end = escape.span()
        before = Span(inside.start + at, inside.start + start)
        if at < start:
            parts.append(Embedded.plain(written[at:start], before))
        parts.append(Embedded.plain(says, Span(inside.start + start, inside.start + end)))
        at = end
    if at < len(written):
        parts.append(Embedded.plain(written[at:], Span(inside.start + at, inside.end)))
    return Embedded.join(parts)


def _says(escape: str, *, raw: bool, braces: bool) -> str | None:
    """What an escape stands for; None where it is none here."""
    if escape[0] == "\r":
        return "\n"
    if escape[0] in "{}":
        return escape[0] if braces else None
    if raw:
        return None
    if escape[1] in "\r\n":
        return ""
    try:
        says: str = literal_eval(f'"{escape}"' if escape != '\\"' else "'\"'")
    except (SyntaxError, ValueError):
        return None
    return says


def filled(value: Value, place: Span) -> Embedded:
    """A value in a hole of a template."""
    if isinstance(value, Embedded):
        return Embedded.plain(value.text, place)
    try:
        known = plain(value)
    except LookupError:
        return hole(place)
    return Embedded.plain(str(known), place)


def formatted(text: Embedded, given: list[Value], named: dict[str, Value], span: Span) -> Value:
    """str.format()."""
    parts: list[Embedded] = []
    at = count = 0
    for field in _FIELD.finditer(text.text):
        parts.append(text.cut(at, field.start()))
        at = field.end()
        place = text.to_host(Span(field.start(), at))
        if field["key"] is None:
            parts.append(Embedded.plain(field.group()[0], place))
            continue
        key = field["key"]
        value: Value = Hidden(span)
        if field["more"] is None and (key == "" or key.isdigit()):
            number = count if key == "" else int(key)
            count += key == ""
            value = given[number] if number < len(given) else value
        elif field["more"] is None:
            value = named.get(key, value)
        parts.append(filled(value, place))
    parts.append(text.cut(at, len(text.text)))
    return Embedded.join(parts)


def percent(text: Embedded, value: Value, span: Span) -> Value:
    """The % operator of a string."""
    given = value.items if isinstance(value, Items) and value.kind == "tuple" else [value]
    parts: list[Embedded] = []
    at = count = 0
    for field in _PERCENT.finditer(text.text):
        parts.append(text.cut(at, field.start()))
        at = field.end()
        place = text.to_host(Span(field.start(), at))
        one: Value = Hidden(span)
        if field["kind"] == "%":
            parts.append(Embedded.plain("%", place))
            continue
        if field["key"] is not None:
            if isinstance(value, Pairs):
                one = value.items.get(field["key"], (None, one))[1]
        elif count < len(given):
            one, count = given[count], count + 1
        parts.append(filled(one, place))
    parts.append(text.cut(at, len(text.text)))
    return Embedded.join(parts)


def stripped(text: Embedded, characters: str | None, left: bool, right: bool) -> Embedded:
    start = len(text.text) - len(text.text.lstrip(characters)) if left else 0
    end = len(text.text.rstrip(characters)) if right else len(text.text)
    return text.cut(start, max(start, end))


def dedented(text: Embedded, how: Callable[[str], str]) -> Embedded:
    """A text without the blanks before its lines, each line still where it is written."""
    parts: list[Embedded] = []
    at = 0
    for line in how(text.text).splitlines(keepends=True):
        found = text.text.find(line, at)
        if found < 0:
            return Embedded.plain(how(text.text), text.to_host(Span(0, len(text.text))))
        parts.append(text.cut(found, found + len(line)))
        at = found + len(line)
    return Embedded.join(parts)
