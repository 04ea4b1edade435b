"""What the pages of the rules on upkeep, objects, values, timeouts and ways back do not show: where
another rule speaks already, and what looks alike and is fine."""

from __future__ import annotations

import pytest

from migralint import engine
from migralint.config import Settings
from migralint.finding import Finding

EARLIER = """
CREATE TABLE users (id bigserial PRIMARY KEY, code varchar(20), age int, size int);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, shop int);
CREATE INDEX users_code ON users (code);
CREATE INDEX orders_shop ON orders (user_id, shop);
CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TYPE mood AS ENUM ('calm');
CREATE SEQUENCE tickets;
CREATE TABLE items (n int, twice int GENERATED ALWAYS AS (n * 2) STORED);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER n BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note();
"""
OUTSIDE = "-- migralint: transaction=none\n"
QUIET = ("MIG119",)


def codes(sql: str, *more: str) -> list[str]:
    return [each.code for each in said(sql, *more)]


def said(sql: str, *more: str, quiet: tuple[str, ...] = QUIET) -> list[Finding]:
    report = engine.check_files(
        {"0001_a.sql": EARLIER, "0002_b.sql": sql},
        Settings(extend_select=more),
        tool="sql",
        version=16,
        checked={"0002_b.sql"},
    )
    assert not report.crashes
    return [each for each in report.findings if each.code not in quiet]


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("ALTER TABLE users ALTER code TYPE varchar(30)", ["MIG123"]),
        ("ALTER TABLE users ALTER code TYPE varchar(10)", ["MIG110"]),
        ("ALTER TABLE users ALTER age TYPE bigint", ["MIG110"]),
        ("ALTER TABLE users ALTER code TYPE varchar(30); ANALYZE users", []),
        ("ALTER TABLE users ALTER code TYPE varchar(30); ANALYZE orders", ["MIG123"]),
        ("ALTER TABLE users ADD x varchar(2); ALTER TABLE users ALTER x TYPE text", []),
        ("LOCK TABLE users IN SHARE MODE", ["MIG125"]),
        ("LOCK TABLE users IN ACCESS SHARE MODE", []),
        ("DROP INDEX users_code; CREATE INDEX users_code ON users (code)", ["MIG102", "MIG101"]),
        (
            f"{OUTSIDE}DROP INDEX CONCURRENTLY users_code;"
            "CREATE INDEX CONCURRENTLY c ON users (age)",
            [],
        ),
        (
            f"{OUTSIDE}DROP INDEX CONCURRENTLY users_code;"
            "CREATE INDEX CONCURRENTLY c ON users (code, age)",
            ["MIG126"],
        ),
        ("DROP TABLE events_1", ["MIG127", "MIG204"]),
        ("DROP TABLE events", ["MIG204"]),
        ("ALTER TABLE users DROP age, ADD age bigint", ["MIG610"]),
        ("ALTER TABLE users ADD x int, DROP age", ["MIG203"]),
        (
            "ALTER TABLE items DROP twice, ADD twice int GENERATED ALWAYS AS (n * 3) STORED",
            ["MIG111"],
        ),
        ("ALTER TABLE orders DROP shop", ["MIG203", "MIG212"]),
        ("ALTER TABLE users DROP code", ["MIG203"]),
        ("ALTER TYPE mood RENAME TO temper", ["MIG209"]),
        ("ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('a')", []),
        ("ALTER SEQUENCE users_id_seq RENAME TO s", []),
        ("ALTER SEQUENCE tickets RENAME TO numbers", ["MIG209"]),
        ("ALTER FUNCTION note() RENAME TO noted", []),
        ("ALTER TABLE users RENAME TO people", ["MIG201"]),
        ("ALTER SEQUENCE users_id_seq RESTART", ["MIG312"]),
        ("ALTER SEQUENCE users_id_seq OWNED BY users.id", []),
        ("SELECT setval('users_id_seq', (SELECT max(id) FROM users))", []),
        ("INSERT INTO users (id, age) VALUES (7, 1)", ["MIG313"]),
        ("INSERT INTO users (age, code) VALUES (7, '1')", []),
        ("INSERT INTO users (id) VALUES (-1)", []),
        ("INSERT INTO orders (id) VALUES (1)", []),
        (f"{OUTSIDE}SET lock_timeout = '5s'; ALTER TABLE users ADD x int", []),
        (
            f"{OUTSIDE}SET lock_timeout = '5s'; RESET lock_timeout;"
            "CREATE INDEX CONCURRENTLY i ON users (age)",
            [],
        ),
        (
            f"{OUTSIDE}SET statement_timeout = '1h'; CREATE INDEX CONCURRENTLY i ON users (age)",
            ["MIG406"],
        ),
    ],
)
def test_one_cause_one_finding(sql: str, wanted: list[str]) -> None:
    assert sorted(codes(sql)) == sorted(wanted)


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("ALTER TABLE users ADD a int; ALTER TABLE orders ADD a int", ["MIG124"]),
        ("ALTER TABLE users ADD a int; ALTER TABLE users ADD b int", []),
        ("ALTER TABLE events ADD a int; ALTER TABLE events_1 SET (fillfactor = 90)", []),
        ("CREATE TABLE t (id int); ALTER TABLE users ADD b int", []),
        (f"{OUTSIDE}ALTER TABLE users ADD a int; ALTER TABLE orders ADD a int", []),
    ],
)
def test_tables_locked_one_after_the_other(sql: str, wanted: list[str]) -> None:
    assert codes(sql, "MIG124") == wanted


