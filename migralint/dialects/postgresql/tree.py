"""The parts of libpg_query's JSON that we read, as structs that name only the fields used.

Field and class names are PostgreSQL's own (parsenodes.h). In the JSON a node stands as {"Tag":
{…}}, except where the field's type says what it is; zero, false and "" are left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

import msgspec
from msgspec import Raw, Struct

from migralint.ops import Name, Type
from migralint.source import Span

NONE = Raw(b"null")


class Str(Struct, gc=False):
    sval: str = ""


class Int(Struct, gc=False):
    ival: int = 0


class Text(Struct, gc=False):
    """A list member that is a String, a star or a number."""

    String: Str | None = None
    Integer: Int | None = None


class RangeVar(Struct):
    relname: str = ""
    schemaname: str = ""
    inh: bool = False
    relpersistence: str = "p"


class TypeName(Struct):
    names: list[Text] = []
    typmods: list[dict[str, Any]] = []
    arrayBounds: list[dict[str, Any]] = []
    setof: bool = False
    location: int = -1


class Names(Struct):
    items: list[Node] = []


class Args(Struct):
    """ObjectWithArgs."""

    objname: list[Text] = []


class Node(Struct):
    """What an object of DROP, COMMENT, GRANT, … may be."""

    String: Str | None = None
    List: Names | None = None
    TypeName: TypeName | None = None
    ObjectWithArgs: Args | None = None
    RangeVar: RangeVar | None = None
    Integer: Int | None = None


class Variable(Struct):
    kind: str = ""
    name: str = ""
    args: list[dict[str, Any]] = []
    is_local: bool = False


class Value(Struct):
    """The argument of an option."""

    String: Str | None = None
    Integer: Int | None = None
    Float: dict[str, str] | None = None
    Boolean: dict[str, bool] | None = None
    TypeName: TypeName | None = None
    List: Names | None = None
    VariableSetStmt: Variable | None = None


class Option(Struct):
    defname: str = ""
    arg: Value | None = None
    defnamespace: str = ""
    location: int = -1
    arg_location: int = -1


class DefElem(Struct):
    DefElem: Option


class RoleSpec(Struct):
    roletype: str = ""
    rolename: str = ""


class Collation(Struct):
    collname: list[Text] = []


class IndexElem(Struct):
    name: str = ""
    expr: Raw = NONE
    collation: list[Text] = []
    opclass: list[Text] = []
    ordering: str = ""
    nulls_ordering: str = ""


class IndexParam(Struct):
    IndexElem: IndexElem


class Exclusion(Struct):
    List: ExclusionItems


class ExclusionItems(Struct):
    items: list[ExclusionItem] = []


class ExclusionItem(Struct):
    IndexElem: IndexElem | None = None
    List: Names | None = None


class Constraint(Struct):
    contype: str
    conname: str | None = None
    deferrable: bool = False
    initdeferred: bool = False
    is_enforced: bool = False
    skip_validation: bool = False
    is_no_inherit: bool = False
    raw_expr: Raw = NONE
    generated_when: str = ""
    generated_kind: str = ""
    nulls_not_distinct: bool = False
    keys: list[Text] = []
    including: list[Text] = []
    exclusions: list[Exclusion] = []
    indexname: str | None = None
    access_method: str | None = None
    where_clause: Raw = NONE
    pktable: RangeVar | None = None
    fk_attrs: list[Text] = []
    pk_attrs: list[Text] = []
    fk_upd_action: str = "a"
    fk_del_action: str = "a"


class ConstraintNode(Struct):
    Constraint: Constraint


class ColumnDef(Struct):
    colname: str = ""
    typeName: TypeName | None = None
    raw_default: Raw = NONE
    collClause: Collation | None = None
    constraints: list[ConstraintNode] = []
    location: int = -1


class LikeClause(Struct):
    relation: RangeVar
    options: int = 0


class Element(Struct):
    """A member of CREATE TABLE's list."""

    ColumnDef: ColumnDef | None = None
    Constraint: Constraint | None = None
    TableLikeClause: LikeClause | None = None


class PartitionBound(Struct):
    strategy: str = ""
    is_default: bool = False
    modulus: int = 0
    remainder: int = 0
    listdatums: list[dict[str, Any]] = []
    lowerdatums: list[dict[str, Any]] = []
    upperdatums: list[dict[str, Any]] = []


class PartitionElem(Struct):
    name: str | None = None


class PartitionParam(Struct):
    PartitionElem: PartitionElem


class PartitionSpec(Struct):
    strategy: str
    partParams: list[PartitionParam] = []


class Relation(Struct):
    """A RangeVar as a list member."""

    RangeVar: RangeVar


class Role(Struct):
    RoleSpec: RoleSpec


class Root(Struct):
    """One statement: its kind → its tree."""

    stmt: dict[str, Raw] = {}
    stmt_location: int = 0
    stmt_len: int = 0


class Script(Struct):
    stmts: list[Root] = []


decode_script = msgspec.json.Decoder(Script).decode
decode_any = msgspec.json.Decoder(dict[str, Any]).decode


