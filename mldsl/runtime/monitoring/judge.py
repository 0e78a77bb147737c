"""Judges a monitor's expectations: passed, failed (a breach), or inconclusive where too little is known.

What is observed in a condition - drifts, null rates, metrics over a period - is measured first and put in as a number;
what is left is a condition over numbers, as an evaluation has it. A drift counts there as far as chance does not
explain it: as the largest distance among the columns that are above their level, and as 0 where none is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from mldsl.catalog.types import FLOAT
from mldsl.plan.expressions import Call, Constant, Drift, Expression, MetricRef
from mldsl.plan.nodes import Expectation
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.conditions import Subject
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import metric_value, why_undefined
from mldsl.runtime.evaluation.slices import FEWEST_ROWS
from mldsl.runtime.monitoring.cells import Method
from mldsl.runtime.monitoring.drift import ColumnDrift, comparable, drift, too_few
from mldsl.runtime.monitoring.evidence import Evidence, Labelled
from mldsl.runtime.seeds import derive_seed

Json = dict[str, Any]
_NOTHING = Subject(Judged("regression", np.zeros(1), np.zeros(1)))
_COMPARISONS = ("less", "less_equal", "greater", "greater_equal")


@dataclass(frozen=True, slots=True)
class Observed:
    """A number of production: `counts` is what a condition gets, `shown` what people do; None with the `reason`."""

    counts: float | None
    shown: float | None
    reason: str | None = None
    columns: tuple[ColumnDrift, ...] = ()
    facts: Json = field(default_factory=dict)


def judge_expectation(expectation: Expectation, evidence: Evidence) -> Json:
    """What came of it, as plain JSON.

    `text`, `outcome`, `value` and `threshold` (of a comparison), `reason`, `columns` (of a drift), `data` (what names
    the rows that it was judged on), and of metrics `predictions` and `labels`: how many there were, and known.
    """
    seen: list[Observed] = []
    observe = _Observer(evidence, seen)
    counts, shown = observe.both(expectation.condition)
    holds = _value(counts, evidence)
    value, threshold = _compared(shown, evidence)
    reasons = [item.reason for item in seen if item.reason]
    outcome = "inconclusive" if holds is None else "passed" if holds else "failed"
    facts = {name: value for item in seen for name, value in item.facts.items()}
    return {
        "text": expectation.text,
        "outcome": outcome,
        "value": value,
        "threshold": threshold,
        "reason": "; ".join(dict.fromkeys(reasons)) or None,
        "columns": [column.document() for item in seen for column in item.columns],
        "data": evidence.data + "".join(f" {name}={value}" for name, value in sorted(facts.items())),
        **facts,
    }


def _value(condition: Expression, evidence: Evidence) -> float | None:
    return replace(_NOTHING, params=evidence.params).value(condition)


def _compared(condition: Expression, evidence: Evidence) -> tuple[float | None, float | None]:
    """The two sides of a comparison, or of the first one in a condition."""
    match condition:
        case Call(function="between", arguments=(value, low, _)):
            return _value(value, evidence), _value(low, evidence)
        case Call(function=function, arguments=(left, right)) if function in _COMPARISONS:
            if isinstance(left, Constant) and not isinstance(right, Constant):
                left, right = right, left
            return _value(left, evidence), _value(right, evidence)
        case Call(arguments=arguments):
            found = (_compared(item, evidence) for item in arguments)
            return next((pair for pair in found if pair != (None, None)), (None, None))
        case _:
            return None, None


@dataclass(frozen=True, slots=True)
class _Observer:
    """Measures what a condition observes; `seen` fills up."""

    evidence: Evidence
    seen: list[Observed]

    def both(self, condition: Expression) -> tuple[Expression, Expression]:
        """The condition with numbers in place of what it observes: those that count, and those that are shown."""
        found = self._observed(condition)
        if found is not None:
            self.seen.append(found)
            return _constant(found.counts), _constant(found.shown)
        if not isinstance(condition, Call):
            return condition, condition
        pairs = [self.both(item) for item in condition.arguments]
        counts, shown = (tuple(pair[side] for pair in pairs) for side in (0, 1))
        return replace(condition, arguments=counts), replace(condition, arguments=shown)

    def _observed(self, node: Expression) -> Observed | None:
        match node:
            case Drift(of_prediction=True):
                return self._prediction_drift()
            case Drift(columns=columns, method=method):
                return self._drift(columns, method)
            case Call(function="null_rate", arguments=(argument,)):
                return self._null_rate(argument)
            case MetricRef(of="live", name=name, period=period) if period is not None:
                return self._metric(name, period)
            case _:
                return None

    # --- drift ---

    def _drift(self, columns: tuple[str, ...], method: Method | None) -> Observed:
        training, batch = self.evidence.training, self.evidence.batch
        known = [name for name in columns if name not in self.evidence.hidden]
        hidden = [f"`{name}` {self.evidence.hidden[name]}" for name in columns if name in self.evidence.hidden]
        for name in known:
            _there(name, training, "the training rows of the deployed version")
            _there(name, batch, "the rows that it answered")
        there = [name for name in known if comparable(training, name)]
        found = self._against(training, batch, there, method)
        return replace(found, reason="; ".join(filter(None, [found.reason, *hidden])) or None)

    def _prediction_drift(self) -> Observed:
        expected, answers = self.evidence.expected, self.evidence.answers
        names = [name for name in self.evidence.outputs if name in expected.columns]
        return self._against(expected, answers, names, None)

    def _against(
        self, expected: pl.DataFrame, batch: pl.DataFrame, columns: list[str], method: Method | None
    ) -> Observed:
        if reason := too_few(expected, batch):
            return Observed(None, None, reason)
        if not columns:
            return Observed(None, None, "there is no column to compare")
        found = drift(expected, batch, columns, method, derive_seed(self.evidence.seed, " ".join(columns)))
        beyond = [item.distance for item in found if item.beyond_chance]
        largest = max(item.distance for item in found)
        return Observed(max(beyond, default=0.0), max(beyond, default=largest), columns=tuple(found))

    # --- the rest ---

    def _null_rate(self, argument: Expression) -> Observed:
        from mldsl.runtime.engine.polars.lowering import Env, Lowering

        batch = self.evidence.batch
        if reason := too_few(batch, batch):
            return Observed(None, None, reason)
        lowering = Lowering(batch.lazy(), Env(self.evidence.params))
        value = lowering.lower(argument)
        rate = lowering.frame.select(value.is_null().mean()).collect().item()
        return Observed(float(rate), float(rate))

    def _metric(self, name: str, period: int) -> Observed:
        labelled = self.evidence.labelled[period]
        facts: Json = {"predictions": labelled.predictions, "labels": labelled.known}
        if labelled.seen:
            facts["trained_on"] = labelled.seen
        reason = labelled.reason or _too_few_labels(labelled, period)
        if reason or labelled.judged is None:
            return Observed(None, None, reason, facts=facts)
        value = metric_value(name, labelled.judged)
        if value is None:
            reason = f"`{name}` is not defined: {why_undefined(name, labelled.judged)}"
        return Observed(value, value, reason, facts=facts)


def _there(name: str, frame: pl.DataFrame, what: str) -> None:
    if name not in frame.columns:
        message = f"the drift of `{name}` cannot be judged: {what} have no such column"
        raise StepFailed(message, "name features of the model: `drift(all)` means all of them")


def _constant(value: float | None) -> Constant:
    return Constant(type=FLOAT, value=value)


def _too_few_labels(labelled: Labelled, period: int) -> str | None:
    """Why the labels that are there do not say how good the predictions were; None where they do."""
    if labelled.known - labelled.seen >= FEWEST_ROWS:
        return None
    last = f"the last {_duration(period)}"
    if not labelled.predictions:
        return f"there are no predictions in {last}"
    if not labelled.known:
        return f"no label has come for the {labelled.predictions:,} predictions of {last}"
    seen = f", {labelled.seen:,} of them for rows that the model was trained on" if labelled.seen else ""
    come = f"{labelled.known:,} label{'s have' if labelled.known != 1 else ' has'} come"
    return f"{come} for the {labelled.predictions:,} predictions of {last}{seen}: at least {FEWEST_ROWS} are needed"


def _duration(microseconds: int) -> str:
    seconds = timedelta(microseconds=microseconds).total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:g} seconds"
