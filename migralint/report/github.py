"""Workflow commands of GitHub Actions, which become annotations of the lines that they name.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions; what is escaped, and
how, is as in the runner's own toolkit (actions/toolkit, packages/core/src/command.ts).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from migralint.finding import SEVERITIES, Finding, Report
from migralint.report import counted, many, summary, utf8
from migralint.report.places import Places
from migralint.report.terminal import escape, wrapped

COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
SHOWN = 10
"""Annotations of one type that GitHub shows for a step; it drops the others without a word."""


def render(report: Report, *, enabled: Collection[str], cwd: str, colour: bool = False) -> str:
    places = Places(cwd)
    findings = sorted(counted(report), key=lambda each: -SEVERITIES.index(each.severity))
    lines = [_command(finding, places) for finding in findings]
    lines += _hidden(report)
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding, places: Places) -> str:
    line, column = finding.source.position(finding.span.start)
    end = max(finding.span.start, finding.span.end - 1)
    end_line, end_column = finding.source.position(end)
    properties = {
        "file": places.shown(finding.path),
        "line": str(line),
        "endLine": str(end_line),
        "col": str(column),
        # GitHub takes columns for a single line only.
        "endColumn": str(end_column + 1) if end_line == line else "",
        "title": f"{finding.code} {finding.name}",
    }
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    text = [*wrapped(finding.message), *(wrapped(finding.help) if finding.help else ())]
    return f"::{COMMANDS[finding.severity]} {given}::{_data(chr(10).join(text))}"


def _data(text: str) -> str:
    return utf8(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return escape(_data(text)).replace(":", "%3A").replace(",", "%2C")


def _hidden(report: Report) -> Iterator[str]:
    for severity, count in summary(report).items():
        if count > SHOWN:
            kind = COMMANDS[severity]
            yield (
                f"GitHub shows {SHOWN} {kind}s of a step as annotations: "
                f"{many(count - SHOWN, kind)} more {'is' if count - SHOWN == 1 else 'are'} "
                "only in this log."
            )
