"""What later migrations say of the rows that a table holds before them: one that adds a column in
which no row could have a value fails on a single one, so that where it ran there was none."""

from __future__ import annotations

from collections.abc import Mapping

from migralint import ops
from migralint.migration import Project
from migralint.ops.base import Name
from migralint.replay.columns import needs_empty_table
from migralint.schema import Schema

Empty = Mapping[Name, list[tuple[int, int]]]
"""By table, as `key` spells it: from which migration on (its number, from 1) it holds no rows, and
which one shows it."""
_TAKES = frozenset({ops.Delete, ops.Merge, ops.RunCode, ops.Truncate, ops.Unknown})
"""After these a table may be empty that was not."""
_TOLD = _TAKES | frozenset(
    {ops.AddColumn, ops.CreateDomain, ops.CreateTable, ops.DropTable, ops.RenameTable}
)


def key(name: Name) -> Name:
    return Name(name.name, "" if name.schema == "public" else name.schema)


def empty(project: Project) -> Empty:
    found: dict[Name, list[tuple[int, int]]] = {}
    since: dict[Name, int] = {}
    floor = 0
    domains: set[str] = set()
    nothing = Schema()
    for number, migration in enumerate(project.migrations, 1):
        for statement in migration.up.statements:
            for op in statement.ops:
                if type(op) not in _TOLD:
                    continue
                if isinstance(op, ops.AddColumn):
                    if not op.column.not_null and not op.column.constraints:
                        continue
                    kind = op.column.type
                    if op.conditional or op.if_not_exists or statement.partial:
                        continue
                    if (kind is None or kind.name not in domains) and needs_empty_table(
                        nothing, op.column
                    ):
                        name = key(op.table)
                        first = max(floor, since.get(name, 0))
                        found.setdefault(name, []).append((first, number))
                elif type(op) in _TAKES:
                    floor = number + 1
                elif isinstance(op, (ops.CreateTable, ops.DropTable)):
                    since[key(op.table)] = number
                elif isinstance(op, ops.RenameTable):
                    since[key(op.table)] = since[key(Name(op.to, op.table.schema))] = number + 1
                elif isinstance(op, ops.CreateDomain):
                    domains.add(op.name.name)
    return found
