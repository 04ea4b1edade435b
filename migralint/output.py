"""Where documents go: standard output, a file, the summary of a step; and what is said beside."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from migralint.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Collection

    from migralint.finding import Report


def report(found: Report, given: Namespace, enabled: Collection[str], done: str = "") -> None:
    """Write the report in the format that was asked for; `done` is what is to be said of fixes."""
    from migralint import report

    document = given.format in report.DOCUMENTS
    paint = not document and colour(given)
    statistics = report.render_statistics(found, colour=paint) if given.statistics else ""
    known: dict[str, Any] = {"enabled": enabled, "cwd": os.getcwd()}
    if statistics and not document:
        write(statistics, given.output)
    else:
        more: dict[str, Any] = {"colour": paint}
        if given.format == "sarif":
            more["category"] = given.sarif_category or ""
            more["suppressed"] = given.sarif_include_suppressed
        if not document:
            more["quiet"] = given.quiet
        write(report.render(given.format, found, **known, **more), given.output)
        sys.stderr.write(statistics)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if given.format == "github" and summary:
        try:
            with open(summary, "ab") as file:  # another step, or tool, may have begun it
                file.write(report.render("markdown", found, **known).encode())
        except OSError as why:
            complain(f"warning: cannot write the summary of the step: {why.strerror or why}")
    if done:
        print(done, file=sys.stderr if document or given.output else sys.stdout)


def colour(given: Namespace) -> bool:
    """Whether to paint: what was asked for, else NO_COLOR and FORCE_COLOR as https://no-color.org
    has them (set and not empty), else whether it goes to a terminal."""
    if given.color != "auto":
        return bool(given.color == "always")
    if given.output or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    )


def write(document: str, output: str | None) -> None:
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
