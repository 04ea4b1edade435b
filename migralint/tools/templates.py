"""Go templates in files of SQL: which of their actions stand between statements, and may give
statements of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migralint.dialects import lex
from migralint.source import Span

_STEERS = re.compile(r"\{\{-?\s*(?:if|else|end|range|with|define|block|break|continue|/\*|\$)")


class Action(NamedTuple):
    """`{{ … }}` between two statements; `steers` says that it gives no text itself."""

    span: Span
    steers: bool


def actions(text: str, start: int, end: int) -> Iterator[Action]:
    """The actions that stand between statements."""
    fresh = True
    for kind, first, last in lex.tokens(text, start, end):
        if kind == "comment":
            continue
        if fresh and kind == "placeholder" and text.startswith("{{", first):
            if _alone(text, first, last):
                yield Action(Span(first, last), _STEERS.match(text, first) is not None)
                continue
        fresh = kind == "symbol" and text[first] == ";"


def _alone(text: str, first: int, last: int) -> bool:
    """Whether nothing of a statement stands on the action's line."""
    begin = text.rfind("\n", 0, first) + 1
    close = text.find("\n", last)
    after = text[last : len(text) if close < 0 else close]
    around = text[begin:first] + after
    return not re.sub(r"\{\{.*?\}\}|--.*|;", "", around).strip()
