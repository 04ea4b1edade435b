"""A second process that parses the texts of a long history from its end, while this one reads it
from its beginning; where they meet, all is there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from migralint.migration import Root
from migralint.source import Unreadable, read
from migralint.tools import kept
from migralint.tools.files import Parse

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_Made = TypeVar("_Made")

TOOLS = frozenset(
    {"atlas", "diesel", "drizzle", "flyway", "golang-migrate", "prisma", "sql", "sqlx", "supabase"}
)
"""The tools whose files are parsed in one piece, so that both processes parse the same."""
_CHUNK = 200
"""Files of which the other process tells at once."""
_OFTEN = 20
"""After so many texts this one looks for what the other has told."""
_NUMBER = re.compile(r"(\d+)")


def partner(root: Root, parse: Parse) -> Partner | None:
    """A second process for this root; None where it would be of no use, or cannot be had."""
    return Partner(root, parse) if root.tool in TOOLS and hasattr(os, "fork") else None


class Partner:
    """Stands where `parsed.Parsed` does, for one reading."""

    def __init__(self, root: Root, parse: Parse) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        self._told: dict[bytes, tuple[kept.Plain, ...]] = {}
        self._asked = 0
        self._reader, writer = context.Pipe(duplex=False)
        self._process = context.Process(target=_tell, args=(writer, root, parse), daemon=True)
        self._process.start()
        writer.close()

    def of(self, key: Hashable, parse: Callable[[], _Made]) -> _Made:
        self._asked += 1
        if self._asked % _OFTEN == 0:
            self.listen()
        text, whole = _text(key)
        told = self._told.pop(_digest(text), None) if whole and self._told else None
        return parse() if told is None else kept.restored(told)  # type: ignore[return-value]

    def turn(self) -> None:
        """The reading has ended."""
        self._process.kill()
        self._process.join()
        self._reader.close()

    @property
    def process(self) -> int:
        """The other process's id."""
        return self._process.pid or 0

    @property
    def waiting(self) -> int:
        """How many texts it has told of that nobody has asked for yet."""
        return len(self._told)

    def listen(self) -> None:
        """Take what it has told since the last time; this never waits."""
        try:
            while self._reader.poll():
                self._told.update(_DECODER.decode(self._reader.recv_bytes()))
        except (EOFError, OSError, msgspec.DecodeError):
            self._asked = 1  # It has told all that it will; what it did not tell is parsed here.


def _text(key: Any) -> tuple[str, bool]:
    """The text that a dialect parses, and whether it does all of it."""
    _, text, start, stop = key
    return text, start == 0 and stop == len(text)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _tell(writer: Connection[Any, Any], root: Root, parse: Parse) -> None:
    """What the other process does."""
    files = sorted((name for name in root.files if name.endswith(".sql")), key=_place)
    chunk: dict[bytes, tuple[kept.Plain, ...]] = {}
    try:
        for text in _texts(root, reversed(files)):
            chunk[_digest(text)] = kept.plain(parse(text))
            if len(chunk) == _CHUNK:
                writer.send_bytes(_ENCODER.encode(chunk))
                chunk = {}
        writer.send_bytes(_ENCODER.encode(chunk))
    except OSError:
        pass  # Nobody listens any more.


def _texts(root: Root, names: Iterator[str]) -> Iterator[str]:
    for name in names:
        try:
            yield read(os.path.join(root.path, name), name).text
        except Unreadable:
            continue


def _place(name: str) -> list[Any]:
    """Where a file is likely to stand in the order of its tool."""
    return [int(part) if n % 2 else part for n, part in enumerate(_NUMBER.split(name))]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(dict[bytes, tuple[kept.Plain, ...]])
