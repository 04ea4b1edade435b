"""`--watch`: lint again whenever a file changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from migralint import output
from migralint.errors import MigralintError, UsageError
from migralint.source import MIGRATIONS

_ENDINGS = MIGRATIONS + tuple(".toml .conf .properties .yaml .yml .xml .json .hcl".split())


def watch(paths: Sequence[str], run: Callable[[], object]) -> None:
    """Run now and after each change below the folders of the paths, until somebody stops it. What
    is wrong with a call is said, and may be mended meanwhile. Raises UsageError without
    watchfiles."""
    try:
        from watchfiles import watch as changes
    except ImportError as why:
        raise UsageError("--watch needs watchfiles: pip install 'migralint[watch]'") from why
    folders = {path if os.path.isdir(path) else os.path.dirname(path) or "." for path in paths}
    _again(run)
    for _ in changes(*folders, watch_filter=lambda _, path: path.endswith(_ENDINGS)):
        if sys.stdout.isatty():
            print("\x1b[2J\x1b[H", end="")  # the terminal, empty
        _again(run)


def _again(run: Callable[[], object]) -> None:
    try:
        run()
    except MigralintError as why:
        output.complain(str(why))
    sys.stdout.flush()
    output.complain("waiting for changes; Ctrl-C ends")
