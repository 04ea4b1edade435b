"""What a rule may ask while the engine stands before an operation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from msgspec import Struct

from migralint import times
from migralint.finding import ERROR, WARNING, Confidence, Finding, Fix, Plan, Related, Severity
from migralint.locks import MODES, NOTHING, STRENGTH, Effects, Lock, blocks
from migralint.migration import Migration, Project, Script, Statement
from migralint.ops import AddColumn, CreateTable, Name, Op, RenameColumn
from migralint.registry import Rule
from migralint.replay import later
from migralint.schema import Schema, Table
from migralint.session import Session
from migralint.source import Span, mark_of

Asked = TypeVar("Asked", bound=Hashable)
Answer = TypeVar("Answer")
BLOCKING = frozenset(mode for mode in MODES if blocks(mode))
ROWS = frozenset({"table", "matview", "foreign table"})
"""Kinds of relations that hold rows, for which people wait."""


_MILLISECOND = timedelta(milliseconds=1)
_TOGETHER = timedelta(minutes=10)
"""How far apart people write migrations that they deploy in one go."""
_DAY = timedelta(days=1)
"""How old a table is that has few rows yet, so that nobody waits long for it."""
_NEAR = 30
"""How many migrations are written in such a time."""
_OF_TRAFFIC = "1237"
"""The families whose hazards take a table that is in use, or has rows."""
_OF_NAMES = "2"
"""The one whose hazards take code that knows the name."""
_OF_WAITING = "17"
"""Those of them whose hazards grow with the rows."""


def _time(migration: Migration) -> int | None:
    """When a migration was written, in milliseconds since 1970; None where nothing says so."""
    if migration.written is not None:
        return migration.written
    time = times.of_version(migration.id)
    return times.of_head(migration.up.source.text) if time is None else time


class Options(Struct, frozen=True):
    """What a user may set for rules."""

    values: Mapping[str, Any] = {}
    small_tables: frozenset[str] = frozenset()
    runner_sets_timeouts: bool = False
    version_known: bool = True
    """False: the server's version is our assumption."""


