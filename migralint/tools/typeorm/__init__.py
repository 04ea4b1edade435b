"""TypeORM: classes of JavaScript or TypeScript in the order of the times in their names, read
without running them.

All pending migrations run in one transaction, unless the mode is `each` or `none`; a class may say
otherwise where the mode is not `all` (TypeORM 1.1, `MigrationExecutor`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from migralint.migration import Migration, Problem, Project, Root, Statement, Transaction
from migralint.ops import DropColumn, Unknown
from migralint.source import Source
from migralint.tools import kept
from migralint.tools.files import Memory, Parse, wrapped
from migralint.tools.javascript import reading
from migralint.tools.javascript.modules import Modules
from migralint.tools.javascript.reading import File
from migralint.tools.typeorm.calls import BEFORE
from migralint.tools.typeorm.names import stamp
from migralint.tools.typeorm.settings import Settings, called, nearest
from migralint.tools.typeorm.writers import UNCERTAIN

_RUN = "TypeORM runs all pending migrations in one transaction"
_EACH = "TypeORM runs each migration in a transaction (its mode is each)"
_NONE = Transaction("none", "certain", "TypeORM opens no transaction (its mode is none)")
_REVERT = Transaction("file", "certain", "TypeORM reverts each migration in a transaction")
_OLDEST = 10**12
"""A time of 13 digits; from others TypeORM takes the order, and nobody the day."""
_OUT = Transaction("none", "certain", "its class says transaction = false")


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    problems: list[Problem] = []
    said = nearest(root.path)
    if mode := called(root.calls):
        said = replace(said, mode=mode)
    found: list[File] = []
    names, number = sorted(root.files), 0
    while names:  # A file with several migrations is read again for each.
        reader = _reader(root.dialect, said.mode, number)
        read = reading.files(root, names, reader, parse, memory, problems, said.mode, number)
        found += read
        number += 1
        names = [each.name for each in read if each.facts.place[1] > number]
    broken = [each for each in found if each.facts.broken]
    dated = [(stamp(each.facts.id or ""), each) for each in found if not each.facts.broken]
    problems += _undated(dated)
    problems += _twice(dated)
    migrations: list[Migration] = []
    dated.sort(key=lambda pair: (pair[0] or 0, pair[1].name))
    for time, each in _with_columns(root, dated, parse, said.mode):
        problems += _overridden(each, said)
        transaction = wrapped(root, _transaction(each, said))
        made = reading.migration(root, each, each.facts.id or each.name, transaction)
        if made.down is not None and made.down.transaction is transaction:
            # `migration:revert` goes back over one, and looks at the mode only.
            back = wrapped(root, _NONE if said.mode == "none" else _REVERT)
            made = replace(made, down=replace(made.down, transaction=back))
        migrations.append(replace(made, written=time if time and time > _OLDEST else None))
    migrations += [
        reading.migration(root, each, each.name, wrapped(root, _transaction(each, said)))
        for each in broken
    ]
    guarded = [each.source.path for each in found if each.facts.guarded]
    project = reading.project(root, migrations, problems, guarded=guarded)
    named = not any(f".{each}(" in file.source.text for file in found for each in UNCERTAIN)
    return replace(project, named=named)


def _reader(dialect: str, mode: str, number: int) -> reading.Reader:
    def read_one(source: Source, parse: Parse, modules: Modules) -> kept.Read:
        from migralint.tools.typeorm.migration import read_file

        return read_file(source, parse, modules, dialect, mode, number=number)

    return read_one


def _with_columns(
    root: Root, dated: list[tuple[int | None, File]], parse: Parse, mode: str
) -> list[tuple[int | None, File]]:
    """The same, where calls look at tables in the database read anew with these as the migrations
    before leave them."""
    if not any(_looks(each) or _drops(each) for _, each in dated):
        return dated
    from migralint.schema import Schema
    from migralint.tools.typeorm.before import take
    from migralint.tools.typeorm.renames import stands_on

    schema, modules = Schema(), Modules()
    read: list[tuple[int | None, File]] = []

    def told(statements: Iterable[Statement]) -> bool:
        drops = [op for each in statements for op in each.ops if isinstance(op, DropColumn)]
        return any(stands_on(schema, op) for op in drops)

    for number, (time, each) in enumerate(dated, 1):
        schema.migration = str(number)
        anew, mark = _looks(each), schema.mark()
        if not anew:
            drops = _drops(each)
            anew = drops and told(each.up or ())
            take(schema, each.up or ())
            anew = anew or (drops and told(each.down or ()))
        if anew:
            from migralint.tools.typeorm.migration import read_file

            schema.undo(mark)
            modules.file = os.path.join(root.path, *each.name.split("/"))
            modules.folder = os.path.dirname(modules.file)
            _, up, down, _ = read_file(
                each.source, parse, modules, root.dialect, mode, schema, each.facts.place[0]
            )
            each = replace(each, up=up, down=down)
        read.append((time, each))
    return read


def _drops(file: File) -> bool:
    """Whether it may drop a column by TypeORM's own method, which drops more in some cases."""
    return "dropColumn" in file.source.text


def _looks(file: File) -> bool:
    return any(
        isinstance(op, Unknown) and op.reason == BEFORE
        for statement in (*(file.up or ()), *(file.down or ()))
        for op in statement.ops
    )


def _undated(dated: list[tuple[int | None, File]]) -> Iterator[Problem]:
    for time, each in dated:
        if time is None:
            message = (
                f"The last 13 characters of the name {each.facts.id} are no time, so that TypeORM"
                " refuses to run any migration."
            )
            help = (
                "Give the class the name that `migration:create` would, such as Users1700000000000."
            )
            source = each.source
            yield Problem("migration-refused", message, source.path, each.facts.at, source, help)


def _twice(dated: list[tuple[int | None, File]]) -> Iterator[Problem]:
    """TypeORM refuses two of one name; of two with one time it says nothing of the order."""
    first: dict[str, File] = {}
    for _, each in dated:
        name = each.facts.id or ""
        before = first.setdefault(name, each)
        if before is not each:
            message = (
                f"{before.name} has a migration of this name, too: TypeORM refuses to run any."
            )
            source = each.source
            yield Problem("duplicate-version", message, source.path, each.facts.at, source)


def _overridden(file: File, said: Settings) -> Iterator[Problem]:
    """A class that says anything of its transaction stops a run in mode `all`."""
    if file.facts.wraps is None or said.mode != "all":
        return
    message = (
        "TypeORM refuses a migration that says `transaction` in mode all, and runs none"
        " (ForbiddenTransactionModeOverrideError)."
    )
    help = "Set `migrationsTransactionMode: 'each'` in the DataSource, or call it with `-t each`."
    yield Problem("migration-refused", message, file.source.path, file.facts.at, file.source, help)


def _transaction(file: File, said: Settings) -> Transaction:
    own = file.facts.wraps
    if own is False:
        return _OUT
    if said.mode == "each":
        return Transaction("file", "certain", _EACH)
    if said.mode == "none":
        if own:
            return Transaction("file", "certain", "its class says transaction = true")
        return _NONE
    if own is None:
        return Transaction("run", "certain" if said.mode == "all" else "default", _RUN)
    return Transaction("file", "certain", "its class says transaction = true")
