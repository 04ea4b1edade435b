from __future__ import annotations

import json
from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

ADD = 'ALTER TABLE "User" ADD COLUMN "x" TEXT;'
LOCK = 'provider = "postgresql"\n'


def files(version: str | None, sql: str = ADD, **more: str) -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {
        "prisma/migrations/migration_lock.toml": LOCK,
        "prisma/migrations/2025_x/migration.sql": sql,
        **more,
    }
    if version is not None:
        made["package.json"] = json.dumps({"devDependencies": {"prisma": version}})
    return made


def test_order_is_by_name(tmp_path: Path) -> None:
    names = ["20250201000000_b", "0_init", "20250101000000_a"]
    read = project(tmp_path, {f"migrations/{name}/migration.sql": ADD for name in names}, "prisma")
    assert ids(read) == sorted(names)
    assert not read.has_down
    assert not read.problems


@pytest.mark.parametrize(
    ("version", "sql", "scope"),
    [
        (None, ADD, ("implicit-batch", "default")),
        ("5.22.0", ADD, ("implicit-batch", "certain")),
        ("^6.19.3", ADD, ("implicit-batch", "certain")),
        ("7.3.0", ADD, ("implicit-batch", "certain")),
        ("~7.3.0", ADD, ("implicit-batch", "certain")),
        ("7.4.0", ADD, ("statement", "certain")),
        ("^7.8.0", ADD, ("statement", "certain")),
        ("7.8.0", "DROP INDEX CONCURRENTLY i;", ("implicit-batch", "default")),
        ("7.8.0", "DO $$ BEGIN NULL; END $$;", ("implicit-batch", "default")),
        ("^7.0.0", ADD, ("implicit-batch", "default")),
        ("catalog:", ADD, ("implicit-batch", "default")),
    ],
)
def test_transaction(tmp_path: Path, version: str | None, sql: str, scope: tuple[str, str]) -> None:
    assert scopes(project(tmp_path, files(version, sql), "prisma")) == [scope]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pnpm-lock.yaml", "packages:\n\n  prisma@7.5.1:\n    resolution: {}\n"),
        ("package-lock.json", '{"packages": {"node_modules/prisma": {\n "version": "7.5.1"}}}'),
        ("yarn.lock", 'prisma@^7.0.0:\n  version "7.5.1"\n'),
        ("bun.lock", '{"packages": {"prisma": ["prisma@7.5.1", ""]}}'),
    ],
)
def test_the_lock_file_decides_where_a_range_leaves_it_open(
    tmp_path: Path, name: str, text: str
) -> None:
    made = files("^7.0.0")
    made[name] = text
    assert scopes(project(tmp_path, made, "prisma")) == [("statement", "certain")]


def test_what_stands_between_the_migrations(tmp_path: Path) -> None:
    made = files("6.0.0")
    made["prisma/migrations/2026_empty/README.md"] = "soon"
    made["prisma/migrations/2027_data/migration.ts"] = "export {}"
    made["prisma/migrations/2028_no/migration.sql"] = "-- This is an empty migration.\n"
    read = project(tmp_path, made, "prisma")
    assert ids(read) == ["2025_x", "2028_no"]
    assert problems(read) == [
        ("empty-migration", "prisma/migrations/2028_no/migration.sql"),
        ("missing-migration", "prisma/migrations/2026_empty"),
    ]
    assert read.unread == (("prisma/migrations", "1 data migration in TypeScript or JavaScript"),)


def test_one_migration_asked_for(tmp_path: Path) -> None:
    made = files("6.0.0")
    made["prisma/migrations/2026_y/migration.sql"] = ADD
    for path in ("prisma/migrations/2026_y", "prisma/migrations/2026_y/migration.sql"):
        read = project(tmp_path, made, "prisma", [path])
        assert [each.checked for each in read.migrations] == [False, True]
