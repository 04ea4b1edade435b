"""Findings to write reports of."""

from __future__ import annotations

import os

from migralint import registry, report
from migralint.finding import Coverage, Finding, Report
from migralint.source import Source, Span

TEXT = """\
CREATE TABLE users (
\tid bigint
);
SELECT '日本語';\tCREATE INDEX users_email ON users (email);
"""
SOURCE = Source("db/V1__a b.sql", TEXT)


def at(part: str, source: Source = SOURCE) -> Span:
    start = source.text.index(part)
    return Span(start, start + len(part))


def finding(part: str = "CREATE INDEX users_email ON users (email)", **fields: object) -> Finding:
    known: dict[str, object] = {
        "code": "MIG101",
        "name": "index-not-concurrent",
        "severity": "error",
        "message": "Building users_email blocks writes to users.",
        "path": SOURCE.path,
        "span": at(part),
        "source": SOURCE,
        "statement": part,
    }
    return Finding(**{**known, **fields})  # type: ignore[arg-type]


def written(
    format: str,
    *findings: Finding,
    coverage: Coverage | None = None,
    cwd: str | None = None,
    asked: dict[str, object] | None = None,
    **fields: object,
) -> str:
    """A report as a document; `asked` is what only its format takes."""
    registry.load()
    made = Report(findings, coverage or Coverage(1, 1, 3, 3), **fields)  # type: ignore[arg-type]
    return report.render(
        format,
        made,
        enabled={"MIG101"},
        cwd=os.getcwd() if cwd is None else cwd,
        **(asked or {}),
    )
