"""Old projects: only what changed since a commit, only what comes after a migration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trees import plant

from migralint import cli

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX users_email ON users (email);\n"
OTHER = "CREATE INDEX users_other ON users (id, email);\n"
ANOTHER = OTHER.replace("users_other", "another")
THIRD = OTHER.replace("users_other", "third")
FLYWAY = {"db/migration/V1__users.sql": USERS, "db/migration/V2__index.sql": INDEX}


class Repository:
    """A work tree of git; `git` runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, **files: str) -> None:
        plant(self.folder, files)

    def commit(self, files: dict[str, str | bytes] | None = None) -> None:
        plant(self.folder, files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith("GIT_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.org")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A Flyway history on main, and a branch of it, as the current folder."""
    made = Repository(tmp_path / "repo")
    made.commit(dict(FLYWAY))
    made.git("checkout", "--quiet", "-b", "feature")
    monkeypatch.chdir(made.folder)
    return made


class Run:
    def __init__(self, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
        capfd.readouterr()
        self.status = cli.main([*arguments, "--no-cache"])
        self.out, self.err = capfd.readouterr()

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    def said(self) -> list[str]:
        return [f"{each['code']} {each['path']}" for each in self.document["findings"]]


@pytest.fixture
def lint(capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    return lambda *arguments: Run(capfd, arguments)


@pytest.fixture
def since(lint: Callable[..., Run]) -> Callable[..., list[str]]:
    """What is said of what changed since main: of indexes and of edits."""

    def run(*arguments: str, ref: str = "main") -> list[str]:
        made = lint(f"--changed-since={ref}", "--select=MIG101,MIG615", "--format=json", *arguments)
        assert made.status in (0, 1), made.err
        return made.said()

    return run


Since = Callable[..., "list[str]"]
Lint = Callable[..., Run]


def test_what_is_committed_staged_changed_or_untracked_counts(
    repo: Repository, since: Since
) -> None:
    repo.commit({"db/migration/V3__committed.sql": OTHER})
    plant(repo.folder, {"db/migration/V4__staged.sql": ANOTHER})
    repo.git("add", "--all")
    plant(repo.folder, {"db/migration/V5__untracked.sql": THIRD})
    assert since() == [
        "MIG101 db/migration/V3__committed.sql",
        "MIG101 db/migration/V4__staged.sql",
        "MIG101 db/migration/V5__untracked.sql",
    ]


def test_what_main_did_since_does_not_count(repo: Repository, since: Since) -> None:
    repo.commit({"db/migration/V3__mine.sql": OTHER})
    repo.git("checkout", "--quiet", "main")
    repo.commit({"db/migration/V4__theirs.sql": OTHER})
    repo.git("checkout", "--quiet", "feature")
    assert since() == ["MIG101 db/migration/V3__mine.sql"]


def test_earlier_migrations_are_known(repo: Repository, lint: Lint) -> None:
    """A table of the same file is new; one of an earlier file is not."""
    repo.commit({"db/migration/V3__x.sql": "DROP TABLE users;\nDROP TABLE nobody;\n"})
    run = lint("--changed-since=main", "--select=MIG608", "--format=json")
    assert [each["line"] for each in run.document["findings"]] == [2]


def test_no_change_is_said(repo: Repository, lint: Lint) -> None:
    run = lint("--changed-since=main")
    assert (run.status, run.out, run.err) == (0, "No migrations changed since main\n", "")
    repo.commit({"a.txt": "x", "queries/all.sql": "SELECT 1;"})
    run = lint("--changed-since=main")
    assert run.out == "No migrations changed since main (2 other files did, 1 of them SQL)\n"
    assert (run.status, run.err) == (0, "")
    notes = lint("--changed-since=main", "--format=json").document["notes"]
    assert f"{run.out.strip()}." in notes


def test_from_a_folder_below_and_with_paths(
    repo: Repository, since: Since, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"V3__a.sql": OTHER, "V4__b.sql": ANOTHER}
    repo.commit({f"db/migration/{name}": text for name, text in more.items()})
    assert since("db/migration/V4__b.sql") == ["MIG101 db/migration/V4__b.sql"]
    assert since("db/migration/V2__index.sql") == []
    monkeypatch.chdir(repo.folder / "db" / "migration")
    assert since() == ["MIG101 V3__a.sql", "MIG101 V4__b.sql"]
    monkeypatch.chdir(repo.folder.parent)
    assert since("repo/db/migration/V3__a.sql") == ["MIG101 repo/db/migration/V3__a.sql"]


@pytest.mark.skipif(sys.platform != "linux", reason="such names are Linux's")
def test_any_name(repo: Repository, since: Since) -> None:
    names = ["V3__with blank.sql", "V4__new\nline.sql", "V5__ü.sql", os.fsdecode(b"V6__\xff.sql")]
    texts = [OTHER.replace("other", f"other_{number}") for number in range(4)]
    repo.commit({f"db/migration/{name}": text for name, text in zip(names, texts, strict=True)})
    assert [each.rpartition("/")[2] for each in since()] == [
        "V3__with blank.sql",
        "V4__new\nline.sql",
        "V5__ü.sql",
        "V6__\\udcff.sql",
    ]


def test_through_a_symbolic_link(
    repo: Repository, since: Since, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"db/migration/V3__x.sql": OTHER})
    (tmp_path / "link").symlink_to(repo.folder)
    monkeypatch.chdir(tmp_path)
    assert since("link/db") == ["MIG101 link/db/migration/V3__x.sql"]


def test_as_a_hook_of_git(repo: Repository, since: Since, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's hooks run with variables that only hold at the top of the work tree."""
    plant(repo.folder, {"db/migration/V3__x.sql": OTHER})
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.setenv("GIT_PREFIX", "")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert since() == ["MIG101 db/migration/V3__x.sql"]
    monkeypatch.chdir(repo.folder / "db")
    assert since() == ["MIG101 migration/V3__x.sql"]


def test_in_a_real_hook(repo: Repository) -> None:
    hook = repo.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!/bin/sh\ncd db && {sys.executable} -m migralint --no-cache --changed-since main"
        " --select MIG101 --format concise --output ../said.txt --exit-zero\n"
    )
    hook.chmod(0o755)
    plant(repo.folder, {"db/migration/V3__x.sql": OTHER})
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message=x", "--", "db/migration/V3__x.sql")
    assert "migration/V3__x.sql:1:1: MIG101" in (repo.folder / "said.txt").read_text()


