"""What findings say of what is dropped, beside where they stand: how grave it is, what is lost, and
what goes along."""

from __future__ import annotations

import pytest

from migralint import engine
from migralint.finding import Finding

BEGIN = """
CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, name text NOT NULL, old boolean,
  base text, low text GENERATED ALWAYS AS (lower(base)) STORED);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id), state text);
CREATE TABLE things (id bigint PRIMARY KEY, kind text NOT NULL);
"""


def found(*files: str, tool: str = "sql") -> list[Finding]:
    """What is said of the last of some migrations."""
    named = {f"000{n}_m.sql": text for n, text in enumerate((BEGIN, *files), 1)}
    report = engine.check_files(named, tool=tool, version=16, checked={list(named)[-1]})
    assert not report.crashes
    return [each for each in report.findings if each.code not in ("MIG119", "MIG702", "MIG701")]


def only(*files: str) -> Finding:
    (finding,) = found(*files)
    return finding


@pytest.mark.parametrize(
    ("column", "severity"),
    [
        ("name", "error"),
        ("old", "warning"),
        ("email", "warning"),
        ("number", "warning"),
        ("at", "warning"),
    ],
)
def test_a_column_that_running_code_has_to_write(column: str, severity: str) -> None:
    more = "ALTER TABLE users ADD number bigserial NOT NULL, ADD at date NOT NULL DEFAULT now();"
    finding = only(more, f"ALTER TABLE users DROP COLUMN {column};")
    assert (finding.code, finding.severity) == ("MIG203", severity)
    assert ("has to name it" in finding.message) is (severity == "error")


def test_one_statement_is_one_finding_that_names_its_columns() -> None:
    sql = "ALTER TABLE users DROP COLUMN email, DROP COLUMN old, DROP COLUMN IF EXISTS no_such;"
    finding = only(sql)
    assert finding.code == "MIG203"
    assert finding.message.startswith("Dropping email and old of users loses what they hold")
    sql = "ALTER TABLE users ALTER email SET NOT NULL, ALTER old SET NOT NULL;"
    finding = only(sql)
    assert finding.code == "MIG109"
    assert finding.message.endswith("The same goes for users.old.")


@pytest.mark.parametrize(
    ("before", "severity", "words"),
    [
        ("SELECT 1;", "error", "loses what it holds for good"),
        ("ALTER TABLE users ALTER name DROP NOT NULL;", "warning", "let it be NULL"),
        ("UPDATE users SET email = name;", "warning", "copied it to users.email"),
        ("UPDATE orders SET state = u.name FROM users u;", "warning", "copied it to orders.state"),
        ("INSERT INTO orders (state) SELECT name FROM users;", "warning", "copied it to orders"),
        ("CREATE TABLE copies AS SELECT * FROM users;", "warning", "copied it to copies"),
        ("UPDATE users SET name = upper(name);", "error", "loses what it holds for good"),
        ("UPDATE orders SET state = 'x' FROM users u WHERE u.name = 'x';", "error", "for good"),
        (
            "ALTER TABLE users ALTER name DROP NOT NULL;"
            " ALTER TABLE users ALTER name SET NOT NULL;",
            "error",
            "for good",
        ),
    ],
)
def test_a_column_that_was_given_up(before: str, severity: str, words: str) -> None:
    finding = only(before, "ALTER TABLE users DROP COLUMN name;")
    assert (finding.code, finding.severity) == ("MIG203", severity)
    assert words in finding.message


@pytest.mark.parametrize(
    ("sql", "severity", "words"),
    [
        (
            "UPDATE users SET email = name; ALTER TABLE users DROP COLUMN name;",
            "error",
            "leaves of what it holds only what went into users.email",
        ),
        (
            "UPDATE orders SET state = 'old' FROM users WHERE users.old;"
            " ALTER TABLE users DROP COLUMN old;",
            "error",
            "leaves of what it holds only what went into orders.state",
        ),
        ("ALTER TABLE users DROP COLUMN low;", "warning", "makes every query that still names it"),
        (
            "ALTER TABLE users DROP COLUMN old, ADD COLUMN born date NOT NULL;",
            "warning",
            "though no row is left",
        ),
        (
            "INSERT INTO orders (id, state) SELECT id, email FROM users;"
            " ALTER TABLE users DROP COLUMN email, DROP COLUMN old;",
            "error",
            "loses what old holds for good and leaves of what email holds only what went into",
        ),
    ],
)
def test_what_is_not_lost_is_not_said_to_be(sql: str, severity: str, words: str) -> None:
    (finding,) = [each for each in found(sql) if each.code == "MIG203"]
    assert finding.severity == severity
    assert words in finding.message


