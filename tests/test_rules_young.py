"""A table that was made minutes ago, by the versions of the migrations: it is likely to be deployed
in one go with what alters it."""

from __future__ import annotations

import json

import pytest

from migralint import engine
from migralint.finding import Finding

MAKE = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
ALTER = "CREATE INDEX users_email ON users (email);\n"


def judged(first: str, second: str, made: str = MAKE, alter: str = ALTER) -> list[Finding]:
    files = {f"{first}_users/migration.sql": made, f"{second}_index/migration.sql": alter}
    return [
        each
        for each in engine.check_files(files, tool="prisma", version=15).findings
        if each.code != "MIG119"
    ]


UNUSED = "(Assumed: users, which 20250101120000_users has just made, is not in use yet.)"
FEW = "(Assumed: users, which 20250101120000_users made within a day before, has few rows yet.)"


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("20250101120001", UNUSED),
        ("20250101121000", UNUSED),
        ("20250101121001", FEW),
        ("20250102120000", FEW),
        ("20250102120001", ""),
    ],
)
def test_time_counts(second: str, said: str) -> None:
    (finding,) = judged("20250101120000", second)
    expected = ("warning", "assumed") if said else ("error", "certain")
    assert (finding.code, finding.severity, finding.confidence) == ("MIG101", *expected)
    assert finding.message.endswith(said or ".")


def test_what_breaks_the_code_in_use_takes_minutes() -> None:
    alter = "ALTER TABLE users RENAME COLUMN email TO mail;\n"
    (finding,) = judged("20250101120000", "20250101130000", alter=alter)
    assert (finding.code, finding.severity) == ("MIG202", "error")


def test_rows_that_a_migration_put_there_count() -> None:
    made = MAKE + "INSERT INTO users SELECT n, 'a' FROM generate_series(1, 1000000) n;\n"
    (finding,) = judged("20250101120000", "20250101120001", made)
    assert finding.severity == "error"


def test_numbers_are_no_times() -> None:
    for first, second in (("0001", "0002"), ("20250199000000", "20250199000001")):
        (finding,) = judged(first, second)
        assert finding.severity == "error"


def test_what_is_sure_to_fail_stays_an_error() -> None:
    (finding,) = judged("20250101120000", "20250101120001", alter="ALTER TABLE users DROP a;\n")
    assert (finding.code, finding.severity) == ("MIG608", "error")


def test_the_times_of_a_journal() -> None:
    def severity(second: int) -> str:
        entries = [
            {"idx": 0, "when": 1700000000000, "tag": "0000_users"},
            {"idx": 1, "when": second, "tag": "0001_index"},
        ]
        files = {
            "0000_users.sql": MAKE,
            "0001_index.sql": ALTER,
            "meta/_journal.json": json.dumps({"entries": entries}),
        }
        findings = engine.check_files(files, tool="drizzle", version=15).findings
        return next(each.severity for each in findings if each.code == "MIG101")

    assert severity(1700000001000) == "warning"
    assert severity(1700090000000) == "error"
