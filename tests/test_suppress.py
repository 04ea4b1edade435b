"""Ignore comments and the settings' word on findings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from trees import plant

from migralint import cli, registry
from migralint.finding import Finding
from migralint.migration import Comment, Migration, Project, Script, Statement, Transaction
from migralint.neighbours import ATLAS, ATLAS_ANALYZERS, SQUAWK
from migralint.selection import apply_settings, enabled, reselected
from migralint.source import Source, Span
from migralint.suppress import suppress

COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@pytest.fixture(autouse=True)
def _rules() -> None:
    registry.load()


def linted(text: str, tool: str = "plain", ran: frozenset[str] | None = None) -> list[Finding]:
    """What is said of a file in which each CREATE INDEX is a MIG101, each DROP a MIG201."""
    source = Source("db/1.sql", text)
    bare = COMMENT.sub(lambda match: re.sub(r"\S", " ", match[0]), text)
    statements = tuple(
        Statement(Span(match.start(), match.end()), match[0], ())
        for match in re.finditer(r"[^;\s][^;]*(?=;)", bare)
    )
    comments = tuple(
        Comment(Span(match.start(), match.end()), match[0]) for match in COMMENT.finditer(text)
    )
    script = Script(source, "up", statements, Transaction("file"), comments)
    project = Project(".", tool, "postgresql", (Migration("1", script),))
    findings = [
        Finding(
            code, registry.RULES[code].name, "error", "x", source.path, each.span, source,
            statement_span=each.span,
        )
        for each in statements
        for word, code in (("CREATE INDEX", "MIG101"), ("DROP", "MIG201"))
        if word in each.text
    ]  # fmt: skip
    return suppress(findings, [project], ran=ran)


def said(text: str, **more: object) -> list[str]:
    """The codes that count, with their lines."""
    return [
        f"{each.code}:{each.source.position(each.span.start)[0]}"
        for each in linted(text, **more)  # type: ignore[arg-type]
        if each.suppressed is None
    ]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX a ON b (c); -- migralint: ignore[MIG101] small table\n",
        "-- migralint: ignore[MIG101]\nCREATE INDEX a ON b (c);\n",
        "-- migralint: ignore[MIG101]\n-- another comment\nCREATE INDEX a ON b (c);\n",
        "CREATE INDEX a\n  ON b -- migralint: ignore[index-not-concurrent]\n  (c);\n",
        "/* migralint: ignore[ MIG101 ,MIG201] both */\nCREATE INDEX a ON b (c); DROP TABLE d;\n",
        "CREATE INDEX a ON b (c); -- see below -- migralint: ignore[MIG1]\n",
        "CREATE INDEX a ON b (c);\n-- migralint: ignore-file[MIG101] all of it\n",
        "CREATE INDEX a ON b (c); -- migralint: ignore[all]\n",
        "CREATE INDEX a ON b (c); -- MIGRALINT\n-- migralint: ignore-file[all]\n",
    ],
)
def test_ignored(text: str) -> None:
    assert said(text) == []


def test_the_reason_is_kept() -> None:
    (found,) = linted("CREATE INDEX a ON b (c); -- migralint: ignore[MIG101] small table \n")
    assert found.suppressed is not None
    assert (found.suppressed.kind, found.suppressed.reason) == ("inSource", "small table")


def test_a_trailing_comment_does_not_speak_for_the_next_statement() -> None:
    text = "SELECT 1; -- migralint: ignore[MIG101]\nCREATE INDEX a ON b (c);\n"
    assert said(text) == ["MIG007:1", "MIG101:2"]


def test_a_comment_above_speaks_for_the_next_statement_only() -> None:
    text = "-- migralint: ignore[MIG101]\nCREATE INDEX a ON b (c);\nCREATE INDEX b ON b (c);\n"
    assert said(text) == ["MIG101:3"]


def test_an_empty_line_ends_what_a_comment_speaks_for() -> None:
    text = "-- migralint: ignore[MIG101]\n\nCREATE INDEX a ON b (c);\n"
    assert said(text) == ["MIG007:1", "MIG101:3"]


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("ignore", "names no rule"),
        ("ignore because it is small", "names no rule"),
        ("ignore[]", "names no rule"),
        ("ignore[MIG999]", "MIG999 is no rule"),
        ("ignore[index-not-concurent]", "index-not-concurent is no rule"),
        ("ignroe[MIG101]", "not understood"),
        ("disable[MIG101]", "not understood"),
    ],
)
def test_a_typo_is_reported_and_suppresses_nothing(comment: str, words: str) -> None:
    spoken, found = linted(f"-- migralint: {comment}\nCREATE INDEX a ON b (c);\n")
    assert (spoken.code, spoken.severity) == ("MIG006", registry.RULES["MIG006"].severity)
    assert words in spoken.message
    assert found.suppressed is None


def test_a_bare_ignore_is_told_what_to_write() -> None:
    spoken = linted("SELECT 1; -- migralint: ignore\n")[0]
    assert "ignore[all]" in spoken.help


def test_a_typo_is_pointed_at() -> None:
    text = "-- migralint: ignore[MIG101, index-not-concurent] why\nCREATE INDEX a ON b (c);\n"
    (spoken,) = (each for each in linted(text) if each.suppressed is None)
    assert text[spoken.span.start : spoken.span.end] == "index-not-concurent"
    assert "index-not-concurrent" in spoken.help


@pytest.mark.parametrize("comment", ["transaction=none", "the linter that we use"])
def test_other_comments_are_left_alone(comment: str) -> None:
    assert said(f"-- migralint: {comment}\nSELECT 1;\n") == []


def test_an_unused_ignore_is_reported() -> None:
    text = (
        "SELECT 1; -- migralint: ignore[MIG101, MIG201]\nDROP TABLE a; -- migralint: ignore[all]\n"
    )
    assert said(text) == ["MIG007:1", "MIG007:1"]
    assert said("-- migralint: ignore-file[MIG1]\nSELECT 1;\n") == ["MIG007:1"]


def test_an_ignore_of_a_rule_that_did_not_run_is_not_unused() -> None:
    text = "SELECT 1; -- migralint: ignore[MIG101]\n"
    assert said(text, ran=frozenset({"MIG201"})) == []
    assert said(text, ran=frozenset({"MIG101"})) == ["MIG007:1"]
    assert said("SELECT 1; -- migralint: ignore[MIG1]\n", ran=frozenset({"MIG101"})) == []


def test_an_unused_ignore_can_be_ignored() -> None:
    assert said("SELECT 1; -- migralint: ignore[MIG101, MIG007]\n") == []
    assert (
        said("SELECT 1; -- migralint: ignore[MIG101] -- migralint: ignore[unused-ignore]\n") == []
    )


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("-- atlas:nolint\nCREATE INDEX a ON b (c);\nCREATE INDEX d ON b (c);\n", ["MIG101:3"]),
        ("-- atlas:nolint\n\nCREATE INDEX a ON b (c);\nCREATE INDEX d ON b (c);\n", []),
        ("SELECT 1;\n-- atlas:nolint\n\nCREATE INDEX a ON b (c);\n", ["MIG101:4"]),
        ("-- atlas:nolint PG101\nCREATE INDEX a ON b (c);\n", []),
        ("-- atlas:nolint concurrent_index\nCREATE INDEX a ON b (c);\n", []),
        ("-- atlas:nolint destructive\nCREATE INDEX a ON b (c);\n", ["MIG101:2"]),
    ],
)
def test_atlas_comments(text: str, codes: list[str]) -> None:
    assert said(text, tool="atlas") == codes


def test_other_linters_checks_are_rules_of_ours() -> None:
    names = {name for table in (ATLAS, SQUAWK) for names in table.values() for name in names}
    assert names <= {rule.name for rule in registry.RULES.values()}
    for prefix in ATLAS_ANALYZERS.values():
        assert any(code.startswith(prefix) or prefix.startswith(code) for code in ATLAS)


def test_atlas_comments_suppress_nothing_elsewhere() -> None:
    (finding,) = linted("-- atlas:nolint\nCREATE INDEX a ON b (c);\n")
    assert (finding.suppressed, finding.severity) == (None, "warning")


def settings(**fields: object) -> object:
    """Stands in for the configuration's settings."""
    from migralint.config import Settings

    return Settings(**fields)


