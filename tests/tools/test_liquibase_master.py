"""Liquibase's master changelogs: which files run, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import found, ids, places, plant, problems, project

from migralint import dialects, tools
from migralint.tools.liquibase_changelog import Include, parse

HEAD = "--liquibase formatted sql\n"
C = "src/main/resources/db/changelog"


def sql(*names: str) -> dict[str, str]:
    """Files of one changeset each, whose id is the file's own name."""
    return {
        name: f"{HEAD}--changeset x:{name.rpartition('/')[2][:-4]}\nSELECT 1;\n" for name in names
    }


def xml(*inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<databaseChangeLog '
        'xmlns="http://www.liquibase.org/xml/ns/dbchangelog" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{''.join(inside)}</databaseChangeLog>"
    )


FOLDERS = sql(f"{C}/b/2.sql", f"{C}/a/1.sql", f"{C}/a/2.sql")
"""The same base name in two folders, in an order that no names tell."""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "master.xml",
            xml(
                '<include file="b/2.sql" relativeToChangelogFile="true"/>',
                '<!-- <include file="a/3.sql"/> -->',
                "<include file='a/2.sql'\n relativeToChangelogFile='TRUE'/>",
                '<include relativeToChangelogFile="true" file="./a/1.sql"/>',
            ),
        ),
        (
            "db.changelog-master.yaml",
            "databaseChangeLog:\n"
            "  - include:\n      file: db/changelog/b/2.sql\n"
            "  # - include:\n  #     file: db/changelog/a/1.sql\n"
            "  - include: {file: 'classpath:db/changelog/a/2.sql'}\n"
            "  - include:\n      relativeToChangelogFile: true\n      file: a/1.sql\n",
        ),
        (
            "changelog.json",
            '{"databaseChangeLog": [{"include": {"file": "db/changelog/b/2.sql"}},'
            '{"include": {"file": "/db/changelog/a/2.sql"}},'
            '{"include": {"file": "a/1.sql", "relativeToChangelogFile": true}}]}',
        ),
    ],
)
def test_a_master_says_the_order_by_paths(tmp_path: Path, name: str, text: str) -> None:
    read = project(tmp_path, {".git/": "", **FOLDERS, f"{C}/{name}": text}, "liquibase")
    assert read.root == C
    assert [each.path[len(C) :] for each in read.migrations] == ["/b/2.sql", "/a/2.sql", "/a/1.sql"]
    assert not problems(read)
    assert not read.unread


def test_all_of_a_folder_goes_by_whole_paths(tmp_path: Path) -> None:
    files = {
        f"{C}/master.xml": xml(
            '<include file="last/z.sql" relativeToChangelogFile="true"/>',
            '<includeAll path="db/changelog/v"/>',
        ),
        **sql(f"{C}/v/b.sql", f"{C}/v/a/z.sql", f"{C}/v/10.sql", f"{C}/v/9.sql", f"{C}/v/B.sql"),
        **sql(f"{C}/last/z.sql"),
        f"{C}/v/notes.txt": "",
    }
    read = project(tmp_path, {".git/": "", **files}, "liquibase")
    assert [each.path[len(C) + 1 :] for each in read.migrations] == [
        "last/z.sql",
        "v/10.sql",
        "v/9.sql",
        "v/B.sql",
        "v/a/z.sql",
        "v/b.sql",
    ]
    assert not problems(read)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('maxDepth="1"', ["x:1", "x:2"]),
        ('minDepth="2"', ["x:3"]),
        ('minDepth="2" maxDepth="2"', ["x:3"]),
        ('endsWithFilter="2.sql"', ["x:2"]),
        ('relativeToChangelogFile="true"', []),
    ],
)
def test_what_all_of_a_folder_is(tmp_path: Path, attributes: str, expected: list[str]) -> None:
    files = {
        f"{C}/master.xml": xml(f'<includeAll path="db/changelog/v" {attributes}/>'),
        **sql(f"{C}/v/1.sql", f"{C}/v/2.sql", f"{C}/v/w/3.sql"),
    }
    plant(tmp_path, {".git/": "", **files})
    roots = [root for root in found(tmp_path).roots if root.marker is not None]
    # Behind what it runs stands what is in the same folders and that it does not run.
    histories = [tools.read(root, dialects.load("postgresql").parse) for root in roots]
    assert [ids(each)[: len(expected)] for each in histories] == ([expected] if expected else [])


