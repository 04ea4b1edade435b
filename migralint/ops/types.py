"""Types, domains, functions, schemas, extensions: what tables are made with, and live in."""

from __future__ import annotations

from typing import Literal

from migralint.ops.base import Column, Constraint, Expression, Name, Op, Type


class CreateType(Op, frozen=True, kw_only=True):
    name: Name
    form: Literal["enum", "composite", "range", "base", "shell"]
    values: tuple[str, ...] = ()
    attributes: tuple[Column, ...] = ()


class AddEnumValue(Op, frozen=True, kw_only=True):
    type: Name
    value: str
    if_not_exists: bool = False
    neighbour: str | None = None
    """The existing value that it goes BEFORE or AFTER."""


class RenameEnumValue(Op, frozen=True, kw_only=True):
    type: Name
    value: str
    to: str


class AlterAttribute(Op, frozen=True, kw_only=True):
    """ALTER TYPE … ADD | DROP | ALTER ATTRIBUTE of a composite type."""

    type: Name
    action: Literal["ADD", "DROP", "ALTER"]
    attribute: str
    cascade: bool = False
    attribute_type: Type | None = None
    """Of ADD and ALTER."""


class DropType(Op, frozen=True, kw_only=True):
    """A type, or with `domain` a domain."""

    name: Name
    domain: bool = False
    if_exists: bool = False
    cascade: bool = False


class CreateDomain(Op, frozen=True, kw_only=True):
    name: Name
    type: Type
    default: Expression | None = None
    not_null: bool = False
    constraints: tuple[Constraint, ...] = ()


class AlterDomain(Op, frozen=True, kw_only=True):
    name: Name
    action: Literal[
        "ADD CONSTRAINT",
        "VALIDATE CONSTRAINT",
        "DROP CONSTRAINT",
        "SET NOT NULL",
        "DROP NOT NULL",
        "SET DEFAULT",
        "DROP DEFAULT",
    ]
    constraint: Constraint | None = None
    """Of ADD CONSTRAINT."""
    constraint_name: str | None = None
    """Of VALIDATE and DROP CONSTRAINT."""
    if_exists: bool = False
    default: Expression | None = None


class CreateFunction(Op, frozen=True, kw_only=True):
    """A function or procedure. `reads` is what a body in plain SQL names, which the server opens to
    check it."""

    name: Name
    arguments: tuple[Type, ...] = ()
    procedure: bool = False
    replace: bool = False
    language: str = "sql"
    volatility: Literal["immutable", "stable", "volatile"] = "volatile"
    strict: bool = False
    security_definer: bool = False
    search_path: bool = False
    """It sets its own search_path."""
    reads: tuple[Name, ...] = ()
    calls: tuple[str, ...] = ()
    """Functions that a body in plain SQL calls: such a body is inlined, and then only these
    count."""
    single_select: bool = False
    """The body is one SELECT without FROM, which the server can inline."""
    returns_set: bool = False


class DropFunction(Op, frozen=True, kw_only=True):
    name: Name
    procedure: bool = False
    if_exists: bool = False
    cascade: bool = False

    @property
    def label(self) -> str:
        return f"{'procedure' if self.procedure else 'function'} {self.name}"


class CreateSchema(Op, frozen=True, kw_only=True):
    name: str
    if_not_exists: bool = False


class DropSchema(Op, frozen=True, kw_only=True):
    name: str
    if_exists: bool = False
    cascade: bool = False


class CreateExtension(Op, frozen=True, kw_only=True):
    name: str
    schema: str | None = None
    if_not_exists: bool = False


class DropExtension(Op, frozen=True, kw_only=True):
    name: str
    if_exists: bool = False
    cascade: bool = False


class RenameObject(Op, frozen=True, kw_only=True):
    """Anything renamed that is no relation, column or constraint of a table: `kind` in lower case
    (type, schema, function …)."""

    kind: str
    name: Name
    to: str
    table: Name | None = None
    """Of a trigger, policy or rule: whose it is; of a domain's constraint or a type's attribute:
    the domain, the type."""
    to_schema: str | None = None
    """SET SCHEMA: where it goes, under the same name."""
