"""DO blocks."""

from __future__ import annotations

import pytest

from migralint.dialects.postgresql import parse
from migralint.ops import AddColumn, Other, Unknown


def seen(text: str) -> list[tuple[str, bool, str]]:
    """(operation, conditional, its text) of the text's last statement."""
    statement = parse(text)[-1]
    assert statement.block
    return [
        (type(op).__name__, op.conditional, text[op.span.start : op.span.end])
        for op in statement.ops
    ]


BLOCK = """select 'é'; DO $body$
DECLARE
  r record; n int; x auth.user_kind; y things[];
BEGIN
  ALTER TABLE é ADD a int; ALTER TABLE é ADD a int;
  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN
    CREATE TYPE mood AS ENUM ('a');
  ELSE
    SELECT count(*)
      INTO STRICT n FROM users;
  END IF;
  FOR r IN SELECT * FROM orders LOOP
    DELETE FROM orders WHERE id = r.id;
  END LOOP;
  PERFORM f(id) FROM logs;
  n := (SELECT max(id) FROM more);
  BEGIN
    DROP TABLE k;
  EXCEPTION WHEN undefined_table THEN
    RAISE NOTICE 'none';
    DROP VIEW k;
  END;
  IF n > 3 THEN RETURN; END IF;
  DROP TABLE z;
END $body$"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_statements_at_their_places(line_end: str) -> None:
    assert seen(BLOCK.replace("\n", line_end)) == [
        ("AddColumn", False, "ALTER TABLE é ADD a int"),
        ("AddColumn", False, "ALTER TABLE é ADD a int"),
        ("CreateType", True, "CREATE TYPE mood AS ENUM ('a')"),
        ("Select", True, f"SELECT count(*){line_end}      INTO STRICT n FROM users"),
        ("Select", False, "SELECT * FROM orders"),
        ("Delete", True, "DELETE FROM orders WHERE id = r.id"),
        ("Select", False, "PERFORM f(id) FROM logs"),
        ("Select", False, "(SELECT max(id) FROM more)"),
        ("DropTable", True, "DROP TABLE k"),
        ("DropView", True, "DROP VIEW k"),
        ("DropTable", True, "DROP TABLE z"),
    ]


def test_equal_statements_have_places_of_their_own() -> None:
    first, second, *_ = parse(BLOCK)[1].ops
    assert isinstance(first, AddColumn)
    assert first.span.end < second.span.start


@pytest.mark.parametrize(
    ("execute", "operation", "text"),
    [
        ("EXECUTE 'ALTER TABLE a ADD b int'", "AddColumn", "ALTER TABLE a ADD b int"),
        ("EXECUTE $q$DROP TABLE a$q$", "DropTable", "DROP TABLE a"),
        ("EXECUTE 'DROP ' || 'TABLE a' USING 1", "DropTable", None),
        ("EXECUTE 'COMMENT ON TABLE a IS ''x'''", "SetComment", None),
        ("EXECUTE format('DROP TABLE a')", "DropTable", "DROP TABLE a"),
        ("EXECUTE format('DROP TABLE %I', 'A')", "DropTable", None),
        ("EXECUTE 'DROP TABLE ' || n", "Unknown", None),
        ("EXECUTE format('DROP TABLE %I', n)", "Unknown", None),
        ("EXECUTE 'nonsense'", "Unknown", None),
    ],
)
def test_execute(execute: str, operation: str, text: str | None) -> None:
    assert seen(f"DO $$ DECLARE n text; BEGIN {execute}; END $$") == [
        (operation, False, text or execute)
    ]


@pytest.mark.parametrize(
    ("block", "cause"),
    [
        ("DO $$ begin foo bar; end $$", "syntax"),
        ("DO LANGUAGE plpython3u $$ x = 1 $$", "language"),
        ("DO $$ x = 1 $$ LANGUAGE 'plv8'", "language"),
    ],
)
def test_not_understood(block: str, cause: str) -> None:
    (op,) = parse(block)[0].ops
    assert isinstance(op, Unknown)
    assert op.cause == cause


def test_nothing_and_escapes() -> None:
    (op,) = parse("DO $$ BEGIN NULL; END $$")[0].ops
    assert op == Other(span=op.span, what="DO")
    text = "DO 'BEGIN COMMENT ON TABLE a IS ''x''; END'"
    assert seen(text) == [("SetComment", False, text)]
    assert seen("DO 'BEGIN DROP TABLE a; END'") == [("DropTable", False, "DROP TABLE a")]
    assert seen("DO $$ BEGIN ALTER TABLE ${s}.a ADD b int; END $$") == [
        ("AddColumn", False, "ALTER TABLE ${s}.a ADD b int")
    ]
