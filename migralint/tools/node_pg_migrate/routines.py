"""What node-pg-migrate sends for functions, triggers, casts and operators
(9.0, `src/operations`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from migralint.languages.values import Given, Made, Pairs
from migralint.source import Embedded
from migralint.tools.code import listed
from migralint.tools.node_pg_migrate.columns import spaced, type_sql, typed
from migralint.tools.node_pg_migrate.tables import Written
from migralint.tools.node_pg_migrate.types import named, one_type
from migralint.tools.node_pg_migrate.values import (
    NOTHING,
    Options,
    Refused,
    Style,
    at,
    escaped,
    given_of,
    name,
    options,
    raw,
    said,
    several,
    truth,
)

_INSTEAD = re.compile(r"instead\s+of", re.IGNORECASE)


# Functions


def parameters(given: Given | None, style: Style, *, defaults: bool = True) -> Embedded:
    """The parameters of a function, in brackets."""
    found: list[Embedded] = []
    for each in several(given):
        if not defaults and isinstance(each.value, Pairs):
            rest = {key: pair for key, pair in each.value.items.items() if key != "default"}
            each = replace(each, value=Pairs(rest, each.value.exact))
        said_there = typed(each, style)
        parts = [said_there.raw("mode", "")]
        if said_there.has("name"):
            parts.append(name(said_there.items["name"], style))
        parts.append(type_sql(said_there, style))
        default = said_there.get("default")
        if default is not None:
            parts.append(Embedded.join(("DEFAULT ", escaped(default))))
        found.append(spaced(parts))
    return Embedded.join(("(", listed(found), ")"))


def create_function(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    body = made.argument(3) or Given(None, made.span)
    if found.whole and not found.has("language"):
        raise Refused("`createFunction` without a language")
    returns = found.get("returns")
    parts = [
        Embedded.join(("CREATE ", found.words("replace", "OR REPLACE "), "FUNCTION")),
        Embedded.join((*named(made, style, 0), parameters(made.argument(1), style))),
        Embedded.join(("RETURNS ", "void" if returns is None else raw(returns))),
        Embedded.join(("AS ", escaped(body))),
    ]
    return [spaced([*parts, *_ways(found, style)])]


def _ways(found: Options, style: Style) -> list[Embedded]:
    """How a function is: its volatility, language and so on."""
    behavior = found.get("behavior")
    parts = [Embedded("VOLATILE", ()) if behavior is None else found.raw("behavior", "")]
    parts.append(found.raw("language", "LANGUAGE "))
    security = found.value("security")
    if security is not None and not (isinstance(security, Embedded) and security.text == "INVOKER"):
        parts.append(found.raw("security", "SECURITY "))
    parts.append(found.words("window", "WINDOW") if "window" in found.items else NOTHING)
    if "onNull" in found.items:
        parts.append(found.words("onNull", "RETURNS NULL ON NULL INPUT"))
    parts.append(found.raw("parallel", "PARALLEL "))
    for each in several(found.get("set")):
        one = options(each)
        value = one.get("value") or each
        head = ("SET ", name(one.get("configurationParameter"), style, each.span))
        current = isinstance(value.value, Embedded) and value.value.text == "FROM CURRENT"
        parts.append(Embedded.join((*head, " " if current else " TO ", raw(value))))
    return parts


def drop_function(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    parts: list[Embedded | str] = [
        "DROP FUNCTION ",
        found.words("ifExists", "IF EXISTS ") if "ifExists" in found.items else NOTHING,
        *named(made, style, 0),
        parameters(made.argument(1), style, defaults=False),
        found.words("cascade", " CASCADE") if "cascade" in found.items else NOTHING,
    ]
    return [Embedded.join(parts)]


def rename_function(made: Made, style: Style) -> Written:
    given = parameters(made.argument(1), style)
    old, new = named(made, style, 0, 2)
    return [Embedded.join(("ALTER FUNCTION ", old, given, " RENAME TO ", new))]


# Triggers


def _of_trigger(made: Made, found: Options) -> tuple[Given | None, Made]:
    """The function that a trigger calls, and the call that makes it."""
    called = found.get("function")
    if called is None and has_body(made):
        called = made.argument(1)
    items = {**found.items, "returns": Given(Embedded("trigger", ()), made.span)}
    pairs = Pairs({key: (None, each.value) for key, each in items.items()}, found.whole)
    given = (
        called or Given(None, made.span),
        Given(None, made.span),
        Given(pairs, found.place),
        *made.given[3:],
    )
    return called, replace(made, given=given)


def create_trigger(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    called, function = _of_trigger(made, found)
    constraint = found.words("constraint", "CONSTRAINT ")
    when = at(found.items["constraint"], "AFTER") if constraint.text else found.raw("when", "")
    if found.whole and not when.text:
        raise Refused('`createTrigger` without "when"')
    if called is None:
        raise Refused("`createTrigger` without a function")
    instead = _INSTEAD.search(when.text) is not None
    level = found.get("level")
    row: Embedded | str = "ROW" if instead else "STATEMENT" if level is None else raw(level)
    operations: list[Embedded | str] = []
    for each in several(found.get("operation")):
        operations += [" OR ", raw(each)]
    if not operations:
        raise Refused('`createTrigger` without an "operation"')
    trigger, table = named(made, style, 1, 0)
    values = listed([escaped(each) for each in several(found.get("functionParams"))])
    parts = [
        Embedded.join(("CREATE ", constraint, "TRIGGER ", trigger)),
        when,
        Embedded.join((*operations[1:], " ON ", table)),
        _deferred(found) if constraint.text else NOTHING,
        Embedded.join(("FOR EACH ", row)),
        found.raw("condition", "WHEN (", ")"),
        Embedded.join(("EXECUTE PROCEDURE ", name(called, style), "(", values, ")")),
    ]
    before = create_function(function, style) if has_body(made) else []
    return [*before, spaced(parts)]


def has_body(made: Made) -> bool:
    """Whether a trigger's function is made with it."""
    given = made.argument(3)
    return given is not None and truth(given.value) is not False


