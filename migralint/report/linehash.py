"""GitHub's `primaryLocationLineHash`: what tells an alert from another after lines have moved.

The algorithm is the one of github/codeql-action (`src/fingerprints.ts`), which computes it where a
report has none; another value under this name would make every alert a new one. For a line it is a
polynomial hash over the next 100 UTF-16 units from the line's start, without blanks and tabs, every
line end as LF, 0xFFFF for the end of the file and zeros after it; then how many lines of the file
so far had that hash.
"""

from __future__ import annotations

import array
import sys
from collections import Counter

UNITS = 100
FACTOR = 37
WORD = 1 << 64


class LineHashes:
    """The keys of one file's lines."""

    def __init__(self, text: str, *, mark: bool = False) -> None:
        if mark:
            text = "\ufeff" + text
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = text.replace(" ", "").replace("\t", "")
        if not text.isascii() and max(text) > "\uffff":
            units = array.array("H")
            units.frombytes(text.encode(f"utf-16-{'le' if sys.byteorder == 'little' else 'be'}"))
            text = "".join(map(chr, units))
        self._text = text + "\uffff"
        self._windows: list[tuple[int, int]] | None = None

    def key(self, line: int) -> str:
        """The key of a line (1-based)."""
        if self._windows is None:
            self._windows = self._read()
        start, number = self._windows[min(line, len(self._windows)) - 1]
        value = 0
        for unit in self._text[start : start + UNITS].ljust(UNITS, "\0"):
            value = (value * FACTOR + ord(unit)) % WORD
        return f"{value:x}:{number}"

    def _read(self) -> list[tuple[int, int]]:
        """Where each line starts, and how many lines up to it hold the same."""
        seen: Counter[str] = Counter()
        found = []
        at = 0
        while at < len(self._text):
            window = self._text[at : at + UNITS]
            seen[window] += 1
            found.append((at, seen[window]))
            end = self._text.find("\n", at)
            if end < 0:
                break
            at = end + 1
        return found
