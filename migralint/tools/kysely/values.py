"""Names, values and pieces of SQL as Kysely writes them (0.28, `query-compiler`, `raw-builder`)."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

from migralint.languages.javascript.operators import is_number, spelled
from migralint.languages.values import Given, Items, Made, Pairs, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.code import doubled, literal
from migralint.tools.javascript.literals import joined, split, value_sql

_MYSQL = ("mysql", "mariadb")
_RAW = frozenset(("raw", "ref", "id", "table", "lit", "literal", "val", "value", "join"))
ALIKE = frozenset(("$castTo", "$notNull", "$asScalar", "$narrowType", "$assertType"))
"""Calls that only a compiler of TypeScript hears of."""


class NotKnown(Exception):
    """What a call sends hangs on something that is only known when the code runs, or that is not
    read: the words for it."""

    def __init__(self, place: Span, reason: str = "") -> None:
        super().__init__(reason)
        self.place = place


class Place(Struct, frozen=True):
    """Where a call is sent: `schema` is what `withSchema` says, and with `snake` the names of the
    code are written otherwise in the database (CamelCasePlugin)."""

    dialect: str
    schema: Embedded | None = None
    snake: bool = False

    def quoted(self, name: Embedded) -> Embedded:
        """A name between its marks."""
        if self.snake and snaked(name.text) != name.text:
            whole = name.to_host(Span(0, len(name.text))) if name.pieces else None
            made = snaked(name.text)
            name = Embedded(made, ()) if whole is None else Embedded.plain(made, whole)
        mark = "`" if self.dialect in _MYSQL else '"'
        return Embedded.join((mark, doubled(name, mark), mark))

    def dotted(self, name: Embedded) -> Embedded:
        """A name that may have others before it."""
        return joined([self.quoted(each) for each in split(name, ".")], ".")

    def table(self, given: Given | None, span: Span) -> Embedded:
        """A table, type or view, in the schema of the call where none is said; it may have another
        name here (`users as u`)."""
        if given is None:
            return hole(span)
        if isinstance(given.value, Made):
            return raw(given.value, self)
        whole = text(given)
        name, _, alias = whole.text.partition(" as ")
        found = whole.cut(0, len(name))
        made = self.dotted(found)
        if self.schema is not None and "." not in name:
            made = Embedded.join((self.quoted(self.schema), ".", made))
        if not alias:
            return made
        rest = whole.cut(len(whole.text) - len(alias), len(whole.text))
        return Embedded.join((made, " as ", self.quoted(rest)))


def snaked(text: str) -> str:
    """`userId` as `user_id` (`plugin/camel-case/camel-case.js`)."""
    made = text[:1].lower()
    for before, each in pairwise(text):
        made += "_" * (each.isupper() and not before.isupper()) + each.lower()
    return made


def last(made: Made) -> str:
    """The last word of what was called."""
    return made.path.rpartition(".")[2]


def steps(made: Made) -> list[Made]:
    """The calls of a chain, first to last."""
    found: list[Made] = []
    at: Value = made
    while isinstance(at, Made):
        found.insert(0, at)
        at = at.of
    return [each for each in found if last(each) not in ALIKE]


def at(made: Made, words: str) -> Embedded:
    """Words that a call of a chain stands for, where it is written behind those before it."""
    before = made.of.span.end if isinstance(made.of, Made) else made.span.start
    return Embedded.plain(words, Span(max(before, made.span.start), made.span.end))


def text(given: Given) -> Embedded:
    """The text of an argument; a hole where it is not known."""
    if isinstance(given.value, Embedded):
        return given.value
    if is_number(given.value):
        return Embedded.plain(spelled(given.value), given.span)
    return hole(given.span)


def argument(made: Made, position: int) -> Given:
    """An argument of a call. Raises NotKnown where there is none."""
    found = made.argument(position)
    if found is None:
        raise NotKnown(made.span, f"{last(made)}() is given too little")
    return found


def several(given: Given) -> list[Given]:
    """What an argument holds that may be one or a list. Raises NotKnown where the file does not
    spell it out."""
    if not isinstance(given.value, Items):
        return [given]
    if not given.value.exact:
        raise NotKnown(given.span)
    return [Given(each, place(each, given.span)) for each in given.value.items]


def pairs(given: Given) -> list[tuple[Embedded, Given]]:
    """The properties of an object. Raises NotKnown where the file does not spell them out."""
    if not isinstance(given.value, Pairs) or not given.value.exact:
        raise NotKnown(given.span)
    found: list[tuple[Embedded, Given]] = []
    for name, (key, value) in given.value.items.items():
        written = key if isinstance(key, Embedded) else Embedded(str(name), ())
        found.append((written, Given(value, place(value, place(written, given.span)))))
    return found


def place(value: Value, otherwise: Span) -> Span:
    """Where a value is written."""
    if isinstance(value, Embedded) and value.pieces:
        return value.to_host(Span(0, len(value.text)))
    span = getattr(value, "span", None)
    return span if isinstance(span, Span) else otherwise


def names(given: Given, where: Place) -> Embedded:
    """Names, one or more, with commas between them."""
    return joined([where.quoted(text(each)) for each in several(given)])


def immediate(given: Given, where: Place) -> Embedded:
    """A value that is written into the SQL itself, or SQL."""
    value = given.value
    if isinstance(value, Made):
        return raw(value, where)
    if isinstance(value, Embedded):
        return literal(doubled(value, "\\") if where.dialect in _MYSQL else value)
    if value is None:
        return Embedded.plain("null", given.span)
    return parameter(given, where)


def parameter(given: Given, where: Place) -> Embedded:
    """A value that is sent beside the SQL, as if it stood in it."""
    return value_sql(given.value, where.dialect, given.span)


# SQL that stands in the file


def is_raw(value: Value) -> bool:
    """Whether something is a piece of SQL of Kysely's `sql`."""
    if not isinstance(value, Made):
        return False
    first = steps(value)[0].path.split(".")
    return first[-1] == "sql" or (len(first) > 1 and first[-2] == "sql" and first[-1] in _RAW)


