"""Sequelize and Umzug: migrations in JavaScript or TypeScript, in the order of their names, read
without running them.

No transaction is opened for a migration: each query commits by itself, unless the code begins one
and hands it on (Sequelize 6.37, sequelize-cli 6.6 `core/migrator.js`, Umzug 3.8).
"""

from __future__ import annotations

from migralint.migration import Problem, Project, Root, Transaction
from migralint.source import Source
from migralint.tools import kept
from migralint.tools.files import Memory, Parse, wrapped
from migralint.tools.javascript import reading
from migralint.tools.javascript.modules import Modules

_EACH = Transaction("statement", "certain", "Sequelize runs each query by itself")


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    problems: list[Problem] = []
    found = reading.files(root, sorted(root.files), _reader(root.dialect), parse, memory, problems)
    transaction = wrapped(root, _EACH)
    migrations = [reading.migration(root, each, each.name, transaction) for each in found]
    guarded = [each.source.path for each in found if each.facts.guarded]
    return reading.project(root, migrations, problems, guarded=guarded)


def _reader(dialect: str) -> reading.Reader:
    def read_one(source: Source, parse: Parse, modules: Modules) -> kept.Read:
        from migralint.tools.sequelize.revision import read_file

        return read_file(source, parse, modules, dialect)

    return read_one
