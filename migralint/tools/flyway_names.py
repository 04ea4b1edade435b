"""The names of Flyway's files, with the prefixes, the separator and the suffixes of a project's
own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Role = Literal["versioned", "baseline", "undo", "repeatable"]

CODE = (".java", ".kt")
KEYS = frozenset(
    (
        "sqlmigrationprefix",
        "baselinemigrationprefix",
        "undosqlmigrationprefix",
        "repeatablesqlmigrationprefix",
        "sqlmigrationseparator",
        "sqlmigrationsuffixes",
    )
)
"""The settings that say what a migration is called."""
_CODE = re.compile(r"(?:([VBU])(\d+(?:[._]\d+)*)(?:__.*)?|R__(.*))(\.java|\.kt)", re.DOTALL)
_ROLES: dict[str, Role] = {"V": "versioned", "B": "baseline", "U": "undo"}


class Name(Struct, frozen=True):
    """What the name of a migration says, each as written there."""

    role: Role
    version: str
    description: str
    code: bool
    """Java or Kotlin, whose names no setting changes."""


class Naming(Struct, frozen=True):
    """How a project's migrations are called."""

    pattern: re.Pattern[str]
    roles: dict[str, Role]
    suffixes: tuple[str, ...]

    def parse(self, base: str) -> Name | None:
        """What a file's name says; None where it is not that of a migration."""
        match = self.pattern.fullmatch(base)
        code = match is None and base.endswith(CODE)
        if code:
            match = _CODE.fullmatch(base)
        if match is None:
            return None
        prefix, version, repeated = match.group(1, 2, 3)
        if version is None:
            return Name("repeatable", "", repeated, code)
        role = (_ROLES if code else self.roles)[prefix]
        return Name(role, version.replace("_", "."), "", code)

    def stem(self, base: str) -> str | None:
        """A file's name without its suffix; None where it is no SQL of Flyway's."""
        small = base.lower()
        for suffix in self.suffixes:
            if small.endswith(suffix):
                return base[: len(base) - len(suffix)]
        return None


def naming(settings: Mapping[str, str]) -> Naming:
    """The names under these settings; Flyway's own for what they do not say."""
    roles: dict[str, Role] = {}
    for key, default, role in (
        ("sqlmigrationprefix", "V", "versioned"),
        ("baselinemigrationprefix", "B", "baseline"),
        ("undosqlmigrationprefix", "U", "undo"),
    ):
        roles.setdefault(settings.get(key, default), role)  # type: ignore[arg-type]
    suffixes = tuple(
        suffix.strip().lower()
        for suffix in settings.get("sqlmigrationsuffixes", ".sql").split(",")
        if suffix.strip()
    ) or (".sql",)
    separator = re.escape(settings.get("sqlmigrationseparator") or "__")
    repeatable = re.escape(settings.get("repeatablesqlmigrationprefix", "R"))
    # The longest first: a prefix may begin as another does.
    prefixes = "|".join(re.escape(each) for each in sorted(roles, key=len, reverse=True))
    endings = "|".join(re.escape(each) for each in sorted(suffixes, key=len, reverse=True))
    pattern = re.compile(
        rf"(?:({prefixes})(\d+(?:[._]\d+)*)(?:{separator}.*?)?"
        rf"|{repeatable}{separator}(.*?))((?i:{endings}))",
        re.DOTALL,
    )
    return Naming(pattern, roles, suffixes)


def version(written: str) -> tuple[int, ...]:
    """A version as Flyway compares it: V1, V1.0 and V1_0 are the same."""
    parts = [int(part) for part in written.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
