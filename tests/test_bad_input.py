"""Bad input from outside: one clear finding or line on stderr, the rest linted, nothing lost.

Each case is a Flyway history of a table, the bad file and an index that MIG101 speaks of: whatever
is between them, the index is judged.
"""

from __future__ import annotations

import json
import os
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from trees import plant

from migralint import cli, registry

TABLE = "CREATE TABLE a (id bigint PRIMARY KEY, x text);\n"
INDEX = "CREATE INDEX a_x ON a (x);\n"
HISTORY = {"db/V1__table.sql": TABLE, "db/V3__index.sql": INDEX}
BAD = "db/V2__bad.sql"
PATHOLOGICAL = 20.0
"""Seconds that no input of a few megabytes may take, also on a machine that is busy."""


class Run:
    """What a call of the command line gave; never a traceback."""

    def __init__(self, capfd: pytest.CaptureFixture[str], *arguments: str) -> None:
        capfd.readouterr()
        self.status = cli.main(list(arguments))
        self.out, self.err = capfd.readouterr()
        assert "Traceback" not in self.err
        assert "internal error" not in self.err
        assert self.status in (0, 1, 2)

    def document(self) -> dict[str, Any]:
        assert self.status < 2, self.err
        found: dict[str, Any] = json.loads(self.out)
        return found


class Lint:
    """A project on disk, linted as JSON."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capfd = capfd

    def call(self, *arguments: str) -> Run:
        return Run(self.capfd, *arguments)

    def __call__(self, bad: str | bytes | None = None, *arguments: str) -> dict[str, Any]:
        """The history's report, with the bad file in it."""
        plant(self.folder, HISTORY if bad is None else {**HISTORY, BAD: bad})
        return self.call(*arguments, "--format", "json").document()


@pytest.fixture
def lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Lint:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Lint(folder, capfd)


def said(report: dict[str, Any], path: str = BAD) -> list[tuple[str, int]]:
    """What is wrong with a file, as (code, line); hints that any ALTER TABLE gets left out."""
    return [
        (each["code"], each["line"])
        for each in report["findings"]
        if each["path"] == path and each["severity"] != "info"
    ]


def missed(report: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each["path"], each["line"]) for each in report["coverage"]["not_analysed"]]


def extent(report: dict[str, Any]) -> tuple[int, int]:
    return report["coverage"]["files"], report["coverage"]["statements"]


def index_judged(report: dict[str, Any]) -> bool:
    return ("MIG101", 1) in said(report, "db/V3__index.sql")


# Files that cannot be read


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(path.parent)  # The name of a socket may have some hundred bytes only.
    made.bind(path.name)
    os.chdir(here)
    made.close()


