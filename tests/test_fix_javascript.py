"""Fixes of migrations in JavaScript and TypeScript: Knex's and TypeORM's."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import engine, fix
from migralint.config import Settings
from migralint.languages import javascript
from tests.trees import plant

USERS = """\
exports.up = (knex) => knex.schema.createTable('users', (table) => {
  table.bigIncrements('id');
  table.text('email');
  table.text('name');
});
exports.down = (knex) => knex.schema.dropTable('users');
"""
SOURCE = 'export default new DataSource({ type: "postgres", migrationsTransactionMode: "%s" });\n'
SHOP = """\
import { MigrationInterface, QueryRunner } from 'typeorm';

export class Shop1735725600000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE users (id bigint PRIMARY KEY, email text, name text)');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE users');
  }
}
"""
SETTINGS = Settings(postgres_version=15)


def run(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """What --fix --unsafe-fixes makes of the files, with a second run that has nothing to do."""
    plant(folder, dict(files))
    outcome = fix.fixed([], SETTINGS, cwd=str(folder), unsafe=True)
    fix.write(outcome)
    assert not fix.fixed([], SETTINGS, cwd=str(folder), unsafe=True).files
    found = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*.?s")
        if path.is_file()
    }
    for path, text in found.items():
        javascript.parse(text, path)
    report = engine.check([], SETTINGS, cwd=str(folder))
    assert not [each for each in report.findings if each.effects and each.effects.fails]
    return {path: text for path, text in found.items() if files.get(path) != text}


def knex(folder: Path, text: str, ending: str = "js") -> dict[str, str]:
    return run(
        folder,
        {
            "knexfile.js": "module.exports = { client: 'pg' };\n",
            "migrations/20250101000000_users.js": USERS,
            f"migrations/20250301000000_find.{ending}": text,
        },
    )


def typeorm(folder: Path, text: str, mode: str = "each") -> dict[str, str]:
    return run(
        folder,
        {
            "package.json": '{"dependencies": {"typeorm": "1.1.0", "pg": "8"}}',
            "src/data-source.ts": SOURCE % mode,
            "src/migrations/1735725600000-Shop.ts": SHOP,
            "src/migrations/1740823200000-Find.ts": text,
        },
    )


def test_what_shares_a_file_with_more_goes_into_one_of_its_own(tmp_path: Path) -> None:
    found = knex(
        tmp_path,
        """\
exports.up = async (knex) => {
  await knex.raw("SET LOCAL lock_timeout = '5s'");
  await knex.schema.alterTable('users', (table) => {
    table.text('nick');
    table.index(['email'], 'users_email');
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('users', (table) => {
    table.dropIndex(['email'], 'users_email');
    table.dropColumn('nick');
  });
};
""",
    )
    assert found == {
        "migrations/20250301000000_find.js": """\
exports.up = async (knex) => {
  await knex.raw("SET LOCAL lock_timeout = '5s'");
  await knex.schema.alterTable('users', (table) => {
    table.text('nick');
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('users', (table) => {
    table.dropColumn('nick');
  });
};
""",
        "migrations/20250301000001_create_users_email.js": """\
exports.config = { transaction: false };

exports.up = async function (knex) {
  await knex.raw('CREATE INDEX CONCURRENTLY users_email ON users (email)');
};

exports.down = async function (knex) {
  await knex.raw('DROP INDEX CONCURRENTLY users_email');
};
""",
    }


@pytest.mark.parametrize(
    ("head", "foot", "config"),
    [
        ("exports.up = async function (db) {", "};", "exports"),
        ("module.exports.up = async (db) => {", "};", "exports"),
        ("export async function up(db) {", "}", "export const"),
        ("module.exports = { async up(db) {", "}, async down() { throw 1; } };", "module.exports"),
    ],
)
def test_a_file_leaves_the_transaction_in_its_own_way(
    head: str, foot: str, config: str, tmp_path: Path
) -> None:
    text = f"{head}\n  await db.raw(`CREATE INDEX a ON users (email)`);\n{foot}\n"
    (made,) = knex(tmp_path, text).values()
    said = f"{config} config =" if config == "export const" else f"{config}.config ="
    assert made == (
        f"{head}\n  await db.raw(`CREATE INDEX CONCURRENTLY a ON users (email)`);\n{foot}\n\n"
        f"{said} {{ transaction: false }};\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        "for (const name of names()) await knex.raw(`CREATE INDEX ${name} ON users (email)`);",
        "if (process.env.X) await knex.raw('CREATE INDEX a ON users (email)');",
        "await knex.raw('CREATE INDEX a ON users (email) WHERE name ? ?', []);",
        "await Promise.all([knex.raw('CREATE INDEX a ON users (email)'), knex.raw('SELECT 1')]);",
    ],
)
def test_what_is_left_to_people(body: str, tmp_path: Path) -> None:
    assert knex(tmp_path, f"exports.up = async (knex) => {{\n  {body}\n}};\n") == {}


def test_a_constraint_is_validated_in_the_next_migration(tmp_path: Path) -> None:
    found = typeorm(
        tmp_path,
        """\
import { MigrationInterface, QueryRunner } from 'typeorm';

export class Find1740823200000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`SET LOCAL lock_timeout = '5s'`);
    await queryRunner.query(`ALTER TABLE users ADD CONSTRAINT named CHECK (name <> '')`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE users DROP CONSTRAINT named`);
  }
}
""",
    )
    first = found["src/migrations/1740823200000-Find.ts"]
    assert "query(`ALTER TABLE users ADD CONSTRAINT named CHECK (name <> '') NOT VALID`)" in first
    assert "DROP CONSTRAINT named" in first
    assert (
        found["src/migrations/1740823201000-ValidateNamed.ts"]
        == """\
import { MigrationInterface, QueryRunner } from 'typeorm';

export class ValidateNamed1740823201000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE users VALIDATE CONSTRAINT named');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    // Nothing to undo: this changes no data and nothing that could be taken back.
  }
}
"""
    )


INDEX = """\
export class Find1740823200000 {
  public async up(queryRunner: any): Promise<void> {
    await queryRunner.query(`CREATE INDEX a ON users (email)`);
  }
}
"""


def test_no_class_leaves_the_transaction_of_all(tmp_path: Path) -> None:
    assert typeorm(tmp_path, INDEX, "all") == {}


def test_a_class_leaves_its_own(tmp_path: Path) -> None:
    (made,) = typeorm(tmp_path, INDEX).values()
    assert "Find1740823200000 {\n  transaction = false;\n\n  public async up" in made
    assert "CREATE INDEX CONCURRENTLY a" in made


def test_of_two_classes_that_leaves_it_which_builds_the_index(tmp_path: Path) -> None:
    other = SHOP[SHOP.index("export") :].replace("1735725600000", "1740823200001")
    (made,) = typeorm(tmp_path, other.replace("TABLE users", "TABLE others") + INDEX).values()
    assert made.count("transaction = false;") == 1
    assert "Find1740823200000 {\n  transaction = false;\n\n  public async up" in made
