"""Which rules are on, and how much they weigh: the settings' word on findings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migralint.config import INLINE, anchored, shown
from migralint.errors import ConfigurationError, UsageError
from migralint.finding import Finding, Suppression
from migralint.registry import load, resolve

if TYPE_CHECKING:
    from migralint.config import Settings

EXACT = 6
"""The length of a code, which is what a rule's name is as exact as."""


def exactness(selector: str) -> int:
    """How exactly a selector names rules: "all" least, then prefixes, codes and names most."""
    if selector == "all":
        return 0
    return min(len(selector), EXACT) if selector[:1].isupper() else EXACT


def validate(settings: Settings) -> None:
    """Raise ConfigurationError where the configuration names a rule that there is not."""
    named = {
        "select": settings.select or (),
        "extend-select": settings.extend_select,
        "ignore": settings.ignore,
        "severity": tuple(settings.severity),
        "per-file-ignores": tuple(chain(*settings.per_file_ignores.values())),
    }
    for key, selectors in named.items():
        for selector in selectors:
            try:
                resolve(selector)
            except UsageError as why:
                where = shown(settings.path) if settings.path else INLINE
                raise ConfigurationError(f"{where}: {key}: {why}") from why


def enabled(settings: Settings) -> frozenset[str]:
    """The codes of the rules that are on: the more exact one wins, `ignore` over its equal."""
    rules = load()
    on = (
        {code for code, rule in rules.items() if rule.default} if settings.select is None else set()
    )
    selected = [*(settings.select or ()), *settings.extend_select]
    for level in range(EXACT + 1):
        for selector in selected:
            if exactness(selector) == level:
                on |= resolve(selector)
        for selector in settings.ignore:
            if exactness(selector) == level:
                on -= resolve(selector)
    if settings.require_reason:
        on |= resolve("unexplained-ignore")
    return frozenset(on)


def reselected(
    settings: Settings,
    *,
    select: Sequence[str] | None,
    extend_select: Sequence[str],
    ignore: Sequence[str],
) -> Settings:
    """The settings with the command line's selectors on top: what it selects, an ignore of the file
    that is no more
    exact cannot take away."""
    asked = [*(select or ()), *extend_select]
    kept: list[str] = []
    for selector in settings.ignore:
        codes = resolve(selector)
        taken = {
            code for one in asked if exactness(one) >= exactness(selector) for code in resolve(one)
        }
        kept.extend(sorted(codes - taken) if codes & taken else [selector])
    return replace(
        settings,
        select=settings.select if select is None else tuple(select),
        extend_select=(*settings.extend_select, *extend_select)
        if select is None
        else tuple(extend_select),
        ignore=(*kept, *ignore),
    )


def spared(settings: Settings, more: Iterable[tuple[str, Sequence[str]]], folder: str) -> Settings:
    """The settings with more files that are spared some rules; their patterns are seen from a
    folder. Raises UsageError."""
    ignores = dict(settings.per_file_ignores)
    for pattern, rules in more:
        for rule in rules:
            resolve(rule)
        pattern = anchored(folder, pattern)
        ignores[pattern] = (*ignores.get(pattern, ()), *rules)
    return replace(settings, per_file_ignores=ignores)


def apply_settings(findings: Iterable[Finding], settings: Settings, cwd: str) -> list[Finding]:
    """The findings of rules that are on, with the severities asked for; per-file-ignores mark
    theirs as suppressed.

    `cwd` is what the findings' paths are relative to.
    """
    on = enabled(settings)
    levels = sorted(settings.severity.items(), key=lambda entry: exactness(entry[0]))
    severity = {code: level for selector, level in levels for code in resolve(selector)}
    spared: dict[str, dict[str, str]] = {}
    kept = []
    for finding in findings:
        if finding.code not in on:
            continue
        level = severity.get(finding.code)
        if level is not None and level != finding.severity:
            finding = replace(finding, severity=level)
        if settings.per_file_ignores and finding.suppressed is None:
            if finding.path not in spared:
                path = os.path.abspath(os.path.join(cwd, finding.path))
                spared[finding.path] = {
                    code: selector
                    for selector in settings.rules_ignored(path)
                    for code in resolve(selector)
                }
            selector = spared[finding.path].get(finding.code)
            if selector is not None:
                reason = f"per-file-ignores: {selector}"
                finding = replace(finding, suppressed=Suppression("external", reason))
        kept.append(finding)
    return kept
