from __future__ import annotations

from pathlib import Path

import pytest
from trees import DEFAULTS, ids, plant, problems, project, scopes

from migralint import config

ONE = "SELECT 1;"


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["10_c.sql", "2_b.sql", "1_a.sql"], ["1", "2", "10"]),
        (["0002_b.sql", "0001_a.sql"], ["0001", "0002"]),
        (["2024-10-01-b.sql", "2024-9-01-a.sql"], ["2024-9-01-a", "2024-10-01-b"]),
        (["20240102-b.sql", "20240102-a.sql"], ["20240102", "20240102"]),
        (["v2.sql", "v10.sql", "v1.sql"], ["1", "2", "10"]),
    ],
)
def test_order(tmp_path: Path, names: list[str], order: list[str]) -> None:
    read = project(tmp_path, {f"db/{name}": ONE for name in names}, "sql")
    assert ids(read) == order
    assert set(scopes(read)) == {("file", "default")}
    assert not read.problems
    assert not read.has_down


def test_files_that_take_back(tmp_path: Path) -> None:
    files = {
        "1_a.sql": ONE,
        "1_a.down.sql": ONE,
        "2_b.sql": ONE,
        "2_b_rollback.sql": ONE,
        "3.sql": ONE,
    }
    read = project(tmp_path, files, "sql")
    assert ids(read) == ["1", "2", "3"]
    assert [each.down is not None for each in read.migrations] == [True, True, False]
    assert read.has_down


def test_one_number_twice(tmp_path: Path) -> None:
    read = project(tmp_path, {"003_a.sql": ONE, "003_b.sql": ONE}, "sql")
    assert problems(read) == [("duplicate-version", "003_b.sql")]


def test_the_configuration_says_how_it_is_run(tmp_path: Path) -> None:
    plant(tmp_path, {"migralint.toml": '[[migrations]]\npath = "db"\ntransaction = "run"\n'})
    settings = config.load(str(tmp_path))
    read = project(tmp_path, {"db/1_a.sql": ONE}, "sql", settings=settings)
    assert scopes(read) == [("run", "certain")]


def test_a_single_file_of_any_name(tmp_path: Path) -> None:
    files = {"x/schema.sql": ONE, "x/other.sql": ONE}
    read = project(tmp_path, files, "sql", ["x/schema.sql"], DEFAULTS)
    assert [each.path for each in read.migrations] == ["x/schema.sql"]
