"""node-pg-migrate: what its migrations are, in which order and transactions they run, and where
findings point."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint.config import Settings
from migralint.migration import Project, Script
from migralint.ops import (
    AddColumn,
    CreateIndex,
    CreateTable,
    DropTable,
    Insert,
    Other,
    RunCode,
    Unknown,
)
from tests.trees import found, ids, places, plant, project, scopes

ONE = "exports.up = (pgm) => { pgm.createTable('t', { id: 'id' }); };\n"


def read(folder: Path, files: dict[str, str], calls: str = "node-pg-migrate up") -> Project:
    named = {f"migrations/{name}": text for name, text in files.items()}
    named["package.json"] = f'{{"scripts": {{"migrate": "{calls}"}}}}'
    return project(folder, named, "node-pg-migrate")


def up_of(folder: Path, body: str, head: str = "", name: str = "1_a.js") -> Script:
    text = f"{head}\nexports.up = async (pgm, run) => {{\n  {body}\n}};\n"
    return read(folder, {name: text}).migrations[0].up


def kinds(script: Script) -> list[str]:
    return [type(op).__name__ for each in script.statements for op in each.ops]


def words(script: Script) -> list[str]:
    """What the file holds at each statement."""
    text = script.source.text
    return [text[each.span.start : each.span.end] for each in script.statements]


def test_the_order_is_that_of_the_numbers(tmp_path: Path) -> None:
    names = ["2_b.js", "10_a.ts", "1414549381268_x.cjs", "20141029023621268_y.js", "002_a.js"]
    shuffled = dict.fromkeys(names, ONE)
    order = ["002_a", "2_b", "10_a", "1414549381268_x", "20141029023621268_y"]
    # The last two are the same moment, in milliseconds and as a date.
    assert ids(read(tmp_path, shuffled)) == order


def test_all_run_in_one_transaction(tmp_path: Path) -> None:
    assert scopes(read(tmp_path, {"1_a.js": ONE})) == [("run", "default")]


@pytest.mark.parametrize(
    "flag", ["--no-single-transaction", "--single-transaction=false", "--single-transaction false"]
)
def test_a_script_may_ask_for_one_each(tmp_path: Path, flag: str) -> None:
    made = read(tmp_path, {"1_a.js": ONE}, f"node-pg-migrate up {flag}")
    assert scopes(made) == [("file", "certain")]


def test_a_file_may_leave_the_transaction(tmp_path: Path) -> None:
    text = (
        "exports.up = (pgm) => {\n"
        "  pgm.noTransaction();\n"
        "  pgm.createIndex('t', 'a', { concurrently: true });\n"
        "  pgm.sql('SELECT 1; SELECT 2');\n"
        "};\n"
    )
    made = read(tmp_path, {"1_a.js": ONE, "2_b.js": text})
    assert scopes(made) == [("run", "default"), ("statement", "certain")]
    index, *two = made.migrations[1].up.statements
    assert isinstance(index.ops[0], CreateIndex)
    assert index.ops[0].concurrently
    assert index.batch == -1
    assert len({each.batch for each in two}) == 1
    assert two[0].batch >= 0


def test_places(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "pgm.addColumns('users', {\n    email: { type: 'text', notNull: true },\n  });\n"
        "  pgm.sql(`\n    INSERT INTO a VALUES (1);\n    DELETE FROM b`);",
    )
    assert kinds(up) == ["AddColumn", "Insert", "Delete"]
    add, insert, delete = words(up)
    assert add.startswith("pgm.addColumns(")
    assert add.endswith(")")
    assert (insert, delete) == ("INSERT INTO a VALUES (1)", "DELETE FROM b")
    op = up.statements[0].ops[0]
    embedded = up.statements[0].embedded
    assert isinstance(op, AddColumn)
    assert embedded is not None
    required = embedded.text.index("NOT NULL")
    where = embedded.cut(required, required + 8).pieces[0]
    assert up.source.text[where[1] : where[1] + where[3]] == "notNull"


def test_the_way_back_is_inferred(tmp_path: Path) -> None:
    text = (
        "exports.up = (pgm) => {\n"
        "  pgm.createTable('a', { id: 'id' });\n  pgm.createTable('b', { id: 'id' });\n};\n"
    )
    down = read(tmp_path, {"1_a.js": text}).migrations[0].down
    assert down is not None
    ops = [op for each in down.statements for op in each.ops]
    assert [str(op.table) for op in ops if isinstance(op, DropTable)] == ["b", "a"]


@pytest.mark.parametrize(
    "body",
    ["pgm.sql('DELETE FROM t')", "pgm.dropTable('t')", "pgm.db.query('SELECT 1')"],
)
def test_what_cannot_be_gone_back_over(tmp_path: Path, body: str) -> None:
    text = f"exports.up = (pgm) => {{ {body}; }};\n"
    assert read(tmp_path, {"1_a.js": text}).migrations[0].down is None


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("exports.down = false;", "exports.down = false;"),
        ("module.exports.down = false;", "module.exports.down = false;"),
    ],
)
def test_a_way_back_that_is_refused(tmp_path: Path, said: str, where: str) -> None:
    down = read(tmp_path, {"1_a.js": ONE + said + "\n"}).migrations[0].down
    assert down is not None
    [statement] = down.statements
    assert isinstance(statement.ops[0], Other)
    assert words(down) == [where]


def test_a_way_back_of_its_own(tmp_path: Path) -> None:
    text = (
        "export const up = (pgm: MigrationBuilder): void => { pgm.createTable('t', {}); };\n"
        "export async function down(pgm: MigrationBuilder): Promise<void> {\n"
        "  pgm.dropTable('t', { cascade: true });\n}\n"
    )
    made = read(tmp_path, {"1_a.ts": text}).migrations[0]
    assert made.down is not None
    [drop] = made.down.statements
    assert isinstance(drop.ops[0], DropTable)
    assert drop.ops[0].cascade
    assert made.down.source.text[made.down.at.start :].startswith("async function down")


def test_shorthands_hold_from_their_file_on(tmp_path: Path) -> None:
    own = "exports.shorthands = { cents: { type: 'integer', notNull: true } };\n"
    text = "exports.up = (pgm) => { pgm.createTable('t', { a: 'cents' }); };\n"
    first, second, third = read(
        tmp_path, {"1_a.js": text, "2_b.js": own + text, "3_c.js": text}
    ).migrations
    kinds_of = []
    for each in (first, second, third):
        [op] = each.up.statements[0].ops
        assert isinstance(op, CreateTable)
        [column] = op.columns
        kinds_of.append((column.type.name if column.type else "", column.not_null))
    assert kinds_of == [("cents", False), ("int4", True), ("int4", True)]


def test_names_may_be_decamelized(tmp_path: Path) -> None:
    text = "exports.up = (pgm) => { pgm.createTable('userPosts', { madeAt: 'date' }); };\n"
    plain = read(tmp_path / "a", {"1_a.js": text}).migrations[0].up.statements[0].ops[0]
    other = read(tmp_path / "b", {"1_a.js": text}, "node-pg-migrate --decamelize up")
    op = other.migrations[0].up.statements[0].ops[0]
    assert isinstance(plain, CreateTable)
    assert plain.table.name == "userPosts"
    assert isinstance(op, CreateTable)
    assert op.table.name == "user_posts"
    assert op.columns[0].name == "made_at"


@pytest.mark.parametrize(("wanted", "known"), [("^6.2.1", True), ("~8.0.4", True), ("9", False)])
def test_an_operator_class_behind_a_column(tmp_path: Path, wanted: str, known: bool) -> None:
    text = "exports.up = (pgm) => pgm.createIndex('t', 'a gin_trgm_ops', { name: 'i' });\n"
    files = {
        "package.json": f'{{"devDependencies": {{"node-pg-migrate": "{wanted}"}}}}',
        "migrations/1_a.js": text,
    }
    [op] = project(tmp_path, files, "node-pg-migrate").migrations[0].up.statements[0].ops
    assert isinstance(op, CreateIndex if known else Unknown)


def test_what_pgm_db_sends_goes_first(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "pgm.createTable('t', { id: 'id' });\n"
        "  await pgm.db.query({ text: 'INSERT INTO u VALUES ($1)', values: [1] });",
    )
    assert kinds(up) == ["Insert", "CreateTable"]
    assert isinstance(up.statements[0].ops[0], Insert)


def test_what_is_not_known(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "pgm.createIndex('t', 'a', { unique: ask() });\n"
        "  pgm.createIndex('t', 'a', { ...settings });\n"
        "  pgm.sql(readFileSync('a.sql', 'utf8'));\n"
        "  pgm.sprinkle('t');\n"
        "  helper(pgm);\n"
        "  pgm.createTable(nameOf(), { a: 'int' });\n"
        "  pgm.createTable('u', { ...common, b: 'int' });",
        "const { ask, settings, readFileSync, helper, nameOf, common } = require('outside');",
    )
    found_ops = [op for each in up.statements for op in each.ops]
    unknown = [op for op in found_ops if isinstance(op, Unknown)]
    assert [op.reason for op in unknown] == [
        "`ask()` is only known when the code runs",
        "`{ ...settings }` is only known when the code runs",
        "its SQL is only known when the code runs",
        "pgm.sprinkle() is not an operation of node-pg-migrate",
        "helper() is given `pgm`, and is not read",
        "`nameOf()` is only known when the code runs",
        "some of its columns are only known when the code runs",
    ]
    assert [type(op).__name__ for op in found_ops if op not in unknown] == ["CreateTable"]


def test_guards_and_loops(tmp_path: Path) -> None:
    up = up_of(
        tmp_path,
        "for (const name of TABLES) pgm.addColumn(name, { a: 'int' });\n"
        "  if (process.env.EXTRA) pgm.dropTable('t');\n"
        "  run();",
        "const TABLES = ['a', 'b'];",
    )
    assert kinds(up) == ["AddColumn", "AddColumn", "DropTable"]
    assert [op.conditional for each in up.statements for op in each.ops] == [False, False, True]


def test_a_function_of_another_file(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        {
            "1_a.js": "import { stamps } from '../lib/stamps.js';\n"
            "export const up = (pgm) => { stamps(pgm, 'users'); };\n",
            "2_b.js": "const a = require('./1_a');\nexports.up = a.up;\nexports.down = false;\n",
            "../lib/stamps.js": "export function stamps(pgm, table) {\n"
            "  pgm.addColumns(table, { made: { type: 'timestamptz', notNull: true } });\n}\n",
        },
    )
    first, second = (each.up for each in made.migrations)
    assert kinds(first) == ["AddColumn"]
    assert words(first) == ["stamps(pgm, 'users')"]
    assert kinds(second) == ["AddColumn"]
    assert words(second) == ["exports.up = a.up;"]


def test_refused_calls(tmp_path: Path) -> None:
    text = "exports.up = (pgm) => { pgm.alterTable('t', {}); };\n"
    made = read(tmp_path, {"1_a.js": text})
    [problem] = made.problems
    assert problem.rule == "migration-refused"
    assert problem.message == (
        "node-pg-migrate refuses `alterTable` without an option, and stops there."
    )
    assert text[problem.span.start : problem.span.end] == "pgm.alterTable('t', {})"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("export const comment = 'x';\n", "a file that exports no `up`"),
        ("exports.up = false;\n", "to go over what says `up = false`"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, why: str) -> None:
    files = {"1_a.js": ONE, "2_b.js": text, "3_c.js": ONE, "4_d.js": ONE}
    made = read(tmp_path, {**files, "helpers.js": "exports.a = 1;\n"})
    assert [(each.rule, each.message) for each in made.problems] == [
        ("migration-refused", f"node-pg-migrate refuses {why}, and stops there.")
    ]


def test_sql_of_a_file_beside(tmp_path: Path) -> None:
    text = (
        "import fs from 'node:fs';\nimport { join } from 'path';\n"
        "export const up = (pgm) => {\n"
        "  pgm.sql(fs.readFileSync(join(__dirname, 'sql', 'a.sql')).toString());\n};\n"
    )
    made = read(tmp_path, {"1_a.js": text, "sql/a.sql": "DROP TABLE a; DROP TABLE b;\n"})
    up = made.migrations[0].up
    assert kinds(up) == ["DropTable", "DropTable"]
    assert words(up)[0].startswith("pgm.sql(fs.readFileSync(")


def test_code_that_is_not_read(tmp_path: Path) -> None:
    up = up_of(tmp_path, "label: for (;;) { delete pgm.x; }")
    assert all(isinstance(op, (RunCode, Other)) for each in up.statements for op in each.ops)


# Files of SQL

SQL = "-- Up Migration\nCREATE TABLE t (id int);\n\n-- Down Migration\nDROP TABLE t;\n"


def test_files_of_sql(tmp_path: Path) -> None:
    made = read(tmp_path, {"1_a.sql": SQL, "2_b.sql": "INSERT INTO t VALUES (1);\n"})
    first, second = made.migrations
    assert kinds(first.up) == ["CreateTable"]
    assert first.down is not None
    assert kinds(first.down) == ["DropTable"]
    assert kinds(second.up) == ["Insert"]
    assert second.down is None
    assert scopes(made) == [("run", "default")] * 2


def test_others_write_such_comments(tmp_path: Path) -> None:
    folder = plant(tmp_path, {"migrations/1_a.sql": SQL})
    assert places(found(folder)) == [("migrations", "sql", "postgresql")]


def test_files_of_sql_beside_code(tmp_path: Path) -> None:
    made = read(tmp_path, {"1_a.js": ONE, "2_b.sql": "INSERT INTO t VALUES (1);\n"})
    assert ids(made) == ["1_a", "2_b"]
    assert [kinds(each.up) for each in made.migrations] == [["CreateTable"], ["Insert"]]


def test_the_way_back_may_stand_first(tmp_path: Path) -> None:
    text = "-- Down Migration\nDROP TABLE t;\n-- Up Migration\nCREATE TABLE t (id int);\n"
    [made] = read(tmp_path, {"1_a.sql": text}).migrations
    assert kinds(made.up) == ["CreateTable"]
    assert made.down is not None
    assert kinds(made.down) == ["DropTable"]


def test_pairs_of_files(tmp_path: Path) -> None:
    files = {
        "migrations/1_a.js": ONE,
        "migrations/2_b.up.sql": "CREATE TABLE u (id int);\n",
        "migrations/2_b.down.sql": "DROP TABLE u;\n",
    }
    settings = Settings(tool="node-pg-migrate")
    discovery = found(plant(tmp_path, files), settings=settings)
    assert [tool for _, tool, _ in places(discovery)] == ["node-pg-migrate"]


def test_a_comment_at_the_head_beats_the_tool(tmp_path: Path) -> None:
    text = "// migralint: transaction=none\n" + ONE
    assert scopes(read(tmp_path, {"1_a.js": text})) == [("none", "certain")]
