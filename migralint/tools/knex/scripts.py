"""What the functions of a migration send through Knex, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

from msgspec.structs import replace

from migralint.languages.events import Callback, Event
from migralint.languages.expressions import MISSING
from migralint.languages.values import (
    HOLE,
    Closure,
    Hidden,
    Items,
    Made,
    Pairs,
    Scope,
    Symbol,
    Value,
)
from migralint.migration import Statement, Transaction
from migralint.ops import Unknown
from migralint.source import Embedded, Source, Span
from migralint.tools.code import not_read, of_call, of_text, raises, runs
from migralint.tools.files import Parse
from migralint.tools.knex import schema
from migralint.tools.knex.chains import RESULTS, Chain, Chains, continues, is_of_knex, is_used, last
from migralint.tools.knex.queries import is_query, query_sql
from migralint.tools.knex.values import Unclear, Words

_TABLES = frozenset("createTable createTableIfNotExists createTableLike alterTable table".split())
_VIEWS = frozenset("createView createViewOrReplace createMaterializedView view alterView".split())
_NO_SQL = frozenset(
    "knex.destroy knex.initialize knex.fn.now knex.fn.uuid knex.ref knex.isTransaction "
    "knex.transactionProvider knex.on knex.once knex.commit knex.rollback knex.savepoint "
    "knex.client.raw knex.userParams knex.withUserParams knex.queryBuilder knex.queryContext "
    "knex.isCompleted knex.executionPromise knex.migrate.currentVersion knex.raw().wrap".split()
)
_LOGS = frozenset("log info warn error debug trace verbose silly".split())
_DIALECTS = {
    "postgresql": "postgresql", "cockroachdb": "postgresql", "mysql": "mysql",
    "mariadb": "mysql", "sqlite": "sqlite3",
}  # fmt: skip
"""What Knex calls its dialects."""
_BATCH = Transaction("implicit-batch", "certain", "knex.transaction() is one transaction")
_SIMPLE = Transaction(
    "implicit-batch", "certain", "one raw() of several statements is one transaction"
)


def known(path: str, dialect: str, client: str) -> Value:
    """What Knex's own names are worth before anything runs; MISSING where that is not known."""
    own = _DIALECTS.get(dialect, "")
    if client and path in ("knex.client.config.client", "knex.client.driverName"):
        return Embedded(client, ())
    if own and path == "knex.client.dialect":
        return Embedded(own, ())
    return MISSING


def spelled(made: Made, dialect: str) -> Embedded | None:
    """What `toString()` of a query gives; None where that is not known."""
    links: list[Made] = []
    at: Value = made.of
    while isinstance(at, Made) and is_of_knex(at):
        links.insert(0, at)
        at = at.of
    if not links or any(isinstance(one.value, Closure) for each in links for one in each.given):
        return None
    words = Words(dialect, Chains([]))
    try:
        if last(links[-1]) == "raw":
            return words.bound(links[-1])
        return query_sql(Chain(links), words) if is_query(links[-1]) else None
    except Unclear:
        return None


def callbacks(made: Made) -> Sequence[Callback] | None:
    """What Knex does with the functions that it is given."""
    if not is_of_knex(made) and not made.path.startswith(("builder.", "table.")):
        return None
    name = last(made)
    given = [each.value for each in made.given if isinstance(each.value, Closure)]
    if made.path in ("knex.transaction", "knex.transaction().transaction"):
        return [Callback(each, (Symbol("knex"),)) for each in given[:1]]
    if name in ("asCallback", "on", "once") and not made.path.startswith("builder."):
        return [Callback(each, (), True) for each in given]
    if made.path.startswith("knex.schema"):
        kind = "table" if name in _TABLES else "view" if name in _VIEWS else ""
        return [_handed(each, Symbol(kind, made)) for each in given] if kind else None
    if name in RESULTS and not continues(made):
        return None
    return [_handed(each, Symbol("builder", made)) for each in given]


def _handed(function: Closure, root: Symbol) -> Callback:
    """The builder comes as the first argument, and as `this`."""
    scope = Scope(function.scope, {"this": root})
    return Callback(Closure(function.node, scope), (root,))


