"""Each call of node-pg-migrate, read, is what node-pg-migrate itself makes of it: recorded by
tests/record/node_pg_migrate.mjs."""

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
from migralint.tools.node_pg_migrate.operations import BACK, WRITERS
from migralint.tools.node_pg_migrate.values import Style
from migralint.tools.node_pg_migrate.ways import read_file, shorthands
from tests.bare import bare

RECORDED = Path(__file__).parents[2] / "fixtures" / "recorded" / "node_pg_migrate.json"
CALLS: list[dict[str, Any]] = json.loads(RECORDED.read_text())["calls"]
IMPORTS = "import { PgLiteral, PgType } from 'node-pg-migrate';\n"
SHORTHANDS = """\
import { PgLiteral } from 'node-pg-migrate';
exports.shorthands = {
  money: { type: 'numeric(10, 2)', notNull: true, default: 0 },
  price: { type: 'money', check: 'price >= 0' },
  createdAt: { type: 'timestamp', notNull: true, default: new PgLiteral('current_timestamp') },
  code: 'varchar(12)',
};
"""
STYLES = {
    "plain": Style(),
    "decamelized": Style(True),
    "shorthands": Style(False, shorthands(Source("1_first.js", SHORTHANDS))),
}


def parsed(steps: list[str]) -> list[Op]:
    parse = dialects.load("postgresql").parse
    return [op for step in steps for each in parse(step) for op in each.ops]


def ways(call: str, kind: str) -> tuple[list[Statement], list[Statement] | None]:
    text = f"{IMPORTS}exports.up = (pgm) => {{\n  {call};\n}};\n"
    source = Source("1_a.js", text)
    parse = dialects.load("postgresql").parse
    _, up, down, _ = read_file(source, parse, Modules(), STYLES[kind])
    assert up is not None
    return list(up), None if down is None else list(down)


@pytest.mark.parametrize("entry", CALLS, ids=[each["call"] for each in CALLS])
def test_a_call_is_what_the_tool_makes_of_it(entry: dict[str, Any]) -> None:
    up, down = ways(entry["call"], entry["kind"])
    found = [op for each in up for op in each.ops]
    wanted = parsed(entry["sql"])
    assert bare(found) == bare(wanted), entry["sql"]
    if isinstance(entry["down"], str):
        assert down is None, entry["down"]
    else:
        assert down is not None
        assert bare([op for each in down for op in each.ops]) == bare(parsed(entry["down"]))


def test_there_are_enough_of_them() -> None:
    assert len(CALLS) >= 220
    called = {each["call"].partition("(")[0].removeprefix("pgm.") for each in CALLS}
    assert called == set(WRITERS)
    assert set(BACK) < set(WRITERS)
