"""The language server as a client sees it: the real process, driven by pytest-lsp."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from configured import VARIANTS, configured
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from trees import plant

from migralint import cli, engine, pages
from migralint.config import Settings
from migralint.finding import Finding
from migralint.ignores import ignore_here, ignore_in_file, is_heard
from migralint.report import counted
from migralint.server import actions
from migralint.server.documents import Document
from migralint.source import SCRIPTS, Edit, Source, Span

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
FOLDERS = sorted(path for path in FIXTURES.iterdir() if path.is_dir() and path.name != "truth")
USERS = "CREATE TABLE users (id int PRIMARY KEY, email text);\n"
INDEX = "CREATE INDEX users_email ON users (email);\n"
SHOP = {"db/V1__users.sql": USERS, "db/V2__index.sql": INDEX, "flyway.conf": "", ".git/": ""}
QUIET = {"migralint.toml": 'ignore = ["MIG119", "MIG408"]\n'}

Scenario = Callable[["Editor"], Awaitable[None]]


class Editor:
    """A client with one workspace."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.versions: dict[str, int] = {}
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        method = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        before = client.protocol.fm.features.pop(method)

        @client.feature(method)
        def publish(params: types.PublishDiagnosticsParams) -> None:
            before(params)
            self.published.put_nowait(params)

    async def told(self, name: str) -> list[types.Diagnostic]:
        """The next diagnostics that the server publishes of a file, which are of its last
        version."""
        while True:
            told = await asyncio.wait_for(self.published.get(), 20)
            if told.uri == self.uri(name):
                if told.version is not None:
                    assert told.version == self.versions[name]
                return list(told.diagnostics)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri() if ":" not in name else name

    def open(self, name: str, text: str | None = None) -> None:
        if text is None:
            text = (self.folder / name).read_bytes().decode("utf-8-sig", "replace")
        self.versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), name.rpartition(".")[2], 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name: str, *changes: types.TextDocumentContentChangeEvent) -> None:
        self.versions[name] += 1
        version, uri = self.versions[name], self.uri(name)
        document = types.VersionedTextDocumentIdentifier(version=version, uri=uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, changes))

    def write(self, name: str, text: str) -> None:
        """All of the text at once."""
        self.change(name, types.TextDocumentContentChangeWholeDocument(text))

    def close(self, name: str) -> None:
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(self.document(name)))

    def document(self, name: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri(name))

    async def until(self, name: str, *wanted: str) -> None:
        """Wait until diagnostics of these codes are published of a file."""
        while codes(await self.told(name)) != sorted(wanted):
            pass

    async def pull(self, name: str, known: str | None = None) -> Any:
        return await self.client.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(self.document(name), previous_result_id=known)
        )

    async def actions(
        self, name: str, of: types.Diagnostic, *only: str
    ) -> dict[str, types.CodeAction]:
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                self.document(name), of.range, types.CodeActionContext([of], only=only or None)
            )
        )
        return {action.title: action for action in found or () if hasattr(action, "edit")}

    async def hover(self, name: str, line: int, character: int) -> str:
        place = types.Position(line, character)
        found = await self.client.text_document_hover_async(
            types.HoverParams(self.document(name), place)
        )
        return found.contents.value if found else ""  # type: ignore[union-attr]

    def logged(self) -> str:
        return "\n".join(each.message for each in self.client.log_messages)


def run(
    folder: Path,
    scenario: Scenario,
    capabilities: types.ClientCapabilities | None = None,
    options: Any = None,
    arguments: tuple[str, ...] = ("-m", "migralint", "server"),
) -> None:
    """A session with a server, which ends as it should."""

    async def session() -> None:
        config = ClientServerConfig([sys.executable, *arguments])
        client = await config.start()
        try:
            params = types.InitializeParams(
                capabilities or types.ClientCapabilities(),
                workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
                initialization_options=options,
            )
            await asyncio.wait_for(client.initialize_session(params), 20)
            await scenario(Editor(client, folder))
            await client.shutdown_session()
            process = client._server
            assert await asyncio.wait_for(process.wait(), 10) == 0
        finally:
            if client._server.returncode is None:
                client._server.kill()
            await client.stop()

    asyncio.run(session())


