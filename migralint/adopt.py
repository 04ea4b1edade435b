"""The options for old projects: what goes with what, and what is done with the baseline."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migralint import output
from migralint.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from migralint.config import Settings
    from migralint.finding import Report


def adopted(settings: Settings, given: Namespace) -> Settings:
    """The settings with the command line's baseline. Raises UsageError for options that do not go
    together."""
    if given.changed_since is not None and given.paths == ["-"]:
        raise UsageError("--changed-since is about files that git knows, not standard input")
    if given.write_baseline is not None:
        for name in ("baseline", "prune_baseline", "fix", "diff"):
            if getattr(given, name):
                option = name.replace("_", "-")
                raise UsageError(f"--write-baseline does not go together with --{option}")
        return replace(settings, baseline=None)
    if given.baseline is not None:
        settings = replace(settings, baseline=os.path.abspath(given.baseline))
    if given.prune_baseline and (given.fix or given.diff):
        raise UsageError("--prune-baseline does not go together with --fix or --diff")
    if given.prune_baseline and settings.baseline is None:
        raise UsageError("--prune-baseline needs --baseline FILE, or baseline in the configuration")
    return settings


def baseline(
    found: Report, settings: Settings, given: Namespace, enabled: frozenset[str]
) -> Report:
    """Write or prune the baseline; the report as it is with it."""
    from migralint.baseline import known, prune, renew

    if found.crashes:
        return found  # Nobody knows what else there is to find.
    paths = given.paths or ["."]
    if given.write_baseline:
        path = os.path.abspath(given.write_baseline)
        count = renew(found, path, paths, enabled, os.getcwd())
        what = f"{count} finding{'' if count == 1 else 's'}"
        if not given.quiet:
            output.complain(f"wrote {what} to {given.write_baseline}")
        return known(found, path, paths, enabled, os.getcwd())
    assert settings.baseline is not None
    prune(settings.baseline, found.stale)
    count = len(found.stale)
    if not given.quiet:
        output.complain(f"removed {count} stale entr{'y' if count == 1 else 'ies'} of the baseline")
    kept = tuple(each for each in found.warnings if "--prune-baseline" not in each)
    return replace(found, stale=frozenset(), warnings=kept)
