"""ML315: a feature made of what becomes known only after the moment of prediction."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.flow.reads import Read
from mldsl.analysis.rules.leak import Leak
from mldsl.analysis.rules.tainted import tainted
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each feature, or for the value that it shares with others. What earlier rows say may be known by now."""
    for model in evidence.models():
        table = evidence.trained_on(model)

        def keeps(read: Read, chosen: frozenset[object] = table.selectors) -> bool:
            return read.way.direction != "earlier" and not (read.selects and read.node in chosen)

        for taint in tainted(model, evidence, "after", keeps=keeps):
            named = f"`{taint.source.name}`"
            message = f"{named} is known only after the prediction, but is a feature"
            if not taint.direct:
                message = f"`{taint.name}` is computed from {named}, which is known only after the prediction"
            labels = (Label(taint.source.span, "declared `after`"),) if taint.source.span != taint.span else ()
            help_ = f"leave it out: `features: all except ({taint.feature})`; the target may be made from such a column"
            diagnostic = Diagnostic("ML315", message, taint.span, f"a feature of `{model.name}`", labels, help_)
            yield Leak(diagnostic, (("column", taint.root), ("feature", model.name, taint.feature)))
