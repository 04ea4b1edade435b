"""The types of columns as Knex writes them for each database (Knex 3.3,
`lib/schema/columncompiler.js` and those of the dialects)."""

from __future__ import annotations

from msgspec import Struct

from migralint.languages.values import Given, Hidden, Items, Made, Pairs, Symbol, Value, hole
from migralint.source import Embedded, Span
from migralint.tools.javascript.literals import is_known, joined
from migralint.tools.knex.values import Unclear, Words, bare, flag, in_quotes, option

TYPES = frozenset(
    "tinyint smallint mediumint int bigint decimal float double real bit boolean serial date "
    "datetime timestamp time year geometry geography point char varchar tinytext tinyText text "
    "mediumtext mediumText longtext longText binary varbinary tinyblob tinyBlob mediumblob "
    "mediumBlob blob longblob longBlob enum set bool dateTime increments bigincrements "
    "bigIncrements integer biginteger bigInteger string json jsonb uuid enu specificType".split()
)
"""The methods of a table that add a column."""
_ALIASES = {"float": "floating", "enum": "enu", "boolean": "bool", "string": "varchar"}
_PLAIN = {
    "postgresql": {
        "text": "text", "integer": "integer", "smallint": "smallint", "mediumint": "integer",
        "bigint": "bigint", "biginteger": "bigint", "tinyint": "smallint", "floating": "real",
        "double": "double precision", "bool": "boolean", "date": "date", "time": "time",
        "binary": "bytea", "geometry": "geometry", "geography": "geography", "point": "point",
        "jsonb": "jsonb", "json": "json",
    },
    "mysql": {
        "smallint": "smallint", "mediumint": "mediumint", "bigint": "bigint",
        "biginteger": "bigint", "bool": "boolean", "date": "date", "json": "json",
        "jsonb": "json", "geometry": "geometry", "geography": "geography", "point": "point",
        "mediumtext": "mediumtext", "longtext": "longtext",
    },
    "sqlite": {
        "text": "text", "integer": "integer", "smallint": "integer", "mediumint": "integer",
        "bigint": "bigint", "biginteger": "bigint", "tinyint": "tinyint", "floating": "float",
        "double": "float", "decimal": "float", "bool": "boolean", "date": "date", "time": "time",
        "datetime": "datetime", "timestamp": "datetime", "binary": "blob", "bit": "text",
        "json": "json", "jsonb": "json", "geometry": "geometry", "geography": "geography",
        "point": "point",
    },
}  # fmt: skip
_LENGTHS = {"integer": ("int", 11), "tinyint": ("tinyint", 1)}


class Column(Struct, eq=False):
    """One column as it is asked for. `modified` are the calls on it, by name, the last of each."""

    made: Made
    modified: dict[str, Made]
    altered: Made | None = None
    """The `alter()` that makes it a change of what there is."""
    conditional: bool = False
    span: Span = Span(0, 0)

    @property
    def kind(self) -> str:
        name = self.made.path.rpartition(".")[2]
        return _ALIASES.get(name, name).lower()

    @property
    def counts(self) -> str:
        """The kind of a column that counts itself, as Knex looks for it in other columns."""
        name = self.made.path.rpartition(".")[2]
        return name if name in ("increments", "bigincrements") else ""

    @property
    def increments(self) -> bool:
        return "increments" in self.kind

    @property
    def name(self) -> Value:
        found = self.made.value(0)
        return Embedded.plain("id", self.made.span) if found is None else found

    @property
    def place(self) -> Span:
        given = self.made.argument(0)
        return self.made.span if given is None else given.span


class Around(Struct, eq=False):
    """What a column has to know of its table. `before` and `after` take statements of its own."""

    words: Words
    table: Embedded
    raw: Embedded
    """The table's name as it was given."""
    schema: Value
    keyed: bool
    """The table is given a primary key of its own."""
    before: list[Embedded]
    after: list[Embedded]


# Types


def type_sql(column: Column, around: Around) -> Embedded:
    """The type of a column; a hole where it depends on what is not known."""
    words, made, kind = around.words, column.made, column.kind
    try:
        if kind == "specifictype":
            given = made.argument(1)
            if given is None:
                return Embedded.plain("undefined", made.span)
            if isinstance(given.value, Embedded):
                return given.value
            return words.name(given.value, given.span)
        if kind in ("enu", "enum"):
            return _enum(column, around)
        if column.increments:
            return _increments(column, around)
        return _type(column, around)
    except Unclear as why:
        return hole(why.span)


def _type(column: Column, around: Around) -> Embedded:
    words, made, kind = around.words, column.made, column.kind
    family = "postgresql" if words.is_postgresql else "mysql" if words.is_mysql else "sqlite"
    options = made.value(1)
    text = _PLAIN[family].get(kind, "")
    if kind == "varchar":
        return _sized(made, "varchar", [255])
    if kind == "decimal" and not text:
        if words.is_postgresql and len(made.given) > 1 and options is None:
            return Embedded.plain("decimal", made.span)
        return _sized(made, "decimal", [8, 2])
    if kind == "uuid":
        if words.is_postgresql:
            keyed = flag(_said(made, "primaryKey")) and not around.keyed
            text = "uuid primary key" if keyed else "uuid"
        else:
            text = "binary(16)" if flag(_said(made, "useBinaryUuid")) else "char(36)"
    elif words.is_postgresql:
        if kind in ("datetime", "timestamp"):
            return _timestamp(made)
        if kind == "bit":
            length = option(options, "length")
            text = "bit" if length is False else f"bit({numeral(length, made, None)})"
        if kind == "json" and options:
            text = "jsonb"
    elif words.is_mysql:
        text = text or _of_mysql(made, kind, options)
    return Embedded.plain(text or "undefined", made.span)


