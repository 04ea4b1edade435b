"""TypeORM: which database, mode and folders a DataSource, an ormconfig and the calls of the tool
say."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint.config import Settings
from migralint.discover import Discovery, discover
from tests.tools.test_typeorm import PACKAGE, SOURCE, migration
from tests.trees import plant, project

NAME = "src/migrations/1700000000000-a.ts"
ONE = migration("await queryRunner.query('SELECT 1');")
OTHER = "migrations: ['%s/*.ts']"
EACH = "migrationsTransactionMode: 'each'"


def found(folder: Path, files: dict[str, str | bytes]) -> Discovery:
    plant(folder, files)
    return discover([str(folder)], Settings(), str(folder))


@pytest.mark.parametrize(
    ("kind", "package", "said"),
    [
        ("postgres", '{"dependencies": {"mysql2": "3"}}', ""),
        ("mysql", PACKAGE, "MySQL"),
        ("mssql", PACKAGE, "SQL Server"),
        ("cockroachdb", PACKAGE, "CockroachDB"),
        ("better-sqlite3", "{}", "SQLite"),
        ("sap", PACKAGE, "SAP HANA"),
    ],
)
def test_the_data_source_says_which_database_it_is(
    kind: str, package: str, said: str, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "package.json": package,
        "src/data-source.ts": SOURCE % f'type: "{kind}"',
        NAME: ONE,
    }
    given = found(tmp_path, files)
    assert [each.dialect for each in given.roots] == ([] if said else ["postgresql"])
    assert [said in reason for _, reason in given.unread] == ([True] if said else [])


def test_of_two_data_sources_that_counts_which_leads_to_the_folder(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE,
        "src/data-source.ts": (
            "import { DataSource, DataSourceOptions } from 'typeorm';\n"
            f"const one: DataSourceOptions = {{ type: 'mysql', {OTHER % 'src/a/migrations'} }};\n"
            f"const two: DataSourceOptions = {{ type: 'postgres', {OTHER % 'src/migrations'} }};\n"
            "export default new DataSource(process.env.ONE ? one : two);\n"
        ),
        NAME: ONE,
        "src/a/migrations/1700000000000-a.ts": ONE,
    }
    given = found(tmp_path, files)
    assert [each.shown for each in given.roots] == ["src/migrations"]
    assert len(given.unread) == 1


@pytest.mark.parametrize(
    "pattern", ['"src/db/*.ts"', '__dirname + "/db/**/*{.js,.ts}"', 'join(__dirname, "db", "*.js")']
)
def test_its_patterns_name_folders(pattern: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE,
        "src/data-source.ts": 'import { join } from "path";\n'
        + SOURCE % f'type: "postgres", migrations: [{pattern}]',
        "src/db/1700000000000-a.ts": ONE,
        "src/db/helpers.ts": "export const a = 1;\n",
    }
    (root,) = found(tmp_path, files).roots
    assert (root.shown, root.tool, root.files) == ("src/db", "typeorm", ("1700000000000-a.ts",))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ormconfig.js", f"module.exports = {{ type: 'postgres', {EACH} }};\n"),
        ("ormconfig.ts", f"export default {{ type: 'postgres', {EACH} }};\n"),
        ("ormconfig.js", f"module.exports = [{{ type: 'postgres', {EACH} }}];\n"),
        (
            "src/app.module.ts",
            "import { TypeOrmModule } from '@nestjs/typeorm';\n"
            "@Module({ imports: [TypeOrmModule.forRoot({ type: 'postgres', " + EACH + " })] })\n"
            "export class AppModule {}\n",
        ),
        (
            "src/database.ts",
            "import { TypeOrmModule } from '@nestjs/typeorm';\n"
            f"const options = {{ type: 'postgres', {EACH} }};\n"
            "export const made = TypeOrmModule.forRootAsync({ useFactory: () => options });\n",
        ),
        (
            "src/data-source.ts",
            "import { DataSource } from 'typeorm';\n"
            "const source = new DataSource({ type: 'postgres' });\n"
            "source.runMigrations({ transaction: 'each' });\n",
        ),
    ],
)
def test_where_else_the_mode_is_said(name: str, text: str, tmp_path: Path) -> None:
    given = project(tmp_path, {"package.json": PACKAGE, name: text, NAME: ONE}, "typeorm")
    wrapping = given.migrations[0].up.transaction
    assert (wrapping.scope, wrapping.certainty) == ("file", "certain")


@pytest.mark.parametrize(
    ("call", "scope"),
    [
        ("typeorm migration:run -d src/data-source.ts -t each", "file"),
        ("typeorm-ts-node-commonjs migration:run --transaction=none", "none"),
        ("typeorm migration:run -t false", "none"),
        ("typeorm migration:run -t all", "run"),
        ("typeorm migration:run", "run"),
    ],
)
def test_a_call_says_the_mode_before_the_data_source(call: str, scope: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE[:-1] + f', "scripts": {{"migrate": "{call}"}}}}',
        "src/data-source.ts": SOURCE % 'type: "postgres"',
        NAME: ONE,
    }
    assert project(tmp_path, files, "typeorm").migrations[0].up.transaction.scope == scope


def test_a_pipeline_may_call_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE,
        ".github/workflows/ci.yml": "steps:\n  - run: npx typeorm migration:run -t each\n",
        NAME: ONE,
    }
    given = project(tmp_path, files, "typeorm")
    assert given.migrations[0].up.transaction.scope == "file"
