"""What node-pg-migrate sends for roles, policies and privileges (9.0, `src/operations`)."""

from __future__ import annotations

from msgspec.structs import replace

from migralint.languages.values import Given, Made
from migralint.source import Embedded
from migralint.tools.code import listed
from migralint.tools.node_pg_migrate.columns import spaced
from migralint.tools.node_pg_migrate.tables import Written
from migralint.tools.node_pg_migrate.types import literal_list, named, renamed
from migralint.tools.node_pg_migrate.values import (
    NOTHING,
    Options,
    Refused,
    Style,
    at,
    escaped,
    name,
    names,
    options,
    several,
)

_SWITCHES = ("superuser", "createdb", "createrole", "inherit", "login", "replication", "bypassrls")
_ON_CREATION = ("superuser", "createdb", "createrole", "login", "replication")
"""What a new role is not, unless the call says so."""


# Roles


def _role(found: Options, *, new: bool) -> Embedded:
    parts: list[Embedded] = []
    for each in _SWITCHES:
        word = each.upper()
        given = found.get(each)
        if given is not None:
            said = given.value is not None if each == "inherit" and new else True
            on = found.flag(each) or not said
            parts.append(at(given, word if on else f"NO{word}"))
        elif new and each != "bypassrls":
            parts.append(Embedded(f"NO{word}" if each in _ON_CREATION else word, ()))
    parts.append(found.raw("limit", "CONNECTION LIMIT "))
    password = found.get("password")
    if password is not None:
        plain = found.value("encrypted") is False
        words = "UNENCRYPTED" if plain else "ENCRYPTED"
        parts.append(Embedded.join((f"{words} PASSWORD ", escaped(password))))
    valid = found.get("valid")
    if valid is not None:
        until: Embedded | str = escaped(valid) if found.has("valid") else "'infinity'"
        parts.append(Embedded.join(("VALID UNTIL ", until)))
    for key, words in (("inRole", "IN ROLE "), ("role", "ROLE "), ("admin", "ADMIN ")):
        if found.has(key):
            parts.append(Embedded.join((words, literal_list(found.items[key]))))
    return spaced(parts)


def create_role(made: Made, style: Style) -> Written:
    said = _role(options(made.argument(1)), new=True)
    return [Embedded.join(("CREATE ROLE ", *named(made, style, 0), " WITH ", said))]


def alter_role(made: Made, style: Style) -> Written:
    said = _role(options(made.argument(1)), new=False)
    if not said.text:
        return []
    return [Embedded.join(("ALTER ROLE ", *named(made, style, 0), " WITH ", said))]


def drop_role(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    guard = found.words("ifExists", "IF EXISTS ") if "ifExists" in found.items else NOTHING
    return [Embedded.join(("DROP ROLE ", guard, *named(made, style, 0)))]


def rename_role(made: Made, style: Style) -> Written:
    return [renamed("ROLE", made, style)]


# Policies


def _clauses(found: Options) -> list[Embedded]:
    parts = [found.raw("using", "USING (", ")"), found.raw("check", "WITH CHECK (", ")")]
    roles = literal_list(found.get("role"))
    return [Embedded.join(("TO ", roles)) if roles.text else NOTHING, *parts]


def create_policy(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    policy, table = named(made, style, 1, 0)
    command = found.raw("command", "FOR ") if found.has("command") else Embedded("FOR ALL", ())
    if not found.has("role"):
        role = Given(Embedded("PUBLIC", ()), made.span)
        found = replace(found, items={**found.items, "role": role})
    head = Embedded.join(("CREATE POLICY ", policy, " ON ", table))
    return [spaced([head, command, *_clauses(found)])]


def alter_policy(made: Made, style: Style) -> Written:
    policy, table = named(made, style, 1, 0)
    clauses = spaced(_clauses(options(made.argument(2))))
    if not clauses.text:
        raise Refused("`alterPolicy` without an option")
    return [Embedded.join(("ALTER POLICY ", policy, " ON ", table, " ", clauses))]


def drop_policy(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    policy, table = named(made, style, 1, 0)
    guard = found.words("ifExists", "IF EXISTS ") if "ifExists" in found.items else NOTHING
    return [Embedded.join(("DROP POLICY ", guard, policy, " ON ", table))]


def rename_policy(made: Made, style: Style) -> Written:
    table, old, new = named(made, style, 0, 1, 2)
    return [Embedded.join(("ALTER POLICY ", old, " ON ", table, " RENAME TO ", new))]


# Privileges


def grant_roles(made: Made, style: Style) -> Written:
    what, to = (listed(names(made.argument(each), style)) for each in (0, 1))
    more = options(made.argument(2)).words("withAdminOption", " WITH ADMIN OPTION")
    return [Embedded.join(("GRANT ", what, " TO ", to, more))]


def revoke_roles(made: Made, style: Style) -> Written:
    what, others = (listed(names(made.argument(each), style)) for each in (0, 1))
    found = options(made.argument(2))
    only = _set(found, "onlyAdminOption", "ADMIN OPTION FOR ")
    return [
        Embedded.join(("REVOKE ", only, what, " FROM ", others, _set(found, "cascade", " CASCADE")))
    ]


def _set(found: Options, key: str, words: str) -> Embedded:
    return found.words(key, words) if key in found.items else NOTHING


def _roles(found: Options, style: Style) -> Embedded:
    return listed(
        [
            each.value
            if isinstance(each.value, Embedded) and each.value.text == "PUBLIC"
            else name(each, style)
            for each in several(found.get("roles"))
        ]
    )


def _on(found: Options, style: Style, what: str) -> Embedded:
    """What the privileges are of."""
    if what == "SCHEMA":
        return Embedded.join(("SCHEMA ", listed(names(found.get("schemas"), style))))
    if "schema" in found.items:
        return Embedded.join(("ALL TABLES IN SCHEMA ", name(found.items["schema"], style)))
    return listed(names(found.get("tables"), style))


def _granted(made: Made, style: Style, what: str) -> Written:
    found = options(made.argument(0))
    privileges = literal_list(found.get("privileges"))
    on, roles = _on(found, style, what), _roles(found, style)
    more = _set(found, "withGrantOption", " WITH GRANT OPTION")
    return [Embedded.join(("GRANT ", privileges, " ON ", on, " TO ", roles, more))]


def _revoked(made: Made, style: Style, what: str) -> Written:
    found = options(made.argument(0))
    only = _set(found, "onlyGrantOption", "GRANT OPTION FOR ")
    privileges = literal_list(found.get("privileges"))
    on, roles = _on(found, style, what), _roles(found, style)
    more = _set(found, "cascade", " CASCADE")
    return [Embedded.join(("REVOKE ", only, privileges, " ON ", on, " FROM ", roles, more))]


def grant_on_tables(made: Made, style: Style) -> Written:
    return _granted(made, style, "TABLE")


def revoke_on_tables(made: Made, style: Style) -> Written:
    return _revoked(made, style, "TABLE")


def grant_on_schemas(made: Made, style: Style) -> Written:
    return _granted(made, style, "SCHEMA")


def revoke_on_schemas(made: Made, style: Style) -> Written:
    return _revoked(made, style, "SCHEMA")
