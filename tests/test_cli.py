"""The command line from outside: arguments, exit status, what goes where."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from migralint import cli, registry

TABLE = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX users_email ON users (email);\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Flyway history with one finding, as the current folder."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "V1__users.sql").write_text(TABLE)
    (folder / "V2__index.sql").write_text(INDEX)
    return tmp_path


class Run:
    """What a call of the command line gave."""

    def __init__(self, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
        capfd.readouterr()
        self.status = cli.main([str(argument) for argument in arguments])
        self.out, self.err = capfd.readouterr()

    def codes(self) -> list[str]:
        return [finding["code"] for finding in json.loads(self.out)["findings"]]


@pytest.fixture
def lint(capfd: pytest.CaptureFixture[str]) -> type[Run]:
    return lambda *arguments: Run(capfd, arguments)  # type: ignore[return-value]


@pytest.mark.parametrize(
    "arguments", [[], ["check"], ["db"], ["check", "db"], ["db/V2__index.sql"]]
)
def test_a_bare_path_lints(project: Path, lint: type[Run], arguments: list[str]) -> None:
    run = lint(*arguments, "--select", "MIG101", "--format", "json")
    assert (run.status, run.codes(), run.err) == (1, ["MIG101"], "")


def test_a_clean_run_exits_with_0(project: Path, lint: type[Run]) -> None:
    run = lint("db/V1__users.sql", "--select", "MIG101")
    assert (run.status, run.out) == (0, "No problems in 1 migration (1 statement)\n")


def test_exit_zero_hides_findings_but_no_errors(project: Path, lint: type[Run]) -> None:
    assert lint("--exit-zero").status == 0
    assert lint("--exit-zero", "nowhere").status == 2


def test_fail_on_sets_the_bar(project: Path, lint: type[Run]) -> None:
    (project / "migralint.toml").write_text('severity = {MIG101 = "warning"}\n')
    only = ("--select", "MIG101")
    assert lint(*only).status == 1
    assert lint(*only, "--fail-on", "error").status == 0
    (project / "migralint.toml").write_text('fail-on = "error"\nseverity = {MIG101 = "info"}\n')
    assert lint(*only).status == 0
    assert lint(*only, "--fail-on", "info").status == 1


def test_isolated_reads_no_configuration(project: Path, lint: type[Run]) -> None:
    (project / "migralint.toml").write_text('ignore = ["all"]\n')
    only = ("--select", "MIG1", "--ignore", "MIG119", "--format", "json")
    assert lint("--format", "json").codes() == []
    assert lint("--isolated", *only).codes() == ["MIG101"]
    (project / "migralint.toml").write_text("this is no TOML\n")
    assert lint().status == 2
    assert lint("--isolated", *only).codes() == ["MIG101"]
    assert lint("locks", "--isolated").status == 0


def test_lines_of_configuration(project: Path, lint: type[Run]) -> None:
    (project / "migralint.toml").write_text('ignore = ["all"]\n')
    line = ("--config", "ignore = ['MIG119']", "--config", "select = ['MIG1']", "--format", "json")
    assert lint(*line).codes() == ["MIG101"]
    assert lint(*line, "--config", "migralint.toml").codes() == ["MIG101"]
    assert lint(*line, "--isolated").codes() == ["MIG101"]
    (project / "a=b.toml").write_text('ignore = ["MIG101"]\n')
    assert lint("--config", "a=b.toml", "--select", "MIG10", "--format", "json").codes() == []


def test_rules_are_left_out_of_files(project: Path, lint: type[Run]) -> None:
    only = ("--select", "MIG101", "--format", "json", "--per-file-ignores")
    assert lint(*only, "V2*:MIG2,MIG10").status == 0
    assert lint(*only, "V1*:MIG101").status == 1
    assert lint(*only, "V1*:MIG101", "--per-file-ignores", "db/*:MIG101").status == 0
    (project / "migralint.toml").write_text('[per-file-ignores]\n"V2*" = ["MIG101"]\n')
    assert lint(*only, "V1*:MIG1").status == 0


def test_what_git_ignores(project: Path, lint: type[Run]) -> None:
    (project / ".gitignore").write_text("V2*\n")
    only = ("--select", "MIG101", "--format", "json")
    assert lint(*only).status == 0
    assert lint(*only, "--no-respect-gitignore").codes() == ["MIG101"]
    (project / "migralint.toml").write_text("respect-gitignore = false\n")
    assert lint(*only).codes() == ["MIG101"]
    assert lint(*only, "--respect-gitignore").status == 0


def test_suppressions_can_be_ignored(project: Path, lint: type[Run]) -> None:
    (project / "db/V2__index.sql").write_text(f"-- migralint: ignore[MIG101] small\n{INDEX}")
    only = ("--select", "MIG101,MIG9", "--format", "json")
    assert lint(*only).status == 0
    run = lint(*only, "--ignore-suppressions")
    assert (run.status, run.codes()) == (1, ["MIG101"])
    assert json.loads(run.out)["findings"][0]["suppressed"] is None
    # Only comments: what the configuration leaves out stays left out.
    assert lint(*only, "--ignore-suppressions", "--per-file-ignores", "V2*:MIG101").status == 0


@pytest.mark.parametrize("format", ["text", "concise"])
def test_quiet_is_findings_only(project: Path, lint: type[Run], format: str) -> None:
    loud = lint("--select", "MIG101", "--format", format)
    run = lint("--select", "MIG101", "--format", format, "-q")
    assert "Found 1 error" in loud.out
    assert loud.out.startswith(run.out.rstrip("\n"))
    assert "MIG101" in run.out
    assert "Found" not in run.out + run.err
    assert "Note" not in run.out + run.err
    assert lint("--quiet", "--diff").err == ""
    assert lint("--quiet", "--write-baseline", "known.json", "--exit-zero").err == ""
    none = lint("--select", "MIG101", "--format", format, "--quiet", "db/V1__users.sql")
    assert (none.status, none.out, none.err) == (0, "", "")


def test_verbose_says_what_was_looked_at(project: Path, lint: type[Run]) -> None:
    only = ("--select", "MIG101", "--format", "json")
    run = lint(*only, "-v")
    assert run.codes() == ["MIG101"]
    assert run.err.splitlines() == [
        "migralint: configuration: no file",
        "migralint: db: Flyway, postgresql, 2 files",
    ]
    diff = lint("--diff", "-v").err.splitlines()
    assert diff == [*run.err.splitlines(), "migralint: 0 would be fixed."]
    (project / "migralint.toml").write_text("")
    assert lint(*only, "--verbose", "db/V2__index.sql").err.splitlines() == [
        "migralint: configuration: migralint.toml",
        "migralint: db: Flyway, postgresql, 2 files, 1 asked for",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--selct", "MIG1"], "there is no option --selct; did you mean --select?"),
        (["--fixx"], "there is no option --fixx; did you mean --fix"),
        (["--format", "jsn"], "'jsn' is not known; did you mean json?"),
        (["--fail-on", "fatal"], "'fatal' is not known"),
        (["--postgres-version", "new"], "'new' is no version"),
        (["--postgres-version", "9.6"], "PostgreSQL 9 is not known; 12 to 18 are"),
        (["--select", "MIG999"], "no rule is called 'MIG999'"),
        (["--ignore", "index-not-concurent"], "did you mean index-not-concurrent?"),
        (["nowhere/at/all"], "nowhere/at/all"),
        (["chek"], "did you mean check?"),
        (["--exit-zero", "rules"], "the command rules comes before its options"),
        (["--config", "none.toml"], "none.toml"),
        (["--isolated", "--config", "x.toml"], "leave out --config x.toml"),
        (["--config", "a.toml", "--config", "b.toml"], "--config takes one file"),
        (["--config", "selct = 1"], '--config: unknown key "selct"; did you mean "select"?'),
        (["--config", "ignore = ['MIG999']"], "--config: ignore: no rule is called 'MIG999'"),
        (["--output-format", "json"], "did you mean --format?"),
        (["--output-file", "x"], "did you mean --output?"),
        (["-o", "x"], "did you mean --output?"),
        (["--color", "alway"], "did you mean always?"),
        (["-q", "-v"], "not allowed with"),
        (["--per-file-ignores", "x"], "'x' is not PATTERN:RULES"),
        (["--per-file-ignores", "x:MIG999"], "no rule is called 'MIG999'"),
        (["--add-ignore", "x", "--ignore-suppressions"], "does not go together"),
        (["config", "--format", "yaml"], "'yaml' is not known"),
        (["--tool", "flywy"], "flywy"),
        (["--output", "no/such/folder/x"], "cannot write no/such/folder/x"),
        (["--stdin-filename", "x.sql"], "--stdin-filename names standard input"),
        (["-", "db"], "- is standard input, which stands alone"),
        (["explain", "MIG999"], "no rule is called 'MIG999'"),
        (["explain", "MIG1"], "stands for"),
        (["rules", "--formt", "json"], "did you mean --format?"),
    ],
    ids=" ".join,
)
def test_an_error_of_the_call_is_one_line(
    project: Path, lint: type[Run], arguments: list[str], words: str
) -> None:
    run = lint(*arguments)
    assert run.status == 2
    assert run.out == ""
    assert run.err.startswith("migralint: ")
    assert run.err.count("\n") == 1
    assert words in run.err


def test_an_unknown_key_of_the_configuration(project: Path, lint: type[Run]) -> None:
    (project / "migralint.toml").write_text("selct = []\n")
    run = lint()
    assert run.status == 2
    assert 'did you mean "select"?' in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_documents_are_alone_on_standard_output(
    project: Path, lint: type[Run], format: str
) -> None:
    run = lint("--format", format, "--statistics")
    json.loads(run.out)
    assert "MIG101" in run.err


def test_statistics_take_the_place_of_findings(project: Path, lint: type[Run]) -> None:
    run = lint("--select", "MIG101", "--statistics")
    assert run.out.splitlines()[0].split() == ["1", "MIG101", "index-not-concurrent", "error"]
    assert "-->" not in run.out


def test_output_goes_to_a_file(project: Path, lint: type[Run]) -> None:
    run = lint("--format", "json", "--output", "report.json")
    assert (run.status, run.out) == (1, "")
    assert json.loads((project / "report.json").read_text())["schema_version"] == 1


def test_an_empty_folder_is_not_passed_over_in_silence(
    tmp_path: Path, lint: type[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = lint()
    assert run.status == 0
    assert "no migrations found" in run.err
    assert "no migrations found" in lint("--quiet", "--format", "json").err
    assert lint("*.sql").status == 2  # a pattern that the shell found nothing for


def test_select_and_ignore(project: Path, lint: type[Run]) -> None:
    only = ("--select", "MIG10", "--format", "json")
    assert lint(*only).codes() == ["MIG101"]
    assert lint(*only, "--ignore", "MIG101").codes() == []
    assert "MIG101" not in lint("--ignore", "index-not-concurrent", "--format", "json").codes()
    (project / "migralint.toml").write_text('ignore = ["MIG101"]\n')
    assert "MIG101" not in lint("--format", "json").codes()
    assert lint("--select", "MIG101", "--format", "json").codes() == ["MIG101"]
    assert "MIG101" in lint("--extend-select", "MIG101", "--format", "json").codes()


def test_exclude_is_seen_from_here(project: Path, lint: type[Run]) -> None:
    only = ("--select", "MIG101", "--format", "json")
    assert lint(*only, "--exclude", "V2*").codes() == []
    assert lint(*only, "--exclude", "db/V2__index.sql,x").codes() == []
    assert lint(*only, "--exclude", "V2*", "db/V2__index.sql").codes() == ["MIG101"]
    assert lint(*only, "--exclude", "V2*", "--force-exclude", "db/V2__index.sql").codes() == []


def test_ignore_comments_reach_the_report(project: Path, lint: type[Run]) -> None:
    (project / "db/V2__index.sql").write_text(f"-- migralint: ignore[MIG101] small\n{INDEX}")
    run = lint("--select", "MIG101", "--format", "json")
    assert run.status == 0
    (found,) = json.loads(run.out)["findings"]
    assert found["suppressed"] == {"kind": "inSource", "reason": "small"}


def test_the_server_version_matters(project: Path, lint: type[Run]) -> None:
    (project / "db/V3__flag.sql").write_text("ALTER TABLE users ADD COLUMN a int;\n")
    assert "is assumed" in lint().out
    assert "is assumed" not in lint("--postgres-version", "16.2").out


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_standard_input_is_a_history_of_its_own(
    project: Path, lint: type[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, INDEX)
    run = lint("-", "--select", "MIG101", "--format", "json")
    assert run.codes() == ["MIG101"]
    assert json.loads(run.out)["findings"][0]["path"] == "stdin.sql"


def test_standard_input_stands_in_for_a_file(
    project: Path, lint: type[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "db/V2__index.sql"
    stdin(monkeypatch, "SELECT 1;\n\n" + INDEX)
    run = lint("-", "--stdin-filename", name, "--select", "MIG101", "--format", "json")
    (found,) = json.loads(run.out)["findings"]
    assert (found["path"], found["line"]) == (name, 3)
    # The table is known from the file before.
    assert found["confidence"] == "certain"
    assert (project / name).read_text() == INDEX


def test_standard_input_can_be_a_file_to_come(
    project: Path, lint: type[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    for format in ("json", "sarif", "text"):
        stdin(monkeypatch, INDEX.replace("users_email", "users_mail"))
        run = lint(
            "-", "--stdin-filename", "db/V3__new.sql", "--select", "MIG101", "--format", format
        )
        assert (run.status, run.err) == (1, "")
        assert "db/V3__new.sql" in run.out
        if format == "json":  # the table is known
            assert [each["confidence"] for each in json.loads(run.out)["findings"]] == ["certain"]
    assert not (project / "db/V3__new.sql").exists()


def test_forced_excludes_pass_over_what_is_no_migration(project: Path, lint: type[Run]) -> None:
    (project / "src").mkdir()
    (project / "src/report.sql").write_text("DROP TABLE users;\n")
    (project / "src/app.py").write_text("import os\n")
    only = ("--select", "MIG1,MIG2", "--format", "json")
    assert "MIG204" in lint("src/report.sql", *only).codes()
    run = lint("--force-exclude", "src/report.sql", "src/app.py", *only)
    assert (run.status, run.codes(), run.err) == (0, [], "")
    assert json.loads(run.out)["coverage"]["not_analysed"] == []
    run = lint("--force-exclude", "src/report.sql", "db/V2__index.sql", *only)
    assert (run.status, run.codes()) == (1, ["MIG101"])


def test_locks_print_effects(project: Path, lint: type[Run]) -> None:
    run = lint("locks", "--format", "json", "db")
    assert run.status == 0
    index = json.loads(run.out)["statements"][1]
    assert index["text"] == INDEX.rstrip(";\n")
    assert index["operations"] == ["CreateIndex"]
    assert index["effects"]["locks"] == [
        {"relation": "public.users", "kind": "table", "mode": "SHARE", "blocks": ["writes"]}
    ]
    assert "SHARE, blocks writes" in lint("locks", "db").out


def test_rules_are_listed(lint: type[Run]) -> None:
    lines = lint("rules").out.splitlines()
    assert len(lines) == len(registry.RULES)
    assert lines == sorted(lines)
    listed = json.loads(lint("rules", "--format", "json").out)
    assert [rule["code"] for rule in listed] == sorted(registry.RULES)
    assert list(listed[0]) == "code name family severity default dialects summary".split()


@pytest.mark.parametrize("rule", ["MIG101", "mig101", "index-not-concurrent"])
def test_a_rule_is_explained(lint: type[Run], rule: str) -> None:
    run = lint("explain", rule)
    assert run.status == 0
    assert run.out.startswith("# index-not-concurrent (MIG101)\n")
    assert "More cases" not in run.out


def test_a_crash_in_a_rule_is_shown_and_the_rest_goes_on(
    project: Path, lint: type[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def boom(subject: object, context: object) -> object:
        raise KeyError("gone")

    rules = registry.load()
    (project / "db/V3__drop.sql").write_text("DROP TABLE users;\n")
    monkeypatch.setitem(rules, "MIG101", replace(rules["MIG101"], check=boom))
    run = lint("--format", "json", "--exit-zero")
    assert run.status == 2
    assert run.codes()
    assert "MIG101" in run.err
    assert "KeyError" in run.err
    assert "db/V2__index.sql" in run.err


def test_an_internal_error_is_exit_2(lint: type[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(arguments: list[str]) -> int:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(cli, "run", boom)
    run = lint()
    assert run.status == 2
    assert run.err.splitlines()[-1] == "migralint: internal error: ZeroDivisionError: oops"


def test_an_interrupt_is_quiet(lint: type[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run", stop)
    run = lint()
    assert (run.status, run.out, run.err) == (130, "", "")


def process(*arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "migralint", *arguments],
        capture_output=True,
        **more,  # type: ignore[call-overload]
    )


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "migralint", "--help"], stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode in (0, 1)


def test_colours_are_for_terminals(project: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if "COLOR" not in key}
    assert b"\x1b" not in process(env=environment).stdout
    assert b"\x1b[" in process(env={**environment, "FORCE_COLOR": "1"}).stdout
    both = {**environment, "FORCE_COLOR": "1", "NO_COLOR": "1"}
    assert b"\x1b" not in process(env=both).stdout
    assert b"\x1b[" in process("--color", "always", env=both).stdout
    assert b"\x1b[" in process("locks", "--color", "always", env=both).stdout
    forced = {**environment, "FORCE_COLOR": "1"}
    assert b"\x1b" not in process("--color", "never", env=forced).stdout
    assert b"\x1b" not in process("--color", "always", "--format", "json", env=forced).stdout


def test_output_is_utf8_whatever_the_locale(project: Path) -> None:
    (project / "db/V2__index.sql").write_text(INDEX.replace("users_email", '"é日"'))
    done = process(env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert '"é日"' in done.stdout.decode()


def test_names_that_are_no_utf8_are_printed(project: Path) -> None:
    try:
        (project / os.fsdecode(b"db/V3__\xff.sql")).write_text("DROP TABLE users;\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    for format in ("text", "concise", "json", "sarif"):
        done = process("--format", format)
        assert done.returncode == 1, done.stderr
        done.stdout.decode()


def test_the_version_is_one_line() -> None:
    from migralint import __version__

    assert process("--version").stdout.decode().split() == ["migralint", __version__]
    assert cli.main(["--version"]) == 0
