"""The plugin inside the real flake8: what it says is what the command line says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from configured import VARIANTS, configured
from msgspec.structs import replace
from needs import need

from migralint import __version__, cli, engine, recall, registry, source
from migralint.flake8_plugin import FAILED, Plugin

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
VERSIONS = "alembic/versions"
PLACES = "--format=%(path)s:%(row)d:%(col)d: %(code)s %(text)s"
HEAVY = ("pglast", "libcst", "msgspec", "sqlglot", "tree_sitter", "pathspec")

HEAD = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = {down!r}


def upgrade():
    {up}


def downgrade():
    pass
'''


@pytest.fixture(autouse=True)
def _flake8() -> None:
    need("flake8", "flake8")


def revision(number: int, up: str) -> str:
    down = f"r{number - 1}" if number > 1 else None
    return HEAD.format(message=f"step {number}", id=f"r{number}", down=down, up=up)


def write(folder: Path, number: int, up: str) -> Path:
    path = folder / VERSIONS / f"r{number}_step.py"
    path.write_text(revision(number, up), encoding="utf-8")
    return path


USERS = 'op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True))'
INDEX = 'op.create_index("users_name", "users", ["name"])'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history of Alembic with findings of many kinds, as the current folder."""
    monkeypatch.delenv("MIGRALINT_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / VERSIONS).mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    (tmp_path / "alembic/env.py").write_text("from alembic import context\n\ncontext.configure()\n")
    (tmp_path / "app.py").write_text("import os\n\nprint(os.name)\n")
    write(tmp_path, 1, USERS)
    write(tmp_path, 2, 'op.add_column("users", sa.Column("name", sa.Text(), nullable=False))')
    write(tmp_path, 3, INDEX)
    write(
        tmp_path,
        4,
        'op.execute("""\n        UPDATE users SET name = \'é日\';\n'
        '        DROP TABLE users;\n    """)\n'
        '    # migralint: ignore[MIG119] nobody waits\n    op.drop_index("users_name")\n'
        '    op.execute("CREATE INDEX ON")',
    )
    write(tmp_path, 5, "run(op)")
    return tmp_path


def flake8(*arguments: str, stdin: bytes | None = None, status: int | None = None) -> list[str]:
    """The lines that a run of flake8 prints, of our codes alone unless others are selected."""
    done = subprocess.run(
        [sys.executable, "-m", "flake8", PLACES, *arguments], input=stdin, capture_output=True
    )
    assert done.stderr == b"", done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert done.returncode == (bool(lines) if status is None else status)
    return [line.removeprefix("./") for line in lines]


ONLY = ("--isolated", "--select=MIG")


def told(*arguments: str, stdin: bytes = b"") -> list[str]:
    """The same from the command line of migralint."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        report = Path(folder, "report.json")
        options = ["check", "--format=json", f"--output={report}", "--exit-zero"]
        assert cli.main([*options, *arguments]) == 0
        findings = json.loads(report.read_bytes())["findings"]
    return [
        f"{each['path']}:{each['line']}:{each['column']}: {each['code']} {each['message']}"
        for each in findings
        if not each["suppressed"]
    ]


def codes(lines: list[str]) -> list[str]:
    return [line.split(": ", 1)[1].split()[0] for line in lines]


def told_of(path: str) -> list[str]:
    """What the command line says of a file, asked for that file alone."""
    return [line for line in told(path) if line.startswith(f"{path}:")]


def test_it_says_what_the_command_line_says(project: Path) -> None:
    paths = sorted(f"{VERSIONS}/{path.name}" for path in (project / VERSIONS).iterdir())
    wanted = [line for path in paths for line in told_of(path)]
    assert {"MIG101", "MIG204", "MIG001", "MIG002"} <= set(codes(wanted))
    assert len({line.split(":")[0] for line in wanted}) > 3
    for path in paths:
        assert sorted(flake8(*ONLY, path)) == sorted(told_of(path))
    for arguments in (["--jobs=1"], ["--jobs=2"], [".", "--jobs=2"], [*paths, "--jobs=1"]):
        assert sorted(flake8(*ONLY, *arguments)) == sorted(wanted)


PYTHON = sorted(path for path in FIXTURES.iterdir() if next(path.rglob("*.py"), None))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("fixture", PYTHON, ids=[path.name for path in PYTHON])
def test_it_says_so_of_every_fixture(
    fixture: Path, variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRALINT_CACHE_DIR", str(tmp_path / "cache"))
    folder = configured(fixture, variant, tmp_path)
    monkeypatch.chdir(folder)
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    # What is no Python is flake8's own to tell: its plugins never see it.
    readable = [path for path in paths if compiles(folder / path)]
    wanted = [line for path in readable for line in told_of(path)]
    given = flake8(*ONLY, "--disable-noqa", *paths) if paths else []
    assert sorted(line for line in given if FAILED not in line) == sorted(wanted)


def compiles(path: Path) -> bool:
    try:
        compile(path.read_bytes(), path, "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def test_workers_that_share_nothing(project: Path) -> None:
    """As on Windows and macOS, where a worker is not forked."""
    script = (
        "import multiprocessing, sys\n"
        "from flake8.main.cli import main\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    sys.exit(main(sys.argv[1:]))\n"
    )
    (project / "run.py").write_text(script)
    done = subprocess.run(
        [
            sys.executable,
            "run.py",
            *ONLY,
            PLACES,
            "--jobs=2",
            "--migralint-ignore=MIG101",
            "alembic",
        ],
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert sorted(done.stdout.splitlines()) == sorted(
        line for line in flake8(*ONLY, "alembic") if " MIG101" not in line
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="crlf"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="bom"),
        pytest.param(lambda text: text.replace("step", "é").encode("latin-1"), id="latin-1"),
        pytest.param(lambda text: text.replace("    op", "    x = '\x0c'; op").encode(), id="ff"),
    ],
)
def test_files_of_every_kind(project: Path, text: object) -> None:
    path = f"{VERSIONS}/r3_step.py"
    (project / path).write_bytes(text(revision(3, INDEX)))  # type: ignore[operator]
    assert told_of(path)
    assert flake8(*ONLY, path) == told_of(path)
    piped = (project / path).read_bytes()
    if b"\xe9" not in piped:  # flake8 itself ends there
        assert flake8(*ONLY, "--stdin-display-name", path, "-", stdin=piped) == told_of(path)


# Standard input


def test_standard_input_stands_in_for_the_file(project: Path) -> None:
    path = f"{VERSIONS}/r3_step.py"
    unsaved = revision(3, f"pass\n\n    {INDEX}").encode()
    given = flake8(*ONLY, "--stdin-display-name", path, "-", stdin=unsaved)
    assert [line.split(": ")[0] for line in given if "MIG101" in line] == [f"{path}:13:5"]
    # The table is known from the files before.
    assert not any("ssumed" in line for line in given if "MIG101" in line)
    assert given == told("-", "--stdin-filename", path, stdin=unsaved)
    assert flake8(*ONLY, path) == told_of(path) != given


def test_a_file_that_is_not_saved_yet_has_its_history(project: Path) -> None:
    path = f"{VERSIONS}/r6_new.py"
    unsaved = revision(6, 'op.create_index("orders_id", "orders", ["id"])').encode()
    given = flake8(*ONLY, "--stdin-display-name", path, "-", stdin=unsaved)
    assert given == told("-", "--stdin-filename", path, stdin=unsaved)
    write(project, 5, 'op.create_table("orders", sa.Column("id", sa.Integer()))')
    known = flake8(*ONLY, "--stdin-display-name", path, "-", stdin=unsaved)
    assert "MIG101" in codes(known)
    assert "ssumed" in "".join(given)
    assert "ssumed" not in "".join(known)


def test_text_without_a_place_has_no_history(project: Path) -> None:
    assert flake8(*ONLY, "-", stdin=revision(3, INDEX).encode()) == []


# Ignoring


def test_noqa_is_heard(project: Path) -> None:
    path = str(write(project, 3, f"{INDEX}  # noqa: MIG101").relative_to(project))
    assert "MIG101" not in codes(flake8(*ONLY, path))
    assert "MIG101" in codes(flake8(*ONLY, "--disable-noqa", path))
    # On the last line of a string, it speaks for all of it.
    write(project, 3, 'op.execute("""\n    DROP TABLE users\n    """)  # noqa: MIG')
    assert told_of(path)
    assert flake8(*ONLY, path) == []
    (project / path).write_text("# flake8: noqa\n" + revision(3, INDEX))
    assert flake8(*ONLY, path) == []


def test_our_own_comments_are_heard(project: Path) -> None:
    path = str(write(project, 3, f"{INDEX}  # migralint: ignore[MIG1]").relative_to(project))
    assert not [code for code in codes(flake8(*ONLY, path)) if code.startswith("MIG1")]
    write(project, 3, f"{INDEX}  # migralint: ignore[MIG1, column-dropped]")
    assert "MIG007" in codes(flake8(*ONLY, path))


def test_codes_are_selected_as_those_of_any_plugin(project: Path) -> None:
    every = codes(flake8("--isolated", VERSIONS))
    assert {"MIG101", "MIG204"} <= set(every)
    left = codes(flake8("--isolated", "--extend-ignore=MIG1", VERSIONS))
    assert left == [code for code in every if not code.startswith("MIG1")]
    assert set(codes(flake8("--isolated", "--select=MIG101", VERSIONS))) == {"MIG101"}


# Options


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("extend-ignore = MIG101", {"MIG204"}),
        ("migralint-ignore = index-not-concurrent, MIG0", {"MIG204"}),
        ("migralint-select = MIG101", {"MIG101"}),
        ("migralint-fail-on = error", {"MIG101", "MIG204"}),
        ("migralint-config = config/strict.toml", {"MIG101"}),
    ],
)
def test_options_in_the_configuration_of_flake8(project: Path, said: str, there: set[str]) -> None:
    (project / "config").mkdir()
    (project / "config/strict.toml").write_text('select = ["MIG101"]\n')
    (project / "setup.cfg").write_text(f"[flake8]\nselect = MIG\n{said}\n")
    given = set(codes(flake8(VERSIONS)))
    assert given & {"MIG101", "MIG204"} == there
    assert FAILED not in given
    if "select" in said or "config" in said:
        assert given == there
    if "fail-on" in said:
        assert "MIG119" not in given


def test_the_configuration_of_migralint_holds(project: Path) -> None:
    (project / "migralint.toml").write_text(f'exclude = ["{VERSIONS}/r3_*"]\nignore = ["MIG204"]\n')
    given = flake8(*ONLY, VERSIONS)
    assert "MIG204" not in codes(given)
    assert not [line for line in given if "r3_step" in line]
    assert [line for line in given if "r2_step" in line]


def test_the_servers_version(project: Path) -> None:
    up = 'op.alter_column("users", "name", nullable=False)'
    path = str(write(project, 3, up).relative_to(project))
    for version in ("12", "16.3"):
        given = flake8(*ONLY, f"--migralint-postgres-version={version}", path)
        only = told("--postgres-version", version, path)
        assert given == [line for line in only if line.startswith(path)]


def test_flake8_knows_the_version() -> None:
    done = subprocess.run([sys.executable, "-m", "flake8", "--version"], capture_output=True)
    assert f"migralint: {__version__}" in done.stdout.decode()


# What can go wrong


def test_a_file_that_is_no_python(project: Path) -> None:
    (project / VERSIONS / "r2_step.py").write_text(revision(2, "op.add_column("))
    given = flake8("--isolated", "--select=MIG,E9", VERSIONS)
    assert [line.split(":")[0] for line in given if "E999" in line] == [f"{VERSIONS}/r2_step.py"]
    assert not [line for line in given if "r2_step" in line and "MIG" in line]
    rest = [f"{VERSIONS}/r{number}_step.py" for number in (1, 3, 4, 5)]
    wanted = [line for path in rest for line in told_of(path)]
    assert sorted(line for line in given if "MIG" in line) == sorted(wanted)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--migralint-config=none.toml", "there is no such configuration file"),
        ("--migralint-postgres-version=9", "--migralint-postgres-version: PostgreSQL 9"),
        ("--migralint-select=MIG999", "no rule is called 'MIG999'"),
        ("--migralint-ignore=index-not-concurent", "did you mean index-not-concurrent?"),
        ("--migralint-fail-on=fatal", "--migralint-fail-on: 'fatal' is not known"),
    ],
)
def test_an_option_that_cannot_be_used(project: Path, option: str, words: str) -> None:
    given = flake8("--isolated", option, f"{VERSIONS}/r3_step.py", "app.py")
    (line,) = [line for line in given if "MIG" in line]
    assert line.startswith(f"{VERSIONS}/r3_step.py:1:1: {FAILED} migralint cannot run: ")
    assert words in line
    assert [line for line in flake8("--isolated", f"{VERSIONS}/r3_step.py") if "F401" in line] == [
        line for line in given if "F401" in line
    ]


def run(path: Path, text: str | None = None) -> list[tuple[int, int, str]]:
    lines = (path.read_text() if text is None else text).splitlines(keepends=True)
    return [found[:3] for found in Plugin(None, str(path), lines).run()]


def test_a_crash_is_one_finding(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*arguments: object, **more: object) -> object:
        raise RuntimeError("a\nb")

    path = project / VERSIONS / "r3_step.py"
    monkeypatch.setattr(engine, "check", fall)
    ((line, column, message),) = run(path)
    assert (line, column) == (1, 0)
    assert message == f"{FAILED} internal error: RuntimeError: a b; this file was not linted"


def test_a_rule_that_crashes_is_one_finding(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*arguments: object) -> object:
        raise RuntimeError("a\nb")

    path = project / VERSIONS / "r3_step.py"
    before = run(path)
    rule = registry.load()["MIG101"]
    monkeypatch.setitem(registry.RULES, "MIG101", replace(rule, check=fall))
    given = run(path)
    (crash,) = [each for each in given if FAILED in each[2]]
    assert crash[:2] == (11, 0)
    assert "internal error in MIG101 index-not-concurrent: RuntimeError: a\\nb" in crash[2]
    assert [each for each in given if each != crash] == [
        each for each in before if "MIG101" not in each[2]
    ]


def test_no_rule_has_the_code_of_a_failure() -> None:
    assert FAILED not in registry.load()


# One process, many files


def test_a_file_leaves_nothing_to_the_next(project: Path) -> None:
    path = project / VERSIONS / "r3_step.py"
    saved = run(path)
    unsaved = run(path, revision(3, "pass\n\n    " + INDEX))
    assert [each[0] + 2 for each in saved] == [each[0] for each in unsaved]
    assert run(path) == saved
    # An unsaved text is nobody else's history either.
    other = project / VERSIONS / "r4_step.py"
    before = run(other)
    run(project / VERSIONS / "r1_step.py", revision(1, "pass"))
    assert run(other) == before


def test_a_history_that_changes_is_read_again(project: Path) -> None:
    path = project / VERSIONS / "r3_step.py"
    assert not any("ssumed" in each[2] for each in run(path))
    write(project, 1, 'op.execute("SELECT 1")')
    assert any("ssumed" in each[2] for each in run(path))


def settled(project: Path) -> None:
    """All files are as old as those of a checkout."""
    for path in project.rglob("*"):
        if path.is_file():
            os.utime(path, ns=(0, 1_000_000_000 + path.stat().st_mtime_ns % 1000))


def checks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many files each check is from now on."""
    found: list[int] = []
    check = engine.check

    def counting(paths: list[str], *given: object, **more: object) -> object:
        found.append(len(paths))
        return check(paths, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "check", counting)
    return found


def test_files_of_a_folder_are_checked_at_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(project)
    paths = sorted((project / VERSIONS).glob("*.py"))
    alone = {path: told_of(path.relative_to(project).as_posix()) for path in paths}
    found = checks(monkeypatch)
    for path in [*paths, *paths]:
        given = [
            f"{path.relative_to(project)}:{line}:{column + 1}: {message}"
            for line, column, message in run(path)
        ]
        assert sorted(given) == sorted(alone[path])
    assert found == [1, len(paths)]


@pytest.mark.parametrize("runs", [0, 1])
def test_whatever_changes_is_read_again(
    project: Path, monkeypatch: pytest.MonkeyPatch, runs: int
) -> None:
    monkeypatch.setattr(Plugin, "runs", runs)
    monkeypatch.setattr(recall, "AGAIN", 0.0)
    (project / "names.py").write_text('TABLE = "users"\n')
    path = write(project, 3, 'op.create_index("i", TABLE, ["id"])')
    path.write_text(
        path.read_text().replace("from alembic", "from names import TABLE\nfrom alembic")
    )
    env = project / "alembic/env.py"

    def both() -> list[tuple[int, int, str]]:
        settled(project)
        run(project / VERSIONS / "r2_step.py")
        run(project / VERSIONS / "r4_step.py")
        return run(path)

    before = both()
    found = checks(monkeypatch)
    assert run(path) == before
    assert found == []
    (project / "names.py").write_text('TABLE = "others"\n')
    assert "others" in str(run(path))
    assert both() != before
    env.write_text(
        env.read_text().replace("configure()", "configure(transaction_per_migration=True)")
    )
    write(project, 1, f"{USERS}\n    op.create_table('others', sa.Column('id', sa.Integer()))")
    assert "ssumed" not in str(run(path))
    assert both()
    (project / VERSIONS / "r9_more.py").write_text(revision(3, "pass").replace('"r3"', '"r9"'))
    assert "MIG612" not in str(run(path))
    assert "MIG612" in str(run(project / VERSIONS / "r9_more.py"))
    both()
    (project / "migralint.toml").write_text('ignore = ["MIG1"]\n')
    assert "MIG101" not in str(run(path))


def test_what_changed_just_now_is_not_trusted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = checks(monkeypatch)
    path = project / VERSIONS / "r3_step.py"
    for _ in range(3):
        run(path)
    assert found == [1, 1, 1]


def test_one_run_looks_at_the_others_once_in_a_while(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(project)
    monkeypatch.setattr(Plugin, "runs", 1)
    monkeypatch.setattr(recall, "AGAIN", 3600)
    paths = sorted((project / VERSIONS).glob("*.py"))
    for path in paths:
        run(path)
    found = checks(monkeypatch)
    write(project, 1, "pass")
    assert run(paths[2])
    assert found == []
    run(paths[0])  # itself has changed
    assert found == [1]


def test_a_problem_of_several_files_is_told_at_each(project: Path) -> None:
    """As the command line does, asked for each by itself."""
    shared = {"6": ("r6", "r5"), "7": ("r7", "r5"), "8": ("r2", "r1"), "9": ("r9", "lost")}
    circle = {"a": ("ra", "rb"), "b": ("rb", "ra"), "c": ("rc", "rb")}
    for name, (id, down) in {**shared, **circle}.items():
        text = HEAD.format(message=name, id=id, down=down, up="op.drop_table('x')")
        (project / VERSIONS / f"r{name}_step.py").write_text(text)
    settled(project)
    paths = sorted(f"{VERSIONS}/{path.name}" for path in (project / VERSIONS).glob("*.py"))
    wanted = [line for path in paths for line in told_of(path)]
    where = {
        code: [line.split("/r")[1][0] for line in wanted if code in line]
        for code in ("MIG601", "MIG603", "MIG612", "MIG613")
    }
    assert where == {
        "MIG601": ["2", "8"],
        "MIG603": ["9"],
        "MIG612": ["6", "7", "9", "c"],
        "MIG613": ["a", "b"],
    }
    for jobs in ("--jobs=1", "--jobs=2"):
        assert sorted(flake8(*ONLY, jobs, VERSIONS)) == sorted(wanted)
    # The whole is told once.
    whole = told(VERSIONS)
    assert [sum(code in line for line in whole) for code in where] == [1, 1, 1, 1]


def test_what_stands_in_is_a_threads_own(tmp_path: Path) -> None:
    """Two editors' buffers at the same time."""
    path = str(tmp_path / "a.sql")
    meet = threading.Barrier(2)
    read: dict[bytes, bytes] = {}

    def look(text: bytes) -> None:
        with source.standing_in({path: text}):
            meet.wait(10)
            read[text] = source.read_bytes(path)
            meet.wait(10)

    threads = [threading.Thread(target=look, args=(text,)) for text in (b"one", b"two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == {b"one": b"one", b"two": b"two"}
    assert not source.stands_in(path)
    with pytest.raises(OSError, match="No such file"):
        source.read_bytes(path)


# What it costs


def loaded(*arguments: str) -> set[str]:
    """The modules that a run of flake8 has imported at its end."""
    script = (
        "import sys\n"
        "from flake8.main.cli import main\n"
        f"main({['--isolated', '--jobs=1', '--exit-zero', *arguments]!r})\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_a_file_that_is_no_migration_imports_nothing(project: Path) -> None:
    modules = loaded("app.py", "alembic/env.py")
    assert "migralint.flake8_plugin" in modules
    ours = {name for name in modules if name.split(".")[0] == "migralint"}
    assert ours == {"migralint", "migralint.flake8_plugin"}
    assert not {name.split(".")[0] for name in modules} & set(HEAVY)
    assert "migralint.engine" in loaded(f"{VERSIONS}/r3_step.py")


def test_the_plugin_needs_no_flake8() -> None:
    script = "import sys, migralint.flake8_plugin\nsys.exit('flake8' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_an_unreadable_cache_folder_is_no_trouble(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRALINT_CACHE_DIR", os.devnull)
    path = f"{VERSIONS}/r3_step.py"
    assert flake8(*ONLY, path) == told_of(path)
