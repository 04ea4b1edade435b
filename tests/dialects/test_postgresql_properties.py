"""Whatever the text, nothing crashes, and spans lie where they say."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from migralint.dialects import lex
from migralint.dialects.postgresql import locate, locate_part, parse
from migralint.ops import AddColumn, CreateTable

SCRIPTS = [
    "ALTER TABLE users ADD COLUMN a text DEFAULT 'x' CHECK (a <> ''), DROP b CASCADE;",
    "CREATE TABLE t (id int PRIMARY KEY, b numeric(1,2) DEFAULT (1), UNIQUE (b), LIKE u); -- é\r\n",
    "CREATE INDEX i ON t (lower(a), (b || 'x')) WHERE (c) IS NOT NULL; /* a /* b */ */",
    "DO $$ DECLARE x int; BEGIN IF x THEN ALTER TABLE é ADD c int; END IF; "
    "EXECUTE 'DROP TABLE z'; END $$;",
    "WITH d AS (DELETE FROM a USING b WHERE a.x = b.x RETURNING *) INSERT INTO c SELECT * FROM d;",
    "COPY t FROM stdin;\n1\t2\n\\.\n\\connect x\n",
    "DROP TABLE IF EXISTS \"a,b\", ${x}.y, :z CASCADE; SELECT E'\\'', $a$ ; $a$ \\gset\n",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;",
    "UPDATE t SET a = (SELECT max(b) FROM u) WHERE id IN (1, 2) AND x BETWEEN 1 AND 2;",
]
PIECES = [
    "'",
    '"',
    "$$",
    "$a$",
    "--",
    "/*",
    "*/",
    ";",
    "(",
    ")",
    ",",
    "é",
    "\0",
    "\r\n",
    "\\",
    "${x}",
    ":a",
    "{{",
    "E'",
    ".",
]


def check(text: str) -> None:
    last = 0
    for statement in parse(text):
        span = statement.span
        assert last <= span.start < span.end <= len(text)
        last = span.end
        assert text[span.start : span.end] == statement.text == statement.text.strip(" \t\r\n\f\v")
        assert statement.ops
        for op in statement.ops:
            assert span.start <= op.span.start <= op.span.end <= span.end
            place = locate(statement, op)
            assert op.span.start <= place.start <= place.end <= op.span.end
            if isinstance(op, CreateTable):
                parts = [locate_part(statement, op, column) for column in op.columns]
                assert all(op.span.start <= part.start < part.end <= op.span.end for part in parts)
            elif isinstance(op, AddColumn):
                part = locate_part(statement, op, op.column)
                assert place.start <= part.start <= part.end <= place.end
    for comment in lex.comments(text):
        assert text[comment.span.start : comment.span.end] == comment.text
    tokens = list(lex.tokens(text))
    assert all(before.end <= after.start for before, after in pairwise(tokens))
    between = [text[a.end : b.start] for a, b in pairwise(tokens)]
    assert not "".join(between).strip(" \t\r\n\f\v")


@settings(deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES + SCRIPTS), max_size=12))
def test_any_pieces(parts: list[str]) -> None:
    check(" ".join(parts))
    check("".join(parts))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SCRIPTS), min_size=1, max_size=3), st.data())
def test_mutated_and_cut(scripts: list[str], data: st.DataObject) -> None:
    text = "".join(scripts)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    put = data.draw(st.sampled_from(["", *PIECES]))
    check(text[:start] + put + text[end:])
    check(text[:start])
    check(text[start:])


@settings(deadline=None)
@given(st.lists(st.sampled_from(SCRIPTS), min_size=1, max_size=4))
def test_both_ways_agree(scripts: list[str]) -> None:
    """A bad statement at the end makes the lexer cut; the others come out the same."""
    scripts = [script for script in scripts if "${" not in script and "stdin" not in script]
    text = "\n".join(scripts)
    assert parse(text) == parse(text + "\nSELEC")[: len(parse(text))]
