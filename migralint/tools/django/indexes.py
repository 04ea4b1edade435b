"""Django's Index and constraint objects in SQL (Django 5.2, `db/models/indexes.py`,
`db/models/constraints.py`, `contrib/postgres`)."""

from __future__ import annotations

from migralint.languages.values import Items, Made, Pairs, Symbol, Value, text_of
from migralint.source import Embedded, Span
from migralint.tools.django.expressions import condition, key, last, name
from migralint.tools.django.fields import HIDDEN
from migralint.tools.django.state import Model, own_index_name

METHODS = {
    "BTreeIndex": "btree", "BrinIndex": "brin", "GinIndex": "gin", "GistIndex": "gist",
    "HashIndex": "hash", "SpGistIndex": "spgist", "BloomIndex": "bloom",
}  # fmt: skip
_STORAGE = (
    "fillfactor", "deduplicate_items", "autosummarize", "pages_per_range", "fastupdate",
    "gin_pending_list_limit", "buffering", "length",
)  # fmt: skip
_OPERATORS = {
    "EQUAL": "=", "NOT_EQUAL": "<>", "CONTAINS": "@>", "CONTAINED_BY": "<@", "OVERLAPS": "&&",
    "FULLY_LT": "<<", "FULLY_GT": ">>", "NOT_LT": "&>", "NOT_GT": "&<", "ADJACENT_TO": "-|-",
}  # fmt: skip
CONSTRAINTS = ("UniqueConstraint", "CheckConstraint", "ExclusionConstraint")

Part = Embedded | str


def placed(text: str, span: Span | None) -> Part:
    """Words of SQL, and where the file says them."""
    return text if span is None else Embedded.plain(text, span)


def written_at(value: Value) -> Span | None:
    """Where a string is written."""
    if isinstance(value, Embedded) and value.pieces:
        return value.to_host(Span(0, len(value.text)))
    return None


def at(made: Made, argument: str, text: str, here: bool) -> Part:
    """Words that stand for an argument of an object that is written here."""
    given = made.named.get(argument)
    return placed(text, given.span if given is not None and here else None)


def names_in(value: Value) -> list[str]:
    """The strings of a list."""
    items = value.items if isinstance(value, Items) else []
    return [said if (said := text_of(each)) is not None else HIDDEN for each in items]


def is_index(value: Value) -> bool:
    return isinstance(value, Made) and last(value).endswith("Index")


def index_name(made: Made, model: Model) -> str:
    """The name of an Index: its own, or what Django makes of its fields."""
    said = text_of(made.value(-1, "name"))
    if said:
        return said
    if "name" in made.named and made.named["name"].value is not None:
        return HIDDEN
    columns = [(model.column(each.removeprefix("-")), each[:1] == "-") for each in _fields(made)]
    suffix = METHODS.get(last(made), "idx")
    return own_index_name(model.table, columns, suffix) if columns else HIDDEN


def _fields(made: Made) -> list[str]:
    return names_in(made.value(-1, "fields"))


def _keys(made: Made, model: Model, here: bool) -> list[Part]:
    """The keys of an index or a unique constraint, with commas between them."""
    classes = names_in(made.value(-1, "opclasses"))
    found: list[Part] = []
    items = made.value(-1, "fields")
    for number, item in enumerate(items.items if isinstance(items, Items) else []):
        said = text_of(item)
        column = HIDDEN if said is None else name(model.column(said.removeprefix("-")))
        order = ["DESC"] if (said or "").startswith("-") else []
        text = " ".join([column, *classes[number : number + 1], *order])
        found += [", " if found else "", placed(text, written_at(item) if here else None)]
    for given in made.given:
        text = key(given.value, model)
        found += [", " if found else "", placed(text, given.span if here else None)]
    return found


def _include(made: Made, model: Model, here: bool) -> Part:
    columns = [name(model.column(each)) for each in names_in(made.value(-1, "include"))]
    return at(made, "include", f" INCLUDE ({', '.join(columns)})", here) if columns else ""


def _where(made: Made, model: Model, here: bool) -> Part:
    value = made.value(-1, "condition")
    if value is None:
        return ""
    return at(made, "condition", f" WHERE {condition(value, model)}", here)


def _storage(made: Made) -> str:
    """WITH (…)."""
    found: list[str] = []
    for option in _STORAGE:
        value = made.value(-1, option)
        if isinstance(value, bool):
            found.append(f"{option} = {'on' if value else 'off'}")
        elif isinstance(value, int):
            found.append(f"{option} = {value}")
    for number, value in enumerate(_numbers(made.value(-1, "columns")), 1):
        found.append(f"col{number} = {value}")
    return f" WITH ({', '.join(found)})" if found else ""


def _numbers(value: Value) -> list[int]:
    items = value.items if isinstance(value, Items) else []
    return [each for each in items if isinstance(each, int)]


