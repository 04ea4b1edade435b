"""Fixes written into files, round by round: until nothing is left that could be mended, each round
is linted again, with what stands in for the files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from migralint import engine
from migralint.errors import UsageError
from migralint.finding import Finding, Fix, Report
from migralint.ignores import ignore_here, is_heard
from migralint.source import MIGRATIONS, Edit, read_bytes, seen_from, standing_in

if TYPE_CHECKING:
    from migralint.config import Settings

ROUNDS = 1_000
"""Each round mends something, and each thing is mended once; this many are a circle."""
_FAILS = frozenset({"MIG001", "MIG401", "MIG505", "MIG608", "MIG609"})
_OF_COMMENTS = frozenset({"MIG006", "MIG007", "MIG009"})
"""Rules about ignore comments themselves."""
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Outcome(Struct, frozen=True):
    """What was mended, and what is left."""

    report: Report
    """Of the files as they are now."""
    files: dict[str, bytes]
    """The files that changed or are new: absolute path to what they hold now."""
    fixed: tuple[Finding, ...] = ()


def fixed(
    paths: Sequence[str],
    settings: Settings,
    *,
    cwd: str,
    unsafe: bool = False,
    ignoring: str | None = None,
    overlay: dict[str, bytes] | None = None,
    **given: Any,
) -> Outcome:
    """Mend all that can be mended, in memory; or put an ignore comment with this reason to every
    finding. `given` is what `engine.check` takes beside.

    Raises UsageError as `engine.check` does.
    """
    files: dict[str, bytes] = {}
    made: list[str] = []
    done: list[Finding] = []
    refused: set[tuple[str, str, str]] = set()
    suspects: set[tuple[str, str, str]] = set()
    """To be tried by themselves: a round that they were part of broke something."""

    def look(more: dict[str, bytes], new: Sequence[str]) -> Report:
        found = engine.check(
            [*paths, *new],
            settings,
            cwd=cwd,
            fixes=ignoring is None,
            made=new,
            overlay={**(overlay or {}), **more},
            **given,
        )
        if ignoring is None:
            return found
        return replace(found, findings=tuple(_ignored(each, ignoring) for each in found.findings))

    report = look(files, made)
    for _ in range(ROUNDS):
        can = [each for each in report.findings if _may(each, unsafe) and _key(each) not in refused]
        if not can:
            break
        free = [each for each in can if _key(each) not in suspects]
        with standing_in({**(overlay or {}), **files}):
            chosen, changed = _round(free or can[:1], cwd)
        names = [_shown(path, cwd) for path in changed if not _exists(path, files)]
        migrations = [name for name in names if name.endswith(MIGRATIONS)]
        trial, new = {**files, **changed}, [*made, *migrations]
        then = look(trial, new)
        broken = _broken(then) - _broken(report)
        if broken:
            # Not to be written, whatever the reason.
            if len(chosen) == 1:
                refused.add(_key(chosen[0]))
            blamed = [each for each in chosen if _touches(each, broken)]
            suspects.update(map(_key, blamed or chosen))
            continue
        report, files, made = then, trial, new
        done += chosen
    return Outcome(report, files, tuple(done))


def _ignored(finding: Finding, reason: str) -> Finding:
    """The finding with a comment for a fix, where one can be heard."""
    edit = ignore_here(finding, reason)
    heard = finding.code not in _OF_COMMENTS and is_heard(finding.source, edit)
    return replace(finding, fix=Fix("Ignore it", (edit,)) if heard else None)


def _may(finding: Finding, unsafe: bool) -> bool:
    return finding.fix is not None and finding.suppressed is None and (unsafe or finding.fix.safe)


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.path, finding.statement


def _touches(finding: Finding, paths: Collection[str]) -> bool:
    """A finding's fix changes or makes one of these files."""
    new = finding.fix.new_files if finding.fix is not None else ()
    return finding.path in paths or any(path in paths for path, _ in new)


def _broken(report: Report) -> Counter[str]:
    """How many statements of each file the server would not understand, or are sure to fail."""
    return Counter(each.path for each in report.findings if each.code in _FAILS)


