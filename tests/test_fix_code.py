"""Fixes of migrations in code: what they make of Django's, that they end and break nothing, and
that Alembic itself sends what was meant."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migralint import fix
from tests.needs import need
from tests.test_fix import fixed, found, revisions

FIRST = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.TextField()),
                ("pages", models.IntegerField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["pages"], name="book_pages")]},
        ),
    ]
"""
HEAD = """\
from django.db import migrations, models


class Migration(migrations.Migration):
{atomic}    dependencies = [
        ("shop", "{before}"),
    ]

    operations = [
"""


def migration(*operations: str, before: str = "0001_a", atomic: bool = True) -> str:
    """A migration of the app; each operation is written with the indentation of the list."""
    head = HEAD.format(before=before, atomic="" if atomic else "    atomic = False\n\n")
    return head + "".join(operations) + "    ]\n"


def shop(folder: Path, second: str) -> Path:
    """A project of Django with one app."""
    place = folder / "shop" / "migrations"
    place.mkdir(parents=True)
    (folder / "manage.py").write_text('setdefault("DJANGO_SETTINGS_MODULE", "settings")\n')
    (folder / "settings.py").write_text('DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n')
    (place / "0001_a.py").write_text(FIRST)
    (place / "0002_b.py").write_text(second)
    return folder


def written(folder: Path, second: str) -> dict[str, str]:
    """What the app's migrations are once they are mended, but for the first one."""
    fix.write(fixed(shop(folder, second)))
    assert not fixed(folder).files, "a second run has nothing to do"
    place = folder / "shop" / "migrations"
    return {path.stem: path.read_text() for path in sorted(place.glob("*.py"))[1:]}


FIELD = '        migrations.AddField("book", "stars", models.IntegerField(null=True)),\n'
INDEX = """\
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["title"], name="book_title"),  # they search
        ),
"""
REMOVED = '        migrations.RemoveIndex("book", "book_pages"),\n'
CHECK = """\
        migrations.AddConstraint(
            "book",
            models.CheckConstraint(condition=models.Q(pages__gt=0), name="positive"),
        ),
"""
KEY = """\
        migrations.RunSQL(
            "ALTER TABLE shop_book ADD CONSTRAINT next"
            " FOREIGN KEY (pages) REFERENCES shop_book (id)",
            "ALTER TABLE shop_book DROP CONSTRAINT next",
        ),
"""
TIMEOUT = """\
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
"""


def concurrent(name: str) -> str:
    return f"from django.contrib.postgres.operations import {name}\n"


def test_an_index_by_itself(tmp_path: Path) -> None:
    """The whole migration leaves the transaction."""
    names = "AddIndexConcurrently, RemoveIndexConcurrently"
    wanted = migration(INDEX, REMOVED, atomic=False)
    for name in names.split(", "):
        wanted = wanted.replace(f"migrations.{name.removesuffix('Concurrently')}(", f"{name}(")
    assert written(tmp_path, migration(INDEX, REMOVED)) == {"0002_b": concurrent(names) + wanted}


def test_an_index_among_others(tmp_path: Path) -> None:
    """It moves behind the last migration of the app, with the comment and the imports."""
    index = INDEX.replace("migrations.AddIndex", "AddIndexConcurrently")
    text = migration(INDEX, FIELD, before="0001_a")
    assert written(tmp_path, text) == {
        "0002_b": migration(TIMEOUT, FIELD),
        "0003_create_book_title": concurrent("AddIndexConcurrently")
        + migration(index, before="0002_b", atomic=False),
    }


def test_a_check_is_validated_later(tmp_path: Path) -> None:
    new = CHECK.replace("migrations.AddConstraint", "AddConstraintNotValid")
    validate = '        ValidateConstraint(model_name="book", name="positive"),\n'
    validated = migration(validate, before="0002_b").replace(", models\n", "\n")
    assert written(tmp_path, migration(CHECK)) == {
        "0002_b": concurrent("AddConstraintNotValid") + migration(TIMEOUT, new),
        "0003_validate_positive": concurrent("ValidateConstraint") + validated,
    }


def test_sql_keeps_its_words(tmp_path: Path) -> None:
    new = KEY.replace("shop_book (id)", "shop_book (id) NOT VALID")
    validate = """\
        migrations.RunSQL("ALTER TABLE shop_book VALIDATE CONSTRAINT next", migrations.RunSQL.noop),
"""
    validated = migration(validate, before="0002_b").replace(", models\n", "\n")
    assert written(tmp_path, migration(KEY)) == {
        "0002_b": migration(TIMEOUT, new),
        "0003_validate_next": validated,
    }


