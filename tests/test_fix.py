"""Fixes: what they make of files, that they end, and that nothing else changes."""

from __future__ import annotations

import codecs
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migralint import config, engine, fix, pages, tools
from migralint.finding import Finding
from migralint.tools import atlas_sum
from tests.test_pages import ALL, MARK, Case, shown

NAMED = {
    "atlas": ("2025010{n}000000_x.sql", None),
    "dbmate": ("2025010{n}000000_x.sql", None),
    "diesel": ("2025-01-0{n}-000000_x/up.sql", "2025-01-0{n}-000000_x/down.sql"),
    "flyway": ("V{n}__x.sql", None),
    "golang-migrate": ("00000{n}_x.up.sql", "00000{n}_x.down.sql"),
    "goose": ("0000{n}_x.sql", None),
    "liquibase": ("000{n}_x.sql", None),
    "prisma": ("2025010{n}000000_x/migration.sql", None),
    "sql": ("000{n}_x.sql", None),
    "sqlx": ("2025010{n}000000_x.up.sql", "2025010{n}000000_x.down.sql"),
    "supabase": ("2025010{n}000000_x.sql", None),
}
SECTIONS = {
    "dbmate": "-- migrate:up\n{up}\n-- migrate:down\n{down}",
    "goose": "-- +goose Up\n{up}\n-- +goose Down\n{down}",
    "liquibase": "--liquibase formatted sql\n--changeset me:1\n{up}{down}",
}
TABLES = (
    "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n"
    "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, note text);\n"
    "CREATE INDEX orders_note ON orders (note);\n"
)


def project(folder: Path, tool: str, up: str, down: str = "", *, before: str = TABLES) -> Path:
    """Two migrations: the tables, and what is to be fixed."""
    name, back = NAMED[tool]
    text = SECTIONS.get(tool, "{up}")
    scripts = ((before, "DROP TABLE orders;\nDROP TABLE users;\n"), (up, down))
    for number, (forward, backward) in enumerate(scripts, 1):
        if tool == "liquibase":
            backward = "".join(f"--rollback {line}\n" for line in backward.splitlines())
        path = folder / "m" / name.format(n=number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(up=forward, down=backward))
        if back is not None and backward:
            (folder / "m" / back.format(n=number)).write_text(backward)
    (folder / "migralint.toml").write_text(f'[[migrations]]\npath = "m"\ntool = "{tool}"\n')
    return folder


def fixed(folder: Path, *, unsafe: bool = True, paths: tuple[str, ...] = (".",)) -> fix.Outcome:
    here = config.load(str(folder), None)
    return fix.fixed(paths, here, cwd=str(folder), unsafe=unsafe)


def found(folder: Path) -> list[Finding]:
    here = config.load(str(folder), None)
    return [
        each
        for each in engine.check(["."], here, cwd=str(folder)).findings
        if each.suppressed is None
    ]


def texts(folder: Path, outcome: fix.Outcome) -> dict[str, str]:
    """What changed, by path from the folder of the migrations."""
    return {
        os.path.relpath(path, folder / "m").replace(os.sep, "/"): data.decode()
        for path, data in outcome.files.items()
    }


def written(folder: Path, tool: str, up: str, down: str = "") -> dict[str, str]:
    return texts(folder, fixed(project(folder, tool, up, down)))


INDEX = ("CREATE INDEX users_email ON users (email);\n", "DROP INDEX users_email;\n")
KEY = (
    "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id);\n",
    "ALTER TABLE orders DROP CONSTRAINT orders_user;\n",
)
UNIQUE = (
    "ALTER TABLE users ADD UNIQUE (email);\n",
    "ALTER TABLE users DROP CONSTRAINT users_email_key;\n",
)
NOT_NULL = (
    "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n",
    "ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;\n",
)
DROP = ("DROP INDEX orders_note;\n", "CREATE INDEX orders_note ON orders (note);\n")
MIXED = (
    "ALTER TABLE orders ADD COLUMN total int;\n" + INDEX[0],
    INDEX[1] + "ALTER TABLE orders DROP COLUMN total;\n",
)
CASES = {
    "index": INDEX,
    "key": KEY,
    "unique": UNIQUE,
    "not null": NOT_NULL,
    "drop": DROP,
    "mixed": MIXED,
}
STAY = {("supabase", "index"), ("supabase", "mixed"), ("supabase", "unique"), ("supabase", "drop")}
"""Supabase has no way to leave the transaction."""


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("tool", NAMED)
def test_every_tool_is_mended_in_its_own_way(tool: str, case: str, tmp_path: Path) -> None:
    folder = project(tmp_path, tool, *CASES[case])
    before = {each.code for each in found(folder)}
    assert before & {"MIG101", "MIG102", "MIG104", "MIG106", "MIG109"}
    outcome = fixed(folder)
    fix.write(outcome)
    # Flyway's own lock is a setting of the project, which no migration can change.
    left = {each.code for each in found(folder)} - {"MIG408"}
    assert left == (before - {"MIG119"} if (tool, case) in STAY else set())
    assert not fixed(folder).files, "a second run has nothing to do"


