"""One client's session: what it is told, and what its questions are answered with."""

from __future__ import annotations

import asyncio
import time
from hashlib import blake2b
from typing import Any

import msgspec
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from migralint import pages
from migralint.arguments import did_you_mean
from migralint.finding import Finding
from migralint.server import actions, hover
from migralint.server.actions import FIX_ALL, Editor
from migralint.server.diagnostics import diagnostic, diagnostics
from migralint.server.documents import (
    Document,
    Encoding,
    changed,
    offset,
    path_of,
    range_of,
    uri_of,
)
from migralint.server.histories import Given, folder_of, is_candidate
from migralint.server.looks import DEBOUNCE, Looks
from migralint.source import Source

SECTION = "migralint"
_CLIENTS = frozenset({"trace", "path", "enable"})
"""Settings that clients keep for themselves beside ours."""
_NOT_IGNORED = frozenset({"unused-ignore", "unknown-ignore"})
WATCHED = (
    "**/*.{sql,py,js,ts,cjs,mjs,cts,mts}",
    "**/*.{toml,json,yaml,yml,xml,properties,ini,conf,hcl,sum}",
    "**/.gitignore",
)
"""What histories are made of, and what tools are told."""


class Session:
    def __init__(self, server: LanguageServer) -> None:
        self.server = server
        self.looks = Looks()
        self._documents = self.looks.documents
        self._push = True
        self._first = ""
        self._pushing: asyncio.Task[None] | None = None
        self._shown: set[str] = set()
        self._logged: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    # Life

    def begin(self, params: types.InitializeParams) -> None:
        folders = [folder.uri for folder in params.workspace_folders or ()]
        if not folders and (params.root_uri or params.root_path):
            folders = [params.root_uri or uri_of(params.root_path or "")]
        self.looks.folders = [path.rstrip("/") for uri in folders if (path := path_of(uri))]
        documents = params.capabilities.text_document
        # A client that asks would show twice what it is also told.
        self._push = documents is None or documents.diagnostic is None
        self._configure(params.initialization_options)

    async def begun(self) -> None:
        workspace = self.server.client_capabilities.workspace
        wanted: list[types.Registration] = []
        files = workspace and workspace.did_change_watched_files
        if files and files.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            wanted.append(
                types.Registration(
                    "migralint-files",
                    types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                    types.DidChangeWatchedFilesRegistrationOptions(watchers),
                )
            )
        settings = workspace and workspace.did_change_configuration
        if settings and settings.dynamic_registration:
            wanted.append(
                types.Registration(
                    "migralint-settings",
                    types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                    {"section": SECTION},
                )
            )
        if wanted:
            await self.server.client_register_capability_async(types.RegistrationParams(wanted))
        await self.ask_settings()

    async def ask_settings(self, told: Any = None) -> None:
        """Take settings that the client has told, else ask for them where it can be asked."""
        before, workspace = self.looks.histories.given, self.server.client_capabilities.workspace
        if told:
            self._configure(told)
        elif workspace is not None and workspace.configuration:
            items = [types.ConfigurationItem(section=SECTION)]
            asked = types.ConfigurationParams(items)
            found = await self.server.workspace_configuration_async(asked)
            self._configure(found[0] if found else None)
        if self.looks.histories.given != before:
            self.disturbed()

    def _configure(self, told: Any) -> None:
        for key in ("settings", SECTION):
            if isinstance(told, dict) and isinstance(told.get(key), dict):
                told = told[key]
        if not isinstance(told, dict) or not told:
            return
        known = {field.encode_name for field in msgspec.structs.fields(Given)}
        for key in sorted(set(told) - known - _CLIENTS):
            self.log(f"there is no setting {key}{did_you_mean(key, known)}")
        ours = {key: value for key, value in told.items() if key in known and value is not None}
        try:
            self.looks.histories.given = msgspec.convert(ours, Given)
        except msgspec.ValidationError as why:
            self.log(f"the client's settings: {why}", types.MessageType.Error)

    def moved(self, added: list[str], removed: list[str]) -> None:
        """The workspace has other folders."""
        gone = {(path_of(uri) or "").rstrip("/") for uri in removed}
        self.looks.folders = [path for path in self.looks.folders if path not in gone]
        self.looks.folders += [path.rstrip("/") for uri in added if (path := path_of(uri))]
        self.disturbed()

    def log(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Tell once."""
        if message in self._logged:
            return
        self._logged.add(message)
        self.server.window_log_message(types.LogMessageParams(kind, f"migralint: {message}"))

    # Documents

    @property
    def encoding(self) -> Encoding:
        return self.server.workspace.position_encoding or types.PositionEncodingKind.Utf16

    def open(self, uri: str, version: int, text: str) -> None:
        path = path_of(uri)
        if path is not None:
            self._documents[uri] = Document(uri, path, version, Source(path, text))
            self.touched(uri, 0)

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        uri, version = params.text_document.uri, params.text_document.version
        document = self._documents.get(uri)
        if document is not None:
            self._documents[uri] = changed(document, version, params.content_changes, self.encoding)
            self.looks.changed = time.monotonic()
            self.touched(uri, DEBOUNCE)

    def close(self, uri: str) -> None:
        if self._documents.pop(uri, None) is not None:
            self.looks.forget(uri)
            if self._push:
                self._shown.discard(uri)
                self.server.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(uri, [])
                )
            self.touched("", DEBOUNCE)

    def touched(self, uri: str, delay: float) -> None:
        """A file has changed, and with it what may be said of any other."""
        self.looks.tick += 1
        if not self._push:
            return
        self._first = uri or self._first
        if self._pushing is not None:
            self._pushing.cancel()
        self._pushing = asyncio.ensure_future(self._publish(delay))

    def disturbed(self) -> None:
        """Something else has changed: files, settings, folders."""
        self.touched("", DEBOUNCE)
        workspace = self.server.client_capabilities.workspace
        if workspace is None:
            return
        if not self._push and workspace.diagnostics and workspace.diagnostics.refresh_support:
            self._later(self.server.workspace_diagnostic_refresh_async(None))
        if workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            self._later(self.server.workspace_inlay_hint_refresh_async(None))

    def _later(self, wanted: Any) -> None:
        task = asyncio.ensure_future(wanted)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Diagnostics

    async def _publish(self, delay: float) -> None:
        await asyncio.sleep(delay)
        for uri in sorted(self._documents, key=lambda uri: uri != self._first):
            document = self._documents.get(uri)
            if document is None:
                continue
            candidate = is_candidate(document.path, document.source.text)
            if not candidate and uri not in self._shown:
                continue
            items = await self.diagnostics(uri)
            now = self._documents.get(uri)
            if now is None:
                continue
            self._shown.add(uri)
            self._show(types.PublishDiagnosticsParams(uri, items, version=now.version))

    def _show(self, params: types.PublishDiagnosticsParams) -> None:
        self.server.text_document_publish_diagnostics(params)

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """The diagnostics of an open file; what went wrong is logged as well."""
        said = await self.looks.said(uri)
        document = self._documents.get(uri)
        if document is None:
            return []
        for crash in said.crashes:
            place = f"{crash.path}:{crash.line}"
            self.log(
                f"internal error in {crash.rule} at {place}: {crash.error}", types.MessageType.Error
            )
        for warning in said.warnings:
            self.log(warning)
        if said.failure:
            self.log(said.failure, types.MessageType.Error)
        return list(diagnostics(said, self.encoding, self._editor(document).uri))

    async def pulled(
        self, params: types.DocumentDiagnosticParams
    ) -> types.DocumentDiagnosticReport:
        await self.looks.settled()
        items = await self.diagnostics(params.text_document.uri)
        made = blake2b(repr(items).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        if made == params.previous_result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(made)
        return types.RelatedFullDocumentDiagnosticReport(items, result_id=made)

    # What is asked for at a place

    def _editor(self, document: Document) -> Editor:
        workspace = self.server.client_capabilities.workspace
        edit = workspace and workspace.workspace_edit
        return Editor(
            folder_of(document.path, self.looks.folders),
            self.encoding,
            tuple(self._documents.values()),
            changes=bool(edit and edit.document_changes),
            creates=types.ResourceOperationKind.Create
            in ((edit and edit.resource_operations) or ()),
        )

    async def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri, only = params.text_document.uri, params.context.only
        document = self._documents.get(uri)
        said = await self.looks.said(uri)
        if document is None or self._documents.get(uri) is not document:
            return None  # The place is one of a text that is gone.
        editor = self._editor(document)
        found: list[types.CodeAction] = []
        suppress: list[types.CodeAction] = []
        if actions.is_wanted(types.CodeActionKind.QuickFix.value, only):
            for key, finding in said.findings:
                own = diagnostic(finding, key, self.encoding, editor.uri)
                if not _touch(own.range, params.range):
                    continue
                given = next((each for each in params.context.diagnostics if _same(each, own)), own)
                fix = actions.quick_fix(document, finding, given, editor)
                found += [fix] if fix is not None else []
                if finding.name not in _NOT_IGNORED:
                    suppress += actions.ignore_actions(document, finding, given, editor)
        safe = any(finding.fix is not None and finding.fix.safe for _, finding in said.findings)
        if safe and actions.is_wanted(FIX_ALL, only):
            action = types.CodeAction("Fix all that is safe to", kind=FIX_ALL, data={"uri": uri})
            if only is not None or not self._resolves():
                action = await self.resolved(action)
            if action.data is not None or action.edit is not None:
                suppress.append(action)
        return [*found, *suppress]

    def _resolves(self) -> bool:
        """Whether the client asks for an action's edit when it is chosen."""
        documents = self.server.client_capabilities.text_document
        support = documents and documents.code_action and documents.code_action.resolve_support
        return bool(support and "edit" in support.properties)

    async def resolved(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edit."""
        uri = (action.data or {}).get("uri", "")
        document = self._documents.get(uri)
        if document is not None and action.edit is None:
            editor, files = self._editor(document), await self.looks.fixed(document)
            if self._documents.get(uri) is document:
                action.edit = actions.fix_all(document, files, editor)
        action.data = None
        return action

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        document = self._documents.get(uri)
        if document is None or not is_candidate(document.path, document.source.text):
            return None
        source = document.source
        at = offset(source, params.position, self.encoding)
        named = hover.rule_named_at(source, at)
        if named is not None:
            return self._hover(pages.explain(named[0]), range_of(source, named[1], self.encoding))
        said, effects = await self.looks.said(uri), await self.looks.effects(uri)
        if self._documents.get(uri) is not document:
            return None
        # The text that findings count in may differ from the buffer's in its ends of lines.
        here: list[Finding] = [
            finding
            for _, finding in said.findings
            if finding.span.start
            <= offset(finding.source, params.position, self.encoding)
            <= finding.span.end
        ]
        at = offset(effects[0].source, params.position, self.encoding) if effects else at
        told = hover.told_at(effects, at)
        if not here and told is None:
            return None
        source, span = (told.source, told.span) if told else (here[0].source, here[0].span)
        return self._hover(hover.markdown(here, told), range_of(source, span, self.encoding))

    def _hover(self, text: str, place: types.Range) -> types.Hover:
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), place)

    async def inlay_hints(self, params: types.InlayHintParams) -> list[types.InlayHint] | None:
        if not self.looks.histories.given.inlay_hints:
            return None
        await self.looks.settled()
        told = await self.looks.effects(params.text_document.uri)
        first, last = params.range.start.line, params.range.end.line
        return list(hover.inlay_hints(told, first, last, self.encoding))


def _touch(one: types.Range, other: types.Range) -> bool:
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(place: types.Position) -> tuple[int, int]:
    return place.line, place.character


def _same(one: types.Diagnostic, other: types.Diagnostic) -> bool:
    return one.code == other.code and one.range == other.range and one.message == other.message
