"""Alembic: Python revisions in the order of their graph, read without running them.

All pending revisions run in one transaction on PostgreSQL, unless env.py asks for one each
(Alembic 1.20, `runtime/migration.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from migralint.migration import Migration, Problem, Project, Root, Script, Transaction
from migralint.ops import Other
from migralint.source import Source, Span
from migralint.tools import kept
from migralint.tools.alembic.columns import REFUSED
from migralint.tools.alembic.environment import Environment, environment
from migralint.tools.alembic.graph import Revision, ordered
from migralint.tools.alembic.metadata import places_above
from migralint.tools.alembic.modules import Modules
from migralint.tools.files import (
    Memory,
    Parse,
    empty,
    is_checked,
    load,
    said_at_head,
    shown,
    wrapped,
)

_RUN = "Alembic runs all pending revisions in one transaction"
_NONE = Transaction("none", "certain", "env.py connects with isolation_level AUTOCOMMIT")


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    problems: list[Problem] = []
    env = environment(root, parse, memory)
    transaction = wrapped(root, _transaction(env))
    modules = Modules(places_above(root.path))
    revisions: list[Revision] = []
    migrations: dict[str, Migration] = {}
    broken: list[Migration] = []
    guarded: set[str] = set()
    for name in sorted(each for each in root.files if each.endswith(".py")):
        if name.rpartition("/")[2] in ("__init__.py", "env.py"):
            continue
        source = load(root, name, problems)
        if source is None:
            continue
        facts, up, down, comments = _read(source, root, env, parse, memory, modules)
        if up is None:
            continue
        checked = is_checked(root, name)
        wrapping = said_at_head(comments, up) or transaction
        forward = Script(source, "up", up, wrapping, comments, before=env.before)
        back = (
            Script(source, "down", down, wrapping, before=env.before, at=facts.back)
            if down is not None
            else None
        )
        if facts.id is None:
            broken.append(Migration(shown(root, name), forward, checked=checked))
            continue
        problems += _live(source, facts.models) if checked else ()
        if facts.guarded:
            guarded.add(source.path)
        said = (facts.parents, facts.needs, facts.labels, facts.at)
        revisions.append(Revision(facts.id, name, source, *said, checked=checked))
        migrations[name] = Migration(facts.id, forward, back, facts.parents, checked=checked)
    order, wrong = ordered(revisions, apart=root.apart)
    found = [migrations[each.name] for each in order] + broken
    for each in found:
        problems += _refused(each)
        if not _merges(each) and each.path not in guarded:
            problems += empty(
                each.up, "upgrade() sends nothing, so that this revision does nothing."
            )
    has_down = any(each.down is not None for each in found)
    return Project(
        root.shown,
        root.tool,
        root.dialect,
        tuple(found),
        (*problems, *wrong),
        has_down=has_down,
        named=env.named,
    )


def _read(
    source: Source,
    root: Root,
    env: Environment,
    parse: Parse,
    memory: Memory | None,
    modules: Modules,
) -> kept.Read:
    """What a file holds: as it was kept, if all else that was read for it is as it was; else read
    now."""
    key = kept.key(source.text, root.dialect, env)
    known = kept.known(memory, key, modules)
    if known is not None:
        return known
    from migralint.tools.alembic.revision import read_revision

    convention = env.convention if env.named else {"ix": "", **env.convention}
    found = read_revision(source, root.dialect, parse, convention, modules)
    if memory is not None:
        memory.put(key, kept.encoded(*found))
    return found


def _transaction(env: Environment) -> Transaction:
    if env.autocommit:
        return _NONE
    if env.per_migration:
        reason = f"Alembic runs each revision in a transaction (env.py says {env.per_migration})"
        return Transaction("file", "certain", reason)
    return Transaction("run", "certain" if env.found else "default", _RUN)


def _live(source: Source, models: tuple[tuple[Span, str], ...]) -> Iterator[Problem]:
    """The models of today's code that a revision uses."""
    for span, model in models:
        message = (
            f"This uses {model} as the code has it today, not as it is at this point of the "
            "history: once the model has another column, the revision fails on every new database."
        )
        yield Problem("model-of-today", message, source.path, span, source)


def _refused(migration: Migration) -> Iterator[Problem]:
    """The calls that Alembic stops at."""
    for script in (migration.up, migration.down):
        for statement in script.statements if script is not None else ():
            for op in statement.ops:
                if isinstance(op, Other) and op.what.startswith(REFUSED):
                    source = script.source if script is not None else migration.up.source
                    what = op.what.removeprefix(REFUSED)
                    message = f"Alembic refuses {what}, and stops there."
                    if script is migration.down:
                        message = f"Alembic refuses {what}: downgrade() stops there."
                    yield Problem(
                        "migration-refused",
                        message,
                        source.path,
                        statement.span,
                        source,
                        _way_out(what),
                    )


def _way_out(refused: str) -> str:
    """What to write instead of what Alembic refuses."""
    if refused.startswith("`drop_constraint`"):
        return "Pass the name that the constraint has in the database (`\\d` of psql shows it)."
    if refused.startswith("a name of"):
        return "Give it a shorter name."
    return "Drop the column and add it anew, or write the SQL in `op.execute()`."


def _merges(migration: Migration) -> bool:
    """A merge of branches has nothing to do."""
    return len(migration.parents) > 1