UNREADABLE: list[Callable[[Path], None]] = [
    lambda path: path.symlink_to("nowhere"),
    lambda path: path.symlink_to(path.name),
    _fifo,
    _socket,
    lambda path: path.write_bytes(b"-- caf\xe9\nDROP TABLE a;"),
    lambda path: path.write_bytes("DROP TABLE a;".encode("utf-16-le")),
    lambda path: path.write_bytes(b"\xff\xfeD"),
    lambda path: path.write_bytes(b"\xef\xbb\xbf\xff"),
]


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
@pytest.mark.parametrize("make", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_file_that_cannot_be_read(lint: Lint, make: Callable[[Path], None]) -> None:
    plant(lint.folder, HISTORY)
    make(lint.folder / BAD)
    report = lint()
    assert said(report) == [("MIG003", 1)]
    assert missed(report) == [(BAD, 1)]
    assert extent(report) == (2, 2)
    assert index_judged(report)


def test_a_folder_where_a_file_is_expected(lint: Lint) -> None:
    (lint.folder / BAD).mkdir(parents=True)
    report = lint()
    assert missed(report) == [(BAD, 1)]
    assert index_judged(report)


def test_utf16_with_its_mark_is_read(lint: Lint) -> None:
    report = lint("SELECT 'é';\nDROP TABLE b;".encode("utf-16"))
    assert said(report) == [("MIG608", 2)]
    assert not missed(report)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links(lint: Lint) -> None:
    plant(lint.folder.parent / "outside", {"V9__x.sql": "DROP TABLE a;"})
    plant(lint.folder, HISTORY)
    (lint.folder / "db/loop").symlink_to("..")
    (lint.folder / "db/out").symlink_to("../../outside")
    (lint.folder / "db/V9__x.sql").symlink_to("../../outside/V9__x.sql")
    report = lint()
    assert missed(report) == [("db/V9__x.sql", 1), ("db/out", 1)]
    assert extent(report) == (2, 2)
    assert index_judged(report)


# Text


@pytest.mark.parametrize("text", ["", " \r\n", "\ufeff", "-- nothing\n/* at all */\n", ";;\n"])
def test_nothing_in_it(lint: Lint, text: str) -> None:
    report = lint(text)
    assert [each["code"] for each in report["findings"] if each["path"] == BAD] == ["MIG004"]
    assert extent(report) == (3, 2)
    assert index_judged(report)


GOOD = "ALTER TABLE a ADD COLUMN y int;\n"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("ALTER TABLE a ADD COL", "MIG001", "syntax error at end of input"),
        ("CREATE INDEX i ON a (", "MIG001", "syntax error at end of input"),
        ("DO $$ BEGIN\n DROP TABLE a;\n", "MIG001", "unterminated dollar-quoted string"),
        ("SELECT $x$ DROP TABLE a; $y$", "MIG001", "unterminated dollar-quoted string"),
        ("INSERT INTO b VALUES ('x);\nDROP TABLE a;", "MIG001", "unterminated quoted string"),
        ('DROP TABLE "a;\nDROP TABLE a;', "MIG001", "unterminated quoted identifier"),
        ("/* never closed\nDROP TABLE a;", "MIG001", "unterminated /* comment"),
        ("SELECT 1 /* /* */ ; DROP TABLE a;", "MIG001", "unterminated /* comment"),
        ("/*" * 1500 + " DROP TABLE a;", "MIG001", "unterminated /* comment"),
        ("SELECT 'a\0b'", "MIG002", "the statement holds a NUL byte"),
        ("DROP\0 TABLE a", "MIG002", "the statement holds a NUL byte"),
        ("SELECT " + "(" * 20_000, "MIG001", 'memory exhausted at or near "("'),
        ("SELECT 1" + "+1" * 50_000, "MIG002", "nested too deep to be read"),
        ("SELECT 1" + " UNION SELECT 1" * 3000, "MIG002", "nested too deep to be read"),
        ("SELECT " + "NOT " * 5000 + "true", "MIG002", "nested too deep to be read"),
    ],
    ids=range(15),
)
def test_one_statement_that_is_not_understood(lint: Lint, text: str, code: str, words: str) -> None:
    report = lint(GOOD + text)
    assert said(report) == [(code, 2)]
    (place,) = report["coverage"]["not_analysed"]
    assert (place["path"], place["line"], place["reason"]) == (BAD, 2, words)
    assert extent(report) == (3, 4)
    assert report["coverage"]["analysed"] == 3
    assert index_judged(report)
    assert all(len(each["message"]) < 500 for each in report["findings"])


def test_a_block_that_is_nested_too_deep(lint: Lint) -> None:
    report = lint("DO $$ BEGIN " + "IF true THEN " * 3000 + "END IF; " * 3000 + "END $$;")
    (place,) = report["coverage"]["not_analysed"]
    assert place["reason"] == "nested too deep to be read"
    assert index_judged(report)


def test_a_bad_statement_among_ten_thousand(lint: Lint) -> None:
    rows = [f"INSERT INTO a VALUES ({number}, 'x');\n" for number in range(10_000)]
    rows[7_000] = "INSRT INTO a VALUES (1);\n"
    report = lint("".join(rows))
    assert said(report) == [("MIG001", 7_001)]
    assert extent(report) == (3, 10_002)
    assert report["coverage"]["analysed"] == 10_001


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(lint: Lint, end: str, mark: str) -> None:
    text = mark + end.join(("SELECT 1;", "-- c", "  SELEC 1;", "DROP TABLE b;", ""))
    report = lint(text.encode())
    assert said(report) == [("MIG001", 3), ("MIG204", 4)]
    assert [each["column"] for each in report["findings"] if each["path"] == BAD][:2] == [3, 1]


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1 FROM pg_class", "SELECT 1 FROM pg_stat_statements", "TABLE pg_catalog.pg_index"],
)
def test_the_catalog_is_there_without_being_made(lint: Lint, statement: str) -> None:
    assert not said(lint(statement))


def test_a_very_long_line(lint: Lint) -> None:
    rows = ",".join("(1, 'x')" for _ in range(100_000))
    start = time.perf_counter()
    lint(f"INSERT INTO a VALUES {rows}; DROP TABLE b;")
    run = lint.call()
    assert time.perf_counter() - start < PATHOLOGICAL
    assert f"{BAD}:1:{len(rows) + 24}" in run.out
    assert max(map(len, run.out.splitlines())) < 500


