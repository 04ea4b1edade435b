"""The rules' pages: what `explain` prints, what reports link to, what the tests run."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from msgspec import Struct

from migralint import registry

PACKAGED = Path(__file__).with_name("_pages")
CHECKOUT = Path(__file__).resolve().parent.parent / "rules"
"""An editable install makes no `_pages`: the pages are where they were written."""

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_TITLE = re.compile(r"#\s+(?P<name>\S+)\s+\((?P<code>\w+)\)\s*")
HOME = "https://pypi.org/project/migralint/"
"""Where the release publishes it. Its pages are nowhere on the web yet, see `address`."""
LEFT_OUT = frozenset({"More cases"})
"""Sections for tests, not for readers."""


class Block(Struct, frozen=True):
    """A fenced block. `words` follow the language in its info string: `bad`, `pg=16`, `1`."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int
    """The line of the page (1-based) that the text starts on."""
    section: str


class Page(Struct, frozen=True):
    """One page. `sections` are (heading, text with its blocks); the heading of the first is ""."""

    name: str
    code: str
    markdown: str
    sections: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]

    @property
    def summary(self) -> str:
        """The first paragraph."""
        return " ".join(self.sections[0][1].strip().partition("\n\n")[0].split())

    @property
    def body(self) -> str:
        """What readers get: without the title and without the sections that are for tests."""
        parts = [
            f"## {heading}\n\n{text.strip()}\n" if heading else f"{text.strip()}\n"
            for heading, text in self.sections
            if heading not in LEFT_OUT
        ]
        return "\n".join(parts)


def folder() -> Path:
    """Where the pages are."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT


def names() -> list[str]:
    """The names of all pages."""
    return sorted(path.stem for path in folder().glob("*.md") if path.stem != "README")


def page(name: str) -> Page:
    """The page of a rule's name; of a plugin's rule, its docstring. Raises FileNotFoundError where
    there is none."""
    path = folder() / f"{name}.md"
    if not path.is_file():
        for rule in registry.RULES.values():
            if rule.plugin and rule.name == name:
                text = inspect.getdoc(rule.check) or rule.summary
                return parse(f"# {rule.name} ({rule.code})\n\n{text}\n")
    return parse(path.read_text(encoding="utf-8"))


def address(name: str) -> str | None:
    """Where a rule's page can be read on the web; None while it is published nowhere."""
    return None


def explain(name: str) -> str:
    """A rule's page as a terminal shows it."""
    this = page(name)
    return f"# {this.name} ({this.code})\n\n{this.body}"


def parse(markdown: str) -> Page:
    """The parts of a page. Raises ValueError for another title, and a fence that stays open."""
    lines = markdown.splitlines()
    title = _TITLE.fullmatch(lines[0]) if lines else None
    if title is None:
        raise ValueError(f"a page starts with `# name (CODE)`, not {lines[0] if lines else ''!r}")
    sections: list[tuple[str, list[str]]] = [("", [])]
    blocks: list[Block] = []
    opening: re.Match[str] | None = None
    start = 0
    for number, line in enumerate(lines[1:], 2):
        if opening is not None:
            if line.rstrip() == opening["fence"]:
                language, *words = opening["info"].split() or [""]
                text = "".join(f"{each}\n" for each in lines[start : number - 1])
                blocks.append(Block(language, tuple(words), text, start + 1, sections[-1][0]))
                opening = None
        elif opening := _FENCE.match(line):
            start = number
        elif line.startswith("## "):
            sections.append((line[3:].strip(), []))
            continue
        sections[-1][1].append(line)
    if opening is not None:
        raise ValueError(f"the block that starts on line {start} is never closed")
    return Page(
        title["name"],
        title["code"],
        markdown,
        tuple((heading, "\n".join(text)) for heading, text in sections),
        tuple(blocks),
    )
