"""What the `up` and `down` of a migration for node-pg-migrate send, found by walking through
them."""

from __future__ import annotations

from itertools import count

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
    Hidden,
    Items,
    Made,
    Pairs,
    Symbol,
    Value,
)
from migralint.migration import Statement, Transaction
from migralint.source import NOWHERE, Embedded, Source, Span
from migralint.tools import kept
from migralint.tools.code import commented, not_read, of_call, of_text, raises, runs
from migralint.tools.files import Parse
from migralint.tools.javascript import node, reading, walks
from migralint.tools.javascript.modules import Modules
from migralint.tools.node_pg_migrate.operations import BACK, WRITERS
from migralint.tools.node_pg_migrate.values import REFUSED, NotKnown, Refused, Style, options, raw

_BATCH = Transaction(
    "implicit-batch", "certain", "one call that sends several statements is one transaction"
)
_ASKS = frozenset(
    "func getSql getSqlSteps isUsingTransaction enableReverseMode noTransaction".split()
)
"""What `pgm` offers that sends nothing."""
_QUERIES = ("pgm.db.query", "pgm.db.select")
_TYPES = "PgType."
_TYPE_NAMES = {
    "BIT_1": "bit",
    "PG_LSN": "pg_lsn",
    "PG_SNAPSHOT": "pg_snapshot",
    "TXID_SNAPSHOT": "txid_snapshot",
}
"""The types of `PgType` whose names have no blanks for their underscores."""
_LONG = 60


class _NoWay(Exception):
    """The way back cannot be inferred."""


class Sent(Struct):
    """What a way sends. `at_once` is sent by `pgm.db` as it is come by, the rest after the function
    has returned."""

    source: Source
    parse: Parse
    style: Style
    back: bool
    """It is the way up, gone back over."""
    at_once: list[Statement]
    steps: list[list[Statement]]
    own: bool = False
    """It leaves the transaction (`pgm.noTransaction()`)."""

    def statements(self) -> tuple[Statement, ...]:
        steps = self.steps[::-1] if self.back else self.steps
        if self.own:
            numbers = count(1)
            steps = [
                [replace(each, transaction=_BATCH, batch=number) for each in step]
                if len(step) > 1
                else step
                for step, number in zip(steps, numbers, strict=False)
            ]
        return (*self.at_once, *(each for step in steps for each in step))

    def take(self, event: Event) -> None:
        """Take note of what happens. Raises _NoWay."""
        value, span = event.value, event.span
        if event.kind == "raise" and not event.conditional:
            self.steps.append([raises(self.source, span)])
        elif event.kind == "opaque" and "pgm" in self.source.text[span.start : span.end]:
            self.steps.append([runs(self.source, span, "code", conditional=event.conditional)])
        elif event.kind == "call":
            self._call(value, event.conditional)

    def _call(self, made: Made, conditional: bool) -> None:
        if made.path in _QUERIES:
            if self.back:
                raise _NoWay
            self.at_once += self._queried(made, conditional)
            return
        head, _, call = made.path.partition(".")
        if head != "pgm":
            if any(_holds_pgm(each.value) for each in (*made.given, *made.named.values())):
                words = self.source.text[made.span.start : made.span.end].partition("(")[0]
                what = words if 0 < len(words) < _LONG and "\n" not in words else "a function"
                reason = f"{what}() is given `pgm`, and is not read"
                self.steps.append([self._unread(made.span, reason, conditional)])
            return
        if call == "noTransaction":
            self.own = True
        if call.partition("(")[0] in _ASKS or "()" in call:
            return
        writer = (BACK if self.back else WRITERS).get(call)
        if writer is None and call in WRITERS:
            raise _NoWay
        if writer is None:
            reason = f"pgm.{call}() is not an operation of node-pg-migrate"
            self.steps.append([self._unread(made.span, reason, conditional)])
            return
        try:
            if not made.whole:
                raise NotKnown(made.span)
            written = writer(made, self.style)
        except NotKnown as why:
            words = " ".join(self.source.text[why.place.start : why.place.end].split())
            reason = f"`{words[:_LONG]}` is only known when the code runs"
            self.steps.append([self._unread(made.span, reason, conditional)])
            return
        except Refused as why:
            if self.back:
                raise _NoWay from why
            self.steps.append([raises(self.source, made.span, f"{REFUSED}{why}")])
            return
        if call == "sql":
            self.steps.append(self._text(made, written[0], conditional))
            return
        sent = [
            of_call(self.source, made.span, sql, self.parse, conditional=conditional)
            for sql in written
        ]
        apart = call.endswith("Extension")  # Of several, each is a step of its own.
        self.steps += sent if apart else [[each for several in sent for each in several]]

    def _unread(self, span: Span, reason: str, conditional: bool) -> Statement:
        return not_read(self.source, span, reason, conditional=conditional)

    def _text(self, made: Made, sql: Embedded, conditional: bool) -> list[Statement]:
        """SQL that stands in the file as a string."""
        if HOLE.fullmatch(sql.text.strip()):
            reason = "its SQL is only known when the code runs"
            return [self._unread(made.span, reason, conditional)]
        call = made.span
        if any(
            call.start <= start and start + length <= call.end for _, start, _, length in sql.pieces
        ):
            return of_text(sql, self.parse, self.source, call=call, conditional=conditional)
        return of_call(self.source, call, sql, self.parse, conditional=conditional)

    def _queried(self, made: Made, conditional: bool) -> list[Statement]:
        """`pgm.db.query(text, values)`, or `pgm.db.query({ text, values })`."""
        given = made.argument(0) or Given(Hidden(made.span), made.span)
        if isinstance(given.value, Pairs):
            given = options(given).get("text") or given
        if not isinstance(given.value, Embedded):
            given = Given(Hidden(given.span), given.span)
        return self._text(made, raw(given), conditional)


