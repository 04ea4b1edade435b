"""How long the language server takes for a keystroke in the newest of 2,000 migrations.

    python bench/server.py [--count 2000] [--keys 15]

Seconds at a client of the real process, from the change to its diagnostics; the 0.2 seconds that
the server waits for the next keystroke are part of them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import revisions
import run
from lsprotocol import types
from pygls.lsp.client import LanguageClient

DJANGO = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [{after}]

    operations = [
        {operation},
    ]
"""


def alembic(folder: Path, count: int) -> Path:
    return revisions.generate(folder, count)[-1]


def flyway(folder: Path, count: int) -> Path:
    run.generate(folder, count, run.SEED)
    return max(folder.rglob("V*.sql"), key=lambda path: int(path.name[1:].split("_")[0]))


def django(folder: Path, count: int) -> Path:
    chance = random.Random(7)
    migrations = folder / "shop" / "migrations"
    migrations.mkdir(parents=True)
    (folder / "manage.py").write_text("import django\n")
    (folder / "shop" / "__init__.py").write_text("")
    (migrations / "__init__.py").write_text("")
    models: list[int] = []
    for number in range(1, count + 1):
        if number % 4 == 1:
            fields = '("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())'
            operation = f'migrations.CreateModel(name="M{number}", fields=[{fields}])'
            models.append(number)
        else:
            field = f"models.CharField(max_length=20, null=True, db_index={number % 3 == 0})"
            model = chance.choice(models)
            operation = f'migrations.AddField("m{model}", "f{number}", {field})'
        after = f'("shop", "{number - 1:05}_step")' if number > 1 else ""
        path = migrations / f"{number:05}_step.py"
        path.write_text(DJANGO.format(after=after, operation=operation))
    return path


async def measured(folder: Path, path: Path, keys: int) -> tuple[float, list[float]]:
    """Seconds until the first diagnostics, and after each keystroke."""
    client = LanguageClient("bench", "1")
    published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
    client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda told: published.put_nowait(told))
    await client.start_io(sys.executable, "-m", "migralint", "server", cwd=str(folder))
    capabilities = types.ClientCapabilities()
    await client.initialize_async(
        types.InitializeParams(capabilities, root_uri=folder.as_uri(), process_id=None)
    )
    client.initialized(types.InitializedParams())
    uri = path.as_uri()
    begun = time.perf_counter()
    item = types.TextDocumentItem(uri, path.suffix[1:], 0, path.read_text())
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await published.get()
    first = time.perf_counter() - begun
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    taken = []
    for version in range(1, keys + 1):
        begun = time.perf_counter()
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=version, uri=uri),
                [types.TextDocumentContentChangePartial(start, "\n")],
            )
        )
        told = await published.get()
        assert told.version == version
        taken.append(time.perf_counter() - begun)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return first, taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--keys", type=int, default=15)
    given = parser.parse_args()
    generators: list[Callable[[Path, int], Path]] = [flyway, alembic, django]
    for generate in generators:
        folder = Path(tempfile.mkdtemp(prefix="migralint-bench-"))
        try:
            path = generate(folder, given.count)
            first, taken = asyncio.run(measured(folder, path, given.keys))
            print(
                f"{generate.__name__:8} opened {first:5.2f} s   a keystroke, median "
                f"{statistics.median(taken):.2f} s, worst {max(taken):.2f} s"
            )
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
