"""From SQL to operations."""

from __future__ import annotations

import time
from typing import Any

import pytest

from migralint import ops
from migralint.dialects.postgresql import parse
from migralint.dialects.postgresql.parse import HANDLERS
from migralint.ops import Column, Expression, Name, Op, Type, Unknown


def one(text: str) -> Any:
    """The only operation of the only statement."""
    (statement,) = parse(text)
    (op,) = statement.ops
    return op


def test_every_kind_of_statement_has_a_handler() -> None:
    from pglast import ast

    kinds = {name for name in dir(ast) if name.endswith("Stmt")}
    assert kinds <= HANDLERS.keys()


def test_every_action_of_the_grammar_has_an_operation() -> None:
    from pglast.enums import AlterTableType

    from migralint.dialects.postgresql.parse_alter import _COMMANDS

    # Made by the server itself, never by the grammar.
    internal = {
        "AT_AddColumnToView",
        "AT_CookedColumnDefault",
        "AT_AddIndex",
        "AT_AddIndexConstraint",
    }
    written = {each.name for each in AlterTableType if not each.name.startswith("AT_ReAdd")}
    assert written - internal == _COMMANDS.keys()


@pytest.mark.parametrize(
    ("sql", "operations"),
    [
        (
            "ALTER TABLE t ADD a int, DROP b, ALTER c SET NOT NULL",
            "AddColumn DropColumn SetNotNull",
        ),
        ("ALTER TABLE t ALTER c SET DEFAULT 1, ALTER c DROP DEFAULT", "SetDefault DropDefault"),
        ("ALTER TABLE t ALTER c TYPE text, ALTER c DROP NOT NULL", "AlterType DropNotNull"),
        (
            "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i, VALIDATE CONSTRAINT d",
            "AddConstraint ValidateConstraint",
        ),
        ("ALTER INDEX i ATTACH PARTITION j", "AttachIndex"),
        ("ALTER INDEX i RENAME TO j", "RenameIndex"),
        ("ALTER VIEW v RENAME TO w", "RenameTable"),
        ("ALTER TABLE t RENAME a TO b", "RenameColumn"),
        ("ALTER TABLE t RENAME CONSTRAINT a TO b", "RenameConstraint"),
        ("ALTER TYPE t RENAME ATTRIBUTE a TO b", "RenameObject"),
        ("ALTER TYPE t ADD ATTRIBUTE a int", "AlterAttribute"),
        ("ALTER SEQUENCE s SET LOGGED", "SetLogged"),
        ("ALTER SEQUENCE s RESTART", "AlterSequence"),
        ("CREATE TABLE t AS SELECT 1", "CreateTable"),
        ("SELECT 1 INTO t", "CreateTable"),
        ("CREATE MATERIALIZED VIEW m AS SELECT 1", "CreateView"),
        ("CREATE SCHEMA s CREATE TABLE t (a int)", "CreateSchema CreateTable"),
        ("DROP TABLE a, b", "DropTable DropTable"),
        ("DROP TRIGGER x ON t", "DropTrigger"),
        ("DROP CAST (a AS b)", "Other"),
        ("DROP PUBLICATION p", "Other"),
        ("BEGIN", "Begin"),
        ("END", "Commit"),
        ("COMMIT AND CHAIN", "Commit Begin"),
        ("ROLLBACK TO s", "Savepoint"),
        ("SET TRANSACTION READ ONLY", "Other"),
        ("SELECT pg_catalog.set_config('search_path', '', false)", "SetParameter"),
        ("SELECT set_config('lock_timeout', '5s', true)", "SetTimeout"),
        ("WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d", "Delete Insert"),
        ("WITH u AS (UPDATE a SET x = 1) SELECT 1", "Update Select"),
        ("REINDEX TABLE CONCURRENTLY t", "Reindex"),
        ("VACUUM FULL t", "Vacuum"),
        ("ANALYZE", "Analyze"),
        ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "ServerCommand"),
        ("ALTER SYSTEM SET a = 1", "ServerCommand"),
        ("GRANT SELECT ON t TO PUBLIC", "Grant"),
        ("COMMENT ON COLUMN t.a IS 'x'", "SetComment"),
        ("CALL f()", "Unknown"),
        ("EXPLAIN DELETE FROM t", "Other"),
    ],
)
def test_operations(sql: str, operations: str) -> None:
    (statement,) = parse(sql)
    assert " ".join(type(op).__name__ for op in statement.ops) == operations
    assert statement.text == sql


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("int", Type("int4")),
        ("VARCHAR(10)", Type("varchar", ("10",))),
        ("char", Type("bpchar", ("1",))),
        ("numeric(10, 2)[]", Type("numeric", ("10", "2"), 1)),
        ("timestamp(3) with time zone", Type("timestamptz", ("3",))),
        ("interval(3)", Type("interval", ("3",))),
        ("interval day to second", Type("interval", ("day to second",))),
        ("bigserial", Type("bigserial")),
        ("pg_catalog.int8", Type("int8")),
        ("public.citext", Type("citext", schema="public")),
        ('"Mood"', Type("Mood")),
        ("bit(3)", Type("bit", ("3",))),
        ("geometry(Point, 4326)", Type("geometry", ("?", "4326"))),
    ],
)
def test_types(written: str, type_: Type) -> None:
    assert one(f"ALTER TABLE t ADD c {written}").column == Column("c", type_)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'é,(x'", Expression("'é,(x'", literal="é,(x")),
        ("-1", Expression("-1", literal="-1")),
        ("NULL", Expression("NULL", null=True)),
        ("now ( )", Expression("now ( )", functions=("now",))),
        ("CURRENT_DATE", Expression("CURRENT_DATE", functions=("current_date",))),
        ("(1 + 2) * 3", Expression("(1 + 2) * 3")),
        ("( /* ) */ (1) + 2)", Expression("( /* ) */ (1) + 2)")),
        ("'{}'::jsonb", Expression("'{}'::jsonb", types=(Type("jsonb"),), literal="{}")),
        ("pg_catalog.lower('A')", Expression("pg_catalog.lower('A')", functions=("lower",))),
        (
            "ARRAY['a', 'b']::text[]",
            Expression("ARRAY['a', 'b']::text[]", types=(Type("text", (), 1),)),
        ),
        ("true", Expression("true", literal="true")),
    ],
)
@pytest.mark.parametrize(
    "after", ["", " NOT NULL", " -- no\n CHECK (c > 0)", ", DROP x", ' COLLATE "C"', " UNIQUE"]
)
def test_expressions(written: str, expected: Expression, after: str) -> None:
    (statement,) = parse(f"ALTER TABLE é ADD c text DEFAULT {written}{after}")
    (op, *_) = statement.ops
    assert isinstance(op, ops.AddColumn)
    assert op.column.default == expected


