"""Where the metadata of env.py is made: its naming convention says how unnamed constraints are
called. Only the few modules on the way there are looked at, as text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from migralint.source import look
from migralint.tools.alembic.flask import asks_application, made_in
from migralint.tools.files import text_of

_TARGET = re.compile(r"^[ \t]*target_metadata\s*(?::[^=\n]+)?=\s*(.+?)\s*(?:#.*)?$", re.MULTILINE)
_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+(?:\((?P<many>[^)]*)\)|(?P<few>[^\n(]+))"
    r"|^[ \t]*import[ \t]+(?P<plain>[\w.]+)(?:[ \t]+as[ \t]+(?P<alias>\w+))?",
    re.MULTILINE,
)
_ABOVE = 4
"""How many folders above env.py the project's packages may stand, if it is in none itself."""
_STEPS = 6
"""How many modules may hand the metadata on."""
_CONVENTION = "naming_convention"


def metadata(text: str, folder: str) -> str | None:
    """The text of the module that makes env.py's metadata, or that sets its naming convention; ""
    where there is none; None where it is not found."""
    if _CONVENTION in text:
        return text
    if asks_application(text):
        return made_in(places_above(folder))
    said = _TARGET.search(text)
    if said is None or said[1] == "None":
        return ""
    if said[1].startswith(("MetaData(", "sa.MetaData(", "sqlalchemy.MetaData(")):
        return ""
    if not re.fullmatch(r"[\w.]+", said[1]):
        return None
    parts = said[1].split(".")
    places = places_above(folder)
    for _ in range(_STEPS):
        found = next(_handed_on(text, folder, parts, places), None)
        if found is None:
            return None
        text, folder, parts = found
        if _CONVENTION in text or not parts or _makes(text, parts[0]):
            return text
    return None


def _makes(text: str, name: str) -> bool:
    return (
        re.search(rf"^(?:class {name}\b|{name}\s*(?::[^=\n]+)?=)", text, re.MULTILINE) is not None
    )


def _handed_on(
    text: str, folder: str, parts: list[str], places: list[str]
) -> Iterator[tuple[str, str, list[str]]]:
    """The modules that a dotted name may come from, with what is left of it there."""
    for module, names in _imports(text):
        for name, own in names.items():
            if parts[0] != own:
                continue
            dotted = [each for each in module.split(".") if each]
            rest = [name, *parts[1:]] if name else parts[1:]
            starts = [_above(folder, module)] if module.startswith(".") else places
            # Further parts may be modules of the package.
            for more in range(len(rest), -1, -1):
                for start in starts:
                    path = _file(os.path.join(start, *dotted, *rest[:more]))
                    if path is not None:
                        yield text_of(path), os.path.dirname(path), rest[more:]


def _imports(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each import: the module, and what of it is called how; "" for itself."""
    for found in _IMPORT.finditer(text):
        if found["plain"]:
            plain = found["plain"]
            yield (
                plain if found["alias"] else plain.partition(".")[0],
                {"": found["alias"] or plain.partition(".")[0]},
            )
            continue
        names: dict[str, str] = {}
        for each in (found["many"] or found["few"] or "").split("#")[0].split(","):
            name, _, alias = each.strip().partition(" as ")
            if name:
                names[name] = alias.strip() or name
        yield found["module"], names


def places_above(folder: str) -> list[str]:
    """The folders in which a package of the project may stand."""
    places = [folder]
    while not os.path.exists(look(os.path.join(places[-1], ".git"))):
        # Further up than that only out of a package: what is in it is imported from above it.
        inside = os.path.isfile(look(os.path.join(places[-1], "__init__.py")))
        above = os.path.dirname(places[-1])
        if above == places[-1] or (len(places) > _ABOVE and not inside):
            break
        places.append(above)
    return places + [os.path.join(place, "src") for place in places]


def _above(folder: str, module: str) -> str:
    """The folder that a relative import begins at."""
    for _ in range(len(module) - len(module.lstrip(".")) - 1):
        folder = os.path.dirname(folder)
    return folder


def _file(path: str) -> str | None:
    for each in (path + ".py", os.path.join(path, "__init__.py")):
        if os.path.isfile(look(each)):
            return each
    return None
