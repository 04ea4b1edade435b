"""What stands in the database by Django's doing: the names that its schema editor would ask the
server for."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Kind = Literal["foreign key", "unique", "index", "check", "primary key", "sequence"]


class Entry(Struct, frozen=True):
    kind: Kind
    name: str
    columns: tuple[str, ...]


class Catalog:
    """Constraints and indexes by table; collations with whether they are deterministic."""

    def __init__(
        self,
        tables: dict[str, tuple[Entry, ...]] | None = None,
        collations: dict[str, bool] | None = None,
    ) -> None:
        self.tables = {} if tables is None else tables
        self.collations = {} if collations is None else collations

    def copy(self) -> Catalog:
        return Catalog(dict(self.tables), dict(self.collations))

    def add(self, table: str, kind: Kind, name: str, columns: tuple[str, ...]) -> None:
        entry = Entry(kind, name, columns)
        self.tables[table] = (*self.tables.get(table, ()), entry)

    def names(self, table: str, kind: Kind, columns: tuple[str, ...] | None) -> list[str]:
        """The names of a table's constraints of a kind over exactly these columns, or any."""
        return sorted(
            each.name
            for each in self.tables.get(table, ())
            if each.kind == kind and columns in (None, each.columns)
        )

    def drop(self, table: str, name: str) -> None:
        kept = tuple(each for each in self.tables.get(table, ()) if each.name != name)
        self.tables[table] = kept

    def rename(self, table: str, old: str, new: str) -> None:
        self.tables[table] = tuple(
            replace(each, name=new) if each.name == old else each
            for each in self.tables.get(table, ())
        )

    def drop_table(self, table: str) -> None:
        self.tables.pop(table, None)

    def rename_table(self, old: str, new: str) -> None:
        if old in self.tables:
            self.tables[new] = self.tables.pop(old)

    def drop_column(self, table: str, column: str) -> None:
        kept = tuple(each for each in self.tables.get(table, ()) if column not in each.columns)
        self.tables[table] = kept

    def rename_column(self, table: str, old: str, new: str) -> None:
        self.tables[table] = tuple(
            replace(each, columns=tuple(new if own == old else own for own in each.columns))
            for each in self.tables.get(table, ())
        )

    def deterministic(self, collation: str) -> bool:
        return self.collations.get(
            collation, collation in ("C", "POSIX", "default") or collation.endswith("-x-icu")
        )
