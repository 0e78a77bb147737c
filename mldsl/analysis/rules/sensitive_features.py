"""ML311: a protected attribute, or what is computed from one, as a feature."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.rules.leak import Leak
from mldsl.analysis.rules.tainted import tainted
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each feature, or for the value that it shares with others."""
    for model in evidence.models():
        for taint in tainted(model, evidence, "sensitive", keeps=lambda read: not read.selects):
            named = f"`{taint.source.name}`"
            message = f"the sensitive column {named} is a feature"
            if not taint.direct:
                message = f"`{taint.name}` is computed from the sensitive column {named}, and is a feature"
            labels = (Label(taint.source.span, "declared sensitive"),) if taint.source.span != taint.span else ()
            help_ = (
                f"leave it out: `features: all except ({taint.feature})`; for slices and fairness it is there anyway"
            )
            diagnostic = Diagnostic("ML311", message, taint.span, f"a feature of `{model.name}`", labels, help_)
            yield Leak(diagnostic, (("column", taint.root),))
