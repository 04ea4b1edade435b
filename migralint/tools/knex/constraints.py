"""Keys, indexes and the rest of what a table builder is asked for beside columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migralint.languages.values import Given, Hidden, Items, Made, Pairs, Symbol, Value
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import is_known, joined, split
from migralint.tools.knex.values import Unclear, bare, flag, option

if TYPE_CHECKING:
    from migralint.tools.knex.asked import Table
    from migralint.tools.knex.tables import Compiler

    Action = Callable[[Compiler, Made, Value, Table], None]


class Key:
    """A foreign key, as the calls of its chain say it."""

    def __init__(self, made: Made, columns: Value, named: Value, span: Span) -> None:
        self.made = made
        self.columns = columns
        self.named = named
        self.span = span
        self._said: dict[str, tuple[Value, Span]] = {}

    def say(self, name: str, made: Made) -> None:
        given = made.argument(0)
        value, span = (None, made.span) if given is None else (given.value, given.span)
        if name == "references" and isinstance(value, Embedded) and "." in value.text:
            # `table.column` says both.
            self._said["inTable"] = split(value, ".")[0], span
            value = split(value, ".")[1]
        if name == "withKeyName":
            self.named = value
        self._said["inTable" if name == "on" else name] = value, span

    def _clauses(self, compiler: Compiler) -> list[Embedded | str]:
        found: list[Embedded | str] = []
        order = ("onUpdate", "onDelete")
        if compiler.words.dialect == "sqlite":
            order = ("onDelete", "onUpdate")
        for name in order:
            value, span = self._said.get(name, (None, self.span))
            if value is not None and getattr(value, "text", "x") != "":
                word = " on update " if name == "onUpdate" else " on delete "
                found += [word, bare(value, span)]
        value, span = self._said.get("deferrable", (None, self.span))
        if value is not None and compiler.words.dialect != "sqlite":
            found.append(f" deferrable initially {bare(value, span).text.lower()} ")
        return found

    def _target(self, compiler: Compiler) -> tuple[Embedded, Embedded] | None:
        """The table and the columns that it points to; None where Knex sends nothing."""
        table, columns = self._said.get("inTable"), self._said.get("references")
        words = compiler.words
        if columns is not None and table is None and words.dialect == "sqlite":
            table = Embedded.plain("undefined", self.span), self.span  # as Knex has it
        if table is None or columns is None:
            return None
        return words.name(*table), words.names(*columns)

    def push(self, compiler: Compiler) -> None:
        target = self._target(compiler)
        if target is None:
            return
        words = compiler.words
        if words.dialect == "sqlite":
            info = Embedded.join(("PRAGMA table_info(", compiler.table, ")"))
            compiler.push(info, self.span)
            return
        name = compiler.index_name("foreign", self.columns, self.named, self.span)
        columns = words.names(self.columns, self.made.span)
        sql = compiler.altered(
            "add constraint ", name, " foreign key (", columns, ") references ", target[0],
            " (", target[1], ")", *self._clauses(compiler),
        )  # fmt: skip
        compiler.push(sql, self.span)

    def inline(self, compiler: Compiler) -> Embedded | None:
        """As SQLite has it in CREATE TABLE."""
        target = self._target(compiler)
        if target is None:
            return None
        columns = compiler.words.names(self.columns, self.made.span)
        head: list[Embedded | str] = []
        if self.named is not None:
            head = ["constraint ", compiler.words.name(self.named, self.span), " "]
        return Embedded.join((
            *head, "foreign key(", columns, ") references ", target[0], "(", target[1], ")",
            *self._clauses(compiler),
        ))  # fmt: skip


def _columns(made: Made, column: Value) -> tuple[Value, Span, list[Given]]:
    """The columns that a call is about, and its other arguments: a call on a column has it from
    there."""
    if column is not None:
        return column, made.span, list(made.given)
    first = made.argument(0)
    if first is None:
        return None, made.span, []
    return first.value, first.span, list(made.given[1:])


def _named(rest: list[Given], key: str) -> tuple[Value, Value]:
    """The name that a call gives, and its options."""
    said = rest[0].value if rest else None
    if isinstance(said, Pairs):
        return option(said, key), said
    return said, None


def _deferrable(options: Value, span: Span) -> str:
    value = option(options, "deferrable")
    return "" if value is None else f" deferrable initially {bare(value, span).text}"


def primary_key(compiler: Compiler, made: Made, column: Value, table: Table) -> Embedded:
    """The primary key as CREATE TABLE has it."""
    words = compiler.words
    columns, span, rest = _columns(made, column)
    named, options = _named(rest, "constraintName")
    given = words.each(columns, span)
    if words.is_postgresql:
        own = named if named is not None else _suffixed(compiler, "_pkey")
        return Embedded.join((
            "constraint ", words.name(own, span), " primary key (", joined(given), ")",
            _deferrable(options, span),
        ))  # fmt: skip
    head: list[Embedded | str] = []
    if rest and rest[0].value is not None:
        head = ["constraint ", words.name(rest[0].value, span), " "]
    counted = [each for each in table.columns if each.increments]
    if words.is_mysql:
        given = _with_counted(given, compiler, table)
        return Embedded.join((*head, "primary key (", joined(given), ")"))
    kind = "unique" if any(each.counts == "increments" for each in counted) else "primary key"
    return Embedded.join((*head, kind, " (", joined(given), ")"))


def _with_counted(given: list[Embedded], compiler: Compiler, table: Table) -> list[Embedded]:
    """To MySQL a column that counts itself is part of the key."""
    found = list(given)
    for kind in ("increments", "bigincrements"):
        for each in table.columns:
            name = compiler.words.name(each.name, each.place)
            if each.counts == kind and name.text not in [one.text for one in found]:
                found.insert(0, name)
    return found


def _suffixed(compiler: Compiler, suffix: str) -> Embedded:
    return Embedded.join((compiler.raw, suffix))


def _primary(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    words = compiler.words
    columns, span, rest = _columns(made, column)
    named, options = _named(rest, "constraintName")
    given = words.each(columns, span)
    name = words.name(named if named is not None else _suffixed(compiler, "_pkey"), span)
    if words.dialect == "sqlite":
        if not compiler.creates:
            compiler.push(Embedded.join(("PRAGMA table_info(", compiler.table, ")")), made.span)
        return
    if words.is_mysql:
        given = _with_counted(given, compiler, table)
    if not compiler.creates:
        if words.is_mysql:
            sql = compiler.altered("add primary key ", name, "(", joined(given), ")")
        else:
            said = _deferrable(options, span)
            sql = compiler.altered(
                "add constraint ", name, " primary key (", joined(given), ")", said
            )
        compiler.push(sql, made.span)
    if words.is_mysql:
        for kind, type in (("increments", "int"), ("bigincrements", "bigint")):
            names = [words.name(e.name, e.place) for e in table.columns if e.counts == kind]
            if names:
                tail = f" {type} unsigned not null auto_increment"
                compiler.push(compiler.altered("modify column ", joined(names), tail), made.span)


def _unique(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    words = compiler.words
    columns, span, rest = _columns(made, column)
    named, options = _named(rest, "indexName")
    if rest and isinstance(rest[0].value, (Hidden, Symbol)):
        raise Unclear(rest[0].span)
    name = compiler.index_name("unique", columns, named, span)
    listed = words.names(columns, span)
    predicate = option(options, "predicate")
    if words.is_mysql:
        engine = option(options, "storageEngineIndexType")
        using = () if engine is None else (" using ", bare(engine, span))
        compiler.push(compiler.altered("add unique ", name, "(", listed, ")", *using), made.span)
        return
    deferrable = _deferrable(options, span)
    whole = option(options, "useConstraint")
    constraint = whole if whole is not None else bool(deferrable) or predicate is None
    if not isinstance(constraint, bool):
        raise Unclear(span)
    if words.is_postgresql and constraint:
        sql = compiler.altered("add constraint ", name, " unique (", listed, ")", deferrable)
    else:
        where = _where(compiler, predicate)
        sql = Embedded.join(
            ("create unique index ", name, " on ", compiler.table, " (", listed, ")", *where)
        )
    compiler.push(sql, made.span)


def _index(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    words = compiler.words
    columns, span, rest = _columns(made, column)
    named = rest[0].value if rest else None
    options = rest[1].value if len(rest) > 1 else None
    if isinstance(named, Pairs):
        raise Unclear(span, "the name of an index is a string")
    name = compiler.index_name("index", columns, named, span)
    listed = words.names(columns, span)
    kind, engine = option(options, "indexType"), option(options, "storageEngineIndexType")
    if isinstance(options, Embedded):
        kind, engine = (options, None) if words.is_mysql else (None, options)
    using = () if engine is None else (" using ", bare(engine, span))
    if words.is_mysql:
        head = ("add ", bare(kind, span), " index ") if kind is not None else ("add index ",)
        compiler.push(compiler.altered(*head, name, "(", listed, ")", *using), made.span)
        return
    unique = words.is_postgresql and getattr(kind, "text", "").lower() == "unique"
    head = ("create unique index " if unique else "create index ",)
    if words.dialect == "sqlite":
        using = ()
    where = _where(compiler, option(options, "predicate"))
    compiler.push(
        Embedded.join((*head, name, " on ", compiler.table, *using, " (", listed, ")", *where)),
        made.span,
    )


def _where(compiler: Compiler, predicate: Value) -> tuple[Embedded | str, ...]:
    if predicate is None:
        return ()
    from migralint.tools.knex.queries import where_sql

    if not isinstance(predicate, Made):
        raise Unclear(compiler.span)
    return (" ", where_sql(compiler.words.chains.of(predicate), compiler.words))


def _dropped(kind: str, *, guarded: bool = False) -> Action:
    def write(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
        words = compiler.words
        columns, span, rest = _columns(made, column)
        name = compiler.index_name(kind, columns, rest[0].value if rest else None, span)
        there = "if exists " if guarded else ""
        if words.is_postgresql:
            compiler.push(compiler.altered(f"drop constraint {there}", name), made.span)
        elif words.is_mysql:
            what = "foreign key " if kind == "foreign" else "index "
            compiler.push(compiler.altered(f"drop {what}{there}", name), made.span)
        elif kind == "foreign":
            compiler.push(Embedded.join(("PRAGMA table_info(", compiler.table, ")")), made.span)
        else:
            compiler.push(Embedded.join((f"drop index {there}", name)), made.span)

    return write


def _drop_index(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    columns, span, rest = _columns(made, column)
    name = compiler.index_name("index", columns, rest[0].value if rest else None, span)
    if compiler.words.is_mysql:
        compiler.push(compiler.altered("drop index ", name), made.span)
        return
    if compiler.schema is not None and compiler.words.is_postgresql:
        schema = compiler.words.name(compiler.schema, span)
        name = Embedded.join((schema, ".", name))
    compiler.push(Embedded.join(("drop index ", name)), made.span)


def _drop_primary(*, guarded: bool = False) -> Action:
    def write(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
        words = compiler.words
        if words.is_mysql:
            compiler.push(compiler.altered("drop primary key"), made.span)
            return
        if words.dialect == "sqlite":
            compiler.push(Embedded.join(("PRAGMA table_info(", compiler.table, ")")), made.span)
            return
        said = made.value(0)
        name = words.name(said if said is not None else _suffixed(compiler, "_pkey"), made.span)
        there = "if exists " if guarded else ""
        compiler.push(compiler.altered(f"drop constraint {there}", name), made.span)

    return write


def _drop_column(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    words = compiler.words
    given = [(each.value, each.span) for each in made.given]
    if made.path.endswith("dropTimestamps"):
        camel = flag(made.argument(0), False)
        names = ("createdAt", "updatedAt") if camel else ("created_at", "updated_at")
        given = [(Embedded.plain(each, made.span), made.span) for each in names]
    listed = [name for value, span in given for name in words.each(value, span)]
    if words.dialect == "sqlite":
        compiler.push(Embedded.join(("PRAGMA table_info(", compiler.table, ")")), made.span)
        return
    prefix = "drop " if words.is_mysql else "drop column "
    parts = joined([Embedded.join((prefix, each)) for each in listed])
    compiler.push(compiler.altered(parts), made.span)


def _rename_column(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    names = [compiler.words.name(made.value(number), made.span) for number in (0, 1)]
    # To MySQL it sends CHANGE, with the type that it looks up: a rename all the same.
    word = "rename column " if compiler.words.is_mysql else "rename "
    compiler.push(compiler.altered(word, names[0], " to ", names[1]), made.span)


def _nullable(null: bool) -> Action:
    def write(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
        words = compiler.words
        if words.dialect == "sqlite":
            compiler.push(Embedded.join(("PRAGMA table_info(", compiler.table, ")")), made.span)
            return
        if words.is_mysql:
            raise Unclear(made.span, "it says the type that the column has in the database")
        name = words.names(made.value(0), made.span)
        action = " drop not null" if null else " set not null"
        compiler.push(compiler.altered("alter column ", name, action), made.span)

    return write


def _check(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    named = made.value(2)
    name: Embedded | Any
    if named is None:
        checks = [one for what, one, _, _ in table.actions if what == "check"]
        name = Embedded.join((compiler.table, f"_{checks.index(made) + 1}"))
    else:
        name = bare(named, made.span)
    given = made.argument(0)
    value = None if given is None else given.value
    said = compiler.words.raw(value) if isinstance(value, Made) else value
    if not isinstance(said, Embedded) or not is_known(said):
        raise Unclear(made.span)
    compiler.push(compiler.altered("add constraint ", name, " check(", said, ")"), made.span)


def _drop_checks(compiler: Compiler, made: Made, column: Value, table: Table) -> None:
    names = [
        bare(one, each.span)
        for each in made.given[:1]  # Knex looks at no other.
        for one in (each.value.items if isinstance(each.value, Items) else [each.value])
    ]
    if names:
        parts = joined([Embedded.join(("drop constraint ", each)) for each in names])
        compiler.push(compiler.altered(parts), made.span)


ACTIONS: dict[str, Action] = {
    "primary": _primary,
    "unique": _unique,
    "index": _index,
    "dropPrimary": _drop_primary(),
    "dropPrimaryIfExists": _drop_primary(guarded=True),
    "dropUnique": _dropped("unique"),
    "dropUniqueIfExists": _dropped("unique", guarded=True),
    "dropForeign": _dropped("foreign"),
    "dropForeignIfExists": _dropped("foreign", guarded=True),
    "dropIndex": _drop_index,
    "dropColumn": _drop_column,
    "dropColumns": _drop_column,
    "dropTimestamps": _drop_column,
    "renameColumn": _rename_column,
    "setNullable": _nullable(True),
    "dropNullable": _nullable(False),
    "check": _check,
    "dropChecks": _drop_checks,
}
"""What a table builder offers beside columns, and what writes it."""
