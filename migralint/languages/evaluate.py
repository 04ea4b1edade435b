"""Walking through a host language's functions with what is known of their values.

Nothing is run. Loops over what the file spells out are walked once an item, functions of the file
are walked into, and where a condition is not known both ways are, each as conditional. Every call
of something from outside is an `Event`, in the order in which the code would make them.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from migralint.languages import tree
from migralint.languages.expressions import MISSING, Expressions, Outcome, same
from migralint.languages.values import (
    Closure,
    Given,
    Hidden,
    Items,
    Kind,
    Made,
    Managed,
    Manager,
    Scope,
    Symbol,
    Value,
)
from migralint.source import Span

_SAME = ("functools.wraps", "functools.cache", "functools.lru_cache", "builtins.staticmethod")
"""Decorators whose functions do what the ones that they are given do."""


class Evaluator(Expressions):
    """Walks through statements. `skipped`: some were not walked, since a condition is known."""

    skipped = False

    def module(self, module: tree.Module) -> Scope:
        """The names that a file binds at its top."""
        scope = Scope()
        self.body(module.body, scope)
        return scope

    def body(self, statements: Sequence[tree.Statement], scope: Scope) -> Outcome:
        """Walk through statements; how they end, where they are sure to leave."""
        for statement in statements:
            outcome = self._statement(statement, scope)
            if outcome is not None:
                return outcome
        return None

    def _statement(self, node: tree.Statement, scope: Scope) -> Outcome:
        self.step()
        if isinstance(node, tree.Do):
            before = len(self.events)
            value = self.value(node.value, scope)
            for number in range(len(self.events) - 1, before - 1, -1):
                event = self.events[number]
                if event.value is value and event.kind == "call":
                    self.events[number] = replace(event, alone=True)
                    break
        elif isinstance(node, tree.Assign):
            value = self.value(node.value, scope)
            for target in node.targets:
                self.bind(target, value, scope)
        elif isinstance(node, tree.If):
            return self._if(node, scope)
        elif isinstance(node, tree.For):
            return self._for(node, scope)
        elif isinstance(node, tree.With):
            return self._with(node, scope)
        elif isinstance(node, tree.Leave):
            value = None if node.value is None else self.value(node.value, scope)
            if node.kind == "return" and self.returned:
                self.returned[-1].append(value)
            elif node.kind == "raise":
                self.happen("raise", value, node.span)
            return node.kind
        elif isinstance(node, tree.Function):
            value = Closure(node, scope)
            for each in reversed(node.decorators):
                value = self._decorated(self.value(each, scope), value, node.span)
            scope.names[node.name] = value
        elif isinstance(node, tree.Class):
            bases = tuple(self.value(base, scope) for base in node.bases)
            inner = Scope(scope)
            self.body(node.body, inner)
            scope.names[node.name] = Kind(node, bases, inner)
        elif isinstance(node, tree.Import):
            for name, path in node.names:
                scope.names[name] = Symbol(path)
        elif isinstance(node, tree.Try):
            return self._try(node, scope)
        elif isinstance(node, tree.While):
            self.value(node.test, scope)
            self._perhaps(node.body, scope)
        else:
            self.happen("opaque", Hidden(node.span), node.span)
        return None

    def _if(self, node: tree.If, scope: Scope) -> Outcome:
        known = self.truth(self.value(node.test, scope))
        if known is not None:
            outcome = self.body(node.then if known else node.otherwise, scope)
            if outcome or (node.otherwise if known else node.then):
                self.skipped = True
            return outcome
        before = dict(scope.names)
        first = self._perhaps(node.then, scope)
        then = dict(scope.names)
        scope.names = before
        second = self._perhaps(node.otherwise, scope)
        if first and second:
            return first if first == second else "return"
        if first or second:
            # Whoever comes past it is the one of the two that did not leave. What a guard refuses
            # is no other way for the rest to go.
            scope.names = scope.names if first else then
            left = first or second
            self.doubts += left != "raise"
            self.passed += left in ("break", "continue")
        else:
            self._merge(scope, then, node.span)
        return None

    def _merge(self, scope: Scope, other: dict[str, Value], span: Span) -> None:
        for name in {*scope.names, *other}:
            here, there = scope.names.get(name, MISSING), other.get(name, MISSING)
            if here is not there and not same(here, there):
                scope.names[name] = Hidden(span)

    def _perhaps(self, statements: Sequence[tree.Statement], scope: Scope) -> Outcome:
        self.doubts += 1
        outcome = self.body(statements, scope)
        self.doubts -= 1
        return outcome

    def _for(self, node: tree.For, scope: Scope) -> Outcome:
        iterable = self.value(node.loop.iterable, scope)
        items, exact = self.items_of(iterable)
        if isinstance(iterable, Items) and iterable.closed:
            for item in items:
                self.bind(node.loop.target, item, scope)
                self._perhaps(node.body, scope)
            return None
        if not exact:
            rows = iterable if isinstance(iterable, Made) else None
            self.bind(node.loop.target, Hidden(node.loop.target.span, rows), scope)
            self._perhaps(node.body, scope)
            return None
        passed, self.passed = self.passed, 0
        outcome: Outcome = None
        for item in items:
            self.bind(node.loop.target, item, scope)
            outcome = self.body(node.body, scope)
            if outcome in ("return", "raise", "break"):
                break
        # After the loop nobody asks who was passed over in it.
        self.doubts -= self.passed
        self.passed = passed
        return outcome if outcome in ("return", "raise") else None

    def _with(self, node: tree.With, scope: Scope, first: int = 0) -> Outcome:
        if first == len(node.items):
            return self.body(node.body, scope)
        what, name = node.items[first]
        value = self.value(what, scope)
        if isinstance(value, Managed):
            return self._managed(value, node, scope, first)
        self.happen("enter", value, what.span)
        if name is not None:
            self.bind(name, value, scope)
        outcome = self._with(node, scope, first + 1)
        self.happen("leave", value, node.span)
        return outcome

    def _managed(self, managed: Managed, node: tree.With, scope: Scope, first: int) -> Outcome:
        """A `with` of a generator: its body goes on where the generator hands something out."""
        outcomes: list[Outcome] = []
        left: list[int] = []
        doubts, returned, inside = self.doubts, self.returned, self.inside

        def enter(value: Value) -> None:
            if outcomes:
                return
            within = self.doubts, self.returned, self.inside
            self.doubts, self.returned, self.inside = doubts, returned, inside
            name = node.items[first][1]
            if name is not None:
                self.bind(name, value, scope)
            outcomes.append(self._with(node, scope, first + 1))
            left.append(self.doubts)
            self.doubts, self.returned, self.inside = within

        self.returned, self.inside = list(returned), [*inside, enter]
        self.run(managed.function, managed.given, managed.named, managed.span, whole=managed.whole)
        self.returned, self.inside = returned, inside
        enter(Hidden(node.span))
        self.doubts = left[0]
        return outcomes[0]

    def _decorated(self, decorator: Value, function: Value, span: Span) -> Value:
        """What a decorator makes of a function."""
        path = decorator.path if isinstance(decorator, Symbol | Made) else ""
        if path in _SAME:
            return function
        if path == "contextlib.contextmanager" and isinstance(function, Closure):
            return Manager(function)
        if isinstance(decorator, Closure):
            return self.run(decorator, [Given(function, span)], {}, span)
        return Hidden(span)

    def _try(self, node: tree.Try, scope: Scope) -> Outcome:
        # What the body does may fail and be caught; a handler that raises it again is no other way.
        caught = not all(each and _raises(each[-1]) for each in node.handlers)
        self.doubts += caught
        outcome = self.body((*node.body, *node.otherwise), scope)
        self.doubts -= caught
        ends = [self._perhaps(handler, scope) for handler in node.handlers]
        if outcome == "raise" and None in ends:
            outcome = None  # It is caught, and the rest goes on.
        return self.body(node.final, scope) or outcome


def _raises(node: tree.Statement) -> bool:
    return isinstance(node, tree.Leave) and node.kind == "raise"
