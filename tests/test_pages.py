"""The rules' pages are their tests: every block of SQL, Python, JavaScript or TypeScript is linted,
and must say what it is marked with. The words after the language:

    earlier     what history holds already, not judged: above the first heading for the whole page,
                else for its section
    bad         exactly the lines marked `-- MIG101` (`# MIG101`, `// MIG101`) are found by the
                page's own rule
    good        no rule that is on by default finds anything, nor does the page's own
    merged      what stood in the file of the next block when it was merged
    bad 1 …     successive migrations of one project
    fixed       what --fix --unsafe-fixes makes of the bad block before it; fixed 1, fixed 2 … that
                and the new migrations, in the order of their names
    flyway …    the tool that runs it; plain SQL where none is named
    pg=16       the server's version, or pg=12-17 for both; else the block holds for the oldest and
                the newest one supported
    file=a/b    where the block stands, which the tool's own way of naming says otherwise
    latin-1     how the file is written, if not in UTF-8
    discover    the folder is given as users give it; at=db is where the finding is, if in no file
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from migralint import config, dialects, engine, merged, pages, registry, tools
from migralint.finding import Finding
from migralint.migration import Project, Root
from migralint.ops import Op
from migralint.tools.files import Parse

NAMED = {
    "alembic": "versions/000{n}_page.py",
    "atlas": "2025010{n}000000_page.sql",
    "dbmate": "2025010{n}000000_page.sql",
    "diesel": "2025-01-0{n}-000000_page/up.sql",
    "django": "app/migrations/000{n}_page.py",
    "drizzle": "2025010{n}000000_page/migration.sql",
    "flyway": "V{n}__page.sql",
    "golang-migrate": "00000{n}_page.up.sql",
    "goose": "0000{n}_page.sql",
    "knex": "2025010{n}000000_page.js",
    "liquibase": "00{n}_page.sql",
    "prisma": "2025010{n}000000_page/migration.sql",
    "sql": "000{n}_page.sql",
    "sqlx": "2025010{n}000000_page.sql",
    "supabase": "2025010{n}000000_page.sql",
    "typeorm": "173572560{n}000-Page.ts",
}
"""How each tool names its files."""
HEADS = {
    "goose": "-- +goose Up\n",
    "dbmate": "-- migrate:up\n",
    "liquibase": "--liquibase formatted sql\n--changeset page:earlier\n",
}
"""What a file of the tool begins with, put above what is written for no tool."""


def revision(block: pages.Block, number: int) -> str:
    """A revision of Alembic: what each one has stands below the block, so that its lines stay; SQL
    is executed."""
    text = block.text
    if block.language == "sql":
        text = f"def upgrade():\n    op.execute({text!r})\n"
    if "down_revision" not in text:
        text += f'\nrevision = "r{number}"\n'
        text += f"down_revision = {f'r{number - 1}' if number > 1 else None!r}\n"
    return f"{text}\nimport sqlalchemy as sa\nfrom alembic import op\n"


def of_knex(block: pages.Block, number: int) -> str:
    """A migration of Knex; SQL is sent as it is."""
    if block.language != "sql":
        return block.text
    return f"exports.up = (knex) => knex.raw({json.dumps(block.text)});\n"


def of_typeorm(block: pages.Block, number: int) -> str:
    """A migration of TypeORM: the import that each one has stands below it; SQL is sent as it
    is."""
    if block.language == "sql":
        name = f"Earlier173572560{number}000"
        sent = f"await queryRunner.query({json.dumps(block.text)});"
        return f"export class {name} {{\n  async up(queryRunner) {{\n    {sent}\n  }}\n}}\n"
    if "class" not in block.text:
        return block.text
    return f"{block.text}{TYPEORM}"


TYPEORM = 'import { MigrationInterface, QueryRunner } from "typeorm";\n'


def migration(text: str, number: int) -> str:
    """A migration of Django: the import that each one has, and what it comes after."""
    if "dependencies" not in text:
        after = f'("app", "000{number - 1}_page")' if number > 1 else ""
        text = f"{text}    dependencies = [{after}]\n"
    return f"from django.db import migrations, models\n{text}"


EACH = re.compile(
    r"^(?:(?:down_)?revision = .*|import sqlalchemy as sa|from alembic import op"
    r"|from django\.db import migrations.*|    dependencies = \[[^\]]*\]"
    r"|import \{ MigrationInterface, QueryRunner \} from \"typeorm\";)?\n",
    re.MULTILINE,
)
"""What each file of code has, and empty lines."""


def shown(text: str, tool: str) -> str:
    """What a page would show of a file."""
    return EACH.sub("", text) if tool in tools.CODE else text


WHOLE = {"alembic": revision, "knex": of_knex, "typeorm": of_typeorm}
"""Tools whose files are made of a block, which may be in SQL, too: what was there earlier."""
VERSIONS = (engine.OLDEST_SUPPORTED, 18)
MARK = re.compile(r"(?:--|#|//)\s*((?:MIG\d{3}[ ,]*)+)")
CODE = ("sql", "python", "js", "ts")
"""Languages of which every block is run."""
KINDS = ("earlier", "merged", "bad", "good", "fixed")
KEYS = ("pg", "file", "at")
ENCODINGS = ("utf-8", "latin-1")


@dataclass
class File:
    path: str
    text: str
    encoding: str
    checked: bool


@dataclass
class Case:
    """One project to lint: the blocks of the page that belong together."""

    name: str
    kind: str
    tool: str
    files: list[File] = field(default_factory=list)
    versions: tuple[int, ...] = VERSIONS
    discover: bool = False
    at: str | None = None
    fixed: list[str] = field(default_factory=list)
    merged: pages.Block | None = None

    def wanted(self, code: str) -> set[tuple[str, int]]:
        """The places that are marked."""
        if self.at:
            return {(self.at, 1)}
        return {
            (file.path, number)
            for file in self.files
            if file.checked
            for number, line in enumerate(file.text.splitlines(), 1)
            for mark in MARK.finditer(line)
            if code in mark[1]
        }


def tool_of(block: pages.Block) -> str:
    return next((word for word in block.words if word in tools.NAMES), "sql")


def word(block: pages.Block, key: str) -> str | None:
    return next(
        (each.partition("=")[2] for each in block.words if each.startswith(f"{key}=")), None
    )


def file_of(block: pages.Block, number: int, tool: str, checked: bool) -> File:
    encoding = next((each for each in block.words if each in ENCODINGS), "utf-8")
    path = word(block, "file") or NAMED[tool].format(n=number)
    head = "" if tool in block.words else HEADS.get(tool, "")
    text = WHOLE[tool](block, number) if tool in WHOLE else head + block.text
    text = migration(text, number) if tool == "django" else text
    return File(path, text, encoding, checked)


def versions_of(block: pages.Block) -> tuple[int, ...]:
    said = word(block, "pg")
    return tuple(map(int, said.split("-"))) if said else VERSIONS


def cases(page: pages.Page) -> Iterator[Case]:
    """The projects that a page makes of its blocks; a block that belongs to none is a mistake."""
    earlier: list[pages.Block] = []
    series: tuple[Case, int] | None = None
    bad: Case | None = None
    merged: pages.Block | None = None
    for block in page.blocks:
        kinds = [each for each in KINDS if each in block.words]
        assert block.language in (*CODE, "toml", "json", "text", "sum"), (
            f"line {block.line}: no reader of {block.language!r} yet: extend this test with it"
        )
        if not kinds:
            assert block.language not in CODE, f"line {block.line}: nobody runs this block"
            continue
        (kind,) = kinds
        known = {*KINDS, *tools.NAMES, *ENCODINGS, "discover"}
        for each in block.words:
            assert each in known or each.isdigit() or each.partition("=")[0] in KEYS, (
                f"line {block.line}: what does {each!r} mean?"
            )
        if kind == "earlier":
            earlier = [each for each in earlier if each.section in ("", block.section)] + [block]
            continue
        if kind == "merged":
            merged = block
            continue
        if kind == "fixed":
            assert bad is not None, f"line {block.line}: what was fixed?"
            assert bad.tool == tool_of(block), f"line {block.line}: that is another tool's"
            bad.fixed.append(block.text)
            if len(bad.fixed) == 1:  # It is as good as what the page calls so.
                before = [file for file in bad.files if not file.checked]
                mended = Case(f"line {block.line}", "good", bad.tool, before, bad.versions)
                yield mended
            mended.files.append(file_of(block, len(mended.files) + 1, bad.tool, True))
            continue
        number = next((int(each) for each in block.words if each.isdigit()), None)
        if number is not None and number > 1:
            assert series is not None
            assert (series[0].kind, series[1]) == (kind, number - 1), (
                f"line {block.line}: {number} of what?"
            )
            case = series[0]
        else:
            case = Case(
                f"line {block.line}",
                kind,
                tool_of(block),
                versions=versions_of(block),
                discover="discover" in block.words,
                at=word(block, "at"),
                merged=merged,
            )
            merged = None
            before = [
                each
                for each in earlier
                if each.section in ("", block.section)
                and (
                    each.language == block.language == "sql"
                    or tool_of(each) == case.tool
                    or (case.tool in WHOLE and tool_of(each) == "sql")
                )
            ]
            case.files += [file_of(each, n, case.tool, False) for n, each in enumerate(before, 1)]
        case.files.append(file_of(block, len(case.files) + 1, case.tool, True))
        series = (case, number) if number is not None else None
        bad = case if kind == "bad" else None
        if number in (None, 1):
            yield case


def findings(case: Case, version: int, code: str, folder: Path) -> list[Finding]:
    """All findings of a case that count, with the page's rule on."""
    for file in case.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.text.encode(file.encoding))
    settings = config.Settings(extend_select=(code,))
    if case.discover:
        report = engine.check([str(folder)], settings, cwd=str(folder))
        return [each for each in report.findings if each.suppressed is None]
    asked = frozenset(str(folder / file.path) for file in case.files if file.checked)
    names = tuple(sorted(file.path for file in case.files))
    root = Root(
        str(folder), ".", case.tool, "postgresql", checked=asked, version=version, files=names
    )
    parse = dialects.load("postgresql").parse
    project = tools.read(root, parse)
    if case.merged is not None:
        project = compared(project, case, parse, folder)
    report = engine.check_projects([project], settings)
    assert not report.crashes
    return [each for each in report.findings if each.suppressed is None]


