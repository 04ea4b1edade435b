"""A finding's plan as edits of a migration: an operation becomes the one of django.contrib.postgres
that does it without a long lock. What must not share its transaction moves to a new migration after
the last one of its app, unless the whole migration can leave the transaction."""

from __future__ import annotations

import ast
import os
import re

from msgspec import Struct

from migralint.finding import Finding, Fix, Plan, Step
from migralint.migration import Migration
from migralint.ops import (
    AddColumn,
    AddConstraint,
    CreateIndex,
    CreateTable,
    DropIndex,
    Op,
    SetTimeout,
    ValidateConstraint,
)
from migralint.source import Edit, Source, Span
from migralint.tools.calls import INDENT, alike, folded, indented, literal, reworded, span_of
from migralint.tools.django.imports import POSTGRES, Import, written
from migralint.tools.django.listed import Operation, argument, assigned, of_django
from migralint.tools.place import Place, Scene, applied, indent_of, is_alone
from migralint.tools.undoing import title, undone

_INDEXES = {"AddIndex": "AddIndexConcurrently", "RemoveIndex": "RemoveIndexConcurrently"}
_ADDING = frozenset(
    "AddConstraint AddConstraintNotValid AddField AddIndex AddIndexConcurrently AlterField"
    " AlterModelManagers AlterModelOptions AlterModelTableComment CreateModel".split()
)
"""Operations that can run before one on an index as well as after it."""
_ADDS = (AddColumn, AddConstraint, CreateIndex, CreateTable, SetTimeout, ValidateConstraint)
"""The same of what SQL does."""
_MIGRATION = """\
{imports}

class Migration(migrations.Migration):
{atomic}    dependencies = [
        ({app}, {name}),
    ]

    operations = [
        {operation},{comment}
    ]
"""


def rewrite(scene: Scene, finding: Finding) -> Fix | None:
    """The fix that does what a finding's plan says; None where that takes people."""
    plan = finding.plan
    if plan is None or not plan.whole or finding.op is None:
        return None
    place = scene.find(finding)
    if place is None or place.op.conditional or place.script.direction != "up":
        return None
    if place.script.transaction.scope not in ("file", "none", "statement"):
        return None
    operation = Operation.at(place)
    return None if operation is None else _Writer(place, operation).fix(plan)


