"""TypeORM: order, transactions, and what of a file is understood. What is sent,
`test_typeorm_recorded` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import dialects, tools
from migralint.migration import Project, Root, Statement
from migralint.ops import AddColumn, CreateIndex, DropColumn, Op, RunCode, SetNotNull, Unknown
from migralint.session import Session
from tests.trees import ids, plant, project

PARSE = dialects.load("postgresql").parse
PACKAGE = '{"dependencies": {"typeorm": "1.1.0", "pg": "8"}}'
SOURCE = 'import { DataSource } from "typeorm";\nexport default new DataSource({%s});\n'


def migration(up: str, name: str = "A1700000000000", members: str = "", down: str = "") -> str:
    return (
        'import { MigrationInterface, QueryRunner, Table, TableColumn } from "typeorm";\n\n'
        f"export class {name} implements MigrationInterface {{\n{members}"
        f"    public async up(queryRunner: QueryRunner): Promise<void> {{\n        {up}\n    }}\n"
        f"    public async down(queryRunner: QueryRunner): Promise<void> {{\n{down}\n    }}\n"
        "}\n"
    )


def read(folder: Path, files: dict[str, str | bytes]) -> Project:
    plant(folder, files)
    names = tuple(name for name in files if name[0].isdigit())
    return tools.read(Root(str(folder), ".", "typeorm", "postgresql", files=names), PARSE)


def up(folder: Path, body: str, members: str = "") -> tuple[Statement, ...]:
    files: dict[str, str | bytes] = {"1-a.ts": migration(body, members=members)}
    return read(folder, files).migrations[0].up.statements


def ops(statements: tuple[Statement, ...]) -> list[Op]:
    return [op for each in statements for op in each.ops]


def test_classes_run_in_the_order_of_the_times_in_their_names(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE,
        "src/migrations/1-last.ts": migration(
            "await queryRunner.query('SELECT 3');", "C1720000000000"
        ),
        "src/migrations/2-first.ts": migration(
            "await queryRunner.query('SELECT 1');", "Z1700000000000"
        ),
        "src/migrations/3-named.ts": migration(
            "await queryRunner.query('SELECT 2');", "Named", "    name = 'Named1710000000000';\n"
        ),
    }
    given = project(tmp_path, files, "typeorm")
    assert ids(given) == ["Z1700000000000", "Named1710000000000", "C1720000000000"]
    wrapping = given.migrations[0].up.transaction
    assert (wrapping.scope, wrapping.certainty) == ("run", "default")
    assert given.migrations[0].written == 1700000000000
    assert not given.problems


def test_a_name_without_a_time_stops_every_run(tmp_path: Path) -> None:
    text = migration("await queryRunner.query('SELECT 1');", "Users")
    (problem,) = read(tmp_path, {"1-a.ts": text}).problems
    assert problem.rule == "migration-refused"
    assert text[problem.span.start : problem.span.end] == "Users"


def test_two_of_one_name(tmp_path: Path) -> None:
    text = migration("await queryRunner.query('SELECT 1');")
    (problem,) = read(tmp_path, {"1-a.ts": text, "2-b.ts": text}).problems
    assert (problem.rule, problem.path) == ("duplicate-version", "2-b.ts")


@pytest.mark.parametrize(
    ("options", "members", "scope", "certainty", "refused"),
    [
        ('type: "postgres"', "", "run", "certain", False),
        ('type: "postgres", ...more', "", "run", "default", False),
        ('migrationsTransactionMode: "each"', "", "file", "certain", False),
        ('migrationsTransactionMode: "none"', "", "none", "certain", False),
        ('migrationsTransactionMode: "each"', "transaction = false;", "none", "certain", False),
        ('migrationsTransactionMode: "none"', "transaction = true;", "file", "certain", False),
        ('migrationsTransactionMode: "all"', "transaction = false;", "none", "certain", True),
        ('type: "postgres"', "transaction = true;", "file", "certain", True),
        ("...more", "transaction = false;", "none", "certain", False),
    ],
)
def test_what_wraps_a_migration(
    options: str, members: str, scope: str, certainty: str, refused: bool, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "data-source.ts": SOURCE % options,
        "1-a.ts": migration("await queryRunner.query('SELECT 1');", members=f"    {members}\n"),
    }
    given = read(tmp_path, files)
    wrapping = given.migrations[0].up.transaction
    assert (wrapping.scope, wrapping.certainty) == (scope, certainty)
    assert [each.rule for each in given.problems] == ["migration-refused"] * refused


@pytest.mark.parametrize(
    ("mode", "members", "scopes"),
    [
        ("each", "transaction = false;", ("none", "file")),
        ("none", "transaction = true;", ("file", "none")),
    ],
)
def test_a_revert_goes_by_the_mode_whatever_the_class_says(
    mode: str, members: str, scopes: tuple[str, str], tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "data-source.ts": SOURCE % f'migrationsTransactionMode: "{mode}"',
        "1-a.ts": migration(
            "await queryRunner.query('SELECT 1');",
            members=f"    {members}\n",
            down="await queryRunner.query('DROP INDEX CONCURRENTLY a');",
        ),
    }
    (made,) = read(tmp_path, files).migrations
    assert made.down is not None
    assert (made.up.transaction.scope, made.down.transaction.scope) == scopes


def test_a_comment_at_the_head_says_how_both_ways_are_wrapped(tmp_path: Path) -> None:
    text = "// migralint: transaction=none\n" + migration("await queryRunner.query('SELECT 1');")
    (made,) = read(tmp_path, {"1-a.ts": text}).migrations
    assert made.down is not None
    assert (made.up.transaction.scope, made.down.transaction.scope) == ("none", "none")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ormconfig.json", '{"type": "postgres", "migrationsTransactionMode": "each"}'),
        ("ormconfig.yml", "type: postgres\nmigrationsTransactionMode: each\n"),
        ("src/db/dataSource.ts", SOURCE % 'migrationsTransactionMode: "each"'),
        (
            "typeorm.config.js",
            "const { DataSource } = require('typeorm');\n"
            "module.exports = new DataSource({ migrationsTransactionMode: 'each' });\n",
        ),
    ],
)
def test_where_the_mode_is_said(name: str, text: str, tmp_path: Path) -> None:
    body = migration("await queryRunner.query('SELECT 1');")
    (made,) = read(tmp_path, {name: text, "1-a.ts": body}).migrations
    assert made.up.transaction.scope == "file"


def test_spans_lie_in_the_template(tmp_path: Path) -> None:
    body = 'const t = "users"; await queryRunner.query(`CREATE INDEX "a" ON "${t}" (name)`);'
    (statement,) = up(tmp_path, body)
    (op,) = statement.ops
    assert isinstance(op, CreateIndex)
    assert str(op.table) == "users"
    text = migration(body)
    assert text[statement.span.start : statement.span.end].startswith('CREATE INDEX "a" ON')


def test_several_statements_of_one_query_are_one_batch(tmp_path: Path) -> None:
    found = up(
        tmp_path,
        "await queryRunner.query('SELECT 1; SELECT 2'); await queryRunner.query('SELECT 3');",
    )
    assert [each.batch for each in found] == [1, 1, -1]


def test_several_statements_of_one_query_are_a_transaction(tmp_path: Path) -> None:
    body = "await queryRunner.query('SELECT 1; SELECT 2'); await queryRunner.query('SELECT 3');"
    files: dict[str, str | bytes] = {
        "data-source.ts": SOURCE % 'migrationsTransactionMode: "none"',
        "1-a.ts": migration(body),
    }
    found = read(tmp_path, files).migrations[0].up.statements
    scopes = [each.transaction.scope if each.transaction else None for each in found]
    assert scopes == ["implicit-batch", "implicit-batch", None]


def test_what_is_looked_for_first_is_a_condition(tmp_path: Path) -> None:
    body = """
        if (!(await queryRunner.hasColumn("users", "a"))) {
            await queryRunner.addColumn("users", new TableColumn({ name: "a", type: "int" }));
        }"""
    (op,) = ops(up(tmp_path, body))
    assert isinstance(op, AddColumn)
    assert op.conditional


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    body = """
        await queryRunner.manager.save(User, users);
        await queryRunner.query(build());
        await queryRunner.createTable(table());
        await queryRunner.dropPrimaryKey("users");
        await helper(queryRunner);
        await queryRunner.somethingNew();"""
    kinds = [type(op) for op in ops(up(tmp_path, body))]
    assert kinds == [RunCode, Unknown, Unknown, Unknown, RunCode, Unknown]


def test_the_code_may_begin_transactions_of_its_own(tmp_path: Path) -> None:
    body = """
        await queryRunner.startTransaction();
        await queryRunner.query('SELECT 1');
        await queryRunner.commitTransaction();
        await queryRunner.query('SELECT 2');"""
    files: dict[str, str | bytes] = {
        "data-source.ts": SOURCE % 'migrationsTransactionMode: "none"',
        "1-a.ts": migration(body),
    }
    script = read(tmp_path, files).migrations[0].up
    session, open_at = Session(script, {}), []
    for mark, statement in enumerate(script.statements):
        session.enter(statement, mark)
        open_at.append(session.open)
        for op in statement.ops:
            session.leave(op, mark)
    assert open_at == [False, True, True, False]


def test_a_column_that_is_only_named_is_looked_up_in_history(tmp_path: Path) -> None:
    first = "await queryRunner.query('CREATE TABLE users (a int, b varchar(20), c text)');"
    changes = "".join(
        f'await queryRunner.changeColumn("users", "{name}",'
        f' new TableColumn({{ name: "{name}", {more} }}));'
        for name, more in (
            ("a", 'type: "integer"'),
            ("b", 'type: "varchar", length: "20"'),
            ("z", 'type: "text"'),
        )
    )
    files: dict[str, str | bytes] = {
        "1-a.ts": migration(first),
        "2-b.ts": migration(changes, "B1710000000000"),
    }
    given = read(tmp_path, files)
    kinds = [type(op) for op in ops(given.migrations[1].up.statements)]
    # `varchar` is another word than the server's `character varying`: TypeORM makes it anew.
    assert kinds == [SetNotNull, DropColumn, AddColumn, Unknown]


def test_a_file_that_is_no_javascript_is_told(tmp_path: Path) -> None:
    given = read(tmp_path, {"1-a.ts": "export class { {{\n"})
    (op,) = given.migrations[0].up.statements[0].ops
    assert isinstance(op, Unknown)
    assert op.cause == "syntax"
