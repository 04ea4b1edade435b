"""What a finding says, held against what the server did: its lock, its effects, and the words of
its message that speak of locks, rewrites, scans, builds and failures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from migralint.finding import Finding
from migralint.locks import MODES, STRENGTH, blocks
from tests.play import Step

FLOOR = STRENGTH["ROW EXCLUSIVE"]
"""Weaker modes are taken by each query; we claim not all of them."""

_NAME = r'(?:"[^"]+"|[^\W\d]\w*)(?:\.(?:"[^"]+"|\w+))*'
_NAMES = rf"(?P<names>{_NAME}(?:, {_NAME})* and {_NAME}|{_NAME})"
_MODE = rf"(?P<mode>{'|'.join(sorted(MODES, key=len, reverse=True))})"


def bare(name: object) -> str:
    return str(name).removeprefix("public.").replace('"', "")


def wrong(finding: Finding, step: Step) -> Iterator[str]:
    """Where the server did otherwise than the finding says."""
    effects, found = finding.effects, step.found
    if effects is not None and not found.sqlstate:
        for lock in effects.locks:
            name = bare(lock.relation)
            floor = STRENGTH["SHARE UPDATE EXCLUSIVE"] if found.watched else FLOOR
            if lock.kind == "index" or STRENGTH[lock.mode] < floor:
                continue
            modes = found.held.get(name, set())
            # ALTER TABLE takes what its clauses need at most; and who has a table to himself waits
            # for no weaker lock that could be watched.
            if len(step.said.operations) > 1 or found.watched:
                modes = {weaker for mode in modes for weaker in MODES[: STRENGTH[mode] + 1]}
            if lock.relation.schema != "pg_temp" and lock.mode not in modes:
                yield f"effects: {lock.mode} on {name}, held {found.held.get(name)}"
        for name in map(bare, effects.rewrites):
            if name not in found.rewritten:
                yield f"effects: rewrites {name}, rewritten {found.rewritten}"
        for name in map(bare, effects.index_builds):
            if name not in {*found.rebuilt, *found.built, *found.gone} and not _emptied(step, name):
                yield f"effects: builds {name}, built {found.rebuilt | found.built}"
        if not step.emptied and not is_of_rows(step):
            for name in map(bare, effects.scans):
                if name not in found.scanned | found.rewritten:
                    yield f"effects: reads {name}, read {found.scanned}"
    if finding.lock is not None and not found.sqlstate:
        on = {bare(name) for name in finding.relations} or set(found.held)
        modes = {mode for name in on for mode in found.held.get(name, ())}
        if finding.lock not in modes:
            yield f"lock: {finding.lock} on {sorted(on)}, held {modes}"
    yield from _wrong_words(finding, step)


def is_of_rows(step: Step) -> bool:
    """There the planner decides what is read in full."""
    return set(step.said.operations) <= {"Select", "Insert", "Update", "Delete", "Merge"}


def _emptied(step: Step, index: str) -> bool:
    # TRUNCATE makes each index anew without anything to build.
    return "Truncate" in step.said.operations and index in step.found.kinds


def _names(match: re.Match[str], finding: Finding) -> list[str]:
    """The relations that words name, else those of the finding."""
    found = match.groupdict().get("names")
    if found is None:
        return [bare(name) for name in finding.relations]
    return [bare(name) for name in re.split(r", | and ", found)]


Check = Callable[[re.Match[str], Finding, Step], bool]


def _holds(match: re.Match[str], finding: Finding, step: Step) -> bool:
    held = step.found.held
    if "blocked" in match.groupdict():
        said = {"reads and writes of": ("reads", "writes"), "writes to": ("writes",)}
        if blocks(match["mode"]) != said.get(match["blocked"], ()):
            return False
    return all(match["mode"] in held.get(name, ()) for name in _names(match, finding))


def _holds_each_index(match: re.Match[str], finding: Finding, step: Step) -> bool:
    found = step.found
    rebuilt = found.rebuilt & {
        index for index, table in found.index_of.items() if table in _names(match, finding)
    }
    return bool(rebuilt) and all(match["mode"] in found.held[name] for name in rebuilt)


def _rewrites(match: re.Match[str], finding: Finding, step: Step) -> bool:
    names, found = _names(match, finding), step.found
    of_them = {index for index, table in found.index_of.items() if table in names}
    indexes = found.rebuilt & of_them
    if (count := match["count"]) == "all indexes":
        enough = indexes == of_them - found.built - found.gone
    else:
        enough = len(indexes) == int(count.split()[0] if count else 0)
    return enough and found.rewritten >= set(names)


def _rewrites_nothing(match: re.Match[str], finding: Finding, step: Step) -> bool:
    return not step.found.rewritten


def _reads(match: re.Match[str], finding: Finding, step: Step) -> bool:
    found = step.found
    leaves = {name for name in _names(match, finding) if found.kinds.get(name) != "p"}
    return step.emptied or (bool(leaves) and leaves <= found.scanned | found.rewritten)


def _goes_through(match: re.Match[str], finding: Finding, step: Step) -> bool:
    """What is read, while the finding is of what is locked meanwhile."""
    return step.emptied or bool(step.found.scanned)


def _builds(match: re.Match[str], finding: Finding, step: Step) -> bool:
    found, groups = step.found, match.groupdict()
    if groups.get("names"):
        return {bare(name) for name in _names(match, finding)} <= found.rebuilt | found.built
    tables = {bare(name) for name in finding.relations}
    made = found.built | found.rebuilt
    return any(found.index_of.get(index) in tables for index in made)


def _rebuilds(match: re.Match[str], finding: Finding, step: Step) -> bool:
    found, (name,) = step.found, _names(match, finding)
    if match["kind"] == "index":
        return name in found.rebuilt
    return found.rebuilt == {i for i, table in found.index_of.items() if table == name} != set()


def _fails(match: re.Match[str], finding: Finding, step: Step) -> bool:
    found, said = step.found, step.said.effects
    named = match.groupdict().get("sqlstate")
    claimed = finding.effects.fails if finding.effects else None
    claimed = claimed or (said.fails if said else None)
    wanted = named or (claimed.sqlstate if claimed else None)
    return found.sqlstate is not None and found.sqlstate == wanted


def _fails_over_rows(match: re.Match[str], finding: Finding, step: Step) -> bool:
    return (step.found.refused or "")[:2] == "23"


def _is_the_servers(match: re.Match[str], finding: Finding, step: Step) -> bool:
    return f"{step.found.message}.".casefold() == match[0].casefold()


EQUAL = re.compile(r"fails if (two rows|there are two)\b")
"""Words that hold for rows that are alike, which there are not unless they are asked for."""

WORDS: tuple[tuple[str, Check], ...] = (
    (rf"\ban? {_MODE} lock, which blocks (?P<blocked>reads and writes of|writes to|other DDL on)"
     rf" {_NAMES}", _holds),
    (rf"\bholds {_MODE} on {_NAMES}", _holds),
    (rf"\ban? {_MODE} lock on each index", _holds_each_index),
    (r"\brewrites nothing\b", _rewrites_nothing),
    (rf"\brewrites (?!nothing){_NAMES}(?: (?:and|with) (?P<count>\d+ index(?:es)?|all indexes))?",
     _rewrites),
    (r"\b(?:reads|searches) the whole table\b", _reads),
    (rf"\breads all of {_NAMES}", _reads),
    (rf"\bgoes through all (?:rows, and locks those that it changes, )?of {_NAMES}", _reads),
    (r"\bgone through all rows\b", _goes_through),
    (rf"\bFilling .+? runs its whole query over {_NAMES}", _reads),
    (rf"\bBuilding index {_NAMES}.*?\bit is built\b", _builds),
    (r"\bBuilding an index on\b.*?\bit is built\b", _builds),
    (r"\b(?:builds|build) (?:its|the) index\b(?:.*?\bit is built\b)?", _builds),
    (rf"\bbuilds {_NAMES} again\b", _builds),
    (rf"\bRebuilding (?P<kind>index|table) {_NAMES}", _rebuilds),
    (r"\bfails on PostgreSQL \d+ \(SQLSTATE (?P<sqlstate>\w{5})\)", _fails),
    (r"\b(?:[Tt]his|Going back) fails:", _fails),
    (r"^Syntax error at or near .*", _is_the_servers),
    (r"\bthis fails(?: if the runner wraps it\b|\.)", _fails),
    (r"\bThis fails if the runner wraps it\b", _fails),
    (rf"\bfails if (?:two rows|there are two|{_NAME} holds a single row)\b", _fails_over_rows),
)  # fmt: skip
"""Words about what the statement does, each with what the server must have done."""

_SPEAKS = re.compile(
    rf"\b(?:{'|'.join(MODES)}|lock|re(?:writ|build)\w*|reads?|reading|scan\w*|search(?:es|ing)?"
    r"|buil[dt]\w*|fails?|(?:goes|gone) through|whole query)\b"
)
"""Words of a message that have to be looked at."""

ELSEWHERE = (
    (r"reads and writes wait|writes wait|waits? for its lock", "says what a lock named here means"),
    (r"Without lock_timeout [^.]*", "is of what others wait for, which is measured by itself"),
    (r"\block that is waited for", "is of locks that later statements wait for"),
    (r"\block_timeout of|turns lock_timeout off", "names the setting"),
    (r"postgresql\.transactional\.lock", "names the setting"),
    (r"end of building index", "is of a later statement"),
    (r"every (?:such )?(?:query|SELECT|INSERT|UPDATE|statement)\b[^.;:]*", "is of later queries"),
    (r"All code that still uses [^.]* fails", "is of later queries"),
    (r"where CONCURRENTLY and its like fail", "is of the file, whose statements are run as well"),
    (r"queries that used [^.]*", "is of later queries"),
    (r"so each DELETE from [^.]*", "is of later queries"),
    (r"INSERTs (?:of|fail)\b[^.;]*|an INSERT of [^.;]*", "is of later queries"),
    (r"SQL that forgets the quotes fails", "is of later queries"),
    (r"a longer value fails", "is of later queries"),
    (r"the row after number \d+ fails, and widening it then rewrites [^.]*", "is of later work"),
    (r"sequence [^.]* fails", "is of later queries"),
    (r"To add to what domain [^.]*", "is of a later statement"),
    (r"a rewrite of each table that uses it", "is of a later statement"),
    (r"If building [^.]* fails halfway", "is of what may go wrong"),
    (r"going back and running it again fails", "is of a later run"),
    (r"is not undone if it fails", "is of later statements"),
    (r"does its own pass over the rows", "is of several statements together"),
    (r"code that locks them [^.]*", "is of other sessions"),
    (r"another server reads other amounts|a replica cannot read it", "is of another server"),
    (r"nobody who reads this statement", "is of people"),
    (r"USING .* does not read [^:]*", "is of a column"),
    (r"\S+ reads \S+ as the owner of the view[^.]*", "is of later queries"),
    (r"Rule \S+ rewrites every such statement", "is of later queries"),
)
"""Words of the same kind that this statement does not show, and why."""


def unread(finding: Finding) -> list[str]:
    """Words of a message that have to be looked at, and no pattern here does."""
    seen = [
        match.span()
        for pattern in (*(each for each, _ in ELSEWHERE), *(each for each, _ in WORDS))
        for match in re.finditer(pattern, finding.message)
    ]
    return [match[0] for match in _SPEAKS.finditer(finding.message) if not _within(match, seen)]


def _within(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return any(start <= match.start() and match.end() <= end for start, end in spans)


def words(finding: Finding) -> Iterator[tuple[re.Match[str], Check]]:
    """The words that say what the statement does, and what they are held against."""
    other = [
        match.span() for pattern, _ in ELSEWHERE for match in re.finditer(pattern, finding.message)
    ]
    for pattern, check in WORDS:
        for match in re.finditer(pattern, finding.message):
            if not _within(match, other):
                yield match, check


def _wrong_words(finding: Finding, step: Step) -> Iterator[str]:
    for match, check in words(finding):
        if not check(match, finding, step):
            yield f"words: {match[0]!r}"
    for unseen in unread(finding):
        yield f"words: nobody checks {unseen!r}"
