"""Where a finding stands in a file, and the text around it: what a fix is made of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Protocol

from msgspec import Struct

from migralint.dialects import lex
from migralint.finding import Finding
from migralint.migration import Migration, Project, Script, Statement
from migralint.ops import CreateIndex, DropIndex, Op, Other, Reindex, SetTimeout
from migralint.source import Edit, Span

_ALONE = (CreateIndex, DropIndex, Reindex, SetTimeout)
"""Operations that can leave the transaction together."""


class Words(Protocol):
    """How the dialect says operations."""

    def emit(self, *ops: Op) -> str | None: ...

    def clause(self, op: Op) -> str | None: ...

    def edits(self, statement: Statement, op: Op, new: Op) -> tuple[Edit, ...] | None: ...

    def locate(self, statement: Statement, op: Op) -> Span: ...


class Scene:
    """A project for fixes: what each of them asks for, looked up once."""

    def __init__(self, project: Project, words: Words, made: Collection[str] = ()) -> None:
        """`made` are the paths of migrations that other fixes made, which come after all others."""
        self.project = project
        self.words = words
        self.made = made
        self._scripts: dict[str, list[tuple[Migration, Script]]] = {}
        for migration in project.migrations:
            for script in (migration.up, migration.down):
                if script is not None:
                    self._scripts.setdefault(script.source.path, []).append((migration, script))
        versioned = [each.path for each in project.migrations if each.kind == "versioned"]
        old = [path for path in versioned if path not in made]
        self.last = versioned[-1] if versioned else None
        """The path of the last migration."""
        self.last_old = old[-1] if old else None
        """… of the last one that was there before."""

    @property
    def paths(self) -> Collection[str]:
        """The files of all migrations."""
        return self._scripts.keys()

    def find(self, finding: Finding) -> Place | None:
        """Where a finding stands."""
        assert finding.op is not None
        for migration, script in self._scripts.get(finding.path, ()):
            for statement in script.statements:
                if statement.span == finding.statement_span and finding.op in statement.ops:
                    return Place(self, migration, script, statement, finding.op)
        return None


class Place(Struct, frozen=True):
    """The statement that a finding is about."""

    scene: Scene
    migration: Migration
    script: Script
    statement: Statement
    op: Op

    @property
    def project(self) -> Project:
        return self.scene.project

    @property
    def words(self) -> Words:
        return self.scene.words

    @property
    def made(self) -> Collection[str]:
        return self.scene.made

    @property
    def line_end(self) -> str:
        return "\r\n" if "\r\n" in self.script.source.text else "\n"


def applied(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits that do not overlap."""
    for each in sorted(edits, key=lambda each: (each.span.start, each.span.end), reverse=True):
        text = text[: each.span.start] + each.text + text[each.span.end :]
    return text


def without_clause(place: Place) -> Edit | None:
    """One clause of an ALTER TABLE taken out, with a comma."""
    statement, text = place.statement, place.script.source.text
    if place.op.clause < 0:
        return None
    span = place.words.locate(statement, place.op)
    commas = [
        token
        for token in lex.tokens(text, statement.span.start, statement.span.end)
        if token.kind == "symbol" and text[token.start] == ","
    ]
    before = [token for token in commas if token.end <= span.start]
    after = [token for token in commas if token.start >= span.end]
    if place.op.clause > 0 and before:
        return Edit(Span(before[-1].start, span.end), "")
    if after:
        end = lex.skip_blank(text, after[0].end, statement.span.end)
        return Edit(Span(span.start, end), "")
    return None


def is_wrapped(place: Place) -> bool:
    """Other statements share the transaction that the runner puts around this one."""
    wrapping = place.statement.transaction or place.script.transaction
    if wrapping.scope == "implicit-batch":
        batch = place.statement.batch
        return sum(each.batch == batch for each in place.script.statements) > 1
    return wrapping.scope in ("file", "run")


def is_batch(place: Place) -> bool:
    wrapping = place.statement.transaction or place.script.transaction
    return wrapping.scope == "implicit-batch" and not is_wrapped(place)


def is_alone(place: Place) -> bool:
    """The statement can leave the transaction with all others: none of them needs one."""
    return len(place.statement.ops) == 1 and all(
        statement is place.statement
        or all(
            (isinstance(op, _ALONE) and not (isinstance(op, SetTimeout) and op.local))
            or (isinstance(op, Other) and op.what == "NOTHING")
            for op in statement.ops
        )
        for statement in place.script.statements
    )


def last_path(place: Place) -> str | None:
    """The last migration's file, if this migration is the last one that was not made just now."""
    return place.scene.last if place.scene.last_old == place.migration.path else None


def extent(script: Script, statement: Statement) -> Span:
    """A statement with its semicolon."""
    text, end = script.source.text, statement.span.end
    at = lex.skip_blank(text, end, len(text))
    return Span(statement.span.start, at + 1 if text[at : at + 1] == ";" else end)


def line_of(script: Script, span: Span, mark: str = "") -> Span:
    """The whole lines of a statement, where nothing else stands on them but a mark before it."""
    text = script.source.text
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    rest = re.compile(r"[ \t]*(?:\r\n?|\n|\Z)").match(text, span.end)
    before = text[start : span.start].strip()
    if before not in ("", mark) or rest is None:
        return span
    return Span(start, rest.end())


def trailing(text: str, end: int) -> Span | None:
    """A comment behind a statement, up to the end of its line."""
    found = re.compile(r"[ \t]*(--[^\r\n]*)").match(text, end)
    return Span(*found.span(1)) if found else None


def indent_of(text: str, start: int) -> str:
    line = text.rfind("\n", 0, start) + 1
    before = text[line:start]
    return before if not before.strip() else ""
