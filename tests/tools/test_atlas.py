from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest
from trees import ids, problems, project, scopes

INDEX = "CREATE INDEX CONCURRENTLY i ON t (id);\n"


def summed(files: dict[str, str]) -> dict[str, str | bytes]:
    """The files with the atlas.sum that Atlas writes for them."""
    running, whole = hashlib.sha256(), hashlib.sha256()
    lines = []
    for name, text in sorted(files.items()):
        running.update(name.encode() + text.encode())
        checksum = b64encode(running.digest()).decode()
        lines.append(f"{name} h1:{checksum}")
        whole.update(name.encode() + checksum.encode())
    lines.insert(0, f"h1:{b64encode(whole.digest()).decode()}")
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
        (f"-- atlas:txmode none\n \t\n{INDEX}", ("none", "certain"), []),
        (f"# why atlas:txmode none\n\n{INDEX}", ("none", "certain"), []),
        ("-- atlas:txmode none", ("none", "certain"), ["empty-migration"]),
        (f"-- atlas:txmode all\n\n{INDEX}", ("file", "default"), ["migration-refused"]),
        (f"-- atlas:txmode nine\n\n{INDEX}", ("file", "default"), ["migration-refused"]),
        (
            f"-- atlas:txmode none\n-- atlas:txmode file\n\n{INDEX}",
            ("none", "certain"),
            ["migration-refused"],
        ),
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


def applied(
    folder: Path, files: dict[str, str | bytes], text: str = INDEX
) -> tuple[list[tuple[str, str]], list[str]]:
    """How a file is wrapped in a project of these files, and what is wrong with it."""
    read = project(folder, {**summed({"1.sql": text}), **files}, "atlas")
    return scopes(read), [rule for rule, _ in problems(read)]


@pytest.mark.parametrize(
    ("name", "text", "scope"),
    [
        (
            "Makefile",
            "up:\n\tatlas migrate apply --tx-mode all \\\n\t\t--env x\n",
            ("run", "certain"),
        ),
        ("Taskfile.yml", "- atlas migrate apply --tx-mode=none\n", ("none", "certain")),
        ("justfile", "up:\n  atlas migrate apply --tx-mode 'file'\n", ("file", "certain")),
        (".github/workflows/cd.yml", "with:\n  tx-mode: all\n", ("run", "certain")),
        (".gitlab-ci.yml", "- atlas migrate apply --tx-mode none", ("none", "certain")),
        ("compose.yaml", "command: [migrate, apply, --tx-mode, none]", ("none", "certain")),
        ("Dockerfile", 'CMD ["migrate", "apply", "--tx-mode", "all"]', ("run", "certain")),
        ("deploy/up.sh", "atlas migrate apply --tx-mode none", ("none", "certain")),
        ("Makefile", "\tatlas migrate apply --dir file://db/m --tx-mode none", ("none", "certain")),
        # Another folder, a comment, a variable, no word of it, and two that differ.
        ("Makefile", "\tatlas migrate apply --dir file://db/n --tx-mode none", ("file", "default")),
        ("Makefile", "# atlas migrate apply --tx-mode none", ("file", "default")),
        ("Makefile", "\tatlas migrate apply --tx-mode $(MODE)", ("file", "default")),
        ("Makefile", "\tatlas migrate apply", ("file", "default")),
        (
            "Makefile",
            "\tatlas migrate apply --tx-mode all\n\tatlas migrate apply --tx-mode none",
            ("run", "unknown"),
        ),
        (
            "Makefile",
            "\tatlas migrate apply --tx-mode all\n\tatlas migrate apply --env dev",
            ("run", "default"),
        ),
        ("atlas.hcl", 'env "x" { migration { tx_mode = "none" } }', ("none", "certain")),
        ("atlas.hcl", 'env "x" { migration { tx_mode = var.mode } }', ("file", "default")),
        ("atlas.hcl", 'env "x" {\n migration {\n tx_mode = "none"\n }\n}', ("none", "certain")),
    ],
)
def test_the_mode_of_the_call(tmp_path: Path, name: str, text: str, scope: tuple[str, str]) -> None:
    assert applied(tmp_path, {name: text}) == ([scope], [])


