"""Text with a path, and places in it."""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

from msgspec import Struct


class Span(Struct, frozen=True, gc=False, order=True, array_like=True):
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


SCRIPTS = (".js", ".ts", ".cjs", ".mjs", ".cts", ".mts")
"""How files of JavaScript and TypeScript end."""
MIGRATIONS = (".sql", ".py", *SCRIPTS)
"""How files end that may be migrations."""


def mark_of(path: str) -> str:
    """What begins a comment in a file's language."""
    return "#" if path.endswith(".py") else "//" if path.endswith(SCRIPTS) else "--"


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

    `pieces` are (start in text, start in host, length in text, length in host), in the text's
    order. A piece whose two lengths are equal maps character by character; any other maps as a
    whole (an escape, a hole of a template). What no piece covers stands nowhere: words that a
    reader wrote.
    """

    text: str
    pieces: tuple[tuple[int, int, int, int], ...]

    @staticmethod
    def plain(text: str, host: Span) -> Embedded:
        """A text of which only the host's whole span can be said, or which stands there as it
        is."""
        return Embedded(text, ((0, host.start, len(text), host.end - host.start),))

    @staticmethod
    def join(parts: Iterable[Embedded | str]) -> Embedded:
        """The texts one after the other; a plain one stands nowhere."""
        texts: list[str] = []
        pieces: list[tuple[int, int, int, int]] = []
        at = 0
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
                at += len(part)
                continue
            texts.append(part.text)
            pieces += [(at + start, *rest) for start, *rest in part.pieces]  # type: ignore[misc]
            at += len(part.text)
        return Embedded("".join(texts), tuple(pieces))

    def cut(self, start: int, end: int) -> Embedded:
        """A part of the text. A piece that maps as a whole still does so."""
        pieces: list[tuple[int, int, int, int]] = []
        for at, host, length, host_length in self.pieces:
            first, last = max(at, start), min(at + length, end)
            if first >= last:
                continue
            if length == host_length:
                pieces.append((first - start, host + first - at, last - first, last - first))
            else:
                pieces.append((first - start, host, last - first, host_length))
        return Embedded(self.text[start:end], tuple(pieces))

    def to_host(self, span: Span) -> Span:
        """The host's span that covers a span of `text`: all that is written there of it. Where
        none of it is (only words that a reader put between the pieces), the whole text's."""
        first = last = -1
        for start, host, length, host_length in self.pieces:
            begin, end = max(span.start - start, 0), min(span.end - start, length)
            if begin >= end and not (begin == end and span.start == span.end):
                continue
            exact = length == host_length
            here = Span(host + begin, host + end) if exact else Span(host, host + host_length)
            first = here.start if first < 0 else min(first, here.start)
            last = max(last, here.end)
        if first >= 0:
            return Span(first, last)
        if not self.pieces or span == Span(0, len(self.text)):
            return NOWHERE
        return self.to_host(Span(0, len(self.text)))


class Unreadable(Exception):
    """A file that gives no text; the message says why, in a few words."""


class _Overlay:
    """What stands in for files; and the names in each folder above them, files' and folders'."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = {_written(path): text for path, text in files.items()}
        self.names: dict[str, dict[str, None]] = {}
        self.folders: dict[str, dict[str, None]] = {}
        for path in self.files:
            folder, name = os.path.split(path)
            self.names.setdefault(folder, {})[name] = None
            above, name = os.path.split(folder)
            while name and name not in self.folders.setdefault(above, {}):
                self.folders[above][name] = None
                above, name = os.path.split(above)


def _written(path: str) -> str:
    """A path in the one way to write it: Windows takes it with either separator."""
    return path.replace("/", os.sep) if os.sep != "/" else path


_NOTHING = _Overlay({})
_OVERLAY: ContextVar[_Overlay] = ContextVar("_OVERLAY", default=_NOTHING)
_SEEN: ContextVar[set[str] | None] = ContextVar("_SEEN", default=None)
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe that nobody writes to must not wait for ever."""


@contextmanager
def standing_in(files: Mapping[str, bytes]) -> Iterator[None]:
    """As long as this lasts, these stand in for files on disk, which need not be there: standard
    input, the buffer of an editor. Paths are absolute."""
    token = _OVERLAY.set(_Overlay(files))
    try:
        yield
    finally:
        _OVERLAY.reset(token)


def stands_in(path: str) -> bool:
    """Whether something stands in for a file."""
    return _written(path) in _OVERLAY.get().files


def names_beside(folder: str) -> list[str]:
    """The names in a folder of those files that something stands in for."""
    return list(_OVERLAY.get().names.get(_written(folder), ()))


def folders_beside(folder: str) -> list[str]:
    """The names in a folder of those folders below which something stands in for a file."""
    return list(_OVERLAY.get().folders.get(_written(folder), ()))


@contextmanager
def watching() -> Iterator[set[str]]:
    """The paths that are looked at as long as this lasts, whether or not anything is there."""
    seen: set[str] = set()
    token = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(token)


def look(path: str) -> str:
    """A path that is about to be looked at: what is made of it depends on what is there."""
    seen = _SEEN.get()
    if seen is not None:
        seen.add(path)
    return path


def seen_from(folder: str, path: str) -> str:
    """A path relative to a folder, with `/`; absolute where no way leads from one to the other,
    between the drives of Windows."""
    try:
        path = os.path.relpath(path, folder)
    except ValueError:
        path = os.path.abspath(path)
    return path.replace(os.sep, "/")


def read_bytes(path: str, limit: int | None = None) -> bytes:
    """What a file holds, or its beginning. Raises OSError, also where it is no regular file."""
    given = _OVERLAY.get().files.get(_written(path))
    if given is not None:
        return given if limit is None else given[:limit]
    file = os.open(look(path), _FLAGS)
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
