"""Django: Python migrations of several apps, in the order of their graph, read without running
them.

What an operation sends depends on the models as the migrations before it have left them, so these
are replayed beside the schema (Django 5.2, `django/db/migrations`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from migralint.languages import tree
from migralint.languages.evaluate import Evaluator
from migralint.languages.expressions import TooMuch
from migralint.languages.values import (
    Items,
    Kind,
    Made,
    Value,
    text_of,
    truth,
)
from migralint.migration import Migration, Problem, Project, Root, Script, Statement, Transaction
from migralint.ops import Name, Op, Other, Unknown
from migralint.source import NOWHERE, Source, Span
from migralint.tools import trees
from migralint.tools.code import commented, not_read, of_call, of_text, runs
from migralint.tools.django import models
from migralint.tools.django.catalog import Catalog
from migralint.tools.django.deferred import Sent
from migralint.tools.django.editor import Editor
from migralint.tools.django.graph import Graph, Key, Node
from migralint.tools.django.models import App
from migralint.tools.django.operations import (
    as_base,
    backwards,
    concerned,
    foreign,
    forwards,
    irreversible,
    known,
)
from migralint.tools.django.outside import prelude
from migralint.tools.django.project import Classes, Settings, label, modules, settings
from migralint.tools.django.state import NotKnown, State
from migralint.tools.django.world import world
from migralint.tools.files import Memory, Parse, is_checked, load, said_at_head, shown, wrapped

_FILE = Transaction("file", "certain", "Django runs each migration in a transaction")
_NONE = Transaction("statement", "certain", "the migration says atomic = False")
_BATCH = Transaction(
    "implicit-batch", "certain", "several statements in one string reach the server as one query"
)


class File(Struct, frozen=True, eq=False):
    """A migration as it is written."""

    name: str
    app: App
    source: Source
    module: tree.Module
    kind: Kind
    node: Node


def read(root: Root, parse: Parse, memory: Memory | None = None) -> Project:
    problems: list[Problem] = []
    said = settings(root)
    unread: list[tuple[str, str]] = []
    files, broken = _files(root, said, problems, unread, memory)
    graph = Graph([each.node for each in files], set(broken))
    order = graph.ordered()
    problems += graph.problems
    by_key = {each.node.key: each for each in files}
    reader = _Reader(root, parse, said)
    migrations = [reader.migration(by_key[node.key]) for node in order]
    outside = prelude(root, reader.state, migrations, parse)
    gone = len(graph.replaced)
    if said.routed:
        what = "routers may send migrations to a database of another kind; all are read as"
        unread.append((root.shown, f"{what} PostgreSQL's"))
    if gone:
        what = "a migration is" if gone == 1 else f"{gone} migrations are"
        unread.append((root.shown, f"{what} replaced by squashed ones, which are read instead"))
    return Project(
        root.shown,
        root.tool,
        root.dialect,
        (*([outside] if outside else []), *migrations, *broken.values()),
        tuple(problems),
        tuple(unread),
        has_down=True,
    )


def _files(
    root: Root,
    said: Settings,
    problems: list[Problem],
    unread: list[tuple[str, str]],
    memory: Memory | None,
) -> tuple[list[File], dict[Key, Migration]]:
    """The migrations of all apps, and those that cannot be read."""
    classes = Classes(root, memory)
    named = modules(root.path)
    apps: dict[str, App] = {}
    labels: dict[str, str] = {}
    found: list[File] = []
    broken: dict[Key, Migration] = {}
    for name in sorted(root.files):
        folder, _, base = name.rpartition("/")
        if not base.endswith(".py") or base[0] in "_~":
            continue
        of = named.get(os.path.join(root.path, *folder.split("/")))
        home = folder.rpartition("/")[0] if folder.endswith("migrations") and not of else folder
        if named and of is None and label(root, home) in named.values():
            instead = "MIGRATION_MODULES names another folder for this app, which is read instead"
            if (shown(root, folder), instead) not in unread:
                unread.append((shown(root, folder), instead))
            continue
        source = load(root, name, problems)
        if source is None:
            continue
        if home not in apps:
            own = of or label(root, home)
            key = own if labels.setdefault(own, home) == home else f"{own} in {home}"
            apps[home] = App(key, own, {}, said.user)
        app = apps[home]
        own_key = app.key, base[:-3]
        try:
            module = trees.python(source.text, memory)
            scope = Evaluator(world(said)).module(module)
        except tree.SyntaxProblem as why:
            broken[own_key] = _broken(root, name, source, str(why), why.at, "syntax")
            continue
        except TooMuch:
            reason = "it takes too many steps to be walked through"
            broken[own_key] = _broken(root, name, source, reason)
            continue
        kind = scope.names.get("Migration")
        if kind is None:
            problems.append(_no_class(source))
            continue
        if not isinstance(kind, Kind):
            broken[own_key] = _broken(root, name, source, "its Migration is from another file")
            continue
        _learn(classes, app, kind)
        node = _node(app, name, base[:-3], source, kind)
        found.append(File(name, app, source, module, kind, node))
    return found, broken


def _learn(classes: Classes, app: App, kind: Kind) -> None:
    """Look up the field classes that a migration names and Django does not have."""

    def look(value: Value, depth: int = 0) -> None:
        if isinstance(value, Items):
            for each in value.items:
                look(each, depth + 1)
        elif isinstance(value, Made):
            if "field" in value.path.lower() or "Key" in value.path:
                if not value.path.startswith(("django.", "?")) and value.path not in app.kinds:
                    app.kinds[value.path] = classes.own(value.path)
            for given in (*value.given, *value.named.values()):
                look(given.value, depth + 1)

    look(kind.scope.names.get("operations"))


def _node(app: App, file: str, name: str, source: Source, kind: Kind) -> Node:
    def keys(attribute: str) -> tuple[Key, ...]:
        rows = kind.scope.names.get(attribute)
        pairs = [each.items for each in getattr(rows, "items", ()) if isinstance(each, Items)]
        texts = [tuple(map(text_of, pair)) for pair in pairs if len(pair) == 2]
        return tuple(
            (app.key if one == app.label else one, other) for one, other in texts if one and other
        )

    place = _where(kind.node, "dependencies")
    return Node(
        (app.key, name),
        file,
        source,
        keys("dependencies"),
        keys("run_before"),
        keys("replaces"),
        place,
    )


def _where(node: tree.Class, name: str) -> Span:
    for statement in node.body:
        if isinstance(statement, tree.Assign):
            for target in statement.targets:
                if isinstance(target, tree.Name) and target.name == name:
                    return statement.span
    return node.span


def _no_class(source: Source) -> Problem:
    message = (
        "This file has no class Migration, and Django refuses every file of a folder of migrations "
        "without one whose name does not begin with _ or ~."
    )
    return Problem("migration-refused", message, source.path, source=source)


def _broken(
    root: Root,
    name: str,
    source: Source,
    reason: str,
    at: int = 0,
    cause: Literal["syntax", "dynamic"] = "dynamic",
) -> Migration:
    """A file that is not read: it is told, and what it does is not known."""
    span = Span(at, min(at + 1, len(source.text)))
    op = Unknown(span=span, reason=reason, cause=cause)
    line = source.line(source.position(at)[0])
    script = Script(source, "up", (Statement(span, line, (op,)),), _FILE)
    return Migration(shown(root, name), script, checked=is_checked(root, name))


class _Step(Struct, frozen=True, eq=False):
    """An operation that was taken, with the models before and after it."""

    call: Span
    op: Value
    before: State
    after: State
    unknown: str
    """Why it was not understood."""


def _undo(editor: Editor, app: App, step: _Step) -> None:
    editor.call = step.call
    unknown = step.unknown
    if not unknown:
        try:
            backwards(editor, app, step.op, step.after, step.before)
        except NotKnown as why:
            unknown = str(why)
    if unknown:
        editor.call = step.call
        editor.unsure(unknown)


class _Reader:
    """Goes from migration to migration, with the models and the database as they are then."""

    def __init__(self, root: Root, parse: Parse, said: Settings) -> None:
        self.root = root
        self.parse = parse
        self.state = State(said.auto)
        self.catalog = Catalog()
        self.before = _timeouts(said, parse)
        self._batches = 0

    def migration(self, file: File) -> Migration:
        names = file.kind.scope.names
        atomic = truth(names.get("atomic", True)) is not False
        comments = commented(file.module)
        head = _where(file.kind.node, "operations").start
        told = said_at_head(each for each in comments if each.span.start < head)
        if told is not None:
            atomic = told.scope not in ("none", "statement")
        transaction = told or wrapped(self.root, _FILE if atomic else _NONE)
        ops = names.get("operations")
        up = Editor(file.source, self.catalog)
        steps: list[_Step] = []
        listed: Sequence[Value] = []
        if isinstance(ops, Items):
            listed = ops.items
        if ops is not None and (not isinstance(ops, Items) or not ops.exact):
            up.call = _where(file.kind.node, "operations")
            up.unsure("the list of operations is only known when the code runs")
        for op in listed:
            self._step(file, up, op, steps)
        up.finish()
        refused = irreversible([as_base(op)[0] for op in listed])
        down: Script | None = None
        if refused is None:
            back = Editor(file.source, self.catalog.copy())
            for step in reversed(steps):
                _undo(back, file.app, step)
            back.finish()
            down = Script(
                file.source,
                "down",
                self._sent(back, atomic),
                transaction,
                before=self.before,
                problems=_live(back),
            )
        script = Script(
            file.source,
            "up",
            self._sent(up, atomic),
            transaction,
            comments,
            self.before,
            _live(up),
        )
        return Migration(
            ".".join(file.node.key),
            script,
            down,
            tuple(map(".".join, file.node.parents)),
            # Django marks it as applied where those that it replaces are.
            kind="baseline" if file.node.replaces else "versioned",
            checked=is_checked(self.root, file.name),
            irreversible=refused,
        )

    def _step(self, file: File, up: Editor, op: Value, steps: list[_Step]) -> None:
        before = self.state
        up.call = getattr(op, "span", _where(file.kind.node, "operations"))
        own, whole = as_base(op)
        unknown = "" if known(own) and whole else foreign(op)
        tables = concerned(op, file.app, before)
        if isinstance(own, Made) and known(own):
            after = before.copy()
            call = up.call
            try:
                models.forward(file.app, own, after)
                self.state = after
                if whole:
                    forwards(up, file.app, own, before, after)
            except NotKnown as why:
                unknown = str(why)
            up.call = call
            op = own
        if unknown:
            up.unsure(unknown, tables)
        steps.append(_Step(up.call, op, before, self.state, unknown))

    def _sent(self, editor: Editor, atomic: bool) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for each in editor.sent:
            made = self._statements(editor.source, each)
            if each.within is not None:
                made = [replace(statement, within=each.within) for statement in made]
            if not atomic and len(made) > 1:
                self._batches += 1
                made = [_batched(statement, self._batches) for statement in made]
            found += made
        return tuple(found)

    def _statements(self, source: Source, sent: Sent) -> list[Statement]:
        if sent.kind == "text":
            return of_text(sent.sql, self.parse, source, conditional=sent.conditional)
        if sent.kind == "nothing":
            text = source.text[sent.call.start : sent.call.end]
            return [Statement(sent.call, text, (Other(span=sent.call, what="NOTHING"),))]
        if sent.kind == "code":
            return [runs(source, sent.call, sent.said)]
        if sent.kind == "unknown":
            statement = not_read(source, sent.call, sent.said)
            tables = tuple(map(Name, sent.tables))
            told = tuple(replace(op, tables=tables) for op in statement.ops)
            return [replace(statement, ops=told)]
        return of_call(source, sent.call, sent.sql, self.parse, conditional=sent.conditional)


def _live(editor: Editor) -> tuple[Problem, ...]:
    """The models of today's code that functions of the migration use."""
    found: list[Problem] = []
    for span, model in editor.live:
        message = (
            f"This uses {model} as the code has it today, not as it is at this point of the "
            "history: once the model has another column, the migration fails on every new database."
        )
        source = editor.source
        found.append(Problem("model-of-today", message, source.path, span, source))
    return tuple(found)


def _timeouts(said: Settings, parse: Parse) -> tuple[Op, ...]:
    """The timeouts that the settings give every connection."""
    return tuple(
        replace(op, span=NOWHERE)
        for each, value in said.timeouts
        for statement in parse(f"SET {each} = '{value}'")
        for op in statement.ops
    )


def _batched(statement: Statement, number: int) -> Statement:
    return replace(statement, transaction=_BATCH, batch=number)
