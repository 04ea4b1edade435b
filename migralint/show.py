"""What a run would look at, and by which settings: for people who wonder why it does."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from migralint.config import shown
from migralint.source import seen_from
from migralint.tools import NAMES

if TYPE_CHECKING:
    from migralint.config import Settings
    from migralint.migration import Project, Root


def files(projects: Iterable[Project]) -> str:
    """The files that would be judged, each on a line, in the order in which they are run."""
    found: dict[str, None] = {}
    for project in projects:
        for migration in project.migrations:
            if migration.checked:
                for script in (migration.up, migration.down):
                    if script is not None:
                        found[script.source.path] = None
    return "".join(f"{path}\n" for path in found)


def looked_at(given: Settings, histories: Iterable[Root]) -> Iterator[str]:
    """The configuration and the histories that were found, a line each."""
    yield f"configuration: {shown(given.path) if given.path else 'no file'}"
    for root in histories:
        number = sum(not name.startswith("../") for name in root.files)
        extent = f"{number} file{'' if number == 1 else 's'}"
        asked = "" if root.checked is None else f", {len(root.checked)} asked for"
        yield f"{root.shown}: {NAMES[root.tool]}, {root.dialect}, {extent}{asked}"


def settings(given: Settings, projects: Iterable[Project], enabled: Collection[str]) -> str:
    """The settings that hold, where they come from, the histories that were found and the rules
    that are on, as JSON."""
    said: dict[str, Any] = msgspec.to_builtins(given)
    path = said.pop("path")
    document = {
        "configuration": seen_from(os.curdir, path) if path else None,
        "settings": said,
        "histories": [
            {
                "root": project.root,
                "tool": project.tool,
                "dialect": project.dialect,
                "version": project.version,
                "migrations": len(project.migrations),
                "judged": sum(each.checked for each in project.migrations),
            }
            for project in projects
        ],
        "rules": sorted(enabled),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