def compared(project: Project, case: Case, parse: Parse, folder: Path) -> Project:
    """The project, beside what it was when its first file was merged."""
    assert case.merged is not None
    then = folder / "merged"
    was = file_of(case.merged, 1, case.tool, False)
    path = then / was.path
    path.parent.mkdir(parents=True)
    path.write_text(was.text, encoding=was.encoding)
    root = Root(str(then), ".", case.tool, "postgresql", files=(was.path,))
    known = merged.Merged("main", tools.read(root, parse), {was.path: was.path})
    return merged.compared(project, known, (), root)


def place(finding: Finding) -> tuple[str, int]:
    return finding.path, finding.source.position(finding.span.start)[0]


ALL = [(page, case) for page in map(pages.page, pages.names()) for case in list(cases(page))]


@pytest.mark.parametrize(
    ("page", "case"), ALL, ids=[f"{page.name}-{case.name}-{case.kind}" for page, case in ALL]
)
def test_block(page: pages.Page, case: Case, tmp_path: Path) -> None:
    on = {rule.code for rule in registry.load().values() if rule.default}
    for version in case.versions:
        found = findings(case, version, page.code, tmp_path / str(version))
        shown = "\n".join(
            f"{place(each)} {each.code} {each.name}: {each.message}" for each in found
        )
        if case.kind == "bad":
            wanted = case.wanted(page.code)
            assert wanted, "a bad block has a line marked with the page's code"
            assert {place(each) for each in found if each.code == page.code} == wanted, shown
        else:
            assert not [each for each in found if each.code in {*on, page.code}], shown


@pytest.mark.parametrize("name", pages.names())
def test_a_page_shows_both(name: str) -> None:
    kinds = {case.kind for case in cases(pages.page(name))}
    assert kinds >= {"bad", "good"}


@pytest.mark.parametrize("name", pages.names())
def test_a_message_says_what_to_do(name: str, tmp_path: Path) -> None:
    """Messages and helps are whole sentences, and a rule that judges operations always helps."""
    page = pages.page(name)
    rule = registry.named(name)
    for number, case in enumerate(cases(page)):
        for finding in findings(case, case.versions[0], page.code, tmp_path / str(number)):
            if finding.code == page.code:
                assert finding.message.endswith((".", ".)")), finding.message
                assert finding.help.endswith((".", "")), finding.help
                assert "\n" not in finding.message + finding.help
                assert finding.help or not rule.on
                for step in finding.plan.steps if finding.plan else ():
                    assert step.ops
                    assert all(isinstance(op, Op) for op in step.ops)
