"""Lock modes, what they block, and the effects of an operation: claims about a database, judged by
nobody."""

from __future__ import annotations

from msgspec import Struct

from migralint.ops.base import Name, RelationKind

MODES = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)
"""PostgreSQL's table lock modes from weakest to strongest, spelled as in its manual (13.3.1 Table-
Level Locks)."""

STRENGTH = {mode: strength for strength, mode in enumerate(MODES)}


def blocks(mode: str) -> tuple[str, ...]:
    """What of ordinary work a mode keeps waiting: reads (SELECT), writes (INSERT, UPDATE, DELETE),
    both or neither."""
    if mode == "ACCESS EXCLUSIVE":
        return ("reads", "writes")
    return ("writes",) if STRENGTH[mode] >= STRENGTH["SHARE"] else ()


class Lock(Struct, frozen=True):
    """`relation` is always with its schema, named as just before the statement."""

    relation: Name
    mode: str
    kind: RelationKind = "table"


class Failure(Struct, frozen=True):
    """The statement is certain to fail, whatever the rows."""

    sqlstate: str
    reason: str
    since: int | None = None
    """The first version that may take it."""


class Effects(Struct, frozen=True):
    """What one operation, or one statement, does to relations that stood before it.

    `locks` hold every mode taken on a relation, since a transaction may hold one of them already;
    `rewrites` and `scans` are tables (a rewritten one is not also scanned),
    `index_builds` indexes that stood and are built again, or new ones on tables that stood.
    """

    locks: tuple[Lock, ...] = ()
    rewrites: tuple[Name, ...] = ()
    scans: tuple[Name, ...] = ()
    index_builds: tuple[Name, ...] = ()
    fails: Failure | None = None
    needs_autocommit: str | None = None
    """The command that refuses to run inside a transaction: "CREATE INDEX CONCURRENTLY"."""
    loses: tuple[str, ...] = ()
    """What is gone afterwards, for people: "column users.name"."""
    assumed: tuple[str, ...] = ()
    """What was not seen and had to be assumed: "the type of users.email before"."""

    def mode(self, relation: Name) -> str | None:
        """The strongest mode taken on a relation."""
        modes = (lock.mode for lock in self.locks if lock.relation == relation)
        return max(modes, key=STRENGTH.__getitem__, default=None)


NOTHING = Effects()


def merge(parts: list[Effects]) -> Effects:
    """The effects of several operations that happen together."""
    if len(parts) == 1:
        return parts[0]
    rewrites = tuple(dict.fromkeys(name for part in parts for name in part.rewrites))
    return Effects(
        locks=tuple(dict.fromkeys(lock for part in parts for lock in part.locks)),
        rewrites=rewrites,
        scans=tuple(
            dict.fromkeys(name for part in parts for name in part.scans if name not in rewrites)
        ),
        index_builds=tuple(dict.fromkeys(name for part in parts for name in part.index_builds)),
        fails=next((part.fails for part in parts if part.fails), None),
        needs_autocommit=next(
            (part.needs_autocommit for part in parts if part.needs_autocommit), None
        ),
        loses=tuple(dict.fromkeys(what for part in parts for what in part.loses)),
        assumed=tuple(dict.fromkeys(what for part in parts for what in part.assumed)),
    )


def strongest(locks: tuple[Lock, ...]) -> tuple[Lock, ...]:
    """One lock a relation, of the strongest mode."""
    best: dict[Name, Lock] = {}
    for lock in locks:
        known = best.get(lock.relation)
        if known is None or STRENGTH[lock.mode] > STRENGTH[known.mode]:
            best[lock.relation] = lock
    return tuple(best.values())
