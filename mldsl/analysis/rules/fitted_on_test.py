"""ML303: a model that is fitted on the rows that judge it."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, Judgement
from mldsl.analysis.flow.regions import Region
from mldsl.analysis.program import ModelDecl
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each model, at what it is fitted on."""
    judgements = list(evidence.judgements())
    for model in evidence.models():
        leak = _on_a_test_part(model, evidence) or _on_the_whole(model, judgements, evidence)
        if leak is not None:
            yield leak


def _about(model: ModelDecl, evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """The model and those that build on it."""
    later = (item.name for item in evidence.models() if model in evidence.builds_on(item))
    return tuple(("model", name) for name in (model.name, *later))


def _on_a_test_part(model: ModelDecl, evidence: Evidence) -> Leak | None:
    parts = sorted({item for region in evidence.trained_on(model).seen for item in region.parts if item[1] == "test"})
    if not parts:
        return None
    split = parts[0][0]
    data = evidence.data(model)
    message = f"`{model.name}` is fitted on rows of `{split}.test`, which are there to judge"
    labels = (Label(evidence.program.splits[split].span, "the split"),)
    help_ = f"fit it on `{split}.train` and what is made of that"
    return Leak(Diagnostic("ML303", message, data, "", labels, help_), _about(model, evidence))


def _on_the_whole(model: ModelDecl, judgements: list[Judgement], evidence: Evidence) -> Leak | None:
    """Fitted on the table that the split was cut from whose part judges it, or a model that builds on it."""
    for item in judgements:
        if item.model is not model and model not in evidence.builds_on(item.model):
            continue
        for judged in item.rows:
            for fitted in evidence.trained_on(model).rows:
                split = _cut_from(judged, fitted)
                if split is None:
                    continue
                data = evidence.data(model)
                message = f"`{model.name}` is fitted on all of `{data.text}`, the rows that judge it included"
                labels = (Label(item.place, "judged on a part of it"),)
                help_ = f"fit it on the training part: `{split}.train`"
                return Leak(Diagnostic("ML303", message, data, "", labels, help_), _about(model, evidence))
    return None


def _cut_from(judged: Region, fitted: Region) -> str | None:
    """The split that has cut the judged rows out of those fitted on."""
    if not judged.meets(fitted) or not fitted.parts <= judged.parts:
        return None
    return next(iter(sorted(judged.splits - fitted.splits)), None)
