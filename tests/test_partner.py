"""A second process that parses a long history from its end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from migralint import engine
from migralint.config import Settings
from migralint.dialects import postgresql
from migralint.migration import Root, Statement
from migralint.parsed import remembering
from migralint.partner import Partner, partner
from migralint.tools import flyway

FILES = 450


@pytest.fixture
def root(tmp_path: Path) -> Root:
    for number in range(1, FILES + 1):
        text = f"CREATE TABLE t{number} (id bigint PRIMARY KEY, \u00e9 text);\nSELECT {number};\n"
        if number % 100 == 0:
            text = f"CREATE TABLE t{number} (;\n"
        (tmp_path / f"V{number}__a.sql").write_text(text, encoding="utf-8")
    (tmp_path / f"V{FILES + 1}__latin.sql").write_bytes(b"SELECT '\xe9';\n")
    names = tuple(sorted(each.name for each in tmp_path.iterdir()))
    return Root(str(tmp_path), "db", "flyway", "postgresql", files=names)


def read(root: Root, with_partner: Partner | None) -> list[tuple[Statement, ...]]:
    with remembering(with_partner):
        project = flyway.read(root, postgresql.parse)
    assert len(project.migrations) == FILES
    return [each.up.statements for each in project.migrations]


def test_what_is_read_is_the_same(root: Root) -> None:
    alone = read(root, None)
    helper = partner(root, postgresql.parse)
    assert helper is not None
    until = time.monotonic() + 30
    while helper.waiting < FILES and time.monotonic() < until:
        time.sleep(0.05)
        helper.listen()
    assert helper.waiting == FILES
    assert read(root, helper) == alone
    assert helper.waiting == 0, "what the other process told was not asked for"


def test_nothing_is_lost_with_the_other_process(root: Root) -> None:
    helper = partner(root, postgresql.parse)
    assert helper is not None
    os.kill(helper.process, 9)
    assert read(root, helper) == read(root, None)


def test_files_in_pieces_are_read_alone(root: Root) -> None:
    goose = Root(root.path, "db", "goose", "postgresql", files=root.files)
    assert partner(goose, postgresql.parse) is None


def test_a_check_asks_for_it(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LONG", 100)
    told: list[int] = []
    listen = Partner.listen

    def counting(self: Partner) -> None:
        listen(self)
        told.append(self.waiting)

    monkeypatch.setattr(Partner, "listen", counting)
    found = [
        [
            (each.code, each.path, each.span, each.message)
            for each in engine.check([root.path], Settings(), cwd=root.path, jobs=jobs).findings
        ]
        for jobs in (1, 2)
    ]
    assert told
    assert found[0]
    assert found[0] == found[1]
