"""Ignore comments: one grammar in every language's comments.

    migralint: ignore[MIG101, column-dropped] reason
    migralint: ignore-file[MIG1] reason

The first one speaks for its statement: trailing, on the line above, or on any line of it. A word
between the brackets that names no rule is a finding (unknown-ignore) and suppresses nothing; one
that nothing answered to is a finding too (unused-ignore). What comments say to other linters is
read in `neighbours`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from migralint.errors import UsageError
from migralint.finding import Finding, Fix, Suppression
from migralint.migration import Comment, Project, Script
from migralint.neighbours import Ignore, neighbours, reach
from migralint.registry import RULES, named, resolve
from migralint.source import Edit, Source, Span

_DIRECTIVE = re.compile(
    r"(?:--|\#|//|/\*|\*)\s*migralint:\s*(?P<word>[A-Za-z][\w-]*)(?P<value>\s*=)?"
    r"(?:[ \t]*\[(?P<rules>[^\]\n]*)\])?(?P<reason>(?:(?!\*/|(?:--|\#|//)\s*migralint:)[^\n])*)"
)
_WORD = re.compile(r"[^\s,][^,]*")

WORDS = ("ignore", "ignore-file")
OTHER_DIRECTIVES = frozenset({"transaction"})
"""Words after `migralint:` that readers act on."""


def suppress(
    findings: Iterable[Finding],
    projects: Iterable[Project],
    *,
    ran: Collection[str] | None = None,
    reasons: bool = False,
) -> list[Finding]:
    """All findings, those that a comment ignores marked so, and findings on the comments
    themselves.

    `ran` are the codes of the rules that ran (None: all): of another rule nobody can say that its
    ignore is unused. With `reasons` an ignore comment that gives none is told (unexplained-ignore),
    and suppresses nothing.
    """
    found = list(findings)
    told = {each.path for each in found}
    said: list[Finding] = []
    ignores: dict[str, list[Ignore]] = {}
    owners: dict[str, tuple[str, Source]] = {}
    comments: dict[str, tuple[Comment, ...]] = {}
    for project in projects:
        for migration in project.migrations:
            # Of a file that is only replayed, a finding may be told all the same: that it changed.
            if not migration.checked and migration.path not in told:
                continue
            for script in (migration.up, migration.down):
                if script is None or not script.comments or script.source.path in ignores:
                    continue
                path = script.source.path
                about: list[Finding] = []
                ignores[path] = list(
                    _read(script, migration.id, about, project.tool == "atlas", reasons)
                )
                if migration.checked:
                    owners[path] = migration.id, script.source
                    comments[path] = script.comments
                    said += about
    if not ignores:
        return found
    found = [_judged(finding, ignores.get(finding.path, ())) for finding in found]
    said = [_judged(finding, ignores[finding.path]) for finding in said]
    unused = named("unused-ignore").code
    for path, (identifier, source) in owners.items():
        here = ignores[path]
        for ignore in here:
            if ignore.ours and not ignore.used and _could_speak(ignore, ran, unused):
                message = f"ignore[{ignore.word}] suppresses nothing here."
                spoken = _finding(unused, message, "Remove it.", source, ignore.span, identifier)
                fix = _removal(source, comments[path], ignore.span)
                said.append(_judged(replace(spoken, fix=fix), here))
    if said:
        found = sorted((*found, *said), key=lambda each: (each.path, each.span.start, each.code))
    return found


def _judged(finding: Finding, ignores: Iterable[Ignore]) -> Finding:
    """The finding, marked where an ignore speaks for its place and its rule."""
    lines: tuple[int, int] | None = None
    for ignore in ignores:
        if finding.code not in ignore.codes:
            continue
        lines = lines or _lines(finding)
        if ignore.first <= lines[1] and lines[0] <= ignore.last:
            ignore.used = True
            if ignore.softens:
                finding = _softened(finding, ignore)
                continue
            if finding.suppressed is None:
                finding = replace(finding, suppressed=Suppression("inSource", ignore.reason))
    return finding


def _removal(source: Source, comments: Iterable[Comment], word: Span) -> Fix | None:
    """What takes a word out of an ignore comment, and the comment with its only word."""
    text = source.text
    comment = next(
        (each for each in comments if each.span.start < word.start < each.span.end), None
    )
    if comment is None:
        return None
    at = comment.span.start
    directive = next(
        (each for each in _DIRECTIVE.finditer(comment.text) if each.end() > word.start - at), None
    )
    if directive is None or directive["rules"] is None:
        return None
    if len(_WORD.findall(directive["rules"])) > 1:
        first, last = (at + place for place in directive.span("rules"))
        end = text.find(",", word.end, last)
        comma = text.rfind(",", first, word.start)
        span = Span(word.start, end + 1) if end >= 0 else Span(comma, word.end)
        while end >= 0 and text[span.end : span.end + 1] == " ":
            span = Span(span.start, span.end + 1)
        return Fix("Take the rule out of the comment", (Edit(span, ""),))
    whole = comment.text.strip().removesuffix("*/").strip()
    if directive.start() > 0 or directive.group().strip() != whole:
        return None  # The comment says something else, too.
    start, end = comment.span.start, comment.span.start + len(comment.text.rstrip())
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    if text[line:start].strip():
        start = len(text[:start].rstrip(" \t"))
    else:
        rest = re.compile(r"[ \t]*(?:\r\n?|\n|\Z)").match(text, end)
        start, end = (line, rest.end()) if rest is not None else (start, end)
    return Fix("Remove the comment", (Edit(Span(start, end), ""),))


def _softened(finding: Finding, ignore: Ignore) -> Finding:
    if finding.severity != "error":
        return finding
    message = f"{finding.message} A comment says to another linter that it is known: {ignore.word}."
    return replace(finding, severity="warning", message=message)


def _lines(finding: Finding) -> tuple[int, int]:
    """The first and last line of a finding's statement."""
    spans = [finding.span, finding.statement_span or finding.span]
    start = min(span.start for span in spans)
    end = max(span.end for span in spans)
    position = finding.source.position
    return position(start)[0], position(max(start, end - 1))[0]


