"""`source NAME = CONNECTOR(…) { schema }`."""

from __future__ import annotations

from mldsl.analysis.connectors import ConnectorUse, read_connector
from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.paths import is_uri
from mldsl.analysis.program import SourceDecl
from mldsl.analysis.tables.inference import Inferred, Uninferred, inferred_schema
from mldsl.analysis.tables.schemas import read_schema
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import quoted
from mldsl.catalog.types import Kind, Type
from mldsl.source import Span
from mldsl.syntax import tree

_INFER = "write a `{ … }` block with its columns; `mldsl infer` prints one for a data file"


def resolve_source(context: Context, declaration: tree.Declaration) -> SourceDecl | None:
    """The source with its schema: the declared one, or the one that the data has when it can be read now."""
    if not isinstance(declaration, tree.Source):
        return None
    use = read_connector(declaration.connector, context)
    block = declaration.schema
    rows: int | None = None
    if block is not None:
        schema = read_schema(block, context)
        if use is not None and use.connector.fixed:
            _check_fixed(use, block, context)
    else:
        found = _undeclared(declaration, use, context) if use is not None and use.fine else Inferred(UNKNOWN, None)
        schema, rows = found.schema, found.rows
    name = declaration.name
    connector = use.connector.name if use is not None else declaration.connector.function.text
    arguments = use.arguments if use is not None else {}
    return SourceDecl(name.text, declaration.doc, name.span, connector, arguments, schema, block is not None, rows)


def _undeclared(declaration: tree.Source, use: ConnectorUse, context: Context) -> Inferred:
    """The schema of a source that declares none; open after ML107."""
    connector = use.connector
    if connector.fixed:
        columns = (_fixed(name, kind) for name, kind in connector.fixed)
        return Inferred(Schema(tuple(columns)), None)
    name, span = declaration.name.text, declaration.connector.span
    path = use.arguments.get("path")
    if connector.needs_schema:
        _needs_schema(name, f"what `{connector.name}` gives is not known before the run", span, context)
        return Inferred(UNKNOWN, None)
    if isinstance(path, str) and is_uri(path):
        _needs_schema(name, "data elsewhere is not read when the program is checked", span, context)
        return Inferred(UNKNOWN, None)
    found = inferred_schema(connector.name, use.arguments, files=connector.reads_files)
    if isinstance(found, Uninferred):
        _needs_schema(name, found.reason, span, context)
        return Inferred(UNKNOWN, None)
    return found


def _needs_schema(name: str, reason: str, span: Span, context: Context) -> None:
    context.report("ML107", f"`{name}` needs a schema: {reason}", span, help=_INFER)


def _fixed(name: str, kind: str) -> Column:
    known: Kind = kind  # type: ignore[assignment]
    return Column(name, Type(known))


def _check_fixed(use: ConnectorUse, block: tree.SchemaBlock, context: Context) -> None:
    """A connector whose columns are always the same has no others to declare."""
    names = [name for name, _ in use.connector.fixed]
    for field in block.fields:
        raw = str(field.raw.value) if field.raw is not None else field.name.text
        if raw not in names:
            span = field.raw.span if field.raw is not None else field.name.span
            help_ = f"its columns are {quoted(names)}"
            context.report("ML201", f"`{use.connector.name}` gives no column `{raw}`", span, help=help_)
