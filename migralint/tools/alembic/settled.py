"""What env.py settles, from its text. Like `revision`, only imported where nothing was kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from migralint.languages import python, tree
from migralint.languages.evaluate import Evaluator
from migralint.languages.expressions import TooMuch
from migralint.languages.values import HOLE, Scope, Value, text_of, truth
from migralint.ops import SetTimeout
from migralint.source import NOWHERE
from migralint.tools.alembic.environment import Environment
from migralint.tools.alembic.naming import Convention, convention_of, is_plain
from migralint.tools.files import Parse

_OPTION = re.compile(r"-c\s*(\w+_timeout)\s*=\s*(\w+)")
_SET = re.compile(r"\s*SET\s+(?:LOCAL\s+|SESSION\s+)?\w*timeout\b", re.IGNORECASE)
_SOME = 1
"""Milliseconds of a timeout of which only is known that it is set."""


def read_environment(text: str, metadata: str | None, parse: Parse) -> Environment:
    """What env.py says; `metadata` is the module that makes its metadata, where that is found."""
    try:
        module = python.parse(text)
    except python.SyntaxProblem:
        return Environment()
    evaluator = Evaluator()
    scope = _scope(module, evaluator)
    per_migration = ""
    autocommit = False
    timeouts: list[SetTimeout] = []
    for node in _nodes(module.body):
        if isinstance(node, tree.Argument):
            if node.name == "transaction_per_migration":
                per_migration = node.name if _is(node.value, True, evaluator, scope) else ""
            elif node.name == "transactional_ddl" and _is(node.value, False, evaluator, scope):
                per_migration = per_migration or "transactional_ddl=False"
            elif node.name == "isolation_level":
                said = text_of(_value(node.value, evaluator, scope))
                autocommit = autocommit or (said or "").upper() == "AUTOCOMMIT"
        elif isinstance(node, (tree.Text, tree.Template)):
            timeouts += _timeouts(text_of(_value(node, evaluator, scope)) or "", parse)
    convention: dict[str, str] = {}
    named = metadata is not None
    if metadata:
        convention, named = _convention_of_module(metadata)
    sure = "begin_transaction" in text and ("engine_from_config" in text or "create_" in text)
    return Environment(sure, per_migration, autocommit, tuple(timeouts), convention, named)


def _scope(module: tree.Module, evaluator: Evaluator) -> Scope:
    try:
        return evaluator.module(module)
    except (TooMuch, RecursionError):
        return Scope()


def _value(node: tree.Expression, evaluator: Evaluator, scope: Scope) -> Value:
    try:
        return evaluator.value(node, scope)
    except (TooMuch, RecursionError):
        return None


def _is(node: tree.Expression, wanted: bool, evaluator: Evaluator, scope: Scope) -> bool:
    return truth(_value(node, evaluator, scope)) is wanted


def _timeouts(text: str, parse: Parse) -> Iterator[SetTimeout]:
    """The timeouts that a string sets: as SQL, or as options of the connection."""
    statements = [text] if _SET.match(text) else []
    statements += [f"SET {name} = '{value}'" for name, value in _OPTION.findall(text)]
    for each in statements:
        for statement in parse(each):
            for op in statement.ops:
                if isinstance(op, SetTimeout):
                    # It was set on the connection, before any transaction of a revision.
                    known = _SOME if HOLE.search(each) else op.milliseconds
                    yield SetTimeout(span=NOWHERE, name=op.name, milliseconds=known)


def _convention_of_module(text: str) -> tuple[Convention, bool]:
    """The naming convention that a module spells out, and whether that is all of it: as an argument
    of MetaData, or set on one."""
    try:
        module = python.parse(text)
    except python.SyntaxProblem:
        return {}, False
    evaluator = Evaluator()
    scope = _scope(module, evaluator)
    for node in _nodes(module.body):
        value: tree.Expression | None = None
        if isinstance(node, tree.Argument) and node.name == "naming_convention":
            value = node.value
        elif isinstance(node, tree.Assign):
            target = node.targets[0]
            if isinstance(target, (tree.Attribute, tree.Name)):
                if target.name.lower() == "naming_convention":
                    value = node.value
        if value is not None:
            found = convention_of(_value(value, evaluator, scope))
            plain = {kind: each for kind, each in found.items() if is_plain({kind: each})}
            return plain, bool(found) and plain == found
    return {}, "naming_convention" not in text


def _nodes(value: Any) -> Iterator[Any]:
    """All nodes of a tree, without what stands in the parts of a string with holes."""
    if isinstance(value, tuple):
        for each in value:
            yield from _nodes(each)
    elif isinstance(value, tree.Template):
        yield value
    elif hasattr(value, "__struct_fields__"):
        yield value
        for name in value.__struct_fields__:
            yield from _nodes(getattr(value, name))
