"""Alembic: functions that revisions share, in their own file or in modules of the project, are
walked into; what they send stands where they are called."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from migralint import dialects, tools
from migralint.cache import Cache
from migralint.migration import Project, Root, Statement
from migralint.ops import AddColumn, CreateTable, RunCode, Unknown

PARSE = dialects.load("postgresql").parse
HELPERS = '''
import contextlib
import functools
from alembic import context, op
import sqlalchemy as sa
from .names import TABLE

def online(function):
    """Does nothing offline."""
    @functools.wraps(function)
    def decorator(*args, **kwargs):
        if context.is_offline_mode():
            return None
        return function(*args, **kwargs)
    return decorator

def has_table(name):
    return name in sa.inspect(op.get_bind()).get_table_names()

@online
def create_if_missing(name, *args, **kwargs):
    if not has_table(name):
        return op.create_table(name, *args, **kwargs)

def stamp():
    create(TABLE)

def create(name):
    op.execute(f"CREATE TABLE {name} (id bigint)")

@contextlib.contextmanager
def unchecked(table):
    op.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    try:
        yield "orders"
    finally:
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")

@contextlib.contextmanager
def pragma(op):
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA foreign_keys=off")
        yield op
        op.execute("PRAGMA foreign_keys=on")
    else:
        yield op

@unknown.decorator
def strange():
    op.drop_table("users")

def endless(n):
    while True:
        endless(n + 1)
'''
MODELS = """
import sqlalchemy as sa
class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
    mail = sa.Column("email", sa.Text)
"""
HEAD = """\
from alembic import op
import sqlalchemy as sa
from app import helpers
from app.models import User
revision = "a"
down_revision = None
"""


def read(folder: Path, body: str, more: str = "", cache: Cache | None = None) -> Project:
    text = f"{HEAD}{more}\ndef upgrade():\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}"
    files = {
        "app/__init__.py": "",
        "app/helpers.py": HELPERS,
        "app/names.py": 'TABLE = "stamps"\n',
        "app/models.py": MODELS,
        "migrations/versions/a.py": text,
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or name.endswith("/a.py"):
            path.write_text(content)
    versions = folder / "migrations" / "versions"
    root = Root(str(versions), ".", "alembic", "postgresql", files=("a.py",))
    return tools.read(root, PARSE, None if cache is None else cache.shelf)


def sent(project: Project) -> list[tuple[str, int, str]]:
    """The first operation of each statement, its line within upgrade() and what it concerns."""
    script = project.migrations[0].up
    first = script.source.position(script.source.text.index("def upgrade"))[0]

    def concerns(statement: Statement) -> str:
        op = statement.ops[0]
        name = getattr(op, "table", None) or getattr(op, "reason", None)
        return str(getattr(name, "name", name))

    return [
        (
            type(each.ops[0]).__name__,
            script.source.position(each.span.start)[0] - first,
            concerns(each),
        )
        for each in script.statements
    ]


def test_a_function_of_a_module_does_what_it_does_where_it_is_called(tmp_path: Path) -> None:
    body = """
        helpers.create_if_missing("users", sa.Column("id", sa.Integer(), nullable=False))
        helpers.stamp()
    """
    project = read(tmp_path, body)
    assert sent(project) == [("CreateTable", 1, "users"), ("CreateTable", 2, "stamps")]
    first, second = project.migrations[0].up.statements
    assert [op.conditional for op in first.ops + second.ops] == [True, False]
    table = first.ops[0]
    assert isinstance(table, CreateTable)
    assert [column.name for column in table.columns] == ["id"]
    text = project.migrations[0].up.source.text
    assert text[second.span.start : second.span.end] == "helpers.stamp()"


def test_a_generator_that_is_entered_goes_around_the_body(tmp_path: Path) -> None:
    body = """
        with helpers.unchecked("users") as other, helpers.pragma(op):
            op.drop_table(other)
        op.drop_table("last")
    """
    project = read(tmp_path, body)
    assert [(line, name) for _, line, name in sent(project)] == [
        (1, "users"),
        (2, "orders"),
        (1, "users"),
        (3, "last"),
    ]
    drops = [each.ops[0] for each in project.migrations[0].up.statements]
    assert [op.conditional for op in drops] == [False] * 4


def test_a_return_within_a_generators_body_leaves_the_function(tmp_path: Path) -> None:
    more = "def inner():\n    with helpers.pragma(op):\n        return 'users'\n    return 'no'\n"
    assert [name for *_, name in sent(read(tmp_path, "op.drop_table(inner())", more))] == ["users"]


def test_what_wraps_a_function_in_an_unknown_way_is_told(tmp_path: Path) -> None:
    project = read(tmp_path, "helpers.strange()\nhelpers.endless(1)")
    (first, *_) = project.migrations[0].up.statements
    assert isinstance(first.ops[0], (RunCode, Unknown))


def test_what_a_helper_does_not_know_is_told_where_it_is_called(tmp_path: Path) -> None:
    more = "for_all = [each for each in sa.inspect(op.get_bind()).get_table_names()]\n"
    project = read(tmp_path, "helpers.create(for_all[0])", more)
    assert [(kind, line) for kind, line, _ in sent(project)] == [("Unknown", 1)]


def test_a_list_that_a_condition_filled_is_walked_through(tmp_path: Path) -> None:
    body = """
        found = []
        for table in ("users", "orders"):
            for column in sa.inspect(op.get_bind()).get_columns(table):
                if column["name"] == "x":
                    found.append((table, column))
        for table, column in found:
            op.add_column(table, sa.Column("y", sa.Text()))
    """
    project = read(tmp_path, body)
    assert [name for *_, name in sent(project)] == ["users", "orders"]
    added = [each.ops[0] for each in project.migrations[0].up.statements]
    assert all(isinstance(op, AddColumn) and op.conditional for op in added)


def test_a_list_of_which_more_is_not_known_is_not(tmp_path: Path) -> None:
    body = """
        found = []
        for table in sa.inspect(op.get_bind()).get_table_names():
            found.append("users")
        found.sort()
        found += others()
        for table in found:
            op.drop_table(table)
    """
    found = sent(read(tmp_path, body))
    assert ("Unknown", 7) in [(kind, line) for kind, line, _ in found]


def test_an_enumeration_gives_its_members(tmp_path: Path) -> None:
    more = """
