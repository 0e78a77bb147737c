"""The examples in an editor, through a real client: lines typed letter by letter, and every question at each."""

from __future__ import annotations

import asyncio
import shutil
import sys

import pytest

pytest.importorskip("pytest_lsp")

import pytest_lsp
from lsprotocol import types

from mldsl.lsp.semantic import LEGEND
from tests.support.cli import ROOT, environment

_CONFIG = pytest_lsp.ClientServerConfig([sys.executable, "-m", "mldsl", "lsp"], server_env=environment())
TYPED = {
    "churn": (
        "transform features = customers {\n",
        '  derive note = if tenure > 3 then "🚀 ja" else concat(payment, "ü")\n',
    ),
    "flights": ("  left join planes on tailnum\n", '  filter (distance > 5 and carrier in ("AA", "Ü🚀"))\n'),
}


class Editor:
    """One file that is open in an editor; `text` is what stands in it now."""

    def __init__(self, client, path):
        self.client, self.uri, self.text, self.version = client, path.as_uri(), path.read_text(encoding="utf-8"), 1
        self.here = types.TextDocumentIdentifier(self.uri)
        item = types.TextDocumentItem(self.uri, "mldsl", 1, self.text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def write(self, text):
        self.text, self.version = text, self.version + 1
        where = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(where, [change]))

    def position(self, at):
        start = self.text.rfind("\n", 0, at) + 1
        return types.Position(self.text.count("\n", 0, at), len(self.text[start:at].encode("utf-16-le")) // 2)

    def apply(self, edits):
        lines = self.text.split("\n")

        def offset(place):
            units = lines[place.line].encode("utf-16-le")[: 2 * place.character]
            return sum(len(line) + 1 for line in lines[: place.line]) + len(units.decode("utf-16-le"))

        for edit in sorted(edits, key=lambda item: offset(item.range.start), reverse=True):
            self.text = self.text[: offset(edit.range.start)] + edit.new_text + self.text[offset(edit.range.end) :]
        self.write(self.text)

    async def told(self, codes):
        """The diagnostics once they have these codes; what there is after ten seconds if they never have."""
        for _ in range(500):
            found = self.client.diagnostics.get(self.uri)
            if found is not None and [item.code for item in found] == codes:
                break
            await asyncio.sleep(0.02)
        return list(self.client.diagnostics.get(self.uri, []))

    async def offered(self, at):
        found = await self.client.text_document_completion_async(types.CompletionParams(self.here, self.position(at)))
        return [item.label for item in found.items]

    async def hover(self, line, word):
        at = self.text.index(line) + line.index(word)
        found = await self.client.text_document_hover_async(types.HoverParams(self.here, self.position(at)))
        return found.contents.value

    async def ask_all(self, at):
        """Whatever an editor asks while one types; the server must answer each."""
        place = self.position(at)
        whole = types.Range(types.Position(0, 0), types.Position(999, 0))
        here, client = self.here, self.client
        await client.text_document_hover_async(types.HoverParams(here, place))
        await client.text_document_document_symbol_async(types.DocumentSymbolParams(here))
        await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(here))
        await client.text_document_folding_range_async(types.FoldingRangeParams(here))
        await client.text_document_inlay_hint_async(types.InlayHintParams(here, whole))
        context = types.CodeActionContext([])
        await client.text_document_code_action_async(types.CodeActionParams(here, types.Range(place, place), context))
        return await self.offered(at)


@pytest_lsp.fixture(config=_CONFIG)
async def client(lsp_client: pytest_lsp.LanguageClient):
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        """Nothing is watched here."""

    capabilities = pytest_lsp.client_capabilities("visual-studio-code")
    await lsp_client.initialize_session(types.InitializeParams(capabilities, workspace_folders=[]))
    yield
    await lsp_client.shutdown_session()


def copied(name, folder):
    shutil.copytree(ROOT / "examples" / name, folder / name, ignore=shutil.ignore_patterns(".mldsl", "data"))
    (folder / name / "data").symlink_to(ROOT / "examples" / name / "data")
    return folder / name / f"{name}.ml"


@pytest.mark.asyncio
@pytest.mark.parametrize("name", TYPED)
async def test_a_line_is_typed_letter_by_letter(client, name, tmp_path):
    editor = Editor(client, copied(name, tmp_path))
    before, line = TYPED[name]
    text, at = editor.text, editor.text.index(before) + len(before)
    for end in range(1, len(line) + 1):
        editor.write(text[:at] + line[:end] + text[at:])
        await editor.ask_all(at + end)
    assert await editor.told([]) == []


