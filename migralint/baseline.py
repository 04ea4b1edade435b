"""The baseline: a file of the findings that are known, so that only new ones count.

An entry is found again by its rule, its file and the text of its statement, by no line number. Two
findings alike in all of these are told apart by their order in the file: with three equal ones and
one of them mended, it is the third entry that is stale.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from migralint.errors import UsageError
from migralint.finding import Finding, Report, Suppression, fingerprints
from migralint.registry import RULES
from migralint.source import read_bytes, seen_from
from migralint.walk import is_below

VERSION = 1
_SHORT = 100


class Entry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One finding. `path` is relative to the baseline's folder, with `/`; `statement` is for people
    and may be cut; `reason` is the user's own."""

    path: str
    code: str
    statement: str
    fingerprint: str
    reason: str = ""


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    migralint_baseline: int
    findings: tuple[Entry, ...]


def load(path: str) -> tuple[Entry, ...]:
    """The entries of a file. Raises UsageError where it is not there, or is no baseline."""
    shown = _shown(path)
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except FileNotFoundError as why:
        raise UsageError(
            f"there is no baseline {shown}; --write-baseline {shown} makes one"
        ) from why
    except OSError as why:
        raise UsageError(f"the baseline {shown} cannot be read: {why.strerror or why}") from why
    except UnicodeDecodeError as why:
        raise UsageError(f"{shown} is no baseline: it is not UTF-8 text") from why
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as why:
        merging = " (a merge has left its marks in it)" if "\n<<<<<<<" in f"\n{text}" else ""
        raise UsageError(f"{shown} is no baseline: it is not JSON{merging}: {why}") from why
    version = document.get("migralint_baseline") if isinstance(document, dict) else None
    if version is None:
        raise UsageError(f'{shown} is no baseline: it has no "migralint_baseline"')
    if version != VERSION:
        raise UsageError(f"{shown} is a baseline of version {version}; known is {VERSION}")
    try:
        return msgspec.convert(document, _Document).findings
    except msgspec.ValidationError as why:
        raise UsageError(f"{shown} is a damaged baseline: {why}") from why


def known(
    report: Report, path: str, asked: Sequence[str], active: Collection[str], cwd: str
) -> Report:
    """The report with the findings that the baseline knows marked as suppressed, and the entries
    that nothing answered to as `stale`. `asked` are the paths that were linted, `active` the codes
    of the rules that ran, `cwd` what all paths are relative to."""
    entries = {each.fingerprint: each for each in load(path)}
    found = []
    used: set[str] = set()
    for finding, key in _keyed(report.findings, path, cwd):
        entry = entries.get(key)
        if entry is not None and finding.suppressed is None:
            used.add(key)
            why = f"baseline: {entry.reason}" if entry.reason else "baseline"
            finding = replace(finding, suppressed=Suppression("external", why))
        found.append(finding)
    looked = _looked(report, path, asked, cwd)
    stale = frozenset(
        key
        for key, entry in entries.items()
        if key not in used and not report.crashes and looked(entry.path)
        # A rule that is gone finds nothing ever again.
        if entry.code in active or entry.code not in RULES
    )
    warnings = report.warnings
    if stale:
        what = "1 entry of it is" if len(stale) == 1 else f"{len(stale)} entries of it are"
        warnings = (
            *warnings,
            f"the baseline {_shown(path)} is out of date: {what} not found any more; "
            "--prune-baseline removes what is stale",
        )
    return replace(report, findings=tuple(found), stale=stale, warnings=warnings)


def renew(
    report: Report, path: str, asked: Sequence[str], active: Collection[str], cwd: str
) -> int:
    """Write the findings that count into a baseline; how many. What the file has of places and
    rules that were not looked at stays, and so do the reasons in it. Raises UsageError."""
    before = load(path) if os.path.exists(path) else ()
    reasons = {each.fingerprint: each.reason for each in before}
    looked = _looked(report, path, asked, cwd)
    entries = [each for each in before if each.code not in active or not looked(each.path)]
    fresh = [
        Entry(
            _relative(finding.path, path, cwd),
            finding.code,
            _short(finding),
            key,
            reasons.get(key, ""),
        )
        for finding, key in _keyed(report.findings, path, cwd)
        if finding.suppressed is None
    ]
    write(path, [*entries, *fresh])
    return len(fresh)


def prune(path: str, stale: Collection[str]) -> None:
    """Write the baseline without its stale entries."""
    if stale:
        write(path, [each for each in load(path) if each.fingerprint not in stale])


def write(path: str, entries: Iterable[Entry]) -> None:
    """One line an entry, sorted, so that git merges it; all of it or nothing. Raises UsageError."""
    one_each = {each.fingerprint: each for each in entries}
    lines = [
        "    " + json.dumps(msgspec.to_builtins(each), ensure_ascii=False)
        for each in sorted(one_each.values(), key=_order)
    ]
    body = "\n" + ",\n".join(lines) + "\n  " if lines else ""
    text = f'{{\n  "migralint_baseline": {VERSION},\n  "findings": [{body}]\n}}\n'
    made = ""
    path = os.path.realpath(path)
    try:
        handle, made = tempfile.mkstemp(".tmp", dir=os.path.dirname(path))
        with os.fdopen(handle, "wb") as file:
            # A lone surrogate, of a file's name that is not UTF-8, is written as JSON escapes it.
            file.write(text.encode("utf-8", "backslashreplace"))
        mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o666 & ~_umask()
        os.chmod(made, mode)
        os.replace(made, path)
    except OSError as why:
        if made:
            with contextlib.suppress(OSError):
                os.unlink(made)
        raise UsageError(f"cannot write {_shown(path)}: {why.strerror or why}") from why


def _order(entry: Entry) -> tuple[str, ...]:
    return entry.path, entry.code, entry.statement, entry.fingerprint


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _keyed(findings: Sequence[Finding], path: str, cwd: str) -> Iterable[tuple[Finding, str]]:
    """The findings with their fingerprints, as from the baseline's folder."""
    there = [replace(each, path=_relative(each.path, path, cwd)) for each in findings]
    return zip(findings, fingerprints(there), strict=True)


def _looked(report: Report, path: str, asked: Sequence[str], cwd: str) -> Callable[[str], bool]:
    """Whether the run has looked for findings in a file of the baseline: it was judged, or it is
    gone from the places that were asked for."""
    coverage = report.coverage
    folder = os.path.dirname(os.path.abspath(path))
    judged = {_absolute(cwd, each) for each in coverage.judged}
    replayed = {_absolute(cwd, each) for each in coverage.replayed}
    places = [_absolute(cwd, each) for each in asked]

    def looked(name: str) -> bool:
        file = os.path.normpath(os.path.join(folder, name))
        if file in judged:
            return True
        if file in replayed or not any(is_below(file, place) for place in places):
            return False
        # Of a journal and the like, only a run that looks at all of it can say so.
        return not os.path.lexists(file) or not coverage.narrow

    return looked


def _relative(name: str, path: str, cwd: str) -> str:
    return seen_from(os.path.dirname(os.path.abspath(path)), _absolute(cwd, name))


def _absolute(cwd: str, path: str) -> str:
    return os.path.abspath(os.path.join(cwd, path))


def _short(finding: Finding) -> str:
    text = " ".join((finding.statement or finding.message).split())
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _shown(path: str) -> str:
    relative = seen_from(os.curdir, path)
    return path if relative.startswith("..") else relative
