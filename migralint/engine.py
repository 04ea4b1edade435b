"""The loop: replay each history, work out what each statement does, ask the rules."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from migralint import dialects, tools
from migralint.context import Context, Options
from migralint.discover import Discovery, discover
from migralint.finding import Coverage, Crash, Finding, Report, StatementEffects, Uncovered
from migralint.locks import NOTHING, Effects, Failure, merge, strongest
from migralint.migration import Migration, Problem, Project, Script, Statement
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
    RunCode,
    TableOp,
    Truncate,
    Unknown,
)
from migralint.registry import RULES, Rule, load, named
from migralint.replay import apply
from migralint.schema import Schema
from migralint.selection import apply_settings, enabled
from migralint.session import Session
from migralint.source import Source
from migralint.suppress import suppress

if TYPE_CHECKING:
    from migralint.config import Settings

OLDEST_SUPPORTED = 15
"""The oldest PostgreSQL that its makers still support, taken where nothing says which server it is."""

SYNTAX_ERROR = "42601"


class Walk:
    """One history on its way: the schema, the session, and where we stand."""

    def __init__(self, project: Project, version: int) -> None:
        self.project = project
        self.version = version
        self.dialect = dialects.load(project.dialect)
        self.schema = Schema()
        if not begins(project):
            self.schema.doubt()
        self.session = Session()
        self.migration: Migration
        self.script: Script

    def replay(self, migration: Migration) -> None:
        """Take a migration's way up into the schema, looking at nothing."""
        self._stand(migration, migration.up)
        for statement in migration.up.statements:
            self.session.enter(statement, self.schema.mark())
            self.schema.transaction = self.session.id
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
        """Stand before each statement of a script in turn; `each` has to `step` through its operations."""
        self._stand(migration, script)
        for statement in script.statements:
            self.session.enter(statement, self.schema.mark())
            self.schema.transaction = self.session.id
            each(self, statement)

    def steps(self, statement: Statement) -> Iterator[tuple[Op, Effects]]:
        """Each operation of a statement with its effects, the schema just before it; then the schema takes it in."""
        for op in self.dialect.order(statement.ops):
            effects = self.dialect.effects(op, self.schema, self.version)
            yield op, replace(effects, fails=None) if op.conditional and effects.fails else effects
            self.session.hold(effects.locks)
            if isinstance(op, RenameTable):
                old = self.schema.resolve(op.table)
                self.session.renamed(old, Name(op.to, old.schema))
            self._take(op, effects)

    def _stand(self, migration: Migration, script: Script) -> None:
        self.migration = migration
        self.script = script
        self.schema.migration = migration.id or script.source.path
        self.session = Session(script)

    def _take(self, op: Op, effects: Effects) -> None:
        if op.conditional and effects.fails:
            return  # Guarded against just that: here it does not run, or its failure is caught.
        if isinstance(op, Rollback):
            self.schema.undo(self.session.began)
        self.session.leave(op, self.schema.mark())
        apply(self.schema, op)


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


def version_of(project: Project, settings: Settings) -> int:
    """The server's major version: the project's or the configuration's word, else the oldest one supported."""
    return project.version or settings.postgres_version or OLDEST_SUPPORTED


def read(
    paths: Sequence[str],
    settings: Settings,
    *,
    cwd: str,
    tool: str | None = None,
    dialect: str | None = None,
    force_exclude: bool = False,
) -> tuple[Discovery, list[Project]]:
    """Discover and read all histories that the paths belong to."""
    found = discover(paths, settings, cwd, tool=tool, dialect=dialect, force_exclude=force_exclude)
    return found, [tools.read(root, dialects.load(root.dialect).parse) for root in found.roots]


def check(paths: Sequence[str], settings: Settings, *, cwd: str, **given: Any) -> Report:
    """Lint files and folders. `given` is what `read` takes beside. Raises UsageError and ConfigurationError."""
    found, projects = read(paths, settings, cwd=cwd, **given)
    report = check_projects(projects, settings, cwd=cwd)
    coverage = report.coverage
    unread = tuple(Uncovered(path, 0, reason) for path, reason in found.unread)
    return replace(
        report,
        coverage=replace(coverage, not_analysed=(*coverage.not_analysed, *unread)),
        notes=(*found.notes, *report.notes),
    )


