"""What a migration sends, at once and at its end."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from migralint.source import Embedded, Span
from migralint.tools.django import indexes
from migralint.tools.django.expressions import name
from migralint.tools.django.indexes import Part
from migralint.tools.django.state import index_name


class Sent(Struct, frozen=True):
    """What one call of execute() sends: SQL that the call stands for (`call`) or that the file
    holds as it is (`text`); code that runs, or does nothing; or why it is not known. `said` says
    which code, and why."""

    call: Span
    sql: Embedded
    kind: Literal["call", "text", "code", "nothing", "unknown"] = "call"
    said: str = ""
    conditional: bool = False
    tables: tuple[str, ...] = ()
    """What is unknown may have been done to these."""
    within: Span | None = None
    """The operation whose function this is a line of."""


class Deferred(Struct, frozen=True):
    """A statement that waits for the end of the migration, and learns of what is renamed until
    then."""

    kind: Literal["foreign key", "unique", "index"]
    call: Span
    head: Span
    table: str
    columns: tuple[str, ...]
    suffix: str = ""
    to: tuple[str, str] = ("", "")
    """Table and column that a foreign key refers to."""
    opclass: str = ""
    at: Span | None = None
    """Where the file says the column."""
    made: Embedded | None = None
    """The whole statement, where the file says more than a column, and then the name."""
    own: str = ""

    @property
    def name(self) -> str:
        if self.made is not None:
            return self.own
        suffix = f"_fk_{self.to[0]}_{self.to[1]}" if self.kind == "foreign key" else self.suffix
        return index_name(self.table, list(self.columns), suffix)


def deferred_sql(each: Deferred) -> Embedded:
    """The statement that waits, under the names of the end of the migration."""
    columns = ", ".join(map(name, each.columns))
    if each.kind == "index":
        keys = f"{columns} {each.opclass}" if each.opclass else columns
        parts: list[Part] = [Embedded.plain("CREATE", each.head), f" INDEX {name(each.name)} ON "]
        return Embedded.join([*parts, f"{name(each.table)} (", indexes.placed(keys, each.at), ")"])
    parts = [Embedded.plain("ALTER", each.head), f" TABLE {name(each.table)} ADD "]
    if each.kind == "unique":
        text = f"CONSTRAINT {name(each.name)} UNIQUE ({columns})"
        return Embedded.join([*parts, indexes.placed(text, each.at)])
    text = (
        f"CONSTRAINT {name(each.name)} FOREIGN KEY ({columns}) REFERENCES {name(each.to[0])} "
        f"({name(each.to[1])}) DEFERRABLE INITIALLY DEFERRED"
    )
    return Embedded.join([*parts, indexes.placed(text, each.at)])
