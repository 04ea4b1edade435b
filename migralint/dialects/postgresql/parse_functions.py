"""Functions and procedures, and what a body in plain SQL says."""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.parse_names import object_parts
from migralint.dialects.postgresql.queries import Reader, Scope
from migralint.dialects.postgresql.tree import (
    NONE,
    DefElem,
    Node,
    Place,
    Text,
    TypeName,
    decode_any,
    named,
    type_of,
)
from migralint.ops import (
    CreateFunction,
    Name,
    Op,
)


class Parameter(Struct):
    argType: TypeName | None = None
    mode: str = "FUNC_PARAM_DEFAULT"


class ParameterNode(Struct):
    FunctionParameter: Parameter


class CreateFunctionStmt(Struct):
    funcname: list[Text]
    parameters: list[ParameterNode] = []
    returnType: TypeName | None = None
    options: list[DefElem] = []
    sql_body: Raw = NONE
    is_procedure: bool = False
    replace: bool = False


def create_function(node: CreateFunctionStmt, place: Place) -> list[Op]:
    language, volatility, body = "sql", "volatile", None
    strict = definer = search_path = False
    for item in node.options:
        name, value = item.DefElem.defname, item.DefElem.arg
        if value is None:
            continue
        if name == "language" and value.String is not None:
            language = value.String.sval.lower()
        elif name == "volatility" and value.String is not None:
            volatility = value.String.sval
        elif name == "strict" and value.Boolean is not None:
            strict = bool(value.Boolean.get("boolval"))
        elif name == "security" and value.Boolean is not None:
            definer = bool(value.Boolean.get("boolval"))
        elif name == "set" and value.VariableSetStmt is not None:
            search_path = search_path or value.VariableSetStmt.name.lower() == "search_path"
        elif name == "as" and value.List is not None:
            parts = object_parts(Node(List=value.List))
            body = parts[0] if len(parts) == 1 else None
    reads: tuple[Name, ...] = ()
    calls: tuple[str, ...] = ()
    single = False
    if language == "sql" and (body is not None or node.sql_body is not NONE):
        reads, calls, single = _sql_body(body, node.sql_body)
    taken = ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")
    arguments = [item.FunctionParameter for item in node.parameters]
    return [
        CreateFunction(
            span=place.span,
            name=named(node.funcname),
            arguments=tuple(
                type_of(each.argType)
                for each in arguments
                if each.argType and each.mode not in taken
            ),
            procedure=node.is_procedure,
            replace=node.replace,
            language=language,
            volatility=volatility,  # type: ignore[arg-type]
            strict=strict,
            security_definer=definer,
            search_path=search_path,
            reads=reads,
            calls=calls,
            single_select=single,
            returns_set=bool(node.returnType and node.returnType.setof)
            or any(each.mode == "FUNC_PARAM_TABLE" for each in arguments),
        )
    ]


def _sql_body(body: str | None, tree: Raw) -> tuple[tuple[Name, ...], tuple[str, ...], bool]:
    """(relations, functions, whether it is one SELECT without FROM) of a body in plain SQL; nothing
    if it is broken."""
    from pglast.parser import ParseError, parse_sql_json

    statements: list[dict[str, Any]] = []
    if body is not None:
        try:
            parsed = decode_any(parse_sql_json(body))
        except (ParseError, UnicodeEncodeError):
            return (), (), False
        statements = [item["stmt"] for item in parsed.get("stmts", ())]
    else:
        decoded = decode_any(tree)
        if "List" in decoded:
            statements = [
                inner
                for item in decoded["List"]["items"]
                for inner in item.get("List", {}).get("items", ())
            ]
        else:
            statements = [decoded]
    reader = Reader()
    for statement in statements:
        for tag, part in statement.items():
            target = part.get("relation")
            if tag == "SelectStmt":
                reader.select(part)
            elif isinstance(target, dict) and "relname" in target:
                reader.source({"RangeVar": target}, Scope())
                for key in ("fromClause", "usingClause"):
                    for item in part.get(key, ()):
                        reader.source(item, Scope())
                reader.walk(
                    {key: value for key, value in part.items() if key != "relation"}, Scope()
                )
            else:
                reader.walk(part, Scope())
    only = statements[0] if len(statements) == 1 else {}
    chosen = only.get("SelectStmt")
    single = "ReturnStmt" in only or (
        chosen is not None and not {"fromClause", "withClause", "larg"} & chosen.keys()
    )
    return tuple(reader.reads), tuple(reader.functions), single


HANDLERS: dict[str, tuple[Any, Any]] = {
    "CreateFunctionStmt": (Decoder(CreateFunctionStmt), create_function),
}
