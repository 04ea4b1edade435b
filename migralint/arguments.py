"""What options are read by: an error is one line, with "did you mean"."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import NoReturn

from migralint.errors import UsageError

ELSEWHERE = {
    "--output-format": "--format",
    "--output-file": "--output",
    "-o": "--output",
    "--ignore-noqa": "--ignore-suppressions",
    "--add-noqa": "--add-ignore",
    "--pg-version": "--postgres-version",
    "--no-color": "--color",
    "--git-diff": "--changed-since",
}
"""What other linters call an option of ours."""


class Parser(argparse.ArgumentParser):
    """Errors are one line for stderr, raised as UsageError."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)

    def read(self, arguments: list[str]) -> argparse.Namespace:
        """All arguments. Raises UsageError for an option that there is not."""
        found, unknown = self.parse_known_args(arguments)
        if unknown:
            raise UsageError(f"there is no option {unknown[0]}{self._hint(unknown[0])}")
        return found

    def _hint(self, unknown: str) -> str:
        options = [
            option
            for action in self._actions
            for option in action.option_strings
            if option[1] == "-"
        ]
        word = unknown.partition("=")[0]
        if ELSEWHERE.get(word) in options:
            return f"; did you mean {ELSEWHERE[word]}?"
        return did_you_mean(word, options, f"`{self.prog} --help` lists them")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The end of an error about an unknown word."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1)
    hint = f"did you mean {close[0]}?" if close else otherwise
    return f"; {hint}" if hint else ""


def one_of(*words: str) -> Callable[[str], str]:
    """An option's type: one of a few words."""

    def read(word: str) -> str:
        if word not in words:
            hint = did_you_mean(word, words, f"it is one of {', '.join(words)}")
            raise argparse.ArgumentTypeError(f"{word!r} is not known{hint}")
        return word

    return read


def words(text: str) -> list[str]:
    """An option's type: words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def postgres_version(text: str) -> int:
    """An option's type: a version of PostgreSQL, of which the first number counts."""
    head = text.strip().partition(".")[0]
    if not head.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no version; write a number such as 16")
    if not 12 <= int(head) <= 18:
        raise argparse.ArgumentTypeError(f"PostgreSQL {head} is not known; 12 to 18 are")
    return int(head)


def ignores(text: str) -> tuple[str, list[str]]:
    """An option's type: a pattern for files and the rules that they are spared."""
    pattern, _, rules = text.rpartition(":")
    if not (pattern and words(rules)):
        raise argparse.ArgumentTypeError(f"{text!r} is not PATTERN:RULES, such as 'old/*:MIG1'")
    return pattern, words(rules)


def parser(command: str, summary: str, arguments: str = "[OPTION]... [PATH]...") -> Parser:
    shown = "[check]" if command == "check" else command
    return Parser(
        prog=f"migralint {command}",
        usage=f"migralint {shown} {arguments}",
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=30, width=100
        ),
        allow_abbrev=False,
    )
