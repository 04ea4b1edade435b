"""What is said once, or not at all, since another thing says it or nobody waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import engine
from migralint.config import Settings
from migralint.finding import Finding

BEGIN = """
CREATE TABLE users (id bigint PRIMARY KEY, email text, code text, size int);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, state int);
CREATE INDEX users_code ON users (code);
"""
HEAD = "from alembic import op\nimport sqlalchemy as sa\n"
FIRST = f"""{HEAD}revision = "a"
down_revision = None


def upgrade():
    for name in ("users", "orders"):
        key = sa.Column("id", sa.BigInteger, primary_key=True)
        op.create_table(name, key, sa.Column("x", sa.Integer))
"""


def found(sql: str, code: str, **files: str) -> list[Finding]:
    """The findings of a rule on the second of two migrations."""
    names = ("0001_a.sql", "0002_b.sql")
    report = engine.check_files(
        dict(zip(names, (BEGIN, sql), strict=True)), tool="sql", version=16, checked={names[1]}
    )
    assert not report.crashes
    return [each for each in report.findings if each.code == code]


MIDDLE = f"""{HEAD}revision = "a"
down_revision = None


def upgrade():
    op.drop_column("people", "y")
"""
"""A history that does not show how its tables began."""


def in_alembic(tmp_path: Path, body: str, code: str, first: str = FIRST) -> list[Finding]:
    """The same of the second of two revisions."""
    versions = tmp_path / "versions"
    versions.mkdir()
    (tmp_path / "env.py").write_text("")
    (versions / "a.py").write_text(first)
    text = f'{HEAD}revision = "b"\ndown_revision = "a"\n\n\ndef upgrade():\n'
    (versions / "b.py").write_text(text + "".join(f"    {line}\n" for line in body.splitlines()))
    report = engine.check(["versions/b.py"], Settings(), cwd=str(tmp_path))
    assert not report.crashes
    return [each for each in report.findings if each.code == code]


def test_a_default_that_goes_is_told_once_a_table() -> None:
    add = "ALTER TABLE users ADD COLUMN {0} int NOT NULL DEFAULT 0;"
    drop = "ALTER TABLE users ALTER COLUMN {0} DROP DEFAULT;"
    both = "".join((add + drop).format(name) for name in ("a", "b"))
    (told,) = found(both, "MIG215")
    assert "users.a" in told.message
    assert told.message.endswith("The same goes for b.")
    assert not found("ALTER TABLE users RENAME COLUMN email TO mail;" + both, "MIG215")


def test_what_a_loop_does_is_told_once(tmp_path: Path) -> None:
    body = 'for name in ("users", "orders"):\n    op.alter_column(name, "x", nullable=False)'
    (told,) = in_alembic(tmp_path, body, "MIG109")
    assert told.message.endswith("The same goes for orders.x.")
    assert told.relations == ("public.users", "public.orders")


def test_a_lock_that_is_held_has_been_waited_for() -> None:
    assert found("DROP INDEX users_code;", "MIG102")
    assert not found("ALTER TABLE users ADD COLUMN a int; DROP INDEX users_code;", "MIG102")


def test_an_index_that_is_made_anew_under_another_name_is_renamed() -> None:
    (told,) = found("DROP INDEX users_code; CREATE INDEX by_code ON users (code);", "MIG101")
    assert "ALTER INDEX users_code RENAME TO by_code;" in told.help
    (other,) = found("DROP INDEX users_code; CREATE INDEX by_code ON users (email);", "MIG101")
    assert "RENAME" not in other.help


def test_rows_that_are_put_in_again_are_not_all_lost() -> None:
    assert found("DELETE FROM users;", "MIG304")[0].severity == "error"
    again = "DELETE FROM users; INSERT INTO users (id) VALUES (1);"
    assert found(again, "MIG304")[0].severity == "warning"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE users SET size = 0 WHERE id IN (SELECT id FROM users LIMIT 500)",
        "UPDATE users SET size = 0 WHERE size > 1 AND ctid = ANY (ARRAY(SELECT ctid FROM users"
        " LIMIT 5))",
        "WITH part AS (SELECT id FROM users LIMIT 500) UPDATE users SET size = 0 FROM part WHERE"
        " part.id = users.id",
        "WITH part AS (SELECT id FROM users LIMIT 500) UPDATE users SET size = 0 WHERE id IN"
        " (SELECT id FROM part)",
        "UPDATE users SET size = 0 FROM (SELECT id FROM users LIMIT 500) part WHERE part.id ="
        " users.id",
    ],
)
def test_a_limit_makes_a_batch(sql: str) -> None:
    assert not found(sql, "MIG701")
    assert found(sql.replace("LIMIT 500", "LIMIT ALL").replace(" LIMIT 5)", ")"), "MIG701")


def test_a_row_that_is_given_is_one() -> None:
    one = "WITH one AS (SELECT id FROM users WHERE id = $1) UPDATE users SET size = 0 FROM one"
    assert not found(f"{one} WHERE one.id = users.id", "MIG701")


def test_a_limit_of_the_new_value_makes_none() -> None:
    sql = "UPDATE users SET size = (SELECT state FROM orders WHERE user_id = users.id LIMIT 1)"
    assert found(sql, "MIG701")


def test_no_view_stands_in_where_columns_go() -> None:
    (told,) = found("ALTER TABLE users RENAME TO people;", "MIG201")
    assert "CREATE VIEW" in told.help
    gone = "ALTER TABLE users RENAME TO people; ALTER TABLE people DROP COLUMN email;"
    (told,) = found(gone, "MIG201")
    assert "CREATE VIEW" not in told.help
    assert told.plan is None


def test_a_sequence_is_told_by_its_name() -> None:
    sql = "ALTER TABLE IF EXISTS users_old_id_seq RENAME TO users_id_seq2;"
    assert not found(sql, "MIG201")


def test_a_table_that_was_emptied_stays_so_under_another_name() -> None:
    sql = "DELETE FROM orders; ALTER TABLE orders RENAME TO sales;"
    assert not found(f"{sql} ALTER TABLE sales ADD COLUMN a int NOT NULL;", "MIG301")


def test_no_mark_of_a_value_is_advised(tmp_path: Path) -> None:
    body = "from app import states\n"
    body += 'op.create_check_constraint("c", "users", sa.column("x").in_(states()))'
    (told,) = in_alembic(tmp_path, body, "MIG105")
    assert "CHECK (x IN (…)) NOT VALID" in told.help


def test_what_was_before_is_believed(tmp_path: Path) -> None:
    body = 'op.alter_column("people", "x", existing_nullable=False, nullable=False)'
    assert not in_alembic(tmp_path, body, "MIG109", MIDDLE)
    other = tmp_path / "other"
    other.mkdir()
    assert in_alembic(other, body.replace("existing_nullable=False, ", ""), "MIG109", MIDDLE)


def test_a_key_that_was_made_since_is_believed(tmp_path: Path) -> None:
    first = MIDDLE + '    op.create_primary_key("k", "people", ["x"])\n'
    body = 'op.alter_column("people", "x", nullable=False)'
    assert not in_alembic(tmp_path, body, "MIG109", first)


def test_a_type_that_is_not_known_may_be_stored_alike(tmp_path: Path) -> None:
    body = 'op.alter_column("people", "x", type_=sa.BigInteger())'
    (told,) = in_alembic(tmp_path, body, "MIG110", MIDDLE)
    assert told.severity == "warning"
    assert "may rewrite people" in told.message


def test_an_index_after_the_batch_is_advised(tmp_path: Path) -> None:
    body = 'with op.batch_alter_table("users") as batch:\n    batch.create_index("i", ["x"])'
    (told,) = in_alembic(tmp_path, body, "MIG101")
    assert told.help.startswith("Call `op.create_index(…, postgresql_concurrently=True)` after the")


def test_nothing_on_one_dialect_is_not_nothing(tmp_path: Path) -> None:
    body = 'if op.get_bind().dialect.name == "mysql":\n    op.execute("DROP TABLE x")'
    assert not in_alembic(tmp_path, body, "MIG004")


def test_nobody_waits_for_a_lock_that_the_transaction_has() -> None:
    files = {
        "V1__a.sql": "CREATE TABLE users (id int, email text);\nCREATE INDEX e ON users (email);\n",
        "V2__b.sql": "DROP INDEX e;\nALTER TABLE users ADD COLUMN a int;\n",
        "V3__c.sql": "CREATE INDEX f ON users (email);\nALTER TABLE users ADD COLUMN b int;\n",
    }
    report = engine.check_files(files, tool="flyway", version=15)
    waits = [(each.path, each.statement) for each in report.findings if each.code == "MIG119"]
    # SHARE is less than ACCESS EXCLUSIVE, for which the second statement has to wait.
    assert waits == [("V3__c.sql", "ALTER TABLE users ADD COLUMN b int")]
