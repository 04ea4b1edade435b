"""A plain folder of numbered or dated SQL files, run by something that migralint does not know."""

from __future__ import annotations

import re

from migralint.migration import Migration, Problem, Project, Root, Transaction
from migralint.tools.files import (
    Parse,
    duplicates,
    empty,
    is_checked,
    load,
    numbers,
    script,
    sql_files,
    wrapped,
)

_BACK = re.compile(r"(.*?)[._-](?:down|rollback|undo|revert)\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[vV]?(\d+)(?![\d.-]*\d)")
_DAYS = (6, 8)
"""How many digits a date has."""
_DEFAULT = Transaction(
    "file", "default", "each file is taken to run in a transaction, for nothing says how it is run"
)


def read(root: Root, parse: Parse) -> Project:
    transaction = wrapped(root, _DEFAULT)
    problems: list[Problem] = []
    stems = {name[:-4]: name for name in sql_files(root)}
    back: dict[str, str] = {}
    for stem, name in list(stems.items()):
        match = _BACK.match(stem)
        if match is None:
            continue
        for forward in (match.group(1), f"{match.group(1)}.up", f"{match.group(1)}_up"):
            if forward in stems:
                back[forward] = name
                del stems[stem]
                break
    migrations: list[Migration] = []
    entries: list[tuple[int, str, str]] = []
    for stem in sorted(stems, key=numbers):
        name = stems[stem]
        source = load(root, name, problems)
        if source is None:
            continue
        up = script(source, "up", parse, transaction)
        problems += empty(up)
        match = _NUMBER.match(stem)
        # Several files of one day are no mistake, two with one serial number or one time of day
        # are.
        if match is not None and len(match.group(1)) not in _DAYS:
            entries.append((int(match.group(1)), match.group(1), name))
        version = match.group(1) if match is not None else stem
        down = None
        names = [name]
        if stem in back:
            names.append(back[stem])
            source = load(root, back[stem], problems)
            down = script(source, "down", parse, transaction) if source is not None else None
        migrations.append(Migration(version, up, down, checked=is_checked(root, *names)))
    problems += duplicates(root, entries, "This folder")
    return Project(
        root.shown, root.tool, root.dialect, tuple(migrations), tuple(problems), has_down=bool(back)
    )
