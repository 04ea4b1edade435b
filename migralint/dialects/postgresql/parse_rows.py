"""Statements about rows: read, written, copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from migralint.dialects.postgresql.expressions import OF_QUERY, Tree, expression, is_null
from migralint.dialects.postgresql.kinds import option
from migralint.dialects.postgresql.limits import is_limited
from migralint.dialects.postgresql.parse_server import setting
from migralint.dialects.postgresql.queries import (
    MODIFYING,
    Modifying,
    Reader,
    Scope,
    Source,
    range_name,
    read_query,
)
from migralint.dialects.postgresql.tree import (
    NONE,
    DefElem,
    Place,
    RangeVar,
    Text,
    constant,
    decode_any,
    relation,
    text_of,
)
from migralint.ops import (
    Column,
    Copy,
    CreateTable,
    CreateView,
    Delete,
    Expression,
    Insert,
    Merge,
    Name,
    Op,
    Other,
    Output,
    Select,
    Unknown,
    Update,
)

Ctes = dict[str, "tuple[Output, ...] | None"]
NO_CTES: Ctes = {}


def select(node: Tree, place: Place) -> list[Op]:
    query, modifying = read_query({"SelectStmt": node}, place)
    ops: list[Op] = modify(modifying, place)
    into = node.get("intoClause")
    if into is not None:
        made = into_table(msgspec.convert(into, Into), place)
        return [*ops, msgspec.structs.replace(made, query=query)]
    settings = [] if query.reads else _settings(node, place)
    if settings:
        return [*ops, *settings]
    return [*ops, Select(span=place.span, query=query)]


def _settings(node: Tree, place: Place) -> list[Op]:
    """SELECT set_config('name', 'value', local), …: the settings, if it selects nothing else."""
    ops: list[Op] = []
    for target in node.get("targetList", ()):
        call = target["ResTarget"].get("val", {}).get("FuncCall")
        if call is None or call["funcname"][-1].get("String", {}).get("sval") != "set_config":
            return []
        arguments = call.get("args", [])
        if len(arguments) != 3:
            return []
        name, value, local = map(constant, arguments)
        if name is None:
            return []
        ops.append(setting(name, value, place, local=local == "true"))
    return ops


def modify(parts: Sequence[Modifying], place: Place) -> list[Op]:
    """The operations of data-modifying CTEs."""
    ops: list[Op] = []
    for tag, body, known in parts:
        ops.extend(_MODIFY[tag](body, place, known))
    return ops


def _prepare(body: Tree, known: Ctes) -> tuple[Reader, Scope, Name]:
    """A reader that knows the statement's CTEs and its target."""
    reader, scope = Reader(), Scope()
    scope.ctes.update(known)
    if "withClause" in body:
        reader.with_clause(body["withClause"], scope)
    target = range_name(body["relation"])
    alias = body["relation"].get("alias", {}).get("aliasname", "")
    scope.sources.append(Source(alias or target.name, target))
    return reader, scope, target


def _insert(body: Tree, place: Place, known: Ctes = NO_CTES, rows: int = 0) -> list[Op]:
    reader, scope, target = _prepare(body, known)
    columns = tuple(item["ResTarget"].get("name", "") for item in body.get("cols", ()))
    conflict = body.get("onConflictClause", {})
    action = conflict.get("action", "")
    query = None
    chosen = body.get("selectStmt", {}).get("SelectStmt")
    if chosen is None:
        rows = 1  # DEFAULT VALUES
    elif "valuesLists" in chosen:
        rows = rows or len(chosen["valuesLists"])
        reader.walk(chosen["valuesLists"], scope)
    else:
        around = Scope()
        around.ctes = scope.ctes
        query, modifying = read_query({"SelectStmt": chosen}, place, around)
        reader.modifying.extend(modifying)
        reader.reads.update(dict.fromkeys(query.reads))
    reader.walk(conflict.get("targetList"), scope)
    reader.walk(conflict.get("whereClause"), scope)
    return [
        *modify(reader.modifying, place),
        Insert(
            span=place.span,
            table=target,
            query=query,
            columns=columns,
            rows=rows,
            on_conflict="NOTHING"
            if action == "ONCONFLICT_NOTHING"
            else "UPDATE"
            if action == "ONCONFLICT_UPDATE"
            else "",
            reads=tuple(reader.reads),
        ),
    ]


