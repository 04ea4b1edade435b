"""Django's conditions and expressions in SQL, as far as migrations use them (Django 5.2,
`db/models/lookups.py`, `db/models/sql/where.py`)."""

from __future__ import annotations

from migralint.languages.values import Hidden, Items, Made, Symbol, Value, text_of
from migralint.tools.django.defaults import literal, quoted, value_sql
from migralint.tools.django.fields import HIDDEN, Field, field, is_hidden, own_type
from migralint.tools.django.state import Model, NotKnown

_SIGNS = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_LIKE = {
    "contains": "%{}%", "startswith": "{}%", "endswith": "%{}",
    "icontains": "%{}%", "istartswith": "{}%", "iendswith": "%{}",
}  # fmt: skip
_FUNCTIONS = {
    "Lower": "LOWER", "Upper": "UPPER", "Length": "LENGTH", "Abs": "ABS", "Trim": "TRIM",
    "LTrim": "LTRIM", "RTrim": "RTRIM", "MD5": "MD5", "Coalesce": "COALESCE",
    "Greatest": "GREATEST", "Least": "LEAST", "NullIf": "NULLIF", "Now": "STATEMENT_TIMESTAMP",
    "TransactionNow": "CURRENT_TIMESTAMP", "RandomUUID": "GEN_RANDOM_UUID", "Random": "RANDOM",
    "Round": "ROUND", "Floor": "FLOOR", "Ceil": "CEILING", "Mod": "MOD", "Power": "POWER",
    "Left": "LEFT", "Right": "RIGHT", "Replace": "REPLACE", "Reverse": "REVERSE",
}  # fmt: skip
_BARE = frozenset({"CURRENT_TIMESTAMP"})
_TEXTS = frozenset({"Left", "Right", "Replace"})
"""Functions whose later arguments are values, not fields."""
_WRAPPERS = ("OrderBy", "OpClass", "Collate")

Text = str | None


def name(text: str) -> str:
    """An identifier as Django quotes it."""
    return '"' + text.replace('"', '""') + '"'


def last(value: Value) -> str:
    """The last word of what was called; "" where nothing was."""
    return value.path.rpartition(".")[2] if isinstance(value, (Made, Symbol)) else ""


# Conditions


def condition(value: Value, model: Model) -> str:
    """A Q, or an expression that is true or false. What is not known of it stands as something that
    reads the same columns."""
    found = _tree(value, model, negated=False)
    if found is None:
        return standing(value, model)
    sql, word = found
    return f"({sql})" if word else sql


_Node = tuple[str, str]
"""SQL, and the word between its conditions: AND, OR, or "" where it is one."""


def _tree(value: Value, model: Model, *, negated: bool) -> _Node | None:
    if last(value) == "Q" and isinstance(value, Made):
        return _q(value, model, negated)
    if isinstance(value, Made) and value.path in ("operator.&", "operator.|"):
        word = "AND" if value.path == "operator.&" else "OR"
        return _joined([_tree(g.value, model, negated=negated) for g in value.given], word)
    if isinstance(value, Made) and value.path == "operator.~":
        inner = _tree(value.given[0].value, model, negated=not negated)
        return None if inner is None else (f"NOT ({inner[0]})", "")
    sql = expression(value, model)
    return None if sql is None else (sql, "")


def _joined(nodes: list[_Node | None], word: str) -> _Node | None:
    """Conditions with a word between them; those that have the same one need no brackets."""
    texts: list[str] = []
    for node in nodes:
        if node is None:
            return None
        sql, own = node
        texts.append(sql if own in ("", word) else f"({sql})")
    if len(texts) == 1 and nodes[0] is not None:
        return nodes[0]
    return (f" {word} ".join(texts), word) if texts else None


def _q(made: Made, model: Model, negated: bool) -> _Node | None:
    turned = made.value(-1, "_negated", False) is True
    inside = negated != turned
    nodes: list[_Node | None] = []
    for given in made.given:
        value = given.value
        if isinstance(value, Items) and value.kind == "tuple" and len(value.items) == 2:
            key = text_of(value.items[0])
            nodes.append(None if key is None else _leaf(key, value.items[1], model, inside))
        else:
            nodes.append(_tree(value, model, negated=inside))
    for key in sorted(set(made.named) - {"_connector", "_negated"}):
        nodes.append(_leaf(key, made.named[key].value, model, inside))
    found = _joined(nodes, text_of(made.value(-1, "_connector")) or "AND")
    if found is None or not turned:
        return found
    return f"NOT ({found[0]})", ""


