"""Bounds from resamples: against published ones, against SciPy, and where few rows say too little."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, norm, permutation_test

from mldsl.runtime.evaluation.bca import Shape, bootstrap_interval, influence_of, levels
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.judged import Floats, Judged
from mldsl.runtime.evaluation.metric_intervals import metric_interval
from mldsl.runtime.evaluation.metrics import METRIC_FUNCTIONS
from mldsl.runtime.evaluation.paired import chance_of_exchange, paired_interval, proportions_interval

SPATIAL = np.array(
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41.0]
)
"""The spatial test, A, of Efron and Tibshirani (1993), An Introduction to the Bootstrap, table 14.1."""


def variance(counts: Floats) -> Floats:
    return np.asarray(counts @ SPATIAL**2 / 26 - (counts @ SPATIAL / 26) ** 2)


def jackknifed(counts: Floats) -> Floats:
    rows = counts.sum(axis=1)
    return np.asarray(counts @ SPATIAL**2 / rows - (counts @ SPATIAL / rows) ** 2)


def test_the_bounds_are_the_published_ones() -> None:
    """Efron and Tibshirani 1993, sections 14.2 and 14.3: 171.5, acceleration 0.061, BCa 90% from 115.8 to 259.6."""
    resampler = Resampler(26, 1)
    influence = influence_of(resampler.leave_out(jackknifed))
    assert variance(np.ones((1, 26)))[0] == pytest.approx(171.5, abs=0.05)
    assert influence.acceleration == pytest.approx(0.061, abs=0.001)
    drawn = np.sort(resampler.resample(variance))
    plain = levels(171.534, drawn, influence.acceleration, float(norm.ppf(0.95)))
    assert np.quantile(drawn, plain) == pytest.approx([115.8, 259.6], rel=0.03), "2,000 resamples vary so much"
    interval = bootstrap_interval(variance, resampler, 0.95)
    assert interval is not None
    assert interval.low < 115.8 * 1.01, "26 rows say less than a normal distribution has it"
    assert interval.high > 259.6 * 0.99


def errors(name: str, truth: Floats, predicted: Floats) -> Floats:
    return METRIC_FUNCTIONS[name](Judged("regression", truth, predicted), np.ones((1, len(truth))))


@pytest.mark.parametrize("name", ["rmse", "mae"])
def test_a_difference_is_scipys_paired_bootstrap(name: str) -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=150)
    one, other = truth + random.normal(0, 1, 150), truth + random.normal(0, 1.3, 150)
    expected = bootstrap(
        (truth, one, other), lambda a, b, c: errors(name, a, b)[0] - errors(name, a, c)[0], paired=True,
        vectorized=False, confidence_level=0.9, n_resamples=1000, method="BCa", rng=1,
    ).confidence_interval  # fmt: skip
    function = METRIC_FUNCTIONS[name]
    mine = bootstrap_interval(
        lambda counts: (
            function(Judged("regression", truth, one), counts) - function(Judged("regression", truth, other), counts)
        ),
        Resampler(150, 0), 0.95,
    )  # fmt: skip
    assert mine is not None
    spread = expected.high - expected.low
    assert mine.low == pytest.approx(expected.low, abs=0.1 * spread)
    assert mine.high == pytest.approx(expected.high, abs=0.1 * spread)


@pytest.mark.parametrize(("name", "worse"), [("rmse", 1.15), ("mae", 1.05)])
def test_exchanging_answers_is_scipys_permutation_test(name: str, worse: float) -> None:
    random = np.random.default_rng(2)
    truth = random.normal(size=60)
    one, other = truth + random.normal(0, 1, 60), truth + random.normal(0, worse, 60)
    judged = [Judged("regression", truth, predicted) for predicted in (one, other)]
    value, chance = chance_of_exchange(name, judged[0], judged[1], Resampler(60, 3))
    expected = permutation_test(
        (one, other), lambda a, b: errors(name, truth, a)[0] - errors(name, truth, b)[0], permutation_type="samples",
        alternative="less" if value < 0 else "greater", n_resamples=2000, rng=1, vectorized=False,
    )  # fmt: skip
    assert value == pytest.approx(expected.statistic)
    assert chance == pytest.approx(expected.pvalue, abs=0.04)


def test_a_difference_of_shares_is_the_published_one() -> None:
    """Agresti 1990, section 10.1: 944 and 880 of the same 1,600 approve, 95% from 0.02 to 0.06 (a Wald interval)."""
    one = np.repeat([True, True, False, False], [794, 150, 86, 570])
    other = np.repeat([True, False, True, False], [794, 150, 86, 570])
    interval = proportions_interval(one, other, 0.975)
    assert interval.low == pytest.approx(0.0213, abs=0.001)
    assert interval.high == pytest.approx(0.0587, abs=0.001)


@pytest.mark.parametrize(("gained", "lost", "found"), [(10, 2, True), (9, 3, False), (5, 0, True), (4, 0, False)])
def test_a_difference_counts_where_scipys_exact_test_finds_it(gained: int, lost: int, found: bool) -> None:
    one = np.repeat([True, False, True], [gained, lost, 88])
    other = np.repeat([False, True, True], [gained, lost, 88])
    assert bool(binomtest(gained, gained + lost, alternative="greater").pvalue <= 0.05) is found
    assert (proportions_interval(one, other, 0.95).low > 0) is found


@pytest.mark.parametrize(("hits", "others"), [(0, 12), (7, 20), (30, 5), (9, 0)])
def test_f1_is_bounded_by_scipys_exact_interval(hits: int, others: int) -> None:
    """f1 is 2 J / (1 + J) of the share J of hits among the rows that are positive or said to be (Jaccard)."""
    truth = np.concatenate((np.ones(hits), np.arange(others) % 2, np.zeros(40))).astype(int)
    said = np.concatenate((np.ones(hits), 1 - np.arange(others) % 2, np.zeros(40))).astype(int)
    interval = metric_interval("f1", Judged("binary", truth, said), Resampler(len(truth), 1), 0.95)
    assert interval is not None
    low, high = (binomtest(hits, hits + others, alternative=side).proportion_ci(0.95) for side in ("greater", "less"))
    assert interval.low == pytest.approx(2 * low.low / (1 + low.low))
    assert interval.high == pytest.approx(2 * high.high / (1 + high.high))


def test_losses_with_a_heavy_tail_reach_further_where_they_may_be_greater() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=80)
    judged = Judged("regression", truth, truth + random.standard_t(3, 80))
    plain, careful = (
        bootstrap_interval(lambda counts: METRIC_FUNCTIONS["rmse"](judged, counts), Resampler(80, 1), 0.95, shape)
        for shape in (Shape(low=0), Shape(low=0, skewed=True, best=0))
    )
    assert plain is not None
    assert careful is not None
    assert careful.high > plain.high
    assert careful.high - careful.low < 2 * (plain.high - plain.low)
    assert metric_interval("rmse", judged, Resampler(80, 1), 0.95) == careful


@pytest.mark.parametrize("name", ["mcc", "balanced_accuracy"])
def test_a_class_without_a_hit_may_still_have_some(name: str) -> None:
    """Nothing is said to be positive, of 10 positive rows of 100: 26% of them may be found (0.05 is 0.741^10)."""
    truth = np.repeat([1, 0], [10, 90])
    interval = metric_interval(name, Judged("binary", truth, np.zeros(100, int)), Resampler(100, 1), 0.95)
    assert interval is not None
    found = 1 - 0.05 ** (1 / 10)
    possible = {"balanced_accuracy": (1 + found) / 2, "mcc": np.sqrt(found * 90 / (100 - 10 * found))}
    assert interval.high == pytest.approx(possible[name], rel=1e-6)
    assert interval.low <= {"balanced_accuracy": 0.5, "mcc": 0}[name]


def test_a_constant_quantity_has_no_spread() -> None:
    interval = bootstrap_interval(lambda counts: np.full(len(counts), 0.5), Resampler(50, 1), 0.95, Shape(skewed=True))
    assert interval is not None
    assert (interval.low, interval.high) == (0.5, 0.5)
    truth = np.zeros(50)
    one = Judged("regression", truth, truth + 1)
    same = paired_interval("rmse", one, one, Resampler(50, 1), 0.95)
    assert same is not None
    assert (same.low, same.high) == (0, 0)