class InsertStmt(Struct):
    """INSERT … VALUES without subqueries needs no more than this of its tree."""

    relation: RangeVar
    cols: list[dict[str, dict[str, Any]]] = []
    selectStmt: Raw = NONE
    onConflictClause: Raw = NONE
    withClause: Raw = NONE
    override: str = "OVERRIDING_NOT_SET"


class ValuesList(Struct):
    valuesLists: list[dict[str, Raw]] = []


class Values(Struct):
    SelectStmt: ValuesList


_insert_values = Decoder(Values).decode
_insert_head = Decoder(InsertStmt).decode


def insert(node: Raw, place: Place) -> list[Op]:
    """Rows are counted, not decoded, where nothing in them can matter."""
    head = _insert_head(node)
    chosen = bytes(head.selectStmt)
    simple = (
        chosen.startswith(b'{"SelectStmt":{"valuesLists"') and b'"SelectStmt"' not in chosen[14:]
    )
    if not simple or head.withClause is not NONE or head.onConflictClause is not NONE:
        return _insert(decode_any(node), place)
    values = _insert_values(chosen).SelectStmt.valuesLists
    first = [decode_any(row["List"]).get("items", []) for row in values[:_LOOKED_AT]]
    return [
        Insert(
            span=place.span,
            table=relation(head.relation),
            columns=tuple(item["ResTarget"].get("name", "") for item in head.cols),
            rows=len(values),
            width=len(first[0]) if first else 0,
            literals=_literals(first),
            overriding=head.override != "OVERRIDING_NOT_SET",
        )
    ]


_LOOKED_AT = 20
"""Of how many rows the literals are kept: enough for a value that must not be used yet."""


def _literals(rows: list[list[Tree]]) -> tuple[tuple[int, str], ...]:
    return tuple(
        (position, value)
        for row in rows
        for position, item in enumerate(row)
        if (value := constant(item)) is not None
    )


def _update(body: Tree, place: Place, known: Ctes = NO_CTES) -> list[Op]:
    reader, scope, target = _prepare(body, known)
    for item in body.get("fromClause", ()):
        reader.source(item, scope)
    items = [item["ResTarget"] for item in body.get("targetList", ())]
    literals: list[tuple[str, str]] = []
    values = dict.fromkeys((*each, "") for each in reader.values)
    for item in items:
        name = item.get("name", "")
        value = constant(item.get("val", {}))
        if value is not None:
            literals.append((name, value))
        reader.values.clear()
        reader.walk(item.get("val"), scope)
        reader.values.pop((target, name), None)
        values.update(dict.fromkeys((*each, name) for each in reader.values))
    where = body.get("whereClause")
    reader.aside(where, scope)
    reader.aside(body.get("returningClause") or body.get("returningList"), scope)
    return [
        *modify(reader.modifying, place),
        Update(
            span=place.span,
            table=target,
            only=not body["relation"].get("inh", False),
            columns=tuple(dict.fromkeys(item.get("name", "") for item in items)),
            literals=tuple(literals),
            nulls=tuple(item.get("name", "") for item in items if is_null(item.get("val", {}))),
            where=_where(where, place, scope),
            reads=tuple(reader.reads),
            values=tuple(values),
            uses=tuple(reader.uses),
            limited=is_limited(body),
        ),
    ]


def _where(where: Tree | None, place: Place, scope: Scope) -> Expression | None:
    """A condition on the rows of the target, which is the scope's first source."""
    if where is None:
        return None
    return expression(where, place, stops=OF_QUERY, of=scope.sources[0].alias)


def _delete(body: Tree, place: Place, known: Ctes = NO_CTES) -> list[Op]:
    reader, scope, target = _prepare(body, known)
    for item in body.get("usingClause", ()):
        reader.source(item, scope)
    where = body.get("whereClause")
    reader.walk(where, scope)
    return [
        *modify(reader.modifying, place),
        Delete(
            span=place.span,
            table=target,
            only=not body["relation"].get("inh", False),
            where=_where(where, place, scope),
            reads=tuple(reader.reads),
            limited=is_limited(body),
        ),
    ]


def _merge(body: Tree, place: Place, known: Ctes = NO_CTES) -> list[Op]:
    reader, scope, target = _prepare(body, known)
    reader.source(body["sourceRelation"], scope)
    reader.walk(body.get("joinCondition"), scope)
    reader.walk(body.get("mergeWhenClauses"), scope)
    return [
        *modify(reader.modifying, place),
        Merge(span=place.span, table=target, reads=tuple(reader.reads)),
    ]


