"""Transactions, settings, roles, databases, and what else concerns the server more than its
tables."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Decoder

from migralint.dialects.postgresql.tree import (
    Place,
    RangeVar,
    RoleSpec,
    Variable,
    constant,
    role,
)
from migralint.ops import (
    Begin,
    Commit,
    CreateDatabase,
    DropDatabase,
    Name,
    Op,
    Other,
    Rollback,
    Savepoint,
    ServerCommand,
    SetConstraints,
    SetParameter,
    SetTimeout,
    Unknown,
)

_TIMEOUTS = frozenset(
    (
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_timeout",
    )
)
_DURATION = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(us|ms|s|min|h|d|)\s*\Z")
_UNITS = {"us": 0.001, "": 1, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(value: str | None) -> int | None:
    """A duration as the server's settings take it: '5s', '500ms', 5000."""
    found = _DURATION.match(value) if value is not None else None
    return None if found is None else round(float(found[1]) * _UNITS[found[2]])


def setting(
    name: str,
    value: str | None,
    place: Place,
    *,
    local: bool = False,
    role: str | None = None,
    database: str | None = None,
) -> Op:
    """A setting set; value None for DEFAULT, RESET and what is no literal."""
    name = name.lower()
    if name in _TIMEOUTS:
        return SetTimeout(
            span=place.span,
            name=name,
            milliseconds=milliseconds(value),
            local=local,
            role=role,
            database=database,
        )
    return SetParameter(
        span=place.span, name=name, value=value, local=local, role=role, database=database
    )


def set_variable(
    node: Variable, place: Place, role: str | None = None, database: str | None = None
) -> list[Op]:
    if node.kind == "VAR_SET_MULTI":
        return [Other(span=place.span, what=f"SET {node.name}".upper())]
    if node.kind == "VAR_RESET_ALL":
        return [SetParameter(span=place.span, name="all", value=None, role=role, database=database)]
    value = None
    if node.kind == "VAR_SET_VALUE":
        values = [constant(argument) for argument in node.args]
        value = (
            None
            if None in values
            else ", ".join(filter(None, values))
            if len(values) > 1
            else values[0]
        )
    return [setting(node.name, value, place, local=node.is_local, role=role, database=database)]


class TransactionStmt(Struct):
    kind: str
    savepoint_name: str = ""
    chain: bool = False


def transaction(node: TransactionStmt, place: Place) -> list[Op]:
    span, kind = place.span, node.kind.removeprefix("TRANS_STMT_")
    if kind in ("BEGIN", "START"):
        return [Begin(span=span)]
    if kind in ("COMMIT", "ROLLBACK"):
        ended: Op = Commit(span=span) if kind == "COMMIT" else Rollback(span=span)
        return [ended, Begin(span=span)] if node.chain else [ended]
    if kind == "PREPARE":
        return [Commit(span=span)]  # this session is out of the transaction
    if kind == "SAVEPOINT":
        return [Savepoint(span=span, action="SAVEPOINT", name=node.savepoint_name)]
    if kind == "RELEASE":
        return [Savepoint(span=span, action="RELEASE", name=node.savepoint_name)]
    if kind == "ROLLBACK_TO":
        return [Savepoint(span=span, action="ROLLBACK TO", name=node.savepoint_name)]
    return [ServerCommand(span=span, command=kind.replace("_", " "))]


class AlterRoleSetStmt(Struct):
    setstmt: Variable
    role: RoleSpec | None = None
    database: str = ""


def alter_role_set(node: AlterRoleSetStmt, place: Place) -> list[Op]:
    database = node.database or None
    return set_variable(node.setstmt, place, role=role(node.role) or "all", database=database)


class AlterDatabaseSetStmt(Struct):
    setstmt: Variable
    dbname: str = ""


def alter_database_set(node: AlterDatabaseSetStmt, place: Place) -> list[Op]:
    return set_variable(node.setstmt, place, role="all", database=node.dbname)


class Database(Struct):
    dbname: str = ""
    missing_ok: bool = False


def create_database(node: Database, place: Place) -> list[Op]:
    return [CreateDatabase(span=place.span, name=node.dbname)]


def drop_database(node: Database, place: Place) -> list[Op]:
    return [DropDatabase(span=place.span, name=node.dbname, if_exists=node.missing_ok)]


class DiscardStmt(Struct):
    target: str = ""


def discard(node: DiscardStmt, place: Place) -> list[Op]:
    # Only DISCARD ALL resets the settings, and refuses to run in a transaction.
    if node.target == "DISCARD_ALL":
        return [
            ServerCommand(span=place.span, command="DISCARD ALL"),
            SetParameter(span=place.span, name="all", value=None),
        ]
    return [Other(span=place.span, what="DISCARD")]


class DropOwnedStmt(Struct):
    roles: list[dict[str, RoleSpec]] = []


def drop_owned(node: DropOwnedStmt, place: Place) -> list[Op]:
    return [Unknown(span=place.span, reason="DROP OWNED drops whatever the role owns")]


class ConstraintsSetStmt(Struct):
    constraints: list[dict[str, RangeVar]] = []
    deferred: bool = False


def set_constraints(node: ConstraintsSetStmt, place: Place) -> list[Op]:
    names = [Name(each.relname, each.schemaname) for by in node.constraints for each in by.values()]
    return [SetConstraints(span=place.span, names=tuple(names), immediate=not node.deferred)]


def _other(what: str) -> tuple[None, Any]:
    def make(node: Raw, place: Place) -> list[Op]:
        return [Other(span=place.span, what=what)]

    return None, make


def _server(what: str) -> tuple[None, Any]:
    def make(node: Raw, place: Place) -> list[Op]:
        return [ServerCommand(span=place.span, command=what)]

    return None, make


