"""Carries out an evaluation's step: judges a model on rows that it has not seen, and stores what was found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mldsl.catalog.metrics import METRICS
from mldsl.plan.nodes import EvaluateBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.expectations import Evidence, judge_expectation, number, slice_columns
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import metric_fits, metric_value, why_undefined
from mldsl.runtime.evaluation.reports import Reported, make_report
from mldsl.runtime.evaluation.slices import Json
from mldsl.runtime.evaluation.unbalanced import unbalanced
from mldsl.runtime.findings import report
from mldsl.runtime.models.answers import Answers, judged
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.notices import quiet
from mldsl.runtime.models.target import shown
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
    frame = _read(work, body, model)
    with native_threads(1), quiet():
        found = _evaluate(work, body, model, frame)
    work.write_json("metrics", found)
    _draw(work, found)
    return _result(found, report(work.step, [*unbalanced(body, model)]))


def _evaluate(work: Work, body: EvaluateBody, model: FittedModel, frame: pl.DataFrame) -> Json:
    case = _judge(body, model, frame)
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
        **_metrics(case.judged),
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


# --- rows and answers ------------------------------------------------------------------------------------------------


def _read(work: Work, body: EvaluateBody, model: FittedModel) -> pl.DataFrame:
    """The columns that judging needs. Rows for which it is not known whether they are anomalies are left out."""
    wanted = [*model.encoder.columns, *slice_columns(body.expectations)]
    wanted += [name for name in (body.target.name if body.target else None, body.against, body.unit) if name]
    frame = work.table(body.table).select(list(dict.fromkeys(wanted))).collect()
    if body.against is not None:
        frame = frame.filter(pl.col(body.against).is_not_null())
    if not frame.height:
        raise StepFailed(f"there are no rows to judge `{body.model}` on")
    return frame


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A model's answers and the baseline's beside the truth, and what the classes are called."""

    judged: Judged
    baseline: Judged | None
    truth: pl.Series | None
    classes: tuple[str, ...]


def _judge(body: EvaluateBody, model: FittedModel, frame: pl.DataFrame) -> _Case:
    answers = model.answer(frame)
    if body.task == "cluster":
        return _Case(judged(model.learner, answers, None, model.prepare(frame)), None, None, ())
    if body.task == "anomaly":
        return _judge_anomalies(body, model, frame, answers)
    assert model.target is not None
    column = frame[model.target.name]
    truth = model.target.encode(column)
    found = judged(model.learner, answers, truth, None)
    baseline = None
    if model.baseline is not None:
        baseline = judged(model.learner, model.baseline.answers(frame.height), truth, None)
    return _Case(found, baseline, column, _classes(model, column, found))


def _judge_anomalies(body: EvaluateBody, model: FittedModel, frame: pl.DataFrame, answers: Answers) -> _Case:
    if body.against is None:
        raise StepFailed("an anomaly model is judged against a bool column", "name it: `against: column`")
    truth = frame[body.against].cast(pl.Int64).to_numpy()
    return _Case(judged(model.learner, answers, truth, None), None, None, ("normal", "anomaly"))


def _classes(model: FittedModel, column: pl.Series, found: Judged) -> tuple[str, ...]:
    """The names of the classes; those that only the judged rows have come last."""
    assert model.target is not None
    if not model.target.classes or len(model.target.classes) == found.classes:
        return model.target.names()
    truth = np.asarray(found.truth, np.int64)
    more = {int(code): shown(value) for code, value in zip(truth, column.to_list(), strict=True)}
    return (*model.target.names(), *(more.get(code, "?") for code in range(len(model.target.classes), found.classes)))


# --- telling ---------------------------------------------------------------------------------------------------------


def _metrics(found: Judged) -> Json:
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
