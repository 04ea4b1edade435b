"""Tables emptied, tidied, built again, refreshed, locked."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.kinds import option_text, switched_on
from migralint.dialects.postgresql.tree import (
    DefElem,
    Place,
    RangeVar,
    Relation,
    relation,
)
from migralint.locks import MODES
from migralint.ops import (
    Analyze,
    Cluster,
    LockTable,
    Name,
    Op,
    RefreshView,
    Reindex,
    Truncate,
    Vacuum,
)


class TruncateStmt(Struct):
    relations: list[Relation] = []
    restart_seqs: bool = False
    behavior: str = ""


def truncate(node: TruncateStmt, place: Place) -> list[Op]:
    return [
        Truncate(
            span=place.span,
            tables=tuple(relation(item.RangeVar) for item in node.relations),
            cascade=node.behavior == "DROP_CASCADE",
            restart_identity=node.restart_seqs,
            only=all(not item.RangeVar.inh for item in node.relations),
        )
    ]


class LockStmt(Struct):
    relations: list[Relation] = []
    mode: int = 8
    nowait: bool = False


def lock(node: LockStmt, place: Place) -> list[Op]:
    return [
        LockTable(
            span=place.span,
            tables=tuple(relation(item.RangeVar) for item in node.relations),
            mode=MODES[node.mode - 1],
            nowait=node.nowait,
            only=all(not item.RangeVar.inh for item in node.relations),
        )
    ]


class VacuumRelation(Struct):
    relation: RangeVar | None = None


class VacuumNode(Struct):
    VacuumRelation: VacuumRelation


class VacuumStmt(Struct):
    options: list[DefElem] = []
    rels: list[VacuumNode] = []
    is_vacuumcmd: bool = False


def vacuum(node: VacuumStmt, place: Place) -> list[Op]:
    tables = tuple(
        relation(item.VacuumRelation.relation) for item in node.rels if item.VacuumRelation.relation
    )
    if node.is_vacuumcmd:
        return [Vacuum(span=place.span, tables=tables, full=switched_on(node.options, "full"))]
    return [Analyze(span=place.span, tables=tables)]


class ClusterStmt(Struct):
    relation: RangeVar | None = None
    indexname: str | None = None


def cluster(node: ClusterStmt, place: Place) -> list[Op]:
    table = None if node.relation is None else relation(node.relation)
    return [Cluster(span=place.span, table=table, index=node.indexname)]


class ReindexStmt(Struct):
    kind: str
    relation: RangeVar | None = None
    name: str = ""
    params: list[DefElem] = []


def reindex(node: ReindexStmt, place: Place) -> list[Op]:
    target: Any = node.kind.removeprefix("REINDEX_OBJECT_").lower()
    tablespaces = [
        option_text(item.DefElem) for item in node.params if item.DefElem.defname == "tablespace"
    ]
    return [
        Reindex(
            span=place.span,
            target=target,
            name=relation(node.relation) if node.relation is not None else Name(node.name),
            concurrently=switched_on(node.params, "concurrently"),
            tablespace=tablespaces[0] if tablespaces else None,
        )
    ]


class RefreshMatViewStmt(Struct):
    relation: RangeVar
    concurrent: bool = False
    skipData: bool = False


def refresh(node: RefreshMatViewStmt, place: Place) -> list[Op]:
    return [
        RefreshView(
            span=place.span,
            view=relation(node.relation),
            concurrently=node.concurrent,
            with_data=not node.skipData,
        )
    ]


HANDLERS: dict[str, tuple[Any, Any]] = {
    "TruncateStmt": (Decoder(TruncateStmt), truncate),
    "LockStmt": (Decoder(LockStmt), lock),
    "VacuumStmt": (Decoder(VacuumStmt), vacuum),
    "ClusterStmt": (Decoder(ClusterStmt), cluster),
    "ReindexStmt": (Decoder(ReindexStmt), reindex),
    "RefreshMatViewStmt": (Decoder(RefreshMatViewStmt), refresh),
}
