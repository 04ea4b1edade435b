"""Each call of Sequelize's, read, is what Sequelize itself sends for it: recorded by
tests/record/sequelize.mjs. On PostgreSQL the operations are the same; for the others, whose SQL is
not parsed yet, the text is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migralint import dialects
from migralint.migration import Statement
from migralint.ops import Op, Unknown
from migralint.source import Source
from migralint.tools.files import Parse
from migralint.tools.javascript.modules import Modules
from migralint.tools.sequelize.revision import read_file
from migralint.tools.sequelize.writers import OPTIONS_AT, WRITERS
from tests.bare import bare

RECORDED = Path(__file__).parents[2] / "fixtures" / "recorded" / "sequelize.json"
CALLS: list[dict[str, Any]] = json.loads(RECORDED.read_text())["calls"]
PARSE = dialects.load("postgresql").parse
HEAD = "module.exports = {\n  async up(queryInterface, Sequelize) {\n    await "
DEFERRED = "ALTER TABLE `users` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `teams` (`id`)"
OTHERWISE = {
    "ALTER TABLE `users` CHANGE `nick` `alias` VARCHAR(255) DEFAULT NULL;": (
        "ALTER TABLE `users` RENAME COLUMN `nick` TO `alias`;"
    ),
    "ALTER TABLE `app.users` CHANGE `nick` `alias` VARCHAR(255) DEFAULT NULL;": (
        "ALTER TABLE `app.users` RENAME COLUMN `nick` TO `alias`;"
    ),
    f"{DEFERRED} undefined;": f"{DEFERRED};",
}
"""What Sequelize asks the database for before it writes, so that a reader cannot write the same:
the type of a column that it renames on MySQL. And what it writes there by mistake."""
KIND_ASKED = "queryInterface.removeConstraint("
"""On MySQL it asks what kind of constraint it is to drop; what is read drops a constraint."""


def sent(call: str, parse: Parse) -> list[Statement]:
    source = Source("1_a.js", f"{HEAD}{call};\n  }},\n}};\n")
    _, up, _, _ = read_file(source, parse, Modules(), "postgresql")
    assert up is not None
    return list(up)


def written(call: str, dialect: str) -> tuple[list[str], list[Statement]]:
    """The queries that a call is read as, and what is said of those that are not."""
    texts: list[str] = []

    def note(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
        texts.append(text)
        return ()

    source = Source("1_a.js", f"{HEAD}{call};\n  }},\n}};\n")
    _, up, _, _ = read_file(source, note, Modules(), dialect)
    assert up is not None
    return texts, list(up)


def squeezed(texts: list[str]) -> list[str]:
    return ["".join(text.split()).rstrip(";") for text in texts]


def named(entry: dict[str, Any]) -> str:
    return f"{entry['dialect']} {entry['call']}"


@pytest.mark.parametrize(
    "entry",
    [each for each in CALLS if each["dialect"] == "postgresql" and "sql" in each],
    ids=named,
)
def test_a_call_does_what_sequelize_makes_of_it(entry: dict[str, Any]) -> None:
    found = [op for each in sent(entry["call"], PARSE) for op in each.ops]
    wanted: list[Op] = [op for text in entry["sql"] for each in PARSE(text) for op in each.ops]
    assert bare(found) == bare(wanted), entry["sql"]


@pytest.mark.parametrize("entry", [each for each in CALLS if "sql" in each], ids=named)
def test_a_call_is_written_as_sequelize_writes_it(entry: dict[str, Any]) -> None:
    texts, _ = written(entry["call"], entry["dialect"])
    wanted = [OTHERWISE.get(text, text) for text in entry["sql"]]
    if entry["call"].startswith(KIND_ASKED) and entry["dialect"] == "mysql":
        assert all("DROP CONSTRAINT `users_email_key`" in text for text in texts)
        assert texts
    else:
        assert squeezed(texts) == squeezed(wanted)


@pytest.mark.parametrize("entry", [each for each in CALLS if "rebuilds" in each], ids=named)
def test_what_makes_a_table_anew_is_not_read(entry: dict[str, Any]) -> None:
    _, up = written(entry["call"], entry["dialect"])
    assert any(
        isinstance(op, Unknown) and op.reason.startswith("on SQLite, Sequelize makes")
        for each in up
        for op in each.ops
    )


def test_there_are_enough_of_them() -> None:
    by_dialect = {
        dialect: [each for each in CALLS if each["dialect"] == dialect]
        for dialect in ("postgresql", "mysql", "sqlite")
    }
    assert all(len(each) >= 170 for each in by_dialect.values())
    called = {each["call"].partition("(")[0].rpartition(".")[2] for each in CALLS}
    assert set(WRITERS) <= called
    assert set(OPTIONS_AT) == {*WRITERS, "query"}
