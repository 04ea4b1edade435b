"""Reading JavaScript and TypeScript, and walking through them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from migralint.languages import javascript, tree
from migralint.languages.events import Callback, TooMuch, World
from migralint.languages.javascript.walking import Walker, exported
from migralint.languages.values import (
    HOLE,
    Closure,
    Given,
    Kind,
    Made,
    Pairs,
    Symbol,
    plain,
)
from migralint.source import Embedded, Span

KNEX = """\
const { TABLES: [first, ...others], prefix = 'app_' } = { TABLES: ['users', 'posts', 'tags'] };
const onDelete = 'CASCADE';

exports.up = function (knex) {
  return knex.schema
    .createTable(`${prefix}${first}`, (table) => {
      table.increments('id').primary();
      table.string('email', 255).notNullable().unique();
      table.enu('state', ['new', 'old']).defaultTo('new');
      timestamps(table);
    })
    .then(() => knex.schema.alterTable('orders', (t) => {
      t.integer('user_id').references('id').inTable('users').onDelete(onDelete);
    }));
};

exports.down = async (knex) => {
  for (const name of others) await knex.schema.dropTableIfExists(name);
};

exports.config = { transaction: false };

function timestamps(table) {
  table.timestamp('created_at').defaultTo(table.now);
}
"""

TYPEORM = """\
import { MigrationInterface, QueryRunner, Table, TableColumn as Column } from "typeorm";

enum Status { Draft = 'draft', Live = 'live' }
const LIMIT = 10 as const;

@Ordered(1)
export class AddUsers1700000000000 extends Base<Users> implements MigrationInterface {
    name = 'AddUsers1700000000000';
    public readonly transaction?: boolean = false;
    private declare later: string;
    constructor(private readonly log: Logger) { super(); }

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.createTable(new Table({
            name: "users",
            columns: [
                { name: 'id', type: <string>'int', isPrimary: true },
                { name: "status", type: "enum", enum: Object.values(Status) },
            ],
        }), true);
        await this.index(queryRunner, 'users', Status.Live)!;
        await queryRunner.query(`UPDATE "users" SET "status" = '${Status.Draft}' LIMIT ${LIMIT}`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query('DROP TABLE "users"');
    }

    private async index(runner: QueryRunner, table: string, status?: Status): Promise<any> {
        return runner.query("CREATE INDEX " + table + "_idx ON " + table + " (id)");
    }
}
"""


def builders(made: Made) -> list[Callback] | None:
    """What Knex does with the functions that it is given."""
    if made.path.rpartition(".")[2] not in ("createTable", "alterTable"):
        return None
    inside = Symbol("table", made)
    return [
        Callback(each.value, (inside,)) for each in made.given if isinstance(each.value, Closure)
    ]


def walker() -> Walker:
    return Walker(World(callbacks=builders))


def sent(text: str, path: str, name: str = "up") -> list[tuple[str, str, list[object], bool]]:
    """The events of a migration's function."""
    walk = walker()
    scope = walk.module(javascript.parse(text, path))
    whole = exported(scope)
    function = exported(scope, name)
    if function is None and isinstance(whole, Pairs):
        kind = next(value for _, value in whole.items.values() if isinstance(value, Kind))
        function = kind.scope.names[name]
    elif function is None and isinstance(whole, Kind):
        function = whole.scope.names[name]
    assert isinstance(function, Closure)
    walk.events.clear()
    walk.run(function, [Given(Symbol("db"), function.node.span)], {}, function.node.span)
    return [
        (each.kind, each.value.path, [bare(one.value) for one in each.value.given],
         each.conditional)
        for each in walk.events
    ]  # fmt: skip


def bare(value: object) -> object:
    try:
        return plain(value)
    except LookupError:
        return type(value).__name__


def seen(text: str, path: str = "a.js") -> list[tuple[object, bool]]:
    """What `see` is called with, and whether it may not be."""
    walk = walker()
    walk.module(javascript.parse("const { see, x } = require('lib');\n" + text, path))
    return [
        (bare(event.value.value(0)), event.conditional)
        for event in walk.events
        if event.kind == "call" and event.value.path == "lib.see"
    ]


def nodes(part: object) -> Iterator[tree.Node]:
    if isinstance(part, tuple):
        for each in part:
            yield from nodes(each)
    elif isinstance(part, Struct) and not isinstance(part, (Span, Embedded)):
        if isinstance(part, tree.Node):
            yield part
        for name in part.__struct_fields__:
            yield from nodes(getattr(part, name))


