"""The tables that stand before the first migration of the project: those of Django itself, and of
other apps that it uses."""

from __future__ import annotations

from collections.abc import Sequence

from migralint.migration import Migration, Root, Script, Statement, Transaction
from migralint.ops import CreateTable, Name, RenameTable, Unknown
from migralint.source import NOWHERE, Source
from migralint.tools.django.expressions import name
from migralint.tools.django.fields import HIDDEN, RELATIONS, is_hidden
from migralint.tools.django.state import OUTSIDE, Key, State, outside
from migralint.tools.files import Parse

_RUN = Transaction("file", "certain", "Django runs each migration in a transaction")
_BESIDE = (
    "auth_user_groups", "auth_user_user_permissions", "auth_group_permissions",
    "django_migrations",
)  # fmt: skip
"""Tables of Django's own that are no model's."""


def prelude(
    root: Root, state: State, migrations: Sequence[Migration], parse: Parse
) -> Migration | None:
    """A migration that nobody judges: it makes what the project's own refer to and do not make."""
    if not migrations:
        return None
    own = set(_made(migrations))
    wanted: dict[str, tuple[str, str]] = dict.fromkeys(_BESIDE, ("id", "integer"))
    keys: dict[Key, None] = dict.fromkeys(OUTSIDE)
    for model in state.models.values():
        for field in model.fields.values():
            if field.kind in RELATIONS or field.many:
                keys[state.target_key(field, model)] = None
    for key in keys:
        if key not in state.models and not is_hidden(key[1]):
            model = outside(key)
            type = OUTSIDE.get(key, ("", "", HIDDEN))[2]
            wanted[model.table] = next(iter(model.fields)), type
    statements: list[Statement] = []
    unknown: list[Name] = []
    for table, (column, type) in wanted.items():
        if table not in own:
            sql = f"CREATE TABLE {name(table)} ({name(column)} {type} PRIMARY KEY)"
            statements += parse(sql)
            unknown.append(Name(table))
    # Their other columns are nobody's to say.
    op = Unknown(span=NOWHERE, reason="of other apps", cause="dynamic", tables=tuple(unknown))
    statements.append(Statement(NOWHERE, "", (op,)))
    script = Script(Source(root.shown, ""), "up", tuple(statements), _RUN)
    return Migration("outside", script, kind="baseline", checked=False)


def _made(migrations: Sequence[Migration]) -> list[str]:
    """The tables that the project makes itself, under all their names."""
    found: list[str] = []
    for migration in migrations:
        for statement in migration.up.statements:
            for op in statement.ops:
                if isinstance(op, CreateTable):
                    found.append(op.table.name)
                elif isinstance(op, RenameTable):
                    found.append(op.to)
    return found
