"""`examples/digits`: pictures in folders."""

from __future__ import annotations

import pytest

from tests.support.by_hand import digit_scores
from tests.support.examples import Done, as_good_as, first_run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return first_run("digits", tmp_path_factory.mktemp("digits"))


def test_every_picture_is_read(digits: Done) -> None:
    assert digits.status == 0, digits.err
    assert digits.step("pictures", "source")["outputs"]["table"]["rows"] == 600


def test_it_is_as_good_as_by_hand(digits: Done) -> None:
    parts = digits.tables("data")
    expected = digit_scores(digits.program.parent, parts["data.train"]["path"], parts["data.test"]["path"])
    as_good_as(digits, "digit on data.test", expected, {"accuracy": 0.04, "f1_macro": 0.04})
