"""What is read of a migration of MikroORM's is what its own runner sends for it: recorded by
tests/record/mikro_orm.mjs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migralint import dialects, tools
from migralint.migration import Root
from migralint.ops import Op
from migralint.session import Session
from tests.tools.test_sequelize_recorded import bare
from tests.trees import plant

RECORDED = Path(__file__).parents[2] / "fixtures" / "recorded" / "mikro_orm.json"
CALLS: list[dict[str, Any]] = json.loads(RECORDED.read_text())["calls"]
PARSE = dialects.load("postgresql").parse


@pytest.mark.parametrize("entry", CALLS, ids=[each["call"] for each in CALLS])
def test_a_migration_sends_what_mikro_orm_does(entry: dict[str, Any], tmp_path: Path) -> None:
    own = "isTransactional() { return false; }" if "alone" in entry else ""
    text = (
        "import { Migration } from '@mikro-orm/migrations';\n"
        f"export class Migration1 extends Migration {{\n  {own}\n"
        f"  async up(): Promise<void> {{\n    {entry['call']}\n  }}\n}}\n"
    )
    plant(tmp_path, {"Migration1.ts": text})
    root = Root(str(tmp_path), ".", "mikro-orm", "postgresql", files=("Migration1.ts",))
    script = tools.read(root, PARSE).migrations[0].up
    inside = [sql for sql in entry["sql"] if sql not in ("BEGIN", "COMMIT")]
    wanted: list[Op] = [op for sql in inside for each in PARSE(sql) for op in each.ops]
    assert bare([op for each in script.statements for op in each.ops]) == bare(wanted)
    session = Session(script)
    opened = set()
    for number, statement in enumerate(script.statements):
        session.enter(statement, number)
        opened.add(session.open)
    several = len(script.statements) > 1  # One query of several statements is one transaction.
    assert opened == {"BEGIN" in entry["sql"] or several}


def test_there_are_enough_of_them() -> None:
    assert len(CALLS) >= 15