# Migrations


def test_a_migration_of_knex() -> None:
    assert sent(KNEX, "1_users.js") == [
        ("call", "db.schema.createTable", ["app_users", "Closure"], False),
        ("enter", "db.schema.createTable", ["app_users", "Closure"], False),
        ("call", "table.increments", ["id"], False),
        ("call", "table.increments().primary", [], False),
        ("call", "table.string", ["email", 255], False),
        ("call", "table.string().notNullable", [], False),
        ("call", "table.string().notNullable().unique", [], False),
        ("call", "table.enu", ["state", ["new", "old"]], False),
        ("call", "table.enu().defaultTo", ["new"], False),
        ("call", "table.timestamp", ["created_at"], False),
        ("call", "table.timestamp().defaultTo", ["Symbol"], False),
        ("leave", "db.schema.createTable", ["app_users", "Closure"], False),
        ("call", "db.schema.alterTable", ["orders", "Closure"], False),
        ("enter", "db.schema.alterTable", ["orders", "Closure"], False),
        ("call", "table.integer", ["user_id"], False),
        ("call", "table.integer().references", ["id"], False),
        ("call", "table.integer().references().inTable", ["users"], False),
        ("call", "table.integer().references().inTable().onDelete", ["CASCADE"], False),
        ("leave", "db.schema.alterTable", ["orders", "Closure"], False),
    ]
    assert sent(KNEX, "1_users.js", "down") == [
        ("call", "db.schema.dropTableIfExists", ["posts"], False),
        ("call", "db.schema.dropTableIfExists", ["tags"], False),
    ]
    config = exported(Walker().module(javascript.parse(KNEX, "1_users.js")), "config")
    assert plain(config) == {"transaction": False}


def test_a_migration_of_typeorm() -> None:
    assert sent(TYPEORM, "1-users.ts") == [
        ("call", "typeorm.Table", [
            {"name": "users", "columns": [
                {"name": "id", "type": "int", "isPrimary": True},
                {"name": "status", "type": "enum", "enum": ["draft", "live"]},
            ]},
        ], False),
        ("call", "db.createTable", ["Made", True], False),
        ("call", "db.query", ["CREATE INDEX users_idx ON users (id)"], False),
        ("call", "db.query", ["UPDATE \"users\" SET \"status\" = 'draft' LIMIT 10"], False),
    ]  # fmt: skip
    scope = Walker().module(javascript.parse(TYPEORM, "1-users.ts"))
    kind = exported(scope, "AddUsers1700000000000")
    assert isinstance(kind, Kind)
    assert plain(kind.scope.names["name"]) == "AddUsers1700000000000"
    assert kind.scope.names["transaction"] is False
    assert not [each for each in nodes(javascript.parse(TYPEORM, "1.ts").body) if opaque(each)]


def opaque(node: tree.Node) -> bool:
    return isinstance(node, tree.Opaque)


@pytest.mark.parametrize(
    "text",
    [
        "exports.up = (db) => db.raw('A');",
        "exports.up = async function up(db) { await db.raw('A'); };",
        "module.exports.up = db => db.raw('A');",
        "module.exports = { up, down: 1 };\nasync function up(db) { return db.raw('A'); }",
        "module.exports = { async up(db) { await db.raw('A'); } };",
        "module.exports = { up: (db) => db.raw('A') };",
        "module.exports = class X1 { name = 'X1'; async up(q) { await q.raw('A'); } };",
        "module.exports = class { async up(q) { await q['raw']('A'); } };",
        "export async function up(db) { await db.raw('A'); }",
        "export const up = async (db) => { await db.raw('A'); };",
        "const go = (db) => db.raw('A');\nexport { go as up };",
        "export default class X1 { async up(db) { await db?.raw?.('A'); } }",
        "export class X1 { up = async (db) => { await (db.raw('A')); } }",
        "'use strict';\nObject.defineProperty(exports, '__esModule', { value: true });\n"
        "exports.up = up;\nfunction up(db) { return db.raw('A'); }",
        "class Base { async up(db) { await db.raw('A'); } }\n"
        "exports.up = (db) => new Base().up(db);",
        "exports.up = ({ raw }) => raw('A');",
        "exports.up = function (db, Promise) { return Promise.all([db.raw('A')]); };",
    ],
)
def test_ways_to_give_a_function(text: str) -> None:
    found = [each for each in sent(text, "a.js") if each[1] == "db.raw"]
    assert found == [("call", "db.raw", ["A"], False)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("import knex from 'knex'", {"knex": "knex.default"}),
        ("import * as all from './x.js'", {"all": "./x.js"}),
        ("import { a, b as c, type D } from '@s/p'", {"a": "@s/p.a", "c": "@s/p.b", "D": "@s/p.D"}),
        ("import old = require('old')", {"old": "old"}),
        ("const { a, b: { c } } = require('q')", {"a": "q.a", "c": "q.b.c"}),
        ("const a = require('q').default", {"a": "q.default"}),
        ("const a = await import('q')", {"a": "q"}),
        ("export { a as b } from './x'", {}),
    ],
)
def test_imports(text: str, paths: dict[str, str]) -> None:
    scope = Walker().module(javascript.parse(text, "a.ts"))
    found = {key: each.path for key, each in scope.names.items() if isinstance(each, Symbol)}
    assert found == paths
    if "export" in text:
        assert exported(scope, "b") == Symbol("./x.a")


