"""DO blocks: the statements inside, each read by the SQL parser at its own place in the file.

libpg_query's PL/pgSQL parser knows the structure of a block, but of places only line numbers; INTO
it blanks out, and PERFORM it turns into SELECT. So each query is looked for in the text, from its
line and the last query on.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from migralint.dialects import lex
from migralint.dialects.postgresql.expressions import Tree, expression_end
from migralint.dialects.postgresql.guess import relations_named
from migralint.dialects.postgresql.literals import literal_text
from migralint.dialects.postgresql.tree import Place, decode_any
from migralint.ops import Commit, Name, Op, Other, Rollback, Select, Unknown
from migralint.ops.transactions import RAISE
from migralint.source import Span

_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode
# Fields of a PL/pgSQL statement that hold expressions, and those that hold statements, in the order
# of the text.
_EXPRESSIONS = ("cond", "t_expr", "expr", "lower", "upper", "step", "query", "argquery")
_BODIES = ("then_body", "elsif_list", "else_body", "body", "case_when_list", "stmts", "else_stmts")
_ERROR = 21
"""RAISE's level of EXCEPTION, as the server's elog.h numbers them."""
_DECLARATION = re.compile(r"declare", re.IGNORECASE)


def do_block(raw: Raw, place: Place) -> list[Op]:
    language, body, location = "plpgsql", "", -1
    for item in decode_any(raw).get("args", ()):
        option = item["DefElem"]
        value = option.get("arg", {}).get("String", {}).get("sval", "")
        if option.get("defname") == "language":
            language = value.lower()
        elif option.get("defname") == "as":
            body, location = value, place.character(option.get("location", 0))
    if language != "plpgsql":
        return [Unknown(span=place.span, reason=f"a DO block in {language}", cause="language")]
    start = _content_start(place.piece, location, body)
    tree = _parse(body)
    if isinstance(tree, str):
        cause: Any = (
            "syntax" if tree.startswith(("syntax error", "unterminated")) else "unsupported"
        )
        return [Unknown(span=place.span, reason=tree, cause=cause, tables=relations_named(body))]
    # An escaped body has no places of its own in the file: its operations stand for the whole
    # statement.
    shift = 0 if start is None else place.span.start - place.start + start
    block = _Block(body, shift)
    for datum in tree.get("datums", ()):
        block.expressions(
            datum, line=next(iter(datum.values())).get("lineno", 1), conditional=False
        )
    block.at = 0
    block.statement(tree.get("action", {}), conditional=False)
    ops = block.ops
    if start is None:
        ops = [replace(op, span=place.span, clause=-1) for op in ops]
    return ops or [Other(span=place.span, what="DO")]


def _content_start(piece: str, location: int, body: str) -> int | None:
    """Where in the piece the body's characters stand one by one; None where escapes come
    between."""
    if piece[location : location + 1] == "$":
        start = piece.index("$", location + 1) + 1
    else:
        start = piece.find("'", location) + 1
    return start if piece.startswith(body, start) else None


def _parse(body: str) -> Tree | str:
    """The tree of a block's body, or why there is none."""
    from pglast.parser import ParseError, parse_plpgsql_json

    from migralint.dialects.postgresql.parse import (
        PLACEHOLDER,
        TOO_DEEP,
        without_placeholders,
    )

    tag = "$migralint$"
    while tag in body:
        tag = tag[:-1] + "_$"
    reason = ""
    attempts = [body, _plain_types(body, keep=True), _plain_types(body, keep=False)]
    if PLACEHOLDER.search(body):
        attempts.append(without_placeholders(body)[0])
    for number, attempt in enumerate(attempts):
        if number and attempt == body:
            continue
        try:
            trees = _decode(parse_plpgsql_json(f"DO {tag}{attempt}{tag}"))
        except ParseError as why:
            reason = reason or str(why.args[0])
        except RecursionError:
            return TOO_DEEP
        except msgspec.DecodeError as why:
            return f"the block is not understood: {why}"
        else:
            function: Tree = trees[0]["PLpgSQL_function"] if trees else {}
            return function
    return reason


