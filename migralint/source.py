"""Text with a path, and places in it."""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from functools import cached_property

from msgspec import Struct


class Span(Struct, frozen=True, gc=False, order=True):
    """A half-open range of *characters* of one text."""

    start: int
    end: int

    def shift(self, by: int) -> Span:
        return Span(self.start + by, self.end + by)


NOWHERE = Span(0, 0)
"""The span of an operation that a plan made and no text holds."""


class Edit(Struct, frozen=True):
    """Put text in place of a span; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


class Source:
    """One file as it was read: `path` as shown to people (with `/`), `text` without its byte order
    mark."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.text)} characters)"

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line starts; LF, CRLF and a lone CR end a line."""
        text = self.text
        starts = [0]
        if "\r" not in text:
            at = text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = text.find("\n", at + 1)
            return starts
        return starts + [end.end() for end in re.finditer("\r\n?|\n", text)]

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of a character, both 1-based, columns in characters."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (1-based), without its end."""
        starts = self.line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Embedded(Struct, frozen=True):
    """SQL inside another language's string, with the way back to the host's characters.

    `pieces` are (start in text, start in host, length in text, length in host), in order. A piece
    whose two lengths
    are equal maps character by character; any other maps as a whole (an escape, a hole of a
    template).
    """

    text: str
    pieces: tuple[tuple[int, int, int, int], ...]

    def to_host(self, span: Span) -> Span:
        """The host's span that covers a span of `text`."""
        return Span(self._host(span.start, False), self._host(span.end, True))

    def _host(self, offset: int, end: bool) -> int:
        previous = 0
        for text_start, host_start, text_length, host_length in self.pieces:
            inside = offset - text_start
            if inside < 0 or (end and inside == 0):
                break
            if inside < text_length or (end and inside == text_length):
                if text_length == host_length:
                    return host_start + inside
                return host_start + host_length if end else host_start
            previous = host_start + host_length
        return previous


class Unreadable(Exception):
    """A file that gives no text; the message says why, in a few words."""


OVERLAY: dict[str, bytes] = {}
"""What stands in for files on disk, by absolute path: standard input, the buffer of an editor."""


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe that nobody writes to must not wait for ever."""


def read_bytes(path: str, limit: int | None = None) -> bytes:
    """What a file holds, or its beginning. Raises OSError, also where it is no regular file."""
    file = os.open(path, _FLAGS)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            folder = stat.S_ISDIR(status.st_mode)
            raise OSError("it is a folder" if folder else "it is no regular file")
        data = os.read(file, status.st_size + 1 if limit is None else limit)
        if len(data) in (status.st_size, limit):
            return data
        parts = [data]  # It is longer than it said, or comes in parts.
        while data and limit is None:
            data = os.read(file, 1 << 20)
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(file)


def read(path: str, shown: str) -> Source:
    """The text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises Unreadable with a reason for people: no permission, not UTF-8 at byte n.
    """
    data = OVERLAY.get(path) if OVERLAY else None
    if data is None:
        try:
            data = read_bytes(path)
        except (OSError, ValueError) as why:
            reason = getattr(why, "strerror", None) or why
            raise Unreadable(f"cannot be read: {reason}") from why
    name, encoding = "UTF-8", "utf-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        name, encoding = "UTF-16", "utf-16"
    elif data[:3] == b"\xef\xbb\xbf":
        encoding = "utf-8-sig"
    elif data[:2].count(0) == 1:
        raise Unreadable("is not UTF-8 text: it looks like UTF-16 without a byte order mark")
    try:
        return Source(shown, data.decode(encoding))
    except UnicodeDecodeError as why:
        raise Unreadable(f"is not {name} text (at byte {why.start})") from why
