"""Semantic tokens: what a word is where colouring by patterns cannot know: soft keywords, columns, tables."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mldsl.analysis.typed import Column
from mldsl.lsp.documents import Document
from mldsl.lsp.snapshot import Snapshot
from mldsl.syntax import tree
from mldsl.syntax.tokens import NAMES
from mldsl.syntax.walk import nodes

TYPES = ("keyword", "variable", "property", "parameter", "function", "class", "type", "decorator", "enumMember")
MODIFIERS = ("declaration", "readonly")
LEGEND = types.SemanticTokensLegend(list(TYPES), list(MODIFIERS))

Mark = tuple[str, int]
"""A type of token and the bits of its modifiers."""

_DECLARED: dict[type, str] = {tree.Param: "parameter", tree.Model: "class"}
_SIGNS = frozenset(
    [
        "EQUAL",
        "COLON",
        "COMMA",
        "VBAR",
        "COMPARE",
        "COALESCE",
        "PLUS",
        "MINUS",
        "TIMES",
        "POWER",
        "DOTS",
        "LPAR",
        "RPAR",
        "LBRACE",
        "RBRACE",
        "DOT",
        "NULLABLE",
    ]
)
_LITERALS = frozenset(
    [
        "STRING",
        "RAW_STRING",
        "DATE",
        "DATETIME",
        "PERCENT",
        "DURATION",
        "SIZE",
        "FLOAT",
        "INT",
        "_END",
        "$END",
        "WRONG",
        "SEMICOLON",
    ]
)


def semantic_tokens(snapshot: Snapshot, document: Document) -> types.SemanticTokens:
    """The words of a file; strings, numbers and signs are left to the editor's own colours."""
    marks = {**_nodes(document), **_names(snapshot, document)}
    names = _name_places(document)
    data: list[int] = []
    line = character = 0
    for token in document.reading.tokens:
        if token.start == token.end or token.type in _SIGNS or token.type in _LITERALS:
            continue
        mark = marks.get(token.start)
        if mark is None and (token.type in NAMES or token.start in names):
            continue
        kind, modifiers = mark or ("keyword", 0)
        at = document.lines.position(token.start)
        start = at.character if at.line != line else at.character - character
        width = document.lines.units(token.start, token.end)
        data += [at.line - line, start, width, TYPES.index(kind), modifiers]
        line, character = at.line, at.character
    return types.SemanticTokens(data)


def _names(snapshot: Snapshot, document: Document) -> dict[int, Mark]:
    """Names that stand for columns and declarations."""
    found: dict[int, Mark] = {}
    for item in snapshot.index.by_file.get(document.file, ()):
        kind = "property" if isinstance(item.target, Column) else _DECLARED.get(type(item.target), "variable")
        found[item.span.start] = (kind, int(item.defines))
    return found


def _name_places(document: Document) -> set[int]:
    """Where names stand, keywords used as such among them."""
    every = nodes(document.reading.result.module)
    return {item.span.start for item in every if isinstance(item, tree.Name)}


def _nodes(document: Document) -> dict[int, Mark]:
    """Names that the tree alone tells: functions, types, roles, options, algorithms."""
    return {name.span.start: mark for node in nodes(document.reading.result.module) for name, mark in _marked(node)}


def _marked(node: tree.Node) -> Iterator[tuple[tree.Name, Mark]]:
    match node:
        case tree.Call(function=name):
            yield name, ("function", 0)
        case tree.TypeName(name=name):
            yield name, ("type", 0)
        case tree.Field(name=name, roles=roles):
            yield name, ("property", 1)
            for role in roles:
                yield role, ("decorator", 0)
        case tree.Option(name=name):
            yield name, ("parameter", 0)
        case tree.Algorithm(target=tree.Ref(parts=(name,))):
            yield name, ("function", 0)
        case tree.Argument(name=tree.Name() as name):
            yield name, ("parameter", 0)
        case tree.Pipeline(name=name) | tree.Profile(name=name):
            yield name, ("variable", 1)
        case _:
            return
