"""What later migrations show of the rows of today, and what minutes do to a name."""

from __future__ import annotations

import pytest

from migralint import engine
from migralint.finding import Finding

MAKE = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX users_email ON users (email);\n"
NEEDS = "ALTER TABLE users ADD COLUMN name text NOT NULL;\n"
SHOWN = "(Assumed: users has no rows yet, or 4 fails on them.)"


def judged(*texts: str) -> list[Finding]:
    files = {f"V{n}__a.sql": text for n, text in enumerate(texts, 1)}
    return list(engine.check_files(files, tool="flyway", version=15).findings)


def of(code: str, *texts: str) -> Finding:
    (found,) = [each for each in judged(*texts) if each.code == code]
    return found


def test_a_table_that_a_later_migration_needs_to_be_empty() -> None:
    found = of("MIG101", MAKE, INDEX, "SELECT 1;\n", NEEDS)
    assert (found.severity, found.confidence) == ("warning", "assumed")
    assert found.message.endswith(SHOWN)


@pytest.mark.parametrize(
    "between",
    [
        "DELETE FROM users WHERE email IS NULL;\n",
        "TRUNCATE users;\n",
        "DO $$ BEGIN EXECUTE 'DELETE FROM users'; END $$;\n",
        "DROP TABLE users;\n" + MAKE,
        "ALTER TABLE users RENAME TO people;\nCREATE TABLE users (id bigint);\n",
    ],
)
def test_unless_rows_may_have_gone_in_between(between: str) -> None:
    found = of("MIG101", MAKE, INDEX, between, NEEDS)
    assert (found.severity, found.confidence) == ("error", "certain")


@pytest.mark.parametrize(
    "last",
    [
        "ALTER TABLE users ADD COLUMN name text;\n",
        "ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT '';\n",
        "ALTER TABLE users ADD COLUMN number bigserial NOT NULL;\n",
        "ALTER TABLE users ADD COLUMN IF NOT EXISTS email text NOT NULL;\n",
        "CREATE DOMAIN plan AS text DEFAULT '';\nALTER TABLE users ADD COLUMN p plan NOT NULL;\n",
        "ALTER TABLE orders ADD COLUMN name text NOT NULL;\n",
    ],
)
def test_what_shows_nothing(last: str) -> None:
    first = MAKE + "CREATE TABLE orders (id bigint);\n"
    assert of("MIG101", first, INDEX, "SELECT 1;\n", last).severity == "error"


def test_a_column_that_has_its_name_for_minutes() -> None:
    def severity(second: str) -> str:
        files = {
            "20240101000000_a/migration.sql": MAKE,
            "20250101120000_b/migration.sql": "ALTER TABLE users ADD COLUMN nik text;\n",
            f"{second}_c/migration.sql": "ALTER TABLE users RENAME COLUMN nik TO nick;\n",
        }
        findings = engine.check_files(files, tool="prisma", version=15).findings
        (found,) = [each for each in findings if each.code == "MIG202"]
        assert ("users.nik, which 20250101120000_b has just made" in found.message) == (
            found.severity == "warning"
        )
        return found.severity

    assert severity("20250101120500") == "warning"
    assert severity("20250101130000") == "error"


def test_a_table_that_takes_another_ones_name() -> None:
    found = of(
        "MIG204",
        MAKE + "CREATE TABLE users_new (id bigint, email text);\n",
        "DROP TABLE users;\nALTER TABLE users_new RENAME TO users;\n",
    )
    assert found.severity == "warning"
    assert (
        "for users_new, which takes its name, loses the rows that were not copied" in found.message
    )


def test_a_wider_unique_key_is_built_before_the_narrower_one_goes() -> None:
    found = of(
        "MIG101",
        MAKE + "CREATE UNIQUE INDEX one ON users (email);\n",
        "DROP INDEX one;\nCREATE UNIQUE INDEX two ON users (email, id);\n",
    )
    assert "Move `DROP INDEX one` behind it, since until then that keeps email unique" in found.help


def test_validating_waits_for_the_rows() -> None:
    found = of(
        "MIG702",
        MAKE + "ALTER TABLE users ADD CONSTRAINT mail CHECK (email <> '') NOT VALID;\n",
        "ALTER TABLE users ADD COLUMN x int;\nUPDATE users SET email = 'a' || id;\n"
        "ALTER TABLE users VALIDATE CONSTRAINT mail;\n",
    )
    assert "Move along what needs it: validating constraint mail" in found.help
