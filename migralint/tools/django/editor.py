"""The statements that Django's schema editor sends to PostgreSQL (Django 5.2,
`db/backends/base/schema.py` and `db/backends/postgresql/schema.py`)."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from migralint import naming
from migralint.languages.values import Made, text_of
from migralint.source import Embedded, Source, Span
from migralint.tools.django import indexes
from migralint.tools.django.catalog import Catalog
from migralint.tools.django.columns import column as column_sql
from migralint.tools.django.columns import option_at, own_fields
from migralint.tools.django.defaults import effective, quoted
from migralint.tools.django.deferred import Deferred, Sent, deferred_sql
from migralint.tools.django.expressions import name
from migralint.tools.django.fields import AUTO, Field, check, is_hidden
from migralint.tools.django.indexes import Part
from migralint.tools.django.state import Model, State, index_name


class Editor:
    """Collects what a migration sends. `call` is the operation in hand."""

    def __init__(self, source: Source, catalog: Catalog) -> None:
        self.source = source
        self.catalog = catalog
        self.sent: list[Sent] = []
        self.deferred: list[Deferred] = []
        self.live: list[tuple[Span, str]] = []
        """Models of today's code that functions use, and where."""
        self.call = Span(0, 0)

    # Sending

    @property
    def head(self) -> Span:
        """Where the operation in hand is named."""
        end = self.source.text.find("(", self.call.start, self.call.end)
        return Span(self.call.start, end if end > 0 else self.call.end)

    def word(self, text: str) -> Embedded:
        """The first words of a statement: those of the operation."""
        return Embedded.plain(text, self.head)

    def execute(self, first: str, *parts: Part) -> None:
        word, _, rest = first.partition(" ")
        sql = Embedded.join((self.word(word), f" {rest}", *parts))
        self.sent.append(Sent(self.call, sql))

    def run(self, sql: Embedded) -> None:
        self.sent.append(Sent(self.call, sql))

    def unsure(self, reason: str, tables: tuple[str, ...] = ()) -> None:
        self.sent.append(Sent(self.call, Embedded("", ()), "unknown", reason, tables=tables))

    def finish(self) -> None:
        """The end of the migration."""
        for each in self.deferred:
            self.catalog.add(each.table, each.kind, each.name, each.columns)
            self.sent.append(Sent(each.call, each.made or deferred_sql(each)))
        self.deferred.clear()

    # Tables

    def create_model(self, model: Model, state: State, *, here: bool) -> None:
        fields = own_fields(model, state)
        table = model.table
        for together in model.together("unique_together"):
            span = option_at(model, "unique_together") if here else None
            self.defer("unique", table, tuple(map(model.column, together)), "_uniq", at=span)
        definitions: list[list[Part]] = []
        parameters = False
        for field in fields:
            type = state.type(field, model)
            if type is None or not field.has_column:
                continue
            parts, several = column_sql(model, state, field, type, adding=False)
            parameters = parameters or several
            definitions.append(parts)
            if field.constrained:
                self.defer_key(model, state, field)
            self._note_column(model, field, type)
        self._constraints(model, definitions, parameters, here)
        for field in fields:
            if field.kind == "CompositePrimaryKey":
                names = indexes.names_in(field.arg("field_names"))
                columns = ", ".join(name(model.column(each)) for each in names)
                definitions.append([f"PRIMARY KEY ({columns})"])
        members: list[Part] = []
        for each in definitions:
            members += [", " if members else "", *each]
        tablespace = text_of(model.options.get("db_tablespace"))
        ending = f") TABLESPACE {name(tablespace)}" if tablespace else ")"
        self.execute("CREATE TABLE ", name(table), " (", *members, ending)
        self._comments(model, fields)
        for field in fields:
            self.defer_indexes(model, state, field)
        for own, made in model.indexes:
            sql = indexes.index_sql(made, model, self.word("CREATE "), here=here)
            self._defer_made("index", table, indexes.columns_of(made, model), sql, own)
        for field in fields:
            if field.many and (through := state.through(field, model)) is not None:
                self.create_model(through, state, here=here)

    def _constraints(
        self, model: Model, definitions: list[list[Part]], parameters: bool, here: bool
    ) -> None:
        for own, made in model.constraints:
            kind: Literal["unique", "index"] = "index" if indexes.by_index(made) else "unique"
            columns = indexes.columns_of(made, model)
            if parameters or indexes.later(made):
                heads = (self.word("CREATE "), self.word("ALTER "))
                sql = indexes.created(made, model, heads, here=here)
                self._defer_made(kind, model.table, columns, sql, own)
            else:
                definitions.append([indexes.inline(made, model, here=here)])

    def _comments(self, model: Model, fields: list[Field]) -> None:
        comment = text_of(model.options.get("db_table_comment"))
        if comment:
            self.execute(f"COMMENT ON TABLE {name(model.table)} IS {quoted(comment)}")
        for field in fields:
            self._comment(model.table, field)

    def _comment(self, table: str, field: Field) -> None:
        comment = field.text("db_comment")
        if comment:
            column = f"{name(table)}.{name(field.column)}"
            self.execute(f"COMMENT ON COLUMN {column} IS {quoted(comment)}")

    def delete_model(self, model: Model, state: State) -> None:
        for field in model.fields.values():
            if field.many and (through := state.through(field, model)) is not None:
                self.delete_model(through, state)
        self.execute(f"DROP TABLE {name(model.table)} CASCADE")
        self.catalog.drop_table(model.table)
        self.deferred = [
            each for each in self.deferred if model.table not in (each.table, each.to[0])
        ]

    def rename_table(self, old: str, new: str) -> None:
        if old == new:
            return
        self.execute(f"ALTER TABLE {name(old)} RENAME TO {name(new)}")
        self.catalog.rename_table(old, new)
        self.deferred = [
            replace(
                each,
                table=new if each.table == old else each.table,
                to=(new, each.to[1]) if each.to[0] == old else each.to,
            )
            for each in self.deferred
        ]

    # Columns

    def _note_column(self, model: Model, field: Field, type: str) -> None:
        """What comes with a column, under the names that the server gives."""
        table, column = model.table, field.column
        if field.primary_key:
            self.catalog.add(table, "primary key", naming.made(table, "", "pkey"), (column,))
        elif field.unique:
            self.catalog.add(table, "unique", naming.made(table, column, "key"), (column,))
        if field.kind in AUTO:
            self.catalog.add(table, "sequence", naming.made(table, column, "seq"), (column,))
        if check(field, column):
            self.catalog.add(table, "check", naming.made(table, column, "check"), (column,))

    def add_field(self, model: Model, state: State, field: Field) -> None:
        """`model` is as it is with the field."""
        if field.many:
            through = state.through(field, model)
            if through is not None:
                self.create_model(through, state, here=True)
            return
        type = state.type(field, model)
        if type is None or not field.has_column:
            return
        parts, _ = column_sql(model, state, field, type, adding=True)
        hidden = field.constrained and is_hidden(state.target(field, model).table)
        if field.constrained and not hidden:
            parts += self._inline_key(model, state, field)
        self.execute(f"ALTER TABLE {name(model.table)} ADD COLUMN ", *parts)
        self._note_column(model, field, type)
        if hidden:
            self._unsure_key(field)
        if "db_default" not in field.args and effective(field, model, state) is not None:
            words = f"ALTER COLUMN {name(field.column)} DROP DEFAULT"
            self.execute(f"ALTER TABLE {name(model.table)} ", field.at("default", words))
        self._comment(model.table, field)
        self.defer_indexes(model, state, field)

    def _unsure_key(self, field: Field) -> None:
        self.unsure(f"which table {field.name} refers to is only known when the code runs")

    def _inline_key(self, model: Model, state: State, field: Field) -> list[Part]:
        to, column = self.referred(model, state, field)
        own = self.key_name(model.table, field.column, to, column)
        self.catalog.add(model.table, "foreign key", own, (field.column,))
        return [
            field.at(
                "to",
                f" CONSTRAINT {name(own)} REFERENCES {name(to)}({name(column)})"
                " DEFERRABLE INITIALLY DEFERRED",
            ),
            f"; SET CONSTRAINTS {name(own)} IMMEDIATE",
        ]

    def rename_column(self, table: str, old: str, new: str) -> None:
        """What waits, and what stands, learns of the new name."""
        self.catalog.rename_column(table, old, new)
        self.deferred = [
            replace(
                each,
                columns=tuple(new if c == old else c for c in each.columns)
                if each.table == table
                else each.columns,
                to=(table, new) if each.to == (table, old) else each.to,
            )
            for each in self.deferred
        ]

    def remove_field(self, model: Model, state: State, field: Field) -> None:
        if field.many:
            through = state.through(field, model)
            if through is not None:
                self.delete_model(through, state)
            return
        if not field.has_column:
            return
        table, column = model.table, field.column
        for own in self.catalog.names(table, "foreign key", (column,)):
            self.drop_key(table, own)
        self.execute(f"ALTER TABLE {name(table)} DROP COLUMN {name(column)} CASCADE")
        self.catalog.drop_column(table, column)
        self.deferred = [
            each
            for each in self.deferred
            if not (each.table == table and column in each.columns) and each.to != (table, column)
        ]

    # Foreign keys, indexes, constraints

    def referred(self, model: Model, state: State, field: Field) -> tuple[str, str]:
        """The table and the column that a relation refers to."""
        return state.target(field, model).table, state.target_field(field, model).column

    @staticmethod
    def key_name(table: str, column: str, to: str, to_column: str) -> str:
        return index_name(table, [column], f"_fk_{to}_{to_column}")

    def drop_key(self, table: str, own: str) -> None:
        self.execute(
            f"SET CONSTRAINTS {name(own)} IMMEDIATE; "
            f"ALTER TABLE {name(table)} DROP CONSTRAINT {name(own)}"
        )
        self.catalog.drop(table, own)

    def add_key(self, model: Model, state: State, field: Field, suffix: str = "") -> None:
        to, column = self.referred(model, state, field)
        own = self.key_name(model.table, field.column, to, column)
        if suffix:
            own = index_name(model.table, [field.column], suffix)
        self.execute(
            f"ALTER TABLE {name(model.table)} ADD ",
            field.at(
                "to",
                f"CONSTRAINT {name(own)} FOREIGN KEY ({name(field.column)}) "
                f"REFERENCES {name(to)} ({name(column)}) DEFERRABLE INITIALLY DEFERRED",
            ),
        )
        self.catalog.add(model.table, "foreign key", own, (field.column,))

    def defer(
        self,
        kind: Literal["foreign key", "unique", "index"],
        table: str,
        columns: tuple[str, ...],
        suffix: str = "",
        *,
        to: tuple[str, str] = ("", ""),
        opclass: str = "",
        at: Span | None = None,
    ) -> None:
        head = self.head
        self.deferred.append(
            Deferred(kind, self.call, head, table, columns, suffix, to, opclass, at)
        )

    def _defer_made(
        self,
        kind: Literal["unique", "index"],
        table: str,
        columns: tuple[str, ...],
        sql: Embedded,
        own: str,
    ) -> None:
        self.deferred.append(
            Deferred(kind, self.call, self.head, table, columns, made=sql, own=own)
        )

    def defer_key(self, model: Model, state: State, field: Field) -> None:
        to = self.referred(model, state, field)
        if is_hidden(to[0]):
            self._unsure_key(field)
            return
        span = field.spans.get("to") or field.spans.get("")
        self.defer("foreign key", model.table, (field.column,), to=to, at=span)

    def defer_indexes(self, model: Model, state: State, field: Field) -> None:
        """The indexes that a column has by itself."""
        type = state.type(field, model)
        if type is None or not field.has_column:
            return
        span = field.spans.get("db_index") or field.spans.get("")
        if field.db_index and not field.unique:
            self.defer("index", model.table, (field.column,), at=span)
        opclass = self.like_class(model, state, field, type)
        if opclass:
            self.defer("index", model.table, (field.column,), "_like", opclass=opclass, at=span)

    def like_class(self, model: Model, state: State, field: Field, type: str) -> str:
        """The operator class of the second index that text columns get for LIKE; "" for none."""
        if not (field.db_index or field.unique) or "[" in type:
            return ""
        collation = state.collation(field, model)
        if collation and not self.catalog.deterministic(collation):
            return ""
        if type.startswith("varchar"):
            return "varchar_pattern_ops"
        return "text_pattern_ops" if type.startswith("text") else ""

    def add_index(
        self, made: Made, own: str, model: Model, *, here: bool, concurrently: bool = False
    ) -> None:
        word = self.word("CREATE ")
        self.run(indexes.index_sql(made, model, word, here=here, concurrently=concurrently))
        self.catalog.add(model.table, "index", own, indexes.columns_of(made, model))

    def remove_index(self, own: str, table: str, *, concurrently: bool = False) -> None:
        word = "CONCURRENTLY " if concurrently else ""
        self.execute(f"DROP INDEX {word}IF EXISTS {name(own)}")
        self.catalog.drop(table, own)
        self.deferred = [
            each for each in self.deferred if not (each.table == table and each.name == own)
        ]

    def add_constraint(self, made: Made, own: str, model: Model, *, here: bool) -> None:
        heads = (self.word("CREATE "), self.word("ALTER "))
        self.run(indexes.created(made, model, heads, here=here))
        kind: Literal["unique", "index"] = "index" if indexes.by_index(made) else "unique"
        self.catalog.add(model.table, kind, own, indexes.columns_of(made, model))

    def remove_constraint(self, made: Made, model: Model) -> None:
        self.execute(indexes.removed(made, model))
        self.catalog.drop(model.table, indexes.constraint_name(made))

    def create_index(self, table: str, columns: tuple[str, ...], suffix: str = "") -> None:
        own = index_name(table, list(columns), suffix)
        listed = ", ".join(map(name, columns))
        self.execute(f"CREATE INDEX {name(own)} ON {name(table)} ({listed})")
        self.catalog.add(table, "index", own, columns)

    def create_unique(self, table: str, columns: tuple[str, ...], at: Part = "") -> None:
        own = index_name(table, list(columns), "_uniq")
        listed = ", ".join(map(name, columns))
        self.execute(f"ALTER TABLE {name(table)} ADD CONSTRAINT {name(own)} UNIQUE ({listed})", at)
        self.catalog.add(table, "unique", own, columns)
