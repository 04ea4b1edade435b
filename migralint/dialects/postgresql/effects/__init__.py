"""What an operation does to a running PostgreSQL, 12 to 18: a claim about a database, held against
measured servers.

One function an operation; `Claim` collects what each says. An operation that is not in the table
locks no relation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migralint import ops
from migralint.dialects.postgresql.effects import (
    access,
    column_types,
    columns,
    constraints,
    indexes,
    objects,
    partitions,
    rows,
    tables,
)
from migralint.dialects.postgresql.effects.claim import AE, SRE, Claim
from migralint.locks import NOTHING, Effects
from migralint.schema import Schema


def effects(op: ops.Op, schema: Schema, version: int) -> Effects:
    """The effects of one operation on the schema just before it, on a server of a major version."""
    effect = _EFFECTS.get(type(op))
    if effect is None:
        return NOTHING
    claim = Claim(schema, version)
    effect(claim, op)
    return claim.done()


# The passes of ALTER TABLE (tablecmds.c, AlterTablePass): actions run in this order, not in the
# written one.
_PASSES: dict[type, int] = {
    ops.DropColumn: 0,
    ops.DropConstraint: 0,
    ops.DropNotNull: 0,
    ops.DropDefault: 0,
    ops.DropIdentity: 0,
    ops.DropExpression: 0,
    ops.AlterType: 1,
    ops.AddColumn: 2,
    ops.SetExpression: 3,
    ops.AddConstraint: 4,
    ops.SetNotNull: 5,
    ops.AddIdentity: 5,
    ops.SetDefault: 6,
}


def order(operations: tuple[ops.Op, ...]) -> tuple[ops.Op, ...]:
    """The operations of one statement in the order in which the server runs them."""
    if len(operations) < 2 or not all(
        isinstance(op, ops.TableOp) and op.clause >= 0 for op in operations
    ):
        return operations
    return tuple(sorted(operations, key=lambda op: _PASSES.get(type(op), 7)))


def _nothing_known(claim: Claim, op: ops.ServerCommand) -> None:
    claim.needs_autocommit = op.command


def _database(claim: Claim, op: ops.CreateDatabase | ops.DropDatabase) -> None:
    claim.needs_autocommit = (
        "CREATE DATABASE" if isinstance(op, ops.CreateDatabase) else "DROP DATABASE"
    )


_SINCE = {"ALTER STATISTICS": 13}


def _other(claim: Claim, op: ops.Other) -> None:
    if op.what in _SINCE:
        claim.since(_SINCE[op.what], op.what)


_EFFECTS: dict[type, Callable[[Claim, Any], None]] = {
    ops.CreateTable: tables.create_table,
    ops.DropTable: tables.drop_table,
    ops.RenameTable: tables.rename_table,
    ops.SetSchema: tables.set_schema,
    ops.AttachPartition: partitions.attach_partition,
    ops.DetachPartition: partitions.detach_partition,
    ops.SetInheritance: tables.set_inheritance,
    ops.SetLogged: tables.set_logged,
    ops.SetTablespace: tables.set_tablespace,
    ops.MoveTablespace: tables.move_tablespace,
    ops.SetAccessMethod: tables.set_access_method,
    ops.SetOptions: tables.set_options,
    ops.SetClusterIndex: tables.set_cluster_index,
    ops.SetReplicaIdentity: tables.set_replica_identity,
    ops.SetOwner: tables.set_owner,
    ops.SetRowSecurity: access.set_row_security,
    ops.SetTriggerState: tables.lock_only(SRE, "TRIGGER", family=True),
    ops.SetRuleState: tables.lock_only(AE, "RULE"),
    ops.SetType: tables.lock_only(AE, "OF"),
    ops.AddColumn: columns.add_column,
    ops.DropColumn: columns.drop_column,
    ops.RenameColumn: columns.rename_column,
    ops.AlterType: column_types.alter_type,
    ops.SetNotNull: columns.set_not_null,
    ops.DropNotNull: columns.drop_not_null,
    ops.SetDefault: columns.set_default,
    ops.DropDefault: columns.drop_default,
    ops.AddIdentity: columns.add_identity,
    ops.SetIdentity: columns.set_identity,
    ops.DropIdentity: columns.drop_identity,
    ops.SetExpression: columns.set_expression,
    ops.DropExpression: columns.drop_expression,
    ops.SetColumnOption: columns.set_column_option,
    ops.CreateIndex: indexes.create_index,
    ops.DropIndex: indexes.drop_index,
    ops.RenameIndex: indexes.rename_index,
    ops.AttachIndex: indexes.attach_index,
    ops.Reindex: indexes.reindex,
    ops.AddConstraint: constraints.add_constraint,
    ops.ValidateConstraint: constraints.validate_constraint,
    ops.DropConstraint: constraints.drop_constraint,
    ops.RenameConstraint: constraints.rename_constraint,
    ops.AlterConstraint: constraints.alter_constraint,
    ops.CreateView: objects.create_view,
    ops.DropView: objects.drop_view,
    ops.RefreshView: objects.refresh_view,
    ops.CreateSequence: objects.create_sequence,
    ops.AlterSequence: objects.alter_sequence,
    ops.DropSequence: objects.drop_sequence,
    ops.CreateTrigger: objects.create_trigger,
    ops.DropTrigger: objects.drop_trigger,
    ops.CreateRule: objects.create_rule,
    ops.DropRule: objects.drop_rule,
    ops.CreatePolicy: access.policy,
    ops.AlterPolicy: access.policy,
    ops.DropPolicy: access.policy,
    ops.CreateStatistics: objects.create_statistics,
    ops.DropStatistics: objects.drop_statistics,
    ops.CreateType: objects.create_type,
    ops.CreateDomain: objects.create_type,
    ops.AddEnumValue: objects.add_enum_value,
    ops.RenameEnumValue: objects.rename_enum_value,
    ops.AlterAttribute: objects.alter_attribute,
    ops.DropType: objects.drop_type,
    ops.AlterDomain: objects.alter_domain,
    ops.CreateFunction: objects.create_function,
    ops.DropFunction: objects.drop_function,
    ops.CreateSchema: objects.create_schema,
    ops.DropSchema: objects.drop_schema,
    ops.CreateExtension: objects.create_extension,
    ops.DropExtension: objects.drop_extension,
    ops.RenameObject: objects.rename_object,
    ops.Grant: access.grant,
    ops.SetComment: access.set_comment,
    ops.ChangePublication: access.change_publication,
    ops.Select: rows.select,
    ops.Insert: rows.insert,
    ops.Update: rows.update,
    ops.Delete: rows.delete,
    ops.Merge: rows.merge,
    ops.Copy: rows.copy,
    ops.Truncate: rows.truncate,
    ops.LockTable: rows.lock_table,
    ops.Vacuum: rows.vacuum,
    ops.Analyze: rows.analyze,
    ops.Cluster: rows.cluster,
    ops.CreateDatabase: _database,
    ops.DropDatabase: _database,
    ops.ServerCommand: _nothing_known,
    ops.Other: _other,
}
