"""Views, sequences, triggers, rules, statistics, policies, and DROP of everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.expressions import expression
from migralint.dialects.postgresql.kinds import kind_word, option
from migralint.dialects.postgresql.parse_names import object_parts
from migralint.dialects.postgresql.queries import read_query
from migralint.dialects.postgresql.tree import (
    NONE,
    DefElem,
    Node,
    Place,
    RangeVar,
    Text,
    decode_any,
    dotted,
    named,
    relation,
    text_of,
    type_of,
)
from migralint.ops import (
    AlterPolicy,
    AlterSequence,
    CreatePolicy,
    CreateRule,
    CreateSequence,
    CreateStatistics,
    CreateTrigger,
    CreateView,
    DropExtension,
    DropFunction,
    DropIndex,
    DropPolicy,
    DropRule,
    DropSchema,
    DropSequence,
    DropStatistics,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    Name,
    Op,
    Other,
    Type,
)


class ViewStmt(Struct):
    view: RangeVar
    query: Raw
    aliases: list[Text] = []
    replace: bool = False
    options: list[DefElem] = []


def create_view(node: ViewStmt, place: Place) -> list[Op]:
    query, _ = read_query(decode_any(node.query), place)
    return [
        CreateView(
            span=place.span,
            view=relation(node.view),
            query=query,
            columns=tuple(text_of(node.aliases)),
            replace=node.replace,
            temporary=node.view.relpersistence == "t",
            options=tuple(option(item.DefElem) for item in node.options),
        )
    ]


class SequenceStmt(Struct):
    sequence: RangeVar
    options: list[DefElem] = []
    if_not_exists: bool = False
    missing_ok: bool = False


def _sequence_options(node: SequenceStmt) -> tuple[Type | None, tuple[Name, str] | None, bool]:
    """(AS type, OWNED BY, RESTART)."""
    type_: Type | None = None
    owner: tuple[Name, str] | None = None
    restart = False
    for item in node.options:
        name, value = item.DefElem.defname, item.DefElem.arg
        if name == "as" and value is not None and value.TypeName is not None:
            type_ = type_of(value.TypeName)
        elif name == "owned_by" and value is not None and value.List is not None:
            parts = [part for each in value.List.items for part in object_parts(each)]
            if len(parts) > 1:  # else it is NONE
                owner = dotted(parts[:-1]), parts[-1]
        elif name == "restart":
            restart = True
    return type_, owner, restart


def create_sequence(node: SequenceStmt, place: Place) -> list[Op]:
    type_, owner, _ = _sequence_options(node)
    return [
        CreateSequence(
            span=place.span,
            sequence=relation(node.sequence),
            type=type_,
            owned_by=owner,
            if_not_exists=node.if_not_exists,
            temporary=node.sequence.relpersistence == "t",
        )
    ]


def alter_sequence(node: SequenceStmt, place: Place) -> list[Op]:
    type_, owner, restart = _sequence_options(node)
    return [
        AlterSequence(
            span=place.span,
            sequence=relation(node.sequence),
            type=type_,
            owned_by=owner,
            restart=restart,
            if_exists=node.missing_ok,
        )
    ]


class CreateTrigStmt(Struct):
    trigname: str
    relation: RangeVar
    funcname: list[Text] = []
    columns: list[Text] = []
    constrrel: RangeVar | None = None
    isconstraint: bool = False
    row: bool = False
    replace: bool = False


def create_trigger(node: CreateTrigStmt, place: Place) -> list[Op]:
    return [
        CreateTrigger(
            span=place.span,
            table=relation(node.relation),
            name=node.trigname,
            function=named(node.funcname) if node.funcname else None,
            replace=node.replace,
            constraint=node.isconstraint,
            references=None if node.constrrel is None else relation(node.constrrel),
            columns=tuple(text_of(node.columns)),
            row=node.row,
        )
    ]


class RuleStmt(Struct):
    rulename: str
    relation: RangeVar
    replace: bool = False


def create_rule(node: RuleStmt, place: Place) -> list[Op]:
    return [
        CreateRule(
            span=place.span, table=relation(node.relation), name=node.rulename, replace=node.replace
        )
    ]


class PolicyStmt(Struct):
    policy_name: str
    table: RangeVar
    cmd_name: str = "all"
    permissive: bool = False
    qual: Raw = NONE
    with_check: Raw = NONE


def create_policy(node: PolicyStmt, place: Place) -> list[Op]:
    return [
        CreatePolicy(
            span=place.span,
            table=relation(node.table),
            name=node.policy_name,
            command=node.cmd_name.upper(),
            permissive=node.permissive,
            using=None if node.qual is NONE else expression(node.qual, place, enclosed=True),
            check=None
            if node.with_check is NONE
            else expression(node.with_check, place, enclosed=True),
        )
    ]


def alter_policy(node: PolicyStmt, place: Place) -> list[Op]:
    return [AlterPolicy(span=place.span, table=relation(node.table), name=node.policy_name)]


class StatsElem(Struct):
    name: str = ""


class StatsNode(Struct):
    StatsElem: StatsElem


class CreateStatsStmt(Struct):
    relations: list[Node] = []
    defnames: list[Text] = []
    exprs: list[StatsNode] = []
    if_not_exists: bool = False


def create_statistics(node: CreateStatsStmt, place: Place) -> list[Op]:
    tables = [relation(item.RangeVar) for item in node.relations if item.RangeVar is not None]
    return [
        CreateStatistics(
            span=place.span,
            table=tables[0] if tables else Name(""),
            name=named(node.defnames) if node.defnames else None,
            columns=tuple(item.StatsElem.name for item in node.exprs if item.StatsElem.name),
            if_not_exists=node.if_not_exists,
        )
    ]


class DropStmt(Struct):
    objects: list[Node]
    removeType: str
    behavior: str = ""
    missing_ok: bool = False
    concurrent: bool = False


def drop(node: DropStmt, place: Place) -> list[Op]:
    """One operation for each object."""
    kind, cascade = node.removeType, node.behavior == "DROP_CASCADE"
    parts = [object_parts(item) for item in node.objects]
    names = tuple(map(dotted, parts))
    several = len(names) > 1
    ops: list[Op] = []
    for number, name in enumerate(names):
        common: dict[str, Any] = {"span": place.span, "if_exists": node.missing_ok}
        if several:
            common["clause"] = number
        if kind in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            word: Any = "table" if kind == "OBJECT_TABLE" else "foreign table"
            ops.append(DropTable(**common, table=name, kind=word, cascade=cascade, together=names))
        elif kind == "OBJECT_INDEX":
            ops.append(
                DropIndex(
                    **common,
                    index=name,
                    concurrently=node.concurrent,
                    cascade=cascade,
                    together=names,
                )
            )
        elif kind in ("OBJECT_VIEW", "OBJECT_MATVIEW"):
            materialized = kind == "OBJECT_MATVIEW"
            ops.append(
                DropView(
                    **common, view=name, materialized=materialized, cascade=cascade, together=names
                )
            )
        elif kind in _ON_TABLE:
            table = dotted(parts[number][:-1])
            ops.append(
                _ON_TABLE[kind](**common, table=table, name=name.name, **_cascade(kind, cascade))
            )
        elif kind in _DROPS:
            ops.append(_DROPS[kind](common, name, cascade))
        else:
            common.pop("if_exists")
            ops.append(Other(**common, what=f"DROP {kind_word(kind).upper()}"))
    return ops


def _cascade(kind: str, cascade: bool) -> dict[str, bool]:
    return {"cascade": cascade} if kind == "OBJECT_TRIGGER" else {}


_ON_TABLE: dict[str, Callable[..., Op]] = {
    "OBJECT_TRIGGER": DropTrigger,
    "OBJECT_POLICY": DropPolicy,
    "OBJECT_RULE": DropRule,
}
_DROPS: dict[str, Callable[[dict[str, Any], Name, bool], Op]] = {
    "OBJECT_SEQUENCE": lambda common, name, cascade: DropSequence(
        **common, sequence=name, cascade=cascade
    ),
    "OBJECT_TYPE": lambda common, name, cascade: DropType(**common, name=name, cascade=cascade),
    "OBJECT_DOMAIN": lambda common, name, cascade: DropType(
        **common, name=name, domain=True, cascade=cascade
    ),
    "OBJECT_FUNCTION": lambda common, name, cascade: DropFunction(
        **common, name=name, cascade=cascade
    ),
    "OBJECT_ROUTINE": lambda common, name, cascade: DropFunction(
        **common, name=name, cascade=cascade
    ),
    "OBJECT_AGGREGATE": lambda common, name, cascade: DropFunction(
        **common, name=name, cascade=cascade
    ),
    "OBJECT_PROCEDURE": lambda common, name, cascade: DropFunction(
        **common, name=name, procedure=True, cascade=cascade
    ),
    "OBJECT_SCHEMA": lambda common, name, cascade: DropSchema(
        **common, name=name.name, cascade=cascade
    ),
    "OBJECT_EXTENSION": lambda common, name, cascade: DropExtension(
        **common, name=name.name, cascade=cascade
    ),
    "OBJECT_STATISTIC_EXT": lambda common, name, cascade: DropStatistics(**common, name=name),
}
HANDLERS: dict[str, tuple[Any, Any]] = {
    "ViewStmt": (Decoder(ViewStmt), create_view),
    "CreateSeqStmt": (Decoder(SequenceStmt), create_sequence),
    "AlterSeqStmt": (Decoder(SequenceStmt), alter_sequence),
    "CreateTrigStmt": (Decoder(CreateTrigStmt), create_trigger),
    "RuleStmt": (Decoder(RuleStmt), create_rule),
    "CreatePolicyStmt": (Decoder(PolicyStmt), create_policy),
    "AlterPolicyStmt": (Decoder(PolicyStmt), alter_policy),
    "CreateStatsStmt": (Decoder(CreateStatsStmt), create_statistics),
    "DropStmt": (Decoder(DropStmt), drop),
}
