"""Hover: what the word under the pointer is."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mldsl.analysis.program import ModelDecl, ParamDecl, SourceDecl, SplitDecl, TransformDecl
from mldsl.analysis.scope import KIND_WORDS
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.vocabulary import ROLES
from mldsl.lsp.documents import Document
from mldsl.lsp.index import Target
from mldsl.lsp.snapshot import Snapshot
from mldsl.lsp.words import word_help
from mldsl.syntax import tree

MOST_COLUMNS = 40
"""A table with more columns is shown by its first ones."""


def hover(snapshot: Snapshot, document: Document, offset: int) -> types.Hover | None:
    """What is shown at an offset; None where there is nothing to say."""
    found = snapshot.index.at(document.file, offset)
    if found:
        texts = dict.fromkeys(text for item in found for text in [describe(snapshot, item.target)])
        return _shown("\n\n---\n\n".join(texts), document.range(found[0].span))
    word = word_help(snapshot, document, offset)
    return _shown(word.text, document.range(word.span)) if word is not None else None


def describe(snapshot: Snapshot, target: Target) -> str:
    """A column or a declaration in Markdown."""
    if isinstance(target, Column):
        return "\n\n".join(_column(snapshot, target))
    return "\n\n".join(_declaration(snapshot, target))


def code(text: str) -> str:
    """A piece of a program."""
    return f"```mldsl\n{text}\n```"


def column_line(column: Column) -> str:
    """A column as a schema has it."""
    return " ".join([f"{column.name}: {column.type}", *(role for role in ROLES if role in column.roles)])


def _shown(text: str, range_: types.Range) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), range_)


def _column(snapshot: Snapshot, column: Column) -> Iterator[str]:
    yield code(column_line(column))
    for role in ROLES:
        if role in column.roles:
            yield f"*{role}*: {ROLES[role].summary}"
    if column.raw is not None:
        yield f'Called "{column.raw}" in the data.'
    origin = column.origin
    document = snapshot.document(origin) if origin is not None else None
    if origin is None or document is None:
        yield "Comes from the data."
        return
    line = document.lines.position(origin.start).line
    place = f"line {line + 1}" if document is snapshot.main else f"{document.file.path}, line {line + 1}"
    yield f"From {place}:\n{code(document.lines.line(line).strip())}"


def _declaration(snapshot: Snapshot, declaration: tree.Declaration) -> Iterator[str]:
    assert not isinstance(declaration, (tree.Import, tree.Check, tree.Evaluate))
    name = declaration.name.text
    head = declaration.span.text.split("{", 1)[0].strip()
    yield code(" ".join(head.split()))
    if declaration.doc:
        yield declaration.doc
    resolved = snapshot.context.resolved.get(name)
    match resolved:
        case SourceDecl(schema=schema) | TransformDecl(schema=schema) | SplitDecl(schema=schema):
            yield _schema(schema)
        case ModelDecl():
            yield _model(resolved)
        case ParamDecl(default=None, type=type_) if not type_.nullable:
            yield "Has no default: every run must set it."
        case _:
            yield f"{KIND_WORDS.get(type(declaration), 'a declaration').capitalize()}."


def _schema(schema: Schema) -> str:
    lines = [column_line(column) for column in schema.columns[:MOST_COLUMNS]]
    more = len(schema.columns) - len(lines)
    lines += [f"… and {more} more"] if more > 0 else []
    lines += ["… and what a mistake hides"] if schema.open else []
    return code("\n".join(lines)) if lines else "No columns are known."


def _model(model: ModelDecl) -> str:
    features = ", ".join(f"`{column.name}`" for column in model.features[:MOST_COLUMNS])
    algorithms = ", ".join(f"`{item.name}`" for item in model.algorithms)
    target = f" of `{model.target.name}`" if model.target is not None else ""
    return f"{model.task.capitalize()}{target} by {algorithms}.\n\nFeatures: {features}"
