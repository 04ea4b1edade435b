"""What libpg_query calls kinds of objects, in our words; and storage parameters."""

from __future__ import annotations

from migralint.dialects.postgresql.tree import DefElem, Option, type_of
from migralint.ops import RelationKind

KINDS: dict[str, RelationKind] = {
    "OBJECT_TABLE": "table",
    "OBJECT_INDEX": "index",
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "matview",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_FOREIGN_TABLE": "foreign table",
    "OBJECT_TYPE": "type",
}


def kind_word(objtype: str) -> str:
    """OBJECT_TEXT_SEARCH_… as words in lower case."""
    word = objtype.removeprefix("OBJECT_").lower()
    return _WORDS.get(word, word.replace("_", " "))


_WORDS = {
    "domconstraint": "domain constraint",
    "tabconstraint": "constraint",
    "statistic_ext": "statistics",
    "matview": "materialized view",
    "opclass": "operator class",
    "opfamily": "operator family",
    "fdw": "foreign data wrapper",
    "foreign_server": "server",
    "tsconfiguration": "text search configuration",
    "tsdictionary": "text search dictionary",
    "tsparser": "text search parser",
    "tstemplate": "text search template",
}


def option(node: Option) -> tuple[str, str | None]:
    """A storage parameter: (name in lower case, value)."""
    name = f"{node.defnamespace}.{node.defname}" if node.defnamespace else node.defname
    return name.lower(), option_text(node)


def option_text(node: Option) -> str | None:
    value = node.arg
    if value is None:
        return None
    if value.String is not None:
        return value.String.sval
    if value.Integer is not None:
        return str(value.Integer.ival)
    if value.Float is not None:
        return value.Float.get("fval")
    if value.Boolean is not None:
        return "true" if value.Boolean.get("boolval") else "false"
    if value.TypeName is not None:
        return str(type_of(value.TypeName))
    return None


def switched_on(options: list[DefElem], name: str) -> bool:
    """Whether an option of (…) is given and not switched off."""
    for item in options:
        if item.DefElem.defname == name:
            return (option_text(item.DefElem) or "true").lower() not in ("false", "off", "0")
    return False
