"""What a function that is given a table builder makes Knex send: `createTable`, `alterTable`
(Knex 3.3, `lib/schema/tablecompiler.js` and those of the dialects)."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.values import HOLE, Made, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import joined
from migralint.tools.knex.asked import Failed, Table
from migralint.tools.knex.columns import (
    default,
    definition,
)
from migralint.tools.knex.constraints import ACTIONS, Key, primary_key
from migralint.tools.knex.types import Around, Column, type_sql
from migralint.tools.knex.values import Unclear, Words, bare, flag, in_quotes, option


class Sent(Struct, frozen=True):
    """A statement that is sent for a part of a table. `span` is that part."""

    sql: Embedded
    span: Span
    conditional: bool = False


class Compiler:
    """Writes the statements of one table builder."""

    def __init__(
        self, words: Words, name: Value, schema: Value, span: Span, *, creates: bool
    ) -> None:
        self.words = words
        self.span = span
        self.creates = creates
        self.schema = schema
        self.raw = name if isinstance(name, Embedded) else hole(span)
        table = words.name(self.raw, span) if not HOLE.fullmatch(self.raw.text) else self.raw
        if schema is not None:
            table = Embedded.join((words.name(schema, span), ".", table))
        self.table = table
        self.sent: list[Sent | Failed] = []

    def push(self, sql: Embedded, span: Span | None = None, *, conditional: bool = False) -> None:
        self.sent.append(Sent(sql, self.span if span is None else span, conditional))

    def altered(self, *parts: Embedded | str) -> Embedded:
        return Embedded.join(("alter table ", self.table, " ", *parts))

    def index_name(self, kind: str, columns: Value, said: Value, span: Span) -> Embedded:
        """The name that an index is given, else the one that Knex makes up."""
        if said is not None and getattr(said, "text", "x") != "":
            return self.words.name(said, span)
        parts = [self.raw.text.replace(".", "_").replace("-", "_")]
        names = columns.items if hasattr(columns, "items") else [columns]
        for each in names:
            parts.append(self._plain(each, span).text)
        text = "_".join([*parts, kind])
        if not HOLE.search(text):
            return self.words.part(Embedded(text.lower(), ()))
        return hole(span)

    def _plain(self, value: Value, span: Span) -> Embedded:
        if isinstance(value, Made):
            return self.words.raw(value) or hole(span)
        try:
            return bare(value, span)
        except Unclear:
            return hole(span)

    # Whole tables

    def create(self, table: Table, *, like: Value = None, guarded: bool = False) -> None:
        keyed = any(name == "primary" for name, *_ in table.actions)
        around = self._around(keyed)
        columns = [
            definition(each, around)
            for each in table.columns
            if not each.conditional and each.altered is None
        ]
        head: list[Embedded | str] = [
            "create table if not exists " if guarded else "create table ", self.table,
        ]  # fmt: skip
        if like is not None:
            self._like(head, like, columns, around)
        else:
            # Without a column a comma stands first, and the database refuses it.
            rest = [part for each in self._inside(table) for part in (", ", each)]
            head += [" (", joined(columns), *rest, ")", *self._options(table)]
            self.sent += [Sent(each, self.span) for each in around.before]
            self.push(Embedded.join(head))
        self.sent += [Sent(each, self.span) for each in around.after]
        self._comment(table)
        for each in table.columns:
            if each.conditional:
                self.add([each], around)
        self.act(table)

    def _like(
        self, head: list[Embedded | str], like: Value, columns: list[Embedded], around: Around
    ) -> None:
        words = self.words
        other = words.name(like, self.span)
        if self.schema is not None:
            other = Embedded.join((words.name(self.schema, self.span), ".", other))
        if words.is_postgresql:
            more = (", ", joined(columns)) if columns else ()
            self.push(Embedded.join((*head, " (like ", other, " including all", *more, ")")))
            return
        tail = (" like ", other) if words.is_mysql else (" as select * from ", other, " where 0=1")
        self.push(Embedded.join((*head, *tail)))
        if columns and words.is_mysql:
            self.push(self.altered(joined([Embedded.join(("add ", each)) for each in columns])))
        else:
            for each in columns:
                self.push(self.altered("add column ", each))

    def _inside(self, table: Table) -> list[Embedded]:
        """What CREATE TABLE says beside the columns."""
        found: list[Embedded] = []
        if self.words.dialect == "sqlite":
            for name, made, _, conditional in table.actions:
                if name == "foreign" and isinstance(made, Key) and not conditional:
                    key = made.inline(self)
                    found += [] if key is None else [key]
        for name, made, column, _ in table.actions:
            if name == "primary" and isinstance(made, Made):
                found.append(primary_key(self, made, column, table))
                break
        for name, made, _, _ in table.actions:
            if name == "check" and isinstance(made, Made):
                named = made.value(2)
                head: tuple[Embedded | str, ...] = ()
                if named is not None:
                    head = ("constraint ", bare(named, made.span), " ")
                said = self.words.bound(
                    Made("knex.raw", None, made.given[:2], {}, made.span, made.whole)
                )
                found.append(Embedded.join((*head, "check (", said or hole(made.span), ")")))
        return found

    def _options(self, table: Table) -> list[Embedded | str]:
        said: list[Embedded | str] = []
        if self.words.is_mysql:
            for name, words in (
                ("charset", " default character set "), ("collate", " collate "),
                ("engine", " engine = "),
            ):  # fmt: skip
                made = table.single.get(name)
                if made is not None:
                    said += [words, bare(made.value(0), made.span)]
            made = table.single.get("comment")
            if made is not None:
                said += [" comment = '", bare(made.value(0), made.span), "'"]
        elif self.words.is_postgresql and "inherits" in table.single:
            made = table.single["inherits"]
            said += [" inherits (", self.words.name(made.value(0), made.span), ")"]
        return said

    def _comment(self, table: Table) -> None:
        made = table.single.get("comment")
        if made is None:
            return
        text = bare(made.value(0), made.span)
        if self.words.is_postgresql:
            # Knex does not double a quote that stands in it.
            said = in_quotes(text) if "'" not in text.text else Embedded.join(("'", text, "'"))
            self.push(Embedded.join(("comment on table ", self.table, " is ", said)), made.span)
        elif self.words.is_mysql and not self.creates:
            self.push(self.altered("comment = '", text, "'"), made.span)

    def alter(self, table: Table) -> None:
        around = self._around(any(name == "primary" for name, *_ in table.actions))
        added = [each for each in table.columns if each.altered is None]
        changed = [each for each in table.columns if each.altered is not None]
        sure = [each for each in added if not each.conditional]
        if sure:
            self.add(sure, around)
        for each in added:
            if each.conditional:
                self.add([each], around)
        before = len(around.after)
        self._changed(changed, around)
        self.sent[:0] = [Sent(each, self.span) for each in around.before]
        self.sent += [Sent(each, self.span) for each in around.after[before:]]
        self.act(table)
        self._comment(table)

    def add(self, columns: list[Column], around: Around) -> None:
        """ADD COLUMN, all in one statement but for SQLite."""
        prefix = "add " if self.words.is_mysql else "add column "
        before = len(around.after)
        conditional = columns[0].conditional
        parts = [Embedded.join((prefix, definition(each, around))) for each in columns]
        if self.words.dialect == "sqlite":
            for each, part in zip(columns, parts, strict=True):
                self.push(self.altered(part), each.span, conditional=conditional)
        else:
            span = columns[0].span if len(columns) == 1 else self.span
            self.push(self.altered(joined(parts)), span, conditional=conditional)
        self.sent += [
            Sent(each, columns[0].span if len(columns) == 1 else self.span, conditional)
            for each in around.after[before:]
        ]
        del around.after[before:]

    def _changed(self, columns: list[Column], around: Around) -> None:
        """`alter()`: what the column is to be, all of it."""
        if not columns:
            return
        words = self.words
        if words.dialect == "sqlite":
            self.push(Embedded.join(("PRAGMA table_info(", self.table, ")")))
        elif words.is_mysql:
            parts = [Embedded.join(("modify ", definition(each, around))) for each in columns]
            span = columns[0].span if len(columns) == 1 else self.span
            self.push(self.altered(joined(parts)), span)
        else:
            for each in columns:
                self._alter(each, around)

    def _alter(self, column: Column, around: Around) -> None:
        """PostgreSQL drops the default and NOT NULL first, so what is not said again is lost."""
        made = column.altered
        said = None if made is None else made.argument(0)
        options = None if said is None else said.value
        name = self.words.name(column.name, column.place)
        span, conditional = column.span, column.conditional

        def push(*parts: Embedded | str) -> None:
            sql = self.altered("alter column ", name, " ", *parts)
            self.push(sql, span, conditional=conditional)

        def wanted(key: str) -> bool:
            value = option(options, key)
            if value is not None and not isinstance(value, bool):
                raise Unclear(span)
            return value is not False

        definition(column, around)  # Knex writes it, for the comments and checks that it has.
        push("drop default")
        if wanted("alterNullable"):
            push("drop not null")
        if wanted("alterType"):
            type = type_sql(column, around)
            cast = "::text::" if column.kind == "enu" else "::"
            push("type ", type, " using (", name, cast, type, ")")
        value = default(column, self.words)
        if value is not None:
            push("set ", value)
        nullable = column.modified.get("notNullable")
        loose = column.modified.get("nullable")
        if loose is not None and flag(loose.argument(0), True) is False:
            nullable = nullable or loose
        if wanted("alterNullable") and nullable is not None:
            push("set not null")

    def act(self, table: Table) -> None:
        """What comes after the columns, in order."""
        for name, made, column, conditional in table.actions:
            span = made.span
            try:
                before = len(self.sent)
                if isinstance(made, Key):
                    if not (self.creates and self.words.dialect == "sqlite" and not conditional):
                        made.push(self)
                elif not (name == "check" and self.creates):
                    ACTIONS[name](self, made, column, table)
                if conditional:
                    self.sent[before:] = [
                        Sent(each.sql, each.span, True) if isinstance(each, Sent) else each
                        for each in self.sent[before:]
                    ]
            except Unclear as why:
                reason = why.reason or "a name in it is only known when the code runs"
                self.sent.append(Failed(span, reason, conditional))

    def _around(self, keyed: bool) -> Around:
        return Around(self.words, self.table, self.raw, self.schema, keyed, [], [])