def raw(made: Made, where: Place) -> Embedded:
    """The SQL of sql`…`, sql.raw() and the like. Raises NotKnown where it is none."""
    if not is_raw(made):
        raise NotKnown(made.span)
    first, *more = steps(made)
    sql = _piece(first, where)
    for each in more:
        if last(each) == "as":
            sql = Embedded.join((sql, " as ", where.quoted(text(argument(each, 0)))))
        elif last(each) not in ("withPlugin", "compile"):
            raise NotKnown(each.span)
    return sql


def _piece(made: Made, where: Place) -> Embedded:
    name = last(made)
    if name == "sql":
        return _template(made, where)
    if name == "id":
        return joined([where.quoted(text(each)) for each in made.given], ".")
    given = argument(made, 0)
    if name == "raw":
        return text(given)
    if name == "table":
        return where.table(given, made.span)
    if name == "ref":
        return where.dotted(text(given))
    if name in ("lit", "literal"):
        return immediate(given, where)
    if name == "join":
        between = made.argument(1)
        mark: Embedded | None = None
        if between is not None and isinstance(between.value, Made):
            mark = raw(between.value, where)
        parts: list[Embedded | str] = []
        for each in several(given):
            parts += [mark or ", ", inserted(each, where)]
        return Embedded.join(parts[1:])
    return parameter(given, where)


def _template(made: Made, where: Place) -> Embedded:
    texts = made.given[0].value if made.given else None
    if not isinstance(texts, Items):
        raise NotKnown(made.span)
    parts: list[Embedded | str] = []
    for number, each in enumerate(texts.items):
        if number:
            parts.append(inserted(made.given[number], where))
        parts.append(each if isinstance(each, Embedded) else hole(made.span))
    return Embedded.join(parts)


def inserted(given: Given, where: Place) -> Embedded:
    """What stands in a hole of sql`…`: SQL, a name, a query, or a value that is sent beside it."""
    from migralint.tools.kysely.expressions import expression

    return expression(given, where) if isinstance(given.value, Made) else parameter(given, where)


def dynamic(made: Made, where: Place) -> Embedded | None:
    """The name that `db.dynamic.ref()` or `db.dynamic.table()` holds; None where it is neither."""
    if not made.path.endswith((".dynamic.ref", ".dynamic.table")):
        return None
    return where.dotted(text(argument(made, 0)))