def codes(found: list[types.Diagnostic]) -> list[str]:
    return sorted(str(each.code) for each in found)


def applied(edit: types.WorkspaceEdit | None, texts: dict[str, str]) -> dict[str, str]:
    """Texts by URI, with an edit made to them; columns are characters here."""
    assert edit is not None
    made = dict(texts)
    changes: list[tuple[str, list[types.TextEdit]]] = [
        (uri, list(edits)) for uri, edits in (edit.changes or {}).items()
    ]
    for change in edit.document_changes or ():
        if isinstance(change, types.CreateFile):
            made[change.uri] = ""
        else:
            assert isinstance(change, types.TextDocumentEdit)
            changes.append((change.text_document.uri, list(change.edits)))  # type: ignore[arg-type]
    for uri, edits in changes:
        lines = made[uri].splitlines(keepends=True)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        text = made[uri]
        for each in sorted(edits, key=lambda each: each.range.start.line, reverse=True):
            first = starts[each.range.start.line] + each.range.start.character
            last = starts[each.range.end.line] + each.range.end.character
            text = text[:first] + each.new_text + text[last:]
        made[uri] = text
    return made


# What is said


def said(capsysbinary: pytest.CaptureFixture[bytes], path: str) -> list[tuple[object, ...]]:
    """What the command line says of a file."""
    assert cli.main(["check", "--format=json", "--exit-zero", "--force-exclude", path]) == 0
    found = json.loads(capsysbinary.readouterr().out)["findings"]
    return sorted(
        (
            *(each["code"], each["message"], each["severity"], each["fingerprint"]),
            *(each["line"], each["column"], each["end_line"], each["end_column"]),
        )
        for each in found
        if each["path"] == path and not each["suppressed"]
    )


SEVERITY = {1: "error", 2: "warning", 3: "info"}


def seen(found: list[types.Diagnostic]) -> list[tuple[object, ...]]:
    return sorted(
        (
            *(each.code, each.message, SEVERITY[int(each.severity or 0)], each.data["fingerprint"]),
            *(each.range.start.line + 1, each.range.start.character + 1),
            *(each.range.end.line + 1, each.range.end.character + 1),
        )
        for each in found
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_says_what_the_command_line_says_of_every_fixture(
    variant: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """With `test_flake8`, which holds the plugin against the same, the three say one thing."""
    monkeypatch.setenv("MIGRALINT_CACHE_DIR", str(tmp_path / "cache"))
    folders = [configured(folder, variant, tmp_path) for folder in FOLDERS]
    capsysbinary.readouterr()
    utf32 = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=["utf-32"])
    )

    async def scenario(editor: Editor) -> None:
        added = [types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders]
        event = types.WorkspaceFoldersChangeEvent(added, [])
        editor.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event)
        )
        told: Counter[str] = Counter()
        for folder in folders:
            monkeypatch.chdir(folder)
            files = sorted(
                path
                for path in folder.rglob("*")
                if path.suffix in (".sql", ".py", *SCRIPTS) and path.is_file()
            )
            for path in files:
                editor.open(str(path))
            for path in files:
                shown = path.relative_to(folder).as_posix()
                pulled = list((await editor.pull(str(path))).items)
                assert seen(pulled) == said(capsysbinary, shown), path
                told[path.suffix] += len(pulled)
            for path in files:
                editor.close(str(path))
        assert told[".sql"] > 50
        assert min(told[suffix] for suffix in (".py", ".js", ".ts")) > 10

    run(tmp_path, scenario, utf32)


