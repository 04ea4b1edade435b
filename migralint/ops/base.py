"""What every operation is made of: names, types, expressions, columns, constraints.

Nothing here knows a syntax. A reader that cannot fill a field leaves its default, which always
means "not said".
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from migralint.source import NOWHERE, Span

RelationKind = Literal["table", "index", "view", "matview", "sequence", "foreign table", "type"]

_BARE = re.compile(r"[a-z_][a-z0-9_$]*\Z")
# The reserved words of PostgreSQL 18 (manual, appendix C), which need quotes as a table or column
# name.
_RESERVED = frozenset(
    (
        "all analyse analyze and any array as asc asymmetric authorization binary both case "
        "cast check collate collation column concurrently constraint create cross "
        "current_catalog current_date current_role current_schema current_time "
        "current_timestamp current_user default deferrable desc distinct do else end except "
        "false fetch for foreign freeze from full grant group having ilike in initially inner "
        "intersect into is isnull join lateral leading left like limit localtime localtimestamp "
        "natural not notnull null offset on only or order outer overlaps placing primary "
        "references returning right select session_user similar some symmetric system_user "
        "table tablesample then to trailing true union unique user using variadic verbose when "
        "where window with "
    ).split()
)


def quoted(identifier: str) -> str:
    """An identifier as PostgreSQL prints it: in quotes only where it needs them."""
    if _BARE.match(identifier) and identifier not in _RESERVED:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


class Name(Struct, frozen=True, gc=False, order=True, array_like=True):
    """The name of a relation, type or function, as written: `schema` is "" where none was said."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}" if self.schema else quoted(self.name)


class Type(Struct, frozen=True, omit_defaults=True):
    """A column type. `name` is the server's own name (int4, varchar, timestamptz, bpchar, serial
    …), lower case unless quoted; `schema` is "" for built-in types and those written without one;
    `array` counts dimensions."""

    name: str
    modifiers: tuple[str, ...] = ()
    array: int = 0
    schema: str = ""

    def __str__(self) -> str:
        own = str(Name(self.name, self.schema))
        spelled = own if self.schema else _SPELLED.get(self.name) or own
        inside = f"({','.join(self.modifiers)})" if self.modifiers else ""
        if inside and " " in spelled and spelled.startswith(("time", "timestamp")):
            head, _, tail = spelled.partition(" ")
            spelled, inside = f"{head}{inside} {tail}", ""
        return f"{spelled}{inside}{'[]' * self.array}"


_SPELLED = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "bpchar": "char",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp",
    "timetz": "time with time zone",
    "varbit": "bit varying",
}


class Test(Struct, frozen=True, omit_defaults=True):
    """One condition that must hold of a row: `operator` is IS NOT NULL, IS NULL, =, <, <=, >, >=,
    <> or IN; `value` the literal's text (None with = for a parameter's), `values` those of IN."""

    column: str
    operator: str
    value: str | None = None
    values: tuple[str, ...] = ()


class Expression(Struct, frozen=True, omit_defaults=True):
    """A value or condition. `text` is as written; the rest is what the parser saw in it."""

    text: str
    columns: tuple[str, ...] = ()
    """Columns it reads, each once, in order of appearance."""
    functions: tuple[str, ...] = ()
    """Functions it calls, each once, without pg_catalog; `now` stands for CURRENT_TIMESTAMP and its
    kin."""
    tests: tuple[Test, ...] = ()
    """What a true condition proves: the simple members of its top-level AND."""
    types: tuple[Type, ...] = ()
    """Types it casts to, outermost first."""
    null: bool = False
    """It is the literal NULL, cast or not."""
    literal: str | None = None
    """It is this literal (its text without quotes), cast or not."""
    column: str | None = None
    """It is this column, bare or inside casts only."""
    subquery: bool = False
    sequences: tuple[str, ...] = ()
    """Sequences that it takes numbers from, by the names given to nextval."""


class Copied(Struct, frozen=True, omit_defaults=True):
    """Where the values of a column that stands went."""

    migration: str
    """The last that put them elsewhere."""
    to: tuple[str, ...]
    directly: bool
    """As they are; else they only said which rows got what."""
    rows: tuple[str, ...] = ()
    """The tables that got a row for each of this one's, with the value in it."""


