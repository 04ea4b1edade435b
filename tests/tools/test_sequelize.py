"""Sequelize and Umzug: order, places, transactions, and what of a file is understood. What each
call is worth, `test_sequelize_recorded` says."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from migralint import dialects, tools
from migralint.migration import Project, Root, Statement
from migralint.ops import (
    AddColumn,
    AlterType,
    Begin,
    Commit,
    CreateIndex,
    CreateTable,
    Delete,
    DropColumn,
    DropTable,
    Insert,
    Op,
    Other,
    RunCode,
    Select,
    Unknown,
    Update,
)
from migralint.session import Session
from migralint.tools.sequelize.settings import dialect, settings
from tests.trees import found, ids, places, plant, project

PARSE = dialects.load("postgresql").parse
PACKAGE = '{"dependencies": {"sequelize": "^6.37.0", "pg": "^8.0.0"}}'
UP = "module.exports = {{\n  up: async (queryInterface, Sequelize) => {{\n{}\n  }},\n}};\n"


def read(folder: Path, files: dict[str, str | bytes], **given: object) -> Project:
    plant(folder, files)
    names = tuple(name for name in files if name.endswith(("js", "ts")))
    root = Root(str(folder), ".", "sequelize", "postgresql", files=names, **given)  # type: ignore[arg-type]
    return tools.read(root, PARSE)


def one(folder: Path, body: str, **others: str) -> tuple[str, tuple[Statement, ...]]:
    """The text of a migration and its statements."""
    text = UP.format(textwrap.indent(textwrap.dedent(body).strip(), "    "))
    (folder / "lib").mkdir(exist_ok=True)
    for name, other in others.items():
        (folder / "lib" / f"{name}.js").write_text(other)
    script = read(folder, {"1-a.js": text}).migrations[0].up
    return script.source.text, script.statements


def ops(statements: tuple[Statement, ...]) -> list[Op]:
    return [op for each in statements for op in each.ops]


def kinds(statements: tuple[Statement, ...]) -> list[str]:
    return [type(op).__name__ for op in ops(statements)]


def shown(text: str, statement: Statement) -> str:
    return text[statement.span.start : statement.span.end]


def test_files_run_in_the_order_of_their_names_each_query_by_itself(tmp_path: Path) -> None:
    up = UP.format("    await queryInterface.dropTable('a');")
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE,
        "migrations/20200102-b.js": up,
        "migrations/20200101-a.js": up,
        "migrations/index.js": up,
        "migrations/20200103-c.ts": (
            "import { QueryInterface } from 'sequelize';\n"
            "export async function up(queryInterface: QueryInterface): Promise<void> {\n"
            "  await queryInterface.dropTable('c');\n}\n"
            "export async function down(): Promise<void> {}\n"
        ),
    }
    given = project(tmp_path, files, "sequelize")
    assert ids(given) == ["20200101-a.js", "20200102-b.js", "20200103-c.ts"]
    assert {each.up.transaction.scope for each in given.migrations} == {"statement"}
    assert [each.down is not None for each in given.migrations] == [False, False, True]
    assert given.has_down
    assert given.dialect == "postgresql"


def test_a_sequelizerc_says_where_the_migrations_are_and_what_they_go_to(tmp_path: Path) -> None:
    up = UP.format("    await queryInterface.dropTable('a');")
    config = "module.exports = { development: { dialect: 'sqlite' }, production: { %s } };"
    plant(
        tmp_path,
        {
            "package.json": '{"dependencies": {"sequelize": "6", "pg": "8", "sqlite3": "5"}}',
            ".sequelizerc": (
                "const path = require('path');\nmodule.exports = {\n"
                "  'config': path.resolve('config', 'database.js'),\n"
                "  'migrations-path': path.resolve(__dirname, 'db', 'changes') };\n"
            ),
            "config/database.js": config % "url: 'mysql://host/app'",
            "db/changes/1-a.js": up,
        },
    )
    discovery = found(tmp_path)
    assert places(discovery) == []
    assert [path for path, reason in discovery.unread if "MySQL" in reason] == ["db/changes"]
    (tmp_path / "config/database.js").write_text(
        config % "dialect: 'postgres', use_env_variable: 'DATABASE_URL'"
    )
    assert places(found(tmp_path)) == [("db/changes", "sequelize", "postgresql")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"production": {"dialect": "postgres"}, "test": {"dialect": "sqlite"}}', "postgresql"),
        ('{"dialect": "mariadb"}', "mariadb"),
        ('{"development": {"url": "postgres://u@h/db"}}', "postgresql"),
        ('{"development": {"use_env_variable": "URL"}}', ""),
        ("{nonsense", ""),
    ],
)
def test_the_configuration_says_the_database(tmp_path: Path, text: str, said: str) -> None:
    plant(tmp_path, {".git/": "", "config/config.json": text, "db/migrations/": ""})
    assert dialect(str(tmp_path / "db" / "migrations")) == said


def test_a_sequelizerc_that_is_not_understood_says_nothing(tmp_path: Path) -> None:
    plant(tmp_path, {".sequelizerc": "module.exports = load();"})
    assert settings(str(tmp_path / ".sequelizerc")) == ()


def test_a_call_stands_in_the_file_and_its_operations_in_its_arguments(tmp_path: Path) -> None:
    text, statements = one(
        tmp_path,
        """
        await queryInterface.addColumn('users', 'nick', {
          type: Sequelize.STRING(20),
          allowNull: false,
        });
        await queryInterface.sequelize.query(`
          UPDATE users
          SET nick = 'x'
        `);
        """,
    )
    assert kinds(statements) == ["AddColumn", "Update"]
    first, second = statements
    assert shown(text, first).startswith("queryInterface.addColumn(")
    assert first.embedded is not None
    place = dialects.load("postgresql").locate(first, first.ops[0])
    located = first.embedded.to_host(place)
    assert text[located.start : located.end].startswith("nick', {")
    assert shown(text, second).split() == ["UPDATE", "users", "SET", "nick", "=", "'x'"]


def test_a_transaction_spans_what_it_is_given_to(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        await queryInterface.dropTable('before');
        await queryInterface.sequelize.transaction(async (transaction) => {
          await queryInterface.addColumn('users', 'a', { type: Sequelize.TEXT }, { transaction });
          await queryInterface.addIndex('users', ['a'], { concurrently: true });
          await queryInterface.addIndex('users', { fields: ['a'], name: 'i', transaction });
          await queryInterface.changeColumn('users', 'a', { type: Sequelize.STRING });
        });
        await queryInterface.dropTable('after');
        """,
    )
    script = read(tmp_path, {}).migrations  # nothing: the statements are walked below
    assert script == ()
    assert kinds(statements) == [
        "DropTable", "Begin", "AddColumn", "CreateIndex", "CreateIndex", "DropNotNull",
        "DropDefault", "AlterType", "Commit", "DropTable",
    ]  # fmt: skip
    whole = read(tmp_path, {"1-a.js": (tmp_path / "1-a.js").read_text()}).migrations[0].up
    session, opened = Session(whole), []
    for number, statement in enumerate(whole.statements):
        session.enter(statement, number)
        opened.append(session.id)
        for op in statement.ops:
            session.leave(op, number)
    own = opened[2]
    assert own is not None
    # The index that is not given the transaction is built beside it, and so is what one query of
    # several statements does, in a transaction that the server makes of them.
    assert opened[:5] == [None, None, own, None, own]
    assert opened[5] == opened[6] == opened[7] not in (None, own)
    assert opened[8:] == [own, None]


