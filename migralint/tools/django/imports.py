"""What a migration imports: what its names mean, and what a new one has to import for them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from migralint.source import Edit, Source, Span
from migralint.tools.calls import span_of

POSTGRES = "django.contrib.postgres.operations"
Import = tuple[str, str, str]
"""Module, what is taken of it ("" for the module itself), and the name that it gets ("" for its
own)."""


class Imports:
    """The imports at the head of a file."""

    def __init__(self, source: Source, module: ast.Module) -> None:
        self._source = source
        self._nodes = [
            each for each in module.body if isinstance(each, (ast.Import, ast.ImportFrom))
        ]
        self._names: dict[str, list[Import]] = {}
        for node in self._nodes:
            for each in node.names:
                if isinstance(node, ast.ImportFrom):
                    path = "." * node.level + (node.module or "")
                    self._learn(each.asname or each.name, (path, each.name, each.asname or ""))
                else:
                    bound = each.asname or each.name.partition(".")[0]
                    self._learn(bound, (each.name, "", each.asname or ""))

    def _learn(self, bound: str, found: Import) -> None:
        self._names.setdefault(bound, []).append(found)

    def path(self, node: ast.expr) -> str:
        """What an expression names, with its module; "" where that is not known."""
        words: list[str] = []
        while isinstance(node, ast.Attribute):
            words.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._names:
            return ""
        module, name, bound = self._names[node.id][0]
        first = f"{module}.{name}" if name else module if bound else node.id
        return ".".join([first, *words])

    def add(self, module: str, name: str) -> tuple[str, Edit | None]:
        """What something is called here; and what brings it in, if it is not here yet."""
        for bound, found in self._names.items():
            if (module, name) in [each[:2] for each in found]:
                return bound, None
        source = self._source
        end = "\r\n" if "\r\n" in source.text else "\n"
        froms = [each for each in self._nodes if isinstance(each, ast.ImportFrom)]
        for node in froms:
            if node.module == module and not node.level:
                last = span_of(source, node.names[-1])
                before = source.text[source.line_starts[node.names[-1].lineno - 1] : last.start]
                between = ", " if before.strip() else f",{end}{before}"
                return name, Edit(Span(last.end, last.end), f"{between}{name}")
        line = f"from {module} import {name}"
        for node in froms:
            if (node.module or "").startswith("django.") and (node.module or "") > module:
                start = span_of(source, node).start
                return name, Edit(Span(start, start), line + end)
        last = span_of(source, self._nodes[-1])
        return name, Edit(Span(last.end, last.end), end + line)

    def needed(self, node: ast.expr) -> list[Import] | None:
        """The imports without which an expression means nothing; None where it needs more."""
        found: list[Import] = []
        for each in ast.walk(node):
            if not isinstance(each, ast.Name) or hasattr(builtins, each.id):
                continue
            if each.id not in self._names:
                return None
            found += self._names[each.id]
        return found


def written(imports: Iterable[Import]) -> str:
    """Imports as the head of a file has them."""
    modules: dict[str, None] = {}
    names: dict[str, set[str]] = {}
    for module, name, bound in sorted(set(imports)):
        renamed = f" as {bound}" if bound else ""
        if name:
            names.setdefault(module, set()).add(f"{name}{renamed}")
        else:
            modules[f"import {module}{renamed}\n"] = None
    froms = [f"from {module} import {', '.join(sorted(some))}\n" for module, some in names.items()]
    return "".join([*modules, *froms])
