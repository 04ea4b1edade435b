"""Strings of Python: what they say is what Python says, and each character stands where it is
written."""

from __future__ import annotations

import ast
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migralint.languages import python, tree
from migralint.languages.evaluate import Evaluator
from migralint.languages.values import HOLE, Value
from migralint.source import Embedded, Span

MODULE = "NAME = 'users'\nNUMBER = 7\n"


def value(expression: str, above: str = MODULE) -> tuple[str, Value]:
    """The whole text, and what the expression at its end is worth."""
    text = f"{above}made = {expression}\n"
    return text, Evaluator().module(python.parse(text)).names["made"]


def embedded(expression: str, above: str = MODULE) -> tuple[str, Embedded]:
    text, found = value(expression, above)
    assert isinstance(found, Embedded)
    return text, found


WRITTEN = [
    '"plain"',
    "'it\\'s'",
    '"""three\nlines\n"""',
    r'"a\tb\x41\u00e9\N{EM DASH}\101\\"',
    r'r"a\tb"',
    'R"""raw\\\nline"""',
    '"one" "two"',
    '("one"\n    "two"\n    \'three\')',
    '"a" r"\\b" "c"',
    '"line \\\n  goes on"',
    "u'old'",
    "''",
    '"é€𝄞"',
    "f'plain'",
    "f'{{braces}}'",
    "f'a {NAME} b'",
    "f'{NAME}_{NUMBER}'",
    "rf'{NAME}\\d'",
    '"a" f"{NAME}" "c"',
    "f'''{NAME}\n{NUMBER}'''",
    "'{}-{}'.format(NAME, NUMBER)",
    "'{1}-{0}'.format(NAME, NUMBER)",
    "'{a}'.format(a=NAME)",
    "'{{}} {}'.format(NAME)",
    "'%s-%d' % (NAME, NUMBER)",
    "'%(a)s' % {'a': NAME}",
    "'100%% %s' % NAME",
    "'a' + NAME + 'b'",
    "', '.join(['a', NAME])",
    "' x '.strip()",
    "'a,b'.split(',')[1]",
    "'ab'.upper()",
    "'a' * 3",
    "NAME[0]",
    "str(NUMBER)",
    "'x' if NUMBER > 3 else 'y'",
    "{'a': 'b'}['a']",
    "('a', 'b')[1]",
    "'\\n'.join(f'{n}' for n in range(3))",
    "' '.join(sorted({'b': 1, 'a': 2}))",
    "__import__('textwrap').dedent('x') if False else 'y'",
]


