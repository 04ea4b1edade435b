"""The hook under the real pre-commit, which installs this repository into an environment of its
own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from needs import missing, need
from trees import plant

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ("migralint", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
"""What pip makes the package of."""

TABLE = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX users_email ON users (email);\n"
GO = "module shop\n\nrequire github.com/golang-migrate/migrate/v4 v4.17.0\n"
ALEMBIC = '''"""a step"""

from alembic import op

revision = "{id}"
down_revision = {down!r}


def upgrade():
    {up}


def downgrade():
    pass
'''
KNEX = {
    "package.json": '{"dependencies": {"knex": "^3.1.0", "pg": "^8.11.0"}}\n',
    "knexfile.ts": 'export default { client: "pg", migrations: { directory: "./migrations" } };\n',
    "migrations/20250101000000_users.ts": """\
export async function up(knex) {
  await knex.schema.createTable("users", (table) => { table.text("email"); });
}
export async function down(knex) {
  await knex.schema.dropTable("users");
}
""",
    "migrations/20250102000000_é mail.ts": """\
export async function up(knex) {
  await knex.schema.alterTable("users", (table) => { table.index(["email"], "mails"); });
}
export async function down(knex) {
  await knex.schema.alterTable("users", (table) => { table.dropIndex(["email"], "mails"); });
}
""",
}
"""A history of Knex in TypeScript; the last migration is found fault with in its second line."""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    return run("git", *who, *arguments, cwd=folder)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run share: building an environment takes long."""
    need("pre-commit", "pre_commit")
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def hooks(home: Path) -> tuple[Path, str]:
    """A repository with what is in this folder now, and its commit."""
    there = home / "hooks"
    if not there.exists():
        made = home / f"hooks-{os.getpid()}"
        made.mkdir()
        for name in PACKAGE:
            if (ROOT / name).is_dir():
                shutil.copytree(
                    ROOT / name, made / name, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(ROOT / name, made / name)
        git(made, "init", "--quiet")
        git(made, "add", "--all", "--force")
        git(made, "commit", "--quiet", "--message=all")
        try:
            made.rename(there)
        except OSError:  # another process was faster
            shutil.rmtree(made)
    return there, git(there, "rev-parse", "HEAD")


@pytest.fixture(scope="session")
def installed(home: Path, hooks: tuple[Path, str]) -> Path:
    """Where pre-commit has the hook installed."""
    folder = home / f"empty-{os.getpid()}"
    folder.mkdir()
    git(folder, "init", "--quiet")
    configure(folder, hooks)
    store = home / "store"
    done = pre_commit(folder, store, "install-hooks")
    if done.returncode:
        missing("pre-commit", f"a pip that finds packages for pre-commit ({done.stdout[-500:]})")
    return store


def configure(
    folder: Path, hooks: tuple[Path, str], arguments: str = "", hook: str = "migralint"
) -> None:
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks[0]}\n  rev: {hooks[1]}\n  hooks:\n  - id: {hook}\n{arguments}"
    )


def pre_commit(folder: Path, store: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "PRE_COMMIT", "COV_", "MIGRALINT_", "SKIP"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments, "--color=never"],
        cwd=folder,
        env={**inherited, "PRE_COMMIT_HOME": str(store)},
        capture_output=True,
        text=True,
    )


