"""What each method of the query runner makes TypeORM send, by its name."""

from __future__ import annotations

from migralint.tools.typeorm import changes, keys, objects, renames, tables
from migralint.tools.typeorm.keys import Writer

WRITERS: dict[str, Writer] = {
    "createDatabase": objects.create_database,
    "dropDatabase": objects.drop_database,
    "createSchema": objects.create_schema,
    "dropSchema": objects.drop_schema,
    "createView": objects.create_view,
    "dropView": objects.drop_view,
    "createTable": tables.create_table,
    "dropTable": tables.drop_table,
    "renameTable": renames.rename_table,
    "clearTable": tables.clear_table,
    "changeTableComment": tables.change_comment,
    "addColumn": changes.add_column,
    "addColumns": changes.add_columns,
    "renameColumn": changes.rename_column,
    "changeColumn": changes.change_column,
    "changeColumns": changes.change_columns,
    "dropColumn": changes.drop_column,
    "dropColumns": changes.drop_columns,
    "createPrimaryKey": keys.create_primary_key,
    "dropPrimaryKey": keys.drop_primary_key,
    "createUniqueConstraint": keys.create_unique,
    "createUniqueConstraints": keys.create_uniques,
    "dropUniqueConstraint": keys.drop_constraint,
    "dropUniqueConstraints": keys.drop_constraints,
    "createCheckConstraint": keys.create_check,
    "createCheckConstraints": keys.create_checks,
    "dropCheckConstraint": keys.drop_constraint,
    "dropCheckConstraints": keys.drop_constraints,
    "createExclusionConstraint": keys.create_exclusion,
    "createExclusionConstraints": keys.create_exclusions,
    "dropExclusionConstraint": keys.drop_constraint,
    "dropExclusionConstraints": keys.drop_constraints,
    "createForeignKey": keys.create_foreign_key,
    "createForeignKeys": keys.create_foreign_keys,
    "dropForeignKey": keys.drop_constraint,
    "dropForeignKeys": keys.drop_constraints,
    "createIndex": keys.create_index,
    "createIndices": keys.create_indices,
    "dropIndex": keys.drop_index,
    "dropIndices": keys.drop_indices,
}
READS = frozenset(
    "hasTable hasColumn hasSchema hasDatabase getTable getTables getView getViews getDatabases "
    "getSchemas getCurrentDatabase getCurrentSchema getVersion connect release "
    "enableSqlMemory disableSqlMemory clearSqlMemory getMemorySql stream".split()
)
"""Methods that change nothing."""
UNCERTAIN = frozenset("renameTable renameColumn changeColumn changeColumns".split())
"""After these, what stands on a column may bear another name: TypeORM renames what it has named
itself."""
