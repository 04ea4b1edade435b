"""Tables, columns, constraints and indexes out of libpg_query's trees."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from migralint.dialects.postgresql.expressions import OF_COLUMN, Tree, expression, is_null
from migralint.dialects.postgresql.tree import (
    NONE,
    ColumnDef,
    Constraint,
    Element,
    IndexElem,
    IndexParam,
    PartitionBound,
    PartitionSpec,
    Place,
    RangeVar,
    Relation,
    TypeName,
    constant,
    named,
    relation,
    text_of,
    type_of,
    unqualified,
)
from migralint.ops import (
    Bound,
    Column,
    CreateIndex,
    CreateTable,
    Expression,
    IndexColumn,
    Like,
    Op,
    PartitionBy,
)
from migralint.ops import Constraint as TableConstraint

_KINDS: dict[
    str, Literal["primary key", "unique", "check", "foreign key", "exclude", "not null"]
] = {
    "CONSTR_PRIMARY": "primary key",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_CHECK": "check",
    "CONSTR_FOREIGN": "foreign key",
    "CONSTR_EXCLUSION": "exclude",
    "CONSTR_NOTNULL": "not null",
}
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_IDENTITY: dict[str, Literal["always", "by default"]] = {"a": "always", "d": "by default"}
# CREATE_TABLE_LIKE_… (parsenodes.h)
_LIKE = {
    1: "comments",
    2: "compression",
    4: "constraints",
    8: "defaults",
    16: "generated",
    32: "identity",
    64: "indexes",
    128: "statistics",
    256: "storage",
}


def index_column(
    node: IndexElem, place: Place, number: int, operator: str | None = None
) -> IndexColumn:
    return IndexColumn(
        column=node.name or None,
        expression=None if node.expr is NONE else expression(node.expr, place, member=number),
        collation=unqualified(node.collation),
        opclass=unqualified(node.opclass),
        descending=node.ordering == "SORTBY_DESC",
        nulls_first={"SORTBY_NULLS_FIRST": True, "SORTBY_NULLS_LAST": False}.get(
            node.nulls_ordering
        ),
        operator=operator,
    )


def constraint(node: Constraint, place: Place, column: str | None = None) -> TableConstraint:
    """A constraint of a table, or of the column of that name."""
    kind = _KINDS[node.contype]
    columns: tuple[str, ...] = (
        (column,) if column is not None else tuple(text_of(node.keys or node.fk_attrs))
    )
    if kind == "primary key" or kind == "unique":
        return TableConstraint(
            kind=kind,
            name=node.conname,
            columns=columns,
            deferrable=node.deferrable,
            initially_deferred=node.initdeferred,
            nulls_not_distinct=node.nulls_not_distinct,
            include=tuple(text_of(node.including)),
            using_index=node.indexname,
        )
    elements = []
    for number, item in enumerate(node.exclusions):
        element, operators = item.List.items
        if element.IndexElem is not None and operators.List is not None:
            spelled = [name.String.sval for name in operators.List.items if name.String is not None]
            elements.append(
                index_column(element.IndexElem, place, number, spelled[-1] if spelled else None)
            )
    return TableConstraint(
        kind=kind,
        name=node.conname,
        columns=tuple(element.column for element in elements if element.column)
        if elements
        else columns,
        expression=None
        if node.raw_expr is NONE
        else expression(node.raw_expr, place, enclosed=True),
        references=None if node.pktable is None else relation(node.pktable),
        referenced_columns=tuple(text_of(node.pk_attrs)),
        on_delete=_ACTIONS.get(node.fk_del_action, "NO ACTION"),
        on_update=_ACTIONS.get(node.fk_upd_action, "NO ACTION"),
        not_valid=node.skip_validation,
        # Only these two kinds have the attribute, and only since PostgreSQL 18's grammar.
        enforced=node.is_enforced or kind not in ("check", "foreign key"),
        deferrable=node.deferrable,
        initially_deferred=node.initdeferred,
        no_inherit=node.is_no_inherit,
        include=tuple(text_of(node.including)),
        method=(node.access_method or "gist") if kind == "exclude" else None,
        elements=tuple(elements),
        where=None
        if node.where_clause is NONE
        else expression(node.where_clause, place, enclosed=True),
    )


def column(node: ColumnDef, place: Place) -> Column:
    """A column; what the grammar writes as constraints but is none becomes its fields."""
    type_ = None if node.typeName is None else type_of(node.typeName)
    collation = unqualified(node.collClause.collname) if node.collClause is not None else None
    if not node.constraints:
        return Column(node.colname, type_, collation=collation)
    not_null, not_null_name, not_null_valid = False, None, True
    default: Expression | None = None
    generated: Expression | None = None
    identity: Literal["always", "by default"] | None = None
    virtual = False
    own: list[Constraint] = []
    for item in node.constraints:
        part = item.Constraint
        kind = part.contype
        if kind == "CONSTR_NOTNULL":
            not_null, not_null_name, not_null_valid = True, part.conname, not part.skip_validation
        elif kind == "CONSTR_DEFAULT":
            default = expression(part.raw_expr, place, stops=OF_COLUMN)
        elif kind == "CONSTR_IDENTITY":
            identity = _IDENTITY.get(part.generated_when)
        elif kind == "CONSTR_GENERATED":
            generated = expression(part.raw_expr, place, enclosed=True)
            virtual = part.generated_kind != "s"
        elif kind in _KINDS:
            own.append(part)
        elif own:
            _fold(kind, own[-1])
    return Column(
        name=node.colname,
        type=type_,
        not_null=not_null,
        default=default,
        identity=identity,
        generated=generated,
        virtual=virtual,
        collation=collation,
        constraints=tuple(constraint(part, place, node.colname) for part in own),
        not_null_name=not_null_name,
        not_null_valid=not_null_valid,
    )


def _fold(attribute: str, into: Constraint) -> None:
    """A column constraint's attributes stand as members of their own, after it."""
    if attribute == "CONSTR_ATTR_DEFERRABLE":
        into.deferrable = True
    elif attribute == "CONSTR_ATTR_NOT_DEFERRABLE":
        into.deferrable = False
    elif attribute == "CONSTR_ATTR_DEFERRED":
        into.initdeferred = into.deferrable = True
    elif attribute == "CONSTR_ATTR_IMMEDIATE":
        into.initdeferred = False
    elif attribute == "CONSTR_ATTR_NOT_ENFORCED":
        into.is_enforced = False


