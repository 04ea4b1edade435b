"""migralint as a plugin of flake8: for each migration in Python, what `migralint check FILE` says
of it, with the same codes, places and words.

Findings of every severity are reported, since flake8 knows none: there a code is what people select
and ignore. `--migralint-fail-on=warning` leaves out what lets `migralint check` pass.

flake8 hands over every Python file that it meets, so that one which is no migration costs a look at
its text, and imports nothing. It ends at the first exception of a plugin, so that all that goes
wrong here is told as a finding of its own, MIG000.
"""

from __future__ import annotations

import gc
import os
import tokenize
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from migralint import __version__

if TYPE_CHECKING:
    from argparse import Namespace

    from migralint.cache import Cache
    from migralint.config import Settings
    from migralint.recall import Recall

FAILED = "MIG000"
"""The code of what is said of migralint itself; no rule has it."""

_WORDS = ("down_revision", "class Migration")
"""One of these stands in every migration of Alembic and of Django, whatever folder is configured
for them."""
_FOLDER = "migrations"
"""Django takes every file here for a migration, and so has its say on one that is none."""

Place = tuple[int, int, str]
"""A line from 1, a column from 0, and the code with the message."""


class _Given(NamedTuple):
    """The options; plain words, which are judged when there is a migration to lint."""

    config: str = ""
    postgres_version: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = "info"


class Plugin:
    """What flake8 makes of each file that parses."""

    name = "migralint"
    version = __version__
    given: ClassVar[_Given] = _Given()
    runs: ClassVar[int] = 0
    """How often flake8 has begun to go through files; 0 where somebody else calls."""

    def __init__(self, tree: object, filename: str, lines: list[str]) -> None:
        # The tree is not looked at; asking for it makes flake8 call this once a file.
        self._filename = filename
        self._lines = lines

    @staticmethod
    def add_options(manager: Any) -> None:
        def add(name: str, help: str, **more: Any) -> None:
            manager.add_option(f"--migralint-{name}", parse_from_config=True, help=help, **more)

        add(
            "config",
            "read this configuration of migralint, not the nearest one",
            metavar="FILE",
            default="",
            normalize_paths=True,
        )
        add(
            "postgres-version",
            "the PostgreSQL server's major version, 12 to 18",
            metavar="N",
            default="",
        )
        add(
            "select",
            "only these rules of migralint run: codes, names, prefixes",
            metavar="RULES",
            default="",
            comma_separated_list=True,
        )
        add(
            "ignore",
            "these rules of migralint do not run",
            metavar="RULES",
            default="",
            comma_separated_list=True,
        )
        add(
            "fail-on",
            "report from this severity on: info, warning or error (default: info)",
            metavar="SEVERITY",
            default="info",
        )

    @classmethod
    def parse_options(cls, options: Namespace) -> None:
        cls.runs += 1
        cls.given = _Given(
            options.migralint_config,
            options.migralint_postgres_version,
            tuple(options.migralint_select),
            tuple(options.migralint_ignore),
            options.migralint_fail_on,
        )

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        text = "".join(self._lines)
        if may_be_migration(os.path.abspath(self._filename), text):
            for line, column, message in _linted(self._filename, text, self.given):
                yield line, column, message, type(self)


def may_be_migration(path: str, text: str) -> bool:
    """Whether it is worth looking for the history that a file of Python is in."""
    folder, name = os.path.split(path)
    at_home = os.path.basename(folder) == _FOLDER and name != "__init__.py"
    return at_home or any(word in text for word in _WORDS)


def _linted(filename: str, text: str, given: _Given) -> list[Place]:
    """What is to be said of a file that may be a migration; raises nothing."""
    collects = gc.isenabled()
    # As on the command line: what is made here has no circles, and looking for them takes long.
    gc.disable()
    try:
        return _findings(filename, text, given)
    except Exception as why:  # noqa: BLE001 - flake8 would end here, for all files
        return [(1, 0, f"{FAILED} {_why(why)}")]
    finally:
        if collects:
            gc.enable()