class Context:
    """The engine keeps one per project and moves it along; a rule never keeps it."""

    def __init__(
        self,
        project: Project,
        schema: Schema,
        version: int,
        options: Options,
        locate: Callable[[Statement, Op], Span],
    ) -> None:
        self.project = project
        self.schema = schema
        self.version = version
        """The server's major version."""
        self.options = options
        self.transaction = Session()
        self.migration: Migration
        self.script: Script
        self.statement: Statement
        self.rule: Rule
        self._effects: Effects = NOTHING
        self._blocked: tuple[Lock, ...] | None = ()
        self._new: Name | None = None
        self._locate = locate
        self._asked: Statement | None = None
        self._before: dict[Name, Table | None] = {}
        self._answers: dict[Any, Any] = {}
        self._empty: later.Empty | None = None

    def stand(self, effects: Effects, op: Op | None = None) -> None:
        """Stand before an operation, or a whole statement, that has these effects."""
        self._effects = effects
        self._blocked = None if effects.locks else ()
        self._answers = {}
        self._new = self.schema.home(op.table) if isinstance(op, CreateTable) else None

    def effects(self, op: Op) -> Effects:
        """What the operation in hand does; of another one, what it does is not known yet."""
        return self._effects

    @property
    def blocked(self) -> tuple[Lock, ...]:
        """The locks of the operation in hand that keep ordinary work on live tables waiting."""
        if self._blocked is None:
            self._blocked = tuple(
                lock
                for lock in self._effects.locks
                if lock.mode in BLOCKING and lock.kind in ROWS
                if self.is_live(lock.relation) and not self._makes(lock.relation)
            )
        return self._blocked

    def _makes(self, relation: Name) -> bool:
        """The relation comes into being with the operation in hand, so nobody waits for it."""
        new = self._new
        return (
            new is not None
            and new.name == relation.name
            and relation.schema in (new.schema, "pg_temp")
        )

    def is_live(self, table: Name) -> bool:
        """Other sessions can see it: it existed before this migration, or we do not know."""
        if self.migration.kind == "baseline":
            return False  # It runs on new databases only, which nobody uses yet.
        schema = self.schema
        known = schema.relations.get(table) if table.schema else schema.table(table)
        if known is None:
            return True
        if known.born_in is not None and known.born_in == schema.transaction:
            return False  # Made by an earlier migration of the same transaction, at the earliest.
        return not known.temporary and (known.born != schema.migration or not known.born)

    def young(self, table: Name, within: timedelta = _TOGETHER) -> str:
        """The migration that made the table so short a time before this one and left it empty, as
        their versions say, where these are times; else "". What was written minutes apart is
        likely to be deployed together."""
        maker, age = self._age(table)
        return maker if age is not None and age <= within else ""

    def _age(self, table: Name) -> tuple[str, timedelta | None]:
        """The migration that made a table and left it empty, and how long before this one."""
        known = self.schema.table(table)
        if known is None or not known.born or known.seeded:
            return "", None
        if not 0 < int(self.schema.migration) - int(known.born) <= _NEAR:
            return "", None
        maker = self.project.migrations[int(known.born) - 1]
        made, now = _time(maker), _time(self.migration)
        if made is None or now is None or now < made:
            return "", None
        return maker.id, timedelta(milliseconds=now - made)

    def existing(self, table: Name) -> Table | None:
        """The table as history left it."""
        return self.schema.table(table)

    def before(self, table: Name) -> Table | None:
        """The table as it stood when a rule first asked for it in this statement: what the clauses
        of one ALTER TABLE have in common."""
        if self._asked is not self.statement:
            self._asked, self._before = self.statement, {}
        name = self.schema.resolve(table)
        if name not in self._before:
            self._before[name] = self.schema.relations.get(name)
        return self._before[name]

    def once(self, question: Callable[[Asked, Context], Answer], asked: Asked) -> Answer:
        """What several rules ask of the operation in hand, worked out for the first of them."""
        key = question, asked
        if key not in self._answers:
            self._answers[key] = question(asked, self)
        answer: Answer = self._answers[key]
        return answer

    def option(self, name: str, default: Any = None) -> Any:
        """A rule's setting from the configuration's `options` table."""
        return self.options.values.get(name, default)

    def lock(self, table: Name) -> str | None:
        """The mode that the operation in hand takes on a table."""
        return self._effects.mode(self.schema.resolve(table))

    def finding(
        self,
        at: Op | Span | None,
        message: str,
        *,
        help: str = "",
        plan: Plan | None = None,
        fix: Fix | None = None,
        relations: tuple[Name, ...] = (),
        lock: str | None = None,
        related: tuple[Related, ...] = (),
        severity: Severity | None = None,
        confidence: Confidence | None = None,
    ) -> Finding:
        """A finding of the rule in hand, at an operation (its exact clause), a span of the file, or
        the whole statement.

        Where `relations` is empty, the operation's own table is named; where `lock` is None, the
        strongest mode that the operation takes on what is named is. It is `assumed` when the
        effects rest on something not seen, unless said otherwise.
        """
        statement = self.statement
        span = at if isinstance(at, Span) else self._span(at)
        effects = self._effects if isinstance(at, Op) else NOTHING
        if "`-- migralint:" in help:
            mark = mark_of(self.script.source.path)
            help = help.replace("`-- migralint:", f"`{mark} migralint:")
        table = getattr(at, "table", None)
        if not relations and isinstance(table, Name):
            relations = (table,)
        if lock is None and effects.locks:
            named = set(map(self.schema.resolve, relations))
            modes = (
                each.mode
                for each in effects.locks
                if (each.relation in named if named else each.kind != "index")
            )
            strongest = max(modes, key=STRENGTH.__getitem__, default=None)
            lock = strongest if strongest and blocks(strongest) else None
        if confidence is None:
            confidence = "assumed" if effects.assumed else "certain"
            if effects.assumed:
                message += f" (Assumed: {'; '.join(effects.assumed)}.)"
        if severity is None:
            severity = self.rule.severity
        if severity == ERROR and self.rule.code[3] in _OF_TRAFFIC and not effects.fails:
            assumed = self._unused(table, at) if isinstance(table, Name) else ""
            if assumed:
                severity, confidence = WARNING, "assumed"
                message += f" (Assumed: {assumed}.)"
        return Finding(
            code=self.rule.code,
            name=self.rule.name,
            severity=severity,
            message=message,
            path=self.script.source.path,
            span=span,
            source=self.script.source,
            help=help,
            confidence=confidence,
            migration=self.migration.id,
            statement=statement.text,
            statement_span=statement.span,
            relations=tuple(str(self.schema.resolve(name)) for name in relations),
            lock=lock,
            effects=effects,
            related=related,
            op=at if isinstance(at, Op) else None,
            plan=plan,
            fix=fix,
            subject=at.label if isinstance(at, Op) else "",
        )

    def _unused(self, table: Name, at: Op | Span | None) -> str:
        """Why little harm is likely to come to the table; "" where nothing says so."""
        born, age = self._age(table)
        family = self.rule.code[3]
        if age is not None and age <= _TOGETHER:
            return f"{table}, which {born} has just made, is not in use yet"
        if age is not None and age <= _DAY and family in _OF_WAITING:
            return f"{table}, which {born} made within a day before, has few rows yet"
        column = getattr(at, "column", None)
        if family == _OF_NAMES and isinstance(column, str) and (by := self._named(table, column)):
            return f"{table}.{column}, which {by} has just made, is not in use yet"
        if self._empty is None:
            self._empty = later.empty(self.project)
        number = int(self.schema.migration)
        for first, last in self._empty.get(later.key(self.schema.resolve(table)), ()):
            if first <= number < last:
                then = self.project.migrations[last - 1].id
                return f"{table} has no rows yet, or {then} fails on them"
        return ""

    def _named(self, table: Name, column: str) -> str:
        """The migration that gave a column its name minutes before this one; "" where none did."""
        now, name = _time(self.migration), self.schema.home(table)
        number = int(self.schema.migration) - 1
        for migration in reversed(self.project.migrations[max(0, number - _NEAR) : number]):
            made = _time(migration)
            if now is None or made is None or not 0 <= now - made <= _TOGETHER / _MILLISECOND:
                return ""
            for statement in migration.up.statements:
                for op in statement.ops:
                    new = isinstance(op, AddColumn) and op.column.name == column
                    if new or (isinstance(op, RenameColumn) and op.to == column):
                        if self.schema.home(op.table) == name:  # type: ignore[attr-defined]
                            return migration.id
        return ""

    def _span(self, op: Op | None) -> Span:
        if op is None:
            return self.statement.span
        span = self._locate(self.statement, op)
        return self.statement.embedded.to_host(span) if self.statement.embedded else span

    def related(self, migration: Migration, message: str, span: Span) -> Related:
        """Another place, in a migration's way up."""
        source = migration.up.source
        return Related(message, source.path, span, source)
