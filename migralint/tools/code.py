"""What the tools whose migrations are code have in common: SQL that a call stands for, as
statements at the call's own place."""

from __future__ import annotations

from msgspec.structs import replace

from migralint.languages import tree
from migralint.languages.values import HOLE
from migralint.migration import Comment, Statement, Transaction
from migralint.ops import Op, Other, RunCode, Unknown, quoted
from migralint.source import Embedded, Source, Span
from migralint.tools import holes
from migralint.tools.files import Parse

_PUT = "what the code puts here is only known when it runs"
UNKNOWN = "$1"
"""What stands for a value that is not known: a parameter. For a name there is a `hole`."""


def identifier(name: Embedded) -> Embedded:
    """A name as SQL writes it."""
    if quoted(name.text) == name.text:
        return name
    return Embedded.join(('"', doubled(name, '"'), '"'))


def literal(text: Embedded) -> Embedded:
    """A string as SQL writes it."""
    return Embedded.join(("'", doubled(text, "'"), "'"))


def doubled(text: Embedded, mark: str) -> Embedded:
    """A text with each of these marks twice."""
    if mark not in text.text:
        return text
    parts: list[Embedded | str] = []
    at = 0
    while (found := text.text.find(mark, at)) >= 0:
        parts += [text.cut(at, found + 1), mark]
        at = found + 1
    return Embedded.join((*parts, text.cut(at, len(text.text))))


def listed(names: list[Embedded]) -> Embedded:
    """Names with commas between them."""
    parts: list[Embedded | str] = []
    for name in names:
        parts += [", ", name]
    return Embedded.join(parts[1:])


def commented(module: tree.Module) -> tuple[Comment, ...]:
    """The comments of a file that speak to migralint."""
    return tuple(Comment(span, text) for span, text in module.comments if "migralint:" in text)


def of_call(
    source: Source, call: Span, sql: Embedded, parse: Parse, *, conditional: bool = False
) -> list[Statement]:
    """The statements that a call makes the tool send: as text they are the call, as operations
    the SQL, each with the way back to the arguments."""
    text = source.text[call.start : call.end]
    sql = _called(within(sql, call), call, text)
    return [
        replace(each, span=call, text=text, embedded=sql, ops=guarded(each, conditional))
        for each in _parsed(sql, parse, source)
    ]


def of_text(
    sql: Embedded,
    parse: Parse,
    source: Source | None = None,
    *,
    call: Span | None = None,
    conditional: bool = False,
) -> list[Statement]:
    """The statements of SQL that the file holds as a string, each where it is written: in the call
    that sends it, or all of it elsewhere."""
    if call is not None:
        inside = within(sql, call)
        sql = inside if inside.pieces else sql
    return [
        replace(each, span=sql.to_host(each.span), embedded=sql, ops=guarded(each, conditional))
        for each in _parsed(sql, parse, source)
    ]


def _called(sql: Embedded, call: Span, text: str) -> Embedded:
    """The SQL, whose first letter is the name of what is called: as a whole it stands there and in
    the arguments."""
    if not sql.text or (sql.pieces and sql.pieces[0][0] == 0):
        return sql
    called = len(text.partition("(")[0])
    return Embedded(sql.text, ((0, call.start, 1, called), *sql.pieces))


def within(sql: Embedded, place: Span) -> Embedded:
    """The SQL, of which only what is written in this place stands in the file: what a constant or
    another call gave it is not what a finding should point at."""
    pieces = tuple(
        piece
        for piece in sql.pieces
        if place.start <= piece[1] and piece[1] + piece[3] <= place.end
    )
    return sql if len(pieces) == len(sql.pieces) else Embedded(sql.text, pieces)


def _parsed(sql: Embedded, parse: Parse, source: Source | None) -> list[Statement]:
    statements = parse(sql.text)
    if HOLE.search(sql.text) is None:
        return list(statements)
    apart = [one for each in statements for one in _apart(each, sql.text, parse)]
    return [holes.settled(each, source) for each in apart]


def _apart(statement: Statement, text: str, parse: Parse) -> list[Statement]:
    """What the code puts between two statements of a text is one by itself, or several: the next
    one goes on behind it."""
    found = HOLE.match(statement.text)
    if found is None or not _is_broken(statement):
        return [statement]
    start, end = statement.span.start, statement.span.end
    rest = parse(text, start + found.end(), end)
    if not rest or any(map(_is_broken, rest)):
        return [statement]
    span = Span(start, start + found.end())
    op = Unknown(span=span, reason=_PUT, cause="dynamic", anywhere=True)
    return [Statement(span, found.group(), (op,)), *rest]


def _is_broken(statement: Statement) -> bool:
    return any(isinstance(op, Unknown) and op.cause == "syntax" for op in statement.ops)


def guarded(statement: Statement, conditional: bool) -> tuple[Op, ...]:
    """The operations of a statement, which may not run."""
    if not conditional:
        return statement.ops
    return tuple(replace(op, conditional=True) for op in statement.ops)


def runs(source: Source, span: Span, what: str, *, conditional: bool = False) -> Statement:
    """Code that does something of its own to the database."""
    op = RunCode(span=span, what=what, conditional=conditional)
    return Statement(span, source.text[span.start : span.end], (op,))


def raises(source: Source, span: Span, what: str = "RAISE") -> Statement:
    """Code that refuses: nothing comes after it."""
    return Statement(span, source.text[span.start : span.end], (Other(span=span, what=what),))


def done(source: Source, span: Span, what: str) -> Statement:
    """Code that does something, and nothing to the database."""
    return raises(source, span, f"CALL {what}")


def not_read(source: Source, span: Span, reason: str, *, conditional: bool = False) -> Statement:
    """A call that is not understood."""
    op = Unknown(span=span, reason=reason, cause="dynamic", conditional=conditional)
    return Statement(span, source.text[span.start : span.end], (op,))


def in_transaction(statements: list[Statement], transaction: Transaction) -> list[Statement]:
    return [replace(each, transaction=transaction) for each in statements]
