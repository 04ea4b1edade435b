"""ALTER TABLE and its kin, RENAME, SET SCHEMA, OWNER TO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Raw, Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.expressions import Tree, expression
from migralint.dialects.postgresql.kinds import KINDS, option
from migralint.dialects.postgresql.parse_tables import bound, column, constraint
from migralint.dialects.postgresql.tree import (
    NONE,
    ColumnDef,
    Constraint,
    DefElem,
    Int,
    PartitionBound,
    Place,
    RangeVar,
    RoleSpec,
    Str,
    TypeName,
    decode_any,
    named,
    relation,
    role,
    type_of,
    unqualified,
)
from migralint.ops import (
    AddColumn,
    AddConstraint,
    AddIdentity,
    AlterAttribute,
    AlterConstraint,
    AlterType,
    AttachIndex,
    AttachPartition,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExpression,
    DropIdentity,
    DropNotNull,
    Expression,
    Name,
    Op,
    Other,
    SetAccessMethod,
    SetClusterIndex,
    SetColumnOption,
    SetDefault,
    SetExpression,
    SetIdentity,
    SetInheritance,
    SetLogged,
    SetNotNull,
    SetOptions,
    SetOwner,
    SetReplicaIdentity,
    SetRowSecurity,
    SetRuleState,
    SetTablespace,
    SetTriggerState,
    SetType,
    Unknown,
    ValidateConstraint,
)


class Command(Struct, rename={"definition": "def"}):
    subtype: str
    name: str = ""
    num: int = 0
    definition: dict[str, Raw] = {}
    newowner: RoleSpec | None = None
    behavior: str = ""
    missing_ok: bool = False


class CommandNode(Struct):
    AlterTableCmd: Command


class AlterTableStmt(Struct):
    relation: RangeVar
    cmds: list[CommandNode] = []
    objtype: str = "OBJECT_TABLE"
    missing_ok: bool = False


class AlteredConstraint(Struct):
    conname: str = ""
    alterEnforceability: bool = False
    is_enforced: bool = False
    alterDeferrability: bool = False
    deferrable: bool = False
    initdeferred: bool = False


class PartitionCmd(Struct):
    name: RangeVar
    bound: PartitionBound | None = None
    concurrent: bool = False


class ReplicaIdentity(Struct):
    identity_type: str
    name: str | None = None


_column = Decoder(ColumnDef).decode
_constraint = Decoder(Constraint).decode
_partition = Decoder(PartitionCmd).decode
_range_var = Decoder(RangeVar).decode
_options = Decoder(dict[str, list[DefElem]]).decode

Common = dict[str, Any]
"""What every operation of the statement is given."""


def alter_table(node: AlterTableStmt, place: Place) -> list[Op]:
    kind = KINDS.get(node.objtype, "table")
    table = relation(node.relation)
    common: Common = {
        "span": place.span,
        "table": table,
        "kind": kind,
        "only": not node.relation.inh and kind != "type",
        "table_if_exists": node.missing_ok,
    }
    ops: list[Op] = []
    for number, item in enumerate(node.cmds):
        command = item.AlterTableCmd
        common["clause"] = number
        if kind == "type":
            ops.append(_attribute(command, table, place, number))
        elif kind == "index" and command.subtype == "AT_AttachPartition":
            part = relation(_partition(command.definition["PartitionCmd"]).name)
            ops.append(AttachIndex(span=place.span, clause=number, index=table, partition=part))
        else:
            make = _COMMANDS.get(command.subtype)
            if make is None:
                reason = f"ALTER TABLE action {command.subtype.removeprefix('AT_')} is not known"
                ops.append(Unknown(span=place.span, clause=number, reason=reason, tables=(table,)))
            else:
                ops.append(make(command, place, common))
    return ops


def _attribute(command: Command, type_: Name, place: Place, clause: int) -> Op:
    if command.subtype == "AT_ChangeOwner":
        return Other(span=place.span, clause=clause, what="ALTER TYPE OWNER TO")
    name, attribute, action = command.name, None, "ALTER"
    if "ColumnDef" in command.definition:
        definition = _column(command.definition["ColumnDef"])
        name = name or definition.colname
        attribute = None if definition.typeName is None else type_of(definition.typeName)
    if command.subtype == "AT_AddColumn":
        action = "ADD"
    elif command.subtype == "AT_DropColumn":
        action = "DROP"
    return AlterAttribute(
        span=place.span,
        clause=clause,
        type=type_,
        action=action,  # type: ignore[arg-type]
        attribute=name,
        attribute_type=attribute,
        cascade=command.behavior == "DROP_CASCADE",
    )


def _expression(command: Command, place: Place, *, enclosed: bool = False) -> Expression:
    tree: Tree = {tag: decode_any(raw) for tag, raw in command.definition.items()}
    return expression(tree, place, enclosed=enclosed)


def _add_column(command: Command, place: Place, common: Common) -> Op:
    definition = _column(command.definition["ColumnDef"])
    return AddColumn(**common, column=column(definition, place), if_not_exists=command.missing_ok)


def _column_default(command: Command, place: Place, common: Common) -> Op:
    if not command.definition:
        return DropDefault(**common, column=command.name)
    return SetDefault(**common, column=command.name, default=_expression(command, place))


def _alter_type(command: Command, place: Place, common: Common) -> Op:
    definition = _column(command.definition["ColumnDef"])
    assert definition.typeName is not None
    using = definition.raw_default
    return AlterType(
        **common,
        column=command.name,
        type=type_of(definition.typeName),
        using=None if using is NONE else expression(using, place),
        collation=unqualified(definition.collClause.collname) if definition.collClause else None,
    )


def _drop_column(command: Command, place: Place, common: Common) -> Op:
    cascade = command.behavior == "DROP_CASCADE"
    return DropColumn(**common, column=command.name, if_exists=command.missing_ok, cascade=cascade)


def _add_constraint(command: Command, place: Place, common: Common) -> Op:
    return AddConstraint(
        **common, constraint=constraint(_constraint(command.definition["Constraint"]), place)
    )


def _drop_constraint(command: Command, place: Place, common: Common) -> Op:
    cascade = command.behavior == "DROP_CASCADE"
    return DropConstraint(
        **common, name=command.name, if_exists=command.missing_ok, cascade=cascade
    )


def _alter_constraint(command: Command, place: Place, common: Common) -> Op:
    node = Decoder(AlteredConstraint).decode(command.definition["ATAlterConstraint"])
    return AlterConstraint(
        **common,
        name=node.conname,
        deferrable=node.deferrable if node.alterDeferrability else None,
        initially_deferred=node.initdeferred if node.alterDeferrability else None,
        enforced=node.is_enforced if node.alterEnforceability else None,
    )


def _add_identity(command: Command, place: Place, common: Common) -> Op:
    node = _constraint(command.definition["Constraint"])
    identity: Literal["always", "by default"] = (
        "always" if node.generated_when == "a" else "by default"
    )
    return AddIdentity(**common, column=command.name, identity=identity)


def _column_option(
    option_name: Literal["STATISTICS", "STORAGE", "COMPRESSION", "OPTIONS"],
) -> Callable[..., Op]:
    def make(command: Command, place: Place, common: Common) -> Op:
        value = None
        if "Integer" in command.definition:
            value = str(Decoder(Int).decode(command.definition["Integer"]).ival)
        elif "String" in command.definition:
            value = Decoder(Str).decode(command.definition["String"]).sval
        return SetColumnOption(
            **common, column=command.name or str(command.num), option=option_name, value=value
        )

    return make


def _set_options(command: Command, place: Place, common: Common) -> Op:
    items = _options(command.definition["List"])["items"]
    options = tuple(option(item.DefElem) for item in items)
    if command.subtype == "AT_ResetRelOptions":
        return SetOptions(**common, options=tuple((name, None) for name, _ in options))
    # A parameter named without a value is a flag that is set.
    return SetOptions(
        **common,
        options=tuple((name, "true" if value is None else value) for name, value in options),
    )


def _replica_identity(command: Command, place: Place, common: Common) -> Op:
    node = Decoder(ReplicaIdentity).decode(command.definition["ReplicaIdentityStmt"])
    words: dict[str, Literal["default", "full", "nothing", "index"]] = {
        "d": "default",
        "f": "full",
        "n": "nothing",
    }
    return SetReplicaIdentity(
        **common, identity=words.get(node.identity_type, "index"), index=node.name
    )


def _attach(command: Command, place: Place, common: Common) -> Op:
    node = _partition(command.definition["PartitionCmd"])
    return AttachPartition(**common, partition=relation(node.name), bound=bound(node.bound))


def _detach(command: Command, place: Place, common: Common) -> Op:
    node = _partition(command.definition["PartitionCmd"])
    finalize = command.subtype == "AT_DetachPartitionFinalize"
    return DetachPartition(
        **common, partition=relation(node.name), concurrently=node.concurrent, finalize=finalize
    )


def _inherit(command: Command, place: Place, common: Common) -> Op:
    parent = relation(_range_var(command.definition["RangeVar"]))
    return SetInheritance(**common, parent=parent, inherit=command.subtype == "AT_AddInherit")


def _trigger(name: str | None, enabled: bool) -> Callable[..., Op]:
    return lambda command, place, common: SetTriggerState(
        **common, name=name or command.name, enabled=enabled
    )


def _rule(enabled: bool) -> Callable[..., Op]:
    return lambda command, place, common: SetRuleState(**common, name=command.name, enabled=enabled)


def _security(action: Literal["ENABLE", "DISABLE", "FORCE", "NO FORCE"]) -> Callable[..., Op]:
    return lambda command, place, common: SetRowSecurity(**common, action=action)


def _of_type(command: Command, place: Place, common: Common) -> Op:
    return SetType(
        **common, type=named(Decoder(TypeName).decode(command.definition["TypeName"]).names)
    )


_COMMANDS: dict[str, Callable[[Command, Place, Common], Op]] = {
    "AT_AddColumn": _add_column,
    "AT_ColumnDefault": _column_default,
    "AT_DropNotNull": lambda command, place, common: DropNotNull(**common, column=command.name),
    "AT_SetNotNull": lambda command, place, common: SetNotNull(**common, column=command.name),
    "AT_SetExpression": lambda command, place, common: SetExpression(
        **common, column=command.name, expression=_expression(command, place, enclosed=True)
    ),
    "AT_DropExpression": lambda command, place, common: DropExpression(
        **common, column=command.name, if_exists=command.missing_ok
    ),
    "AT_SetStatistics": _column_option("STATISTICS"),
    "AT_SetOptions": _column_option("OPTIONS"),
    "AT_ResetOptions": _column_option("OPTIONS"),
    "AT_AlterColumnGenericOptions": _column_option("OPTIONS"),
    "AT_SetStorage": _column_option("STORAGE"),
    "AT_SetCompression": _column_option("COMPRESSION"),
    "AT_DropColumn": _drop_column,
    "AT_AddConstraint": _add_constraint,
    "AT_AlterConstraint": _alter_constraint,
    "AT_ValidateConstraint": lambda command, place, common: ValidateConstraint(
        **common, name=command.name
    ),
    "AT_DropConstraint": _drop_constraint,
    "AT_AlterColumnType": _alter_type,
    "AT_ChangeOwner": lambda command, place, common: SetOwner(
        **common, owner=role(command.newowner)
    ),
    "AT_ClusterOn": lambda command, place, common: SetClusterIndex(**common, index=command.name),
    "AT_DropCluster": lambda command, place, common: SetClusterIndex(**common, index=None),
    "AT_SetLogged": lambda command, place, common: SetLogged(**common, logged=True),
    "AT_SetUnLogged": lambda command, place, common: SetLogged(**common, logged=False),
    # WITHOUT OIDS is accepted and does nothing since PostgreSQL 12, except take the lock of a
    # storage parameter.
    "AT_DropOids": lambda command, place, common: SetOptions(**common),
    "AT_SetAccessMethod": lambda command, place, common: SetAccessMethod(
        **common, method=command.name or None
    ),
    "AT_SetTableSpace": lambda command, place, common: SetTablespace(
        **common, tablespace=command.name
    ),
    "AT_SetRelOptions": _set_options,
    "AT_ResetRelOptions": _set_options,
    "AT_ReplaceRelOptions": _set_options,
    "AT_EnableTrig": _trigger(None, True),
    "AT_EnableAlwaysTrig": _trigger(None, True),
    "AT_EnableReplicaTrig": _trigger(None, True),
    "AT_DisableTrig": _trigger(None, False),
    "AT_EnableTrigAll": _trigger("ALL", True),
    "AT_DisableTrigAll": _trigger("ALL", False),
    "AT_EnableTrigUser": _trigger("USER", True),
    "AT_DisableTrigUser": _trigger("USER", False),
    "AT_EnableRule": _rule(True),
    "AT_EnableAlwaysRule": _rule(True),
    "AT_EnableReplicaRule": _rule(True),
    "AT_DisableRule": _rule(False),
    "AT_AddInherit": _inherit,
    "AT_DropInherit": _inherit,
    "AT_AddOf": _of_type,
    "AT_DropOf": lambda command, place, common: SetType(**common, type=None),
    "AT_ReplicaIdentity": _replica_identity,
    "AT_EnableRowSecurity": _security("ENABLE"),
    "AT_DisableRowSecurity": _security("DISABLE"),
    "AT_ForceRowSecurity": _security("FORCE"),
    "AT_NoForceRowSecurity": _security("NO FORCE"),
    "AT_GenericOptions": _set_options,
    "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach,
    "AT_DetachPartitionFinalize": _detach,
    "AT_AddIdentity": _add_identity,
    "AT_SetIdentity": lambda command, place, common: SetIdentity(**common, column=command.name),
    "AT_DropIdentity": lambda command, place, common: DropIdentity(
        **common, column=command.name, if_exists=command.missing_ok
    ),
}
HANDLERS: dict[str, tuple[Any, Any]] = {"AlterTableStmt": (Decoder(AlterTableStmt), alter_table)}
