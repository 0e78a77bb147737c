"""Carries out a model's step: reads its rows, selects a recipe, fits it, and stores the model and its summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from mldsl.catalog.metrics import METRICS
from mldsl.plan.nodes import ModelBody, PrepareRule
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.findings import Finding, report
from mldsl.runtime.models.artifact import FORMAT, FittedModel, make_output
from mldsl.runtime.models.baseline import make_baseline
from mldsl.runtime.models.decisions import decide
from mldsl.runtime.models.features import Encoder, make_encoder
from mldsl.runtime.models.fitting import Setting
from mldsl.runtime.models.folds import make_divider
from mldsl.runtime.models.memory import FORGETFUL, Memory
from mldsl.runtime.models.notices import noticed, quiet
from mldsl.runtime.models.preparation import rules_for
from mldsl.runtime.models.selection import NoTrial, Selection, compares, select
from mldsl.runtime.models.storage import verify
from mldsl.runtime.models.suspects import suspects
from mldsl.runtime.models.target import Target, make_target, read_weights
from mldsl.runtime.models.threads import native_threads, workers
from mldsl.runtime.models.untyped import Json
from mldsl.runtime.models.widths import wide
from mldsl.runtime.models.workbench import Material, Workbench
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Fit the model of a step. Outputs: `model`, and `summary` (JSON) of how it came about.

    The summary has `task`, `target`, `algorithm`, `parameters`, `rows`, `features`, `prepared` (how many there are),
    `classes`, `positive`, `threshold`, `calibrated`, `baseline` and `selection` (null, or `metric`, `maximize`,
    `candidates` with their scores in each fold, and the best of `scores` by algorithm).

    A worker with a share of the trials makes these and fits no model. Raises StepFailed where the rows do not allow it.
    """
    body = work.step.body
    assert isinstance(body, ModelBody)
    if work.share is not None and not compares(body):
        return StepResult()
    frame = _read(work, body, body.table)
    validation = _read(work, body, body.validation) if body.validation is not None else None
    if work.share is not None:
        _try_share(work, body, frame, validation)
        return StepResult()
    made = fit_model(work, body, frame, validation)
    found = report(work.step, made.findings)
    verify(made.model, body, work.code)
    work.write_model("model", made.model)
    work.write_json("summary", made.summary)
    return StepResult(details={**_details(made.summary), **found}, warnings=tuple(made.warnings))


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """The fitted model, how it came about, what libraries warned of, and what the training rows show."""

    model: FittedModel
    summary: Json
    warnings: list[str]
    findings: list[Finding]


def _try_share(work: Work, body: ModelBody, frame: pl.DataFrame, validation: pl.DataFrame | None) -> None:
    """A share of the trials, whose scores go to the store for the worker that fits the model."""
    bench, _, _ = _set_up(work, body, frame, validation)
    cut_short = False
    with workers(work.jobs) as over, quiet(), _limited(work, body):
        try:
            selection = select(body, bench, over, lambda done, total: work.progress(done, total, "trials"))
            cut_short = selection.cut_short is not None
        except NoTrial:
            cut_short = True  # for whoever fits the model to tell: other shares may have found something
    if cut_short:
        bench.memory.end()


@contextmanager
def _limited(work: Work, body: ModelBody) -> Iterator[None]:
    """A search whose time is limited: whoever listens can stop it. One that was stopped looks at its finds only."""
    if body.tune is None or body.tune.timeout is None or work.late:
        yield
        return
    work.searching(body.tune.timeout)
    try:
        yield
    finally:
        work.searching(None)


def _set_up(
    work: Work, body: ModelBody, frame: pl.DataFrame, validation: pl.DataFrame | None
) -> tuple[Workbench, Target | None, Encoder]:
    if not frame.height:
        raise StepFailed(f"there are no rows to fit `{work.step.name}` on")
    target = None if body.target is None else make_target(body, frame[body.target.name])
    encoder = make_encoder(body.features, body.prepare, frame)
    return _bench(work, body, frame, validation, target, encoder), target, encoder


