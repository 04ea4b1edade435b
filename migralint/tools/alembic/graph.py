"""The graph of revisions: which comes after which, and what is wrong with it."""

from __future__ import annotations

import heapq

from msgspec import Struct

from migralint.migration import Problem
from migralint.source import Source, Span


class Revision(Struct, frozen=True):
    """A file that sets `revision`. `name` is relative to the root."""

    id: str
    name: str
    source: Source
    parents: tuple[str, ...] = ()
    """down_revision: what it comes after."""
    needs: tuple[str, ...] = ()
    """depends_on: what has to be there as well, which may be a branch's label."""
    labels: tuple[str, ...] = ()
    at: Span = Span(0, 0)
    """Where the file says what it comes after."""
    checked: bool = True
    """It was asked for."""


def ordered(
    revisions: list[Revision], *, apart: bool = False
) -> tuple[list[Revision], list[Problem]]:
    """The revisions in an order in which Alembic may run them: each after those that it comes
    after or needs; of those that may come next the one whose file is named first. A problem of
    several is said at one that was asked for; `apart`: at each of them."""
    problems: list[Problem] = []
    by_id: dict[str, Revision] = {}
    for each in revisions:
        by_id.setdefault(each.id, each)
    for first, *again in _alike(revisions):
        at_first = first.checked and not any(each.checked for each in again)
        for here in [first, *again] if apart else [first] if at_first else again:
            other = again[0] if here is first else first
            message = f"Revision {here.id} is also that of {other.source.path}: Alembic keeps one."
            problems.append(_problem("duplicate-version", message, here))
    labels = {label: each.id for each in revisions for label in each.labels}
    before: dict[str, set[str]] = {}
    for each in by_id.values():
        before[each.id] = set()
        for said in (*each.parents, *each.needs):
            found = _find(said, by_id, labels)
            if found is not None:
                before[each.id].add(found)
                continue
            word = "comes after" if said in each.parents else "depends on"
            message = f"This revision {word} {said}, which no file here is: Alembic stops there."
            problems.append(_problem("missing-migration", message, each))
    order = _sorted(by_id, before)
    done = {each.id for each in order}
    left = [each for each in by_id.values() if each.id not in done]
    circle = _circle(left, before)
    if circle:
        names = ", ".join(each.id for each in circle[:5])
        message = f"These revisions come after one another in a circle: {names}. Alembic stops."
        here = next((each for each in circle if each.checked), circle[0])
        for each in circle if apart else [here]:
            problems.append(_problem("revision-cycle", message, each))
    problems += _heads(by_id, labels, apart)
    rest = [each for each in revisions if by_id[each.id] is not each]
    return [*order, *left, *rest], problems


def _alike(revisions: list[Revision]) -> list[list[Revision]]:
    """The revisions that share an id with others."""
    groups: dict[str, list[Revision]] = {}
    for each in revisions:
        groups.setdefault(each.id, []).append(each)
    return [group for group in groups.values() if len(group) > 1]


def _circle(left: list[Revision], before: dict[str, set[str]]) -> list[Revision]:
    """Of revisions that never come to their turn, those that something else of them waits for,
    and so on: they go round, or stand between two that do."""
    while True:
        awaited = {id for each in left for id in before[each.id]}
        kept = [each for each in left if each.id in awaited]
        if len(kept) == len(left):
            return kept
        left = kept


def _sorted(by_id: dict[str, Revision], before: dict[str, set[str]]) -> list[Revision]:
    after: dict[str, list[str]] = {id: [] for id in by_id}
    waiting = {id: len(earlier) for id, earlier in before.items()}
    for id, earlier in before.items():
        for each in earlier:
            after[each].append(id)
    ready = [(by_id[id].name, id) for id, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[Revision] = []
    while ready:
        _, id = heapq.heappop(ready)
        order.append(by_id[id])
        for each in after[id]:
            waiting[each] -= 1
            if waiting[each] == 0:
                heapq.heappush(ready, (by_id[each].name, each))
    return order


def _find(said: str, by_id: dict[str, Revision], labels: dict[str, str]) -> str | None:
    """The revision that a reference means: its id, the beginning of it, or a branch's label."""
    name = said.partition("@")[2] or said
    if name in by_id:
        return name
    if name in labels:
        return labels[name]
    found = [id for id in by_id if id.startswith(name)] if len(name) >= 4 else []
    return found[0] if len(found) == 1 else None


def _heads(by_id: dict[str, Revision], labels: dict[str, str], apart: bool) -> list[Problem]:
    """Revisions that nothing comes after. Branches with a label each have a head of their own;
    `upgrade head` asks for one alone."""
    taken = {_find(said, by_id, labels) for each in by_id.values() for said in each.parents}
    heads = [each for each in by_id.values() if each.id not in taken]
    if len(heads) < 2:
        return []
    branches = [_branch(each, by_id, labels) for each in heads]
    if all(branches) and len(set(branches)) == len(heads):
        return []
    latest = max(heads, key=lambda each: (each.checked, each.name))
    problems: list[Problem] = []
    for here in heads if apart else [latest]:
        others = ", ".join(sorted(each.id for each in heads if each is not here))
        message = (
            f"The history has {len(heads)} heads, this revision and {others}: "
            f"`alembic upgrade head` refuses to choose."
        )
        problems.append(_problem("several-heads", message, here))
    return problems


def _branch(head: Revision, by_id: dict[str, Revision], labels: dict[str, str]) -> str:
    """The label of the branch that a head is of."""
    seen: set[str] = set()
    waiting = [head.id]
    while waiting:
        each = by_id[waiting.pop()]
        if each.labels:
            return each.labels[0]
        for said in each.parents:
            found = _find(said, by_id, labels)
            if found is not None and found not in seen:
                seen.add(found)
                waiting.append(found)
    return ""


def _problem(rule: str, message: str, revision: Revision) -> Problem:
    return Problem(rule, message, revision.source.path, revision.at, revision.source)
