"""Expressions: their text as written, and what a rule may want to know of them."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from migralint.dialects import lex
from migralint.dialects.postgresql.tree import Place, constant, decode_any, type_from
from migralint.ops import Expression, Test, Type

Tree = dict[str, Any]

# The words that end an expression when they stand outside of brackets.
OF_COLUMN = frozenset(
    "not null default check primary unique references constraint generated collate deferrable "
    "initially enforced no".split()
)
OF_QUERY = frozenset(
    "returning group having window order limit offset fetch for union intersect except on".split()
)
NOTHING: frozenset[str] = frozenset()

_NOW = {
    "SVFOP_CURRENT_DATE": "current_date",
    "SVFOP_CURRENT_ROLE": "current_role",
    "SVFOP_CURRENT_USER": "current_user",
    "SVFOP_USER": "current_user",
    "SVFOP_SESSION_USER": "session_user",
    "SVFOP_CURRENT_CATALOG": "current_catalog",
    "SVFOP_CURRENT_SCHEMA": "current_schema",
}
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_FAR = 1 << 60


def value_function(body: Tree) -> str:
    """The name of a CURRENT_… word: all times of the transaction's start are `now`."""
    return _NOW.get(body.get("op", ""), "now")


def function_name(body: Tree) -> str:
    """The name of a FuncCall, without pg_catalog."""
    parts = [
        part["String"].get("sval", "") for part in body.get("funcname", ()) if "String" in part
    ]
    if len(parts) > 1 and parts[0] == "pg_catalog":
        parts = parts[1:]
    name = ".".join(parts)
    return "now" if name == "transaction_timestamp" else name


def column_name(node: Tree, of: str | None = None) -> str | None:
    """The column that a node is, if it is nothing else; with `of`, unless it is another table's."""
    reference = node.get("ColumnRef")
    if reference is None:
        return None
    fields = reference["fields"]
    if of is not None and len(fields) > 1 and fields[-2].get("String", {}).get("sval") != of:
        return None
    last = fields[-1].get("String")
    return None if last is None else str(last.get("sval", ""))


class Facts:
    """What a walk over a tree has seen."""

    __slots__ = ("columns", "functions", "of", "sequences", "start", "subquery", "types")

    def __init__(self, of: str | None = None) -> None:
        self.of = of
        self.columns: dict[str, None] = {}
        self.functions: dict[str, None] = {}
        self.types: list[Type] = []
        self.subquery = False
        self.sequences: list[str] = []
        self.start = _FAR

    def walk(self, node: Tree) -> None:
        """Depth first, in the order of the tree, which is nearly that of the text."""
        for key, value in node.items():
            if key == "location":
                if 0 <= value < self.start:
                    self.start = value
                continue
            if isinstance(value, dict):
                if key == "FuncCall":
                    called = function_name(value)
                    self.functions[called] = None
                    if called == "nextval" and value.get("args"):
                        self.sequences.append(constant(value["args"][0]) or "")
                elif key == "SQLValueFunction":
                    self.functions[value_function(value)] = None
                elif key == "TypeCast":
                    self.types.append(type_from(value["typeName"]))
                elif key == "ColumnRef":
                    name = column_name(node, self.of)
                    if name is not None:
                        self.columns[name] = None
                elif key == "SelectStmt":
                    self.subquery = True
                    inner = Facts()
                    inner.walk(value)
                    self.functions.update(inner.functions)
                    self.start = min(self.start, inner.start)
                    continue
                self.walk(value)
            elif isinstance(value, list):
                for member in value:
                    if isinstance(member, dict):
                        self.walk(member)


def proven(node: Tree, of: str | None = None) -> list[Test]:
    """What is true of a row where the condition is true."""
    for kind, body in node.items():
        if kind == "BoolExpr":
            arguments = body.get("args", [])
            if body.get("boolop") == "AND_EXPR":
                return [test for argument in arguments for test in proven(argument, of)]
            if body.get("boolop") == "NOT_EXPR" and "NullTest" in arguments[0]:
                return _null_test(arguments[0]["NullTest"], of, negated=True)
        elif kind == "NullTest":
            return _null_test(body, of, negated=False)
        elif kind == "BooleanTest" and body.get("booltesttype", "IS_TRUE") == "IS_TRUE":
            return proven(body["arg"], of)
        elif kind == "A_Expr" and "lexpr" in body and "rexpr" in body:
            return _comparison(body, of)
    return []


def _null_test(body: Tree, of: str | None, *, negated: bool) -> list[Test]:
    column = column_name(body["arg"], of)
    is_null = body.get("nulltesttype", "IS_NULL") == "IS_NULL"
    return (
        [] if column is None else [Test(column, "IS NULL" if is_null != negated else "IS NOT NULL")]
    )


