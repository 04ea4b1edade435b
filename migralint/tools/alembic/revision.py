"""One revision's file: what it is, and what its functions send. The only module here that reads
Python, so that a history that is all kept from an earlier run needs no parser."""

from __future__ import annotations

from msgspec.structs import replace

from migralint.languages import python
from migralint.languages.evaluate import Evaluator
from migralint.languages.expressions import TooMuch
from migralint.languages.tree import Assign, Module, Name
from migralint.languages.values import Closure, Items, Scope, Value, text_of
from migralint.migration import Statement
from migralint.ops import Unknown
from migralint.source import Source, Span
from migralint.tools.alembic.models import models
from migralint.tools.alembic.modules import Modules
from migralint.tools.alembic.naming import Convention
from migralint.tools.alembic.scripts import sent, world
from migralint.tools.code import commented, not_read
from migralint.tools.files import Parse
from migralint.tools.kept import Facts, Read


def read_revision(
    source: Source,
    dialect: str,
    parse: Parse,
    convention: Convention | None = None,
    modules: Modules | None = None,
) -> Read:
    try:
        module = python.parse(source.text)
    except python.SyntaxProblem as why:
        return Facts(None, broken=True), (_unread(source, why),), None, ()
    evaluator = Evaluator(world(dialect, modules))
    try:
        scope = evaluator.module(module)
    except (TooMuch, RecursionError):
        scope = Scope()
    facts = _facts(module, scope)
    if facts.id is None:
        return facts, None, None, ()
    names = convention or {}
    evaluator.skipped = False
    up = sent(source, scope, "upgrade", evaluator, parse, names)
    facts = replace(facts, guarded=evaluator.skipped)
    if up is None:
        up = (not_read(source, Span(0, 0), "the file has no upgrade()"),)
    down = sent(source, scope, "downgrade", evaluator, parse, names)
    facts = replace(facts, back=_head(source, scope.names.get("downgrade")))
    if modules is not None:
        facts = replace(facts, consulted=modules.digests())
    return facts, up, down, commented(module)


def _facts(module: Module, scope: Scope) -> Facts:
    id = text_of(scope.names.get("revision"))
    if id is None or "down_revision" not in scope.names:
        return Facts(None)
    return Facts(
        id,
        _ids(scope.names["down_revision"]),
        _ids(scope.names.get("depends_on")),
        _labels(id, scope.names.get("branch_labels")),
        _where(module, "down_revision"),
        models=tuple(models(module)),
    )


def _head(source: Source, function: Value) -> Span:
    """The line that a function of the file begins with."""
    start = function.node.span.start if isinstance(function, Closure) else 0
    return Span(start, start + len(source.text[start:].partition("\n")[0]) if start else 0)


def _ids(value: Value) -> tuple[str, ...]:
    """A revision or several of them."""
    found = value.items if isinstance(value, Items) else [value]
    return tuple(text for each in found if (text := text_of(each)) is not None)


def _labels(id: str, value: Value) -> tuple[str, ...]:
    """The labels of a branch; one that only the running code knows is one all the same."""
    found = value.items if isinstance(value, Items) else [] if value is None else [value]
    return tuple(text_of(each) or f"the label of {id}" for each in found)


def _where(module: Module, name: str) -> Span:
    for statement in module.body:
        if isinstance(statement, Assign):
            for target in statement.targets:
                if isinstance(target, Name) and target.name == name:
                    return statement.span
    return Span(0, 0)


def _unread(source: Source, why: python.SyntaxProblem) -> Statement:
    """What stands for a file that is no Python: it is told, and what it does is not known."""
    span = Span(why.at, min(why.at + 1, len(source.text)))
    line = source.line(source.position(why.at)[0])
    return Statement(span, line, (Unknown(span=span, reason=str(why), cause="syntax"),))
