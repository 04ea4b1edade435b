"""What can be done about findings: their fixes, all safe ones at once, and ignore comments."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence

from lsprotocol import types
from msgspec import Struct

from migralint.finding import Finding, Fix
from migralint.ignores import ignore_here, ignore_in_file, is_heard
from migralint.server.documents import Document, Encoding, range_of, uri_of
from migralint.source import Edit, Source, Span, Unreadable, read, standing_in

FIX_ALL = "source.fixAll.migralint"
KINDS = [types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll, FIX_ALL]

_Change = types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile


def is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether the client asks for actions of a kind: for itself, or for one that it is part of."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


class Editor(Struct, frozen=True):
    """What an edit has to know of the client."""

    folder: str
    """What paths of findings are relative to."""
    encoding: Encoding
    open: Sequence[Document]
    changes: bool = True
    """It takes edits of documents in order (`documentChanges`)."""
    creates: bool = True
    """It makes files."""

    def uri(self, path: str) -> str:
        """The URI of a path as findings have it."""
        return uri_of(os.path.normpath(os.path.join(self.folder, path)), self.open)


def quick_fix(
    document: Document, finding: Finding, diagnostic: types.Diagnostic, editor: Editor
) -> types.CodeAction | None:
    """The fix of a finding, where it has one that the client can make."""
    fix: Fix | None = finding.fix
    if fix is None:
        return None
    edit = workspace_edit(document, finding.source, fix.edits, dict(fix.new_files), editor)
    if edit is None:
        return None
    title = fix.title if fix.safe else f"{fix.title} (changes transactions, files or deploys)"
    return types.CodeAction(
        title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic],
        is_preferred=fix.safe,
        edit=edit,
    )


def ignore_actions(
    document: Document, finding: Finding, diagnostic: types.Diagnostic, editor: Editor
) -> list[types.CodeAction]:
    """Ignore comments for the statement, and for the file."""
    made = []
    for edit, where in ((ignore_here(finding), "here"), (ignore_in_file(finding), "in this file")):
        if not is_heard(finding.source, edit):
            continue
        change = workspace_edit(document, finding.source, (edit,), {}, editor)
        made.append(
            types.CodeAction(
                f"Ignore {finding.name} ({finding.code}) {where}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=False,
                edit=change,
            )
        )
    return made


def fix_all(
    document: Document, files: Mapping[str, bytes], editor: Editor
) -> types.WorkspaceEdit | None:
    """The edit that makes of the files what they are when all is mended; None where the client
    cannot make it. `files` are by absolute path."""
    texts: dict[str, str] = {}
    with standing_in(files):
        for path in files:
            try:
                texts[path] = read(path, path).text
            except Unreadable:
                return None
    own = texts.pop(document.path, document.source.text)
    edits = list(_difference(document.source.text, own))
    if not edits and not texts:
        return None
    return workspace_edit(document, document.source, edits, texts, editor)


def _difference(old: str, new: str) -> Iterable[Edit]:
    """Edits of whole lines."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, first, last, other, end in matcher.get_opcodes():
        if tag != "equal":
            yield Edit(Span(starts[first], starts[last]), "".join(after[other:end]))


def workspace_edit(
    document: Document,
    source: Source,
    edits: Iterable[Edit],
    others: Mapping[str, str],
    editor: Editor,
) -> types.WorkspaceEdit | None:
    """Edits of a document (`source`: its text as the edits count), and whole texts of other files;
    None where the client cannot make them."""
    own = [_text_edit(source, each, editor.encoding) for each in edits]
    if not editor.changes:
        if any(not os.path.exists(os.path.join(editor.folder, path)) for path in others):
            return None
        changes = {document.uri: own} if own else {}
        for path, text in others.items():
            place = _whole(os.path.join(editor.folder, path), editor)
            changes[editor.uri(path)] = [types.TextEdit(place, text)]
        return types.WorkspaceEdit(changes=changes)
    made: list[_Change] = []
    if own:
        here = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
        made.append(types.TextDocumentEdit(here, own))
    for path, text in others.items():
        uri, full = editor.uri(path), os.path.join(editor.folder, path)
        opened = next((each for each in editor.open if each.uri == uri), None)
        if opened is None and not os.path.lexists(full):
            if not editor.creates:
                return None
            made.append(types.CreateFile(uri))
        version = opened.version if opened is not None else None
        there = types.OptionalVersionedTextDocumentIdentifier(uri, version)
        edit = types.TextEdit(_whole(full, editor), text)
        made.append(types.TextDocumentEdit(there, [edit]))
    return types.WorkspaceEdit(document_changes=made)


def _whole(path: str, editor: Editor) -> types.Range:
    """All of a file, as it is in the editor or on disk."""
    source = next((each.source for each in editor.open if each.path == path), None)
    if source is None:
        try:
            source = read(path, path)
        except Unreadable:
            source = Source(path, "")
    return range_of(source, Span(0, len(source.text)), editor.encoding)


def _text_edit(source: Source, edit: Edit, encoding: Encoding) -> types.TextEdit:
    return types.TextEdit(range_of(source, edit.span, encoding), edit.text)