# What is known


def listed(value: object) -> object:
    """Without the difference that Python makes between its sequences."""
    return [listed(each) for each in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see(1 + 2 * 3)", [7]),
        ("see(7 / 2); see(6 / 2); see(-7 % 3)", [3.5, 3, -1]),
        ("see('a' + 1 + 2); see(1 + 2 + 'a')", ["a12", "3a"]),
        ("see(`a${null}b${true}c${1.5}d${[1, 2]}`)", ["anullbtruec1.5d1,2"]),
        ("see(String.raw`a\\n${1}`)", ["a\\n1"]),
        (r"see('\x41\u0042\u{43}\n\'\0\
D')", ["ABC\n'\0D"]),
        (r"see('\ud83d\ude00\ud83d')", ["\U0001f600�"]),
        ("see(0x10); see(1_000n); see(.5); see(1e3)", [16, 1000, 0.5, 1000]),
        ("see([1, ...[2, 3], , 4])", [[1, 2, 3, None, 4]]),
        ("const k = 'b'; see({ a: 1, [k]: 2, 'c': 3, ...{ d: 4 }, k })",
         [{"a": 1, "b": 2, "c": 3, "d": 4, "k": "b"}]),
        ("const o = { a: { b: [5] } }; see(o.a.b[0]); see(o?.['a']?.c)", [5, None]),
        ("const [a, , b = 3, ...c] = [1, 2, undefined, 4, 5]; see([a, b, c])", [[1, 3, [4, 5]]]),
        ("const { a, b: { c = 2 } = {}, ...d } = { a: 1, e: 3 }; see([a, c, d])",
         [[1, 2, {"e": 3}]]),
        ("let a = 1; a += 2; a++; see(a); see(a++); see(--a)", [4, 4, 4]),
        ("let a; const f = () => { a = 5; }; f(); see(a)", [5]),
        ("const f = (a, { b } = { b: 2 }, ...c) => [a, b, c]; see(f(1))", [[1, 2, []]]),
        ("const f = (a, ...c) => [a, c]; see(f(1, ...[2, 3]))", [[1, [2, 3]]]),
        ("const f = (a, { b = 3 }) => [a, b]; see(f(1, {}))", [[1, 3]]),
        ("see(f()); function f() { return 1; }", [1]),
        ("see(null ?? 'a'); see(0 ?? 1); see(0 || 'b'); see('' && 1)", ["a", 0, "b", ""]),
        ("see(1 === 1 ? 'y' : 'n'); see(1 !== '1'); see(true === 1)", ["y", True, False]),
        ("see(typeof 'a'); see(!0); see(void 0)", ["string", True, None]),
        ("if ([]) see(1); else see(2)", [1]),
        ("for (const [k, v] of Object.entries({ a: 1, b: 2 })) see(k + v)", ["a1", "b2"]),
        ("for (const k in { a: 1, b: 2 }) { if (k === 'b') break; see(k); }", ["a"]),
        ("['a', 'b'].forEach((t, i) => see(t + i))", ["a0", "b1"]),
        ("see(['a', 'b'].map((t) => `${t}s`).join(', '))", ["as, bs"]),
        ("see([1, 2, 3].filter((n) => n > 1).concat(9).includes(3))", [True]),
        ("see(['a'].reduce((p, t) => p + t, 'x'))", ["xa"]),
        ("['a', 'b'].reduce((p, t) => p.then(() => see(t)), Promise.resolve())", ["a", "b"]),
        ("Promise.all(['a', 'b'].map(async (t) => { await see(t); }))", ["a", "b"]),
        ("const a = [1]; a.push(2); see(a); see(a.length)", [[1, 2], 2]),
        ("see(' Ab '.trim().toUpperCase().slice(0, -1)); see('aXa'.replace('a', 'b'))",
         ["A", "bXa"]),
        ("switch ('b') { case 'a': see(1); case 'b': see(2); case 'c': see(3); break;"
         " default: see(4); }\nsee(5)", [2, 3, 5]),
        ("enum E { A = 'a', B = 1, C }; see(E.A); see(E.C); see(Object.values(E))",
         ["a", 2, ["a", 1, 2]]),
        ("const o = {}; o.a = 1; o['b'] = 2; see(o)", [{"a": 1, "b": 2}]),
        ("class A { static x = 5; y() { return this.x + A.x; } }; see(new A().y())", [10]),
        ("const name = 'out'; class A { name = 'in'; f() { return name; } }; see(new A().f())",
         ["out"]),
        ("function f() { see(this.x); } f.call({ x: 1 }); f.bind({ x: 2 })()",
         [1, 2]),
        ("const f = (a) => see(a); f.call(null, 1); f.apply(null, [2]); f.bind(null)(3)",
         [1, 2, 3]),
        ("const tag = (s, ...v) => s.join('?') + v.length; see(tag`a ${1} b ${2}`)",
         ["a ? b ?2"]),
        ("see((1, 2)); see(<any>3 as number satisfies unknown)", [2, 3]),
    ],
)  # fmt: skip
def test_what_is_known(text: str, found: list[object]) -> None:
    assert [listed(value) for value, _ in seen(text, "a.ts")] == found


