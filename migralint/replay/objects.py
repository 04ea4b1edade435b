"""Views, sequences, triggers, types, functions, schemas; rows; settings."""

from __future__ import annotations

from msgspec.structs import replace

from migralint import naming, ops
from migralint.ops.base import Column, Constraint, Name, Type, quoted
from migralint.replay.base import (
    Places,
    columns_of,
    known_table,
    note_copied,
    note_rows,
    places_of,
    renamed,
    save,
    set_column,
)
from migralint.replay.columns import drop_column_of
from migralint.replay.relations import drop_relation, move
from migralint.schema import Kind, Policy, Schema, Table, Trigger


def create_view(schema: Schema, op: ops.CreateView) -> None:
    name = schema.home(op.view)
    old = schema.relations.get(name)
    if old and op.if_not_exists:
        return
    for read in old.reads if old else ():
        schema.take_from(schema.readers, read, name)
    reads = tuple(schema.resolve(read) for read in op.query.reads)
    uses = tuple((schema.resolve(relation), column) for relation, column in op.query.uses)
    columns, known = columns_of(schema, op.query, op.columns)
    view = Table(
        name,
        "matview" if op.materialized else "view",
        columns,
        born=old.born if old else schema.migration,
        reads=reads,
        uses=uses,
        populated=op.with_data,
        known=known,
    )
    schema.put(schema.relations, name, view)
    for read in reads:
        if read != name:
            schema.add_to(schema.readers, read, name)


def refresh_view(schema: Schema, op: ops.RefreshView) -> None:
    view = schema.table(op.view)
    if view is not None and view.populated != op.with_data:
        save(schema, view, populated=op.with_data)


def create_sequence(schema: Schema, op: ops.CreateSequence) -> None:
    name = schema.home(op.sequence)
    if not (op.if_not_exists and name in schema.relations):
        owned = (schema.resolve(op.owned_by[0]), op.owned_by[1]) if op.owned_by else None
        columns = (Column("last_value", op.type or Type("int8")),)
        schema.put(
            schema.relations,
            name,
            Table(name, "sequence", columns, born=schema.migration, owned_by=owned),
        )
        if owned:
            schema.add_to(schema.sequences, owned[0], name)


def alter_sequence(schema: Schema, op: ops.AlterSequence) -> None:
    sequence = schema.table(op.sequence)
    if sequence and op.owned_by:
        owner = schema.resolve(op.owned_by[0])
        save(schema, sequence, owned_by=(owner, op.owned_by[1]))
        schema.add_to(schema.sequences, owner, sequence.name)


def drop_sequence(schema: Schema, op: ops.DropSequence) -> None:
    schema.remove(schema.relations, schema.resolve(op.sequence))


def create_trigger(schema: Schema, op: ops.CreateTrigger) -> None:
    table = known_table(schema, op.table)
    others = tuple(each for each in table.triggers if each.name != op.name)
    save(schema, table, triggers=(*others, Trigger(op.name, op.columns, op.function)))


def drop_trigger(schema: Schema, op: ops.DropTrigger) -> None:
    table = schema.table(op.table)
    if table:
        save(schema, table, triggers=tuple(each for each in table.triggers if each.name != op.name))


def create_rule(schema: Schema, op: ops.CreateRule) -> None:
    table = known_table(schema, op.table)
    save(schema, table, rules=(*(each for each in table.rules if each != op.name), op.name))


def create_policy(schema: Schema, op: ops.CreatePolicy) -> None:
    table = known_table(schema, op.table)
    conditions = [each for each in (op.using, op.check) if each is not None]
    columns = tuple(column for condition in conditions for column in condition.columns)
    save(schema, table, policies=(*table.policies, Policy(op.name, columns)))


def drop_policy(schema: Schema, op: ops.DropPolicy) -> None:
    table = schema.table(op.table)
    if table:
        save(schema, table, policies=tuple(each for each in table.policies if each.name != op.name))


