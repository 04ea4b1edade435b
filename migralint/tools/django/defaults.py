"""The values that Django writes into columns: defaults in Python, spelled as psycopg does."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from migralint.languages.values import Closure, Hidden, Items, Made, Pairs, Symbol, Value, plain
from migralint.source import Embedded
from migralint.tools.django.fields import EMPTY, HIDDEN, RELATIONS, Field
from migralint.tools.django.state import Model, State

_CASTS = {
    "DateField": "date", "DateTimeField": "timestamptz", "TimeField": "time",
    "DurationField": "interval", "UUIDField": "uuid", "JSONField": "jsonb", "BinaryField": "bytea",
}  # fmt: skip
_CALLED: dict[str, Any] = {
    "builtins.dict": {}, "builtins.list": [], "builtins.str": "", "builtins.int": 0,
    "builtins.bool": False, "builtins.float": 0.0, "builtins.set": [], "builtins.tuple": [],
}  # fmt: skip


def effective(field: Field, model: Model, state: State) -> str | None:
    """The default that Django gives the rows there are, in SQL; None where it gives none. A value
    that is only known when it runs is a placeholder."""
    resolved = _resolved(field, model, state)
    if "default" in field.args:
        value = field.args["default"]
        if isinstance(value, Symbol) and value.path in _CALLED:
            return literal(_CALLED[value.path], resolved)
        if isinstance(value, Symbol) and value.path.endswith("NOT_PROVIDED"):
            return None
        return None if value is None else _of_value(value, resolved)
    if field.kind == "GeneratedField":
        return None
    if not field.null and field.flag("blank") and field.kind in EMPTY:
        return "'\\x'::bytea" if field.kind == "BinaryField" else "''"
    if field.flag("auto_now") or field.flag("auto_now_add"):
        return _unknown(field)
    return None


def has_default(field: Field) -> bool:
    value = field.arg("default")
    given = isinstance(value, Symbol) and value.path.endswith("NOT_PROVIDED")
    return "default" in field.args and not given


def _resolved(field: Field, model: Model, state: State) -> Field:
    """The field whose values these are: that of the other model, for a relation."""
    seen = 0
    while field.kind in RELATIONS and seen < 20:
        field, model = state.target_field(field, model), state.target(field, model)
        seen += 1
    return field


def _of_value(value: Value, field: Field) -> str:
    if isinstance(value, (Closure, Hidden, Symbol)):
        return _unknown(field)
    if isinstance(value, Made):
        return _made(value, field)
    try:
        known = plain(value)
    except LookupError:
        return _unknown(field)
    return literal(known, field)


def _made(value: Made, field: Field) -> str:
    last = value.path.rpartition(".")[2]
    try:
        given = [plain(each.value) for each in value.given]
        named = {key: plain(each.value) for key, each in value.named.items()}
    except LookupError:
        return _unknown(field)
    if last == "Decimal" and given:
        return literal(_decimal(given[0]), field)
    if last == "timedelta" and not given and set(named) <= {"days", "seconds", "hours", "minutes"}:
        days = named.pop("days", 0)
        seconds = named.get("seconds", 0)
        seconds += 60 * named.get("minutes", 0) + 3600 * named.get("hours", 0)
        if isinstance(days, int) and isinstance(seconds, int):
            span = str(timedelta(days=days, seconds=seconds)).replace(",", "")
            return f"'{span}'::interval"
    if last == "date" and len(given) == 3 and field.kind == "DateField":
        return "'{:04}-{:02}-{:02}'::date".format(*given)
    if last == "time" and 0 < len(given) < 4 and field.kind == "TimeField":
        return "'{:02}:{:02}:{:02}'::time".format(*[*given, 0, 0][:3])
    return _unknown(field)


def _decimal(value: Any) -> Any:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return value


def _unknown(field: Field) -> str:
    cast = _CASTS.get(field.kind)
    return f"'{HIDDEN}'::{cast}" if cast else f"'{HIDDEN}'"


def literal(value: Any, field: Field | None = None) -> str:
    """A value of Python in SQL, for a column of this field."""
    kind = "" if field is None else field.kind
    if kind == "JSONField":
        return quoted(json.dumps(value)) + "::jsonb"
    if value is None:
        return "NULL"
    if kind == "BooleanField" or (isinstance(value, bool) and not kind.endswith("CharField")):
        return "true" if value else "false"
    if isinstance(value, str) and "Integer" in kind and value.lstrip("-").isdigit():
        value = int(value)
    if isinstance(value, (int, Decimal)) and kind == "FloatField":
        value = float(value)
    if kind == "DecimalField" and isinstance(value, (int, float, str)):
        value = _decimal(value)
    if isinstance(value, (int, float, Decimal)):
        if kind in EMPTY:
            return quoted(str(value))
        return f" {value}" if value < 0 else str(value)
    if isinstance(value, (list, tuple)):
        return _array(value)
    if isinstance(value, dict):
        return f"'{HIDDEN}'"
    cast = _CASTS.get(kind)
    return quoted(str(value)) + (f"::{cast}" if cast else "")


def _array(values: list[Any] | tuple[Any, ...]) -> str:
    if not values:
        return "'{}'"
    if all(isinstance(each, str) and each.isidentifier() for each in values):
        return quoted("{" + ",".join(values) + "}")
    if all(isinstance(each, int) and not isinstance(each, bool) for each in values):
        return quoted("{" + ",".join(map(str, values)) + "}")
    return f"'{HIDDEN}'"


def quoted(text: str) -> str:
    text = text.replace("\x00", "")
    if "\\" in text:
        return " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + text.replace("'", "''") + "'"


def value_sql(value: Value, field: Field | None = None) -> str | None:
    """A literal of the file in SQL; None where it is none."""
    if isinstance(value, Made) and value.path.endswith(".Value") and value.given:
        return value_sql(value.given[0].value, field)
    last = value.path.rpartition(".")[2] if isinstance(value, Made) else ""
    if last in ("Decimal", "timedelta", "date"):
        return _made(value, field or _ANY)
    if isinstance(value, (bool, int, float, Embedded, Items, Pairs)) or value is None:
        try:
            return literal(plain(value), field)
        except LookupError:
            return None
    return None


_ANY = Field("", "", "", {})
