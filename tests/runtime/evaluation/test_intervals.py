"""Intervals, against published formulas, other software and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, norm

from mldsl.runtime.evaluation.bca import bootstrap_interval
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.intervals import clopper_pearson, effective_size, proportion_interval
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import METRIC_FUNCTIONS
from mldsl.runtime.evaluation.roc import auc_variance, delong_interval

# --- Clopper-Pearson -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (1, 10), (7, 10), (10, 10), (480, 500)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_clopper_pearson_is_scipys_exact_interval(hits: int, rows: int, confidence: float) -> None:
    low, high = clopper_pearson(hits / rows, rows, confidence)
    exact = {side: binomtest(hits, rows, alternative=side).proportion_ci(confidence) for side in ("greater", "less")}
    assert low == pytest.approx(exact["greater"].low, abs=1e-12)
    assert high == pytest.approx(exact["less"].high, abs=1e-12)


def test_a_proportion_looks_at_the_rows_that_it_is_of() -> None:
    found = Judged("binary", np.array([1, 1, 1, 0, 0]), np.array([1, 1, 0, 1, 0]))
    for name, rows in (("accuracy", 5), ("precision", 3), ("recall", 3)):
        interval = proportion_interval(name, found, None, 0.95)
        assert interval is not None
        assert interval.size == rows
        assert (interval.low, interval.high) == clopper_pearson(interval.share, rows, 0.95)
    nothing = Judged("binary", np.array([1, 0]), np.array([0, 0]))
    assert proportion_interval("precision", nothing, None, 0.95) is None


def test_rows_of_a_unit_that_agree_count_as_one() -> None:
    right = np.repeat(np.arange(40) % 4 > 0, 10)
    units = np.repeat(np.arange(40), 10)
    assert effective_size(right, None, 0.95) == 400
    assert 35 < effective_size(right, units, 0.95) <= 40
    mixed = np.random.default_rng(0).random(400) < 0.75
    assert effective_size(mixed, units, 0.95) > 200, "rows of a unit that do not agree are worth more"
    assert effective_size(np.ones(400, bool), units, 0.95) == 40


# --- DeLong ----------------------------------------------------------------------------------------------------------


def brute_force_variance(truth: np.ndarray, scores: np.ndarray) -> float:
    """DeLong's variance from the definition, pair by pair."""
    ups, downs = scores[truth == 1], scores[truth == 0]
    wins = np.array([[1.0 if x > y else 0.5 if x == y else 0.0 for y in downs] for x in ups])
    return wins.mean(axis=1).var(ddof=1) / len(ups) + wins.mean(axis=0).var(ddof=1) / len(downs)


def test_the_variance_is_that_of_the_definition() -> None:
    random = np.random.default_rng(3)
    for _ in range(10):
        truth = np.concatenate(([0, 0, 1, 1], random.integers(0, 2, 40)))
        scores = np.round(random.normal(size=44) + truth, 1)
        assert auc_variance(truth, scores) == pytest.approx(brute_force_variance(truth, scores), rel=1e-12)
        alone = auc_variance(truth, scores, np.arange(44))
        assert alone == pytest.approx(auc_variance(truth, scores), rel=1e-12), "units of one row are rows"


def test_the_variance_agrees_with_leaving_out_whole_units() -> None:
    """Obuchowski's variance against a jackknife over the units."""
    random = np.random.default_rng(4)
    units = np.repeat(np.arange(120), 5)
    shift = random.normal(size=120)[units]
    truth = (random.random(600) < 0.4).astype(int)
    scores = shift + truth + random.normal(size=600)
    found = Judged("binary", truth, truth, scores)
    without = np.array([
        METRIC_FUNCTIONS["roc_auc"](found, (units != unit).astype(float)[None])[0] for unit in range(120)
    ])  # fmt: skip
    jackknife = 119 / 120 * ((without - without.mean()) ** 2).sum()
    by_units = auc_variance(truth, scores, units)
    assert by_units == pytest.approx(jackknife, rel=0.05)
    assert by_units > 1.1 * auc_variance(truth, scores), "rows of a unit are alike"