class Place:
    """Where a statement stands: what its handler needs to turn byte offsets into text."""

    __slots__ = ("end", "offsets", "piece", "span", "start")

    def __init__(
        self, piece: str, start: int, end: int, offsets: Offsets | None, span: Span
    ) -> None:
        self.piece = piece
        """The text that was parsed: `start` to `end` of it is the statement."""
        self.start = start
        self.end = end
        self.offsets = offsets
        """How bytes of the piece become characters; None where they are the same."""
        self.span = span
        """The statement in the whole text."""

    def character(self, byte: int) -> int:
        """The character of the piece at a location of the tree."""
        return byte if self.offsets is None else self.offsets.character(byte)


class Offsets:
    """Byte offsets of a text as characters, in the time that a bisection takes."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._lost: list[int] = []
        lost = 0
        for run in re.finditer(r"[^\x00-\x7f]+", text):
            lost += len(run.group().encode()) - (run.end() - run.start())
            self._starts.append(run.end() + lost)
            self._lost.append(lost)

    def character(self, byte: int) -> int:
        """Exact for offsets outside of runs of non-ASCII characters, inside which no token
        starts."""
        at = bisect_right(self._starts, byte)
        return byte - self._lost[at - 1] if at else byte


def text_of(nodes: list[Text]) -> list[str]:
    """The strings of a list."""
    return [node.String.sval for node in nodes if node.String is not None]


def relation(node: RangeVar) -> Name:
    """The relation's name. A schema that is a placeholder says nothing, so it is dropped."""
    schema = node.schemaname
    return Name(node.relname, "" if "{" in schema else schema) if schema else Name(node.relname)


def dotted(parts: list[str]) -> Name:
    """The name that dots were written in: the last two parts of it."""
    if len(parts) > 1:
        return Name(parts[-1], "" if "{" in parts[-2] else parts[-2])
    return Name(parts[0] if parts else "")


def named(nodes: list[Text]) -> Name:
    return dotted(text_of(nodes))


def unqualified(nodes: list[Text]) -> str | None:
    """The last part of a name of which the schema does not matter (opclass, collation)."""
    return nodes[-1].String.sval if nodes and nodes[-1].String else None


def constant(node: dict[str, Any]) -> str | None:
    """The text of a literal as written without quotes (numbers, strings, true, false); None for
    anything else."""
    const = node.get("A_Const")
    if const is None:
        cast = node.get("TypeCast")
        return constant(cast["arg"]) if cast is not None and "arg" in cast else None
    for kind, value in const.items():
        if kind == "sval":
            return str(value.get("sval", ""))
        if kind == "ival":
            return str(value.get("ival", 0))
        if kind == "fval":
            return str(value.get("fval", "0"))
        if kind == "boolval":
            return "true" if value.get("boolval") else "false"
        if kind == "bsval":
            return str(value.get("bsval", "b"))[1:]
    return None


_BASIC: dict[str, Type] = {
    name: Type(name)
    for name in (
        "int2 int4 int8 float4 float8 bool text varchar bpchar timestamptz timestamp date time "
        "timetz numeric uuid json jsonb bytea serial bigserial smallserial interval"
    ).split()
}


def type_of(node: TypeName) -> Type:
    """The type by the server's own name."""
    names = node.names
    last = names[-1].String if names else None
    name = last.sval if last is not None else ""
    schema = ""
    if len(names) > 1:
        first = names[-2].String
        schema = first.sval if first is not None else ""
        if schema == "pg_catalog" or "{" in schema:
            schema = ""
    if not node.typmods and not node.arrayBounds and not schema:
        return _BASIC.get(name) or Type(name)
    modifiers: list[str] = []
    for number, modifier in enumerate(node.typmods):
        value = constant(modifier)
        if name == "interval" and number == 0:
            # The first one is a mask of fields (32767: all of them), which only restricts what is
            # stored.
            if value != "32767":
                modifiers.append(_FIELDS.get(value or "", value or "?"))
            continue
        modifiers.append(value if value is not None else "?")
    return Type(name, tuple(modifiers), len(node.arrayBounds), schema)


# INTERVAL_MASK of the fields (timestamp.h): YEAR 4, MONTH 2, DAY 8, HOUR 1024, MINUTE 2048, SECOND
# 4096.
_FIELDS = {
    "4": "year",
    "2": "month",
    "8": "day",
    "1024": "hour",
    "2048": "minute",
    "4096": "second",
    "6": "year to month",
    "1032": "day to hour",
    "3080": "day to minute",
    "7176": "day to second",
    "3072": "hour to minute",
    "7168": "hour to second",
    "6144": "minute to second",
}


def type_from(node: dict[str, Any]) -> Type:
    """The same from an untyped tree."""
    return type_of(msgspec.convert(node, TypeName))


def role(node: RoleSpec | None) -> str:
    """A role's name; "public", "current_user" and their kin for the special ones."""
    if node is None:
        return ""
    return node.rolename or node.roletype.removeprefix("ROLESPEC_").lower()
