"""One history on its way: replayed statement by statement, with the session that it runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from migralint import dialects
from migralint.locks import NOTHING, Effects
from migralint.migration import Migration, Project, Script, Statement
from migralint.ops import (
    CreateTable,
    CreateView,
    DropView,
    IndexOp,
    LockTable,
    Name,
    Op,
    RefreshView,
    RenameTable,
    Rollback,
    TableOp,
    Truncate,
)
from migralint.replay import apply
from migralint.replay.ahead import expect_empty
from migralint.schema import Schema
from migralint.session import Session


class Walk:
    """One history on its way: the schema, the session, and where we stand."""

    def __init__(self, project: Project, version: int) -> None:
        self.project = project
        self.version = version
        self.dialect = dialects.load(project.dialect)
        self.schema = Schema()
        if not begins(project):
            self.schema.doubt()
        self.schema.named = project.named
        self.session = Session()
        self._run: Session | None = None
        """The connection on which the last of the migrations ran that are not merged yet."""
        self._number = 0
        self.migration: Migration
        self.script: Script

    def replay(self, migration: Migration) -> None:
        """Take a migration's way up into the schema, looking at nothing."""
        self._stand(migration, migration.up)
        for statement in migration.up.statements:
            self._enter(statement)
            for op in self.dialect.order(statement.ops):
                effects = (
                    self.dialect.effects(op, self.schema, self.version)
                    if op.conditional
                    else NOTHING
                )
                self._take(op, effects)

    def run(
        self, migration: Migration, script: Script, each: Callable[[Walk, Statement], None]
    ) -> None:
        """Stand before each statement of a script in turn; `each` has to `step` through its
        operations."""
        self._stand(migration, script)
        expect_empty(self.schema, script)
        for statement in script.statements:
            self._enter(statement)
            each(self, statement)

    def steps(self, statement: Statement) -> Iterator[tuple[Op, Effects]]:
        """Each operation of a statement with its effects, the schema just before it; then the
        schema takes it in."""
        for op in self.dialect.order(statement.ops):
            effects = self.dialect.effects(op, self.schema, self.version)
            yield op, replace(effects, fails=None) if op.conditional and effects.fails else effects
            self.session.hold(effects.locks)
            if isinstance(op, RenameTable):
                old = self.schema.resolve(op.table)
                self.session.renamed(old, Name(op.to, old.schema))
            self._take(op, effects)

    def _enter(self, statement: Statement) -> None:
        if statement.partial:
            self.schema.doubt()
        self.session.enter(statement, self.schema.mark())
        self.schema.transaction = self.session.id
        if statement.block and self.schema.transaction is None:
            self.schema.transaction = -self.schema.mark()  # A DO block is a transaction of its own.

    def _stand(self, migration: Migration, script: Script) -> None:
        self.migration = migration
        self.script = script
        if script.direction == "up":
            self._number += 1
        # A number, since ids need not be unique: two files of one date are two migrations.
        self.schema.migration = str(self._number)
        run = self._run if migration.new and script.direction == "up" else None
        if run is not None and run.goes_on(script):
            self.session = run
            run.go_on(script)
        else:
            self.session = Session(script, self.schema.timeouts)
        if script.direction == "up":
            self._run = self.session if migration.new and _is_run(script) else None

    def _take(self, op: Op, effects: Effects) -> None:
        if op.conditional and effects.fails:
            return  # Guarded against just that: here it does not run, or its failure is caught.
        if isinstance(op, Rollback):
            self.schema.undo(self.session.began)
        self.session.leave(op, self.schema.mark())
        apply(self.schema, op)


def _is_run(script: Script) -> bool:
    return script.transaction.scope == "run"


def begins(project: Project) -> bool:
    """Whether a history starts where the database does: it makes a table before it touches one."""
    for migration in project.migrations:
        for statement in migration.up.statements:
            for op in statement.ops:
                if isinstance(op, (CreateTable, CreateView)):
                    return True
                if isinstance(op, (TableOp, IndexOp, Truncate, LockTable, RefreshView, DropView)):
                    return False
    return True
