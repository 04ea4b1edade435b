"""Documents: what they hold, where carets stand, and that nothing steers a terminal."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from migralint import report
from migralint.finding import (
    Coverage,
    Related,
    Report,
    StatementEffects,
    Suppression,
    Uncovered,
    fingerprints,
)
from migralint.locks import Effects, Failure, Lock
from migralint.ops import Name
from migralint.report.snippet import Snippet
from migralint.report.terminal import Style, escape, width
from migralint.source import Source, Span
from tests.reports import SOURCE, TEXT, at, finding, written


def test_text_points_at_the_span_behind_tabs_and_wide_characters() -> None:
    shown = written("text", finding(help="Build it CONCURRENTLY.")).splitlines()
    assert shown == [
        "error[MIG101] index-not-concurrent: Building users_email blocks writes to users.",
        " --> db/V1__a b.sql:4:15",
        "  |",
        "4 | SELECT '日本語';    CREATE INDEX users_email ON users (email);",
        "  |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  |",
        "  = help: Build it CONCURRENTLY.",
        "",
        "Found 1 error in 1 migration (3 statements), 1 file.",
    ]


def test_text_shows_related_places() -> None:
    place = Related("created here", SOURCE.path, at("users"), SOURCE)
    shown = written("text", finding(related=(place,))).splitlines()
    assert shown[5:9] == [
        " ::: db/V1__a b.sql:1:14",
        "  |",
        "1 | CREATE TABLE users (",
        "  |              ----- created here",
    ]


def test_a_file_without_text_is_only_named() -> None:
    shown = written("text", finding(source=Source(SOURCE.path, ""), span=Span(0, 0))).splitlines()
    assert shown[1:3] == [" --> db/V1__a b.sql", ""]


def test_a_clean_run_is_one_line() -> None:
    assert (
        written("text", coverage=Coverage(2, 2, 5, 5))
        == "No problems in 2 migrations (5 statements)\n"
    )


def test_suppressed_findings_are_only_counted() -> None:
    shown = written("text", finding(suppressed=Suppression("inSource", "small")))
    assert shown == "No problems in 1 migration (3 statements); 1 ignored\n"


def test_what_was_not_analysed_is_listed_up_to_ten() -> None:
    places = tuple(Uncovered("a.sql", line, "a DO block in plperl") for line in range(1, 13))
    shown = written("text", coverage=Coverage(1, 1, 20, 8, places)).splitlines()
    assert shown[1] == "12 statements could not be analysed:"
    assert shown[2] == "  a.sql:1: a DO block in plperl"
    assert shown[-1] == "  and 2 more"
    assert len(shown) == 13


def test_assumed_findings_say_so() -> None:
    assert "= note: assumed" in written("text", finding(confidence="assumed"))
    assert "= note" not in written("text", finding(confidence="assumed", message="x (Assumed: y.)"))


def test_concise_is_one_line_a_finding() -> None:
    assert written("concise", finding()).splitlines()[0] == (
        "db/V1__a b.sql:4:15: MIG101 [error] Building users_email blocks writes to users."
    )


def test_colours_are_the_eight_of_ansi() -> None:
    made = Report((finding(),), Coverage(1, 1, 3, 3))
    shown = report.render("text", made, enabled=(), cwd=".", colour=True)
    assert "\x1b[1;31merror[MIG101]\x1b[0m" in shown
    assert "38;" not in shown


def snippet(text: str, part: str) -> list[str]:
    source = Source("a.sql", text)
    return Snippet(source, at(part, source)).draw(1, Style(False), "error")


def test_a_span_of_several_lines_has_a_bracket() -> None:
    assert snippet("ALTER TABLE a\n  ADD b int,\n  ADD c int;\n", "ADD b int,\n  ADD c int") == [
        "2 | /   ADD b int,",
        "3 | |   ADD c int;",
        "  | |___________^",
    ]


def test_a_span_that_starts_inside_a_line_has_an_arrow() -> None:
    assert snippet("SELECT 1; ALTER TABLE a\n  ADD b int;\n", "ALTER TABLE a\n  ADD b int") == [
        "1 |   SELECT 1; ALTER TABLE a",
        "  |  ___________^",
        "2 | |   ADD b int;",
        "  | |___________^",
    ]


def test_a_long_span_has_a_gap() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 9))
    drawn = snippet(text, text.strip())
    assert drawn[3:6] == ["4 | | line 4", "... |", "8 | | line 8"]


def test_a_long_line_is_cut_around_the_span() -> None:
    text = "INSERT INTO a VALUES (" + "1, " * 5000 + "oops)"
    drawn = snippet(text, "oops")
    assert len(drawn[0]) < 200
    assert drawn[0].index("oops") == drawn[1].index("^")


@given(st.text(), st.integers(0, 80), st.integers(0, 80))
def test_carets_stand_under_the_span(text: str, start: int, length: int) -> None:
    source = Source("a.sql", text)
    span = Span(min(start, len(text)), min(start + length, len(text)))
    drawn = Snippet(source, span).draw(2, Style(False), "error")
    assert all(line.isprintable() or " " in line for line in drawn)
    assert not any("\x1b" in line or "\n" in line or "\r" in line for line in drawn)


@given(st.text())
def test_escaped_text_cannot_steer_a_terminal(text: str) -> None:
    safe = escape(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in safe)
    assert width(safe) >= 0


def test_names_with_escapes_are_printed_escaped() -> None:
    evil = Source("db/\x1b[2Jx.sql", "DROP TABLE \x1b[31mx;\u202e")
    shown = written(
        "text", finding(path=evil.path, source=evil, span=Span(0, 5), message="bad \x1b[31m\x9b")
    )
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    assert r"db/\x1b[2Jx.sql:1:1" in shown


def test_json_has_exactly_the_promised_keys() -> None:
    document = json.loads(
        written(
            "json",
            finding(lock="SHARE", relations=("public.users",)),
            coverage=Coverage(1, 1, 3, 2, (Uncovered("a.sql", 3, "why"),)),
        )
    )
    assert list(document) == ["schema_version", "tool", "findings", "coverage", "summary", "notes"]
    (found,) = document["findings"]
    assert list(found) == (
        "code name family severity confidence message help path line column end_line end_column "
        "migration statement relations lock fixable fingerprint suppressed help_uri".split()
    )
    assert found["lock"] == {"mode": "SHARE", "blocks": ["writes"]}
    assert (found["line"], found["column"], found["end_line"], found["end_column"]) == (
        4,
        15,
        4,
        56,
    )
    assert found["family"] == "availability"
    assert document["coverage"]["not_analysed"] == [{"path": "a.sql", "line": 3, "reason": "why"}]
    assert document["summary"] == {"error": 1, "warning": 0, "info": 0}


def test_json_takes_file_names_that_are_no_utf8() -> None:
    path = "db/\udcff.sql"
    assert (
        json.loads(written("json", finding(path=path)))["findings"][0]["path"] == r"db/\udcff.sql"
    )


def test_fingerprints_know_no_lines_and_tell_twins_apart() -> None:
    moved = Source(SOURCE.path, "\n\n" + TEXT)
    shifted = finding(source=moved, span=at("CREATE INDEX", moved))
    first, second = fingerprints([finding(), finding()])
    assert first != second
    assert fingerprints([shifted]) == [first]


def test_statistics_count_by_rule() -> None:
    made = Report((finding(), finding()), Coverage(1, 1, 3, 3))
    shown = report.render_statistics(made).splitlines()
    assert shown[0] == "2  MIG101  index-not-concurrent  error"


EFFECTS = StatementEffects(
    "db/0002_x.sql",
    1,
    1,
    "0002",
    "up",
    "ALTER TABLE users ADD COLUMN nick text",
    ("AddColumn",),
    True,
    Effects(
        locks=(Lock(Name("users", "public"), "ACCESS EXCLUSIVE"),),
        rewrites=(Name("users", "public"),),
        scans=(Name("orders", "public"),),
        index_builds=(Name("users_email_idx", "public"),),
    ),
)


def test_locks_json_is_the_promised_document() -> None:
    assert json.loads(report.render_locks("json", [EFFECTS])) == {
        "statements": [
            {
                "path": "db/0002_x.sql",
                "line": 1,
                "column": 1,
                "migration": "0002",
                "direction": "up",
                "text": "ALTER TABLE users ADD COLUMN nick text",
                "operations": ["AddColumn"],
                "in_transaction": True,
                "effects": {
                    "locks": [
                        {
                            "relation": "public.users",
                            "kind": "table",
                            "mode": "ACCESS EXCLUSIVE",
                            "blocks": ["reads", "writes"],
                        }
                    ],
                    "rewrites": ["public.users"],
                    "scans": ["public.orders"],
                    "index_builds": ["public.users_email_idx"],
                    "fails": None,
                },
            }
        ]
    }


def test_locks_text_says_what_is_blocked() -> None:
    failing = Effects(fails=Failure("25001", "cannot run in a transaction"))
    shown = report.render_locks(
        "text",
        [
            EFFECTS,
            StatementEffects("a.sql", 1, 1, "1", "up", "REINDEX x", ("Reindex",), True, failing),
            StatementEffects("a.sql", 2, 1, "1", "up", "GRR", ("Unknown",), True, None),
        ],
    )
    assert "locks     public.users  ACCESS EXCLUSIVE, blocks reads and writes" in shown
    assert "fails     cannot run in a transaction (25001)" in shown
    assert "could not be understood" in shown
