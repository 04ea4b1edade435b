"""The configuration: `[tool.migralint]` in pyproject.toml, or migralint.toml, or .migralint.toml;
the nearest one wins."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from migralint.errors import ConfigurationError
from migralint.finding import Severity
from migralint.migration import Scope
from migralint.source import look, seen_from

FILES = (".migralint.toml", "migralint.toml", "pyproject.toml")
"""In one folder the first of these wins."""
INLINE = "--config"
"""What stands for a file's name where a line of the configuration is given in the call."""

PostgresVersion = Annotated[int, Meta(ge=12, le=18)]
Dialect = Literal["postgresql", "mysql", "mariadb", "sqlite"]


class Tables(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Tables that are known to be large or small, by name or as schema.name."""

    large: tuple[str, ...] = ()
    small: tuple[str, ...] = ()


class Entry(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """One `[[tool.migralint.migrations]]`: what is known of the migrations in a folder. `path` is
    absolute."""

    path: str
    tool: str | None = None
    dialect: Dialect | None = None
    postgres_version: PostgresVersion | None = None
    transaction: Scope | None = None
    start_after: str | tuple[str, ...] = ()


class Settings(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What the configuration says. Rules stay as they are written: the registry judges them."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    fail_on: Severity = "warning"
    postgres_version: PostgresVersion | None = None
    mysql_version: str | None = None
    mariadb_version: str | None = None
    sqlite_version: str | None = None
    dialect: Dialect | None = None
    tool: str | None = None
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    severity: dict[str, Severity] = {}
    tables: Tables = Tables()
    options: dict[str, Any] = {}
    placeholders: dict[str, str] = {}
    timeouts: Literal["migration", "runner"] = "migration"
    migrations: tuple[Entry, ...] = ()
    start_after: str | tuple[str, ...] = ()
    """Up to this migration, or these, all are only replayed."""
    plugins: tuple[str, ...] = ()
    """Modules with rules of the project's own, which are imported."""
    require_reason: bool = False
    """An ignore comment without a reason suppresses nothing."""
    baseline: str | None = None
    """The file of the findings that are known; an absolute path."""
    cache_dir: str | None = None
    """Where what was read is kept; an absolute path."""
    path: str | None = None
    """The file that says all this, for messages; None where there is none. Not a key."""

    def rules_ignored(self, path: str) -> tuple[str, ...]:
        """The rules that `per-file-ignores` leaves out for a file (its absolute path)."""
        found: list[str] = []
        for pattern, rules in self.per_file_ignores.items():
            if _compiled((pattern,))(path):
                found += rules
        return tuple(found)


_Match = Callable[[str], bool]
_MATCHERS: dict[tuple[str, ...], _Match] = {}
KEYS = {field.encode_name for field in msgspec.structs.fields(Settings)} - {"path"} | {"extend"}
_CHOICES: dict[str, tuple[str, ...]] = {
    "dialect": get_args(Dialect),
    "fail-on": get_args(Severity),
    "severity": get_args(Severity),
    "timeouts": ("migration", "runner"),
    "transaction": get_args(Scope),
}
NUMERIC = ("mysql-version", "mariadb-version", "sqlite-version")
"""Keys whose text may be written as a number."""
_AT = re.compile(r"\A(.*?)(?: - at `\$(.*)`)?\Z", re.DOTALL)


def load(
    start_dir: str,
    config_path: str | None = None,
    *,
    inline: Sequence[str] = (),
    isolated: bool = False,
) -> Settings:
    """The settings that hold in a folder, or those of one file, with lines of TOML (`inline`) laid
    over them; with `isolated` no file is read. No file gives the defaults."""
    path: str | None = None
    table: dict[str, Any] = {}
    if not isolated:
        path, table = _nearest(start_dir) if config_path is None else _named(start_dir, config_path)
    settings, merged = Settings(), {}
    if path is not None:
        merged = _extended(path, table, ())
        settings = _settings(path, merged)
    given = os.path.join(os.path.abspath(start_dir), INLINE)
    for line in inline:
        over = _extended(given, _inline(line), ())
        _settings(given, over)  # What is wrong with it is its own fault, not the file's.
        merged = _laid(merged, over)
        settings = msgspec.structs.replace(_settings(path or given, merged), path=path)
    return settings


def is_inline(text: str) -> bool:
    """Whether `--config` was given a line of TOML, and not the path of a file."""
    return "=" in text and not os.path.exists(text)


def _inline(text: str) -> dict[str, Any]:
    """A line of TOML as a table. Raises ConfigurationError."""
    from migralint import toml

    try:
        return toml.loads(text)
    except ValueError as why:
        raise ConfigurationError(f"{INLINE} {text!r}: is not TOML: {why}") from why


def _named(start_dir: str, config_path: str) -> tuple[str, dict[str, Any]]:
    path = os.path.abspath(os.path.join(start_dir, config_path))
    if not os.path.isfile(look(path)):
        raise ConfigurationError(f"{config_path}: there is no such configuration file")
    table = _table(path)
    if table is None:
        raise ConfigurationError(f"{config_path}: has no [tool.migralint] table")
    return path, table


def _nearest(start_dir: str) -> tuple[str | None, dict[str, Any]]:
    """The nearest file that configures migralint, and what it says."""
    folder = os.path.abspath(start_dir)
    while True:
        for name in FILES:
            path = os.path.join(folder, name)
            if os.path.isfile(look(path)):
                table = _table(path)
                if table is not None:
                    return path, table
        parent = os.path.dirname(folder)
        if parent == folder:
            return None, {}
        folder = parent


def matcher(settings: Settings) -> _Match | None:
    """Whether a file (its absolute path) is left out by `exclude` or `extend-exclude`; None where
    nothing is."""
    patterns = settings.exclude + settings.extend_exclude
    return _compiled(patterns) if patterns else None


def _compiled(patterns: tuple[str, ...]) -> _Match:
    """Patterns as .gitignore has them, all absolute."""
    found = _MATCHERS.get(patterns)
    if found is None:
        from pathspec import GitIgnoreSpec

        try:
            spec = GitIgnoreSpec.from_lines(patterns)
        except ValueError as why:
            raise ConfigurationError(f"a pattern of exclude or per-file-ignores: {why}") from why

        def found(path: str) -> bool:
            return spec.match_file(path.replace(os.sep, "/").lstrip("/"))

        _MATCHERS[patterns] = found
    return found


def _table(path: str) -> dict[str, Any] | None:
    """What a file says to migralint; None for a pyproject.toml that says nothing."""
    project = os.path.basename(path) == "pyproject.toml"
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as why:
        raise ConfigurationError(f"{shown(path)}: cannot be read: {why.strerror or why}") from why
    if project and b"migralint" not in data:
        return None
    from migralint import toml

    try:
        document = toml.loads(data.decode("utf-8-sig"))
    except ValueError as why:
        raise ConfigurationError(f"{shown(path)}: is not TOML: {why}") from why
    table: Any = document
    if project:
        tool = document.get("tool")
        table = tool.get("migralint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigurationError(f"{shown(path)}: tool.migralint has to be a table")
    return table


def _settings(path: str, table: dict[str, Any]) -> Settings:
    """A table as settings; `path` is where it is from."""
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as why:
        match = _AT.match(str(why))
        assert match is not None
        key = (match.group(2) or "").lstrip(".").replace("[...]", "")
        said = match.group(1).replace("`", "").replace(" | null", "").replace("object", "table")
        choices = _CHOICES.get(re.split(r"[.\]]", key)[-1], ()) if "enum" in said else ()
        said = said.replace("Invalid enum value", "unknown value")
        said += f"; it is one of {', '.join(choices)}" if choices else ""
        raise ConfigurationError(
            f"{shown(path)}: {key + ': ' if key else ''}{said[:1].lower()}{said[1:]}"
        ) from why
    if settings.plugins:
        from migralint import registry

        try:
            registry.plug(settings.plugins, os.path.dirname(path))
        except ConfigurationError as why:
            raise ConfigurationError(f"{shown(path)}: {why}") from why
    return msgspec.structs.replace(settings, path=path)


def _extended(path: str, table: dict[str, Any], seen: tuple[str, ...]) -> dict[str, Any]:
    """A file's table over that of the file which it extends: lists and values replace, tables and
    extend-… add."""
    if path in seen:
        raise ConfigurationError(
            f"{shown(seen[0])}: extend goes round in a circle, by {shown(path)}"
        )
    _check_keys(path, table, KEYS, "")
    own = _anchored(path, table)
    parent = own.pop("extend", None)
    if parent is None:
        return own
    if not isinstance(parent, str):
        raise ConfigurationError(f"{shown(path)}: extend: expected the path of a file")
    base = os.path.normpath(os.path.join(os.path.dirname(path), os.path.expanduser(parent)))
    if not os.path.isfile(base):
        raise ConfigurationError(f"{shown(path)}: extend: there is no file {parent}")
    return _laid(_extended(base, _table(base) or {}, (*seen, path)), own)


def _laid(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A table over another: lists and values replace, tables and extend-… add."""
    merged = dict(base)
    for key, value in own.items():
        before = merged.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[key] = {**before, **value}
        elif key in ("extend-select", "extend-exclude", "migrations") and isinstance(value, list):
            merged[key] = [*value, *(before or [])]
        else:
            merged[key] = value
    return merged


def _anchored(path: str, table: dict[str, Any]) -> dict[str, Any]:
    """The table with everything that is relative to its file made absolute, and its keys
    checked."""
    folder = os.path.dirname(path)
    own = dict(table)
    for key in ("exclude", "extend-exclude"):
        if isinstance(patterns := own.get(key), list):
            own[key] = [
                anchored(folder, pattern) if isinstance(pattern, str) else pattern
                for pattern in patterns
            ]
    for key in ("cache-dir", "baseline"):
        if isinstance(place := own.get(key), str):
            own[key] = os.path.normpath(os.path.join(folder, place))
    if isinstance(ignores := own.get("per-file-ignores"), dict):
        own["per-file-ignores"] = {
            anchored(folder, pattern): rules for pattern, rules in ignores.items()
        }
    if isinstance(tables := own.get("tables"), dict):
        _check_keys(path, tables, ("large", "small"), "tables.")
    for key in NUMERIC:
        if isinstance(own.get(key), (int, float)) and not isinstance(own[key], bool):
            own[key] = str(own[key])  # 8.4 is a number in TOML
    if isinstance(own.get("placeholders"), dict):
        own["placeholders"] = {
            key: str(value) if isinstance(value, (int, float)) else value
            for key, value in own["placeholders"].items()
        }
    if isinstance(entries := own.get("migrations"), list):
        keys = {field.encode_name for field in msgspec.structs.fields(Entry)}
        made: list[Any] = []
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, dict):
                _check_keys(path, entry, keys, f"migrations, entry {number}: ")
                if isinstance(entry.get("path"), str):
                    entry = {**entry, "path": os.path.normpath(os.path.join(folder, entry["path"]))}
                elif "path" not in entry:
                    raise ConfigurationError(
                        f"{shown(path)}: migrations, entry {number}: path is missing"
                    )
            made.append(entry)
        own["migrations"] = made
    return own


def anchored(folder: str, pattern: str) -> str:
    """A .gitignore pattern that means the same from the root of the file system."""
    negated = pattern.startswith("!")
    pattern = pattern[1:] if negated else pattern
    pattern = pattern[2:] if pattern.startswith("./") else pattern
    here = re.sub(r"([*?\[\]\\!#])", r"\\\1", folder.replace(os.sep, "/")).lstrip("/")
    middle = "/" if "/" in pattern.rstrip("/") else "/**/"
    return f"{'!' if negated else ''}/{here}{middle}{pattern.lstrip('/')}"


def _check_keys(path: str, table: dict[str, Any], known: Iterable[str], where: str) -> None:
    from difflib import get_close_matches

    for key in table:
        if key not in known:
            close = get_close_matches(key.replace("_", "-"), list(known), 1)
            hint = (
                f'; did you mean "{close[0]}"?'
                if close
                else f"; known are {', '.join(sorted(known))}"
            )
            raise ConfigurationError(f'{shown(path)}: {where}unknown key "{key}"{hint}')


def words(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """What may be written as one word or as a list of them."""
    return (value,) if isinstance(value, str) else value


def shown(path: str) -> str:
    """A path as people see it: relative where it is below the current folder."""
    relative = seen_from(os.curdir, path)
    return path if relative.startswith("..") else relative
