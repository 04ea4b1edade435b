"""The project's own laws."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import migralint
from migralint import pages, registry, toml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "migralint"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_pages" not in path.parts)
RETIRED: dict[str, str] = {}
"""Codes of rules that are gone, with their names: a code is never used again."""
HEAVY = (
    "jinja2",
    "libcst",
    "sqlglot",
    "tree_sitter",
    "tree_sitter_javascript",
    "tree_sitter_typescript",
    "yaml",
)


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def same(path: Path, wanted: str, update: bool) -> None:
    """A generated file is current; with --update it is made so."""
    if update:
        path.write_text(wanted, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == wanted, f"run pytest --update to renew {path}"


# Rules and pages


RULES = sorted(registry.load().values(), key=lambda rule: rule.code)
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert pages.names() == sorted(rule.name for rule in RULES)


@each_rule
def test_page(rule: registry.Rule) -> None:
    page = pages.page(rule.name)
    assert (page.name, page.code) == (rule.name, rule.code)
    headings = [heading for heading, _ in page.sections]
    assert "Bad" in headings
    assert "Good" in headings
    assert page.summary


@each_rule
def test_summary_is_one_sentence(rule: registry.Rule) -> None:
    assert rule.summary.endswith(".")
    assert ". " not in rule.summary
    assert len(rule.summary) <= 200


@each_rule
def test_name_says_the_danger(rule: registry.Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.name)
    assert not rule.name.startswith(("no-", "ban-", "require-", "avoid-", "prefer-"))


@each_rule
def test_code_fits_flake8_and_is_not_used_again(rule: registry.Rule) -> None:
    assert re.fullmatch(r"MIG\d{3}", rule.code)
    assert rule.code not in RETIRED
    assert rule.name not in RETIRED.values()


def test_names_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_rules_are_in_their_familys_module() -> None:
    """`rules/availability.py`, or split by topic: `rules/availability_indexes.py`."""
    for path in sorted((PACKAGE / "rules").glob("[!_]*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("rule", "reported"):
                code = ast.literal_eval(node.args[0])
                family = registry.FAMILIES[code[3]]
                assert path.stem.split("_")[0] == family, f"{code} stands in {path.name}"


HAZARDS: dict[str, dict[str, str | list[str]]] = toml.loads(
    (ROOT / "rules" / "hazards.toml").read_text(encoding="utf-8")
)


def test_the_index_of_the_pages_is_current(update: bool) -> None:
    lines = [
        "# The rules\n",
        "Generated from the rules; `pytest --update` rewrites it.",
        "A rule is on unless it says off.\n",
    ]
    for digit, family in registry.FAMILIES.items():
        mine = [rule for rule in RULES if rule.code[3] == digit]
        if not mine:
            continue
        lines += [f"\n## {family.capitalize()} (MIG{digit})\n", "| code | name | severity | what |"]
        lines += ["|---|---|---|---|"]
        lines += [
            f"| {rule.code} | [{rule.name}]({rule.name}.md) "
            f"| {rule.severity if rule.default else f'{rule.severity}, off'} | {rule.summary} |"
            for rule in mine
        ]
    lines += [
        "\n## Every hazard that we know of\n",
        "From `hazards.toml`: the rules that speak of it, or why none does.\n",
        "| hazard | rules |",
        "|---|---|",
    ]
    for section, hazards in HAZARDS.items():
        lines.append(f"| **{section}** | |")
        for hazard, answer in hazards.items():
            links = (
                f"no rule: {answer}"
                if isinstance(answer, str)
                else ", ".join(f"[{name}]({name}.md)" for name in answer)
            )
            lines.append(f"| {hazard.replace('|', chr(92) + '|')} | {links} |")
    same(ROOT / "rules" / "README.md", "\n".join(lines) + "\n", update)


def test_every_hazard_has_an_answer_and_every_rule_a_hazard() -> None:
    named = {
        name
        for hazards in HAZARDS.values()
        for answer in hazards.values()
        if not isinstance(answer, str)
        for name in answer
    }
    assert named == {rule.name for rule in RULES}


# Modules


def order() -> list[list[set[str]]]:
    """The levels of the architecture's page: what stands at `|` may not know each other."""
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    match = re.search(r"Imports point one way: `([^`]*)`", text)
    assert match is not None
    return [
        [{name.strip() for name in peers.split(",")} for peers in level.split("|")]
        for level in " ".join(match[1].split()).split("→")
    ]


def imported(path: Path) -> Iterator[str]:
    """The modules that a module imports when it is imported or run; not those for type checkers."""

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for other in node.orelse:
                yield from walk(other)
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            if node.module == "migralint":
                yield from (f"migralint.{alias.name}" for alias in node.names)
            elif node.module is not None:
                yield node.module
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")))