@pytest.mark.parametrize(
    "text",
    [
        "see(process.env.A)",
        "see(x + 1)",
        "see(x ? 1 : 2)",
        "see(x || 1)",
        "see(x.y[0])",
        "see([1].map(x))",
        "see({ ...x }.a)",
        "let i = 0; for (i = 0; i < x; i++) {} see(i)",
        "let a = 1; x.forEach(() => { a = 2; }); see(a)",
        "see('a'.repeat(1e9))",
        "class A { static b = 1; } class C extends A { get b() { return 2; } } see(new C().b)",
        "see(1 / 0)",
        "see('5' - 2)",
        "see(/a/.test('a'))",
        "see(9 ** 999999999)",
        "see(1 << 99999999999)",
    ],
)
def test_what_is_not_known(text: str) -> None:
    ((value, _),) = seen(text)
    assert value in ("Hidden", "Symbol", "Made", ["Hidden"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("if (x) see(1); else see(2); see(3)", [(1, True), (2, True), (3, False)]),
        ("if (!x) return; see(1)", [(1, True)]),
        ("for (let i = 0; i < 2; i++) see(1)", [(1, True)]),
        ("while (x()) { see(1); }", [(1, True)]),
        ("x && see(1)", [(1, True)]),
        ("try { see(1); } catch (e) { see(2); } finally { see(3); }",
         [(1, True), (2, True), (3, False)]),
        ("try { see(1); } catch (e) { throw e; }", [(1, False)]),
        ("try { see(1); throw 1; } catch (e) { if (e === x) throw e; see(2); }\nsee(3)",
         [(1, True), (2, True), (3, False)]),
        ("try { throw 1; } catch (e) { throw e; }\nsee(3)", []),
        ("x.forEach((t) => see(1))", [(1, True)]),
        ("x().then(() => see(1)).catch(() => see(2)).finally(() => see(3))",
         [(1, False), (2, True), (3, False)]),
        ("x(() => see(1))", [(1, True)]),
        ("see.createTable(() => see(1))", [(1, False)]),
        ("setTimeout(() => see(1), 10)", [(1, True)]),
        ("switch (x) { case 1: see(1); break; default: see(2); }\nsee(3)",
         [(1, True), (2, True), (3, False)]),
        ("const f = (n) => { see(1); f(n); }; f(x)", [(1, False)] * 3),
    ],
)  # fmt: skip
def test_what_may_not_happen(text: str, found: list[tuple[object, bool]]) -> None:
    assert seen(f"(() => {{ {text} }})()") == found


