"""Whether an expression gives the same value for every row of one statement.

A function is judged by the server's own catalogue (pg_proc of PostgreSQL 18), then by the CREATE
FUNCTION that history
shows. One that neither shows is taken for volatile, and that is said to be an assumption.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from migralint.dialects.postgresql.effects.claim import Claim
from migralint.ops.base import Expression

SINCE = {
    "gen_random_uuid": 13,
    "uuidv7": 18,
    "uuidv4": 18,
    "casefold": 18,
    "random_normal": 16,
    "any_value": 16,
}
"""Functions that an older server does not have."""
# Volatile functions of the extensions that migrations use most.
_EXTENSIONS = frozenset(
    {"uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "gen_random_bytes", "gen_salt"}
)
# Not in the catalogue because the grammar makes them; all stable.
_KEYWORDS = frozenset(
    {
        "now",
        "current_date",
        "current_time",
        "localtime",
        "localtimestamp",
        "current_user",
        "coalesce",
    }
)


@lru_cache(1)
def built_in() -> tuple[frozenset[str], frozenset[str]]:
    """Names of all built-in functions, and of those of which one at least is volatile."""
    text = files(__package__).joinpath("functions.txt").read_text("utf-8")
    everything, _, volatile = text.partition("\nvolatile\n")
    return frozenset(everything.split()), frozenset(volatile.split())


def volatile(claim: Claim, expression: Expression) -> bool:
    """Whether a default has to be worked out row by row; claims a failure for a function that the
    server lacks."""
    return any([_volatile(claim, name, 0) for name in expression.functions])  # noqa: C419  # each may fail


def _volatile(claim: Claim, name: str, depth: int) -> bool:
    if name in _KEYWORDS:
        return False
    own = claim.schema.function(name)
    if own is not None:
        if own.volatility != "volatile":
            return False
        inlined = (
            own.language == "sql"
            and own.single_select
            and not (own.security_definer or own.search_path or own.strict)
        )
        if inlined and not own.returns_set and depth < 9:
            return any(_volatile(claim, each, depth + 1) for each in own.calls)
        return True
    if name in _EXTENSIONS:
        return True
    everything, moving = built_in()
    if name in everything:
        if claim.version < SINCE.get(name, 0) and "pgcrypto" not in claim.schema.extensions:
            claim.fail("42883", f"function {name}() needs PostgreSQL {SINCE[name]}")
        return name in moving
    claim.assume(f"function {name} is volatile, since its definition is not in the history")
    return True