def _findings(filename: str, text: str, given: _Given) -> list[Place]:
    cwd = os.getcwd()
    file = os.path.abspath(os.path.join(cwd, filename))
    if _is_on_disk(file, text):
        check = partial(_said, cwd=cwd, given=given)
        return _recall().of(file, (cwd, given), check, Plugin.runs)
    if not file.endswith(".py"):
        return []  # standard input without a name: nobody knows which history it is in
    overlay = {file: text.encode("utf-8", "surrogatepass")}
    return _said([file], cwd=cwd, given=given, overlay=overlay)[file]


def _said(
    files: list[str], *, cwd: str, given: _Given, overlay: dict[str, bytes] | None = None
) -> dict[str, list[Place]]:
    """What is to be said of each of these files, which are migrations of one folder."""
    from migralint import cache, engine
    from migralint.finding import SEVERITIES
    from migralint.report import counted
    from migralint.report.terminal import escape

    settings = _settings(cwd, given)
    report = engine.check(
        files,
        settings,
        cwd=cwd,
        force_exclude=True,
        cache=_cache(cache.folder_of(settings, cwd)),
        overlay=overlay,
        apart=True,
    )
    least = SEVERITIES.index(settings.fail_on)
    said: dict[str, list[Place]] = {file: [] for file in files}
    for finding in counted(report):
        # A history can have findings elsewhere, in its settings for one.
        places = said.get(os.path.abspath(os.path.join(cwd, finding.path)))
        if places is not None and SEVERITIES.index(finding.severity) >= least:
            line, column = finding.source.position(finding.span.start)
            places.append((line, column - 1, f"{finding.code} {escape(finding.message)}"))
    for crash in report.crashes:
        error = escape(crash.error)
        message = f"{FAILED} internal error in {crash.rule}: {error}; the rest was linted"
        said[os.path.abspath(os.path.join(cwd, crash.path))].append((crash.line, 0, message))
    return said


def _is_on_disk(file: str, text: str) -> bool:
    """Whether this is the file as it is on disk, read in the way that flake8 does: then it is left
    to the engine to read, so that nothing can differ from the command line."""
    try:
        try:
            with tokenize.open(file) as lines:
                found = lines.read()
        except (SyntaxError, UnicodeError):
            with open(file, encoding="latin-1") as lines:
                found = lines.read()
    except OSError:
        return False
    return found == text.replace("\r\n", "\n").replace("\r", "\n")


def _settings(cwd: str, given: _Given) -> Settings:
    """The configuration with flake8's options on top."""
    from argparse import ArgumentTypeError

    from msgspec.structs import replace

    from migralint import arguments, config, selection
    from migralint.errors import UsageError
    from migralint.finding import SEVERITIES

    settings = config.load(cwd, given.config or None)
    selection.validate(settings)
    name = ""
    try:
        if given.postgres_version:
            name = "postgres-version"
            version = arguments.postgres_version(given.postgres_version)
            settings = replace(settings, postgres_version=version)
        name = "fail-on"
        settings = replace(settings, fail_on=arguments.one_of(*SEVERITIES)(given.fail_on))
    except ArgumentTypeError as why:
        raise UsageError(f"--migralint-{name}: {why}") from why
    return selection.reselected(
        settings, select=given.select or None, extend_select=(), ignore=given.ignore
    )


@lru_cache
def _cache(folder: str) -> Cache:
    """What this process has read, under digests of it: nothing that one file leaves to the next,
    but it does not read their history again."""
    from migralint.cache import Cache

    return Cache(folder)


@lru_cache
def _recall() -> Recall:
    from migralint.recall import Recall

    return Recall()


def _why(why: Exception) -> str:
    """What went wrong, on one line that any terminal can show."""
    from migralint.errors import MigralintError

    if isinstance(why, MigralintError):
        said = f"migralint cannot run: {why}"
    else:
        said = f"internal error: {type(why).__name__}: {why}; this file was not linted"
    return " ".join(said.encode("utf-8", "backslashreplace").decode().split())
