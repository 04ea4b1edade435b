"""A field before and after it is altered, and what hangs on it."""

from __future__ import annotations

from msgspec import Struct

from migralint.tools.django.defaults import effective
from migralint.tools.django.fields import RELATIONS, Field
from migralint.tools.django.state import Model, State


class Side(Struct, frozen=True, eq=False):
    """A field before or after it is altered."""

    state: State
    model: Model
    field: Field

    @property
    def type(self) -> str | None:
        return self.state.type(self.field, self.model)

    @property
    def collation(self) -> str | None:
        return self.state.collation(self.field, self.model)

    @property
    def default(self) -> str | None:
        return effective(self.field, self.model, self.state)

    @property
    def data_type(self) -> str:
        """What decides whether values have to be cast: the type without its length."""
        field = self.field
        if field.kind in RELATIONS:
            return self.type or ""
        if field.internal in ("CharField",):
            return "varchar"
        if field.internal in ("SlugField", "FileField", "FilePathField"):
            return "varchar of a length"
        if field.kind == "DecimalField":
            return "numeric"
        return self.type or ""

    def base_types(self) -> list[str]:
        field = self.field
        while isinstance(field.arg("base_field"), Field):
            field = field.args["base_field"]
        return [Side(self.state, self.model, field).data_type]


def relations(side: Side) -> list[tuple[Model, Field]]:
    """The foreign keys that hold values of a field, those of many-to-many tables among them; and
    what refers to these in turn."""
    found: list[tuple[str, Model, Field]] = []
    for model, field in side.state.related(side.model.key):
        if field.many:
            through = side.state.through(field, model)
            if through is None:
                continue
            for each in through.fields.values():
                if each.kind in RELATIONS:
                    if side.state.target_key(each, through) == side.model.key:
                        found.append((f"{through.key[1]}+", through, each))
            continue
        to = field.text("to_field")
        if to == side.field.name or (to is None and side.field.primary_key):
            found.append((field.text("related_query_name") or model.key[1], model, field))
    for field in side.model.fields.values():
        own = side.state.through(field, side.model) if field.many else None
        if own is not None and side.field.primary_key:
            for each in own.fields.values():
                if each.kind in RELATIONS:
                    if side.state.target_key(each, own) == side.model.key:
                        found.append((f"{own.key[1]}+", own, each))
    unique = {(model.key, field.name): (model, field) for _, model, field in sorted(
        found, key=lambda each: each[0]
    )}  # fmt: skip
    result: list[tuple[Model, Field]] = []
    for model, field in unique.values():
        result.append((model, field))
        if field.primary_key and model.key != side.model.key:
            result += relations(Side(side.state, model, field))
    return result
