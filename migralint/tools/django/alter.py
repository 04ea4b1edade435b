"""Altering a field: what Django compares, and the statements that follow from it
(`BaseDatabaseSchemaEditor._alter_field`)."""

from __future__ import annotations

from migralint import naming
from migralint.tools.django.columns import db_default, own_fields
from migralint.tools.django.defaults import has_default, quoted
from migralint.tools.django.editor import Editor
from migralint.tools.django.expressions import name
from migralint.tools.django.fields import (
    AUTO,
    HIDDEN,
    RELATIONS,
    Field,
    check,
    compared,
    is_hidden,
    said,
)
from migralint.tools.django.indexes import Part
from migralint.tools.django.sides import Side, relations
from migralint.tools.django.state import Model, NotKnown, State, index_name


def should_be_altered(old: Side, new: Side, *, ignore: tuple[str, ...] = ()) -> bool:
    """Whether the database has to know of it at all."""
    one, other = old.field, new.field
    drop = list(ignore)
    if not other.many and one.kind in RELATIONS and other.kind in RELATIONS:
        if old.state.target(one, old.model).table == new.state.target(other, new.model).table:
            drop.append("to")
    if "db_default" in one.args and "db_default" in other.args:
        if db_default(one, old.model) == db_default(other, new.model):
            drop.append("db_default")
    if one.column != other.column:
        return True
    return bool(compared(one, ignore=tuple(drop)) != compared(other, ignore=tuple(drop)))


def alter_field(editor: Editor, table: Model, old: Side, new: Side) -> None:
    """`table` is the model whose table stands now."""
    if not should_be_altered(old, new):
        return
    if old.field.many and new.field.many:
        through = old.state.through(old.field, old.model), new.state.through(new.field, new.model)
        if through[0] is not None and through[1] is not None:
            alter_many(editor, old, new)
            return
        if through[0] is None and through[1] is None:
            return
    if not old.field.has_column or not new.field.has_column:
        if not old.field.kind or not new.field.kind:
            raise NotKnown("a field of the project's own may have a column or none")
        raise NotKnown("Django cannot alter a field with a column into one without, or back")
    _Alteration(editor, table, old, new).run()


def alter_many(editor: Editor, old: Side, new: Side) -> None:
    """A many-to-many field, whose table follows."""
    before = old.state.through(old.field, old.model)
    after = new.state.through(new.field, new.model)
    if before is None or after is None:
        return
    if before.table != after.table:
        editor.rename_table(before.table, after.table)
    names = [each for each in before.fields if each != "id"]
    others = [each for each in after.fields if each != "id"]
    for at in (1, 0):
        alter_field(
            editor,
            after,
            Side(old.state, before, before.fields[names[at]]),
            Side(new.state, after, after.fields[others[at]]),
        )