def _plain_types(body: str, *, keep: bool) -> str:
    """The body with types of variables made such as the parser knows without a database: without
    schema and [], or, where that does not help (`keep` false), text."""
    parts: list[str] = []
    last = 0
    for found in _DECLARATION.finditer(body):
        tokens = [token for token in lex.tokens(body, found.end()) if token.kind != "comment"]
        first = True
        skip = False
        for number, token in enumerate(tokens):
            word = body[token.start : token.end]
            if first and word.lower() == "begin":
                break
            if word == ";":
                first, skip = True, False
                continue
            if first:
                first = False
                continue
            if skip or word.lower() in ("constant", "alias", "cursor", "scroll", "no"):
                continue
            if word in (":=", "=") or word.lower() in ("default", "not", "for", "collate"):
                skip = True
                continue
            follows = body[token.end : token.end + 1]
            blank = follows == "." or word in ("[", "]", ".") if keep else word not in ("%",)
            if token.start < last or not blank:
                continue
            parts.append(body[last : token.start])
            previous = body[tokens[number - 1].start : tokens[number - 1].end] if number else ""
            if (
                keep
                or previous in (".", "%", "[", "(", ",", "]")
                or not word[0].isalpha()
                or len(word) < 3
            ):
                parts.append(" " * len(word))
            else:
                parts.append(("text" if len(word) > 3 else "int").ljust(len(word)))
            last = token.end
    return "".join([*parts, body[last:]])


