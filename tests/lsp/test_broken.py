"""Nothing that is typed breaks the server: every feature answers for every text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from mldsl.errors import UsageError
from mldsl.lsp.actions import actions
from mldsl.lsp.completion import complete
from mldsl.lsp.definition import definition, references
from mldsl.lsp.diagnostics import diagnostics_of
from mldsl.lsp.folding import folding
from mldsl.lsp.formatting import formatting
from mldsl.lsp.hints import hints
from mldsl.lsp.hover import hover
from mldsl.lsp.rename import prepare, rename
from mldsl.lsp.semantic import semantic_tokens
from mldsl.lsp.symbols import symbols
from mldsl.syntax.walk import nodes
from tests.support.cli import ROOT
from tests.support.editor import SHOP, opened

CHURN = (ROOT / "examples" / "churn" / "churn.ml").read_text(encoding="utf-8")
WHOLE = types.Range(types.Position(0, 0), types.Position(99999, 0))


def ask_everything(text: str, offset: int) -> None:
    """Ask for everything at an offset; every range must lie in the text."""
    space, document = opened(text)
    snapshot = space.snapshot(document)
    lines = len(document.lines)
    for found in diagnostics_of(snapshot).values():
        assert all(item.range.end.line < lines for item in found)
    hover(snapshot, document, offset)
    definition(snapshot, document, offset)
    references([snapshot], document, offset)
    complete(space, document, offset)
    for item in symbols(document):
        assert (item.range.start.line, item.range.start.character) <= (
            item.selection_range.start.line,
            item.selection_range.start.character,
        )
    folding(document)
    formatting(document)
    hints(snapshot, document, WHOLE)
    actions(snapshot, document, WHOLE)
    assert all(number >= 0 for number in semantic_tokens(snapshot, document).data)
    try:
        prepare(space, document, offset)
        rename(space, document, offset, "ganz neu")
    except UsageError as refused:
        assert refused.message


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_parts_left_out_or_doubled(data):
    text = data.draw(st.sampled_from((SHOP, CHURN)))
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 60)))
    text = (
        text[:start] + data.draw(st.sampled_from(("", "{", "}", '"', "🚀", "`", "(", "\r\n", "\0", "="))) + text[end:]
    )
    ask_everything(text, data.draw(st.integers(0, len(text))))


@pytest.mark.parametrize(
    "text", ["", "\ufeffpipeline p", "\0", "{" * 300, "pipeline p\r\n\r\nparam x: int = 1\r\n", "`", '"""']
)
def test_odd_texts(text):
    ask_everything(text, len(text))


def test_names_are_found_at_every_place_where_they_stand():
    """Every name in the example that stands for something is found again from its definition."""
    space, document = opened(CHURN)
    snapshot = space.snapshot(document)
    occurrences = snapshot.index.by_file[document.file]
    assert len(occurrences) > 100
    names = {item.span for item in nodes(document.reading.result.module) if type(item).__name__ == "Name"}
    for item in occurrences:
        assert item.span in names or item.span.text in ("numeric",), item.span.location
        found = snapshot.index.at(document.file, item.span.start)
        assert item.span in [one.span for one in found]