def _deferred(found: Options) -> Embedded:
    if "deferrable" not in found.items or not found.flag("deferrable"):
        return Embedded("NOT DEFERRABLE", ())
    how = "deferred" in found.items and found.flag("deferred")
    words = f"DEFERRABLE INITIALLY {'DEFERRED' if how else 'IMMEDIATE'}"
    return at(found.items["deferrable"], words)


def drop_trigger(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    trigger, table = named(made, style, 1, 0)
    guard = found.words("ifExists", "IF EXISTS ")
    parts = ("DROP TRIGGER ", guard, trigger, " ON ", table, found.words("cascade", " CASCADE"))
    return [Embedded.join(parts)]


def undo_trigger(made: Made, style: Style) -> Written:
    sent = drop_trigger(made, style)
    if not has_body(made):
        return sent
    called = options(made.argument(2)).get("function") or made.argument(1)
    given = (called or Given(None, made.span), Given(None, made.span), *made.given[2:3])
    return [*sent, *drop_function(replace(made, given=given), style)]


def rename_trigger(made: Made, style: Style) -> Written:
    table, old, new = named(made, style, 0, 1, 2)
    return [Embedded.join(("ALTER TRIGGER ", old, " ON ", table, " RENAME TO ", new))]


# Casts


def _cast(made: Made) -> tuple[Embedded | str, ...]:
    source, target = (raw(made.argument(each) or Given(None, made.span)) for each in (0, 1))
    return ("(", source, " AS ", target, ")")


def create_cast(made: Made, style: Style) -> Written:
    found = options(made.argument(2))
    parts: list[Embedded | str] = ["CREATE CAST ", *_cast(made)]
    if found.has("functionName"):
        types = several(found.get("argumentTypes")) or several(made.argument(0))
        called = name(found.items["functionName"], style)
        parts += [" WITH FUNCTION ", called, "(", listed([raw(each) for each in types]), ")"]
    elif found.flag("inout"):
        parts.append(found.words("inout", " WITH INOUT"))
    else:
        parts.append(" WITHOUT FUNCTION")
    return [Embedded.join((*parts, found.raw("as", " AS ")))]


def drop_cast(made: Made, style: Style) -> Written:
    guard = options(made.argument(2)).words("ifExists", "IF EXISTS ")
    return [Embedded.join(("DROP CAST ", guard, *_cast(made)))]


# Operators


def _symbol(given: Given | None, made: Made, style: Style) -> Embedded:
    """An operator's name, which has no quotes."""
    if given is None:
        return said(Given(None, made.span), style)
    found = options(given)
    own = found.get("name")
    if own is None:
        return said(given, style)
    if not found.has("schema"):
        return said(own, style)
    return Embedded.join((said(found.items["schema"], style), ".", said(own, style)))


_ARGUMENTS = (("procedure", "PROCEDURE"), ("left", "LEFTARG"), ("right", "RIGHTARG"))
_OTHERS = (("commutator", "COMMUTATOR"), ("negator", "NEGATOR"))
_ESTIMATES = (("restrict", "RESTRICT"), ("join", "JOIN"))


def create_operator(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    parts: list[Embedded] = []
    for keys, as_symbol in ((_ARGUMENTS, False), (_OTHERS, True), (_ESTIMATES, False)):
        for key, word in keys:
            if found.has(key):
                given = found.items[key]
                value = _symbol(given, made, style) if as_symbol else name(given, style)
                parts.append(Embedded.join((f"{word} = ", value)))
    parts += [found.words("hashes", "HASHES"), found.words("merges", "MERGES")]
    said_there = listed([each for each in parts if each.text])
    called = _symbol(made.argument(0), made, style)
    return [Embedded.join(("CREATE OPERATOR ", called, " (", said_there, ")"))]


def drop_operator(made: Made, style: Style) -> Written:
    found = options(made.argument(1))
    sides = [
        name(found.items[each], style) if found.has(each) else Embedded("none", ())
        for each in ("left", "right")
    ]
    parts: list[Embedded | str] = [
        "DROP OPERATOR ",
        found.words("ifExists", "IF EXISTS ") if "ifExists" in found.items else NOTHING,
        _symbol(made.argument(0), made, style),
        "(",
        listed(sides),
        ")",
        found.words("cascade", " CASCADE") if "cascade" in found.items else NOTHING,
    ]
    return [Embedded.join(parts)]


def _members(given: Given | None, style: Style) -> Embedded:
    """The operators and functions of a class or family."""
    lines: list[Embedded] = []
    for each in several(given):
        found = options(each)
        kind = found.value("type")
        word = kind.text.upper() if isinstance(kind, Embedded) else "FUNCTION"
        place = given_of(None, each.value, each.span)
        number = raw(found.get("number") or place)
        inner = found.get("params")
        brackets = word == "FUNCTION" or bool(several(inner))
        called = name(found.get("name"), style, each.span)
        tail = parameters(inner, style) if brackets else NOTHING
        lines.append(Embedded.join((f"{word} ", number, " ", called, tail)))
    return listed(lines)


def create_operator_class(made: Made, style: Style) -> Written:
    found = options(made.argument(4))
    called, method = named(made, style, 0, 2)
    kind = one_type(made.argument(1), made, Style(style.decamelize))
    parts: list[Embedded | str] = [
        "CREATE OPERATOR CLASS ",
        called,
        found.words("default", " DEFAULT"),
        " FOR TYPE ",
        name(Given(kind, made.span), style),
        " USING ",
        method,
        found.raw("family", " FAMILY "),
        " AS ",
        _members(made.argument(3), style),
    ]
    return [Embedded.join(parts)]


def of_operators(what: str, ending: str) -> Callable[[Made, Style], Written]:
    """What drops, makes or renames an operator class or family."""

    def write(made: Made, style: Style) -> Written:
        method = raw(made.argument(1) or Given(None, made.span))
        found = options(made.argument(2)) if ending == "drop" else options(None)
        guard = found.words("ifExists", "IF EXISTS ") if "ifExists" in found.items else NOTHING
        parts: list[Embedded | str] = [f"{what} ", guard, *named(made, style, 0), " USING ", method]
        if ending == "rename":
            parts += [" RENAME TO ", *named(made, style, 2)]
        elif ending in ("ADD", "DROP"):
            parts += [f" {ending} ", _members(made.argument(2), style)]
        elif "cascade" in found.items:
            parts.append(found.words("cascade", " CASCADE"))
        return [Embedded.join(parts)]

    return write


def undo_operator_class(made: Made, style: Style) -> Written:
    given = (*made.given[:1], *made.given[2:3], *made.given[4:5])
    return of_operators("DROP OPERATOR CLASS", "drop")(replace(made, given=given), style)
