from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

INDEX = "CREATE INDEX CONCURRENTLY i ON t (id);\n"


def summed(files: dict[str, str]) -> dict[str, str | bytes]:
    """The files with the atlas.sum that Atlas writes for them."""
    running = hashlib.sha256()
    lines = ["h1:of-the-whole="]
    for name, text in sorted(files.items()):
        running.update(name.encode() + text.encode())
        lines.append(f"{name} h1:{b64encode(running.digest()).decode()}")
    made: dict[str, str | bytes] = {f"m/{name}": text for name, text in files.items()}
    made["m/atlas.sum"] = "\n".join(lines) + "\n"
    return made


def test_order_is_by_name(tmp_path: Path) -> None:
    read = project(tmp_path, summed({"2_b.sql": INDEX, "10_c.sql": INDEX, "1.sql": INDEX}), "atlas")
    assert ids(read) == ["1", "10", "2"]
    assert not read.problems
    assert not read.has_down


@pytest.mark.parametrize(
    ("text", "scope", "rules"),
    [
        (INDEX, ("file", "default"), []),
        (f"-- atlas:txmode none\n\n{INDEX}", ("none", "certain"), []),
        (f"-- atlas:txmode none\r\n\r\n{INDEX}", ("none", "certain"), []),
        (f"-- why\n-- atlas:txmode none\n\n{INDEX}", ("none", "certain"), []),
        (f"-- atlas:txmode file\n\n{INDEX}", ("file", "certain"), []),
        (f"-- atlas:txmode none\n{INDEX}", ("file", "default"), ["directive-ignored"]),
        (f"\n-- atlas:txmode none\n\n{INDEX}", ("file", "default"), ["directive-ignored"]),
        (f"{INDEX}-- atlas:txmode none\n\n", ("file", "default"), ["directive-ignored"]),
        (f"-- atlas:txmode all\n\n{INDEX}", ("file", "default"), ["directive-ignored"]),
        ("SELECT '-- atlas:txmode none';\n", ("file", "default"), []),
    ],
)
def test_transaction(tmp_path: Path, text: str, scope: tuple[str, str], rules: list[str]) -> None:
    read = project(tmp_path, summed({"1.sql": text}), "atlas")
    assert scopes(read) == [scope]
    assert [rule for rule, _ in problems(read)] == rules


def test_the_directive_is_pointed_at(tmp_path: Path) -> None:
    read = project(tmp_path, summed({"1.sql": f"-- atlas:txmode none\n{INDEX}"}), "atlas")
    problem = read.problems[0]
    assert problem.source is not None
    assert problem.source.text[problem.span.start : problem.span.end] == "-- atlas:txmode none"


def test_checkpoints_and_nolint(tmp_path: Path) -> None:
    files = {"1.sql": f"-- atlas:checkpoint\n\n{INDEX}", "2.sql": f"-- atlas:nolint\n{INDEX}"}
    read = project(tmp_path, summed(files), "atlas")
    assert [each.kind for each in read.migrations] == ["baseline", "versioned"]
    assert [each.text for each in read.migrations[1].up.comments] == ["-- atlas:nolint"]


def test_a_file_that_was_edited(tmp_path: Path) -> None:
    files = summed({"1.sql": INDEX, "2.sql": INDEX, "3.sql": INDEX})
    files["m/2.sql"] = INDEX + "-- one more line\n"
    assert problems(project(tmp_path, files, "atlas")) == [("checksum-mismatch", "m/2.sql")]


def test_a_file_more_and_a_file_less(tmp_path: Path) -> None:
    files = summed({"1.sql": INDEX, "2.sql": INDEX})
    del files["m/2.sql"]
    files["m/3.sql"] = INDEX
    assert problems(project(tmp_path, files, "atlas")) == [
        ("unlisted-migration", "m/3.sql"),
        ("missing-migration", "m/atlas.sum"),
    ]


def test_a_byte_order_mark_counts(tmp_path: Path) -> None:
    files = summed({"1.sql": "\ufeff" + INDEX})
    assert not project(tmp_path, files, "atlas").problems


def test_the_server_version_is_that_of_the_dev_database(tmp_path: Path) -> None:
    files = summed({"1.sql": INDEX})
    files["atlas.hcl"] = 'env "x" {\n  dev = "docker://postgres/15/dev"\n}\n'
    assert project(tmp_path, files, "atlas").version == 15
