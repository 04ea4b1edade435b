"""How often each rule spoke."""

from __future__ import annotations

from collections import Counter

from migralint.finding import Report
from migralint.report import counted
from migralint.report.terminal import Style
from migralint.report.text import closing


def render(report: Report, *, colour: bool = False) -> str:
    style = Style(colour)
    findings = counted(report)
    counts = Counter((finding.code, finding.name, finding.severity) for finding in findings)
    width = len(str(max(counts.values(), default=0)))
    longest = max((len(name) for _, name, _ in counts), default=0)
    lines = [
        f"{number:>{width}}  {code}  {name:<{longest}}  {style.severity(severity, severity)}"
        for (code, name, severity), number in sorted(
            counts.items(), key=lambda entry: (-entry[1], entry[0])
        )
    ]
    lines.extend(closing(report, style))
    return "\n".join(lines) + "\n"
