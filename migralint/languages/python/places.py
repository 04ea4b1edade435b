"""Where the nodes of libcst's tree stand, in characters."""

from __future__ import annotations

from typing import Any, cast

import libcst as cst
from libcst._nodes.internal import CodegenState

_HOLES = frozenset((cst.FormattedStringExpression, cst.FormattedStringText))


class Places(CodegenState):
    """Where each node stands, in characters, without writing anything."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.at = 0
        self.places: dict[int, tuple[int, int]] = {}
        self.comments: list[tuple[int, str]] = []
        self._begun: list[int] = []

    def add_token(self, value: str) -> None:
        self.at += len(value)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.at += len(token)

    def before_codegen(self, node: cst.CSTNode) -> None:
        # isinstance() of an abstract class costs more than all else here.
        kind = type(node)
        if kind in _HOLES:
            self._begun.append(self.at)
        elif kind is cst.Comment:
            self.comments.append((self.at, cast(cst.Comment, node).value))

    def after_codegen(self, node: cst.CSTNode) -> None:
        if type(node) in _HOLES:
            self.places[id(node)] = (self._begun.pop(), self.at)

    def record_syntactic_position(  # type: ignore[override]
        self, node: cst.CSTNode, **_: Any
    ) -> _Recorded:
        return _Recorded(self, node)


class _Recorded:
    """Notes where a node began and ended: without its parentheses, comma and line end."""

    __slots__ = ("_node", "_start", "_state")

    def __init__(self, state: Places, node: cst.CSTNode) -> None:
        self._state = state
        self._node = node

    def __enter__(self) -> None:
        self._start = self._state.at

    def __exit__(self, *_: object) -> None:
        self._state.places[id(self._node)] = (self._start, self._state.at)