def test_a_dump(lint: Lint) -> None:
    """Some megabytes with COPY data and rows by the hundred, semicolons and quotes in both."""
    numbers = random.Random(1)
    parts = ["SET statement_timeout = 0;\n"]
    for table in "bcd":
        parts.append(f"CREATE TABLE {table} (id bigint NOT NULL, x text);\n")
        parts.append(f"COPY {table} (id, x) FROM stdin;\n")
        parts += [f"{n}\tit's ; $$ {numbers.random()}\n" for n in range(20_000)]
        parts.append("\\.\n\n")
        for _ in range(20):
            rows = ", ".join(f"({n}, 'it''s; {numbers.random()}')" for n in range(1_000))
            parts.append(f"INSERT INTO {table} VALUES {rows};\n")
        parts.append(f"ALTER TABLE ONLY {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id);\n")
    text = "".join(parts)
    assert len(text) > 3_000_000
    start = time.perf_counter()
    report = lint(text)
    assert time.perf_counter() - start < PATHOLOGICAL
    assert not said(report)
    assert extent(report) == (3, 2 + 1 + 3 * 23)
    assert not missed(report)
    assert index_judged(report)


# Histories


def test_two_tools_in_one_folder(lint: Lint) -> None:
    table = TABLE.replace(" a ", " b ")
    plant(lint.folder, {"db/1_x.up.sql": table, "db/1_x.down.sql": "DROP TABLE b;"})
    report = lint()
    assert said(report, "db") == [("MIG607", 1)]
    assert extent(report) == (4, 4)
    assert not missed(report)
    assert sorted({each["path"] for each in report["findings"]}) == ["db", "db/V3__index.sql"]


@pytest.mark.parametrize(
    ("files", "at", "words"),
    [
        (("V1__a.sql", "V1.0__b.sql"), "V1.0__b.sql", "version 1.0, which is the same as 1"),
        (("1_a.up.sql", "01_b.up.sql"), "1_a.up.sql", "version 1, which is the same as 01"),
    ],
)
def test_a_version_that_is_used_twice(
    lint: Lint, files: tuple[str, str], at: str, words: str
) -> None:
    names = [f"db/{name}" for name in files]
    downs = [name.replace(".up.", ".down.") for name in names if ".up." in name]
    plant(lint.folder, dict.fromkeys((*names, *downs), "SELECT 1;"))
    report = lint.call("--format", "json").document()
    [finding] = [each for each in report["findings"] if each["code"] == "MIG601"]
    assert finding["path"] == f"db/{at}"
    assert words in finding["message"]
    assert extent(report)[0] == len(names + downs)


LIQUIBASE = "<databaseChangeLog><changeSet id='1' author='a'/></databaseChangeLog>"


@pytest.mark.parametrize(
    ("files", "path", "words"),
    [
        (
            {"cl/changelog/a.xml": LIQUIBASE, "cl/changelog/v2/b.xml": LIQUIBASE},
            "cl/changelog",
            "Liquibase changelogs in XML, YAML or JSON are not analysed yet (2 files)",
        ),
        (
            {"app/1_x/migration.ts": "", "app/1_x/ops.json": "[]"},
            "app",
            "Prisma 8 migrations are not analysed yet (1 file)",
        ),
        (
            {"ch/1_x.up.sql": "CREATE TABLE t (a Int8) ENGINE = MergeTree;", "ch/1_x.down.sql": ""},
            "ch",
            "ClickHouse migrations are not analysed yet (2 files)",
        ),
        (
            {"ms/1_x.sql": "CREATE TABLE [dbo].[t] (a NVARCHAR(5));\nGO\n", "ms/2_x.sql": "GO\n"},
            "ms",
            "SQL Server (T-SQL) migrations are not analysed yet (2 files)",
        ),
        (
            {"ora/1_x.sql": "CREATE TABLE t (a VARCHAR2(5));"},
            "ora",
            "Oracle migrations are not analysed yet (1 file)",
        ),
    ],
    ids=["liquibase", "prisma8", "clickhouse", "tsql", "oracle"],
)
def test_what_is_not_read_is_named_once(
    lint: Lint, files: dict[str, str], path: str, words: str
) -> None:
    plant(lint.folder, files)
    alone = lint.call("--format", "json")
    assert alone.status == 0
    assert alone.err == "migralint: warning: no migrations could be analysed\n"
    report = lint()
    assert report["coverage"]["not_analysed"] == [{"path": path, "line": 1, "reason": words}]
    assert {each["path"] for each in report["findings"]} == {"db/V3__index.sql"}
    assert lint.call("--format", "concise").out.count(words) == 1


def test_locks_names_what_it_did_not_read(lint: Lint) -> None:
    plant(lint.folder, {**HISTORY, "ora/1_x.sql": "CREATE TABLE t (a VARCHAR2(5));", BAD: b"\xff"})
    run = lint.call("locks", "--format", "json")
    assert (run.status, len(run.document()["statements"])) == (0, 2)
    assert run.err.splitlines() == [
        f"migralint: warning: {BAD}: This file is not UTF-8 text (at byte 0).",
        "migralint: warning: ora: Oracle migrations are not analysed yet (1 file)",
    ]


