"""What we take an operation of Django for is what Django does: each one is run by Django itself, on
a real server, up and down, and the SQL that it sends must give the operations that we read.

The cases are in django_operations.txt. The first migration of each makes the models of BASE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest

from migralint import config, dialects, fix, tools
from migralint.migration import Root, Script
from migralint.ops import Op, RunCode
from tests import server
from tests.needs import need

HEAD = """
import datetime
import decimal
import uuid
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.hstore
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import (
    AddConstraintNotValid, AddIndexConcurrently, BtreeGinExtension, CreateCollation,
    CreateExtension, RemoveCollation, RemoveIndexConcurrently, TrigramExtension,
    UnaccentExtension, ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Collate, Lower, Now, Upper


def code(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = {dependencies}
    operations = [
{operations}
    ]
"""
BASE = """
migrations.CreateModel(
    name="Author",
    fields=[
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
        ("name", models.CharField(max_length=100)),
        ("email", models.EmailField(max_length=254, unique=True)),
        ("born", models.DateField(null=True)),
    ],
),
migrations.CreateModel(
    name="Tag",
    fields=[
        ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False)),
        ("label", models.SlugField(max_length=40)),
    ],
),
migrations.CreateModel(
    name="Book",
    fields=[
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
        ("title", models.CharField(db_index=True, max_length=200)),
        ("code", models.CharField(max_length=20, unique=True)),
        ("blurb", models.TextField(blank=True)),
        ("pages", models.PositiveIntegerField(null=True)),
        ("price", models.DecimalField(decimal_places=2, default=0, max_digits=8)),
        ("stars", models.IntegerField(null=True)),
        ("open", models.BooleanField(default=True)),
        (
            "tagged",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=9), size=None),
        ),
        ("made", models.DateTimeField(auto_now_add=True)),
        ("author", models.ForeignKey(on_delete=models.CASCADE, to="shop.author")),
        (
            "owner",
            models.ForeignKey(null=True, on_delete=models.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        ("tags", models.ManyToManyField(to="shop.tag")),
    ],
    options={
        "ordering": ["title"],
        "unique_together": {("author", "title")},
        "indexes": [models.Index(fields=["stars", "-pages"], name="book_stars")],
        "constraints": [models.CheckConstraint(condition=Q(pages__gt=0), name="pages_positive")],
    },
),
"""


@dataclass(frozen=True)
class Case:
    name: str
    operations: str
    base: str = BASE
    atomic: bool = True
    down: bool = True
    """False: Django refuses to go back."""


def cases() -> Iterator[Case]:
    yield Case("base", BASE, base="")
    text = Path(__file__).with_name("django_operations.txt").read_text(encoding="utf-8")
    for block in text.split("\n=== ")[1:]:
        head, _, body = block.partition("\n")
        name, *words = head.split(" | ")
        before, line, operations = body.partition("\n---\n")
        yield Case(
            name,
            operations if line else before,
            BASE + before if line else BASE,
            atomic="atomic = False" not in words,
            down="irreversible" not in words,
        )


CASES = list(cases())
DIFFERENT = {
    "add citext": "Django 5.1 made a varchar of what all before it have as citext",
}
"""Cases in which we differ from Django, with the reason."""


# Django


@pytest.fixture(scope="module")
def django() -> Iterator[Any]:
    """A Django on a server of its own, with the tables of its own apps."""
    need("django", "django")
    with server.running() as url, server.database(url) as connection:
        from django import setup
        from django.conf import settings

        info = connection.info
        options = parse_qs(urlsplit(url).query)
        settings.configure(
            DATABASES={
                "default": {
                    "ENGINE": "django.db.backends.postgresql",
                    "NAME": info.dbname,
                    "USER": unquote(info.user),
                    "PASSWORD": info.password,
                    "HOST": options.get("host", [info.host])[0],
                    "PORT": info.port,
                }
            },
            INSTALLED_APPS=[
                "django.contrib.contenttypes",
                "django.contrib.auth",
                "django.contrib.postgres",
            ],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            SILENCED_SYSTEM_CHECKS=["fields", "models"],
            USE_TZ=True,
        )
        setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for each in ("btree_gist", "hstore"):
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {each}".encode())
        from django.db import connection as own

        try:
            yield own
        finally:
            own.close()


class Recorder:
    """What Django sends while it applies a migration, which it really does."""

    def __init__(self, connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.db.backends.base.schema import BaseDatabaseSchemaEditor

        self.connection = connection
        self.sent: list[str] = []
        send = BaseDatabaseSchemaEditor.execute

        def execute(editor: Any, sql: Any, params: Any = ()) -> None:
            self.sent.append(str(sql))
            send(editor, sql, params)

        monkeypatch.setattr(BaseDatabaseSchemaEditor, "execute", execute)

    def run(self, state: Any, migration: Any, *, down: bool = False) -> tuple[Any, list[str]]:
        self.sent = []
        with self.connection.schema_editor(atomic=migration.atomic) as editor:
            step = migration.unapply if down else migration.apply
            state = step(state.clone(), editor)
        return state, self.sent


def text_of(case: Case, *, first: bool) -> str:
    operations = case.base if first else case.operations
    if operations.strip() and not operations.strip().endswith(","):
        operations += ","
    dependencies = (
        '[migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("auth", "__first__")]'
        if first
        else '[("shop", "0001_base")]'
    )
    atomic = True if first else case.atomic
    return HEAD.format(operations=operations, dependencies=dependencies, atomic=atomic)


def loaded(text: str, name: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(text, f"{name}.py", "exec"), namespace)
    return namespace["Migration"](name, "shop")


# The comparison


def bare(value: Any) -> Any:
    """An operation without its places."""
    if isinstance(value, msgspec.Struct):
        names = [name for name in value.__struct_fields__ if name not in ("span", "clause")]
        return {
            "kind": type(value).__name__,
            **{name: bare(getattr(value, name)) for name in names},
        }
    if isinstance(value, tuple):
        return [bare(each) for each in value]
    return value


HIDDEN = "{…}"
"""What stands in an expression for a value that is only known when the code runs."""


def same(ours: Any, theirs: Any) -> bool:
    """Ours is theirs, but for values that are only known when the code runs."""
    if isinstance(ours, dict):
        hidden = HIDDEN in str(ours.get("text"))
        return (
            isinstance(theirs, dict)
            and ours.keys() == theirs.keys()
            and all(same(ours[key], theirs[key]) or (hidden and key == "literal") for key in ours)
        )
    if isinstance(ours, list):
        return (
            isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
        )
    if isinstance(ours, str) and isinstance(theirs, str) and HIDDEN in ours:
        pattern = ".*".join(map(re.escape, ours.split(HIDDEN)))
        return re.fullmatch(pattern, theirs, re.DOTALL) is not None
    return bool(ours == theirs)


def operations(script: Script | None) -> list[Op]:
    assert script is not None
    return [
        op
        for statement in script.statements
        for op in statement.ops
        if not isinstance(op, RunCode) and getattr(op, "what", "") != "NOTHING"
    ]


def compare(script: Script | None, sent: list[str]) -> None:
    parse = dialects.load("postgresql").parse
    ours = [bare(op) for op in operations(script)]
    theirs = [bare(op) for sql in sent for statement in parse(sql) for op in statement.ops]
    if not same(ours, theirs):
        assert script is not None
        mine = [each.embedded.text if each.embedded else each.text for each in script.statements]
        assert "\n".join(mine) == "\n".join(sent)
        assert ours == theirs


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_operations(
    case: Case, django: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.migrations.exceptions import IrreversibleError
    from django.db.migrations.loader import MigrationLoader

    texts = {"0001_base": text_of(case, first=True), "0002_case": text_of(case, first=False)}
    folder = tmp_path / "shop" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / "manage.py").write_text('setdefault("DJANGO_SETTINGS_MODULE", "settings")')
    (tmp_path / "settings.py").write_text('DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"')
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    root = Root(
        str(tmp_path),
        ".",
        "django",
        "postgresql",
        files=tuple(f"shop/migrations/{name}.py" for name in texts),
    )
    project = tools.read(root, dialects.load("postgresql").parse)
    ours = {each.id: each for each in project.migrations}["shop.0002_case"]
    state = MigrationLoader(django).project_state()
    recorder = Recorder(django, monkeypatch)
    base, migration = (loaded(text, name) for name, text in texts.items())
    try:
        before, _ = recorder.run(state, base)
        _, sent = recorder.run(before, migration)
        if case.name in DIFFERENT:
            with pytest.raises(AssertionError):
                compare(ours.up, sent)
            return
        compare(ours.up, sent)
        if case.down:
            _, sent = recorder.run(before, migration, down=True)
            compare(ours.down, sent)
        else:
            with pytest.raises(IrreversibleError):
                recorder.run(before, migration, down=True)
            assert ours.down is None
    finally:
        _clear(django)


def _clear(connection: Any) -> None:
    """Take away what the case has made."""
    if connection.connection is not None:
        connection.connection.rollback()
        connection.in_atomic_block = False
        connection.needs_rollback = False
        connection.savepoint_ids = []
        connection.atomic_blocks = []
        connection.set_autocommit(True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE 'auth%%' AND tablename NOT LIKE 'django%%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TABLE "{name}" CASCADE')
        cursor.execute(
            "SELECT collname FROM pg_collation WHERE collnamespace = 'public'::regnamespace"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP COLLATION "{name}" CASCADE')


# What is fixed

TO_FIX = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_base")]

    operations = [
        migrations.RemoveIndex("book", "book_stars"),
        migrations.AddField("book", "rank", models.IntegerField(null=True)),
        migrations.AddIndex(
            model_name="book", index=models.Index(fields=["-price"], name="book_price")
        ),
        migrations.AddConstraint(
            "book", models.CheckConstraint(condition=models.Q(stars__lt=6), name="book_few")
        ),
        migrations.RunSQL(
            "ALTER TABLE shop_book ADD CONSTRAINT book_rank CHECK (rank > 0)",
            "ALTER TABLE shop_book DROP CONSTRAINT book_rank",
        ),
        migrations.RunSQL("CREATE INDEX book_rank ON shop_book (rank)", "DROP INDEX book_rank"),
    ]
"""
FIXED = {
    "0002_case": [
        "SET LOCAL lock_timeout = '5s'",
        'ALTER TABLE "shop_book" ADD COLUMN "rank" integer NULL',
        'ALTER TABLE "shop_book" ADD CONSTRAINT "book_few" CHECK ("stars" < 6) NOT VALID',
        "ALTER TABLE shop_book ADD CONSTRAINT book_rank CHECK (rank > 0) NOT VALID",
    ],
    "0003_drop_book_stars": ['DROP INDEX CONCURRENTLY IF EXISTS "book_stars"'],
    "0004_create_book_price": [
        'CREATE INDEX CONCURRENTLY "book_price" ON "shop_book" ("price" DESC)',
    ],
    "0005_validate_book_few": ['ALTER TABLE "shop_book" VALIDATE CONSTRAINT "book_few"'],
    "0006_validate_book_rank": ["ALTER TABLE shop_book VALIDATE CONSTRAINT book_rank"],
    "0007_create_book_rank": ["CREATE INDEX CONCURRENTLY book_rank ON shop_book (rank)"],
}


