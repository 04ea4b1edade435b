"""Types that a server has by itself (PostgreSQL 18, `pg_type`), and those that nobody has made."""

from __future__ import annotations

from migralint.dialects.postgresql.effects.claim import Claim
from migralint.ops.base import Name, Type

_OWN = frozenset(
    (
        "bool bytea char name int8 int2 int2vector int4 regproc text oid tid xid xid8 cid "
        "oidvector json jsonb jsonpath xml point lseg path box polygon line circle float4 float8 "
        "money "
        "macaddr macaddr8 inet cidr aclitem bpchar varchar date time timestamp timestamptz timetz "
        "interval bit varbit numeric refcursor regprocedure regoper regoperator regclass "
        "regcollation regtype regrole regnamespace regconfig regdictionary regdatabase uuid pg_lsn "
        "tsvector gtsvector tsquery txid_snapshot int4range int8range numrange tsrange tstzrange "
        "daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange "
        "datemultirange unknown record cstring any anyelement anyarray void trigger "
        "serial smallserial bigserial serial2 serial4 serial8"
    ).split()
)


def known_type(claim: Claim, type: Type | None) -> None:
    """A column of a type that the server does not have, and that no earlier statement has made. An
    extension may have brought it."""
    schema = claim.schema
    if type is None or type.schema or type.name in _OWN or not schema.complete:
        return
    if schema.extensions or type.name.startswith(("pg_", "_")):
        return
    name = Name(type.name)
    if schema.type(name) is None and schema.table(name) is None:
        claim.fail("42704", f"type {name} does not exist")
