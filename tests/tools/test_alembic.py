"""Alembic: the order of revisions, their transactions, and what is read of them with exact places.
What each operation is worth, `test_alembic_truth` says."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from migralint import config, dialects, engine, tools
from migralint.migration import Project, Root, Statement
from migralint.ops import (
    AddColumn,
    AddConstraint,
    CreateIndex,
    CreateTable,
    Delete,
    DropTable,
    Insert,
    Op,
    Other,
    RunCode,
    Select,
    SetTimeout,
    Unknown,
    Update,
)

PARSE = dialects.load("postgresql").parse
HEAD = "import sqlalchemy as sa\nfrom alembic import op\n"


def revision(
    id: str, after: str | tuple[str, ...] | None, body: str = "pass", more: str = ""
) -> str:
    head = f"{HEAD}revision = {id!r}\ndown_revision = {after!r}\n{more}\n"
    return f"{head}def upgrade():\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"


def read(folder: Path, files: dict[str, str | bytes], **given: object) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    names = tuple(sorted(name for name in files if name.endswith(".py")))
    root = Root(str(folder), ".", "alembic", "postgresql", files=names, **given)  # type: ignore[arg-type]
    return tools.read(root, PARSE)


def one(folder: Path, body: str, more: str = "") -> tuple[str, tuple[Statement, ...]]:
    """The text of a revision and its statements."""
    project = read(folder, {"versions/a.py": revision("a", None, body, more)})
    script = project.migrations[0].up
    return script.source.text, script.statements


def ops(statements: tuple[Statement, ...]) -> list[Op]:
    return [op for each in statements for op in each.ops]


def said(text: str, statement: Statement, op: Op | None = None) -> str:
    """What stands in the file at a statement or an operation."""
    span = statement.span
    if op is not None:
        span = dialects.load("postgresql").locate(statement, op)
        span = statement.embedded.to_host(span) if statement.embedded else span
    return text[span.start : span.end]


# The graph


def order(project: Project) -> list[str]:
    return [each.id for each in project.migrations]


def problems(project: Project) -> list[tuple[str, str]]:
    return [(each.rule, each.path) for each in project.problems if each.rule != "empty-migration"]


def test_revisions_come_after_their_parents(tmp_path: Path) -> None:
    files = {
        "versions/1.py": revision("c", "b"),
        "versions/2.py": revision("a", None),
        "versions/3.py": revision("b", "a"),
    }
    project = read(tmp_path, files)
    assert order(project) == ["a", "b", "c"]
    assert not problems(project)


def test_a_merge_comes_after_both(tmp_path: Path) -> None:
    files = {
        "versions/1.py": revision("m", ("b", "c")),
        "versions/2.py": revision("a", None),
        "versions/3.py": revision("b", "a"),
        "versions/4.py": revision("c", "a"),
    }
    project = read(tmp_path, files)
    assert order(project) == ["a", "b", "c", "m"]
    assert not problems(project)
    assert project.migrations[-1].parents == ("b", "c")


def test_annotated_and_typed_as_templates_write_them(tmp_path: Path) -> None:
    head = 'revision: str = "b"\ndown_revision: Union[str, None] = "a"\ndepends_on: None = None\n'
    files = {
        "versions/1.py": f"{HEAD}{head}def upgrade() -> None:\n    op.drop_table('x')\n",
        "versions/2.py": revision("a", None),
    }
    assert order(read(tmp_path, files)) == ["a", "b"]


def test_depends_on_and_labels(tmp_path: Path) -> None:
    shop, blog = 'branch_labels = ("shop",)', 'branch_labels = "blog"'
    files = {
        "versions/1.py": revision("b1", None, more=f'{blog}\ndepends_on = "s2"'),
        "versions/2.py": revision("s1", None, more=shop),
        "versions/3.py": revision("s2", "s1"),
        "versions/4.py": revision("b2", "b1", more='depends_on = ("shop", "shop@s2")'),
    }
    project = read(tmp_path, files)
    assert order(project) == ["s1", "s2", "b1", "b2"]
    assert not problems(project)


def test_a_label_that_is_not_known_is_one(tmp_path: Path) -> None:
    more = "from app import SHOP, BLOG\nbranch_labels = "
    files = {
        "versions/1.py": revision("a", None, more=f"{more}(SHOP,)"),
        "versions/2.py": revision("b", None, more=f"{more}BLOG"),
    }
    assert not problems(read(tmp_path, files))


def test_a_reference_may_be_the_beginning_of_an_id(tmp_path: Path) -> None:
    files = {
        "versions/1.py": revision("2f1ab34c", None),
        "versions/2.py": revision("b", "2f1ab"),
    }
    assert not problems(read(tmp_path, files))


def test_two_heads_are_pinned_to_the_last_file(tmp_path: Path) -> None:
    files = {
        "versions/1.py": revision("a", None),
        "versions/2.py": revision("b", "a"),
        "versions/3.py": revision("c", "a"),
    }
    project = read(tmp_path, files)
    assert problems(project) == [("several-heads", "versions/3.py")]
    problem = project.problems[-1]
    assert problem.source is not None
    assert problem.source.text[problem.span.start : problem.span.end] == "down_revision = 'a'"


def test_two_heads_are_told_at_the_file_that_was_asked_for(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "versions/1.py": revision("a", None),
        "versions/2.py": revision("b", "a"),
        "versions/3.py": revision("c", "a"),
    }
    asked = frozenset({str(tmp_path / "versions/2.py")})
    assert problems(read(tmp_path, files, checked=asked)) == [("several-heads", "versions/2.py")]


def test_missing_duplicate_and_circle(tmp_path: Path) -> None:
    lost = read(tmp_path / "1", {"versions/1.py": revision("a", "zz")})
    assert problems(lost) == [("missing-migration", "versions/1.py")]
    twice = read(
        tmp_path / "2",
        {"versions/1.py": revision("a", None), "versions/2.py": revision("a", None)},
    )
    assert problems(twice) == [("duplicate-version", "versions/2.py")]
    circle = {"versions/1.py": revision("a", "b"), "versions/2.py": revision("b", "a")}
    assert ("revision-cycle", "versions/1.py") in problems(read(tmp_path / "3", circle))


def test_what_is_no_revision_is_passed_over(tmp_path: Path) -> None:
    files = {
        "versions/__init__.py": "",
        "versions/helpers.py": "def upgrade():\n    pass\n",
        "versions/1.py": revision("a", None),
        "env.py": "from alembic import context\n",
    }
    assert order(read(tmp_path, files)) == ["a"]


def test_a_file_that_is_no_python_is_told(tmp_path: Path) -> None:
    project = read(tmp_path, {"versions/1.py": f"{HEAD}revision = 'a'\ndef upgrade(:\n"})
    (op,) = project.migrations[0].up.statements[0].ops
    assert isinstance(op, Unknown)
    assert op.cause == "syntax"


def test_an_upgrade_that_is_missing_is_told(tmp_path: Path) -> None:
    text = "revision = 'a'\ndown_revision = None\n"
    (statement,) = read(tmp_path, {"versions/1.py": text}).migrations[0].up.statements
    assert isinstance(statement.ops[0], Unknown)


# Constants of the project


def test_constants_are_looked_up_in_the_projects_modules(tmp_path: Path) -> None:
    body = """
        op.drop_table(TABLE)
        op.drop_table(models.User.__tablename__)
        op.drop_table(names.OTHER)
        op.execute(SQL)
        op.drop_table(unknown.X)
        """
    more = (
        "from app import models, names, unknown\nfrom app.constants import SQL\n"
        "from app.again import TABLE\n"
    )
    app = {
        "env.py": "from alembic import context\n",
        "app/__init__.py": "",
        "app/models.py": "class User(Base):\n    __tablename__ = 'users'\n    id = Column()\n",
        "app/names.py": "OTHER: str = 'others'\nBROKEN = call()\n",
        "app/constants.py": "SQL = 'DROP TABLE from_sql'\n",
        "app/again.py": "from .deeper import NAME as TABLE\n",
        "app/deeper.py": "NAME = 'deep'\n",
        "app/unknown.py": "X = make()\n",
    }
    for name, text in app.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    project = read(tmp_path, {"versions/a.py": revision("a", None, body, more)})
    script = project.migrations[0].up
    names = [name for name, _ in tables(script.statements)]
    assert names == ["deep", "users", "others", "from_sql"]
    assert said(script.source.text, script.statements[3]) == "op.execute(SQL)"
    assert isinstance(script.statements[4].ops[0], Unknown)


def test_what_was_kept_is_read_again_when_a_module_changes(tmp_path: Path) -> None:
    class Shelf:
        def __init__(self) -> None:
            self.records: dict[bytes, bytes] = {}

        def get(self, key: bytes) -> bytes | None:
            return self.records.get(key)

        def put(self, key: bytes, record: bytes) -> None:
            self.records[key] = record

    shelf = Shelf()
    text = revision("a", None, "op.drop_table(NAME)", "from app import NAME\n")
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions/a.py").write_text(text)
    root = Root(str(tmp_path), ".", "alembic", "postgresql", files=("versions/a.py",))
    for name in ("one", "one", "two"):
        (tmp_path / "app.py").write_text(f"NAME = {name!r}\n")
        project = tools.read(root, PARSE, lambda _: shelf)
        assert tables(project.migrations[0].up.statements) == [(name, False)]
    assert len(shelf.records) == 1


# Transactions


def test_all_pending_revisions_are_one_transaction(tmp_path: Path) -> None:
    (migration,) = read(tmp_path, {"versions/1.py": revision("a", None)}).migrations
    assert (migration.up.transaction.scope, migration.up.transaction.certainty) == (
        "run",
        "default",
    )


ENV = """\
from alembic import context
from sqlalchemy import engine_from_config, pool
{above}
def run_migrations_online():
    connectable = engine_from_config({{}}, poolclass=pool.NullPool{engine})
    with connectable.connect() as connection:
        context.configure(connection=connection{configure})
        with context.begin_transaction():
            context.run_migrations()