@pytest.mark.asyncio
async def test_a_brace_is_lost_and_found(client, tmp_path):
    editor = Editor(client, copied("flights", tmp_path))
    whole = editor.text
    editor.write(whole.replace("  features: all except (due)\n", "  features: all except (due\n"))
    assert [item.code for item in await editor.told(["ML002"])] == ["ML002"]
    editor.write(whole)
    assert await editor.told([]) == []


@pytest.mark.asyncio
async def test_places_of_an_example_are_known(client, tmp_path):
    editor = Editor(client, copied("flights", tmp_path))
    whole = editor.text
    for line, begun, expected in (
        ("prepare { dest, carrier: encode(target) }", "prepare { ", {"numeric", "carrier", "last_time"}),
        ("algorithm gradient_boosting {\n", "algorithm gradient_boosting { ", {"learning_rate", "max_iter"}),
        ("expect brier <= 0.18", "expect ", {"roc_auc", "brier", "max_difference"}),
        ("left join planes on tailnum", "left join ", {"planes", "weather"}),
        ("left join planes on tailnum", "left join planes on ", {"tailnum"}),
        ("features: all except (due)", "features: ", {"due", "all", "all except"}),
        ("report: roc_curve, pr_curve", "report: roc_curve, ", {"pr_curve", "feature_importance"}),
        ("filter arr_delay is not null", "filter origin == ", {'"EWR"', '"JFK"', '"LGA"'}),
    ):
        at = whole.index(line)
        editor.write(whole[:at] + begun + "\n" + whole[at + len(line) :])
        found = await editor.offered(at + len(begun))
        assert expected <= set(found), begun
        if begun.endswith("== "):
            assert found[:3] == ['"EWR"', '"JFK"', '"LGA"']


@pytest.mark.asyncio
async def test_hovers_of_an_example(client, tmp_path):
    editor = Editor(client, copied("flights", tmp_path))
    assert "last_time: int?" in await editor.hover("last_time = lag", "last_time")
    assert "int" in await editor.hover("max_iter: 120", "max_iter")
    assert "boost" in (await editor.hover("algorithm gradient_boosting", "gradient_boosting")).lower()
    assert "greater is better" in await editor.hover("expect roc_auc >= 0.67", "roc_auc")


@pytest.mark.asyncio
async def test_a_column_is_renamed_through_the_pipeline(client, tmp_path):
    editor = Editor(client, copied("flights", tmp_path))
    at = editor.text.index("last_time = lag")
    params = types.PrepareRenameParams(editor.here, editor.position(at))
    assert (await client.text_document_prepare_rename_async(params)) is not None
    number = editor.text.count("is_late")
    at = editor.text.index("is_late = arr_delay")
    edit = await client.text_document_rename_async(types.RenameParams(editor.here, editor.position(at), "delayed"))
    assert len(edit.changes[editor.uri]) == number
    editor.apply(edit.changes[editor.uri])
    assert "is_late" not in editor.text and "predict delayed from data" in editor.text
    assert await editor.told([]) == []


@pytest.mark.asyncio
async def test_a_fix_is_offered_and_mends(client, tmp_path):
    editor = Editor(client, copied("flights", tmp_path))
    whole = editor.text
    editor.write(whole.replace("  max_iter: 120", "  max_itre: 120").replace("# it was cancelled", "# 🚀"))
    (found,) = await editor.told(["ML402"])
    context = types.CodeActionContext([found])
    params = types.CodeActionParams(editor.here, found.range, context)
    actions = await client.text_document_code_action_async(params)
    (edits,) = [item.edit.changes[editor.uri] for item in actions if item.edit is not None]
    editor.apply(edits)
    assert "max_iter: 120" in editor.text
    assert await editor.told([]) == []


@pytest.mark.asyncio
async def test_tokens_and_folds_stand_where_the_text_is(client, tmp_path):
    editor = Editor(client, copied("churn", tmp_path))
    editor.write("## 🚀🚀 ü\n" + editor.text)
    answer = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(editor.here))
    lines, line, start, words = editor.text.split("\n"), 0, 0, set()
    for at in range(0, len(answer.data), 5):
        down, right, length, kind, _ = answer.data[at : at + 5]
        line, start = line + down, right if down else start + right
        units = lines[line].encode("utf-16-le")[2 * start : 2 * (start + length)]
        words.add((units.decode("utf-16-le"), LEGEND.token_types[kind]))
    assert {("transform", "keyword"), ("tenure", "property"), ("churn_model", "class")} <= words
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(editor.here))
    blocks = {lines[item.start_line].split()[0] for item in folds if lines[item.start_line].endswith("{")}
    assert {"source", "check", "transform", "split", "model", "evaluate"} <= blocks
