"""The rules on leakage (ML301 to ML316), in the order in which one mistake is told."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.program import Program
from mldsl.analysis.rules import (
    across_rows,
    computed_from_target,
    duplicated_rows,
    fitted_on_test,
    future_rows,
    identifier_features,
    judged_on_training,
    known_afterwards,
    random_with_time,
    scattered_entities,
    sensitive_features,
    stacked_predictions,
    test_budget,
    undeclared_python,
)
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic
from mldsl.syntax import tree

# Of two rules that one mistake fits, the first reports it.
RULES: tuple[Callable[[Evidence], Iterator[Leak]], ...] = (
    computed_from_target.look,
    future_rows.look,
    across_rows.look,
    stacked_predictions.look,
    fitted_on_test.look,
    judged_on_training.look,
    duplicated_rows.look,
    scattered_entities.look,
    random_with_time.look,
    identifier_features.look,
    test_budget.look,
    known_afterwards.look,
    sensitive_features.look,
    undeclared_python.look,
)


def leaks(
    program: Program,
    declarations: Sequence[tree.Declaration],
    errors: Iterable[Diagnostic] = (),
    gaps: Iterable[tree.Declaration] = (),
) -> Iterator[Diagnostic]:
    """What leaks in a program, so far as its declarations could be understood.

    What has one of the `errors` in it, or one of the `gaps` where text could not be read, is left out, and so is all
    that depends on it.
    """
    evidence = Evidence(program, declarations, errors, gaps)
    told: dict[Hashable, str] = {}
    places: set[object] = set()
    for rule in RULES:
        for leak in rule(evidence):
            item = leak.diagnostic
            if any(told.get(key, item.code) != item.code for key in leak.about):
                continue
            told |= {key: item.code for key in leak.about if key not in told}
            if (item.code, item.span) not in places:
                places.add((item.code, item.span))
                yield item
