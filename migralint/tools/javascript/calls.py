"""Calls in files of JavaScript, as fixes change them: where they stand, what they would say
instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from migralint.languages import javascript, tree
from migralint.migration import Script, Statement
from migralint.source import Edit, Source, Span

_LEAD = re.compile(r"(?:return\b\s*)?(?:await\b\s*)?")
_ASYNC = re.compile(r"(?:(?:export|default|public|static|override)\s+)*async\b")
Way = tree.Function | tree.Lambda


class Call(Struct, frozen=True):
    """A statement of JavaScript of its own, which sends one statement of SQL. `span` is all of it,
    `lead` how it begins (`await `, `return `), `value` what it does."""

    source: Source
    span: Span
    lead: str
    value: Span
    way: Way
    """The function of the migration that it stands in."""
    nested: bool
    """It stands in a function that is given to another call, not in the way itself."""

    @property
    def text(self) -> str:
        return self.source.text[self.value.start : self.value.end]

    @property
    def indent(self) -> str:
        return self.source.text[self._line : self.span.start]

    @property
    def _line(self) -> int:
        text = self.source.text
        return max(text.rfind("\n", 0, self.span.start), text.rfind("\r", 0, self.span.start)) + 1

    @property
    def ends(self) -> str:
        """The semicolon at the end of statements here, if they have one."""
        return ";" if self.source.text[self.span.start : self.span.end].endswith(";") else ""

    @property
    def asynchronous(self) -> bool:
        """The way can `await`."""
        start, end = self.way.span.start, self.way.span.end
        return _ASYNC.match(self.source.text, start, end) is not None

    @property
    def runner(self) -> str:
        """What the way calls the connection that it is given; "" where it takes that apart."""
        parameters = self.way.parameters
        return parameters[0].name if parameters else ""

    @property
    def alone(self) -> bool:
        """Nothing else stands on its lines."""
        rest = re.compile(r"[ \t]*(?://[^\r\n]*)?(?=[\r\n]|\Z)").match(
            self.source.text, self.span.end
        )
        return not self.indent.strip() and rest is not None

    def cut(self) -> Edit:
        """Its lines taken out."""
        rest = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)").match(self.source.text, self.span.end)
        assert rest is not None
        return Edit(Span(self._line, rest.end()), "")


def call_at(script: Script, statement: Statement) -> Call | None:
    """The statement of JavaScript that sends this one and nothing else; None where there is
    none."""
    module = parsed(script.source)
    if module is None:
        return None
    found: list[tuple[tree.Do | tree.Leave, tuple[tree.Node, ...]]] = []
    for node, above in _below(module.body, ()):
        inside = node.span.start <= statement.span.start and statement.span.end <= node.span.end
        if inside and isinstance(node, (tree.Do, tree.Leave)) and node.value is not None:
            found.append((node, above))
    for node, above in found:
        ways = [each for each in above if isinstance(each, (tree.Function, tree.Lambda))]
        others = any(
            each is not statement
            and node.span.start <= each.span.start
            and each.span.end <= node.span.end
            for each in script.statements
        )
        if others or not ways:
            continue
        if any(isinstance(each, (tree.If, tree.For, tree.While, tree.Try)) for each in above):
            return None
        return _call(script.source, node, ways)
    return None


def _call(source: Source, node: tree.Do | tree.Leave, ways: list[Way]) -> Call | None:
    text = source.text
    lead = _LEAD.match(text, node.span.start, node.span.end)
    assert lead is not None
    end = node.span.end - text[node.span.start : node.span.end].endswith(";")
    made = Call(source, node.span, lead[0], Span(lead.end(), end), ways[0], nested=len(ways) > 1)
    return made if made.alone else None


def parsed(source: Source) -> tree.Module | None:
    try:
        return javascript.parse(source.text, source.path)
    except tree.SyntaxProblem:
        return None


def _below(
    node: Any, above: tuple[tree.Node, ...]
) -> Iterator[tuple[tree.Node, tuple[tree.Node, ...]]]:
    """All nodes of a part of the tree, outer ones first, each with those around it."""
    if isinstance(node, tuple):
        for each in node:
            yield from _below(each, above)
    elif isinstance(node, Struct) and not isinstance(node, Span):
        if isinstance(node, tree.Node):
            yield node, above
            above = (*above, node)
        for name in node.__struct_fields__:
            yield from _below(getattr(node, name), above)


def classes(module: tree.Module) -> Iterator[tree.Class]:
    for node, _ in _below(module.body, ()):
        if isinstance(node, tree.Class):
            yield node


def literal(text: str, source: Source) -> str:
    """A text as JavaScript writes it, in the quotes that the file prefers, where they do."""
    single, double = source.text.count("'"), source.text.count('"')
    marks = "'\"`" if single > double else "\"'`"
    mark = next((each for each in marks if each not in text), "`")
    escaped = text.replace("\\", "\\\\")
    if mark == "`":
        escaped = escaped.replace("`", "\\`").replace("${", "\\${")
    return f"{mark}{escaped}{mark}"
