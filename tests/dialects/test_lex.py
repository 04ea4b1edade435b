"""The lexer: statements, comments and tokens of any text."""

from __future__ import annotations

import time

import pytest

from migralint.dialects import lex


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("", []),
        (" ;; -- nothing\n ; /* at all */", []),
        ("select 1; select 2", ["select 1", "select 2"]),
        ("-- a\nselect 1 -- b\n; /* c */ select 2 /* d */", ["select 1", "select 2"]),
        ("select ';' ; select \";\"", ["select ';'", 'select ";"']),
        ("select 'it''s;'; select E'\\';'; select date';'", None),
        ("select $$;$$; select $a$ ; $$ ; $a$; select a$b$c", None),
        ("select /* ; /* ; */ ; */ 1; select 2", None),
        ("create function f() begin atomic select case when a then 1 end; b; end; select 2", 2),
        ("select 1 \\gset\n\\connect x\nselect 2;", ["select 1", "select 2"]),
        ("copy t from stdin;\n1;'\n\\.\nselect 2", ["copy t from stdin", "select 2"]),
        ("copy t from stdin; select 2", ["copy t from stdin", "select 2"]),
        ("select 'open ; select 2", ["select 'open ; select 2"]),
        ("select $$ open ; select 2", ["select $$ open ; select 2"]),
        ("select 1; /* open ; select 2", ["select 1", "/* open ; select 2"]),
        ("select 1 /* open ; /* */ ; ", ["select 1 /* open ; /* */ ;"]),
        ("drop table ${a};\r\n{% if x; %} drop table b; ", None),
    ],
)
def test_statements(text: str, statements: list[str] | int | None) -> None:
    found = [text[span.start : span.end] for span in lex.statements(text)]
    if isinstance(statements, list):
        assert found == statements
    elif isinstance(statements, int):
        assert len(found) == statements
    else:
        # Each is one of the pieces between "; " that the text is joined from.
        assert all(piece and piece.strip() == piece and not piece.endswith(";") for piece in found)
        assert len(found) == {"select 'it": 3, "select $$;": 3, "select /* ": 2}.get(text[:10], 2)


def test_statements_of_a_part_count_in_the_whole_text() -> None:
    text = "select 1; select 2; select 3"
    (span,) = lex.statements(text, 9, 19)
    assert text[span.start : span.end] == "select 2"


def test_comments() -> None:
    text = "-- a\nselect '-- no', $$ -- no $$ /* b /* c */ */;\ncopy t from stdin;\n-- no\n\\.\n--d"
    found = lex.comments(text)
    assert [comment.text for comment in found] == ["-- a", "/* b /* c */ */", "--d"]
    assert all(text[c.span.start : c.span.end] == c.text for c in found)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('a."b"', "word symbol identifier"),
        ("x::int := :y", "word symbol word symbol placeholder"),
        ("${a} ${b:c} $V {{ x }} {% y %} %(z)s :'q' :\"r\"", " ".join(["placeholder"] * 8)),
        (
            "$1 1.5e3 $$x$$ $t$x$t$ E'\\'' B'1' U&\"x\"",
            "number number string string string string identifier",
        ),
        ("-- c\n/* d */ \\echo", "comment comment meta"),
        ("a$b é_1", "word word"),
    ],
)
def test_tokens(text: str, kinds: str) -> None:
    assert " ".join(token.kind for token in lex.tokens(text)) == kinds


@pytest.mark.parametrize(
    "bit",
    ["/*", "$a", "{{", "${", "'", "e'\\'", "- ", ":a", "select $$;$$;", "begin atomic;", "\\x\n;"],
)
def test_time_is_linear(bit: str) -> None:
    text = bit * 100_000
    start = time.perf_counter()
    lex.statements(text)
    lex.comments(text)
    assert time.perf_counter() - start < 5
