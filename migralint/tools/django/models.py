"""What each operation makes of the models (`state_forwards` in Django 5.2's operations)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from migralint.languages.values import Given, Items, Made, Value, text_of, truth
from migralint.source import Span
from migralint.tools.django.expressions import last
from migralint.tools.django.fields import Field, Own, field, written
from migralint.tools.django.indexes import (
    constraint_name,
    index_name,
    is_index,
    names_in,
    written_at,
)
from migralint.tools.django.state import Key, Model, NotKnown, State, options_of


class App(Struct, frozen=True):
    """An app: `key` tells it from all others, `label` names its tables."""

    key: str
    label: str
    kinds: dict[str, Own]
    """The field classes of the project itself."""
    user: str = "auth.User"
    """AUTH_USER_MODEL."""


def argument(op: Made, position: int, name: str) -> Value:
    given = op.argument(position, name)
    return None if given is None else given.value


def text(op: Made, position: int, name: str) -> str:
    """An argument that has to be a string."""
    said = text_of(argument(op, position, name))
    if said is None:
        raise NotKnown(f"its {name} is only known when the code runs")
    return said


def span(op: Made, position: int, name: str) -> Span | None:
    given = op.argument(position, name)
    return None if given is None else given.span


def key_of(app: App, op: Made, name: str = "model_name") -> Key:
    return app.key, text(op, 0, name).lower()


def read_field(app: App, op: Made, own: str, value: Value, at: Span | None) -> Field:
    """A field that an operation says, with its places."""
    made = field(own, value, app.kinds, {"name": at or op.span})
    if made is None:
        # A function of the project's own, or a class that is not known: it may be anything.
        return Field(own, "", "?", {}, {"": op.span, "name": at or op.span})
    return made


def read_model(app: App, op: Made) -> Model:
    """The model that CreateModel says, with its places."""
    own = text(op, 0, "name")
    rows = argument(op, 1, "fields")
    if not isinstance(rows, Items):
        raise NotKnown("its fields are only known when the code runs")
    fields: dict[str, Field] = {}
    for row in rows.items:
        pair = row.items if isinstance(row, Items) else []
        said = text_of(pair[0]) if len(pair) == 2 else None
        if said is None:
            raise NotKnown("its fields are only known when the code runs")
        fields[said] = read_field(app, op, said, pair[1], written_at(pair[0]))
    options = options_of(argument(op, 2, "options"))
    bases = argument(op, 3, "bases")
    parents = [text_of(each) for each in bases.items] if isinstance(bases, Items) else []
    if text_of(options.get("swappable")) == "AUTH_USER_MODEL":
        if app.user.lower() != f"{app.label}.{own}".lower():
            options = {**options, "swapped": True}
    model = Model(
        (app.key, own.lower()),
        own,
        app.label,
        fields,
        options,
        bases=tuple(_base(app, each) for each in parents if each is not None),
    )
    indexes = [each for each in _listed(options.get("indexes")) if is_index(each)]
    constraints = _listed(options.get("constraints"))
    return replace(
        model,
        indexes=tuple((index_name(each, model), each) for each in indexes),
        constraints=tuple((constraint_name(each), each) for each in constraints),
    )


def _base(app: App, said: str) -> Key:
    label, dot, own = said.rpartition(".")
    return (label, own.lower()) if dot else (app.key, own.lower())


def _listed(value: Value) -> list[Made]:
    items = value.items if isinstance(value, Items) else []
    return [each for each in items if isinstance(each, Made)]


def bare(model: Model) -> Model:
    return replace(model, fields={name: each.bare() for name, each in model.fields.items()})


def without_default(each: Field) -> Field:
    return replace(each, args={key: value for key, value in each.args.items() if key != "default"})


# Operations


def forward(app: App, op: Made, state: State) -> None:
    """Take an operation into the models."""
    change = _CHANGES.get(last(op))
    if change is not None:
        change(app, op, state)


def _create(app: App, op: Made, state: State) -> None:
    state.put(bare(read_model(app, op)))


def _delete(app: App, op: Made, state: State) -> None:
    key = key_of(app, op, "name")
    state.known(key)
    del state.models[key]


def _rename(app: App, op: Made, state: State) -> None:
    old = (app.key, text(op, 0, "old_name").lower())
    new = text(op, 1, "new_name")
    key = (app.key, new.lower())
    related = [(model.key, each.name) for model, each in state.related(old)]
    through = [
        (model.key, each.name)
        for model in state.models.values()
        for each in model.fields.values()
        if each.many and "through" in each.args and state.refer(each.args["through"], model) == old
    ]
    model = replace(state.known(old), key=key, name=new)
    del state.models[old]
    state.put(model)
    for argument_name, places in (("to", related), ("through", through)):
        for place, name in places:
            holder = state.model(key if place == old else place)
            each = holder.fields[name]
            if text_of(each.arg(argument_name)) == "self":
                continue
            args = {**each.args, argument_name: written(f"{app.key}.{new}")}
            state.change(holder.key, fields={**holder.fields, name: replace(each, args=args)})
    for each_model in list(state.models.values()):
        if old in each_model.bases:
            bases = tuple(key if base == old else base for base in each_model.bases)
            state.change(each_model.key, bases=bases)


def _options(*pairs: tuple[str, str]) -> Callable[[App, Made, State], None]:
    def change(app: App, op: Made, state: State) -> None:
        key = key_of(app, op, "name")
        model = state.known(key)
        said = {option: argument(op, 1, name) for name, option in pairs}
        state.change(key, options={**model.options, **said})

    return change


def _alter_options(app: App, op: Made, state: State) -> None:
    key = key_of(app, op, "name")
    said = options_of(argument(op, 1, "options"))
    options = {each: value for each, value in state.known(key).options.items() if each != "managed"}
    if "managed" in said:
        options["managed"] = said["managed"]
    state.change(key, options=options)


def _add_field(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    own = text(op, 1, "name")
    made = read_field(app, op, own, argument(op, 2, "field"), span(op, 1, "name")).bare()
    if truth(argument(op, 3, "preserve_default")) is False and op.argument(3, "preserve_default"):
        made = without_default(made)
    state.change(key, fields={**state.known(key).fields, own: made})


def _remove_field(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    model = state.known(key)
    own = model.field(text(op, 1, "name")).name
    state.change(key, fields={name: each for name, each in model.fields.items() if name != own})


def _rename_field(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    model = state.known(key)
    old, new = model.field(text(op, 1, "old_name")).name, text(op, 2, "new_name")
    fields = {
        (new if name == old else name): (replace(each, name=new) if name == old else each)
        for name, each in model.fields.items()
    }
    options = dict(model.options)
    for option in ("unique_together", "index_together"):
        rows = [
            Items("tuple", [written(new if each == old else each) for each in row])
            for row in model.together(option)
        ]
        if rows:
            options[option] = Items("list", list(rows))
    state.change(key, fields=fields, options=options)
    for other, each in state.related(key):
        if each.text("to_field") == old:
            args = {**each.args, "to_field": written(new)}
            holder = state.model(other.key)
            state.change(other.key, fields={**holder.fields, each.name: replace(each, args=args)})


def _add_index(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    model = state.known(key)
    made = argument(op, 1, "index")
    if not isinstance(made, Made):
        raise NotKnown("its index is only known when the code runs")
    state.change(key, indexes=(*model.indexes, (index_name(made, model), made)))


def _remove_index(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    own = text(op, 1, "name")
    kept = tuple(pair for pair in state.known(key).indexes if pair[0] != own)
    state.change(key, indexes=kept)


def _rename_index(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    model = state.known(key)
    new = text(op, 1, "new_name")
    fields = argument(op, 3, "old_fields")
    if fields is None:
        old = text(op, 2, "old_name")
        pairs = tuple((new if own == old else own, made) for own, made in model.indexes)
        state.change(key, indexes=pairs)
        return
    columns = tuple(names_in(fields))
    rows = [
        Items("tuple", [written(each) for each in row])
        for row in model.together("index_together")
        if row != columns
    ]
    options = {**model.options, "index_together": Items("list", list(rows))}
    state.change(key, options=options, indexes=(*model.indexes, (new, of_fields(columns, new))))


def of_fields(fields: tuple[str, ...], own: str) -> Made:
    """An Index over fields that no file says in these words."""
    nowhere = Span(0, 0)
    named: dict[str, Given] = {
        "fields": Given(Items("list", [written(each) for each in fields]), nowhere),
        "name": Given(written(own), nowhere),
    }
    return Made("django.db.models.Index", None, (), named, nowhere)


def _add_constraint(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    made = argument(op, 1, "constraint")
    if not isinstance(made, Made):
        raise NotKnown("its constraint is only known when the code runs")
    pair = (constraint_name(made), made)
    state.change(key, constraints=(*state.known(key).constraints, pair))


def _remove_constraint(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    own = text(op, 1, "name")
    kept = tuple(pair for pair in state.known(key).constraints if pair[0] != own)
    state.change(key, constraints=kept)


def _alter_constraint(app: App, op: Made, state: State) -> None:
    key = key_of(app, op)
    own, made = text(op, 1, "name"), argument(op, 2, "constraint")
    if isinstance(made, Made):
        pairs = tuple(
            (own, made) if pair[0] == own else pair for pair in state.known(key).constraints
        )
        state.change(key, constraints=pairs)


def nested(op: Made, position: int, name: str) -> list[Value]:
    """The operations inside an operation."""
    value = argument(op, position, name)
    if value is None:
        return []
    if not isinstance(value, Items) or not value.exact:
        raise NotKnown(f"its {name} are only known when the code runs")
    return list(value.items)


def _state_operations(position: int) -> Callable[[App, Made, State], None]:
    def change(app: App, op: Made, state: State) -> None:
        for each in nested(op, position, "state_operations"):
            if isinstance(each, Made):
                forward(app, each, state)

    return change


_CHANGES: dict[str, Callable[[App, Made, State], None]] = {
    "CreateModel": _create,
    "DeleteModel": _delete,
    "RenameModel": _rename,
    "AlterModelTable": _options(("table", "db_table")),
    "AlterModelTableComment": _options(("table_comment", "db_table_comment")),
    "AlterUniqueTogether": _options(("unique_together", "unique_together")),
    "AlterIndexTogether": _options(("index_together", "index_together")),
    "AlterOrderWithRespectTo": _options(("order_with_respect_to", "order_with_respect_to")),
    "AlterModelOptions": _alter_options,
    "AddField": _add_field,
    "RemoveField": _remove_field,
    "AlterField": _add_field,
    "RenameField": _rename_field,
    "AddIndex": _add_index,
    "AddIndexConcurrently": _add_index,
    "RemoveIndex": _remove_index,
    "RemoveIndexConcurrently": _remove_index,
    "RenameIndex": _rename_index,
    "AddConstraint": _add_constraint,
    "AddConstraintNotValid": _add_constraint,
    "RemoveConstraint": _remove_constraint,
    "AlterConstraint": _alter_constraint,
    "SeparateDatabaseAndState": _state_operations(1),
    "RunSQL": _state_operations(2),
}
