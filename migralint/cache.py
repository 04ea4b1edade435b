"""What reading a history of code has given, kept between runs.

One file a root holds what each migration was read as, by a digest of its text and of all else that
the reader looked at. Readers of SQL keep nothing: parsing it again is as fast as finding it here.

Nothing depends on it. A file that is damaged, of another version, or written by two runs at once is
as good as none; one that cannot be written is left alone.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import defaultdict

import msgspec

from migralint.config import Settings
from migralint.migration import Root
from migralint.parsed import Parsed
from migralint.walk import Tree

FOLDER = ".migralint_cache"
_MAGIC = b"migralint cache 1\n"
_SIZE = 16
_DECODER = msgspec.msgpack.Decoder(dict[bytes, bytes])


class Shelf:
    """What is kept of one root. `get` and `put` take the digest that the reader made of all that a
    record depends on."""

    def __init__(self, path: str | None = None) -> None:
        self._path = path
        self._kept: dict[bytes, bytes] = _load(path) if path is not None else {}
        self._used: dict[bytes, bytes] = {}
        self._new = 0

    def get(self, key: bytes) -> bytes | None:
        found = self._used.get(key)
        if found is None:
            found = self._kept.get(key)
            if found is not None:
                self._used[key] = found
        return found

    def put(self, key: bytes, record: bytes) -> None:
        self._used[key] = record
        self._new += 1

    def save(self, passing: int = 0) -> None:
        """Write what this run used, and as many of the other records again: another branch's. That
        is then what is kept, for the next run of the same process too. So few new records as
        `passing` are of texts that are on no disk, and are not worth writing."""
        if not self._new:
            return
        rest = [(key, each) for key, each in self._kept.items() if key not in self._used]
        kept = {**dict(rest[-len(self._used) :]), **self._used}
        if self._path is not None and self._new > passing:
            payload = msgspec.msgpack.encode(kept)
            _write(self._path, _MAGIC + _digest(payload) + payload)
        self._kept, self._used, self._new = kept, {}, 0


class Cache:
    """The shelves of a run, or of all runs of a process, in a folder; in memory alone where
    `folder` is None. With `remembers` a process also remembers what texts were parsed as."""

    def __init__(self, folder: str | None, *, remembers: bool = False) -> None:
        self.folder = folder
        self._parsed: defaultdict[str, Parsed] | None = defaultdict(Parsed) if remembers else None
        self._shelves: dict[str, Shelf] = {}

    def shelf(self, root: Root) -> Shelf:
        """What is kept of a root, read from the disk when it is asked for first."""
        whose = f"{root.path}\0{root.tool}\0{root.dialect}"
        name = _digest(whose.encode("utf-8", "replace")).hex()
        shelf = self._shelves.get(name)
        if shelf is None:
            path = None if self.folder is None else os.path.join(self.folder, f"{name}.mig")
            shelf = self._shelves[name] = Shelf(path)
        return shelf

    def parsed(self, root: Root) -> Parsed | None:
        """What the texts of a root were parsed as."""
        return None if self._parsed is None else self._parsed[f"{root.path}\0{root.tool}"]

    def save(self, passing: int = 0) -> None:
        """Write what is worth it; see Shelf."""
        for shelf in self._shelves.values():
            shelf.save(passing)


def folder_of(settings: Settings, cwd: str) -> str:
    """Where a run in a folder keeps what it reads: as the environment or the configuration says,
    else at the top of the project."""
    said = os.environ.get("MIGRALINT_CACHE_DIR") or settings.cache_dir
    if said:
        return os.path.join(cwd, said)
    top = os.path.dirname(settings.path) if settings.path else Tree(cwd).project(cwd)
    return os.path.join(top, FOLDER)


def clean(folder: str) -> int:
    """Remove what is kept in a folder, and the folder where nothing else is in it; how many files
    that were. Raises OSError."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return 0
    ours = [name for name in names if name.endswith((".mig", ".tmp")) or name == ".gitignore"]
    for name in ours:
        os.unlink(os.path.join(folder, name))
    if len(ours) == len(names):
        os.rmdir(folder)
    return sum(name.endswith(".mig") for name in ours)


def _load(path: str) -> dict[bytes, bytes]:
    try:
        with open(path, "rb") as file:
            data = file.read()
        payload = data[len(_MAGIC) + _SIZE :]
        if data[: len(_MAGIC)] != _MAGIC or _digest(payload) != data[len(_MAGIC) :][:_SIZE]:
            return {}
        return _DECODER.decode(payload)
    except (OSError, msgspec.DecodeError):
        return {}


def _write(path: str, data: bytes) -> None:
    """All of it or nothing: a reader sees the old file until the new one is whole."""
    folder = os.path.dirname(path)
    made = ""
    try:
        os.makedirs(folder, exist_ok=True)
        ignore = os.path.join(folder, ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as file:
                file.write("*\n")
        handle, made = tempfile.mkstemp(".tmp", dir=folder)
        with os.fdopen(handle, "wb") as whole:
            whole.write(data)
        os.replace(made, path)
    except OSError:
        if made:
            _remove(made)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _digest(payload: bytes) -> bytes:
    from hashlib import blake2b

    return blake2b(payload, digest_size=_SIZE).digest()


def opened(settings: Settings, cwd: str, folder: str | None = None, *, off: bool = False) -> Cache:
    """Where a run keeps what it reads: in the folder that it was given, else in the settings' or
    the project's; nowhere where it is off."""
    if off:
        return Cache(None)
    return Cache(os.path.join(cwd, folder) if folder else folder_of(settings, cwd))