def test_the_default_rules_are_on() -> None:
    assert enabled(settings()) == {code for code, rule in registry.RULES.items() if rule.default}  # type: ignore[arg-type]


def test_the_more_exact_selector_wins() -> None:
    on = enabled(settings(select=("MIG1",), ignore=("MIG101",)))  # type: ignore[arg-type]
    assert on == {code for code in registry.RULES if code.startswith("MIG1")} - {"MIG101"}
    assert enabled(settings(select=("MIG101",), ignore=("MIG1",))) == {"MIG101"}  # type: ignore[arg-type]
    assert enabled(settings(select=("index-not-concurrent",), ignore=("all",))) == {"MIG101"}  # type: ignore[arg-type]
    assert enabled(settings(select=("MIG101",), ignore=("MIG101",))) == set()  # type: ignore[arg-type]


def test_the_command_line_wins_over_the_file() -> None:
    file = settings(select=("MIG2",), ignore=("MIG101",))
    now = reselected(file, select=["MIG101"], extend_select=[], ignore=[])  # type: ignore[arg-type]
    assert enabled(now) == {"MIG101"}
    now = reselected(file, select=["MIG1"], extend_select=[], ignore=[])  # type: ignore[arg-type]
    assert "MIG101" not in enabled(now)
    now = reselected(file, select=None, extend_select=["MIG101"], ignore=["MIG2"])  # type: ignore[arg-type]
    assert enabled(now) == {"MIG101"}


