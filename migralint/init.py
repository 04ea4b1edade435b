"""`migralint init`: a first configuration, a hook and a workflow for the project at hand."""

from __future__ import annotations

import os
from collections.abc import Sequence

from msgspec import Struct

from migralint import config
from migralint.discover import discover
from migralint.errors import UsageError
from migralint.migration import Root
from migralint.tools import NAMES

HOOK = """\
  - repo: local
    hooks:
      - id: migralint
        name: migralint
        entry: migralint check --force-exclude
        language: python
        additional_dependencies: ["migralint=={version}"]
        types_or: [sql, python, ts, javascript]
        require_serial: true
"""
WORKFLOW = """\
name: migrations
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  migralint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # what is new is told from what main has
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - run: pip install migralint=={version}
      - run: migralint check --format github
        if: github.event_name != 'pull_request'
      - run: migralint check --format github --changed-since "origin/$BASE"
        if: github.event_name == 'pull_request'
        env:
          BASE: ${{{{ github.base_ref }}}}
"""
WORKFLOW_PATH = ".github/workflows/migrations.yml"
HOOKS_PATH = ".pre-commit-config.yaml"


class Offer(Struct, frozen=True):
    """A file to write: its path from the project's folder, what it holds then, and whether it is
    there already."""

    path: str
    text: str
    there: bool = False


def roots(folder: str) -> list[Root]:
    """The histories of the project."""
    return list(discover(["."], config.Settings(), folder).roots)


def described(found: Sequence[Root]) -> list[str]:
    """The histories, for people, a line each."""
    return [f"{root.shown}: {NAMES[root.tool]}, {root.dialect or 'unknown'}" for root in found]


def configuration(folder: str, found: Sequence[Root]) -> Offer:
    """The first configuration. Raises UsageError where there is one."""
    known = config.load(folder)
    if known.path is not None and os.path.dirname(known.path) == folder:
        raise UsageError(f"{os.path.relpath(known.path, folder)} configures migralint already")
    lines = ["# The server that the migrations run on, and where they are found unless said."]
    version = next((root.version for root in found if root.version), None)
    lines.append(f"{'' if version else '# '}postgres-version = {version or 16}")
    if any(root.tool == "sql" for root in found):
        lines += [
            "",
            "# Nothing tells how plain SQL files are run: none, statement, file or run.",
        ]
    project = os.path.join(folder, "pyproject.toml")
    table = "tool.migralint." if os.path.isfile(project) else ""
    for root in found:
        if root.tool == "sql":
            lines += [
                f"[[{table}migrations]]",
                f'path = "{root.shown}"',
                'transaction = "file"',
            ]
    if not table:
        return Offer("migralint.toml", "\n".join(lines) + "\n")
    with open(project, encoding="utf-8", newline="") as file:
        text = file.read()
    head = "" if text.endswith("\n") or not text else "\n"
    return Offer(
        "pyproject.toml", f"{text}{head}\n[tool.migralint]\n" + "\n".join(lines) + "\n", True
    )


def hook(folder: str, version: str) -> Offer | None:
    """The hook for pre-commit; None where it is there, or the file is not of the usual form."""
    from migralint import documents

    entry = HOOK.format(version=version)
    path = os.path.join(folder, HOOKS_PATH)
    if not os.path.exists(path):
        return Offer(HOOKS_PATH, f"repos:\n{entry}")
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if "id: migralint" in text:
        return None
    text += "" if text.endswith("\n") else "\n"
    try:
        ((before,), (after,)) = documents.yaml(text), documents.yaml(text + entry)
        if len(after["repos"]) != len(before["repos"]) + 1:
            return None
    except (ValueError, KeyError, TypeError):  # Its list does not end the file, or is none.
        return None
    return Offer(HOOKS_PATH, text + entry, True)


def workflow(folder: str, version: str) -> Offer | None:
    """The workflow for GitHub's actions; None where it is there."""
    if os.path.exists(os.path.join(folder, WORKFLOW_PATH)):
        return None
    return Offer(WORKFLOW_PATH, WORKFLOW.format(version=version))


def write(folder: str, offer: Offer) -> None:
    """Write an offered file. Raises UsageError where it cannot be."""
    path = os.path.join(folder, offer.path)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(offer.text)
    except OSError as why:
        raise UsageError(f"cannot write {offer.path}: {why.strerror or why}") from why
