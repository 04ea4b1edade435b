"""What is only known when the code runs, in SQL that was read from code: what is left of an
operation that has it.

It stands in the SQL as a word that the parser takes for a name (`languages.values.hole`). None of
these may be taken for a name that there is: a type that is not known is not said, what is made
under such a name has none, and an operation on something of such a name is not understood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from migralint import ops
from migralint.languages.values import HOLE
from migralint.migration import Statement
from migralint.ops import Column, CreateTable, Expression, Name, Op
from migralint.source import Source, Span

_SHORT = 60
_ROWS = (ops.Insert, ops.Update, ops.Delete, ops.Merge, ops.Select, ops.Copy, ops.Truncate)
"""What changes rows, and no table."""


class _Hidden(Exception):
    """Something that has to be known is not: how the file writes it."""


class Words:
    """How the file writes what is not known. `unnamed`: something was made whose name is not
    known."""

    def __init__(self, source: Source | None) -> None:
        self._source = source
        self.unnamed = False

    def of(self, text: str) -> str:
        """A text with the words of the file where something is not known."""
        return HOLE.sub(lambda found: f"{{{self._word(found)}}}", text)

    def only(self, text: str) -> str:
        """The words for the first thing in a text that is not known; "" where they are long."""
        found = HOLE.search(text)
        return "" if found is None else self._word(found).replace("…", "")

    def _word(self, found: Any) -> str:
        if self._source is None or not found[1] or not found[2]:
            return "…"
        start = int(found[1])
        text = self._source.text[start : start + int(found[2])].removeprefix("$").strip("{}")
        return text if 0 < len(text) <= _SHORT and "\n" not in text else "…"


def settled(statement: Statement, source: Source | None) -> Statement:
    """The statement without the names that are not known."""
    if HOLE.search(statement.text) is None:
        return statement
    words = Words(source)
    found = [each for op in statement.ops for each in _settled(op, words)]
    return replace(
        statement,
        text=words.of(statement.text),
        ops=tuple(found),
        partial=words.unnamed or statement.partial,
    )


def _settled(op: Op, words: Words) -> list[Op]:
    if isinstance(op, ops.Unknown):
        if op.cause == "syntax":
            reason = "it does not parse without what the code puts into it"
            op = replace(op, reason=reason, cause="dynamic")
        return [replace(op, tables=_known(op.tables))]
    try:
        found: list[Op] = [_without(op, words)]
    except _Hidden as why:
        found = [_unknown(op, f"`{why}`" if str(why) else "a name in it", "is")]
    if isinstance(op, CreateTable) and isinstance(found[0], CreateTable):
        if any(_is_hidden(each.name) for each in op.columns):
            found.append(_unknown(op, "some of its columns", "are"))
    return found


def _unknown(op: Op, what: str, verb: str) -> ops.Unknown:
    return ops.Unknown(
        span=op.span,
        clause=op.clause,
        reason=f"{what} {verb} only known when the code runs",
        cause="dynamic",
        tables=(names := tuple(dict.fromkeys(_names(op)))),
        anywhere=not names and not isinstance(op, _ROWS),
    )


def _is_hidden(text: str | None) -> bool:
    return text is not None and HOLE.search(text) is not None


def _has(value: Any) -> bool:
    """Whether something in a value is not known."""
    if isinstance(value, str):
        return HOLE.search(value) is not None
    if isinstance(value, tuple):
        return any(map(_has, value))
    return any(_has(getattr(value, name)) for name in getattr(value, "__struct_fields__", ()))


def _known(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(each for each in values if not _has(each))


def _names(value: Any) -> list[Name]:
    """The relations that an operation names, as far as they are known."""
    if isinstance(value, Name):
        return [] if _has(value) else [value]
    if isinstance(value, tuple):
        return [name for each in value for name in _names(each)]
    fields = getattr(value, "__struct_fields__", ())
    return [name for field in fields for name in _names(getattr(value, field))]


def _without(value: Any, words: Words) -> Any:
    """The value without what is not known; raises _Hidden where it has to be."""
    if isinstance(value, str):
        if _is_hidden(value):
            raise _Hidden(words.only(value))
        return value
    if isinstance(value, tuple):
        return tuple(_without(each, words) for each in value)
    change = _CHANGES.get(type(value))
    if change is not None:
        value = change(value, words)
    if not hasattr(value, "__struct_fields__") or isinstance(value, Span):
        return value
    changed = {
        name: new
        for name in value.__struct_fields__
        if (new := _without(old := getattr(value, name), words)) is not old and new != old
    }
    return replace(value, **changed) if changed else value


def _of_expression(value: Expression, words: Words) -> Expression:
    """What it reads and calls, as far as that is known; its text as the file has it."""
    return replace(
        value,
        text=words.of(value.text),
        columns=_known(value.columns),
        functions=_known(value.functions),
        tests=_known(tuple(map(_of_test, value.tests))),
        types=_known(value.types),
        sequences=_known(value.sequences),
        column=None if _is_hidden(value.column) else value.column,
        literal=None if _is_hidden(value.literal) else value.literal,
    )


def _of_test(test: ops.Test) -> ops.Test:
    """What is compared with a literal that is only known when the code runs is compared with a
    parameter."""
    if test.operator == "=" and _is_hidden(test.value):
        return replace(test, value=None)
    return test


def _of_column(value: Column, words: Words) -> Column:
    named = None if _is_hidden(value.not_null_name) else value.not_null_name
    return replace(value, type=None if _has(value.type) else value.type, not_null_name=named)


def _of_table(value: CreateTable, words: Words) -> CreateTable:
    columns = tuple(each for each in value.columns if not _is_hidden(each.name))
    return replace(value, columns=columns)


def _named(value: Any, words: Words) -> Any:
    if not _is_hidden(value.name):
        return value
    words.unnamed = True
    return replace(value, name=None)


def _of_index_column(value: ops.IndexColumn, words: Words) -> ops.IndexColumn:
    if not _is_hidden(value.column):
        return value
    return replace(value, column=None, expression=Expression(words.of(str(value.column))))


def _of_insert(value: ops.Insert, words: Words) -> ops.Insert:
    if _has(value.columns):
        value = replace(value, columns=(), width=0, literals=())
    return replace(value, literals=_known(value.literals), reads=_known(value.reads))


def _listing(*names: str) -> Callable[[Any, Words], Any]:
    """What lists names, of which some may be missing."""

    def change(value: Any, words: Words) -> Any:
        return replace(value, **{name: _known(getattr(value, name)) for name in names})

    return change


_CHANGES: dict[type, Callable[[Any, Words], Any]] = {
    Expression: _of_expression,
    Column: _of_column,
    CreateTable: _of_table,
    ops.CreateType: _listing("values"),
    ops.CreateIndex: _named,
    ops.Constraint: _named,
    ops.IndexColumn: _of_index_column,
    ops.Insert: _of_insert,
    ops.Update: _listing("columns", "literals", "values", "uses", "reads"),
    ops.Delete: _listing("reads"),
    ops.Merge: _listing("reads"),
    ops.Query: _listing("reads", "outputs", "uses", "values", "functions", "calls", "locked"),
}
