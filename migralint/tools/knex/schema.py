"""What `knex.schema` sends, beside what tables are asked for (Knex 3.3, `lib/schema/compiler.js`
and those of the dialects)."""

from __future__ import annotations

from collections.abc import Callable

from migralint.languages.values import Closure, Made, Value, hole
from migralint.source import Embedded
from migralint.tools.knex.asked import Failed as Failed
from migralint.tools.knex.asked import gathered
from migralint.tools.knex.chains import last
from migralint.tools.knex.tables import Compiler
from migralint.tools.knex.tables import Sent as Sent
from migralint.tools.knex.values import Unclear, Words, bare, flag

LOOKS = frozenset(("hasTable", "hasColumn", "withSchema", "queryContext", "on", "once"))
"""What sends nothing that changes anything."""


def schema_of(made: Made) -> Value:
    """What `withSchema()` has said before."""
    at: Value = made
    while isinstance(at, Made):
        if last(at) == "withSchema":
            return at.value(0)
        at = at.of
    return None


def written(made: Made, words: Words) -> list[Sent | Failed]:
    """What one call on a schema builder sends."""
    name = last(made)
    if name in LOOKS:
        return []
    write = _METHODS.get(name)
    if write is None:
        return [Failed(made.span, f"`{name}` is no method of Knex's schemas that is known")]
    try:
        return write(made, words)
    except Unclear as why:
        return [Failed(made.span, why.reason or "a name in it is only known when the code runs")]


def _table(made: Made, words: Words) -> list[Sent | Failed]:
    name = last(made)
    function = next((each.value for each in made.given if isinstance(each.value, Closure)), None)
    creates = name.startswith("createTable")
    like = made.value(1) if name == "createTableLike" else None
    if function is None and like is None:
        return [Failed(made.span, "what it does is done in a function that is not read")]
    table = gathered(words.chains.below(made), words)
    span = made.given[0].span if made.given else made.span
    compiler = Compiler(words, made.value(0), schema_of(made), span, creates=creates)
    compiler.span = made.span
    try:
        if creates:
            compiler.create(table, like=like, guarded=name == "createTableIfNotExists")
        else:
            compiler.alter(table)
    except Unclear as why:
        reason = why.reason or "a name in it is only known when the code runs"
        compiler.sent.append(Failed(made.span, reason))
    return [*compiler.sent, *table.failed]


def _qualified(made: Made, words: Words, number: int = 0) -> Embedded:
    given = made.argument(number)
    name = words.name(made.value(number), made.span if given is None else given.span)
    schema = schema_of(made)
    return name if schema is None else Embedded.join((words.name(schema, made.span), ".", name))


def _dropping(what: str) -> Callable[[Made, Words], list[Sent | Failed]]:
    def write(made: Made, words: Words) -> list[Sent | Failed]:
        there = "if exists " if last(made).endswith("IfExists") else ""
        sql = Embedded.join((f"drop {what} {there}", _qualified(made, words)))
        return [Sent(sql, made.span)]

    return write


def _rename_table(made: Made, words: Words) -> list[Sent | Failed]:
    to = words.name(made.value(1), made.span)
    if words.is_mysql:
        before = words.name(made.value(0), made.span)
        return [Sent(Embedded.join(("rename table ", before, " to ", to)), made.span)]
    before = (
        _qualified(made, words) if words.is_postgresql else words.name(made.value(0), made.span)
    )
    return [Sent(Embedded.join(("alter table ", before, " rename to ", to)), made.span)]


def _rename_view(made: Made, words: Words) -> list[Sent | Failed]:
    before, to = (words.name(made.value(number), made.span) for number in (0, 1))
    if words.is_mysql:
        return [Sent(Embedded.join(("rename table ", before, " to ", to)), made.span)]
    return [Sent(Embedded.join(("alter view ", before, " rename to ", to)), made.span)]


def _of_schema(made: Made, words: Words) -> list[Sent | Failed]:
    name = last(made)
    what = "schema" if "Schema" in name else "extension"
    verb = "create" if name.startswith("create") else "drop"
    there = " if not exists" if name.endswith("IfNotExists") else ""
    there = " if exists" if name.endswith("IfExists") else there
    cascade = ""
    if what == "schema" and verb == "drop" and flag(made.argument(1), False):
        cascade = " cascade"
    named = words.name(made.value(0), made.span)
    return [Sent(Embedded.join((f"{verb} {what}{there} ", named, cascade)), made.span)]


