"""What a function that RunPython calls does, as far as it can be seen: rows that it changes through
the ORM in one statement, SQL that it executes, models that it takes from the code of today."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from migralint.languages.evaluate import Evaluator
from migralint.languages.expressions import MISSING, Event, TooMuch, World
from migralint.languages.values import HOLE, Closure, Given, Made, Symbol, Value, text_of
from migralint.source import Embedded, Span
from migralint.tools.django.deferred import Sent
from migralint.tools.django.expressions import condition, expression, name
from migralint.tools.django.fields import HIDDEN, written
from migralint.tools.django.state import Model, State

_MANAGERS = r"(?:objects|_default_manager|_base_manager|all_objects)"
_ORM = re.compile(rf"apps\.get_model\(\)\.{_MANAGERS}\.")
_LIVE = re.compile(rf"(?P<model>[\w.]*\bmodels\.[A-Z]\w*)\.{_MANAGERS}\.\w+\Z")
_REGISTRY = "django.apps.apps.get_model"
_FILTERS = ("filter", "exclude", "get", "complex_filter")
_LOOKS = (
    "all", "using", "order_by", "values", "values_list", "only", "defer", "distinct", "none",
    "select_related", "prefetch_related", "annotate", "count", "exists", "first", "last",
    "iterator", "select_for_update", "reverse", "aggregate", *_FILTERS,
)  # fmt: skip
"""What of a query set changes nothing."""
_CURSOR = re.compile(
    r"(?:\w+\.)*(?:schema_editor|connection|connections\[\w*\])\.(?:.*\.)?execute\Z"
)


class Seen(Struct, frozen=True):
    """`whole`: nothing else happens in it. `live` are the models of today, with the places."""

    sent: tuple[Sent, ...] = ()
    whole: bool = False
    live: tuple[tuple[Span, str], ...] = ()


def seen(function: Value, state: State, call: Span) -> Seen:
    if not isinstance(function, Closure):
        return Seen()
    evaluator = Evaluator(World(_known))
    given = [Given(Symbol("apps"), call), Given(Symbol("schema_editor"), call)]
    try:
        evaluator.run(function, given, {}, call)
    except TooMuch:
        return Seen()
    sent: list[Sent] = []
    live: dict[Span, str] = {}
    whole = True
    for event in evaluator.events:
        model = _live(event)
        if model:
            live.setdefault(event.span, model)
        made = list(_statements(event, state))
        sent += made
        whole = whole and (bool(made) or _is_quiet(event))
    return Seen(tuple(sent), whole and bool(sent), tuple(live.items()))


def _known(path: str) -> Value:
    return written("postgresql") if path.endswith("connection.vendor") else MISSING


def _live(event: Event) -> str:
    """The model of today's code that a call goes through; "" where it goes through none."""
    if event.kind != "call" or not isinstance(event.value, Made):
        return ""
    path = event.value.path
    if path == _REGISTRY:
        return text_of(event.value.value(1, "model_name")) or "a model"
    match = _LIVE.match(path)
    if match is None or match["model"].startswith("django.db."):
        return ""
    return match["model"].rpartition(".")[2]


def _is_quiet(event: Event) -> bool:
    if event.kind in ("enter", "leave"):
        return True
    made = event.value
    if not isinstance(made, Made):
        return False
    last = made.path.rpartition(".")[2]
    if made.path == "apps.get_model" or made.path.startswith("logging."):
        return True
    if _ORM.match(made.path):
        return last in _LOOKS
    return last == "cursor" or last in ("F", "Q", "Value", "Now", "Lower", "Upper", "Coalesce")


def _statements(event: Event, state: State) -> Iterator[Sent]:
    made = event.value
    if event.kind != "call" or not isinstance(made, Made):
        return
    last = made.path.rpartition(".")[2]
    if _CURSOR.match(made.path):
        sql = made.value(0, "sql")
        if isinstance(sql, Embedded) and HOLE.match(sql.text.strip()) is None:
            yield Sent(event.span, sql, "text", conditional=event.conditional)
        return
    if not _ORM.match(made.path) or last not in ("update", "delete"):
        return
    chain = list(_chain(made))
    model = _model(chain[-1], state)
    if model is None:
        return
    where = _where(chain, model)
    table = Embedded.plain(name(model.table), event.span)
    if last == "delete":
        sql = Embedded.join(("DELETE FROM ", table, where))
    else:
        settings = ", ".join(
            f"{name(model.column(key))} = {expression(each.value, model) or _hole()}"
            for key, each in made.named.items()
        )
        sql = Embedded.join(("UPDATE ", table, f" SET {settings or _hole()}", where))
    yield Sent(event.span, sql, conditional=event.conditional)


def _hole() -> str:
    return f"'{HIDDEN}'"


def _chain(made: Made) -> Iterator[Made]:
    """A call and those that it is made on, back to get_model()."""
    each: Value = made
    while isinstance(each, Made):
        yield each
        each = each.of


def _model(made: Made, state: State) -> Model | None:
    first, second = text_of(made.value(0, "app_label")), text_of(made.value(1, "model_name"))
    if first is None:
        return None
    label, _, own = first.partition(".") if second is None else (first, ".", second)
    return state.models.get((label, own.lower()))


def _where(chain: list[Made], model: Model) -> str:
    conditions: list[str] = []
    for each in reversed(chain):
        last = each.path.rpartition(".")[2]
        if last in _FILTERS and (each.given or each.named):
            said = Made("django.db.models.Q", None, each.given, each.named, each.span)
            sql = condition(said, model)
            conditions.append(f"NOT ({sql})" if last == "exclude" else sql)
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
