"""What was said of a folder's files, for as long as nothing changes that was looked at for it.

flake8 asks for one file after the other, and each is judged with all of its history: the second
file of a folder is a reason to judge them all, once, and to answer the others from that.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable
from stat import S_ISDIR

from msgspec import Struct

from migralint.source import watching

FOLDERS = 4
"""So many folders are remembered."""
_TICK = 2_000_000_000
"""Nanoseconds: a file that changed no longer ago could change again without being any newer (FAT
counts in two seconds)."""

AGAIN = 0.5
"""Seconds after which a run looks again whether something changed."""

Place = tuple[int, int, str]
Said = dict[str, list[Place]]
"""What is said of each file, by absolute path."""
_Stamp = tuple[int, int, int, int] | frozenset[str] | None
"""Of a file when it changed last, how long it is and which it is; of a folder its names."""


class _Remembered(Struct):
    stamps: dict[str, _Stamp]
    """All that was looked at."""
    said: Said | None = None
    """Nothing before the second file is asked for."""
    run: int = 0
    looked: float = 0.0
    """When the stamps were last looked at, and in which run."""

    def holds(self, file: str, run: int) -> bool:
        """Whether nothing changed. One run over many files takes the others for what they were a
        moment ago, as the command line takes all of them."""
        now = time.monotonic()
        if run and run == self.run and now - self.looked < AGAIN:
            return self.stamps.get(file) == _stamp(file)
        self.run, self.looked = run, now
        return all(_stamp(path) == each for path, each in self.stamps.items())


class Recall:
    """What a process has said. `check(files)` says it anew."""

    def __init__(self) -> None:
        self._folders: dict[Hashable, _Remembered] = {}

    def of(
        self, file: str, key: Hashable, check: Callable[[list[str]], Said], run: int = 0
    ) -> list[Place]:
        """What is to be said of a file; `key` is what the answer depends on beside files, `run`
        the number of a run over many files, 0 where it may be of one alone."""
        folder = os.path.dirname(file)
        key = (folder, key)
        known = self._folders.pop(key, None)
        if known is None or not known.holds(file, run):
            return self._anew([file], key, check).get(file, [])
        self._folders[key] = known
        said = known.said
        if said is None:
            paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
            files = [path for path in paths if path.endswith(".py") and os.path.isfile(path)]
            said = self._anew(files, key, check)
        found = said.get(file)
        return check([file]).get(file, []) if found is None else found

    def _anew(self, files: list[str], key: Hashable, check: Callable[[list[str]], Said]) -> Said:
        begun = time.time_ns()
        with watching() as seen:
            said = check(files)
        stamps = {path: _stamp(path) for path in seen}
        changed = (each[0] for each in stamps.values() if isinstance(each, tuple))
        if all(each < begun - _TICK for each in changed):
            self._folders[key] = _Remembered(stamps, said if len(files) > 1 else None)
            while len(self._folders) > FOLDERS:
                del self._folders[next(iter(self._folders))]
        return said


def _stamp(path: str) -> _Stamp:
    try:
        found = os.stat(path)
        if S_ISDIR(found.st_mode):
            return frozenset(os.listdir(path))
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
