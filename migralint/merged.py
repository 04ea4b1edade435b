"""What is merged already: which migrations are new beside it, and which of it were edited, renamed
or deleted since."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from migralint.changes import Before, Changes
from migralint.dialects import lex
from migralint.languages.values import HOLE
from migralint.migration import Migration, Problem, Project, Root, Script
from migralint.source import MIGRATIONS, Source, Span, standing_in, stands_in
from migralint.tools.files import shown

RULE = "migration-edited"
CHECKSUMS = {
    "atlas": "",
    "flyway": " Flyway refuses to run where it was applied, since its checksum differs.",
    "prisma": " Prisma knows by its checksum, and `prisma migrate dev` asks to reset the database.",
    "sqlx": " sqlx refuses to run where it was applied, since its checksum differs.",
}
"""Tools that keep a checksum of the whole text: any change of it counts. Flyway's and sqlx's
`validate` fail (documentation.red-gate.com/fd, Migrations: checksums; sqlx MigrateError's
VersionMismatch); Prisma's deploy only warns (prisma.io/docs, migrate deploy)."""
WHOLE_NAMES = ("flyway", "sql")
"""Tools to which a migration of one number and another description is not the same: Flyway
compares the two, and what runs plain files most often keeps the whole name."""
_NAMED = 3


class Merged(Struct, frozen=True):
    """A history as it stood at the merge base."""

    ref: str
    project: Project
    now: Mapping[str, str | None]
    """Where the files that were changed are now, by their path then, both as shown to people; None
    where they are gone."""


def narrowed(root: Root, changes: Changes) -> Root:
    """The place, of which only what has changed is asked for."""
    asked = (
        os.path.join(root.path, *name.split("/"))
        for name in root.files
        if not name.startswith("../")
    )
    return replace(
        root,
        checked=frozenset(
            path
            for path in asked
            if (root.checked is None or path in root.checked)
            and (changes.has(path) or stands_in(path))
        ),
    )


def earlier(root: Root, changes: Changes, owned: Mapping[str, Before]) -> Root | None:
    """The place as it was, where a migration of it may differ now; None else. `owned` is what of
    the changes' `before` belongs to it."""
    names = {_name(root, path): each for path, each in owned.items()}
    there = set(root.files)
    if not any(
        name.endswith(MIGRATIONS) and (name in there or _fits(root, name)) for name in names
    ):
        return None
    added = {_name(root, path) for path in changes.added if _is_below(path, root)}
    files = (there - added) | {name for name in names if name in there or _fits(root, name)}
    return replace(root, files=tuple(sorted(files)), checked=frozenset(), problems=())


def read(
    root: Root,
    was: Root,
    changes: Changes,
    owned: Mapping[str, Before],
    read_root: Callable[[Root], Project],
) -> Merged:
    """The history as it was."""
    texts = changes.texts(path for path in owned if _name(root, path) in was.files)
    overlay = {
        os.path.join(root.path, *_name(root, path).split("/")): text for path, text in texts.items()
    }
    with standing_in(overlay):
        project = read_root(was)
    now = {
        shown(root, _name(root, path)): (
            None if each.now is None else shown(root, _name(root, each.now))
        )
        for path, each in owned.items()
    }
    ref = changes.ref[:12] if len(changes.ref) == 40 else changes.ref
    return Merged(ref, project, now)


def compared(
    project: Project, merged: Merged | None, added: Collection[str], wanted: Root
) -> Project:
    """The history, in which the migrations that are not merged are marked, and what became of
    merged ones is told. `added` are the files (as shown) that are new; `wanted` is what was asked
    for beside the changes."""
    known = {each.id for each in merged.project.migrations} if merged is not None else set()
    several = Counter(each.path for each in project.migrations)
    same: set[str] = set()
    problems: list[Problem] = []
    if merged is not None:
        same = {
            f"{was.path}\0{was.id}\0{_sent(was.up)}"
            for was in merged.project.migrations
            if was.path in merged.now
        }
        told = {each.path for each in project.problems if each.rule == "checksum-mismatch"}
        found = _problems(project, merged, wanted)
        problems = [each for each in found if each.path not in told]
    migrations = []
    for each in project.migrations:
        new = each.id not in known and (each.path in added or several[each.path] > 1)
        # Of a file with several, those that are as they were are not asked for.
        old = several[each.path] > 1 and f"{each.path}\0{each.id}\0{_sent(each.up)}" in same
        migrations.append(
            replace(each, checked=each.checked and not old, new=new and each.kind == "versioned")
        )
    return replace(project, migrations=tuple(migrations), problems=(*project.problems, *problems))


def _problems(project: Project, merged: Merged, wanted: Root) -> Iterator[Problem]:
    here: dict[str, list[Migration]] = {}
    for each in project.migrations:
        here.setdefault(each.path, []).append(each)
    before = merged.project.migrations
    paths = {each.path for each in before}
    # An id need not be unique: what stood there as it does now is no other one.
    moved_to = {
        each.id: each
        for each in project.migrations
        if each.path not in paths or len(here[each.path]) > 1
    }
    known = {each.id for each in before}
    new = {
        _sent(each.up): each for each in project.migrations if each.id not in known and each.checked
    }
    gone: list[tuple[int, Migration]] = []
    for number, was in enumerate(before):
        if was.path not in merged.now or was.kind in ("repeatable", "callback"):
            continue
        now = merged.now[was.path]
        there = here.get(now, []) if now is not None else []
        same = next((each for each in there if each.id == was.id), None)
        if same is None and len(there) != 1:
            same = moved_to.get(was.id)
        if same is not None:
            if same.checked:
                yield from _edited(project, merged, was, same)
            continue
        moved = there[0] if len(there) == 1 else None
        if moved is None and was.up.statements:
            moved = new.get(_sent(was.up))
        if moved is None:
            gone.append((number, was))
        elif moved.checked:
            yield _renamed(merged, was, moved)
    yield from _gone(project, merged, gone, wanted)