class _Writer:
    """One fix in the making."""

    def __init__(self, place: Place, operation: Operation) -> None:
        self.place = place
        self.operation = operation
        self.source: Source = place.script.source
        self.free = place.script.transaction.scope != "file"
        """Each operation commits by itself."""
        self.edits: list[Edit] = []
        self.files: list[tuple[str, str]] = []
        self.safe = True

    def fix(self, plan: Plan) -> Fix | None:
        first, *rest = plan.steps
        op = first.ops[-1]
        if op is self.place.op or alike(op, self.place.op):
            before = first.ops[:-1]
            if before and not rest:
                done = self._before(before)
            else:
                done = not rest and not before and self._outside(first, self._said(op))
        elif len(first.ops) > 1 or not self._is_single():
            done = False
        elif first.in_transaction:
            done = self._here(op) and all(map(self._then, rest))
        else:
            done = not rest and self._outside(first, self._said(op))
        if not done:
            return None
        edits = tuple(sorted(self.edits, key=lambda each: (each.span.start, each.span.end)))
        return Fix(plan.title, edits, tuple(self.files), self.safe and not self.files)

    def _is_single(self) -> bool:
        """The operation sends nothing else."""
        span = self.operation.span
        inside = [
            each
            for each in self.place.script.statements
            if span.start <= each.span.start and each.span.end <= span.end
        ]
        return len(inside) == 1 and len(inside[0].ops) == 1

    # In place

    def _before(self, ops: tuple[Op, ...]) -> bool:
        """Timeouts above the operation."""
        texts = [self._sql(op) for op in ops]
        if None in texts or not all(isinstance(op, SetTimeout) for op in ops):
            return False
        start = self.operation.span.start
        between = f",{self.place.line_end}{self._indent()}"
        self.edits.append(Edit(Span(start, start), "".join(f"{text}{between}" for text in texts)))
        return True

    def _here(self, op: Op) -> bool:
        """The operation says something else."""
        call = self._said(op)
        if call is None:
            return False
        self.edits += call.edits
        return True

    def _outside(self, step: Step, call: _Call | None) -> bool:
        """The operation outside of the transaction: the whole migration, or in one of its own."""
        if call is None or not self._is_single():
            return False
        if self.free:
            self.edits += call.edits
            return bool(call.edits)
        self.safe = False
        if is_alone(self.place):
            atomic = self._not_atomic()
            if atomic is None:
                return False
            self.edits += [*call.edits, atomic]
            return True
        if not self._can_wait():
            return False
        comment = self._cut()
        by = len(INDENT) * 2 - len(self._indent())
        text = indented(call.text, by)
        return comment is not None and self._write(step, text, call.imports, comment, atomic=False)

    def _not_atomic(self) -> Edit | None:
        kind, source = self.operation.kind, self.source
        said = assigned(kind, "atomic")
        if said is not None:
            known = isinstance(said, ast.Constant) and said.value is True
            return Edit(span_of(source, said), "False") if known else None
        body = kind.body[1:] if ast.get_docstring(kind) is not None else kind.body
        start = span_of(source, body[0]).start
        between = source.text[span_of(source, body[0]).end : span_of(source, body[-1]).start]
        lines = 2 if re.search(r"\n\s*\n", between) else 1
        return Edit(
            Span(start, start),
            f"atomic = False{self.place.line_end * lines}{indent_of(source.text, start)}",
        )

    def _can_wait(self) -> bool:
        """Nothing after it needs what it does, or changes what it is about."""
        every = self.operation.siblings
        if not all(map(self._is_harmless, every[every.index(self.operation.node) + 1 :])):
            return False
        # What other fixes have moved comes before it then.
        moved = [each for each in self.place.project.migrations if each.path in self.place.made]
        names = _indexes(self.place.op)
        return all(
            isinstance(op, _ADDS) or (bool(_indexes(op)) and not names & _indexes(op))
            for each in moved
            for statement in each.up.statements
            for op in statement.ops
        )

    def _is_harmless(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Call):
            return False
        name = of_django(self.operation.imports, node.func)
        op = self.place.op
        if name == "RunPython":
            return not (isinstance(op, CreateIndex) and op.unique)
        if name == "RunSQL":
            span = span_of(self.source, node)
            inside = [
                each
                for each in self.place.script.statements
                if span.start <= each.span.start and each.span.end <= span.end
            ]
            return all(isinstance(op, _ADDS) for each in inside for op in each.ops)
        return name in _ADDING or (name in _INDEXES and self._other(node))

    def _other(self, call: ast.Call) -> bool:
        """It removes another index than the one in hand."""
        name = argument(call, 1, "name")
        op = self.place.op
        return (
            isinstance(name, ast.Constant)
            and isinstance(op, (CreateIndex, DropIndex))
            and name.value != (op.name if isinstance(op, CreateIndex) else op.index.name)
        )

    def _cut(self) -> str | None:
        """Take the operation out; the comment behind it. None where that is not possible."""
        text, span = self.source.text, self.operation.span
        rest = re.compile(r"\s*,|(?=\s*(?:#[^\r\n]*\s*)*\])").match(text, span.end)
        if rest is None:
            return None
        line = re.compile(r"[ \t]*(#[^\r\n]*)?(?:\r\n?|\n)").match(text, rest.end())
        start = text.rfind("\n", 0, span.start) + 1
        if line is not None and not text[start : span.start].strip():
            self.edits.append(Edit(Span(start, line.end()), ""))
            return f"  {line[1]}" if line[1] else ""
        end = re.compile(r"[ \t]*").match(text, rest.end())
        assert end is not None
        self.edits.append(Edit(Span(span.start, end.end()), ""))
        return ""

    # What is said

    def _said(self, op: Op) -> _Call | None:
        """An operation as a call of the same name or its better twin."""
        operation, source = self.operation, self.source
        node, old, name = operation.node, self.place.op, operation.name
        text = source.text[operation.span.start : operation.span.end]
        imports = operation.imports.needed(node)
        if imports is None or not name:
            return None
        if alike(op, old):
            return _Call(text, imports, ())
        if operation.is_sql(self.place.statement.span):
            said = reworded(self.place, operation.span, op)
            return None if said is None else _Call(said, imports, (Edit(operation.span, said),))
        twin = None
        if isinstance(op, (CreateIndex, DropIndex)) and op.concurrently:
            twin = _INDEXES.get(name)
        elif isinstance(op, AddConstraint) and name == "AddConstraint" and self._is_check():
            twin = "AddConstraintNotValid" if op.constraint.not_valid else None
        if twin is None:
            return None
        called, edit = operation.imports.add(POSTGRES, twin)
        head = span_of(source, node.func)
        arguments = [
            each
            for one in (*node.args, *(key.value for key in node.keywords))
            for each in operation.imports.needed(one) or ()
        ]
        bound = "" if called == twin else called
        imports = [*arguments, (POSTGRES, twin, bound)]
        edits = (Edit(head, called), *([edit] if edit else []))
        moved = applied(text, [Edit(head.shift(-operation.span.start), called)])
        return _Call(moved, imports, edits)

    def _is_check(self) -> bool:
        made = argument(self.operation.node, 1, "constraint")
        path = self.operation.imports.path(made.func) if isinstance(made, ast.Call) else ""
        return path.startswith("django.db.models") and path.endswith(".CheckConstraint")

    def _validated(self) -> str | None:
        """The second step of a constraint that was added NOT VALID."""
        node = self.operation.node
        made = argument(node, 1, "constraint")
        if not isinstance(made, ast.Call):
            return None
        found = argument(node, 0, "model_name"), argument(made, -1, "name")
        names = [each.value for each in found if isinstance(each, ast.Constant)]
        texts = [literal(each) for each in names if isinstance(each, str)]
        if len(texts) < 2:
            return None
        return f"ValidateConstraint(model_name={texts[0]}, name={texts[1]})"

    def _sql(self, op: Op) -> str | None:
        """An operation as RunSQL, with its way back."""
        text = self.place.words.emit(op)
        opposite = undone(op)
        back = self.place.words.emit(opposite) if opposite is not None else None
        if text is None or self.operation.imports.path(ast.Name("migrations")) != _MIGRATIONS:
            return None
        reverse = literal(back) if back is not None else "migrations.RunSQL.noop"
        text = f"migrations.RunSQL({literal(text)}, {reverse})"
        return folded(text, self._indent(), 1, self.place.line_end)

    # Further steps

    def _then(self, step: Step) -> bool:
        """A further step: after the operation where that has committed, else in a migration."""
        (op,) = step.ops if len(step.ops) == 1 else (None,)
        if op is None:
            return False
        imports: list[Import] = []
        native = self.operation.name == "AddConstraint" and not self.free
        if isinstance(op, ValidateConstraint) and native:
            text = self._validated()
            imports.append((POSTGRES, "ValidateConstraint", ""))
        else:
            text = self._sql(op)
        if text is None:
            return False
        if not self.free:
            return self._write(step, text, imports, "", atomic=step.in_transaction)
        end = self.operation.span.end
        between = f",{self.place.line_end}{self._indent()}"
        self.edits.append(Edit(Span(end, end), f"{between}{text}"))
        return True

    def _write(
        self, step: Step, text: str, imports: list[Import], comment: str, *, atomic: bool
    ) -> bool:
        """A migration with one operation after the last one of the app."""
        last = _leaf(self.place)
        if last is None or self.files:
            return False
        app, _, name = last.id.rpartition(".")
        number = re.match(r"\d+", name)
        if number is None:
            return False
        own = f"{int(number[0]) + 1:0{len(number[0])}}_{title(step.ops)}"
        path = "/".join([*self.source.path.split("/")[:-1], f"{own}.py"])
        if os.path.lexists(path):
            return False
        head = written([*imports, ("django.db", "migrations", "")])
        said = _MIGRATION.format(
            imports=head,
            atomic="" if atomic else f"{INDENT}atomic = False\n\n",
            app=literal(app),
            name=literal(name),
            operation=text,
            comment=comment,
        )
        end = self.place.line_end
        self.files.append((path, said.replace("\r\n", "\n").replace("\n", end)))
        return True

    def _indent(self) -> str:
        """What stands before the operation, if it is alone on its line."""
        start = self.operation.span.start
        text = self.source.text
        line = text[text.rfind("\n", 0, start) + 1 : start]
        blanks = line[: len(line) - len(line.lstrip())]
        return blanks if not line.strip() else blanks + INDENT


_MIGRATIONS = "django.db.migrations"


def _indexes(op: Op) -> set[str]:
    """The names of the indexes that an operation makes or drops."""
    if isinstance(op, CreateIndex):
        return {op.name} if op.name else set()
    return (
        {each.name for each in op.together or (op.index,)} if isinstance(op, DropIndex) else set()
    )


class _Call(Struct, frozen=True):
    """A call that is to be: as a whole with what it needs, and as edits of the one that stands."""

    text: str
    imports: list[Import]
    edits: tuple[Edit, ...]


def _leaf(place: Place) -> Migration | None:
    """The last migration of the app, if this one is the last that was not made just now."""
    folder = place.migration.path.rpartition("/")[0]
    app = place.migration.id.rpartition(".")[0]
    own = [each for each in place.project.migrations if each.path.rpartition("/")[0] == folder]
    if not all(each.id.startswith(f"{app}.") for each in own) or " " in app:
        return None
    old = [each for each in own if each.path not in place.made]
    ends = []
    for some in (old, own):
        parents = {parent for each in some for parent in each.parents}
        leaves = [each for each in some if each.id not in parents]
        if len(leaves) != 1:
            return None
        ends += leaves
    return ends[1] if ends[0] is place.migration else None
