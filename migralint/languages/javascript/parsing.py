"""What tree-sitter makes of a text: its nodes, where the first mistake is, the comments."""

from __future__ import annotations

from array import array
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from migralint.languages import tree
from migralint.languages.javascript.statements import Statements
from migralint.languages.tree import SyntaxProblem
from migralint.source import Span

_GRAMMARS = {
    "javascript": tree_sitter_javascript.language,
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
}
_NAMES = {"javascript": "JavaScript", "typescript": "TypeScript", "tsx": "TypeScript"}


@cache
def _tools(language: str) -> tuple[Parser, Query]:
    grammar = Language(_GRAMMARS[language]())
    return Parser(grammar), Query(grammar, "(comment) @comment")


def module(text: str, language: str) -> tree.Module:
    """The tree of a text. Raises SyntaxProblem at the first mistake."""
    parser, comments = _tools(language)
    written = text.encode("utf-8", "surrogatepass")
    root = parser.parse(written).root_node
    at = None if len(written) == len(text) else characters(text)
    reader = Statements(text, at)
    if root.has_error:
        wrong = reader.span(_mistake(root)).start
        raise SyntaxProblem(f"this is not valid {_NAMES[language]}", min(wrong, len(text)))
    said: list[tuple[Span, str]] = []
    if "//" in text or "/*" in text:
        found = QueryCursor(comments).captures(root).get("comment", [])
        spans = sorted(reader.span(node) for node in found)
        said = [(span, text[span.start : span.end]) for span in spans]
    return tree.Module(reader.block(root.named_children), tuple(said))


def characters(text: str) -> array[int]:
    """Which character each byte of a text in UTF-8 belongs to, and one more for its end."""
    found = array("L")
    for number, each in enumerate(text):
        code = ord(each)
        found.append(number)
        if code > 0x7F:
            found.append(number)
            if code > 0x7FF:
                found.append(number)
                if code > 0xFFFF:
                    found.append(number)
    found.append(len(text))
    return found


def _mistake(node: Node) -> Node:
    """The first node in which something is wrong, or missing. Where all of the file is in doubt,
    what is wrong stands further in."""
    inner: Node | None = node
    while inner is not None:
        node = inner
        if node.is_missing or (node.is_error and node.start_byte > 0):
            break
        inner = next((each for each in node.children if each.has_error or each.is_missing), None)
    return node
