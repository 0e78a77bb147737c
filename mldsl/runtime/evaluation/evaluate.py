"""Carries out an evaluation's step: judges a model on rows that it has not seen, and stores what was found."""

from __future__ import annotations

import polars as pl

from mldsl.catalog.metrics import METRICS
from mldsl.plan.nodes import EvaluateBody
from mldsl.runtime.evaluation.budget import judged_before
from mldsl.runtime.evaluation.case import judge_rows, needed, read_rows
from mldsl.runtime.evaluation.expectations import Evidence, judge_expectation, number, slice_columns
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import metric_fits, metric_value, why_undefined
from mldsl.runtime.evaluation.reports import Reported, make_report
from mldsl.runtime.evaluation.slices import Json
from mldsl.runtime.evaluation.unbalanced import unbalanced
from mldsl.runtime.findings import report
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.notices import quiet
from mldsl.runtime.models.threads import native_threads
from mldsl.runtime.seeds import derive_seed
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Judge the model of a step. Outputs: `metrics` (JSON), and a picture (SVG) for each report under its name.

    The JSON has `model`, `table`, `task`, `target`, `classes` (names), `rows`, `threshold`, `metrics` (name to number;
    null where `undefined` has the reason), `baseline` (the same metrics of the trivial baseline), `expectations` (text,
    outcome, value, threshold, interval, confidence, method, rows_needed, reason, and `slices` under `for each`) and
    `reports` (name to data).

    Not passed where an expectation fails or is inconclusive. Raises StepFailed where the rows cannot be judged.
    """
    body = work.step.body
    assert isinstance(body, EvaluateBody)
    model = work.model(body.model)
    frame = read_rows(work, body, [*needed(body, model), *slice_columns(body.expectations)])
    with native_threads(1), quiet():
        found = _evaluate(work, body, model, frame)
    work.write_json("metrics", found)
    _draw(work, found)
    return _result(found, report(work.step, [*unbalanced(body, model), *judged_before(work, body)]))


def _evaluate(work: Work, body: EvaluateBody, model: FittedModel, frame: pl.DataFrame) -> Json:
    case = judge_rows(body, model, frame)
    evidence = Evidence(
        case.judged,
        frame,
        None if body.unit is None else number(frame[body.unit]),
        derive_seed(work.seed, "bootstrap"),
        work.params,
    )
    reported = Reported(model, frame, case.truth, case.judged, case.classes, evidence.units, work.seed, work.jobs)
    return {
        "model": body.model,
        "table": body.table,
        "task": body.task,
        "target": body.target.name if body.target is not None else body.against,
        "classes": list(case.classes),
        "rows": frame.height,
        "threshold": model.threshold if body.task == "binary" and model.learner.gives_probabilities else None,
        **all_metrics(case.judged),
        "baseline": None if case.baseline is None else _baseline(case.judged, case.baseline),
        "expectations": [judge_expectation(expectation, evidence) for expectation in body.expectations],
        "reports": {name: make_report(name, reported) for name in body.reports},
    }


def _draw(work: Work, found: Json) -> None:
    """Draw the reports; only here is what draws them imported."""
    if found["reports"]:
        from mldsl.runtime.evaluation.pictures import draw

        for name in found["reports"]:
            work.write_bytes(name, draw(name, found), ".svg")


# --- telling ---------------------------------------------------------------------------------------------------------


def all_metrics(found: Judged) -> Json:
    """Every metric of the task that the model's answers allow; null, with the reason, where one is not defined."""
    values = {name: metric_value(name, found) for name in METRICS if metric_fits(name, found)}
    undefined = {name: why_undefined(name, found) for name, value in values.items() if value is None}
    return {"metrics": values, "undefined": undefined}


def _baseline(found: Judged, baseline: Judged) -> Json:
    """The baseline's metrics, as far as the model has them."""
    return {name: metric_value(name, baseline) for name in METRICS if metric_fits(name, found)}


def _result(found: Json, more: Json) -> StepResult:
    unmet = [item for item in found["expectations"] if item["outcome"] != "passed"]
    details = {name: found[name] for name in ("metrics", "baseline", "expectations", "rows")} | more
    if unmet:
        details["message"] = _message(unmet, len(found["expectations"]))
    return StepResult(passed=not unmet, details=details)


def _message(unmet: list[Json], count: int) -> str:
    """One sentence: how many expectations were not met, and the first of them with its value."""
    first = unmet[0]
    value = "no value" if first["value"] is None else f"{first['value']:.4g}"
    said = f"`{first['text']}` {'failed' if first['outcome'] == 'failed' else 'is inconclusive'} with {value}"
    return said if count == 1 else f"{len(unmet)} of {count} expectations were not met; {said}"
