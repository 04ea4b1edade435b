"""One migration of TypeORM's: what it is, and what its class sends. The only module here that reads
JavaScript."""

from __future__ import annotations

from itertools import count

from msgspec.structs import replace

from migralint.languages import tree
from migralint.languages.events import MISSING, Event, World
from migralint.languages.javascript.walking import Walker, exported
from migralint.languages.values import (
    HOLE,
    Given,
    Items,
    Made,
    Pairs,
    Scope,
    Symbol,
    Value,
)
from migralint.migration import Statement, Transaction
from migralint.schema import Schema
from migralint.source import Embedded, Source, Span
from migralint.tools.code import commented, done, not_read, of_call, of_text, raises, runs
from migralint.tools.files import Parse
from migralint.tools.javascript import node, reading, walks
from migralint.tools.javascript.modules import Modules
from migralint.tools.kept import Facts, Read
from migralint.tools.typeorm.before import take
from migralint.tools.typeorm.calls import Call
from migralint.tools.typeorm.classes import Class, classes
from migralint.tools.typeorm.options import Unclear
from migralint.tools.typeorm.writers import READS, WRITERS

RUNNER = "queryRunner"
_TRANSACTIONS = {
    "startTransaction": "BEGIN",
    "commitTransaction": "COMMIT",
    "rollbackTransaction": "ROLLBACK",
}
_BATCH = Transaction(
    "implicit-batch", "certain", "one query of several statements is one transaction"
)
_TYPES = {"postgresql": "postgres", "sqlite": "sqlite"}
"""What a DataSource's `type` says of each database."""
_OF_ENTITIES = frozenset(
    "save insert update upsert delete remove softDelete restore increment decrement clear find "
    "findOne findBy findOneBy findOneOrFail execute getMany getOne getRawMany query transaction "
    "count exists".split()
)

_ENDS = frozenset(
    "execute stream getOne getOneOrFail getMany getManyAndCount getRawOne getRawMany getCount "
    "getExists getRawAndEntities".split()
)
"""What a query builder sends with: all else is said to it before."""


def read_file(
    source: Source,
    parse: Parse,
    modules: Modules,
    dialect: str,
    mode: str = "",
    schema: Schema | None = None,
    number: int = 0,
) -> Read:
    """A file, of several migrations in it the one of this number, run in this mode; with a `schema`
    as it stands before it, which takes in what the way up does."""
    module = reading.parsed(source)
    if not isinstance(module, tree.Module):
        return module
    walker = Walker(_world(source, dialect, modules))
    scope = walks.scope_of(walker, module)
    found = classes(walker, scope, source)
    if not found:
        return Facts(""), _no_class(source, scope, module), None, commented(module)
    kind, wraps = found[number], found[number].wraps
    # A revert looks at the mode only.
    free = [wraps is False or (mode == "none" and wraps is not True), mode == "none"]
    up = _sent(walker, kind, "up", Sent(source, dialect, parse, schema, wrapped=not free[0]))
    guarded = walker.skipped
    mark = schema.mark() if schema is not None else 0
    down = _sent(walker, kind, "down", Sent(source, dialect, parse, schema, wrapped=not free[1]))
    if schema is not None:
        schema.undo(mark)
    facts = Facts(
        kind.name,
        back=reading.head(source, kind.method("down")),
        at=kind.at,
        guarded=guarded,
        wraps=wraps,
        place=(number, len(found)),
    )
    if up is None:
        reason = "its class has no up() that is known: without one, TypeORM stops at it"
        up = (not_read(source, kind.at, reason),)
    return facts, up, down, commented(module)


def _no_class(source: Source, scope: Scope, module: tree.Module) -> tuple[Statement, ...] | None:
    """What stands for a migration without a class; None where the file is none."""
    whole = exported(scope)
    given = [each for _, each in whole.items.values()] if isinstance(whole, Pairs) else [whole]
    ways = [each for each in given if isinstance(each, Pairs) and "up" in each.items]
    if "up" not in (whole.items if isinstance(whole, Pairs) else {}) and not ways:
        return None
    span = module.body[0].span if module.body else Span(0, 0)
    reason = "it exports no class, and nothing else is a migration of TypeORM's"
    return (not_read(source, span, reason),)


def _world(source: Source, dialect: str, modules: Modules) -> World:
    def known(path: str) -> Value:
        if path.endswith((".options.type", ".driver.options.type")):
            return Embedded(_TYPES.get(dialect, dialect), ())
        found = node.known(path, modules.file or source.path)
        return modules.value(path, world) if found is MISSING else found

    def folded(made: Made) -> Value:
        head, _, name = made.path.rpartition(".")
        if name == "bind" and head.startswith(f"{RUNNER}."):
            return Symbol(head, made.of)
        return node.folded(made, modules)

    world = World(known, folded, database=dialect)
    return world


def _sent(walker: Walker, kind: Class, name: str, collected: Sent) -> tuple[Statement, ...] | None:
    """What one of the two ways sends; None where the class has none of the name."""
    function = kind.method(name)
    if function is None:
        return None
    given = [reading.given(RUNNER, function.node.span)]
    events = walks.happened(walker, collected.source, function, given, name)
    if isinstance(events, Statement):
        return (events,)
    for event in events:
        collected.take(event)
    return tuple(collected.statements)


