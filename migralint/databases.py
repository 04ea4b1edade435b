"""Which database, and which version of it, a folder of migrations is for."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from migralint import apps, scripts
from migralint.callers import calls
from migralint.recognise import Found
from migralint.tools import flyway_settings
from migralint.walk import Tree

NAMES = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "clickhouse": "ClickHouse",
    "sqlserver": "SQL Server (T-SQL)",
    "oracle": "Oracle",
    "h2": "H2",
    "hsqldb": "HSQLDB",
    "derby": "Derby",
    "db2": "Db2",
    "cockroachdb": "CockroachDB",
    "redshift": "Redshift",
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "spanner": "Spanner",
    "ydb": "YDB",
    "starrocks": "StarRocks",
    "vertica": "Vertica",
    "duckdb": "DuckDB",
    "cassandra": "Cassandra",
    "singlestore": "SingleStore",
    "mongodb": "MongoDB",
}
"""Databases by the name that options and the configuration use, and as people write them."""
ANALYSED = frozenset({"postgresql"})

_SPELLED = {
    **{name: name for name in NAMES},
    "postgres": "postgresql",
    "pg": "postgresql",
    "pgsql": "postgresql",
    "psql": "postgresql",
    "pgx": "postgresql",
    "postgis": "postgresql",
    "timescale": "postgresql",
    "timescaledb": "postgresql",
    "supabase": "postgresql",
    "aurora": "",
    "maria": "mariadb",
    "sqlite3": "sqlite",
    "libsql": "sqlite",
    "turso": "sqlite",
    "mssql": "sqlserver",
    "tsql": "sqlserver",
    "ch": "",
    "cockroach": "cockroachdb",
    "crdb": "cockroachdb",
    "hypersql": "hsqldb",
}
_WORDS = re.compile(r"[a-z]+\d?|\d+")
_URL = re.compile(
    r"(?:jdbc:|docker://|\b)(postgres(?:ql)?|pgx5?|mysql|mariadb|maria|sqlite3?|libsql|sqlserver|mssql|oracle|h2|hsqldb|"
    r"cockroach(?:db)?|crdb|clickhouse|ydb|spanner)(?:\+\w+)?(?::(?://)?|/)(?:(\d+)(?=[./-]))?"
)
_HINTS = {
    "postgresql": r"\b(?:BIG|SMALL)?SERIAL\b|\bTIMESTAMPTZ\b|\bJSONB\b|\bBYTEA\b|\$\w*\$|\w::\w"
    r"|\bPL/?PGSQL\b|\bTIMESTAMP(?:\(\d\))? WITH|\bCREATE EXTENSION\b|\bCONCURRENTLY\b|\bPG_\w+"
    r"|\bGEN_RANDOM_UUID\b|\bUSING\s+(?:GIN|GIST|BTREE)\b|\bCHARACTER VARYING\b|\bNEXTVAL\("
    r"|\bALTER COLUMN \S+ (?:SET|DROP|TYPE)\b|\bCREATE TYPE\b",
    "mysql": r"\bENGINE\s*=?\s*INNODB\b|\bAUTO_INCREMENT\b|\bTINYINT\b|\b(?:MEDIUM|LONG)TEXT\b"
    r"|`\w+`\s+(?:\w*INT|VARCHAR|TEXT|DATETIME|TIMESTAMP)\b|\bMODIFY COLUMN\b|\bCHARSET\b"
    r"|\bUNSIGNED\b|\b(?:TABLE|INTO|INDEX|ON) `\w+`",
    "sqlite": r"\bAUTOINCREMENT\b|^\s*PRAGMA\b|\bWITHOUT ROWID\b|\bSTRFTIME\(|\bRANDOMBLOB\(",
    "clickhouse": r"\bENGINE\s*=\s*\w*MERGETREE\b|\bON CLUSTER\b|\bLOWCARDINALITY\("
    r"|\bDATETIME64\(|\bNULLABLE\(",
    "sqlserver": r"^\s*GO\s*$|\bNVARCHAR\b|\[DBO\]|\bIDENTITY\s*\(\s*1\s*,|\bUNIQUEIDENTIFIER\b"
    r"|\bDATETIME2\b|\bSYS\.\w+\b",
    "oracle": r"\bVARCHAR2\b|\bNUMBER\s*\(\s*\d|\bNVL\(|\bSYSDATE\b",
}
_COMPILED: dict[str, re.Pattern[str]] = {}
_DRIVER = re.compile(r"(?:\bGOOSE_DRIVER\s*[:?]?[=:]\s*[\"']?|\bgoose\s+(?:-\S+\s+\S+\s+)*)(\w+)")
_CRATES = re.compile(r'"(postgres|mysql|sqlite)"')
_MODULES = re.compile(r"\bflyway-(?:database-)?(postgresql|mysql|sqlserver|oracle)\b")
"""What a Java project depends on where Flyway is to know its database."""


class Database(NamedTuple):
    """`dialect` is "" where nothing tells; `version` is the server's major one, where something
    says it."""

    dialect: str = ""
    version: int | None = None


_SAMPLE = 12
"""How many revisions are looked at for the database that they name."""


def canonical(name: str) -> str | None:
    """A database's own name for what people call it; None where it is not known."""
    return _SPELLED.get(name.lower()) or None


