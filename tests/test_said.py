"""What findings say is held against a server word by word: wrong words are seen, and none is passed
over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migralint.finding import Finding, StatementEffects
from migralint.locks import Effects, Lock
from migralint.ops import Name
from migralint.source import Source, Span
from tests import said, test_pages
from tests.measure import Measured
from tests.play import Step

USERS = Name("users", "public")
EFFECTS = Effects(
    locks=(Lock(USERS, "SHARE"),), scans=(USERS,), index_builds=(Name("by_email", "public"),)
)
FINDING = Finding(
    code="MIG101",
    name="index-not-concurrent",
    severity="error",
    message=(
        "Building index by_email holds a SHARE lock, which blocks writes to users until it is"
        " built, and reads the whole table."
    ),
    path="a.sql",
    span=Span(0, 1),
    source=Source("a.sql", ""),
    relations=("public.users",),
    lock="SHARE",
    effects=EFFECTS,
)
FOUND = Measured(
    kinds={"users": "r", "by_email": "i"},
    index_of={"by_email": "users"},
    locks={"users": {"SHARE"}},
    held={"users": {"SHARE"}, "by_email": {"ACCESS EXCLUSIVE"}},
    scanned={"users"},
    built={"by_email"},
)


def step(found: Measured) -> Step:
    claims = StatementEffects(
        path="a.sql",
        line=1,
        column=1,
        migration="1",
        direction="up",
        text="CREATE INDEX by_email ON users (email)",
        operations=("CreateIndex",),
        in_transaction=True,
        effects=EFFECTS,
    )
    return Step("a.sql", Span(0, 1), claims, found, frozenset({"users"}), False)


def test_what_is_right_is_not_wrong() -> None:
    assert list(said.wrong(FINDING, step(FOUND))) == []


@pytest.mark.parametrize(
    "message",
    [
        "This holds an EXCLUSIVE lock, which blocks writes to users.",
        "This holds a SHARE lock, which blocks reads and writes of users.",
        "This holds a SHARE lock, which blocks writes to users and orders.",
        "The transaction also holds SHARE on orders from an earlier statement.",
        "This has a SHARE lock on it.",
        "This rewrites users.",
        "This reads all of users and orders.",
        "Building index by_name takes until it is built.",
        "Changing it builds by_name again.",
        "This fails on PostgreSQL 18 (SQLSTATE 42601): nobody knows why.",
        "This fails: users is there.",
        "This fails if two rows have the same key.",
        "This scans something.",
    ],
)
def test_a_wrong_message_is_seen(message: str) -> None:
    assert list(said.wrong(replace(FINDING, message=message), step(FOUND)))


@pytest.mark.parametrize(
    "effects",
    [
        {"locks": (Lock(USERS, "EXCLUSIVE"),)},
        {"rewrites": (USERS,)},
        {"scans": (Name("orders", "public"),)},
        {"index_builds": (Name("by_name", "public"),)},
    ],
)
def test_a_wrong_effect_is_seen(effects: dict[str, Any]) -> None:
    finding = replace(FINDING, effects=replace(EFFECTS, **effects))
    assert list(said.wrong(finding, step(FOUND)))


@pytest.mark.parametrize(
    "finding", [replace(FINDING, lock="EXCLUSIVE"), replace(FINDING, relations=("public.orders",))]
)
def test_a_wrong_lock_is_seen(finding: Finding) -> None:
    assert any(line.startswith("lock:") for line in said.wrong(finding, step(FOUND)))


def test_every_pattern_is_of_some_message(tmp_path: Path) -> None:
    messages = "\n".join(
        finding.message
        for number, (page, case) in enumerate(test_pages.ALL)
        for version in case.versions
        for finding in test_pages.findings(
            case, version, page.code, tmp_path / f"{number}-{version}"
        )
    )
    patterns = [pattern for pattern, _ in (*said.WORDS, *said.ELSEWHERE)]
    assert [each for each in patterns if not re.search(each, messages, re.MULTILINE)] == []
