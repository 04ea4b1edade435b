"""The loop: replay each history, work out what each statement does, ask the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from migralint import dialects, tools
from migralint.cache import Cache
from migralint.context import Options
from migralint.difference import differences, standing
from migralint.discover import Discovery, discover
from migralint.finding import (
    Coverage,
    Crash,
    Finding,
    MigrationEffects,
    Report,
    StatementEffects,
    Uncovered,
)
from migralint.history import Walk
from migralint.judge import LONG, is_long, judged
from migralint.locks import Effects, Failure, merge, strongest
from migralint.migration import Project, Root, Statement
from migralint.ops import (
    RunCode,
    Unknown,
)
from migralint.parsed import Remembers, remembering
from migralint.registry import load, named
from migralint.selection import apply_settings, enabled
from migralint.source import standing_in
from migralint.suppress import suppress

if TYPE_CHECKING:
    from migralint.config import Settings

OLDEST_SUPPORTED = 15
"""The oldest PostgreSQL that its makers still support, taken where nothing says which server it
is."""

SYNTAX_ERROR = "42601"
CLAUSE = "SHARE UPDATE EXCLUSIVE"
"""The mode that a clause of ALTER TABLE asks for and that no work beside it takes."""


def version_of(project: Project, settings: Settings) -> int:
    """The server's major version: the project's or the configuration's word, else the oldest one
    supported."""
    return project.version or settings.postgres_version or OLDEST_SUPPORTED


def read(
    paths: Sequence[str],
    settings: Settings,
    *,
    cwd: str,
    tool: str | None = None,
    dialect: str | None = None,
    force_exclude: bool = False,
    cache: Cache | None = None,
    overlay: Mapping[str, bytes] | None = None,
    apart: bool = False,
    changed_since: str | None = None,
    start_after: Sequence[str] = (),
    jobs: int = 1,
) -> tuple[Discovery, list[Project]]:
    """Discover and read all histories that the paths belong to; what reading code gives is taken
    from the cache, and kept there. `overlay` stands in for files on disk, by absolute path; `apart`
    asks for each path by itself, so that what concerns several is said at each; what is older than
    a commit (`changed_since`) or than migrations (`start_after`) is replayed only."""
    cache = cache or Cache(None)

    def read_root(root: Root) -> Project:
        root = replace(root, apart=apart)
        parse = dialects.load(root.dialect).parse
        parsed: Remembers | None = cache.parsed(root)
        if parsed is None and jobs > 1 and len(root.files) >= LONG and not overlay:
            from migralint.partner import partner

            parsed = partner(root, parse)
        with remembering(parsed):
            return tools.read(root, parse, cache.shelf)

    with standing_in(overlay or {}):
        found = discover(
            paths, settings, cwd, tool=tool, dialect=dialect, force_exclude=force_exclude
        )
        if changed_since is None:
            projects = list(map(read_root, found.roots))
        else:
            from migralint.narrow import since

            found, projects = since(
                changed_since, paths, settings, cwd, found, read_root, every=bool(start_after)
            )
        if start_after or settings.start_after or any(root.start_after for root in found.roots):
            from migralint.narrow import started

            found, projects = started(found, projects, settings, start_after, paths, cwd)
    cache.save(len(overlay or ()))
    return found, projects


def check(
    paths: Sequence[str],
    settings: Settings,
    *,
    cwd: str,
    jobs: int = 1,
    fixes: bool | int = False,
    made: Collection[str] = (),
    effects: bool = False,
    comments: bool = True,
    **given: Any,
) -> Report:
    """Lint files and folders; with `fixes` a finding says how it could be mended, knowing that the
    migrations `made` are new (a number: unless there are more findings, or a history so long that
    looking costs); with `effects` the report says what each migration does; without `comments` it
    tells in spite of ignore comments. `given` is what `read` takes beside. Raises UsageError and
    ConfigurationError."""
    found, projects = read(paths, settings, cwd=cwd, jobs=jobs, **given)
    if fixes is not True and any(map(is_long, projects)):
        fixes = False
    plans = fixes is not False
    report = check_projects(projects, settings, cwd=cwd, jobs=jobs, plans=plans, comments=comments)
    report = replace(
        report,
        histories=found.roots,
        coverage=_with_unread(report.coverage, found),
        notes=(*found.notes, *filter(None, [found.narrowed]), *report.notes),
        warnings=(*found.warnings, *report.warnings),
    )
    if settings.baseline is not None:
        from migralint import baseline

        report = baseline.known(report, settings.baseline, paths or ["."], enabled(settings), cwd)
    if fixes is True or (fixes and len(report.findings) <= fixes):
        report = replace(report, findings=tuple(_mended(report.findings, projects, made)))
    if effects:
        done = [
            each
            for project in projects
            for each in effects_of(project, version_of(project, settings))
        ]
        report = replace(report, migrations=tuple(done))
    return report


def check_projects(
    projects: Sequence[Project],
    settings: Settings,
    *,
    cwd: str = "",
    jobs: int = 1,
    plans: bool = True,
    comments: bool = True,
) -> Report:
    """Lint histories that are read already, a long one in up to so many processes; without `plans`
    some findings come without."""
    load()
    active = enabled(settings)
    findings: list[Finding] = []
    crashes: list[Crash] = []
    notes: dict[str, None] = {}
    options = Options(
        settings.options, frozenset(settings.tables.small), settings.timeouts == "runner"
    )
    for project in projects:
        known = project.version is not None or settings.postgres_version is not None
        given = replace(options, version_known=known)
        version = version_of(project, settings)
        found, crashed = judged(project, version, active, given, jobs, plans)
        findings += found
        crashes += crashed
        if project.version is None and settings.postgres_version is None and project.migrations:
            note = f"PostgreSQL {OLDEST_SUPPORTED} is assumed"
            notes[f"{note}; set --postgres-version to your server's."] = None
    # Two members of one statement may say the same at the same place.
    unique = {(each.path, each.span, each.code, each.message): each for each in findings}
    findings = sorted(unique.values(), key=lambda each: (each.path, each.span.start, each.code))
    reasons = named("unexplained-ignore").code in active
    findings = suppress(findings, projects, ran=active, reasons=reasons)
    if not comments:
        findings = [replace(each, suppressed=None) for each in findings]
    findings = apply_settings(findings, settings, cwd)
    return Report(tuple(findings), coverage_of(projects), tuple(notes), tuple(crashes))


def _mended(
    findings: Iterable[Finding], projects: Iterable[Project], made: Collection[str]
) -> Iterator[Finding]:
    """The findings, each with its fix, where there is one."""
    from migralint.tools.place import Scene

    owners: dict[str, Scene] = {}
    for project in projects:
        scene = Scene(project, dialects.load(project.dialect), made)
        owners.update(dict.fromkeys(scene.paths, scene))
    for finding in findings:
        owner = owners.get(finding.path)
        if finding.plan is not None and finding.suppressed is None and owner is not None:
            finding = replace(finding, fix=tools.rewrite(owner, finding))
        yield finding


def coverage_of(projects: Iterable[Project]) -> Coverage:
    """What was read, of what was asked for."""
    files: set[str] = set()
    migrations = statements = 0
    missed: list[Uncovered] = []
    count_missed = 0
    replayed: set[str] = set()
    for project in projects:
        for migration in project.migrations:
            if not migration.checked:
                replayed.update(script.source.path for script in migration.scripts)
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
    # A step that is not understood is not understood on its way back either.
    told = tuple(dict.fromkeys(missed))
    return Coverage(
        len(files),
        migrations,
        statements,
        statements - count_missed,
        told,
        judged=frozenset(files),
        replayed=frozenset(replayed - files),
    )


def locks(
    paths: Sequence[str], settings: Settings, *, cwd: str, down: bool = False, **given: Any
) -> tuple[list[StatementEffects], Coverage]:
    """What each statement does, in order, and what was read; with `down` the ways back as well.
    `given` is what `read` takes beside."""
    found, projects = read(paths, settings, cwd=cwd, **given)
    entries = [
        entry
        for project in projects
        for entry in locks_of(project, version_of(project, settings), down)
    ]
    return entries, _with_unread(coverage_of(projects), found)


def _with_unread(coverage: Coverage, found: Discovery) -> Coverage:
    """The coverage, with what discovery passed over."""
    unread = tuple(Uncovered(path, 0, reason) for path, reason in found.unread)
    missed = (*coverage.not_analysed, *unread)
    return replace(coverage, not_analysed=missed, narrowed=found.narrowed, narrow=found.narrow)


def locks_of(project: Project, version: int, down: bool = False) -> Iterator[StatementEffects]:
    for migration in effects_of(project, version, down=down, changes=False):
        yield from migration.statements


def effects_of(
    project: Project, version: int, *, down: bool = False, changes: bool = True
) -> Iterator[MigrationEffects]:
    """What each migration that was asked for does, in order; with `down` its way back as well, with
    `changes` what it makes of the schema."""
    walk = Walk(project, version)
    walk.schema.rows_described = True
    found: list[StatementEffects] = []

    def each(walk: Walk, statement: Statement) -> None:
        found.append(_effects_of(walk, statement))

    for migration in project.migrations:
        if not migration.checked:
            walk.replay(migration)
            continue
        before = standing(walk.schema) if changes else None
        walk.run(migration, migration.up, each)
        changed = () if before is None else tuple(differences(before, walk.schema))
        if migration.down is not None and down:
            mark = walk.schema.mark()
            walk.run(migration, migration.down, each)
            walk.schema.undo(mark)
        yield MigrationEffects(
            project.root, project.tool, migration.id, migration.path, tuple(found), changed
        )
        found.clear()


def _effects_of(walk: Walk, statement: Statement) -> StatementEffects:
    """The effects of a whole statement on what stood before it, and on nothing that the transaction
    had already."""
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
            # Of several clauses the one that asks for the strongest lock takes it for all.
            if len(parts) == 1 or lock.mode != CLAUSE or whole.mode(lock.relation) == CLAUSE
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
    """Lint texts as one history of a tool: path to text, in the tool's order. What is not in
    `checked` is replayed only."""
    import os
    import tempfile

    from migralint.config import Settings as Defaults

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
