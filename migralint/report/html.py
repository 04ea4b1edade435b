"""An audit of a whole repository: one page that asks nothing of a network.

The page is the template `page.html.jinja`; here is what goes into it. It is escaped by the template
engine, and its one script is allowed by its digest, so that nothing that stands in a migration can
run in a reader's browser.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Collection, Iterable
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from markupsafe import escape as escaped

from migralint import __version__
from migralint.finding import SEVERITIES, Finding, MigrationEffects, Report, StatementEffects
from migralint.locks import MODES, STRENGTH, Lock, blocks
from migralint.registry import family_of, load
from migralint.report import counted, many, summary
from migralint.report.places import Places
from migralint.report.terminal import TAB, escape

LINES = 30
"""Lines of a statement that are shown."""
WIDTH = 160
"""Characters of a statement in the picture of locks."""
CELLS = 60
"""Statements in the small picture beside a migration's name: those with the strongest locks."""
CHANGES = 40
"""Changes of the schema that are named for one migration."""
_CODE = re.compile(r"`([^`\n]+)`")


def render(report: Report, *, enabled: Collection[str], cwd: str, colour: bool = False) -> str:
    load()
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(prose=_prose, many=many, digest=_digest)
    gravest = sorted(counted(report), key=lambda each: -SEVERITIES.index(each.severity))
    findings = [_finding(number, finding) for number, finding in enumerate(gravest, start=1)]
    return (
        environment.get_template("page.html.jinja").render(
            title=os.path.basename(Places(cwd).root) or "migrations",
            version=__version__,
            counts={severity: summary(report)[severity] for severity in reversed(SEVERITIES)},
            ignored=len(report.findings) - len(findings),
            coverage=report.coverage,
            notes=report.notes,
            crashes=report.crashes,
            families=_families(findings),
            tables=_tables(findings, report.migrations),
            roots=_roots(report.migrations, findings),
            modes=MODES,
        )
        + "\n"
    )


def _finding(number: int, finding: Finding) -> dict[str, Any]:
    line, _ = finding.source.position(finding.span.start)
    text = finding.statement or finding.source.line(line)
    lines = text.expandtabs(TAB).splitlines()
    return {
        "id": f"f{number}",
        "code": finding.code,
        "name": finding.name,
        "family": family_of(finding.code),
        "severity": finding.severity,
        "assumed": finding.confidence == "assumed",
        "message": finding.message,
        "help": finding.help,
        "path": finding.path,
        "line": line,
        "migration": finding.migration,
        "statement": "\n".join(lines[:LINES]),
        "more": max(0, len(lines) - LINES),
        "tables": [_table(each) for each in finding.relations],
    }


