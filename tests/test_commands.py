"""The commands beside check and locks, and what check shows of itself."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
import yaml

from migralint import cli, options, progress
from tests.test_library import INDEX, TABLE

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "db/migration").mkdir(parents=True)
    (tmp_path / "db/migration/V1__users.sql").write_text(TABLE)
    (tmp_path / "db/migration/V2__index.sql").write_text(INDEX)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_help_fits_a_screen(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capfd.readouterr().out
    assert len(shown.splitlines()) <= 24
    assert max(map(len, shown.splitlines())) <= 100
    for command in options.COMMANDS:
        assert f"  {command} " in shown


def test_every_command_helps(capfd: pytest.CaptureFixture[str]) -> None:
    for command in options.COMMANDS:
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0
        name = "[check]" if command == "check" else command
        assert capfd.readouterr().out.startswith(f"usage: migralint {name}")


def test_files_that_would_be_judged(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--show-files"]) == 0
    both = "db/migration/V1__users.sql\ndb/migration/V2__index.sql\n"
    assert capfd.readouterr().out == both
    cli.main(["--show-files", "db/migration/V2__index.sql"])
    assert capfd.readouterr().out == "db/migration/V2__index.sql\n"


def test_settings_that_hold(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "migralint.toml").write_text('ignore = ["MIG1"]\npostgres-version = 17\n')
    assert cli.main(["--show-settings"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["configuration"] == "migralint.toml"
    assert shown["settings"]["postgres-version"] == 17
    assert shown["histories"][0] | {"version": None} == {
        "root": "db/migration",
        "tool": "flyway",
        "dialect": "postgresql",
        "version": None,
        "migrations": 2,
        "judged": 2,
    }
    assert "MIG101" not in shown["rules"]
    assert "MIG203" in shown["rules"]


# A first configuration


def test_a_first_configuration(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["init"]) == 0
    shown = capfd.readouterr().out
    assert "db/migration: Flyway, postgresql" in shown
    assert "Wrote migralint.toml" in shown
    assert sorted(os.listdir(project)) == ["db", "migralint.toml"]
    assert cli.main(["--show-settings"]) == 0
    assert cli.main(["init"]) == 2
    assert "migralint.toml configures migralint already" in capfd.readouterr().err


def test_it_goes_where_the_project_keeps_it(project: Path) -> None:
    (project / "pyproject.toml").write_bytes(b'[project]\r\nname = "shop"')
    (project / "more").mkdir()
    (project / "more/0001_a.sql").write_text(TABLE)
    assert cli.main(["init", "--hook", "--workflow"]) == 0
    text = (project / "pyproject.toml").read_bytes()
    assert text.startswith(b'[project]\r\nname = "shop"\n\n[tool.migralint]\n')
    assert b'[[tool.migralint.migrations]]\npath = "more"\n' in text
    assert cli.main(["--show-settings"]) == 0
    (hooks,) = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())["repos"]
    assert hooks["hooks"][0]["id"] == "migralint"
    jobs = yaml.safe_load((project / ".github/workflows/migrations.yml").read_text())["jobs"]
    assert "--changed-since" in jobs["migralint"]["steps"][-1]["run"]


def test_a_hook_joins_those_that_are_there(project: Path) -> None:
    path = project / ".pre-commit-config.yaml"
    path.write_text("repos:\n  - repo: local\n    hooks: []")
    assert cli.main(["init", "--hook"]) == 0
    assert len(yaml.safe_load(path.read_text())["repos"]) == 2
    (project / "migralint.toml").unlink()
    before = path.read_text()
    assert cli.main(["init", "--hook"]) == 0
    assert path.read_text() == before


def test_a_list_that_does_not_end_the_file_is_left_alone(project: Path) -> None:
    path = project / ".pre-commit-config.yaml"
    path.write_text("repos:\n- repo: local\n  hooks: []\nfail_fast: true\n")
    assert cli.main(["init", "--hook"]) == 0
    assert "migralint" not in path.read_text()


# Shells


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion(shell: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate-shell-completion", shell]) == 0
    shown = capfd.readouterr().out
    assert "--changed-since" in shown
    assert "explain" in shown
    assert cli.main(["generate-shell-completion", "dosh"]) == 2


def test_bash_completes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cli.main(["generate-shell-completion", "bash"])
    (tmp_path / "completion").write_text(capfd.readouterr().out)
    script = (
        "source completion; COMP_WORDS=(migralint check --unsa); COMP_CWORD=2; "
        "_shtab_migralint; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert ran.stdout == "--unsafe-fixes\n", ran.stderr


# Waiting


def test_progress_is_told() -> None:
    told: list[int] = []
    progress.passed()
    with progress.listening(lambda: told.append(1)):
        progress.passed()
        progress.passed()
    progress.passed()
    assert len(told) == 2


def test_progress_is_shown_to_who_waits(project: Path) -> None:
    """On a terminal, past its time, and gone afterwards; nothing of it in the report."""
    script = (
        "import time\nfrom migralint import progress\n"
        "with progress.shown(after=0.05):\n"
        "    for _ in range(8):\n        progress.passed()\n        time.sleep(0.05)\n"
    )
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen([sys.executable, "-c", script], stderr=slave) as process:
        os.close(slave)
        seen = b""
        while select.select([master], [], [], 10)[0]:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
    os.close(master)
    assert process.returncode == 0
    assert re.search(rb"\d+ files and migrations passed", seen)
    quiet = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert quiet.stderr == b""


def test_watch_lints_again(project: Path) -> None:
    command = [sys.executable, "-m", "migralint", "--watch", "--format", "concise", "--no-cache"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=project
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert "waiting for changes" in process.stderr.readline()
        time.sleep(0.5)
        path = project / "db/migration/V2__index.sql"
        path.write_text("SELECT 1;\n")
        assert "waiting for changes" in process.stderr.readline()
        (project / "migralint.toml").write_text("nonsense = 1\n")
        assert "unknown key" in process.stderr.readline()
        assert "waiting for changes" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        shown = process.stdout.read()
        assert process.wait(10) in (130, -signal.SIGINT)
    assert shown.count("MIG101") == 1
    assert "No problems" in shown or "Found" in shown
