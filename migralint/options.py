"""The options of the command line; an error is one line, with "did you mean"."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import NoReturn

from migralint.errors import UsageError
from migralint.finding import SEVERITIES
from migralint.report import FORMATS

COMMANDS = {
    "check": "lint migrations (this is what a bare path does)",
    "locks": "print what each statement does to the database, judged by nobody",
    "rules": "list the rules",
    "explain": "print the page of a rule",
    "clean": "remove what was kept to make the next run faster",
}
DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite")


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
        return did_you_mean(unknown.partition("=")[0], options, f"`{self.prog} --help` lists them")


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


def check() -> Parser:
    options = parser("check", COMMANDS["check"])
    options.epilog = (
        "Other commands:\n"
        + "".join(
            f"  migralint {name:<8} {what}\n" for name, what in COMMANDS.items() if name != "check"
        )
        + "\nExit status: 0 nothing at or above --fail-on, 1 findings, 2 an error of the call.\n"
    )
    add_input(options)
    rules = options.add_argument_group("rules (a code, a name, a prefix such as MIG1, or all)")
    rules.add_argument(
        "--select", metavar="RULES", type=words, action="append", help="only these rules"
    )
    rules.add_argument(
        "--extend-select", metavar="RULES", type=words, action="append", help="these rules too"
    )
    rules.add_argument(
        "--ignore", metavar="RULES", type=words, action="append", help="not these rules"
    )
    outcome = options.add_argument_group("outcome")
    outcome.add_argument(
        "--fail-on",
        metavar="SEVERITY",
        type=one_of(*SEVERITIES),
        help="exit 1 from this severity on: info, warning or error (default: warning)",
    )
    outcome.add_argument(
        "--exit-zero", action="store_true", help="exit 0 even where there are findings"
    )
    output = options.add_argument_group("output")
    output.add_argument(
        "--format",
        metavar="FORMAT",
        type=one_of(*FORMATS),
        default="text",
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: text)",
    )
    output.add_argument(
        "--output", metavar="FILE", help="write the report to a file instead of standard output"
    )
    output.add_argument(
        "--statistics",
        action="store_true",
        help="how often each rule spoke, instead of the findings",
    )
    output.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        help="use so many processes for a long history (default: one a processor)",
    )
    return options


def locks() -> Parser:
    options = parser("locks", COMMANDS["locks"])
    add_input(options)
    options.add_argument("--down", action="store_true", help="the ways back, too")
    options.add_argument(
        "--format",
        metavar="FORMAT",
        type=one_of("text", "json"),
        default="text",
        help="text or json (default: text)",
    )
    options.add_argument(
        "--output", metavar="FILE", help="write to a file instead of standard output"
    )
    return options


def rules() -> Parser:
    options = parser("rules", COMMANDS["rules"], "[OPTION]...")
    options.add_argument(
        "--format",
        metavar="FORMAT",
        type=one_of("text", "json"),
        default="text",
        help="text or json (default: text)",
    )
    return options


def explain() -> Parser:
    options = parser("explain", COMMANDS["explain"], "RULE")
    options.add_argument("rule", metavar="RULE", help="a code or a name")
    return options


def clean() -> Parser:
    options = parser("clean", COMMANDS["clean"], "[OPTION]...")
    options.add_argument("--config", metavar="FILE", help="as of check: it says where the cache is")
    add_cache(options)
    return options


def add_cache(options: argparse._ActionsContainer) -> None:
    """Where what was read of code is kept between runs."""
    options.add_argument(
        "--cache-dir",
        metavar="FOLDER",
        help="where what was read is kept (default: .migralint_cache, at the project's top)",
    )
    options.add_argument("--no-cache", action="store_true", help="neither read nor write a cache")


def add_input(options: Parser) -> None:
    """What is read, and as what."""
    options.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="files or folders (default: the current folder); - is standard input",
    )
    reading = options.add_argument_group("input")
    reading.add_argument(
        "--postgres-version",
        metavar="N",
        type=postgres_version,
        help="the server's major version, 12 to 18",
    )
    reading.add_argument(
        "--dialect",
        metavar="NAME",
        type=one_of(*DIALECTS),
        help=f"{', '.join(DIALECTS[:-1])} or {DIALECTS[-1]}",
    )
    reading.add_argument(
        "--tool", metavar="NAME", help="the migration tool, where files do not tell"
    )
    reading.add_argument(
        "--exclude",
        metavar="GLOBS",
        type=words,
        action="append",
        help="leave these files and folders out, too",
    )
    reading.add_argument(
        "--force-exclude",
        action="store_true",
        help="leave out named files, too, that are excluded or no migrations",
    )
    reading.add_argument(
        "--stdin-filename", metavar="FILE", help="the name that standard input stands for"
    )
    reading.add_argument(
        "--config", metavar="FILE", help="read this configuration, not the nearest one"
    )
    add_cache(reading)