def test_diagnostics_are_pushed_with_their_version_and_cleared(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        (found,) = await editor.told(name)
        assert (found.code, found.source, found.severity) == ("MIG101", "migralint", 1)
        assert found.data["name"] == "index-not-concurrent"
        assert found.data["help"]
        # Each change counts in what the one before it left.
        at = types.Range(types.Position(0, 0), types.Position(0, 0))
        editor.change(
            name,
            types.TextDocumentContentChangePartial(at, "-- one\n"),
            types.TextDocumentContentChangePartial(at, "-- two\n"),
        )
        (found,) = await editor.told(name)
        assert found.range.start.line == 2
        editor.write(name, INDEX.replace("INDEX", "INDEX CONCURRENTLY"))
        assert "MIG101" not in codes(await editor.told(name))
        editor.write(name, INDEX)
        assert codes(await editor.told(name)) == ["MIG101"]
        editor.close(name)
        assert await editor.told(name) == []

    run(tmp_path, scenario)


def test_only_the_last_of_many_keystrokes_is_looked_at(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        await editor.told(name)
        for length in range(1, len(INDEX)):
            editor.write(name, INDEX[:length])
        editor.write(name, INDEX)
        assert codes(await editor.told(name)) == ["MIG101"]
        await asyncio.sleep(0.3)
        assert editor.published.empty()

    run(tmp_path, scenario)


def test_what_is_not_saved_counts_for_other_files(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        one, two, three = "db/V1__users.sql", "db/V2__index.sql", "db/V3__more.sql"
        editor.open(two)
        assert codes(await editor.told(two)) == ["MIG101"]
        editor.open(one)
        await editor.told(one)
        # A file that is on no disk yet has its history.
        editor.open(three, "CREATE INDEX more ON users (id);\n")
        assert "ssumed" not in (await editor.told(three))[0].message
        editor.write(one, "CREATE TABLE others (id int);\n")
        await editor.until(two, "MIG608")

    run(tmp_path, scenario)


def test_diagnostics_are_pulled(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)
    capabilities = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            diagnostic=types.DiagnosticClientCapabilities()
        )
    )

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        first = await editor.pull(name)
        assert codes(first.items) == ["MIG101"]
        again = await editor.pull(name, first.result_id)
        assert again.kind == "unchanged"
        editor.write(name, "\n" + INDEX)
        third = await editor.pull(name, first.result_id)
        assert third.items[0].range.start.line == 1
        # Such a client would show twice what it is also told.
        assert editor.published.empty()

    run(tmp_path, scenario, capabilities)


@pytest.mark.parametrize(
    ("encoding", "column"), [("utf-8", 12), ("utf-16", 10), ("utf-32", 9), (None, 10)]
)
def test_columns_count_as_the_client_does(
    tmp_path: Path, encoding: str | None, column: int
) -> None:
    plant(tmp_path, SHOP | QUIET)
    general = types.GeneralClientCapabilities(position_encodings=encoding and [encoding])

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name, f"/* 🐘 */ {INDEX}")
        (found,) = await editor.told(name)
        assert found.range.start == types.Position(0, column - 1)
        # The same count leads back: what is written before the statement moves it.
        at = types.Range(types.Position(0, column - 1), types.Position(0, column - 1))
        editor.change(name, types.TextDocumentContentChangePartial(at, "\n"))
        (found,) = await editor.told(name)
        assert found.range.start == types.Position(1, 0)

    run(tmp_path, scenario, types.ClientCapabilities(general=general))


def test_characters_that_end_no_line_of_the_protocol(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name, f"-- \x0c \u2028 \x85\r\n{INDEX}")
        (found,) = await editor.told(name)
        assert found.range.start.line == 1
        at = types.Range(types.Position(1, 0), types.Position(1, 6))
        editor.change(name, types.TextDocumentContentChangePartial(at, "CREATE  "))
        (found,) = await editor.told(name)
        assert found.range.start == types.Position(1, 0)

    run(tmp_path, scenario)


def test_other_documents_are_left_alone(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET | {"app.py": "print('DROP TABLE users')\n", "notes.md": "#\n"})

    async def scenario(editor: Editor) -> None:
        for name, text in (
            ("untitled:Untitled-1", INDEX),
            ("git:/db/V2__index.sql?HEAD", INDEX),
            ("file:///c%3A/db/V2__index.sql", INDEX),
            ("notes.md", "DROP TABLE users;\n"),
            ("app.py", "print('DROP TABLE users')\n"),
        ):
            editor.open(name, text)
            assert (await editor.pull(name)).items == ()
            assert await editor.hover(name, 0, 2) == ""
        editor.open("db/V2__index.sql")
        await editor.told("db/V2__index.sql")

    run(tmp_path, scenario)


