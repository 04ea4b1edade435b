"""A finding's plan as edits of a migration in JavaScript, and as new migrations after the last one:
what must not share its transaction stands in one that leaves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from migralint.finding import Finding, Fix, Step
from migralint.migration import Script
from migralint.ops import Op
from migralint.source import Edit
from migralint.tools.calls import alike, reworded
from migralint.tools.javascript.calls import Call, call_at, literal
from migralint.tools.place import Place, Scene, is_alone, is_wrapped, last_path
from migralint.tools.undoing import if_there, same, title, undone

NOTHING = "// Nothing to undo: this changes no data and nothing that could be taken back."


class Text(Struct, frozen=True):
    """What a new migration sends, statement by statement, and what the way back does."""

    title: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    outside: bool
    """It runs without a transaction."""


class Idiom(Struct, frozen=True):
    """How a tool is written to."""

    raw: str
    """The method that sends SQL as it is."""
    takes: Callable[[str], bool]
    """Whether that method sends this SQL unchanged."""
    leave: Callable[[Script], Edit | None]
    """What makes a file run without a transaction; None where it cannot."""
    new: Callable[[Place, Call, str, Text], tuple[str, str] | None]
    """The path and the text of a migration like that of a place, after the one in this path; None
    where there can be none."""
    back_leaves: bool = False
    """The way back of a file that leaves the transaction leaves it, too."""


def rewritten(scene: Scene, finding: Finding, idiom: Idiom) -> Fix | None:
    """The fix that does what a finding's plan says; None where that takes people."""
    plan = finding.plan
    if plan is None or not plan.whole or finding.op is None:
        return None
    place = scene.find(finding)
    if place is None or place.op.conditional or place.script.direction != "up":
        return None
    call = call_at(place.script, place.statement)
    if call is None or not call.runner.isidentifier():
        return None
    writer = _Writer(place, call, idiom)
    if not writer.write(plan.steps):
        return None
    edits = tuple(sorted(writer.edits, key=lambda each: each.span.start))
    return Fix(plan.title, edits, tuple(writer.files), writer.safe and not writer.files)


class _Writer:
    """One fix in the making."""

    def __init__(self, place: Place, call: Call, idiom: Idiom) -> None:
        self.place = place
        self.call = call
        self.idiom = idiom
        self.edits: list[Edit] = []
        self.files: list[tuple[str, str]] = []
        self.safe = True
        self._last = last_path(place)

    def write(self, steps: tuple[Step, ...]) -> bool:
        wrapped = is_wrapped(self.place)
        if not wrapped:
            return self._here([op for step in steps for op in step.ops])
        first, *rest = steps
        if not first.in_transaction:
            leave = self.idiom.leave(self.place.script) if is_alone(self.place) else None
            if leave is not None and not self.call.nested:
                self.edits.append(leave)
                self.safe = False
                return self._here([op for step in steps for op in step.ops])
            return self._move(steps)
        if first.new_migration:
            return self._move(steps)
        return self._here(list(first.ops)) and all(self._new(step) for step in rest)

    # In place

    def _here(self, ops: list[Op]) -> bool:
        """These operations where the call stands."""
        call = self.call
        texts = [self._said(op) for op in ops]
        if None in texts or (len(texts) > 1 and (call.nested or not call.asynchronous)):
            return False
        if call.nested and texts != [call.text]:
            return False  # A builder's function sends nothing by itself.
        lines = [f"await {text}{call.ends}" for text in texts[:-1]]
        lines.append(f"{call.lead}{texts[-1]}{call.ends}")
        new = f"{self.place.line_end}{call.indent}".join(lines)
        if new != call.source.text[call.span.start : call.span.end]:
            self.edits.append(Edit(call.span, new))
        return bool(self.edits)

    def _said(self, op: Op) -> str | None:
        """An operation as a call: the one that stands there as far as it goes, else SQL."""
        place, call = self.place, self.call
        if alike(op, place.op):
            return call.text
        if (text := reworded(place, call.value, op)) is not None:
            return text
        if type(op) is type(place.op) and len(place.statement.ops) > 1:
            return None  # What else the statement does would be lost.
        sql = place.words.emit(op)
        return self._sent(sql) if sql is not None and self.idiom.takes(sql) else None

    def _sent(self, sql: str) -> str:
        return f"{self.call.runner}.{self.idiom.raw}({literal(sql, self.call.source)})"

    # In migrations of their own

    def _move(self, steps: Iterable[Step]) -> bool:
        """All steps in new migrations, and the call out of this one."""
        place = self.place
        if len(place.script.statements) < 2 or len(place.statement.ops) > 1:
            return False
        for step in steps:
            if not self._moved_back(step.ops) or not self._new(step):
                return False
        self.edits.append(self.call.cut())
        return True

    def _moved_back(self, ops: Iterable[Op]) -> bool:
        """The old way back has what takes these operations back no more."""
        down = self.place.migration.down
        opposites = [each for each in map(undone, ops) if each is not None]
        for statement in down.statements if down is not None else ():
            if not any(same(op, each) for op in statement.ops for each in opposites):
                continue
            assert down is not None
            call = call_at(down, statement)
            if call is None or len(statement.ops) > 1 or len(down.statements) < 2:
                return False
            self.edits.append(call.cut())
        return True

    def _new(self, step: Step) -> bool:
        """A step in a migration of its own, after the last one."""
        if self._last is None:
            return False
        words = self.place.words
        up = [words.emit(op) for op in step.ops]
        sent = [text for text in up if text is not None]
        if len(sent) < len(up) or not all(map(self.idiom.takes, sent)):
            return False
        # All pending migrations may share a transaction: what has to wait for it leaves it, too.
        scope = self.place.script.transaction.scope
        outside = scope == "run" or (scope == "file" and not step.in_transaction)
        back = [each for each in map(undone, step.ops) if each is not None]
        if not (outside and self.idiom.back_leaves):
            back = list(map(if_there, back))
        down = [words.emit(each) for each in back]
        text = Text(title(step.ops), tuple(sent), tuple(filter(None, down[::-1])), outside)
        made = self.idiom.new(self.place, self.call, self._last, text)
        if made is None:
            return False
        self.files.append((made[0], made[1].replace("\n", self.place.line_end)))
        self._last = made[0]
        return True
