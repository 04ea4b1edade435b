"""Whether a statement that changes rows takes a few at a time: those that a LIMIT leaves, or a
value that it is given."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.dialects.postgresql.expressions import Tree


def is_limited(body: Tree) -> bool:
    """An UPDATE or DELETE changes only rows that a subquery or CTE with a LIMIT gives: it joins it,
    or has a column IN it."""
    where = body.get("whereClause")
    if where is None:
        return False
    ctes: set[str] = set()
    for item in body.get("withClause", {}).get("ctes", ()):
        cte = item["CommonTableExpr"]
        if _stops(cte.get("ctequery", {}), ctes):
            ctes.add(cte.get("ctename", ""))
    sources = (*body.get("fromClause", ()), *body.get("usingClause", ()))
    return any(_is_part(each, ctes) for each in sources) or any(
        _chooses(each, ctes) for each in _members(where)
    )


def _stops(query: Tree, ctes: set[str]) -> bool:
    select = query.get("SelectStmt")
    if select is None:
        return False
    if "limitCount" in select and not select["limitCount"].get("A_Const", {}).get("isnull"):
        return True  # LIMIT ALL is a NULL.
    if any(map(_is_given, _members(select.get("whereClause", {})))):
        return True
    return any(_is_part(each, ctes) for each in select.get("fromClause", ()))


def _is_given(condition: Tree) -> bool:
    """`id = $1`."""
    equal = condition.get("A_Expr", {})
    if equal.get("kind") != "AEXPR_OP" or equal["name"][-1]["String"].get("sval") != "=":
        return False
    return "ColumnRef" in equal.get("lexpr", {}) and "ParamRef" in equal.get("rexpr", {})


def _is_part(source: Tree, ctes: set[str]) -> bool:
    """A member of FROM has a LIMIT, as far as an inner join leaves it that."""
    if "RangeVar" in source:
        body = source["RangeVar"]
        return not body.get("schemaname") and body.get("relname") in ctes
    if "RangeSubselect" in source:
        return _stops(source["RangeSubselect"]["subquery"], ctes)
    join = source.get("JoinExpr")
    if join is None:
        return False
    kind = join.get("jointype")
    left = kind in ("JOIN_INNER", "JOIN_LEFT") and _is_part(join["larg"], ctes)
    return left or (kind in ("JOIN_INNER", "JOIN_RIGHT") and _is_part(join["rarg"], ctes))


def _members(where: Tree) -> Iterator[Tree]:
    """The members of a condition's top-level AND."""
    both = where.get("BoolExpr", {})
    if both.get("boolop") == "AND_EXPR":
        for each in both["args"]:
            yield from _members(each)
    else:
        yield where


def _chooses(condition: Tree, ctes: set[str]) -> bool:
    """`x IN (SELECT … LIMIT n)`, `x = ANY (ARRAY(SELECT … LIMIT n))`."""
    link = condition.get("SubLink", {})
    if not link and condition.get("A_Expr", {}).get("kind") == "AEXPR_OP_ANY":
        link = condition["A_Expr"].get("rexpr", {}).get("SubLink", {})
    if link.get("subLinkType") not in ("ANY_SUBLINK", "ARRAY_SUBLINK"):
        return False
    return _stops(link.get("subselect", {}), ctes)
