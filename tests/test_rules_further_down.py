"""What findings advise where the same file goes on with what a statement makes: drops it again,
needs it, or made it what it is."""

from __future__ import annotations

import pytest

from migralint import engine
from migralint.finding import Finding

BEGIN = """
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, shop int, code text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, state int);
ALTER TABLE users ADD CONSTRAINT users_shop_code UNIQUE (shop, code);
"""
KEY = "ALTER TABLE orders ADD CONSTRAINT k FOREIGN KEY (user_id) REFERENCES users (id);"
AGAIN = "This is dropped again further down: leave both out."
UNLESS = "leave both out, unless what stands between needs it."


def found(sql: str, code: str, tool: str = "sql") -> Finding:
    """The first finding of a rule on the second of two migrations."""
    end = "/migration.sql" if tool == "drizzle" else ".sql"
    names = (f"0001_a{end}", f"0002_b{end}")
    report = engine.check_files(
        dict(zip(names, (BEGIN, sql), strict=True)), tool=tool, version=16, checked={names[1]}
    )
    assert not report.crashes
    return next(each for each in report.findings if each.code == code)


@pytest.mark.parametrize(
    ("code", "sql", "help"),
    [
        ("MIG104", f"{KEY} ALTER TABLE orders DROP CONSTRAINT k;", AGAIN),
        ("MIG104", f"{KEY} ALTER TABLE orders DROP CONSTRAINT IF EXISTS k;", AGAIN),
        (
            "MIG104",
            f"{KEY} DELETE FROM users; ALTER TABLE orders DROP CONSTRAINT k;",
            UNLESS,
        ),
        (
            "MIG104",
            f"{KEY} ALTER TABLE orders RENAME CONSTRAINT k TO l;"
            " ALTER TABLE orders DROP CONSTRAINT l;",
            AGAIN,
        ),
        (
            "MIG104",
            f"{KEY} ALTER TABLE orders RENAME TO sales; ALTER TABLE sales DROP COLUMN user_id;",
            "orders.user_id is dropped further down: leave this out.",
        ),
        (
            "MIG105",
            "ALTER TABLE orders ADD CHECK (state > 0);"
            " ALTER TABLE orders DROP CONSTRAINT orders_state_check;",
            AGAIN,
        ),
        (
            "MIG106",
            "ALTER TABLE users ADD CONSTRAINT u UNIQUE (email); DROP TABLE users;",
            "users is dropped further down: leave this out.",
        ),
        (
            "MIG101",
            "CREATE INDEX i ON users (lower(email)); UPDATE users SET name = 'x'; DROP INDEX i;",
            UNLESS,
        ),
        (
            "MIG101",
            "CREATE INDEX i ON users (email); ALTER INDEX i RENAME TO j; DROP INDEX public.j;",
            AGAIN,
        ),
        (
            "MIG110",
            "ALTER TABLE orders ALTER state TYPE bigint; ALTER TABLE orders DROP COLUMN state;",
            "orders.state is dropped further down: leave this out.",
        ),
        (
            "MIG109",
            "ALTER TABLE users ALTER email SET NOT NULL;"
            " ALTER TABLE users RENAME email TO mail; ALTER TABLE users DROP COLUMN mail;",
            "users.email is dropped further down: leave this out.",
        ),
    ],
)
def test_what_is_dropped_again_is_to_be_left_out(code: str, sql: str, help: str) -> None:
    finding = found(sql, code)
    assert finding.help.endswith(help)
    assert finding.plan is None


@pytest.mark.parametrize(
    "after",
    [
        "ALTER TABLE users DROP CONSTRAINT k;",
        "DROP INDEX users_shop_code;",
        "ALTER TABLE orders DROP COLUMN state;",
        "DO $$ BEGIN IF true THEN ALTER TABLE orders DROP CONSTRAINT k; END IF; END $$;",
    ],
)
def test_what_stays_is_to_be_written_otherwise(after: str) -> None:
    assert "NOT VALID" in found(f"{KEY} {after}", "MIG104").help


def test_one_clause_goes_and_another_stays() -> None:
    sql = "ALTER TABLE users ALTER email SET NOT NULL, ALTER name SET NOT NULL;"
    finding = found(f"{sql} ALTER TABLE users DROP COLUMN email;", "MIG109")
    assert "The same goes" not in finding.message


def test_a_renamed_column_that_goes_is_one_finding() -> None:
    sql = "ALTER TABLE users RENAME email TO mail; ALTER TABLE users DROP COLUMN mail;"
    finding = found(sql, "MIG202")
    assert "further down users.mail is dropped, with what the column still holds" in finding.message
    with pytest.raises(StopIteration):
        found(sql, "MIG203")
    moved = f"ALTER TABLE users RENAME TO people; {sql.replace('users', 'people')}"
    assert found(moved, "MIG203").message.startswith("Dropping people.mail loses")


@pytest.mark.parametrize(
    ("before", "when"),
    [
        ("", "before"),
        ("ALTER TABLE users ADD COLUMN age int;", "before"),
        ("ALTER TABLE users RENAME name TO old; ALTER TABLE users RENAME email TO name;", "after"),
        ("ALTER TABLE users DROP COLUMN name; ALTER TABLE users ADD COLUMN name text;", "after"),
    ],
)
def test_what_the_migration_makes_is_indexed_after_it(before: str, when: str) -> None:
    finding = found(f"{before} CREATE INDEX i ON users (name);", "MIG101", "drizzle")
    assert f"by hand {when} the deploy" in finding.help
    concurrently = f"{before} CREATE INDEX CONCURRENTLY i ON users (name);"
    assert f"by hand {when} the deploy" in found(concurrently, "MIG401", "drizzle").help


