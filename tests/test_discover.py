"""Discovery: places, tools, databases, and what a call asks for."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from trees import found, places, plant

from migralint import dialects, tools
from migralint.config import load
from migralint.errors import ConfigurationError, UsageError

ONE = "SELECT 1;"
TABLE = "CREATE TABLE t (id int);"
JOURNAL = json.dumps({"dialect": "postgresql", "entries": []})
PG = "postgresql"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"db/migration/V1__x.sql": ONE}, [("db/migration", "flyway")]),
        ({"db/R__view.sql": ONE}, [("db", "flyway")]),
        ({"m/1_x.up.sql": ONE, "m/1_x.down.sql": ONE}, [("m", "golang-migrate")]),
        ({"Cargo.toml": "sqlx", "m/1_x.up.sql": ONE}, [("m", "sqlx")]),
        ({"Cargo.toml": "sqlx", "m/1_x.sql": ONE}, [("m", "sqlx")]),
        ({"m/1_x/migration.sql": ONE, "m/migration_lock.toml": ""}, [("m", "prisma")]),
        ({"m/1_x/migration.sql": ONE}, [("m", "prisma")]),
        ({"m/1_x/migration.sql": ONE, "m/1_x/snapshot.json": "{}"}, [("m", "drizzle")]),
        ({"d/meta/_journal.json": JOURNAL, "d/0000_x.sql": ONE}, [("d", "drizzle")]),
        ({"m/1_x/up.sql": ONE, "m/1_x/down.sql": ONE}, [("m", "diesel")]),
        ({"m/atlas.sum": "", "m/1_x.sql": ONE}, [("m", "atlas")]),
        ({"m/atlas.sum": "", "m/1_x.up.sql": ONE}, [("m", "golang-migrate")]),
        ({"m/atlas.sum": "", "m/1_x.sql": "-- +goose Up\n"}, [("m", "goose")]),
        ({"m/1_x.sql": "-- +goose Up\nSELECT 1;"}, [("m", "goose")]),
        ({"m/1_x.sql": "-- migrate:up\nSELECT 1;"}, [("m", "dbmate")]),
        ({"m/1_x.sql": "--liquibase formatted sql\n"}, [("m", "liquibase")]),
        ({"changelog/users.sql": "--liquibase formatted sql\n"}, [("changelog", "liquibase")]),
        ({"supabase/migrations/2025_x.sql": ONE}, [("supabase/migrations", "supabase")]),
        ({"m/001.sql": ONE}, [("m", "sql")]),
        ({"m/1-x.sql": ONE, "m/readme.md": ""}, [("m", "sql")]),
        ({"m/2024-01-31 x.sql": ONE}, [("m", "sql")]),
        ({"m/20240131120000x.sql": ONE}, [("m", "sql")]),
        ({"m/v1.sql": ONE, "m/v2.sql": ONE}, [("m", "sql")]),
        # A schema in parts, queries, and a project without migrations.
        ({"m/v1-core.sql": ONE, "m/v1-olap.sql": ONE, "m/stubs.sql": ONE}, []),
        ({"queries/users.sql": ONE, "queries/2fa.sql": ONE}, []),
        ({"src/main.py": ""}, []),
        ({}, []),
    ],
)
def test_tools(
    tmp_path: Path, files: dict[str, str | bytes], expected: list[tuple[str, str]]
) -> None:
    discovery = found(plant(tmp_path, files))
    assert places(discovery) == [(path, tool, PG) for path, tool in expected]
    assert not discovery.unread


def test_a_monorepo_has_many(tmp_path: Path) -> None:
    files = {
        "apps/a/prisma/migrations/1_x/migration.sql": ONE,
        "apps/b/drizzle/meta/_journal.json": JOURNAL,
        "apps/b/drizzle/0_x.sql": ONE,
        "services/c/migrations/1_x.up.sql": ONE,
        "services/d/db/migration/V1__x.sql": ONE,
        "services/e/db/migration/V1__x.sql": ONE,
        "1_x.sql": ONE,
    }
    assert places(found(plant(tmp_path, files))) == [
        (".", "sql", PG),
        ("apps/a/prisma/migrations", "prisma", PG),
        ("apps/b/drizzle", "drizzle", PG),
        ("services/c/migrations", "golang-migrate", PG),
        ("services/d/db/migration", "flyway", PG),
        ("services/e/db/migration", "flyway", PG),
    ]


def test_flyway_locations_that_share_a_version_are_histories_of_their_own(tmp_path: Path) -> None:
    files = {"db/a/V1__x.sql": ONE, "db/b/V1_0__x.sql": ONE, "db/c/V1__x.sql": ONE}
    assert [path for path, _, _ in places(found(plant(tmp_path, files)))] == [
        "db/a",
        "db/b",
        "db/c",
    ]


def test_two_tools_in_one_folder(tmp_path: Path) -> None:
    discovery = found(plant(tmp_path, {"m/V1__x.sql": ONE, "m/1_x.up.sql": ONE}))
    assert places(discovery) == [("m", "flyway", PG), ("m", "golang-migrate", PG)]
    problems = [problem for root in discovery.roots for problem in root.problems]
    assert [(problem.rule, problem.path) for problem in problems] == [("mixed-tools", "m")]


# Databases


@pytest.mark.parametrize(
    ("files", "unread"),
    [
        ({"mysql/V1__x.sql": ONE}, "MySQL"),
        ({"jdbc-mariadb/src/db/migration/V1__x.sql": ONE}, "MariaDB"),
        ({"migration_sqlite/V1__x.sql": ONE}, "SQLite"),
        ({"h2/V1__x.sql": ONE}, "H2"),
        ({"clickhouse/1_x.up.sql": ONE}, "ClickHouse"),
        ({"m/1_x.up.sql": "CREATE TABLE t (id Int8) ENGINE = MergeTree;"}, "ClickHouse"),
        ({"m/1_x.up.sql": "CREATE TABLE t ON CLUSTER c (id Int8);"}, "ClickHouse"),
        ({"m/1_x.sql": "CREATE TABLE t (id NVARCHAR(5));\nGO\n"}, "SQL Server (T-SQL)"),
        ({"m/1_x.sql": "CREATE TABLE t (id VARCHAR2(5));"}, "Oracle"),
        ({"m/1_x.sql": "CREATE TABLE `t` (`id` int AUTO_INCREMENT);"}, "MySQL"),
        ({"m/1_x.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);"}, "SQLite"),
        ({"flyway.conf": "flyway.url=jdbc:mysql://x", "m/V1__x.sql": ONE}, "MySQL"),
        ({"m/migration_lock.toml": 'provider = "mysql"', "m/1/migration.sql": ONE}, "MySQL"),
        ({"d/meta/_journal.json": '{"dialect": "sqlite"}', "d/0.sql": ONE}, "SQLite"),
        ({"Cargo.toml": 'diesel = { features = ["sqlite"] }', "m/1_x/up.sql": ONE}, "SQLite"),
        ({"application.yml": "url: jdbc:mysql://db/x", "m/V1__x.sql": ONE}, "MySQL"),
    ],
)
def test_databases_that_are_not_analysed_are_named(
    tmp_path: Path, files: dict[str, str | bytes], unread: str
) -> None:
    discovery = found(plant(tmp_path, files))
    assert not discovery.roots
    [(_, reason)] = discovery.unread
    assert reason == f"{unread} migrations are not analysed yet (1 file)"


@pytest.mark.parametrize(
    "files",
    [
        {"postgres/mysql-to-postgres/V1__x.sql": ONE},
        {"m/1_x.sql": "-- was `t` on MySQL\nCREATE TABLE t (id bigserial, at timestamptz);"},
        {"mysql/m/migration_lock.toml": 'provider = "postgresql"', "mysql/m/1/migration.sql": ONE},
    ],
)
def test_postgresql_all_the_same(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert [dialect for _, _, dialect in places(found(plant(tmp_path, files)))] == [PG]


def test_the_name_of_the_project_itself_says_nothing_from_outside(tmp_path: Path) -> None:
    project = plant(tmp_path / "mysql" / "shop", {"m/1_x.sql": ONE})
    assert places(found(project)) == [("m", "sql", PG)]


@pytest.mark.parametrize(
    ("files", "path", "reason"),
    [
        (
            {
                "db/changelog/a.xml": "<databaseChangeLog><changeSet/></databaseChangeLog>",
                "db/changelog/v2/b.yaml": "databaseChangeLog:\n- changeSet:\n",
                "db/changelog/master.xml": "<databaseChangeLog><include/></databaseChangeLog>",
            },
            "db/changelog",
            "Liquibase changelogs in XML, YAML or JSON are not analysed yet (2 files)",
        ),
        (
            {"migrations/app/1_x/migration.ts": "", "migrations/app/1_x/ops.json": "[]"},
            "migrations/app",
            "Prisma 8 migrations are not analysed yet (1 file)",
        ),
    ],
)
def test_kinds_that_are_not_read_are_named_once(
    tmp_path: Path, files: dict[str, str | bytes], path: str, reason: str
) -> None:
    discovery = found(plant(tmp_path, files))
    assert not discovery.roots
    assert discovery.unread == ((path, reason),)


# What is asked for


def test_a_file_brings_its_history(tmp_path: Path) -> None:
    plant(tmp_path, {"db/V1__x.sql": ONE, "db/2024/V2__y.sql": ONE, "other/V1__x.sql": ONE})
    discovery = found(tmp_path, ["db/2024/V2__y.sql"])
    assert places(discovery) == [("db", "flyway", PG)]
    root = discovery.roots[0]
    assert root.files == ("V1__x.sql", "2024/V2__y.sql")
    assert root.checked == {str(tmp_path / "db/2024/V2__y.sql")}


@pytest.mark.parametrize("asked", ["m/2_y", "m/2_y/migration.sql"])
def test_a_migrations_folder_brings_its_history(tmp_path: Path, asked: str) -> None:
    plant(tmp_path, {"m/1_x/migration.sql": ONE, "m/2_y/migration.sql": ONE})
    root = found(tmp_path, [asked]).roots[0]
    assert (root.shown, root.tool) == ("m", "prisma")
    assert root.checked == {str(tmp_path / "m/2_y/migration.sql")}


def test_folders_and_files_together(tmp_path: Path) -> None:
    plant(tmp_path, {"a/1.sql": ONE, "b/1.sql": ONE, "b/2.sql": ONE, "c/1.sql": ONE})
    discovery = found(tmp_path, ["a", "b/2.sql", "a/1.sql"])
    assert [(root.shown, root.checked and len(root.checked)) for root in discovery.roots] == [
        ("a", None),
        ("b", 1),
    ]


def test_files_of_no_history(tmp_path: Path) -> None:
    plant(tmp_path, {"a/schema.sql": ONE, "a/b.sql": ONE, "a/notes.txt": "", "a/c.py": ""})
    discovery = found(tmp_path, ["a/schema.sql", "a/notes.txt"])
    assert [(root.tool, root.files) for root in discovery.roots] == [("sql", ("schema.sql",))]
    assert discovery.unread == (("a/notes.txt", "is no file of migrations"),)


def test_a_folder_asked_for_that_holds_sql_of_any_name(tmp_path: Path) -> None:
    plant(tmp_path, {"a/schema.sql": ONE, "a/b.sql": ONE})
    assert [root.files for root in found(tmp_path, ["a"]).roots] == [("b.sql", "schema.sql")]
    assert not found(tmp_path).roots


@pytest.mark.parametrize("path", ["no", "m/2.sql", "m/1.sql/x"])
def test_what_is_not_there(tmp_path: Path, path: str) -> None:
    plant(tmp_path, {"m/1.sql": ONE})
    with pytest.raises(UsageError, match="there is no such file or folder"):
        found(tmp_path, [path])


def test_paths_above_and_outside_the_current_folder(tmp_path: Path) -> None:
    plant(tmp_path, {"m/1.sql": ONE, "sub/": ""})
    discovery = found(tmp_path / "sub", [".."])
    assert [root.shown for root in discovery.roots] == [(tmp_path / "m").as_posix()]


# What is left out


def test_gitignore(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            ".git/": "",
            ".gitignore": "/gen/\n*.tmp.sql\nsecret\n!keep.tmp.sql\n",
            "gen/1.sql": ONE,
            "a/gen/1.sql": ONE,
            "a/gen/2.tmp.sql": ONE,
            "a/gen/3-keep.tmp.sql": ONE,
            "a/secret/1.sql": ONE,
            "b/.gitignore": "2.sql\n!5.tmp.sql\n",
            "b/1.sql": ONE,
            "b/2.sql": ONE,
            "b/5.tmp.sql": ONE,
        },
    )
    assert {root.shown: root.files for root in found(tmp_path).roots} == {
        "a/gen": ("1.sql",),
        "b": ("1.sql", "5.tmp.sql"),
    }
    # Of a folder that git ignores, what is asked for by name is read.
    assert [root.files for root in found(tmp_path, ["gen"]).roots] == [("1.sql",)]
    # The rules of the folders above hold below.
    assert [root.shown for root in found(tmp_path, ["a/secret"]).roots] == ["a/secret"]
    assert [root.files for root in found(tmp_path / "a").roots] == [("1.sql",)]


@pytest.mark.parametrize("folder", [".git", "node_modules", ".venv", "vendor", "a/node_modules/b"])
def test_folders_that_are_not_the_projects(tmp_path: Path, folder: str) -> None:
    assert not found(plant(tmp_path, {f"{folder}/db/V1__x.sql": ONE})).roots


def test_copies_that_a_build_makes(tmp_path: Path) -> None:
    files = {"pom.xml": "", "target/classes/V1__x.sql": ONE, "build/V1__x.sql": ONE}
    assert places(found(plant(tmp_path, files))) == [("build", "flyway", PG)]


def test_excluded_files_are_replayed_and_excluded_histories_are_not_there(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "migralint.toml": 'exclude = ["db/V1__*", "old/"]\n',
            "db/V1__x.sql": ONE,
            "db/V2__x.sql": ONE,
            "old/V1__x.sql": ONE,
        },
    )
    settings = load(str(tmp_path))
    [root] = found(tmp_path, settings=settings).roots
    assert root.files == ("V1__x.sql", "V2__x.sql")
    assert root.checked == {str(tmp_path / "db/V2__x.sql")}
    assert found(tmp_path, ["old/V1__x.sql"], settings).roots
    assert not found(tmp_path, ["old/V1__x.sql"], settings, force_exclude=True).roots


def test_links_and_loops(tmp_path: Path) -> None:
    plant(tmp_path, {"outside/V9__x.sql": ONE, "in/db/V1__x.sql": ONE})
    inside = tmp_path / "in"
    (inside / "db" / "loop").symlink_to(inside, target_is_directory=True)
    (inside / "db" / "out").symlink_to(tmp_path / "outside", target_is_directory=True)
    (inside / "db" / "V2__x.sql").symlink_to(inside / "db" / "V1__x.sql")
    (inside / "db" / "V3__x.sql").symlink_to(tmp_path / "outside" / "V9__x.sql")
    (inside / "db" / "V4__x.sql").symlink_to(tmp_path / "nowhere")
    discovery = found(inside)
    assert [root.files for root in discovery.roots] == [("V1__x.sql", "V2__x.sql")]
    reason = "is a symbolic link out of the folder, and is not followed"
    assert discovery.unread == (
        ("db/V3__x.sql", reason),
        ("db/V4__x.sql", reason),
        ("db/out", reason),
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind here")
def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    plant(tmp_path, {"a/1.sql": ONE, "b/1.sql": ONE})
    (tmp_path / "a").chmod(0)
    try:
        discovery = found(tmp_path)
    finally:
        (tmp_path / "a").chmod(0o755)
    assert [root.shown for root in discovery.roots] == ["b"]
    assert discovery.unread == (("a", "cannot be read: Permission denied"),)


# What the configuration and the call say


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("path = 'db'\ntool = 'atlas'", [("db", "atlas", None, None)]),
        ("path = 'db'\ntransaction = 'none'", [("db", "sql", None, "none")]),
        ("path = 'db'\npostgres-version = 13", [("db", "sql", 13, None)]),
        ("path = '.'\ntransaction = 'run'", [("db", "sql", None, "run")]),
        ("path = '*b'\ntransaction = 'run'", [("db", "sql", None, "run")]),
        ("path = 'db'\ntool = 'golang_migrate'", [("db", "golang-migrate", None, None)]),
    ],
)
def test_entries(
    tmp_path: Path, entry: str, expected: list[tuple[str, str, int | None, str | None]]
) -> None:
    plant(tmp_path, {"migralint.toml": f"[[migrations]]\n{entry}\n", "db/1_x.sql": ONE})
    discovery = found(tmp_path, settings=load(str(tmp_path)))
    assert [
        (root.shown, root.tool, root.version, root.transaction) for root in discovery.roots
    ] == expected


def test_an_entry_finds_what_has_no_name_of_a_migration(tmp_path: Path) -> None:
    text = "[[migrations]]\npath = 'sql'\ntool = 'flyway'\n"
    plant(tmp_path, {"migralint.toml": text, "sql/a/x.sql": ONE, "sql/b.sql": ONE})
    settings = load(str(tmp_path))
    for asked in ([], ["sql/a/x.sql"]):
        assert [root.shown for root in found(tmp_path, asked, settings).roots] == ["sql"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("path = 'no'", r"migrations, entry 1: there is no folder .*no"),
        ("path = 'db'\ntool = 'flywa'", "migrations, entry 1: flywa: there is no such tool"),
    ],
)
def test_entries_that_cannot_be(tmp_path: Path, entry: str, message: str) -> None:
    plant(tmp_path, {"migralint.toml": f"[[migrations]]\n{entry}\n", "db/1_x.sql": ONE})
    with pytest.raises(ConfigurationError, match=message):
        found(tmp_path, settings=load(str(tmp_path)))


def test_the_tool_and_the_dialect_of_the_call(tmp_path: Path) -> None:
    plant(tmp_path, {"mysql/1_x.sql": ONE, "x/y.sql": ONE})
    assert places(found(tmp_path, tool="dbmate", dialect=PG)) == [("mysql", "dbmate", PG)]
    assert places(found(tmp_path, ["x"], tool="atlas")) == [("x", "atlas", PG)]
    assert not found(tmp_path, ["x"], dialect="mysql").roots
    with pytest.raises(UsageError, match="rails: there is no such tool"):
        found(tmp_path, tool="rails")


def test_ten_thousand_files_take_no_time(tmp_path: Path) -> None:
    db = tmp_path / "db"
    db.mkdir()
    for number in range(10_000):
        (db / f"V{number}__x.sql").touch()
    plant(tmp_path, {".git/": "", ".gitignore": "*.log\n/target/\n.env*\nnode_modules/\n" * 10})
    start = time.process_time()
    [root] = found(tmp_path).roots
    assert len(root.files) == 10_000
    assert time.process_time() - start < 1  # 0.07 s on an idle machine


def test_a_history_that_begins_above_the_current_folder(tmp_path: Path) -> None:
    plant(tmp_path, {".git/": "", "db/a/V1__x.sql": ONE, "db/b/V2__y.sql": b"\xff"})
    [root] = found(tmp_path / "db" / "b").roots
    assert (root.shown, root.within) == ("..", "b")
    read = tools.read(root, dialects.load(PG).parse)
    assert [migration.path for migration in read.migrations] == ["../a/V1__x.sql"]
    assert [problem.path for problem in read.problems] == ["V2__y.sql"]


def test_files_without_a_number_beside_numbered_ones(tmp_path: Path) -> None:
    reason = "has no number, and is not read with those that have one"
    plant(tmp_path, {"m/001_a.sql": TABLE, "m/002_b.sql": ONE, "m/seed.sql": ONE, "m/x.sql": ONE})
    assert found(tmp_path).unread == (("m/seed.sql", reason), ("m/x.sql", reason))
    assert found(tmp_path, ["m/001_a.sql"]).unread == ()
    assert found(tmp_path, ["m", "m/x.sql"]).unread == (("m/seed.sql", reason),)
    plant(tmp_path, {"m/y.sql": ONE, "m/z.sql": ONE})
    assert found(tmp_path).unread == (
        ("m", "4 SQL files without a number beside numbered ones are not read"),
    )


@pytest.mark.parametrize(
    ("name", "text", "dialect"),
    [
        ("Makefile", "\tgoose -dir m mysql $(URL) up\n", "mysql"),
        (".env", "GOOSE_DRIVER=sqlite3\n", "sqlite"),
        ("compose.yaml", "  GOOSE_DRIVER: postgres\n", PG),
        ("Makefile", "\tgoose up\n", PG),
    ],
)
def test_the_database_with_which_the_tool_is_called(
    tmp_path: Path, name: str, text: str, dialect: str
) -> None:
    discovery = found(plant(tmp_path, {"m/1_x.sql": "-- +goose Up\nSELECT 1;\n", name: text}))
    assert [root.dialect for root in discovery.roots] == [PG] * (dialect == PG)
