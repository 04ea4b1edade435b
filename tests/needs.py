"""What tests need of the machine beside Python: without it they are skipped, unless
`MIGRALINT_REQUIRE` names it; then they fail."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import NoReturn

import pytest


def missing(name: str, what: str) -> NoReturn:
    """Something is not there; where it has to be, that is a failure."""
    if name in os.environ.get("MIGRALINT_REQUIRE", "").split(","):
        pytest.fail(f"the tests have to have {what} here")
    pytest.skip(f"{what} is missing")


def need(name: str, module: str) -> None:
    if find_spec(module) is None:
        missing(name, f"{name}, of the dev extra,")
