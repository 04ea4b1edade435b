"""Every SQL block of every page on a real server: it does what we claim of each statement and what
the findings say of it; and what is good keeps nobody waiting while it works."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from migralint import config, dialects, engine, pages, tools
from migralint.finding import Finding
from migralint.locks import MODES, STRENGTH, blocks
from migralint.migration import Project, Root
from migralint.source import SCRIPTS
from tests import left_out, play, said, server, test_pages
from tests.play import Step
from tests.said import bare, is_of_rows
from tests.test_pages import Case

HERE = (15, 18)
"""The versions that these tests are written for: Debian's, and the one of the dev extra."""


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


# What code sends is held against the tool itself, in tests/tools.
CODE = (".py", *SCRIPTS)
ALL = [(page, case) for page, case in test_pages.ALL if not case.files[-1].path.endswith(CODE)]
IDS = [f"{page.name}-{case.name}-{case.kind}" for page, case in ALL]


@pytest.mark.parametrize(("page", "case"), ALL, ids=IDS)
def test_block_on_a_server(
    page: pages.Page, case: Case, url: str, version: int, tmp_path: Path
) -> None:
    if not case.versions[0] <= version <= case.versions[-1]:
        return  # test_each_block_has_a_server looks after those.
    found = test_pages.findings(case, version, page.code, tmp_path)
    projects = read(case, version, tmp_path)
    steps = [step for project in projects for step in play.history(url, project, version)]
    wrong = [line for step in steps for line in differences(step)]
    for finding in found:
        wrong += contradicted(finding, steps, lambda: alike(url, projects, version))
    if case.kind == "good":
        wrong += disturbed(page, steps)
    texts = [step.said.text for step in steps] + run_alone(url, case, projects)
    seen = {step.said.text for step in steps if is_measured(step)}
    wrong += [f"{text}: not measured" for text in {*texts} - seen if not skipped(page, case, text)]
    wrong += [f"{text}: is measured after all" for text in seen if skipped(page, case, text)]
    assert wrong == []


def read(case: Case, version: int, folder: Path) -> list[Project]:
    """The projects of a case, whose files are written already."""
    if case.discover:
        return engine.read([str(folder)], config.Settings(), cwd=str(folder))[1]
    asked = frozenset(str(folder / file.path) for file in case.files if file.checked)
    names = tuple(sorted(file.path for file in case.files))
    root = Root(str(folder), ".", case.tool, "postgresql", asked, version=version, files=names)
    return [tools.read(root, dialects.load("postgresql").parse)]


def alike(url: str, projects: list[Project], version: int) -> list[Step]:
    """The same again, with rows that are alike where that can be."""
    return [
        step for project in projects for step in play.history(url, project, version, equal=True)
    ]


def contradicted(
    finding: Finding, steps: list[Step], again: Callable[[], list[Step]]
) -> Iterator[str]:
    """What a finding says and the server does not."""
    step = step_of(finding, steps)
    if step is None:
        if list(said.words(finding)) or said.unread(finding):
            yield f"{finding.message} is of no statement that ran"
        return
    if said.EQUAL.search(finding.message) and not step.found.refused:
        refused = step_of(finding, again())
        assert refused is not None
        step.found.refused = refused.found.refused or refused.found.sqlstate
    for line in said.wrong(finding, step):
        yield f"{step.said.text}: {finding.name} says {line}; the server: {step.found}"


def step_of(finding: Finding, steps: list[Step]) -> Step | None:
    place = finding.path, finding.statement_span
    return next((step for step in steps if (step.path, step.span) == place), None)


def is_measured(step: Step) -> bool:
    """Nothing of it is left out. Reading a table without rows cannot be seen."""
    return step.said.effects is not None and not step.emptied


def skipped(page: pages.Page, case: Case, text: str) -> bool:
    return case.kind == "bad" and left_out.reason(left_out.STATEMENTS, page.name, text) is not None


def run_alone(url: str, case: Case, projects: list[Project]) -> list[str]:
    """Run what stands in files that no tool runs, since it does not know them for migrations; the
    statements that fail so."""
    known = {
        script.source.path.rpartition("/")[2]
        for project in projects
        for migration in project.migrations
        for script in (migration.up, migration.down)
        if script
    }
    failed = []
    for file in case.files:
        if file.path.endswith(".sql") and file.path.rpartition("/")[2] not in known:
            with server.database(url) as connection:
                for statement in dialects.load("postgresql").parse(file.text):
                    try:
                        connection.execute(statement.text.encode())
                    except psycopg.Error:
                        failed.append(statement.text)
    return failed


