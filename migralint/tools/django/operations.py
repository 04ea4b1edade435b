"""What each operation sends on the way up and on the way down (`database_forwards` and
`database_backwards` in Django 5.2's operations)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from migralint.languages.values import Items, Kind, Made, Symbol, Value, text_of
from migralint.source import Span
from migralint.tools.django import models
from migralint.tools.django.alter import alter_field, rename_model
from migralint.tools.django.columns import order
from migralint.tools.django.defaults import literal
from migralint.tools.django.editor import Editor
from migralint.tools.django.expressions import last, name
from migralint.tools.django.models import App, argument, key_of, nested, span, text
from migralint.tools.django.sides import Side
from migralint.tools.django.state import NotKnown, State, index_name
from migralint.tools.django.steps import Step, nothing
from migralint.tools.django.steps_code import run_python, run_sql
from migralint.tools.django.steps_indexes import (
    add_constraint,
    add_not_valid,
    index,
    remove_constraint,
    rename_index,
    rename_index_back,
    together_index,
    unadd_constraint,
    unremove_constraint,
    validate,
)
from migralint.tools.django.steps_postgresql import (
    EXTENSIONS,
    collation,
    extension,
    no_collation,
    no_extension,
)

_OWN = frozenset({"__init__", "state_forwards", "database_forwards", "database_backwards"})
"""Methods of an operation that decide what it does."""


def known(op: Value) -> bool:
    """Whether an operation is one of Django's own."""
    return isinstance(op, Made) and op.path.startswith("django.") and last(op) in FORWARDS


def as_base(op: Value) -> tuple[Value, bool]:
    """An operation of a class of the file as the one of Django's that it is derived from; and
    whether it does to the database what that does."""
    whole = True
    kind = op.of if isinstance(op, Made) else None
    while isinstance(kind, Kind) and isinstance(op, Made):
        whole = whole and not _OWN & set(kind.scope.names)
        base = kind.bases[0] if kind.bases else None
        if isinstance(base, Symbol) and base.path.startswith("django."):
            if {"__init__", "state_forwards"} & set(kind.scope.names):
                return op, False
            return Made(base.path, None, op.given, op.named, op.span, op.whole), whole
        kind = base
    return op, True


def concerned(op: Value, app: App, state: State) -> tuple[str, ...]:
    """The table of the model that an operation names, whoever's it is."""
    if not isinstance(op, Made):
        return ()
    given = op.named.get("model_name") or op.argument(0, "name")
    said = text_of(given.value) if given is not None else None
    model = state.models.get((app.key, said.lower())) if said is not None else None
    return (model.table,) if model is not None else ()


def foreign(op: Value) -> str:
    """What an operation that is not Django's own is called."""
    if not isinstance(op, Made):
        return "an operation that is only known when the code runs"
    kind = getattr(op.of, "node", None)
    own = getattr(kind, "name", "") or last(op)
    return f"{own} is no operation of Django's own" if own else "a call that is not known"