class _Alteration:
    def __init__(self, editor: Editor, table: Model, old: Side, new: Side) -> None:
        self.editor = editor
        self.model = table
        self.table = table.table
        self.old = old
        self.new = new
        self.actions: list[Part] = []
        self.after: list[str] = []

    def run(self) -> None:
        editor, old, new = self.editor, self.old.field, self.new.field
        dropped = self._drop_own_key()
        self._drop_unique()
        changed = self.old.type != self.new.type or self.old.collation != self.new.collation
        keyed = (old.primary_key and new.primary_key) or (old.unique and new.unique)
        follow: list[tuple[tuple[Model, Field], tuple[Model, Field]]] = []
        if keyed and changed:
            follow = self._pairs()
            for _, (model, field) in follow:
                for own in editor.catalog.names(model.table, "foreign key", (field.column,)):
                    editor.drop_key(model.table, own)
        keys = keyed and changed
        self._drop_index()
        conditions = check(old, "__column__"), check(new, "__column__")
        if conditions[0] and conditions[0] != conditions[1]:
            for own in editor.catalog.names(self.table, "check", (old.column,)):
                editor.execute(f"ALTER TABLE {name(self.table)} DROP CONSTRAINT {name(own)}")
                editor.catalog.drop(self.table, own)
        if old.column != new.column:
            self._rename()
        self._change_type()
        temporary = self._change_value()
        for each in self.after:
            editor.execute(each)
        if old.primary_key and not new.primary_key:
            for own in editor.catalog.names(self.table, "primary key", None):
                editor.execute(f"ALTER TABLE {name(self.table)} DROP CONSTRAINT {name(own)}")
                editor.catalog.drop(self.table, own)
        if not new.primary_key and new.unique and (not old.unique or old.primary_key):
            editor.create_unique(self.table, (new.column,))
        if (not old.db_index or old.unique) and new.db_index and not new.unique:
            editor.create_index(self.table, (new.column,))
        if not old.primary_key and new.primary_key:
            self._make_key()
            follow += self._pairs()
        for before, after in follow:
            self._follow(before, after)
        if new.constrained and (dropped or not old.constrained):
            editor.add_key(self.model, self.new.state, new)
        if keys:
            for _, (model, field) in follow:
                if field.constrained:
                    editor.add_key(model, self.new.state, field, "_fk")
        if conditions[1] and conditions[0] != conditions[1]:
            own = index_name(self.table, [new.column], "_check")
            text = check(new, new.column)
            editor.execute(
                f"ALTER TABLE {name(self.table)} ADD CONSTRAINT {name(own)} CHECK ({text})"
            )
            editor.catalog.add(self.table, "check", own, (new.column,))
        if temporary:
            editor.execute(f"{self._alter_column()} DROP DEFAULT")
        self._like_indexes()

    def _alter_column(self) -> str:
        return f"ALTER TABLE {name(self.table)} ALTER COLUMN {name(self.new.field.column)}"

    def _drop_own_key(self) -> bool:
        old = self.old.field
        if not old.constrained or not should_be_altered(self.old, self.new, ignore=("db_comment",)):
            return False
        names = self.editor.catalog.names(self.table, "foreign key", (old.column,))
        for own in names:
            self.editor.drop_key(self.table, own)
        return bool(names)

    def _drop_unique(self) -> None:
        old, new = self.old.field, self.new.field
        if not old.unique or (new.unique and (old.primary_key or not new.primary_key)):
            return
        kept = {own for own, _ in self.old.model.constraints}
        for own in self.editor.catalog.names(self.table, "unique", (old.column,)):
            if own not in kept:
                self.editor.execute(f"ALTER TABLE {name(self.table)} DROP CONSTRAINT {name(own)}")
                self.editor.catalog.drop(self.table, own)

    def _drop_index(self) -> None:
        old, new = self.old.field, self.new.field
        if not old.db_index or old.unique or (new.db_index and not new.unique):
            return
        kept = {own for own, _ in self.old.model.indexes}
        for own in self.editor.catalog.names(self.table, "index", (old.column,)):
            if own not in kept:
                self.editor.remove_index(own, self.table)

    def _rename(self) -> None:
        old, new = self.old.field.column, self.new.field.column
        self.editor.execute(
            f"ALTER TABLE {name(self.table)} RENAME COLUMN {name(old)} TO {name(new)}"
        )
        self.editor.rename_column(self.table, old, new)

    def _change_type(self) -> None:
        """The type, and what an identity column and a LIKE index need for it."""
        editor, old, new = self.editor, self.old, self.new
        suffixes = [each.field.kind in AUTO for each in (old, new)]
        comments = [each.field.text("db_comment") for each in (old, new)]
        if (
            old.type == new.type
            and old.collation == new.collation
            and suffixes[0] == suffixes[1]
            and comments[0] == comments[1]
        ):
            if is_hidden(new.type or "") and not self._same_unknown():
                editor.unsure(_unknown(old.field, new.field))
            return
        if is_hidden(old.type or "") or is_hidden(new.type or ""):
            editor.unsure(_unknown(old.field, new.field))
            return
        part, after = type_change(editor, self.table, old, new)
        self.actions.append(part)
        self.after += after

    def _same_unknown(self) -> bool:
        old, new = self.old.field, self.new.field
        if old.kind in RELATIONS and new.kind in RELATIONS:
            return True
        names = ("max_length", "base_field", "output_field", "max_digits", "decimal_places")
        return old.path == new.path and all(
            said(old.arg(each)) == said(new.arg(each)) for each in names
        )

    def _change_value(self) -> bool:
        """Defaults and nulls; whether a default stands only for the time being."""
        editor, old, new = self.editor, self.old.field, self.new.field
        own = name(new.column)
        if "db_default" in new.args:
            sql, _ = db_default(new, self.new.model)
            if "db_default" not in old.args or said(old.args["db_default"]) != said(
                new.args["db_default"]
            ):
                self.actions.append(new.at("db_default", f"ALTER COLUMN {own} SET DEFAULT {sql}"))
        elif "db_default" in old.args:
            self.actions.append(new.at("", f"ALTER COLUMN {own} DROP DEFAULT"))
        temporary = False
        value = self.new.default
        tightened = old.null and not new.null
        if tightened and "db_default" not in new.args:
            if value is not None and (self.old.default != value or is_hidden(value)):
                temporary = True
                self.actions.append(new.at("", f"ALTER COLUMN {own} SET DEFAULT {value}"))
        nulls: list[Part] = []
        if old.null != new.null:
            text = "DROP NOT NULL" if new.null else "SET NOT NULL"
            nulls.append(new.at("null", f"ALTER COLUMN {own} {text}"))
        four_way = (has_default(new) or "db_default" in new.args) and tightened
        if not four_way:
            self.actions += nulls
        if self.actions:
            parts: list[Part] = []
            for each in self.actions:
                parts += [", " if parts else "", each]
            editor.execute(f"ALTER TABLE {name(self.table)} ", *parts)
        if four_way:
            filled = db_default(new, self.new.model)[0] if "db_default" in new.args else value
            editor.execute(
                f"UPDATE {name(self.table)} SET {own} = ",
                new.at("", filled or "NULL"),
                f" WHERE {own} IS NULL; SET CONSTRAINTS ALL IMMEDIATE",
            )
            for each in nulls:
                editor.execute(f"ALTER TABLE {name(self.table)} ", each)
        return temporary

    def _pairs(self) -> list[tuple[tuple[Model, Field], tuple[Model, Field]]]:
        before, after = relations(self.old), relations(self.new)
        return list(zip(before, after, strict=False))

    def _make_key(self) -> None:
        column = self.new.field.column
        own = index_name(self.table, [column], "_pk")
        self.editor.execute(
            f"ALTER TABLE {name(self.table)} ADD ",
            self.new.field.at(
                "primary_key", f"CONSTRAINT {name(own)} PRIMARY KEY ({name(column)})"
            ),
        )
        self.editor.catalog.add(self.table, "primary key", own, (column,))

    def _follow(self, before: tuple[Model, Field], after: tuple[Model, Field]) -> None:
        """A column that refers to the key gets its type."""
        old, new = Side(self.old.state, *before), Side(self.new.state, *after)
        part, more = type_change(self.editor, after[0].table, old, new)
        self.editor.execute(f"ALTER TABLE {name(after[0].table)} ", part)
        for each in more:
            self.editor.execute(each)

    def _like_indexes(self) -> None:
        editor, old, new = self.editor, self.old, self.new
        one, other = old.field, new.field
        types = old.type or "", new.type or ""
        if (
            (not (one.db_index or one.unique) and other.db_index)
            or (not one.unique and other.unique)
            or _leaves_text(one, *types)
        ):
            opclass = editor.like_class(self.model, new.state, other, types[1])
            if opclass:
                own = index_name(self.table, [other.column], "_like")
                editor.execute(
                    f"CREATE INDEX {name(own)} ON {name(self.table)} "
                    f"({name(other.column)} {opclass})"
                )
                editor.catalog.add(self.table, "index", own, (other.column,))
        if one.unique and not (other.db_index or other.unique):
            editor.remove_index(index_name(self.table, [one.column], "_like"), self.table)


