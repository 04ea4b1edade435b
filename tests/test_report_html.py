"""The page: what it holds, that nothing in it runs, and what a browser makes of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from migralint import engine, registry, report
from migralint.config import Settings
from migralint.finding import Change, Coverage, Crash, Report, Suppression, Uncovered
from migralint.source import Source, Span
from tests.needs import missing
from tests.reports import finding, written

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

NASTY = "x\"'><script>alert(1)</script>{{ 7*7 }}</style>\x1b[2J\x00\udcff`"
V1 = """\
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
CREATE INDEX orders_note ON orders (note);
"""
V2 = """\
ALTER TABLE orders ADD COLUMN paid boolean;
CREATE INDEX orders_paid ON orders (paid);
CREATE TABLE customers (id bigint PRIMARY KEY);
DROP TABLE orders;
"""
V3 = """\
SELECT 1;
"""


@pytest.fixture
def page(tmp_path: Path) -> str:
    (tmp_path / ".git").mkdir()
    for name, text in (("V1__a.sql", V1), ("V2__b.sql", V2), ("V3__c.sql", V3)):
        (tmp_path / name).write_text(text)
    found = engine.check(["."], Settings(), cwd=str(tmp_path), effects=True)
    enabled = frozenset(registry.RULES)
    text = report.render("html", found, enabled=enabled, cwd=str(tmp_path))
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    return text


class Tags(HTMLParser):
    """The elements of a page, and whether they are closed in order."""

    VOID = frozenset({"meta", "input", "br", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_for_nothing(page: str) -> None:
    tags = Tags(page)
    assert tags.open == []
    names = [tag for tag, _ in tags.found]
    assert names.count("script") == 1
    assert not {"img", "link", "iframe", "object"} & set(names)
    links = [attributes.get("href") for tag, attributes in tags.found if tag == "a"]
    targets = {f"#{attributes['id']}" for _, attributes in tags.found if attributes.get("id")}
    assert links
    assert set(links) <= targets
    assert not re.search(r"(?:https?:)?//\w", page.replace("http-equiv", ""))


def test_the_page_tells_the_story_of_the_schema(page: str) -> None:
    text = re.sub(r"<style>.*</style>|<script>.*</script>|<[^>]*>", "\n", page, flags=re.DOTALL)
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    assert "made table orders" in lines
    assert "made table customers" in lines
    assert "dropped table orders" in lines
    assert "SHARE on orders" not in lines[: lines.index("dropped table orders")]
    assert any(line.startswith("ACCESS EXCLUSIVE on orders") for line in lines)
    # In the table of tables.
    at = lines.index("in 1")
    assert lines[at - 2 : at + 3] == ["orders", "made", "in 1", "dropped", "in 2"]


def test_the_picture_is_as_tall_as_the_locks(page: str) -> None:
    classes = re.findall(r'<rect [^>]*class="(\w+)"', page)
    # Nobody waits for a table that the same migration makes, nor for what is read.
    assert classes[:2] == ["free", "free"]
    assert classes[2] == "all"
    heights = [float(height) for height in re.findall(r'<rect [^>]*height="([\d.]+)"', page)]
    assert heights[:3] == [2.0, 2.0, 22.0]


def test_names_stay_text() -> None:
    source = Source(f"db/{NASTY}.sql", f"DROP TABLE {NASTY};\n")
    text = written(
        "html",
        finding(
            path=source.path,
            source=source,
            span=Span(0, 10),
            message=f"Table {NASTY} is gone.",
            help=f"Write `{NASTY.replace('`', '')}`.",
            statement=source.text,
            relations=(f"public.{NASTY}",),
            migration=NASTY,
        ),
        finding("users", suppressed=Suppression("inSource", NASTY)),
        coverage=Coverage(1, 1, 2, 1, (Uncovered(source.path, 1, NASTY),)),
        crashes=(Crash("MIG101", source.path, NASTY),),
        notes=(NASTY,),
    )
    tags = Tags(text)
    assert tags.open == []
    assert [tag for tag, _ in tags.found].count("script") == 1
    assert "49" not in re.sub(r"<style>.*?</style>|sha256-\S*", "", text, flags=re.DOTALL)
    assert "{{ 7*7 }}" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", text)


def test_a_page_without_findings_says_so() -> None:
    text = written("html")
    assert "No problems" in text
    assert Tags(text).open == []


def test_changes_are_the_difference_between_two_points() -> None:
    def changes(*statements: str) -> list[tuple[str, str, str, str]]:
        files = {f"V{number}__x.sql": text for number, text in enumerate(statements, 1)}
        found: list[Change] = []
        for migration in _effects(files)[1:]:
            found += migration.changes
        return [(each.verb, each.kind, each.table, each.name) for each in found]

    start = "CREATE TABLE a (id bigint PRIMARY KEY, b int); CREATE INDEX a_b ON a (b);"
    assert changes(start, "ALTER TABLE a ADD c int, DROP b;") == [
        ("dropped", "column", "a", "b"),
        ("made", "column", "a", "c"),
        ("dropped", "index", "a", "a_b"),
    ]
    assert changes(start, "ALTER TABLE a ALTER b TYPE bigint, ALTER b SET NOT NULL;") == [
        ("changed", "column", "a", "b")
    ]
    assert changes(start, "ALTER TABLE a ADD CONSTRAINT u UNIQUE (b);") == [
        ("made", "constraint", "a", "u")
    ]
    assert changes(start, "DROP TABLE a;") == [("dropped", "table", "a", "a")]
    assert changes(start, "CREATE TABLE b (id int); DROP TABLE b;") == []
    assert changes(start, "CREATE TYPE t AS ENUM ('x');", "ALTER TYPE t ADD VALUE 'y';") == [
        ("made", "type", "", "t"),
        ("changed", "type", "", "t"),
    ]
    assert changes(start, "CREATE VIEW v AS SELECT b FROM a;") == [("made", "view", "v", "v")]
    assert changes("SELECT 1;", "ALTER TABLE never_seen ADD x int;") == []


def _effects(files: dict[str, str]) -> Any:
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text)
        return engine.check(
            [folder], Settings(), cwd=os.path.realpath(folder), effects=True
        ).migrations


def test_effects_are_only_there_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "V1__a.sql").write_text(V1)
    assert engine.check(["."], Settings(), cwd=str(tmp_path)).migrations == ()


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        missing("browser", "chromium and chromedriver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    for word in (
        "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
        "disable-component-update disable-sync disable-dev-shm-usage"
    ).split():
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    yield opened
    opened.quit()


def test_a_browser_filters(browser: Chrome, page: str, tmp_path: Path) -> None:
    browser.get((tmp_path / "page.html").as_uri())
    assert browser.get_log("browser") == []

    def shown() -> int:
        return len(
            [
                each
                for each in browser.find_elements("css selector", ".finding")
                if each.is_displayed()
            ]
        )

    every = shown()
    assert every == page.count("<article")
    assert browser.find_element("id", "shown").text == f"{every} of {every}"
    browser.find_element("css selector", "input[value=error]").click()
    assert shown() == len(re.findall('data-severity="(?!error)', page)) < every
    browser.find_element("css selector", "input[value=error]").click()
    family = browser.find_element("css selector", "select option:nth-child(2)")
    family.click()
    assert 0 < shown() == page.count(f'data-family="{family.text}"') < every
    browser.find_element("css selector", "select option").click()
    browser.find_element("css selector", "input[type=search]").send_keys("orders_paid SHARE")
    assert shown() == 1
    # A link from a migration leads to its finding, whatever the filter hides.
    browser.execute_script("location.hash = document.querySelector('.migration a[href]').hash")
    browser.find_element("css selector", ".finding:target")
    assert browser.get_log("browser") == []


def test_a_browser_runs_nothing_that_a_migration_holds(browser: Chrome, tmp_path: Path) -> None:
    attack = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    source = Source("a.sql", "DROP TABLE a;\n")
    found = Report(
        (finding(path="a.sql", source=source, span=Span(0, 4), message=attack, help=attack),),
        Coverage(1, 1, 1, 1),
        notes=(attack,),
    )
    file = tmp_path / "page.html"
    text = report.render("html", found, enabled=(), cwd=str(tmp_path))
    # Even where something got through as markup, the policy of the page would not let it run.
    file.write_text(text.replace("<main>", f"<main>{attack}"), encoding="utf-8")
    browser.get(file.as_uri())
    assert browser.title != "run"
    assert browser.find_element("id", "shown").text == "1 of 1"


def test_the_page_reads_without_its_script(browser: Chrome, page: str, tmp_path: Path) -> None:
    file = tmp_path / "plain.html"
    file.write_text(re.sub("<script>.*</script>", "", page, flags=re.DOTALL), encoding="utf-8")
    browser.get(file.as_uri())
    assert not browser.find_element("id", "filter").is_displayed()
    findings = browser.find_elements("css selector", ".finding")
    assert findings
    assert all(each.is_displayed() for each in findings)
    width = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
