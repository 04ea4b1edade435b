"""One history before the rules; a long one in parts, side by side."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from migralint.context import Context, Options
from migralint.finding import Crash, Finding
from migralint.history import Walk
from migralint.locks import NOTHING, merge
from migralint.migration import Migration, Problem, Project, Script, Statement
from migralint.ops import Op
from migralint.progress import passed
from migralint.registry import RULES, Rule, When, named
from migralint.source import NOWHERE, Source, Span

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Part = Callable[[int, "int | None"], "tuple[list[Finding], list[Crash]]"]

LONG = 2_000
"""Migrations from which on a history is worth a second process."""
REPLAY = 0.25
"""What a migration costs a process that does not judge it, which replays it and sends its findings
afterwards, as a part of what judging it does (measured on 10,000 small migrations)."""


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
        self._by_type: dict[tuple[type, When, str], list[Rule]] = {}
        self._silent: dict[str, set[str]] = {}
        """Codes that say nothing of a file, since a problem of it says more."""
        for problem in project.problems:
            self._silence(problem)

    def judge(self, first: int = 0, last: int | None = None) -> None:
        """Replay the history from its first migration, and judge what was asked for of those from
        `first` to before `last`; what concerns the whole history with its end."""
        walk = self.walk
        migrations = self.project.migrations[:last]
        for number, migration in enumerate(migrations):
            if not migration.checked or number < first:
                walk.replay(migration)
                continue
            self.context.migration = migration
            for script in (migration.up, migration.down):
                if script is not None:
                    self._script(migration, script)
            self.context.script = migration.up
            self._ask(migration, _whole(migration.up))
            passed()
        if last is not None and last < len(self.project.migrations):
            return
        for problem in self.project.problems:
            self._report(problem)
        checked = [each for each in migrations if each.checked]
        if checked:
            self.context.migration, self.context.script = checked[-1], checked[-1].up
            self._ask(self.project, _whole(checked[-1].up))

    def _script(self, migration: Migration, script: Script) -> None:
        """The way up changes the schema for good, the way down only while it is looked at."""
        for problem in script.problems:
            self._silence(problem)
            self._report(problem)
        mark = self.walk.schema.mark()
        before = len(self.findings)
        self.context.script = script
        self.walk.run(migration, script, self._statement)
        calls = {each.span: each.within for each in script.statements if each.within}
        self.findings[before:] = _of_loops(self.findings[before:], calls)
        if script.direction == "down":
            self.walk.schema.undo(mark)

    def _statement(self, walk: Walk, statement: Statement) -> None:
        context = self.context
        context.statement = statement
        context.transaction = walk.session
        effects = []
        before = len(self.findings)
        for op, effect in walk.steps(statement):
            context.stand(effect, op)
            effects.append(effect)
            self._ask(op, statement)
            if effect.fails:
                self._ask(op, statement, "fails")
            if effect.needs_autocommit:
                self._ask(op, statement, "autocommit")
            if context.blocked:
                self._ask(op, statement, "blocks")
        if self._silent or len(self.findings) > before + 1:
            self._one_each(before)
        if self._rules_on(type(statement), "always"):
            context.stand(merge(effects) if effects else NOTHING)
            self._ask(statement, statement)

    def _silence(self, problem: Problem) -> None:
        rule = named(problem.rule)
        if rule.instead_of and rule in self._rules:
            self._silent.setdefault(problem.path, set()).update(rule.instead_of)

    def _one_each(self, before: int) -> None:
        """One finding for one cause, of those on a statement."""
        silent = self._silent.get(self.context.script.source.path, ())
        findings = [each for each in self.findings[before:] if each.code not in silent]
        self.findings[before:] = _told_once(_most_specific(findings))

    def _rules_on(self, kind: type, when: When) -> list[Rule]:
        key = (kind, when, self.context.script.direction)
        rules = self._by_type.get(key)
        if rules is None:
            rules = [
                rule
                for rule in self._rules
                if rule.when == when
                and issubclass(kind, rule.on)
                and (rule.down or self.context.script.direction == "up")
            ]
            self._by_type[key] = rules
        return rules

    def _ask(
        self,
        subject: Op | Statement | Migration | Project,
        statement: Statement,
        when: When = "always",
    ) -> None:
        context = self.context
        context.statement = statement
        for rule in self._rules_on(type(subject), when):
            context.rule = rule
            try:
                self.findings.extend(rule.check(subject, context))
            except Exception as why:  # noqa: BLE001  # a rule that breaks must not take the others along
                place = traceback.extract_tb(why.__traceback__)[-1]
                error = f"{type(why).__name__}: {why} ({place.filename}:{place.lineno})"
                source = context.script.source
                line = source.position(statement.span.start)[0]
                self.crashes.append(Crash(f"{rule.code} {rule.name}", source.path, error, line))

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
                help=problem.help,
            )
        )


def _most_specific(findings: list[Finding]) -> list[Finding]:
    """Without those of which a more specific rule speaks, at the same place or of the same
    relations."""
    said = [(code, finding) for finding in findings for code in RULES[finding.code].instead_of]
    if not said:
        return findings
    return [
        each
        for each in findings
        if not any(
            code == each.code
            and (
                finding.span == each.span
                or (finding.relations and finding.relations == each.relations)
            )
            for code, finding in said
        )
    ]


NAMED = 8
"""How many clauses a finding names before it counts the others."""


def _told_once(findings: list[Finding]) -> list[Finding]:
    """Of rules for which one finding a statement is enough, the first, which names the others."""
    kept: dict[tuple[str, tuple[str, ...], bool], int] = {}
    more: dict[int, dict[str, None]] = {}
    left: list[Finding] = []
    for finding in findings:
        if not RULES[finding.code].once:
            left.append(finding)
            continue
        # With and without a plan is other advice: one is to be left out, the other written anew.
        key = (finding.code, finding.relations, finding.plan is None)
        if key in kept:
            more.setdefault(kept[key], {})[finding.subject] = None
            continue
        kept[key] = len(left)
        left.append(finding)
    for at, subjects in more.items():
        left[at] = _with_others(left[at], subjects)
    return left


def _with_others(finding: Finding, subjects: Iterable[str]) -> Finding:
    names = [name for name in subjects if name != finding.subject]
    if len(names) > NAMED:
        names[NAMED - 1 :] = [f"{len(names) - NAMED + 1} more"]
    others = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    if not others:
        return finding
    return replace(finding, message=f"{finding.message} The same goes for {others}.")


def _of_loops(findings: list[Finding], calls: Mapping[Span, Span]) -> list[Finding]:
    """What is said at one place of several things, as of a loop that is walked through, is said of
    the first, which names the others; `calls` are the places of functions, of whose lines some
    rules need no more."""
    kept: dict[tuple[str, Span, str, str], int] = {}
    more: dict[int, list[Finding]] = {}
    left: list[Finding] = []
    for finding in findings:
        place = finding.span
        if RULES[finding.code].once and finding.statement_span is not None:
            place = calls.get(finding.statement_span, place)
        key = (finding.code, place, finding.severity, finding.confidence)
        first = left[kept[key]] if key in kept else None
        if first is None or not finding.subject:
            kept.setdefault(key, len(left))
            left.append(finding)
        elif (
            first.subject != finding.subject
            or place != finding.span
            or (first.message == finding.message)
        ):
            more.setdefault(kept[key], []).append(finding)
        elif set(first.relations) <= set(finding.relations):
            left[kept[key]] = finding  # It says all of the first, and more.
        else:
            left.append(finding)
    for at, others in more.items():
        named = _with_others(left[at], dict.fromkeys(each.subject for each in others))
        relations = (name for each in (named, *others) for name in each.relations)
        left[at] = replace(named, relations=tuple(dict.fromkeys(relations)))
    return left


def _whole(script: Script) -> Statement:
    """What stands for a statement where a whole file is meant: its first one, or none."""
    return script.statements[0] if script.statements else Statement(NOWHERE, "", ())


def is_long(project: Project) -> bool:
    """It is worth a second process, as far as its length goes."""
    return sum(migration.checked for migration in project.migrations) >= LONG


def judged(
    project: Project,
    version: int,
    active: frozenset[str],
    options: Options,
    jobs: int,
    plans: bool = True,
) -> tuple[list[Finding], list[Crash]]:
    """What the rules say of a history, which a second process helps with where it is long; without
    `plans` what that one finds comes without, since sending them takes long."""

    def part(first: int, last: int | None) -> tuple[list[Finding], list[Crash]]:
        judge = Judge(project, version, active, options)
        judge.judge(first, last)
        return judge.findings, judge.crashes

    # A transaction that spans migrations cannot be cut in two.
    spans = any(migration.new for migration in project.migrations)
    if jobs < 2 or spans or not hasattr(os, "fork") or not is_long(project):
        return part(0, None)
    cuts = _cuts(len(project.migrations), jobs)
    helpers = [
        _Helper(part, first, last, plans)
        for first, last in zip(cuts[1:], [*cuts[2:], None], strict=True)
    ]
    findings, crashes = part(0, cuts[1])
    sources = {
        script.source.path: script.source
        for migration in project.migrations
        for script in (migration.up, migration.down)
        if script is not None
    }
    for helper in helpers:
        more, crashed = helper.result()
        findings += [replace(each, source=sources.get(each.path, each.source)) for each in more]
        crashes += crashed
    return findings, crashes


def _cuts(count: int, jobs: int) -> list[int]:
    """Where the parts begin that take equally long, since each replays all before it."""
    whole = REPLAY / (1 - (1 - REPLAY) ** jobs)
    return [int(count * whole * (1 - (1 - REPLAY) ** n) / REPLAY) for n in range(jobs)]


class _Helper:
    """A part of a history in a process of its own, which has all that was read before it began."""

    def __init__(self, part: Part, first: int, last: int | None, plans: bool) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        self._part = part
        self._plans = plans
        self._range = first, last
        self._reader, writer = context.Pipe(duplex=False)
        self._process = context.Process(target=self._work, args=(writer,), daemon=True)
        self._process.start()
        writer.close()

    def _work(self, writer: Connection[Any, Any]) -> None:
        findings, crashes = self._part(*self._range)
        nothing = Source("", "")
        # The texts are there already, where the findings go; the effects have been judged.
        left: dict[str, Any] = {"source": nothing, "effects": None}
        if not self._plans:
            left |= {"plan": None, "op": None}
        writer.send(([replace(each, **left) for each in findings], crashes))

    def result(self) -> tuple[list[Finding], list[Crash]]:
        """What the part gave; worked out here and now if the process did not live to tell."""
        try:
            found: tuple[list[Finding], list[Crash]] = self._reader.recv()
        except EOFError:
            return self._part(*self._range)
        finally:
            self._reader.close()
        self._process.join()
        return found
