"""The connection that a script runs on, walked statement by statement: its transaction, its locks,
its timeouts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from migralint.locks import STRENGTH, Lock
from migralint.migration import Certainty, Script, Statement
from migralint.ops import Begin, Commit, Name, Op, Rollback, SetParameter, SetTimeout

_NUMBERS = count(1)
WRAPPED = ("file", "run")
_OF_SESSIONS = frozenset({Begin, Commit, Rollback, SetTimeout, SetParameter})


class Session:
    """`id` numbers the transaction that the statement runs in, None where it commits by itself;
    `explicit` says that the script's own BEGIN opened it; `held` are the modes that the
    transaction, or the statement so far, holds, by relation."""

    def __init__(
        self, script: Script | None = None, defaults: Mapping[str, int] | None = None
    ) -> None:
        """`defaults` are the timeouts of the role and the database that the session begins with,
        and goes back to with RESET."""
        self.id: int | None = None
        self.explicit = False
        self.certainty: Certainty = "certain"
        self.reason = ""
        self.held: dict[Name, set[str]] = {}
        self._defaults = defaults or {}
        self.timeouts: dict[str, int] = dict(self._defaults)
        """Timeouts in effect, in milliseconds; absent or 0: none."""
        self.told: set[int | None] = set()
        """Transactions that a finding spoke of already, where one is enough for each."""
        self.stuck = False
        """A finding said that the script fails: what comes after does not run."""
        self.began = 0
        """The schema's mark when the transaction began."""
        self._local: dict[str, int] = {}
        self._at_begin = self.timeouts
        self._own: dict[Name, set[str]] = {}
        """Of the modes held, those that the statement in hand took itself."""
        self._block = False
        self._ended = False
        self._batch: int | None = None
        self._script = script
        self._batches: dict[int, int] = {}
        self._left: tuple[Any, ...] | None = None
        """How the transaction stands while a statement runs beside it."""
        for op in script.before if script else ():
            if isinstance(op, SetTimeout):
                self.timeouts[op.name] = op.milliseconds or 0
        for statement in script.statements if script else ():
            self._batches[statement.batch] = self._batches.get(statement.batch, 0) + 1

    def goes_on(self, script: Script) -> bool:
        """Whether the runner's transaction is still open when it comes to the next script."""
        return self.id is not None and not self.explicit and script.transaction.scope == "run"

    def go_on(self, script: Script) -> None:
        """Take the next script of the same transaction."""
        self._script = script
        self.stuck = False
        self._own = {}
        self._batches = {}
        for op in script.before:
            if isinstance(op, SetTimeout):
                self.timeouts = {**self.timeouts, op.name: op.milliseconds or 0}
        for statement in script.statements:
            self._batches[statement.batch] = self._batches.get(statement.batch, 0) + 1

    @property
    def open(self) -> bool:
        """The statement runs inside a transaction."""
        return self.id is not None

    def strongest(self, relation: Name) -> str | None:
        """The strongest mode held on a relation by earlier statements of the transaction."""
        return max(self.held.get(relation, ()), key=STRENGTH.__getitem__, default=None)

    def earlier(self, relation: Name) -> str | None:
        """The strongest mode held on a relation since before the statement in hand."""
        modes = self.held.get(relation, set()) - self._own.get(relation, set())
        return max(modes, key=STRENGTH.__getitem__, default=None)

    def timeout(self, name: str) -> int | None:
        """A timeout in effect, in milliseconds; None where there is none, or it is 0."""
        return self._local.get(name, self.timeouts.get(name)) or None

    def enter(self, statement: Statement, mark: int) -> None:
        """Stand before a statement: open or leave the transaction that the runner, or the protocol,
        puts around it."""
        assert self._script is not None
        self._own = {}
        self._block = statement.block  # What stands in it are statements of their own.
        wrapping = statement.transaction or self._script.transaction
        self._change_connection(wrapping.beside)
        self.certainty, self.reason = wrapping.certainty, wrapping.reason
        if self.explicit:
            self.certainty, self.reason = "certain", "the file's own BEGIN opened a transaction"
        elif wrapping.scope in WRAPPED:
            if self.id is None and not self._ended:
                self._open(mark)
        elif wrapping.scope == "implicit-batch" and self._batches[statement.batch] > 1:
            if self.id is None or self._batch != statement.batch:
                self._open(mark)
                self._batch = statement.batch
        else:
            self._close()
        if self.id is None:
            self.held = {}

    def _change_connection(self, beside: bool) -> None:
        """Leave the transaction as it stands, or come back to it."""
        if self._left is not None and not beside:
            self.id, self.explicit, self.held, *rest = self._left
            self.timeouts, self._local, self.began, self._at_begin = rest
            self._left = None
        elif self._left is None and beside and self.id is not None:
            self._left = (
                self.id, self.explicit, self.held,
                self.timeouts, self._local, self.began, self._at_begin,
            )  # fmt: skip
            self.explicit, self.timeouts = False, dict(self._defaults)
            self._close()

    def leave(self, op: Op, mark: int) -> None:
        """Take note of what an operation did to the session itself."""
        if type(op) not in _OF_SESSIONS:
            return
        if isinstance(op, Begin):
            if self.id is None:
                self._open(mark)
            self.explicit = True
        elif isinstance(op, (Commit, Rollback)):
            if isinstance(op, Rollback) and self.open:
                self.timeouts = self._at_begin
            self._close()
            self.explicit = False
            self._ended = True
        elif isinstance(op, SetTimeout) and op.role is None:
            if op.local and self.open:
                self._local[op.name] = self._meant(op)
            elif not op.local:
                self._local.pop(op.name, None)
                self.timeouts = {**self.timeouts, op.name: self._meant(op)}
        elif isinstance(op, SetParameter) and op.name == "all" and op.role is None:
            self._local = {}
            self.timeouts = dict(self._defaults)

    def _meant(self, op: SetTimeout) -> int:
        """RESET and DEFAULT go back to what the role or the database has."""
        given = op.milliseconds
        return self._defaults.get(op.name, 0) if given is None else given

    def hold(self, locks: tuple[Lock, ...]) -> None:
        """Keep the locks of an operation that ran, to the end of the transaction, or of the
        statement that is one by itself."""
        if self.id is not None or not self._block:
            for lock in locks:
                modes = self.held.setdefault(lock.relation, set())
                if lock.mode not in modes and not self._block:
                    self._own.setdefault(lock.relation, set()).add(lock.mode)
                modes.add(lock.mode)

    def renamed(self, old: Name, new: Name) -> None:
        """A relation that may be held has another name now."""
        if old in self.held:
            self.held[new] = self.held.pop(old)
            if old in self._own:
                self._own[new] = self._own.pop(old)

    def new(self, locks: tuple[Lock, ...]) -> tuple[Lock, ...]:
        """Those of these locks that the transaction does not hold yet in the same mode."""
        return tuple(lock for lock in locks if lock.mode not in self.held.get(lock.relation, ()))

    def _open(self, mark: int) -> None:
        self._close()
        self.id = next(_NUMBERS)
        self.began = mark
        self._at_begin = self.timeouts

    def _close(self) -> None:
        self.id = None
        self._batch = None
        self.held = {}
        self._own = {}
        self._local = {}