def home(module: str) -> str:
    """The part of the architecture that a module of ours belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    places = {
        name: (number, side)
        for number, level in enumerate(order())
        for side, peers in enumerate(level)
        for name in peers
    }
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if here in ("__init__", "__main__"):
        return
    assert here in places, f"give {here} its place in the order of migralint/README.md"
    level, side = places[here]
    for module in imported(path):
        other = home(module)
        if module.partition(".")[0] != "migralint" or other in (here, "__init__", "__version__"):
            continue
        assert other in places, f"give {other} its place in the order of migralint/README.md"
        other_level, other_side = places[other]
        assert other_level <= level, f"{here} may not know {other}"
        assert other_level < level or side == other_side, f"{here} may not know {other}"


@pytest.mark.parametrize(
    ("library", "folder"),
    [
        ("pglast", "dialects/postgresql/"),
        ("sqlglot", "dialects/generic"),
        ("libcst", "languages/python/"),
        ("tree_sitter", "languages/javascript/"),
        ("tree_sitter_javascript", "languages/javascript/parsing.py"),
        ("tree_sitter_typescript", "languages/javascript/parsing.py"),
        ("yaml", "documents.py"),
        ("pygls", "server/"),
        ("lsprotocol", "server/"),
        ("jinja2", "report/html.py"),
    ],
)
def test_a_heavy_library_has_one_place(library: str, folder: str) -> None:
    users = [
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(module.partition(".")[0] == library for module in imported(path))
    ]
    assert all(user.startswith(folder) for user in users)
    assert folder.endswith("/") or len(users) <= 1


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_the_public_names_are_all() -> None:
    public = {name for name in vars(migralint) if not name.startswith("_")} - {"TYPE_CHECKING"}
    modules = {path.stem for path in PACKAGE.iterdir()}
    assert public - modules <= set(migralint.__all__)
    assert set(migralint.__all__) == {*migralint._PLACES, "__version__"}


# What a run loads


def loaded(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a run of the command line has imported at its end."""
    script = (
        "import os, sys\n"
        "before, leave = set(sys.modules), os._exit\n"
        "def tell(status=0):\n"
        "    print(*set(sys.modules) - before, file=sys.stderr, flush=True)\n"
        "    leave(status)\n"
        "os._exit = tell\n"
        f"sys.argv = ['migralint', *{list(arguments)!r}]\n"
        "from migralint.__main__ import main\n"
        "try:\n    main()\nfinally:\n    tell()\n"
    )
    done = run(sys.executable, "-c", script, cwd=cwd)
    assert "Traceback" not in done.stderr, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_version_imports_nothing(tmp_path: Path) -> None:
    assert loaded("--version", cwd=tmp_path) <= {"migralint", "migralint.__main__"}


@pytest.mark.parametrize("arguments", [["--help"], ["rules"], ["explain", "MIG101"]])
def test_words_about_migralint_need_no_parser(arguments: list[str], tmp_path: Path) -> None:
    assert not loaded(*arguments, cwd=tmp_path) & {*HEAVY, "pglast"}


def test_sql_needs_no_other_languages_parser(tmp_path: Path) -> None:
    (tmp_path / "V1__a.sql").write_text("CREATE TABLE a (id int);\n")
    modules = loaded("V1__a.sql", cwd=tmp_path)
    assert "pglast" in modules
    unneeded = {*HEAVY, "tomllib", "asyncio", "unittest", "hashlib", "pydoc", "difflib"}
    assert not modules & unneeded


# The repository


def fences(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: (language, text)."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_readmes_report_and_options_are_real(update: bool) -> None:
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    blocks = fences(text)
    picture = next(block for language, block in blocks if language == "text")
    first = next(block for language, block in blocks if language == "sh")
    command = first.splitlines()[-1].split()
    assert command[0].endswith("migralint")
    report = run(sys.executable, "-m", "migralint", *command[1:]).stdout
    options = next(block for language, block in blocks if block.startswith("usage: "))
    help = run(sys.executable, "-m", "migralint", "--help").stdout
    wanted = text.replace(f"```text\n{picture}```", f"```text\n{report}```", 1)
    same(path, wanted.replace(f"```text\n{options}```", f"```text\n{help}```", 1), update)


def test_ci_runs_the_readmes_second_command() -> None:
    """Word by word: the script takes it from the README."""
    done = run("bash", ".ci/run", "--print")
    second = [
        block for language, block in fences((ROOT / "README.md").read_text()) if language == "sh"
    ]
    assert done.stdout == second[1]
    assert done.returncode == 0


def test_the_version_is_written_once() -> None:
    assert not re.search(r"^version\s*=", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert f"## {migralint.__version__}" in changes


def test_the_wheel_contains_the_pages(tmp_path: Path) -> None:
    done = run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"migralint/_pages/{name}.md" for name in pages.names()} <= names
    assert {"migralint/py.typed", "migralint/report/page.html.jinja"} <= names
    assert not any(name.startswith(("tests/", "rules/", "fixtures/")) for name in names)


def test_the_hook_calls_the_command_line() -> None:
    from migralint import options

    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entries = re.findall(r"^\s*entry: migralint check (.*)$", text, re.MULTILINE)
    assert entries
    for entry in entries:
        options.check().read([*entry.split(), "db/V1__a.sql"])
    assert "require_serial: true" in text


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "--strict", "migralint"]],
    ids=["lint", "format", "types"],
)
def test_the_repository_is_clean(command: list[str]) -> None:
    done = run(sys.executable, "-m", *command)
    assert done.returncode == 0, done.stdout + done.stderr
