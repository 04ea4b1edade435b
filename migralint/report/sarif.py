"""SARIF 2.1.0 as GitHub code scanning takes it.

Every result has a place in a file of the repository (one without makes the whole upload fail),
paths are relative to the root of the repository, and the limits are GitHub's:
https://docs.github.com/code-security (SARIF support).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from migralint import __version__, pages
from migralint.finding import SEVERITIES, Crash, Finding, Fix, Report, fingerprints
from migralint.registry import Rule, load
from migralint.report import counted, utf8
from migralint.report.linehash import LineHashes
from migralint.report.places import Places
from migralint.source import Source, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
PROBLEMS = {"error": "error", "warning": "warning", "info": "recommendation"}
RESULTS = 25_000
RELATED = 100
NOTIFICATIONS = 200
TEXT = 1024
"""Characters of a rule's description."""
SECURITY = {
    "definer-without-search-path": "7.0",
    "granted-to-public": "5.0",
    "row-security-disabled": "5.0",
    "view-bypasses-row-security": "5.0",
}
"""Rules whose findings are security alerts to GitHub: high (7.0 to 8.9) where somebody gets the
rights of another role, medium (4.0 to 6.9) where somebody sees what was not meant for them. All
others are about safe migrations, which is no security."""


def render(
    report: Report,
    *,
    enabled: Collection[str],
    cwd: str,
    colour: bool = False,
    category: str = "",
    suppressed: bool = False,
) -> str:
    """`category` tells the reports of one commit apart; `suppressed` findings are left out unless
    asked for, since GitHub shows them like any other."""
    place = Places(cwd)
    findings = list(report.findings) if suppressed else counted(report)
    baseline = any(_in_baseline(finding) for finding in findings)
    keys = fingerprints(findings)
    rules = load()
    listed = [rules[code] for code in sorted({*enabled, *(finding.code for finding in findings)})]
    numbers = {rule.code: number for number, rule in enumerate(listed)}
    chosen, left_out = _capped(findings)
    hashes: dict[str, LineHashes] = {}
    results = []
    for number in chosen:
        finding = findings[number]
        lines = hashes.get(finding.path)
        if lines is None:
            mark = _has_mark(os.path.join(cwd, finding.path))
            lines = hashes[finding.path] = LineHashes(finding.source.text, mark=mark)
        result = _result(finding, numbers[finding.code], keys[number], lines, place)
        if baseline:  # It is said of all results or of none.
            result["baselineState"] = "unchanged" if _in_baseline(finding) else "new"
        results.append(result)
    driver: dict[str, Any] = {
        "name": "migralint",
        "semanticVersion": __version__,
        "informationUri": pages.HOME,
        "rules": [_rule(rule) for rule in listed],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.crashes,
                "toolExecutionNotifications": list(_notifications(report, left_out, place)),
            }
        ],
        "results": results,
    }
    if category:
        # Up to the last slash it is the category, after it one run's own name, of which there is
        # none.
        run["automationDetails"] = {"id": f"{category.rstrip('/')}/"}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _capped(findings: list[Finding]) -> tuple[list[int], int]:
    """Which findings go in, in their order, and how many do not: the gravest stay."""
    order = list(range(len(findings)))
    if len(order) <= RESULTS:
        return order, 0
    order.sort(key=lambda number: -SEVERITIES.index(findings[number].severity))
    return sorted(order[:RESULTS]), len(order) - RESULTS


def _rule(rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _cut(rule.summary)},
        "fullDescription": {"text": _cut(rule.summary)},
        "help": {"text": rule.summary},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["database", "migration", rule.family],
            "precision": "high" if rule.default else "medium",
            "problem.severity": PROBLEMS[rule.severity],
        },
    }
    if rule.name in SECURITY:
        described["properties"]["security-severity"] = SECURITY[rule.name]
    address = pages.address(rule.name)
    if address:
        described["helpUri"] = address
    try:
        body = pages.page(rule.name)
    except FileNotFoundError:
        return described
    described["fullDescription"]["text"] = _cut(body.summary or rule.summary)
    described["help"] = {"text": _plain(body.body), "markdown": body.body}
    return described


def _plain(markdown: str) -> str:
    """Markdown without its fences."""
    return re.sub(r"^(`{3,}|~{3,}).*\n?", "", markdown, flags=re.MULTILINE)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