def _round(findings: Iterable[Finding], cwd: str) -> tuple[list[Finding], dict[str, bytes]]:
    """As many fixes as do not touch the same place; and the files as they are then."""
    chosen: list[Finding] = []
    edits: dict[str, list[Edit]] = {}
    whole: dict[str, str] = {}
    for finding in findings:
        fix = finding.fix
        assert fix is not None
        others = [_full(path, cwd) for path, _ in fix.new_files]
        here = _full(finding.path, cwd)
        if here in whole or any(path in whole or path in edits for path in others):
            continue
        if others and whole:
            continue  # Two new migrations of one round would have the same number.
        if any(_touch(each, other) for each in fix.edits for other in edits.get(here, ())):
            continue
        chosen.append(finding)
        edits.setdefault(here, []).extend(fix.edits)
        whole.update(zip(others, (text for _, text in fix.new_files), strict=True))
    changed = {path: _edited(path, some) for path, some in edits.items() if some}
    changed.update({path: _encoded(text, _start(path)) for path, text in whole.items()})
    for folder in {os.path.dirname(path) for path in changed}:
        changed.update(_sealed(folder, changed))
    return chosen, changed


def _sealed(folder: str, changed: dict[str, bytes]) -> dict[str, bytes]:
    """The folder's atlas.sum as it has to be then; one that was wrong before is left so."""
    from migralint.tools import atlas_sum

    path = os.path.join(folder, atlas_sum.NAME)
    try:
        old = read_bytes(path).decode()
        files = {name: read_bytes(os.path.join(folder, name)) for name in atlas_sum.listed(old)}
    except (OSError, UnicodeDecodeError):
        return {}
    if atlas_sum.sealed(files) != old:
        return {}
    for each, data in changed.items():
        name = os.path.basename(each)
        if os.path.dirname(each) == folder and name.endswith(".sql"):
            if name in files or not name.endswith(".down.sql"):
                files[name] = data
    return {path: atlas_sum.sealed(files).encode()}


def _touch(one: Edit, other: Edit) -> bool:
    """Two edits that cannot both be made: they overlap, or insert at the same place."""
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def _edited(path: str, edits: Iterable[Edit]) -> bytes:
    """A file with its edits; all other bytes stay."""
    data = read_bytes(path)
    mark, encoding = _encoding(data)
    text = data[len(mark) :].decode(encoding)
    for each in sorted(edits, key=lambda each: (each.span.start, each.span.end), reverse=True):
        text = text[: each.span.start] + each.text + text[each.span.end :]
    return mark + text.encode(encoding)


def _start(path: str) -> bytes:
    """How a file begins that is to be written anew; nothing where it is not there yet."""
    try:
        return read_bytes(path, 4)
    except OSError:
        return b""


def _encoded(text: str, start: bytes) -> bytes:
    mark, encoding = _encoding(start)
    return mark + text.encode(encoding)


def _encoding(data: bytes) -> tuple[bytes, str]:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return mark, encoding
    return b"", "utf-8"


def _full(path: str, cwd: str) -> str:
    """Of a path as it is shown, the one way to write it that all go by."""
    return os.path.normpath(os.path.join(cwd, path))


def _shown(path: str, cwd: str) -> str:
    return seen_from(cwd, path)


def _exists(path: str, files: dict[str, bytes]) -> bool:
    return path in files or os.path.lexists(path)


def write(outcome: Outcome) -> None:
    """Put the files in place, each at once. Raises UsageError where one cannot be written."""
    for path, data in outcome.files.items():
        temporary = f"{path}.migralint"
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(data)
            if os.path.exists(path):
                os.chmod(temporary, os.stat(path).st_mode & 0o7777)
            os.replace(temporary, os.path.realpath(path))
        except OSError as why:
            raise UsageError(f"cannot write {path}: {why.strerror or why}") from why


def diff(outcome: Outcome, cwd: str, overlay: dict[str, bytes] | None = None) -> Iterator[str]:
    """What would change, as a unified diff, line by line."""
    from difflib import unified_diff

    for path, data in sorted(outcome.files.items()):
        with standing_in(overlay or {}):
            try:
                old = read_bytes(path)
            except OSError:
                old = b""
        name = _shown(path, cwd)
        before = _lines(old)
        yield from unified_diff(
            before, _lines(data), fromfile=name if old else "/dev/null", tofile=name, n=3
        )


def _lines(data: bytes) -> list[str]:
    """The lines of a file, with a word where the last one has no end."""
    mark, encoding = _encoding(data)
    lines = data[len(mark) :].decode(encoding, "replace").splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
