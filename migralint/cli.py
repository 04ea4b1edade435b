"""The command line: arguments in, a document out, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from migralint import options, output
from migralint.arguments import did_you_mean
from migralint.errors import MigralintError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from migralint.config import Settings
    from migralint.finding import Coverage, Report
    from migralint.fix import Outcome

FIXABLE = frozenset({"json", "sarif"})
"""Formats that say of a finding whether it could be mended."""
READABLE = 2_000
"""So many findings are looked through for fixes, only to count these."""
CLEAN, FINDINGS, ERROR, INTERRUPTED = 0, 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = run(arguments)
        sys.stdout.flush()
        return status
    except MigralintError as why:
        output.complain(str(why))
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
        output.complain(f"internal error: {type(why).__name__}: {why}")
        return ERROR


def run(arguments: list[str]) -> int:
    command, rest = "check", arguments
    if arguments and arguments[0] in options.COMMANDS:
        command, rest = arguments[0], arguments[1:]
    elif arguments[:1] in (["--version"], ["-V"]):
        from migralint import __version__

        print(f"migralint {__version__}")
        return CLEAN
    elif arguments[:1] in (["--help"], ["-h"]):
        output.write(options.overview(), None)
        return CLEAN
    if command in ("check", "locks"):
        return {"check": check, "locks": locks}[command](rest)
    from migralint import commands

    known = {
        "rules": commands.rules,
        "explain": commands.explain,
        "config": commands.config,
        "init": commands.init,
        "clean": commands.clean,
        "server": commands.server,
        "generate-shell-completion": commands.completion,
    }
    return known[command](rest)


def check(arguments: list[str]) -> int:
    """Lint."""
    given = options.check().read(arguments)
    if given.watch:
        from migralint import watch

        once = [each for each in arguments if each != "--watch"]
        watch.watch(given.paths or ["."], lambda: check(once))
        return CLEAN
    from migralint import adopt, cache, engine, progress, selection

    settings = _settings(given)
    enabled = selection.enabled(settings)
    with _input(given) as (paths, cwd, overlay):
        asked: dict[str, Any] = {
            "cwd": cwd,
            "tool": given.tool,
            "dialect": given.dialect,
            "force_exclude": given.force_exclude,
            "jobs": given.jobs or _processors(),
            "cache": cache.opened(settings, os.getcwd(), given.cache_dir, off=given.no_cache),
            "overlay": overlay,
            "effects": given.format == "html",
            "changed_since": given.changed_since,
            "start_after": _flat(given.start_after or ()),
            "comments": not given.ignore_suppressions,
        }
        if given.show_files or given.show_settings:
            return _show(paths, settings, given, enabled, asked)
        if given.fix or given.diff or given.add_ignore:
            return _fix(paths, settings, given, enabled, asked)
        with progress.shown():
            found = engine.check(paths, settings, fixes=_fixes(given), **asked)
    if given.write_baseline or given.prune_baseline:
        found = adopt.baseline(found, settings, given, enabled)
    return _report(found, settings, given, enabled)


def _report(
    found: Report, settings: Settings, given: Namespace, enabled: frozenset[str], done: str = ""
) -> int:
    """Write the report; the exit status. `done` is what is to be said of fixes."""
    _looked_at(found, settings, given)
    output.report(found, given, enabled, done)
    return _status(found, settings, given)


def _looked_at(found: Report, settings: Settings, given: Namespace) -> None:
    if given.verbose:
        from migralint import show

        for line in show.looked_at(settings, found.histories):
            output.complain(line)


def _fixes(given: Namespace) -> bool | int:
    """Whether findings say how they could be mended: a document's do, people's as long as somebody
    may read them all."""
    return True if given.format in FIXABLE else READABLE


def _show(
    paths: list[str],
    settings: Settings,
    given: Namespace,
    enabled: frozenset[str],
    asked: dict[str, Any],
) -> int:
    """Say what would be judged, or by which settings."""
    from migralint import engine, show

    known = ("cwd", "tool", "dialect", "force_exclude", "cache", "overlay")
    _, projects = engine.read(paths, settings, **{name: asked[name] for name in known})
    text = show.files(projects) if given.show_files else show.settings(settings, projects, enabled)
    output.write(text, given.output)
    return CLEAN


def _fix(
    paths: list[str],
    settings: Settings,
    given: Namespace,
    enabled: frozenset[str],
    asked: dict[str, Any],
) -> int:
    """Mend the files, or show how."""
    from migralint import fix

    if given.add_ignore and given.ignore_suppressions:
        raise UsageError("--add-ignore does not go together with --ignore-suppressions")
    if given.paths == ["-"] and not given.diff:
        raise UsageError("--fix writes into files; for standard input give --diff")
    reason = given.add_ignore
    outcome = fix.fixed(paths, settings, unsafe=given.unsafe_fixes, ignoring=reason, **asked)
    word = "ignored" if reason else "fixed"
    if given.diff:
        _looked_at(outcome.report, settings, given)
        output.write("".join(fix.diff(outcome, asked["cwd"], asked["overlay"])), given.output)
        if not given.quiet:
            output.complain(_done(outcome, f"would be {word}"))
        status = _status(outcome.report, settings, given)
        changes = bool(outcome.files) and not given.exit_zero
        return ERROR if status == ERROR else FINDINGS if changes else CLEAN
    fix.write(outcome)
    done = "" if given.quiet else _done(outcome, word)
    return _report(outcome.report, settings, given, enabled, done)


def _done(outcome: Outcome, word: str) -> str:
    """What became of the fixes, in a line."""
    count, files = len(outcome.fixed), len(outcome.files)
    said = f"{count} {word}" + (f", in {files} file{'' if files == 1 else 's'}" if files else "")
    return f"{said}."


def _status(found: Report, settings: Settings, given: Namespace) -> int:
    from migralint.finding import SEVERITIES

    for crash in found.crashes:
        output.complain(
            f"internal error in {crash.rule} at {crash.path}:{crash.line}: {crash.error}; "
            "the rest was linted"
        )
    for warning in () if given.quiet else found.warnings:
        output.complain(f"note: {warning}")
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
    if coverage.narrowed:
        return True  # The report says so.
    seen = bool(coverage.not_analysed)
    output.complain(f"warning: no migrations {'could be analysed' if seen else 'found'}")
    return True


def _processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def locks(arguments: list[str]) -> int:
    """Print what each statement does."""
    given = options.locks().read(arguments)
    from migralint import cache, engine, report

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
            cache=cache.opened(settings, os.getcwd(), given.cache_dir, off=given.no_cache),
            overlay=overlay,
        )
    colour = given.format == "text" and output.colour(given)
    output.write(report.render_locks(given.format, statements, colour=colour), given.output)
    if not _nothing_read(coverage):
        # A statement says of itself that it is not known; a place has no other way to be named.
        for place in coverage.not_analysed:
            if not place.line:
                output.complain(f"warning: {place.path}: {place.reason}")
    return CLEAN


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

    from migralint.source import seen_from

    with tempfile.TemporaryDirectory() as folder:
        inside = seen_from(cwd, file)
        if inside.startswith(os.pardir) or os.path.isabs(inside):
            inside = os.path.basename(file)
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
    return did_you_mean(path, options.COMMANDS) if path == paths[0] else ""


def _settings(given: Namespace) -> Settings:
    """The configuration with the command line on top."""
    from msgspec.structs import replace

    from migralint import config, selection

    cwd = os.getcwd()
    inline = list(filter(config.is_inline, given.config or ()))
    files = [each for each in given.config or () if each not in inline]
    if given.isolated and files:
        raise UsageError(f"--isolated reads no configuration file; leave out --config {files[0]}")
    if len(files) > 1:
        raise UsageError(f"--config takes one file, not {' and '.join(files)}")
    if inline:
        selection.validate(config.load(cwd, inline=inline, isolated=True))
    settings = config.load(cwd, *files, inline=inline, isolated=given.isolated)
    selection.validate(settings)
    changes: dict[str, Any] = {}
    if given.postgres_version is not None:
        changes["postgres_version"] = given.postgres_version
    if given.exclude:
        changes["extend_exclude"] = (
            *settings.extend_exclude,
            *(config.anchored(cwd, pattern) for pattern in _flat(given.exclude)),
        )
    if given.respect_gitignore is not None:
        changes["respect_gitignore"] = given.respect_gitignore
    if getattr(given, "fail_on", None):
        changes["fail_on"] = given.fail_on
    settings = replace(settings, **changes)
    if "select" not in given:
        return settings
    from migralint import adopt

    settings = adopt.adopted(settings, given)
    settings = selection.spared(settings, given.per_file_ignores or (), cwd)
    return selection.reselected(
        settings,
        select=_flat(given.select) if given.select is not None else None,
        extend_select=_flat(given.extend_select or ()),
        ignore=_flat(given.ignore or ()),
    )


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return [word for words in lists for word in words]
