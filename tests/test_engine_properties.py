"""Whatever migrations say, the engine judges them: nothing raises, and every place is in its file.

The statements are from real histories and from rules' pages, cut, mixed and put together in any
order, so that each meets schemas that it was not written for.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trees import plant

from migralint import engine
from migralint.config import Settings
from migralint.finding import Report
from migralint.registry import load
from migralint.report import FORMATS, render

PAGES = Path(__file__).parent.parent / "rules"
_FENCE = re.compile(r"^```sql[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
STATEMENTS = sorted(
    {
        statement.strip() + ";\n"
        for page in sorted(PAGES.glob("*.md"))
        for block in _FENCE.findall(page.read_text(encoding="utf-8"))
        for statement in re.split(r";\n", block)
        if statement.strip()
    }
)
WORDS = (
    "CREATE ALTER DROP TABLE INDEX CONCURRENTLY IF EXISTS NOT NULL UNIQUE PRIMARY KEY REFERENCES "
    "CHECK ADD COLUMN TYPE SET DEFAULT USING CONSTRAINT FOREIGN VALIDATE RENAME TO SCHEMA VIEW "
    "MATERIALIZED CASCADE SELECT INSERT INTO VALUES UPDATE DELETE FROM WHERE BEGIN COMMIT ROLLBACK "
    "DO $$ END LANGUAGE FUNCTION TRIGGER PARTITION OF ATTACH DETACH a b users orders public.a int "
    "text bigint ( ) , ; . ' \" -- /* */ é 日本 \0 \r\n \n ${x} :y 1 * = GRANT ON"
).split(" ")
MARKS = ("", ";", "'", '"', "$$", "--", "/*", "*/", "(", ")", "\0", "é", "\U0001f600", "\r", "\n")
LOOSE = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

loose = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
known = st.lists(st.sampled_from(STATEMENTS), max_size=6).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Known statements with a piece taken out and a mark put in."""
    text = draw(known)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 40)))
    return text[:start] + draw(st.sampled_from(MARKS)) + text[end:]


texts = st.one_of(st.text(max_size=60), loose, known, mutated())
histories = st.lists(texts, min_size=1, max_size=4)
EVERYTHING = Settings(select=("all",))


def hold(files: dict[str, str], report: Report) -> None:
    """What is true of every report."""
    assert not report.crashes
    assert not [path for path in files if path not in {*files, *report.coverage.not_analysed}]
    for finding in report.findings:
        text = files[finding.path].removeprefix("\ufeff")
        assert finding.message
        for source, span in (
            (finding.source, finding.span),
            *((each.source, each.span) for each in finding.related),
        ):
            assert 0 <= span.start <= span.end <= len(source.text)
        if finding.source.text:
            assert finding.source.text == text
    for format in FORMATS:
        document = render(format, report, enabled=load(), cwd="", colour=False)
        document.encode()
        if format == "json":
            for each in json.loads(document)["findings"]:
                assert (each["line"], each["column"]) <= (each["end_line"], each["end_column"])


def number(history: list[str]) -> dict[str, str]:
    return {f"{number}_x.sql": text for number, text in enumerate(history, 1)}


@LOOSE
@given(histories, st.sampled_from([12, 15, 18]))
def test_any_history_is_judged(history: list[str], version: int) -> None:
    history = [text.encode("utf-8", "replace").decode() for text in history]
    files = number(history)
    hold(files, engine.check_files(files, EVERYTHING, version=version))


@LOOSE
@given(histories, st.sampled_from(["goose", "dbmate", "flyway", "golang-migrate", "atlas"]))
def test_any_history_of_any_tool_is_judged(history: list[str], tool: str) -> None:
    history = [text.encode("utf-8", "replace").decode() for text in history]
    heads = {"goose": "-- +goose Up\n", "dbmate": "-- migrate:up\n"}
    ends = {"golang-migrate": "_x.up.sql", "flyway": "__x.sql"}
    start = "V" if tool == "flyway" else ""
    files = {
        f"{start}{number}{ends.get(tool, '_x.sql')}": heads.get(tool, "") + text
        for number, text in enumerate(history, 1)
    }
    hold(files, engine.check_files(files, EVERYTHING, tool=tool))


@LOOSE
@given(histories)
def test_the_statements_of_locks_are_slices(history: list[str]) -> None:
    history = [text.encode("utf-8", "replace").decode() for text in history]
    files = number(history)
    with tempfile.TemporaryDirectory() as folder:
        plant(Path(folder), files)
        entries, _ = engine.locks(["."], Settings(), cwd=folder, down=True, tool="sql")
    for entry in entries:
        lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", files[entry.path].removeprefix("\ufeff"))
        start = sum(map(len, lines[: entry.line - 1])) + entry.column - 1
        assert "".join(lines)[start:].startswith(entry.text)
        assert entry.text


def test_the_statements_are_those_of_the_pages() -> None:
    assert len(STATEMENTS) > 200
