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
from migralint.languages.values import Closure, Hidden, Kind, Scope, Symbol, Value, truth
from migralint.source import Span


class Evaluator(Expressions):
    """Walks through statements."""

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
            value = self.value(node.value, scope)
            if self.events and self.events[-1].value is value:
                self.events[-1] = replace(self.events[-1], alone=True)
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
            hidden = Hidden(node.span)
            scope.names[node.name] = hidden if node.decorated else Closure(node, scope)
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
        known = truth(self.value(node.test, scope))
        if known is not None:
            return self.body(node.then if known else node.otherwise, scope)
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
        if not exact:
            self.bind(node.loop.target, Hidden(node.loop.target.span), scope)
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

    def _with(self, node: tree.With, scope: Scope) -> Outcome:
        entered: list[Value] = []
        for what, name in node.items:
            value = self.value(what, scope)
            entered.append(value)
            self.happen("enter", value, what.span)
            if name is not None:
                self.bind(name, value, scope)
        outcome = self.body(node.body, scope)
        for value in reversed(entered):
            self.happen("leave", value, node.span)
        return outcome

    def _try(self, node: tree.Try, scope: Scope) -> Outcome:
        # What the body does may fail and be caught.
        self.doubts += bool(node.handlers)
        outcome = self.body((*node.body, *node.otherwise), scope)
        self.doubts -= bool(node.handlers)
        for handler in node.handlers:
            self._perhaps(handler, scope)
        return self.body(node.final, scope) or outcome