def test_tags_and_related_places(tmp_path: Path) -> None:
    text = f"-- migralint: ignore[MIG204] nothing here\n{INDEX}"
    plant(tmp_path, SHOP | QUIET | {"db/V2__index.sql": text})

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        unused, index = sorted(await editor.told(name), key=lambda each: str(each.code))
        assert unused.tags == (types.DiagnosticTag.Unnecessary,)
        assert index.tags is None
        twice = "db/V3__twice.sql"
        editor.open(twice, "DROP TABLE users;\nSELECT 1;\n" + INDEX)
        for each in await editor.told(twice):
            for place in each.related_information or ():
                assert place.location.uri.startswith(editor.uri("db"))

    run(tmp_path, scenario)


# Configuration


def test_the_configuration_is_read_anew(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        assert codes(await editor.told(name)) == ["MIG101"]
        path = tmp_path / "migralint.toml"
        path.write_text('ignore = ["MIG1", "MIG4"]\n')
        change = types.FileEvent(path.as_uri(), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([change])
        )
        assert await editor.told(name) == []
        # A configuration that cannot be used is said, and nothing looks clean.
        path.write_text("nonsense = 1\n")
        editor.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([change])
        )
        (found,) = await editor.told(name)
        assert found.code == "MIG000"
        assert 'unknown key "nonsense"' in found.message
        assert "nonsense" in editor.logged()

    run(tmp_path, scenario)


def test_settings_of_the_client(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET | {"strict.toml": 'select = ["MIG101"]\n'})

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        assert await editor.told(name) == []
        settings = {"migralint": {"configuration": "strict.toml", "slect": ["MIG1"]}}
        editor.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings)
        )
        assert codes(await editor.told(name)) == ["MIG101"]
        assert "there is no setting slect; did you mean select?" in editor.logged()

    run(tmp_path, scenario, options={"ignore": ["index-not-concurrent"]})


def test_what_is_asked_of_a_client_that_can(tmp_path: Path) -> None:
    """Neovim 0.11 asks for diagnostics, and lets the server watch files."""
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        assert codes((await editor.pull(name)).items) == ["MIG101"]

    run(tmp_path, scenario, client_capabilities("neovim@v0.11.0"))


# Code actions and hover


def test_ignore_comments_suppress(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        text = f"-- first\n  {INDEX}"
        editor.open(name, text)
        (found,) = await editor.told(name)
        actions = await editor.actions(name, found)
        for where in ("here", "in this file"):
            action = actions[f"Ignore index-not-concurrent (MIG101) {where}"]
            assert action.kind == "quickfix"
            assert action.diagnostics == (found,)
            (made,) = applied(action.edit, {editor.uri(name): text}).values()
            editor.write(name, made)
            assert await editor.told(name) == []
            editor.write(name, text)
            await editor.told(name)

    run(tmp_path, scenario)


def test_fixes(tmp_path: Path) -> None:
    plant(tmp_path, SHOP)
    edits = types.WorkspaceEditClientCapabilities(
        document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
    )
    capabilities = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(workspace_edit=edits)
    )

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        found = await editor.told(name)
        fixable = [each for each in found if each.data["fix"]]
        assert fixable
        for each in fixable:
            fix = each.data["fix"]
            actions = await editor.actions(name, each)
            (action,) = [one for title, one in actions.items() if title.startswith(fix["title"])]
            assert action.is_preferred == fix["safe"]
            made = applied(action.edit, {editor.uri(name): INDEX})
            assert made[editor.uri(name)] != INDEX or len(made) > 1
            editor.write(name, made[editor.uri(name)])
            left = await editor.told(name)
            if len(made) == 1:
                assert each.code not in codes(left)
            editor.write(name, INDEX)
            await editor.told(name)
        safe = [each for each in fixable if each.data["fix"]["safe"]]
        for only in ("source.fixAll", "source.fixAll.migralint"):
            actions = await editor.actions(name, found[0], only)
            assert bool(actions) == bool(safe)
            for action in actions.values():
                assert action.kind == "source.fixAll.migralint"
                made = applied(action.edit, {editor.uri(name): INDEX})
                editor.write(name, made[editor.uri(name)])
                assert not [
                    one for one in await editor.told(name) if (one.data["fix"] or {}).get("safe")
                ]
                editor.write(name, INDEX)
                await editor.told(name)
        assert not await editor.actions(name, found[0], "refactor")

    run(tmp_path, scenario, capabilities)


