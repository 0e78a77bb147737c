"""Which feature answers which of the protocol's requests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException

from mldsl.errors import MldslError
from mldsl.lsp.actions import actions
from mldsl.lsp.completion import complete
from mldsl.lsp.definition import definition, references
from mldsl.lsp.documents import Document
from mldsl.lsp.folding import folding
from mldsl.lsp.formatting import formatting
from mldsl.lsp.hints import hints
from mldsl.lsp.hover import hover
from mldsl.lsp.positions import Encoding
from mldsl.lsp.rename import prepare, rename
from mldsl.lsp.semantic import LEGEND, semantic_tokens
from mldsl.lsp.server import Server, is_a_fault
from mldsl.lsp.snapshot import Snapshot
from mldsl.lsp.symbols import symbols
from mldsl.syntax.loading import UnreadableFileError

Answer = Callable[[Server, Document, Any], object]
"""What answers a request about a file."""

_TRIGGERS = [".", ":", "=", " ", "(", "|", '"', "`"]


def make_server() -> Server:
    """A server that answers everything, ready to be started."""
    server = Server()
    logging.getLogger("pygls.protocol.json_rpc").addFilter(is_a_fault)
    _follow(server)
    for name, (answer, options) in _ANSWERS.items():
        server.feature(name, options)(_handler(server, answer))
    return server


def _handler(server: Server, answer: Answer) -> Callable[[Any], object]:
    """Nothing for a file that cannot be read; what mldsl refuses is the answer's error."""

    def handle(params: Any) -> object:  # noqa: ANN401 — each request has its own class
        try:
            return answer(server, server.files.by_uri(params.text_document.uri), params)
        except UnreadableFileError:
            return None
        except MldslError as error:
            raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed) from None

    return handle


def _follow(server: Server) -> None:
    """Keep up with what the editor opens, changes and closes."""

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        encoding = server.server_capabilities.position_encoding
        if encoding is not None:
            server.files.encoding = cast("Encoding", str(getattr(encoding, "value", encoding)))
        folders = (uris.to_fs_path(uri) for uri in server.workspace.folders)
        server.files.folders = [path for path in folders if path is not None]
        _watch(server)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.files.open(params.text_document.uri, params.text_document.text)
        server.changed(params.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.files.open(uri, server.workspace.get_text_document(uri).source)
        server.changed(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.files.forget()
        for document in list(server.files.opened.values()):
            server.changed(document.uri)


def _watch(server: Server) -> None:
    """Ask to be told of programs that change on disk, where the editor can do that."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    watched = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.ml")])
    registration = types.Registration("programs", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched)
    server.client_register_capability(types.RegistrationParams([registration]))


def _snapshot(server: Server, document: Document) -> Snapshot:
    """The program that a file is looked at as part of: its own, or the first that imports it."""
    return server.files.snapshot(server.files.roots(document)[0])


_ANSWERS: dict[str, tuple[Answer, object]] = {
    types.TEXT_DOCUMENT_HOVER: (
        lambda server, document, params: hover(_snapshot(server, document), document, document.offset(params.position)),
        None,
    ),
    types.TEXT_DOCUMENT_COMPLETION: (
        lambda server, document, params: complete(server.files, document, document.offset(params.position)),
        types.CompletionOptions(trigger_characters=_TRIGGERS),
    ),
    types.TEXT_DOCUMENT_DEFINITION: (
        lambda server, document, params: definition(
            _snapshot(server, document), document, document.offset(params.position)
        ),
        None,
    ),
    types.TEXT_DOCUMENT_REFERENCES: (
        lambda server, document, params: references(
            server.files.programs_with(document),
            document,
            document.offset(params.position),
            params.context.include_declaration,
        ),
        None,
    ),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (
        lambda server, document, params: prepare(server.files, document, document.offset(params.position)),
        None,
    ),
    types.TEXT_DOCUMENT_RENAME: (
        lambda server, document, params: rename(
            server.files, document, document.offset(params.position), params.new_name
        ),
        types.RenameOptions(prepare_provider=True),
    ),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (lambda server, document, params: symbols(document), None),
    types.TEXT_DOCUMENT_FOLDING_RANGE: (lambda server, document, params: folding(document), None),
    types.TEXT_DOCUMENT_FORMATTING: (lambda server, document, params: formatting(document), None),
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: (
        lambda server, document, params: semantic_tokens(_snapshot(server, document), document),
        LEGEND,
    ),
    types.TEXT_DOCUMENT_INLAY_HINT: (
        lambda server, document, params: hints(_snapshot(server, document), document, params.range),
        None,
    ),
    types.TEXT_DOCUMENT_CODE_ACTION: (
        lambda server, document, params: actions(_snapshot(server, document), document, params.range),
        types.CodeActionOptions([types.CodeActionKind.QuickFix]),
    ),
}
"""By the request: what answers it, and what the client is told about that."""
