"""The server: the files it knows, and when diagnostics are told."""

from __future__ import annotations

import asyncio
import gc
import logging

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from mldsl import __version__
from mldsl.lsp.diagnostics import diagnostics_of
from mldsl.lsp.workspace import Workspace
from mldsl.syntax.loading import UnreadableFileError

PAUSE = 0.03
"""How many seconds nothing must have been typed before diagnostics are worked out."""

REST = 2.0
"""After so many seconds without work Python's garbage is collected, which would take as long as an analysis."""


class Server(LanguageServer):
    """The language server's state: the files, what was told about them, and what is still to be looked at."""

    def __init__(self) -> None:
        # Whole texts are sent: lines end elsewhere for Python's `splitlines` than for the protocol.
        super().__init__("mldsl", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.files = Workspace()
        self.told: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self.waiting: dict[str, asyncio.TimerHandle] = {}
        self.resting: asyncio.TimerHandle | None = None

    # --- diagnostics -------------------------------------------------------------------------------------------------

    def changed(self, uri: str, pause: float = PAUSE) -> None:
        """Work the diagnostics of a file out once nothing has been typed for a while."""
        waiting = self.waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()
        self.waiting[uri] = asyncio.get_running_loop().call_later(pause, self._look, uri)

    def _look(self, uri: str) -> None:
        self.waiting.pop(uri, None)
        if self.resting is not None:
            self.resting.cancel()
        self.resting = asyncio.get_running_loop().call_later(REST, gc.collect)
        try:
            self.look(uri)
        except Exception:  # the loop must go on; the next change looks again
            logging.getLogger(__name__).exception("the diagnostics of %s failed", uri)

    def look(self, uri: str) -> None:
        """Tell what is wrong with every open program that a file is part of."""
        try:
            document = self.files.by_uri(uri)
        except UnreadableFileError:
            return
        roots = {item.uri: item for item in self.files.roots(document)}
        for opened in list(self.files.opened.values()):
            last = self.files.last(opened)
            if last is not None and any(item.uri == uri for item in last.documents.values()):
                roots |= {item.uri: item for item in self.files.roots(opened)}
        for root in roots.values():
            self._tell(root.uri, diagnostics_of(self.files.snapshot(root)))
        if uri not in roots:
            self._tell(uri, {})

    def closed(self, uri: str) -> None:
        """Forget what was told about programs that nobody looks at any more; the others read the file from disk."""
        self.files.close(uri)
        waiting = self.waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()
        opened = {item.uri for item in self.files.opened.values()}
        for root, told in list(self.told.items()):
            if not opened & {root, *told}:
                self._tell(root, {})
            elif uri in told:
                self.changed(root, 0)

    def _tell(self, root: str, found: dict[str, list[types.Diagnostic]]) -> None:
        """Publish what was found in a program's files; files of several programs have what any of them found."""
        before = self.told.pop(root, {})
        if found:
            self.told[root] = found
        for uri in {**before, **found}:
            every = [item for told in self.told.values() for item in told.get(uri, ())]
            once = {(item.code, repr(item.range), item.message): item for item in every}
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, list(once.values())))

    def report_server_error(self, error: Exception, source: object) -> None:
        """No message of its own: a refusal is the answer to a request, what else goes wrong has been logged."""


def spare_collections() -> None:
    """Keep what was imported out of the garbage collector's way, and its long passes for when nobody waits."""
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(max(young, 10_000), middle, 1_000_000)


def is_a_fault(record: logging.LogRecord) -> bool:
    """Whether a record of the log is about something else than a refusal, which the editor shows."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, JsonRpcException) and error.code == types.LSPErrorCodes.RequestFailed)
