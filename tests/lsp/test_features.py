"""Diagnostics, definition, references, symbols, folding, formatting, semantic tokens, hints, actions: as functions."""

from __future__ import annotations

from lsprotocol import types

from mldsl.diagnostics.model import Edit
from mldsl.lsp.actions import actions
from mldsl.lsp.definition import definition, references
from mldsl.lsp.diagnostics import diagnostics_of
from mldsl.lsp.folding import folding
from mldsl.lsp.formatting import formatting
from mldsl.lsp.hints import hints
from mldsl.lsp.semantic import LEGEND, semantic_tokens
from mldsl.lsp.symbols import symbols
from mldsl.lsp.workspace import Workspace
from tests.support.editor import SHOP, applied, looked_at, offset_of, opened, uri

WHOLE = types.Range(types.Position(0, 0), types.Position(9999, 0))


def _texts(document, locations):
    return [document.file.text[document.offset(x.range.start) : document.offset(x.range.end)] for x in locations]


def test_diagnostics_have_places_labels_and_help():
    snapshot, _ = looked_at(SHOP.replace("tenure: int", "tenure: int\n  tenure: float"))
    (found,) = [item for item in diagnostics_of(snapshot)[uri("shop.ml")] if item.code == "ML102"]
    assert found.related_information[0].message == "first declared here"
    assert found.related_information[0].location.range.start.line == found.range.start.line - 1


def test_what_is_never_used_is_faded():
    snapshot, _ = looked_at(SHOP + "\nparam alone: int = 1\n")
    (found,) = diagnostics_of(snapshot)[uri("shop.ml")]
    assert found.tags == [types.DiagnosticTag.Unnecessary]


def test_a_definition_is_where_a_column_is_declared_or_computed():
    snapshot, document = looked_at()
    for line, word, expected in (
        ("tenure > days", "tenure", "tenure"),
        ("rename rate", "rate", "rate"),
        ("derive double = `per month`", "per", "rate"),
        ("spend.customer\n", "spend", "spend"),
        ("data.test", "data", "data"),
    ):
        found = definition(snapshot, document, offset_of(document, line, word))
        assert _texts(document, found) == [expected], line
    (place,) = definition(snapshot, document, offset_of(document, "rate to", "rate"))
    assert document.lines.line(place.range.start.line).strip().startswith("rate = ")


def test_references_with_and_without_the_definition():
    snapshot, document = looked_at()
    at = offset_of(document, "tenure > days", "days")
    assert len(references([snapshot], document, at)) == 2
    assert len(references([snapshot], document, at, include_definition=False)) == 1


def test_definition_and_references_across_files(tmp_path):
    (tmp_path / "shared.ml").write_text('source a = csv("a.csv") {\n  x: int\n}\n')
    text = 'import "shared.ml"\npipeline p\ntransform t = a { filter x > 1 }\n'
    space = Workspace(folders=[str(tmp_path)])
    (tmp_path / "main.ml").write_text(text)
    document = space.open((tmp_path / "main.ml").as_uri(), text)
    snapshot = space.snapshot(document)
    (place,) = definition(snapshot, document, text.index("x > 1"))
    assert place.uri.endswith("shared.ml")
    assert place.range.start == types.Position(1, 2)
    (file,) = definition(snapshot, document, text.index("shared"))
    assert file.uri.endswith("shared.ml")
    other = space.by_uri((tmp_path / "shared.ml").as_uri())
    found = references(space.programs_with(other), other, other.file.text.index("x: int"))
    assert sorted(item.uri.rpartition("/")[2] for item in found) == ["main.ml", "shared.ml"]


def test_a_snapshot_is_kept_until_one_of_its_files_changes(tmp_path):
    (tmp_path / "shared.ml").write_text('source a = csv("a.csv") { x: int }\n')
    space = Workspace()
    document = space.open((tmp_path / "main.ml").as_uri(), 'import "shared.ml"\npipeline p\n')
    first = space.snapshot(document)
    assert space.snapshot(document) is first
    space.open((tmp_path / "shared.ml").as_uri(), 'source b = csv("b.csv") { x: int }\n')
    second = space.snapshot(document)
    assert second is not first
    assert "b" in second.context.scope.names
    space.close((tmp_path / "shared.ml").as_uri())
    assert "a" in space.snapshot(document).context.scope.names