def test_what_is_fixed_runs(django: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django applies the migrations that fixes have made, and goes back over them."""
    from django.db.migrations.loader import MigrationLoader

    folder = tmp_path / "shop" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / "manage.py").write_text('setdefault("DJANGO_SETTINGS_MODULE", "settings")')
    base = text_of(Case("base", BASE), first=True)
    for name, text in (("0001_base", base), ("0002_case", TO_FIX)):
        (folder / f"{name}.py").write_text(text)
    outcome = fix.fixed(["."], config.Settings(), cwd=str(tmp_path), unsafe=True)
    fix.write(outcome)
    assert sorted(path.stem for path in folder.glob("*.py"))[1:] == list(FIXED)
    migrations = {name: loaded((folder / f"{name}.py").read_text(), name) for name in FIXED}
    recorder = Recorder(django, monkeypatch)
    state = MigrationLoader(django).project_state()
    states = [recorder.run(state, loaded(base, "0001_base"))[0]]
    last = "0001_base"
    try:
        for name, migration in migrations.items():
            assert migration.dependencies == [("shop", last)]
            state, sent = recorder.run(states[-1], migration)
            assert sent == FIXED[name]
            states.append(state)
            last = name
        with django.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
            assert cursor.fetchone() == (0,)
        for before, migration in zip(states[-2::-1], reversed(migrations.values()), strict=True):
            recorder.run(before, migration, down=True)
    finally:
        _clear(django)
