"""Linting from Python, and rules of a project's own."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import migralint
from migralint import ConfigurationError, Finding, Report, UsageError, lint, registry
from migralint.context import Context

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TABLE = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX users_email ON users (email);\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "db").mkdir()
    (tmp_path / "db/0001_users.sql").write_text(TABLE)
    (tmp_path / "db/0002_index.sql").write_text(INDEX)
    return tmp_path


def places(report: Report) -> list[tuple[str, str, tuple[int, int]]]:
    return [
        (each.path, each.code, each.source.position(each.span.start)) for each in report.findings
    ]


def test_the_public_names() -> None:
    """What is here is kept; a name that goes, or a parameter, is a new major version."""
    assert migralint.__all__ == [
        "ConfigurationError",
        "Coverage",
        "Edit",
        "Finding",
        "Fix",
        "MigralintError",
        "Report",
        "Source",
        "Span",
        "UsageError",
        "__version__",
        "lint",
    ]
    assert all(getattr(migralint, name) is not None for name in migralint.__all__)
    assert dir(migralint) == sorted(migralint.__all__)
    assert list(inspect.signature(lint).parameters) == [
        "paths",
        "cwd",
        "configuration",
        "postgres_version",
        "tool",
        "dialect",
        "select",
        "extend_select",
        "ignore",
        "changed_since",
        "fixes",
        "files",
    ]
    with pytest.raises(AttributeError, match="has no attribute 'lnt'"):
        _ = migralint.lnt


def test_what_rules_of_others_are_made_of() -> None:
    assert {"on", "severity", "dialects", "default", "down"} <= set(
        inspect.signature(registry.rule).parameters
    )
    assert {"at", "message", "help", "relations", "severity", "confidence"} <= set(
        inspect.signature(Context.finding).parameters
    )
    for name in ("schema", "migration", "transaction", "effects", "is_live", "existing", "option"):
        assert hasattr(Context, name) or name in ("schema", "migration", "transaction")


def test_lint(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [("db/0002_index.sql", "MIG101", (1, 1))]
    assert places(lint(cwd=project)) == wanted
    assert places(lint("db/0002_index.sql", cwd=str(project), postgres_version=18)) == wanted
    assert places(lint("db/0001_users.sql", cwd=project)) == []
    monkeypatch.chdir(project)
    assert places(lint(project / "db")) == wanted
    assert places(lint("db", ignore=["index-not-concurrent"])) == []
    assert places(lint("db", select=["MIG4"])) == []


def test_the_configuration_holds(project: Path) -> None:
    (project / "migralint.toml").write_text('ignore = ["MIG101"]\n')
    assert places(lint(cwd=project)) == []
    (project / "other.toml").write_text("")
    assert len(places(lint(cwd=project, configuration="other.toml"))) == 1


def test_what_stands_in_for_files(project: Path) -> None:
    name = "db/0003_drop.sql"
    report = lint(name, cwd=project, files={name: "DROP TABLE users;\n"})
    assert {(each.path, each.code) for each in report.findings} == {
        (name, "MIG119"),
        (name, "MIG204"),
    }
    assert not (project / name).exists()


def test_fixes_are_said_and_not_written(project: Path) -> None:
    (finding,) = lint(cwd=project, fixes=True).findings
    assert finding.fix is not None
    assert not finding.fix.safe
    assert (project / "db/0002_index.sql").read_text() == INDEX
    (finding,) = lint(cwd=project).findings
    assert finding.fix is None


def test_what_is_wrong_is_raised(project: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        lint("nowhere", cwd=project)
    with pytest.raises(UsageError, match="MIG999"):
        lint(cwd=project, select=["MIG999"])
    (project / "migralint.toml").write_text("selct = []\n")
    with pytest.raises(ConfigurationError, match='did you mean "select"'):
        lint(cwd=project)


def test_the_example_of_the_package_runs(project: Path) -> None:
    """The docstring's lines, word by word."""
    text = inspect.cleandoc(migralint.__doc__ or "")
    example = inspect.cleandoc(text[text.index("    from migralint") : text.index("What stands")])
    ast.parse(example)
    ran = subprocess.run(
        [sys.executable, "-c", example.replace("db/migrations", "db")],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith("db/0002_index.sql:1:1: MIG101 Building index users_email")


# Rules of a project's own


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migralint", *arguments], cwd=folder, capture_output=True, text=True
    )


def test_a_plugins_rules_are_rules(tmp_path: Path) -> None:
    folder = FIXTURES / "plugin"
    assert "ACM001  created-at-missing" in run(folder, "rules").stdout
    page = run(folder, "explain", "acm001").stdout
    assert page.startswith("# created-at-missing (ACM001)")
    assert "Every night the archive" in page
    assert run(folder, "--ignore", "ACM").stdout.startswith("Found 1 warning") is False
    assert "ACM001" not in run(folder, "--ignore", "ACM0", "--format", "concise").stdout
    assert '"family":"custom"' in run(folder, "--format", "json").stdout
    assert run(folder, "--format", "sarif").returncode == 1


def plugin(folder: Path, text: str) -> Path:
    (folder / "own.py").write_text(text)
    (folder / "migralint.toml").write_text('plugins = ["own"]\n')
    return folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise RuntimeError('no')\n", "plugin own cannot be used: RuntimeError: no"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError"),
        (
            "from migralint.registry import rule\nfrom migralint.ops import CreateTable\n"
            "@rule('MIG101', on=CreateTable, severity='error')\n"
            "def mine(op, ctx):\n    '''Mine.'''\n    yield\n",
            "MIG101 is index-not-concurrent already",
        ),
        (
            "from migralint.registry import rule\nfrom migralint.ops import CreateTable\n"
            "@rule('MIG999', on=CreateTable, severity='error')\n"
            "def mine(op, ctx):\n    '''Mine.'''\n    yield\n",
            "MIG999 is no code: it takes one to three letters, not MIG",
        ),
    ],
)
def test_a_plugin_that_cannot_be_used(project: Path, text: str, words: str) -> None:
    ran = run(plugin(project, text))
    assert ran.returncode == 2
    assert words in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_rule_that_breaks_is_no_finding(project: Path) -> None:
    text = (
        "from migralint.registry import rule\nfrom migralint.ops import CreateTable\n"
        "@rule('OWN001', on=CreateTable, severity='error')\n"
        "def mine(op, ctx):\n    '''Mine.'''\n    return [1 / 0]\n"
    )
    ran = run(plugin(project, text), "--format", "concise")
    assert ran.returncode == 2
    assert "internal error in OWN001 mine at db/0001_users.sql:1" in ran.stderr
    assert "MIG101" in ran.stdout


def test_a_typed_result(project: Path) -> None:
    report = lint(cwd=project)
    assert isinstance(report, Report)
    assert all(isinstance(each, Finding) for each in report.findings)
    assert report.coverage.statements == 2
