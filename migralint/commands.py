"""The commands beside `check` and `locks`: rules and their pages, the cache, the server, a first
configuration, completion for shells. Each gives the exit status."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from migralint import options, output
from migralint.errors import UsageError

if TYPE_CHECKING:
    from migralint.init import Offer


def rules(arguments: list[str]) -> int:
    """List the rules."""
    given = options.rules().read(arguments)
    from migralint import config, registry

    config.load(os.getcwd())  # for the plugins that it names
    known = registry.load().values()
    if given.format == "json":
        import json

        entries = [
            {
                "code": rule.code,
                "name": rule.name,
                "family": rule.family,
                "severity": rule.severity,
                "default": rule.default,
                "dialects": sorted(rule.dialects),
                "summary": rule.summary,
            }
            for rule in known
        ]
        output.write(json.dumps(entries, indent=2) + "\n", None)
        return 0
    longest = max((len(rule.name) for rule in known), default=0)
    lines = [
        f"{rule.code}  {rule.name:<{longest}}  "
        f"{rule.severity if rule.default else 'off':<7}  {rule.summary}\n"
        for rule in known
    ]
    output.write("".join(lines), None)
    return 0


def explain(arguments: list[str]) -> int:
    """Print the page of a rule."""
    given = options.explain().read(arguments)
    from migralint import config, pages, registry

    config.load(os.getcwd())  # for the plugins that it names
    is_code = re.fullmatch(r"[A-Za-z]{1,3}\d{1,3}", given.rule) is not None
    codes = registry.resolve(given.rule.upper() if is_code else given.rule.lower())
    if len(codes) != 1:
        raise UsageError(
            f"{given.rule} stands for {len(codes)} rules; `migralint rules` lists them"
        )
    text = pages.explain(registry.RULES[min(codes)].name)
    if sys.stdout.isatty():
        import pydoc

        pydoc.pager(text)
    else:
        output.write(text, None)
    return 0


def config(arguments: list[str]) -> int:
    """List the keys of the configuration."""
    given = options.config().read(arguments)
    from migralint import keys

    forms = {"text": keys.listed, "json": keys.described, "json-schema": keys.json_schema}
    output.write(forms[given.format](), None)
    return 0


def clean(arguments: list[str]) -> int:
    """Remove the cache."""
    given = options.clean().read(arguments)
    from migralint import cache, config
    from migralint.source import seen_from

    settings = config.load(os.getcwd(), given.config)
    folder = cache.opened(settings, os.getcwd(), given.cache_dir, off=given.no_cache).folder
    if folder is None:
        raise UsageError("--no-cache leaves nothing to clean")
    try:
        count = cache.clean(folder)
    except OSError as why:
        raise UsageError(f"cannot remove {folder}: {why.strerror or why}") from why
    shown = seen_from(os.curdir, folder) if os.path.isabs(folder) else folder
    output.write(f"Removed {count} file{'' if count == 1 else 's'} of {shown}\n", None)
    return 0


def server(arguments: list[str]) -> int:
    """Run the language server."""
    options.server().read(arguments)
    from migralint.server import serve

    return serve()


def init(arguments: list[str]) -> int:
    """Write a first configuration, and offer a hook and a workflow."""
    given = options.init().read(arguments)
    from migralint import __version__
    from migralint import init as first

    folder = os.getcwd()
    found = first.roots(folder)
    lines = first.described(found)
    said = ["Migrations found:", *(f"  {line}" for line in lines)] if lines else [_NONE]
    output.write("".join(f"{line}\n" for line in said), None)
    _take(first.configuration(folder, found), ask=None)
    offers = (
        (given.hook, first.hook(folder, __version__), "a hook for pre-commit"),
        (given.workflow, first.workflow(folder, __version__), "a workflow for GitHub"),
    )
    for wanted, offer, what in offers:
        if offer is None:
            continue
        if wanted:
            _take(offer, ask=None)
        elif sys.stdin.isatty() and sys.stdout.isatty():
            _take(offer, ask=f"Write {what} into {offer.path}?")
    return 0


_NONE = "No migrations found below this folder; name their place in the configuration."


def _take(offer: Offer, ask: str | None) -> None:
    """Write an offered file, if people want it."""
    from migralint import init as first

    if ask is not None and input(f"{ask} [y/N] ").strip().lower() not in ("y", "yes"):
        return
    first.write(os.getcwd(), offer)
    output.write(f"{'Added to' if offer.there else 'Wrote'} {offer.path}\n", None)


def completion(arguments: list[str]) -> int:
    """Print what makes a shell complete the command line."""
    given = options.completion().read(arguments)
    try:
        import shtab
    except ImportError as why:
        raise UsageError("completion needs shtab: pip install shtab") from why
    output.write(shtab.complete(options.everything(), shell=given.shell) + "\n", None)
    return 0
