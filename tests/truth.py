"""Recorded measurements of real servers, and how a claim is held against one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from migralint import dialects, engine
from migralint.finding import StatementEffects
from migralint.locks import MODES, STRENGTH
from migralint.migration import Migration, Project, Script, Transaction
from migralint.source import Source

FOLDER = Path(__file__).parent.parent / "fixtures" / "truth"
INDEXES = {"index", "partitioned index"}
Case = dict[str, Any]


def cases() -> Iterator[tuple[Case, int]]:
    """(case, server version) for everything recorded."""
    with (FOLDER / "postgresql.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            for version in case["versions"]:
                yield case, version


@cache
def _base() -> Script:
    text = (FOLDER / "postgresql.sql").read_text(encoding="utf-8")
    return _script("base.sql", text, "none")


def _script(path: str, text: str, scope: Any) -> Script:
    statements = dialects.load("postgresql").parse(text)
    return Script(Source(path, text), "up", statements, Transaction(scope))


def claims(case: Case, version: int) -> list[StatementEffects]:
    """What we say of the measured statements of a case."""
    setup = _script("base.sql", "".join(f"{each};\n" for each in case.get("setup", ())), "none")
    base = _base()
    base = replace(base, statements=(*base.statements, *setup.statements))
    before = case.get("pre", [])
    text = "".join(f"{each};\n" for each in [*before, *case["sql"]])
    measured = _script("case.sql", text, "file" if case.get("tx", True) else "none")
    project = Project(
        ".",
        "sql",
        "postgresql",
        (
            Migration("1", base, checked=False),
            Migration("2", measured),
        ),
    )
    return list(engine.locks_of(project, version))[len(before) :]


def differences(case: Case, version: int) -> dict[str, str]:
    """What we got wrong of a case, by aspect: fails, locks, rewrites, scans, indexes."""
    said = claims(case, version)
    if len(said) != len(case["sql"]):
        return {"statements": f"{len(said)} read, {len(case['sql'])} written"}
    effects = [each.effects for each in said]
    if any(each is None for each in effects):
        return {"understood": "a statement was not understood"}
    known = [each for each in effects if each is not None]
    fails = next((each.fails for each in known if each.fails), None)
    if "sqlstate" in case:
        right = fails is not None and fails.sqlstate[:2] == case["sqlstate"][:2]
        return {} if right else {"fails": f"server: {case['sqlstate']}; claimed: {fails}"}
    if fails:
        return {"fails": f"server: runs; claimed: {fails.sqlstate} {fails.reason}"}
    facts = case["relations"]

    def bare(name: object) -> str:
        return str(name).removeprefix("public.").replace('"', "")

    claimed: dict[str, int] = {}
    index_names = {name for name, fact in facts.items() if fact["kind"] in INDEXES}
    for each in known:
        for lock in each.locks:
            name = bare(lock.relation)
            claimed[name] = max(claimed.get(name, -1), STRENGTH[lock.mode])
            if lock.kind == "index":
                index_names.add(name)
    actual = {name: STRENGTH[fact["lock"]] for name, fact in facts.items() if "lock" in fact}

    def differing(floor: str, *, indexes: bool) -> list[str]:
        return [
            f"{name}: server {_mode(actual.get(name))}, claimed {_mode(claimed.get(name))}"
            for name in sorted({*actual, *claimed})
            if (name in index_names) == indexes
            and max(actual.get(name, -1), claimed.get(name, -1)) >= STRENGTH[floor]
            and actual.get(name) != claimed.get(name)
        ]

    def named(what: str, *, indexes: bool) -> set[str]:
        return {
            name
            for name, fact in facts.items()
            if fact.get(what) and (name in index_names) == indexes
        }

    wrong = {"locks": "; ".join(differing("ROW EXCLUSIVE", indexes=False))}
    rewritten = named("rewritten", indexes=False)
    rewrites = {bare(name) for each in known for name in each.rewrites}
    if rewritten != rewrites:
        wrong["rewrites"] = f"server {sorted(rewritten)}, claimed {sorted(rewrites)}"
    emptied = named("emptied", indexes=False)
    if case["group"] != "dml":  # There a plan decides.
        gone = rewritten | rewrites | emptied | named("dropped", indexes=False)
        scanned = named("scanned", indexes=False) - gone
        scans = {bare(name) for each in known for name in each.scans} - gone
        if scanned != scans:
            wrong["scans"] = f"server {sorted(scanned)}, claimed {sorted(scans)}"
    cleared = {name for name, fact in facts.items() if fact.get("table") in emptied}
    rebuilt = named("rebuilt", indexes=True) - cleared
    builds = {bare(name) for each in known for name in each.index_builds}
    builds = {name for name in builds if facts.get(name, {}).get("kind") in INDEXES} - cleared
    lines = differing("SHARE UPDATE EXCLUSIVE", indexes=True)
    if rebuilt != builds:
        lines.append(f"rebuilt: server {sorted(rebuilt)}, claimed {sorted(builds)}")
    wrong["indexes"] = "; ".join(lines)
    return {aspect: text for aspect, text in wrong.items() if text}


def _mode(strength: int | None) -> str:
    return "none" if strength is None else MODES[strength]
