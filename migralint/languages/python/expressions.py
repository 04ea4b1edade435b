"""Python's expressions as the tree has them."""

from __future__ import annotations

import re
from typing import Any, Literal

import libcst as cst

from migralint.languages import tree
from migralint.languages.strings import unescaped
from migralint.source import Embedded, Span

_PREFIX = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")")
_OPERATORS = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "FloorDivide": "//", "Modulo": "%",
    "Power": "**", "BitAnd": "&", "BitOr": "|", "BitXor": "^", "And": "and", "Or": "or",
    "Not": "not", "Minus": "-", "BitInvert": "~", "Equal": "==", "NotEqual": "!=", "LessThan": "<",
    "LessThanEqual": "<=", "GreaterThan": ">", "GreaterThanEqual": ">=", "In": "in",
    "NotIn": "not in", "Is": "is", "IsNot": "is not",
}  # fmt: skip


class Expressions:
    def __init__(self, text: str, places: dict[int, tuple[int, int]]) -> None:
        self.text = text
        self.places = places

    def span(self, node: cst.CSTNode) -> Span:
        return Span(*self.places.get(id(node), (0, 0)))

    def optional(self, node: cst.BaseExpression | None) -> tree.Expression | None:
        return None if node is None else self.expression(node)

    def expression(self, node: Any) -> tree.Expression:
        make = _MAKERS.get(type(node))
        return tree.Opaque(self.span(node)) if make is None else make(self, node)

    def name(self, node: cst.Name) -> tree.Expression:
        span = self.span(node)
        if node.value in ("None", "True", "False"):
            return tree.Constant(span, {"None": None, "True": True}.get(node.value, False))
        return tree.Name(span, node.value)

    def number(self, node: Any) -> tree.Expression:
        value = node.evaluated_value
        return tree.Constant(self.span(node), value)

    def string(self, node: cst.SimpleString) -> tree.Expression:
        span = self.span(node)
        opened = _PREFIX.match(node.value)
        if opened is None or "b" in opened.group(1).lower():
            return tree.Opaque(span)
        quote = len(opened.group(2))
        inside = Span(span.start + opened.end(), span.end - quote)
        raw = "r" in opened.group(1).lower()
        return tree.Text(span, unescaped(self.text, inside, raw=raw))

    def formatted(self, node: cst.FormattedString) -> tree.Expression:
        parts: list[tree.Text | tree.Hole] = []
        raw = "r" in node.start.lower()
        part: Any
        for part in node.parts:
            span = self.span(part)
            if isinstance(part, cst.FormattedStringText):
                parts.append(tree.Text(span, unescaped(self.text, span, raw=raw, braces=True)))
            elif part.conversion or part.format_spec or part.equal:
                parts.append(tree.Hole(span, tree.Opaque(span)))
            else:
                parts.append(tree.Hole(span, self.expression(part.expression)))
        return tree.Template(self.span(node), tuple(parts))

    def joined(self, node: cst.ConcatenatedString) -> tree.Expression:
        """Adjacent strings: one text, or one template where there are holes."""
        parts: list[tree.Text | tree.Hole] = []
        for side in (node.left, node.right):
            made = self.expression(side)
            if isinstance(made, tree.Template):
                parts += made.parts
            else:
                parts.append(made if isinstance(made, tree.Text) else tree.Hole(made.span, made))
        whole = Span(self.span(node.left).start, self.span(node.right).end)
        if all(isinstance(part, tree.Text) for part in parts):
            texts = [part.value for part in parts if isinstance(part, tree.Text)]
            return tree.Text(whole, Embedded.join(texts))
        return tree.Template(whole, tuple(parts))

    def attribute(self, node: cst.Attribute) -> tree.Expression:
        return tree.Attribute(self.span(node), self.expression(node.value), node.attr.value)

    def call(self, node: cst.Call) -> tree.Expression:
        arguments = tuple(
            tree.Argument(
                self.span(each),
                self.expression(each.value),
                each.keyword.value if each.keyword else "",
                each.star,
            )
            for each in node.args
        )
        return tree.Call(self.span(node), self.expression(node.func), arguments)

    def subscript(self, node: cst.Subscript) -> tree.Expression:
        span = self.span(node)
        if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
            return tree.Opaque(span)
        index = self.expression(node.slice[0].slice.value)
        return tree.Subscript(span, self.expression(node.value), index)

    def sequence(self, node: Any) -> tree.Expression:
        kind: Any = type(node).__name__.lower()
        items = tuple(self.element(each) for each in node.elements)
        return tree.Sequence(self.span(node), kind, items)

    def element(self, node: Any) -> tree.Expression:
        value = self.expression(node.value)
        if isinstance(node, (cst.StarredElement, cst.StarredDictElement)):
            return tree.Spread(value.span, value)
        return value

    def mapping(self, node: cst.Dict) -> tree.Expression:
        items = tuple(
            (
                self.expression(each.key) if isinstance(each, cst.DictElement) else None,
                self.expression(each.value),
            )
            for each in node.elements
        )
        return tree.Mapping(self.span(node), items)

    def binary(self, node: Any) -> tree.Expression:
        sign = sign_of(node.operator)
        operands = (self.expression(node.left), self.expression(node.right))
        return tree.Operation(self.span(node), sign, operands)

    def unary(self, node: cst.UnaryOperation) -> tree.Expression:
        sign = sign_of(node.operator)
        return tree.Operation(self.span(node), sign, (self.expression(node.expression),))

    def comparison(self, node: cst.Comparison) -> tree.Expression:
        span = self.span(node)
        left = self.expression(node.left)
        links: list[tree.Expression] = []
        for target in node.comparisons:
            right = self.expression(target.comparator)
            sign = sign_of(target.operator)
            links.append(tree.Operation(span, sign, (left, right)))
            left = right
        return links[0] if len(links) == 1 else tree.Operation(span, "and", tuple(links))

    def choice(self, node: cst.IfExp) -> tree.Expression:
        parts = (self.expression(each) for each in (node.test, node.body, node.orelse))
        return tree.Choice(self.span(node), *parts)

    def function(self, node: cst.Lambda) -> tree.Expression:
        parameters = self.parameters(node.params)
        return tree.Lambda(self.span(node), parameters, self.expression(node.body))

    def comprehension(self, node: Any) -> tree.Expression:
        loops: list[tree.Loop] = []
        inner: cst.CompFor | None = node.for_in
        while inner is not None:
            tests = tuple(self.expression(each.test) for each in inner.ifs)
            target, iterable = self.expression(inner.target), self.expression(inner.iter)
            loops.append(tree.Loop(target, iterable, tests))
            inner = inner.inner_for_in
        span = self.span(node)
        if isinstance(node, cst.DictComp):
            key, value = self.expression(node.key), self.expression(node.value)
            return tree.Comprehension(span, "dict", value, tuple(loops), key)
        element = self.expression(node.elt)
        kind: Literal["list", "set"] = "set" if isinstance(node, cst.SetComp) else "list"
        return tree.Comprehension(span, kind, element, tuple(loops))

    def parameters(self, node: cst.Parameters) -> tuple[tree.Parameter, ...]:
        found = [
            tree.Parameter(each.name.value, self.optional(each.default))
            for each in (*node.posonly_params, *node.params)
        ]
        if isinstance(node.star_arg, cst.Param):
            found.append(tree.Parameter(node.star_arg.name.value, spread="*"))
        elif node.kwonly_params:
            found.append(tree.Parameter("", spread="*"))
        found += [
            tree.Parameter(each.name.value, self.optional(each.default))
            for each in node.kwonly_params
        ]
        if node.star_kwarg is not None:
            found.append(tree.Parameter(node.star_kwarg.name.value, spread="**"))
        return tuple(found)

    def handed_out(self, node: cst.Yield) -> tree.Expression:
        span = self.span(node)
        if isinstance(node.value, cst.From):
            return tree.Opaque(span)
        return tree.Yield(span, self.optional(node.value))


