"""The language server with the abilities of real editors, over standard input and output."""

import asyncio
import itertools

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import (
    ClientServerConfig,
    LanguageClient,
    client_capabilities,
    make_test_lsp_client,
)

from conftest import program

WEAK = "JWT_SECRET=changeme\n"
RULE = "placeholder-secret-in-deployable"
COMPOSE = """\
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD:?}
    ports: ["5432:5432"]
"""
PORT = "compose-db-port-published"
# The second is what VS Code says since it asks for diagnostics.
EDITORS = [
    "visual-studio-code",
    "visual-studio-code that asks",
    "neovim@0.7",
    "neovim@0.10",
    "neovim@0.11",
    "emacs",
]


class Files:
    """A folder, and the versions of the documents that are open in it."""

    def __init__(self, root):
        self.root = root
        self.versions = itertools.count(1)

    def uri(self, name):
        return (self.root / name).as_uri()

    def write(self, name, text):
        (self.root / name).write_text(text)


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def editor():
    """A client that lets servers register what they can do, as these editors do."""
    client = make_test_lsp_client()
    client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
    return client


@pytest_lsp.fixture(
    params=EDITORS,
    config=ClientServerConfig(
        server_command=[program(), "lsp", "--stdio"], client_factory=editor
    ),
)
async def client(lsp_client: LanguageClient, request, files):
    files.write(".env.production", WEAK)
    name, _, asks = request.param.partition(" ")
    capabilities = client_capabilities(name)
    if asks:
        capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities(
            dynamic_registration=True
        )
        capabilities.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(
            refresh_support=True
        )
        capabilities.general.position_encodings = [types.PositionEncodingKind.Utf16]
    started = await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities,
            initialization_options={"debounce": 0},
            workspace_folders=[types.WorkspaceFolder(uri=files.root.as_uri(), name="root")],
        )
    )
    assert (started.capabilities.diagnostic_provider is not None) == bool(asks)
    lsp_client.asks = bool(asks)
    yield
    await lsp_client.shutdown_session()


def opened(client, files, name, text):
    document = types.TextDocumentItem(
        uri=files.uri(name), language_id="plaintext", version=next(files.versions), text=text
    )
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=document))
    return document.version


def edited(client, files, name, *changes):
    document = types.VersionedTextDocumentIdentifier(
        uri=files.uri(name), version=next(files.versions)
    )
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(text_document=document, content_changes=list(changes))
    )
    return document.version


def whole(text):
    return types.TextDocumentContentChangeWholeDocument(text=text)


async def shown(client, files, name, holds):
    """The diagnostics of a document, got as the editor gets them, when they are as wanted."""
    uri = files.uri(name)
    if client.asks:
        report = await client.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(text_document=types.TextDocumentIdentifier(uri=uri))
        )
        assert uri not in client.diagnostics, "what is asked for is not sent as well"
        assert holds(codes(report.items)), codes(report.items)
        return report.items
    for _ in range(1000):
        found = client.diagnostics.get(uri)
        if found is not None and holds(codes(found)):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{name}: {codes(client.diagnostics.get(uri, []))}")


def codes(found):
    return [diagnostic.code for diagnostic in found]


def has(rule):
    return lambda found: rule in found


def nothing(found):
    return found == []


def applied(text, edits):
    """A text after edits, counted in UTF-16 code units or, as it is ASCII, in bytes."""
    lines = text.splitlines(keepends=True) + [""]
    starts = [0, *itertools.accumulate(len(line) for line in lines)]
    offset = lambda position: starts[position.line] + position.character
    for edit in sorted(edits, key=lambda edit: offset(edit.range.start), reverse=True):
        start, end = offset(edit.range.start), offset(edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text


async def actions(client, files, name, **context):
    whole_file = types.Range(types.Position(0, 0), types.Position(999, 0))
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=files.uri(name)),
        range=whole_file,
        context=types.CodeActionContext(diagnostics=[], **context),
    )
    return await client.text_document_code_action_async(params) or []


async def chosen(client, files, name, text, action):
    """The text of a document after an action."""
    if action.edit is None:
        action = await client.code_action_resolve_async(action)
    if action.edit.document_changes is not None:
        (change,) = action.edit.document_changes
        assert change.text_document.uri == files.uri(name)
        return applied(text, change.edits)
    return applied(text, action.edit.changes[files.uri(name)])


