"""What a terminal shows: colours, widths of characters, and nothing that steers the terminal."""

from __future__ import annotations

import re
from unicodedata import category, combining, east_asian_width

# Control characters, marks that turn the direction of text around, lone surrogates (from
# undecodable file names) and invisible characters that could hide text.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_ASCII = re.compile(r"[\x20-\x7e]*\Z")
TAB = 4
"""Columns that a tab is shown as."""


def escape(text: str) -> str:
    """Text on one line that cannot steer a terminal."""
    # None of those is printable, as Unicode says it.
    return text if text.isprintable() else _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def wrapped(text: str) -> list[str]:
    """A message's own lines, each safe to show."""
    return [escape(line) for line in text.splitlines()] or [""]


def width(text: str) -> int:
    """The columns that escaped text takes."""
    if _ASCII.match(text):
        return len(text)
    columns = 0
    for character in text:
        if combining(character) or category(character) in ("Mn", "Me", "Cf"):
            continue
        columns += 2 if east_asian_width(character) in "WF" else 1
    return columns


def shown(line: str) -> str:
    """A line of source as it is printed: tabs as spaces, everything unsafe escaped."""
    return escape(line.replace("\t", " " * TAB))


class Style:
    """The eight ANSI colours, or none."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def error(self, text: str) -> str:
        return self._paint("1;31", text)

    def warning(self, text: str) -> str:
        return self._paint("1;33", text)

    def info(self, text: str) -> str:
        return self._paint("1;34", text)

    def severity(self, severity: str, text: str) -> str:
        """In the colour of a severity."""
        return {"error": self.error, "warning": self.warning}.get(severity, self.info)(text)

    def strong(self, text: str) -> str:
        return self._paint("1", text)

    def gutter(self, text: str) -> str:
        return self._paint("1;34", text)

    def place(self, text: str) -> str:
        return self._paint("36", text)

    def good(self, text: str) -> str:
        return self._paint("32", text)