def test_the_outline():
    _, document = opened()
    found = {item.name: item for item in symbols(document)}
    assert list(found)[:3] == ["shop", "days", "customers"]
    assert [item.name for item in found["customers"].children] == ["id", "plan", "tenure", "monthly", "churned"]
    assert found["customers"].children[0].detail == "string key"
    assert [item.name for item in found["features"].children] == ["total", "rate", "double"]
    assert found["churn on data.test"].kind == types.SymbolKind.Event
    for item in found.values():
        assert item.range.start.line <= item.selection_range.start.line
        assert item.selection_range.end.line <= item.range.end.line


def test_blocks_and_comments_fold():
    text = "# one\n# two\npipeline p {\n  seed: 1\n}\n\n# three\ntransform t = a { filter x }\n"
    _, document = opened(text)
    found = [(item.start_line, item.end_line, item.kind) for item in folding(document)]
    assert found == [(0, 1, types.FoldingRangeKind.Comment), (2, 3, types.FoldingRangeKind.Region)]


def test_formatting_changes_only_what_it_must():
    text = SHOP.replace("tenure: int", "tenure   :   int")
    space, document = opened(SHOP)
    clean = applied(space, types.WorkspaceEdit(changes={document.uri: formatting(document)}))["shop.ml"]
    space, document = opened(clean)
    assert formatting(document) == []
    space, document = opened(clean.replace("expect tenure >= 0", "expect   tenure>=0"))
    (edit,) = formatting(document)
    assert edit.range.end.line - edit.range.start.line <= 1
    assert applied(space, types.WorkspaceEdit(changes={document.uri: [edit]}))["shop.ml"] == clean
    assert formatting(opened(text + "\nsplit = =\n")[1]) == []


def _marks(text: str) -> dict[str, str]:
    snapshot, document = looked_at(text)
    data = semantic_tokens(snapshot, document).data
    found, line, character = {}, 0, 0
    for at in range(0, len(data), 5):
        character = data[at + 1] + (character if data[at] == 0 else 0)
        line += data[at]
        units = document.lines.line(line).encode("utf-16-le")
        word = units[2 * character : 2 * (character + data[at + 2])].decode("utf-16-le")
        found[word] = LEGEND.token_types[data[at + 3]]
    return found


def test_words_that_are_keywords_only_sometimes():
    found = _marks(SHOP.replace("tenure", "filter"))
    assert found["transform"] == "keyword"
    text = 'pipeline p\nsource a = csv("🚀") { filter: int; by: int key }\ntransform model = a { select by }\n'
    found = _marks(text)
    assert found["by"] == "property"
    assert found["filter"] == "property"
    assert found["model"] == "variable"
    assert found["select"] == "keyword"
    assert found["key"] == "decorator"
    assert found["csv"] == "function"
    assert found["int"] == "type"


def test_tokens_behind_a_rocket_are_where_they_are():
    assert _marks(SHOP.replace("filter plan", 'filter plan != "🚀🚀" and plan'))["days"] == "parameter"


def test_hints_show_the_types_of_what_is_computed():
    snapshot, document = looked_at()
    found = {}
    for item in hints(snapshot, document, WHOLE):
        line = document.lines.line(item.position.line)
        found[line[: item.position.character].split()[-1]] = item.label
    assert found == {"total": ": float", "orders": ": int", "rate": ": float?", "double": ": float?"}
    none = types.Range(types.Position(0, 0), types.Position(3, 0))
    assert hints(snapshot, document, none) == []


def test_a_certain_mend_is_offered_where_it_is():
    text = "pipeline p\nsource a = csv('a.csv') { x: int }\n"
    snapshot, document = looked_at(text)
    at = document.lines.position(text.index("'a.csv'"))
    (found,) = actions(snapshot, document, types.Range(at, at))
    (edit,) = found.edit.changes[document.uri]
    assert edit.new_text == '"a.csv"'
    assert found.title == 'Replace by `"a.csv"`'
    start = types.Position(0, 0)
    assert actions(snapshot, document, types.Range(start, start)) == []
    assert any(isinstance(item.edit, Edit) for item in snapshot.analysis.diagnostics)
