"""Which of the migrations are judged, where not all are: those that changed, those that came
later."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migralint import applied, merged
from migralint.changes import Changes, changes
from migralint.config import matcher, words
from migralint.discover import Discovery
from migralint.migration import Project, Root
from migralint.source import stands_in
from migralint.tools.files import shown
from migralint.walk import is_below

if TYPE_CHECKING:
    from migralint.config import Settings

Read = Callable[[Root], Project]


def since(
    ref: str,
    paths: Sequence[str],
    settings: Settings,
    cwd: str,
    found: Discovery,
    read: Read,
    *,
    every: bool = False,
) -> tuple[Discovery, list[Project]]:
    """The histories that changed since a commit (`every` one where asked for), with only the
    changes asked for. Raises UsageError where git does not tell."""
    asked = [os.path.realpath(os.path.join(cwd, path)) for path in paths or (cwd,)]
    changed = changes(
        ref, (path if os.path.isdir(path) else os.path.dirname(path) for path in asked)
    )
    excluded = matcher(settings)
    projects: list[Project] = []
    warnings = list(changed.notes)
    for root, owned in zip(found.roots, merged.owners(found.roots, changed), strict=True):
        here = merged.narrowed(root, changed)
        if excluded is not None:
            owned = {path: each for path, each in owned.items() if not excluded(path)}
        was = merged.earlier(root, changed, owned)
        if not (here.checked or was or every or root.start_after or settings.start_after):
            continue
        before = merged.read(root, was, changed, owned, read) if was is not None else None
        added = {
            shown(root, name)
            for name in root.files
            if os.path.realpath(path := os.path.join(root.path, name)) in changed.added
            or (stands_in(path) and not os.path.lexists(path))
        }
        project = merged.compared(read(here), before, added, root)
        projects.append(project)
        warnings += _settings(root, here, project)
    here_changed = [path for path in changed.files if any(is_below(path, each) for each in asked)]
    unread = [
        (path, reason)
        for path, reason in found.unread
        if _is_touched(os.path.realpath(os.path.join(cwd, path)), changed)
    ]
    narrowed = ""
    if found.roots and not _judged(projects):
        sql = sum(path.endswith(".sql") for path in here_changed)
        count = len(here_changed)
        others = f"{count} other file{'' if count == 1 else 's'} did"
        others += f", {sql} of them SQL" if sql else ""
        narrowed = f"No migrations changed since {ref}{f' ({others})' if count else ''}."
    narrowing = replace(
        found,
        unread=tuple(unread),
        warnings=(*found.warnings, *warnings),
        narrow=True,
        narrowed=narrowed,
    )
    return narrowing, projects


def _settings(root: Root, here: Root, project: Project) -> list[str]:
    """A word on what changes how all migrations are run, where none of them changed."""
    if _judged([project]) or not here.checked:
        return []
    first = shown(root, os.path.relpath(min(here.checked), root.path).replace(os.sep, "/"))
    return [f"{first} changed, and none of the migrations beside it is judged for that."]


def _is_touched(path: str, changed: Changes) -> bool:
    return path in changed.files or any(is_below(file, path) for file in changed.files)


def _judged(projects: Sequence[Project]) -> bool:
    return any(each.checked for project in projects for each in project.migrations)


def started(
    found: Discovery,
    projects: list[Project],
    settings: Settings,
    given: Sequence[str],
    paths: Sequence[str],
    cwd: str,
) -> tuple[Discovery, list[Project]]:
    """The histories, of which only what comes after some migrations is asked for: those `given`,
    else the configuration's, of the place or of all. Raises UsageError for one that no history has.
    """
    own = {root.shown: root.start_after for root in found.roots}
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, project in enumerate(projects):
        names = tuple(given) or own.get(project.root, ()) or words(settings.start_after)
        if names:
            groups.setdefault(names, []).append(number)
    if not groups:
        return found, projects
    later = list(projects)
    files_only = all(os.path.isfile(os.path.join(cwd, path)) for path in paths or (cwd,))
    for names, numbers in groups.items():
        here = [projects[number] for number in numbers]
        sets = [[each for name in names for each in applied.named(one, name)] for one in here]
        for name in names:
            if not any(applied.named(one, name) for one in here):
                # The configuration may speak of a history that these files are not of.
                if given or not files_only:
                    raise applied.unknown(here, name)
        for number, project, last in zip(numbers, here, sets, strict=True):
            if last:
                later[number] = applied.after(project, last)
    if found.narrowed or _judged(later) or not _judged(projects):
        return found, later
    names = tuple(dict.fromkeys(name for each in groups for name in each))
    return replace(found, narrowed=f"No migrations come after {', '.join(names)}."), later
