"""The cache changes how long a run takes, and nothing else."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from migralint import cache, cli, engine
from migralint.cache import FOLDER, Cache, Shelf
from migralint.config import Settings
from migralint.migration import Root
from migralint.parsed import Parsed, parsed, remembering
from migralint.tools import kept

REVISION = '''"""{message}"""
from alembic import op
import sqlalchemy as sa

revision = "{id}"
down_revision = {down!r}


def upgrade():
    {up}


def downgrade():
    pass
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MIGRALINT_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (tmp_path / "migrations" / "env.py").write_text("from alembic import context\n")
    steps = (
        'op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True))',
        'op.add_column("users", sa.Column("name", sa.Text(), nullable=False))',
        'op.create_index("users_name", "users", ["name"])',
    )
    for number, up in enumerate(steps, 1):
        down = f"r{number - 1}" if number > 1 else None
        text = REVISION.format(message=f"step {number}", id=f"r{number}", down=down, up=up)
        (versions / f"r{number}_step.py").write_text(text)
    return tmp_path


def lint(*options: str) -> tuple[int, str]:
    """A run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "migralint", "check", "--format", "json", *options],
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.mig"))


def test_a_warm_run_says_the_same_and_parses_nothing(project: Path) -> None:
    cold = lint()
    (kept_file,) = files(project / FOLDER)
    before = kept_file.stat().st_mtime_ns
    script = (
        "import sys; from migralint import cli; cli.main(['check', '--format', 'json']);"
        "assert 'libcst' not in sys.modules"
    )
    warm = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert warm.stderr.count("Error") == 0
    assert warm.stdout == cold[1]
    assert kept_file.stat().st_mtime_ns == before
    assert lint("--no-cache") == cold


DJANGO = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [{after}]
    operations = [{operation}]
