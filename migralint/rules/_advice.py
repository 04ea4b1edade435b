"""How to get out of a transaction, a tool at a time, and which step has to wait for which."""

from __future__ import annotations

import re

from migralint.context import Context
from migralint.session import WRAPPED

_OUTSIDE = {
    "alembic": "in `with op.get_context().autocommit_block():`",
    "atlas": "in a file of its own that begins with `-- atlas:txmode none` and an empty line",
    "dbmate": "alone in a migration that begins with `-- migrate:up transaction:false`",
    "django": "by RunSQL in a migration of its own with `atomic = False`",
    "diesel": "alone in a migration whose metadata.toml says `run_in_transaction = false`",
    "flyway": (
        "in a migration of its own, which Flyway then runs without a transaction (with "
        "`postgresql.transactional.lock=false`, else it waits for Flyway's own lock)"
    ),
    "golang-migrate": "alone in a migration of its own",
    "goose": "in a file of its own with `-- +goose NO TRANSACTION`",
    "knex": "in a migration of its own with `exports.config = { transaction: false }`",
    "liquibase": "in a changeset of its own with `runInTransaction:false`",
    "mikro-orm": "in a migration of its own whose `isTransactional()` returns false",
    "node-pg-migrate": "in a migration of its own that calls `pgm.noTransaction()`",
    "prisma": "alone in a migration of its own",
    "sqlx": "alone in a file whose first line is `-- no-transaction`",
    "typeorm": "in a migration of its own with `transaction = false`",
}
"""Where each tool runs a statement without a transaction."""

_BY = {
    "knex": "by `knex.raw()` ",
    "mikro-orm": "by `this.addSql()` ",
    "node-pg-migrate": "by `pgm.sql()` ",
    "typeorm": "by `queryRunner.query()` ",
}
"""What sends SQL as it is."""

_NOWHERE = {
    "drizzle": "Drizzle runs all pending migrations in one transaction",
    "kysely": "Kysely runs all pending migrations in one transaction",
    "supabase": "Supabase runs each migration in a transaction",
}
"""Tools that have no such place, with the reason."""

_OF_DJANGO = {
    "CREATE INDEX CONCURRENTLY": "AddIndexConcurrently",
    "DROP INDEX CONCURRENTLY": "RemoveIndexConcurrently",
}
_CONCURRENT = {
    ("node-pg-migrate", "createIndex"): "concurrently: true",
    ("node-pg-migrate", "dropIndex"): "concurrently: true",
    ("sequelize", "addIndex"): "concurrently: true",
    ("typeorm", "createIndex"): "isConcurrent: true",
}
"""The option by which a call builds or drops an index concurrently."""
_ESM = re.compile(r"^export\s", re.MULTILINE)
_DEFAULT = re.compile(r"\bdefault\s*=")
_UNIQUE = re.compile(r"\b(unique|primary_key)\s*=\s*True")
_CALLED = re.compile(r"(?:([\w.]+)\.)?(\w+)\(")
_SCRIPT_CONF = "in a migration of its own whose `.sql.conf` says `executeInTransaction=false`"
_FLYWAY_KNOWS = ("CREATE", "DROP", "VACUUM", "REINDEX SCHEMA", "REINDEX DATABASE", "ALTER SYSTEM")


def outside(ctx: Context, command: str = "CREATE INDEX CONCURRENTLY") -> str | None:
    """Where the statement runs without a transaction, "" if it does here; None if the tool has no
    such place."""
    wrapping = ctx.statement.transaction or ctx.script.transaction
    tool = ctx.project.tool
    # One statement that Prisma does not understand makes a transaction of the whole file.
    batch = tool == "prisma" and (
        command == "DROP INDEX CONCURRENTLY" or wrapping.certainty == "unknown"
    )
    if not ctx.transaction.open and not batch:
        return ""
    if ctx.transaction.explicit and wrapping.scope not in (*WRAPPED, "implicit-batch"):
        return "outside of the file's BEGIN and COMMIT"
    if _nowhere(ctx):
        return None
    if tool == "atlas" and wrapping.scope == "run":
        return f"{_OUTSIDE[tool]}, and call Atlas without `--tx-mode all`"
    if tool == "typeorm" and wrapping.scope == "run":
        return f"{_OUTSIDE[tool]}, and set `migrationsTransactionMode: 'each'`"
    if tool == "knex" and _ESM.search(ctx.script.source.text):
        return _OUTSIDE[tool].replace("exports.config", "export const config")
    if tool == "mikro-orm" and wrapping.scope == "run":
        # Else it waits, on a connection of its own, for the transaction around all the others.
        return f"{_OUTSIDE[tool]}, and set `migrations: {{ allOrNothing: false }}`"
    if tool == "flyway" and not command.startswith(_FLYWAY_KNOWS):
        return _SCRIPT_CONF
    return _OUTSIDE.get(
        tool,
        "in a file of its own that runs without a transaction, and say so at its head: "
        "`-- migralint: transaction=none`",
    )


def _nowhere(ctx: Context) -> str:
    """Why there is no place outside of the transaction; "" where there is one."""
    if ctx.project.tool == "typeorm" and ctx.script.direction == "down":
        return "TypeORM reverts in a transaction unless `migrationsTransactionMode` is none"
    return _NOWHERE.get(ctx.project.tool, "")