class Repository:
    """Somebody's repository that has the hook."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder = folder
        self._store = store

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git(self.folder, "add", "--all")

    def commit(self, files: dict[str, str]) -> None:
        self.write(files)
        git(self.folder, "commit", "--quiet", "--message=all", "--no-verify")

    def run(self, *arguments: str) -> tuple[int, str]:
        """What the hook says of what is staged."""
        done = pre_commit(self.folder, self._store, "run", "--verbose", *arguments)
        assert done.stderr == ""
        return done.returncode, done.stdout


@pytest.fixture
def repository(tmp_path: Path, hooks: tuple[Path, str], installed: Path) -> Repository:
    git(tmp_path, "init", "--quiet")
    configure(tmp_path, hooks, "    args: [--no-cache, --format=concise]\n")
    return Repository(tmp_path, installed)


@pytest.mark.parametrize("hook", ["migralint", "migralint-fix"])
def test_the_repository_can_be_tried(
    hook: str, tmp_path: Path, hooks: tuple[Path, str], home: Path
) -> None:
    """As the manual of pre-commit has authors of hooks do it; it builds an environment anew."""
    there = tmp_path / "a shop, né 店"
    plant(
        there,
        {"my db/migration/V1__users.sql": TABLE, "my db/migration/V2__é ü.sql": INDEX},
    )
    plant(there / "web app", KNEX)
    git(there, "init", "--quiet")
    git(there, "add", "--all")
    done = pre_commit(
        there, home / "store", "try-repo", str(hooks[0]), hook, "--all-files", "--verbose"
    )
    if "Could not find a version" in done.stdout:
        missing("pre-commit", "a pip that finds packages for pre-commit")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error[MIG101]" in done.stdout
    assert " --> my db/migration/V2__é ü.sql:1:1" in done.stdout
    assert " --> web app/migrations/20250102000000_é mail.ts:2:" in done.stdout


def test_a_staged_file_is_judged_by_its_history(repository: Repository) -> None:
    repository.commit(
        {"db/migration/V1__users.sql": TABLE, "db/migration/V2__names.sql": INDEX.replace("_", "")}
    )
    repository.write({"db/migration/V3__index.sql": INDEX})
    status, said = repository.run()
    assert status == 1, said
    (line,) = [line for line in said.splitlines() if "MIG101" in line]
    assert line.startswith("db/migration/V3__index.sql:1:1: ")
    assert "blocks writes to users" in line
    assert "ssumed" not in line  # the table is known from the file that is not staged
    assert "V2__names.sql" not in said


def test_a_table_of_the_same_migration_is_nobodys_yet(repository: Repository) -> None:
    repository.commit({"db/migration/V1__nothing.sql": "SELECT 1;\n"})
    repository.write({"db/migration/V2__users.sql": TABLE + INDEX})
    status, said = repository.run()
    assert "MIG101" not in said
    assert status == 0, said


def test_a_revision_of_alembic(repository: Repository) -> None:
    create = 'op.execute("CREATE TABLE users (id int)")'
    repository.commit(
        {
            "alembic.ini": "[alembic]\nscript_location = alembic\n",
            "alembic/env.py": "from alembic import context\n",
            "alembic/versions/a_users.py": ALEMBIC.format(id="a", down=None, up=create),
        }
    )
    up = 'op.create_index("users_id", "users", ["id"])'
    repository.write({"alembic/versions/b_index.py": ALEMBIC.format(id="b", down="a", up=up)})
    status, said = repository.run()
    assert status == 1, said
    (line,) = [line for line in said.splitlines() if "MIG101" in line]
    assert line.startswith("alembic/versions/b_index.py:")
    assert "ssumed" not in line
    # A staged env.py is handed over too, and is no migration.
    repository.commit({})
    repository.write({"alembic/env.py": "from alembic import context\n\nprint(context)\n"})
    assert repository.run()[0] == 0


def test_a_migration_of_knex_in_typescript(repository: Repository) -> None:
    names = sorted(name for name in KNEX if name.startswith("migrations/"))
    repository.commit({name: text for name, text in KNEX.items() if name != names[1]})
    repository.write({names[1]: KNEX[names[1]]})
    status, said = repository.run()
    assert status == 1, said
    (line,) = [line for line in said.splitlines() if "MIG101" in line]
    assert line.startswith(f"{names[1]}:2:")
    # What is staged beside, and sends nothing, is passed over.
    repository.commit({})
    repository.write({"migrations/helpers/names.ts": "export const users = 'users';\n"})
    status, said = repository.run()
    assert (status, "MIG" in said) == (0, False), said


def test_what_is_safe_is_mended(repository: Repository, hooks: tuple[Path, str]) -> None:
    configure(repository.folder, hooks, "    args: [--no-cache]\n", "migralint-fix")
    repository.commit({"migrations/000001_users.up.sql": TABLE, "go.mod": GO})
    repository.write({"migrations/000002_index.up.sql": INDEX})
    status, said = repository.run()
    assert status == 1, said
    assert "files were modified by this hook" in said
    text = (repository.folder / "migrations/000002_index.up.sql").read_text()
    assert text == INDEX.replace("INDEX", "INDEX CONCURRENTLY")
    git(repository.folder, "add", "--all")
    assert repository.run()[0] == 0


def test_a_repository_without_migrations(repository: Repository) -> None:
    repository.write({"app.py": "import os\n", "a.sql": "SELECT 1;\n"})
    status, said = repository.run()
    assert status == 0
    assert "no files to check" in said


def test_sql_that_is_no_migration_is_passed_over(repository: Repository) -> None:
    """It lies where the hook looks, and in no history."""
    files = {"src/migrations/helpers/report.sql": "DROP TABLE users;\n"}
    repository.write({**files, "src/migrations/helpers/tools.py": "import os\n"})
    status, said = repository.run()
    assert status == 0, said
    assert "Passed" in said
    assert "MIG" not in said
    assert "warning" not in said


@pytest.mark.parametrize(
    "folder",
    ["my service/db/migration", "приложение/migrations/日本", "-x/migrations", "a'b;&/migrations"],
)
def test_names_of_every_kind(repository: Repository, folder: str) -> None:
    names = [f"{folder}/V{number}__é ü.sql" for number in (1, 2)]
    repository.write(dict(zip(names, (TABLE, INDEX), strict=True)))
    status, said = repository.run()
    assert status == 1, said
    assert [line.split(":")[0] for line in said.splitlines() if "MIG101" in line] == [names[1]]


def test_what_is_excluded_stays_so(repository: Repository) -> None:
    files = {"db/migration/V1__users.sql": TABLE, "db/migration/V2__index.sql": INDEX}
    repository.write({**files, "migralint.toml": 'exclude = ["V2__*"]\n'})
    status, said = repository.run()
    assert "MIG101" not in said
    assert status == 0, said
    repository.write({"migralint.toml": ""})
    assert repository.run()[0] == 1


def test_a_configuration_that_is_wrong_fails(repository: Repository) -> None:
    repository.write({"db/migration/V1__users.sql": TABLE, "migralint.toml": "selct = []\n"})
    status, said = repository.run()
    assert status == 1
    assert 'did you mean "select"?' in said


def test_one_process_sees_all_files(repository: Repository) -> None:
    repository.write(
        {f"db/migration/V{number}__a.sql": f"CREATE TABLE t{number} ();\n" for number in range(300)}
    )
    status, said = repository.run("--all-files")
    assert said.count("300 migrations") == 1
    assert status in (0, 1)
