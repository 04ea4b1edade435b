"""What a project's files say to Flyway: its own flyway.toml and flyway.conf, the application.* of
Spring Boot, Micronaut and Quarkus, and the plugins of Maven and Gradle.

Of several environments or profiles the default one counts; what only the environment of the process
knows is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from migralint import documents

OWN = ("flyway.toml", "flyway.conf")
APPLICATION = ("application.properties", "application.yml", "application.yaml")
"""Of two, the properties win: they come first."""
BUILDS = ("pom.xml", "build.gradle", "build.gradle.kts")
NAMES = frozenset((*OWN, *APPLICATION, *BUILDS))
_VARIANT = re.compile(r"[\w.-]*flyway[\w.-]*\.(?:conf|toml)", re.IGNORECASE)
_DEFAULTS = ("classpath:db/migration",)
_OWN_DEFAULTS = ("filesystem:sql", "classpath:db/migration")
_PREFIXES = ("spring.flyway.", "quarkus.flyway.", "flyway.")
_DATASOURCES = "flyway.datasources."
_URLS = ("spring.datasource.url", "quarkus.datasource.jdbc.url")
_KIND = "quarkus.datasource.db-kind"
_PROFILES = ("spring.config.activate.on-profile", "spring.profiles")
_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))
_SWITCHES = frozenset(
    (
        "mixed",
        "group",
        "outoforder",
        "executeintransaction",
        "placeholderreplacement",
        "postgresqltransactionallock",
    )
)
_QUARKUS = re.compile(r'quarkus\.flyway\.(?:"([^"]+)"|([\w-]+))\.([\w.-]+)')
_PLAIN = frozenset(("placeholders", "postgresql"))
"""Tables of settings, where others would be names of data sources."""


class FlywaySettings(Struct, frozen=True):
    """One use of Flyway. Keys are in small letters without dashes, underscores and dots, except
    behind `placeholders.`."""

    values: dict[str, str] = {}
    locations: tuple[str, ...] = ()
    said: bool = False
    """The locations are written down; else they are Flyway's own defaults."""
    name: str = ""
    """The data source's, where there are several."""


def is_variant(name: str) -> bool:
    """Whether a file is Flyway's own under a longer name, as it is for one environment of
    several."""
    return _VARIANT.fullmatch(name) is not None


def parse(name: str, text: str) -> tuple[FlywaySettings, ...]:
    """What a file says, once a data source; nothing where it does not speak of Flyway. Raises
    ValueError, with the end of a sentence that begins "This file"."""
    if "flyway" not in text:
        return ()
    if name in BUILDS:
        from migralint.tools import flyway_builds

        found = flyway_builds.pom(text) if name == "pom.xml" else flyway_builds.gradle(text)
        return () if found is None else (settings(found, _DEFAULTS),)
    if name.endswith(".toml"):
        return (settings(_toml(text), _OWN_DEFAULTS),)
    if name.endswith(".conf"):
        return (settings(_below("flyway.", *documents.properties(text)), _OWN_DEFAULTS),)
    return _application(_merged(_parts(name, text)))


def script(text: str) -> dict[str, str]:
    """The settings of one migration, from the .conf beside it."""
    return settings(_below("flyway.", *documents.properties(text), bare=True), ()).values


def agreed(found: Iterable[tuple[FlywaySettings, ...]]) -> tuple[FlywaySettings, ...]:
    """What the files of several environments have in common."""
    sets = [one for each in found for one in each]
    if not sets:
        return ()
    first, *rest = sets
    values = {
        key: value
        for key, value in first.values.items()
        if all(other.values.get(key) == value for other in rest)
    }
    if all((other.locations, other.said) == (first.locations, first.said) for other in rest):
        return (FlywaySettings(values, first.locations, first.said),)
    return (FlywaySettings(values, (), True),)


def settings(
    said: dict[str, str], defaults: tuple[str, ...], name: str = "", url: str = ""
) -> FlywaySettings:
    """Settings as they are written, made one kind; what is not known is left out."""
    values: dict[str, str] = {"url": url} if url else {}
    locations: tuple[str, ...] | None = None
    for key, value in said.items():
        spelled = _key(key)
        if spelled == "locations":
            parts = [documents.resolved(part.strip(), said) for part in _parts_of(value)]
            locations = tuple(part for part in parts if part)
            continue
        known = documents.resolved(value, said)
        if known is not None:
            values[spelled] = _switch(known) if spelled in _SWITCHES else known
    return FlywaySettings(
        values, defaults if locations is None else locations, locations is not None, name
    )


