"""The graph of migrations: which comes after which, as Django's own loader builds it, and what is
wrong with it."""

from __future__ import annotations

from msgspec import Struct

from migralint.migration import Problem
from migralint.source import Source, Span

Key = tuple[str, str]
"""(app, name)."""
FIRST, LATEST = "__first__", "__latest__"


class Node(Struct, frozen=True):
    """A migration. Apps are by key; `at` is where the file says what it comes after."""

    key: Key
    file: str
    source: Source
    parents: tuple[Key, ...] = ()
    before: tuple[Key, ...] = ()
    """run_before."""
    replaces: tuple[Key, ...] = ()
    at: Span = Span(0, 0)


class Graph:
    """Who comes after whom; what a squashed migration replaces is taken out, as on a database on
    which nothing has run yet."""

    def __init__(self, nodes: list[Node], unread: set[Key]) -> None:
        """`unread` are there, and what they come after is not known."""
        self.nodes = {node.key: node for node in nodes}
        self.problems: list[Problem] = []
        self.replaced: set[Key] = set()
        self.parents: dict[Key, set[Key]] = {key: set() for key in self.nodes}
        self._unread = unread
        self._apps = {key[0] for key in (*self.nodes, *unread)}
        self._missing: dict[Key, list[Node]] = {}
        for node in nodes:
            for parent in node.parents:
                if parent[0] == node.key[0] and parent[1] != FIRST:
                    self._join(node, node.key, parent)
        for node in nodes:
            for parent in node.parents:
                if parent[0] != node.key[0]:
                    self._join(node, node.key, self._meant(parent))
            for child in node.before:
                meant = self._meant(child)
                if meant in self.nodes:
                    self._join(node, meant, node.key)
        for node in nodes:
            if node.replaces:
                self._replace(node)
        for key, askers in self._missing.items():
            for asker in askers:
                if asker.key not in self.replaced:
                    self._tell_missing(asker, key)

    def _meant(self, key: Key) -> Key:
        """The migration that a dependency means; __first__ and __latest__ are the app's ends."""
        app = key[0]
        if key[1] not in (FIRST, LATEST) or app not in self._apps:
            return key
        own = [each for each in self.nodes if each[0] == app]
        if key[1] == FIRST:
            found = [each for each in own if not any(p[0] == app for p in self.parents[each])]
        else:
            taken = {parent for each in own for parent in self.parents[each]}
            found = [each for each in own if each not in taken]
        return min(found, default=key)

    def _join(self, asker: Node, child: Key, parent: Key) -> None:
        if parent in self.nodes:
            self.parents[child].add(parent)
        elif parent in self._unread:
            pass
        elif parent[0] in self._apps and parent[1] not in (FIRST, LATEST):
            self._missing.setdefault(parent, []).append(asker)

    def _replace(self, node: Node) -> None:
        gone = set(node.replaces) - {node.key}
        for key in gone:
            for asker in self._missing.pop(key, ()):
                if asker.key not in gone and asker.key != node.key:
                    self.parents[asker.key].add(node.key)
        for key in gone & set(self.parents):
            self.replaced.add(key)
            self.parents[node.key] |= self.parents.pop(key) - gone
        self.parents[node.key] -= {*gone, node.key}
        for key, parents in self.parents.items():
            if parents & gone:
                parents -= gone
                if key != node.key:
                    parents.add(node.key)

    def _tell_missing(self, asker: Node, key: Key) -> None:
        message = (
            f"This migration comes after {key[0]}.{key[1]}, which is not there: Django refuses "
            "to run any."
        )
        problem = Problem("missing-migration", message, asker.source.path, asker.at, asker.source)
        self.problems.append(problem)

    def ordered(self) -> list[Node]:
        """The migrations in the order in which `migrate` runs them: app by app, each after all
        that it comes after."""
        self._tell_leaves()
        done: dict[Key, None] = {}
        for target in self._leaves():
            self._walk(target, done)
        left = [key for key in sorted(self.parents) if key not in done]
        for key in left:
            self._walk(key, done)
        self._tell_cycle()
        return [self.nodes[key] for key in done]

    def _leaves(self) -> list[Key]:
        """What nothing of the same app comes after."""
        taken = {
            parent
            for key, parents in self.parents.items()
            for parent in parents
            if parent[0] == key[0]
        }
        return sorted(key for key in self.parents if key not in taken)

    def _tell_leaves(self) -> None:
        apps: dict[str, list[Key]] = {}
        for key in self._leaves():
            apps.setdefault(key[0], []).append(key)
        for app, leaves in apps.items():
            if len(leaves) < 2 or any(each[0] == app for each in self._unread):
                continue
            last = self.nodes[leaves[-1]]
            others = ", ".join(key[1] for key in leaves[:-1])
            message = (
                f"Nothing in the app {app} comes after this migration, nor after {others}: "
                "Django refuses to run any until one comes after the other, or a merge after both."
            )
            problem = Problem("several-heads", message, last.source.path, last.at, last.source)
            self.problems.append(problem)

    def _walk(self, start: Key, done: dict[Key, None]) -> None:
        """Depth first, as in Django's `iterative_dfs`."""
        stack = [(start, False)]
        entered: set[Key] = set()
        while stack:
            key, processed = stack.pop()
            if key in done:
                continue
            if processed:
                done[key] = None
            elif key not in entered:
                entered.add(key)
                stack.append((key, True))
                stack += [(parent, False) for parent in sorted(self.parents[key])]

    def _tell_cycle(self) -> None:
        """What never becomes free of what it waits for goes round in a circle."""
        waiting = {key: parents & self.parents.keys() for key, parents in self.parents.items()}
        after: dict[Key, list[Key]] = {}
        for key, parents in waiting.items():
            for parent in parents:
                after.setdefault(parent, []).append(key)
        free = [key for key, parents in waiting.items() if not parents]
        while free:
            gone = free.pop()
            del waiting[gone]
            for key in after.get(gone, ()):
                waiting[key].discard(gone)
                if not waiting[key]:
                    free.append(key)
        round_ = [key for key in sorted(waiting) if self._reaches(key, key, waiting)]
        if not round_:
            return
        first = self.nodes[round_[0]]
        names = ", ".join(f"{app}.{name}" for app, name in round_[:5])
        message = f"These migrations come after one another in a circle: {names}. Django refuses."
        problem = Problem("revision-cycle", message, first.source.path, first.at, first.source)
        self.problems.append(problem)

    def _reaches(self, start: Key, goal: Key, waiting: dict[Key, set[Key]]) -> bool:
        seen: set[Key] = set()
        stack = [start]
        while stack:
            for parent in waiting.get(stack.pop(), ()):
                if parent == goal:
                    return True
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return False
