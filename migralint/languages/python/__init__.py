"""From Python source to the tree, by libcst (the only place of it).

libcst's own position provider is passed by: it counts lines and columns, and costs more than the
parser. Writing the tree out again into a state that only counts characters gives the same places
(measured on a revision of 34 lines: 0.4 ms, beside 1.0 ms for the parser).
"""

from __future__ import annotations

import re
import threading

import libcst as cst
from libcst.native import parse_module  # type: ignore[import-not-found]

from migralint.languages import tree
from migralint.languages.python.places import Places
from migralint.languages.python.statements import Statements
from migralint.languages.tree import SyntaxProblem as SyntaxProblem
from migralint.parsed import parsed
from migralint.progress import passed
from migralint.source import Span

LARGE = 4_000
"""Longer texts may be nested deeper than an ordinary stack lets the parser go, which then takes the
process down."""
STACK = 1 << 28
DEEP = 200
"""How many brackets Python itself lets stand in one another."""
_BRACKETS = re.compile(
    r"""(?P<open>[(\[{])|[)\]}]|\#[^\r\n]*|\'\'\'.*?(?:\'\'\'|\Z)|\"\"\".*?(?:\"\"\"|\Z)"""
    r"""|'(?:\\.|[^'\\\r\n])*'?|"(?:\\.|[^"\\\r\n])*"?""",
    re.DOTALL,
)


def _parsed(text: str) -> cst.Module:
    if len(text) < LARGE:
        module: cst.Module = parse_module(text)
        return module
    if _depth(text) > DEEP:
        raise RecursionError
    found: list[cst.Module] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            found.append(parse_module(text))
        except BaseException as why:  # noqa: BLE001 - it is raised where it was asked for
            problems.append(why)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if problems:
        raise problems[0]
    return found[0]


def _depth(text: str) -> int:
    """How deep brackets stand in one another."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        if found["open"]:
            depth += 1
            deepest = max(deepest, depth)
        elif found.group() in ")]}":
            depth -= 1
    return deepest


def parse(text: str) -> tree.Module:
    """The tree of a file. Raises SyntaxProblem, also where the file is nested too deep."""
    return parsed(("python", text), lambda: _tree(text))


def _tree(text: str) -> tree.Module:
    passed()
    try:
        module: cst.Module = _parsed(text)
        state = Places(module)
        module._codegen(state)
        comments = [(Span(at, at + len(said)), said) for at, said in state.comments]
        body = Statements(text, state.places).block(module.body)
        return tree.Module(body, tuple(comments))
    except cst.ParserSyntaxError as why:
        lines = text.splitlines(keepends=True)
        at = sum(map(len, lines[: why.raw_line - 1])) + max(why.raw_column, 0)
        raise SyntaxProblem("this is not valid Python", min(at, len(text))) from why
    except cst.CSTValidationError as why:
        raise SyntaxProblem("this is not valid Python", 0) from why
    except RecursionError as why:
        raise SyntaxProblem("this is nested too deep to be read", 0) from why
