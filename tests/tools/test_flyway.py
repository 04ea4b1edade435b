from __future__ import annotations

from pathlib import Path

import pytest
from trees import DEFAULTS, ids, problems, project, scopes

TABLE = "CREATE TABLE t (id int);"
INDEX = "CREATE INDEX CONCURRENTLY i ON t (id);"


def test_order_is_by_number_and_repeatables_come_last(tmp_path: Path) -> None:
    names = ["R__b.sql", "V10__x.sql", "V2__x.sql", "R__a.sql", "V1_2__x.sql", "V1.10__x.sql"]
    read = project(tmp_path, {f"db/{name}": f"-- {name}\n{TABLE}" for name in names}, "flyway")
    assert ids(read) == ["1.2", "1.10", "2", "10", "a", "b"]
    assert [each.kind for each in read.migrations][-2:] == ["repeatable", "repeatable"]
    assert not read.has_down
    assert not read.problems


def test_folders_below_are_scanned_and_locations_beside_are_merged(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        {
            "db/schema/V1__a.sql": TABLE,
            "db/schema/2024/V3__c.sql": TABLE,
            "db/data/V2__b.sql": "INSERT INTO t VALUES (1);",
        },
        "flyway",
    )
    assert ids(read) == ["1", "2", "3"]
    assert read.root == "db"


@pytest.mark.parametrize(
    ("sql", "scope", "certainty"),
    [
        (TABLE, "file", "certain"),
        (INDEX, "none", "certain"),
        (f"{INDEX}\nDROP INDEX CONCURRENTLY i;", "none", "certain"),
        ("create unique index concurrently i on t (id);", "none", "certain"),
        ("create /* unique */ index -- why\nconcurrently i on t (id);", "none", "certain"),
        ("VACUUM (ANALYZE) t;", "none", "certain"),
        ("ALTER SYSTEM SET work_mem = '1MB';", "none", "certain"),
        ("REINDEX DATABASE shop;", "none", "certain"),
        # Flyway does not know of these.
        ("REINDEX INDEX CONCURRENTLY i;", "file", "certain"),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY;", "file", "certain"),
        ("ALTER TYPE mood ADD VALUE 'calm';", "file", "certain"),
        # Both kinds in one file: Flyway refuses, unless mixed is set somewhere that is not seen.
        (f"SET lock_timeout = '1s';\n{INDEX}", "file", "default"),
        (f"-- migralint: transaction=run\n{TABLE}", "run", "certain"),
        (f"-- migralint: transaction=file\n{INDEX}", "file", "certain"),
    ],
)
def test_transaction(tmp_path: Path, sql: str, scope: str, certainty: str) -> None:
    read = project(tmp_path, {"V1__x.sql": sql}, "flyway")
    assert scopes(read) == [(scope, certainty)]


@pytest.mark.parametrize(
    ("name", "text", "sql", "scope"),
    [
        ("flyway.conf", "flyway.mixed=true\n", f"{TABLE}\n{INDEX}", "none"),
        ("flyway.toml", "[flyway]\nmixed = true\n", f"{TABLE}\n{INDEX}", "none"),
        ("conf/flyway.conf", "flyway.mixed = true", f"{TABLE}\n{INDEX}", "none"),
        ("application.properties", "spring.flyway.mixed=true\n", f"{TABLE}\n{INDEX}", "none"),
        ("flyway.conf", "flyway.group=true\n", TABLE, "run"),
        ("flyway.toml", "[flyway]\nexecuteInTransaction = false\n", TABLE, "none"),
        ("db/V1__x.sql.conf", "executeInTransaction=false\n", TABLE, "none"),
        ("db/V1__x.sql.conf", "executeInTransaction=true\n", INDEX, "file"),
        ("flyway.toml", "not = [toml", TABLE, "file"),
    ],
)
def test_settings(tmp_path: Path, name: str, text: str, sql: str, scope: str) -> None:
    read = project(tmp_path, {name: text, "db/V1__x.sql": sql}, "flyway")
    assert [each[0] for each in scopes(read)] == [scope]


def test_mixed_set_to_false_is_certain(tmp_path: Path) -> None:
    files = {"flyway.conf": "flyway.mixed=false\n", "db/V1__x.sql": f"{TABLE}\n{INDEX}"}
    assert scopes(project(tmp_path, files, "flyway")) == [("file", "certain")]


def test_the_same_version_in_two_spellings(tmp_path: Path) -> None:
    read = project(
        tmp_path, {"V1__a.sql": TABLE, "V1_0__b.sql": TABLE, "V2__c.sql": TABLE}, "flyway"
    )
    assert problems(read) == [("duplicate-version", "V1_0__b.sql")]
    assert read.problems[0].message == (
        "Flyway: version 1.0, which is the same as 1, is also used by V1__a.sql."
    )
    assert len(read.migrations) == 3


def test_a_duplicate_is_said_at_the_file_that_was_asked_for(tmp_path: Path) -> None:
    files = {"V2__a.sql": TABLE, "V2__b.sql": TABLE}
    assert problems(project(tmp_path, files, "flyway", ["V2__a.sql"])) == [
        ("duplicate-version", "V2__a.sql")
    ]


