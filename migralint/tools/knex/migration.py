"""One migration of Knex's: what it is, and what its functions send. The only module here that
reads JavaScript, so that a history that is all kept needs no parser."""

from __future__ import annotations

from migralint.languages import tree
from migralint.languages.events import World
from migralint.languages.expressions import MISSING
from migralint.languages.javascript.walking import Walker
from migralint.languages.values import Closure, Made, Scope, Symbol, Value
from migralint.migration import Statement
from migralint.source import Source, Span
from migralint.tools.code import commented, not_read
from migralint.tools.files import Parse
from migralint.tools.javascript import node, reading, walks
from migralint.tools.javascript.modules import Modules
from migralint.tools.kept import Facts, Read
from migralint.tools.knex.chains import is_of_knex, last
from migralint.tools.knex.scripts import Sent, callbacks, known, spelled
from migralint.tools.knex.settings import client_of
from migralint.tools.knex.values import option

_KNEX = "knex"
_SAME = ("knex.transaction", "knex.withUserParams", "knex.transacting")
"""What gives another connection to ask."""


def world(
    dialect: str, client: str, modules: Modules | None = None, texts: list[Made] | None = None
) -> World:
    """What is known of the outside. `texts` takes the queries that are only written as text."""

    def named(path: str) -> Value:
        found = known(path, dialect, client)
        if found is MISSING and modules is not None:
            found = node.known(path, modules.file)
        if found is MISSING and modules is not None:
            found = modules.value(path, whole)
        return found

    def folded(made: Made) -> Value:
        if made.path in _SAME and not any(isinstance(e.value, Closure) for e in made.given):
            return Symbol(_KNEX)
        if last(made) in ("toString", "toQuery") and is_of_knex(made):
            sql = spelled(made, dialect)
            if sql is not None and texts is not None:
                texts.append(made.of)
                return sql
        return MISSING if modules is None else node.folded(made, modules)

    whole = World(named, folded, callbacks, dialect)
    return whole


def read_migration(
    source: Source,
    dialect: str,
    parse: Parse,
    modules: Modules | None = None,
    *,
    wrapped: bool = True,
    client: str = "",
) -> Read:
    """A file as Knex runs it; `wrapped`: migrations run in transactions unless they say no;
    `client` is what the knexfile calls the database."""
    module = reading.parsed(source)
    if not isinstance(module, tree.Module):
        return module
    texts: list[Made] = []
    called = client_of(dialect, client, source.text)
    walker = Walker(world(dialect, called, modules, texts))
    scope = walks.scope_of(walker, module)
    wraps = _transaction(scope)
    ways = [walks.way(scope, name) for name in ("up", "down")]
    if ways[0] is None:
        reason = "what this file exports has no `up` that is known"
        up = (not_read(source, Span(0, 0), reason),)
        return Facts(source.path, wraps=wraps), up, None, commented(module)
    inside = wrapped if wraps is None else wraps
    skipped = False
    sent: list[tuple[Statement, ...] | None] = []
    for name, function in zip(("up", "down"), ways, strict=True):
        if function is None or function is False:
            sent.append(None)
            continue
        span = function.node.span if isinstance(function, Closure) else Span(0, 0)
        given = [reading.given(_KNEX, span), reading.given("builtins.Promise", span)]
        found = walks.happened(walker, source, function, given, name)
        if isinstance(found, Statement):
            sent.append((found,))
            continue
        skipped = skipped or (name == "up" and walker.skipped)
        sent.append(tuple(Sent(source, parse, dialect, found, texts, wrapped=inside).statements()))
    facts = Facts(source.path, back=reading.head(source, ways[1]), guarded=skipped, wraps=wraps)
    return facts, sent[0], sent[1], commented(module)


def _transaction(scope: Scope) -> bool | None:
    """What `config.transaction` says."""
    said = option(walks.way(scope, "config"), "transaction")
    return said if isinstance(said, bool) else None