def test_settings_are_applied(tmp_path: object) -> None:
    found = linted("CREATE INDEX a ON b (c);\nDROP TABLE d;\n")
    now = settings(
        severity={"MIG1": "info", "MIG101": "warning"},
        ignore=("MIG201",),
    )
    (only,) = apply_settings(found, now, str(tmp_path))  # type: ignore[arg-type]
    assert (only.code, only.severity, only.suppressed) == ("MIG101", "warning", None)


@pytest.mark.parametrize(
    ("pattern", "spared"),
    [("/db/", True), ("/db/*.sql", True), ("/other/**", False), ("/**/1.sql", True)],
)
def test_per_file_ignores(tmp_path: object, pattern: str, spared: bool) -> None:
    found = linted("CREATE INDEX a ON b (c);\n")
    now = settings(per_file_ignores={f"{tmp_path}{pattern}": ("MIG1",)})
    (only,) = apply_settings(found, now, str(tmp_path))  # type: ignore[arg-type]
    assert (only.suppressed is not None) is spared
    if only.suppressed is not None:
        assert only.suppressed.kind == "external"


def test_a_reason_can_be_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "DROP TABLE a; -- migralint: ignore[MIG2]{}\n"
    plant(
        tmp_path,
        {
            "migrations/0001_a.sql": text.format(""),
            "migrations/0002_b.sql": text.format(" unused since 4.2"),
            "migralint.toml": "require-reason = true\n",
        },
    )
    arguments = ["--select=MIG204", "--format=concise", "--no-cache"]
    assert cli.main(arguments) == 1
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("migrations/")] == [
        ["migrations/0001_a.sql:1:1:", "MIG204"],
        ["migrations/0001_a.sql:1:29:", "MIG009"],
    ]
    plant(tmp_path, {"migralint.toml": ""})
    assert cli.main(arguments) == 0
