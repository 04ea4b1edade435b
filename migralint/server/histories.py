"""What the engine says of open files, with the histories that they are in."""

from __future__ import annotations

import os
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from migralint import cache, config, engine, fix, selection
from migralint.cache import Cache
from migralint.config import Settings
from migralint.errors import MigralintError, UsageError
from migralint.finding import Crash, Finding, StatementEffects, fingerprints
from migralint.flake8_plugin import may_be_migration
from migralint.migration import Project
from migralint.report import counted
from migralint.scripts import may_send
from migralint.source import SCRIPTS, Source, Span
from migralint.walk import Tree, is_below


class Given(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What the client's settings say, over the configuration."""

    configuration: str | None = None
    """The file of the configuration, seen from the workspace's folder."""
    postgres_version: int | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    inlay_hints: bool = True


class Said(Struct, frozen=True):
    """What is said of one file: findings that nothing suppresses, each with its fingerprint, and
    the rules that broke. `failure`: why nothing could be said."""

    findings: tuple[tuple[str, Finding], ...] = ()
    crashes: tuple[Crash, ...] = ()
    failure: str = ""
    warnings: tuple[str, ...] = ()


class Told(Struct, frozen=True):
    """A statement of a file, and what it does."""

    span: Span
    source: Source
    effects: StatementEffects


def folder_of(path: str, folders: Iterable[str]) -> str:
    """The folder that a file's configuration is looked for in and that paths are relative to: of
    the workspace's the innermost, else the top of its project."""
    above = [folder for folder in folders if is_below(path, folder)]
    if above:
        return max(above, key=len)
    home = os.path.dirname(path)
    return Tree(home).project(home)


def is_candidate(path: str, text: str) -> bool:
    """Whether it is worth looking for the history that a file is in."""
    if path.endswith(SCRIPTS):
        return may_send(text)
    return path.endswith(".sql") or (path.endswith(".py") and may_be_migration(path, text))


def is_on_disk(path: str, text: str) -> bool:
    """Whether this is the file as it is on disk: then it is left to the engine to read."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        if path.endswith(".py"):
            with open(path, "rb") as file:
                encodings = [tokenize.detect_encoding(file.readline)[0], "utf-16", "latin-1"]
        else:
            encodings = ["utf-8-sig", "utf-16", "latin-1"]
    except (OSError, SyntaxError):
        return False
    for encoding in encodings:
        try:
            return _lines(data.decode(encoding)) == _lines(text)
        except UnicodeError:
            continue
    return False


def _lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


class Histories:
    """The histories of the workspace. Nothing is taken from one look to the next but what texts
    were parsed as: a look is always at the files as they are."""

    def __init__(self) -> None:
        self.given = Given()
        self._caches: dict[str, Cache] = {}

    def check(
        self, folder: str, paths: Collection[str], overlay: Mapping[str, bytes]
    ) -> dict[str, Said]:
        """What is said of files, each as if it alone were asked for; raises nothing."""
        try:
            return self._check(folder, paths, overlay)
        except Exception as why:  # noqa: BLE001 - it is told where the findings would be
            if len(paths) > 1:
                return {
                    path: said
                    for each in paths
                    for path, said in self.check(folder, [each], overlay).items()
                }
            return dict.fromkeys(paths, Said(failure=_why(why)))

    def _check(
        self, folder: str, paths: Collection[str], overlay: Mapping[str, bytes]
    ) -> dict[str, Said]:
        settings, asked = self._asked(folder, overlay)
        report = engine.check(sorted(paths), settings, fixes=True, apart=True, **asked)
        found: dict[str, list[tuple[str, Finding]]] = {path: [] for path in paths}
        broken: dict[str, list[Crash]] = {path: [] for path in paths}
        alone = {path: Said() for path in paths}
        count = set(map(id, counted(report)))
        for key, finding in zip(fingerprints(report.findings), report.findings, strict=True):
            path = os.path.normpath(os.path.join(folder, finding.path))
            if path in found and id(finding) in count:
                found[path].append((key, finding))
        for crash in report.crashes:
            path = os.path.normpath(os.path.join(folder, crash.path))
            broken.get(path, broken[min(paths)]).append(crash)
        return {
            path: replace(
                said,
                findings=tuple(found[path]),
                crashes=tuple(broken[path]),
                warnings=report.warnings,
            )
            for path, said in alone.items()
        }

    def effects(self, folder: str, path: str, overlay: Mapping[str, bytes]) -> tuple[Told, ...]:
        """What each statement of a file does, in order. Raises as `engine.read` does."""
        settings, asked = self._asked(folder, overlay)
        _, projects = engine.read([path], settings, **asked)
        return tuple(_told(projects, settings, folder, path))

    def fixed(self, folder: str, path: str, overlay: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files that change, or are new, when all is mended in a file that is safe to."""
        settings, asked = self._asked(folder, overlay)
        return fix.fixed([path], settings, **{**asked, "overlay": dict(overlay)}).files

    def _asked(self, folder: str, overlay: Mapping[str, bytes]) -> tuple[Settings, dict[str, Any]]:
        """The configuration as it is now with the client's settings on top, and what `engine.read`
        takes beside."""
        given = self.given
        settings = config.load(folder, given.configuration)
        selection.validate(settings)
        if given.postgres_version is not None:
            if not 12 <= given.postgres_version <= 18:
                raise UsageError(f"PostgreSQL {given.postgres_version} is not known; 12 to 18 are")
            settings = replace(settings, postgres_version=given.postgres_version)
        settings = selection.reselected(
            settings, select=given.select, extend_select=given.extend_select, ignore=given.ignore
        )
        kept = cache.folder_of(settings, folder)
        if kept not in self._caches:
            self._caches[kept] = Cache(kept, remembers=True)
        return settings, {
            "cwd": folder,
            "force_exclude": True,
            "cache": self._caches[kept],
            "overlay": overlay,
        }


def _told(
    projects: Iterable[Project], settings: Settings, folder: str, path: str
) -> Iterator[Told]:
    for project in projects:
        scripts = [
            script
            for migration in project.migrations
            if migration.checked
            for script in (migration.up, migration.down)
            if script is not None
        ]
        entries = engine.locks_of(project, engine.version_of(project, settings), True)
        for script in scripts:
            here = os.path.normpath(os.path.join(folder, script.source.path)) == path
            for statement in script.statements:
                entry = next(entries)
                if here:
                    yield Told(statement.span, script.source, entry)


def _why(why: Exception) -> str:
    """What went wrong, on one line."""
    if isinstance(why, MigralintError):
        said = f"migralint cannot run: {why}"
    else:
        said = f"internal error: {type(why).__name__}: {why}; this file was not linted"
    return " ".join(said.encode("utf-8", "backslashreplace").decode().split())
