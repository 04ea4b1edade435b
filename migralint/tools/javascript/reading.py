"""A file of migrations in JavaScript: read once, kept between runs, walked through without being
run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from migralint.dialects import lex
from migralint.languages import tree
from migralint.languages.values import Closure, Given, Hidden, Symbol, Value
from migralint.migration import Comment, Migration, Project, Root, Script, Statement, Transaction
from migralint.migration import Problem as Problem
from migralint.ops import Unknown
from migralint.source import Source, Span
from migralint.tools import kept
from migralint.tools.code import not_read
from migralint.tools.files import Memory, Parse, empty, is_checked, load, said_at_head, shown
from migralint.tools.javascript.modules import Modules

_MARK = "migralint:"
Reader = Callable[[Source, Parse, Modules], kept.Read]
"""What reads one file, called only where nothing was kept of it. It imports what parses."""


class File(Struct, frozen=True):
    """One file that was read. `name` is relative to the root; `up` and `down` are what its ways
    send, None where it has none."""

    name: str
    source: Source
    facts: kept.Facts
    up: tuple[Statement, ...] | None
    down: tuple[Statement, ...] | None
    comments: tuple[Comment, ...]
    checked: bool

    @property
    def base(self) -> str:
        """The file's own name."""
        return self.name.rpartition("/")[2]


def files(
    root: Root,
    names: Iterable[str],
    reader: Reader,
    parse: Parse,
    memory: Memory | None,
    problems: list[Problem],
    *surroundings: object,
) -> list[File]:
    """These files of a root, read or as they were kept. `surroundings` is all else that the reader
    goes by. A file without a way up is no migration, and is left out, unless it does not parse."""
    modules = Modules()
    found: list[File] = []
    for name in names:
        source = load(root, name, problems)
        if source is None:
            continue
        modules.file = os.path.join(root.path, *name.split("/"))
        modules.folder = os.path.dirname(modules.file)
        facts, up, down, comments = _read(
            source, reader, parse, memory, modules, (root.tool, root.dialect, *surroundings)
        )
        if up is not None:
            checked = is_checked(root, name)
            found.append(File(name, source, facts, up, down, comments, checked))
    return found


def _read(
    source: Source,
    reader: Reader,
    parse: Parse,
    memory: Memory | None,
    modules: Modules,
    surroundings: tuple[object, ...],
) -> kept.Read:
    # The language goes by the ending of its name, and what is imported by its folder.
    key = kept.key(source.text, *surroundings, modules.file)
    known = kept.known(memory, key, modules)
    if known is not None:
        return known
    modules.consulted = set()
    facts, up, down, comments = reader(source, parse, modules)
    comments = (*comments, *_in_sql(source, comments, (*(up or ()), *(down or ()))))
    found = (replace(facts, consulted=modules.digests()), up, down, comments)
    if memory is not None:
        memory.put(key, kept.encoded(*found))
    return found


def _in_sql(
    source: Source, said: Sequence[Comment], statements: Sequence[Statement]
) -> Iterator[Comment]:
    """The comments that speak to migralint from inside the SQL of a file."""
    if source.text.count(_MARK) <= sum(each.text.count(_MARK) for each in said):
        return
    texts = dict.fromkeys(each.embedded for each in statements if each.embedded is not None)
    for sql in texts:
        for each in lex.comments(sql.text) if _MARK in sql.text else ():
            span = sql.to_host(each.span)
            if _MARK in each.text and source.text[span.start : span.end] == each.text:
                yield Comment(span, each.text)


def migration(root: Root, file: File, id: str, transaction: Transaction) -> Migration:
    """A file as a migration; the word of a comment at its head beats how the tool wraps it."""
    up = file.up or ()
    wrapping = said_at_head(file.comments, up) or transaction
    forward = Script(file.source, "up", up, wrapping, file.comments)
    back = None
    if file.down is not None:
        back = Script(file.source, "down", file.down, wrapping, at=file.facts.back)
    return Migration(id, forward, back, checked=file.checked)


def project(
    root: Root, found: Sequence[Migration], problems: Iterable[Problem], *, guarded: Iterable[str]
) -> Project:
    """The history that these are, in this order; `guarded` are the paths of the files that do
    something only elsewhere, and may be empty here."""
    said = list(problems)
    silent = set(guarded)
    for each in found:
        if each.path not in silent:
            said += empty(each.up, "up() sends nothing, so that this migration does nothing.")
    has_down = any(each.down is not None for each in found)
    return Project(
        root.shown, root.tool, root.dialect, tuple(found), tuple(said), has_down=has_down
    )


# What a reader does with a file


def parsed(source: Source) -> tree.Module | kept.Read:
    """The tree of a file, or what stands for one that is not valid."""
    from migralint.languages import javascript

    try:
        return javascript.parse(source.text, source.path)
    except javascript.SyntaxProblem as why:
        span = Span(why.at, min(why.at + 1, len(source.text)))
        line = source.line(source.position(why.at)[0])
        statement = Statement(span, line, (Unknown(span=span, reason=str(why), cause="syntax"),))
        return kept.Facts(None, broken=True), (statement,), None, ()


def head(source: Source, function: Value) -> Span:
    """The line that a function of the file begins with."""
    start = function.node.span.start if isinstance(function, Closure) else 0
    return Span(start, start + len(source.text[start:].partition("\n")[0]) if start else 0)


def too_long(source: Source, function: Closure, name: str) -> Statement:
    """What stands for a way of which the walk was given up."""
    span = function.node.span
    return not_read(source, span, f"{name}() takes too many steps to be walked through")


def not_a_function(source: Source, value: Value, name: str) -> Statement:
    """What stands for a way that something else makes."""
    span = getattr(value, "span", Span(0, 0))
    return not_read(source, span, f"{name}() is made by something that is not read")


def given(path: str, span: Span) -> Given:
    """What a tool hands to a function of the file."""
    return Given(Symbol(path), span)


def is_outside(value: Value) -> bool:
    return isinstance(value, (Symbol, Hidden))


__all__ = [
    "File", "Problem", "Reader", "files", "given", "head", "is_outside", "migration",
    "not_a_function", "parsed", "project", "shown", "too_long",
]  # fmt: skip
