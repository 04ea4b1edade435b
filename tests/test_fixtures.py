"""Each project in fixtures/ gets exactly the report that is recorded in its expected.txt."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import cli

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PROJECTS = sorted(
    path
    for path in FIXTURES.iterdir()
    if path.is_dir() and path.name not in ("recorded", "truth", "__pycache__")
)


@pytest.mark.parametrize("project", PROJECTS, ids=[path.name for path in PROJECTS])
def test_report(
    project: Path, update: bool, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    status = cli.main([])
    shown = capfd.readouterr()
    assert status in (0, 1), shown.err
    # A run with --update writes the report of a new project, too.
    expected = project / "expected.txt"
    if update:
        expected.write_text(shown.out, encoding="utf-8")
    assert shown.out == expected.read_text(encoding="utf-8")
