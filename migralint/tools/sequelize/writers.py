"""What each method of Sequelize's query interface makes it send, by its name."""

from __future__ import annotations

from collections.abc import Callable

from migralint.languages.values import Made
from migralint.source import Embedded
from migralint.tools.sequelize import constraints, indexes, routines, rows, tables

Writer = Callable[[Made, str], list[Embedded]]
"""The queries that a call sends to a database, each of one or several statements. Raises
LookupError where something that decides over them is not known."""
WRITERS: dict[str, Writer] = {
    "createTable": tables.create_table,
    "dropTable": tables.drop_table,
    "renameTable": tables.rename_table,
    "addColumn": tables.add_column,
    "changeColumn": tables.change_column,
    "removeColumn": tables.remove_column,
    "renameColumn": tables.rename_column,
    "addIndex": indexes.add_index,
    "removeIndex": indexes.remove_index,
    "addConstraint": constraints.add_constraint,
    "removeConstraint": constraints.remove_constraint,
    "bulkInsert": rows.bulk_insert,
    "bulkUpdate": rows.bulk_update,
    "bulkDelete": rows.bulk_delete,
    "insert": rows.insert,
    "upsert": rows.upsert,
    "createSchema": routines.create_schema,
    "dropSchema": routines.drop_schema,
    "dropEnum": routines.drop_enum,
    "createFunction": routines.create_function,
    "dropFunction": routines.drop_function,
    "renameFunction": routines.rename_function,
    "createTrigger": routines.create_trigger,
    "dropTrigger": routines.drop_trigger,
    "renameTrigger": routines.rename_trigger,
}
OPTIONS_AT = {
    "createTable": 2, "dropTable": 1, "renameTable": 2, "addColumn": 3, "changeColumn": 3,
    "removeColumn": 2, "renameColumn": 3, "addIndex": 2, "removeIndex": 2, "addConstraint": 1,
    "removeConstraint": 2, "bulkInsert": 2, "bulkUpdate": 3, "bulkDelete": 2, "insert": 3,
    "upsert": 4, "createSchema": 1, "dropSchema": 1, "dropEnum": 1, "createFunction": 6,
    "dropFunction": 2, "renameFunction": 3, "createTrigger": 7, "dropTrigger": 2,
    "renameTrigger": 3, "query": 1,
}  # fmt: skip
"""Which argument of each says in which transaction it runs."""
OF_MODELS = frozenset(("insert", "upsert"))
"""Methods that models have as well."""
READS = frozenset(
    "showAllTables describeTable tableExists showIndex showConstraint showAllSchemas "
    "databaseVersion getForeignKeyReferencesForTable getForeignKeysForTables rawSelect select "
    "assertTableHasColumn pgListEnums quoteIdentifier quoteIdentifiers quoteTable escape "
    "getQueryInterface authenticate close getDialect getDatabaseName literal fn col cast json "
    "where and or define model isDefined import validate random random on normalizeAttribute "
    "findAll findOne findByPk findAndCountAll count max min sum get toJSON".split()
)
"""What sends nothing, or asks only."""
