"""Document symbols: the declarations of a file, with their columns, parts and algorithms."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mldsl.lsp.documents import Document
from mldsl.source import Span
from mldsl.syntax import tree

_KINDS: dict[type, types.SymbolKind] = {
    tree.Pipeline: types.SymbolKind.Module,
    tree.Import: types.SymbolKind.File,
    tree.Param: types.SymbolKind.Constant,
    tree.Source: types.SymbolKind.Struct,
    tree.Check: types.SymbolKind.Boolean,
    tree.Transform: types.SymbolKind.Function,
    tree.Split: types.SymbolKind.Array,
    tree.Model: types.SymbolKind.Class,
    tree.Evaluate: types.SymbolKind.Event,
    tree.Deploy: types.SymbolKind.Interface,
    tree.Monitor: types.SymbolKind.Event,
    tree.Profile: types.SymbolKind.Namespace,
}
Item = tuple[str, types.SymbolKind, Span, Span, str]
"""A part of a declaration: its name, its kind, its place, its name's place, and what is said beside it."""


def symbols(document: Document) -> list[types.DocumentSymbol]:
    """The outline of a file, in its order."""
    return [_symbol(document, item) for item in document.reading.result.module.declarations]


def title(declaration: tree.Declaration) -> tuple[str, Span]:
    """What people call a declaration, and the place of that."""
    match declaration:
        case tree.Import(path=path):
            return path.span.text, path.span
        case tree.Check(table=table):
            return f"check {table.span.text}", table.span
        case tree.Evaluate(model=model, table=table):
            span = model.span.to(table.span)
            return f"{model.span.text} on {table.span.text}", span
        case _:
            return declaration.name.text, declaration.name.span


def _symbol(document: Document, declaration: tree.Declaration) -> types.DocumentSymbol:
    name, span = title(declaration)
    return types.DocumentSymbol(
        name or "(no name)",
        _KINDS[type(declaration)],
        document.range(declaration.span),
        document.range(span),
        type(declaration).__name__.lower(),
        children=[
            types.DocumentSymbol(part or "(no name)", kind, document.range(whole), document.range(at), detail)
            for part, kind, whole, at, detail in _parts(declaration)
        ],
    )


def _parts(declaration: tree.Declaration) -> Iterator[Item]:
    match declaration:
        case tree.Source(schema=schema):
            yield from _fields(schema)
        case tree.Transform(verbs=verbs, schema=schema):
            yield from _fields(schema)
            for verb in verbs:
                for binding in verb.bindings if isinstance(verb, (tree.Derive, tree.GroupBy)) else ():
                    yield _item(binding.name, binding.span, types.SymbolKind.Field, "")
        case tree.Split(options=options):
            for option in options:
                if option.name.text in ("train", "validation", "test"):
                    detail = ", ".join(value.span.text for value in option.values)
                    yield _item(option.name, option.span, types.SymbolKind.Field, detail)
        case tree.Model(body=body):
            for part in body:
                if isinstance(part, tree.Algorithm):
                    at = part.target.span
                    yield at.text, types.SymbolKind.Method, part.span, at, "algorithm"
        case _:
            return


def _fields(schema: tree.SchemaBlock | None) -> Iterator[Item]:
    for field in schema.fields if schema is not None else ():
        detail = " ".join([field.type.span.text, *(role.text for role in field.roles)])
        yield _item(field.name, field.span, types.SymbolKind.Field, detail)


def _item(name: tree.Name, whole: Span, kind: types.SymbolKind, detail: str) -> Item:
    return name.text, kind, whole, name.span, detail
