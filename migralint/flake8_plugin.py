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
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from migralint import __version__

if TYPE_CHECKING:
    from argparse import Namespace

    from migralint.cache import Cache
    from migralint.config import Settings

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
        cls.given = _Given(
            options.migralint_config,
            options.migralint_postgres_version,
            tuple(options.migralint_select),
            tuple(options.migralint_ignore),
            options.migralint_fail_on,
        )

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        text = "".join(self._lines)
        folder, name = os.path.split(os.path.abspath(self._filename))
        at_home = os.path.basename(folder) == _FOLDER and name != "__init__.py"
        if at_home or any(word in text for word in _WORDS):
            for line, column, message in _linted(self._filename, text, self.given):
                yield line, column, message, type(self)


def _linted(filename: str, text: str, given: _Given) -> list[Place]:
    """What is to be said of a file that may be a migration; raises nothing."""
    collects = gc.isenabled()
    # As on the command line: what is made here has no circles, and looking for them takes long.
    gc.disable()
    try:
        return list(_findings(filename, text, given))
    except Exception as why:  # noqa: BLE001 - flake8 would end here, for all files
        return [(1, 0, f"{FAILED} {_why(why)}")]
    finally:
        if collects:
            gc.enable()


def _findings(filename: str, text: str, given: _Given) -> Iterator[Place]:
    cwd = os.getcwd()
    file = os.path.abspath(os.path.join(cwd, filename))
    same = _is_on_disk(file, text)
    if not same and not file.endswith(".py"):
        return  # standard input without a name: nobody knows which history it is in

    from migralint import cache, engine
    from migralint.finding import SEVERITIES
    from migralint.report import counted
    from migralint.report.terminal import escape

    settings = _settings(cwd, given)
    report = engine.check(
        [file],
        settings,
        cwd=cwd,
        force_exclude=True,
        cache=_cache(cache.folder_of(settings, cwd)),
        overlay=None if same else {file: text.encode("utf-8", "surrogatepass")},
    )
    least = SEVERITIES.index(settings.fail_on)
    for finding in counted(report):
        # A history can have findings elsewhere, in its settings for one.
        if os.path.abspath(os.path.join(cwd, finding.path)) != file:
            continue
        if SEVERITIES.index(finding.severity) >= least:
            line, column = finding.source.position(finding.span.start)
            yield line, column - 1, f"{finding.code} {escape(finding.message)}"
    for crash in report.crashes:
        error = escape(crash.error)
        yield (
            crash.line,
            0,
            f"{FAILED} internal error in {crash.rule}: {error}; the rest was linted",
        )


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

    from migralint import config, options, selection
    from migralint.errors import UsageError
    from migralint.finding import SEVERITIES

    settings = config.load(cwd, given.config or None)
    selection.validate(settings)
    name = ""
    try:
        if given.postgres_version:
            name = "postgres-version"
            version = options.postgres_version(given.postgres_version)
            settings = replace(settings, postgres_version=version)
        name = "fail-on"
        settings = replace(settings, fail_on=options.one_of(*SEVERITIES)(given.fail_on))
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


def _why(why: Exception) -> str:
    """What went wrong, on one line that any terminal can show."""
    from migralint.errors import MigralintError

    if isinstance(why, MigralintError):
        said = f"migralint cannot run: {why}"
    else:
        said = f"internal error: {type(why).__name__}: {why}; this file was not linted"
    return " ".join(said.encode("utf-8", "backslashreplace").decode().split())