async def test_what_is_typed_counts_and_not_what_is_on_disk(client, files):
    opened(client, files, ".env.production", WEAK)
    await shown(client, files, ".env.production", has(RULE))
    edited(client, files, ".env.production", whole("A=1\n"))
    await shown(client, files, ".env.production", nothing)
    edited(client, files, ".env.production", whole(WEAK))
    await shown(client, files, ".env.production", has(RULE))


async def test_places_are_right_behind_emoji_and_carriage_returns(client, files):
    text = "# 😀\r\nGREETING=😀 JWT\r\n"
    opened(client, files, ".env.production", text)
    await shown(client, files, ".env.production", nothing)
    # "GREETING=😀 JWT" becomes "JWT_SECRET=changeme": each editor counts in its own units.
    encodings = client.capabilities.general and client.capabilities.general.position_encodings
    bytes_ = types.PositionEncodingKind.Utf8 in (encodings or [])
    face = 4 if bytes_ else 2
    before = types.Range(types.Position(1, 0), types.Position(1, 10 + face))
    change = types.TextDocumentContentChangePartial
    edited(client, files, ".env.production", change(range=before, text=""))
    behind = types.Range(types.Position(1, 3), types.Position(1, 99))
    line = change(range=behind, text="_SECRET=changeme # 😀")
    edited(client, files, ".env.production", line)
    found = await shown(client, files, ".env.production", has(RULE))
    place = next(each.range for each in found if each.code == RULE)
    assert (place.start.line, place.start.character, place.end.character) == (1, 11, 19)


async def test_a_finding_goes_when_another_file_is_edited(client, files):
    opened(client, files, ".env.production", WEAK)
    await shown(client, files, ".env.production", has(RULE))
    opened(client, files, "seaworthy.toml", f'[rules]\n{RULE} = "off"\n')
    await shown(client, files, "seaworthy.toml", nothing)
    await shown(client, files, ".env.production", lambda found: RULE not in found)
    edited(client, files, "seaworthy.toml", whole("# nothing is off\n"))
    await shown(client, files, "seaworthy.toml", nothing)
    await shown(client, files, ".env.production", has(RULE))


async def test_an_action_leaves_nothing_to_say(client, files):
    opened(client, files, "compose.yml", COMPOSE)
    await shown(client, files, "compose.yml", has(PORT))
    offered = await actions(client, files, "compose.yml")
    ignore = next(a for a in offered if a.title == f"Ignore `{PORT}` here: accepted risk")
    text = await chosen(client, files, "compose.yml", COMPOSE, ignore)
    edited(client, files, "compose.yml", whole(text))
    await shown(client, files, "compose.yml", lambda found: PORT not in found)


async def test_all_is_fixed_that_is_safe(client, files):
    text = '{\n  "framework": "nextjs"\n}\n'
    rule = "header-x-content-type-options"
    opened(client, files, "vercel.json", text)
    await shown(client, files, "vercel.json", has(rule))
    fix_all = types.CodeActionKind.SourceFixAll
    offered = await actions(client, files, "vercel.json", only=[fix_all])
    assert [action.kind for action in offered] == ["source.fixAll.seaworthy"]
    fixed = await chosen(client, files, "vercel.json", text, offered[0])
    edited(client, files, "vercel.json", whole(fixed))
    await shown(client, files, "vercel.json", lambda found: rule not in found)


async def test_the_pointer_is_told_why(client, files):
    opened(client, files, ".env.production", WEAK)
    await shown(client, files, ".env.production", has(RULE))
    hover = await client.text_document_hover_async(
        types.HoverParams(
            text_document=types.TextDocumentIdentifier(uri=files.uri(".env.production")),
            position=types.Position(0, 13),
        )
    )
    assert "Why" in hover.contents.value and "changeme" not in hover.contents.value


async def test_the_server_lives_through_nonsense(client, files):
    document = types.TextDocumentIdentifier(uri=files.uri("never-opened"))
    client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=document))
    edited(client, files, "never-opened", whole("x"))
    with pytest.raises(Exception, match="no such method"):
        await client.workspace_execute_command_async(types.ExecuteCommandParams(command="x"))
    opened(client, files, ".env.production", WEAK)
    await shown(client, files, ".env.production", has(RULE))
