"""MikroORM: classes whose `up()` and `down()` add SQL, in the order of their files' names, read
without running them.

All pending ones run in one transaction, unless `allOrNothing` or `transactional` is false or a
class says that it wants none (MikroORM 6.4, `migrations/Migrator.js` and `MigrationRunner.js`).
"""

from __future__ import annotations

import os

from migralint.migration import Migration, Problem, Project, Root, Transaction
from migralint.source import Source
from migralint.tools import kept
from migralint.tools.files import Memory, Parse, above, wrapped
from migralint.tools.javascript import reading
from migralint.tools.javascript.modules import Modules
from migralint.tools.mikro_orm.settings import NAMES, Settings

_RUN = "MikroORM runs all pending migrations in one transaction"
_OUT = Transaction("none", "certain", "its isTransactional() returns false")


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    problems: list[Problem] = []
    found = reading.files(root, sorted(root.files), _reader(root.dialect), parse, memory, problems)
    transaction = wrapped(root, _transaction(_settings(root)))
    migrations: list[Migration] = []
    for each in found:
        wrapping = _OUT if each.facts.wraps is False else transaction
        name = os.path.splitext(each.name)[0]
        migrations.append(reading.migration(root, each, name, wrapping))
    guarded = [each.source.path for each in found if each.facts.guarded]
    return reading.project(root, migrations, problems, guarded=guarded)


def _reader(dialect: str) -> reading.Reader:
    def read_one(source: Source, parse: Parse, modules: Modules) -> kept.Read:
        from migralint.tools.mikro_orm.revision import read_file

        return read_file(source, parse, modules, dialect)

    return read_one


def _settings(root: Root) -> Settings | None:
    """What the nearest configuration says of migrations; None where there is none."""
    for path in above(root.path, *NAMES):
        from migralint.tools.mikro_orm.settings import settings

        return settings(path)
    return None


def _transaction(said: Settings | None) -> Transaction:
    if said is None:
        return Transaction("run", "default", _RUN)
    if said.transactional is False:
        return Transaction("none", "certain", "mikro-orm.config says transactional: false")
    if said.all_or_nothing is False:
        reason = "MikroORM runs each migration in a transaction (allOrNothing is false)"
        return Transaction("file", "certain", reason)
    return Transaction("run", "certain" if said.whole else "default", _RUN)