def test_a_transaction_may_be_begun_and_ended_by_hand(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        const t = await queryInterface.sequelize.transaction();
        try {
          await queryInterface.removeColumn('users', 'a', { transaction: t });
          await t.commit();
        } catch (error) {
          await t.rollback();
          throw error;
        }
        """,
    )
    assert kinds(statements) == ["Begin", "DropColumn", "Commit"]
    assert not any(op.conditional for op in ops(statements))


@pytest.mark.parametrize(
    "text",
    [
        "exports.up = async ({ context: queryInterface }) => {\n"
        "  await queryInterface.dropTable('users');\n};\n",
        "import type { Migration } from '../umzug';\n"
        "export const up: Migration = async ({ context }) => {\n"
        "  await context.dropTable('users');\n};\n",
        "export const up = async ({ context: sequelize }) => {\n"
        "  await sequelize.getQueryInterface().dropTable('users');\n};\n",
        "export const up = async ({ context: { queryInterface, Sequelize } }) => {\n"
        "  await queryInterface.dropTable('users');\n};\n",
        "export const up = async (params) => {\n"
        "  const { context } = params;\n  await context.queryInterface.dropTable('users');\n};\n",
        "export default { async up(qi, { DataTypes }) { return qi.dropTable('users'); } };\n",
        "module.exports.up = function (queryInterface) {\n"
        "  return Promise.all([queryInterface.dropTable('users')]);\n};\n",
        "module.exports = {\n  async up({ context: db }) {\n"
        "    await db.query('DROP TABLE users');\n  },\n};\n",
    ],
)
def test_whatever_way_umzug_hands_it_over(tmp_path: Path, text: str) -> None:
    given = read(tmp_path, {"1-a.ts": text})
    (op,) = ops(given.migrations[0].up.statements)
    assert isinstance(op, DropTable)
    assert op.table.name == "users"


def test_loops_helpers_and_other_files_are_walked_through(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        const { TABLES, stamp } = require('./lib/common');
        const added = { type: Sequelize.TEXT, allowNull: true };
        for (const table of TABLES) await queryInterface.addColumn(table, 'a', added);
        await Promise.all(['x', 'y'].map((name) => queryInterface.addColumn('t', name, added)));
        await stamp(queryInterface, Sequelize, 't');
        """,
        common=(
            "exports.TABLES = ['users', 'posts'];\n"
            "exports.stamp = async (queryInterface, Sequelize, table) => {\n"
            "  await queryInterface.addColumn(table, 'at', { type: Sequelize.DATE });\n};\n"
        ),
    )
    added = [op for op in ops(statements) if isinstance(op, AddColumn)]
    assert [(op.table.name, op.column.name) for op in added] == [
        ("users", "a"), ("posts", "a"), ("t", "x"), ("t", "y"), ("t", "at"),
    ]  # fmt: skip


