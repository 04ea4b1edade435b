"""How to get out of a transaction, a tool at a time, and which step has to wait for which."""

from __future__ import annotations

from migralint.context import Context
from migralint.session import WRAPPED

_OUTSIDE = {
    "atlas": "in a file of its own that begins with `-- atlas:txmode none` and an empty line",
    "dbmate": "alone in a migration that begins with `-- migrate:up transaction:false`",
    "diesel": "alone in a migration whose metadata.toml says `run_in_transaction = false`",
    "flyway": (
        "in a migration of its own, which Flyway then runs without a transaction (with "
        "`postgresql.transactional.lock=false`, else it waits for Flyway's own lock)"
    ),
    "golang-migrate": "alone in a migration of its own",
    "goose": "in a file of its own with `-- +goose NO TRANSACTION`",
    "liquibase": "in a changeset of its own with `runInTransaction:false`",
    "prisma": "alone in a migration of its own",
    "sqlx": "alone in a file whose first line is `-- no-transaction`",
}
"""Where each tool runs a statement without a transaction."""

_NOWHERE = {
    "drizzle": "Drizzle runs all pending migrations in one transaction",
    "supabase": "Supabase runs each migration in a transaction",
}
"""Tools that have no such place, with the reason."""

_SCRIPT_CONF = "in a migration of its own whose `.sql.conf` says `executeInTransaction=false`"
_FLYWAY_KNOWS = ("CREATE", "DROP", "VACUUM", "REINDEX SCHEMA", "REINDEX DATABASE", "ALTER SYSTEM")


def outside(ctx: Context, command: str = "CREATE INDEX CONCURRENTLY") -> str | None:
    """Where the statement runs without a transaction, "" if it does here; None if the tool has no
    such place."""
    if not ctx.transaction.open:
        return ""
    wrapping = ctx.statement.transaction or ctx.script.transaction
    tool = ctx.project.tool
    if ctx.transaction.explicit and wrapping.scope not in WRAPPED:
        return "outside of the file's BEGIN and COMMIT"
    if tool in _NOWHERE:
        return None
    if tool == "flyway" and not command.startswith(_FLYWAY_KNOWS):
        return _SCRIPT_CONF
    return _OUTSIDE.get(
        tool,
        "in a file of its own that runs without a transaction, and say so at its head: "
        "`-- migralint: transaction=none`",
    )


def write(ctx: Context, sql: str, command: str = "CREATE INDEX CONCURRENTLY") -> str:
    """Advice to write a statement that refuses a transaction instead: possible in the tool at hand,
    or by hand."""
    where = outside(ctx, command)
    if where is None:
        return (
            f"Run `{sql}` by hand before the deploy, because {_NOWHERE[ctx.project.tool]}; keep an "
            "`IF [NOT] EXISTS` twin here for new databases."
        )
    return f"Write `{sql}` {where}".rstrip() + "."


def way_out(ctx: Context, command: str) -> str:
    """Advice to move a statement out of its transaction."""
    where = outside(ctx, command)
    if where is None:
        return f"Run it by hand before the deploy: {_NOWHERE[ctx.project.tool]}."
    return f"Put it {where}."


def then(ctx: Context) -> str:
    """Where the second step stands, so that it does not share the first one's transaction."""
    wrapping = ctx.statement.transaction or ctx.script.transaction
    if wrapping.scope == "run":
        return "in a migration of a later deploy"
    if wrapping.scope in ("none", "statement") and not ctx.transaction.open:
        return "in a statement of its own"
    return "in another migration"
