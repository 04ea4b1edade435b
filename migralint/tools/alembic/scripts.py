"""What `upgrade()` and `downgrade()` send to the server, found by walking through them."""

from __future__ import annotations

from itertools import count

from msgspec.structs import replace

from migralint.languages.evaluate import Evaluator
from migralint.languages.expressions import MISSING, Event, TooMuch, World
from migralint.languages.values import (
    HOLE,
    Closure,
    Given,
    Made,
    Scope,
    Symbol,
    Value,
    text_of,
    truth,
)
from migralint.migration import Statement, Transaction
from migralint.ops import AlterType, DropIndex, Name, Op, SetNotNull, Type
from migralint.source import Embedded, Source, Span
from migralint.tools.alembic.columns import REFUSED, NotKnown, Refused, last
from migralint.tools.alembic.constructs import construct_sql, query_sql
from migralint.tools.alembic.expressions import bound, driver_sql, text_sql
from migralint.tools.alembic.foreign import (
    given_connection,
    is_connection,
    is_elsewhere,
    is_foreign,
    is_of_session,
    is_unknown,
)
from migralint.tools.alembic.modules import Modules
from migralint.tools.alembic.naming import Convention, Final
from migralint.tools.alembic.operations import WRITERS, in_batch
from migralint.tools.alembic.tables import create_type
from migralint.tools.alembic.types import ENUMS, enum_name, type_sql
from migralint.tools.code import done, not_read, of_call, of_text, raises, runs
from migralint.tools.files import Parse

AUTOCOMMIT = Transaction(
    "statement", "certain", "autocommit_block() leaves Alembic's transaction for its body"
)
_BATCH = Transaction(
    "implicit-batch", "certain", "one execute() of several statements is one transaction"
)
_EXECUTES = ("execute", "exec_driver_sql", "scalar", "scalars")
_LOOKS = (
    "f",
    "get_bind",
    "get_context",
    "batch_alter_table",
    "inline_literal",
    "implementation_for",
)
"""What `op` offers that sends nothing."""
_SAYS_MORE = ("alter_column", "drop_index")
"""Calls that say more of what there is than the SQL that they send."""
_LONG = 60
_MAKES = ("create", "create_all", "drop", "drop_all")
"""What metadata, tables and types do with a connection that they are given."""
_SENDS_NOTHING = (
    "close", "commit", "flush", "rollback", "begin", "begin_nested", "expire_all", "expunge_all",
    "get_bind", "connection", "connect", "autocommit_block", "execution_options", "has_table",
)  # fmt: skip


def world(dialect: str, modules: Modules | None = None) -> World:
    """What Alembic's own names are worth before anything runs, and constants of the project."""

    def known(path: str) -> Value:
        if path.startswith("alembic."):
            if path.endswith((".dialect.name", ".engine.name")):
                return Embedded(dialect, ())
            if path.endswith((".engine.url", ".get_bind().url")):
                return Embedded(f"{dialect}://", ())
        elif modules is not None:
            return modules.value(path, whole)
        if path == "alembic.op.get_context().as_sql":
            return False
        return MISSING

    def folded(made: Made) -> Value:
        if made.path in ("alembic.op.f", "alembic.op.batch_alter_table().f"):
            name = made.value(0, "name")
            return Final(name.text, name.pieces) if isinstance(name, Embedded) else name
        if modules is not None and made.path.endswith(".ForeignKey"):
            return _to_model(made, modules)
        if made.path in ("alembic.context.is_offline_mode", "alembic.op.get_context().is_offline"):
            return False
        return MISSING

    whole = World(known, folded)
    return whole