def test_golang_migrate_takes_files_of_their_own(tmp_path: Path) -> None:
    assert written(tmp_path, "golang-migrate", *MIXED) == {
        "000002_x.up.sql": "SET LOCAL lock_timeout = '5s';\n"
        "ALTER TABLE orders ADD COLUMN total int;\n",
        "000002_x.down.sql": "ALTER TABLE orders DROP COLUMN total;\n",
        "000003_create_users_email.up.sql": "CREATE INDEX CONCURRENTLY users_email ON users"
        " (email);\n",
        "000003_create_users_email.down.sql": "DROP INDEX CONCURRENTLY users_email;\n",
    }


def test_goose_leaves_the_transaction_in_the_file(tmp_path: Path) -> None:
    assert written(tmp_path, "goose", *UNIQUE) == {
        "00002_x.sql": "-- +goose NO TRANSACTION\n-- +goose Up\n"
        "CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);\n"
        "SET lock_timeout = '5s';\n"
        "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;\n"
        "\n-- +goose Down\nALTER TABLE users DROP CONSTRAINT users_email_key;\n"
    }


def test_not_null_is_proven_first(tmp_path: Path) -> None:
    assert written(tmp_path, "dbmate", *NOT_NULL) == {
        "20250102000000_x.sql": "-- migrate:up\nSET LOCAL lock_timeout = '5s';\n"
        "ALTER TABLE orders ADD CONSTRAINT orders_note_not_null CHECK (note IS NOT NULL)"
        " NOT VALID;\n"
        "\n-- migrate:down\nALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_note_not_null;\n",
        "20250102000001_validate_orders_note_not_null.sql": "-- migrate:up\n"
        "ALTER TABLE orders VALIDATE CONSTRAINT orders_note_not_null;\n"
        "\n-- migrate:down\n"
        "-- Nothing to undo: this changes no data and nothing that could be taken back.\n",
        "20250102000002_orders_note_not_null.sql": "-- migrate:up\nSET LOCAL lock_timeout = '5s';\n"
        "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n"
        "ALTER TABLE orders DROP CONSTRAINT orders_note_not_null;\n"
        "\n-- migrate:down\nALTER TABLE orders ALTER COLUMN note DROP NOT NULL;\n",
    }


def test_diesel_and_flyway_say_it_beside(tmp_path: Path) -> None:
    assert written(tmp_path / "diesel", "diesel", *INDEX)["2025-01-02-000000_x/metadata.toml"] == (
        "run_in_transaction = false\n"
    )
    reindex = written(tmp_path / "flyway", "flyway", "REINDEX TABLE users;\n")
    assert reindex == {
        "V2__x.sql": "REINDEX TABLE CONCURRENTLY users;\n",
        "V2__x.sql.conf": "executeInTransaction=false\n",
    }


