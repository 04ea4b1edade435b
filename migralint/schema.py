"""The schema as it stands before a statement: a mutable dictionary of frozen objects, with a
journal to step back.

`replay` applies operations to it; `Schema.mark` and `Schema.undo` cost what was changed, never the
size of the schema.
Keys are qualified names. What history does not show is absent, and `complete` says whether absence
means anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from migralint.ops.base import (
    Bound,
    Column,
    Constraint,
    Expression,
    IndexColumn,
    Name,
    PartitionBy,
    RelationKind,
    Type,
)
from migralint.ops.types import CreateFunction


class Trigger(Struct, frozen=True):
    name: str
    columns: tuple[str, ...] = ()
    """UPDATE OF these."""
    function: Name | None = None


class Policy(Struct, frozen=True):
    name: str
    columns: tuple[str, ...] = ()
    """What its conditions read."""


class Table(Struct, frozen=True):
    """A relation: table, view, materialized view, sequence or foreign table.

    Every constraint has a name; its `not_valid` is what it is now. A view's `reads` and `uses` are
    qualified.
    """

    name: Name
    kind: RelationKind = "table"
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    partition_by: PartitionBy | None = None
    partition_of: Name | None = None
    bound: Bound | None = None
    inherits: tuple[Name, ...] = ()
    born: str = ""
    """The migration that created it."""
    born_in: int | None = None
    """The transaction that created it."""
    temporary: bool = False
    unlogged: bool = False
    access_method: str = "heap"
    tablespace: str = "pg_default"
    clustered_on: str | None = None
    owner: str | None = None
    triggers: tuple[Trigger, ...] = ()
    rules: tuple[str, ...] = ()
    policies: tuple[Policy, ...] = ()
    row_security: bool = False
    reads: tuple[Name, ...] = ()
    uses: tuple[tuple[Name, str], ...] = ()
    owned_by: tuple[Name, str] | None = None
    populated: bool = True
    """Of a materialized view: it has been filled."""
    seeded: bool = False
    """A migration has put rows into it."""
    proven_empty: str = ""
    """The migration that emptied it, or did to it what only an empty table bears."""
    unbound: str = ""
    """The migration that dropped its last foreign key by name."""
    known: bool = True
    """False: seen only because something refers to it, so columns and constraints may be
    missing."""

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def constraint(self, name: str) -> Constraint | None:
        return next(
            (constraint for constraint in self.constraints if constraint.name == name), None
        )

    @property
    def partitioned(self) -> bool:
        return self.partition_by is not None

    @property
    def foreign_keys(self) -> tuple[Constraint, ...]:
        return tuple(each for each in self.constraints if each.kind == "foreign key")

    @property
    def primary_key(self) -> Constraint | None:
        return next(
            (constraint for constraint in self.constraints if constraint.kind == "primary key"),
            None,
        )


class Index(Struct, frozen=True):
    name: Name
    table: Name
    columns: tuple[IndexColumn, ...] = ()
    include: tuple[str, ...] = ()
    unique: bool = False
    method: str = "btree"
    where: Expression | None = None
    nulls_not_distinct: bool = False
    constraint: str | None = None
    """The constraint that it backs."""
    valid: bool = True
    parent: Name | None = None
    """The partitioned index that it is attached to."""
    born: str = ""

    @property
    def keys(self) -> tuple[str | None, ...]:
        """Key columns in order; None for an expression."""
        return tuple(key.column for key in self.columns)

    def concerns(self, column: str) -> bool:
        """Whether a column stands in its keys, its INCLUDE list, its expressions or its
        predicate."""
        return (
            column in self.include
            or any(
                key.column == column or (key.expression and column in key.expression.columns)
                for key in self.columns
            )
            or (self.where is not None and column in self.where.columns)
        )


class Kind(Struct, frozen=True):
    """A type of the user's: an enum with its values, a domain with its base and constraints, or
    another."""

    name: Name
    form: Literal["enum", "domain", "composite", "range", "base", "shell"]
    values: tuple[str, ...] = ()
    fresh: tuple[tuple[str, int], ...] = ()
    """Enum values with the transaction that added them."""
    base: Type | None = None
    not_null: bool = False
    default: Expression | None = None
    constraints: tuple[Constraint, ...] = ()
    born: str = ""
    born_in: int | None = None
    extension: str | None = None

    @property
    def constrained(self) -> bool:
        return self.not_null or bool(self.constraints)


class Reference(Struct, frozen=True):
    """A foreign key seen from the table that it refers to."""

    table: Name
    constraint: str


_MISSING: Any = object()
_NONE: dict[Name, Any] = {}


class Schema:
    """See the module. `migration` and `transaction` say who acts; the engine keeps them."""

    def __init__(self, search_path: tuple[str, ...] = ("public",)) -> None:
        self.relations: dict[Name, Table] = {}
        self.indexes: dict[Name, Index] = {}
        self.indexes_of: dict[Name, tuple[Name, ...]] = {}
        self.children: dict[Name, tuple[Name, ...]] = {}
        """Partitions and inheritance children, direct ones."""
        self.references: dict[Name, tuple[Reference, ...]] = {}
        """Foreign keys that refer to a table."""
        self.readers: dict[Name, tuple[Name, ...]] = {}
        """Views and materialized views that read a relation."""
        self.sequences: dict[Name, tuple[Name, ...]] = {}
        """Sequences that columns of a table own."""
        self.past: dict[Name, tuple[tuple[int | None, Index], ...]] = {}
        """Indexes of a table that statements dropped by name, with the transaction: what unique
        ones kept apart is so still, as long as nobody writes."""
        self.types: dict[Name, Kind] = {}
        self.typed: dict[Name, tuple[Name, ...]] = {}
        """Tables that have had a column of a type of the user's; a hint, to be checked against the
        columns."""
        self.functions: dict[Name, CreateFunction] = {}
        self.statistics: dict[Name, Name] = {}
        self.publications: dict[str, tuple[Name, ...]] = {}
        self.extensions: dict[str, str] = {}
        self.schemas: dict[str, str] = {"public": ""}
        """Schema to the migration that created it."""
        self.settings: dict[str, Any] = {"search_path": search_path}
        """Session settings that change what statements mean: search_path (a tuple), timezone; and
        `defaults`."""
        self.pending: dict[Name, int] = {}
        """Tables with deferred trigger events, and the transaction that made them."""
        self.facts: dict[str, Any] = {"complete": True}
        self.filled: dict[str, bool] = {}
        """Migrations that make up rows by the thousand (generate_series): they describe a database
        with its data."""
        self.rows_described = False
        """Whether a table that such a migration made and left empty is to be taken for empty, as on
        a test database."""
        self.named = True
        """Constraints and indexes are called as the history says, so that one that is not there is
        not there under another name."""
        self.migration = ""
        self.transaction: int | None = None
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []
        self._meant: dict[Name, Name] = {}
        """What names without a schema mean, until something comes or goes."""

    @property
    def complete(self) -> bool:
        """Everything that exists has been seen being created: what is absent does not exist."""
        return bool(self.facts["complete"])

    def doubt(self) -> None:
        """From here on, absence means nothing."""
        if self.facts["complete"]:
            self.put(self.facts, "complete", False)

    def mark(self) -> int:
        """A point to come back to."""
        return len(self._journal)

    def undo(self, mark: int) -> None:
        """Take back all changes since a mark."""
        self._meant = {}
        journal = self._journal
        while len(journal) > mark:
            mapping, key, old = journal.pop()
            if old is _MISSING:
                del mapping[key]
            else:
                mapping[key] = old

    def created_since(self, mark: int) -> set[Any]:
        """The relations and indexes that came into being since a mark, and are known."""
        created = set()
        for mapping, key, old in self._journal[mark:]:
            if old is _MISSING and (mapping is self.indexes or mapping is self.relations):
                if mapping is self.indexes or getattr(mapping.get(key), "known", True):
                    created.add(key)
        return created

    def put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        old = mapping.get(key, _MISSING)
        self._journal.append((mapping, key, old))
        mapping[key] = value
        if old is _MISSING or mapping is self.settings:
            self._meant = {}

    def remove(self, mapping: dict[Any, Any], key: Any) -> None:
        old = mapping.pop(key, _MISSING)
        if old is not _MISSING:
            self._journal.append((mapping, key, old))
            self._meant = {}

    def add_to(self, mapping: dict[Any, tuple[Any, ...]], key: Any, item: Any) -> None:
        known = mapping.get(key, ())
        if item not in known:
            self.put(mapping, key, (*known, item))

    def take_from(self, mapping: dict[Any, tuple[Any, ...]], key: Any, item: Any) -> None:
        known = mapping.get(key, ())
        if item in known:
            left = tuple(each for each in known if each != item)
            if left:
                self.put(mapping, key, left)
            else:
                self.remove(mapping, key)

    # Looking things up

    @property
    def defaults(self) -> dict[tuple[int, str], int]:
        """Timeouts in milliseconds that roles and databases give to sessions to come: by how far
        they go before others (all, the database, the role, the role in the database) and name."""
        found: dict[tuple[int, str], int] = self.settings.get("defaults", {})
        return found

    @property
    def timeouts(self) -> dict[str, int]:
        """The timeouts that a session begins with now."""
        return {name: value for (_, name), value in sorted(self.defaults.items())}

    @property
    def search_path(self) -> tuple[str, ...]:
        path: tuple[str, ...] = self.settings["search_path"]
        return path

    def _resolve(self, name: Name, first: dict[Name, Any], second: dict[Name, Any]) -> Name:
        if name.schema:
            return name
        for schema in self._places:
            candidate = Name(name.name, schema)
            if candidate in first or candidate in second:
                return candidate
        return self.home(name)

    @property
    def _places(self) -> tuple[str, ...]:
        """Where a name without a schema is looked for: temporary tables come before the
        search_path, if there are any."""
        path: tuple[str, ...] = self.settings["search_path"]
        return ("pg_temp", *path) if self.facts.get("temporary") else path

    def home(self, name: Name) -> Name:
        """The qualified name that an object of this name gets when it is created now."""
        return (
            name
            if name.schema
            else Name(name.name, self.search_path[0] if self.search_path else "public")
        )

    def resolve(self, name: Name) -> Name:
        """The qualified name of the relation or index that a name means now."""
        if name.schema:
            return name
        found = self._meant.get(name)
        if found is None:
            found = self._meant[name] = self._resolve(name, self.relations, self.indexes)
        return found

    def table(self, name: Name) -> Table | None:
        return self.relations.get(self.resolve(name))

    def index(self, name: Name) -> Index | None:
        return self.indexes.get(self.resolve(name))

    def type_name(self, type: Type) -> Name:
        return self._resolve(Name(type.name, type.schema), self.types, _NONE)

    def type(self, type: Type | Name | None) -> Kind | None:
        """The user's own type behind a column type, if it is one; arrays are not looked through."""
        if type is None or not self.types or (isinstance(type, Type) and type.array):
            return None
        name = Name(type.name, type.schema) if isinstance(type, Type) else type
        return self.types.get(self._resolve(name, self.types, _NONE))

    def function_name(self, name: Name) -> Name:
        return self._resolve(name, self.functions, _NONE)

    def function(self, name: str) -> CreateFunction | None:
        """The last function defined by this name, whatever its arguments."""
        schema, _, bare = name.rpartition(".")
        return self.functions.get(self._resolve(Name(bare, schema), self.functions, _NONE))

    def indexes_on(self, table: Name) -> list[Index]:
        """The indexes of a table, by its qualified name."""
        return [self.indexes[name] for name in self.indexes_of.get(table, ())]

    def family(self, table: Name) -> Iterator[Name]:
        """A table and all below it: partitions and inheritance children, parents first."""
        yield table
        for child in self.children.get(table, ()):
            yield from self.family(child)

    def referencing(self, table: Name) -> list[tuple[Table, Constraint]]:
        """Foreign keys that refer to a table, each with the table that has it."""
        found = []
        for reference in self.references.get(table, ()):
            owner = self.relations.get(reference.table)
            constraint = owner.constraint(reference.constraint) if owner else None
            if owner and constraint:
                found.append((owner, constraint))
        return found

    def default_partition(self, table: Name) -> Name | None:
        for child in self.children.get(table, ()):
            bound = self.relations[child].bound
            if bound and bound.kind == "default":
                return child
        return None

    def sequences_of(self, table: Name, column: str | None = None) -> list[Name]:
        """Sequences owned by a table's columns."""
        return [
            name
            for name in self.sequences.get(table, ())
            if (sequence := self.relations.get(name)) is not None
            and sequence.owned_by is not None
            and column in (None, sequence.owned_by[1])
        ]
