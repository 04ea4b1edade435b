"""What names from outside a migration are worth before anything runs."""

from __future__ import annotations

from migralint.languages.expressions import MISSING, World
from migralint.languages.values import Hidden, Items, Made, Symbol, Value, lifted, text_of
from migralint.tools.django.fields import written
from migralint.tools.django.project import UNKNOWN, Settings


def world(said: Settings) -> World:
    """What Django, its settings and its database's kind are."""

    def value(path: str) -> Value:
        if path == "django.conf.settings.AUTH_USER_MODEL":
            return written(said.user)
        if path.endswith("connection.vendor"):
            return written("postgresql")
        return MISSING

    def folded(made: Made) -> Value:
        path = made.path
        if path.endswith(".swappable_dependency"):
            name = text_of(made.value(0, "value"))
            app = (name or "?").partition(".")[0]
            return Items("tuple", [written(app), written("__first__")])
        if path == "builtins.getattr" and len(made.given) == 3:
            return _setting(made, said)
        if path.startswith("swapper."):
            return _swapped(made)
        return MISSING

    return World(value, folded)


def _setting(made: Made, said: Settings) -> Value:
    """`getattr(settings, name, default)`."""
    holder, name = made.value(0), text_of(made.value(1))
    if not isinstance(holder, Symbol) or holder.path != "django.conf.settings" or name is None:
        return MISSING
    found = said.values.get(name, MISSING)
    if found is MISSING:
        return made.value(2)
    return Hidden(made.span) if found is UNKNOWN else lifted(found, made.span)


def _swapped(made: Made) -> Value:
    """Django Swappable Models, where no setting swaps anything."""
    last, first, second = made.path.rpartition(".")[2], text_of(made.value(0)), made.value(1)
    if last == "is_swapped":
        return False
    if first is None:
        return MISSING
    if last == "get_model_name" and text_of(second) is not None:
        return written(f"{first}.{text_of(second)}")
    if last == "split":
        return Items("tuple", [written(each) for each in first.split(".", 1)])
    if last == "dependency":
        return Items("tuple", [written(first), written("__first__")])
    return MISSING
