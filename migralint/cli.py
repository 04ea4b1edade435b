"""The command line: arguments in, a document out, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from migralint import options
from migralint.errors import MigralintError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from migralint.cache import Cache
    from migralint.config import Settings
    from migralint.finding import Coverage, Report

CLEAN, FINDINGS, ERROR, INTERRUPTED = 0, 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = run(arguments)
        sys.stdout.flush()
        return status
    except MigralintError as why:
        complain(str(why))
        return ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`); the interpreter must not trip over it again
        # at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLEAN
    except Exception as why:  # noqa: BLE001 - a crash is exit 2, not 1
        import traceback

        traceback.print_exc()
        complain(f"internal error: {type(why).__name__}: {why}")
        return ERROR


def run(arguments: list[str]) -> int:
    command, rest = "check", arguments
    if arguments and arguments[0] in options.COMMANDS:
        command, rest = arguments[0], arguments[1:]
    elif arguments[:1] in (["--version"], ["-V"]):
        from migralint import __version__

        print(f"migralint {__version__}")
        return CLEAN
    return {"check": check, "locks": locks, "rules": rules, "explain": explain, "clean": clean}[
        command
    ](rest)


def check(arguments: list[str]) -> int:
    """Lint."""
    given = options.check().read(arguments)
    from migralint import engine, report, selection

    settings = _settings(given)
    enabled = selection.enabled(settings)
    with _input(given) as (paths, cwd, overlay):
        found = engine.check(
            paths,
            settings,
            cwd=cwd,
            tool=given.tool,
            dialect=given.dialect,
            force_exclude=given.force_exclude,
            jobs=given.jobs or _processors(),
            cache=_cache(given, settings),
            overlay=overlay,
        )
    document = given.format in report.DOCUMENTS
    colour = not document and _colour(given.output)
    statistics = report.render_statistics(found, colour=colour) if given.statistics else ""
    if statistics and not document:
        _write(statistics, given.output)
    else:
        text = report.render(given.format, found, enabled=enabled, cwd=os.getcwd(), colour=colour)
        _write(text, given.output)
        sys.stderr.write(statistics)
    return _status(found, settings, given)


def _status(found: Report, settings: Settings, given: Namespace) -> int:
    from migralint.finding import SEVERITIES

    for crash in found.crashes:
        complain(
            f"internal error in {crash.rule} at {crash.path}:{crash.line}: {crash.error}; "
            "the rest was linted"
        )
    if found.crashes:
        return ERROR
    if not (given.paths and given.force_exclude):  # else what is named may well be no migration
        _nothing_read(found.coverage)
    least = SEVERITIES.index(settings.fail_on)
    fails = any(
        finding.suppressed is None and SEVERITIES.index(finding.severity) >= least
        for finding in found.findings
    )
    return FINDINGS if fails and not given.exit_zero else CLEAN


def _nothing_read(coverage: Coverage) -> bool:
    """Whether there was no file to read; it is not passed over in silence."""
    if coverage.files:
        return False
    seen = bool(coverage.not_analysed)
    complain(f"warning: no migrations {'could be analysed' if seen else 'found'}")
    return True


def _processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def locks(arguments: list[str]) -> int:
    """Print what each statement does."""
    given = options.locks().read(arguments)
    from migralint import engine, report

    settings = _settings(given)
    with _input(given) as (paths, cwd, overlay):
        statements, coverage = engine.locks(
            paths,
            settings,
            cwd=cwd,
            down=given.down,
            tool=given.tool,
            dialect=given.dialect,
            force_exclude=given.force_exclude,
            cache=_cache(given, settings),
            overlay=overlay,
        )
    colour = given.format == "text" and _colour(given.output)
    _write(report.render_locks(given.format, statements, colour=colour), given.output)
    if not _nothing_read(coverage):
        # A statement says of itself that it is not known; a place has no other way to be named.
        for place in coverage.not_analysed:
            if not place.line:
                complain(f"warning: {place.path}: {place.reason}")
    return CLEAN


def rules(arguments: list[str]) -> int:
    """List the rules."""
    given = options.rules().read(arguments)
    from migralint import registry

    known = registry.load().values()
    if given.format == "json":
        import json

        entries = [
            {
                "code": rule.code,
                "name": rule.name,
                "family": rule.family,
                "severity": rule.severity,
                "default": rule.default,
                "dialects": sorted(rule.dialects),
                "summary": rule.summary,
            }
            for rule in known
        ]
        _write(json.dumps(entries, indent=2) + "\n", None)
        return CLEAN
    longest = max((len(rule.name) for rule in known), default=0)
    lines = [
        f"{rule.code}  {rule.name:<{longest}}  "
        f"{rule.severity if rule.default else 'off':<7}  {rule.summary}\n"
        for rule in known
    ]
    _write("".join(lines), None)
    return CLEAN


def explain(arguments: list[str]) -> int:
    """Print the page of a rule."""
    given = options.explain().read(arguments)
    from migralint import pages, registry

    is_code = given.rule.upper().startswith("MIG")
    codes = registry.resolve(given.rule.upper() if is_code else given.rule.lower())
    if len(codes) != 1:
        raise UsageError(
            f"{given.rule} stands for {len(codes)} rules; `migralint rules` lists them"
        )
    text = pages.explain(registry.RULES[min(codes)].name)
    if sys.stdout.isatty():
        import pydoc

        pydoc.pager(text)
    else:
        _write(text, None)
    return CLEAN


def clean(arguments: list[str]) -> int:
    """Remove the cache."""
    given = options.clean().read(arguments)
    from migralint import cache, config

    folder = _cache(given, config.load(os.getcwd(), given.config)).folder
    if folder is None:
        raise UsageError("--no-cache leaves nothing to clean")
    try:
        count = cache.clean(folder)
    except OSError as why:
        raise UsageError(f"cannot remove {folder}: {why.strerror or why}") from why
    shown = os.path.relpath(folder) if os.path.isabs(folder) else folder
    _write(f"Removed {count} file{'' if count == 1 else 's'} of {shown}\n", None)
    return CLEAN


def _cache(given: Namespace, settings: Settings) -> Cache:
    """Where this run keeps what it reads."""
    from migralint.cache import Cache, folder_of

    if given.no_cache:
        return Cache(None)
    cwd = os.getcwd()
    if given.cache_dir:
        return Cache(os.path.join(cwd, given.cache_dir))
    return Cache(folder_of(settings, cwd))


@contextmanager
def _input(given: Namespace) -> Iterator[tuple[list[str], str, dict[str, bytes] | None]]:
    """The paths to read, the folder that they are seen from, and what stands in for files.

    Standard input stands in for the file of its name, which need not be there yet, so that the
    history around it is known. Without a name, or in a folder that is not there, it is a history of
    its own.
    """
    cwd = os.getcwd()
    paths: list[str] = given.paths or ["."]
    if "-" not in paths:
        if given.stdin_filename:
            raise UsageError("--stdin-filename names standard input; give - as the path, too")
        for path in paths:
            hint = _command_hint(path, paths)
            if hint and not os.path.lexists(path):
                raise UsageError(f"{path}: there is no such file or folder{hint}")
        yield paths, cwd, None
        return
    if len(paths) > 1:
        raise UsageError("- is standard input, which stands alone: give no other path")
    text = sys.stdin.buffer.read()
    name = given.stdin_filename or "stdin.sql"
    file = os.path.abspath(os.path.join(cwd, name))
    if given.stdin_filename and os.path.isdir(os.path.dirname(file)) and not os.path.isdir(file):
        yield [name], cwd, {file: text}
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        inside = os.path.relpath(file, cwd)
        inside = os.path.basename(file) if inside.startswith(os.pardir) else inside
        file = os.path.join(folder, inside)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "wb") as made:
            made.write(text)
        yield [inside], folder, None


def _command_hint(path: str, paths: list[str]) -> str:
    """Where a word was meant as a command."""
    if os.sep in path or "." in path:
        return ""
    if path in ("help", "version"):
        return f"; did you mean --{path}?"
    if path in options.COMMANDS:
        return f"; the command {path} comes before its options"
    return options.did_you_mean(path, options.COMMANDS) if path == paths[0] else ""


def _settings(given: Namespace) -> Settings:
    """The configuration with the command line on top."""
    from msgspec.structs import replace

    from migralint import config, selection

    cwd = os.getcwd()
    settings = config.load(cwd, given.config)
    selection.validate(settings)
    changes: dict[str, Any] = {}
    if given.postgres_version is not None:
        changes["postgres_version"] = given.postgres_version
    if given.exclude:
        changes["extend_exclude"] = (
            *settings.extend_exclude,
            *(config.anchored(cwd, pattern) for pattern in _flat(given.exclude)),
        )
    if getattr(given, "fail_on", None):
        changes["fail_on"] = given.fail_on
    settings = replace(settings, **changes)
    if "select" not in given:
        return settings
    return selection.reselected(
        settings,
        select=_flat(given.select) if given.select is not None else None,
        extend_select=_flat(given.extend_select or ()),
        ignore=_flat(given.ignore or ()),
    )


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return [word for words in lists for word in words]


def _colour(output: str | None) -> bool:
    """NO_COLOR and FORCE_COLOR as https://no-color.org has them: set and not empty."""
    if output or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    )


def _write(document: str, output: str | None) -> None:
    """To a file or to standard output, always in UTF-8: a document is the same everywhere."""
    data = document.encode("utf-8", "backslashreplace")
    if output:
        try:
            with open(output, "wb") as file:
                file.write(data)
        except OSError as why:
            raise UsageError(f"cannot write {output}: {why.strerror or why}") from why
        return
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:  # a stand-in without bytes below it
        sys.stdout.write(data.decode())
        return
    sys.stdout.flush()
    raw.write(data)
    raw.flush()


def complain(message: str) -> None:
    """One line for people, beside the document."""
    from migralint.report.terminal import escape

    print(f"migralint: {escape(message)}", file=sys.stderr)
