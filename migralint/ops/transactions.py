"""Transactions and settings; and what is no operation on the schema, or cannot be read as one."""

from __future__ import annotations

from typing import Literal

from migralint.ops.base import Name, Op


class Begin(Op, frozen=True, kw_only=True):
    pass


class Commit(Op, frozen=True, kw_only=True):
    pass


class Rollback(Op, frozen=True, kw_only=True):
    pass


class Savepoint(Op, frozen=True, kw_only=True):
    action: Literal["SAVEPOINT", "RELEASE", "ROLLBACK TO"]
    name: str = ""


class SetTimeout(Op, frozen=True, kw_only=True):
    """lock_timeout, statement_timeout and their kin. `milliseconds` is None for RESET, DEFAULT or a
    value that is no literal."""

    name: str
    milliseconds: int | None
    local: bool = False
    role: str | None = None
    """ALTER ROLE | DATABASE … SET: takes effect for sessions to come, of this role, or "all"."""
    database: str | None = None
    """… in this database only."""


class SetParameter(Op, frozen=True, kw_only=True):
    """Any other setting; `value` is None for RESET, DEFAULT or what is no literal. name "all" is
    RESET ALL."""

    name: str
    value: str | None
    local: bool = False
    role: str | None = None
    database: str | None = None


class CreateDatabase(Op, frozen=True, kw_only=True):
    name: str


class DropDatabase(Op, frozen=True, kw_only=True):
    name: str
    if_exists: bool = False


class ServerCommand(Op, frozen=True, kw_only=True):
    """A command on the server that refuses to run in a transaction: ALTER SYSTEM, CREATE TABLESPACE
    …; `command` are its words."""

    command: str


class RunCode(Op, frozen=True, kw_only=True):
    """Code of another language that runs: what it does to the database is not known."""

    what: str = ""


class Unknown(Op, frozen=True, kw_only=True):
    """A statement that was not understood."""

    reason: str
    cause: Literal["syntax", "dynamic", "unsupported", "language", "too deep", "input"] = (
        "unsupported"
    )
    tables: tuple[Name, ...] = ()
    """Relations that it names, where that can be told."""
    anywhere: bool = False
    """It changes a relation, and which one is not known."""


RAISE = "RAISE"
"""Of Other: a block's statement that ends it with an error, or ASSERT."""


class Other(Op, frozen=True, kw_only=True):
    """Understood, and affects no relation; `what` are its words, in capitals."""

    what: str
