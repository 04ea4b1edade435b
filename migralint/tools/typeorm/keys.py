"""Indexes and constraints: what the calls that make and drop them send (TypeORM 1.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from migralint.languages import tree
from migralint.languages.values import Closure, Items, Made, Value
from migralint.source import Embedded
from migralint.tools.javascript.literals import dotted, joined, quoted
from migralint.tools.typeorm import before as found_before
from migralint.tools.typeorm import names
from migralint.tools.typeorm.calls import BEFORE, Call, style
from migralint.tools.typeorm.options import Object, Unclear

Parts = list[Embedded | str]
Writer = Callable[[Call], list[Embedded]]
_LISTS = {"FK": "foreignKeys", "IDX": "indices"}
_NOT_THERE = "TypeORM refuses it on this database"


def _columns(call: Call, columns: Sequence[Embedded], between: str = ", ") -> Embedded:
    return joined([quoted(each, style(call.dialect)) for each in columns], between)


def _named(call: Call, given: Object, kind: str, table: Embedded, *parts: str) -> Embedded:
    said = given.text("name")
    if said is None:
        columns = given.texts("columnNames")
        made = (
            names.made(kind, table.text, *parts)
            if parts
            else names.of_columns(kind, table.text, [each.text for each in columns])
        )
        said = Embedded(made, ())
    return quoted(said, style(call.dialect))


def create_index_sql(call: Call, table: Embedded, given: Object) -> Embedded:
    columns, where = given.texts("columnNames"), given.text("where")
    said = given.text("name") or Embedded(
        names.of_columns(
            "IDX", table.text, [each.text for each in columns], where.text if where else ""
        ),
        (),
    )
    own = quoted(said, style(call.dialect))
    kind = "UNIQUE " if given.flag("isUnique") else ""
    parts: Parts = []
    if call.dialect == "mysql":
        kind += "SPATIAL " if given.flag("isSpatial") else ""
        kind += "FULLTEXT " if given.flag("isFulltext") else ""
        parts = [f"CREATE {kind}INDEX ", own, " ON ", call.named(table)]
        parts += [" (", _columns(call, columns), ")"]
        if given.flag("isFulltext") and (parser := given.text("parser")):
            parts += [" WITH PARSER ", parser]
        return Embedded.join(parts)
    how, method = "", None
    if call.dialect == "postgresql":
        how = "CONCURRENTLY " if given.flag("isConcurrent") else ""
        method = "gist" if given.flag("isSpatial") else given.text("type")
    parts = [f"CREATE {kind}INDEX {how}", own, " ON ", call.named(table)]
    parts += [" USING ", method] if method else []
    parts += [" (", _columns(call, columns), ")"]
    parts += [" WHERE ", where] if where else []
    return Embedded.join(parts)


def foreign_key(
    call: Call, table: Embedded, given: Object, schema: Embedded | None = None
) -> Embedded:
    """The constraint, as a part of a table or of ALTER TABLE."""
    own = _named(call, given, "FK", table)
    parts: Parts = [
        "CONSTRAINT ",
        own,
        " FOREIGN KEY (",
        _columns(call, given.texts("columnNames")),
    ]
    parts += [") REFERENCES ", _referenced(call, given, schema), " ("]
    parts += [_columns(call, given.texts("referencedColumnNames")), ")"]
    for option, words in (("onDelete", " ON DELETE "), ("onUpdate", " ON UPDATE ")):
        if said := given.text(option):
            parts += [words, said]
    if call.dialect != "mysql" and (deferrable := given.text("deferrable")):
        parts += [" DEFERRABLE ", deferrable]
    return Embedded.join(parts)


def _referenced(call: Call, given: Object, schema: Embedded | None) -> Embedded:
    name = given.text("referencedTableName")
    if name is None:
        raise Unclear("it does not say which table it refers to")
    schema = given.text("referencedSchema") or schema
    if schema is not None and "." not in name.text and call.dialect == "postgresql":
        if schema.text != "public":
            return Embedded.join((quoted(schema, "postgresql"), ".", quoted(name, "postgresql")))
    return dotted(name, style(call.dialect))


def _each(write: Callable[[Call, Embedded, Object], Embedded]) -> tuple[Writer, Writer]:
    """What makes one, and what makes several."""

    def one(call: Call) -> list[Embedded]:
        return [write(call, call.table(0), call.object(1))]

    def several(call: Call) -> list[Embedded]:
        return [write(call, call.table(0), each) for each in call.objects(1)]

    return one, several


def _alter(call: Call, *parts: Embedded | str) -> Embedded:
    if call.dialect == "sqlite":
        from migralint.tools.typeorm.tables import REBUILT

        raise Unclear(REBUILT)
    return Embedded.join(("ALTER TABLE ", call.path(0), " ", *parts))


def _unique(call: Call, table: Embedded, given: Object) -> Embedded:
    if call.dialect == "mysql":
        raise Unclear(_NOT_THERE)
    key = _columns(call, given.texts("columnNames"))
    parts: Parts = ["ADD CONSTRAINT ", _named(call, given, "UQ", table), " UNIQUE (", key, ")"]
    if deferrable := given.text("deferrable"):
        parts += [" DEFERRABLE ", deferrable]
    return _alter(call, *parts)


def _check(call: Call, table: Embedded, given: Object) -> Embedded:
    if call.dialect == "mysql":
        raise Unclear(_NOT_THERE)
    expression = given.text("expression") or Embedded("", ())
    own = _named(call, given, "CHK", table, expression.text)
    return _alter(call, "ADD CONSTRAINT ", own, " CHECK (", expression, ")")


def _exclusion(call: Call, table: Embedded, given: Object) -> Embedded:
    if call.dialect != "postgresql":
        raise Unclear(_NOT_THERE)
    expression = given.text("expression") or Embedded("", ())
    own = _named(call, given, "XCL", table, expression.text)
    parts: Parts = ["ADD CONSTRAINT ", own, " EXCLUDE ", expression]
    if deferrable := given.text("deferrable"):
        parts += [" DEFERRABLE ", deferrable]
    return _alter(call, *parts)


def _foreign(call: Call, table: Embedded, given: Object) -> Embedded:
    return _alter(call, "ADD ", foreign_key(call, table, given))


def create_primary_key(call: Call) -> list[Embedded]:
    columns = call.names(1)
    key = _columns(call, columns)
    if call.dialect == "mysql":
        return [_alter(call, "ADD PRIMARY KEY (", key, ")")]
    said = call.made.value(2)
    called = said if isinstance(said, Embedded) else Embedded(
        names.of_columns("PK", call.table(0).text, [each.text for each in columns]), ()
    )  # fmt: skip
    own = quoted(called, "postgresql")
    return [_alter(call, "ADD CONSTRAINT ", own, " PRIMARY KEY (", key, ")")]


def drop_primary_key(call: Call) -> list[Embedded]:
    if call.dialect == "mysql":
        return [_alter(call, "DROP PRIMARY KEY")]
    if call.schema is None:
        raise Unclear(BEFORE)
    # What it is given besides is what the key is called if it is made again.
    said = call.made.value(1)
    try:
        key = found_before.primary_key(call.schema, call.table(0))
        if key is None:
            raise Unclear("history does not show that the table has a key")
        said = Embedded(key.name or names.of_columns("PK", call.table(0).text, key.columns), ())
    except Unclear:
        if not isinstance(said, Embedded):
            raise
    exists = "IF EXISTS " if call.flag(2) else ""
    return [_alter(call, f"DROP CONSTRAINT {exists}", quoted(said, "postgresql"))]


def drop_constraint(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(2) else ""
    return [_drop(call, call.given(1).value, exists)]


def drop_constraints(call: Call) -> list[Embedded]:
    exists = "IF EXISTS " if call.flag(2) else ""
    value = call.given(1).value
    if not isinstance(value, Items) or not value.exact:
        raise Unclear("what it is given is only known when the code runs")
    return [_drop(call, each, exists) for each in value.items]


def _drop(call: Call, value: Value, exists: str) -> Embedded:
    of_tables = call.made.path.endswith(("ForeignKey", "ForeignKeys"))
    own = quoted(_dropped(call, value, "FK" if of_tables else ""), style(call.dialect))
    if call.dialect == "mysql":
        if not of_tables:
            raise Unclear(_NOT_THERE)
        return _alter(call, "DROP FOREIGN KEY ", own)
    return _alter(call, f"DROP CONSTRAINT {exists}", own)


def _dropped(call: Call, value: Value, kind: str) -> Embedded:
    """What is dropped is called. Of one without a name TypeORM makes the name of an index or a
    foreign key up again, not that of anything else (`kind` is "")."""
    if isinstance(value, Embedded):
        return value
    if isinstance(value, Made) and value.path.endswith(f"getTable().{_LISTS.get(kind)}.find"):
        return _found(call, value, kind)
    try:
        given = Object(value, call.given(1).span)
    except Unclear:
        return call.name_at(1, value)
    if "name" in given.items and given.get("name") is not None:
        return call.name_at(1, value)
    if not given.exact:
        raise Unclear("its name is only known when the code runs")
    if not kind:
        return Embedded("undefined", ())
    columns = [each.text for each in given.texts("columnNames")]
    where = given.text("where") if kind == "IDX" else None
    made = names.of_columns(kind, call.table(0).text, columns, where.text if where else "")
    return Embedded(made, ())


def _found(call: Call, made: Made, kind: str) -> Embedded:
    """What `table.foreignKeys.find((fk) => fk.columnNames.indexOf("a") !== -1)` gives."""
    if call.schema is None:
        raise Unclear(BEFORE)
    column = _asked_for(made.value(0))
    table = found_before.table(call.schema, call.table(0))
    every: list[tuple[str, tuple[str | None, ...]]]
    if kind == "FK":
        every = [(each.name or "", each.columns) for each in table.foreign_keys]
    else:
        indexes = call.schema.indexes_on(table.name)
        every = [(each.name.name, each.keys) for each in indexes if each.constraint is None]
    found = [name for name, columns in every if column in columns]
    if column is None or len(found) != 1:
        raise Unclear("which one it finds in the table is only known when the code runs")
    return Embedded(found[0], ())


def _asked_for(test: Value) -> str | None:
    """The column that a function looks for in `columnNames`; None where it does anything else."""
    body: object = test.node.body if isinstance(test, Closure) else None
    if isinstance(body, tuple) and len(body) == 1 and isinstance(body[0], tree.Leave):
        body = body[0].value
    if isinstance(body, tree.Operation) and len(body.operands) == 2:
        one, other = body.operands
        minus = isinstance(other, tree.Operation) and other.operator == "-"
        sign = (body.operator, "-1" if minus else str(getattr(other, "value", "")))
        body = one if sign in (("!=", "-1"), (">", "-1"), (">=", "0")) else None
    if not isinstance(body, tree.Call) or not isinstance(body.function, tree.Attribute):
        return None
    holder = body.function.of
    if body.function.name not in ("indexOf", "includes") or len(body.arguments) != 1:
        return None
    if not isinstance(holder, tree.Attribute) or holder.name != "columnNames":
        return None
    given = body.arguments[0].value
    return given.value.text if isinstance(given, tree.Text) else None


def drop_index(call: Call) -> list[Embedded]:
    return [_drop_index(call, call.given(1).value, call.flag(2))]


def drop_indices(call: Call) -> list[Embedded]:
    value = call.given(1).value
    if not isinstance(value, Items) or not value.exact:
        raise Unclear("what it is given is only known when the code runs")
    return [_drop_index(call, each, call.flag(2)) for each in value.items]


def _drop_index(call: Call, value: Value, exists: bool) -> Embedded:
    """Concurrently only where an object says so, not for a name."""
    own = _dropped(call, value, "IDX")
    if call.dialect == "mysql":
        return Embedded.join(("DROP INDEX ", quoted(own, "mysql"), " ON ", call.path(0)))
    how = ""
    if not isinstance(value, Embedded):
        try:
            given = Object(value, call.given(1).span)
            how = "CONCURRENTLY " if given.flag("isConcurrent") else ""
        except Unclear:
            pass
    schema = call.table(0).text.rpartition(".")[0]
    before = f'"{schema}".' if schema and call.dialect == "postgresql" else ""
    words = f"DROP INDEX {how if call.dialect == 'postgresql' else ''}"
    return Embedded.join((words, "IF EXISTS " if exists else "", before, quoted(own, "postgresql")))


create_index, create_indices = _each(create_index_sql)
create_unique, create_uniques = _each(_unique)
create_check, create_checks = _each(_check)
create_exclusion, create_exclusions = _each(_exclusion)
create_foreign_key, create_foreign_keys = _each(_foreign)
