"""Every SQL block of every page on a real server: it does what we claim of each statement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from migralint import dialects, engine, pages, tools
from migralint.finding import StatementEffects
from migralint.history import Walk
from migralint.locks import STRENGTH
from migralint.migration import Project, Root
from tests import measure, rows, server, test_pages
from tests.test_pages import Case

RUNS = [
    (page, case)
    for page, case in test_pages.ALL
    if case.tool == "sql" and not case.discover and all(f.encoding == "utf-8" for f in case.files)
]
CONTROL = {"Begin", "Commit", "Rollback", "Savepoint"}
OF_THE_ROWS = ("22", "23")
"""SQLSTATE classes of what depends on the rows."""


@pytest.fixture(scope="session", params=server.SERVERS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with server.running(request.param) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            made = connection.execute("SELECT 1 FROM pg_tablespace WHERE spcname = 'fast'")
            if made.fetchone() is None:
                connection.execute("SET allow_in_place_tablespaces = on")
                connection.execute("CREATE TABLESPACE fast LOCATION ''")
        yield address


@pytest.fixture(scope="session")
def version(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10_000


@pytest.mark.parametrize(
    ("page", "case"), RUNS, ids=[f"{page.name}-{case.name}-{case.kind}" for page, case in RUNS]
)
def test_block_on_a_server(
    page: pages.Page, case: Case, url: str, version: int, tmp_path: Path
) -> None:
    if not case.versions[0] <= version <= case.versions[-1]:
        return
    project = read(case, version, tmp_path)
    said = list(engine.locks_of(project, version))
    with server.database(url) as connection:
        walk = Walk(project, version)
        unfilled: set[str] = set()
        wrong: list[str] = []
        for migration in project.migrations:
            entries = [each for each in said if each.path == migration.path]
            if not migration.checked:
                run(connection, migration.up.source.text)
                walk.replay(migration)
                continue
            if not unfilled:
                unfilled = rows.fill(connection, walk.schema)
            if any(CONTROL & set(each.operations) for each in entries):
                continue  # Its own BEGIN and COMMIT leave nothing to measure around.
            wrong += compare(connection, entries, case, unfilled)
            walk.replay(migration)
    assert wrong == []


def read(case: Case, version: int, folder: Path) -> Project:
    for file in case.files:
        (folder / file.path).write_text(file.text, encoding="utf-8")
    asked = frozenset(str(folder / file.path) for file in case.files if file.checked)
    names = tuple(sorted(file.path for file in case.files))
    root = Root(str(folder), ".", "sql", "postgresql", asked, version=version, files=names)
    return tools.read(root, dialects.load("postgresql").parse)


def run(connection: server.Connection, text: str) -> None:
    for statement in dialects.load("postgresql").parse(text):
        connection.execute(statement.text.encode())


def compare(
    connection: server.Connection, entries: list[StatementEffects], case: Case, unfilled: set[str]
) -> Iterator[str]:
    """Run a file as its runner does, and say where the server did otherwise than we claim."""
    before: list[str] = []
    for entry in entries:
        if entry.effects is None or (case.kind == "bad" and entry.effects.fails):
            found = refusal(connection, before, entry)
            if entry.effects and entry.effects.fails:
                if (found or "")[:2] != entry.effects.fails.sqlstate[:2]:
                    yield f"{entry.text}: server {found}, claimed {entry.effects.fails}"
            continue
        if not entry.in_transaction:
            try:
                connection.execute(entry.text.encode())
            except psycopg.Error as why:
                if (why.sqlstate or "")[:2] not in OF_THE_ROWS or case.kind == "good":
                    yield f"{entry.text}: server {why}"
            continue
        connection.autocommit = False
        found_now = measure.measure(connection, before, [entry.text])
        connection.autocommit = True
        if found_now.sqlstate:
            seeded = entry.operations == ("Insert",)
            if found_now.sqlstate[:2] not in OF_THE_ROWS or (case.kind == "good" and not seeded):
                yield f"{entry.text}: server {found_now.sqlstate} {found_now.message}"
            return  # What comes after would have run in this transaction, too.
        yield from differences(entry, found_now, unfilled)
        before.append(entry.text)
    with connection.transaction():
        for text in before:
            connection.execute(text.encode())


def refusal(
    connection: server.Connection, before: list[str], entry: StatementEffects
) -> str | None:
    """The SQLSTATE that the server refuses a statement with."""
    connection.autocommit = not entry.in_transaction
    try:
        for text in [*before, entry.text] if entry.in_transaction else [entry.text]:
            connection.execute(text.encode())
    except psycopg.Error as why:
        return why.sqlstate
    finally:
        if not connection.autocommit:
            connection.rollback()
        connection.autocommit = True
    return None


def differences(
    entry: StatementEffects, found: measure.Measured, unfilled: set[str]
) -> Iterator[str]:
    effects = entry.effects
    assert effects is not None

    def bare(name: object) -> str:
        return str(name).removeprefix("public.").replace('"', "")

    floor = STRENGTH["ROW EXCLUSIVE"]
    claimed = {
        bare(lock.relation): lock.mode
        for lock in effects.locks
        if lock.kind != "index"
        and STRENGTH[lock.mode] >= floor
        and lock.relation.schema != "pg_temp"
    }
    taken = {
        name: max(modes, key=STRENGTH.__getitem__)
        for name, modes in found.locks.items()
        if found.kinds[name] not in "iI"
    }
    taken = {name: mode for name, mode in taken.items() if STRENGTH[mode] >= floor}
    if claimed != taken:
        yield f"{entry.text}: locks: server {taken}, claimed {claimed}"
    if "Truncate" in entry.operations:
        return
    if {bare(name) for name in effects.rewrites} != found.rewritten:
        yield f"{entry.text}: rewrites: server {found.rewritten}, claimed {effects.rewrites}"
    rows_only = set(entry.operations) <= {"Select", "Insert", "Update", "Delete", "Merge"}
    if rows_only or unfilled or "DropTable" in entry.operations:
        return
    scans = {bare(name) for name in effects.scans}
    scanned = {name for name in found.scanned if found.kinds[name] not in "iI"} - found.rewritten
    # Materialized views were filled before their tables got rows.
    views = {name for name, kind in found.kinds.items() if kind == "m"}
    if scans - views != scanned - views:
        yield f"{entry.text}: scans: server {scanned}, claimed {scans}"
