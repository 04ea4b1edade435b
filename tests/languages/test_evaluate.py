"""Walking through Python: what is known, what happens, and in which order."""

from __future__ import annotations

import textwrap

import pytest

from migralint.languages import python
from migralint.languages.evaluate import Evaluator
from migralint.languages.expressions import STEPS, TooMuch
from migralint.languages.values import Hidden, Made, Symbol, plain, truth


def walked(text: str) -> Evaluator:
    evaluator = Evaluator()
    evaluator.module(python.parse(textwrap.dedent(text)))
    return evaluator


def called(text: str) -> list[tuple[str, list[object], bool]]:
    """The calls of something from outside: what, with what, and whether they may not happen."""
    found = []
    for event in walked("from lib import see\n" + textwrap.dedent(text)).events:
        if event.kind == "call" and isinstance(event.value, Made):
            given = [bare(each.value) for each in event.value.given]
            found.append((event.value.path, given, event.conditional))
    return found


def bare(value: object) -> object:
    try:
        return plain(value)
    except LookupError:
        return type(value).__name__


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see(1)", [1]),
        ("see(not 0)", [True]),
        ("see(-3 + 2 * 5)", [7]),
        ("see(7 // 2)", [3]),
        ("see([1] + [2])", [[1, 2]]),
        ("see({**{'a': 1}, 'b': 2})", [{"a": 1, "b": 2}]),
        ("see([*range(2), 5])", [[0, 1, 5]]),
        ("a, (b, c) = 1, (2, 3)\nsee(c)", [3]),
        ("a = b = 4\nsee(a)", [4]),
        ("a = {}\na['x'] = 1\nsee(a['x'])", [1]),
        ("a = [1]\na.append(2)\na.extend([3])\nsee(a)", [[1, 2, 3]]),
        ("a = {'x': 1}\na.update({'y': 2})\nsee(a.get('y'))", [2]),
        ("see({'x': 1}.get('z', 3))", [3]),
        ("see(len([1, 2]))", [2]),
        ("see([n for n in range(4) if n % 2])", [[1, 3]]),
        ("see({k: v for k, v in zip('ab', (1, 2))})", [{"a": 1, "b": 2}]),
        ("see(1 < 2 < 3)", [True]),
        ("see('a' in ('a', 'b'))", [True]),
        ("see(None is None and 5)", [5]),
        ("see(0 or 'x')", ["x"]),
        ("def f(a, *rest, b=2, **more):\n    see(rest)\nf(1, 3, 4)", [(3, 4)]),
        ("def f(a, *, b=2):\n    return a + b\nsee(f(1, b=5))", [6]),
        ("def f():\n    return 1\n    see(2)\nsee(f())", [1]),
        ("f = lambda x: x + 1\nsee(f(2))", [3]),
        ("class A:\n    x = 5\nsee(A.x)", [5]),
        ("def f():\n    n = 3\n    def g():\n        return n\n    return g()\nsee(f())", [3]),
        ("see(list(map(lambda x: x * 2, [1, 2])))", [[2, 4]]),
        ("x = 1\nif x == 1:\n    see('a')\nelse:\n    see('b')", ["a"]),
        ("for x in range(9):\n    if x == 2:\n        break\n    see(x)", [0, 1]),
        ("see(*[1, 2])", [1]),
    ],
)
def test_what_is_known(text: str, found: list[object]) -> None:
    assert [given[0] for path, given, _ in called(text) if path == "lib.see"] == found


@pytest.mark.parametrize(
    "text",
    [
        "from lib import x\nsee(x + 1)",
        "import os\nsee(os.environ['A'])",
        "from lib import x\nif x:\n    a = 1\nelse:\n    a = 2\nsee(a)",
        "from lib import x\na = 1 if x else 2\nsee(a)",
        "from lib import x\nsee(x.y.z)",
        "def f(a):\n    return a\nfrom lib import x\nsee(f(x()))",
        "from lib import wrap\n@wrap\ndef f():\n    return 1\nsee(f())",
        "see([1, 2, 3][10])",
        "see({}['a'])",
        "see(1 / 0)",
        "see('a' * 10 ** 9)",
        "see(int('x'))",
        "see(unheard_of)",
    ],
)
def test_what_is_not_known(text: str) -> None:
    ((_, given, _),) = [each for each in called(text) if each[0] == "lib.see"]
    assert isinstance(given[0], str)
    assert given[0] in ("Hidden", "Symbol", "Made")


def test_both_ways_are_walked_where_a_condition_is_not_known() -> None:
    text = "from lib import x\nif x:\n    see(1)\nelse:\n    see(2)\nsee(3)"
    assert [(given, maybe) for _, given, maybe in called(text)] == [
        ([1], True),
        ([2], True),
        ([3], False),
    ]


def test_a_handler_that_raises_again_is_no_other_way() -> None:
    text = "try:\n    see(1)\nexcept Exception:\n    see(2)\n    raise\n"
    assert [(given, maybe) for _, given, maybe in called(text)] == [([1], False), ([2], True)]
    text = "try:\n    see(1)\nexcept KeyError:\n    raise\nexcept Exception:\n    see(2)\n"
    assert [(given, maybe) for _, given, maybe in called(text)] == [([1], True), ([2], True)]


def test_a_lambda_that_calls_itself_is_left() -> None:
    assert called("f = lambda n: f(n)\nsee(f(1))") == [("lib.see", ["Hidden"], False)]


def test_entering_and_leaving_are_told_around_the_body() -> None:
    text = "from lib import lock, see\nwith lock() as a, lock():\n    see()\n"
    kinds = [event.kind for event in walked(text).events]
    assert kinds == ["call", "enter", "call", "enter", "call", "leave", "leave"]


def test_an_alias_is_what_it_stands_for() -> None:
    text = "import a.b as c\nfrom d import e as f, g\nfrom . import h\nfrom ..i import j\n"
    scope = Evaluator().module(python.parse(text))
    paths = {name: value.path for name, value in scope.names.items() if isinstance(value, Symbol)}
    assert paths == {"c": "a.b", "f": "d.e", "g": "d.g", "h": ".h", "j": "..i.j"}


def test_a_comparison_of_something_foreign_is_kept_as_a_call() -> None:
    text = "from lib import column\nmade = column('a') > 5\n"
    made = Evaluator().module(python.parse(text)).names["made"]
    assert isinstance(made, Made)
    assert made.path == "operator.>"
    assert truth(made) is None


def test_two_symbols_are_not_compared() -> None:
    text = "from lib import a, b\nmade = a == b\n"
    assert isinstance(Evaluator().module(python.parse(text)).names["made"], Hidden)


def test_a_file_that_takes_too_long_is_left() -> None:
    with pytest.raises(TooMuch):
        walked(f"for a in range(1000):\n    for b in range({STEPS}):\n        a + b\n")


def test_recursion_comes_to_an_end() -> None:
    assert called("def f(n):\n    see(n)\n    f(n)\nf(1)")[0] == ("lib.see", [1], False)
