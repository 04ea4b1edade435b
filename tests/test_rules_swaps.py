"""What findings say of values and rows that a migration puts elsewhere, and of tables that have to
be empty for it to succeed."""

from __future__ import annotations

import pytest

from migralint import engine
from migralint.finding import Finding

BEGIN = """
CREATE TABLE shops (id bigint PRIMARY KEY, name text NOT NULL, old text);
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text NOT NULL,
  shop_id bigint NOT NULL REFERENCES shops (id));
CREATE TABLE orders (id bigint PRIMARY KEY, state text,
  user_id bigint NOT NULL REFERENCES users (id), shop_id bigint REFERENCES shops (id));
CREATE TABLE plain (id bigint PRIMARY KEY, note text, kind text NOT NULL);
"""
ASIDE = ("MIG119", "MIG121", "MIG701", "MIG702")


def found(sql: str, scope: str = "file") -> list[Finding]:
    """What is said of the second of two migrations, but for locks that are held."""
    files = {"0001_a.sql": BEGIN, "0002_b.sql": f"-- migralint: transaction={scope}\n{sql}"}
    report = engine.check_files(files, tool="sql", version=16, checked={"0002_b.sql"})
    assert not report.crashes
    return [each for each in report.findings if each.code not in ASIDE]


def said(sql: str, scope: str = "file") -> list[tuple[str, str]]:
    return [(each.code, each.severity) for each in found(sql, scope)]


ADD = "ALTER TABLE plain ADD temp jsonb;"
COPY = "UPDATE plain SET temp = to_jsonb(kind);"
DROP = "ALTER TABLE plain DROP COLUMN kind;"
BACK = "ALTER TABLE plain RENAME COLUMN temp TO kind;"
TYPE = [("MIG205", "warning")]
GONE = [("MIG203", "error")]


@pytest.mark.parametrize(
    ("sql", "scope", "wanted"),
    [
        (f"{ADD} {COPY} {DROP} {BACK}", "file", TYPE),
        (f"BEGIN; {ADD} {COPY} {DROP} {BACK} COMMIT;", "none", TYPE),
        (f"{ADD} {COPY} {DROP} {BACK}", "none", GONE),
        (f"{ADD} {COPY} {DROP}", "file", GONE),
        (f"{ADD} {DROP} {BACK}", "file", GONE),
        (f"{ADD} UPDATE plain SET temp = to_jsonb(note); {DROP} {BACK}", "file", GONE),
        (f"{ADD} UPDATE plain SET temp = to_jsonb(kind) WHERE id < 9; {DROP} {BACK}", "file", GONE),
        (
            f"{ADD} UPDATE plain SET temp = to_jsonb(kind) WHERE kind IS NOT NULL; {DROP} {BACK}",
            "file",
            TYPE,
        ),
        (f"{ADD.replace('jsonb', 'text')} UPDATE plain SET temp = kind; {DROP} {BACK}", "file", []),
        (
            "ALTER TABLE plain RENAME kind TO temp; ALTER TABLE plain ADD kind jsonb;"
            " UPDATE plain SET kind = to_jsonb(temp); ALTER TABLE plain DROP temp;",
            "file",
            TYPE,
        ),
        (
            f"{ADD} {COPY} ALTER TABLE plain RENAME kind TO gone; {BACK}"
            " ALTER TABLE plain DROP gone;",
            "file",
            TYPE,
        ),
        (
            "ALTER TABLE plain RENAME kind TO temp; ALTER TABLE plain ADD kind jsonb;"
            " ALTER TABLE plain DROP temp;",
            "file",
            [("MIG202", "error")],
        ),
    ],
)
def test_a_column_that_takes_the_place_of_another(
    sql: str, scope: str, wanted: list[tuple[str, str]]
) -> None:
    assert said(sql, scope) == wanted


AGAIN = "ALTER TABLE plain DROP note, ADD note jsonb;"


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        (AGAIN, [("MIG610", "error")]),
        (f"UPDATE plain SET note = NULL; {AGAIN}", []),
        (f"UPDATE plain SET note = NULL::text WHERE note IS NOT NULL; {AGAIN}", []),
        (f"UPDATE plain SET note = NULL WHERE id = 1; {AGAIN}", [("MIG610", "error")]),
        (
            f"UPDATE plain SET note = NULL WHERE note IS NOT NULL AND note LIKE 'a%'; {AGAIN}",
            [("MIG610", "error")],
        ),
        (
            f"UPDATE plain SET note = NULL WHERE note IS NOT NULL AND random() < 0.5; {AGAIN}",
            [("MIG610", "error")],
        ),
        (
            f"UPDATE plain SET note = NULL; UPDATE plain SET note = 'x'; {AGAIN}",
            [("MIG610", "error")],
        ),
        (f"UPDATE plain SET kind = note; {AGAIN}", [("MIG610", "warning")]),
    ],
)
def test_a_column_that_was_emptied_or_copied_before(
    sql: str, wanted: list[tuple[str, str]]
) -> None:
    assert said(sql) == wanted


def test_an_emptied_column_loses_nothing() -> None:
    (finding,) = found("UPDATE plain SET note = NULL; ALTER TABLE plain DROP note;")
    assert finding.message == ("Dropping plain.note makes every query that still names it fail.")