@pytest.mark.parametrize(
    "name", ["V2_add.sql", "v2__add.sql", "V__add.sql", "R2__add.sql", "0002_add.sql"]
)
def test_names_that_flyway_passes_over(tmp_path: Path, name: str) -> None:
    read = project(tmp_path, {"V1__x.sql": TABLE, name: TABLE}, "flyway")
    assert problems(read) == [("invalid-file-name", name)]


def test_other_sql_files_are_counted(tmp_path: Path) -> None:
    read = project(tmp_path, {"V1__x.sql": TABLE, "seed.sql": TABLE, "drop.sql": TABLE}, "flyway")
    assert not read.problems
    assert read.unread == ((".", "2 SQL files that Flyway does not run"),)


def test_undo_baseline_and_callbacks(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        {
            "V1__x.sql": TABLE,
            "U1__x.sql": "DROP TABLE t;",
            "B2__all.sql": TABLE,
            "V2__y.sql": TABLE,
            "beforeEachMigrate__timeout.sql": "SET lock_timeout = '1s';",
            "afterMigrate.sql": "ANALYZE;",
        },
        "flyway",
    )
    assert [(each.id, each.kind) for each in read.migrations] == [
        ("beforeEachMigrate__timeout", "callback"),
        ("1", "versioned"),
        ("2", "baseline"),
        ("2", "versioned"),
        ("afterMigrate", "callback"),
    ]
    assert read.has_down
    down = read.migrations[1].down
    assert down is not None
    assert down.direction == "down"
    assert not read.problems


def test_java_migrations_share_the_versions(tmp_path: Path) -> None:
    read = project(tmp_path, {"V1__x.sql": TABLE, "V1__Load.java": "", "V2__More.kt": ""}, "flyway")
    assert read.unread == ((".", "2 Java or Kotlin migrations are not analysed"),)
    assert [rule for rule, _ in problems(read)] == ["duplicate-version"]


def test_prefixes_of_ones_own(tmp_path: Path) -> None:
    conf = "flyway.sqlMigrationPrefix=M\nflyway.sqlMigrationSeparator=--\n"
    settings = {"flyway.conf": conf, "db/M1--a.sql": TABLE, "db/V9__no.sql": TABLE}
    assert ids(project(tmp_path, settings, "flyway")) == ["1"]


def test_a_file_that_cannot_be_read_does_not_stop_the_rest(tmp_path: Path) -> None:
    files = {"V1__x.sql": TABLE, "V2__y.sql": b"SELECT '\xff';", "V3__z.sql": "-- nothing\n"}
    read = project(tmp_path, files, "flyway")
    assert ids(read) == ["1", "3"]
    assert problems(read) == [("unreadable-file", "V2__y.sql"), ("empty-migration", "V3__z.sql")]
    assert read.problems[0].message == "This file is not UTF-8 text (at byte 8)."


def test_files_that_were_not_asked_for_are_replayed(tmp_path: Path) -> None:
    files = {"db/V1__x.sql": "", "db/V2__y.sql": TABLE}
    read = project(tmp_path, files, "flyway", ["db/V2__y.sql"], DEFAULTS)
    assert [each.checked for each in read.migrations] == [False, True]
    assert not read.problems


def test_comments_that_speak_to_migralint_are_kept(tmp_path: Path) -> None:
    sql = "-- one\nSELECT 1; -- migralint: ignore[MIG101] small\nSELECT '-- migralint: no';\n"
    read = project(tmp_path, {"V1__x.sql": sql}, "flyway")
    assert [each.text for each in read.migrations[0].up.comments] == [
        "-- migralint: ignore[MIG101] small"
    ]


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("\\restrict abc\n\nSELECT 1;\n", 1),
        ("SELECT 1;\n-- then\n  \\connect other\n", 3),
        ("COPY t FROM stdin;\n\\N\t1;\n\\x\n\\.\n\\echo done\nSELECT 1;\n", 5),
        ("COPY t FROM stdin;\n\\N\t1;\n\\x\n\\.\nSELECT 1;\n", 0),
        ("SELECT '\n\\connect';\n/*\n\\connect\n*/\nDO $$\n\\connect\n$$;\n", 0),
    ],
)
def test_commands_of_psql_are_none_of_flyways(tmp_path: Path, sql: str, line: int) -> None:
    read = project(tmp_path, {"V1__x.sql": sql}, "flyway")
    said = [
        (each.rule, each.source.position(each.span.start)[0])
        for each in read.problems
        if each.source is not None
    ]
    assert said == ([("migration-refused", line)] if line else [])


def test_concurrently_behind_flyways_own_lock(tmp_path: Path) -> None:
    read = project(tmp_path, {"db/V1__x.sql": TABLE, "db/V2__x.sql": f"\n{INDEX}"}, "flyway")
    (found,) = read.problems
    assert (found.rule, found.path, found.span.start) == (
        "concurrently-behind-runner",
        "db/V2__x.sql",
        1,
    )
