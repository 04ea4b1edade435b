"""What alembic.ini, pyproject.toml and env.py say, read without running anything."""

from __future__ import annotations

import configparser
import os
import re

from msgspec import Struct

from migralint.source import Unreadable, read
from migralint.toml import loads

_SEPARATORS = {
    "space": r"\s+",
    "newline": r"\s*\n\s*",
    "os": re.escape(os.pathsep),
    ":": ":",
    ";": ";",
}
_DUMMY = "driver://"


class Section(Struct, frozen=True):
    """One environment of a settings file; paths are absolute."""

    script_location: str
    version_locations: tuple[str, ...]
    url: str = ""
    """sqlalchemy.url, where it is written out."""


def sections(path: str) -> list[Section]:
    """The environments of an alembic.ini or a pyproject.toml; none where it holds none, or cannot
    be read."""
    folder = os.path.dirname(path)
    try:
        text = read(path, path).text
        if path.endswith(".toml"):
            tool = loads(text).get("tool", {})
            found = [tool["alembic"]] if isinstance(tool.get("alembic"), dict) else []
        else:
            parser = configparser.RawConfigParser({"here": folder}, strict=False)
            parser.read_string(text)
            found = [dict(parser.items(name)) for name in parser.sections()]
    except (Unreadable, ValueError, configparser.Error):
        return []
    made = [_section(each, folder) for each in found if "script_location" in each]
    return [each for each in made if each is not None]


def _section(settings: dict[str, object], folder: str) -> Section | None:
    location = settings["script_location"]
    if not isinstance(location, str) or not location:
        return None
    scripts = _path(location, folder)
    said = settings.get("version_locations")
    if isinstance(said, str) and said.strip():
        separator = settings.get("path_separator") or settings.get("version_path_separator")
        kind = str(separator).split("#")[0].strip() if separator else ""
        pattern = _SEPARATORS.get(kind, r"[\s,]+" if not kind else re.escape(kind))
        said = [each for each in re.split(pattern, said.strip()) if each]
    versions = said if isinstance(said, list) else []
    locations = tuple(_path(each, folder) for each in versions if isinstance(each, str))
    url = settings.get("sqlalchemy.url")
    written = url if isinstance(url, str) and not url.startswith(_DUMMY) else ""
    return Section(scripts, locations or (os.path.join(scripts, "versions"),), written)


def _path(said: str, folder: str) -> str:
    """A path of the settings: `%(here)s` is the file's own folder, `package:inside` a place in a
    package beside it."""
    said = re.sub(r"%%?\(here\)s", folder.replace("\\", "/"), said.strip())
    head, colon, tail = said.partition(":")
    if colon and len(head) > 1 and "/" not in head:
        said = head.replace(".", "/") + "/" + tail
    return os.path.normpath(os.path.join(folder, said))