from enum import Enum
class Kind(Enum):
    first_name = 1
    email = 2
    def label(self):
        return self.name
"""
    body = """
        for kind in Kind:
            op.execute(f"CREATE TABLE {kind.name} (k int DEFAULT {kind.value})")
    """
    project = read(tmp_path, body, more)
    assert [name for *_, name in sent(project)] == ["first_name", "email"]


def test_a_key_may_refer_to_a_models_column(tmp_path: Path) -> None:
    body = 'op.create_table("t", sa.Column("m", sa.Text(), sa.ForeignKey(User.mail, name="fk")))'
    (statement,) = read(tmp_path, body).migrations[0].up.statements
    (table,) = statement.ops
    assert isinstance(table, CreateTable)
    (key,) = table.constraints
    assert key.references is not None
    assert (key.references.name, key.referenced_columns) == ("users", ("email",))


@pytest.mark.parametrize(
    "body",
    [
        'op.get_bind().execute(sa.text("DELETE FROM users WHERE x = :x").params({"x": 1}))',
        'op.get_bind().exec_driver_sql("DELETE FROM users").scalar()',
    ],
)
def test_sql_of_connections(tmp_path: Path, body: str) -> None:
    assert [(kind, name) for kind, _, name in sent(read(tmp_path, body))] == [("Delete", "users")]


def test_what_was_kept_is_read_again_when_a_helper_changes(tmp_path: Path) -> None:
    folder = str(tmp_path / "cache")

    def tables() -> list[str]:
        cache = Cache(folder)
        found = [name for *_, name in sent(read(tmp_path, "helpers.stamp()", cache=cache))]
        cache.save()
        return found

    assert tables() == tables() == ["stamps"]
    (tmp_path / "app" / "names.py").write_text('TABLE = "marks"\n')
    assert tables() == ["marks"]
    helpers = tmp_path / "app" / "helpers.py"
    helpers.write_text(helpers.read_text().replace("create(TABLE)", 'create("others")'))
    assert tables() == ["others"]
