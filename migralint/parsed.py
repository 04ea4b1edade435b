"""What texts were parsed as, for a process that reads the same histories again and again: there a
keystroke changes one file of thousands. A run of the command line keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

_Made = TypeVar("_Made")


class Remembers(Protocol):
    """Where a reading finds what its texts were parsed as."""

    def of(self, key: Hashable, parse: Callable[[], _Made]) -> _Made: ...

    def turn(self) -> None: ...


class Parsed:
    """What the last reading of a history made of its texts. What the one after it does not ask for
    is forgotten, so that the states a file has gone through do not pile up."""

    def __init__(self) -> None:
        self._before: dict[Hashable, Any] = {}
        self._now: dict[Hashable, Any] = {}

    def of(self, key: Hashable, parse: Callable[[], _Made]) -> _Made:
        found: _Made | None = self._now.get(key)
        if found is None:
            found = self._before.get(key)
            if found is None:
                found = parse()
            self._now[key] = found
        return found

    def turn(self) -> None:
        """A reading has ended."""
        self._before, self._now = self._now, {}


_PARSED: ContextVar[Remembers | None] = ContextVar("_PARSED", default=None)


@contextmanager
def remembering(parsed: Remembers | None) -> Iterator[None]:
    """One reading of a history, which finds here what it parses."""
    token = _PARSED.set(parsed)
    try:
        yield
    finally:
        _PARSED.reset(token)
        if parsed is not None:
            parsed.turn()


def parsed(key: Hashable, parse: Callable[[], _Made]) -> _Made:
    """What `parse` makes of what the key says, where that is not remembered. It gives what nobody
    changes, and never None."""
    here = _PARSED.get()
    return parse() if here is None else here.of(key, parse)