def test_masters_in_masters(tmp_path: Path) -> None:
    files = {
        f"{C}/master.yaml": "databaseChangeLog:\n"
        "- include: {file: v2/changelog.xml, relativeToChangelogFile: true}\n"
        "- include: {file: db/changelog/v1/changelog.json}\n"
        "- include: {file: v2/b.sql, relativeToChangelogFile: true}\n",
        f"{C}/v2/changelog.xml": xml(
            '<include file="b.sql" relativeToChangelogFile="true"/>',
            '<changeSet id="1" author="x"><sqlFile path="no.sql"/></changeSet>',
            '<include file="../master.yaml" relativeToChangelogFile="true"/>',
        ),
        f"{C}/v1/changelog.json": '{"databaseChangeLog": ['
        '{"includeAll": {"path": "sql/", "relativeToChangelogFile": "true"}}]}',
        **sql(f"{C}/v2/b.sql", f"{C}/v1/sql/a.sql", f"{C}/v1/unlisted.sql"),
    }
    plant(tmp_path, {".git/": "", **files})
    discovery = found(tmp_path)
    # All in a circle: each is included by another, and none is the master.
    assert places(discovery)
    files[f"{C}/v2/changelog.xml"] = files[f"{C}/v2/changelog.xml"].replace("../master.yaml", "x")
    read = project(tmp_path, files, "liquibase")
    assert read.root == C
    assert ids(read) == ["x:b", "x:a", "x:unlisted"]
    assert found(tmp_path).unread == (
        (f"{C}/v2", "Liquibase changelogs in XML, YAML or JSON are not analysed yet (1 file)"),
    )
    assert problems(read) == [("missing-migration", f"{C}/v2/changelog.xml")]


def test_each_service_has_its_master(tmp_path: Path) -> None:
    files = {
        name: text
        for service in ("a", "b")
        for name, text in {
            f"{service}/{C}/master.yaml": "databaseChangeLog:\n"
            "- include: {file: db/changelog/2.sql}\n- include: {file: db/changelog/1.sql}\n",
            **sql(f"{service}/{C}/1.sql", f"{service}/{C}/2.sql"),
        }.items()
    }
    discovery = found(plant(tmp_path, {".git/": "", **files}))
    assert [root.shown for root in discovery.roots] == [f"a/{C}", f"b/{C}"]
    for root in discovery.roots:
        assert ids(tools.read(root, dialects.load("postgresql").parse)) == ["x:2", "x:1"]


def test_a_file_brings_its_master(tmp_path: Path) -> None:
    files = {
        "db/master.xml": xml('<include file="sql/b.sql"/><include file="more/a.sql"/>'),
        **sql("db/sql/b.sql", "db/more/a.sql"),
    }
    plant(tmp_path, {".git/": "", **files})
    [root] = found(tmp_path, ["db/more/a.sql"]).roots
    assert (root.shown, root.files) == ("db", ("sql/b.sql", "more/a.sql"))
    assert root.checked == {str(tmp_path / "db/more/a.sql")}


def test_nothing_outside_of_the_project_is_included(tmp_path: Path) -> None:
    plant(tmp_path, sql("outside/a.sql"))
    files = {
        "db/changelog/master.xml": xml(
            '<include file="../../../outside/a.sql" relativeToChangelogFile="true"/>',
            '<includeAll path="../../../outside" relativeToChangelogFile="true"/>',
            f'<includeAll path="{tmp_path}/outside"/>',
            '<include file="${folder}/a.sql"/>',
        ),
        **sql("db/changelog/b.sql"),
    }
    inside = plant(tmp_path / "in", {".git/": "", **files})
    [root] = found(inside).roots
    assert [name for name in root.files if name.endswith(".sql")] == ["b.sql"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("master.xml", "<databaseChangeLog><include>", "is not XML: "),
        (
            "master.xml",
            '<!DOCTYPE databaseChangeLog [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
            "<databaseChangeLog>&a;<include/></databaseChangeLog>",
            "has a DOCTYPE, which is not read",
        ),
        ("master.yaml", "databaseChangeLog: [include", "is not YAML: "),
        ("master.json", '{"databaseChangeLog": ["include"', "is not JSON: "),
        ("master.yaml", "databaseChangeLog:\n" + "- include: [\n" * 50_000, ""),
        ("master.yaml", "databaseChangeLog: 7", ""),
        ("master.yaml", "- databaseChangeLog", ""),
        ("master.yaml", "databaseChangeLog: [1, {include: 7}, {include: {file: [a]}}, {}]", ""),
        ("master.json", '{"databaseChangeLog": [null, {"include": null}, []]}', ""),
        ("master.xml", "<x>databaseChangeLog</x>", ""),
        ("master.xml", xml("<include/><includeAll/><include file=''/><?x y?>"), ""),
        ("master.xml", xml('<includeAll path="." relativeToChangelogFile="true"/>'), ""),
    ],
)
def test_bad_masters_are_told_once_and_stop_nothing(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    files = {f"db/changelog/{name}": text, **sql("db/changelog/a.sql", "db/changelog/b.sql")}
    read = project(tmp_path, files, "liquibase")
    assert ids(read) == ["x:a", "x:b"]
    assert problems(read) == ([("unreadable-file", f"db/changelog/{name}")] if why else [])
    assert all(problem.message.startswith(f"This file {why}") for problem in read.problems)


def test_a_bad_master_of_no_sql_is_named(tmp_path: Path) -> None:
    discovery = found(plant(tmp_path, {"db/changelog/a.xml": "<databaseChangeLog><include>"}))
    [(path, reason)] = discovery.unread
    assert path == "db/changelog/a.xml"
    assert reason.startswith("is not XML: ")


def test_includes() -> None:
    made = parse("a.yaml", "databaseChangeLog:\n- includeAll: {path: 'x\\y/', maxDepth: 3}\n")
    assert made is not None
    assert made.includes == (Include("x/y", all=True, deepest=3),)
    assert parse("a.yaml", "a: b") is None