def _refresh(made: Made, words: Words) -> list[Sent | Failed]:
    word = "concurrently " if flag(made.argument(1), False) else ""
    named = words.name(made.value(0), made.span)
    return [Sent(Embedded.join((f"refresh materialized view {word}", named)), made.span)]


def _view(made: Made, words: Words) -> list[Sent | Failed]:
    """createView and its kin: the function that is given says of what."""
    name = last(made)
    columns: Embedded | None = None
    select: Embedded | None = None
    option = ""
    for chain in words.chains.below(made):
        for each in chain.links:
            said = last(each)
            given = each.argument(0)
            if said == "columns" and given is not None:
                columns = words.names(given.value, given.span)
            elif said == "as" and given is not None and isinstance(given.value, Made):
                select = words.raw(given.value)
            elif said.lower().endswith("checkoption"):
                word = said[: -len("checkOption")]
                option = f" with {word} check option" if word else " with check option"
    if select is None:
        return [Failed(made.span, "what the view reads is only known when the code runs")]
    head = {
        "createViewOrReplace": "create or replace view ",
        "createMaterializedView": "create materialized view ",
    }.get(name, "create view ")
    view = _qualified(made, words)
    sent: list[Sent | Failed] = []
    if words.dialect == "sqlite" and "Replace" in name:
        sent.append(Sent(Embedded.join(("drop view if exists ", view)), made.span))
        head = "create view "
    listed: tuple[Embedded | str, ...] = () if columns is None else (" (", columns, ")")
    sent.append(Sent(Embedded.join((head, view, *listed, " as ", select, option)), made.span))
    return sent


def _alter_view(made: Made, words: Words) -> list[Sent | Failed]:
    view = _qualified(made, words)
    sent: list[Sent | Failed] = []
    for chain in words.chains.below(made):
        for each in chain.links:
            of = each.of
            column = of.value(0) if isinstance(of, Made) else None
            if last(each) == "rename":
                both = words.name(column, each.span), words.name(each.value(0), each.span)
                sql = Embedded.join(("alter view ", view, " rename ", both[0], " to ", both[1]))
                sent.append(Sent(sql, each.span))
            elif last(each) == "defaultTo":
                name = words.name(column, each.span)
                value = each.value(0)
                said = words.raw(value) if isinstance(value, Made) else bare(value, each.span)
                sql = Embedded.join(
                    ("alter view ", view, " alter ", name, " set default ", said or hole(each.span))
                )
                sent.append(Sent(sql, each.span))
    return sent


def _raw(made: Made, words: Words) -> list[Sent | Failed]:
    sql = words.bound(made)
    if sql is None:
        return [Failed(made.span, "the SQL is only known when the code runs")]
    return [Sent(sql, made.span)]


_METHODS: dict[str, Callable[[Made, Words], list[Sent | Failed]]] = {
    **dict.fromkeys(
        ("createTable", "createTableIfNotExists", "createTableLike", "alterTable", "table"), _table
    ),
    **dict.fromkeys(("dropTable", "dropTableIfExists"), _dropping("table")),
    **dict.fromkeys(("dropView", "dropViewIfExists"), _dropping("view")),
    **dict.fromkeys(
        ("dropMaterializedView", "dropMaterializedViewIfExists"), _dropping("materialized view")
    ),
    **dict.fromkeys(
        ("createSchema", "createSchemaIfNotExists", "dropSchema", "dropSchemaIfExists",
         "createExtension", "createExtensionIfNotExists", "dropExtension",
         "dropExtensionIfExists"), _of_schema
    ),
    **dict.fromkeys(("createView", "createViewOrReplace", "createMaterializedView"), _view),
    **dict.fromkeys(("view", "alterView"), _alter_view),
    "renameTable": _rename_table,
    "renameView": _rename_view,
    "refreshMaterializedView": _refresh,
    "raw": _raw,
}  # fmt: skip
