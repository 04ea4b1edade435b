"""`pytest --update` rewrites what tests compare with: expected.txt, the README's texts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migralint import registry

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite recorded texts instead of comparing them"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Recorded texts are rewritten in this run."""
    return bool(request.config.getoption("--update"))


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colours from the environment that the tests happen to run in."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def own_rules() -> Iterator[None]:
    """A plugin that a test used is gone afterwards."""
    rules, plugged = dict(registry.load()), set(registry._PLUGGED)
    yield
    for module in registry._PLUGGED - plugged:
        sys.modules.pop(module, None)
        sys.modules.pop(module.partition(".")[0], None)
    registry._PLUGGED.intersection_update(plugged)
    if len(registry.RULES) != len(rules):
        registry.RULES.clear()
        registry.RULES.update(rules)
