"""Exact places of clauses, columns and constraints."""

from __future__ import annotations

import pytest

from migralint.dialects.postgresql import locate, locate_part, parse
from migralint.ops import AddColumn, AddConstraint, CreateTable


@pytest.mark.parametrize(
    ("statement", "clauses"),
    [
        ("ALTER TABLE t ADD a int", ["ADD a int"]),
        (
            'ALTER TABLE ONLY "a,b".t ADD COLUMN a numeric(10,2) DEFAULT 1, DROP b',
            ["ADD COLUMN a numeric(10,2) DEFAULT 1", "DROP b"],
        ),
        (
            "alter table if exists policy\r\n  add x text default 'é,(' -- a, b\r\n"
            ", /* c, */ drop y cascade",
            ["add x text default 'é,('", "drop y cascade"],
        ),
        ("ALTER TABLE ${schema}.users ADD a int, ADD b int", ["ADD a int", "ADD b int"]),
        ("ALTER TABLE ${p}_users ADD a int, ADD b int[3]", ["ADD a int", "ADD b int[3]"]),
        ("ALTER TABLE t * ADD a int", ["ADD a int"]),
        ("ALTER INDEX i SET (fillfactor = 3)", ["SET (fillfactor = 3)"]),
        ("ALTER MATERIALIZED VIEW m CLUSTER ON i", ["CLUSTER ON i"]),
        (
            "ALTER TYPE t ADD ATTRIBUTE a int, DROP ATTRIBUTE b",
            ["ADD ATTRIBUTE a int", "DROP ATTRIBUTE b"],
        ),
        ('DROP TABLE IF EXISTS a.b, "c,d" CASCADE', ["a.b", '"c,d"']),
        ("DROP INDEX CONCURRENTLY a, b", ["a", "b"]),
        ("DROP FUNCTION f(int, text), g()", ["f(int, text)", "g()"]),
        ("DROP MATERIALIZED VIEW a, b", ["a", "b"]),
    ],
)
@pytest.mark.parametrize("before", ["", "select 'é'; -- ünï\r\n", "\n\n/* x, y */ "])
def test_clauses(before: str, statement: str, clauses: list[str]) -> None:
    text = f"{before}{statement} ; select 1"
    parsed = next(each for each in parse(text) if each.text == statement)
    spans = [locate(parsed, op) for op in parsed.ops]
    assert [text[span.start : span.end] for span in spans] == clauses


def test_parts_of_create_table() -> None:
    text = """select 'é'; CREATE TABLE t (
      id bigint /* key, */ PRIMARY KEY,
      LIKE other,
      exclude text DEFAULT 'a,b' CONSTRAINT c CHECK (a <> ',') REFERENCES r ON DELETE SET NULL,
      UNIQUE (id, exclude),
      n int UNIQUE NULLS NOT DISTINCT DEFERRABLE INITIALLY DEFERRED NOT NULL,
      EXCLUDE USING gist (n WITH =)
    )"""
    statement = parse(text)[1]
    (op,) = statement.ops
    assert isinstance(op, CreateTable)
    parts = [part for column in op.columns for part in (column, *column.constraints)]
    spans = [locate_part(statement, op, part) for part in (*parts, *op.constraints)]
    assert [text[span.start : span.end] for span in spans] == [
        "id bigint /* key, */ PRIMARY KEY",
        "PRIMARY KEY",
        "exclude text DEFAULT 'a,b' CONSTRAINT c CHECK (a <> ',') REFERENCES r ON DELETE SET NULL",
        "CONSTRAINT c CHECK (a <> ',')",
        "REFERENCES r ON DELETE SET NULL",
        "n int UNIQUE NULLS NOT DISTINCT DEFERRABLE INITIALLY DEFERRED NOT NULL",
        "UNIQUE NULLS NOT DISTINCT DEFERRABLE INITIALLY DEFERRED",
        "UNIQUE (id, exclude)",
        "EXCLUDE USING gist (n WITH =)",
    ]


def test_parts_of_alter_table() -> None:
    text = (
        "ALTER TABLE t DROP x, ADD COLUMN IF NOT EXISTS a int CHECK (a > 0) UNIQUE, "
        "ADD CONSTRAINT c CHECK (b)"
    )
    (statement,) = parse(text)
    _, add, constraint = statement.ops
    assert isinstance(add, AddColumn)
    assert isinstance(constraint, AddConstraint)
    parts = [
        (add, add.column),
        *((add, own) for own in add.column.constraints),
        (constraint, constraint.constraint),
    ]
    spans = [locate_part(statement, op, part) for op, part in parts]
    assert [text[span.start : span.end] for span in spans] == [
        "a int CHECK (a > 0) UNIQUE",
        "CHECK (a > 0)",
        "UNIQUE",
        "CONSTRAINT c CHECK (b)",
    ]
