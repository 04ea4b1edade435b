"""What a migration's `up` and `down` send to the server, found by walking through them."""

from __future__ import annotations

from itertools import count

from msgspec.structs import replace

from migralint.languages.events import Event
from migralint.languages.values import Closure, Given, Hidden, Made, Pairs, Symbol, Value, text_of
from migralint.migration import Statement, Transaction
from migralint.ops import Unknown
from migralint.source import Embedded, Source, Span
from migralint.tools.code import done, not_read, of_call, of_text, raises, runs
from migralint.tools.files import Parse
from migralint.tools.sequelize import foreign
from migralint.tools.sequelize.constraints import Refused
from migralint.tools.sequelize.options import option
from migralint.tools.sequelize.queries import query
from migralint.tools.sequelize.routines import Elsewhere
from migralint.tools.sequelize.tables import Rebuilt
from migralint.tools.sequelize.values import last
from migralint.tools.sequelize.writers import OF_MODELS, OPTIONS_AT, READS, WRITERS

_BATCH = Transaction(
    "implicit-batch", "certain", "one query of several statements is one transaction"
)
_BESIDE = Transaction(
    "statement", "certain", "it is not given the transaction, so it runs beside it", beside=True
)
_BESIDE_BATCH = replace(_BATCH, beside=True)
_BEGINS = {"sqlite": "BEGIN DEFERRED TRANSACTION"}
_ENDS = {"commit": "COMMIT", "rollback": "ROLLBACK"}
_REBUILT = "on SQLite, Sequelize makes the table anew from what the database says of it"
_NOT_KNOWN = "what it is given is only known when the code runs"


class Sent:
    """The statements that a function sends, collected event by event."""

    def __init__(self, source: Source, dialect: str, parse: Parse) -> None:
        self.source = source
        self.dialect = dialect
        self.parse = parse
        self.statements: list[Statement] = []
        self._open: list[Made] = []
        """The transactions that were begun and not ended."""
        self._batches = count(1)

    def take(self, event: Event) -> None:
        value, span = event.value, event.span
        if event.kind in ("enter", "leave"):
            if isinstance(value, Made) and is_transaction(value):
                if event.kind == "enter":
                    self._begin(value, event.conditional)
                elif value in self._open:
                    self._open.remove(value)
                    self._control("COMMIT", Span(span.end - 1, span.end), event.conditional)
        elif event.kind == "raise":
            if not event.conditional:
                self.statements.append(raises(self.source, span))
        elif event.kind == "opaque":
            text = self.source.text[span.start : span.end]
            if "queryInterface" in text or "equelize" in text:
                self.statements.append(
                    runs(self.source, span, "code", conditional=event.conditional)
                )
        elif isinstance(value, Made):
            self._call(value, event.conditional, event.alone)

    def _call(self, made: Made, conditional: bool, alone: bool) -> None:
        name = last(made)
        if name in WRITERS and _is_interface(made, name):
            self._add(made, self._written(made, name, conditional))
        elif name == "query" and foreign.is_sequelize(made):
            self._add(made, self._queried(made, conditional))
        elif is_transaction(made):
            if not any(isinstance(each.value, Closure) for each in made.given):
                self._begin(made, conditional)
        elif name in _ENDS and (begun := _transaction(made.of)) is not None:
            self._end(begun, name, made, conditional)
        elif name in READS or "DataTypes" in made.path or foreign.is_type(made):
            return
        elif foreign.reaches(made, alone):
            words = foreign.words(made, self.source.text)
            self.statements.append(runs(self.source, made.span, words, conditional=conditional))
        elif alone and foreign.is_elsewhere(made):
            self.statements.append(done(self.source, made.span, name))

    # Transactions

    def _begin(self, made: Made, conditional: bool) -> None:
        self._open.append(made)
        text = self.source.text[made.span.start : made.span.end]
        head = Span(made.span.start, made.span.start + len(text.partition("(")[0]))
        level = _isolation(made)
        begin = _BEGINS.get(self.dialect, "START TRANSACTION")
        if level is not None and self.dialect == "mysql":
            self._control(level, head, conditional)
        self._control(begin, head, conditional)
        if level is not None and self.dialect == "postgresql":
            self._control(level, head, conditional)

    def _end(self, begun: Made, name: str, made: Made, conditional: bool) -> None:
        """A `commit()`, or a `rollback()`: what an error leads to is no way for the rest."""
        if begun not in self._open or (name == "rollback" and conditional):
            return
        self._open.remove(begun)
        self._control(_ENDS[name], made.span, conditional)

    def _control(self, sql: str, span: Span, conditional: bool) -> None:
        self.statements += of_call(
            self.source, span, Embedded.plain(sql + ";", span), self.parse, conditional=conditional
        )

    def _add(self, made: Made, queries: list[list[Statement]]) -> None:
        """What a call sends, query by query, in the transaction that it is given."""
        given = _transaction_option(made)
        beside = bool(self._open) and given is None
        for statements in queries:
            if len(statements) > 1 and (beside or not self._open):
                number = next(self._batches)
                wrapping = _BESIDE_BATCH if beside else _BATCH
                statements = [
                    replace(each, transaction=wrapping, batch=number) for each in statements
                ]
            elif beside:
                statements = [replace(each, transaction=_BESIDE) for each in statements]
            self.statements += statements

    # Calls

    def _written(self, made: Made, name: str, conditional: bool) -> list[list[Statement]]:
        try:
            queries = WRITERS[name](made, self.dialect)
        except Rebuilt:
            return [[not_read(self.source, made.span, _REBUILT, conditional=conditional)]]
        except (LookupError, Elsewhere):
            return [[not_read(self.source, made.span, _NOT_KNOWN, conditional=conditional)]]
        except Refused as why:
            reason = f"Sequelize refuses {why}"
            return [[not_read(self.source, made.span, reason, conditional=conditional)]]
        return [
            of_call(self.source, made.span, sql, self.parse, conditional=conditional)
            for sql in queries
        ]

    def _queried(self, made: Made, conditional: bool) -> list[list[Statement]]:
        sql = query(made, self.dialect)
        if sql is None:
            reason = "its SQL is only known when the code runs"
            return [[not_read(self.source, made.span, reason, conditional=conditional)]]
        if not sql.pieces:  # A file beside says it.
            return [of_call(self.source, made.span, sql, self.parse, conditional=conditional)]
        found = of_text(sql, self.parse, self.source, call=made.span, conditional=conditional)
        if found and all(_is_nothing(each) for each in found):
            return [of_call(self.source, made.span, sql, self.parse, conditional=conditional)]
        return [found]


