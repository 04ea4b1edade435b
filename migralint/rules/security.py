"""Security: who may do and see what, once the migration has run."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding
from migralint.ops import (
    CreateFunction,
    CreatePolicy,
    CreateView,
    DropFunction,
    DropPolicy,
    DropTable,
    Grant,
    Other,
    SetRowSecurity,
    TableOp,
    Unknown,
)
from migralint.registry import rule
from migralint.rules._around import following, later, same
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import listed

_INVOKER = 15
"""The version from which on a view can read with the rights of whoever queries it."""


@rule("MIG901", on=CreateFunction, dialects=POSTGRESQL, severity=WARNING)
def definer_without_search_path(op: CreateFunction, ctx: Context) -> Iterator[Finding]:
    """A SECURITY DEFINER function that takes the caller's search_path runs whatever the caller puts
    there, with its owner's rights."""
    if not op.security_definer or op.search_path or fails(op, ctx) or _is_mended(op, ctx):
        return
    word = "procedure" if op.procedure else "function"
    yield ctx.finding(
        op,
        f"The {word} {op.name} runs with its owner's rights and looks names up in the caller's"
        " search_path: a caller who can make a table or an operator, if only a temporary one,"
        " decides what it runs.",
        help="Add `SET search_path = ''` and write each name in it with its schema.",
        relations=(op.name,),
    )


def _is_mended(op: CreateFunction, ctx: Context) -> bool:
    """A later statement sets its search_path, or drops it."""
    for statement in following(ctx):
        for each in statement.ops:
            if isinstance(each, DropFunction) and same(ctx, each.name, op.name):
                return True
            if isinstance(each, Other) and each.what.startswith("ALTER "):
                text = statement.text.lower()
                if op.name.name.lower() in text and "search_path" in text:
                    return True
    return False


_READABLE = frozenset({"table", "sequence", "view", "matview", "foreign table"})


@rule("MIG902", on=Grant, dialects=POSTGRESQL, severity=WARNING)
def granted_to_public(op: Grant, ctx: Context) -> Iterator[Finding]:
    """What is granted to PUBLIC every role has, also those that are made later."""
    if op.revoke or "public" not in op.roles or fails(op, ctx):
        return
    making = op.kind == "schema" and (not op.privileges or "create" in op.privileges)
    if not making and op.kind not in _READABLE:
        return
    privileges = [each.upper() for each in op.privileges] or ["every privilege"]
    where = "schema " if making else f"all {op.kind}s of schema " if op.all_in_schema else ""
    yield ctx.finding(
        op,
        f"This gives {listed(privileges, ctx)} on {where}{listed(map(str, op.objects), ctx)} to"
        " every role of the database, also to those that are made later.",
        help="Grant it to the role that needs it: `GRANT … TO app;`.",
        relations=() if making or op.all_in_schema else op.objects,
    )


@rule("MIG905", on=Grant, dialects=POSTGRESQL, severity=WARNING, default=False)
def granted_all(op: Grant, ctx: Context) -> Iterator[Finding]:
    """ALL on a table is more than reading and writing: it may be emptied, and have triggers put on
    it."""
    if op.revoke or op.privileges or op.kind != "table" or "public" in op.roles or fails(op, ctx):
        return
    where = "all tables of schema " if op.all_in_schema else ""
    yield ctx.finding(
        op,
        f"ALL on {where}{listed(map(str, op.objects), ctx)} includes TRUNCATE, TRIGGER and"
        f" REFERENCES, which {listed(op.roles, ctx)} hardly needs.",
        help="Name them: `GRANT SELECT, INSERT, UPDATE, DELETE ON …`.",
        relations=() if op.all_in_schema else op.objects,
    )


@rule("MIG903", on=(SetRowSecurity, DropPolicy), dialects=POSTGRESQL, severity=ERROR)
def row_security_without_policy(op: SetRowSecurity | DropPolicy, ctx: Context) -> Iterator[Finding]:
    """A table with row security and without a policy is empty for everybody but its owner."""
    table = ctx.existing(op.table)
    if table is None or not table.known or fails(op, ctx) or not ctx.is_live(op.table):
        return
    if isinstance(op, SetRowSecurity):
        if op.action != "ENABLE" or table.row_security:
            return
        left = [each.name for each in table.policies]
    else:
        left = [each.name for each in table.policies if each.name != op.name]
        if not table.row_security or len(left) == len(table.policies):
            return
    if left or _is_settled(op, ctx):
        return
    yield ctx.finding(
        op,
        f"{op.table} has row security and no policy after this migration: everybody but its owner"
        " and superusers sees no row of it, and cannot write any.",
        help="Write the policy in the same migration: `CREATE POLICY … ON … USING (…)`.",
    )


def _is_settled(op: TableOp, ctx: Context) -> bool:
    """A later statement makes a policy, or does away with row security or the table; or nobody
    knows what it does."""
    policies = (each.table for each in later(ctx, CreatePolicy))
    disabled = (each.table for each in later(ctx, SetRowSecurity) if each.action == "DISABLE")
    dropped = (each.table for each in later(ctx, DropTable))
    settled = any(same(ctx, name, op.table) for name in (*policies, *disabled, *dropped))
    return settled or any(True for _ in later(ctx, Unknown))


@rule("MIG904", on=SetRowSecurity, dialects=POSTGRESQL, severity=WARNING)
def row_security_disabled(op: SetRowSecurity, ctx: Context) -> Iterator[Finding]:
    """Without row security its policies are passed over, and whoever may read the table sees all of
    it."""
    table = ctx.existing(op.table)
    if op.action != "DISABLE" or fails(op, ctx) or not ctx.is_live(op.table):
        return
    if table is not None and table.known and not table.row_security:
        return
    enabled = (each.table for each in later(ctx, SetRowSecurity) if each.action == "ENABLE")
    dropped = (each.table for each in later(ctx, DropTable))
    if any(same(ctx, name, op.table) for name in (*enabled, *dropped)):
        return
    yield ctx.finding(
        op,
        f"From now on the policies of {op.table} are passed over: every role with SELECT sees all"
        " rows, every role with UPDATE may change all.",
        help="Change the policies instead; ALTER POLICY and CREATE POLICY work with it enabled.",
    )


@rule("MIG906", on=CreateView, dialects=POSTGRESQL, severity=WARNING, default=False)
def view_bypasses_row_security(op: CreateView, ctx: Context) -> Iterator[Finding]:
    """A view reads with its owner's rights, so it shows rows that a policy hides from whoever asks
    it."""
    if ctx.version < _INVOKER or op.materialized or op.temporary or fails(op, ctx):
        return
    if any(name == "security_invoker" and (value or "true") in _ON for name, value in op.options):
        return
    guarded = [
        table.name
        for name in op.query.reads
        if (table := ctx.existing(name)) is not None and table.row_security
    ]
    if guarded:
        yield ctx.finding(
            op,
            f"{op.view} reads {listed(guarded, ctx)} as the owner of the view, for whom row"
            " security mostly does not count: whoever may read the view sees all rows.",
            help=f"Write `CREATE VIEW {op.view} WITH (security_invoker = true) AS …`.",
            relations=(op.view,),
        )


_ON = frozenset({"true", "on", "yes", "1"})
