"""The classes that a file gives TypeORM to run (TypeORM 1.1, `importClassesFromDirectories`,
`MigrationExecutor.getMigrations`)."""

from __future__ import annotations

import re

from msgspec import Struct

from migralint.languages import tree
from migralint.languages.events import TooMuch
from migralint.languages.javascript import functions
from migralint.languages.javascript.walking import Walker
from migralint.languages.values import Closure, Hidden, Kind, Scope, Value, text_of
from migralint.source import NOWHERE, Source, Span
from migralint.tools.javascript import walks
from migralint.tools.typeorm.names import stamp


class Class(Struct, frozen=True):
    """One of them, made as TypeORM makes it: without arguments."""

    kind: Kind
    name: str
    wraps: bool | None
    """What it says of a transaction of its own."""
    at: Span
    """Where it is named."""

    def method(self, name: str) -> Closure | None:
        found = functions.of_class(self.kind, name)
        return found if isinstance(found, Closure) else None


def classes(walker: Walker, scope: Scope, source: Source) -> list[Class]:
    """The migrations of a file, in the order of the file. A class without a way up is one where
    its name, or the file, says so."""
    kinds = walks.kinds(scope) or [each for each in scope.names.values() if isinstance(each, Kind)]
    found = [each for each in kinds if isinstance(functions.of_class(each, "up"), Closure)]
    for each in kinds:
        if each not in found and (stamp(each.node.name) or _is_meant(source)):
            found.append(each)
    return [_made(walker, each, source) for each in found]


def _is_meant(source: Source) -> bool:
    return "MigrationInterface" in source.text and "abstract class" not in source.text


def _made(walker: Walker, kind: Kind, source: Source) -> Class:
    own, static = kind.node.name, _static(kind, source)
    for name in static:
        value = kind.scope.names.pop(name)
        if name == "name":  # It is what the class is called, then.
            own = text_of(value) or own
    _construct(walker, kind)
    said, wraps = (functions.of_class(kind, name) for name in ("name", "transaction"))
    if isinstance(said, Hidden) and stamp(own) is None:
        # A getter: the file is most often called as what it gives.
        own += source.path.rpartition("/")[2].partition("-")[0]
    return Class(
        kind,
        text_of(said) or own,
        wraps if isinstance(wraps, bool) else None,
        _name_of(source, kind),
    )


def _static(kind: Kind, source: Source) -> list[str]:
    """Fields of the class itself: what TypeORM looks at is on what it makes of it."""
    return [
        each.targets[0].name
        for each in kind.node.body
        if isinstance(each, tree.Assign)
        and isinstance(each.targets[0], tree.Name)
        and each.targets[0].name in ("name", "transaction")
        and "static" in source.text[each.span.start : each.targets[0].span.start].split()
    ]


def _construct(walker: Walker, kind: Kind) -> None:
    """What the constructors put into it, a base's first."""
    chain: list[Value] = [kind]
    while isinstance(chain[-1], Kind):
        chain.append(chain[-1].bases[0] if chain[-1].bases else None)
    for each in reversed(chain):
        found = each.scope.names.get("constructor") if isinstance(each, Kind) else None
        if isinstance(found, Closure):
            try:
                walker.run(Closure(found.node, Scope(found.scope, {"this": kind})), [], {}, NOWHERE)
            except (TooMuch, RecursionError):
                return


def _name_of(source: Source, kind: Kind) -> Span:
    """Where the class is named."""
    start, name = kind.node.span.start, kind.node.name
    text = source.text
    found = re.compile(rf"\b{re.escape(name)}\b").search(text, start, kind.node.span.end)
    if found is None and name:  # `const Name = class {…}`
        before = list(re.finditer(rf"\b{re.escape(name)}\b", text[:start]))
        found = before[-1] if before else None
    return Span(*found.span()) if found else Span(start, start)