def test_liquibase_goes_on_in_the_file(tmp_path: Path) -> None:
    folder = project(tmp_path, "liquibase", "")
    path = folder / "m/0002_x.sql"
    path.write_text(
        "--liquibase formatted sql\n"
        '--changeset "me too":1 labels:a runInTransaction:true\n'
        "ALTER TABLE orders ADD COLUMN total int;\n"
        "CREATE INDEX users_email ON users (email);\n"
        "--rollback DROP INDEX users_email;\n"
        "--rollback ALTER TABLE orders DROP COLUMN total;\n"
        "\n-- the next one\n--changeset me:1-2\n"
        "--preconditions onFail:MARK_RAN\n"
        "CREATE INDEX users_id ON users (id);\n"
    )
    assert texts(folder, fixed(folder)) == {
        "0002_x.sql": "--liquibase formatted sql\n"
        '--changeset "me too":1 labels:a runInTransaction:true\n'
        "SET LOCAL lock_timeout = '5s';\n"
        "ALTER TABLE orders ADD COLUMN total int;\n"
        "--rollback ALTER TABLE orders DROP COLUMN total;\n"
        '\n--changeset "me too":1-2 labels:a runInTransaction:false\n'
        "CREATE INDEX CONCURRENTLY users_email ON users (email);\n"
        "--rollback DROP INDEX CONCURRENTLY users_email;\n"
        "\n-- the next one\n--changeset me:1-2\n"
        "--preconditions onFail:MARK_RAN\n"
        "CREATE INDEX users_id ON users (id);\n"
    }


def test_atlas_sum_is_kept_true(tmp_path: Path) -> None:
    folder = project(tmp_path, "atlas", *MIXED)
    files = {path.name: path.read_bytes() for path in (folder / "m").iterdir()}
    (folder / "m/atlas.sum").write_text(atlas_sum.sealed(files))
    assert not [each for each in found(folder) if each.code.startswith("MIG6")]
    outcome = fixed(folder)
    assert "atlas.sum" in texts(folder, outcome)
    fix.write(outcome)
    assert not found(folder)
    (folder / "m/atlas.sum").write_text("h1:wrong=\n20250101000000_x.sql h1:wrong=\n")
    (folder / "m/20250103000000_y.sql").write_text("REINDEX TABLE users;\n")
    assert "atlas.sum" not in texts(folder, fixed(folder))


def test_what_was_merged_since_is_not_overtaken(tmp_path: Path) -> None:
    """A new migration comes after all others; another one that is there already may rely on what
    this one makes."""
    folder = project(tmp_path, "golang-migrate", *MIXED)
    (folder / "m/000003_later.up.sql").write_text("SELECT 1;\n")
    outcome = fixed(folder)
    assert set(texts(folder, outcome)) == {"000002_x.up.sql"}
    assert [each.code for each in outcome.report.findings] == ["MIG101"]


# What is safe


def test_only_what_is_safe(tmp_path: Path) -> None:
    up = "-- migralint: transaction=none\n" + INDEX[0] + KEY[0]
    folder = project(tmp_path, "sql", up)
    outcome = fixed(folder, unsafe=False)
    assert texts(folder, outcome) == {
        "0002_x.sql": "-- migralint: transaction=none\n"
        "CREATE INDEX CONCURRENTLY users_email ON users (email);\n"
        "SET lock_timeout = '5s';\n"
        "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id)"
        " NOT VALID;\n"
        "ALTER TABLE orders VALIDATE CONSTRAINT orders_user;\n"
    }
    other = fixed(project(tmp_path / "wrapped", "sql", INDEX[0]), unsafe=False)
    assert other.files == {}


@pytest.mark.parametrize(
    "up",
    [
        "DO $$ BEGIN CREATE INDEX users_email ON users (email); END $$;\n",
        "BEGIN;\nCREATE INDEX users_email ON users (email);\nCOMMIT;\n",
        "-- migralint: ignore[MIG101] small\nCREATE INDEX users_email ON users (email);\n",
        "ALTER TABLE users ADD COLUMN at timestamptz DEFAULT clock_timestamp();\n",
    ],
    ids=["conditional", "own transaction", "ignored", "people decide"],
)
def test_what_is_left_to_people(up: str, tmp_path: Path) -> None:
    assert "CONCURRENTLY" not in "".join(written(tmp_path, "sql", up).values())


