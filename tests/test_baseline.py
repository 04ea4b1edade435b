"""The baseline: findings that are known, and how they are found again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trees import plant

from migralint import baseline, cli

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX users_email ON users (email);\n"
OTHER = "CREATE INDEX users_other ON users (id, email);\n"
FILE = "known.json"


class Run:
    def __init__(self, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
        capfd.readouterr()
        self.status = cli.main([*arguments, "--select=MIG101,MIG202,MIG201", "--no-cache"])
        self.out, self.err = capfd.readouterr()

    def counted(self) -> list[str]:
        """What counts, of a report in JSON."""
        return [each["statement"] for each in self._findings() if not each["suppressed"]]

    def known(self) -> list[str]:
        """Why others do not."""
        return [each["suppressed"]["reason"] for each in self._findings() if each["suppressed"]]

    def _findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.out)["findings"]
        return found


Lint = Callable[..., Run]


@pytest.fixture
def lint(capfd: pytest.CaptureFixture[str]) -> Lint:
    return lambda *arguments: Run(capfd, arguments)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lint: Lint) -> Path:
    """A history with one finding, which its baseline knows, as the current folder."""
    monkeypatch.chdir(tmp_path)
    plant(tmp_path, {"db/V1__users.sql": USERS, "db/V2__index.sql": INDEX})
    assert lint(f"--write-baseline={FILE}").status == 0
    return tmp_path


def entries(path: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(path.read_text())["findings"]
    return found


def against(lint: Lint, *arguments: str) -> Run:
    return lint(f"--baseline={FILE}", "--format=json", *arguments)


def test_writing(project: Path, lint: Lint) -> None:
    run = lint(f"--write-baseline={FILE}")
    assert (run.status, run.err) == (0, f"migralint: wrote 1 finding to {FILE}\n")
    assert run.out == "No problems in 2 migrations (2 statements); 1 ignored\n"
    assert (project / FILE).read_text() == (
        '{\n  "migralint_baseline": 1,\n  "findings": [\n    {"path": "db/V2__index.sql", '
        '"code": "MIG101", "statement": "CREATE INDEX users_email ON users (email)", '
        '"fingerprint": "' + entries(project / FILE)[0]["fingerprint"] + '"}\n  ]\n}\n'
    )


def test_what_is_known_does_not_count(project: Path, lint: Lint) -> None:
    run = against(lint)
    assert (run.status, run.counted(), run.known(), run.err) == (0, [], ["baseline"], "")
    plant(project, {"db/V3__more.sql": OTHER})
    run = against(lint)
    assert (run.status, run.counted(), run.known()) == (1, [OTHER.strip(";\n")], ["baseline"])


def test_edits_elsewhere_change_nothing(project: Path, lint: Lint) -> None:
    text = f"-- A comment.\nSELECT 1;\n\n{INDEX.replace(' ON', chr(10) + '    ON')}{OTHER}"
    plant(project, {"db/V2__index.sql": text})
    run = against(lint)
    assert (run.counted(), run.known()) == ([OTHER.strip(";\n")], ["baseline"])


def test_one_mended_and_another_made_do_not_cancel_out(project: Path, lint: Lint) -> None:
    plant(project, {"db/V2__index.sql": OTHER})
    run = against(lint)
    assert (run.status, run.counted()) == (1, [OTHER.strip(";\n")])
    assert "1 entry of it is not found any more" in run.err


def test_equal_findings_are_counted(project: Path, lint: Lint) -> None:
    again = f"DROP INDEX users_email;\n{INDEX}"
    plant(project, {"db/V2__index.sql": INDEX + again})
    run = against(lint)
    assert run.counted() == [INDEX.strip(";\n")]
    lint(f"--write-baseline={FILE}")
    assert len(entries(project / FILE)) == 2
    plant(project, {"db/V2__index.sql": INDEX})
    assert "1 entry of it is not found" in against(lint).err
    plant(project, {"db/V2__index.sql": INDEX + again + again})
    assert against(lint).counted() == [INDEX.strip(";\n")]


def test_from_another_folder(project: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "db")
    run = lint(f"--baseline=../{FILE}", "--format=json")
    assert (run.status, run.known()) == (0, ["baseline"])


def test_stale_entries_are_told_and_pruned(project: Path, lint: Lint) -> None:
    plant(project, {"db/V3__more.sql": OTHER})
    lint(f"--write-baseline={FILE}")
    (project / "db/V2__index.sql").unlink()
    run = against(lint)
    assert run.status == 0
    assert run.err.count("\n") == 1
    assert "1 entry of it is not found any more; --prune-baseline removes" in run.err
    assert any("out of date" in note for note in json.loads(run.out)["notes"])
    run = against(lint, "--prune-baseline")
    assert (run.status, run.err) == (0, "migralint: removed 1 stale entry of the baseline\n")
    assert [each["path"] for each in entries(project / FILE)] == ["db/V3__more.sql"]
    before = (project / FILE).stat().st_mtime_ns
    assert against(lint, "--prune-baseline").err.startswith("migralint: removed 0 stale entries")
    assert (project / FILE).stat().st_mtime_ns == before


def test_what_was_not_looked_at_is_not_stale(project: Path, lint: Lint) -> None:
    plant(project, {"other/migrations/0001_a.sql": USERS, "other/migrations/0002_b.sql": OTHER})
    lint(f"--write-baseline={FILE}")
    (project / "db/V2__index.sql").write_text("SELECT 1;\n")
    (project / "other/migrations/0002_b.sql").unlink()
    for asked in (["db/V1__users.sql"], ["--ignore=MIG101"], ["--start-after=V2,0001"]):
        assert "out of date" not in against(lint, *asked, "other/migrations/0001_a.sql").err
    assert "1 entry" in against(lint, "db").err
    assert "1 entry" in against(lint, "other").err
    assert "2 entries" in against(lint).err
    # And writing leaves it alone.
    lint(f"--write-baseline={FILE}", "db")
    assert [each["path"] for each in entries(project / FILE)] == ["other/migrations/0002_b.sql"]


def test_what_a_comment_ignores_by_now_is_stale(project: Path, lint: Lint) -> None:
    plant(project, {"db/V2__index.sql": f"-- migralint: ignore[MIG101] small\n{INDEX}"})
    run = against(lint)
    assert (run.known(), "1 entry" in run.err) == (["small"], True)


def test_a_reason_is_kept(project: Path, lint: Lint) -> None:
    path = project / FILE
    document = json.loads(path.read_text())
    document["findings"][0]["reason"] = "at night"
    path.write_text(json.dumps(document))
    assert against(lint).known() == ["baseline: at night"]
    plant(project, {"db/V3__more.sql": OTHER})
    lint(f"--write-baseline={FILE}")
    assert [each.get("reason") for each in entries(path)] == ["at night", None]


def test_the_configuration_names_it(
    project: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(project, {"migralint.toml": f'baseline = "{FILE}"\n'})
    monkeypatch.chdir(project / "db")
    assert lint().status == 0
    (project / "db/V2__index.sql").write_text("SELECT 1;\n")
    assert lint("--prune-baseline").status == 0
    assert (project / FILE).read_text() == '{\n  "migralint_baseline": 1,\n  "findings": []\n}\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{\n<<<<<<< ours\n  "a": 1', "a merge has left its marks in it"),
        ("[]", 'has no "migralint_baseline"'),
        ('{"ruff": 1}', 'has no "migralint_baseline"'),
        ('{"migralint_baseline": 2, "findings": []}', "of version 2"),
        ('{"migralint_baseline": 1, "findings": [{}]}', "is a damaged baseline"),
        ('{"migralint_baseline": 1, "findings": [], "more": 1}', "is a damaged baseline"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_damaged_file(project: Path, lint: Lint, text: str | bytes, why: str) -> None:
    plant(project, {FILE: text})
    for option in ("--baseline", "--write-baseline"):
        run = lint(f"{option}={FILE}")
        assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
        assert why in run.err
    assert (project / FILE).read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_calls_that_make_no_sense(project: Path, lint: Lint) -> None:
    for arguments, why in {
        ("--baseline=nowhere.json",): "there is no baseline nowhere.json",
        ("--prune-baseline",): "needs --baseline FILE",
        ("--write-baseline=a.json", f"--baseline={FILE}"): "does not go together with --baseline",
        ("--write-baseline=a.json", "--fix"): "does not go together with --fix",
        ("--write-baseline=no/where/a.json",): "cannot write",
        ("--baseline=db",): "cannot be read",
    }.items():
        run = lint(*arguments)
        assert (run.status, run.err.count("\n")) == (2, 1), run.err
        assert why in run.err
    assert sorted(os.listdir(project)) == ["db", FILE]


def test_the_file_does_not_hang_on_the_order(project: Path) -> None:
    made = [
        baseline.Entry("b.sql", "MIG101", "x", "2"),
        baseline.Entry("a.sql", "MIG201", "ü", "1"),
        baseline.Entry("a.sql", "MIG101", "x", "3", "because"),
        baseline.Entry(os.fsdecode(b"\xff.sql"), "MIG101", "x", "4"),
    ]
    one, two = project / "1.json", project / "2.json"
    baseline.write(str(one), made)
    baseline.write(str(two), [*reversed(made), made[0]])
    assert one.read_bytes() == two.read_bytes()
    assert sorted(baseline.load(str(one)), key=str) == sorted(made, key=str)
