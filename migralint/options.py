"""The commands and their options."""

from __future__ import annotations

import argparse

from migralint.arguments import Parser, ignores, one_of, parser, postgres_version, words
from migralint.finding import SEVERITIES
from migralint.report import FORMATS

COMMANDS = {
    "check": "lint migrations (this is what a bare path does)",
    "locks": "print what each statement does to the database, judged by nobody",
    "rules": "list the rules",
    "explain": "print the page of a rule",
    "config": "list the keys of the configuration",
    "init": "write a first configuration for the project at hand",
    "clean": "remove what was kept to make the next run faster",
    "server": "run the language server for editors, over standard input and output",
    "generate-shell-completion": "print what makes bash or zsh complete this command line",
}
COLOURS = ("auto", "always", "never")
DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite")


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
    rules.add_argument(
        "--per-file-ignores",
        metavar="PATTERN:RULES",
        type=ignores,
        action="append",
        help="not these rules in such files",
    )
    rules.add_argument("--ignore-suppressions", action="store_true", help="heed no ignore comments")
    old = options.add_argument_group("old projects")
    old.add_argument(
        "--changed-since",
        metavar="REF",
        help="only migrations that are new or changed since this branch or commit",
    )
    old.add_argument(
        "--start-after",
        metavar="IDS",
        type=words,
        action="append",
        help="only migrations that come after these",
    )
    old.add_argument(
        "--baseline", metavar="FILE", help="do not count the findings that this file knows"
    )
    old.add_argument(
        "--write-baseline", metavar="FILE", help="write the findings of now into such a file"
    )
    old.add_argument(
        "--prune-baseline",
        action="store_true",
        help="remove from the baseline what is not found any more",
    )
    fixes = options.add_argument_group("fixes")
    fixes.add_argument("--fix", action="store_true", help="write into the files what is safe to")
    fixes.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: also what changes transactions, files or deploys",
    )
    fixes.add_argument(
        "--diff", action="store_true", help="print what --fix would change, and change nothing"
    )
    fixes.add_argument(
        "--add-ignore", metavar="REASON", help="write an ignore comment with this reason instead"
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
    add_colour(output)
    loud = output.add_mutually_exclusive_group()
    loud.add_argument(
        "-q", "--quiet", action="store_true", help="findings only, without summary and notes"
    )
    loud.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="say by which configuration, and what was found where, on standard error",
    )
    output.add_argument(
        "--sarif-category",
        metavar="NAME",
        help="tells this SARIF report from others of the same commit",
    )
    output.add_argument(
        "--sarif-include-suppressed",
        action="store_true",
        help="put into SARIF what comments, the configuration or a baseline ignore, marked so",
    )
    output.add_argument(
        "--statistics",
        action="store_true",
        help="how often each rule spoke, instead of the findings",
    )
    output.add_argument("--watch", action="store_true", help="lint again whenever a file changes")
    output.add_argument(
        "--show-files", action="store_true", help="only list the files that would be judged"
    )
    output.add_argument(
        "--show-settings", action="store_true", help="only print what holds, and where it is from"
    )
    output.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        help="use so many processes for a long history (default: one a processor)",
    )
    return options


def overview() -> str:
    """What `migralint --help` says, on one screen."""
    return (
        "usage: migralint [COMMAND] [OPTION]... [PATH]...\n\n"
        "Say what database migrations will do to a running database, before they run.\n\n"
        "commands:\n"
        + "".join(f"  {name:<27}{what}\n" for name, what in COMMANDS.items())
        + "\nmost used options (migralint check --help lists all):\n"
        "  --postgres-version N       the server's major version, 12 to 18\n"
        "  --changed-since REF        only migrations that are new or changed since then\n"
        "  --fix, --diff              mend what it is safe to, or show how\n"
        "  --select, --ignore RULES   by code, name or prefix, such as MIG1\n"
        f"  --format FORMAT            {', '.join(FORMATS)}\n"
        "  --version, --help\n"
    )


def everything() -> argparse.ArgumentParser:
    """The whole command line in one, for completion."""
    root = argparse.ArgumentParser("migralint")
    commands = root.add_subparsers()
    builders = {
        "check": check,
        "locks": locks,
        "rules": rules,
        "explain": explain,
        "config": config,
        "init": init,
        "clean": clean,
        "server": server,
        "generate-shell-completion": completion,
    }
    for name, build in builders.items():
        commands.add_parser(name, parents=[build()], add_help=False, help=COMMANDS[name])
    return root


def add_colour(options: argparse._ActionsContainer) -> None:
    """Whether the report is painted."""
    options.add_argument(
        "--color",
        metavar="WHEN",
        type=one_of(*COLOURS),
        default="auto",
        help="auto, always or never (default: auto, by the terminal, NO_COLOR and FORCE_COLOR)",
    )


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
    add_colour(options)
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


def config() -> Parser:
    options = parser("config", COMMANDS["config"], "[OPTION]...")
    options.add_argument(
        "--format",
        metavar="FORMAT",
        type=one_of("text", "json", "json-schema"),
        default="text",
        help="text, json or json-schema (default: text)",
    )
    return options


def init() -> Parser:
    options = parser("init", COMMANDS["init"], "[OPTION]...")
    options.add_argument("--hook", action="store_true", help="also a hook for pre-commit")
    options.add_argument("--workflow", action="store_true", help="also a workflow for GitHub")
    return options


def completion() -> Parser:
    name = "generate-shell-completion"
    options = parser(name, COMMANDS[name], "SHELL")
    options.add_argument("shell", metavar="SHELL", type=one_of("bash", "zsh"), help="bash or zsh")
    return options


def server() -> Parser:
    options = parser("server", COMMANDS["server"], "[--stdio]")
    options.add_argument("--stdio", action="store_true", help="what it does anyway")
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
        "--extend-exclude",
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
        "--respect-gitignore",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="leave out what git ignores (the default), or read that, too",
    )
    reading.add_argument(
        "--stdin-filename", metavar="FILE", help="the name that standard input stands for"
    )
    reading.add_argument(
        "--config",
        metavar="CONFIG",
        action="append",
        help="read this file, not the nearest one; or 'key = value', laid over the file",
    )
    reading.add_argument("--isolated", action="store_true", help="read no configuration file")
    add_cache(reading)
