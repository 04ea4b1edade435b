"""A table that was made minutes ago, by the versions of the migrations: it is likely to be deployed
in one go with what alters it."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("second", "severity"),
    [
        ("20250101120001", "warning"),
        ("20250101121000", "warning"),
        ("20250101121001", "error"),
        ("20250102120000", "error"),
    ],
)
def test_minutes_count(second: str, severity: str) -> None:
    (finding,) = judged("20250101120000", second)
    assert (finding.code, finding.severity) == ("MIG101", severity)
    assumed = finding.confidence == "assumed"
    assert assumed == (severity == "warning")
    said = "(Assumed: users, which 20250101120000_users has just made, is not in use yet.)"
    assert finding.message.endswith(said) == assumed


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
