"""The names that TypeORM gives to what nobody named (TypeORM 1.1, `DefaultNamingStrategy`)."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1

_LENGTHS = {"PK": 27, "UQ": 27, "FK": 27, "IDX": 26, "CHK": 26, "XCL": 26}
"""How much of the digest each kind of name keeps."""


def made(kind: str, table: str, *parts: str) -> str:
    """`kind` is PK, UQ, FK, IDX, CHK or XCL; `table` may have a schema before it."""
    key = "_".join((table.rpartition(".")[2], *parts))
    digest = sha1(key.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return f"{kind}_{digest[: _LENGTHS[kind]]}"


def of_columns(kind: str, table: str, columns: Sequence[str], where: str = "") -> str:
    """The name of what stands on columns, in whatever order they are given."""
    return made(kind, table, "_".join(sorted(columns)), *([where] if where else []))
