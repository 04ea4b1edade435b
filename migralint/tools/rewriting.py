"""A finding's plan as edits of files of SQL, and as new ones.

What the plan does here is said in the statement's own words as far as they go. What must not share
its transaction follows in the same file where each statement commits by itself, and stands in a
migration after the last one where it does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from migralint.finding import Finding, Fix, Plan, Step
from migralint.migration import Statement
from migralint.ops import Begin, Commit, CreateIndex, DropIndex, Op, Rollback
from migralint.source import Edit, Span
from migralint.tools import changesets
from migralint.tools.idioms import IDIOMS, Idiom, following
from migralint.tools.place import (
    Place,
    Scene,
    applied,
    extent,
    indent_of,
    is_alone,
    is_batch,
    is_wrapped,
    last_path,
    line_of,
    trailing,
    without_clause,
)
from migralint.tools.undoing import if_there, same, title, undone


def rewrite(scene: Scene, finding: Finding) -> Fix | None:
    """The fix that does what a finding's plan says; None where that takes people."""
    plan, idiom = finding.plan, IDIOMS.get(scene.project.tool)
    if plan is None or idiom is None or not plan.whole or finding.op is None:
        return None
    place = scene.find(finding)
    if place is None or place.statement.block or place.op.conditional:
        return None
    ops = [op for statement in place.script.statements for op in statement.ops]
    if place.script.direction != "up" or any(
        isinstance(op, (Begin, Commit, Rollback)) for op in ops
    ):
        return None
    if idiom.back and not changesets.can(place.script, place.migration.down):
        return None
    if idiom.back and place.migration.kind != "versioned":
        return None  # It runs again and again; a further changeset would run once.
    return _Writer(place, plan, idiom).fix()


