"""Python's statements as the tree has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from migralint.languages import tree
from migralint.languages.python.expressions import Expressions, sign_of


class Statements(Expressions):
    def block(self, body: Sequence[Any]) -> tuple[tree.Statement, ...]:
        found: list[tree.Statement] = []
        for node in body:
            if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
                for small in node.body:
                    found.extend(self.small(small))
            else:
                found.append(self.compound(node))
        return tuple(found)

    def suite(self, node: Any) -> tuple[tree.Statement, ...]:
        """The statements of a body, which may stand on the line of its colon."""
        return self.block(node.body if isinstance(node, cst.IndentedBlock) else [node])

    def small(self, node: Any) -> Iterator[tree.Statement]:
        span = self.span(node)
        if isinstance(node, cst.Expr):
            yield tree.Do(span, self.expression(node.value))
        elif isinstance(node, cst.Assign):
            targets = tuple(self.expression(each.target) for each in node.targets)
            yield tree.Assign(span, targets, self.expression(node.value))
        elif isinstance(node, cst.AnnAssign):
            if node.value is not None:
                target = (self.expression(node.target),)
                yield tree.Assign(span, target, self.expression(node.value))
        elif isinstance(node, cst.AugAssign):
            changed = self.expression(node.target)
            sign = sign_of(node.operator)
            value = tree.Operation(span, sign, (changed, self.expression(node.value)))
            yield tree.Assign(span, (changed,), value)
        elif isinstance(node, cst.Return):
            yield tree.Leave(span, "return", self.optional(node.value))
        elif isinstance(node, cst.Raise):
            yield tree.Leave(span, "raise", self.optional(node.exc))
        elif isinstance(node, cst.Break):
            yield tree.Leave(span, "break")
        elif isinstance(node, cst.Continue):
            yield tree.Leave(span, "continue")
        elif isinstance(node, (cst.Import, cst.ImportFrom)):
            yield tree.Import(span, tuple(_imported(node)))
        elif not isinstance(node, (cst.Pass, cst.Global, cst.Nonlocal, cst.Assert)):
            yield tree.Opaque(span)

    def compound(self, node: Any) -> tree.Statement:
        span = self.span(node)
        if isinstance(node, cst.FunctionDef):
            parameters = self.parameters(node.params)
            decorators = tuple(self.expression(each.decorator) for each in node.decorators)
            return tree.Function(
                span, node.name.value, parameters, self.suite(node.body), decorators
            )
        if isinstance(node, cst.ClassDef):
            bases = tuple(self.expression(each.value) for each in node.bases)
            return tree.Class(span, node.name.value, bases, self.suite(node.body))
        if isinstance(node, cst.If):
            otherwise: tuple[tree.Statement, ...] = ()
            if isinstance(node.orelse, cst.If):
                otherwise = (self.compound(node.orelse),)
            elif node.orelse is not None:
                otherwise = self.suite(node.orelse.body)
            return tree.If(span, self.expression(node.test), self.suite(node.body), otherwise)
        if isinstance(node, cst.For):
            loop = tree.Loop(self.expression(node.target), self.expression(node.iter))
            return tree.For(span, loop, self.suite(node.body))
        if isinstance(node, cst.While):
            return tree.While(span, self.expression(node.test), self.suite(node.body))
        if isinstance(node, cst.With):
            items = tuple(
                (
                    self.expression(item.item),
                    self.optional(item.asname.name if item.asname else None),
                )
                for item in node.items
            )
            return tree.With(span, items, self.suite(node.body))
        if isinstance(node, (cst.Try, cst.TryStar)):
            return tree.Try(
                span,
                self.suite(node.body),
                tuple(self.suite(handler.body) for handler in node.handlers),
                self.suite(node.orelse.body) if node.orelse else (),
                self.suite(node.finalbody.body) if node.finalbody else (),
            )
        return tree.Opaque(span)


def _imported(node: Any) -> Iterator[tuple[str, str]]:
    prefix = ""
    if isinstance(node, cst.ImportFrom):
        prefix = "." * len(node.relative)
        if node.module is not None:
            prefix += _dotted(node.module)
        if isinstance(node.names, cst.ImportStar):
            yield "*", prefix
            return
        prefix += "" if prefix.endswith(".") or not prefix else "."
    for each in node.names:
        path = _dotted(each.name)
        if each.asname is not None:
            yield each.asname.name.value, prefix + path
        elif prefix:
            yield path, prefix + path
        else:
            top = path.partition(".")[0]
            yield top, top


def _dotted(node: Any) -> str:
    return (
        f"{_dotted(node.value)}.{node.attr.value}"
        if isinstance(node, cst.Attribute)
        else node.value
    )
