"""Kysely: what its migrations are, in which order and transactions they run, and where findings
point."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint.migration import Project, Script
from migralint.ops import (
    AlterType,
    CreateIndex,
    CreateTable,
    Insert,
    SetNotNull,
    Unknown,
    Update,
)
from tests.trees import found, ids, places, plant, problems, project, scopes

HEAD = "import { Kysely, sql } from 'kysely';\n"
ONE = (
    HEAD + "export async function up(db: Kysely<any>) {\n"
    "  await db.schema.dropTable('t').execute();\n}\n"
)


def read(folder: Path, files: dict[str, str]) -> Project:
    named = {f"migrations/{name}": text for name, text in files.items()}
    package = '{"dependencies": {"kysely": "0.28", "pg": "8"}}'
    return project(folder, {"package.json": package, **named}, "kysely")


def up_of(folder: Path, body: str, head: str = "") -> Script:
    text = (
        f"{HEAD}{head}\nexport async function up(db: Kysely<any>): Promise<void> {{\n  {body}\n}}\n"
    )
    return read(folder, {"1_a.ts": text}).migrations[0].up


def kinds(script: Script) -> list[str]:
    return [type(op).__name__ for each in script.statements for op in each.ops]


def words(script: Script) -> list[str]:
    """What the file holds at each statement."""
    text = script.source.text
    return [text[each.span.start : each.span.end] for each in script.statements]


def reasons(script: Script) -> list[str]:
    ops = [op for each in script.statements for op in each.ops]
    return [op.reason for op in ops if isinstance(op, Unknown)]


def test_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    files = dict.fromkeys(["2024-02-b.ts", "2024-01-c.js", "20_a.mts"], ONE)
    made = read(tmp_path, files)
    assert ids(made) == ["2024-01-c", "2024-02-b", "20_a"]
    assert scopes(made) == [("run", "default")] * 3


def test_the_index_gives_the_names(tmp_path: Path) -> None:
    files = dict.fromkeys(["b-init.ts", "a-more.ts", "c-left-out.ts"], ONE)
    files["index.ts"] = "export * as _001 from './b-init.js'\nexport * as _002 from './a-more.js'\n"
    made = read(tmp_path, files)
    assert ids(made) == ["_001", "_002"]
    assert problems(made) == [("invalid-file-name", "migrations/c-left-out.ts")]


def test_the_index_may_be_an_object(tmp_path: Path) -> None:
    files = dict.fromkeys(["b.ts", "a.ts"], ONE)
    files["index.ts"] = (
        "import * as one from './b.js'\nimport * as two from './a.js'\n"
        "export default { '001': one, '002': two }\n"
    )
    assert ids(read(tmp_path, files)) == ["001", "002"]


def test_places(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "await db.schema\n    .alterTable('users')\n"
        "    .addColumn('email', 'text', (col) =>\n      col.notNull()\n        .unique())\n"
        "    .execute();\n"
        "  await sql`\n    INSERT INTO a VALUES (1);\n    DELETE FROM ${sql.table('b')}`"
        ".execute(db);",
    )
    assert kinds(up) == ["AddColumn", "Insert", "Delete"]
    add, insert, delete = words(up)
    assert add.startswith("db.schema")
    assert add.endswith(".execute()")
    assert insert == "INSERT INTO a VALUES (1)"
    assert delete == "DELETE FROM ${sql.table('b')}"[: len(delete)]
    embedded = up.statements[0].embedded
    assert embedded is not None
    text = up.source.text
    where = {}
    for phrase in ("not null", "unique", "email"):
        at = embedded.text.index(phrase)
        _, start, _, length = embedded.cut(at, at + len(phrase)).pieces[0]
        where[phrase] = text[start : start + length]
    assert where["not null"] == "col.notNull()"
    assert where["unique"] == "unique()"
    assert where["email"] == "email"


def test_transactions_and_helpers(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "await db.transaction().execute(async (trx) => {\n"
        "    await stamps(trx.schema.createTable('t').addColumn('id', 'serial')).execute();\n"
        "    for (const name of NAMES) await trx.schema.dropTable(name).ifExists().execute();\n"
        "  });",
        "const NAMES = ['a', 'b'];\n"
        "const stamps = (b) => b.addColumn('at', 'timestamptz', (c) => c.notNull());",
    )
    assert kinds(up) == ["CreateTable", "DropTable", "DropTable"]
    op = up.statements[0].ops[0]
    assert isinstance(op, CreateTable)
    assert [each.name for each in op.columns] == ["id", "at"]


def test_rows(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "const rows = await db.selectFrom('users').selectAll().execute();\n"
        "  for (const row of rows) {\n"
        "    await db.updateTable('users').set({ name: row.old })"
        ".where('id', '=', row.id).execute();\n"
        "  }\n"
        "  await db.insertInto('kinds').values([{ id: 1 }, { id: 2 }]).execute();",
    )
    assert kinds(up) == ["Select", "Update", "Insert"]
    select, update, insert = (each.ops[0] for each in up.statements)
    assert isinstance(update, Update)
    assert update.columns == ("name",)
    assert update.conditional
    assert isinstance(insert, Insert)
    assert not select.conditional


def test_what_changes_a_column(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "await db.schema.alterTable('t')"
        ".alterColumn('a', (c) => c.setDataType('bigint'))"
        ".alterColumn('a', c => c.setNotNull()).execute();",
    )
    change, required = up.statements[0].ops
    assert isinstance(change, AlterType)
    assert isinstance(required, SetNotNull)


def test_names_that_are_put_together_when_it_runs(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "const ref = db.dynamic.ref;\n"
        "  await sql`create index i on ${ref('t')} (${ref('a')})`.execute(db);",
    )
    [op] = up.statements[0].ops
    assert isinstance(op, CreateIndex)
    assert str(op.table) == "t"


@pytest.mark.parametrize(
    "call",
    [
        "await db.executeQuery(CompiledQuery.raw('drop table t'));",
        "await db.executeQuery(sql`drop table t`.compile(db));",
        "await db.executeQuery(db.schema.dropTable('t').compile());",
        "await sql.raw('drop table t').execute(db);",
        "await sql.raw(TEXT).execute(db);",
        "await Promise.all([db.schema.dropTable('t').execute()]);",
    ],
)
def test_ways_to_send(tmp_path: Path, call: str) -> None:
    head = "import { CompiledQuery } from 'kysely';\nconst TEXT = `drop table t`;"
    assert kinds(up_of(tmp_path, call, head)) == ["DropTable"]


def test_what_is_not_known(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "await db.schema.createTable('t').sprinkle().execute();\n"
        "  await db.schema.createTable('t').addColumn('a', 'text', columns.name).execute();\n"
        "  await sql.raw(readFileSync('a.sql')).execute(db);\n"
        "  await helper(db);\n"
        "  let b = db.schema.createTable('t');\n"
        "  if (process.env.MORE) b = b.addColumn('a', 'text');\n"
        "  await b.execute();\n"
        "  await db.mergeInto('t').using('u', 'u.id', 't.id').execute();\n"
        "  await other.execute();",
        "import { columns, helper, other } from 'outside';\nimport { readFileSync } from 'fs';",
    )
    assert reasons(up) == [
        "sprinkle() is not read here",
        "`columns.name` is only known when the code runs",
        "its SQL is only known when the code runs",
        "helper() is given the database, and is not read",
        "what is sent is put together elsewhere",
        "using() is not read",
        "what is sent is put together elsewhere",
    ]


def test_a_name_that_is_not_known(tmp_path: Path) -> None:
    up = up_of(tmp_path, "await db.schema.dropTable(process.env.TABLE).execute();")
    assert reasons(up) == ["`process.env.TABLE` is only known when the code runs"]


def test_guards(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "const found = await db.introspection.getTables();\n"
        "  if (!found.some((each) => each.name === 't')) {\n"
        "    await db.schema.createTable('t').addColumn('a', 'text').execute();\n  }\n"
        "  else throw new Error('it is there');",
    )
    assert kinds(up) == ["CreateTable"]
    assert up.statements[0].ops[0].conditional


def test_ways_back(tmp_path: Path) -> None:
    text = ONE + "export async function down(db: Kysely<any>) {}\n"
    one, two = read(tmp_path, {"1_a.ts": ONE, "2_b.ts": text}).migrations
    assert one.down is None
    assert two.down is not None
    assert two.down.statements == ()
    assert two.down.source.text[two.down.at.start :].startswith("async function down")


def test_a_file_that_sends_nothing(tmp_path: Path) -> None:
    text = HEAD + "export async function up(db: Kysely<any>) { db.schema.dropTable('t') }\n"
    assert problems(read(tmp_path, {"1_a.ts": text})) == [("empty-migration", "migrations/1_a.ts")]


def test_names_may_be_others_in_the_database(tmp_path: Path) -> None:
    text = (
        HEAD + "export async function up(db: Kysely<any>) {\n"
        "  await db.schema.createTable('userPosts').addColumn('madeAt', 'date')"
        ".addColumn('theURLOf', 'text').execute();\n"
        "  await sql`update user_posts set ${sql.ref('madeAt')} = now()`.execute(db);\n}\n"
    )
    made = project(
        tmp_path,
        {
            "package.json": '{"dependencies": {"kysely": "0.28", "pg": "8"}}',
            "src/db.ts": "export const db = new Kysely({ plugins: [new CamelCasePlugin()] })\n",
            "src/migrations/1_a.ts": text,
        },
        "kysely",
    )
    table, change = (each.ops[0] for each in made.migrations[0].up.statements)
    assert isinstance(table, CreateTable)
    assert str(table.table) == "user_posts"
    assert [each.name for each in table.columns] == ["made_at", "the_urlof"]
    assert isinstance(change, Update)
    assert change.columns == ("made_at",)


def test_other_databases_are_not_read_yet(tmp_path: Path) -> None:
    package = '{"dependencies": {"kysely": "0.28", "better-sqlite3": "8"}}'
    folder = plant(tmp_path, {"package.json": package, "migrations/1_a.ts": ONE})
    discovery = found(folder)
    assert places(discovery) == []
    assert [reason for _, reason in discovery.unread] == [
        "SQLite migrations are not analysed yet (1 file)"
    ]