class _Writer:
    """One fix in the making."""

    def __init__(self, place: Place, plan: Plan, idiom: Idiom) -> None:
        self.place = place
        self.plan = plan
        self.idiom = idiom
        self.edits: list[Edit] = []
        self.back: list[Edit] = []
        """Edits of the way back, which may be another file."""
        self.files: list[tuple[str, str]] = []
        self.safe = True
        self.sets: dict[str, str] = {}
        """Further changesets of the same file by their ids."""
        self._last = last_path(place)

    def fix(self) -> Fix | None:
        first, *rest = self.plan.steps
        wrapped = is_wrapped(self.place)
        moves = first.new_migration
        if not first.in_transaction and wrapped:
            moves = True
            if self._is_alone():
                leave = self.idiom.leave(self.place.script)
                if leave is not None and self._beside(first):
                    self.edits += [Edit(each.span, self._lines(each.text)) for each in leave]
                    self.safe = False
                    moves = False
                    wrapped = self.idiom.single
        written = self._move(first, rest) if moves else self._here(first, rest, wrapped)
        if not written:
            return None
        edits, files = list(self.edits), list(self.files)
        if self.sets:
            end = changesets.end(self.place.script)
            ends = self.place.script.source.text[:end].endswith("\n")
            text = ("" if ends else "\n") + "".join(f"\n{each}" for each in self.sets.values())
            edits.append(Edit(Span(end, end), self._lines(text)))
        if self.back and self.place.migration.down is not None:
            source = self.place.migration.down.source
            if source.path == self.place.script.source.path:
                edits += self.back
            else:
                files.append((source.path, applied(source.text, self.back)))
        edits.sort(key=lambda each: (each.span.start, each.span.end))
        safe = self.safe and not files and not self.sets
        return Fix(self.plan.title, tuple(edits), tuple(files), safe)

    # In place

    def _here(self, first: Step, rest: list[Step], wrapped: bool) -> bool:
        """The first step where the statement stands, the others after it or in new migrations."""
        place = self.place
        statement = place.statement
        if first.ops == (place.op,) and not rest:
            return bool(self.edits)  # It only leaves the transaction.
        if not self._reword(first):
            return False
        if len(first.ops) > 1 and (is_batch(place) or not self.idiom.resumes):
            self.safe = False  # Two statements of one query are a transaction, where one was none.
        if not rest:
            return True
        if wrapped or self.idiom.single:
            self._undo_here(first)
            return self._new(rest)
        texts = [place.words.emit(op) for step in rest for op in step.ops]
        if None in texts:
            return False
        end = extent(place.script, statement).end
        more = "".join(f"{place.line_end}{text};" for text in texts)
        self.edits.append(Edit(Span(end, end), ("" if self._ends(statement) else ";") + more))
        return True

    def _reword(self, step: Step) -> bool:
        """What the statement says now, in as few edits as it takes."""
        place = self.place
        statement, op, words = place.statement, place.op, place.words
        new = [each for each in step.ops if each not in statement.ops]
        if op in step.ops:
            at = step.ops.index(op)
            before = [words.emit(each) for each in step.ops[:at] if each in new]
            after = [words.emit(each) for each in step.ops[at + 1 :] if each in new]
            if None in before or None in after:
                return False
            start, end = statement.span.start, extent(place.script, statement).end
            indent = indent_of(place.script.source.text, start)
            if before:
                text = "".join(f"{each};{place.line_end}{indent}" for each in before)
                self.edits.append(Edit(Span(start, start), text))
            if after:
                text = "".join(f"{place.line_end}{indent}{each};" for each in after)
                self.edits.append(Edit(Span(end, end), text))
            return True
        if not new:
            return False
        edits = words.edits(statement, op, new[0])
        clauses = [words.clause(each) for each in new]
        if edits is not None and len(new) == 1:
            self.edits += edits
        elif edits is not None and op.clause >= 0 and all(clauses[1:]):
            end = words.locate(statement, op).end
            more = "".join(f", {clause}" for clause in clauses[1:])
            self.edits += (*edits, Edit(Span(end, end), more))
        elif op.clause >= 0 and all(clauses):
            text = ", ".join(filter(None, clauses))
            self.edits.append(Edit(words.locate(statement, op), text))
        else:
            texts = [words.emit(each) for each in new]
            if None in texts:
                return False
            separator = f";{place.line_end}"
            text = separator.join(filter(None, texts))
            if len(statement.ops) == 1:
                self.edits.append(Edit(statement.span, text))
            else:
                cut = without_clause(place)
                end = extent(place.script, statement).end
                if cut is None:
                    return False
                more = ("" if self._ends(statement) else ";") + place.line_end + text + ";"
                self.edits += (cut, Edit(Span(end, end), more))
        return True

    def _undo_here(self, step: Step) -> None:
        """What the way back takes away, now that this step alone stands here."""
        place, down = self.place, self.place.migration.down
        new = [each for each in step.ops if type(each) is not type(place.op)]
        opposites = [each for each in map(undone, new) if each is not None]
        texts = [text for each in opposites if (text := place.words.emit(if_there(each)))]
        if down is None or not down.statements or not texts:
            return
        # Where its own words give a constraint no name, the later steps say it.
        every = [place.op, *(op for step in self.plan.steps for op in step.ops)]
        before = [each for each in map(undone, every) if each is not None]
        for statement in down.statements:
            if len(statement.ops) == 1 and any(same(statement.ops[0], each) for each in before):
                between = f";{place.line_end}{self.idiom.back}"
                self.back.append(Edit(statement.span, between.join(texts)))
                return
        end = extent(down, down.statements[-1]).end
        ended = down.source.text[:end].endswith(";")
        more = "".join(f"{place.line_end}{self.idiom.back}{text};" for text in texts)
        self.back.append(Edit(Span(end, end), ("" if ended else ";") + more))

    # In migrations of their own

    def _move(self, first: Step, rest: list[Step]) -> bool:
        """All steps in new migrations, and the statement out of this one."""
        place = self.place
        statement = place.statement
        if len(place.script.statements) < 2 and len(statement.ops) < 2:
            return False
        if self.idiom.leave is IDIOMS["supabase"].leave and not first.in_transaction:
            return False
        if len(statement.ops) == 1:
            text = self._said_anew(first)
            whole = extent(place.script, statement)
            comment = trailing(place.script.source.text, whole.end)
            if comment is not None and text is not None:
                whole = Span(whole.start, comment.end)
                text = f"{place.script.source.text[comment.start : comment.end]}\n{text}"
            self.edits.append(Edit(line_of(place.script, whole), ""))
        else:
            texts = [place.words.emit(each) for each in first.ops]
            cut = without_clause(place)
            if None in texts or cut is None:
                return False
            text = ";\n".join(filter(None, texts))
            self.edits.append(cut)
        if text is None:
            return False
        back = self._moved_back(first.ops)
        together = not first.in_transaction and not self.idiom.single
        if rest and together:
            # Each statement commits by itself there, so that the steps can follow one another.
            texts = [place.words.emit(op) for step in rest for op in step.ops]
            if None in texts:
                return False
            text = ";\n".join([text, *filter(None, texts)])
            more = [undone(op) for step in reversed(rest) for op in reversed(step.ops)]
            texts = [place.words.emit(each) for each in more if each is not None]
            back = ";\n".join(filter(None, [*texts, back]))
            rest = []
        ops = first.ops
        return self._write(ops, text, back, first.in_transaction) and self._new(rest)

    def _said_anew(self, step: Step) -> str | None:
        """The first step as statements of their own."""
        place = self.place
        statement, op = place.statement, place.op
        if step.ops == (op,):
            return statement.text
        if len(step.ops) == 1 and (edits := place.words.edits(statement, op, step.ops[0])):
            base = statement.span.start
            moved = [Edit(each.span.shift(-base), each.text) for each in edits]
            return applied(statement.text, moved)
        texts = [place.words.emit(each) for each in step.ops]
        return None if None in texts else ";\n".join(filter(None, texts))

    def _moved_back(self, ops: Iterable[Op]) -> str:
        """What takes the moved operations back; the old way back has it no more."""
        place, texts = self.place, []
        down = place.migration.down
        for op in ops:
            opposite = undone(op)
            if opposite is None:
                continue
            text = place.words.emit(opposite)
            for statement in down.statements if down is not None else ():
                if len(statement.ops) == 1 and same(statement.ops[0], opposite):
                    assert down is not None
                    span = line_of(down, extent(down, statement), self.idiom.back.strip())
                    self.back.append(Edit(span, ""))
            if text:
                texts.append(text)
        return ";\n".join(texts)

    def _new(self, steps: Iterable[Step]) -> bool:
        """Each step in a migration of its own."""
        for step in steps:
            texts = [self.place.words.emit(op) for op in step.ops]
            if None in texts:
                return False
            back = [
                text
                for op in reversed(step.ops)
                if (each := undone(op)) is not None and (text := self.place.words.emit(each))
            ]
            said = ";\n".join(filter(None, texts))
            if not self._write(step.ops, said, ";\n".join(back), step.in_transaction):
                return False
        return True

    def _write(self, ops: tuple[Op, ...], up: str, down: str, wrapped: bool) -> bool:
        """One migration after the last one."""
        place, idiom = self.place, self.idiom
        scope = place.script.transaction.scope
        if idiom.back:
            known = {each.id for each in place.project.migrations} | self.sets.keys()
            id = changesets.following(place.migration.id, known)
            lines = [f"{each};" for each in down.split(";\n") if each]
            shown = lines if place.migration.down is not None else None
            outside = not wrapped and scope == "file"
            self.sets[id] = changesets.written(place.script, id, f"{up};", shown, outside=outside)
            return True
        if self._last is None or (scope == "run" and wrapped):
            return False
        source = place.script.source.path
        path = following(source, self._last, title(ops), idiom)
        if path is None:
            return False
        outside = not wrapped and scope not in ("none", "statement")
        head = idiom.head if outside else ""
        more = idiom.outside if outside else ""
        nothing = "-- Nothing to undo: this changes no data and nothing that could be taken back."
        back = f"{down};" if down else nothing
        text = f"{up};\n"
        has_back = place.migration.down is not None
        if idiom.up:
            text = f"{head}{idiom.up}{more}\n{text}"
            if has_back and idiom.down is not None:
                text += f"\n{idiom.down}{more}\n{back}\n"
        else:
            text = f"{head}{text}"
            other = place.migration.down.source.path if place.migration.down is not None else None
            if other is not None and other != source:
                name = following(other, self._last, title(ops), idiom)
                if name is None:
                    return False
                self.files.append((name, self._lines(f"{head}{back}\n")))
        if outside and not self._beside_new(path, ops):
            return False
        self.files.append((path, self._lines(text)))
        self._last = path
        return True

    def _beside(self, step: Step) -> bool:
        """The file that goes with this one where it leaves the transaction."""
        path = self.place.script.source.path
        return self._beside_new(path, step.ops)

    def _beside_new(self, path: str, ops: Iterable[Op]) -> bool:
        if self.idiom.beside is None:
            return True
        if self.place.project.tool == "flyway" and all(
            isinstance(op, (CreateIndex, DropIndex)) for op in ops
        ):
            return True  # Flyway knows those by itself.
        name, text = self.idiom.beside
        folder, _, file = path.rpartition("/")
        full = "/".join(filter(None, (folder, name.format(file))))
        if os.path.exists(full):
            return False
        self.files.append((full, self._lines(text)))
        return True

    def _is_alone(self) -> bool:
        """The whole file can leave the transaction: nothing in it needs one."""
        single = self.idiom.single and len(self.place.script.statements) > 1
        return not single and is_alone(self.place)

    def _ends(self, statement: Statement) -> bool:
        """A semicolon ends it."""
        text = self.place.script.source.text
        return text[: extent(self.place.script, statement).end].endswith(";")

    def _lines(self, text: str) -> str:
        return text.replace("\n", self.place.line_end)
