"""The models as the migrations before have left them, and the tables that they stand for."""

from __future__ import annotations

from hashlib import md5
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from migralint.languages.values import Items, Made, Pairs, Symbol, Value, text_of, truth
from migralint.tools.django.fields import (
    AUTO,
    HIDDEN,
    RELATIONS,
    Field,
    is_hidden,
    made_field,
    own_type,
    written,
)

Key = tuple[str, str]
"""(app, model in small letters)."""

LONGEST = 63
OUTSIDE: dict[Key, tuple[str, str, str]] = {
    ("auth", "user"): ("auth_user", "id", "integer"),
    ("auth", "group"): ("auth_group", "id", "integer"),
    ("auth", "permission"): ("auth_permission", "id", "integer"),
    ("contenttypes", "contenttype"): ("django_content_type", "id", "integer"),
    ("sites", "site"): ("django_site", "id", "integer"),
    ("admin", "logentry"): ("django_admin_log", "id", "integer"),
    ("sessions", "session"): ("django_session", "session_key", "varchar(40)"),
    ("flatpages", "flatpage"): ("django_flatpage", "id", "integer"),
    ("redirects", "redirect"): ("django_redirect", "id", "integer"),
}
"""Django's own models, which no project's migrations make: table, key and its type."""


class NotKnown(Exception):
    """What an operation does cannot be worked out; the message says why."""


class Model(Struct, frozen=True, eq=False):
    """A model. `label` is the app's, which names its tables."""

    key: Key
    name: str
    label: str
    fields: dict[str, Field]
    options: dict[str, Value] = {}
    indexes: tuple[tuple[str, Made], ...] = ()
    """(name, Index) pairs."""
    constraints: tuple[tuple[str, Made], ...] = ()
    bases: tuple[Key, ...] = ()
    real: bool = True
    """False: nothing in the repository makes it."""

    @property
    def table(self) -> str:
        said = text_of(self.options.get("db_table"))
        if said:
            return said.strip('"')
        if not self.real and self.key in OUTSIDE:
            return OUTSIDE[self.key][0]
        return truncated(f"{self.label}_{self.name.lower()}")

    def option(self, name: str) -> bool:
        return truth(self.options.get(name)) is True

    @property
    def migrates(self) -> bool:
        """Whether Django makes and alters a table for it."""
        managed = truth(self.options.get("managed", True)) is not False
        return managed and not self.option("proxy") and not self.option("swapped")

    @property
    def pk(self) -> Field | None:
        for each in self.fields.values():
            if each.primary_key:
                return each
        return None

    def field(self, name: str) -> Field:
        if name == "pk" and self.pk is not None:
            return self.pk
        found = self.fields.get(name)
        if found is None:
            found = next((each for each in self.fields.values() if each.column == name), None)
        if found is None:
            raise NotKnown(f"nothing here has given {self.name} a field {name}")
        return found

    def column(self, name: str) -> str:
        """The column of a field; a name that is no field's stands for itself."""
        try:
            return self.field(name).column
        except NotKnown:
            return name

    def together(self, option: str) -> list[tuple[str, ...]]:
        """unique_together or index_together, one tuple each."""
        value = self.options.get(option)
        if not isinstance(value, Items) or not value.items:
            return []
        rows = value.items if isinstance(value.items[0], Items) else [value]
        found = []
        for row in rows:
            names = [text_of(each) for each in row.items] if isinstance(row, Items) else []
            found.append(tuple(name for name in names if name is not None))
        return list(dict.fromkeys(found))