def forwards(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    editor.call = op.span
    FORWARDS[last(op)](editor, app, op, before, after)


def backwards(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    """`before` is how the models are, the operation having run; `after` how they will be."""
    editor.call = op.span
    BACKWARDS[last(op)](editor, app, op, before, after)


def irreversible(ops: Sequence[Value]) -> tuple[Span, str] | None:
    """The first operation that Django refuses to go back over, and why."""
    for op in ops:
        if not isinstance(op, Made) or not known(op):
            continue
        if last(op) == "SeparateDatabaseAndState":
            inner = argument(op, 0, "database_operations")
            found = irreversible(inner.items if isinstance(inner, Items) else [])
            if found is not None:
                return found
        if last(op) == "RunPython" and argument(op, 1, "reverse_code") is None:
            return op.span, "RunPython has no reverse_code"
        if last(op) == "RunSQL" and argument(op, 1, "reverse_sql") is None:
            return op.span, "RunSQL has no reverse_sql"
    return None


# Models


def _create(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = models.read_model(app, op)
    if not model.migrates:
        return
    editor.create_model(model, after, here=True)
    rows = argument(op, 1, "fields")
    if isinstance(rows, Items) and not rows.exact:
        editor.unsure("some of its fields are only known when the code runs", (model.table,))
    for fields in model.together("index_together"):
        editor.create_index(model.table, tuple(map(model.column, fields)), "_idx")


def _create_again(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = after.model(key_of(app, op, "name"))
    if model.migrates:
        editor.create_model(model, after, here=False)


def _delete(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = before.model(key_of(app, op, "name"))
    if model.migrates:
        editor.delete_model(model, before)


def _rename(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    pair = [text(op, 0, "old_name").lower(), text(op, 1, "new_name").lower()]
    if (app.key, pair[0]) not in before.models:
        pair.reverse()
    old, new = before.known((app.key, pair[0])), after.known((app.key, pair[1]))
    if new.migrates:
        rename_model(editor, before, after, old, new)


def _table(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    key = key_of(app, op, "name")
    old, new = before.known(key), after.known(key)
    if not new.migrates:
        return
    editor.rename_table(old.table, new.table)
    for field in old.fields.values():
        tables = before.through(field, old), after.through(field, new)
        if field.many and tables[0] is not None and tables[1] is not None:
            editor.rename_table(tables[0].table, tables[1].table)


def _table_comment(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = after.known(key_of(app, op, "name"))
    if model.migrates:
        comment = text_of(model.options.get("db_table_comment")) or ""
        words = f"COMMENT ON TABLE {name(model.table)} IS {literal(comment)}"
        editor.execute(words)


def _unique_together(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    key = key_of(app, op, "name")
    model = after.known(key)
    if not model.migrates:
        return
    old, new = before.known(key).together("unique_together"), model.together("unique_together")
    for fields in old:
        if fields in new:
            continue
        columns = tuple(map(model.column, fields))
        own = index_name(model.table, list(columns), "_uniq")
        kept = {each for each, _ in model.constraints}
        names = [
            each
            for each in editor.catalog.names(model.table, "unique", columns)
            if each not in kept
        ]
        chosen = own if own in names or not names else names[0]
        editor.execute(f"ALTER TABLE {name(model.table)} DROP CONSTRAINT {name(chosen)}")
        editor.catalog.drop(model.table, chosen)
    for fields in new:
        if fields not in old:
            editor.create_unique(model.table, tuple(map(model.column, fields)))


def _index_together(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    key = key_of(app, op, "name")
    model = after.known(key)
    if not model.migrates:
        return
    old, new = before.known(key).together("index_together"), model.together("index_together")
    for fields in old:
        if fields not in new:
            columns = tuple(map(model.column, fields))
            editor.remove_index(together_index(editor, model, columns), model.table)
    for fields in new:
        if fields not in old:
            editor.create_index(model.table, tuple(map(model.column, fields)), "_idx")


def _order(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    key = key_of(app, op, "name")
    old, new = before.known(key), after.known(key)
    if not new.migrates:
        return
    had, has = (bool(text_of(each.options.get("order_with_respect_to"))) for each in (old, new))
    if had and not has:
        editor.remove_field(old, before, order())
    elif has and not had:
        field = order()
        editor.add_field(new, after, replace(field, args={**field.args, "default": 0}))


# Fields


def _add_field(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = after.known(key_of(app, op))
    if not model.migrates:
        return
    own = text(op, 1, "name")
    field = models.read_field(app, op, own, argument(op, 2, "field"), span(op, 1, "name"))
    if not field.kind and field.path == "?":
        raise NotKnown(f"the class of the field {own} is only known when the code runs")
    editor.add_field(replace(model, fields={**model.fields, own: field}), after, field)


def _add_again(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = after.known(key_of(app, op))
    if model.migrates:
        editor.add_field(model, after, model.field(text(op, 1, "name")))


def _remove_field(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = before.known(key_of(app, op))
    if model.migrates:
        editor.remove_field(model, before, model.field(text(op, 1, "name")))


def _alter_field(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    key = key_of(app, op)
    old, new = before.known(key), after.known(key)
    if not new.migrates:
        return
    own = text(op, 1, "name")
    field = models.read_field(app, op, own, argument(op, 2, "field"), span(op, 1, "name"))
    alter_field(editor, old, Side(before, old, old.field(own)), Side(after, new, field))


def _alter_back(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    key = key_of(app, op)
    old, new = before.known(key), after.known(key)
    if new.migrates:
        own = text(op, 1, "name")
        sides = Side(before, old, old.field(own)), Side(after, new, new.field(own))
        alter_field(editor, old, *sides)


def _rename_field(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    key = key_of(app, op)
    old, new = before.known(key), after.known(key)
    if not new.migrates:
        return
    pair = [text(op, 1, "old_name"), text(op, 2, "new_name")]
    if pair[0] not in old.fields:
        pair.reverse()
    sides = Side(before, old, old.field(pair[0])), Side(after, new, new.field(pair[1]))
    alter_field(editor, old, *sides)


def _separate(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    state = before
    for each in nested(op, 0, "database_operations"):
        if not isinstance(each, Made) or not known(each):
            editor.call = getattr(each, "span", op.span)
            editor.unsure(foreign(each))
            continue
        then = state.copy()
        models.forward(app, each, then)
        forwards(editor, app, each, state, then)
        state = then


def _separate_back(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    states = [after]
    ops = nested(op, 0, "database_operations")
    for each in ops:
        then = states[-1].copy()
        if isinstance(each, Made):
            models.forward(app, each, then)
        states.append(then)
    for number in range(len(ops) - 1, -1, -1):
        each = ops[number]
        if isinstance(each, Made) and known(each):
            backwards(editor, app, each, states[number + 1], states[number])
        else:
            editor.unsure(foreign(each))


_PLAIN, _CONCURRENT = index(False), index(True)
_PAIRS: dict[str, tuple[Step, Step]] = {
    "CreateModel": (_create, _delete),
    "DeleteModel": (_delete, _create_again),
    "RenameModel": (_rename, _rename),
    "AlterModelTable": (_table, _table),
    "AlterModelTableComment": (_table_comment, _table_comment),
    "AlterUniqueTogether": (_unique_together, _unique_together),
    "AlterIndexTogether": (_index_together, _index_together),
    "AlterOrderWithRespectTo": (_order, _order),
    "AlterModelOptions": (nothing, nothing),
    "AlterModelManagers": (nothing, nothing),
    "AddField": (_add_field, _remove_field),
    "RemoveField": (_remove_field, _add_again),
    "AlterField": (_alter_field, _alter_back),
    "RenameField": (_rename_field, _rename_field),
    "AddIndex": _PLAIN[:2],
    "RemoveIndex": _PLAIN[2:],
    "RenameIndex": (rename_index, rename_index_back),
    "AddConstraint": (add_constraint, unadd_constraint),
    "RemoveConstraint": (remove_constraint, unremove_constraint),
    "AlterConstraint": (nothing, nothing),
    "RunSQL": (run_sql(0, "sql"), run_sql(1, "reverse_sql")),
    "RunPython": (run_python(0, "code"), run_python(1, "reverse_code")),
    "SeparateDatabaseAndState": (_separate, _separate_back),
    "AddIndexConcurrently": _CONCURRENT[:2],
    "RemoveIndexConcurrently": _CONCURRENT[2:],
    "AddConstraintNotValid": (add_not_valid, unadd_constraint),
    "ValidateConstraint": (validate, nothing),
    "CreateExtension": (extension, no_extension),
    **dict.fromkeys(EXTENSIONS, (extension, no_extension)),
    "CreateCollation": (collation, no_collation),
    "RemoveCollation": (no_collation, collation),
}
FORWARDS = {each: pair[0] for each, pair in _PAIRS.items()}
BACKWARDS = {each: pair[1] for each, pair in _PAIRS.items()}