_MODIFY = {"InsertStmt": _insert, "UpdateStmt": _update, "DeleteStmt": _delete, "MergeStmt": _merge}


def copy(node: Tree, place: Place) -> list[Op]:
    direction: Literal["from", "to"] = "from" if node.get("is_from") else "to"
    if "relation" in node:
        return [Copy(span=place.span, table=range_name(node["relation"]), direction=direction)]
    query, modifying = read_query(node.get("query", {}), place)
    ops = modify(modifying, place)
    if not query.reads:
        return ops or [Other(span=place.span, what="COPY")]
    return [*ops, Copy(span=place.span, table=query.reads[0], direction=direction, query=query)]


def call(node: Tree, place: Place) -> list[Op]:
    """CALL runs code that is not here; its arguments may read."""
    reader = Reader()
    reader.walk(node.get("funccall", {}).get("args"), Scope())
    parts = node.get("funccall", {}).get("funcname", ())
    name = ".".join(part["String"].get("sval", "") for part in parts)
    return [
        Unknown(
            span=place.span,
            reason=f"calls the procedure {name}",
            cause="dynamic",
            tables=tuple(reader.reads),
        )
    ]


def explain(node: Tree, place: Place) -> list[Op]:
    """EXPLAIN plans only; EXPLAIN ANALYZE runs the statement."""
    options = {item["DefElem"].get("defname") for item in node.get("options", ())}
    for tag, body in node.get("query", {}).items():
        if tag in MODIFYING:
            if "analyze" in options:
                return modify([(tag, body, NO_CTES)], place)
        elif tag == "SelectStmt":
            return select(body, place)
    return [Other(span=place.span, what="EXPLAIN")]


def execute(node: Tree, place: Place) -> list[Op]:
    return [
        Unknown(
            span=place.span,
            reason="runs the prepared statement " + node.get("name", ""),
            cause="dynamic",
        )
    ]


def cursor(node: Tree, place: Place) -> list[Op]:
    query, modifying = read_query(node.get("query", {}), place)
    return [*modify(modifying, place), Select(span=place.span, query=query)]


class Into(Struct):
    rel: RangeVar
    colNames: list[Text] = []
    skipData: bool = False
    accessMethod: str | None = None
    tableSpaceName: str | None = None
    options: list[DefElem] = []


class CreateTableAsStmt(Struct):
    query: dict[str, Any]
    into: Into
    objtype: str = "OBJECT_TABLE"
    if_not_exists: bool = False


def create_table_as(node: CreateTableAsStmt, place: Place) -> list[Op]:
    query, modifying = read_query(node.query, place)
    made = into_table(node.into, place)
    if node.objtype == "OBJECT_MATVIEW":
        return [
            CreateView(
                span=place.span,
                view=relation(node.into.rel),
                query=query,
                materialized=True,
                columns=tuple(text_of(node.into.colNames)),
                if_not_exists=node.if_not_exists,
                with_data=not node.into.skipData,
                options=tuple(option(item.DefElem) for item in node.into.options),
            )
        ]
    return [*modify(modifying, place), replace(made, query=query, if_not_exists=node.if_not_exists)]


def into_table(node: Into, place: Place) -> CreateTable:
    """The table that SELECT … INTO or CREATE TABLE AS makes, without its query."""
    return CreateTable(
        span=place.span,
        table=relation(node.rel),
        columns=tuple(Column(name) for name in text_of(node.colNames)),
        temporary=node.rel.relpersistence == "t",
        unlogged=node.rel.relpersistence == "u",
        with_data=not node.skipData,
        access_method=node.accessMethod,
        tablespace=node.tableSpaceName,
    )


_tree = Decoder(dict[str, Any])
HANDLERS: dict[str, tuple[Any, Any]] = {
    "SelectStmt": (_tree, select),
    "CreateTableAsStmt": (Decoder(CreateTableAsStmt), create_table_as),
    "InsertStmt": (None, insert),
    "UpdateStmt": (_tree, _update),
    "DeleteStmt": (_tree, _delete),
    "MergeStmt": (_tree, _merge),
    "CopyStmt": (_tree, copy),
    "CallStmt": (_tree, call),
    "ExplainStmt": (_tree, explain),
    "ExecuteStmt": (_tree, execute),
    "DeclareCursorStmt": (_tree, cursor),
}
