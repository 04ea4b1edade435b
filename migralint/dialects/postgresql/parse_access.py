"""Grants, comments, publications."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.kinds import kind_word
from migralint.dialects.postgresql.parse_names import object_parts
from migralint.dialects.postgresql.tree import (
    NONE,
    Node,
    Place,
    RangeVar,
    Role,
    Text,
    dotted,
    relation,
    role,
)
from migralint.ops import (
    ChangePublication,
    Grant,
    Op,
    Other,
    RelationKind,
    SetComment,
)


class Privilege(Struct):
    priv_name: str = ""
    cols: list[Text] = []


class PrivilegeNode(Struct):
    AccessPriv: Privilege


class GrantStmt(Struct):
    is_grant: bool = False
    targtype: str = ""
    objtype: str = ""
    objects: list[Node] = []
    privileges: list[PrivilegeNode] = []
    grantees: list[Role] = []


def grant(node: GrantStmt, place: Place) -> list[Op]:
    return [
        Grant(
            span=place.span,
            kind=kind_word(node.objtype),
            objects=tuple(dotted(object_parts(item)) for item in node.objects),
            privileges=tuple(item.AccessPriv.priv_name for item in node.privileges),
            roles=tuple(role(item.RoleSpec) for item in node.grantees),
            revoke=not node.is_grant,
            all_in_schema=node.targtype == "ACL_TARGET_ALL_IN_SCHEMA",
            columns=any(item.AccessPriv.cols for item in node.privileges),
        )
    ]


_RELATIONS: dict[str, RelationKind] = {
    "OBJECT_TABLE": "table",
    "OBJECT_INDEX": "index",
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "matview",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_FOREIGN_TABLE": "foreign table",
}
_MEMBERS = frozenset(
    ("OBJECT_COLUMN", "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE")
)


class CommentStmt(Struct):
    objtype: str
    object: Node


def comment(node: CommentStmt, place: Place) -> list[Op]:
    parts = object_parts(node.object)
    target = None
    if node.objtype in _RELATIONS:
        target = dotted(parts)
    elif node.objtype in _MEMBERS:
        target = dotted(parts[:-1])
    kind = _RELATIONS.get(node.objtype, "table")
    return [
        SetComment(
            span=place.span, kind=kind_word(node.objtype), relation=target, relation_kind=kind
        )
    ]


class Published(Struct):
    relation: RangeVar
    whereClause: Raw = NONE
    columns: Raw = NONE


class PublicationObject(Struct):
    pubtable: Published | None = None


class PublicationNode(Struct):
    PublicationObjSpec: PublicationObject


class PublicationStmt(Struct):
    pubname: str
    pubobjects: list[PublicationNode] = []
    for_all_tables: bool = False
    action: str = ""


_ACTIONS: dict[str, Literal["ADD", "SET", "DROP"]] = {
    "AP_AddObjects": "ADD",
    "AP_DropObjects": "DROP",
    "AP_SetObjects": "SET",
}


def publication(node: PublicationStmt, place: Place) -> list[Op]:
    tables = [item.PublicationObjSpec.pubtable for item in node.pubobjects]
    return [
        ChangePublication(
            span=place.span,
            name=node.pubname,
            action=_ACTIONS.get(node.action, "CREATE") if node.action else "CREATE",
            tables=tuple(relation(table.relation) for table in tables if table is not None),
            all_tables=node.for_all_tables,
            filtered=any(
                table is not None and (table.whereClause, table.columns) != (NONE, NONE)
                for table in tables
            ),
        )
    ]


def alter_publication(node: PublicationStmt, place: Place) -> list[Op]:
    if not node.pubobjects:
        return [Other(span=place.span, what="ALTER PUBLICATION")]
    return publication(node, place)


HANDLERS: dict[str, tuple[Any, Any]] = {
    "GrantStmt": (Decoder(GrantStmt), grant),
    "CommentStmt": (Decoder(CommentStmt), comment),
    "CreatePublicationStmt": (Decoder(PublicationStmt), publication),
    "AlterPublicationStmt": (Decoder(PublicationStmt), alter_publication),
}