def _could_speak(ignore: Ignore, ran: Collection[str] | None, unused: str) -> bool:
    """An ignore that stayed unused could have been used: every rule that it is about did run."""
    if ignore.codes == {unused}:
        return False
    if ran is None:
        return True
    about = {code for code in ignore.codes if RULES[code].default} or ignore.codes
    return about <= set(ran)


def _read(
    script: Script, migration: str, said: list[Finding], atlas: bool, reasons: bool
) -> Iterator[Ignore]:
    """The ignores of a script; what is wrong with them goes to `said`."""
    yield from neighbours(script, atlas=atlas)
    for comment in script.comments:
        for match in _DIRECTIVE.finditer(comment.text):
            if match["word"] not in OTHER_DIRECTIVES and not match["value"]:
                yield from _directive(script.source, comment, match, migration, said, reasons)


def _directive(
    source: Source,
    comment: Comment,
    match: re.Match[str],
    migration: str,
    said: list[Finding],
    reasons: bool,
) -> Iterator[Ignore]:
    unknown = named("unknown-ignore").code
    at = comment.span.start
    whole = Span(
        at + match.start("word"),
        at + (match.end("rules") + 1 if match["rules"] is not None else match.end("word")),
    )

    def say(message: str, help: str, span: Span, code: str = unknown) -> None:
        said.append(_finding(code, message, help, source, span, migration))

    word = match["word"].lower()
    if word not in WORDS:
        from difflib import get_close_matches

        if match["rules"] is None and not get_close_matches(word, (*WORDS, "disable", "noqa")):
            return  # prose
        say(
            f"`migralint: {match['word']}` is not understood.",
            "Write `migralint: ignore[…]`.",
            whole,
        )
        return
    if match["rules"] is None or not match["rules"].strip():
        say(
            f"`{word}` names no rule, so it suppresses nothing.",
            f"Name the rules, or write {word}[all].",
            whole,
        )
        return
    first, last = (
        (1, len(source.line_starts)) if word == "ignore-file" else reach(source, comment.span)
    )
    reason = match["reason"].strip(" \t:-")
    if reasons and not reason:
        say(
            f"`{word}` gives no reason, so it suppresses nothing.",
            f"Write why behind it: `{word}[{match['rules'].strip()}] because …`.",
            whole,
            named("unexplained-ignore").code,
        )
        return
    for name in _WORD.finditer(match["rules"]):
        text = name[0].strip()
        start = at + match.start("rules") + name.start()
        span = Span(start, start + len(text))
        try:
            codes = resolve(text)
        except UsageError as why:
            hint = str(why).partition("; ")[2]
            say(
                f"{text} is no rule, so this suppresses nothing.",
                f"{hint[:1].upper()}{hint[1:]}",
                span,
            )
            continue
        yield Ignore(text, codes, reason, span, first, last)


def _finding(
    code: str, message: str, help: str, source: Source, span: Span, migration: str
) -> Finding:
    rule = RULES[code]
    return Finding(
        code,
        rule.name,
        rule.severity,
        message,
        source.path,
        span,
        source,
        help=help,
        migration=migration,
    )
