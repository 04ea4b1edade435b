"""What has long been applied: the migrations up to one that the user names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from migralint.errors import UsageError
from migralint.migration import Migration, Project

_UNNAMED = ("migration", "up", "down")
"""What files are called whose folder has the name."""


def after(project: Project, migrations: Sequence[Migration]) -> Project:
    """The history, of which these migrations and what comes before them are only replayed: in the
    tool's own order, or what they descend from where it keeps a graph."""
    graph = {each.id: each.parents for each in project.migrations}
    passed: set[str] = set()
    if any(graph.values()):
        waiting = [each.id for each in migrations]
        while waiting:
            id = waiting.pop()
            if id in graph and id not in passed:
                passed.add(id)
                waiting += graph[id]
        old = [each.id in passed for each in project.migrations]
    else:
        last = max(map(project.migrations.index, migrations))
        old = [number <= last for number in range(len(project.migrations))]
    marked = tuple(
        replace(each, checked=each.checked and not is_old)
        for each, is_old in zip(project.migrations, old, strict=True)
    )
    judged = {script.source.path for each in marked if each.checked for script in each.scripts}
    silent = {script.source.path for each in marked for script in each.scripts} - judged
    return replace(
        project,
        migrations=marked,
        problems=tuple(each for each in project.problems if each.path not in silent),
        unread=tuple(each for each in project.unread if each[0] not in silent),
    )


def named(project: Project, name: str) -> Sequence[Migration]:
    """The migrations that a name stands for: the tool's own id, or what a file's name, or its
    folder's, begins with. Raises UsageError where that is more than one place of the history."""
    same = [each for each in project.migrations if each.id == name]
    if same:
        return same[-1:]
    begins = re.compile(re.escape(name) + r"(?![A-Za-z0-9])")
    found = [each for each in project.migrations if any(map(begins.match, _names(each)))]
    if len({each.path for each in found}) > 1:
        places = ", ".join(each.path for each in found[:3])
        raise UsageError(f"start-after: {name} stands for {len(found)} migrations: {places}")
    return found[-1:]


def unknown(projects: Iterable[Project], name: str) -> UsageError:
    """The error for a name that stands for nothing."""
    known = dict.fromkeys(
        word for project in projects for each in project.migrations for word in _names(each)
    )
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else "write an id, or how a file's name begins"
    return UsageError(f"start-after: there is no migration {name}; {hint}")


def _names(migration: Migration) -> list[str]:
    """What a migration may be called."""
    *folders, name = migration.path.split("/")
    stem = name.rpartition(".")[0] or name
    if stem in _UNNAMED and folders:
        return [migration.id, folders[-1], migration.path]
    return [migration.id, name, stem, migration.path]