def _holds_pgm(value: Value) -> bool:
    if isinstance(value, Symbol):
        return value.path == "pgm" or value.path.startswith("pgm.db")
    if isinstance(value, Items):
        return any(map(_holds_pgm, value.items))
    if isinstance(value, Pairs):
        return any(_holds_pgm(each) for _, each in value.items.values())
    return False


def _walker(modules: Modules) -> Walker:
    def known(path: str) -> Value:
        if path.startswith("node-pg-migrate") and _TYPES in path:
            word = path.rpartition(".")[2]
            return Embedded(_TYPE_NAMES.get(word, word.lower().replace("_", " ")), ())
        found = node.known(path, modules.file)
        return modules.value(path, world) if found is MISSING else found

    world = World(known, lambda made: node.folded(made, modules))
    return Walker(world)


def read_file(source: Source, parse: Parse, modules: Modules, style: Style) -> kept.Read:
    """What a file is. Its `id` is none where it holds no migration, which node-pg-migrate stops
    at."""
    module = reading.parsed(source)
    if not isinstance(module, tree.Module):
        return module
    walker = _walker(modules)
    scope = walks.scope_of(walker, module)
    up, down = (_here(walks.way(scope, name), module, name) for name in ("up", "down"))
    if up is None or up is False:
        what = "a file that exports no `up`" if up is None else "to go over what says `up = false`"
        stop = raises(source, _place(module, "up"), f"{REFUSED}{what}")
        return kept.Facts(None), (stop,), None, commented(module)
    forward = _way(walker, source, parse, up, style)
    guarded = walker.skipped
    back = _back(walker, source, parse, module, _Ways(up, down), style)
    facts = kept.Facts(
        "up",
        back=Span(0, 0) if back is None or back.back else reading.head(source, down),
        guarded=guarded,
        wraps=False if forward.own else None,
    )
    sent = None if back is None else back.statements()
    return facts, forward.statements(), sent, commented(module)


class _Ways(Struct, frozen=True):
    up: Value
    down: Value


def _here(value: Value, module: tree.Module, name: str) -> Value:
    """A function of another file as if it stood where this one exports it."""
    if isinstance(value, Closure) and value.node.span == NOWHERE:
        return Closure(tree.placed(value.node, _place(module, name)), value.scope)
    return value


def _back(
    walker: Walker, source: Source, parse: Parse, module: tree.Module, ways: _Ways, style: Style
) -> Sent | None:
    """The way back: the file's own, or what node-pg-migrate infers from the way up. `down = false`
    refuses."""
    up, down = ways.up, ways.down
    if down is False:
        sent = Sent(source, parse, style, False, [], [])
        sent.steps.append([raises(source, _place(module, "down"))])
        return sent
    try:
        if down is None or down is up:
            return _way(walker, source, parse, up, style, back=True)
        return _way(walker, source, parse, down, style)
    except _NoWay:
        return None


def _place(module: tree.Module, name: str) -> Span:
    """Where a file says what it exports under a name; its beginning where that is not found."""
    for each in module.body:
        target: tree.Expression | None = None
        if isinstance(each, tree.Assign):
            target = each.targets[0]
        elif isinstance(each, tree.Do) and isinstance(each.value, tree.Operation):
            target = each.value.operands[0]
        if isinstance(target, tree.Attribute) and target.name == name:
            return each.span
    return Span(0, 0)


def _way(
    walker: Walker,
    source: Source,
    parse: Parse,
    function: Value,
    style: Style,
    *,
    back: bool = False,
) -> Sent:
    sent = Sent(source, parse, style, back, [], [])
    span = getattr(getattr(function, "node", None), "span", Span(0, 0))
    arguments = [reading.given("pgm", span), reading.given("run", span)]
    events = walks.happened(walker, source, function, arguments, "down" if back else "up")
    if isinstance(events, Statement):
        sent.steps.append([events])
        return sent
    for event in events:
        sent.take(event)
    return sent


def shorthands(source: Source) -> dict[str, Value]:
    """The types of its own that a file names (`exports.shorthands`)."""
    module = reading.parsed(source)
    if not isinstance(module, tree.Module) or "shorthands" not in source.text:
        return {}
    scope = walks.scope_of(_walker(Modules()), module)
    found = walks.way(scope, "shorthands")
    pairs = found.items if isinstance(found, Pairs) else {}
    return {str(key): _nowhere(value) for key, (_, value) in pairs.items()}


def _nowhere(value: Value) -> Value:
    """A value of another file, which stands nowhere in this one."""
    if isinstance(value, Embedded):
        return Embedded(value.text, ())
    if isinstance(value, Items):
        return Items(value.kind, [_nowhere(each) for each in value.items], value.exact)
    if isinstance(value, Pairs):
        items = {
            key: (Embedded(str(key), ()), _nowhere(each)) for key, (_, each) in value.items.items()
        }
        return Pairs(items, value.exact)
    if isinstance(value, Made):
        given = tuple(Given(_nowhere(each.value), Span(0, 0)) for each in value.given)
        return Made(value.path, None, given, {}, Span(0, 0), value.whole)
    if isinstance(value, Hidden):
        return Hidden(Span(0, 0))
    return value
