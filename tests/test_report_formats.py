"""The formats of forges and pipelines: what they hold to the letter, and that no name breaks out of
them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest

from migralint import report
from migralint.finding import Coverage, Crash, Finding, Suppression, Uncovered
from migralint.source import Source, Span
from tests.reports import finding, written

NASTY = "a%b,c:d]]>\"'`<script>|\x1b[2J\r\n\udcff\uffff@x #1"
EVIL = Source(f"db/{NASTY}.sql", "DROP TABLE x;\nDROP TABLE y;\n")


def evil() -> Finding:
    return finding(
        path=EVIL.path,
        source=EVIL,
        span=Span(0, 20),
        severity="warning",
        message=f"::error::Table {NASTY} is gone.",
        help=f"Write `{NASTY.replace('`', '')}` & wait.",
        statement=f"DROP TABLE {NASTY}",
    )


EVERYTHING = {
    "coverage": Coverage(2, 2, 4, 3, (Uncovered("a.sql", 3, f"a DO block {NASTY}"),)),
    "notes": ("PostgreSQL 15 is assumed.",),
    "crashes": (Crash("MIG101", "a.sql", f"KeyError: {NASTY}", 2),),
}


# GitHub's workflow commands


def test_github_annotates_lines_the_gravest_first() -> None:
    info = finding("users", severity="info", message="Also.")
    assert written("github", info, finding(help="Build it CONCURRENTLY.")).splitlines() == [
        "::error file=db/V1__a b.sql,line=4,endLine=4,col=15,endColumn=56,"
        "title=MIG101 index-not-concurrent::"
        "Building users_email blocks writes to users.%0ABuild it CONCURRENTLY.",
        "::notice file=db/V1__a b.sql,line=1,endLine=1,col=14,endColumn=19,"
        "title=MIG101 index-not-concurrent::Also.",
    ]


def test_github_leaves_columns_to_single_lines() -> None:
    source = Source("a.sql", "ALTER TABLE a\n  ADD b int;\n")
    (line,) = written("github", finding(path="a.sql", source=source, span=Span(0, 25))).splitlines()
    assert line.startswith("::error file=a.sql,line=1,endLine=2,col=1,title=")


def test_github_commands_hold_on_to_names() -> None:
    (line,) = written("github", evil()).splitlines()
    properties, _, message = line.removeprefix("::warning ").partition("::")
    given = dict(each.split("=", 1) for each in properties.split(","))
    assert set(given) == {"file", "line", "endLine", "col", "title"}
    assert given["file"].startswith("db/a%25b%2Cc%3Ad]]>")
    assert "\x1b" not in line
    assert message.startswith("::error::Table a%25b,c:d]]>")
    assert "%0A" in message


def test_github_says_what_it_will_not_show() -> None:
    lines = written("github", *[finding()] * 12, *[finding(severity="info")] * 11).splitlines()
    assert len(lines) == 25
    assert lines[-2:] == [
        "GitHub shows 10 errors of a step as annotations: 2 errors more are only in this log.",
        "GitHub shows 10 notices of a step as annotations: 1 notice more is only in this log.",
    ]
    assert len(written("github", *[finding()] * 10).splitlines()) == 10


def migralint(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "migralint", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "V1__a.sql").write_text("CREATE TABLE a (id int);\n")
    (tmp_path / "V2__b.sql").write_text("CREATE INDEX a_id ON a (id);\n")
    return tmp_path


def test_github_has_a_summary_of_the_step(folder: Path) -> None:
    summary = folder / "summary.md"
    summary.write_text("before\n")
    done = migralint("--format", "github", cwd=folder, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1
    assert done.stdout.startswith(b"::error file=V2__b.sql,line=1,")
    assert summary.read_text().startswith("before\n<!-- migralint -->\n")
    assert "| MIG101 index-not-concurrent | error | 1 |" in summary.read_text()
    broken = str(folder / "none" / "summary.md")
    done = migralint("--format", "github", cwd=folder, GITHUB_STEP_SUMMARY=broken)
    assert done.returncode == 1
    assert b"cannot write the summary" in done.stderr


# GitLab's Code Quality


def test_gitlab_is_one_list() -> None:
    assert written("gitlab") == "[]\n"
    twice = json.loads(written("gitlab", finding(help="Build it CONCURRENTLY."), finding()))
    assert twice[0] == {
        "description": "Building users_email blocks writes to users. Build it CONCURRENTLY.",
        "check_name": "MIG101 index-not-concurrent",
        "fingerprint": twice[0]["fingerprint"],
        "severity": "critical",
        "location": {"path": "db/V1__a b.sql", "lines": {"begin": 4, "end": 4}},
    }
    assert twice[0]["fingerprint"] != twice[1]["fingerprint"]


def test_gitlab_takes_every_name() -> None:
    (entry,) = json.loads(written("gitlab", evil()))
    assert entry["severity"] == "major"
    assert r"\udcff" in entry["location"]["path"]


# JUnit


def test_junit_has_a_suite_for_each_file() -> None:
    shown = written(
        "junit",
        finding(help="Build it CONCURRENTLY."),
        finding("users", severity="info", message="Also."),
        finding("id bigint", suppressed=Suppression("inSource", "small")),
        coverage=Coverage(1, 1, 3, 2, (Uncovered("a.sql", 3, "a DO block"),)),
        crashes=(Crash("MIG102", "a.sql", "KeyError: 'x'", 2),),
    )
    assert shown.splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="migralint" tests="5" failures="1" errors="1">',
        '  <testsuite name="db/V1__a b.sql" tests="3" failures="1" errors="0" skipped="1">',
        '    <testcase name="MIG101 index-not-concurrent, line 4:15" classname="db/V1__a b.sql">',
        '      <failure type="error" message="Building users_email blocks writes to users.">'
        "db/V1__a b.sql:4:15",
        "Building users_email blocks writes to users.",
        "Build it CONCURRENTLY.",
        "CREATE INDEX users_email ON users (email)</failure>",
        "    </testcase>",
        '    <testcase name="MIG101 index-not-concurrent, line 1:14" classname="db/V1__a b.sql">',
        "      <system-out>db/V1__a b.sql:1:14",
        "Also.",
        "users</system-out>",
        "    </testcase>",
        '    <testcase name="MIG101 index-not-concurrent, line 2:2" classname="db/V1__a b.sql">',
        '      <skipped message="small" />',
        "    </testcase>",
        "  </testsuite>",
        '  <testsuite name="a.sql" tests="2" failures="0" errors="1" skipped="1">',
        '    <testcase name="not analysed, line 3" classname="a.sql">',
        '      <skipped message="a DO block" />',
        "    </testcase>",
        '    <testcase name="MIG102 crashed, line 2" classname="a.sql">',
        '      <error type="crash" message="KeyError: \'x\'" />',
        "    </testcase>",
        "  </testsuite>",
        "</testsuites>",
    ]


def test_junit_is_xml_whatever_the_names() -> None:
    text = written("junit", evil(), **EVERYTHING)  # type: ignore[arg-type]
    assert "]]>" not in text
    suite = Tree.fromstring(text.encode())[0]
    assert r"\x1b[2J" in suite.get("name", "")
    assert r"\uffff" in suite.get("name", "")


def test_junit_without_findings_has_a_case_that_passes() -> None:
    (suite,) = Tree.fromstring(written("junit"))
    (case,) = suite
    assert suite.get("tests") == "1"
    assert case.get("name") == "no findings"
    assert len(case) == 0


# Markdown


def test_markdown_is_a_comment_with_a_mark() -> None:
    shown = written(
        "markdown",
        finding(help="Build it `CONCURRENTLY`."),
        finding("users", severity="info", message="Also users_email."),
        finding("id bigint", suppressed=Suppression("inSource", "small")),
        coverage=Coverage(1, 1, 3, 2, (Uncovered("a.sql", 3, "a DO block"),)),
        notes=("PostgreSQL 15 is assumed.",),
    )
    assert shown.splitlines() == [
        "<!-- migralint -->",
        "## migralint",
        "",
        "**1 error**, **1 info**",
        "",
        "| rule | severity | findings |",
        "|---|---|--:|",
        "| MIG101 index-not-concurrent | error | 1 |",
        "| MIG101 index-not-concurrent | info | 1 |",
        "",
        "### `db/V1__a b.sql`",
        "",
        r"- **error** line 4, MIG101 index-not-concurrent: Building users\_email blocks writes to"
        " users.",
        "  <br>Build it `CONCURRENTLY`.",
        r"- **info** line 1, MIG101 index-not-concurrent: Also users\_email.",
        "",
        "Read 1 migration (3 statements) in 1 file; 1 ignored.",
        "PostgreSQL 15 is assumed.",
        "",
        "<details><summary>1 place not analysed</summary>",
        "",
        "- `a.sql` line 3: a DO block",
        "",
        "</details>",
    ]


def test_markdown_of_a_clean_run() -> None:
    assert "No problems." in written("markdown")


def test_markdown_calls_nobody_and_links_nowhere() -> None:
    said = finding(message=f"Table {NASTY} is gone: see www.example.org, https://example.org.")
    text = written("markdown", said, notes=(NASTY,))
    for markup in ("<script>", "@x", "#1", "www.", "https:", "\x1b"):
        assert markup not in text
    assert text.count("&lt;script&gt;") == 2
    assert text.count(r"\`") == 2


def test_markdown_keeps_code_as_it_is() -> None:
    text = written("markdown", evil())
    # The path holds a backtick, so its fence is longer.
    assert "\n### ``db/a%b,c:d]]>\"'`<script>|" in text
    assert "<br>Write `a%b,c:d]]>\"'<script>|" in text


def test_markdown_says_what_there_was_no_room_for() -> None:
    many = [finding(message=f"Number {number} 😀 " + "x" * 400) for number in range(300)]
    text = written("markdown", *many, notes=("PostgreSQL 15 is assumed.",))
    assert len(text.encode("utf-16-le")) // 2 <= 65_536
    shown = text.count("- **error**")
    assert 100 < shown < 200
    assert f"**{300 - shown} findings more: a comment has room for 65,536 characters.**" in text
    assert text.endswith("PostgreSQL 15 is assumed.\n")


# All of them


@pytest.mark.parametrize("format", sorted(report.DOCUMENTS - {"text", "concise"}))
def test_a_document_is_all_there_is_on_standard_output(format: str, folder: Path) -> None:
    (folder / "V3__c.sql").write_text("DO LANGUAGE plperl 'x';\n")
    done = migralint("--format", format, "--statistics", cwd=folder, FORCE_COLOR="1")
    assert done.returncode == 1, done.stderr
    text = done.stdout.decode()
    assert "\x1b" not in text
    assert b"MIG101" in done.stderr  # the statistics
    if format in ("json", "sarif", "gitlab"):
        json.loads(text)
    elif format == "junit":
        Tree.fromstring(text)
    elif format == "github":
        assert all(line.startswith("::") for line in text.splitlines())
    again = migralint("--format", format, "--output", "out", cwd=folder)
    assert again.stdout == b""
    assert (folder / "out").read_bytes() == done.stdout


def test_sarif_options_reach_the_document(folder: Path) -> None:
    (folder / "V2__b.sql").write_text(
        "CREATE INDEX a_id ON a (id); -- migralint: ignore[MIG101] small\n"
    )
    options = ["--sarif-category", "billing", "--sarif-include-suppressed"]
    done = migralint("--format", "sarif", *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert run["automationDetails"] == {"id": "billing/"}
    suppressed = [each for each in run["results"] if "suppressions" in each]
    assert [each["ruleId"] for each in suppressed] == ["MIG101"]
