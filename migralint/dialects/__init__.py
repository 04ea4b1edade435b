"""How a database behaves: a module a dialect, each with the same four functions."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from migralint.locks import Effects
from migralint.migration import Statement
from migralint.ops import Op
from migralint.schema import Schema
from migralint.source import Edit, Span


class Dialect(Protocol):
    """What every dialect offers. `parse`: text to statements, spans absolute in the text. `locate`:
    the exact span of
    an operation. `order`: the operations of a statement as the server runs them. `effects`: what
    one does. `emit`, `clause`, `edits`: operations as SQL, see `postgresql/words.py`."""

    def parse(self, text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]: ...

    def locate(self, statement: Statement, op: Op) -> Span: ...

    def order(self, operations: tuple[Op, ...]) -> tuple[Op, ...]: ...

    def effects(self, op: Op, schema: Schema, version: int) -> Effects: ...

    def emit(self, *ops: Op) -> str | None: ...

    def clause(self, op: Op) -> str | None: ...

    def edits(self, statement: Statement, op: Op, new: Op) -> tuple[Edit, ...] | None: ...


def load(name: str) -> Dialect:
    """The dialect of a name, imported now and not before."""
    return cast(Dialect, import_module(f"migralint.dialects.{name}"))