def differences(step: Step) -> Iterator[str]:
    """Where the server did otherwise than we claim of a statement."""
    found, effects, text = step.found, step.said.effects, step.said.text
    if effects is None:
        return
    if found.sqlstate or effects.fails:
        claimed = effects.fails.sqlstate if effects.fails else None
        if found.sqlstate != claimed:
            yield f"{text}: server {found.sqlstate} {found.message}, claimed {effects.fails}"
        return
    if found.watched != bool(effects.needs_autocommit):
        yield f"{text}: runs outside transactions only: {found.watched}"
    floor = STRENGTH["SHARE UPDATE EXCLUSIVE" if found.watched else "ROW EXCLUSIVE"]
    claimed_locks = {
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
    if claimed_locks != taken:
        yield f"{text}: locks: server {taken}, claimed {claimed_locks}"
    rewrites = {bare(name) for name in effects.rewrites}
    if rewrites != rewritten(step):
        yield f"{text}: rewrites: server {rewritten(step)}, claimed {rewrites}"
    if not step.emptied and not is_of_rows(step):
        scans = {bare(name) for name in effects.scans}
        scanned = {name for name in found.scanned if found.kinds[name] not in "iI"}
        if scans != scanned - found.rewritten:
            yield f"{text}: scans: server {scanned}, claimed {scans}"


def rewritten(step: Step) -> set[str]:
    # TRUNCATE puts an empty file in the place of a full one, which takes no time.
    return set() if "Truncate" in step.said.operations else step.found.rewritten


def disturbed(page: pages.Page, steps: list[Step]) -> Iterator[str]:
    """What statements of a good block do that they should not, but for what is listed."""
    for step in steps:
        if step.found.sqlstate or step.found.refused:
            yield f"{step.said.text}: server {step.found.sqlstate or step.found.refused}"
        if step.said.direction == "up":
            lines = list(disturbances(step))
            listed = left_out.reason(left_out.PATIENT, page.name, step.said.text)
            if listed and not lines:
                yield f"{step.said.text}: keeps nobody waiting after all"
            yield from () if listed else lines


def disturbances(step: Step) -> Iterator[str]:
    """What a statement does to those who work on tables that stood before: it waits for a lock that
    keeps them waiting without lock_timeout, or holds one while it reads or writes a table in
    full."""
    found, text = step.found, step.said.text
    tables = {name for name in step.live if found.kinds.get(name) in ("r", "p", "m")}

    def blocking(modes: dict[str, set[str]]) -> set[str]:
        # Nobody writes to a materialized view.
        return {
            name
            for name in tables
            for mode in modes.get(name, ())
            if blocks(mode) and (found.kinds[name] != "m" or "reads" in blocks(mode))
        }

    if found.patient and (waited_for := blocking(found.locks)):
        yield f"{text}: waits for {waited_for} without lock_timeout"
    worked = (rewritten(step) | found.scanned) & tables
    if worked and (held := blocking(found.held)):
        yield f"{text}: goes through {worked} while it holds {held}"


def test_the_servers_are_those_that_blocks_are_for(version: int) -> None:
    if "MIGRALINT_REQUIRE" in os.environ:
        assert version in HERE


def test_each_block_has_a_server() -> None:
    """Those of the embedded server and of the operating system's; what holds for none of them is
    listed."""
    for page, case in test_pages.ALL:
        runs = any(case.versions[0] <= version <= case.versions[-1] for version in HERE)
        versions = f"pg={case.versions[0]}-{case.versions[-1]}"
        listed = left_out.reason(left_out.BLOCKS, page.name, versions) is not None
        assert runs != listed, f"{page.name}, {case.name}"


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_blocks_what_we_say(mode: str, url: str) -> None:
    with play.database(url) as run:
        run.execute("CREATE TABLE users (id bigint)")
        run.execute("BEGIN")
        run.execute(f"LOCK TABLE users IN {mode} MODE")
        blocked = set()
        with run.connect() as other:
            other.execute("SET lock_timeout = 10")
            for what, text in {
                "reads": "SELECT FROM users",
                "writes": "INSERT INTO users VALUES (1)",
            }.items():
                try:
                    other.execute(text.encode())
                except psycopg.errors.LockNotAvailable:
                    blocked.add(what)
    assert blocked == set(blocks(mode))
