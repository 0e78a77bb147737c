"""Trials on the same rows share their bins, and fit what they would have fitted without."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper

from mldsl.runtime.models.bins import Bins

RANDOM = np.random.default_rng(3)
ROWS = np.where(RANDOM.random((400, 4)) < 0.1, np.nan, RANDOM.normal(size=(400, 4)))
ROWS[:, 3] = RANDOM.integers(0, 6, 400)
TRUTH = (np.nan_to_num(ROWS).sum(axis=1) > 0).astype(int)
WEIGHTS = RANDOM.random(400)


@pytest.fixture
def binnings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows scikit-learn was made to bin, each time."""
    seen: list[int] = []
    own = _BinMapper.fit

    def fit(self: Any, rows: Any, *more: Any, **named: Any) -> Any:
        seen.append(len(rows))
        return own(self, rows, *more, **named)

    monkeypatch.setattr(_BinMapper, "fit", fit)
    return seen


def said(bins: Bins | None, weights: Any = None, **parameters: Any) -> list[list[float]]:
    made = HistGradientBoostingClassifier(**{"max_iter": 5, "early_stopping": False, "random_state": 1, **parameters})
    if bins is None:
        made.fit(ROWS, TRUTH, sample_weight=weights)
    else:
        with bins.shared(made, len(ROWS)):
            made.fit(ROWS, TRUTH, sample_weight=weights)
    assert "_bin_data" not in vars(made), "nothing of it stays with the model"
    return made.predict_proba(ROWS).tolist()


def test_rows_are_binned_once_for_all_trials(binnings: list[int]) -> None:
    bins = Bins()
    for rate in (0.05, 0.1, 0.3):
        assert said(bins, learning_rate=rate) == said(None, learning_rate=rate)
    assert len(binnings) == 1 + 3


@pytest.mark.parametrize(
    "other", [{"max_bins": 16}, {"random_state": 2}, {"weights": WEIGHTS}, {"class_weight": "balanced"}]
)
def test_what_changes_the_bins_has_bins_of_its_own(other: dict[str, Any], binnings: list[int]) -> None:
    bins = Bins()
    said(bins)
    assert said(bins, **other) == said(None, **other)
    assert said(bins) == said(None)
    assert len(binnings) == 3 + 2


@pytest.mark.parametrize("other", [{"early_stopping": True}, {"categorical_features": [3]}])
def test_rows_held_out_and_columns_taken_apart_share_nothing(other: dict[str, Any], binnings: list[int]) -> None:
    bins = Bins()
    said(bins)
    assert said(bins, **other) == said(None, **other)
    assert len(binnings) == 1 + 2


def test_fits_at_the_same_time_bin_once(binnings: list[int]) -> None:
    bins = Bins()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: said(bins), range(8)))
    assert all(item == found[0] for item in found)
    assert len(binnings) == 1