def index_sql(
    made: Made, model: Model, head: Part, *, here: bool, concurrently: bool = False
) -> Embedded:
    """CREATE INDEX; `head` stands at the front and says CREATE."""
    method = METHODS.get(last(made))
    word = "INDEX CONCURRENTLY " if concurrently else "INDEX "
    tablespace = text_of(made.value(-1, "db_tablespace"))
    parts: list[Part] = [head, word, at(made, "name", name(index_name(made, model)), here)]
    parts += [f" ON {name(model.table)}", f" USING {method}" if method else "", " ("]
    parts += [*_keys(made, model, here), ")", _include(made, model, here), _storage(made)]
    parts += [f" TABLESPACE {name(tablespace)}" if tablespace else "", _where(made, model, here)]
    return Embedded.join(parts)


# Constraints


def constraint_name(made: Made) -> str:
    return text_of(made.value(-1, "name")) or text_of(made.value(0)) or HIDDEN


def by_index(made: Made) -> bool:
    """A unique constraint that PostgreSQL only has as an index."""
    return last(made) == "UniqueConstraint" and bool(
        made.given or any(_given(made, each) for each in ("condition", "include", "opclasses"))
    )


def _given(made: Made, argument: str) -> bool:
    value = made.value(-1, argument)
    return value is not None and not (isinstance(value, (Items, Pairs)) and not value.items)


def later(made: Made) -> bool:
    """A constraint that CREATE TABLE does not bring along."""
    return by_index(made) or (
        last(made) == "UniqueConstraint" and made.value(-1, "nulls_distinct") is not None
    )


def _nulls(made: Made) -> str:
    distinct = made.value(-1, "nulls_distinct")
    return {True: " NULLS DISTINCT", False: " NULLS NOT DISTINCT"}.get(distinct, "")


def _deferral(made: Made) -> str:
    value = made.value(-1, "deferrable")
    said = value.path if isinstance(value, Symbol) else ""
    if value is None:
        return ""
    word = "IMMEDIATE" if said.upper().rstrip("]").endswith("IMMEDIATE") else "DEFERRED"
    return f" DEFERRABLE INITIALLY {word}"


def inline(made: Made, model: Model, *, here: bool) -> Embedded:
    """CONSTRAINT … as CREATE TABLE writes it."""
    kind = last(made)
    own = at(made, "name", name(constraint_name(made)), here)
    parts: list[Part] = ["CONSTRAINT ", own, " "]
    if kind == "UniqueConstraint":
        parts += ["UNIQUE", _nulls(made), " (", *_keys(made, model, here), ")", _deferral(made)]
    elif kind == "CheckConstraint":
        argument = "condition" if "condition" in made.named else "check"
        text = condition(made.value(-1, argument), model)
        parts += ["CHECK (", at(made, argument, text, here), ")"]
    else:
        parts += _exclusion(made, model, here)
    return Embedded.join(parts)


def _exclusion(made: Made, model: Model, here: bool) -> list[Part]:
    method = text_of(made.value(-1, "index_type")) or "GIST"
    keys: list[str] = []
    pairs = made.value(-1, "expressions")
    for pair in pairs.items if isinstance(pairs, Items) else []:
        if isinstance(pair, Items) and len(pair.items) == 2:
            keys.append(f"{key(pair.items[0], model)} WITH {_operator(pair.items[1])}")
    parts: list[Part] = [f"EXCLUDE USING {method} ("]
    parts += [at(made, "expressions", ", ".join(keys) or HIDDEN, here), ")"]
    parts.append(_include(made, model, here))
    where = made.value(-1, "condition")
    if where is not None:
        parts.append(at(made, "condition", f" WHERE ({condition(where, model)})", here))
    return [*parts, _deferral(made)]


def _operator(value: Value) -> str:
    said = text_of(value)
    return said if said is not None else _OPERATORS.get(last(value), "&&")


def created(made: Made, model: Model, heads: tuple[Part, Part], *, here: bool) -> Embedded:
    """The statement that adds a constraint; `heads` say CREATE and ALTER."""
    create, alter = heads
    if by_index(made):
        parts: list[Part] = [create, "UNIQUE INDEX "]
        parts += [at(made, "name", name(constraint_name(made)), here), f" ON {name(model.table)} ("]
        parts += [*_keys(made, model, here), ")", _include(made, model, here), _nulls(made)]
        return Embedded.join([*parts, _where(made, model, here)])
    return Embedded.join([alter, f"TABLE {name(model.table)} ADD ", inline(made, model, here=here)])


def removed(made: Made, model: Model) -> str:
    """The statement that takes a constraint away, but for its first word."""
    own = name(constraint_name(made))
    if by_index(made):
        return f"DROP INDEX IF EXISTS {own}"
    return f"ALTER TABLE {name(model.table)} DROP CONSTRAINT {own}"


def columns_of(made: Made, model: Model) -> tuple[str, ...]:
    """The columns of an index or unique constraint that is over fields."""
    return tuple(model.column(each.removeprefix("-")) for each in _fields(made))
