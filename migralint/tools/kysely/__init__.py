"""Kysely: JavaScript and TypeScript in the order of their names, read without being run.

All pending migrations run in one transaction where the database has transactions for its tables,
unless the migrator is told `disableTransactions` (0.28, `migration/migrator.js`).
"""

from __future__ import annotations

from migralint.migration import Migration, Project, Root, Transaction
from migralint.source import Source
from migralint.tools import kept
from migralint.tools.files import Memory, Parse, wrapped
from migralint.tools.javascript import reading
from migralint.tools.javascript.modules import Modules
from migralint.tools.kysely.listed import listed, renames, stem

_RUN = Transaction("run", "default", "Kysely runs all pending migrations in one transaction")
_NONE = Transaction("none", "certain", "Kysely opens no transaction on this database")


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    problems: list[reading.Problem] = []
    transaction = wrapped(root, _RUN if root.dialect == "postgresql" else _NONE)
    names = listed(root)
    lists = any(stem(each) in names for each in root.files)
    snake = renames(root)
    reader = _reader(root, snake)
    found = reading.files(root, sorted(root.files), reader, parse, memory, problems, snake)
    migrations: list[Migration] = []
    for each in found:
        id = names.get(stem(each.name), "" if lists else stem(each.name))
        if id:
            migrations.append(reading.migration(root, each, id, transaction))
        elif each.checked:
            problems.append(_unlisted(each))
    migrations.sort(key=lambda each: (each.id.lower(), each.id))
    guarded = [each.source.path for each in found if each.facts.guarded]
    return reading.project(root, migrations, problems, guarded=guarded)


def _unlisted(file: reading.File) -> reading.Problem:
    message = (
        "Kysely does not run this file: the index beside it, which lists the migrations, does not"
        " list it."
    )
    path = file.source.path
    return reading.Problem("invalid-file-name", message, path, source=file.source)


def _reader(root: Root, snake: bool) -> reading.Reader:
    def read_one(source: Source, parse: Parse, modules: Modules) -> kept.Read:
        from migralint.tools.kysely.values import Place
        from migralint.tools.kysely.ways import read_file

        return read_file(source, parse, modules, Place(root.dialect, snake=snake))

    return read_one
