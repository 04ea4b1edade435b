"""What a project's files say to Flyway of how its migrations run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trees import found, ids, plant, problems, project, scopes

from migralint import cli, dialects, tools
from migralint.tools.flyway_settings import agreed, parse

ONE = "SELECT 1;"
TABLE = "CREATE TABLE t (id int);"
INDEX = "CREATE INDEX CONCURRENTLY i ON t (id);"
MIXED = f"{TABLE}\n{INDEX}"
R = "src/main/resources"
YAML = f"{R}/application.yml"
MAVEN = (
    "<project><build><plugins><plugin><artifactId>flyway-maven-plugin</artifactId>"
    "<configuration>{}</configuration></plugin></plugins></build></project>"
)


@pytest.mark.parametrize(
    ("name", "text", "sql", "scope"),
    [
        (YAML, "spring:\n  flyway:\n    mixed: true\n", MIXED, ("none", "certain")),
        (YAML, "spring.flyway:\n  group: yes\n", TABLE, ("run", "certain")),
        (YAML, "spring.flyway.execute-in-transaction: false", TABLE, ("none", "certain")),
        (YAML, "flyway: {datasources: {default: {mixed: on}}}", MIXED, ("none", "certain")),
        (YAML, "quarkus.flyway.mixed: false", MIXED, ("file", "certain")),
        (YAML, "spring.flyway.mixed: ${MIXED:true}", MIXED, ("none", "certain")),
        (YAML, "spring.flyway.mixed: ${MIXED}", MIXED, ("file", "default")),
        (YAML, "x: {y: true}\nspring.flyway.mixed: ${x.y}", MIXED, ("none", "certain")),
        (YAML, "v: @project.version@\nspring.flyway.mixed: true", MIXED, ("none", "certain")),
        (YAML, "a: &a {mixed: true}\nspring: {flyway: {<<: *a}}", MIXED, ("none", "certain")),
        # A profile is not the default.
        (
            YAML,
            "spring.flyway.url: x\n---\nspring.config.activate.on-profile: prod\n"
            "spring.flyway.mixed: true\n",
            MIXED,
            ("file", "default"),
        ),
        (
            YAML,
            "spring.flyway.mixed: false\n---\nspring.flyway.mixed: true\n",
            MIXED,
            ("none", "certain"),
        ),
        (f"{R}/application-prod.yml", "spring.flyway.mixed: true", MIXED, ("file", "default")),
        (
            f"{R}/application.properties",
            "quarkus.flyway.locations=db/migration\n%prod.quarkus.flyway.mixed=true\n",
            MIXED,
            ("file", "default"),
        ),
        (f"{R}/application.properties", "spring.flyway.mixed : true\n", MIXED, ("none", "certain")),
        (f"{R}/config/application.yaml", "spring.flyway.group: true", TABLE, ("run", "certain")),
        ("pom.xml", MAVEN.format("<mixed>true</mixed>"), MIXED, ("none", "certain")),
        ("build.gradle", "flyway {\n    group = true\n}", TABLE, ("run", "certain")),
        ("build.gradle.kts", "flyway {\n    mixed.set(true)\n}", MIXED, ("none", "certain")),
        ("build.gradle", "x {\n    mixed = true\n}\nflyway {\n}", MIXED, ("file", "default")),
        ("flyway.toml", "[flyway]\nmixed = true", MIXED, ("none", "certain")),
        (
            "flyway.toml",
            '[flyway]\nenvironment = "dev"\n[environments.dev.flyway]\nmixed = true\n'
            "[environments.prod.flyway]\nmixed = false",
            MIXED,
            ("none", "certain"),
        ),
    ],
)
def test_how_a_migration_runs(
    tmp_path: Path, name: str, text: str, sql: str, scope: tuple[str, str]
) -> None:
    read = project(tmp_path, {name: text, f"{R}/db/migration/V1__x.sql": sql}, "flyway")
    assert read.root == f"{R}/db/migration"
    assert scopes(read) == [scope]
    hanging = [("concurrently-behind-runner", f"{R}/db/migration/V1__x.sql")]
    assert problems(read) == (hanging if scope[0] == "none" and sql == MIXED else [])


def test_of_several_environments_what_they_agree_on_counts(tmp_path: Path) -> None:
    files = {
        "flyway-dev.conf": "flyway.mixed=true\nflyway.group=true\n",
        "flyway-prod.conf": "flyway.mixed=true\nflyway.group=false\n",
        "db/V1__x.sql": MIXED,
        "db/V2__x.sql": TABLE,
    }
    assert scopes(project(tmp_path, files, "flyway")) == [("none", "certain"), ("file", "certain")]
    assert agreed([]) == ()


@pytest.mark.parametrize(("lock", "told"), [("false", False), ("true", True), (None, True)])
def test_the_lock_that_a_concurrent_build_waits_for(
    tmp_path: Path, lock: str | None, told: bool
) -> None:
    yaml = "spring:\n  flyway:\n    url: x\n" + (
        f"    postgresql: {{transactional-lock: {lock}}}\n" if lock else ""
    )
    read = project(tmp_path, {YAML: yaml, f"{R}/db/migration/V1__x.sql": INDEX}, "flyway")
    found = [each.rule for each in read.problems]
    assert found == (["concurrently-behind-runner"] if told else [])


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("flyway.toml", "flyway = [", "is not TOML: "),
        (YAML, "spring.flyway: [\n", "is not YAML: "),
        (YAML, "flyway: " + "[" * 5000, "is not YAML: it cannot be parsed"),
        (YAML, "flyway:\n  a: b\n\tc: d", "is not YAML: "),
        (YAML, "# flyway\n" + "a: b\n" * 70_000, "is longer than settings are"),
        ("pom.xml", "<project>flyway", "is not XML: "),
        (
            "pom.xml",
            '<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>flyway&a;</p>',
            "has a DOCTYPE, which is not read",
        ),
        ("flyway.conf", b"flyway.mixed=\xff\xfe", ""),
        (YAML, "flyway: &a {b: *a}", "is not YAML: "),
        (YAML, "flyway:\n" + "".join(f" {'  ' * n}a{n}:\n" for n in range(60)), "is nested"),
        (YAML, "flyway\n", ""),
        (YAML, "- flyway\n- [a]\n", ""),
        (YAML, "spring: {flyway: 7}\nquarkus: flyway\n", ""),
        (YAML, "spring.flyway: {locations: [{a: b}], mixed: [1], placeholders: 3}", ""),
        (f"{R}/application.properties", "spring.flyway.=\\\n\\u00zz=\\", ""),
        ("build.gradle", "flyway {{{ locations = [ 'a', \n", ""),
        ("pom.xml", MAVEN.format("<mixed/><locations/><x><y/></x>"), ""),
    ],
)
def test_bad_settings_are_told_once_and_stop_nothing(
    tmp_path: Path, name: str, text: str | bytes, why: str
) -> None:
    files: dict[str, str | bytes] = {name: text, f"{R}/db/migration/V1__x.sql": TABLE}
    read = project(tmp_path, files, "flyway")
    assert scopes(read) == [("file", "certain")]
    assert problems(read) == ([("unreadable-file", name)] if why else [])
    assert all(problem.message.startswith(f"This file {why}") for problem in read.problems)


def test_bad_settings_of_no_migrations_are_not_a_finding(tmp_path: Path) -> None:
    discovery = found(plant(tmp_path, {YAML: "flyway: [", "db/1_x.sql": ONE}))
    [(path, reason)] = discovery.unread
    assert path == YAML
    assert reason.startswith("is not YAML: ")


def test_a_bad_file_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    plant(tmp_path, {"flyway.toml": "[flyway", "db/V1__x.sql": ONE, "db/V2__x.sql": ONE})
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--format", "json", "--select", "MIG003"]) == 1
    report = json.loads(capfd.readouterr().out)
    assert [(each["code"], each["path"]) for each in report["findings"]] == [
        ("MIG003", "flyway.toml")
    ]
    assert [each["path"] for each in report["coverage"]["not_analysed"]] == ["flyway.toml"]


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ("spring.datasource.url=jdbc:mysql://x/y\nspring.flyway.mixed=true", "MySQL"),
        ("spring.flyway.url=jdbc:h2:mem\nspring.datasource.url=jdbc:postgresql:x", "H2"),
        ("quarkus.datasource.db-kind=mariadb\nquarkus.flyway.mixed=true", "MariaDB"),
        ("spring.flyway.url=jdbc:${DB:mysql}://x/y", "MySQL"),
    ],
)
def test_the_database(tmp_path: Path, settings: str, url: str) -> None:
    files = {f"{R}/application.properties": settings, f"{R}/db/migration/V1__x.sql": ONE}
    discovery = found(plant(tmp_path, files))
    assert [reason.partition(" mig")[0] for _, reason in discovery.unread] == [url]


def test_the_module_that_flyway_needs_tells_the_database(tmp_path: Path) -> None:
    gradle = 'implementation "org.flywaydb:flyway-mysql:10"\nruntime "org.postgresql:postgresql:42"'
    files = {"build.gradle": gradle, f"{R}/db/migration/V1__x.sql": ONE}
    assert not found(plant(tmp_path, files)).roots
    gradle = 'implementation "org.flywaydb:flyway-database-postgresql:10"\n// flyway { }'
    [root] = found(plant(tmp_path, {"build.gradle": gradle})).roots
    # 42 is the driver's version, and 10 is Flyway's.
    assert (root.dialect, root.version) == ("postgresql", None)


def test_one_use_of_flyway() -> None:
    [use] = parse(
        "application.yml",
        "spring:\n flyway:\n  out-of-order: yes\n  baselineVersion: 1.10\n  default-schema: app\n"
        "  placeholders: {Table-Name: x, other: '${X:y}'}\n",
    )
    assert use.values == {
        "outoforder": "true",
        "baselineversion": "1.10",
        "defaultschema": "app",
        "placeholders.Table-Name": "x",
        "placeholders.other": "y",
    }
    assert (use.locations, use.said) == (("classpath:db/migration",), False)
    assert not parse("application.yml", "spring: {jpa: {}}")


# How they are read


def read(tmp_path: Path, files: dict[str, str | bytes]) -> list[list[tuple[str, list[str]]]]:
    """Each statement's text and the kinds of its operations, a list a migration."""
    history = project(tmp_path, files, "flyway")
    return [
        [(each.text, [type(op).__name__ for op in each.ops]) for each in migration.up.statements]
        for migration in history.migrations
    ]


