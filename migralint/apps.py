"""Where Django keeps its migrations: folders of that name in the apps of a project, told from the
names of their files and a look at one of them, and those that its settings name."""

from __future__ import annotations

import os
import re

from migralint.recognise import Found, apps_files
from migralint.walk import Tree, is_below

_NUMBERED = re.compile(r"\d{4}_\w+\.py\Z")
_CLASS = re.compile(r"^class Migration\(", re.MULTILINE)
_REQUIRES = ("requirements.txt", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py")
_POSTGRESQL = ("postgres", "postgis", "psycopg", "cockroach")
_LOOKED_AT = 4


def apps(tree: Tree) -> list[Found]:
    """The histories of Django in the folders that were walked: that of the apps below one
    manage.py, and one of all apps that stand below none."""
    groups: dict[str, list[str]] = {}
    for path in tree.folders:
        if os.path.basename(path) == "migrations" and _holds(tree, path, tree.folders[path].files):
            groups.setdefault(manager(tree, path) or "", []).append(path)
        if "manage.py" in tree.folders[path].files:
            groups.setdefault(path, []).extend(_elsewhere(tree, path))
    found: list[Found] = []
    for home, folders in groups.items():
        if not folders:
            continue
        # A folder of migrations is named for its app, which has to be inside the root.
        top = home or os.path.commonpath([os.path.dirname(os.path.dirname(p)) for p in folders])
        marker = os.path.join(home, "manage.py") if home else None
        found.append(Found(top, "django", apps_files(tree, folders, top), marker))
    return found


def _elsewhere(tree: Tree, home: str) -> list[str]:
    """The folders of migrations of other names, which MIGRATION_MODULES says."""
    from migralint.tools.django.project import modules

    return [
        path
        for path in modules(home)
        if path in tree.folders and os.path.basename(path) != "migrations"
        if _holds(tree, path, tree.folders[path].files)
    ]


def manager(tree: Tree, path: str) -> str | None:
    """The folder of the manage.py that an app belongs to."""
    for file in tree.find_above(path, "manage.py"):
        return os.path.dirname(file)
    return None


def begins(tree: Tree, path: str) -> str | None:
    """The folder in which the project begins that a folder of migrations, or an app, is part of;
    None where it is none."""
    for folder in (path, os.path.join(path, "migrations")):
        if os.path.basename(folder) == "migrations":
            names = sorted(tree.names(folder))
            if _holds(tree, folder, names):
                return manager(tree, folder) or _uppermost(tree, folder)
    home = manager(tree, path)
    if home is not None:
        from migralint.tools.django.project import modules

        return home if path in modules(home) else None
    return None


def _uppermost(tree: Tree, folder: str) -> str:
    top = tree.project(folder)
    above = os.path.dirname(os.path.dirname(folder))
    return above if is_below(top, above) else top


def _holds(tree: Tree, path: str, names: list[str]) -> bool:
    """Whether these are the files of a folder of Django's migrations."""
    numbered = [name for name in names if _NUMBERED.match(name)]
    if not numbered and "__init__.py" not in names:
        return False
    others = [name for name in names if name.endswith(".py") and name[0] not in "_~"]
    looked_at = (numbered or others)[:_LOOKED_AT]
    return any(
        "django" in text and _CLASS.search(text)
        for text in (tree.text(os.path.join(path, name)) for name in looked_at)
    )


def dialect(tree: Tree, found: Found) -> str:
    """The database: PostgreSQL where anything speaks for it or nothing speaks against it."""
    from migralint.tools.django.project import ENGINE, OTHER_ENGINES, settings_files

    text = "\n".join(tree.text(path) for path in settings_files(found.path))
    text = re.sub(r"(?m)^\s*#.*", "", text)
    engines = [engine.rpartition(".")[2] for engine in ENGINE.findall(text)]
    if any(word in text for word in _POSTGRESQL):
        return "postgresql"
    files = [name for name in found.files if name.endswith(".py")]
    sample = files[:: max(1, len(files) // 40)]
    for name in sample:
        if "django.contrib.postgres" in tree.text(os.path.join(found.path, *name.split("/"))):
            return "postgresql"
    if any("psycopg" in tree.text(path) for path in tree.find_above(found.path, *_REQUIRES)):
        return "postgresql"
    named = {OTHER_ENGINES[each] for each in engines if each in OTHER_ENGINES}
    return named.pop() if len(named) == 1 else "postgresql"
