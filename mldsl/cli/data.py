"""`mldsl check --data`: reads every source of a program and holds it against its schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mldsl.analysis.program import Program, SourceDecl
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span


def unfit_data(program: Program) -> Iterator[Diagnostic]:
    """One ML212 for each column that its data does not fit, and for each source that cannot be read.

    It points at the column's declaration, or at the source's name.
    """
    from mldsl.plan.lower.places import Places
    from mldsl.plan.lower.tables import source
    from mldsl.runtime.sources.examine import examine

    places = Places.of(program.path)
    folder = Path(program.path).parent.absolute()
    for declaration in program.sources.values():
        body = source(declaration, places)
        for found in examine(declaration.name, body.connector, body.arguments, body.columns, folder):
            yield Diagnostic("ML212", found.message, _span(declaration, found.column), help=found.help)


def _span(declaration: SourceDecl, column: str | None) -> Span:
    found = next((item.origin for item in declaration.schema.columns if item.name == column), None)
    return found or declaration.span