def _result(
    finding: Finding, index: int, key: str, lines: LineHashes, place: Places
) -> dict[str, Any]:
    message = _unlinked(utf8(finding.message))
    if finding.help:
        message += f"\n{_unlinked(utf8(finding.help))}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [_location(place, finding.path, finding.source, finding.span)],
        "partialFingerprints": {
            "primaryLocationLineHash": lines.key(finding.source.position(finding.span.start)[0]),
            "migralint/v1": key,
        },
    }
    related = finding.related[:RELATED]
    if related:
        links = "".join(
            f"\n[{_link(utf8(each.message))}]({number})" for number, each in enumerate(related, 1)
        )
        result["message"]["text"] += links
        result["relatedLocations"] = [
            {
                "id": number,
                **_location(place, each.path, each.source, each.span),
                "message": {"text": utf8(each.message)},
            }
            for number, each in enumerate(related, 1)
        ]
    if finding.suppressed is not None:
        said = {"kind": finding.suppressed.kind, "justification": utf8(finding.suppressed.reason)}
        result["suppressions"] = [{key: value for key, value in said.items() if value}]
    if finding.fix is not None and not finding.fix.new_files:
        result["fixes"] = [_fix(finding.fix, finding, place)]
    return result


def _in_baseline(finding: Finding) -> bool:
    """It was there before: the baseline says so."""
    why = finding.suppressed
    return why is not None and why.kind == "external" and why.reason.startswith("baseline")


def _fix(fix: Fix, finding: Finding, place: Places) -> dict[str, Any]:
    return {
        "description": {"text": utf8(fix.title)},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": place.uri(finding.path)},
                "replacements": [
                    {
                        "deletedRegion": _region(finding.source, edit.span),
                        "insertedContent": {"text": utf8(edit.text)},
                    }
                    for edit in fix.edits
                ],
            }
        ],
    }


def _unlinked(text: str) -> str:
    """Text in which nothing reads as a link: `[…](…)` is one in a message."""
    return re.sub(r"\[(?=[^\[\]]*\]\()", r"\\[", text)


def _link(text: str) -> str:
    """Text between the brackets of a link, where a bracket or a backslash of its own is escaped."""
    return re.sub(r"([\[\]\\])", r"\\\1", text)


def _notifications(report: Report, left_out: int, place: Places) -> Iterator[dict[str, Any]]:
    for crash in report.crashes:
        yield _crash(crash, place)
    if left_out:
        yield _notification(
            "warning",
            f"{left_out} of {left_out + RESULTS} findings are left out, the least severe ones: "
            f"code scanning takes {RESULTS}.",
        )
    for note in report.notes:
        yield _notification("note", utf8(note))
    coverage = report.coverage
    missed = coverage.statements - coverage.analysed
    yield _notification(
        "note",
        f"Read {coverage.files} files, {coverage.migrations} migrations and {coverage.statements} "
        f"statements, of which {missed} could not be analysed.",
    )
    for each in coverage.not_analysed[:NOTIFICATIONS]:
        yield _notification("note", utf8(each.reason), _line(place, each.path, max(1, each.line)))
    more = len(coverage.not_analysed) - NOTIFICATIONS
    if more > 0:
        yield _notification("note", f"{more} more places could not be analysed.")


def _crash(crash: Crash, place: Places) -> dict[str, Any]:
    message = f"Internal error in {crash.rule}: {utf8(crash.error)}"
    return _notification("error", message, _line(place, crash.path, crash.line))


def _notification(level: str, text: str, location: dict[str, Any] | None = None) -> dict[str, Any]:
    notification: dict[str, Any] = {"level": level, "message": {"text": text}}
    if location:
        notification["locations"] = [location]
    return notification


def _location(place: Places, path: str, source: Source, span: Span) -> dict[str, Any]:
    region = _region(source, span)
    if region["endColumn"] == 1 and region["endLine"] > region["startLine"]:
        # A region that ends before a line's first character ends on the line before.
        region["endLine"] -= 1
        region["endColumn"] = len(source.line(region["endLine"])) + 1
    if region["startLine"] == region["endLine"] and region["startColumn"] >= region["endColumn"]:
        region["endColumn"] = region["startColumn"] + 1
    return {"physicalLocation": {"artifactLocation": {"uri": place.uri(path)}, "region": region}}


def _region(source: Source, span: Span) -> dict[str, int]:
    """A span; an empty one is an empty region."""
    line, column = source.position(span.start)
    end_line, end_column = source.position(max(span.start, span.end))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _line(place: Places, path: str, line: int) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": place.uri(path)},
            "region": {"startLine": line},
        }
    }


def _has_mark(path: str) -> bool:
    """The file begins with a byte order mark: GitHub's hash counts it, our text has none."""
    try:
        with open(path, "rb") as file:
            return file.read(3) == b"\xef\xbb\xbf"
    except (OSError, ValueError):
        return False
