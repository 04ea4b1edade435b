"""What has become of a schema between two points of its history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from migralint.finding import Change
from migralint.ops import Name
from migralint.schema import Index, Kind, Schema, Table

PARTS = 40
"""Columns and constraints of one table that are named one by one."""


class Standing(Struct, frozen=True):
    """The objects of a schema at one point."""

    relations: dict[Name, Table]
    indexes: dict[Name, Index]
    types: dict[Name, Kind]


def standing(schema: Schema) -> Standing:
    return Standing(dict(schema.relations), dict(schema.indexes), dict(schema.types))


def differences(before: Standing, schema: Schema) -> Iterator[Change]:
    """What stands now and did not, or no longer does, or in another shape; what comes and goes in
    between is no difference. An object that is only known by its name counts as one that stood."""
    for name, table in _changed(before.relations, schema.relations):
        old = before.relations.get(name)
        if table is None and old is not None:
            if old.known:
                yield Change("dropped", old.kind, _said(name), _said(name))
        elif old is None and table is not None:
            if table.known and not table.temporary:
                yield Change("made", table.kind, _said(name), _said(name))
        elif table is not None and old is not None and old.known:
            yield from _inside(old, table)
    for name, index in _changed(before.indexes, schema.indexes):
        was = before.indexes.get(name)
        one = index or was
        if one is None or one.constraint is not None or (index and was):
            continue
        owner = schema.relations if index else before.relations
        if (one.table in before.relations) == (one.table in owner):
            # Those of a table that comes or goes as a whole are not told by themselves.
            if one.table in before.relations and one.table in schema.relations:
                yield Change("made" if index else "dropped", "index", name.name, _said(one.table))
    for name, kind in _changed(before.types, schema.types):
        known = before.types.get(name)
        if kind is None or known is None:
            yield Change("dropped" if kind is None else "made", "type", _said(name))
        elif kind.values != known.values:
            yield Change("changed", "type", _said(name))


def _changed(before: dict[Name, Any], now: dict[Name, Any]) -> Iterator[tuple[Name, Any]]:
    for name, old in before.items():
        new = now.get(name)
        if new is not old:
            yield name, new
    for name, new in now.items():
        if name not in before:
            yield name, new


def _inside(old: Table, new: Table) -> Iterator[Change]:
    """What has become of a table's columns and constraints."""
    owner = _said(new.name)
    before = {column.name: column for column in old.columns}
    now = {column.name: column for column in new.columns}
    found = [Change("dropped", "column", name, owner) for name in before if name not in now]
    found += [Change("made", "column", name, owner) for name in now if name not in before]
    for name, column in now.items():
        was = before.get(name)
        if was is not None and (was.type, was.not_null, was.default) != (
            column.type,
            column.not_null,
            column.default,
        ):
            found.append(Change("changed", "column", name, owner))
    constraints = {each.name: each for each in old.constraints}
    left = {each.name: each for each in new.constraints}
    found += [
        Change("dropped", "constraint", name or "", owner)
        for name in constraints
        if name not in left
    ]
    found += [
        Change("made", "constraint", name or "", owner) for name in left if name not in constraints
    ]
    yield from found[:PARTS]
    if len(found) > PARTS:
        yield Change("changed", "table", owner, owner)


def _said(name: Name) -> str:
    """As people say it: without the schema that everything is in."""
    return str(Name(name.name) if name.schema == "public" else name)
