"""JavaScript's expressions as the tree has them. TypeScript's types are passed over."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable

from tree_sitter import Node

from migralint.languages import tree
from migralint.languages.javascript.literals import BESIDE, is_accessor, named, number
from migralint.languages.javascript.templates import Templates, awaited
from migralint.source import Embedded, Span

_OPERATORS = {
    "&&": "and", "||": "or", "!": "not", "===": "==", "!==": "!=",
}  # fmt: skip


class Expressions(Templates):
    def __init__(self, text: str, at: array[int] | None) -> None:
        super().__init__(text, at)
        self.classes: list[tree.Class] = []
        """Classes that the expressions of a statement make: they come before it."""

    def block(self, nodes: Iterable[Node]) -> tuple[tree.Statement, ...]:
        raise NotImplementedError

    def class_(self, node: Node, name: str) -> tree.Class:
        raise NotImplementedError

    def optional(self, node: Node | None) -> tree.Expression | None:
        return None if node is None else self.expression(node)

    def expression(self, node: Node | None) -> tree.Expression:
        if node is None:
            return tree.Opaque(Span(0, 0))
        make = _MAKERS.get(node.type)
        made = tree.Opaque(self.span(node)) if make is None else make(self, node)
        around = self.around.pop(node.id, None) if self.around else None
        return made if around is None else self._giving(made.span, around, lambda: made)

    def inner(self, node: Node) -> tree.Expression:
        """What stands in parentheses, or before what only a compiler reads."""
        return self.expression(next(iter(named(node)), None))

    def asserted(self, node: Node) -> tree.Expression:
        return self.expression(named(node)[-1])

    def member(self, node: Node) -> tree.Expression:
        of = self.expression(node.child_by_field_name("object"))
        name = node.child_by_field_name("property")
        return tree.Attribute(self.span(node), of, "" if name is None else self.written(name))

    def subscript(self, node: Node) -> tree.Expression:
        of = self.expression(node.child_by_field_name("object"))
        return tree.Subscript(
            self.span(node), of, self.expression(node.child_by_field_name("index"))
        )

    def call(self, node: Node) -> tree.Expression:
        span = self.span(node)
        function = node.child_by_field_name("function")
        given = node.child_by_field_name("arguments")
        if function is not None and given is not None and given.type == "template_string":
            if function.type == "arrow_function":
                return self.given_back(node, function, given)
            return self.tagged(span, function, given)
        return tree.Call(span, self.expression(function), self.arguments(given))

    def made(self, node: Node) -> tree.Expression:
        kind = self.expression(node.child_by_field_name("constructor"))
        given = self.arguments(node.child_by_field_name("arguments"))
        return tree.Call(self.span(node), kind, given)

    def arguments(self, node: Node | None) -> tuple[tree.Argument, ...]:
        return tuple(
            tree.Argument(self.span(each), self.inner(each), spread="*")
            if each.type == "spread_element"
            else tree.Argument(self.span(each), self.expression(each))
            for each in ([] if node is None else named(node))
        )

    def spread(self, node: Node) -> tree.Expression:
        return tree.Spread(self.span(node), self.inner(node))

    def array(self, node: Node) -> tree.Expression:
        return tree.Sequence(self.span(node), "list", self._listed(node, self.expression))

    def _listed(
        self, node: Node, read: Callable[[Node], tree.Expression]
    ) -> tuple[tree.Expression, ...]:
        """The items of an array or its pattern; one that is left out is none."""
        items: list[tree.Expression] = []
        empty = True
        for each in node.children:
            if each.is_named and each.type not in BESIDE:
                items.append(read(each))
                empty = False
            elif each.type == ",":
                if empty:
                    items.append(tree.Constant(self.span(each), None))
                empty = True
        return tuple(items)

    def object(self, node: Node) -> tree.Expression:
        items: list[tuple[tree.Expression | None, tree.Expression]] = []
        for each in named(node):
            if each.type == "spread_element":
                items.append((None, self.inner(each)))
            elif each.type == "pair":
                value = self.expression(each.child_by_field_name("value"))
                items.append((self.key(each.child_by_field_name("key")), value))
            elif each.type == "method_definition":
                items.append((self.key(each.child_by_field_name("name")), self.method(each)))
            else:
                items.append((self.key(each), self.name(each)))
        return tree.Mapping(self.span(node), tuple(items))

    def method(self, node: Node) -> tree.Expression:
        """A method of an object; what a getter gives is not read."""
        return tree.Opaque(self.span(node)) if is_accessor(node) else self.function(node)

    def key(self, node: Node | None) -> tree.Expression:
        """What a property is called, as an expression."""
        if node is not None and node.type == "computed_property_name":
            return self.inner(node)
        if node is None or node.type == "string":
            return self.expression(node)
        written = self.written(node)
        value = number(written) if node.type == "number" else None
        return tree.Text(
            self.span(node),
            Embedded.plain(written if value is None else str(value), self.span(node)),
        )

    def function(self, node: Node) -> tree.Expression:
        body = node.child_by_field_name("body")
        if body is not None and body.type != "statement_block":
            return self._giving(self.span(node), node, lambda: self.expression(body))
        parameters, before = self.parameters(node)
        inside = self.block(() if body is None else body.named_children)
        return tree.Lambda(self.span(node), parameters, (*before, *inside))

    def _giving(
        self, span: Span, node: Node, body: Callable[[], tree.Expression]
    ) -> tree.Expression:
        """A function that gives the value of an expression."""
        parameters, before = self.parameters(node)
        value = body()
        if before:
            leave = tree.Leave(value.span, "return", value)
            return tree.Lambda(span, parameters, (*before, leave))
        return tree.Lambda(span, parameters, value)

    def parameters(
        self, node: Node
    ) -> tuple[tuple[tree.Parameter, ...], tuple[tree.Statement, ...]]:
        """A function's parameters, and what takes apart those that have a pattern for a name."""
        one = node.child_by_field_name("parameter")
        many = node.child_by_field_name("parameters")
        nodes = [one] if one is not None else named(many) if many is not None else []
        found: list[tree.Parameter] = []
        before: list[tree.Statement] = []
        for each in nodes:
            pattern: Node | None = each
            value: Node | None = None
            if each.type in ("required_parameter", "optional_parameter"):
                pattern, value = (
                    each.child_by_field_name("pattern"),
                    each.child_by_field_name("value"),
                )
            elif each.type == "assignment_pattern":
                pattern, value = (
                    each.child_by_field_name("left"),
                    each.child_by_field_name("right"),
                )
            if pattern is None or pattern.type == "this":
                continue
            spread = "*" if pattern.type == "rest_pattern" else ""
            target = self.target(named(pattern)[0] if spread else pattern)
            name = target.name if isinstance(target, tree.Name) else f"(parameter {len(found)})"
            found.append(tree.Parameter(name, self.optional(value), spread))
            if not isinstance(target, tree.Name):
                place = target.span
                before.append(tree.Assign(place, (target,), tree.Name(place, name)))
        return tuple(found), tuple(before)

    def target(self, node: Node | None) -> tree.Expression:
        """What is assigned to, or declared: a pattern is a sequence or mapping of its names, one
        with a default the operation `=`."""
        kind = "" if node is None else node.type
        if node is None or kind in ("undefined", "this"):
            return tree.Opaque(Span(0, 0) if node is None else self.span(node))
        span = self.span(node)
        if kind in ("array_pattern", "array"):
            return tree.Sequence(span, "list", self._listed(node, self.target))
        if kind in ("rest_pattern", "spread_element"):
            return tree.Spread(span, self.target(named(node)[0]))
        if kind in ("parenthesized_expression", "non_null_expression", "as_expression"):
            return self.target(named(node)[0])
        if kind in ("assignment_pattern", "assignment_expression", "object_assignment_pattern"):
            left = self.target(node.child_by_field_name("left"))
            right = self.expression(node.child_by_field_name("right"))
            return tree.Operation(span, "=", (left, right))
        if kind not in ("object_pattern", "object"):
            return self.expression(node)
        items: list[tuple[tree.Expression | None, tree.Expression]] = []
        for each in named(node):
            if each.type in ("rest_pattern", "spread_element"):
                items.append((None, self.target(named(each)[0])))
            elif each.type in ("pair_pattern", "pair"):
                value = self.target(each.child_by_field_name("value"))
                items.append((self.key(each.child_by_field_name("key")), value))
            else:
                left_side = each.child_by_field_name("left")
                items.append((self.key(left_side or each), self.target(each)))
        return tree.Mapping(span, tuple(items))

    def assigned(self, node: Node) -> tree.Expression:
        span = self.span(node)
        target = self.target(node.child_by_field_name("left"))
        value = self.expression(node.child_by_field_name("right"))
        if node.type == "augmented_assignment_expression":
            sign = self.sign(node).removesuffix("=")
            value = tree.Operation(span, _OPERATORS.get(sign, sign), (target, value))
        return tree.Operation(span, "=", (target, value))

    def updated(self, node: Node) -> tree.Expression:
        span = self.span(node)
        target = self.target(node.child_by_field_name("argument"))
        there, back = ("+", "-") if self.sign(node) == "++" else ("-", "+")
        one = tree.Constant(span, 1)
        changed = tree.Operation(span, "=", (target, tree.Operation(span, there, (target, one))))
        first = node.children[0].type in ("++", "--")
        return changed if first else tree.Operation(span, back, (changed, one))

    def sign(self, node: Node) -> str:
        sign = node.child_by_field_name("operator")
        return "" if sign is None else self.written(sign)

    def unary(self, node: Node) -> tree.Expression:
        sign = self.sign(node)
        if sign == "delete":
            return tree.Opaque(self.span(node))
        value = self.expression(node.child_by_field_name("argument"))
        return tree.Operation(self.span(node), _OPERATORS.get(sign, sign), (value,))

    def binary(self, node: Node) -> tree.Expression:
        """A sum of many, which stand in one another, is one operation: texts are put together of
        hundreds."""
        sign = self.sign(node)
        span = self.span(node)
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if sign == ">" and left is not None and right is not None:
            # sql<Type>`…`, which the grammar takes for two comparisons.
            template = right
            while inner := template.child_by_field_name("function") or template.child_by_field_name(
                "object"
            ):
                template = inner
            tag = left.child_by_field_name("left")
            if template.type == "template_string" and tag is not None and self.sign(left) == "<":
                self.tags[template.id] = awaited(tag)
                return self.expression(right)
        operands = [] if right is None else [right]
        while left is not None and left.type == "binary_expression" and self.sign(left) == sign:
            if sign not in ("+", "&&", "||"):
                break
            right = left.child_by_field_name("right")
            operands += [] if right is None else [right]
            left = left.child_by_field_name("left")
        operands += [] if left is None else [left]
        values = tuple(self.expression(each) for each in reversed(operands))
        return tree.Operation(span, _OPERATORS.get(sign, sign), values)

    def comma(self, node: Node) -> tree.Expression:
        values = tuple(self.expression(each) for each in named(node))
        return tree.Operation(self.span(node), ",", values)

    def choice(self, node: Node) -> tree.Expression:
        parts = ("condition", "consequence", "alternative")
        made = (self.expression(node.child_by_field_name(each)) for each in parts)
        return tree.Choice(self.span(node), *made)

    def handed_out(self, node: Node) -> tree.Expression:
        span = self.span(node)
        if any(each.type == "*" for each in node.children):
            return tree.Opaque(span)
        return tree.Yield(span, self.optional(next(iter(named(node)), None)))

    def pattern(self, node: Node) -> tree.Expression:
        """A regular expression, as the call that makes it."""
        span = self.span(node)
        text = tree.Text(span, Embedded.plain(self.written(node), span))
        return tree.Call(span, tree.Name(span, "RegExp"), (tree.Argument(span, text),))

    def kind(self, node: Node) -> tree.Expression:
        """A class in an expression: it is made before the statement."""
        name = node.child_by_field_name("name")
        span = self.span(node)
        called = f"(class {span.start})" if name is None else self.written(name)
        made = self.class_(node, called)
        self.classes.append(made)
        return tree.Name(span, called)


