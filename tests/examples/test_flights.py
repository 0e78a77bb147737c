"""`examples/flights`: joins and windows bounded by time, a split by time."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.by_hand import flight_features, flight_scores
from tests.support.examples import Done, as_good_as, first_run

# What other seeds of the learner and of the target encoding's folds differ by.
NOISE = {"roc_auc": 0.015, "brier": 0.003}


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return first_run("flights", tmp_path_factory.mktemp("flights"))


@pytest.fixture(scope="module")
def by_hand(flights: Done) -> pd.DataFrame:
    return flight_features(flights.program.parent / "data")


def test_it_ends_well_and_finds_the_broken_sensor(flights: Done) -> None:
    assert flights.status == 0, flights.err
    aside = [item for item in flights.step("weather", "check")["expectations"] if item["outcome"] == "quarantined"]
    assert [(item["text"], item["failing"]) for item in aside] == [("wind_speed < 200", 1)]


def test_every_flight_sees_what_pandas_sees(flights: Done, by_hand: pd.DataFrame) -> None:
    found = flights.tables("features")["features"]
    columns = list(found.columns)
    assert set(columns) == set(by_hand.columns)
    found["origin"], found["due"] = found["origin"].astype(str), pd.to_datetime(found["due"], utc=True)
    ordered = [table[columns].sort_values(columns).reset_index(drop=True) for table in (found, by_hand)]
    pd.testing.assert_frame_equal(*ordered, check_dtype=False, rtol=1e-9)


def test_it_is_judged_on_the_future(flights: Done, by_hand: pd.DataFrame) -> None:
    parts = flights.tables("data")
    due = {name: pd.to_datetime(part["due"], utc=True) for name, part in parts.items()}
    last = due["data.train"].max()
    assert last < due["data.test"].min()
    assert len(parts["data.train"]) / len(by_hand) == pytest.approx(0.75, abs=0.001)
    as_good_as(flights, "late_model on data.test", flight_scores(by_hand, last), NOISE)
