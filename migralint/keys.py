"""The configuration's keys, for people and as a JSON schema."""

from __future__ import annotations

from typing import Any

import msgspec

from migralint.config import NUMERIC, Settings

SAID = {
    "extend": "another file, which holds where this one says nothing",
    "select": "only these rules are on: codes, names, prefixes such as MIG1, or all",
    "extend-select": "these rules are on, too",
    "ignore": "these rules are off",
    "severity": "how grave findings are: a rule to info, warning or error",
    "per-file-ignores": "rules that are off for some files: a pattern to rules",
    "fail-on": "exit 1 from this severity on: info, warning or error",
    "require-reason": "an ignore comment without a reason suppresses nothing",
    "baseline": "the file of the findings that are known, which are not counted",
    "start-after": "only migrations that come after this one, or these, are judged",
    "exclude": "files and folders that are left out, as patterns of .gitignore",
    "extend-exclude": "these are left out, too",
    "respect-gitignore": "whether what git ignores is left out",
    "postgres-version": "the server's major version, 12 to 18",
    "mysql-version": "the server's version; says nothing yet, for MySQL is not analysed",
    "mariadb-version": "the same for MariaDB",
    "sqlite-version": "the same for SQLite",
    "dialect": "the database, where files do not tell",
    "tool": "the migration tool, where files do not tell",
    "migrations": "what is known of the migrations in a folder: an entry a folder",
    "tables": "tables that are known to be large or small, by name or as schema.name",
    "placeholders": "what placeholders stand for, a name to a text; says nothing yet",
    "timeouts": "who sets lock_timeout and statement_timeout: migration or runner",
    "options": "what rules of plugins ask for",
    "plugins": "modules with rules of the project's own, which are imported",
    "cache-dir": "where what was read is kept, for the next run",
}
"""Each key of a file, with what it says."""
_OF_TABLES = {
    "large": "tables that are known to be large, as any is that is not small",
    "small": "tables that are known to be small",
}
_OF_ENTRIES = {
    "path": "the folder, or a pattern for folders, from the configuration's own",
    "tool": "the migration tool",
    "dialect": "the database",
    "postgres-version": "the server's major version",
    "transaction": "what the tool runs in a transaction: none, statement, file or run",
    "start-after": "only migrations that come after this one, or these, are judged",
}


def listed() -> str:
    """The keys, a line each."""
    longest = max(map(len, SAID))
    return "".join(f"{key:<{longest}}  {what}\n" for key, what in SAID.items())


def described() -> str:
    """The keys with their types and defaults, as JSON."""
    known = schema()["properties"]
    entries = [
        {"key": key, "description": what, "default": known[key].get("default")}
        for key, what in SAID.items()
    ]
    return _json(entries)


def json_schema() -> str:
    """The schema of what a migralint.toml may say, which is what [tool.migralint] may say."""
    return _json(schema())


def schema() -> dict[str, Any]:
    """What the configuration is held against, as it is written in a file."""
    (found,), parts = msgspec.json.schema_components([Settings])
    assert found == {"$ref": "#/$defs/Settings"}
    top = parts.pop("Settings")
    properties = {"extend": {"type": "string"}, **top["properties"]}
    for key in NUMERIC:  # 8.4 is a number in TOML
        properties[key] = {"type": ["string", "number"]}
    properties["placeholders"]["additionalProperties"] = {"type": ["string", "number"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "migralint",
        "description": "The configuration of migralint, a linter of database migrations.",
        "type": "object",
        "properties": _told(properties, SAID),
        "additionalProperties": False,
        "$defs": {
            name: {**parts[name], "properties": _told(parts[name]["properties"], keys)}
            | {"description": what}
            for name, what, keys in (
                ("Entry", "What is known of the migrations in a folder.", _OF_ENTRIES),
                ("Tables", "Tables that are known to be large or small.", _OF_TABLES),
            )
        },
    }


def _told(properties: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    """The keys with what they say; nothing of a null, which TOML cannot write."""
    found = {}
    for key, what in keys.items():
        said = dict(properties[key])
        choices = [each for each in said.get("anyOf", ()) if each != {"type": "null"}]
        if len(choices) == 1:
            del said["anyOf"]
            said |= choices[0]
        if said.get("default", 0) is None:
            del said["default"]
        found[key] = {"description": what, **said}
    return found


def _json(document: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
