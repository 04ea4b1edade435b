"""What operations on indexes and constraints send."""

from __future__ import annotations

from msgspec.structs import replace

from migralint.languages.values import Made, text_of
from migralint.source import Embedded
from migralint.tools.django.editor import Editor
from migralint.tools.django.expressions import name
from migralint.tools.django.fields import HIDDEN
from migralint.tools.django.indexes import constraint_name
from migralint.tools.django.models import App, argument, key_of, text
from migralint.tools.django.state import Model, NotKnown, State, index_name
from migralint.tools.django.steps import Step


def together_index(editor: Editor, model: Model, columns: tuple[str, ...]) -> str:
    kept = {each for each, _ in model.indexes}
    names = [
        each for each in editor.catalog.names(model.table, "index", columns) if each not in kept
    ]
    return names[0] if names else index_name(model.table, list(columns), "_idx")


def index(concurrently: bool) -> tuple[Step, Step, Step, Step]:
    """Adding an index, undoing that, removing one, undoing that."""

    def add(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
        model = after.known(key_of(app, op))
        if model.migrates:
            own, made = model.indexes[-1]
            editor.add_index(made, own, model, here=True, concurrently=concurrently)

    def unadd(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
        model = before.known(key_of(app, op))
        made = argument(op, 1, "index")
        own = next((own for own, each in model.indexes if each is made), HIDDEN)
        if model.migrates:
            editor.remove_index(own, model.table, concurrently=concurrently)

    def remove(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
        model = before.known(key_of(app, op))
        if model.migrates:
            own = text(op, 1, "name")
            editor.remove_index(own, model.table, concurrently=concurrently)

    def unremove(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
        model = after.known(key_of(app, op))
        own = text(op, 1, "name")
        made = dict(model.indexes).get(own)
        if made is None:
            raise NotKnown(f"nothing here has given {model.name} an index {own}")
        if model.migrates:
            editor.add_index(made, own, model, here=False, concurrently=concurrently)

    return add, unadd, remove, unremove


def rename_index(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = before.known(key_of(app, op))
    new = text(op, 1, "new_name")
    fields = argument(op, 3, "old_fields")
    if fields is not None:
        columns = tuple(model.column(text_of(each) or HIDDEN) for each in fields.items)
        old = together_index(editor, model, columns)
    else:
        old = text(op, 2, "old_name")
        if new in dict(model.indexes):
            old, new = new, old
    if model.migrates and old != new:
        editor.execute(f"ALTER INDEX {name(old)} RENAME TO {name(new)}")
        editor.catalog.rename(model.table, old, new)


def rename_index_back(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    if argument(op, 3, "old_fields") is None:
        rename_index(editor, app, op, before, after)


def add_constraint(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = after.known(key_of(app, op))
    own, made = model.constraints[-1]
    if model.migrates:
        editor.add_constraint(made, own, model, here=True)


def add_not_valid(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = after.known(key_of(app, op))
    own, made = model.constraints[-1]
    if model.migrates:
        editor.add_constraint(made, own, model, here=True)
        last_one = editor.sent[-1]
        editor.sent[-1] = replace(last_one, sql=Embedded.join((last_one.sql, " NOT VALID")))


def unadd_constraint(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = before.known(key_of(app, op))
    made = argument(op, 1, "constraint")
    if model.migrates and isinstance(made, Made):
        editor.remove_constraint(made, model)


def remove_constraint(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = before.known(key_of(app, op))
    own = text(op, 1, "name")
    made = dict(model.constraints).get(own)
    if made is None:
        raise NotKnown(f"nothing here has given {model.name} a constraint {own}")
    if model.migrates:
        editor.remove_constraint(made, model)


def unremove_constraint(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = after.known(key_of(app, op))
    made = dict(model.constraints).get(text(op, 1, "name"))
    if model.migrates and made is not None:
        editor.add_constraint(made, constraint_name(made), model, here=False)


def validate(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    model = before.known(key_of(app, op))
    if model.migrates:
        own = text(op, 1, "name")
        editor.execute(f"ALTER TABLE {name(model.table)} VALIDATE CONSTRAINT {name(own)}")
