"""Three-valued verdicts: passed where the bound clears the threshold, failed where even the other does not reach it."""

from __future__ import annotations

import numpy as np
import pytest

from mldsl.catalog.types import FLOAT
from mldsl.plan.expressions import Expression, ParamRef
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.conditions import Subject
from mldsl.runtime.evaluation.intervals import clopper_pearson
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.slices import Slice
from mldsl.runtime.evaluation.verdicts import Verdict, judge
from tests.support.conditions import at_least, at_most, call, gap, metric


def right(hits: int, rows: int) -> Judged:
    """So many of the rows predicted rightly, half of all positive."""
    truth = np.arange(rows) % 2
    predicted = np.where(np.arange(rows) < hits, truth, 1 - truth)
    return Judged("binary", truth, predicted, np.where(predicted == 1, 0.8, 0.2))


def verdict(condition: Expression, judged: Judged, confidence: float | None = 0.95, **more: object) -> Verdict:
    return judge(condition, Subject(judged, **more), Resampler(judged.rows, 1), confidence)


def test_without_confidence_the_value_decides() -> None:
    found = verdict(at_least("accuracy", 0.9), right(90, 100), None)
    assert (found.outcome, found.value, found.threshold, found.interval) == ("passed", 0.9, 0.9, None)
    assert verdict(call("greater", metric("accuracy"), 0.9), right(90, 100), None).outcome == "failed"
    assert verdict(at_most("accuracy", 0.5), right(90, 100), None).outcome == "failed"


@pytest.mark.parametrize(("bound", "outcome"), [(0.8, "passed"), (0.95, "failed"), (0.88, "inconclusive")])
def test_with_confidence_there_are_three_outcomes(bound: float, outcome: str) -> None:
    found = verdict(at_least("accuracy", bound), right(180, 200))
    assert found.outcome == outcome
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == clopper_pearson(0.9, 200, 0.95)
    assert (found.interval.method, found.value, found.threshold) == ("clopper_pearson", 0.9, bound)
    turned = {"passed": "failed", "failed": "passed"}.get(outcome, outcome)
    assert verdict(at_most("accuracy", bound), right(180, 200)).outcome == turned
    assert verdict(call("not", at_least("accuracy", bound)), right(180, 200)).outcome == turned
    left = call("less_equal", bound, metric("accuracy"))
    assert verdict(left, right(180, 200)).outcome == outcome, "the metric may stand right"


def test_so_many_rows_would_decide_it() -> None:
    found = verdict(at_least("accuracy", 0.88), right(180, 200))
    assert found.rows_needed is not None
    assert clopper_pearson(0.9, found.rows_needed, 0.95)[0] >= 0.88
    assert clopper_pearson(0.9, found.rows_needed * 0.99, 0.95)[0] < 0.88
    low = verdict(at_least("accuracy", 0.92), right(180, 200))
    assert low.rows_needed is not None
    assert clopper_pearson(0.9, low.rows_needed, 0.95)[1] <= 0.92
    assert verdict(at_least("accuracy", 0.9), right(180, 200)).rows_needed is None, "no number of rows would"
    assert verdict(at_least("accuracy", 0.8), right(180, 200)).rows_needed is None, "it is decided"


def test_rows_needed_of_other_intervals_shrink_with_the_root() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=100)
    judged = Judged("regression", truth, truth + random.normal(size=100))
    first = verdict(at_most("rmse", 1.05), judged)
    assert first.outcome == "inconclusive"
    assert first.rows_needed is not None
    times = round(first.rows_needed / 100 * 1.3)
    more = Judged("regression", np.tile(judged.truth, times), np.tile(judged.predicted, times))
    assert verdict(at_most("rmse", 1.05), more).outcome != "inconclusive"


@pytest.mark.parametrize(
    ("name", "method"), [("precision", "clopper_pearson"), ("recall", "clopper_pearson"), ("roc_auc", "delong"),
                         ("f1", "clopper_pearson"), ("mcc", "bootstrap"), ("brier", "bootstrap")],
)  # fmt: skip
def test_the_interval_fits_the_metric(name: str, method: str) -> None:
    found = verdict(at_least(name, 0.5), right(170, 200))
    assert found.interval is not None
    assert found.interval.method == method
    assert found.value is not None
    assert found.interval.low < found.value < found.interval.high


def test_conditions_are_combined() -> None:
    judged = right(180, 200)
    sure, wrong, open_ = (at_least("accuracy", bound) for bound in (0.8, 0.95, 0.88))
    for condition, outcome in (
        (call("and", sure, sure), "passed"), (call("and", sure, open_), "inconclusive"),
        (call("and", open_, wrong), "failed"), (call("or", wrong, open_), "inconclusive"),
        (call("or", wrong, sure), "passed"), (call("or", wrong, wrong), "failed"),
        (call("between", metric("accuracy"), 0.8, 0.99), "passed"),
        (call("between", metric("accuracy"), 0.88, 0.99), "inconclusive"),
    ):  # fmt: skip
        assert verdict(condition, judged).outcome == outcome
    decisive = verdict(call("and", sure, wrong), judged)
    assert decisive.threshold == 0.95, "what decides is shown"


def test_an_expression_of_metrics_is_resampled_as_a_whole() -> None:
    judged = right(170, 200)
    total = call("add", metric("precision"), metric("recall"))
    found = verdict(at_least(total, 1.5), judged)
    assert found.outcome == "passed"
    assert found.value == pytest.approx(1.7)
    assert found.interval is not None
    assert found.interval.method == "bootstrap"
    both = verdict(call("greater", metric("precision"), metric("recall")), judged)
    assert both.value == pytest.approx(0), "two metrics are compared by their difference"
    assert both.outcome == "inconclusive"


def test_any_other_condition_is_judged_by_its_share_of_the_resamples() -> None:
    judged = right(180, 200)
    strange = call("if", at_least("accuracy", 0.5), at_least("f1", 0.5), at_least("f1", 0.9))
    assert verdict(strange, judged).outcome == "passed"
    assert verdict(call("equal", metric("accuracy"), 0.123), judged).outcome == "failed"


def test_a_model_that_makes_no_mistake_is_not_yet_certain() -> None:
    few, many = right(10, 10), right(2000, 2000)
    assert verdict(at_least("f1", 0.9), few).outcome == "inconclusive"
    assert verdict(at_least("f1", 0.9), many).outcome == "passed"
    found = verdict(at_least("mcc", 0.9), few)
    assert found.interval is not None
    assert found.interval.low < 0.7
    assert found.interval.high == 1


def test_a_parameter_of_the_run_may_be_the_bound() -> None:
    condition = call("greater_equal", metric("accuracy"), ParamRef(type=FLOAT, name="wanted"))
    found = verdict(condition, right(180, 200), params={"wanted": 0.8})
    assert (found.outcome, found.threshold) == ("passed", 0.8)


def test_what_cannot_be_judged_is_inconclusive_with_a_reason() -> None:
    ups = Judged("binary", np.ones(40, int), np.ones(40, int), np.full(40, 0.9))
    for confidence in (None, 0.95):
        found = verdict(at_least("roc_auc", 0.5), ups, confidence)
        assert found.outcome == "inconclusive"
        assert found.reason == "`roc_auc` is not defined: there are no negative rows"
    two = Judged("binary", np.array([0, 1]), np.array([0, 1]), np.array([0.1, 0.9]))
    assert verdict(at_least("roc_auc", 0.5), two).reason == "there are too few rows for an interval"


def test_the_largest_gap_between_slices() -> None:
    judged = right(150, 200)
    halves = {"side": (Slice("a", np.arange(100)), Slice("b", np.arange(100, 200)), Slice("tiny", np.arange(5)))}
    found = verdict(at_most(gap("accuracy", "side"), 0.1), judged, None, slices=halves)
    assert (found.outcome, found.value) == ("failed", pytest.approx(0.5))
    with_confidence = verdict(at_most(gap("accuracy", "side"), 0.6), judged, slices=halves)
    assert with_confidence.outcome == "passed"
    assert with_confidence.interval is not None
    assert with_confidence.interval.low < 0.5 < with_confidence.interval.high
    alone = verdict(at_most(gap("accuracy", "side"), 0.1), judged, None, slices={"side": halves["side"][:1]})
    assert alone.reason == "`accuracy` is not defined in two slices of `side` with enough rows"


def test_a_gate_passes_a_model_at_the_threshold_seldom() -> None:
    """A 95% gate passes a model that is exactly at the threshold in about 5% of samples at most."""
    random = np.random.default_rng(7)
    passed = 0
    for _ in range(400):
        truth = random.integers(0, 2, 120)
        predicted = np.where(random.random(120) < 0.8, truth, 1 - truth)
        passed += verdict(at_least("accuracy", 0.8), Judged("binary", truth, predicted)).outcome == "passed"
    assert passed / 400 <= 0.06


def test_a_function_without_a_meaning_for_metrics_is_refused() -> None:
    with pytest.raises(StepFailed, match="`lower` cannot be used in an expectation"):
        verdict(call("equal", call("lower", metric("accuracy")), 1), right(5, 10), None)
