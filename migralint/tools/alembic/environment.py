"""env.py: how many revisions share a transaction, which timeouts are set and how unnamed
constraints are called, read without running it."""

from __future__ import annotations

import os

import msgspec
from msgspec import Struct

from migralint.migration import Root
from migralint.ops import SetTimeout
from migralint.source import look
from migralint.tools import kept
from migralint.tools.alembic.metadata import metadata
from migralint.tools.alembic.settings import sections
from migralint.tools.files import Memory, Parse, text_of

_ABOVE = 4
"""How many folders above the revisions env.py is looked for."""


class Environment(Struct, frozen=True):
    found: bool = False
    """It opens the connection and the transaction itself, so that what it does not say is not
    so."""
    per_migration: str = ""
    """What asks for a transaction each."""
    autocommit: bool = False
    """The connection's isolation level is AUTOCOMMIT."""
    before: tuple[SetTimeout, ...] = ()
    """The timeouts that it sets."""
    convention: dict[str, str] = {}
    """The naming convention of its metadata, by kind (ix, uq, ck, fk, pk)."""
    named: bool = False
    """Whether that is all that there is to know of how things are called."""


_DECODER = msgspec.msgpack.Decoder(Environment)


def home(root: Root) -> str:
    """The folder of the env.py that runs a root's revisions: the one that the settings name, else
    the nearest above them; "" where there is none."""
    for section in sections(root.marker) if root.marker else ():
        path = os.path.join(section.script_location, "env.py")
        if os.path.isfile(look(path)) and any(
            is_below(location, root.path) or is_below(root.path, location)
            for location in section.version_locations
        ):
            return section.script_location
    folder = root.path
    for _ in range(_ABOVE):
        if os.path.isfile(look(os.path.join(folder, "env.py"))):
            return folder
        folder = os.path.dirname(folder)
    return ""


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def environment(root: Root, parse: Parse, memory: Memory | None = None) -> Environment:
    """What the env.py of a root says; one that cannot be read says nothing."""
    folder = home(root)
    text = text_of(os.path.join(folder, "env.py")) if folder else ""
    if not text:
        return Environment(named=True)
    found_module = metadata(text, folder)
    key = kept.key(text, "env.py", found_module)
    record = memory.get(key) if memory is not None else None
    if record is not None:
        try:
            return _DECODER.decode(record)
        except msgspec.DecodeError:
            pass
    from migralint.tools.alembic.settled import read_environment

    found = read_environment(text, found_module, parse)
    if memory is not None:
        memory.put(key, msgspec.msgpack.encode(found))
    return found
