"""JavaScript's names, numbers and strings, and what its nodes are asked for."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from tree_sitter import Node

from migralint.languages import tree
from migralint.languages.javascript.text import said
from migralint.source import Span

BESIDE = frozenset(("comment", "html_comment", "hash_bang_line", "decorator"))


class Literals:
    def __init__(self, text: str, at: array[int] | None) -> None:
        self.text = text
        self._at = at
        """The character of each byte, where that is another."""

    def span(self, node: Node) -> Span:
        at = self._at
        if at is None:
            return Span(node.start_byte, node.end_byte)
        return Span(at[node.start_byte], at[node.end_byte])

    def written(self, node: Node) -> str:
        span = self.span(node)
        return self.text[span.start : span.end]

    def name(self, node: Node) -> tree.Expression:
        return tree.Name(self.span(node), self.written(node))

    def constant(self, node: Node) -> tree.Expression:
        value = {"true": True, "false": False}.get(node.type)
        return tree.Constant(self.span(node), value)

    def number(self, node: Node) -> tree.Expression:
        value = number(self.written(node))
        span = self.span(node)
        return tree.Opaque(span) if value is None else tree.Constant(span, value)

    def string(self, node: Node) -> tree.Expression:
        span = self.span(node)
        return tree.Text(span, said(self.text, Span(span.start + 1, span.end - 1)))


def named(node: Node) -> Sequence[Node]:
    """The parts of a node: no tokens, comments or decorators."""
    return [each for each in node.named_children if each.type not in BESIDE]


def is_accessor(node: Node) -> bool:
    """Whether a method is a getter or a setter."""
    return any(each.type in ("get", "set") for each in node.children)


def number(written: str) -> int | float | None:
    """What a number is worth; None where it is too long to say."""
    digits = written.replace("_", "").removesuffix("n").lower()
    try:
        if digits[:2] in ("0x", "0o", "0b"):
            return int(digits, 0)
        if digits.isdigit():
            octal = len(digits) > 1 and digits[0] == "0" and not set(digits) & {"8", "9"}
            return int(digits, 8 if octal else 10)
        value = float(digits)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    except ValueError:
        return None
