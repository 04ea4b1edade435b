"""Atlas: <version>[_<name>].sql in the order of their names, and atlas.sum, which holds their
checksums.

A file's statements are sent one by one, in a transaction of the file's own unless --tx-mode or the
file says otherwise. `atlas_file` reads what a file says, `atlas_project` what the project says.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from migralint.migration import (
    Direction,
    Kind,
    Migration,
    Problem,
    Project,
    Root,
    Script,
    Statement,
    Transaction,
)
from migralint.ops import Unknown
from migralint.source import Source, Span
from migralint.tools import atlas_file, atlas_sum, templates
from migralint.tools.atlas_project import SCOPES, transaction, tx_mode
from migralint.tools.files import (
    Parse,
    empty,
    is_checked,
    load,
    marked,
    script,
    shown,
    sql_files,
    wrapped,
)

_CHECK = Transaction("none", "certain", "Atlas runs the checks before it opens a transaction")
_BATCH = Transaction(
    "implicit-batch",
    "certain",
    "Atlas sends what stands between two delimiters as one query, which PostgreSQL runs as one "
    "transaction if it holds several statements",
)
_TEMPLATE = "a template gives statements that are not seen"
_LOSSES = {
    "txmode": "The file runs in a transaction, where CONCURRENTLY and its like fail.",
    "txtar": "All parts of the file run as one migration, the way back as well.",
    "checkpoint": "Databases that are further on run the file as any other.",
    "delimiter": "Semicolons end the statements.",
}
"""What becomes of a file whose directive Atlas does not see."""


class _Part(Struct, frozen=True):
    """A piece of a file, and how it runs where that differs from the rest."""

    span: Span
    transaction: Transaction | None = None


def read(root: Root, parse: Parse) -> Project:
    mode, certainty = tx_mode(root)
    default = wrapped(root, transaction(mode, certainty))
    problems: list[Problem] = []
    unread: list[tuple[str, str]] = []
    migrations: list[Migration] = []
    sources: dict[str, Source] = {}
    for name in sql_files(root):
        source = load(root, name, problems)
        if source is None:
            continue
        sources[name] = source
        said = _said(source.text) if "atlas:" in source.text else []
        words = {each.name for each in said}
        if "checkpoint" in words and migrations:
            # It makes what those before it have made: only a new database runs it, instead of them.
            unread.append((source.path, "is a checkpoint, which only new databases run"))
            continue
        own = default
        if "atlas:" in source.text:
            problems += _ignored(source, said, default)
            if root.transaction is None:
                own = _own(source, said, mode, default, problems)
        up, down = _scripts(source, words, own, parse)
        if "import" in words:
            unread.append((source.path, "imports files that are not read"))
        else:
            problems += empty(up)
        kind: Kind = "baseline" if "checkpoint" in words else "versioned"
        version = name[:-4].partition("_")[0]
        migrations.append(Migration(version, up, down, kind=kind, checked=is_checked(root, name)))
    if atlas_sum.NAME in root.files:
        problems += atlas_sum.checksums(root, sorted(sources), sources)
    return Project(
        root.shown,
        root.tool,
        root.dialect,
        tuple(migrations),
        tuple(problems),
        tuple((path, why) for path, why in unread if _is_asked(root, path)),
    )


def _is_asked(root: Root, path: str) -> bool:
    return root.checked is None or any(
        is_checked(root, name) for name in root.files if shown(root, name) == path
    )


def _said(text: str) -> list[atlas_file.Directive]:
    """The directives of a file; of an archive, also those at the head of its migration.sql."""
    said = atlas_file.directives(text)
    if any(each.name == "txtar" for each in said):
        for part in atlas_file.parts(text):
            if part.name == "migration.sql":
                said += atlas_file.directives(text, part.span.start, part.span.end)
    return said


def _own(
    source: Source,
    said: list[atlas_file.Directive],
    mode: str,
    default: Transaction,
    problems: list[Problem],
) -> Transaction:
    """How a file says that it runs; and what of it makes Atlas refuse the file."""
    modes = [each for each in said if each.name == "txmode"]
    if not modes:
        return default
    first = modes[0]
    if len(modes) > 1:
        why = "it says atlas:txmode more than once."
    elif first.value == "all":
        why = "atlas:txmode all is for the command line only; a file says none or file."
    elif first.value not in SCOPES:
        why = "atlas:txmode is none or file, and nothing else."
    elif mode == "all":
        why = f"atlas:txmode {first.value} cannot hold while Atlas is called with --tx-mode all."
    else:
        why = ""
    if why:
        message = f"Atlas refuses this file: {why}"
        span = modes[-1].span
        problems.append(Problem("migration-refused", message, source.path, span, source))
    if first.value not in ("none", "file"):
        return default
    return Transaction(SCOPES[first.value], "certain", f"the file says atlas:txmode {first.value}")


def _ignored(
    source: Source, said: list[atlas_file.Directive], default: Transaction
) -> list[Problem]:
    """The first directive of each kind that Atlas does not see where it stands."""
    words = {each.name for each in said}
    first_line = atlas_file.delimiter(source.text)[1] > 0
    problems: list[Problem] = []
    for name, loss in _LOSSES.items():
        mark = f"atlas:{name}"
        if mark not in source.text or (first_line if name == "delimiter" else name in words):
            continue
        if name == "txmode" and default.scope == "none":
            continue  # It makes no difference.
        comments = marked(source.text, (mark,))
        if not comments:
            continue
        place = (
            "in the first line of the file"
            if name == "delimiter"
            else "at the very top of the file, with an empty line between it and the first"
            " statement"
        )
        message = f"Atlas does not see this directive: it has to stand {place}. {loss}"
        problems.append(
            Problem("directive-ignored", message, source.path, comments[0].span, source)
        )
    return problems


def _scripts(
    source: Source, words: set[str], own: Transaction, parse: Parse
) -> tuple[Script, Script | None]:
    """The way up and, of an archive, the way back."""
    if "txtar" not in words:
        return _script(source, "up", [_Part(Span(0, len(source.text)))], own, parse), None
    up: list[_Part] = []
    down: list[_Part] = []
    for part in atlas_file.parts(source.text):
        if part.name == "migration.sql":
            up.append(_Part(part.span))
        elif part.name == "down.sql":
            down.append(_Part(part.span))
        elif part.name == "checks.sql" or part.name.startswith("checks/"):
            up.append(_Part(part.span, _CHECK))
    return (
        _script(source, "up", up, own, parse),
        _script(source, "down", down, own, parse) if down else None,
    )


def _script(
    source: Source, direction: Direction, parts: list[_Part], own: Transaction, parse: Parse
) -> Script:
    ending, begin = atlas_file.delimiter(source.text)
    cut = ending != ";" or atlas_file.has_command(source.text)
    if not cut and "{{" not in source.text and len(parts) == 1 and parts[0].transaction is None:
        span = parts[0].span
        return script(
            source,
            direction,
            parse,
            own,
            span.start,
            span.end,
            marks=("atlas:",),
            comments_from=0 if direction == "up" else span.start,
        )

    def pieces(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        number = 0
        for part in parts:
            first, last = max(part.span.start, begin), part.span.end
            for span in (
                atlas_file.chunks(text, first, last, ending) if cut else [Span(first, last)]
            ):
                sent = _with_templates(text, span, parse)
                if part.transaction is not None:
                    sent = tuple(replace(each, transaction=part.transaction) for each in sent)
                elif cut and len(sent) > 1 and own.scope == "none":
                    sent = tuple(replace(each, transaction=_BATCH, batch=number) for each in sent)
                    number += 1
                statements += sent
        return tuple(statements)

    return script(
        source,
        direction,
        pieces,
        own,
        marks=("atlas:",),
        comments_from=0 if direction == "up" else parts[0].span.start,
    )


def _with_templates(text: str, span: Span, parse: Parse) -> tuple[Statement, ...]:
    """The statements of a piece, with one that nobody knows where a template gives some."""
    if "{{" not in text:
        return parse(text, span.start, span.end)
    statements: list[Statement] = []
    start = span.start
    for action in templates.actions(text, span.start, span.end):
        statements += parse(text, start, action.span.start)
        if not action.steers:
            at = action.span
            unknown = Unknown(span=at, reason=_TEMPLATE, cause="dynamic")
            statements.append(Statement(at, text[at.start : at.end], (unknown,)))
        start = action.span.end
    statements += parse(text, start, span.end)
    return tuple(statements)
