"""JavaScript's templates, with and without a tag, which the grammar puts elsewhere where it has
types (``sql<T>`…` ``)."""

from __future__ import annotations

from array import array

from tree_sitter import Node

from migralint.languages import tree
from migralint.languages.javascript.literals import Literals, named
from migralint.languages.javascript.text import said
from migralint.source import Span


class Templates(Literals):
    def __init__(self, text: str, at: array[int] | None) -> None:
        super().__init__(text, at)
        self.tags: dict[int, Node] = {}
        """Of templates that do not stand behind their tag in the tree, the tag."""
        self.around: dict[int, Node] = {}
        """Of expressions that are what a function gives, and do not stand in it, the function."""

    def expression(self, node: Node | None) -> tree.Expression:
        raise NotImplementedError

    def inner(self, node: Node) -> tree.Expression:
        raise NotImplementedError

    def pieces(self, node: Node, *, raw: bool = False) -> list[tree.Text | tree.Hole]:
        """The texts and holes of a template in turn, a text first and last."""
        whole = self.span(node)
        parts: list[tree.Text | tree.Hole] = []
        at = whole.start + 1
        for each in named(node):
            if each.type != "template_substitution":
                continue
            span = self.span(each)
            before = Span(at, span.start)
            parts.append(tree.Text(before, said(self.text, before, raw=raw)))
            parts.append(tree.Hole(span, self.inner(each)))
            at = span.end
        rest = Span(at, whole.end - 1)
        return [*parts, tree.Text(rest, said(self.text, rest, raw=raw))]

    def template(self, node: Node, *, raw: bool = False) -> tree.Expression:
        tag = self.tags.pop(node.id, None)
        if tag is not None:
            return self.tagged(Span(self.span(tag).start, self.span(node).end), tag, node)
        parts = self.pieces(node, raw=raw)
        if len(parts) == 1 and isinstance(parts[0], tree.Text):
            return tree.Text(self.span(node), parts[0].value)
        full = (each for each in parts if isinstance(each, tree.Hole) or each.value.text)
        return tree.Template(self.span(node), tuple(full))

    def tagged(self, span: Span, tag: Node, node: Node) -> tree.Expression:
        """A call of the tag, with the texts in a list and each hole's value after it."""
        if self.written(tag) == "String.raw":
            return self.template(node, raw=True)
        parts = self.pieces(node)
        texts = tuple(each for each in parts if isinstance(each, tree.Text))
        place = self.span(node)
        given = [tree.Argument(place, tree.Sequence(place, "list", texts))]
        given += [
            tree.Argument(each.span, each.value) for each in parts if isinstance(each, tree.Hole)
        ]
        return tree.Call(span, self.expression(tag), tuple(given))

    def given_back(self, node: Node, function: Node, template: Node) -> tree.Expression:
        """``() => sql<T>`…` ``, which the grammar takes for a call of the function: all of the
        chain that it begins is what the function gives."""
        whole, above = node, node.parent
        while above is not None and whole in (
            above.child_by_field_name("function"),
            above.child_by_field_name("object"),
        ):
            whole, above = above, above.parent
        self.around[whole.id] = function
        tag = function.child_by_field_name("body")
        if tag is not None and tag.type == "instantiation_expression":
            tag = awaited(named(tag)[0])
        span = Span(self.span(tag or function).start, self.span(node).end)
        return self.tagged(span, tag or function, template)


def awaited(node: Node) -> Node:
    """What is waited for, where something is."""
    return named(node)[0] if node.type == "await_expression" else node
