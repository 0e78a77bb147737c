"""ML316: a Python step before a split that says nothing of what it does to rows."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.flow.regions import meet
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.syntax import tree


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each step, at its `python`; one that never sees the rows that are split is of no concern."""
    told: set[str] = set()
    for split in evidence.splits():
        table = evidence.flow.table(split.table)
        for item in table.opaque:
            name = item.name
            if not meet(item.regions, table.rows) and not (item.timed and table.times):
                continue
            step = evidence.trees.get(name)
            if name in told or not isinstance(step, tree.Transform) or not isinstance(step.origin, tree.Call):
                continue
            told.add(name)
            message = f"nothing says what the Python step `{name}` does to rows, and its rows are split afterwards"
            labels = (Label(split.span, "the split"),)
            help_ = (
                "if each row's result depends on that row alone, say `rowwise: true` (it is tested); else split first"
            )
            yield Leak(Diagnostic("ML316", message, step.origin.function.span, "", labels, help_))