class Sent:
    """The statements that a function sends, collected event by event."""

    def __init__(
        self,
        source: Source,
        parse: Parse,
        dialect: str,
        events: Sequence[Event],
        texts: Sequence[Made] = (),
        *,
        wrapped: bool,
    ) -> None:
        self.source = source
        self.parse = parse
        self.events = events
        self.words = Words(dialect, Chains(events, texts))
        self.wrapped = wrapped
        """A transaction is around all of it."""
        self._batches = count(1)

    def statements(self) -> Iterator[Statement]:
        batch: list[int] = []
        for event in self.events:
            value = event.value
            if event.kind in ("enter", "leave"):
                if isinstance(value, Made) and value.path == "knex.transaction":
                    batch = [*batch, next(self._batches)] if event.kind == "enter" else batch[:-1]
                continue
            found = self._of(event)
            for each in map(_of_another, found):
                if batch and not self.wrapped:
                    each = replace(each, transaction=_BATCH, batch=batch[0])
                yield each

    def _of(self, event: Event) -> list[Statement]:
        made = event.value
        if event.kind == "raise":
            return [] if event.conditional else [raises(self.source, event.span)]
        if event.kind == "opaque":
            return self._opaque(event)
        if not isinstance(made, Made):
            return []
        if made.path.startswith("knex.schema."):
            return self._schema(made, event.conditional)
        if is_of_knex(made):
            return self._of_knex(made)
        return self._elsewhere(made, event)

    def _opaque(self, event: Event) -> list[Statement]:
        text = self.source.text[event.span.start : event.span.end]
        if re.search(r"\bknex\b", text) is None:
            return []
        return [runs(self.source, event.span, "code", conditional=event.conditional)]

    def _schema(self, made: Made, conditional: bool) -> list[Statement]:
        if is_used(made):
            return []
        whole = _own(self.source, made)
        if not made.whole:
            reason = "its arguments are only known when the code runs"
            return [not_read(self.source, whole, reason, conditional=conditional)]
        found: list[Statement] = []
        for each in schema.written(made, self.words):
            span = whole if each.span == made.span else each.span
            perhaps = conditional or each.conditional
            if isinstance(each, schema.Failed):
                found.append(not_read(self.source, span, each.reason, conditional=perhaps))
            elif last(made) == "raw":
                found += self._text(each.sql, span, perhaps)
            else:
                found += of_call(self.source, span, each.sql, self.parse, conditional=perhaps)
        return found

    def _of_knex(self, made: Made) -> list[Statement]:
        chains = self.words.chains
        if not chains.is_sent(made) or made.path in _NO_SQL or is_used(made):
            return []
        chain = chains.of(made)
        conditional = chain.conditional
        if made.path == "knex.transaction" or last(made) in ("columnInfo", "toString", "toSQL"):
            return []
        if made.path == "knex.batchInsert":
            return self._batch(made, conditional)
        try:
            if last(made) == "raw":
                return self._raw(made, conditional)
            if chain.root is not made and chain.root.path == "knex.raw":
                return self._raw(chain.root, conditional)
            if not (continues(made) or is_query(made)):
                return self._used(made, conditional)
            if made.path == "knex" and not made.given:
                return []
            sql = query_sql(chain, self.words)
        except Unclear as why:
            reason = why.reason or "a name in it is only known when the code runs"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        return of_call(self.source, made.span, sql, self.parse, conditional=conditional)

    def _used(self, made: Made, conditional: bool) -> list[Statement]:
        """A call on what a query gave: the query itself is told where it stands."""
        if isinstance(made.of, Made) or made.path.startswith(("knex.fn", "knex.client")):
            return []
        reason = f"`{made.path}` is nothing of Knex's that is known"
        return [not_read(self.source, made.span, reason, conditional=conditional)]

    def _raw(self, made: Made, conditional: bool) -> list[Statement]:
        sql = self.words.bound(made)
        if sql is None:
            reason = "the SQL is only known when the code runs"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        return self._text(sql, made.span, conditional)

    def _text(self, sql: Embedded, span: Span, conditional: bool) -> list[Statement]:
        """SQL that the file holds as a string."""
        if not sql.text.strip():
            return []
        if HOLE.fullmatch(sql.text.strip()):
            reason = "the SQL is only known when the code runs"
            return [not_read(self.source, span, reason, conditional=conditional)]
        if sql.pieces:
            found = of_text(sql, self.parse, self.source, call=span, conditional=conditional)
        else:  # It is written in another file.
            found = of_call(self.source, span, sql, self.parse, conditional=conditional)
        if len(found) > 1 and not self.wrapped:
            number = next(self._batches)
            found = [replace(each, transaction=_SIMPLE, batch=number) for each in found]
        return found

    def _batch(self, made: Made, conditional: bool) -> list[Statement]:
        table = Made("knex", None, made.given[:1], {}, made.span)
        insert = Made("knex().insert", table, made.given[1:2], {}, made.span)
        sql = query_sql(Chain([table, insert]), self.words)
        return of_call(self.source, made.span, sql, self.parse, conditional=conditional)

    def _elsewhere(self, made: Made, event: Event) -> list[Statement]:
        """A call of something of the project's that was not found, or of a library's."""
        path = made.path
        head = path.partition(".")[0]
        if head in ("table", "builder", "view", "knex"):
            return []
        handed = any(_holds_knex(each.value) for each in (*made.given, *made.named.values()))
        elsewhere = path.startswith((".", "/")) and event.alone and last(made) not in _LOGS
        if not handed and not elsewhere:
            return []
        called = self.source.text[made.span.start : made.span.end].partition("(")[0].strip()
        words = called if 0 < len(called) < 60 and "\n" not in called else "a function"
        return [runs(self.source, made.span, f"{words}()", conditional=event.conditional)]


def _of_another(statement: Statement) -> Statement:
    """A statement that may not run: where it does not parse, it may be another database's."""
    ops = tuple(
        replace(op, cause="dynamic")
        if isinstance(op, Unknown) and op.conditional and op.cause == "syntax"
        else op
        for op in statement.ops
    )
    return statement if ops == statement.ops else replace(statement, ops=ops)


def _holds_knex(value: Value) -> bool:
    """Whether a connection, or a builder that can be gone on with, is in a value."""
    if isinstance(value, Symbol):
        return value.path in ("knex", "knex.schema", "table")
    if isinstance(value, Pairs):
        return any(_holds_knex(each) for _, each in value.items.values())
    if isinstance(value, Items):
        return any(map(_holds_knex, value.items))
    return isinstance(value, Hidden) and _holds_knex(value.of)


def _own(source: Source, made: Made) -> Span:
    """Where a call of a chain is written, without those before it."""
    before = made.of
    if not isinstance(before, Made) or before.span.start != made.span.start:
        return made.span
    text = source.text
    at = before.span.end
    while at < made.span.end and text[at] in " \t\r\n.?":
        at += 1
    if text.startswith(("//", "/*"), at) or at >= made.span.end:
        return made.span
    return Span(at, made.span.end)