def test_outside_of_a_transaction_all_stays(tmp_path: Path) -> None:
    assert written(tmp_path, migration(CHECK, atomic=False)) == {
        "0002_b": concurrent("AddConstraintNotValid")
        + migration(
            TIMEOUT.replace("LOCAL ", ""),
            CHECK.replace("migrations.AddConstraint", "AddConstraintNotValid"),
            "        migrations.RunSQL(\n"
            '            "ALTER TABLE shop_book VALIDATE CONSTRAINT positive",'
            " migrations.RunSQL.noop\n"
            "        ),\n",
            atomic=False,
        )
    }


def test_imports_are_merged(tmp_path: Path) -> None:
    head = """\
from django.contrib.postgres.operations import (
    TrigramExtension,
)
"""
    text = written(tmp_path, head + migration(INDEX))["0002_b"]
    assert text.startswith(
        head.replace("Extension,\n", "Extension,\n    AddIndexConcurrently,\n") + "from django.db"
    )


UNIQUE = '        migrations.AlterUniqueTogether("book", {("title", "pages")}),\n'
AGAIN = '        RemoveIndexConcurrently("book", "book_title"),\n'


def test_the_order_stays(tmp_path: Path) -> None:
    """What drops an index does not come before what makes it."""
    head = concurrent("RemoveIndexConcurrently")
    files = written(tmp_path, head + migration(FIELD, INDEX, AGAIN))
    assert list(files) == ["0002_b", "0003_drop_book_title"]
    assert INDEX in files["0002_b"]