class Sent:
    """The statements that a function sends, collected event by event."""

    def __init__(self, source: Source, parse: Parse, convention: Convention) -> None:
        self.source = source
        self.parse = parse
        self.convention = convention
        self.statements: list[Statement] = []
        self.types: set[str] = set()
        self._autocommit = 0
        self._held: list[tuple[Made, list[Statement]]] = []
        """Of each `batch_alter_table` that is entered, what it sends when it is left."""
        self._batches = count(1)
        self._objects = False
        """A session was asked for objects, which the code may change."""

    def take(self, event: Event) -> None:
        value, span = event.value, event.span
        if event.kind in ("enter", "leave"):
            if isinstance(value, Made) and value.path.endswith(".autocommit_block"):
                self._autocommit += 1 if event.kind == "enter" else -1
            elif isinstance(value, Made) and value.path == "alembic.op.batch_alter_table":
                if event.kind == "enter":
                    self._held.append((value, []))
                elif self._held:
                    self._add(self._held.pop()[1])
            return
        if event.kind == "raise":
            if not event.conditional:
                self._add([raises(self.source, span)])
            return
        if event.kind == "opaque":
            text = self.source.text[span.start : span.end]
            if "op." in text:
                self._add([runs(self.source, span, "code", conditional=event.conditional)])
            return
        found = self._of_call(value, event.conditional, event.alone)
        batch = value.of if isinstance(value.of, Made) else None
        held = next((each for made, each in self._held if made is batch), None)
        if held is not None and last(value) not in ("execute", "batch_alter_table"):
            held += found
        else:
            self._add(found, value.span)

    def _add(self, statements: list[Statement], span: Span | None = None) -> None:
        if self._autocommit:
            statements = [replace(each, transaction=AUTOCOMMIT) for each in statements]
            if len(statements) > 1 and all(each.span != span for each in statements):
                number = next(self._batches)
                statements = [
                    replace(each, transaction=_BATCH, batch=number) for each in statements
                ]
        for statement in statements:
            self._drop_inner(statement)
            self.statements.append(statement)

    def _drop_inner(self, statement: Statement) -> None:
        """Of calls on what another call gave, none of which is read, only the whole is told."""
        if not _is_code(statement):
            return
        outer = statement.span
        while self.statements and _is_code(self.statements[-1]):
            inner = self.statements[-1].span
            if not outer.start <= inner.start <= inner.end <= outer.end:
                break
            self.statements.pop()

    def _of_call(self, made: Made, conditional: bool, alone: bool) -> list[Statement]:
        path = made.path
        name = path.rpartition(".")[2]
        if path.startswith("alembic.op."):
            return self._operation(made, path.removeprefix("alembic.op."), conditional)
        if path.startswith("alembic."):
            return []
        if name in _EXECUTES and is_connection(made):
            return self._executed(made, conditional)
        if name in ("create", "drop") and path.partition("()")[0].rpartition(".")[2] in ENUMS:
            return self._type(made, name, conditional)
        if path.partition(".")[0] == "sqlalchemy":
            return self._of_session(made, name, conditional)
        if name in _SENDS_NOTHING and is_connection(made):
            return []
        handed = given_connection(made) and is_unknown(path)
        if not handed and is_elsewhere(path):
            return [done(self.source, made.span, name)] if alone else []
        if handed or (is_foreign(path) and (alone or is_of_session(made))):
            what = path.removeprefix("builtins.").lstrip("?.")
            called = self.source.text[made.span.start : made.span.end].partition("(")[0]
            words = what or (called if len(called) < _LONG and "\n" not in called else "a function")
            return [runs(self.source, made.span, f"{words}()", conditional=conditional)]
        return []

    def _operation(self, made: Made, path: str, conditional: bool) -> list[Statement]:
        if path.startswith("batch_alter_table()."):
            path = path.removeprefix("batch_alter_table().")
            if isinstance(made.of, Made):
                made = in_batch(made, made.of)
        if path == "execute":
            return self._executed(made, conditional)
        writer = WRITERS.get(path)
        if writer is not None:
            try:
                written = writer(made, self.convention)
            except NotKnown as why:
                return [self._unclear(made, why, conditional)]
            except Refused as why:
                return [raises(self.source, made.span, f"{REFUSED}{why}")]
            return [
                _with_before(statement, made, self.parse) if path in _SAYS_MORE else statement
                for sql in self._once(written)
                for statement in of_call(
                    self.source, made.span, sql, self.parse, conditional=conditional
                )
            ]
        head, _, rest = path.partition("().")
        if head in _LOOKS:
            *before, name = rest.split("().")
            if name in _EXECUTES and not any(each in _EXECUTES for each in before):
                return self._executed(made, conditional)
            return []
        if path in _LOOKS:
            return []
        if path == "run_async":
            return [runs(self.source, made.span, "run_async()", conditional=conditional)]
        reason = f"op.{path}() is not an operation of Alembic's own"
        return [not_read(self.source, made.span, reason, conditional=conditional)]

    def _once(self, written: list[Embedded]) -> list[Embedded]:
        """What is sent of it: a type that comes with a table is made once a run."""
        found: list[Embedded] = []
        for sql in written:
            head, made, _ = sql.text.partition(" AS ENUM (")
            if made and head.startswith("CREATE TYPE "):
                if head in self.types:
                    continue
                self.types.add(head)
            found.append(sql)
        return found

    def _unclear(self, made: Made, why: NotKnown, conditional: bool) -> Statement:
        """A call of which a flag is not known."""
        span = why.given.span
        words = " ".join(self.source.text[span.start : span.end].split())
        reason = f"`{words[:60]}` is only known when the code runs"
        return not_read(self.source, made.span, reason, conditional=conditional)

    def _executed(self, made: Made, conditional: bool) -> list[Statement]:
        """What an execute() sends: SQL as a string, as text(), or as a construct."""
        given = made.argument(0, "sqltext") or made.argument(0, "statement")
        value = None if given is None else given.value
        if isinstance(value, Embedded):
            values = len(made.given) > 1 or len(made.named) > (not made.given)
            sql: Embedded | None = driver_sql(value, given=values and not _is_op(made))
            if sql is not None and not made.path.endswith("exec_driver_sql"):
                sql = text_sql(sql)
        else:
            sql = bound(value) if isinstance(value, Made) else None
        if sql is not None and not sql.pieces and sql.text:
            # It is written in another file.
            return of_call(self.source, made.span, sql, self.parse, conditional=conditional)
        if sql is not None and not HOLE.fullmatch(sql.text.strip()):
            return of_text(sql, self.parse, self.source, call=made.span, conditional=conditional)
        try:
            written = construct_sql(value) if isinstance(value, Made) else None
        except NotKnown as why:
            return [self._unclear(made, why, conditional)]
        except Refused as why:
            return [raises(self.source, made.span, f"{REFUSED}{why}")]
        if written is not None:
            return of_call(self.source, made.span, written, self.parse, conditional=conditional)
        reason = "the SQL is only known when the code runs"
        return [not_read(self.source, made.span, reason, conditional=conditional)]

    def _type(self, made: Made, name: str, conditional: bool) -> list[Statement]:
        """`enum.create(bind)` and `enum.drop(bind)`."""
        kind = made.of
        if not isinstance(kind, Made):
            return []
        guarded = truth(made.value(1, "checkfirst", True)) is not False
        written = create_type(kind) if name == "create" else None
        own = enum_name(kind)
        if name == "drop" and own is not None:
            guard = "IF EXISTS " if guarded else ""
            written = Embedded.plain(f"DROP TYPE {guard}{own}", made.span)
        if written is None:
            reason = "the type's name is only known when the code runs"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        # With checkfirst, which is the default, it is made only where it is not there yet.
        perhaps = conditional or (guarded and name == "create")
        return of_call(self.source, made.span, written, self.parse, conditional=perhaps)

    def _of_session(self, made: Made, name: str, conditional: bool) -> list[Statement]:
        """A call on a session or a connection that goes through the ORM."""
        if name in _MAKES and given_connection(made):
            return [runs(self.source, made.span, f"{name}()", conditional=conditional)]
        session = "Session" in made.path.partition("()")[0] and "()" in made.path
        if session and name == "query" and any(map(_is_entity, made.given)):
            self._objects = True
        if session and name in ("commit", "flush") and self._objects:
            # What was changed of the objects that a query gave is sent now.
            return [runs(self.source, made.span, "the ORM", conditional=conditional)]
        if not session or name in _SENDS_NOTHING or "execute()" in made.path:
            return []
        if "query" in made.path.split("().") and "with_for_update" not in made.path:
            if name not in ("delete", "query", "update"):
                return []  # The query() that it is called on is told.
            written = query_sql(made)
            if written is not None:
                return of_call(self.source, made.span, written, self.parse, conditional=conditional)
        return [runs(self.source, made.span, "the ORM", conditional=conditional)]


