"""One migration of Sequelize's or Umzug's, read without running it."""

from __future__ import annotations

from migralint.languages import tree
from migralint.languages.events import MISSING, Callback, World
from migralint.languages.javascript.walking import Walker
from migralint.languages.values import Closure, Made, Scope, Symbol, Value
from migralint.migration import Statement
from migralint.source import Embedded, Source
from migralint.tools.code import commented
from migralint.tools.files import Parse
from migralint.tools.javascript import node, reading, walks
from migralint.tools.javascript.modules import Modules
from migralint.tools.kept import Facts, Read
from migralint.tools.sequelize.sending import Sent, is_transaction

_NAMES = {"postgresql": "postgres", "": "postgres"}
"""What Sequelize calls a database, if that is another name; PostgreSQL where nothing says it."""
_SPOKEN = {"mariadb": "mysql", "": "postgresql"}
"""Whose SQL it writes for others."""
_DIALECTS = (".dialect.name", ".options.dialect", ".config.dialect", ".getDialect()")


def read_file(source: Source, parse: Parse, modules: Modules, dialect: str) -> Read:
    module = reading.parsed(source)
    if not isinstance(module, tree.Module):
        return module
    walker = Walker(world(dialect, modules))
    scope = walks.scope_of(walker, module)
    up = sent(source, walker, scope, "up", dialect, parse)
    facts = Facts("", guarded=walker.skipped)
    if up is None:
        return facts, None, None, ()
    down = sent(source, walker, scope, "down", dialect, parse)
    facts = Facts("", back=reading.head(source, walks.way(scope, "down")), guarded=facts.guarded)
    return facts, up, down, commented(module)


def world(dialect: str, modules: Modules) -> World:
    """What is known of Sequelize's own names before anything runs, and of the project's."""

    def known(path: str) -> Value:
        if path.endswith(_DIALECTS) and "equelize" in path:
            return Embedded(_NAMES.get(dialect, dialect), ())
        here = node.known(path, modules.file)
        return modules.value(path, whole) if here is MISSING else here

    def folded(made: Made) -> Value:
        if made.path.endswith(".getDialect"):
            return Embedded(_NAMES.get(dialect, dialect), ())
        if made.path.endswith(".getQueryInterface"):
            return Symbol("queryInterface")
        return node.folded(made, modules)

    whole = World(known, folded, callbacks, dialect)
    return whole


def callbacks(made: Made) -> list[Callback] | None:
    """`transaction(async (t) => …)` calls what it is given once."""
    if not is_transaction(made):
        return None
    inside = Symbol("transaction", made)
    return [
        Callback(each.value, (inside,)) for each in made.given if isinstance(each.value, Closure)
    ]


def sent(
    source: Source, walker: Walker, scope: Scope, name: str, dialect: str, parse: Parse
) -> tuple[Statement, ...] | None:
    """What one of the two ways sends; None where the file has none of the name."""
    function = walks.way(scope, name)
    if function is None:
        return None
    span = function.node.span if isinstance(function, Closure) else reading.head(source, function)
    given = [reading.given("queryInterface", span), reading.given("sequelize", span)]
    events = walks.happened(walker, source, function, given, name)
    if isinstance(events, Statement):
        return (events,)
    collected = Sent(source, _SPOKEN.get(dialect, dialect), parse)
    for event in events:
        collected.take(event)
    return tuple(collected.statements)
