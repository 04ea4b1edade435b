"""Knex's part of a fix: `knex.raw()`, `config.transaction`, the next migration's name and text."""

from __future__ import annotations

import re

from migralint.finding import Finding, Fix
from migralint.migration import Script
from migralint.source import Edit, Span
from migralint.tools.idioms import next_version
from migralint.tools.javascript.calls import Call, literal
from migralint.tools.javascript.rewriting import NOTHING, Idiom, Text, rewritten
from migralint.tools.place import Place, Scene

_NAME = re.compile(r"(\d+)([_-]).*?(\.\w+)\Z")
_OBJECT = re.compile(r"^module\.exports\s*=", re.MULTILINE)
_EXPORTS = re.compile(r"^export\s", re.MULTILINE)
_CONFIG = re.compile(r"\bconfig\b")


def rewrite(scene: Scene, finding: Finding) -> Fix | None:
    """The fix that does what a finding's plan says; None where that takes people."""
    return rewritten(scene, finding, _IDIOM)


def _leave(script: Script) -> Edit | None:
    text = script.source.text
    if _CONFIG.search(text) or re.search(r"^export\s+default\b", text, re.MULTILINE):
        return None
    end = Span(len(text), len(text))
    return Edit(end, f"{'' if text.endswith(chr(10)) else chr(10)}\n{_config(text)}\n")


def _config(text: str) -> str:
    """The line that takes a file like this one out of the transaction."""
    if _EXPORTS.search(text):
        return "export const config = { transaction: false };"
    place = "module.exports" if _OBJECT.search(text) else "exports"
    return f"{place}.config = {{ transaction: false }};"


def _new(place: Place, call: Call, last: str, given: Text) -> tuple[str, str] | None:
    source = place.script.source
    before, own = (_NAME.match(each.rpartition("/")[2]) for each in (last, source.path))
    version = next_version(before[1]) if before is not None else None
    if version is None or own is None:
        return None
    folder = source.path[: len(source.path) - len(source.path.rpartition("/")[2])]
    path = f"{folder}{version}{own[2]}{given.title}{own[3]}"
    modern = _EXPORTS.search(source.text) is not None
    indent = call.indent if call.indent and not call.nested else "  "
    typed = modern and own[3] in (".ts", ".mts")
    parts = ['import type { Knex } from "knex";\n'] if typed else []
    if given.outside:
        modul = "export const config" if modern else "exports.config"
        parts.append(f"{modul} = {{ transaction: false }};\n")
    for name, sent in (("up", given.up), ("down", given.down)):
        lines = [f"await knex.raw({literal(each, source)});" for each in sent] or [NOTHING]
        if name == "down" and place.migration.down is None:
            continue
        parameter = "knex: Knex): Promise<void>" if typed else "knex)"
        head = (
            f"export async function {name}({parameter} {{"
            if modern
            else f"exports.{name} = async function (knex) {{"
        )
        body = "".join(f"{indent}{line}\n" for line in lines)
        parts.append(f"{head}\n{body}}}{'' if modern else ';'}\n")
    return path, "\n".join(parts)


def _takes(sql: str) -> bool:
    """`raw` takes a question mark for a parameter (Knex 3.3, `client.positionBindings`)."""
    return "?" not in sql


_IDIOM = Idiom(raw="raw", takes=_takes, leave=_leave, new=_new, back_leaves=True)
