"""MikroORM: order, transactions, and what of a file is understood. What is sent,
`test_mikro_orm_recorded` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from migralint import dialects, tools
from migralint.migration import Project, Root, Statement
from migralint.ops import CreateIndex, DropTable, Op, RunCode, Unknown, Update
from migralint.session import Session
from tests.trees import ids, plant, project

PARSE = dialects.load("postgresql").parse
PACKAGE = '{"dependencies": {"@mikro-orm/migrations": "6.4.3", "@mikro-orm/postgresql": "6.4.3"}}'


def migration(up: str, more: str = "", base: str = "Migration") -> str:
    return (
        "import { Migration } from '@mikro-orm/migrations';\n\n"
        f"export class Migration2024 extends {base} {{\n\n"
        f"  async up(): Promise<void> {{\n    {up}\n  }}\n\n{more}}}\n"
    )


def read(folder: Path, files: dict[str, str | bytes]) -> Project:
    plant(folder, files)
    names = tuple(name for name in files if name.endswith((".ts", ".js")) and "config" not in name)
    return tools.read(Root(str(folder), ".", "mikro-orm", "postgresql", files=names), PARSE)


def up(folder: Path, body: str, more: str = "") -> tuple[Statement, ...]:
    return read(folder, {"Migration1.ts": migration(body, more)}).migrations[0].up.statements


def ops(statements: tuple[Statement, ...]) -> list[Op]:
    return [op for each in statements for op in each.ops]


def test_files_run_in_the_order_of_their_names_in_one_transaction(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "package.json": PACKAGE,
        "src/migrations/Migration20240102.ts": migration("this.addSql('drop table b');"),
        "src/migrations/Migration20240101.ts": migration(
            "this.addSql('drop table a');",
            "  async down(): Promise<void> { this.addSql('create table a (id int)'); }\n",
        ),
    }
    given = project(tmp_path, files, "mikro-orm")
    assert ids(given) == ["Migration20240101", "Migration20240102"]
    assert [each.down is not None for each in given.migrations] == [True, False]
    wrapping = given.migrations[0].up.transaction
    assert (wrapping.scope, wrapping.certainty) == ("run", "default")


@pytest.mark.parametrize(
    ("said", "scope", "certainty"),
    [
        ("migrations: { path: './dist' }", "run", "certain"),
        ("migrations: { allOrNothing: false }", "file", "certain"),
        ("migrations: { transactional: false }", "none", "certain"),
        ("migrations: { ...shared }", "run", "default"),
        ("dbName: 'app'", "run", "certain"),
        ("...shared", "run", "default"),
    ],
)
def test_the_configuration_says_how_they_are_wrapped(
    tmp_path: Path, said: str, scope: str, certainty: str
) -> None:
    config = (
        "import { defineConfig } from '@mikro-orm/postgresql';\n"
        f"import {{ shared }} from 'company';\nexport default defineConfig({{ {said} }});\n"
    )
    files: dict[str, str | bytes] = {
        ".git/": "",
        "mikro-orm.config.ts": config,
        "Migration1.ts": migration("this.addSql('drop table a');"),
    }
    wrapping = read(tmp_path, files).migrations[0].up.transaction
    assert (wrapping.scope, wrapping.certainty) == (scope, certainty)


def test_a_class_may_want_no_transaction(tmp_path: Path) -> None:
    text = migration(
        "this.addSql('create index concurrently i on users (a)');",
        "  override isTransactional(): boolean { return false; }\n",
    )
    script = read(tmp_path, {"Migration1.ts": text}).migrations[0].up
    assert script.transaction.scope == "none"
    assert [type(op) for op in ops(script.statements)] == [CreateIndex]


def test_what_is_executed_comes_before_what_is_added(tmp_path: Path) -> None:
    found = up(
        tmp_path,
        "this.addSql('drop table a');\n"
        "    const rows = await this.execute('select 1');\n"
        "    if (rows.length) this.addSql(`drop table ${'b'}`);",
    )
    first, second, third = ops(found)
    assert type(first).__name__ == "Select"
    assert isinstance(second, DropTable)
    assert not second.conditional
    assert isinstance(third, DropTable)
    assert third.conditional


def test_a_statement_stands_where_it_is_written(tmp_path: Path) -> None:
    text = migration("this.addSql(`\n      drop table a;\n      drop table b;\n    `);")
    script = read(tmp_path, {"Migration1.ts": text}).migrations[0].up
    shown = [text[each.span.start : each.span.end] for each in script.statements]
    assert shown == ["drop table a", "drop table b"]


@pytest.mark.parametrize(
    "sent",
    [
        "raw('update users set a = ? where id = ?', [1, 2])",
        "sql`update users set a = ${1} where id = ${2}`",
    ],
)
def test_raw_fragments_are_filled(tmp_path: Path, sent: str) -> None:
    text = "import { raw, sql } from '@mikro-orm/core';\n" + migration(f"this.addSql({sent});")
    (op,) = ops(read(tmp_path, {"Migration1.ts": text}).migrations[0].up.statements)
    assert isinstance(op, Update)
    assert op.literals == (("a", "1"),)


def test_helpers_and_classes_between_are_walked_through(tmp_path: Path) -> None:
    base = (
        "import { Migration } from '@mikro-orm/migrations';\n"
        "export abstract class Base extends Migration {\n"
        "  protected drop(name: string) { this.addSql(`drop table ${name}`); }\n}\n"
    )
    text = "import { Base } from './base';\n" + migration("this.drop('a');", base="Base")
    files: dict[str, str | bytes] = {"Migration1.ts": text}
    plant(tmp_path, {"base.ts": base})
    (op,) = ops(read(tmp_path, files).migrations[0].up.statements)
    assert isinstance(op, DropTable)
    assert op.table.name == "a"


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    found = up(
        tmp_path,
        "this.addSql(made());\n"
        "    await this.getEntityManager().flush();\n"
        "    await seed(this.getEntityManager());",
    )
    reasons = [op.reason for op in ops(found) if isinstance(op, Unknown)]
    assert any("only known when the code runs" in each for each in reasons)
    assert [op.what for op in ops(found) if isinstance(op, RunCode)] == ["the ORM", "seed()"]


def test_files_that_are_no_migrations_are_left_out(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "helpers.ts": "export const name = 'x';\n",
        "Broken.ts": "export class {",
        "Migration1.ts": migration("this.addSql('drop table a');"),
    }
    given = read(tmp_path, files)
    assert [each.path for each in given.migrations] == ["Broken.ts", "Migration1.ts"]
    (op,) = ops(given.migrations[0].up.statements)
    assert isinstance(op, Unknown)
    assert op.cause == "syntax"


def test_what_the_code_puts_between_two_statements_leaves_both(tmp_path: Path) -> None:
    text = migration("this.addSql(`drop table a;\n      ${made('x')}\n      drop table b`);")
    script = read(tmp_path, {"Migration1.ts": text}).migrations[0].up
    first, between, last = ops(script.statements)
    assert isinstance(first, DropTable)
    assert isinstance(last, DropTable)
    assert isinstance(between, Unknown)
    span = script.statements[1].span
    assert text[span.start : span.end] == "${made('x')}"


def test_what_knex_builds_is_read_as_knex_sends_it(tmp_path: Path) -> None:
    text = migration(
        "const knex = this.getKnex();\n"
        "    this.addSql(knex('users').where({ id: 1 }).update({ a: 2 }).toQuery());\n"
        "    this.addSql(knex.schema.dropTable('old'));\n"
        "    this.addSql(knex.schema.renameTable('a', 'b').toQuery());\n"
        "    await knex.schema.alterTable('users', (table) => { table.text('nick'); });\n"
        "    await knex('users').update({ b: 3 }).transacting(this.ctx);"
    )
    script = read(tmp_path, {"Migration1.ts": text}).migrations[0].up
    assert [type(op).__name__ for op in ops(script.statements)] == [
        "AddColumn", "Update", "Update", "DropTable", "RenameTable",
    ]  # fmt: skip
    session, opened = Session(script), []
    for number, statement in enumerate(script.statements):
        session.enter(statement, number)
        opened.append(session.open)
    assert opened == [False, True, True, True, True]


def test_a_comment_inside_the_sql_of_a_template_is_heard(tmp_path: Path) -> None:
    said = "-- migralint: ignore[MIG204] nobody uses it"
    body = f"this.addSql(`\n      {said}\n      drop table a\n    `);"
    text = migration(body)
    script = read(tmp_path, {"Migration1.ts": text}).migrations[0].up
    assert [each.text for each in script.comments] == [said]
    (comment,) = script.comments
    assert text[comment.span.start : comment.span.end] == comment.text
