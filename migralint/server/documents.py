"""Open files, and places in them as the protocol counts: lines from 0, columns in the units of an
encoding."""

from __future__ import annotations

import os
from collections.abc import Iterable

from lsprotocol import types
from msgspec import Struct
from pygls import uris

from migralint.source import Source, Span

Encoding = types.PositionEncodingKind | str


class Document(Struct, frozen=True):
    """A file as it is in the editor."""

    uri: str
    """As the client writes it."""
    path: str
    """Absolute."""
    version: int
    source: Source


def path_of(uri: str) -> str | None:
    """The file of a URI; None for one that is no file here: a buffer without a name, a commit, a
    drive where there are none."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return path if path and os.path.isabs(path) else None


def uri_of(path: str, open_documents: Iterable[Document] = ()) -> str:
    """The URI of a file: as the client writes it, where the file is open."""
    for document in open_documents:
        if document.path == path:
            return document.uri
    return uris.from_fs_path(path) or ""


def changed(
    document: Document,
    version: int,
    changes: Iterable[types.TextDocumentContentChangeEvent],
    encoding: Encoding,
) -> Document:
    """The document after changes, each of which counts in what the one before it has left.

    pygls's own documents take more characters for the end of a line than the protocol does.
    """
    source = document.source
    for change in changes:
        text = change.text
        if isinstance(change, types.TextDocumentContentChangePartial):
            start = offset(source, change.range.start, encoding)
            end = offset(source, change.range.end, encoding)
            text = source.text[:start] + text + source.text[end:]
        source = Source(source.path, text)
    return Document(document.uri, document.path, version, source)


def position(source: Source, at: int, encoding: Encoding) -> types.Position:
    """Where a character is."""
    line, column = source.position(at)
    start = source.line_starts[line - 1]
    return types.Position(line - 1, _units(source.text[start : start + column - 1], encoding))


def range_of(source: Source, span: Span, encoding: Encoding) -> types.Range:
    """Where a span is."""
    return types.Range(position(source, span.start, encoding), position(source, span.end, encoding))


def offset(source: Source, place: types.Position, encoding: Encoding) -> int:
    """The character at a place; behind the end of a line or of the text, that end."""
    starts = source.line_starts
    if place.line >= len(starts):
        return len(source.text)
    line = source.line(place.line + 1)
    start = starts[place.line]
    if line.isascii() or encoding == types.PositionEncodingKind.Utf32:
        return start + min(place.character, len(line))
    units = 0
    for number, character in enumerate(line):
        if units >= place.character:
            return start + number
        units += _units(character, encoding)
    return start + len(line)


def _units(text: str, encoding: Encoding) -> int:
    if text.isascii() or encoding == types.PositionEncodingKind.Utf32:
        return len(text)
    if encoding == types.PositionEncodingKind.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)