def _is_entity(given: Given) -> bool:
    """A model's class, as against one of its columns or a table."""
    value = given.value
    return isinstance(value, Symbol) and value.path.rpartition(".")[2][:1].isupper()


def _to_model(made: Made, modules: Modules) -> Value:
    """`ForeignKey(Model.column)`, as the text that says the same."""
    target = made.argument(0, "column")
    if target is None or not isinstance(target.value, Symbol):
        return MISSING
    said = modules.column(target.value.path)
    if said is None:
        return MISSING
    given = Given(Embedded(said, ()), target.span)
    if made.given:
        return replace(made, given=(given, *made.given[1:]))
    return replace(made, named={**made.named, "column": given})


def _type_before(made: Made, parse: Parse) -> Type | None:
    """What `existing_type` says."""
    written = type_sql(made.value(-1, "existing_type")) if "type_" in made.named else None
    if written is None:
        return None
    ops = [op for each in parse(f"ALTER TABLE a ALTER b TYPE {written}") for op in each.ops]
    return ops[0].type if len(ops) == 1 and isinstance(ops[0], AlterType) else None


def _with_before(statement: Statement, made: Made, parse: Parse) -> Statement:
    """What `existing_type` and `existing_nullable` say of the column, for what changes it, and
    `table_name` of an index."""
    required = made.value(-1, "existing_nullable") is False
    ops: list[Op] = []
    for op in statement.ops:
        if isinstance(op, AlterType):
            op = replace(op, was=_type_before(made, parse))
        elif isinstance(op, SetNotNull) and required:
            op = replace(op, was=True)
        elif isinstance(op, DropIndex):
            op = replace(op, on=_table_named(made))
        ops.append(op)
    return replace(statement, ops=tuple(ops))