def test_placeholders_of_another_shape(tmp_path: Path) -> None:
    sql = "CREATE TABLE @@app@@.t (id int);\nDROP TABLE @@t@@_old;\n"
    files: dict[str, str | bytes] = {
        "flyway.conf": "flyway.placeholderPrefix=@@\nflyway.placeholderSuffix=@@\n",
        "V1__x.sql": sql,
    }
    history = project(tmp_path, files, "flyway")
    statements = history.migrations[0].up.statements
    assert [type(op).__name__ for each in statements for op in each.ops] == [
        "CreateTable",
        "DropTable",
    ]
    # Every character keeps its place.
    assert [sql[each.span.start : each.span.end] for each in statements] == [
        "CREATE TABLE @@app@@.t (id int)",
        "DROP TABLE @@t@@_old",
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"V1__x.sql.conf": "placeholderReplacement=false\n"},
        {"flyway.conf": "flyway.placeholderReplacement=false\n"},
    ],
)
def test_placeholders_that_are_not_filled_in(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    sql = "DROP TABLE ${x};\nDO $$ BEGIN PERFORM '${y}'; END $$;\nSELECT '${z}';\n"
    plain = read(tmp_path / "a", {"V1__x.sql": sql})
    assert next(kinds for _, kinds in plain[0]) == ["DropTable"]
    kept = read(tmp_path / "b", {"V1__x.sql": sql, **files})
    assert next(kinds for _, kinds in kept[0]) == ["Unknown"]
    assert kept[0][1:] == plain[0][1:]


def test_the_order_of_callbacks_and_repeatables(tmp_path: Path) -> None:
    names = [
        "afterMigrate.sql",
        "afterMigrateApplied__x.sql",
        "afterVersioned.sql",
        "beforeRepeatables.sql",
        "beforeMigrate__b.sql",
        "beforeMigrate__a.sql",
        "R__a1.sql",
        "R__a_1.sql",
        "V1__x.sql",
    ]
    history = project(tmp_path, dict.fromkeys(names, ONE), "flyway")
    assert ids(history) == [
        "beforeMigrate__a",
        "beforeMigrate__b",
        "1",
        "afterVersioned",
        "beforeRepeatables",
        # By description, in which underscores are blanks.
        "a_1",
        "a1",
        "afterMigrate",
        "afterMigrateApplied__x",
    ]
    assert not problems(history)
    assert not history.unread


def test_suffixes_in_capitals(tmp_path: Path) -> None:
    read = project(tmp_path, {"V1__x.SQL": TABLE, "V2__y.Sql": TABLE, "v3__z.sql": ONE}, "flyway")
    assert ids(read) == ["1", "2"]
    assert problems(read) == [("invalid-file-name", "v3__z.sql")]


def test_versions_of_many_digits(tmp_path: Path) -> None:
    names = ["V202_2.0.0.31__c.sql", "V20240101120000123456789__d.sql", "V9__a.sql", "V9_1__b.sql"]
    history = project(tmp_path, dict.fromkeys(names, ONE), "flyway")
    assert ids(history) == ["9", "9.1", "202.2.0.0.31", "20240101120000123456789"]


def test_settings_that_a_call_gives_to_no_history(tmp_path: Path) -> None:
    """A root that nobody discovered is read with Flyway's own settings."""
    from migralint.migration import Root

    plant(tmp_path, {"V1__x.sql": ONE})
    root = Root(str(tmp_path), ".", "flyway", "postgresql", files=("V1__x.sql",))
    assert ids(tools.read(root, dialects.load("postgresql").parse)) == ["1"]
