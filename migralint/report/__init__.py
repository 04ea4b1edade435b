"""Findings in, a document out; each format is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module
from typing import Any

from migralint.finding import Finding, Report, Severity, StatementEffects

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html")
"""How a report can be written."""
DOCUMENTS = frozenset(FORMATS[2:])
"""Formats that a machine reads: nothing else may stand beside the document."""


def render(
    format: str,
    report: Report,
    *,
    enabled: Collection[str],
    cwd: str,
    colour: bool = False,
    **asked: Any,
) -> str:
    """A report as a document, with the line end after its last line; "" where there is nothing to
    say.

    `enabled` are the codes of the rules that were on; `cwd` is what the findings' paths are
    relative to; `asked` is what the one format takes beside.
    """
    document: str = import_module(f"migralint.report.{format}").render(
        report, enabled=enabled, cwd=cwd, colour=colour, **asked
    )
    return document


def render_locks(
    format: str, statements: Iterable[StatementEffects], *, colour: bool = False
) -> str:
    """The document of `migralint locks`: text or json."""
    from migralint.report import locks

    return (
        locks.render_json(statements)
        if format == "json"
        else locks.render_text(statements, colour=colour)
    )


def render_statistics(report: Report, *, colour: bool = False) -> str:
    """How often each rule spoke, most often first."""
    from migralint.report import statistics

    return statistics.render(report, colour=colour)


def counted(report: Report) -> list[Finding]:
    """The findings that nothing suppressed."""
    return [finding for finding in report.findings if finding.suppressed is None]


def summary(report: Report) -> dict[Severity, int]:
    """How many findings of each severity count."""
    counts: dict[Severity, int] = {"error": 0, "warning": 0, "info": 0}
    for finding in counted(report):
        counts[finding.severity] += 1
    return counts


def many(number: int, what: str) -> str:
    """A number with its noun: 2 files, 2 info."""
    return f"{number} {what}{'' if number == 1 or what == 'info' else 's'}"


def utf8(text: str) -> str:
    """Text that UTF-8 can hold: a file name that is none has lone surrogates in it."""
    return text.encode("utf-8", "backslashreplace").decode()
