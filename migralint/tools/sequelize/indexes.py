"""Indexes: what `addIndex` and `removeIndex` send (Sequelize 6.37, `addIndexQuery`)."""

from __future__ import annotations

from migralint.languages.values import Given, Items, Made, Pairs, hole
from migralint.source import Embedded
from migralint.tools.javascript.literals import is_known, joined, name_of, names_of
from migralint.tools.sequelize.names import (
    Table,
    dotted,
    quoted,
    split_sql,
    table_of,
    table_sql,
    underscored,
)
from migralint.tools.sequelize.options import is_true, listed, option, text, words
from migralint.tools.sequelize.values import is_method, method_sql, unknown
from migralint.tools.sequelize.where import clause

Written = list[Embedded]


def add_index(made: Made, dialect: str) -> Written:
    table = table_of(made.argument(0), made)
    fields, options = made.argument(1), made.argument(2)
    if fields is not None and isinstance(fields.value, Pairs):
        options = fields
        fields = option(options.value, "fields", options.span)
    options = options or Given(None, made.span)

    def said(name: str) -> Given | None:
        return option(options.value, name, options.span)

    columns = [_field(each, said("operator"), dialect) for each in listed(fields)]
    if fields is None or (isinstance(fields.value, Items) and not fields.value.exact):
        columns.append(hole(made.span if fields is None else fields.span))
    kind = text(said("type")) or ""
    unique = said("unique")
    if kind.lower() == "unique":
        unique, kind = said("type"), ""
        flag = words(unique, "UNIQUE ")
    else:
        flag = words(unique if is_true(unique) else None, "UNIQUE ")
    name = _named(said("name"), said("prefix"), table, fields, made)
    using = said("using")
    method: tuple[Embedded | str, ...] = ()
    if dialect != "sqlite" and using is not None and using.value:
        method = ("USING ", name_of(using.value, using.span), " ")
    where = Embedded("", ()) if dialect == "mysql" else clause(said("where"), dialect)
    inside = Embedded.join(("(", joined(columns), ")"))
    on = split_sql(table, dialect)
    if dialect == "mysql":
        start = ("ALTER TABLE ", on, " ADD ", flag, f"{kind} " if kind else "", "INDEX ")
        parser = said("parser")
        tail = (
            (" WITH PARSER ", name_of(parser.value, parser.span))
            if parser is not None and parser.value
            else ()
        )
        return [Embedded.join((*start, dotted(name, dialect), " ", *method, inside, *tail))]
    apart = said("concurrently")
    concurrently = words(
        apart if dialect == "postgresql" and is_true(apart) else None, "CONCURRENTLY "
    )
    head = ("CREATE ", flag, "INDEX ", concurrently, dotted(name, dialect), " ON ")
    return [Embedded.join((*head, on, " ", *method, inside, where))]


def _field(given: Given, operator: Given | None, dialect: str) -> Embedded:
    """One column or expression of an index."""
    if is_method(given.value):
        written = method_sql(given.value, dialect)
        return unknown(given.span) if written is None else written
    if not isinstance(given.value, Pairs):
        column = name_of(given.value, given.span)
        return Embedded.join((quoted(column, dialect), *_operator(None, operator, dialect)))

    def said(name: str) -> Given | None:
        return option(given.value, name, given.span)

    name = said("attribute") or said("name") or Given(None, given.span)
    parts: list[Embedded | str] = [quoted(name_of(name.value, name.span), dialect)]
    collation, length, order = said("collate"), said("length"), said("order")
    if dialect != "mysql" and collation is not None and collation.value:
        parts += [" COLLATE ", quoted(name_of(collation.value, collation.span), dialect)]
    parts += _operator(said("operator"), operator, dialect)
    if dialect == "mysql" and length is not None and length.value:
        parts += ["(", name_of(length.value, length.span), ")"]
    if order is not None and order.value:
        parts += [" ", name_of(order.value, order.span)]
    return Embedded.join(parts)


def _operator(own: Given | None, common: Given | None, dialect: str) -> list[Embedded | str]:
    """The operator class."""
    found = own or common
    if dialect != "postgresql" or found is None or not found.value:
        return []
    return [" ", name_of(found.value, found.span)]


def _named(
    name: Given | None, prefix: Given | None, table: Table, fields: Given | None, made: Made
) -> Embedded:
    """The name of an index: as it is said, or of its table and columns."""
    if name is not None and name.value:
        return name_of(name.value, name.span)
    head = table.name if prefix is None else name_of(prefix.value, prefix.span)
    if table.alone or prefix is not None:
        cleaned = head.text.replace(".", "_").replace('"', "").replace("'", "")
        head = Embedded(cleaned, head.pieces if cleaned == head.text else ())
    columns = [_column(each) for each in listed(fields)]
    if not is_known(head) or not all(columns) or not columns:
        return hole(made.span)
    return Embedded(underscored(f"{head.text}_{'_'.join(map(str, columns))}"), ())


def _column(given: Given) -> str | None:
    """What a column is called, where that is known; an expression has no name."""
    if isinstance(given.value, Pairs):
        said = option(given.value, "name", given.span) or option(
            given.value, "attribute", given.span
        )
        return text(said)
    if isinstance(given.value, Embedded) and is_known(given.value):
        return given.value.text
    return None


def remove_index(made: Made, dialect: str) -> Written:
    table = table_of(made.argument(0), made)
    given = made.argument(1) or Given(None, made.span)
    options = made.argument(2) or Given(None, made.span)
    name = name_of(given.value, given.span)
    if isinstance(given.value, Items):
        columns = names_of(given.value, given.span)
        known = all(map(is_known, (*columns, table.name))) and given.value.exact and table.alone
        said = f"{table.name.text}_{'_'.join(each.text for each in columns)}"
        name = Embedded(underscored(said), ()) if known else hole(given.span)
    if dialect == "mysql":
        on = table_sql(table, dialect)
        return [Embedded.join(("DROP INDEX ", quoted(name, dialect), " ON ", on))]
    if dialect == "sqlite":
        return [Embedded.join(("DROP INDEX IF EXISTS ", quoted(name, dialect)))]
    apart = option(options.value, "concurrently", options.span)
    concurrently = words(apart if is_true(apart) else None, "CONCURRENTLY ")
    return [Embedded.join(("DROP INDEX ", concurrently, "IF EXISTS ", dotted(name, dialect)))]
