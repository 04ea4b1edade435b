"""TOML, by the standard library where it has it. Import this only where there is a file to read."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def loads(text: str) -> dict[str, Any]:
    """The document; ValueError, with the place, for what is none."""
    return tomllib.loads(text)
