"""Models of the application in a revision: they are as the code has them today, not as the tables
are when the revision runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from migralint.languages import tree
from migralint.source import Span

_ATTRIBUTES = ("__table__", "metadata")
_METHODS = ("query", "add", "bulk_insert_mappings", "bulk_update_mappings")
_FUNCTIONS = ("select", "insert", "update", "delete", "aliased")
_COLUMNS = ("select", "query")
"""What reads columns, where it is given these."""
_LIBRARIES = frozenset({"alembic", "sqlalchemy", "sqlmodel", "sqlalchemy_utils"})


def models(module: tree.Module) -> Iterator[tuple[Span, str]]:
    """Where each is first used, and its name."""
    imported = {
        name
        for name, path in _imports(module.body)
        if name[:1].isupper() and not name.isupper() and _is_project(path)
    }
    said: set[str] = set()
    narrow: set[int] = set()
    for node in nodes(module.body) if imported else ():
        if _is_narrowing(node):
            narrow.update(_chain(node))
        if id(node) in narrow:
            continue
        for each in _uses(node):
            if isinstance(each, tree.Name) and each.name in imported and each.name not in said:
                said.add(each.name)
                yield each.span, each.name


def _imports(body: tuple[tree.Statement, ...]) -> Iterator[tuple[str, str]]:
    """What the file imports, at its top or in a function."""
    for statement in body:
        if isinstance(statement, tree.Import):
            yield from statement.names
        elif isinstance(statement, (tree.Function, tree.With, tree.For)):
            yield from _imports(statement.body)
        elif isinstance(statement, tree.If):
            yield from _imports((*statement.then, *statement.otherwise))


def _is_project(path: str) -> bool:
    top = path.partition(".")[0]
    return top not in _LIBRARIES and top not in sys.stdlib_module_names


def _uses(node: Any) -> Iterator[tree.Expression]:
    """What a node takes for a model."""
    if isinstance(node, tree.Attribute) and node.name in _ATTRIBUTES:
        yield node.of
    elif isinstance(node, tree.Call):
        function = node.function
        name = getattr(function, "name", "")
        of_session = isinstance(function, tree.Attribute) and name in _METHODS
        if of_session or name in _FUNCTIONS:
            for argument in node.arguments:
                value = argument.value
                if isinstance(value, tree.Call) and name == "add":
                    value = value.function
                if isinstance(value, tree.Attribute):
                    if name in _COLUMNS:
                        continue  # A column by its name, whatever others there will be.
                    value = value.of
                yield value


def _is_narrowing(node: Any) -> bool:
    """`….options(load_only(…))`: other columns than these are not read."""
    if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Attribute):
        return False
    given = (each.value for each in node.arguments)
    return node.function.name == "options" and any(
        isinstance(each, tree.Call) and getattr(each.function, "name", "") == "load_only"
        for each in given
    )


def _chain(node: Any) -> Iterator[int]:
    """The calls that this one goes on from, by their identity."""
    while isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute):
        yield id(node)
        node = node.function.of
    yield id(node)


def nodes(value: Any) -> Iterator[Any]:
    """All nodes of a tree."""
    if isinstance(value, tuple):
        for each in value:
            yield from nodes(each)
    elif hasattr(value, "__struct_fields__"):
        yield value
        for name in value.__struct_fields__:
            yield from nodes(getattr(value, name))
