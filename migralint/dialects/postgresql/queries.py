"""What a SELECT reads and gives: relations, columns, functions, locks, through subqueries, joins
and CTEs."""

from __future__ import annotations

from typing import Any, Literal

from migralint.dialects.postgresql.expressions import (
    OF_QUERY,
    Tree,
    column_name,
    expression,
    function_name,
    value_function,
)
from migralint.dialects.postgresql.tree import Place, constant, type_from
from migralint.ops import Expression, Name, Output, Query

MODIFYING = frozenset(("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"))
_LOCKS: dict[str, Literal["UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"]] = {
    "LCS_FORKEYSHARE": "KEY SHARE",
    "LCS_FORSHARE": "SHARE",
    "LCS_FORNOKEYUPDATE": "NO KEY UPDATE",
    "LCS_FORUPDATE": "UPDATE",
}
_STRENGTH = ["", "KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE"]


class Source:
    """Something in FROM: a relation, or what has `outputs` of its own (None: not known)."""

    __slots__ = ("alias", "outputs", "relation")

    def __init__(
        self, alias: str, relation: Name | None, outputs: tuple[Output, ...] | None = None
    ) -> None:
        self.alias = alias
        self.relation = relation
        self.outputs = outputs


class Scope:
    """The names that columns can be of, innermost query first."""

    __slots__ = ("ctes", "outer", "sources")

    def __init__(self, outer: Scope | None = None) -> None:
        self.outer = outer
        self.sources: list[Source] = []
        self.ctes: dict[str, tuple[Output, ...] | None] = {} if outer is None else dict(outer.ctes)

    def find(self, alias: str) -> Source | None:
        scope: Scope | None = self
        while scope is not None:
            for source in scope.sources:
                if source.alias == alias:
                    return source
            scope = scope.outer
        return None


def range_name(body: Tree) -> Name:
    schema = body.get("schemaname", "")
    return Name(body.get("relname", ""), "" if "{" in schema else schema)


def strings(nodes: list[Tree]) -> list[str]:
    return [node["String"].get("sval", "") for node in nodes if "String" in node]


Modifying = tuple[str, Tree, "dict[str, tuple[Output, ...] | None]"]
"""A data-modifying CTE: the tag of its tree, the tree, and the CTEs before it, which are no
relations."""


