from __future__ import annotations

import json
from pathlib import Path

import pytest
from trees import found, ids, places, plant, problems, project, scopes

ADD = 'ALTER TABLE "users" ADD COLUMN "x" text;'


def journal(*entries: tuple[str, int], dialect: str = "postgresql") -> str:
    listed = [{"idx": n, "tag": tag, "when": when} for n, (tag, when) in enumerate(entries)]
    return json.dumps({"version": "7", "dialect": dialect, "entries": listed})


def test_order_is_the_journals(tmp_path: Path) -> None:
    files = {
        "drizzle/meta/_journal.json": journal(("b", 1), ("a", 2)),
        "drizzle/a.sql": f"{ADD}\n--> statement-breakpoint\n{ADD}",
        "drizzle/b.sql": ADD,
    }
    read = project(tmp_path, files, "drizzle")
    assert ids(read) == ["b", "a"]
    assert set(scopes(read)) == {("run", "certain")}
    assert len(read.migrations[1].up.statements) == 2
    assert not read.problems
    assert not read.has_down


@pytest.mark.parametrize("dialect", ["pg", "postgresql"])
def test_dialect_is_the_journals(tmp_path: Path, dialect: str) -> None:
    plant(tmp_path, {"mysql/meta/_journal.json": journal(("a", 1), dialect=dialect)})
    assert places(found(tmp_path)) == [("mysql", "drizzle", "postgresql")]


@pytest.mark.parametrize(
    ("entries", "files", "expected"),
    [
        ([("a", 1), ("b", 2)], ["a"], ("missing-migration", "d/meta/_journal.json")),
        ([("a", 1)], ["a", "b"], ("unlisted-migration", "d/b.sql")),
        ([("a", 2), ("b", 2)], ["a", "b"], ("journal-order", "d/b.sql")),
        ([("a", 2), ("b", 1)], ["a", "b"], ("journal-order", "d/b.sql")),
        ([("a", 1), ("a", 2)], ["a"], ("duplicate-version", "d/meta/_journal.json")),
    ],
)
def test_problems(
    tmp_path: Path, entries: list[tuple[str, int]], files: list[str], expected: tuple[str, str]
) -> None:
    made = {"d/meta/_journal.json": journal(*entries), **{f"d/{each}.sql": ADD for each in files}}
    assert problems(project(tmp_path, made, "drizzle")) == [expected]


def test_a_problem_of_the_journal_points_into_it(tmp_path: Path) -> None:
    made = {"d/meta/_journal.json": journal(("gone", 1))}
    problem = project(tmp_path, made, "drizzle").problems[0]
    assert problem.source is not None
    assert problem.source.text[problem.span.start : problem.span.end] == '"gone"'


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"entries": [{}]}', '{"entries": 3}', "{"])
def test_a_journal_that_is_none(tmp_path: Path, text: str) -> None:
    read = project(tmp_path, {"d/meta/_journal.json": text, "d/a.sql": ADD}, "drizzle")
    assert problems(read) == [("unreadable-file", "d/meta/_journal.json")]
    assert not read.migrations


def test_since_1_0_there_is_a_folder_a_migration(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {}
    for name in ("20260102000000_b", "20260101000000_a"):
        files[f"drizzle/{name}/migration.sql"] = ADD
        files[f"drizzle/{name}/snapshot.json"] = '{"dialect": "postgresql"}'
    read = project(tmp_path, files, "drizzle")
    assert ids(read) == ["20260101000000_a", "20260102000000_b"]
    assert set(scopes(read)) == {("run", "certain")}


def test_breakpoints_end_statements(tmp_path: Path) -> None:
    text = (
        "CREATE TABLE t (id int)\n--> statement-breakpoint\n"
        "DO $$ BEGIN NULL; END $$ --> statement-breakpoint\nSELECT 1;SELECT 2"
    )
    files = {"d/meta/_journal.json": journal(("a", 1)), "d/a.sql": text}
    found_ = project(tmp_path, files, "drizzle").migrations[0].up.statements
    assert [each.text for each in found_] == [
        "CREATE TABLE t (id int)",
        "DO $$ BEGIN NULL; END $$",
        "SELECT 1",
        "SELECT 2",
    ]
    assert [text[each.span.start : each.span.end] for each in found_] == [
        each.text for each in found_
    ]


def test_a_breakpoint_in_a_string_ends_a_statement_as_well(tmp_path: Path) -> None:
    text = "INSERT INTO t VALUES ('a\n--> statement-breakpoint\nb');"
    files = {"d/meta/_journal.json": journal(("a", 1)), "d/a.sql": text}
    found_ = project(tmp_path, files, "drizzle").migrations[0].up.statements
    assert [type(each.ops[0]).__name__ for each in found_] == ["Unknown", "Unknown"]


@pytest.mark.parametrize(
    ("package", "certainty"),
    [
        ('{"dependencies": {"drizzle-orm": "1", "pg": "8"}}', "certain"),
        ('{"dependencies": {"drizzle-orm": "1", "@neondatabase/serverless": "1"}}', "default"),
        ("{", "certain"),
    ],
)
def test_drivers_that_speak_http(tmp_path: Path, package: str, certainty: str) -> None:
    files = {"d/meta/_journal.json": journal(("a", 1)), "d/a.sql": ADD, "package.json": package}
    assert scopes(project(tmp_path, files, "drizzle")) == [("run", certainty)]
