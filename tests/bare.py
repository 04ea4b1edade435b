"""Operations without the places that they stand at, for comparing what two texts say."""

from __future__ import annotations

from typing import Any

from migralint.ops import Unknown
from migralint.source import NOWHERE, Span


def bare(value: Any) -> Any:
    """A value without places in it."""
    if isinstance(value, Span):
        return NOWHERE
    if isinstance(value, (tuple, list)):
        return tuple(map(bare, value))
    if hasattr(value, "__struct_fields__"):
        # What a parser says of a mistake quotes the words as they stand there.
        left = ("reason",) if isinstance(value, Unknown) else ()
        names = [name for name in value.__struct_fields__ if name not in left]
        return type(value).__name__, tuple((name, bare(getattr(value, name))) for name in names)
    return value
