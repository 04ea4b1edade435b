"""What node-pg-migrate sends for views (9.0, `src/operations/views`, `…/materializedViews`)."""

from __future__ import annotations

from migralint.languages.values import Given, Made, Pairs
from migralint.source import Embedded
from migralint.tools.code import listed
from migralint.tools.node_pg_migrate.tables import Written, default_action, dropped
from migralint.tools.node_pg_migrate.types import named, renamed
from migralint.tools.node_pg_migrate.values import (
    NOTHING,
    Options,
    Style,
    at,
    given_of,
    name,
    names,
    options,
    raw,
)


def _settings(given: Given | None, *, unset: bool = False) -> Embedded:
    """Options of the view itself, as `a = 1, b`; those that are null are to be `unset`."""
    found = options(given)
    pairs = given.value.items if given is not None and isinstance(given.value, Pairs) else {}
    parts: list[Embedded] = []
    for key, (written, _) in pairs.items():
        each = found.items[str(key)]
        called = raw(Given(written, given_of(written, None, found.place).span))
        if unset or each.value is True:
            parts += [called] if not unset or each.value is None else []
        elif each.value is not None:
            parts.append(Embedded.join((called, " = ", raw(each))))
    return listed(parts)


def _bracketed(words: str, parts: Embedded) -> Embedded:
    return Embedded.join((words, "(", parts, ")")) if parts.text else NOTHING


def _columns(found: Options, style: Style) -> Embedded:
    return _bracketed("", listed(names(found.get("columns"), style)))


def _definition(made: Made) -> Embedded:
    return raw(made.argument(2) or Given(None, made.span))


def create_view(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    parts: list[Embedded | str] = [
        "CREATE ",
        found.words("replace", "OR REPLACE "),
        found.words("temporary", "TEMPORARY "),
        found.words("recursive", "RECURSIVE "),
        "VIEW ",
        *named(made, style, 0),
        _columns(found, style),
        _bracketed(" WITH ", _settings(found.get("options"))),
        " AS ",
        _definition(made),
        found.raw("checkOption", " WITH ", " CHECK OPTION"),
    ]
    return [Embedded.join(parts)]


def drop_view(made: Made, style: Style) -> Written:
    return [dropped(made, style, "VIEW")]


def alter_view(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    given = found.get("options")
    set_now = [_settings(given), found.raw("checkOption", "check_option = ")]
    clauses = [_bracketed("SET ", listed([each for each in set_now if each.text]))]
    clauses.append(_bracketed("RESET ", _settings(given, unset=True)))
    head = Embedded.join(("ALTER VIEW ", *named(made, style, 0), " "))
    return [Embedded.join((head, each)) for each in clauses if each.text]


def alter_view_column(made: Made, style: Style) -> Written:
    given = options(made.argument(2)).get("default")
    if given is None:
        return []
    view, column = named(made, style, 0, 1)
    head = Embedded.join(("ALTER VIEW ", view, " ALTER COLUMN ", column, " "))
    return [Embedded.join((head, default_action(given)))]


def rename_view(made: Made, style: Style) -> Written:
    return [renamed("VIEW", made, style)]


def create_materialized_view(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    space: tuple[Embedded | str, ...] = ()
    if found.has("tablespace"):
        space = (" TABLESPACE ", name(found.items["tablespace"], style))
    parts: list[Embedded | str] = [
        "CREATE MATERIALIZED VIEW ",
        found.words("ifNotExists", "IF NOT EXISTS "),
        *named(made, style, 0),
        _columns(found, style),
        _bracketed(" WITH ", _settings(found.get("storageParameters"))),
        *space,
        " AS ",
        _definition(made),
        _data(found),
    ]
    return [Embedded.join(parts)]


def _data(found: Options) -> Embedded:
    if "data" not in found.items or found.value("data") is None:
        return NOTHING
    return at(found.items["data"], " WITH DATA" if found.flag("data") else " WITH NO DATA")


def drop_materialized_view(made: Made, style: Style) -> Written:
    return [dropped(made, style, "MATERIALIZED VIEW")]


def alter_materialized_view(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    clauses: list[Embedded] = []
    cluster = found.get("cluster")
    if cluster is not None:
        if found.has("cluster"):
            clauses.append(Embedded.join(("CLUSTER ON ", name(cluster, style))))
        else:
            clauses.append(at(cluster, "SET WITHOUT CLUSTER"))
    if found.has("extension"):
        extension = name(found.items["extension"], style)
        clauses.append(Embedded.join(("DEPENDS ON EXTENSION ", extension)))
    given = found.get("storageParameters")
    clauses.append(_bracketed("SET ", _settings(given)))
    clauses.append(_bracketed("RESET ", _settings(given, unset=True)))
    view = named(made, style, 0)
    said = listed([each for each in clauses if each.text])
    return [Embedded.join(("ALTER MATERIALIZED VIEW ", *view, " ", said))]


def rename_materialized_view(made: Made, style: Style) -> Written:
    return [renamed("MATERIALIZED VIEW", made, style)]


def rename_materialized_view_column(made: Made, style: Style) -> Written:
    view, old, new = named(made, style, 0, 1, 2)
    parts = ("ALTER MATERIALIZED VIEW ", view, " RENAME COLUMN ", old, " TO ", new)
    return [Embedded.join(parts)]


def refresh_materialized_view(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    how = found.words("concurrently", "CONCURRENTLY ")
    [view] = named(made, style, 0)
    return [Embedded.join(("REFRESH MATERIALIZED VIEW ", how, view, _data(found)))]
