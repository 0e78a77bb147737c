"""A program as it stands at one moment: its files, what was found out about it, and its index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mldsl.analysis.analyze import Analysis, analyze
from mldsl.analysis.context import Context
from mldsl.analysis.imports import Load
from mldsl.analysis.trace import Trace
from mldsl.lsp.documents import Document
from mldsl.lsp.index import Index, build_index
from mldsl.source import SourceFile, Span
from mldsl.syntax import tree


@dataclass(slots=True, eq=False)
class Snapshot:
    """One program. `documents` are its files, the main one among them; `complete` is false when one is missing."""

    main: Document
    documents: dict[SourceFile, Document]
    analysis: Analysis
    trace: Trace
    context: Context
    declarations: tuple[tree.Declaration, ...]
    complete: bool
    _index: Index | None = field(default=None, repr=False)

    @property
    def index(self) -> Index:
        """Every name and what it refers to."""
        if self._index is None:
            self._index = build_index(self.context, self.trace, self.declarations)
        return self._index

    def document(self, span: Span) -> Document | None:
        """The file that a span is in."""
        return self.documents.get(span.file)


def take(main: Document, document: Callable[[str], Document], load: Load) -> Snapshot:
    """Analyse a program. `document` gives its files, which `load` has read."""
    parsed, trace = main.reading.result, Trace()
    analysis = analyze(parsed.module, syntax=parsed.diagnostics, load=load, every_profile=True, trace=trace)
    run, files = analysis.run, analysis.files
    assert run is not None
    assert files is not None
    documents = {main.file: main}
    for module in files.modules:
        if module.file is not main.file:
            documents[module.file] = document(module.file.path)
    return Snapshot(main, documents, analysis, trace, run.context, tuple(files.declarations), files.complete)
