"""What all changes of a schema are made with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from migralint import naming, ops
from migralint.ops.base import Column, Copied, Name, Query
from migralint.schema import Index, Schema, Table


def known_table(schema: Schema, name: Name) -> Table:
    """The table, or one that stands for what history did not show."""
    table = schema.table(name)
    if table is None:
        schema.doubt()
        table = Table(schema.home(name), known=False)
        schema.put(schema.relations, table.name, table)
    return table


def save(schema: Schema, table: Table, **changes: Any) -> Table:
    table = replace(table, **changes)
    schema.put(schema.relations, table.name, table)
    return table


def set_column(schema: Schema, table: Table, name: str, **changes: Any) -> Table:
    columns = tuple(
        replace(each, **changes) if each.name == name else each
        for each in with_column(table, name).columns
    )
    return save(schema, table, columns=columns)


def with_column(table: Table, name: str) -> Table:
    """The table; where history does not show its columns, with one that stands for this one."""
    if table.known or table.column(name) or name == "*":
        return table
    return replace(table, columns=(*table.columns, Column(name, known=False)))


def descend(schema: Schema, op: ops.TableOp) -> list[Table]:
    """The table and what is below it, unless ONLY was said."""
    top = known_table(schema, op.table)
    if op.only:
        return [top]
    return [schema.relations[name] for name in schema.family(top.name) if name in schema.relations]


Places = dict[Name, dict[str, tuple[str, ...]]]
"""Where the values of columns go to, by table and column; "*" stands for all its columns."""


def places_of(schema: Schema, pairs: Iterable[tuple[Name, str]], to: str) -> Places:
    found: Places = {}
    for relation, column in pairs:
        found.setdefault(schema.resolve(relation), {})[column] = (to,)
    return found


def note_rows(schema: Schema, query: Query, table: Name) -> None:
    """What a table is filled with by a query stands there too."""
    for pairs, directly in ((query.uses, False), (query.values, True)):
        places = places_of(schema, pairs, str(table))
        places.pop(schema.resolve(table), None)
        rows = directly and not query.merged and not query.limited
        note_copied(schema, places, directly=directly, rows=rows)


def note_copied(schema: Schema, read: Places, *, directly: bool, rows: bool = False) -> None:
    """Columns whose values stand elsewhere now, or have had their say in what stands there; `rows`:
    where they went, each row of this table has one."""
    here = schema.migration
    for name, places in read.items():
        table = schema.relations.get(name)
        if table is None or (table.born == here and here):
            continue  # What comes into being here has nothing that could be given up.
        for column in places:
            table = with_column(table, column)
        everywhere = places.get("*")
        columns = tuple(
            replace(each, copied=_copied(each.copied, here, to, directly, rows))
            if (to := places.get(each.name, everywhere))
            else each
            for each in table.columns
        )
        if columns != table.columns:
            save(schema, table, columns=columns)


def _copied(
    old: Copied | None, here: str, to: tuple[str, ...], directly: bool, rows: bool
) -> Copied:
    if old is None:
        return Copied(here, to, directly, to if rows else ())
    together = old.migration == here
    if not directly and (together or old.directly):
        return old  # A copy as it is says more.
    filled = tuple(dict.fromkeys((*(old.rows if together else ()), *to))) if rows else old.rows
    before = old.to if together and old.directly else ()
    return Copied(here, tuple(dict.fromkeys((*before, *to))), directly, filled)


def renamed(columns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if each == old else each for each in columns)


def renamed_in(expression: ops.Expression | None, old: str, new: str) -> ops.Expression | None:
    if expression is None or old not in expression.columns:
        return expression
    tests = tuple(
        replace(test, column=new) if test.column == old else test for test in expression.tests
    )
    return replace(expression, columns=renamed(expression.columns, old, new), tests=tests)


def put_index(schema: Schema, index: Index) -> None:
    known = schema.indexes.get(index.name)
    if known is not None and known.table != index.table:  # The server refuses it, or it was gone.
        schema.take_from(schema.indexes_of, known.table, index.name)
    schema.put(schema.indexes, index.name, index)
    schema.add_to(schema.indexes_of, index.table, index.name)


def add_index(schema: Schema, table: Name, like: Index, name: str | None) -> Index:
    def taken(candidate: str) -> bool:
        full = Name(candidate, table.schema)
        return full in schema.relations or full in schema.indexes

    if name is None:
        columns = naming.joined(naming.index_columns(like.columns, like.include))
        name = naming.chosen(table.name, columns, "idx", taken)
    index = replace(
        like, name=Name(name, table.schema), table=table, born=schema.migration, constraint=None
    )
    put_index(schema, index)
    return index


def matches(index: Index, parent: Index) -> bool:
    """Whether an index can be a part of a partitioned one."""
    return (
        index.columns == parent.columns
        and index.unique >= parent.unique
        and index.method == parent.method
        and (index.where.text if index.where else None)
        == (parent.where.text if parent.where else None)
        and index.valid
    )


def columns_of(
    schema: Schema, query: Query, names: tuple[str, ...]
) -> tuple[tuple[Column, ...], bool]:
    """The columns that a query gives, the first of them under other names; and whether all are
    known."""
    columns: list[Column] = []
    known = True
    for output in query.outputs:
        relations = (output.relation,) if output.relation else query.reads
        sources = [schema.table(relation) for relation in relations]
        if output.name == "*":
            known = known and all(source is not None and source.known for source in sources)
            columns += [
                Column(column.name, column.type)
                for source in sources
                if source is not None
                for column in source.columns
            ]
            continue
        found = next((s.column(output.column) for s in sources if s and output.column), None)
        columns.append(Column(output.name, output.type or (found.type if found else None)))
    renamed_ = [replace(column, name=new) for column, new in zip(columns, names, strict=False)]
    return (*renamed_, *columns[len(renamed_) :]), known and bool(columns)
