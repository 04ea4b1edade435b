"""What a mikro-orm.config says of migrations."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.values import Made, Pairs, Value, truth
from migralint.tools.files import text_of

_ENDINGS = ("ts", "js", "mjs", "cjs", "mts", "cts")
NAMES = tuple(
    f"{folder}mikro-orm.config.{ending}" for folder in ("", "src/") for ending in _ENDINGS
)


class Settings(Struct, frozen=True):
    """What it says; None where it does not. `whole`: it says all of it itself."""

    transactional: bool | None = None
    all_or_nothing: bool | None = None
    whole: bool = False


def settings(path: str) -> Settings:
    """What a configuration says, as far as it spells that out."""
    from migralint.languages import javascript
    from migralint.languages.javascript.walking import Walker, exported
    from migralint.tools.javascript import walks

    try:
        module = javascript.parse(text_of(path), path)
    except javascript.SyntaxProblem:
        return Settings()
    scope = walks.scope_of(Walker(), module)
    whole = exported(scope)
    said: Value = whole.items["default"][1] if _has(whole, "default") else whole
    if isinstance(said, Made) and said.given:  # defineConfig({…})
        said = said.given[0].value
    if not isinstance(said, Pairs):
        return Settings()
    if not _has(said, "migrations"):
        return Settings(whole=said.exact)
    migrations = said.items["migrations"][1]
    if not isinstance(migrations, Pairs):
        return Settings()
    return Settings(
        _flag(migrations, "transactional"), _flag(migrations, "allOrNothing"), migrations.exact
    )


def _has(value: Value, name: str) -> bool:
    return isinstance(value, Pairs) and name in value.items


def _flag(value: Pairs, name: str) -> bool | None:
    return truth(value.items[name][1]) if name in value.items else None