@pytest.mark.parametrize(
    ("before", "here", "severity", "words"),
    [
        ("SELECT 1;", "", "error", "loses its rows for good"),
        (
            "CREATE TABLE kept AS SELECT id, user_id FROM orders;",
            "",
            "warning",
            "only what went into kept",
        ),
        ("CREATE TABLE kept AS SELECT id FROM orders;", "", "error", "only what went into kept"),
        (
            "CREATE TABLE kept (LIKE orders);",
            "INSERT INTO kept SELECT * FROM orders;",
            "error",
            "only what went into kept",
        ),
        ("SELECT 1;", "DELETE FROM orders;", "error", "though it holds no row any more"),
    ],
)
def test_a_dropped_table(before: str, here: str, severity: str, words: str) -> None:
    (finding,) = [
        each for each in found(before, f"{here} DROP TABLE orders;") if each.code[3] == "2"
    ]
    assert (finding.code, finding.severity) == ("MIG204", severity)
    assert words in finding.message


def test_the_more_specific_speaks_and_names_the_rest() -> None:
    finding = only("DROP TABLE users CASCADE;")
    assert finding.code == "MIG306"
    assert "foreign key orders_user_id_fkey of orders" in finding.message
    assert "Dropping users loses its rows for good" in finding.message
    view = "CREATE VIEW names AS SELECT name FROM users;"
    finding = only(view, "ALTER TABLE users DROP COLUMN old, DROP COLUMN name CASCADE;")
    assert finding.code == "MIG306"
    assert "view names" in finding.message
    assert "Dropping old and name of users loses what they hold for good" in finding.message


@pytest.mark.parametrize(
    "after",
    [
        "DROP TABLE orders;",
        "ALTER TABLE orders DROP COLUMN user_id;",
        "ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_user_id_fkey;",
        "CREATE TABLE people (id bigint PRIMARY KEY);"
        " ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES people NOT VALID;",
    ],
)
def test_what_the_migration_names_itself_is_no_surprise(after: str) -> None:
    assert "MIG306" not in [each.code for each in found(f"DROP TABLE users CASCADE; {after}")]


def test_functions_take_triggers_along() -> None:
    made = """
    CREATE FUNCTION a() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE FUNCTION b() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TRIGGER at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION a();
    CREATE TRIGGER bt BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION b();
    """
    finding = only(made, "DROP FUNCTION a, b CASCADE;")
    assert finding.code == "MIG306"
    assert finding.message.startswith("CASCADE also drops trigger at of users,")
    assert finding.message.endswith("The same goes for function b.")


def test_help_names_cascade_only_where_it_stands() -> None:
    (finding,) = found("TRUNCATE orders;")
    assert "CASCADE" not in finding.help
    (finding,) = found("TRUNCATE users CASCADE;")
    assert "CASCADE" in finding.help


@pytest.mark.parametrize(
    ("key", "before", "can"),
    [
        ("(state)", "", True),
        ("(id, state)", "", False),
        ("(lower(state))", "", True),
        ("(state, n)", "ALTER TABLE orders ADD COLUMN n int;", False),
        ("(n) NULLS NOT DISTINCT", "ALTER TABLE orders ADD COLUMN n int;", True),
        ("(n)", "ALTER TABLE orders ADD COLUMN n int DEFAULT 1;", True),
        ("(n)", "ALTER TABLE orders ADD COLUMN n uuid DEFAULT gen_random_uuid();", False),
        ("(n)", "ALTER TABLE orders ADD COLUMN n int GENERATED ALWAYS AS IDENTITY;", False),
        ("(n)", "ALTER TABLE orders ADD COLUMN n int; UPDATE orders SET n = 1;", True),
        ("(n)", "ALTER TABLE orders ADD COLUMN IF NOT EXISTS n int;", True),
    ],
)
def test_a_unique_key_that_cannot_repeat(key: str, before: str, can: bool) -> None:
    findings = found(f"{before} CREATE UNIQUE INDEX ON orders {key};")
    (finding,) = [each for each in findings if each.code == "MIG101"]
    assert ("two rows" in finding.message) == can


