"""What takes an operation back, and what a migration is called that does one."""

from __future__ import annotations

import re

from msgspec.structs import replace

from migralint.ops import (
    AddConstraint,
    CreateIndex,
    DropConstraint,
    DropIndex,
    DropNotNull,
    Op,
    SetNotNull,
    ValidateConstraint,
)
from migralint.ops.base import Name


def undone(op: Op) -> Op | None:
    """What takes an operation back; None where nothing has to be."""
    if isinstance(op, CreateIndex) and op.name:
        return DropIndex(index=Name(op.name, op.table.schema), concurrently=op.concurrently)
    if isinstance(op, AddConstraint) and op.constraint.name:
        return DropConstraint(table=op.table, name=op.constraint.name, if_exists=True)
    if isinstance(op, SetNotNull):
        return DropNotNull(table=op.table, column=op.column)
    return None


def if_there(op: Op) -> Op:
    """Nothing is wrong if it is gone already, with what a later migration made of it."""
    if isinstance(op, DropIndex):
        return replace(op, if_exists=True, concurrently=False)
    return replace(op, if_exists=True) if isinstance(op, DropConstraint) else op


def same(one: Op, other: Op) -> bool:
    """They take away the same thing."""
    if isinstance(one, DropIndex) and isinstance(other, DropIndex):
        return one.index.name == other.index.name
    if isinstance(one, DropConstraint) and isinstance(other, DropConstraint):
        return one.name == other.name and one.table.name == other.table.name
    return isinstance(one, DropNotNull) and replace(one, span=other.span, clause=-1) == other


def title(ops: tuple[Op, ...]) -> str:
    """What a migration is called that does this."""
    op = ops[0]
    if isinstance(op, ValidateConstraint):
        words = f"validate_{op.name}"
    elif isinstance(op, SetNotNull):
        words = f"{op.table.name}_{op.column}_not_null"
    elif isinstance(op, AddConstraint):
        words = f"add_{op.constraint.name or op.constraint.kind}"
    elif isinstance(op, CreateIndex):
        words = f"create_{op.name or op.table.name}"
    elif isinstance(op, DropIndex):
        words = f"drop_{op.index.name}"
    else:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(op).__name__)
    return re.sub(r"\W+", "_", words.lower(), flags=re.ASCII).strip("_")
