"""ML312: rows that are there twice before they are split."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, last_word
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each union of a table with rows that it has already."""
    for split in evidence.splits():
        for copied in evidence.flow.table(split.table).copies:
            message = f"`{copied.right}` has rows that `{copied.left}` has already: they would be there twice"
            labels = (Label(split.span, "a row and its copy may be in different parts"),)
            help_ = "to make rare classes count more, use `class_weight: balanced`; or take copies out with `distinct`"
            diagnostic = Diagnostic("ML312", message, last_word(copied.span), "", labels, help_)
            yield Leak(diagnostic, (("rows", split.name),))