def _leaf(key: str, value: Value, model: Model, negated: bool) -> _Node | None:
    """One `field__lookup=value`; what a negated one says of nulls is joined to it."""
    path, _, lookup = key.partition("__")
    try:
        target = model.field(path)
    except NotKnown:
        return None
    column = name(target.column)
    sql = _compared(column, lookup or "exact", value, target, model)
    if sql is None:
        return None
    nullable = target.null and lookup != "isnull" and value is not None
    return (f"{sql} AND {column} IS NOT NULL", "AND") if negated and nullable else (sql, "")


def _compared(column: str, lookup: str, value: Value, target: Field, model: Model) -> Text:
    if lookup == "isnull" or (lookup == "exact" and value is None):
        null = value is None or value is True
        return f"{column} IS {'' if null else 'NOT '}NULL" if null or value is False else None
    if lookup == "exact" and isinstance(value, bool) and target.kind == "BooleanField":
        return column if value else f"NOT {column}"
    if lookup in _SIGNS:
        right = _right(value, target, model)
        return None if right is None else f"{column} {_SIGNS[lookup]} {right}"
    if lookup == "in" and isinstance(value, Items) and value.exact:
        texts = [_right(each, target, model) for each in value.items if each is not None]
        listed = [text for text in texts if text is not None]
        if not listed or len(listed) != len(texts):
            return None
        return f"{column} IN ({', '.join(dict.fromkeys(listed))})"
    if lookup == "in" and _is_list(value):
        return f"{column} IN ('…')"
    if lookup == "range" and isinstance(value, Items) and len(value.items) == 2:
        low, high = (_right(each, target, model) for each in value.items)
        return None if low is None or high is None else f"{column} BETWEEN {low} AND {high}"
    said = text_of(value)
    if lookup in _LIKE and said is not None:
        escaped = said.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        pattern = quoted(_LIKE[lookup].format(escaped))
        if lookup.startswith("i"):
            return f"UPPER({column}::text) LIKE UPPER({pattern})"
        return f"{column}::text LIKE {pattern}"
    if lookup == "iexact" and said is not None:
        return f"UPPER({column}::text) = UPPER({quoted(said)})"
    if lookup in ("regex", "iregex") and said is not None:
        return f"{column}::text {'~*' if lookup == 'iregex' else '~'} {quoted(said)}"
    return None


def _is_list(value: Value) -> bool:
    """Values that code has gathered: they are sent one by one, which a query set is not."""
    if isinstance(value, Items):
        return bool(value.items) or not value.exact
    gathered = isinstance(value, (Made, Symbol)) and value.path.startswith("builtins.")
    return gathered or isinstance(value, Hidden)


def _right(value: Value, target: Field, model: Model) -> Text:
    """What a column is compared with; some value, where that is only known when the code runs."""
    known = value_sql(value, target)
    if known is not None:
        return known
    of_rows = isinstance(value, Made) and value.path.startswith(("django.", "operator."))
    if isinstance(value, (Made, Symbol, Hidden)) and not of_rows:
        return "'…'"
    sql = expression(value, model)
    return sql if sql is None or sql.startswith("(") else f"({sql})"


# Expressions


def expression(value: Value, model: Model, *, names: bool = False) -> Text:
    """An expression in SQL; None where it is not known. `names`: a string is a field."""
    if isinstance(value, Symbol):
        return None
    said = text_of(value)
    if said is not None and names:
        return name(model.column(said))
    if not isinstance(value, Made):
        return value_sql(value)
    kind = last(value)
    if value.path.startswith("operator."):
        return _combined(value, model)
    if kind == "F" and value.given:
        field_name = text_of(value.given[0].value)
        return None if field_name is None else name(model.column(field_name))
    if kind == "Value":
        return value_sql(value)
    if kind == "Q":
        return condition(value, model)
    if kind == "RawSQL":
        sql, params = text_of(value.value(0, "sql")), value.value(1, "params")
        empty = params is None or (isinstance(params, Items) and not params.items)
        return None if sql is None or not empty else f"({sql})"
    if kind == "ExpressionWrapper":
        return expression(value.value(0, "expression"), model)
    if kind == "Cast":
        return _cast(value, model)
    if kind == "Collate":
        return _collated(value, model)
    if kind == "Func" or kind in _FUNCTIONS:
        return _function(value, kind, model)
    return None


