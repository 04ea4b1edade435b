"""What help texts advise where the nearest way out would fail, or lose something on the way."""

from __future__ import annotations

import pytest

from migralint import engine
from migralint.finding import Finding

BEGIN = """
CREATE TYPE kind AS ENUM ('a', 'b');
CREATE TABLE shops (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, kind kind,
  shop bigint, code text, was boolean DEFAULT false NOT NULL);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_name ON users (name);
"""


def found(sql: str, code: str, tool: str = "sql", before: str = "") -> list[Finding]:
    """The findings of a rule on the second of two migrations."""
    end = "/migration.sql" if tool == "drizzle" else ".sql"
    names = (f"0001_a{end}", f"0002_b{end}")
    report = engine.check_files(
        {names[0]: BEGIN + before, names[1]: sql}, tool=tool, version=16, checked={names[1]}
    )
    assert not report.crashes
    return [each for each in report.findings if each.code == code]


def only(sql: str, code: str, tool: str = "sql", before: str = "") -> Finding:
    (finding,) = found(sql, code, tool, before)
    return finding


def dropped(copy: str) -> str:
    """What is said of dropping the table after a migration has copied of it."""
    files = dict(
        zip(("1_a.sql", "2_b.sql", "3_c.sql"), (BEGIN, copy, "DROP TABLE users;"), strict=True)
    )
    report = engine.check_files(files, tool="sql", version=16, checked={"3_c.sql"})
    return next(each.message for each in report.findings if each.code == "MIG204")


@pytest.mark.parametrize(
    ("sql", "code", "optional"),
    [
        ("ALTER TABLE users DROP email;", "MIG203", "Drop NOT NULL from email"),
        ("ALTER TABLE users DROP name;", "MIG203", ""),
        ("ALTER TABLE users DROP was;", "MIG203", ""),
        ("ALTER TABLE users RENAME email TO mail;", "MIG202", "drop NOT NULL from email, deploy"),
        ("ALTER TABLE users RENAME name TO nick;", "MIG202", ""),
        (
            "ALTER TABLE users RENAME email TO mail; ALTER TABLE users DROP mail;",
            "MIG202",
            "drop its NOT NULL, deploy",
        ),
    ],
)
def test_a_column_that_inserts_have_to_name_is_made_optional_first(
    sql: str, code: str, optional: str
) -> None:
    help = only(sql, code).help
    assert optional in help
    assert ("NOT NULL" in help) is bool(optional)


@pytest.mark.parametrize(
    ("sql", "help"),
    [
        ("ALTER TABLE users ADD age int NOT NULL;", "Give it a constant default"),
        ("ALTER TABLE users ADD seat bigint NOT NULL REFERENCES shops;", "A foreign key stands on"),
        (
            "ALTER TABLE users ADD seat bigint NOT NULL;"
            " ALTER TABLE users ADD FOREIGN KEY (seat) REFERENCES shops;",
            "A foreign key stands on it, so no constant default will do",
        ),
        (
            "ALTER TABLE users DROP code, ADD code jsonb NOT NULL;",
            "add the new one as `ADD COLUMN code_new jsonb`",
        ),
        (
            "ALTER TABLE users DROP code; ALTER TABLE users ADD code jsonb NOT NULL;",
            "add the new one as `ADD COLUMN code_new jsonb`",
        ),
        ("ALTER TABLE users DROP code, ADD age jsonb NOT NULL;", "Give it a constant default"),
    ],
)
def test_one_value_for_all_rows_does_not_always_do(sql: str, help: str) -> None:
    assert help in only(sql, "MIG301").help


@pytest.mark.parametrize(
    ("sql", "help"),
    [
        (
            "DROP INDEX users_email; CREATE UNIQUE INDEX users_email ON users (email)"
            " WHERE name IS NULL;",
            "Move `DROP INDEX users_email` behind it, since until then that keeps the key unique,"
            " and end with `ALTER INDEX users_email_new RENAME TO users_email;`.",
        ),
        (
            "DROP INDEX users_email; CREATE UNIQUE INDEX mail ON users (email) WHERE name IS NULL;",
            "Move `DROP INDEX users_email` behind it, since until then that keeps the key unique.",
        ),
        (
            "DROP INDEX users_name; CREATE INDEX names ON users (name) WHERE code IS NULL;",
            "Move `DROP INDEX users_name` behind it, since until then that serves the queries",
        ),
        (
            "ALTER TABLE shops DROP CONSTRAINT shops_pkey; CREATE UNIQUE INDEX i ON shops (id);",
            "Move `DROP CONSTRAINT shops_pkey` behind it",
        ),
    ],
)
def test_an_index_is_built_before_the_one_that_it_replaces_goes(sql: str, help: str) -> None:
    (told,) = found(f"BEGIN; {sql} COMMIT;", "MIG101")
    assert help in told.help
    assert told.plan is None


@pytest.mark.parametrize(
    "sql",
    [
        "DROP INDEX users_name; CREATE INDEX codes ON users (code);",
        "DROP INDEX users_name; CREATE UNIQUE INDEX names ON users (name);",
        "CREATE INDEX codes ON users (name, code); DROP INDEX users_name;",
    ],
)
def test_other_indexes_are_built_wherever(sql: str) -> None:
    assert "behind it" not in only(f"BEGIN; {sql} COMMIT;", "MIG101").help


HELD = "ALTER TABLE users ADD org bigint;"


