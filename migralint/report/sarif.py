"""SARIF 2.1.0 as GitHub code scanning takes it.

Every result has a place in a file of the repository (one without makes the whole upload fail),
paths are relative to the root of the repository, and the limits are GitHub's:
https://docs.github.com/code-security (SARIF support).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec

from migralint import __version__, pages
from migralint.finding import SEVERITIES, Crash, Finding, Report, fingerprints
from migralint.registry import Rule, load
from migralint.report import counted, utf8
from migralint.report.linehash import LineHashes
from migralint.source import Source, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
PROBLEMS = {"error": "error", "warning": "warning", "info": "recommendation"}
RESULTS = 25_000
RELATED = 100
NOTIFICATIONS = 200
TEXT = 1024
"""Characters of a rule's description."""


def render(report: Report, *, enabled: Collection[str], cwd: str, colour: bool = False) -> str:
    place = Places(cwd)
    findings = counted(report)
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
            mark = place.has_mark(finding.path)
            lines = hashes[finding.path] = LineHashes(finding.source.text, mark=mark)
        results.append(_result(finding, numbers[finding.code], keys[number], lines, place))
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "migralint",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in listed],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.crashes,
                "toolExecutionNotifications": list(_notifications(report, left_out, place)),
            }
        ],
        "results": results,
    }
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
            "precision": "high",
            "problem.severity": PROBLEMS[rule.severity],
        },
    }
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
    message = utf8(finding.message)
    if finding.help:
        message += f"\n{utf8(finding.help)}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [place.location(finding.path, finding.source, finding.span)],
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
                **place.location(each.path, each.source, each.span),
                "message": {"text": utf8(each.message)},
            }
            for number, each in enumerate(related, 1)
        ]
    return result


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
        yield _notification(
            "note", utf8(each.reason), place.line_location(each.path, max(1, each.line))
        )
    more = len(coverage.not_analysed) - NOTIFICATIONS
    if more > 0:
        yield _notification("note", f"{more} more places could not be analysed.")


def _crash(crash: Crash, place: Places) -> dict[str, Any]:
    message = f"Internal error in {crash.rule}: {utf8(crash.error)}"
    return _notification("error", message, place.line_location(crash.path, crash.line))


def _notification(level: str, text: str, location: dict[str, Any] | None = None) -> dict[str, Any]:
    notification: dict[str, Any] = {"level": level, "message": {"text": text}}
    if location:
        notification["locations"] = [location]
    return notification


class Places:
    """Where things are, seen from the root of the repository: GitHub knows no other folder."""

    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self.root = _repository(os.path.realpath(cwd)) or os.path.realpath(cwd)
        self.uri = cache(self._uri)

    def _uri(self, path: str) -> str:
        real = os.path.realpath(os.path.join(self.cwd, path))
        relative = os.path.relpath(real, self.root)
        if relative.startswith(".."):
            # Outside of this repository: seen from its own, or as if the file system were one.
            own = _repository(os.path.dirname(real))
            relative = os.path.relpath(real, own) if own else os.path.splitdrive(real)[1]
        return quote(utf8(relative.replace(os.sep, "/").lstrip("/"))) or "."

    def location(self, path: str, source: Source, span: Span) -> dict[str, Any]:
        line, column = source.position(span.start)
        end_line, end_column = source.position(max(span.start, span.end))
        if end_column == 1 and end_line > line:
            # A region that ends before a line's first character ends on the line before.
            end_line -= 1
            end_column = len(source.line(end_line)) + 1
        if (line, column) == (end_line, end_column):
            end_column += 1
        region = {
            "startLine": line,
            "startColumn": column,
            "endLine": end_line,
            "endColumn": end_column,
        }
        return {"physicalLocation": {"artifactLocation": {"uri": self.uri(path)}, "region": region}}

    def line_location(self, path: str, line: int) -> dict[str, Any]:
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": self.uri(path)},
                "region": {"startLine": line},
            }
        }

    def has_mark(self, path: str) -> bool:
        """The file begins with a byte order mark: GitHub's hash counts it, our text has none."""
        try:
            with open(os.path.join(self.cwd, path), "rb") as file:
                return file.read(3) == b"\xef\xbb\xbf"
        except (OSError, ValueError):
            return False


def _repository(folder: str) -> str | None:
    """The nearest folder from here up that has a `.git` (a file, in a worktree or a submodule)."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder
