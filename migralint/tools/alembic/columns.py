"""`sa.Column` in SQL (SQLAlchemy 2.1, `PGDDLCompiler`)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from migralint.languages.values import Given, Items, Made, Value, hole, text_of, truth
from migralint.source import Embedded, Span
from migralint.tools.alembic.expressions import condition, default, unknown
from migralint.tools.alembic.types import type_sql, written_type
from migralint.tools.code import identifier

_SERIALS = {"INTEGER": "SERIAL", "BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}
_MEMBERS = (
    "ForeignKey Identity Computed Sequence FetchedValue CheckConstraint UniqueConstraint "
    "PrimaryKeyConstraint ForeignKeyConstraint"
).split()
"""What may stand behind a column's type."""


class Column(Struct, frozen=True):
    """A column as `sa.Column` says it."""

    name: Embedded
    made: Made
    type: Given | None
    members: tuple[Made, ...]
    """ForeignKey, CheckConstraint, Identity, Computed …, as they stand behind the type."""
    primary_key: bool
    nullable: bool | None
    """None: not said."""

    def flag(self, name: str) -> bool:
        return flag(self.made, name)

    def member(self, name: str) -> Made | None:
        return next((each for each in self.members if last(each) == name), None)


class NotKnown(Exception):
    """What an operation does hangs on an argument that is only known when the code runs."""

    def __init__(self, given: Given) -> None:
        super().__init__()
        self.given = given


REFUSED = "REFUSED: "
"""What the words of a statement begin with that Alembic refuses to send."""


class Refused(Exception):
    """What Alembic refuses to send: the words for it."""


def flag(made: Made, name: str, position: int = -1) -> bool:
    """Whether a flag is set. Raises NotKnown where the file does not say."""
    given = made.argument(position, name)
    if given is None:
        return False
    known = truth(given.value)
    if known is None:
        raise NotKnown(given)
    return known is True


def last(made: Made) -> str:
    """The last word of what was called."""
    return made.path.rpartition(".")[2]


def column(value: Value) -> Column | None:
    """What a `sa.Column` says; None where the value is none."""
    if not isinstance(value, Made) or last(value) != "Column":
        return None
    given = list(value.given)
    named = value.named.get("name")
    first = given.pop(0) if given and isinstance(given[0].value, Embedded) else named
    if first is None and given and not isinstance(given[0].value, Made):
        first = given.pop(0)
    if first is None:
        return None
    name = identifier(first.value) if isinstance(first.value, Embedded) else hole(first.span)
    if isinstance(first.value, Embedded) and value.value(-1, "quote") is False:
        name = first.value
    members = [each.value for each in given if isinstance(each.value, Made) and _is_member(each)]
    kind = next((each for each in given if not _is_member(each)), value.named.get("type_"))
    nullable = value.named.get("nullable")
    said = None if nullable is None or nullable.value is None else flag(value, "nullable")
    primary = flag(value, "primary_key")
    server_default = value.value(-1, "server_default")
    if isinstance(server_default, Made) and last(server_default) in ("Identity", "Computed"):
        members.append(server_default)
    return Column(name, value, kind, tuple(members), primary, said)


def _is_member(given: Given) -> bool:
    return isinstance(given.value, Made) and last(given.value) in _MEMBERS


def serial_key(columns: list[Column], keys: set[str]) -> Column | None:
    """The one column of a primary key that numbers itself: an integer, alone unless it says so,
    that refers to nothing and has no default."""
    members = [each for each in columns if each.primary_key or each.name.text in keys]
    for each in members:
        said = each.made.value(-1, "autoincrement", Embedded("auto", ()))
        if type_sql(each.type.value if each.type else None) not in _SERIALS or said is False:
            continue
        numbered = each.made.value(-1, "default") is not None or each.member("Sequence") is not None
        sure = said is True or text_of(said) == "ignore_fk"
        alone = len(members) == 1 and not each.made.named.get("server_default")
        if sure or (alone and each.member("ForeignKey") is None):
            return None if numbered else each
    return None


def column_sql(
    each: Column,
    *,
    serial: bool = False,
    key: bool = False,
    named: Callable[[Given | None], Embedded | None],
) -> Embedded:
    """The column as CREATE TABLE and ADD COLUMN write it. `key`: a constraint makes it a member of
    the primary key; `named` gives its checks their names."""
    parts: list[Embedded | str] = [each.name, " "]
    kind = written_type(each.type)
    identity, computed = each.member("Identity"), each.member("Computed")
    if serial and identity is None and kind.text in _SERIALS and each.type is not None:
        parts.append(Embedded.plain(_SERIALS[kind.text], each.type.span))
    else:
        parts.append(kind)
        server = each.made.named.get("server_default")
        if server is not None and server.value is not None and not _is_member(server):
            parts += [" DEFAULT ", default(server)]
    if computed is not None:
        given = computed.argument(0, "sqltext")
        parts += [" GENERATED ALWAYS AS (", _or_unknown(given, computed), ")"]
        if computed.value(1, "persisted") is not None:
            parts.append(" STORED" if flag(computed, "persisted", 1) else " VIRTUAL")
    if identity is not None:
        parts += [" ", generated(identity), " AS IDENTITY", identity_options(identity)]
    nullable = each.nullable if each.nullable is not None else not (each.primary_key or key)
    if identity is None and not nullable:
        parts.append(at_argument(each.made, "nullable", " NOT NULL"))
    elif identity is not None and each.nullable:
        parts.append(" NULL")
    for member in each.members:
        if last(member) == "CheckConstraint":
            name = named(member.named.get("name"))
            head = () if name is None else ("CONSTRAINT ", name, " ")
            where = _or_unknown(member.argument(0, "sqltext"), member)
            parts.append(Embedded.join((" ", *head, "CHECK (", where, ")")))
    return whole(parts, each.made.span)


def at_argument(made: Made, name: str, text: str) -> Embedded:
    """A word of SQL where the keyword stands that asks for it."""
    given = made.named.get(name)
    return Embedded(text, ()) if given is None else Embedded.plain(text, given.span)


def whole(parts: list[Embedded | str], span: Span) -> Embedded:
    """Parts of one clause, which as a whole stands where its call does."""
    return Embedded.join(
        Embedded.plain(part, span) if isinstance(part, str) else part for part in parts
    )


def generated(made: Made) -> str:
    """GENERATED … of an Identity."""
    always = truth(made.value(0, "always", False)) is True
    return f"GENERATED {'ALWAYS' if always else 'BY DEFAULT'}"


def identity_options(made: Made) -> str:
    """(START WITH …) of an Identity; nothing where it says none."""
    inside = " ".join(sequence_options(made, 2))
    return f" ({inside})" if inside else ""


def sequence_options(made: Made, first: int) -> list[str]:
    """START WITH, INCREMENT BY … of an Identity or a Sequence, whose `start` is its argument of
    this number."""
    kind = type_sql(made.value(-1, "data_type"))
    options = [f"AS {kind}"] if kind else []
    for name, words in (
        ("increment", "INCREMENT BY"),
        ("start", "START WITH"),
        ("minvalue", "MINVALUE"),
        ("maxvalue", "MAXVALUE"),
        ("nominvalue", "NO MINVALUE"),
        ("nomaxvalue", "NO MAXVALUE"),
        ("cache", "CACHE"),
        ("cycle", "CYCLE"),
    ):
        value = made.value(_OPTIONS.index(name) + first, name)
        if isinstance(value, bool):
            options += [words if value or name != "cycle" else "NO CYCLE"]
        elif isinstance(value, int):
            options.append(f"{words} {value}")
    return options


_OPTIONS = "start increment minvalue maxvalue nominvalue nomaxvalue cycle cache".split()


def _or_unknown(given: Given | None, made: Made) -> Embedded:
    return unknown(made.span) if given is None else condition(given)


def listed_arguments(made: Made, position: int, name: str) -> list[Given]:
    """The members of a list that is an argument, each where the list stands."""
    given = made.argument(position, name)
    if given is None:
        return []
    if isinstance(given.value, Items):
        return [Given(each, given.span) for each in given.value.items]
    return [given]


def dotted(name: Embedded) -> Embedded:
    """A name that may say its schema before a dot."""
    at = name.text.rfind(".")
    if at < 0:
        return identifier(name)
    head, tail = name.cut(0, at), name.cut(at + 1, len(name.text))
    return Embedded.join((identifier(head), ".", identifier(tail)))
