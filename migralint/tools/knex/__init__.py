"""Knex: migrations in JavaScript or TypeScript in the order of their names, read without running
them.

`migrate:latest` runs all pending files in one transaction, unless one of them says
`config.transaction = false`: then each has its own, but for those (Knex 3.3,
`lib/migrations/migrate/Migrator.js`).
"""

from __future__ import annotations

import os

from migralint.migration import Certainty, Problem, Project, Root, Transaction
from migralint.source import SCRIPTS, Source
from migralint.tools.files import Memory, Parse, wrapped
from migralint.tools.javascript import reading
from migralint.tools.javascript.modules import Modules
from migralint.tools.javascript.reading import File
from migralint.tools.kept import Read
from migralint.tools.knex.settings import Settings, given

_RUN = "Knex runs all pending migrations in one transaction"
_FILE = "Knex runs each migration in a transaction, since one of them runs in none"
_OWN = "Knex runs this migration in a transaction, as its config says"
_NONE = "its config says transaction: false"
_DISABLED = "the knexfile says disableTransactions"


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    said = given(root.settings)
    settings = said or Settings(())
    problems: list[Problem] = []

    def reader(source: Source, parse: Parse, modules: Modules) -> Read:
        from migralint.tools.knex.migration import read_migration

        wrapped = not settings.unwrapped
        client = settings.client
        return read_migration(source, root.dialect, parse, modules, wrapped=wrapped, client=client)

    names = _ordered(root, settings)
    goes_by = (settings.unwrapped, settings.client)
    found = reading.files(root, names, reader, parse, memory, problems, *goes_by)
    migrations = [
        reading.migration(
            root, each, each.base, wrapped(root, _transaction(each, found, settings, said))
        )
        for each in found
    ]
    guarded = [each.source.path for each in found if each.facts.guarded]
    return reading.project(root, migrations, problems, guarded=guarded)


def _ordered(root: Root, settings: Settings) -> list[str]:
    """The files that Knex loads, by their own names; folder by folder where the knexfile says
    so."""
    endings = [each for each in settings.endings if each in SCRIPTS]
    names = [name for name in root.files if os.path.splitext(name)[1] in endings]
    if not settings.separately:
        # Of the same name that of the folder that is named first comes first.
        return sorted(names, key=lambda name: name.rpartition("/")[2])
    places = [
        os.path.relpath(path, root.path).replace(os.sep, "/") for path in settings.directories
    ]
    ranks = {("" if place == "." else place): number for number, place in enumerate(places)}
    return sorted(names, key=lambda name: (ranks.get(name.rpartition("/")[0], 0), name))


def _transaction(
    file: File, all_files: list[File], settings: Settings, said: Settings | None
) -> Transaction:
    certainty: Certainty = "default" if said is None else "certain"
    if file.facts.wraps is False:
        return Transaction("none", "certain", _NONE)
    if settings.unwrapped:
        if file.facts.wraps:
            return Transaction("file", "certain", _OWN)
        return Transaction("none", "certain", _DISABLED)
    if any(each.facts.wraps is False for each in all_files):
        return Transaction("file", certainty, _FILE)
    return Transaction("run", certainty, _RUN)
