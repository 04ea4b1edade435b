"""What has changed since a commit, as git says: the files, and what stood in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from msgspec import Struct

from migralint.errors import UsageError
from migralint.source import seen_from

OPTION = "--changed-since"
_HOOKS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
"""What git sets for its hooks: it holds for the hook's own folder, and not for one below it."""
_OURS = (
    "GIT_EXTERNAL_DIFF",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
"""What would make git answer in another way than we read."""
_LINK, _MODULE = b"120000", b"160000"
_DIFF = ("diff", "--raw", "-z", "-M", "--no-abbrev", "--no-relative", "--no-ext-diff")
_DEEPER = "fetch all of it: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout"


class Before(Struct, frozen=True):
    """A file as it stood at the merge base. `now` is where it is today: None where it is gone."""

    top: str
    blob: str
    now: str | None


class Changes(Struct, frozen=True):
    """All paths are absolute, without symbolic links, as git has them."""

    ref: str
    files: frozenset[str]
    """What is new or changed: committed, staged, unstaged or untracked."""
    added: frozenset[str]
    """Those of `files` that the merge base has under no name, or under another one."""
    before: dict[str, Before]
    """What the merge base has and is changed, renamed or gone, by its path there."""
    notes: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Whether a file is new or changed, by any path that leads to it."""
        return os.path.realpath(path) in self.files

    def texts(self, paths: Iterable[str]) -> dict[str, bytes]:
        """What stood in these files of `before`."""
        found: dict[str, bytes] = {}
        tops: dict[str, list[str]] = {}
        for path in paths:
            tops.setdefault(self.before[path].top, []).append(path)
        for top, here in tops.items():
            asked = "".join(f"{self.before[path].blob}\n" for path in here).encode()
            data, at = _said(top, "cat-file", "--batch", given=asked), 0
            for path in here:
                head, _, size = data[at : data.index(b"\n", at)].rpartition(b" ")
                if not head.endswith(b" blob"):
                    raise UsageError(
                        f"{OPTION}: git has not got what {path} was (a partial clone?); {_DEEPER}"
                    )
                at = data.index(b"\n", at) + 1
                found[path] = data[at : at + int(size)]
                at += int(size) + 1
        return found


def changes(ref: str, folders: Iterable[str]) -> Changes:
    """What differs from the merge base of a reference and HEAD, in the repositories that these
    folders are in.

    Raises UsageError where there is no git, no repository, no such commit, or no merge base.
    """
    if not ref.strip():
        raise UsageError(f"{OPTION}: the reference is empty; is the variable set that it is in?")
    files: set[str] = set()
    added: set[str] = set()
    before: dict[str, Before] = {}
    notes: list[str] = []
    for top in _tops(folders):
        base = _merge_base(top, ref)
        for old_mode, mode, blob, old, new in _entries(top, base):
            if _MODULE in (old_mode, mode):
                if new is not None:
                    notes.append(_apart(new, ref))
                continue
            if old is not None and old_mode != _LINK:
                before[old] = Before(top, blob, new)
            if new is not None:
                files.add(new)
                if old != new:
                    added.add(new)
        # What is staged may be otherwise on the disk.
        staged = _entries(top, base, "--cached")
        files.update(new for *_, new in staged if new is not None and os.path.isfile(new))
        for path in _paths(top, _said(top, "ls-files", "--others", "--exclude-standard", "-z")):
            if path.endswith("/"):
                notes.append(_apart(path.rstrip("/"), ref))
            else:
                files.add(path)
                added.add(path)
                if path in before:  # out of the index, and still there
                    before[path] = Before(top, before[path].blob, path)
                    added.discard(path)
    return Changes(ref, frozenset(files), frozenset(added), before, tuple(notes))


def _apart(path: str, ref: str) -> str:
    shown = seen_from(os.curdir, path)
    return (
        f"{shown} is a git repository of its own, and what changed in it since {ref} is not looked"
        " at; name it as a path of its own."
    )


def _tops(folders: Iterable[str]) -> list[str]:
    """The topmost folder of each repository's work tree."""
    found: dict[str, str] = {}
    for folder in folders:
        mark = folder = os.path.realpath(folder)
        while not os.path.lexists(os.path.join(mark, ".git")) and os.path.dirname(mark) != mark:
            mark = os.path.dirname(mark)
        if mark not in found:
            found[mark] = _top(folder)
    return sorted(set(found.values()))


def _top(folder: str) -> str:
    code, out, why = _git(folder, "rev-parse", "--show-toplevel")
    if code == 0:
        return os.path.realpath(os.fsdecode(out.removesuffix(b"\n")))
    if "dubious ownership" in why:
        owned = why.partition("'")[2].rstrip("'") or folder
        raise UsageError(
            f"{OPTION}: git refuses {owned}, which belongs to another user; "
            f"`git config --global --add safe.directory {owned}` trusts it"
        )
    if "not a git repository" in why:
        raise UsageError(f"{OPTION}: {folder} is in no git repository")
    raise UsageError(f"{OPTION}: git says of {folder}: {why}")


def _merge_base(top: str, ref: str) -> str:
    if ref.startswith("-"):
        raise UsageError(f"{OPTION}: {ref} is an option, not a reference")
    shallow = _said(top, "rev-parse", "--is-shallow-repository").strip() == b"true"
    if _git(top, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")[0] != 0:
        hint = _likely(top, ref)
        if not hint:
            hint = _DEEPER if shallow else "fetch it first, or name it as `git branch --all` does"
        raise UsageError(f"{OPTION}: git knows no commit {ref} in {top}; {hint}")
    code, out, why = _git(top, "merge-base", ref, "HEAD")
    if code == 0:
        return out.decode().strip()
    if _git(top, "rev-parse", "--verify", "--quiet", "HEAD")[0] != 0:
        raise UsageError(f"{OPTION}: {top} has no commit yet")
    if shallow:
        raise UsageError(
            f"{OPTION}: this clone is shallow, and ends before {ref} and HEAD meet; {_DEEPER}"
        )
    raise UsageError(
        f"{OPTION}: {ref} and HEAD have no commit in common{f': {why}' if why else ''}"
    )


def _likely(top: str, ref: str) -> str:
    """The reference that was meant: most often a branch that only the remote has."""
    from difflib import get_close_matches

    out = _said(top, "for-each-ref", "--format=%(refname:short)")
    names = out.decode("utf-8", "replace").split()
    close = [name for name in names if name.endswith(f"/{ref}")] or get_close_matches(ref, names, 1)
    return f"did you mean {close[0]}?" if close else ""


_Entry = tuple[bytes, bytes, str, "str | None", "str | None"]


def _entries(top: str, base: str, *more: str) -> Iterator[_Entry]:
    """What differs, each as (mode there, mode here, blob there, path there, path here)."""
    arguments = (*_DIFF, "--diff-filter=ACDMRT", *more, base, "--")
    code, out, _ = _git(top, *arguments)
    if code != 0:  # A partial clone has not got what renames are told by.
        out = _said(top, *("--no-renames" if each == "-M" else each for each in arguments))
    fields = iter(out.split(b"\0"))
    for field in fields:
        if not field:
            return
        old_mode, mode, blob, _, status = field.lstrip(b":").split(b" ")
        old: str | None
        new: str | None
        old = new = _path(top, next(fields))
        if status[:1] in b"RC":
            new = _path(top, next(fields))
        if status[:1] in b"AC":
            old = None
        elif status[:1] == b"D":
            new = None
        yield old_mode, mode, blob.decode(), old, new


def _paths(top: str, out: bytes) -> Iterator[str]:
    return (_path(top, name) for name in out.split(b"\0") if name)


def _path(top: str, name: bytes) -> str:
    return os.path.join(top, os.fsdecode(name).replace("/", os.sep))


def _said(top: str, *arguments: str, given: bytes | None = None) -> bytes:
    """What git answers. Raises UsageError where it does not."""
    code, out, why = _git(top, *arguments, given=given)
    if code != 0:
        raise UsageError(f"{OPTION}: `git {arguments[0]}` fails in {top}: {why}")
    return out


def _git(folder: str, *arguments: str, given: bytes | None = None) -> tuple[int, bytes, str]:
    """Run git: its status, its answer, and the first line of what it complains of. It changes
    nothing, asks nobody and fetches nothing."""
    import subprocess

    environment = {key: value for key, value in os.environ.items() if key not in _OURS}
    if not ("GIT_DIR" in environment and "GIT_WORK_TREE" in environment):
        environment = {key: value for key, value in environment.items() if key not in _HOOKS}
    for key in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        if key in environment:  # relative to where we are, not to where git will be
            environment[key] = os.path.abspath(environment[key])
    environment |= {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            capture_output=True,
            env=environment,
        )
    except OSError as why:
        raise UsageError(f"{OPTION} needs git, which cannot be run: {why.strerror or why}") from why
    complaint = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    return done.returncode, done.stdout, complaint.removeprefix("fatal: ")