def bound(node: PartitionBound | None) -> Bound | None:
    if node is None:
        return None
    if node.is_default:
        return Bound("default")
    if node.strategy == "h":
        return Bound("hash", (str(node.modulus),), (str(node.remainder),))
    lists = (node.listdatums, []) if node.strategy == "l" else (node.lowerdatums, node.upperdatums)
    exact = all(
        constant(datum) is not None or is_null(datum) or _is_limit(datum)
        for part in lists
        for datum in part
    )
    values, upper = (
        tuple("NULL" if is_null(datum) else constant(datum) for datum in part) for part in lists
    )
    return Bound("list" if node.strategy == "l" else "range", values, upper, exact)


def _is_limit(datum: Tree) -> bool:
    """MINVALUE and MAXVALUE stand as columns of that name."""
    fields: list[Any] = datum.get("ColumnRef", {}).get("fields", [])
    return len(fields) == 1 and fields[0].get("String", {}).get("sval", "").lower() in (
        "minvalue",
        "maxvalue",
    )


class CreateStmt(Struct):
    relation: RangeVar
    tableElts: list[Element] = []
    inhRelations: list[Relation] = []
    partbound: PartitionBound | None = None
    partspec: PartitionSpec | None = None
    ofTypename: TypeName | None = None
    if_not_exists: bool = False
    accessMethod: str | None = None
    tablespacename: str | None = None


def create_table(node: CreateStmt, place: Place) -> list[Op]:
    columns, constraints, likes = [], [], []
    for element in node.tableElts:
        if element.ColumnDef is not None:
            columns.append(column(element.ColumnDef, place))
        elif element.Constraint is not None:
            constraints.append(constraint(element.Constraint, place))
        elif element.TableLikeClause is not None:
            like = element.TableLikeClause
            including = frozenset(word for bit, word in _LIKE.items() if like.options & bit)
            whole = len(including) == len(_LIKE)
            likes.append(Like(relation(like.relation), including | {"all"} if whole else including))
    parents = [relation(parent.RangeVar) for parent in node.inhRelations]
    spec = node.partspec
    return [
        CreateTable(
            span=place.span,
            table=relation(node.relation),
            columns=tuple(columns),
            constraints=tuple(constraints),
            like=tuple(likes),
            inherits=() if node.partbound is not None else tuple(parents),
            partition_of=parents[0] if node.partbound is not None else None,
            bound=bound(node.partbound),
            partition_by=None if spec is None else _partition_by(spec),
            temporary=node.relation.relpersistence == "t",
            unlogged=node.relation.relpersistence == "u",
            if_not_exists=node.if_not_exists,
            access_method=node.accessMethod,
            tablespace=node.tablespacename,
            of_type=None if node.ofTypename is None else named(node.ofTypename.names),
        )
    ]


def _partition_by(spec: PartitionSpec) -> PartitionBy:
    strategies: dict[str, Literal["range", "list", "hash"]] = {
        "PARTITION_STRATEGY_RANGE": "range",
        "PARTITION_STRATEGY_LIST": "list",
    }
    return PartitionBy(
        strategies.get(spec.strategy, "hash"),
        tuple(key.PartitionElem.name for key in spec.partParams),
    )


class CreateForeignTableStmt(Struct):
    base: CreateStmt
    servername: str = ""


def create_foreign_table(node: CreateForeignTableStmt, place: Place) -> list[Op]:
    (op,) = create_table(node.base, place)
    assert isinstance(op, CreateTable)
    return [replace(op, kind="foreign table")]


class IndexStmt(Struct):
    relation: RangeVar
    idxname: str | None = None
    accessMethod: str = "btree"
    tableSpace: str | None = None
    indexParams: list[IndexParam] = []
    indexIncludingParams: list[IndexParam] = []
    whereClause: Raw = NONE
    unique: bool = False
    nulls_not_distinct: bool = False
    concurrent: bool = False
    if_not_exists: bool = False


def create_index(node: IndexStmt, place: Place) -> list[Op]:
    return [
        CreateIndex(
            span=place.span,
            table=relation(node.relation),
            only=not node.relation.inh,
            name=node.idxname,
            columns=tuple(
                index_column(item.IndexElem, place, number)
                for number, item in enumerate(node.indexParams)
            ),
            include=tuple(item.IndexElem.name for item in node.indexIncludingParams),
            unique=node.unique,
            method=node.accessMethod,
            where=None if node.whereClause is NONE else expression(node.whereClause, place),
            concurrently=node.concurrent,
            if_not_exists=node.if_not_exists,
            nulls_not_distinct=node.nulls_not_distinct,
            tablespace=node.tableSpace,
        )
    ]


HANDLERS: dict[str, tuple[Any, Any]] = {
    "CreateStmt": (Decoder(CreateStmt), create_table),
    "CreateForeignTableStmt": (Decoder(CreateForeignTableStmt), create_foreign_table),
    "IndexStmt": (Decoder(IndexStmt), create_index),
}
