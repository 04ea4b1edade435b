"""CASCADE: what goes along without being named."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import ERROR, Finding
from migralint.ops import (
    AddConstraint,
    CreateTrigger,
    CreateView,
    DropColumn,
    DropConstraint,
    DropExtension,
    DropFunction,
    DropSchema,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    Name,
    Op,
)
from migralint.registry import rule
from migralint.rules._around import beside, later, same
from migralint.rules._hazards import POSTGRESQL, fails
from migralint.rules._words import listed, shown
from migralint.rules.compatibility_drops import (
    columns_going,
    columns_label,
    loss_of_columns,
    loss_of_table,
)


@rule(
    "MIG306",
    on=(
        DropTable,
        DropView,
        DropColumn,
        DropConstraint,
        DropType,
        DropSchema,
        DropExtension,
        DropFunction,
    ),
    dialects=POSTGRESQL,
    severity=ERROR,
    once=True,
    instead_of=("MIG203", "MIG204", "MIG206"),
)
def cascade_drop(op: Op, ctx: Context) -> Iterator[Finding]:
    """DROP … CASCADE takes along what the statement does not name."""
    if not getattr(op, "cascade", False) or fails(op, ctx):
        return
    reached = _reached(op, ctx)
    if not reached:
        return
    relations: tuple[Name, ...] = ()
    if isinstance(op, DropView):
        relations = (op.view,)
    elif isinstance(op, DropType):
        relations = tuple(lock.relation for lock in ctx.effects(op).locks if lock.kind == "table")
    yield ctx.finding(
        op,
        f"CASCADE also drops {listed(reached, ctx)}, which nobody who reads this statement sees."
        f"{_besides(op, ctx)}",
        help="Drop each by name, in an order that needs no CASCADE.",
        relations=relations,
    )


def _besides(op: Op, ctx: Context) -> str:
    """What the statement does beside that to what it names, if others can see that."""
    if isinstance(op, DropColumn) and ctx.is_live(op.table):
        going = list(columns_going(op, ctx))
        if going:
            return f" Dropping {columns_label(going)} {loss_of_columns(op, going, ctx)}."
    if isinstance(op, DropTable) and ctx.is_live(op.table):
        return f" Dropping {op.label} {loss_of_table(op, ctx)}."
    if isinstance(op, (DropView, DropFunction, DropType, DropSchema, DropExtension)):
        return " All code that still uses what it names fails."
    return ""


def _reached(op: Op, ctx: Context) -> list[str]:
    """What goes with the object, for people; without what only this migration knows, and without
    what it drops, or makes anew, by name afterwards."""
    schema = ctx.schema
    if isinstance(op, (DropType, DropSchema, DropExtension)):
        return list(ctx.effects(op).loses)
    if isinstance(op, (DropTable, DropView)):
        name = schema.resolve(op.table if isinstance(op, DropTable) else op.view)
        together = {schema.resolve(each) for each in op.together} | {name}
        return [*_keys(name, None, together, ctx), *_views(name, None, together, ctx)]
    if isinstance(op, DropColumn):
        name = schema.resolve(op.table)
        table = schema.table(op.table)
        gone = {each.column for each in beside(ctx, DropColumn) if same(ctx, each.table, op.table)}
        generated = [
            f"column {each.name}"
            for each in (table.columns if table else ())
            if each.generated and op.column in each.generated.columns and each.name not in gone
        ]
        keys = _keys(name, (op.column,), {name}, ctx)
        return [*generated, *keys, *_views(name, op.column, set(), ctx)]
    if isinstance(op, DropConstraint):
        name = schema.resolve(op.table)
        table = schema.table(op.table)
        constraint = table.constraint(op.name) if table else None
        return _keys(name, constraint.columns, {name}, ctx) if constraint else []
    assert isinstance(op, DropFunction)
    return list(_callers(op, ctx))


def _keys(
    table: Name, columns: tuple[str, ...] | None, without: set[Name], ctx: Context
) -> list[str]:
    """Foreign keys of other tables that refer to a table, or to these columns of it."""
    return [
        f"foreign key {key.name} of {shown(other.name, ctx)}"
        for other, key in ctx.schema.referencing(table)
        if other.name not in without
        and (columns is None or set(columns) & set(key.referenced_columns))
        and ctx.is_live(other.name)
        and not _key_named(other.name, key.name or "", key.columns, ctx)
    ]


def _key_named(table: Name, key: str, columns: tuple[str, ...], ctx: Context) -> bool:
    """The migration drops the key's table, a column of it or the key by name, or makes it again."""
    return (
        any(same(ctx, each.table, table) for each in later(ctx, DropTable))
        or any(
            each.column in columns and same(ctx, each.table, table)
            for each in later(ctx, DropColumn)
        )
        or any(
            each.name == key and same(ctx, each.table, table) for each in later(ctx, DropConstraint)
        )
        or any(
            same(ctx, each.table, table) and each.constraint.columns == columns
            for each in later(ctx, AddConstraint)
        )
    )


def _views(table: Name, column: str | None, without: set[Name], ctx: Context) -> list[str]:
    """Views that read a relation, or a column of it."""
    found = []
    for name in ctx.schema.readers.get(table, ()):
        view = ctx.schema.relations.get(name)
        if view is None or name in without or not ctx.is_live(name):
            continue
        if column is not None and (table, column) not in view.uses:
            continue
        made_again = any(same(ctx, each.view, name) for each in later(ctx, CreateView))
        if not made_again and not any(same(ctx, each.view, name) for each in later(ctx, DropView)):
            found.append(f"view {shown(name, ctx)}")
    return found


def _callers(op: DropFunction, ctx: Context) -> Iterator[str]:
    """Triggers that run the function, and defaults that call it."""
    named = [(each.name, each.table) for each in later(ctx, CreateTrigger)]
    named += [(each.name, each.table) for each in later(ctx, DropTrigger)]
    for name in dict.fromkeys(lock.relation for lock in ctx.effects(op).locks):
        table = ctx.schema.relations.get(name)
        if table is None or not ctx.is_live(name):
            continue
        for trigger in table.triggers:
            if trigger.function and trigger.function.name == op.name.name:
                if not any(t == trigger.name and same(ctx, on, name) for t, on in named):
                    yield f"trigger {trigger.name} of {shown(name, ctx)}"
        for column in table.columns:
            if column.default and op.name.name in column.default.functions:
                yield f"the default of {shown(name, ctx)}.{column.name}"