def write(
    ctx: Context, sql: str, command: str = "CREATE INDEX CONCURRENTLY", *, after: bool = False
) -> str:
    """Advice to write a statement that refuses a transaction instead: possible in the tool at hand,
    or by hand; `after` the migration, if it needs what this one makes."""
    if sql.startswith("CREATE UNIQUE INDEX"):
        command = "CREATE UNIQUE INDEX CONCURRENTLY"
    where = outside(ctx, command)
    if where is None and after:
        return (
            f"Leave it out here, and run `{sql}` by hand after the deploy, because"
            f" {_nowhere(ctx)}; an `IF [NOT] EXISTS` twin in a later migration serves"
            " new databases."
        )
    if where is None:
        return (
            f"Run `{sql}` by hand before the deploy, because {_nowhere(ctx)}; keep an "
            "`IF [NOT] EXISTS` twin here for new databases."
        )
    of, call = _call(ctx)
    if ctx.project.tool == "alembic" and command.endswith("INDEX CONCURRENTLY"):
        in_batch = of != "op" and "batch_alter_table" in ctx.script.source.text
        if call in ("create_index", "drop_index") and in_batch:
            return f"Call `op.{call}(…, postgresql_concurrently=True)` after the batch {where}."
        if call in ("create_index", "drop_index"):
            return f"Pass it `postgresql_concurrently=True` {where}".rstrip() + "."
    if (option := _CONCURRENT.get((ctx.project.tool, call))) and "INDEX CONCURRENTLY" in command:
        return f"Pass it `{option}` {where}".rstrip() + "."
    by = _BY.get(ctx.project.tool, "") if where else ""
    return f"Write `{sql}` {by}{where}".rstrip() + "."


def write_index(ctx: Context, sql: str, command: str, *, after: bool = False) -> str:
    """The same of an index that is built or dropped CONCURRENTLY: in Django it may be part of a
    field or constraint, which has no such operation (django/contrib/postgres/operations.py)."""
    call = _call(ctx)[1]
    text = ctx.statement.text
    if ctx.project.tool != "django" or not call or not outside(ctx, command):
        return write(ctx, sql, command, after=after)
    alone = "in a migration of its own with `atomic = False`"
    if call in ("AddIndex", "RemoveIndex"):
        return f"Write `{sql}` as `{_OF_DJANGO[command]}` {alone}."
    if call in ("AddField", "AlterField") and command.startswith("CREATE INDEX"):
        if not _UNIQUE.search(text):
            return (
                "Give the field `db_index=False` and the model an index with a name of at most 30"
                f" characters in Meta.indexes, and write `AddIndexConcurrently` for it {alone}."
            )
    if call.endswith("Field"):
        return (
            "Put this operation into the `state_operations` of a SeparateDatabaseAndState and what"
            f" it sends into RunSQL, of that `{sql}` {alone}."
        )
    return f"Write `{sql}` by RunSQL, with this operation in its `state_operations`, {alone}."


def _call(ctx: Context) -> tuple[str, str]:
    """What the statement calls, of which object; "" where it is not a call."""
    found = _CALLED.match(ctx.statement.text)
    return (found[1] or "", found[2]) if found else ("", "")


_TAKE_NOT_VALID = ("create_check_constraint", "create_foreign_key")
"""Alembic's calls that can say NOT VALID."""


def not_valid(ctx: Context) -> str:
    """How a constraint's call says NOT VALID, where the tool has calls for them."""
    called = ctx.project.tool == "alembic" and _call(ctx)[1] in _TAKE_NOT_VALID
    return " (`postgresql_not_valid=True`)" if called else ""


def default_of_python(ctx: Context) -> str:
    """What is to be said where a column has a default that the server never sees."""
    if ctx.project.tool != "alembic" or not _DEFAULT.search(ctx.statement.text):
        return ""
    return "`default=` is for INSERTs of the application; pass `server_default=`, too. "


def type_comes_first(ctx: Context, reason: str) -> str:
    """How a type is made that comes with tables only."""
    if ctx.project.tool != "alembic" or not reason.startswith("type "):
        return ""
    return (
        "`create_table` makes the type of an `sa.Enum`, `add_column` does not: call its"
        " `create(op.get_bind())` first. "
    )


def way_out(ctx: Context, command: str, *, after: bool = False) -> str:
    """Advice to move a statement out of its transaction; `after` the migration, if it needs what
    this one makes."""
    where = outside(ctx, command)
    if where is None:
        when = "after" if after else "before"
        return f"Run it by hand {when} the deploy: {_nowhere(ctx)}."
    if ctx.project.tool == "django":
        return "Put it in a migration of its own with `atomic = False`."
    return f"Put it {where}."


def by_hand(ctx: Context) -> str:
    """Where work that takes several transactions is done, if the tool has one only; else ""."""
    why = _nowhere(ctx)
    return f"after the deploy, by hand or by the application ({why})" if why else ""


def run_again(ctx: Context) -> str:
    """How the migration is run again once it has failed, as a command begins."""
    # Prisma refuses until it is told (its manual, "Patching and hotfixing": error P3009).
    if ctx.project.tool == "prisma":
        return f"call `prisma migrate resolve --rolled-back {ctx.migration.id}` and deploy again"
    return "run the migration again"


def then(ctx: Context) -> str:
    """Where the second step stands, so that it does not share the first one's transaction."""
    wrapping = ctx.statement.transaction or ctx.script.transaction
    if wrapping.scope == "run":
        return "in a migration of a later deploy"
    if wrapping.scope in ("none", "statement") and not ctx.transaction.open:
        return "in a statement of its own"
    return "in another migration"
