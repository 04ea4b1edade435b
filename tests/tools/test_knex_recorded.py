"""What Knex itself writes for each call, against what is read of it: on PostgreSQL the operations
are the same, on MySQL and SQLite the SQL is. `tests/record/knex.mjs` records it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from migralint import dialects
from migralint.migration import Statement
from migralint.source import Source
from migralint.tools.knex.migration import read_migration
from tests.bare import bare

PARSE = dialects.load("postgresql").parse
FILE = Path(__file__).parents[2] / "fixtures" / "recorded" / "knex.json"
RECORDED = json.loads(FILE.read_text(encoding="utf-8"))["calls"]
DIALECTS = ("postgresql", "mysql", "sqlite")
DIFFERENT = (
    # MySQL: what it sends depends on what the database says the column is.
    (("mysql",), "renameColumn", "a rename is written, for CHANGE with the type that is looked up"),
    (("mysql",), "t.setNullable(", "the type of the column is looked up"),
    (("mysql",), "t.dropNullable(", "the type of the column is looked up"),
    (DIALECTS, "predicate: knex.where('b', '>', 5)", "Knex leaves out the values: it fails"),
)
"""(databases, what stands in the call, why what is read is not what is recorded)."""


def sent(call: str, dialect: str) -> tuple[list[str], list[Statement]]:
    """The SQL that is read of a call, and its statements as the parser has them."""
    texts: list[str] = []

    def parse(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
        texts.append(text)
        return PARSE(text) if dialect == "postgresql" else ()

    source = Source("a.js", f"exports.up = (knex) => {call};\n")
    _, up, _, _ = read_migration(source, dialect, parse)
    assert up is not None
    return texts, list(up)


def ops(statements: list[Statement]) -> list[Any]:
    return [bare(op) for each in statements for op in each.ops]


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def different(call: str, dialect: str) -> bool:
    return any(dialect in names and words in call for names, words, _ in DIFFERENT)


CASES = [
    pytest.param(each, id=f"{each['dialect']}-{each['call']}")
    for each in RECORDED
    if "sql" in each and not different(each["call"], each["dialect"])
]


@pytest.mark.parametrize("case", CASES)
def test_what_is_read_is_what_knex_sends(case: dict[str, Any]) -> None:
    texts, statements = sent(case["call"], case["dialect"])
    if case["dialect"] != "postgresql":
        assert [plain(each) for each in texts] == [plain(each) for each in case["sql"]]
        return
    recorded = [statement for sql in case["sql"] for statement in PARSE(sql)]
    assert ops(statements) == ops(recorded)


def test_enough_is_recorded() -> None:
    counts = Counter(each["dialect"] for each in RECORDED if "sql" in each)
    assert len({each["call"] for each in RECORDED}) >= 500
    assert all(counts[dialect] >= 500 for dialect in DIALECTS)


def test_the_list_of_differences_is_short() -> None:
    left = {each["call"] for each in RECORDED if different(each["call"], each["dialect"])}
    assert len(left) <= 6