def _families(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings by family, the family with the gravest and most of them first."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        by_name.setdefault(finding["family"], []).append(finding)
    families = [
        {"name": name, "findings": group, "counts": _counts(group)}
        for name, group in by_name.items()
    ]
    return sorted(families, key=_weight)


def _weight(group: dict[str, Any]) -> tuple[Any, ...]:
    return (*(-count for count in group["counts"].values()), group["name"])


def _tables(
    findings: Iterable[dict[str, Any]], migrations: Iterable[MigrationEffects]
) -> list[dict[str, Any]]:
    """Each table that something is said of, the one with the gravest and most findings first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        for table in finding["tables"]:
            found.setdefault(table, []).append(finding)
    life: dict[str, list[tuple[str, str]]] = {}
    for migration in migrations:
        for change in migration.changes:
            if change.table and change.table == change.name and change.verb != "changed":
                life.setdefault(change.table, []).append((change.verb, migration.id))
    tables = [
        {
            "name": name,
            "rules": _by_rule(group),
            "counts": _counts(group),
            "life": life.get(name, []),
        }
        for name, group in found.items()
    ]
    return sorted(tables, key=_weight)


def _by_rule(findings: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    rules: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        rules.setdefault(finding["name"], []).append(finding)
    return rules


def _counts(findings: Iterable[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = dict.fromkeys(reversed(SEVERITIES), 0)
    for finding in findings:
        counts[finding["severity"]] += 1
    return counts


def _roots(
    migrations: Iterable[MigrationEffects], findings: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The histories, each with its migrations in their order."""
    said: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for finding in findings:
        said.setdefault((finding["path"], finding["migration"]), []).append(finding)
    return [
        {
            "path": root,
            "tool": tool,
            "migrations": [_migration(each, said.get((each.path, each.id), [])) for each in group],
        }
        for (root, tool), group in groupby(migrations, key=lambda each: (each.root, each.tool))
    ]


def _migration(migration: MigrationEffects, findings: list[dict[str, Any]]) -> dict[str, Any]:
    # Nobody waits for a table that this migration makes.
    fresh = {
        change.name
        for change in migration.changes
        if change.verb == "made" and change.table == change.name
    }
    bars = [_bar(each, fresh) for each in migration.statements]
    tallest = sorted(range(len(bars)), key=lambda number: -bars[number]["strength"])[:CELLS]
    changes = [
        {"verb": change.verb, "kind": change.kind, "name": _changed(change.table, change.name)}
        for change in migration.changes
    ]
    return {
        "id": migration.id,
        "path": migration.path,
        "name": os.path.basename(migration.path),
        "statements": len(bars),
        "cells": [bars[number] for number in sorted(tallest)],
        # What locks nothing that stood before is no danger to anybody.
        "bars": [bar for bar in bars if bar["mode"] or bar["notes"]],
        "changes": changes[:CHANGES],
        "unnamed": max(0, len(changes) - CHANGES),
        "findings": findings,
        "counts": _counts(findings),
    }


def _changed(table: str, name: str) -> str:
    return name if not table or table == name else f"{table}.{name}"


def _bar(statement: StatementEffects, fresh: Collection[str]) -> dict[str, Any]:
    """A statement and the strongest lock that it takes on what is not fresh."""
    effects = statement.effects
    notes = []
    strongest: Lock | None = None
    others: list[Lock] = []
    if effects is None:
        notes.append("not understood")
    else:
        order = [lock for lock in effects.locks if _table(str(lock.relation)) not in fresh]
        order.sort(key=lambda lock: (-STRENGTH[lock.mode], lock.kind != "table"))
        strongest, others = (order[0] if order else None), order[1:]
        for word, names in (
            ("rewrites", effects.rewrites),
            ("scans", effects.scans),
            ("builds", effects.index_builds if order else ()),
        ):
            told = [_table(str(name)) for name in names]
            told = [name for name in told if name not in fresh]
            if told:
                notes.append(f"{word} {', '.join(told)}")
        if effects.fails:
            notes.append(f"fails: {effects.fails.reason}")
    text = " ".join(statement.text.split())
    stopped = blocks(strongest.mode) if strongest else ()
    return {
        "line": statement.line,
        "text": text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…",
        "mode": strongest.mode if strongest else "",
        "strength": STRENGTH[strongest.mode] + 1 if strongest else 0,
        "relation": _table(str(strongest.relation)) if strongest else "",
        "others": [f"{_table(str(lock.relation))} {lock.mode}" for lock in others],
        "blocks": ("all" if len(stopped) == 2 else "writes") if stopped else "nothing",
        "notes": notes,
    }


def _table(name: str) -> str:
    return name.removeprefix("public.")


def _shown(value: Any) -> Any:
    """Text as a page can hold it: no control characters, no lone surrogates."""
    if type(value) is str:
        return "\n".join(escape(line) for line in value.split("\n"))
    return value


def _prose(text: str) -> Markup:
    """A message: what stands between backticks is code."""
    parts = []
    at = 0
    for match in _CODE.finditer(text):
        parts += [escaped(_shown(text[at : match.start()]))]
        parts += [Markup("<code>{}</code>").format(_shown(match[1]))]
        at = match.end()
    return Markup("").join([*parts, escaped(_shown(text[at:]))])


def _digest(script: str) -> str:
    """A script as a content security policy names it."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
