"""A comment for a pull request, or the summary of a step, in GitHub's Markdown.

Its first line is a mark by which a workflow finds the comment again, to renew it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import groupby

from migralint.finding import SEVERITIES, Finding, Report, Severity
from migralint.report import counted, many, summary
from migralint.report.terminal import escape

MARK = "<!-- migralint -->"
LONGEST = 65_536
"""Characters that GitHub takes as a comment, in UTF-16 units to be sure of it."""
LISTED = 10
"""Places that were not analysed, listed by name."""
_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&$]")
_CALLS = re.compile(r"(?<=[@#])(?=.)|(?=://)|(?<=www)(?=\.)", re.IGNORECASE)
"""Where a word joiner, which nobody sees, keeps text from becoming a mention or a link."""
_CODE = re.compile(r"`([^`\n]+)`")


def render(report: Report, *, enabled: Collection[str], cwd: str, colour: bool = False) -> str:
    findings = counted(report)
    end = "".join(_end(report))
    text = "".join(_start(report))
    room = LONGEST - _units(text) - _units(end) - 200  # for the line that counts what is left out
    shown = 0
    for path, group in groupby(findings, key=lambda finding: finding.path):
        for number, finding in enumerate(group):
            block = f"\n### {_code(path)}\n\n" if number == 0 else ""
            block += _finding(finding)
            room -= _units(block)
            if room < 0:
                left = many(len(findings) - shown, "finding")
                text += f"\n**{left} more: a comment has room for {LONGEST:,} characters.**\n"
                return text + end
            text += block
            shown += 1
    return text + end


def _start(report: Report) -> Iterator[str]:
    counts = summary(report)
    yield f"{MARK}\n## migralint\n\n"
    if not any(counts.values()):
        yield "No problems.\n"
        return
    rules: dict[tuple[str, str, Severity], int] = {}
    for finding in counted(report):
        key = finding.code, finding.name, finding.severity
        rules[key] = rules.get(key, 0) + 1
    yield ", ".join(
        f"**{many(counts[severity], severity)}**"
        for severity in reversed(SEVERITIES)
        if counts[severity]
    )
    yield "\n\n| rule | severity | findings |\n|---|---|--:|\n"
    gravest = sorted(
        rules.items(), key=lambda rule: (-SEVERITIES.index(rule[0][2]), -rule[1], rule[0])
    )
    for (code, name, severity), count in gravest:
        yield f"| {code} {name} | {severity} | {count} |\n"


def _finding(finding: Finding) -> str:
    line, _ = finding.source.position(finding.span.start)
    said = (
        f"- **{finding.severity}** line {line}, {finding.code} {finding.name}: "
        f"{_prose(finding.message)}\n"
    )
    return f"{said}  <br>{_prose(finding.help)}\n" if finding.help else said


def _end(report: Report) -> Iterator[str]:
    coverage = report.coverage
    ignored = len(report.findings) - len(counted(report))
    yield (
        f"\nRead {many(coverage.migrations, 'migration')} "
        f"({many(coverage.statements, 'statement')}) in {many(coverage.files, 'file')}"
        f"{f'; {ignored} ignored' if ignored else ''}.\n"
    )
    for note in report.notes:
        yield f"{_prose(note)}\n"
    places = coverage.not_analysed
    if not places:
        return
    yield f"\n<details><summary>{many(len(places), 'place')} not analysed</summary>\n\n"
    for each in places[:LISTED]:
        line = f" line {each.line}" if each.line else ""
        yield f"- {_code(each.path)}{line}: {_prose(each.reason[:300])}\n"
    if len(places) > LISTED:
        yield f"- and {len(places) - LISTED} more\n"
    yield "\n</details>\n"


def _prose(text: str) -> str:
    """Text of ours with names of the user's in it: what stands between backticks stays code, all
    else is no markup, calls nobody (`@`) and links nowhere (`#1`)."""
    shown, at = "", 0
    text = " ".join(text.split())
    for match in _CODE.finditer(text):
        shown += _plain(text[at : match.start()]) + _code(match[1])
        at = match.end()
    return shown + _plain(text[at:])


def _plain(text: str) -> str:
    safe = _MARKUP.sub(_escaped, escape(text))
    return _CALLS.sub("\u2060", safe)


def _escaped(match: re.Match[str]) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(match[0], f"\\{match[0]}")


def _code(text: str) -> str:
    """A code span: its fence is longer than any in it."""
    text = escape(text)
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
