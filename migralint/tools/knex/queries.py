"""Queries as Knex writes them: `knex('t').where(…).update(…)` (Knex 3.3, `lib/query`)."""

from __future__ import annotations

from collections.abc import Callable

from migralint.languages.values import Made
from migralint.source import Embedded
from migralint.tools.javascript.literals import joined
from migralint.tools.knex.chains import Chain, is_used, last
from migralint.tools.knex.conditions import CONDITIONS, Clauses
from migralint.tools.knex.values import Unclear, Words

_QUIET = frozenset(
    "transacting connection debug options timeout queryContext comment hintComment clone "
    "skipLocked noWait clearSelect clearOrder clearGroup clearHaving clearCounters "
    "queryBuilder withUserParams".split()
)
"""What says nothing that matters here."""


class Query:
    """What is asked of a query builder so far."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.verb = "select"
        self.table: Embedded | None = None
        self.schema: Embedded | None = None
        self.columns: list[Embedded] = []
        self.distinct = ""
        self.joins: list[Embedded] = []
        self.where = Clauses()
        self.having = Clauses()
        self.groups: list[Embedded] = []
        self.orders: list[Embedded] = []
        self.limit: Embedded | None = None
        self.offset: Embedded | None = None
        self.withs: list[Embedded] = []
        self.recursive = False
        self.compounds: list[Embedded | str] = []
        self.lock = ""
        self.values: Made | None = None
        self.counters: list[tuple[Embedded, str]] = []
        self.returning: Embedded | None = None
        self.conflict: Made | None = None
        self.resolved: Made | None = None
        self.alias: Embedded | None = None


def is_query(made: Made) -> bool:
    """Whether a call is the end of a query, as against raw SQL or something else of Knex's."""
    path = made.path
    if is_used(made):
        return False
    if path.startswith(("builder.", "knex()")) or path == "knex":
        return True
    if not path.startswith("knex."):
        return False
    first = path[5:].partition(".")[0].removesuffix("()")
    return first in CONDITIONS or first in _methods() or first == "queryBuilder"


def _methods() -> dict[str, Callable[[Query, Made, str], None]]:
    from migralint.tools.knex.clauses import METHODS

    return METHODS


def query(chain: Chain, words: Words) -> Query:
    """What a chain asks for. Raises Unclear where something in it is no method that is known."""
    found = Query(words)
    go_on(found, chain)
    return found


def go_on(found: Query, chain: Chain) -> None:
    for made in chain.links:
        if made.path == "knex":
            if made.given:
                _methods()["from"](found, made, "from")
            continue
        name = last(made)
        say = _methods().get(name)
        if name in CONDITIONS:
            clauses = found.having if "aving" in name else found.where
            clauses.add(CONDITIONS[name], made, found.words, below)
        elif say is not None:
            say(found, made, name)
        elif name not in _QUIET:
            raise Unclear(made.span, f"`{name}` is no method of Knex's queries that is known")


def below(made: Made, words: Words) -> list[Chain]:
    """The chains in the function that a call is given."""
    return words.chains.below(made)


def query_sql(chain: Chain, words: Words) -> Embedded:
    """The SQL of a chain."""
    return written(query(chain, words))


def where_sql(chain: Chain, words: Words) -> Embedded:
    """Only the condition of a chain: `where …`."""
    said = query(chain, words).where.sql()
    return Embedded("", ()) if said is None else Embedded.join(("where ", said))


def written(found: Query) -> Embedded:
    """The whole query as SQL."""
    from migralint.tools.knex.statements import STATEMENTS

    head: list[Embedded | str] = []
    if found.withs:
        head = ["with recursive " if found.recursive else "with ", joined(found.withs), " "]
    return Embedded.join((*head, STATEMENTS[found.verb](found)))
