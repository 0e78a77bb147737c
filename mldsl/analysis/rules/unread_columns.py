"""ML703: a declared column of a source that nothing looks at and that reaches no result.

Columns with a role are there for their role. What a table has that nothing reads further is taken for a result.
"""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.dependencies import dependencies
from mldsl.analysis.program import SourceDecl, SplitDecl, TransformDecl
from mldsl.analysis.rules.subject import Subject
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One warning for each column of the main file's sources. A program with errors is not understood well enough."""
    if subject.failed:
        return
    results = _in_results(subject)
    for source in subject.context.all(SourceDecl).values():
        if not source.declared or source.span.file is not subject.files.main:
            continue
        for column in source.schema.columns:
            if column.roles or column.origin in results or subject.context.is_used(column) or column.origin is None:
                continue
            message = f"the column `{column.name}` of `{source.name}` is read and never used"
            help_ = "take it out of the schema: only the columns listed there are read"
            yield Diagnostic("ML703", message, column.origin, help=help_)


def _in_results(subject: Subject) -> set[Span | None]:
    """The origins of the columns of tables that no other declaration reads."""
    scope = subject.context.scope
    read = {name for declaration in scope.names.values() for name, _ in dependencies(declaration)}
    found: set[Span | None] = set()
    for name, table in subject.context.resolved.items():
        if name not in read and isinstance(table, (SourceDecl, TransformDecl, SplitDecl)):
            found.update(column.origin for column in table.schema.columns)
    return found