def test_delong_holds_its_level() -> None:
    """The bounds miss the true area in about the share of samples that the confidence leaves."""
    random = np.random.default_rng(5)
    area, rows, misses = 0.85, 600, np.zeros(2)
    apart = norm.ppf(area) * np.sqrt(2)
    truth = np.repeat([1, 0], [40, 80])
    for _ in range(rows):
        found = Judged("binary", truth, truth, random.normal(size=120) + apart * truth)
        interval = delong_interval(found, None, 0.95)
        assert interval is not None
        misses += [interval.low > area, interval.high < area]
    assert (misses / rows < 0.085).all()
    assert (misses / rows > 0.01).all()


def test_classes_told_apart_perfectly_are_still_not_certain() -> None:
    truth = np.repeat([1, 0], [20, 100])
    interval = delong_interval(Judged("binary", truth, truth, truth.astype(float)), None, 0.95)
    assert interval is not None
    assert interval.high == 1
    assert interval.low == pytest.approx(0.05 ** (1 / 20))
    assert delong_interval(Judged("binary", np.ones(5, int), truth[:5], np.ones(5)), None, 0.95) is None


# --- bootstrap -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rmse", "mae", "median_error"])
def test_the_bootstrap_is_scipys_bca(name: str) -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=80)
    predicted = truth + random.standard_t(3, size=80)
    found = Judged("regression", truth, predicted)
    interval = bootstrap_interval(lambda counts: METRIC_FUNCTIONS[name](found, counts), Resampler(80, 0), 0.95)
    assert interval is not None

    def statistic(a: np.ndarray, b: np.ndarray) -> float:
        return float(METRIC_FUNCTIONS[name](Judged("regression", a, b), np.ones((1, len(a))))[0])

    expected = bootstrap(
        (truth, predicted), statistic, paired=True, vectorized=False, confidence_level=0.9, n_resamples=1500,
        method="BCa", rng=1,
    ).confidence_interval  # fmt: skip
    spread = expected.high - expected.low
    assert interval.low == pytest.approx(expected.low, abs=0.12 * spread)
    assert interval.high == pytest.approx(expected.high, abs=0.12 * spread)


def test_the_bootstrap_covers() -> None:
    """One-sided 90% bounds of a skewed metric hold in about 90% of samples."""
    random = np.random.default_rng(2)
    below = above = 0
    for sample in range(200):
        errors = random.exponential(size=60)
        found = Judged("regression", errors, np.zeros(60))
        interval = bootstrap_interval(lambda counts, found=found: METRIC_FUNCTIONS["mae"](found, counts),
                                      Resampler(60, sample), 0.9)  # fmt: skip
        assert interval is not None
        below += interval.low <= 1
        above += interval.high >= 1
    assert 0.83 <= below / 200 <= 0.96
    assert 0.83 <= above / 200 <= 0.96


def test_resamples_are_the_same_for_the_same_seed_and_take_whole_units() -> None:
    units = np.array([0, 0, 1, 1, 1, 2])
    seen: list[np.ndarray] = []
    resampler = Resampler(6, 3, units)
    one = resampler.resample(lambda counts: seen.append(counts) or counts @ np.arange(6.0))
    assert (one == Resampler(6, 3, units).resample(lambda counts: counts @ np.arange(6.0))).all()
    assert (one != Resampler(6, 4, units).resample(lambda counts: counts @ np.arange(6.0))).any()
    counts = np.concatenate(seen)
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, 2] == counts[:, 4]).all()
    assert ((counts[:, 0] + counts[:, 2] + counts[:, 5]) == 3).all(), "as many units as there are"


def test_units_widen_the_interval() -> None:
    random = np.random.default_rng(0)
    units = np.repeat(np.arange(30), 10)
    errors = random.normal(size=30)[units] + random.normal(0, 0.1, 300)
    found = Judged("regression", errors, np.zeros(300))
    rows, groups = (
        bootstrap_interval(lambda counts: METRIC_FUNCTIONS["mae"](found, counts), Resampler(300, 1, given), 0.95)
        for given in (None, units)
    )
    assert rows is not None
    assert groups is not None
    assert groups.high - groups.low > 2 * (rows.high - rows.low)
