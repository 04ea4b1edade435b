"""From SQL text to statements of operations, by libpg_query (the server's own grammar, of
PostgreSQL 18)."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Raw

from migralint.dialects import lex
from migralint.dialects.postgresql import (
    parse_access,
    parse_alter,
    parse_functions,
    parse_names,
    parse_objects,
    parse_rows,
    parse_server,
    parse_tables,
    parse_types,
    parse_upkeep,
    plpgsql,
)
from migralint.dialects.postgresql.guess import relations_named
from migralint.dialects.postgresql.tree import Offsets, Place, decode_script
from migralint.migration import Statement, holds
from migralint.ops import Insert, Op, Unknown
from migralint.parsed import parsed
from migralint.source import Span

HANDLERS: dict[str, tuple[Any, Any]] = {
    **parse_tables.HANDLERS,
    **parse_alter.HANDLERS,
    **parse_names.HANDLERS,
    **parse_rows.HANDLERS,
    **parse_objects.HANDLERS,
    **parse_types.HANDLERS,
    **parse_functions.HANDLERS,
    **parse_access.HANDLERS,
    **parse_upkeep.HANDLERS,
    **parse_server.HANDLERS,
    "DoStmt": (None, plpgsql.do_block),
}
"""The kind of a statement → (decoder of its tree, what makes operations of it); a handler without
one takes it raw."""

WHOLE = 1_000_000
"""Longer texts go through the lexer, so that no tree of megabytes is made."""
CHUNK = 60_000
"""How many characters of statements are parsed at once after the lexer has cut them."""
EACH = 200
"""What a statement counts at least, so that few are looked at again after each that fails."""
LOOKED_AT = 10_000
"""How much of a statement that does not parse is searched for names of relations."""
QUOTED = 120
"""How much of what the parser says is passed on: it quotes names of any length."""
TOO_DEEP = "nested too deep to be read"
GIANT = 65_536
"""Longer INSERT … VALUES are parsed without their rows."""
COMMENTS = 1000
"""More block comments are blanked out first: the server's lexer takes quadratic time where they
nest."""
PLACEHOLDER = re.compile(r"""\$[{A-Za-z_]|\{\{|\{%|\{#|:['"A-Za-z_]|%\(""")
_ROWS = re.compile(r"\s*insert\b", re.IGNORECASE)
_BLANK_OR_COMMENT = frozenset(" \t\n\r\f\v-/")


def parse(text: str, start: int = 0, end: int | None = None) -> tuple[Statement, ...]:
    """The statements of a piece of text; all spans count in `text`. Nothing in it raises: what does
    not parse is Unknown."""
    stop = len(text) if end is None else end
    return parsed(("postgresql", text, start, stop), lambda: _parse(text, start, stop))


def _parse(text: str, start: int, stop: int) -> tuple[Statement, ...]:
    if stop - start <= WHOLE and "\0" not in text:
        found = parse_piece(
            text, text if start == 0 and stop == len(text) else text[start:stop], start
        )
        if isinstance(found, list):
            return tuple(found)
    return tuple(_parse_cut(text, start, stop))


class Failure(msgspec.Struct):
    """Why a piece does not parse; `at` is a character of the whole text, where the parser says
    so."""

    reason: str
    at: int | None = None
    cause: Any = "syntax"


def parse_piece(text: str, piece: str, base: int) -> list[Statement] | Failure:
    """Parses what stands in `text` from `base` on. `piece` may differ from it in its characters,
    never in its length, where placeholders and the like were made harmless."""
    from pglast.parser import ParseError, parse_sql_json

    if piece.count("/*") > COMMENTS:
        piece = lex.without_comments(piece)
    try:
        data = parse_sql_json(piece)
        roots = decode_script(data).stmts
    except ParseError as why:
        at = why.args[1] if len(why.args) > 1 else None
        return _failure(str(why.args[0]), base + at if at is not None else None)
    except UnicodeEncodeError as why:
        return Failure(
            "the text holds half a surrogate pair, which is no character", base + why.start, "input"
        )
    except RecursionError:
        return Failure(TOO_DEEP, None, "too deep")
    except msgspec.DecodeError as why:
        return Failure(f"the parser's answer is not understood: {why}", None, "unsupported")
    offsets = None if piece.isascii() else Offsets(piece)
    length = len(piece)
    statements: list[Statement] = []
    for root in roots:
        if offsets is None:
            first = root.stmt_location
            last = first + root.stmt_len if root.stmt_len else length
        else:
            first = offsets.character(root.stmt_location)
            last = (
                offsets.character(root.stmt_location + root.stmt_len) if root.stmt_len else length
            )
        if piece[first] in _BLANK_OR_COMMENT:
            first = lex.skip_blank(piece, first, last)
        if (
            piece[last - 1] in " \t\n\r\f\v"
            or "--" in piece[first:last]
            or "*/" in piece[first:last]
        ):
            last = lex.trim(piece, first, last).end
        span = Span(base + first, base + last)
        place = Place(piece, first, last, offsets, span)
        statements.append(
            Statement(
                span=span,
                text=text[span.start : span.end],
                ops=operations(root.stmt, place),
                block="DoStmt" in root.stmt,
            )
        )
    return statements


def _failure(reason: str, at: int | None) -> Failure:
    """What the parser says, without the rest of the file that it quotes after an open quote."""
    if reason == "stack depth limit exceeded":  # The parser's, which is far below the server's.
        return Failure(TOO_DEEP, None, "too deep")
    if reason.startswith("unterminated"):
        reason = reason.partition(" at or near ")[0]
    return Failure(reason if len(reason) <= QUOTED else f"{reason[:QUOTED]}…", at)


def operations(stmt: dict[str, Raw], place: Place) -> tuple[Op, ...]:
    """The operations of one statement's tree."""
    for kind, raw in stmt.items():
        decoder, handler = HANDLERS.get(kind, (None, None))
        if handler is None:
            return (Unknown(span=place.span, reason=f"{kind} is not known"),)
        try:
            return tuple(handler(raw if decoder is None else decoder.decode(raw), place))
        except RecursionError:
            return (Unknown(span=place.span, reason=TOO_DEEP, cause="too deep"),)
        except msgspec.DecodeError as why:
            return (Unknown(span=place.span, reason=f"{kind} is not understood: {why}"),)
    return (Unknown(span=place.span, reason="an empty statement"),)


def _parse_cut(text: str, start: int, end: int) -> list[Statement]:
    """The same, statement by statement as the lexer cuts them, in chunks as long as nothing is
    wrong."""
    spans = lex.statements(text, start, end)
    statements: list[Statement] = []
    at = 0
    while at < len(spans):
        first, size = at, 0
        while at < len(spans) and size < CHUNK and not _is_special(text, spans[at]):
            size += spans[at].end - spans[at].start + EACH
            at += 1
        if at > first:
            statements.extend(_parse_chunk(text, spans[first:at], end))
        if at < len(spans) and _is_special(text, spans[at]):
            statements.extend(_parse_special(text, spans[at]))
            at += 1
    return statements


def _is_special(text: str, span: Span) -> bool:
    """What may not go into a chunk with others: NUL, giants."""
    return span.end - span.start > GIANT or text.find("\0", span.start, span.end) >= 0


def _parse_special(text: str, span: Span) -> list[Statement]:
    at = text.find("\0", span.start, span.end)
    if at >= 0:
        return [_unknown(text, span, Failure("the statement holds a NUL byte", at, "input"))]
    if _ROWS.match(text, span.start, span.end):
        found = _parse_giant_insert(text, span)
        if found is not None:
            return [found]
    return _parse_alone(text, span)


def _parse_chunk(text: str, spans: list[Span], end: int) -> list[Statement]:
    """Statements that stand one after the other. After a failure, the ones before it are taken, it
    alone is tried with its placeholders made harmless, and the rest goes on."""
    statements: list[Statement] = []
    at = 0
    while at < len(spans):
        base, stop = spans[at].start, spans[-1].end
        # What stands between statements (psql's commands, COPY data, comments) is blanked out.
        pieces, last = [], base
        for span in spans[at:]:
            gap = span.start - last
            if gap:
                pieces.append(";" + " " * (gap - 1))
            pieces.append(text[span.start : span.end])
            last = span.end
        piece = "".join(pieces)
        found = parse_piece(text, piece, base)
        if isinstance(found, list):
            statements.extend(found)
            return statements
        bad = at
        if found.at is not None:
            while bad + 1 < len(spans) and spans[bad + 1].start <= found.at:
                bad += 1
        elif len(spans) - at > 1:
            # No place is known: halves find it.
            middle = (at + len(spans)) // 2
            statements.extend(_parse_chunk(text, spans[at:middle], end))
            at = middle
            continue
        if bad > at:
            statements.extend(_parse_chunk(text, spans[at:bad], end))
        statements.extend(_parse_alone(text, spans[bad]))
        at = bad + 1
        assert stop <= end or stop == spans[-1].end
    return statements


def _parse_alone(text: str, span: Span) -> list[Statement]:
    """One statement: as it is, then with its placeholders made harmless, else Unknown."""
    piece = text[span.start : span.end]
    found = parse_piece(text, piece, span.start)
    if isinstance(found, list):
        return found
    if PLACEHOLDER.search(piece):
        harmless, names = without_placeholders(piece)
        if not harmless.strip():
            return [
                _unknown(
                    text,
                    span,
                    Failure("a placeholder stands for the whole statement", None, "dynamic"),
                )
            ]
        again = parse_piece(text, harmless, span.start)
        if isinstance(again, list):
            return [_judged(text, each, names) for each in again] or [
                _unknown(text, span, Failure("placeholders make up the statement", None, "dynamic"))
            ]
        if _TEMPLATE.search(harmless) is None and _TEMPLATE.search(piece):
            reason = f"it does not parse without the values of its template: {again.reason}"
            found = Failure(reason, again.at, "dynamic")
    return [_unknown(text, span, found)]


def _judged(text: str, statement: Statement, names: list[str]) -> Statement:
    """A statement that was parsed with names in the place of its placeholders."""
    span = statement.span
    if any(
        token.kind == "placeholder" and _STEERS.match(text, token.start)
        for token in lex.tokens(text, span.start, span.end)
    ):
        return _unknown(text, span, Failure("a template decides what it holds", None, "dynamic"))
    return msgspec.structs.replace(statement, partial=holds(statement.ops, names))


def _unknown(text: str, span: Span, why: Failure) -> Statement:
    at = span
    if why.at is not None and span.start <= why.at < span.end:
        token = next(lex.tokens(text, why.at, span.end), None)
        at = (
            Span(why.at, min(token.end, span.end))
            if token is not None
            else Span(why.at, why.at + 1)
        )
    return Statement(
        span=span,
        text=text[span.start : span.end],
        ops=(_of_failure(at, why, text[span.start : span.end]),),
    )


def _of_failure(span: Span, why: Failure, text: str) -> Unknown:
    return Unknown(
        span=span, reason=why.reason, cause=why.cause, tables=relations_named(text[:LOOKED_AT])
    )


def without_placeholders(piece: str) -> tuple[str, list[str]]:
    """The same number of characters with a name in each placeholder's place, and those names.

    A qualifier (`${schema}.`) goes altogether, as does one that is all of the statement, and what
    steers a template ({% … %}, {{ if … }}) without giving text.
    """
    parts: list[str] = []
    names: list[str] = []
    last = 0
    tokens = [token for token in lex.tokens(piece) if token.kind != "comment"]
    alone = len(tokens) == 1
    for token in tokens:
        if token.kind != "placeholder":
            continue
        start, end = token.start, token.end
        words = piece[start:end]
        if piece[end : end + 1] == ".":
            end += 1
            new = " " * (end - start)
        elif alone or words.startswith(("{%", "{#")) or _STEERS.match(words):
            new = " " * (end - start)
        elif words[:2] == ":'":
            new = words[1:] + " "
        elif words[:2] == ':"':
            new = " " + words[1:]
        else:
            new = "_" + _NO_NAME.sub("_", words[1:])
            names.append(new)
        parts += [piece[last:start], new]
        last = end
    return "".join([*parts, piece[last:]]), names


_TEMPLATE = re.compile(r"\$\{|\{\{|\{%")
"""What no SQL holds outside of strings."""
_STEERS = re.compile(r"\{\{-?\s*(?:if|else|end|range|with|define|block|template)\b")
_NO_NAME = re.compile(r"[^A-Za-z0-9_]")


def _parse_giant_insert(text: str, span: Span) -> Statement | None:
    """INSERT … VALUES of megabytes: its head and tail are parsed around one row, the rows only
    counted."""
    depth = rows = 0
    head = first = last = -1
    for kind, start, end in lex.tokens(text, span.start, span.end):
        if kind == "symbol":
            character = text[start]
            if character == "(":
                if depth == 0 and head >= 0:
                    rows += 1
                depth += 1
            elif character == ")":
                depth -= 1
                if depth == 0 and head >= 0:
                    last = end
        elif kind == "word" and depth == 0:
            word = text[start:end].lower()
            if head < 0:
                if word == "values":
                    head = end
                elif word in ("select", "with"):
                    return None
            else:
                first = start
                break
    if head < 0 or last < 0 or depth != 0:
        return None
    tail = text[first : span.end] if first >= 0 else ""
    found = parse_piece(text, f"{text[span.start : head]} (NULL) {tail}", span.start)
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0].ops[-1], Insert):
        return None
    ops = tuple(
        msgspec.structs.replace(op, span=span, **({"rows": rows} if isinstance(op, Insert) else {}))
        for op in found[0].ops
    )
    return Statement(span=span, text=text[span.start : span.end], ops=ops)
