"""The command line as if on Windows: paths have two separators and drives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from trees import plant

from migralint import source

ROOT = Path(__file__).resolve().parent.parent
TABLE = "CREATE TABLE users (id bigint PRIMARY KEY);\n"
INDEX = "CREATE INDEX users_id ON users (id);\n"
SQL = {"db/migration/V1__users.sql": TABLE, "db/migration/V2__index.sql": INDEX}


class Windows:
    """`work` is C:\\work, `other` is D:\\."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.other = folder / "drive D:"
        self.work.mkdir()
        self.other.mkdir()

    def run(self, *arguments: str, given: str = "") -> str:
        """What it writes, standard error last; that it does not crash is asserted."""
        done = subprocess.run(
            [sys.executable, ROOT / "tests" / "windows.py", self.work, *arguments],
            input=given.encode(),
            capture_output=True,
            cwd=self.work,
        )
        text = (done.stdout + done.stderr).decode()
        assert done.returncode in (0, 1), text
        assert "Traceback" not in text
        return text


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    return Windows(tmp_path)


@pytest.mark.parametrize(
    "format", ["concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"]
)
def test_reports_are_the_same_everywhere(format: str, windows: Windows) -> None:
    for name in ("shop", "alembic", "prisma", "django", "liquibase"):
        if (ROOT / "fixtures" / name).is_dir():
            shutil.copytree(ROOT / "fixtures" / name, windows.work / name)
    (windows.work / ".git").mkdir()
    arguments = ["--no-cache", "--jobs=1", "--exit-zero", "--format", format]
    told = windows.run(*arguments)
    here = subprocess.run(
        [sys.executable, "-m", "migralint", *arguments],
        cwd=windows.work,
        capture_output=True,
    )
    assert told == (here.stdout + here.stderr).decode()
    assert "MIG101" in told


@pytest.mark.parametrize("path", ["db", "C:\\work\\db", "C:/work/db", ".\\db/migration", "db\\"])
def test_paths_are_written_in_any_way(path: str, windows: Windows) -> None:
    plant(windows.work, SQL)
    assert "db/migration/V2__index.sql:1:1: MIG101" in windows.run(
        "--select=MIG101", "--format=concise", path
    )


@pytest.mark.parametrize("name", ["db\\migration\\V3__b.sql", "C:/work/db/migration/V3__b.sql"])
def test_standard_input_stands_in_for_a_file(name: str, windows: Windows) -> None:
    plant(windows.work, SQL)
    told = windows.run(
        "--select=MIG101",
        "--format=concise",
        "-",
        "--stdin-filename",
        name,
        given=INDEX.replace("users_id", "other"),
    )
    assert "db/migration/V3__b.sql:1:1: MIG101" in told
    assert "Assumed" not in told


@pytest.mark.parametrize(
    "format", ["concise", "sarif", "github", "gitlab", "junit", "markdown", "html"]
)
def test_what_lies_on_another_drive_is_reported(format: str, windows: Windows) -> None:
    plant(windows.other, SQL)
    told = windows.run("--select=MIG101", "--format", format, "D:\\db")
    assert "db/migration/V2__index.sql" in told
    assert "\\db" not in told


def test_a_baseline_and_settings_may_lie_on_another_drive(windows: Windows) -> None:
    plant(windows.work, SQL)
    windows.run("--write-baseline", "D:\\known.json")
    paths = {
        each["path"] for each in json.loads((windows.other / "known.json").read_text())["findings"]
    }
    assert "C:/work/db/migration/V2__index.sql" in paths
    plant(windows.other, {"mine.toml": 'baseline = "known.json"\n'})
    assert "No problems" in windows.run("--config", "D:\\mine.toml")
    (windows.work / "db" / "migration" / "V2__index.sql").write_text("SELECT 1;\n")
    windows.run("--prune-baseline", "--baseline", "D:\\known.json")
    assert json.loads((windows.other / "known.json").read_text())["findings"] == []


def test_a_baseline_of_another_system_holds(windows: Windows) -> None:
    plant(windows.work, {name: text.replace("\n", "\r\n") for name, text in SQL.items()})
    windows.run("--write-baseline", "known.json")
    paths = {
        each["path"] for each in json.loads((windows.work / "known.json").read_text())["findings"]
    }
    assert paths >= {"db/migration/V2__index.sql"}
    plant(windows.work, SQL)
    here = subprocess.run(
        [sys.executable, "-m", "migralint", "--baseline=known.json"],
        cwd=windows.work,
        capture_output=True,
        text=True,
    )
    assert "No problems" in here.stdout, here.stdout + here.stderr


@pytest.mark.parametrize(
    "name", ["db/migration/V2__index.sql", "prisma/migrations/2_b/migration.sql"]
)
def test_a_fix_is_made_once(name: str, windows: Windows) -> None:
    first = name.replace("V2__index", "V1__users").replace("2_b", "1_a")
    text = "ALTER TABLE users ADD COLUMN nick text;\r\n"
    plant(windows.work, {first: TABLE, name: text})
    told = windows.run(
        "--fix", "--unsafe-fixes", "--select=lock-timeout-missing", "--fail-on=error"
    )
    assert "1 fixed, in 1 file." in told
    fixed = (windows.work / name).read_bytes().decode()
    assert fixed.endswith(text)
    assert fixed.count("lock_timeout") == 1
    assert fixed.count("\n") == fixed.count("\r\n")


def test_what_is_kept_is_found_again(windows: Windows) -> None:
    shutil.copytree(ROOT / "fixtures" / "alembic", windows.work / "alembic")
    first = windows.run("--format=concise")
    assert list((windows.work / ".migralint_cache").glob("*.mig"))
    assert windows.run("--format=concise") == first
    assert windows.run("clean") == "Removed 1 file of .migralint_cache\n"


def test_settings_speak_of_paths_with_slashes(windows: Windows) -> None:
    plant(windows.work, SQL)
    settings = '[per-file-ignores]\n"db/migration/V2*" = ["all"]\n'
    plant(windows.work, {"migralint.toml": 'exclude = ["V1*"]\n' + settings})
    assert "MIG101" not in windows.run("--format=concise")
    assert windows.run("--show-files") == "db/migration/V2__index.sql\n"


def test_drives_have_no_way_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    import ntpath

    monkeypatch.setattr(source.os, "path", ntpath)
    monkeypatch.setattr(source.os, "sep", "\\")
    assert source.seen_from("C:\\work", "C:\\work\\db\\a.sql") == "db/a.sql"
    assert source.seen_from("C:\\work", "C:\\a.sql") == "../a.sql"
    assert source.seen_from("C:\\work", "D:\\db\\a.sql") == "D:/db/a.sql"