def _table_named(made: Made) -> Name | None:
    """The `table_name` of a call on an index."""
    table, schema = (
        text_of(each) for each in (made.value(1, "table_name"), made.value(-1, "schema"))
    )
    if not table or HOLE.search(f"{table}{schema}"):
        return None
    return Name(table, schema or "")


def _is_op(made: Made) -> bool:
    return made.path.startswith("alembic.op.") and "()" not in made.path


def _is_code(statement: Statement) -> bool:
    return len(statement.ops) == 1 and type(statement.ops[0]).__name__ == "RunCode"


def sent(
    source: Source,
    scope: Scope,
    name: str,
    evaluator: Evaluator,
    parse: Parse,
    convention: Convention,
) -> tuple[Statement, ...] | None:
    """The statements of a function of the file; None where there is no such function."""
    function = scope.names.get(name)
    if function is None or isinstance(function, Symbol):
        return None
    collected = Sent(source, parse, convention)
    evaluator.events.clear()
    if not isinstance(function, Closure):
        span = getattr(function, "span", Span(0, 0))
        return (not_read(source, span, f"{name}() is wrapped in something else"),)
    try:
        evaluator.run(function, [], {}, function.node.span)
    except (TooMuch, RecursionError):
        span = function.node.span
        return (not_read(source, span, f"{name}() takes too many steps to be walked through"),)
    for event in evaluator.events:
        collected.take(event)
    return tuple(collected.statements)
