"""HCL, as far as a look at settings needs it: blocks, attributes, locals and the defaults of
variables.

No text raises: what is not understood is passed over, and an expression that cannot be worked out
has no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\f]+)
    | (?P<comment>(?:\#|//)[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<heredoc><<[-~]?(?P<tag>\w+)[ \t\r]*\n.*?(?:\n[ \t]*(?P=tag)\b|\Z))
    | (?P<string>"(?:[^"\\\n$]|\\.|\$\{[^}\n]*\}|\$)*"?)
    | (?P<name>[A-Za-z_][\w.-]*)
    | (?P<newline>\n)
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_HOLE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_REFERENCE = re.compile(r"(local|var)\.(\w[\w-]*)\Z")
_ESCAPE = re.compile(r'\\(["\\])')
_DEEP = 8
"""How far a value may lead to others."""


class Block(Struct):
    """`env "prod" { … }`: its name, its labels, its attributes as they are written, its blocks."""

    name: str
    labels: tuple[str, ...]
    attributes: dict[str, str]
    blocks: list[Block]

    def named(self, name: str) -> Iterator[Block]:
        """The blocks of this name directly inside."""
        return (block for block in self.blocks if block.name == name)


def parse(text: str) -> Block:
    """The file as a block without a name."""
    top = Block("", (), {}, [])
    open_blocks = [top]
    line: list[tuple[str, str]] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        kind, word = match.lastgroup or "", match.group()
        if match.group("heredoc") is not None:
            kind = "string"
        if kind in ("blank", "comment"):
            continue
        if word == "{" and depth == 0 and not any(each == "=" for _, each in line):
            labels = tuple(each.strip('"') for _, each in line[1:])
            block = Block(line[0][1] if line else "", labels, {}, [])
            open_blocks[-1].blocks.append(block)
            open_blocks.append(block)
            line = []
            continue
        if word == "}" and depth == 0:
            _attribute(open_blocks[-1], line)
            line = []
            if len(open_blocks) > 1:
                open_blocks.pop()
            continue
        if kind == "newline":
            if depth == 0:
                _attribute(open_blocks[-1], line)
                line = []
            continue
        depth += (word in "([{") - (word in ")]}") if kind == "other" else 0
        line.append((kind, word))
    _attribute(open_blocks[-1], line)
    return top


def _attribute(block: Block, line: list[tuple[str, str]]) -> None:
    if len(line) > 2 and line[1][1] == "=":
        block.attributes[line[0][1]] = " ".join(word for _, word in line[2:])


def value(top: Block, expression: str, deep: int = 0) -> str | None:
    """What an expression comes to: a string with its holes filled, or a name by itself. None where
    that depends on what is not in the file."""
    expression = expression.strip()
    reference = _REFERENCE.match(expression)
    if reference is not None:
        said = _referred(top, *reference.groups()) if deep < _DEEP else None
        return None if said is None else value(top, said, deep + 1)
    if expression.startswith('"'):
        parts: list[str] = []
        last, inside = 0, expression.removeprefix('"').removesuffix('"')
        for hole in _HOLE.finditer(inside):
            filled = value(top, hole[1], deep + 1)
            if filled is None:
                return None
            parts += [inside[last : hole.start()], filled]
            last = hole.end()
        return _ESCAPE.sub(r"\1", "".join([*parts, inside[last:]]))
    return expression if re.fullmatch(r"[\w-]+", expression) else None


def _referred(top: Block, kind: str, name: str) -> str | None:
    if kind == "local":
        return next(
            (block.attributes[name] for block in top.named("locals") if name in block.attributes),
            None,
        )
    return next(
        (
            block.attributes.get("default")
            for block in top.named("variable")
            if block.labels == (name,)
        ),
        None,
    )
