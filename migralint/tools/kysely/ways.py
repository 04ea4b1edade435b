"""What the `up` and `down` of a migration for Kysely send, found by walking through them."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from migralint.languages import tree
from migralint.languages.events import Event, World
from migralint.languages.expressions import MISSING
from migralint.languages.javascript.walking import Walker
from migralint.languages.values import (
    HOLE,
    Closure,
    Given,
    Items,
    Made,
    Pairs,
    Symbol,
    Value,
)
from migralint.migration import Statement
from migralint.source import NOWHERE, Embedded, Source, Span
from migralint.tools import kept
from migralint.tools.code import commented, not_read, of_call, of_text, raises, runs, within
from migralint.tools.files import Parse
from migralint.tools.javascript import node, reading, walks
from migralint.tools.javascript.modules import Modules
from migralint.tools.kysely.expressions import BUILDER
from migralint.tools.kysely.rows import is_query, query
from migralint.tools.kysely.schema import WRITERS
from migralint.tools.kysely.values import (
    NotKnown,
    Place,
    argument,
    is_raw,
    last,
    raw,
    steps,
    text,
)

DATABASE = "db"
"""What a way is given: the database, which in a transaction is the same to us."""
_SENDS = frozenset(
    "execute executeTakeFirst executeTakeFirstOrThrow executeQuery stream explain".split()
)
_BUILDERS = {
    "addColumn": "column",
    "modifyColumn": "column",
    "alterColumn": "column",
    "addUniqueConstraint": "constraint",
    "addPrimaryKeyConstraint": "constraint",
    "addForeignKeyConstraint": "constraint",
    "onConflict": "conflict",
    "innerJoin": "join",
    "leftJoin": "join",
    "rightJoin": "join",
    "fullJoin": "join",
    "with": DATABASE,
    "withRecursive": DATABASE,
    "execute": DATABASE,
}
"""What the functions are given that calls of these names take; others take the builder of
expressions."""
_SYMBOLS = frozenset((*_BUILDERS.values(), BUILDER))
_LONG = 60


class Sent(Struct):
    """The statements of a way, collected event by event."""

    source: Source
    parse: Parse
    place: Place
    statements: list[Statement]

    def take(self, event: Event) -> None:
        value, span = event.value, event.span
        if event.kind == "raise" and not event.conditional:
            self.statements.append(raises(self.source, span))
        elif event.kind == "opaque" and "db" in self.source.text[span.start : span.end]:
            self.statements.append(runs(self.source, span, "code", conditional=event.conditional))
        elif event.kind == "call":
            self.statements += self._call(value, event.conditional)

    def _call(self, made: Made, conditional: bool) -> list[Statement]:
        root = made.path.partition(".")[0].partition("()")[0]
        if last(made) not in _SENDS:
            handed = any(_is_database(each.value) for each in made.given)
            if root in _SYMBOLS or is_raw(made) or not handed:
                return []
            words = self._words(Span(made.span.start, made.span.end)).partition("(")[0]
            what = words if 0 < len(words) < _LONG else "a function"
            reason = f"{what}() is given the database, and is not read"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        try:
            sql = self._sql(made)
        except NotKnown as why:
            words = str(why) or f"`{self._words(why.place)}` is only known when the code runs"
            return [not_read(self.source, made.span, words, conditional=conditional)]
        if sql is None:
            return []
        if HOLE.fullmatch(sql.text.strip()):
            reason = "its SQL is only known when the code runs"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        written = within(sql, made.span)
        of = made.of if isinstance(made.of, Made) else None
        if of is not None and is_raw(of) and written.pieces and last(of) in ("sql", "raw"):
            return of_text(
                written, self.parse, self.source, call=made.span, conditional=conditional
            )
        sql = _trimmed(sql, self.source)
        return of_call(self.source, made.span, sql, self.parse, conditional=conditional)

    def _words(self, place: Span) -> str:
        return " ".join(self.source.text[place.start : place.end].split())[:_LONG]

    def _sql(self, made: Made) -> Embedded | None:
        """What a call sends; None where it sends nothing. Raises NotKnown where that is not
        read."""
        if last(made) == "executeQuery":
            return self._of_query(argument(made, 0))
        of = made.of
        if not isinstance(of, Made):
            raise NotKnown(made.span, "what is sent is put together elsewhere")
        if is_raw(of):
            return raw(of, self.place)
        calls = steps(of)
        if calls[0].path.partition(".")[0] not in _SYMBOLS:
            raise NotKnown(made.span, "what is sent is put together elsewhere")
        return self._built(of, calls)

    def _of_query(self, given: Given) -> Embedded | None:
        """`executeQuery(query)`, of a query that is compiled or CompiledQuery.raw('…')."""
        value = given.value
        if isinstance(value, Made) and last(value) == "compile" and isinstance(value.of, Made):
            value = value.of
        if not isinstance(value, Made):
            raise NotKnown(given.span)
        if value.path.endswith("CompiledQuery.raw"):
            return text(argument(value, 0))
        return raw(value, self.place) if is_raw(value) else self._built(value, steps(value))

    def _built(self, made: Made, calls: list[Made]) -> Embedded | None:
        place = self.place
        for number, each in enumerate(calls):
            name = last(each)
            if name == "withSchema":
                place = replace(place, schema=text(argument(each, 0)))
            elif ".schema." in each.path and name in WRITERS:
                return WRITERS[name](calls[number:], place)
        if is_query(made):
            return query(made, place)
        if any(last(each) in ("transaction", "connection", "startTransaction") for each in calls):
            return None  # What stands in it is told by itself.
        raise NotKnown(made.span, f"{last(calls[-1])}() is not read")


def _is_database(value: Value) -> bool:
    return isinstance(value, Symbol) and value.path == DATABASE


def _trimmed(sql: Embedded, source: Source) -> Embedded:
    """The SQL, of which what stands for a call begins at the call's name, and not before the dot
    or the line's end that comes first."""
    pieces: list[tuple[int, int, int, int]] = []
    for start, host, length, size in sql.pieces:
        skip = 0
        while length != size and skip < size and source.text[host + skip] in " \t\r\n.":
            skip += 1
        skip = 0 if skip == size else skip
        pieces.append((start, host + skip, length, size - skip))
    return Embedded(sql.text, tuple(pieces))