run_migrations_online()
"""


@pytest.mark.parametrize(
    ("engine", "configure", "above", "scope"),
    [
        ("", "", "", "run"),
        ("", ", transaction_per_migration=True", "", "file"),
        ("", ", transaction_per_migration=False", "", "run"),
        ("", ", transaction_per_migration=EACH", "EACH = True", "file"),
        ("", ", transactional_ddl=False", "", "file"),
        (', isolation_level="AUTOCOMMIT"', "", "", "none"),
        (", isolation_level=LEVEL", "", 'LEVEL = "autocommit"', "none"),
    ],
)
def test_env_py_says_how_it_wraps(
    tmp_path: Path, engine: str, configure: str, above: str, scope: str
) -> None:
    env = ENV.format(engine=engine, configure=configure, above=above)
    project = read(tmp_path, {"env.py": env, "versions/1.py": revision("a", None)})
    transaction = project.migrations[0].up.transaction
    assert (transaction.scope, transaction.certainty) == (scope, "certain")


@pytest.mark.parametrize(
    ("engine", "above", "milliseconds"),
    [
        (', connect_args={"options": "-c lock_timeout=4000 -c statement_timeout=0"}', "", 4000),
        ("", "SQL = \"SET lock_timeout = '3s'\"", 3000),
        ("", "SECONDS = 2\nSQL = f\"SET lock_timeout = '{SECONDS}s'\"", 2000),
        ("", "import os\nSQL = f\"SET lock_timeout = '{os.environ['X']}'\"", 1),
    ],
)
def test_env_py_sets_timeouts(tmp_path: Path, engine: str, above: str, milliseconds: int) -> None:
    env = ENV.format(engine=engine, configure="", above=above)
    project = read(tmp_path, {"env.py": env, "versions/1.py": revision("a", None)})
    (timeout, *_) = project.migrations[0].up.before
    assert isinstance(timeout, SetTimeout)
    assert (timeout.name, timeout.milliseconds) == ("lock_timeout", milliseconds)


def test_a_naming_convention_is_found_in_env_py_and_in_what_it_imports(tmp_path: Path) -> None:
    literal = 'NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}\n'
    made = "metadata = MetaData(naming_convention=NAMES)\n"
    up = {"versions/1.py": revision("a", None, 'op.create_unique_constraint(None, "users", ["x"])')}
    here = {"env.py": f"from sqlalchemy import MetaData\n{literal}{made}"}
    there = {
        "env.py": "from app.db import metadata\ntarget_metadata = metadata\n",
        "app/db.py": f"from sqlalchemy import MetaData\n{literal}{made}",
    }
    for number, env in enumerate((here, there)):
        folder = tmp_path / str(number)
        for name, text in env.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (op,) = ops(read(folder, up).migrations[0].up.statements)
        assert isinstance(op, AddConstraint)
        assert op.constraint.name == "uq_users_x"


FLASK = 'target_metadata = current_app.extensions["migrate"].db.metadata\n'


@pytest.mark.parametrize(
    ("convention", "check", "key", "named"),
    [
        ("", "x", None, True),
        ("{'ck': 'ck_%(table_name)s_%(constraint_name)s'}", "ck_t_x", None, True),
        (
            "{'ck': 'ck_%(table_name)s_%(constraint_name)s', 'fk': 'fk_%(own)s', 'own': own}",
            "ck_t_x",
            None,
            False,
        ),
    ],
)
def test_the_metadata_of_an_application_of_flask(
    tmp_path: Path, convention: str, check: str, key: str | None, named: bool
) -> None:
    body = 'op.create_check_constraint("x", "t", "a > 0")\n'
    body += 'op.create_foreign_key(None, "t", "u", ["u_id"], ["id"])'
    made = "class Own(SQLAlchemy):\n    pass\n\n\ndb = Own()\n"
    made += f"db.metadata.naming_convention = {convention}\n" if convention else ""
    for name, text in {
        "migrations/env.py": FLASK,
        "site/__init__.py": "",
        "site/models/__init__.py": "",
        "site/models/base.py": made,
        "site/views.py": "from site.models.base import db\n",
        ".git/HEAD": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    text = revision("a", None, body)
    project = read(tmp_path / "migrations", {"versions/1.py": text})
    first, second = ops(project.migrations[0].up.statements)
    assert isinstance(first, AddConstraint)
    assert isinstance(second, AddConstraint)
    assert (first.constraint.name, second.constraint.name) == (check, key)
    assert project.named is named


def test_two_databases_of_an_application_are_one_too_many(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("db = SQLAlchemy()\n")
    (tmp_path / "env.py").write_text(FLASK)
    assert not read(tmp_path, {"versions/1.py": revision("a", None)}).named


def test_autocommit_block_holds_for_its_body_alone(tmp_path: Path) -> None:
    body = """
        op.drop_table("a")
        with op.get_context().autocommit_block():
            op.drop_table("b")
            if True:
                op.drop_table("c")
        op.drop_table("d")
        """
    _, statements = one(tmp_path, body)
    scopes = [each.transaction.scope if each.transaction else "" for each in statements]
    assert scopes == ["", "statement", "statement", ""]


def test_autocommit_block_under_another_name_and_in_a_function(tmp_path: Path) -> None:
    body = """
        context = op.get_context()
        with context.autocommit_block():
            build("a")
        build("b")
        """
    more = "def build(name):\n    op.create_index(name, 'users', ['x'])\n"
    _, statements = one(tmp_path, body, more)
    assert [each.transaction is not None for each in statements] == [True, False]


def test_several_statements_in_one_execute_are_one_batch(tmp_path: Path) -> None:
    body = """
        with op.get_context().autocommit_block():
            op.execute("DROP TABLE a; DROP TABLE b")
        """
    _, statements = one(tmp_path, body)
    assert {each.transaction.scope for each in statements if each.transaction} == {"implicit-batch"}
    assert len({each.batch for each in statements}) == 1


def test_a_comment_at_the_head_says_how_the_file_runs(tmp_path: Path) -> None:
    text = "# migralint: transaction=none\n" + revision("a", None, "op.drop_table('x')")
    project = read(tmp_path, {"versions/1.py": text})
    assert project.migrations[0].up.transaction.scope == "none"


# What is walked through


def tables(statements: tuple[Statement, ...]) -> list[tuple[str, bool]]:
    return [(op.table.name, op.conditional) for op in ops(statements) if isinstance(op, DropTable)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("for t in ('a', 'b'): op.drop_table(t)", ["a", "b"]),
        ("for t in NAMES: op.drop_table(t)", ["x", "y"]),
        ("for n in range(3):\n    op.drop_table(f't{n}')", ["t0", "t1", "t2"]),
        ("for t in NAMES:\n    if t == 'x':\n        continue\n    op.drop_table(t)", ["y"]),
        ("for t in NAMES:\n    op.drop_table(t)\n    break", ["x"]),
        ("for _, t in sorted({'k': 'v'}.items()): op.drop_table(t)", ["v"]),
        ("drop(NAMES)", ["x", "y"]),
        ("drop(names=['q'])", ["q"]),
        ("[op.drop_table(t) for t in NAMES]", ["x", "y"]),
        ("if op.get_bind().dialect.name == 'postgresql': op.drop_table('a')", ["a"]),
        ("if op.get_bind().dialect.name != 'postgresql':\n    return\nop.drop_table('a')", ["a"]),
        ("if op.get_context().dialect.name == 'mysql': op.drop_table('a')", []),
        ("if str(op.get_bind().engine.url).startswith('sqlite'): op.drop_table('a')", []),
        ("if context.is_offline_mode():\n    return\nop.drop_table('a')", ["a"]),
        ("t = 'a' if True else 'b'\nop.drop_table(t)", ["a"]),
        ("try:\n    pass\nfinally:\n    op.drop_table('a')", ["a"]),
        ("names = []\nnames.append('a')\nfor t in names: op.drop_table(t)", ["a"]),
        ("t = 'a'\nt += 'b'\nop.drop_table(t)", ["ab"]),
        ("def inner(t='z'):\n    op.drop_table(t)\ninner()", ["z"]),
        ("op.drop_table('%s_%s' % ('a', 'b'))", ["a_b"]),
    ],
)
def test_python_is_walked_through(tmp_path: Path, body: str, found: list[str]) -> None:
    more = "from alembic import context\nNAMES = ['x', 'y']\n"
    more += "def drop(names):\n    for name in names:\n        op.drop_table(name)\n"
    _, statements = one(tmp_path, body, more)
    assert tables(statements) == [(name, False) for name in found]


@pytest.mark.parametrize(
    "body",
    [
        "if inspect(op.get_bind()).has_table('a'):\n    op.drop_table('a')",
        "if os.environ.get('X'): op.drop_table('a')",
        "if os.environ.get('X'):\n    return\nop.drop_table('a')",
        "try:\n    op.drop_table('a')\nexcept Exception:\n    pass",
        "while more():\n    op.drop_table('a')",
        "for row in rows():\n    op.drop_table('a')",
    ],
)
def test_what_may_not_happen_is_conditional(tmp_path: Path, body: str) -> None:
    more = "import os\nfrom sqlalchemy import inspect\nfrom app import more, rows\n"
    _, statements = one(tmp_path, body, more)
    assert tables(statements) == [("a", True)]


def test_a_guard_that_raises_makes_nothing_conditional(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path, "if os.environ.get('X'):\n    raise SystemExit\nop.drop_table('a')", "import os\n"
    )
    assert tables(statements) == [("a", False)]


def test_functions_that_call_themselves_come_to_an_end(tmp_path: Path) -> None:
    more = (
        "from app import start\n"
        "def walk(x):\n"
        "    if isinstance(x, list):\n        return [walk(y) for y in x]\n"
        "    if isinstance(x, dict):\n        return {walk(k): walk(v) for k, v in x.items()}\n"
        "    return x\n"
    )
    _, statements = one(tmp_path, "walk(start())\nop.drop_table('a')", more)
    assert ("a", False) in tables(statements)


# What is not known


@pytest.mark.parametrize(
    ("body", "words", "where"),
    [
        ("op.drop_table(name())", "`name()`", "op.drop_table(name())"),
        ("op.drop_constraint(name(), 'users')", "`name()`", "op.drop_constraint(name(), 'users')"),
        ("op.drop_column('users', NAME)", "`NAME`", "op.drop_column('users', NAME)"),
        (
            "op.create_index('ix', 'users', ['x'], unique=NAME)",
            "`NAME`",
            "op.create_index('ix', 'users', ['x'], unique=NAME)",
        ),
        ("op.execute(NAME)", "the SQL", "op.execute(NAME)"),
        (
            "op.execute(f'DELETE FROM {NAME} WHERE x = 1')",
            "`NAME`",
            "DELETE FROM {NAME} WHERE x = 1",
        ),
        ("op.execute('UPDATE %s SET x = 1' % NAME)", "is only known", "UPDATE %s SET x = 1"),
        ("op.frobnicate('users')", "op.frobnicate()", "op.frobnicate('users')"),
        ("op.alter_column('users', 'x', type_=NAME)", "`NAME`", None),
    ],
)
def test_what_is_not_known_is_told_where_it_stands(
    tmp_path: Path, body: str, words: str, where: str | None
) -> None:
    text, statements = one(tmp_path, body, "from app import NAME, name\n")
    (statement,) = statements
    (op,) = statement.ops
    assert isinstance(op, Unknown)
    assert words in op.reason
    assert "_hid" not in statement.text + str(statement.ops)
    assert where is None or said(text, statement) == where


def test_what_else_is_known_stays(tmp_path: Path) -> None:
    more = "from app import NAME, Custom\n"
    body = """
        op.add_column("users", sa.Column("x", Custom()))
        op.create_table("a", sa.Column("x", sa.String(length=NAME)), sa.Column("y", sa.Text()))
        op.create_index(NAME, "users", ["x"])
        op.execute(f"UPDATE users SET x = {NAME} WHERE id IN ({NAME})")
        op.create_table("b", sa.Column("x", sa.Text()), *NAME)
        """
    _, statements = one(tmp_path, body, more)
    first, second, third, fourth, fifth, sixth = ops(statements)
    assert isinstance(first, AddColumn)
    assert first.column.type is None
    assert isinstance(second, CreateTable)
    assert [str(each.type) for each in second.columns] == ["None", "text"]
    assert isinstance(third, CreateIndex)
    assert third.name is None
    assert statements[2].partial
    assert isinstance(fourth, Update)
    assert (fourth.columns, [column for _, column in fourth.uses]) == (("x",), ["id"])
    assert isinstance(fifth, CreateTable)
    assert [each.name for each in fifth.columns] == ["x"]
    assert isinstance(sixth, Unknown)
    assert "_hid" not in str(ops(statements))


def test_code_that_runs_is_told_once(tmp_path: Path) -> None:
    more = "from app import fill\nfrom sqlalchemy.orm import Session\n"
    body = """
        fill(op.get_bind())
        session = Session(bind=op.get_bind())
        session.add(fill.made()).again()
        session.commit()
        """
    text, statements = one(tmp_path, body, more)
    assert [said(text, each) for each in statements if isinstance(each.ops[0], RunCode)] == [
        "fill(op.get_bind())",
        "session.add(fill.made()).again()",
    ]


def test_queries_of_a_session_read_and_change_rows(tmp_path: Path) -> None:
    body = """
        session = Session(bind=op.get_bind())
        users = sa.table("users", sa.column("id"), sa.column("x"))
        for row in session.query(users).filter(users.c.x == 1).all():
            pass
        session.query(users).filter(users.c.x == 1).update({"x": 2})
        session.query(users).filter_by(x=1).delete()
        """
    _, statements = one(tmp_path, body, "from sqlalchemy.orm import Session\n")
    kinds = [type(op).__name__ for each in statements for op in each.ops]
    assert [each for each in kinds if each != "Select"] == ["Update", "Delete"]
    changes = [op for each in statements for op in each.ops if not isinstance(op, Select)]
    assert all(op.where is not None for op in changes if isinstance(op, (Update, Delete)))


@pytest.mark.parametrize(
    "condition",
    [
        "users.c.x.in_(keys()), users.c.id == 3",
        "keys(users)",
        "*keys",
        "sa.and_(*keys)",
        'users.c["x"].in_(keys())',
        "sa.tuple_(users.c.id, users.c.x).in_(keys())",
    ],
)
def test_a_condition_that_is_not_understood_is_one(tmp_path: Path, condition: str) -> None:
    body = f"""
        users = sa.table("users", sa.column("id"), sa.column("x"))
        op.get_bind().execute(users.delete().where({condition}))
        """
    text = revision("a", None, body, "from app import keys\n")
    report = engine.check_projects([read(tmp_path, {"versions/1.py": text})], config.Settings())
    assert not report.crashes
    assert "MIG304" not in {each.code for each in report.findings}


def test_unknown_names_never_meet(tmp_path: Path) -> None:
    """Of two tables whose names are not known neither exists already, and none is missing."""
    body = """
        for name in NAMES:
            op.create_table(name, sa.Column("x", sa.Text()))
            op.create_index(f"ix_{name}", name, ["x"])
        for name in NAMES:
            op.create_table(name, sa.Column("x", sa.Text()))
            op.create_index("ix_known", "users", [name])
        """
    project = read(
        tmp_path, {"versions/1.py": revision("a", None, body, "from app import NAMES\n")}
    )
    report = engine.check_projects([project], config.Settings())
    assert not report.crashes
    codes = {each.code for each in report.findings}
    assert codes <= {"MIG002", "MIG119", "MIG101"}
    assert "_hid" not in str(report.findings)


# Strings


@pytest.mark.parametrize(
    "call",
    [
        'op.execute("DROP TABLE a")',
        'op.execute("DROP " "TABLE " "a")',
        'op.execute(sa.text("DROP TABLE a"))',
        'op.get_bind().execute(sa.text("DROP TABLE a"))',
        'op.get_bind().exec_driver_sql("DROP TABLE a")',
        'op.execute("DROP TABLE {}".format("a"))',
        'op.execute("DROP TABLE %s" % "a")',
        "op.execute(f'DROP TABLE {NAME}')",
        'op.execute("DROP TABLE " + NAME)',
        'op.execute(textwrap.dedent("""\n        DROP TABLE a\n        """))',
        "op.execute(SQL)",
        "op.execute(sqltext=SQL)",
        "connection = op.get_bind()\nconnection.execute(sa.text(SQL))",
        "with op.get_bind().begin():\n    op.execute(SQL)",
    ],
)
def test_sql_in_strings(tmp_path: Path, call: str) -> None:
    more = 'import textwrap\nNAME = "a"\nSQL = "DROP TABLE a"\n'
    _, statements = one(tmp_path, call, more)
    assert tables(statements) == [("a", False)]


def test_parameters_are_values(tmp_path: Path) -> None:
    body = r"""
        op.execute(sa.text("UPDATE users SET a = :a, at='12:30', t='x'\:\:text").bindparams(a=1))
        op.get_bind().execute(sa.text("UPDATE users SET a = :a"), {"a": 1})
        op.get_bind().execute("UPDATE users SET a = %s", (1,))
        op.get_bind().execute(sa.text("DELETE FROM users WHERE a IN :a"), {"a": (1,)})
        op.execute("UPDATE users SET a = 'b%' WHERE a LIKE '%s%'")
        """
    _, statements = one(tmp_path, body)
    assert not [op for op in ops(statements) if isinstance(op, Unknown)]
    first = ops(statements)[0]
    assert isinstance(first, Update)
    assert first.literals == (("a", "1"), ("at", "12:30"), ("t", "x"))


def test_statements_of_a_string_stand_where_they_are_written(tmp_path: Path) -> None:
    body = '''
        op.execute(
            """
            DROP TABLE a;
            -- a comment
            DROP TABLE "b\\x41";
            """
        )
        '''
    text, statements = one(tmp_path, body)
    assert [said(text, each) for each in statements] == ["DROP TABLE a", 'DROP TABLE "b\\x41"']


# Places


@pytest.mark.parametrize(
    ("call", "number", "where"),
    [
        ('op.drop_column("users", "age")', 0, "age"),
        (
            'op.add_column("users", sa.Column("x", sa.Text(), nullable=False))',
            0,
            'sa.Column("x", sa.Text(), nullable=False)',
        ),
        (
            'op.alter_column("users", "x", type_=sa.Text(), nullable=False)',
            1,
            'x", type_=sa.Text(), nullable=False',
        ),
        ('op.alter_column("users", "x", server_default="y")', 0, 'x", server_default="y'),
        ('op.create_index("ix", "users", ["x"])', 0, 'op.create_index("ix", "users", ["x'),
        ('op.rename_table("users", "people")', 0, 'op.rename_table("users", "people'),
        ('op.create_foreign_key("fk", "a", "b", ["x"], ["y"])', 0, 'fk", "a", "b", ["x"], ["y'),
    ],
)
def test_operations_stand_at_the_arguments(
    tmp_path: Path, call: str, number: int, where: str
) -> None:
    text, statements = one(tmp_path, f"\n\n{call}")
    statement = statements[number]
    assert said(text, statement) == call
    assert said(text, statement, statement.ops[0]) == where


def test_a_constant_does_not_draw_the_place_away(tmp_path: Path) -> None:
    text, statements = one(tmp_path, 'op.drop_column(TABLE, "age")', 'TABLE = "users"\n')
    (statement,) = statements
    assert said(text, statement, statement.ops[0]).endswith("age")
    assert "TABLE = " not in said(text, statement, statement.ops[0])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_marks(tmp_path: Path, newline: str, bom: bytes) -> None:
    body = 'op.execute("""\nDROP TABLE "Kö€𝄞";\nDROP TABLE b""")  # ü\nop.drop_column("ä", "ß")\n'
    data = revision("a", None, body).replace("\n", newline).encode()
    project = read(tmp_path, {"versions/a.py": bom + data})
    script = project.migrations[0].up
    text = script.source.text
    assert [said(text, each) for each in script.statements] == [
        'DROP TABLE "Kö€𝄞"',
        "DROP TABLE b",
        'op.drop_column("ä", "ß")',
    ]
    last = script.statements[-1]
    assert said(text, last, last.ops[0]).endswith("ß")


# Ways back, problems, comments


def test_a_way_back_that_raises_is_one(tmp_path: Path) -> None:
    text = revision("a", None, "op.drop_table('x')")
    empty = text + "\n\ndef downgrade():\n    pass\n"
    refuses = text + "\n\ndef downgrade():\n    raise NotImplementedError('no')\n"
    down = read(tmp_path / "1", {"versions/1.py": empty}).migrations[0].down
    assert down is not None
    assert not down.statements
    down = read(tmp_path / "2", {"versions/1.py": refuses}).migrations[0].down
    assert down is not None
    assert isinstance(down.statements[0].ops[0], Other)
    assert read(tmp_path / "3", {"versions/1.py": text}).migrations[0].down is None


@pytest.mark.parametrize(
    "body",
    [
        "op.drop_constraint(None, 'users', type_='unique')",
        "op.alter_column('users', 'age', server_default=sa.Computed('a + 1'))",
        "op.alter_column('users', 'age', server_default=None,"
        " existing_server_default=sa.Computed('a'))",
        f"op.create_index('{'x' * 64}', 'users', ['a'])",
        f"op.drop_constraint('{'x' * 64}', 'users')",
        f"op.create_table('u', sa.Column('a'), sa.UniqueConstraint('a', name='{'x' * 64}'))",
    ],
)
def test_what_alembic_refuses_is_a_problem(tmp_path: Path, body: str) -> None:
    text = revision("a", None, body)
    project = read(tmp_path, {"versions/1.py": text})
    assert ("migration-refused", "versions/1.py") in problems(project)


@pytest.mark.parametrize(
    ("body", "more", "found"),
    [
        ("op.execute(User.__table__.update())", "from app.models import User", ["User"]),
        ("op.execute(sa.select(User))", "from app.models import User", ["User"]),
        ("op.execute(sa.select(User.id, User.x))", "from app.models import User", []),
        ("s.query(User.id).filter(User.x == 1).all()", "from app.models import User, s", []),
        (
            "s.execute(sa.select(User).where(User.x == 1).options(orm.load_only(User.id)))",
            "from app.models import User, s",
            [],
        ),
        (
            "s.query(User).options(load_only(User.id)).filter_by(x=1).all()\ns.query(Post).all()",
            "from app.models import Post, User, s",
            ["Post"],
        ),
        ("s.query(User).all()\ns.query(User).first()", "from app.models import User, s", ["User"]),
        ("s.add(User(name='x'))", "from app import User, s", ["User"]),
        ("op.drop_table(USERS)", "from app.models import USERS", []),
        ("op.execute(sa.select(User.id))", "class User:\n    id = sa.column('id')\n", []),
        ("op.create_table('a', sa.Column('x', Custom()))", "from app.types import Custom", []),
    ],
)
def test_models_of_the_application(tmp_path: Path, body: str, more: str, found: list[str]) -> None:
    project = read(tmp_path, {"versions/1.py": revision("a", None, body, more)})
    models = [each for each in project.problems if each.rule == "model-of-today"]
    texts = [each.source.text for each in models if each.source]
    spans = [each.span for each in models]
    assert [t[s.start : s.end] for t, s in zip(texts, spans, strict=True)] == found


def test_rows_are_read_as_far_as_rules_ask(tmp_path: Path) -> None:
    body = """
        users = sa.table("users", sa.column("a"), sa.column("b"))
        op.bulk_insert(users, [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
        op.execute(users.update().where(users.c.a == 1).values({users.c.b: "z"}))
        """
    _, statements = one(tmp_path, body)
    first, second = ops(statements)
    assert isinstance(first, Insert)
    assert (first.columns, first.rows) == (("a", "b"), 2)
    assert isinstance(second, Update)
    assert second.literals == (("b", "z"),)
    assert second.where is not None
    assert second.where.tests[0].column == "a"


@pytest.mark.parametrize(
    ("test", "sql"),
    [
        ("users.c.a.between(1, 2)", "a BETWEEN 1 AND 2"),
        ("users.c.a.in_([1, 2])", "a IN (1, 2)"),
        ("users.c.a.is_(None)", "a IS NULL"),
        ("~users.c.a.like('x%')", "a NOT LIKE 'x%'"),
    ],
)
def test_methods_of_a_tables_column(tmp_path: Path, test: str, sql: str) -> None:
    body = f"""
        users = sa.table("users", sa.column("a"))
        op.execute(users.update().where({test}).values(a=0))
        """
    _, statements = one(tmp_path, body)
    (update,) = ops(statements)
    assert isinstance(update, Update)
    assert update.where is not None
    assert update.where.text == sql


# Discovery


def check(folder: Path, files: dict[str, str]) -> tuple[list[tuple[str, str]], list[str]]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found, projects = engine.read(["."], config.Settings(), cwd=str(folder))
    roots = [(each.shown, each.dialect) for each in found.roots if each.tool == "alembic"]
    return roots, [m.path for each in projects for m in each.migrations]


def test_version_locations_are_one_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ini = "[alembic]\nscript_location = db\npath_separator = space\n"
    ini += "version_locations = %(here)s/shop/versions %(here)s/blog/versions\n"
    files = {
        "alembic.ini": ini,
        "db/env.py": "from alembic import context\n",
        "shop/versions/1.py": revision("s1", None, "op.drop_table('a')"),
        "blog/versions/1.py": revision("b1", "s1", "op.drop_table('b')"),
    }
    roots, paths = check(tmp_path, files)
    assert len(roots) == 1
    assert paths == ["shop/versions/1.py", "blog/versions/1.py"]


def test_pyproject_and_no_settings_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    toml = (
        '[tool.alembic]\nscript_location = "%(here)s/db"\nversion_locations = ["%(here)s/revs"]\n'
    )
    up = revision("a", None, "op.drop_table('a')")
    env = {"db/env.py": "from alembic import context\n"}
    roots, paths = check(tmp_path / "1", {"pyproject.toml": toml, "revs/1.py": up, **env})
    assert paths == ["revs/1.py"] or paths == ["1/revs/1.py"]
    assert len(roots) == 1
    bare = {"migrations/env.py": env["db/env.py"], "migrations/versions/1.py": up}
    roots, paths = check(tmp_path / "2", bare)
    assert len(roots) == 1


def test_folders_named_for_databases_are_histories_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    up = revision("a", None, "op.drop_table('a')")
    files = {
        "db/env.py": "from alembic import context\n",
        "db/versions/postgresql/1.py": up,
        "db/versions/sqlite/1.py": up,
    }
    roots, paths = check(tmp_path, files)
    assert roots == [("db/versions/postgresql", "postgresql")]
    assert paths == ["db/versions/postgresql/1.py"]