def test_hover_and_hints(tmp_path: Path) -> None:
    text = f"-- migralint: ignore[MIG204, table-dropped] gone\nDROP TABLE users;\n{INDEX}"
    plant(tmp_path, SHOP | QUIET | {"db/V2__index.sql": USERS.replace("users", "b"), "q.sql": ""})

    async def scenario(editor: Editor) -> None:
        name = "db/V3__more.sql"
        editor.open(name, f"CREATE TABLE c (id int);\n{INDEX}ALTER TABLE users ADD a int; {INDEX}")
        found = await editor.told(name)
        shown = await editor.hover(name, 1, 3)
        assert pages.explain("index-not-concurrent") in shown
        assert "- locks `public.users` **SHARE**: blocks writes" in shown
        assert all(each.data["help"] for each in found if each.code == "MIG101")
        hints = await editor.client.text_document_inlay_hint_async(
            types.InlayHintParams(
                editor.document(name), types.Range(types.Position(0, 0), types.Position(9, 0))
            )
        )
        assert [(hint.position.line, hint.label) for hint in hints or ()] == [
            (1, "SHARE on users"),
            (2, "ACCESS EXCLUSIVE on users"),
        ]
        editor.write(name, text)
        await editor.told(name)
        assert await editor.hover(name, 0, 24) == pages.explain("table-dropped")
        assert await editor.hover(name, 0, 35) == pages.explain("table-dropped")

    run(tmp_path, scenario)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_ignore_comments_are_heard_wherever_they_go(folder: Path) -> None:
    """Of all findings in the fixtures: nothing else is said instead of what a comment ignores."""
    settings = Settings()
    _, projects = engine.read(["."], settings, cwd=str(folder), force_exclude=True)
    scripts = {
        script.source.path
        for project in projects
        for migration in project.migrations
        for script in (migration.up, migration.down)
        if script is not None
    }
    files: dict[str, list[Finding]] = {}
    for finding in counted(engine.check_projects(projects, settings, cwd=str(folder))):
        if finding.path in scripts and finding.source.text:
            files.setdefault(finding.path, []).append(finding)
    for path, findings in files.items():
        before = engine.check([path], settings, cwd=str(folder))
        for finding in {each.code: each for each in findings}.values():
            for write in (ignore_here, ignore_in_file):
                edit = write(finding)
                if not is_heard(finding.source, edit):
                    assert finding.code == "MIG611", "only where a tool cuts a body in two"
                    continue
                text = finding.source.text
                text = text[: edit.span.start] + edit.text + text[edit.span.end :]
                overlay = {str(folder / path): text.encode()}
                after = engine.check([path], settings, cwd=str(folder), overlay=overlay)
                left = Counter(each.code for each in counted(after))
                was = Counter(each.code for each in counted(before))
                assert not left - was, (path, finding.code, edit)
                if finding.code in was:
                    assert left[finding.code] < was[finding.code], (path, finding.code, edit)


