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
    ],
)
def test_transaction(tmp_path: Path, files: dict[str, str], scope: tuple[str, str]) -> None:
    read = project(tmp_path, {**files, "db/1_a.up.sql": UP}, "golang-migrate")
    assert scopes(read) == [scope]


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
