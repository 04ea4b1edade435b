"""Alembic: calls of what is not read, values that are copied row by row, and what calls say beyond
the SQL that they send."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import config, engine
from migralint.finding import Finding
from migralint.ops import DropIndex, Name, Other, RunCode, Update
from tests.tools.test_alembic import one, ops, problems, read, revision


@pytest.mark.parametrize(
    ("more", "body", "runs"),
    [
        ("import sqlalchemy_searchable as ss", "ss.sync_trigger(op.get_bind(), 'a')", True),
        ("from app import Thing", "x = Thing.made().fill(op.get_bind())", True),
        ("from app import fill", "x = fill(session=sa.orm.Session(op.get_bind()))", True),
        ("from app import db, User", "x = db.session.query(User).count()", True),
        ("", "sa.MetaData().create_all(op.get_bind())", True),
        ("from app import redis_connection", "redis_connection.delete('a')", False),
        ("from app import redis_connection", "redis_connection.load(op.get_bind())", True),
        ("import requests", "requests.post('https://example.org')", False),
        ("from app import logger", "logger.info('done')", False),
        ("from app import friend_requests", "friend_requests.update()", True),
        ("import logging", "logging.info(op.get_bind())", False),
        ("", "print(op.get_bind())", False),
        ("", "sa.inspect(op.get_bind())", False),
    ],
)
def test_calls_that_may_reach_the_database(
    tmp_path: Path, more: str, body: str, runs: bool
) -> None:
    _, statements = one(tmp_path, body, more)
    found = ops(statements)
    assert any(isinstance(each, RunCode) for each in found) is runs
    assert all(isinstance(each, (RunCode, Other)) for each in found)


def test_what_is_done_elsewhere_is_something(tmp_path: Path) -> None:
    text = revision("a", None, "redis_connection.delete('a')", "from app import redis_connection")
    assert "empty-migration" not in [
        each.rule for each in read(tmp_path, {"versions/1.py": text}).problems
    ]


TABLE = 't = sa.table("t", sa.column("id"), sa.column("a"), sa.column("b"))\n'


@pytest.mark.parametrize(
    "body",
    [
        "op.execute(t.update().values(b=t.c.a))",
        "op.execute(t.update().values({t.c.b: t.c.a}))",
        "for row in conn.execute(t.select()):\n"
        "    conn.execute(t.update().where(t.c.id == row.id).values(b=row.a))",
        "for row in conn.execute(sa.select(t.c.id, t.c.a)).fetchall():\n"
        '    conn.execute(t.update().where(t.c.id == row["id"]).values({"b": row["a"]}))',
    ],
)
def test_what_a_column_is_filled_from(tmp_path: Path, body: str) -> None:
    _, statements = one(tmp_path, f"conn = op.get_bind()\n{body}", TABLE)
    (update,) = (each for each in ops(statements) if isinstance(each, Update))
    assert update.values == ((Name("t"), "a", "b"),)


def test_rows_of_another_table_are_another_value(tmp_path: Path) -> None:
    body = """
        conn = op.get_bind()
        for row in conn.execute(sa.select(sa.table("u", sa.column("a")))):
            conn.execute(t.update().where(t.c.id == row.id).values(b=row.a))
        """
    _, statements = one(tmp_path, body, TABLE)
    (update,) = (each for each in ops(statements) if isinstance(each, Update))
    assert update.values == ()


def findings(folder: Path, *bodies: str, more: str = "") -> list[Finding]:
    """Of the last of these revisions."""
    files = {
        f"versions/{number}.py": revision(str(number), str(number - 1) if number else None, each)
        for number, each in enumerate(bodies)
    }
    last = f"versions/{len(bodies) - 1}.py"
    files[last] += more
    project = read(folder, dict(files))
    report = engine.check_projects([project], config.Settings())
    assert not report.crashes
    assert not [each for each in problems(project) if each[0] != "migration-refused"]
    return [each for each in report.findings if each.path.endswith(last)]


def test_a_column_whose_values_went_into_another_before_it_goes(tmp_path: Path) -> None:
    body = f"""
        {TABLE.strip()}
        op.add_column("t", sa.Column("b", sa.Text()))
        conn = op.get_bind()
        for row in conn.execute(t.select()):
            conn.execute(t.update().where(t.c.id == row.id).values(b=row.a))
        op.drop_column("t", "a")
        """
    told = {each.code: each for each in findings(tmp_path, body)}
    assert "only what went into t.b" in told["MIG203"].message
    assert "dropping t.a" in told["MIG702"].help


def test_the_table_of_an_index_that_history_does_not_show(tmp_path: Path) -> None:
    body = 'op.drop_index("ix", table_name="t", schema="app")'
    _, statements = one(tmp_path, body)
    (drop,) = ops(statements)
    assert isinstance(drop, DropIndex)
    assert drop.on == Name("t", "app")
    (told,) = (each for each in findings(tmp_path, body) if each.code == "MIG102")
    assert "reads and writes of app.t" in told.message


def test_what_alembic_refuses_on_the_way_back(tmp_path: Path) -> None:
    down = "\n\ndef downgrade():\n    op.drop_constraint(None, 't')\n"
    told = findings(tmp_path, 'op.add_column("t", sa.Column("b", sa.Text()))', more=down)
    (refused,) = (each for each in told if each.code == "MIG611")
    assert refused.message.endswith("downgrade() stops there.")
    assert "the name that the constraint has" in refused.help


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ("", "<its name>"),
        ("from models import Base\ntarget_metadata = Base.metadata", "<its name>"),
        ("target_metadata = None", "t_u_id_fkey"),
    ],
)
def test_help_guesses_no_name(tmp_path: Path, metadata: str, name: str) -> None:
    (tmp_path / "env.py").write_text(
        metadata or 'target_metadata = current_app.extensions["migrate"].db.metadata'
    )
    body = 'op.create_foreign_key(None, "t", "u", ["u_id"], ["id"])'
    (told,) = (each for each in findings(tmp_path, body) if each.code == "MIG104")
    assert f"VALIDATE CONSTRAINT {name};" in told.help
    assert "postgresql_not_valid=True" in told.help


def test_raw_sql_takes_no_option_of_a_call(tmp_path: Path) -> None:
    body = 'op.execute("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u (id)")'
    (told,) = (each for each in findings(tmp_path, body) if each.code == "MIG104")
    assert "postgresql_not_valid" not in told.help


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("op.execute('UPDATE t SET a = 1 WHERE a < 0')", False),
        ("op.execute('INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING')", False),
        ("op.execute('INSERT INTO t (a) SELECT 1 WHERE NOT EXISTS (SELECT FROM t)')", False),
        ("op.execute('INSERT INTO t (a) VALUES (1)')", True),
        ("op.execute('DELETE FROM t WHERE a = 1')", True),
        ("op.add_column('t', sa.Column('z', sa.Text()))", True),
        (
            "op.execute('CREATE TEMPORARY TABLE m AS SELECT 1 AS a')\n"
            "op.execute('UPDATE t SET a = m.a FROM m')\nop.execute('DROP TABLE m')",
            False,
        ),
    ],
)
def test_an_empty_way_back(tmp_path: Path, body: str, said: bool) -> None:
    down = "\n\ndef downgrade():\n    "
    first = revision("a", None, "op.create_table('x')") + down + "op.drop_table('x')\n"
    second = revision("b", "a", "op.create_table('y')") + down + "op.drop_table('y')\n"
    third = revision("c", "b", "op.create_table('t', sa.Column('a', sa.Integer()))") + down
    files: dict[str, str | bytes] = {
        "versions/1.py": first,
        "versions/2.py": second,
        "versions/3.py": third + "op.drop_table('t')\n",
        "versions/4.py": revision("d", "c", body) + down + "pass\n",
    }
    report = engine.check_projects([read(tmp_path, files)], config.Settings())
    told = [each for each in report.findings if each.code == "MIG502"]
    assert bool(told) is said
    for each in told:
        assert each.source.text[each.span.start : each.span.end] == "def downgrade():"
