"""Linting from Python: what `from migralint import lint` gives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from migralint import config, engine, selection
from migralint.finding import Report


def lint(
    *paths: str | os.PathLike[str],
    cwd: str | os.PathLike[str] | None = None,
    configuration: str | os.PathLike[str] | None = None,
    postgres_version: int | None = None,
    tool: str | None = None,
    dialect: str | None = None,
    select: Iterable[str] | None = None,
    extend_select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    changed_since: str | None = None,
    fixes: bool = False,
    files: Mapping[str, str | bytes] | None = None,
) -> Report:
    """Lint files and folders (the current folder, where none is named), as `migralint check` does.

    The findings' paths are relative to `cwd` (the current folder), from where the configuration is
    looked for as well; `configuration` names its file. Rules go by code, name or prefix. With
    `fixes`, findings that can be mended carry a `Fix`; nothing is written. `files` stand in for
    files on disk, path (relative to `cwd`) to text or bytes: what an editor holds, or what is not
    there yet.

    Findings that a comment or the configuration suppresses are in the report, with `suppressed`
    set. Positions are spans of characters; `finding.source.position(finding.span.start)` is the
    line and column, both 1-based.

    Raises UsageError for what cannot be done, ConfigurationError for a configuration that cannot be
    used; a problem of a migration is a finding.
    """
    here = os.path.abspath(os.fspath(cwd) if cwd is not None else os.getcwd())
    settings = config.load(here, os.fspath(configuration) if configuration is not None else None)
    selection.validate(settings)
    if postgres_version is not None:
        settings = replace(settings, postgres_version=postgres_version)
    settings = selection.reselected(
        settings,
        select=None if select is None else list(select),
        extend_select=list(extend_select),
        ignore=list(ignore),
    )
    given: dict[str, Any] = {"tool": tool, "dialect": dialect, "changed_since": changed_since}
    if files is not None:
        given["overlay"] = {
            os.path.normpath(os.path.join(here, path)): text.encode()
            if isinstance(text, str)
            else text
            for path, text in files.items()
        }
    asked = [os.fspath(path) for path in paths] or ["."]
    return engine.check(asked, settings, cwd=here, fixes=fixes, **given)
