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
        ("2_b.sql", "CREATE TABLE u (id int);", "migration-refused"),
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


HEAD = "-- +goose Up\n"
BODY = "DO $$\nBEGIN\n  NULL;\nEND\n$$;\n"


def refusals(folder: Path, text: str) -> list[str]:
    """Where each problem of a file is."""
    read = project(folder, {"1_a.sql": text}, "goose")
    assert {rule for rule, _ in problems(read)} <= {"migration-refused"}
    return [text[each.span.start : each.span.end] for each in read.problems]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (f"{HEAD}{BODY}", [";"]),
        (f"{HEAD}-- +goose StatementBegin\n{BODY}-- +goose StatementEnd\n", []),
        (f"{HEAD}DO $$ BEGIN NULL; END $$;\n", []),
        (f"{HEAD}INSERT INTO t VALUES ('a;\nb');\n", [";"]),
        (f"{HEAD}INSERT INTO t VALUES ('a; -- x\nb');\n", [";"]),
        (f"{HEAD}INSERT INTO t VALUES ('a -- x;\nb');\n", []),
        (f"{HEAD}SELECT 1 -- one;\n, 2;\n", []),
        (f"{HEAD}SELECT 1; SELECT\n2;\n", []),
        (f"{HEAD}SELECT 1;\n-- +goose Down\n{BODY}", [";"]),
        # Nothing ends the last statement, or something stands behind its semicolon.
        (f"{HEAD}SELECT 1\n", ["SELECT 1"]),
        (f"{HEAD}SELECT 1\n-- +goose Down\nSELECT 2;\n", ["SELECT 1"]),
        (f"{HEAD}SELECT 1\n;\n-- that is all\n", []),
        (f"{HEAD}SELECT 1; -- one\n", []),
        (f"{HEAD}SELECT 1; /* one */\n", ["SELECT 1; /* one */"]),
        (f"{HEAD}SELECT 1;\n/* the end */\n", ["/* the end */"]),
        (f"{HEAD}SELECT 1;\r\n\r\n-- the end", []),
        (f"{HEAD}-- +goose StatementBegin\nSELECT 1\n-- +goose StatementEnd\n", []),
        # Annotations that it does not take.
        ("SELECT 1;\n-- +goose Up\n", ["SELECT 1;"]),
        (f"{HEAD} -- +goose Down\nSELECT 1;\n", [" -- +goose Down"]),
        (f"{HEAD}-- +goose StatementStart\nSELECT 1;\n", ["-- +goose StatementStart"]),
        (f"{HEAD}SELECT 1;\n{HEAD}", ["-- +goose Up"]),
        (f"-- +goose Down\nSELECT 1;\n{HEAD}SELECT 1;\n", ["-- +goose Down"]),
        (f"{HEAD}-- +goose StatementBegin\nSELECT 1;\n", ["-- +goose StatementBegin\n"]),
        (f"{HEAD}SELECT 1;\n-- +goose StatementEnd\n", ["-- +goose StatementEnd"]),
        (
            f"{HEAD}-- +goose StatementBegin\nSELECT 1;\n-- +goose Down\nSELECT 2;\n",
            ["-- +goose Down"],
        ),
    ],
)
def test_what_goose_cuts_and_refuses(tmp_path: Path, text: str, at: list[str]) -> None:
    assert refusals(tmp_path, text) == at


def test_what_is_one_query_without_a_transaction(tmp_path: Path) -> None:
    text = (
        f"-- +goose NO TRANSACTION\n{HEAD}SELECT 1;\nSELECT 2; SELECT 3;\nSELECT 4; -- four\n"
        "SELECT 5; /* five */\nSELECT 6;\n"
    )
    found = project(tmp_path, {"1_a.sql": text}, "goose").migrations[0].up.statements
    assert [each.batch for each in found] == [-1, 0, 0, -1, 1, 1]
    scopes_of = [each.transaction.scope if each.transaction else "" for each in found]
    assert scopes_of == ["", "implicit-batch", "implicit-batch", "", *["implicit-batch"] * 2]


def test_environment_variables(tmp_path: Path) -> None:
    text = (
        f"{HEAD}-- +goose ENVSUB ON\nCREATE TABLE $SCHEMA.t (id int, x${{Y:-a b}} int);\n"
        "ALTER TABLE ${T} ADD COLUMN a int;\nINSERT INTO t VALUES ($A, '$B');\n"
        "CREATE ROLE r PASSWORD $PW;\n-- +goose ENVSUB OFF\nSELECT $C;\n"
        "-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS void AS $$\n"
        "-- +goose ENVSUB ON\nBEGIN RAISE NOTICE '${D}'; END;\n-- +goose ENVSUB OFF\n"
        "$$ LANGUAGE plpgsql;\n-- +goose StatementEnd\n"
    )
    read = project(tmp_path, {"1_a.sql": text}, "goose")
    found = read.migrations[0].up.statements
    assert not read.problems
    assert [text[each.span.start : each.span.end] for each in found] == [
        each.text for each in found
    ]
    assert [type(each.ops[0]).__name__ for each in found[:4]] == [
        "CreateTable",
        "AddColumn",
        "Insert",
        "Unknown",
    ]
    assert [each.partial for each in found[:4]] == [False, True, False, False]
    assert found[3].ops[0].cause == "dynamic"  # type: ignore[attr-defined]
    assert type(found[-1].ops[0]).__name__ == "CreateFunction"


def test_two_dollars_are_one_where_variables_are_read(tmp_path: Path) -> None:
    text = f"{HEAD}-- +goose ENVSUB ON\n-- +goose StatementBegin\n{BODY}-- +goose StatementEnd\n"
    assert refusals(tmp_path, text) == ["$$"]


def test_atlas_may_run_the_files(tmp_path: Path) -> None:
    files = {"m/1_a.sql": UP, "m/atlas.sum": "", "Makefile": "\tatlas migrate apply --tx-mode none"}
    assert scopes(project(tmp_path, files, "goose")) == [("none", "default")]
    files["Makefile"] += "\n\tgoose postgres $(URL) up\n"
    assert scopes(project(tmp_path, files, "goose")) == [("file", "certain")]
