"""What each `pgm.*` makes node-pg-migrate send (9.0, `src/operations`), and what it sends to go
back over it where a migration has no `down`."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from migralint.languages.values import Given, Made, Pairs
from migralint.source import Embedded
from migralint.tools.node_pg_migrate import access, indexes, routines, tables, types, views
from migralint.tools.node_pg_migrate.constraints import (
    add_constraint,
    drop_constraint,
    undo_constraint,
)
from migralint.tools.node_pg_migrate.tables import Written
from migralint.tools.node_pg_migrate.values import (
    Style,
    escaped,
    name,
    options,
    raw,
)

Writer = Callable[[Made, Style], Written]


def sql(made: Made, style: Style) -> Written:
    """`pgm.sql(text, args)`: each `{key}` is replaced (`src/utils/createTransformer.ts`)."""
    given = made.argument(0)
    text = raw(given) if given is not None else Embedded("", ())
    found = options(made.argument(1))
    for key, each in found.items.items():
        parts = _around(text, f"{{{key}}}")
        if len(parts) == 1:
            continue
        is_name = isinstance(each.value, Embedded) or (
            isinstance(each.value, Pairs) and "name" in each.value.items
        )
        value = name(each, style) if is_name else escaped(each)
        joined: list[Embedded | str] = []
        for part in parts:
            joined += [value, part]
        text = Embedded.join(joined[1:])
    return [text]


def _around(text: Embedded, mark: str) -> list[Embedded]:
    """The pieces of a text between these marks."""
    found: list[Embedded] = []
    start = 0
    while (end := text.text.find(mark, start)) >= 0:
        found.append(text.cut(start, end))
        start = end + len(mark)
    return [*found, text.cut(start, len(text.text))]


WRITERS: dict[str, Writer] = {
    "createTable": tables.create_table,
    "dropTable": tables.drop_table,
    "renameTable": tables.rename_table,
    "alterTable": tables.alter_table,
    "addColumns": tables.add_columns,
    "addColumn": tables.add_columns,
    "dropColumns": tables.drop_columns,
    "dropColumn": tables.drop_columns,
    "renameColumn": tables.rename_column,
    "alterColumn": tables.alter_column,
    "addConstraint": add_constraint,
    "createConstraint": add_constraint,
    "dropConstraint": drop_constraint,
    "renameConstraint": tables.rename_constraint,
    "createIndex": indexes.create_index,
    "addIndex": indexes.create_index,
    "dropIndex": indexes.drop_index,
    "renameIndex": indexes.rename_index,
    "createType": types.create_type,
    "addType": types.create_type,
    "dropType": types.drop_type,
    "renameType": types.rename_type,
    "addTypeValue": types.add_type_value,
    "renameTypeValue": types.rename_type_value,
    "addTypeAttribute": types.add_type_attribute,
    "dropTypeAttribute": types.drop_type_attribute,
    "setTypeAttribute": types.set_type_attribute,
    "renameTypeAttribute": types.rename_type_attribute,
    "createDomain": types.create_domain,
    "alterDomain": types.alter_domain,
    "dropDomain": types.drop_domain,
    "renameDomain": types.rename_domain,
    "createSequence": types.create_sequence,
    "alterSequence": types.alter_sequence,
    "dropSequence": types.drop_sequence,
    "renameSequence": types.rename_sequence,
    "createSchema": types.create_schema,
    "dropSchema": types.drop_schema,
    "renameSchema": types.rename_schema,
    "createExtension": types.create_extension,
    "addExtension": types.create_extension,
    "dropExtension": types.drop_extension,
    "createView": views.create_view,
    "dropView": views.drop_view,
    "alterView": views.alter_view,
    "alterViewColumn": views.alter_view_column,
    "renameView": views.rename_view,
    "createMaterializedView": views.create_materialized_view,
    "dropMaterializedView": views.drop_materialized_view,
    "alterMaterializedView": views.alter_materialized_view,
    "renameMaterializedView": views.rename_materialized_view,
    "renameMaterializedViewColumn": views.rename_materialized_view_column,
    "refreshMaterializedView": views.refresh_materialized_view,
    "createFunction": routines.create_function,
    "dropFunction": routines.drop_function,
    "renameFunction": routines.rename_function,
    "createTrigger": routines.create_trigger,
    "dropTrigger": routines.drop_trigger,
    "renameTrigger": routines.rename_trigger,
    "createCast": routines.create_cast,
    "dropCast": routines.drop_cast,
    "createOperator": routines.create_operator,
    "dropOperator": routines.drop_operator,
    "createOperatorClass": routines.create_operator_class,
    "dropOperatorClass": routines.of_operators("DROP OPERATOR CLASS", "drop"),
    "renameOperatorClass": routines.of_operators("ALTER OPERATOR CLASS", "rename"),
    "createOperatorFamily": routines.of_operators("CREATE OPERATOR FAMILY", ""),
    "dropOperatorFamily": routines.of_operators("DROP OPERATOR FAMILY", "drop"),
    "renameOperatorFamily": routines.of_operators("ALTER OPERATOR FAMILY", "rename"),
    "addToOperatorFamily": routines.of_operators("ALTER OPERATOR FAMILY", "ADD"),
    "removeFromOperatorFamily": routines.of_operators("ALTER OPERATOR FAMILY", "DROP"),
    "createRole": access.create_role,
    "alterRole": access.alter_role,
    "dropRole": access.drop_role,
    "renameRole": access.rename_role,
    "createPolicy": access.create_policy,
    "alterPolicy": access.alter_policy,
    "dropPolicy": access.drop_policy,
    "renamePolicy": access.rename_policy,
    "grantRoles": access.grant_roles,
    "revokeRoles": access.revoke_roles,
    "grantOnTables": access.grant_on_tables,
    "revokeOnTables": access.revoke_on_tables,
    "grantOnSchemas": access.grant_on_schemas,
    "revokeOnSchemas": access.revoke_on_schemas,
    "sql": sql,
}


def _drops(call: str, *kept: int) -> Writer:
    """The way back by a call of this name with these of the arguments, all where none is said."""

    def write(made: Made, style: Style) -> Written:
        missing = Given(None, made.span)
        given = tuple(made.argument(each) or missing for each in kept) if kept else made.given
        return WRITERS[call](replace(made, given=given), style)

    return write


BACK: dict[str, Writer] = {
    "createTable": _drops("dropTable", 0),
    "addColumns": _drops("dropColumns"),
    "addConstraint": undo_constraint,
    "createIndex": _drops("dropIndex"),
    "createType": _drops("dropType", 0),
    "addTypeAttribute": _drops("dropTypeAttribute", 0, 1),
    "createDomain": _drops("dropDomain", 0, 2),
    "createSequence": _drops("dropSequence"),
    "createSchema": _drops("dropSchema"),
    "createExtension": _drops("dropExtension"),
    "createView": _drops("dropView"),
    "createMaterializedView": _drops("dropMaterializedView"),
    "refreshMaterializedView": _drops("refreshMaterializedView"),
    "createFunction": _drops("dropFunction"),
    "createTrigger": routines.undo_trigger,
    "createCast": _drops("dropCast"),
    "createOperator": _drops("dropOperator"),
    "createOperatorClass": routines.undo_operator_class,
    "createOperatorFamily": _drops("dropOperatorFamily"),
    "addToOperatorFamily": _drops("removeFromOperatorFamily"),
    "createRole": _drops("dropRole"),
    "createPolicy": _drops("dropPolicy"),
    "grantRoles": _drops("revokeRoles"),
    "grantOnTables": _drops("revokeOnTables"),
    "grantOnSchemas": _drops("revokeOnSchemas"),
    "renameTable": _drops("renameTable", 1, 0),
    "renameFunction": _drops("renameFunction", 2, 1, 0),
    **{
        f"rename{what}": _drops(f"rename{what}", 1, 0)
        for what in ("Index", "Type", "Domain", "Sequence", "Schema", "View", "Role")
    },
    "renameMaterializedView": _drops("renameMaterializedView", 1, 0),
    **{
        f"rename{what}": _drops(f"rename{what}", 0, 2, 1)
        for what in (
            "Column", "Constraint", "TypeValue", "TypeAttribute", "Trigger", "Policy",
            "MaterializedViewColumn",
        )
    },
    **{
        f"renameOperator{what}": _drops(f"renameOperator{what}", 2, 1, 0)
        for what in ("Class", "Family")
    },
}  # fmt: skip
"""The calls that can be gone back over: of the others node-pg-migrate says that it cannot."""
for _one, _other in (
    ("addColumn", "addColumns"),
    ("createConstraint", "addConstraint"),
    ("addIndex", "createIndex"),
    ("addType", "createType"),
    ("addExtension", "createExtension"),
):
    BACK[_one] = BACK[_other]