def test_a_tag_is_called_with_its_texts_and_values() -> None:
    text = (
        "import { sql } from 'kysely';\nawait sql<string>`drop table ${sql.id('a')} ${1}`.run(db)"
    )
    walk = Walker()
    walk.module(javascript.parse(text, "a.ts"))
    made = next(each.value for each in walk.events if each.value.path == "kysely.sql")
    texts, table, one = (each.value for each in made.given)
    assert plain(texts) == ["drop table ", " ", ""]
    assert isinstance(table, Made)
    assert (table.path, one) == ("kysely.sql.id", 1)
    assert text[made.given[2].span.start : made.given[2].span.end] == "${1}"


@pytest.mark.parametrize(
    "text",
    [
        "const f = (eb) => sql<number>`a ${eb} c`.as('t'); see(f(1));",
        "const f = async (eb) => await sql<number>`a ${eb} c`.as('t'); see(f(1));",
        "const f = () => (eb) => sql<Promise<string>>`a ${eb} c`.as('t'); see(f()(1));",
        "const f = ({ a }) => sql<number>`a ${a} c`.as('t'); see(f({ a: 1 }));",
        "const f = { up: (eb) => sql<number>`a ${eb} c`.as('t') }; see(f.up(1));",
        "see([(eb) => sql<number>`a ${eb} c`.as('t')].map((f) => f(1))[0]);",
    ],
)
def test_a_function_that_gives_a_template_with_types(text: str) -> None:
    walk = Walker()
    walk.module(javascript.parse("import { sql, see } from 'kysely';\n" + text, "a.ts"))
    [given] = [each.value.value(0) for each in walk.events if each.value.path == "kysely.see"]
    assert isinstance(given, Made)
    assert isinstance(given.of, Made)
    assert (given.path, given.of.path) == ("kysely.sql().as", "kysely.sql")
    assert (plain(given.of.value(0)), given.of.value(1)) == (["a ", " c"], 1)


# Places

MARKED = (
    "\ufeff// 😀 first\r\n"
    "exports.up = (knex) => {\r\n"
    "  /* é\r\n */\r\n"
    "  const t = '😀é';\r\n"
    "  return knex.raw(`alter 😀 table ${t}\r\n add \\`x\\` ${knex.x} int`); // last\r\n"
    "};\r\n"
)


@pytest.mark.parametrize("text", [MARKED, MARKED.replace("\r\n", "\n"), MARKED[1:]])
def test_places_are_characters(text: str) -> None:
    module = javascript.parse(text, "a.js")
    names = [each for each in nodes(module.body) if isinstance(each, tree.Name)]
    assert {each.name: text[each.span.start : each.span.end] for each in names} == {
        name: name for name in ("exports", "knex", "t")
    }
    assert [said for _, said in module.comments] == [
        "// 😀 first", text[text.index("/*") : text.index("*/") + 2], "// last",
    ]  # fmt: skip
    assert all(text[span.start : span.end] == said for span, said in module.comments)
    call = next(each for each in nodes(module.body) if isinstance(each, tree.Call))
    assert text[call.span.start : call.span.end].startswith("knex.raw(`")
    assert text[call.span.start : call.span.end].endswith("int`)")


@pytest.mark.parametrize("text", [MARKED, MARKED.replace("\r\n", "\n")])
def test_each_piece_of_a_template_knows_its_place(text: str) -> None:
    walk = Walker()
    up = exported(walk.module(javascript.parse(text, "a.js")), "up")
    assert isinstance(up, Closure)
    walk.run(up, [Given(Symbol("knex"), up.node.span)], {}, up.node.span)
    sql = walk.events[0].value.value(0)
    assert HOLE.sub("?", sql.text) == "alter 😀 table 😀é\n add `x` ? int"
    for part, written in [
        ("alter 😀 table", "alter 😀 table"),
        ("😀é", "${t}"),
        ("`x`", "\\`x\\`"),
        ("x", "x"),
        ("int", "int"),
        ("_hid", "${knex.x}"),
    ]:
        at = sql.text.rindex(part)
        span = sql.to_host(Span(at, at + len(part)))
        assert text[span.start : span.end] == written


# Files that are not right


