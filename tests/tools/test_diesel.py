from __future__ import annotations

from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

UP = "CREATE TABLE t (id int);"


def test_order_and_downs(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        {
            "diesel.toml": "",
            "migrations/2025-02-01-000000_b/up.sql": UP,
            "migrations/2025-02-01-000000_b/down.sql": "-- nothing\n",
            "migrations/20250101000000_a/up.sql": UP,
        },
        "diesel",
    )
    assert ids(read) == ["20250101000000", "2025-02-01-000000"]
    assert [each.down is not None for each in read.migrations] == [False, True]
    assert read.has_down
    assert set(scopes(read)) == {("file", "certain")}


@pytest.mark.parametrize(
    ("metadata", "scope", "rules"),
    [
        ("run_in_transaction = false\n", "implicit-batch", []),
        ("run_in_transaction = true\n", "file", []),
        ("", "file", []),
        ("run_in_transaction", "file", ["unreadable-file"]),
    ],
)
def test_transaction(tmp_path: Path, metadata: str, scope: str, rules: list[str]) -> None:
    files = {"Cargo.toml": "diesel", "m/1_a/up.sql": UP, "m/1_a/metadata.toml": metadata}
    read = project(tmp_path, files, "diesel")
    assert scopes(read) == [(scope, "certain")]
    assert [rule for rule, _ in problems(read)] == rules


def test_without_a_sign_of_diesel_it_is_only_likely(tmp_path: Path) -> None:
    assert scopes(project(tmp_path, {"m/1_a/up.sql": UP}, "diesel")) == [("file", "default")]


def test_one_version_twice(tmp_path: Path) -> None:
    files = {"m/2025-01-01-000000_a/up.sql": UP, "m/20250101000000_b/up.sql": UP}
    assert problems(project(tmp_path, files, "diesel")) == [
        ("duplicate-version", "m/20250101000000_b/up.sql")
    ]