def test_a_work_tree_beside(
    repo: Repository, since: Since, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "beside"), "-b", "more", "main")
    monkeypatch.chdir(tmp_path / "beside")
    plant(tmp_path / "beside", {"db/migration/V3__x.sql": OTHER})
    assert since() == ["MIG101 db/migration/V3__x.sql"]


def test_a_submodule_is_said(repo: Repository, lint: Lint, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"migrations/V1__a.sql": USERS})
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.folder), "sub"
    )
    run = lint("--changed-since=main")
    assert run.status == 0
    assert "note: sub is a git repository of its own" in run.err
    assert run.out.startswith("No migrations changed since main")


def test_a_settings_file_judges_no_history(repo: Repository, lint: Lint) -> None:
    repo.commit({"db/migration/V2__index.sql.conf": "executeInTransaction=false\n"})
    run = lint("--changed-since=main", "--format=json")
    assert run.status == 0
    assert run.said() == []
    note = run.document["notes"][-1]
    assert note.startswith("db/migration/V2__index.sql.conf changed")
    assert note in run.err


def test_a_way_back_judges_its_migration(
    tmp_path: Path, since: Since, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repository(tmp_path / "repo")
    monkeypatch.chdir(repo.folder)
    up, down = "migrations/000002_x.up.sql", "migrations/000002_x.down.sql"
    repo.commit({"migrations/000001_u.up.sql": USERS, up: INDEX, down: "DROP INDEX users_email;\n"})
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.commit({down: "DROP INDEX IF EXISTS users_email;\n"})
    assert since() == [f"MIG101 {up}"]  # and is no edit of what ran


# What git does not know


def test_an_unknown_commit(repo: Repository, lint: Lint) -> None:
    run = lint("--changed-since=mian")
    assert (run.status, run.out) == (2, "")
    assert run.err.endswith(f"git knows no commit mian in {Path.cwd()}; did you mean main?\n")
    run = lint("--changed-since=0123456789")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert lint("--changed-since=").err.count("the reference is empty") == 1
    assert "is an option" in lint("--changed-since=--all").err


def test_a_branch_that_only_the_remote_has(
    repo: Repository, lint: Lint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("clone", "--quiet", "--branch=feature", ".", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert lint("--changed-since=main").err.endswith("did you mean origin/main?\n")
    assert lint("--changed-since=origin/main").status == 0


def test_a_shallow_clone(
    repo: Repository, lint: Lint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        repo.commit({f"{number}.txt": "x"})
    clone = tmp_path / "clone"
    source = repo.folder.as_uri()
    repo.git("clone", "--quiet", "--depth=1", "--branch=feature", source, str(clone))
    monkeypatch.chdir(clone)
    run = lint("--changed-since=main")
    assert run.status == 2
    assert "`fetch-depth: 0`" in run.err
    subprocess.run(
        ["git", "fetch", "--quiet", "--depth=1", "origin", "main:main"], cwd=clone, check=True
    )
    run = lint("--changed-since=main")
    assert run.status == 2
    assert "this clone is shallow" in run.err
    assert run.err.count("\n") == 1


def test_histories_without_a_common_commit(repo: Repository, lint: Lint) -> None:
    repo.git("checkout", "--quiet", "--orphan", "alone")
    repo.commit({"a.txt": "x"})
    run = lint("--changed-since=main")
    assert run.status == 2
    assert "main and HEAD have no commit in common" in run.err


def test_no_repository(tmp_path: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, FLYWAY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    run = lint("--changed-since=main")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert run.err.endswith("is in no git repository\n")


def test_no_git(repo: Repository, lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    run = lint("--changed-since=main")
    assert run.status == 2
    assert "needs git, which cannot be run" in run.err


def test_a_clone_without_all_texts(repo: Repository, since: Since) -> None:
    """Renames are told by texts, which a partial clone has not got, and nothing is fetched."""
    long = "".join(f"{number}\n" for number in range(100))
    repo.git("checkout", "--quiet", "main")
    repo.commit({"a.txt": long})
    blob = repo.git("rev-parse", "HEAD:a.txt")
    repo.git("checkout", "--quiet", "feature")
    repo.git("merge", "--quiet", "main")
    (repo.folder / "a.txt").unlink()
    repo.commit({"b.txt": f"more\n{long}", "db/migration/V3__x.sql": OTHER})
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert since() == ["MIG101 db/migration/V3__x.sql"]


def test_standard_input_is_no_change(repo: Repository, lint: Lint) -> None:
    assert lint("-", "--changed-since=main").status == 2


# What is merged already


def test_an_edit_is_told(repo: Repository, lint: Lint) -> None:
    repo.commit({"db/migration/V2__index.sql": INDEX + OTHER})
    run = lint("--changed-since=main", "--select=MIG615", "--format=json")
    (found,) = run.document["findings"]
    assert (found["path"], found["line"]) == ("db/migration/V2__index.sql", 2)
    assert "main has this migration already" in found["message"]
    assert "Flyway refuses" in found["message"]


COMMENTED = "-- For the shop.\n" + INDEX.replace("ON users", "\n    ON users")


@pytest.mark.parametrize(
    ("name", "edited"),
    [
        ("db/migration/V2__x.sql", True),
        ("prisma/migrations/2_x/migration.sql", True),
        ("migrations/000002_x.up.sql", False),
    ],
)
def test_a_comment_counts_where_there_are_checksums(
    tmp_path: Path, since: Since, monkeypatch: pytest.MonkeyPatch, name: str, edited: bool
) -> None:
    repo = Repository(tmp_path / "repo")
    monkeypatch.chdir(repo.folder)
    files = {name.replace("2", "1").replace("_x", "_a"): USERS, name: INDEX}
    if "prisma" in name:
        files["prisma/schema.prisma"] = 'datasource db {\n  provider = "postgresql"\n}\n'
    repo.commit(dict(files))
    repo.git("checkout", "--quiet", "-b", "feature")
    assert since() == []
    repo.commit({name: COMMENTED})
    assert (f"MIG615 {name}" in since()) is edited


def test_a_repeatable_migration_is_there_to_be_edited(repo: Repository, since: Since) -> None:
    view = "CREATE OR REPLACE VIEW mails AS SELECT email FROM users;\n"
    repo.git("checkout", "--quiet", "main")
    repo.commit({"db/migration/R__view.sql": view})
    repo.git("checkout", "--quiet", "feature")
    repo.git("merge", "--quiet", "main")
    repo.commit({"db/migration/R__view.sql": view.replace("email FROM", "id, email FROM")})
    assert since() == []


def test_a_deleted_migration_is_told_at_the_one_before(repo: Repository, lint: Lint) -> None:
    (repo.folder / "db/migration/V2__index.sql").unlink()
    run = lint("--changed-since=main", "--format=json")
    (found,) = run.document["findings"]
    assert run.status == 1
    assert (found["code"], found["path"]) == ("MIG615", "db/migration/V1__users.sql")
    assert "db/migration/V2__index.sql, which main has, is gone" in found["message"]
    plant(
        repo.folder,
        {"db/migration/V1__users.sql": f"-- migralint: ignore-file[MIG615] never ran\n{USERS}"},
    )
    assert all(
        each["suppressed"]
        for each in lint("--changed-since=main", "--format=json").document["findings"]
        if each["code"] == "MIG615"
    )


@pytest.mark.parametrize("staged", [True, False])
def test_a_renamed_migration_is_told(repo: Repository, since: Since, staged: bool) -> None:
    old, new = (repo.folder / f"db/migration/V{number}__index.sql" for number in (2, 3))
    old.rename(new)
    if staged:
        repo.git("add", "--all")
    assert since() == ["MIG101 db/migration/V3__index.sql", "MIG615 db/migration/V3__index.sql"]


def test_two_of_one_day(tmp_path: Path, since: Since, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repository(tmp_path / "repo")
    monkeypatch.chdir(repo.folder)
    files = [f"migrations/{name}.sql" for name in ("20250101_a", "20250102_b", "20250102_c")]
    repo.commit(dict(zip(files, (USERS, INDEX, OTHER), strict=True)))
    repo.git("checkout", "--quiet", "-b", "feature")
    (repo.folder / files[1]).unlink()
    assert since() == [f"MIG615 {files[0]}"]


def test_a_moved_folder_renames_nothing(repo: Repository, since: Since) -> None:
    (repo.folder / "db" / "migration").rename(repo.folder / "db" / "migrations")
    repo.git("add", "--all")
    assert [each for each in since() if each.startswith("MIG615")] == []


REVISION = """
from alembic import op
import sqlalchemy as sa
revision = "{id}"
down_revision = {down!r}
def upgrade():
    {up}
def downgrade():
    pass
"""
CREATE = 'op.create_table("users", sa.Column("id", sa.Integer()), sa.Column("email", sa.Text()))'
ADD = 'op.create_index("i_{id}", "users", ["email"])'


def revision(id: str, down: str | None, up: str = ADD) -> dict[str, str | bytes]:
    text = REVISION.format(id=id, down=down, up=up.format(id=id))
    return {f"alembic/versions/{id}_x.py": text}


@pytest.fixture
def alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repo = Repository(tmp_path / "repo")
    monkeypatch.chdir(repo.folder)
    env = "from alembic import context\ncontext.configure()\nwith context.begin_transaction():\n"
    repo.commit(
        {
            "alembic.ini": "[alembic]\nscript_location = alembic\n",
            "alembic/env.py": f"{env}    context.run_migrations()\n",
            **revision("aa", None, CREATE),
            **revision("bb", "aa"),
        }
    )
    repo.git("checkout", "--quiet", "-b", "feature")
    return repo


def test_revisions(alembic: Repository, since: Since) -> None:
    alembic.commit(revision("cc", "bb"))
    assert since() == ["MIG101 alembic/versions/cc_x.py"]
    # Another order of what is not merged, and another name of a file, are no edits.
    alembic.commit({**revision("dd", "bb"), **revision("cc", "dd")})
    alembic.git("mv", "alembic/versions/bb_x.py", "alembic/versions/bb_other.py")
    assert [each for each in since() if each.startswith("MIG615")] == []
    text = (alembic.folder / "alembic/versions/bb_other.py").read_text()
    plant(alembic.folder, {"alembic/versions/bb_other.py": text.replace("i_bb", "i_of_bb")})
    assert "MIG615 alembic/versions/bb_other.py" in since()


def test_env_py_judges_no_history(alembic: Repository, lint: Lint) -> None:
    text = (alembic.folder / "alembic/env.py").read_text()
    alembic.commit({"alembic/env.py": f"# more\n{text}"})
    run = lint("--changed-since=main")
    assert run.status == 0
    assert run.out == "No migrations changed since main (1 other file did)\n"


def test_the_new_revisions_are_one_transaction(alembic: Repository, since: Since) -> None:
    """Nobody else sees a table before the transaction ends that made it."""
    make = 'op.create_table("orders", sa.Column("email", sa.Text()))'
    alembic.commit(
        {**revision("cc", "bb", make), **revision("dd", "cc", ADD.replace("users", "orders"))}
    )
    assert since() == []
    assert since("alembic/versions/dd_x.py") == []


def test_only_new_changesets_of_a_file(
    tmp_path: Path, since: Since, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repository(tmp_path / "repo")
    monkeypatch.chdir(repo.folder)
    head = f"--liquibase formatted sql\n--changeset me:1\n{USERS}--changeset me:2\n{INDEX}"
    repo.commit({"changelog/one.sql": head})
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.commit({"changelog/one.sql": f"{head}--changeset me:3\n{OTHER}"})
    assert since() == ["MIG101 changelog/one.sql"]
    repo.commit({"changelog/one.sql": head.replace("email text", "email varchar")})
    assert since() == ["MIG615 changelog/one.sql"]


# After a migration


def test_start_after(repo: Repository, lint: Lint) -> None:
    repo.commit({"db/migration/V10__x.sql": OTHER})
    for name in ("2", "V2", "V2__index", "V2__index.sql", "db/migration/V2__index.sql"):
        run = lint(f"--start-after={name}", "--select=MIG101", "--format=json")
        assert run.said() == ["MIG101 db/migration/V10__x.sql"], name
    run = lint("--start-after=V10")
    assert (run.status, run.out) == (0, "No migrations come after V10\n")
    run = lint("--start-after=V2__indx")
    assert (run.status, run.out) == (2, "")
    assert "there is no migration V2__indx; did you mean V2__index?" in run.err


def test_start_after_in_a_graph(alembic: Repository, lint: Lint) -> None:
    """What a revision does not come from is judged, wherever it stands in the order."""
    alembic.commit({**revision("cc", "aa"), **revision("dd", "bb")})
    run = lint("--start-after=bb", "--select=MIG101", "--format=json")
    assert run.said() == ["MIG101 alembic/versions/cc_x.py", "MIG101 alembic/versions/dd_x.py"]


def test_start_after_in_the_configuration(repo: Repository, lint: Lint) -> None:
    plant(
        repo.folder,
        {
            "other/migrations/0001_a.sql": USERS,
            "other/migrations/0002_b.sql": INDEX,
            "migralint.toml": 'start-after = "V1__users"\n[[migrations]]\n'
            'path = "other/migrations"\nstart-after = "0002"\n',
        },
    )
    run = lint("--select=MIG101", "--format=json")
    assert run.said() == ["MIG101 db/migration/V2__index.sql"]
    plant(repo.folder, {"migralint.toml": 'start-after = "V7"\n'})
    assert lint("--select=MIG101").status == 2
    # It may speak of another history than that of the files that are named.
    assert lint("--select=MIG101", "other/migrations/0002_b.sql").status == 1
