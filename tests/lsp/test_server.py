"""The server through a real client, on standard input and output: what an editor sees while somebody types."""

from __future__ import annotations

import asyncio
import sys

import pytest

pytest.importorskip("pytest_lsp")

import pytest_lsp
from lsprotocol import types

from tests.support.cli import environment
from tests.support.editor import MARK, SHOP

_CONFIG = pytest_lsp.ClientServerConfig([sys.executable, "-m", "mldsl", "lsp"], server_env=environment())


@pytest_lsp.fixture(config=_CONFIG)
async def client(lsp_client: pytest_lsp.LanguageClient, tmp_path):
    capabilities = pytest_lsp.client_capabilities("visual-studio-code")
    lsp_client.watched = []

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        lsp_client.watched += [item.method for item in params.registrations]

    folder = types.WorkspaceFolder(tmp_path.as_uri(), "shop")
    await lsp_client.initialize_session(types.InitializeParams(capabilities, workspace_folders=[folder]))
    yield
    await lsp_client.shutdown_session()


def _open(client, uri: str, text: str) -> None:
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "mldsl", 1, text)))


def _change(client, uri: str, text: str, version: int = 2) -> None:
    change = types.TextDocumentContentChangeWholeDocument(text)
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, uri), [change])
    )


async def _told(client, uri: str, codes: list[str]) -> list[types.Diagnostic]:
    """The diagnostics of a file once they are these; what there is after five seconds if they never are."""
    for _ in range(250):
        found = client.diagnostics.get(uri)
        if found is not None and [item.code for item in found] == codes:
            return list(found)
        await asyncio.sleep(0.02)
    return list(client.diagnostics.get(uri, []))


def _position(text: str, line: str, word: str) -> types.Position:
    """Where `word` begins, in UTF-16."""
    at = text.index(line) + line.index(word)
    start = text.rfind("\n", 0, at) + 1
    return types.Position(text.count("\n", 0, at), len(text[start:at].encode("utf-16-le")) // 2)


@pytest.mark.asyncio
async def test_diagnostics_as_one_types(client, tmp_path):
    uri = (tmp_path / "shop.ml").as_uri()
    _open(client, uri, SHOP)
    assert await _told(client, uri, []) == []
    wrong = SHOP.replace('plan == "größer" or tenure', 'plan == "🚀🚀" or tenura')
    _change(client, uri, wrong)
    enum, column = await _told(client, uri, ["ML209", "ML201"])
    assert column.range.start == _position(wrong, "tenura >", "tenura")
    assert column.severity == types.DiagnosticSeverity.Error
    assert "tenure" in column.message
    assert enum.source == "mldsl"
    _change(client, uri, SHOP + "\nsplit = =\n", 3)
    assert (await _told(client, uri, ["ML001"]))[0].range.start.line == SHOP.count("\n") + 1
    _change(client, uri, SHOP, 4)
    assert await _told(client, uri, []) == []
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))


@pytest.mark.asyncio
async def test_imports_are_read_from_disk_until_they_are_open(client, tmp_path):
    shared, main = tmp_path / "gemeinsam ü.ml", tmp_path / "main.ml"
    shared.write_text('source a = csv("a.csv") {\n  x: int\n}\n', encoding="utf-8")
    text = 'import "gemeinsam ü.ml"\npipeline p\ncheck a { expect x > 0 }\ntransform t = a { filter x > 1 }\n'
    _open(client, main.as_uri(), text)
    unused = await _told(client, main.as_uri(), ["ML109"])
    assert "`t`" in unused[0].message
    _open(client, shared.as_uri(), shared.read_text(encoding="utf-8"))
    _change(client, shared.as_uri(), 'source a = csv("a.csv") {\n  y: int\n}\n')
    found = await _told(client, main.as_uri(), ["ML201", "ML109", "ML201"])
    assert "`x`" in found[0].message
    _change(client, shared.as_uri(), 'source a = csv("a.csv") {\n  x: integer\n}\n', 3)
    assert [item.code for item in await _told(client, shared.as_uri(), ["ML101"])] == ["ML101"]
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(shared.as_uri())))


