"""What an operation makes of a schema: one function an operation, all through the schema's journal.

Nothing fails here: an operation that the server would refuse is applied as far as it makes sense,
since the next
statement was written by someone who believed that it worked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migralint import ops
from migralint.replay import columns, constraints, indexes, objects, relations, tables
from migralint.schema import Schema


def apply(schema: Schema, op: ops.Op) -> None:
    """Make the change; anything that has no effect on the schema is left alone."""
    change = _CHANGES.get(type(op))
    if change is not None:
        change(schema, op)


_CHANGES: dict[type, Callable[[Schema, Any], None]] = {
    ops.CreateTable: tables.create_table,
    ops.DropTable: relations.drop_table,
    ops.RenameTable: relations.rename_table,
    ops.SetSchema: relations.set_schema,
    ops.AttachPartition: tables.attach_partition,
    ops.DetachPartition: tables.detach_partition,
    ops.SetInheritance: tables.set_inheritance,
    ops.SetLogged: tables.set_logged,
    ops.SetAccessMethod: tables.set_access_method,
    ops.SetTablespace: tables.simple("tablespace", "tablespace"),
    ops.SetClusterIndex: tables.simple("clustered_on", "index"),
    ops.SetOwner: tables.simple("owner", "owner"),
    ops.SetRowSecurity: tables.set_row_security,
    ops.AddColumn: columns.add_column,
    ops.DropColumn: columns.drop_column,
    ops.RenameColumn: columns.rename_column,
    ops.AlterType: columns.alter_type,
    ops.SetNotNull: columns.set_not_null,
    ops.DropNotNull: columns.drop_not_null,
    ops.SetDefault: columns.set_default,
    ops.DropDefault: columns.drop_default,
    ops.AddIdentity: columns.add_identity,
    ops.DropIdentity: columns.drop_identity,
    ops.SetExpression: columns.set_expression,
    ops.DropExpression: columns.drop_expression,
    ops.AddConstraint: constraints.add_constraint,
    ops.DropConstraint: constraints.drop_constraint,
    ops.ValidateConstraint: constraints.validate_constraint,
    ops.RenameConstraint: constraints.rename_constraint,
    ops.AlterConstraint: constraints.alter_constraint,
    ops.CreateIndex: indexes.create_index,
    ops.DropIndex: indexes.drop_index,
    ops.RenameIndex: relations.rename_index,
    ops.AttachIndex: indexes.attach_index,
    ops.CreateView: objects.create_view,
    ops.DropView: relations.drop_view,
    ops.RefreshView: objects.refresh_view,
    ops.CreateSequence: objects.create_sequence,
    ops.AlterSequence: objects.alter_sequence,
    ops.DropSequence: objects.drop_sequence,
    ops.CreateTrigger: objects.create_trigger,
    ops.DropTrigger: objects.drop_trigger,
    ops.CreateRule: objects.create_rule,
    ops.CreatePolicy: objects.create_policy,
    ops.DropPolicy: objects.drop_policy,
    ops.CreateStatistics: objects.create_statistics,
    ops.CreateType: objects.create_type,
    ops.CreateDomain: objects.create_domain,
    ops.AddEnumValue: objects.add_enum_value,
    ops.RenameEnumValue: objects.rename_enum_value,
    ops.AlterDomain: objects.alter_domain,
    ops.DropType: objects.drop_type,
    ops.CreateFunction: objects.create_function,
    ops.DropFunction: objects.drop_function,
    ops.CreateSchema: objects.create_schema,
    ops.DropSchema: objects.drop_schema,
    ops.CreateExtension: objects.create_extension,
    ops.DropExtension: objects.drop_extension,
    ops.RenameObject: objects.rename_object,
    ops.Insert: objects.fill,
    ops.Copy: objects.fill,
    ops.Update: objects.fill,
    ops.Delete: objects.fill,
    ops.Truncate: objects.truncate,
    ops.Merge: objects.fill,
    ops.SetConstraints: objects.set_constraints,
    ops.SetParameter: objects.set_parameter,
    ops.SetTimeout: objects.set_timeout,
    ops.Unknown: objects.doubt,
    ops.RunCode: objects.doubt,
}