@pytest.mark.parametrize(
    ("condition", "tests"),
    [
        ("a IS NOT NULL", [("a", "IS NOT NULL", None)]),
        ("NOT (a IS NULL)", [("a", "IS NOT NULL", None)]),
        ("(a IS NOT NULL) = true", [("a", "IS NOT NULL", None)]),
        ("a > 1 AND 5 >= b", [("a", ">", "1"), ("b", "<=", "5")]),
        ("(a) BETWEEN 'x' AND 'y'", [("a", ">=", "x"), ("a", "<=", "y")]),
        ("a = 1 OR b = 2", []),
        ("a != 'x'::text", [("a", "<>", "x")]),
        ("length(a) > 1", []),
    ],
)
def test_what_a_condition_proves(condition: str, tests: list[tuple[str, str, str | None]]) -> None:
    expression = one(
        f"ALTER TABLE t ADD CONSTRAINT c CHECK ({condition}) NOT VALID"
    ).constraint.expression
    assert expression.text == condition
    assert expression.tests == tuple(ops.Test(*test) for test in tests)


def test_create_table() -> None:
    table = one(
        "CREATE TEMP TABLE s.t (a int PRIMARY KEY, b text COLLATE \"C\" NOT NULL DEFAULT 'x' "
        "REFERENCES r (y) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, "
        "c int GENERATED ALWAYS AS ((a + 1) * 2) STORED, "
        "d int GENERATED BY DEFAULT AS IDENTITY CHECK (d > 0) NOT ENFORCED, "
        "UNIQUE NULLS NOT DISTINCT (a, b), LIKE u INCLUDING ALL) "
        "PARTITION BY RANGE (a, lower(b))"
    )
    a, b, c, d = table.columns
    assert (table.table, table.temporary) == (Name("t", "s"), True)
    assert a.constraints[0].kind == "primary key"
    assert (b.not_null, b.collation, b.default.literal) == (True, "C", "x")
    reference = b.constraints[0]
    assert (reference.columns, reference.references, reference.on_delete) == (
        ("b",),
        Name("r"),
        "CASCADE",
    )
    assert reference.deferrable
    assert reference.initially_deferred
    assert (c.generated.text, c.virtual) == ("(a + 1) * 2", False)
    assert (d.identity, d.constraints[0].enforced) == ("by default", False)
    assert table.constraints[0].nulls_not_distinct
    assert "all" in table.like[0].including
    assert table.partition_by.columns == ("a", None)