LEFT = {
    "what only people can do": [UNIQUE],
    "used later": [INDEX, '        migrations.RenameField("book", "title", "name"),\n'],
    "a loop": ['        *[migrations.AddIndex("book", models.Index("title", name="x"))],\n'],
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_left_to_people(case: str, tmp_path: Path) -> None:
    files = written(tmp_path, migration(*LEFT[case]))
    assert list(files) == ["0002_b"]
    for operation in LEFT[case]:
        assert operation in files["0002_b"]


def test_a_migration_that_others_come_after_is_not_taken_apart(tmp_path: Path) -> None:
    text = migration(TIMEOUT, INDEX, FIELD)
    folder = shop(tmp_path, text)
    after = migration(before="0002_b")
    (folder / "shop" / "migrations" / "0003_c.py").write_text(after)
    assert not fixed(folder).files


# Whatever stands there


STATE = """\
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE shop_book ADD CONSTRAINT few CHECK (pages < 9)",
                    "ALTER TABLE shop_book DROP CONSTRAINT few",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "book", models.CheckConstraint(condition=models.Q(pages__lt=9), name="few")
                ),
            ],
        ),
"""
LINES = {
    '    op.create_index("i1", "users", ["email"])\n': True,
    '    op.create_index(\n        "i2",\n        "users",\n        ["id"],\n    )  # why\n': True,
    '    op.drop_index("orders_note", "orders")\n': True,
    '    op.create_foreign_key("fk", "orders", "users", ["user_id"], ["id"])\n': True,
    '    op.create_unique_constraint("uq", "users", ["email"])\n': True,
    '    op.create_check_constraint("ck", "orders", "note <> \'\'")\n': True,
    '    op.alter_column("orders", "note", nullable=False)\n': True,
    '    op.execute("CREATE INDEX i3 ON orders (user_id)")\n': True,
    "    op.execute('''\n        CREATE INDEX i4\n          ON users (id)\n    ''')\n": True,
    '    op.execute("ALTER TABLE users ADD COLUMN c int")\n': False,
    '    op.add_column("users", sa.Column("d", sa.Text()))  # ü\n': False,
    '    op.create_table("new", sa.Column("id", sa.Integer()))\n': False,
    '    for name in ("e", "f"):\n        op.create_index(name, "users", ["id"])\n': False,
    '    op.execute("UPDATE users SET email = lower(email)")\n': False,
    '    # op.create_index("i1", "users", ["email"])\n': False,
    "    if op.get_context().dialect.name == 'sqlite':\n        op.drop_table('users')\n": False,
}
"""Lines of a revision; whether a fix may change what stands there."""
OPERATIONS = {
    FIELD: False,
    INDEX: True,
    REMOVED: True,
    CHECK: True,
    KEY: True,
    UNIQUE: False,
    '        migrations.AddIndex("book", models.Index("title", name="ü")),\n': True,
    '        migrations.RunSQL("CREATE INDEX i ON shop_book (title)", "DROP INDEX i"),\n': True,
    '        migrations.RunSQL("SELECT 1; SELECT 2", ""),\n': False,
    STATE: True,
    "        migrations.RunPython(migrations.RunPython.noop),\n": False,
    '        # migrations.RemoveIndex("book", "book_pages"),\n': False,
    '        migrations.AlterField("book", "pages", models.IntegerField(default=0)),\n': False,
    '        migrations.RemoveField("book", "title"),\n': False,
    '        migrations.AlterModelOptions("book", {"ordering": ["title"]}),\n': False,
}
TRIALS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def try_out(folder: Path, paths: str, pieces: dict[str, bool], ends: str) -> None:
    """Fix all that can be: it ends, compiles, is no worse, and leaves all other lines."""
    for path in folder.glob(paths):
        path.write_bytes(path.read_text().replace("\n", ends).encode())
    before = found(folder)
    outcome = fixed(folder)
    fix.write(outcome)
    assert not fixed(folder).files, "a second run has nothing to do"
    texts = [path.read_bytes().decode() for path in sorted(folder.glob(paths))]
    for text in texts:
        ast.parse(text)
        assert ends == "\n" or not re.search(r"(?<!\r)\n", text)
    after = found(folder)
    assert len(after) <= len(before)
    errors = [sum(each.severity == "error" for each in some) for some in (before, after)]
    assert errors[1] <= errors[0]
    for piece, changes in pieces.items():
        if not changes:
            assert any(piece.replace("\n", ends) in text for text in texts), piece
        # A call may be said in other words, or move: what it is about stands there still.
        for name in re.findall(r'"(\w+)"', piece):
            assert any(name in text for text in texts), name


@TRIALS
@given(
    lines=st.lists(st.sampled_from(list(LINES)), min_size=1, max_size=5, unique=True),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_fixes_of_revisions(
    lines: list[str], ends: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = revisions(tmp_path_factory.mktemp("p"), "".join(lines) + "    pass\n")
    try_out(folder, "versions/*.py", {each: LINES[each] for each in lines}, ends)


@TRIALS
@given(
    operations=st.lists(st.sampled_from(list(OPERATIONS)), min_size=1, max_size=5, unique=True),
    atomic=st.booleans(),
    comma=st.booleans(),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_fixes_of_migrations_of_django(
    operations: list[str],
    atomic: bool,
    comma: bool,
    ends: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    text = migration(*operations, atomic=atomic)
    if not comma:
        text = re.sub(r",(?=[^,]*\Z)", "", text)
    folder = shop(tmp_path_factory.mktemp("p"), text)
    pieces = {each.rstrip(",\n"): OPERATIONS[each] for each in operations}
    try_out(folder, "*/*/*.py", pieces, ends)


# What Alembic sends


ENVIRONMENT = """
from alembic import context

context.configure(dialect_name="postgresql", literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""
SENT = {
    '    op.create_index("i", "users", ["email"])\n': [
        *("BEGIN", "COMMIT", "CREATE INDEX CONCURRENTLY i ON users (email)", "BEGIN", "COMMIT"),
    ],
    '    op.create_foreign_key("fk", "orders", "users", ["user_id"], ["id"])\n': [
        "BEGIN",
        "SET LOCAL lock_timeout = '5s'",
        "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY(user_id) REFERENCES users (id) NOT VALID",
        "COMMIT",
        "ALTER TABLE orders VALIDATE CONSTRAINT fk",
        "BEGIN",
        "COMMIT",
    ],
    '    op.create_unique_constraint("uq", "users", ["email"])\n': [
        "BEGIN",
        "COMMIT",
        "CREATE UNIQUE INDEX CONCURRENTLY uq ON users (email)",
        "BEGIN",
        "SET LOCAL lock_timeout = '5s'",
        "ALTER TABLE users ADD CONSTRAINT uq UNIQUE USING INDEX uq",
        "COMMIT",
    ],
    '    op.alter_column("orders", "note", nullable=False)\n': [
        "BEGIN",
        "SET LOCAL lock_timeout = '5s'",
        "ALTER TABLE orders ADD CONSTRAINT orders_note_not_null CHECK (note IS NOT NULL) NOT VALID",
        "COMMIT",
        "ALTER TABLE orders VALIDATE CONSTRAINT orders_note_not_null",
        "BEGIN",
        "SET LOCAL lock_timeout = '5s'",
        "ALTER TABLE orders ALTER COLUMN note SET NOT NULL",
        "ALTER TABLE orders DROP CONSTRAINT orders_note_not_null",
        "COMMIT",
    ],
}


@pytest.mark.parametrize("line", SENT)
def test_alembic_sends_what_was_meant(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("alembic", "alembic")
    from alembic import command
    from alembic.config import Config

    folder = revisions(tmp_path, line)
    fix.write(fixed(folder))
    (folder / "env.py").write_text(ENVIRONMENT)
    monkeypatch.chdir(folder)
    sent = io.StringIO()
    command.upgrade(Config(str(folder / "alembic.ini"), output_buffer=sent), "a:b", sql=True)
    text = re.sub(r"^--.*$|^UPDATE alembic_version.*$", "", sent.getvalue(), flags=re.MULTILINE)
    statements = [" ".join(each.split()) for each in text.split(";")]
    assert [each for each in statements if each] == SENT[line]