def test_what_is_asked_first_makes_the_rest_conditional(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        const table = await queryInterface.describeTable('users');
        if (!table.nick) await queryInterface.addColumn('users', 'nick', Sequelize.TEXT);
        if (queryInterface.sequelize.getDialect() === 'postgres') {
          await queryInterface.sequelize.query('DROP VIEW v');
        } else {
          await queryInterface.dropTable('other');
        }
        """,
    )
    assert kinds(statements) == ["AddColumn", "DropView"]
    assert [op.conditional for op in ops(statements)] == [True, False]


def test_what_is_only_known_when_the_code_runs_is_told(tmp_path: Path) -> None:
    text, statements = one(
        tmp_path,
        """
        await queryInterface.addColumn(process.env.TABLE, 'a', Sequelize.TEXT);
        await queryInterface.addColumn('users', 'b', { type: types.Fancy });
        await queryInterface.sequelize.query(process.env.SQL);
        await queryInterface.addConstraint('users', options);
        await queryInterface.dropAllTables();
        """,
    )
    first, second, third, fourth, fifth = ops(statements)
    assert isinstance(first, Unknown)
    assert "process.env.TABLE" in first.reason
    assert isinstance(second, AddColumn)
    assert second.column.type is None
    assert isinstance(third, Unknown)
    assert isinstance(fourth, Unknown)
    assert isinstance(fifth, RunCode)
    assert shown(text, statements[2]) == "queryInterface.sequelize.query(process.env.SQL)"


def test_what_it_replaces_is_no_part_of_the_statement(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        const [rows] = await queryInterface.sequelize.query('SELECT id FROM users');
        for (const row of rows) {
          await queryInterface.sequelize.query('UPDATE users SET a = :a WHERE id = :id', {
            replacements: { a: 1, id: row.id },
          });
          await queryInterface.sequelize.query(`UPDATE users SET a = 1 WHERE id = '${row.id}'`);
        }
        """,
    )
    select, first, second = ops(statements)
    assert isinstance(select, Select)
    for op in (first, second):
        assert isinstance(op, Update)
        assert op.conditional
        assert op.where is not None
        assert [(each.column, each.operator, each.value) for each in op.where.tests] == [
            ("id", "=", None)
        ]


