"""What CHECK constraints prove: that a column holds no NULL, that rows lie inside a partition's
bounds or outside them.

The server proves it with predicate_implied_by; this is the part of it that people write (measured
on 12 to 18).
"""

from __future__ import annotations

from collections.abc import Iterator

from migralint.ops.base import Bound, Test
from migralint.schema import Table


def proven(table: Table) -> Iterator[Test]:
    """What is true of every row by valid, enforced CHECK constraints."""
    for constraint in table.constraints:
        if (
            constraint.kind == "check"
            and not constraint.not_valid
            and constraint.enforced
            and constraint.expression
        ):
            yield from constraint.expression.tests


def proves_not_null(table: Table, column: str) -> bool:
    """A column holds no NULL, by a CHECK; a NOT NULL of the column itself is not asked."""
    return any(test.column == column and test.operator == "IS NOT NULL" for test in proven(table))


def comparable(value: str) -> tuple[int, float, str]:
    """Literals in order: numbers as numbers, everything else as text (ISO dates sort as text)."""
    try:
        return (0, float(value), "")
    except ValueError:
        return (1, 0.0, value)


def inside(table: Table, keys: tuple[str | None, ...], bound: Bound) -> bool:
    """Every row of a table lies within a bound, by its constraints."""
    if bound.kind == "default":
        return True
    if not bound.exact or bound.kind == "hash" or len(keys) != 1 or keys[0] is None:
        return False
    key = keys[0]
    column = table.column(key)
    if (
        not (column and column.not_null)
        and not proves_not_null(table, key)
        and None not in bound.values
    ):
        return False
    if bound.kind == "list":
        return any(
            (test.operator == "=" and test.value in bound.values)
            or (test.operator == "IN" and set(test.values) <= set(bound.values))
            for test in proven(table)
            if test.column == key
        )
    tests = [test for test in proven(table) if test.column == key and test.value is not None]
    low, high = bound.values[0], bound.upper[0]
    return (low is None or any(_at_least(test, low) for test in tests)) and (
        high is None or any(_below(test, high) for test in tests)
    )


def outside(table: Table, keys: tuple[str | None, ...], bound: Bound) -> bool:
    """No row of a table lies within a bound, by its constraints."""
    if not bound.exact or bound.kind != "range" or len(keys) != 1 or keys[0] is None:
        return False
    tests = [test for test in proven(table) if test.column == keys[0] and test.value is not None]
    low, high = bound.values[0], bound.upper[0]
    return (high is not None and any(_at_least(test, high) for test in tests)) or (
        low is not None and any(_below(test, low) for test in tests)
    )


def _at_least(test: Test, low: str) -> bool:
    assert test.value is not None
    return test.operator in (">=", ">", "=") and comparable(test.value) >= comparable(low)


def _below(test: Test, high: str) -> bool:
    assert test.value is not None
    value, limit = comparable(test.value), comparable(high)
    return (test.operator == "<" and value <= limit) or (
        test.operator in ("<=", "=") and value < limit
    )


def overlap(one: Bound, other: Bound) -> bool:
    """Two bounds certainly have a row in common."""
    if not (one.exact and other.exact) or one.kind != other.kind:
        return False
    if one.kind == "default":
        return True
    if one.kind == "list":
        return bool(set(one.values) & set(other.values))
    if one.kind != "range" or len(one.values) != 1 or len(other.values) != 1:
        return False
    return _less(one.values[0], other.upper[0]) and _less(other.values[0], one.upper[0])


def _less(low: str | None, high: str | None) -> bool:
    """None is without end on its side."""
    return low is None or high is None or comparable(low) < comparable(high)
