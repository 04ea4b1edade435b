"""A script on a real server, as its runner runs it: statement by statement, each one measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

from migralint import engine
from migralint.finding import StatementEffects
from migralint.migration import Project, Script
from migralint.session import WRAPPED
from migralint.source import Span
from tests import measure, rows, server
from tests.measure import Measured
from tests.server import Connection

CONTROL = {"Begin", "Commit", "Rollback", "Savepoint"}
OUTSIDE = ("25001", "2D000")
"""SQLSTATEs of what refuses to run inside a transaction, or ends one from within."""
OF_THE_ROWS = ("22", "23")
"""SQLSTATE classes of what depends on the rows."""


@dataclass(frozen=True)
class Step:
    """A statement, what we say of it, and what the server did."""

    path: str
    span: Span
    said: StatementEffects
    found: Measured
    live: frozenset[str]
    """What stood before the script and can be read, so that others may wait for it."""
    emptied: bool
    """Tables are without rows, for they stood in the way of an earlier statement or this one."""


@dataclass
class Run:
    """The connection; `connect` makes others to the same database. `before` is what would have to
    run again if the open transaction were lost."""

    connection: Connection
    connect: Callable[[], Connection]
    before: list[str] = field(default_factory=list)
    emptied: bool = False

    @property
    def open(self) -> bool:
        return self.connection.info.transaction_status != TransactionStatus.IDLE

    def execute(self, text: str) -> None:
        self.connection.execute(text.encode())


@contextmanager
def database(url: str) -> Iterator[Run]:
    with server.database(url) as connection:
        connection.prepare_threshold = None  # DISCARD ALL would forget what was prepared.
        own = make_conninfo(url, dbname=connection.info.dbname)
        yield Run(connection, lambda: psycopg.connect(own, autocommit=True))


def history(url: str, project: Project, version: int, *, equal: bool = False) -> Iterator[Step]:
    """Play a history on a database of its own, and each way back on another one. Before each
    migration every table gets rows; `equal` ones differ only where they must."""
    entries = engine.locks_of(project, version, down=True)
    said: dict[int, tuple[list[StatementEffects], list[StatementEffects]]] = {}
    for number, migration in enumerate(project.migrations):
        if migration.checked:
            up = list(islice(entries, len(migration.up.statements)))
            ways_back = migration.down.statements if migration.down else ()
            said[number] = up, list(islice(entries, len(ways_back)))

    def forward(run: Run, last: int) -> Iterator[Step]:
        for number, migration in enumerate(project.migrations[: last + 1]):
            if number in said:
                _fill(run, equal)
                yield from play(run, migration.up, said[number][0])
                continue
            for statement in migration.up.statements:
                run.execute(statement.text)

    with database(url) as run:
        yield from forward(run, len(project.migrations))
    for number, (_, back) in said.items():
        down = project.migrations[number].down
        if down is not None and back:
            with database(url) as run:
                list(forward(run, number))
                _fill(run, equal)
                yield from play(run, down, back)


def _fill(run: Run, equal: bool) -> None:
    empty = rows.fill(run.connection, equal=equal) if not run.emptied else set()
    assert not empty, f"tests/rows.py has no rows for {empty}"


def play(run: Run, script: Script, said: list[StatementEffects]) -> Iterator[Step]:
    """Run a script, and undo or commit at its end what its runner would."""
    live = frozenset(measure.readable(run.connection))
    scope, batch = script.transaction.scope, -1
    for statement, entry in zip(script.statements, said, strict=True):
        if statement.transaction is not None:
            scope = statement.transaction.scope
        ends = not entry.in_transaction or (scope == "implicit-batch" and statement.batch != batch)
        if run.open and ends:
            _control(run, "COMMIT")
        batch = statement.batch
        if entry.in_transaction and not run.open:
            _control(run, "BEGIN")
        found = _step(run, entry)
        path = script.source.path
        yield Step(path, statement.span, entry, found, live, run.emptied)
    if run.open:
        # A BEGIN of the script's own that nothing ends is undone when its connection closes.
        _control(run, "COMMIT" if scope in (*WRAPPED, "implicit-batch") else "ROLLBACK")
    run.execute("DISCARD ALL")


def _step(run: Run, entry: StatementEffects) -> Measured:
    if CONTROL & set(entry.operations):
        return _control(run, entry.text)
    found = _measured(run, entry)
    if (found.sqlstate or "")[:2] in OF_THE_ROWS:
        # Its rows stand in its way: what it does beside is seen where there are none.
        open_before = run.open
        if open_before:
            run.execute("ROLLBACK")
        rows.clear(run.connection)
        run.emptied = True
        if open_before:
            _again(run)
        refused, found = found.sqlstate, _measured(run, entry)
        found.refused = refused
    return found


def _measured(run: Run, entry: StatementEffects) -> Measured:
    if run.open:
        found = measure.measure(run.connection, entry.text)
        if found.sqlstate is None:
            run.before.append(entry.text)
        else:
            run.execute("ROLLBACK")
            _again(run)
        return found
    if entry.effects is None or not entry.effects.needs_autocommit:
        run.execute("BEGIN")
        found = measure.measure(run.connection, entry.text)
        ended = _control(run, "ROLLBACK" if found.sqlstate else "COMMIT")
        if ended.sqlstate:
            return ended
        if found.sqlstate not in OUTSIDE:
            return found
    return measure.watch(run.connection, run.connect, entry.text)


def _control(run: Run, text: str) -> Measured:
    """BEGIN, COMMIT and their kin: nothing of them can be seen, but that they run."""
    try:
        run.execute(text)
    except psycopg.Error as why:
        if run.open:
            run.execute("ROLLBACK")
            run.before.clear()
        return Measured(why.sqlstate, str(why).splitlines()[0])
    if run.open:
        run.before.append(text)
    else:
        run.before.clear()
    return Measured()


def _again(run: Run) -> None:
    """Bring the transaction back to where it was."""
    for text in run.before:
        run.execute(text)
