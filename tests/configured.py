"""Fixtures with a configuration laid over them, to see that it means the same to the command line,
to flake8 and to the server."""

from __future__ import annotations

import shutil
from pathlib import Path

from migralint import cli, config, engine

VARIANTS = ("as it is", "kept", "started")
COMMENTS = {".sql": "--", ".py": "#", ".js": "//", ".ts": "//"}
KEPT = """\
baseline = "known.json"
require-reason = true
[severity]
MIG2 = "info"
MIG4 = "error"
[per-file-ignores]
"*2*" = ["MIG1"]
"db/**" = ["MIG6"]
"""


def configured(fixture: Path, variant: str, folder: Path) -> Path:
    """A copy of a fixture: "kept" with a baseline, severities, rules left out of files, and ignore
    comments that give no reason; "started" after the first migration of each history."""
    if variant == "as it is":
        return fixture
    made = folder / fixture.name
    shutil.copytree(fixture, made)
    (made / ".git").mkdir(exist_ok=True)
    lines = []
    for name in config.FILES[1:]:
        if (made / name).exists():
            (made / name).rename(made / f"base-{name}")
            lines = [f'extend = "base-{name}"'] * (name == "migralint.toml")
    if variant == "kept":
        for number, path in enumerate(sorted(made.rglob("*"))):
            mark = COMMENTS.get(path.suffix)
            if mark and number % 3 == 0 and path.is_file():
                with open(path, "ab") as file:
                    file.write(f"\n{mark} migralint: ignore-file[MIG1]\n".encode())
        known = [str(made), "--select=MIG3", f"--write-baseline={made / 'known.json'}"]
        assert cli.main(["check", "--exit-zero", "--output=/dev/null", *known]) == 0
        text = KEPT
    else:
        _, projects = engine.read([str(made)], config.load(str(made)), cwd=str(made))
        first = dict.fromkeys(each.migrations[0].id for each in projects if each.migrations)
        text = f"start-after = {list(first)}\n"
    (made / "migralint.toml").write_text("\n".join([*lines, text]))
    return made