def _edited(project: Project, merged: Merged, was: Migration, now: Migration) -> Iterator[Problem]:
    names = [each.path.rpartition("/")[2] for each in (was, now)]
    if project.tool in WHOLE_NAMES and names[0] != names[1]:
        yield _renamed(merged, was, now)
        return
    old, new = _sent(was.up), _sent(now.up)
    refused = CHECKSUMS.get(project.tool)
    if old == new and (refused is None or _lines(was.up.source) == _lines(now.up.source)):
        return
    what = "its statements differ" if old != new else "its text differs"
    first = next(
        (
            statement.span
            for number, statement in enumerate(now.up.statements)
            if number >= len(old) or old[number] != new[number]
        ),
        Span(0, 0),
    )
    yield Problem(
        RULE,
        f"{merged.ref} has this migration already, and {what} now: databases that ran it keep what"
        f" it made, and new ones get something else.{refused or ''} Undo the edit, and write"
        " another migration.",
        now.path,
        first,
        now.up.source,
    )


def _renamed(merged: Merged, was: Migration, now: Migration) -> Problem:
    old = was.path if was.path.rpartition("/")[2] != now.path.rpartition("/")[2] else was.id
    return Problem(
        RULE,
        f"{merged.ref} has this migration as {old}: to databases that ran it by that name this is"
        " another one, and the old one is missing. Give it its name back.",
        now.path,
        source=now.up.source,
    )


def _gone(
    project: Project, merged: Merged, gone: list[tuple[int, Migration]], wanted: Root
) -> Iterator[Problem]:
    """What was deleted, told at the migration before it that is still there and was asked for."""
    places = {
        each.path: each
        for each in project.migrations
        if wanted.checked is None or each.checked or _path(wanted, each.path) in wanted.checked
    }
    before = merged.project.migrations
    told: dict[str, list[str]] = {}
    several = Counter(each.path for each in before)
    for number, was in gone:
        row = chain(
            (before[at] for at in range(number, -1, -1)),
            (before[at] for at in range(number, len(before))),
            project.migrations,
        )
        now = (merged.now.get(each.path, each.path) for each in row)
        at = next((path for path in now if path is not None and path in places), None)
        if at is not None:
            name = was.path if several[was.path] == 1 else f"{was.id} of {was.path}"
            told.setdefault(at, []).append(name)
    for at, names in told.items():
        what = ", ".join(names[:_NAMED])
        what += f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        few = len(names) == 1
        yield Problem(
            RULE,
            f"{what}, which {merged.ref} has, {'is' if few else 'are'} gone: databases that ran"
            f" {'it' if few else 'them'} keep what {'it' if few else 'they'} made, and new ones"
            f" never get it. Put {'it' if few else 'them'} back, and take back in another migration"
            " what is not wanted any more.",
            at,
            source=places[at].up.source,
        )


def _sent(script: Script) -> tuple[str, ...]:
    """What a script sends, without comments, however it is laid out."""
    found = []
    for statement in script.statements:
        text = statement.embedded.text if statement.embedded is not None else statement.text
        # What is not known stands there with its place in the file.
        found.append(" ".join(_words(HOLE.sub("?", text))))
    return tuple(found)


def _words(text: str) -> Iterator[str]:
    for token in lex.tokens(text):
        word = text[token.start : token.end]
        if token.kind == "word":
            yield word.lower()
        elif token.kind == "string" and word.startswith("$"):  # the body of a function
            mark = word[: word.index("$", 1) + 1]
            yield from _words(word[len(mark) :].removesuffix(mark))
        elif token.kind != "comment":
            yield word


def _lines(source: Source) -> list[str]:
    """Git may write another end of lines than it keeps."""
    return source.text.splitlines()


def _fits(root: Root, name: str) -> bool:
    """Whether a file that is gone may have been one of the place's."""
    if not name.endswith(MIGRATIONS):
        return False
    # Beside numbered files, plain SQL is not read.
    numbered = any(each[:1].isdigit() for each in root.files)
    return root.tool != "sql" or name[:1].isdigit() or not numbered


def _is_below(path: str, root: Root) -> bool:
    return path.startswith(os.path.join(os.path.realpath(root.path), ""))


def _name(root: Root, path: str) -> str:
    """A path of git's, relative to a place."""
    return os.path.relpath(path, os.path.realpath(root.path)).replace(os.sep, "/")


def _path(root: Root, path: str) -> str:
    """Where a file that is shown so is."""
    names = {shown(root, name): name for name in root.files}
    return os.path.join(root.path, *names.get(path, "").split("/"))


def owners(roots: tuple[Root, ...], changes: Changes) -> list[dict[str, Before]]:
    """What of the changes' `before` lies in each place: in the innermost one."""
    found: list[dict[str, Before]] = [{} for _ in roots]
    tops = [os.path.join(os.path.realpath(root.path), "") for root in roots]
    for path, each in changes.before.items():
        inside = [number for number, top in enumerate(tops) if path.startswith(top)]
        if inside:
            longest = max(len(tops[number]) for number in inside)
            for number in inside:
                if len(tops[number]) == longest:
                    found[number][path] = each
    return found