class Reader:
    """Collects over one statement; `modifying` are the data-modifying CTEs met on the way."""

    def __init__(self) -> None:
        self.reads: dict[Name, None] = {}
        self.uses: dict[tuple[Name, str], None] = {}
        self.values: dict[tuple[Name, str], None] = {}
        """Those of them that are read for what they hold, not only to find or order rows."""
        self._aside = 0
        self.functions: dict[str, None] = {}
        self.calls: list[tuple[str, tuple[str | None, ...]]] = []
        self.modifying: list[Modifying] = []
        self.lock: Literal["", "UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"] = ""
        self.locked: dict[Name, None] = {}
        self.merged = False

    def select(self, body: Tree, outer: Scope | None = None) -> tuple[Output, ...]:
        """Reads a SelectStmt; what comes back are its columns."""
        scope = Scope(outer)
        if "withClause" in body:
            self.with_clause(body["withClause"], scope)
        if "larg" in body:
            outputs = self.select(body["larg"], scope)
            self.select(body["rarg"], scope)
            for key in ("sortClause", "limitCount", "limitOffset"):
                self.aside(body.get(key), scope)
            self._locking(body, scope)
            return outputs
        if not self._aside and ("distinctClause" in body or "groupClause" in body):
            self.merged = True
        for item in body.get("fromClause", ()):
            self.source(item, scope)
        outputs = tuple(
            output
            for target in body.get("targetList", ())
            for output in self.target(target["ResTarget"], scope)
        )
        for key in (
            "whereClause",
            "groupClause",
            "havingClause",
            "windowClause",
            "sortClause",
            "distinctClause",
            "limitCount",
            "limitOffset",
        ):
            self.aside(body.get(key), scope)
        self.walk(body.get("valuesLists"), scope)
        if "valuesLists" in body and not outputs:
            first = body["valuesLists"][0].get("List", {}).get("items", ())
            outputs = tuple(Output(f"column{number}") for number in range(1, len(first) + 1))
        self._locking(body, scope)
        return outputs

    def with_clause(self, body: Tree, scope: Scope) -> None:
        for item in body.get("ctes", ()):
            cte = item["CommonTableExpr"]
            name = cte.get("ctename", "")
            if body.get("recursive"):
                scope.ctes[name] = None
            outputs: tuple[Output, ...] | None = None
            for tag, query in cte.get("ctequery", {}).items():
                if tag == "SelectStmt":
                    outputs = _renamed(
                        self.select(query, scope), strings(cte.get("aliascolnames", []))
                    )
                elif tag in MODIFYING:
                    self.modifying.append((tag, query, dict(scope.ctes)))
            scope.ctes[name] = outputs

    def source(self, item: Tree, scope: Scope) -> None:
        """Reads a member of FROM into the scope."""
        for tag, body in item.items():
            alias = body.get("alias", {}).get("aliasname", "") if isinstance(body, dict) else ""
            if tag == "RangeVar":
                name = range_name(body)
                if not name.schema and name.name in scope.ctes:
                    scope.sources.append(Source(alias or name.name, None, scope.ctes[name.name]))
                else:
                    self.reads[name] = None
                    scope.sources.append(Source(alias or name.name, name))
            elif tag == "JoinExpr":
                self.source(body["larg"], scope)
                self.source(body["rarg"], scope)
                self.aside(body.get("quals"), scope)
                self._aside += 1
                for column in strings(body.get("usingClause", [])):
                    self._column([column], scope)
                self._aside -= 1
            elif tag == "RangeSubselect":
                outputs: tuple[Output, ...] | None = None
                for inner, query in body["subquery"].items():
                    outputs = self.select(query, scope) if inner == "SelectStmt" else None
                columns = strings(body.get("alias", {}).get("colnames", []))
                scope.sources.append(
                    Source(alias, None, None if outputs is None else _renamed(outputs, columns))
                )
            elif tag == "RangeTableSample":
                self.source(body["relation"], scope)
            else:  # functions, XMLTABLE, JSON_TABLE
                self.walk(item, scope)
                scope.sources.append(Source(alias, None))

    def target(self, body: Tree, scope: Scope) -> list[Output]:
        """The columns that one member of the SELECT list gives."""
        value = body.get("val")
        if value is None:
            return []
        self.walk(value, scope)
        fields = value["ColumnRef"]["fields"] if "ColumnRef" in value else []
        if fields and "A_Star" in fields[-1]:
            if len(fields) == 1:
                return [output for source in scope.sources for output in _all_of(source)]
            source = scope.find(strings(fields)[-1])
            return [Output("*")] if source is None else _all_of(source)
        relation, column, type_ = None, None, None
        if fields:
            relation, column = self._origin(strings(fields), scope)
        elif "TypeCast" in value:
            type_ = type_from(value["TypeCast"]["typeName"])
        return [Output(body.get("name") or output_name(value), relation, column, type_)]

    def aside(self, node: Any, scope: Scope) -> None:
        """Reads what finds or orders rows."""
        self._aside += 1
        self.walk(node, scope)
        self._aside -= 1

    def _use(self, relation: Name, column: str) -> None:
        self.uses[relation, column] = None
        if not self._aside:
            self.values[relation, column] = None

    def walk(self, node: Any, scope: Scope) -> None:
        """Reads an expression, or a list of them."""
        if isinstance(node, list):
            for member in node:
                self.walk(member, scope)
            return
        if not isinstance(node, dict):
            return
        for tag, body in node.items():
            if tag == "SelectStmt":
                self.select(body, scope)
                continue
            if tag == "ColumnRef":
                fields = body["fields"]
                if "A_Star" in fields[-1]:
                    self._star(strings(fields), scope)
                else:
                    self._column(strings(fields), scope)
                continue
            if tag == "FuncCall":
                name = function_name(body)
                self.functions[name] = None
                self.calls.append(
                    (name, tuple(constant(argument) for argument in body.get("args", ())))
                )
            elif tag == "SQLValueFunction":
                self.functions[value_function(body)] = None
            if isinstance(body, (dict, list)):
                self.walk(body, scope)

    def _star(self, parts: list[str], scope: Scope) -> None:
        sources = [scope.find(parts[-1])] if parts else list(scope.sources)
        for source in sources:
            if source is not None and source.relation is not None:
                self._use(source.relation, "*")

    def _column(self, parts: list[str], scope: Scope) -> None:
        """Notes which relations a column reference may be of."""
        if not parts:
            return
        if len(parts) > 1:
            source = scope.find(parts[-2])
            if source is not None and source.relation is not None:
                self._use(source.relation, parts[-1])
            return
        inner: Scope | None = scope
        while inner is not None:
            if any(
                output.name == parts[0]
                for source in inner.sources
                for output in source.outputs or ()
            ):
                return
            for source in inner.sources:
                if source.relation is not None:
                    self._use(source.relation, "*" if source.alias == parts[0] else parts[0])
            inner = inner.outer

    def _origin(self, parts: list[str], scope: Scope) -> tuple[Name | None, str | None]:
        """The relation and column that an output comes from, where only one can be meant."""
        if len(parts) > 1:
            found = scope.find(parts[-2])
            candidates = [] if found is None else [found]
        else:
            candidates = scope.sources
        if len(candidates) == 1 and candidates[0].relation is not None:
            return candidates[0].relation, parts[-1]
        matches = [o for source in candidates for o in source.outputs or () if o.name == parts[-1]]
        if len(matches) == 1 and all(source.outputs is not None for source in candidates):
            return matches[0].relation, matches[0].column
        return None, None

    def _locking(self, body: Tree, scope: Scope) -> None:
        for item in body.get("lockingClause", ()):
            clause = item["LockingClause"]
            lock = _LOCKS.get(clause.get("strength", ""), "SHARE")
            if _STRENGTH.index(lock) > _STRENGTH.index(self.lock):
                self.lock = lock
            wanted = {
                relation["RangeVar"].get("relname") for relation in clause.get("lockedRels", ())
            }
            for source in scope.sources:
                if source.relation is not None and (not wanted or source.alias in wanted):
                    self.locked[source.relation] = None

    def query(
        self, outputs: tuple[Output, ...], *, limited: bool = False, where: Expression | None = None
    ) -> Query:
        return Query(
            reads=tuple(self.reads),
            outputs=outputs,
            uses=tuple(self.uses),
            values=tuple(self.values),
            functions=tuple(self.functions),
            calls=tuple(self.calls),
            lock=self.lock,
            locked=tuple(self.locked),
            limited=limited,
            merged=self.merged,
            where=where,
        )


