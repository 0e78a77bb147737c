"""Go to definition, and references."""

from __future__ import annotations

from collections.abc import Iterable
from os.path import realpath

from lsprotocol import types

from mldsl.lsp.documents import Document
from mldsl.lsp.snapshot import Snapshot
from mldsl.syntax import tree


def definition(snapshot: Snapshot, document: Document, offset: int) -> list[types.Location]:
    """Where what stands at an offset is declared or computed; of an import, the file."""
    imported = _imported(snapshot, document, offset)
    if imported is not None:
        return [types.Location(imported.uri, imported.lines.range(0, 0))]
    found = []
    for item in snapshot.index.at(document.file, offset):
        span = snapshot.index.definition(item.target)
        where = snapshot.document(span) if span is not None else None
        if span is not None and where is not None:
            found.append(where.location(span))
    return found


def references(
    programs: Iterable[Snapshot], document: Document, offset: int, include_definition: bool = True
) -> list[types.Location]:
    """Every place, in every program that has the file, that names what stands at an offset."""
    found: dict[tuple[str, str], types.Location] = {}
    for snapshot in programs:
        for target in {id(item.target): item.target for item in snapshot.index.at(document.file, offset)}.values():
            for item in snapshot.index.same(target):
                where = snapshot.document(item.span)
                if where is not None and (include_definition or not item.defines):
                    location = where.location(item.span)
                    found.setdefault((location.uri, repr(location.range)), location)
    return list(found.values())


def _imported(snapshot: Snapshot, document: Document, offset: int) -> Document | None:
    """The file that an `import` at the offset names."""
    from mldsl.analysis.paths import locate

    for item in document.reading.result.module.declarations:
        if isinstance(item, tree.Import) and item.span.start <= offset <= item.span.end:
            path = realpath(locate(str(item.path.value), item.path.span))
            return next((found for found in snapshot.documents.values() if realpath(found.file.path) == path), None)
    return None
