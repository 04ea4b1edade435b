"""How far a run has come, for people who wait: what works says when it has passed something, and
somebody may listen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LISTENER: ContextVar[Callable[[], None] | None] = ContextVar("_LISTENER", default=None)


def passed() -> None:
    """A file of code was read, or a migration judged."""
    listener = _LISTENER.get()
    if listener is not None:
        listener()


@contextmanager
def listening(listener: Callable[[], None]) -> Iterator[None]:
    """As long as this lasts, the listener is called each time that something is passed."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def shown(after: float = 1.0) -> Iterator[None]:
    """A line on standard error that counts, from so many seconds on; it is gone afterwards."""
    import sys
    import time

    if not sys.stderr.isatty():
        yield
        return
    began = time.monotonic()
    count = 0
    bar = None

    def listener() -> None:
        nonlocal bar, count
        count += 1
        if bar is not None:
            bar.update()
        elif time.monotonic() - began > after:
            from tqdm import tqdm

            form = "{n_fmt} files and migrations passed, {elapsed}"
            bar = tqdm(initial=count, leave=False, file=sys.stderr, bar_format=form)

    with listening(listener):
        yield
    if bar is not None:
        bar.close()
