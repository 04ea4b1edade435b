"""dbmate: <version>_<name>.sql with `-- migrate:up` and `-- migrate:down` blocks, each sent whole,
in a transaction unless the block says transaction:false."""

from __future__ import annotations

import re

from msgspec.structs import replace

from migralint.migration import (
    Direction,
    Migration,
    Problem,
    Project,
    Root,
    Script,
    Statement,
    Transaction,
)
from migralint.source import Source, Span
from migralint.tools.atlas_project import applied
from migralint.tools.files import (
    Parse,
    duplicates,
    empty,
    is_checked,
    load,
    script,
    sql_files,
    wrapped,
)

_FILE = Transaction("file", "certain", "dbmate runs each block in a transaction")
_OUT = Transaction(
    "implicit-batch",
    "certain",
    "with transaction:false dbmate sends the block as one query, which PostgreSQL runs as one "
    "transaction "
    "if it holds several statements",
)
_BLOCK = re.compile(r"^--[^\S\n]*migrate:(up|down)(?=\s|\Z)([^\r\n]*)", re.MULTILINE)
_VERSION = re.compile(r"\d+")


def read(root: Root, parse: Parse) -> Project:
    default = wrapped(root, applied(root) or _FILE)
    problems: list[Problem] = []
    entries: list[tuple[str, str, str]] = []
    migrations: list[Migration] = []
    for name in sql_files(root):
        match = _VERSION.match(name)
        if match is None:
            continue
        entries.append((match.group(), match.group(), name))
        source = load(root, name, problems)
        if source is None:
            continue
        ups, downs, first = _blocks(source.text)
        problems += _wrong(source, ups, downs, first)
        up = _script(source, "up", parse, default, ups)
        if ups:
            problems += empty(
                up, "The up block holds no statement: running this migration does nothing."
            )
        down = _script(source, "down", parse, default, downs) if downs else None
        migrations.append(Migration(match.group(), up, down, checked=is_checked(root, name)))
    problems += duplicates(root, entries, "dbmate")
    has_down = any(
        migration.down is not None and migration.down.statements for migration in migrations
    )
    return Project(
        root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems), has_down=has_down
    )


def _blocks(text: str) -> tuple[list[tuple[Span, bool]], list[tuple[Span, bool]], int]:
    """The up and the down blocks, each with whether it is in a transaction; and where the first
    begins."""
    marks = list(_BLOCK.finditer(text))
    blocks: dict[str, list[tuple[Span, bool]]] = {"up": [], "down": []}
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        blocks[mark.group(1)].append(
            (Span(mark.end(), end), "transaction:false" not in mark.group(2).split())
        )
    return blocks["up"], blocks["down"], marks[0].start() if marks else len(text)


def _wrong(
    source: Source, ups: list[tuple[Span, bool]], downs: list[tuple[Span, bool]], first: int
) -> list[Problem]:
    order = sorted(
        [(span.start, "up") for span, _ in ups] + [(span.start, "down") for span, _ in downs]
    )
    pairs = "".join(word[0] for _, word in order)
    above = source.text[:first]
    if not ups:
        why = "it has no `-- migrate:up` line"
    elif any(line.strip() and not line.lstrip().startswith("--") for line in above.splitlines()):
        why = "something stands above its `-- migrate:up` line"
    elif not downs:
        why = "it has no `-- migrate:down` line, which may stand above nothing"
    elif pairs != "ud" * len(ups):
        why = "each `-- migrate:up` has to be followed by its own `-- migrate:down`"
    else:
        return []
    message = f"dbmate refuses this file: {why}."
    return [Problem("migration-refused", message, source.path, source=source)]


def _script(
    source: Source,
    direction: Direction,
    parse: Parse,
    default: Transaction,
    blocks: list[tuple[Span, bool]],
) -> Script:
    """One direction: usually one block; where there are several, each in its own transaction."""
    if not blocks:
        return Script(source, direction, (), default)
    transactions = [default if inside else _OUT for _, inside in blocks]
    if len(blocks) == 1:
        span = blocks[0][0]
        above = 0 if direction == "up" else span.start
        return script(
            source, direction, parse, transactions[0], span.start, span.end, comments_from=above
        )

    def pieces(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        for number, ((span, _), transaction) in enumerate(zip(blocks, transactions, strict=True)):
            part = parse(text, span.start, span.end)
            if transaction is not transactions[0] or transaction.scope == "implicit-batch":
                part = tuple(replace(each, transaction=transaction, batch=number) for each in part)
            statements += part
        return tuple(statements)

    start, end = blocks[0][0].start, blocks[-1][0].end
    return script(source, direction, pieces, transactions[0], start, end, comments_from=0)