def test_what_a_file_says_beside_the_call(tmp_path: Path) -> None:
    call: dict[str, str | bytes] = {"Makefile": "\tatlas migrate apply --tx-mode all\n"}
    none = f"-- atlas:txmode none\n\n{INDEX}"
    assert applied(tmp_path, call, none) == ([("none", "certain")], ["migration-refused"])
    call = {"Makefile": "\tatlas migrate apply --tx-mode none\n"}
    one = f"-- atlas:txmode file\n\n{INDEX}"
    assert applied(tmp_path, call, one) == ([("file", "certain")], [])
    below = f"-- atlas:txmode none\n{INDEX}"
    assert applied(tmp_path, call, below) == ([("none", "certain")], [])


HCL = """
variable "root" {
  type    = string
  default = "db"
}
locals {
  // where they are
  dir = "file://${var.root}/m"
  url = "postgres://localhost/x"
}
env "events" {
  url = "clickhouse://localhost/e"
  migration {
    dir = "file://db/events"
  }
}
env "main" {
  dev = "docker://postgres/16/dev"
  url = local.url /* its own */
  migration { dir = local.dir }
}
"""


def test_the_environment_of_the_folder(tmp_path: Path) -> None:
    files = {f"db/{name}": text for name, text in summed({"1.sql": INDEX}).items()}
    read = project(tmp_path, {**files, "atlas.hcl": HCL}, "atlas")
    assert (read.dialect, read.version) == ("postgresql", 16)


@pytest.mark.parametrize("text", ["", "}}}{{{", 'env "x" {\n url = "', "a = local.a\n", "<<EOT\nx"])
def test_no_atlas_hcl_is_too_bad(tmp_path: Path, text: str) -> None:
    assert applied(tmp_path, {"atlas.hcl": text}) == ([("file", "default")], [])


def test_other_delimiters(tmp_path: Path) -> None:
    def texts(text: str) -> list[str]:
        up = project(tmp_path, summed({"1.sql": text}), "atlas").migrations[0].up
        return [each.text for each in up.statements]

    assert texts("-- atlas:delimiter \\n\\n\nSELECT 1\n\n\nSELECT 2\n") == ["SELECT 1", "SELECT 2"]
    assert texts("-- atlas:delimiter -- end\n\nSELECT 1\n-- end\n-- why\nSELECT 2\n-- end\n") == [
        "SELECT 1",
        "SELECT 2",
    ]
    assert texts("-- atlas:delimiter //\nSELECT '//', $$//$$, (1 // 2)\n//\nSELECT 2//") == [
        "SELECT '//', $$//$$, (1 // 2)",
        "SELECT 2",
    ]
    assert texts("DELIMITER //\nSELECT 1;//\nDELIMITER ;\nSELECT 2;\n") == ["SELECT 1", "SELECT 2"]


def test_a_delimiter_makes_one_query_of_several_statements(tmp_path: Path) -> None:
    text = "-- atlas:delimiter //\n-- atlas:txmode none\n\nSELECT 1; SELECT 2;\n//\nSELECT 3\n"
    read = project(tmp_path, summed({"1.sql": text}), "atlas")
    assert scopes(read) == [("none", "certain")]
    found = read.migrations[0].up.statements
    assert [each.batch for each in found] == [0, 0, -1]
    assert found[0].transaction is not None
    assert found[0].transaction.scope == "implicit-batch"


def test_a_delimiter_below_the_first_line(tmp_path: Path) -> None:
    text = "-- why\n-- atlas:delimiter //\n\nSELECT 1;\n"
    read = project(tmp_path, summed({"1.sql": text}), "atlas")
    assert problems(read) == [("directive-ignored", "m/1.sql")]


ARCHIVE = """-- atlas:txtar

-- checks/destructive.sql --
-- atlas:assert DS102
SELECT NOT EXISTS (SELECT 1 FROM t);

-- migration.sql --
-- atlas:txmode none

DROP INDEX CONCURRENTLY i;
DROP INDEX CONCURRENTLY j;

-- down.sql --
CREATE TABLE t (id int);
"""