def create_statistics(schema: Schema, op: ops.CreateStatistics) -> None:
    if op.name:
        schema.put(schema.statistics, op.name, known_table(schema, op.table).name)


def create_type(schema: Schema, op: ops.CreateType) -> None:
    name = schema.home(op.name)
    kind = Kind(name, op.form, op.values, born=schema.migration, born_in=schema.transaction)
    schema.put(schema.types, name, kind)


def create_domain(schema: Schema, op: ops.CreateDomain) -> None:
    name = schema.home(op.name)
    schema.put(
        schema.types,
        name,
        Kind(
            name,
            "domain",
            base=op.type,
            not_null=op.not_null,
            default=op.default,
            constraints=op.constraints,
            born=schema.migration,
        ),
    )


def add_enum_value(schema: Schema, op: ops.AddEnumValue) -> None:
    kind = schema.type(op.type)
    if kind and op.value not in kind.values:
        fresh = (
            (*kind.fresh, (op.value, schema.transaction))
            if schema.transaction is not None
            else kind.fresh
        )
        schema.put(
            schema.types, kind.name, replace(kind, values=(*kind.values, op.value), fresh=fresh)
        )


def rename_enum_value(schema: Schema, op: ops.RenameEnumValue) -> None:
    kind = schema.type(op.type)
    if kind:
        schema.put(
            schema.types, kind.name, replace(kind, values=renamed(kind.values, op.value, op.to))
        )


def alter_domain(schema: Schema, op: ops.AlterDomain) -> None:
    kind = schema.type(op.name)
    if kind is None:
        return
    constraints = kind.constraints
    if op.action == "ADD CONSTRAINT" and op.constraint:
        name = op.constraint.name or naming.chosen(
            kind.name.name, "", "check", lambda each: any(c.name == each for c in kind.constraints)
        )
        constraints = (*constraints, replace(op.constraint, name=name))
    elif op.action == "DROP CONSTRAINT":
        constraints = tuple(each for each in constraints if each.name != op.constraint_name)
    elif op.action == "VALIDATE CONSTRAINT":
        constraints = tuple(
            replace(c, not_valid=False) if c.name == op.constraint_name else c for c in constraints
        )
    not_null = {"SET NOT NULL": True, "DROP NOT NULL": False}.get(op.action, kind.not_null)
    schema.put(schema.types, kind.name, replace(kind, constraints=constraints, not_null=not_null))


def drop_type(schema: Schema, op: ops.DropType) -> None:
    kind = schema.type(op.name)
    if kind:
        for table, column in columns_of_type(schema, kind.name):
            drop_column_of(schema, schema.relations[table], column)
        schema.remove(schema.types, kind.name)


def columns_of_type(schema: Schema, type: Name) -> list[tuple[Name, str]]:
    """(table, column) for every column of a type of the user's."""
    return [
        (table, column.name)
        for table in schema.typed.get(type, ())
        if table in schema.relations
        for column in schema.relations[table].columns
        if column.type is not None and schema.type_name(column.type) == type
    ]


def create_function(schema: Schema, op: ops.CreateFunction) -> None:
    schema.put(schema.functions, schema.home(op.name), op)


def drop_function(schema: Schema, op: ops.DropFunction) -> None:
    schema.remove(schema.functions, schema.function_name(op.name))


def create_schema(schema: Schema, op: ops.CreateSchema) -> None:
    if op.name not in schema.schemas:
        schema.put(schema.schemas, op.name, schema.migration)


def drop_schema(schema: Schema, op: ops.DropSchema) -> None:
    schema.remove(schema.schemas, op.name)
    for name in [each for each in schema.relations if each.schema == op.name]:
        drop_relation(schema, name)
    for name in [each for each in schema.types if each.schema == op.name]:
        schema.remove(schema.types, name)


