from __future__ import annotations

from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

UP = "-- migrate:up\nCREATE TABLE t (id int);\n"
DOWN = "-- migrate:down\nDROP TABLE t;\n"


def test_order_and_blocks(tmp_path: Path) -> None:
    files = {"db/20250102_b.sql": UP + DOWN, "db/20250101_a.sql": UP + "\n-- migrate:down\n"}
    read = project(tmp_path, files, "dbmate")
    assert ids(read) == ["20250101", "20250102"]
    assert [each.up.statements[0].text for each in read.migrations] == [
        "CREATE TABLE t (id int)"
    ] * 2
    downs = [each.down for each in read.migrations]
    assert [down and len(down.statements) for down in downs] == [0, 1]
    assert read.has_down
    assert not read.problems


@pytest.mark.parametrize(
    ("up", "down", "expected"),
    [
        ("", "", ("file", "file")),
        (" transaction:false", "", ("implicit-batch", "file")),
        ("", " transaction:false", ("file", "implicit-batch")),
        (" transaction:true", "", ("file", "file")),
    ],
)
def test_transaction(tmp_path: Path, up: str, down: str, expected: tuple[str, str]) -> None:
    text = f"-- migrate:up{up}\nSELECT 1;\n-- migrate:down{down}\nSELECT 2;\n"
    migration = project(tmp_path, {"1_a.sql": text}, "dbmate").migrations[0]
    assert migration.down is not None
    assert (migration.up.transaction.scope, migration.down.transaction.scope) == expected


def test_several_blocks_have_transactions_of_their_own(tmp_path: Path) -> None:
    text = (
        "-- migrate:up\nSELECT 1;\n-- migrate:down\n"
        "-- migrate:up transaction:false\nSELECT 2;\nSELECT 3;\n-- migrate:down\n"
    )
    read = project(tmp_path, {"1_a.sql": text}, "dbmate")
    assert scopes(read) == [("file", "certain")]
    first, second, third = read.migrations[0].up.statements
    assert first.transaction is None
    assert second.transaction is not None
    assert second.transaction.scope == "implicit-batch"
    assert second.batch == third.batch == 1


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("2_b.sql", UP, "migration-refused"),
        ("2_b.sql", f"SELECT 1;\n{UP}{DOWN}", "migration-refused"),
        ("2_b.sql", "SELECT 1;", "migration-refused"),
        ("2_b.sql", f"/* why */\n{UP}{DOWN}", "migration-refused"),
        ("2_b.sql", f"{UP}{UP}{DOWN}", "migration-refused"),
        ("2_b.sql", f"{UP}{DOWN}{DOWN}", "migration-refused"),
        ("2_b.sql", f"{DOWN}{UP}{DOWN}", "migration-refused"),
        ("2_b.sql", f"-- migrate:up\n\n{DOWN}", "empty-migration"),
        ("1_b.sql", UP + DOWN, "duplicate-version"),
    ],
)
def test_problems(tmp_path: Path, name: str, text: str, rule: str) -> None:
    read = project(tmp_path, {"1_a.sql": UP + DOWN, name: text}, "dbmate")
    assert problems(read) == [(rule, name)]
