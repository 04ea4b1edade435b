"""How a migration tool is spoken: which files it runs, in which order, in which transactions."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from migralint.migration import Problem, Project, Root
from migralint.source import MIGRATIONS
from migralint.tools.files import Memory, Parse, is_checked, shown

if TYPE_CHECKING:
    from migralint.finding import Finding, Fix
    from migralint.tools.place import Scene

NAMES: dict[str, str] = {
    "flyway": "Flyway",
    "golang-migrate": "golang-migrate",
    "prisma": "Prisma",
    "drizzle": "Drizzle",
    "atlas": "Atlas",
    "dbmate": "dbmate",
    "goose": "goose",
    "sqlx": "sqlx",
    "diesel": "Diesel",
    "supabase": "Supabase",
    "liquibase": "Liquibase",
    "alembic": "Alembic",
    "django": "Django",
    "knex": "Knex",
    "typeorm": "TypeORM",
    "sequelize": "Sequelize",
    "mikro-orm": "MikroORM",
    "node-pg-migrate": "node-pg-migrate",
    "kysely": "Kysely",
    "sql": "plain SQL",
}
"""The tools by the name that options and the configuration use, and as people write them."""


CODE = frozenset(
    "alembic django knex typeorm sequelize mikro-orm node-pg-migrate kysely".split(" ")
)
"""The tools whose migrations are code, which is slow to read: they keep what they have read."""


WRITES_CODE = frozenset({"alembic", "django", "knex", "typeorm"})
"""The tools with code of their own for fixes; the others' files are SQL."""
FIXED = WRITES_CODE | {
    *("atlas", "dbmate", "diesel", "flyway", "golang-migrate", "liquibase"),
    *("goose", "prisma", "sql", "sqlx", "supabase"),
}
"""The tools whose files fixes are written into."""


def read(root: Root, parse: Parse, kept: Callable[[Root], Memory] | None = None) -> Project:
    """The history of a root, in the order in which its tool runs it; `kept` gives what was kept of
    it. The tool's module is imported here, not before."""
    module = import_module("migralint.tools." + root.tool.replace("-", "_"))
    given = (kept(root),) if kept is not None and root.tool in CODE else ()
    project = cast(Project, module.read(root, parse, *given))
    strays = _strays(root, project)
    asked = [name for name in strays if root.checked is not None and is_checked(root, name)]
    unread = project.unread
    problems = [*root.problems, *project.problems]
    if root.checked is not None:
        # A file that is only replayed is not spoken of; a journal is, whatever was asked for.
        silent = {
            shown(root, name)
            for name in root.files
            if name.endswith(MIGRATIONS) and not is_checked(root, name)
        }
        problems = [problem for problem in problems if problem.path not in silent]
    for name in asked:
        message = f"{NAMES[root.tool]} does not run this file: its name is not one of a migration."
        problems.append(Problem("invalid-file-name", message, shown(root, name)))
    if strays and not asked and root.checked is None:
        what = "is an SQL file" if len(strays) == 1 else f"{len(strays)} SQL files"
        place = shown(root, strays[0]) if len(strays) == 1 else root.shown
        unread = (*unread, (place, f"{what} that {NAMES[root.tool]} does not run"))
    return replace(project, problems=tuple(problems), unread=unread, version=root.version)


def rewrite(scene: Scene, finding: Finding) -> Fix | None:
    """How a finding's plan is written into the project's files; None where that takes people."""
    tool = scene.project.tool
    package = f".{tool}" if tool in WRITES_CODE else ""
    module = import_module(f"migralint.tools{package}.rewriting")
    return cast("Fix | None", module.rewrite(scene, finding))


def _strays(root: Root, project: Project) -> list[str]:
    """The SQL files of the root that came into no migration, and of which nothing was said."""
    known = {problem.path for problem in project.problems}
    known.update(path for path, _ in project.unread)
    for migration in project.migrations:
        known.add(migration.up.source.path)
        if migration.down is not None:
            known.add(migration.down.source.path)
    return [name for name in root.files if name.endswith(".sql") and shown(root, name) not in known]
