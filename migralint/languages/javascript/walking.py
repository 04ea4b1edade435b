"""Walking through JavaScript: the evaluator with the language's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from migralint.languages import builtins, tree
from migralint.languages.evaluate import Evaluator
from migralint.languages.events import Callback, TooMuch
from migralint.languages.expressions import MISSING, Outcome, same
from migralint.languages.javascript import functions, operators
from migralint.languages.values import (
    Closure,
    Given,
    Hidden,
    Items,
    Kind,
    Made,
    Pairs,
    Scope,
    Symbol,
    Value,
    plain,
    truth,
)
from migralint.source import Embedded, Span


class Walker(Evaluator):
    """Walks through a file of JavaScript or TypeScript.

    null and undefined are None, an object is `Pairs`, `this` in a class is its `Kind`, and so is
    what `new` makes of it; `await` is passed over. A function of the file that goes to somebody
    else's is walked through where the call stands, as `World.callbacks` says: what happens in it
    comes after an `enter` of the call and before its `leave`. Where `callbacks` does not say, it
    may be called, with nobody knows what. Those of promises and lists are walked through as the
    language calls them.
    """

    def module(self, module: tree.Module) -> Scope:
        """The names of a file. Raises TooMuch."""
        exports = Pairs({})
        scope = Scope(names={"exports": exports})
        own = Pairs({"exports": (Embedded("exports", ()), exports)})
        scope.names["module"] = own
        try:
            self.body(module.body, scope)
        except RecursionError as why:
            raise TooMuch from why
        return scope

    # Statements

    def _statement(self, node: tree.Statement, scope: Scope) -> Outcome:
        if isinstance(node, tree.While):
            for target in _assigned(node):
                self.bind(target, Hidden(node.span), scope, declared=False)
        if not isinstance(node, tree.Class):
            return super()._statement(node, scope)
        self.step()
        bases = tuple(self.value(base, scope) for base in node.bases)
        kind = Kind(node, bases, Scope())
        inner = Scope(scope, {"this": kind})
        if bases and isinstance(bases[0], Kind):
            inner.names["super"] = functions.above(bases[0], kind)
        scope.names[node.name] = kind
        for each in node.body:
            if isinstance(each, tree.Function):
                kind.scope.names[each.name] = Closure(each, inner)
            elif isinstance(each, tree.Assign) and isinstance(each.targets[0], tree.Name):
                kind.scope.names[each.targets[0].name] = self.value(each.value, inner)
            else:
                self._statement(each, inner)
        return None

    # Expressions

    def truth(self, value: Value) -> bool | None:
        return True if isinstance(value, (Items, Pairs)) else truth(value)

    def filled(self, value: Value, place: Span) -> Embedded:
        return operators.filled(value, place)

    def items_of(self, value: Value) -> tuple[list[Value], bool]:
        return ([], False) if isinstance(value, (Pairs, Kind)) else super().items_of(value)

    def _attribute(self, of: Value, node: tree.Attribute) -> Value:
        return self.member(of, node.name, node.span, node)

    def member(self, of: Value, name: str, span: Span, node: tree.Attribute | None = None) -> Value:
        """`of.name`."""
        if isinstance(of, Symbol) and of.path == "builtins.process.env":
            return Hidden(span)
        if isinstance(of, Pairs):
            if name in of.items:
                return of.items[name][1]
            if name in functions.OF_OBJECTS:
                return builtins.Method(of, name)
            return None if of.exact else Hidden(span)
        if isinstance(of, Kind):
            found = functions.of_class(of, name)
            return Hidden(span) if found is MISSING else found
        if name == "length" and isinstance(of, (Items, Embedded)):
            try:
                return len(plain(of)) if isinstance(of, Embedded) else _length(of)
            except LookupError:
                return Hidden(span)
        if node is None:
            node = tree.Attribute(span, tree.Opaque(span), name)
        return super()._attribute(of, node)

    def item(self, holder: Value, index: Value, span: Span) -> Value:
        if isinstance(holder, (Pairs, Kind)):
            try:
                return self.member(holder, operators.spelled(plain(index)), span)
            except LookupError:
                return Hidden(span)
        if isinstance(index, int) and isinstance(holder, Items) and holder.exact:
            return holder.items[index] if 0 <= index < len(holder.items) else None
        if isinstance(holder, (Symbol, Made, Hidden)) and isinstance(index, Embedded):
            return self.member(holder, index.text, span)
        return builtins.item(holder, index, span)

    def _operation(self, node: tree.Operation, scope: Scope) -> Value:
        sign = node.operator
        if sign == "=":
            value = self.value(node.operands[1], scope)
            self.bind(node.operands[0], value, scope, declared=False)
            return value
        if sign in ("and", "or"):
            return self._either(node, scope)
        if sign == "??":
            first = self.value(node.operands[0], scope)
            if not isinstance(first, (Hidden, Symbol, Made)):
                return self.value(node.operands[1], scope) if first is None else first
            self._doubted(node.operands[1], scope)
            return Hidden(node.span)
        values = [Given(self.value(each, scope), each.span) for each in node.operands]
        if sign in ("==", "!=") and self.world.database:
            here = operators.runs_on(self.world.database, [each.value for each in values])
            if here is not None:
                return here is (sign == "==")
        return operators.operate(sign, values, node.span)

    def _either(self, node: tree.Operation, scope: Scope) -> Value:
        """`&&` and `||`: what stands after one that is not known may not be reached."""
        value: Value = None
        for number, operand in enumerate(node.operands):
            value = self.value(operand, scope)
            known = self.truth(value)
            if known is (node.operator == "or"):
                return value
            if known is None and number < len(node.operands) - 1:
                for each in node.operands[number + 1 :]:
                    self._doubted(each, scope)
                return Hidden(node.span)
        return value

    def _doubted(self, node: tree.Expression, scope: Scope) -> Value:
        self.doubts += 1
        value = self.value(node, scope)
        self.doubts -= 1
        return value

    # Names

    def bind(
        self, target: tree.Expression, value: Value, scope: Scope, *, declared: bool = True
    ) -> None:
        """A pattern, taken apart. What is not `declared` here belongs to where it was."""
        if isinstance(target, tree.Name):
            self._name(target.name, value, scope, declared)
        elif isinstance(target, tree.Operation) and target.operator == "=":
            pattern, default = target.operands
            if value is None:
                value = self.value(default, scope)
            self.bind(pattern, value, scope, declared=declared)
        elif isinstance(target, tree.Sequence):
            self._listed(target, value, scope, declared)
        elif isinstance(target, tree.Mapping):
            self._taken_apart(target, value, scope, declared)
        elif isinstance(target, tree.Attribute):
            key = Embedded(target.name, ())
            self._put(self.value(target.of, scope), key, value, target.span)
        elif isinstance(target, tree.Subscript):
            holder, index = self.value(target.of, scope), self.value(target.index, scope)
            self._put(holder, index, value, target.span)

    def _name(self, name: str, value: Value, scope: Scope, declared: bool) -> None:
        owner: Scope | None = scope
        while not declared and owner is not None and name not in owner.names:
            owner = owner.outer
        if owner is not None and owner is not scope and self.doubts:
            # The function that is walked through may not be called.
            if not same(owner.names[name], value):
                value = Hidden(getattr(value, "span", Span(0, 0)))
        (owner or scope).names[name] = value

    def _listed(self, target: tree.Sequence, value: Value, scope: Scope, declared: bool) -> None:
        items, exact = self.items_of(value)
        for number, each in enumerate(target.items):
            if isinstance(each, tree.Spread):
                rest = Items("list", items[number:], exact)
                self.bind(each.value, rest, scope, declared=declared)
                continue
            one: Value = items[number] if number < len(items) else None
            self.bind(each, one if exact else Hidden(each.span), scope, declared=declared)

    def _taken_apart(
        self, target: tree.Mapping, value: Value, scope: Scope, declared: bool
    ) -> None:
        taken: list[Any] = []
        for key, each in target.items:
            if key is None:
                rest: Value = Hidden(each.span)
                if isinstance(value, Pairs):
                    left = {name: pair for name, pair in value.items.items() if name not in taken}
                    rest = Pairs(left, value.exact)
                self.bind(each, rest, scope, declared=declared)
                continue
            name = self.value(key, scope)
            one: Value = Hidden(each.span)
            if isinstance(name, Embedded) and value is not None:
                taken.append(name.text)
                one = self.known(self.member(value, name.text, each.span))
            self.bind(each, one, scope, declared=declared)

    def _put(self, holder: Value, key: Value, value: Value, span: Span) -> None:
        """`holder[key] = value`."""
        if isinstance(holder, Pairs):
            if isinstance(key, (int, float)):
                key = Embedded(operators.spelled(key), ())
            builtins.put(holder, key, value, sure=not self.doubts)
        elif isinstance(holder, Kind) and isinstance(key, Embedded):
            holder.scope.names[key.text] = Hidden(span) if self.doubts else value
        elif isinstance(holder, Items):
            holder.exact = False

    # Calls

    def method(
        self, of: builtins.Method, given: list[Given], named: dict[str, Given], span: Span
    ) -> Value:
        values = [each.value for each in given]
        holder, name = of.of, of.name
        if isinstance(holder, Closure):
            if values:  # What `this` is in it.
                holder = Closure(holder.node, Scope(holder.scope, {"this": values[0]}))
            if name == "call":
                return self.run(holder, given[1:], {}, span)
            if name == "apply":
                items, exact = self.items_of(values[1] if len(values) > 1 else Items("list", []))
                return self.run(
                    holder, [Given(each, span) for each in items], {}, span, whole=exact
                )
            return holder if name == "bind" else Hidden(span)
        if name in ("then", "catch", "finally"):
            return self._promised(name, holder, values, span)
        if isinstance(holder, Items):
            found = self._of_list(holder, name, values, span)
            if found is not MISSING:
                return found
        found = functions.method(holder, name, values, span, sure=not self.doubts)
        if found is MISSING:
            for each in values:
                self.perhaps(each, span)
            return Hidden(span)
        return found

    def perhaps(self, function: Value, span: Span, given: Sequence[Value] = ()) -> None:
        """A function that may be called, with nobody knows what after these."""
        if isinstance(function, Closure):
            self.doubts += 1
            self.run(function, [Given(each, span) for each in given], {}, span, whole=False)
            self.doubts -= 1

    def _each(self, function: Value, items: Sequence[Value], span: Span) -> list[Value]:
        if not isinstance(function, Closure):
            return [Hidden(span)] * len(items)
        return [
            self.run(function, [Given(each, span), Given(number, span)], {}, span)
            for number, each in enumerate(items)
        ]

    def _of_list(self, holder: Items, name: str, values: list[Value], span: Span) -> Value:
        """The methods that call what they are given for each item."""
        if name not in functions.FOR_EACH or not values or not isinstance(values[0], Closure):
            return MISSING
        if not holder.exact:
            self.perhaps(values[0], span)
            return (
                Items("list", [], False) if name in ("map", "filter", "flatMap") else Hidden(span)
            )
        if name == "reduce":
            items = list(holder.items)
            made = values[1] if len(values) > 1 else items.pop(0) if items else None
            for each in items:
                made = self.run(values[0], [Given(made, span), Given(each, span)], {}, span)
            return made
        found = self._each(values[0], holder.items, span)
        if name == "forEach":
            return None
        if name == "map":
            return Items("list", found)
        if name == "flatMap":
            return functions.flat(found)
        known = [self.truth(each) for each in found]
        kept = [item for item, each in zip(holder.items, known, strict=True) if each is not False]
        if name == "filter":
            return Items("list", kept, None not in known)
        if None in known:
            return Hidden(span)
        if name == "find":
            return kept[0] if kept else None
        return any(known) if name == "some" else all(known)

    def _promised(self, name: str, holder: Value, values: list[Value], span: Span) -> Value:
        """What a promise calls when it is there; what it is worth is passed on."""
        made = holder
        if name == "catch":
            self.perhaps(values[0] if values else None, span)
        elif values and isinstance(values[0], Closure):
            given = [Given(holder, span)] if name == "then" else []
            found = self.run(values[0], given, {}, span)
            made = found if name == "then" else holder
        for each in values[1:]:
            self.perhaps(each, span)
        return made

    def builtin(self, made: Made) -> Value:
        if isinstance(made.of, Kind) and made.path == "?":
            return made.of
        values = [each.value for each in made.given]
        name = made.path.rpartition(".")[2]
        if name in ("then", "catch", "finally") and any(isinstance(v, Closure) for v in values):
            return self._promised(name, made.of, values, made.span)
        if made.path in ("builtins.require", "builtins.import"):
            path = values[0] if values else None
            if not isinstance(path, Embedded):
                return Hidden(made.span)
            return self.known(Symbol(path.text))
        if made.path in functions.EACH_OF and len(values) > 1:
            items, exact = self.items_of(values[0])
            if exact:
                return Items("list", self._each(values[1], items, made.span))
        if not made.path.startswith("builtins."):
            return MISSING
        found = functions.call(made.path.removeprefix("builtins."), values, made.span)
        if found is functions.QUIET:
            for each in values:
                self.perhaps(each, made.span)
            return made
        return found

    def handed(self, made: Made) -> None:
        given = [each.value for each in made.given if isinstance(each.value, Closure)]
        if not given:
            return
        calls = self.world.callbacks(made)
        sure = calls is not None
        for call in [Callback(each, (), True) for each in given] if calls is None else calls:
            self.happen("enter", made, made.span)
            self.doubts += call.conditional
            arguments = [Given(each, made.span) for each in call.given]
            self.run(call.function, arguments, {}, made.span, whole=sure)
            self.doubts -= call.conditional
            self.happen("leave", made, made.span)


def exported(scope: Scope, name: str = "") -> Value:
    """What a file that was walked through gives under a name, or as a whole; None if nothing."""
    own = scope.names.get("module")
    whole = own.items["exports"][1] if isinstance(own, Pairs) else None
    if not name:
        return whole
    if isinstance(whole, Pairs) and name in whole.items:
        return whole.items[name][1]
    return None


def _length(items: Items) -> int:
    if not items.exact:
        raise LookupError
    return len(items.items)


def _assigned(node: Any) -> Iterator[tree.Expression]:
    """What is assigned to somewhere in a part of the tree."""
    if isinstance(node, tuple):
        for each in node:
            yield from _assigned(each)
    elif isinstance(node, Struct) and not isinstance(node, Span | Embedded):
        if isinstance(node, tree.Operation) and node.operator == "=":
            if isinstance(node.operands[0], tree.Name):
                yield node.operands[0]
        for name in node.__struct_fields__:
            yield from _assigned(getattr(node, name))