def test_partitions() -> None:
    made = one("CREATE TABLE p PARTITION OF q FOR VALUES FROM ('a', MINVALUE) TO ('b', 3)")
    assert made.partition_of == Name("q")
    assert made.inherits == ()
    assert (made.bound.values, made.bound.upper, made.bound.exact) == (
        ("a", None),
        ("b", "3"),
        True,
    )
    assert one("ALTER TABLE q ATTACH PARTITION p DEFAULT").bound.kind == "default"
    assert one("ALTER TABLE q DETACH PARTITION p CONCURRENTLY").concurrently


def test_indexes() -> None:
    index = one(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t USING gist (a text_ops DESC "
        "NULLS LAST, lower(b), ((a + b) * (c)) int_ops) INCLUDE (d) WHERE (a) IS NOT NULL"
    )
    assert (index.table, index.name, index.only, index.concurrently) == (
        Name("t", "s"),
        "i",
        True,
        True,
    )
    assert [key.expression and key.expression.text for key in index.columns] == [
        None,
        "lower(b)",
        "(a + b) * (c)",
    ]
    assert (index.columns[0].opclass, index.columns[0].nulls_first) == ("text_ops", False)
    assert index.where.text == "(a) IS NOT NULL"


def test_queries() -> None:
    query = one(
        "CREATE VIEW v AS WITH c AS (SELECT a, b x FROM t) SELECT c.*, u.id, count(*), "
        "u.name::text, (SELECT max(q) FROM w WHERE w.id = u.id) "
        "FROM c JOIN u ON u.id = c.a WHERE u.k > 3"
    ).query
    assert query.reads == (Name("t"), Name("u"), Name("w"))
    assert [output.name for output in query.outputs] == ["a", "x", "id", "count", "name", "max"]
    assert (query.outputs[1].relation, query.outputs[1].column) == (Name("t"), "b")
    assert {(Name("u"), "k"), (Name("w"), "id")} <= set(query.uses)
    assert query.where.text == "u.k > 3"
    assert one("SELECT 1 FROM a JOIN b USING (x) FOR UPDATE OF b").query.locked == (Name("b"),)
    assert one("SELECT setval('s', 3)").query.calls == (("setval", ("s", "3")),)


def test_rows() -> None:
    update = one(
        "UPDATE t AS x SET a = u.b FROM u WHERE x.id = u.id AND x.k > 3 AND u.z = 1 RETURNING 1"
    )
    assert (update.columns, update.reads) == (("a",), (Name("u"),))
    assert update.where.text == "x.id = u.id AND x.k > 3 AND u.z = 1"
    assert update.where.tests == (ops.Test("k", ">", "3"),)
    insert = one(
        "INSERT INTO t (a, b) VALUES (1, 2), (3, (SELECT max(x) FROM u)) ON CONFLICT DO NOTHING"
    )
    assert (insert.rows, insert.columns, insert.on_conflict) == (2, ("a", "b"), "NOTHING")
    assert insert.reads == (Name("u"),)
    assert one("INSERT INTO t VALUES (1), (2), (3)").rows == 3


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("'5s'", 5000),
        ("'500ms'", 500),
        ("5000", 5000),
        ("0", 0),
        ("'1min'", 60000),
        ("DEFAULT", None),
        ("'x'", None),
    ],
)
def test_timeouts(sql: str, value: int | None) -> None:
    timeout = one(f"SET lock_timeout = {sql}")
    assert isinstance(timeout, ops.SetTimeout)
    assert (timeout.milliseconds, timeout.local) == (value, False)
    assert one("SET LOCAL statement_timeout = 1").local


def test_settings() -> None:
    assert one('SET search_path = a, "B"').value == "a, B"
    assert one("ALTER ROLE bob SET lock_timeout = '3s'").role == "bob"
    assert one("RESET ALL").name == "all"


def test_functions() -> None:
    function = one(
        "CREATE FUNCTION f(a int, OUT b text) RETURNS SETOF text LANGUAGE sql STABLE "
        "SECURITY DEFINER SET search_path = x AS 'SELECT lower(y) FROM t WHERE id = g(a)'"
    )
    assert function.reads == (Name("t"),)
    assert function.calls == ("lower", "g")
    assert (function.single_select, function.returns_set, function.search_path) == (
        False,
        True,
        True,
    )
    assert one("CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1 + h()").single_select
    assert one("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'SELECT * FROM t'").reads == ()


