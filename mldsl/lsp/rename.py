"""Rename: a declaration, or a column through the whole pipeline; refused unless it provably changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from os.path import realpath

from lsprotocol import types

from mldsl.analysis.program import ModelDecl, PythonBody, TransformDecl
from mldsl.analysis.typed import Column
from mldsl.errors import UsageError
from mldsl.lsp.documents import Document
from mldsl.lsp.index import Occurrence, Target, key_of, table_schema
from mldsl.lsp.proof import Edits, prove
from mldsl.lsp.snapshot import Snapshot
from mldsl.lsp.workspace import Workspace
from mldsl.source import Span
from mldsl.syntax import tree
from mldsl.syntax.tokens import EXPRESSION_WORDS

_PLAIN = re.compile(r"[^\W\d]\w*")
_SELECTORS = frozenset({"all", "numeric", "categorical", "text", "temporal"})


def prepare(workspace: Workspace, document: Document, offset: int) -> types.PrepareRenamePlaceholder | None:
    """The name that would change; None where there is none. Raises UsageError for one that cannot be renamed."""
    snapshot = workspace.programs_with(document)[0]
    found = snapshot.index.at(document.file, offset)
    if not found:
        return None
    for item in found:
        _refuse(snapshot, item.target)
    return types.PrepareRenamePlaceholder(document.range(found[0].span), _name(found[0].target))


def rename(workspace: Workspace, document: Document, offset: int, new: str) -> types.WorkspaceEdit | None:
    """The edits, in all files of all programs that have this one; None where there is no name.

    Raises UsageError where a program has syntax errors, where the name also lives outside what the compiler follows
    (a Python function, data without a schema), or where the program would mean something else afterwards.
    """
    if not new or "\n" in new or "`" in new or "\\" in new or new != new.strip():
        raise UsageError(f"`{new}` cannot be a name")
    programs = workspace.programs_with(document)
    edits: Edits = {}
    found = False
    for snapshot in programs:
        for target in [item.target for item in snapshot.index.at(document.file, offset)]:
            found = True
            _refuse(snapshot, target)
            _refuse_broken(snapshot)
            for span, text in _edits(snapshot, target, new):
                edits.setdefault(realpath(span.file.path), {})[span.start, span.end] = text
    if not found:
        return None
    for snapshot in programs:
        prove(workspace, snapshot, edits, new)
    return _workspace_edit(workspace, edits)


def _name(target: Target) -> str:
    return target.name if isinstance(target, Column) else target.name.text


def _edits(snapshot: Snapshot, target: Target, new: str) -> Iterator[tuple[Span, str]]:
    """Every place of the name with its new text, and what else has to change with it."""
    old = _name(target)
    for item in snapshot.index.same(target):
        yield item.span, _written(snapshot, item.span, new)
        if isinstance(target, Column):
            yield from _raw_names(snapshot, item, old)
    for item in _predictions(snapshot, target):
        assert isinstance(item.target, Column)
        yield item.span, _written(snapshot, item.span, new + item.target.name[len(old) :])


def _written(snapshot: Snapshot, span: Span, new: str) -> str:
    """The name as it is written there: in quotes of its own kind where it is no plain name."""
    document = snapshot.document(span)
    in_sql = document is not None and any(
        token.type in ("STRING", "RAW_STRING") and token.start <= span.start < token.end
        for token in document.reading.tokens
    )
    if _PLAIN.fullmatch(new) and (in_sql or new not in EXPRESSION_WORDS | _SELECTORS):
        return new
    if not in_sql:
        return f"`{new}`"
    return f'"{new}"'


def _raw_names(snapshot: Snapshot, item: Occurrence, old: str) -> Iterator[tuple[Span, str]]:
    """` from "old"` for a field of a source, which is still called so in the data."""
    for declaration in _sources(snapshot.declarations):
        for field in declaration.schema.fields if declaration.schema is not None else ():
            if field.name.span == item.span and field.raw is None:
                end = Span(field.span.file, field.span.end, field.span.end)
                escaped = old.replace("\\", "\\\\").replace('"', '\\"')
                yield end, f' from "{escaped}"'


def _sources(declarations: Iterable[tree.Declaration]) -> Iterator[tree.Source]:
    """All sources, those in profiles too."""
    for item in declarations:
        if isinstance(item, tree.Source):
            yield item
        elif isinstance(item, tree.Profile):
            yield from (part for part in item.body if isinstance(part, tree.Source))


def _predictions(snapshot: Snapshot, target: Target) -> Iterator[Occurrence]:
    """The uses of columns that are called after a model's target: `churned_probability`."""
    if not isinstance(target, Column):
        return
    group = {key_of(item.target) for item in snapshot.index.same(target)}
    for model in snapshot.context.resolved.values():
        if isinstance(model, ModelDecl) and model.target is not None and key_of(model.target) in group:
            for column in model.outputs:
                yield from snapshot.index.by_key.get(key_of(column), ())


def _refuse(snapshot: Snapshot, target: Target) -> None:
    """Raise UsageError for what lives outside the program as well."""
    if not isinstance(target, Column):
        return
    name = target.name
    same = snapshot.index.same(target)
    if target.origin is None:
        if any(isinstance(item, ModelDecl) and target in item.outputs for item in snapshot.context.resolved.values()):
            raise UsageError(f"`{name}` is called after the model's target: rename that")
        raise UsageError(f"`{name}` comes from data without a schema: write the source's `{{ … }}` block first")
    keys = {key_of(item.target) for item in same} | {key_of(target)}
    for item in snapshot.context.resolved.values():
        if isinstance(item, TransformDecl) and isinstance(item.body, PythonBody):
            function = item.body.function.name
            if keys & {(column.origin, column.name) for column in item.schema.columns}:
                raise UsageError(f"`{name}` gets its name from the Python function `{function}`")
            for kind, table in item.body.arguments:
                schema = table_schema(snapshot.context, str(table)) if kind == "table" else None
                if schema is not None and keys & {(column.origin, column.name) for column in schema.columns}:
                    raise UsageError(f"`{name}` reaches the Python function `{function}`, which may use its name")


def _refuse_broken(snapshot: Snapshot) -> None:
    if any(document.reading.result.diagnostics for document in snapshot.documents.values()) or not snapshot.complete:
        raise UsageError("the program has syntax errors, or a file is missing: mend that before a rename")


def _workspace_edit(workspace: Workspace, edits: Edits) -> types.WorkspaceEdit:
    changes: dict[str, list[types.TextEdit]] = {}
    for path, listed in edits.items():
        document = workspace.document(path)
        changes[document.uri] = [
            types.TextEdit(document.lines.range(start, end), text) for (start, end), text in sorted(listed.items())
        ]
    return types.WorkspaceEdit(changes=changes)