def check_projects(projects: Sequence[Project], settings: Settings, *, cwd: str = "") -> Report:
    """Lint histories that are read already."""
    load()
    active = enabled(settings)
    findings: list[Finding] = []
    crashes: list[Crash] = []
    notes: dict[str, None] = {}
    options = Options(
        settings.options, frozenset(settings.tables.small), settings.timeouts == "runner"
    )
    for project in projects:
        judge = Judge(project, version_of(project, settings), active, options)
        judge.judge()
        findings += judge.findings
        crashes += judge.crashes
        if project.version is None and settings.postgres_version is None and project.migrations:
            notes[
                f"PostgreSQL {OLDEST_SUPPORTED} is assumed; set --postgres-version to your server's."
            ] = None
    findings.sort(key=lambda each: (each.path, each.span.start, each.code))
    findings = suppress(findings, projects, ran=active)
    findings = apply_settings(findings, settings, cwd)
    return Report(tuple(findings), coverage_of(projects), tuple(notes), tuple(crashes))


class Judge:
    """One history before the rules."""

    def __init__(
        self, project: Project, version: int, active: frozenset[str], options: Options
    ) -> None:
        self.project = project
        self.walk = Walk(project, version)
        self.context = Context(
            project, self.walk.schema, version, options, self.walk.dialect.locate
        )
        self.findings: list[Finding] = []
        self.crashes: list[Crash] = []
        self._rules = [
            rule
            for rule in RULES.values()
            if rule.code in active and (not rule.dialects or project.dialect in rule.dialects)
        ]
        self._by_type: dict[tuple[type, bool], list[Rule]] = {}

    def judge(self) -> None:
        """Replay the history from its first migration, and judge what was asked for."""
        problems = [*self.project.problems]
        walk = self.walk
        for migration in self.project.migrations:
            if not migration.checked:
                walk.replay(migration)
                continue
            problems += migration.up.problems
            self.context.migration = migration
            self.context.script = migration.up
            walk.run(migration, migration.up, self._statement)
            if migration.down is not None:
                problems += migration.down.problems
                mark = walk.schema.mark()
                self.context.script = migration.down
                walk.run(migration, migration.down, self._statement)
                walk.schema.undo(mark)
                self.context.script = migration.up
            self._ask(migration, _whole(migration.up))
        for problem in problems:
            self._report(problem)
        last = next((each for each in reversed(self.project.migrations) if each.checked), None)
        if last is not None:
            self.context.migration, self.context.script = last, last.up
            self._ask(self.project, _whole(last.up))

    def _statement(self, walk: Walk, statement: Statement) -> None:
        context = self.context
        context.statement = statement
        context.transaction = walk.session
        effects = []
        for op, effect in walk.steps(statement):
            context.effects_now = effect
            effects.append(effect)
            self._ask(op, statement)
        context.effects_now = merge(effects) if effects else Effects()
        self._ask(statement, statement)

    def _rules_on(self, kind: type) -> list[Rule]:
        down = self.context.script.direction == "down"
        rules = self._by_type.get((kind, down))
        if rules is None:
            rules = [
                rule
                for rule in self._rules
                if issubclass(kind, rule.on) and (rule.down or not down)
            ]
            self._by_type[kind, down] = rules
        return rules

    def _ask(self, subject: Op | Statement | Migration | Project, statement: Statement) -> None:
        context = self.context
        for rule in self._rules_on(type(subject)):
            context.rule = rule
            context.statement = statement
            try:
                self.findings.extend(rule.check(subject, context))
            except Exception as why:
                place = traceback.extract_tb(why.__traceback__)[-1]
                error = f"{type(why).__name__}: {why} ({place.filename}:{place.lineno})"
                self.crashes.append(
                    Crash(f"{rule.code} {rule.name}", context.script.source.path, error)
                )

    def _report(self, problem: Problem) -> None:
        rule = named(problem.rule)
        if rule not in self._rules:
            return
        self.findings.append(
            Finding(
                code=rule.code,
                name=rule.name,
                severity=rule.severity,
                message=problem.message,
                path=problem.path,
                span=problem.span,
                source=problem.source or Source(problem.path, ""),
            )
        )


def _whole(script: Script) -> Statement:
    """What stands for a statement where a whole file is meant: its first one, or none."""
    from migralint.source import NOWHERE

    return script.statements[0] if script.statements else Statement(NOWHERE, "", ())


