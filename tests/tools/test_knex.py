"""Knex: which files, in which order and transactions, and what is read of them with exact places.
What each call is worth, `test_knex_recorded` says."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from migralint import config, dialects, tools
from migralint.discover import Discovery, discover
from migralint.migration import Project, Root, Statement
from migralint.ops import (
    AddColumn,
    AlterType,
    CreateTable,
    Delete,
    DropTable,
    Op,
    RunCode,
    Unknown,
    Update,
)
from migralint.source import Source
from migralint.tools.knex.migration import read_migration
from migralint.tools.knex.settings import Settings, settings

PARSE = dialects.load("postgresql").parse
PLAIN = "exports.up = (knex) => knex.schema.dropTable('a');\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read(folder: Path, files: dict[str, str], said: Settings | None = None) -> Project:
    write(folder, files)
    names = tuple(name for name in files if "/" not in name or name.startswith(("one/", "two/")))
    spelled = {} if said is None else said.spelled()
    root = Root(str(folder), ".", "knex", "postgresql", files=names, settings=spelled)
    return tools.read(root, PARSE)


def one(folder: Path, body: str, more: str = "", **files: str) -> tuple[str, tuple[Statement, ...]]:
    """The text of a migration of which this is the way up, and its statements."""
    up = textwrap.indent(textwrap.dedent(body).strip(), "  ")
    text = f"{more}\nexports.up = async (knex) => {{\n{up}\n}};\n"
    project = read(folder, {"1.js": text, **files})
    script = project.migrations[0].up
    return script.source.text, script.statements


def ops(statements: tuple[Statement, ...]) -> list[Op]:
    return [op for each in statements for op in each.ops]


def kinds(statements: tuple[Statement, ...]) -> list[tuple[str, bool]]:
    return [(type(op).__name__, op.conditional) for op in ops(statements)]


def place(text: str, statement: Statement, op: Op) -> str:
    span = dialects.load("postgresql").locate(statement, op)
    span = statement.embedded.to_host(span) if statement.embedded else span
    return text[span.start : span.end]


def found(folder: Path) -> Discovery:
    return discover([str(folder)], config.Settings(), str(folder))


# Files


def test_files_go_by_their_names(tmp_path: Path) -> None:
    files = dict.fromkeys(("10_b.js", "9_a.js", "2_c.ts", "3.cjs", "4.mjs", "5.coffee"), PLAIN)
    project = read(tmp_path, files)
    # Knex loads neither .mjs nor .cts unless it is told to.
    assert [each.id for each in project.migrations] == ["10_b.js", "2_c.ts", "3.cjs", "9_a.js"]


def test_folders_are_merged_or_sorted_by_themselves(tmp_path: Path) -> None:
    files = dict.fromkeys(("two/1.js", "two/3.js", "one/2.js"), PLAIN)
    places = (str(tmp_path / "two"), str(tmp_path / "one"))
    order = [each.id for each in read(tmp_path, files, Settings(places)).migrations]
    assert order == ["1.js", "2.js", "3.js"]
    apart = read(tmp_path, files, Settings(places, separately=True))
    assert [each.id for each in apart.migrations] == ["1.js", "3.js", "2.js"]


@pytest.mark.parametrize(
    ("configs", "unwrapped", "scopes"),
    [
        (["", ""], False, ["run", "run"]),
        (["exports.config = { transaction: true };", ""], False, ["run", "run"]),
        (["exports.config = { transaction: false };", ""], False, ["none", "file"]),
        (["", ""], True, ["none", "none"]),
        (["exports.config = { transaction: true };", ""], True, ["file", "none"]),
    ],
)
def test_transactions(
    tmp_path: Path, configs: list[str], unwrapped: bool, scopes: list[str]
) -> None:
    files = {f"{number}.js": PLAIN + each for number, each in enumerate(configs)}
    project = read(tmp_path, files, Settings((str(tmp_path),), unwrapped=unwrapped))
    assert [each.up.transaction.scope for each in project.migrations] == scopes


@pytest.mark.parametrize(
    "text",
    [
        "exports.up = (k) => k.schema.dropTable('a'); exports.down = () => {};",
        "exports.up = function (k) { return k.schema.dropTable('a'); };\n"
        "exports.down = async () => {}",
        "module.exports = { async up(k) { await k.schema.dropTable('a'); }, down() {} };",
        "const up = (k) => k.schema.dropTable('a'); const down = () => {};\n"
        "module.exports = { up, down };",
        "export async function up(k) { await k.schema.dropTable('a'); }\n"
        "export async function down() {}",
        "export const up = async (k) => { await k.schema.dropTable('a'); };\n"
        "export const down = async () => {};",
        "export default { up: (k) => k.schema.dropTable('a'), down: () => {} };",
        "exports.up = async ({ schema }) => { await schema.dropTable('a'); };\n"
        "exports.down = () => {}",
        "exports.up = async (k) => { const trx = await k.transaction();\n"
        "await trx.schema.dropTable('a'); await trx.commit(); }; exports.down = () => {};",
    ],
)
def test_ways_to_write_one(tmp_path: Path, text: str) -> None:
    (migration,) = read(tmp_path, {"1.js": text}).migrations
    assert [type(op) for op in ops(migration.up.statements)] == [DropTable]
    assert migration.down is not None
    assert migration.down.statements == ()


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    files = {
        "1.js": "module.exports = require('somewhere').migration('a');",
        "2.js": "exports.up = make('a');",
        "3.js": "exports.up = (knex) => {",
    }
    project = read(tmp_path, files)
    assert len(project.migrations) == 3
    for each in project.migrations:
        assert [type(op) for op in ops(each.up.statements)] == [Unknown]


# Places


def test_a_finding_points_at_the_call_or_the_argument(tmp_path: Path) -> None:
    body = """
        await knex.schema.createTable('a', (t) => { t.increments(); })
          .alterTable('b', (t) => {
            t.string('c', 20).notNullable();
            t.integer('d').references('id').inTable('e');
          });
        await knex.raw(`UPDATE b SET c = 1;
          DELETE FROM b`);
    """
    text, statements = one(tmp_path, body)
    said = [text[each.span.start : each.span.end].partition("\n")[0] for each in statements]
    assert said == [
        "knex.schema.createTable('a', (t) => { t.increments(); })",
        "alterTable('b', (t) => {",
        "t.integer('d').references('id').inTable('e')",
        "UPDATE b SET c = 1",
        "DELETE FROM b",
    ]
    added = [op for op in ops(statements) if isinstance(op, AddColumn)]
    assert "'c', 20).notNullable()" in "'" + place(text, statements[1], added[0]) + ")"


def test_sql_of_a_constant_is_told_at_the_call(tmp_path: Path) -> None:
    text, (statement,) = one(tmp_path, "await knex.raw(SQL);", "const SQL = 'DROP TABLE a';")
    assert text[statement.span.start : statement.span.end] == "DROP TABLE a"


# What is walked through


def test_guards_make_it_conditional(tmp_path: Path) -> None:
    body = """
        if (!(await knex.schema.hasTable('a'))) {
          await knex.schema.createTable('a', (t) => { t.increments(); t.string('b'); });
        }
        await knex.schema.hasColumn('c', 'd').then((has) => {
          if (has) return knex.schema.table('c', (t) => { t.dropColumn('d'); });
        });
        await knex.schema.table('e', (t) => {
          t.string('f');
          if (knex.userParams.x) t.string('g');
        });
    """
    _, statements = one(tmp_path, body)
    assert kinds(statements) == [
        ("CreateTable", True), ("DropColumn", True), ("AddColumn", False), ("AddColumn", True),
    ]  # fmt: skip
    created = ops(statements)[0]
    assert isinstance(created, CreateTable)
    assert [each.name for each in created.columns] == ["id", "b"]


def test_a_branch_on_the_database_is_known(tmp_path: Path) -> None:
    body = """
        if (knex.client.config.client === 'sqlite3') return;
        if (knex.client.dialect === 'postgresql') await knex.schema.dropTable('a');
    """
    assert kinds(one(tmp_path, body)[1]) == [("DropTable", False)]


@pytest.mark.parametrize(("client", "runs"), [("pg", True), ("postgresql", False), ("", True)])
def test_a_client_is_called_as_the_knexfile_has_it(tmp_path: Path, client: str, runs: bool) -> None:
    text = (
        "exports.up = async (knex) => {\n  const { client } = knex.client.config;\n"
        "  if (client === 'pg') await knex.schema.dropTable('a');\n};\n"
    )
    said = Settings((str(tmp_path),), client=client)
    (migration,) = read(tmp_path, {"1.js": text}, said).migrations
    assert bool(migration.up.statements) is runs


def test_loops_and_functions(tmp_path: Path) -> None:
    more = """
        const { drop, TABLES } = require('./lib/helpers');
        const stamps = (t) => t.timestamps(true, true);
        async function clear(knex, name) { await knex(name).del(); }
    """
    helper = """
        exports.TABLES = ['a', 'b'];
        exports.drop = (knex, names) =>
          Promise.all(names.map((name) => knex.schema.dropTable(name)));
    """
    body = """
        await drop(knex, TABLES);
        for (const name of ['c', 'd']) await clear(knex, name);
        await knex.schema.alterTable('e', stamps);
    """
    text, statements = one(tmp_path, body, more, **{"lib/helpers.js": helper})
    assert [type(op) for op in ops(statements)] == [
        DropTable, DropTable, Delete, Delete, AddColumn, AddColumn,
    ]  # fmt: skip
    assert text[statements[0].span.start : statements[0].span.end] == "drop(knex, TABLES)"


def test_names_that_go_through_several_files(tmp_path: Path) -> None:
    more = (
        "import { USERS, drop } from './lib/index.js';\nimport posts from './lib/posts';\n"
        "import * as all from './lib';\n"
    )
    files = {
        "lib/index.ts": "export * from './names';\nexport { drop } from './names.js';\n",
        "lib/names.ts": "export const USERS = 'users';\n"
        "export const drop = async (k: any, t: string) => { await k.schema.dropTable(t); };\n",
        "lib/posts.cjs": "module.exports = 'posts';\n",
    }
    body = "await drop(knex, USERS); await drop(knex, posts); await all.drop(knex, all.USERS);"
    _, statements = one(tmp_path, body, more, **files)
    found = [op.table.name for op in ops(statements) if isinstance(op, DropTable)]
    assert found == ["users", "posts", "users"]


def test_a_circle_of_files_ends(tmp_path: Path) -> None:
    files = {"lib/a.js": "module.exports = require('./b');", "lib/b.js": "module.exports = "
             "{ ...require('./a'), T: 'b' };"}  # fmt: skip
    body = "await knex.schema.dropTable(require('./lib/a').T);"
    assert len(one(tmp_path, body, **files)[1]) == 1


def test_sql_of_a_file_beside_it(tmp_path: Path) -> None:
    more = "const fs = require('fs'); const path = require('node:path');"
    body = "await knex.raw(fs.readFileSync(path.join(__dirname, 'lib', 'a.sql'), 'utf8'));"
    text, statements = one(tmp_path, body, more, **{"lib/a.sql": "DROP TABLE a; DROP TABLE b;"})
    assert [type(op) for op in ops(statements)] == [DropTable, DropTable]
    assert text[statements[0].span.start :].startswith("knex.raw(fs.")


def test_rows_that_are_only_known_later(tmp_path: Path) -> None:
    body = """
        const rows = await knex('a').select('id', 'b');
        for (const row of rows) {
          await knex('c').where({ a_id: row.id }).update({ b: row.b, d: 1 });
        }
        await Promise.all(rows.map((row) => knex('e').insert({ id: row.id })));
        await knex('f').whereIn('a_id', rows.map((row) => row.id)).del();
        const [{ id }] = await knex.insert({ g: 1 }).into('h').returning('id');
    """
    _, statements = one(tmp_path, body)
    assert kinds(statements) == [
        ("Select", False), ("Update", True), ("Insert", True), ("Delete", False),
        ("Insert", False),
    ]  # fmt: skip
    update = ops(statements)[1]
    assert isinstance(update, Update)
    assert update.columns == ("b", "d")


def test_queries_in_queries_are_not_sent_by_themselves(tmp_path: Path) -> None:
    body = """
        await knex('a').whereIn('id', knex('b').select('a_id')).del();
        await knex('c').insert(knex.select('d').from('e'));
        await knex.raw(`${knex('f').insert({ g: 1 }).toString()} ON CONFLICT DO NOTHING`);
        await knex.with('w', (q) => q.select('*').from('x')).from('w').select('*');
    """
    _, statements = one(tmp_path, body)
    assert [name for name, _ in kinds(statements)] == ["Delete", "Insert", "Insert", "Select"]


def test_what_goes_elsewhere_runs_code(tmp_path: Path) -> None:
    body = "await seeds.fill(knex);\nawait knex.schema.table('a', (t) => extend(t));"
    _, statements = one(tmp_path, body, "const seeds = require('./seeds');")
    found = [op for op in ops(statements) if isinstance(op, RunCode)]
    assert [each.what for each in found] == ["seeds.fill()", "extend()"]


def test_names_that_are_not_known(tmp_path: Path) -> None:
    body = """
        await knex.schema.dropTable(process.env.TABLE);
        await knex.schema.alterTable('a', (t) => { t.specificType('b', TYPE).notNullable(); });
        await knex.schema.alterTable('a', (t) => { t.custom('c'); });
        await knex('d').update(values);
    """
    _, statements = one(tmp_path, body, "const { TYPE, values } = require('elsewhere');")
    names = [type(op).__name__ for op in ops(statements)]
    assert names == ["Unknown", "AddColumn", "Unknown", "Update"]
    added = ops(statements)[1]
    assert isinstance(added, AddColumn)
    assert added.column.type is None


def test_its_own_transaction_where_the_file_has_none(tmp_path: Path) -> None:
    text = (
        "exports.up = async (knex) => {\n"
        "  await knex.raw('CREATE INDEX CONCURRENTLY i ON a (b)');\n"
        "  await knex.transaction(async (trx) => {\n"
        "    await trx('a').del(); await trx('b').del(); });\n"
        "};\nexports.config = { transaction: false };\n"
    )
    (migration,) = read(tmp_path, {"1.js": text}).migrations
    assert migration.up.transaction.scope == "none"
    first, *others = migration.up.statements
    assert first.transaction is None
    assert [each.transaction.scope for each in others if each.transaction] == ["implicit-batch"] * 2
    assert others[0].batch == others[1].batch != -1


def test_several_statements_of_one_raw_are_one_transaction(tmp_path: Path) -> None:
    text = (
        "exports.up = async (knex) => {\n"
        "  await knex.raw('SET lock_timeout = 1; CREATE INDEX CONCURRENTLY i ON a (b)');\n"
        "  await knex.raw('DROP INDEX CONCURRENTLY j');\n};\n"
    )
    (migration,) = read(tmp_path, {"1.js": text}).migrations
    assert {each.transaction for each in migration.up.statements} == {None}
    text += "exports.config = { transaction: false };\n"
    (migration,) = read(tmp_path, {"1.js": text}).migrations
    first, second, third = migration.up.statements
    assert first.transaction == second.transaction is not None
    assert first.batch == second.batch != -1
    assert third.transaction is None


def test_alter_says_what_it_drops(tmp_path: Path) -> None:
    body = "await knex.schema.alterTable('a', (t) => { t.text('b').defaultTo('x').alter(); });"
    _, statements = one(tmp_path, body)
    assert [type(op).__name__ for op in ops(statements)] == [
        "DropDefault", "DropNotNull", "AlterType", "SetDefault",
    ]  # fmt: skip
    assert isinstance(ops(statements)[2], AlterType)


# Knexfiles


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("knexfile.js", "module.exports = { client: 'pg', migrations: { directory: './db/m' } };"),
        ("knexfile.js",
         "module.exports = { dev: { client: 'pg', migrations: { directory: 'db/m' } } };"),
        ("knexfile.ts",
         "import type { Knex } from 'knex';\nconst config: { [key: string]: Knex.Config }"
         " = { development: { client: 'postgresql', migrations: { directory: 'db/m' } } };\n"
         "export default config;"),
        ("knexfile.mjs", "import path from 'path';\nimport { fileURLToPath } from 'url';\n"
         "const __dirname = path.dirname(fileURLToPath(import.meta.url));\n"
         "const migrations = { directory: path.join(__dirname, 'db', 'm') };\n"
         "export default { client: 'pg', migrations };"),
        ("knexfile.ts", "export { default } from './src/database';"),
        ("knexfile.js",
         "require('ts-node/register'); module.exports = require('./src/database').default;"),
    ],
)  # fmt: skip
def test_knexfiles(tmp_path: Path, name: str, text: str) -> None:
    config = "export default { client: 'pg', migrations: { directory: __dirname + '/../db/m' } };"
    write(tmp_path, {name: text, "src/database.ts": config, "db/m/1.js": PLAIN})
    (said,) = settings(str(tmp_path / name))
    assert (said.dialect, said.directories) == ("postgresql", (str(tmp_path / "db" / "m"),))
    (root,) = found(tmp_path).roots
    assert (root.tool, root.shown, root.files) == ("knex", "db/m", ("1.js",))


def test_environments_and_options(tmp_path: Path) -> None:
    text = (
        "const shared = { directory: ['a', 'b'], sortDirsSeparately: true,"
        " disableTransactions: true, loadExtensions: ['.mjs'] };\n"
        "module.exports = { test: { client: 'sqlite3', migrations: { directory: 'c' } },"
        " production: { client: 'pg', migrations: shared } };"
    )
    write(tmp_path, {"knexfile.js": text})
    second, first = settings(str(tmp_path / "knexfile.js"))
    assert (first.dialect, first.directories) == ("sqlite", (str(tmp_path / "c"),))
    assert second.separately
    assert second.unwrapped
    assert second.endings == (".mjs",)


def test_a_file_is_read_with_all_of_its_history(tmp_path: Path) -> None:
    text = "module.exports = { client: 'pg', migrations: { directory: ['db/a', 'db/b'] } };"
    write(tmp_path, {"knexfile.js": text, "db/a/2.js": PLAIN, "db/b/1.js": PLAIN})
    asked = str(tmp_path / "db" / "a" / "2.js")
    (root,) = discover([asked], config.Settings(), str(tmp_path)).roots
    assert (root.shown, root.files) == ("db", ("a/2.js", "b/1.js"))
    assert root.checked == {asked}


def test_production_says_which_database_it_is(tmp_path: Path) -> None:
    text = (
        "module.exports = { development: { client: 'sqlite3' }, staging: { client: 'mysql2' },"
        " production: { client: 'postgresql' } };"
    )
    write(tmp_path, {"knexfile.js": text, "migrations/1.js": PLAIN})
    (root,) = found(tmp_path).roots
    assert (root.dialect, root.shown) == ("postgresql", "migrations")


def test_the_database_is_the_one_of_the_driver(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": '{"dependencies": {"knex": "3", "mysql2": "3"}}',
                     "db/migrations/1.js": PLAIN})  # fmt: skip
    place = found(tmp_path)
    assert place.roots == ()
    assert "MySQL migrations are not analysed yet (1 file)" in place.unread[0][1]


def test_folders_without_migrations_are_none(tmp_path: Path) -> None:
    write(tmp_path, {
        "src/migrations/README.js": "// the knex migrations lie elsewhere",
        "migrations/util.js": "exports.run = (knex) => knex.raw('select 1');",
        "node_modules/x/migrations/1.js": PLAIN,
    })  # fmt: skip
    assert found(tmp_path).roots == ()


def test_what_a_compiler_made_is_left_out(tmp_path: Path) -> None:
    typed = "import { Knex } from 'knex';\nexport async function up(knex: Knex) {}\n"
    write(tmp_path, {
        "src/migrations/1_a.ts": typed, "dist/migrations/1_a.js": PLAIN,
        "migrations/2_b.ts": typed, "migrations/2_b.js": PLAIN, "migrations/2_b.d.ts": "",
    })  # fmt: skip
    roots = found(tmp_path).roots
    assert [(each.shown, each.files) for each in roots] == [
        ("migrations", ("2_b.ts",)), ("src/migrations", ("1_a.ts",)),
    ]  # fmt: skip


def test_what_may_be_another_databases_is_no_syntax_error(tmp_path: Path) -> None:
    body = """
        if (settings.isOld) await knex.raw('SHOW COLUMNS FROM a');
        await knex.raw('SHOW COLUMNS FROM b');
    """
    _, statements = one(tmp_path, body, "const settings = require('settings');")
    found = [op for op in ops(statements) if isinstance(op, Unknown)]
    assert [op.cause for op in found] == ["dynamic", "syntax"]


@pytest.mark.parametrize(
    ("client", "sent"), [("postgresql", ["a", "d"]), ("mysql", ["b", "c"]), ("sqlite", ["c"])]
)
def test_a_question_for_the_database_is_answered(client: str, sent: list[str]) -> None:
    text = """\
const isPostgres = config.db.type === 'postgres';
exports.up = async (knex) => {
  if (isPostgres) await knex.schema.dropTable('a');
  switch (WIKI.config.db.type) {
    case 'mysql':
    case 'mariadb':
      await knex.schema.dropTable('b');
      break;
    case 'mssql':
      await knex.schema.dropTable('x');
      break;
  }
  if (process.env.DB !== 'postgres') await knex.schema.dropTable('c');
  else await knex.schema.dropTable('d');
};
"""
    _, up, _, _ = read_migration(Source("1.js", text), client, PARSE)
    assert up is not None
    found = [each.embedded.text for each in up if each.embedded is not None]
    assert [each.strip('`"').rpartition(" ")[2].strip('`"') for each in found] == sent
    assert not any(op.conditional for each in up for op in each.ops)