def fit_model(work: Work, body: ModelBody, frame: pl.DataFrame, validation: pl.DataFrame | None) -> Made:
    """The model of these training rows; `validation` is the split's validation part."""
    bench, target, encoder = _set_up(work, body, frame, validation)
    found = wide(body, encoder, bench.setting)
    for warning in found:
        work.log(warning)  # beforehand, as it may take long

    def told(done: int, total: int) -> None:
        work.progress(done, total, "trials")

    with workers(work.jobs) as over, quiet(), _limited(work, body):
        selection = select(body, bench, over, told, dry=work.rows is not None)
        work.log(_chosen(selection))
    if selection.cut_short is not None:
        found.append(selection.cut_short)
    with native_threads(1), noticed(selection.recipe.name, found):
        preparation, learner = bench.fit(selection.recipe)
    with native_threads(1), quiet():
        learner, threshold = decide(body, bench, selection.recipe, preparation, learner)
    model = FittedModel(
        FORMAT,
        body.task,
        target,
        tuple((spec.name, str(spec.type)) for spec in body.features if spec.name in encoder.columns),
        tuple(make_output(spec) for spec in body.outputs),
        encoder,
        preparation,
        learner,
        threshold,
        make_baseline(body.task, bench.material.target, bench.material.weights, len(bench.setting.classes)),
    )
    findings = [*suspects(body, encoder, frame, bench.material)]
    return Made(model, _summary(body, model, selection, frame.height, validation), found, findings)


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(work: Work, body: ModelBody, table: str) -> pl.DataFrame:
    """The columns of a table that the model needs."""
    wanted = [spec.name for spec in body.features]
    wanted += [body.target.name] if body.target is not None else []
    wanted += [name for name in (body.weight, body.folds.stratify, body.folds.group, body.folds.time) if name]
    wanted += body.folds.reach
    return work.table(table).select(list(dict.fromkeys(wanted))).collect()


def _bench(
    work: Work,
    body: ModelBody,
    frame: pl.DataFrame,
    validation: pl.DataFrame | None,
    target: Target | None,
    encoder: Encoder,
) -> Workbench:
    classes = target.names() if target is not None else ()
    setting = Setting(body.task, classes, body.class_weight == "balanced", work.seed, work.code, work.jobs)
    return Workbench(
        encoder,
        _rules(body),
        _material(body, frame, target, encoder),
        None if validation is None or not validation.height else _material(body, validation, target, encoder),
        setting,
        body.tune.cv if body.tune is not None else body.cv,
        Memory(work.store, work.key, work.late) if work.key else replace(FORGETFUL, late=work.late),
        work.share,
    )


def _rules(body: ModelBody) -> Sequence[tuple[PrepareRule, ...]]:
    return [rules_for(body.prepare, index) for index in range(len(body.algorithms))]


def _material(body: ModelBody, frame: pl.DataFrame, target: Target | None, encoder: Encoder) -> Material:
    truth = None if target is None else target.encode(frame[target.name])
    if target is not None and target.classes and truth is not None and (truth >= len(target.classes)).any():
        known = truth < len(target.classes)  # a validation part may have classes that the training part has not
        frame, truth = frame.filter(pl.Series(known)), truth[known]
    classes = target.names() if target is not None else ()
    return Material(
        encoder.encode(frame),
        truth,
        None if body.weight is None else read_weights(body.weight, frame[body.weight]),
        make_divider(body.folds, frame, truth.astype(np.int64) if truth is not None and classes else None, classes),
    )


# --- telling ---------------------------------------------------------------------------------------------------------


def _chosen(selection: Selection) -> str:
    if not selection.candidates:
        return f"fitting `{selection.recipe.name}`"
    return f"`{selection.recipe.name}` is the best of {len(selection.candidates)} by {selection.metric}"


def _summary(
    body: ModelBody,
    model: FittedModel,
    selection: Selection,
    rows: int,
    validation: pl.DataFrame | None,
) -> Json:
    """How the model came about, as plain JSON; nothing in it depends on when or how fast."""
    classes = model.target.names() if model.target is not None else ()
    return {
        "task": body.task,
        "target": None if model.target is None else model.target.name,
        "algorithm": selection.recipe.name,
        "parameters": dict(selection.recipe.parameters),
        "rows": {"train": rows, "validation": None if validation is None else validation.height},
        "features": list(model.encoder.columns),
        "prepared": len(model.preparation.names),
        "classes": list(classes),
        "positive": classes[1] if body.task == "binary" else None,
        "threshold": model.threshold if body.task == "binary" and model.learner.gives_probabilities else None,
        "calibrated": body.calibrate,
        "baseline": None if model.baseline is None else model.baseline.summary(classes),
        "selection": _tried(selection),
    }


def _tried(selection: Selection) -> Json:
    if selection.metric is None:
        return None
    return {
        "metric": selection.metric,
        "maximize": METRICS[selection.metric].greater_is_better,
        "candidates": [candidate.summary() for candidate in selection.candidates],
        "scores": _by_algorithm(selection),
    }


def _by_algorithm(selection: Selection) -> Json:
    """The best score of each algorithm; null where none of its trials could be fitted."""
    assert selection.metric is not None
    pick = max if METRICS[selection.metric].greater_is_better else min
    found: dict[str, list[float]] = {item.recipe.name: [] for item in selection.candidates}
    for item in selection.candidates:
        found[item.recipe.name] += [] if item.scored.mean is None else [item.scored.mean]
    return {name: pick(scores) if scores else None for name, scores in found.items()}


def _details(summary: Json) -> Json:
    """What a run shows of it."""
    shown = ("algorithm", "parameters", "threshold", "rows", "baseline")
    selection = summary["selection"]
    scores = {} if selection is None else {"metric": selection["metric"], "scores": selection["scores"]}
    return {**{name: summary[name] for name in shown}, **scores}
