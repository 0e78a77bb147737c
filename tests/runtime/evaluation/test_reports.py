"""The numbers in reports, beside the same by scikit-learn, scipy and resampling by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_curve

from mldsl.runtime.evaluation.bands import RESAMPLES, band, resampled
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.reports import Reported, make_report

RANDOM = np.random.default_rng(5)
TRUTH = (RANDOM.random(600) < 0.3).astype(int)
SCORES = np.clip(RANDOM.beta(2, 4, 600) + 0.25 * TRUTH, 0, 0.999).round(3)


def reported(truth=TRUTH, scores=SCORES, units=None, classes=("no", "yes"), predicted=None) -> Reported:
    said = (scores >= 0.5).astype(int) if predicted is None else predicted
    task = "binary" if len(classes) == 2 else "multiclass"
    judged = Judged(task, truth, said, scores if task == "binary" else None, classes=len(classes))
    return Reported(None, None, None, judged, classes, units, 3, 1)  # type: ignore[arg-type]


def test_the_roc_curve_runs_through_scikit_learns_points() -> None:
    found = make_report("roc_curve", reported())
    falses, trues, _ = roc_curve(TRUTH, SCORES, drop_intermediate=False)
    assert found["false_positive_rate"] == pytest.approx(falses.tolist())
    assert found["true_positive_rate"] == pytest.approx(trues.tolist())
    assert found["positive_rows"] == TRUTH.sum()


def test_the_band_is_the_spread_of_curves_of_resampled_rows() -> None:
    found = make_report("roc_curve", reported())["band"]
    random = np.random.default_rng(8)
    curves = []
    for _ in range(800):
        rows = random.integers(0, len(TRUTH), len(TRUTH))
        falses, trues, _ = roc_curve(TRUTH[rows], SCORES[rows], drop_intermediate=False)
        curves.append(np.interp(found["false_positive_rate"], falses, trues))
    low, high = np.quantile(curves, [0.025, 0.975], axis=0)
    inner = slice(5, 95)
    assert np.abs(np.array(found["low"]) - low)[inner].max() < 0.035
    assert np.abs(np.array(found["high"]) - high)[inner].max() < 0.035
    assert (found["confidence"], found["resamples"], found["drawn"]) == (0.95, RESAMPLES, "rows")


def test_a_band_of_units_is_wider_where_their_rows_agree() -> None:
    """Each row ten times: the band is that of the rows once."""
    truth, scores, units = np.repeat(TRUTH, 10), np.repeat(SCORES, 10), np.repeat(np.arange(600), 10)
    once, many, grouped = (
        make_report("roc_curve", found)["band"]
        for found in (reported(), reported(truth, scores), reported(truth, scores, units))
    )
    width = [np.mean(np.subtract(found["high"], found["low"])) for found in (once, many, grouped)]
    assert width[1] < 0.5 * width[0]
    assert width[2] == pytest.approx(width[0], rel=0.1)
    assert grouped["drawn"] == "groups"


def test_the_band_of_precision_holds_the_curve() -> None:
    found = make_report("pr_curve", reported())
    assert found["average_precision"] == pytest.approx(average_precision_score(TRUTH, SCORES))
    low, high = found["interval"]
    assert low < found["average_precision"] < high
    first = np.searchsorted(found["recall"], np.array(found["band"]["recall"]) - 1e-12)
    curve = np.array(found["precision"])[first]
    inside = (curve >= np.array(found["band"]["low"])) & (curve <= np.array(found["band"]["high"]))
    assert inside.mean() > 0.97


def test_few_rows_have_no_band() -> None:
    few = np.flatnonzero(TRUTH)[:6]
    rows = np.concatenate((few, np.flatnonzero(TRUTH == 0)))
    assert make_report("roc_curve", reported(TRUTH[rows], SCORES[rows]))["band"] is None
    drawn = resampled(np.zeros(3, int), np.array([1, 1, 0]), 1, None, 0)
    assert band(drawn, lambda down, up: up) is None


def test_calibration_is_scikit_learns_with_exact_intervals() -> None:
    scores = SCORES + 1e-7  # on a bound between two bins scikit-learn takes the lower one
    found = make_report("calibration_curve", reported(scores=scores))
    observed, predicted = calibration_curve(TRUTH, scores, n_bins=10)
    assert found["observed"] == pytest.approx(observed.tolist())
    assert found["predicted"] == pytest.approx(predicted.tolist())
    for share, rows, low, high in zip(found["observed"], found["rows"], found["low"], found["high"], strict=True):
        exact = binomtest(round(share * rows), rows).proportion_ci(0.95)
        assert (low, high) == pytest.approx((exact.low, exact.high))


def test_the_classes_are_scikit_learns_with_exact_intervals() -> None:
    truth = RANDOM.integers(0, 3, 200)
    said = np.where(RANDOM.random(200) < 0.7, truth, 0)
    found = make_report("class_report", reported(truth, truth, classes=("a", "b", "c"), predicted=said))["classes"]
    precision, recall, f1, rows = precision_recall_fscore_support(truth, said)
    for number, item in enumerate(found):
        assert (item["precision"], item["recall"], item["f1"]) == pytest.approx(
            (precision[number], recall[number], f1[number])
        )
        hits, called = int(((truth == number) & (said == number)).sum()), int((said == number).sum())
        for name, of in (("recall", int(rows[number])), ("precision", called)):
            exact = binomtest(hits, of).proportion_ci(0.95)
            assert item[f"{name}_interval"] == pytest.approx([exact.low, exact.high])


def test_a_regression_that_is_off_for_large_values_shows_it_in_the_trend() -> None:
    truth = np.linspace(0, 100, 400)
    predicted = np.where(truth > 75, 75 + (truth - 75) * 0.5, truth)
    judged = Judged("regression", truth, predicted)
    given = Reported(None, None, None, judged, (), None, 0, 1)  # type: ignore[arg-type]
    trend = make_report("residuals", given)["trend"]
    by_hand = [np.median(part) for part in np.array_split(truth - predicted, 12)]
    assert trend["residual"] == pytest.approx(by_hand)
    assert trend["residual"][0] == 0
    assert trend["residual"][-1] > 8
