"""JUnit's XML as Jenkins (junit-10.xsd of its xunit plugin) and GitLab read it: a suite for each
file, a case for each finding.

An error or a warning is a failure. An info is a case that passes and says so in its output, what is
ignored or was not analysed is skipped, and a rule that crashed is an error. Without any there is
one case that passes, since a report without cases counts as a broken one.
"""

from __future__ import annotations

from collections.abc import Collection
from xml.etree import ElementTree as Tree

from migralint.finding import Finding, Report
from migralint.report import utf8
from migralint.report.terminal import wrapped

_NOT_XML = str.maketrans({"\ufffe": r"\ufffe", "\uffff": r"\uffff"})


def render(report: Report, *, enabled: Collection[str], cwd: str, colour: bool = False) -> str:
    suites: dict[str, list[Tree.Element]] = {}
    for finding in report.findings:
        suites.setdefault(finding.path, []).append(_case(finding))
    for each in report.coverage.not_analysed:
        case = _made(each.path, f"not analysed, line {each.line}" if each.line else "not analysed")
        Tree.SubElement(case, "skipped", message=_safe(each.reason))
        suites.setdefault(each.path, []).append(case)
    for crash in report.crashes:
        case = _made(crash.path, f"{crash.rule} crashed, line {crash.line}")
        Tree.SubElement(case, "error", type="crash", message=_safe(crash.error))
        suites.setdefault(crash.path, []).append(case)
    suites = suites or {"migralint": [_made("migralint", "no findings")]}
    root = Tree.Element("testsuites", {"name": "migralint"})
    root.attrib.update(_counts([case for cases in suites.values() for case in cases]))
    del root.attrib["skipped"]  # A suite may count these, all suites together may not.
    for path, cases in suites.items():
        suite = Tree.SubElement(root, "testsuite", {"name": _safe(path), **_counts(cases)})
        suite.extend(cases)
    Tree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Tree.tostring(root, encoding="unicode")}\n'


def _case(finding: Finding) -> Tree.Element:
    line, column = finding.source.position(finding.span.start)
    case = _made(finding.path, f"{finding.code} {finding.name}, line {line}:{column}")
    place = f"{finding.path}:{line}:{column}"
    text = "\n".join(filter(None, (place, finding.message, finding.help, finding.statement)))
    if finding.suppressed is not None:
        Tree.SubElement(case, "skipped", message=_safe(finding.suppressed.reason or "ignored"))
    elif finding.severity == "info":
        Tree.SubElement(case, "system-out").text = _safe(text)
    else:
        failure = Tree.SubElement(case, "failure", type=finding.severity)
        failure.set("message", _safe(finding.message))
        failure.text = _safe(text)
    return case


def _made(path: str, name: str) -> Tree.Element:
    return Tree.Element("testcase", name=_safe(name), classname=_safe(path))


def _counts(cases: list[Tree.Element]) -> dict[str, str]:
    kinds = [child.tag for case in cases for child in case]
    return {
        "tests": str(len(cases)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _safe(text: str) -> str:
    """Text of characters that XML knows, with the line ends it had."""
    return utf8("\n".join(wrapped(text))).translate(_NOT_XML)
