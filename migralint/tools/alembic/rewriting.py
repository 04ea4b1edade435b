"""A finding's plan as edits of a revision: all steps stand in the same `upgrade`, and what must not
share its transaction in an `autocommit_block`, which ends the one before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from migralint.finding import Finding, Fix, Step
from migralint.ops import AddConstraint, CreateIndex, DropIndex, Op, ValidateConstraint
from migralint.source import Edit, Source, Span
from migralint.tools.calls import (
    INDENT,
    alike,
    folded,
    indented,
    literal,
    parsed,
    reworded,
    span_of,
)
from migralint.tools.place import Place, Scene, applied

_BLOCK = "with {op}.get_context().autocommit_block():"
_BIND = re.compile(r"(?<![:\w]):\w")
"""What `op.execute` takes for a parameter."""
_NOT_VALID = ("create_foreign_key", "create_check_constraint")
"""The calls that take `postgresql_not_valid`."""


def rewrite(scene: Scene, finding: Finding) -> Fix | None:
    """The fix that does what a finding's plan says; None where that takes people."""
    plan = finding.plan
    if plan is None or not plan.whole or finding.op is None:
        return None
    place = scene.find(finding)
    if place is None or place.op.conditional or place.script.direction != "up":
        return None
    call = _Call.at(place)
    if call is None:
        return None
    lines = list(_written(place, call, plan.steps))
    if not lines:
        return None
    outside = place.statement.transaction
    free = outside is not None and outside.scope in ("none", "statement")
    text = call.source.text
    if free and any(block for _, block in lines):
        lines = [(line, False) for line, _ in lines]
    ends = "\r\n" if "\r\n" in text else "\n"
    new = ends.join(_laid_out(lines, call))
    safe = free or not any(block for _, block in lines)
    return Fix(plan.title, (Edit(call.span, new),), (), safe)


class _Call:
    """A statement of Python that is one call and stands on lines of its own; `span` is the call's,
    without its indentation."""

    def __init__(self, source: Source, node: ast.Call, span: Span, indent: str) -> None:
        self.source = source
        self.node = node
        self.span = span
        self.indent = indent
        function = node.func
        assert isinstance(function, ast.Attribute)
        assert isinstance(function.value, ast.Name)
        self.name = function.attr
        self.op = function.value.id

    @property
    def text(self) -> str:
        return self.source.text[self.span.start : self.span.end]

    @staticmethod
    def at(place: Place) -> _Call | None:
        """The call that makes a statement, if it makes no other one."""
        source, at = place.script.source, place.statement.span
        module = parsed(source)
        for node in ast.walk(module) if module is not None else ():
            if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
                continue
            span = span_of(source, node)
            function = node.value.func
            if not (span.start <= at.start and at.end <= span.end):
                continue
            if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
                return None
            start = source.line_starts[node.lineno - 1]
            end = source.text[span.end :].partition("\n")[0].strip()
            indent = source.text[start : span.start]
            others = [
                each
                for each in place.script.statements
                if each is not place.statement
                and span.start <= each.span.start
                and each.span.end <= span.end
            ]
            in_batch = function.value.id != "op" and function.attr != "execute"
            if indent.strip() or (end and not end.startswith("#")) or others or in_batch:
                return None
            return _Call(source, node.value, span, indent)
        return None

    def with_keywords(self, *given: str, without: Collection[str] = ()) -> str:
        """The call with more keywords, behind those that it has."""
        text, base = self.text, self.span.start
        edits = []
        for keyword in self.node.keywords:
            if keyword.arg in without:
                span = span_of(self.source, keyword)
                start = max(span_of(self.source, each).end for each in self._before(keyword))
                edits.append(Edit(Span(start - base, span.end - base), ""))
        every: list[ast.expr | ast.keyword] = [*self.node.args, *self.node.keywords]
        kept = [
            each for each in every if not (isinstance(each, ast.keyword) and each.arg in without)
        ]
        last = max(span_of(self.source, each) for each in kept)
        whole = self.source.text
        start = max(whole.rfind(each, 0, last.start) for each in "\r\n") + 1
        rest = re.compile(r",[ \t]*(?:#[^\r\n]*)?(?=(\r\n?|\n))").match(whole, last.end)
        if rest is not None and not (before := whole[start : last.start]).strip():
            end = rest.end() - base
            edits.append(
                Edit(Span(end, end), "".join(f"{rest[1]}{before}{each}," for each in given))
            )
        else:
            end = last.end - base
            edits.append(Edit(Span(end, end), "".join(f", {each}" for each in given)))
        return applied(text, edits)

    def _before(self, keyword: ast.keyword) -> list[ast.expr | ast.keyword]:
        end = span_of(self.source, keyword).start
        every: list[ast.expr | ast.keyword] = [*self.node.args, *self.node.keywords]
        return [each for each in every if span_of(self.source, each).end <= end]


def _written(place: Place, call: _Call, steps: Iterable[Step]) -> Iterator[tuple[str, bool]]:
    """What stands in the call's place, a statement each, with whether it has to be outside of the
    transaction. Nothing where that is not known."""
    lines: list[tuple[str, bool]] = []
    for number, step in enumerate(steps):
        for op in step.ops:
            text = _said(place, call, op)
            if text is None:
                return
            block = not step.in_transaction or isinstance(op, ValidateConstraint)
            if number and step.new_migration and not block and not lines[-1][1]:
                apart = [each for each in step.ops if each is not op]
                if op is step.ops[0] or not apart:
                    return  # Nothing between the two would end the transaction.
            lines.append((text, block))
    yield from lines


def _said(place: Place, call: _Call, op: Op) -> str | None:
    """An operation as a call: the one that stands there as far as it goes, else SQL."""
    old = place.op
    if alike(op, old):
        return call.text
    if isinstance(op, (CreateIndex, DropIndex)) and call.name in ("create_index", "drop_index"):
        if type(op) is type(old):
            return call.with_keywords(
                "postgresql_concurrently=True",
                without=("postgresql_concurrently", "if_not_exists"),
            )
    elif isinstance(op, AddConstraint) and isinstance(old, AddConstraint):
        not_valid = replace(
            op, constraint=replace(op.constraint, not_valid=False, name=old.constraint.name)
        )
        if alike(not_valid, old) and call.name in _NOT_VALID:
            return call.with_keywords("postgresql_not_valid=True")
    if call.name == "execute" and (text := reworded(place, call.span, op)) is not None:
        return text
    sql = place.words.emit(op)
    if sql is None or _BIND.search(sql):
        return None
    return f"{call.op}.execute({literal(sql)})"


def _laid_out(lines: Iterable[tuple[str, bool]], call: _Call) -> Iterator[str]:
    """The lines with their indentation, the first one without; what has to be outside of the
    transaction in blocks."""
    inside = False
    first = True
    for text, block in lines:
        if block and not inside:
            yield ("" if first else call.indent) + _BLOCK.format(op=call.op)
            first = False
        inside = block
        if text != call.text:
            ends = "\r\n" if "\r\n" in call.source.text else "\n"
            text = folded(text, call.indent, len(INDENT) if block else 0, ends)
        lead = "" if first else call.indent
        yield lead + (INDENT + indented(text, len(INDENT)) if block else text)
        first = False
