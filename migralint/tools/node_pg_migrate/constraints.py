"""The constraints of node-pg-migrate's calls (9.0, `src/operations/tables/shared.ts`)."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.values import Given, Items, Made
from migralint.source import Embedded, Span
from migralint.tools.code import listed
from migralint.tools.node_pg_migrate.columns import comment, deferrable, references
from migralint.tools.node_pg_migrate.values import (
    Options,
    Refused,
    Style,
    name,
    names,
    options,
    own_name,
    raw,
    several,
    truth,
)


class Constraints(Struct, frozen=True):
    """Constraints in SQL, and what is said of them."""

    lines: list[Embedded]
    comments: list[Embedded]


class _Table(Struct, frozen=True):
    given: Given | None
    style: Style
    place: Span
    named: Given | None
    """What the constraint is called, where that is said."""

    @property
    def sql(self) -> Embedded:
        return name(self.given, self.style, self.place)

    def called(self, *ending: Embedded | str) -> Embedded:
        """The constraint's name: the one that is said, or the table's with an ending."""
        if self.named is not None:
            return name(self.named, self.style)
        own = own_name(self.given)
        first: Embedded | str = "" if own is None else raw(own)
        whole = Embedded.join((first, "_", *ending))
        return name(Given(whole, self.place), self.style)


def constraints(
    table: Given | None, found: Options, named: Given | None, style: Style, place: Span
) -> Constraints:
    """What an object of constraints says of a table."""
    if named is not None and truth(named.value) is False:
        named = None
    on = _Table(table, style, place, named)
    made = Constraints([], [])
    if found.has("check"):
        _checks(found.items["check"], on, made)
    if found.has("unique"):
        _uniques(found.items["unique"], on, made)
    if found.has("primaryKey"):
        made.lines.append(_primary(on, names(found.items["primaryKey"], style)))
    if found.has("foreignKeys"):
        for each in several(found.items["foreignKeys"]):
            _foreign(options(each), on, made)
    if found.has("exclude"):
        made.lines.append(_line(on.called("excl"), "EXCLUDE ", raw(found.items["exclude"])))
    if "deferrable" in found.items and found.flag("deferrable"):
        ending = deferrable(found)
        made.lines[:] = [Embedded.join((each, " ", ending)) for each in made.lines]
    if found.has("comment"):
        if named is None:
            raise Refused("a comment on a constraint without a name")
        where = Embedded.join(("CONSTRAINT ", name(named, style), " ON ", on.sql))
        made.comments.append(comment(where, found.items["comment"]))
    return made


def primary_key(
    table: Given | None, columns: list[Embedded], style: Style, place: Span
) -> Embedded:
    """The primary key of a table with these columns."""
    return _primary(_Table(table, style, place, None), columns)


def _primary(on: _Table, columns: list[Embedded]) -> Embedded:
    return _line(on.called("pkey"), "PRIMARY KEY (", listed(columns), ")")


def _line(called: Embedded, *parts: Embedded | str) -> Embedded:
    return Embedded.join(("CONSTRAINT ", called, " ", *parts))


def _checks(given: Given, on: _Table, made: Constraints) -> None:
    many = isinstance(given.value, Items)
    for number, each in enumerate(several(given), 1):
        ending = f"chck_{number}" if many else "chck"
        made.lines.append(_line(on.called(ending), "CHECK (", raw(each), ")"))


def _uniques(given: Given, on: _Table, made: Constraints) -> None:
    sets = several(given)
    if not any(isinstance(each.value, Items) for each in sets):
        sets = [given]
    for each in sets:
        columns = several(each)
        ending = _underscored(columns)
        line = _line(on.called("uniq_", ending), "UNIQUE (", listed(names(each, on.style)), ")")
        made.lines.append(line)


def _foreign(found: Options, on: _Table, made: Constraints) -> None:
    columns = several(found.get("columns"))
    if found.has("referencesConstraintName"):
        called = name(found.items["referencesConstraintName"], on.style)
    else:
        called = on.called("fk_", _underscored(columns))
    key = listed(names(found.get("columns"), on.style))
    if "references" not in found.items:
        raise Refused("a foreign key without `references`")
    refers = references(found, on.style)
    made.lines.append(_line(called, "FOREIGN KEY (", key, ") ", refers))
    if found.has("referencesConstraintComment"):
        where = Embedded.join(("CONSTRAINT ", called, " ON ", on.sql))
        made.comments.append(comment(where, found.items["referencesConstraintComment"]))


def _underscored(columns: list[Given]) -> Embedded:
    parts: list[Embedded | str] = []
    for each in columns:
        parts += ["_", raw(each)]
    return Embedded.join(parts[1:])


def _added(made: Constraints, table: Embedded) -> list[Embedded]:
    if not made.lines:
        raise Refused("`addConstraint` without a constraint")
    adds: list[Embedded | str] = []
    for line in made.lines:
        adds += [", ADD ", line]
    return [Embedded.join(("ALTER TABLE ", table, " ", "ADD ", *adds[1:])), *made.comments]


def add_constraint(made: Made, style: Style) -> list[Embedded]:
    table, named, given = made.argument(0), made.argument(1), made.argument(2)
    if given is None:
        raise Refused("`addConstraint` without a constraint")
    place = made.span
    if isinstance(given.value, Embedded) or truth(given.value) is None:
        head: tuple[Embedded | str, ...] = ()
        if named is not None and truth(named.value) is not False:
            head = ("CONSTRAINT ", name(named, style), " ")
        whole = Constraints([Embedded.join((*head, raw(given)))], [])
    else:
        whole = constraints(table, options(given), named, style, place)
    return _added(whole, name(table, style, place))


def drop_constraint(made: Made, style: Style) -> list[Embedded]:
    table, named = made.argument(0), made.argument(1)
    found = options(made.argument(2))
    guard = found.words("ifTableExists", "IF EXISTS ")
    sql = Embedded.join(
        (
            "ALTER TABLE ",
            guard,
            name(table, style, made.span),
            " DROP CONSTRAINT ",
            found.words("ifExists", "IF EXISTS "),
            name(named, style, made.span),
            found.words("cascade", " CASCADE"),
        )
    )
    return [sql]


def undo_constraint(made: Made, style: Style) -> list[Embedded]:
    named, given = made.argument(1), made.argument(2)
    if named is not None and named.value is None:
        raise Refused("`addConstraint` without a name")
    if given is not None and isinstance(given.value, Embedded):
        raise Refused("`addConstraint` with SQL")
    return drop_constraint(made, style)
