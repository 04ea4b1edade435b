"""The trees of files of code, kept between runs: the parser takes most of the time that reading a
history takes, and nothing but the text decides what it gives."""

from __future__ import annotations

import contextlib

import msgspec

from migralint.languages import tree
from migralint.parsed import parsed
from migralint.tools import kept
from migralint.tools.files import Memory

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tree.Module)


def python(text: str, memory: Memory | None = None) -> tree.Module:
    """The tree of a Python file. Raises tree.SyntaxProblem."""
    key = kept.key(text, "python")
    # Asked for even where the tree is at hand: what nobody asks for is not kept for long.
    record = memory.get(key) if memory is not None else None
    return parsed(("python", key), lambda: _python(text, key, record, memory))


def _python(text: str, key: bytes, record: bytes | None, memory: Memory | None) -> tree.Module:
    if record is not None:
        try:
            return _DECODER.decode(record)
        except msgspec.DecodeError:
            pass
    from migralint.languages import python

    module = python.parse(text)
    if memory is not None:
        # What MessagePack has no room for, a number of many digits or half a letter, is not kept.
        with contextlib.suppress(OverflowError, UnicodeError):
            memory.put(key, _ENCODER.encode(module))
    return module