def _combined(value: Made, model: Model) -> Text:
    sign = value.path.removeprefix("operator.")
    if sign in ("&", "|", "~"):
        return condition(value, model)
    if sign not in ("+", "-", "*", "/", "%") or len(value.given) != 2:
        return None
    left, right = (expression(each.value, model) for each in value.given)
    return None if left is None or right is None else f"({left} {sign} {right})"


def _cast(value: Made, model: Model) -> Text:
    inner = expression(value.value(0, "expression"), model, names=True)
    made = field("", value.value(1, "output_field"), {}, {})
    type = None if made is None else own_type(made)
    return None if inner is None or not type or is_hidden(type) else f"({inner})::{type}"


def _collated(value: Made, model: Model) -> Text:
    inner = expression(value.value(0, "expression"), model, names=True)
    said = text_of(value.value(1, "collation"))
    return None if inner is None or said is None else f"{inner} COLLATE {name(said)}"


def _function(value: Made, kind: str, model: Model) -> Text:
    if not value.whole or {"template", "arg_joiner", "filter", "distinct"} & set(value.named):
        return None
    said = text_of(value.value(-1, "function"))
    function = said or _FUNCTIONS.get(kind)
    if function is None:
        return None
    arguments: list[str] = []
    for number, each in enumerate(value.given):
        names = not (kind in _TEXTS and number)
        sql = expression(each.value, model, names=names)
        if sql is None and isinstance(each.value, (str, int)):
            sql = literal(each.value)
        if sql is None:
            said = text_of(each.value)
            sql = None if said is None else quoted(said)
        if sql is None:
            return None
        arguments.append(sql)
    return function if function in _BARE else f"{function}({', '.join(arguments)})"


def key(value: Value, model: Model) -> str:
    """A key of an index that is an expression: its wrappers come last."""
    ending: dict[str, str] = {}
    while True:
        kind = last(value)
        if kind in ("asc", "desc") and isinstance(value, Made) and isinstance(value.of, Made):
            ending["OrderBy"] = _order(value, kind == "desc")
            value = value.of
        elif kind in _WRAPPERS and isinstance(value, Made):
            if kind == "OrderBy":
                ending[kind] = _order(value, value.value(1, "descending", False) is True)
            else:
                said = text_of(value.value(1, "name" if kind == "OpClass" else "collation"))
                text = said or HIDDEN
                ending[kind] = text if kind == "OpClass" else f"COLLATE {name(text)}"
            value = value.value(0, "expression")
        else:
            break
    bare = text_of(value) is not None or last(value) == "F"
    sql = expression(value, model, names=True) or standing(value, model)
    if not bare:
        sql = f"({sql})"
    return " ".join([sql, *(ending[each] for each in reversed(_WRAPPERS) if each in ending)])


def _order(value: Made, descending: bool) -> str:
    nulls = ""
    if value.value(-1, "nulls_first") is True:
        nulls = " NULLS FIRST"
    elif value.value(-1, "nulls_last") is True:
        nulls = " NULLS LAST"
    return ("DESC" if descending else "ASC") + nulls


def columns(value: Value, model: Model) -> list[str]:
    """The columns that an expression reads."""
    found: dict[str, None] = {}

    def look(each: Value, names: bool) -> None:
        said = text_of(each)
        if said is not None and names and said.partition("__")[0] in model.fields:
            found[model.column(said.partition("__")[0])] = None
        elif isinstance(each, Items):
            for item in each.items:
                look(item, True)
        elif isinstance(each, Made):
            for given in each.given:
                look(given.value, True)
            for word, given in each.named.items():
                if word.partition("__")[0] in model.fields:
                    found[model.column(word.partition("__")[0])] = None
                look(given.value, False)
            look(each.of, False)

    look(value, True)
    return list(found)


def standing(value: Value, model: Model) -> str:
    """What stands for an expression that is not known: it reads the same columns."""
    read = [name(column) for column in columns(value, model)]
    if not read:
        return f"'{HIDDEN}' IS NULL"
    return " OR ".join(f"{column} IS DISTINCT FROM '{HIDDEN}'" for column in read)
