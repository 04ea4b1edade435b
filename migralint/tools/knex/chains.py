"""The calls of a migration as chains: `knex('t').where(…).update(…)` is one of three links."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from migralint.languages.events import Event
from migralint.languages.values import Made, Value
from migralint.source import Span
from migralint.tools.javascript.walks import inside

RESULTS = frozenset(
    "then catch finally map forEach filter reduce find some every flatMap mapSeries each stream "
    "pipe asCallback on once tap spread get timeout length slice sort includes push join keys "
    "values entries at indexOf toString concat hasOwnProperty pop shift return".split()
)
"""What is done with the rows that a query gave, or its promise."""
_BUILDS = frozenset(("on", "join"))
"""Of these, what builders have as well."""


class Chain(Struct, eq=False):
    """Calls, each on what the one before gave. `conditional`: they may not happen."""

    links: list[Made]
    conditional: bool = False

    @property
    def root(self) -> Made:
        return self.links[0]

    @property
    def end(self) -> Made:
        return self.links[-1]

    @property
    def span(self) -> Span:
        return self.end.span

    def names(self) -> list[str]:
        return [last(each) for each in self.links]


class Chains:
    """The chains of all calls that happened. `spelled` are the ends of those that are only written
    as text. `below` are those on what a call hands to a function
    that it is given: the columns of a table, the conditions of a group."""

    def __init__(self, events: Iterable[Event], spelled: Iterable[Made] = ()) -> None:
        self._ends: dict[int, Chain] = {}
        self._below: dict[int, list[Chain]] = {}
        self._continued: set[int] = set()
        self._given: set[int] = {id(made) for made in spelled}
        self._doubted: set[int] = set()
        self.order: dict[int, int] = {}
        for number, event in enumerate(events):
            made = event.value
            if event.kind == "call" and isinstance(made, Made):
                self.order[id(made)] = number
                self._take(made, event.conditional)

    def _take(self, made: Made, conditional: bool) -> None:
        if conditional:
            self._doubted.add(id(made))
        before = self._ends.get(id(made.of)) if continues(made) else None
        if before is None:
            chain = Chain([made], conditional)
            if not is_of_knex(made) and isinstance(made.of, Made):
                self._below.setdefault(id(made.of), []).append(chain)
        elif before.end is made.of and id(made.of) not in self._continued:
            self._continued.add(id(made.of))
            chain = before
            chain.links.append(made)
            chain.conditional = chain.conditional or (is_of_knex(made) and conditional)
        else:  # Another way on from something that was kept.
            links = before.links[: before.links.index(made.of) + 1]
            chain = Chain([*links, made], before.conditional or conditional)
        self._ends[id(made)] = chain
        if is_builder(made):
            for each in (*made.given, *made.named.values()):
                self._given.update(id(one) for one in inside(each.value))

    def of(self, made: Made) -> Chain:
        """The chain up to a call."""
        chain = self._ends.get(id(made))
        if chain is None:
            return Chain([made])
        return Chain(chain.links[: chain.links.index(made) + 1], chain.conditional)

    def below(self, made: Made) -> list[Chain]:
        return self._below.get(id(made), [])

    def is_sent(self, made: Made) -> bool:
        """Whether a call is the last of its chain, and no part of another."""
        return id(made) not in self._continued and id(made) not in self._given

    def is_doubted(self, made: Made) -> bool:
        return id(made) in self._doubted


def last(made: Made) -> str:
    """The name of what is called."""
    return made.path.rpartition(".")[2]


def continues(made: Made) -> bool:
    """Whether a call goes on with a builder, as against using what its query gave."""
    name = last(made)
    if not isinstance(made.of, Made) or made.path != f"{made.of.path}().{name}":
        return False
    if name in RESULTS and not (name in _BUILDS and _is_clause(made)):
        return False
    return "()" not in made.of.path or continues(made.of)


def is_used(made: Made) -> bool:
    """Whether a call is done with what a query gave, and is none of Knex's own."""
    return "()" in made.path and not continues(made)


def _is_clause(made: Made) -> bool:
    """`join` of tables, as against that of a list, and `on` of a join or a foreign key, as against
    that of a stream."""
    joins = last(made) == "join" and len(made.given) > 1
    return joins or "references()" in made.path or made.path.startswith("builder.")


def is_of_knex(made: Made) -> bool:
    return made.path == "knex" or made.path.startswith(("knex.", "knex()"))


def is_builder(made: Made) -> bool:
    """Whether a call is one of Knex's own."""
    head = made.path.partition(".")[0].partition("(")[0]
    return head in ("knex", "table", "builder", "view")


def from_knex(value: Value) -> bool:
    return isinstance(value, Made) and is_builder(value)
