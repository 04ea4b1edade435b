"""What TypeORM renames, drops and makes again beside a table or a column: keys, constraints,
indexes, sequences and types (TypeORM 1.1, `PostgresQueryRunner`). As far as history shows these:
of a table that it does not show, nothing of it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migralint.languages.values import HOLE
from migralint.ops import DropColumn
from migralint.ops.base import Name
from migralint.schema import Schema, Table
from migralint.source import Embedded
from migralint.tools.javascript.literals import joined, quoted
from migralint.tools.typeorm import before, names
from migralint.tools.typeorm.calls import BEFORE, Call, style
from migralint.tools.typeorm.options import Unclear

_KINDS = {"unique": "UQ", "foreign key": "FK"}


def rename_table(call: Call) -> list[Embedded]:
    old, new = call.table(0), call.text(1)
    mark = quoted(new, style(call.dialect))
    if call.dialect == "mysql":
        return [Embedded.join(("RENAME TABLE ", call.path(0), " TO ", mark))]
    sent = Embedded.join(("ALTER TABLE ", call.path(0), " RENAME TO ", mark))
    schema = old.text.rpartition(".")[0]
    now = Embedded.join((schema, ".", new)) if schema else new
    return [sent, *(_Renamed(call, old, now).all() if call.dialect == "postgresql" else ())]


def column_renamed(call: Call, old: Embedded, new: Embedded) -> list[Embedded]:
    marks = [quoted(each, style(call.dialect)) for each in (old, new)]
    words: list[Embedded | str] = [" RENAME COLUMN ", marks[0], " TO ", marks[1]]
    sent = Embedded.join(("ALTER TABLE ", call.path(0), *words))
    if call.dialect != "postgresql":
        return [sent]
    table = call.table(0)
    return [sent, *_Renamed(call, table, table, old.text, new.text).all()]


def column_dropped(call: Call, own: Embedded, exists: str = "") -> list[Embedded]:
    """A column dropped, and before it what stands on it alone, which `stands_on` tells of."""
    alter = Embedded.join(("ALTER TABLE ", call.path(0)))
    mark = quoted(own, style(call.dialect))
    sent = Embedded.join((alter, f" DROP COLUMN {exists}", mark))
    asked = call.dialect == "postgresql" and call.schema is not None
    known = _known(call) if asked else None
    column = known.column(own.text) if known is not None else None
    if known is None or column is None or call.schema is None:
        return [sent]
    found: list[Embedded] = []
    key = before.primary_key(call.schema, call.table(0))
    if key is not None and own.text in key.columns:
        made = names.of_columns("PK", call.table(0).text, key.columns)
        found.append(Embedded.join((alter, f' DROP CONSTRAINT "{key.name}"')))
        left = [each for each in key.columns if each != own.text]
        if left:
            called = names.of_columns("PK", call.table(0).text, left)
            said = called if key.name == made else key.name
            columns = joined([quoted(Embedded(each, ()), "postgresql") for each in left])
            words: list[Embedded | str] = [f' ADD CONSTRAINT "{said}" PRIMARY KEY (', columns, ")"]
            found.append(Embedded.join((alter, *words)))
    for index, columns_of in _indexes(call.schema, known):
        if columns_of == (own.text,):
            found.append(Embedded(f"DROP INDEX {_path(index)}", ()))
            break
    for kind in ("check", "unique"):
        for each in known.constraints:
            if each.kind == kind and each.columns == (own.text,):
                found.append(Embedded.join((alter, f' DROP CONSTRAINT "{each.name}"')))
                break
    found.append(sent)
    enum = _enum(call.schema, known, own.text)
    return [*found, Embedded(f"DROP TYPE {_path(enum)}", ())] if enum is not None else found


def stands_on(schema: Schema, op: DropColumn) -> bool:
    """Whether TypeORM would do more than drop this column."""
    known = schema.table(op.table)
    if known is None or known.column(op.column) is None:
        return False
    key, alone = known.primary_key, (op.column,)
    return (
        (key is not None and op.column in key.columns)
        or _enum(schema, known, op.column) is not None
        or any(each.kind in ("check", "unique") and each.columns == alone
               for each in known.constraints)
        or any(columns == alone for _, columns in _indexes(schema, known))
    )  # fmt: skip


class _Renamed:
    """What follows a table, or a column of it, to a new name: what bears a name of TypeORM's."""

    def __init__(
        self, call: Call, table: Embedded, now: Embedded, old: str = "", new: str = ""
    ) -> None:
        self.known = _known(call)
        self.schema = call.schema or Schema()
        self.table, self.now = table.text, now.text
        self.old, self.new = old, new
        self.alter = Embedded.join(("ALTER TABLE ", call.named(now)))

    def all(self) -> list[Embedded]:
        if self.known is None or HOLE.search(f"{self.now} {self.new}"):
            return []
        enums = list(self._enums(self.known))
        rest = [*self._rest(self.known)]
        return [*enums, *rest] if self.old else [*rest, *enums]

    def _rest(self, known: Table) -> Iterator[Embedded]:
        key = known.primary_key
        if key is not None:
            yield from self._constraint("PK", key.name or "", key.columns)
        yield from self._sequences(known)
        for kind in ("unique", "index", "foreign key"):
            if kind == "index":
                for index, columns in _indexes(self.schema, known):
                    called = self._called("IDX", index.name, columns)
                    if called:
                        yield Embedded(f'ALTER INDEX {_path(index)} RENAME TO "{called}"', ())
                continue
            for each in known.constraints:
                if each.kind == kind:
                    yield from self._constraint(_KINDS[kind], each.name or "", each.columns)

    def _constraint(self, kind: str, name: str, columns: Sequence[str]) -> Iterator[Embedded]:
        called = self._called(kind, name, columns)
        if called:
            yield Embedded.join((self.alter, f' RENAME CONSTRAINT "{name}" TO "{called}"'))

    def _called(self, kind: str, name: str, columns: Sequence[str]) -> str:
        """What it is called then; "" where that stays."""
        if self.old and self.old not in columns:
            return ""
        if names.of_columns(kind, self.table, columns) != name:
            return ""
        now = [self.new if each == self.old else each for each in columns]
        return names.of_columns(kind, self.now, now)

    def _sequences(self, known: Table) -> Iterator[Embedded]:
        for column in known.columns:
            if column.identity or (self.old and column.name != self.old):
                continue
            wanted = f"{_bare(self.table)}_{column.name}_seq"
            for each in self.schema.sequences_of(known.name, column.name):
                if each.name == wanted:
                    own = self.new or column.name
                    called = f"{_bare(self.now)}_{own}_seq"
                    yield Embedded(f'ALTER SEQUENCE {_path(each)} RENAME TO "{called}"', ())

    def _enums(self, known: Table) -> Iterator[Embedded]:
        for column in known.columns:
            enum = _enum(self.schema, known, column.name)
            if enum is None or (self.old and column.name != self.old):
                continue
            made = enum.name == f"{_bare(self.table)}_{column.name.lower()}_enum"
            if not made and not self.old:
                continue
            own = (self.new or column.name).lower()
            called = f"{_bare(self.now)}_{own}_enum" if made else enum.name
            yield Embedded(f'ALTER TYPE {_path(enum)} RENAME TO "{called}"', ())


def _known(call: Call) -> Table | None:
    """The table as history shows it. Raises Unclear where history is not asked yet."""
    if call.schema is None:
        raise Unclear(BEFORE)
    try:
        return before.table(call.schema, call.table(0))
    except Unclear:
        return None


def _indexes(schema: Schema, table: Table) -> Iterator[tuple[Name, tuple[str, ...]]]:
    """The indexes that are no constraint's, with their columns. One with a condition has another
    name than that which TypeORM would make of the server's words."""
    for each in schema.indexes_on(table.name):
        if each.constraint is None and each.where is None:
            columns = tuple(key for key in each.keys if key is not None)
            if columns:
                yield each.name, (*columns, *each.include)


def _enum(schema: Schema, table: Table, column: str) -> Name | None:
    found = table.column(column)
    kind = schema.type(found.type) if found is not None and found.type is not None else None
    return kind.name if kind is not None and kind.form == "enum" else None


def _bare(table: str) -> str:
    return table.rpartition(".")[2]


def _path(name: Name) -> str:
    schema = "" if name.schema in ("", "public") else f'"{name.schema}".'
    return f'{schema}"{name.name}"'
