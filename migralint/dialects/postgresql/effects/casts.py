"""What a change of type costs: nothing, a rewrite, or a refusal.

Source: ATColumnChangeRequiresRewrite and the planner support functions of varchar, numeric, varbit,
timestamp, time and
interval (PostgreSQL manual, ALTER TABLE, Notes); measured on 12 to 18.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from migralint.ops.base import Expression, Type
from migralint.schema import Schema

Cost = Literal["free", "rewrite", "refused"]

STRINGS = frozenset({"text", "varchar", "bpchar", "citext", "name"})
NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"})
MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
OIDS = frozenset({"oid", "regclass", "regproc", "regtype", "regrole", "regnamespace"})
# Binary-coercible pairs beside the families below (pg_cast, castmethod b).
_COERCIBLE = frozenset(
    {
        ("cidr", "inet"),
        ("xml", "text"),
        ("xml", "varchar"),
        ("bit", "varbit"),
        ("int4", "oid"),
        ("oid", "int4"),
    }
)
_PLAIN = frozenset({"text", "varchar", "citext"})
_PRECISE = frozenset({"timestamp", "timestamptz", "time", "timetz", "interval"})
_BUILT_IN = (
    STRINGS
    | NUMBERS
    | MOMENTS
    | frozenset(
        {
            "bool",
            "uuid",
            "json",
            "jsonb",
            "bytea",
            "inet",
            "cidr",
            "macaddr",
            "time",
            "timetz",
            "interval",
            "xml",
            "bit",
        }
    )
)


def base_of(schema: Schema, type: Type) -> Type:
    """A domain's base type, all the way down; any other type as it is."""
    kind = schema.type(type)
    while kind is not None and kind.form == "domain" and kind.base is not None:
        type = kind.base
        kind = schema.type(type)
    return type


def cost(
    schema: Schema,
    old: Type,
    new: Type,
    using: Expression | None,
    column: str,
    timezone: str | None,
) -> Cost:
    """What changing a column from one type to another does to its table. `timezone` None: not
    known."""
    if using is not None:
        if using.column != column or using.functions:
            return "rewrite"
        steps = [*reversed(using.types), new]
    else:
        if castable(schema, old, new) is False:
            return "refused"
        steps = [new]
    current = old
    for step in steps:
        if not free(schema, current, step, timezone):
            return "rewrite"
        current = step
    return "free"


def free(schema: Schema, old: Type, new: Type, timezone: str | None) -> bool:
    """Whether values of the one type are values of the other as they lie on disk."""
    if old == new:
        return True
    target = schema.type(new)
    if target is not None and target.form == "domain" and target.constrained:
        return False
    old, new = base_of(schema, old), base_of(schema, new)
    if old == new:
        return True
    if old.array or new.array:
        return old.array == new.array and old.name == new.name and not new.modifiers
    if old.name == new.name:
        return _same_type(old, new)
    if old.name in _PLAIN and new.name in _PLAIN:
        return not new.modifiers or (
            old.name == "varchar" and _same_type(replace(old, name=new.name), new)
        )
    if {old.name, new.name} == {"timestamp", "timestamptz"}:
        return (timezone or "").upper() in ("UTC", "GMT", "ETC/UTC") and _precise_enough(old, new)
    if old.name in OIDS and new.name in OIDS:
        return True
    return (old.name, new.name) in _COERCIBLE and not new.modifiers


def _same_type(old: Type, new: Type) -> bool:
    """Whether other modifiers of the same type let every value through unchanged."""
    if old.name in _PRECISE:
        return _precise_enough(old, new)
    if not new.modifiers:
        return old.name != "bpchar" or not old.modifiers
    if not old.modifiers:
        return False
    if old.name in ("varchar", "varbit"):
        return _number(new.modifiers[0]) >= _number(old.modifiers[0])
    if old.name == "numeric":
        scale = [
            _number(each.modifiers[1]) if len(each.modifiers) > 1 else 0 for each in (old, new)
        ]
        return scale[0] == scale[1] and _number(new.modifiers[0]) >= _number(old.modifiers[0])
    return old.modifiers == new.modifiers


def _precise_enough(old: Type, new: Type) -> bool:
    before = _number(old.modifiers[-1]) if old.modifiers else 6
    after = _number(new.modifiers[-1]) if new.modifiers else 6
    return after >= before


def _number(modifier: str) -> int:
    return int(modifier) if modifier.lstrip("-").isdigit() else -1


def castable(schema: Schema, old: Type, new: Type) -> bool | None:
    """Whether the server converts the one to the other by itself in an assignment; None where that
    is not known."""
    if old.array == new.array and schema.type_name(old) == schema.type_name(new):
        return True
    old, new = base_of(schema, old), base_of(schema, new)
    if old == new or (old.name == new.name and old.array == new.array):
        return True
    if new.array or old.array:
        return None if new.array and old.array else new.name in STRINGS and not new.array
    if new.name in STRINGS:
        return True
    if old.name in NUMBERS and new.name in NUMBERS:
        return True
    if old.name in MOMENTS and new.name in MOMENTS:
        return True
    if {old.name, new.name} in (
        {"json", "jsonb"},
        {"inet", "cidr"},
        {"bit", "varbit"},
        {"time", "timetz"},
    ):
        return True
    target = schema.type(new)
    if old.name in STRINGS and (
        new.name in _BUILT_IN or (target is not None and target.form == "enum")
    ):
        return False
    source = schema.type(old)
    if (
        source is not None
        and source.form == "enum"
        and (new.name in _BUILT_IN or target is not None)
    ):
        return False
    if old.name in ("timestamp", "timestamptz") and new.name in ("time", "timetz"):
        return True
    if old.name in _BUILT_IN and new.name in _BUILT_IN:
        return (old.name, new.name) in {
            ("interval", "time"),
            ("time", "interval"),
            ("timestamp", "time"),
            ("int4", "bit"),
            ("xml", "text"),
        }
    return None
