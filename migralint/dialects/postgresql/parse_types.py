"""Types, domains, functions, schemas, extensions; grants, comments, publications."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.expressions import OF_COLUMN, expression
from migralint.dialects.postgresql.parse_alter import kind_word
from migralint.dialects.postgresql.parse_names import object_parts
from migralint.dialects.postgresql.parse_tables import column, constraint
from migralint.dialects.postgresql.queries import Reader, Scope
from migralint.dialects.postgresql.tree import (
    NONE,
    ColumnDef,
    Constraint,
    ConstraintNode,
    DefElem,
    Node,
    Place,
    RangeVar,
    Role,
    Text,
    TypeName,
    decode_any,
    dotted,
    named,
    relation,
    role,
    text_of,
    type_of,
)
from migralint.ops import (
    AddEnumValue,
    AlterDomain,
    ChangePublication,
    CreateDomain,
    CreateExtension,
    CreateFunction,
    CreateSchema,
    CreateType,
    Expression,
    Grant,
    Name,
    Op,
    Other,
    RelationKind,
    RenameEnumValue,
    SetComment,
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
    reads, calls, single = (), (), False
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
    """(relations, functions, whether it is one SELECT without FROM) of a body in plain SQL; nothing if it is broken."""
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
        )
    ]


def alter_publication(node: PublicationStmt, place: Place) -> list[Op]:
    if not node.pubobjects:
        return [Other(span=place.span, what="ALTER PUBLICATION")]
    return publication(node, place)


HANDLERS: dict[str, tuple[Any, Any]] = {
    "CreateEnumStmt": (Decoder(CreateEnumStmt), create_enum),
    "CompositeTypeStmt": (Decoder(CompositeTypeStmt), create_composite),
    "CreateRangeStmt": (Decoder(CreateRangeStmt), create_range),
    "DefineStmt": (Decoder(DefineStmt), define),
    "AlterEnumStmt": (Decoder(AlterEnumStmt), alter_enum),
    "CreateDomainStmt": (Decoder(CreateDomainStmt), create_domain),
    "AlterDomainStmt": (Decoder(AlterDomainStmt), alter_domain),
    "CreateFunctionStmt": (Decoder(CreateFunctionStmt), create_function),
    "CreateSchemaStmt": (Decoder(CreateSchemaStmt), create_schema),
    "CreateExtensionStmt": (Decoder(CreateExtensionStmt), create_extension),
    "GrantStmt": (Decoder(GrantStmt), grant),
    "CommentStmt": (Decoder(CommentStmt), comment),
    "CreatePublicationStmt": (Decoder(PublicationStmt), publication),
    "AlterPublicationStmt": (Decoder(PublicationStmt), alter_publication),
}