def test_fixes_in_other_files(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | {"there.txt": "old\ntext"})
    path = tmp_path / "db/V2__index.sql"
    document = Document(path.as_uri(), str(path), 3, Source("db/V2__index.sql", INDEX))
    others = {"db/V3__new.sql": "SELECT 1;\n", "there.txt": "new\n"}
    edit = Edit(Span(0, 6), "create")

    def made(**given: bool) -> types.WorkspaceEdit | None:
        editor = actions.Editor(str(tmp_path), "utf-16", [document], **given)
        return actions.workspace_edit(document, document.source, [edit], others, editor)

    texts = {document.uri: INDEX, (tmp_path / "there.txt").as_uri(): "old\ntext"}
    whole = made()
    assert whole is not None
    assert [type(each).__name__ for each in whole.document_changes or ()] == [
        "TextDocumentEdit",
        "CreateFile",
        "TextDocumentEdit",
        "TextDocumentEdit",
    ]
    assert applied(whole, texts) == {
        document.uri: INDEX.replace("CREATE", "create"),
        (tmp_path / "db/V3__new.sql").as_uri(): "SELECT 1;\n",
        (tmp_path / "there.txt").as_uri(): "new\n",
    }
    assert made(creates=False) is None
    assert made(changes=False) is None
    del others["db/V3__new.sql"]
    plain = made(changes=False)
    assert plain is not None
    assert applied(plain, texts)[(tmp_path / "there.txt").as_uri()] == "new\n"


# What can go wrong


BROKEN = """
import sys
from migralint import registry
registry.load()
rule = registry.RULES["MIG101"]
def check(op, ctx):
    print("this stands on standard output")
    raise ZeroDivisionError("a rule broke")
from msgspec.structs import replace
registry.RULES["MIG101"] = replace(rule, check=check)
from migralint.cli import main
sys.exit(main(["server"]))
"""


def test_a_rule_that_breaks_is_shown(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.open(name)
        (found,) = await editor.told(name)
        assert found.code == "MIG000"
        assert found.message.startswith("internal error in MIG101 index-not-concurrent: Zero")
        assert "a rule broke" in editor.logged()
        editor.write(name, "CREATE TABLE b (id int PRIMARY KEY);\n")
        assert "MIG000" not in codes(await editor.told(name))

    run(tmp_path, scenario, arguments=("-c", BROKEN))


def conversation(*messages: dict[str, Any]) -> bytes:
    parts = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(part), part) for part in parts)


INITIALIZE = {"id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None}}


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([INITIALIZE, {"id": 2, "method": "shutdown"}, {"method": "exit"}], 0),
        ([INITIALIZE, {"method": "exit"}], 1),
        ([INITIALIZE], 1),
    ],
)
def test_how_it_ends(messages: list[dict[str, Any]], status: int, tmp_path: Path) -> None:
    import subprocess

    command = [sys.executable, "-m", "migralint", "server", "--stdio"]
    given = conversation(*messages)
    done = subprocess.run(command, input=given, capture_output=True, cwd=tmp_path, timeout=30)
    assert done.returncode == status, done.stderr
    assert done.stdout.startswith(b"Content-Length: ")


def test_messages_that_nobody_knows_and_requests_that_are_withdrawn(tmp_path: Path) -> None:
    plant(tmp_path, SHOP | QUIET)

    async def scenario(editor: Editor) -> None:
        name = "db/V2__index.sql"
        editor.client.protocol.notify("$/unheardOf", {"a": 1})
        editor.client.protocol.notify("workspace/unheardOf", None)
        editor.open(name)
        editor.write(name, INDEX + "\n")
        waiting = editor.client.protocol.send_request(
            "textDocument/diagnostic", types.DocumentDiagnosticParams(editor.document(name))
        )
        (number,) = list(editor.client.protocol._request_futures)
        editor.client.protocol.notify("$/cancelRequest", types.CancelParams(number))
        with pytest.raises(Exception, match="cancel"):
            await asyncio.wait_for(asyncio.wrap_future(waiting), 10)
        assert codes(await editor.told(name)) == ["MIG101"]

    run(tmp_path, scenario)


def test_without_pygls_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "migralint.server.protocol", None)
    monkeypatch.delitem(sys.modules, "migralint.server", raising=False)
    gone = ModuleNotFoundError("no pygls", name="pygls")

    class Finder:
        @staticmethod
        def find_spec(name: str, *rest: object) -> None:
            if name.startswith("pygls"):
                raise gone

    monkeypatch.delitem(sys.modules, "migralint.server.protocol")
    for name in [name for name in sys.modules if name.startswith(("pygls", "migralint.server."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    assert cli.main(["server"]) == 2
    assert "pip install 'migralint[lsp]'" in capsys.readouterr().err