# The walk


def _walker(modules: Modules) -> Walker:
    def known(path: str) -> Value:
        found = node.known(path, modules.file)
        return modules.value(path, world) if found is MISSING else found

    def folded(made: Made) -> Value:
        if not _is_ours(made):
            return node.folded(made, modules)
        if not made.given:
            return MISSING
        name = last(made)
        if name == "$call" and isinstance(made.given[0].value, Closure):
            return walker.run(made.given[0].value, [Given(made.of, made.span)], {}, made.span)
        given = Symbol(_BUILDERS.get(name, BUILDER))
        values = [_evaluated(walker, each.value, given, made.span) for each in made.given]
        if all(new is old.value for new, old in zip(values, made.given, strict=True)):
            return MISSING
        arguments = tuple(Given(new, old.span) for new, old in zip(values, made.given, strict=True))
        return replace(made, given=arguments)

    world = World(known, folded)
    walker = Walker(world)
    return walker


def _is_ours(made: Made) -> bool:
    """A call on what Kysely gives."""
    return made.path.partition(".")[0].partition("()")[0] in _SYMBOLS


def _evaluated(walker: Walker, value: Value, given: Symbol, span: Span) -> Value:
    """A value whose functions are what they give, which is what Kysely takes them for."""
    if isinstance(value, Closure):
        return walker.run(value, [Given(given, span)], {}, span)
    if isinstance(value, Items):
        found = [_evaluated(walker, each, given, span) for each in value.items]
        changed = any(new is not old for new, old in zip(found, value.items, strict=True))
        return Items(value.kind, found, value.exact) if changed else value
    if isinstance(value, Pairs):
        pairs = {
            name: (key, _evaluated(walker, each, given, span))
            for name, (key, each) in value.items.items()
        }
        changed = any(pairs[name][1] is not value.items[name][1] for name in pairs)
        return Pairs(pairs, value.exact) if changed else value
    return value


def read_file(source: Source, parse: Parse, modules: Modules, place: Place) -> kept.Read:
    """What a file is. Its `id` is none where it holds no migration."""
    module = reading.parsed(source)
    if not isinstance(module, tree.Module):
        return module
    walker = _walker(modules)
    scope = walks.scope_of(walker, module)
    up, down = (walks.way(scope, name) for name in ("up", "down"))
    if up is None:
        return kept.Facts(None), None, None, commented(module)
    forward = _way(walker, source, parse, up, place, "up")
    guarded = walker.skipped
    back = None if down is None else _way(walker, source, parse, down, place, "down")
    head = NOWHERE if down is None else reading.head(source, down)
    return kept.Facts("up", back=head, guarded=guarded), forward, back, commented(module)


def _way(
    walker: Walker, source: Source, parse: Parse, function: Value, place: Place, name: str
) -> tuple[Statement, ...]:
    span = getattr(getattr(function, "node", None), "span", NOWHERE)
    sent = Sent(source, parse, place, [])
    events = walks.happened(walker, source, function, [reading.given(DATABASE, span)], name)
    if isinstance(events, Statement):
        return (events,)
    for event in events:
        sent.take(event)
    return tuple(sent.statements)
