"""Each call of Kysely, read, is what Kysely itself makes of it: recorded by
tests/record/kysely.mjs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migralint import dialects
from migralint.migration import Statement
from migralint.ops import Op
from migralint.source import Source
from migralint.tools.javascript.modules import Modules
from migralint.tools.kysely.values import Place
from migralint.tools.kysely.ways import read_file
from tests.bare import bare

RECORDED = Path(__file__).parents[2] / "fixtures" / "recorded" / "kysely.json"
CALLS: list[dict[str, Any]] = json.loads(RECORDED.read_text())["calls"]


def sent(call: str, dialect: str, parse: Any) -> list[Statement]:
    end = ".execute(db)" if call.startswith("sql") else ".execute()"
    text = (
        "import { Kysely, sql } from 'kysely';\n"
        f"export async function up(db: Kysely<any>): Promise<void> {{\n  await {call}{end};\n}}\n"
    )
    _, up, _, _ = read_file(Source("a.ts", text), parse, Modules(), Place(dialect))
    assert up is not None
    return list(up)


def parsed(sql: str) -> list[Op]:
    return [op for each in dialects.load("postgresql").parse(sql) for op in each.ops]


@pytest.mark.parametrize(
    "entry",
    [each for each in CALLS if each["dialect"] == "postgresql"],
    ids=[each["call"] for each in CALLS if each["dialect"] == "postgresql"],
)
def test_a_call_is_what_the_tool_makes_of_it(entry: dict[str, Any]) -> None:
    statements = sent(entry["call"], "postgresql", dialects.load("postgresql").parse)
    found = [op for each in statements for op in each.ops]
    assert bare(found) == bare(parsed(entry["sql"][0])), entry["sql"]


@pytest.mark.parametrize("dialect", ["mysql", "sqlite"])
def test_the_text_for_another_database(dialect: str) -> None:
    for entry in CALLS:
        if entry["dialect"] != dialect:
            continue
        texts: list[str] = []

        def keep(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
            texts.append(text)  # noqa: B023 - it is called before the next
            return ()

        statements = sent(entry["call"], dialect, keep)
        assert not statements, entry["call"]
        assert [each.lower() for each in texts] == [each.lower() for each in entry["sql"]]


def test_there_are_enough_of_them() -> None:
    assert len(CALLS) >= 390
    assert len({each["call"] for each in CALLS}) >= 130
