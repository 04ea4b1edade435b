from __future__ import annotations

from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

CARGO = '[dependencies]\nsqlx = { version = "0.8", features = ["postgres"] }\n'
INDEX = "CREATE INDEX CONCURRENTLY i ON t (id);"


def test_order_and_downs(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": CARGO,
        "migrations/10_c.sql": INDEX,
        "migrations/2_b.up.sql": INDEX,
        "migrations/2_b.down.sql": INDEX,
    }
    read = project(tmp_path, files, "sqlx")
    assert ids(read) == ["2", "10"]
    assert [each.down is not None for each in read.migrations] == [True, False]
    assert read.has_down
    assert not read.problems


@pytest.mark.parametrize(
    ("text", "scope", "rules"),
    [
        (INDEX.encode(), "file", []),
        (f"-- no-transaction\n{INDEX}".encode(), "implicit-batch", []),
        (f"\n-- no-transaction\n{INDEX}".encode(), "file", ["directive-ignored"]),
        (f"-- why\n-- no-transaction\n{INDEX}".encode(), "file", ["directive-ignored"]),
        (f"\ufeff-- no-transaction\n{INDEX}".encode(), "file", ["directive-ignored"]),
        (f"--no-transaction\n{INDEX}".encode(), "file", []),
    ],
)
def test_transaction(tmp_path: Path, text: bytes, scope: str, rules: list[str]) -> None:
    read = project(tmp_path, {"Cargo.toml": CARGO, "migrations/1_a.sql": text}, "sqlx")
    assert scopes(read) == [(scope, "certain")]
    assert [rule for rule, _ in problems(read)] == rules


def test_one_version_twice(tmp_path: Path) -> None:
    files = {"Cargo.toml": CARGO, "m/1_a.sql": INDEX, "m/01_b.sql": INDEX}
    assert problems(project(tmp_path, files, "sqlx")) == [("duplicate-version", "m/1_a.sql")]