def database(tree: Tree, found: Found) -> Database:
    """What the tool's files say, else the names of the folders, else the project's files, else the
    SQL itself, else the name of the project: mysql-exporter may keep its data in PostgreSQL."""
    by_tool = _of_tool(tree, found)
    if by_tool.dialect:
        return by_tool
    top = tree.project(found.path)
    for folder in tree.above(found.path):
        named = of_name(folder) if folder != top else ""
        if named:
            return Database(named, by_tool.version)
    said = (
        _of_project(tree, found)
        or _of_content(tree, found)
        or _of_calls(tree, found)
        or of_name(top)
    )
    return Database(said, by_tool.version)


def _of_tool(tree: Tree, found: Found) -> Database:
    marker = found.marker
    if found.tool == "supabase":
        version = _setting(tree.text(marker), "major_version") if marker else ""
        return Database("postgresql", int(version) if version.isdecimal() else None)
    if found.tool == "drizzle":
        return Database(_drizzle(tree, found))
    if found.tool == "prisma":
        return Database(_prisma(tree, found))
    hcl = (
        next(tree.find_above(found.path, "atlas.hcl"), None) if "atlas.sum" in found.files else None
    )
    if hcl is not None:
        return _of_atlas(tree.text(hcl), hcl, found.path)
    if found.tool == "flyway" and marker is not None:
        said = _of_urls(found.settings.get("url", ""))
        # A build file has the addresses of much else in it.
        build = os.path.basename(marker) in flyway_settings.BUILDS
        return said if said.dialect or build else _of_urls(tree.text(marker))
    if found.tool == "alembic":
        return _alembic(tree, found)
    if found.tool == "django":
        return Database(apps.dialect(tree, found))
    if found.tool in scripts.TOOLS:
        named = found.settings.get("dialect", "") or of_name(found.path)
        return Database(named or scripts.dialect(tree, found))
    if found.tool in ("sqlx", "diesel") and marker is not None:
        features = set(_CRATES.findall(tree.text(marker)))
        if len(features) == 1:
            return Database(_SPELLED[features.pop()])
    return Database()


def _of_atlas(text: str, hcl: str, path: str) -> Database:
    """What the environments of atlas.hcl that are about this folder agree on, else all that is in
    it."""
    from migralint.tools.atlas_project import environments, of_folder

    urls = [
        url
        for environment in of_folder(environments(text, os.path.dirname(hcl)), path)
        for url in environment.urls
    ]
    said = _of_urls(" ".join(urls))
    return said if said.dialect else _of_urls(text)


def of_url(url: str) -> str:
    """The database that an address leads to; "" where it does not tell."""
    return _of_urls(url).dialect


def _of_urls(text: str) -> Database:
    """What the addresses in a text agree on."""
    dialects: set[str] = set()
    version = None
    for scheme, number in _URL.findall(text):
        dialects.add(_SPELLED.get(scheme.rstrip("5"), ""))
        if number and version is None:
            version = int(number)
    dialects.discard("")
    return Database(dialects.pop(), version) if len(dialects) == 1 else Database()


