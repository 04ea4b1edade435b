"""What the project around a folder says of Atlas: atlas.hcl, and the calls of `migrate apply`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from msgspec import Struct

from migralint import hcl
from migralint.migration import Certainty, Root, Scope, Transaction
from migralint.tools.files import text_of

_MODE = re.compile(r"\btx[-_]mode\b[\s=:,\"']*(all|none|file)\b")
_APPLY = re.compile(r"\bmigrate\W+apply\b")
_DIR = re.compile(r"\bfile://([^\s\"'?,\]]+)")
_ENV = re.compile(r"--env[\s=:,\"']+([\w-]+)")
_OTHERS = re.compile(
    r"\bgoose\b.*\bup\b|\bdbmate\b.*\b(?:up|migrate)\b|(?<!atlas )\bmigrate\b.*\bup\b"
)
SCOPES: dict[str, Scope] = {"none": "none", "file": "file", "all": "run"}
"""What the modes of --tx-mode are here."""
_SAID = {
    "none": "opens no transaction",
    "file": "runs each file in a transaction",
    "all": "runs all pending files in one transaction",
}


class Environment(Struct, frozen=True):
    """One `env` of an atlas.hcl; None or nothing where its values are not to be had from it."""

    name: str
    dir: str | None
    """Absolute folder of the migrations."""
    urls: tuple[str, ...]
    mode: str | None


def environments(text: str, folder: str) -> list[Environment]:
    """The environments of an atlas.hcl that stands in a folder."""
    top = hcl.parse(text)
    found: list[Environment] = []
    for block in top.named("env"):
        value: dict[str, str | None] = {
            name: hcl.value(top, block.attributes[name])
            for name in ("url", "dev")
            if name in block.attributes
        }
        place = mode = None
        for inner in block.named("migration"):
            if "dir" in inner.attributes:
                place = hcl.value(top, inner.attributes["dir"])
            mode = hcl.value(top, inner.attributes.get("tx_mode", ""))
        found.append(
            Environment(
                block.labels[0] if block.labels else "",
                None if place is None else _absolute(folder, place),
                tuple(each for each in value.values() if each),
                mode.lower() if mode is not None and mode.lower() in SCOPES else None,
            )
        )
    return found


def _absolute(folder: str, place: str) -> str:
    place = place.removeprefix("file://").partition("?")[0]
    return os.path.normpath(os.path.join(folder, *place.split("/")))


def of_folder(found: Iterable[Environment], path: str) -> list[Environment]:
    """The environments that a folder of migrations belongs to; those that do not say, where none
    names it."""
    known = list(found)
    return [each for each in known if each.dir == path] or [
        each for each in known if each.dir is None
    ]


def tx_mode(root: Root) -> tuple[str, Certainty]:
    """How `migrate apply` is called for this root: none, file or all."""
    said: list[Environment] = []
    if root.marker is not None and root.marker.endswith(".hcl"):
        said = environments(text_of(root.marker), os.path.dirname(root.marker))
    lines = [line for line in root.calls if _concerns(line, root.path, said)]
    modes = [match[1] for line in lines for match in _MODE.finditer(line)]
    if modes:
        if len(set(modes)) > 1:
            return modes[0], "unknown"
        silent = any(_APPLY.search(line) and not _MODE.search(line) for line in lines)
        return modes[0], "default" if silent else "certain"
    configured = {each.mode for each in of_folder(said, root.path)} - {None}
    if len(configured) == 1:
        return configured.pop() or "file", "certain"
    return "file", "default"


def transaction(mode: str, certainty: Certainty) -> Transaction:
    """What a global mode makes of a file that says nothing itself."""
    if mode == "file" and certainty == "default":
        reason = "Atlas runs each file in a transaction, unless --tx-mode says otherwise"
    else:
        reason = f"Atlas, called with --tx-mode {mode}, {_SAID[mode]}"
    return Transaction(SCOPES[mode], certainty, reason)


def applied(root: Root) -> Transaction | None:
    """How Atlas wraps the files of another tool's format, where it is Atlas that applies them."""
    if "atlas.sum" not in root.files or any(_OTHERS.search(line) for line in root.calls):
        return None
    if not any(_APPLY.search(line) and _concerns(line, root.path, ()) for line in root.calls):
        return None
    mode, _ = tx_mode(root)
    return transaction(mode, "default")


def _concerns(line: str, path: str, said: Iterable[Environment]) -> bool:
    """Whether a call is about this folder, as far as it says."""
    env = _ENV.search(line)
    if env is not None:
        for each in said:
            if each.name == env[1] and each.dir is not None and each.dir != path:
                return False
    places = [place for place in _DIR.findall(line) if "$" not in place and "{" not in place]
    name = os.path.basename(path)
    return not places or any(os.path.basename(place.rstrip("/")) == name for place in places)
