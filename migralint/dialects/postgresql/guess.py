"""Which relations a text names that does not parse."""

from __future__ import annotations

from migralint.dialects import lex
from migralint.ops import Name, quoted

# Words that a relation's name comes after, and words that may come between.
_BEFORE = frozenset(("table", "into", "from", "update", "join", "references", "truncate", "copy"))
_BETWEEN = frozenset(("if", "not", "exists", "only", "concurrently", "table"))


def relations_named(text: str) -> tuple[Name, ...]:
    """What stands where statements name relations."""
    tokens = [token for token in lex.tokens(text) if token.kind != "comment"]
    words = [text[start:end].lower() if kind == "word" else "" for kind, start, end in tokens]
    found: dict[Name, None] = {}
    for number, word in enumerate(words):
        if word not in _BEFORE:
            continue
        at = number + 1
        while at < len(words) and words[at] in _BETWEEN:
            at += 1
        parts: list[str] = []
        while at < len(tokens):
            kind, start, end = tokens[at]
            if kind == "identifier":
                parts.append(text[start + 1 : end - 1].replace('""', '"'))
            elif kind == "word" and (quoted(words[at]) == words[at] or not words[at].isascii()):
                parts.append(words[at])
            elif kind != "placeholder":
                break
            if text[end : end + 1] != ".":
                break
            at += 2
        if parts and parts[-1] and parts[-1] not in ("set", "of"):
            found[Name(parts[-1], parts[-2] if len(parts) > 1 else "")] = None
    return tuple(found)
