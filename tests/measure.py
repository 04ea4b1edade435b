"""What a real PostgreSQL does with a statement: locks taken, tables rewritten or read in full,
indexes built.

Inside a transaction pg_locks, pg_class.relfilenode and the transaction's own counters say it. A
statement that refuses to run in one is looked at from another session, while sessions that hold
locks make it wait at each step that waits for anybody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from tests.server import Connection

_RELATIONS = """
SELECT c.oid, CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
c.relkind, pg_relation_filenode(c.oid), x.indrelid, {read}
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index x ON x.indexrelid = c.oid
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p',
'v', 'm', 'S', 'i', 'I', 'f')
"""
_LOCKS = """
SELECT relation, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
"""
_WAITS = """
SELECT relation, mode, pg_blocking_pids(pid) FROM pg_locks
WHERE pid = %s AND (locktype = 'relation' OR NOT granted)
"""
_OURS = _RELATIONS.format(read="pg_stat_get_xact_tuples_returned(c.oid)")
_ALL = _RELATIONS.format(read="pg_stat_get_tuples_returned(c.oid)")
"""Rows read one after the other: seq_tup_read of pg_stat_xact_user_tables, pg_stat_user_tables."""
_FLUSH = "SELECT pg_stat_force_next_flush()"
_MODES = {
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
HINDRANCES = ("SHARE UPDATE EXCLUSIVE", "ROW EXCLUSIVE")
"""The first makes wait whoever changes a table at all, so that the wish for each lock is seen; the
second lets CONCURRENTLY take its lock, and makes it wait afterwards."""
PATIENCE = 30.0
"""Seconds after which a statement that still runs is a mistake of these tests."""


@dataclass
class Measured:
    """By relation name, without `public.`. `kinds` and `index_of` know all that stood before or
    stands after it."""

    sqlstate: str | None = None
    message: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    index_of: dict[str, str] = field(default_factory=dict)
    locks: dict[str, set[str]] = field(default_factory=dict)
    """Every mode newly taken on what stood before."""
    held: dict[str, set[str]] = field(default_factory=dict)
    """Every mode that the transaction holds after it."""
    rewritten: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)
    """Indexes that stood before."""
    built: set[str] = field(default_factory=set)
    """Indexes that did not."""
    gone: set[str] = field(default_factory=set)
    patient: bool = True
    """No lock_timeout was in effect."""
    watched: bool = False
    """It was looked at from another session: modes that wait for nobody are not seen."""
    refused: str | None = None
    """The SQLSTATE that rows which stood in its way gave it; the rest was measured without rows."""


@dataclass(frozen=True)
class _State:
    relations: dict[int, tuple[str, str, int | None, int | None]]
    read: dict[int, int]
    """Rows of each table, as far as they are counted."""

    def names(self) -> dict[int, str]:
        return {oid: name for oid, (name, *_) in self.relations.items()}


def _state(connection: Connection, query: str) -> _State:
    rows = connection.execute(query.encode()).fetchall()
    tables = {oid: read for oid, _, kind, _, _, read in rows if kind not in "iI"}
    return _State({oid: (name, kind, node, of) for oid, name, kind, node, of, _ in rows}, tables)


def readable(connection: Connection) -> set[str]:
    """What stands and can be read: a materialized view that was never filled cannot."""
    query = f"{_RELATIONS.format(read='0')} AND c.relispopulated"
    return {name for _, name, *_ in connection.execute(query.encode())}


def measure(connection: Connection, statement: str) -> Measured:
    """Run a statement in the transaction that is open, and see what it did."""
    before = _state(connection, _OURS)
    old = set(connection.execute(_LOCKS).fetchall())
    patient = _is_patient(connection)
    try:
        connection.execute(statement.encode())
    except psycopg.Error as why:
        return Measured(why.sqlstate, str(why).splitlines()[0], patient=patient)
    held = set(connection.execute(_LOCKS).fetchall())
    found = _compared(before, _state(connection, _OURS), held - old, held)
    found.patient = patient
    return found


def watch(connection: Connection, connect: Callable[[], Connection], statement: str) -> Measured:
    """Run a statement outside a transaction, and see from elsewhere what it did; it never gets on
    but when it was looked at."""
    connection.execute(_FLUSH)
    patient = _is_patient(connection)
    modes: set[tuple[int, str]] = set()
    with ExitStack() as stack:
        observer = stack.enter_context(connect())
        before = _state(observer, _ALL)
        blockers = {
            blocker.info.backend_pid: blocker
            for mode in HINDRANCES
            for name, kind, *_ in before.relations.values()
            if kind in "rp"
            for blocker in [stack.enter_context(connect())]
            if blocker.execute(b"BEGIN")
            and blocker.execute(f"LOCK TABLE ONLY {_quoted(name)} IN {mode} MODE".encode())
        }
        link = connection.pgconn
        link.send_query(statement.encode())
        end = time.monotonic() + PATIENCE
        while _is_busy(connection):
            waits = observer.execute(_WAITS, [link.backend_pid]).fetchall()
            modes |= {(relation, mode) for relation, mode, _ in waits if relation}
            in_the_way = {pid for *_, pids in waits for pid in pids} & blockers.keys()
            # One at a time, in the order in which they were put there.
            for pid in [pid for pid in blockers if pid in in_the_way][:1]:
                blockers.pop(pid).close()
            assert time.monotonic() < end, f"{statement}: waits for {waits}"
            time.sleep(0.001)
        sqlstate, message = _outcome(connection)
        if sqlstate:
            return Measured(sqlstate, message, patient=patient, watched=True)
        connection.execute(_FLUSH)
        found = _compared(before, _state(observer, _ALL), modes, modes)
    found.patient, found.watched = patient, True
    return found


def _is_busy(connection: Connection) -> bool:
    connection.pgconn.consume_input()
    return bool(connection.pgconn.is_busy())


def _outcome(connection: Connection) -> tuple[str | None, str]:
    sqlstate, message = None, ""
    while (result := connection.pgconn.get_result()) is not None:
        if result.status == ExecStatus.FATAL_ERROR:
            sqlstate = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
            message = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode()
    return sqlstate, message


def _quoted(name: str) -> str:
    schema, _, table = name.rpartition(".")
    return f'"{schema or "public"}"."{table}"'


def _is_patient(connection: Connection) -> bool:
    row = connection.execute("SELECT current_setting('lock_timeout') = '0'").fetchone()
    return bool(row and row[0])


def _compared(
    before: _State, after: _State, new: set[tuple[int, str]], held: set[tuple[int, str]]
) -> Measured:
    found = Measured()
    indexes = {name: node for name, kind, node, _ in after.relations.values() if kind == "i"}
    # What was renamed is known by both names.
    for state in (before, after):
        for oid, (name, kind, _, table) in state.relations.items():
            found.kinds[name] = kind
            if table in state.relations:
                found.index_of[name] = state.relations[table][0]
            if modes := {_MODES[mode] for relation, mode in held if relation == oid}:
                found.held[name] = modes
    for oid, (name, kind, node, _) in before.relations.items():
        if modes := {_MODES[mode] for relation, mode in new if relation == oid}:
            found.locks[name] = modes
        if kind == "i" and name in indexes and indexes[name] != node:
            found.rebuilt.add(name)
        if oid not in after.relations:
            found.gone.add(name)
        elif kind in "rm" and after.relations[oid][2] != node:
            found.rewritten.add(name)
        if after.read.get(oid, 0) > before.read.get(oid, 0):
            found.scanned.add(name)
    stood = set(before.names().values())
    found.built = {
        name
        for oid, (name, kind, *_) in after.relations.items()
        if kind in "iI" and oid not in before.relations and name not in stood
    }
    return found
