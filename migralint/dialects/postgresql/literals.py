"""Text that is known without running anything: literals, their concatenation, format() of
literals."""

from __future__ import annotations

import re
from typing import Any

from migralint.dialects.postgresql.expressions import Tree, function_name
from migralint.dialects.postgresql.tree import constant, decode_any
from migralint.ops import quoted

_DIRECTIVE = re.compile(r"%(?:(%)|(\d+\$)?(-)?(\d+)?([sIL]))")


def literal_text(expression: str) -> str | None:
    """The text that an SQL expression always gives; None where it cannot be told."""
    from pglast.parser import ParseError, parse_sql_json

    try:
        tree = decode_any(parse_sql_json("SELECT " + expression))
        targets: list[Any] = tree["stmts"][0]["stmt"]["SelectStmt"]["targetList"]
        return _text(targets[0]["ResTarget"]["val"]) if len(targets) == 1 else None
    except (ParseError, UnicodeEncodeError, RecursionError, LookupError):
        return None


def _text(node: Tree) -> str | None:
    for tag, body in node.items():
        if tag == "A_Const":
            return constant(node)
        if tag == "TypeCast":
            return _text(body["arg"])
        if tag == "A_Expr" and body.get("kind") == "AEXPR_OP" and "lexpr" in body:
            if body["name"][-1].get("String", {}).get("sval") != "||":
                return None
            left, right = _text(body["lexpr"]), _text(body["rexpr"])
            return None if left is None or right is None else left + right
        if tag == "FuncCall":
            return _call(
                function_name(body), [_text(argument) for argument in body.get("args", ())]
            )
    return None


def _call(name: str, arguments: list[str | None]) -> str | None:
    known = [argument for argument in arguments if argument is not None]
    if len(known) < len(arguments) or not known:
        return None
    if name == "format":
        return _format(known[0], known[1:])
    if name == "concat":
        return "".join(known)
    if name == "quote_ident" and len(known) == 1:
        return quoted(known[0])
    if name == "quote_literal" and len(known) == 1:
        return _quoted_literal(known[0])
    return None


def _quoted_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _format(template: str, arguments: list[str]) -> str | None:
    rest = iter(arguments)

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            return "%"
        value = arguments[int(found[2][:-1]) - 1] if found[2] else next(rest)
        return (
            quoted(value)
            if found[5] == "I"
            else _quoted_literal(value)
            if found[5] == "L"
            else value
        )

    try:
        return _DIRECTIVE.sub(fill, template)
    except (StopIteration, IndexError):
        return None
