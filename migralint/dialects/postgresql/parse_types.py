"""Types, domains, schemas, extensions."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.expressions import OF_COLUMN, expression
from migralint.dialects.postgresql.kinds import kind_word
from migralint.dialects.postgresql.parse_tables import column, constraint
from migralint.dialects.postgresql.tree import (
    ColumnDef,
    Constraint,
    ConstraintNode,
    DefElem,
    Place,
    RangeVar,
    Text,
    TypeName,
    decode_any,
    named,
    relation,
    text_of,
    type_of,
)
from migralint.ops import (
    AddEnumValue,
    AlterDomain,
    CreateDomain,
    CreateExtension,
    CreateSchema,
    CreateType,
    Expression,
    Op,
    Other,
    RenameEnumValue,
)


class CreateEnumStmt(Struct):
    typeName: list[Text]
    vals: list[Text] = []


def create_enum(node: CreateEnumStmt, place: Place) -> list[Op]:
    return [
        CreateType(
            span=place.span,
            name=named(node.typeName),
            form="enum",
            values=tuple(text_of(node.vals)),
        )
    ]


class ColumnNode(Struct):
    ColumnDef: ColumnDef


class CompositeTypeStmt(Struct):
    typevar: RangeVar
    coldeflist: list[ColumnNode] = []


def create_composite(node: CompositeTypeStmt, place: Place) -> list[Op]:
    attributes = tuple(column(item.ColumnDef, place) for item in node.coldeflist)
    return [
        CreateType(
            span=place.span, name=relation(node.typevar), form="composite", attributes=attributes
        )
    ]


class CreateRangeStmt(Struct):
    typeName: list[Text]


def create_range(node: CreateRangeStmt, place: Place) -> list[Op]:
    return [CreateType(span=place.span, name=named(node.typeName), form="range")]


class DefineStmt(Struct):
    kind: str
    defnames: list[Text] = []
    definition: list[dict[str, Any]] = []


def define(node: DefineStmt, place: Place) -> list[Op]:
    if node.kind == "OBJECT_TYPE":
        form: Literal["base", "shell"] = "base" if node.definition else "shell"
        return [CreateType(span=place.span, name=named(node.defnames), form=form)]
    return [Other(span=place.span, what=f"CREATE {kind_word(node.kind).upper()}")]


class AlterEnumStmt(Struct):
    typeName: list[Text]
    oldVal: str | None = None
    newVal: str = ""
    newValNeighbor: str | None = None
    skipIfNewValExists: bool = False


def alter_enum(node: AlterEnumStmt, place: Place) -> list[Op]:
    name = named(node.typeName)
    if node.oldVal is not None:
        return [RenameEnumValue(span=place.span, type=name, value=node.oldVal, to=node.newVal)]
    return [
        AddEnumValue(
            span=place.span,
            type=name,
            value=node.newVal,
            if_not_exists=node.skipIfNewValExists,
            neighbour=node.newValNeighbor,
        )
    ]


class CreateDomainStmt(Struct):
    domainname: list[Text]
    typeName: TypeName
    constraints: list[ConstraintNode] = []


def create_domain(node: CreateDomainStmt, place: Place) -> list[Op]:
    default: Expression | None = None
    not_null = False
    constraints = []
    for item in node.constraints:
        part = item.Constraint
        if part.contype == "CONSTR_DEFAULT":
            default = expression(part.raw_expr, place, stops=OF_COLUMN)
        elif part.contype == "CONSTR_NOTNULL":
            not_null = True
        elif part.contype == "CONSTR_CHECK":
            constraints.append(constraint(part, place))
    return [
        CreateDomain(
            span=place.span,
            name=named(node.domainname),
            type=type_of(node.typeName),
            default=default,
            not_null=not_null,
            constraints=tuple(constraints),
        )
    ]


class AlterDomainStmt(Struct, rename={"definition": "def"}):
    subtype: str
    typeName: list[Text]
    name: str | None = None
    definition: dict[str, Raw] = {}
    missing_ok: bool = False


def alter_domain(node: AlterDomainStmt, place: Place) -> list[Op]:
    common: dict[str, Any] = {"span": place.span, "name": named(node.typeName)}
    if node.subtype == "C":
        added = constraint(Decoder(Constraint).decode(node.definition["Constraint"]), place)
        return [AlterDomain(**common, action="ADD CONSTRAINT", constraint=added)]
    if node.subtype == "X":
        return [
            AlterDomain(
                **common,
                action="DROP CONSTRAINT",
                constraint_name=node.name,
                if_exists=node.missing_ok,
            )
        ]
    if node.subtype == "V":
        return [AlterDomain(**common, action="VALIDATE CONSTRAINT", constraint_name=node.name)]
    if node.subtype in "ON":
        return [
            AlterDomain(**common, action="SET NOT NULL" if node.subtype == "O" else "DROP NOT NULL")
        ]
    if not node.definition:
        return [AlterDomain(**common, action="DROP DEFAULT")]
    tree = {tag: decode_any(raw) for tag, raw in node.definition.items()}
    return [AlterDomain(**common, action="SET DEFAULT", default=expression(tree, place))]


class CreateSchemaStmt(Struct):
    schemaname: str = ""
    authrole: dict[str, Any] | None = None
    schemaElts: list[dict[str, Raw]] = []
    if_not_exists: bool = False


def create_schema(node: CreateSchemaStmt, place: Place) -> list[Op]:
    name = node.schemaname or (node.authrole or {}).get("rolename", "")
    ops: list[Op] = [CreateSchema(span=place.span, name=name, if_not_exists=node.if_not_exists)]
    if node.schemaElts:
        from migralint.dialects.postgresql.parse import operations

        for element in node.schemaElts:
            ops.extend(operations(element, place))
    return ops


class CreateExtensionStmt(Struct):
    extname: str
    options: list[DefElem] = []
    if_not_exists: bool = False


def create_extension(node: CreateExtensionStmt, place: Place) -> list[Op]:
    schema = None
    for item in node.options:
        if (
            item.DefElem.defname == "schema"
            and item.DefElem.arg is not None
            and item.DefElem.arg.String is not None
        ):
            schema = item.DefElem.arg.String.sval
    return [
        CreateExtension(
            span=place.span, name=node.extname, schema=schema, if_not_exists=node.if_not_exists
        )
    ]


HANDLERS: dict[str, tuple[Any, Any]] = {
    "CreateEnumStmt": (Decoder(CreateEnumStmt), create_enum),
    "CompositeTypeStmt": (Decoder(CompositeTypeStmt), create_composite),
    "CreateRangeStmt": (Decoder(CreateRangeStmt), create_range),
    "DefineStmt": (Decoder(DefineStmt), define),
    "AlterEnumStmt": (Decoder(AlterEnumStmt), alter_enum),
    "CreateDomainStmt": (Decoder(CreateDomainStmt), create_domain),
    "AlterDomainStmt": (Decoder(AlterDomainStmt), alter_domain),
    "CreateSchemaStmt": (Decoder(CreateSchemaStmt), create_schema),
    "CreateExtensionStmt": (Decoder(CreateExtensionStmt), create_extension),
}
