"""Documents of other tools: what they say, and that nothing in them hurts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from migralint import documents


def test_properties() -> None:
    text = (
        "a=1\n  b : 2\nc 3\n# d=4\n! e=5\nf=x\\\n   y\n\\\n\nk\\:l=\\u0041\\\\\\t\n"
        "list[1]=q\nlist[0]=p\nempty=\n=x\n#---\nz=1\n"
    )
    first, second = documents.properties(text)
    assert first == {
        "a": "1",
        "b": "2",
        "c": "3",
        "f": "xy",
        "k:l": "A\\\t",
        "list": "p,q",
        "empty": "",
    }
    assert second == {"z": "1"}


def test_yaml_keeps_what_is_written() -> None:
    text = (
        "a: &x {b: [1.10, yes], c: }\nd: {<<: *x, c: 2}\nv: @project.version@\n---\nq: !Foo 010\n"
    )
    assert [documents.flat(each) for each in documents.yaml(text)] == [
        {"a.b": "1.10,yes", "a.c": "", "d.c": "2", "d.b": "1.10,yes", "v": "project.version"},
        {"q": "010"},
    ]


def test_flat() -> None:
    tree = {"a": {"b": [{"c": True}, {"c": None}], "d.e": 1.5}, "f": []}
    assert documents.flat(tree) == {"a.b[0].c": "true", "a.b[1].c": "", "a.d.e": "1.5", "f": ""}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("a-${x}-b", "a-1-b"),
        ("${y:2}${x}", "21"),
        ("${y:${z:3}}", "3"),
        ("${y:}", ""),
        ("jdbc:${y:pg://h:5432}", "jdbc:pg://h:5432"),
        ("${y}", None),
        ("${x", None),
        ("${round}", None),
        ("{vendor}", "{vendor}"),
    ],
)
def test_resolved(value: str, expected: str | None) -> None:
    assert documents.resolved(value, {"x": "1", "round": "${round}"}) == expected


LAUGHS = "a: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{q: *{chr(97 + n)}, r: *{chr(97 + n)}}}\n" for n in range(24)
)


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: *b",
        "[" * 50_000,
        "- " * 5_000,
        "? " * 5_000,
        "{a: " * 3_000,
        "\x00",
        "a: b\n\tc: d",
        "a: {{ .Values.x }}",
        "a: &a {b: *a}",
        LAUGHS,
        "a:\n" + "".join(f"{' ' * n}- \n" for n in range(1, 100)) + "b: [}",
        "\ud800: 1",
    ],
)
def test_bad_yaml_is_one_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|holds) "):
        [documents.flat(each) for each in documents.yaml(text)]


def test_a_tag_builds_nothing() -> None:
    text = "a: !!python/object/apply:os.system ['exit 1']\nb: !!timestamp 2024-99-99\n"
    assert documents.yaml(text) == [{"a": ["exit 1"], "b": "2024-99-99"}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a",
        "<a><b></a>",
        "\x00",
        "<a>&b;</a>",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>',
        "<a>" * 100_000,
    ],
)
def test_bad_xml_is_one_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not XML|has a DOCTYPE)"):
        documents.xml(text)


def test_xml_names_its_own_encoding_in_vain() -> None:
    assert documents.xml('<?xml version="1.0" encoding="utf-16"?><a>é</a>').text == "é"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_bad_json_is_one_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not JSON"):
        documents.json(text)


def test_no_library_is_loaded_before_there_is_a_document() -> None:
    script = "import sys, migralint.discover; print({'yaml', 'xml'} & set(sys.modules) or 'none')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "none", done.stderr