def create_extension(schema: Schema, op: ops.CreateExtension) -> None:
    schema.put(schema.extensions, op.name, schema.migration)
    if op.name == "citext":
        name = Name("citext", op.schema or "public")
        schema.put(
            schema.types, name, Kind(name, "base", born=schema.migration, extension="citext")
        )


def drop_extension(schema: Schema, op: ops.DropExtension) -> None:
    schema.remove(schema.extensions, op.name)
    for kind in [each for each in schema.types.values() if each.extension == op.name]:
        drop_type(schema, ops.DropType(name=kind.name))


def rename_object(schema: Schema, op: ops.RenameObject) -> None:
    if op.kind in ("type", "domain"):
        kind = schema.type(op.name)
        if kind is None:
            return
        new = Name(op.to, kind.name.schema)
        for table, column in columns_of_type(schema, kind.name):
            owner = schema.relations[table]
            old_type = owner.column(column)
            if old_type and old_type.type:
                set_column(schema, owner, column, type=replace(old_type.type, name=op.to))
            schema.add_to(schema.typed, new, table)
        schema.remove(schema.types, kind.name)
        schema.put(schema.types, new, replace(kind, name=new))
    elif op.kind == "schema":
        schema.remove(schema.schemas, op.name.name)
        schema.put(schema.schemas, op.to, schema.migration)
        for name in [each for each in schema.relations if each.schema == op.name.name]:
            move(schema, name, Name(name.name, op.to))
    elif op.kind == "function":
        old = schema.function_name(op.name)
        if old in schema.functions:
            schema.put(schema.functions, Name(op.to, old.schema), schema.functions[old])
            schema.remove(schema.functions, old)
    elif op.table is not None and (holder := schema.table(op.table)):
        was = op.name.name
        if op.kind == "trigger":
            found = [replace(t, name=op.to) if t.name == was else t for t in holder.triggers]
            save(schema, holder, triggers=tuple(found))
        elif op.kind == "policy":
            named = [replace(p, name=op.to) if p.name == was else p for p in holder.policies]
            save(schema, holder, policies=tuple(named))


def fill(schema: Schema, op: ops.Insert | ops.Copy | ops.Update | ops.Delete | ops.Merge) -> None:
    table = schema.table(op.table)
    if table is None and isinstance(op, ops.Update) and not schema.complete:
        table = known_table(schema, op.table)
    if table is None:
        return
    if isinstance(op, ops.Insert) and op.query and "generate_series" in op.query.functions:
        schema.put(schema.filled, schema.migration, True)
    if isinstance(op, ops.Insert) and op.query:
        note_rows(schema, op.query, op.table)
    elif isinstance(op, ops.Update):
        column = f".{quoted(op.columns[0])}" if len(op.columns) == 1 else ""
        used = [each for each in op.uses if each[1] not in op.columns]
        note_copied(schema, places_of(schema, used, f"{op.table}{column}"), directly=False)
        read: Places = {}
        for relation, value, target in op.values:
            to = f"{op.table}.{quoted(target)}" if target else str(op.table)
            targets = read.setdefault(schema.resolve(relation), {})
            targets[value] = (*targets.get(value, ()), to)
        note_copied(schema, read, directly=True)
    if isinstance(op, (ops.Insert, ops.Copy, ops.Merge)):
        for name in schema.family(table.name):
            if not schema.relations[name].seeded or schema.relations[name].proven_empty:
                save(schema, schema.relations[name], seeded=True, proven_empty="")
    if schema.transaction is not None and defers(schema, table, op):
        schema.put(schema.pending, table.name, schema.transaction)


def truncate(schema: Schema, op: ops.Truncate) -> None:
    """TRUNCATE takes the pages away with the rows, of the tables that refer to these too."""
    waiting = [schema.resolve(name) for name in op.tables]
    done: set[Name] = set()
    while waiting and not op.conditional:
        name = waiting.pop()
        table = schema.relations.get(name)
        if name in done or table is None:
            continue
        done.add(name)
        save(schema, table, proven_empty=schema.migration)
        if not op.only:
            waiting += schema.children.get(name, ())
        if op.cascade:
            waiting += [other.name for other, _ in schema.referencing(name)]