@pytest.mark.parametrize(
    ("up", "wanted"),
    [
        ("-- migralint: ignore[MIG101] why\nSELECT 1;\n", "SELECT 1;\n"),
        ("SELECT 1; -- migralint: ignore[MIG101]\n", "SELECT 1;\n"),
        ("SELECT 1; /* migralint: ignore[MIG101] */ SELECT 2;\n", "SELECT 1; SELECT 2;\n"),
        (
            "DROP TABLE users; -- migralint: ignore[MIG204, MIG101, MIG119] old\n",
            "DROP TABLE users; -- migralint: ignore[MIG204, MIG119] old\n",
        ),
        (
            "DROP TABLE users; -- migralint: ignore[MIG204,MIG101]\n",
            "DROP TABLE users; -- migralint: ignore[MIG204]\n",
        ),
        (
            "-- not yet, migralint: ignore[MIG101]\nSELECT 1;\n",
            "-- not yet, migralint: ignore[MIG101]\nSELECT 1;\n",
        ),
    ],
)
def test_ignores_that_are_not_used_go(up: str, wanted: str, tmp_path: Path) -> None:
    folder = project(tmp_path, "sql", up)
    fix.write(fixed(folder, unsafe=False))
    text = (folder / "m/0002_x.sql").read_text().replace("SET LOCAL lock_timeout = '5s';\n", "")
    assert text == wanted


REVISION = """
from alembic import op
import sqlalchemy as sa

revision = "{id}"
down_revision = {down!r}


def upgrade() -> None:
{up}

def downgrade() -> None:
    pass
"""


def revisions(folder: Path, up: str) -> Path:
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = .\n")
    (folder / "versions").mkdir()
    before = "".join(f"    op.execute({line!r})\n" for line in TABLES.splitlines())
    first = REVISION.format(id="a", down=None, up=before)
    (folder / "versions/a.py").write_text(first)
    (folder / "versions/b.py").write_text(REVISION.format(id="b", down="a", up=up))
    return folder


ALEMBIC = {
    "index": (
        """    op.create_index(
        "users_email", "users", [sa.text("lower(email)")],  # one each
        unique=True, if_not_exists=True,
    )
""",
        """    with op.get_context().autocommit_block():
        op.create_index(
            "users_email", "users", [sa.text("lower(email)")],  # one each
            unique=True, postgresql_concurrently=True,
        )
""",
    ),
    "sql": (
        """    op.execute('''
        CREATE INDEX users_email
          ON users (email)
    ''')
""",
        """    with op.get_context().autocommit_block():
        op.execute('''
        CREATE INDEX CONCURRENTLY users_email
          ON users (email)
    ''')
""",
    ),
    "line by line": (
        """    op.create_check_constraint(
        "ck",
        "orders",
        "note <> ''",  # as the form says
    )
""",
        """    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_check_constraint(
        "ck",
        "orders",
        "note <> ''",  # as the form says
        postgresql_not_valid=True,
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck")
""",
    ),
    "key": (
        """    op.create_foreign_key("fk", "orders", "users", ["user_id"], ["id"])
""",
        """    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_foreign_key("fk", "orders", "users", ["user_id"], ["id"], postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk")
""",
    ),
    "not null": (
        """    op.alter_column("orders", "note", existing_type=sa.Text(), nullable=False)  # at last
""",
        """    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE orders ADD CONSTRAINT orders_note_not_null CHECK (note IS NOT NULL) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_note_not_null")
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.alter_column("orders", "note", existing_type=sa.Text(), nullable=False)
    op.execute("ALTER TABLE orders DROP CONSTRAINT orders_note_not_null")  # at last
""",
    ),
    "unique": (
        """    op.create_unique_constraint("uq", "users", ["email"])
""",
        """    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY uq ON users (email)")
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE users ADD CONSTRAINT uq UNIQUE USING INDEX uq")
""",
    ),
    "left alone": (
        """    for name in ("a", "b"):
        op.create_index(name, "users", ["email"])
    with op.batch_alter_table("users") as batch:
        batch.create_index("c", ["email"])
    op.execute("CREATE INDEX d ON users (email); CREATE INDEX e ON users (id)")
    op.create_index("f", "users", ["id"]); op.create_index("g", "users", ["id"])
""",
        None,
    ),
}


@pytest.mark.parametrize("case", ALEMBIC)
def test_revisions_of_alembic(case: str, tmp_path: Path) -> None:
    up, wanted = ALEMBIC[case]
    folder = revisions(tmp_path, up)
    outcome = fixed(folder)
    fix.write(outcome)
    text = (folder / "versions/b.py").read_text()
    assert text == REVISION.format(id="b", down="a", up=up if wanted is None else wanted)
    assert not fixed(folder).files
    assert wanted is None or not found(folder)


