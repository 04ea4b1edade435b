"""TypeORM: which classes of a file are migrations, what they are called and have, and which of its
calls are heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint.ops import (
    AddConstraint,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropIndex,
    RenameIndex,
    RunCode,
    Unknown,
)
from tests.tools.test_typeorm import PACKAGE, migration, ops, read, up
from tests.trees import ids, project

SENDS = "async up(queryRunner) { await queryRunner.query('CREATE TABLE %s (a int)'); }"


def tables(folder: Path, text: str, name: str = "1700000000000-a.ts") -> list[str]:
    """The id of each migration of a file, and the names of the tables that it makes."""
    given = read(folder, {name: text})
    assert not given.problems
    return [
        f"{each.id} {getattr(op, 'table', op)}"
        for each in given.migrations
        for op in ops(each.up.statements)
    ]


def test_each_class_of_a_file_is_a_migration(tmp_path: Path) -> None:
    text = (
        f"export class B1710000000000 {{ {SENDS % 'b'} }}\n"
        f"export class A1700000000000 {{ {SENDS % 'a'} }}\n"
        f"export class C1720000000000 {{ {SENDS % 'c'} }}\n"
    )
    assert tables(tmp_path, text) == [
        "A1700000000000 a", "B1710000000000 b", "C1720000000000 c"
    ]  # fmt: skip


def test_what_is_kept_of_a_file_with_several_is_kept_for_each(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE,
        "migrations/1-both.js": (
            f"exports.A1700000000000 = class A1700000000000 {{ {SENDS % 'a'} }};\n"
            f"exports.B1710000000000 = class B1710000000000 {{ {SENDS % 'b'} }};\n"
        ),
    }
    assert ids(project(tmp_path, files, "typeorm")) == ["A1700000000000", "B1710000000000"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"export const A1700000000000 = class {{ {SENDS % 'a'} }}", "A1700000000000"),
        (
            f"export class A {{ constructor() {{ this.name = 'X1700000000000'; }} {SENDS % 'a'} }}",
            "X1700000000000",
        ),
        (f"export class A {{ static name = 'X1700000000000'; {SENDS % 'a'} }}", "X1700000000000"),
        (
            f"class Base {{ {SENDS % 'a'} }}\nexport class A1700000000000 extends Base {{}}",
            "A1700000000000",
        ),
        (f"export class A {{ get name() {{ return own; }} {SENDS % 'a'} }}", "A1700000000000"),
    ],
)
def test_what_a_class_is_called(text: str, name: str, tmp_path: Path) -> None:
    assert tables(tmp_path, text) == [f"{name} a"]


@pytest.mark.parametrize(
    ("name", "refused"),
    [("A1700000000000", 0), ("A1612345678901Foo", 0), ("A0000000000000", 1), ("AFoo170000000", 1)],
)
def test_the_time_is_what_javascript_makes_a_number_of(
    name: str, refused: int, tmp_path: Path
) -> None:
    text = migration("await queryRunner.query('SELECT 1');", name)
    assert [each.rule for each in read(tmp_path, {"1-a.ts": text}).problems] == [
        "migration-refused"
    ] * refused


@pytest.mark.parametrize(
    ("members", "scope"),
    [
        ("transaction = false;", "none"),
        ("static transaction = false;", "file"),
        ("constructor() { this.transaction = false; }", "none"),
    ],
)
def test_only_what_an_instance_has_says_its_transaction(
    members: str, scope: str, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "ormconfig.json": '{"type": "postgres", "migrationsTransactionMode": "each"}',
        "1-a.ts": migration("await queryRunner.query('SELECT 1');", members=members),
    }
    assert read(tmp_path, files).migrations[0].up.transaction.scope == scope


def test_a_field_of_the_class_hides_that_of_what_it_extends(tmp_path: Path) -> None:
    base = (
        "class Base { t = 'z'; called() { return this.t; }\n"
        " async up(queryRunner) {\n"
        " await queryRunner.query(`CREATE TABLE ${this.called()}_t ()`); } }"
    )
    extends = "export class A1700000000000 extends Base { t = 'a'; %s }"
    assert tables(tmp_path, f"{base}\n{extends % ''}") == ["A1700000000000 a_t"]
    own = "async up(queryRunner) { await super.up(queryRunner); }"
    assert tables(tmp_path, f"{base}\n{extends % own}") == ["A1700000000000 a_t"]


@pytest.mark.parametrize(
    "text",
    [
        "export class A1700000000000 { async down(queryRunner) {} }",
        "import { MigrationInterface } from 'typeorm';\nexport class A implements"
        " MigrationInterface {}",
        "export default { async up(queryRunner) { await queryRunner.query('SELECT 1'); } };",
    ],
)
def test_a_class_without_a_way_up_is_told(text: str, tmp_path: Path) -> None:
    (made,) = read(tmp_path, {"1700000000000-a.ts": text}).migrations
    assert [type(op) for op in ops(made.up.statements)] == [Unknown]


def test_a_file_of_helpers_is_no_migration(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "1-a.ts": "export const table = 'a';\nexport function add(queryRunner) {}\n",
        "2-b.ts": (
            "import { MigrationInterface } from 'typeorm';\n"
            "export abstract class Base implements MigrationInterface { abstract up(); }\n"
        ),
    }
    assert not read(tmp_path, files).migrations


@pytest.mark.parametrize(
    "body",
    [
        "const run = queryRunner.query.bind(queryRunner); await run('CREATE TABLE a ()');",
        "await queryRunner.query.call(queryRunner, 'CREATE TABLE a ()');",
        "await queryRunner.query.apply(queryRunner, ['CREATE TABLE a ()']);",
    ],
)
def test_a_function_of_the_runner_may_be_handed_about(body: str, tmp_path: Path) -> None:
    (op,) = ops(up(tmp_path, body))
    assert str(getattr(op, "table", op)) == "a"


def test_a_table_that_is_changed_before_it_is_made_is_not_understood(tmp_path: Path) -> None:
    body = """const t = new Table({ name: "t" });
        t.addColumn(new TableColumn({ name: "a", type: "int" }));
        await queryRunner.createTable(t);"""
    assert [type(op) for op in ops(up(tmp_path, body))] == [Unknown]


def test_a_query_builder_is_told_of_once(tmp_path: Path) -> None:
    body = """await queryRunner.manager.createQueryBuilder().update("t").set({ a: 1 })
            .where("a = 2").execute();"""
    assert [type(op) for op in ops(up(tmp_path, body))] == [RunCode]


def test_text_of_a_file_beside_is_found_from_wherever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = migration("await queryRunner.query(readFileSync(join(__dirname, 'a.sql'), 'utf8'));")
    text = "import { readFileSync } from 'fs';\nimport { join } from 'path';\n" + text
    found = read(tmp_path, {"1-a.ts": text, "a.sql": "CREATE TABLE a ();"})
    (op,) = ops(found.migrations[0].up.statements)
    assert str(getattr(op, "table", op)) == "a"


def test_a_key_is_widened_as_history_shows_it(tmp_path: Path) -> None:
    add = 'await queryRunner.addColumn("%s", new TableColumn({ name: "b", type: "int", %s }));'
    body = """await queryRunner.query('CREATE TABLE t (a int, CONSTRAINT own PRIMARY KEY (a))');"""
    body += add % ("t", "isPrimary: true") + add % ("elsewhere", "isPrimary: true")
    found = ops(up(tmp_path, body))
    assert isinstance(found[-1], Unknown)
    assert "history does not show" in found[-1].reason
    dropped, made = found[2:4]
    assert isinstance(dropped, DropConstraint)
    assert isinstance(made, AddConstraint)
    assert (dropped.name, made.constraint.columns) == ("own", ("a", "b"))


def test_what_has_no_name_is_dropped_by_that_which_it_was_given(tmp_path: Path) -> None:
    body = """
        const made = new TableIndex({ columnNames: ["a"], where: "a > 0" });
        await queryRunner.createIndex("t", made);
        await queryRunner.dropIndex("t", made);"""
    created, dropped = ops(up(tmp_path, body))
    assert isinstance(created, CreateIndex)
    assert isinstance(dropped, DropIndex)
    assert created.name == dropped.index.name


@pytest.mark.parametrize(
    "test",
    [
        '(each) => each.columnNames.indexOf("b_id") !== -1',
        '(each) => each.columnNames.indexOf("b_id") > -1',
        '(each) => { return each.columnNames.includes("b_id"); }',
    ],
)
def test_what_is_looked_for_in_a_table_is_found_in_history(test: str, tmp_path: Path) -> None:
    body = f"""
        await queryRunner.query("CREATE TABLE a (b_id int, c_id int REFERENCES c,"
            + " CONSTRAINT own FOREIGN KEY (b_id) REFERENCES b)");
        const table = await queryRunner.getTable("a");
        const found = table.foreignKeys.find({test});
        await queryRunner.dropForeignKey("a", found);
        await queryRunner.dropColumn("a", table.findColumnByName("b_id"));"""
    dropped, column = ops(up(tmp_path, body))[-2:]
    assert isinstance(dropped, DropConstraint)
    assert dropped.name == "own"
    assert isinstance(column, DropColumn)
    assert column.column == "b_id"


def test_what_is_looked_for_otherwise_is_not_understood(tmp_path: Path) -> None:
    body = """const found = (await queryRunner.getTable("a")).foreignKeys.find((each) => own(each));
        await queryRunner.dropForeignKey("a", found);"""
    assert isinstance(ops(up(tmp_path, body))[-1], Unknown)


def test_what_typeorm_named_follows_a_column_to_its_new_name(tmp_path: Path) -> None:
    first = """await queryRunner.createTable(new Table({ name: "t", columns: [
            { name: "a", type: "int" }], indices: [{ columnNames: ["a"] }] }));"""
    files: dict[str, str | bytes] = {
        "1-a.ts": migration(first),
        "2-b.ts": migration('await queryRunner.renameColumn("t", "a", "b");', "B1710000000000"),
        "3-c.ts": migration(
            'await queryRunner.dropIndex("t", new TableIndex({ columnNames: ["b"] }));',
            "C1720000000000",
        ),
    }
    given = read(tmp_path, files)
    renamed = ops(given.migrations[1].up.statements)[-1]
    (dropped,) = ops(given.migrations[2].up.statements)
    assert isinstance(renamed, RenameIndex)
    assert isinstance(dropped, DropIndex)
    assert dropped.index.name == renamed.to


def test_what_stands_on_a_column_alone_is_dropped_before_it(tmp_path: Path) -> None:
    first = """await queryRunner.query(
            "CREATE TABLE t (a int, b int, c int, d int, PRIMARY KEY (a, b))");
        await queryRunner.query("CREATE INDEX i ON t (c)");
        await queryRunner.query("ALTER TABLE t ADD e int");"""
    drop = 'await queryRunner.dropColumn("t", "%s");'
    files: dict[str, str | bytes] = {
        "1-a.ts": migration(first, down=drop % "e"),
        "2-b.ts": migration(drop % "b", "B1710000000000"),
        "3-c.ts": migration(drop % "c", "C1720000000000"),
        "4-d.ts": migration(drop % "d", "D1730000000000"),
    }
    kinds = [
        [type(op) for op in ops(each.up.statements)] for each in read(tmp_path, files).migrations
    ]
    assert kinds[1:] == [
        [DropConstraint, AddConstraint, DropColumn],
        [DropIndex, DropColumn],
        [DropColumn],
    ]


def test_what_stands_on_an_unknown_column_has_no_known_name(tmp_path: Path) -> None:
    body = 'await queryRunner.createIndex("t", new TableIndex({ columnNames: [column()] }));'
    (op,) = ops(up(tmp_path, body))
    assert not (isinstance(op, CreateIndex) and op.name)
