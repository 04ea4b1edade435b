"""SARIF as GitHub takes it: each of its limits and traps, and the standard's own schema.

`schemas/sarif-2.1.0.json` is the schema that OASIS publishes with the standard (errata 01).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migralint import registry, report, toml
from migralint.finding import Coverage, Crash, Finding, Fix, Related, Report, Suppression, Uncovered
from migralint.report.linehash import LineHashes
from migralint.source import Edit, Source, Span
from tests.reports import SOURCE, TEXT, at, finding, written

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text())
ROOT = Path(__file__).resolve().parent.parent
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


# The values are those of the published algorithm's own tests.
@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (
            " a\nb\n  \t\tc\n d",
            [
                "271789c17abda88f:1",
                "54703d4cd895b18:1",
                "180aee12dab6264:1",
                "a23a3dc5e078b07b:1",
            ],
        ),
        (
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
            [
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ],
        ),
        (
            "x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n",
            [
                "e54938cc54b302f1:1",
                "bb609acbe9138d60:1",
                "1131fd5871777f34:1",
                "5c482a0f8b35ea28:1",
                "54517377da7028d2:1",
                "2c644846cb18d53e:1",
                "f1b89f20de0d133:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
        (
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
            [
                "e9496ae3ebfced30:1",
                "fb7c023a8b9ccb3f:1",
                "ce8ba1a563dcdaca:1",
                "e20e36e16fcb0cc8:1",
                "b3edc88f2938467e:1",
                "c8e28b0b4002a3a0:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
        (
            "Lorem ipsum dolor sit amet.\n" * 10,
            [
                *(f"a7f2ff13bc495cf2:{number}" for number in range(1, 7)),
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
    ],
)
def test_line_hashes_are_githubs(text: str, keys: list[str]) -> None:
    lines = LineHashes(text)
    assert [lines.key(number) for number in range(1, len(keys) + 1)] == keys


def published(text: str) -> list[str]:
    """The published algorithm, unit by unit: a window of 100 units slides over the text, and the
    hash of a line is known when its first unit is about to leave it."""
    data = text.encode("utf-16-le", "surrogatepass")
    units = [data[at] | data[at + 1] << 8 for at in range(0, len(data), 2)]
    window = [0] * 100
    started: list[bool] = [False] * 100
    value, at, starts, after_cr = 0, 0, True, False
    counts: dict[str, int] = {}
    found = []

    def leave() -> None:
        if started[at]:
            started[at] = False
            key = f"{value:x}"
            counts[key] = counts.get(key, 0) + 1
            found.append(f"{key}:{counts[key]}")

    for unit in [*units, 0xFFFF, *[-1] * 100]:
        if unit in (0x20, 0x09) or (after_cr and unit == 0x0A):
            after_cr = False
            continue
        after_cr = unit == 0x0D
        unit = 0x0A if after_cr else unit
        leave()
        if starts and unit != -1:
            started[at] = True
        starts = unit == 0x0A or (starts and unit == -1)
        unit = max(unit, 0)
        value = (37 * value + unit - 37**100 * window[at]) % 2**64
        window[at] = unit
        at = (at + 1) % 100
    return found


@given(st.text(st.sampled_from("ab \t\r\n;é日😀\u2028\x0b"), max_size=400))
def test_line_hashes_are_githubs_whatever_the_text(text: str) -> None:
    keys = published(text)
    lines = LineHashes(text)
    assert [lines.key(number) for number in range(1, len(keys) + 1)] == keys
    assert len(keys) == len(Source("a.sql", text).line_starts)


def test_line_hashes_count_utf16_units_and_the_byte_order_mark() -> None:
    assert LineHashes("😀" * 50).key(1) == LineHashes("😀" * 50 + "x").key(1)
    assert LineHashes("a", mark=True).key(1) != LineHashes("a").key(1)


def sarif(*findings: Finding, **fields: object) -> Any:
    """The one run of a report, which the schema takes."""
    document = json.loads(written("sarif", *findings, **fields))  # type: ignore[arg-type]
    VALIDATOR.validate(document)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    return run


def test_sarif_results_have_all_that_github_needs() -> None:
    related = Related("created [here]", SOURCE.path, at("users"), SOURCE)
    run = sarif(
        finding(help="Do it.", related=(related,)), finding(suppressed=Suppression("inSource"))
    )
    (result,) = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "MIG101"
    assert run["columnKind"] == "unicodeCodePoints"
    (place,) = result["locations"]
    assert place["physicalLocation"]["region"] == {
        "startLine": 4,
        "startColumn": 15,
        "endLine": 4,
        "endColumn": 56,
    }
    assert set(result["partialFingerprints"]) == {"primaryLocationLineHash", "migralint/v1"}
    assert r"[created \[here\]](1)" in result["message"]["text"]
    assert result["relatedLocations"][0]["id"] == 1


def test_sarif_paths_are_seen_from_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    for path, uri in (
        ("db/V1__a b.sql", "sub/db/V1__a%20b.sql"),
        ("../x/ü.sql", "x/%C3%BC.sql"),
        (str(tmp_path / "abs.sql"), "abs.sql"),
    ):
        (result,) = sarif(finding(path=path))["results"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place == {"uri": uri}


def test_sarif_findings_without_a_span_have_a_region_all_the_same() -> None:
    (result,) = sarif(finding(span=Span(0, 0)))["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}


def test_sarif_tells_of_crashes_and_of_what_was_not_read() -> None:
    run = sarif(
        coverage=Coverage(1, 1, 2, 1, (Uncovered("a.sql", 0, "is empty"),)),
        crashes=(Crash("MIG101", "a.sql", "KeyError: 'x'"),),
        notes=("PostgreSQL 15 assumed",),
    )
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    levels = [each["level"] for each in invocation["toolExecutionNotifications"]]
    assert levels == ["error", "note", "note", "note"]


def test_sarif_says_where_migralint_is_published() -> None:
    run = sarif(finding())
    home = run["tool"]["driver"]["informationUri"]
    project = toml.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert home == project["urls"]["Homepage"] == f"https://pypi.org/project/{project['name']}/"
    # The pages of the rules are nowhere yet.
    assert not any("helpUri" in rule for rule in run["tool"]["driver"]["rules"])


def test_sarif_rules_do_not_vary_with_results() -> None:
    some = sorted(registry.load())[:5]
    for findings in ((), (finding(code=some[-1]),)):
        made = Report(findings, Coverage(1, 1, 1, 1))
        run = json.loads(report.render("sarif", made, enabled=frozenset(some), cwd="."))["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == some
        for rule in rules:
            assert rule["help"]["text"]
            assert rule["help"]["markdown"]
            assert "More cases" not in rule["help"]["markdown"]
            assert len(rule["fullDescription"]["text"]) <= 1024


def test_sarif_is_capped_and_keeps_the_gravest(monkeypatch: pytest.MonkeyPatch) -> None:
    from migralint.report import sarif as module

    monkeypatch.setattr(module, "RESULTS", 2)
    run = sarif(finding(severity="info"), finding(), finding(severity="warning"))
    assert [each["level"] for each in run["results"]] == ["error", "warning"]
    (invocation,) = run["invocations"]
    assert "1 of 3 findings" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_is_what_its_schema_says_for_real_migrations(root: Path) -> None:
    from migralint import engine
    from migralint.config import Settings

    found = engine.check(["fixtures/shop"], Settings(), cwd=str(root), fixes=True)
    text = report.render("sarif", found, enabled=frozenset(registry.load()), cwd=str(root))
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert document["runs"][0]["results"]
    # A second run says the same: there is no time in it.
    assert text == report.render("sarif", found, enabled=frozenset(registry.RULES), cwd=str(root))


def test_sarif_rules_keep_within_githubs_limits() -> None:
    made = Report((), Coverage(1, 1, 1, 1))
    every = frozenset(registry.load())
    document = json.loads(report.render("sarif", made, enabled=every, cwd="."))
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(every)
    for rule in rules:
        assert 0 < len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        properties = rule["properties"]
        assert len(properties["tags"]) <= 10
        assert properties["precision"] in ("very-high", "high", "medium", "low")
        assert properties["problem.severity"] in ("error", "warning", "recommendation")


def test_sarif_calls_security_only_what_is() -> None:
    made = Report((), Coverage(1, 1, 1, 1))
    document = json.loads(report.render("sarif", made, enabled=set(registry.load()), cwd="."))
    severe = {
        rule["name"]: rule["properties"]["security-severity"]
        for rule in document["runs"][0]["tool"]["driver"]["rules"]
        if "security-severity" in rule["properties"]
    }
    assert set(severe) == {
        "definer-without-search-path",
        "granted-to-public",
        "row-security-disabled",
        "view-bypasses-row-security",
    }
    for name, severity in severe.items():
        assert isinstance(severity, str)
        assert 0 < float(severity) <= 10
        assert registry.named(name).family == "security"


def test_sarif_follows_links_and_escapes_paths(tmp_path: Path) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "db").mkdir()
    os.symlink(tmp_path / "repo" / "db", tmp_path / "link")
    for path, uri in (
        ("x.sql", "db/x.sql"),
        ("./a%b#c?.sql", "db/a%25b%23c%3F.sql"),
        ("..name.sql", "db/..name.sql"),
        ("c:d.sql", "db/c%3Ad.sql"),
        ("\udcff.sql", "db/%FF.sql"),
    ):
        (result,) = sarif(finding(path=path), cwd=str(tmp_path / "link"))["results"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place == {"uri": uri}


def test_sarif_columns_are_code_points_and_ends_exclusive() -> None:
    source = Source("a.sql", "SELECT '😀'; DROP TABLE a;\r\nDROP TABLE b;\r\n")
    (result,) = sarif(finding(path="a.sql", source=source, span=at("DROP TABLE a", source)))[
        "results"
    ]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 13, "endLine": 1, "endColumn": 25}
    (result,) = sarif(finding(path="a.sql", source=source, span=at("DROP TABLE a;\r\n", source)))[
        "results"
    ]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 13, "endLine": 1, "endColumn": 26}


def test_sarif_fingerprints_do_not_know_the_line() -> None:
    moved = Source(SOURCE.path, f"-- one\n-- two\n{TEXT}")
    (first,) = sarif(finding())["results"]
    (second,) = sarif(finding(source=moved, span=at("CREATE INDEX", moved)))["results"]
    assert first["partialFingerprints"] == second["partialFingerprints"]


def test_sarif_messages_hold_no_links_but_ours() -> None:
    (result,) = sarif(finding(message='Table "[a](1)" is gone.'))["results"]
    assert result["message"]["text"] == 'Table "\\[a](1)" is gone.'


def test_sarif_has_a_category_that_ends_in_a_slash() -> None:
    assert "automationDetails" not in sarif(finding())
    for name in ("billing", "billing/"):
        run = sarif(finding(), asked={"category": name})
        assert run["automationDetails"] == {"id": "billing/"}


def test_sarif_has_what_is_suppressed_only_where_asked_for() -> None:
    findings = (
        finding(),
        finding("users", suppressed=Suppression("inSource", "it is small")),
        finding("id bigint", suppressed=Suppression("external", "baseline: known")),
    )
    assert len(sarif(*findings)["results"]) == 1
    assert "baselineState" not in sarif(*findings)["results"][0]
    results = sarif(*findings, asked={"suppressed": True})["results"]
    assert [result.get("suppressions") for result in results] == [
        None,
        [{"kind": "inSource", "justification": "it is small"}],
        [{"kind": "external", "justification": "baseline: known"}],
    ]
    assert [result["baselineState"] for result in results] == ["new", "new", "unchanged"]


def test_sarif_has_the_fixes_that_stay_in_their_file() -> None:
    inside = Fix("Build it concurrently", (Edit(Span(0, 6), "DROP"), Edit(Span(7, 7), "x ")))
    (result,) = sarif(finding(fix=inside))["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 7},
            "insertedContent": {"text": "DROP"},
        },
        {
            "deletedRegion": {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 8},
            "insertedContent": {"text": "x "},
        },
    ]
    outside = Fix("Split it", new_files=(("b.sql", "SELECT 1;\n"),))
    assert "fixes" not in sarif(finding(fix=outside))["results"][0]