def coverage_of(projects: Iterable[Project]) -> Coverage:
    """What was read, of what was asked for."""
    files: set[str] = set()
    migrations = statements = 0
    missed: list[Uncovered] = []
    count_missed = 0
    for project in projects:
        for migration in project.migrations:
            if not migration.checked:
                continue
            migrations += 1
            for script in (migration.up, migration.down):
                if script is None:
                    continue
                files.add(script.source.path)
                statements += len(script.statements)
                for statement in script.statements:
                    for op in statement.ops:
                        if isinstance(op, (Unknown, RunCode)):
                            count_missed += 1
                            line = script.source.position(statement.span.start)[0]
                            reason = (
                                op.reason
                                if isinstance(op, Unknown)
                                else f"runs {op.what or 'code'}"
                            )
                            missed.append(Uncovered(script.source.path, line, reason))
                            break
        missed += [Uncovered(path, 0, reason) for path, reason in project.unread]
        for problem in project.problems:
            if problem.rule == "unreadable-file":
                missed.append(Uncovered(problem.path, 0, problem.message))
    return Coverage(len(files), migrations, statements, statements - count_missed, tuple(missed))


def locks(
    paths: Sequence[str], settings: Settings, *, cwd: str, down: bool = False, **given: Any
) -> list[StatementEffects]:
    """What each statement does, in order; with `down` the ways back as well. `given` is what `read` takes beside."""
    _, projects = read(paths, settings, cwd=cwd, **given)
    return [
        entry
        for project in projects
        for entry in locks_of(project, version_of(project, settings), down)
    ]


def locks_of(project: Project, version: int, down: bool = False) -> Iterator[StatementEffects]:
    walk = Walk(project, version)
    walk.schema.rows_described = True
    found: list[StatementEffects] = []

    def each(walk: Walk, statement: Statement) -> None:
        found.append(_effects_of(walk, statement))

    for migration in project.migrations:
        if not migration.checked:
            walk.replay(migration)
            continue
        walk.run(migration, migration.up, each)
        if migration.down is not None and down:
            mark = walk.schema.mark()
            walk.run(migration, migration.down, each)
            walk.schema.undo(mark)
        yield from found
        found.clear()


def _effects_of(walk: Walk, statement: Statement) -> StatementEffects:
    """The effects of a whole statement on what stood before it, and on nothing that the transaction had already."""
    session, mark = walk.session, walk.schema.mark()
    opened, held = session.open, {name: set(modes) for name, modes in session.held.items()}
    parts = [effect for _, effect in walk.steps(statement)]
    line, column = walk.script.source.position(statement.span.start)
    known = not any(isinstance(op, (Unknown, RunCode)) for op in statement.ops)
    effects = None
    if known:
        whole = merge(parts) if parts else Effects()
        created = walk.schema.created_since(mark)
        new = [
            lock
            for lock in whole.locks
            if lock.relation not in created and lock.mode not in held.get(lock.relation, ())
        ]
        fails = whole.fails
        if whole.needs_autocommit and opened and (fails is None or fails.sqlstate != SYNTAX_ERROR):
            fails = Failure(
                "25001",
                f"{whole.needs_autocommit} cannot run inside a transaction: {session.reason}",
            )
        effects = replace(whole, locks=strongest(tuple(new)), fails=fails)
    return StatementEffects(
        path=walk.script.source.path,
        line=line,
        column=column,
        migration=walk.migration.id,
        direction=walk.script.direction,
        text=statement.text,
        operations=tuple(type(op).__name__ for op in statement.ops),
        in_transaction=opened,
        effects=effects,
    )


def check_files(
    files: Mapping[str, str],
    settings: Settings | None = None,
    *,
    tool: str = "sql",
    dialect: str = "postgresql",
    version: int | None = None,
    checked: set[str] | None = None,
) -> Report:
    """Lint texts as one history of a tool: path to text, in the tool's order. What is not in `checked` is replayed only."""
    import os
    import tempfile

    from migralint.config import Settings as Defaults
    from migralint.migration import Root

    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            full = os.path.join(folder, *path.split("/"))
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        asked = (
            None
            if checked is None
            else frozenset(os.path.join(folder, *path.split("/")) for path in checked)
        )
        root = Root(
            folder, ".", tool, dialect, checked=asked, version=version, files=tuple(sorted(files))
        )
        project = tools.read(root, dialects.load(dialect).parse)
        return check_projects([project], settings or Defaults())