@pytest.mark.asyncio
async def test_questions_about_a_place(client, tmp_path):
    uri = (tmp_path / "shop.ml").as_uri()
    _open(client, uri, SHOP)
    here = types.TextDocumentIdentifier(uri)
    place = _position(SHOP, "tenure > days", "tenure")
    shown = await client.text_document_hover_async(types.HoverParams(here, place))
    assert "tenure: int" in shown.contents.value
    found = await client.text_document_definition_async(types.DefinitionParams(here, place))
    assert found[0].range.start == _position(SHOP, "tenure: int", "tenure")
    context = types.ReferenceContext(include_declaration=True)
    listed = await client.text_document_references_async(types.ReferenceParams(context, here, place))
    assert len(listed) == SHOP.count("tenure")
    edit = await client.text_document_rename_async(types.RenameParams(here, place, "months"))
    assert len(edit.changes[uri]) == SHOP.count("tenure") + 1


@pytest.mark.asyncio
async def test_a_rename_that_would_change_the_meaning_is_refused_in_a_sentence(client, tmp_path):
    uri = (tmp_path / "shop.ml").as_uri()
    _open(client, uri, SHOP)
    params = types.RenameParams(types.TextDocumentIdentifier(uri), _position(SHOP, "tenure: int", "tenure"), "plan")
    with pytest.raises(Exception, match="declared twice"):
        await client.text_document_rename_async(params)


@pytest.mark.asyncio
async def test_completion_in_a_file_that_is_broken_at_the_cursor(client, tmp_path):
    uri = (tmp_path / "shop.ml").as_uri()
    text = SHOP.replace("  derive double", f"  filter (plan == {MARK}\n  derive double")
    at = _position(text, MARK, MARK)
    _open(client, uri, text.replace(MARK, ""))
    params = types.CompletionParams(types.TextDocumentIdentifier(uri), at)
    items = (await client.text_document_completion_async(params)).items
    assert [item.label for item in items[:3]] == ['"basic"', '"größer"', '"team 🚀"']


@pytest.mark.asyncio
async def test_questions_about_a_file(client, tmp_path):
    uri = (tmp_path / "shop.ml").as_uri()
    _open(client, uri, SHOP)
    here = types.TextDocumentIdentifier(uri)
    outline = await client.text_document_document_symbol_async(types.DocumentSymbolParams(here))
    assert [item.name for item in outline][:4] == ["shop", "days", "customers", "orders"]
    assert await client.text_document_folding_range_async(types.FoldingRangeParams(here))
    whole = types.Range(types.Position(0, 0), types.Position(999, 0))
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(here, whole))
    assert ": float" in [item.label for item in hints]
    tokens = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(here))
    assert len(tokens.data) % 5 == 0
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(here, types.FormattingOptions(2, True))
    )
    assert edits


@pytest.mark.asyncio
async def test_a_file_that_is_not_there_has_no_answers(client, tmp_path):
    here = types.TextDocumentIdentifier((tmp_path / "missing.ml").as_uri())
    assert await client.text_document_hover_async(types.HoverParams(here, types.Position(0, 0))) is None


@pytest.mark.asyncio
async def test_a_file_that_appears_on_disk_is_seen_once_the_editor_says_so(client, tmp_path):
    main, shared = tmp_path / "main.ml", tmp_path / "shared.ml"
    _open(
        client,
        main.as_uri(),
        'import "shared.ml"\npipeline p\ntransform t = a { filter x > 1 }\nsplit s = t { train: 100% }\n',
    )
    assert [item.code for item in await _told(client, main.as_uri(), ["ML105", "ML109"])] == ["ML105", "ML109"]
    assert client.watched == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES]
    shared.write_text('source a = csv("a.csv") { x: int }\n', encoding="utf-8")
    event = types.FileEvent(shared.as_uri(), types.FileChangeType.Created)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    found = await _told(client, main.as_uri(), ["ML109"])
    assert "`s`" in found[0].message


@pytest.mark.asyncio
async def test_what_was_told_goes_when_the_file_is_closed_and_the_disk_counts_again(client, tmp_path):
    main, shared = tmp_path / "main.ml", tmp_path / "shared.ml"
    shared.write_text('source a = csv("a.csv") { x: int }\n', encoding="utf-8")
    _open(client, main.as_uri(), 'import "shared.ml"\npipeline p\ncheck a { expect x > 0 }\n')
    _open(client, shared.as_uri(), 'source a = csv("a.csv") { y: int }\n')
    assert len(await _told(client, main.as_uri(), ["ML201"])) == 1
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(shared.as_uri())))
    assert await _told(client, main.as_uri(), []) == []
    _change(client, main.as_uri(), "pipeline p\ncheck a { expect x > 0 }\n")
    assert len(await _told(client, main.as_uri(), ["ML101"])) == 1
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(main.as_uri())))
    assert await _told(client, main.as_uri(), []) == []
