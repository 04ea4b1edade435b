"""GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality.

It shows a finding's description and nothing else, so the help is part of it; of two findings with
the same fingerprint it shows one.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from migralint.finding import Report, fingerprints
from migralint.report import counted, utf8
from migralint.report.places import Places

SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render(report: Report, *, enabled: Collection[str], cwd: str, colour: bool = False) -> str:
    places = Places(cwd)
    findings = counted(report)
    entries = []
    for finding, key in zip(findings, fingerprints(findings), strict=True):
        line, _ = finding.source.position(finding.span.start)
        end_line, _ = finding.source.position(max(finding.span.start, finding.span.end - 1))
        said = f"{finding.message} {finding.help}" if finding.help else finding.message
        entries.append(
            {
                "description": utf8(said),
                "check_name": f"{finding.code} {finding.name}",
                "fingerprint": key,
                "severity": SEVERITIES[finding.severity],
                "location": {
                    "path": places.shown(finding.path),
                    "lines": {"begin": line, "end": end_line},
                },
            }
        )
    return msgspec.json.format(msgspec.json.encode(entries), indent=2).decode() + "\n"
