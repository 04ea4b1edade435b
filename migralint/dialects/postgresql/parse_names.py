"""RENAME, SET SCHEMA, OWNER TO, and whole tablespaces moved."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.kinds import KINDS, kind_word
from migralint.dialects.postgresql.tree import (
    Node,
    Place,
    RangeVar,
    RoleSpec,
    dotted,
    relation,
    text_of,
)
from migralint.ops import (
    MoveTablespace,
    Name,
    Op,
    Other,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameObject,
    RenameTable,
    SetSchema,
)


def object_parts(node: Node | None) -> list[str]:
    """The dotted parts of whatever names an object."""
    if node is None:
        return []
    if node.String is not None:
        return [node.String.sval]
    if node.List is not None:
        return [part for item in node.List.items for part in object_parts(item)]
    if node.TypeName is not None:
        return text_of(node.TypeName.names)
    if node.ObjectWithArgs is not None:
        return text_of(node.ObjectWithArgs.objname)
    if node.RangeVar is not None:
        return [part for part in (node.RangeVar.schemaname, node.RangeVar.relname) if part]
    return []


class RenameStmt(Struct):
    renameType: str
    relationType: str = ""
    relation: RangeVar | None = None
    object: Node | None = None
    subname: str = ""
    newname: str = ""
    missing_ok: bool = False


def rename(node: RenameStmt, place: Place) -> list[Op]:
    what, span = node.renameType, place.span
    if node.relation is None:
        name = dotted(object_parts(node.object)) if node.object is not None else Name(node.subname)
        if what == "OBJECT_DOMCONSTRAINT":
            return [
                RenameObject(
                    span=span,
                    kind="domain constraint",
                    name=Name(node.subname),
                    to=node.newname,
                    table=name,
                )
            ]
        return [RenameObject(span=span, kind=kind_word(what), name=name, to=node.newname)]
    table = relation(node.relation)
    common: dict[str, Any] = {"span": span, "table": table, "table_if_exists": node.missing_ok}
    if what == "OBJECT_INDEX":
        return [RenameIndex(span=span, index=table, if_exists=node.missing_ok, to=node.newname)]
    if what in KINDS and what != "OBJECT_TYPE":
        return [RenameTable(**common, kind=KINDS[what], to=node.newname)]
    if what == "OBJECT_COLUMN":
        kind = KINDS.get(node.relationType, "table")
        return [
            RenameColumn(
                **common,
                kind=kind,
                only=not node.relation.inh,
                column=node.subname,
                to=node.newname,
            )
        ]
    if what == "OBJECT_TABCONSTRAINT":
        return [
            RenameConstraint(
                **common, only=not node.relation.inh, name=node.subname, to=node.newname
            )
        ]
    return [
        RenameObject(
            span=span, kind=kind_word(what), name=Name(node.subname), to=node.newname, table=table
        )
    ]


class AlterObjectSchemaStmt(Struct):
    objectType: str
    newschema: str
    relation: RangeVar | None = None
    object: Node | None = None
    missing_ok: bool = False


def set_schema(node: AlterObjectSchemaStmt, place: Place) -> list[Op]:
    if node.relation is not None and node.objectType in KINDS:
        return [
            SetSchema(
                span=place.span,
                table=relation(node.relation),
                kind=KINDS[node.objectType],
                table_if_exists=node.missing_ok,
                to=node.newschema,
            )
        ]
    kind = kind_word(node.objectType)
    if kind in ("type", "domain", "function", "procedure", "routine"):
        name = dotted(object_parts(node.object))
        return [
            RenameObject(
                span=place.span, kind=kind, name=name, to=name.name, to_schema=node.newschema
            )
        ]
    return [Other(span=place.span, what=f"ALTER {kind.upper()} SET SCHEMA")]


class AlterOwnerStmt(Struct):
    objectType: str
    newowner: RoleSpec | None = None


def set_owner(node: AlterOwnerStmt, place: Place) -> list[Op]:
    return [Other(span=place.span, what=f"ALTER {kind_word(node.objectType).upper()} OWNER TO")]


class AlterTableMoveAllStmt(Struct):
    orig_tablespacename: str
    new_tablespacename: str
    objtype: str = "OBJECT_TABLE"


def move_all(node: AlterTableMoveAllStmt, place: Place) -> list[Op]:
    kind = KINDS.get(node.objtype, "table")
    return [
        MoveTablespace(
            span=place.span, kind=kind, source=node.orig_tablespacename, to=node.new_tablespacename
        )
    ]


HANDLERS: dict[str, tuple[Any, Any]] = {
    "RenameStmt": (Decoder(RenameStmt), rename),
    "AlterObjectSchemaStmt": (Decoder(AlterObjectSchemaStmt), set_schema),
    "AlterOwnerStmt": (Decoder(AlterOwnerStmt), set_owner),
    "AlterTableMoveAllStmt": (Decoder(AlterTableMoveAllStmt), move_all),
}
