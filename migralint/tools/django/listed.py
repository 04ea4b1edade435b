"""A call in the list of a migration's operations, as it stands in the file."""

from __future__ import annotations

import ast

from msgspec import Struct

from migralint.source import Source, Span
from migralint.tools.calls import parsed, span_of
from migralint.tools.django.imports import POSTGRES, Imports
from migralint.tools.place import Place


class Operation(Struct, frozen=True, eq=False):
    """A call in the list of a migration's operations."""

    node: ast.Call
    span: Span
    kind: ast.ClassDef
    siblings: tuple[ast.expr, ...]
    """All of the list."""
    source: Source
    imports: Imports

    @staticmethod
    def at(place: Place) -> Operation | None:
        """The operation that makes a statement."""
        source, at = place.script.source, place.statement.span
        module = parsed(source)
        if module is None:
            return None
        kinds = [each for each in module.body if isinstance(each, ast.ClassDef)]
        for kind in kinds:
            rows = assigned(kind, "operations")
            if kind.name != "Migration" or not isinstance(rows, ast.List):
                continue
            for node in rows.elts:
                span = span_of(source, node)
                if isinstance(node, ast.Call) and span.start <= at.start and at.end <= span.end:
                    siblings = tuple(rows.elts)
                    return Operation(node, span, kind, siblings, source, Imports(source, module))
        return None

    @property
    def name(self) -> str:
        """What it is called in Django; "" for an operation of others."""
        return of_django(self.imports, self.node.func)

    def is_sql(self, at: Span) -> bool:
        """RunSQL sends what stands there, perhaps within another operation."""
        return any(
            isinstance(node, ast.Call)
            and of_django(self.imports, node.func) == "RunSQL"
            and (span := span_of(self.source, node)).start <= at.start
            and at.end <= span.end
            for node in ast.walk(self.node)
        )


def of_django(imports: Imports, node: ast.expr) -> str:
    """The name of an operation of Django; "" for one of others."""
    module, _, name = imports.path(node).rpartition(".")
    known = module.startswith("django.db.migrations") or module == POSTGRES
    return name if known else ""


def assigned(kind: ast.ClassDef, name: str) -> ast.expr | None:
    """What a class gives one of its names."""
    for each in kind.body:
        if isinstance(each, ast.Assign):
            if any(isinstance(one, ast.Name) and one.id == name for one in each.targets):
                return each.value
    return None


def argument(call: ast.Call, number: int, name: str) -> ast.expr | None:
    """What a call is given under a name, or at its place if that is not -1."""
    given = [each.value for each in call.keywords if each.arg == name]
    return given[0] if given else call.args[number] if 0 <= number < len(call.args) else None
