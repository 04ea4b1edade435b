"""What a real PostgreSQL does with a statement: locks newly held, tables rewritten or read in full,
indexes rebuilt.

The statement runs in a transaction that is rolled back; pg_locks, pg_class.relfilenode and
pg_stat_xact_user_tables say
what it did. A statement that refuses to run in a transaction cannot be measured so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg

_RELATIONS = """
SELECT c.oid, CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
c.relkind, pg_relation_filenode(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p',
'v', 'm', 'S', 'i', 'I', 'f')
"""
_LOCKS = """
SELECT relation, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
"""
_SCANS = "SELECT relid, seq_tup_read FROM pg_stat_xact_user_tables"
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


@dataclass
class Measured:
    """By relation name, without `public.`; `locks` hold every mode newly taken."""

    sqlstate: str | None = None
    message: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    locks: dict[str, set[str]] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)


def measure(
    connection: psycopg.Connection[Any], before: list[str], statements: list[str]
) -> Measured:
    """Run `before` and then `statements` in one transaction, see what the latter did, and roll all
    of it back."""
    found = Measured()
    try:
        for statement in before:
            connection.execute(statement)  # type: ignore[arg-type]
        known = {
            oid: (name, kind, node) for oid, name, kind, node in connection.execute(_RELATIONS)
        }
        held = set(connection.execute(_LOCKS).fetchall())
        read = dict(connection.execute(_SCANS).fetchall())
        try:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]
        except psycopg.Error as why:
            found.sqlstate, found.message = why.sqlstate, str(why).splitlines()[0]
            return found
        locks = set(connection.execute(_LOCKS).fetchall()) - held
        after = dict(connection.execute(_SCANS).fetchall())
        nodes = {oid: node for oid, _, _, node in connection.execute(_RELATIONS)}
        indexes = {
            name: node for _, name, kind, node in connection.execute(_RELATIONS) if kind == "i"
        }
        for oid, (name, kind, node) in known.items():
            found.kinds[name] = kind
            modes = {_MODES[mode] for relation, mode in locks if relation == oid}
            if modes:
                found.locks[name] = modes
            if kind == "i" and name in indexes and indexes[name] != node:
                found.rebuilt.add(name)
            if kind in "rm" and oid in nodes and nodes[oid] != node:
                found.rewritten.add(name)
            if after.get(oid, 0) > read.get(oid, 0):
                found.scanned.add(name)
        return found
    finally:
        connection.rollback()
