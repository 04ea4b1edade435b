"""The tree of a host language, as much of it as migrations use: nodes with spans, no tokens.

What a migration cannot depend on (annotations, docstrings' whereabouts) is left out;
what is not known here is `Opaque`, with its span.
"""

from __future__ import annotations

from typing import Any
from typing import Literal as OneOf

from msgspec import Struct

from migralint.source import Embedded, Span


class SyntaxProblem(Exception):
    """The text is none of its language: what is wrong, and at which character."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Node(Struct, frozen=True, tag=True):
    span: Span


class Constant(Node, frozen=True):
    """None, a truth value or a number."""

    value: bool | int | float | None


class Text(Node, frozen=True):
    """A string. Adjacent literals are one."""

    value: Embedded


class Hole(Node, frozen=True):
    """A hole of a template, where its braces stand."""

    value: Expression


class Template(Node, frozen=True):
    """A string with holes."""

    parts: tuple[Text | Hole, ...]


class Name(Node, frozen=True):
    name: str


class Attribute(Node, frozen=True):
    of: Expression
    name: str


class Subscript(Node, frozen=True):
    of: Expression
    index: Expression


class Argument(Node, frozen=True):
    """`spread` is * or ** (in JavaScript … is *)."""

    value: Expression
    name: str = ""
    spread: str = ""


class Call(Node, frozen=True):
    function: Expression
    arguments: tuple[Argument, ...]


class Sequence(Node, frozen=True):
    kind: OneOf["list", "tuple", "set"]
    items: tuple[Expression, ...]


class Mapping(Node, frozen=True):
    """(key, value) pairs; the key of a spread is None."""

    items: tuple[tuple[Expression | None, Expression], ...]


class Spread(Node, frozen=True):
    value: Expression


class Operation(Node, frozen=True):
    """An operator with its operands: `not` and unary minus have one. A chain of comparisons is an
    `and` of its links."""

    operator: str
    operands: tuple[Expression, ...]


class Choice(Node, frozen=True):
    test: Expression
    yes: Expression
    no: Expression


class Parameter(Struct, frozen=True):
    name: str
    default: Expression | None = None
    spread: str = ""


class Lambda(Node, frozen=True):
    parameters: tuple[Parameter, ...]
    body: Expression | tuple[Statement, ...]


class Loop(Struct, frozen=True):
    target: Expression
    iterable: Expression
    tests: tuple[Expression, ...] = ()


class Comprehension(Node, frozen=True):
    """`key` is that of a dict comprehension."""

    kind: OneOf["list", "set", "dict"]
    element: Expression
    loops: tuple[Loop, ...]
    key: Expression | None = None


class Yield(Node, frozen=True):
    """Where a generator hands something out."""

    value: Expression | None = None


class Opaque(Node, frozen=True):
    """Something that is not read."""


Expression = (
    Constant
    | Text
    | Template
    | Name
    | Attribute
    | Subscript
    | Call
    | Sequence
    | Mapping
    | Spread
    | Operation
    | Choice
    | Lambda
    | Comprehension
    | Yield
    | Opaque
)


class Assign(Node, frozen=True):
    """`a += b` is an assignment of the operation; a declaration without a value is none."""

    targets: tuple[Expression, ...]
    value: Expression


class Do(Node, frozen=True):
    """An expression for what it does."""

    value: Expression


class If(Node, frozen=True):
    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


class For(Node, frozen=True):
    loop: Loop
    body: tuple[Statement, ...]


class While(Node, frozen=True):
    test: Expression
    body: tuple[Statement, ...]


class With(Node, frozen=True):
    """(what is entered, what it is called) pairs."""

    items: tuple[tuple[Expression, Expression | None], ...]
    body: tuple[Statement, ...]


class Try(Node, frozen=True):
    body: tuple[Statement, ...]
    handlers: tuple[tuple[Statement, ...], ...] = ()
    otherwise: tuple[Statement, ...] = ()
    final: tuple[Statement, ...] = ()


class Function(Node, frozen=True):
    """`decorators`: what wraps it, so that calling it may do more or less than its body."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...] = ()


class Class(Node, frozen=True):
    name: str
    bases: tuple[Expression, ...]
    body: tuple[Statement, ...]


class Leave(Node, frozen=True):
    """return, raise, break or continue."""

    kind: OneOf["return", "raise", "break", "continue"]
    value: Expression | None = None


class Import(Node, frozen=True):
    """(name bound here, dotted path) pairs; a relative path begins with its dots. The name `*` is
    all that is there."""

    names: tuple[tuple[str, str], ...]


Statement = Assign | Do | If | For | While | With | Try | Function | Class | Leave | Import | Opaque


class Module(Struct, frozen=True):
    """A file. `comments` are (place, text with its marks)."""

    body: tuple[Statement, ...]
    comments: tuple[tuple[Span, str], ...] = ()


def placed(node: Any, span: Span) -> Any:
    """A part of the tree of another file, as if all of it stood at one place of this one."""
    if isinstance(node, Span):
        return span
    if isinstance(node, Embedded):
        return Embedded(node.text, ())
    if isinstance(node, tuple):
        return tuple(placed(each, span) for each in node)
    if isinstance(node, Struct):
        kind = type(node)
        return kind(*(placed(getattr(node, name), span) for name in kind.__struct_fields__))
    return node