def _parts_of(value: str) -> list[str]:
    """A list with commas; one inside `${…}` parts nothing."""
    return re.findall(r"(?:\$\{[^}]{0,500}\}|[^,])+", value)


def _key(key: str) -> str:
    table, dot, name = key.partition(".")
    if dot and table.lower() == "placeholders":
        return f"placeholders.{name}"
    return re.sub(r"[-_.]", "", key).lower()


def _switch(value: str) -> str:
    small = value.lower()
    return "true" if small in _TRUE else "false" if small in _FALSE else value


def _below(prefix: str, *tables: dict[str, str], bare: bool = False) -> dict[str, str]:
    """The settings whose keys begin with this, without it; with `bare` the others as they are."""
    return {
        key[len(prefix) :] if key.startswith(prefix) else key: value
        for table in tables
        for key, value in table.items()
        if bare or key.startswith(prefix)
    }


def _toml(text: str) -> dict[str, str]:
    from migralint import toml

    try:
        document = toml.loads(text)
    except (ValueError, RecursionError) as why:
        raise ValueError(f"is not TOML: {why}") from why
    flat = documents.flat(document)
    found = _below("flyway.", flat)
    environment = f"environments.{found.get('environment', 'default')}."
    found.update(_below(environment + "flyway.", flat))
    url = flat.get(environment + "url")
    if url is not None:
        found.setdefault("url", url)
    return found


def _parts(name: str, text: str) -> list[dict[str, str]]:
    if name.endswith(".properties"):
        return documents.properties(text)
    return [documents.flat(document) for document in documents.yaml(text)]


def _merged(tables: Iterable[dict[str, str]]) -> dict[str, str]:
    """The documents of one file that are for no profile, the later over the earlier."""
    found: dict[str, str] = {}
    for table in tables:
        if not any(key in table for key in _PROFILES):
            found.update(table)
    # Quarkus writes a profile before the key.
    return {key: value for key, value in found.items() if not key.startswith("%")}


def _application(flat: dict[str, str]) -> tuple[FlywaySettings, ...]:
    """The settings of an application: of one data source, or of several with names."""
    known = {
        key: filled
        for key, value in flat.items()
        if (filled := documents.resolved(value, flat)) is not None
    }
    url = next((known[key] for key in _URLS if key in known), "")
    url = url or (f"jdbc:{known[_KIND]}:" if _KIND in known else "")
    named: dict[str, dict[str, str]] = {}
    own: dict[str, str] = {}
    for key, value in flat.items():
        if key.startswith(_DATASOURCES):
            name, _, rest = key[len(_DATASOURCES) :].partition(".")
            named.setdefault(name, {})[rest] = _filled(value, flat)
            continue
        prefix = next((prefix for prefix in _PREFIXES if key.startswith(prefix)), None)
        if prefix is None:
            continue
        match = _QUARKUS.fullmatch(key)
        name = (match[1] or match[2]) if match is not None else ""
        if match is not None and name not in _PLAIN:
            named.setdefault(name, {})[match[3]] = _filled(value, flat)
        else:
            own[key[len(prefix) :]] = _filled(value, flat)
    found = [settings(own, _DEFAULTS, url=url)] if own else []
    for name, said in named.items():
        theirs = _url_of(name, known) or (url if len(named) == 1 else "")
        found.append(settings(said, _DEFAULTS, name, theirs))
    return tuple(found)


def _filled(value: str, flat: dict[str, str]) -> str:
    """A value with what the rest of the file knows; else as it is, for what its parts may know."""
    found = documents.resolved(value, flat)
    return value if found is None else found


def _url_of(name: str, known: dict[str, str]) -> str:
    """What says which database a data source of this name is."""
    for key in (
        f"datasources.{name}.url",
        f"spring.datasource.{name}.url",
        f"quarkus.datasource.{name}.jdbc.url",
        f'quarkus.datasource."{name}".jdbc.url',
    ):
        if key in known:
            return known[key]
    for key in (f"quarkus.datasource.{name}.db-kind", f'quarkus.datasource."{name}".db-kind'):
        if key in known:
            return f"jdbc:{known[key]}:"
    return ""
