"""Findings as diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lsprotocol import types

from migralint import pages
from migralint.finding import Finding
from migralint.flake8_plugin import FAILED
from migralint.report import utf8
from migralint.server.documents import Encoding, range_of
from migralint.server.histories import Said

SOURCE = "migralint"
SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
UNNECESSARY = frozenset({"unused-ignore"})
"""Rules that speak of text which does nothing."""


def diagnostics(
    said: Said, encoding: Encoding, uri_of: Callable[[str], str]
) -> Iterator[types.Diagnostic]:
    """What is said of a file; `uri_of` gives the URI of a path as findings have it. What went wrong
    is said as well: a file of which not all is known may not look clean."""
    start = types.Position(0, 0)
    if said.failure:
        yield _failed(types.Range(start, start), said.failure)
    for crash in said.crashes:
        place = types.Position(max(crash.line - 1, 0), 0)
        message = f"internal error in {crash.rule}: {crash.error}; the rest was linted"
        yield _failed(types.Range(place, place), utf8(message))
    for key, finding in said.findings:
        yield diagnostic(finding, key, encoding, uri_of)


def _failed(place: types.Range, message: str) -> types.Diagnostic:
    return types.Diagnostic(
        place, message, severity=types.DiagnosticSeverity.Error, code=FAILED, source=SOURCE
    )


def diagnostic(
    finding: Finding, key: str, encoding: Encoding, uri_of: Callable[[str], str]
) -> types.Diagnostic:
    """One finding; `key` is its fingerprint."""
    address = pages.address(finding.name)
    fix = finding.fix
    return types.Diagnostic(
        range=range_of(finding.source, finding.span, encoding),
        message=utf8(finding.message),
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(address) if address else None,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.name in UNNECESSARY else None,
        related_information=[
            types.DiagnosticRelatedInformation(
                types.Location(uri_of(each.path), range_of(each.source, each.span, encoding)),
                utf8(each.message),
            )
            for each in finding.related
        ]
        or None,
        data={
            "name": finding.name,
            "fingerprint": key,
            "help": utf8(finding.help),
            "confidence": finding.confidence,
            "fix": fix
            and {
                "title": fix.title,
                "safe": fix.safe,
                "edits": [
                    {
                        "range": _plain(range_of(finding.source, each.span, encoding)),
                        "newText": each.text,
                    }
                    for each in fix.edits
                ],
                "newFiles": [{"uri": uri_of(path), "text": text} for path, text in fix.new_files],
            },
        },
    )


def _plain(place: types.Range) -> dict[str, dict[str, int]]:
    return {
        name: {"line": at.line, "character": at.character}
        for name, at in (("start", place.start), ("end", place.end))
    }
