"""Configuration files: where they are looked for, what they may say, and how they are corrected."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from trees import plant

from migralint import keys, toml
from migralint.config import KEYS, Entry, Settings, Tables, load, matcher
from migralint.errors import ConfigurationError

PYPROJECT = "[tool.migralint]\nignore = ['MIG101']\n"


def settings(folder: Path, text: str) -> Settings:
    plant(folder, {"migralint.toml": text})
    return load(str(folder))


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings(folder, text)
    message = str(caught.value)
    assert "\n" not in message
    return message.rpartition("migralint.toml: ")[2]


# Where


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(str(tmp_path)) == Settings()


@pytest.mark.parametrize(
    ("files", "start", "expected"),
    [
        ({"pyproject.toml": PYPROJECT}, "a/b", "pyproject.toml"),
        ({"a/migralint.toml": "", "pyproject.toml": PYPROJECT}, "a/b", "a/migralint.toml"),
        ({"a/pyproject.toml": "[project]\n", "migralint.toml": ""}, "a", "migralint.toml"),
        (
            {"a/pyproject.toml": "[project]\nname = 'migralint'\n", "migralint.toml": ""},
            "a",
            "migralint.toml",
        ),
        ({"migralint.toml": "", ".migralint.toml": ""}, "a", ".migralint.toml"),
        ({"migralint.toml": "", "pyproject.toml": PYPROJECT}, "a", "migralint.toml"),
        ({"a/pyproject.toml": "not [ toml", "migralint.toml": ""}, "a", "migralint.toml"),
    ],
)
def test_the_nearest_file_wins(
    tmp_path: Path, files: dict[str, str | bytes], start: str, expected: str
) -> None:
    plant(tmp_path, {**files, f"{start}/": ""})
    assert load(str(tmp_path / start)).path == str(tmp_path / expected)


def test_a_file_that_is_named(tmp_path: Path) -> None:
    plant(tmp_path, {"x/other.toml": "fail-on = 'error'\n", "migralint.toml": "fail-on = 'info'\n"})
    assert load(str(tmp_path), "x/other.toml").fail_on == "error"
    with pytest.raises(ConfigurationError, match=r"no\.toml: there is no such configuration file"):
        load(str(tmp_path), "no.toml")


def test_a_named_pyproject_has_to_have_the_table(tmp_path: Path) -> None:
    plant(tmp_path, {"pyproject.toml": "[project]\n"})
    with pytest.raises(ConfigurationError, match=r"has no \[tool\.migralint\] table"):
        load(str(tmp_path), "pyproject.toml")


# What


def test_every_key(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        """
        select = ["MIG1", "no-such-rule"]
        ignore = ["MIG102"]
        extend-select = ["MIG8"]
        fail-on = "error"
        postgres-version = 16
        mysql-version = 8.4
        mariadb-version = "10.11"
        sqlite-version = "3.45"
        dialect = "postgresql"
        tool = "flyway"
        exclude = ["old/"]
        timeouts = "runner"
        [per-file-ignores]
        "V1__*.sql" = ["MIG101"]
        [severity]
        MIG101 = "info"
        [tables]
        large = ["orders"]
        small = ["public.countries"]
        [options]
        max-rows = 10
        [placeholders]
        schema = "app"
        shards = 4
        [[migrations]]
        path = "db"
        tool = "atlas"
        dialect = "postgresql"
        postgres-version = 14
        transaction = "none"
        """,
    )
    assert found.select == ("MIG1", "no-such-rule")
    assert (found.ignore, found.extend_select) == (("MIG102",), ("MIG8",))
    assert (found.fail_on, found.timeouts) == ("error", "runner")
    assert (found.postgres_version, found.mysql_version) == (16, "8.4")
    assert found.tables == Tables(large=("orders",), small=("public.countries",))
    assert found.options == {"max-rows": 10}
    assert found.placeholders == {"schema": "app", "shards": "4"}
    assert found.severity == {"MIG101": "info"}
    assert found.migrations == (
        Entry(
            path=str(tmp_path / "db"),
            tool="atlas",
            dialect="postgresql",
            postgres_version=14,
            transaction="none",
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("selct = []", 'unknown key "selct"; did you mean "select"?'),
        ("fail_on = 'error'", 'unknown key "fail_on"; did you mean "fail-on"?'),
        ("path = 'x'", 'unknown key "path"; known are '),
        ("[tables]\nlarg = []", 'tables.unknown key "larg"; did you mean "large"?'),
        (
            "[[migrations]]\npath = '.'\ntol = 'x'",
            'migrations, entry 1: unknown key "tol"; did you mean "tool"?',
        ),
        ("[[migrations]]\ntool = 'atlas'", "migrations, entry 1: path is missing"),
        ("select = 'MIG1'", "select: expected array, got str"),
        ("select = [1]", "select[0]: expected str, got int"),
        ("postgres-version = '16'", "postgres-version: expected int, got str"),
        ("postgres-version = 11", "postgres-version: expected int >= 12"),
        ("fail-on = 'never'", "fail-on: unknown value 'never'"),
        ("[severity]\nMIG101 = 'loud'", "severity: unknown value 'loud'"),
        ("migrations = 3", "migrations: expected array, got int"),
        ("exclude = [", "is not TOML: "),
        ("extend = 3", "extend: expected the path of a file"),
        ("extend = 'no.toml'", "extend: there is no file no.toml"),
        ("extend = 'migralint.toml'", "extend goes round in a circle"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    assert complaint(tmp_path, text).startswith(expected)


def test_tool_migralint_that_is_no_table(tmp_path: Path) -> None:
    plant(tmp_path, {"pyproject.toml": "[tool]\nmigralint = 3\n"})
    with pytest.raises(ConfigurationError, match="has to be a table"):
        load(str(tmp_path))


# Paths, and files that extend others


def test_exclude_is_relative_to_its_file(tmp_path: Path) -> None:
    text = 'extend-exclude = ["db/old/", "*.tmp.sql", "/top.sql", "./a/b.sql", "!keep.tmp.sql"]'
    found = matcher(settings(tmp_path, text))
    assert found is not None
    excluded = {
        "db/old/1.sql": True,
        "x/db/old/1.sql": False,
        "x/y.tmp.sql": True,
        "x/keep.tmp.sql": False,
        "top.sql": True,
        "x/top.sql": False,
        "a/b.sql": True,
        "b.sql": False,
    }
    assert {name: found(str(tmp_path / name)) for name in excluded} == excluded
    assert not found("/db/old/1.sql")
    assert matcher(Settings()) is None


def test_a_folder_with_signs_of_a_pattern_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "a[1] *b"
    found = matcher(settings(folder, 'exclude = ["db/"]'))
    assert found is not None
    assert found(str(folder / "db" / "1.sql"))


def test_per_file_ignores(tmp_path: Path) -> None:
    found = settings(
        tmp_path, "[per-file-ignores]\n'V1__*.sql' = ['MIG101']\n'db/*' = ['MIG2', 'MIG3']\n"
    )
    assert found.rules_ignored(str(tmp_path / "db" / "V1__x.sql")) == ("MIG101", "MIG2", "MIG3")
    assert found.rules_ignored(str(tmp_path / "x" / "V1__x.sql")) == ("MIG101",)
    assert found.rules_ignored(str(tmp_path / "x" / "V2__x.sql")) == ()


def test_extend(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "base/pyproject.toml": """
                [tool.migralint]
                select = ["MIG1"]
                extend-exclude = ["old.sql"]
                fail-on = "error"
                [tool.migralint.severity]
                MIG101 = "info"
                MIG102 = "info"
                [[tool.migralint.migrations]]
                path = "db"
            """,
            "app/migralint.toml": """
                extend = "../base/pyproject.toml"
                select = ["MIG2"]
                extend-exclude = ["new.sql"]
                [severity]
                MIG101 = "error"
                [[migrations]]
                path = "db"
            """,
        },
    )
    found = load(str(tmp_path / "app"))
    assert found.select == ("MIG2",)
    assert found.fail_on == "error"
    assert found.severity == {"MIG101": "error", "MIG102": "info"}
    assert [entry.path for entry in found.migrations] == [
        str(tmp_path / "app" / "db"),
        str(tmp_path / "base" / "db"),
    ]
    excluded = matcher(found)
    assert excluded is not None
    assert excluded(str(tmp_path / "base" / "x" / "old.sql"))
    assert excluded(str(tmp_path / "app" / "new.sql"))
    assert not excluded(str(tmp_path / "app" / "old.sql"))


# Lines of it in the call


def test_lines_lie_over_the_file(tmp_path: Path) -> None:
    plant(
        tmp_path, {"migralint.toml": "fail-on = 'info'\nignore = ['MIG1']\nseverity.MIG2 = 'info'"}
    )
    lines = ("fail-on = 'error'", "severity = {MIG3 = 'info'}", "exclude = ['x.sql']")
    found = load(str(tmp_path), inline=lines)
    assert (found.fail_on, found.ignore) == ("error", ("MIG1",))
    assert found.severity == {"MIG2": "info", "MIG3": "info"}
    assert found.path == str(tmp_path / "migralint.toml")
    excluded = matcher(found)
    assert excluded is not None
    assert excluded(str(tmp_path / "x.sql"))
    alone = load(str(tmp_path), inline=lines, isolated=True)
    assert (alone.ignore, alone.fail_on, alone.path) == ((), "error", None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("selct = []", '--config: unknown key "selct"; did you mean "select"?'),
        ("fail-on = 'never'", "--config: fail-on: unknown value 'never'"),
        ("fail-on = never", "--config 'fail-on = never': is not TOML: "),
    ],
)
def test_what_is_wrong_with_a_line(
    tmp_path: Path, line: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plant(tmp_path, {"migralint.toml": "fail-on = 'info'\n"})
    with pytest.raises(ConfigurationError) as raised:
        load(str(tmp_path), inline=[line])
    assert str(raised.value).startswith(expected)


# Its keys


def test_each_key_is_listed() -> None:
    listed = [line.split()[0] for line in keys.listed().splitlines()]
    assert sorted(listed) == sorted(KEYS)
    assert [entry["key"] for entry in json.loads(keys.described())] == listed
    assert max(map(len, keys.listed().splitlines())) <= 100


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (
            "fail-on = 'error'\nmysql-version = 8.4\nextend = 'x.toml'\nstart-after = ['1', '2']",
            True,
        ),
        ("postgres-version = 16\nplaceholders = {a = 'x', b = 3}\nseverity.MIG1 = 'info'", True),
        ("[tables]\nsmall = ['a']\n[[migrations]]\npath = 'db'\ntransaction = 'none'", True),
        ("path = 'x'", False),
        ("selct = []", False),
        ("postgres-version = 11", False),
        ("fail-on = 'never'", False),
        ("[[migrations]]\ntool = 'atlas'", False),
    ],
)
def test_the_schema_takes_what_is_taken(tmp_path: Path, text: str, fits: bool) -> None:
    (tmp_path / "x.toml").write_text("")
    known = jsonschema.Draft202012Validator(json.loads(keys.json_schema()))
    jsonschema.Draft202012Validator.check_schema(known.schema)
    assert known.is_valid(toml.loads(text)) == fits
    if fits:
        settings(tmp_path, text)
    else:
        complaint(tmp_path, text)