def _comparison(body: Tree, of: str | None) -> list[Test]:
    left, right, kind = body["lexpr"], body["rexpr"], body.get("kind")
    if kind == "AEXPR_BETWEEN":
        column = column_name(left, of)
        bounds = zip((">=", "<="), right["List"]["items"], strict=False)
        values = [(operator, constant(bound)) for operator, bound in bounds]
        return (
            [Test(column, operator, value) for operator, value in values if value is not None]
            if column
            else []
        )
    if kind == "AEXPR_IN":
        return _in_list(body, of)
    if kind != "AEXPR_OP":
        return []
    operator = body["name"][-1].get("String", {}).get("sval", "")
    if operator not in _FLIPPED:
        return []
    column, value = column_name(left, of), constant(right)
    if column is None:
        if operator == "=" and value == "true":
            return proven(left, of)
        column, value, operator = column_name(right, of), constant(left), _FLIPPED[operator]
    if column is not None and value is None and operator == "=" and _is_parameter(left, right):
        return [Test(column, operator)]
    return [] if column is None or value is None else [Test(column, operator, value)]


def _is_parameter(*nodes: Tree) -> bool:
    """Whether one of them is a value that is given when the statement runs."""
    return any("ParamRef" in (node.get("TypeCast") or {}).get("arg", node) for node in nodes)


def _in_list(body: Tree, of: str | None) -> list[Test]:
    column = column_name(body["lexpr"], of)
    values = [constant(item) for item in body["rexpr"].get("List", {}).get("items", ())]
    if column is None or None in values or body["name"][-1].get("String", {}).get("sval") != "=":
        return []
    return [Test(column, "IN", values=tuple(value for value in values if value is not None))]


def bare_column(node: Tree) -> str | None:
    """The column that a node is, or casts."""
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    return column_name(node)


def is_null(node: Tree) -> bool:
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    return bool(node.get("A_Const", {}).get("isnull"))


def expression(
    tree: Raw | Tree,
    place: Place,
    *,
    enclosed: bool = False,
    member: int = -1,
    stops: frozenset[str] = NOTHING,
    of: str | None = None,
) -> Expression:
    """An expression with its text.

    `enclosed`: the grammar wants brackets around it, which are no part of it. `member`: it is that
    member of an index's list, which stands in brackets of its own or is a function call. `stops`:
    the words that end it. `of`: the table or alias whose columns count; those of others are left
    out.
    """
    node = tree if isinstance(tree, dict) else decode_any(tree)
    facts = Facts(of)
    facts.walk(node)
    literal = constant(node)
    return Expression(
        text=_text(place, facts.start, enclosed, member, stops) if facts.start != _FAR else "",
        columns=tuple(facts.columns),
        functions=tuple(facts.functions),
        tests=tuple(proven(node, of)) if literal is None else (),
        types=tuple(facts.types),
        null=literal is None and is_null(node),
        literal=literal,
        column=None if literal is not None else bare_column(node),
        subquery=facts.subquery,
        sequences=tuple(facts.sequences),
    )


def _text(place: Place, first: int, enclosed: bool, member: int, stops: frozenset[str]) -> str:
    """The tree knows where the first named thing of an expression starts; brackets before it are
    found in the text."""
    text, start = place.piece, place.character(first)
    opened = _brackets_before(place, start)
    call = False
    if member >= 0:
        opened = opened[: len(opened) - 1] if member == 0 and opened else opened
        call = not opened
        enclosed = not call
    if enclosed and opened:
        opened = opened[:-1]
    if opened:
        start = opened[-1]
    return text[start : expression_end(text, start, place.end, stops, call=call)]


def _brackets_before(place: Place, start: int) -> list[int]:
    """Where the opening brackets stand right before a place, innermost first."""
    text, floor = place.piece, place.start
    found: list[int] = []
    at = start - 1
    while at >= floor:
        character = text[at]
        if character == "(":
            found.append(at)
        elif character not in " \t\n\r\f\v":
            break
        at -= 1
    before = text[floor:start]
    if "--" in before or "/*" in before:
        found = []
        for token in lex.tokens(text, floor, start):
            if token.kind == "symbol" and text[token.start] == "(":
                found.append(token.start)
            elif token.kind != "comment":
                found.clear()
        found.reverse()
    return found


def expression_end(
    text: str, start: int, limit: int, stops: frozenset[str] = NOTHING, *, call: bool = False
) -> int:
    """Where the expression ends that starts at `start`: before a comma, a bracket that it did not
    open, a semicolon or one of the words `stops`. With `call`, after the first pair of brackets."""
    depth, end, previous = 0, start, ""
    for kind, at, stop in lex.tokens(text, start, limit):
        if kind == "comment":
            continue
        if kind == "symbol":
            character = text[at]
            if character in "([":
                depth += 1
            elif character in ")]":
                depth -= 1
                if depth < 0:
                    break
                if call and depth == 0:
                    return stop
            elif depth == 0 and (character == "," or character == ";"):
                break
            previous = character
        elif kind == "word":
            word = text[at:stop].lower()
            if depth == 0 and word in stops and end > start and previous not in _OPEN:
                break
            previous = word
        else:
            previous = ""
        end = stop
    return end


# What an expression cannot end with: a stop word right after it still belongs to the expression (IS
# NOT NULL, = NULL).
_OPEN = frozenset([*"+-*/<>=~!@#%^&|`?:(", "is", "and", "or", "not"])