def _is_nothing(statement: Statement) -> bool:
    """It stands nowhere in the file, and is not understood."""
    return statement.span.start == statement.span.end and all(
        isinstance(op, Unknown) for op in statement.ops
    )


def is_transaction(made: Made) -> bool:
    return last(made) == "transaction" and foreign.is_sequelize(made)


def _is_interface(made: Made, name: str) -> bool:
    if name not in OF_MODELS:
        return "." in made.path
    return made.path.rpartition(".")[0] in ("queryInterface", "queryInterface.context")


def _transaction(value: Value) -> Made | None:
    """The call that began the transaction which a value is."""
    while isinstance(value, Symbol):
        value = value.of
    return value if isinstance(value, Made) and is_transaction(value) else None


def _transaction_option(made: Made) -> Given | None:
    """The transaction that a call is given; whatever it is, where its options are not known."""
    name = last(made)
    at = OPTIONS_AT[name]
    if name == "addIndex" and len(made.given) > 1 and isinstance(made.given[1].value, Pairs):
        at = 1
    options = made.argument(at)
    if options is None:
        return None
    if not isinstance(options.value, Pairs):
        return options if options.value is not None else None
    said = option(options.value, "transaction", options.span)
    if said is None and not options.value.exact:
        return options
    return None if said is None or said.value is None else said


def _isolation(made: Made) -> str | None:
    given = made.argument(0)
    said = None if given is None else option(given.value, "isolationLevel", given.span)
    if said is None or isinstance(said.value, Hidden):
        return None
    name = said.value.path.rpartition(".")[2] if isinstance(said.value, Symbol) else None
    level = (name or text_of(said.value) or "").replace("_", " ")
    return f"SET TRANSACTION ISOLATION LEVEL {level}" if level else None
