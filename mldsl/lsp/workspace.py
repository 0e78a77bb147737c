"""The files that the server knows: open ones as they stand in the editor, the others as they are on disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path

from pygls import uris

from mldsl.analysis.imports import Load
from mldsl.analysis.paths import locate
from mldsl.lsp.documents import Document
from mldsl.lsp.positions import Encoding, Lines
from mldsl.lsp.snapshot import Snapshot, take
from mldsl.source import SourceFile
from mldsl.syntax import tree
from mldsl.syntax.loading import UnreadableFileError, read_source
from mldsl.syntax.parser import ParseResult, read

MOST_FILES = 500
"""No more files than this are looked through for imports of the one at hand."""

_SKIPPED = frozenset({"node_modules", "__pycache__", "build", "dist", "_build"})


@dataclass(slots=True)
class Workspace:
    """Documents by their real paths, and what was found out about the programs in them so far."""

    encoding: Encoding = "utf-16"
    folders: list[str] = field(default_factory=list)
    opened: dict[str, Document] = field(default_factory=dict)
    _on_disk: dict[str, tuple[tuple[int, int], Document]] = field(default_factory=dict)
    _snapshots: dict[str, Snapshot] = field(default_factory=dict)
    _found: list[str] | None = None

    # --- documents ---------------------------------------------------------------------------------------------------

    def open(self, uri: str, text: str) -> Document:
        """Take the text that an editor has for a file, in place of what it had or of the file on disk."""
        path = path_of(uri)
        document = self._document(uri, SourceFile(path, _without_mark(text)))
        self.opened[realpath(path)] = document
        # What a program lacked may be here now.
        self._snapshots = {real: item for real, item in self._snapshots.items() if item.complete}
        return document

    def close(self, uri: str) -> None:
        """From now on the file on disk counts."""
        self.opened.pop(realpath(path_of(uri)), None)

    def forget(self) -> None:
        """Files have changed on disk: look again."""
        self._on_disk.clear()
        self._snapshots.clear()
        self._found = None

    def document(self, path: str) -> Document:
        """The file at `path`; raises UnreadableFileError."""
        real = realpath(path)
        return self.opened.get(real) or self._from_disk(path, real)

    def by_uri(self, uri: str) -> Document:
        """The file that an editor calls `uri`; raises UnreadableFileError."""
        return self.document(path_of(uri))

    def load(self, path: str) -> ParseResult:
        """What the analysis reads imports with; raises UnreadableFileError."""
        return self.document(path).reading.result

    def _from_disk(self, path: str, real: str) -> Document:
        file: SourceFile | None = None
        try:
            status = Path(real).stat()
            stamp = (status.st_mtime_ns, status.st_size)
        except (OSError, ValueError):
            file = read_source(path)
            stamp = (0, 0)
        known = self._on_disk.get(real)
        if known is None or known[0] != stamp:
            uri = uris.from_fs_path(str(Path(path).absolute())) or path
            known = (stamp, self._document(uri, file or read_source(path)))
            self._on_disk[real] = known
        return known[1]

    def _document(self, uri: str, file: SourceFile) -> Document:
        return Document(uri, file, Lines(file.text, self.encoding))

    # --- programs ----------------------------------------------------------------------------------------------------

    def snapshot(self, document: Document) -> Snapshot:
        """What is known about the program whose main file `document` is, made anew when one of its files changed."""
        real = realpath(document.file.path)
        known = self._snapshots.get(real)
        if known is None or not self._is_current(known, document):
            known = self._snapshots[real] = take(document, self.document, self.load)
        return known

    def last(self, document: Document) -> Snapshot | None:
        """What was last found out about a program, however old."""
        return self._snapshots.get(realpath(document.file.path))

    def recent(self, document: Document, same_until: int) -> tuple[Snapshot, SourceFile] | None:
        """What was last found out about a program that a file is in, with the version of the file that it is about.

        None where that differs from the file's text before the character `same_until`.
        """
        real, start = realpath(document.file.path), document.file.text[:same_until]
        for snapshot in [self._snapshots.get(real), *self._snapshots.values()]:
            for file in snapshot.documents if snapshot is not None else ():
                if snapshot is not None and file.text.startswith(start) and realpath(file.path) == real:
                    return snapshot, file
        return None

    def with_texts(self, texts: dict[str, str]) -> Load:
        """What reads files as they would be with these texts, by real paths."""
        made = {real: read(SourceFile(real, text)).result for real, text in texts.items()}

        def load(path: str) -> ParseResult:
            return made.get(realpath(path)) or self.load(path)

        return load

    def roots(self, document: Document) -> list[Document]:
        """The main files of the programs that `document` is part of; itself where it is one or nobody imports it."""
        if is_program(document):
            return [document]
        return [found for found in self._importers(document) if is_program(found)] or [document]

    def programs_with(self, document: Document) -> list[Snapshot]:
        """All programs that have the file in them, its own first."""
        found = [document] if is_program(document) else []
        found += [item for item in self._importers(document) if is_program(item)]
        return [self.snapshot(item) for item in found or [document]]

    def _is_current(self, snapshot: Snapshot, main: Document) -> bool:
        try:
            current = all(self.document(item.file.path) is item for item in snapshot.documents.values())
        except UnreadableFileError:
            return False
        return current and snapshot.main is main

    def _importers(self, document: Document) -> Iterable[Document]:
        """The files that import this one, through others too."""
        imported_by: dict[str, list[Document]] = {}
        for item in self._candidates():
            for path in _imports(item):
                imported_by.setdefault(path, []).append(item)
        found: dict[str, Document] = {}
        waiting = [realpath(document.file.path)]
        while waiting:
            for item in imported_by.get(waiting.pop(), ()):
                real = realpath(item.file.path)
                if real not in found and item is not document:
                    found[real] = item
                    waiting.append(real)
        return found.values()

    def _candidates(self) -> Iterator[Document]:
        """Every file that may import others: open ones first."""
        yield from self.opened.values()
        if self._found is None:
            self._found = list(_programs_in(self.folders))
        for path in self._found:
            if realpath(path) not in self.opened:
                try:
                    yield self.document(path)
                except UnreadableFileError:
                    continue


def path_of(uri: str) -> str:
    """The path of a file; for what is no file, its URI."""
    return uris.to_fs_path(uri) or uri


def is_program(document: Document) -> bool:
    """Whether a file is a program of its own, not one that others import."""
    return any(isinstance(item, tree.Pipeline) for item in document.reading.result.module.declarations)


def _without_mark(text: str) -> str:
    """The text with a space for a byte-order mark, so that places stay what they are."""
    return " " + text[1:] if text.startswith("\ufeff") else text


def _imports(document: Document) -> Iterator[str]:
    for item in document.reading.result.module.declarations:
        if isinstance(item, tree.Import):
            try:
                yield realpath(locate(str(item.path.value), item.path.span))
            except (OSError, ValueError):
                continue


def _programs_in(folders: Iterable[str]) -> Iterator[str]:
    """The `.ml` files below the folders that have an import in them, the first `MOST_FILES` of them."""
    seen = 0
    for folder in folders:
        for where, inner, files in os.walk(folder):
            inner[:] = [name for name in inner if not name.startswith(".") and name not in _SKIPPED]
            for name in files:
                if not name.endswith(".ml"):
                    continue
                seen += 1
                if seen > MOST_FILES:
                    return
                path = Path(where) / name
                if _has_import(path):
                    yield str(path)


def _has_import(path: Path) -> bool:
    try:
        return 'import "' in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