def test_a_statement_that_holds_two_locks_names_both() -> None:
    both = "ALTER TABLE orders ADD COLUMN a int; ALTER TABLE users ADD COLUMN b int, ADD CONSTRAINT"
    message = found(f"{both} k FOREIGN KEY (id) REFERENCES orders (id);", "MIG104").message
    assert "another of its clauses the statement also holds ACCESS EXCLUSIVE on users" in message
    assert "also holds ACCESS EXCLUSIVE on orders from an earlier statement" in message


def test_advice_keeps_the_drop_that_makes_room_for_the_name() -> None:
    swap = KEY.replace("ADD", "DROP CONSTRAINT k, ADD")
    finding = found(f"{KEY.replace(';', ' NOT VALID;')} {swap}", "MIG104")
    assert "`ALTER TABLE orders DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY" in finding.help
    assert finding.plan is not None
    assert len(finding.plan.steps[0].ops) == len(("drop", "add"))


WIDER = "ADD CONSTRAINT wide UNIQUE (shop, code, email);"


@pytest.mark.parametrize(
    ("sql", "can"),
    [
        (f"ALTER TABLE users {WIDER}", False),
        ("ALTER TABLE users ADD CONSTRAINT wide UNIQUE (shop, email);", True),
        (f"ALTER TABLE users DROP CONSTRAINT users_shop_code, {WIDER}", False),
        (f"ALTER TABLE users DROP CONSTRAINT users_shop_code; ALTER TABLE users {WIDER}", True),
        (
            "BEGIN; ALTER TABLE users DROP CONSTRAINT users_shop_code;"
            f" ALTER TABLE users {WIDER} COMMIT;",
            False,
        ),
        (
            "BEGIN; ALTER TABLE users DROP CONSTRAINT users_shop_code; UPDATE users SET shop = 1;"
            f" ALTER TABLE users {WIDER} COMMIT;",
            True,
        ),
        (
            "BEGIN; ALTER TABLE users DROP CONSTRAINT users_shop_code;"
            " ALTER TABLE users RENAME shop TO place;"
            f" ALTER TABLE users {WIDER.replace('shop', 'place')} COMMIT;",
            False,
        ),
    ],
)
def test_a_key_that_held_until_now_proves_a_wider_one(sql: str, can: bool) -> None:
    alone = f"-- migralint: transaction=none\n{sql}"
    assert ("two rows" in found(alone, "MIG106").message) == can


@pytest.mark.parametrize(
    ("after", "help"),
    [
        ("SELECT 1;", "each in a transaction of its own."),
        (
            "ALTER TABLE users ALTER name SET NOT NULL; ALTER TABLE users DROP COLUMN email;",
            "Move along what needs it: making users.name NOT NULL and dropping users.email.",
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT c CHECK (name <> '');",
            "Move along what needs it: adding constraint c.",
        ),
        ("ALTER TABLE users ADD CHECK (name <> '') NOT VALID;", "a transaction of its own."),
        ("ALTER TABLE users ALTER shop SET NOT NULL;", "each in a transaction of its own."),
        (
            "ALTER TABLE users DROP COLUMN email; ALTER TABLE users RENAME name TO email;"
            " ALTER TABLE users ALTER email SET NOT NULL;",
            "needs it: dropping users.email, renaming users.name to email and making users.email"
            " NOT NULL.",
        ),
        (
            "ALTER TABLE users RENAME TO people; ALTER TABLE people ALTER name SET NOT NULL;",
            "needs it: making people.name NOT NULL.",
        ),
        (
            "UPDATE orders SET state = length(u.name) FROM users u WHERE u.id = user_id;"
            " ALTER TABLE orders ALTER state SET NOT NULL;",
            "needs it: the UPDATE of orders and making orders.state NOT NULL.",
        ),
        (
            "INSERT INTO orders (id, state) SELECT id, length(name) FROM users;"
            " ALTER TABLE users ADD CONSTRAINT o FOREIGN KEY (shop) REFERENCES orders (id);",
            "needs it: the INSERT of orders and adding constraint o.",
        ),
        (
            "ALTER TABLE orders ADD who text,"
            " ADD CONSTRAINT o FOREIGN KEY (who) REFERENCES users (name);",
            "needs it: adding constraint o.",
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT c CHECK (name <> '') NOT VALID;"
            " ALTER TABLE users VALIDATE CONSTRAINT c;",
            "needs it: validating constraint c.",
        ),
        (
            "ALTER TABLE users ALTER name TYPE varchar(9);",
            "needs it: changing the type of users.name.",
        ),
    ],
)
def test_what_needs_the_rows_moves_along(after: str, help: str) -> None:
    finding = found(f"UPDATE users SET name = lower(email); {after}", "MIG701")
    assert finding.help.endswith(help)


@pytest.mark.parametrize(
    ("down", "says"), [("", "refuses to run"), ("\n", "marks it as undone"), ("--", "marks it")]
)
def test_an_empty_way_back_of_diesel(down: str, says: str) -> None:
    files = {}
    for n in range(1, 6):
        files[f"2025-01-0{n}_a/up.sql"] = f"CREATE TABLE t{n} (id bigint PRIMARY KEY);"
        files[f"2025-01-0{n}_a/down.sql"] = f"DROP TABLE t{n};" if n < 5 else down
    report = engine.check_files(files, tool="diesel")
    (finding,) = [each for each in report.findings if each.code == "MIG502"]
    assert says in finding.message