# Names


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_names_that_steer_a_terminal(lint: Lint) -> None:
    name = "V2__\x1b[31mred\x07.sql"
    plant(lint.folder, {f"db/{name}": 'DROP TABLE "\x1b]0;b\x07";'})
    report = lint()
    assert said(report, f"db/{name}") == [("MIG608", 1)]
    for arguments in ([], ["--format", "concise"], ["--statistics"], ["locks"]):
        run = lint.call(*arguments)
        assert "\x1b" not in run.out + run.err
        assert "\x07" not in run.out + run.err
    assert "V2__\\x1b[31mred\\x07.sql" in lint.call().out
    assert "\x1b" not in lint.call("--format", "sarif").out
    missing = lint.call("\x1b[31m.sql")
    assert (missing.status, missing.err.count("\x1b"), missing.err.count("\n")) == (2, 0, 1)


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
@pytest.mark.parametrize("name", ["V2__a b.sql", "V2__é日本.sql", "V2__a\nb.sql", "V2__%2e#?.sql"])
def test_odd_names(lint: Lint, name: str) -> None:
    plant(lint.folder, {f"db/{name}": "DROP TABLE b;"})
    assert said(lint(), f"db/{name}") == [("MIG608", 1)]
    (line,) = [one for one in lint.call("--format", "concise").out.splitlines() if "MIG608" in one]
    assert line.startswith("db/V2__")
    alone = lint.call(f"db/{name}", "--format", "json").document()
    assert said(alone, f"db/{name}") == [("MIG608", 1)]


# Calls


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        (
            "postgres_version = 15",
            'unknown key "postgres_version"; did you mean "postgres-version"',
        ),
        ("postgres-version = '15'", "postgres-version: expected int, got str"),
        ("postgres-version = 9", "postgres-version: expected int >= 12"),
        ("select = 'MIG1'", "select: expected array, got str"),
        ("exclude = [1]", "exclude[0]: expected str, got int"),
        ("tables = 3", "tables: expected table, got int"),
        ("migrations = [3]", "migrations[0]: expected table, got int"),
        ("fail-on = 'fatal'", "fail-on: unknown value 'fatal'; it is one of error, warning, info"),
        ("severity = {MIG101 = 'fatal'}", "it is one of error, warning, info"),
        ("severity = {MIG999 = 'info'}", "severity: no rule is called 'MIG999'"),
        ("ignore = ['index-not-concurent']", "did you mean index-not-concurrent?"),
        ("per-file-ignores = {'x' = ['MIG998']}", "per-file-ignores: no rule is called 'MIG998'"),
        ("select = [", "is not TOML"),
        ("# \xff", "is not TOML"),
    ],
)
def test_a_configuration_that_cannot_be(lint: Lint, configuration: str, words: str) -> None:
    plant(lint.folder, {**HISTORY, "migralint.toml": configuration.encode("latin-1")})
    for command in ("check", "locks"):
        run = lint.call(command)
        assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
        assert run.err.startswith("migralint: migralint.toml: ")
        assert words in run.err


def test_an_ignore_of_no_rule(lint: Lint) -> None:
    report = lint("-- migralint: ignore[no-such] why\nDROP TABLE b;\n")
    assert said(report) == [("MIG006", 1), ("MIG608", 2)]


@pytest.mark.parametrize("paths", [["db/V9__x.sql"], ["db", "gone"], ["db/V1__table.sql/x"]])
def test_a_path_that_is_not_there(lint: Lint, paths: list[str]) -> None:
    plant(lint.folder, HISTORY)
    run = lint.call(*paths)
    assert (run.status, run.out) == (2, "")
    assert run.err == f"migralint: {paths[-1]}: there is no such file or folder\n"


def test_a_folder_without_anything(lint: Lint) -> None:
    for arguments in ([], ["--format", "json"], ["--format", "sarif"]):
        run = lint.call(*arguments)
        assert (run.status, run.err) == (0, "migralint: warning: no migrations found\n")


def test_a_rule_that_crashes(
    lint: Lint, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def boom(subject: object, context: object) -> object:
        raise ZeroDivisionError("oops\nand more")

    rules = registry.load()
    monkeypatch.setitem(rules, "MIG101", replace(rules["MIG101"], check=boom))
    plant(lint.folder, {**HISTORY, BAD: "DROP TABLE b;"})
    for format in ("text", "concise", "json", "sarif"):
        assert cli.main(["--format", format]) == 2
        out, err = capfd.readouterr()
        assert "MIG608" in out
        assert "Traceback" not in err
        assert err.count("\n") == 1
        for part in ("MIG101 index-not-concurrent", "db/V3__index.sql:1", "ZeroDivisionError"):
            assert part in err
