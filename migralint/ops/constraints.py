"""Constraints of a table that stands."""

from __future__ import annotations

from migralint.ops.base import Constraint, Name, Op, TableOp


class AddConstraint(TableOp, frozen=True, kw_only=True):
    constraint: Constraint

    @property
    def label(self) -> str:
        return (
            f"constraint {self.constraint.name}"
            if self.constraint.name
            else f"a {self.constraint.kind} constraint"
        )


class ConstraintOp(TableOp, frozen=True, kw_only=True):
    """An operation on one constraint that stands."""

    name: str

    @property
    def label(self) -> str:
        return f"constraint {self.name}"


class ValidateConstraint(ConstraintOp, frozen=True, kw_only=True):
    pass


class DropConstraint(ConstraintOp, frozen=True, kw_only=True):
    if_exists: bool = False
    cascade: bool = False


class RenameConstraint(ConstraintOp, frozen=True, kw_only=True):
    to: str


class AlterConstraint(ConstraintOp, frozen=True, kw_only=True):
    """None means: not said."""

    deferrable: bool | None = None
    initially_deferred: bool | None = None
    enforced: bool | None = None


class SetConstraints(Op, frozen=True, kw_only=True):
    """SET CONSTRAINTS: when deferrable ones are checked for the rest of the transaction; no names
    for ALL."""

    names: tuple[Name, ...] = ()
    immediate: bool
