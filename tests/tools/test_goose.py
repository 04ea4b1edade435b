from __future__ import annotations

from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

UP = "-- +goose Up\nCREATE TABLE t (id int);\n"


def test_order_and_downs(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        {
            "m/00010_c.sql": UP,
            "m/00002_b.sql": f"{UP}-- +goose Down\nDROP TABLE t;\n",
            "m/00001_a.sql": f"{UP}-- +goose Down\n",
            "m/00003_code.go": "package m",
            "m/00003_code_test.go": "package m",
        },
        "goose",
    )
    assert ids(read) == ["00001", "00002", "00010"]
    downs = [each.down for each in read.migrations]
    assert [down and len(down.statements) for down in downs] == [0, 1, None]
    assert read.has_down
    assert read.unread == (("m", "a Go migration is not analysed"),)
    assert not read.problems


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        (UP, "file"),
        (f"-- +goose NO TRANSACTION\n{UP}", "none"),
        (f"{UP}-- +goose Down\n-- +goose no transaction\nDROP TABLE t;", "none"),
        (f"{UP}\n-- goose NO TRANSACTION\n", "file"),
    ],
)
def test_transaction(tmp_path: Path, text: str, scope: str) -> None:
    assert scopes(project(tmp_path, {"1_a.sql": text}, "goose")) == [(scope, "certain")]


def test_what_is_enclosed_is_parsed_by_itself(tmp_path: Path) -> None:
    text = (
        "-- +goose NO TRANSACTION\n-- +goose Up\n"
        "-- +goose StatementBegin\nSELECT 1\n-- +goose StatementEnd\n"
        "SELECT 2;\n"
        "-- +goose StatementBegin\nSELECT 3; SELECT 4;\n-- +goose StatementEnd\n"
    )
    statements = project(tmp_path, {"1_a.sql": text}, "goose").migrations[0].up.statements
    assert [each.text for each in statements] == ["SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"]
    assert [text[each.span.start : each.span.end] for each in statements] == [
        each.text for each in statements
    ]
    assert [each.batch >= 0 for each in statements] == [False, False, True, True]
    assert statements[2].transaction is not None
    assert statements[2].transaction.scope == "implicit-batch"
    assert statements[2].batch == statements[3].batch


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("2_b.sql", "CREATE TABLE u (id int);", "empty-migration"),
        ("2_b.sql", "-- +goose Up\n-- +goose Down\nDROP TABLE t;", "empty-migration"),
        ("1_b.sql", UP, "duplicate-version"),
        ("2-b.sql", UP, "invalid-file-name"),
    ],
)
def test_problems(tmp_path: Path, name: str, text: str, rule: str) -> None:
    read = project(tmp_path, {"1_a.sql": UP, name: text}, "goose")
    assert problems(read) == [(rule, name)]


def test_ignores_above_the_first_section_are_kept(tmp_path: Path) -> None:
    text = f"-- migralint: ignore-file[MIG101] small\n-- migralint: transaction=run\n{UP}"
    up = project(tmp_path, {"1_a.sql": text}, "goose").migrations[0].up
    assert [each.text for each in up.comments if "migralint" in each.text] == [
        "-- migralint: ignore-file[MIG101] small",
        "-- migralint: transaction=run",
    ]
    assert up.transaction.scope == "run"