@pytest.mark.parametrize(
    ("up", "down", "wanted"),
    [
        ("CREATE TABLE t (id int);", "DROP TABLE t;", []),
        ("CREATE TABLE t (id int); CREATE TABLE s ();", "DROP TABLE t;", ["MIG504"]),
        ("CREATE TABLE IF NOT EXISTS t (id int);", "SELECT 1;", []),
        ("CREATE TABLE t (id int);", "DROP TABLE s;", ["MIG504", "MIG505"]),
        ("CREATE TABLE t (id int);", "DROP TABLE IF EXISTS t, s;", []),
        ("CREATE TABLE t (id int); DROP TABLE t;", "SELECT 1;", []),
        ("ALTER TABLE users RENAME TO u;", "ALTER TABLE u RENAME TO users;", ["MIG201"]),
        ("ALTER TABLE users ADD x int;", "ALTER TABLE users DROP x;", []),
        ("CREATE SCHEMA a; CREATE TABLE a.t ();", "DROP SCHEMA a CASCADE;", []),
    ],
)
def test_ways_back(up: str, down: str, wanted: list[str]) -> None:
    report = engine.check_files(
        {
            "000001_a.up.sql": "CREATE TABLE users (id bigint);",
            "000001_a.down.sql": "DROP TABLE users;",
            "000002_b.up.sql": up,
            "000002_b.down.sql": down,
        },
        Settings(),
        tool="golang-migrate",
        version=16,
        checked={"000002_b.up.sql", "000002_b.down.sql"},
    )
    assert not report.crashes
    assert sorted({each.code for each in report.findings} - {*QUIET}) == wanted


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("n", "turns trigger n of users off for all sessions, and nothing"),
        ("USER", "turns all user triggers of users off for all sessions, and nothing"),
        ("ALL", "turns all triggers of users off for all sessions, and with them the checks"),
    ],
)
def test_which_triggers_are_turned_off(name: str, words: str) -> None:
    (finding,) = said(f"ALTER TABLE users DISABLE TRIGGER {name};")
    assert (finding.code, finding.lock) == ("MIG129", "SHARE ROW EXCLUSIVE")
    assert words in finding.message


def test_a_trigger_that_may_not_be_there_is_assumed() -> None:
    drop = "DROP TRIGGER IF EXISTS t ON users;"
    assert said(drop, quiet=()) == []
    (finding,) = (
        each
        for each in said(f"DO $$ BEGIN EXECUTE x; END $$; {drop}", quiet=())
        if each.code == "MIG119"
    )
    assert finding.confidence == "assumed"
    assert "trigger t exists" in finding.message
