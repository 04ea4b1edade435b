"""Each call of TypeORM's query runner, read, is what TypeORM itself sends: recorded by
tests/record/typeorm.mjs."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from migralint import dialects
from migralint.ops import Op
from migralint.schema import Schema
from migralint.source import Source
from migralint.tools.javascript.modules import Modules
from migralint.tools.typeorm.before import take
from migralint.tools.typeorm.migration import read_file
from tests.bare import bare

RECORDED = Path(__file__).parents[2] / "fixtures" / "recorded" / "typeorm.json"
CALLS: list[dict[str, Any]] = json.loads(RECORDED.read_text())["calls"]
NAMES = "Table, TableColumn, TableIndex, TableForeignKey, TableUnique, TableCheck, TableExclusion"
FILE = f"""\
import {{ {NAMES}, View }} from "typeorm";
export class Call1700000000000 {{
    async up(queryRunner) {{
        await %s;
    }}
}}
"""
PARSE = dialects.load("postgresql").parse


def read(entry: dict[str, Any]) -> tuple[list[Op], list[str]]:
    """What our reading says that the call sends: as operations, and as SQL."""
    schema = Schema()
    if entry["dialect"] == "postgresql":
        for each in entry["setup"]:
            take(schema, PARSE(each))
    source = Source("1700000000000-Call.ts", FILE % entry["call"])
    _, up, _, _ = read_file(source, PARSE, Modules(), entry["dialect"], schema=schema)
    assert up is not None
    texts = [each.embedded.text if each.embedded is not None else "" for each in up]
    return [op for each in up for op in each.ops], list(dict.fromkeys(texts))


def words(sql: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\s*([(),])\s*", r"\1", sql)).strip()


ENTRIES = [pytest.param(each, id=f"{each['dialect']} {each['call']}") for each in CALLS]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_call_is_what_the_tool_sends(entry: dict[str, Any]) -> None:
    ops, texts = read(entry)
    if entry["dialect"] == "postgresql":
        # TypeORM has asked the server which schema comes first in the search path.
        sent = [sql.replace('"public".', "") for sql in entry["sql"]]
        wanted = [op for sql in sent for each in PARSE(sql) for op in each.ops]
        assert bare(ops) == bare(wanted), entry["sql"]
    else:
        assert list(map(words, texts)) == list(map(words, entry["sql"]))


def test_there_are_enough_of_them() -> None:
    counts = Counter(each["dialect"] for each in CALLS)
    assert counts["postgresql"] >= 100
    assert sum(counts.values()) >= 140
    assert counts.keys() == {"postgresql", "mysql", "sqlite"}
