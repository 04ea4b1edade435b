"""Every recorded measurement of a real server against our claim; the known differences are named in
the folder's README."""

from __future__ import annotations

import re

import pytest

from tests.truth import FOLDER, cases, differences


def known_differences() -> set[str]:
    """The cases in the README's table."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("version", range(12, 19))
def test_claims_agree_with_the_server(version: int) -> None:
    known = known_differences()
    wrong, judged = {}, 0
    for case, measured in cases():
        if measured == version:
            judged += 1
            found = differences(case, version)
            if found and case["case"] not in known:
                wrong[case["case"]] = found
    assert judged > 300
    assert wrong == {}


def test_known_differences_still_differ() -> None:
    wrong = {case["case"] for case, version in cases() if differences(case, version)}
    assert known_differences() - wrong == set()