def test_an_index_that_allows_nulls_proves_nothing_where_nulls_are_equal() -> None:
    for key, can in (("(email, old)", False), ("(email, old) NULLS NOT DISTINCT", True)):
        finding = only(f"CREATE UNIQUE INDEX ON users {key};")
        assert ("two rows" in finding.message) == can


def test_a_statements_own_lock_is_not_an_earlier_ones() -> None:
    key = "ADD CONSTRAINT k FOREIGN KEY (user_id) REFERENCES users (id)"
    finding = only(f"ALTER TABLE orders ADD COLUMN note text, {key};")
    assert "earlier statement" not in finding.message
    assert "For another of its clauses the statement also holds ACCESS EXCLUSIVE on orders" in (
        finding.message
    )
    alone = "-- migralint: transaction=none\n"
    finding = only(f"{alone}ALTER TABLE orders ADD COLUMN note text, {key};")
    assert "For another of its clauses the statement also holds ACCESS EXCLUSIVE on orders" in (
        finding.message
    )
    finding = only(f"{alone}ALTER TABLE orders ADD COLUMN note text; ALTER TABLE orders {key};")
    assert "ACCESS EXCLUSIVE" not in finding.message
    finding = only(f"ALTER TABLE orders ADD COLUMN note text; ALTER TABLE orders {key};")
    assert "ACCESS EXCLUSIVE on orders from an earlier statement" in finding.message
    assert "all of orders and users" in finding.message


def test_what_other_linters_were_told_weighs_less() -> None:
    drop = "ALTER TABLE users DROP COLUMN name;\nALTER TABLE things DROP COLUMN kind;\n"
    for comment in ("atlas:nolint DS103", "atlas:nolint", "squawk-ignore ban-drop-column"):
        first, second = found(f"-- {comment}\n{drop}")
        assert (first.severity, second.severity) == ("warning", "error")
        assert f"known: {comment}." in first.message
    for around in (
        "-- squawk-ignore-file ban-drop-column\n{}",
        "-- atlas:nolint destructive\n\n{}",
        "-- safety-assured:start\n{}-- safety-assured:end\n",
    ):
        assert {each.severity for each in found(around.format(drop))} == {"warning"}
    for rows in ("DELETE FROM things;", "TRUNCATE things;"):
        for comment in ("atlas:nolint destructive", "atlas:nolint DS102", "atlas:nolint"):
            assert [each.severity for each in found(f"-- {comment}\n{rows}")] == ["warning"]
        assert [each.severity for each in found(f"-- atlas:nolint MF101\n{rows}")] == ["error"]
    again = "-- {}\nALTER TABLE users DROP old, ADD old text;"
    for comment in ("atlas:nolint DS103", "squawk-ignore ban-drop-column"):
        assert [each.severity for each in found(again.format(comment))] == ["warning"]
    for other in ("atlas:nolint MF101", "squawk-ignore ban-drop-table", "squawk-ignore"):
        assert {each.severity for each in found(f"-- {other}\n{drop}")} == {"error"}


@pytest.mark.parametrize(
    ("before", "severity"),
    [
        ("SELECT 1;", "error"),
        ("ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;", "warning"),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;"
            " ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id);",
            "error",
        ),
        (
            "ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES things (id);"
            " ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;",
            "error",
        ),
    ],
)
def test_a_table_without_its_foreign_keys_is_given_up(before: str, severity: str) -> None:
    finding = only(before, "DROP TABLE orders;")
    assert (finding.code, finding.severity) == ("MIG204", severity)
    assert ("dropped its foreign keys" in finding.message) is (severity == "warning")


def test_foreign_keys_that_go_with_the_table_say_nothing() -> None:
    sql = "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey; DROP TABLE orders;"
    assert [each.severity for each in found(sql) if each.code == "MIG204"] == ["error"]


@pytest.mark.parametrize(
    ("made", "renamed", "dropped"),
    [
        (
            "CREATE TRIGGER a BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();",
            "ALTER TRIGGER a ON users RENAME TO b;",
            "DROP TRIGGER {} ON users;",
        ),
        (
            "CREATE POLICY a ON users USING (true);",
            "ALTER POLICY a ON users RENAME TO b;",
            "DROP POLICY {} ON users;",
        ),
    ],
)
def test_what_has_another_name_now(made: str, renamed: str, dropped: str) -> None:
    function = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    before = f"{function} {made} {renamed}"
    assert [each.code for each in found(before, dropped.format("b"))] == []
    assert [each.code for each in found(before, dropped.format("a"))] == ["MIG608"]