"""


@pytest.fixture
def django(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MIGRALINT_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shop" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "shop" / "fields.py").write_text(
        "from django.db import models\n\n\nclass Name(models.TextField):\n    pass\n"
    )
    made = 'migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True))])'
    (folder / "0001_initial.py").write_text(DJANGO.format(after="", operation=made))
    added = 'migrations.AddField("item", "name", shop.fields.Name())'
    text = DJANGO.format(after='("shop", "0001_initial")', operation=added)
    (folder / "0002_name.py").write_text(f"import shop.fields\n{text}")
    return tmp_path


def test_djangos_migrations_are_kept_too(django: Path) -> None:
    cold = lint()
    assert "not-null-without-default" in cold[1]
    (kept_file,) = files(django / FOLDER)
    before = kept_file.stat().st_mtime_ns
    script = (
        "import sys; from migralint import cli; cli.main(['check', '--format', 'json']);"
        "assert 'libcst' not in sys.modules"
    )
    warm = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (warm.stdout, warm.stderr) == (cold[1], "")
    assert kept_file.stat().st_mtime_ns == before
    (django / "shop" / "fields.py").write_text(
        "from django.db import models\n\n\nclass Name(models.TextField):\n"
        "    def __init__(self, **kwargs):\n"
        '        kwargs["null"] = True\n'
        "        super().__init__(**kwargs)\n"
    )
    changed = lint()
    assert "not-null-without-default" not in changed[1]
    assert changed == lint("--no-cache")


@pytest.mark.parametrize("value", ["1" * 30, '"\\ud800"', "1e400"])
def test_what_is_too_odd_to_be_kept_is_read_again(django: Path, value: str) -> None:
    file = django / "shop" / "migrations" / "0002_name.py"
    file.write_text(file.read_text() + f"    odd = {value}\n")
    assert lint() == lint() == lint("--no-cache")


def test_the_cache_keeps_itself_out_of_git(project: Path) -> None:
    lint()
    assert (project / FOLDER / ".gitignore").read_text() == "*\n"


def test_a_changed_file_is_read_again(project: Path) -> None:
    lint()
    last = project / "migrations" / "versions" / "r3_step.py"
    last.write_text(
        last.read_text().replace('op.create_index("users_name", "users", ["name"])', "pass")
    )
    assert lint() == lint("--no-cache")


def test_env_py_counts(project: Path) -> None:
    lint()
    env = project / "migrations" / "env.py"
    env.write_text("context.configure(transaction_per_migration=True)\n")
    assert lint() == lint("--no-cache")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: b"migralint cache 0\n" + data[18:],
        lambda data: os.urandom(len(data)),
    ],
    ids=["empty", "cut", "one bit", "another version", "noise"],
)
def test_a_damaged_cache_is_none(project: Path, damage: object) -> None:
    right = lint()
    (kept_file,) = files(project / FOLDER)
    whole = kept_file.read_bytes()
    kept_file.write_bytes(damage(whole))  # type: ignore[operator]
    assert lint() == right
    assert kept_file.read_bytes() == whole


def test_a_record_of_another_shape_is_none(project: Path) -> None:
    right = lint()
    (kept_file,) = files(project / FOLDER)
    shelf = Shelf(str(kept_file))
    for key in list(shelf._kept):
        shelf.put(key, b"\x93\x01\x02\x03")
    shelf.save()
    assert lint() == right


def test_two_runs_share_it(project: Path) -> None:
    right = lint("--no-cache")
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: lint(), range(8))) == {right}
    assert not list((project / FOLDER).glob("*.tmp"))


def test_a_full_disk_is_no_error(project: Path) -> None:
    right = lint("--no-cache")
    done = subprocess.run(
        [sys.executable, "-m", "migralint", "check", "--format", "json"],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3)),
    )
    assert (done.returncode, done.stdout) == right
    assert done.stderr == "" or "Traceback" not in done.stderr
    assert not files(project / FOLDER)
    assert not list((project / FOLDER).glob("*.tmp"))


def test_a_place_that_cannot_be_written_is_no_error(project: Path) -> None:
    (project / "occupied").write_text("a file, and no folder")
    assert lint("--cache-dir", "occupied") == lint("--no-cache")


def test_where_it_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lint("--cache-dir", "here")
    assert files(project / "here")
    monkeypatch.setenv("MIGRALINT_CACHE_DIR", str(project / "there"))
    lint()
    assert files(project / "there")
    monkeypatch.delenv("MIGRALINT_CACHE_DIR")
    (project / "migralint.toml").write_text('cache-dir = "configured"\n')
    lint()
    assert files(project / "configured")
    assert not (project / FOLDER).exists()


def test_it_does_not_grow(project: Path) -> None:
    lint()
    (kept_file,) = files(project / FOLDER)
    first = kept_file.stat().st_size
    last = project / "migrations" / "versions" / "r3_step.py"
    text = last.read_text()
    for number in range(12):
        last.write_text(f"{text}# {number}\n")
        lint()
    assert kept_file.stat().st_size < 3 * first


def test_clean(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lint()
    assert cli.main(["clean"]) == 0
    assert capsys.readouterr().out == f"Removed 1 file of {FOLDER}\n"
    assert not (project / FOLDER).exists()
    assert cli.main(["clean"]) == 0
    assert capsys.readouterr().out == f"Removed 0 files of {FOLDER}\n"


def test_clean_leaves_what_is_not_ours(project: Path) -> None:
    lint()
    (project / FOLDER / "notes.txt").write_text("mine")
    assert cache.clean(str(project / FOLDER)) == 1
    assert os.listdir(project / FOLDER) == ["notes.txt"]


def test_histories_of_sql_keep_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "V1__a.sql").write_text("CREATE TABLE a (id int);")
    lint()
    assert not (tmp_path / FOLDER).exists()


def test_the_key_takes_all_in() -> None:
    assert kept.key("text", "postgresql") != kept.key("text", "mysql")
    assert kept.key("text", "a") != kept.key("tex", "ta")
    assert kept.key("text", "a") == kept.key("text", "a")


def test_shelves_of_two_roots_are_two_files(tmp_path: Path) -> None:
    box = Cache(str(tmp_path))
    for name in ("a", "b"):
        box.shelf(Root(f"/{name}", name, "alembic", "postgresql")).put(b"key", b"record")
    box.save()
    assert len(files(tmp_path)) == 2


# In a process that reads the same again and again


def test_what_was_parsed_is_found_once_more_and_then_forgotten() -> None:
    made: list[str] = []
    memory = Parsed()

    def read(*texts: str) -> list[str]:
        with remembering(memory):
            return [parsed(text, lambda text=text: made.append(text) or text * 2) for text in texts]  # type: ignore[misc]

    assert read("a", "b") == ["aa", "bb"]
    assert read("a", "c") == ["aa", "cc"]
    assert made == ["a", "b", "c"]
    read("a")
    read("c")  # gone with the reading before
    assert made == ["a", "b", "c", "c"]
    assert parsed("a", lambda: "anew") == "anew"


def test_what_is_not_saved_is_not_worth_writing(project: Path) -> None:
    path = project / "migrations/versions/r3_step.py"
    memory = Cache(str(project / FOLDER), remembers=True)
    given = {"cwd": str(project), "cache": memory}
    engine.check([str(path)], Settings(), **given)
    written = [(each, each.stat().st_mtime_ns) for each in files(project / FOLDER)]
    assert written
    for number in range(3):
        text = path.read_bytes() + b"# %d\n" % number
        report = engine.check([str(path)], Settings(), overlay={str(path): text}, **given)
        assert [each.code for each in report.findings if each.code == "MIG101"]
    assert [(each, each.stat().st_mtime_ns) for each in files(project / FOLDER)] == written


def test_what_is_remembered_stays_in_the_cache(django: Path) -> None:
    memory = Cache(str(django / FOLDER), remembers=True)
    given = {"cwd": str(django), "cache": memory}
    engine.check(["."], Settings(), **given)
    (kept_file,) = files(django / FOLDER)
    before = kept_file.stat().st_size
    for number in range(3):
        for path in django.rglob("migrations/0*.py"):
            path.write_text(f"{path.read_text()}# {number}\n")
            break
        engine.check(["."], Settings(), **given)
    assert kept_file.stat().st_size >= before