def _of_mysql(made: Made, kind: str, options: Value) -> str:
    if kind in _LENGTHS:
        name, default = _LENGTHS[kind]
        return f"{name}({numeral(options, made, default)})" if options else name
    if kind == "floating":
        return _sized(made, "float", [8, 2]).text
    if kind == "double":
        return _sized(made, "double", [8, 2]).text if options else "double"
    if kind == "text":
        size = options.text if isinstance(options, Embedded) else ""
        return size.removesuffix("text") + "text" if size.startswith(("medium", "long")) else "text"
    if kind in ("datetime", "timestamp", "time"):
        precision = option(options, "precision") if isinstance(options, Pairs) else options
        exact = isinstance(precision, int) and not isinstance(precision, bool)
        return f"{kind}({precision})" if exact else kind
    if kind == "bit":
        return f"bit({numeral(options, made, None)})" if options else "bit"
    if kind == "binary":
        return f"varbinary({numeral(options, made, 1)})" if options else "blob"
    return ""


def _said(made: Made, name: str, place: int = 1) -> Given | None:
    """An option, with where the options are written."""
    given = made.argument(place)
    if given is None:
        return None
    if isinstance(given.value, Pairs):
        return Given(option(given.value, name), given.span)
    return given if isinstance(given.value, (Hidden, Symbol)) else None


def _sized(made: Made, name: str, defaults: list[int]) -> Embedded:
    """A type with numbers after it."""
    numbers = [
        numeral(made.value(number, default=None), made, default)
        for number, default in enumerate(defaults, 1)
    ]
    given = made.argument(1)
    # The numbers stand where they are written, so that a finding may point at them.
    place = made.span if given is None else given.span
    return Embedded.plain(f"{name}({', '.join(numbers)})", place)


def numeral(value: Value, made: Made, default: int | None) -> str:
    """A number as `parseInt` reads it."""
    if value is None:
        return "undefined" if default is None else str(default)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Embedded) and is_known(value):
        digits = value.text.strip()
        return digits if digits.isdecimal() else str(default)
    if isinstance(value, (bool, Pairs, Items)):
        return "undefined" if default is None else str(default)
    raise Unclear(made.span)


def _timestamp(made: Made) -> Embedded:
    """timestamptz, unless the first argument is true or says `useTz: false`."""
    options, precision = made.value(1), made.value(2)
    if isinstance(options, Pairs):
        zoned = flag(_said(made, "useTz"), True)
        precision = option(options, "precision")
    else:
        zoned = not flag(made.argument(1), False)
    said = "" if precision is None else f"({numeral(precision, made, 6)})"
    return Embedded.plain(("timestamptz" if zoned else "timestamp") + said, made.span)


def _increments(column: Column, around: Around) -> Embedded:
    words, made = around.words, column.made
    big = column.kind.startswith("big")
    options = made.value(1)
    wanted = True if options is None else flag(_said(made, "primaryKey"), False)
    keyed = bool(wanted) and not around.keyed
    if words.is_postgresql:
        text = ("bigserial" if big else "serial") + (" primary key" if keyed else "")
    elif words.is_mysql:
        text = ("bigint" if big else "int") + " unsigned not null"
        text += " auto_increment primary key" if keyed else ""
    else:
        text = "integer not null primary key autoincrement"
    return Embedded.plain(text, made.span)


def _enum(column: Column, around: Around) -> Embedded:
    words, made = around.words, column.made
    native = words.is_postgresql and flag(_said(made, "useNative", 2), False)
    existing = native and flag(_said(made, "existingType", 2), False)
    listed: Embedded | None = None
    if not existing:
        listed = joined([literal_of(each, made.span) for each in items_of(made.argument(1), made)])
    if words.is_mysql:
        return Embedded.join(("enum(", listed or "", ")"))
    if not native:
        name = words.name(column.name, column.place)
        return Embedded.join(("text check (", name, " in (", listed or "", "))"))
    said = made.argument(2)
    options, span = (None, made.span) if said is None else (said.value, said.span)
    own, schema = option(options, "enumName"), option(options, "schemaName") or around.schema
    name = Embedded.join(('"', own, '"')) if isinstance(own, Embedded) else hole(span)
    if schema is not None:
        head = Embedded.join(('"', schema, '"')) if isinstance(schema, Embedded) else hole(span)
        name = Embedded.join((head, ".", name))
    if listed is not None:
        around.before.append(Embedded.join(("create type ", name, " as enum (", listed, ")")))
    return name


def literal_of(value: Value, span: Span) -> Embedded:
    return in_quotes(bare(value, span))


def items_of(given: Given | None, made: Made) -> list[Value]:
    if given is None or not isinstance(given.value, Items) or not given.value.exact:
        raise Unclear(made.span if given is None else given.span)
    return given.value.items
