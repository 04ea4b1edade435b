"""The folders below a place, as fast as the operating system lists them, without what git
ignores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migralint.source import MIGRATIONS, SCRIPTS, folders_beside, look, names_beside, read_bytes

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SKIPPED = frozenset(
    (
        ".git .hg .svn .jj testdata node_modules bower_components vendor .venv venv .tox "
        ".nox __pycache__ __pypackages__ site-packages .mypy_cache .pytest_cache "
        ".ruff_cache .gradle .idea .vscode .terraform .next .nuxt .turbo .yarn .direnv "
    ).split()
)
"""Folders that hold no migrations of the project itself."""
_BUILT = {
    "target": ("pom.xml", "Cargo.toml", "build.sbt"),
    "build": ("build.gradle", "build.gradle.kts"),
}
"""Folders that are copies when one of these files stands beside them."""
_GLOB = frozenset("*?[]\\")


class Folder:
    """One folder: the names of its files and of its folders."""

    __slots__ = ("files", "folders", "path")

    def __init__(self, path: str, files: list[str], folders: list[str]) -> None:
        self.path = path
        self.files = files
        self.folders = folders


class Tree:
    """The folders that were walked, by path; and a look at what stands around them, each thing read
    once."""

    def __init__(self, cwd: str, gitignore: bool = True) -> None:
        self._gitignore = gitignore
        self.folders: dict[str, Folder] = {}
        self.unread: list[tuple[str, str]] = []
        """(absolute path, reason): what was passed over."""
        self._cwd = cwd
        self._names: dict[str, frozenset[str]] = {}
        self._texts: dict[str, str] = {}
        self._ignores: dict[str, tuple[_Ignore, ...]] = {}

    def names(self, path: str) -> frozenset[str]:
        """The names of all that stands in a folder, walked or not; nothing where it cannot be
        listed."""
        found = self._names.get(path)
        if found is None:
            try:
                found = frozenset(os.listdir(look(path)))
            except OSError:
                found = frozenset()
            found = self._names[path] = found.union(names_beside(path))
        return found

    def text(self, path: str, limit: int = 65536) -> str:
        """The beginning of a file, for a look at what it is; nothing where it cannot be read."""
        found = self._texts.get(path)
        if found is None:
            try:
                data = read_bytes(path, limit)
            except (OSError, ValueError):
                data = b""
            encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
            found = self._texts[path] = data.decode(encoding, "replace")
        return found

    def python(self, path: str) -> list[str]:
        """The Python files of a folder that was walked, without those that git ignores: asked only
        where there may be migrations among them."""
        return self._written(path, ".py")

    def scripts(self, path: str) -> list[str]:
        """The files of JavaScript and TypeScript, likewise."""
        return self._written(path, SCRIPTS)

    def _written(self, path: str, ending: str | tuple[str, ...]) -> list[str]:
        names = [name for name in self.folders[path].files if name.endswith(ending)]
        ignores = self._ignores.get(path)
        if not ignores:
            return names
        return [name for name in names if not _is_ignored(ignores, path, name, False, ending)]

    def project(self, path: str) -> str:
        """The topmost folder of the project that a folder is in; nothing above it is looked at.

        It is the nearest that git manages; else the current folder, where that is above; else the
        folder itself.
        """
        at = path
        while not os.path.exists(look(os.path.join(at, ".git"))):
            parent = os.path.dirname(at)
            if parent == at:
                return self._cwd if is_below(path, self._cwd) else path
            at = parent
        return at

    def above(self, path: str) -> Iterator[str]:
        """A folder and those above it, up to the project's topmost."""
        top = self.project(path)
        yield path
        while path != top:
            path = os.path.dirname(path)
            yield path

    def find_above(self, path: str, *names: str) -> Iterator[str]:
        """The files of these names in a folder and those above it, nearest first."""
        for folder in self.above(path):
            listed = self.names(folder)
            for name in names:
                if name in listed:
                    yield os.path.join(folder, name)

    def walk(self, top: str) -> None:
        """Add a folder and all that is below it."""
        above = list(self.above(top)) if self._gitignore else []
        waiting = [(top, _ignores_above(above) if above else ())]
        while waiting:
            path, ignores = waiting.pop()
            if path in self.folders:
                continue
            folder, links = _listed(path, self.unread)
            self.folders[path] = folder
            if path.endswith(".sql") and not (folder.files or folder.folders or links):
                # What Docker makes of a file that was to be mounted and is not there.
                self.unread.append((path, "is an empty folder, named as if it were a file"))
            if self._gitignore and ".gitignore" in folder.files:
                found = _Ignore.read(path, ".gitignore")
                ignores = (*ignores, found) if found else ignores
            if ignores:
                self._ignores[path] = ignores
            for name in links:
                self._link(path, name, top, folder)
            if ignores:
                folder.files = [
                    name for name in folder.files if not _is_ignored(ignores, path, name, False)
                ]
                folder.folders = [
                    name for name in folder.folders if not _is_ignored(ignores, path, name, True)
                ]
            # The stack gives back the last first: reversed, so that the folders come in the order
            # of their names.
            waiting.extend((os.path.join(path, name), ignores) for name in reversed(folder.folders))

    def _link(self, path: str, name: str, top: str, folder: Folder) -> None:
        """A symbolic link: a file inside the walked place counts, and so does one to nothing, which
        its reader will tell of; a folder inside it is met by its own name."""
        here = os.path.join(path, name)
        target = look(os.path.realpath(here))
        inside = is_below(target, os.path.realpath(top))
        lost = name.endswith(".sql") and not os.path.exists(target)
        if inside and (lost or os.path.isfile(target)):
            folder.files.append(name)
            folder.files.sort()
        elif not inside and (os.path.isdir(target) or name.endswith(".sql")):
            self.unread.append((here, "is a symbolic link out of the folder, and is not followed"))


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or something inside it."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def _listed(path: str, unread: list[tuple[str, str]]) -> tuple[Folder, list[str]]:
    """A folder with sorted names, and its symbolic links apart."""
    files: list[str] = []
    folders: list[str] = []
    links: list[str] = []
    try:
        with os.scandir(look(path)) as entries:
            for entry in entries:
                if entry.is_symlink():
                    links.append(entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED:
                        folders.append(entry.name)
                else:
                    files.append(entry.name)
    except OSError as why:
        if not (names_beside(path) or folders_beside(path)):
            unread.append((path, f"cannot be read: {why.strerror or why}"))
    files += [name for name in names_beside(path) if name not in files and name not in links]
    folders += [
        name
        for name in folders_beside(path)
        if name not in folders and name not in links and name not in SKIPPED
    ]
    files.sort()
    folders.sort()
    for built, signs in _BUILT.items():
        if built in folders and any(sign in files for sign in signs):
            folders.remove(built)
    return Folder(path, files, folders), sorted(links)


class _Ignore:
    """One .gitignore, with its patterns."""

    __slots__ = ("_any", "_file", "_prefix")

    def __init__(self, folder: str, lines: list[str]) -> None:
        from pathspec import GitIgnoreSpec

        self._prefix = len(os.path.join(folder, ""))
        self._any: GitIgnoreSpec = GitIgnoreSpec.from_lines(lines)
        # A file whose folder is not ignored can only be matched by a pattern that ends in its own
        # name; most lines of most .gitignore files name something else, and thousands of files are
        # to be asked.
        self._file: GitIgnoreSpec = GitIgnoreSpec.from_lines(
            [line for line in lines if _may_name_migrations(line)]
        )

    @staticmethod
    def read(folder: str, name: str) -> _Ignore | None:
        try:
            text = read_bytes(os.path.join(folder, name)).decode("utf-8", "replace")
        except OSError:
            return None
        try:
            return _Ignore(folder, text.splitlines())
        except ValueError:  # a pattern that git would not take either
            return None

    def says(self, path: str, folder: bool) -> bool | None:
        """Whether a path is ignored, or None where no pattern names it."""
        relative = path[self._prefix :].replace(os.sep, "/")
        if folder:
            return self._any.check_file(relative + "/").include
        return self._file.check_file(relative).include


def _may_name_migrations(line: str) -> bool:
    last = line.rstrip().rpartition("/")[2]
    return last.endswith(MIGRATIONS) or not _GLOB.isdisjoint(last)


def _is_ignored(
    ignores: tuple[_Ignore, ...],
    path: str,
    name: str,
    folder: bool,
    ending: str | tuple[str, ...] = ".sql",
) -> bool:
    if not folder and not name.endswith(ending):
        return False
    here = os.path.join(path, name)
    for ignore in reversed(ignores):
        verdict = ignore.says(here, folder)
        if verdict is not None:
            return verdict
    return False


def _ignores_above(folders: list[str]) -> tuple[_Ignore, ...]:
    """The .gitignore files above a folder, which is the first of these; none where they ignore the
    folder itself: it was asked for by name."""
    found: list[_Ignore] = []
    for folder in folders[1:]:
        if os.path.exists(look(os.path.join(folder, ".gitignore"))):
            ignore = _Ignore.read(folder, ".gitignore")
            if ignore is not None:
                found.append(ignore)
    if any(ignore.says(folders[0], True) for ignore in found):
        return ()
    return tuple(reversed(found))