def defers(schema: Schema, table: Table, op: ops.Op) -> bool:
    """Whether writing leaves trigger events for the end of the transaction: those of deferred
    foreign keys, which are queued only where a key changes."""
    own = [each for each in table.constraints if each.references and _waits(schema, each)]
    others = [each for _, each in schema.referencing(table.name) if _waits(schema, each)]
    if isinstance(op, ops.Update):
        changed = set(op.columns)
        return any(changed & set(each.columns) for each in own) or any(
            changed & set(each.referenced_columns) for each in others
        )
    return bool(others) if isinstance(op, ops.Delete) else bool(own)


def _immediate(schema: Schema) -> frozenset[str]:
    """The deferrable constraints that this transaction checks at once; `*` for all."""
    transaction, names = schema.facts.get("immediate", (None, frozenset()))
    return names if transaction == schema.transaction is not None else frozenset()


def _waits(schema: Schema, constraint: Constraint) -> bool:
    names = _immediate(schema)
    return constraint.initially_deferred and "*" not in names and constraint.name not in names


def set_constraints(schema: Schema, op: ops.SetConstraints) -> None:
    """Events that wait happen when the last constraint of their table is made immediate."""
    if schema.transaction is None or op.conditional:
        return
    said = frozenset(name.name for name in op.names) or frozenset("*")
    if not op.immediate:
        left = _immediate(schema) - said - {"*"} if op.names else frozenset()
        schema.put(schema.facts, "immediate", (schema.transaction, left))
        return
    schema.put(schema.facts, "immediate", (schema.transaction, _immediate(schema) | said))
    for name in [each for each, by in schema.pending.items() if by == schema.transaction]:
        table = schema.relations.get(name)
        both = [*(table.constraints if table else ()), *(c for _, c in schema.referencing(name))]
        if not any(_waits(schema, each) for each in both):
            schema.remove(schema.pending, name)


_OURS = ("current_user", "current_role", "session_user", "all")


def set_timeout(schema: Schema, op: ops.SetTimeout | ops.SetParameter) -> None:
    """What a role or a database has for the sessions to come: no name says that it is the role
    which runs migrations, while a database that a migration alters is taken for its own."""
    if op.role not in _OURS:
        return
    level = 2 * (op.role != "all") + (op.database is not None)
    left = {
        key: value
        for key, value in schema.defaults.items()
        if key[0] != level or op.name not in (key[1], "all")
    }
    if isinstance(op, ops.SetTimeout) and op.milliseconds is not None:
        left[level, op.name] = op.milliseconds
    schema.put(schema.settings, "defaults", left)


def set_parameter(schema: Schema, op: ops.SetParameter) -> None:
    if op.role is not None:
        if op.name == "all":
            set_timeout(schema, op)
        return
    if op.name == "search_path":
        parts = [part.strip().strip('"') for part in (op.value or "").split(",")]
        path = tuple(part for part in parts if part and part not in ("$user", "pg_catalog"))
        schema.put(schema.settings, "search_path", path if op.value is not None else ("public",))
    elif op.name == "all":
        schema.put(schema.settings, "search_path", ("public",))
        schema.put(schema.settings, "timezone", None)
    elif op.name == "timezone":
        schema.put(schema.settings, "timezone", op.value)


def doubt(schema: Schema, op: ops.Unknown | ops.RunCode) -> None:
    schema.doubt()
    tables = [schema.table(name) for name in getattr(op, "tables", ())]
    if getattr(op, "anywhere", False):
        tables = list(schema.relations.values())
    for table in tables:
        if table and table.known:
            save(schema, table, known=False)
