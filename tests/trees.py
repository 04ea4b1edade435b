"""Little projects for tests: files on disk, and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from migralint import dialects, tools
from migralint.config import Settings
from migralint.discover import Discovery, discover
from migralint.migration import Project, Transaction

DEFAULTS = Settings()


def plant(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write the files (a name that ends in "/" is a folder) and give the folder back."""
    for name, text in files.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def found(
    folder: Path, paths: Sequence[str] = (), settings: Settings = DEFAULTS, **given: object
) -> Discovery:
    return discover(paths, settings, str(folder), **given)  # type: ignore[arg-type]


def places(discovery: Discovery) -> list[tuple[str, str, str]]:
    """Each root as (path, tool, database)."""
    return [(root.shown, root.tool, root.dialect) for root in discovery.roots]


def project(
    folder: Path,
    files: Mapping[str, str | bytes],
    tool: str,
    paths: Sequence[str] = (),
    settings: Settings = DEFAULTS,
) -> Project:
    """What the one history in these files is read as; it has to be this tool's."""
    discovery = found(plant(folder, files), paths, settings)
    assert [root.tool for root in discovery.roots] == [tool]
    root = discovery.roots[0]
    return tools.read(root, dialects.load(root.dialect).parse)


def ids(read: Project) -> list[str]:
    return [migration.id for migration in read.migrations]


def ups(read: Project) -> dict[str, Transaction]:
    return {migration.id: migration.up.transaction for migration in read.migrations}


def scopes(read: Project) -> list[tuple[str, str]]:
    """How each migration is wrapped, and how sure that is."""
    return [(each.up.transaction.scope, each.up.transaction.certainty) for each in read.migrations]


def problems(read: Project) -> list[tuple[str, str]]:
    """Each problem as (rule, path)."""
    return [(problem.rule, problem.path) for problem in read.problems]
