from __future__ import annotations

from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

UP = "CREATE TABLE t (id int);"
DOWN = "DROP TABLE t;"
MODULE = "require github.com/golang-migrate/migrate/v4 v4.18.1\n"


def test_order_and_downs(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        {
            "m/10_c.up.sql": UP,
            "m/9_b.up.sql": UP,
            "m/9_b.down.sql": DOWN,
            "m/0001_a.up.sql": UP,
            "m/1_a.down.sql": DOWN,
        },
        "golang-migrate",
    )
    assert ids(read) == ["0001", "9", "10"]
    assert [each.down is not None for each in read.migrations] == [True, True, False]
    assert read.has_down
    assert not read.problems


@pytest.mark.parametrize(
    ("files", "scope"),
    [
        ({}, ("implicit-batch", "default")),
        ({"go.mod": MODULE}, ("implicit-batch", "certain")),
        ({"go.mod": "require example.com/morph v1.0.0\n"}, ("implicit-batch", "default")),
        (
            {"Makefile": "migrate -database 'postgres://db?x-multi-statement=true' up\n"},
            ("statement", "certain"),
        ),
        ({".env": "URL=pgx5://u:p@h/db?a=b&x-multi-statement=true\n"}, ("statement", "certain")),
        (
            {
                ".github/workflows/x.yml": "- run: migrate -database 'pgx://h?x-multi-statement=true'"
            },
            ("statement", "certain"),
        ),
        (
            {".gitlab-ci.yml": "- migrate -database 'postgres://h?x-multi-statement=true'"},
            ("statement", "certain"),
        ),
        ({"Dockerfile": "ENV URL=postgres://h?x-multi-statement=true\n"}, ("statement", "certain")),
        ({"scripts/up.sh": 'URL="${URL}?x-multi-statement=true"\n'}, ("statement", "default")),
        (
            {"go.mod": MODULE, "internal/store/migrate.go": 'uri += "&x-multi-statement=true"\n'},
            ("statement", "default"),
        ),
        (
            {"go.mod": MODULE, "internal/store/migrate_test.go": '"&x-multi-statement=true"\n'},
            ("implicit-batch", "certain"),
        ),
        (
            {"go.mod": MODULE, "main.go": '// "postgres://x?x-multi-statement=true"\n'},
            ("implicit-batch", "certain"),
        ),
        (
            {"Makefile": "migrate 'pgx://h'\nmigrate 'clickhouse://h?x-multi-statement=true'"},
            ("implicit-batch", "default"),
        ),
        (
            {"up.sh": 'URL="${CLICKHOUSE_URL}?x-multi-statement=true"'},
            ("implicit-batch", "default"),
        ),
        (
            {"Makefile": "migrate 'postgres://h?x-multi-statement=false'"},
            ("implicit-batch", "default"),
        ),
        # Atlas runs them, in its own way, and golang-migrate does not.
        (
            {"db/atlas.sum": "", "Makefile": "\tatlas migrate apply --tx-mode none"},
            ("none", "default"),
        ),
        ({"db/atlas.sum": "", "Makefile": "\tatlas migrate apply"}, ("file", "default")),
        ({"db/atlas.sum": "", "Makefile": "\tatlas migrate diff"}, ("implicit-batch", "default")),
        (
            {"db/atlas.sum": "", "go.mod": MODULE, "Makefile": "\tatlas migrate apply"},
            ("implicit-batch", "certain"),
        ),
    ],
)
def test_transaction(tmp_path: Path, files: dict[str, str], scope: tuple[str, str]) -> None:
    read = project(tmp_path, {**files, "db/1_a.up.sql": UP}, "golang-migrate")
    assert scopes(read) == [scope]


SPLIT: dict[str, str | bytes] = {"Makefile": "migrate 'postgres://h?x-multi-statement=true' up\n"}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("SELECT 1; SELECT 2;\n-- the end;\n/* of it; */", None),
        ("SELECT 1;\nDO $$ BEGIN NULL; END $$;", "; END"),
        ("INSERT INTO t VALUES ('a;b');", ";b"),
        ("SELECT 1 -- one; two\n, 2;", "; two"),
        ("SELECT 1; -- one; two\nSELECT 2;", "; two"),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;", "; END"),
    ],
)
def test_what_is_cut_in_two(tmp_path: Path, text: str, at: str | None) -> None:
    read = project(tmp_path, {**SPLIT, "db/1_a.up.sql": text}, "golang-migrate")
    assert [rule for rule, _ in problems(read)] == (["migration-refused"] if at else [])
    assert [text[each.span.start :].startswith(str(at)) for each in read.problems] == [True] * bool(
        at
    )
    whole = project(tmp_path, {"Makefile": ""}, "golang-migrate")
    assert not whole.problems


def test_migrations_of_other_kinds(tmp_path: Path) -> None:
    files = {"1_a.up.sql": UP, "2_b.up.tmpl": UP}
    assert project(tmp_path, files, "golang-migrate").unread == (
        ("2_b.up.tmpl", "is a migration that is no .sql file"),
    )
    read = project(tmp_path, {"2_b.down.tmpl": DOWN}, "golang-migrate")
    assert read.unread == ((".", "2 migrations that are no .sql files"),)


def test_the_head_of_a_file_beats_the_tool(tmp_path: Path) -> None:
    files = {
        "1_a.up.sql": f"/* x */\n-- migralint: transaction=none (by hand)\n{UP}",
        "2_b.up.sql": f"{UP}\n-- migralint: transaction=none\n{UP}",
        "3_c.up.sql": f"-- migralint: transaction=sometimes\n{UP}",
    }
    read = project(tmp_path, files, "golang-migrate")
    assert [scope for scope, _ in scopes(read)] == ["none", "implicit-batch", "implicit-batch"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"01_b.up.sql": UP}, ("duplicate-version", "1_a.up.sql")),
        ({"2_b.sql": UP}, ("invalid-file-name", "2_b.sql")),
        ({"2_b.down.sql": DOWN}, ("missing-migration", "2_b.down.sql")),
        ({"2_b.up.sql": "-- later\n"}, ("empty-migration", "2_b.up.sql")),
        ({"2_b.up.sql": b"\xfe"}, ("unreadable-file", "2_b.up.sql")),
    ],
)
def test_problems(tmp_path: Path, files: dict[str, str | bytes], expected: tuple[str, str]) -> None:
    read = project(tmp_path, {"1_a.up.sql": UP, **files}, "golang-migrate")
    assert problems(read) == [expected]
    assert not read.has_down


def test_checksums_of_atlas_are_held(tmp_path: Path) -> None:
    files = {"1_a.up.sql": UP, "1_a.down.sql": DOWN, "atlas.sum": "h1:x=\n1_a.up.sql h1:y=\n"}
    assert problems(project(tmp_path, files, "golang-migrate")) == [
        ("checksum-mismatch", "1_a.up.sql")
    ]
