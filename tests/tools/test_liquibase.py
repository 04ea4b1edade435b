from __future__ import annotations

from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

HEAD = "--liquibase formatted sql\n"


def changelog(*changesets: str) -> dict[str, str | bytes]:
    return {"db/changelog/001.sql": HEAD + "".join(changesets)}


def test_each_changeset_is_a_migration(tmp_path: Path) -> None:
    text = (
        "\n--changeset ada:1\nCREATE TABLE t (id int);\n--rollback DROP TABLE t;\n"
        "\n-- changeset ada:two context:prod\nALTER TABLE t ADD COLUMN x int;\n"
    )
    files = changelog(text)
    read = project(tmp_path, files, "liquibase")
    assert ids(read) == ["ada:1", "ada:two"]
    first, second = read.migrations
    assert [each.text for each in first.up.statements] == ["CREATE TABLE t (id int)"]
    assert first.down is not None
    down = first.down.statements[0]
    assert down.text == "DROP TABLE t"
    assert first.down.source.text[down.span.start : down.span.end] == "DROP TABLE t"
    assert second.down is None
    assert read.has_down
    assert not read.problems


@pytest.mark.parametrize(
    ("attributes", "scope"),
    [
        ("", "file"),
        ("runInTransaction:true", "file"),
        ("runInTransaction:false", "none"),
        ("splitStatements:false runInTransaction:false", "implicit-batch"),
        ('labels:"a b" runInTransaction:"false"', "none"),
    ],
)
def test_transaction(tmp_path: Path, attributes: str, scope: str) -> None:
    read = project(tmp_path, changelog(f"--changeset a:1 {attributes}\nSELECT 1;\n"), "liquibase")
    assert scopes(read) == [(scope, "certain")]


def test_delimiters_and_lines_to_be_passed_over(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        changelog(
            "--changeset a:1 endDelimiter:/\nSELECT 1\n/\nSELECT 4 / 2\n/\n",
            "--changeset a:2\n--ignoreLines:1\nnot ( sql\nSELECT 3;\n",
            "--ignoreLines:start\n$$ neither\n--ignoreLines:end\nSELECT 4;\n",
        ),
        "liquibase",
    )
    assert [[each.text for each in migration.up.statements] for migration in read.migrations] == [
        ["SELECT 1", "SELECT 4 / 2"],
        ["SELECT 3", "SELECT 4"],
    ]


def test_rollbacks(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        changelog(
            "--changeset a:1\nSELECT 1;\n--rollback empty\n",
            "--changeset a:2\nSELECT 1;\n--rollback DROP TABLE a;\n--rollback DROP TABLE b;\n",
            "--changeset a:3\nSELECT 1;\n/* liquibase rollback\nDROP TABLE a;\nDROP TABLE b;\n*/\n",
        ),
        "liquibase",
    )
    downs = [migration.down for migration in read.migrations]
    assert [down and len(down.statements) for down in downs] == [0, 2, 2]


def test_changesets_for_other_databases_are_counted(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        changelog(
            "--changeset a:1 dbms:postgresql,h2\nSELECT 1;\n",
            "--changeset a:2 dbms:mysql\nSELECT 1;\n",
            "--changeset a:3 dbms:!oracle\nSELECT 1;\n",
        ),
        "liquibase",
    )
    assert ids(read) == ["a:1", "a:3"]
    assert read.unread == (("db/changelog", "1 changeset for other databases"),)


def test_the_master_changelog_says_the_order(tmp_path: Path) -> None:
    read = project(
        tmp_path,
        {
            "db/changelog/master.xml": '<databaseChangeLog><include file="changes/b.sql"/>'
            '<include file="changes/a.sql"/></databaseChangeLog>',
            "db/changelog/changes/a.sql": f"{HEAD}--changeset x:a\nSELECT 1;\n",
            "db/changelog/changes/b.sql": f"{HEAD}--changeset x:b\nSELECT 1;\n",
        },
        "liquibase",
    )
    assert ids(read) == ["x:b", "x:a"]


def test_problems(tmp_path: Path) -> None:
    files = changelog("--changeset a:1\nSELECT 1;\n--changeset a:1\nSELECT 2;\n")
    files["db/changelog/002.sql"] = HEAD
    assert sorted(problems(project(tmp_path, files, "liquibase"))) == [
        ("duplicate-version", "db/changelog/001.sql"),
        ("empty-migration", "db/changelog/002.sql"),
    ]
