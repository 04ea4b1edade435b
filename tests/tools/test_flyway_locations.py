"""Flyway's locations, as the settings of a project name them."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import found, ids, places, plant, problems, scopes

from migralint import dialects, source, tools
from migralint.config import load
from migralint.migration import Project

ONE = "SELECT 1;"
TABLE = "CREATE TABLE t (id int);"
INDEX = "CREATE INDEX CONCURRENTLY i ON t (id);"
PG = "postgresql"
R = "src/main/resources"


def read(folder: Path, files: dict[str, str], *asked: str) -> tuple[str, Project]:
    """Where the one Flyway history of these files is, and what it is read as."""
    plant(folder, {".git/": "", **files})
    [root] = [root for root in found(folder, asked).roots if root.tool == "flyway"]
    return root.shown, tools.read(root, dialects.load(PG).parse)


APART = {f"{R}/db/migration/V1__a.sql": TABLE, "deploy/sql/deep/V2__b.sql": ONE}
LOCATIONS = "classpath:db/migration,filesystem:deploy/sql"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("flyway.conf", f"flyway.locations={LOCATIONS}\n"),
        ("conf/flyway.conf", f"flyway.locations = {LOCATIONS}"),
        ("flyway-local.conf", f"flyway.locations: {LOCATIONS}"),
        (
            "flyway.toml",
            '[flyway]\nlocations = ["classpath:db/migration", "filesystem:deploy/sql"]',
        ),
        (f"{R}/application.properties", f"spring.flyway.locations={LOCATIONS}"),
        (
            f"{R}/application.properties",
            "spring.flyway.locations[0]=db/migration\nspring.flyway.locations[1]=filesystem:"
            "deploy/sql",
        ),
        (f"{R}/application.yml", f"spring:\n  flyway:\n    locations: {LOCATIONS}\n"),
        (
            f"{R}/config/application.yaml",
            "spring.flyway:\n  locations:\n  - classpath:/db/migration\n  - filesystem:deploy/sql/",
        ),
        (
            f"{R}/application.yml",
            "flyway.datasources:\n  default:\n    locations: [db/migration, 'filesystem:deploy/"
            "sql']",
        ),
        (f"{R}/application.properties", f"quarkus.flyway.locations={LOCATIONS}"),
        (f"{R}/application.properties", f'quarkus.flyway."shop".locations={LOCATIONS}'),
        (f"{R}/application.yml", f"spring.flyway.locations: ${{X:{LOCATIONS}}}"),
        (
            "pom.xml",
            "<project xmlns='http://maven.apache.org/POM/4.0.0'><build><plugins><plugin>"
            "<artifactId>flyway-maven-plugin</artifactId><configuration><locations>"
            "<location>classpath:db/migration</location>"
            "<location>filesystem:${project.basedir}/deploy/sql</location>"
            "</locations></configuration></plugin></plugins></build></project>",
        ),
        (
            "pom.xml",
            f"<project><properties><flyway.locations>{LOCATIONS}</flyway.locations></properties>"
            "</project>",
        ),
        (
            "build.gradle",
            "flyway {\n  // locations = ['x']\n  locations = ['classpath:db/migration', "
            '"filesystem:$projectDir/deploy/sql"]\n}\n',
        ),
        (
            "build.gradle.kts",
            'flyway {\n  locations = arrayOf("classpath:db/migration", '
            '"filesystem:${rootDir}/deploy/sql")\n}\n',
        ),
    ],
)
def test_locations_are_one_history(tmp_path: Path, name: str, text: str) -> None:
    root, history = read(tmp_path, {**APART, name: text})
    assert (root, ids(history)) == (".", ["1", "2"])
    assert [each.path for each in history.migrations][1] == "deploy/sql/deep/V2__b.sql"
    assert not problems(history)


def test_a_location_may_be_asked_for_by_itself(tmp_path: Path) -> None:
    files = {**APART, "flyway.conf": f"flyway.locations={LOCATIONS}"}
    plant(tmp_path, {".git/": "", **files})
    for folder, asked in ((tmp_path, f"{R}/db/migration"), (tmp_path / "deploy" / "sql", ".")):
        [root] = found(folder, [asked]).roots
        history = tools.read(root, dialects.load(PG).parse)
        assert ids(history) == ["1", "2"]
        assert sorted(each.checked for each in history.migrations) == [False, True]
    [root] = found(tmp_path, ["deploy/sql/deep/V2__b.sql"]).roots
    assert root.checked == {str(tmp_path / "deploy/sql/deep/V2__b.sql")}


def test_another_part_of_the_project_stays_unread(tmp_path: Path) -> None:
    files = {**APART, "flyway.conf": f"flyway.locations={LOCATIONS}", "other/V1__x.sql": ONE}
    plant(tmp_path, {".git/": "", **files})
    assert places(found(tmp_path, ["other"])) == [("other", "flyway", PG)]
    assert [path for path, _, _ in places(found(tmp_path))] == [".", "other"]


def test_prefixes_make_a_folder_flyways(tmp_path: Path) -> None:
    settings = (
        "spring.flyway.locations=classpath:db\n"
        "spring.flyway.sql-migration-prefix=\n"
        "spring.flyway.sql-migration-separator=-\n"
        "spring.flyway.repeatable-sql-migration-prefix=again\n"
        "spring.flyway.sql-migration-suffixes=.sql,.pgsql\n"
        "spring.flyway.postgresql.transactional-lock=false\n"
    )
    files = {
        f"{R}/application.properties": settings,
        f"{R}/db/10-c.pgsql": INDEX,
        f"{R}/db/9-b.sql": TABLE,
        f"{R}/db/1.2-a.SQL": TABLE,
        f"{R}/db/again-v.sql": ONE,
        f"{R}/db/V1__no.sql": ONE,
    }
    root, history = read(tmp_path, files)
    assert root == f"{R}/db"
    assert ids(history) == ["1.2", "9", "10", "v"]
    assert [each[0] for each in scopes(history)] == ["file", "file", "none", "file"]
    assert history.unread == ((f"{R}/db/V1__no.sql", "is an SQL file that Flyway does not run"),)
    assert not problems(history)


def test_prefixes_without_locations_hold_for_the_place_that_is_flyways_own(tmp_path: Path) -> None:
    files = {
        "pom.xml": "<project><properties><flyway.sqlMigrationPrefix>M</flyway.sqlMigrationPrefix>"
        "</properties></project>",
        f"{R}/db/migration/M2__b.sql": ONE,
        f"{R}/db/migration/M10__c.sql": ONE,
        # Not in a location: its names are Flyway's own.
        "tools/V1__x.sql": ONE,
    }
    plant(tmp_path, files)
    roots = {root.shown: root for root in found(tmp_path).roots}
    assert sorted(roots) == [f"{R}/db/migration", "tools"]
    histories = [tools.read(root, dialects.load(PG).parse) for root in roots.values()]
    assert sorted(map(ids, histories)) == [["1"], ["2", "10"]]


def test_a_vendor_is_the_folder_of_its_database(tmp_path: Path) -> None:
    files = {
        f"{R}/application.yml": "spring.flyway.locations: "
        "'classpath:db/{vendor}/schema,classpath:db/common'",
        f"{R}/db/postgresql/schema/V1__a.sql": TABLE,
        f"{R}/db/mysql/schema/V1__a.sql": TABLE,
        f"{R}/db/notes/schema/V1__a.sql": TABLE,
        f"{R}/db/common/V2__b.sql": ONE,
    }
    discovery = found(plant(tmp_path, {".git/": "", **files}))
    [root] = [root for root in discovery.roots if root.shown == f"{R}/db"]
    assert sorted(root.files) == ["common/V2__b.sql", "postgresql/schema/V1__a.sql"]
    assert [reason for path, reason in discovery.unread if path == f"{R}/db"] == [
        "MySQL migrations are not analysed yet (2 files)"
    ]


def test_each_data_source_has_a_history(tmp_path: Path) -> None:
    files = {
        "cli/src/main/resources/application.yml": (
            "datasources.b.url: jdbc:mysql://x/y\n"
            "flyway:\n  datasources:\n"
            "    postgres: {locations: 'classpath:mig/one', mixed: true}\n"
            "    b: {locations: 'classpath:mig/two'}\n"
        ),
        # Another module brings them along.
        f"one/{R}/mig/one/V1__a.sql": f"{TABLE}\n{INDEX}",
        f"two/{R}/mig/two/V1__a.sql": TABLE,
    }
    discovery = found(plant(tmp_path, {".git/": "", **files}))
    assert places(discovery) == [(f"one/{R}/mig/one", "flyway", PG)]
    assert [reason for _, reason in discovery.unread] == [
        "MySQL migrations are not analysed yet (1 file)"
    ]
    [root] = discovery.roots
    assert scopes(tools.read(root, dialects.load(PG).parse)) == [("none", "certain")]


def test_of_two_modules_each_has_its_own(tmp_path: Path) -> None:
    yaml = "spring.flyway.locations: classpath:db/migration\nspring.flyway.group: {}\n"
    files = {
        f"a/{R}/application.yml": yaml.format("true"),
        f"a/{R}/db/migration/V1__x.sql": ONE,
        f"b/{R}/application.yml": yaml.format("false"),
        f"b/{R}/db/migration/V1__x.sql": ONE,
    }
    discovery = found(plant(tmp_path, {".git/": "", **files}))
    histories = [tools.read(root, dialects.load(PG).parse) for root in discovery.roots]
    assert [(each.root[0], scopes(each)[0][0]) for each in histories] == [
        ("a", "run"),
        ("b", "file"),
    ]


def test_one_history_that_two_files_describe(tmp_path: Path) -> None:
    files = {
        "build.gradle": "flyway {\n    locations = ['filesystem:db/a']\n    mixed = true\n}\n",
        "flyway.conf": "flyway.locations=filesystem:db/a,filesystem:db/b\n",
        "db/a/V1__x.sql": ONE,
        "db/b/V2__x.sql": ONE,
    }
    root, history = read(tmp_path, files)
    assert (root, ids(history)) == ("db", ["1", "2"])


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("filesystem:db/*/sql", ["1", "2"]),
        ("filesystem:db/**/sql", ["1", "2", "3"]),
        ("filesystem:db/?/sql", ["1", "2"]),
        ("filesystem:db/a", ["1"]),
        ("filesystem:./db/b/sql/", ["2"]),
    ],
)
def test_patterns(tmp_path: Path, location: str, expected: list[str]) -> None:
    files = {
        "flyway.conf": f"flyway.locations={location}\nflyway.sqlMigrationPrefix=M\n",
        "db/a/sql/M1__x.sql": ONE,
        "db/b/sql/M2__x.sql": ONE,
        "db/b/c/sql/M3__x.sql": ONE,
        "db/b/c/M4__x.sql": ONE,
    }
    assert ids(read(tmp_path, files)[1]) == expected


def test_what_is_not_here_is_said(tmp_path: Path) -> None:
    conf = "flyway.locations=filesystem:db,s3:bucket/db,classpath:com/x/gone,${SEEDS}\n"
    discovery = found(plant(tmp_path, {"flyway.conf": conf, "db/V1__x.sql": ONE}))
    assert places(discovery) == [("db", "flyway", PG)]
    assert discovery.unread == (
        ("flyway.conf", "names what is not here: s3:bucket/db, classpath:com/x/gone"),
    )


@pytest.mark.parametrize(
    "location",
    ["filesystem:/", "filesystem:..", "filesystem:../outside", "/flyway/sql", "${DB}", "s3:x", ""],
)
def test_nothing_outside_of_the_project_is_read(tmp_path: Path, location: str) -> None:
    plant(tmp_path, {"outside/V9__x.sql": ONE})
    conf = f"flyway.locations={location}\nflyway.mixed=true\n"
    inside = plant(
        tmp_path / "in",
        {".git/": "", "flyway.conf": conf, "db/V1__x.sql": f"{TABLE}\n{INDEX}"},
    )
    [root] = found(inside).roots
    assert (root.shown, root.files) == ("db", ("V1__x.sql",))
    # What it says of how migrations run holds all the same.
    assert scopes(tools.read(root, dialects.load(PG).parse)) == [("none", "certain")]


def test_the_settings_of_tests_say_nothing(tmp_path: Path) -> None:
    files = {
        f"{R}/db/migration/V1__x.sql": ONE,
        "src/test/resources/application.yml": "spring.flyway:\n  group: true\n"
        "  locations: classpath:db/migration,classpath:db/data\n",
        "src/test/resources/db/data/V2__x.sql": ONE,
    }
    plant(tmp_path, files)
    assert [root.shown for root in found(tmp_path).roots] == [
        f"{R}/db/migration",
        "src/test/resources/db/data",
    ]


def test_code_beside_the_resources_shares_their_versions(tmp_path: Path) -> None:
    files = {
        f"{R}/db/migration/V1__x.sql": ONE,
        f"{R}/db/migration/V2__y.sql": ONE,
        "src/main/java/db/migration/V2_0__Load.java": "",
        "src/main/kotlin/db/migration/V3__More.kt": "",
        "src/main/java/db/migration/Util.java": "",
    }
    for settings in ({}, {"flyway.conf": "flyway.locations=classpath:db/migration"}):
        root, history = read(tmp_path, {**files, **settings})
        assert root == f"{R}/db/migration"
        assert history.unread == ((root, "2 Java or Kotlin migrations are not analysed"),)
        assert [(rule, path.rpartition("/")[2]) for rule, path in problems(history)] == [
            ("duplicate-version", "V2_0__Load.java")
        ]
        assert problems(history)[0][1] == "src/main/java/db/migration/V2_0__Load.java"


def test_a_tool_that_is_forced_leaves_whole_what_settings_name(tmp_path: Path) -> None:
    plant(tmp_path, {**APART, "flyway.conf": f"flyway.locations={LOCATIONS}", "x/a.sql": ONE})
    assert [root.shown for root in found(tmp_path, tool="flyway").roots] == ["."]


def test_an_entry_of_ones_own_goes_by_the_settings(tmp_path: Path) -> None:
    files = {
        "migralint.toml": "[[migrations]]\npath = 'db'\ntool = 'flyway'\n",
        "flyway.conf": "flyway.locations=filesystem:db\nflyway.sqlMigrationPrefix=M\n",
        "db/M1__x.sql": ONE,
    }
    plant(tmp_path, files)
    [root] = found(tmp_path, settings=load(str(tmp_path))).roots
    assert ids(tools.read(root, dialects.load(PG).parse)) == ["1"]


def test_without_settings_nothing_is_read_a_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more files are opened for a hundred migrations than for one."""
    counts: list[int] = []
    opened: list[str] = []
    true = source.read_bytes

    def count(path: str, limit: int | None = None) -> bytes:
        opened.append(path)
        return true(path, limit)

    monkeypatch.setattr("migralint.walk.read_bytes", count)
    for number in (3, 100):
        folder = tmp_path / str(number)
        plant(folder, {f"db/V{each}__x.sql": ONE for each in range(number)})
        opened.clear()
        assert found(folder).roots
        counts.append(len(opened))
    assert counts[0] == counts[1]