@pytest.mark.parametrize(
    ("text", "path", "before"),
    [
        ("const a = ;\n", "a.js", "const a "),
        ("const é = '😀';\nfoo(;\n", "a.js", "const é = '😀';\nfoo("),
        ("let a: number = 1;", "a.js", "let "),
        ("const a = 1;\nclass {", "a.ts", "const a = 1;\n"),
        ("exports.up = (knex) => {\n", "a.js", ""),
        ("up = (knex) => { knex.raw('a' };\n", "a.js", "up = (knex) => { "),
    ],
)
def test_a_broken_file_says_where(text: str, path: str, before: str) -> None:
    with pytest.raises(javascript.SyntaxProblem, match=r"is not valid (Java|Type)Script") as found:
        javascript.parse(text, path)
    assert text[: found.value.at] == before


@pytest.mark.parametrize(
    "open_", ["(", "[", "{a:", "f(", "() => ", "!", "`${", "if (a) {", "a ? b : "]
)
def test_a_file_that_is_nested_too_deep_is_said_to_be(open_: str) -> None:
    close = {"(": ")", "[": "]", "{a:": "}", "f(": ")", "`${": "}`", "if (a) {": "}"}.get(open_, "")
    text = open_ * 5000 + "1" + close * 5000
    if open_.startswith("{"):
        text = f"({text})"
    with pytest.raises(javascript.SyntaxProblem):
        javascript.parse(text, "a.js")


def test_a_long_sum_and_a_long_chain_are_read() -> None:
    text = " +\n".join(["'a'"] * 2000)
    assert seen(f"see({text})") == [("a" * 2000, False)]
    chain = "".join(f".a({n})" for n in range(100))
    assert seen(f"see(x{chain})") == [("Made", False)]


def test_classes_in_classes_take_no_time() -> None:
    text = "x"
    for _ in range(40):
        text = f"class A {{ f() {{ return {text} }} }}"
    javascript.parse(f"a = {text}", "a.js")


WORDS = st.sampled_from(
    "const let exports . = ( ) { } [ ] => async await function class up knex 'a' `a${ }` ` ${ ? : "
    "; , ... new if else for of in while do switch case break return try catch throw enum export "
    "import from default * + - ! && ?? ?. < > as satisfies /a/ // /* */ @ # 1 0x \\ \n 😀 é get "
    "static this super yield typeof delete interface type namespace".split(" ")
)


@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=40), st.sampled_from("jt"))
@example("\ud800'\ud83d'", "j")
@example("\x00", "j")
@example("export", "t")
@settings(deadline=None, max_examples=400)
def test_no_text_is_too_much(text: str, kind: str) -> None:
    try:
        module = javascript.parse(text, f"a.{kind}s")
    except javascript.SyntaxProblem as why:
        module, at = tree.Module(()), why.at
    else:
        at = 0
    assert 0 <= at <= len(text)
    assert all(0 <= each.span.start <= each.span.end <= len(text) for each in nodes(module.body))
    with suppress(TooMuch):
        walker().module(module)


VALUES = st.recursive(
    st.sampled_from(["(1)", "(-2.5)", "'a'", "null", "true", "x", "[]", "{}", "`a${x}`", "'1'"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+ - * / % ** == === < in && || ?? ,".split()), inner).map(
            lambda made: f"({' '.join(made)})"
        ),
        st.tuples(inner, st.sampled_from(
            ".length .a .a() .map(e=>e) .join() .slice(-1) .slice('a',1) .at(9) .at() [0] ['a'] "
            ".then(e=>e) .replace(1) .split() .padStart(-1) .charAt() .concat(x) .reduce((a,b)=>a) "
            ".filter(e=>x) .includes() .indexOf({}) .push(x) .repeat(-1) .call()".split()
        )).map("".join),
        inner.map(lambda one: f"[...{one}]"),
        inner.map(lambda one: f"({{a: {one}, [{one}]: 1, ...{one}}})"),
        inner.map(lambda one: f"Object.entries({one})"),
        inner.map(lambda one: f"Object.fromEntries({one})"),
        inner.map(lambda one: f"Number({one})"),
        inner.map(lambda one: f"(({{a, ...b}}, [c, d]) => [a, b, c, d])({one}, {one})"),
    ),
    max_leaves=6,
)  # fmt: skip


@given(VALUES)
@settings(deadline=None, max_examples=300)
def test_no_value_is_too_much(text: str) -> None:
    assert len(seen(f"see({text})")) == 1


def test_linting_sql_imports_no_tree_sitter(tmp_path: Path) -> None:
    code = """
        import sys, migralint
        from migralint.languages import javascript
        migralint.lint("1.sql", files={"1.sql": "CREATE TABLE a (b int);"})
        assert not [name for name in sys.modules if name.startswith("tree_sitter")]
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=tmp_path)
