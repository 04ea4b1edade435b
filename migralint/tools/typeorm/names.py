"""The names that TypeORM gives to what nobody named, and what it reads in a migration's (TypeORM
1.1, `DefaultNamingStrategy`, `MigrationExecutor`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha1

from migralint.languages.values import HOLE

_LENGTHS = {"PK": 27, "UQ": 27, "FK": 27, "IDX": 26, "CHK": 26, "XCL": 26}
"""How much of the digest each kind of name keeps."""


_DIGITS = 13
_NUMBER = re.compile(r"\s*([+-]?[0-9]+)")


def stamp(name: str) -> int | None:
    """The time in the last 13 characters of a migration's name, in milliseconds since 1970, as
    JavaScript's `parseInt` reads it; None where that is no number, or 0: TypeORM refuses both."""
    found = _NUMBER.match(name[-_DIGITS:])
    return int(found[1]) or None if found is not None else None


def made(kind: str, table: str, *parts: str) -> str:
    """`kind` is PK, UQ, FK, IDX, CHK or XCL; `table` may have a schema before it."""
    key = "_".join((table.rpartition(".")[2], *parts))
    unknown = HOLE.search(key)
    if unknown is not None:  # Of what is not known, the name is not, either.
        return unknown[0]
    digest = sha1(key.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return f"{kind}_{digest[: _LENGTHS[kind]]}"


def of_columns(kind: str, table: str, columns: Sequence[str], where: str = "") -> str:
    """The name of what stands on columns, in whatever order they are given."""
    return made(kind, table, "_".join(sorted(columns)), *([where] if where else []))
