"""What the expressions of a host language are worth, and what they call.

Nothing is run: a call of something from outside is an `Event`, a function of the file is walked
into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from migralint.languages import builtins, tree
from migralint.languages.events import MISSING as MISSING
from migralint.languages.events import Event as Event
from migralint.languages.events import Happening
from migralint.languages.events import TooMuch as TooMuch
from migralint.languages.events import World as World
from migralint.languages.strings import filled
from migralint.languages.values import (
    Closure,
    Given,
    Hidden,
    Items,
    Kind,
    Made,
    Managed,
    Manager,
    Member,
    Pairs,
    Scope,
    Symbol,
    Value,
    plain,
    truth,
)
from migralint.source import NOWHERE, Embedded, Span

STEPS = 100_000
"""How many expressions and statements a file may take; one that takes more is not walked on."""
DEPTH = 40
"""How deep functions may call each other."""
AGAIN = 3
"""How often a function may stand in the way to itself. What goes deeper goes by values that are not
known, and would be walked twice at each step."""
ENUMS = frozenset(("enum.Enum", "enum.IntEnum", "enum.StrEnum"))

Outcome = Literal["return", "raise", "break", "continue"] | None


class Expressions:
    """Walks through expressions; how statements go, `Evaluator` says."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.events: list[Event] = []
        self.doubts = 0
        self.passed = 0
        self._steps = 0
        self._depth = 0
        self._running: list[object] = []
        self.returned: list[list[Value]] = []
        self.inside: list[Callable[[Value], None]] = []
        """What goes on where a `Manager` that is being entered hands out its value."""

    def body(self, statements: Sequence[tree.Statement], scope: Scope) -> Outcome:
        """Walk through statements; how they end, where they are sure to leave."""
        raise NotImplementedError

    def value(self, node: tree.Expression, scope: Scope) -> Value:
        """What an expression is worth; what it calls happens."""
        self.step()
        if isinstance(node, tree.Constant):
            return node.value
        if isinstance(node, tree.Text):
            return node.value
        if isinstance(node, tree.Name):
            return self.known(scope.find(node.name))
        if isinstance(node, tree.Attribute):
            return self._attribute(self.value(node.of, scope), node)
        if isinstance(node, tree.Call):
            return self._call(node, scope)
        if isinstance(node, tree.Template):
            return self._template(node, scope)
        if isinstance(node, tree.Sequence):
            return self._sequence(node, scope)
        if isinstance(node, tree.Mapping):
            return self._mapping(node, scope)
        if isinstance(node, tree.Operation):
            return self._operation(node, scope)
        if isinstance(node, tree.Subscript):
            holder, index = self.value(node.of, scope), self.value(node.index, scope)
            return self.item(holder, index, node.span)
        if isinstance(node, tree.Choice):
            known = self.truth(self.value(node.test, scope))
            if known is not None:
                return self.value(node.yes if known else node.no, scope)
            self.doubts += 1
            yes, no = self.value(node.yes, scope), self.value(node.no, scope)
            self.doubts -= 1
            return yes if same(yes, no) else Hidden(node.span)
        if isinstance(node, tree.Lambda):
            return Closure(node, scope)
        if isinstance(node, tree.Comprehension):
            return self._comprehension(node, scope)
        if isinstance(node, tree.Spread):
            return self.value(node.value, scope)
        if isinstance(node, tree.Yield) and self.inside:
            value = None if node.value is None else self.value(node.value, scope)
            self.inside[-1](value)
            return Hidden(node.span)
        self.happen("opaque", Hidden(node.span), node.span)
        return Hidden(node.span)

    def known(self, value: Value) -> Value:
        if isinstance(value, Symbol):
            known = self.world.known(value.path)
            return value if known is MISSING else known
        return value

    def _attribute(self, of: Value, node: tree.Attribute) -> Value:
        if isinstance(of, Symbol):
            return self.known(Symbol(f"{of.path}.{node.name}", of.of))
        if isinstance(of, Made):
            return self.known(Symbol(f"{of.path}().{node.name}", of))
        if isinstance(of, Kind):
            return of.scope.names.get(node.name, Hidden(node.span))
        if isinstance(of, Member) and node.name in ("name", "value"):
            return of.name if node.name == "name" else of.value
        if isinstance(of, Hidden):
            return Symbol(f"?.{node.name}", of)
        return builtins.Method(of, node.name)

    def _call(self, node: tree.Call, scope: Scope) -> Value:
        function = self.value(node.function, scope)
        given: list[Given] = []
        named: dict[str, Given] = {}
        whole = True
        for argument in node.arguments:
            value = self.value(argument.value, scope)
            if argument.spread == "*":
                items, exact = self.items_of(value)
                given += [Given(item, argument.span) for item in items]
                whole = whole and exact
            elif argument.spread == "**":
                if isinstance(value, Pairs):
                    for key, (_, each) in value.items.items():
                        named[str(key)] = Given(each, argument.span)
                whole = whole and isinstance(value, Pairs) and value.exact
            elif argument.name:
                named[argument.name] = Given(value, argument.value.span)
            else:
                given.append(Given(value, argument.span))
        if isinstance(function, Closure):
            return self.run(function, given, named, node.span, whole=whole)
        if isinstance(function, Manager):
            return Managed(function.function, tuple(given), named, node.span, whole)
        if isinstance(function, builtins.Method):
            return self.method(function, given, named, node.span)
        path, of = "?", function
        if isinstance(function, Symbol):
            path, of = function.path, function.of
        made = Made(path, of, tuple(given), named, node.span, whole)
        folded = self.builtin(made)
        if folded is not MISSING:
            return folded
        known = self.world.folded(made)
        if known is not MISSING:
            return known
        self.happen("call", made, node.span)
        self.handed(made)
        return made

    # What languages differ in: Python's own ways, others walk by theirs.

    def truth(self, value: Value) -> bool | None:
        return truth(value)

    def item(self, holder: Value, index: Value, span: Span) -> Value:
        return builtins.item(holder, index, span)

    def method(
        self, of: builtins.Method, given: list[Given], named: dict[str, Given], span: Span
    ) -> Value:
        """What a method of a known value gives."""
        return builtins.method(of, given, named, span, sure=not self.doubts)

    def builtin(self, made: Made) -> Value:
        """What a function of the language's own gives; MISSING where it is none that is known."""
        if made.path.startswith("builtins.") or made.path in builtins.FUNCTIONS:
            return builtins.call(made.path, made, self)
        return MISSING

    def handed(self, made: Made) -> None:
        """What happens in functions of the file that a call of something from outside is given."""

    def filled(self, value: Value, place: Span) -> Embedded:
        """A value in a hole of a template."""
        return filled(value, place)

    def run(
        self,
        function: Closure,
        given: Sequence[Given],
        named: dict[str, Given],
        span: Span,
        *,
        whole: bool = True,
    ) -> Value:
        """What a function of the file gives, walked through with these arguments; `whole`: there
        are no others."""
        if self._depth >= DEPTH:
            raise TooMuch
        if self._running.count(function.node) >= AGAIN:
            return Hidden(span)
        # A function of another file does what it does where it is called.
        node = tree.placed(function.node, span) if function.node.span == NOWHERE else function.node
        inner = Scope(function.scope)
        rest = list(given)
        left = dict(named)
        for parameter in node.parameters:
            if parameter.spread == "*":
                inner.names[parameter.name] = Items("tuple", [each.value for each in rest])
                rest = []
            elif parameter.spread == "**":
                pairs = {key: (lifted_key(key, span), each.value) for key, each in left.items()}
                inner.names[parameter.name] = Pairs(pairs)
            elif rest:
                inner.names[parameter.name] = rest.pop(0).value
            elif parameter.name in left:
                inner.names[parameter.name] = left.pop(parameter.name).value
            elif parameter.default is not None and whole:
                inner.names[parameter.name] = self.value(parameter.default, function.scope)
            else:
                inner.names[parameter.name] = Hidden(span)
        body = node.body
        self._depth += 1
        self._running.append(function.node)
        if not isinstance(body, tuple):
            value = self.value(body, inner)
            self._depth -= 1
            self._running.pop()
            return value
        self.returned.append([])
        doubts = self.doubts
        outcome = self.body(body, inner)
        self.doubts = doubts
        values = self.returned.pop()
        self._depth -= 1
        self._running.pop()
        if outcome != "return":
            values.append(None)
        return values[0] if all(same(each, values[0]) for each in values) else Hidden(span)

    def _template(self, node: tree.Template, scope: Scope) -> Value:
        parts: list[Embedded] = []
        for part in node.parts:
            if isinstance(part, tree.Text):
                parts.append(part.value)
                continue
            parts.append(self.filled(self.value(part.value, scope), part.span))
        return Embedded.join(parts)

    def _sequence(self, node: tree.Sequence, scope: Scope) -> Value:
        made = Items(node.kind, [])
        for each in node.items:
            value = self.value(each, scope)
            if isinstance(each, tree.Spread):
                items, exact = self.items_of(value)
                made.items += items
                made.exact = made.exact and exact
            else:
                made.items.append(value)
        return made

    def _mapping(self, node: tree.Mapping, scope: Scope) -> Value:
        made = Pairs({})
        for key, each in node.items:
            value = self.value(each, scope)
            if key is not None:
                builtins.put(made, self.value(key, scope), value)
            elif isinstance(value, Pairs):
                made.items.update(value.items)
                made.exact = made.exact and value.exact
            else:
                made.exact = False
        return made

    def _operation(self, node: tree.Operation, scope: Scope) -> Value:
        if node.operator in ("and", "or"):
            values = []
            for operand in node.operands:
                value = self.value(operand, scope)
                if self.truth(value) is (node.operator == "or"):
                    return value
                values.append(value)
            known = all(self.truth(value) is not None for value in values)
            return values[-1] if known else Hidden(node.span)
        values = [self.value(operand, scope) for operand in node.operands]
        return builtins.operate(node.operator, values, node.span)

    def _comprehension(self, node: tree.Comprehension, scope: Scope) -> Value:
        made: list[tuple[Value, Value]] = []
        exact = True

        def through(loops: Sequence[tree.Loop], inner: Scope) -> Iterator[Scope]:
            nonlocal exact
            if not loops:
                yield inner
                return
            loop, *rest = loops
            items, whole = self.items_of(self.value(loop.iterable, inner))
            exact = exact and whole
            for item in items if whole else [Hidden(loop.target.span)]:
                each = Scope(inner)
                self.bind(loop.target, item, each)
                tests = [self.truth(self.value(test, each)) for test in loop.tests]
                if False in tests:
                    continue
                exact = exact and None not in tests
                yield from through(rest, each)

        for each in through(node.loops, Scope(scope)):
            key = None if node.key is None else self.value(node.key, each)
            made.append((key, self.value(node.element, each)))
        if node.kind == "dict":
            pairs = Pairs({}, exact)
            for key, value in made:
                builtins.put(pairs, key, value)
            return pairs
        return Items(node.kind, [value for _, value in made], exact)

    def items_of(self, value: Value) -> tuple[list[Value], bool]:
        """What a loop over a value gives, and whether that is all of it."""
        if isinstance(value, Items):
            return list(value.items), value.exact
        if isinstance(value, Pairs):
            return [key for key, _ in value.items.values()], value.exact
        if isinstance(value, Embedded):
            return [value.cut(at, at + 1) for at in range(len(value.text))], True
        if isinstance(value, Kind) and any(_is_enum(base) for base in value.bases):
            names = value.scope.names.items()
            return [
                Member(lifted_key(name, value.node.span), each)
                for name, each in names
                if not name.startswith("_") and not isinstance(each, Closure | Hidden)
            ], True
        return [], False

    def happen(self, kind: Happening, value: Value, span: Span) -> None:
        self.events.append(Event(kind, value, span, self.doubts > 0))

    def step(self) -> None:
        self._steps += 1
        if self._steps > STEPS:
            raise TooMuch

    def bind(self, target: tree.Expression, value: Value, scope: Scope) -> None:
        if isinstance(target, tree.Name):
            scope.names[target.name] = value
        elif isinstance(target, tree.Sequence):
            items, exact = self.items_of(value)
            fits = exact and len(items) == len(target.items)
            for number, each in enumerate(target.items):
                self.bind(each, items[number] if fits else Hidden(each.span), scope)
        elif isinstance(target, tree.Subscript):
            holder, key = self.value(target.of, scope), self.value(target.index, scope)
            if isinstance(holder, Pairs):
                builtins.put(holder, key, value, sure=not self.doubts)
            elif isinstance(holder, Items):
                holder.exact = False


def _is_enum(base: Value) -> bool:
    return isinstance(base, Symbol) and base.path in ENUMS


def lifted_key(key: str, span: Span) -> Embedded:
    return Embedded.plain(key, span)


def same(one: Value, other: Value) -> bool:
    """Whether two values are known to be the same."""
    if one is other:
        return True
    if one is MISSING or other is MISSING:
        return False
    try:
        first, second = plain(one), plain(other)
    except LookupError:
        return isinstance(one, Symbol) and one == other
    return type(first) is type(second) and bool(first == second)
