"""What the rules' pages do not show: one cause gives one finding, advice is possible in the tool at
hand, and what is known of timeouts, versions and history."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import engine
from migralint.config import Settings, Tables
from migralint.finding import Finding

EARLIER = """
CREATE TABLE users (id bigint PRIMARY KEY, email text, age int, country_id int);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id),
  total numeric(10, 2));
CREATE TABLE countries (id int PRIMARY KEY, name text);
CREATE INDEX users_email_idx ON users (email);
CREATE TABLE events (id bigint, day date NOT NULL, kind text) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
"""
QUIET = ("MIG119",)


def found(
    sql: str, *, tool: str = "sql", version: int = 16, path: str | None = None, **settings: object
) -> list[Finding]:
    """The findings on one migration after EARLIER."""
    names = {"sql": ("0001_a.sql", "0002_b.sql")}
    first, second = names.get(tool, names["sql"])
    report = engine.check_files(
        {first: EARLIER, path or second: sql},
        Settings(**settings),  # type: ignore[arg-type]
        tool=tool,
        version=version,
        checked={path or second},
    )
    assert not report.crashes
    return [each for each in report.findings if each.suppressed is None]


def codes(sql: str, **more: object) -> list[str]:
    return [each.code for each in found(sql, **more) if each.code not in QUIET]  # type: ignore[arg-type]


# One cause, one finding


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("ALTER TABLE users ADD a int NOT NULL UNIQUE REFERENCES countries (id)", ["MIG301"]),
        ("ALTER TABLE users ADD COLUMN a int NOT NULL CHECK (a > 0)", ["MIG301"]),
        ("ALTER TABLE users ADD COLUMN a serial NOT NULL", ["MIG111"]),
        ("ALTER TABLE users ADD COLUMN a int DEFAULT random() CHECK (a > 0)", ["MIG111"]),
        ("ALTER TABLE users ADD CONSTRAINT k UNIQUE (email)", ["MIG106"]),
        ("ALTER TABLE users ADD FOREIGN KEY (country_id) REFERENCES countries", ["MIG104"]),
        ("CREATE UNIQUE INDEX i ON users (email)", ["MIG101"]),
        ("ALTER TABLE orders ALTER COLUMN total TYPE numeric(8, 2)", ["MIG110"]),
        ("ALTER TABLE users ALTER COLUMN email SET NOT NULL", ["MIG109"]),
        ("ALTER TABLE no_such ADD COLUMN a int NOT NULL", ["MIG608"]),
        ("CREATE INDEX users_email_idx ON users (email)", ["MIG609"]),
        ("DROP TABLE users", ["MIG305"]),
        ("DROP TABLE countries", ["MIG204"]),
        ("BEGIN; CREATE INDEX CONCURRENTLY i ON users (age); COMMIT", ["MIG401"]),
        ("TRUNCATE users, orders", ["MIG303"]),
        ("DELETE FROM orders", ["MIG304"]),
        ("UPDATE users SET age = 1", ["MIG701"]),
        ("ALTER TABLE users ADD COLUMN a int; UPDATE users SET a = age", ["MIG702"]),
        ("ALTER TABLE users ADD COLUMN a int; UPDATE orders SET total = 1", ["MIG121"]),
        ("ALTER TABLE users DROP COLUMN email, DROP COLUMN age", ["MIG203"]),
        ("ALTER TABLE orders SET UNLOGGED; ALTER TABLE orders SET LOGGED", ["MIG114"]),
        ("ALTER TABLE users ADD COLUMN a int; ALTER TABLE users DROP COLUMN a", []),
        ("ALTER TABLE users ADD COLUMN a int; ALTER TABLE users RENAME COLUMN a TO b", []),
        ("ALTER TABLE users ADD COLUMN a int DEFAULT 5 NOT NULL", []),
        ("ALTER TABLE users ADD COLUMN a int REFERENCES countries (id)", []),
        ("CREATE TABLE t (); ALTER TABLE t ADD a int NOT NULL; CREATE INDEX ON t (a)", []),
        ("CREATE TABLE t (id int REFERENCES countries); CREATE UNIQUE INDEX ON t (id)", []),
        ("CREATE INDEX IF NOT EXISTS users_email_idx ON users (email)", []),
        ("DELETE FROM orders; ALTER TABLE orders ADD COLUMN a int NOT NULL", ["MIG304"]),
        ("DROP TABLE IF EXISTS never_was; CREATE TABLE never_was (id int)", []),
        ("ALTER TABLE users SET (fillfactor = 9); ANALYZE users; COMMENT ON TABLE users IS ''", []),
        ("CREATE INDEX i ON ONLY events (kind)", []),
    ],
)  # fmt: skip
def test_one_cause_one_finding(sql: str, wanted: list[str]) -> None:
    assert codes(sql) == wanted


@pytest.mark.parametrize(
    ("tool", "path", "head"),
    [
        ("atlas", "20250102_b.sql", "-- atlas:txmode none\n"),
        ("sqlx", "20250102_b.sql", "\n-- no-transaction\n"),
    ],
)
def test_a_directive_that_nobody_sees_is_the_one_cause(tool: str, path: str, head: str) -> None:
    files = {"20250101_a.sql": EARLIER, path: f"{head}CREATE INDEX CONCURRENTLY i ON users (age);"}
    report = engine.check_files(files, tool=tool, version=16, checked={path})
    (finding,) = report.findings
    assert finding.code == "MIG008"
    assert "CONCURRENTLY" in finding.message
    alone = Settings(ignore=("MIG008",))
    report = engine.check_files(files, alone, tool=tool, version=16, checked={path})
    assert [each.code for each in report.findings] == ["MIG401"]


def test_a_guarded_statement_is_not_said_to_fail() -> None:
    guarded = """DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM information_schema.columns WHERE column_name = 'email') THEN
        ALTER TABLE users ADD COLUMN email text;
      END IF;
    END $$"""
    assert codes(guarded) == []


def test_small_tables_need_no_care() -> None:
    sql = "CREATE INDEX i ON users (age); UPDATE users SET age = 1;"
    assert codes(sql, tables=Tables(small=("users",))) == []
    assert codes(sql, tables=Tables(small=("public.users",))) == []
    assert codes("DROP TABLE countries", tables=Tables(small=("countries",))) == ["MIG204"]


# Advice


INDEX = "CREATE INDEX CONCURRENTLY i ON users (age);"
TOOLS = {
    "atlas": ("20250102_b.sql", f"-- atlas:txmode none\n\n{INDEX}", "atlas:txmode none"),
    "dbmate": (
        "20250102_b.sql",
        f"-- migrate:up transaction:false\n{INDEX}\n-- migrate:down\n",
        "transaction:false",
    ),
    "diesel": ("2025-02_b/up.sql", INDEX, "run_in_transaction = false"),
    "flyway": ("V2__b.sql", INDEX, "of its own"),
    "golang-migrate": ("000002_b.up.sql", INDEX, "alone in a migration"),
    "goose": ("00002_b.sql", f"-- +goose NO TRANSACTION\n-- +goose Up\n{INDEX}", "NO TRANSACTION"),
    "liquibase": (
        "002.sql",
        f"--liquibase formatted sql\n--changeset a:2 runInTransaction:false\n{INDEX}",
        "runInTransaction:false",
    ),
    "prisma": ("20250102_b/migration.sql", INDEX, "alone in a migration"),
    "sql": ("0002_b.sql", f"-- migralint: transaction=none\n{INDEX}", "transaction=none"),
    "sqlx": ("20250102_b.sql", f"-- no-transaction\n{INDEX}", "-- no-transaction"),
}
HEADS = {
    "dbmate": "-- migrate:up\n",
    "goose": "-- +goose Up\n",
    "liquibase": "--liquibase formatted sql\n--changeset a:2\n",
}


def in_tool(tool: str, path: str, sql: str) -> list[Finding]:
    """What is said of a migration of a tool about indexes, transactions and missing objects."""
    first = path.replace("02", "01", 1) if "02" in path else path.replace("2", "1", 1)
    files = {first: HEADS.get(tool, "").replace("a:2", "a:1") + EARLIER, path: sql}
    if tool == "diesel" and "CONCURRENTLY" in sql:
        files["2025-02_b/metadata.toml"] = "run_in_transaction = false\n"
    report = engine.check_files(files, tool=tool, version=16, checked={path})
    return [each for each in report.findings if each.code in ("MIG101", "MIG401", "MIG608")]


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_the_way_out_is_the_tools_own_and_leads_out(tool: str) -> None:
    path, good, phrase = TOOLS[tool]
    two = "SELECT 1;\nCREATE INDEX i ON users (age);\n"
    (finding,) = in_tool(tool, path, HEADS.get(tool, "") + two)
    assert finding.code == "MIG101"
    assert phrase in finding.help
    assert in_tool(tool, path, good) == []


@pytest.mark.parametrize("tool", ["drizzle", "supabase"])
def test_where_there_is_no_way_out_nobody_is_sent_there(tool: str) -> None:
    path = "20250102000000_b/migration.sql" if tool == "drizzle" else "20250102000000_b.sql"
    files = {path.replace("0102", "0101"): EARLIER, path: "CREATE INDEX i ON users (age);"}
    report = engine.check_files(files, tool=tool, version=16, checked={path})
    (finding,) = [each for each in report.findings if each.code == "MIG101"]
    assert finding.help.startswith("Run `CREATE INDEX CONCURRENTLY i ON users (age);` by hand")
    files[path] = INDEX
    report = engine.check_files(files, tool=tool, version=16, checked={path})
    (finding,) = [each for each in report.findings if each.code == "MIG401"]
    assert finding.severity == "error"
    assert "by hand" in finding.help


def test_nobody_is_sent_to_concurrently_on_a_partitioned_table() -> None:
    (finding,) = [
        each for each in found("CREATE INDEX i ON events (kind)") if each.code == "MIG101"
    ]
    assert "ON ONLY events" in finding.help
    assert "ATTACH PARTITION" in finding.help
    assert codes(
        "-- migralint: transaction=none\nCREATE INDEX CONCURRENTLY i ON events (kind)"
    ) == ["MIG305"]


def test_the_second_step_waits_for_another_deploy_where_all_run_in_one() -> None:
    check = "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0)"
    (finding,) = [each for each in found(check) if each.code == "MIG105"]
    assert "then, in another migration," in finding.help
    head = "-- migralint: transaction={}\n"
    (finding,) = [each for each in found(head.format("none") + check) if each.code == "MIG105"]
    assert "then, in a statement of its own," in finding.help
    (finding,) = [each for each in found(head.format("run") + check) if each.code == "MIG105"]
    assert "then, in a migration of a later deploy," in finding.help


def test_help_keeps_what_was_written() -> None:
    sql = """CREATE UNIQUE INDEX "Odd" ON users USING btree (lower(email) DESC NULLS LAST, age)
      INCLUDE (id) NULLS NOT DISTINCT WHERE age > 3"""
    (finding,) = [each for each in found(sql) if each.code == "MIG101"]
    assert (
        'CREATE UNIQUE INDEX CONCURRENTLY "Odd" ON users ((lower(email)) DESC NULLS LAST, age) '
        "INCLUDE (id) NULLS NOT DISTINCT WHERE age > 3;" in finding.help
    )
    sql = """ALTER TABLE ONLY public.users ADD FOREIGN KEY (country_id) REFERENCES countries (id)
      ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED"""
    (finding,) = [each for each in found(sql) if each.code == "MIG104"]
    assert (
        "ALTER TABLE public.users ADD CONSTRAINT users_country_id_fkey FOREIGN KEY (country_id) "
        "REFERENCES countries (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID;"
        in finding.help
    )


# Timeouts, as they are in effect


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("ALTER TABLE users ADD a int;\nSET lock_timeout = '1s';", [1]),
        ("SET lock_timeout = '1s';\nRESET lock_timeout;\nALTER TABLE users ADD a int;", [3]),
        ("SET lock_timeout = '1s';\nRESET ALL;\nALTER TABLE users ADD a int;", [3]),
        ("SET lock_timeout = '1s';\nALTER TABLE users ADD a int;", []),
        ("SELECT set_config('lock_timeout', '1s', false);\nALTER TABLE users ADD a int;", []),
        ("ALTER ROLE app SET lock_timeout = '1s';\nALTER TABLE users ADD a int;", [2]),
        (
            "BEGIN;\nSET LOCAL lock_timeout = '1s';\nCOMMIT;\nBEGIN;\n"
            "ALTER TABLE users ADD a int;\nCOMMIT;",
            [5],
        ),
        ("SET statement_timeout = '1s';\nALTER TABLE users ADD a int;", [2]),
        ("BEGIN;\nSET lock_timeout = '1s';\nROLLBACK;\nALTER TABLE users ADD a int;", [4]),
        (
            "BEGIN;\nSET LOCAL lock_timeout = '1s';\nRESET ALL;\nALTER TABLE users ADD a int;",
            [4],
        ),
        ("ALTER TABLE users ADD a int;\nALTER TABLE users ADD b int;\nDROP VIEW v;", [1]),
    ],
)
def test_lock_timeout(sql: str, lines: list[int]) -> None:
    places = [
        each.source.position(each.span.start)[0] for each in found(sql) if each.code == "MIG119"
    ]
    assert places == lines


ADD = "ALTER TABLE users ADD a int"


@pytest.mark.parametrize(
    ("before", "sql", "said"),
    [
        ("ALTER ROLE CURRENT_USER SET lock_timeout = '5s'", ADD, False),
        ("ALTER ROLE SESSION_USER SET lock_timeout = '5s'", ADD, False),
        ("ALTER ROLE ALL SET lock_timeout = '5s'", ADD, False),
        ("ALTER ROLE CURRENT_USER IN DATABASE shop SET lock_timeout = '5s'", ADD, False),
        ("ALTER DATABASE shop SET lock_timeout = '5s'", ADD, False),
        ("ALTER ROLE app SET lock_timeout = '5s'", ADD, True),
        ("ALTER ROLE CURRENT_USER SET lock_timeout = '5s'", f"SET lock_timeout = 0; {ADD}", True),
        ("ALTER ROLE CURRENT_USER SET lock_timeout = '5s'", f"RESET lock_timeout; {ADD}", False),
        ("ALTER ROLE CURRENT_USER SET lock_timeout = '5s'", f"RESET ALL; {ADD}", False),
        (
            "ALTER DATABASE shop SET lock_timeout = '5s'; ALTER ROLE CURRENT_USER SET"
            " lock_timeout = 0",
            ADD,
            True,
        ),
        (
            "ALTER ROLE ALL SET lock_timeout = 0; ALTER DATABASE shop SET lock_timeout = '5s'",
            ADD,
            False,
        ),
        (
            "ALTER DATABASE shop SET lock_timeout = '5s'; ALTER DATABASE shop RESET lock_timeout",
            ADD,
            True,
        ),
        (
            "ALTER DATABASE shop SET lock_timeout = '5s'; ALTER DATABASE shop RESET ALL",
            ADD,
            True,
        ),
        ("BEGIN; ALTER ROLE ALL SET lock_timeout = '5s'; ROLLBACK", ADD, True),
    ],
)
def test_what_roles_and_databases_have(before: str, sql: str, said: bool) -> None:
    files = {"0001_a.sql": EARLIER, "0002_b.sql": before, "0003_c.sql": sql}
    report = engine.check_files(files, tool="sql", version=16, checked={"0003_c.sql"})
    assert ("MIG119" in [each.code for each in report.findings]) == said


def test_the_runner_may_set_timeouts() -> None:
    assert not found("ALTER TABLE users ADD a int", timeouts="runner")


# Versions


@pytest.mark.parametrize(
    ("sql", "version", "wanted"),
    [
        ("ALTER TABLE events DETACH PARTITION events_2025", 13, []),
        ("ALTER TABLE events DETACH PARTITION events_2025", 14, ["MIG118"]),
        ("ALTER TABLE users SET ACCESS METHOD other", 14, ["MIG305"]),
        ("ALTER TABLE users SET ACCESS METHOD other", 15, ["MIG114"]),
        ("ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID", 17, ["MIG305"]),
        ("ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID", 18, []),
        ("ALTER TABLE users ADD CONSTRAINT n NOT NULL email", 18, ["MIG109"]),
        ("ALTER TABLE users ADD g text GENERATED ALWAYS AS (lower(email)) STORED", 17, ["MIG111"]),
        ("ALTER TABLE users ADD g text GENERATED ALWAYS AS (lower(email)) VIRTUAL", 18, []),
    ],
)
def test_versions(sql: str, version: int, wanted: list[str]) -> None:
    assert codes(sql, version=version) == wanted


def test_not_null_advice_follows_the_version() -> None:
    sql = "ALTER TABLE users ALTER COLUMN email SET NOT NULL"
    (before,) = [each for each in found(sql, version=17) if each.code == "MIG109"]
    (after,) = [each for each in found(sql, version=18) if each.code == "MIG109"]
    assert "CHECK (email IS NOT NULL) NOT VALID" in before.help
    assert "NOT NULL email NOT VALID" in after.help


# Every plan's operations, and what the findings name


def test_findings_name_relation_and_lock() -> None:
    (finding,) = [each for each in found("CREATE INDEX i ON users (age)") if each.code == "MIG101"]
    assert finding.relations == ("public.users",)
    assert finding.lock == "SHARE"
    assert finding.plan is not None
    assert not finding.plan.steps[0].in_transaction
    assert finding.confidence == "certain"


def test_atlas_is_not_sent_where_it_refuses_to_go(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "Makefile").write_text("\tatlas migrate apply --tx-mode all\n")
    (tmp_path / "m" / "atlas.sum").touch()
    (tmp_path / "m" / "1.sql").write_text(EARLIER)
    (tmp_path / "m" / "2.sql").write_text(INDEX)
    report = engine.check(["m/2.sql"], Settings(), cwd=str(tmp_path))
    (finding,) = [each for each in report.findings if each.code == "MIG401"]
    assert finding.help.endswith("and call Atlas without `--tx-mode all`.")


def test_all_that_a_statement_did_is_known_to_what_comes_after() -> None:
    files = {
        "1_a.sql": "CREATE TABLE t (id bigint); ALTER TABLE t ADD COLUMN a int, ADD COLUMN b int;",
        "2_b.sql": "ALTER TABLE t DROP COLUMN a;",
    }
    report = engine.check_files(files, checked={"2_b.sql"})
    assert "MIG608" not in {each.code for each in report.findings}


@pytest.mark.parametrize("name", ["${t}", "{{ .Table }}", "x_${t}"])
def test_what_a_variable_names_is_not_missing(name: str) -> None:
    files = {
        "1_a.sql": "CREATE TABLE t (id bigint);",
        "2_b.sql": f"DROP TABLE {name}; DROP TABLE v;",
    }
    report = engine.check_files(files)
    assert "MIG608" not in {each.code for each in report.findings}
