"""Compatibility: columns and tables that go, with what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migralint.context import Context
from migralint.finding import ERROR, WARNING, Finding
from migralint.ops import Column, CreateTable, DropColumn, DropTable, Insert, RenameTable
from migralint.ops.base import Name, quoted
from migralint.registry import rule
from migralint.rules._around import (
    added_again,
    added_here,
    beside,
    earlier,
    later,
    named_here,
    renamed_here,
    same,
)
from migralint.rules._defines import verb
from migralint.rules._hazards import fails
from migralint.rules._left import (
    copied_to,
    emptied,
    given_up,
    kept,
    must_be_written,
    nulled,
    proven_empty,
    rows_to,
    successor,
    table_given_up,
)
from migralint.rules._words import listed


@rule("MIG203", on=DropColumn, severity=WARNING)
def column_dropped(op: DropColumn, ctx: Context) -> Iterator[Finding]:
    """Dropping a column loses what it holds, and breaks the code that is running if it still names
    it."""
    if not ctx.effects(op).loses or fails(op, ctx) or not ctx.is_live(op.table):
        return
    first = next(columns_going(op, ctx), None)
    if first is None or first[0] is not op:
        return  # One finding speaks of all that the statement drops.
    going = list(columns_going(op, ctx))
    label = columns_label(going)
    prepared = dict.fromkeys(given_up(column, ctx) for _, column in going)
    empty = proven_empty(op.table, ctx)
    message = f"Dropping {label} {loss_of_columns(op, going, ctx)}."
    written = [quoted(each.column) for each, column in going if column and must_be_written(column)]
    if written and not empty:
        message += (
            f" {listed(written, ctx)} {verb(written, 'is', 'are')} NOT NULL without a default, so"
            " every INSERT of the code that is running has to name it."
        )
    if "" not in prepared:
        how = listed((f"an earlier migration {each}" for each in prepared), ctx)
        message += f" It seems to be given up already: {how}."
    yield ctx.finding(
        op,
        message,
        help=_optional_first(written, ctx)
        + _acknowledge("", label)
        + "`-- migralint: ignore[column-dropped] unused since …`.",
        severity=ERROR if _is_in_use(going, ctx) and not empty and "" in prepared else None,
    )


Going = Sequence[tuple[DropColumn, Column | None]]


def columns_going(op: DropColumn, ctx: Context) -> Iterator[tuple[DropColumn, Column | None]]:
    """The columns that the statement takes from the table for good, with what is known of them."""
    table = ctx.before(op.table)
    for each in beside(ctx, DropColumn):
        if not same(ctx, each.table, op.table):
            continue
        column = table.column(each.column) if table else None
        if column is None and (each.if_exists or (table and table.known)):
            continue
        if _spoken_of(each, ctx) or added_again(ctx, op.table, each.column):
            continue  # The latter is a rule of its own,
        if successor(each, ctx):
            continue  # and so is what is left of this: a change of type.
        yield each, column


def _spoken_of(op: DropColumn, ctx: Context) -> bool:
    """The migration gave the column its name, so that no code uses it; where it had another one
    before, column-renamed (MIG202) said what is lost."""
    if renamed_here(ctx, op.table):
        return added_here(ctx, op.table, op.column)
    return named_here(ctx, op.table, op.column)


def _is_in_use(going: Going, ctx: Context) -> bool:
    """The code that is running does name one of them: it has to write it, or what takes its place
    comes with this very migration. Of any other column nothing here tells."""
    here = ctx.schema.migration
    return any(
        must_be_written(column) or (column.copied is not None and column.copied.migration == here)
        for _, column in going
        if column is not None
    )


def columns_label(going: Going) -> str:
    """ "users.name", "name, age and 3 more of users"."""
    first, _ = going[0]
    return first.label if len(going) == 1 else f"{_names(going)} of {first.table}"


def _names(going: Going) -> str:
    names = [quoted(op.column) for op, _ in going]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def loss_of_columns(op: DropColumn, going: Going, ctx: Context) -> str:
    """What it comes to that they go."""
    one = len(going) == 1
    uses = f"every query that still names {'it' if one else 'one of them'}"
    if proven_empty(op.table, ctx) or emptied(op.table, ctx):
        return f"makes {uses} fail, though no row is left that holds anything"
    filled = [(each, c) for each, c in going if not (c and c.generated)]
    filled = [(each, c) for each, c in filled if not nulled(op.table, each.column, ctx)]
    if not filled:
        return f"makes {uses} fail"
    lost = [(each, c) for each, c in filled if not kept(c, ctx)]
    copied = [(each, c) for each, c in filled if kept(c, ctx)]

    def held(some: Going) -> str:
        if len(some) == len(going):
            return "it holds" if one else "they hold"
        return f"{_names(some)} {verb(some, 'holds', 'hold')}"

    words = [f"loses what {held(lost)} for good"] if lost else []
    if copied:
        places = listed(copied_to(c for _, c in copied if c), ctx)
        words.append(f"leaves of what {held(copied)} only what went into {places}")
    return f"{' and '.join(words)}, and {uses} fails" if words else f"makes {uses} fail"


def _optional_first(columns: Sequence[str], ctx: Context) -> str:
    """Code that does not write such columns any more could insert nothing while they stand."""
    if not columns:
        return ""
    return (
        f"Drop NOT NULL from {listed(columns, ctx)} in a migration of its own, so that INSERTs may"
        " leave out what is to go. "
    )


def _acknowledge(instead: str, label: str) -> str:
    if instead:
        return f"{instead}; if it is meant, say so: "
    return f"Deploy code that neither reads nor writes {label} first; then say so: "


@rule("MIG204", on=DropTable, severity=ERROR)
def table_dropped(op: DropTable, ctx: Context) -> Iterator[Finding]:
    """Dropping a table loses its rows, and breaks the code that is running if it still uses it."""
    if not ctx.effects(op).loses or fails(op, ctx) or not ctx.is_live(op.table):
        return
    if _rebuilt(op, ctx):
        return
    successor = _swapped(op, ctx)
    if successor is not None:
        yield ctx.finding(
            op,
            f"Dropping {op.label} for {successor}, which takes its name, loses the rows that were"
            " not copied there, and takes away from queries the columns that only the old one has.",
            help=(
                "See that every row is there, also those that were written meanwhile, and that the"
                " code that is running works with both; then say so:"
                " `-- migralint: ignore[table-dropped] copied to …`."
            ),
            severity=WARNING,
        )
        return
    again = any(same(ctx, each.table, op.table) for each in later(ctx, CreateTable))
    twin = " The table of that name that is created again starts empty." if again else ""
    table = ctx.existing(op.table)
    before = table_given_up(table, ctx) if table is not None and not again else ""
    seems = f" It seems to be given up already: earlier migrations {before}."
    yield ctx.finding(
        op,
        f"Dropping {op.label} {loss_of_table(op, ctx)}.{seems if before else twin}",
        help=_acknowledge("Alter the table instead of making it anew" if again else "", op.label)
        + "`-- migralint: ignore[table-dropped] unused since …`.",
        severity=WARNING if before or proven_empty(op.table, ctx) else None,
    )


def _swapped(op: DropTable, ctx: Context) -> Name | None:
    """The table of an earlier migration that takes the dropped one's name."""
    old = ctx.schema.resolve(op.table)
    for rename in (*beside(ctx, RenameTable), *later(ctx, RenameTable)):
        if rename.to == old.name and ctx.existing(rename.table) and ctx.is_live(rename.table):
            return rename.table
    return None


def loss_of_table(op: DropTable, ctx: Context) -> str:
    """What it comes to that it goes."""
    uses = "every query that still uses it"
    if proven_empty(op.table, ctx) or emptied(op.table, ctx):
        return f"makes {uses} fail, though it holds no row any more"
    table = ctx.existing(op.table)
    places = rows_to(table.columns) if table else []
    if places:
        return f"leaves of its rows only what went into {listed(places, ctx)}, and {uses} fails"
    return f"loses its rows for good, and {uses} fails"


def _rebuilt(op: DropTable, ctx: Context) -> bool:
    """A table that this migration made and filled from the dropped one takes its place: nothing is
    lost."""
    old = ctx.schema.resolve(op.table)
    for rename in (*beside(ctx, RenameTable), *later(ctx, RenameTable)):
        if rename.to != old.name or ctx.is_live(rename.table):
            continue
        fills = []
        for found in (earlier, beside):
            fills += [(each.table, each.query) for each in found(ctx, Insert)]
            fills += [(each.table, each.query) for each in found(ctx, CreateTable)]
        if any(
            query and same(ctx, table, rename.table) and old in map(ctx.schema.resolve, query.reads)
            for table, query in fills
        ):
            return True
    return False
