"""How findings speak: of tables by the names that people write, of locks by what they keep
waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migralint.context import Context
from migralint.locks import STRENGTH, blocks
from migralint.ops import Name, Op

MANY = 3
"""Names in a row before the others are only counted."""


def shown(name: Name, ctx: Context) -> str:
    """A relation's name, without the schema that the search path finds it in."""
    return str(Name(name.name) if name.schema in ctx.schema.search_path else name)


def listed(names: Iterable[Name | str], ctx: Context) -> str:
    """ "a", "a and b", "a, b and c", "a, b, c and 4 more"."""
    words = list(
        dict.fromkeys(shown(each, ctx) if isinstance(each, Name) else each for each in names)
    )
    if len(words) > MANY + 1:
        words[MANY:] = [f"{len(words) - MANY} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def a_lock(mode: str, on: str) -> str:
    """ "a SHARE lock, which blocks writes to users"."""
    article = "an" if mode[0] in "AE" else "a"
    return f"{article} {mode} lock, which blocks {_kept(mode)} {on}"


def _kept(mode: str) -> str:
    kept = blocks(mode)
    return "reads and writes of" if "reads" in kept else "writes to" if kept else "other DDL on"


def its_lock(op: Op, ctx: Context, *tables: Name) -> str:
    """The strongest lock that the operation takes on these tables, and what it blocks there."""
    names = set(map(ctx.schema.resolve, tables))
    modes = (lock.mode for lock in ctx.effects(op).locks if lock.relation in names)
    mode = max(modes, key=STRENGTH.__getitem__, default="ACCESS EXCLUSIVE")
    waited_for = [table for table in tables if ctx.is_live(table)] or tables
    return a_lock(mode, listed(waited_for, ctx))


def meanwhile(op: Op, ctx: Context) -> str:
    """What earlier statements of the transaction keep waiting beside, while the operation works; ""
    if nothing more."""
    effects = ctx.effects(op)
    worse = {
        name: mode
        for name in ctx.transaction.held
        if (mode := ctx.transaction.strongest(name))
        if len(blocks(mode)) > len(blocks(effects.mode(name) or "ACCESS SHARE"))
        if name in ctx.schema.relations and ctx.is_live(name)
    }
    if not worse:
        return ""
    before = {name: held for name, held in worse.items() if ctx.transaction.earlier(name) == held}
    own = {name: held for name, held in worse.items() if name not in before}
    return "".join(
        f" {who} also holds {_strongest(held, ctx)}{since}, where"
        f" {'reads and writes wait' if _stops_reads(held) else 'writes wait'} just as long."
        for who, held, since in (
            ("For another of its clauses the statement", own, ""),
            ("The transaction", before, " from an earlier statement"),
        )
        if held
    )


def _strongest(held: Mapping[Name, str], ctx: Context) -> str:
    """ "ACCESS EXCLUSIVE on a and b", of what is held the strongest."""
    mode = max(held.values(), key=STRENGTH.__getitem__)
    return f"{mode} on {listed((name for name, each in held.items() if each == mode), ctx)}"


def _stops_reads(held: Mapping[Name, str]) -> bool:
    return any("reads" in blocks(mode) for mode in held.values())


def since(tables: Iterable[Name], ctx: Context) -> str:
    """Who holds these locks, and since when, as a sentence begins."""
    if any(ctx.transaction.earlier(name) for name in tables):
        return "Since an earlier statement the transaction holds"
    return "For another of its clauses the statement holds"


def whole(tables: tuple[Name, ...], of: Name, ctx: Context) -> str:
    """ "the whole table", where that is the one spoken of; else "all of a and b"."""
    return (
        "the whole table"
        if tables == (ctx.schema.resolve(of),)
        else f"all of {listed(tables, ctx)}"
    )


def plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def kind_word(kind: str) -> str:
    return {"matview": "materialized view"}.get(kind, kind)