def test_archives(tmp_path: Path) -> None:
    read = project(tmp_path, summed({"1.sql": ARCHIVE}), "atlas")
    (migration,) = read.migrations
    assert migration.down is not None
    assert [each.text for each in migration.up.statements] == [
        "SELECT NOT EXISTS (SELECT 1 FROM t)",
        "DROP INDEX CONCURRENTLY i",
        "DROP INDEX CONCURRENTLY j",
    ]
    assert [each.text for each in migration.down.statements] == ["CREATE TABLE t (id int)"]
    assert scopes(read) == [("none", "certain")]
    assert not read.problems
    assert not read.has_down
    both = [*migration.up.statements, *migration.down.statements]
    assert [ARCHIVE[each.span.start : each.span.end] for each in both] == [
        each.text for each in both
    ]


def test_the_checks_of_an_archive_stand_outside_the_transaction(tmp_path: Path) -> None:
    text = ARCHIVE.replace("-- atlas:txmode none\n", "")
    read = project(tmp_path, summed({"1.sql": text}), "atlas")
    assert scopes(read) == [("file", "default")]
    found = [
        each.transaction and each.transaction.scope for each in read.migrations[0].up.statements
    ]
    assert found == ["none", None, None]


def test_an_archive_that_does_not_say_so_in_its_place(tmp_path: Path) -> None:
    read = project(tmp_path, summed({"1.sql": f"SELECT 0;\n{ARCHIVE}"}), "atlas")
    assert [rule for rule, _ in problems(read)] == ["directive-ignored"] * 2


def test_templates(tmp_path: Path) -> None:
    text = (
        '{{ template "users" . }}\n\nCREATE TABLE u (id int);\n'
        '{{- if eq .Env "dev" }}\nCREATE TABLE v (id int);\n{{- end }}\n'
        "CREATE TABLE {{ .Name }} (id int);\n"
        "CREATE TABLE w (id int{{ range .Columns }}, {{ . }} int{{ end }});\n"
        "INSERT INTO u VALUES ({{ .A }} {{ .B }});\nSELECT '{{ . }}';\n"
    )
    (migration,) = project(tmp_path, summed({"1.sql": text}), "atlas").migrations
    assert [(type(each.ops[0]).__name__, each.partial) for each in migration.up.statements] == [
        ("Unknown", False),
        ("CreateTable", False),
        ("CreateTable", False),
        ("CreateTable", True),
        ("Unknown", False),
        ("Unknown", False),
        ("Select", False),
    ]
    causes = [getattr(each.ops[0], "cause", "") for each in migration.up.statements]
    assert "syntax" not in causes


def test_an_import_is_told(tmp_path: Path) -> None:
    read = project(tmp_path, summed({"1.sql": "-- atlas:import other.sql\n"}), "atlas")
    assert read.unread == (("m/1.sql", "imports files that are not read"),)
    assert not read.problems


def test_a_checkpoint_is_for_new_databases(tmp_path: Path) -> None:
    files = {"1.sql": INDEX, "2.sql": f"-- atlas:checkpoint v1\n\n{INDEX}", "3.sql": INDEX}
    read = project(tmp_path, summed(files), "atlas")
    assert ids(read) == ["1", "3"]
    assert read.unread == (("m/2.sql", "is a checkpoint, which only new databases run"),)
    assert not read.problems
    read = project(tmp_path, {}, "atlas", ["m/3.sql"])
    assert (read.unread, read.problems) == ((), ())
    read = project(tmp_path, {}, "atlas", ["m/2.sql"])
    assert (len(read.unread), read.problems) == (1, ())


def test_a_merge_of_atlas_sum_by_hand(tmp_path: Path) -> None:
    files = summed({"1.sql": INDEX})
    files["m/atlas.sum"] = "h1:x=\n" + str(files["m/atlas.sum"]).partition("\n")[2]
    assert problems(project(tmp_path, files, "atlas")) == [("checksum-mismatch", "m/atlas.sum")]


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