class Sent:
    """The statements that a way sends, collected event by event."""

    def __init__(
        self,
        source: Source,
        dialect: str,
        parse: Parse,
        schema: Schema | None = None,
        *,
        wrapped: bool = True,
    ) -> None:
        self.schema = schema
        self.wrapped = wrapped
        """TypeORM has opened a transaction around it."""
        self.source = source
        self.dialect = dialect
        self.parse = parse
        self.statements: list[Statement] = []
        self._batches = count(1)
        self._changed: set[Made] = set()
        """The tables that code makes and then changes."""

    def take(self, event: Event) -> None:
        value, span = event.value, event.span
        if event.kind == "raise":
            if not event.conditional:
                self.statements.append(raises(self.source, span))
        elif event.kind == "opaque":
            text = self.source.text[span.start : span.end]
            if RUNNER in text:
                self.statements.append(
                    runs(self.source, span, "code", conditional=event.conditional)
                )
        elif event.kind == "call" and isinstance(value, Made):
            found = self._call(value, event.conditional, event.alone)
            self.statements += found
            if self.schema is not None:
                take(self.schema, found)

    def _call(self, made: Made, conditional: bool, alone: bool) -> list[Statement]:
        made = _called(made)
        head, _, name = made.path.rpartition(".")
        if isinstance(made.of, Made) and made.of.path.endswith(".Table"):
            self._changed.add(made.of)
        if head == RUNNER:
            return self._of_runner(made, name, conditional)
        if made.path.startswith(f"{RUNNER}."):
            return self._of_entities(made, name, conditional)
        if any(_is_runner(each.value) for each in (*made.given, *made.named.values())):
            called = self.source.text[made.span.start : made.span.end].partition("(")[0].strip()
            words = called if called and len(called) < 60 and "\n" not in called else "a function"
            return [runs(self.source, made.span, f"{words}()", conditional=conditional)]
        outside = not isinstance(made.of, Made) and not made.path.startswith("builtins.")
        if alone and outside and isinstance(made.of, (Symbol, type(None))):
            return [done(self.source, made.span, name or made.path)]
        return []

    def _of_runner(self, made: Made, name: str, conditional: bool) -> list[Statement]:
        if name in READS:
            return []
        if name == "query":
            return self._query(made, conditional)
        if name in _TRANSACTIONS:
            sql = Embedded.plain(_TRANSACTIONS[name], made.span)
            return of_call(self.source, made.span, sql, self.parse, conditional=conditional)
        if name not in WRITERS:
            reason = f"`{made.path}` is nothing of TypeORM's that is known"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        try:
            if any(isinstance(each.value, Made) and each.value in self._changed
                   for each in made.given):  # fmt: skip
                raise Unclear("the table that it is given was changed after it was made")
            queries = WRITERS[name](Call(made, self.dialect, self.schema))
        except (Unclear, IndexError) as why:
            reason = str(why) or "it is not given what it needs"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        return [
            each
            for sql in queries
            for each in of_call(self.source, made.span, sql, self.parse, conditional=conditional)
        ]

    def _query(self, made: Made, conditional: bool) -> list[Statement]:
        given = made.argument(0)
        sql = given.value if given is not None else None
        if not isinstance(sql, Embedded) or HOLE.fullmatch(sql.text.strip()):
            reason = "its SQL is only known when the code runs"
            return [not_read(self.source, made.span, reason, conditional=conditional)]
        sql = _with_values(sql, made.argument(1))
        if not sql.text.strip():
            return []
        if not any(made.span.start <= piece[1] < made.span.end for piece in sql.pieces):
            return of_call(self.source, made.span, sql, self.parse, conditional=conditional)
        found = of_text(sql, self.parse, self.source, call=made.span, conditional=conditional)
        if len(found) > 1:
            number = next(self._batches)
            own = None if self.wrapped else _BATCH
            found = [replace(each, batch=number, transaction=own) for each in found]
        return found

    def _of_entities(self, made: Made, name: str, conditional: bool) -> list[Statement]:
        """What the ORM does: `queryRunner.manager.save(…)`."""
        if made.path.endswith((".manager.query", ".connection.query", ".dataSource.query")):
            return self._query(made, conditional)
        if "createQueryBuilder()" in made.path and name not in _ENDS:
            return []
        if "getTable()" in made.path:
            return []  # It looks at what is there.
        if name in _OF_ENTITIES:
            return [runs(self.source, made.span, "the ORM", conditional=conditional)]
        return []


def _called(made: Made) -> Made:
    """`f.call(this, …)` and `f.apply(this, […])` as the call that they make."""
    head, _, name = made.path.rpartition(".")
    if not head.startswith(f"{RUNNER}.") or not made.given:
        return made
    if name == "call":
        return replace(made, path=head, given=made.given[1:])
    if name == "apply" and len(made.given) == 2:
        items = made.given[1].value
        if isinstance(items, Items) and items.exact:
            given = tuple(Given(each, made.given[1].span) for each in items.items)
            return replace(made, path=head, given=given)
    return made


def _with_values(sql: Embedded, given: Given | None) -> Embedded:
    """MySQL's and SQLite's parameters as PostgreSQL writes them; its own stay."""
    if given is None or given.value is None or "$1" in sql.text or "?" not in sql.text:
        return sql
    parts: list[Embedded | str] = []
    at = 0
    for number in count(1):
        found = sql.text.find("?", at)
        if found < 0:
            break
        parts += [sql.cut(at, found), f"${number}"]
        at = found + 1
    return Embedded.join((*parts, sql.cut(at, len(sql.text))))


def _is_runner(value: Value) -> bool:
    """The query runner, or what it has, is in a value."""
    if isinstance(value, Symbol):
        return value.path in (RUNNER, f"{RUNNER}.manager", f"{RUNNER}.connection")
    if isinstance(value, Pairs):
        return any(_is_runner(each) for _, each in value.items.values())
    return isinstance(value, Items) and any(map(_is_runner, value.items))
