"""What is told of a walk, and what is told to it: the events, and what a reader knows of the
outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from migralint.languages.values import Closure, Made, Value
from migralint.source import Span

MISSING = object()
Happening = Literal["call", "enter", "leave", "raise", "opaque"]


class Event(Struct, frozen=True):
    """What happens: a call of something from outside, entering or leaving a `with` of one, an
    error that is raised, or something that is not read (`opaque`). `conditional`: it may not
    happen. `alone`: the call is a statement, done for what it does."""

    kind: Happening
    value: Value
    span: Span
    conditional: bool = False
    alone: bool = False


class TooMuch(Exception):
    """The file takes more steps than are allowed."""


class Callback(Struct, frozen=True, eq=False):
    """How somebody else's function calls one of the file that it is given."""

    function: Closure
    given: tuple[Value, ...] = ()
    conditional: bool = False


class World:
    """What a reader knows of the outside. `known(path)` gives what a symbol or the result of a
    call without arguments is worth, or MISSING; `folded(made)` the same of any call.
    `callbacks(made)`: what a call does with the functions that it is given, where the language
    hands them over (JavaScript); None where that is not known. `database` is what the code runs
    on: a value that is not known and is compared with a database's name is taken to be one."""

    def __init__(
        self,
        known: Callable[[str], Value] = lambda path: MISSING,
        folded: Callable[[Made], Value] = lambda made: MISSING,
        callbacks: Callable[[Made], Sequence[Callback] | None] = lambda made: None,
        database: str = "",
    ) -> None:
        self.known = known
        self.folded = folded
        self.callbacks = callbacks
        self.database = database