def test_an_update_that_changes_nothing() -> None:
    told = only(f"{HELD} UPDATE users SET was = true WHERE was IS NULL;", "MIG702", "drizzle")
    assert told.message == (
        "As the migrations before have left users.was, it is NOT NULL: this changes no row."
    )
    assert (told.help, told.severity, told.lock) == ("Leave it out.", "warning", None)
    told = only(f"{HELD} UPDATE users SET was = true WHERE name IS NULL;", "MIG702", "drizzle")
    assert told.lock == "ACCESS EXCLUSIVE"


def test_rows_are_changed_by_hand_where_all_is_one_transaction() -> None:
    sql = f"{HELD} UPDATE users SET org = shop WHERE org IS NULL;"
    told = only(sql, "MIG702", "drizzle")
    assert told.help == (
        "Change the rows after the deploy, by hand or by the application (Drizzle runs all pending"
        " migrations in one transaction), a few thousand at a time."
    )
    told = only("UPDATE users SET code = name;", "MIG701", "drizzle")
    assert told.help.endswith("all pending migrations in one transaction).")
    assert "by hand" not in only(f"BEGIN; {sql} COMMIT;", "MIG702").help


CHECK = """
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM users WHERE org IS NULL) THEN RAISE {level} 'no org'; END IF;
END $$;
"""


@pytest.mark.parametrize(
    ("update", "after", "moves"),
    [
        ("UPDATE users SET org = shop;", CHECK.format(level="EXCEPTION"), "the DO block that"),
        ("UPDATE users SET org = shop;", CHECK.format(level="NOTICE"), ""),
        (
            "UPDATE users SET org = shop;",
            "DO $$ BEGIN ASSERT (SELECT count(*) FROM users WHERE org IS NULL) = 0; END $$;",
            "the DO block that checks users.org",
        ),
        ("UPDATE users SET code = name;", CHECK.format(level="EXCEPTION"), ""),
        (
            "UPDATE users SET org = shop;",
            "ALTER TABLE users ADD FOREIGN KEY (org) REFERENCES shops;",
            "",
        ),
        (
            "UPDATE users SET shop = id WHERE shop IS NULL;",
            "ALTER TABLE users ADD FOREIGN KEY (shop) REFERENCES shops;",
            "",
        ),
        (
            "UPDATE users SET shop = NULL WHERE shop < 0;",
            "ALTER TABLE users ADD FOREIGN KEY (shop) REFERENCES shops;",
            "adding ",
        ),
        (
            "UPDATE users SET code = email;",
            "ALTER TABLE users DROP email;",
            "dropping users.email. Drop NOT NULL from users.email here instead",
        ),
        ("UPDATE users SET code = name;", "ALTER TABLE users DROP name;", "dropping users.name."),
    ],
)
def test_what_has_to_move_with_the_rows(update: str, after: str, moves: str) -> None:
    help = only(f"BEGIN; {HELD} {update} {after} COMMIT;", "MIG702").help
    assert moves in help
    assert ("Move along" in help) is bool(moves)


def test_a_renamed_type_is_the_type_of_its_columns() -> None:
    before = "ALTER TABLE users RENAME TO people; ALTER TYPE kind RENAME TO sort;"
    told = only("ALTER TABLE people ALTER kind TYPE text;", "MIG110", before=before)
    assert "from sort to text" in told.message


def test_all_that_got_the_values_of_a_column_is_named() -> None:
    sql = "UPDATE users SET code = name, email = name; ALTER TABLE users DROP name;"
    assert "only what went into users.code and users.email" in only(sql, "MIG203").message


@pytest.mark.parametrize(
    ("copy", "words"),
    [
        ("CREATE TABLE kept AS SELECT * FROM users;", "only what went into kept"),
        ("CREATE TABLE kept AS SELECT DISTINCT name FROM users;", "loses its rows for good"),
        ("CREATE TABLE kept AS SELECT name FROM users GROUP BY name;", "loses its rows for good"),
        (
            "CREATE TABLE kept AS SELECT u.name FROM (SELECT DISTINCT name FROM users) u;",
            "loses its rows for good",
        ),
        ("UPDATE shops SET id = u.shop FROM users u;", "loses its rows for good"),
        (
            "CREATE TABLE kept AS SELECT * FROM users; UPDATE shops SET id = u.shop FROM users u;",
            "only what went into kept",
        ),
    ],
)
def test_rows_are_left_only_where_they_went_as_rows(copy: str, words: str) -> None:
    assert words in dropped(copy)


def test_proposed_names_are_no_longer_than_a_server_keeps() -> None:
    table, column = "t" * 40, "c" * 40
    before = f"CREATE TABLE {table} (id int, {column} text);"
    told = only(f"ALTER TABLE {table} ALTER {column} SET NOT NULL;", "MIG109", before=before)
    assert f"CONSTRAINT {'t' * 27}_{'c' * 26}_not_null " in told.help


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("exports.up = (knex) =>", "`exports.config = { transaction: false }`"),
        ("export const up = (knex) =>", "`export const config = { transaction: false }`"),
    ],
)
def test_knex_is_told_in_the_files_own_modules(head: str, said: str) -> None:
    files = {
        "20240101_a.js": "exports.up = (k) => k.schema.createTable('t', (t) => t.text('a'));\n",
        "20240301_b.js": f"{head} knex.raw('CREATE INDEX i ON t (a)');\n",
    }
    report = engine.check_files(files, tool="knex", version=15)
    (found,) = [each for each in report.findings if each.code == "MIG101"]
    assert said in found.help
