"""Source lines with carets under a span, as rustc draws them."""

from __future__ import annotations

from migralint.report.terminal import Style, shown, width
from migralint.source import Source, Span

WINDOW = 140
"""Columns of a source line that are printed; the rest of a longer one is cut."""
HEAD = 4
"""Lines printed at the start of a long span, before the gap and its last line."""


class Snippet:
    """A span of one file, ready to be drawn: its lines, and where it starts and ends on them."""

    def __init__(self, source: Source, span: Span, *, mark: str = "^", label: str = "") -> None:
        self.source = source
        self.mark = mark
        self.label = label
        end = max(span.start, min(span.end, len(source.text)))
        # The line end after a span's last character, and blanks before it, are nothing to
        # underline.
        while end > span.start + 1 and source.text[end - 1].isspace():
            end -= 1
        self.line, self.column = source.position(span.start)
        # The last character's line, not the one after it.
        self.last, last_column = source.position(max(end - 1, span.start))
        self.last_column = last_column + 1 if end > span.start else last_column

    @property
    def digits(self) -> int:
        """How wide the largest line number is."""
        return len(str(self.last))

    def draw(self, digits: int, style: Style, paint: str) -> list[str]:
        """The lines of the drawing, behind a gutter for line numbers of `digits`."""
        return (
            self._one(digits, style, paint)
            if self.line == self.last
            else self._many(digits, style, paint)
        )

    def _gutter(self, number: int | None, digits: int, style: Style) -> str:
        return style.gutter(f"{'' if number is None else number:>{digits}} |")

    def _one(self, digits: int, style: Style, paint: str) -> list[str]:
        before, marked, after = _window(
            self.source.line(self.line), self.column - 1, self.last_column - 1
        )
        label = f" {self.label}" if self.label else ""
        carets = style.severity(paint, self.mark * max(1, width(marked)) + label)
        return [
            f"{self._gutter(self.line, digits, style)} {before}{marked}{after}".rstrip(),
            f"{self._gutter(None, digits, style)} {' ' * width(before)}{carets}",
        ]

    def _many(self, digits: int, style: Style, paint: str) -> list[str]:
        """A bracket at the left from the first line to the last one's end."""
        bar = style.severity(paint, "|")
        first = self.source.line(self.line)
        indented = not first[: self.column - 1].strip()
        drawn = []
        for number in self._shown_lines():
            if number is None:
                drawn.append(style.gutter("." * max(3, digits)) + f" {bar}")
                continue
            start = self.column - 1 if number == self.line else 0
            before, marked, after = _window(self.source.line(number), start, start)
            edge = bar
            if number == self.line:
                edge = style.severity(paint, "/") if indented else " "
            drawn.append(
                f"{self._gutter(number, digits, style)} {edge} {before}{marked}{after}".rstrip()
            )
            if number == self.line and not indented:
                underline = style.severity(paint, f" {'_' * (width(before) + 1)}{self.mark}")
                drawn.append(f"{self._gutter(None, digits, style)} {underline}")
        before, _, _ = _window(
            self.source.line(self.last), self.last_column - 2, self.last_column - 2
        )
        label = f" {self.label}" if self.label else ""
        end = style.severity(paint, f"|{'_' * (width(before) + 1)}{self.mark}{label}")
        return [*drawn, f"{self._gutter(None, digits, style)} {end}"]

    def _shown_lines(self) -> list[int | None]:
        """The numbers of the lines to print, None for the gap."""
        if self.last - self.line <= HEAD + 1:
            return list(range(self.line, self.last + 1))
        return [*range(self.line, self.line + HEAD), None, self.last]


def _window(line: str, start: int, end: int) -> tuple[str, str, str]:
    """A line's printable text before, inside and after a span, cut to a window around its start."""
    low = 0
    high = len(line)
    if high > WINDOW:
        low = max(0, min(start - WINDOW // 4, high - WINDOW))
        high = low + WINDOW
    before = ("…" if low else "") + shown(line[low:start])
    marked = shown(line[start : min(end, high)])
    after = shown(line[min(end, high) : high]) + ("…" if high < len(line) else "")
    return before, marked, after
