"""What each statement does to the database, judged by nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from migralint.finding import StatementEffects
from migralint.locks import Effects, blocks
from migralint.report import utf8
from migralint.report.terminal import Style, escape


def render_json(statements: Iterable[StatementEffects]) -> str:
    """One object with all statements: the format that outside checks rely on."""
    entries = [
        {
            "path": utf8(each.path),
            "line": each.line,
            "column": each.column,
            "migration": each.migration,
            "direction": each.direction,
            "text": each.text,
            "operations": each.operations,
            "in_transaction": each.in_transaction,
            "effects": None if each.effects is None else _effects(each.effects),
        }
        for each in statements
    ]
    return msgspec.json.encode({"statements": entries}).decode() + "\n"


def _effects(effects: Effects) -> dict[str, Any]:
    fails = effects.fails
    return {
        "locks": [
            {
                "relation": str(lock.relation),
                "kind": lock.kind,
                "mode": lock.mode,
                "blocks": blocks(lock.mode),
            }
            for lock in effects.locks
        ],
        "rewrites": [str(name) for name in effects.rewrites],
        "scans": [str(name) for name in effects.scans],
        "index_builds": [str(name) for name in effects.index_builds],
        "fails": fails and {"sqlstate": fails.sqlstate, "reason": fails.reason},
    }


def render_text(statements: Iterable[StatementEffects], *, colour: bool = False) -> str:
    """A paragraph a statement: where, what, and one line an effect."""
    style = Style(colour)
    return "\n".join(_paragraph(each, style) for each in statements)


def _paragraph(each: StatementEffects, style: Style) -> str:
    place = f"{escape(each.path)}:{each.line}:{each.column}"
    text = " ".join(each.text.split())
    shown = escape(text if len(text) <= 100 else text[:99] + "…")
    lines = [f"{style.place(place)}  {style.strong(shown)}"]
    where = "in a transaction" if each.in_transaction else "by itself"
    lines.append(f"  {'does':<9} {', '.join(each.operations) or 'nothing'}, {where}")
    effects = each.effects
    if effects is None:
        lines.append(
            f"  {'effects':<9} {style.warning('not known: the statement could not be understood')}"
        )
        return "\n".join(lines) + "\n"
    width = max((len(str(lock.relation)) for lock in effects.locks), default=0)
    for lock in effects.locks:
        stops = blocks(lock.mode)
        what = f", blocks {' and '.join(stops)}" if stops else ""
        mode = (
            style.error(lock.mode)
            if len(stops) == 2
            else style.warning(lock.mode)
            if stops
            else lock.mode
        )
        kind = f" ({lock.kind})" if lock.kind != "table" else ""
        lines.append(f"  {'locks':<9} {escape(str(lock.relation)):<{width}}  {mode}{what}{kind}")
    for word, names in (
        ("rewrites", effects.rewrites),
        ("scans", effects.scans),
        ("builds", effects.index_builds),
    ):
        lines.extend(f"  {word:<9} {escape(str(name))}" for name in names)
    if effects.fails:
        why = escape(f"{effects.fails.reason} ({effects.fails.sqlstate})")
        lines.append(f"  {'fails':<9} {style.error(why)}")
    return "\n".join(lines) + "\n"
