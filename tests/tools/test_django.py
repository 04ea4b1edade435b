"""Django: the order of migrations, what is wrong with it, and what is seen in code."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import dialects, engine, tools
from migralint.config import Settings
from migralint.discover import discover
from migralint.finding import Finding
from migralint.migration import Project, Root
from migralint.ops import (
    AddColumn,
    AlterType,
    CreateIndex,
    CreateTable,
    Delete,
    DropIndex,
    Op,
    RunCode,
    Unknown,
    Update,
)

THING = (
    'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), '
    '("name", models.CharField(max_length=20)), ("size", models.IntegerField(null=True))])'
)


def migration(*operations: str, head: str = "", **attributes: str) -> str:
    """The text of a migration."""
    lines = [f"    {name} = {value}" for name, value in attributes.items()]
    listed = "".join(f"        {each},\n" for each in operations)
    body = "\n".join([*lines, f"    operations = [\n{listed}    ]"])
    return (
        "from django.conf import settings\nfrom django.db import migrations, models\n"
        f"{head}\n\nclass Migration(migrations.Migration):\n{body}\n"
    )


def after(*parents: str) -> str:
    """The value of `dependencies`."""
    return repr([tuple(each.split(".")) for each in parents])


def project(tmp_path: Path, files: dict[str, str]) -> Project:
    """A project of `app/migrations/name.py` files, here named app/name."""
    names = []
    for name, text in files.items():
        app, _, own = name.partition("/")
        place = name if own.count("/") or not own or "." in own else f"{app}/migrations/{own}.py"
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if "/migrations/" in place:
            names.append(place)
    root = Root(str(tmp_path), ".", "django", "postgresql", files=tuple(sorted(names)), version=16)
    return tools.read(root, dialects.load("postgresql").parse)


def order(found: Project) -> list[str]:
    return [each.id for each in found.migrations if each.checked]


def ops(found: Project, id: str, *, down: bool = False) -> list[Op]:
    by_id = {each.id: each for each in found.migrations}
    script = by_id[id].down if down else by_id[id].up
    assert script is not None
    return [op for statement in script.statements for op in statement.ops]


def findings(found: Project) -> list[Finding]:
    report = engine.check_projects([found], Settings())
    assert not report.crashes
    return list(report.findings)


# The graph


def test_order_is_that_of_the_graph(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "b/0001_initial": migration(dependencies=after("c.0001_initial")),
            "b/0002_more": migration(dependencies=after("b.0001_initial", "a.__first__")),
            "a/0002_more": migration(dependencies=after("a.0001_initial", "b.0002_more")),
            "a/0001_initial": migration(THING, initial="True"),
            "c/0001_initial": migration(run_before=after("a.0001_initial")),
        },
    )
    assert not found.problems
    assert order(found) == [
        "c.0001_initial",
        "b.0001_initial",
        "a.0001_initial",
        "b.0002_more",
        "a.0002_more",
    ]


def test_a_squashed_migration_stands_for_those_that_it_replaces(tmp_path: Path) -> None:
    squashed = migration(THING, replaces=after("a.0001_initial", "a.0002_more"))
    found = project(
        tmp_path,
        {
            "a/0001_initial": migration(THING),
            "a/0002_more": migration(dependencies=after("a.0001_initial")),
            "a/0001_squashed_0002_more": squashed,
            "a/0003_last": migration(dependencies=after("a.0002_more")),
            "b/0001_initial": migration(dependencies=after("a.0001_initial")),
        },
    )
    assert not found.problems
    assert order(found) == ["a.0001_squashed_0002_more", "a.0003_last", "b.0001_initial"]
    assert found.unread


def test_a_squashed_migration_runs_on_new_databases_only(tmp_path: Path) -> None:
    """It is replayed, and nobody waits for what it changes."""
    add = 'migrations.AddField("thing", "x", models.IntegerField(default=0, db_index=True))'
    files = {
        "a/0001_first": migration(THING, replaces=after("a.0001_initial", "a.0002_more")),
        "a/0002_second": migration(
            add, dependencies=after("a.0001_first"), replaces=after("a.0003_x", "a.0004_y")
        ),
    }
    assert not [each.code for each in findings(project(tmp_path, files)) if each.code != "MIG002"]
    last = add.replace('"x"', '"y"')
    files["a/0005_last"] = migration(last, dependencies=after("a.0002_second"))
    found = findings(project(tmp_path, files))
    assert {"MIG101", "MIG215"} <= {each.code for each in found}
    assert {each.migration for each in found} == {"a.0005_last"}


def test_help_is_for_what_the_operation_is(tmp_path: Path) -> None:
    """A field builds its own index, and what is no Index has no operation that leaves it out."""
    wanted = {
        'migrations.AddField("thing", "x", models.IntegerField(null=True, db_index=True))': (
            "Give the field `db_index=False`"
        ),
        'migrations.AddIndex("thing", models.Index(fields=["name"], name="i"))': (
            "as `AddIndexConcurrently` in a migration of its own"
        ),
        'migrations.AddConstraint("thing", models.UniqueConstraint(fields=["name"], name="i",'
        " condition=models.Q(size=1)))": "by RunSQL, with this operation in its `state_operations`",
    }
    for number, (operation, words) in enumerate(wanted.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        files = {
            "a/0001_initial": migration(THING),
            "a/0002_more": migration(operation, dependencies=after("a.0001_initial")),
        }
        (told,) = [each for each in findings(project(folder, files)) if each.code == "MIG101"]
        assert words in told.help


def test_lines_of_one_function_are_told_together(tmp_path: Path) -> None:
    body = GET + "thing.objects.filter(size=1).update(size=2)\n"
    body += "thing.objects.filter(name='a').update(name='b')\n"
    body += "for each in thing.objects.all():\n    each.save()"
    files = function(body)
    add = 'migrations.AddField("thing", "x", models.IntegerField(null=True))'
    run = "migrations.RunPython(change, migrations.RunPython.noop)"
    files["a/0002_change"] = files["a/0002_change"].replace(run, f"{add},\n        {run}")
    found = [each.code for each in findings(project(tmp_path, files))]
    assert found.count("MIG702") == 1
    assert "MIG703" not in found


def test_what_a_squashed_migration_replaces_need_not_be_there(tmp_path: Path) -> None:
    squashed = migration(THING, replaces=after("a.0001_initial", "a.0002_more"))
    found = project(
        tmp_path,
        {
            "a/0001_squashed_0002_more": squashed,
            "a/0003_last": migration(dependencies=after("a.0002_more")),
        },
    )
    assert not found.problems
    assert order(found) == ["a.0001_squashed_0002_more", "a.0003_last"]


@pytest.mark.parametrize(
    ("files", "rule", "path"),
    [
        (
            {
                "a/0001_initial": migration(),
                "a/0002_one": migration(dependencies=after("a.0001_initial")),
                "a/0002_other": migration(dependencies=after("a.0001_initial")),
            },
            "several-heads",
            "a/migrations/0002_other.py",
        ),
        (
            {"a/0002_one": migration(dependencies=after("a.0001_initial"))},
            "missing-migration",
            "a/migrations/0002_one.py",
        ),
        (
            {
                "a/0001_initial": migration(dependencies=after("b.0001_initial")),
                "b/0001_initial": migration(dependencies=after("a.0001_initial")),
            },
            "revision-cycle",
            "a/migrations/0001_initial.py",
        ),
        (
            {"a/0001_initial": migration(), "a/helpers": "X = 1\n"},
            "migration-refused",
            "a/migrations/helpers.py",
        ),
    ],
)
def test_problems(tmp_path: Path, files: dict[str, str], rule: str, path: str) -> None:
    found = project(tmp_path, files)
    assert [(each.rule, each.path) for each in found.problems] == [(rule, path)]


def test_other_apps_are_outside_and_their_tables_are_there(tmp_path: Path) -> None:
    key = 'models.ForeignKey("taggit.tag", models.CASCADE, null=True)'
    found = project(
        tmp_path,
        {
            "a/0001_initial": migration(
                THING,
                f'migrations.AddField("thing", "tag", {key})',
                'migrations.AddField("thing", "user", models.ForeignKey('
                "settings.AUTH_USER_MODEL, models.CASCADE, null=True))",
                dependencies='[("taggit", "0003_x"), '
                "migrations.swappable_dependency(settings.AUTH_USER_MODEL)]",
            )
        },
    )
    assert not found.problems
    assert {each.code for each in findings(found)} <= {"MIG119"}
    tables = [str(op.table) for op in ops(found, "outside") if isinstance(op, CreateTable)]
    assert {"auth_user", "django_content_type", "taggit_tag"} <= set(tables)


def test_the_label_is_that_of_the_app(tmp_path: Path) -> None:
    config = 'class Config:\n    name = "things"\n    label = "other"\n'
    found = project(tmp_path, {"things/apps.py": config, "things/0001_initial": migration(THING)})
    assert order(found) == ["other.0001_initial"]
    (table,) = [op for op in ops(found, "other.0001_initial") if isinstance(op, CreateTable)]
    assert str(table.table) == "other_thing"


def test_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text('setdefault("DJANGO_SETTINGS_MODULE", "conf.base")')
    key = "models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)"
    found = project(
        tmp_path,
        {
            "conf/base.py": 'AUTH_USER_MODEL = "people.Person"\n'
            'OPTIONS = {"options": "-c lock_timeout=3s"}\n',
            "a/0001_initial": migration(
                'migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True)), '
                f'("who", {key})])'
            ),
        },
    )
    script = found.migrations[-1].up
    assert "people_person" in str(script.statements)
    assert [op.milliseconds for op in script.before] == [3000]  # type: ignore[attr-defined]


# What is not known


def test_what_is_not_understood_is_said(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "a/0001_initial": migration(
                THING,
                'somewhere.Operation("thing")',
                'migrations.AddField("thing", "colour", other.ColourField(max_length=3))',
                'migrations.AddField("thing", "kind", models.IntegerField(null=True))',
                "migrations.RunSQL(somewhere.SQL)",
                head="import other, somewhere",
            )
        },
    )
    made = ops(found, "a.0001_initial")
    assert [type(op).__name__ for op in made] == [
        "CreateTable",
        "Unknown",
        "AddColumn",
        "AddColumn",
        "Unknown",
    ]
    assert isinstance(made[2], AddColumn)
    assert made[2].column.type is None


def test_a_field_class_of_the_project_is_looked_up(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "a/fields.py": (
                "from django.db import models\n\n\nclass Short(models.CharField):\n"
                "    def __init__(self, *args, **kwargs):\n"
                "        kwargs['null'] = kwargs['blank'] = True\n"
                "        super().__init__(*args, **kwargs)\n"
            ),
            "a/0001_initial": migration(
                THING,
                'migrations.AddField("thing", "x", a.fields.Short(max_length=3))',
                head="import a.fields",
            ),
        },
    )
    (column,) = [op for op in ops(found, "a.0001_initial") if isinstance(op, AddColumn)]
    assert str(column.column.type) == "varchar(3)"
    assert not column.column.not_null


def test_an_operation_of_the_file_is_that_which_it_is_derived_from(tmp_path: Path) -> None:
    text = "class Mine(migrations.AddField):\n    pass\n\n\n"
    text += (
        "class Other(migrations.AddField):\n    def database_forwards(self, *a):\n        pass\n"
    )
    found = project(
        tmp_path,
        {
            "a/0001_initial": migration(
                THING,
                'Mine("thing", "x", models.IntegerField(null=True))',
                'Other("thing", "y", models.IntegerField(null=True))',
                'migrations.AlterField("thing", "y", models.BigIntegerField(null=True))',
                head=text,
            )
        },
    )
    made = ops(found, "a.0001_initial")
    assert [type(op) for op in made] == [CreateTable, AddColumn, Unknown, AlterType]


@pytest.mark.parametrize(
    "text",
    [
        "class Migration(",
        "",
        "from elsewhere import Migration\n",
        "class Migration:\n    operations = None\n",
        "class Migration:\n    dependencies = [x for x in y]\n    operations = make()\n",
        migration("migrations.CreateModel()", "migrations.AddField(*a)", "migrations.RunPython()"),
        migration('migrations.CreateModel("A", [("a", 1), 5])', "3", "None", '"x"'),
        migration('migrations.RunSQL([("SELECT %s",), "%(a)s", ["a", {}]])'),
    ],
)
def test_nothing_of_the_kind_is_too_much(tmp_path: Path, text: str) -> None:
    found = project(tmp_path, {"a/0001_initial": migration(THING), "a/0002_x": text})
    assert findings(found)


# Functions


def function(body: str, *operations: str) -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = f"from a.models import Thing\n\n\ndef change(apps, schema_editor):\n{lines}"
    return {
        "a/0001_initial": migration(THING),
        "a/0002_change": migration(
            "migrations.RunPython(change, migrations.RunPython.noop)",
            *operations,
            head=head,
            dependencies=after("a.0001_initial"),
        ),
    }


GET = 'thing = apps.get_model("a", "Thing")\n'


def test_rows_changed_by_the_orm_are_seen(tmp_path: Path) -> None:
    body = GET + "thing.objects.filter(size__isnull=True).update(size=0)\n"
    body += "thing.objects.exclude(name='a').delete()"
    found = project(tmp_path, function(body))
    update, delete = ops(found, "a.0002_change")
    assert isinstance(update, Update)
    assert isinstance(delete, Delete)
    assert update.where is not None
    assert update.where.text == '"size" IS NULL'
    places = [(each.code, each.source.position(each.span.start)[0]) for each in findings(found)]
    assert ("MIG701", 8) in places


def test_one_row_is_one_row(tmp_path: Path) -> None:
    body = GET + "for each in thing.objects.all():\n"
    body += "    thing.objects.filter(pk=each.pk).update(size=1)"
    found = project(tmp_path, function(body))
    assert any(isinstance(op, Update) and op.conditional for op in ops(found, "a.0002_change"))
    assert "MIG701" not in {each.code for each in findings(found)}


def test_sql_in_functions_is_read(tmp_path: Path) -> None:
    body = 'if schema_editor.connection.vendor != "postgresql":\n    return\n'
    body += 'schema_editor.execute("DROP INDEX a_thing_name")\n'
    body += "with schema_editor.connection.cursor() as cursor:\n"
    body += '    cursor.execute("CREATE INDEX a_thing_name ON a_thing (name)")'
    found = project(tmp_path, function(body))
    assert [type(op) for op in ops(found, "a.0002_change")] == [DropIndex, CreateIndex]


def test_code_that_is_not_seen_through_is_code(tmp_path: Path) -> None:
    body = GET + "for each in thing.objects.all():\n    each.size = 1\n    each.save()"
    found = project(tmp_path, function(body))
    assert [type(op) for op in ops(found, "a.0002_change")] == [RunCode]


def test_a_model_of_today_is_told_where_it_is_used(tmp_path: Path) -> None:
    found = project(tmp_path, function("Thing.objects.create(name='a')"))
    told = [each for each in findings(found) if each.code == "MIG614"]
    assert [each.source.text[each.span.start : each.span.end] for each in told] == [
        "Thing.objects.create(name='a')"
    ]


def test_code_under_a_lock(tmp_path: Path) -> None:
    body = GET + "for each in thing.objects.all():\n    each.save()"
    files = function(body)
    add = 'migrations.AddField("thing", "x", models.IntegerField(null=True))'
    run = "migrations.RunPython(change, migrations.RunPython.noop)"
    under = files["a/0002_change"].replace(run, f"{add},\n        {run}")
    assert "MIG703" not in {each.code for each in findings(project(tmp_path, files))}
    found = findings(project(tmp_path, {**files, "a/0002_change": under}))
    assert "MIG703" in {each.code for each in found}


# Ways back


def test_the_first_that_cannot_be_undone_is_named(tmp_path: Path) -> None:
    files = {f"a/000{n}_x": migration(THING.replace("Thing", f"Thing{n}")) for n in range(1, 9)}
    for n in range(2, 9):
        text = files[f"a/000{n}_x"]
        parent = f"    dependencies = {after(f'a.000{n - 1}_x')}\n    operations"
        files[f"a/000{n}_x"] = text.replace("    operations", parent)
    sql = 'migrations.RunSQL("ALTER TABLE a_thing8 ADD x int")'
    files["a/0009_y"] = migration(sql, dependencies=after("a.0008_x"))
    (told,) = [each for each in findings(project(tmp_path, files)) if each.code == "MIG501"]
    assert told.source.text[told.span.start : told.span.end] == sql
    assert "RunSQL has no reverse_sql" in told.message


def test_nothing_to_undo_is_a_way_back(tmp_path: Path) -> None:
    found = project(tmp_path, function("schema_editor.execute('SELECT 1')"))
    assert not {"MIG501", "MIG502"} & {each.code for each in findings(found)}


def test_constraints_made_immediate_leave_no_events(tmp_path: Path) -> None:
    key = 'models.ForeignKey("self", models.CASCADE, null=True)'
    body = GET + "thing.objects.filter(size=1).update(up=None)"
    files = function(body, 'migrations.RemoveField("thing", "name")')
    run = "migrations.RunPython(change, migrations.RunPython.noop)"
    text = files["a/0002_change"]
    add = f'migrations.AddField("thing", "up", {key})'
    here = project(tmp_path, {**files, "a/0002_change": text.replace(run, f"{add}, {run}")})
    assert "MIG305" not in {each.code for each in findings(here)}
    files["a/0001_initial"] = migration(THING, add)
    before = project(tmp_path, files)
    assert "MIG305" in {each.code for each in findings(before)}


# What stands beside the operations


def test_a_comment_says_how_it_is_run(tmp_path: Path) -> None:
    add = 'migrations.AddIndex("thing", models.Index(fields=["name"], name="thing_name"))'
    text = migration(add, dependencies=after("a.0001_initial"))
    said = "# migralint: transaction=none\n"
    scopes = []
    for each in (said + text, text + said):
        found = project(tmp_path, {"a/0001_initial": migration(THING), "a/0002_index": each})
        scopes.append(found.migrations[-1].up.transaction.scope)
    assert scopes == ["none", "file"]


@pytest.mark.parametrize(
    "comment",
    [
        "migrations.RemoveField(  # migralint: ignore[MIG203] unused\n",
        "# migralint: ignore[MIG203] unused\n        migrations.RemoveField(\n",
        "migrations.RemoveField(\n            # migralint: ignore[MIG203] unused\n",
    ],
    ids=["beside", "above", "inside"],
)
@pytest.mark.parametrize("end", ["        )", "        ),  # the last one"])
def test_an_ignore_comment_holds_for_all_lines_of_an_operation(
    tmp_path: Path, comment: str, end: str
) -> None:
    drop = f'{comment}            "thing",\n            "name",\n{end}'
    text = migration(drop, dependencies=after("a.0001_initial"))
    found = findings(project(tmp_path, {"a/0001_initial": migration(THING), "a/0002_x": text}))
    told = {each.code: each.suppressed is not None for each in found}
    assert told["MIG203"]
    assert "MIG007" not in told


def test_a_key_that_is_not_written_is_as_the_settings_say(tmp_path: Path) -> None:
    """Django's models of migrations do not know what an app's own configuration says."""
    files = {
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")',
        "settings.py": 'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n',
        "a/apps.py": 'class A(AppConfig):\n    default_auto_field = "django.db.models.AutoField"\n',
        "a/0001_initial": migration('migrations.CreateModel("Thing", [])'),
    }
    (made,) = ops(project(tmp_path, files), "a.0001_initial")
    assert isinstance(made, CreateTable)
    assert made.columns[0].type is not None
    assert made.columns[0].type.name == "int8"


def test_routers_between_kinds_of_databases_are_told(tmp_path: Path) -> None:
    kinds = ("postgresql", "mysql")
    databases = "".join(f'"{each}": {{"ENGINE": "django.db.backends.{each}"}}, ' for each in kinds)
    files = {
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")',
        "settings.py": f"DATABASES = {{{databases}}}\n",
        "a/0001_initial": migration(THING),
    }
    assert project(tmp_path, files).unread == ()
    files["settings.py"] += 'DATABASE_ROUTERS = [\n    "site.Router",\n]\n'
    ((_, reason),) = project(tmp_path, files).unread
    assert reason.startswith("routers may send")


def test_values_that_code_has_gathered_are_a_part_of_the_rows(tmp_path: Path) -> None:
    body = GET + "keys = list(thing.objects.values_list('pk', flat=True)[:5000])\n"
    part = function(body + "thing.objects.filter(pk__in=keys).update(size=1)")
    assert "MIG701" not in {each.code for each in findings(project(tmp_path, part))}
    rows = function(GET + "thing.objects.filter(pk__in=thing.objects.all()).update(size=1)")
    assert "MIG701" in {each.code for each in findings(project(tmp_path, rows))}


# Discovery


def places(tmp_path: Path, files: dict[str, str]) -> list[tuple[str, str, str]]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = discover([], Settings(), str(tmp_path))
    return [(each.shown, each.tool, each.dialect) for each in found.roots]


def test_apps_below_one_manage_py_are_one_history(tmp_path: Path) -> None:
    one = migration()
    files = {
        "site/manage.py": "",
        "site/a/migrations/0001_initial.py": one,
        "site/apps/b/migrations/0001_initial.py": one,
        "lib/c/migrations/0001_initial.py": one,
        "lib/d/migrations/0001_initial.py": one,
        "flask/migrations/env.py": "",
        "flask/migrations/__init__.py": "",
        "odd/migrations/0001_notes.py": "x = 1\n",
    }
    assert places(tmp_path, files) == [
        ("lib", "django", "postgresql"),
        ("site", "django", "postgresql"),
    ]


@pytest.mark.parametrize(
    ("settings", "dialect"),
    [
        ('"ENGINE": "django.db.backends.postgresql"', ["postgresql"]),
        ('"ENGINE": "django.contrib.gis.db.backends.postgis"', ["postgresql"]),
        ('"ENGINE": "django.db.backends.mysql"', []),
        ('"ENGINE": "django.db.backends.sqlite3"', []),
        ('dj_database_url.config(default="postgres://localhost/x")', ["postgresql"]),
        ('env("ENGINE")', ["postgresql"]),
    ],
)
def test_the_database_is_that_of_the_settings(
    tmp_path: Path, settings: str, dialect: list[str]
) -> None:
    files = {
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings.dev")',
        "site/settings/base.py": f"DATABASES = {{{settings}}}\n",
        "site/settings/dev.py": "from site.settings.base import *\n",
        "a/migrations/0001_initial.py": migration(),
    }
    assert [each for *_, each in places(tmp_path, files)] == dialect


def test_one_file_is_judged_with_all_before_it(tmp_path: Path) -> None:
    files = {
        "manage.py": "",
        "a/migrations/0001_initial.py": migration(THING),
        "b/migrations/0001_initial.py": migration(
            'migrations.CreateModel("Part", [("id", models.AutoField(primary_key=True)), '
            '("thing", models.ForeignKey("a.thing", models.CASCADE))])',
            dependencies=after("a.0001_initial"),
        ),
    }
    places(tmp_path, files)
    path = str(tmp_path / "b/migrations/0001_initial.py")
    report = engine.check([path], Settings(), cwd=str(tmp_path))
    assert {each.code for each in report.findings} == {"MIG119"}
    assert report.coverage.migrations == 1


MODULES = """MIGRATION_MODULES = {
    # Kept here, since the package is not ours.
    "filer": "site.migrations_of.filer",
    "gone": None,
    "b": "site.b_migrations",
}
"""


def test_folders_that_the_settings_name(tmp_path: Path) -> None:
    files = {
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings.base")',
        "site/settings/base.py": MODULES,
        "site/settings/test.py": 'MIGRATION_MODULES = {"a": "site.none"}\n',
        "site/none/0001_initial.py": migration(THING),
        "site/migrations_of/filer/0001_initial.py": migration(THING),
        "site/b_migrations/0001_initial.py": migration(THING),
        "a/migrations/0001_initial.py": migration(THING),
        "b/migrations/0001_initial.py": migration(THING.replace("Thing", "Old")),
    }
    assert places(tmp_path, files) == [(".", "django", "postgresql")]
    _, projects = engine.read([], Settings(), cwd=str(tmp_path))
    assert [each.id for each in projects[0].migrations if each.id != "outside"] == [
        "a.0001_initial",
        "b.0001_initial",
        "filer.0001_initial",
    ]
    assert [name for name, _ in projects[0].unread] == ["b/migrations"]
    one = tmp_path / "site" / "migrations_of" / "filer" / "0001_initial.py"
    (root,) = discover([str(one)], Settings(), str(tmp_path)).roots
    assert (root.tool, root.checked) == ("django", frozenset({str(one)}))