class Column(Struct, frozen=True, omit_defaults=True):
    """A column as defined. Its UNIQUE, PRIMARY KEY, CHECK and REFERENCES are `constraints`, each
    with `columns` filled."""

    name: str
    type: Type | None = None
    not_null: bool = False
    default: Expression | None = None
    identity: Literal["always", "by default"] | None = None
    generated: Expression | None = None
    virtual: bool = False
    """Of a generated column: VIRTUAL; else STORED. Where neither is written this is true, as on
    PostgreSQL 18."""
    collation: str | None = None
    constraints: tuple[Constraint, ...] = ()
    not_null_name: str | None = None
    not_null_valid: bool = True
    span: Span = NOWHERE
    copied: Copied | None = None
    optional: str = ""
    """Of a column that stands: the migration that took its NOT NULL away."""
    known: bool = True
    """… False: seen only because something changes or reads it, so what was not said of it since is
    not known."""


class IndexColumn(Struct, frozen=True, omit_defaults=True):
    """One key of an index: a column or an expression."""

    column: str | None = None
    expression: Expression | None = None
    collation: str | None = None
    opclass: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    operator: str | None = None
    """In an EXCLUDE constraint, what the key is compared WITH."""


class Constraint(Struct, frozen=True, omit_defaults=True):
    """A table constraint; a column's own constraint is one over that column."""

    kind: Literal["primary key", "unique", "check", "foreign key", "exclude", "not null"]
    name: str | None = None
    columns: tuple[str, ...] = ()
    expression: Expression | None = None
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    """Empty where the primary key of the referenced table is meant."""
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    not_valid: bool = False
    enforced: bool = True
    deferrable: bool = False
    initially_deferred: bool = False
    no_inherit: bool = False
    nulls_not_distinct: bool = False
    include: tuple[str, ...] = ()
    using_index: str | None = None
    method: str | None = None
    elements: tuple[IndexColumn, ...] = ()
    """The keys of an EXCLUDE constraint."""
    where: Expression | None = None
    span: Span = NOWHERE


class Output(Struct, frozen=True, omit_defaults=True):
    """A column that a query gives. `name` "*" stands for all columns of `relation`, or of all it
    reads where that is None."""

    name: str
    relation: Name | None = None
    column: str | None = None
    type: Type | None = None


class Query(Struct, frozen=True, omit_defaults=True):
    """What a SELECT reads."""

    reads: tuple[Name, ...] = ()
    outputs: tuple[Output, ...] = ()
    uses: tuple[tuple[Name, str], ...] = ()
    """(relation, column) pairs; a column that could belong to several relations appears with each;
    "*" is all columns."""
    values: tuple[tuple[Name, str], ...] = ()
    """Those of `uses` that its outputs are made of."""
    functions: tuple[str, ...] = ()
    calls: tuple[tuple[str, tuple[str | None, ...]], ...] = ()
    """Function calls with their literal arguments (None where an argument is no literal): setval,
    set_config …"""
    lock: Literal["", "UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"] = ""
    """The strongest FOR clause."""
    locked: tuple[Name, ...] = ()
    limited: bool = False
    merged: bool = False
    """DISTINCT or GROUP BY makes one row of several."""
    where: Expression | None = None


class Bound(Struct, frozen=True, omit_defaults=True):
    """The rows of a partition: DEFAULT; IN `values`; FROM `values` TO `upper`; or a hash remainder.

    Values are literals' texts; None is MINVALUE or MAXVALUE or something that is no literal
    (`exact` is then false)."""

    kind: Literal["default", "list", "range", "hash"]
    values: tuple[str | None, ...] = ()
    upper: tuple[str | None, ...] = ()
    exact: bool = True


class PartitionBy(Struct, frozen=True, omit_defaults=True):
    """How a table is partitioned: the key's columns; None where a key is an expression."""

    strategy: Literal["range", "list", "hash"]
    columns: tuple[str | None, ...] = ()


class Like(Struct, frozen=True, omit_defaults=True):
    """LIKE other INCLUDING …; `including` holds lower-case words (all, defaults, indexes,
    constraints …), net of EXCLUDING."""

    table: Name
    including: frozenset[str] = frozenset()


class Op(Struct, frozen=True, kw_only=True, tag=True, tag_field="op", omit_defaults=True):
    """One thing that a statement does."""

    span: Span = NOWHERE
    clause: int = -1
    """Which member of its statement's list this is (0-based): then `span` is the whole statement's,
    and the dialect's
    `locate` cuts the exact one when somebody looks. -1: `span` is exact."""
    conditional: bool = False
    """It runs only if something else holds: the body of a DO block, a branch, a guard."""

    @property
    def label(self) -> str:
        """What messages call the object."""
        return type(self).__name__


class TableOp(Op, frozen=True, kw_only=True):
    """An operation on one relation. `kind` is the word that the statement used, which need not be
    what the relation is."""

    table: Name
    kind: RelationKind = "table"
    only: bool = False
    table_if_exists: bool = False

    @property
    def label(self) -> str:
        return str(self.table)