def unknowns(text: str) -> list[Op]:
    return [op for statement in parse(text) for op in statement.ops if isinstance(op, Unknown)]


def test_one_bad_statement_is_one_unknown() -> None:
    text = "SELECT 1; é ALTER TABEL x; CREATE TABLE t (a int); DROP TABLE t"
    kinds = [type(statement.ops[0]).__name__ for statement in parse(text)]
    assert kinds == [
        "Select",
        "Unknown",
        "CreateTable",
        "DropTable",
    ]
    (bad,) = unknowns(text)
    assert text[bad.span.start : bad.span.end] == "é"


@pytest.mark.parametrize(
    ("text", "statements", "causes"),
    [
        ("\\connect x\nselect 1 \\gset\ncopy t from stdin;\n'\n\\.\nselect 2;", 3, []),
        ("select 1; select '\0'; select 2", 3, ["input"]),
        ("select 1; select 'open; select 2", 2, ["syntax"]),
        ("select 1; do $$ open; select 2", 2, ["syntax"]),
        ("${everything}; select 1", 2, ["dynamic"]),
        ("select " + "(" * 200_000, 1, ["syntax"]),
        ("select 1" + " + 1" * 4_000, 1, ["too deep"]),
        ("select '\ud800'", 1, ["input"]),
    ],
)
def test_odd_input(text: str, statements: int, causes: list[str]) -> None:
    assert len(parse(text)) == statements
    assert [op.cause for op in unknowns(text) if isinstance(op, Unknown)] == causes


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("DROP TABLE ${schema}.users", Name("users")),
        ('DROP TABLE "${schema}".users', Name("users")),
        ("DROP TABLE {{ schema }}.users", Name("users")),
        ("{% if x %} DROP TABLE users", Name("users")),
        ("DROP TABLE :schema.users", Name("users")),
        ('DROP TABLE :"name"', Name("name")),
        ("DROP TABLE ${prefix}_users", Name("__prefix__users")),
        ("DROP TABLE $TABLE", Name("_TABLE".lower())),
    ],
)
def test_placeholders(text: str, table: Name) -> None:
    whole = f"select 'é'; {text}; SELECT a[1:b] FROM t WHERE x::int = 1"
    _, dropped, last = parse(whole)
    assert isinstance(dropped.ops[0], ops.DropTable)
    assert dropped.ops[0].table == table
    assert dropped.text in text
    assert isinstance(last.ops[0], ops.Select)


def test_a_part_of_a_text() -> None:
    text = "é select 1; -- x\n select 2 /* y */ ; select 3"
    (second,) = parse(text, text.index(";") + 1, text.index("select 3"))
    assert text[second.span.start : second.span.end] == second.text == "select 2"


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("ALTER TABLE a.users ADD ADD", ["a.users"]),
        ('DELETE FROM ONLY "T" WHERE x IN (SELECT 1 FROM b) ORDER', ['"T"', "b"]),
        ("INSERT INTO t (a) ON CONFLICT DO UPDATE SET a = 1 WHERE", ["t"]),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE c.d ' || x; END $$", ["c.d"]),
        ("DO LANGUAGE x $$ DROP TABLE e $$", []),
    ],
)
def test_what_is_not_understood_still_names_tables(text: str, tables: list[str]) -> None:
    (op,) = unknowns(text)
    assert isinstance(op, Unknown)
    assert list(map(str, op.tables)) == tables


def test_big_input_takes_little_time() -> None:
    start = time.perf_counter()
    rows = ",".join(f"({number}, 'it''s (x')" for number in range(50_000))
    (insert, drop) = parse(
        f"INSERT INTO t (a, b) VALUES {rows} ON CONFLICT (a) DO NOTHING; DROP TABLE x"
    )
    assert isinstance(insert.ops[0], ops.Insert)
    assert (insert.ops[0].rows, insert.ops[0].on_conflict) == (50_000, "NOTHING")
    assert isinstance(drop.ops[0], ops.DropTable)
    bad = "\n".join(f"ALTER TABEL t{number} ADD a int;" for number in range(5_000))
    assert len(unknowns(bad)) == 5_000
    assert len(unknowns("a;" * 20_000)) == 20_000
    assert len(parse("SELECT 1" + " /* /* */ */" * 5_000 + "; SELECT " + "/*" * 100_000)) == 2
    assert len(parse("COPY t FROM stdin;\n" + "1\t'$$ /*\n" * 200_000 + "\\.\nSELECT 1")) == 2
    assert time.perf_counter() - start < 10
