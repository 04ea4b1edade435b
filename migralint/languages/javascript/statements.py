"""JavaScript's statements as the tree has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace
from tree_sitter import Node

from migralint.languages import tree
from migralint.languages.javascript.expressions import Expressions
from migralint.languages.javascript.literals import is_accessor, named
from migralint.source import Span

_NOTHING = frozenset(
    "comment html_comment hash_bang_line empty_statement debugger_statement ambient_declaration "
    "interface_declaration type_alias_declaration function_signature import_alias".split()
)
_LEAVES = {
    "return_statement": "return",
    "throw_statement": "raise",
    "break_statement": "break",
    "continue_statement": "continue",
}
_SWITCH = "(switch)"
_CASES = 100
"""Each case of a `switch` stands in the one before."""


class Statements(Expressions):
    def block(self, nodes: Iterable[Node]) -> tuple[tree.Statement, ...]:
        """Statements; functions are there before the first of them runs."""
        held, self.classes = self.classes, []
        functions: list[tree.Statement] = []
        found: list[tree.Statement] = []
        for node in nodes:
            for each in self.statement(node):
                found += self.classes
                self.classes = []
                (functions if isinstance(each, tree.Function) else found).append(each)
        self.classes = held
        return (*functions, *found)

    def suite(self, node: Node | None) -> tuple[tree.Statement, ...]:
        """The statements of a body, which may be one without braces."""
        return self.block([] if node is None else [node])

    def statement(self, node: Node) -> Iterator[tree.Statement]:
        kind = node.type
        if kind in _NOTHING:
            return
        span = self.span(node)
        if kind == "expression_statement":
            yield tree.Do(span, self.inner(node))
        elif kind in ("lexical_declaration", "variable_declaration", "using_declaration"):
            yield from self.declared(node)
        elif kind in ("function_declaration", "generator_function_declaration"):
            yield tree.Function(span, self.field(node, "name"), *self.parts(node))
        elif kind in ("class_declaration", "abstract_class_declaration"):
            yield from self.decorated(node)
            yield self.class_(node, self.field(node, "name"))
        elif kind in _LEAVES:
            inside = [each for each in named(node) if each.type != "statement_identifier"]
            value = self.optional(inside[0] if inside else None)
            yield tree.Leave(span, _LEAVES[kind], value)  # type: ignore[arg-type]
        elif kind == "statement_block":
            yield from self.block(node.named_children)
        elif kind == "if_statement":
            yield self.if_(node)
        elif kind == "for_in_statement":
            yield self.for_each(node)
        elif kind in ("for_statement", "while_statement", "do_statement"):
            yield from self.loop(node)
        elif kind == "switch_statement":
            yield self.switch(node)
        elif kind == "try_statement":
            yield self.try_(node)
        elif kind == "labeled_statement":
            yield from self.suite(node.child_by_field_name("body"))
        elif kind == "import_statement":
            yield tree.Import(span, tuple(self.imported(node)))
        elif kind == "export_statement":
            yield from self.exported(node)
        elif kind == "enum_declaration":
            yield self.enum(node)
        else:
            yield tree.Opaque(span)

    def field(self, node: Node, name: str) -> str:
        found = node.child_by_field_name(name)
        return "" if found is None else self.written(found)

    def declared(self, node: Node) -> Iterator[tree.Statement]:
        for each in named(node):
            if each.type != "variable_declarator":
                continue
            target = self.target(each.child_by_field_name("name"))
            value = self.optional(each.child_by_field_name("value"))
            span = self.span(each)
            if isinstance(target, tree.Name) and isinstance(value, tree.Name):
                made = self.classes[-1] if self.classes else None
                if made is not None and made.name == value.name == f"(class {made.span.start})":
                    # A class without a name is called as the constant is.
                    self.classes[-1] = replace(made, name=target.name)
                    value = target
            yield tree.Assign(span, (target,), value or tree.Constant(span, None))

    def decorated(self, node: Node) -> Iterator[tree.Statement]:
        """The decorators before a class: calls, for the most part."""
        for each in node.children:
            if each.type == "decorator" and named(each):
                yield tree.Do(self.span(each), self.expression(named(each)[0]))

    def class_(self, node: Node, name: str) -> tree.Class:
        bases: list[tree.Expression] = []
        for each in node.named_children:
            if each.type == "class_heritage":
                extends = [part for part in named(each) if part.type != "implements_clause"]
                bases += [
                    self.expression(part.child_by_field_name("value") or part) for part in extends
                ]
        body = node.child_by_field_name("body")
        members = [] if body is None else named(body)
        return tree.Class(
            self.span(node),
            name,
            tuple(bases),
            tuple(made for each in members for made in self.of_class(each)),
        )

    def of_class(self, node: Node) -> Iterator[tree.Statement]:
        """A method or a field; a field without a value is none."""
        span = self.span(node)
        field = node.child_by_field_name("name") or node.child_by_field_name("property")
        key = None if field is None else self.key(field)
        name = key.value.text if isinstance(key, tree.Text) else ""
        if node.type == "method_definition" and name:
            if is_accessor(node) and key is not None:
                # What it gives is not read; it hides what a base has of its name.
                yield tree.Assign(span, (tree.Name(key.span, name),), tree.Opaque(span))
            else:
                yield tree.Function(span, name, *self.parts(node))
        elif node.type in ("public_field_definition", "field_definition") and name:
            value = node.child_by_field_name("value")
            if value is not None and key is not None:
                target = tree.Name(key.span, name)
                yield tree.Assign(span, (target,), self.expression(value))
        elif node.type not in (
            "method_signature",
            "abstract_method_signature",
            "index_signature",
            "class_static_block",
        ):
            yield tree.Opaque(span)
        elif node.type == "class_static_block":
            yield from self.suite(node.child_by_field_name("body"))

    def parts(self, node: Node) -> tuple[tuple[tree.Parameter, ...], tuple[tree.Statement, ...]]:
        """A function's parameters and its body."""
        parameters, before = self.parameters(node)
        body = node.child_by_field_name("body")
        return parameters, (*before, *self.block([] if body is None else body.named_children))

    def if_(self, node: Node) -> tree.If:
        test = self.expression(node.child_by_field_name("condition"))
        then = self.suite(node.child_by_field_name("consequence"))
        other = node.child_by_field_name("alternative")
        otherwise = () if other is None else self.block(other.named_children)
        return tree.If(self.span(node), test, then, otherwise)

    def for_each(self, node: Node) -> tree.For:
        target = self.target(node.child_by_field_name("left"))
        iterable = self.expression(node.child_by_field_name("right"))
        if self.field(node, "operator") == "in":
            place = iterable.span
            keys = tree.Attribute(place, tree.Name(place, "Object"), "keys")
            iterable = tree.Call(place, keys, (tree.Argument(place, iterable),))
        body = self.suite(node.child_by_field_name("body"))
        return tree.For(self.span(node), tree.Loop(target, iterable), body)

    def loop(self, node: Node) -> Iterator[tree.Statement]:
        """for (;;), while and do: loops of which nobody knows how often they go."""
        span = self.span(node)
        body = self.suite(node.child_by_field_name("body"))
        first = node.child_by_field_name("initializer")
        if first is not None and first.type.endswith(("declaration", "statement")):
            yield from self.suite(first)
        elif first is not None:
            yield tree.Do(self.span(first), self.expression(first))
        condition = node.child_by_field_name("condition")
        test: tree.Expression = tree.Constant(span, True)
        if condition is not None and condition.type != "empty_statement":
            statement = condition.type == "expression_statement"
            test = self.inner(condition) if statement else self.expression(condition)
        step = node.child_by_field_name("increment")
        if step is not None:
            body = (*body, tree.Do(self.span(step), self.expression(step)))
        yield tree.While(span, test, body)

    def switch(self, node: Node) -> tree.Statement:
        """A loop over the one value, which `break` leaves, and in it a choice for each case."""
        span = self.span(node)
        value = self.expression(node.child_by_field_name("value"))
        inside = node.child_by_field_name("body")
        found: list[tuple[tree.Expression | None, tuple[tree.Statement, ...]]] = []
        for each in [] if inside is None else named(inside):
            test = self.optional(each.child_by_field_name("value"))
            found.append((test, self.block(each.children_by_field_name("body"))))
        if len(found) > _CASES:
            return tree.Opaque(span)
        other: tuple[tree.Statement, ...] = ()
        body: tuple[tree.Statement, ...] = ()
        cases: list[tuple[tree.Expression, tuple[tree.Statement, ...]]] = []
        for test, own in reversed(found):
            # Without a `break` it goes on into the next case.
            leaves = next((n for n, each in enumerate(own) if isinstance(each, tree.Leave)), None)
            if leaves is None:
                body = (*own, *body)
            else:
                last = own[leaves]
                breaks = isinstance(last, tree.Leave) and last.kind == "break"
                body = own[: leaves + (not breaks)]
            if test is None:
                other = body
            else:
                cases.append((test, body))
        for test, body in cases:
            asked = tree.Operation(test.span, "==", (tree.Name(test.span, _SWITCH), test))
            other = (tree.If(span, asked, body, other),)
        once = tree.Sequence(value.span, "list", (value,))
        return tree.For(span, tree.Loop(tree.Name(value.span, _SWITCH), once), other)

    def try_(self, node: Node) -> tree.Try:
        handler = node.child_by_field_name("handler")
        final = node.child_by_field_name("finalizer")
        handlers = [] if handler is None else [self.suite(handler.child_by_field_name("body"))]
        return tree.Try(
            self.span(node),
            self.suite(node.child_by_field_name("body")),
            tuple(handlers),
            (),
            () if final is None else self.suite(final.child_by_field_name("body")),
        )

    def enum(self, node: Node) -> tree.Statement:
        """An object; a member without a value is one more than the one before."""
        span = self.span(node)
        body = node.child_by_field_name("body")
        items: list[tuple[tree.Expression | None, tree.Expression]] = []
        following: int | None = 0
        for each in [] if body is None else named(body):
            place = self.span(each)
            if each.type == "enum_assignment":
                value = self.expression(each.child_by_field_name("value"))
                key = self.key(each.child_by_field_name("name"))
            else:
                key = self.key(each)
                known = following is not None
                value = tree.Constant(place, following) if known else tree.Opaque(place)
            items.append((key, value))
            last = value.value if isinstance(value, tree.Constant) else None
            following = last + 1 if isinstance(last, int) else None
        target = tree.Name(span, self.field(node, "name"))
        return tree.Assign(span, (target,), tree.Mapping(span, tuple(items)))

    # Modules

    def path(self, node: Node | None) -> str:
        text = self.optional(node)
        return text.value.text if isinstance(text, tree.Text) else "?"

    def imported(self, node: Node) -> Iterator[tuple[str, str]]:
        path = self.path(node.child_by_field_name("source"))
        for clause in named(node):
            if clause.type == "import_require_clause":
                whole = self.path(clause.child_by_field_name("source"))
                yield self.written(named(clause)[0]), whole
            for each in named(clause) if clause.type == "import_clause" else ():
                if each.type == "identifier":
                    yield self.written(each), f"{path}.default"
                elif each.type == "namespace_import":
                    yield self.written(named(each)[0]), path
                elif each.type == "named_imports":
                    for one in named(each):
                        name = self.field(one, "name").strip("'\"")
                        yield self.field(one, "alias") or name, f"{path}.{name}"

    def exported(self, node: Node) -> Iterator[tree.Statement]:
        """What a file gives is what it puts into `exports`."""
        span = self.span(node)
        yield from self.decorated(node)
        tokens = {each.type for each in node.children}
        declaration = node.child_by_field_name("declaration")
        value = node.child_by_field_name("value")
        if "default" in tokens and value is not None:
            yield self._put("default", self.expression(value), span)
        elif declaration is not None:
            names: list[tree.Name] = []
            for each in self.statement(declaration):
                yield each
                if isinstance(each, (tree.Function, tree.Class)):
                    names.append(tree.Name(each.span, each.name))
                elif isinstance(each, tree.Assign):
                    names += _names(each.targets[0])
            for name in names:
                yield self._put("default" if "default" in tokens else name.name, name, span)
        elif "=" in tokens and named(node):
            whole = tree.Attribute(span, tree.Name(span, "module"), "exports")
            yield tree.Assign(span, (whole,), self.expression(named(node)[0]))
        else:
            yield from self._passed_on(node, span)

    def _passed_on(self, node: Node, span: Span) -> Iterator[tree.Statement]:
        """`export {…}`, also from another file, and `export *`."""
        source = node.child_by_field_name("source")
        there: tree.Expression | None = None
        if source is not None:
            place = self.span(source)
            path = (tree.Argument(place, self.expression(source)),)
            there = tree.Call(place, tree.Name(place, "require"), path)
        for clause in named(node):
            if clause.type == "namespace_export" and there is not None:
                yield self._put(self.written(named(clause)[0]), there, span)
                return
            for each in named(clause) if clause.type == "export_clause" else ():
                name = self.field(each, "name")
                place = self.span(each)
                value: tree.Expression = tree.Name(place, name)
                if there is not None:
                    value = tree.Attribute(place, there, name)
                yield self._put(self.field(each, "alias") or name, value, span)
        if there is not None and any(each.type == "*" for each in node.children):
            assign = tree.Attribute(span, tree.Name(span, "Object"), "assign")
            given = (tree.Argument(span, tree.Name(span, "exports")), tree.Argument(span, there))
            yield tree.Do(span, tree.Call(span, assign, given))

    def _put(self, name: str, value: tree.Expression, span: Span) -> tree.Statement:
        target = tree.Attribute(span, tree.Name(span, "exports"), name)
        return tree.Assign(span, (target,), value)


def _names(target: tree.Expression) -> list[tree.Name]:
    """The names that a pattern declares."""
    if isinstance(target, tree.Name):
        return [target]
    if isinstance(target, tree.Sequence):
        return [name for each in target.items for name in _names(each)]
    if isinstance(target, tree.Mapping):
        return [name for _, each in target.items for name in _names(each)]
    if isinstance(target, tree.Operation):
        return _names(target.operands[0])
    return _names(target.value) if isinstance(target, tree.Spread) else []
