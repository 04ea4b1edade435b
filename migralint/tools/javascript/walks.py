"""Walking through one file: what it exports, and what happens in a function of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migralint.languages import tree
from migralint.languages.events import Event, TooMuch
from migralint.languages.javascript.walking import Walker, exported
from migralint.languages.values import Closure, Given, Items, Kind, Made, Pairs, Scope, Value
from migralint.migration import Statement
from migralint.source import Source
from migralint.tools.javascript.reading import not_a_function, too_long


def scope_of(walker: Walker, module: tree.Module) -> Scope:
    """The names of a file; those that were reached where it takes too many steps."""
    try:
        return walker.module(module)
    except (TooMuch, RecursionError):
        return Scope()


def way(scope: Scope, name: str) -> Value:
    """What a file exports under a name, by itself or in its default."""
    found = exported(scope, name)
    if found is not None:
        return found
    whole = exported(scope, "default")
    if isinstance(whole, Pairs) and name in whole.items:
        return whole.items[name][1]
    return None


def kinds(scope: Scope) -> list[Kind]:
    """The classes that a file exports, in the order in which it does."""
    whole = exported(scope)
    values = [each for _, each in whole.items.values()] if isinstance(whole, Pairs) else [whole]
    return list(dict.fromkeys(each for each in values if isinstance(each, Kind)))


def happened(
    walker: Walker, source: Source, function: Value, arguments: Sequence[Given], name: str
) -> list[Event] | Statement:
    """What happens in a function that is given these; one statement that tells why it is not known
    where it is not."""
    if not isinstance(function, Closure):
        return not_a_function(source, function, name)
    walker.events.clear()
    walker.skipped = False
    try:
        walker.run(function, arguments, {}, function.node.span)
    except (TooMuch, RecursionError):
        return too_long(source, function, name)
    return list(walker.events)


def inside(value: Value) -> Iterator[Made]:
    """The calls whose results stand somewhere in a value: not done for what they do, but given to
    another."""
    if isinstance(value, Made):
        yield value
    elif isinstance(value, Items):
        for each in value.items:
            yield from inside(each)
    elif isinstance(value, Pairs):
        for _, each in value.items.values():
            yield from inside(each)