@pytest.mark.parametrize("expression", WRITTEN)
def test_a_string_says_what_python_says(expression: str) -> None:
    names: dict[str, object] = {}
    exec(f"{MODULE}made = {expression}", names)
    _, found = value(expression)
    assert getattr(found, "text", found) == names["made"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("expression", WRITTEN[:14])
def test_each_character_stands_where_it_is_written(expression: str, newline: str) -> None:
    text, found = embedded(expression.replace("\n", newline))
    for number, character in enumerate(found.text):
        place = found.to_host(Span(number, number + 1))
        written = text[place.start : place.end]
        if len(written) == 1:
            assert written == character
        elif written == newline:
            assert character == "\n"
        else:
            assert ast.literal_eval(f'"{written}"') == character


def test_pieces_of_a_template_stand_in_their_holes() -> None:
    text, found = embedded("f'DROP {NAME} {NUMBER}'")
    assert found.text == "DROP users 7"
    place = found.to_host(Span(5, 10))
    assert text[place.start : place.end] == "{NAME}"
    place = found.to_host(Span(0, len(found.text)))
    assert text[place.start : place.end] == "DROP {NAME} {NUMBER}"


@pytest.mark.parametrize(
    "expression",
    [
        "f'a {unknown} b'",
        "'a %s b' % unknown",
        "'a {} b'.format(unknown)",
        "'a ' + unknown() + ' b'",
    ],
)
def test_what_is_not_known_is_a_word_with_its_place(expression: str) -> None:
    text, found = embedded(expression, "from app import unknown\n")
    hole = HOLE.search(found.text)
    assert hole is not None
    assert (found.text[:2], found.text[-2:]) == ("a ", " b")
    place = Span(int(hole[1]), int(hole[1]) + int(hole[2]))
    assert text[place.start : place.end].strip("'")


def test_bytes_are_no_text() -> None:
    _, found = value("b'x'")
    assert not isinstance(found, Embedded)


safe = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(safe, st.sampled_from(["", "x = 1\n", "# é\n"]))
def test_any_text_comes_back(said: str, above: str) -> None:
    text, found = embedded(repr(said), above)
    assert found.text == said
    whole = found.to_host(Span(0, len(found.text)))
    if said:
        mark = repr(said)[0]
        assert ast.literal_eval(mark + text[whole.start : whole.end] + mark) == said


@given(st.lists(st.sampled_from(WRITTEN[:14]), min_size=1, max_size=4))
def test_names_and_strings_slice_to_what_they_say(expressions: list[str]) -> None:
    text = "".join(f"name_{number} = {each}\n" for number, each in enumerate(expressions))
    for node in nodes(python.parse(text).body):
        here = text[node.span.start : node.span.end] if hasattr(node, "span") else ""
        if isinstance(node, tree.Name):
            assert here == node.name
        elif isinstance(node, (tree.Text, tree.Template)) and here:
            assert here[-1] in "'\"" or not isinstance(node, tree.Template)


def nodes(value: object) -> list[tree.Node]:
    if isinstance(value, tuple):
        return [node for each in value for node in nodes(each)]
    fields = getattr(value, "__struct_fields__", ())
    inner = [node for name in fields for node in nodes(getattr(value, name))]
    return [value, *inner] if isinstance(value, tree.Node) else inner


SOURCES = (
    "def |class |if |else:|for |in |while |with |try:|except |return |raise |import |from |lambda "
    "|:\n    |\n|    |(|)|[|]|{|}|,|=|==|+|%|*|**|.|'|\"|f'|'''|\\|#|x|y|1|None|True|async |await "
    "|yield |match |case |@|->|\r\n|\0|é|:=|global x|del x|assert x|pass|...|\t|print(x)"
).split("|")


@given(st.lists(st.sampled_from(SOURCES), max_size=25).map("".join))
def test_nothing_crashes_on_any_text(text: str) -> None:
    walk(text)


@given(st.text(max_size=40))
def test_nothing_crashes_on_any_characters(text: str) -> None:
    walk(text)


def walk(text: str) -> None:
    try:
        module = python.parse(text)
    except python.SyntaxProblem as why:
        assert 0 <= why.at <= len(text)  # noqa: PT017 - most texts raise nothing
        return
    for node in nodes(module.body):
        assert 0 <= node.span.start <= node.span.end <= len(text)
        if isinstance(node, tree.Name):
            assert text[node.span.start : node.span.end] == node.name
    for span, comment in module.comments:
        assert text[span.start : span.end] == comment
    evaluator = Evaluator()
    scope = evaluator.module(module)
    for each in list(scope.names.values()):
        if hasattr(each, "node") and isinstance(each.node, tree.Function):
            evaluator.run(each, [], {}, each.node.span)


def test_a_file_nested_too_deep_is_told() -> None:
    text = "x = " + "(" * 5000 + ")" * 5000
    with pytest.raises(python.SyntaxProblem):
        python.parse(text)


def test_a_long_string_is_quick() -> None:
    lines = io.StringIO()
    for number in range(20_000):
        lines.write(f"INSERT INTO t VALUES ({number}, 'it\\'s');\n")
    _, found = embedded(f'"""{lines.getvalue()}"""')
    assert found.text.count("\n") == 20_000
