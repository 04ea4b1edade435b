"""The report for people: each finding with its source, then what was read and what was not."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from migralint.finding import SEVERITIES, Finding, Report
from migralint.report import counted, many, summary
from migralint.report.snippet import Snippet
from migralint.report.terminal import Style, escape, wrapped

LISTED = 10
"""Places that were not analysed, listed by name; the others are only counted."""


def render(
    report: Report,
    *,
    enabled: Collection[str],
    cwd: str,
    colour: bool = False,
    quiet: bool = False,
) -> str:
    style = Style(colour)
    findings = counted(report)
    parts = ["\n".join(_finding(finding, style)) + "\n" for finding in findings]
    if not quiet:
        parts.append("\n".join(closing(report, style)) + "\n")
    return "\n".join(parts)


def _finding(finding: Finding, style: Style) -> Iterator[str]:
    message, *more = wrapped(finding.message)
    kind = style.severity(finding.severity, f"{finding.severity}[{finding.code}]")
    yield f"{kind} {style.strong(f'{escape(finding.name)}: {message}')}"
    yield from more
    main = Snippet(finding.source, finding.span)
    others = [
        Snippet(each.source, each.span, mark="-", label=escape(each.message))
        for each in finding.related
    ]
    digits = max(snippet.digits for snippet in (main, *others))
    margin = " " * digits
    bar = style.gutter(f"{margin} |")
    if not finding.source.text:
        yield f"{margin}{style.gutter('-->')} {style.place(escape(finding.path))}"
    else:
        yield f"{margin}{style.gutter('-->')} {_place(finding.path, main, style)}"
        yield bar
        yield from main.draw(digits, style, finding.severity)
    for each, snippet in zip(finding.related, others, strict=True):
        yield f"{margin}{style.gutter(':::')} {_place(each.path, snippet, style)}"
        yield bar
        yield from snippet.draw(digits, style, "info")
    notes = [("help", finding.help)] if finding.help else []
    if finding.confidence == "assumed" and "ssum" not in finding.message:
        notes.append(("note", "assumed: this rests on something that was not seen"))
    if notes:
        yield bar
    for word, text in notes:
        head, *tail = wrapped(text)
        yield f"{margin} {style.gutter('=')} {style.strong(word)}: {head}"
        yield from (f"{margin}   {' ' * len(word)}  {line}" for line in tail)


def _place(path: str, snippet: Snippet, style: Style) -> str:
    return style.place(f"{escape(path)}:{snippet.line}:{snippet.column}")


def closing(report: Report, style: Style) -> Iterator[str]:
    """What was found, what was read, what was not, and what a reader should know of the run."""
    coverage = report.coverage
    counts = summary(report)
    ignored = len(report.findings) - sum(counts.values())
    missed = coverage.statements - coverage.analysed
    extent = f"{many(coverage.migrations, 'migration')} ({many(coverage.statements, 'statement')})"
    tail = f"; {ignored} ignored" if ignored else ""
    if any(counts.values()):
        found = ", ".join(
            style.severity(severity, many(counts[severity], severity))
            for severity in reversed(SEVERITIES)
            if counts[severity]
        )
        yield f"Found {found} in {extent}, {many(coverage.files, 'file')}{tail}."
        yield from _fixable(report)
    elif coverage.migrations or coverage.files:
        yield f"{style.good('No problems')} in {extent}{tail}"
    else:
        nothing = "No migrations were analysed" if coverage.not_analysed else "No migrations found"
        yield coverage.narrowed.removesuffix(".") or nothing
    if missed or coverage.not_analysed:
        yield from _uncovered(report, missed, style)
    if any(counts.values()):
        yield from (f"Note: {escape(note)}" for note in report.notes)


def _fixable(report: Report) -> Iterator[str]:
    """How many findings can be fixed, where there are such."""
    fixes = [each.fix for each in counted(report) if each.fix is not None]
    safe = sum(fix.safe for fix in fixes)
    more = len(fixes) - safe
    said = [f"{safe} can be fixed with --fix"] if safe else []
    if more:
        said.append(f"{more} {'more' if safe else 'can be fixed'} with --fix --unsafe-fixes")
    if said:
        yield f"{', '.join(said)}."


def _uncovered(report: Report, missed: int, style: Style) -> Iterator[str]:
    places = report.coverage.not_analysed
    unread = max(0, len(places) - missed)
    what = " and ".join(
        part
        for part in (
            many(missed, "statement") if missed else "",
            many(unread, "other place" if missed else "place") if unread else "",
        )
        if part
    )
    yield style.warning(f"{what} could not be analysed{':' if places else '.'}")
    for each in places[:LISTED]:
        line = f":{each.line}" if each.line else ""
        yield f"  {style.place(f'{escape(each.path)}{line}')}: {escape(each.reason)}"
    if len(places) > LISTED:
        yield f"  and {len(places) - LISTED} more"
