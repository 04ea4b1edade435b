"""Where things are, seen from the root of the repository: what reviews files knows no other
folder."""

from __future__ import annotations

import os
from functools import cache
from urllib.parse import quote

from migralint.report import utf8
from migralint.source import seen_from


class Places:
    """The paths of findings, which are relative to `cwd`, as the repository around it has them."""

    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self.root = _repository(os.path.realpath(cwd)) or os.path.realpath(cwd)
        self.path = cache(self._path)
        self.uri = cache(self._uri)

    def _path(self, path: str) -> str:
        """A path below the root, with `/`, symbolic links followed, never empty."""
        real = os.path.realpath(os.path.join(self.cwd, path))
        relative = seen_from(self.root, real)
        if relative.split("/", 1)[0] == os.pardir or os.path.isabs(relative):
            # Outside of this repository: seen from its own, or as if the file system were one.
            own = _repository(os.path.dirname(real))
            relative = seen_from(own or os.path.splitdrive(real)[0] + os.sep, real)
        return relative.lstrip("/") or "."

    def _uri(self, path: str) -> str:
        """The path as a relative URI; bytes that are no UTF-8 are the file system's own."""
        return quote(os.fsencode(self.path(path)))

    def shown(self, path: str) -> str:
        """The path for a document in UTF-8."""
        return utf8(self.path(path))


def _repository(folder: str) -> str | None:
    """The nearest folder from here up that has a `.git` (a file, in a worktree or a submodule)."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder
