"""The report as one JSON object."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from migralint import __version__, pages
from migralint.finding import Finding, Report, fingerprints
from migralint.locks import blocks
from migralint.registry import family_of
from migralint.report import summary, utf8

SCHEMA_VERSION = 1


def render(report: Report, *, enabled: Collection[str], cwd: str, colour: bool = False) -> str:
    keys = fingerprints(report.findings)
    coverage = report.coverage
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "migralint", "version": __version__},
        "findings": [
            _finding(finding, key) for finding, key in zip(report.findings, keys, strict=True)
        ],
        "coverage": {
            "files": coverage.files,
            "migrations": coverage.migrations,
            "statements": coverage.statements,
            "analysed": coverage.analysed,
            "not_analysed": [
                {"path": utf8(each.path), "line": max(1, each.line), "reason": utf8(each.reason)}
                for each in coverage.not_analysed
            ],
        },
        "summary": summary(report),
        "notes": [utf8(note) for note in (*report.notes, *report.warnings)],
    }
    return msgspec.json.encode(document).decode() + "\n"


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    line, column = finding.source.position(finding.span.start)
    end_line, end_column = finding.source.position(finding.span.end)
    suppressed = finding.suppressed
    return {
        "code": finding.code,
        "name": finding.name,
        "family": family_of(finding.code),
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": utf8(finding.message),
        "help": utf8(finding.help),
        "path": utf8(finding.path),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "migration": utf8(finding.migration),
        "statement": finding.statement,
        "relations": finding.relations,
        "lock": finding.lock and {"mode": finding.lock, "blocks": blocks(finding.lock)},
        "fixable": finding.fix is not None,
        "fingerprint": fingerprint,
        "suppressed": suppressed and {"kind": suppressed.kind, "reason": utf8(suppressed.reason)},
        "help_uri": pages.address(finding.name),
    }
