"""What RunSQL and RunPython send."""

from __future__ import annotations

from msgspec.structs import replace

from migralint.languages.values import HOLE, Closure, Items, Made, Symbol, Value, plain
from migralint.source import Embedded
from migralint.tools.django.defaults import literal
from migralint.tools.django.deferred import Sent
from migralint.tools.django.editor import Editor
from migralint.tools.django.expressions import last
from migralint.tools.django.fields import HIDDEN
from migralint.tools.django.functions import seen
from migralint.tools.django.models import App, argument
from migralint.tools.django.state import NotKnown, State
from migralint.tools.django.steps import Step


def run_sql(position: int, argument_name: str) -> Step:
    def run(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
        value = argument(op, position, argument_name)
        if isinstance(value, Items):
            if not value.exact:
                raise NotKnown("its SQL is only known when the code runs")
            for each in value.items:
                _one_sql(editor, each)
        else:
            _one_sql(editor, value)

    return run


def _one_sql(editor: Editor, value: Value) -> None:
    """A statement, or a pair of one and its parameters."""
    parameters: Value = None
    if isinstance(value, Items) and len(value.items) == 2:
        value, parameters = value.items
    noop = isinstance(value, Symbol) and value.path.endswith("RunSQL.noop")
    if noop or (isinstance(value, Embedded) and not value.text):
        editor.sent.append(Sent(editor.call, Embedded("", ()), "nothing"))
        return
    if not isinstance(value, Embedded) or HOLE.match(value.text.strip()):
        raise NotKnown("its SQL is only known when the code runs")
    sql = value if parameters is None else _filled(value, parameters)
    editor.sent.append(Sent(editor.call, sql, "text"))


def _filled(sql: Embedded, parameters: Value) -> Embedded:
    """SQL with its parameters in place of %s."""
    values = parameters.items if isinstance(parameters, Items) else []
    parts: list[Embedded | str] = []
    at = count = 0
    while (found := sql.text.find("%", at)) >= 0:
        parts.append(sql.cut(at, found))
        word, at = sql.text[found + 1 : found + 2], found + 2
        if word == "%":
            parts.append("%")
        elif word == "s" and count < len(values):
            parts.append(_spelled(values[count]))
            count += 1
        else:
            parts.append(f"'{HIDDEN}'")
            at = sql.text.find(")s", found) + 2 if word == "(" else at
            if at < 2:
                return sql
    return Embedded.join([*parts, sql.cut(at, len(sql.text))])


def _spelled(value: Value) -> str:
    try:
        return literal(plain(value))
    except LookupError:
        return f"'{HIDDEN}'"


def run_python(position: int, argument_name: str) -> Step:
    def run(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
        value = argument(op, position, argument_name)
        if isinstance(value, Symbol) and value.path.endswith("RunPython.noop"):
            editor.sent.append(Sent(editor.call, Embedded("", ()), "nothing"))
            return
        found = seen(value, before, editor.call)
        editor.sent += [replace(each, within=editor.call) for each in found.sent]
        editor.live += found.live
        if found.whole:
            return
        own = getattr(value.node, "name", "a lambda") if isinstance(value, Closure) else last(value)
        what = f"{own}()" if own else "a function"
        editor.sent.append(Sent(editor.call, Embedded("", ()), "code", what))

    return run