_MAKERS: dict[str, Callable[[Expressions, Node], tree.Expression]] = {
    **dict.fromkeys(
        ("identifier", "this", "super", "import", "meta_property", "property_identifier",
         "private_property_identifier", "shorthand_property_identifier", "type_identifier",
         "shorthand_property_identifier_pattern"),
        Expressions.name,
    ),
    **dict.fromkeys(("null", "undefined", "true", "false"), Expressions.constant),
    **dict.fromkeys(
        ("parenthesized_expression", "as_expression", "satisfies_expression",
         "non_null_expression", "instantiation_expression", "await_expression"),
        Expressions.inner,
    ),
    **dict.fromkeys(
        ("arrow_function", "function_expression", "generator_function"), Expressions.function
    ),
    **dict.fromkeys(
        ("assignment_expression", "augmented_assignment_expression"), Expressions.assigned
    ),
    "type_assertion": Expressions.asserted,
    "number": Expressions.number,
    "string": Expressions.string,
    "template_string": Expressions.template,
    "member_expression": Expressions.member,
    "subscript_expression": Expressions.subscript,
    "call_expression": Expressions.call,
    "new_expression": Expressions.made,
    "spread_element": Expressions.spread,
    "array": Expressions.array,
    "object": Expressions.object,
    "update_expression": Expressions.updated,
    "unary_expression": Expressions.unary,
    "binary_expression": Expressions.binary,
    "sequence_expression": Expressions.comma,
    "ternary_expression": Expressions.choice,
    "yield_expression": Expressions.handed_out,
    "regex": Expressions.pattern,
    "class": Expressions.kind,
}  # fmt: skip