def test_rows_and_models(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        await queryInterface.bulkInsert('users', [{ name: 'a', at: new Date() }]);
        await queryInterface.bulkDelete('users', { name: 'a' });
        const User = queryInterface.sequelize.define('users', { name: Sequelize.TEXT });
        const users = await User.findAll();
        for (const user of users) await user.update({ name: 'b' });
        console.log('done');
        """,
    )
    insert, delete, code = ops(statements)
    assert isinstance(insert, Insert)
    assert insert.columns == ("name", "at")
    assert isinstance(delete, Delete)
    assert isinstance(code, RunCode)
    assert code.what == "the ORM"


def test_calls_of_others_are_told_where_they_may_reach_the_database(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        const { execSync } = require('child_process');
        const seed = require('seeds');
        execSync('node script.js');
        await seed(queryInterface);
        const name = require('path').join('a', 'b');
        """,
    )
    assert [op.what for op in ops(statements) if isinstance(op, RunCode)] == [
        "execSync()", "seed()",
    ]  # fmt: skip


def test_an_enum_of_postgresql_is_a_type_of_its_own(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        await queryInterface.createTable('users', { state: Sequelize.ENUM('a', 'b') });
        await queryInterface.changeColumn('users', 'state', { type: Sequelize.TEXT });
        """,
    )
    assert kinds(statements) == [
        "CreateType", "CreateTable", "DropNotNull", "DropDefault", "AlterType",
    ]  # fmt: skip
    table = ops(statements)[1]
    assert isinstance(table, CreateTable)
    kind = table.columns[0].type
    assert kind is not None
    assert "enum_users_state" in str(kind)
    assert isinstance(ops(statements)[-1], AlterType)


def test_more_columns_than_the_file_says_are_told(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        "await queryInterface.createTable('users', { id: Sequelize.INTEGER, ...more });",
    )
    table, rest = ops(statements)
    assert isinstance(table, CreateTable)
    assert [each.name for each in table.columns] == ["id"]
    assert isinstance(rest, Unknown)
    assert "some of its columns" in rest.reason


def test_refusals_and_files_that_are_no_migrations(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        if (process.env.NODE_ENV === 'production') throw new Error('no');
        throw new Error('never');
        """,
    )
    assert [type(op) for op in ops(statements)] == [Other]
    given = read(tmp_path, {"helpers.js": "exports.name = 'x';", "2-b.js": "exports.up = ("})
    assert [each.path for each in given.migrations] == ["2-b.js"]
    (op,) = ops(given.migrations[0].up.statements)
    assert isinstance(op, Unknown)
    assert op.cause == "syntax"


def test_the_ways_of_transactions_stand_where_they_are_written(tmp_path: Path) -> None:
    text, statements = one(
        tmp_path,
        """
        await queryInterface.sequelize.transaction((transaction) =>
          queryInterface.dropTable('a', { transaction }));
        """,
    )
    begin, drop, commit = statements
    assert isinstance(begin.ops[0], Begin)
    assert isinstance(commit.ops[0], Commit)
    assert shown(text, begin) == "queryInterface.sequelize.transaction"
    assert begin.span.end <= drop.span.start < commit.span.start
    assert isinstance(drop.ops[0], DropTable)


def test_indexes_have_the_names_that_sequelize_gives(tmp_path: Path) -> None:
    _, statements = one(
        tmp_path,
        """
        await queryInterface.addIndex('userTeams', ['teamId']);
        await queryInterface.removeColumn('users', 'a');
        """,
    )
    index, column = ops(statements)
    assert isinstance(index, CreateIndex)
    assert index.name == "user_teams_team_id"
    assert isinstance(column, DropColumn)


def test_sql_of_a_file_beside_is_read(tmp_path: Path) -> None:
    plant(tmp_path, {"sql/1.sql": "DROP TABLE a;\nDROP TABLE b;\n"})
    text, statements = one(
        tmp_path,
        """
        const { readFileSync } = require('fs');
        const sql = readFileSync(require('path').join(__dirname, 'sql', '1.sql'), 'utf8');
        await queryInterface.sequelize.query(sql);
        await queryInterface.sequelize.query(readFileSync('elsewhere.sql', 'utf8').toString());
        """,
    )
    assert kinds(statements) == ["DropTable", "DropTable", "Unknown"]
    assert {shown(text, each) for each in statements[:2]} == {"queryInterface.sequelize.query(sql)"}