# Every other byte


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")],
)
def test_other_bytes_stay(mark: bytes, encoding: str, tmp_path: Path) -> None:
    folder = project(tmp_path, "sql", "")
    head = "-- migralint: transaction=none\r\n-- Größe 🙂\r\n\tCREATE  INDEX\r\n"
    tail = " users_email ON users\t(email)  ;\r\nSELECT 'ü' ;\r-- end"
    path = folder / "m/0002_x.sql"
    path.write_bytes(mark + (head + tail).encode(encoding))
    fix.write(fixed(folder))
    wanted = head.rstrip() + " CONCURRENTLY\r\n" + tail
    assert path.read_bytes() == mark + wanted.encode(encoding)


def test_the_files_mode_stays(tmp_path: Path) -> None:
    folder = project(tmp_path, "golang-migrate", INDEX[0])
    path = folder / "m/000002_x.up.sql"
    path.chmod(0o640)
    fix.write(fixed(folder))
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in (folder / "m").iterdir() if "000002" in each.name) == [
        "000002_x.up.sql"
    ]


PIECES = [
    INDEX[0],
    "create unique index if not exists u2 on users(email) -- one each\n;\n",
    "CREATE INDEX ON orders (user_id) WHERE note IS NULL;\n",
    KEY[0],
    NOT_NULL[0],
    UNIQUE[0],
    "ALTER TABLE orders ADD CHECK (note <> ''), ADD COLUMN a int, ALTER note SET NOT NULL;\n",
    "ALTER TABLE orders ADD COLUMN ref bigint REFERENCES users ON DELETE CASCADE, ADD b int;\n",
    "DROP INDEX orders_note;\n",
    "ALTER TABLE users ADD COLUMN c int;\n",
    "UPDATE users SET email = lower(email);\n",
    "SELECT 'CREATE INDEX i ON users (email)';\n",
    "/* ; */ REINDEX TABLE orders;\n",
    "CREATE TABLE new (id int);\nCREATE INDEX new_id ON new (id);\n",
    "-- a comment\n",
    "ALTER TABLE users RENAME COLUMN email TO mail;\n",
]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=5, unique=True),
    tool=st.sampled_from(sorted(NAMED)),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_fixes_end_and_break_nothing(
    pieces: list[str], tool: str, ends: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = project(tmp_path_factory.mktemp("p"), tool, "".join(pieces))
    for path in (folder / "m").rglob("*.sql"):
        path.write_bytes(path.read_bytes().replace(b"\n", ends.encode()))
    before = found(folder)
    outcome = fixed(folder)
    fix.write(outcome)
    after = found(folder)
    assert not fixed(folder).files, "a second run has nothing to do"
    assert sum(each.code == "MIG001" for each in after) == 0

    def errors(findings: list[Finding]) -> int:
        return sum(each.severity == "error" for each in findings)

    assert errors(after) <= errors(before)
    assert len(outcome.fixed) == len(before) - len(after) or outcome.fixed or before == after
    for path, data in outcome.files.items():
        assert ends == "\n" or not re.search(rb"(?<!\r)\n", data), path
    # What no finding was about is there still, word for word.
    whole = b"".join(path.read_bytes() for path in sorted((folder / "m").rglob("*.sql")))
    for piece in pieces:
        if piece.startswith(("ALTER TABLE users ADD COLUMN c", "UPDATE", "SELECT", "-- a")):
            assert piece.replace("\n", ends).encode() in whole


BAD = [
    (page, case)
    for page, case in ALL
    if case.kind == "bad" and case.tool in tools.FIXED and not case.discover
]


@pytest.mark.parametrize(
    ("page", "case"), BAD, ids=[f"{page.name}-{case.name}" for page, case in BAD]
)
def test_pages(page: pages.Page, case: Case, tmp_path: Path) -> None:
    """What is bad on a page: mended where it can be, as the page shows it, and never made worse."""
    asked = []
    for file in case.files:
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = re.sub(rf"[ \t]*{MARK.pattern}", "", file.text)
        path.write_bytes(text.encode(file.encoding))
        if file.checked:
            asked.append(file.path)
    version = case.versions[0]
    here = config.Settings(extend_select=(page.code,), postgres_version=version)

    def run() -> fix.Outcome:
        return fix.fixed(asked, here, cwd=str(tmp_path), unsafe=True, tool=case.tool)

    before = engine.check(asked, here, cwd=str(tmp_path), tool=case.tool).findings
    outcome = run()
    fix.write(outcome)
    names = sorted(os.path.relpath(path, tmp_path) for path in outcome.files)
    if case.fixed:
        got = [shown((tmp_path / name).read_text(), case.tool) for name in names]
        assert got == [shown(text, case.tool) for text in case.fixed]
    asked += [name for name in names if name.endswith((".sql", ".py")) and name not in asked]
    assert not run().files, "a second run has nothing to do"
    after = outcome.report.findings
    assert {each.code for each in after} <= {each.code for each in before} | {"MIG408"}


# Ignore comments


@pytest.mark.parametrize("tool", NAMED)
def test_every_finding_can_be_ignored(tool: str, tmp_path: Path) -> None:
    folder = project(tmp_path, tool, MIXED[0] + KEY[0], MIXED[1])
    ran = command(folder, "--add-ignore", "for the night")
    assert ran.returncode == 0, ran.stdout
    assert not found(folder)
    again = command(folder, "--add-ignore", "once more")
    assert again.stdout.endswith("0 ignored.\n")
    whole = "".join(path.read_text() for path in (folder / "m").rglob("*.sql"))
    assert whole.count("migralint: ignore[") == whole.count("] for the night") >= 2


def test_revisions_get_comments_of_python(tmp_path: Path) -> None:
    folder = revisions(tmp_path, ALEMBIC["index"][0])
    assert command(folder, "--add-ignore", "small").returncode == 0
    text = (folder / "versions/b.py").read_text()
    assert "    # migralint: ignore[MIG101] small\n    op.create_index(\n" in text


# The command line


def command(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migralint", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_diff_changes_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path, "golang-migrate", *INDEX)
    ran = command(folder, "--diff", "--unsafe-fixes")
    assert ran.returncode == 1
    assert ran.stdout == (
        "--- m/000002_x.up.sql\n"
        "+++ m/000002_x.up.sql\n"
        "@@ -1 +1 @@\n"
        "-CREATE INDEX users_email ON users (email);\n"
        "+CREATE INDEX CONCURRENTLY users_email ON users (email);\n"
    )
    assert ran.stderr == "migralint: 1 would be fixed, in 1 file.\n"
    assert (folder / "m/000002_x.up.sql").read_text() == INDEX[0]


def test_fix_says_what_it_did(tmp_path: Path) -> None:
    folder = project(tmp_path, "goose", *MIXED)
    ran = command(folder, "--fix", "--format", "concise")
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1] == "1 fixed, in 1 file."
    assert "1 can be fixed with --fix --unsafe-fixes." in ran.stdout
    ran = command(folder, "--fix", "--unsafe-fixes", "--format", "json")
    assert ran.returncode == 0
    assert '"findings":[]' in ran.stdout
    assert ran.stderr.endswith("1 fixed, in 2 files.\n")


def test_json_says_what_can_be_fixed(tmp_path: Path) -> None:
    folder = project(tmp_path, "golang-migrate", *INDEX)
    assert '"fixable":true' in command(folder, "--format", "json").stdout


def test_standard_input_is_shown_as_a_difference(tmp_path: Path) -> None:
    folder = project(tmp_path, "golang-migrate", "")
    name = "m/000002_x.up.sql"
    ran = command(folder, "--diff", "--stdin-filename", name, "-", stdin=INDEX[0])
    assert ran.stdout.splitlines()[-1] == "+" + INDEX[0].strip().replace(
        "INDEX", "INDEX CONCURRENTLY"
    )
    assert command(folder, "--fix", "-", stdin=INDEX[0]).returncode == 2


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    folder = project(tmp_path, "golang-migrate", *INDEX)
    (folder / "m/000002_x.up.sql.migralint").mkdir()
    ran = command(folder, "--fix")
    assert ran.returncode == 2
    assert "cannot write" in ran.stderr
    assert (folder / "m/000002_x.up.sql").read_text() == INDEX[0]
