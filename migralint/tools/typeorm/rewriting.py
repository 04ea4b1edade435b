"""TypeORM's part of a fix: `queryRunner.query()`, `transaction = false`, the next class."""

from __future__ import annotations

import os
import re

from migralint.finding import Finding, Fix
from migralint.languages.tree import Function
from migralint.migration import Script
from migralint.source import Edit, Span
from migralint.tools.javascript.calls import Call, classes, literal, parsed
from migralint.tools.javascript.rewriting import NOTHING, Idiom, Text, rewritten
from migralint.tools.place import Place, Scene

_SAYS = re.compile(r"\btransaction\s*[?!]?\s*(?::[^=\n]*)?=")
_TYPED = (".ts", ".mts", ".cts")
_SECOND = 1000


def rewrite(scene: Scene, finding: Finding) -> Fix | None:
    """The fix that does what a finding's plan says; None where that takes people: in mode `all` no
    class may leave the transaction."""
    return rewritten(scene, finding, _IDIOM)


def _leave(script: Script) -> Edit | None:
    source = script.source
    module = parsed(source)
    if script.transaction.scope != "file" or module is None or _SAYS.search(source.text):
        return None
    here = [each.span.start for each in script.statements]
    kind = next(
        (each for each in classes(module)
         if each.body and any(each.span.start <= at < each.span.end for at in here)),
        None,
    )  # fmt: skip
    if kind is None:
        return None
    start = source.text.find("{", kind.span.start) + 1
    first = re.compile(r"\s*").match(source.text, start)
    assert first is not None
    apart = script.source.text[start : first.end()]
    if isinstance(kind.body[0], Function):
        apart = apart.replace("\n", "\n\n" if "\r" not in apart else "\n\r\n", 1)
    return Edit(Span(first.end(), first.end()), f"transaction = false;{apart}")


def _new(place: Place, call: Call, last: str, given: Text) -> tuple[str, str] | None:
    """TypeORM knows the order by the class; files named one by one in the DataSource are left to
    people."""
    if given.outside and place.script.transaction.scope != "file":
        return None
    source = place.script.source
    times = [each.written for each in place.project.migrations if each.written is not None]
    made = [int(found[1]) for each in (last,) if (found := re.search(r"(\d{13})-", each))]
    stamp = max([*times, *made], default=0) + _SECOND
    ending = os.path.splitext(source.path)[1]
    words = "".join(each.capitalize() for each in given.title.split("_"))
    folder = source.path[: len(source.path) - len(source.path.rpartition("/")[2])]
    if not re.match(r"\d{13}-", source.path.rpartition("/")[2]):
        return None
    typed = ending in _TYPED
    ends = call.ends
    inner = call.indent if call.indent and not call.nested else " " * 8
    outer = inner[: len(inner) // 2]
    lines = []
    if typed:
        quote = "'" if literal("", source)[0] == "'" else '"'
        lines += [
            f"import {{ MigrationInterface, QueryRunner }} from {quote}typeorm{quote}{ends}",
            "",
            f"export class {words}{stamp} implements MigrationInterface {{",
        ]
    elif re.search(r"^export\s", source.text, re.MULTILINE):
        lines.append(f"export class {words}{stamp} {{")
    else:
        lines.append(f"module.exports = class {words}{stamp} {{")
    if given.outside:
        lines += [f"{outer}transaction = false{ends}", ""]
    for name, sent in (("up", given.up), ("down", given.down)):
        kind = "public async" if typed else "async"
        signature = "queryRunner: QueryRunner): Promise<void>" if typed else "queryRunner)"
        lines.append(f"{outer}{kind} {name}({signature} {{")
        calls = [f"await queryRunner.query({literal(each, source)}){ends}" for each in sent]
        lines += [f"{inner}{each}" for each in calls or [NOTHING]]
        lines += [f"{outer}}}", ""]
    lines[-1] = "}" + (ends if lines[0].startswith("module.exports") else "")
    return f"{folder}{stamp}-{words}{ending}", "\n".join(lines) + "\n"


_IDIOM = Idiom(raw="query", takes=lambda sql: True, leave=_leave, new=_new)
