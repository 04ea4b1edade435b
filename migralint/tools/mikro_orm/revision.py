"""One migration of MikroORM's, read without running it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from msgspec.structs import replace

from migralint.languages import tree
from migralint.languages.events import MISSING, Event, World
from migralint.languages.javascript.walking import Walker
from migralint.languages.values import (
    Closure,
    Given,
    Hidden,
    Items,
    Kind,
    Made,
    Pairs,
    Symbol,
    Value,
    hole,
    truth,
)
from migralint.migration import Statement, Transaction
from migralint.source import NOWHERE, Embedded, Source
from migralint.tools.code import (
    commented,
    done,
    guarded,
    not_read,
    of_call,
    of_text,
    raises,
    runs,
)
from migralint.tools.files import Parse
from migralint.tools.javascript import node, reading, walks
from migralint.tools.javascript.literals import dotted, is_known, joined, value_sql
from migralint.tools.javascript.modules import Modules
from migralint.tools.kept import Facts, Read
from migralint.tools.knex.chains import from_knex
from migralint.tools.knex.scripts import callbacks

_OWN = ("addSql", "execute", "getKnex", "getEntityManager", "driver", "config", "ctx", "em")
"""What the class that MikroORM gives has for those that extend it."""
_BATCH = Transaction(
    "implicit-batch", "certain", "SQL of several statements is sent as one, in one transaction"
)
_BESIDE = Transaction(
    "statement", "certain", "Knex is not given the transaction, so it runs beside it", beside=True
)
_HIDDEN = "its SQL is only known when the code runs"
_TEXTS = ("toQuery", "toString", "toSQL", "toNative")
_OF_ENTITIES = frozenset(
    "flush persistAndFlush removeAndFlush nativeUpdate nativeDelete nativeInsert insert "
    "insertMany upsert upsertMany updateMany transactional".split()
)


def read_file(source: Source, parse: Parse, modules: Modules, dialect: str) -> Read:
    module = reading.parsed(source)
    if not isinstance(module, tree.Module):
        return module

    def known(path: str) -> Value:
        here = node.known(path, modules.file)
        return modules.value(path, world) if here is MISSING else here

    def folded(made: Made) -> Value:
        if made.path == "this.getKnex":
            return Symbol("knex")
        return node.folded(made, modules)

    world = World(known, folded, callbacks, dialect)
    walker = Walker(world)
    scope = walks.scope_of(walker, module)
    kind = next((each for each in walks.kinds(scope) if _method(walker, each, "up")), None)
    if kind is None:
        return Facts(""), None, None, ()
    for each in _line(kind):
        for name in _OWN:
            each.scope.names.setdefault(name, Symbol(f"this.{name}"))
    wraps = _wraps(walker, kind)
    up = _sent(source, walker, kind, "up", wraps, dialect, parse)
    guarded = walker.skipped
    down = _sent(source, walker, kind, "down", wraps, dialect, parse)
    back = reading.head(source, _method(walker, kind, "down"))
    facts = Facts("", back=back, guarded=guarded, wraps=wraps)
    return facts, up or (), down, commented(module)


def _line(kind: Value) -> Iterator[Kind]:
    """A class and those that it extends, as far as they are known."""
    while isinstance(kind, Kind):
        yield kind
        kind = kind.bases[0] if kind.bases else None


def _method(walker: Walker, kind: Kind, name: str) -> Closure | None:
    found = walker.member(kind, name, NOWHERE)
    return found if isinstance(found, Closure) else None


def _wraps(walker: Walker, kind: Kind) -> bool | None:
    function = _method(walker, kind, "isTransactional")
    if function is None:
        return None
    return truth(walker.run(function, [], {}, function.node.span))


def _sent(
    source: Source,
    walker: Walker,
    kind: Kind,
    name: str,
    wraps: bool | None,
    dialect: str,
    parse: Parse,
) -> tuple[Statement, ...] | None:
    """What one of the two ways sends: what is executed at once, and then what was added."""
    function = _method(walker, kind, name)
    if function is None:
        return None
    events = walks.happened(walker, source, function, [], name)
    if isinstance(events, Statement):
        return (events,)
    collected = _Sent(source, dialect, parse, events, alone=wraps is False)
    collected.all()
    return (*collected.executed, *collected.added)


class _Sent:
    """The statements of one way. `alone`: no transaction is opened for it."""

    def __init__(
        self, source: Source, dialect: str, parse: Parse, events: Sequence[Event], *, alone: bool
    ) -> None:
        self.source = source
        self.dialect = dialect
        self.parse = parse
        self.events = events
        self.executed: list[Statement] = []
        self.added: list[Statement] = []
        self._alone = alone
        self._batches = count(1)

    def all(self) -> None:
        """Take all events, those of a builder of Knex's together."""
        handed = [made for event in self.events for made in _builders(event)]
        own: list[Event] = []
        for event in self.events:
            if not from_knex(event.value):
                self._run(own)
                own = []
                self.take(event)
            elif not any(_is_within(event, made) for made in handed):
                own.append(event)
        self._run(own)

    def _run(self, events: Sequence[Event]) -> None:
        """What a builder sends that is waited for: at once, on a connection of Knex's, unless it
        is given the transaction."""
        for each in self._knex(events):
            given = ".transacting(" in each.text
            self.executed.append(each if given else replace(each, transaction=_BESIDE))

    def _knex(self, events: Sequence[Event]) -> list[Statement]:
        from migralint.tools.knex.scripts import Sent

        return list(Sent(self.source, self.parse, self.dialect, events, wrapped=True).statements())

    def take(self, event: Event) -> None:
        value, span, perhaps = event.value, event.span, event.conditional
        if event.kind == "raise" and not perhaps:
            self.executed.append(raises(self.source, span))
        elif event.kind == "opaque" and "this." in self.source.text[span.start : span.end]:
            self.executed.append(runs(self.source, span, "code", conditional=perhaps))
        elif event.kind == "call" and isinstance(value, Made):
            self._call(value, perhaps, event.alone)

    def _call(self, made: Made, perhaps: bool, alone: bool) -> None:
        name = made.path.rpartition(".")[2]
        if made.path == "this.addSql":
            self.added += self._of_sql(made, perhaps)
        elif name == "execute" and made.path.startswith("this."):
            self.executed += self._of_sql(made, perhaps)
        elif name in _OF_ENTITIES and made.path.startswith("this."):
            self.executed.append(runs(self.source, made.span, "the ORM", conditional=perhaps))
        elif alone and not made.path.startswith("this."):
            if any(_is_way_in(each.value) for each in made.given):
                self.executed.append(runs(self.source, made.span, f"{name}()", conditional=perhaps))
            elif not isinstance(made.of, Hidden) and not made.path.startswith("builtins."):
                self.executed.append(done(self.source, made.span, name))

    def _of_sql(self, made: Made, perhaps: bool) -> list[Statement]:
        given, params = made.argument(0), made.argument(1)
        if given is None:
            return []
        if from_knex(given.value):
            inside = [event for event in self.events if _is_within(event, given.value)]
            found = self._knex([event for event in inside if _is_step(event)])
            return [replace(each, ops=guarded(each, perhaps)) for each in found]
        sql, reason = self._sql(given, params)
        if sql is None:
            return [not_read(self.source, made.span, reason, conditional=perhaps)]
        if sql.pieces:
            found = of_text(sql, self.parse, self.source, call=made.span, conditional=perhaps)
        else:
            found = of_call(self.source, made.span, sql, self.parse, conditional=perhaps)
        if self._alone and len(found) > 1:
            number = next(self._batches)
            found = [replace(each, transaction=_BATCH, batch=number) for each in found]
        return found

    def _sql(self, given: Given, params: Given | None) -> tuple[Embedded | None, str]:
        """The SQL of an argument, or why it is not known."""
        value = given.value
        if isinstance(value, Made):
            name = value.path.rpartition(".")[2]
            first = value.argument(0)
            if name == "sql" and first is not None and isinstance(first.value, Items):
                return self._template(first.value, value.given[1:]), ""
            if name == "raw" and first is not None:
                value, params = first.value, value.argument(1)
        if not isinstance(value, Embedded):
            return None, _HIDDEN
        if params is None or params.value is None:
            return value, ""
        return self._filled(value, params), ""

    def _template(self, texts: Items, values: Sequence[Given]) -> Embedded:
        """sql`… ${value} …`, whose values are literals."""
        parts: list[Embedded | str] = []
        for number, text in enumerate(texts.items):
            if isinstance(text, Embedded):
                parts.append(text)
            if number < len(values):
                given = values[number]
                parts.append(value_sql(given.value, self.dialect, given.span))
        return Embedded.join(parts)

    def _filled(self, sql: Embedded, params: Given) -> Embedded:
        """`?` stands for a value, `??` for a name (`formatQuery` of MikroORM's)."""
        items = params.value.items if isinstance(params.value, Items) else None
        if items == []:
            return sql
        left = iter(items or [])
        parts: list[Embedded | str] = []
        at = 0
        while (found := sql.text.find("?", at)) >= 0:
            if sql.text[max(0, found - 1) : found] == "\\":
                parts += [sql.cut(at, found - 1), "?"]
                at = found + 1
                continue
            twice = sql.text.startswith("??", found)
            value = next(left, Hidden(params.span))
            parts.append(sql.cut(at, found))
            parts.append(self._name(value, params) if twice else self._value(value, params))
            at = found + 1 + twice
        return Embedded.join((*parts, sql.cut(at, len(sql.text))))

    def _value(self, value: Value, params: Given) -> Embedded:
        if isinstance(value, Items) and value.exact:
            inside = [value_sql(each, self.dialect, params.span) for each in value.items]
            return joined(inside)
        return value_sql(value, self.dialect, params.span)

    def _name(self, value: Value, params: Given) -> Embedded:
        if isinstance(value, Embedded) and is_known(value):
            return dotted(value, self.dialect)
        return hole(params.span)


def _builders(event: Event) -> Iterator[Made]:
    """What of Knex's is handed to MikroORM, which has it run."""
    made = event.value
    if event.kind == "call" and isinstance(made, Made) and made.path.startswith("this."):
        yield from (each.value for each in made.given if from_knex(each.value))


def _is_step(event: Event) -> bool:
    """Whether a builder is told what to do, and not to write it down as text."""
    return from_knex(event.value) and event.value.path.rpartition(".")[2] not in _TEXTS


def _is_within(event: Event, made: Made) -> bool:
    return made.span.start <= event.span.start <= event.span.end <= made.span.end


def _is_way_in(value: Value) -> bool:
    """The migration itself, or what it has from MikroORM."""
    if isinstance(value, Pairs):
        return any(_is_way_in(each) for _, each in value.items.values())
    if isinstance(value, Kind):
        return True
    return isinstance(value, (Symbol, Made)) and value.path.startswith("this.")