def _leaves_text(field: Field, old: str, new: str) -> bool:
    return (field.db_index or field.unique) and any(
        old.startswith(each) and not new.startswith(each) for each in ("varchar", "text", "citext")
    )


def _unknown(old: Field, new: Field) -> str:
    inner = [each.arg("base_field") for each in (new, old)]
    fields = [*(each for each in inner if isinstance(each, Field)), new, old]
    own = next((each for each in fields if not each.kind), new)
    return (
        "whether the type of the column changes is not known: "
        f"{own.path.rpartition('.')[2] or own.path} is no field of Django's own"
    )


def type_change(editor: Editor, table: str, old: Side, new: Side) -> tuple[Part, list[str]]:
    """`ALTER COLUMN … TYPE …`, and what has to come after it."""
    one, other = old.field, new.field
    type = new.type or HIDDEN
    if _leaves_text(one, old.type or "", type):
        editor.remove_index(index_name(table, [one.column], "_like"), table)
    using = ""
    if other.kind != "GeneratedField":
        arrays = one.kind == other.kind == "ArrayField"
        differ = old.base_types() != new.base_types() if arrays else old.data_type != new.data_type
        using = f" USING {name(other.column)}::{type}" if differ else ""
    collation = f" COLLATE {name(new.collation)}" if new.collation else ""
    after: list[str] = []
    auto = one.kind in AUTO, other.kind in AUTO
    column = f"ALTER TABLE {name(table)} ALTER COLUMN {name(other.column)}"
    sequences = editor.catalog.names(table, "sequence", (other.column,))
    if auto == (False, True):
        collation = ""
        after.append(f"{column} ADD GENERATED BY DEFAULT AS IDENTITY")
        made = naming.made(table, other.column, "seq")
        editor.catalog.add(table, "sequence", made, (other.column,))
    elif auto == (True, False):
        editor.execute(f"{column} DROP IDENTITY IF EXISTS")
        for each in sequences:
            editor.catalog.drop(table, each)
    elif auto == (True, True) and one.kind != other.kind:
        after += [f"ALTER SEQUENCE IF EXISTS {name(each)} AS {type}" for each in sequences]
    if one.text("db_comment") != other.text("db_comment") and auto in ((False, False),):
        comment = quoted(other.text("db_comment") or "")
        after.append(f"COMMENT ON COLUMN {name(table)}.{name(other.column)} IS {comment}")
    text = f"ALTER COLUMN {name(other.column)} TYPE {type}{collation}{using}"
    return other.at("", text), after


def rename_model(editor: Editor, before: State, after: State, old: Model, new: Model) -> None:
    """A model's table, and what refers to it under its old name."""
    editor.rename_table(old.table, new.table)
    for model, field in before.related(old.key):
        if field.text("related_name") == "+" and not field.many:
            continue
        key = new.key if model.key == old.key else model.key
        if key not in after.models or field.name not in after.models[key].fields:
            continue
        now = after.models[key]
        alter_field(
            editor, now, Side(before, model, field), Side(after, now, now.fields[field.name])
        )
    for field in own_fields(old, before):
        if not field.many or field.name not in new.fields:
            continue
        if before.target_key(field, old) == old.key:
            continue
        alter_many(editor, Side(before, old, field), Side(after, new, new.fields[field.name]))