def read_query(
    tree: Tree, place: Place | None, outer: Scope | None = None
) -> tuple[Query, list[Modifying]]:
    """The query of a node ({"SelectStmt": …}) and its data-modifying CTEs. Without a place, WHERE
    is left out; `outer` knows the CTEs of a statement around it."""
    reader = Reader()
    for tag, body in tree.items():
        if tag == "SelectStmt":
            outputs = reader.select(body, outer)
            where = None
            if place is not None and "whereClause" in body:
                where = expression(body["whereClause"], place, stops=OF_QUERY)
            return reader.query(
                outputs, limited="limitCount" in body, where=where
            ), reader.modifying
        if tag in MODIFYING:
            return Query(), [(tag, body, {})]
        reader.walk(body, Scope())  # EXECUTE of a prepared statement
    return reader.query(()), reader.modifying


def _renamed(outputs: tuple[Output, ...], names: list[str]) -> tuple[Output, ...]:
    if not names or any(output.name == "*" for output in outputs):
        return outputs
    return tuple(
        Output(names[number], output.relation, output.column, output.type)
        if number < len(names)
        else output
        for number, output in enumerate(outputs)
    )


def _all_of(source: Source) -> list[Output]:
    if source.relation is not None:
        return [Output("*", source.relation)]
    return [Output("*")] if source.outputs is None else list(source.outputs)


_NAMED = {
    "CoalesceExpr": "coalesce",
    "A_ArrayExpr": "array",
    "RowExpr": "row",
    "GroupingFunc": "grouping",
    "XmlSerialize": "xmlserialize",
}


def output_name(node: Tree) -> str:
    """The name that PostgreSQL gives an unnamed output (FigureColname in parse_target.c)."""
    for tag, body in node.items():
        if tag == "ColumnRef":
            return column_name(node) or "?column?"
        if tag == "FuncCall":
            return strings(body.get("funcname", []))[-1]
        if tag == "TypeCast":
            name = output_name(body.get("arg", {}))
            return name if name != "?column?" else strings(body["typeName"].get("names", []))[-1]
        if tag in ("CollateClause", "A_Indirection"):
            last = strings(body.get("indirection", []))
            return last[-1] if last else output_name(body["arg"])
        if tag == "CaseExpr":
            name = output_name(body.get("defresult", {}))
            return name if name != "?column?" else "case"
        if tag == "A_Expr" and body.get("kind") == "AEXPR_NULLIF":
            return "nullif"
        if tag == "SubLink":
            return _sublink_name(body)
        if tag == "MinMaxExpr":
            return "least" if body.get("op") == "IS_LEAST" else "greatest"
        if tag == "SQLValueFunction":
            return str(body.get("op", "")).removeprefix("SVFOP_").removesuffix("_N").lower()
        return _NAMED.get(tag, "?column?")
    return "?column?"


def _sublink_name(body: Tree) -> str:
    kind = body.get("subLinkType")
    if kind == "EXISTS_SUBLINK":
        return "exists"
    if kind == "ARRAY_SUBLINK":
        return "array"
    targets = body["subselect"].get("SelectStmt", {}).get("targetList", [])
    if kind == "EXPR_SUBLINK" and targets:
        target = targets[0]["ResTarget"]
        return str(target.get("name") or output_name(target.get("val", {})))
    return "?column?"