class _Block:
    """A walk over a block, in the order of its text."""

    def __init__(self, body: str, shift: int) -> None:
        self.body = body
        self.shift = shift
        """Where the body starts in the file."""
        self.ops: list[Op] = []
        self.at = 0
        """How far the text has been read."""
        self.skipped = False
        """An earlier branch may have returned: nothing is certain to run any more."""
        self.lines = [0]
        at = body.find("\n")
        while at >= 0:
            self.lines.append(at + 1)
            at = body.find("\n", at + 1)

    def statements(self, nodes: list[Tree], conditional: bool) -> None:
        for node in nodes:
            self.statement(node, conditional)

    def statement(self, node: Tree, conditional: bool) -> None:
        for tag, body in node.items():
            kind = tag.removeprefix("PLpgSQL_stmt_").removeprefix("PLpgSQL_")
            line = body.get("lineno", 0)
            certain = not conditional and not self.skipped
            if kind == "block":
                inside = conditional or "exceptions" in body
                self.statements(body.get("body", []), inside)
                handlers = (
                    body.get("exceptions", {})
                    .get("PLpgSQL_exception_block", {})
                    .get("exc_list", [])
                )
                for handler in handlers:
                    self.statements(handler["PLpgSQL_exception"].get("action", []), True)
            elif kind == "execsql":
                self.query(body["sqlstmt"]["PLpgSQL_expr"]["query"], line, not certain)
            elif kind in ("dynexecute", "dynfors"):
                self.execute(
                    body.get("query", {}).get("PLpgSQL_expr", {}).get("query", ""),
                    line,
                    not certain,
                )
                self.statements(body.get("body", []), True)
            elif kind in ("perform", "call"):
                self.query(body["expr"]["PLpgSQL_expr"]["query"], line, not certain)
            elif kind in ("commit", "rollback"):
                span = self.word(kind, line)
                self.add(
                    Commit(span=span) if kind == "commit" else Rollback(span=span), not certain
                )
            elif kind == "return" and conditional:
                self.skipped = True
            elif kind == "raise" and body.get("elog_level") == _ERROR:
                self.expressions(node, line, not certain)
                self.add(Other(span=self.line_span(line), what=RAISE), not certain)
            else:
                if kind == "assert":
                    self.add(Other(span=self.line_span(line), what=RAISE), not certain)
                self.expressions(node, line, not certain)
                for key in _BODIES:
                    self.statements(body.get(key, []), True)

    def add(self, op: Op, conditional: bool) -> None:
        self.ops.append(replace(op, conditional=True) if conditional else op)

    def expressions(self, node: Tree, line: int, conditional: bool) -> None:
        """What the expressions of a statement or a variable read; a query of a loop is read as
        one."""
        for body in node.values():
            for key in (*_EXPRESSIONS, "default_val", "cursor_explicit_expr"):
                found = body.get(key)
                inner = found.get("PLpgSQL_expr") if isinstance(found, dict) else None
                if inner is None:
                    continue
                query = inner.get("query", "")
                if inner.get("parseMode", 0) == 0:
                    self.query(query, line, conditional)
                    continue
                if inner["parseMode"] != 2:  # an assignment
                    query = re.split(r":=|=", query, maxsplit=1)[-1].strip()
                self.expression(query, line, conditional)

    def expression(self, text: str, line: int, conditional: bool) -> None:
        """An expression matters where it reads tables."""
        from migralint.dialects.postgresql.parse import parse_piece

        if "select" not in text.lower():
            return
        at = self.find(text, line)
        found = parse_piece(text, "SELECT " + text, 0)
        if not isinstance(found, list):
            return
        span = self.line_span(line) if at is None else self.span(at, at + len(text))
        for statement in found:
            for op in statement.ops:
                if isinstance(op, Select) and not all(map(_is_catalogue, op.query.reads)):
                    self.add(replace(op, span=span), conditional)

    def query(self, text: str, line: int, conditional: bool) -> None:
        """A static query, parsed at its place."""
        from migralint.dialects.postgresql.parse import parse_piece

        at = self.find(text, line)
        found = parse_piece(text, text, 0 if at is None else at + self.shift)
        span = self.line_span(line) if at is None else self.span(at, at + len(text.rstrip()))
        if not isinstance(found, list):
            tables = relations_named(text)
            self.add(
                Unknown(span=span, reason=found.reason, cause=found.cause, tables=tables),
                conditional,
            )
            return
        for statement in found:
            for op in statement.ops:
                if (
                    isinstance(op, Select)
                    and all(map(_is_catalogue, op.query.reads))
                    and not op.query.calls
                ):
                    continue
                if at is None:
                    op = replace(op, span=span, clause=-1)
                elif self.body[at : at + 6].lower() != text[:6].lower():
                    # PERFORM is a letter longer than SELECT.
                    op = replace(op, span=Span(span.start - 1, span.end))
                self.add(op, conditional)

    def execute(self, text: str, line: int, conditional: bool) -> None:
        """EXECUTE: what it runs is known where it is a literal."""
        from migralint.dialects.postgresql.parse import parse_piece

        whole = self.word("execute", line)
        at = self.find(text, line)
        content = literal_text(text)
        if content is None:
            self.add(
                Unknown(
                    span=whole,
                    reason="EXECUTE of text that is made at run time",
                    cause="dynamic",
                    tables=relations_named(_literals(text)),
                ),
                conditional,
            )
            return
        start = None if at is None else _content_start(self.body, at, content)
        if start is not None and at is not None and start + len(content) >= at + len(text.rstrip()):
            start = None
        found = parse_piece(content, content, 0 if start is None else start + self.shift)
        if not isinstance(found, list):
            self.add(
                Unknown(
                    span=whole,
                    reason=f"in EXECUTE: {found.reason}",
                    cause=found.cause,
                    tables=relations_named(content),
                ),
                conditional,
            )
            return
        for statement in found:
            for op in statement.ops:
                self.add(replace(op, span=whole, clause=-1) if start is None else op, conditional)

    def find(self, text: str, line: int) -> int | None:
        """Where a query stands: the same characters, but for what the parser blanked out."""
        first = text[:1]
        if not first:
            return None
        begin = self.lines[line - 1] if 0 < line <= len(self.lines) else 0
        for floor in (max(begin, self.at), begin):
            at = self.body.find(first, floor)
            while at >= 0:
                if self._same(text, at, 0):
                    self.at = at + len(text)
                    return at
                at = self.body.find(first, at + 1)
            if text.startswith("SELECT"):
                # PERFORM foo() is given as SELECT foo().
                for found in re.compile("perform", re.IGNORECASE).finditer(self.body, floor):
                    if self._same(text, found.end() - 6, 6):
                        self.at = found.end() - 6 + len(text)
                        return found.end() - 6
        return None

    def _same(self, text: str, at: int, skip: int) -> bool:
        body = self.body
        if body.startswith(text[skip:], at + skip):
            return True
        if (
            not body.startswith(text[skip : skip + 6], at + skip)
            or " " not in text
            or at + len(text) > len(body)
        ):
            return False
        return all(text[n] == " " or text[n] == body[at + n] for n in range(skip, len(text)))

    def span(self, start: int, end: int) -> Span:
        return Span(start + self.shift, end + self.shift)

    def line_span(self, line: int) -> Span:
        start = self.lines[line - 1] if 0 < line <= len(self.lines) else 0
        end = self.lines[line] if 0 < line < len(self.lines) else len(self.body)
        solid = lex.trim(self.body, start, end)
        return self.span(solid.start, solid.end)

    def word(self, word: str, line: int) -> Span:
        """From a keyword of this line to the end of its statement."""
        begin = self.lines[line - 1] if 0 < line <= len(self.lines) else 0
        found = re.compile(rf"\b{word}\b", re.IGNORECASE).search(self.body, max(begin, self.at))
        if found is None:
            return self.line_span(line)
        return self.span(found.start(), _statement_end(self.body, found.start()))


def _statement_end(body: str, start: int) -> int:
    end = start
    while True:
        end = expression_end(body, end, len(body), frozenset(("loop",)))
        if body[end : end + 1] != "," and body[lex.skip_blank(body, end, len(body)) :][:1] != ",":
            return end
        end = lex.skip_blank(body, end, len(body)) + 1


def _literals(expression: str) -> str:
    """What the string literals of an expression say, one after the other."""
    strings = [token for token in lex.tokens(expression) if token.kind == "string"]
    return " ".join(expression[token.start + 1 : token.end - 1] for token in strings)


def _is_catalogue(name: Name) -> bool:
    """The server's own tables, which any statement reads."""
    return name.schema in ("pg_catalog", "information_schema") or (
        not name.schema and name.name.startswith("pg_")
    )
