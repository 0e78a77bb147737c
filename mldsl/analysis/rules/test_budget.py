"""ML309: a test part that judges more models than its budget."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, Judgement
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each split, at the first evaluation that is too many."""
    judged: dict[str, dict[str, Judgement]] = {}
    told: set[str] = set()
    for item in evidence.judgements():
        for name in sorted({split for region in item.rows for split, part in region.parts if part == "test"}):
            models = judged.setdefault(name, {})
            models.setdefault(item.decl.model, item)
            budget = evidence.program.splits[name].budget
            if len(models) > budget and name not in told:
                told.add(name)
                yield _leak(name, budget, list(models.values()), evidence)


def _leak(name: str, budget: int, judged: list[Judgement], evidence: Evidence) -> Leak:
    *before, last = judged
    noun = "model" if budget == 1 else "models"
    message = f"`{name}.test` judges more than {budget} {noun}: the best of several on one test part is partly luck"
    labels = (
        *(Label(item.decl.span, f"judges `{item.decl.model}`") for item in before),
        Label(evidence.program.splits[name].span, "the split"),
    )
    help_ = (
        "compare them by cross-validation, as `algorithm` blocks of one model, and test the winner; "
        f"or say how many may be judged: `budget: {len(judged)}` on the split"
    )
    return Leak(Diagnostic("ML309", message, last.decl.span, "", labels, help_))