def _alembic(tree: Tree, found: Found) -> Database:
    """The folder's name where revisions of several databases stand side by side, the address in
    the settings or in env.py, else the dialect that the revisions import."""
    if named := of_name(found.path):
        return Database(named)
    texts = [] if found.marker is None else [tree.text(found.marker)]
    texts += [tree.text(path) for path in tree.find_above(found.path, "env.py")][:1]
    said = _of_urls("\n".join(re.sub(r"(?m)^\s*#.*", "", text) for text in texts))
    if said.dialect:
        return said
    files = sorted(name for name in found.files if name.endswith(".py"))
    sample = files[:: max(1, len(files) // _SAMPLE)]
    texts = [tree.text(os.path.join(found.path, *name.split("/"))) for name in sample]
    counts = {
        dialect: sum(
            re.search(rf"\b{dialect}[._]|import {dialect}\b", text) is not None for text in texts
        )
        for dialect in ("postgresql", "mysql", "sqlite")
    }
    best = max(counts, key=lambda dialect: counts[dialect])
    # A project that names several, or one here and there, runs on each of them; PostgreSQL is what
    # is judged best.
    alone = not counts["postgresql"] and counts[best] * 2 > len(texts)
    return Database(best if alone else "postgresql")


def _setting(text: str, key: str) -> str:
    """The value of `key = value` in a TOML or Prisma file of which nothing else is wanted."""
    match = re.search(rf"^\s*{key}\s*=\s*\"?([\w.-]+)", text, re.MULTILINE)
    return match.group(1) if match else ""


def _prisma(tree: Tree, found: Found) -> str:
    if found.marker is not None:
        return canonical(_setting(tree.text(found.marker), "provider")) or ""
    for folder in (found.path, os.path.dirname(found.path)):
        for name in sorted(tree.names(folder)):
            if name.endswith(".prisma"):
                block = (
                    tree.text(os.path.join(folder, name))
                    .partition("datasource")[2]
                    .partition("}")[0]
                )
                if dialect := canonical(_setting(block, "provider")):
                    return dialect
    return ""


def _drizzle(tree: Tree, found: Found) -> str:
    path = found.marker
    if path is None:
        snapshots = sorted(name for name in found.files if name.endswith("/snapshot.json"))
        path = os.path.join(found.path, *snapshots[-1].split("/")) if snapshots else None
    if path is None:
        return ""
    match = re.search(r'"dialect"\s*:\s*"(\w+)"', tree.text(path))
    return canonical(match.group(1)) or "" if match else ""


def of_name(folder: str) -> str:
    """The database that a folder's name names; "" where it names none."""
    for word in reversed(_WORDS.findall(os.path.basename(folder).lower())):
        if dialect := _SPELLED.get(word):
            return dialect
    return ""


def _of_project(tree: Tree, found: Found) -> str:
    for file in tree.find_above(
        found.path,
        "application.properties",
        "application.yml",
        "application.yaml",
        "dbmate.yml",
        "dbconfig.yml",
    ):
        if dialect := _of_urls(tree.text(file)).dialect:
            return dialect
    if found.tool == "flyway":
        for file in tree.find_above(found.path, *flyway_settings.BUILDS):
            modules = set(_MODULES.findall(tree.text(file)))
            if len(modules) == 1:
                return _SPELLED[modules.pop()]
    return ""


def _of_calls(tree: Tree, found: Found) -> str:
    """The database in the addresses, or by the name of its driver, with which the tool is
    called."""
    lines = "\n".join(calls(tree, found))
    drivers = {_SPELLED.get(name, "") for name in _DRIVER.findall(lines)} - {""}
    return drivers.pop() if len(drivers) == 1 else _of_urls(lines).dialect


def _of_content(tree: Tree, found: Found) -> str:
    """The database whose own words the first, the middle and the last file hold most of."""
    files = sorted(name for name in found.files if name.endswith(".sql"))
    if not files:
        return ""
    sample = {files[0], files[len(files) // 2], files[-1]}
    return of_content(
        "\n".join(tree.text(os.path.join(found.path, *name.split("/"))) for name in sorted(sample))
    )


def of_content(text: str) -> str:
    """The database whose own words a text holds most of; "" where it holds none."""
    text = text.upper()
    if not _COMPILED:
        _COMPILED.update((name, re.compile(words, re.MULTILINE)) for name, words in _HINTS.items())
    counts = {name: sum(1 for _ in pattern.finditer(text)) for name, pattern in _COMPILED.items()}
    best = max(counts, key=lambda name: counts[name])  # of equals the first, which is PostgreSQL
    return best if counts[best] else ""