def sign_of(node: cst.CSTNode) -> str:
    """How an operator is written, also that of an assignment."""
    return _OPERATORS.get(type(node).__name__.removesuffix("Assign"), "?")


_MAKERS: dict[type, Any] = {
    cst.Name: Expressions.name,
    cst.Integer: Expressions.number,
    cst.Float: Expressions.number,
    cst.SimpleString: Expressions.string,
    cst.FormattedString: Expressions.formatted,
    cst.ConcatenatedString: Expressions.joined,
    cst.Attribute: Expressions.attribute,
    cst.Call: Expressions.call,
    cst.Subscript: Expressions.subscript,
    cst.List: Expressions.sequence,
    cst.Tuple: Expressions.sequence,
    cst.Set: Expressions.sequence,
    cst.Dict: Expressions.mapping,
    cst.BinaryOperation: Expressions.binary,
    cst.BooleanOperation: Expressions.binary,
    cst.UnaryOperation: Expressions.unary,
    cst.Comparison: Expressions.comparison,
    cst.IfExp: Expressions.choice,
    cst.Lambda: Expressions.function,
    cst.ListComp: Expressions.comprehension,
    cst.SetComp: Expressions.comprehension,
    cst.GeneratorExp: Expressions.comprehension,
    cst.DictComp: Expressions.comprehension,
    cst.Yield: Expressions.handed_out,
}
