"""What a reader of code keeps of a file between runs: its statements, without the text itself."""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Union

import msgspec
from msgspec import Struct

import migralint
from migralint import ops
from migralint.migration import Comment, Statement, Transaction
from migralint.source import Embedded, Span
from migralint.tools.consulted import Consulted
from migralint.tools.files import Memory


def _kinds(kind: type[ops.Op]) -> list[type[ops.Op]]:
    below = [each for sub in kind.__subclasses__() for each in _kinds(sub)]
    return [kind, *below]


_Op: Any = Union[tuple(_kinds(ops.Op))]  # noqa: UP007 - made of what there is


class Plain(Struct, frozen=True, array_like=True):
    span: Span
    text: str
    ops: tuple[_Op, ...]
    embedded: Embedded | None
    transaction: Transaction | None
    batch: int
    block: bool
    partial: bool


class Facts(Struct, frozen=True, array_like=True):
    """What a file says of itself. `id` is None where it is no migration."""

    id: str | None
    parents: tuple[str, ...] = ()
    """What it comes after."""
    needs: tuple[str, ...] = ()
    """What has to be there as well, which may be a branch's label."""
    labels: tuple[str, ...] = ()
    at: Span = Span(0, 0)
    """Where the file says what it comes after."""
    broken: bool = False
    """The file does not parse."""
    models: tuple[tuple[Span, str], ...] = ()
    """The models of today's code that it uses, and where."""
    consulted: tuple[tuple[str, str], ...] = ()
    """Other files that were read for it, and the digest of each."""
    back: Span = Span(0, 0)
    """Where its way back begins."""
    guarded: bool = False
    """Its way up does something else elsewhere: on another dialect, say."""
    wraps: bool | None = None
    """Whether it wants a transaction, where it says so itself."""
    place: tuple[int, int] = (0, 1)
    """Which migration of the file it is, and of how many."""


Read = tuple[Facts, tuple[Statement, ...] | None, tuple[Statement, ...] | None, tuple[Comment, ...]]
"""What a file is, what its ways up and down send (None where it has none),
and its comments."""


class Kept(Struct, frozen=True, array_like=True):
    """What is kept of a file."""

    facts: Facts
    up: tuple[Plain, ...] | None = None
    down: tuple[Plain, ...] | None = None
    comments: tuple[Comment, ...] = ()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Kept)


def key(text: str, *surroundings: object) -> bytes:
    """The digest of a file's text and of what else was looked at to read it."""
    made = blake2b(_version(), digest_size=20)
    for each in (*surroundings, text):
        made.update(repr(each).encode("utf-8", "surrogatepass") if each is not text else b"\0")
    made.update(text.encode("utf-8", "surrogatepass"))
    return made.digest()


def encoded(
    facts: Facts,
    up: tuple[Statement, ...] | None,
    down: tuple[Statement, ...] | None,
    comments: tuple[Comment, ...],
) -> bytes:
    ways = [None if each is None else plain(each) for each in (up, down)]
    return _ENCODER.encode(Kept(facts, ways[0], ways[1], comments))


def known(memory: Memory | None, key: bytes, files: Consulted) -> Read | None:
    """What was kept under a key; None where nothing was, or a file that was consulted for it is
    another now."""
    record = memory.get(key) if memory is not None else None
    try:
        found = decoded(record) if record is not None else None
    except msgspec.DecodeError:
        return None
    if found is None or any(files.digest(path) != each for path, each in found[0].consulted):
        return None
    return found


@lru_cache(4096)  # A process that reads a history again and again has it from here.
def decoded(record: bytes) -> Read:
    """What `encoded` was given. Raises msgspec.DecodeError where it is something else."""
    kept = _DECODER.decode(record)
    ways = [None if each is None else restored(each) for each in (kept.up, kept.down)]
    return kept.facts, ways[0], ways[1], kept.comments


def plain(statements: tuple[Statement, ...]) -> tuple[Plain, ...]:
    """Statements as they are spelled."""
    return tuple(
        Plain(
            each.span,
            each.text,
            each.ops,
            each.embedded,
            each.transaction,
            each.batch,
            each.block,
            each.partial,
        )
        for each in statements
    )


def restored(statements: tuple[Plain, ...]) -> tuple[Statement, ...]:
    """What `plain` was given."""
    return tuple(
        Statement(
            each.span,
            each.text,
            each.ops,
            each.embedded,
            each.transaction,
            each.batch,
            each.block,
            each.partial,
        )
        for each in statements
    )


_VERSION: list[bytes] = []


def _version() -> bytes:
    """Which migralint reads: its version, and when its own modules last changed, so that what an
    editable install kept yesterday is not taken for today's."""
    if not _VERSION:
        made = blake2b(migralint.__version__.encode(), digest_size=20)
        top = os.path.dirname(os.path.abspath(migralint.__file__))
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(each for each in folders if not each.startswith(("__", "_pages")))
            for name in sorted(files):
                if name.endswith((".py", ".txt")):
                    status = os.stat(os.path.join(folder, name))
                    made.update(f"{name} {status.st_mtime_ns} {status.st_size}\n".encode())
        _VERSION.append(made.digest())
    return _VERSION[0]