def _unsupported(reason: str) -> tuple[None, Any]:
    def make(node: Raw, place: Place) -> list[Op]:
        return [Unknown(span=place.span, reason=reason)]

    return None, make


HANDLERS: dict[str, tuple[Any, Any]] = {
    "TransactionStmt": (Decoder(TransactionStmt), transaction),
    "VariableSetStmt": (Decoder(Variable), set_variable),
    "AlterRoleSetStmt": (Decoder(AlterRoleSetStmt), alter_role_set),
    "AlterDatabaseSetStmt": (Decoder(AlterDatabaseSetStmt), alter_database_set),
    "CreatedbStmt": (Decoder(Database), create_database),
    "DropdbStmt": (Decoder(Database), drop_database),
    "DiscardStmt": (Decoder(DiscardStmt), discard),
    "DropOwnedStmt": (Decoder(DropOwnedStmt), drop_owned),
    "ConstraintsSetStmt": (Decoder(ConstraintsSetStmt), set_constraints),
    # These refuse to run in a transaction.
    "AlterSystemStmt": _server("ALTER SYSTEM"),
    "CreateTableSpaceStmt": _server("CREATE TABLESPACE"),
    "DropTableSpaceStmt": _server("DROP TABLESPACE"),
    "CreateSubscriptionStmt": _server("CREATE SUBSCRIPTION"),
    "DropSubscriptionStmt": _server("DROP SUBSCRIPTION"),
    # These do things to relations that their text does not name.
    "ImportForeignSchemaStmt": _unsupported(
        "IMPORT FOREIGN SCHEMA makes tables that are not named here"
    ),
    "AlterExtensionContentsStmt": _other("ALTER EXTENSION ADD"),
    # These concern no relation.
    "AlterCollationStmt": _other("ALTER COLLATION"),
    "AlterDatabaseRefreshCollStmt": _other("ALTER DATABASE REFRESH COLLATION VERSION"),
    "AlterDatabaseStmt": _other("ALTER DATABASE"),
    "AlterDefaultPrivilegesStmt": _other("ALTER DEFAULT PRIVILEGES"),
    "AlterEventTrigStmt": _other("ALTER EVENT TRIGGER"),
    "AlterExtensionStmt": _other("ALTER EXTENSION"),
    "AlterFdwStmt": _other("ALTER FOREIGN DATA WRAPPER"),
    "AlterForeignServerStmt": _other("ALTER SERVER"),
    "AlterFunctionStmt": _other("ALTER FUNCTION"),
    "AlterObjectDependsStmt": _other("ALTER DEPENDS ON EXTENSION"),
    "AlterOpFamilyStmt": _other("ALTER OPERATOR FAMILY"),
    "AlterOperatorStmt": _other("ALTER OPERATOR"),
    "AlterRoleStmt": _other("ALTER ROLE"),
    "AlterStatsStmt": _other("ALTER STATISTICS"),
    "AlterSubscriptionStmt": _other("ALTER SUBSCRIPTION"),
    "AlterTSConfigurationStmt": _other("ALTER TEXT SEARCH CONFIGURATION"),
    "AlterTSDictionaryStmt": _other("ALTER TEXT SEARCH DICTIONARY"),
    "AlterTableSpaceOptionsStmt": _other("ALTER TABLESPACE"),
    "AlterTypeStmt": _other("ALTER TYPE"),
    "AlterUserMappingStmt": _other("ALTER USER MAPPING"),
    "CheckPointStmt": _other("CHECKPOINT"),
    "ClosePortalStmt": _other("CLOSE"),
    "CreateAmStmt": _other("CREATE ACCESS METHOD"),
    "CreateCastStmt": _other("CREATE CAST"),
    "CreateConversionStmt": _other("CREATE CONVERSION"),
    "CreateEventTrigStmt": _other("CREATE EVENT TRIGGER"),
    "CreateFdwStmt": _other("CREATE FOREIGN DATA WRAPPER"),
    "CreateForeignServerStmt": _other("CREATE SERVER"),
    "CreateOpClassStmt": _other("CREATE OPERATOR CLASS"),
    "CreateOpFamilyStmt": _other("CREATE OPERATOR FAMILY"),
    "CreatePLangStmt": _other("CREATE LANGUAGE"),
    "CreateRoleStmt": _other("CREATE ROLE"),
    "CreateTransformStmt": _other("CREATE TRANSFORM"),
    "CreateUserMappingStmt": _other("CREATE USER MAPPING"),
    "DeallocateStmt": _other("DEALLOCATE"),
    "DropRoleStmt": _other("DROP ROLE"),
    "DropUserMappingStmt": _other("DROP USER MAPPING"),
    "FetchStmt": _other("FETCH"),
    "GrantRoleStmt": _other("GRANT ROLE"),
    "ListenStmt": _other("LISTEN"),
    "LoadStmt": _other("LOAD"),
    "NotifyStmt": _other("NOTIFY"),
    "PrepareStmt": _other("PREPARE"),
    "ReassignOwnedStmt": _other("REASSIGN OWNED"),
    "SecLabelStmt": _other("SECURITY LABEL"),
    "UnlistenStmt": _other("UNLISTEN"),
    "VariableShowStmt": _other("SHOW"),
    # No statements of their own: parts of others' trees, or of PL/pgSQL's.
    "PLAssignStmt": _other("ASSIGNMENT"),
    "ReplicaIdentityStmt": _other("REPLICA IDENTITY"),
    "RawStmt": _unsupported("RawStmt is no statement"),
    "ReturnStmt": _other("RETURN"),
    "SetOperationStmt": _unsupported("SetOperationStmt is no statement"),
}
