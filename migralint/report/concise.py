"""One line a finding, for editors and for grep."""

from __future__ import annotations

from collections.abc import Collection

from migralint.finding import Report
from migralint.report import counted
from migralint.report.terminal import Style, escape
from migralint.report.text import closing


def render(
    report: Report,
    *,
    enabled: Collection[str],
    cwd: str,
    colour: bool = False,
    quiet: bool = False,
) -> str:
    style = Style(colour)
    lines = []
    for finding in counted(report):
        line, column = finding.source.position(finding.span.start)
        place = style.place(f"{escape(finding.path)}:{line}:{column}")
        severity = style.severity(finding.severity, f"[{finding.severity}]")
        lines.append(f"{place}: {finding.code} {severity} {escape(finding.message)}")
    if not quiet:
        lines.extend(closing(report, style))
    return "".join(f"{line}\n" for line in lines)
