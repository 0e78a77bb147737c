"""`examples/reviews`: what people wrote, and what they thought."""

from __future__ import annotations

import pytest

from tests.support.by_hand import review_scores
from tests.support.examples import Done, as_good_as, first_run

# By hand C is not tuned: it is one that tuning may find.
NOISE = {"roc_auc": 0.015, "accuracy": 0.025, "balanced_accuracy": 0.025}


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return first_run("reviews", tmp_path_factory.mktemp("reviews"))


def test_it_ends_well(reviews: Done) -> None:
    assert reviews.status == 0, reviews.err
    assert reviews.step("reviews", "source")["details"]["rows"] == 5000


def test_it_is_as_good_as_by_hand(reviews: Done) -> None:
    parts = reviews.tables("data")
    expected = review_scores(parts["data.train"], parts["data.test"])
    as_good_as(reviews, "great on data.test", expected, NOISE)
