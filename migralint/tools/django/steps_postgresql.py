"""What the operations of django.contrib.postgres send beside."""

from __future__ import annotations

from migralint.languages.values import Made, text_of
from migralint.tools.django.editor import Editor
from migralint.tools.django.expressions import last, name
from migralint.tools.django.models import App, argument, text
from migralint.tools.django.state import State

EXTENSIONS = {
    "BloomExtension": "bloom", "BtreeGinExtension": "btree_gin",
    "BtreeGistExtension": "btree_gist", "CITextExtension": "citext",
    "CryptoExtension": "pgcrypto", "HStoreExtension": "hstore",
    "TrigramExtension": "pg_trgm", "UnaccentExtension": "unaccent",
}  # fmt: skip


def extension(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    own = EXTENSIONS.get(last(op)) or text(op, 0, "name")
    editor.execute(f"CREATE EXTENSION IF NOT EXISTS {name(own)}")


def no_extension(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    own = EXTENSIONS.get(last(op)) or text(op, 0, "name")
    editor.execute(f"DROP EXTENSION IF EXISTS {name(own)}")


def collation(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    own = text(op, 0, "name")
    words = [f"locale={name(text(op, 1, 'locale'))}"]
    provider = text_of(argument(op, -1, "provider"))
    if provider and provider != "libc":
        words.append(f"provider={name(provider)}")
    deterministic = argument(op, -1, "deterministic") is not False
    words += [] if deterministic else ["deterministic=false"]
    editor.execute(f"CREATE COLLATION {name(own)} ({', '.join(words)})")
    editor.catalog.collations[own] = deterministic


def no_collation(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    own = text(op, 0, "name")
    editor.execute(f"DROP COLLATION {name(own)}")
    editor.catalog.collations.pop(own, None)