class State:
    """All models, by key. A change makes a new model; a copy shares the models."""

    def __init__(self, auto: str = "", models: dict[Key, Model] | None = None) -> None:
        self.models: dict[Key, Model] = {} if models is None else models
        self.auto = auto
        """DEFAULT_AUTO_FIELD; "" where nothing says it."""

    def copy(self) -> State:
        return State(self.auto, dict(self.models))

    def put(self, model: Model) -> None:
        self.models[model.key] = model

    def change(self, key: Key, **changes: Any) -> None:
        self.models[key] = replace(self.model(key), **changes)

    def model(self, key: Key) -> Model:
        """The model; one that stands for what nobody here makes, where it is from outside."""
        found = self.models.get(key)
        return found if found is not None else outside(key)

    def known(self, key: Key) -> Model:
        found = self.models.get(key)
        if found is None:
            raise NotKnown(f"nothing here has made the model {key[0]}.{key[1]}")
        return found

    def concrete(self, model: Model) -> Model:
        """The model whose table a proxy stands for."""
        while model.option("proxy") and model.bases:
            model = self.model(model.bases[0])
        return model

    def target(self, field: Field, model: Model) -> Model:
        """The model that a relation refers to."""
        return self.concrete(self.model(self.target_key(field, model)))

    def target_key(self, field: Field, model: Model) -> Key:
        return self.refer(field.arg("to"), model)

    def refer(self, to: Value, model: Model) -> Key:
        """The key that `to` means: "self", "Model", "app.Model" or a setting."""
        if isinstance(to, Symbol):
            setting = to.path.rpartition(".")[2]
            for key, each in self.models.items():
                swappable = text_of(each.options.get("swappable"))
                if swappable and swappable.endswith(setting):
                    return key
            label, _, name = to.path.rpartition(".models.")
            if label and name.isidentifier():
                return label.rpartition(".")[2], name.lower()
            return "", HIDDEN
        said = text_of(to)
        if said is None:
            return "", HIDDEN
        if said == "self":
            return model.key
        app, dot, name = said.rpartition(".")
        return (app, name.lower()) if dot else (model.key[0], said.lower())

    def target_field(self, field: Field, model: Model) -> Field:
        """The field that a relation's values are those of."""
        target = self.target(field, model)
        named = field.text("to_field") or field.text("field_name")
        if named and named in target.fields:
            return target.fields[named]
        key = target.pk
        return key if key is not None else made_field("id", "")

    def type(self, field: Field, model: Model) -> str | None:
        """The column type, for a relation that of what it refers to; None where there is none."""
        if field.kind not in RELATIONS:
            return own_type(field)
        target, seen = self.target_field(field, model), 0
        holder = self.target(field, model)
        while target.kind in RELATIONS and seen < 20:
            target, holder = self.target_field(target, holder), self.target(target, holder)
            seen += 1
        return own_type(target)

    def collation(self, field: Field, model: Model) -> str | None:
        if field.kind in RELATIONS:
            return self.target_field(field, model).text("db_collation")
        if field.kind == "ArrayField" and isinstance(field.arg("base_field"), Field):
            inner: Field = field.args["base_field"]
            return inner.text("db_collation")
        return field.text("db_collation")

    def through(self, field: Field, model: Model) -> Model | None:
        """The model that Django makes for a many-to-many field; None where the project has its
        own."""
        if field.arg("through") is not None:
            return None
        target_key = self.target_key(field, model)
        first, second = model.name.lower(), target_key[1]
        if target_key == model.key:
            first, second = f"from_{first}", f"to_{second}"
        table = field.text("db_table") or truncated(f"{model.table}_{field.name}")
        constraint = {"db_constraint": field.args["db_constraint"]} if _says(field) else {}
        own = f"{model.key[0]}.{model.name}"
        other = f"{target_key[0]}.{target_key[1]}"
        fields = {
            "id": made_field("id", self._auto(model), primary_key=True),
            first: made_field(first, "ForeignKey", to=written(own), **constraint),
            second: made_field(second, "ForeignKey", to=written(other), **constraint),
        }
        if field.spans:
            fields = {name: replace(each, spans=field.spans) for name, each in fields.items()}
        pair = Items("tuple", [written(first), written(second)])
        return Model(
            (model.key[0], f"{model.name}_{field.name}".lower()),
            f"{model.name}_{field.name}",
            model.label,
            fields,
            {"db_table": written(table), "unique_together": pair},
        )

    def _auto(self, model: Model) -> str:
        """The class of a key that Django adds itself."""
        if self.auto:
            return self.auto
        key = model.pk
        return key.kind if key is not None and key.kind in AUTO else "AutoField"

    def with_key(self, model: Model) -> Model:
        """The model with the key that Django adds where it has none."""
        if model.pk is not None or any(f.kind == "CompositePrimaryKey" for f in _all(model)):
            return model
        key = made_field("id", self.auto or "AutoField", primary_key=True)
        return replace(model, fields={"id": key, **model.fields})

    def related(self, key: Key) -> list[tuple[Model, Field]]:
        """The relations that refer to a model: foreign keys and many-to-many fields."""
        return [
            (model, field)
            for model in self.models.values()
            for field in model.fields.values()
            if (field.kind in RELATIONS or field.many) and self.target_key(field, model) == key
        ]


def _says(field: Field) -> bool:
    return "db_constraint" in field.args


def _all(model: Model) -> list[Field]:
    return list(model.fields.values())


def outside(key: Key) -> Model:
    """A model that no migration here makes."""
    _, column, type = OUTSIDE.get(key, ("", "id", ""))
    kind = {"integer": "AutoField", "varchar(40)": "CharField"}.get(type, "")
    args: dict[str, Value] = {"primary_key": True}
    if kind == "CharField":
        args["max_length"] = 40
    name = key[1]
    model = Model(key, name, key[0], {column: made_field(column, kind, **args)}, real=False)
    return replace(model, options={"db_table": written(HIDDEN)}) if is_hidden(name) else model


def options_of(value: Value) -> dict[str, Value]:
    """The options of a model, by name."""
    if not isinstance(value, Pairs):
        return {}
    return {str(key): each for key, (_, each) in value.items.items()}


def digest(*names: str, length: int) -> str:
    made = md5(usedforsecurity=False)
    for name in names:
        made.update(name.encode())
    return made.hexdigest()[:length]


def truncated(name: str) -> str:
    """A table's name as Django shortens it."""
    if len(name) <= LONGEST:
        return name
    return name[: LONGEST - 4] + digest(name, length=4)


def index_name(table: str, columns: list[str], suffix: str) -> str:
    """The name of an index or constraint (`BaseDatabaseSchemaEditor._create_index_name`)."""
    if any(map(is_hidden, (table, *columns, suffix))):
        return HIDDEN
    end = digest(table, *columns, length=8) + suffix
    name = f"{table}_{'_'.join(columns)}_{end}"
    if len(name) <= LONGEST:
        return name
    if len(end) > LONGEST / 3:
        end = end[: LONGEST // 3]
    room = (LONGEST - len(end)) // 2 - 1
    name = f"{table[:room]}_{'_'.join(columns)[:room]}_{end}"
    return f"D{name[:-1]}" if name[0] == "_" or name[0].isdigit() else name


def own_index_name(table: str, columns: list[tuple[str, bool]], suffix: str) -> str:
    """The name of an Index of a model's Meta that has none (`Index.set_name_with_model`)."""
    ordered = [f"-{name}" if descending else name for name, descending in columns]
    end = digest(table, *ordered, suffix, length=6)
    name = f"{table[:11]}_{columns[0][0][:7]}_{end}_{suffix}"
    return f"D{name[1:]}" if name[0] == "_" or name[0].isdigit() else name