MOVED = "CREATE TABLE kept (id bigint, note text, kind text);"


@pytest.mark.parametrize(
    ("sql", "severity"),
    [
        (f"{MOVED} INSERT INTO kept SELECT * FROM plain;", None),
        (f"{MOVED} INSERT INTO kept SELECT id, note, upper(kind) FROM plain;", None),
        ("CREATE TABLE kept AS SELECT * FROM plain;", None),
        (f"{MOVED} INSERT INTO kept (id) SELECT id FROM plain;", "warning"),
        (f"{MOVED} INSERT INTO kept SELECT * FROM plain WHERE id < 9;", "error"),
        (f"{MOVED} INSERT INTO kept SELECT * FROM plain LIMIT 9;", "error"),
        (f"{MOVED} INSERT INTO kept (id) SELECT max(id) FROM plain;", "error"),
        ("CREATE TABLE kept AS SELECT * FROM plain WITH NO DATA;", "error"),
    ],
)
def test_rows_that_were_copied_before_they_are_deleted(sql: str, severity: str | None) -> None:
    wanted = [("MIG304", severity)] if severity else []
    assert said(f"{sql} DELETE FROM plain;") == wanted
    if severity != "warning":
        assert [code for code, _ in said(f"{sql} TRUNCATE plain;")] == ["MIG303"] * bool(severity)


EMPTY = "ALTER TABLE shops ADD code int NOT NULL;"
FAILS = ("MIG301", "error")
SCANS = ("CREATE INDEX ON shops (old);", "ALTER TABLE shops ALTER old TYPE int USING old::int;")
BUILDS = [("MIG101", "error"), FAILS]


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize(
    "proof",
    [
        EMPTY,
        "ALTER TABLE shops ADD code int; ALTER TABLE shops ALTER code SET NOT NULL;",
        "ALTER TABLE shops ADD code int, ALTER code SET NOT NULL;",
        "ALTER TABLE shops ADD code int; ALTER TABLE plain RENAME note TO n;"
        " ALTER TABLE shops ALTER code SET NOT NULL;",
    ],
)
def test_what_stands_above_the_proof_that_a_table_is_empty(scan: str, proof: str) -> None:
    codes = [each for each in said(f"{scan} {proof}") if each[0] not in ("MIG202", "MIG205")]
    assert codes == [FAILS]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE shops ADD code int; UPDATE shops SET code = 1;"
        " ALTER TABLE shops ALTER code SET NOT NULL;",
        "ALTER TABLE shops ADD code int DEFAULT 1; ALTER TABLE shops ALTER code SET NOT NULL;",
        "DO $$ BEGIN IF random() > 2 THEN ALTER TABLE shops ADD code int NOT NULL; END IF; END $$;",
        f"DELETE FROM users WHERE id = 1; DELETE FROM shops WHERE id = 1; {EMPTY}",
        f"TRUNCATE shops CASCADE; {EMPTY}",
        "ALTER TABLE shops RENAME TO stores; CREATE TABLE shops (id int);"
        " ALTER TABLE shops ADD code int NOT NULL;",
    ],
)
def test_what_proves_nothing_of_the_rows_before(sql: str) -> None:
    assert ("MIG101", "error") in said(f"CREATE INDEX ON shops (old); {sql}")


def test_tables_that_refer_to_an_empty_one_are_empty() -> None:
    index = "CREATE INDEX ON users (email); CREATE INDEX ON orders (state);"
    assert said(f"{index} {EMPTY}") == [FAILS]
    loose = "ALTER TABLE users ALTER shop_id DROP NOT NULL;"
    assert said(f"{loose} {index}") == [("MIG101", "error")] * 2
    refers = "CREATE INDEX ON orders (state); ALTER TABLE shops RENAME old TO new;"
    assert said(f"{refers} {EMPTY}") == [("MIG202", "warning"), FAILS]


def test_rows_that_are_put_in_end_the_emptiness() -> None:
    fill = "INSERT INTO shops (id, name, code) VALUES (1, 'a', 1);"
    assert said(f"{EMPTY} {fill} CREATE INDEX ON shops (old);") == [FAILS, ("MIG101", "error")]


@pytest.mark.parametrize(
    ("sql", "unique"),
    [
        ("ALTER TABLE plain ADD code text NOT NULL;", False),
        ("ALTER TABLE plain ADD code text NOT NULL UNIQUE;", True),
        ("ALTER TABLE plain ADD code text NOT NULL, ADD UNIQUE (code);", True),
        ("ALTER TABLE plain ADD code text NOT NULL; CREATE UNIQUE INDEX ON plain (code);", True),
        ("ALTER TABLE plain ADD code text NOT NULL; CREATE INDEX ON plain (code);", False),
        (
            "ALTER TABLE plain ADD code text NOT NULL; CREATE UNIQUE INDEX ON plain (id, code);",
            False,
        ),
        ("ALTER TABLE plain ADD code text NOT NULL; CREATE UNIQUE INDEX ON users (code);", False),
    ],
)
def test_no_constant_default_for_a_unique_column(sql: str, unique: bool) -> None:
    (finding,) = (each for each in found(sql) if each.code == "MIG301")
    assert ("NOT NULL DEFAULT" in finding.help) is not unique
    assert ("value of its own" in finding.help) is unique
