"""What Node's own `path`, `url` and `fs` give that only depends on where a file stands: paths, and
the text of a file beside."""

from __future__ import annotations

import os

from migralint.languages.expressions import MISSING
from migralint.languages.values import Made, Value, text_of
from migralint.source import Embedded
from migralint.tools.files import text_of as text_of_file
from migralint.tools.javascript.modules import Modules

_READS = ("readFileSync", "readFile")
_HERE = ("builtins.__dirname", "builtins.import.meta.dirname")
_ITSELF = ("builtins.__filename", "builtins.import.meta.filename", "builtins.import.meta.url")
_PATHS = frozenset(("path", "path.default", "path.posix", "path.default.posix", "builtins.path"))
_FILES = frozenset(
    ("fs", "fs.default", "fs.promises", "fs.default.promises", "fs/promises",
     "fs/promises.default", "fs-extra", "fs-extra.default")
)  # fmt: skip
_LARGEST = 400_000
"""A longer file holds data."""


def known(path: str, file: str) -> Value:
    """`__dirname` and its kin in this file."""
    if path in _HERE:
        return Embedded(os.path.dirname(file), ())
    return Embedded(file, ()) if path in _ITSELF else MISSING


def folded(made: Made, modules: Modules) -> Value:
    """What a function of `path` or `url` gives, and the text of a file that is read, which is
    consulted then. A path that is resolved is one below the folder of the file in hand."""
    library, _, name = made.path.removeprefix("node:").rpartition(".")
    if name == "fileURLToPath":
        path = text_of(made.value(0)) if made.given else None
        return MISSING if path is None else Embedded(path.removeprefix("file://"), ())
    if library in _FILES and name in _READS:
        return _read(made, modules)
    if library not in _PATHS or name not in ("join", "resolve", "dirname", "basename", "extname"):
        return MISSING
    texts = [text_of(each.value) for each in made.given]
    parts = [each for each in texts if each is not None]
    if not parts or parts != texts:
        return MISSING
    if name == "dirname":
        return Embedded(os.path.dirname(parts[0]), ())
    if name == "extname":
        return Embedded(os.path.splitext(parts[0])[1], ())
    if name == "basename":
        return Embedded(os.path.basename(parts[0]).removesuffix(*parts[1:2] or ("",)), ())
    if name == "join":  # An absolute part is below what stands before it.
        parts = parts[:1] + [each.lstrip("/") for each in parts[1:]]
    else:
        parts.insert(0, modules.folder)
    return Embedded(os.path.normpath(os.path.join(*parts)), ())


def _read(made: Made, modules: Modules) -> Value:
    path = text_of(made.value(0)) if made.given else None
    if path is None or not os.path.isabs(path):
        return MISSING
    path = os.path.normpath(path)
    text = text_of_file(path)
    if not text or len(text) > _LARGEST:
        return MISSING
    modules.consulted.add(path)
    return Embedded(text, ())
